/*
 * test_reader.c - src/ccid/reader.c and what it stands on (command.c, power.c, apdu.c, slots.c, device.c),
 * over a transport that is a script: what the reader says to each message, in order.
 */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdatomic.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include "ccid/message.h"
#include "ccid/power.h"
#include "ccid/reader.h"
#include "core/status.h"
#include "tests/support/hand_clock.h"

/* ---- the script */

#define STEPS_MAX 64
#define OUTS_MAX  64

/* What one exchange or receive brings. The message is made from the last one that was sent. */
struct step {
        int32_t status; /* other than success: nothing is received */
        bool empty;     /* an empty packet */
        uint8_t type;   /* 0: the right one */
        uint8_t seq_delta, slot_delta;
        uint8_t bStatus, bError, byte9;
        const char *data;
        size_t data_len;
        int length_delta; /* added to dwLength */
        size_t cut;       /* bytes missing at the end of the transfer */
        bool block;       /* waits for cancel */
        bool spill;       /* with a status: leaves a part of an answer behind */
};

struct out {
        uint8_t bytes[80];
        size_t len;
        unsigned timeout_ms;
        bool zlp;
};

static struct {
        struct step steps[STEPS_MAX];
        size_t count, next;
        struct out outs[OUTS_MAX]; /* bulk messages sent */
        size_t sent;
        unsigned receives, last_receive_ms;
        uint16_t control_value;
        uint8_t list[1100], list_request; /* what a list request gets */
        size_t list_len, list_room;
        unsigned controls, halts;
        uint8_t halted;
        int32_t control_status;
        const uint8_t *tx, *rx;
        size_t tx_len, rx_len;
        uint8_t events[8][8];
        size_t event_len[8], event_count, event_next;
        int32_t event_status; /* behind them */
        bool opened, gone;
        int forgotten;
        struct ccid_pipes pipes;
        pthread_mutex_t lock;
        pthread_cond_t change;
        bool waiting, cancelled;
} script;

static void add(struct step step)
{
        assert_true(script.count < STEPS_MAX);
        script.steps[script.count++] = step;
}

/* An answer that is right in all. */
static void say(const char *data, size_t len)
{
        add((struct step){.data = data, .data_len = len});
}

static int32_t play_open(void *dev, const struct ccid_pipes *pipes, void **pipe)
{
        assert_ptr_equal(dev, &script);
        assert_false(script.opened);
        script.opened = true;
        script.pipes = *pipes;
        *pipe = &script;
        return SCARD_S_SUCCESS;
}

static void play_close(void *pipe)
{
        (void)pipe;
        script.opened = false;
}

static int32_t wait_for_cancel(void)
{
        pthread_mutex_lock(&script.lock);
        script.waiting = true;
        pthread_cond_broadcast(&script.change);
        while (!script.cancelled)
                pthread_cond_wait(&script.change, &script.lock);
        script.waiting = script.cancelled = false;
        pthread_mutex_unlock(&script.lock);
        return SCARD_E_CANCELLED;
}

static int32_t play(uint8_t *in, size_t in_cap, size_t *in_len)
{
        const struct out *sent = &script.outs[(script.sent - 1) % OUTS_MAX];
        const struct step *step;
        size_t dwLength;

        *in_len = 0;
        if (script.gone)
                return SCARD_E_READER_UNAVAILABLE;
        if (script.next == script.count)
                return SCARD_E_TIMEOUT;
        step = &script.steps[script.next++];
        if (step->block)
                return wait_for_cancel();
        if (step->spill)
                memset(in, 0x5A, in_cap);
        if (step->status != SCARD_S_SUCCESS || step->empty)
                return step->status;
        assert_true(in_cap >= MESSAGE_HEADER_LEN + step->data_len);
        dwLength = step->data_len + (size_t)step->length_delta;
        message_header(in, step->type != 0 ? step->type : message_answer_type(sent->bytes[0]),
                       (uint8_t)(sent->bytes[5] + step->slot_delta),
                       (uint8_t)(sent->bytes[6] + step->seq_delta), dwLength,
                       (const uint8_t[3]){step->bStatus, step->bError, step->byte9});
        if (step->data_len != 0)
                memcpy(in + MESSAGE_HEADER_LEN, step->data, step->data_len);
        *in_len = MESSAGE_HEADER_LEN + step->data_len - step->cut;
        if (*in_len > script.rx_len)
                script.rx_len = *in_len;
        return SCARD_S_SUCCESS;
}

static int32_t play_exchange(void *pipe, const uint8_t *out, size_t out_len, bool zlp, uint8_t *in,
                             size_t in_cap, size_t *in_len, unsigned timeout_ms)
{
        struct out *kept = &script.outs[script.sent++ % OUTS_MAX];

        (void)pipe;
        kept->zlp = zlp;
        assert_true(timeout_ms > 0);
        assert_true(in_cap >= script.pipes.max_message && in_cap % script.pipes.bulk_in_packet == 0);
        assert_true(out_len <= script.pipes.max_message);
        kept->len = out_len;
        kept->timeout_ms = timeout_ms;
        memcpy(kept->bytes, out, out_len < sizeof kept->bytes ? out_len : sizeof kept->bytes);
        if (out[0] != MESSAGE_ABORT) {
                script.tx = out;
                script.tx_len = out_len;
        }
        script.rx = in;
        return play(in, in_cap, in_len);
}

static int32_t play_receive(void *pipe, uint8_t *in, size_t in_cap, size_t *in_len, unsigned timeout_ms)
{
        (void)pipe;
        assert_true(timeout_ms > 0);
        script.receives++;
        script.last_receive_ms = timeout_ms;
        return play(in, in_cap, in_len);
}

static int32_t play_send(void *pipe, const uint8_t *out, size_t out_len, bool zlp, unsigned timeout_ms)
{
        (void)pipe;
        (void)out;
        (void)out_len;
        (void)zlp;
        (void)timeout_ms;
        return SCARD_F_COMM_ERROR;
}

static int32_t play_control(void *pipe, uint8_t bmRequestType, uint8_t bRequest, uint16_t wValue,
                            uint8_t *data, size_t *data_len, unsigned timeout_ms)
{
        (void)pipe;
        if (bmRequestType == 0xA1) { /* GET_CLOCK_FREQUENCIES, GET_DATA_RATES */
                size_t len = script.list_len < *data_len ? script.list_len : *data_len;

                assert_int_equal(wValue, 0);
                script.list_request = bRequest;
                script.list_room = *data_len;
                *data_len = 0;
                if (script.gone)
                        return SCARD_E_READER_UNAVAILABLE;
                if (script.control_status != SCARD_S_SUCCESS)
                        return script.control_status;
                memcpy(data, script.list, len);
                *data_len = len;
                return SCARD_S_SUCCESS;
        }
        assert_int_equal(bmRequestType, 0x21);
        assert_int_equal(bRequest, 1);
        assert_int_equal(*data_len, 0);
        assert_true(timeout_ms > 0);
        script.control_value = wValue;
        script.controls++;
        return script.gone ? SCARD_E_READER_UNAVAILABLE : script.control_status;
}

