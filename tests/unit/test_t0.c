/*
 * Tests of src/core/t0.c. The case names are those of ISO/IEC 7816-3:2006 12.2; EMV: EMV 4.3 Book 1 annex A;
 * SIM: TS 51.011; PIV: NIST SP 800-73-4.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "scarderr.h"

#include "core/apdu.h"
#include "core/t0.h"

#define HEX_MAX 1024

static size_t from_hex(const char *hex, uint8_t *out)
{
        size_t len = 0;
        unsigned value;

        for (; hex[0] != '\0'; hex += hex[0] == ' ' ? 1 : 2)
                if (hex[0] != ' ') {
                        assert_int_equal(sscanf(hex, "%2x", &value), 1);
                        assert_true(len < HEX_MAX);
                        out[len++] = (uint8_t)value;
                }
        return len;
}

/* One TPDU that has to be sent, and what the card answers. */
struct step {
        const char *sent, *answer;
};

/* Runs an APDU against a script; the steps end with a NULL. Returns the status; *rsp is rsp_cap bytes. */
static int32_t run(struct t0 *t0, const char *apdu_hex, const struct step *steps, uint8_t *rsp,
                   size_t rsp_cap)
{
        uint8_t apdu[HEX_MAX], wanted[HEX_MAX], answer[HEX_MAX];
        struct t0_tpdu tpdu;
        int32_t status;

        status = t0_start(t0, apdu, from_hex(apdu_hex, apdu), rsp, rsp_cap);
        while (status == SCARD_S_SUCCESS && t0_next(t0, &tpdu)) {
                if (steps->sent == NULL)
                        fail_msg("a TPDU too many: %02X %02X ... P3 %02X", tpdu.cmd[0], tpdu.cmd[1],
                                 tpdu.cmd[4]);
                assert_int_equal(tpdu.cmd_len, from_hex(steps->sent, wanted));
                assert_memory_equal(tpdu.cmd, wanted, tpdu.cmd_len);
                status = t0_answer(t0, answer, from_hex(steps->answer, answer));
                steps++;
        }
        assert_null(steps->sent);
        assert_false(t0_next(t0, &tpdu));
        assert_null(tpdu.cmd);
        return status;
}

static void expect(const char *apdu, const struct step *steps, const char *response)
{
        uint8_t rsp[600], wanted[HEX_MAX];
        size_t wanted_len = from_hex(response, wanted);
        struct t0 t0;

        assert_int_equal(run(&t0, apdu, steps, rsp, sizeof(rsp)), SCARD_S_SUCCESS);
        t0_end(&t0);
        assert_int_equal(t0.rsp_len, wanted_len);
        assert_memory_equal(rsp, wanted, wanted_len);
}

/* Fails with status, and neither a length nor data of the card are left. */
static void expect_failure(const char *apdu, const struct step *steps, size_t cap, int32_t status)
{
        uint8_t rsp[600];
        struct t0 t0;

        memset(rsp, 0, sizeof(rsp));
        assert_int_equal(run(&t0, apdu, steps, rsp, cap), status);
        assert_int_equal(t0.rsp_len, 0);
        for (size_t i = 0; i < sizeof(rsp); i++)
                assert_int_equal(rsp[i], 0);
        t0_end(&t0);
}

#define STEPS(...) ((const struct step[]){__VA_ARGS__, {NULL, NULL}})
#define NO_STEPS   ((const struct step[]){{NULL, NULL}})

static void t0_case_1_has_p3_00(void **state)
{
        (void)state;
        expect("00 20 00 81", STEPS({"00 20 00 81 00", "63 C3"}), "63 C3");
        /* 61xx and 6Cxx are nothing that a command without Le asked for */
        expect("00 44 00 00", STEPS({"00 44 00 00 00", "61 10"}), "61 10");
        expect("00 44 00 00", STEPS({"00 44 00 00 00", "6C 10"}), "6C 10");
}

