/*
 * isoapplet.c - a Java card with IsoApplet on it, interface version 0.6, without keys. Its tree (read / update):
 *
 *   3F00  MF
 *     5031  64 bytes      always / 01
 *     4401  64 bytes      01 / 01
 *
 * Codes: none at delivery, and everything is open. CHANGE REFERENCE DATA with P1 01 sets first the PUK (02, 16 bytes,
 * 5 tries), then the PIN (01, 4 to 16 bytes, filled up with 00, 3 tries), or the PIN at once and no PUK ever. A blocked
 * code is answered with 63C0. Selecting the applet again ends what was verified.
 */
#include <string.h>

#include "core/wipe.h"

#include "sim/card.h"

#define REFERENCE_PIN 0x01
#define REFERENCE_PUK 0x02
#define PIN_MIN       4
#define BLOCK         16u
#define PIN_TRIES     3
#define PUK_TRIES     5
#define SW_NOT_NOW    0x6986u

enum { CREATION, INITIALISATION, ACTIVATED }; /* of card->state: no code, a PUK, a PIN */

static const uint8_t aid[] = {0xF2, 0x76, 0xA2, 0x88, 0xBC, 0xFB, 0xA6, 0x9D, 0x34, 0xF3, 0x10, 0x01};

static const struct sim_file files[] = {
    [0] = {.kind = SIM_DF, .fid = 0x3F00},
    [1] = {.kind = SIM_EF, .fid = 0x5031, .size = 64, .read = SIM_ALWAYS, .write = REFERENCE_PIN},
    [2] = {.kind = SIM_EF, .fid = 0x4401, .size = 64, .read = REFERENCE_PIN, .write = REFERENCE_PIN},
};

/* Whoever made the card wrote the applet's identifier into its ATR. */
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
        return len == BLOCK ? SIM_SW_OK : SIM_SW_WRONG_LENGTH;
}

static void deliver(struct sim_card *card)
{
        card->codes[0].tries_max = PIN_TRIES;
        card->codes[1].tries_max = PUK_TRIES;
        card->chvs[0] = (struct sim_chv){.reference = REFERENCE_PIN,
                                         .code = &card->codes[0],
                                         .unblock = &card->codes[1],
                                         .disabled = true, /* until there is one */
                                         .format = format,
                                         .format_new = format};
        card->chv_count = 1;
        card->state = CREATION;
}

/* Deselected and selected. The answer: interface version and features. */
static uint16_t select_applet(struct sim_card *card, struct sim_answer *answer)
{
        static const uint8_t version[] = {0x00, 0x06, 0x02};

        card->application = true;
        card->chvs[0].verified = false;
        sim_files_reset(&card->files);
        return sim_answer_put(answer, version, sizeof version) ? SIM_SW_OK : SIM_SW_FAILED;
}

static bool names_applet(const struct sim_apdu *apdu)
{
        return apdu->p1 == 0x04 && apdu->data_len >= 5 && apdu->data_len <= sizeof aid &&
               memcmp(apdu->data, aid, apdu->data_len) == 0;
}

static uint16_t applet_select(struct sim_card *card, const struct sim_apdu *apdu, struct sim_answer *answer)
{
        if (names_applet(apdu))
                return select_applet(card, answer);
        return card->application ? sim_files_select(card, apdu, answer) : SIM_SW_NO_FILE;
}

/* 4 to 16 bytes, filled up with 00. */
static bool block_of(const uint8_t *value, size_t len, uint8_t out[BLOCK])
{
        memset(out, 0, BLOCK);
        if (len < PIN_MIN || len > BLOCK)
                return false;
        memcpy(out, value, len);
        return true;
}

/* What has no tries left is as wrong as it ever was. */
static uint16_t blocked_is_wrong(uint16_t sw)
{
        return sw == SIM_SW_BLOCKED ? SIM_SW_WRONG_CODE : sw;
}

static uint16_t applet_verify(struct sim_card *card, const struct sim_apdu *apdu)
{
        uint8_t pin[BLOCK];
        uint16_t sw = SIM_SW_WRONG_LENGTH;

        if (apdu->p1 != 0x00 || apdu->p2 != REFERENCE_PIN)
                return SIM_SW_BAD_P1P2;
        if (apdu->data_len == 0) /* verified or not */
                return card->state == ACTIVATED ? (uint16_t)(SIM_SW_WRONG_CODE | card->codes[0].tries)
                                                : SIM_SW_OK;
        if (block_of(apdu->data, apdu->data_len, pin))
                sw = blocked_is_wrong(sim_chv_verify(&card->chvs[0], pin, sizeof pin));
        wipe(pin, sizeof pin);
        return sw;
}

