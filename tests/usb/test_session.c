/*
 * test_session.c - the engine through winscard.h over unmodified libusb: which readers there are, who may
 * have them, and what becomes of a session when cards and plugs move.
 */
#include <pthread.h>
#include <setjmp.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#include <winscard.h>

#include "raw.h"
#include "testbed.h"

#define READERS                                                                                              \
        "level=short-apdu,serial=SHORT;level=extended-apdu,serial=EXTENDED;"                                 \
        "level=tpdu,protocol=t0,serial=TPDU;level=extended-apdu,maxmsg=271,serial=CHAINED;"                  \
        "level=short-apdu,interrupt=0,serial=QUIET"
#define SHORT    0
#define EXTENDED 1
#define TPDU     2
#define CHAINED  3
#define QUIET    4 /* without an interrupt endpoint */

#define NAME_MAX_LEN 256
#define TIMEOUT_MS   "200" /* ISCARD_TIMEOUT: a lost answer is not waited for longer */

static struct testbed *testbed;
static SCARDCONTEXT context;
static SCARDHANDLE card;
static struct raw raw;

extern char **environ;

/* ---- help */

static int open_context(void **state)
{
        (void)state;
        context = card = 0;
        return SCardEstablishContext(SCARD_SCOPE_USER, NULL, NULL, &context) == SCARD_S_SUCCESS ? 0 : -1;
}

static int close_context(void **state)
{
        (void)state;
        raw_close(&raw);
        for (unsigned i = SHORT; i <= QUIET; i++) {
                testbed_control("fault %u", i);
                testbed_control("deny %u 0", i);
                testbed_control("insert %u", i);
                testbed_plug(testbed, i);
        }
        if (context != 0)
                (void)SCardReleaseContext(context);
        return 0;
}

/* The name of the reader with this serial number. false: it is not listed. */
static bool find_reader(const char *serial, char name[NAME_MAX_LEN])
{
        static char names[4096];
        char wanted[32];
        DWORD len = sizeof(names);
        LONG status = SCardListReadersA(context, NULL, names, &len);
        if (status == SCARD_E_NO_READERS_AVAILABLE)
                return false;
        assert_int_equal(status, SCARD_S_SUCCESS);
        (void)snprintf(wanted, sizeof(wanted), "(%s)", serial);
        for (const char *at = names; *at != '\0'; at += strlen(at) + 1) {
                if (strstr(at, wanted) != NULL) {
                        (void)snprintf(name, NAME_MAX_LEN, "%s", at);
                        return true;
                }
        }
        return false;
}

static LONG connect_to(const char *serial)
{
        char name[NAME_MAX_LEN];
        DWORD protocol;
        assert_true(find_reader(serial, name));
        return SCardConnectA(context, name, SCARD_SHARE_SHARED, SCARD_PROTOCOL_Tx, &card, &protocol);
}

static LONG transmit(const uint8_t *apdu, size_t apdu_len, uint8_t *answer, DWORD *len)
{
        return SCardTransmit(card, NULL, apdu, (DWORD)apdu_len, NULL, answer, len);
}

static LONG challenge(void)
{
        static const uint8_t apdu[] = {0x00, 0x84, 0x00, 0x00, 0x08};
        uint8_t answer[258];
        DWORD len = sizeof(answer);
        LONG status = transmit(apdu, sizeof(apdu), answer, &len);
        if (status == SCARD_S_SUCCESS) {
                assert_int_equal(len, 10);
                assert_int_equal(answer[8], 0x90);
                assert_int_equal(answer[9], 0x00);
        }
        return status;
}

static DWORD card_state(void)
{
        DWORD state = SCARD_UNKNOWN;
        DWORD protocol;
        assert_int_equal(SCardStatusA(card, NULL, NULL, &state, &protocol, NULL, NULL), SCARD_S_SUCCESS);
        return state;
}

/* The number that the next message to the reader will have, for faults. */
static uint32_t next_message(unsigned reader)
{
        struct usbtier_counts counts;
        assert_true(testbed_node()->counts(reader, &counts));
        return counts.messages + 1;
}

