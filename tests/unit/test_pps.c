/*
 * Tests of src/core/pps.c. Clauses: ISO/IEC 7816-3:2006 clause 9.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "scarderr.h"

#include "core/pps.h"

static void pps_request_has_a_pck(void **state)
{
        static const uint8_t t1[] = {0xFF, 0x11, 0x96, 0x78};
        static const uint8_t t0[] = {0xFF, 0x10, 0x18, 0xF7};
        uint8_t out[PPS_REQUEST_LEN];

        (void)state;
        assert_int_equal(pps_request(out, 1, 0x96), 4);
        assert_memory_equal(out, t1, 4);
        assert_int_equal(pps_request(out, 0, 0x18), 4);
        assert_memory_equal(out, t0, 4);
}

static void pps_response_is_the_echo_or_the_default(void **state)
{
        static const uint8_t echo[] = {0xFF, 0x11, 0x96, 0x78};
        static const uint8_t without_pps1[] = {0xFF, 0x01, 0xFE};
        uint8_t request[PPS_REQUEST_LEN];
        uint8_t fidi;

        (void)state;
        (void)pps_request(request, 1, 0x96);
        assert_int_equal(pps_response(request, echo, sizeof(echo), &fidi), SCARD_S_SUCCESS);
        assert_int_equal(fidi, 0x96);
        assert_int_equal(pps_response(request, without_pps1, sizeof(without_pps1), &fidi), SCARD_S_SUCCESS);
        assert_int_equal(fidi, 0x11);
}

static void pps_response_of_any_other_kind_is_refused(void **state)
{
        static const struct {
                size_t len;
                uint8_t bytes[PPS_MAX_LEN];
        } rows[] = {
            {0, {0}},
            {1, {0xFF}},
            {3, {0xFF, 0x11, 0xEE}},                   /* PPS1 announced and absent */
            {4, {0xFF, 0x11, 0x96, 0x79}},             /* PCK wrong */
            {4, {0xFF, 0x11, 0x95, 0x7B}},             /* another speed */
            {4, {0xFF, 0x10, 0x96, 0x79}},             /* another protocol */
            {4, {0xFE, 0x11, 0x96, 0x79}},             /* PPSS wrong */
            {4, {0xFF, 0x01, 0x96, 0x68}},             /* a byte that is not announced */
            {4, {0xFF, 0x31, 0x96, 0x58}},             /* PPS2 that was not asked for */
            {5, {0xFF, 0x31, 0x96, 0x00, 0x58}},       /* the same, there */
            {6, {0xFF, 0x71, 0x96, 0x00, 0x00, 0x18}}, /* PPS2 and PPS3 */
            {4, {0xFF, 0x91, 0x96, 0xF8}},             /* bit 8 of PPS0 */
        };
        uint8_t request[PPS_REQUEST_LEN];

        (void)state;
        (void)pps_request(request, 1, 0x96);
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                uint8_t fidi = 0x55;

                assert_int_equal(pps_response(request, rows[i].bytes, rows[i].len, &fidi),
                                 SCARD_E_PROTO_MISMATCH);
                assert_int_equal(fidi, 0);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(pps_request_has_a_pck),
            cmocka_unit_test(pps_response_is_the_echo_or_the_default),
            cmocka_unit_test(pps_response_of_any_other_kind_is_refused),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
