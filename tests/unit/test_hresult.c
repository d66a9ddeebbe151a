/* src/com/hresult.c against spec hresult.md, "Engine to COM edge". */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "com/hresult.h"
#include "tests/support/fake_winscard.h"

static void success_is_s_ok(void **state)
{
        (void)state;
        assert_int_equal(hresult_from_scard(SCARD_S_SUCCESS), S_OK);
}

static void two_codes_become_hresults_of_com(void **state)
{
        (void)state;
        assert_int_equal((uint32_t)hresult_from_scard(SCARD_E_NO_MEMORY), 0x8007000Eu);
        assert_int_equal((uint32_t)hresult_from_scard(SCARD_E_INVALID_PARAMETER), 0x80070057u);
}

static void every_other_code_passes_through(void **state)
{
        size_t count;
        const LONG *codes = every_scard_code(&count);

        (void)state;
        for (size_t i = 0; i < count; i++)
                assert_int_equal(hresult_from_scard(codes[i]), hresult_of_table(codes[i]));
}

static void unknown_values_are_never_successes(void **state)
{
        static const LONG values[] = {1, 6, 0x7FFFFFFF, -1, INT32_MIN, (LONG)0x80100040L, (LONG)0x80100073L};

        (void)state;
        for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
                assert_true(FAILED(hresult_from_scard(values[i])));
        assert_int_equal((uint32_t)hresult_from_scard(6), 0x80070006u); /* ERROR_INVALID_HANDLE */
        assert_int_equal((uint32_t)hresult_from_scard((LONG)0x80100040L), 0x80100040u);
}

static void every_code_has_a_name_and_a_text(void **state)
{
        static const HRESULT others[] = {S_OK,
                                         E_NOTIMPL,
                                         E_NOINTERFACE,
                                         E_POINTER,
                                         E_UNEXPECTED,
                                         E_INVALIDARG,
                                         E_OUTOFMEMORY,
                                         DISP_E_BADINDEX,
                                         CO_E_NOTINITIALIZED,
                                         RPC_E_CHANGED_MODE,
                                         REGDB_E_CLASSNOTREG,
                                         CLASS_E_NOAGGREGATION};
        size_t count;
        const LONG *codes = every_scard_code(&count);

        (void)state;
        for (size_t i = 0; i < count; i++) {
                assert_non_null(hresult_name(codes[i]));
                assert_non_null(hresult_text(codes[i]));
                assert_int_equal(strncmp(hresult_name(codes[i]), "SCARD_", 6), 0);
        }
        for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
                assert_non_null(hresult_name(others[i]));
                assert_non_null(hresult_text(others[i]));
        }
        assert_string_equal(hresult_name(S_OK), "S_OK");
        assert_string_equal(hresult_name(SCARD_W_WRONG_CHV), "SCARD_W_WRONG_CHV");
        assert_null(hresult_name((HRESULT)0x12345678));
        assert_null(hresult_text((HRESULT)0x12345678));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(success_is_s_ok),
            cmocka_unit_test(two_codes_become_hresults_of_com),
            cmocka_unit_test(every_other_code_passes_through),
            cmocka_unit_test(unknown_values_are_never_successes),
            cmocka_unit_test(every_code_has_a_name_and_a_text),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
