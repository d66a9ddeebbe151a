/* src/core/card/tlv.c: BER-TLV taken apart and put together. Source: ISO/IEC 7816-4:2013 5.2.2, annex E */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/card/tlv.h"

/* Behind a block of exactly so many bytes, so that the address sanitizer sees a read behind it. */
static uint8_t *exact(const void *bytes, size_t len)
{
        uint8_t *copy = malloc(len + 1);

        assert_non_null(copy);
        memcpy(copy + 1, bytes, len);
        return copy;
}

static enum tlv_result first(const void *bytes, size_t len, struct tlv *tlv)
{
        uint8_t *copy = exact(bytes, len);
        const uint8_t *at = copy + 1;
        enum tlv_result result = tlv_next(&at, copy + 1 + len, tlv);

        if (result == TLV_BAD)
                assert_ptr_equal(at, copy + 1);
        tlv->value = NULL; /* into what is freed now */
        tlv->start = NULL;
        free(copy);
        return result;
}

static void short_and_long_forms_are_read(void **state)
{
        static const struct {
                uint8_t bytes[10];
                size_t len;
                uint32_t tag;
                size_t value_len;
                bool constructed;
        } rows[] = {
            {{0x80, 0x00}, 2, 0x80, 0, false},
            {{0x82, 0x01, 0x38}, 3, 0x82, 1, false},
            {{0x62, 0x02, 0x80, 0x00}, 4, 0x62, 2, true},
            {{0x82, 0x81, 0x01, 0x38}, 4, 0x82, 1, false},
            {{0x82, 0x82, 0x00, 0x01, 0x38}, 5, 0x82, 1, false},
            {{0x82, 0x83, 0x00, 0x00, 0x01, 0x38}, 6, 0x82, 1, false},
            {{0x82, 0x84, 0x00, 0x00, 0x00, 0x01, 0x38}, 7, 0x82, 1, false},
            {{0x5F, 0x2D, 0x02, 'e', 'n'}, 5, 0x5F2D, 2, false},
            {{0x7F, 0x66, 0x00}, 3, 0x7F66, 0, true},
            {{0x5F, 0x81, 0x01, 0x00}, 4, 0x5F8101, 0, false},
        };
        struct tlv tlv;

        (void)state;
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                assert_int_equal(first(rows[i].bytes, rows[i].len, &tlv), TLV_OBJECT);
                assert_int_equal(tlv.tag, rows[i].tag);
                assert_int_equal(tlv.len, rows[i].value_len);
                assert_int_equal(tlv.total, rows[i].len);
                assert_int_equal(tlv.constructed, rows[i].constructed);
        }
}

static void what_breaks_the_rules_is_refused(void **state)
{
        static const struct {
                uint8_t bytes[10];
                size_t len;
        } rows[] = {
            {{0x80}, 1},                                     /* no length */
            {{0x80, 0x01}, 2},                               /* no value */
            {{0x80, 0x7F, 0x00}, 3},                         /* value over the end */
            {{0x80, 0x80, 0x00, 0x00}, 4},                   /* indefinite */
            {{0x80, 0x85, 0, 0, 0, 0, 0, 0}, 8},             /* five bytes of length */
            {{0x80, 0xFF, 0x01, 0x00}, 4},                   /* reserved */
            {{0x80, 0x81}, 2},                               /* half a length */
            {{0x80, 0x82, 0x01}, 3},                         /* likewise */
            {{0x80, 0x84, 0xFF, 0xFF, 0xFF, 0xFF, 0x00}, 7}, /* 4 GiB */
            {{0x5F}, 1},                                     /* half a tag */
            {{0x5F, 0x80}, 2},                               /* likewise */
            {{0x5F, 0x81, 0x81, 0x01, 0x00}, 5},             /* four bytes of tag */
        };
        struct tlv tlv;

        (void)state;
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                tlv.tag = 1;
                assert_int_equal(first(rows[i].bytes, rows[i].len, &tlv), TLV_BAD);
                assert_int_equal(tlv.tag, 0);
                assert_int_equal(tlv.len, 0);
        }
}

static void filling_bytes_are_passed_over(void **state)
{
        static const uint8_t bytes[] = {0x00, 0xFF, 0x80, 0x01, 0x11, 0x00, 0x81, 0x01, 0x22, 0xFF, 0xFF};
        const uint8_t *at = bytes, *end = bytes + sizeof(bytes);
        struct tlv tlv;

        (void)state;
        assert_int_equal(tlv_next(&at, end, &tlv), TLV_OBJECT);
        assert_int_equal(tlv.value[0], 0x11);
        assert_int_equal(tlv_next(&at, end, &tlv), TLV_OBJECT);
        assert_int_equal(tlv.value[0], 0x22);
        assert_int_equal(tlv_next(&at, end, &tlv), TLV_END);
        assert_ptr_equal(at, end);
        assert_int_equal(tlv_next(&at, end, &tlv), TLV_END);
        assert_int_equal(tlv_count(bytes, sizeof(bytes)), 2);
        assert_int_equal(tlv_count(NULL, 0), 0);
}

