/*
 * SCardGetStatusChange and its kin through winscard.h, on scripted readers: states, counts, what ends a wait,
 * and that nothing wakes up while nothing happens.
 */
#include <fcntl.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/registry.h"
#include "sim/control.h"
#include "tests/support/asleep.h"
#include "tests/support/engine.h"

#define PNP      "\\\\?PnP?\\Notification"
#define SETTLE   20   /* ms, so that a thread that was woken looks around */
#define LONG_MS  5000 /* a wait that is ended by something else */
#define COUNT(s) ((s).dwEventState >> 16)
#define BITS(s)  ((s).dwEventState & 0xFFFFu)

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
        if (context != 0)
                SCardReleaseContext(context);
        registry_use_drivers(NULL);
        return fake_stops == fake_starts ? 0 : -1;
}

static LONG ask(SCARD_READERSTATEA *s, DWORD timeout)
{
        return SCardGetStatusChangeA(context, timeout, s, 1);
}

/* The state as it is, known to the application from then on. */
static SCARD_READERSTATEA known(const char *name)
{
        SCARD_READERSTATEA s = {.szReader = name};

        assert_status(ask(&s, 0), SCARD_S_SUCCESS);
        assert_true((s.dwEventState & SCARD_STATE_CHANGED) != 0);
        s.dwCurrentState = s.dwEventState;
        return s;
}

/* ---- a wait in a thread of its own */

struct sleeper {
        SCARD_READERSTATEA s[17];
        DWORD count, timeout;
        SCARDCONTEXT context;
        LONG status;
        atomic_bool asleep;
        pthread_t thread;
};

static void *sleeper_run(void *arg)
{
        struct sleeper *sleeper = arg;

        asleep_keep(&sleeper->asleep);
        sleeper->status =
            SCardGetStatusChangeA(sleeper->context, sleeper->timeout, sleeper->s, sleeper->count);
        return NULL;
}

/* With what it is to wait for. Comes back when it waits. */
static void sleeper_begin(struct sleeper *sleeper)
{
        assert_int_equal(pthread_create(&sleeper->thread, NULL, sleeper_run, sleeper), 0);
        assert_true(asleep_await(&sleeper->asleep));
}

static void sleeper_start(struct sleeper *sleeper, SCARD_READERSTATEA s)
{
        *sleeper = (struct sleeper){.s = {s}, .count = 1, .timeout = INFINITE, .context = context};
        sleeper_begin(sleeper);
}

static LONG sleeper_end(struct sleeper *sleeper)
{
        pthread_join(sleeper->thread, NULL);
        return sleeper->status;
}

/* ---- states */

static void unaware_returns_at_once_with_state_and_atr(void **state)
{
        (void)state;
        SCARD_READERSTATEA s = {.szReader = FAKE_NAME};
        static const BYTE atr[] = {0x3B, 0x80, 0x01, 0x81};

        assert_status(ask(&s, INFINITE), SCARD_S_SUCCESS);
        assert_int_equal(BITS(s), SCARD_STATE_CHANGED | SCARD_STATE_PRESENT);
        assert_int_equal(s.cbAtr, sizeof(atr));
        assert_memory_equal(s.rgbAtr, atr, sizeof(atr));
        assert_int_equal(fake_count(reader, FAKE_POWER_ON), 1);
        assert_true(COUNT(s) != 0);
}

static void the_card_is_powered_once_and_connect_needs_no_other_reset(void **state)
{
        (void)state;
        SCARD_READERSTATEA s = known(FAKE_NAME);

        for (int i = 0; i < 3; i++)
                assert_status(ask(&s, 0), SCARD_E_TIMEOUT);
        assert_int_equal(BITS(s), SCARD_STATE_PRESENT);
        assert_int_equal(s.cbAtr, 4);
        SCARDHANDLE card = engine_connect(context, SCARD_SHARE_SHARED);

        assert_int_equal(fake_count(reader, FAKE_POWER_ON), 1);
        assert_status(engine_transmit(card), SCARD_S_SUCCESS);
}

static void an_empty_reader_is_empty(void **state)
{
        (void)state;
        fake_remove(reader, 0);
        SCARD_READERSTATEA s = known(FAKE_NAME);

        assert_int_equal(BITS(s), SCARD_STATE_CHANGED | SCARD_STATE_EMPTY);
        assert_int_equal(s.cbAtr, 0);
        assert_int_equal(fake_count(reader, FAKE_POWER_ON), 0);
}

static void a_mute_card_is_mute_and_left_alone(void **state)
{
        (void)state;
        reader->slots[0].mute = true;
        SCARD_READERSTATEA s = known(FAKE_NAME);

        assert_int_equal(BITS(s), SCARD_STATE_CHANGED | SCARD_STATE_PRESENT | SCARD_STATE_MUTE);
        assert_int_equal(s.cbAtr, 0);
        assert_status(ask(&s, 0), SCARD_E_TIMEOUT);
        assert_int_equal(fake_count(reader, FAKE_POWER_ON), 1);
}

