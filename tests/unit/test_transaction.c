/*
 * core/transaction.c through winscard.h: the order of turns, what ends a wait, dispositions.
 */
#include "tests/support/asleep.h"
#include "tests/support/engine.h"

#include "core/registry.h"
#include "core/slot.h"
#include "core/transaction.h"

static struct fake_reader *const reader = &fake_readers[0];
static SCARDCONTEXT context;

static int set_up(void **state)
{
        (void)state;
        fake_reset();
        context = engine_context();
        return 0;
}

static int tear_down(void **state)
{
        (void)state;
        SCardReleaseContext(context);
        return fake_stops == fake_starts ? 0 : -1;
}

/* A thread that begins a transaction, notes its place in the order, and ends it. */
struct taker {
        SCARDCONTEXT context; /* where it has one of its own */
        SCARDHANDLE card;
        LONG status;
        unsigned place;
        atomic_bool asleep;
        pthread_t thread;
};

static pthread_mutex_t order_lock = PTHREAD_MUTEX_INITIALIZER;
static unsigned order_next;

static void *taker_run(void *arg)
{
        struct taker *taker = arg;

        asleep_keep(&taker->asleep);
        taker->status = SCardBeginTransaction(taker->card);
        pthread_mutex_lock(&order_lock);
        taker->place = order_next++;
        pthread_mutex_unlock(&order_lock);
        if (taker->status == SCARD_S_SUCCESS)
                SCardEndTransaction(taker->card, SCARD_LEAVE_CARD);
        return NULL;
}

/* Comes back when it waits, so that the next one comes after it. */
static void taker_start_to(void *(*run)(void *arg), struct taker *taker, SCARDHANDLE card)
{
        *taker = (struct taker){.card = card, .status = -1};
        assert_int_equal(pthread_create(&taker->thread, NULL, run, taker), 0);
        assert_true(asleep_await(&taker->asleep));
}

static void taker_start(struct taker *taker, SCARDHANDLE card)
{
        taker_start_to(taker_run, taker, card);
}

static void transactions_are_given_in_the_order_of_arrival(void **state)
{
        (void)state;
        SCARDHANDLE owner = engine_connect(context, SCARD_SHARE_SHARED);
        struct taker takers[5];

        order_next = 0;
        assert_status(SCardBeginTransaction(owner), SCARD_S_SUCCESS);
        for (unsigned i = 0; i < 5; i++)
                taker_start(&takers[i], engine_connect(context, SCARD_SHARE_SHARED));
        assert_int_equal(order_next, 0);
        assert_status(SCardEndTransaction(owner, SCARD_LEAVE_CARD), SCARD_S_SUCCESS);
        for (unsigned i = 0; i < 5; i++) {
                pthread_join(takers[i].thread, NULL);
                assert_status(takers[i].status, SCARD_S_SUCCESS);
                assert_int_equal(takers[i].place, i);
        }
}

static void transactions_nest(void **state)
{
        (void)state;
        SCARDHANDLE card = engine_connect(context, SCARD_SHARE_SHARED);
        struct taker taker;

        order_next = 0;
        assert_status(SCardBeginTransaction(card), SCARD_S_SUCCESS);
        assert_status(SCardBeginTransaction(card), SCARD_S_SUCCESS);
        taker_start(&taker, engine_connect(context, SCARD_SHARE_SHARED));
        assert_status(SCardEndTransaction(card, SCARD_LEAVE_CARD), SCARD_S_SUCCESS);
        engine_sleep_ms(10);
        assert_int_equal(order_next, 0);
        assert_status(engine_transmit(card), SCARD_S_SUCCESS);
        assert_status(SCardEndTransaction(card, SCARD_LEAVE_CARD), SCARD_S_SUCCESS);
        pthread_join(taker.thread, NULL);
        assert_status(taker.status, SCARD_S_SUCCESS);
        assert_status(SCardEndTransaction(card, SCARD_LEAVE_CARD), SCARD_E_NOT_TRANSACTED);
}

