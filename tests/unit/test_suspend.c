/*
 * A system that sleeps: every handle sees its card reset and works again after Reconnect, whatever it was that told of
 * the sleep: the clocks, the transfers that ended, or both. In-process, on virtual readers and on scripted ones.
 */
#include <stdatomic.h>
#include <stdio.h>

#include "ccid/suspend.h"
#include "core/registry.h"
#include "sim/control.h"
#include "tests/support/asleep.h"
#include "tests/support/engine.h"

#define SIM_NAME "libiscard Virtual CCID Reader 00 00"
#define TICK_NS  (INT64_C(4) * 1000000)
#define NIGHT_NS (INT64_C(8) * 3600 * 1000000000)
#define BITS(s)  ((s).dwEventState & 0xFFFFu)

static SCARDCONTEXT context;
static SCARDHANDLE card;

/* ---- the clocks: the system's, and what the test says was slept */

static atomic_llong asleep, skew;

static int64_t test_clock(clockid_t id)
{
        struct timespec now;

        clock_gettime(id, &now);
        int64_t ns = (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;

        switch (id) {
        case CLOCK_BOOTTIME:
                return ns + atomic_load(&asleep);
        case CLOCK_MONOTONIC:
                return ns + atomic_exchange(&skew, 0);
        default:
                return ns / TICK_NS; /* as coarse as the kernel's */
        }
}

enum sign { BY_CLOCK = 1, BY_BUS = 2, BY_BOTH = 3 };

/* The system sleeps and wakes: the reader was without power. */
static void sleep_and_wake(enum sign sign)
{
        if ((sign & BY_CLOCK) != 0)
                atomic_fetch_add(&asleep, NIGHT_NS);
        engine_sleep_ms(5); /* the devices wake: a tick at least */
        sim_device_suspend(sim_control_device(0));
}

/* ---- a context on one virtual reader */

static void begin(const char *config)
{
        registry_use_drivers(NULL);
        sim_control_reset();
        assert_int_equal(setenv("ISCARD_SIM", config, 1), 0);
        assert_int_equal(setenv("ISCARD_TIMEOUT", "2000", 1), 0);
        context = engine_context();
        card = 0;
}

static SCARDHANDLE connect_sim(void)
{
        SCARDHANDLE made = 0;

        assert_status(SCardConnectA(context, SIM_NAME, SCARD_SHARE_SHARED, BOTH, &made, NULL),
                      SCARD_S_SUCCESS);
        return made;
}

static int set_up(void **state)
{
        (void)state;
        context = 0;
        atomic_store(&asleep, 0);
        atomic_store(&asleep_for_good, false);
        suspend_use_clock(test_clock);
        return 0;
}

static int tear_down(void **state)
{
        (void)state;
        if (context != 0)
                SCardReleaseContext(context);
        sim_control_reset();
        registry_use_drivers(NULL);
        unsetenv("ISCARD_SIM");
        suspend_use_clock(NULL);
        return 0;
}

static LONG command(SCARDHANDLE handle, const BYTE *apdu, DWORD apdu_len, uint16_t *sw)
{
        BYTE answer[258];
        DWORD len = sizeof(answer);
        LONG status = SCardTransmit(handle, NULL, apdu, apdu_len, NULL, answer, &len);

        if (status != SCARD_S_SUCCESS)
                assert_int_equal(len, 0);
        else
                *sw = (uint16_t)(answer[len - 2] << 8 | answer[len - 1]);
        return status;
}

static uint16_t verify(SCARDHANDLE handle)
{
        static const BYTE apdu[] = {0x00, 0x20, 0x00, 0x01, 0x04, '1', '2', '3', '4'};
        uint16_t sw = 0;

        assert_status(command(handle, apdu, sizeof(apdu), &sw), SCARD_S_SUCCESS);
        return sw;
}

/* VERIFY without a code: 9000 while the code is verified, else the tries. */
static uint16_t verified(SCARDHANDLE handle)
{
        static const BYTE apdu[] = {0x00, 0x20, 0x00, 0x01};
        uint16_t sw = 0;

        assert_status(command(handle, apdu, sizeof(apdu), &sw), SCARD_S_SUCCESS);
        return sw;
}

static LONG reconnect(SCARDHANDLE handle)
{
        return SCardReconnect(handle, SCARD_SHARE_SHARED, BOTH, SCARD_LEAVE_CARD, NULL);
}

/* ---- handles */

/* Two handles, either of which may be the first to notice. */
static void a_sleep_is_a_reset(const char *config, enum sign sign)
{
        begin(config);
        SCARDHANDLE first = connect_sim(), second = connect_sim();
        DWORD before = engine_attribute(first, SCARD_ATTR_CURRENT_PROTOCOL_TYPE);

        assert_int_equal(verify(first), 0x9000);
        assert_int_equal(verified(second), 0x9000);
        sleep_and_wake(sign);
        assert_status(engine_transmit(second), SCARD_W_RESET_CARD);
        assert_status(engine_transmit(second), SCARD_W_RESET_CARD);
        assert_status(SCardBeginTransaction(first), SCARD_W_RESET_CARD);
        assert_int_equal(engine_state(first), SCARD_SPECIFIC);
        assert_status(reconnect(first), SCARD_S_SUCCESS);
        assert_int_equal(engine_attribute(first, SCARD_ATTR_CURRENT_PROTOCOL_TYPE), before);
        assert_int_equal(verified(first), 0x63C3);
        assert_status(engine_transmit(second), SCARD_W_RESET_CARD);
        assert_status(reconnect(second), SCARD_S_SUCCESS);
        /* One sleep is one reset. */
        assert_int_equal(verify(second), 0x9000);
        assert_int_equal(verified(first), 0x9000);
        SCardReleaseContext(context);
        context = 0;
}

static void every_handle_sees_a_reset_and_reconnect_works(void **state)
{
        static const char *const configs[] = {
            "level=short-apdu",
            "level=extended-apdu",
            "level=tpdu,protocol=t1,auto=none",
            "level=tpdu,protocol=t0,auto=none",
            "level=tpdu,protocol=both,auto=clock+baud",
            "slots=2,level=short-apdu",
            "slots=3,busy=3,level=extended-apdu",
        };

        (void)state;
        for (size_t i = 0; i < sizeof(configs) / sizeof(configs[0]); i++) {
                a_sleep_is_a_reset(configs[i], BY_BOTH);
                a_sleep_is_a_reset(configs[i], BY_CLOCK);
                a_sleep_is_a_reset(configs[i], BY_BUS);
        }
}

static void a_reader_without_an_interrupt_endpoint_is_told_of_by_the_clocks(void **state)
{
        (void)state;
        a_sleep_is_a_reset("level=short-apdu,interrupt=0", BY_CLOCK);
        a_sleep_is_a_reset("level=tpdu,protocol=t1,auto=none,interrupt=0", BY_CLOCK);
        a_sleep_is_a_reset("iccd=a,interrupt=0", BY_CLOCK);
        a_sleep_is_a_reset("iccd=b,interrupt=0", BY_CLOCK);
}

static void each_night_is_another_reset(void **state)
{
        (void)state;
        begin("level=short-apdu");
        card = connect_sim();
        for (unsigned night = 0; night < 5; night++) {
                sleep_and_wake(BY_BOTH);
                assert_status(engine_transmit(card), SCARD_W_RESET_CARD);
                assert_status(reconnect(card), SCARD_S_SUCCESS);
                assert_status(engine_transmit(card), SCARD_S_SUCCESS);
                engine_sleep_ms(25);
        }
}

static void reconnect_may_be_the_first_to_notice(void **state)
{
        (void)state;
        begin("level=short-apdu");
        card = connect_sim();
        assert_int_equal(verify(card), 0x9000);
        sleep_and_wake(BY_BOTH);
        assert_status(reconnect(card), SCARD_S_SUCCESS);
        assert_int_equal(verified(card), 0x63C3);
}

static void connect_after_a_sleep_finds_a_card_that_works(void **state)
{
        (void)state;
        begin("level=short-apdu");
        card = connect_sim();
        assert_int_equal(verify(card), 0x9000);
        sleep_and_wake(BY_BOTH);
        SCARDHANDLE fresh = connect_sim();

        assert_int_equal(verified(fresh), 0x63C3);
        assert_status(engine_transmit(card), SCARD_W_RESET_CARD);
}

static void the_holder_of_a_transaction_sees_it_and_holds_on(void **state)
{
        (void)state;
        begin("level=short-apdu");
        card = connect_sim();
        SCARDHANDLE other = connect_sim();

        assert_status(SCardBeginTransaction(card), SCARD_S_SUCCESS);
        sleep_and_wake(BY_BOTH);
        assert_status(engine_transmit(card), SCARD_W_RESET_CARD);
        assert_status(SCardEndTransaction(card, SCARD_LEAVE_CARD), SCARD_S_SUCCESS);
        assert_status(engine_transmit(other), SCARD_W_RESET_CARD);
        assert_status(reconnect(card), SCARD_S_SUCCESS);
        assert_status(SCardBeginTransaction(card), SCARD_S_SUCCESS);
        sleep_and_wake(BY_BOTH);
        assert_status(SCardEndTransaction(card, SCARD_RESET_CARD), SCARD_S_SUCCESS);
        assert_status(SCardEndTransaction(card, SCARD_LEAVE_CARD), SCARD_E_NOT_TRANSACTED);
        assert_status(reconnect(other), SCARD_S_SUCCESS);
        assert_status(engine_transmit(other), SCARD_S_SUCCESS);
}

static void a_card_pulled_during_the_sleep_is_removed(void **state)
{
        (void)state;
        begin("level=short-apdu");
        card = connect_sim();
        sleep_and_wake(BY_BOTH);
        sim_device_card_remove(sim_control_device(0), 0);
        assert_status(engine_transmit(card), SCARD_W_REMOVED_CARD);
        assert_status(reconnect(card), SCARD_E_NO_SMARTCARD);
        sim_device_card_insert(sim_control_device(0), 0);
        assert_status(reconnect(card), SCARD_S_SUCCESS);
        assert_status(engine_transmit(card), SCARD_S_SUCCESS);
}

static void a_card_that_stays_mute_has_no_power_until_it_speaks_again(void **state)
{
        (void)state;
        begin("level=short-apdu");
        card = connect_sim();
        sim_device_card_mute(sim_control_device(0), 0, true);
        sleep_and_wake(BY_BOTH);
        assert_status(engine_transmit(card), SCARD_W_UNPOWERED_CARD);
        assert_status(reconnect(card), SCARD_W_UNRESPONSIVE_CARD);
        sim_device_card_mute(sim_control_device(0), 0, false);
        assert_status(reconnect(card), SCARD_S_SUCCESS);
        assert_status(engine_transmit(card), SCARD_S_SUCCESS);
}

/* A call in a thread of its own. */
struct caller {
        LONG (*call)(void);
        LONG status;
        atomic_bool asleep;
};

static void *caller_run(void *arg)
{
        struct caller *caller = arg;

        asleep_keep(&caller->asleep);
        caller->status = caller->call();
        return NULL;
}

static LONG transmit_call(void)
{
        return engine_transmit(card);
}

static LONG reconnect_call(void)
{
        return SCardReconnect(card, SCARD_SHARE_SHARED, BOTH, SCARD_RESET_CARD, NULL);
}

static LONG connect_call(void)
{
        return SCardConnectA(context, SIM_NAME, SCARD_SHARE_SHARED, BOTH, &card, NULL);
}

/* The system sleeps while call waits for what the reader has to say; what call returns. */
static LONG during(LONG (*call)(void), enum sign sign)
{
        pthread_t thread;
        struct caller caller = {.call = call, .status = SCARD_E_UNEXPECTED};
        uint32_t sent = sim_device_messages(sim_control_device(0));

        assert_true(sim_device_fault(sim_control_device(0), "slow@*"));
        atomic_store(&asleep_for_good, true);
        assert_int_equal(pthread_create(&thread, NULL, caller_run, &caller), 0);
        assert_true(asleep_await(&caller.asleep));
        assert_int_equal(sim_device_messages(sim_control_device(0)), sent + 1);
        atomic_store(&asleep_for_good, false);
        assert_true(sim_device_fault(sim_control_device(0), NULL));
        sleep_and_wake(sign);
        pthread_join(thread, NULL);
        return caller.status;
}

/* The reset is begun again. */
static void connect_and_reconnect_in_the_middle_of_it_succeed(void **state)
{
        (void)state;
        begin("level=short-apdu");
        assert_status(during(connect_call, BY_BUS), SCARD_S_SUCCESS);
        assert_status(engine_transmit(card), SCARD_S_SUCCESS);
        assert_status(during(reconnect_call, BY_BUS), SCARD_S_SUCCESS);
        assert_status(engine_transmit(card), SCARD_S_SUCCESS);
}

static void a_command_in_the_middle_of_it_ends_with_the_reset(void **state)
{
        (void)state;
        begin("level=short-apdu");
        card = connect_sim();
        assert_status(during(transmit_call, BY_BOTH), SCARD_W_RESET_CARD);
        assert_status(reconnect(card), SCARD_S_SUCCESS);
        assert_status(engine_transmit(card), SCARD_S_SUCCESS);
}

/* ---- waits */

struct sleeper {
        SCARD_READERSTATEA s;
        LONG status;
        atomic_bool asleep, done;
        pthread_t thread;
};

static void *sleeper_run(void *arg)
{
        struct sleeper *sleeper = arg;

        asleep_keep(&sleeper->asleep);
        sleeper->status = SCardGetStatusChangeA(context, INFINITE, &sleeper->s, 1);
        atomic_store(&sleeper->done, true);
        return NULL;
}

/* Comes back when the wait has seen to the card, which has power again, and goes on. */
static bool sleeps_on(const struct sleeper *sleeper, uint32_t sent)
{
        for (unsigned ms = 0; ms < ASLEEP_PATIENCE_MS && !atomic_load(&sleeper->done); ms++) {
                if (sim_device_messages(sim_control_device(0)) >= sent + 2 && atomic_load(&sleeper->asleep))
                        return true;
                engine_sleep_ms(1);
        }
        return false;
}

static void a_wait_survives(const char *config, enum sign sign)
{
        struct sleeper sleeper = {.s = {.szReader = SIM_NAME}};

        begin(config);
        assert_status(SCardGetStatusChangeA(context, 0, &sleeper.s, 1), SCARD_S_SUCCESS);
        assert_int_equal(BITS(sleeper.s), SCARD_STATE_CHANGED | SCARD_STATE_PRESENT);
        DWORD count = sleeper.s.dwEventState >> 16;

        sleeper.s.dwCurrentState = sleeper.s.dwEventState;
        assert_int_equal(pthread_create(&sleeper.thread, NULL, sleeper_run, &sleeper), 0);
        assert_true(asleep_await(&sleeper.asleep));
        uint32_t sent = sim_device_messages(sim_control_device(0));

        sleep_and_wake(sign);
        assert_true(sleeps_on(&sleeper, sent));
        assert_false(atomic_load(&sleeper.done));
        sim_device_card_remove(sim_control_device(0), 0);
        pthread_join(sleeper.thread, NULL);
        assert_status(sleeper.status, SCARD_S_SUCCESS);
        assert_int_equal(BITS(sleeper.s), SCARD_STATE_CHANGED | SCARD_STATE_EMPTY);
        assert_int_equal(sleeper.s.dwEventState >> 16, count + 1);
        SCardReleaseContext(context);
        context = 0;
}

static void a_wait_for_a_change_survives(void **state)
{
        (void)state;
        a_wait_survives("level=short-apdu", BY_BOTH);
        a_wait_survives("level=short-apdu", BY_BUS);
        a_wait_survives("level=short-apdu,interrupt=0", BY_CLOCK);
}

/* ---- other cards, on a scripted reader */

static void begin_fake(void)
{
        fake_reset();
        context = engine_context();
        card = engine_connect(context, SCARD_SHARE_SHARED);
}

static void a_card_of_another_atr_is_another_card(void **state)
{
        static const uint8_t other[] = {0x3B, 0x81, 0x01, 0x55, 0xD5};
        SCARD_READERSTATEA s = {.szReader = FAKE_NAME};

        (void)state;
        begin_fake();
        assert_status(SCardGetStatusChangeA(context, 0, &s, 1), SCARD_S_SUCCESS);
        DWORD count = s.dwEventState >> 16;

        fake_atr(&fake_readers[0], other, sizeof(other));
        fake_restart(&fake_readers[0]);
        assert_status(engine_transmit(card), SCARD_W_REMOVED_CARD);
        assert_status(reconnect(card), SCARD_S_SUCCESS);
        assert_status(engine_transmit(card), SCARD_S_SUCCESS);
        s.dwCurrentState = s.dwEventState;
        assert_status(SCardGetStatusChangeA(context, 0, &s, 1), SCARD_S_SUCCESS);
        assert_int_equal(s.dwEventState >> 16, count + 2);
        assert_memory_equal(s.rgbAtr, other, sizeof(other));
}

static void a_card_without_power_is_only_asked_for(void **state)
{
        SCARD_READERSTATEA s = {.szReader = FAKE_NAME};

        (void)state;
        begin_fake();
        assert_status(SCardGetStatusChangeA(context, 0, &s, 1), SCARD_S_SUCCESS);
        assert_status(SCardDisconnect(card, SCARD_UNPOWER_CARD), SCARD_S_SUCCESS);
        assert_status(SCardGetStatusChangeA(context, 0, &s, 1), SCARD_S_SUCCESS);
        unsigned resets = fake_readers[0].slots[0].resets;

        s.dwCurrentState = s.dwEventState;
        fake_restart(&fake_readers[0]);
        assert_status(SCardGetStatusChangeA(context, 0, &s, 1), SCARD_E_TIMEOUT);
        assert_int_equal(fake_readers[0].slots[0].resets, resets);
        fake_remove(&fake_readers[0], 0);
        fake_restart(&fake_readers[0]);
        assert_status(SCardGetStatusChangeA(context, 0, &s, 1), SCARD_S_SUCCESS);
        assert_int_equal(BITS(s), SCARD_STATE_CHANGED | SCARD_STATE_EMPTY);
}

static void a_reader_that_is_gone_after_the_sleep_is_gone(void **state)
{
        (void)state;
        begin_fake();
        fake_restart(&fake_readers[0]);
        fake_unplug(&fake_readers[0]);
        assert_status(engine_transmit(card), SCARD_E_READER_UNAVAILABLE);
        fake_plug(&fake_readers[1]); /* "01": another one until the first is known to be gone */
        DWORD len = 0;

        assert_status(SCardListReadersA(context, NULL, NULL, &len), SCARD_S_SUCCESS);
        assert_status(reconnect(card), SCARD_S_SUCCESS);
        assert_status(engine_transmit(card), SCARD_S_SUCCESS);
}

/* ---- the clocks alone */

static void time_that_passes_awake_is_no_sleep(void **state)
{
        struct suspend suspend;

        (void)state;
        suspend_begin(&suspend);
        for (unsigned i = 0; i < 3; i++) {
                engine_sleep_ms(25);
                assert_false(suspend_noticed(&suspend));
        }
        atomic_fetch_add(&asleep, INT64_C(100) * 1000000);
        engine_sleep_ms(5);
        assert_true(suspend_noticed(&suspend));
        assert_false(suspend_noticed(&suspend));
}

/* A thread that loses the processor between the two clocks would see a sleep that was none. */
static void clocks_that_were_not_read_together_tell_of_no_sleep(void **state)
{
        struct suspend suspend;

        (void)state;
        atomic_store(&skew, -INT64_C(500) * 1000000);
        suspend_begin(&suspend);
        engine_sleep_ms(25);
        assert_false(suspend_noticed(&suspend));
        engine_sleep_ms(25);
        atomic_store(&skew, -INT64_C(500) * 1000000);
        assert_false(suspend_noticed(&suspend));
}

static void a_short_sleep_after_a_slow_first_look_is_noticed(void **state)
{
        struct suspend suspend;

        (void)state;
        atomic_store(&skew, -INT64_C(500) * 1000000);
        suspend_begin(&suspend);
        engine_sleep_ms(5);
        assert_false(suspend_noticed(&suspend));
        atomic_fetch_add(&asleep, INT64_C(100) * 1000000);
        engine_sleep_ms(5);
        assert_true(suspend_noticed(&suspend));
}

/* On a machine so busy, or so slow, that every reading of a clock takes 5 ms. */
static int64_t slow_ns, slow_asleep_ns;
static unsigned slow_reads;

static int64_t slow_clock(clockid_t id)
{
        assert_in_range(++slow_reads, 0, 100);
        slow_ns += INT64_C(5) * 1000000;
        return id == CLOCK_BOOTTIME ? slow_ns + slow_asleep_ns : slow_ns;
}

static void clocks_that_are_never_read_together_hold_nobody_up(void **state)
{
        struct suspend suspend;

        (void)state;
        slow_asleep_ns = NIGHT_NS;
        suspend_use_clock(slow_clock);
        suspend_begin(&suspend);
        assert_false(suspend_noticed(&suspend));
        slow_asleep_ns += NIGHT_NS;
        assert_true(suspend_noticed(&suspend));
        assert_false(suspend_noticed(&suspend));
}

/* A clock that stands still but where the test moves it. */
static int64_t hand_ns;
static unsigned reads;

static int64_t hand_clock(clockid_t id)
{
        reads++;
        return id == CLOCK_MONOTONIC_COARSE ? hand_ns / TICK_NS : hand_ns;
}

static void the_clocks_are_compared_once_in_a_tick(void **state)
{
        enum { TICKS = 100, LOOKS = 10 }; /* LOOKS in each */
        struct suspend suspend;

        (void)state;
        hand_ns = NIGHT_NS;
        suspend_use_clock(hand_clock);
        suspend_begin(&suspend);
        reads = 0;
        for (unsigned i = 0; i < TICKS * LOOKS; i++) {
                hand_ns += TICK_NS / LOOKS;
                assert_false(suspend_noticed(&suspend));
        }
        /* Each look reads the tick; a new one is followed by two clocks, and by one of them again. */
        assert_int_equal(reads, TICKS * LOOKS + TICKS * 3);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
        const struct CMUnitTest tests[] = {
            TEST(every_handle_sees_a_reset_and_reconnect_works),
            TEST(a_reader_without_an_interrupt_endpoint_is_told_of_by_the_clocks),
            TEST(each_night_is_another_reset),
            TEST(reconnect_may_be_the_first_to_notice),
            TEST(connect_after_a_sleep_finds_a_card_that_works),
            TEST(the_holder_of_a_transaction_sees_it_and_holds_on),
            TEST(a_card_pulled_during_the_sleep_is_removed),
            TEST(a_card_that_stays_mute_has_no_power_until_it_speaks_again),
            TEST(connect_and_reconnect_in_the_middle_of_it_succeed),
            TEST(a_command_in_the_middle_of_it_ends_with_the_reset),
            TEST(a_wait_for_a_change_survives),
            TEST(a_card_of_another_atr_is_another_card),
            TEST(a_card_without_power_is_only_asked_for),
            TEST(a_reader_that_is_gone_after_the_sleep_is_gone),
            TEST(time_that_passes_awake_is_no_sleep),
            TEST(clocks_that_were_not_read_together_tell_of_no_sleep),
            TEST(a_short_sleep_after_a_slow_first_look_is_noticed),
            TEST(clocks_that_are_never_read_together_hold_nobody_up),
            TEST(the_clocks_are_compared_once_in_a_tick),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
