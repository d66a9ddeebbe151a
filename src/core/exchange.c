#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "scarderr.h"
#include "winscard.h"

#include "core/apdu.h"
#include "core/connection.h"
#include "core/log.h"
#include "core/registry.h"
#include "core/slot.h"
#include "core/t0.h"
#include "core/transaction.h"
#include "core/wipe.h"

#include "core/exchange.h"

#define PAGE            4096u
#define TPDU_ROOM       512u  /* over T0_ANSWER_MAX, so that an answer that is too long is seen */
#define WAIT_DEFAULT_MS 5000u /* ISCARD_TIMEOUT */
#define WAIT_MAX_MS     3600000u
#define USB_MARGIN_MS   500u /* what a reader and the bus may add to a time of the card's */

/* Answers may be secret: they stay out of core dumps. */
static uint8_t *buffer_new(size_t size)
{
        size_t whole = (size + PAGE - 1) / PAGE * PAGE;
        uint8_t *buffer = aligned_alloc(PAGE, whole);

        if (buffer == NULL)
                return NULL;
        memset(buffer, 0, whole);
        if (madvise(buffer, whole, MADV_DONTDUMP) != 0)
                log_line(LOG_DEBUG, "exchange", "a buffer may be part of a core dump: error %d", errno);
        return buffer;
}

static void buffer_free(uint8_t *buffer, size_t size)
{
        size_t whole = (size + PAGE - 1) / PAGE * PAGE;

        if (buffer == NULL)
                return;
        wipe(buffer, size);
        if (madvise(buffer, whole, MADV_DODUMP) != 0)
                log_line(LOG_DEBUG, "exchange", "freed memory stays out of core dumps: error %d", errno);
        free(buffer);
}

static size_t response_max(const struct ifd_info *info)
{
        if (info->exchange != IFD_EXCHANGE_SHORT_APDU && info->exchange != IFD_EXCHANGE_EXTENDED_APDU)
                return APDU_RESPONSE_MAX;
        if (info->max_response < APDU_SHORT_RESPONSE_MAX)
                return APDU_SHORT_RESPONSE_MAX;
        return info->max_response < APDU_RESPONSE_MAX ? info->max_response : APDU_RESPONSE_MAX;
}

int32_t exchange_alloc(struct exchange *exchange, const struct ifd_info *info)
{
        exchange->response_max = response_max(info);
        exchange->response = buffer_new(exchange->response_max);
        if (exchange->response == NULL)
                return SCARD_E_NO_MEMORY;
        if (info->exchange != IFD_EXCHANGE_TPDU)
                return SCARD_S_SUCCESS;
        exchange->tpdu = buffer_new(TPDU_ROOM);
        if (exchange->tpdu == NULL) {
                exchange_free(exchange);
                return SCARD_E_NO_MEMORY;
        }
        return SCARD_S_SUCCESS;
}

void exchange_free(struct exchange *exchange)
{
        buffer_free(exchange->response, exchange->response_max);
        buffer_free(exchange->tpdu, TPDU_ROOM);
        exchange->response = NULL;
        exchange->tpdu = NULL;
}

/* ---- the exchanges; the slot's turn is held */

static int32_t transmit_message(struct slot *slot, struct ifd_message *message)
{
        struct device *device = slot->device;

        message->wait_ms = slot->exchange.wait_ms;
        message->extension_ms = slot->exchange.extension_ms;
        int32_t status = device->ops.transmit(device->ctx, slot->number, message);

        return status == SCARD_S_SUCCESS && message->rsp_len > message->rsp_cap ? SCARD_F_INTERNAL_ERROR
                                                                                : status;
}

static int32_t exchange_apdu(struct slot *slot, const uint8_t *cmd, size_t cmd_len, uint8_t *rsp, size_t cap,
                             size_t *rsp_len, size_t *needed)
{
        struct ifd_message message = {.cmd = cmd, .cmd_len = cmd_len, .rsp = rsp, .rsp_cap = cap};

        *rsp_len = 0;
        *needed = 0;
        if (cmd_len > slot->device->info.max_command)
                return SCARD_E_INVALID_PARAMETER;
        int32_t status = transmit_message(slot, &message);

        if (status != SCARD_S_SUCCESS)
                return status;
        if (message.rsp_len < 2) {
                log_line(LOG_WARN, "exchange", "%s: an answer without a status word", slot->name);
                wipe(rsp, message.rsp_len);
                return SCARD_F_COMM_ERROR;
        }
        *rsp_len = message.rsp_len;
        return SCARD_S_SUCCESS;
}

