/*
 * src/core/pinpad.c and src/core/card/entry.c: the structures of PC/SC part 10, as an application writes them
 * and as the card services do; the one has to read what the other wrote.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "scarderr.h"
#include "winscard.h"

#include "core/card/entry.h"
#include "core/pinpad.h"

_Static_assert(sizeof(PIN_VERIFY_STRUCTURE) == 19, "PC/SC part 10 2.5.2");
_Static_assert(sizeof(PIN_MODIFY_STRUCTURE) == 24, "PC/SC part 10 2.5.3");
_Static_assert(sizeof(PIN_PROPERTIES_STRUCTURE) == 4, "PC/SC part 10 2.5.5");
_Static_assert(sizeof(PCSC_TLV_STRUCTURE) == 6, "PC/SC part 10 2.2");
_Static_assert(CM_IOCTL_GET_FEATURE_REQUEST == 0x00313520, "Windows: 0x31 << 16 | 3400 << 2");

#define VERIFY_HEAD 19
#define MODIFY_HEAD 24

static const uint8_t verify_request[] = {30,   15,   0x82, 0x08, 0x04, 0x08, 0x04, 0x02, 0x01, 0x09,
                                         0x04, 0x00, 0xAA, 0xBB, 0xCC, 13,   0,    0,    0, /* ulDataLength */
                                         0x00, 0x20, 0x00, 0x81, 0x08, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
                                         0xFF, 0xFF, 0xFF}; /* the command */

static const uint8_t modify_request[] = {
    31,   16,   0x82, 0x04, 0x00, 0x00, 0x04, 0x08, 0x04, 0x03, 0x02, 0x03, 0x07,
    0x04, 0x05, 0x06, 0x07, 0xAA, 0xBB, 0xCC, 13,   0,    0,    0, /* ulDataLength */
    0x00, 0x24, 0x00, 0x81, 0x08, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF};

static int32_t parse(const uint8_t *bytes, size_t len, bool modify, struct ifd_secure *secure)
{
        /* A copy of exactly that length, so that a sanitizer sees a read behind it. */
        uint8_t *copy = malloc(len > 0 ? len : 1);
        int32_t status;

        assert_non_null(copy);
        memcpy(copy, bytes, len);
        memset(secure, 0xA5, sizeof(*secure));
        status = pinpad_parse(copy, len, modify, secure);
        if (status == SCARD_S_SUCCESS)
                assert_ptr_equal(secure->apdu, copy + len - secure->apdu_len);
        else
                assert_true(secure->apdu == NULL && secure->apdu_len == 0);
        free(copy);
        return status;
}

static void every_member_of_a_verification_is_read(void **state)
{
        struct ifd_secure secure;

        (void)state;
        assert_int_equal(pinpad_parse(verify_request, sizeof(verify_request), false, &secure),
                         SCARD_S_SUCCESS);
        assert_false(secure.modify);
        assert_int_equal(secure.timeout_s, 30);
        assert_int_equal(secure.format_string, 0x82);
        assert_int_equal(secure.pin_block_string, 0x08);
        assert_int_equal(secure.pin_length_format, 0x04);
        assert_int_equal(secure.max_extra_digit, 0x0408);
        assert_int_equal(secure.entry_validation, 0x02);
        assert_int_equal(secure.number_message, 0x01);
        assert_int_equal(secure.lang_id, 0x0409);
        assert_int_equal(secure.msg_index[0], 0);
        /* The prologue belongs to whoever keeps the T=1 sequence: not the application. */
        assert_int_equal(secure.teo_prologue[0] | secure.teo_prologue[1] | secure.teo_prologue[2], 0);
        assert_int_equal(secure.apdu_len, 13);
        assert_memory_equal(secure.apdu, verify_request + VERIFY_HEAD, 13);
        assert_null(secure.rsp);
}

