/*
 * test_iccd.c - src/ccid/iccd.c: cards that are USB devices, over control transfers that are a script. The
 * requests are those of ICCD 1.0 6.1 (version A) and 6.2 (version B).
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include "ccid/reader.h"
#include "core/status.h"
#include "tests/support/hand_clock.h"

#define OUT 0x21
#define IN  0xA1

#define POWER_ON    0x62
#define POWER_OFF   0x63
#define XFR_BLOCK   0x65
#define DATA_BLOCK  0x6F
#define SLOT_STATUS 0x81
#define ICC_STATUS  0xA0

#define NO_LEVEL   0x00000840u /* as ICCD devices in the field say */
#define SHORT_APDU 0x00020840u

/* A request that is expected, and what becomes of it. */
struct step {
        uint8_t type, request;
        uint16_t wValue;
        const char *data; /* OUT: that must come; IN: that is given */
        size_t len;
        int32_t status;
};

static struct {
        struct step steps[64];
        size_t count, next;
        unsigned requests;
        bool gone;
        struct ccid_pipes pipes;
        pthread_mutex_t lock;
} script;

static atomic_bool held; /* a wait lasts until another thread ends it */

int pthread_cond_timedwait(pthread_cond_t *cond, pthread_mutex_t *mutex, const struct timespec *until)
{
        return atomic_load(&held) ? hand_clock_wait(cond, mutex, until) : hand_clock_pass(until);
}

static void expect(uint8_t type, uint8_t request, uint16_t wValue, const char *data, size_t len)
{
        script.steps[script.count++] = (struct step){type, request, wValue, data, len, 0};
}

static void out(uint8_t request, uint16_t wValue, const char *data, size_t len)
{
        expect(OUT, request, wValue, data, len);
}

static void in(uint8_t request, const char *data, size_t len)
{
        expect(IN, request, 0, data, len);
}

static void fails(int32_t status)
{
        script.steps[script.count - 1].status = status;
}

static int32_t play_open(void *dev, const struct ccid_pipes *pipes, void **pipe)
{
        script.pipes = *pipes;
        *pipe = dev;
        return SCARD_S_SUCCESS;
}

static void play_close(void *pipe)
{
        (void)pipe;
}

static int32_t play_control(void *pipe, uint8_t bmRequestType, uint8_t bRequest, uint16_t wValue,
                            uint8_t *data, size_t *data_len, unsigned timeout_ms)
{
        size_t room = *data_len;
        const struct step *step;
        int32_t status = SCARD_S_SUCCESS;

        (void)pipe;
        assert_true(timeout_ms > 0);
        *data_len = 0;
        pthread_mutex_lock(&script.lock);
        script.requests++;
        if (script.gone) {
                pthread_mutex_unlock(&script.lock);
                return SCARD_E_READER_UNAVAILABLE;
        }
        assert_true(script.next < script.count);
        step = &script.steps[script.next++];
        assert_int_equal(bmRequestType, step->type);
        assert_int_equal(bRequest, step->request);
        assert_int_equal(wValue, step->wValue);
        assert_true(room <= 4096);
        if (step->status != SCARD_S_SUCCESS) {
                status = step->status;
        } else if (bmRequestType == OUT) {
                assert_int_equal(room, step->len);
                if (room != 0)
                        assert_memory_equal(data, step->data, room);
                *data_len = room;
        } else {
                if (bRequest == DATA_BLOCK && script.pipes.bulk_out_packet == 2)
                        assert_true(room >= 4); /* version B */
                assert_true(step->len <= room);
                if (step->len != 0)
                        memcpy(data, step->data, step->len);
                *data_len = step->len;
        }
        pthread_mutex_unlock(&script.lock);
        return status;
}

static int32_t no_exchange(void *pipe, const uint8_t *bytes, size_t len, bool zlp, uint8_t *in_bytes,
                           size_t in_cap, size_t *in_len, unsigned timeout_ms)
{
        (void)pipe;
        (void)bytes;
        (void)len;
        (void)zlp;
        (void)in_bytes;
        (void)in_cap;
        (void)in_len;
        (void)timeout_ms;
        fail_msg("there are no bulk pipes");
        return SCARD_F_COMM_ERROR;
}

static int32_t no_receive(void *pipe, uint8_t *bytes, size_t cap, size_t *len, unsigned timeout_ms)
{
        (void)pipe;
        (void)bytes;
        (void)cap;
        (void)len;
        (void)timeout_ms;
        fail_msg("there are no bulk pipes");
        return SCARD_F_COMM_ERROR;
}

