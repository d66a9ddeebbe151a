/*
 * myeid.c - a MyEID card ("MyEID PKI JavaCard applet reference manual" 2.1) without keys. Its tree (read / update):
 *
 *   3F00  MF
 *     5015  PKCS #15, A000000063504B43532D3135
 *       5031  object directory, 64 bytes      always / 03
 *       4401  private data, 64 bytes          01 / 01
 *
 * Codes: 01 "1234", unblocked by its PUK "12345678"; 03, the security officer's, "12345678", without a PUK. 3 tries
 * each, the PUK 10. All are eight bytes, filled up with FF; others are 6700.
 */
#include <string.h>

#include "sim/card.h"

#define USER    0x01
#define OFFICER 0x03
#define LAST    0x0E
#define DF_P15  1 /* index */

static const uint8_t aid[] = {0xA0, 0x00, 0x00, 0x00, 0x63, 'P', 'K', 'C', 'S', '-', '1', '5'};

static const struct sim_file files[] = {
    [0] = {.kind = SIM_DF, .fid = 0x3F00},
    [DF_P15] = {.kind = SIM_DF, .fid = 0x5015, .parent = 0, .aid = aid, .aid_len = sizeof aid},
    [2] = {.kind = SIM_EF, .fid = 0x5031, .parent = DF_P15, .size = 64, .read = SIM_ALWAYS, .write = OFFICER},
    [3] = {.kind = SIM_EF, .fid = 0x4401, .parent = DF_P15, .size = 64, .read = USER, .write = USER},
};

static size_t historical(bool extended, uint8_t *out)
{
        static const uint8_t name[] = {'M', 'y', 'E', 'I', 'D'};
        (void)extended; /* it takes short lengths, and does not say otherwise */
        memcpy(out, name, sizeof name);
        return sizeof name;
}

static uint16_t format(const uint8_t *value, size_t len)
{
        (void)value;
        return len == 8 ? SIM_SW_OK : SIM_SW_WRONG_LENGTH;
}

static void deliver(struct sim_card *card)
{
        sim_code_set(&card->codes[0], "1234\xFF\xFF\xFF\xFF", 3);
        sim_code_set(&card->codes[1], "12345678", 3);
        sim_code_set(&card->codes[2], "12345678", 10);
        for (unsigned i = 0; i < 2; i++)
                card->chvs[i] = (struct sim_chv){.reference = i == 0 ? USER : OFFICER,
                                                 .code = &card->codes[i],
                                                 .unblock = i == 0 ? &card->codes[2] : NULL,
                                                 .format = format,
                                                 .format_new = format};
        card->chv_count = 2;
}

static struct sim_chv *find(struct sim_card *card, uint8_t reference)
{
        for (unsigned i = 0; i < card->chv_count; i++) {
                if (card->chvs[i].reference == reference)
                        return &card->chvs[i];
        }
        return NULL;
}

/* P2: a reference, or 00 for all. */
static uint16_t deauthenticate(struct sim_card *card, const struct sim_apdu *apdu)
{
        if (apdu->p1 != 0x00 || apdu->p2 > LAST)
                return SIM_SW_BAD_P1P2;
        if (apdu->data_len != 0)
                return SIM_SW_WRONG_LENGTH;
        if (apdu->p2 != 0 && find(card, apdu->p2) == NULL)
                return SIM_SW_NO_REFERENCE;
        for (unsigned i = 0; i < card->chv_count; i++) {
                if (apdu->p2 == 0 || card->chvs[i].reference == apdu->p2)
                        card->chvs[i].verified = false;
        }
        return SIM_SW_OK;
}

static uint16_t chv_command(struct sim_card *card, const struct sim_apdu *apdu)
{
        struct sim_chv *chv = find(card, apdu->p2);

        if (apdu->p1 != 0x00)
                return SIM_SW_BAD_P1P2;
        if (chv == NULL)
                return SIM_SW_NO_REFERENCE;
        if (apdu->ins == 0x20)
                return sim_chv_verify(chv, apdu->data, apdu->data_len);
        if (apdu->data_len != 16)
                return SIM_SW_WRONG_LENGTH;
        if (apdu->ins == 0x24)
                return sim_chv_change(chv, 0x00, apdu->data, apdu->data_len);
        return sim_chv_reset_counter(chv, 0x00, apdu->data, apdu->data_len);
}

/* GET DATA 01A1: the identifiers of what is in the current DF. */
static uint16_t list(const struct sim_card *card, const struct sim_apdu *apdu, struct sim_answer *answer)
{
        if (apdu->p1 != 0x01 || apdu->p2 != 0xA1)
                return SIM_SW_NO_REFERENCE;
        if (apdu->data_len != 0 || !apdu->has_le)
                return SIM_SW_WRONG_LENGTH;
        for (unsigned i = 1; i < card->files.count; i++) {
                const uint8_t id[] = {(uint8_t)(files[i].fid >> 8), (uint8_t)files[i].fid};

                if (files[i].parent == card->files.df && !sim_answer_put(answer, id, sizeof id))
                        return SIM_SW_FAILED;
        }
        return SIM_SW_OK;
}

static uint16_t command(struct sim_card *card, const struct sim_apdu *apdu, struct sim_answer *answer)
{
        switch (apdu->ins) {
        case 0x20: /* VERIFY */
        case 0x24: /* CHANGE REFERENCE DATA */
        case 0x2C: /* RESET RETRY COUNTER */
                return chv_command(card, apdu);
        case 0x2E:
                return deauthenticate(card, apdu);
        case 0x84:
                return sim_card_challenge(apdu, answer);
        case 0xA4:
                return sim_files_select(card, apdu, answer);
        case 0xB0:
                return sim_files_read(card, apdu, answer);
        case 0xCA:
                return list(card, apdu, answer);
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
        case 0xCA:
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

const struct sim_profile sim_profile_myeid = {
    .name = "myeid",
    .classes = SIM_CLASS_A | SIM_CLASS_B | SIM_CLASS_C,
    .fidi = 0x96,
    .files = files,
    .file_count = sizeof files / sizeof files[0],
    .historical = historical,
    .deliver = deliver,
    .command = command,
    .direction = direction,
};