static void every_member_of_a_modification_is_read(void **state)
{
        struct ifd_secure secure;

        (void)state;
        assert_int_equal(pinpad_parse(modify_request, sizeof(modify_request), true, &secure),
                         SCARD_S_SUCCESS);
        assert_true(secure.modify);
        assert_int_equal(secure.timeout_s, 31);
        assert_int_equal(secure.insertion_offset[0], 0);
        assert_int_equal(secure.insertion_offset[1], 4);
        assert_int_equal(secure.max_extra_digit, 0x0408);
        assert_int_equal(secure.confirm_pin, 3);
        assert_int_equal(secure.entry_validation, 2);
        assert_int_equal(secure.number_message, 3);
        assert_int_equal(secure.lang_id, 0x0407);
        assert_int_equal(secure.msg_index[0] << 16 | secure.msg_index[1] << 8 | secure.msg_index[2],
                         0x050607);
        assert_int_equal(secure.apdu_len, 13);
        assert_memory_equal(secure.apdu, modify_request + MODIFY_HEAD, 13);
}

static void every_wrong_length_is_refused(void **state)
{
        struct ifd_secure secure;
        uint8_t bytes[sizeof(modify_request) + 8];

        (void)state;
        for (size_t len = 0; len < sizeof(verify_request); len++)
                assert_int_equal(parse(verify_request, len, false, &secure), SCARD_E_INVALID_PARAMETER);
        for (size_t len = 0; len < sizeof(modify_request); len++)
                assert_int_equal(parse(modify_request, len, true, &secure), SCARD_E_INVALID_PARAMETER);
        memset(bytes, 0, sizeof(bytes));
        memcpy(bytes, verify_request, sizeof(verify_request));
        assert_int_equal(parse(bytes, sizeof(verify_request) + 1, false, &secure), SCARD_E_INVALID_PARAMETER);
        /* One for the other. */
        assert_int_equal(parse(verify_request, sizeof(verify_request), true, &secure),
                         SCARD_E_INVALID_PARAMETER);
        assert_int_equal(parse(modify_request, sizeof(modify_request), false, &secure),
                         SCARD_E_INVALID_PARAMETER);
        assert_int_equal(pinpad_parse(NULL, 0, false, &secure), SCARD_E_INVALID_PARAMETER);
}

static void hostile_length_fields_are_refused(void **state)
{
        static const uint32_t lengths[] = {0, 3, 4, 12, 14, 0x0D000000, 0x80000000, 0xFFFFFFFF, 0xFFFFFFED};
        struct ifd_secure secure;
        uint8_t bytes[sizeof(verify_request)];

        (void)state;
        for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
                memcpy(bytes, verify_request, sizeof(bytes));
                for (unsigned n = 0; n < 4; n++)
                        bytes[15 + n] = (uint8_t)(lengths[i] >> (8 * n));
                assert_int_equal(parse(bytes, sizeof(bytes), false, &secure), SCARD_E_INVALID_PARAMETER);
        }
        for (unsigned lc = 0; lc < 256; lc++) {
                memcpy(bytes, verify_request, sizeof(bytes));
                bytes[VERIFY_HEAD + 4] = (uint8_t)lc;
                assert_int_equal(parse(bytes, sizeof(bytes), false, &secure),
                                 lc == 8 ? SCARD_S_SUCCESS : SCARD_E_INVALID_PARAMETER);
        }
}

/* A command of len bytes with that Lc. */
static int32_t parse_command(size_t len, uint8_t lc, uint8_t block)
{
        uint8_t bytes[VERIFY_HEAD + 300];
        struct ifd_secure secure;

        memset(bytes, 0, sizeof(bytes));
        memcpy(bytes, verify_request, VERIFY_HEAD);
        bytes[3] = block;
        bytes[15] = (uint8_t)len;
        bytes[16] = (uint8_t)(len >> 8);
        bytes[VERIFY_HEAD + 4] = lc;
        return parse(bytes, VERIFY_HEAD + len, false, &secure);
}