static int32_t play_event(void *pipe, uint8_t *data, size_t cap, size_t *len)
{
        (void)pipe;
        *len = 0;
        if (script.event_next < script.event_count) {
                *len = script.event_len[script.event_next];
                assert_true(*len <= cap);
                memcpy(data, script.events[script.event_next++], *len);
                return SCARD_S_SUCCESS;
        }
        return script.gone ? SCARD_E_READER_UNAVAILABLE : script.event_status;
}

static int32_t play_clear_halt(void *pipe, uint8_t endpoint)
{
        (void)pipe;
        script.halts++;
        script.halted = endpoint;
        return SCARD_S_SUCCESS;
}

static void play_cancel(void *pipe)
{
        (void)pipe;
        pthread_mutex_lock(&script.lock);
        if (script.waiting) {
                script.cancelled = true;
                pthread_cond_broadcast(&script.change);
        }
        pthread_mutex_unlock(&script.lock);
}

static void play_forget(void *dev)
{
        (void)dev;
        script.forgotten++;
}

static const struct ccid_transport_ops play_ops = {
    .open = play_open,
    .close = play_close,
    .exchange = play_exchange,
    .receive = play_receive,
    .send = play_send,
    .control = play_control,
    .event = play_event,
    .clear_halt = play_clear_halt,
    .cancel = play_cancel,
    .forget = play_forget,
};

/* ---- a reader over it */

#define TPDU          0x00010000u
#define SHORT_APDU    0x00020000u
#define EXTENDED_APDU 0x00040000u
#define AUTOMATIC     0x0000003Eu /* parameters, activation, voltage, clock, baud */

#define NO_CARD  2u
#define INACTIVE 1u
#define FAILED   0x40u
#define EXTEND   0x80u

static struct ccid_reader *reader;

static void make_with(uint32_t features, uint32_t max_message, uint8_t slots, uint8_t interrupt,
                      uint32_t quirks)
{
        static const struct ccid_device device = {.vendor_id = 0x1234,
                                                  .product_id = 0x5678,
                                                  .release = 0x0102,
                                                  .bus = 3,
                                                  .address = 9,
                                                  .manufacturer = "Maker",
                                                  .product = "Reader"};
        static struct quirk quirk;
        struct ccid_descriptor d = {.bMaxSlotIndex = (uint8_t)(slots - 1),
                                    .bVoltageSupport = 7,
                                    .dwProtocols = 3,
                                    .dwMaxIFSD = 254,
                                    .dwFeatures = features,
                                    .dwMaxCCIDMessageLength = max_message,
                                    .dwMechanical = 2,
                                    .bNumClockSupported = 3,
                                    .bNumDataRatesSupported = 255,
                                    .dwMaxDataRate = 115200,
                                    .bMaxCCIDBusySlots = 1};

        d.pipes = (struct ccid_pipes){.bulk_out = 0x01,
                                      .bulk_in = 0x82,
                                      .interrupt_in = interrupt,
                                      .bulk_out_packet = 64,
                                      .bulk_in_packet = 64,
                                      .interrupt_packet = 8};
        memset(&script, 0, sizeof script);
        pthread_mutex_init(&script.lock, NULL);
        pthread_cond_init(&script.change, NULL);
        quirk = (struct quirk){.flags = quirks, .reason = "a test"};
        assert_int_equal(reader_create(&play_ops, &script, &device, &d, &quirk, NULL, NULL, &reader),
                         SCARD_S_SUCCESS);
        assert_int_equal(reader_ops.open(reader), SCARD_S_SUCCESS);
}

static void make(uint32_t features)
{
        make_with(features, 271, 1, 0x83, 0);
}

static int teardown(void **state)
{
        (void)state;
        hand_clock_go();
        if (reader != NULL) {
                reader_ops.close(reader);
                assert_false(script.opened);
                reader_ops.destroy(reader);
        }
        reader = NULL;
        unsetenv("ISCARD_VOLTAGE");
        unsetenv("ISCARD_TIMEOUT");
        return 0;
}

static int32_t power_on_now(size_t *atr_len)
{
        uint8_t atr[IFD_ATR_MAX];

        return reader_ops.power_on(reader, 0, atr, atr_len);
}

static uint8_t rsp[70000];

static int32_t transmit(const char *cmd, size_t len, size_t cap, size_t *rsp_len)
{
        struct ifd_message message = {.cmd = (const uint8_t *)cmd,
                                      .cmd_len = len,
                                      .rsp = rsp,
                                      .rsp_cap = cap,
                                      .rsp_len = 77,
                                      .wait_ms = 1500,
                                      .extension_ms = 1000,
                                      .limit_ms = 9000};
        int32_t status = reader_ops.transmit(reader, 0, &message);

        *rsp_len = message.rsp_len;
        if (status != SCARD_S_SUCCESS)
                assert_int_equal(message.rsp_len, 0);
        return status;
}

static int32_t transmit_short(void)
{
        size_t len;

        return transmit("\x00\x84\x00\x00\x08", 5, sizeof rsp, &len);
}

/* A command after whatever happened: the reader is usable. */
static void check_usable(void)
{
        size_t len;

        script.count = script.next;
        say("\x90\x00", 2);
        assert_int_equal(transmit("\x00\xA4\x00\x0C", 4, sizeof rsp, &len), SCARD_S_SUCCESS);
        assert_int_equal(len, 2);
        assert_memory_equal(rsp, "\x90\x00", 2);
}

static const struct out *last_out(void)
{
        return &script.outs[(script.sent - 1) % OUTS_MAX];
}

/* ---- what it says of itself */

static void info_follows_the_descriptor(void **state)
{
        const struct ifd_info *info;

        (void)state;
        make(SHORT_APDU | AUTOMATIC);
        info = reader_info(reader);
        assert_string_equal(info->product, "Reader");
        assert_int_equal(info->channel_id, 0x00200309);
        assert_int_equal(info->exchange, IFD_EXCHANGE_SHORT_APDU);
        assert_int_equal(info->max_command, 261);
        assert_int_equal(info->max_response, 258);
        assert_true(info->reports_movement);
        teardown(NULL);
        make_with(EXTENDED_APDU, 100, 20, 0, 0);
        info = reader_info(reader);
        assert_int_equal(info->max_command, 65544);
        assert_int_equal(info->slots, IFD_SLOTS_MAX);
        assert_false(info->reports_movement);
        teardown(NULL);
        make_with(TPDU, 30, 1, 0, 0);
        assert_int_equal(reader_info(reader)->max_command, 54);
        teardown(NULL);
        make_with(SHORT_APDU, 271, 1, 0x83, QUIRK_NO_INTERRUPT | QUIRK_TPDU);
        assert_false(reader_info(reader)->reports_movement);
        assert_int_equal(script.pipes.interrupt_in, 0);
        assert_int_equal(reader_info(reader)->exchange, IFD_EXCHANGE_TPDU);
}

static void interfaces_without_bulk_pipes_are_refused(void **state)
{
        static const struct ccid_device device;
        static const struct quirk none;
        struct ccid_descriptor d = {.bInterfaceProtocol = 0};

        (void)state;
        assert_int_equal(reader_create(&play_ops, &script, &device, &d, &none, NULL, NULL, &reader),
                         SCARD_E_READER_UNSUPPORTED);
        assert_null(reader);
        d.pipes.bulk_in = 0x81;
        d.pipes.bulk_out = 1;
        d.bInterfaceProtocol = 3; /* neither CCID nor ICCD */
        assert_int_equal(reader_create(&play_ops, &script, &device, &d, &none, NULL, NULL, &reader),
                         SCARD_E_READER_UNSUPPORTED);
}