static int32_t exchange_short_apdu(struct slot *slot, const uint8_t *cmd, size_t cmd_len, uint8_t *rsp,
                                   size_t cap, size_t *rsp_len, size_t *needed)
{
        struct apdu apdu;
        int32_t status = apdu_parse(&apdu, cmd, cmd_len);

        *rsp_len = 0;
        *needed = 0;
        if (status != SCARD_S_SUCCESS)
                return status;
        /* CCID 1.1 table 5.1-1: short APDU level */
        if (apdu.extended)
                return SCARD_E_INVALID_PARAMETER;
        return exchange_apdu(slot, cmd, cmd_len, rsp, cap, rsp_len, needed);
}

static int32_t exchange_t0(struct slot *slot, const uint8_t *cmd, size_t cmd_len, uint8_t *rsp, size_t cap,
                           size_t *rsp_len, size_t *needed)
{
        struct t0 t0;
        struct t0_tpdu tpdu;
        int32_t status = t0_start(&t0, cmd, cmd_len, rsp, cap);

        *rsp_len = 0;
        *needed = 0;
        if (status != SCARD_S_SUCCESS)
                return status;
        while (status == SCARD_S_SUCCESS && t0_next(&t0, &tpdu)) {
                struct ifd_message message = {.cmd = tpdu.cmd,
                                              .cmd_len = tpdu.cmd_len,
                                              .rsp = slot->exchange.tpdu,
                                              .rsp_cap = TPDU_ROOM};

                status = transmit_message(slot, &message);
                if (status == SCARD_E_INSUFFICIENT_BUFFER) /* longer than any TPDU of T=0 */
                        status = SCARD_F_COMM_ERROR;
                if (status == SCARD_S_SUCCESS)
                        status = t0_answer(&t0, slot->exchange.tpdu, message.rsp_len);
                wipe(slot->exchange.tpdu, TPDU_ROOM);
        }
        if (status == SCARD_S_SUCCESS)
                *rsp_len = t0.rsp_len;
        if (status == SCARD_E_INSUFFICIENT_BUFFER)
                *needed = t0.rsp_needed;
        t0_end(&t0);
        return status;
}

/* ---- the choice */

int32_t exchange_level(const struct ifd_info *info, const char *reader)
{
        if (info->exchange != IFD_EXCHANGE_CHARACTER)
                return SCARD_S_SUCCESS;
        log_line(LOG_ERROR, "exchange", "%s: works at character level only, which is not supported", reader);
        return SCARD_E_READER_UNSUPPORTED;
}

static unsigned wait_from_environment(void)
{
        const char *text = getenv("ISCARD_TIMEOUT");
        char *end;

        if (text == NULL || text[0] == '\0')
                return WAIT_DEFAULT_MS;
        errno = 0;
        unsigned long ms = strtoul(text, &end, 10);

        if (errno != 0 || *end != '\0' || text[0] == '-' || ms == 0 || ms > WAIT_MAX_MS) {
                log_line(LOG_WARN, "exchange",
                         "ISCARD_TIMEOUT=%s is not a number of milliseconds from 1 to %u", text, WAIT_MAX_MS);
                return WAIT_DEFAULT_MS;
        }
        return (unsigned)ms;
}

/* How long 261 characters of T=0 take, a procedure byte and a status word with them. 7816-3 7.2, 8.3 */
static unsigned characters_ms(const struct slot *slot, unsigned f, unsigned d, unsigned clock_khz)
{
        unsigned n = slot->atr.n == 255 ? 0 : slot->atr.n;

        return (unsigned)(264ull * (12 + n) * f / ((unsigned long long)d * clock_khz)) + 1;
}