static void who_shares_the_card_is_told(void **state)
{
        (void)state;
        SCARD_READERSTATEA s = known(FAKE_NAME);
        SCARDHANDLE card = engine_connect(context, SCARD_SHARE_SHARED);

        assert_status(ask(&s, 0), SCARD_S_SUCCESS);
        assert_int_equal(BITS(s), SCARD_STATE_CHANGED | SCARD_STATE_PRESENT | SCARD_STATE_INUSE);
        s.dwCurrentState = s.dwEventState;
        assert_status(SCardReconnect(card, SCARD_SHARE_EXCLUSIVE, BOTH, SCARD_LEAVE_CARD, NULL),
                      SCARD_S_SUCCESS);
        assert_status(ask(&s, 0), SCARD_S_SUCCESS);
        assert_int_equal(BITS(s), SCARD_STATE_CHANGED | SCARD_STATE_PRESENT | SCARD_STATE_EXCLUSIVE);
        s.dwCurrentState = s.dwEventState;
        assert_status(SCardDisconnect(card, SCARD_UNPOWER_CARD), SCARD_S_SUCCESS);
        assert_status(ask(&s, 0), SCARD_S_SUCCESS);
        assert_int_equal(BITS(s), SCARD_STATE_CHANGED | SCARD_STATE_PRESENT | SCARD_STATE_UNPOWERED);
        assert_int_equal(s.cbAtr, 4); /* what it said before */
        assert_int_equal(fake_count(reader, FAKE_POWER_ON), 1);
}

static void a_direct_handle_has_its_card_left_alone(void **state)
{
        (void)state;
        SCARDHANDLE card = engine_connect(context, SCARD_SHARE_DIRECT);
        SCARD_READERSTATEA s = known(FAKE_NAME);

        assert_int_equal(BITS(s), SCARD_STATE_CHANGED | SCARD_STATE_PRESENT | SCARD_STATE_EXCLUSIVE |
                                      SCARD_STATE_UNPOWERED);
        assert_int_equal(fake_count(reader, FAKE_POWER_ON), 0);
        assert_status(SCardDisconnect(card, SCARD_LEAVE_CARD), SCARD_S_SUCCESS);
        assert_status(ask(&s, 0), SCARD_S_SUCCESS);
        assert_int_equal(BITS(s), SCARD_STATE_CHANGED | SCARD_STATE_PRESENT);
}

static void a_reader_that_cannot_be_opened_is_unavailable(void **state)
{
        (void)state;
        reader->fail[FAKE_OPEN] = SCARD_E_SHARING_VIOLATION;
        SCARD_READERSTATEA s = known(FAKE_NAME);

        assert_int_equal(BITS(s), SCARD_STATE_CHANGED | SCARD_STATE_UNAVAILABLE);
        assert_int_equal(COUNT(s), 0);
        assert_status(ask(&s, 0), SCARD_E_TIMEOUT);
        reader->fail[FAKE_OPEN] = SCARD_S_SUCCESS;
        assert_status(ask(&s, 0), SCARD_S_SUCCESS);
        assert_int_equal(BITS(s), SCARD_STATE_CHANGED | SCARD_STATE_PRESENT);
}

static void a_reader_named_twice_is_had_when_it_is_free(void **state)
{
        (void)state;
        fake_fail(reader, FAKE_OPEN, SCARD_E_SHARING_VIOLATION);
        SCARD_READERSTATEA s = known(FAKE_NAME);
        struct sleeper sleeper = {.s = {s, s}, .count = 2, .timeout = INFINITE, .context = context};

        sleeper_begin(&sleeper);
        fake_fail(reader, FAKE_OPEN, SCARD_S_SUCCESS);
        assert_status(sleeper_end(&sleeper), SCARD_S_SUCCESS);
        assert_int_equal(BITS(sleeper.s[0]), SCARD_STATE_CHANGED | SCARD_STATE_PRESENT);
        assert_int_equal(BITS(sleeper.s[1]), SCARD_STATE_CHANGED | SCARD_STATE_PRESENT);
}

static void a_call_that_could_not_have_the_reader_keeps_none_from_it(void **state)
{
        struct sleeper sleeper;

        (void)state;
        fake_fail(reader, FAKE_OPEN, SCARD_E_SHARING_VIOLATION);
        SCARD_READERSTATEA s = known(FAKE_NAME);

        sleeper_start(&sleeper, s);
        fake_fail(reader, FAKE_OPEN, SCARD_S_SUCCESS);
        assert_status(ask(&s, 0), SCARD_S_SUCCESS);
        assert_int_equal(BITS(s), SCARD_STATE_CHANGED | SCARD_STATE_PRESENT);
        assert_status(SCardCancel(context), SCARD_S_SUCCESS);
        (void)sleeper_end(&sleeper); /* which may have had it meanwhile */
}

static SCARDCONTEXT lister;

static void *replug_run(void *arg)
{
        struct fake_reader *next = arg;
        DWORD len = 0;

        fake_unplug(reader);
        assert_status(SCardListReadersA(lister, NULL, NULL, &len), SCARD_S_SUCCESS);
        fake_fail(next, FAKE_OPEN, SCARD_E_SHARING_VIOLATION);
        fake_plug(next);
        assert_status(SCardListReadersA(lister, NULL, NULL, &len), SCARD_S_SUCCESS);
        return NULL;
}

/* Before the second reader is looked at, the first goes, and one of its name comes, which is another program's. */
static void replug_first(struct fake_reader *second, enum fake_op op)
{
        pthread_t thread;

        if (op != FAKE_LOOK)
                return;
        second->hook = NULL;
        assert_int_equal(pthread_create(&thread, NULL, replug_run, &fake_readers[2]), 0);
        pthread_join(thread, NULL);
}

