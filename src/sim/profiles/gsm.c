/*
 * gsm.c - a SIM card of GSM (3GPP TS 51.011): class A0, files, CHV1 and CHV2. Its tree (read / update):
 *
 *   3F00  MF
 *     2FE2  ICC identification, 10 bytes      always / never
 *     7F10  telecom
 *       6F3A  abbreviated numbers, linear fixed, 3 records of 16 bytes: CHV1 / CHV1
 *       6F3B  fixed numbers, 32 bytes         CHV1 / CHV2
 *     7F20  GSM
 *       6F07  IMSI, 9 bytes                   CHV1 / never
 *       6FAE  phase, 1 byte                   always / never
 *
 * Codes: CHV1 "1234", CHV2 "5678", 3 tries; UNBLOCK CHV1 "12345678", UNBLOCK CHV2 "87654321", 10 tries. All
 * are eight bytes, filled up with FF; any eight bytes are an attempt, others are 6700. P3 of a command on a record
 * has to be its length, else 67xx.
 */
#include <string.h>

#include "sim/card.h"

#define CHV1 0x01
#define CHV2 0x02

/* Status words, 9.4 */
#define SW_NO_EF_SELECTED 0x9400u
#define SW_OUT_OF_RANGE   0x9402u
#define SW_NOT_FOUND      0x9404u
#define SW_NOT_SUCH_FILE  0x9408u
#define SW_NO_CHV         0x9802u
#define SW_REFUSED        0x9804u /* not fulfilled, or a wrong CHV with attempts left */
#define SW_CONTRADICTION  0x9808u
#define SW_BLOCKED        0x9840u
#define SW_BAD_P1P2       0x6B00u

static const uint8_t ef_iccid[] = {0x98, 0x10, 0x32, 0x54, 0x76, 0x98, 0x10, 0x32, 0x54, 0xF6};
static const uint8_t ef_imsi[] = {0x08, 0x09, 0x10, 0x10, 0x32, 0x54, 0x76, 0x98, 0x10};
static const uint8_t ef_phase[] = {0x03};
static const uint8_t ef_numbers[3 * 17] = {16, 'P', 'o', 'l', 'i', 'c', 'e', [17] = 16, 'F', [34] = 16, 'A'};

#define EF(id, in, reader, writer)                                                                           \
        .kind = SIM_EF, .fid = (id), .parent = (in), .read = (reader), .write = (writer)
static const struct sim_file files[] = {
    [0] = {.kind = SIM_DF, .fid = 0x3F00},
    [1] = {EF(0x2FE2, 0, SIM_ALWAYS, SIM_NEVER), .size = sizeof ef_iccid, .content = ef_iccid},
    [2] = {.kind = SIM_DF, .fid = 0x7F10, .parent = 0},
    [3] = {EF(0x6F3B, 2, CHV1, CHV2), .size = 32},
    [4] = {.kind = SIM_DF, .fid = 0x7F20, .parent = 0},
    [5] = {EF(0x6F07, 4, CHV1, SIM_NEVER), .size = sizeof ef_imsi, .content = ef_imsi},
    [6] = {EF(0x6FAE, 4, SIM_ALWAYS, SIM_NEVER), .size = sizeof ef_phase, .content = ef_phase},
    [7] = {EF(0x6F3A, 2, CHV1, CHV1), .structure = SIM_FIXED, .record_size = 16, .records = 3,
           .record_max = 3, .size = sizeof ef_numbers, .content = ef_numbers},
};

/* A name, and the status indicator that SIM cards give: SELECT's answer to a directory. */
static size_t historical(bool extended, uint8_t *out)
{
        static const uint8_t bytes[] = {0x80, 0x66, 'i', 's', 'c', 'a', 'r', 'd', 0x83, 0x05, 0x9F, 0x16};
        (void)extended; /* there are no extended lengths in GSM */
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
                card->chvs[i] = (struct sim_chv){.reference = (uint8_t)(CHV1 + i),
                                                 .code = &card->codes[i],
                                                 .unblock = &card->codes[2 + i],
                                                 .can_disable = i == 0,
                                                 .format = format,
                                                 .format_new = format};
        card->chv_count = 2;
}

/* ---- files */

