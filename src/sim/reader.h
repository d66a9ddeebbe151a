/*
 * reader.h - what a CCID reader does with a message: the commands PC_to_RDR_ (CCID 1.1 6.1), their answers
 * RDR_to_PC_ (6.2), the abort (5.3.1), the slots. No pipes, no time, no locks: device.c has those and calls
 * one function at a time.
 */
#ifndef ISCARD_SIM_READER_H
#define ISCARD_SIM_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/config.h"
#include "sim/line.h"

struct sim_reader;
struct sim_vpcd; /* vpcd.h */

#define SIM_HEADER 10u /* bytes of every bulk message's header */

/* dwMaxIFSD: a whole block of T=1, with NAD, PCB, LEN and a CRC, goes into one message. */
static inline uint8_t sim_reader_ifsd(uint32_t max_message)
{
        const uint32_t frame = SIM_HEADER + 5;

        return max_message < 254 + frame ? (uint8_t)(max_message - frame) : 254;
}

/* What came of a message. */
struct sim_outcome {
        size_t len;          /* of the answer; 0: none is due now */
        unsigned slot;       /* whose it is; SIM_SLOTS_MAX: of none */
        bool occupies;       /* the slot is busy until the answer has been collected */
        bool aborted;        /* an abort of slot is complete: what it was doing is over */
        unsigned extensions; /* the card asks for time so often before the answer */
        size_t message_len;
        uint64_t line_us; /* how long the card's line was in use for it */
};

/* NULL: out of memory. config is not kept. */
struct sim_reader *sim_reader_create(const struct sim_config *config);
void sim_reader_destroy(struct sim_reader *reader); /* NULL: nothing */
/* Power comes or goes: nothing is powered, nothing under way. */
void sim_reader_reset(struct sim_reader *reader);

/* Whether what these kinds are about exists in this reader. */
bool sim_reader_knows(const struct sim_reader *reader, uint64_t kinds);
/* What went over the cards' lines, of all slots, and how long it took there. */
void sim_reader_line(const struct sim_reader *reader, struct sim_line *sum);
/* What the card holder types from now on: digits, at most SIM_DIGITS_MAX. NULL: as before. */
void sim_reader_codes(struct sim_reader *reader, const char *pin, const char *new_pin);
/* The card of the first slot is another program from here on; NULL: no longer. It is not there yet. */
void sim_reader_connect(struct sim_reader *reader, struct sim_vpcd *vpcd);
/* Both are false for a slot that does not exist, and where nothing changed. */
bool sim_reader_insert(struct sim_reader *reader, unsigned slot);
bool sim_reader_remove(struct sim_reader *reader, unsigned slot);
bool sim_reader_card_in(const struct sim_reader *reader, unsigned slot);
/* bmICCStatus: 0 active, 1 inactive, 2 not there. */
uint8_t sim_reader_icc_status(const struct sim_reader *reader, unsigned slot);
/* Whether the card expects P3 bytes behind this header of T=0 (CLA INS P1 P2 P3). */
bool sim_reader_takes_data(const struct sim_reader *reader, unsigned slot, const uint8_t *header);
void sim_reader_mute(struct sim_reader *reader, unsigned slot, bool mute);
/* The answer that occupied slot was collected. */
void sim_reader_free_slot(struct sim_reader *reader, unsigned slot);

/*
 * One bulk message, len at least SIM_HEADER; faults: SIM_FAULT_ bits due. answer: room for the reader's
 * longest message.
 */
void sim_reader_message(struct sim_reader *reader, const uint8_t *message, size_t len, uint64_t faults,
                        uint8_t *answer, struct sim_outcome *outcome);
/* The control request ABORT. false: no such slot. An answer is due where the bulk message came first. */
bool sim_reader_abort(struct sim_reader *reader, uint8_t slot, uint8_t seq, uint8_t *answer,
                      struct sim_outcome *outcome);

/* The speeds this kind of reader has, in kHz and bit/s; ascending. */
#define SIM_DEFAULT_RATE 10753u /* 4 MHz x 1 / 372 */
extern const uint32_t sim_reader_clocks[];
extern const unsigned sim_reader_clock_count;
extern const uint32_t sim_reader_rates[];
extern const unsigned sim_reader_rate_count;

#endif