static void an_atr_goes_with_the_reader_that_it_came_from(void **state)
{
        (void)state;
        struct fake_reader *second = fake_prepare(1);

        (void)fake_prepare(2);
        fake_plug(second);
        lister = engine_context();
        SCARD_READERSTATEA s[2] = {known(FAKE_NAME), known("Fake Reader 01 00")};

        second->hook = replug_first;
        assert_status(SCardGetStatusChangeA(context, LONG_MS, s, 2), SCARD_S_SUCCESS);
        assert_null(second->hook);
        assert_int_equal(BITS(s[0]), SCARD_STATE_CHANGED | SCARD_STATE_UNAVAILABLE);
        assert_int_equal(s[0].cbAtr, 0);
        assert_status(SCardReleaseContext(lister), SCARD_S_SUCCESS);
}

static void an_unknown_reader_is_unknown_until_it_comes(void **state)
{
        (void)state;
        struct sleeper sleeper;
        SCARD_READERSTATEA s = known("Fake Reader 01 00");

        assert_int_equal(BITS(s), SCARD_STATE_CHANGED | SCARD_STATE_UNKNOWN);
        assert_status(ask(&s, 0), SCARD_E_TIMEOUT);
        assert_int_equal(s.dwEventState, SCARD_STATE_UNKNOWN);
        sleeper_start(&sleeper, s);
        fake_plug(&fake_readers[1]);
        assert_status(sleeper_end(&sleeper), SCARD_S_SUCCESS);
        assert_int_equal(BITS(sleeper.s[0]), SCARD_STATE_CHANGED | SCARD_STATE_PRESENT);
}

static void an_ignored_reader_is_ignored(void **state)
{
        (void)state;
        SCARD_READERSTATEA s = {.szReader = FAKE_NAME, .dwCurrentState = SCARD_STATE_IGNORE};

        assert_status(ask(&s, 5), SCARD_E_TIMEOUT);
        assert_int_equal(s.dwEventState, SCARD_STATE_IGNORE);
        assert_int_equal(fake_count(reader, FAKE_OPEN), 0);
}

static void a_state_without_a_count_is_compared_by_its_bits(void **state)
{
        (void)state;
        SCARD_READERSTATEA s = {.szReader = FAKE_NAME, .dwCurrentState = SCARD_STATE_PRESENT};

        assert_status(ask(&s, 0), SCARD_E_TIMEOUT);
        s.dwCurrentState = SCARD_STATE_EMPTY;
        assert_status(ask(&s, INFINITE), SCARD_S_SUCCESS);
}

/* ---- waits */

static void a_movement_ends_the_wait_and_counts(void **state)
{
        (void)state;
        struct sleeper sleeper;
        SCARD_READERSTATEA s = known(FAKE_NAME);
        DWORD count = COUNT(s);

        sleeper_start(&sleeper, s);
        fake_remove(reader, 0);
        assert_status(sleeper_end(&sleeper), SCARD_S_SUCCESS);
        assert_int_equal(BITS(sleeper.s[0]), SCARD_STATE_CHANGED | SCARD_STATE_EMPTY);
        assert_int_equal(COUNT(sleeper.s[0]), count + 1);
        s.dwCurrentState = sleeper.s[0].dwEventState;
        sleeper_start(&sleeper, s);
        fake_insert(reader, 0);
        assert_status(sleeper_end(&sleeper), SCARD_S_SUCCESS);
        assert_int_equal(BITS(sleeper.s[0]), SCARD_STATE_CHANGED | SCARD_STATE_PRESENT);
        assert_int_equal(COUNT(sleeper.s[0]), count + 2);
        assert_int_equal(sleeper.s[0].cbAtr, 4);
}

static void a_card_swapped_between_two_calls_is_told_by_the_count(void **state)
{
        (void)state;
        SCARD_READERSTATEA s = known(FAKE_NAME);
        DWORD count = COUNT(s);

        fake_remove(reader, 0);
        fake_insert(reader, 0);
        assert_status(ask(&s, INFINITE), SCARD_S_SUCCESS);
        assert_int_equal(BITS(s), SCARD_STATE_CHANGED | SCARD_STATE_PRESENT);
        assert_int_equal(COUNT(s), count + 2);
}

static void a_reader_without_events_is_asked_while_somebody_waits(void **state)
{
        (void)state;
        struct sleeper sleeper;

        reader->info.reports_movement = false;
        SCARD_READERSTATEA s = known(FAKE_NAME);

        sleeper_start(&sleeper, s);
        fake_remove(reader, 0);
        assert_status(sleeper_end(&sleeper), SCARD_S_SUCCESS);
        assert_int_equal(BITS(sleeper.s[0]), SCARD_STATE_CHANGED | SCARD_STATE_EMPTY);
        unsigned asked = fake_count(reader, FAKE_ASK);

        engine_sleep_ms(350);
        assert_int_equal(fake_count(reader, FAKE_ASK), asked);
}

