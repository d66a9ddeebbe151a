/*
 * uicc.c - a UICC (ETSI TS 102 221) with a USIM application on it. Its tree (read / update):
 *
 *   3F00  MF
 *     2F00  EF.DIR, SFI 1E                              always / never
 *     2FE2  ICC identification, SFI 02, 10 bytes        always / never
 *     7FFF  USIM, A0000000871002FF49FF0589
 *       6F07  IMSI, SFI 07, 9 bytes                     PIN 01 / never
 *       6F3B  fixed numbers, 32 bytes                   PIN 01 / PIN 81
 *       6FAD  administrative data, SFI 03, 4 bytes      always / never
 *
 * Codes: 01 "1234", and, known in the USIM alone, 81 "5678", 3 tries; unblocked by "12345678" and "87654321", 10
 * tries. All are eight bytes, filled up with FF; any eight bytes are an attempt, others are 6700. Empty VERIFY and
 * UNBLOCK tell the tries, verified or not.
 */
#include <string.h>

#include "sim/card.h"

#define PIN1          0x01
#define PIN2          0x81
#define DF_USIM       3       /* index */
#define SW_NOT_USABLE 0x6984u /* the PIN is disabled. Table 10.14 */

static const uint8_t aid_usim[] = {0xA0, 0x00, 0x00, 0x00, 0x87, 0x10, 0x02, 0xFF, 0x49, 0xFF, 0x05, 0x89};
static const uint8_t ef_dir[] = {0x61, 14,   0x4F, 12,   0xA0, 0x00, 0x00, 0x00,
                                 0x87, 0x10, 0x02, 0xFF, 0x49, 0xFF, 0x05, 0x89};
static const uint8_t ef_iccid[] = {0x98, 0x10, 0x32, 0x54, 0x76, 0x98, 0x10, 0x32, 0x54, 0xF6};
static const uint8_t ef_imsi[] = {0x08, 0x09, 0x10, 0x10, 0x32, 0x54, 0x76, 0x98, 0x10};
static const uint8_t ef_ad[] = {0x00, 0x00, 0x00, 0x02};

#define EF(id, in, short_id, reader, writer)                                                                 \
        .kind = SIM_EF, .fid = (id), .parent = (in), .sfi = (short_id), .read = (reader), .write = (writer)
static const struct sim_file files[] = {
    [0] = {.kind = SIM_DF, .fid = 0x3F00},
    [1] = {EF(0x2F00, 0, 0x1E, SIM_ALWAYS, SIM_NEVER), .size = sizeof ef_dir, .content = ef_dir},
    [2] = {EF(0x2FE2, 0, 0x02, SIM_ALWAYS, SIM_NEVER), .size = sizeof ef_iccid, .content = ef_iccid},
    [DF_USIM] = {.kind = SIM_DF, .fid = 0x7FFF, .parent = 0, .aid = aid_usim, .aid_len = sizeof aid_usim},
    [4] = {EF(0x6F07, DF_USIM, 0x07, PIN1, SIM_NEVER), .size = sizeof ef_imsi, .content = ef_imsi},
    [5] = {EF(0x6F3B, DF_USIM, 0, PIN1, PIN2), .size = 32},
    [6] = {EF(0x6FAD, DF_USIM, 0x03, SIM_ALWAYS, SIM_NEVER), .size = sizeof ef_ad, .content = ef_ad},
};

/* Card service data, card capabilities, a name. 6.3.2 */
static size_t historical(bool extended, uint8_t *out)
{
        const uint8_t bytes[] = {0x80, 0x31, 0xA0, 0x73, 0xBE, 0x21, (uint8_t)(extended ? 0x40 : 0x00),
                                 0x66, 'i',  's',  'c',  'a',  'r',  'd'};
        memcpy(out, bytes, sizeof bytes);
        return sizeof bytes;
}

static uint16_t format(const uint8_t *value, size_t len)
{
        (void)value;
        return len == 8 ? SIM_SW_OK : SIM_SW_WRONG_LENGTH;
}

