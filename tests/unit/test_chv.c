/*
 * core/card/chv.c and card.c against a winscard that is a script: every command as it reaches SCardTransmit
 * is kept and compared byte for byte with the published form.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/card/card.h"
#include "core/card/chv.h"
#include "core/status.h"
#include "tests/support/card_name.h"

#define FAKE_HANDLE   ((SCARDHANDLE)0x1234)
#define FAKE_COMMANDS 8

/* What the fake winscard was asked, and what it is to answer. One test at a time. */
static struct {
        uint8_t atr[33];
        DWORD atr_len;
        DWORD epoch, commands;
        DWORD protocol, state;
        LONG epoch_status, atr_status, begin_status, transmit_status, select_status;
        uint16_t select_sw, sw;
        uint16_t question_sw; /* of an empty VERIFY; 0: sw */
        size_t answer_cut;    /* bytes of the answer that are missing */
        bool answer_long;     /* the answer claims more than there is room for */

        struct {
                uint8_t bytes[5 + 255];
                DWORD len;
                bool in_transaction;
                LPCSCARD_IO_REQUEST pci;
        } sent[FAKE_COMMANDS];
        size_t sent_count;
        size_t features_len; /* of the TLVs of a PIN pad */
        uint8_t entry[100];  /* the last structure */
        DWORD entry_len, entry_code;
        unsigned entries;
        bool entry_in_transaction;
        unsigned begins, ends, status_calls, atr_reads;
        DWORD disposition;
} fake;

static const uint8_t iso_atr[] = {0x3B, 0x00};
static const uint8_t piv_atr[] = {0x3B, 0x8B, 0x80, 0x01, 0x80, 0xF9, 0xA0, 0x00,
                                  0x00, 0x03, 0x08, 0x00, 0x00, 0x10, 0x00, 0xC8};
static const uint8_t piv_select[] = {0x00, 0xA4, 0x04, 0x00, 0x09, 0xA0, 0x00, 0x00,
                                     0x03, 0x08, 0x00, 0x00, 0x10, 0x00, 0x00};

static LONG fake_begin(SCARDHANDLE handle)
{
        assert_int_equal(handle, FAKE_HANDLE);
        if (fake.begin_status == SCARD_S_SUCCESS)
                fake.begins++;
        return fake.begin_status;
}

static LONG fake_end(SCARDHANDLE handle, DWORD disposition)
{
        assert_int_equal(handle, FAKE_HANDLE);
        fake.ends++;
        fake.disposition = disposition;
        return SCARD_S_SUCCESS;
}

static LONG fake_status(SCARDHANDLE handle, LPSTR readers, LPDWORD readers_len, LPDWORD state,
                        LPDWORD protocol, LPBYTE atr, LPDWORD atr_len)
{
        (void)readers;
        (void)readers_len;
        (void)atr;
        (void)atr_len;
        assert_int_equal(handle, FAKE_HANDLE);
        fake.status_calls++;
        if (state != NULL)
                *state = fake.state;
        if (protocol != NULL)
                *protocol = fake.protocol;
        return SCARD_S_SUCCESS;
}

static LONG fake_get_attrib(SCARDHANDLE handle, DWORD attribute, LPBYTE value, LPDWORD len)
{
        assert_int_equal(handle, FAKE_HANDLE);
        if (attribute == ISCARD_ATTR_CARD_EPOCH) {
                if (fake.epoch_status != SCARD_S_SUCCESS)
                        return fake.epoch_status;
                assert_true(*len >= sizeof(fake.epoch));
                memcpy(value, &fake.epoch, sizeof(fake.epoch));
                *len = sizeof(fake.epoch);
                return SCARD_S_SUCCESS;
        }
        if (attribute == ISCARD_ATTR_CARD_COMMANDS) {
                if (fake.epoch_status != SCARD_S_SUCCESS)
                        return fake.epoch_status;
                assert_true(*len >= sizeof(fake.commands));
                memcpy(value, &fake.commands, sizeof(fake.commands));
                *len = sizeof(fake.commands);
                return SCARD_S_SUCCESS;
        }
        assert_int_equal(attribute, SCARD_ATTR_ATR_STRING);
        fake.atr_reads++;
        if (fake.atr_status != SCARD_S_SUCCESS)
                return fake.atr_status;
        assert_true(*len >= fake.atr_len);
        memcpy(value, fake.atr, fake.atr_len);
        *len = fake.atr_len;
        return SCARD_S_SUCCESS;
}

static LONG fake_transmit(SCARDHANDLE handle, LPCSCARD_IO_REQUEST pci, LPCBYTE command, DWORD command_len,
                          LPSCARD_IO_REQUEST recv_pci, LPBYTE response, LPDWORD response_len)
{
        bool select = command_len > 1 && command[1] == 0xA4;
        bool question = command_len == 4 && command[1] == 0x20 && command[2] == 0x00;
        uint16_t sw = select                              ? fake.select_sw
                      : question && fake.question_sw != 0 ? fake.question_sw
                                                          : fake.sw;

        assert_int_equal(handle, FAKE_HANDLE);
        assert_null(recv_pci);
        assert_true(fake.sent_count < FAKE_COMMANDS);
        assert_true(command_len <= sizeof(fake.sent[0].bytes));
        assert_true(*response_len >= 258);
        memcpy(fake.sent[fake.sent_count].bytes, command, command_len);
        fake.sent[fake.sent_count].len = command_len;
        fake.sent[fake.sent_count].in_transaction = fake.begins > fake.ends;
        fake.sent[fake.sent_count].pci = pci;
        fake.sent_count++;
        fake.commands++;
        if (select && fake.select_status != SCARD_S_SUCCESS)
                return fake.select_status;
        if (!select && fake.transmit_status != SCARD_S_SUCCESS)
                return fake.transmit_status;
        response[0] = (uint8_t)(sw >> 8);
        response[1] = (uint8_t)sw;
        *response_len = fake.answer_long ? *response_len + 1 : (DWORD)(2 - fake.answer_cut);
        return SCARD_S_SUCCESS;
}

