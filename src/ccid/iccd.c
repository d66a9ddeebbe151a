/*
 * iccd.c - ICCD over control transfers. There is no ABORT: what went wrong half way is ended by taking the
 * power from the ICC, and the next exchange then says that it has none.
 * Source: ICCD 1.0 6.1 (version A), 6.2 (version B); ISO/IEC 7816-12.
 */
#include <string.h>

#include "core/log.h"
#include "core/status.h"
#include "ccid/command.h"
#include "ccid/iccd.h"
#include "ccid/slots.h"

/* bRequest. ICCD 1.0 tables 6.1-1, 6.2-1 */
#define REQUEST_POWER_ON    0x62
#define REQUEST_POWER_OFF   0x63
#define REQUEST_XFR_BLOCK   0x65
#define REQUEST_DATA_BLOCK  0x6F
#define REQUEST_SLOT_STATUS 0x81 /* version B */
#define REQUEST_ICC_STATUS  0xA0 /* version A: GET_ICC_STATUS */

/* What GET_ICC_STATUS returns */
#define A_DATA 0x10 /* data may be moved, in the direction that the command has */
#define A_SW   0x20 /* SW1 SW2 can be fetched */
#define A_BUSY 0x40 /* a bit */
#define A_MUTE 0x80

/* bResponseType of DATA_BLOCK; values below are those of bChainParameter */
#define B_STATUS  0x40 /* bStatus, bError follow */
#define B_POLLING 0x80 /* wDelayTime follows, in units of 10 ms; 0: as the host likes */

#define POLL_MS       10u
#define B_STATUS_LEN  3u
#define CONTROL_MAX   4096u /* bytes: what Linux takes for one control transfer */
#define HEADER_LEN    5u    /* CLA INS P1 P2 P3 */
#define A_DATA_MAX    256u
#define RESPONSE_MAX  65538u
#define B_POWER_VALUE 1u /* wValue of ICC_POWER_ON: fixed, where CCID has bPowerSelect */

bool iccd_is(const struct ccid_descriptor *descriptor)
{
        return descriptor->bInterfaceProtocol == CCID_PROTOCOL_ICCD_A ||
               descriptor->bInterfaceProtocol == CCID_PROTOCOL_ICCD_B;
}

static bool is_a(const struct ccid_reader *reader)
{
        return reader->descriptor.bInterfaceProtocol == CCID_PROTOCOL_ICCD_A;
}

void iccd_describe(struct ccid_descriptor *descriptor)
{
        static const uint32_t level_mask = 0x70000u;
        uint32_t level = descriptor->dwFeatures & level_mask;

        if (descriptor->bInterfaceProtocol == CCID_PROTOCOL_ICCD_A) {
                level = 0x10000u;
                descriptor->dwProtocols = 1u;
        } else if ((level & 0x20000u) != 0) {
                level = 0x40000u;
        }
        descriptor->dwFeatures = (descriptor->dwFeatures & ~level_mask) | level | IFD_AUTO_PARAMETERS |
                                 IFD_AUTO_ACTIVATION | IFD_AUTO_VOLTAGE | IFD_AUTO_CLOCK | IFD_AUTO_BAUD |
                                 IFD_AUTO_PPS | IFD_AUTO_IFSD;
        descriptor->bMaxSlotIndex = 0;
        descriptor->bMaxCCIDBusySlots = 1;
        descriptor->bNumClockSupported = descriptor->bNumDataRatesSupported = 0;
        descriptor->bPINSupport = 0;
        descriptor->dwMechanical = 0;
        descriptor->pipes.bulk_in = descriptor->pipes.bulk_out = 0;
}

void iccd_get_parameters(const struct ccid_reader *reader, struct ifd_parameters *parameters)
{
        *parameters = (struct ifd_parameters){.protocol = (reader->info.protocols & 1u) != 0 ? 0 : 1,
                                              .fidi = 0x11,
                                              .wi = 10,
                                              .bwi = 4,
                                              .cwi = 13,
                                              .ifsc = 32};
}

/* ---- single requests */

/* A request that the device stalls was not accepted, or its answer is lost. */
static int32_t control(struct ccid_reader *reader, uint8_t type, uint8_t request, uint16_t wValue,
                       uint8_t *data, size_t *len)
{
        size_t room = *len;
        int32_t status = reader->transport->control(reader->pipe, type, request, wValue, data, len,
                                                    reader->limits.command_ms);

        if (status == SCARD_E_READER_UNAVAILABLE)
                device_mark_gone(reader);
        if (status == SCARD_E_NOT_READY || (status == SCARD_S_SUCCESS && *len > room))
                status = SCARD_F_COMM_ERROR;
        if (status != SCARD_S_SUCCESS)
                *len = 0;
        return status;
}