static long elapsed_ms(const struct timespec *since)
{
        struct timespec now;
        (void)clock_gettime(CLOCK_MONOTONIC, &now);
        return (now.tv_sec - since->tv_sec) * 1000 + (now.tv_nsec - since->tv_nsec) / 1000000;
}

/* Moves a card and lets two USB frames pass: an interrupt endpoint is asked once a frame, no sooner. */
static void move_card(const char *way, unsigned reader)
{
        const struct timespec frames = {.tv_nsec = 2000000L};
        testbed_control("%s %u", way, reader);
        (void)nanosleep(&frames, NULL);
}

/* ---- readers */

static void readers_are_listed_by_their_usb_strings(void **state)
{
        char name[NAME_MAX_LEN];
        (void)state;
        assert_true(find_reader("SHORT", name));
        assert_string_equal(name, "libiscard Virtual CCID Reader (SHORT) 00 00");
        assert_true(find_reader("EXTENDED", name));
        assert_true(find_reader("TPDU", name));
}

static void every_level_of_exchange_answers(void **state)
{
        static const char *const serials[] = {"SHORT", "EXTENDED", "TPDU", "CHAINED"};
        (void)state;
        for (unsigned i = 0; i < 4; i++) {
                assert_int_equal(connect_to(serials[i]), SCARD_S_SUCCESS);
                assert_int_equal(challenge(), SCARD_S_SUCCESS);
                assert_int_equal(SCardDisconnect(card, SCARD_UNPOWER_CARD), SCARD_S_SUCCESS);
        }
}

static void reconnect_and_reset_keep_the_session(void **state)
{
        DWORD protocol = 0;
        (void)state;
        assert_int_equal(connect_to("SHORT"), SCARD_S_SUCCESS);
        assert_int_equal(
            SCardReconnect(card, SCARD_SHARE_SHARED, SCARD_PROTOCOL_Tx, SCARD_RESET_CARD, &protocol),
            SCARD_S_SUCCESS);
        assert_int_equal(challenge(), SCARD_S_SUCCESS);
        assert_int_equal(
            SCardReconnect(card, SCARD_SHARE_SHARED, SCARD_PROTOCOL_Tx, SCARD_UNPOWER_CARD, &protocol),
            SCARD_S_SUCCESS);
        assert_int_equal(challenge(), SCARD_S_SUCCESS);
        assert_int_equal(SCardDisconnect(card, SCARD_LEAVE_CARD), SCARD_S_SUCCESS);
}

/* File 2F20 of the card: byte i is (i ^ i >> 8). src/sim/profiles/iso.c */
static void read_whole_file(const char *serial)
{
        static const uint8_t select_file[] = {0x00, 0xA4, 0x00, 0x0C, 0x02, 0x2F, 0x20};
        static const uint8_t read_file[] = {0x00, 0xB0, 0x00, 0x00, 0x00, 0x80, 0x00};
        static uint8_t answer[40000];
        DWORD len = sizeof(answer);
        assert_int_equal(connect_to(serial), SCARD_S_SUCCESS);
        assert_int_equal(transmit(select_file, sizeof(select_file), answer, &len), SCARD_S_SUCCESS);
        assert_int_equal(len, 2);
        len = sizeof(answer);
        assert_int_equal(transmit(read_file, sizeof(read_file), answer, &len), SCARD_S_SUCCESS);
        assert_int_equal(len, 32768 + 2);
        for (unsigned i = 0; i < 32768; i++)
                assert_int_equal(answer[i], (i ^ i >> 8) & 0xFF);
        assert_int_equal(answer[32768], 0x90);
}

static void long_answers_come_whole(void **state)
{
        (void)state;
        read_whole_file("EXTENDED"); /* one message of 32,780 bytes */
        read_whole_file("CHAINED");  /* many of 271 */
}

static void first_answer_takes_three_messages_at_most(void **state)
{
        struct usbtier_counts before;
        struct usbtier_counts after;
        (void)state;
        assert_true(testbed_node()->counts(SHORT, &before));
        assert_int_equal(connect_to("SHORT"), SCARD_S_SUCCESS);
        assert_int_equal(challenge(), SCARD_S_SUCCESS);
        assert_true(testbed_node()->counts(SHORT, &after));
        assert_in_range(after.bulk_out - before.bulk_out, 1, 3);
}