/* ---- power */

static void automatic_voltage_is_left_to_the_reader(void **state)
{
        struct ifd_slot_state slot;
        size_t len;

        (void)state;
        setenv("ISCARD_VOLTAGE", "3", 1);
        make(SHORT_APDU | IFD_AUTO_ACTIVATION);
        say("\x3B\x00", 2);
        assert_int_equal(power_on_now(&len), SCARD_S_SUCCESS);
        assert_int_equal(len, 2);
        assert_int_equal(script.outs[0].bytes[0], MESSAGE_POWER_ON);
        assert_int_equal(script.outs[0].bytes[7], POWER_AUTOMATIC);
        assert_int_equal(script.sent, 1);
        assert_int_equal(reader_ops.get_status(reader, 0, false, &slot), SCARD_S_SUCCESS);
        assert_int_equal(slot.card, IFD_CARD_POWERED);
        assert_int_equal(slot.movements, 0);
}

static void voltages_are_tried_in_order(void **state)
{
        size_t len;

        (void)state;
        make(SHORT_APDU);
        add((struct step){.bStatus = FAILED | INACTIVE, .bError = 7});
        add((struct step){.bStatus = FAILED | INACTIVE, .bError = 0xFE});
        say("\x3B\x00", 2);
        assert_int_equal(power_on_now(&len), SCARD_S_SUCCESS);
        assert_int_equal(script.outs[0].bytes[7], POWER_5V);
        assert_int_equal(script.outs[1].bytes[7], POWER_3V);
        assert_int_equal(script.outs[2].bytes[7], POWER_1V8);
        /* the second PowerOn is a warm reset, at the voltage the card has */
        say("\x3B\x00", 2);
        assert_int_equal(power_on_now(&len), SCARD_S_SUCCESS);
        assert_int_equal(script.sent, 4);
        assert_int_equal(script.outs[3].bytes[0], MESSAGE_POWER_ON);
        assert_int_equal(script.outs[3].bytes[7], POWER_1V8);
}

static void voltage_asked_for_comes_first_where_offered(void **state)
{
        uint8_t choices[POWER_CHOICES_MAX];

        (void)state;
        assert_int_equal(power_choices(0, 7, POWER_3V, choices), 3);
        assert_int_equal(choices[0], POWER_3V);
        assert_int_equal(choices[1], POWER_5V);
        assert_int_equal(choices[2], POWER_1V8);
        assert_int_equal(power_choices(0, 3, POWER_1V8, choices), 2);
        assert_int_equal(choices[0], POWER_5V);
        assert_int_equal(choices[1], POWER_3V);
        assert_int_equal(power_choices(0, 4, POWER_AUTOMATIC, choices), 1);
        assert_int_equal(choices[0], POWER_1V8);
        assert_int_equal(power_choices(0, 0, POWER_5V, choices), 1);
        assert_int_equal(choices[0], POWER_AUTOMATIC);
        assert_int_equal(power_voltage_from_text("1.8"), POWER_1V8);
        assert_int_equal(power_voltage_from_text("12"), POWER_AUTOMATIC);
        assert_int_equal(power_voltage_from_text(NULL), POWER_AUTOMATIC);
}

static void power_on_failures_have_their_codes(void **state)
{
        static const char long_atr[34] = {0x3B};
        size_t len = 99;
        unsigned i;

        (void)state;
        make(SHORT_APDU);
        for (i = 0; i < 3; i++)
                add((struct step){.bStatus = FAILED | INACTIVE, .bError = 7});
        assert_int_equal(power_on_now(&len), SCARD_W_UNSUPPORTED_CARD);
        assert_int_equal(len, 0);
        for (i = 0; i < 3; i++)
                add((struct step){.bStatus = FAILED | INACTIVE, .bError = 0xFE});
        assert_int_equal(power_on_now(&len), SCARD_W_UNRESPONSIVE_CARD);
        add((struct step){.bStatus = FAILED | NO_CARD, .bError = 0xFE});
        assert_int_equal(power_on_now(&len), SCARD_W_REMOVED_CARD);
        assert_int_equal(script.sent, 7); /* no other voltage for a card that is not there */
        teardown(NULL);
        make(SHORT_APDU | AUTOMATIC);
        say(long_atr, sizeof long_atr);
        assert_int_equal(power_on_now(&len), SCARD_W_UNSUPPORTED_CARD);
        assert_int_equal(len, 0);
        say(NULL, 0);
        assert_int_equal(power_on_now(&len), SCARD_W_UNRESPONSIVE_CARD);
}

static void power_off_comes_first_where_the_reader_needs_it(void **state)
{
        size_t len;

        (void)state;
        make_with(SHORT_APDU | AUTOMATIC, 271, 1, 0, QUIRK_POWER_OFF_FIRST);
        add((struct step){.bStatus = INACTIVE});
        say("\x3B\x00", 2);
        assert_int_equal(power_on_now(&len), SCARD_S_SUCCESS);
        assert_int_equal(script.outs[0].bytes[0], MESSAGE_POWER_OFF);
        assert_int_equal(script.outs[1].bytes[0], MESSAGE_POWER_ON);
}

static void time_limits_follow_the_environment(void **state)
{
        struct ifd_slot_state slot;
        size_t len;

        (void)state;
        setenv("ISCARD_TIMEOUT", "700", 1);
        make(SHORT_APDU | AUTOMATIC);
        hand_clock_stop();
        say(NULL, 0);
        assert_int_equal(reader_ops.get_status(reader, 0, true, &slot), SCARD_S_SUCCESS);
        assert_int_equal(last_out()->timeout_ms, 700);
        say("\x3B\x00", 2);
        assert_int_equal(power_on_now(&len), SCARD_S_SUCCESS);
        assert_int_equal(last_out()->timeout_ms, 8400);
}

/* ---- one exchange */

static void what_a_failed_transfer_left_is_wiped(void **state)
{
        size_t i;

        (void)state;
        make(SHORT_APDU | AUTOMATIC);
        add((struct step){.status = SCARD_F_COMM_ERROR, .spill = true});
        add((struct step){.bStatus = 0}); /* of ABORT */
        assert_int_equal(transmit_short(), SCARD_F_COMM_ERROR);
        for (i = 0; i < 271; i++)
                assert_int_equal(script.rx[i], 0);
}

static void command_and_answer_are_copied_and_wiped(void **state)
{
        static const uint8_t expected[] = {0x6F, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0x00, 0x20, 0x00, 0x01, 0x31};
        size_t len, i;

        (void)state;
        make(SHORT_APDU);
        hand_clock_stop();
        say("abc\x90\x00", 5);
        assert_int_equal(transmit("\x00\x20\x00\x01\x31", 5, sizeof rsp, &len), SCARD_S_SUCCESS);
        assert_int_equal(len, 5);
        assert_memory_equal(rsp, "abc\x90\x00", 5);
        assert_int_equal(last_out()->len, sizeof expected);
        assert_memory_equal(last_out()->bytes, expected, sizeof expected);
        assert_int_equal(last_out()->timeout_ms, 1500);
        for (i = 0; i < script.tx_len; i++)
                assert_int_equal(script.tx[i], 0);
        for (i = 0; i < script.rx_len; i++)
                assert_int_equal(script.rx[i], 0);
}