/* EMV 4.3 Book 1 A.2: READ RECORD, GET CHALLENGE */
static void t0_case_2_takes_data_and_repeats_after_6Cxx(void **state)
{
        (void)state;
        expect("00 84 00 00 08", STEPS({"00 84 00 00 08", "01 02 03 04 05 06 07 08 90 00"}),
               "01 02 03 04 05 06 07 08 90 00");
        expect("00 B2 01 0C 00", STEPS({"00 B2 01 0C 00", "6C 03"}, {"00 B2 01 0C 03", "AA BB CC 90 00"}),
               "AA BB CC 90 00");
        /* 2S.2: definitely not accepted */
        expect("00 B0 00 00 10", STEPS({"00 B0 00 00 10", "67 00"}), "67 00");
        /* fewer bytes than asked for, with a warning, are an answer */
        expect("00 B0 00 00 10", STEPS({"00 B0 00 00 10", "AA 62 82"}), "AA 62 82");
        /* 2S.3, Na over Ne: the first Ne bytes */
        expect("00 B0 00 00 02", STEPS({"00 B0 00 00 02", "6C 03"}, {"00 B0 00 00 03", "AA BB CC 90 00"}),
               "AA BB 90 00");
        /* 2S.4: 9xyz without change */
        expect("00 B0 00 00 02", STEPS({"00 B0 00 00 02", "91 10"}), "91 10");
}

static void t0_case_2_collects_after_61xx_up_to_ne(void **state)
{
        (void)state;
        expect("00 CA 00 6E 00", STEPS({"00 CA 00 6E 00", "61 03"}, {"00 C0 00 00 03", "AA BB CC 90 00"}),
               "AA BB CC 90 00");
        expect("00 CA 00 6E 05",
               STEPS({"00 CA 00 6E 05", "01 02 61 09"}, {"00 C0 00 00 03", "03 04 05 61 06"}),
               "01 02 03 04 05 61 06");
}

/* UPDATE BINARY; VERIFY of a PIV card: code padded with FF to 8 */
static void t0_case_3_sends_data_and_returns_the_status(void **state)
{
        (void)state;
        expect("00 20 00 80 08 31 32 33 34 35 36 FF FF",
               STEPS({"00 20 00 80 08 31 32 33 34 35 36 FF FF", "90 00"}), "90 00");
        expect("00 20 00 80 08 31 32 33 34 35 36 FF FF",
               STEPS({"00 20 00 80 08 31 32 33 34 35 36 FF FF", "63 C2"}), "63 C2");
        expect("00 D6 00 00 01 AA", STEPS({"00 D6 00 00 01 AA", "61 10"}), "61 10");
        expect("00 D6 00 00 01 AA", STEPS({"00 D6 00 00 01 AA", "6C 10"}), "6C 10");
        /* SELECT of MF in a SIM: TS 51.011 9.2.1, the application asks for the 22 bytes by itself */
        expect("A0 A4 00 00 02 3F 00", STEPS({"A0 A4 00 00 02 3F 00", "9F 16"}), "9F 16");
        expect("A0 C0 00 00 03", STEPS({"A0 C0 00 00 03", "00 00 01 90 00"}), "00 00 01 90 00");
}

/* EMV 4.3 Book 1 A.5: SELECT with 61xx; then with 6Cxx after it */
static void t0_case_4_fetches_the_answer(void **state)
{
        (void)state;
        /* 4S.3 */
        expect("00 A4 04 00 02 A0 00 00",
               STEPS({"00 A4 04 00 02 A0 00", "61 04"}, {"00 C0 00 00 04", "6F 02 84 00 90 00"}),
               "6F 02 84 00 90 00");
        /* P3 is the smaller of Na and Ne */
        expect("00 A4 04 00 02 A0 00 02",
               STEPS({"00 A4 04 00 02 A0 00", "61 04"}, {"00 C0 00 00 02", "6F 02 61 02"}), "6F 02 61 02");
        /* 4S.2: P3 = Le, and the card says how much there is */
        expect("00 88 00 00 01 AA 00",
               STEPS({"00 88 00 00 01 AA", "90 00"}, {"00 C0 00 00 00", "6C 02"},
                     {"00 C0 00 00 02", "BB CC 90 00"}),
               "BB CC 90 00");
        /* the card has more than one GET RESPONSE fetches */
        expect("00 CB 3F FF 01 AA 00",
               STEPS({"00 CB 3F FF 01 AA", "61 02"}, {"00 C0 00 00 02", "01 02 61 01"},
                     {"00 C0 00 00 01", "03 90 00"}),
               "01 02 03 90 00");
        /* what GET RESPONSE ends with is the status */
        expect("00 CB 3F FF 01 AA 00",
               STEPS({"00 CB 3F FF 01 AA", "61 02"}, {"00 C0 00 00 02", "01 02 62 82"}), "01 02 62 82");
}

