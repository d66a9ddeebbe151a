/*
 * iccd.c - a card that is a USB device: the control requests of USB ICCD 1.0 and ISO/IEC 7816-12, version A
 * (T=0, its phases one by one) and version B (APDUs). Behind them the reader of reader.c does the work.
 */
#include <string.h>

#include "core/wipe.h"
#include "sim/device_state.h"

#define ICC_POWER_ON   0x62
#define ICC_POWER_OFF  0x63
#define XFR_BLOCK      0x65
#define DATA_BLOCK     0x6F
#define SLOT_STATUS    0x81
#define GET_ICC_STATUS 0xA0

#define TO_DEVICE   0x21
#define FROM_DEVICE 0xA1

/* bResponseType of version B beside the values of bChainParameter */
#define STATUS_INFORMATION 0x40
#define POLLING            0x80

/* The status byte of version A */
#define A_READY 0x00
#define A_DATA  0x10 /* data are to be transferred, one way or the other */
#define A_SW    0x20
#define A_BUSY  0x40
#define A_MUTE  0x80

#define HEADER_LEN 5u /* CLA INS P1 P2 P3 */

struct request {
        uint8_t type, number;
        uint16_t value;
        uint8_t *data;
        size_t len; /* to the device: bytes; from it: room */
};

/* What goes back in the data stage. */
struct given {
        uint8_t *bytes;
        size_t len;
};

static enum sim_result stall(void)
{
        return SIM_STALL;
}

/* ---- the reader behind it, asked with a bulk message */

static void ask(struct sim_device *device, uint8_t type, uint8_t parameter, const uint8_t *data, size_t len,
                uint64_t kinds)
{
        struct sim_iccd_state *iccd = &device->iccd;
        struct sim_outcome outcome;
        uint8_t *message = device->work;

        sim_reader_free_slot(device->reader, 0);
        memset(message, 0, SIM_HEADER);
        message[0] = type;
        message[1] = (uint8_t)len;
        message[2] = (uint8_t)(len >> 8);
        message[8] = parameter;
        if (len != 0)
                memcpy(message + SIM_HEADER, data, len);
        wipe(iccd->answer, iccd->len);
        sim_reader_message(device->reader, message, SIM_HEADER + len, kinds, iccd->answer, &outcome);
        wipe(message, SIM_HEADER + len);
        iccd->len = outcome.len;
        iccd->off = SIM_HEADER;
        iccd->kinds = kinds;
        iccd->polls = outcome.extensions;
        iccd->due_ms = 0;
        if ((kinds & SIM_FAULT_SLOW) != 0)
                iccd->due_ms = sim_device_now_ms() + SIM_SLOW_MS;
        if ((kinds & (SIM_FAULT_HANG | SIM_FAULT_LOSE)) != 0)
                iccd->due_ms = SIM_NO_TIME;
}

static bool failed(const struct sim_iccd_state *iccd)
{
        return (iccd->answer[7] & 0xC0) != 0;
}

static void forget(struct sim_iccd_state *iccd)
{
        wipe(iccd->answer, iccd->len);
        wipe(iccd->header, sizeof iccd->header);
        iccd->len = iccd->off = 0;
        iccd->phase = SIM_ICCD_READY;
        iccd->due_ms = 0;
        iccd->polls = 0;
        iccd->kinds = 0;
}

void sim_iccd_restart(struct sim_device *device)
{
        if (device->iccd.answer != NULL)
                forget(&device->iccd);
}

/* Not now: so often, or until a moment. */
static bool busy(struct sim_iccd_state *iccd)
{
        if (iccd->due_ms != 0 && iccd->due_ms > sim_device_now_ms())
                return true;
        if (iccd->polls == 0)
                return false;
        iccd->polls--;
        return true;
}

/* ---- version B */

static enum sim_result b_command(struct sim_device *device, const struct request *request, uint64_t kinds)
{
        struct sim_iccd_state *iccd = &device->iccd;

        if (request->number == ICC_POWER_ON) {
                ask(device, 0x62, 0, NULL, 0, kinds);
        } else if (request->number == ICC_POWER_OFF) {
                forget(iccd);
                ask(device, 0x63, 0, NULL, 0, kinds);
        } else if (request->number != XFR_BLOCK || (request->value & 0xFF) != 0 ||
                   iccd->due_ms == SIM_NO_TIME || request->len > device->config.max_message - SIM_HEADER) {
                return stall();
        } else { /* bLevelParameter */
                ask(device, 0x6F, (uint8_t)(request->value >> 8), request->data, request->len, kinds);
        }
        iccd->phase = SIM_ICCD_ANSWER;
        return SIM_OK;
}

static enum sim_result b_data_block(struct sim_device *device, const struct request *request,
                                    struct given *given)
{
        struct sim_iccd_state *iccd = &device->iccd;

