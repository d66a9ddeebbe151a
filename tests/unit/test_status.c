/*
 * Tests of src/core/status.c and status_text.c, wipe.c. The tables are those of ISO/IEC 7816-4 5.6, TS 51.011
 * 9.4 and CCID 1.1 6.2.6.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/status.h"
#include "core/wipe.h"

struct chv_row {
        uint16_t sw;
        enum status_chv_mode mode;
        int32_t status;
        int tries;
};

static void chv_status_words_have_their_codes_and_tries(void **state)
{
        static const struct chv_row rows[] = {
            {0x9000, STATUS_CHV_CODE, SCARD_S_SUCCESS, -1},
            {0x63CF, STATUS_CHV_CODE, SCARD_W_WRONG_CHV, 15},
            {0x63C2, STATUS_CHV_CODE, SCARD_W_WRONG_CHV, 2},
            {0x63C1, STATUS_CHV_CODE, SCARD_W_WRONG_CHV, 1},
            {0x63C0, STATUS_CHV_CODE, SCARD_W_CHV_BLOCKED, 0},
            {0x6300, STATUS_CHV_CODE, SCARD_W_WRONG_CHV, -1},
            {0x6381, STATUS_CHV_CODE, SCARD_E_UNEXPECTED, -1},
            {0x6700, STATUS_CHV_CODE, SCARD_E_INVALID_CHV, -1},
            {0x6A80, STATUS_CHV_CODE, SCARD_E_INVALID_CHV, -1},
            {0x6982, STATUS_CHV_CODE, SCARD_W_SECURITY_VIOLATION, -1},
            {0x6983, STATUS_CHV_CODE, SCARD_W_CHV_BLOCKED, 0},
            {0x6984, STATUS_CHV_CODE, SCARD_W_CHV_BLOCKED, 0},
            {0x6985, STATUS_CHV_CODE, SCARD_W_SECURITY_VIOLATION, -1},
            {0x6A81, STATUS_CHV_CODE, SCARD_E_UNSUPPORTED_FEATURE, -1},
            {0x6D00, STATUS_CHV_CODE, SCARD_E_UNSUPPORTED_FEATURE, -1},
            {0x6E00, STATUS_CHV_CODE, SCARD_E_UNSUPPORTED_FEATURE, -1},
            {0x6881, STATUS_CHV_CODE, SCARD_E_UNSUPPORTED_FEATURE, -1},
            {0x6882, STATUS_CHV_CODE, SCARD_E_UNSUPPORTED_FEATURE, -1},
            {0x6884, STATUS_CHV_CODE, SCARD_E_UNSUPPORTED_FEATURE, -1},
            {0x6A86, STATUS_CHV_CODE, SCARD_E_INVALID_PARAMETER, -1},
            {0x6B00, STATUS_CHV_CODE, SCARD_E_INVALID_PARAMETER, -1},
            {0x6A88, STATUS_CHV_CODE, SCARD_E_INVALID_PARAMETER, -1},
            {0x9804, STATUS_CHV_CODE, SCARD_W_WRONG_CHV, -1},
            {0x9840, STATUS_CHV_CODE, SCARD_W_CHV_BLOCKED, 0},
            {0x9808, STATUS_CHV_CODE, SCARD_W_SECURITY_VIOLATION, -1},
            {0x9802, STATUS_CHV_CODE, SCARD_E_INVALID_PARAMETER, -1},
            {0x6F00, STATUS_CHV_CODE, SCARD_E_UNEXPECTED, -1},
            {0x6101, STATUS_CHV_CODE, SCARD_E_UNEXPECTED, -1},
            {0x0000, STATUS_CHV_CODE, SCARD_E_UNEXPECTED, -1},
            {0xFFFF, STATUS_CHV_CODE, SCARD_E_UNEXPECTED, -1},
            /* 64xx means something only where the reader put it */
            {0x6400, STATUS_CHV_CODE, SCARD_E_UNEXPECTED, -1},
            {0x6401, STATUS_CHV_CHECK_ONLY, SCARD_E_UNEXPECTED, -1},
            {0x6400, STATUS_CHV_PINPAD, SCARD_E_TIMEOUT, -1},
            {0x6401, STATUS_CHV_PINPAD, SCARD_W_CANCELLED_BY_USER, -1},
            {0x6402, STATUS_CHV_PINPAD, SCARD_E_INVALID_CHV, -1},
            {0x6403, STATUS_CHV_PINPAD, SCARD_E_INVALID_CHV, -1},
            {0x63C1, STATUS_CHV_PINPAD, SCARD_W_WRONG_CHV, 1},
            {0x9000, STATUS_CHV_PINPAD, SCARD_S_SUCCESS, -1},
            /* a question, not an attempt */
            {0x9000, STATUS_CHV_CHECK_ONLY, SCARD_S_SUCCESS, -1},
            {0x63C3, STATUS_CHV_CHECK_ONLY, SCARD_W_CARD_NOT_AUTHENTICATED, 3},
            {0x63C0, STATUS_CHV_CHECK_ONLY, SCARD_W_CHV_BLOCKED, 0},
            {0x6983, STATUS_CHV_CHECK_ONLY, SCARD_W_CHV_BLOCKED, 0},
        };

        (void)state;
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                int tries = 99;
                int32_t status = status_from_chv_sw(rows[i].sw, rows[i].mode, &tries);

                if (status != rows[i].status || tries != rows[i].tries)
                        fail_msg("%04X in mode %d: 0x%08X, %d tries", rows[i].sw, (int)rows[i].mode,
                                 (unsigned)status, tries);
                assert_int_equal(status_from_chv_sw(rows[i].sw, rows[i].mode, NULL), rows[i].status);
        }
}