static void deliver(struct sim_card *card)
{
        sim_code_set(&card->codes[0], "1234\xFF\xFF\xFF\xFF", 3);
        sim_code_set(&card->codes[1], "5678\xFF\xFF\xFF\xFF", 3);
        sim_code_set(&card->codes[2], "12345678", 10);
        sim_code_set(&card->codes[3], "87654321", 10);
        for (unsigned i = 0; i < 2; i++)
                card->chvs[i] = (struct sim_chv){.reference = i == 0 ? PIN1 : PIN2,
                                                 .directory = i == 0 ? 0 : DF_USIM,
                                                 .code = &card->codes[i],
                                                 .unblock = &card->codes[2 + i],
                                                 .can_disable = i == 0,
                                                 .format = format,
                                                 .format_new = format};
        card->chv_count = 2;
}

/* SELECT returns FCP or nothing. Table 11.2 */
static uint16_t uicc_select(struct sim_card *card, const struct sim_apdu *apdu, struct sim_answer *answer)
{
        if (apdu->p2 != 0x04 && apdu->p2 != 0x0C)
                return SIM_SW_BAD_P1P2;
        return sim_files_select(card, apdu, answer);
}

static uint16_t tell(const struct sim_code *code)
{
        return code->tries != 0 ? (uint16_t)(SIM_SW_WRONG_CODE | code->tries) : SIM_SW_BLOCKED;
}

/* The PIN is enabled again and verified. 11.1.13.1.1 */
static uint16_t uicc_unblock(struct sim_chv *chv, const struct sim_apdu *apdu)
{
        if (apdu->data_len == 0)
                return tell(chv->unblock);
        if (apdu->data_len != 16)
                return SIM_SW_WRONG_LENGTH;
        const uint16_t sw = sim_chv_reset_counter(chv, 0x00, apdu->data, apdu->data_len);
        if (sw == SIM_SW_OK) {
                chv->disabled = false;
                chv->verified = true;
        }
        return sw;
}

static uint16_t uicc_pin(struct sim_card *card, const struct sim_apdu *apdu)
{
        struct sim_chv *chv = NULL;

        for (unsigned i = 0; i < card->chv_count; i++) {
                struct sim_chv *one = &card->chvs[i];
                if (one->reference == apdu->p2 && (one->directory == 0 || one->directory == card->files.df))
                        chv = one;
        }
        if (apdu->p1 != 0x00)
                return SIM_SW_BAD_P1P2;
        if (chv == NULL)
                return SIM_SW_NO_REFERENCE;
        switch (apdu->ins) {
        case 0x20:
                if (apdu->data_len == 0)
                        return tell(chv->code);
                return chv->disabled ? SW_NOT_USABLE : sim_chv_verify(chv, apdu->data, apdu->data_len);
        case 0x24:
                if (apdu->data_len != 16)
                        return SIM_SW_WRONG_LENGTH;
                return chv->disabled ? SW_NOT_USABLE : sim_chv_change(chv, 0x00, apdu->data, apdu->data_len);
        case 0x26:
        case 0x28:
                return sim_chv_require(chv, apdu->ins == 0x28, 0x00, apdu->data, apdu->data_len);
        default:
                return uicc_unblock(chv, apdu);
        }
}

static uint16_t command(struct sim_card *card, const struct sim_apdu *apdu, struct sim_answer *answer)
{
        switch (apdu->ins) {
        case 0x20: /* VERIFY PIN */
        case 0x24: /* CHANGE PIN */
        case 0x26: /* DISABLE PIN */
        case 0x28: /* ENABLE PIN */
        case 0x2C: /* UNBLOCK PIN */
                return uicc_pin(card, apdu);
        case 0x84:
                return sim_card_challenge(apdu, answer);
        case 0xA4:
                return uicc_select(card, apdu, answer);
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
        case 0x26:
        case 0x28:
        case 0x2C:
        case 0xA4:
        case 0xD6:
                return SIM_TO_CARD;
        default:
                return SIM_UNKNOWN;
        }
}

const struct sim_profile sim_profile_uicc = {
    .name = "uicc",
    .classes = SIM_CLASS_B | SIM_CLASS_C,
    .classes_in_atr = true, /* 6.3.1: the class indicator is always there */
    .fidi = 0x96,
    .files = files,
    .file_count = sizeof files / sizeof files[0],
    .historical = historical,
    .deliver = deliver,
    .command = command,
    .direction = direction,
};
