/* src/core/card/fcp.c: what a card says of a file. Source: ISO/IEC 7816-4:2013 5.3.3; TS 51.011 9.2.1 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/card/fcp.h"

static bool parse(struct fcp *fcp, const void *bytes, size_t len)
{
        const uint8_t *objects;
        size_t objects_len;
        uint8_t *copy = malloc(len + 1);
        bool readable;

        assert_non_null(copy);
        memcpy(copy + 1, bytes, len);
        readable = fcp_parse(fcp, copy + 1, len, &objects, &objects_len);
        if (objects_len != 0)
                assert_true(objects >= copy + 1 && objects + objects_len <= copy + 1 + len);
        free(copy);
        return readable;
}

static void the_usual_files_are_known(void **state)
{
        static const uint8_t transparent[] = {0x62, 0x0B, 0x80, 0x02, 0x01, 0x00, 0x82,
                                              0x01, 0x01, 0x83, 0x02, 0x6F, 0x01};
        static const uint8_t fixed[] = {0x6F, 0x0A, 0x82, 0x05, 0x02, 0x41,
                                        0x00, 0x10, 0x03, 0x8A, 0x01, 0x05};
        static const uint8_t cyclic[] = {0x62, 0x08, 0x82, 0x06, 0x06, 0x61, 0x01, 0x2C, 0x01, 0x00};
        static const uint8_t df[] = {0x6F, 0x07, 0x62, 0x05, 0x84, 0x03, 'a', 'b', 'c'};
        struct fcp fcp;

        (void)state;
        assert_true(parse(&fcp, transparent, sizeof(transparent)));
        assert_int_equal(fcp.kind, FCP_TRANSPARENT);
        assert_true(fcp.has_size && fcp.has_id && !fcp.has_records);
        assert_int_equal(fcp.size, 256);
        assert_int_equal(fcp.id, 0x6F01);
        assert_true(parse(&fcp, fixed, sizeof(fixed)));
        assert_int_equal(fcp.kind, FCP_FIXED);
        assert_int_equal(fcp.write, FCP_WRITE_OR);
        assert_int_equal(fcp.record_size, 16);
        assert_int_equal(fcp.records, 3);
        assert_false(fcp.deactivated);
        assert_true(parse(&fcp, cyclic, sizeof(cyclic)));
        assert_int_equal(fcp.kind, FCP_CYCLIC);
        assert_int_equal(fcp.write, FCP_WRITE_AND);
        assert_int_equal(fcp.record_size, 300);
        assert_int_equal(fcp.records, 256);
        assert_true(parse(&fcp, df, sizeof(df)));
        assert_int_equal(fcp.kind, FCP_DIRECTORY);
        assert_int_equal(fcp.name_len, 3);
}

/* 81 counts for a file without structure, wherever it stands; 80 before it. */
static void the_size_with_structure_is_better_than_none(void **state)
{
        static const uint8_t alone[] = {0x62, 0x07, 0x81, 0x02, 0x01, 0x10, 0x82, 0x01, 0x01};
        static const uint8_t behind[] = {0x62, 0x07, 0x82, 0x01, 0x01, 0x81, 0x02, 0x01, 0x10};
        static const uint8_t both[] = {0x62, 0x0B, 0x81, 0x02, 0x01, 0x10, 0x82,
                                       0x01, 0x01, 0x80, 0x02, 0x01, 0x00};
        static const uint8_t records[] = {0x62, 0x07, 0x81, 0x02, 0x01, 0x10, 0x82, 0x01, 0x02};
        struct fcp fcp;

        (void)state;
        assert_true(parse(&fcp, alone, sizeof(alone)) && fcp.has_size);
        assert_int_equal(fcp.size, 0x110);
        assert_true(parse(&fcp, behind, sizeof(behind)) && fcp.has_size);
        assert_int_equal(fcp.size, 0x110);
        assert_true(parse(&fcp, both, sizeof(both)) && fcp.has_size);
        assert_int_equal(fcp.size, 0x100);
        assert_true(parse(&fcp, records, sizeof(records)) && !fcp.has_size);
}

