/*
 * faults.h - misbehaviour on purpose: which faults are due at which message from the host, and what the ones
 * that bend an answer do to it.
 */
#ifndef ISCARD_SIM_FAULTS_H
#define ISCARD_SIM_FAULTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SIM_FAULTS_MAX 32

/* Several may be due at one message: they are bits of a mask. */
#define SIM_FAULT_LOSE     (UINT64_C(1) << 0) /* the command is carried out, its answer is not sent */
#define SIM_FAULT_STALL_IN (UINT64_C(1) << 1) /* the bulk IN endpoint halts; the answer is lost */
#define SIM_FAULT_STALL_OUT                                                                                  \
        (UINT64_C(1)                                                                                         \
         << 2) /* the bulk OUT endpoint halts; the message is not accepted                       \
                            */
#define SIM_FAULT_TRUNCATE       (UINT64_C(1) << 3) /* the transfer ends in the middle of the answer */
#define SIM_FAULT_OVERLONG       (UINT64_C(1) << 4) /* more bytes than dwLength says */
#define SIM_FAULT_WRONG_LENGTH   (UINT64_C(1) << 5) /* dwLength lies */
#define SIM_FAULT_WRONG_SEQ      (UINT64_C(1) << 6)
#define SIM_FAULT_WRONG_SLOT     (UINT64_C(1) << 7)
#define SIM_FAULT_WRONG_TYPE     (UINT64_C(1) << 8)
#define SIM_FAULT_ZERO_PACKET    (UINT64_C(1) << 9)  /* a stray empty packet before the answer */
#define SIM_FAULT_TIME_EXTENSION (UINT64_C(1) << 10) /* a request for more time before the answer */
#define SIM_FAULT_MUTE           (UINT64_C(1) << 11) /* the card does not answer this reset or block */
#define SIM_FAULT_HW_ERROR       (UINT64_C(1) << 12)
#define SIM_FAULT_PARITY         (UINT64_C(1) << 13)
#define SIM_FAULT_REMOVE         (UINT64_C(1) << 14) /* the card is pulled as the message arrives */
#define SIM_FAULT_UNPLUG         (UINT64_C(1) << 15) /* the reader is unplugged as the message arrives */
#define SIM_FAULT_BUSY           (UINT64_C(1) << 16) /* CMD_SLOT_BUSY; the command is not carried out */
#define SIM_FAULT_STALE          (UINT64_C(1) << 17) /* the answer before is sent once more, then the right one */
#define SIM_FAULT_GARBAGE        (UINT64_C(1) << 18) /* bytes without sense instead of the answer */
#define SIM_FAULT_HANG           (UINT64_C(1) << 19) /* taken up, never finished: the slot is busy until an abort */
#define SIM_FAULT_SLOW           (UINT64_C(1) << 20) /* the answer comes SIM_SLOW_MS later */
/* Inside T=0 */
#define SIM_FAULT_BAD_PROCEDURE (UINT64_C(1) << 21)
#define SIM_FAULT_ENDLESS_61    (UINT64_C(1) << 22) /* from this message on */
#define SIM_FAULT_ENDLESS_6C    (UINT64_C(1) << 23) /* from this message on */
#define SIM_FAULT_NULL_BYTES    (UINT64_C(1) << 24) /* the card asks for time with NULL procedure bytes */