/* ---- who may have it */

static void claimed_by_another_handle_is_a_sharing_violation(void **state)
{
        struct usbtier_reader r;
        (void)state;
        assert_true(testbed_node()->describe(SHORT, &r));
        assert_int_equal(raw_open(&raw, r.bus, r.address), 0);
        assert_int_equal(connect_to("SHORT"), SCARD_E_SHARING_VIOLATION);
        raw_close(&raw);
        assert_int_equal(connect_to("SHORT"), SCARD_S_SUCCESS);
        assert_int_equal(challenge(), SCARD_S_SUCCESS);
}

/* The other process: claims the interface of a reader until its input ends. */
static int hold(unsigned reader)
{
        static struct raw held;
        struct usbtier_reader r;
        char byte = 'x';
        if (!testbed_node()->describe(reader, &r) || raw_open(&held, r.bus, r.address) != 0)
                return EXIT_FAILURE;
        if (write(STDOUT_FILENO, &byte, 1) == 1)
                (void)read(STDIN_FILENO, &byte, 1);
        raw_close(&held);
        return EXIT_SUCCESS;
}

static void claimed_by_another_process_is_a_sharing_violation(void **state)
{
        char *const args[] = {"test_session", "--hold", NULL};
        int to[2];
        int from[2];
        char byte;
        char name[NAME_MAX_LEN];
        pid_t child;
        int ended;
        posix_spawn_file_actions_t actions;
        (void)state;
        assert_true(find_reader("SHORT", name));
        assert_int_equal(pipe(to) | pipe(from), 0);
        (void)posix_spawn_file_actions_init(&actions);
        (void)posix_spawn_file_actions_adddup2(&actions, to[0], STDIN_FILENO);
        (void)posix_spawn_file_actions_adddup2(&actions, from[1], STDOUT_FILENO);
        (void)posix_spawn_file_actions_addclose(&actions, to[1]);
        assert_int_equal(posix_spawn(&child, "/proc/self/exe", &actions, NULL, args, environ), 0);
        (void)posix_spawn_file_actions_destroy(&actions);
        (void)close(from[1]);
        (void)close(to[0]);
        assert_int_equal(read(from[0], &byte, 1), 1);
        LONG held = connect_to("SHORT");
        (void)close(to[1]);
        (void)close(from[0]);
        assert_int_equal(waitpid(child, &ended, 0), child);
        assert_int_equal(ended, 0);
        assert_int_equal(held, SCARD_E_SHARING_VIOLATION);
        assert_int_equal(connect_to("SHORT"), SCARD_S_SUCCESS);
}

static void reader_without_rights_is_listed_and_refused(void **state)
{
        char name[NAME_MAX_LEN];
        (void)state;
        testbed_control("deny %u 1", EXTENDED);
        assert_true(find_reader("EXTENDED", name));
        assert_int_equal(connect_to("EXTENDED"), SCARD_E_NO_ACCESS);
        testbed_control("deny %u 0", EXTENDED);
        assert_int_equal(connect_to("EXTENDED"), SCARD_S_SUCCESS);
}

/* ---- cards that move */

static void pulled_card_is_told_by_the_interrupt_endpoint(void **state)
{
        DWORD protocol;
        struct usbtier_counts before;
        struct usbtier_counts after;
        (void)state;
        assert_int_equal(connect_to("SHORT"), SCARD_S_SUCCESS);
        assert_int_equal(challenge(), SCARD_S_SUCCESS);
        move_card("remove", SHORT);
        assert_true(testbed_node()->counts(SHORT, &before));
        assert_int_equal(card_state(), SCARD_ABSENT);
        assert_true(testbed_node()->counts(SHORT, &after));
        assert_int_equal(after.bulk_out, before.bulk_out); /* told, not asked for */
        assert_int_equal(challenge(), SCARD_W_REMOVED_CARD);
        assert_int_equal(
            SCardReconnect(card, SCARD_SHARE_SHARED, SCARD_PROTOCOL_Tx, SCARD_LEAVE_CARD, &protocol),
            SCARD_E_NO_SMARTCARD);
        move_card("insert", SHORT);
        assert_int_equal(challenge(), SCARD_W_REMOVED_CARD);
        assert_int_equal(
            SCardReconnect(card, SCARD_SHARE_SHARED, SCARD_PROTOCOL_Tx, SCARD_LEAVE_CARD, &protocol),
            SCARD_S_SUCCESS);
        assert_int_equal(challenge(), SCARD_S_SUCCESS);
}

