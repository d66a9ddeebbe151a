/*
 * test_parallel.c - over unmodified libusb: slots of one reader that work at once, and cards that are USB
 * devices by themselves (ICCD versions A and B, control transfers alone).
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>
#include <winscard.h>

#include "testbed.h"

#define SLOTS  4u
#define ROUNDS 12u
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

static void *challenges(void *arg)
{
        static const uint8_t apdu[] = {0x00, 0x84, 0x00, 0x00, 0x08};
        const SCARDHANDLE *handle = arg;
        unsigned good = 0;

        for (unsigned i = 0; i < ROUNDS; i++) {
                uint8_t answer[258];
                DWORD len = sizeof(answer);
                LONG status = SCardTransmit(*handle, NULL, apdu, sizeof(apdu), NULL, answer, &len);

                good += status == SCARD_S_SUCCESS && len == 10 && answer[8] == 0x90;
        }
        return (void *)(uintptr_t)good;
}

/* Every slot at once; the time that it took, ms. */
static double run_slots(const char *serial)
{
        SCARDHANDLE handles[SLOTS];
        pthread_t threads[SLOTS];
        struct timespec before, after;
        unsigned i;

        assert_int_equal(connect_all(serial, handles), SLOTS);
        clock_gettime(CLOCK_MONOTONIC, &before);
        for (i = 0; i < SLOTS; i++)
                assert_int_equal(pthread_create(&threads[i], NULL, challenges, &handles[i]), 0);
        for (i = 0; i < SLOTS; i++) {
                void *good;

                assert_int_equal(pthread_join(threads[i], &good), 0);
                assert_int_equal((uintptr_t)good, ROUNDS);
        }
        clock_gettime(CLOCK_MONOTONIC, &after);
        for (i = 0; i < SLOTS; i++)
                assert_int_equal(SCardDisconnect(handles[i], SCARD_UNPOWER_CARD), SCARD_S_SUCCESS);
        return (double)(after.tv_sec - before.tv_sec) * 1e3 + (double)(after.tv_nsec - before.tv_nsec) / 1e6;
}

static void busy_slots_work_at_once(void **state)
{
        double at_once, in_turn;

        (void)state;
        at_once = run_slots("MANY");
        in_turn = run_slots("TURNS");
        printf("4 slots, %u commands each: at once %.0f ms, in turn %.0f ms\n", ROUNDS, at_once, in_turn);
        assert_true(at_once < 0.7 * in_turn);
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
            cmocka_unit_test_setup_teardown(busy_slots_work_at_once, open_context, close_context),
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
