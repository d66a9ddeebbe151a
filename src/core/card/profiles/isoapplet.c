/* IsoApplet, a PKI applet for Java cards (github.com/philipWendland/IsoApplet), interface version 0.6. */
#include "core/card/profile.h"

enum {
        ISOAPPLET_PIN = 0x01,
        ISOAPPLET_PUK = 0x02,
};

static const uint8_t isoapplet_aid[] = {0xF2, 0x76, 0xA2, 0x88, 0xBC, 0xFB,
                                        0xA6, 0x9D, 0x34, 0xF3, 0x10, 0x01};

/* The ATR is the Java card's, and tells of the applet only where whoever made the card wrote it there. */
static bool isoapplet_recognise(const struct atr *atr)
{
        return profile_atr_names(atr, isoapplet_aid, sizeof(isoapplet_aid));
}

/* The PUK has a number only to be set by; it is never verified nor changed. */
static LONG isoapplet_reference(const struct chv_reference *ref, enum profile_op op, uint8_t *p2)
{
        (void)op;
        if (profile_iso_p2(ref) != ISOAPPLET_PIN)
                return SCARD_E_INVALID_PARAMETER;
        *p2 = ISOAPPLET_PIN;
        return SCARD_S_SUCCESS;
}

/* CHANGE takes two blocks; elsewhere the applet would fill up by itself, in the same way. */
static const struct profile_code *isoapplet_format(uint8_t p2, enum profile_role role)
{
        static const struct profile_code pin = {.min = 4, .max = 16, .block = 16, .filler = 0x00};
        static const struct profile_code puk = {.min = 16, .max = 16, .block = 16, .filler = 0x00};

        return role == PROFILE_ROLE_RESET_CODE || p2 == ISOAPPLET_PUK ? &puk : &pin;
}

const struct card_profile profile_isoapplet = {
    .name = "isoapplet",
    .recognise = isoapplet_recognise,
    .aid = isoapplet_aid,
    .aid_len = sizeof(isoapplet_aid),
    .aid_tells = true,
    .owns_mf = true,
    .cla = 0x00,
    .usual_reference = ISOAPPLET_PIN,
    .reference = isoapplet_reference,
    .format = isoapplet_format,
    .unblock = PROFILE_UNBLOCK_BOTH,
    .enables = false,
    .check_safe = true,
    .select_logs_out = true, /* being deselected, by itself too, ends the verified state */
};