static void a_command_is_a_header_or_has_what_lc_says(void **state)
{
        (void)state;
        for (size_t len = 0; len < 4; len++)
                assert_int_equal(parse_command(len, 0, 0), SCARD_E_INVALID_PARAMETER);
        assert_int_equal(parse_command(4, 0, 8), SCARD_S_SUCCESS);
        assert_int_equal(parse_command(5, 0, 8), SCARD_S_SUCCESS);
        assert_int_equal(parse_command(5, 1, 0), SCARD_E_INVALID_PARAMETER);
        assert_int_equal(parse_command(260, 255, 8), SCARD_S_SUCCESS);
        assert_int_equal(parse_command(261, 0, 8), SCARD_E_INVALID_PARAMETER);
        assert_int_equal(parse_command(13, 8, 9), SCARD_E_INVALID_PARAMETER); /* the block is longer */
}

static void insertions_lie_within_the_data(void **state)
{
        struct ifd_secure secure;
        uint8_t bytes[sizeof(modify_request)];

        (void)state;
        for (unsigned offset = 0; offset < 256; offset++) {
                int32_t wanted = offset + 4 <= 8 ? SCARD_S_SUCCESS : SCARD_E_INVALID_PARAMETER;

                memcpy(bytes, modify_request, sizeof(bytes));
                bytes[6] = (uint8_t)offset;
                assert_int_equal(parse(bytes, sizeof(bytes), true, &secure), wanted);
                memcpy(bytes, modify_request, sizeof(bytes));
                bytes[5] = (uint8_t)offset;
                assert_int_equal(parse(bytes, sizeof(bytes), true, &secure), wanted);
                bytes[9] = 1; /* the present code is not asked for: its place does not matter */
                assert_int_equal(parse(bytes, sizeof(bytes), true, &secure), SCARD_S_SUCCESS);
        }
}

/* ---- what the library tells of a reader */

static struct ifd_info reader_info(uint8_t pin_support, enum ifd_exchange exchange)
{
        return (struct ifd_info){.vendor_id = 0x1234,
                                 .product_id = 0x5678,
                                 .pin_support = pin_support,
                                 .lcd_layout = 0x0210,
                                 .exchange = exchange,
                                 .protocols = 3,
                                 .max_command = 65544};
}

static void only_features_that_the_reader_has_are_told(void **state)
{
        static const struct {
                uint8_t pin_support;
                bool escape;
                size_t count;
                uint8_t tags[5];
        } rows[] = {
            {0, false, 1, {0x12}},
            {0, true, 2, {0x12, 0x13}},
            {1, false, 3, {0x06, 0x0A, 0x12}},
            {2, false, 3, {0x07, 0x0A, 0x12}},
            {3, true, 5, {0x06, 0x07, 0x0A, 0x12, 0x13}},
        };
        uint8_t tags[5], tlv[6];

        (void)state;
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                struct ifd_info info = reader_info(rows[i].pin_support, IFD_EXCHANGE_TPDU);

                assert_int_equal(pinpad_features(&info, rows[i].escape, tags), rows[i].count);
                assert_memory_equal(tags, rows[i].tags, rows[i].count);
        }
        pinpad_feature_tlv(0x06, 0x12345678, tlv);
        assert_memory_equal(tlv, ((const uint8_t[]){0x06, 0x04, 0x12, 0x34, 0x56, 0x78}), 6);
}

/* The value of a property; -1: it is not told. */
static int64_t property(const struct ifd_info *info, uint8_t tag)
{
        uint8_t out[PINPAD_TLV_MAX];
        size_t len = pinpad_tlv_properties(info, out), at = 0;
        int64_t found = -1;

        assert_true(len <= sizeof(out));
        while (at < len) {
                assert_true(at + 2 <= len && at + 2 + out[at + 1] <= len);
                if (out[at] == tag) {
                        found = 0;
                        for (unsigned i = out[at + 1]; i-- > 0;)
                                found = found << 8 | out[at + 2 + i];
                }
                at += 2u + out[at + 1];
        }
        return found;
}