/* A reader with keys for one code and for two, and a display. */
static LONG fake_control(SCARDHANDLE handle, DWORD code, LPCVOID in, DWORD in_len, LPVOID out, DWORD room,
                         LPDWORD returned)
{
        static const uint8_t features[] = {FEATURE_VERIFY_PIN_DIRECT,  4, 0, 0, 0x10, 0x06,
                                           FEATURE_MODIFY_PIN_DIRECT,  4, 0, 0, 0x10, 0x07,
                                           FEATURE_IFD_PIN_PROPERTIES, 4, 0, 0, 0x10, 0x0A};
        static const uint8_t properties[] = {0x10, 0x02, 0x07, 0x00};
        const uint8_t sw[] = {(uint8_t)(fake.sw >> 8), (uint8_t)fake.sw};
        const uint8_t *answer = sw;
        size_t len = sizeof(sw) - fake.answer_cut;

        assert_int_equal(handle, FAKE_HANDLE);
        if (code == CM_IOCTL_GET_FEATURE_REQUEST) {
                answer = features;
                len = fake.features_len;
        } else if (code == 0x100A) {
                answer = properties;
                len = sizeof(properties);
        } else {
                assert_true(code == 0x1006 || code == 0x1007);
                assert_true(in_len <= sizeof(fake.entry));
                memcpy(fake.entry, in, in_len);
                fake.entry_len = in_len;
                fake.entry_code = code;
                fake.entry_in_transaction = fake.begins > fake.ends;
                fake.entries++;
                fake.commands++;
                if (fake.transmit_status != SCARD_S_SUCCESS)
                        return fake.transmit_status;
        }
        assert_true(len <= room);
        memcpy(out, answer, len);
        *returned = fake.answer_long && answer == sw ? room + 1 : (DWORD)len;
        return SCARD_S_SUCCESS;
}

static const struct winscard_api fake_api = {
    .BeginTransaction = fake_begin,
    .EndTransaction = fake_end,
    .Status = fake_status,
    .Transmit = fake_transmit,
    .Control = fake_control,
    .GetAttrib = fake_get_attrib,
};

static void fake_insert(const uint8_t *atr, size_t len)
{
        memcpy(fake.atr, atr, len);
        fake.atr_len = (DWORD)len;
        fake.epoch++;
}

static struct card card;

static int setup(void **state)
{
        (void)state;
        unsetenv("ISCARD_PROFILE");
        memset(&fake, 0, sizeof(fake));
        fake.protocol = SCARD_PROTOCOL_T1;
        fake.sw = fake.select_sw = 0x9000;
        fake.epoch = 7;
        fake.features_len = 18;
        fake_insert(iso_atr, sizeof(iso_atr));
        memset(&card, 0, sizeof(card));
        card_open(&card, &fake_api, FAKE_HANDLE);
        return 0;
}

static int setup_piv(void **state)
{
        setup(state);
        fake_insert(piv_atr, sizeof(piv_atr));
        return 0;
}

static void assert_sent(size_t index, const uint8_t *apdu, size_t len)
{
        assert_true(index < fake.sent_count);
        assert_int_equal(fake.sent[index].len, len);
        assert_memory_equal(fake.sent[index].bytes, apdu, len);
}
#define ASSERT_SENT(index, ...)                                                                              \
        do {                                                                                                 \
                const uint8_t wanted_[] = {__VA_ARGS__};                                                     \
                assert_sent(index, wanted_, sizeof(wanted_));                                                \
        } while (0)

static const struct chv_reference global_1 = {.global = true, .number = 1};
static const struct chv_reference local_2 = {.local = true, .number = 2};
static const struct chv_reference piv_pin = {.number = 0x80};
static const uint8_t code_1234[] = {'1', '2', '3', '4'};
static const uint8_t code_5678[] = {'5', '6', '7', '8'};
static const uint8_t pin_123456[] = {'1', '2', '3', '4', '5', '6'};
static const uint8_t pin_654321[] = {'6', '5', '4', '3', '2', '1'};
static const uint8_t puk[] = {'1', '2', '3', '4', '5', '6', '7', '8'};

/* ---- ISO/IEC 7816-4 */

static void iso_verify_is_case_3_without_le(void **state)
{
        (void)state;
        assert_int_equal(chv_verify(&card, &global_1, code_1234, 4), SCARD_S_SUCCESS);
        assert_int_equal(fake.sent_count, 1);
        ASSERT_SENT(0, 0x00, 0x20, 0x00, 0x01, 0x04, '1', '2', '3', '4');
        assert_ptr_equal(fake.sent[0].pci, SCARD_PCI_T1);
        assert_int_equal(fake.begins, 0);
        assert_string_equal(card.last.command, "VERIFY");
        assert_int_equal(card.last.sw, 0x9000);
        assert_int_equal(card.last.status, SCARD_S_SUCCESS);
}

