/*
 * test_message.c - src/ccid/message.c: CCID messages to and from bytes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "ccid/message.h"

static void header_is_little_endian_and_whole(void **state)
{
        static const uint8_t expected[] = {0x6F, 0x44, 0x33, 0x01, 0x00, 2, 0xFE, 1, 2, 3};
        static const uint8_t specific[3] = {1, 2, 3};
        uint8_t header[MESSAGE_HEADER_LEN];

        (void)state;
        message_header(header, MESSAGE_XFR_BLOCK, 2, 0xFE, 0x13344, specific);
        assert_memory_equal(header, expected, sizeof expected);
}

static void answer_is_taken_apart(void **state)
{
        static const uint8_t bytes[] = {0x80, 2, 0, 0, 0, 1, 7, 0x41, 0xFE, 0x10, 0x90, 0x00};
        struct message_answer answer;

        (void)state;
        assert_true(message_read(bytes, sizeof bytes, &answer));
        assert_int_equal(answer.bMessageType, MESSAGE_DATA_BLOCK);
        assert_int_equal(answer.bSlot, 1);
        assert_int_equal(answer.bSeq, 7);
        assert_int_equal(answer.outcome, MESSAGE_FAILED);
        assert_int_equal(answer.icc, MESSAGE_ICC_INACTIVE);
        assert_int_equal(answer.bError, 0xFE);
        assert_int_equal(answer.byte9, MESSAGE_CHAIN_GO_ON);
        assert_int_equal(answer.data_len, 2);
        assert_ptr_equal(answer.data, bytes + 10);
}

static void refuse(const uint8_t *bytes, size_t len)
{
        static const struct message_answer empty;
        struct message_answer answer;

        memset(&answer, 0xA5, sizeof answer);
        assert_false(message_read(bytes, len, &answer));
        assert_null(answer.data);
        assert_int_equal(answer.data_len, empty.data_len);
}

/* CVE-2010-4530 of another driver: the received length was believed */
static void length_must_match_the_transfer(void **state)
{
        static const uint32_t lengths[] = {0, 1, 3, 255, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF};
        uint8_t bytes[12] = {0x80, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0x90, 0x00};
        struct message_answer answer;
        size_t i;

        (void)state;
        assert_true(message_read(bytes, sizeof bytes, &answer));
        for (i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
                bytes[1] = (uint8_t)lengths[i];
                bytes[2] = (uint8_t)(lengths[i] >> 8);
                bytes[3] = (uint8_t)(lengths[i] >> 16);
                bytes[4] = (uint8_t)(lengths[i] >> 24);
                refuse(bytes, sizeof bytes);
        }
        memset(bytes, 0, sizeof bytes);
        bytes[0] = 0x80;
        for (i = 0; i < MESSAGE_HEADER_LEN; i++)
                refuse(bytes, i);
}

static void unknown_types_and_reserved_status_are_refused(void **state)
{
        uint8_t bytes[10] = {0x81};
        unsigned value;
        struct message_answer answer;

        (void)state;
        for (value = 0; value < 256; value++) {
                bytes[0] = (uint8_t)value;
                assert_int_equal(message_read(bytes, sizeof bytes, &answer), value >= 0x80 && value <= 0x84);
        }
        bytes[0] = 0x81;
        for (value = 0; value < 256; value++) {
                bytes[7] = (uint8_t)value;
                assert_int_equal(message_read(bytes, sizeof bytes, &answer),
                                 (value & 3) != 3 && value >> 6 != 3);
        }
}

/* CCID 1.1 6.1.7 */
static void parameters_survive_the_way_there_and_back(void **state)
{
        static const struct ifd_parameters t1 = {.protocol = 1,
                                                 .fidi = 0x95,
                                                 .guard_n = 3,
                                                 .inverse = true,
                                                 .crc = true,
                                                 .bwi = 4,
                                                 .cwi = 13,
                                                 .clock_stop = 2,
                                                 .ifsc = 254,
                                                 .nad = 0x12};
        static const struct ifd_parameters t0 = {.protocol = 0, .fidi = 0x11, .guard_n = 255, .wi = 10};
        static const uint8_t t1_bytes[] = {0x95, 0x13, 3, 0x4D, 2, 254, 0x12};
        static const uint8_t t0_bytes[] = {0x11, 0x00, 255, 10, 0};
        struct ifd_parameters back;
        struct message_answer answer = {.byte9 = 1};
        uint8_t data[MESSAGE_PARAMETERS_MAX];

        (void)state;
        answer.data = data;
        answer.data_len = message_put_parameters(&t1, data);
        assert_int_equal(answer.data_len, 7);
        assert_memory_equal(data, t1_bytes, 7);
        assert_true(message_get_parameters(&answer, &back));
        assert_memory_equal(&back, &t1, sizeof back);
        answer.data_len = 6;
        assert_false(message_get_parameters(&answer, &back));
        assert_int_equal(back.fidi, 0);

        answer.byte9 = 0;
        answer.data_len = message_put_parameters(&t0, data);
        assert_int_equal(answer.data_len, 5);
        assert_memory_equal(data, t0_bytes, 5);
        assert_true(message_get_parameters(&answer, &back));
        assert_int_equal(back.wi, 10);
        answer.byte9 = 2;
        assert_false(message_get_parameters(&answer, &back));
        assert_int_equal(message_put_parameters(&(struct ifd_parameters){.protocol = 2}, data), 0);
}

/* CCID 1.1 6.3.1: two bits a slot */
static void slot_changes_are_read_slot_by_slot(void **state)
{
        static const uint8_t bytes[] = {0x50, 0x0B, 0x02};
        bool present, changed;

        (void)state;
        assert_true(message_slot_change(bytes, sizeof bytes, 0, &present, &changed));
        assert_true(present && changed);
        assert_true(message_slot_change(bytes, sizeof bytes, 1, &present, &changed));
        assert_true(!present && changed);
        assert_true(message_slot_change(bytes, sizeof bytes, 4, &present, &changed));
        assert_true(!present && changed);
        assert_false(message_slot_change(bytes, sizeof bytes, 8, &present, &changed));
        assert_false(message_slot_change(bytes, 1, 0, &present, &changed));
        assert_false(present || changed);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(header_is_little_endian_and_whole),
            cmocka_unit_test(answer_is_taken_apart),
            cmocka_unit_test(length_must_match_the_transfer),
            cmocka_unit_test(unknown_types_and_reserved_status_are_refused),
            cmocka_unit_test(parameters_survive_the_way_there_and_back),
            cmocka_unit_test(slot_changes_are_read_slot_by_slot),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
