/* The PIV card application. NIST SP 800-73-4 part 2; key references: part 1 table 4b, codes: part 2 2.4.3 */
#include "core/card/profile.h"

enum {
        PIV_GLOBAL_PIN = 0x00,
        PIV_APPLICATION_PIN = 0x80,
        PIV_PUK = 0x81,
};

/* Truncated before the version, so that every version of the application answers. Part 2 3.1.1 */
static const uint8_t piv_aid[] = {0xA0, 0x00, 0x00, 0x03, 0x08, 0x00, 0x00, 0x10, 0x00};

static bool piv_recognise(const struct atr *atr)
{
        return profile_atr_names(atr, piv_aid, sizeof(piv_aid));
}

static LONG piv_reference(const struct chv_reference *ref, enum profile_op op, uint8_t *p2)
{
        uint8_t wanted = profile_iso_p2(ref);

        switch (wanted) {
        case PIV_APPLICATION_PIN:
                break;
        case PIV_GLOBAL_PIN:
                /* Part 2 3.2.3: the global PIN cannot be unblocked through this application. */
                if (op == PROFILE_UNBLOCK)
                        return SCARD_E_INVALID_PARAMETER;
                break;
        case PIV_PUK:
                /* Part 2 3.2.1, 3.2.2: it can be changed, not verified. */
                if (op != PROFILE_CHANGE)
                        return SCARD_E_INVALID_PARAMETER;
                break;
        default:
                return SCARD_E_INVALID_PARAMETER;
        }
        *p2 = wanted;
        return SCARD_S_SUCCESS;
}

static const struct profile_code *piv_format(uint8_t p2, enum profile_role role)
{
        static const struct profile_code pin = {
            .min = 6, .max = 8, .digits = true, .block = 8, .filler = 0xFF};
        /* Any eight bytes; issuers fill up shorter ones as they do PINs. */
        static const struct profile_code puk = {.min = 6, .max = 8, .block = 8, .filler = 0xFF};

        return role == PROFILE_ROLE_RESET_CODE || p2 == PIV_PUK ? &puk : &pin;
}

/*
 * VERIFY with P1 = FF sets the security status of one key reference to FALSE. Part 2 3.2.1; up to SP 800-73-3
 * there was no such form.
 */
static const struct profile_log_out piv_log_out[] = {
    {.apdu = {0x00, 0x20, 0xFF, PIV_APPLICATION_PIN}, .doubtful = true},
    {.apdu = {0x00, 0x20, 0xFF, PIV_GLOBAL_PIN}, .optional = true, .doubtful = true},
};

const struct card_profile profile_piv = {
    .name = "piv",
    .recognise = piv_recognise,
    .aid = piv_aid,
    .aid_len = sizeof(piv_aid),
    .aid_tells = true,
    .cla = 0x00,
    .usual_reference = PIV_APPLICATION_PIN,
    .reference = piv_reference,
    .format = piv_format,
    .unblock = PROFILE_UNBLOCK_BOTH,
    .enables = false,
    .check_safe = true,
    .log_out = piv_log_out,
    .log_out_count = sizeof(piv_log_out) / sizeof(piv_log_out[0]),
};