static void iso_local_sets_bit_8(void **state)
{
        (void)state;
        assert_int_equal(chv_verify(&card, &local_2, code_1234, 4), SCARD_S_SUCCESS);
        ASSERT_SENT(0, 0x00, 0x20, 0x00, 0x82, 0x04, '1', '2', '3', '4');
}

static void iso_check_is_a_case_1_command(void **state)
{
        (void)state;
        fake.sw = 0x63C2;
        assert_int_equal(chv_check(&card, &global_1), SCARD_W_CARD_NOT_AUTHENTICATED);
        ASSERT_SENT(0, 0x00, 0x20, 0x00, 0x01);
        assert_int_equal(card.last.tries, 2);
}

static void iso_change_joins_the_codes(void **state)
{
        (void)state;
        assert_int_equal(chv_change(&card, &global_1, code_1234, 4, code_5678, 4), SCARD_S_SUCCESS);
        ASSERT_SENT(0, 0x00, 0x24, 0x00, 0x01, 0x08, '1', '2', '3', '4', '5', '6', '7', '8');
        assert_string_equal(card.last.command, "CHANGE REFERENCE DATA");
}

static void iso_enable_and_disable_carry_the_code(void **state)
{
        (void)state;
        assert_int_equal(chv_enable(&card, &global_1, true, code_1234, 4), SCARD_S_SUCCESS);
        assert_int_equal(chv_enable(&card, &global_1, false, code_1234, 4), SCARD_S_SUCCESS);
        ASSERT_SENT(0, 0x00, 0x28, 0x00, 0x01, 0x04, '1', '2', '3', '4');
        ASSERT_SENT(1, 0x00, 0x26, 0x00, 0x01, 0x04, '1', '2', '3', '4');
}

static void iso_unblock_has_four_forms(void **state)
{
        (void)state;
        assert_int_equal(chv_unblock(&card, &global_1, code_1234, 4, code_5678, 4), SCARD_S_SUCCESS);
        assert_int_equal(chv_unblock(&card, &global_1, code_1234, 4, NULL, 0), SCARD_S_SUCCESS);
        assert_int_equal(chv_unblock(&card, &global_1, NULL, 0, code_5678, 4), SCARD_S_SUCCESS);
        assert_int_equal(chv_unblock(&card, &global_1, NULL, 0, NULL, 0), SCARD_S_SUCCESS);
        ASSERT_SENT(0, 0x00, 0x2C, 0x00, 0x01, 0x08, '1', '2', '3', '4', '5', '6', '7', '8');
        ASSERT_SENT(1, 0x00, 0x2C, 0x01, 0x01, 0x04, '1', '2', '3', '4');
        ASSERT_SENT(2, 0x00, 0x2C, 0x02, 0x01, 0x04, '5', '6', '7', '8');
        ASSERT_SENT(3, 0x00, 0x2C, 0x03, 0x01);
        assert_string_equal(card.last.command, "RESET RETRY COUNTER");
}

static void iso_has_no_log_out(void **state)
{
        (void)state;
        assert_int_equal(chv_log_out(&card), SCARD_E_UNSUPPORTED_FEATURE);
        assert_int_equal(fake.sent_count, 0);
        assert_null(card.last.command);
}

static void the_longest_code_fits_and_two_such_do_not(void **state)
{
        uint8_t code[256];

        (void)state;
        memset(code, '7', sizeof(code));
        assert_int_equal(chv_verify(&card, &global_1, code, 255), SCARD_S_SUCCESS);
        assert_int_equal(fake.sent[0].len, 5 + 255);
        assert_int_equal(fake.sent[0].bytes[4], 255);
        assert_int_equal(chv_change(&card, &global_1, code, 255, code, 1), SCARD_E_INVALID_CHV);
        assert_int_equal(chv_change(&card, &global_1, code, 128, code, 128), SCARD_E_INVALID_CHV);
        assert_int_equal(fake.sent_count, 1);
}

/* ---- what is refused before anything is sent */

static void assert_nothing_sent(LONG got, LONG wanted)
{
        assert_int_equal(got, wanted);
        assert_int_equal(fake.sent_count, 0);
        assert_int_equal(fake.begins, 0);
        assert_null(card.last.command);
        assert_int_equal(card.last.sw, 0);
        assert_int_equal(card.last.tries, -1);
        assert_int_equal(card.last.status, wanted);
}

