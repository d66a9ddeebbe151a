/*
 * slots.h - what is known of the card in each slot, from answers and from interrupt messages.
 */
#ifndef ISCARD_CCID_SLOTS_H
#define ISCARD_CCID_SLOTS_H

#include "ccid/device.h"

/*
 * Takes bmICCStatus of an answer into account. ours: the command itself explains a card that was powered and
 * is so no more (PowerOff, PowerOn).
 */
void slots_note(struct ccid_reader *reader, unsigned slot, enum message_icc icc, bool ours);
/* Forgets what was known, not the count of movements: the device was opened. */
void slots_reset(struct ccid_reader *reader);
/* Reads the interrupt messages that have arrived, then what is known of slot. Takes the lock; never waits. */
int32_t slots_read(struct ccid_reader *reader, unsigned slot, struct ifd_slot_state *state);

#endif
