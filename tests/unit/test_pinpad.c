/*
 * test_pinpad.c - src/ccid/pinpad.c: PIN entry on the reader, over a transport that answers as it is told. The
 * expected bytes are those of the tables of CCID 1.1 6.1.11.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "ccid/message.h"
#include "ccid/pinpad.h"
#include "ccid/reader.h"
#include "core/status.h"
#include "tests/support/hand_clock.h"

#define TPDU          0x00010000u
#define SHORT_APDU    0x00020000u
#define EXTENDED_APDU 0x00040000u

#define FAILED   0x40u
#define EXTEND   0x80u
#define INACTIVE 1u
#define NO_CARD  2u

/* ---- the wire: one answer after the other, made from the message that was sent last */

struct answer {
        int32_t status;
        uint8_t type; /* 0: the right one */
        uint8_t bStatus, bError, byte9;
        const char *data;
        size_t data_len;
        bool block; /* waits for cancel */
};

static struct {
        struct answer answers[8];
        size_t count, next;
        uint8_t first[320], last[320]; /* messages sent */
        size_t first_len, last_len;
        unsigned sent, controls, first_ms, last_ms;
        pthread_mutex_t lock;
        pthread_cond_t change;
        bool waiting, cancelled;
} wire;

static void answer_with(struct answer answer)
{
        wire.answers[wire.count++] = answer;
}

static int32_t wire_open(void *dev, const struct ccid_pipes *pipes, void **pipe)
{
        (void)pipes;
        *pipe = dev;
        return SCARD_S_SUCCESS;
}

static void wire_close(void *pipe)
{
        (void)pipe;
}

static int32_t wire_blocked(void)
{
        pthread_mutex_lock(&wire.lock);
        wire.waiting = true;
        pthread_cond_broadcast(&wire.change);
        while (!wire.cancelled)
                pthread_cond_wait(&wire.change, &wire.lock);
        wire.waiting = wire.cancelled = false;
        pthread_mutex_unlock(&wire.lock);
        return SCARD_E_CANCELLED;
}

static int32_t wire_receive(void *pipe, uint8_t *in, size_t in_cap, size_t *in_len, unsigned timeout_ms)
{
        const struct answer *answer;

        (void)pipe;
        *in_len = 0;
        wire.last_ms = timeout_ms;
        if (wire.next == wire.count)
                return SCARD_E_TIMEOUT;
        answer = &wire.answers[wire.next++];
        if (answer->block)
                return wire_blocked();
        if (answer->status != SCARD_S_SUCCESS)
                return answer->status;
        assert_true(in_cap >= MESSAGE_HEADER_LEN + answer->data_len);
        message_header(in, answer->type != 0 ? answer->type : message_answer_type(wire.last[0]), wire.last[5],
                       wire.last[6], answer->data_len,
                       (const uint8_t[3]){answer->bStatus, answer->bError, answer->byte9});
        if (answer->data_len != 0)
                memcpy(in + MESSAGE_HEADER_LEN, answer->data, answer->data_len);
        *in_len = MESSAGE_HEADER_LEN + answer->data_len;
        return SCARD_S_SUCCESS;
}

static int32_t wire_exchange(void *pipe, const uint8_t *out, size_t out_len, bool zlp, uint8_t *in,
                             size_t in_cap, size_t *in_len, unsigned timeout_ms)
{
        (void)zlp;
        assert_true(out_len <= sizeof wire.last);
        memcpy(wire.last, out, out_len);
        wire.last_len = out_len;
        if (wire.sent++ == 0) {
                memcpy(wire.first, out, out_len);
                wire.first_len = out_len;
                wire.first_ms = timeout_ms;
        }
        return wire_receive(pipe, in, in_cap, in_len, timeout_ms);
}

static int32_t wire_send(void *pipe, const uint8_t *out, size_t out_len, bool zlp, unsigned timeout_ms)
{
        (void)pipe;
        (void)out;
        (void)out_len;
        (void)zlp;
        (void)timeout_ms;
        return SCARD_F_COMM_ERROR;
}