static void lengths_are_checked_before_anything_is_sent(void **state)
{
        static const char big[262];
        size_t len;

        (void)state;
        make(SHORT_APDU);
        assert_int_equal(transmit(big, 262, sizeof rsp, &len), SCARD_E_INVALID_PARAMETER);
        assert_int_equal(transmit(big, 0, sizeof rsp, &len), SCARD_E_INVALID_PARAMETER);
        assert_int_equal(script.sent, 0);
        say("abc\x90\x00", 5);
        assert_int_equal(transmit(big, 5, 4, &len), SCARD_E_INSUFFICIENT_BUFFER);
        check_usable();
}

/* CCID 1.1 6.2.6: bError units; 0 is no unit at all, and read as 1 */
static void time_extension_is_honoured_within_the_limit(void **state)
{
        (void)state;
        make(SHORT_APDU);
        hand_clock_stop();
        add((struct step){.bStatus = EXTEND, .bError = 3});
        say("\x90\x00", 2);
        assert_int_equal(transmit_short(), SCARD_S_SUCCESS);
        assert_int_equal(script.last_receive_ms, 3000);
        add((struct step){.bStatus = EXTEND, .bError = 0});
        say("\x90\x00", 2);
        assert_int_equal(transmit_short(), SCARD_S_SUCCESS);
        assert_int_equal(script.last_receive_ms, 1000);
        add((struct step){.bStatus = EXTEND, .bError = 255});
        say("\x90\x00", 2);
        assert_int_equal(transmit_short(), SCARD_S_SUCCESS);
        assert_int_equal(script.last_receive_ms, 9000);
        assert_int_equal(script.controls, 0);
}

static void unanswered_command_is_aborted_and_its_late_answer_dropped(void **state)
{
        const struct out *abort;

        (void)state;
        make(SHORT_APDU);
        add((struct step){.status = SCARD_E_TIMEOUT});
        add((struct step){.type = MESSAGE_SLOT_STATUS});
        assert_int_equal(transmit_short(), SCARD_E_TIMEOUT);
        abort = last_out();
        assert_int_equal(abort->bytes[0], MESSAGE_ABORT);
        assert_int_equal(script.controls, 1);
        assert_int_equal(script.control_value, abort->bytes[6] << 8); /* the same bSeq in both, slot 0 */
        /* the late answer comes in front of the right one: the abandoned bSeq was two before */
        add((struct step){.seq_delta = 0xFE, .data = "late", .data_len = 4});
        say("\x90\x00", 2);
        assert_int_equal(transmit_short(), SCARD_S_SUCCESS);
        assert_memory_equal(rsp, "\x90\x00", 2);
        check_usable();
}

static void abort_is_drained_until_confirmed(void **state)
{
        (void)state;
        make(SHORT_APDU);
        script.control_status = SCARD_E_NOT_READY; /* a reader that knows no such request */
        add((struct step){.status = SCARD_E_TIMEOUT});
        add((struct step){.type = MESSAGE_DATA_BLOCK, .seq_delta = 0xFF, .bStatus = FAILED, .bError = 0xFF});
        add((struct step){.empty = true});
        say(NULL, 0);
        assert_int_equal(transmit_short(), SCARD_E_TIMEOUT);
        assert_int_equal(script.next, script.count);
        assert_int_equal(script.receives, 2);
        check_usable();
}

static void messages_against_the_rules_are_dropped(void **state)
{
        static const struct step wrong[] = {
            {.seq_delta = 1},
            {.slot_delta = 1},
            {.type = MESSAGE_PARAMETERS},
            {.type = 0x99},
            {.length_delta = 1},
            {.length_delta = -1, .data = "ab", .data_len = 2},
            {.length_delta = -3, .data = "ab", .data_len = 2},
            {.cut = 1},
            {.cut = 10 - 1},
            {.bStatus = 3},
            {.type = MESSAGE_SLOT_STATUS},
            {.bStatus = 0xC0},
        };
        size_t i;

        (void)state;
        make(SHORT_APDU);
        hand_clock_stop();
        for (i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
                script.count = script.next = 0;
                add(wrong[i]);
                say("\x90\x00", 2);
                assert_int_equal(transmit_short(), SCARD_S_SUCCESS);
                assert_int_equal(script.last_receive_ms, 1000);
                add(wrong[i]);
                add((struct step){.status = SCARD_E_TIMEOUT});
                say(NULL, 0); /* ABORT */
                assert_int_equal(transmit_short(), SCARD_F_COMM_ERROR);
                check_usable();
        }
}

static void stray_empty_packets_are_tolerated_but_not_for_ever(void **state)
{
        unsigned i;

        (void)state;
        make(SHORT_APDU);
        add((struct step){.empty = true});
        say("\x90\x00", 2);
        assert_int_equal(transmit_short(), SCARD_S_SUCCESS);
        for (i = 0; i < 11; i++)
                add((struct step){.empty = true});
        say(NULL, 0);
        assert_int_equal(transmit_short(), SCARD_F_COMM_ERROR);
        check_usable();
}

static void stalled_out_is_cleared_and_repeated_once(void **state)
{
        (void)state;
        make(SHORT_APDU);
        add((struct step){.status = SCARD_E_NOT_READY});
        say("\x90\x00", 2);
        assert_int_equal(transmit_short(), SCARD_S_SUCCESS);
        assert_int_equal(script.halted, 0x01);
        assert_int_equal(script.sent, 2);
        add((struct step){.status = SCARD_E_NOT_READY});
        add((struct step){.status = SCARD_E_NOT_READY});
        say(NULL, 0);
        assert_int_equal(transmit_short(), SCARD_F_COMM_ERROR);
        check_usable();
}

/* The command was accepted: a VERIFY sent twice would cost two tries. */
static void stalled_in_is_cleared_and_nothing_repeated(void **state)
{
        (void)state;
        make(SHORT_APDU);
        add((struct step){.status = SCARD_E_COMM_DATA_LOST});
        say(NULL, 0);
        assert_int_equal(transmit_short(), SCARD_F_COMM_ERROR);
        assert_int_equal(script.halted, 0x82);
        assert_int_equal(script.sent, 2);
        assert_int_equal(last_out()->bytes[0], MESSAGE_ABORT);
        check_usable();
}

static void busy_slot_is_asked_again(void **state)
{
        struct ifd_slot_state slot;
        unsigned i;

        (void)state;
        setenv("ISCARD_TIMEOUT", "40", 1);
        make(SHORT_APDU);
        add((struct step){.bStatus = FAILED, .bError = 0xE0});
        say("\x90\x00", 2);
        assert_int_equal(transmit_short(), SCARD_S_SUCCESS);
        assert_int_not_equal(script.outs[0].bytes[6], script.outs[1].bytes[6]);
        for (i = 0; i < 20; i++)
                add((struct step){.bStatus = FAILED, .bError = 0xE0});
        assert_int_equal(reader_ops.get_status(reader, 0, true, &slot), SCARD_E_NOT_READY);
}

