/*
 * Readers that hang, in any operation: what is done with others goes on as if they were not there, and a
 * command that has to be given up sends nothing more. A driver whose operations wait at a gate.
 */
#include <stdatomic.h>
#include <unistd.h>

#include "core/registry.h"
#include "tests/support/asleep.h"
#include "tests/support/engine.h"

#define OTHER_NAME "Fake Reader 01 00"
#define BITS(s)    ((s).dwEventState & 0xFFFFu)

enum gate { NONE, OPEN, CLOSE, POWER_ON, POWER_OFF, LOOK, ASK, TRANSMIT, ABORT, SCAN, GATES };

static struct fake_reader *const reader = &fake_readers[0], *const other = &fake_readers[1];
static SCARDCONTEXT context;
static struct ifd_ops fake;
static const struct ifd_host *engine_host;
static atomic_int shut; /* the gate of reader */
static atomic_bool at_gate;

static void pass(const void *ctx, enum gate gate)
{
        while ((ctx == reader || ctx == NULL) && atomic_load(&shut) == (int)gate) {
                atomic_store(&at_gate, true);
                engine_sleep_ms(1);
        }
}

static int32_t gated_open(void *ctx)
{
        pass(ctx, OPEN);
        return fake.open(ctx);
}

static void gated_close(void *ctx)
{
        pass(ctx, CLOSE);
        fake.close(ctx);
}

static int32_t gated_power_on(void *ctx, unsigned slot, uint8_t *atr, size_t *atr_len)
{
        pass(ctx, POWER_ON);
        return fake.power_on(ctx, slot, atr, atr_len);
}

static int32_t gated_power_off(void *ctx, unsigned slot)
{
        pass(ctx, POWER_OFF);
        return fake.power_off(ctx, slot);
}

static int32_t gated_get_status(void *ctx, unsigned slot, bool ask, struct ifd_slot_state *state)
{
        pass(ctx, ask ? ASK : LOOK);
        return fake.get_status(ctx, slot, ask, state);
}

static int32_t gated_transmit(void *ctx, unsigned slot, struct ifd_message *message)
{
        pass(ctx, TRANSMIT);
        return fake.transmit(ctx, slot, message);
}

static void gated_abort(void *ctx, unsigned slot)
{
        pass(ctx, ABORT);
        fake.abort(ctx, slot);
}

static int32_t gated_arrived(const struct ifd_ops *ops, void *ctx, const struct ifd_info *info)
{
        struct ifd_ops gated = *ops;

        fake = *ops;
        gated.open = gated_open;
        gated.close = gated_close;
        gated.power_on = gated_power_on;
        gated.power_off = gated_power_off;
        gated.get_status = gated_get_status;
        gated.transmit = gated_transmit;
        gated.abort = gated_abort;
        return engine_host->arrived(&gated, ctx, info);
}

static int32_t gated_start(void)
{
        return fake_drivers[0]->start();
}

static int32_t gated_scan(const struct ifd_host *host)
{
        const struct ifd_host gated = {.arrived = gated_arrived, .departed = host->departed};

        pass(NULL, SCAN);
        engine_host = host;
        return fake_drivers[0]->scan(&gated);
}

static void gated_stop(void)
{
        fake_drivers[0]->stop();
}

static int32_t gated_watch(const struct ifd_watcher *watcher)
{
        return fake_drivers[0]->watch(watcher);
}

static void gated_pump(struct ifd_pump *pump)
{
        fake_drivers[0]->pump(pump);
}

static const struct ifd_driver gated_driver = {.name = "gated",
                                               .start = gated_start,
                                               .scan = gated_scan,
                                               .stop = gated_stop,
                                               .watch = gated_watch,
                                               .pump = gated_pump};
static const struct ifd_driver *const gated_drivers[] = {&gated_driver, NULL};