        if (iccd->phase != SIM_ICCD_ANSWER || request->len < 4)
                return stall();
        if (busy(iccd)) {
                given->bytes[0] = POLLING;
                given->bytes[1] = 1; /* wDelayTime, in 10 ms */
                given->bytes[2] = 0;
                given->len = 3;
                return SIM_OK;
        }
        if (failed(iccd)) {
                given->bytes[0] = STATUS_INFORMATION;
                given->bytes[1] = iccd->answer[7];
                given->bytes[2] = iccd->answer[8];
                given->len = 3;
        } else {
                given->bytes[0] = iccd->answer[9]; /* bChainParameter */
                given->len = 1 + iccd->len - SIM_HEADER;
                memcpy(given->bytes + 1, iccd->answer + SIM_HEADER, given->len - 1);
        }
        return SIM_OK;
}

static enum sim_result b_give(struct sim_device *device, const struct request *request, struct given *given)
{
        if (request->number == DATA_BLOCK)
                return b_data_block(device, request, given);
        if (request->number != SLOT_STATUS || request->len < 3)
                return stall();
        given->bytes[0] = STATUS_INFORMATION;
        given->bytes[1] = sim_reader_icc_status(device->reader, 0);
        given->bytes[2] = 0;
        given->len = 3;
        return SIM_OK;
}

/* The answer has reached the host. */
static void b_taken(struct sim_device *device, const struct request *request)
{
        if (request->number == DATA_BLOCK)
                forget(&device->iccd);
}

/* ---- version A */

static void a_exchange(struct sim_device *device, const uint8_t *tpdu, size_t len, uint64_t kinds)
{
        struct sim_iccd_state *iccd = &device->iccd;

        ask(device, 0x6F, 0, tpdu, len, kinds | iccd->kinds);
        if (failed(iccd))
                iccd->phase = SIM_ICCD_MUTE;
        else
                iccd->phase = iccd->len - iccd->off > 2 ? SIM_ICCD_DATA_IN : SIM_ICCD_SW;
}

static enum sim_result a_block(struct sim_device *device, const struct request *request, uint64_t kinds)
{
        struct sim_iccd_state *iccd = &device->iccd;
        uint8_t tpdu[HEADER_LEN + 255];

        if (sim_reader_icc_status(device->reader, 0) != 0)
                return stall();
        if (iccd->phase == SIM_ICCD_DATA_OUT) {
                if (request->len != iccd->header[4])
                        return stall();
                memcpy(tpdu, iccd->header, HEADER_LEN);
                memcpy(tpdu + HEADER_LEN, request->data, request->len);
                a_exchange(device, tpdu, HEADER_LEN + request->len, kinds);
                wipe(tpdu, sizeof tpdu);
                return SIM_OK;
        }
        if (iccd->phase != SIM_ICCD_READY || request->len != HEADER_LEN)
                return stall();
        if (sim_reader_takes_data(device->reader, 0, request->data)) {
                memcpy(iccd->header, request->data, HEADER_LEN);
                iccd->phase = SIM_ICCD_DATA_OUT;
                iccd->kinds = kinds;
                if ((kinds & (SIM_FAULT_HANG | SIM_FAULT_LOSE)) != 0)
                        iccd->due_ms = SIM_NO_TIME;
        } else {
                a_exchange(device, request->data, HEADER_LEN, kinds);
        }
        return SIM_OK;
}

static enum sim_result a_command(struct sim_device *device, const struct request *request, uint64_t kinds)
{
        if (request->number == ICC_POWER_OFF) {
                forget(&device->iccd);
                ask(device, 0x63, 0, NULL, 0, kinds);
                forget(&device->iccd);
                return SIM_OK;
        }
        return request->number == XFR_BLOCK ? a_block(device, request, kinds) : stall();
}

/* ICC_POWER_ON brings the ATR in its own data stage. */
static enum sim_result a_power_on(struct sim_device *device, uint64_t kinds, struct given *given)
{
        struct sim_iccd_state *iccd = &device->iccd;

        forget(iccd);
        ask(device, 0x62, 0, NULL, 0, kinds);
        const bool mute = failed(iccd);
        if (!mute) {
                given->len = iccd->len - SIM_HEADER;
                memcpy(given->bytes, iccd->answer + SIM_HEADER, given->len);
        }
        forget(iccd);
        if (mute)
                iccd->phase = SIM_ICCD_MUTE;
        return mute ? stall() : SIM_OK;
}

static uint8_t a_status(struct sim_device *device)
{
        static const uint8_t values[] = {
            [SIM_ICCD_READY] = A_READY,  [SIM_ICCD_ANSWER] = A_READY, [SIM_ICCD_DATA_OUT] = A_DATA,
            [SIM_ICCD_DATA_IN] = A_DATA, [SIM_ICCD_SW] = A_SW,        [SIM_ICCD_MUTE] = A_MUTE};

        if (busy(&device->iccd))
                return A_BUSY;
        return sim_reader_card_in(device->reader, 0) ? values[device->iccd.phase] : A_MUTE;
}

static enum sim_result a_give(struct sim_device *device, const struct request *request, uint64_t kinds,
                              struct given *given)
{
        struct sim_iccd_state *iccd = &device->iccd;