static void end_without_begin_is_not_transacted(void **state)
{
        (void)state;
        SCARDHANDLE card = engine_connect(context, SCARD_SHARE_SHARED);
        SCARDHANDLE owner = engine_connect(context, SCARD_SHARE_SHARED);

        assert_status(SCardEndTransaction(card, SCARD_LEAVE_CARD), SCARD_E_NOT_TRANSACTED);
        assert_status(SCardBeginTransaction(owner), SCARD_S_SUCCESS);
        assert_status(SCardEndTransaction(card, SCARD_RESET_CARD), SCARD_E_NOT_TRANSACTED);
        assert_int_equal(fake_count(reader, FAKE_POWER_ON), 1);
        assert_status(SCardEndTransaction(owner, 4), SCARD_E_INVALID_VALUE);
        assert_status(SCardEndTransaction(owner, SCARD_LEAVE_CARD), SCARD_S_SUCCESS);
}

static void end_with_reset_is_seen_by_the_caller_too(void **state)
{
        (void)state;
        SCARDHANDLE card = engine_connect(context, SCARD_SHARE_SHARED);
        SCARDHANDLE other = engine_connect(context, SCARD_SHARE_SHARED);

        assert_status(SCardBeginTransaction(card), SCARD_S_SUCCESS);
        assert_status(SCardEndTransaction(card, SCARD_RESET_CARD), SCARD_S_SUCCESS);
        assert_int_equal(fake_count(reader, FAKE_POWER_ON), 2);
        assert_status(engine_transmit(card), SCARD_W_RESET_CARD);
        assert_status(engine_transmit(other), SCARD_W_RESET_CARD);
        assert_status(SCardEndTransaction(card, SCARD_LEAVE_CARD), SCARD_E_NOT_TRANSACTED);
        assert_status(SCardReconnect(other, SCARD_SHARE_SHARED, BOTH, SCARD_LEAVE_CARD, NULL),
                      SCARD_S_SUCCESS);
        assert_status(engine_transmit(other), SCARD_S_SUCCESS);
        assert_status(engine_transmit(card), SCARD_W_RESET_CARD);
}

static void end_with_unpower_leaves_it_off_until_someone_powers_it(void **state)
{
        (void)state;
        SCARDHANDLE card = engine_connect(context, SCARD_SHARE_SHARED);
        SCARDHANDLE other = engine_connect(context, SCARD_SHARE_SHARED);
        const DWORD dispositions[] = {SCARD_UNPOWER_CARD, SCARD_EJECT_CARD};

        for (unsigned i = 0; i < 2; i++) {
                assert_status(SCardBeginTransaction(card), SCARD_S_SUCCESS);
                assert_status(SCardEndTransaction(card, dispositions[i]), SCARD_S_SUCCESS);
                assert_int_equal(fake_count(reader, FAKE_POWER_OFF), i + 1);
                assert_status(engine_transmit(card), SCARD_W_UNPOWERED_CARD);
                assert_status(engine_transmit(other), SCARD_W_UNPOWERED_CARD);
                assert_int_equal(engine_state(other), SCARD_PRESENT);
                assert_status(SCardReconnect(card, SCARD_SHARE_SHARED, BOTH, SCARD_LEAVE_CARD, NULL),
                              SCARD_S_SUCCESS);
                assert_status(engine_transmit(other), SCARD_W_RESET_CARD);
                assert_status(SCardReconnect(other, SCARD_SHARE_SHARED, BOTH, SCARD_LEAVE_CARD, NULL),
                              SCARD_S_SUCCESS);
        }
}

static void removal_outranks_reset_and_unpower(void **state)
{
        (void)state;
        SCARDHANDLE card = engine_connect(context, SCARD_SHARE_SHARED);
        SCARDHANDLE other = engine_connect(context, SCARD_SHARE_SHARED);

        assert_status(SCardReconnect(other, SCARD_SHARE_SHARED, BOTH, SCARD_RESET_CARD, NULL),
                      SCARD_S_SUCCESS);
        assert_status(engine_transmit(card), SCARD_W_RESET_CARD);
        fake_remove(reader, 0);
        fake_insert(reader, 0);
        assert_status(engine_transmit(other), SCARD_W_REMOVED_CARD);
        assert_status(engine_transmit(card), SCARD_W_REMOVED_CARD);
        assert_status(SCardReconnect(other, SCARD_SHARE_SHARED, BOTH, SCARD_UNPOWER_CARD, NULL),
                      SCARD_S_SUCCESS);
        assert_status(engine_transmit(card), SCARD_W_REMOVED_CARD);
        assert_status(engine_transmit(other), SCARD_S_SUCCESS);
}

