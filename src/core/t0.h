/*
 * t0.h - T=0 in the host: one command APDU as a series of TPDUs. A state machine that does no I/O and
 * allocates nothing. Source: ISO/IEC 7816-3:2006 clause 10 and 12.2; CCID 1.1 6.1.4 (TPDU level).
 *
 *      status = t0_start(&t0, apdu, apdu_len, rsp, rsp_cap);
 *      while (status == SCARD_S_SUCCESS && t0_next(&t0, &tpdu)) {
 *              exchange tpdu.cmd, tpdu.cmd_len with the reader, room for tpdu.rsp_max bytes (more is better:
 *              an answer that is too long is then seen here);
 *              status = failed ? its status : t0_answer(&t0, answer, answer_len);
 *      }
 *      rsp_len = status == SCARD_S_SUCCESS ? t0.rsp_len : 0;
 *      t0_end(&t0);
 *
 * 61xx is answered with GET RESPONSE inside where the command has Le, else it is returned; so it is, behind
 * the data, when the card has more than Ne. 6Cxx is answered with the command repeated. A procedure that does
 * not end gives SCARD_E_COMM_DATA_LOST.
 */
#ifndef ISCARD_CORE_T0_H
#define ISCARD_CORE_T0_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define T0_TPDU_MAX   260u /* CLA INS P1 P2 P3 and 255 bytes */
#define T0_ANSWER_MAX 258u /* 256 bytes and SW1 SW2 */

enum t0_state {
        T0_IDLE,         /* not started, ended or failed */
        T0_COMMAND,      /* the command's own TPDU is next */
        T0_GET_RESPONSE, /* GET RESPONSE is next */
        T0_DONE,         /* rsp holds rsp_len bytes */
};

/* The members are t0.c's own, but for rsp_len and rsp_needed. Invariant: rsp_len <= rsp_cap. */
struct t0 {
        size_t rsp_len;    /* out: bytes of the response APDU, when done; 0 on failure */
        size_t rsp_needed; /* out, with SCARD_E_INSUFFICIENT_BUFFER: at least this much room is needed */

        enum t0_state state;
        uint8_t *rsp; /* the caller's */
        size_t rsp_cap;
        size_t ne;                    /* bytes of data the command asked for; 0: none */
        size_t got;                   /* bytes of data in rsp */
        bool outgoing;                /* the command's own TPDU carries data to the card (case 3, 4) */
        uint16_t kept_sw;             /* the command's own status, to stand behind the data; 0: none */
        unsigned rounds;              /* GET RESPONSE that may still be sent */
        unsigned repeats;             /* answers without data that may still ask for another TPDU */
        unsigned expected;            /* bytes of data the TPDU on its way asks for */
        size_t cmd_len;               /* bytes of cmd */
        uint8_t cmd[T0_TPDU_MAX + 1]; /* the command's TPDU; may hold a secret until t0_end */
        uint8_t get_response[5];
};

/* One TPDU. cmd is borrowed from the t0, until its next call. */
struct t0_tpdu {
        const uint8_t *cmd;
        size_t cmd_len; /* 5 to T0_TPDU_MAX */
        size_t rsp_max; /* most bytes a correct answer has: 2 to T0_ANSWER_MAX */
};

/*
 * Begins with a command APDU, short or extended, which is copied; rsp is kept until t0_end. Nothing has to be
 * ended where this fails.
 * SCARD_E_INVALID_PARAMETER: not a command APDU, or Nc > 255, which T=0 takes by ENVELOPE only;
 * SCARD_E_INSUFFICIENT_BUFFER: rsp_cap < 2
 */
int32_t t0_start(struct t0 *t0, const uint8_t *apdu, size_t apdu_len, uint8_t *rsp, size_t rsp_cap);

/* The next TPDU to send; false (and *tpdu zeroed) where there is none: done, failed or never started. */
bool t0_next(struct t0 *t0, struct t0_tpdu *tpdu);

/*
 * Takes the answer to the TPDU that t0_next gave. answer must not overlap rsp. On failure the procedure is
 * over, what rsp held of the answer is wiped and rsp_len is 0.
 * SCARD_F_COMM_ERROR: under 2 bytes, longer than asked for, or not a status word (SW1 not 6x or 9x, or 60);
 * SCARD_E_INSUFFICIENT_BUFFER: rsp is too small, see rsp_needed; SCARD_E_COMM_DATA_LOST: 61xx or 6Cxx without
 * end; SCARD_E_UNEXPECTED: no answer was due
 */
int32_t t0_answer(struct t0 *t0, const uint8_t *answer, size_t len);

/* Wipes the command, and what rsp holds of an answer that is not complete; safe at any time after t0_start,
 * and on a zeroed struct. rsp_len stays. */
void t0_end(struct t0 *t0);

/* The class byte of GET RESPONSE for a command of class cla: its logical channel, without its bits of secure
 * messaging and chaining. ISO/IEC 7816-4 5.1.1; proprietary classes: t0.c says. */
uint8_t t0_get_response_class(uint8_t cla);

#endif