static int set_up(void **state)
{
        (void)state;
        alarm(60); /* who waits for the reader that hangs waits for ever */
        fake_reset();
        fake_plug(fake_prepare(1));
        registry_use_drivers(gated_drivers);
        atomic_store(&shut, NONE);
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

/* One that uses the reader that hangs, with a context of its own. */
struct victim {
        enum gate gate;
        SCARDCONTEXT context;
        SCARDHANDLE card;
        LONG status;
        atomic_bool asleep;
        pthread_t thread;
};

static void *victim_run(void *arg)
{
        struct victim *victim = arg;

        asleep_keep(&victim->asleep);
        switch (victim->gate) {
        case OPEN:
        case POWER_ON:
                victim->status =
                    SCardConnectA(victim->context, FAKE_NAME, SCARD_SHARE_SHARED, BOTH, &victim->card, NULL);
                break;
        case CLOSE:
        case POWER_OFF:
                victim->status = SCardDisconnect(victim->card, SCARD_LEAVE_CARD);
                break;
        case ASK:
                victim->status = SCardStatusA(victim->card, NULL, NULL, NULL, NULL, NULL, NULL);
                break;
        default:
                victim->status = engine_transmit(victim->card);
                break;
        }
        return NULL;
}

static bool needs_card(enum gate gate)
{
        return gate != OPEN && gate != POWER_ON;
}

/* Comes back when the victim hangs. */
static void victim_start(struct victim *victim, enum gate gate)
{
        *victim = (struct victim){.gate = gate, .context = engine_context(), .status = -1};
        if (needs_card(gate))
                victim->card = engine_connect(victim->context, SCARD_SHARE_SHARED);
        atomic_store(&at_gate, false);
        atomic_store(&shut, (int)gate);
        assert_int_equal(pthread_create(&victim->thread, NULL, victim_run, victim), 0);
        while (!atomic_load(&at_gate))
                engine_sleep_ms(1);
}

static void victim_end(struct victim *victim)
{
        atomic_store(&shut, NONE);
        pthread_join(victim->thread, NULL);
}

/* Everything there is, on the other reader and on all of them. */
static void use_the_other(void)
{
        SCARDCONTEXT mine = engine_context();
        SCARDHANDLE card = 0;
        char names[1000];
        DWORD len = sizeof(names), state;
        SCARD_READERSTATEA states = {.szReader = OTHER_NAME};

        assert_status(SCardListReadersA(mine, NULL, names, &len), SCARD_S_SUCCESS);
        assert_status(SCardConnectA(mine, OTHER_NAME, SCARD_SHARE_SHARED, BOTH, &card, NULL),
                      SCARD_S_SUCCESS);
        assert_status(SCardBeginTransaction(card), SCARD_S_SUCCESS);
        assert_status(engine_transmit(card), SCARD_S_SUCCESS);
        assert_status(SCardEndTransaction(card, SCARD_RESET_CARD), SCARD_S_SUCCESS);
        assert_status(SCardReconnect(card, SCARD_SHARE_SHARED, BOTH, SCARD_UNPOWER_CARD, NULL),
                      SCARD_S_SUCCESS);
        assert_status(SCardStatusA(card, NULL, NULL, &state, NULL, NULL, NULL), SCARD_S_SUCCESS);
        assert_status(SCardGetStatusChangeA(mine, 0, &states, 1), SCARD_S_SUCCESS);
        states.dwCurrentState = states.dwEventState & ~(DWORD)SCARD_STATE_CHANGED;
        assert_status(SCardGetStatusChangeA(mine, 5, &states, 1), SCARD_E_TIMEOUT);
        assert_status(SCardCancel(mine), SCARD_S_SUCCESS);
        assert_status(SCardDisconnect(card, SCARD_UNPOWER_CARD), SCARD_S_SUCCESS);
        assert_status(SCardReleaseContext(mine), SCARD_S_SUCCESS);
}

static void a_reader_that_hangs_delays_no_other(void **state)
{
        static const enum gate gates[] = {OPEN, CLOSE, POWER_ON, POWER_OFF, ASK, TRANSMIT};

        (void)state;
        for (size_t i = 0; i < sizeof(gates) / sizeof(gates[0]); i++) {
                struct victim victim;

                /* a reader without events is asked */
                SCardReleaseContext(context);
                reader->info.reports_movement = gates[i] != ASK;
                context = engine_context();
                victim_start(&victim, gates[i]);
                use_the_other();
                victim_end(&victim);
                assert_status(victim.status, SCARD_S_SUCCESS);
                assert_status(SCardReleaseContext(victim.context), SCARD_S_SUCCESS);
        }
}

static void *release_run(void *arg)
{
        struct victim *victim = arg;

        victim->status = SCardReleaseContext(victim->context);
        return NULL;
}

/* While somebody waits for changes, so that all readers are looked at all the time. */
static void a_command_that_is_hard_to_abort_delays_no_other(void **state)
{
        (void)state;
        struct victim victim, releaser = {0};
        SCARDHANDLE card = engine_connect(context, SCARD_SHARE_SHARED);

        fake_hold(reader, true);
        victim = (struct victim){.context = engine_context(), .status = -1};
        victim.card = engine_connect(victim.context, SCARD_SHARE_SHARED);
        assert_int_equal(pthread_create(&victim.thread, NULL, victim_run, &victim), 0);
        fake_wait_inside(reader, 1);
        atomic_store(&at_gate, false);
        atomic_store(&shut, ABORT);
        releaser.context = victim.context;
        assert_int_equal(pthread_create(&releaser.thread, NULL, release_run, &releaser), 0);
        while (!atomic_load(&at_gate))
                engine_sleep_ms(1);
        use_the_other();
        assert_int_equal(engine_state(card), SCARD_SPECIFIC);
        /* What is aborted ends before the abort does: who comes next is not hit by it. */
        fake_hold(reader, false);
        pthread_join(victim.thread, NULL);
        struct victim next = {.card = card};

        assert_int_equal(pthread_create(&next.thread, NULL, victim_run, &next), 0);
        assert_true(asleep_await(&next.asleep));
        assert_int_equal(fake_count(reader, FAKE_TRANSMIT), 1);
        victim_end(&next);
        assert_status(next.status, SCARD_S_SUCCESS);
        pthread_join(releaser.thread, NULL);
        assert_status(releaser.status, SCARD_S_SUCCESS);
}

/* The context is released when the command has its turn and nothing is sent yet. */
static void a_command_that_was_given_up_is_not_sent(void **state)
{
        static const enum ifd_exchange levels[] = {IFD_EXCHANGE_SHORT_APDU, IFD_EXCHANGE_EXTENDED_APDU,
                                                   IFD_EXCHANGE_TPDU};

        (void)state;
        for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
                struct victim victim;

                SCardReleaseContext(context);
                reader->info.exchange = levels[i];
                context = engine_context();
                SCARDHANDLE card = engine_connect(context, SCARD_SHARE_SHARED);
                unsigned sent = fake_count(reader, FAKE_TRANSMIT);

                victim_start(&victim, LOOK);
                assert_status(SCardReleaseContext(victim.context), SCARD_S_SUCCESS);
                victim_end(&victim);
                assert_status(victim.status, SCARD_E_CANCELLED);
                assert_int_equal(fake_count(reader, FAKE_TRANSMIT), sent);
                /* and only that one */
                if (levels[i] != IFD_EXCHANGE_TPDU)
                        assert_status(engine_transmit(card), SCARD_S_SUCCESS);
                else
                        assert_true(engine_transmit(card) != SCARD_E_CANCELLED);
                assert_true(fake_count(reader, FAKE_TRANSMIT) > sent);
        }
}

