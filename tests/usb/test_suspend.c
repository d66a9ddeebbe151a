/*
 * test_suspend.c - a system that sleeps, over unmodified libusb: the kernel ends every transfer as if the reader had been
 * unplugged, and the node works on. Or it resets the reader as it wakes, and takes the interface from its clients.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#include <winscard.h>

#include "testbed.h"

#define READERS                                                                                              \
        "level=short-apdu,serial=A;level=tpdu,protocol=t1,auto=none,serial=B;level=short-apdu,interrupt=0,"  \
        "serial=C;level=short-apdu,slots=2,serial=D"
#define NAME(s) "libiscard Virtual CCID Reader (" s ") 00 00"
#define BITS(s) ((s).dwEventState & 0xFFFFu)
#define A       0u
#define B       1u
#define C       2u
#define D       3u /* two slots */

#define assert_status(actual, expected) assert_int_equal((uint32_t)(actual), (uint32_t)(expected))

static struct testbed *testbed;
static SCARDCONTEXT context;
static SCARDHANDLE card;

static int open_context(void **state)
{
        (void)state;
        return SCardEstablishContext(SCARD_SCOPE_USER, NULL, NULL, &context) == SCARD_S_SUCCESS ? 0 : -1;
}

static int close_context(void **state)
{
        (void)state;
        for (unsigned i = A; i <= D; i++) {
                testbed_control("fault %u", i);
                testbed_control("insert %u", i);
                testbed_plug(testbed, i);
        }
        return SCardReleaseContext(context) == SCARD_S_SUCCESS ? 0 : -1;
}

static void sleep_ms(long ms)
{
        struct timespec time = {ms / 1000, ms % 1000 * 1000000L};
        (void)nanosleep(&time, NULL);
}

/* Messages to a reader since it was plugged in. */
static uint32_t sent_to(unsigned reader)
{
        struct usbtier_counts counts = {.bulk_out = 0};
        assert_true(testbed_node()->counts(reader, &counts));
        return counts.bulk_out;
}

/* Until it has one more than before. */
static void wait_sent(unsigned reader, uint32_t before)
{
        for (unsigned ms = 0; ms < 5000 && sent_to(reader) == before; ms++)
                sleep_ms(1);
        assert_true(sent_to(reader) > before);
}

static SCARDHANDLE connect_to(const char *name)
{
        SCARDHANDLE made = 0;
        assert_status(SCardConnectA(context, name, SCARD_SHARE_SHARED, SCARD_PROTOCOL_Tx, &made, NULL),
                      SCARD_S_SUCCESS);
        return made;
}

static LONG transmit(SCARDHANDLE handle)
{
        static const BYTE challenge[] = {0x00, 0x84, 0x00, 0x00, 0x08};
        BYTE answer[258];
        DWORD len = sizeof(answer);
        return SCardTransmit(handle, NULL, challenge, sizeof(challenge), NULL, answer, &len);
}

static LONG reconnect(SCARDHANDLE handle)
{
        return SCardReconnect(handle, SCARD_SHARE_SHARED, SCARD_PROTOCOL_Tx, SCARD_LEAVE_CARD, NULL);
}

static void nights(unsigned reader, const char *name, unsigned reset, unsigned count)
{
        card = connect_to(name);
        SCARDHANDLE other = connect_to(name);
        for (unsigned night = 0; night < count; night++) {
                assert_status(transmit(card), SCARD_S_SUCCESS);
                assert_status(transmit(other), SCARD_S_SUCCESS);
                testbed_control("suspend %u %u", reader, reset);
                sleep_ms(5); /* past the moment within which events are taken as handled */
                assert_status(transmit(card), SCARD_W_RESET_CARD);
                assert_status(transmit(other), SCARD_W_RESET_CARD);
                assert_status(reconnect(card), SCARD_S_SUCCESS);
                assert_status(reconnect(other), SCARD_S_SUCCESS);
                if (count > 3)
                        sleep_ms(270); /* more would be taken for an endpoint that fails again and again */
        }
        assert_status(SCardDisconnect(other, SCARD_LEAVE_CARD), SCARD_S_SUCCESS);
        assert_status(SCardDisconnect(card, SCARD_LEAVE_CARD), SCARD_S_SUCCESS);
}

static void a_handle_works_on_after_reconnect(void **state)
{
        (void)state;
        nights(A, NAME("A"), 0, 5);
        nights(B, NAME("B"), 0, 2);
}

static void a_reader_that_was_reset_as_the_system_woke_is_claimed_anew(void **state)
{
        (void)state;
        nights(A, NAME("A"), 1, 2);
        nights(B, NAME("B"), 1, 2);
}

