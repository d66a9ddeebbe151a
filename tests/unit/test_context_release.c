/*
 * SCardReleaseContext, and SCardCancel, while calls of the context are under way: they end, whatever they were about
 * to do, and nobody else waits for them.
 */
#include <stdatomic.h>
#include <unistd.h>

#include "core/connection.h"
#include "core/context.h"
#include "core/registry.h"
#include "core/transaction.h"
#include "tests/support/engine.h"

#define OTHER_NAME  "Fake Reader 01 00"
#define PATIENCE_MS 5000 /* which only a failure takes */

static struct fake_reader *const reader = &fake_readers[0], *const other = &fake_readers[1];
static SCARDCONTEXT context, released;

/* Where calls stop: at an operation of a reader, until they are let go. */
struct gate {
        struct fake_reader *reader;
        enum fake_op op;
        atomic_bool reached, open;
};

static struct gate gates[2];

static void pass(struct fake_reader *which, enum fake_op op)
{
        for (size_t i = 0; i < sizeof(gates) / sizeof(gates[0]); i++) {
                struct gate *gate = &gates[i];

                if (gate->reader != which || gate->op != op || atomic_load(&gate->open))
                        continue;
                atomic_store(&gate->reached, true);
                while (!atomic_load(&gate->open))
                        engine_sleep_ms(1);
        }
}

static struct gate *gate_shut(unsigned number, struct fake_reader *which, enum fake_op op)
{
        struct gate *gate = &gates[number];

        atomic_store(&gate->reached, false);
        atomic_store(&gate->open, false);
        gate->op = op;
        gate->reader = which;
        which->hook = pass;
        return gate;
}

static bool await(const atomic_bool *flag)
{
        for (unsigned ms = 0; ms < PATIENCE_MS && !atomic_load(flag); ms++)
                engine_sleep_ms(1);
        return atomic_load(flag);
}

static int set_up(void **state)
{
        (void)state;
        memset(gates, 0, sizeof(gates));
        fake_reset();
        fake_plug(fake_prepare(1));
        reader->info.pin_support = 1;
        context = engine_context();
        released = engine_context();
        return 0;
}

static int tear_down(void **state)
{
        (void)state;
        SCardReleaseContext(context);
        return fake_stops == fake_starts ? 0 : -1;
}

/* A call in a thread of its own. */
enum what {
        CONNECT,
        RECONNECT,
        TRANSMIT,
        ENTRY,
        BEGIN,
        END,
        DISCONNECT,
        UNPOWER,
        WATCH,
        WATCH_BOTH,
        CANCEL,
        RELEASE
};

struct caller {
        enum what what;
        const char *name;
        SCARDCONTEXT context;
        SCARDHANDLE card;
        LONG status;
        atomic_bool done;
        pthread_t thread;
};

/* VERIFY of a code in a block of eight */
static const BYTE entry_request[] = {0,    0,    0x82, 0x08, 0x00, 0x08, 0x04, 0x02, 0x00, 0x09, 0x04,
                                     0x00, 0x00, 0x00, 0x00, 13,   0,    0,    0,    0x00, 0x20, 0x00,
                                     0x81, 0x08, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF};