static void code_set(struct sim_code *code, const uint8_t value[BLOCK])
{
        memcpy(code->value, value, BLOCK);
        code->len = BLOCK;
        code->tries = code->tries_max;
}

/* Before there is a PIN. */
static uint16_t applet_set(struct sim_card *card, const struct sim_apdu *apdu)
{
        const bool puk = apdu->p2 == REFERENCE_PUK && card->state == CREATION;
        uint8_t value[BLOCK];

        if (apdu->p1 != 0x01 || (apdu->p2 != REFERENCE_PIN && !puk))
                return SIM_SW_BAD_P1P2;
        if (!block_of(apdu->data, apdu->data_len, value) || (puk && apdu->data_len != BLOCK))
                return SIM_SW_WRONG_LENGTH;
        code_set(&card->codes[puk ? 1 : 0], value);
        wipe(value, sizeof value);
        card->state = puk ? INITIALISATION : ACTIVATED;
        card->chvs[0].disabled = puk;
        return SIM_SW_OK;
}

static uint16_t applet_change(struct sim_card *card, const struct sim_apdu *apdu)
{
        if (card->state != ACTIVATED)
                return applet_set(card, apdu);
        if (apdu->p1 != 0x00 || apdu->p2 != REFERENCE_PIN)
                return SIM_SW_BAD_P1P2;
        if (apdu->data_len != (size_t)2 * BLOCK)
                return SIM_SW_WRONG_LENGTH;
        return blocked_is_wrong(sim_chv_change(&card->chvs[0], 0x00, apdu->data, apdu->data_len));
}

static uint16_t applet_reset_counter(struct sim_card *card, const struct sim_apdu *apdu)
{
        uint8_t data[2 * BLOCK];
        uint16_t sw = SIM_SW_WRONG_LENGTH;

        if (card->state != ACTIVATED)
                return SW_NOT_NOW;
        if (apdu->data_len < BLOCK)
                return sw;
        if (block_of(apdu->data + BLOCK, apdu->data_len - BLOCK, data + BLOCK)) {
                memcpy(data, apdu->data, BLOCK);
                sw = SIM_SW_BAD_P1P2;
                if (apdu->p1 == 0x00 && apdu->p2 == REFERENCE_PIN) /* without a PUK: no try is left */
                        sw = blocked_is_wrong(sim_chv_reset_counter(&card->chvs[0], 0x00, data, sizeof data));
        }
        wipe(data, sizeof data);
        return sw;
}

static uint16_t command(struct sim_card *card, const struct sim_apdu *apdu, struct sim_answer *answer)
{
        if (apdu->ins == 0xA4)
                return applet_select(card, apdu, answer);
        if (!card->application)
                return SIM_SW_NO_INS;
        switch (apdu->ins) {
        case 0x20:
                return applet_verify(card, apdu);
        case 0x24:
                return applet_change(card, apdu);
        case 0x2C:
                return applet_reset_counter(card, apdu);
        case 0x84:
                return sim_card_challenge(apdu, answer);
        case 0xB0:
                return sim_files_read(card, apdu, answer);
        case 0xD6:
                return sim_files_update(card, apdu);
        default:
                return SIM_SW_NO_INS;
        }
}

static enum sim_direction direction(uint8_t ins)
{
        switch (ins) {
        case 0x84:
        case 0xB0:
                return SIM_FROM_CARD;
        case 0x20:
        case 0x24:
        case 0x2C:
        case 0xA4:
        case 0xD6:
                return SIM_TO_CARD;
        default:
                return SIM_UNKNOWN;
        }
}

const struct sim_profile sim_profile_isoapplet = {
    .name = "isoapplet",
    .classes = SIM_CLASS_A | SIM_CLASS_B | SIM_CLASS_C,
    .fidi = 0x96,
    .files = files,
    .file_count = sizeof files / sizeof files[0],
    .historical = historical,
    .deliver = deliver,
    .command = command,
    .direction = direction,
};