static void who_connects_to_a_context_that_is_released_gets_no_handle(void **state)
{
        static const enum gate gates[] = {OPEN, POWER_ON, SCAN};

        (void)state;
        for (size_t i = 0; i < sizeof(gates) / sizeof(gates[0]); i++) {
                struct victim victim = {.gate = OPEN, .context = engine_context(), .card = 77};

                atomic_store(&at_gate, false);
                atomic_store(&shut, (int)gates[i]);
                assert_int_equal(pthread_create(&victim.thread, NULL, victim_run, &victim), 0);
                while (!atomic_load(&at_gate))
                        engine_sleep_ms(1);
                assert_status(SCardReleaseContext(victim.context), SCARD_S_SUCCESS);
                victim_end(&victim);
                assert_status(victim.status, SCARD_E_CANCELLED);
                assert_true(victim.card == 0);
                /* nothing is left of it */
                assert_status(
                    SCardDisconnect(engine_connect(context, SCARD_SHARE_EXCLUSIVE), SCARD_LEAVE_CARD),
                    SCARD_S_SUCCESS);
                assert_int_equal(fake_count(reader, FAKE_OPEN), fake_count(reader, FAKE_CLOSE));
        }
}

/* ---- one call over both readers */

struct sleeper {
        SCARD_READERSTATEA s[2];
        DWORD timeout;
        LONG status;
        pthread_t thread;
};