static void find_takes_the_first_on_its_level(void **state)
{
        static const uint8_t bytes[] = {0x62, 0x03, 0x83, 0x01, 0x01, 0x83, 0x01, 0x02, 0x83, 0x01, 0x03};
        static const uint8_t broken[] = {0x80, 0x05, 0x00, 0x83, 0x01, 0x02};
        struct tlv tlv;

        (void)state;
        assert_true(tlv_find(bytes, sizeof(bytes), 0x83, &tlv));
        assert_int_equal(tlv.value[0], 0x02);
        assert_false(tlv_find(bytes, sizeof(bytes), 0x84, &tlv));
        assert_int_equal(tlv.tag, 0);
        assert_false(tlv_find(broken, sizeof(broken), 0x83, &tlv));
        assert_false(tlv_find(NULL, 0, 0x83, &tlv));
}

static void templates_are_looked_into(void **state)
{
        static const uint8_t good[] = {0x6F, 0x05, 0x62, 0x03, 0x82, 0x01, 0x38};
        static const uint8_t bad_inside[] = {0x6F, 0x05, 0x62, 0x03, 0x82, 0x02, 0x38};
        static const uint8_t bad_behind[] = {0x82, 0x01, 0x38, 0x82};
        uint8_t deep[2 * (TLV_DEPTH_MAX + 2)];

        (void)state;
        assert_true(tlv_well_formed(good, sizeof(good)));
        assert_true(tlv_well_formed(NULL, 0));
        assert_false(tlv_well_formed(bad_inside, sizeof(bad_inside)));
        assert_false(tlv_well_formed(bad_behind, sizeof(bad_behind)));
        for (unsigned levels = 1; levels <= TLV_DEPTH_MAX + 2; levels++) {
                for (unsigned i = 0; i < levels; i++) {
                        deep[2 * i] = 0x62;
                        deep[2 * i + 1] = (uint8_t)(2 * (levels - 1 - i));
                }
                assert_int_equal(tlv_well_formed(deep, 2 * levels), levels <= TLV_DEPTH_MAX);
        }
}

static void numbers_have_up_to_four_bytes_that_count(void **state)
{
        static const uint8_t bytes[] = {0x00, 0x00, 0x12, 0x34, 0x56, 0x78};
        struct tlv tlv = {.value = bytes, .len = sizeof(bytes)};
        uint32_t number;

        (void)state;
        assert_true(tlv_number(&tlv, &number));
        assert_int_equal(number, 0x12345678);
        tlv.len = 0;
        assert_false(tlv_number(&tlv, &number));
        assert_int_equal(number, 0);
        tlv = (struct tlv){.value = (const uint8_t *)"\x01\x00\x00\x00\x00", .len = 5};
        assert_false(tlv_number(&tlv, &number));
        assert_int_equal(number, 0);
}

static void what_is_written_reads_the_same(void **state)
{
        static const size_t lens[] = {0, 1, 127, 128, 255, 256, 65535, 65536};
        static uint8_t value[65536], room[70000];

        (void)state;
        memset(value, 0x5A, sizeof(value));
        for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
                struct tlv_writer writer = {.bytes = room, .room = sizeof(room)};
                const uint8_t *at = room;
                size_t opened = tlv_open(&writer);
                struct tlv tlv, inner;

                tlv_put(&writer, 0x5F2D, value, lens[i]);
                tlv_close(&writer, opened, 0x7F66);
                assert_false(writer.full);
                assert_int_equal(tlv_next(&at, room + writer.len, &tlv), TLV_OBJECT);
                assert_ptr_equal(at, room + writer.len);
                assert_int_equal(tlv.tag, 0x7F66);
                assert_true(tlv_find(tlv.value, tlv.len, 0x5F2D, &inner));
                assert_int_equal(inner.len, lens[i]);
                if (lens[i] != 0)
                        assert_memory_equal(inner.value, value, lens[i]);
        }
}

static void a_full_writer_writes_nothing_more(void **state)
{
        static const uint8_t value[8] = {1, 2, 3, 4, 5, 6, 7, 8};

        (void)state;
        for (size_t room = 0; room < 12; room++) {
                uint8_t *bytes = malloc(room + 1);
                struct tlv_writer writer = {.bytes = bytes, .room = room};
                size_t opened;

                assert_non_null(bytes);
                bytes[room] = 0xEE;
                opened = tlv_open(&writer);
                tlv_put(&writer, 0x80, value, sizeof(value));
                tlv_close(&writer, opened, 0x62);
                assert_true(writer.full == (room < 12));
                assert_true(writer.len <= room);
                assert_int_equal(bytes[room], 0xEE);
                tlv_put(&writer, 0x80, NULL, 0);
                assert_true(writer.full);
                free(bytes);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(short_and_long_forms_are_read),
            cmocka_unit_test(what_breaks_the_rules_is_refused),
            cmocka_unit_test(filling_bytes_are_passed_over),
            cmocka_unit_test(find_takes_the_first_on_its_level),
            cmocka_unit_test(templates_are_looked_into),
            cmocka_unit_test(numbers_have_up_to_four_bytes_that_count),
            cmocka_unit_test(what_is_written_reads_the_same),
            cmocka_unit_test(a_full_writer_writes_nothing_more),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