static void card_swapped_between_two_commands_is_noticed(void **state)
{
        (void)state;
        assert_int_equal(connect_to("SHORT"), SCARD_S_SUCCESS);
        move_card("remove", SHORT);
        move_card("insert", SHORT);
        assert_int_equal(challenge(), SCARD_W_REMOVED_CARD);
}

/* ---- a command that is not answered */

static void lost_answer_times_out_and_the_next_command_works(void **state)
{
        struct timespec start;
        (void)state;
        assert_int_equal(connect_to("SHORT"), SCARD_S_SUCCESS);
        assert_int_equal(challenge(), SCARD_S_SUCCESS);
        testbed_control("fault %u lose@%u", SHORT, next_message(SHORT));
        (void)clock_gettime(CLOCK_MONOTONIC, &start);
        assert_int_equal(challenge(), SCARD_E_TIMEOUT);
        assert_in_range(elapsed_ms(&start), 50, 2000);
        assert_int_equal(challenge(), SCARD_S_SUCCESS);
        assert_int_equal(challenge(), SCARD_S_SUCCESS);
}

static void hung_command_is_aborted_and_the_next_works(void **state)
{
        (void)state;
        assert_int_equal(connect_to("SHORT"), SCARD_S_SUCCESS);
        testbed_control("fault %u hang@%u", SHORT, next_message(SHORT));
        assert_int_equal(challenge(), SCARD_E_TIMEOUT);
        assert_int_equal(challenge(), SCARD_S_SUCCESS);
}

static void late_answer_is_waited_for(void **state)
{
        struct timespec start;
        (void)state;
        assert_int_equal(connect_to("SHORT"), SCARD_S_SUCCESS);
        testbed_control("fault %u slow@%u", SHORT, next_message(SHORT));
        (void)clock_gettime(CLOCK_MONOTONIC, &start);
        assert_int_equal(challenge(), SCARD_S_SUCCESS);
        assert_true(elapsed_ms(&start) >= 100);
}

/* Whatever goes wrong on the wire: the command ends, says so or not, and the one after it works. */
static void one_bad_message_does_not_break_the_session(void **state)
{
        static const char *const kinds[] = {"stall-in",     "stall-out", "truncate",       "overlong",
                                            "wrong-length", "wrong-seq", "wrong-slot",     "wrong-type",
                                            "zero-packet",  "busy",      "time-extension", "hw-error",
                                            "parity",       "stale",     "garbage"};
        (void)state;
        assert_int_equal(connect_to("SHORT"), SCARD_S_SUCCESS);
        for (unsigned i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
                static const uint8_t apdu[] = {0x00, 0x84, 0x00, 0x00, 0x08};
                uint8_t answer[258];
                DWORD len = sizeof(answer);
                testbed_control("fault %u %s@%u", SHORT, kinds[i], next_message(SHORT));
                LONG status = transmit(apdu, sizeof(apdu), answer, &len);
                testbed_control("fault %u", SHORT);
                if (status == SCARD_S_SUCCESS)
                        assert_int_equal(len, 10);
                status = challenge();
                if (status != SCARD_S_SUCCESS)
                        fail_msg("after %s the next command gives 0x%08X", kinds[i], (unsigned)status);
        }
}

static void *many_challenges(void *arg)
{
        static const uint8_t apdu[] = {0x00, 0x84, 0x00, 0x00, 0x08};
        const SCARDHANDLE *handle = arg;
        unsigned good = 0;
        for (unsigned i = 0; i < 300; i++) {
                uint8_t answer[258];
                DWORD len = sizeof(answer);
                LONG status = SCardTransmit(*handle, NULL, apdu, sizeof(apdu), NULL, answer, &len);
                good += status == SCARD_S_SUCCESS && len == 10 && answer[8] == 0x90;
        }
        return (void *)(uintptr_t)good;
}

