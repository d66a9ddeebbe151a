/*
 * A device that was without power behind the engine's back: what the driver makes of the signs of it (src/ccid/slots.c), and
 * the engine of a card that moved since, of a reader that does not answer yet, and of one that nobody used meanwhile.
 */
#include "tests/support/asleep.h"
#include "tests/support/engine.h"

#include "ccid/slots.h"
#include "core/registry.h"
#include "core/slot.h"
#include "sim/control.h"

#define SIM_NAME "libiscard Virtual CCID Reader 00 00"
#define OTHER    "Fake Reader 01 00"
#define NIGHT_NS (INT64_C(8) * 3600 * 1000000000)
#define HOUR_MS  3600000u
#define BITS(s)  ((s).dwEventState & 0xFFFFu)

/* ---- the driver: a reader whose interrupt endpoint says what the test wants */

static struct {
        int32_t status; /* once, before the message */
        uint8_t bytes[2];
        size_t len; /* of a message; 0: there is none */
} wire;

static int32_t wire_event(void *pipe, uint8_t *data, size_t cap, size_t *len)
{
        int32_t status = wire.status;

        (void)pipe;
        assert_true(cap >= sizeof(wire.bytes));
        *len = 0;
        wire.status = SCARD_S_SUCCESS;
        if (status != SCARD_S_SUCCESS)
                return status;
        memcpy(data, wire.bytes, wire.len);
        *len = wire.len;
        wire.len = 0;
        return SCARD_S_SUCCESS;
}

static const struct ccid_transport_ops wire_ops = {.event = wire_event};
static struct ccid_reader device;

/* A clock that no time passes on but what the test says. */
static int64_t tick, asleep;

static int64_t test_clock(clockid_t id)
{
        return id == CLOCK_BOOTTIME ? asleep : id == CLOCK_MONOTONIC ? 0 : tick;
}

static int driver_set_up(void **state)
{
        (void)state;
        memset(&wire, 0, sizeof(wire));
        memset(&device, 0, sizeof(device));
        device.transport = &wire_ops;
        device.pipe = &wire;
        device.info.slots = 1;
        device.info.reports_movement = true;
        pthread_mutex_init(&device.lock, NULL);
        tick = asleep = 0;
        suspend_use_clock(test_clock);
        slots_reset(&device);
        return 0;
}

static int driver_tear_down(void **state)
{
        (void)state;
        suspend_use_clock(NULL);
        pthread_mutex_destroy(&device.lock);
        return 0;
}

static struct ifd_slot_state look(void)
{
        struct ifd_slot_state now = {.card = IFD_CARD_UNKNOWN};

        assert_int_equal(slots_read(&device, 0, &now), SCARD_S_SUCCESS);
        return now;
}

/* NotifySlotChange: bit 0 a card is in, bit 1 that changed. */
static struct ifd_slot_state told(uint8_t bits)
{
        wire.bytes[0] = MESSAGE_NOTIFY_SLOT_CHANGE;
        wire.bytes[1] = bits;
        wire.len = 2;
        return look();
}

static struct ifd_slot_state told_by_clock(void)
{
        asleep += NIGHT_NS;
        tick++;
        return look();
}

static struct ifd_slot_state told_by_bus(void)
{
        wire.status = SCARD_W_RESET_CARD;
        return look();
}

static void a_card_has_no_power_after_any_sign(void **state)
{
        (void)state;
        slots_note(&device, 0, MESSAGE_ICC_ACTIVE, true);
        assert_int_equal(look().restarts, 0);
        assert_int_equal(told_by_clock().restarts, 1);
        assert_int_equal(look().card, IFD_CARD_PRESENT);
        slots_note(&device, 0, MESSAGE_ICC_ACTIVE, true);
        assert_int_equal(told_by_clock().restarts, 2);
        device.slept_ms = 0;
        assert_int_equal(told_by_bus().restarts, 3);
        assert_int_equal(told_by_bus().restarts, 4);
}

static void two_signs_of_one_sleep_are_one_restart(void **state)
{
        (void)state;
        slots_note(&device, 0, MESSAGE_ICC_ACTIVE, true);
        assert_int_equal(told_by_clock().restarts, 1);
        /* A call has powered the card again before the bus says its word. */
        slots_note(&device, 0, MESSAGE_ICC_ACTIVE, true);
        assert_int_equal(look().card, IFD_CARD_POWERED);
        assert_int_equal(told_by_bus().restarts, 1);
        assert_int_equal(look().card, IFD_CARD_POWERED);
}

static void a_word_of_the_bus_long_after_a_sleep_is_another_restart(void **state)
{
        (void)state;
        slots_note(&device, 0, MESSAGE_ICC_ACTIVE, true);
        assert_int_equal(told_by_clock().restarts, 1);
        device.slept_ms = device_now() - HOUR_MS;
        assert_int_equal(told_by_bus().restarts, 2);
}

