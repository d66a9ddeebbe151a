/*
 * test_events.c - SCardGetStatusChange over unmodified libusb: card movements from the interrupt endpoint,
 * readers from hotplug, one thread that sleeps while nothing happens and keeps out of the way of commands.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#include <winscard.h>

#include "plugs.h"
#include "testbed.h"

#define READERS "level=short-apdu,serial=A;level=extended-apdu,serial=B;level=short-apdu,interrupt=0,serial=C"
#define PNP     "\\\\?PnP?\\Notification"

static SCARD_READERSTATEA known(const char *name)
{
        SCARD_READERSTATEA s = {.szReader = name};
        assert_int_equal(SCardGetStatusChangeA(context, 0, &s, 1), SCARD_S_SUCCESS);
        s.dwCurrentState = s.dwEventState;
        return s;
}

struct sleeper {
        SCARD_READERSTATEA s[4];
        DWORD count;
        LONG status;
        bool patient; /* it waits until the test has something to tell, however long that takes */
        pthread_t thread;
};

static void *sleeper_run(void *arg)
{
        struct sleeper *sleeper = arg;
        sleeper->status =
            SCardGetStatusChangeA(context, sleeper->patient ? INFINITE : 10000, sleeper->s, sleeper->count);
        return NULL;
}

static void sleeper_start(struct sleeper *sleeper)
{
        assert_int_equal(pthread_create(&sleeper->thread, NULL, sleeper_run, sleeper), 0);
        sleep_ms(100);
}

static void a_pulled_card_ends_the_wait(void **state)
{
        struct sleeper sleeper = {.s = {known(NAME("A")), known(NAME("B"))}, .count = 2};
        (void)state;
        assert_int_equal(sleeper.s[0].cbAtr != 0, 1);
        sleeper_start(&sleeper);
        testbed_control("remove %u", B);
        pthread_join(sleeper.thread, NULL);
        assert_int_equal(sleeper.status, SCARD_S_SUCCESS);
        assert_int_equal(BITS(sleeper.s[0]), SCARD_STATE_PRESENT);
        assert_int_equal(BITS(sleeper.s[1]), SCARD_STATE_CHANGED | SCARD_STATE_EMPTY);
}

static void a_reader_without_interrupts_is_asked(void **state)
{
        struct sleeper sleeper = {.s = {known(NAME("C"))}, .count = 1};
        (void)state;
        sleeper_start(&sleeper);
        testbed_control("remove %u", C);
        pthread_join(sleeper.thread, NULL);
        assert_int_equal(sleeper.status, SCARD_S_SUCCESS);
        assert_int_equal(BITS(sleeper.s[0]), SCARD_STATE_CHANGED | SCARD_STATE_EMPTY);
}

static void plugs_end_the_wait(void **state)
{
        struct sleeper sleeper = {.s = {known(NAME("A")), {.szReader = PNP}}, .count = 2};
        (void)state;
        sleeper_start(&sleeper);
        testbed_unplug(testbed, A);
        pthread_join(sleeper.thread, NULL);
        assert_int_equal(sleeper.status, SCARD_S_SUCCESS);
        assert_int_equal(sleeper.s[0].dwEventState, SCARD_STATE_CHANGED | SCARD_STATE_UNKNOWN);
        struct sleeper again = {.s = {known(NAME("A"))}, .count = 1};
        sleeper_start(&again);
        testbed_plug(testbed, A);
        pthread_join(again.thread, NULL);
        assert_int_equal(again.status, SCARD_S_SUCCESS);
        assert_int_equal(BITS(again.s[0]), SCARD_STATE_CHANGED | SCARD_STATE_PRESENT);
}

/*
 * The list of devices goes by what the system tells, and that may take its time; who waits is told all the same.
 * Where a udev daemon runs libusb takes a node that vanished for a device that left, if it hears of that: the transfers end
 * first, and then nobody asks the node any more.
 */