int32_t exchange_choose(struct slot *slot, uint32_t protocol)
{
        const struct ifd_info *info = &slot->device->info;
        struct exchange *exchange = &slot->exchange;
        unsigned f = atr_f(slot->parameters.fidi) != 0 ? atr_f(slot->parameters.fidi) : ATR_FD;
        unsigned d = atr_d(slot->parameters.fidi) != 0 ? atr_d(slot->parameters.fidi) : ATR_DD;
        unsigned clock_khz = info->clock_khz >= 1000 ? info->clock_khz : 1000;
        uint32_t wwt = atr_wwt_ms(slot->atr.wi, f, clock_khz);

        exchange->run = NULL;
        exchange->extension_ms =
            protocol == SCARD_PROTOCOL_T1 ? atr_bwt_ms(slot->atr.bwi, f, d, clock_khz) : wwt;
        exchange->wait_ms = wait_from_environment();
        switch (info->exchange) {
        case IFD_EXCHANGE_EXTENDED_APDU:
                exchange->run = exchange_apdu;
                return SCARD_S_SUCCESS;
        case IFD_EXCHANGE_SHORT_APDU:
                exchange->run = exchange_short_apdu;
                return SCARD_S_SUCCESS;
        case IFD_EXCHANGE_TPDU:
                if (protocol != SCARD_PROTOCOL_T0)
                        break;
                exchange->run = exchange_t0;
                exchange->wait_ms = wwt + characters_ms(slot, f, d, clock_khz) + USB_MARGIN_MS;
                return SCARD_S_SUCCESS;
        case IFD_EXCHANGE_CHARACTER:
                break;
        }
        log_line(LOG_ERROR, "exchange", "%s: T=%d is not supported at this reader's level of exchange",
                 slot->name, protocol == SCARD_PROTOCOL_T1);
        return SCARD_E_READER_UNSUPPORTED;
}

/* ---- SCardTransmit */

/*
 * Into the caller's buffer where the longest answer has room in it, else into the slot's, so that the caller
 * can be told how long the answer was that did not fit.
 */
static int32_t exchange_run(struct slot *slot, const uint8_t *cmd, size_t cmd_len, uint8_t *rsp, size_t room,
                            size_t *rsp_len)
{
        struct exchange *exchange = &slot->exchange;
        size_t got = 0, needed = 0;
        bool direct = room >= exchange->response_max;
        uint8_t *to = direct ? rsp : exchange->response;
        int32_t status =
            exchange->run(slot, cmd, cmd_len, to, direct ? room : exchange->response_max, &got, &needed);

        if (status == SCARD_S_SUCCESS && got > room) {
                status = SCARD_E_INSUFFICIENT_BUFFER;
                needed = got;
        }
        if (status == SCARD_S_SUCCESS && !direct)
                memcpy(rsp, exchange->response, got);
        if (!direct)
                wipe(exchange->response, status == SCARD_S_SUCCESS ? got : exchange->response_max);
        *rsp_len = status == SCARD_S_SUCCESS ? got : needed;
        return status;
}

/* The turn is held: so mode, seen and the card are still. */
static int32_t transmit_allowed(const struct connection *conn, uint32_t protocol)
{
        const struct slot *slot = conn->slot;

        if (conn->mode == SCARD_SHARE_DIRECT)
                return SCARD_E_PROTO_MISMATCH;
        int32_t status = slot_condition(slot, conn->seen);

        if (status != SCARD_S_SUCCESS)
                return status;
        if (slot->exchange.run == NULL)
                return SCARD_W_UNPOWERED_CARD;
        return protocol != 0 && protocol != slot->protocol ? SCARD_E_PROTO_MISMATCH : SCARD_S_SUCCESS;
}

int32_t exchange_transmit(struct connection *conn, uint32_t *protocol, const uint8_t *cmd, size_t cmd_len,
                          uint8_t *rsp, size_t *rsp_len)
{
        struct slot *slot = conn->slot;
        size_t room = *rsp_len;

        *rsp_len = 0;
        int32_t status = transaction_enter(conn, TRANSACTION_FOREVER, true);

        if (status != SCARD_S_SUCCESS)
                return status;
        status = slot_look(slot, false);
        if (status == SCARD_S_SUCCESS)
                status = transmit_allowed(conn, *protocol);
        if (status == SCARD_S_SUCCESS) {
                *protocol = slot->protocol;
                status = exchange_run(slot, cmd, cmd_len, rsp, room, rsp_len);
                /* A card we powered that says it has no power was out, or is another one. */
                if (status == SCARD_W_REMOVED_CARD || status == SCARD_W_UNPOWERED_CARD) {
                        slot_lost_card(slot, status == SCARD_W_UNPOWERED_CARD);
                        status = SCARD_W_REMOVED_CARD;
                }
        }
        transaction_leave(conn, status);
        return status;
}
