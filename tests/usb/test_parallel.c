/*
 * test_parallel.c - over unmodified libusb: slots of one reader that work at once, and cards that are USB
 * devices by themselves (ICCD versions A and B, control transfers alone).
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>
#include <winscard.h>

#include "testbed.h"

#define SLOTS       4u
#define PATIENCE_MS 10000u
#define ROUNDS      12u
#define MANY        0u
#define MANY_NAME   "libiscard Virtual CCID Reader (MANY) 00 00"
#define READERS                                                                                              \
        "level=tpdu,protocol=t1,timing=real,slots=4,busy=4,serial=MANY;"                                     \
        "level=tpdu,protocol=t1,timing=real,slots=4,busy=1,serial=TURNS;"                                    \
        "iccd=a,serial=ICCDA;iccd=b,serial=ICCDB"

static struct testbed *testbed;
static SCARDCONTEXT context;

static int open_context(void **state)
{
        (void)state;
        return SCardEstablishContext(SCARD_SCOPE_USER, NULL, NULL, &context) == SCARD_S_SUCCESS ? 0 : -1;
}

static int close_context(void **state)
{
        (void)state;
        return SCardReleaseContext(context) == SCARD_S_SUCCESS ? 0 : -1;
}

/* The readers with this serial number, connected to; returns how many. */
static unsigned connect_all(const char *serial, SCARDHANDLE handles[SLOTS])
{
        static char names[4096];
        DWORD len = sizeof(names), protocol;
        unsigned count = 0;
        char wanted[32];

        (void)snprintf(wanted, sizeof(wanted), "(%s)", serial);
        assert_int_equal(SCardListReadersA(context, NULL, names, &len), SCARD_S_SUCCESS);
        for (const char *at = names; *at != '\0'; at += strlen(at) + 1) {
                if (strstr(at, wanted) == NULL)
                        continue;
                assert_true(count < SLOTS);
                assert_int_equal(SCardConnectA(context, at, SCARD_SHARE_SHARED, SCARD_PROTOCOL_Tx,
                                               &handles[count++], &protocol),
                                 SCARD_S_SUCCESS);
        }
        return count;
}

static LONG challenge(SCARDHANDLE handle)
{
        static const uint8_t apdu[] = {0x00, 0x84, 0x00, 0x00, 0x08};
        uint8_t answer[258];
        DWORD len = sizeof(answer);
        LONG status = SCardTransmit(handle, NULL, apdu, sizeof(apdu), NULL, answer, &len);

        if (status == SCARD_S_SUCCESS && (len != 10 || answer[8] != 0x90))
                status = SCARD_E_UNEXPECTED;
        return status;
}

static void *challenges(void *arg)
{
        const SCARDHANDLE *handle = arg;
        unsigned good = 0;

        for (unsigned i = 0; i < ROUNDS; i++)
                good += challenge(*handle) == SCARD_S_SUCCESS;
        return (void *)(uintptr_t)good;
}

/* Every slot at once. */
static void run_slots(const char *serial)
{
        SCARDHANDLE handles[SLOTS];
        pthread_t threads[SLOTS];
        unsigned i;

        assert_int_equal(connect_all(serial, handles), SLOTS);
        for (i = 0; i < SLOTS; i++)
                assert_int_equal(pthread_create(&threads[i], NULL, challenges, &handles[i]), 0);
        for (i = 0; i < SLOTS; i++) {
                void *good;

                assert_int_equal(pthread_join(threads[i], &good), 0);
                assert_int_equal((uintptr_t)good, ROUNDS);
        }
        for (i = 0; i < SLOTS; i++)
                assert_int_equal(SCardDisconnect(handles[i], SCARD_UNPOWER_CARD), SCARD_S_SUCCESS);
}

static void every_slot_is_served_at_once_or_in_turn(void **state)
{
        (void)state;
        run_slots("MANY");
        run_slots("TURNS");
}

static uint32_t messages_to(unsigned reader)
{
        struct usbtier_counts counts;

        assert_true(testbed_node()->counts(reader, &counts));
        return counts.messages;
}

/* Until MANY has had more messages than seen. */
static void await_message(uint32_t seen)
{
        const struct timespec ms = {.tv_nsec = 1000000};

        for (unsigned i = 0; i < PATIENCE_MS && messages_to(MANY) == seen; i++)
                (void)nanosleep(&ms, NULL);
        assert_true(messages_to(MANY) != seen);
}

static struct {
        SCARDHANDLE handle;
        LONG status;
        atomic_bool done;
} hung;

static void *hang(void *arg)
{
        (void)arg;
        hung.status = challenge(hung.handle);
        atomic_store(&hung.done, true);
        return NULL;
}