static void slot_errors_have_their_codes(void **state)
{
        static const struct {
                uint8_t bStatus, bError;
                int32_t code;
        } rows[] = {
            {FAILED | NO_CARD, 0xFE, SCARD_W_REMOVED_CARD},
            {NO_CARD, 0x00, SCARD_W_REMOVED_CARD}, /* "done", without data: QEMU's usb-ccid */
            {INACTIVE, 0x00, SCARD_W_UNPOWERED_CARD},
            {FAILED | INACTIVE, 0xFE, SCARD_W_UNPOWERED_CARD},
            {FAILED, 0xFE, SCARD_W_UNRESPONSIVE_CARD},
            {FAILED, 0xFD, SCARD_E_COMM_DATA_LOST},
            {FAILED, 0xFB, SCARD_F_COMM_ERROR},
            {FAILED, 0xF3, SCARD_E_PROTO_MISMATCH},
            {FAILED, 0xFF, SCARD_E_CANCELLED},
            {FAILED, 0x05, SCARD_E_READER_UNAVAILABLE},
            {FAILED, 0x00, SCARD_E_UNSUPPORTED_FEATURE},
        };
        size_t i;

        (void)state;
        make(SHORT_APDU);
        for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
                add((struct step){.bStatus = rows[i].bStatus, .bError = rows[i].bError});
                assert_int_equal(transmit_short(), rows[i].code);
        }
        /* a reader that does not know a command may answer by SlotStatus. CCID 1.1 6.1 */
        add((struct step){.type = MESSAGE_SLOT_STATUS, .bStatus = FAILED, .bError = 0});
        assert_int_equal(reader_ops.set_parameters(reader, 0, &(struct ifd_parameters){.protocol = 1}),
                         SCARD_E_UNSUPPORTED_FEATURE);
        check_usable();
}

static void parameters_are_set_and_got(void **state)
{
        static const uint8_t expected[] = {0x61, 7, 0, 0, 0, 0, 0, 1, 0, 0, 0x11, 0x10, 0, 0x4D, 0, 32, 0};
        struct ifd_parameters parameters = {.protocol = 1, .fidi = 0x11, .bwi = 4, .cwi = 13, .ifsc = 32};
        struct ifd_parameters back;

        (void)state;
        make(TPDU);
        say("\x11\x10\x00\x4D\x00\x20\x00", 7);
        assert_int_equal(reader_ops.set_parameters(reader, 0, &parameters), SCARD_S_SUCCESS);
        assert_memory_equal(last_out()->bytes, expected, sizeof expected);
        add((struct step){.byte9 = 1, .data = "\x11\x10\x00\x4D\x00\x20\x00", .data_len = 7});
        assert_int_equal(reader_ops.get_parameters(reader, 0, &back), SCARD_S_SUCCESS);
        assert_memory_equal(&back, &parameters, sizeof back);
        add((struct step){.byte9 = 1, .data = "\x11", .data_len = 1});
        assert_int_equal(reader_ops.get_parameters(reader, 0, &back), SCARD_F_COMM_ERROR);
        assert_int_equal(back.fidi, 0);
}

/* CCID 1.1 6.1.14, 6.2.5 */
static void clock_and_rate_are_set_as_the_reader_grants_them(void **state)
{
        static const uint8_t expected[] = {0x73, 8,    0,    0, 0, 0,    0,    0, 0,
                                           0,    0xA0, 0x0F, 0, 0, 0x00, 0xC2, 1, 0};
        uint32_t clock = 4000, rate = 115200;

        (void)state;
        make(TPDU);
        say("\x74\x0E\x00\x00\x80\x25\x00\x00", 8);
        assert_int_equal(reader_ops.set_rate(reader, 0, &clock, &rate), SCARD_S_SUCCESS);
        assert_int_equal(last_out()->len, sizeof expected);
        assert_memory_equal(last_out()->bytes, expected, sizeof expected);
        assert_int_equal(clock, 3700);
        assert_int_equal(rate, 9600);
        say("\x74\x0E\x00\x00\x80\x25\x00", 7);
        assert_int_equal(reader_ops.set_rate(reader, 0, &clock, &rate), SCARD_F_COMM_ERROR);
        assert_int_equal(rate, 9600);
        add((struct step){.type = MESSAGE_SLOT_STATUS, .bStatus = FAILED, .bError = 0});
        assert_int_equal(reader_ops.set_rate(reader, 0, &clock, &rate), SCARD_E_UNSUPPORTED_FEATURE);
        check_usable();
}

/* CCID 1.1 5.3.2, 5.3.3. The length is the reader's word: cut, odd, or longer than was announced. */
static void lists_of_rates_are_read_within_bounds(void **state)
{
        uint32_t list[256];
        size_t count = 9, i;

        (void)state;
        make(TPDU);
        memcpy(script.list, "\xA0\x0F\0\0\x40\x1F\0\0\0\0\0\0\x11\x22\x33\x44", 16);
        script.list_len = 12;
        assert_int_equal(reader_ops.list_rates(reader, true, list, 256, &count), SCARD_S_SUCCESS);
        assert_int_equal(script.list_request, 2);
        assert_int_equal(script.list_room, 12);
        assert_int_equal(count, 2); /* 0 is no clock */
        assert_int_equal(list[0], 4000);
        assert_int_equal(list[1], 8000);
        assert_int_equal(reader_ops.list_rates(reader, true, list, 1, &count), SCARD_S_SUCCESS);
        assert_int_equal(count, 1);
        script.list_len = 7;
        assert_int_equal(reader_ops.list_rates(reader, true, list, 256, &count), SCARD_S_SUCCESS);
        assert_int_equal(count, 1);
        script.list_len = 0;
        assert_int_equal(reader_ops.list_rates(reader, true, list, 256, &count), SCARD_S_SUCCESS);
        assert_int_equal(count, 0);
        memset(script.list, 1, sizeof script.list);
        script.list_len = sizeof script.list;
        assert_int_equal(reader_ops.list_rates(reader, false, list, 256, &count), SCARD_S_SUCCESS);
        assert_int_equal(script.list_request, 3);
        assert_int_equal(count, 255);
        for (i = 0; i < count; i++)
                assert_int_equal(list[i], 0x01010101);
        script.control_status = SCARD_E_NOT_READY; /* announced, and stalled */
        assert_int_equal(reader_ops.list_rates(reader, false, list, 256, &count), SCARD_S_SUCCESS);
        assert_int_equal(count, 0);
        assert_int_equal(script.sent, 0);
        script.gone = true;
        assert_int_equal(reader_ops.list_rates(reader, false, list, 256, &count), SCARD_E_READER_UNAVAILABLE);
}

