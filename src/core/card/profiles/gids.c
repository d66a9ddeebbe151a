/* The Generic Identity Device of Windows. "GIDS card edge", public draft 2.0: VERIFY and the commands beside it. */
#include "core/card/profile.h"

enum {
        GIDS_PIN = 0x80,
        GIDS_PUK = 0x81,
        GIDS_DEAUTHENTICATE = 0x82, /* no code, but a command: every security status is reset */
};

/* Without the version at its end, so that every version answers. */
static const uint8_t gids_aid[] = {0xA0, 0x00, 0x00, 0x03, 0x97, 0x42, 0x54, 0x46, 0x59};

static bool gids_recognise(const struct atr *atr)
{
        /* Microsoft's provider identifier alone would be any card of theirs. */
        const uint8_t *aid;
        size_t len;

        return atr_aid(atr, &aid, &len) && len >= sizeof(gids_aid) &&
               profile_atr_names(atr, gids_aid, sizeof(gids_aid));
}

static LONG gids_reference(const struct chv_reference *ref, enum profile_op op, uint8_t *p2)
{
        uint8_t wanted = profile_local_p2(ref);

        if (wanted != GIDS_PIN && (wanted != GIDS_PUK || op == PROFILE_UNBLOCK))
                return SCARD_E_INVALID_PARAMETER;
        *p2 = wanted;
        return SCARD_S_SUCCESS;
}

static const struct profile_code *gids_format(uint8_t p2, enum profile_role role)
{
        static const struct profile_code code = {.min = 4, .max = 16};

        (void)p2;
        (void)role;
        return &code;
}

static const struct profile_log_out gids_log_out[] = {
    {.apdu = {0x00, 0x20, 0x00, GIDS_DEAUTHENTICATE}},
};

const struct card_profile profile_gids = {
    .name = "gids",
    .recognise = gids_recognise,
    .aid = gids_aid,
    .aid_len = sizeof(gids_aid),
    .aid_tells = true,
    .cla = 0x00,
    .usual_reference = GIDS_PIN,
    .reference = gids_reference,
    .format = gids_format,
    /* The new code alone: after the administrator's key was authenticated. */
    .unblock = PROFILE_UNBLOCK_BOTH | PROFILE_UNBLOCK_NEW_CODE,
    .enables = false,
    .check_safe = true,
    .log_out = gids_log_out,
    .log_out_count = sizeof(gids_log_out) / sizeof(gids_log_out[0]),
};
