/*
 * exchange.h - how a command APDU reaches the card: chosen once for a slot and a protocol, after which
 * transmitting is one indirect call that allocates nothing.
 */
#ifndef ISCARD_CORE_EXCHANGE_H
#define ISCARD_CORE_EXCHANGE_H

#include <stddef.h>
#include <stdint.h>

#include "core/t1.h"

struct connection;
struct ifd_info;
struct ifd_secure;
struct slot;

/* A command APDU, and its answer in rsp; *needed: with SCARD_E_INSUFFICIENT_BUFFER the room that would have
 * done, 0 where that is not known. */
typedef int32_t exchange_fn(struct slot *slot, const uint8_t *cmd, size_t cmd_len, uint8_t *rsp, size_t cap,
                            size_t *rsp_len, size_t *needed);

/* A slot's own. Invariant: response and tpdu hold nothing but zeros while nobody has the slot's turn. */
struct exchange {
        exchange_fn *run;      /* NULL: nothing is negotiated */
        unsigned wait_ms;      /* ifd_message's */
        unsigned extension_ms; /* ifd_message's */
        int64_t until_ms;      /* TPDU level: when the command under way has to be over */
        size_t response_max;   /* bytes at response: the longest answer */
        uint8_t *response;     /* so that an answer is whole although the caller's buffer is short */
        uint8_t *tpdu;         /* answers to single TPDUs; NULL at the APDU levels */
        struct t1_link t1;     /* T=1 in the host: what lasts from one command to the next */
};

/* Room for answers, by what the reader may give; what was chosen stays. SCARD_E_NO_MEMORY, with nothing left
 * behind */
int32_t exchange_alloc(struct exchange *exchange, const struct ifd_info *info);
void exchange_free(struct exchange *exchange);

/* Whether cards can be driven on the reader at all: SCARD_E_READER_UNSUPPORTED for character level, said in
 * the log. */
int32_t exchange_level(const struct ifd_info *info, const char *reader);
/*
 * The exchange for protocol (SCARD_PROTOCOL_T0 or T1) on a slot whose ATR and parameters are known; the turn
 * is held. SCARD_E_READER_UNSUPPORTED: not at this level of exchange, said in the log.
 */
int32_t exchange_choose(struct slot *slot, uint32_t protocol);

/*
 * PIN-pad entry on a slot with a chosen exchange (run is not NULL); the turn is held. secure->rsp gets the
 * response APDU; teo_prologue is filled in here. What secure of ifd.h returns, SCARD_E_INVALID_PARAMETER
 * (longer than one block of T=1), SCARD_E_COMM_DATA_LOST, SCARD_F_COMM_ERROR.
 */
int32_t exchange_secure(struct slot *slot, struct ifd_secure *secure);

/*
 * SCardTransmit for a connection: waits its turn, checks what happened to the card, exchanges. protocol: of
 * the send PCI, 0: whichever is active; *protocol out: the active one. rsp_len in: room; out: bytes, 0 on
 * failure, with SCARD_E_INSUFFICIENT_BUFFER the bytes needed (0: not known).
 */
int32_t exchange_transmit(struct connection *conn, uint32_t *protocol, const uint8_t *cmd, size_t cmd_len,
                          uint8_t *rsp, size_t *rsp_len);

#endif
