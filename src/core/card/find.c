/* find.c - see find.h */
#include "core/card/find.h"

/* Tokens and Java cards, and no file system of ISO/IEC 7816-4 that a SELECT could lead away from. 8.1.1.2.7 */
static bool has_applications(const struct card *card)
{
        struct atr_capabilities capabilities;
        uint8_t bytes[SCARD_ATR_LENGTH];
        DWORD len = sizeof(bytes);
        struct atr atr;

        if (card->api->GetAttrib(card->handle, SCARD_ATTR_ATR_STRING, bytes, &len) != SCARD_S_SUCCESS ||
            len > sizeof(bytes) || !atr_parse(&atr, bytes, len) || !atr_capabilities(&atr, &capabilities))
                return false;
        return capabilities.select_by_name && !capabilities.select_by_path && !capabilities.select_by_id &&
               !capabilities.select_implicit;
}

/* Without an epoch nobody could tell how long an answer holds. */
static bool may_look(const struct card *card)
{
        return card->own && card->sent_epoch != card->epoch && has_applications(card);
}

/* Whether the card has the profile's application; *status: what kept it from saying so. */
static bool has_application(struct card *card, const struct card_profile *profile, LONG *status)
{
        bool transaction;

        card->profile = profile;
        card_last_clear(card);
        *status = card_begin(card, &transaction);
        if (*status == SCARD_S_SUCCESS) {
                card_end(card, transaction);
                return true;
        }
        /* It answered, so it said no. */
        if (card->last.sw != 0)
                *status = SCARD_S_SUCCESS;
        return false;
}

/* The first profile whose application is there; iso: none. */
static LONG look(struct card *card)
{
        LONG status = SCARD_S_SUCCESS;

        for (size_t i = 0; profile_at(i) != NULL && status == SCARD_S_SUCCESS; i++) {
                if (profile_at(i)->aid_tells && has_application(card, profile_at(i), &status))
                        return SCARD_S_SUCCESS;
        }
        card->profile = &profile_iso;
        if (status == SCARD_S_SUCCESS)
                card_last_clear(card);
        return status;
}

LONG card_find(struct card *card)
{
        LONG status = SCARD_S_SUCCESS;

        if (card->profile != &profile_iso || card->named || card->epoch == 0)
                return SCARD_S_SUCCESS;
        if (card->found_epoch != card->epoch) {
                card->found = &profile_iso;
                if (may_look(card)) {
                        status = look(card);
                        card->found = card->profile;
                }
                if (status == SCARD_S_SUCCESS)
                        card->found_epoch = card->epoch;
                else
                        card->sent_epoch = 0; /* our own SELECTs: the next call looks again */
        }
        card->profile = card->found;
        return status;
}