/* A request out; its data stand in the lane's tx. */
static int32_t put(struct ccid_reader *reader, unsigned slot, uint8_t request, uint16_t wValue, size_t len)
{
        struct device_lane *lane = reader->slots[slot].lane;
        size_t moved = len;
        int32_t status;

        if (len > lane->tx_used)
                lane->tx_used = len;
        status = control(reader, MESSAGE_CONTROL_OUT, request, wValue, len != 0 ? lane->tx : NULL, &moved);
        return status == SCARD_S_SUCCESS && moved != len ? SCARD_F_COMM_ERROR : status;
}

/* A request in, into the lane's rx. */
static int32_t get(struct ccid_reader *reader, unsigned slot, uint8_t request, size_t room, size_t *len)
{
        struct device_lane *lane = reader->slots[slot].lane;
        int32_t status;

        *len = room;
        status = control(reader, MESSAGE_CONTROL_IN, request, 0, lane->rx, len);
        /* What failed may have left a part of an answer behind. */
        if (status != SCARD_S_SUCCESS && room > lane->rx_used)
                lane->rx_used = room;
        if (*len > lane->rx_used)
                lane->rx_used = *len;
        return status;
}

/* Pauses before the next question. */
static int32_t pause_until(struct ccid_reader *reader, unsigned slot, unsigned ms, uint64_t limit)
{
        uint64_t now = device_now();

        if (now >= limit)
                return SCARD_E_TIMEOUT;
        if (ms > limit - now)
                ms = (unsigned)(limit - now);
        if (device_pause(reader, slot, ms))
                return SCARD_S_SUCCESS;
        (void)device_aborted(reader, slot); /* it has been noticed */
        return SCARD_E_CANCELLED;
}

/* Version A: asks until the ICC is not busy. */
static int32_t wait_a(struct ccid_reader *reader, unsigned slot, uint64_t limit, uint8_t *state)
{
        for (;;) {
                size_t len;
                int32_t status = get(reader, slot, REQUEST_ICC_STATUS, 1, &len);

                if (status != SCARD_S_SUCCESS)
                        return status;
                if (len != 1)
                        return SCARD_F_COMM_ERROR;
                *state = reader->slots[slot].lane->rx[0];
                if ((*state & A_BUSY) == 0)
                        return SCARD_S_SUCCESS;
                status = pause_until(reader, slot, POLL_MS, limit);
                if (status != SCARD_S_SUCCESS)
                        return status;
        }
}

/* A refusal as such: bStatus says that the command failed, and names a state of the ICC. CCID 1.1 6.2.6 */
static bool is_refusal(const uint8_t *bytes, size_t len)
{
        return len >= B_STATUS_LEN && (bytes[1] & 0xC0u) == 0x40u && (bytes[1] & 3u) != 3u;
}

/* A refusal in version B's DATA_BLOCK: bResponseType, bStatus, bError */
static int32_t refused(struct ccid_reader *reader, unsigned slot, enum status_slot_op op,
                       const uint8_t *bytes, size_t len)
{
        enum message_icc icc;

        if (!is_refusal(bytes, len))
                return SCARD_F_COMM_ERROR;
        icc = (enum message_icc)(bytes[1] & 3u);
        slots_note(reader, slot, icc, op == STATUS_SLOT_POWER_ON);
        return command_failure(op, icc, bytes[2]);
}

/*
 * Version B: fetches the answer to what was sent, and asks again as often as the ICC wants to be polled.
 * *data, *len: what stands behind bResponseType, in the lane's rx. *clean: the ICC itself has refused.
 */