static void disposition_is_not_done_to_a_card_put_in_since(void **state)
{
        (void)state;
        SCARDHANDLE card = engine_connect(context, SCARD_SHARE_SHARED);
        SCARDHANDLE other = engine_connect(context, SCARD_SHARE_SHARED);

        fake_remove(reader, 0);
        fake_insert(reader, 0);
        assert_status(SCardReconnect(other, SCARD_SHARE_SHARED, BOTH, SCARD_LEAVE_CARD, NULL),
                      SCARD_S_SUCCESS);
        assert_status(SCardDisconnect(card, SCARD_UNPOWER_CARD), SCARD_S_SUCCESS);
        assert_status(engine_transmit(other), SCARD_S_SUCCESS);
}

static void disconnect_dispositions_are_seen_by_the_others(void **state)
{
        (void)state;
        SCARDHANDLE other = engine_connect(context, SCARD_SHARE_SHARED);

        assert_status(SCardDisconnect(engine_connect(context, SCARD_SHARE_SHARED), SCARD_LEAVE_CARD),
                      SCARD_S_SUCCESS);
        assert_status(engine_transmit(other), SCARD_S_SUCCESS);
        assert_status(SCardDisconnect(engine_connect(context, SCARD_SHARE_SHARED), SCARD_RESET_CARD),
                      SCARD_S_SUCCESS);
        assert_status(engine_transmit(other), SCARD_W_RESET_CARD);
        assert_status(SCardDisconnect(engine_connect(context, SCARD_SHARE_SHARED), SCARD_UNPOWER_CARD),
                      SCARD_S_SUCCESS);
        assert_status(engine_transmit(other), SCARD_W_UNPOWERED_CARD);
        SCARDHANDLE card = engine_connect(context, SCARD_SHARE_SHARED);

        assert_status(engine_transmit(other), SCARD_W_RESET_CARD);
        assert_status(SCardDisconnect(card, 4), SCARD_E_INVALID_VALUE);
        assert_status(engine_transmit(card), SCARD_S_SUCCESS);
}

static void disconnect_ends_the_transaction(void **state)
{
        (void)state;
        SCARDHANDLE owner = engine_connect(context, SCARD_SHARE_SHARED);
        SCARDHANDLE card = engine_connect(context, SCARD_SHARE_SHARED);

        assert_status(SCardBeginTransaction(owner), SCARD_S_SUCCESS);
        assert_status(SCardBeginTransaction(owner), SCARD_S_SUCCESS);
        assert_status(SCardDisconnect(owner, SCARD_LEAVE_CARD), SCARD_S_SUCCESS);
        assert_status(SCardBeginTransaction(card), SCARD_S_SUCCESS);
        assert_status(engine_transmit(card), SCARD_S_SUCCESS);
}

static void disconnect_with_leave_waits_for_nobody(void **state)
{
        (void)state;
        SCARDHANDLE owner = engine_connect(context, SCARD_SHARE_SHARED);
        SCARDHANDLE card = engine_connect(context, SCARD_SHARE_SHARED);

        assert_status(SCardBeginTransaction(owner), SCARD_S_SUCCESS);
        assert_status(SCardDisconnect(card, SCARD_LEAVE_CARD), SCARD_S_SUCCESS);
}

static void connect_to_a_negotiated_card_waits_for_nobody(void **state)
{
        (void)state;
        SCARDHANDLE owner = engine_connect(context, SCARD_SHARE_SHARED);

        assert_status(SCardBeginTransaction(owner), SCARD_S_SUCCESS);
        unsigned messages = fake_messages(reader);
        SCARDHANDLE card = engine_connect(context, SCARD_SHARE_SHARED);

        assert_int_equal(fake_messages(reader), messages);
        assert_int_equal(engine_state(card), SCARD_SPECIFIC);
}

/* ---- what ends a wait */

