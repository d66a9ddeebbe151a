/*
 * Tests of src/core/apdu.c. Clauses: ISO/IEC 7816-3:2006 12.1.3.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "scarderr.h"

#include "core/apdu.h"

static uint8_t big[APDU_COMMAND_MAX + 1];

/* A command of len bytes: 00 A4 04 00, then body, then zeros. */
static const uint8_t *command(const uint8_t *body, size_t body_len)
{
        static const uint8_t header[4] = {0x00, 0xA4, 0x04, 0x0C};

        memset(big, 0, sizeof(big));
        memcpy(big, header, sizeof(header));
        if (body_len > 0)
                memcpy(big + 4, body, body_len);
        return big;
}

static void check(const uint8_t *body, size_t body_len, size_t len, enum apdu_case form, size_t nc, size_t ne)
{
        const uint8_t *bytes = command(body, body_len);
        uint8_t *exact = malloc(len); /* a read behind the command is seen by the address sanitizer */
        struct apdu apdu;

        assert_non_null(exact);
        memcpy(exact, bytes, len);
        assert_int_equal(apdu_parse(&apdu, exact, len), SCARD_S_SUCCESS);
        assert_int_equal(apdu.form, form);
        assert_int_equal(apdu.nc, nc);
        assert_int_equal(apdu.ne, ne);
        assert_int_equal(apdu.cla, 0x00);
        assert_int_equal(apdu.ins, 0xA4);
        assert_int_equal(apdu.p1, 0x04);
        assert_int_equal(apdu.p2, 0x0C);
        assert_int_equal(apdu.le_present, ne > 0);
        assert_int_equal(apdu.extended, form >= APDU_CASE_2E);
        if (nc == 0)
                assert_null(apdu.data);
        else
                assert_ptr_equal(apdu.data, exact + (apdu.extended ? 7 : 5));
        free(exact);
}

#define BODY(...) (const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__})

static void apdu_parses_every_case(void **state)
{
        (void)state;
        check(NULL, 0, 4, APDU_CASE_1, 0, 0);
        check(BODY(0x01), 5, APDU_CASE_2S, 0, 1);
        check(BODY(0xFF), 5, APDU_CASE_2S, 0, 255);
        check(BODY(0x00), 5, APDU_CASE_2S, 0, 256);
        check(BODY(0x01, 0xAA), 6, APDU_CASE_3S, 1, 0);
        check(BODY(0x01, 0x00), 6, APDU_CASE_3S, 1, 0);
        check(BODY(0xFF), 4 + 1 + 255, APDU_CASE_3S, 255, 0);
        check(BODY(0x01, 0xAA, 0x00), 7, APDU_CASE_4S, 1, 256);
        check(BODY(0x02, 0xAA, 0xBB, 0x10), 8, APDU_CASE_4S, 2, 16);
        check(BODY(0xFF), 4 + 1 + 255 + 1, APDU_CASE_4S, 255, 256);
        check(BODY(0x00, 0x00, 0x01), 7, APDU_CASE_2E, 0, 1);
        check(BODY(0x00, 0xFF, 0xFF), 7, APDU_CASE_2E, 0, 65535);
        check(BODY(0x00, 0x00, 0x00), 7, APDU_CASE_2E, 0, 65536);
        check(BODY(0x00, 0x00, 0x01, 0xAA), 8, APDU_CASE_3E, 1, 0);
        check(BODY(0x00, 0x01, 0x00), 4 + 3 + 256, APDU_CASE_3E, 256, 0);
        check(BODY(0x00, 0xFF, 0xFF), 4 + 3 + 65535, APDU_CASE_3E, 65535, 0);
        check(BODY(0x00, 0x00, 0x01, 0xAA, 0x01, 0x00), 10, APDU_CASE_4E, 1, 256);
        check(BODY(0x00, 0x00, 0x01, 0xAA, 0x00, 0x00), 10, APDU_CASE_4E, 1, 65536);
        check(BODY(0x00, 0xFF, 0xFF), 4 + 3 + 65535 + 2, APDU_CASE_4E, 65535, 65536);
}

