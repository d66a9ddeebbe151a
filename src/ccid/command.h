/*
 * command.h - one CCID command and its answer over the pipe: sequence numbers, time extensions, what to do
 * with messages that do not belong, and the ABORT that leaves the reader usable when an answer stays away.
 */
#ifndef ISCARD_CCID_COMMAND_H
#define ISCARD_CCID_COMMAND_H

#include "ccid/device.h"
#include "core/status.h"

struct command {
        uint8_t type;        /* MESSAGE_ */
        uint8_t specific[3]; /* bytes 7 to 9 of the header */
        size_t data_len;     /* bytes that stand behind the header's place in reader->tx */
        unsigned slot;
        unsigned extension_ms; /* one unit of a time extension */
        uint64_t wait_until;   /* device_now() by which the first answer must be there */
        uint64_t limit_until;  /* and the last one, all time extensions honoured */
        enum status_slot_op op;
        bool answered;                /* out: answer holds the reader's answer, good or bad */
        struct message_answer answer; /* out; its data lie in reader->rx, until the next command */
};

/* Sets the limits of a command that is no XfrBlock: ms from now, time extensions included ten times. */
void command_limits(struct command *command, unsigned ms);

/*
 * Runs command within a turn of its slot. SCARD_S_SUCCESS: the reader did it. Otherwise what it answered, as
 * a status; or SCARD_E_TIMEOUT, SCARD_F_COMM_ERROR, SCARD_E_CANCELLED, SCARD_E_READER_UNAVAILABLE, after
 * which the command has been aborted. A busy slot is asked again until wait_until, then SCARD_E_NOT_READY.
 */
int32_t command_run(struct ccid_reader *reader, struct command *command);

/* What a failed answer means: bError by core/status.h, with what bmICCStatus adds to it. */
int32_t command_failure(enum status_slot_op op, enum message_icc icc, uint8_t bError);

/* Ends what the slot is doing by ABORT, and reads until the reader has confirmed it. CCID 1.1 5.3.1, 6.1.13
 */
void command_abort(struct ccid_reader *reader, unsigned slot);

#endif
