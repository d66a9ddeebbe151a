/*
 * How long SCardConnect waits for another's transaction, and how long a command or a wait for changes may take: on a clock
 * that stands still but where the test puts it forward.
 */
#include <stdatomic.h>

#include "tests/support/engine.h"
#include "tests/support/hand_clock.h"

static _Thread_local atomic_uint *waits; /* how often the thread that runs began one; NULL: nobody counts */
static struct fake_reader *const reader = &fake_readers[0];
static SCARDCONTEXT context;

int pthread_cond_timedwait(pthread_cond_t *cond, pthread_mutex_t *mutex, const struct timespec *until)
{
        if (waits != NULL)
                atomic_fetch_add(waits, 1);
        return hand_clock_wait(cond, mutex, until);
}

static int set_up(void **state)
{
        (void)state;
        alarm(60);
        hand_clock_stop();
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

struct caller {
        LONG (*call)(struct caller *caller);
        SCARDHANDLE card;
        SCARD_READERSTATEA s;
        LONG status;
        atomic_uint waits;
        atomic_bool done;
        pthread_t thread;
};

static LONG connect_call(struct caller *caller)
{
        return SCardConnectA(context, FAKE_NAME, SCARD_SHARE_SHARED, BOTH, &caller->card, NULL);
}

static LONG begin_call(struct caller *caller)
{
        return SCardBeginTransaction(caller->card);
}

static LONG change_call(struct caller *caller)
{
        return SCardGetStatusChangeA(context, 40000, &caller->s, 1);
}

static void *caller_run(void *arg)
{
        struct caller *caller = arg;

        waits = &caller->waits;
        caller->status = caller->call(caller);
        atomic_store(&caller->done, true);
        return NULL;
}

/* It has seen the time that it is, and waits on. */
static void caller_waits_on(struct caller *caller)
{
        unsigned seen = atomic_load(&caller->waits);

        while (atomic_load(&caller->waits) < seen + 3 && !atomic_load(&caller->done))
                engine_sleep_ms(1);
        assert_false(atomic_load(&caller->done));
}

static void caller_start(struct caller *caller)
{
        assert_int_equal(pthread_create(&caller->thread, NULL, caller_run, caller), 0);
        caller_waits_on(caller);
}

/* Holds a transaction on a card without power, so that whoever connects has to wait to touch it. */
static SCARDHANDLE owner_of_an_unpowered_card(void)
{
        SCARDHANDLE owner = engine_connect(context, SCARD_SHARE_SHARED);

        assert_status(SCardBeginTransaction(owner), SCARD_S_SUCCESS);
        assert_status(SCardBeginTransaction(owner), SCARD_S_SUCCESS);
        assert_status(SCardEndTransaction(owner, SCARD_UNPOWER_CARD), SCARD_S_SUCCESS);
        return owner;
}

static void connect_waits_five_seconds_and_no_longer(void **state)
{
        (void)state;
        SCARDHANDLE owner = owner_of_an_unpowered_card();
        unsigned messages = fake_messages(reader);
        struct caller caller = {.call = connect_call, .card = 7, .status = -1};

        caller_start(&caller);
        hand_clock_forward(4999);
        caller_waits_on(&caller);
        hand_clock_forward(1);
        pthread_join(caller.thread, NULL);
        assert_status(caller.status, SCARD_E_SHARING_VIOLATION);
        assert_true(caller.card == 0);
        assert_int_equal(fake_messages(reader), messages);
        /* and whoever is there goes on */
        assert_status(SCardEndTransaction(owner, SCARD_LEAVE_CARD), SCARD_S_SUCCESS);
        assert_status(SCardReconnect(owner, SCARD_SHARE_EXCLUSIVE, BOTH, SCARD_LEAVE_CARD, NULL),
                      SCARD_S_SUCCESS);
        assert_status(engine_transmit(owner), SCARD_S_SUCCESS);
}

static void connect_goes_on_when_the_transaction_ends_in_time(void **state)
{
        (void)state;
        SCARDHANDLE owner = owner_of_an_unpowered_card();
        struct caller caller = {.call = connect_call, .status = -1};

        caller_start(&caller);
        hand_clock_forward(4999);
        assert_status(SCardEndTransaction(owner, SCARD_LEAVE_CARD), SCARD_S_SUCCESS);
        pthread_join(caller.thread, NULL);
        assert_status(caller.status, SCARD_S_SUCCESS);
        assert_status(engine_transmit(caller.card), SCARD_S_SUCCESS);
        assert_status(engine_transmit(owner), SCARD_W_RESET_CARD);
}

/* There is no watchdog on transactions: hours are nothing. */
static void begin_waits_without_limit(void **state)
{
        (void)state;
        SCARDHANDLE owner = engine_connect(context, SCARD_SHARE_SHARED);
        struct caller caller = {
            .call = begin_call, .card = engine_connect(context, SCARD_SHARE_SHARED), .status = -1};

        assert_status(SCardBeginTransaction(owner), SCARD_S_SUCCESS);
        caller_start(&caller);
        for (long hours = 1; hours < 6; hours++) {
                hand_clock_forward(3600000);
                caller_waits_on(&caller);
                assert_status(engine_transmit(owner), SCARD_S_SUCCESS);
        }
        assert_status(SCardEndTransaction(owner, SCARD_LEAVE_CARD), SCARD_S_SUCCESS);
        pthread_join(caller.thread, NULL);
        assert_status(caller.status, SCARD_S_SUCCESS);
}

/* The deadline is in milliseconds, and the clock may be just short of one: one more is the most it may take. */
static void a_wait_for_a_change_lasts_as_long_as_was_said(void **state)
{
        (void)state;
        struct caller caller = {.call = change_call, .s = {.szReader = FAKE_NAME}, .status = -1};

        assert_status(SCardGetStatusChangeA(context, 0, &caller.s, 1), SCARD_S_SUCCESS);
        caller.s.dwCurrentState = caller.s.dwEventState;
        caller_start(&caller);
        hand_clock_forward(39999);
        caller_waits_on(&caller);
        hand_clock_forward(2);
        pthread_join(caller.thread, NULL);
        assert_status(caller.status, SCARD_E_TIMEOUT);
        assert_int_equal(caller.s.dwEventState & 0xFFFFu, SCARD_STATE_PRESENT);
}

/* SELECT 3F00 with an answer wanted, which the card of T=0 offers by 61xx. */
static void *select_run(void *arg)
{
        static const BYTE select[] = {0x00, 0xA4, 0x00, 0x00, 0x02, 0x3F, 0x00, 0x00};
        struct caller *caller = arg;
        BYTE answer[258];
        DWORD len = sizeof(answer);

        caller->status = SCardTransmit(caller->card, NULL, select, sizeof(select), NULL, answer, &len);
        return NULL;
}

/* Each of its TPDUs may be slow; all of them together are bounded. */
static void a_command_of_many_parts_ends_after_ten_minutes(void **state)
{
        static const uint8_t atr_t0[] = {0x3B, 0x00};
        const long minutes[] = {9, 11};

        (void)state;
        SCardReleaseContext(context);
        reader->info.exchange = IFD_EXCHANGE_TPDU;
        fake_atr(reader, atr_t0, sizeof(atr_t0));
        reader->answer[0] = 0x61;
        reader->answer[1] = 0x10;
        reader->answer_len = 2;
        context = engine_context();
        struct caller caller = {.card = engine_connect(context, SCARD_SHARE_SHARED)};

        for (size_t i = 0; i < 2; i++) {
                unsigned sent = fake_count(reader, FAKE_TRANSMIT);

                fake_hold(reader, true);
                assert_int_equal(pthread_create(&caller.thread, NULL, select_run, &caller), 0);
                fake_wait_inside(reader, 1);
                hand_clock_forward(minutes[i] * 60000);
                fake_hold(reader, false);
                pthread_join(caller.thread, NULL);
                assert_true((caller.status == SCARD_E_TIMEOUT) == (minutes[i] > 10));
                assert_true((fake_count(reader, FAKE_TRANSMIT) == sent + 1) == (minutes[i] > 10));
        }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
        const struct CMUnitTest tests[] = {
            TEST(connect_waits_five_seconds_and_no_longer),
            TEST(connect_goes_on_when_the_transaction_ends_in_time),
            TEST(begin_waits_without_limit),
            TEST(a_wait_for_a_change_lasts_as_long_as_was_said),
            TEST(a_command_of_many_parts_ends_after_ten_minutes),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