/* As one whose interrupt endpoint has failed; the driver tells of the failure. */
static void a_reader_that_falls_silent_is_asked_from_then_on(void **state)
{
        (void)state;
        struct sleeper sleeper;
        SCARD_READERSTATEA s = known(FAKE_NAME);

        sleeper_start(&sleeper, s);
        assert_int_equal(fake_count(reader, FAKE_ASK), 0);
        fake_silence(reader);
        fake_await(reader, FAKE_ASK, 1);
        fake_remove(reader, 0);
        assert_status(sleeper_end(&sleeper), SCARD_S_SUCCESS);
        assert_int_equal(BITS(sleeper.s[0]), SCARD_STATE_CHANGED | SCARD_STATE_EMPTY);
}

static void unplugging_ends_the_wait_and_replugging_another(void **state)
{
        (void)state;
        struct sleeper sleeper;
        SCARD_READERSTATEA s = known(FAKE_NAME);

        sleeper_start(&sleeper, s);
        fake_unplug(reader);
        assert_status(sleeper_end(&sleeper), SCARD_S_SUCCESS);
        assert_int_equal(BITS(sleeper.s[0]), SCARD_STATE_CHANGED | SCARD_STATE_UNKNOWN);
        s.dwCurrentState = sleeper.s[0].dwEventState;
        sleeper_start(&sleeper, s);
        fake_plug(reader);
        assert_status(sleeper_end(&sleeper), SCARD_S_SUCCESS);
        assert_int_equal(BITS(sleeper.s[0]), SCARD_STATE_CHANGED | SCARD_STATE_PRESENT);
}

/* Its descriptors and memory, that is; the context may live for years. */
static void a_reader_that_goes_between_two_calls_is_given_back_by_the_next(void **state)
{
        (void)state;
        (void)known(FAKE_NAME);
        fake_unplug(reader);
        SCARD_READERSTATEA s = known("Fake Reader 01 00");

        assert_int_equal(BITS(s), SCARD_STATE_CHANGED | SCARD_STATE_UNKNOWN);
        assert_int_equal(fake_count(reader, FAKE_CLOSE), 1);
        assert_int_equal(fake_count(reader, FAKE_DESTROY), 1);
}

static void pnp_tells_of_readers_that_came_or_went(void **state)
{
        (void)state;
        struct sleeper sleeper;
        SCARD_READERSTATEA s = {.szReader = PNP};
        DWORD len = 0;

        assert_status(ask(&s, 0), SCARD_E_TIMEOUT);
        assert_int_equal(s.dwEventState, 1u << 16);
        sleeper_start(&sleeper, s);
        fake_plug(&fake_readers[1]);
        assert_status(sleeper_end(&sleeper), SCARD_S_SUCCESS);
        assert_int_equal(sleeper.s[0].dwEventState, 2u << 16 | SCARD_STATE_CHANGED);
        /* What happens between the list and the wait is not missed; what the list has told is no news. */
        fake_unplug(&fake_readers[1]);
        assert_status(SCardListReadersA(context, NULL, NULL, &len), SCARD_S_SUCCESS);
        assert_status(ask(&s, 0), SCARD_E_TIMEOUT);
        fake_plug(&fake_readers[1]);
        assert_status(ask(&s, INFINITE), SCARD_S_SUCCESS);
        assert_int_equal(s.dwEventState, 2u << 16 | SCARD_STATE_CHANGED);
        s.dwCurrentState = s.dwEventState;
        assert_status(ask(&s, 5), SCARD_E_TIMEOUT);
}

/* A program that has never listed readers, and begins without one. */
static void pnp_misses_nothing_between_two_calls(void **state)
{
        (void)state;
        SCARD_READERSTATEA s = {.szReader = PNP};

        fake_unplug(reader);
        assert_status(ask(&s, 0), SCARD_E_TIMEOUT);
        assert_int_equal(s.dwEventState, 0);
        s.dwCurrentState = s.dwEventState;
        fake_plug(reader);
        assert_status(ask(&s, INFINITE), SCARD_S_SUCCESS);
        assert_int_equal(s.dwEventState, 1u << 16 | SCARD_STATE_CHANGED);
}

static void one_of_several_ends_the_wait(void **state)
{
        (void)state;
        struct sleeper sleeper;

        fake_plug(&fake_readers[1]);
        SCARD_READERSTATEA s = known(FAKE_NAME);

        sleeper_start(&sleeper, s);
        SCardCancel(context);
        assert_status(sleeper_end(&sleeper), SCARD_E_CANCELLED);
        sleeper = (struct sleeper){.s = {s, known("Fake Reader 01 00"), {.szReader = PNP}},
                                   .count = 3,
                                   .timeout = LONG_MS,
                                   .context = context};
        sleeper_begin(&sleeper);
        fake_remove(&fake_readers[1], 0);
        assert_status(sleeper_end(&sleeper), SCARD_S_SUCCESS);
        assert_int_equal(BITS(sleeper.s[0]), SCARD_STATE_PRESENT);
        assert_int_equal(BITS(sleeper.s[1]), SCARD_STATE_CHANGED | SCARD_STATE_EMPTY);
        assert_int_equal(BITS(sleeper.s[2]), 0);
}

static void a_finite_wait_ends_with_a_timeout_and_not_early(void **state)
{
        (void)state;
        SCARD_READERSTATEA s = known(FAKE_NAME);
        struct timespec before, after;

        clock_gettime(CLOCK_MONOTONIC, &before);
        assert_status(ask(&s, 40), SCARD_E_TIMEOUT);
        clock_gettime(CLOCK_MONOTONIC, &after);
        long ms = (after.tv_sec - before.tv_sec) * 1000 + (after.tv_nsec - before.tv_nsec) / 1000000;

        /* How much later depends on the machine; see tests/unit/test_winscard_patience.c. */
        assert_true(ms >= 39);
        assert_int_equal(BITS(s), SCARD_STATE_PRESENT);
}

