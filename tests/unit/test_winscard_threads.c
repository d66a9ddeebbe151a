/*
 * Every function from many threads at once, with handles that others close, cards that move and a reader that
 * is unplugged: each call ends with a code it is documented to give, and in the end nothing is left. Meant
 * for the sanitizers, the thread sanitizer above all.
 */
#include <stdatomic.h>
#include <stdio.h>

#include "tests/support/engine.h"

#define THREADS 8
#define CARDS   6
#define CALLS   1500

static struct fake_reader *const reader = &fake_readers[0];
static _Atomic SCARDCONTEXT context;
static _Atomic SCARDHANDLE cards[CARDS];
static atomic_uint finished;
static atomic_uint unexpected;

/* What any call on a handle may run into here. */
static bool is_expected(LONG status)
{
        static const LONG expected[] = {SCARD_S_SUCCESS,
                                        SCARD_E_INVALID_HANDLE,
                                        SCARD_E_CANCELLED,
                                        SCARD_E_READER_UNAVAILABLE,
                                        SCARD_W_RESET_CARD,
                                        SCARD_W_REMOVED_CARD,
                                        SCARD_W_UNPOWERED_CARD,
                                        SCARD_E_NO_SMARTCARD,
                                        SCARD_E_NOT_TRANSACTED,
                                        SCARD_E_UNKNOWN_READER,
                                        SCARD_E_NO_READERS_AVAILABLE};

        for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
                if (status == expected[i])
                        return true;
        }
        return false;
}

static void check(int call, LONG status)
{
        if (is_expected(status))
                return;
        atomic_fetch_add(&unexpected, 1);
        fprintf(stderr, "call %d: %08X\n", call, (unsigned)status);
}

static LONG transmit(SCARDHANDLE card)
{
        BYTE response[258];
        DWORD len = sizeof(response);

        return SCardTransmit(card, NULL, engine_get_challenge, 5, NULL, response, &len);
}

static LONG transact(SCARDHANDLE card, DWORD disposition)
{
        LONG status = SCardBeginTransaction(card);

        if (status != SCARD_S_SUCCESS)
                return status;
        check(100, transmit(card));
        return SCardEndTransaction(card, disposition);
}

static LONG replace_card(_Atomic SCARDHANDLE *place, DWORD disposition)
{
        SCARDHANDLE card = 0;
        LONG status = SCardConnectA(atomic_load(&context), FAKE_NAME, SCARD_SHARE_SHARED, BOTH, &card, NULL);

        if (status == SCARD_S_SUCCESS)
                check(101, SCardDisconnect(atomic_exchange(place, card), disposition));
        return status;
}

static LONG replace_context(void)
{
        SCARDCONTEXT made = 0;
        LONG status = SCardEstablishContext(SCARD_SCOPE_USER, NULL, NULL, &made);

        if (status == SCARD_S_SUCCESS)
                check(102, SCardReleaseContext(atomic_exchange(&context, made)));
        return status;
}

static LONG list(void)
{
        DWORD len = 0;

        return SCardListReadersA(atomic_load(&context), NULL, NULL, &len);
}

static LONG call_one(int call, unsigned dice, _Atomic SCARDHANDLE *place)
{
        SCARDHANDLE card = atomic_load(place);
        DWORD len = 4, value;

        switch (call) {
        case 0:
        case 1:
                return transmit(card);
        case 2:
                return transact(card, dice % 3);
        case 3:
                return SCardReconnect(card, SCARD_SHARE_SHARED, BOTH, dice % 3, NULL);
        case 4:
        case 5:
                return replace_card(place, dice % 3);
        case 6:
                return SCardStatusA(card, NULL, NULL, &value, NULL, NULL, NULL);
        case 7:
                return SCardGetAttrib(card, ISCARD_ATTR_CARD_EPOCH, (LPBYTE)&value, &len);
        case 8:
                return dice % 4 == 0 ? SCardCancel(atomic_load(&context)) : transmit(card);
        case 9:
                return dice % 40 == 0 ? replace_context() : transmit(card);
        case 10:
                if (dice % 8 == 0) {
                        fake_remove(reader, 0);
                        fake_insert(reader, 0);
                }
                return SCardReconnect(card, SCARD_SHARE_SHARED, BOTH, SCARD_LEAVE_CARD, NULL);
        default:
                if (dice % 60 == 0) {
                        fake_unplug(reader);
                        check(103, list());
                        fake_plug(reader);
                }
                return list();
        }
}

static void *run(void *arg)
{
        unsigned seed = (unsigned)(uintptr_t)arg;

        for (int i = 0; i < CALLS; i++) {
                int call = rand_r(&seed) % 12;
                unsigned place = (unsigned)rand_r(&seed) % CARDS;

                check(call, call_one(call, (unsigned)rand_r(&seed), &cards[place]));
        }
        atomic_fetch_add(&finished, 1);
        return NULL;
}

static void calls_from_many_threads_end_with_documented_codes(void **state)
{
        (void)state;
        pthread_t threads[THREADS];

        fake_reset();
        atomic_store(&context, engine_context());
        for (uintptr_t i = 0; i < THREADS; i++)
                assert_int_equal(pthread_create(&threads[i], NULL, run, (void *)(i + 1)), 0);
        /* Where a transaction's end was cancelled, its handle keeps it; those who wait for it are sent home.
         */
        while (atomic_load(&finished) < THREADS) {
                engine_sleep_ms(1);
                SCardCancel(atomic_load(&context));
        }
        for (size_t i = 0; i < THREADS; i++)
                pthread_join(threads[i], NULL);
        assert_status(SCardReleaseContext(atomic_load(&context)), SCARD_S_SUCCESS);
        assert_int_equal(atomic_load(&unexpected), 0);
        assert_int_equal(fake_starts, fake_stops);
        assert_true(fake_count(reader, FAKE_CLOSE) > 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(calls_from_many_threads_end_with_documented_codes),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