static int32_t no_send(void *pipe, const uint8_t *bytes, size_t len, bool zlp, unsigned timeout_ms)
{
        (void)pipe;
        (void)bytes;
        (void)len;
        (void)zlp;
        (void)timeout_ms;
        fail_msg("there are no bulk pipes");
        return SCARD_F_COMM_ERROR;
}

static int32_t play_event(void *pipe, uint8_t *data, size_t cap, size_t *len)
{
        (void)pipe;
        (void)data;
        (void)cap;
        *len = 0;
        return script.gone ? SCARD_E_READER_UNAVAILABLE : SCARD_S_SUCCESS;
}

static int32_t no_clear_halt(void *pipe, uint8_t endpoint)
{
        (void)pipe;
        (void)endpoint;
        fail_msg("there are no bulk pipes");
        return SCARD_F_COMM_ERROR;
}

static void play_cancel(void *pipe)
{
        (void)pipe;
}

static void play_forget(void *dev)
{
        (void)dev;
}

static const struct ccid_transport_ops play_ops = {
    .open = play_open,
    .close = play_close,
    .exchange = no_exchange,
    .receive = no_receive,
    .send = no_send,
    .control = play_control,
    .event = play_event,
    .clear_halt = no_clear_halt,
    .cancel = play_cancel,
    .forget = play_forget,
};

/* ---- a device over it */

static struct ccid_reader *reader;
static uint8_t rsp[70000];

static void make(uint8_t protocol, uint32_t features, uint32_t max_message)
{
        static const struct ccid_device device = {.vendor_id = 1, .product_id = 2};
        static const struct quirk none = {.reason = "none"};
        struct ccid_descriptor d = {.bInterfaceProtocol = protocol,
                                    .bVoltageSupport = 1,
                                    .dwProtocols = protocol == CCID_PROTOCOL_ICCD_A ? 1 : 2,
                                    .dwFeatures = features,
                                    .dwMaxCCIDMessageLength = max_message,
                                    .dwMechanical = 0xFF,
                                    .bNumClockSupported = 9,
                                    .bPINSupport = 3,
                                    .bMaxCCIDBusySlots = 1};

        memset(&script, 0, sizeof script);
        pthread_mutex_init(&script.lock, NULL);
        assert_int_equal(reader_create(&play_ops, &script, &device, &d, &none, NULL, NULL, &reader),
                         SCARD_S_SUCCESS);
        assert_int_equal(reader_ops.open(reader), SCARD_S_SUCCESS);
        if (protocol == CCID_PROTOCOL_ICCD_B)
                script.pipes.bulk_out_packet = 2;
}

static int teardown(void **state)
{
        (void)state;
        reader_ops.close(reader);
        reader_ops.destroy(reader);
        return 0;
}

static void all_was_asked(void)
{
        assert_int_equal(script.next, script.count);
}

static int32_t power_on(void)
{
        uint8_t atr[IFD_ATR_MAX];
        size_t len = 77;
        int32_t status = reader_ops.power_on(reader, 0, atr, &len);

        assert_int_equal(len, status == SCARD_S_SUCCESS ? 2 : 0);
        if (status == SCARD_S_SUCCESS)
                assert_memory_equal(atr, "\x3B\x00", 2);
        return status;
}

static enum ifd_card card(void)
{
        struct ifd_slot_state state;

        assert_int_equal(reader_ops.get_status(reader, 0, false, &state), SCARD_S_SUCCESS);
        return state.card;
}

static void expect_off_b(void)
{
        out(POWER_OFF, 0, NULL, 0);
        in(SLOT_STATUS, "\x40\x01\x00", 3);
}

/* Version B, powered */
static void make_b(uint32_t max_message)
{
        make(CCID_PROTOCOL_ICCD_B, SHORT_APDU, max_message);
        expect_off_b();
        out(POWER_ON, 1, NULL, 0);
        in(DATA_BLOCK, "\x00\x3B\x00", 3);
        assert_int_equal(power_on(), SCARD_S_SUCCESS);
        all_was_asked();
        assert_int_equal(card(), IFD_CARD_POWERED);
}

/* Version A, powered */
static void make_a(void)
{
        make(CCID_PROTOCOL_ICCD_A, NO_LEVEL, 271);
        out(POWER_OFF, 0, NULL, 0);
        in(ICC_STATUS, "\x40", 1);
        in(ICC_STATUS, "\x00", 1);
        in(POWER_ON, "\x3B\x00", 2);
        assert_int_equal(power_on(), SCARD_S_SUCCESS);
        all_was_asked();
        assert_int_equal(card(), IFD_CARD_POWERED);
}