static void movements_are_told_after_a_sleep(void **state)
{
        SCARD_READERSTATEA s = {.szReader = NAME("A")};
        (void)state;
        assert_status(SCardGetStatusChangeA(context, 0, &s, 1), SCARD_S_SUCCESS);
        for (unsigned reset = 0; reset < 2; reset++) {
                s.dwCurrentState = s.dwEventState;
                testbed_control("suspend %u %u", A, reset);
                assert_status(SCardGetStatusChangeA(context, 50, &s, 1), SCARD_E_TIMEOUT);
                testbed_control("remove %u", A);
                assert_status(SCardGetStatusChangeA(context, 5000, &s, 1), SCARD_S_SUCCESS);
                assert_int_equal(BITS(s), SCARD_STATE_CHANGED | SCARD_STATE_EMPTY);
                s.dwCurrentState = s.dwEventState;
                testbed_control("insert %u", A);
                assert_status(SCardGetStatusChangeA(context, 5000, &s, 1), SCARD_S_SUCCESS);
                assert_int_equal(BITS(s), SCARD_STATE_CHANGED | SCARD_STATE_PRESENT);
        }
}

static struct {
        SCARD_READERSTATEA s[3];
        LONG status;
        atomic_bool done;
} sleeper;

static void *sleeper_run(void *arg)
{
        (void)arg;
        sleeper.status = SCardGetStatusChangeA(context, 10000, sleeper.s, 3);
        atomic_store(&sleeper.done, true);
        return NULL;
}

static void a_wait_survives(void **state)
{
        pthread_t thread;
        (void)state;
        sleeper.s[0] = (SCARD_READERSTATEA){.szReader = NAME("A")};
        sleeper.s[1] = (SCARD_READERSTATEA){.szReader = NAME("B")};
        sleeper.s[2] = (SCARD_READERSTATEA){.szReader = "\\\\?PnP?\\Notification"};
        atomic_store(&sleeper.done, false);
        assert_status(SCardGetStatusChangeA(context, 0, sleeper.s, 3), SCARD_S_SUCCESS);
        for (unsigned i = 0; i < 2; i++)
                sleeper.s[i].dwCurrentState = sleeper.s[i].dwEventState;
        assert_int_equal(pthread_create(&thread, NULL, sleeper_run, NULL), 0);
        sleep_ms(100);
        uint32_t sent[] = {sent_to(A), sent_to(B)};
        testbed_control("suspend %u 0", A);
        testbed_control("suspend %u 1", B);
        wait_sent(A, sent[0]); /* the cards have power again */
        wait_sent(B, sent[1]);
        sleep_ms(50);
        assert_false(atomic_load(&sleeper.done));
        testbed_control("remove %u", B);
        pthread_join(thread, NULL);
        assert_status(sleeper.status, SCARD_S_SUCCESS);
        assert_int_equal(BITS(sleeper.s[0]), SCARD_STATE_PRESENT);
        assert_int_equal(BITS(sleeper.s[1]), SCARD_STATE_CHANGED | SCARD_STATE_EMPTY);
        assert_int_equal(BITS(sleeper.s[2]), 0);
}

static void *transmit_run(void *arg)
{
        *(LONG *)arg = transmit(card);
        return NULL;
}

static void a_command_in_the_middle(unsigned reader, const char *name)
{
        pthread_t thread;
        LONG status = SCARD_S_SUCCESS;
        card = connect_to(name);
        uint32_t sent = sent_to(reader);
        testbed_control("fault %u hang@*", reader); /* only the sleep ends it, long before the time is over */
        assert_int_equal(pthread_create(&thread, NULL, transmit_run, &status), 0);
        wait_sent(reader, sent);
        testbed_control("fault %u", reader); /* of what comes after it */
        testbed_control("suspend %u 0", reader);
        pthread_join(thread, NULL);
        assert_status(status, SCARD_W_RESET_CARD);
        assert_status(reconnect(card), SCARD_S_SUCCESS);
        assert_status(transmit(card), SCARD_S_SUCCESS);
}

static void a_command_in_the_middle_of_it_ends_with_the_reset(void **state)
{
        (void)state;
        a_command_in_the_middle(A, NAME("A"));
        a_command_in_the_middle(C, NAME("C")); /* only its bulk transfer can tell */
}

/* What the library says of restarts, from now on, goes into a file instead of the error output. */
static int divert_log(FILE *file)
{
        int before = dup(STDERR_FILENO);
        assert_true(before >= 0);
        assert_true(dup2(fileno(file), STDERR_FILENO) >= 0);
        return before;
}