static void cancel_ends_every_wait_of_its_context_and_no_other(void **state)
{
        (void)state;
        struct sleeper first, second, other;
        SCARD_READERSTATEA s = known(FAKE_NAME);
        SCARDCONTEXT mine = context, theirs = engine_context();

        assert_status(SCardCancel(context), SCARD_S_SUCCESS); /* nothing waits: no effect, now or later */
        sleeper_start(&first, s);
        sleeper_start(&second, s);
        context = theirs;
        sleeper_start(&other, s);
        context = mine;
        assert_status(SCardCancel(context), SCARD_S_SUCCESS);
        assert_status(sleeper_end(&first), SCARD_E_CANCELLED);
        assert_status(sleeper_end(&second), SCARD_E_CANCELLED);
        assert_status(SCardReleaseContext(theirs), SCARD_S_SUCCESS);
        assert_status(sleeper_end(&other), SCARD_E_CANCELLED);
}

/* The first look at a reader powers its card, which may take a minute where the card is slow or the reader hangs. */
static void cancel_ends_a_power_up_and_a_question(void **state)
{
        struct sleeper sleeper;

        (void)state;
        for (unsigned told = 0; told < 2; told++) {
                reader->info.reports_movement = told != 0;
                reader->hold_always = true;
                fake_hold(reader, true);
                sleeper_start(&sleeper, (SCARD_READERSTATEA){.szReader = FAKE_NAME});
                fake_wait_inside(reader, 1);
                assert_status(SCardCancel(context), SCARD_S_SUCCESS);
                assert_status(sleeper_end(&sleeper), SCARD_E_CANCELLED);
                fake_hold(reader, false);
                SCARD_READERSTATEA s = known(FAKE_NAME);

                assert_int_equal(BITS(s), SCARD_STATE_CHANGED | SCARD_STATE_PRESENT);
                assert_status(SCardReleaseContext(context), SCARD_S_SUCCESS);
                fake_reset();
                context = engine_context();
        }
}

static void release_ends_a_wait_and_gives_the_reader_back(void **state)
{
        (void)state;
        struct sleeper sleeper;

        sleeper_start(&sleeper, known(FAKE_NAME));
        assert_status(SCardReleaseContext(context), SCARD_S_SUCCESS);
        assert_status(sleeper_end(&sleeper), SCARD_E_CANCELLED);
        assert_int_equal(fake_count(reader, FAKE_CLOSE), 1);
        assert_int_equal(fake_count(reader, FAKE_POWER_OFF), 1);
        context = 0;
}

static void what_others_do_ends_the_wait(void **state)
{
        (void)state;
        struct sleeper sleeper;

        sleeper_start(&sleeper, known(FAKE_NAME));
        SCARDHANDLE card = engine_connect(context, SCARD_SHARE_SHARED);

        assert_status(sleeper_end(&sleeper), SCARD_S_SUCCESS);
        assert_int_equal(BITS(sleeper.s[0]), SCARD_STATE_CHANGED | SCARD_STATE_PRESENT | SCARD_STATE_INUSE);
        sleeper_start(&sleeper, known(FAKE_NAME));
        /* A reset by Reconnect is over before anybody looks: the card is as it was. */
        assert_status(SCardReconnect(card, SCARD_SHARE_SHARED, BOTH, SCARD_UNPOWER_CARD, NULL),
                      SCARD_S_SUCCESS);
        engine_sleep_ms(SETTLE);
        assert_status(SCardDisconnect(card, SCARD_UNPOWER_CARD), SCARD_S_SUCCESS);
        assert_status(sleeper_end(&sleeper), SCARD_S_SUCCESS);
        assert_int_equal(BITS(sleeper.s[0]),
                         SCARD_STATE_CHANGED | SCARD_STATE_PRESENT | SCARD_STATE_UNPOWERED);
}

/* ---- the other functions */

/* The card was swapped in a transaction, and has its power when that is over; the monitor looks in between. */
static void the_end_of_a_transaction_is_news_however_often_one_looks(void **state)
{
        SCARDCONTEXT own = engine_context();
        SCARDHANDLE owner = engine_connect(own, SCARD_SHARE_SHARED);
        struct sleeper sleeper;

        (void)state;
        assert_status(SCardBeginTransaction(owner), SCARD_S_SUCCESS);
        fake_remove(reader, 0);
        fake_insert(reader, 0);
        SCARD_READERSTATEA s = known(FAKE_NAME);

        assert_int_equal(BITS(s) & SCARD_STATE_UNPOWERED, SCARD_STATE_UNPOWERED);
        sleeper_start(&sleeper, s);
        unsigned looks = fake_count(reader, FAKE_LOOK);

        fake_insert(reader, 1); /* a slot that it does not have: a message that says nothing */
        fake_await(reader, FAKE_LOOK, looks + 1);
        assert_status(SCardEndTransaction(owner, SCARD_LEAVE_CARD), SCARD_S_SUCCESS);
        assert_status(sleeper_end(&sleeper), SCARD_S_SUCCESS);
        assert_int_equal(BITS(sleeper.s[0]), SCARD_STATE_CHANGED | SCARD_STATE_PRESENT | SCARD_STATE_INUSE);
        assert_int_equal(sleeper.s[0].cbAtr, 4);
        SCardReleaseContext(own);
}

