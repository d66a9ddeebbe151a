/* The UICC: a SIM card of the third generation and later. ETSI TS 102 221, clauses 6.3, 9.5, 11.1.9 to 11.1.13 */
#include "core/card/profile.h"

enum {
        UICC_UNIVERSAL = 0x11,
        /* Numbers below bit 8, which is clear for those of the whole card and set for those of an application.
         * Table 9.3 */
        UICC_PIN_FIRST = 0x01,
        UICC_PIN_LAST = 0x08,
        UICC_ADM_FIRST = 0x0A,
        UICC_ADM_LAST = 0x0E,
};

/*
 * USIM as far as every issuer's begins so. 3GPP TS 31.102, ETSI TS 101 220. A second PIN (81) is known only in
 * its application; the PINs of the whole card are known everywhere, with or without a USIM.
 */
static const uint8_t uicc_usim[] = {0xA0, 0x00, 0x00, 0x00, 0x87, 0x10, 0x02};

/* Clause 6.3.2 and 6.3.3: the class indicator behind T=15, and historical bytes of fixed order. */
static bool uicc_recognise(const struct atr *atr)
{
        const uint8_t *bytes = atr->historical;

        return atr->has_clock_class && atr->historical_len >= 7 && bytes[0] == 0x80 && bytes[1] == 0x31 &&
               bytes[3] == 0x73 && bytes[5] == 0x21;
}

static bool uicc_pin(uint8_t p2)
{
        unsigned number = p2 & 0x7Fu;

        return p2 == UICC_UNIVERSAL || (number >= UICC_PIN_FIRST && number <= UICC_PIN_LAST);
}

static bool uicc_administrative(uint8_t p2)
{
        unsigned number = p2 & 0x7Fu;

        return number >= UICC_ADM_FIRST && number <= UICC_ADM_LAST;
}

static LONG uicc_reference(const struct chv_reference *ref, enum profile_op op, uint8_t *p2)
{
        uint8_t wanted = profile_iso_p2(ref);

        (void)op; /* which of them a command is for is the issuer's choice, and the card's to say */
        if (!uicc_pin(wanted) && !uicc_administrative(wanted))
                return SCARD_E_INVALID_PARAMETER;
        *p2 = wanted;
        return SCARD_S_SUCCESS;
}

/* 9.5.1; what an administrative code is made of is the issuer's choice. */
static const struct profile_code *uicc_format(uint8_t p2, enum profile_role role)
{
        static const struct profile_code pin = {
            .min = 4, .max = 8, .digits = true, .block = 8, .filler = 0xFF};
        static const struct profile_code puk = {
            .min = 8, .max = 8, .digits = true, .block = 8, .filler = 0xFF};
        static const struct profile_code adm = {.min = 4, .max = 8, .block = 8, .filler = 0xFF};

        if (uicc_administrative(p2))
                return &adm;
        return role == PROFILE_ROLE_RESET_CODE ? &puk : &pin;
}

const struct card_profile profile_uicc = {
    .name = "uicc",
    .recognise = uicc_recognise,
    .aid = uicc_usim,
    .aid_len = sizeof(uicc_usim),
    .select_p2 = 0x04, /* FCP: the only form, but for none, that SELECT has here. 11.1.1.2 */
    .aid_optional = true,
    .cla = 0x00,
    .usual_reference = UICC_PIN_FIRST,
    .reference = uicc_reference,
    .format = uicc_format,
    .unblock = PROFILE_UNBLOCK_BOTH,
    .enables = true,
    /* 11.1.9.1.2, 11.1.13.1.2: empty, both tell their counter. */
    .check_safe = true,
    .unblock_check_safe = true,
};