static unsigned count_restarts(FILE *file, int before)
{
        char line[256];
        unsigned count = 0;
        assert_true(dup2(before, STDERR_FILENO) >= 0);
        (void)close(before);
        rewind(file);
        while (fgets(line, sizeof(line), file) != NULL)
                count += strstr(line, "the reader slept or was reset") != NULL;
        (void)fclose(file);
        return count;
}

/* By the interrupt transfer to whoever waits for the other slot, and by the transfers of a command. */
static void one_sleep_is_told_once(void **state)
{
        enum { NIGHTS = 4 };
        pthread_t waiting, thread;
        LONG status = SCARD_S_SUCCESS;
        FILE *file = tmpfile();
        (void)state;
        assert_non_null(file);
        sleeper.s[0] = (SCARD_READERSTATEA){.szReader = "libiscard Virtual CCID Reader (D) 00 01"};
        sleeper.s[1] = (SCARD_READERSTATEA){.szReader = NAME("B")};
        sleeper.s[2] = (SCARD_READERSTATEA){.szReader = NAME("D")};
        assert_status(SCardGetStatusChangeA(context, 0, sleeper.s, 2), SCARD_S_SUCCESS);
        for (unsigned i = 0; i < 2; i++)
                sleeper.s[i].dwCurrentState = sleeper.s[i].dwEventState;
        sleeper.s[2].dwCurrentState = SCARD_STATE_IGNORE;
        card = connect_to(NAME("D"));
        assert_int_equal(pthread_create(&waiting, NULL, sleeper_run, NULL), 0);
        int before = divert_log(file);
        for (unsigned night = 0; night < NIGHTS; night++) {
                uint32_t sent = sent_to(D);
                testbed_control("fault %u hang@*", D);
                assert_int_equal(pthread_create(&thread, NULL, transmit_run, &status), 0);
                wait_sent(D, sent);
                testbed_control("fault %u", D);
                testbed_control("suspend %u 0", D);
                pthread_join(thread, NULL);
                sleep_ms(350); /* more would be taken for an endpoint that fails again and again */
                (void)reconnect(card);
        }
        assert_int_equal(count_restarts(file, before), NIGHTS);
        assert_status(status, SCARD_W_RESET_CARD);
        assert_status(SCardCancel(context), SCARD_S_SUCCESS);
        pthread_join(waiting, NULL);
        assert_status(sleeper.status, SCARD_E_CANCELLED);
}

/* Nothing runs at the reader meanwhile: only its interrupt transfer tells. */
static void every_sleep_of_an_idle_reader_is_told(void **state)
{
        enum { NIGHTS = 4 };
        FILE *file = tmpfile();
        (void)state;
        assert_non_null(file);
        card = connect_to(NAME("A"));
        int before = divert_log(file);
        for (unsigned night = 0; night < NIGHTS; night++) {
                testbed_control("suspend %u 0", A);
                sleep_ms(350);        /* more would be taken for an endpoint that fails again and again */
                (void)transmit(card); /* asks, and sends nothing: the first of them is never acknowledged */
        }
        assert_int_equal(count_restarts(file, before), NIGHTS);
        assert_status(reconnect(card), SCARD_S_SUCCESS);
        assert_status(transmit(card), SCARD_S_SUCCESS);
}

static void a_reader_that_is_gone_is_not_taken_for_one_that_slept(void **state)
{
        (void)state;
        card = connect_to(NAME("A"));
        testbed_control("suspend %u 0", A);
        testbed_unplug_silently(testbed, A);
        assert_status(transmit(card), SCARD_E_READER_UNAVAILABLE);
        testbed_unplug(testbed, A);
        testbed_plug(testbed, A);
        assert_status(reconnect(card), SCARD_S_SUCCESS);
        assert_status(transmit(card), SCARD_S_SUCCESS);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_context, close_context)

int main(int argc, char **argv)
{
        const struct CMUnitTest tests[] = {
            TEST(a_handle_works_on_after_reconnect),
            TEST(a_reader_that_was_reset_as_the_system_woke_is_claimed_anew),
            TEST(movements_are_told_after_a_sleep),
            TEST(a_wait_survives),
            TEST(a_command_in_the_middle_of_it_ends_with_the_reset),
            TEST(one_sleep_is_told_once),
            TEST(every_sleep_of_an_idle_reader_is_told),
            TEST(a_reader_that_is_gone_is_not_taken_for_one_that_slept),
        };
        (void)argc;
        (void)setenv("ISCARD_LOG", "info", 1);
        testbed_enter(argv, READERS);
        testbed = testbed_create();
        int failed = cmocka_run_group_tests_name("suspend", tests, NULL, NULL);
        testbed_destroy(testbed);
        return failed;
}