static void properties_come_from_the_reader(void **state)
{
        struct ifd_info info = reader_info(3, IFD_EXCHANGE_EXTENDED_APDU);
        uint8_t out[PINPAD_PROPERTIES_LEN];

        (void)state;
        pinpad_properties(&info, out);
        assert_memory_equal(out, ((const uint8_t[]){0x10, 0x02, 0x07, 0x00}), 4);
        assert_int_equal(property(&info, PCSCv2_PART10_PROPERTY_wLcdLayout), 0x0210);
        assert_int_equal(property(&info, PCSCv2_PART10_PROPERTY_bEntryValidationCondition), 7);
        assert_int_equal(property(&info, PCSCv2_PART10_PROPERTY_bTimeOut2), 0);
        assert_int_equal(property(&info, PCSCv2_PART10_PROPERTY_wLcdMaxCharacters), 16);
        assert_int_equal(property(&info, PCSCv2_PART10_PROPERTY_wLcdMaxLines), 2);
        assert_int_equal(property(&info, PCSCv2_PART10_PROPERTY_bPPDUSupport), 0);
        assert_int_equal(property(&info, PCSCv2_PART10_PROPERTY_dwMaxAPDUDataSize), 65535);
        assert_int_equal(property(&info, PCSCv2_PART10_PROPERTY_wIdVendor), 0x1234);
        assert_int_equal(property(&info, PCSCv2_PART10_PROPERTY_wIdProduct), 0x5678);
        assert_int_equal(property(&info, PCSCv2_PART10_PROPERTY_bMinPINSize), -1);
        info = reader_info(0, IFD_EXCHANGE_SHORT_APDU);
        assert_int_equal(property(&info, PCSCv2_PART10_PROPERTY_wLcdLayout), -1);
        assert_int_equal(property(&info, PCSCv2_PART10_PROPERTY_dwMaxAPDUDataSize), 256);
        info = reader_info(0, IFD_EXCHANGE_TPDU);
        assert_int_equal(property(&info, PCSCv2_PART10_PROPERTY_dwMaxAPDUDataSize), 65535);
        info.protocols = 1;
        assert_int_equal(property(&info, PCSCv2_PART10_PROPERTY_dwMaxAPDUDataSize), 256);
        info = reader_info(0, IFD_EXCHANGE_EXTENDED_APDU);
        info.max_command = 261;
        assert_int_equal(property(&info, PCSCv2_PART10_PROPERTY_dwMaxAPDUDataSize), 256);
}

/* ---- what the card services write */

static const struct profile_code eight = {.min = 6, .max = 8, .digits = true, .block = 8, .filler = 0xFF};
static const struct profile_code puk = {.min = 4, .max = 7, .block = 8, .filler = 0x00};
static const struct profile_code as_given = {.min = 1, .max = 255};

static void a_template_of_one_code_is_read_back(void **state)
{
        static const uint8_t command[] = {0x00, 0x20, 0x00, 0x80, 0x08, 0xFF, 0xFF,
                                          0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF};
        struct entry entry = {.ins = 0x20, .p2 = 0x80, .first = &eight};
        uint8_t bytes[ENTRY_TEMPLATE_MAX];
        size_t len = entry_template(&entry, true, bytes);
        struct ifd_secure secure;

        (void)state;
        assert_int_equal(len, VERIFY_HEAD + sizeof(command));
        assert_int_equal(pinpad_parse(bytes, len, false, &secure), SCARD_S_SUCCESS);
        assert_int_equal(secure.format_string, 0x82);
        assert_int_equal(secure.pin_block_string, 8);
        assert_int_equal(secure.max_extra_digit, 0x0608);
        assert_int_equal(secure.entry_validation, 2);
        assert_int_equal(secure.number_message, 1);
        assert_int_equal(secure.apdu_len, sizeof(command));
        assert_memory_equal(secure.apdu, command, sizeof(command));
        len = entry_template(&entry, false, bytes);
        assert_int_equal(pinpad_parse(bytes, len, false, &secure), SCARD_S_SUCCESS);
        assert_int_equal(secure.number_message, 0);
}