static void *caller_run(void *arg)
{
        struct caller *caller = arg;
        /* what it is as long as nobody has powered the card: no news */
        const DWORD known =
            caller->what == WATCH_BOTH ? SCARD_STATE_PRESENT | SCARD_STATE_UNPOWERED : SCARD_STATE_UNAWARE;
        SCARD_READERSTATEA states[] = {{.szReader = caller->name, .dwCurrentState = known},
                                       {.szReader = FAKE_NAME, .dwCurrentState = known}};
        BYTE out[16];
        DWORD len;

        switch (caller->what) {
        case CONNECT:
                caller->status = SCardConnectA(caller->context, caller->name, SCARD_SHARE_SHARED, BOTH,
                                               &caller->card, NULL);
                break;
        case RECONNECT:
                caller->status =
                    SCardReconnect(caller->card, SCARD_SHARE_SHARED, BOTH, SCARD_LEAVE_CARD, NULL);
                break;
        case TRANSMIT:
                caller->status = engine_transmit(caller->card);
                break;
        case ENTRY:
                caller->status = SCardControl(caller->card, SCARD_CTL_CODE(3600 + FEATURE_VERIFY_PIN_DIRECT),
                                              entry_request, sizeof(entry_request), out, sizeof(out), &len);
                break;
        case DISCONNECT:
                caller->status = SCardDisconnect(caller->card, SCARD_LEAVE_CARD);
                break;
        case BEGIN:
                caller->status = SCardBeginTransaction(caller->card);
                break;
        case END:
                caller->status = SCardEndTransaction(caller->card, SCARD_UNPOWER_CARD);
                break;
        case UNPOWER:
                caller->status = SCardDisconnect(caller->card, SCARD_UNPOWER_CARD);
                break;
        case WATCH:
        case WATCH_BOTH:
                caller->status = SCardGetStatusChangeA(caller->context, INFINITE, states,
                                                       caller->what == WATCH_BOTH ? 2 : 1);
                break;
        case CANCEL:
                caller->status = SCardCancel(caller->context);
                break;
        case RELEASE:
                caller->status = SCardReleaseContext(caller->context);
                break;
        }
        atomic_store(&caller->done, true);
        return NULL;
}

static void caller_start(struct caller *caller)
{
        caller->status = -1;
        assert_int_equal(pthread_create(&caller->thread, NULL, caller_run, caller), 0);
}

static LONG caller_end(struct caller *caller)
{
        pthread_join(caller->thread, NULL);
        return caller->status;
}

/* ---- a command that is hard to abort */

/* The context's own calls: its other handle, on another reader, is dead at once. */
static void the_contexts_other_calls_do_not_wait_for_an_abort(void **state)
{
        struct caller victim = {.what = TRANSMIT}, releaser = {.what = RELEASE, .context = released};
        struct caller caller = {.what = DISCONNECT};

        (void)state;
        assert_status(SCardConnectA(released, OTHER_NAME, SCARD_SHARE_SHARED, BOTH, &caller.card, NULL),
                      SCARD_S_SUCCESS);
        victim.card = engine_connect(released, SCARD_SHARE_SHARED);
        struct gate *gate = gate_shut(0, reader, FAKE_ABORT);

        fake_hold(reader, true);
        caller_start(&victim);
        fake_wait_inside(reader, 1);
        caller_start(&releaser);
        assert_true(await(&gate->reached));
        caller_start(&caller);
        bool at_once = await(&caller.done);

        atomic_store(&gate->open, true);
        assert_status(caller_end(&releaser), SCARD_S_SUCCESS);
        assert_status(caller_end(&victim), SCARD_E_CANCELLED);
        assert_status(caller_end(&caller), SCARD_E_INVALID_HANDLE);
        assert_true(at_once);
}

/* Somebody else's, on a reader that the context was just looking at. */
static void nobody_elses_calls_wait_for_an_abort(void **state)
{
        struct caller victim = {.what = TRANSMIT}, releaser = {.what = RELEASE, .context = released};
        struct caller watcher = {.what = WATCH, .context = released, .name = OTHER_NAME};
        struct caller caller = {.what = CONNECT, .context = context, .name = OTHER_NAME};

        (void)state;
        victim.card = engine_connect(released, SCARD_SHARE_SHARED);
        struct gate *power = gate_shut(0, other, FAKE_POWER_ON);
        struct gate *gate = gate_shut(1, reader, FAKE_ABORT);

        fake_hold(reader, true);
        caller_start(&victim);
        fake_wait_inside(reader, 1);
        caller_start(&watcher);
        assert_true(await(&power->reached));
        caller_start(&releaser);
        assert_true(await(&gate->reached));
        atomic_store(&power->open, true);
        caller_start(&caller);
        bool at_once = await(&caller.done);

        atomic_store(&gate->open, true);
        assert_status(caller_end(&releaser), SCARD_S_SUCCESS);
        assert_status(caller_end(&victim), SCARD_E_CANCELLED);
        assert_status(caller_end(&watcher), SCARD_E_CANCELLED);
        assert_status(caller_end(&caller), SCARD_S_SUCCESS);
        assert_true(at_once);
}