static int32_t transmit_limited(const char *cmd, size_t len, size_t cap, unsigned limit_ms, size_t *rsp_len)
{
        struct ifd_message message = {.cmd = (const uint8_t *)cmd,
                                      .cmd_len = len,
                                      .rsp = rsp,
                                      .rsp_cap = cap,
                                      .rsp_len = 77,
                                      .wait_ms = 1000,
                                      .extension_ms = 1000,
                                      .limit_ms = limit_ms};
        int32_t status = reader_ops.transmit(reader, 0, &message);

        *rsp_len = message.rsp_len;
        if (status != SCARD_S_SUCCESS)
                assert_int_equal(*rsp_len, 0);
        return status;
}

static int32_t transmit(const char *cmd, size_t len, size_t *rsp_len)
{
        return transmit_limited(cmd, len, sizeof rsp, 5000, rsp_len);
}

/* ---- what it is for the engine */

static void version_a_is_a_tpdu_reader_and_version_b_chains(void **state)
{
        const struct ifd_info *info;

        (void)state;
        make(CCID_PROTOCOL_ICCD_A, NO_LEVEL, 271);
        info = reader_info(reader);
        assert_int_equal(info->exchange, IFD_EXCHANGE_TPDU);
        assert_int_equal(info->protocols, 1);
        assert_true((info->features & IFD_AUTO_PARAMETERS) != 0 && (info->features & IFD_AUTO_PPS) != 0);
        assert_int_equal(info->slots, 1);
        assert_int_equal(info->pin_support, 0);
        assert_false(info->can_eject);
        assert_int_equal(script.pipes.bulk_in, 0);
        assert_int_equal(script.pipes.bulk_out, 0);
        teardown(NULL);
        make(CCID_PROTOCOL_ICCD_B, SHORT_APDU, 261);
        info = reader_info(reader);
        assert_int_equal(info->exchange, IFD_EXCHANGE_EXTENDED_APDU);
        assert_int_equal(info->max_command, 65544);
        assert_int_equal(info->protocols, 2);
}

static void what_a_device_without_a_line_cannot_do_is_said(void **state)
{
        struct ifd_parameters parameters = {.protocol = 1};
        struct ifd_secure secure = {.apdu = (const uint8_t *)"\0\x20\0\1", .apdu_len = 4};
        uint32_t list[4], clock = 4000, rate = 9600;
        uint8_t bytes[4];
        size_t count = 9, len = 9;

        (void)state;
        make(CCID_PROTOCOL_ICCD_B, SHORT_APDU, 261);
        assert_int_equal(reader_ops.set_parameters(reader, 0, &parameters), SCARD_E_UNSUPPORTED_FEATURE);
        assert_int_equal(reader_ops.get_parameters(reader, 0, &parameters), SCARD_S_SUCCESS);
        assert_int_equal(parameters.protocol, 1);
        assert_int_equal(reader_ops.set_rate(reader, 0, &clock, &rate), SCARD_E_UNSUPPORTED_FEATURE);
        assert_int_equal(reader_ops.list_rates(reader, true, list, 4, &count), SCARD_S_SUCCESS);
        assert_int_equal(count, 0);
        assert_int_equal(reader_ops.escape(reader, 0, bytes, 1, bytes, sizeof bytes, &len),
                         SCARD_E_UNSUPPORTED_FEATURE);
        assert_int_equal(len, 0);
        assert_int_equal(reader_ops.eject(reader, 0), SCARD_E_UNSUPPORTED_FEATURE);
        assert_int_equal(reader_ops.secure(reader, 0, &secure), SCARD_E_UNSUPPORTED_FEATURE);
        assert_int_equal(script.requests, 0);
}

/* ---- version B */

static void version_b_exchanges_an_apdu(void **state)
{
        size_t len;

        (void)state;
        make_b(261);
        out(XFR_BLOCK, 0x0000, "\x00\xA4\x00\x0C", 4);
        in(DATA_BLOCK, "\x00\x6F\x90\x00", 4);
        assert_int_equal(transmit("\x00\xA4\x00\x0C", 4, &len), SCARD_S_SUCCESS);
        assert_int_equal(len, 3);
        assert_memory_equal(rsp, "\x6F\x90\x00", 3);
        all_was_asked();
}

