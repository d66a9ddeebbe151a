/*
 * Tests of src/core/edc.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/edc.h"

static void edc_lrc_is_the_exclusive_or(void **state)
{
        uint8_t block[5] = {0x00, 0xC1, 0x01, 0xFE, 0x00};

        (void)state;
        assert_int_equal(edc_lrc(block, 4), 0x3E);
        assert_int_equal(edc_append(block, 4, false), 5);
        assert_true(edc_check(block, 5, false));
        block[3] ^= 0x10;
        assert_false(edc_check(block, 5, false));
        assert_false(edc_check(block, 1, false));
}

static void edc_crc_is_reflected_and_not_complemented(void **state)
{
        /* the check value of CRC-16/MCRF4XX: polynomial 1021 reflected, from FFFF, not complemented */
        static const uint8_t digits[] = "123456789";
        uint8_t block[6] = {0x00, 0xC1, 0x01, 0xFE};

        (void)state;
        assert_int_equal(edc_crc(digits, 9), 0x6F91);
        assert_int_equal(edc_append(block, 4, true), 6);
        assert_int_equal(block[4] << 8 | block[5], edc_crc(block, 4));
        assert_true(edc_check(block, 6, true));
        for (size_t i = 0; i < 6; i++) {
                block[i] ^= 0x01;
                assert_false(edc_check(block, 6, true));
                block[i] ^= 0x01;
        }
        assert_false(edc_check(block, 2, true));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(edc_lrc_is_the_exclusive_or),
            cmocka_unit_test(edc_crc_is_reflected_and_not_complemented),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
