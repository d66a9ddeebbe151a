/* Any card of ISO/IEC 7816-4 of which nothing more is known: references and codes go as they are given. */
#include "core/card/profile.h"

static LONG iso_reference(const struct chv_reference *ref, enum profile_op op, uint8_t *p2)
{
        (void)op;
        *p2 = profile_iso_p2(ref);
        return SCARD_S_SUCCESS;
}

static const struct profile_code *iso_format(uint8_t p2, enum profile_role role)
{
        static const struct profile_code as_given = {.min = 1, .max = CHV_CODE_MAX};

        (void)p2;
        (void)role;
        return &as_given;
}

const struct card_profile profile_iso = {
    .name = "iso",
    .cla = 0x00,
    .usual_reference = 0x01,
    .reference = iso_reference,
    .format = iso_format,
    .unblock = PROFILE_UNBLOCK_BOTH | PROFILE_UNBLOCK_RESET_CODE | PROFILE_UNBLOCK_NEW_CODE |
               PROFILE_UNBLOCK_NOTHING,
    .enables = true,
    /* Asked for by name only (SC_FL_IHV_CHECKONLY): the caller takes the word of ISO/IEC 7816-4 11.5.6. */
    .check_safe = true,
    /* P1 = FF is not known to every ISO card, and a card that ignores P1 would count a failed attempt. */
    .log_out_count = 0,
};