static void t0_case_4_errors_and_warnings_come_back_unchanged(void **state)
{
        static const char *const words[] = {"6A 82", "69 82", "62 83", "63 C1", "91 0A",
                                            "98 04", "67 00", "6C 10", "64 00", "9F 10"};

        (void)state;
        for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
                expect("00 A4 04 00 01 A0 00", STEPS({"00 A4 04 00 01 A0", words[i]}), words[i]);
}

static void t0_case_4_without_answer_data_keeps_the_commands_status(void **state)
{
        (void)state;
        expect("00 D6 00 00 01 AA 00", STEPS({"00 D6 00 00 01 AA", "90 00"}, {"00 C0 00 00 00", "6D 00"}),
               "90 00");
        expect("00 D6 00 00 01 AA 00", STEPS({"00 D6 00 00 01 AA", "90 00"}, {"00 C0 00 00 00", "90 00"}),
               "90 00");
        /* but after 61xx the refusal is the news */
        expect("00 D6 00 00 01 AA 00", STEPS({"00 D6 00 00 01 AA", "61 05"}, {"00 C0 00 00 05", "6F 00"}),
               "6F 00");
}

static void t0_extended_commands_that_fit_go_as_short_ones(void **state)
{
        (void)state;
        expect("00 84 00 00 00 00 08", STEPS({"00 84 00 00 08", "01 02 03 04 05 06 07 08 90 00"}),
               "01 02 03 04 05 06 07 08 90 00");
        expect("00 D6 00 00 00 00 01 AA", STEPS({"00 D6 00 00 01 AA", "90 00"}), "90 00");
        expect("00 CB 3F FF 00 00 01 AA 01 00",
               STEPS({"00 CB 3F FF 01 AA", "61 01"}, {"00 C0 00 00 01", "01 90 00"}), "01 90 00");
        /* 2E.2: Ne over 256 begins with P3 = 00 */
        expect("00 B0 00 00 00 00 00", STEPS({"00 B0 00 00 00", "6C 01"}, {"00 B0 00 00 01", "AA 90 00"}),
               "AA 90 00");
}

static void t0_nc_over_255_is_refused_before_anything_is_sent(void **state)
{
        static uint8_t apdu[7 + 256] = {0x00, 0xD6, 0x00, 0x00, 0x00, 0x01, 0x00};
        uint8_t rsp[2];
        struct t0_tpdu tpdu;
        struct t0 t0;

        (void)state;
        assert_int_equal(t0_start(&t0, apdu, sizeof(apdu), rsp, sizeof(rsp)), SCARD_E_INVALID_PARAMETER);
        assert_false(t0_next(&t0, &tpdu));
        assert_int_equal(t0_answer(&t0, rsp, 2), SCARD_E_UNEXPECTED);
}

static void t0_refuses_what_is_no_command(void **state)
{
        uint8_t rsp[2];
        struct t0 t0;

        (void)state;
        expect_failure("00 A4 04", NO_STEPS, 600, SCARD_E_INVALID_PARAMETER);
        expect_failure("00 A4 04 00 02 A0", NO_STEPS, 600, SCARD_E_INVALID_PARAMETER);
        assert_int_equal(t0_start(&t0, NULL, 0, rsp, 2), SCARD_E_INVALID_PARAMETER);
        expect_failure("00 A4 04 00", NO_STEPS, 1, SCARD_E_INSUFFICIENT_BUFFER);
        assert_int_equal(t0_start(&t0, (const uint8_t *)"\0\0\0\0", 4, NULL, 2), SCARD_E_INSUFFICIENT_BUFFER);
}

