/*
 * pps.h - PPS: whether one is needed and for which speed, the request, and what a card's response to it
 * means. Pure functions. Source: ISO/IEC 7816-3:2006 clauses 6.3.1, 8.3 and 9.
 */
#ifndef ISCARD_CORE_PPS_H
#define ISCARD_CORE_PPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct atr;

#define PPS_MAX_LEN     6 /* PPSS PPS0 PPS1 PPS2 PPS3 PCK */
#define PPS_REQUEST_LEN 4

/* Writes PPSS PPS0 PPS1 PCK: protocol 0 to 14, fidi as TA1 spells it. Returns PPS_REQUEST_LEN. */
size_t pps_request(uint8_t out[PPS_REQUEST_LEN], uint8_t protocol, uint8_t fidi);

/*
 * The response to that request. On success *fidi is what card and reader go on with: fidi as asked, or 11
 * where the card left PPS1 out (9.3); 0 on failure. SCARD_E_PROTO_MISMATCH: the card refused or answered
 * something else; it has to be reset
 */
int32_t pps_response(const uint8_t request[PPS_REQUEST_LEN], const uint8_t *response, size_t len,
                     uint8_t *fidi);

/* What a reader can do. A count of 0 means that the reader gives no list. */
struct pps_limits {
        uint32_t clock_khz; /* that it runs the card with; 0: not known */
        uint32_t max_bps;   /* dwMaxDataRate; 0: not known */
        const uint32_t *rates_bps;
        size_t rate_count; /* where not 0: the only rates there are. CCID 1.1 5.3.3 */
        const uint32_t *clocks_khz;
        size_t clock_count; /* where not 0: the clocks that may be set. CCID 1.1 5.3.2 */
};

/* How to go on after the ATR. */
struct pps_choice {
        bool exchange;      /* a PPS has to be exchanged; else protocol and speed are as they are */
        uint8_t protocol;   /* 0 or 1 */
        uint8_t fidi;       /* as TA1 spells it: for the PPS, and for SetParameters behind it */
        uint32_t clock_khz; /* that goes with it: the reader's own, or another of its list */
        uint32_t rate_bps;  /* clock x D / F; 0 where the clock is not known */
};

/*
 * Chooses for protocol (0 or 1) the fastest speed that card (Fi and Di of TA1 at most) and reader have in
 * common. In specific mode there is no PPS, and the speed is the card's. failed: a PPS has failed and the
 * card been reset; the default speed it is then, with a PPS only where the protocol is not the card's first.
 * SCARD_E_PROTO_MISMATCH: the card does not offer the protocol, or is in specific mode with another one, and
 * *choice is zeroed
 */
int32_t pps_choose(struct pps_choice *choice, const struct atr *atr, uint8_t protocol,
                   const struct pps_limits *limits, bool failed);

#endif