static int32_t fetch_b(struct ccid_reader *reader, unsigned slot, enum status_slot_op op, uint64_t limit,
                       uint8_t *type, size_t *len, bool *clean)
{
        const uint8_t *rx = reader->slots[slot].lane->rx;
        size_t room = reader->rx_cap < CONTROL_MAX ? reader->rx_cap : CONTROL_MAX;

        *clean = false;
        for (;;) {
                unsigned delay;
                int32_t status = get(reader, slot, REQUEST_DATA_BLOCK, room, len);

                if (status != SCARD_S_SUCCESS)
                        return status;
                /* An empty packet says nothing at all. */
                if (*len == 0)
                        return SCARD_F_COMM_ERROR;
                *type = rx[0];
                if (*type == B_STATUS) {
                        *clean = is_refusal(rx, *len);
                        return refused(reader, slot, op, rx, *len);
                }
                if (*type != B_POLLING) {
                        (*len)--;
                        return SCARD_S_SUCCESS;
                }
                delay = *len >= 3 ? (unsigned)rx[1] | (unsigned)rx[2] << 8 : 0;
                status = pause_until(reader, slot, delay == 0 ? POLL_MS : delay * POLL_MS, limit);
                if (status != SCARD_S_SUCCESS)
                        return status;
        }
}

/* ---- power */

static bool is_powered(struct ccid_reader *reader, unsigned slot)
{
        bool powered;

        pthread_mutex_lock(&reader->lock);
        powered = reader->slots[slot].state.card == IFD_CARD_POWERED;
        pthread_mutex_unlock(&reader->lock);
        return powered;
}

int32_t iccd_power_off(struct ccid_reader *reader, unsigned slot)
{
        int32_t status = put(reader, slot, REQUEST_POWER_OFF, 0, 0);
        size_t len;

        if (status != SCARD_S_SUCCESS)
                return status;
        /* In version B a status request has to follow. ICCD 1.0 6.2 */
        if (!is_a(reader))
                status = get(reader, slot, REQUEST_SLOT_STATUS, B_STATUS_LEN, &len);
        slots_note(reader, slot, MESSAGE_ICC_INACTIVE, true);
        return status;
}

/* After anything that leaves the ICC in the middle of something. */
static void reset_state(struct ccid_reader *reader, unsigned slot)
{
        log_line(LOG_INFO, "iccd", "exchange given up; the ICC is powered off");
        if (iccd_power_off(reader, slot) != SCARD_S_SUCCESS)
                slots_note(reader, slot, MESSAGE_ICC_INACTIVE, true);
}

static int32_t fetch_atr(struct ccid_reader *reader, unsigned slot, uint64_t limit, const uint8_t **atr,
                         size_t *len)
{
        const uint8_t *rx = reader->slots[slot].lane->rx;
        uint8_t state, type;
        bool clean;
        int32_t status;

        *atr = rx;
        if (is_a(reader)) {
                status = wait_a(reader, slot, limit, &state);
                if (status == SCARD_S_SUCCESS)
                        status = get(reader, slot, REQUEST_POWER_ON, A_DATA_MAX, len);
                /* A mute ICC stalls the request, and says so afterwards. */
                if (status == SCARD_F_COMM_ERROR && wait_a(reader, slot, limit, &state) == SCARD_S_SUCCESS &&
                    state == A_MUTE)
                        status = SCARD_W_UNRESPONSIVE_CARD;
                return status;
        }
        status = put(reader, slot, REQUEST_POWER_ON, B_POWER_VALUE, 0);
        if (status == SCARD_S_SUCCESS)
                status = fetch_b(reader, slot, STATUS_SLOT_POWER_ON, limit, &type, len, &clean);
        if (status == SCARD_S_SUCCESS && type != MESSAGE_CHAIN_WHOLE)
                status = SCARD_F_COMM_ERROR;
        *atr = rx + 1;
        return status;
}

int32_t iccd_power_on(struct ccid_reader *reader, unsigned slot, uint8_t *atr, size_t *atr_len)
{
        uint64_t limit = device_now() + reader->limits.power_on_ms;
        const uint8_t *bytes;
        size_t len = 0;
        int32_t status;

        *atr_len = 0;
        /* The power is taken first: there is no warm reset, and no other way out of a half-done exchange. */
        status = iccd_power_off(reader, slot);
        if (status == SCARD_S_SUCCESS)
                status = fetch_atr(reader, slot, limit, &bytes, &len);
        if (status == SCARD_S_SUCCESS && len == 0)
                status = SCARD_W_UNRESPONSIVE_CARD;
        if (status == SCARD_S_SUCCESS && len > IFD_ATR_MAX)
                status = SCARD_W_UNSUPPORTED_CARD;
        if (status != SCARD_S_SUCCESS)
                return status;
        memcpy(atr, bytes, len);
        *atr_len = len;
        slots_note(reader, slot, MESSAGE_ICC_ACTIVE, true);
        return SCARD_S_SUCCESS;
}