/* wDelayTime is in units of 10 ms; 0 leaves it to the host */
static void version_b_is_polled_as_it_wants(void **state)
{
        int64_t before = hand_now_ns();
        size_t len;

        (void)state;
        make_b(261);
        out(XFR_BLOCK, 0, "\x00\xA4\x00\x0C", 4);
        in(DATA_BLOCK, "\x80\x00\x00", 3);
        in(DATA_BLOCK, "\x80\x02\x00", 3);
        in(DATA_BLOCK, "\x80", 1);
        in(DATA_BLOCK, "\x00\x90\x00", 3);
        assert_int_equal(transmit("\x00\xA4\x00\x0C", 4, &len), SCARD_S_SUCCESS);
        assert_int_equal(len, 2);
        all_was_asked();
        assert_in_range(hand_now_ns() - before, 39 * HAND_NS_PER_MS, 40 * HAND_NS_PER_MS); /* 10, 20, 10 */
}

static void version_b_chains_both_ways(void **state)
{
        static char cmd[130], first[55], middle[55];
        size_t len;

        (void)state;
        memset(cmd, 0x5A, sizeof cmd);
        memset(first, 0xA5, sizeof first);
        memset(middle, 0xA5, sizeof middle);
        first[0] = 1;
        middle[0] = 3;
        make_b(64);
        out(XFR_BLOCK, 0x0100, cmd, 54);
        in(DATA_BLOCK, "\x10", 1);
        out(XFR_BLOCK, 0x0300, cmd, 54);
        in(DATA_BLOCK, "\x80\x00\x00", 3);
        in(DATA_BLOCK, "\x10", 1);
        out(XFR_BLOCK, 0x0200, cmd, 22);
        in(DATA_BLOCK, first, sizeof first);
        out(XFR_BLOCK, 0x1000, NULL, 0);
        in(DATA_BLOCK, middle, sizeof middle);
        out(XFR_BLOCK, 0x1000, NULL, 0);
        in(DATA_BLOCK, "\x02\x90\x00", 3);
        assert_int_equal(transmit(cmd, sizeof cmd, &len), SCARD_S_SUCCESS);
        assert_int_equal(len, 110);
        assert_int_equal(rsp[0], 0xA5);
        assert_memory_equal(rsp + 107, "\xA5\x90\x00", 3);
        all_was_asked();
}

/* A refusal is an answer: nothing has to be brought to order. */
static void version_b_refusals_have_their_codes(void **state)
{
        static const struct {
                const char *bytes;
                int32_t code;
        } rows[] = {
            {"\x40\x40\xFE", SCARD_W_UNRESPONSIVE_CARD},   {"\x40\x42\xFE", SCARD_W_REMOVED_CARD},
            {"\x40\x41\xFE", SCARD_W_UNPOWERED_CARD},      {"\x40\x40\xFB", SCARD_F_COMM_ERROR},
            {"\x40\x40\x00", SCARD_E_UNSUPPORTED_FEATURE},
        };
        size_t i, len;

        (void)state;
        for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
                make_b(261);
                out(XFR_BLOCK, 0, "\x00\xA4\x00\x0C", 4);
                in(DATA_BLOCK, rows[i].bytes, 3);
                assert_int_equal(transmit("\x00\xA4\x00\x0C", 4, &len), rows[i].code);
                all_was_asked();
                if (i + 1 < sizeof rows / sizeof rows[0])
                        teardown(NULL);
        }
}

/* What breaks the rules ends the exchange and takes the power; the next exchange says so, and sends nothing. */
static void version_b_against_the_rules_is_powered_off(void **state)
{
        static const struct {
                const char *bytes;
                size_t len;
        } rows[] = {
            {"", 0},             /* an empty packet */
            {"\x40\x40", 2},     /* half a status */
            {"\x40\x03\x00", 3}, /* a status that does not exist */
            {"\x40\x43\xFE", 3},
            {"\x40\x00\x00", 3}, /* a refusal that says that all is well */
            {"\x40\x80\x01", 3},
            {"\x02\x90\x00", 3}, /* the end of what never began */
            {"\x03\x90\x00", 3},
            {"\x10", 1},
            {"\x01", 1},
            {"\xC0\x00\x00", 3},
            {"\x55", 1},
        };
        size_t i, len;

        (void)state;
        for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
                make_b(261);
                out(XFR_BLOCK, 0, "\x00\xA4\x00\x0C", 4);
                in(DATA_BLOCK, rows[i].bytes, rows[i].len);
                expect_off_b();
                assert_int_equal(transmit("\x00\xA4\x00\x0C", 4, &len), SCARD_F_COMM_ERROR);
                all_was_asked();
                assert_int_equal(card(), IFD_CARD_PRESENT);
                assert_int_equal(transmit("\x00\xA4\x00\x0C", 4, &len), SCARD_W_UNPOWERED_CARD);
                if (i + 1 < sizeof rows / sizeof rows[0])
                        teardown(NULL);
        }
}

