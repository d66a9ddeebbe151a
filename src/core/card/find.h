/*
 * find.h - which card it is where the ATR does not tell: by the application that can be selected.
 */
#ifndef ISCARD_CARD_FIND_H
#define ISCARD_CARD_FIND_H

#include "core/card/card.h"

/*
 * After card_learn, before the first command of a use. Where neither a name nor the ATR chose a profile, and the
 * ATR says that the card's applications are reached by name and in no other way: selects what each profile
 * would select, the first that is there is the card's profile for the rest of the epoch. Once in an epoch, on
 * a connection of our own (card->own), and only as long as this struct has sent nothing: what somebody selected
 * on purpose stays selected. Else it sends nothing. What SCardBeginTransaction and SCardTransmit return; that
 * nothing was found is success, with the profile iso.
 */
LONG card_find(struct card *card);

#endif
