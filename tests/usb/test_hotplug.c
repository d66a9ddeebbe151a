/*
 * test_hotplug.c - how the list of readers follows the plugs over unmodified libusb: with a udev daemon that tells of
 * them, with one that is not heard, and without; and what is left of a reader that was pulled.
 */
#include <dirent.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#include <winscard.h>

#include "plugs.h"
#include "testbed.h"

#define READERS     "level=short-apdu,serial=A;level=short-apdu,serial=B;level=short-apdu,interrupt=0,serial=C"
#define DEVICES     4u /* with the hub */
#define PATIENCE_MS 10000u

#define assert_status(actual, expected) assert_int_equal((uint32_t)(actual), (uint32_t)(expected))

static int64_t now_ms(void)
{
        struct timespec now;
        (void)clock_gettime(CLOCK_MONOTONIC, &now);
        return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static bool is_listed(const char *name)
{
        static char names[4096];
        DWORD len = sizeof(names);
        LONG status = SCardListReadersA(context, NULL, names, &len);
        if (status == SCARD_E_NO_READERS_AVAILABLE)
                return false;
        assert_status(status, SCARD_S_SUCCESS);
        for (const char *at = names; *at != '\0'; at += strlen(at) + 1) {
                if (strcmp(at, name) == 0)
                        return true;
        }
        return false;
}

static LONG connect_to(const char *name, SCARDHANDLE *card)
{
        return SCardConnectA(context, name, SCARD_SHARE_SHARED, SCARD_PROTOCOL_Tx, card, NULL);
}

static LONG transmit(SCARDHANDLE handle)
{
        static const BYTE challenge[] = {0x00, 0x84, 0x00, 0x00, 0x08};
        BYTE answer[258];
        DWORD len = sizeof(answer);
        return SCardTransmit(handle, NULL, challenge, sizeof(challenge), NULL, answer, &len);
}

/* One wait for a reader's change, on a thread of its own. */
static struct {
        SCARD_READERSTATEA s;
        LONG status;
        pthread_t thread;
} sleeper;

static void *sleeper_run(void *arg)
{
        (void)arg;
        sleeper.status = SCardGetStatusChangeA(context, 10000, &sleeper.s, 1);
        return NULL;
}

static void sleeper_start(const char *name)
{
        sleeper.s = (SCARD_READERSTATEA){.szReader = name};
        assert_status(SCardGetStatusChangeA(context, 0, &sleeper.s, 1), SCARD_S_SUCCESS);
        sleeper.s.dwCurrentState = sleeper.s.dwEventState;
        assert_int_equal(pthread_create(&sleeper.thread, NULL, sleeper_run, NULL), 0);
        sleep_ms(100);
}

static void sleeper_stop(void)
{
        assert_status(SCardCancel(context), SCARD_S_SUCCESS);
        pthread_join(sleeper.thread, NULL);
        assert_status(sleeper.status, SCARD_E_CANCELLED);
}

/* ---- what is told late, or not at all */

/* In a container the daemon's socket may be there and its word not come in. */
static void a_plug_that_is_not_heard_of_is_found(void **state)
{
        (void)state;
        testbed_unplug(testbed, A);
        testbed_unplug(testbed, B);
        assert_false(is_listed(NAME("A")));
        testbed_lose_events(testbed, true);
        testbed_plug(testbed, A);
        sleeper_start(NAME("A"));
        pthread_join(sleeper.thread, NULL);
        assert_status(sleeper.status, SCARD_S_SUCCESS);
        assert_int_equal(BITS(sleeper.s), SCARD_STATE_CHANGED | SCARD_STATE_PRESENT);
        sleeper_start(NAME("B")); /* from then on nobody relies on what is told */
        testbed_plug(testbed, B);
        pthread_join(sleeper.thread, NULL);
        testbed_lose_events(testbed, false);
        assert_status(sleeper.status, SCARD_S_SUCCESS);
        assert_int_equal(BITS(sleeper.s), SCARD_STATE_CHANGED | SCARD_STATE_PRESENT);
        testbed_unplug(testbed, A); /* and now that it is heard again */
        assert_false(is_listed(NAME("A")));
}

static void a_replug_that_is_not_heard_of_costs_one_connect(void **state)
{
        SCARDHANDLE card;
        (void)state;
        assert_true(is_listed(NAME("A")));
        testbed_lose_events(testbed, true);
        testbed_unplug(testbed, A);
        testbed_plug(testbed, A);
        LONG first = connect_to(NAME("A"), &card);
        LONG second = connect_to(NAME("A"), &card);
        testbed_lose_events(testbed, false);
        assert_status(first, SCARD_E_READER_UNAVAILABLE);
        assert_status(second, SCARD_S_SUCCESS);
        assert_status(transmit(card), SCARD_S_SUCCESS);
}

static void a_reader_that_is_not_configured_yet_is_looked_at_again(void **state)
{
        (void)state;
        testbed_unplug(testbed, A);
        sleeper_start(NAME("A"));
        testbed_plug_unconfigured(testbed, A);
        sleep_ms(100);
        assert_false(is_listed(NAME("A")));
        testbed_configure(testbed, A);
        pthread_join(sleeper.thread, NULL);
        assert_status(sleeper.status, SCARD_S_SUCCESS);
        assert_int_equal(BITS(sleeper.s), SCARD_STATE_CHANGED | SCARD_STATE_PRESENT);
}

/* Between two looks, where nobody told of either: another card may be in it. */
static void a_reader_that_was_put_back_at_once_is_news(void **state)
{
        (void)state;
        sleeper_start(NAME("C"));
        testbed_unplug(testbed, C);
        testbed_plug(testbed, C);
        pthread_join(sleeper.thread, NULL);
        assert_status(sleeper.status, SCARD_S_SUCCESS);
        assert_int_equal(sleeper.s.dwEventState & SCARD_STATE_CHANGED, SCARD_STATE_CHANGED);
}

/* As where udev has not set them yet when the reader is told of. */
static void rights_that_come_late_are_noticed_by_who_waits(void **state)
{
        (void)state;
        testbed_unplug(testbed, A);
        testbed_control("deny %u 1", A);
        testbed_plug(testbed, A);
        sleeper_start(NAME("A"));
        assert_int_equal(sleeper.s.dwCurrentState & SCARD_STATE_UNAVAILABLE, SCARD_STATE_UNAVAILABLE);
        testbed_control("deny %u 0", A);
        pthread_join(sleeper.thread, NULL);
        assert_status(sleeper.status, SCARD_S_SUCCESS);
        assert_int_equal(BITS(sleeper.s), SCARD_STATE_CHANGED | SCARD_STATE_PRESENT);
}

/* With no descriptor left to the process nothing of a device can be read. */
static void a_reader_that_could_not_be_read_is_looked_at_again(void **state)
{
        struct rlimit before, none;
        (void)state;
        assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
        none = before;
        none.rlim_cur = 3;
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
        bool listed = is_listed(NAME("A"));
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
        assert_false(listed);
        assert_true(is_listed(NAME("A")));
        assert_true(is_listed(NAME("B")));
}

/* Readers at work do not vanish where the process is short of descriptors, however few are left. */
static void a_list_that_cannot_be_read_costs_no_reader(void **state)
{
        enum { ROOM_MAX = 16 };
        struct rlimit before, few;
        SCARDHANDLE card;
        (void)state;
        assert_status(connect_to(NAME("A"), &card), SCARD_S_SUCCESS);
        assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
        few = before;
        int next = dup(STDOUT_FILENO); /* the lowest that is free */
        assert_true(next >= 0);
        (void)close(next);
        for (int room = 0; room < ROOM_MAX; room++) {
                few.rlim_cur = (rlim_t)(next + room);
                assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
                (void)is_listed(NAME("A"));
                assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
                assert_status(transmit(card), SCARD_S_SUCCESS);
        }
}

/* ---- what it costs */

static void read_at_most_once_a_second(unsigned devices, unsigned reads, int64_t since)
{
        unsigned times = (testbed_node()->descriptor_reads() - reads) / devices;
        assert_in_range(times, 0, (now_ms() - since) / 1000 + 2);
}

static void the_list_is_not_read_again_and_again_while_commands_run(void **state)
{
        SCARDHANDLE card;
        (void)state;
        assert_status(connect_to(NAME("A"), &card), SCARD_S_SUCCESS);
        sleeper_start(NAME("B"));
        unsigned reads = testbed_node()->descriptor_reads();
        int64_t since = now_ms();
        while (now_ms() - since < 600)
                assert_status(transmit(card), SCARD_S_SUCCESS);
        read_at_most_once_a_second(DEVICES, reads, since);
        sleeper_stop();
}

/* Its handle may be held for hours. */
static void a_handle_of_a_reader_that_is_gone_costs_nothing(void **state)
{
        SCARDHANDLE card;
        (void)state;
        assert_status(connect_to(NAME("A"), &card), SCARD_S_SUCCESS);
        sleeper_start(NAME("B"));
        testbed_unplug(testbed, A);
        for (unsigned i = 0; i < 100 && is_listed(NAME("A")); i++)
                sleep_ms(10);
        sleep_ms(50);
        unsigned reads = testbed_node()->descriptor_reads();
        int64_t since = now_ms();
        sleep_ms(900);
        read_at_most_once_a_second(DEVICES - 1, reads, since);
        sleeper_stop();
        assert_status(SCardDisconnect(card, SCARD_LEAVE_CARD), SCARD_S_SUCCESS);
}

/* It holds open what is closed here, and epoll listens to what is open. */
static void a_child_of_a_fork_keeps_nobody_busy(void **state)
{
        enum { IDLE_MS = 200 };
        SCARDHANDLE card;
        (void)state;
        assert_status(connect_to(NAME("A"), &card), SCARD_S_SUCCESS);
        sleeper_start(NAME("B"));
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
                (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
                for (;;)
                        (void)pause();
        }
        testbed_unplug(testbed, A);
        sleep_ms(100);
        long before = cpu_ms();
        sleep_ms(IDLE_MS);
        long busy = cpu_ms() - before;
        (void)kill(child, SIGKILL);
        assert_int_equal(waitpid(child, NULL, 0), child);
        assert_in_range(busy, 0, IDLE_MS / 4);
        sleeper_stop();
        assert_status(SCardDisconnect(card, SCARD_LEAVE_CARD), SCARD_S_SUCCESS);
}

static unsigned count_files(void)
{
        DIR *folder = opendir("/proc/self/fd");
        unsigned count = 0;
        assert_non_null(folder);
        while (readdir(folder) != NULL)
                count++;
        (void)closedir(folder);
        return count;
}

/* Beside a reader that stays open, and that nobody talks to. */
static void many_plugs_leave_nothing_behind(void **state)
{
        enum { PLUGS = 12 };
        SCARDHANDLE stays, card;
        unsigned files = 0;
        (void)state;
        assert_status(connect_to(NAME("B"), &stays), SCARD_S_SUCCESS);
        for (unsigned i = 0; i < PLUGS; i++) {
                assert_status(connect_to(NAME("A"), &card), SCARD_S_SUCCESS);
                testbed_unplug(testbed, A);
                testbed_plug(testbed, A);
                assert_status(SCardDisconnect(card, SCARD_LEAVE_CARD), SCARD_S_SUCCESS);
                if (i == 1)
                        files = count_files();
        }
        assert_int_equal(count_files(), files);
        assert_status(transmit(stays), SCARD_S_SUCCESS);
}

/* ---- a command under way */

static struct {
        SCARDHANDLE card;
        LONG status;
} command;

static void *command_run(void *arg)
{
        (void)arg;
        command.status = transmit(command.card);
        return NULL;
}

static uint32_t sent_to(unsigned reader)
{
        struct usbtier_counts counts;
        assert_true(testbed_node()->counts(reader, &counts));
        return counts.bulk_out;
}

/* Only its own transfers can tell of it. */
static void a_command_ends_with_its_reader(void **state)
{
        (void)state;
        for (unsigned silently = 0; silently < 2; silently++) {
                pthread_t thread;
                assert_status(connect_to(NAME("C"), &command.card), SCARD_S_SUCCESS);
                uint32_t sent = sent_to(C);
                testbed_control("fault %u hang@*", C);
                assert_int_equal(pthread_create(&thread, NULL, command_run, NULL), 0);
                for (unsigned ms = 0; ms < PATIENCE_MS && sent_to(C) == sent; ms++)
                        sleep_ms(1);
                assert_int_not_equal(sent_to(C), sent);
                if (silently != 0)
                        testbed_unplug_silently(testbed, C);
                else
                        testbed_unplug(testbed, C);
                pthread_join(thread, NULL);
                assert_status(command.status, SCARD_E_READER_UNAVAILABLE);
                assert_status(transmit(command.card), SCARD_E_READER_UNAVAILABLE);
                assert_status(SCardDisconnect(command.card, SCARD_LEAVE_CARD), SCARD_S_SUCCESS);
                testbed_unplug(testbed, C);
                testbed_control("fault %u", C);
                testbed_plug(testbed, C);
        }
        assert_status(connect_to(NAME("C"), &command.card), SCARD_S_SUCCESS);
        assert_status(transmit(command.card), SCARD_S_SUCCESS);
}

#define WITH(name)                                                                                           \
        {                                                                                                    \
#name, name, open_context, close_context, &with                                              \
        }
#define WITHOUT(name)                                                                                        \
        {                                                                                                    \
#name "_without_udev", name, open_context, close_context, &without                           \
        }

int main(int argc, char **argv)
{
        static bool with = true, without = false;
        const struct CMUnitTest tests[] = {
            WITH(a_plug_that_is_not_heard_of_is_found),
            WITH(a_replug_that_is_not_heard_of_costs_one_connect),
            WITH(a_reader_that_is_not_configured_yet_is_looked_at_again),
            WITHOUT(a_reader_that_is_not_configured_yet_is_looked_at_again),
            WITH(a_reader_that_was_put_back_at_once_is_news),
            WITHOUT(a_reader_that_was_put_back_at_once_is_news),
            WITH(rights_that_come_late_are_noticed_by_who_waits),
            WITH(a_reader_that_could_not_be_read_is_looked_at_again),
            WITHOUT(a_reader_that_could_not_be_read_is_looked_at_again),
            WITH(a_list_that_cannot_be_read_costs_no_reader),
            WITHOUT(a_list_that_cannot_be_read_costs_no_reader),
            WITHOUT(the_list_is_not_read_again_and_again_while_commands_run),
            WITHOUT(a_handle_of_a_reader_that_is_gone_costs_nothing),
            WITH(a_child_of_a_fork_keeps_nobody_busy),
            WITHOUT(a_child_of_a_fork_keeps_nobody_busy),
            WITH(many_plugs_leave_nothing_behind),
            WITHOUT(many_plugs_leave_nothing_behind),
            WITH(a_command_ends_with_its_reader),
            WITHOUT(a_command_ends_with_its_reader),
        };
        (void)argc;
        testbed_enter(argv, READERS);
        testbed = testbed_create();
        int failed = cmocka_run_group_tests_name("hotplug", tests, NULL, NULL);
        testbed_destroy(testbed);
        return failed;
}