/*
 * Version A knows no state of its own for an ICC that is not there: it is mute, and stays so without power. A
 * state of power is not told either: what was done last holds.
 */
static int32_t ask_a(struct ccid_reader *reader, unsigned slot, enum message_icc *icc)
{
        const uint8_t *rx = reader->slots[slot].lane->rx;
        bool asked_before = false;

        for (;;) {
                size_t len;
                int32_t status = get(reader, slot, REQUEST_ICC_STATUS, 1, &len);

                if (status != SCARD_S_SUCCESS || len != 1)
                        return status != SCARD_S_SUCCESS ? status : SCARD_F_COMM_ERROR;
                if (rx[0] != A_MUTE)
                        return SCARD_S_SUCCESS;
                *icc = asked_before ? MESSAGE_ICC_ABSENT : MESSAGE_ICC_INACTIVE;
                if (asked_before)
                        return SCARD_S_SUCCESS;
                status = put(reader, slot, REQUEST_POWER_OFF, 0, 0);
                if (status != SCARD_S_SUCCESS)
                        return status;
                asked_before = true;
        }
}

int32_t iccd_ask_status(struct ccid_reader *reader, unsigned slot)
{
        enum message_icc icc = is_powered(reader, slot) ? MESSAGE_ICC_ACTIVE : MESSAGE_ICC_INACTIVE;
        size_t len;
        int32_t status;

        if (is_a(reader)) {
                status = ask_a(reader, slot, &icc);
                if (status != SCARD_S_SUCCESS)
                        return status;
        } else {
                const uint8_t *rx = reader->slots[slot].lane->rx;

                status = get(reader, slot, REQUEST_SLOT_STATUS, B_STATUS_LEN, &len);
                if (status != SCARD_S_SUCCESS || len < 2)
                        return status != SCARD_S_SUCCESS ? status : SCARD_F_COMM_ERROR;
                icc = (rx[1] & 3u) == 3u ? MESSAGE_ICC_ABSENT : (enum message_icc)(rx[1] & 3u);
        }
        slots_note(reader, slot, icc, false);
        return SCARD_S_SUCCESS;
}

/* ---- exchanges */

/* Appends what came to the answer; what there is no room for is counted only. */
static void append(struct ifd_message *message, size_t *total, const uint8_t *data, size_t len)
{
        if (len <= message->rsp_cap && *total <= message->rsp_cap - len)
                memcpy(message->rsp + *total, data, len);
        *total += len;
}

/* The data of a T=0 command move, in its direction. */
static int32_t move_data_a(struct ccid_reader *reader, unsigned slot, struct ifd_message *message, bool *sent,
                           size_t *total)
{
        struct device_lane *lane = reader->slots[slot].lane;
        size_t len = message->cmd_len > HEADER_LEN ? message->cmd_len - HEADER_LEN : 0;
        int32_t status;

        if (len != 0 && !*sent) {
                memcpy(lane->tx, message->cmd + HEADER_LEN, len);
                *sent = true;
                return put(reader, slot, REQUEST_XFR_BLOCK, 0, len);
        }
        if (len != 0)
                return SCARD_F_COMM_ERROR;
        status = get(reader, slot, REQUEST_DATA_BLOCK, A_DATA_MAX, &len);
        if (status != SCARD_S_SUCCESS)
                return status;
        if (len == 0 || *total + len > A_DATA_MAX)
                return SCARD_F_COMM_ERROR;
        append(message, total, lane->rx, len);
        return SCARD_S_SUCCESS;
}

/* One T=0 command: its header, its data, SW1 SW2. The ICC does the procedure bytes. ICCD 1.0 6.1 */
static int32_t exchange_a(struct ccid_reader *reader, unsigned slot, struct ifd_message *message,
                          uint64_t limit, size_t *total)
{
        struct device_lane *lane = reader->slots[slot].lane;
        size_t header = message->cmd_len < HEADER_LEN ? message->cmd_len : HEADER_LEN, len;
        bool sent = false;
        int32_t status;

        memset(lane->tx, 0, HEADER_LEN);
        memcpy(lane->tx, message->cmd, header);
        status = put(reader, slot, REQUEST_XFR_BLOCK, 0, HEADER_LEN);
        while (status == SCARD_S_SUCCESS) {
                uint8_t state;

                status = wait_a(reader, slot, limit, &state);
                if (status != SCARD_S_SUCCESS)
                        break;
                if (state == A_DATA) {
                        status = move_data_a(reader, slot, message, &sent, total);
                        continue;
                }
                if (state != A_SW)
                        return state == A_MUTE ? SCARD_W_UNRESPONSIVE_CARD : SCARD_F_COMM_ERROR;
                status = get(reader, slot, REQUEST_DATA_BLOCK, 2, &len);
                if (status == SCARD_S_SUCCESS && len != 2)
                        status = SCARD_F_COMM_ERROR;
                if (status == SCARD_S_SUCCESS)
                        append(message, total, lane->rx, 2);
                break;
        }
        return status;
}

