/*
 * The OpenPGP application. "Functional Specification of the OpenPGP application on ISO Smart Card Operating
 * Systems", version 3.4: codes 4.2, historical bytes 6, commands 7.2.2 to 7.2.4.
 */
#include "core/card/profile.h"

enum {
        OPENPGP_PW1_SIGN = 0x81,  /* opens one signature, or all, as DO C4 says */
        OPENPGP_PW1_OTHER = 0x82, /* the same code, for everything else */
        OPENPGP_PW3 = 0x83,       /* the administrator's */
};

/* RID of FSFE and the application's number; version, manufacturer and serial number follow. 4.1.2.1 */
static const uint8_t openpgp_aid[] = {0xD2, 0x76, 0x00, 0x01, 0x24, 0x01};

/*
 * Service data, capabilities (selection by name and no other, a byte as data unit) and the status indicator,
 * in this order and nothing else. Chapter 6; cards of version 1.1 to 3.4 and tokens keep to it.
 */
static bool openpgp_recognise(const struct atr *atr)
{
        const uint8_t *bytes = atr->historical;

        if (profile_atr_names(atr, openpgp_aid, sizeof(openpgp_aid)))
                return true;
        return atr->historical_len == 10 && bytes[0] == 0x00 && bytes[1] == 0x31 && bytes[3] == 0x73 &&
               (bytes[4] & 0xBF) == 0x80 && bytes[5] == 0x01 && bytes[8] == 0x90 && bytes[9] == 0x00;
}

static LONG openpgp_reference(const struct chv_reference *ref, enum profile_op op, uint8_t *p2)
{
        uint8_t wanted = profile_local_p2(ref);

        if (wanted != OPENPGP_PW1_SIGN && wanted != OPENPGP_PW1_OTHER && wanted != OPENPGP_PW3)
                return SCARD_E_INVALID_PARAMETER;
        if (op == PROFILE_UNBLOCK || op == PROFILE_UNBLOCK_CHECK) {
                /* The resetting code, and PW3 in its place, are for PW1 alone. 7.2.4 */
                if (wanted == OPENPGP_PW3)
                        return SCARD_E_INVALID_PARAMETER;
                wanted = OPENPGP_PW1_SIGN;
        }
        /* One code behind both references, and 81 is the one that changes it. 7.2.3 */
        if (op == PROFILE_CHANGE && wanted == OPENPGP_PW1_OTHER)
                wanted = OPENPGP_PW1_SIGN;
        *p2 = wanted;
        return SCARD_S_SUCCESS;
}

/* UTF-8, without filler. 7F is the most that DO C4 can grant; what a card grants less it checks itself. 4.2 */
static const struct profile_code *openpgp_format(uint8_t p2, enum profile_role role)
{
        static const struct profile_code pw1 = {.min = 6, .max = 127};
        static const struct profile_code longer = {.min = 8, .max = 127};

        return role == PROFILE_ROLE_RESET_CODE || p2 == OPENPGP_PW3 ? &longer : &pw1;
}

/* PW status bytes: validity; three greatest lengths; tries of PW1, resetting code, PW3. 4.4.1, DO C4 */
static LONG openpgp_read(const uint8_t *data, size_t len, enum profile_op op, uint8_t p2, int *tries)
{
        if (len < 7)
                return SCARD_F_COMM_ERROR;
        if (op == PROFILE_UNBLOCK || op == PROFILE_UNBLOCK_CHECK)
                *tries = data[5];
        else
                *tries = p2 == OPENPGP_PW3 ? data[6] : data[4];
        return *tries == 0 ? SCARD_W_CHV_BLOCKED : SCARD_W_CARD_NOT_AUTHENTICATED;
}

static const struct profile_question openpgp_question = {
    .name = "GET DATA",
    .apdu = {0x00, 0xCA, 0x00, 0xC4, 0x00},
    .read = openpgp_read,
};

static enum kdf_code openpgp_kdf_code(uint8_t p2, enum profile_role role)
{
        if (role == PROFILE_ROLE_RESET_CODE)
                return KDF_RESETTING_CODE;
        return p2 == OPENPGP_PW3 ? KDF_PW3 : KDF_PW1;
}

/* From version 3.3.1. 4.3.2; a card without it answers 6A88 or its like */
static const struct profile_kdf openpgp_kdf = {
    .name = "GET DATA (KDF-DO)",
    .apdu = {0x00, 0xCA, 0x00, 0xF9, 0x00},
    .which = openpgp_kdf_code,
};

/* The AID: RID, application, and from byte 6 on the version, from which on P1 = FF ends a verified state. 4.2.1, 7.2.2 */
static bool openpgp_logs_out(const uint8_t *data, size_t len)
{
        return len >= 8 && (data[6] << 8 | data[7]) >= 0x0301;
}

static const struct profile_version openpgp_version = {
    .name = "GET DATA (AID)",
    .apdu = {0x00, 0xCA, 0x00, 0x4F, 0x00},
    .logs_out = openpgp_logs_out,
};

static const struct profile_log_out openpgp_log_out[] = {
    {.apdu = {0x00, 0x20, 0xFF, OPENPGP_PW1_SIGN}, .doubtful = true},
    {.apdu = {0x00, 0x20, 0xFF, OPENPGP_PW1_OTHER}, .doubtful = true},
    {.apdu = {0x00, 0x20, 0xFF, OPENPGP_PW3}, .doubtful = true},
};

const struct card_profile profile_openpgp = {
    .name = "openpgp",
    .recognise = openpgp_recognise,
    .aid = openpgp_aid,
    .aid_len = sizeof(openpgp_aid),
    .aid_tells = true,
    .select_plain = true, /* 7.2.1 */
    .cla = 0x00,
    .usual_reference = OPENPGP_PW1_SIGN,
    .reference = openpgp_reference,
    .format = openpgp_format,
    .unblock = PROFILE_UNBLOCK_BOTH | PROFILE_UNBLOCK_NEW_CODE,
    .enables = false,
    /* A token that answers the empty VERIFY with 6A80 is asked for DO C4. */
    .check_safe = true,
    .question = &openpgp_question,
    .wrong_sw = 0x6982, /* 7.2.2: "security status not satisfied, PW wrong" */
    .kdf = &openpgp_kdf,
    .log_out = openpgp_log_out,
    .log_out_count = sizeof(openpgp_log_out) / sizeof(openpgp_log_out[0]),
    .version = &openpgp_version,
};
