/*
 * Commands allocate nothing once a card is connected, whatever becomes of them. The linker leads the
 * library's allocations here (tests/alloc/alloc.mk).
 */
#include <stdatomic.h>

#include "core/registry.h"
#include "sim/control.h"
#include "tests/support/engine.h"

static atomic_uint allocations;

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__real_aligned_alloc(size_t alignment, size_t size);
int __real_posix_memalign(void **block, size_t alignment, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size);
int __wrap_posix_memalign(void **block, size_t alignment, size_t size);

void *__wrap_malloc(size_t size)
{
        atomic_fetch_add(&allocations, 1);
        return __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
        atomic_fetch_add(&allocations, 1);
        return __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size)
{
        atomic_fetch_add(&allocations, 1);
        return __real_realloc(old, size);
}

void *__wrap_aligned_alloc(size_t alignment, size_t size)
{
        atomic_fetch_add(&allocations, 1);
        return __real_aligned_alloc(alignment, size);
}

int __wrap_posix_memalign(void **block, size_t alignment, size_t size)
{
        atomic_fetch_add(&allocations, 1);
        return __real_posix_memalign(block, alignment, size);
}

static int set_up(void **state)
{
        (void)state;
        fake_reset();
        return 0;
}

static void connecting_is_seen_by_the_count(void **state)
{
        (void)state;
        unsigned before = atomic_load(&allocations);
        SCARDCONTEXT context = engine_context();

        engine_connect(context, SCARD_SHARE_SHARED);
        assert_true(atomic_load(&allocations) > before);
        assert_status(SCardReleaseContext(context), SCARD_S_SUCCESS);
}

static void transmit_allocates_nothing_at_any_outcome(void **state)
{
        (void)state;
        const int32_t outcomes[] = {SCARD_S_SUCCESS, SCARD_E_TIMEOUT, SCARD_F_COMM_ERROR,
                                    SCARD_W_REMOVED_CARD};
        SCARDCONTEXT context = engine_context();
        SCARDHANDLE card = engine_connect(context, SCARD_SHARE_SHARED);
        BYTE response[10];
        unsigned before = atomic_load(&allocations);

        for (size_t i = 0; i < sizeof(outcomes) / sizeof(outcomes[0]); i++) {
                DWORD len = sizeof(response);

                fake_readers[0].fail[FAKE_TRANSMIT] = outcomes[i];
                assert_status(engine_transmit(card), outcomes[i]);
                (void)SCardTransmit(card, NULL, engine_get_challenge, 5, NULL, response, &len);
        }
        assert_int_equal(atomic_load(&allocations), before);
        assert_status(SCardReleaseContext(context), SCARD_S_SUCCESS);
}

static void transactions_and_questions_allocate_nothing(void **state)
{
        (void)state;
        SCARDCONTEXT context = engine_context();
        SCARDHANDLE card = engine_connect(context, SCARD_SHARE_SHARED);
        unsigned before = atomic_load(&allocations);

        assert_status(SCardBeginTransaction(card), SCARD_S_SUCCESS);
        assert_int_equal(engine_state(card), SCARD_SPECIFIC);
        assert_int_equal(engine_attribute(card, ISCARD_ATTR_SHARE_MODE), SCARD_SHARE_SHARED);
        assert_status(SCardEndTransaction(card, SCARD_RESET_CARD), SCARD_S_SUCCESS);
        assert_status(SCardReconnect(card, SCARD_SHARE_SHARED, BOTH, SCARD_RESET_CARD, NULL),
                      SCARD_S_SUCCESS);
        assert_int_equal(atomic_load(&allocations), before);
        assert_status(SCardReleaseContext(context), SCARD_S_SUCCESS);
}

/* The driver and the virtual reader are below; T=0 runs in the host in the second one. */
static void transmit_allocates_nothing_in_the_driver_either(void **state)
{
        (void)state;
        static const char *const configs[] = {"", "level=tpdu,protocol=t0"};

        registry_use_drivers(NULL);
        for (size_t i = 0; i < 2; i++) {
                SCARDHANDLE card = 0;

                sim_control_reset();
                assert_int_equal(setenv("ISCARD_SIM", configs[i], 1), 0);
                SCARDCONTEXT context = engine_context();

                assert_status(SCardConnectA(context, "libiscard Virtual CCID Reader 00 00",
                                            SCARD_SHARE_SHARED, BOTH, &card, NULL),
                              SCARD_S_SUCCESS);
                unsigned before = atomic_load(&allocations);

                for (int k = 0; k < 10; k++)
                        assert_status(engine_transmit(card), SCARD_S_SUCCESS);
                assert_int_equal(atomic_load(&allocations), before);
                assert_status(SCardReleaseContext(context), SCARD_S_SUCCESS);
        }
        sim_control_reset();
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test_setup(connecting_is_seen_by_the_count, set_up),
            cmocka_unit_test_setup(transmit_allocates_nothing_at_any_outcome, set_up),
            cmocka_unit_test_setup(transactions_and_questions_allocate_nothing, set_up),
            cmocka_unit_test_setup(transmit_allocates_nothing_in_the_driver_either, set_up),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