/* The answer of the first slot never comes; those of the others overtake it. Until the reader is pulled. */
static void a_slot_that_hangs_keeps_no_busy_one_waiting(void **state)
{
        SCARDHANDLE handles[SLOTS];
        uint32_t before;
        pthread_t thread;

        (void)state;
        assert_int_equal(connect_all("MANY", handles), SLOTS);
        hung.handle = handles[0];
        atomic_store(&hung.done, false);
        before = messages_to(MANY);
        testbed_control("fault %u hang@%u", MANY, before + 1);
        assert_int_equal(pthread_create(&thread, NULL, hang, NULL), 0);
        await_message(before);
        for (unsigned i = 1; i < SLOTS; i++)
                assert_int_equal(challenge(handles[i]), SCARD_S_SUCCESS);
        assert_false(atomic_load(&hung.done));
        testbed_unplug(testbed, MANY);
        assert_int_equal(pthread_join(thread, NULL), 0);
        assert_int_equal((uint32_t)hung.status, (uint32_t)SCARD_E_READER_UNAVAILABLE);
        testbed_plug(testbed, MANY);
}

static void *long_challenge(void *arg)
{
        static const uint8_t apdu[] = {0x00, 0x84, 0x00, 0x00, 0x80};
        const SCARDHANDLE *handle = arg;
        uint8_t answer[258];
        DWORD len = sizeof(answer);
        LONG status = SCardTransmit(*handle, NULL, apdu, sizeof(apdu), NULL, answer, &len);

        return (void *)(uintptr_t)(status == SCARD_S_SUCCESS ? len : 0);
}

static uint64_t bytes_from(unsigned reader)
{
        struct usbtier_counts counts;

        assert_true(testbed_node()->counts(reader, &counts));
        return counts.bulk_in_bytes;
}

/* Whoever waits first receives for all. It is stopped while another slot's answer arrives. */
static void an_answer_that_has_begun_to_arrive_is_heard_out(void **state)
{
        const struct timespec ms = {.tv_nsec = 1000000};
        SCARDHANDLE handles[SLOTS];
        pthread_t hanging, other;
        SCARDCONTEXT second;
        DWORD protocol;
        uint32_t sent;
        uint64_t bytes;
        void *len;

        (void)state;
        assert_int_equal(connect_all("MANY", handles), SLOTS);
        assert_int_equal(SCardEstablishContext(SCARD_SCOPE_USER, NULL, NULL, &second), SCARD_S_SUCCESS);
        assert_int_equal(
            SCardConnectA(second, MANY_NAME, SCARD_SHARE_SHARED, SCARD_PROTOCOL_Tx, &hung.handle, &protocol),
            SCARD_S_SUCCESS);
        sent = messages_to(MANY);
        testbed_control("fault %u hang@%u", MANY, sent + 1);
        assert_int_equal(pthread_create(&hanging, NULL, hang, NULL), 0);
        await_message(sent);
        (void)nanosleep(&ms, NULL); /* it waits for its answer now */
        testbed_control("drip %u 100", MANY);
        bytes = bytes_from(MANY);
        assert_int_equal(pthread_create(&other, NULL, long_challenge, &handles[1]), 0);
        for (unsigned i = 0; i < PATIENCE_MS && bytes_from(MANY) == bytes; i++)
                (void)nanosleep(&ms, NULL);
        assert_true(bytes_from(MANY) != bytes);
        testbed_control("drip %u 0", MANY);
        assert_int_equal(SCardReleaseContext(second), SCARD_S_SUCCESS);
        assert_int_equal(pthread_join(hanging, NULL), 0);
        assert_int_equal(pthread_join(other, &len), 0);
        assert_int_equal((uintptr_t)len, 0x80 + 2);
        assert_int_equal(challenge(handles[0]), SCARD_S_SUCCESS);
}

static void usb_icc_is_driven_by_control_transfers(void **state)
{
        static const char *const serials[] = {"ICCDA", "ICCDB"};

        (void)state;
        for (unsigned i = 0; i < 2; i++) {
                SCARDHANDLE handles[SLOTS];
                uint8_t atr[33];
                DWORD atr_len = sizeof(atr), present, protocol;

                assert_int_equal(connect_all(serials[i], handles), 1);
                assert_int_equal(SCardStatusA(handles[0], NULL, NULL, &present, &protocol, atr, &atr_len),
                                 SCARD_S_SUCCESS);
                assert_true(atr_len > 2);
                assert_int_equal((uintptr_t)challenges(&handles[0]), ROUNDS);
                assert_int_equal(SCardReconnect(handles[0], SCARD_SHARE_SHARED, SCARD_PROTOCOL_Tx,
                                                SCARD_RESET_CARD, &protocol),
                                 SCARD_S_SUCCESS);
                assert_int_equal((uintptr_t)challenges(&handles[0]), ROUNDS);
                assert_int_equal(SCardDisconnect(handles[0], SCARD_UNPOWER_CARD), SCARD_S_SUCCESS);
        }
}

int main(int argc, char **argv)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test_setup_teardown(every_slot_is_served_at_once_or_in_turn, open_context,
                                            close_context),
            cmocka_unit_test_setup_teardown(a_slot_that_hangs_keeps_no_busy_one_waiting, open_context,
                                            close_context),
            cmocka_unit_test_setup_teardown(an_answer_that_has_begun_to_arrive_is_heard_out, open_context,
                                            close_context),
            cmocka_unit_test_setup_teardown(usb_icc_is_driven_by_control_transfers, open_context,
                                            close_context),
        };

        (void)argc;
        testbed_enter(argv, READERS);
        testbed = testbed_create();
        int failed = cmocka_run_group_tests_name("parallel", tests, NULL, NULL);
        testbed_destroy(testbed);
        return failed;
}
