/* MyEID cards (Aventra). "MyEID PKI JavaCard applet reference manual" 2.1 */
#include <string.h>

#include "core/card/profile.h"

enum {
        MYEID_FIRST = 0x01,
        MYEID_LAST = 0x0E,
};

/* That of PKCS #15. */
static const uint8_t myeid_aid[] = {0xA0, 0x00, 0x00, 0x00, 0x63, 0x50, 0x4B, 0x43, 0x53, 0x2D, 0x31, 0x35};

/* The historical bytes end with the name, on every chip it was made for. */
static bool myeid_recognise(const struct atr *atr)
{
        static const uint8_t name[] = {'M', 'y', 'E', 'I', 'D'};

        return atr->historical_len >= sizeof(name) &&
               memcmp(atr->historical + atr->historical_len - sizeof(name), name, sizeof(name)) == 0;
}

static LONG myeid_reference(const struct chv_reference *ref, enum profile_op op, uint8_t *p2)
{
        uint8_t wanted = profile_iso_p2(ref);

        (void)op;
        if (wanted < MYEID_FIRST || wanted > MYEID_LAST)
                return SCARD_E_INVALID_PARAMETER;
        *p2 = wanted;
        return SCARD_S_SUCCESS;
}

/* Codes and the PUK that belongs to each. */
static const struct profile_code *myeid_format(uint8_t p2, enum profile_role role)
{
        static const struct profile_code code = {.min = 4, .max = 8, .block = 8, .filler = 0xFF};

        (void)p2;
        (void)role;
        return &code;
}

/* P2 is a reference, or 00 for all of them. */
static const struct profile_log_out myeid_log_out[] = {
    {.name = "DEAUTHENTICATE", .apdu = {0x00, 0x2E, 0x00, 0x00}},
};

const struct card_profile profile_myeid = {
    .name = "myeid",
    .recognise = myeid_recognise,
    .aid = myeid_aid,
    .aid_len = sizeof(myeid_aid),
    .owns_mf = true,
    .cla = 0x00,
    .usual_reference = MYEID_FIRST,
    .reference = myeid_reference,
    .format = myeid_format,
    .unblock = PROFILE_UNBLOCK_BOTH,
    .enables = false,
    .check_safe = true,
    .log_out = myeid_log_out,
    .log_out_count = sizeof(myeid_log_out) / sizeof(myeid_log_out[0]),
    .list_object = 0x01A1, /* the files in the current DF */
};