static void t0_gathers_65536_bytes(void **state)
{
        static const uint8_t apdu[] = {0x00, 0xB0, 0x00, 0x00, 0x00, 0x00, 0x00};
        static uint8_t rsp[APDU_RESPONSE_MAX];
        uint8_t answer[T0_ANSWER_MAX];
        struct t0_tpdu tpdu;
        struct t0 t0;
        size_t given = 0;

        (void)state;
        assert_int_equal(t0_start(&t0, apdu, sizeof(apdu), rsp, sizeof(rsp)), SCARD_S_SUCCESS);
        while (t0_next(&t0, &tpdu)) {
                assert_int_equal(tpdu.cmd_len, 5);
                assert_int_equal(tpdu.cmd[1], given == 0 ? 0xB0 : 0xC0);
                assert_int_equal(tpdu.cmd[4], 0x00);
                assert_int_equal(tpdu.rsp_max, 258);
                memset(answer, (int)(given >> 8), 256);
                given += 256;
                answer[256] = given < 65536 ? 0x61 : 0x90;
                answer[257] = 0x00;
                assert_int_equal(t0_answer(&t0, answer, sizeof(answer)), SCARD_S_SUCCESS);
        }
        t0_end(&t0);
        assert_int_equal(given, 65536);
        assert_int_equal(t0.rsp_len, 65538);
        for (size_t i = 0; i < 65536; i++)
                if (rsp[i] != (uint8_t)(i >> 8))
                        fail_msg("byte %zu is %02X", i, rsp[i]);
        assert_int_equal(apdu_sw(rsp, t0.rsp_len), 0x9000);
}

/* Gives the same answer for ever; returns what ended it and how many TPDUs that took. */
static int32_t repeat(const char *apdu_hex, const char *first, const char *answer_hex, unsigned *tpdus)
{
        static uint8_t rsp[APDU_RESPONSE_MAX];
        uint8_t apdu[HEX_MAX], answer[HEX_MAX];
        struct t0_tpdu tpdu;
        struct t0 t0;
        int32_t status;

        status = t0_start(&t0, apdu, from_hex(apdu_hex, apdu), rsp, sizeof(rsp));
        for (*tpdus = 0; status == SCARD_S_SUCCESS && t0_next(&t0, &tpdu); ++*tpdus) {
                assert_true(*tpdus < 10000);
                status = t0_answer(&t0, answer, from_hex(*tpdus == 0 ? first : answer_hex, answer));
        }
        if (status != SCARD_S_SUCCESS)
                assert_int_equal(t0.rsp_len, 0);
        t0_end(&t0);
        return status;
}

static void t0_endless_61xx_ends_in_data_lost(void **state)
{
        unsigned tpdus;

        (void)state;
        assert_int_equal(repeat("00 CA 00 6E 00", "61 10", "61 10", &tpdus), SCARD_E_COMM_DATA_LOST);
        assert_true(tpdus < 10);
        assert_int_equal(repeat("00 CB 3F FF 01 AA 00", "61 00", "61 00", &tpdus), SCARD_E_COMM_DATA_LOST);
        assert_true(tpdus < 10);
        /* a byte at a time is no way to 65,536 */
        assert_int_equal(repeat("00 B0 00 00 00 00 00", "61 01", "AA 61 01", &tpdus), SCARD_E_COMM_DATA_LOST);
        assert_true(tpdus < 5000);
        assert_int_equal(repeat("00 B0 00 00 00", "61 01", "AA 61 01", &tpdus), SCARD_E_COMM_DATA_LOST);
        assert_true(tpdus < 40);
}

static void t0_endless_6Cxx_ends_in_data_lost(void **state)
{
        unsigned tpdus;

        (void)state;
        assert_int_equal(repeat("00 B0 00 00 00", "6C 10", "6C 10", &tpdus), SCARD_E_COMM_DATA_LOST);
        assert_true(tpdus < 10);
        assert_int_equal(repeat("00 A4 04 00 01 A0 00", "61 10", "6C 10", &tpdus), SCARD_E_COMM_DATA_LOST);
        assert_true(tpdus < 10);
        assert_int_equal(repeat("00 A4 04 00 01 A0 00", "90 00", "6C 00", &tpdus), SCARD_E_COMM_DATA_LOST);
        assert_true(tpdus < 10);
}