static void cancel_ends_the_waits_of_its_context_alone(void **state)
{
        (void)state;
        SCARDCONTEXT second = engine_context();
        SCARDHANDLE owner = engine_connect(context, SCARD_SHARE_SHARED);
        struct taker mine, other;

        order_next = 0;
        assert_status(SCardCancel(second), SCARD_S_SUCCESS);
        assert_status(SCardBeginTransaction(owner), SCARD_S_SUCCESS);
        taker_start(&mine, engine_connect(second, SCARD_SHARE_SHARED));
        taker_start(&other, engine_connect(context, SCARD_SHARE_SHARED));
        assert_status(SCardCancel(second), SCARD_S_SUCCESS);
        pthread_join(mine.thread, NULL);
        assert_status(mine.status, SCARD_E_CANCELLED);
        assert_int_equal(order_next, 1);
        assert_status(SCardEndTransaction(owner, SCARD_LEAVE_CARD), SCARD_S_SUCCESS);
        pthread_join(other.thread, NULL);
        assert_status(other.status, SCARD_S_SUCCESS);
        assert_status(engine_transmit(mine.card), SCARD_S_SUCCESS);
        assert_status(SCardReleaseContext(second), SCARD_S_SUCCESS);
}

static void disconnect_ends_the_waits_of_its_handle(void **state)
{
        (void)state;
        SCARDHANDLE owner = engine_connect(context, SCARD_SHARE_SHARED);
        struct taker taker;

        assert_status(SCardBeginTransaction(owner), SCARD_S_SUCCESS);
        taker_start(&taker, engine_connect(context, SCARD_SHARE_SHARED));
        assert_status(SCardDisconnect(taker.card, SCARD_LEAVE_CARD), SCARD_S_SUCCESS);
        pthread_join(taker.thread, NULL);
        assert_status(taker.status, SCARD_E_INVALID_HANDLE);
}

static void release_ends_waits_and_resets_what_was_in_a_transaction(void **state)
{
        (void)state;
        SCARDCONTEXT second = engine_context(), third = engine_context();
        SCARDHANDLE card = engine_connect(context, SCARD_SHARE_SHARED);
        SCARDHANDLE owner = engine_connect(second, SCARD_SHARE_SHARED);
        struct taker taker;

        assert_status(SCardBeginTransaction(owner), SCARD_S_SUCCESS);
        taker_start(&taker, engine_connect(third, SCARD_SHARE_SHARED));
        assert_status(SCardReleaseContext(third), SCARD_S_SUCCESS);
        pthread_join(taker.thread, NULL);
        assert_status(taker.status, SCARD_E_CANCELLED);
        assert_int_equal(fake_count(reader, FAKE_POWER_ON), 1);
        assert_status(SCardReleaseContext(second), SCARD_S_SUCCESS);
        assert_int_equal(fake_count(reader, FAKE_POWER_ON), 2);
        assert_status(engine_transmit(card), SCARD_W_RESET_CARD);
        assert_status(engine_transmit(owner), SCARD_E_INVALID_HANDLE);
}

static void *transmit_run(void *arg)
{
        struct taker *taker = arg;

        asleep_keep(&taker->asleep);
        taker->status = engine_transmit(taker->card);
        return NULL;
}

static void release_interrupts_a_command_on_its_way(void **state)
{
        (void)state;
        SCARDCONTEXT second = engine_context();
        struct taker taker = {.card = engine_connect(second, SCARD_SHARE_SHARED)};

        fake_hold(reader, true);
        assert_int_equal(pthread_create(&taker.thread, NULL, transmit_run, &taker), 0);
        fake_wait_inside(reader, 1);
        assert_status(SCardReleaseContext(second), SCARD_S_SUCCESS);
        pthread_join(taker.thread, NULL);
        assert_status(taker.status, SCARD_E_CANCELLED);
        assert_int_equal(fake_count(reader, FAKE_CLOSE), 1);
}

/* The context is released while a call has its turn, just before it would touch the card. */
static struct slot *gated;
static atomic_bool gate_reached, gate_open;

static void gate(struct fake_reader *which, enum fake_op op)
{
        (void)which;
        /* Whoever only glances holds the lock. */
        if (op != FAKE_LOOK || atomic_load(&gate_open) || pthread_mutex_trylock(&gated->lock) != 0)
                return;
        bool turn = gated->turn != NULL;

        pthread_mutex_unlock(&gated->lock);
        if (!turn)
                return;
        atomic_store(&gate_reached, true);
        while (!atomic_load(&gate_open))
                engine_sleep_ms(1);
}