/* Nothing but 9000 says that a code was right. */
static void chv_success_is_9000_alone(void **state)
{
        (void)state;
        for (unsigned sw = 0; sw <= 0xFFFF; sw++)
                for (int mode = STATUS_CHV_CODE; mode <= STATUS_CHV_PINPAD; mode++)
                        assert_int_equal(
                            status_ok(status_from_chv_sw((uint16_t)sw, (enum status_chv_mode)mode, NULL)),
                            sw == 0x9000);
}

static void command_status_words_have_their_codes(void **state)
{
        static const struct {
                uint16_t sw;
                int32_t status;
        } rows[] = {
            {0x9000, SCARD_S_SUCCESS},
            {0x6100, SCARD_S_SUCCESS},
            {0x61FF, SCARD_S_SUCCESS},
            {0x6C10, SCARD_E_UNEXPECTED}, /* what is left of it when it was repeated */
            {0x6282, SCARD_W_EOF},
            {0x6283, SCARD_E_NO_ACCESS},
            {0x6981, SCARD_E_NO_FILE},
            {0x6982, SCARD_W_SECURITY_VIOLATION},
            {0x6985, SCARD_E_NO_ACCESS},
            {0x6986, SCARD_E_NO_FILE},
            {0x6A82, SCARD_E_FILE_NOT_FOUND},
            {0x6A83, SCARD_E_BAD_SEEK},
            {0x6A84, SCARD_E_WRITE_TOO_MANY},
            {0x6A89, SCARD_E_INVALID_PARAMETER},
            {0x6A8A, SCARD_E_INVALID_PARAMETER},
            {0x6B00, SCARD_E_BAD_SEEK},
            {0x6700, SCARD_E_INVALID_PARAMETER},
            {0x6A80, SCARD_E_INVALID_PARAMETER},
            {0x6A86, SCARD_E_INVALID_PARAMETER},
            {0x6A87, SCARD_E_INVALID_PARAMETER},
            {0x6581, SCARD_F_COMM_ERROR},
            {0x6D00, SCARD_E_UNSUPPORTED_FEATURE},
            {0x6E00, SCARD_E_UNSUPPORTED_FEATURE},
            {0x6A81, SCARD_E_UNSUPPORTED_FEATURE},
            {0x6881, SCARD_E_UNSUPPORTED_FEATURE},
            {0x688F, SCARD_E_UNSUPPORTED_FEATURE},
            {0x6F00, SCARD_E_UNEXPECTED},
            {0x6281, SCARD_E_UNEXPECTED},
            {0x63C2, SCARD_E_UNEXPECTED},
            {0x0000, SCARD_E_UNEXPECTED},
        };

        (void)state;
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
                if (status_from_sw(rows[i].sw, false) != rows[i].status)
                        fail_msg("%04X: 0x%08X", rows[i].sw, (unsigned)status_from_sw(rows[i].sw, false));
        assert_int_equal(status_from_sw(0x6A82, true), SCARD_E_DIR_NOT_FOUND);
        assert_int_equal(status_from_sw(0x6A83, true), SCARD_E_BAD_SEEK);
}

