#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "scarderr.h"
#include "winscard.h"

#include "core/apdu.h"
#include "core/connection.h"
#include "core/log.h"
#include "core/registry.h"
#include "core/slot.h"
#include "core/t0.h"
#include "core/t1.h"
#include "core/transaction.h"
#include "core/wipe.h"

#include "core/exchange.h"

#define PAGE            4096u
#define TPDU_ROOM       512u  /* over T0_ANSWER_MAX and T1_BLOCK_MAX: an answer that is too long is seen */
#define WAIT_DEFAULT_MS 5000u /* ISCARD_TIMEOUT */
#define WAIT_MAX_MS     600000u
#define USB_MARGIN_MS   500u /* what a reader and the bus may add to a time of the card's */
/* What a card may have by S(WTX) for one command of T=1, and how many units of BWT at the very least. */
#define EXTENSION_MAX_MS 600000u
#define EXTENSIONS_MIN   10u
/*
 * One command with all its TPDUs and blocks. Each of them is bounded, but a card may make a command of hundreds; the longest
 * honest ones, key generation on old cards, take some minutes.
 */
#define COMMAND_MAX_MS 600000

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

static int64_t now_ms(void)
{
        struct timespec now;

        clock_gettime(CLOCK_MONOTONIC, &now);
        return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* At TPDU level: before the first message of a command. */
static void command_starts(struct slot *slot)
{
        slot->exchange.until_ms = now_ms() + COMMAND_MAX_MS;
}

static int32_t transmit_message(struct slot *slot, struct ifd_message *message)
{
        struct device *device = slot->device;

        message->rsp_len = 0;
        if (slot_is_interrupted(slot))
                return SCARD_E_CANCELLED;
        message->wait_ms = slot->exchange.wait_ms;
        message->extension_ms = slot->exchange.extension_ms;
        if (message->bwt_factor > 1)
                message->wait_ms += (message->bwt_factor - 1u) * message->extension_ms;
        if (message->limit_ms != 0 && message->wait_ms > message->limit_ms)
                message->wait_ms = message->limit_ms;
        int32_t status = device->ops.transmit(device->ctx, slot->number, message);

        return status == SCARD_S_SUCCESS && message->rsp_len > message->rsp_cap ? SCARD_F_INTERNAL_ERROR
                                                                                : status;
}

/* One message of a command of many: not after its time is over. */
static int32_t transmit_part(struct slot *slot, struct ifd_message *message)
{
        int64_t left = slot->exchange.until_ms - now_ms();

        message->rsp_len = 0;
        if (left <= 0) {
                log_line(LOG_WARN, "exchange", "%s: a command took more than %d s", slot->name,
                         COMMAND_MAX_MS / 1000);
                return SCARD_E_TIMEOUT;
        }
        message->limit_ms = (unsigned)left;
        return transmit_message(slot, message);
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

        *rsp_len = 0;
        *needed = 0;
        /* CCID 1.1 table 5.1-1: short APDU level */
        if (apdu_parse(&apdu, cmd, cmd_len) == SCARD_S_SUCCESS && apdu.extended)
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
        command_starts(slot);
        while (status == SCARD_S_SUCCESS && t0_next(&t0, &tpdu)) {
                struct ifd_message message = {.cmd = tpdu.cmd,
                                              .cmd_len = tpdu.cmd_len,
                                              .rsp = slot->exchange.tpdu,
                                              .rsp_cap = TPDU_ROOM};

                status = transmit_part(slot, &message);
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

/* What the reader says of a block, as T=1 sees it; false where it ends the exchange. */
static bool t1_event_of(int32_t status, enum t1_event *event)
{
        switch (status) {
        case SCARD_S_SUCCESS:
                *event = T1_BLOCK;
                return true;
        case SCARD_E_COMM_DATA_LOST:      /* parity, overrun */
        case SCARD_E_INSUFFICIENT_BUFFER: /* longer than any block */
                *event = T1_GARBLED;
                return true;
        case SCARD_W_UNRESPONSIVE_CARD: /* ICC_MUTE: BWT is over */
                *event = T1_SILENCE;
                return true;
        default:
                return false;
        }
}

static int32_t exchange_t1_block(struct slot *slot, struct t1 *t1, const struct t1_block *block)
{
        struct ifd_message message = {.cmd = block->cmd,
                                      .cmd_len = block->cmd_len,
                                      .rsp = slot->exchange.tpdu,
                                      .rsp_cap = TPDU_ROOM,
                                      .bwt_factor = block->bwt_factor};
        enum t1_event event;
        int32_t status = transmit_part(slot, &message);

        if (t1_event_of(status, &event))
                status = t1_answer(t1, event, slot->exchange.tpdu, message.rsp_len);
        wipe(slot->exchange.tpdu, TPDU_ROOM);
        return status;
}

/* Everybody sees the reset, the caller in his next call. What the card says to it outranks the failure. */
static int32_t reset_after_t1(struct slot *slot, int32_t failure)
{
        log_line(LOG_WARN, "exchange", "%s: T=1 cannot be resynchronised: the card is reset", slot->name);
        int32_t status = slot_reset(slot, false, slot->protocol);

        if (status == SCARD_W_REMOVED_CARD || status == SCARD_E_READER_UNAVAILABLE)
                return status;
        return failure;
}

static int32_t exchange_t1(struct slot *slot, const uint8_t *cmd, size_t cmd_len, uint8_t *rsp, size_t cap,
                           size_t *rsp_len, size_t *needed)
{
        struct t1 t1;
        struct t1_block block;
        int32_t status = t1_start(&t1, &slot->exchange.t1, cmd, cmd_len, rsp, cap);
        bool reset;

        *rsp_len = 0;
        *needed = 0;
        command_starts(slot);
        while (status == SCARD_S_SUCCESS && t1_next(&t1, &block))
                status = exchange_t1_block(slot, &t1, &block);
        if (status == SCARD_S_SUCCESS)
                *rsp_len = t1.rsp_len;
        if (status == SCARD_E_INSUFFICIENT_BUFFER)
                *needed = t1.rsp_needed;
        reset = t1.reset_needed;
        t1_end(&t1);
        return reset ? reset_after_t1(slot, status) : status;
}

/* ---- PIN-pad entry; the slot's turn is held */

static int32_t secure_message(struct slot *slot, struct ifd_secure *secure)
{
        struct device *device = slot->device;

        secure->rsp_len = 0;
        if (slot_is_interrupted(slot))
                return SCARD_E_CANCELLED;
        int32_t status = device->ops.secure(device->ctx, slot->number, secure);

        return status == SCARD_S_SUCCESS && secure->rsp_len > secure->rsp_cap ? SCARD_F_INTERNAL_ERROR
                                                                              : status;
}

/*
 * The command's block, whose prologue the reader needs and whose INF it completes. CCID 1.1 6.1.11
 * An answer shorter than a block is the reader's own status word, in secure->rsp: nothing went to the card.
 */
static int32_t secure_t1_block(struct slot *slot, struct t1 *t1, const struct t1_block *block,
                               struct ifd_secure *secure)
{
        struct ifd_secure whole = *secure;
        enum t1_event event;

        if ((block->cmd[1] & 0x20u) != 0) /* bit M: the reader completes one block, not a chain */
                return SCARD_E_INVALID_PARAMETER;
        memcpy(whole.teo_prologue, block->cmd, sizeof(whole.teo_prologue));
        whole.rsp = slot->exchange.tpdu;
        whole.rsp_cap = TPDU_ROOM;
        int32_t status = secure_message(slot, &whole);

        if (status == SCARD_S_SUCCESS && whole.rsp_len == 2 && secure->rsp_cap >= 2) {
                memcpy(secure->rsp, slot->exchange.tpdu, 2);
                secure->rsp_len = 2;
        } else if (t1_event_of(status, &event)) {
                status = t1_answer(t1, event, slot->exchange.tpdu, whole.rsp_len);
        }
        wipe(slot->exchange.tpdu, TPDU_ROOM);
        return status;
}

/*
 * The template never goes to the card as it is: it would be a wrong code. So where T=1 wants the command's
 * block once more, the entry has failed; blocks of other kinds go out as ever.
 */
static int32_t secure_t1(struct slot *slot, struct ifd_secure *secure)
{
        struct t1 t1;
        struct t1_block block;
        bool entered = false, reset;
        int32_t status =
            t1_start(&t1, &slot->exchange.t1, secure->apdu, secure->apdu_len, secure->rsp, secure->rsp_cap);

        command_starts(slot);
        secure->rsp_len = 0;
        while (status == SCARD_S_SUCCESS && secure->rsp_len == 0 && t1_next(&t1, &block)) {
                bool command = (block.cmd[1] & 0x80u) == 0; /* PCB of an I-block. 7816-3 11.3.2.2 */

                if (!command)
                        status = exchange_t1_block(slot, &t1, &block);
                else if (entered)
                        status = SCARD_E_COMM_DATA_LOST;
                else
                        status = secure_t1_block(slot, &t1, &block, secure);
                entered = entered || command;
        }
        if (secure->rsp_len == 0 && status == SCARD_S_SUCCESS)
                secure->rsp_len = t1.rsp_len;
        reset = t1.reset_needed;
        t1_end(&t1);
        return reset ? reset_after_t1(slot, status) : status;
}

int32_t exchange_secure(struct slot *slot, struct ifd_secure *secure)
{
        int32_t status =
            slot->exchange.run == exchange_t1 ? secure_t1(slot, secure) : secure_message(slot, secure);

        if (status == SCARD_S_SUCCESS && secure->rsp_len < 2) {
                log_line(LOG_WARN, "exchange", "%s: an answer without a status word", slot->name);
                status = SCARD_F_COMM_ERROR;
        }
        if (status != SCARD_S_SUCCESS)
                secure->rsp_len = 0;
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

        if (errno != 0 || *end != '\0' || text[0] < '0' || text[0] > '9' || ms == 0 || ms > WAIT_MAX_MS) {
                log_line(LOG_WARN, "exchange",
                         "ISCARD_TIMEOUT=%s is not a number of milliseconds from 1 to %u", text, WAIT_MAX_MS);
                return WAIT_DEFAULT_MS;
        }
        return (unsigned)ms;
}

/* How long 264 characters take: a TPDU of T=0 with its procedure byte and status word, a block of T=1. 7816-3
 * 7.2, 8.3 */
static unsigned characters_ms(const struct slot *slot, unsigned f, unsigned d, unsigned clock_khz)
{
        unsigned n = slot->atr.n == 255 ? 0 : slot->atr.n;

        return (unsigned)(264ull * (12 + n) * f / ((unsigned long long)d * clock_khz)) + 1;
}

/* A whole block of T=1 each way, with its slowest answer in between. 7816-3 11.4.3 */
static unsigned block_wait_ms(const struct slot *slot, unsigned f, unsigned d, unsigned clock_khz)
{
        return atr_bwt_ms(slot->atr.bwi, f, d, clock_khz) + atr_cwt_ms(slot->atr.cwi, f, d, clock_khz) +
               2 * characters_ms(slot, f, d, clock_khz) + USB_MARGIN_MS;
}

static void choose_t1(struct slot *slot, unsigned f, unsigned d, unsigned clock_khz)
{
        const struct ifd_info *info = &slot->device->info;
        struct exchange *exchange = &slot->exchange;
        unsigned extensions = EXTENSION_MAX_MS / exchange->extension_ms;

        exchange->run = exchange_t1;
        exchange->wait_ms = block_wait_ms(slot, f, d, clock_khz);
        t1_link_reset(&exchange->t1, slot->atr.ifsc, info->max_ifsd, slot->atr.crc,
                      (info->features & IFD_AUTO_IFSD) == 0,
                      extensions > EXTENSIONS_MIN ? extensions : EXTENSIONS_MIN);
        t1_link_limit(&exchange->t1, info->max_command);
}

int32_t exchange_choose(struct slot *slot, uint32_t protocol)
{
        const struct ifd_info *info = &slot->device->info;
        struct exchange *exchange = &slot->exchange;
        unsigned f = atr_f(slot->parameters.fidi) != 0 ? atr_f(slot->parameters.fidi) : ATR_FD;
        unsigned d = atr_d(slot->parameters.fidi) != 0 ? atr_d(slot->parameters.fidi) : ATR_DD;
        unsigned clock_khz = slot->clock_khz >= 1000 ? slot->clock_khz : 1000;
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
                if (protocol == SCARD_PROTOCOL_T1) {
                        choose_t1(slot, f, d, clock_khz);
                        return SCARD_S_SUCCESS;
                }
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
        /* Unresponsive is a card that does not answer a reset; one that falls silent later may answer the next one. */
        return status == SCARD_W_UNRESPONSIVE_CARD ? SCARD_F_COMM_ERROR : status;
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
                atomic_fetch_add_explicit(&slot->commands, 1, memory_order_relaxed);
                status = exchange_run(slot, cmd, cmd_len, rsp, room, rsp_len);
                if (status != SCARD_S_SUCCESS && slot_was_restarted(slot)) {
                        /* The system slept in the middle of it. */
                        *rsp_len = 0;
                        status = slot_condition(slot, conn->seen);
                } else if (status == SCARD_W_REMOVED_CARD || status == SCARD_W_UNPOWERED_CARD) {
                        /* A card we powered that says it has no power was out, or is another one. */
                        slot_lost_card(slot, status == SCARD_W_UNPOWERED_CARD);
                        status = SCARD_W_REMOVED_CARD;
                }
        }
        transaction_leave(conn, status);
        return status;
}
