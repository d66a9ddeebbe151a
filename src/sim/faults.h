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
#define SIM_FAULT_LOSE           (1u << 0) /* the command is carried out, its answer is not sent */
#define SIM_FAULT_STALL_IN       (1u << 1) /* the bulk IN endpoint halts; the answer is lost */
#define SIM_FAULT_STALL_OUT      (1u << 2) /* the bulk OUT endpoint halts; the message is not accepted */
#define SIM_FAULT_TRUNCATE       (1u << 3) /* the transfer ends in the middle of the answer */
#define SIM_FAULT_OVERLONG       (1u << 4) /* more bytes than dwLength says */
#define SIM_FAULT_WRONG_LENGTH   (1u << 5) /* dwLength lies */
#define SIM_FAULT_WRONG_SEQ      (1u << 6)
#define SIM_FAULT_WRONG_SLOT     (1u << 7)
#define SIM_FAULT_WRONG_TYPE     (1u << 8)
#define SIM_FAULT_ZERO_PACKET    (1u << 9)  /* a stray empty packet before the answer */
#define SIM_FAULT_TIME_EXTENSION (1u << 10) /* a request for more time before the answer */
#define SIM_FAULT_MUTE           (1u << 11) /* the card does not answer this reset or block */
#define SIM_FAULT_HW_ERROR       (1u << 12)
#define SIM_FAULT_PARITY         (1u << 13)
#define SIM_FAULT_REMOVE         (1u << 14) /* the card is pulled as the message arrives */
#define SIM_FAULT_UNPLUG         (1u << 15) /* the reader is unplugged as the message arrives */
#define SIM_FAULT_BUSY           (1u << 16) /* CMD_SLOT_BUSY; the command is not carried out */
#define SIM_FAULT_STALE          (1u << 17) /* the answer before is sent once more, then the right one */
#define SIM_FAULT_GARBAGE        (1u << 18) /* bytes without sense instead of the answer */
#define SIM_FAULT_HANG           (1u << 19) /* taken up, never finished: the slot is busy until an abort */
#define SIM_FAULT_SLOW           (1u << 20) /* the answer comes SIM_SLOW_MS later */
/* Inside T=0 */
#define SIM_FAULT_BAD_PROCEDURE (1u << 21)
#define SIM_FAULT_ENDLESS_61    (1u << 22) /* from this message on */
#define SIM_FAULT_ENDLESS_6C    (1u << 23) /* from this message on */
#define SIM_FAULT_NULL_BYTES    (1u << 24) /* the card asks for time with NULL procedure bytes */

#define SIM_FAULT_T0_ONLY                                                                                    \
        (SIM_FAULT_BAD_PROCEDURE | SIM_FAULT_ENDLESS_61 | SIM_FAULT_ENDLESS_6C | SIM_FAULT_NULL_BYTES)
#define SIM_SLOW_MS 150 /* SIM_FAULT_SLOW */

struct sim_fault {
        uint32_t kind; /* one bit */
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
/* All kinds that stand in faults, at whatever message. */
uint32_t sim_faults_kinds(const struct sim_faults *faults);
/* The kinds due at message number (from 1). Those that are for one message are used up. */
uint32_t sim_faults_take(struct sim_faults *faults, uint32_t number);
/*
 * Bends the answer at buf (*len bytes, at least 10; room for SIM_FAULT_ROOM more) as kinds say. number: of
 * the message, which varies the lie about the length.
 */
#define SIM_FAULT_ROOM 64u
void sim_faults_bend(uint32_t kinds, uint32_t number, uint8_t *buf, size_t *len);

#endif