static void empty_and_oversized_codes_send_nothing(void **state)
{
        const LONG bad = SCARD_E_INVALID_PARAMETER;
        uint8_t code[256];

        (void)state;
        memset(code, '1', sizeof(code));
        for (int i = 0; i < 3; i++) {
                const uint8_t *bytes = i == 0 ? NULL : code;
                size_t len = i == 2 ? 256 : 0;

                assert_nothing_sent(chv_verify(&card, &global_1, bytes, len), bad);
                assert_nothing_sent(chv_change(&card, &global_1, bytes, len, code_1234, 4), bad);
                assert_nothing_sent(chv_change(&card, &global_1, code_1234, 4, bytes, len), bad);
                assert_nothing_sent(chv_enable(&card, &global_1, true, bytes, len), bad);
                assert_nothing_sent(chv_enable(&card, &global_1, false, bytes, len), bad);
                if (bytes == NULL)
                        continue; /* for Unblock: not given */
                assert_nothing_sent(chv_unblock(&card, &global_1, bytes, len, code_1234, 4), bad);
                assert_nothing_sent(chv_unblock(&card, &global_1, code_1234, 4, bytes, len), bad);
        }
        assert_nothing_sent(chv_verify(&card, &global_1, NULL, 4), bad);
        assert_nothing_sent(chv_unblock(&card, &global_1, NULL, 4, code_1234, 4), bad);
}

static void bad_references_send_nothing(void **state)
{
        static const struct chv_reference bad[] = {
            {.global = true, .local = true, .number = 1},
            {.global = true, .number = 32},
            {.global = true, .number = -1},
            {.local = true, .number = 32},
            {.local = true, .number = -1},
            {.number = 256},
            {.number = -1},
            {.number = INT32_MAX},
            {.number = INT32_MIN},
            {.global = true, .number = INT32_MIN},
        };

        (void)state;
        for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
                const LONG wanted = SCARD_E_INVALID_PARAMETER;

                assert_nothing_sent(chv_verify(&card, &bad[i], code_1234, 4), wanted);
                assert_nothing_sent(chv_check(&card, &bad[i]), wanted);
                assert_nothing_sent(chv_change(&card, &bad[i], code_1234, 4, code_5678, 4), wanted);
                assert_nothing_sent(chv_enable(&card, &bad[i], true, code_1234, 4), wanted);
                assert_nothing_sent(chv_unblock(&card, &bad[i], NULL, 0, NULL, 0), wanted);
        }
}

static void piv_limits_are_checked_before_anything_is_sent(void **state)
{
        static const struct {
                const char *code;
                size_t len;
        } bad[] = {{"12345", 5},     {"123456789", 9}, {"12345a", 6},
                   {"12345\xFF", 6}, {"1234 6", 6},    {"12345\0", 6}};

        (void)state;
        for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
                const uint8_t *code = (const uint8_t *)bad[i].code;

                assert_nothing_sent(chv_verify(&card, &piv_pin, code, bad[i].len), SCARD_E_INVALID_CHV);
                assert_nothing_sent(chv_change(&card, &piv_pin, pin_123456, 6, code, bad[i].len),
                                    SCARD_E_INVALID_CHV);
                assert_nothing_sent(chv_unblock(&card, &piv_pin, puk, 8, code, bad[i].len),
                                    SCARD_E_INVALID_CHV);
        }
        assert_nothing_sent(chv_verify(&card, &global_1, pin_123456, 6), SCARD_E_INVALID_PARAMETER);
        assert_nothing_sent(chv_enable(&card, &piv_pin, true, pin_123456, 6), SCARD_E_UNSUPPORTED_FEATURE);
        assert_nothing_sent(chv_unblock(&card, &piv_pin, NULL, 0, NULL, 0), SCARD_E_UNSUPPORTED_FEATURE);
        assert_nothing_sent(chv_unblock(&card, &piv_pin, NULL, 0, pin_123456, 6),
                            SCARD_E_UNSUPPORTED_FEATURE);
}

/* ---- NIST SP 800-73-4 part 2 */

static void piv_selects_and_verifies_in_one_transaction(void **state)
{
        (void)state;
        assert_int_equal(chv_verify(&card, &piv_pin, pin_123456, 6), SCARD_S_SUCCESS);
        assert_int_equal(fake.sent_count, 2);
        assert_sent(0, piv_select, sizeof(piv_select));
        ASSERT_SENT(1, 0x00, 0x20, 0x00, 0x80, 0x08, '1', '2', '3', '4', '5', '6', 0xFF, 0xFF);
        assert_true(fake.sent[0].in_transaction);
        assert_true(fake.sent[1].in_transaction);
        assert_int_equal(fake.begins, 1);
        assert_int_equal(fake.ends, 1);
        assert_int_equal(fake.disposition, SCARD_LEAVE_CARD);
        assert_string_equal(card_profile_name(&card), "piv");
}

static void piv_selects_once_in_an_epoch(void **state)
{
        (void)state;
        chv_verify(&card, &piv_pin, pin_123456, 6);
        assert_int_equal(chv_verify(&card, &piv_pin, pin_123456, 6), SCARD_S_SUCCESS);
        assert_int_equal(fake.sent_count, 3);
        assert_int_equal(fake.status_calls, 1);
        assert_int_equal(fake.atr_reads, 1);
        fake.epoch++;
        assert_int_equal(chv_verify(&card, &piv_pin, pin_123456, 6), SCARD_S_SUCCESS);
        assert_int_equal(fake.sent_count, 5);
        assert_sent(3, piv_select, sizeof(piv_select));
        card_changed(&card);
        assert_int_equal(chv_check(&card, &piv_pin), SCARD_S_SUCCESS);
        assert_sent(5, piv_select, sizeof(piv_select));
        ASSERT_SENT(6, 0x00, 0x20, 0x00, 0x80);
}