static void check_silent_unplug(unsigned reader, const char *name)
{
        struct sleeper sleeper = {.s = {known(name)}, .count = 1};
        sleeper_start(&sleeper);
        testbed_unplug_silently(testbed, reader);
        pthread_join(sleeper.thread, NULL); /* which waits 10 s */
        assert_int_equal(sleeper.status, SCARD_S_SUCCESS);
        if (udev && BITS(sleeper.s[0]) == (SCARD_STATE_CHANGED | SCARD_STATE_UNKNOWN)) {
                testbed_unplug(testbed, reader); /* now the system says so */
                return;
        }
        struct sleeper again = {.s = {sleeper.s[0]}, .count = 1};
        assert_int_equal(BITS(sleeper.s[0]), SCARD_STATE_CHANGED | SCARD_STATE_UNAVAILABLE);
        again.s[0].dwCurrentState = again.s[0].dwEventState;
        sleeper_start(&again);
        testbed_unplug(testbed, reader);
        pthread_join(again.thread, NULL);
        assert_int_equal(again.status, SCARD_S_SUCCESS);
        assert_int_equal(again.s[0].dwEventState, SCARD_STATE_CHANGED | SCARD_STATE_UNKNOWN);
}

static void a_reader_that_is_gone_before_the_system_says_so_is_told_of(void **state)
{
        (void)state;
        check_silent_unplug(A, NAME("A"));
        check_silent_unplug(C, NAME("C"));
}

/* What is not worth telling yet is no news in another reader's call either. */
static void a_reader_that_leaves_is_as_it_was_while_another_is_told_of(void **state)
{
        struct sleeper sleeper = {.s = {known(NAME("A")), known(NAME("B"))}, .count = 2};
        DWORD before = sleeper.s[0].dwCurrentState & ~(DWORD)SCARD_STATE_CHANGED;
        (void)state;
        sleeper_start(&sleeper);
        testbed_unplug_silently(testbed, A);
        testbed_control("remove %u", B);
        pthread_join(sleeper.thread, NULL);
        assert_int_equal(sleeper.status, SCARD_S_SUCCESS);
        if ((sleeper.s[0].dwEventState & SCARD_STATE_CHANGED) ==
            0) /* with a udev daemon it may be known to be gone */
                assert_int_equal(sleeper.s[0].dwEventState, before);
        else
                assert_int_equal(BITS(sleeper.s[0]), SCARD_STATE_CHANGED | SCARD_STATE_UNKNOWN);
}

/* Its node has an error to tell for as long as a handle holds it open. */
static void a_reader_that_left_keeps_nobody_busy(void **state)
{
        enum { ROUNDS = 5, IDLE_MS = 200 };
        struct sleeper sleeper = {.s = {known(NAME("B"))}, .count = 1, .patient = true};
        (void)state;
        sleeper_start(&sleeper);
        for (int round = 0; round < ROUNDS; round++) {
                SCARDHANDLE with_interrupts, without;
                assert_int_equal(SCardConnectA(context, NAME("A"), SCARD_SHARE_SHARED, SCARD_PROTOCOL_Tx,
                                               &with_interrupts, NULL),
                                 SCARD_S_SUCCESS);
                assert_int_equal(
                    SCardConnectA(context, NAME("C"), SCARD_SHARE_SHARED, SCARD_PROTOCOL_Tx, &without, NULL),
                    SCARD_S_SUCCESS);
                sleep_ms(100); /* the waiting thread listens to them again */
                testbed_unplug(testbed, A);
                testbed_unplug(testbed, C);
                sleep_ms(100);
                long before = cpu_ms();
                sleep_ms(IDLE_MS);
                assert_in_range(cpu_ms() - before, 0, IDLE_MS / 4);
                assert_int_equal(SCardDisconnect(with_interrupts, SCARD_LEAVE_CARD), SCARD_S_SUCCESS);
                assert_int_equal(SCardDisconnect(without, SCARD_LEAVE_CARD), SCARD_S_SUCCESS);
                testbed_plug(testbed, A);
                testbed_plug(testbed, C);
        }
        testbed_control("remove %u", B);
        pthread_join(sleeper.thread, NULL);
        assert_int_equal(sleeper.status, SCARD_S_SUCCESS);
}