static int32_t wire_control(void *pipe, uint8_t bmRequestType, uint8_t bRequest, uint16_t wValue,
                            uint8_t *data, size_t *data_len, unsigned timeout_ms)
{
        (void)pipe;
        (void)bmRequestType;
        (void)bRequest;
        (void)wValue;
        (void)data;
        (void)timeout_ms;
        *data_len = 0;
        wire.controls++;
        return SCARD_S_SUCCESS;
}

static int32_t wire_event(void *pipe, uint8_t *data, size_t cap, size_t *len)
{
        (void)pipe;
        (void)data;
        (void)cap;
        *len = 0;
        return SCARD_S_SUCCESS;
}

static int32_t wire_clear_halt(void *pipe, uint8_t endpoint)
{
        (void)pipe;
        (void)endpoint;
        return SCARD_S_SUCCESS;
}

static void wire_cancel(void *pipe)
{
        (void)pipe;
        pthread_mutex_lock(&wire.lock);
        if (wire.waiting) {
                wire.cancelled = true;
                pthread_cond_broadcast(&wire.change);
        }
        pthread_mutex_unlock(&wire.lock);
}

static void wire_forget(void *dev)
{
        (void)dev;
}

static const struct ccid_transport_ops wire_ops = {
    .open = wire_open,
    .close = wire_close,
    .exchange = wire_exchange,
    .receive = wire_receive,
    .send = wire_send,
    .control = wire_control,
    .event = wire_event,
    .clear_halt = wire_clear_halt,
    .cancel = wire_cancel,
    .forget = wire_forget,
};

/* ---- a reader over it */

static struct ccid_reader *reader;

static void make(uint32_t features, uint32_t max_message, uint8_t pin_support, uint32_t quirks)
{
        static const struct ccid_device device = {.vendor_id = 1, .product_id = 2};
        static struct quirk quirk;
        struct ccid_descriptor d = {.bVoltageSupport = 7,
                                    .dwProtocols = 3,
                                    .dwFeatures = features,
                                    .dwMaxCCIDMessageLength = max_message,
                                    .wLcdLayout = 0x0210,
                                    .bPINSupport = pin_support,
                                    .bMaxCCIDBusySlots = 1};

        d.pipes =
            (struct ccid_pipes){.bulk_out = 1, .bulk_in = 0x82, .bulk_out_packet = 64, .bulk_in_packet = 64};
        memset(&wire, 0, sizeof wire);
        pthread_mutex_init(&wire.lock, NULL);
        pthread_cond_init(&wire.change, NULL);
        quirk = (struct quirk){.flags = quirks, .reason = "a test"};
        assert_int_equal(reader_create(&wire_ops, &wire, &device, &d, &quirk, NULL, NULL, &reader),
                         SCARD_S_SUCCESS);
        assert_int_equal(reader_ops.open(reader), SCARD_S_SUCCESS);
}

static int setup(void **state)
{
        (void)state;
        make(SHORT_APDU, 271, 3, 0);
        return 0;
}

static int teardown(void **state)
{
        (void)state;
        hand_clock_go();
        reader_ops.close(reader);
        reader_ops.destroy(reader);
        return 0;
}

static void make_anew(uint32_t features, uint32_t max_message, uint8_t pin_support, uint32_t quirks)
{
        teardown(NULL);
        make(features, max_message, pin_support, quirks);
}

static const uint8_t verify_apdu[] = {0x00, 0x20, 0x00, 0x80, 8,    0xFF, 0xFF,
                                      0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF};
static const uint8_t modify_apdu[] = {0x00, 0x24, 0x00, 0x80, 16,   0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
                                      0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF};
static uint8_t rsp[300];

/* A PIV code: 6 to 8 ASCII digits, FF to 8 bytes */
static struct ifd_secure verify_template(void)
{
        return (struct ifd_secure){.timeout_s = 30,
                                   .format_string = 0x82,
                                   .pin_block_string = 0x08,
                                   .max_extra_digit = 0x0608,
                                   .entry_validation = 2,
                                   .number_message = 1,
                                   .lang_id = 0x0409,
                                   .apdu = verify_apdu,
                                   .apdu_len = sizeof verify_apdu,
                                   .rsp = rsp,
                                   .rsp_cap = sizeof rsp,
                                   .rsp_len = 77};
}