/* As after open: many readers begin with a message that says "changed" of a card that was in all along. */
static void the_first_message_after_a_restart_says_what_there_is(void **state)
{
        (void)state;
        slots_note(&device, 0, MESSAGE_ICC_ACTIVE, true);
        (void)told(3);
        struct ifd_slot_state now = told_by_bus();

        assert_int_equal(now.movements, 0);
        now = told(3);
        assert_int_equal(now.card, IFD_CARD_PRESENT);
        assert_int_equal(now.movements, now.settled);
        now = told(3); /* pulled and put back in one message */
        assert_int_equal(now.movements, now.settled + 1);
}

static void what_moved_before_a_restart_is_told_from_what_moved_since(void **state)
{
        (void)state;
        slots_note(&device, 0, MESSAGE_ICC_ACTIVE, true);
        (void)told(2);
        struct ifd_slot_state now = told(3);

        assert_int_equal(now.movements, 2);
        assert_int_equal(now.settled, 0);
        now = told_by_bus();
        assert_int_equal(now.movements, 2);
        assert_int_equal(now.settled, 2);
        now = told(2);
        assert_int_equal(now.movements, 3);
        assert_int_equal(now.settled, 2);
}

/* ---- the engine */

static struct fake_reader *const reader = &fake_readers[0];
static SCARDCONTEXT context;
static SCARDHANDLE card;

static int set_up(void **state)
{
        (void)state;
        fake_reset();
        fake_plug(fake_prepare(1));
        context = engine_context();
        return 0;
}

static int tear_down(void **state)
{
        (void)state;
        SCardReleaseContext(context);
        registry_use_drivers(NULL);
        return fake_stops == fake_starts ? 0 : -1;
}

static LONG ask(SCARD_READERSTATEA *s, DWORD count, DWORD timeout)
{
        LONG status = SCardGetStatusChangeA(context, timeout, s, count);

        for (DWORD i = 0; i < count && status == SCARD_S_SUCCESS; i++)
                s[i].dwCurrentState = s[i].dwEventState;
        return status;
}

static SCARD_READERSTATEA known(const char *name)
{
        SCARD_READERSTATEA s = {.szReader = name};

        assert_status(ask(&s, 1, 0), SCARD_S_SUCCESS);
        return s;
}

static LONG reconnect(void)
{
        return SCardReconnect(card, SCARD_SHARE_SHARED, BOTH, SCARD_LEAVE_CARD, NULL);
}

static void a_card_swapped_after_the_wake_is_another_card(void **state)
{
        (void)state;
        card = engine_connect(context, SCARD_SHARE_SHARED);
        SCARD_READERSTATEA s = known(FAKE_NAME);
        DWORD count = s.dwEventState >> 16;

        fake_restart(reader);
        fake_remove(reader, 0);
        fake_insert(reader, 0);
        assert_status(engine_transmit(card), SCARD_W_REMOVED_CARD);
        assert_status(ask(&s, 1, 0), SCARD_S_SUCCESS);
        assert_int_equal(s.dwEventState >> 16, count + 2);
        assert_status(reconnect(), SCARD_S_SUCCESS);
        assert_status(engine_transmit(card), SCARD_S_SUCCESS);
}

/* What the driver of slot 0 has to say, as the monitor hears it. */
static void driver_looks(struct slot *slot)
{
        struct ifd_slot_state now;

        assert_int_equal(slot->device->ops.get_status(slot->device->ctx, 0, false, &now), SCARD_S_SUCCESS);
}

static void a_card_swapped_after_the_wake_in_a_virtual_reader_is_another_card(void **state)
{
        struct slot *slot;

        (void)state;
        SCardReleaseContext(context);
        registry_use_drivers(NULL);
        sim_control_reset();
        assert_int_equal(setenv("ISCARD_SIM", "level=short-apdu", 1), 0);
        context = engine_context();
        assert_status(SCardConnectA(context, SIM_NAME, SCARD_SHARE_SHARED, BOTH, &card, NULL),
                      SCARD_S_SUCCESS);
        assert_int_equal(registry_lookup(SIM_NAME, &slot), SCARD_S_SUCCESS);
        sim_device_suspend(sim_control_device(0));
        driver_looks(slot);
        sim_device_card_remove(sim_control_device(0), 0);
        driver_looks(slot);
        sim_device_card_insert(sim_control_device(0), 0);
        driver_looks(slot);
        registry_unref(slot->device);
        assert_status(engine_transmit(card), SCARD_W_REMOVED_CARD);
        assert_status(reconnect(), SCARD_S_SUCCESS);
        assert_status(engine_transmit(card), SCARD_S_SUCCESS);
        SCardReleaseContext(context);
        unsetenv("ISCARD_SIM");
        sim_control_reset();
        context = 0;
}

struct sleeper {
        SCARD_READERSTATEA s;
        LONG status;
        atomic_bool asleep;
        pthread_t thread;
};

static void *sleeper_run(void *arg)
{
        struct sleeper *sleeper = arg;

        asleep_keep(&sleeper->asleep);
        sleeper->status = SCardGetStatusChangeA(context, INFINITE, &sleeper->s, 1);
        return NULL;
}

