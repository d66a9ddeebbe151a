/*
 * gids.c - a card of the Generic Identity Device Specification ("GIDS card edge", public draft 2.0) without keys
 * and files: its PIN, its PUK, and what tells their tries.
 *
 * Codes: 80 PIN "123456", 81 PUK "12345678", 3 tries each; new ones have 4 to 16 bytes. A value of another length
 * is refused with 63Cx and costs no try.
 */
#include <string.h>

#include "sim/card.h"

#define REFERENCE_PIN  0x80
#define REFERENCE_PUK  0x81
#define DEAUTHENTICATE 0x82
#define CODE_MAX       16

/* With the version. */
static const uint8_t aid[] = {0xA0, 0x00, 0x00, 0x03, 0x97, 0x42, 0x54, 0x46, 0x59, 0x02, 0x01};
#define AID_SHORTEST 9

static const struct sim_file files[] = {
    {.kind = SIM_DF, .fid = 0x3F00, .write = SIM_NEVER},
};

/* The application identifier, which takes the place of the capabilities. */
static size_t historical(bool extended, uint8_t *out)
{
        (void)extended;
        out[0] = 0x80;
        out[1] = 0xF0 | sizeof aid;
        memcpy(out + 2, aid, sizeof aid);
        return 2 + sizeof aid;
}

static uint16_t format(const uint8_t *value, size_t len)
{
        (void)value;
        return len >= 4 && len <= CODE_MAX ? SIM_SW_OK : SIM_SW_WRONG_LENGTH;
}

static void deliver(struct sim_card *card)
{
        sim_code_set(&card->codes[0], "123456", 3);
        sim_code_set(&card->codes[1], "12345678", 3);
        for (unsigned i = 0; i < 2; i++)
                card->chvs[i] = (struct sim_chv){.reference = (uint8_t)(REFERENCE_PIN + i),
                                                 .code = &card->codes[i],
                                                 .unblock = i == 0 ? &card->codes[1] : NULL,
                                                 .format = format,
                                                 .format_new = format};
        card->chv_count = 2;
}

static void forget(struct sim_card *card)
{
        card->chvs[0].verified = card->chvs[1].verified = false;
}

/* The application template: identifier, and in 73 the capabilities. */
static uint16_t gids_select(struct sim_card *card, const struct sim_apdu *apdu, struct sim_answer *answer)
{
        static const uint8_t head[] = {0x61, 18, 0x4F, sizeof aid}, tail[] = {0x73, 3, 0x40, 1, 0xC0};

        if (apdu->p1 != 0x04 || apdu->p2 != 0x00)
                return SIM_SW_BAD_P1P2;
        if (apdu->data_len < AID_SHORTEST || apdu->data_len > sizeof aid ||
            memcmp(apdu->data, aid, apdu->data_len) != 0)
                return SIM_SW_NO_FILE;
        if (!card->application)
                forget(card);
        card->application = true;
        return sim_answer_put(answer, head, sizeof head) && sim_answer_put(answer, aid, sizeof aid) &&
                       sim_answer_put(answer, tail, sizeof tail)
                   ? SIM_SW_OK
                   : SIM_SW_FAILED;
}

/* Reference and tries of one of the two codes; NULL: neither. */
static struct sim_chv *find(struct sim_card *card, uint8_t reference)
{
        return reference == REFERENCE_PIN || reference == REFERENCE_PUK
                   ? &card->chvs[reference - REFERENCE_PIN]
                   : NULL;
}

static uint16_t gids_verify(struct sim_card *card, const struct sim_apdu *apdu)
{
        struct sim_chv *chv = find(card, apdu->p2);

        if (apdu->p1 != 0x00)
                return SIM_SW_BAD_P1P2;
        if (apdu->p2 == DEAUTHENTICATE) {
                forget(card);
                return SIM_SW_OK;
        }
        if (chv == NULL)
                return SIM_SW_NO_REFERENCE;
        const uint16_t sw = sim_chv_verify(chv, apdu->data, apdu->data_len);
        if (sw == SIM_SW_WRONG_LENGTH)
                return chv->code->tries == 0 ? SIM_SW_BLOCKED
                                             : (uint16_t)(SIM_SW_WRONG_CODE | chv->code->tries);
        return sw;
}

static uint16_t gids_change(struct sim_card *card, const struct sim_apdu *apdu)
{
        struct sim_chv *chv = find(card, apdu->p2);

        return chv == NULL ? SIM_SW_NO_REFERENCE : sim_chv_change(chv, apdu->p1, apdu->data, apdu->data_len);
}

static uint16_t gids_reset_counter(struct sim_card *card, const struct sim_apdu *apdu)
{
        if (apdu->p2 != REFERENCE_PIN)
                return SIM_SW_NO_REFERENCE;
        if (apdu->p1 == 0x02) /* after the administrator's key was authenticated; this card has none */
                return SIM_SW_SECURITY;
        if (apdu->p1 != 0x00)
                return SIM_SW_BAD_P1P2;
        return sim_chv_reset_counter(&card->chvs[0], 0x00, apdu->data, apdu->data_len);
}

/* The status of a code, 7F71 and 7F73: tries left, and at most. */
static uint16_t gids_get_data(struct sim_card *card, const struct sim_apdu *apdu, struct sim_answer *answer)
{
        const uint8_t *data = apdu->data;

        if (apdu->p1 != 0x3F || apdu->p2 != 0xFF)
                return SIM_SW_BAD_P1P2;
        if (apdu->data_len != 4 || data[0] != 0x5C || data[1] != 2)
                return SIM_SW_BAD_DATA;
        if (data[2] != 0x7F || (data[3] != 0x71 && data[3] != 0x73))
                return SIM_SW_NO_REFERENCE;
        const struct sim_code *code = card->chvs[data[3] == 0x73].code;
        const uint8_t out[] = {0x7F, data[3], 6, 0x97, 1, code->tries, 0x93, 1, code->tries_max};
        return sim_answer_put(answer, out, sizeof out) ? SIM_SW_OK : SIM_SW_FAILED;
}

static uint16_t command(struct sim_card *card, const struct sim_apdu *apdu, struct sim_answer *answer)
{
        if (apdu->ins == 0xA4)
                return gids_select(card, apdu, answer);
        if (!card->application)
                return SIM_SW_NO_INS;
        switch (apdu->ins) {
        case 0x20:
                return gids_verify(card, apdu);
        case 0x24:
                return gids_change(card, apdu);
        case 0x2C:
                return gids_reset_counter(card, apdu);
        case 0x84:
                return sim_card_challenge(apdu, answer);
        case 0xCB:
                return gids_get_data(card, apdu, answer);
        default:
                return SIM_SW_NO_INS;
        }
}

static enum sim_direction direction(uint8_t ins)
{
        switch (ins) {
        case 0x84:
                return SIM_FROM_CARD;
        case 0x20:
        case 0x24:
        case 0x2C:
        case 0xA4:
        case 0xCB:
                return SIM_TO_CARD;
        default:
                return SIM_UNKNOWN;
        }
}

const struct sim_profile sim_profile_gids = {
    .name = "gids",
    .classes = SIM_CLASS_A | SIM_CLASS_B | SIM_CLASS_C,
    .fidi = 0x96,
    .files = files,
    .file_count = sizeof files / sizeof files[0],
    .historical = historical,
    .deliver = deliver,
    .command = command,
    .direction = direction,
};