static void release_at_the_gate(SCARDCONTEXT released, void *(*run)(void *arg), struct taker *taker)
{
        assert_int_equal(registry_find(FAKE_NAME, &gated), SCARD_S_SUCCESS);
        atomic_store(&gate_reached, false);
        atomic_store(&gate_open, false);
        reader->hook = gate;
        assert_int_equal(pthread_create(&taker->thread, NULL, run, taker), 0);
        while (!atomic_load(&gate_reached))
                engine_sleep_ms(1);
        assert_status(SCardReleaseContext(released), SCARD_S_SUCCESS);
        atomic_store(&gate_open, true);
        pthread_join(taker->thread, NULL);
        reader->hook = NULL;
        registry_unref(gated->device);
}

static void *connect_run(void *arg)
{
        struct taker *taker = arg;
        SCARDHANDLE card;

        taker->status = SCardConnectA(taker->context, FAKE_NAME, SCARD_SHARE_SHARED, BOTH, &card, NULL);
        return NULL;
}

static void *reset_run(void *arg)
{
        struct taker *taker = arg;

        taker->status = SCardReconnect(taker->card, SCARD_SHARE_SHARED, BOTH, SCARD_RESET_CARD, NULL);
        return NULL;
}

static void a_connect_that_was_given_up_powers_no_card(void **state)
{
        (void)state;
        struct taker taker = {.context = engine_context()};

        release_at_the_gate(taker.context, connect_run, &taker);
        assert_status(taker.status, SCARD_E_CANCELLED);
        assert_int_equal(fake_count(reader, FAKE_POWER_ON), 0);
        assert_int_equal(fake_count(reader, FAKE_CLOSE), 1);
}

static void a_reconnect_that_was_given_up_resets_no_card(void **state)
{
        (void)state;
        SCARDHANDLE other = engine_connect(context, SCARD_SHARE_SHARED);
        struct taker taker = {.context = engine_context()};

        taker.card = engine_connect(taker.context, SCARD_SHARE_SHARED);
        release_at_the_gate(taker.context, reset_run, &taker);
        assert_status(taker.status, SCARD_E_CANCELLED);
        assert_int_equal(fake_count(reader, FAKE_POWER_ON), 1);
        assert_status(engine_transmit(other), SCARD_S_SUCCESS);
}

/* Whatever the call was about to do to the card. */
static void a_turn_that_was_taken_powers_no_card(void **state)
{
        struct slot *slot;

        (void)state;
        SCARDHANDLE card = engine_connect(context, SCARD_SHARE_DIRECT);

        assert_int_equal(registry_find(FAKE_NAME, &slot), SCARD_S_SUCCESS);
        assert_true(transaction_borrow(slot, false));
        atomic_store(&slot->interrupted, true);
        assert_status(slot_awaken(slot), SCARD_E_CANCELLED);
        assert_status(slot_prepare(slot, BOTH), SCARD_E_CANCELLED);
        transaction_return(slot, SCARD_E_CANCELLED);
        assert_int_equal(fake_count(reader, FAKE_POWER_ON), 0);
        assert_true(transaction_borrow(slot, false)); /* the next one is not */
        assert_status(slot_awaken(slot), SCARD_S_SUCCESS);
        transaction_return(slot, SCARD_S_SUCCESS);
        registry_unref(slot->device);
        assert_status(SCardDisconnect(card, SCARD_LEAVE_CARD), SCARD_S_SUCCESS);
}

static void commands_wait_for_each_other(void **state)
{
        (void)state;
        struct taker first = {.card = engine_connect(context, SCARD_SHARE_SHARED)};
        struct taker second;
        SCARDHANDLE card = engine_connect(context, SCARD_SHARE_SHARED);

        fake_hold(reader, true);
        assert_int_equal(pthread_create(&first.thread, NULL, transmit_run, &first), 0);
        fake_wait_inside(reader, 1);
        taker_start_to(transmit_run, &second, card);
        assert_int_equal(fake_count(reader, FAKE_TRANSMIT), 1);
        fake_hold(reader, false);
        pthread_join(first.thread, NULL);
        pthread_join(second.thread, NULL);
        assert_status(first.status, SCARD_S_SUCCESS);
        assert_status(second.status, SCARD_S_SUCCESS);
        assert_int_equal(fake_count(reader, FAKE_TRANSMIT), 2);
}

static void *reconnect_run(void *arg)
{
        struct taker *taker = arg;

        asleep_keep(&taker->asleep);
        taker->status = SCardReconnect(taker->card, SCARD_SHARE_SHARED, BOTH, SCARD_LEAVE_CARD, NULL);
        return NULL;
}