/* A code meant for one application must not reach another that somebody selected in between. */
static void piv_selects_again_after_a_command_of_somebody_else(void **state)
{
        (void)state;
        chv_verify(&card, &piv_pin, pin_123456, 6);
        fake.commands++;
        assert_int_equal(chv_verify(&card, &piv_pin, pin_123456, 6), SCARD_S_SUCCESS);
        assert_int_equal(fake.sent_count, 4);
        assert_sent(2, piv_select, sizeof(piv_select));
        assert_true(fake.sent[2].in_transaction);
        assert_true(fake.sent[3].in_transaction);
        assert_int_equal(chv_verify(&card, &piv_pin, pin_123456, 6), SCARD_S_SUCCESS);
        assert_int_equal(fake.sent_count, 5);
        assert_true(fake.sent[4].in_transaction); /* where nobody can select something else meanwhile */
        assert_int_equal(fake.begins, fake.ends);
}

static void piv_selects_each_time_where_no_epoch_is_known(void **state)
{
        (void)state;
        fake.epoch_status = SCARD_E_UNSUPPORTED_FEATURE;
        chv_verify(&card, &piv_pin, pin_123456, 6);
        assert_int_equal(chv_verify(&card, &piv_pin, pin_123456, 6), SCARD_S_SUCCESS);
        assert_int_equal(fake.sent_count, 4);
        assert_sent(2, piv_select, sizeof(piv_select));
        assert_int_equal(fake.begins, fake.ends);
}

static void piv_change_and_unblock_are_two_blocks_of_eight(void **state)
{
        static const struct chv_reference piv_puk = {.number = 0x81};

        (void)state;
        assert_int_equal(chv_change(&card, &piv_pin, pin_123456, 6, pin_654321, 6), SCARD_S_SUCCESS);
        ASSERT_SENT(1, 0x00, 0x24, 0x00, 0x80, 0x10, '1', '2', '3', '4', '5', '6', 0xFF, 0xFF, '6', '5', '4',
                    '3', '2', '1', 0xFF, 0xFF);
        assert_int_equal(chv_unblock(&card, &piv_pin, puk, 8, pin_654321, 6), SCARD_S_SUCCESS);
        ASSERT_SENT(2, 0x00, 0x2C, 0x00, 0x80, 0x10, '1', '2', '3', '4', '5', '6', '7', '8', '6', '5', '4',
                    '3', '2', '1', 0xFF, 0xFF);
        assert_int_equal(chv_change(&card, &piv_puk, puk, 8, (const uint8_t *)"ABCDEFGH", 8),
                         SCARD_S_SUCCESS);
        ASSERT_SENT(3, 0x00, 0x24, 0x00, 0x81, 0x10, '1', '2', '3', '4', '5', '6', '7', '8', 'A', 'B', 'C',
                    'D', 'E', 'F', 'G', 'H');
}

static void piv_logs_out_of_both_pins(void **state)
{
        (void)state;
        fake.question_sw = 0x63C3;
        assert_int_equal(chv_log_out(&card), SCARD_S_SUCCESS);
        assert_int_equal(fake.sent_count, 5);
        ASSERT_SENT(1, 0x00, 0x20, 0xFF, 0x80);
        ASSERT_SENT(2, 0x00, 0x20, 0x00, 0x80);
        ASSERT_SENT(3, 0x00, 0x20, 0xFF, 0x00);
        ASSERT_SENT(4, 0x00, 0x20, 0x00, 0x00);
        assert_int_equal(fake.begins, fake.ends);
        /* What failed nothing is told of. */
        assert_int_equal(card.last.sw, 0x9000);
        assert_int_equal(card.last.tries, -1);
}

static void piv_log_out_that_the_card_refuses_is_left_to_a_reset(void **state)
{
        (void)state;
        fake.question_sw = 0x63C3;
        for (unsigned sw = 1; sw < 0x10000; sw++) {
                fake.sw = (uint16_t)sw;
                fake.sent_count = 0;
                assert_int_equal(chv_log_out(&card),
                                 sw == 0x9000 ? SCARD_S_SUCCESS : SCARD_E_UNSUPPORTED_FEATURE);
        }
        fake.transmit_status = SCARD_W_REMOVED_CARD;
        fake.sent_count = 0;
        assert_int_equal(chv_log_out(&card), SCARD_W_REMOVED_CARD);
}

static void a_card_without_the_application_is_unsupported(void **state)
{
        (void)state;
        fake.select_sw = 0x6A82;
        assert_int_equal(chv_verify(&card, &piv_pin, pin_123456, 6), SCARD_E_UNSUPPORTED_FEATURE);
        assert_int_equal(fake.sent_count, 1);
        assert_int_equal(fake.begins, 1);
        assert_int_equal(fake.ends, 1);
        assert_string_equal(card.last.command, "SELECT");
        assert_int_equal(card.last.sw, 0x6A82);
        fake.select_sw = 0x9000;
        assert_int_equal(chv_verify(&card, &piv_pin, pin_123456, 6), SCARD_S_SUCCESS);
        assert_int_equal(fake.sent_count, 3);
}