static void plain_arguments_are_checked(void **state)
{
        (void)state;
        SCARD_READERSTATEA s = {.szReader = NULL};

        assert_status(SCardGetStatusChangeA(0, 0, &s, 1), SCARD_E_INVALID_HANDLE);
        assert_status(SCardGetStatusChangeA(context, 0, NULL, 1), SCARD_E_INVALID_PARAMETER);
        assert_status(SCardGetStatusChangeA(context, INFINITE, NULL, 0), SCARD_S_SUCCESS);
        assert_status(ask(&s, 0), SCARD_E_INVALID_PARAMETER);
}

/* Behind the one entry there is no memory. */
static void a_count_that_is_a_mistake_reads_and_writes_nothing(void **state)
{
        (void)state;
        size_t page = (size_t)sysconf(_SC_PAGESIZE);
        uint8_t *memory = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

        assert_true(memory != MAP_FAILED);
        assert_int_equal(mprotect(memory + page, page, PROT_NONE), 0);
        SCARD_READERSTATEA *a = (SCARD_READERSTATEA *)(void *)(memory + page - sizeof(*a));
        SCARD_READERSTATEW *w = (SCARD_READERSTATEW *)(void *)(memory + page - sizeof(*w));
        const DWORD counts[] = {65537, 0x10000000, 0xFFFFFFFF};

        for (unsigned i = 0; i < 3; i++) {
                *a = (SCARD_READERSTATEA){.szReader = FAKE_NAME, .dwEventState = 77};
                assert_status(SCardGetStatusChangeA(context, 0, a, counts[i]), SCARD_E_INVALID_VALUE);
                assert_status(SCardLocateCardsByATRA(context, NULL, 0, a, counts[i]), SCARD_E_INVALID_VALUE);
                *w = (SCARD_READERSTATEW){.szReader = u"Fake Reader 00 00", .dwEventState = 77};
                assert_status(SCardGetStatusChangeW(context, 0, w, counts[i]), SCARD_E_INVALID_VALUE);
                assert_status(SCardLocateCardsByATRW(context, NULL, 0, w, counts[i]), SCARD_E_INVALID_VALUE);
                assert_int_equal(w->dwEventState, 77);
        }
        assert_int_equal(munmap(memory, 2 * page), 0);
}

static void the_w_form_takes_utf16_names(void **state)
{
        (void)state;
        SCARD_READERSTATEW s[2] = {{.szReader = u"Fake Reader 00 00"}, {.szReader = u"\xD800"}};

        assert_status(SCardGetStatusChangeW(context, INFINITE, s, 2), SCARD_S_SUCCESS);
        assert_int_equal(BITS(s[0]), SCARD_STATE_CHANGED | SCARD_STATE_PRESENT);
        assert_int_equal(s[0].cbAtr, 4);
        assert_int_equal(BITS(s[1]), SCARD_STATE_CHANGED | SCARD_STATE_UNKNOWN);
}

static void a_card_is_located_by_its_atr(void **state)
{
        (void)state;
        SCARD_ATRMASK masks[2] = {{4, {0x3B, 0x81, 0x01, 0x81}, {0xFF, 0xFF, 0xFF, 0xFF}},
                                  {4, {0x3B, 0x00, 0x00, 0x00}, {0xFF, 0x00, 0x00, 0x00}}};
        SCARD_READERSTATEA s[2] = {{.szReader = FAKE_NAME}, {.szReader = "none"}};
        SCARD_READERSTATEW w = {.szReader = u"Fake Reader 00 00"};

        assert_status(SCardLocateCardsByATRA(context, masks, 1, s, 2), SCARD_S_SUCCESS);
        assert_true((s[0].dwEventState & SCARD_STATE_ATRMATCH) == 0);
        assert_status(SCardLocateCardsByATRA(context, masks, 2, s, 2), SCARD_S_SUCCESS);
        assert_int_equal(BITS(s[0]), SCARD_STATE_CHANGED | SCARD_STATE_PRESENT | SCARD_STATE_ATRMATCH);
        assert_int_equal(BITS(s[1]), SCARD_STATE_CHANGED | SCARD_STATE_UNKNOWN);
        assert_status(SCardLocateCardsByATRW(context, masks, 2, &w, 1), SCARD_S_SUCCESS);
        assert_int_equal(BITS(w), SCARD_STATE_CHANGED | SCARD_STATE_PRESENT | SCARD_STATE_ATRMATCH);
        masks[1].cbAtr = 5; /* another length is another card */
        assert_status(SCardLocateCardsByATRA(context, masks, 2, s, 1), SCARD_S_SUCCESS);
        assert_true((s[0].dwEventState & SCARD_STATE_ATRMATCH) == 0);
        masks[1].cbAtr = 37;
        assert_status(SCardLocateCardsByATRA(context, masks, 2, s, 1), SCARD_E_INVALID_VALUE);
        assert_status(SCardLocateCardsByATRA(context, NULL, 1, s, 1), SCARD_E_INVALID_PARAMETER);
}