/* Who has waited and is told of a reset does not keep the next one from his turn. */
static void who_gives_up_his_turn_gives_it_on(void **state)
{
        (void)state;
        SCARDHANDLE owner = engine_connect(context, SCARD_SHARE_SHARED);
        struct taker first, second;

        order_next = 0;
        assert_status(SCardBeginTransaction(owner), SCARD_S_SUCCESS);
        taker_start(&first, engine_connect(context, SCARD_SHARE_SHARED));
        taker_start_to(reconnect_run, &second, engine_connect(context, SCARD_SHARE_SHARED));
        assert_status(SCardEndTransaction(owner, SCARD_RESET_CARD), SCARD_S_SUCCESS);
        pthread_join(first.thread, NULL);
        pthread_join(second.thread, NULL);
        assert_status(first.status, SCARD_W_RESET_CARD);
        assert_status(second.status, SCARD_S_SUCCESS);
        assert_status(engine_transmit(second.card), SCARD_S_SUCCESS);
}

/* Nobody powers a card to learn its ATR while it is in another's hands. */
static void a_look_from_outside_leaves_the_card_of_a_transaction_alone(void **state)
{
        (void)state;
        SCARDHANDLE owner = engine_connect(context, SCARD_SHARE_SHARED);
        SCARDCONTEXT second = engine_context();
        SCARD_READERSTATEA seen = {.szReader = FAKE_NAME};

        assert_status(SCardBeginTransaction(owner), SCARD_S_SUCCESS);
        fake_remove(reader, 0);
        fake_insert(reader, 0);
        unsigned messages = fake_messages(reader);

        assert_status(SCardGetStatusChangeA(second, 0, &seen, 1), SCARD_S_SUCCESS);
        assert_true((seen.dwEventState & SCARD_STATE_PRESENT) != 0);
        assert_int_equal(fake_messages(reader), messages);
        assert_status(SCardReleaseContext(second), SCARD_S_SUCCESS);
}

/* Somebody waits for a turn and his card is gone, which nobody has noticed: he is told at once. */
static void nobody_waits_for_a_card_that_is_gone(void **state)
{
        (void)state;
        SCARDHANDLE owner = engine_connect(context, SCARD_SHARE_SHARED);
        SCARDHANDLE card = engine_connect(context, SCARD_SHARE_SHARED);

        assert_status(SCardBeginTransaction(owner), SCARD_S_SUCCESS);
        fake_remove(reader, 0);
        assert_status(SCardBeginTransaction(card), SCARD_W_REMOVED_CARD);
        assert_status(engine_transmit(card), SCARD_W_REMOVED_CARD);
        fake_unplug(reader);
        assert_status(SCardReconnect(card, SCARD_SHARE_SHARED, BOTH, SCARD_LEAVE_CARD, NULL),
                      SCARD_E_READER_UNAVAILABLE);
        assert_status(SCardDisconnect(card, SCARD_RESET_CARD), SCARD_S_SUCCESS);
}

static void cancel_transaction_ends_every_level_and_leaves_the_card(void **state)
{
        (void)state;
        SCARDHANDLE owner = engine_connect(context, SCARD_SHARE_SHARED);
        SCARDHANDLE card = engine_connect(context, SCARD_SHARE_SHARED);

        assert_status(SCardCancelTransaction(owner), SCARD_E_NOT_TRANSACTED);
        assert_status(SCardBeginTransaction(owner), SCARD_S_SUCCESS);
        assert_status(SCardBeginTransaction(owner), SCARD_S_SUCCESS);
        assert_status(SCardCancelTransaction(card), SCARD_E_NOT_TRANSACTED);
        unsigned messages = fake_messages(reader);

        assert_status(SCardCancelTransaction(owner), SCARD_S_SUCCESS);
        assert_int_equal(fake_messages(reader), messages);
        assert_status(SCardEndTransaction(owner, SCARD_LEAVE_CARD), SCARD_E_NOT_TRANSACTED);
        assert_status(SCardBeginTransaction(card), SCARD_S_SUCCESS);
}

