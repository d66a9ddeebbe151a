/* The SIM card of GSM. 3GPP TS 51.011, clauses 8.9 to 8.13 and 9.2.9 to 9.2.13, codes 9.3 */
#include "core/card/profile.h"

enum {
        GSM_CHV1 = 0x01,
        GSM_CHV2 = 0x02,
        GSM_UNBLOCK_CHV1 = 0x00, /* P2 of UNBLOCK CHV alone. 9.2.13 */
};

/*
 * Nothing in the ATR is for a SIM alone. Those that have a status indicator tell 9Fxx in it, which only this
 * class of cards answers: "length xx of the response data". 9.4.1
 */
static bool gsm_recognise(const struct atr *atr)
{
        uint8_t life_cycle;
        uint16_t sw;

        return atr_status_indicator(atr, &life_cycle, &sw) && sw >> 8 == 0x9F;
}

static LONG gsm_reference(const struct chv_reference *ref, enum profile_op op, uint8_t *p2)
{
        uint8_t wanted = profile_iso_p2(ref);

        if (wanted != GSM_CHV1 && wanted != GSM_CHV2)
                return SCARD_E_INVALID_PARAMETER;
        /* 9.2.11, 9.2.12: CHV1 alone */
        if ((op == PROFILE_ENABLE || op == PROFILE_DISABLE) && wanted != GSM_CHV1)
                return SCARD_E_INVALID_PARAMETER;
        *p2 = op == PROFILE_UNBLOCK && wanted == GSM_CHV1 ? GSM_UNBLOCK_CHV1 : wanted;
        return SCARD_S_SUCCESS;
}

/* 9.3 "Coding of CHVs and UNBLOCK CHVs" */
static const struct profile_code *gsm_format(uint8_t p2, enum profile_role role)
{
        static const struct profile_code chv = {
            .min = 4, .max = 8, .digits = true, .block = 8, .filler = 0xFF};
        static const struct profile_code unblock = {
            .min = 8, .max = 8, .digits = true, .block = 8, .filler = 0xFF};

        (void)p2;
        return role == PROFILE_ROLE_RESET_CODE ? &unblock : &chv;
}

/* The directory's answer. Bytes as 9.2.1 counts them, from 1. */
enum {
        GSM_CHARACTERISTICS = 14, /* bit 8: CHV1 is disabled */
        GSM_STATUS_CHV1 = 19,     /* of UNBLOCK CHV1, CHV2, UNBLOCK CHV2: behind it */
        GSM_STATUS_LEN = 22,
};

static LONG gsm_read(const uint8_t *data, size_t len, enum profile_op op, uint8_t p2, int *tries)
{
        bool unblock = op == PROFILE_UNBLOCK || op == PROFILE_UNBLOCK_CHECK;
        size_t at = GSM_STATUS_CHV1 + (p2 == GSM_CHV2 ? 2u : 0u) + (unblock ? 1u : 0u);

        if (len < GSM_STATUS_LEN)
                return SCARD_F_COMM_ERROR;
        if ((data[at - 1] & 0x80) == 0) /* not initialised */
                return SCARD_E_INVALID_PARAMETER;
        *tries = data[at - 1] & 0x0F;
        if (*tries == 0)
                return SCARD_W_CHV_BLOCKED;
        if (op == PROFILE_CHECK && p2 == GSM_CHV1 && (data[GSM_CHARACTERISTICS - 1] & 0x80) != 0)
                return SCARD_S_SUCCESS;
        return SCARD_W_CARD_NOT_AUTHENTICATED;
}

/* STATUS. 9.2.2; it does not tell whether a CHV has been verified. */
static const struct profile_question gsm_question = {
    .name = "STATUS",
    .apdu = {0xA0, 0xF2, 0x00, 0x00, GSM_STATUS_LEN},
    .read = gsm_read,
};

const struct card_profile profile_gsm = {
    .name = "gsm",
    .recognise = gsm_recognise,
    .cla = 0xA0,
    .usual_reference = GSM_CHV1,
    .reference = gsm_reference,
    .format = gsm_format,
    .unblock = PROFILE_UNBLOCK_BOTH,
    .enables = true,
    .check_safe = false, /* VERIFY CHV always has eight bytes. 9.2.9 */
    .question = &gsm_question,
    .wrong_sw = 0x9804, /* without a number. 9.4.5 */
};