static void no_status_word_of_select_leaves_a_transaction_or_is_taken_for_success(void **state)
{
        (void)state;
        for (unsigned sw = 0; sw < 0x10000; sw++) {
                LONG status;

                fake.select_sw = (uint16_t)sw;
                fake.sent_count = 0;
                card_changed(&card);
                status = chv_verify(&card, &piv_pin, pin_123456, 6);
                assert_int_equal(fake.begins, fake.ends);
                assert_non_null(status_name(status));
                if (status != SCARD_S_SUCCESS) /* once more with the Le that it wanted, and never a code */
                        assert_int_equal(fake.sent_count, sw >> 8 == 0x6C ? 2 : 1);
                else /* and GET RESPONSE */
                        assert_int_equal(fake.sent_count, sw >> 8 == 0x61 ? 3 : 2);
        }
}

/* ---- answers */

static LONG table_of_hresult_md(unsigned sw)
{
        if (sw == 0x9000)
                return SCARD_S_SUCCESS;
        if (sw == 0x63C0)
                return SCARD_W_CHV_BLOCKED;
        if ((sw & 0xFFF0) == 0x63C0 || sw == 0x6300)
                return SCARD_W_WRONG_CHV;
        switch (sw) {
        case 0x6700:
        case 0x6A80:
                return SCARD_E_INVALID_CHV;
        case 0x6982:
        case 0x6985:
        case 0x9808:
                return SCARD_W_SECURITY_VIOLATION;
        case 0x6983:
        case 0x6984:
        case 0x9840:
                return SCARD_W_CHV_BLOCKED;
        case 0x6A81:
        case 0x6D00:
        case 0x6E00:
        case 0x6884:
        case 0x6882:
        case 0x6881:
                return SCARD_E_UNSUPPORTED_FEATURE;
        case 0x6A86:
        case 0x6B00:
        case 0x6A88:
        case 0x9802:
                return SCARD_E_INVALID_PARAMETER;
        case 0x9804:
                return SCARD_W_WRONG_CHV;
        default:
                return SCARD_E_UNEXPECTED;
        }
}

static void every_status_word_gives_a_code_of_the_table(void **state)
{
        (void)state;
        for (unsigned sw = 0; sw < 0x10000; sw++) {
                LONG wanted = table_of_hresult_md(sw);

                fake.sw = (uint16_t)sw;
                fake.sent_count = 0;
                assert_int_equal(chv_verify(&card, &global_1, code_1234, 4), wanted);
                assert_int_equal(card.last.sw, sw);
                assert_int_equal(card.last.status, wanted);
                fake.sent_count = 0;
                assert_int_equal(chv_unblock(&card, &global_1, NULL, 0, NULL, 0), wanted);
                if ((sw & 0xFFF0) == 0x63C0)
                        assert_int_equal(card.last.tries, sw & 0xF);
                fake.sent_count = 0;
                if (wanted == SCARD_W_WRONG_CHV && sw != 0x6300 && sw != 0x9804)
                        wanted = SCARD_W_CARD_NOT_AUTHENTICATED;
                if (sw != 0x6300 && sw != 0x9804)
                        assert_int_equal(chv_check(&card, &global_1), wanted);
        }
}

static void answers_without_a_status_word_are_a_communication_error(void **state)
{
        (void)state;
        for (fake.answer_cut = 1; fake.answer_cut <= 2; fake.answer_cut++) {
                assert_int_equal(chv_verify(&card, &global_1, code_1234, 4), SCARD_F_COMM_ERROR);
                assert_int_equal(card.last.sw, 0);
                assert_string_equal(card.last.command, "VERIFY");
        }
        fake.answer_cut = 0;
        fake.answer_long = true;
        assert_int_equal(chv_verify(&card, &global_1, code_1234, 4), SCARD_F_COMM_ERROR);
}

static void transmit_errors_pass_through(void **state)
{
        static const LONG codes[] = {SCARD_W_RESET_CARD,         SCARD_W_REMOVED_CARD, SCARD_W_UNPOWERED_CARD,
                                     SCARD_E_READER_UNAVAILABLE, SCARD_E_TIMEOUT,      SCARD_E_NO_MEMORY,
                                     SCARD_E_CANCELLED,          SCARD_F_COMM_ERROR};

        (void)state;
        for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
                fake.sent_count = 0;
                fake.transmit_status = codes[i];
                assert_int_equal(chv_verify(&card, &global_1, code_1234, 4), codes[i]);
                assert_int_equal(card.last.status, codes[i]);
                assert_int_equal(card.last.sw, 0);
                assert_int_equal(card.last.tries, -1);
        }
}

static void errors_around_the_selection_pass_through(void **state)
{
        (void)state;
        fake.begin_status = SCARD_W_RESET_CARD;
        assert_int_equal(chv_verify(&card, &piv_pin, pin_123456, 6), SCARD_W_RESET_CARD);
        assert_int_equal(fake.sent_count, 0);
        assert_int_equal(fake.ends, 0);
        fake.begin_status = SCARD_S_SUCCESS;
        fake.select_status = SCARD_W_REMOVED_CARD;
        assert_int_equal(chv_verify(&card, &piv_pin, pin_123456, 6), SCARD_W_REMOVED_CARD);
        assert_int_equal(fake.sent_count, 1);
        assert_int_equal(fake.begins, fake.ends);
}