/* While commands run a waiting thread leaves their reader alone, and hears of a movement all the same. */
static void commands_are_not_disturbed_by_a_wait(void **state)
{
        static const BYTE challenge[] = {0x00, 0x84, 0x00, 0x00, 0x08};
        enum { COMMANDS = 3000, SWITCHES_MAX = COMMANDS / 10 };
        BYTE answer[258];
        SCARDHANDLE card;
        struct rusage before, after;
        (void)state;
        assert_int_equal(
            SCardConnectA(context, NAME("A"), SCARD_SHARE_SHARED, SCARD_PROTOCOL_Tx, &card, NULL),
            SCARD_S_SUCCESS);
        struct sleeper sleeper = {.s = {known(NAME("A")), known(NAME("B"))}, .count = 2, .patient = true};
        sleeper_start(&sleeper);
        getrusage(RUSAGE_SELF, &before);
        for (int i = 0; i < COMMANDS; i++) {
                DWORD len = sizeof(answer);
                assert_int_equal(SCardTransmit(card, NULL, challenge, sizeof(challenge), NULL, answer, &len),
                                 SCARD_S_SUCCESS);
        }
        getrusage(RUSAGE_SELF, &after);
        assert_in_range(after.ru_nvcsw - before.ru_nvcsw, 0, SWITCHES_MAX);
        testbed_control("remove %u", A);
        pthread_join(sleeper.thread, NULL);
        assert_int_equal(sleeper.status, SCARD_S_SUCCESS);
        assert_int_equal(BITS(sleeper.s[0]), SCARD_STATE_CHANGED | SCARD_STATE_EMPTY);
        SCARDHANDLE other;
        assert_int_equal(
            SCardConnectA(context, NAME("B"), SCARD_SHARE_SHARED, SCARD_PROTOCOL_Tx, &other, NULL),
            SCARD_S_SUCCESS);
}

static long switches_in(long ms)
{
        struct rusage before, after;
        getrusage(RUSAGE_SELF, &before);
        sleep_ms(ms);
        getrusage(RUSAGE_SELF, &after);
        return after.ru_nvcsw - before.ru_nvcsw;
}

/* Two readers with interrupt endpoints. Where no udev daemon runs, the list of devices is read every second. */
static void nothing_wakes_up_while_nothing_happens(void **state)
{
        enum { IDLE_MS = 2000, WHILES = 5 };
        struct sleeper sleeper = {.s = {known(NAME("A")), known(NAME("B"))}, .count = 2, .patient = true};
        long switches = 0;
        (void)state;
        sleeper_start(&sleeper);
        sleep_ms(100);
        /* A thread that had not come to rest by then disturbs one while; what wakes up again and again, all of them. */
        for (unsigned i = 0; i < (udev ? WHILES : 1u) && switches != 1; i++)
                switches = switches_in(IDLE_MS);
        printf("%ld voluntary switches, udev %d\n", switches, udev);
#ifndef __SANITIZE_THREAD__ /* which has a thread of its own that wakes up */
        if (udev)
                assert_int_equal(switches, 1); /* this thread's sleep */
#endif
        testbed_control("remove %u", A);
        pthread_join(sleeper.thread, NULL);
        assert_int_equal(sleeper.status, SCARD_S_SUCCESS);
}

#define EVENT(name)                                                                                          \
        {#name, name, open_context, close_context, &with},                                                   \
        {                                                                                                    \
#name "_without_udev", name, open_context, close_context, &without                           \
        }

int main(int argc, char **argv)
{
        static bool with = true, without = false;
        const struct CMUnitTest tests[] = {
            EVENT(a_pulled_card_ends_the_wait),
            EVENT(a_reader_without_interrupts_is_asked),
            EVENT(plugs_end_the_wait),
            EVENT(a_reader_that_is_gone_before_the_system_says_so_is_told_of),
            EVENT(a_reader_that_leaves_is_as_it_was_while_another_is_told_of),
            EVENT(a_reader_that_left_keeps_nobody_busy),
            EVENT(commands_are_not_disturbed_by_a_wait),
            EVENT(nothing_wakes_up_while_nothing_happens),
        };
        (void)argc;
        testbed_enter(argv, READERS);
        testbed = testbed_create();
        int failed = cmocka_run_group_tests_name("events", tests, NULL, NULL);
        testbed_destroy(testbed);
        return failed;
}