/* CCID 1.1 6.1.8 */
static void escape_carries_bytes_both_ways(void **state)
{
        static const uint8_t expected[] = {0x6B, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0xE0, 0x00, 0x19};
        static uint8_t long_one[262];
        uint8_t answer[8];
        size_t len = 9;

        (void)state;
        make(SHORT_APDU);
        hand_clock_stop();
        say("\x01\x02\x03", 3);
        assert_int_equal(
            reader_ops.escape(reader, 0, (const uint8_t *)"\xE0\x00\x19", 3, answer, sizeof answer, &len),
            SCARD_S_SUCCESS);
        assert_int_equal(last_out()->len, sizeof expected);
        assert_memory_equal(last_out()->bytes, expected, sizeof expected);
        assert_int_equal(len, 3);
        assert_memory_equal(answer, "\x01\x02\x03", 3);
        assert_int_equal(last_out()->timeout_ms, 30000);
        say("123456789", 9);
        assert_int_equal(reader_ops.escape(reader, 0, NULL, 0, answer, sizeof answer, &len),
                         SCARD_E_INSUFFICIENT_BUFFER);
        assert_int_equal(len, 0);
        add((struct step){.bStatus = FAILED, .bError = 0});
        assert_int_equal(reader_ops.escape(reader, 0, NULL, 0, answer, sizeof answer, &len),
                         SCARD_E_UNSUPPORTED_FEATURE);
        assert_int_equal(reader_ops.escape(reader, 0, long_one, sizeof long_one, answer, sizeof answer, &len),
                         SCARD_E_INVALID_PARAMETER);
        assert_int_equal(script.sent, 3);
        check_usable();
}

/* CCID 1.1 6.1.12: bFunction 02 ejects; 01 would take a card in */
static void card_is_ejected(void **state)
{
        static const uint8_t expected[] = {0x71, 0, 0, 0, 0, 0, 0, 2, 0, 0};

        (void)state;
        make(SHORT_APDU);
        assert_true(reader_info(reader)->can_eject);
        add((struct step){.bStatus = NO_CARD});
        assert_int_equal(reader_ops.eject(reader, 0), SCARD_S_SUCCESS);
        assert_int_equal(last_out()->len, sizeof expected);
        assert_memory_equal(last_out()->bytes, expected, sizeof expected);
        add((struct step){.bStatus = FAILED | NO_CARD, .bError = 0xFE});
        assert_int_equal(reader_ops.eject(reader, 0), SCARD_S_SUCCESS);
        add((struct step){.bStatus = FAILED, .bError = 0});
        assert_int_equal(reader_ops.eject(reader, 0), SCARD_E_UNSUPPORTED_FEATURE);
}

static void empty_packet_is_asked_for_only_where_the_reader_wants_it(void **state)
{
        (void)state;
        make(SHORT_APDU);
        say("\x90\x00", 2);
        assert_int_equal(transmit_short(), SCARD_S_SUCCESS);
        assert_false(last_out()->zlp);
        teardown(NULL);
        make_with(SHORT_APDU, 271, 1, 0, QUIRK_ZLP);
        say("\x90\x00", 2);
        assert_int_equal(transmit_short(), SCARD_S_SUCCESS);
        assert_true(last_out()->zlp);
}

static void descriptors_are_corrected_by_quirks(void **state)
{
        (void)state;
        make_with(SHORT_APDU, 271, 1, 0, QUIRK_CHAINS | QUIRK_MAX_RATE | QUIRK_MAX_IFSD | QUIRK_NO_IFS);
        assert_int_equal(reader_info(reader)->features & IFD_AUTO_IFSD, IFD_AUTO_IFSD);
        assert_int_equal(reader_info(reader)->exchange, IFD_EXCHANGE_EXTENDED_APDU);
        assert_int_equal(reader_info(reader)->max_command, 65544);
        assert_int_equal(reader_info(reader)->max_data_rate_bps, 0); /* the test's quirk says so */
        assert_int_equal(reader_info(reader)->max_ifsd, 0);
        teardown(NULL);
        make_with(SHORT_APDU, 271, 1, 0, 0);
        assert_int_equal(reader_info(reader)->max_data_rate_bps, 115200);
        assert_int_equal(reader_info(reader)->max_ifsd, 254);
}

static void quirks_go_by_reader_and_firmware(void **state)
{
        const struct quirk *cherry = quirks_find(0x046A, 0x00A1, 0x0100);

        (void)state;
        assert_int_equal(cherry->flags, QUIRK_CHAINS);
        assert_int_equal(quirks_find(0x046A, 0x00A1, 0x0101)->flags, 0);
        assert_int_equal(quirks_find(0x03F0, 0x0036, 0x1234)->flags, QUIRK_NO_PINPAD);
        assert_int_equal(quirks_find(0x0B97, 0x7762, 0)->max_rate_bps, 9600);
        assert_int_equal(quirks_find(0xFFFF, 0xFFFF, 0)->flags, 0);
        assert_non_null(quirks_find(0xFFFF, 0xFFFF, 0)->reason);
}

/* ---- extended APDUs over short messages. CCID 1.1 6.1.4 */

static void long_command_and_answer_are_chained(void **state)
{
        static char cmd[130], answer[54];
        size_t len;

        (void)state;
        make_with(EXTENDED_APDU, 64, 1, 0, 0);
        memset(cmd, 0x5A, sizeof cmd);
        memset(answer, 0xA5, sizeof answer);
        add((struct step){.byte9 = MESSAGE_CHAIN_GO_ON});
        add((struct step){.byte9 = MESSAGE_CHAIN_GO_ON});
        add((struct step){.byte9 = MESSAGE_CHAIN_BEGIN, .data = answer, .data_len = 54});
        add((struct step){.byte9 = MESSAGE_CHAIN_MIDDLE, .data = answer, .data_len = 54});
        add((struct step){.byte9 = MESSAGE_CHAIN_END, .data = "\x90\x00", .data_len = 2});
        assert_int_equal(transmit(cmd, sizeof cmd, sizeof rsp, &len), SCARD_S_SUCCESS);
        assert_int_equal(len, 110);
        assert_memory_equal(rsp + 108, "\x90\x00", 2);
        assert_int_equal(script.sent, 5);
        assert_int_equal(script.outs[0].len, 64);
        assert_int_equal(script.outs[0].bytes[8], MESSAGE_CHAIN_BEGIN);
        assert_int_equal(script.outs[1].bytes[8], MESSAGE_CHAIN_MIDDLE);
        assert_int_equal(script.outs[2].bytes[8], MESSAGE_CHAIN_END);
        assert_int_equal(script.outs[2].len, 10 + 130 - 108);
        assert_int_equal(script.outs[3].bytes[8], MESSAGE_CHAIN_GO_ON);
        assert_int_equal(script.outs[3].len, 10);
        assert_int_equal(script.outs[4].bytes[8], MESSAGE_CHAIN_GO_ON);
}

static void answer_that_is_too_long_is_drained(void **state)
{
        static char answer[54];
        size_t len;

        (void)state;
        make_with(EXTENDED_APDU, 64, 1, 0, 0);
        add((struct step){.byte9 = MESSAGE_CHAIN_BEGIN, .data = answer, .data_len = 54});
        add((struct step){.byte9 = MESSAGE_CHAIN_END, .data = answer, .data_len = 54});
        assert_int_equal(transmit("\0\0\0\0", 4, 60, &len), SCARD_E_INSUFFICIENT_BUFFER);
        assert_int_equal(script.next, script.count);
        check_usable();
}