static void a_missing_atr_gives_the_pending_condition(void **state)
{
        (void)state;
        fake.atr_status = SCARD_E_NO_SMARTCARD;
        fake.begin_status = SCARD_W_REMOVED_CARD;
        assert_int_equal(chv_verify(&card, &global_1, code_1234, 4), SCARD_W_REMOVED_CARD);
        fake.begin_status = SCARD_S_SUCCESS;
        fake.state = SCARD_ABSENT;
        assert_int_equal(chv_verify(&card, &global_1, code_1234, 4), SCARD_E_NO_SMARTCARD);
        fake.state = SCARD_PRESENT;
        assert_int_equal(chv_verify(&card, &global_1, code_1234, 4), SCARD_W_UNPOWERED_CARD);
        assert_int_equal(fake.begins, fake.ends);
        assert_int_equal(fake.sent_count, 0);
        assert_string_equal(card_profile_name(&card), "iso");
        fake.epoch_status = SCARD_E_INVALID_HANDLE;
        assert_int_equal(chv_verify(&card, &global_1, code_1234, 4), SCARD_E_INVALID_HANDLE);
}

/* ---- which profile, which protocol */

static void a_profile_by_name_outranks_the_environment_and_the_atr(void **state)
{
        (void)state;
        setenv("ISCARD_PROFILE", "piv", 1);
        assert_string_equal(card_profile_name(&card), "piv");
        assert_false(card_force_profile(&card, "no such card"));
        assert_string_equal(card_profile_name(&card), "piv");
        assert_true(card_force_profile(&card, "ISO"));
        assert_string_equal(card_profile_name(&card), "iso");
        assert_true(card_force_profile(&card, NULL));
        assert_string_equal(card_profile_name(&card), "piv");
        setenv("ISCARD_PROFILE", "no such card", 1);
        card_changed(&card);
        assert_string_equal(card_profile_name(&card), "iso");
        assert_int_equal(fake.sent_count, 0);
        unsetenv("ISCARD_PROFILE");
}

static void another_card_is_recognised_anew(void **state)
{
        (void)state;
        assert_string_equal(card_profile_name(&card), "iso");
        fake_insert(piv_atr, sizeof(piv_atr));
        assert_string_equal(card_profile_name(&card), "piv");
}

static void the_send_pci_is_that_of_the_protocol(void **state)
{
        (void)state;
        fake.protocol = SCARD_PROTOCOL_T0;
        assert_int_equal(chv_verify(&card, &global_1, code_1234, 4), SCARD_S_SUCCESS);
        assert_ptr_equal(fake.sent[0].pci, SCARD_PCI_T0);
        ASSERT_SENT(0, 0x00, 0x20, 0x00, 0x01, 0x04, '1', '2', '3', '4');
        assert_int_equal(chv_verify(&card, &global_1, code_1234, 4), SCARD_S_SUCCESS);
        assert_int_equal(fake.status_calls, 1);
        fake.protocol = SCARD_PROTOCOL_T1;
        fake.epoch++;
        assert_int_equal(chv_verify(&card, &global_1, code_1234, 4), SCARD_S_SUCCESS);
        assert_ptr_equal(fake.sent[2].pci, SCARD_PCI_T1);
        fake.protocol = SCARD_PROTOCOL_UNDEFINED;
        fake.epoch++;
        assert_int_equal(chv_verify(&card, &global_1, code_1234, 4), SCARD_S_SUCCESS);
        assert_null(fake.sent[3].pci);
}

/* ---- codes from the PIN pad */

static void piv_entry_selects_and_fills_the_block(void **state)
{
        static const uint8_t wanted[] = {0,    0,    0x82, 0x08, 0,    0x08, 0x06, 0x02, 1,    0x09, 0x04,
                                         0,    0,    0,    0,    13,   0,    0,    0,    0x00, 0x20, 0x00,
                                         0x80, 0x08, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF};

        (void)state;
        assert_int_equal(chv_verify_pinpad(&card, &piv_pin), SCARD_S_SUCCESS);
        assert_int_equal(fake.sent_count, 1);
        assert_sent(0, piv_select, sizeof(piv_select));
        assert_int_equal(fake.entry_code, 0x1006);
        assert_int_equal(fake.entry_len, sizeof(wanted));
        assert_memory_equal(fake.entry, wanted, sizeof(wanted));
        assert_true(fake.entry_in_transaction);
        assert_int_equal(fake.begins, fake.ends);
        assert_string_equal(card.last.command, "VERIFY");
        assert_int_equal(card.last.sw, 0x9000);
        /* Nobody else sent a command: the application is still the selected one. */
        assert_int_equal(chv_verify_pinpad(&card, &piv_pin), SCARD_S_SUCCESS);
        assert_int_equal(fake.sent_count, 1);
}

static void piv_change_and_unblock_ask_for_two_codes(void **state)
{
        (void)state;
        assert_int_equal(chv_change_pinpad(&card, &piv_pin), SCARD_S_SUCCESS);
        assert_int_equal(fake.entry_code, 0x1007);
        assert_int_equal(fake.entry_len, 24 + 5 + 16);
        assert_int_equal(fake.entry[6], 8);  /* bInsertionOffsetNew */
        assert_int_equal(fake.entry[9], 3);  /* bConfirmPIN */
        assert_int_equal(fake.entry[11], 3); /* bNumberMessage */
        assert_memory_equal(fake.entry + 24, ((const uint8_t[]){0x00, 0x24, 0x00, 0x80, 0x10}), 5);
        assert_int_equal(chv_unblock_pinpad(&card, &piv_pin), SCARD_S_SUCCESS);
        assert_memory_equal(fake.entry + 24, ((const uint8_t[]){0x00, 0x2C, 0x00, 0x80, 0x10}), 5);
        assert_string_equal(card.last.command, "RESET RETRY COUNTER");
}