static struct ifd_secure modify_template(void)
{
        struct ifd_secure secure = verify_template();

        secure.modify = true;
        secure.insertion_offset[1] = 8;
        secure.confirm_pin = 3;
        secure.number_message = 3;
        secure.msg_index[0] = 0x10;
        secure.msg_index[1] = 0x11;
        secure.msg_index[2] = 0x12;
        secure.apdu = modify_apdu;
        secure.apdu_len = sizeof modify_apdu;
        return secure;
}

static int32_t enter(struct ifd_secure *secure)
{
        int32_t status = reader_ops.secure(reader, 0, secure);

        if (status != SCARD_S_SUCCESS)
                assert_int_equal(secure->rsp_len, 0);
        return status;
}

/* ---- the bytes */

/* CCID 1.1 table 6.1-11 and the PIN verification data structure behind it */
static void verification_has_the_layout_of_the_standard(void **state)
{
        /* clang-format off */
        static const uint8_t expected[] = {
            0x69, 28, 0, 0, 0, 0, 0, 0, 0, 0, /* bSlot, bSeq, bBWI, wLevelParameter */
            0x00,             /* bPINOperation */
            30, 0x82, 0x48, 0x04, 0x08, 0x06, 2, 1, 0x09, 0x04, 0x07, /* bTimeOut to bMsgIndex */
            0xA1, 0xA2, 0xA3, /* bTeoPrologue */
            0x00, 0x20, 0x00, 0x80, 8, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF};
        /* clang-format on */
        struct ifd_secure secure = verify_template();

        (void)state;
        secure.pin_block_string = 0x48;
        secure.pin_length_format = 0x04;
        secure.msg_index[0] = 7;
        memcpy(secure.teo_prologue, "\xA1\xA2\xA3", 3);
        answer_with((struct answer){.data = "\x90\x00", .data_len = 2});
        assert_int_equal(enter(&secure), SCARD_S_SUCCESS);
        assert_int_equal(secure.rsp_len, 2);
        assert_memory_equal(rsp, "\x90\x00", 2);
        assert_int_equal(wire.sent, 1);
        assert_int_equal(wire.first_len, sizeof expected);
        assert_memory_equal(wire.first, expected, sizeof expected);
}

/* bMsgIndex2 is there where bNumberMessage is not 0, bMsgIndex3 where it is 3 */
static void modification_has_as_many_indexes_as_messages(void **state)
{
        static const struct {
                uint8_t messages, indexes;
        } rows[] = {{0, 1}, {1, 2}, {2, 2}, {3, 3}, {0xFF, 2}};
        /* clang-format off */
        static const uint8_t head[] = {
            0x01,                   /* bPINOperation */
            30, 0x82, 0x08, 0x00,   /* bTimeOut to bmPINLengthFormat */
            0, 8, 0x08, 0x06, 3, 2, /* bInsertionOffsetOld to bEntryValidationCondition */
        };
        /* clang-format on */
        size_t i;

        (void)state;
        for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
                struct ifd_secure secure = modify_template();
                uint8_t data[PINPAD_DATA_MAX];
                const uint8_t *at = data + sizeof head;

                secure.number_message = rows[i].messages;
                assert_true(pinpad_is_valid(&secure));
                assert_int_equal(pinpad_put(&secure, data),
                                 sizeof head + 3u + rows[i].indexes + 3u + sizeof modify_apdu);
                assert_memory_equal(data, head, sizeof head);
                assert_int_equal(at[0], rows[i].messages);
                assert_memory_equal(at + 1, "\x09\x04\x10\x11\x12", 2u + rows[i].indexes);
                assert_memory_equal(at + 3 + rows[i].indexes, "\0\0\0", 3);
                assert_memory_equal(at + 6 + rows[i].indexes, modify_apdu, sizeof modify_apdu);
        }
}