static void refuse(const uint8_t *body, size_t body_len, size_t len)
{
        struct apdu apdu;

        memset(&apdu, 0xA5, sizeof(apdu));
        assert_int_equal(apdu_parse(&apdu, command(body, body_len), len), SCARD_E_INVALID_PARAMETER);
        assert_int_equal(apdu.nc, 0);
        assert_int_equal(apdu.ne, 0);
        assert_null(apdu.data);
        assert_int_equal(apdu.ins, 0);
}

static void apdu_refuses_lengths_that_contradict(void **state)
{
        struct apdu apdu;

        (void)state;
        assert_int_equal(apdu_parse(&apdu, NULL, 0), SCARD_E_INVALID_PARAMETER);
        assert_int_equal(apdu_parse(&apdu, NULL, 5), SCARD_E_INVALID_PARAMETER);
        for (size_t len = 0; len < 4; len++)
                refuse(NULL, 0, len);
        refuse(BODY(0x02, 0xAA), 6);                          /* a byte of data is missing */
        refuse(BODY(0x02, 0xAA, 0xBB, 0x00, 0x00), 9);        /* a byte behind Le */
        refuse(BODY(0x00, 0x00), 6);                          /* half an extended Le */
        refuse(BODY(0x00, 0x00, 0x00, 0xAA), 8);              /* an extended Lc of zero */
        refuse(BODY(0x00, 0x00, 0x00, 0x00, 0x00), 9);        /* the same with Le */
        refuse(BODY(0x00, 0x00, 0x02, 0xAA), 8);              /* a byte of data is missing */
        refuse(BODY(0x00, 0x00, 0x01, 0xAA, 0x00), 9);        /* half an Le */
        refuse(BODY(0x00, 0x00, 0x01, 0xAA, 0, 0, 0), 11);    /* a byte behind Le */
        refuse(BODY(0x00, 0xFF, 0xFF), APDU_COMMAND_MAX + 1); /* longer than any command */
}

static void apdu_build_is_the_inverse_of_parse(void **state)
{
        static const size_t sizes[] = {0, 1, 2, 254, 255, 256, 257, 65535};
        static const size_t les[] = {0, 1, 255, 256, 257, 65535, 65536};
        static uint8_t data[APDU_NC_MAX], out[APDU_COMMAND_MAX];
        struct apdu built = {.cla = 0x80, .ins = 0x12, .p1 = 0x34, .p2 = 0x56, .data = data};
        struct apdu parsed;
        size_t len;

        (void)state;
        for (size_t i = 0; i < sizeof(data); i++)
                data[i] = (uint8_t)(i * 7 + 1);
        for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
                for (size_t j = 0; j < sizeof(les) / sizeof(les[0]); j++)
                        for (int extended = 0; extended < 2; extended++) {
                                built.nc = sizes[i];
                                built.ne = les[j];
                                built.extended = extended == 1;
                                assert_int_equal(apdu_build(out, sizeof(out), &len, &built), SCARD_S_SUCCESS);
                                assert_int_equal(apdu_parse(&parsed, out, len), SCARD_S_SUCCESS);
                                assert_int_equal(parsed.nc, built.nc);
                                assert_int_equal(parsed.ne, built.ne);
                                assert_int_equal(parsed.p2, 0x56);
                                if (parsed.nc > 0)
                                        assert_memory_equal(parsed.data, data, built.nc);
                                if (built.nc > 0 || built.ne > 0)
                                        assert_int_equal(parsed.extended,
                                                         extended == 1 || built.nc > 255 || built.ne > 256);
                                /* One byte less room, and nothing is written. */
                                out[0] = 0xEE;
                                assert_int_equal(apdu_build(out, len - 1, &len, &built),
                                                 SCARD_E_INSUFFICIENT_BUFFER);
                                assert_int_equal(len, 0);
                                assert_int_equal(out[0], 0xEE);
                        }
}