static void entry_fails_as_the_command_does(void **state)
{
        (void)state;
        fake.sw = 0x63C2;
        assert_int_equal(chv_verify_pinpad(&card, &global_1), SCARD_W_WRONG_CHV);
        assert_int_equal(card.last.tries, 2);
        fake.sw = 0x6401;
        assert_int_equal(chv_verify_pinpad(&card, &global_1), SCARD_W_CANCELLED_BY_USER);
        assert_int_equal(card.last.status, SCARD_W_CANCELLED_BY_USER);
        fake.transmit_status = SCARD_W_REMOVED_CARD;
        assert_int_equal(chv_verify_pinpad(&card, &global_1), SCARD_W_REMOVED_CARD);
        assert_int_equal(card.last.sw, 0);
        fake.transmit_status = SCARD_S_SUCCESS;
        fake.answer_cut = 1;
        assert_int_equal(chv_verify_pinpad(&card, &global_1), SCARD_F_COMM_ERROR);
        fake.answer_cut = 0;
        fake.answer_long = true;
        assert_int_equal(chv_verify_pinpad(&card, &global_1), SCARD_F_COMM_ERROR);
}

static void entry_is_refused_before_anybody_is_asked(void **state)
{
        const struct chv_reference both = {.global = true, .local = true, .number = 1};
        const struct chv_reference unknown = {.number = 0x55};

        (void)state;
        assert_int_equal(chv_verify_pinpad(&card, &both), SCARD_E_INVALID_PARAMETER);
        assert_int_equal(chv_verify_pinpad(&card, &unknown), SCARD_E_INVALID_PARAMETER);
        assert_int_equal(chv_enable_pinpad(&card, &piv_pin, true), SCARD_E_UNSUPPORTED_FEATURE);
        /* Feature lists that are empty, or end inside a TLV. */
        for (fake.features_len = 0; fake.features_len < 6; fake.features_len++)
                assert_int_equal(chv_verify_pinpad(&card, &piv_pin), SCARD_E_UNSUPPORTED_FEATURE);
        assert_int_equal(chv_pinpad(&card, false), SCARD_S_SUCCESS);
        assert_int_equal(chv_pinpad(&card, true), SCARD_E_UNSUPPORTED_FEATURE);
        assert_int_equal(chv_change_pinpad(&card, &piv_pin), SCARD_E_UNSUPPORTED_FEATURE);
        setenv("ISCARD_PINPAD", "0", 1);
        assert_int_equal(chv_verify_pinpad(&card, &piv_pin), SCARD_E_UNSUPPORTED_FEATURE);
        unsetenv("ISCARD_PINPAD");
        assert_int_equal(fake.entries, 0);
        assert_int_equal(fake.sent_count, 0);
        assert_int_equal(fake.begins, 0);
}

#define ISO(test) cmocka_unit_test_setup(test, setup)
#define PIV(test) cmocka_unit_test_setup(test, setup_piv)

int main(void)
{
        const struct CMUnitTest tests[] = {
            ISO(iso_verify_is_case_3_without_le),
            ISO(iso_local_sets_bit_8),
            ISO(iso_check_is_a_case_1_command),
            ISO(iso_change_joins_the_codes),
            ISO(iso_enable_and_disable_carry_the_code),
            ISO(iso_unblock_has_four_forms),
            ISO(iso_has_no_log_out),
            ISO(the_longest_code_fits_and_two_such_do_not),
            ISO(empty_and_oversized_codes_send_nothing),
            ISO(bad_references_send_nothing),
            PIV(piv_limits_are_checked_before_anything_is_sent),
            PIV(piv_selects_and_verifies_in_one_transaction),
            PIV(piv_selects_once_in_an_epoch),
            PIV(piv_selects_again_after_a_command_of_somebody_else),
            PIV(piv_selects_each_time_where_no_epoch_is_known),
            PIV(piv_change_and_unblock_are_two_blocks_of_eight),
            PIV(piv_logs_out_of_both_pins),
            PIV(piv_log_out_that_the_card_refuses_is_left_to_a_reset),
            PIV(a_card_without_the_application_is_unsupported),
            PIV(no_status_word_of_select_leaves_a_transaction_or_is_taken_for_success),
            ISO(every_status_word_gives_a_code_of_the_table),
            ISO(answers_without_a_status_word_are_a_communication_error),
            ISO(transmit_errors_pass_through),
            PIV(errors_around_the_selection_pass_through),
            ISO(a_missing_atr_gives_the_pending_condition),
            ISO(a_profile_by_name_outranks_the_environment_and_the_atr),
            ISO(another_card_is_recognised_anew),
            ISO(the_send_pci_is_that_of_the_protocol),
            PIV(piv_entry_selects_and_fills_the_block),
            PIV(piv_change_and_unblock_ask_for_two_codes),
            ISO(entry_fails_as_the_command_does),
            PIV(entry_is_refused_before_anybody_is_asked),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