/* The same where it is a look at another reader that is hard to abort. */
static void nobody_elses_calls_wait_for_the_abort_of_a_look(void **state)
{
        static const enum what ends[] = {CANCEL, RELEASE};

        (void)state;
        for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
                struct caller watcher = {.what = WATCH_BOTH, .context = released, .name = OTHER_NAME};
                struct caller ender = {.what = ends[i], .context = released};
                struct caller caller = {.what = CONNECT, .context = context, .name = OTHER_NAME};
                struct gate *power = gate_shut(0, other, FAKE_POWER_ON);
                struct gate *gate = gate_shut(1, reader, FAKE_ABORT);

                reader->hold_always = true;
                fake_hold(reader, true);
                caller_start(&watcher);
                fake_wait_inside(reader, 1);
                assert_true(await(&power->reached));
                caller_start(&ender);
                assert_true(await(&gate->reached));
                atomic_store(&power->open, true);
                caller_start(&caller);
                bool at_once = await(&caller.done);

                atomic_store(&gate->open, true);
                assert_status(caller_end(&ender), SCARD_S_SUCCESS);
                assert_status(caller_end(&watcher), SCARD_E_CANCELLED);
                assert_status(caller_end(&caller), SCARD_S_SUCCESS);
                assert_true(at_once);
                assert_status(SCardDisconnect(caller.card, SCARD_LEAVE_CARD), SCARD_S_SUCCESS);
                if (ends[i] != RELEASE)
                        assert_status(SCardReleaseContext(released), SCARD_S_SUCCESS);
                released = engine_context();
                fake_hold(reader, false);
        }
        assert_status(SCardReleaseContext(released), SCARD_S_SUCCESS);
}

/* To a reader that came back, while something else of the context is still being aborted. */
static void a_handle_of_a_context_that_ends_does_not_move(void **state)
{
        struct fake_reader *again = fake_prepare(2);
        struct caller victim = {.what = TRANSMIT}, releaser = {.what = RELEASE, .context = released};
        struct caller mover = {.what = RECONNECT};
        SCARDHANDLE mine = 0;

        (void)state;
        assert_status(SCardConnectA(released, OTHER_NAME, SCARD_SHARE_SHARED, BOTH, &mover.card, NULL),
                      SCARD_S_SUCCESS);
        victim.card = engine_connect(released, SCARD_SHARE_SHARED);
        struct gate *abort = gate_shut(0, reader, FAKE_ABORT), *open = gate_shut(1, again, FAKE_OPEN);

        fake_hold(reader, true);
        caller_start(&victim);
        fake_wait_inside(reader, 1);
        fake_unplug(other);
        fake_plug(again);
        caller_start(&mover);
        assert_true(await(&open->reached));
        caller_start(&releaser);
        assert_true(await(&abort->reached));
        atomic_store(&open->open, true);
        assert_status(caller_end(&mover), SCARD_E_CANCELLED);
        LONG status = SCardConnectA(context, OTHER_NAME, SCARD_SHARE_EXCLUSIVE, BOTH, &mine, NULL);

        atomic_store(&abort->open, true);
        assert_status(caller_end(&releaser), SCARD_S_SUCCESS);
        assert_status(caller_end(&victim), SCARD_E_CANCELLED);
        assert_status(status, SCARD_S_SUCCESS);
}

/* ---- an abort that comes early */