static void slot_errors_have_their_codes(void **state)
{
        static const struct {
                uint8_t error;
                bool absent;
                enum status_slot_op op;
                int32_t status;
        } rows[] = {
            {0xFE, true, STATUS_SLOT_POWER_ON, SCARD_W_REMOVED_CARD},
            {0xFE, true, STATUS_SLOT_EXCHANGE, SCARD_W_REMOVED_CARD},
            {0xFE, false, STATUS_SLOT_POWER_ON, SCARD_W_UNRESPONSIVE_CARD},
            {0xFB, true, STATUS_SLOT_EXCHANGE, SCARD_W_REMOVED_CARD},
            {0xFD, false, STATUS_SLOT_EXCHANGE, SCARD_E_COMM_DATA_LOST},
            {0xFC, false, STATUS_SLOT_EXCHANGE, SCARD_E_COMM_DATA_LOST},
            {0xFB, false, STATUS_SLOT_EXCHANGE, SCARD_F_COMM_ERROR},
            {0xF4, false, STATUS_SLOT_EXCHANGE, SCARD_F_COMM_ERROR},
            {0xF8, false, STATUS_SLOT_POWER_ON, SCARD_W_UNSUPPORTED_CARD},
            {0xF7, false, STATUS_SLOT_POWER_ON, SCARD_W_UNSUPPORTED_CARD},
            {0xF6, false, STATUS_SLOT_POWER_ON, SCARD_W_UNSUPPORTED_CARD},
            {0xF5, false, STATUS_SLOT_POWER_ON, SCARD_W_UNSUPPORTED_CARD},
            {0xF3, false, STATUS_SLOT_EXCHANGE, SCARD_E_PROTO_MISMATCH},
            {0xF2, false, STATUS_SLOT_EXCHANGE, SCARD_E_NOT_READY},
            {0xF0, false, STATUS_SLOT_SECURE, SCARD_E_TIMEOUT},
            {0xEF, false, STATUS_SLOT_SECURE, SCARD_W_CANCELLED_BY_USER},
            {0xE0, false, STATUS_SLOT_EXCHANGE, SCARD_E_NOT_READY},
            {0xE0, true, STATUS_SLOT_EXCHANGE, SCARD_E_NOT_READY},
            {0xFF, false, STATUS_SLOT_EXCHANGE, SCARD_E_CANCELLED},
            {0xFF, true, STATUS_SLOT_EXCHANGE, SCARD_E_CANCELLED},
            {0x00, false, STATUS_SLOT_OTHER, SCARD_E_UNSUPPORTED_FEATURE},
            {0x00, true, STATUS_SLOT_OTHER, SCARD_E_UNSUPPORTED_FEATURE},
            {0x05, false, STATUS_SLOT_OTHER, SCARD_E_READER_UNAVAILABLE},
            {0x05, true, STATUS_SLOT_POWER_ON, SCARD_E_READER_UNAVAILABLE},
            {0x07, false, STATUS_SLOT_POWER_ON, SCARD_W_UNSUPPORTED_CARD},
            {0x07, false, STATUS_SLOT_EXCHANGE, SCARD_F_COMM_ERROR},
            {0x01, false, STATUS_SLOT_EXCHANGE, SCARD_F_COMM_ERROR},
            {0x81, false, STATUS_SLOT_EXCHANGE, SCARD_F_COMM_ERROR},
            {0xC0, false, STATUS_SLOT_EXCHANGE, SCARD_F_COMM_ERROR},
        };

        (void)state;
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                int32_t status = status_from_slot_error(rows[i].error, rows[i].absent, rows[i].op);

                if (status != rows[i].status)
                        fail_msg("bError %02X, absent %d, op %d: 0x%08X", rows[i].error, rows[i].absent,
                                 (int)rows[i].op, (unsigned)status);
        }
}

/* A failed message is never read as a success. */
static void slot_errors_are_never_success(void **state)
{
        (void)state;
        for (unsigned error = 0; error <= 0xFF; error++)
                for (int op = STATUS_SLOT_POWER_ON; op <= STATUS_SLOT_OTHER; op++) {
                        assert_false(status_ok(
                            status_from_slot_error((uint8_t)error, false, (enum status_slot_op)op)));
                        assert_false(
                            status_ok(status_from_slot_error((uint8_t)error, true, (enum status_slot_op)op)));
                }
}