static void a_template_of_two_codes_is_read_back(void **state)
{
        struct entry entry = {.ins = 0x2C, .p2 = 0x80, .first = &puk, .second = &eight};
        uint8_t bytes[ENTRY_TEMPLATE_MAX], command[21] = {0x00, 0x2C, 0x00, 0x80, 0x10};
        size_t len = entry_template(&entry, true, bytes);
        struct ifd_secure secure;

        (void)state;
        memset(command + 13, 0xFF, 8);
        assert_int_equal(pinpad_parse(bytes, len, true, &secure), SCARD_S_SUCCESS);
        assert_int_equal(secure.insertion_offset[0], 0);
        assert_int_equal(secure.insertion_offset[1], 8);
        assert_int_equal(secure.confirm_pin, 3);
        assert_int_equal(secure.number_message, 3);
        assert_int_equal(secure.max_extra_digit, 0x0408); /* the wider limits of the two */
        assert_memory_equal(secure.msg_index, ((const uint8_t[]){0, 1, 2}), 3);
        assert_int_equal(secure.apdu_len, sizeof(command));
        assert_memory_equal(secure.apdu, command, sizeof(command));
}

static void codes_without_a_block_leave_the_length_to_the_reader(void **state)
{
        struct entry entry = {.ins = 0x24, .p2 = 0x01, .first = &as_given, .second = &as_given};
        uint8_t bytes[ENTRY_TEMPLATE_MAX];
        struct ifd_secure secure;

        (void)state;
        for (int two = 0; two < 2; two++) {
                entry.second = two ? &as_given : NULL;
                assert_int_equal(pinpad_parse(bytes, entry_template(&entry, true, bytes), two != 0, &secure),
                                 SCARD_S_SUCCESS);
                assert_int_equal(secure.pin_block_string, 0);
                assert_int_equal(secure.max_extra_digit, 0x010F);
                assert_int_equal(secure.apdu_len, 5);
                assert_memory_equal(secure.apdu, ((const uint8_t[]){0x00, 0x24, 0x00, 0x01, 0x00}), 5);
        }
}

static void what_the_structures_cannot_say_gives_no_template(void **state)
{
        static const struct profile_code sixteen = {.min = 4, .max = 16, .block = 16};
        static const struct profile_code widest = {.min = 4, .max = 15, .block = 15};
        static const struct profile_code long_only = {.min = 16, .max = 32};
        uint8_t bytes[ENTRY_TEMPLATE_MAX];

        (void)state;
        assert_int_equal(entry_template(&(struct entry){.first = &sixteen}, true, bytes), 0);
        assert_int_equal(entry_template(&(struct entry){.first = &long_only}, true, bytes), 0);
        assert_int_equal(entry_template(&(struct entry){.first = &eight, .second = &as_given}, true, bytes),
                         0);
        assert_int_equal(entry_template(&(struct entry){.first = &widest, .second = &widest}, true, bytes),
                         ENTRY_TEMPLATE_MAX);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(every_member_of_a_verification_is_read),
            cmocka_unit_test(every_member_of_a_modification_is_read),
            cmocka_unit_test(every_wrong_length_is_refused),
            cmocka_unit_test(hostile_length_fields_are_refused),
            cmocka_unit_test(a_command_is_a_header_or_has_what_lc_says),
            cmocka_unit_test(insertions_lie_within_the_data),
            cmocka_unit_test(only_features_that_the_reader_has_are_told),
            cmocka_unit_test(properties_come_from_the_reader),
            cmocka_unit_test(a_template_of_one_code_is_read_back),
            cmocka_unit_test(a_template_of_two_codes_is_read_back),
            cmocka_unit_test(codes_without_a_block_leave_the_length_to_the_reader),
            cmocka_unit_test(what_the_structures_cannot_say_gives_no_template),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
