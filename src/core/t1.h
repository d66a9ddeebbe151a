/*
 * t1.h - T=1 in the host: one command APDU as a series of blocks. A state machine that does no I/O and
 * allocates nothing. Source: ISO/IEC 7816-3:2006 clause 11; CCID 1.1 6.1.4 (TPDU level).
 *
 *      t1_link_reset(&link, ...) after each reset of the card, then for each command
 *      status = t1_start(&t1, &link, apdu, apdu_len, rsp, rsp_cap);
 *      while (status == SCARD_S_SUCCESS && t1_next(&t1, &block)) {
 *              exchange block.cmd, block.cmd_len with the reader, block.bwt_factor as bBWI, room for
 *              block.rsp_max bytes (more is better: a block that is too long is then seen here);
 *              status = t1_answer(&t1, T1_BLOCK, answer, answer_len), or T1_GARBLED, or T1_SILENCE;
 *      }
 *      rsp_len = status == SCARD_S_SUCCESS ? t1.rsp_len : 0;
 *      if (t1.reset_needed) warm-reset the card;
 *      t1_end(&t1);
 *
 * A command that the card may have executed is never sent a second time: a resynchronisation after its last
 * block went out ends it with SCARD_E_COMM_DATA_LOST, one before that starts it anew.
 */
#ifndef ISCARD_CORE_T1_H
#define ISCARD_CORE_T1_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/edc.h"

#define T1_INF_MAX     254u                            /* bytes. 11.3.2.3 */
#define T1_BLOCK_MAX   (3u + T1_INF_MAX + EDC_MAX_LEN) /* NAD PCB LEN INF EDC */
#define T1_IFS_DEFAULT 32u                             /* bytes, both ways. 11.4.2 */
#define T1_WTX_MAX     600u /* units of BWT that one command may be extended by, without another wish */
#define T1_RETRIES     3u   /* retransmissions in a row before a resynchronisation */
#define T1_RESYNCHS    3u   /* S(RESYNCH request) in a row before a reset. 11.6.3.2 rule 6.4 */

/* What card and host agree on from one command to the next; t1.c's own. Initial after t1_link_reset. */
struct t1_link {
        uint8_t ns;           /* N(S) of our next I-block, or of the one that is not acknowledged yet */
        uint8_t nr;           /* N(S) of the card's next I-block */
        uint8_t ifsc_initial; /* what the ATR says */
        uint8_t ifsc;         /* most bytes of INF to the card... */
        uint8_t carried;      /* ...and in a message to the reader */
        uint8_t ifsd_wanted;  /* what we want, and the reader can take */
        uint8_t ifsd;         /* most bytes of INF from the card */
        bool crc;
        bool ifs_due;     /* S(IFS request) comes first */
        bool heard;       /* an error-free block came since the reset. Rule 7.4.2 */
        bool nr_open;     /* after an aborted chain: either N(S) of the card's is taken */
        bool resynch_due; /* a command was given up in the middle: S(RESYNCH request) comes first */
        bool dead;        /* a reset is needed */
        unsigned wtx_max; /* units of BWT that one command may be extended by */
};

/*
 * The state after a reset of the card, when T=1 is about to be spoken.
 *   ifsc       of the ATR, 1 to 254 (else 32)
 *   ifsd       most that the reader can take: dwMaxIFSD; 0 means 32, over 254 means 254
 *   negotiate  whether S(IFS request) is ours to send; false where the reader has sent it
 *   wtx_max    units of BWT that one command may be extended by; 0 means T1_WTX_MAX
 */
void t1_link_reset(struct t1_link *link, unsigned ifsc, unsigned ifsd, bool crc, bool negotiate,
                   unsigned wtx_max);
/* After it: the most bytes of a whole block, prologue and epilogue too, that the reader's messages carry. */
void t1_link_limit(struct t1_link *link, size_t block_max);

enum t1_state {
        T1_IDLE,     /* not started, ended or failed */
        T1_IFS,      /* S(IFS request) is out */
        T1_COMMAND,  /* the command's I-blocks */
        T1_ANSWER,   /* the answer's chain is acknowledged so far */
        T1_ABORTING, /* S(ABORT request) is out */
        T1_ABORTED,  /* the card aborted a chain, and has the right to send */
        T1_RESYNCH,  /* S(RESYNCH request) is out */
        T1_DONE,     /* rsp holds rsp_len bytes */
};