/* Within a chain too: an empty packet, a block with nothing in it, one that starts anew, data too early */
static void version_b_chains_are_watched(void **state)
{
        static char cmd[100];
        size_t len;

        (void)state;
        make_b(64);
        out(XFR_BLOCK, 0x0100, cmd, 54);
        in(DATA_BLOCK, "", 0);
        expect_off_b();
        assert_int_equal(transmit(cmd, sizeof cmd, &len), SCARD_F_COMM_ERROR);
        all_was_asked();
        teardown(NULL);
        make_b(64);
        out(XFR_BLOCK, 0x0100, cmd, 54);
        in(DATA_BLOCK, "\x00\x90\x00", 3);
        expect_off_b();
        assert_int_equal(transmit(cmd, sizeof cmd, &len), SCARD_F_COMM_ERROR);
        all_was_asked();
        teardown(NULL);
        make_b(64);
        out(XFR_BLOCK, 0, "\0\0\0\0", 4);
        in(DATA_BLOCK, "\x01\xAA", 2);
        out(XFR_BLOCK, 0x1000, NULL, 0);
        in(DATA_BLOCK, "\x03", 1);
        expect_off_b();
        assert_int_equal(transmit("\0\0\0\0", 4, &len), SCARD_F_COMM_ERROR);
        all_was_asked();
        teardown(NULL);
        make_b(64);
        out(XFR_BLOCK, 0, "\0\0\0\0", 4);
        in(DATA_BLOCK, "\x01\xAA", 2);
        out(XFR_BLOCK, 0x1000, NULL, 0);
        in(DATA_BLOCK, "\x01\xAA", 2);
        expect_off_b();
        assert_int_equal(transmit("\0\0\0\0", 4, &len), SCARD_F_COMM_ERROR);
        all_was_asked();
}

static void version_b_chain_without_end_is_ended(void **state)
{
        static char block[4096];
        size_t len, i;

        (void)state;
        make_b(4200);
        block[0] = 3;
        out(XFR_BLOCK, 0, "\0\0\0\0", 4);
        for (i = 0; i < 17; i++) {
                static char first[4096] = {1};

                in(DATA_BLOCK, i == 0 ? first : block, 4096);
                if (i < 16)
                        out(XFR_BLOCK, 0x1000, NULL, 0);
        }
        expect_off_b();
        assert_int_equal(transmit("\0\0\0\0", 4, &len), SCARD_F_COMM_ERROR);
        all_was_asked();
}

static void version_b_without_an_end_of_polling_is_given_up(void **state)
{
        size_t len;

        (void)state;
        make_b(261);
        out(XFR_BLOCK, 0, "\0\0\0\0", 4);
        in(DATA_BLOCK, "\x80\xFF\xFF", 3); /* eleven minutes: cut to the limit */
        in(DATA_BLOCK, "\x80\x00\x00", 3);
        expect_off_b();
        assert_int_equal(transmit_limited("\0\0\0\0", 4, sizeof rsp, 30, &len), SCARD_E_TIMEOUT);
        all_was_asked();
}

static void version_b_answer_that_is_too_long_is_lost(void **state)
{
        size_t len;

        (void)state;
        make_b(261);
        out(XFR_BLOCK, 0, "\0\0\0\0", 4);
        in(DATA_BLOCK, "\x01\xAA\xAA", 3);
        out(XFR_BLOCK, 0x1000, NULL, 0);
        in(DATA_BLOCK, "\x02\x90\x00", 3);
        assert_int_equal(transmit_limited("\0\0\0\0", 4, 3, 5000, &len), SCARD_E_INSUFFICIENT_BUFFER);
        all_was_asked();
        assert_int_equal(card(), IFD_CARD_POWERED);
}