static void broken_chains_end_in_an_abort(void **state)
{
        static const struct step wrong[][2] = {
            {{.byte9 = MESSAGE_CHAIN_BEGIN, .data = "a", .data_len = 1}, {.byte9 = MESSAGE_CHAIN_MIDDLE}},
            {{.byte9 = MESSAGE_CHAIN_BEGIN, .data = "a", .data_len = 1},
             {.byte9 = MESSAGE_CHAIN_BEGIN, .data = "a", .data_len = 1}},
            {{.byte9 = MESSAGE_CHAIN_BEGIN, .data = "a", .data_len = 1}, {.byte9 = MESSAGE_CHAIN_GO_ON}},
        };
        static char cmd[130];
        size_t i, len;

        (void)state;
        make_with(EXTENDED_APDU, 64, 1, 0, 0);
        for (i = 0; i < 3; i++) {
                add(wrong[i][0]);
                add(wrong[i][1]);
                say(NULL, 0); /* ABORT */
                assert_int_equal(transmit("\0\0\0\0", 4, sizeof rsp, &len), SCARD_F_COMM_ERROR);
                assert_int_equal(last_out()->bytes[0], MESSAGE_ABORT);
                assert_int_equal(rsp[0], 0); /* half an answer does not stay */
                check_usable();
        }
        say("\x90\x00", 2); /* an answer in the middle of a command */
        say(NULL, 0);
        assert_int_equal(transmit(cmd, sizeof cmd, sizeof rsp, &len), SCARD_F_COMM_ERROR);
        check_usable();
}

static void chain_without_end_is_ended(void **state)
{
        static char answer[60000];
        size_t len;

        (void)state;
        make_with(EXTENDED_APDU, 65554, 1, 0, 0);
        add((struct step){.byte9 = MESSAGE_CHAIN_BEGIN, .data = answer, .data_len = sizeof answer});
        add((struct step){.byte9 = MESSAGE_CHAIN_MIDDLE, .data = answer, .data_len = sizeof answer});
        say(NULL, 0);
        assert_int_equal(transmit("\0\0\0\0", 4, sizeof rsp, &len), SCARD_F_COMM_ERROR);
        check_usable();
}

/* ---- the state of the slots */

static struct ifd_slot_state known(unsigned slot)
{
        struct ifd_slot_state state;
        size_t sent = script.sent;

        assert_int_equal(reader_ops.get_status(reader, slot, false, &state), SCARD_S_SUCCESS);
        assert_int_equal(script.sent, sent);
        return state;
}

static void tell(const char *bytes, size_t len)
{
        memcpy(script.events[script.event_count], bytes, len);
        script.event_len[script.event_count++] = len;
}

static void events_move_the_card(void **state)
{
        size_t len;

        (void)state;
        make(SHORT_APDU | AUTOMATIC);
        assert_int_equal(known(0).card, IFD_CARD_UNKNOWN);
        say("\x3B\x00", 2);
        assert_int_equal(power_on_now(&len), SCARD_S_SUCCESS);
        tell("\x50\x03", 2); /* the state in which the reader starts */
        assert_int_equal(known(0).card, IFD_CARD_POWERED);
        assert_int_equal(known(0).movements, 0);
        tell("\x50\x02", 2);
        assert_int_equal(known(0).card, IFD_CARD_ABSENT);
        assert_int_equal(known(0).movements, 1);
        tell("\x50\x03", 2);
        assert_int_equal(known(0).card, IFD_CARD_PRESENT);
        assert_int_equal(known(0).movements, 2);
        tell("\x50\x03", 2); /* pulled and put back in one message */
        assert_int_equal(known(0).movements, 3);
        tell("\x50\x01", 2); /* nothing new */
        tell("\x51\x00\x01\x01", 4);
        tell("\x50", 1);
        tell("\x77\x01\x02", 3);
        assert_int_equal(known(0).movements, 3);
}

/* While the interrupt endpoint has failed, answers are all there is, as of a reader without one. */
static void a_failed_interrupt_endpoint_is_told_and_made_up_for(void **state)
{
        size_t len;

        (void)state;
        make(SHORT_APDU | AUTOMATIC);
        say("\x3B\x00", 2);
        assert_int_equal(power_on_now(&len), SCARD_S_SUCCESS);
        tell("\x50\x03", 2);
        assert_false(known(0).silent);
        tell("\x50\x02", 2); /* what had come before counts */
        script.event_status = SCARD_E_NOT_READY;
        assert_true(known(0).silent);
        assert_int_equal(known(0).card, IFD_CARD_ABSENT);
        assert_int_equal(known(0).movements, 1);
        say("\x3B\x00", 2);
        assert_int_equal(power_on_now(&len), SCARD_S_SUCCESS);
        assert_int_equal(known(0).movements, 2);
        /* pulled and put back: the answer shows a card without power, and no event will */
        add((struct step){.bStatus = FAILED | INACTIVE, .bError = 0xFE});
        assert_int_equal(transmit_short(), SCARD_W_UNPOWERED_CARD);
        assert_int_equal(known(0).movements, 3);
        script.event_status = SCARD_S_SUCCESS;
        assert_false(known(0).silent);
        tell("\x50\x02", 2);
        assert_int_equal(known(0).card, IFD_CARD_ABSENT);
        assert_int_equal(known(0).movements, 4);
}

static void movement_seen_in_an_answer_counts_once(void **state)
{
        size_t len;

        (void)state;
        make(SHORT_APDU | AUTOMATIC);
        say("\x3B\x00", 2);
        assert_int_equal(power_on_now(&len), SCARD_S_SUCCESS);
        tell("\x50\x03", 2);
        (void)known(0);
        add((struct step){.bStatus = FAILED | NO_CARD, .bError = 0xFE});
        assert_int_equal(transmit_short(), SCARD_W_REMOVED_CARD);
        assert_int_equal(known(0).movements, 1);
        tell("\x50\x02", 2); /* the event of the same movement */
        assert_int_equal(known(0).movements, 1);
        tell("\x50\x02", 2); /* in and out again */
        assert_int_equal(known(0).movements, 2);
}

static void power_lost_is_a_movement_only_where_none_is_told(void **state)
{
        size_t len;

        (void)state;
        make_with(SHORT_APDU | AUTOMATIC, 271, 1, 0, 0);
        say("\x3B\x00", 2);
        assert_int_equal(power_on_now(&len), SCARD_S_SUCCESS);
        add((struct step){.bStatus = INACTIVE});
        assert_int_equal(reader_ops.power_off(reader, 0), SCARD_S_SUCCESS);
        assert_int_equal(known(0).card, IFD_CARD_PRESENT);
        assert_int_equal(known(0).movements, 0);
        say("\x3B\x00", 2);
        assert_int_equal(power_on_now(&len), SCARD_S_SUCCESS);
        add((struct step){.bStatus = FAILED | INACTIVE, .bError = 0xFE});
        assert_int_equal(transmit_short(), SCARD_W_UNPOWERED_CARD);
        assert_int_equal(known(0).movements, 1);
}