/* The members are t1.c's own, but for the first four. Invariant: rsp_len <= rsp_cap. */
struct t1 {
        size_t rsp_len;    /* out: bytes of the response APDU, when done; 0 on failure */
        size_t rsp_needed; /* out, with SCARD_E_INSUFFICIENT_BUFFER: the room that was needed */
        bool reset_needed; /* out, with a failure: nothing but a warm reset helps. Rules 6.4, 7.4.2 */
        unsigned blocks;   /* out: blocks sent so far */

        enum t1_state state;
        struct t1_link *link; /* the caller's */
        const uint8_t *apdu;  /* the caller's */
        size_t apdu_len;
        size_t sent;     /* bytes of apdu that are acknowledged */
        size_t flight;   /* bytes in the I-block that is not acknowledged yet */
        bool whole_sent; /* the last I-block went out, and may have arrived: the command may be executed */
        uint8_t *rsp;    /* the caller's */
        size_t rsp_cap;
        size_t got;          /* bytes of answer that came, of which rsp holds the first rsp_cap */
        unsigned chain;      /* I-blocks of the answer */
        unsigned retries;    /* faults in a row that are still allowed */
        unsigned resynchs;   /* resynchronisations that are still allowed */
        unsigned restarts;   /* of the command, behind a resynchronisation */
        unsigned wtx;        /* units of BWT that the card may still ask for */
        unsigned s_requests; /* S(IFS) and S(ABORT) requests of the card that are still allowed */
        bool garbled;        /* one of the faults in a row was not silence */
        bool answered;       /* a valid block came since the last progress */
        int32_t failure;     /* how the command ends once card and host agree again; 0: it goes on */
        uint8_t bwt_factor;  /* of the block in out */
        size_t out_len;
        uint8_t out[T1_BLOCK_MAX]; /* the last block sent or the next one; may hold a secret until t1_end */
};

/* One block to send. cmd is borrowed from the t1, until its next call. */
struct t1_block {
        const uint8_t *cmd;
        size_t cmd_len;     /* 4 to T1_BLOCK_MAX */
        size_t rsp_max;     /* most bytes a correct answer has */
        uint8_t bwt_factor; /* the multiplier of BWT for the wait behind this block; 0: none was asked for */
};

enum t1_event {
        T1_BLOCK,   /* the reader gave a block */
        T1_GARBLED, /* characters with parity errors, an overrun, more than the room */
        T1_SILENCE, /* nothing within BWT */
};

/*
 * Begins with a command APDU, 4 to 65,544 bytes. link, apdu and rsp are kept until t1_end; rsp must not
 * overlap apdu. Nothing has to be ended where this fails.
 * SCARD_E_INVALID_PARAMETER: not the length of an APDU; SCARD_E_INSUFFICIENT_BUFFER: rsp_cap < 2;
 * SCARD_W_UNRESPONSIVE_CARD: the link needs a reset (reset_needed is set)
 */
int32_t t1_start(struct t1 *t1, struct t1_link *link, const uint8_t *apdu, size_t apdu_len, uint8_t *rsp,
                 size_t rsp_cap);

/* The next block to send; false (and *block zeroed) where there is none: done, failed or never started. */
bool t1_next(struct t1 *t1, struct t1_block *block);

/*
 * Takes what came behind the block that t1_next gave; answer is read with T1_BLOCK only and must not overlap
 * rsp. On failure the exchange is over, what rsp held of the answer is wiped and rsp_len is 0.
 * SCARD_E_INSUFFICIENT_BUFFER: the answer came whole and is longer than rsp_cap, see rsp_needed;
 * SCARD_E_COMM_DATA_LOST: too many faults, or the card broke a chain off, or its chain has no end;
 * SCARD_F_COMM_ERROR: the answer is no response APDU; SCARD_E_TIMEOUT: the card wants more time than is
 * allowed; SCARD_W_UNRESPONSIVE_CARD: silence until the end; SCARD_E_UNEXPECTED: no answer was due
 */
int32_t t1_answer(struct t1 *t1, enum t1_event event, const uint8_t *answer, size_t len);

/* Wipes the block, and what rsp holds of an answer that is not complete; safe at any time after t1_start, and
 * on a zeroed struct. An exchange that is given up in the middle makes the next one resynchronise first. */
void t1_end(struct t1 *t1);

#endif