static void version_b_power_on_has_its_codes(void **state)
{
        static char atr[35] = {0x00, 0x3B};

        (void)state;
        make(CCID_PROTOCOL_ICCD_B, SHORT_APDU, 261);
        expect_off_b();
        out(POWER_ON, 1, NULL, 0);
        in(DATA_BLOCK, "\x40\x41\xFE", 3);
        assert_int_equal(power_on(), SCARD_W_UNRESPONSIVE_CARD);
        expect_off_b();
        out(POWER_ON, 1, NULL, 0);
        in(DATA_BLOCK, "", 0);
        assert_int_equal(power_on(), SCARD_F_COMM_ERROR);
        expect_off_b();
        out(POWER_ON, 1, NULL, 0);
        in(DATA_BLOCK, "\x00", 1);
        assert_int_equal(power_on(), SCARD_W_UNRESPONSIVE_CARD);
        expect_off_b();
        out(POWER_ON, 1, NULL, 0);
        in(DATA_BLOCK, atr, sizeof atr);
        assert_int_equal(power_on(), SCARD_W_UNSUPPORTED_CARD);
        expect_off_b();
        out(POWER_ON, 1, NULL, 0);
        in(DATA_BLOCK, "\x01\x3B\x00", 3);
        assert_int_equal(power_on(), SCARD_F_COMM_ERROR);
        out(POWER_OFF, 0, NULL, 0);
        fails(SCARD_E_NOT_READY);
        assert_int_equal(power_on(), SCARD_F_COMM_ERROR);
        all_was_asked();
        assert_int_not_equal(card(), IFD_CARD_POWERED);
}

static void version_b_tells_its_state(void **state)
{
        static const struct {
                const char *bytes;
                enum ifd_card card;
        } rows[] = {{"\x40\x00\x00", IFD_CARD_POWERED},
                    {"\x40\x01\x00", IFD_CARD_PRESENT},
                    {"\x40\x02\x00", IFD_CARD_ABSENT},
                    {"\x40\x03\x00", IFD_CARD_ABSENT}};
        struct ifd_slot_state now;
        size_t i;

        (void)state;
        make(CCID_PROTOCOL_ICCD_B, SHORT_APDU, 261);
        for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
                in(SLOT_STATUS, rows[i].bytes, 3);
                assert_int_equal(reader_ops.get_status(reader, 0, true, &now), SCARD_S_SUCCESS);
                assert_int_equal(now.card, rows[i].card);
        }
        in(SLOT_STATUS, "\x40", 1);
        assert_int_equal(reader_ops.get_status(reader, 0, true, &now), SCARD_F_COMM_ERROR);
        in(SLOT_STATUS, "", 0);
        assert_int_equal(reader_ops.get_status(reader, 0, true, &now), SCARD_F_COMM_ERROR);
}

/* ---- version A */

static void version_a_exchanges_the_cases_of_t0(void **state)
{
        size_t len;

        (void)state;
        make_a();
        /* case 1: no data; the header has five bytes all the same */
        out(XFR_BLOCK, 0, "\x00\x44\x00\x00\x00", 5);
        in(ICC_STATUS, "\x40", 1);
        in(ICC_STATUS, "\x20", 1);
        in(DATA_BLOCK, "\x90\x00", 2);
        assert_int_equal(transmit("\x00\x44\x00\x00", 4, &len), SCARD_S_SUCCESS);
        assert_int_equal(len, 2);
        /* case 2: data from the card */
        out(XFR_BLOCK, 0, "\x00\xB0\x00\x00\x03", 5);
        in(ICC_STATUS, "\x10", 1);
        in(DATA_BLOCK, "abc", 3);
        in(ICC_STATUS, "\x20", 1);
        in(DATA_BLOCK, "\x90\x00", 2);
        assert_int_equal(transmit("\x00\xB0\x00\x00\x03", 5, &len), SCARD_S_SUCCESS);
        assert_int_equal(len, 5);
        assert_memory_equal(rsp, "abc\x90\x00", 5);
        /* case 3: data to the card */
        out(XFR_BLOCK, 0, "\x00\xA4\x00\x0C\x02", 5);
        in(ICC_STATUS, "\x10", 1);
        out(XFR_BLOCK, 0, "\x3F\x00", 2);
        in(ICC_STATUS, "\x20", 1);
        in(DATA_BLOCK, "\x61\x10", 2);
        assert_int_equal(transmit("\x00\xA4\x00\x0C\x02\x3F\x00", 7, &len), SCARD_S_SUCCESS);
        assert_int_equal(len, 2);
        assert_memory_equal(rsp, "\x61\x10", 2);
        /* refused before the data: 6Cxx, 6982 */
        out(XFR_BLOCK, 0, "\x00\xA4\x00\x0C\x02", 5);
        in(ICC_STATUS, "\x20", 1);
        in(DATA_BLOCK, "\x69\x82", 2);
        assert_int_equal(transmit("\x00\xA4\x00\x0C\x02\x3F\x00", 7, &len), SCARD_S_SUCCESS);
        assert_memory_equal(rsp, "\x69\x82", 2);
        all_was_asked();
}

static void expect_off_a(void)
{
        out(POWER_OFF, 0, NULL, 0);
}