static void *sleeper_run(void *arg)
{
        struct sleeper *sleeper = arg;

        sleeper->status = SCardGetStatusChangeA(context, sleeper->timeout, sleeper->s, 2);
        return NULL;
}

static void sleeper_know(struct sleeper *sleeper)
{
        for (int i = 0; i < 2; i++)
                sleeper->s[i].dwCurrentState = sleeper->s[i].dwEventState & ~(DWORD)SCARD_STATE_CHANGED;
}

static void at_gate_await(void)
{
        while (!atomic_load(&at_gate))
                engine_sleep_ms(1);
}

/* Waits, with the other reader's state known, while the first hangs: in the power-on of a card that was put in, or in
 * a question. Comes back when it hangs. */
static void sleeper_start(struct sleeper *sleeper, enum gate gate)
{
        *sleeper = (struct sleeper){.s = {{.szReader = FAKE_NAME}, {.szReader = OTHER_NAME}}};
        SCardReleaseContext(context);
        reader->info.reports_movement = gate != ASK;
        context = engine_context();
        fake_remove(reader, 0);
        sleeper_run(sleeper);
        assert_status(sleeper->status, SCARD_S_SUCCESS);
        assert_int_equal(BITS(sleeper->s[0]), SCARD_STATE_CHANGED | SCARD_STATE_EMPTY);
        assert_int_equal(BITS(sleeper->s[1]), SCARD_STATE_CHANGED | SCARD_STATE_PRESENT);
        sleeper_know(sleeper);
        sleeper->timeout = INFINITE;
        atomic_store(&at_gate, false);
        atomic_store(&shut, (int)gate);
        assert_int_equal(pthread_create(&sleeper->thread, NULL, sleeper_run, sleeper), 0);
        fake_insert(reader, 0);
        at_gate_await();
}

static LONG sleeper_end(struct sleeper *sleeper)
{
        pthread_join(sleeper->thread, NULL);
        return sleeper->status;
}

static const enum gate touches[] = {POWER_ON, ASK};
#define TOUCHES (sizeof(touches) / sizeof(touches[0]))

static void one_that_hangs_does_not_delay_the_news_of_the_others_of_a_call(void **state)
{
        (void)state;
        for (size_t i = 0; i < TOUCHES; i++) {
                struct sleeper sleeper;

                sleeper_start(&sleeper, touches[i]);
                fake_remove(other, 0);
                assert_status(sleeper_end(&sleeper), SCARD_S_SUCCESS);
                assert_int_equal(BITS(sleeper.s[0]), SCARD_STATE_EMPTY);
                assert_int_equal(BITS(sleeper.s[1]), SCARD_STATE_CHANGED | SCARD_STATE_EMPTY);
                /* and again, while it still hangs */
                sleeper_know(&sleeper);
                fake_insert(other, 0);
                assert_status(SCardGetStatusChangeA(context, INFINITE, sleeper.s, 2), SCARD_S_SUCCESS);
                assert_int_equal(BITS(sleeper.s[0]), SCARD_STATE_EMPTY);
                assert_int_equal(BITS(sleeper.s[1]), SCARD_STATE_CHANGED | SCARD_STATE_PRESENT);
                assert_true(sleeper.s[1].cbAtr != 0);
                /* a limit is kept */
                sleeper_know(&sleeper);
                assert_status(SCardGetStatusChangeA(context, 5, sleeper.s, 2), SCARD_E_TIMEOUT);
                assert_int_equal(BITS(sleeper.s[0]), SCARD_STATE_EMPTY);
                /* its own is told when it is there */
                atomic_store(&shut, NONE);
                assert_status(SCardGetStatusChangeA(context, INFINITE, sleeper.s, 2), SCARD_S_SUCCESS);
                assert_int_equal(BITS(sleeper.s[0]), SCARD_STATE_CHANGED | SCARD_STATE_PRESENT);
                assert_true(sleeper.s[0].cbAtr != 0);
                assert_int_equal(BITS(sleeper.s[1]), SCARD_STATE_PRESENT);
                fake_insert(other, 0);
        }
}