static void asked_status_reads_every_slot_and_empty_ones(void **state)
{
        struct ifd_slot_state slot;

        (void)state;
        make_with(SHORT_APDU, 271, 2, 0, 0);
        add((struct step){.bStatus = INACTIVE});
        assert_int_equal(reader_ops.get_status(reader, 1, true, &slot), SCARD_S_SUCCESS);
        assert_int_equal(slot.card, IFD_CARD_PRESENT);
        assert_int_equal(last_out()->bytes[5], 1);
        add((struct step){.bStatus = FAILED | NO_CARD, .bError = 0xFE});
        assert_int_equal(reader_ops.get_status(reader, 0, true, &slot), SCARD_S_SUCCESS);
        assert_int_equal(slot.card, IFD_CARD_ABSENT);
        assert_int_equal(known(1).card, IFD_CARD_PRESENT);
        assert_int_equal(reader_ops.get_status(reader, 2, true, &slot), SCARD_E_READER_UNAVAILABLE);
}

/* ---- the end of a reader, and threads */

static void reader_that_is_gone_stays_gone(void **state)
{
        struct ifd_slot_state slot;
        size_t len;

        (void)state;
        make(SHORT_APDU);
        script.gone = true;
        assert_int_equal(transmit_short(), SCARD_E_READER_UNAVAILABLE);
        script.gone = false;
        assert_int_equal(transmit_short(), SCARD_E_READER_UNAVAILABLE);
        assert_int_equal(power_on_now(&len), SCARD_E_READER_UNAVAILABLE);
        assert_int_equal(len, 0);
        assert_int_equal(reader_ops.power_off(reader, 0), SCARD_E_READER_UNAVAILABLE);
        assert_int_equal(reader_ops.get_status(reader, 0, false, &slot), SCARD_E_READER_UNAVAILABLE);
        assert_int_equal(script.sent, 1);
        reader_ops.close(reader);
        assert_int_equal(reader_ops.open(reader), SCARD_E_READER_UNAVAILABLE);
}

static void closed_reader_answers_and_opens_again(void **state)
{
        struct ifd_slot_state slot;

        (void)state;
        make(SHORT_APDU);
        reader_ops.close(reader);
        assert_int_equal(transmit_short(), SCARD_E_READER_UNAVAILABLE);
        assert_int_equal(reader_ops.get_status(reader, 0, false, &slot), SCARD_E_READER_UNAVAILABLE);
        reader_ops.abort(reader, 0);
        assert_int_equal(reader_ops.open(reader), SCARD_S_SUCCESS);
        check_usable();
}

static void *transmit_in_thread(void *arg)
{
        *(int32_t *)arg = transmit_short();
        return NULL;
}

static void wait_until_waiting(void)
{
        pthread_mutex_lock(&script.lock);
        while (!script.waiting)
                pthread_cond_wait(&script.change, &script.lock);
        pthread_mutex_unlock(&script.lock);
}

static void abort_ends_a_waiting_exchange(void **state)
{
        int32_t status = 0;
        pthread_t thread;

        (void)state;
        make(SHORT_APDU);
        reader_ops.abort(reader, 0); /* no effect: nobody waits */
        add((struct step){.block = true});
        say(NULL, 0); /* ABORT */
        assert_int_equal(pthread_create(&thread, NULL, transmit_in_thread, &status), 0);
        wait_until_waiting();
        reader_ops.abort(reader, 0);
        pthread_join(thread, NULL);
        assert_int_equal(status, SCARD_E_CANCELLED);
        assert_int_equal(last_out()->bytes[0], MESSAGE_ABORT);
        check_usable();
}

struct question {
        int32_t status;
        atomic_bool answered;
};

static void *status_in_thread(void *arg)
{
        struct question *question = arg;
        struct ifd_slot_state slot;

        question->status = reader_ops.get_status(reader, 1, true, &slot);
        atomic_store(&question->answered, true);
        return NULL;
}

static void slots_take_turns_and_abort_hits_only_its_own(void **state)
{
        struct timespec moment = {0, 1000000};
        struct question second = {.status = 0};
        int32_t first = 0;
        pthread_t one, two;

        (void)state;
        make_with(SHORT_APDU, 271, 2, 0, 0);
        add((struct step){.block = true});
        say(NULL, 0); /* ABORT of slot 0 */
        assert_int_equal(pthread_create(&one, NULL, transmit_in_thread, &first), 0);
        wait_until_waiting();
        assert_int_equal(pthread_create(&two, NULL, status_in_thread, &second), 0);
        /* The one that waits for its turn, once it does; the exchange goes on. */
        while (!atomic_load(&second.answered)) {
                nanosleep(&moment, NULL);
                reader_ops.abort(reader, 1);
        }
        pthread_join(two, NULL);
        assert_int_equal(second.status, SCARD_E_CANCELLED);
        assert_int_equal(script.sent, 1);
        reader_ops.abort(reader, 0);
        pthread_join(one, NULL);
        assert_int_equal(first, SCARD_E_CANCELLED);
}

#define CASE(test) cmocka_unit_test_teardown(test, teardown)
int main(void)
{
        const struct CMUnitTest tests[] = {
            CASE(info_follows_the_descriptor),
            CASE(interfaces_without_bulk_pipes_are_refused),
            CASE(automatic_voltage_is_left_to_the_reader),
            CASE(voltages_are_tried_in_order),
            CASE(voltage_asked_for_comes_first_where_offered),
            CASE(power_on_failures_have_their_codes),
            CASE(power_off_comes_first_where_the_reader_needs_it),
            CASE(time_limits_follow_the_environment),
            CASE(command_and_answer_are_copied_and_wiped),
            CASE(lengths_are_checked_before_anything_is_sent),
            CASE(time_extension_is_honoured_within_the_limit),
            CASE(unanswered_command_is_aborted_and_its_late_answer_dropped),
            CASE(abort_is_drained_until_confirmed),
            CASE(messages_against_the_rules_are_dropped),
            CASE(stray_empty_packets_are_tolerated_but_not_for_ever),
            CASE(stalled_out_is_cleared_and_repeated_once),
            CASE(stalled_in_is_cleared_and_nothing_repeated),
            CASE(busy_slot_is_asked_again),
            CASE(slot_errors_have_their_codes),
            CASE(parameters_are_set_and_got),
            CASE(clock_and_rate_are_set_as_the_reader_grants_them),
            CASE(lists_of_rates_are_read_within_bounds),
            CASE(escape_carries_bytes_both_ways),
            CASE(card_is_ejected),
            CASE(empty_packet_is_asked_for_only_where_the_reader_wants_it),
            CASE(descriptors_are_corrected_by_quirks),
            cmocka_unit_test(quirks_go_by_reader_and_firmware),
            CASE(long_command_and_answer_are_chained),
            CASE(answer_that_is_too_long_is_drained),
            CASE(broken_chains_end_in_an_abort),
            CASE(chain_without_end_is_ended),
            CASE(events_move_the_card),
            CASE(a_failed_interrupt_endpoint_is_told_and_made_up_for),
            CASE(what_a_failed_transfer_left_is_wiped),
            CASE(movement_seen_in_an_answer_counts_once),
            CASE(power_lost_is_a_movement_only_where_none_is_told),
            CASE(asked_status_reads_every_slot_and_empty_ones),
            CASE(reader_that_is_gone_stays_gone),
            CASE(closed_reader_answers_and_opens_again),
            CASE(abort_ends_a_waiting_exchange),
            CASE(slots_take_turns_and_abort_hits_only_its_own),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