/* The command, in as many blocks as it needs; an empty block comes back between them. */
static int32_t send_b(struct ccid_reader *reader, unsigned slot, const struct ifd_message *message,
                      uint64_t limit, bool *clean)
{
        size_t chunk = reader->max_message - MESSAGE_HEADER_LEN, sent = 0, len;

        if (chunk > CONTROL_MAX)
                chunk = CONTROL_MAX;
        for (;;) {
                size_t left = message->cmd_len - sent, n = left < chunk ? left : chunk;
                unsigned level = sent == 0 ? (n == left ? MESSAGE_CHAIN_WHOLE : MESSAGE_CHAIN_BEGIN)
                                           : (n == left ? MESSAGE_CHAIN_END : MESSAGE_CHAIN_MIDDLE);
                uint8_t type;
                int32_t status;

                memcpy(reader->slots[slot].lane->tx, message->cmd + sent, n);
                status = put(reader, slot, REQUEST_XFR_BLOCK, (uint16_t)(level << 8), n);
                if (status != SCARD_S_SUCCESS || n == left)
                        return status;
                status = fetch_b(reader, slot, STATUS_SLOT_EXCHANGE, limit, &type, &len, clean);
                if (status != SCARD_S_SUCCESS)
                        return status;
                if (type != MESSAGE_CHAIN_GO_ON || len != 0)
                        return SCARD_F_COMM_ERROR;
                sent += n;
        }
}

static int32_t exchange_b(struct ccid_reader *reader, unsigned slot, struct ifd_message *message,
                          uint64_t limit, size_t *total, bool *clean)
{
        int32_t status = send_b(reader, slot, message, limit, clean);
        bool first = true;

        while (status == SCARD_S_SUCCESS) {
                uint8_t type;
                size_t len;

                status = fetch_b(reader, slot, STATUS_SLOT_EXCHANGE, limit, &type, &len, clean);
                if (status != SCARD_S_SUCCESS)
                        break;
                append(message, total, reader->slots[slot].lane->rx + 1, len);
                if (type == MESSAGE_CHAIN_WHOLE || type == MESSAGE_CHAIN_END)
                        return (type == MESSAGE_CHAIN_WHOLE) == first ? SCARD_S_SUCCESS : SCARD_F_COMM_ERROR;
                /* Each block must bring something, and the whole must end. */
                if (type != (first ? MESSAGE_CHAIN_BEGIN : MESSAGE_CHAIN_MIDDLE) || len == 0 ||
                    *total > RESPONSE_MAX)
                        return SCARD_F_COMM_ERROR;
                first = false;
                status = put(reader, slot, REQUEST_XFR_BLOCK, (uint16_t)(MESSAGE_CHAIN_GO_ON << 8), 0);
        }
        return status;
}

int32_t iccd_transmit(struct ccid_reader *reader, unsigned slot, struct ifd_message *message)
{
        uint64_t limit =
            device_now() + (message->limit_ms != 0 ? message->limit_ms : (uint64_t)message->wait_ms * 60u);
        bool clean = false;
        size_t total = 0;
        int32_t status;

        if (!is_powered(reader, slot))
                return SCARD_W_UNPOWERED_CARD;
        if (is_a(reader)) {
                if (message->cmd_len < HEADER_LEN - 1 || message->cmd_len > HEADER_LEN + A_DATA_MAX)
                        return SCARD_E_INVALID_PARAMETER;
                status = exchange_a(reader, slot, message, limit, &total);
        } else {
                status = exchange_b(reader, slot, message, limit, &total, &clean);
        }
        if (status != SCARD_S_SUCCESS) {
                if (status != SCARD_E_READER_UNAVAILABLE && !clean)
                        reset_state(reader, slot);
                return status;
        }
        if (total > message->rsp_cap)
                return SCARD_E_INSUFFICIENT_BUFFER;
        message->rsp_len = total;
        return SCARD_S_SUCCESS;
}