/* What was about to begin when it was aborted ends all the same: it hangs until it is. */
static void what_was_just_begun_ends_too(void **state)
{
        static const struct {
                enum what what;
                enum fake_op op;
        } begun[] = {{CONNECT, FAKE_POWER_ON}, {TRANSMIT, FAKE_TRANSMIT}, {ENTRY, FAKE_SECURE}};

        (void)state;
        for (size_t i = 0; i < sizeof(begun) / sizeof(begun[0]); i++) {
                struct caller victim = {.what = begun[i].what, .context = released, .name = FAKE_NAME};
                struct caller releaser = {.what = RELEASE, .context = released};

                if (begun[i].what != CONNECT)
                        victim.card = engine_connect(released, SCARD_SHARE_SHARED);
                struct gate *gate = gate_shut(0, reader, begun[i].op);
                unsigned aborts = fake_count(reader, FAKE_ABORT);

                fake_hold(reader, true);
                reader->hold_always = true;
                caller_start(&victim);
                assert_true(await(&gate->reached));
                caller_start(&releaser);
                fake_await(reader, FAKE_ABORT, aborts + 1);
                atomic_store(&gate->open, true);
                bool ended = await(&victim.done);

                reader->hold_always = false;
                fake_hold(reader, false);
                assert_status(caller_end(&releaser), SCARD_S_SUCCESS);
                (void)caller_end(&victim);
                assert_true(ended);
                assert_status(victim.status, SCARD_E_CANCELLED);
                released = engine_context();
        }
        assert_status(SCardReleaseContext(released), SCARD_S_SUCCESS);
}

/* What had not come to the reader yet never does. */
static void what_had_not_begun_does_not_begin(void **state)
{
        struct caller victim = {.what = CONNECT, .context = released, .name = FAKE_NAME};
        struct gate *gate = gate_shut(0, reader, FAKE_OPEN);

        (void)state;
        caller_start(&victim);
        assert_true(await(&gate->reached));
        assert_status(SCardReleaseContext(released), SCARD_S_SUCCESS);
        atomic_store(&gate->open, true);
        assert_status(caller_end(&victim), SCARD_E_CANCELLED);
        assert_int_equal(fake_count(reader, FAKE_POWER_ON), 0);
        assert_int_equal(fake_count(reader, FAKE_CLOSE), 1);
        /* and what is left of the reader is whole */
        (void)engine_connect(context, SCARD_SHARE_SHARED);
}

static void no_turn_begins_but_the_last(void **state)
{
        struct slot *slot;
        SCARDHANDLE card = engine_connect(released, SCARD_SHARE_SHARED);

        (void)state;
        assert_int_equal(registry_find(FAKE_NAME, &slot), SCARD_S_SUCCESS);
        struct connection *conn = slot->connections;

        assert_status(transaction_enter_last(conn), SCARD_E_NOT_TRANSACTED);
        assert_status(SCardBeginTransaction(card), SCARD_S_SUCCESS);
        atomic_store(&conn->context->released, true);
        assert_status(engine_transmit(card), SCARD_E_CANCELLED);
        assert_status(SCardBeginTransaction(card), SCARD_E_CANCELLED);
        assert_false(transaction_try(conn));
        assert_status(transaction_enter_last(conn), SCARD_S_SUCCESS);
        transaction_leave(conn, SCARD_S_SUCCESS);
        atomic_store(&conn->context->released, false);
        assert_status(engine_transmit(card), SCARD_S_SUCCESS);
        registry_unref(slot->device);
        assert_status(SCardReleaseContext(released), SCARD_S_SUCCESS);
}

/* ---- a transaction that is being ended */

/* Whoever ends it takes the card's power, and the release interrupts that: the card is not left as it is. */
static void a_transaction_whose_end_is_interrupted_ends_with_a_reset(void **state)
{
        struct caller ender = {.what = END}, releaser = {.what = RELEASE, .context = released};
        SCARDHANDLE mine = engine_connect(context, SCARD_SHARE_SHARED);

        (void)state;
        ender.card = engine_connect(released, SCARD_SHARE_SHARED);
        assert_status(SCardBeginTransaction(ender.card), SCARD_S_SUCCESS);
        struct gate *gate = gate_shut(0, reader, FAKE_POWER_OFF);

        fake_fail(reader, FAKE_POWER_OFF, SCARD_E_CANCELLED);
        caller_start(&ender);
        assert_true(await(&gate->reached));
        caller_start(&releaser);
        fake_await(reader, FAKE_ABORT, 1);
        atomic_store(&gate->open, true);
        assert_status(caller_end(&ender), SCARD_E_CANCELLED);
        assert_status(caller_end(&releaser), SCARD_S_SUCCESS);
        fake_fail(reader, FAKE_POWER_OFF, SCARD_S_SUCCESS);
        assert_status(engine_transmit(mine), SCARD_W_RESET_CARD);
}