static void there_is_one_group(void **state)
{
        (void)state;
        char *groups = NULL;
        WCHAR wide[32];
        DWORD len = SCARD_AUTOALLOCATE, short_len = 5;

        assert_status(SCardListReaderGroupsA(context, (LPSTR)&groups, &len), SCARD_S_SUCCESS);
        assert_int_equal(len, sizeof("SCard$DefaultReaders") + 1);
        assert_string_equal(groups, "SCard$DefaultReaders");
        assert_int_equal(groups[len - 1], 0);
        assert_status(SCardFreeMemory(context, groups), SCARD_S_SUCCESS);
        assert_status(SCardListReaderGroupsW(context, wide, &short_len), SCARD_E_INSUFFICIENT_BUFFER);
        assert_int_equal(short_len, len);
        assert_status(SCardListReaderGroupsW(context, wide, &short_len), SCARD_S_SUCCESS);
        assert_int_equal(wide[0], 'S');
}

static void small_functions_do_as_they_say(void **state)
{
        (void)state;
        SCARDHANDLE card = engine_connect(context, SCARD_SHARE_SHARED);
        DWORD now = 0, protocol = 0, len = 33;
        BYTE atr[33];

        assert_status(SCardState(card, &now, &protocol, atr, &len), SCARD_S_SUCCESS);
        assert_int_equal(now, SCARD_SPECIFIC);
        assert_int_equal(protocol, SCARD_PROTOCOL_T1);
        assert_int_equal(len, 4);
        assert_status(SCardSetAttrib(card, SCARD_ATTR_MAX_IFSD, atr, 4), SCARD_E_UNSUPPORTED_FEATURE);
        assert_status(SCardSetAttrib(card, SCARD_ATTR_MAX_IFSD, NULL, 4), SCARD_E_INVALID_PARAMETER);
        assert_status(SCardSetAttrib(card + 1, SCARD_ATTR_MAX_IFSD, atr, 4), SCARD_E_INVALID_HANDLE);
        assert_status(SCardCancelTransaction(card), SCARD_E_NOT_TRANSACTED);
        assert_status(SCardBeginTransaction(card), SCARD_S_SUCCESS);
        assert_status(SCardBeginTransaction(card), SCARD_S_SUCCESS);
        assert_status(SCardCancelTransaction(card), SCARD_S_SUCCESS);
        assert_status(SCardEndTransaction(card, SCARD_LEAVE_CARD), SCARD_E_NOT_TRANSACTED);
        assert_non_null(SCardAccessStartedEvent());
        SCardReleaseStartedEvent();
}

/* ---- what watching costs */

static void sixty_four_readers_are_waited_for_at_once(void **state)
{
        static char names[64][32];
        static SCARD_READERSTATEA s[64];

        (void)state;
        for (unsigned i = 0; i < 64; i++) {
                fake_plug(&fake_readers[i]);
                snprintf(names[i], sizeof(names[i]), "Fake Reader %02X 00", i);
                s[i].szReader = names[i];
        }
        assert_status(SCardGetStatusChangeA(context, INFINITE, s, 64), SCARD_S_SUCCESS);
        for (unsigned i = 0; i < 64; i++) {
                assert_int_equal(BITS(s[i]), SCARD_STATE_CHANGED | SCARD_STATE_PRESENT);
                s[i].dwCurrentState = s[i].dwEventState;
        }
        assert_status(SCardGetStatusChangeA(context, 5, s, 64), SCARD_E_TIMEOUT);
        fake_remove(&fake_readers[63], 0);
        assert_status(SCardGetStatusChangeA(context, INFINITE, s, 64), SCARD_S_SUCCESS);
        assert_int_equal(BITS(s[63]), SCARD_STATE_CHANGED | SCARD_STATE_EMPTY);
        assert_int_equal(BITS(s[0]), SCARD_STATE_PRESENT);
}

/* The bell of the monitor, that is; over libusb there is more: tests/usb/test_cloexec.c. */
static void a_program_that_is_started_inherits_nothing(void **state)
{
        struct sleeper sleeper;
        bool before[64], found = false;

        (void)state;
        SCARD_READERSTATEA s = known(FAKE_NAME);

        for (int fd = 0; fd < 64; fd++)
                before[fd] = fcntl(fd, F_GETFD) >= 0;
        sleeper_start(&sleeper, s);
        for (int fd = 0; fd < 64; fd++) {
                int flags = fcntl(fd, F_GETFD);

                if (flags < 0 || before[fd])
                        continue;
                found = true;
                assert_true((flags & FD_CLOEXEC) != 0);
        }
        assert_true(found);
        assert_status(SCardCancel(context), SCARD_S_SUCCESS);
        assert_status(sleeper_end(&sleeper), SCARD_E_CANCELLED);
        for (int fd = 0; fd < 64; fd++)
                assert_int_equal(fcntl(fd, F_GETFD) >= 0, before[fd]);
}

/* The monitor's, which calls nothing else of that name. */
static atomic_uint polls;

int poll(struct pollfd *fds, nfds_t count, int timeout_ms)
{
        atomic_fetch_add(&polls, 1);
        return (int)syscall(SYS_ppoll, fds, count,
                            timeout_ms < 0 ? NULL
                                           : &(struct timespec){.tv_sec = timeout_ms / 1000,
                                                                .tv_nsec = timeout_ms % 1000 * 1000000L},
                            NULL, 0);
}