/* A Cherry XX44 crashes on other values. */
static void condition_that_ends_the_entry_is_always_one_that_exists(void **state)
{
        uint8_t data[PINPAD_DATA_MAX];
        unsigned value;

        (void)state;
        for (value = 0; value < 256; value++) {
                struct ifd_secure secure = verify_template();

                secure.entry_validation = (uint8_t)value;
                assert_true(pinpad_is_valid(&secure));
                pinpad_put(&secure, data);
                assert_int_equal(data[7], value == 0 || value > 7 ? 2 : value);
        }
}

/* ---- templates that contradict themselves */

static void refused(struct ifd_secure secure)
{
        assert_int_equal(enter(&secure), SCARD_E_INVALID_PARAMETER);
        assert_int_equal(wire.sent, 0);
        assert_int_equal(wire.controls, 0);
}

#define REFUSE(template, change)                                                                             \
        do {                                                                                                 \
                struct ifd_secure t = template();                                                            \
                change;                                                                                      \
                refused(t);                                                                                  \
        } while (0)

static void template_with_wrong_sizes_is_never_sent(void **state)
{
        static const uint8_t wrong_lc[] = {0x00, 0x20, 0x00, 0x80, 9, 1, 2, 3, 4, 5, 6, 7, 8};
        static const uint8_t short_data[] = {0x00, 0x20, 0x00, 0x80, 4, 1, 2, 3, 4};

        (void)state;
        REFUSE(verify_template, t.apdu = NULL);
        REFUSE(verify_template, t.apdu_len = 0);
        REFUSE(verify_template, t.apdu_len = 3);
        REFUSE(verify_template, t.apdu_len = 5);
        REFUSE(verify_template, t.apdu_len = 12);
        REFUSE(verify_template, t.apdu = wrong_lc);
        REFUSE(verify_template, (t.apdu = short_data, t.apdu_len = sizeof short_data));
        REFUSE(verify_template, t.pin_block_string = 0x09);        /* longer than the data */
        REFUSE(verify_template, t.pin_block_string = 0x07);        /* shorter than the longest code */
        REFUSE(verify_template, t.format_string = 0x82 | 1u << 3); /* one byte further: 8 digits overrun */
        REFUSE(verify_template, t.format_string = 0x83);           /* no such type of code */
        REFUSE(verify_template, t.max_extra_digit = 0x0906);       /* the minimum above the maximum */
        REFUSE(verify_template, t.max_extra_digit = 0x0609);
        REFUSE(verify_template, t.number_message = 2);
        REFUSE(modify_template, t.insertion_offset[1] = 9);
        REFUSE(modify_template, t.insertion_offset[0] = 9);
        REFUSE(modify_template, t.insertion_offset[1] = 255);
        REFUSE(modify_template, t.insertion_offset[1] = 4); /* into the old one */
        REFUSE(modify_template, t.confirm_pin = 4);
        REFUSE(modify_template, t.number_message = 4);
}

/* An empty VERIFY asks for the state, and 90 00 to it would pass for a code that was entered. */
static void empty_code_cannot_be_allowed(void **state)
{
        (void)state;
        REFUSE(verify_template, t.max_extra_digit = 0x0008);
        REFUSE(verify_template, t.max_extra_digit = 0x0000);
        REFUSE(modify_template, t.max_extra_digit = 0x0008);
}

