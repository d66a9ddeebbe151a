#include <string.h>
#include <strings.h>

#include "core/card/profile.h"

/* In the order in which an ATR is shown to them; iso recognises nothing and takes what is left. */
static const struct card_profile *const profiles[] = {
    &profile_piv,   &profile_openpgp, &profile_gids, &profile_isoapplet,
    &profile_myeid, &profile_uicc,    &profile_gsm,  &profile_iso,
};
#define PROFILE_COUNT (sizeof(profiles) / sizeof(profiles[0]))

const struct card_profile *profile_at(size_t index)
{
        return index < PROFILE_COUNT ? profiles[index] : NULL;
}

const struct card_profile *profile_by_name(const char *name)
{
        for (size_t i = 0; i < PROFILE_COUNT; i++)
                if (strcasecmp(profiles[i]->name, name) == 0)
                        return profiles[i];
        return NULL;
}

const struct card_profile *profile_by_atr(const uint8_t *atr, size_t atr_len)
{
        struct atr parsed;

        /* A broken check byte or a reserved value does not make it another card. */
        if (!atr_parse(&parsed, atr, atr_len))
                return &profile_iso;
        for (size_t i = 0; i < PROFILE_COUNT; i++)
                if (profiles[i]->recognise != NULL && profiles[i]->recognise(&parsed))
                        return profiles[i];
        return &profile_iso;
}

uint8_t profile_iso_p2(const struct chv_reference *ref)
{
        unsigned number = (unsigned)ref->number;

        if (ref->global)
                return (uint8_t)(number & 0x1Fu);
        if (ref->local)
                return (uint8_t)(0x80u | (number & 0x1Fu));
        return (uint8_t)number;
}

uint8_t profile_local_p2(const struct chv_reference *ref)
{
        uint8_t p2 = profile_iso_p2(ref);

        return ref->global || p2 > 0x1F ? p2 : (uint8_t)(0x80u | p2);
}

/* The registered provider identifier: less of a name would not tell whose application it is. 7816-4 12.2.3.1 */
#define RID_LEN 5u

bool profile_atr_names(const struct atr *atr, const uint8_t *aid, size_t aid_len)
{
        const uint8_t *named;
        size_t len;

        if (!atr_aid(atr, &named, &len) || len < RID_LEN)
                return false;
        return memcmp(named, aid, len < aid_len ? len : aid_len) == 0;
}
