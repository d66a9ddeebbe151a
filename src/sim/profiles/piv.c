/*
 * piv.c - a PIV card (NIST SP 800-73-4 part 2) without keys: its PIN, its PUK, a few data objects. After a
 * reset no application is selected and only SELECT is known.
 *
 * Codes: 80 application PIN "123456", 3 tries; 81 PUK "12345678", 3 tries. It works at 3 V and 1.8 V and says
 * so in its ATR.
 */
#include <string.h>

#include "sim/card.h"

#define REFERENCE_PIN 0x80
#define REFERENCE_PUK 0x81

static const uint8_t aid[] = {0xA0, 0x00, 0x00, 0x03, 0x08, 0x00, 0x00, 0x10, 0x00, 0x01, 0x00};

static const struct sim_file files[] = {
    [0] = {.kind = SIM_DF, .fid = 0x3F00, .aid = aid, .aid_len = sizeof aid, .write = SIM_NEVER},
};

/* FASC-N (all zero), GUID, expiry date; no signature, as on a card that nobody has personalised. */
static const uint8_t chuid[] = {0x30, 25,   0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
                                0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
                                0x00, 0x00, 0x00, 0x34, 16,   0x4C, 0x1B, 0x3A, 0x72, 0x55, 0x0E, 0x4D,
                                0x2A, 0x9F, 0x11, 0x6B, 0x20, 0xC3, 0xD8, 0x77, 0x01, 0x35, 8,    '2',
                                '0',  '4',  '9',  '1',  '2',  '3',  '1',  0x3E, 0,    0xFE, 0};
static const uint8_t printed[] = {0x01, 11,  'C',  'a', 'r',  'd', ' ',  'H', 'o',  'l', 'd',
                                  'e',  'r', 0x02, 0,   0x04, 0,   0x05, 0,   0xFE, 0};
/* SP 800-73-4 part 1, 3.3.2: a template of its own, not inside 53 */
static const uint8_t discovery[] = {0x7E, 0x12, 0x4F, 0x0B, 0xA0, 0x00, 0x00, 0x03, 0x08, 0x00,
                                    0x00, 0x10, 0x00, 0x01, 0x00, 0x5F, 0x2F, 0x02, 0x40, 0x00};

static const struct object {
        uint8_t tag[3];
        uint8_t tag_len;
        bool pin;  /* needs the PIN */
        bool bare; /* is its own template */
        uint8_t len;
        const uint8_t *content;
} objects[] = {
    {{0x5F, 0xC1, 0x02}, 3, false, false, sizeof chuid, chuid},
    {{0x5F, 0xC1, 0x09}, 3, true, false, sizeof printed, printed},
    {{0x7E, 0, 0}, 1, false, true, sizeof discovery, discovery},
};

/* Compact TLV: capabilities, and (F9) the first nine bytes of the application identifier. */
static size_t historical(bool extended, uint8_t *out)
{
        const uint8_t bytes[] = {0x80, 0x73, 0xC0, 0x01, (uint8_t)(extended ? 0x40 : 0x00), 0xF9};
        memcpy(out, bytes, sizeof bytes);
        memcpy(out + sizeof bytes, aid, 9);
        return sizeof bytes + 9;
}

/* 6 to 8 digits, padded to 8 bytes with FF. SP 800-73-4 part 2, 2.4.3 */
static uint16_t format_pin(const uint8_t *value, size_t len)
{
        size_t digits = 0;
        if (len != 8)
                return SIM_SW_BAD_DATA;
        while (digits < 8 && value[digits] >= '0' && value[digits] <= '9')
                digits++;
        for (size_t i = digits; i < 8; i++) {
                if (value[i] != 0xFF)
                        return SIM_SW_BAD_DATA;
        }
        return digits >= 6 ? SIM_SW_OK : SIM_SW_BAD_DATA;
}

static uint16_t format_puk(const uint8_t *value, size_t len)
{
        (void)value;
        return len == 8 ? SIM_SW_OK : SIM_SW_BAD_DATA;
}

static void deliver(struct sim_card *card)
{
        sim_code_set(&card->codes[0], "123456\xFF\xFF", 3);
        sim_code_set(&card->codes[1], "12345678", 3);
        card->chvs[0] = (struct sim_chv){.reference = REFERENCE_PIN,
                                         .code = &card->codes[0],
                                         .unblock = &card->codes[1],
                                         .format = format_pin,
                                         .format_new = format_pin};
        card->chvs[1] = (struct sim_chv){.reference = REFERENCE_PUK,
                                         .code = &card->codes[1],
                                         .format = format_puk,
                                         .format_new = format_puk};
        card->chv_count = 2;
}