static uint16_t file_sw(uint16_t sw)
{
        switch (sw) {
        case SIM_SW_NO_FILE:
                return SW_NOT_FOUND;
        case SIM_SW_NO_CURRENT_EF:
                return SW_NO_EF_SELECTED;
        case SIM_SW_SECURITY:
                return SW_REFUSED;
        case SIM_SW_BAD_OFFSET:
        case SIM_SW_NO_RECORD:
        case SIM_SW_END_OF_FILE:
        case SIM_SW_NO_ROOM:
                return SW_OUT_OF_RANGE;
        case SIM_SW_WRONG_KIND:
                return SW_NOT_SUCH_FILE;
        default:
                return sw;
        }
}

static uint8_t code_status(const struct sim_code *code)
{
        return (uint8_t)(0x80 | code->tries); /* initialised */
}

/* The answer of an MF or DF. 9.2.1 */
static bool put_directory(const struct sim_card *card, struct sim_answer *answer, size_t most)
{
        const struct sim_file *df = &files[card->files.df];
        uint8_t out[22] = {[4] = (uint8_t)(df->fid >> 8),
                           [5] = (uint8_t)df->fid,
                           [6] = card->files.df == 0 ? 0x01 : 0x02,
                           [12] = 9, /* bytes behind */
                           [13] = (uint8_t)(card->chvs[0].disabled ? 0x80 : 0x00),
                           [16] = 4}; /* CHVs, UNBLOCK CHVs */

        for (unsigned i = 1; i < card->files.count; i++) {
                if (files[i].parent == card->files.df)
                        out[files[i].kind == SIM_DF ? 14 : 15]++;
        }
        out[18] = code_status(card->chvs[0].code);
        out[19] = code_status(card->chvs[0].unblock);
        out[20] = code_status(card->chvs[1].code);
        out[21] = code_status(card->chvs[1].unblock);
        return sim_answer_put(answer, out, most < sizeof out ? most : sizeof out);
}

static uint8_t condition(uint8_t who)
{
        return who == SIM_NEVER ? 0x0F : who; /* ALW is 0, CHV1 1, CHV2 2. 9.3 */
}

/* The answer of an EF, transparent or linear fixed. 9.2.1 */
static bool put_file(const struct sim_file *ef, struct sim_answer *answer)
{
        const bool records = sim_file_has_records(ef);
        const unsigned size = records ? (unsigned)ef->records * ef->record_size : ef->size;
        const uint8_t out[15] = {[2] = (uint8_t)(size >> 8),
                                 [3] = (uint8_t)size,
                                 [4] = (uint8_t)(ef->fid >> 8),
                                 [5] = (uint8_t)ef->fid,
                                 [6] = 0x04,
                                 [8] = (uint8_t)(condition(ef->read) << 4 | condition(ef->write)),
                                 [9] = 0xFF,
                                 [10] = 0xFF,
                                 [11] = 0x01, /* not invalidated */
                                 [12] = 2,
                                 [13] = records ? 0x01 : 0x00,
                                 [14] = ef->record_size};
        return sim_answer_put(answer, out, sizeof out);
}

static uint16_t gsm_select(struct sim_card *card, const struct sim_apdu *apdu, struct sim_answer *answer)
{
        struct sim_apdu by_identifier = *apdu;

        if (apdu->p1 != 0 || apdu->p2 != 0)
                return SW_BAD_P1P2;
        if (apdu->data_len != 2)
                return SIM_SW_WRONG_LENGTH;
        by_identifier.p2 = 0x0C; /* ISO/IEC 7816-4: no data; the answer is GSM's own */
        const uint16_t sw = sim_files_select(card, &by_identifier, answer);
        if (sw != SIM_SW_OK)
                return file_sw(sw);
        const bool put =
            card->files.ef != 0 ? put_file(&files[card->files.ef], answer) : put_directory(card, answer, 22);
        return put ? SIM_SW_OK : SIM_SW_FAILED;
}

static uint16_t gsm_status(const struct sim_card *card, const struct sim_apdu *apdu,
                           struct sim_answer *answer)
{
        if (apdu->p1 != 0 || apdu->p2 != 0)
                return SW_BAD_P1P2;
        return put_directory(card, answer, apdu->ne) ? SIM_SW_OK : SIM_SW_FAILED;
}

/* READ RECORD, UPDATE RECORD of the number in P1. 8.5, 8.6 */
static uint16_t gsm_record(struct sim_card *card, const struct sim_apdu *apdu, struct sim_answer *answer)
{
        const struct sim_file *ef = &files[card->files.ef];
        const size_t p3 = apdu->ins == 0xB2 ? apdu->ne : apdu->data_len;

        if (card->files.ef != 0 && sim_file_has_records(ef) && p3 != ef->record_size)
                return (uint16_t)(SIM_SW_WRONG_LENGTH | ef->record_size);
        return apdu->p2 == 0x04 ? file_sw(sim_records_command(card, apdu, answer)) : SW_BAD_P1P2;
}