/* Without Lc, or with Lc 0, the reader makes the data. A format-2 block: one byte of length, BCD behind it. */
static void templates_in_use_are_taken(void **state)
{
        static const uint8_t format2[] = {0x00, 0x20, 0x00, 0x01, 8,    0x20, 0xFF,
                                          0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF};
        static const uint8_t no_data[] = {0x00, 0x20, 0x00, 0x82, 0};
        struct ifd_secure secure = verify_template();

        (void)state;
        secure.format_string = 0x89;
        secure.pin_block_string = 0x48;
        secure.pin_length_format = 0x04;
        secure.max_extra_digit = 0x040C;
        secure.apdu = format2;
        assert_true(pinpad_is_valid(&secure));
        secure.format_string = 0x41; /* the same position, in bits */
        assert_true(pinpad_is_valid(&secure));
        secure = verify_template();
        secure.pin_block_string = 0;
        secure.max_extra_digit = 0x0620;
        secure.apdu = no_data;
        secure.apdu_len = 5;
        assert_true(pinpad_is_valid(&secure));
        secure.apdu_len = 4;
        assert_true(pinpad_is_valid(&secure));
        /* only the new code: the place of the old one is not looked at */
        secure = modify_template();
        secure.confirm_pin = 1;
        secure.insertion_offset[0] = 99;
        assert_true(pinpad_is_valid(&secure));
}

static void template_that_no_message_can_carry_is_refused(void **state)
{
        (void)state;
        make_anew(SHORT_APDU, 64, 3, 0);
        {
                static uint8_t apdu[5 + 40] = {0x00, 0x20, 0x00, 0x80, 40};
                struct ifd_secure secure = verify_template();

                secure.apdu = apdu;
                secure.apdu_len = sizeof apdu;
                refused(secure);
        }
}

/* ---- who may, and how long */

static void reader_without_a_pin_pad_is_not_asked(void **state)
{
        static const struct {
                uint8_t support;
                uint32_t quirks;
                uint8_t left;
        } rows[] = {{0, 0, 0}, {1, 0, 1}, {2, 0, 2}, {3, 0, 3}, {0xFF, 0, 3}, {3, QUIRK_NO_PINPAD, 0}};
        size_t i;

        (void)state;
        for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
                struct ifd_secure verify = verify_template(), modify = modify_template();

                make_anew(SHORT_APDU, 271, rows[i].support, rows[i].quirks);
                assert_int_equal(reader_info(reader)->pin_support, rows[i].left);
                assert_int_equal(reader_info(reader)->lcd_layout, 0x0210);
                answer_with((struct answer){.data = "\x90\x00", .data_len = 2});
                answer_with((struct answer){.data = "\x90\x00", .data_len = 2});
                assert_int_equal(enter(&verify),
                                 rows[i].left & 1 ? SCARD_S_SUCCESS : SCARD_E_UNSUPPORTED_FEATURE);
                assert_int_equal(enter(&modify),
                                 rows[i].left & 2 ? SCARD_S_SUCCESS : SCARD_E_UNSUPPORTED_FEATURE);
                assert_int_equal(wire.sent, (rows[i].left & 1) + (rows[i].left >> 1));
        }
}

static void card_holder_has_90_s_or_10_s_beyond_the_readers_own_limit(void **state)
{
        struct ifd_secure secure = verify_template();

        (void)state;
        hand_clock_stop();
        answer_with((struct answer){.data = "\x90\x00", .data_len = 2});
        assert_int_equal(enter(&secure), SCARD_S_SUCCESS);
        assert_int_equal(wire.first_ms, 90000);
        secure.timeout_s = 200;
        assert_int_equal(pinpad_wait_ms(&secure), 210000);
        secure.timeout_s = 255;
        assert_int_equal(pinpad_wait_ms(&secure), 265000);
        secure.timeout_s = 0;
        assert_int_equal(pinpad_wait_ms(&secure), 90000);
}

static void time_extension_does_not_shorten_the_wait(void **state)
{
        struct ifd_secure secure = verify_template();

        (void)state;
        hand_clock_stop();
        answer_with((struct answer){.bStatus = EXTEND, .bError = 1});
        answer_with((struct answer){.data = "\x90\x00", .data_len = 2});
        assert_int_equal(enter(&secure), SCARD_S_SUCCESS);
        assert_int_equal(wire.last_ms, 90000);
}

/* ---- how it ends */

