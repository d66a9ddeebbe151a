/*
 * pinpad.h - PIN entry on the reader (PC_to_RDR_Secure). Building and checking are pure.
 */
#ifndef ISCARD_CCID_PINPAD_H
#define ISCARD_CCID_PINPAD_H

#include "ccid/device.h"

/* bytes: bPINOperation, the longest data structure of a PIN modification (CCID 1.1 6.1.11.2), a short APDU */
#define PINPAD_DATA_MAX (1u + 19u + 260u)

/*
 * Whether a template contradicts itself: an APDU whose Lc does not fit its length, a code that would stand
 * outside the APDU's data, limits of the code that are none. A minimum of 0 is refused, as an empty VERIFY is
 * a question that a card may answer with 90 00.
 */
bool pinpad_is_valid(const struct ifd_secure *secure);
/* The data of PC_to_RDR_Secure for a valid template; returns how many bytes. CCID 1.1 6.1.11 */
size_t pinpad_put(const struct ifd_secure *secure, uint8_t data[PINPAD_DATA_MAX]);
/* The time limit for the card holder, ms. */
unsigned pinpad_wait_ms(const struct ifd_secure *secure);

/* As ifd_ops.secure, within a turn of slot. */
int32_t pinpad_enter(struct ccid_reader *reader, unsigned slot, struct ifd_secure *secure);

#endif