static void readers_work_side_by_side(void **state)
{
        SCARDHANDLE handles[2];
        pthread_t threads[2];
        (void)state;
        assert_int_equal(connect_to("SHORT"), SCARD_S_SUCCESS);
        handles[0] = card;
        assert_int_equal(connect_to("TPDU"), SCARD_S_SUCCESS);
        handles[1] = card;
        for (unsigned i = 0; i < 2; i++)
                assert_int_equal(pthread_create(&threads[i], NULL, many_challenges, &handles[i]), 0);
        for (unsigned i = 0; i < 2; i++) {
                void *good;
                assert_int_equal(pthread_join(threads[i], &good), 0);
                assert_int_equal((uintptr_t)good, 300);
        }
}

static void *challenge_thread(void *result)
{
        *(LONG *)result = challenge();
        return NULL;
}

/* Pulls something while a command waits for an answer that never comes; what the command says of it. */
static LONG interrupted_challenge(const char *command, long *took_ms)
{
        LONG result = SCARD_S_SUCCESS;
        pthread_t thread;
        struct timespec start;
        const struct timespec pause = {.tv_nsec = 30000000L};
        testbed_control("fault %u lose@*", SHORT);
        assert_int_equal(pthread_create(&thread, NULL, challenge_thread, &result), 0);
        (void)nanosleep(&pause, NULL); /* the command is on its way; early or late, the outcome is the same */
        (void)clock_gettime(CLOCK_MONOTONIC, &start);
        if (strcmp(command, "unplug") == 0)
                testbed_unplug(testbed, SHORT);
        else
                testbed_control("%s %u", command, SHORT);
        assert_int_equal(pthread_join(thread, NULL), 0);
        *took_ms = elapsed_ms(&start);
        testbed_control("fault %u", SHORT);
        return result;
}

static void unplugging_in_the_middle_of_a_command_ends_it(void **state)
{
        char name[NAME_MAX_LEN];
        long took_ms;
        DWORD protocol;
        (void)state;
        assert_int_equal(setenv("ISCARD_TIMEOUT", "20000", 1), 0);
        assert_int_equal(connect_to("SHORT"), SCARD_S_SUCCESS);
        assert_int_equal(interrupted_challenge("unplug", &took_ms), SCARD_E_READER_UNAVAILABLE);
        assert_int_equal(setenv("ISCARD_TIMEOUT", TIMEOUT_MS, 1), 0);
        assert_in_range(took_ms, 0, 1000); /* at once: long before the command's own time limit */
        assert_int_equal(challenge(), SCARD_E_READER_UNAVAILABLE);
        assert_int_equal(
            SCardReconnect(card, SCARD_SHARE_SHARED, SCARD_PROTOCOL_Tx, SCARD_LEAVE_CARD, &protocol),
            SCARD_E_READER_UNAVAILABLE);
        assert_false(find_reader("SHORT", name));
        assert_true(find_reader("EXTENDED", name));
        assert_int_equal(SCardDisconnect(card, SCARD_RESET_CARD), SCARD_S_SUCCESS);

        testbed_plug(testbed, SHORT);
        assert_true(find_reader("SHORT", name));
        assert_int_equal(connect_to("SHORT"), SCARD_S_SUCCESS);
        assert_int_equal(challenge(), SCARD_S_SUCCESS);
}

struct waiting {
        SCARDHANDLE handle;
        LONG status;
};

static void *begin_thread(void *arg)
{
        struct waiting *waiting = arg;

        waiting->status = SCardBeginTransaction(waiting->handle);
        return NULL;
}