static void every_descriptor_byte_has_a_kind(void **state)
{
        static const enum fcp_kind kinds[8] = {FCP_UNKNOWN,  FCP_TRANSPARENT, FCP_FIXED,  FCP_FIXED,
                                               FCP_VARIABLE, FCP_VARIABLE,    FCP_CYCLIC, FCP_CYCLIC};

        (void)state;
        for (unsigned byte = 0; byte < 256; byte++) {
                const uint8_t bytes[] = {0x82, 0x01, (uint8_t)byte};
                enum fcp_kind wanted = kinds[byte & 7];
                struct fcp fcp;

                if ((byte & 0x80) != 0)
                        wanted = FCP_UNKNOWN;
                else if ((byte & 0x38) == 0x38)
                        wanted = (byte & 7) == 0 ? FCP_DIRECTORY : FCP_OTHER;
                assert_true(parse(&fcp, bytes, sizeof(bytes)));
                assert_int_equal(fcp.kind, wanted);
        }
}

/* Objects whose content makes no sense are left out, and the others count. */
static void hostile_parameters_are_left_out(void **state)
{
        static const struct {
                uint8_t bytes[32];
                size_t len;
        } rows[] = {
            {{0x62, 0x02, 0x80, 0x00}, 4},                       /* a size of no bytes */
            {{0x62, 0x07, 0x80, 0x05, 1, 0, 0, 0, 0}, 9},        /* 4 GiB */
            {{0x62, 0x02, 0x82, 0x00}, 4},                       /* no descriptor byte */
            {{0x62, 0x09, 0x82, 0x07, 1, 2, 3, 4, 5, 6, 7}, 11}, /* too many */
            {{0x62, 0x03, 0x83, 0x01, 0x6F}, 5},                 /* half an identifier */
            {{0x62, 0x13, 0x84, 0x11, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17}, 21},
            {{0x62, 0x02, 0x8A, 0x00}, 4},
        };
        struct fcp fcp;

        (void)state;
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                assert_true(parse(&fcp, rows[i].bytes, rows[i].len));
                assert_int_equal(fcp.kind, FCP_UNKNOWN);
                assert_false(fcp.has_size || fcp.has_id || fcp.has_records || fcp.deactivated);
                assert_int_equal(fcp.name_len, 0);
        }
        assert_false(parse(&fcp, "\x62\x05\x82\x01\x01", 5));
        assert_false(parse(&fcp, "\x6F", 1));
        assert_true(parse(&fcp, "", 0));
}

static void life_cycle_says_deactivated(void **state)
{
        (void)state;
        for (unsigned byte = 0; byte < 256; byte++) {
                const uint8_t bytes[] = {0x8A, 0x01, (uint8_t)byte};
                struct fcp fcp;

                assert_true(parse(&fcp, bytes, sizeof(bytes)));
                assert_int_equal(fcp.deactivated, byte == 0x04 || byte == 0x06);
        }
}

static void a_gsm_card_answers_in_its_own_form(void **state)
{
        uint8_t ef[15] = {0, 0, 0x00, 0x1E, 0x6F, 0x3A, 0x04, 0, 0, 0, 0, 0x01, 0x02, 0x01, 0x0A};
        uint8_t df[22] = {0, 0, 0, 0, 0x7F, 0x20, 0x02};
        struct fcp fcp;

        (void)state;
        assert_true(fcp_parse_gsm(&fcp, ef, sizeof(ef)));
        assert_int_equal(fcp.kind, FCP_FIXED);
        assert_int_equal(fcp.record_size, 10);
        assert_int_equal(fcp.records, 3);
        assert_false(fcp.deactivated);
        ef[11] = 0;
        assert_true(fcp_parse_gsm(&fcp, ef, sizeof(ef)));
        assert_true(fcp.deactivated);
        ef[14] = 0; /* records of no bytes */
        assert_true(fcp_parse_gsm(&fcp, ef, sizeof(ef)));
        assert_false(fcp.has_records);
        assert_true(fcp_parse_gsm(&fcp, df, sizeof(df)));
        assert_int_equal(fcp.kind, FCP_DIRECTORY);
        for (size_t len = 0; len < 14; len++)
                assert_false(fcp_parse_gsm(&fcp, ef, len));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(the_usual_files_are_known),
            cmocka_unit_test(the_size_with_structure_is_better_than_none),
            cmocka_unit_test(every_descriptor_byte_has_a_kind),
            cmocka_unit_test(hostile_parameters_are_left_out),
            cmocka_unit_test(life_cycle_says_deactivated),
            cmocka_unit_test(a_gsm_card_answers_in_its_own_form),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
