/*
 * card_name.h - which profile the card services take a card for. Detects where needed, and sends nothing.
 */
#ifndef ISCARD_TESTS_CARD_NAME_H
#define ISCARD_TESTS_CARD_NAME_H

#include "core/card/card.h"
#include "core/card/profile.h"

static inline const char *card_profile_name(struct card *card)
{
        if (card->handle != 0 && card_learn(card) == SCARD_S_SUCCESS)
                return card->profile->name;
        return card->forced != NULL ? card->forced->name : profile_iso.name;
}

#endif