/* SELECT of the PIV application: NIST SP 800-73-4 part 2, 3.1.1 */
static void apdu_command_writes_short_fields(void **state)
{
        static const uint8_t header[4] = {0x00, 0xA4, 0x04, 0x00};
        static const uint8_t aid[5] = {0xA0, 0x00, 0x00, 0x03, 0x08};
        static const uint8_t wanted[] = {0x00, 0xA4, 0x04, 0x00, 0x05, 0xA0, 0x00, 0x00, 0x03, 0x08, 0x00};
        uint8_t out[APDU_SHORT_COMMAND_MAX];
        size_t len;

        (void)state;
        assert_int_equal(apdu_command(out, sizeof(out), &len, header, aid, sizeof(aid), 256),
                         SCARD_S_SUCCESS);
        assert_int_equal(len, sizeof(wanted));
        assert_memory_equal(out, wanted, sizeof(wanted));
        assert_int_equal(apdu_command(out, sizeof(out), &len, header, NULL, 0, 0), SCARD_S_SUCCESS);
        assert_int_equal(len, 4);
}

static void apdu_build_refuses_what_cannot_be(void **state)
{
        static const uint8_t header[4] = {0};
        uint8_t out[16];
        size_t len = 99;

        (void)state;
        assert_int_equal(apdu_command(out, sizeof(out), &len, header, NULL, 1, 0), SCARD_E_INVALID_PARAMETER);
        assert_int_equal(len, 0);
        assert_int_equal(apdu_command(out, sizeof(out), &len, header, out, 65536, 0),
                         SCARD_E_INVALID_PARAMETER);
        assert_int_equal(apdu_command(out, sizeof(out), &len, header, NULL, 0, 65537),
                         SCARD_E_INVALID_PARAMETER);
        assert_int_equal(apdu_command(NULL, 16, &len, header, NULL, 0, 0), SCARD_E_INSUFFICIENT_BUFFER);
        assert_int_equal(apdu_command(out, 0, &len, header, NULL, 0, 0), SCARD_E_INSUFFICIENT_BUFFER);
}

static void apdu_build_allows_data_in_the_buffer_itself(void **state)
{
        uint8_t out[16] = {0x31, 0x32, 0x33, 0x34};
        static const uint8_t header[4] = {0x00, 0x20, 0x00, 0x81};
        static const uint8_t wanted[] = {0x00, 0x20, 0x00, 0x81, 0x04, 0x31, 0x32, 0x33, 0x34};
        size_t len;

        (void)state;
        assert_int_equal(apdu_command(out, sizeof(out), &len, header, out, 4, 0), SCARD_S_SUCCESS);
        assert_int_equal(len, sizeof(wanted));
        assert_memory_equal(out, wanted, sizeof(wanted));
}

static void apdu_le_present_without_ne_asks_for_everything(void **state)
{
        struct apdu apdu = {.ins = 0xB0, .le_present = true};
        static const uint8_t wanted[] = {0x00, 0xB0, 0x00, 0x00, 0x00, 0x00, 0x00};
        uint8_t out[8];
        size_t len;

        (void)state;
        assert_int_equal(apdu_build(out, sizeof(out), &len, &apdu), SCARD_S_SUCCESS);
        assert_int_equal(len, 5);
        apdu.extended = true;
        assert_int_equal(apdu_build(out, sizeof(out), &len, &apdu), SCARD_S_SUCCESS);
        assert_int_equal(len, 7);
        assert_memory_equal(out, wanted, sizeof(wanted));
}

static void apdu_sw_is_zero_for_a_short_answer(void **state)
{
        static const uint8_t answer[] = {0xAA, 0x63, 0xC2};

        (void)state;
        assert_int_equal(apdu_sw(answer, 3), 0x63C2);
        assert_int_equal(apdu_sw(answer, 2), 0xAA63);
        assert_int_equal(apdu_sw(answer, 1), 0);
        assert_int_equal(apdu_sw(NULL, 0), 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(apdu_parses_every_case),
            cmocka_unit_test(apdu_refuses_lengths_that_contradict),
            cmocka_unit_test(apdu_build_is_the_inverse_of_parse),
            cmocka_unit_test(apdu_command_writes_short_fields),
            cmocka_unit_test(apdu_build_refuses_what_cannot_be),
            cmocka_unit_test(apdu_build_allows_data_in_the_buffer_itself),
            cmocka_unit_test(apdu_le_present_without_ne_asks_for_everything),
            cmocka_unit_test(apdu_sw_is_zero_for_a_short_answer),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
