/*
 * t1.h - the card's side of T=1: a block in, a block out. ISO/IEC 7816-3 clause 11. A block here is what goes
 * over the card's line: NAD, PCB, LEN, the information field, and the epilogue of one byte (LRC) or two
 * (CRC).
 */
#ifndef ISCARD_SIM_T1_H
#define ISCARD_SIM_T1_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/card.h"

#define SIM_T1_BLOCK_MAX    259u /* bytes: prologue 3, information field 254, epilogue 2 */
#define SIM_T1_IFSC         254u /* what the ATR says */
#define SIM_T1_IFSD_DEFAULT 32u  /* until S(IFS): 11.4.2 */
#define SIM_T1_WTX          3u   /* the multiplier of BWT that SIM_FAULT_WTX asks for */

/* The state that lasts from block to block. */
struct sim_t1 {
        uint8_t *command, *response; /* room bytes each; borrowed */
        size_t room;
        size_t command_len; /* of a command that arrives in a chain */
        size_t response_len,
            response_off; /* off: where the I-block that waits for its acknowledgement begins */
        size_t sent;      /* bytes of the response in that block */
        bool crc;
        uint8_t ifsc, ifsd;
        uint8_t ns, nr;  /* N(S) of the next or the unacknowledged I-block; N(S) expected of the other side */
        bool unanswered; /* an I-block was sent and nothing has acknowledged it */
        bool more;       /* that block had the M bit: a chain is under way */
        bool lost;       /* SIM_FAULT_RESYNCH: only S(RESYNCH request) helps */
        uint8_t expected;               /* PCB of the S(response) that is due; 0: none */
        uint8_t value;                  /* and its information byte */
        uint8_t wtx;                    /* the multiplier that was granted for the next block; 0: none */
        uint8_t last[SIM_T1_BLOCK_MAX]; /* the block sent last, for retransmission */
        size_t last_len;
        uint8_t held[SIM_T1_BLOCK_MAX]; /* what follows the S(response) */
        size_t held_len;
};

/* command and response: room bytes each, for as long as t1 is used. */
void sim_t1_init(struct sim_t1 *t1, uint8_t *command, uint8_t *response, size_t room, bool crc);
/* As after a reset of the card; what was under way is wiped. */
void sim_t1_reset(struct sim_t1 *t1);
/*
 * One exchange of blocks. block: len bytes that the reader sent, any. answer: room for SIM_T1_BLOCK_MAX
 * bytes; *answer_len: bytes written, at least 4. faults: SIM_FAULT_ bits; those inside T=1 are acted on.
 */
void sim_t1_exchange(struct sim_t1 *t1, struct sim_card *card, const uint8_t *block, size_t len,
                     uint64_t faults, uint8_t *answer, size_t *answer_len);

/* The epilogue of len bytes; returns how many bytes it has. 11.4.4 */
size_t sim_t1_epilogue(const uint8_t *bytes, size_t len, bool crc, uint8_t out[2]);

#endif