static void version_a_against_the_rules_is_powered_off(void **state)
{
        static char many[256];
        size_t len;

        (void)state;
        make_a();
        out(XFR_BLOCK, 0, "\x00\xB0\x00\x00\x03", 5);
        in(ICC_STATUS, "\x80", 1);
        expect_off_a();
        assert_int_equal(transmit("\x00\xB0\x00\x00\x03", 5, &len), SCARD_W_UNRESPONSIVE_CARD);
        all_was_asked();
        assert_int_equal(transmit("\x00\xB0\x00\x00\x03", 5, &len), SCARD_W_UNPOWERED_CARD);
        teardown(NULL);
        make_a(); /* ready for a command, in the middle of one */
        out(XFR_BLOCK, 0, "\x00\xB0\x00\x00\x03", 5);
        in(ICC_STATUS, "\x00", 1);
        expect_off_a();
        assert_int_equal(transmit("\x00\xB0\x00\x00\x03", 5, &len), SCARD_F_COMM_ERROR);
        all_was_asked();
        teardown(NULL);
        make_a(); /* an empty packet for a status */
        out(XFR_BLOCK, 0, "\x00\xB0\x00\x00\x03", 5);
        in(ICC_STATUS, "", 0);
        expect_off_a();
        assert_int_equal(transmit("\x00\xB0\x00\x00\x03", 5, &len), SCARD_F_COMM_ERROR);
        all_was_asked();
        teardown(NULL);
        make_a(); /* an empty packet for data */
        out(XFR_BLOCK, 0, "\x00\xB0\x00\x00\x03", 5);
        in(ICC_STATUS, "\x10", 1);
        in(DATA_BLOCK, "", 0);
        expect_off_a();
        assert_int_equal(transmit("\x00\xB0\x00\x00\x03", 5, &len), SCARD_F_COMM_ERROR);
        all_was_asked();
        teardown(NULL);
        make_a(); /* half a status word */
        out(XFR_BLOCK, 0, "\x00\xB0\x00\x00\x03", 5);
        in(ICC_STATUS, "\x20", 1);
        in(DATA_BLOCK, "\x90", 1);
        expect_off_a();
        assert_int_equal(transmit("\x00\xB0\x00\x00\x03", 5, &len), SCARD_F_COMM_ERROR);
        all_was_asked();
        teardown(NULL);
        make_a(); /* more data than T=0 knows */
        out(XFR_BLOCK, 0, "\x00\xB0\x00\x00\x00", 5);
        in(ICC_STATUS, "\x10", 1);
        in(DATA_BLOCK, many, sizeof many);
        in(ICC_STATUS, "\x10", 1);
        in(DATA_BLOCK, many, 1);
        expect_off_a();
        assert_int_equal(transmit("\x00\xB0\x00\x00\x00", 5, &len), SCARD_F_COMM_ERROR);
        all_was_asked();
        teardown(NULL);
        make_a(); /* the data are asked for twice */
        out(XFR_BLOCK, 0, "\x00\xA4\x00\x0C\x02", 5);
        in(ICC_STATUS, "\x10", 1);
        out(XFR_BLOCK, 0, "\x3F\x00", 2);
        in(ICC_STATUS, "\x10", 1);
        expect_off_a();
        assert_int_equal(transmit("\x00\xA4\x00\x0C\x02\x3F\x00", 7, &len), SCARD_F_COMM_ERROR);
        all_was_asked();
}

static void version_a_mute_on_power_on(void **state)
{
        (void)state;
        make(CCID_PROTOCOL_ICCD_A, NO_LEVEL, 271);
        out(POWER_OFF, 0, NULL, 0);
        in(ICC_STATUS, "\x00", 1);
        in(POWER_ON, NULL, 0);
        fails(SCARD_E_NOT_READY);
        in(ICC_STATUS, "\x80", 1);
        assert_int_equal(power_on(), SCARD_W_UNRESPONSIVE_CARD);
        out(POWER_OFF, 0, NULL, 0);
        in(ICC_STATUS, "\x00", 1);
        in(POWER_ON, NULL, 0);
        assert_int_equal(power_on(), SCARD_W_UNRESPONSIVE_CARD);
        all_was_asked();
        assert_int_equal(card(), IFD_CARD_PRESENT);
}