/* Nobody talks to the reader and nobody scans: those who wait find out by themselves. */
static void unplug_while_waiting(const char *serial, unsigned reader)
{
        const struct timespec pause = {.tv_nsec = 50000000L};
        struct waiting waiting = {0, SCARD_S_SUCCESS};
        struct timespec until;
        pthread_t thread;

        assert_int_equal(connect_to(serial), SCARD_S_SUCCESS);
        waiting.handle = card;
        assert_int_equal(connect_to(serial), SCARD_S_SUCCESS);
        assert_int_equal(SCardBeginTransaction(card), SCARD_S_SUCCESS);
        assert_int_equal(pthread_create(&thread, NULL, begin_thread, &waiting), 0);
        (void)nanosleep(&pause, NULL);
        testbed_unplug(testbed, reader);
        (void)clock_gettime(CLOCK_REALTIME, &until);
        until.tv_sec += 2;
        bool ended = pthread_timedjoin_np(thread, NULL, &until) == 0;
        if (!ended) {
                (void)SCardCancel(context);
                (void)pthread_join(thread, NULL);
        }
        assert_true(ended);
        assert_int_equal(waiting.status, SCARD_E_READER_UNAVAILABLE);
}

static void unplugging_ends_a_wait_for_a_transaction(void **state)
{
        (void)state;
        unplug_while_waiting("SHORT", SHORT);
}

static void unplugging_ends_a_wait_without_an_interrupt_endpoint(void **state)
{
        (void)state;
        unplug_while_waiting("QUIET", QUIET);
}

static void handle_from_before_the_plug_stays_dead(void **state)
{
        SCARDHANDLE old;
        (void)state;
        assert_int_equal(connect_to("SHORT"), SCARD_S_SUCCESS);
        old = card;
        testbed_unplug(testbed, SHORT);
        testbed_plug(testbed, SHORT);
        assert_int_equal(connect_to("SHORT"), SCARD_S_SUCCESS);
        assert_int_equal(challenge(), SCARD_S_SUCCESS);
        card = old;
        assert_int_equal(challenge(), SCARD_E_READER_UNAVAILABLE);
        assert_int_equal(SCardDisconnect(old, SCARD_LEAVE_CARD), SCARD_S_SUCCESS);
}

static void unplugging_again_and_again_leaves_nothing_behind(void **state)
{
        char name[NAME_MAX_LEN];
        (void)state;
        for (unsigned i = 0; i < 10; i++) {
                assert_int_equal(connect_to("TPDU"), SCARD_S_SUCCESS);
                testbed_unplug(testbed, TPDU);
                assert_false(find_reader("TPDU", name));
                testbed_plug(testbed, TPDU);
        }
        assert_int_equal(connect_to("TPDU"), SCARD_S_SUCCESS);
        assert_int_equal(challenge(), SCARD_S_SUCCESS);
}

#define SESSION(name) cmocka_unit_test_setup_teardown(name, open_context, close_context)

int main(int argc, char **argv)
{
        const struct CMUnitTest tests[] = {
            SESSION(claimed_by_another_process_is_a_sharing_violation),
            SESSION(readers_are_listed_by_their_usb_strings),
            SESSION(every_level_of_exchange_answers),
            SESSION(reconnect_and_reset_keep_the_session),
            SESSION(long_answers_come_whole),
            SESSION(first_answer_takes_three_messages_at_most),
            SESSION(claimed_by_another_handle_is_a_sharing_violation),
            SESSION(reader_without_rights_is_listed_and_refused),
            SESSION(pulled_card_is_told_by_the_interrupt_endpoint),
            SESSION(card_swapped_between_two_commands_is_noticed),
            SESSION(lost_answer_times_out_and_the_next_command_works),
            SESSION(hung_command_is_aborted_and_the_next_works),
            SESSION(late_answer_is_waited_for),
            SESSION(one_bad_message_does_not_break_the_session),
            SESSION(readers_work_side_by_side),
            SESSION(unplugging_in_the_middle_of_a_command_ends_it),
            SESSION(unplugging_ends_a_wait_for_a_transaction),
            SESSION(unplugging_ends_a_wait_without_an_interrupt_endpoint),
            SESSION(handle_from_before_the_plug_stays_dead),
            SESSION(unplugging_again_and_again_leaves_nothing_behind),
        };
        (void)setenv("ISCARD_TIMEOUT", TIMEOUT_MS, 1);
        testbed_enter(argv, READERS);
        if (argc == 2 && strcmp(argv[1], "--hold") == 0)
                return hold(SHORT);
        testbed = testbed_create();
        int failed = cmocka_run_group_tests_name("session", tests, NULL, NULL);
        testbed_destroy(testbed);
        return failed;
}