/* How often a thread gave up the processor by itself in a while; this one's sleep is one time. */
static long switches_in(long ms)
{
        struct rusage before, after;

        getrusage(RUSAGE_SELF, &before);
        engine_sleep_ms(ms);
        getrusage(RUSAGE_SELF, &after);
        return after.ru_nvcsw - before.ru_nvcsw;
}

/* 16 virtual readers, one wait on all: nothing wakes up, and everything works afterwards. */
static void nothing_wakes_up_while_nothing_happens(void **state)
{
        enum { READERS = 16, IDLE_MS = 2000, WHILES = 5 };
        static char text[1024], names[8192];
        static struct sleeper sleeper;
        SCARD_READERSTATEA *const s = sleeper.s;
        long switches = 0;
        DWORD len = sizeof(names), count = 0;

        (void)state;
        SCardReleaseContext(context);
        registry_use_drivers(NULL);
        for (int i = 0; i < READERS; i++)
                strcat(text, i == 0 ? "level=short-apdu" : ";level=short-apdu");
        setenv("ISCARD_SIM", text, 1);
        context = engine_context();
        assert_status(SCardListReadersA(context, NULL, names, &len), SCARD_S_SUCCESS);
        for (const char *name = names; *name != '\0'; name += strlen(name) + 1)
                s[count++].szReader = name;
        s[count++].szReader = PNP;
        assert_int_equal(count, READERS + 1);
        assert_status(SCardGetStatusChangeA(context, 0, s, count), SCARD_S_SUCCESS);
        for (DWORD i = 0; i < READERS; i++) {
                assert_int_equal(BITS(s[i]), SCARD_STATE_CHANGED | SCARD_STATE_PRESENT);
                s[i].dwCurrentState = s[i].dwEventState;
        }
        sleeper.context = context;
        sleeper.timeout = INFINITE;
        sleeper.count = count;
        atomic_store(&polls, 0);
        sleeper_begin(&sleeper);
        for (unsigned ms = 0; ms < ASLEEP_PATIENCE_MS && atomic_load(&polls) == 0; ms++)
                engine_sleep_ms(1);
        assert_true(atomic_load(&polls) > 0);
        engine_sleep_ms(100); /* the monitor settles */
        /* A thread that had not come to rest by then disturbs one while; what wakes up again and again, all of them. */
        for (unsigned i = 0; i < WHILES && switches != 1; i++)
                switches = switches_in(IDLE_MS);
#ifndef __SANITIZE_THREAD__ /* which has a thread of its own */
        assert_int_equal(switches, 1);
#endif
        sim_device_card_remove(sim_control_device(1), 0);
        assert_status(sleeper_end(&sleeper), SCARD_S_SUCCESS);
        assert_int_equal(BITS(s[1]), SCARD_STATE_CHANGED | SCARD_STATE_EMPTY);
        SCardReleaseContext(context);
        context = 0;
        unsetenv("ISCARD_SIM");
        sim_control_reset();
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
        const struct CMUnitTest tests[] = {
            TEST(unaware_returns_at_once_with_state_and_atr),
            TEST(the_card_is_powered_once_and_connect_needs_no_other_reset),
            TEST(an_empty_reader_is_empty),
            TEST(a_mute_card_is_mute_and_left_alone),
            TEST(who_shares_the_card_is_told),
            TEST(a_direct_handle_has_its_card_left_alone),
            TEST(a_reader_that_cannot_be_opened_is_unavailable),
            TEST(a_reader_named_twice_is_had_when_it_is_free),
            TEST(a_call_that_could_not_have_the_reader_keeps_none_from_it),
            TEST(an_atr_goes_with_the_reader_that_it_came_from),
            TEST(an_unknown_reader_is_unknown_until_it_comes),
            TEST(an_ignored_reader_is_ignored),
            TEST(a_state_without_a_count_is_compared_by_its_bits),
            TEST(a_movement_ends_the_wait_and_counts),
            TEST(a_card_swapped_between_two_calls_is_told_by_the_count),
            TEST(a_reader_without_events_is_asked_while_somebody_waits),
            TEST(a_reader_that_falls_silent_is_asked_from_then_on),
            TEST(unplugging_ends_the_wait_and_replugging_another),
            TEST(a_reader_that_goes_between_two_calls_is_given_back_by_the_next),
            TEST(pnp_tells_of_readers_that_came_or_went),
            TEST(pnp_misses_nothing_between_two_calls),
            TEST(one_of_several_ends_the_wait),
            TEST(a_finite_wait_ends_with_a_timeout_and_not_early),
            TEST(cancel_ends_every_wait_of_its_context_and_no_other),
            TEST(cancel_ends_a_power_up_and_a_question),
            TEST(release_ends_a_wait_and_gives_the_reader_back),
            TEST(what_others_do_ends_the_wait),
            TEST(the_end_of_a_transaction_is_news_however_often_one_looks),
            TEST(plain_arguments_are_checked),
            TEST(a_count_that_is_a_mistake_reads_and_writes_nothing),
            TEST(the_w_form_takes_utf16_names),
            TEST(a_card_is_located_by_its_atr),
            TEST(there_is_one_group),
            TEST(small_functions_do_as_they_say),
            TEST(sixty_four_readers_are_waited_for_at_once),
            TEST(a_program_that_is_started_inherits_nothing),
            TEST(nothing_wakes_up_while_nothing_happens),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