static void version_a_tells_its_state(void **state)
{
        struct ifd_slot_state now;

        (void)state;
        make_a();
        in(ICC_STATUS, "\x40", 1);
        assert_int_equal(reader_ops.get_status(reader, 0, true, &now), SCARD_S_SUCCESS);
        assert_int_equal(now.card, IFD_CARD_POWERED);
        /* Mute by what happened to it: without power it is there again. */
        in(ICC_STATUS, "\x80", 1);
        out(POWER_OFF, 0, NULL, 0);
        in(ICC_STATUS, "\x00", 1);
        assert_int_equal(reader_ops.get_status(reader, 0, true, &now), SCARD_S_SUCCESS);
        assert_int_equal(now.card, IFD_CARD_PRESENT);
        /* Mute for good: it is not there. */
        in(ICC_STATUS, "\x80", 1);
        out(POWER_OFF, 0, NULL, 0);
        in(ICC_STATUS, "\x80", 1);
        assert_int_equal(reader_ops.get_status(reader, 0, true, &now), SCARD_S_SUCCESS);
        assert_int_equal(now.card, IFD_CARD_ABSENT);
        in(ICC_STATUS, "", 0);
        assert_int_equal(reader_ops.get_status(reader, 0, true, &now), SCARD_F_COMM_ERROR);
        in(ICC_STATUS, "\x80", 1);
        out(POWER_OFF, 0, NULL, 0);
        fails(SCARD_E_NOT_READY);
        assert_int_equal(reader_ops.get_status(reader, 0, true, &now), SCARD_F_COMM_ERROR);
        all_was_asked();
}

static void lengths_are_checked_before_anything_is_sent(void **state)
{
        static char cmd[300];
        size_t len;
        unsigned before;

        (void)state;
        make_a();
        before = script.requests;
        assert_int_equal(transmit(cmd, 3, &len), SCARD_E_INVALID_PARAMETER);
        assert_int_equal(transmit(cmd, 262, &len), SCARD_E_INVALID_PARAMETER);
        assert_int_equal(script.requests, before);
}

/* ---- the end */

static void device_that_is_gone_stays_gone(void **state)
{
        size_t len;

        (void)state;
        make_b(261);
        script.gone = true;
        assert_int_equal(transmit("\0\0\0\0", 4, &len), SCARD_E_READER_UNAVAILABLE);
        script.gone = false;
        assert_int_equal(power_on(), SCARD_E_READER_UNAVAILABLE);
}

static void *transmit_in_thread(void *arg)
{
        size_t len;

        *(int32_t *)arg = transmit_limited("\0\0\0\0", 4, sizeof rsp, 20000, &len);
        return NULL;
}

static void abort_ends_the_polling(void **state)
{
        int32_t status = 0;
        pthread_t thread;
        size_t last;
        bool polling;

        (void)state;
        make_b(261);
        out(XFR_BLOCK, 0, "\0\0\0\0", 4);
        in(DATA_BLOCK, "\x80\xFF\x00", 3);
        expect_off_b();
        last = script.next + 2;
        atomic_store(&held, true);
        assert_int_equal(pthread_create(&thread, NULL, transmit_in_thread, &status), 0);
        do {
                nanosleep(&(struct timespec){0, 1000000}, NULL);
                pthread_mutex_lock(&script.lock);
                polling = script.next == last;
                pthread_mutex_unlock(&script.lock);
        } while (!polling);
        reader_ops.abort(reader, 0);
        pthread_join(thread, NULL);
        atomic_store(&held, false);
        assert_int_equal(status, SCARD_E_CANCELLED);
        all_was_asked();
}

#define CASE(test) cmocka_unit_test_teardown(test, teardown)
int main(void)
{
        const struct CMUnitTest tests[] = {
            CASE(version_a_is_a_tpdu_reader_and_version_b_chains),
            CASE(what_a_device_without_a_line_cannot_do_is_said),
            CASE(version_b_exchanges_an_apdu),
            CASE(version_b_is_polled_as_it_wants),
            CASE(version_b_chains_both_ways),
            CASE(version_b_refusals_have_their_codes),
            CASE(version_b_against_the_rules_is_powered_off),
            CASE(version_b_chains_are_watched),
            CASE(version_b_chain_without_end_is_ended),
            CASE(version_b_without_an_end_of_polling_is_given_up),
            CASE(version_b_answer_that_is_too_long_is_lost),
            CASE(version_b_power_on_has_its_codes),
            CASE(version_b_tells_its_state),
            CASE(version_a_exchanges_the_cases_of_t0),
            CASE(version_a_against_the_rules_is_powered_off),
            CASE(version_a_mute_on_power_on),
            CASE(version_a_tells_its_state),
            CASE(lengths_are_checked_before_anything_is_sent),
            CASE(device_that_is_gone_stays_gone),
            CASE(abort_ends_the_polling),
        };

        hand_clock_stop();
        return cmocka_run_group_tests(tests, NULL, NULL);
}