static void nothing_else_waits_for_a_command_on_its_way(void **state)
{
        (void)state;
        SCARDHANDLE card = engine_connect(context, SCARD_SHARE_SHARED);
        struct taker taker = {.card = engine_connect(context, SCARD_SHARE_SHARED)};

        fake_hold(reader, true);
        assert_int_equal(pthread_create(&taker.thread, NULL, transmit_run, &taker), 0);
        fake_wait_inside(reader, 1);
        assert_int_equal(engine_state(card), SCARD_SPECIFIC);
        assert_int_equal(engine_attribute(card, ISCARD_ATTR_SHARE_MODE), SCARD_SHARE_SHARED);
        assert_status(SCardDisconnect(engine_connect(context, SCARD_SHARE_SHARED), SCARD_LEAVE_CARD),
                      SCARD_S_SUCCESS);
        assert_status(SCardDisconnect(taker.card, SCARD_LEAVE_CARD), SCARD_S_SUCCESS);
        fake_hold(reader, false);
        pthread_join(taker.thread, NULL);
        assert_status(taker.status, SCARD_S_SUCCESS);
        assert_status(engine_transmit(card), SCARD_S_SUCCESS);
}

static void unplugging_ends_waits_whoever_notices(void **state)
{
        (void)state;
        SCARDHANDLE owner = engine_connect(context, SCARD_SHARE_SHARED);
        struct taker first, second;
        DWORD len = 0;

        order_next = 0;
        assert_status(SCardBeginTransaction(owner), SCARD_S_SUCCESS);
        taker_start(&first, engine_connect(context, SCARD_SHARE_SHARED));
        taker_start(&second, engine_connect(context, SCARD_SHARE_SHARED));
        fake_unplug(reader);
        assert_status(SCardListReadersA(context, NULL, NULL, &len), SCARD_E_NO_READERS_AVAILABLE);
        pthread_join(first.thread, NULL);
        pthread_join(second.thread, NULL);
        assert_status(first.status, SCARD_E_READER_UNAVAILABLE);
        assert_status(second.status, SCARD_E_READER_UNAVAILABLE);
        assert_status(SCardEndTransaction(owner, SCARD_RESET_CARD), SCARD_E_READER_UNAVAILABLE);
        assert_status(SCardEndTransaction(owner, SCARD_LEAVE_CARD), SCARD_E_NOT_TRANSACTED);
}

static void unplugging_is_noticed_by_those_who_wait(void **state)
{
        (void)state;
        SCARDHANDLE owner = engine_connect(context, SCARD_SHARE_SHARED);
        struct taker taker;

        assert_status(SCardBeginTransaction(owner), SCARD_S_SUCCESS);
        taker_start(&taker, engine_connect(context, SCARD_SHARE_SHARED));
        fake_unplug(reader);
        pthread_join(taker.thread, NULL); /* nobody scans; it looks for itself */
        assert_status(taker.status, SCARD_E_READER_UNAVAILABLE);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
        const struct CMUnitTest tests[] = {
            TEST(transactions_are_given_in_the_order_of_arrival),
            TEST(transactions_nest),
            TEST(end_without_begin_is_not_transacted),
            TEST(end_with_reset_is_seen_by_the_caller_too),
            TEST(end_with_unpower_leaves_it_off_until_someone_powers_it),
            TEST(removal_outranks_reset_and_unpower),
            TEST(disposition_is_not_done_to_a_card_put_in_since),
            TEST(disconnect_dispositions_are_seen_by_the_others),
            TEST(disconnect_ends_the_transaction),
            TEST(disconnect_with_leave_waits_for_nobody),
            TEST(connect_to_a_negotiated_card_waits_for_nobody),
            TEST(cancel_ends_the_waits_of_its_context_alone),
            TEST(disconnect_ends_the_waits_of_its_handle),
            TEST(release_ends_waits_and_resets_what_was_in_a_transaction),
            TEST(release_interrupts_a_command_on_its_way),
            TEST(a_connect_that_was_given_up_powers_no_card),
            TEST(a_reconnect_that_was_given_up_resets_no_card),
            TEST(a_turn_that_was_taken_powers_no_card),
            TEST(commands_wait_for_each_other),
            TEST(who_gives_up_his_turn_gives_it_on),
            TEST(a_look_from_outside_leaves_the_card_of_a_transaction_alone),
            TEST(nobody_waits_for_a_card_that_is_gone),
            TEST(cancel_transaction_ends_every_level_and_leaves_the_card),
            TEST(nothing_else_waits_for_a_command_on_its_way),
            TEST(unplugging_ends_waits_whoever_notices),
            TEST(unplugging_is_noticed_by_those_who_wait),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