/* Even where nothing is heard of the abort. */
static void cancel_ends_a_call_over_one_that_hangs(void **state)
{
        (void)state;
        for (size_t i = 0; i < TOUCHES; i++) {
                struct sleeper sleeper;
                unsigned aborts = fake_count(reader, FAKE_ABORT);

                sleeper_start(&sleeper, touches[i]);
                assert_status(SCardCancel(context), SCARD_S_SUCCESS);
                assert_status(sleeper_end(&sleeper), SCARD_E_CANCELLED);
                assert_int_equal(fake_count(reader, FAKE_ABORT), aborts + 1);
                /* with nothing waiting it has no effect */
                assert_status(SCardCancel(context), SCARD_S_SUCCESS);
                assert_int_equal(fake_count(reader, FAKE_ABORT), aborts + 1);
                atomic_store(&shut, NONE);
                assert_status(SCardGetStatusChangeA(context, INFINITE, sleeper.s, 2), SCARD_S_SUCCESS);
                assert_int_equal(BITS(sleeper.s[0]), SCARD_STATE_CHANGED | SCARD_STATE_PRESENT);
        }
}

/* The power-on that a wait has begun and another one's news left under way, too. */
static void release_aborts_what_hangs_and_gives_the_readers_back(void **state)
{
        (void)state;
        for (unsigned left = 0; left < 2; left++) {
                struct sleeper sleeper;

                sleeper_start(&sleeper, left == 0 ? ASK : POWER_ON);
                unsigned aborts = fake_count(reader, FAKE_ABORT);

                reader->hold_always = true; /* behind the gate, which hears no abort */
                fake_hold(reader, true);
                atomic_store(&shut, NONE);
                fake_wait_inside(reader, 1);
                if (left != 0) {
                        fake_remove(other, 0);
                        assert_status(sleeper_end(&sleeper), SCARD_S_SUCCESS);
                }
                assert_status(SCardReleaseContext(context), SCARD_S_SUCCESS);
                if (left == 0)
                        assert_status(sleeper_end(&sleeper), SCARD_E_CANCELLED);
                assert_true(fake_count(reader, FAKE_ABORT) > aborts);
                assert_int_equal(fake_count(reader, FAKE_OPEN), fake_count(reader, FAKE_CLOSE));
                assert_int_equal(fake_count(other, FAKE_OPEN), fake_count(other, FAKE_CLOSE));
                fake_hold(reader, false);
                reader->hold_always = false;
                context = engine_context();
        }
}

/* The reader is spoken to only after the first abort. */
static void release_is_not_late_for_what_was_just_begun(void **state)
{
        struct sleeper sleeper;
        struct victim releaser = {0};
        unsigned aborts = fake_count(reader, FAKE_ABORT);

        (void)state;
        sleeper_start(&sleeper, POWER_ON);
        reader->hold_always = true;
        fake_hold(reader, true);
        releaser.context = context;
        assert_int_equal(pthread_create(&releaser.thread, NULL, release_run, &releaser), 0);
        while (fake_count(reader, FAKE_ABORT) == aborts)
                engine_sleep_ms(1);
        atomic_store(&shut, NONE);
        assert_status(sleeper_end(&sleeper), SCARD_E_CANCELLED);
        pthread_join(releaser.thread, NULL);
        assert_int_equal(fake_count(reader, FAKE_OPEN), fake_count(reader, FAKE_CLOSE));
        fake_hold(reader, false);
        reader->hold_always = false;
        context = engine_context();
}