static void t0_a_short_buffer_is_said_and_nothing_is_cut(void **state)
{
        uint8_t rsp[600];
        struct t0 t0;

        (void)state;
        expect_failure("00 84 00 00 08", STEPS({"00 84 00 00 08", "01 02 03 04 05 06 07 08 90 00"}), 9,
                       SCARD_E_INSUFFICIENT_BUFFER);
        /* the data that came before do not stay behind */
        expect_failure("00 CA 00 6E 00",
                       STEPS({"00 CA 00 6E 00", "01 02 61 03"}, {"00 C0 00 00 03", "03 04 05 90 00"}), 6,
                       SCARD_E_INSUFFICIENT_BUFFER);
        assert_int_equal(run(&t0, "00 84 00 00 04", STEPS({"00 84 00 00 04", "01 02 03 04 90 00"}), rsp, 5),
                         SCARD_E_INSUFFICIENT_BUFFER);
        assert_int_equal(t0.rsp_needed, 6);
        /* just enough */
        assert_int_equal(run(&t0, "00 84 00 00 04", STEPS({"00 84 00 00 04", "01 02 03 04 90 00"}), rsp, 6),
                         SCARD_S_SUCCESS);
        assert_int_equal(t0.rsp_len, 6);
}

static void t0_an_answer_of_the_wrong_length_is_an_error(void **state)
{
        (void)state;
        expect_failure("00 84 00 00 02", STEPS({"00 84 00 00 02", "01 02 03 90 00"}), 600,
                       SCARD_F_COMM_ERROR);
        expect_failure("00 84 00 00 02", STEPS({"00 84 00 00 02", "90"}), 600, SCARD_F_COMM_ERROR);
        expect_failure("00 84 00 00 02", STEPS({"00 84 00 00 02", ""}), 600, SCARD_F_COMM_ERROR);
        /* case 1, 3 and the first TPDU of case 4 have no data to give */
        expect_failure("00 44 00 00", STEPS({"00 44 00 00 00", "AA 90 00"}), 600, SCARD_F_COMM_ERROR);
        expect_failure("00 D6 00 00 01 AA", STEPS({"00 D6 00 00 01 AA", "AA 90 00"}), 600,
                       SCARD_F_COMM_ERROR);
        expect_failure("00 A4 00 00 01 AA 00", STEPS({"00 A4 00 00 01 AA", "AA 90 00"}), 600,
                       SCARD_F_COMM_ERROR);
        expect_failure("00 CA 00 6E 05",
                       STEPS({"00 CA 00 6E 05", "01 02 61 03"}, {"00 C0 00 00 03", "03 04 05 06 90 00"}), 600,
                       SCARD_F_COMM_ERROR);
}

/* 10.3.3: SW1 is 6x or 9x, and 60 is the NULL procedure byte */
static void t0_what_is_no_status_word_is_an_error(void **state)
{
        static const char *const words[] = {"60 00", "00 00", "FF FF", "84 00", "A0 90"};

        (void)state;
        for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
                expect_failure("00 84 00 00 02", STEPS({"00 84 00 00 02", words[i]}), 600,
                               SCARD_F_COMM_ERROR);
}