/* Inside T=1 blocks */
#define SIM_FAULT_BAD_EDC       (UINT64_C(1) << 25)
#define SIM_FAULT_BAD_PCB       (UINT64_C(1) << 26) /* a reserved value */
#define SIM_FAULT_BAD_NAD       (UINT64_C(1) << 27)
#define SIM_FAULT_WTX           (UINT64_C(1) << 28) /* S(WTX request) before the answer to an I-block */
#define SIM_FAULT_RESYNCH       (UINT64_C(1) << 29) /* only R-blocks from here on, until S(RESYNCH request) */
#define SIM_FAULT_IFS           (UINT64_C(1) << 30) /* S(IFS request) before the answer to an I-block */
#define SIM_FAULT_ABORT         (UINT64_C(1) << 31) /* S(ABORT request) instead of the answer to an I-block */
#define SIM_FAULT_ENDLESS_CHAIN (UINT64_C(1) << 32) /* from this message on: the M bit is never off */
/* At the PIN pad */
#define SIM_FAULT_PIN_TIMEOUT  (UINT64_C(1) << 33) /* nobody types */
#define SIM_FAULT_PIN_CANCEL   (UINT64_C(1) << 34) /* the card holder presses the cancel key */
#define SIM_FAULT_PIN_MISMATCH (UINT64_C(1) << 35) /* the new code and its repetition differ */
/* With a value, which stands in the mask above the bits: error-XX and sw-XXXX */
#define SIM_FAULT_ERROR      (UINT64_C(1) << 36) /* the reader refuses with this bError; nothing is carried out */
#define SIM_FAULT_SW         (UINT64_C(1) << 37) /* the card refuses its command with this status word */
#define SIM_FAULT_ERROR_FROM 40
#define SIM_FAULT_ERROR_MASK (UINT64_C(0xFF) << SIM_FAULT_ERROR_FROM)
#define SIM_FAULT_SW_FROM    48
#define SIM_FAULT_SW_MASK    (UINT64_C(0xFFFF) << SIM_FAULT_SW_FROM)

#define SIM_FAULT_T0_ONLY                                                                                    \
        (SIM_FAULT_BAD_PROCEDURE | SIM_FAULT_ENDLESS_61 | SIM_FAULT_ENDLESS_6C | SIM_FAULT_NULL_BYTES)
#define SIM_FAULT_T1_ONLY                                                                                    \
        (SIM_FAULT_BAD_EDC | SIM_FAULT_BAD_PCB | SIM_FAULT_BAD_NAD | SIM_FAULT_WTX | SIM_FAULT_RESYNCH |     \
         SIM_FAULT_IFS | SIM_FAULT_ABORT | SIM_FAULT_ENDLESS_CHAIN)
#define SIM_FAULT_PIN_ONLY (SIM_FAULT_PIN_TIMEOUT | SIM_FAULT_PIN_CANCEL | SIM_FAULT_PIN_MISMATCH)
#define SIM_SLOW_MS        150 /* SIM_FAULT_SLOW */

struct sim_fault {
        uint64_t kind; /* one bit, and the value of those that have one */
        uint32_t at;   /* message number from 1; 0: every one */
};
struct sim_faults {
        struct sim_fault list[SIM_FAULTS_MAX];
        unsigned count;
};

/*
 * Adds the faults of "KIND@N+KIND@*" in text (len bytes). false: one is not understood or there are too many;
 * faults is unchanged and bad, bad_len show the word (inside text).
 */
bool sim_faults_add(struct sim_faults *faults, const char *text, size_t len, const char **bad,
                    size_t *bad_len);
/* All kinds that stand in faults, at whatever message; no values. */
uint64_t sim_faults_kinds(const struct sim_faults *faults);
/*
 * The kinds due at message number (from 1). Those that are for one message are used up. Of two with a value of one kind
 * the later one counts.
 */
uint64_t sim_faults_take(struct sim_faults *faults, uint32_t number);
/*
 * Bends the answer at buf (*len bytes, at least 10; room for SIM_FAULT_ROOM more) as kinds say. number: of
 * the message, which varies the lie about the length.
 */
#define SIM_FAULT_ROOM 64u
void sim_faults_bend(uint64_t kinds, uint32_t number, uint8_t *buf, size_t *len);

/*
 * What the card says in place of its answer: SW1 SW2 at response, and 2. 0: kinds have no such thing, the card is asked.
 */
size_t sim_faults_answer(uint64_t kinds, uint8_t *response);

#endif