static void one_that_hangs_and_is_unplugged_is_told_of_at_once(void **state)
{
        struct sleeper sleeper;

        (void)state;
        sleeper_start(&sleeper, POWER_ON);
        fake_unplug(reader);
        assert_status(sleeper_end(&sleeper), SCARD_S_SUCCESS);
        assert_true((sleeper.s[0].dwEventState & (SCARD_STATE_UNKNOWN | SCARD_STATE_UNAVAILABLE)) != 0);
        sleeper_know(&sleeper);
        assert_status(SCardGetStatusChangeA(context, 5, sleeper.s, 2), SCARD_E_TIMEOUT);
        atomic_store(&shut, NONE);
        fake_plug(reader);
        while (SCardGetStatusChangeA(context, 5, sleeper.s, 2) == SCARD_E_TIMEOUT)
                ; /* until nothing is left of what it was */
        assert_int_equal(BITS(sleeper.s[0]), SCARD_STATE_CHANGED | SCARD_STATE_PRESENT);
        assert_status(SCardReleaseContext(context), SCARD_S_SUCCESS);
        assert_int_equal(fake_count(reader, FAKE_OPEN), fake_count(reader, FAKE_CLOSE));
        context = engine_context();
}

/* Each is powered while the other is: the call has both ATRs when the slower one has answered. */
static void the_readers_of_a_call_are_powered_at_the_same_time(void **state)
{
        struct sleeper sleeper = {.s = {{.szReader = FAKE_NAME}, {.szReader = OTHER_NAME}}};

        (void)state;
        atomic_store(&at_gate, false);
        atomic_store(&shut, POWER_ON);
        assert_int_equal(pthread_create(&sleeper.thread, NULL, sleeper_run, &sleeper), 0);
        at_gate_await();
        while (fake_count(other, FAKE_POWER_ON) == 0)
                engine_sleep_ms(1);
        atomic_store(&shut, NONE);
        assert_status(sleeper_end(&sleeper), SCARD_S_SUCCESS);
        for (int i = 0; i < 2; i++) {
                assert_int_equal(BITS(sleeper.s[i]), SCARD_STATE_CHANGED | SCARD_STATE_PRESENT);
                assert_true(sleeper.s[i].cbAtr != 0);
        }
}

/* The ATR of one that hangs comes with a later call. */
static void a_first_look_waits_for_one_that_hangs_only_for_a_while(void **state)
{
        struct sleeper sleeper = {.s = {{.szReader = FAKE_NAME}, {.szReader = OTHER_NAME}}};

        (void)state;
        atomic_store(&shut, POWER_ON);
        sleeper_run(&sleeper);
        assert_status(sleeper.status, SCARD_S_SUCCESS);
        assert_int_equal(BITS(sleeper.s[0]),
                         SCARD_STATE_CHANGED | SCARD_STATE_PRESENT | SCARD_STATE_UNPOWERED);
        assert_int_equal(sleeper.s[0].cbAtr, 0);
        assert_int_equal(BITS(sleeper.s[1]), SCARD_STATE_CHANGED | SCARD_STATE_PRESENT);
        assert_true(sleeper.s[1].cbAtr != 0);
        sleeper_know(&sleeper);
        atomic_store(&shut, NONE);
        assert_status(SCardGetStatusChangeA(context, INFINITE, sleeper.s, 2), SCARD_S_SUCCESS);
        assert_int_equal(BITS(sleeper.s[0]), SCARD_STATE_CHANGED | SCARD_STATE_PRESENT);
        assert_true(sleeper.s[0].cbAtr != 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
        const struct CMUnitTest tests[] = {
            TEST(a_reader_that_hangs_delays_no_other),
            TEST(a_command_that_is_hard_to_abort_delays_no_other),
            TEST(a_command_that_was_given_up_is_not_sent),
            TEST(who_connects_to_a_context_that_is_released_gets_no_handle),
            TEST(one_that_hangs_does_not_delay_the_news_of_the_others_of_a_call),
            TEST(cancel_ends_a_call_over_one_that_hangs),
            TEST(release_aborts_what_hangs_and_gives_the_readers_back),
            TEST(release_is_not_late_for_what_was_just_begun),
            TEST(one_that_hangs_and_is_unplugged_is_told_of_at_once),
            TEST(the_readers_of_a_call_are_powered_at_the_same_time),
            TEST(a_first_look_waits_for_one_that_hangs_only_for_a_while),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