/* ISO/IEC 7816-4 5.1.1; TS 51.011 9.2; ETSI TS 102 221 10.1.1 */
static void t0_get_response_keeps_the_channel_and_no_more(void **state)
{
        static const struct {
                uint8_t cla, wanted;
        } rows[] = {
            {0x00, 0x00}, {0x03, 0x03}, {0x0C, 0x00}, {0x0E, 0x02}, {0x10, 0x00}, {0x1F, 0x03},
            {0x40, 0x40}, {0x4F, 0x4F}, {0x60, 0x40}, {0x7F, 0x4F}, {0x80, 0x00}, {0x84, 0x00},
            {0x81, 0x01}, {0xA0, 0xA0}, {0xBC, 0xBC}, {0xC2, 0x42}, {0xE1, 0x41}, {0xF0, 0xF0},
        };

        (void)state;
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
                if (t0_get_response_class(rows[i].cla) != rows[i].wanted)
                        fail_msg("%02X gives %02X", rows[i].cla, t0_get_response_class(rows[i].cla));
        expect("8C CA 00 00 01 AA 00", STEPS({"8C CA 00 00 01 AA", "61 01"}, {"00 C0 00 00 01", "BB 90 00"}),
               "BB 90 00");
        expect("02 CA 00 00 01 AA 00", STEPS({"02 CA 00 00 01 AA", "61 01"}, {"02 C0 00 00 01", "BB 90 00"}),
               "BB 90 00");
}

static void t0_end_wipes_the_command(void **state)
{
        static const uint8_t apdu[] = {0x00, 0x20, 0x00, 0x81, 0x04, 0x31, 0x32, 0x33, 0x34};
        uint8_t rsp[2];
        struct t0_tpdu tpdu;
        struct t0 t0;

        (void)state;
        assert_int_equal(t0_start(&t0, apdu, sizeof(apdu), rsp, sizeof(rsp)), SCARD_S_SUCCESS);
        assert_true(t0_next(&t0, &tpdu));
        t0_end(&t0);
        for (size_t i = 0; i < sizeof(t0.cmd); i++)
                assert_int_equal(t0.cmd[i], 0);
        assert_false(t0_next(&t0, &tpdu));
        memset(&t0, 0, sizeof(t0));
        t0_end(&t0);
}

/* The reader fails between two TPDUs. */
static void t0_end_in_the_middle_leaves_no_data(void **state)
{
        static const uint8_t apdu[] = {0x00, 0xCA, 0x00, 0x6E, 0x00};
        static const uint8_t answer[] = {0xAA, 0xBB, 0x61, 0x05};
        uint8_t rsp[300] = {0};
        struct t0 t0;

        (void)state;
        assert_int_equal(t0_start(&t0, apdu, sizeof(apdu), rsp, sizeof(rsp)), SCARD_S_SUCCESS);
        assert_int_equal(t0_answer(&t0, answer, sizeof(answer)), SCARD_S_SUCCESS);
        assert_int_equal(rsp[0], 0xAA);
        t0_end(&t0);
        assert_int_equal(rsp[0], 0);
        assert_int_equal(rsp[1], 0);
        assert_int_equal(t0.rsp_len, 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(t0_case_1_has_p3_00),
            cmocka_unit_test(t0_case_2_takes_data_and_repeats_after_6Cxx),
            cmocka_unit_test(t0_case_2_collects_after_61xx_up_to_ne),
            cmocka_unit_test(t0_case_3_sends_data_and_returns_the_status),
            cmocka_unit_test(t0_case_4_fetches_the_answer),
            cmocka_unit_test(t0_case_4_errors_and_warnings_come_back_unchanged),
            cmocka_unit_test(t0_case_4_without_answer_data_keeps_the_commands_status),
            cmocka_unit_test(t0_extended_commands_that_fit_go_as_short_ones),
            cmocka_unit_test(t0_nc_over_255_is_refused_before_anything_is_sent),
            cmocka_unit_test(t0_refuses_what_is_no_command),
            cmocka_unit_test(t0_gathers_65536_bytes),
            cmocka_unit_test(t0_endless_61xx_ends_in_data_lost),
            cmocka_unit_test(t0_endless_6Cxx_ends_in_data_lost),
            cmocka_unit_test(t0_a_short_buffer_is_said_and_nothing_is_cut),
            cmocka_unit_test(t0_an_answer_of_the_wrong_length_is_an_error),
            cmocka_unit_test(t0_what_is_no_status_word_is_an_error),
            cmocka_unit_test(t0_get_response_keeps_the_channel_and_no_more),
            cmocka_unit_test(t0_end_wipes_the_command),
            cmocka_unit_test(t0_end_in_the_middle_leaves_no_data),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