        switch (request->number) {
        case ICC_POWER_ON:
                return a_power_on(device, kinds, given);
        case GET_ICC_STATUS:
                given->bytes[0] = a_status(device);
                given->len = 1;
                return SIM_OK;
        case DATA_BLOCK:
                if ((iccd->phase != SIM_ICCD_DATA_IN && iccd->phase != SIM_ICCD_SW) || busy(iccd))
                        return stall();
                given->len = iccd->len - iccd->off - (iccd->phase == SIM_ICCD_DATA_IN ? 2 : 0);
                memcpy(given->bytes, iccd->answer + iccd->off, given->len);
                return SIM_OK;
        default:
                return stall();
        }
}

static void a_taken(struct sim_device *device, const struct request *request)
{
        struct sim_iccd_state *iccd = &device->iccd;

        if (request->number != DATA_BLOCK)
                return;
        if (iccd->phase == SIM_ICCD_SW) {
                forget(iccd);
        } else {
                iccd->off = iccd->len - 2;
                iccd->phase = SIM_ICCD_SW;
        }
}

/* ---- both */

/* An answer on its way, bent as kinds say. False: the host gets it later, it is not gone. */
static bool bend(struct sim_device *device, uint64_t kinds, struct given *given)
{
        bool gone = true;

        if ((kinds & SIM_FAULT_ZERO_PACKET) != 0) {
                given->len = 0;
                gone = false;
        }
        if ((kinds & SIM_FAULT_STALE) != 0 && device->previous_len != 0) {
                memcpy(given->bytes, device->previous, device->previous_len);
                given->len = device->previous_len;
                gone = false;
        }
        if ((kinds & SIM_FAULT_WRONG_TYPE) != 0 && given->len != 0)
                given->bytes[0] ^= 0x55;
        if ((kinds & SIM_FAULT_WRONG_LENGTH) != 0 && given->len != 0)
                given->len--;
        if ((kinds & SIM_FAULT_OVERLONG) != 0) {
                memset(given->bytes + given->len, 0xA5, SIM_FAULT_ROOM / 2);
                given->len += SIM_FAULT_ROOM / 2;
        }
        if ((kinds & SIM_FAULT_GARBAGE) != 0) {
                given->len = 37;
                for (size_t i = 0; i < given->len; i++)
                        given->bytes[i] = (uint8_t)(0x5D + 0x35 * i);
        }
        if ((kinds & SIM_FAULT_TRUNCATE) != 0)
                given->len /= 2;
        return gone;
}

static enum sim_result give(struct sim_device *device, const struct request *request, uint64_t kinds,
                            size_t *len)
{
        struct given given = {.bytes = device->work, .len = 0};
        const bool b = device->config.iccd == SIM_ICCD_B;
        enum sim_result result = b ? b_give(device, request, &given) : a_give(device, request, kinds, &given);

        if (result != SIM_OK)
                return result;
        if (request->number == DATA_BLOCK && !(b && given.bytes[0] == POLLING)) {
                /* what went wrong with the command shows now, once */
                kinds |= device->iccd.kinds;
                device->iccd.kinds = 0;
        }
        if ((kinds & SIM_FAULT_STALL_IN) != 0)
                result = SIM_STALL;
        else if (request->number != ICC_POWER_ON && (kinds & (SIM_FAULT_LOSE | SIM_FAULT_HANG)) != 0)
                result = SIM_NAK;
        const size_t whole = given.len;
        memcpy(device->iccd.right, given.bytes, whole);
        const bool polling = b && whole != 0 && given.bytes[0] == POLLING;
        const bool gone = bend(device, kinds, &given) && !polling;
        memcpy(device->previous, device->iccd.right, whole);
        device->previous_len = whole;
        wipe(device->iccd.right, whole);
        if (gone && b)
                b_taken(device, request);
        else if (gone)
                a_taken(device, request);
        if (result == SIM_OK) {
                *len = given.len < request->len ? given.len : request->len;
                if (*len != 0)
                        memcpy(request->data, given.bytes, *len);
        }
        wipe(given.bytes, given.len);
        return result;
}

enum sim_result sim_iccd_request(struct sim_device *device, uint8_t bmRequestType, uint8_t bRequest,
                                 uint16_t wValue, uint8_t *data, size_t *len)
{
        const struct request request = {bmRequestType, bRequest, wValue, data, *len};

        *len = 0;
        device->messages++;
        const uint64_t kinds = sim_faults_take(&device->faults, device->messages);
        if ((kinds & SIM_FAULT_UNPLUG) != 0) {
                sim_device_cut(device);
                return SIM_GONE;
        }
        if ((kinds & SIM_FAULT_REMOVE) != 0)
                sim_device_pull(device, 0);
        if ((kinds & SIM_FAULT_STALL_OUT) != 0)
                return stall();
        if (bmRequestType == FROM_DEVICE)
                return give(device, &request, kinds, len);
        if (bmRequestType != TO_DEVICE)
                return stall();
        const enum sim_result result = device->config.iccd == SIM_ICCD_B ? b_command(device, &request, kinds)
                                                                         : a_command(device, &request, kinds);
        if (result == SIM_OK)
                *len = request.len;
        return result;
}