/* The application property template, SP 800-73-4 part 2, 3.1.1 */
static uint16_t piv_select(struct sim_card *card, const struct sim_apdu *apdu, struct sim_answer *answer)
{
        static const uint8_t property[] = {0x61, 21, 0x4F, 6,    0x00, 0x00, 0x10, 0x00, 0x01, 0x00, 0x79, 7,
                                           0x4F, 5,  0xA0, 0x00, 0x00, 0x03, 0x08, 0x5F, 0x50, 1,    '-'};
        if (apdu->p1 != 0x04 || apdu->p2 != 0x00)
                return SIM_SW_BAD_P1P2;
        /* The full name, or one that ends where the PIX' version or the RID does */
        if (apdu->data_len < 5 || apdu->data_len > sizeof aid || memcmp(apdu->data, aid, apdu->data_len) != 0)
                return SIM_SW_NO_FILE; /* the application selected before stays so */
        if (!card->application) {
                card->application = true;
                card->chvs[0].verified = card->chvs[1].verified = false;
        }
        return sim_answer_put(answer, property, sizeof property) ? SIM_SW_OK : SIM_SW_FAILED;
}

static uint16_t piv_get_data(struct sim_card *card, const struct sim_apdu *apdu, struct sim_answer *answer)
{
        const uint8_t *data = apdu->data;

        if (apdu->p1 != 0x3F || apdu->p2 != 0xFF)
                return SIM_SW_BAD_P1P2;
        if (apdu->data_len < 3 || data[0] != 0x5C || data[1] != apdu->data_len - 2)
                return SIM_SW_BAD_DATA;
        for (size_t i = 0; i < sizeof objects / sizeof objects[0]; i++) {
                const struct object *object = &objects[i];
                const uint8_t head[] = {0x53, object->len};
                if (data[1] != object->tag_len || memcmp(data + 2, object->tag, object->tag_len) != 0)
                        continue;
                if (object->pin && !sim_chv_open(&card->chvs[0]))
                        return SIM_SW_SECURITY;
                if (!object->bare && !sim_answer_put(answer, head, sizeof head))
                        return SIM_SW_FAILED;
                return sim_answer_put(answer, object->content, object->len) ? SIM_SW_OK : SIM_SW_FAILED;
        }
        return SIM_SW_NO_FILE;
}

static uint16_t piv_verify(struct sim_card *card, const struct sim_apdu *apdu)
{
        struct sim_chv *pin = &card->chvs[0];

        if (apdu->p2 != REFERENCE_PIN) /* the PUK is not verified by itself, a global PIN there is none */
                return SIM_SW_NO_REFERENCE;
        if (apdu->p1 == 0xFF) { /* log out: SP 800-73-4 part 2, 3.2.1 */
                if (apdu->data_len != 0)
                        return SIM_SW_BAD_DATA;
                pin->verified = false;
                return SIM_SW_OK;
        }
        if (apdu->p1 != 0x00)
                return SIM_SW_BAD_P1P2;
        return sim_chv_verify(pin, apdu->data, apdu->data_len);
}

static uint16_t piv_change(struct sim_card *card, const struct sim_apdu *apdu)
{
        if (apdu->p1 != 0x00)
                return SIM_SW_BAD_P1P2;
        if (apdu->p2 != REFERENCE_PIN && apdu->p2 != REFERENCE_PUK)
                return SIM_SW_NO_REFERENCE;
        if (apdu->data_len != 16)
                return SIM_SW_BAD_DATA;
        return sim_chv_change(&card->chvs[apdu->p2 == REFERENCE_PUK], 0x00, apdu->data, apdu->data_len);
}

static uint16_t piv_reset_counter(struct sim_card *card, const struct sim_apdu *apdu)
{
        if (apdu->p1 != 0x00)
                return SIM_SW_BAD_P1P2;
        if (apdu->p2 != REFERENCE_PIN)
                return SIM_SW_NO_REFERENCE;
        if (apdu->data_len != 16)
                return SIM_SW_BAD_DATA;
        return sim_chv_reset_counter(&card->chvs[0], 0x00, apdu->data, apdu->data_len);
}

static uint16_t command(struct sim_card *card, const struct sim_apdu *apdu, struct sim_answer *answer)
{
        if (apdu->ins == 0xA4)
                return piv_select(card, apdu, answer);
        if (!card->application)
                return SIM_SW_NO_INS;
        switch (apdu->ins) {
        case 0x20:
                return piv_verify(card, apdu);
        case 0x24:
                return piv_change(card, apdu);
        case 0x2C:
                return piv_reset_counter(card, apdu);
        case 0xCB:
                return piv_get_data(card, apdu, answer);
        default:
                return SIM_SW_NO_INS; /* GENERAL AUTHENTICATE too: there are no keys */
        }
}

static enum sim_direction direction(uint8_t ins)
{
        return ins == 0xA4 || ins == 0x20 || ins == 0x24 || ins == 0x2C || ins == 0xCB ? SIM_TO_CARD
                                                                                       : SIM_UNKNOWN;
}

const struct sim_profile sim_profile_piv = {
    .name = "piv",
    .classes = SIM_CLASS_B | SIM_CLASS_C,
    .classes_in_atr = true,
    .fidi = 0x96,
    .files = files,
    .file_count = sizeof files / sizeof files[0],
    .historical = historical,
    .deliver = deliver,
    .reset = NULL,
    .command = command,
    .direction = direction,
};