/* The reader is not ready after the sleep; then the card is pulled, of which the driver tells while nobody listens to it. */
static void a_question_that_fails_after_a_restart_is_asked_again(void **state)
{
        struct sleeper sleeper = {.status = SCARD_E_UNEXPECTED};

        (void)state;
        sleeper.s = known(FAKE_NAME);
        unsigned before = fake_count(reader, FAKE_ASK);

        assert_int_equal(pthread_create(&sleeper.thread, NULL, sleeper_run, &sleeper), 0);
        assert_true(asleep_await(&sleeper.asleep));
        fake_fail(reader, FAKE_ASK, SCARD_E_CANCELLED);
        fake_restart(reader);
        fake_await(reader, FAKE_ASK, before + 1);
        assert_true(asleep_await(&sleeper.asleep));
        fake_remove(reader, 0);
        fake_fail(reader, FAKE_ASK, SCARD_S_SUCCESS);
        pthread_join(sleeper.thread, NULL);
        assert_status(sleeper.status, SCARD_S_SUCCESS);
        assert_int_equal(BITS(sleeper.s), SCARD_STATE_CHANGED | SCARD_STATE_EMPTY);
}

/* Each question may take the reader its whole patience, which the other readers of the call would wait for. */
static void one_that_does_not_answer_after_a_restart_is_left_alone_for_a_while(void **state)
{
        enum { CALLS = 20 };

        (void)state;
        SCARD_READERSTATEA s[] = {known(FAKE_NAME), known(OTHER)};
        unsigned before = fake_count(reader, FAKE_ASK);

        fake_fail(reader, FAKE_ASK, SCARD_E_TIMEOUT);
        fake_restart(reader);
        for (unsigned i = 0; i < CALLS; i++) {
                (i % 2 == 0 ? fake_remove : fake_insert)(&fake_readers[1], 0);
                assert_status(ask(s, 2, INFINITE), SCARD_S_SUCCESS);
        }
        assert_in_range(fake_count(reader, FAKE_ASK) - before, 1, CALLS / 2);
}

/* What was seen of it before the restart is not what there is. */
static void a_reader_that_has_not_answered_since_a_restart_has_no_news(void **state)
{
        (void)state;
        SCARD_READERSTATEA s = known(FAKE_NAME);

        fake_fail(reader, FAKE_ASK, SCARD_E_CANCELLED);
        fake_restart(reader);
        s.dwCurrentState = SCARD_STATE_EMPTY; /* as another one saw it */
        assert_status(ask(&s, 1, 0), SCARD_E_TIMEOUT);
        fake_fail(reader, FAKE_ASK, SCARD_S_SUCCESS);
        assert_status(ask(&s, 1, 0), SCARD_S_SUCCESS);
        assert_int_equal(BITS(s), SCARD_STATE_CHANGED | SCARD_STATE_PRESENT);
}

/* The monitor looks at every reader while somebody waits for any; this one sees a restart before anyone has it. */
static void a_restart_before_the_first_use_is_nobodys(void **state)
{
        struct slot *slot;

        (void)state;
        assert_int_equal(registry_find(FAKE_NAME, &slot), SCARD_S_SUCCESS);
        fake_restart(reader);
        pthread_mutex_lock(&slot->lock);
        assert_int_equal(slot_glance(slot), SCARD_S_SUCCESS);
        assert_true(slot->restarted);
        pthread_mutex_unlock(&slot->lock);
        registry_unref(slot->device);
        SCARD_READERSTATEA s = known(FAKE_NAME);

        assert_int_equal(BITS(s), SCARD_STATE_CHANGED | SCARD_STATE_PRESENT);
        assert_int_equal(fake_count(reader, FAKE_ASK), 0);
        fake_remove(reader, 0);
        assert_status(ask(&s, 1, 0), SCARD_S_SUCCESS);
        assert_int_equal(BITS(s), SCARD_STATE_CHANGED | SCARD_STATE_EMPTY);
}

#define DRIVER(name) cmocka_unit_test_setup_teardown(name, driver_set_up, driver_tear_down)
#define TEST(name)   cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
        const struct CMUnitTest tests[] = {
            DRIVER(a_card_has_no_power_after_any_sign),
            DRIVER(two_signs_of_one_sleep_are_one_restart),
            DRIVER(a_word_of_the_bus_long_after_a_sleep_is_another_restart),
            DRIVER(the_first_message_after_a_restart_says_what_there_is),
            DRIVER(what_moved_before_a_restart_is_told_from_what_moved_since),
            TEST(a_card_swapped_after_the_wake_is_another_card),
            TEST(a_card_swapped_after_the_wake_in_a_virtual_reader_is_another_card),
            TEST(a_question_that_fails_after_a_restart_is_asked_again),
            TEST(one_that_does_not_answer_after_a_restart_is_left_alone_for_a_while),
            TEST(a_reader_that_has_not_answered_since_a_restart_has_no_news),
            TEST(a_restart_before_the_first_use_is_nobodys),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