/* Disconnect does what it was asked for by itself; the release leaves it alone. */
static void a_disconnect_that_takes_the_power_is_not_interrupted(void **state)
{
        struct caller ender = {.what = UNPOWER}, releaser = {.what = RELEASE, .context = released};
        SCARDHANDLE mine = engine_connect(context, SCARD_SHARE_SHARED);

        (void)state;
        ender.card = engine_connect(released, SCARD_SHARE_SHARED);
        struct gate *gate = gate_shut(0, reader, FAKE_POWER_OFF);

        caller_start(&ender);
        assert_true(await(&gate->reached));
        caller_start(&releaser);
        assert_status(caller_end(&releaser), SCARD_S_SUCCESS);
        atomic_store(&gate->open, true);
        assert_status(caller_end(&ender), SCARD_S_SUCCESS);
        assert_int_equal(fake_count(reader, FAKE_ABORT), 0);
        assert_status(engine_transmit(mine), SCARD_W_UNPOWERED_CARD);
}

/* Where the end of the transaction cannot be interrupted, somebody else gets the card meanwhile: it is his. */
static void a_release_does_not_wait_for_the_next_transaction_nor_reset_it(void **state)
{
        struct caller ender = {.what = END}, releaser = {.what = RELEASE, .context = released};
        struct caller next = {.what = BEGIN, .card = engine_connect(context, SCARD_SHARE_SHARED)};
        unsigned aborts, seen = 0;

        (void)state;
        ender.card = engine_connect(released, SCARD_SHARE_SHARED);
        assert_status(SCardBeginTransaction(ender.card), SCARD_S_SUCCESS);
        struct gate *gate = gate_shut(0, reader, FAKE_POWER_OFF);

        fake_fail(reader, FAKE_POWER_OFF, SCARD_E_TIMEOUT);
        caller_start(&ender);
        assert_true(await(&gate->reached));
        caller_start(&next);
        caller_start(&releaser);
        fake_await(reader, FAKE_ABORT, 1);
        while ((aborts = fake_count(reader, FAKE_ABORT)) != seen) { /* until it gives up */
                seen = aborts;
                engine_sleep_ms(100);
        }
        unsigned resets = fake_count(reader, FAKE_POWER_ON);

        atomic_store(&gate->open, true);
        (void)caller_end(&ender);
        assert_status(caller_end(&next), SCARD_S_SUCCESS);
        bool ended = await(&releaser.done);

        assert_int_equal(fake_count(reader, FAKE_POWER_ON), resets);
        assert_status(SCardEndTransaction(next.card, SCARD_LEAVE_CARD), SCARD_S_SUCCESS);
        assert_status(caller_end(&releaser), SCARD_S_SUCCESS);
        assert_true(ended);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test_setup_teardown(the_contexts_other_calls_do_not_wait_for_an_abort, set_up,
                                            tear_down),
            cmocka_unit_test_setup_teardown(nobody_elses_calls_wait_for_an_abort, set_up, tear_down),
            cmocka_unit_test_setup_teardown(nobody_elses_calls_wait_for_the_abort_of_a_look, set_up,
                                            tear_down),
            cmocka_unit_test_setup_teardown(a_handle_of_a_context_that_ends_does_not_move, set_up, tear_down),
            cmocka_unit_test_setup_teardown(what_was_just_begun_ends_too, set_up, tear_down),
            cmocka_unit_test_setup_teardown(what_had_not_begun_does_not_begin, set_up, tear_down),
            cmocka_unit_test_setup_teardown(no_turn_begins_but_the_last, set_up, tear_down),
            cmocka_unit_test_setup_teardown(a_transaction_whose_end_is_interrupted_ends_with_a_reset, set_up,
                                            tear_down),
            cmocka_unit_test_setup_teardown(a_disconnect_that_takes_the_power_is_not_interrupted, set_up,
                                            tear_down),
            cmocka_unit_test_setup_teardown(a_release_does_not_wait_for_the_next_transaction_nor_reset_it,
                                            set_up, tear_down),
        };

        alarm(120); /* a call that nothing ends is a failure too */
        return cmocka_run_group_tests(tests, NULL, NULL);
}
