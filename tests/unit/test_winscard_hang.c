/*
 * Readers that hang, in any operation: what is done with others goes on as if they were not there, and a
 * command that has to be given up sends nothing more. A driver whose operations wait at a gate.
 */
#include <stdatomic.h>
#include <unistd.h>

#include "core/registry.h"
#include "tests/support/engine.h"

#define OTHER_NAME "Fake Reader 01 00"

enum gate { NONE, OPEN, CLOSE, POWER_ON, POWER_OFF, LOOK, ASK, TRANSMIT, ABORT, SCAN, GATES };

static struct fake_reader *const reader = &fake_readers[0];
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
        pthread_t thread;
};

static void *victim_run(void *arg)
{
        struct victim *victim = arg;

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
        engine_sleep_ms(10);
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

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
        const struct CMUnitTest tests[] = {
            TEST(a_reader_that_hangs_delays_no_other),
            TEST(a_command_that_is_hard_to_abort_delays_no_other),
            TEST(a_command_that_was_given_up_is_not_sent),
            TEST(who_connects_to_a_context_that_is_released_gets_no_handle),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