/* 01 to 34 and 65 to 72, and success: 67 codes. */
static void every_scard_code_has_a_name_and_a_text(void **state)
{
        unsigned count = 0;

        (void)state;
        for (uint32_t code = 0x80100000u; code <= 0x801001FFu; code++) {
                uint32_t low = code & 0x1FFu;
                bool known = (low >= 0x01 && low <= 0x34) || (low >= 0x65 && low <= 0x72);
                const char *name = status_name((int32_t)code);
                int32_t back = 0;

                assert_int_equal(name != NULL, known);
                assert_int_equal(status_text((int32_t)code) != NULL, known);
                if (name == NULL)
                        continue;
                count++;
                assert_true(status_from_name(name, &back));
                assert_int_equal(back, (int32_t)code);
                assert_true(strlen(status_text((int32_t)code)) > 5);
        }
        assert_int_equal(count, 66);
        assert_string_equal(status_name(0), "SCARD_S_SUCCESS");
        assert_string_equal(status_name((int32_t)0x8010006B), "SCARD_W_WRONG_CHV");
        assert_string_equal(status_name((int32_t)0x8010001F), "SCARD_E_UNEXPECTED");
        assert_string_equal(status_name((int32_t)0x80100022), "SCARD_E_UNSUPPORTED_FEATURE");
        assert_string_equal(status_text((int32_t)0x8010006B), "wrong code");
        assert_null(status_name(1));
        assert_null(status_name((int32_t)0x80070057));
}

static void names_are_found_in_any_case(void **state)
{
        int32_t code = 5;

        (void)state;
        assert_true(status_from_name("scard_w_chv_blocked", &code));
        assert_int_equal(code, SCARD_W_CHV_BLOCKED);
        assert_true(status_from_name("SCARD_S_SUCCESS", &code));
        assert_int_equal(code, 0);
        code = 5;
        assert_false(status_from_name("SCARD_W_CHV", &code));
        assert_int_equal(code, 0);
        assert_false(status_from_name("", &code));
        assert_false(status_from_name(NULL, &code));
}

static void check_words(uint16_t sw, const char *wanted)
{
        char buf[100];

        assert_ptr_equal(status_sw_text(sw, buf, sizeof(buf)), buf);
        assert_string_equal(buf, wanted);
}

static void status_words_are_put_into_words(void **state)
{
        (void)state;
        check_words(0x9000, "success");
        check_words(0x63C2, "wrong code, 2 tries left");
        check_words(0x63C1, "wrong code, 1 try left");
        check_words(0x63C0, "wrong code, no try left");
        check_words(0x6110, "success, 16 more bytes available");
        check_words(0x6100, "success, 256 more bytes available");
        check_words(0x6C01, "wrong Le, 1 byte available");
        check_words(0x6983, "the authentication method is blocked");
        check_words(0x69FF, "the command is not allowed");
        check_words(0x9804, "GSM: wrong code, or access refused");
        check_words(0x9F16, "GSM: success, 22 bytes available");
        check_words(0x6D01, "a status word that no standard known here defines");
        check_words(0x6000, "not a status word");
        check_words(0x0000, "not a status word");
}

static void every_status_word_has_words_and_the_buffer_is_kept(void **state)
{
        char buf[120];

        (void)state;
        for (unsigned sw = 0; sw <= 0xFFFF; sw++) {
                memset(buf, 'x', sizeof(buf));
                status_sw_text((uint16_t)sw, buf, 100);
                assert_non_null(memchr(buf, '\0', 99)); /* whole, not cut */
                assert_true(buf[0] != '\0');
                status_sw_text((uint16_t)sw, buf, 4);
                assert_int_equal(strlen(buf), 3);
        }
}

static void wipe_overwrites(void **state)
{
        uint8_t secret[40];

        (void)state;
        memset(secret, 0x31, sizeof(secret));
        wipe(secret + 4, 32);
        for (size_t i = 0; i < sizeof(secret); i++)
                assert_int_equal(secret[i], i < 4 || i >= 36 ? 0x31 : 0);
        wipe(NULL, 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(chv_status_words_have_their_codes_and_tries),
            cmocka_unit_test(chv_success_is_9000_alone),
            cmocka_unit_test(command_status_words_have_their_codes),
            cmocka_unit_test(slot_errors_have_their_codes),
            cmocka_unit_test(slot_errors_are_never_success),
            cmocka_unit_test(every_scard_code_has_a_name_and_a_text),
            cmocka_unit_test(names_are_found_in_any_case),
            cmocka_unit_test(status_words_are_put_into_words),
            cmocka_unit_test(every_status_word_has_words_and_the_buffer_is_kept),
            cmocka_unit_test(wipe_overwrites),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
