/*
 * t0.h - the card's side of T=0 as a reader at CCID's TPDU level sees it: a header (CLA INS P1 P2 P3), with
 * or without P3 bytes of data behind it; back come data and SW1 SW2. The procedure bytes between them are
 * exchanged inside. ISO/IEC 7816-3 10.3, 12.2; CCID 1.1 6.1.4.
 */
#ifndef ISCARD_SIM_T0_H
#define ISCARD_SIM_T0_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/card.h"

/* What waits for GET RESPONSE. */
struct sim_t0 {
        uint8_t pending[256];
        size_t len, off;
};

enum sim_t0_end {
        SIM_T0_ANSWER,
        SIM_T0_SILENT,   /* the card waits for what the other side does not send, or the other way round */
        SIM_T0_CONFLICT, /* a procedure byte that is none */
};

void sim_t0_reset(struct sim_t0 *t0);
/*
 * One exchange. tpdu: 5 bytes, or 5 + P3. response: room for SIM_SHORT_ANSWER bytes; *response_len: bytes
 * written, SW1 SW2 last. faults: SIM_FAULT_ bits; those inside T=0 are acted on.
 */
enum sim_t0_end sim_t0_exchange(struct sim_t0 *t0, struct sim_card *card, const uint8_t *tpdu, size_t len,
                                uint64_t faults, uint8_t *response, size_t *response_len);

#endif