static void ends_of_an_entry_have_their_codes(void **state)
{
        static const struct {
                uint8_t bStatus, bError;
                int32_t code;
        } rows[] = {
            {FAILED, 0xF0, SCARD_E_TIMEOUT},
            {FAILED, 0xEF, SCARD_W_CANCELLED_BY_USER},
            {FAILED, 0x00, SCARD_E_UNSUPPORTED_FEATURE},
            {FAILED | NO_CARD, 0xFE, SCARD_W_REMOVED_CARD},
            {FAILED | INACTIVE, 0xFE, SCARD_W_UNPOWERED_CARD},
            {FAILED, 21, SCARD_F_COMM_ERROR}, /* the offset of a parameter that the reader does not like */
            {FAILED, 0xFF, SCARD_E_CANCELLED},
        };
        size_t i;

        (void)state;
        for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
                struct ifd_secure secure = verify_template();

                wire.count = wire.next = wire.sent = 0;
                answer_with((struct answer){.bStatus = rows[i].bStatus, .bError = rows[i].bError});
                assert_int_equal(enter(&secure), rows[i].code);
                /* the reader has spoken: there is nothing to abort */
                assert_int_equal(wire.sent, 1);
                assert_int_equal(wire.controls, 0);
        }
}

static void answer_is_bounded(void **state)
{
        static char block[54];
        struct ifd_secure secure = verify_template();

        (void)state;
        secure.rsp_cap = 1;
        answer_with((struct answer){.data = "\x90\x00", .data_len = 2});
        assert_int_equal(enter(&secure), SCARD_E_INSUFFICIENT_BUFFER);
        make_anew(EXTENDED_APDU, 271, 3, 0);
        secure = verify_template();
        answer_with((struct answer){.byte9 = MESSAGE_CHAIN_BEGIN, .data = block, .data_len = sizeof block});
        answer_with((struct answer){0}); /* ABORT */
        assert_int_equal(enter(&secure), SCARD_F_COMM_ERROR);
        assert_int_equal(wire.last[0], MESSAGE_ABORT);
        secure = verify_template();
        answer_with((struct answer){.data = "\x63\xC2", .data_len = 2});
        assert_int_equal(enter(&secure), SCARD_S_SUCCESS);
        assert_memory_equal(rsp, "\x63\xC2", 2);
}

static void *enter_in_thread(void *arg)
{
        struct ifd_secure secure = verify_template();

        *(int32_t *)arg = enter(&secure);
        return NULL;
}

static void abort_ends_an_entry(void **state)
{
        struct ifd_secure secure = verify_template();
        int32_t status = 0;
        pthread_t thread;

        (void)state;
        answer_with((struct answer){.block = true});
        answer_with((struct answer){0}); /* ABORT */
        assert_int_equal(pthread_create(&thread, NULL, enter_in_thread, &status), 0);
        pthread_mutex_lock(&wire.lock);
        while (!wire.waiting)
                pthread_cond_wait(&wire.change, &wire.lock);
        pthread_mutex_unlock(&wire.lock);
        reader_ops.abort(reader, 0);
        pthread_join(thread, NULL);
        assert_int_equal(status, SCARD_E_CANCELLED);
        assert_int_equal(wire.controls, 1);
        assert_int_equal(wire.last[0], MESSAGE_ABORT);
        answer_with((struct answer){.data = "\x90\x00", .data_len = 2});
        assert_int_equal(enter(&secure), SCARD_S_SUCCESS);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
int main(void)
{
        const struct CMUnitTest tests[] = {
            CASE(verification_has_the_layout_of_the_standard),
            CASE(modification_has_as_many_indexes_as_messages),
            CASE(condition_that_ends_the_entry_is_always_one_that_exists),
            CASE(template_with_wrong_sizes_is_never_sent),
            CASE(empty_code_cannot_be_allowed),
            CASE(templates_in_use_are_taken),
            CASE(template_that_no_message_can_carry_is_refused),
            CASE(reader_without_a_pin_pad_is_not_asked),
            CASE(card_holder_has_90_s_or_10_s_beyond_the_readers_own_limit),
            CASE(time_extension_does_not_shorten_the_wait),
            CASE(ends_of_an_entry_have_their_codes),
            CASE(answer_is_bounded),
            CASE(abort_ends_an_entry),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
