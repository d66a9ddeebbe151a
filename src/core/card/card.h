/*
 * card.h - one command to a card, and what has to be so before it: profile known, protocol known, application
 * selected. What chv.c and the file services share. struct card is in chv.h.
 */
#ifndef ISCARD_CARD_CARD_H
#define ISCARD_CARD_CARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/card/chv.h"
#include "core/card/profile.h"

#define CARD_RESPONSE_MAX 258 /* bytes of a short answer: 256 and SW1 SW2 */

/*
 * Finds out which card it is and which protocol it speaks, and forgets what an earlier epoch taught. Sends
 * nothing to the card. On success card->profile is set. A condition that is pending on the handle
 * (SCARD_W_RESET_CARD...) is reported here only where it keeps the profile from being known.
 * SCARD_E_INVALID_HANDLE, SCARD_W_REMOVED_CARD, SCARD_E_READER_UNAVAILABLE, what SCardGetAttrib and
 * SCardStatus return.
 */
LONG card_learn(struct card *card);

/*
 * After card_learn. Where the profile has an application: begins a transaction, so that nobody else reaches
 * the card until card_end, and selects the application unless it was selected in this epoch and nobody has
 * sent a command since. *transaction: whether one was begun. On failure nothing is held.
 * SCARD_E_UNSUPPORTED_FEATURE: the card has no such application; what SCardBeginTransaction and SCardTransmit
 * return.
 */
LONG card_begin(struct card *card, bool *transaction);
/* The same for what is shown to the application itself, codes and keys: selected again where a path led out of it. */
LONG card_begin_inside(struct card *card, bool *transaction);
void card_end(struct card *card, bool transaction);

/* Nothing has been sent yet: empties card->last. */
void card_last_clear(struct card *card);

/*
 * Sends one command APDU and takes the answer apart; fills card->last but for the tries. Blocks as
 * SCardTransmit does.
 *   name       of the command, for error texts; kept, so a literal
 *   rsp        the data of the answer and SW1 SW2; the caller wipes it where it matters
 *   rsp_len    in: room, 2 and up;  out: bytes of data, without SW1 SW2; 0 on failure
 *   sw         out: the status word, whatever it says; 0 on failure
 * SCARD_F_COMM_ERROR (no status word in the answer), and what SCardTransmit returns.
 */
LONG card_transmit(struct card *card, const char *name, const uint8_t *cmd, size_t cmd_len, uint8_t *rsp,
                   size_t *rsp_len, uint16_t *sw);

#endif