/* ---- CHVs */

static uint16_t chv_sw(uint16_t sw)
{
        if ((sw & 0xFFF0) == SIM_SW_WRONG_CODE)
                return sw == SIM_SW_WRONG_CODE ? SW_BLOCKED : SW_REFUSED;
        switch (sw) {
        case SIM_SW_BLOCKED:
                return SW_BLOCKED;
        case SIM_SW_CONDITIONS:
                return SW_CONTRADICTION;
        default:
                return sw;
        }
}

/* Enabled again and fulfilled. 8.13 */
static uint16_t gsm_unblock(struct sim_chv *chv, const struct sim_apdu *apdu)
{
        if (apdu->data_len != 16)
                return SIM_SW_WRONG_LENGTH;
        const uint16_t sw = sim_chv_reset_counter(chv, 0x00, apdu->data, apdu->data_len);
        if (sw == SIM_SW_OK) {
                chv->disabled = false;
                chv->verified = true;
        }
        return sw;
}

static uint16_t gsm_chv(struct sim_card *card, const struct sim_apdu *apdu)
{
        const bool unblock = apdu->ins == 0x2C;
        const size_t codes = unblock || apdu->ins == 0x24 ? 2 : 1;
        const uint8_t number = unblock && apdu->p2 == 0x00 ? CHV1 : apdu->p2; /* 9.2.13 */

        if (apdu->p1 != 0)
                return SW_BAD_P1P2;
        if ((number != CHV1 && number != CHV2) || (unblock && apdu->p2 == CHV1))
                return SW_NO_CHV;
        if (apdu->data_len != 8 * codes)
                return SIM_SW_WRONG_LENGTH;
        struct sim_chv *chv = &card->chvs[number - CHV1];
        switch (apdu->ins) {
        case 0x20: /* of a CHV that is enabled. 8.9 */
                return chv->disabled ? SW_CONTRADICTION
                                     : chv_sw(sim_chv_verify(chv, apdu->data, apdu->data_len));
        case 0x24:
                return chv->disabled ? SW_CONTRADICTION
                                     : chv_sw(sim_chv_change(chv, 0x00, apdu->data, apdu->data_len));
        case 0x26:
        case 0x28:
                return chv_sw(sim_chv_require(chv, apdu->ins == 0x28, 0x00, apdu->data, apdu->data_len));
        default:
                return chv_sw(gsm_unblock(chv, apdu));
        }
}

static uint16_t command(struct sim_card *card, const struct sim_apdu *apdu, struct sim_answer *answer)
{
        switch (apdu->ins) {
        case 0x20: /* VERIFY CHV */
        case 0x24: /* CHANGE CHV */
        case 0x26: /* DISABLE CHV */
        case 0x28: /* ENABLE CHV */
        case 0x2C: /* UNBLOCK CHV */
                return gsm_chv(card, apdu);
        case 0xA4:
                return gsm_select(card, apdu, answer);
        case 0xB0:
                return file_sw(sim_files_read(card, apdu, answer));
        case 0xD6:
                return file_sw(sim_files_update(card, apdu));
        case 0xB2:
        case 0xDC:
                return gsm_record(card, apdu, answer);
        case 0xF2:
                return gsm_status(card, apdu, answer);
        default:
                return SIM_SW_NO_INS;
        }
}

static enum sim_direction direction(uint8_t ins)
{
        switch (ins) {
        case 0xB0:
        case 0xB2:
        case 0xF2:
                return SIM_FROM_CARD;
        case 0x20:
        case 0x24:
        case 0x26:
        case 0x28:
        case 0x2C:
        case 0xA4:
        case 0xD6:
        case 0xDC:
                return SIM_TO_CARD;
        default:
                return SIM_UNKNOWN;
        }
}

const struct sim_profile sim_profile_gsm = {
    .name = "gsm",
    .classes = SIM_CLASS_A | SIM_CLASS_B,
    .fidi = 0x95,
    .cla = 0xA0,
    .more_sw1 = 0x9F, /* 9.4.1 */
    .files = files,
    .file_count = sizeof files / sizeof files[0],
    .historical = historical,
    .deliver = deliver,
    .command = command,
    .direction = direction,
};
