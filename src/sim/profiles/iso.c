/*
 * iso.c - a plain ISO/IEC 7816-4 card. Its tree (read / write: who may):
 *
 *   3F00  MF
 *     2F00  EF.DIR, SFI 1E                            always / never
 *     2F01  EF.ATR/INFO                               always / never
 *     2F02  serial number, SFI 02                     always / never
 *     2F10  protected, SFI 10, 64 bytes               CHV 1 / CHV 1
 *     2F20  32,768 bytes, byte i is (i ^ i >> 8)      always / always
 *     2F21  40,000 bytes, the same                    always / always
 *     2F30  linear fixed, SFI 11: 3 of 5 records of 16 bytes
 *     2F31  linear variable, SFI 12: 3 of 6 records of up to 32 bytes
 *     2F32  cyclic, SFI 13: 3 of 4 records of 8 bytes always / always
 *     2F40  16 bytes                                  key 1 / key 2
 *     2F41  16 bytes, WRITE BINARY is OR              always / always
 *     0011  DF
 *       6F01  SFI 01, 128 bytes                       always / always
 *       6F02  SFI 02, 64 bytes                        CHV 1 / CHV 1
 *     5000  DF, name F0 69 73 63 61 72 64 01, knows reference 82
 *       5001  SFI 01, 64 bytes, local                 CHV 82 / CHV 82
 *       5002  SFI 02, 64 bytes                        always / CHV 82
 *
 * Codes: 01 (global) and 82 (local to DF 5000): "1234", 3 tries, unblocked by "12345678", 10 tries. Any wrong
 * value of 1 to 16 bytes is an attempt. New codes: 4 to 16 bytes. Keys: 1 (3DES) and 2 (AES-128) of 40 41 ... 4F,
 * 3 (AES-256) of 00 01 ... 1F; 5 tries. Files that were created can be deleted. It has no log-out command: only a reset
 * ends what VERIFY opened.
 */
#include <string.h>

#include "sim/card.h"

static const uint8_t aid_mf[] = {0xF0, 'i', 's', 'c', 'a', 'r', 'd'};
static const uint8_t aid_df[] = {0xF0, 'i', 's', 'c', 'a', 'r', 'd', 0x01};

static const uint8_t ef_dir[] = {0x61, 17,   0x4F, 8,    0xF0, 'i',  's',  'c',  'a', 'r',
                                 'd',  0x01, 0x51, 0x04, 0x3F, 0x00, 0x50, 0x00, 0};
static const uint8_t ef_atr[] = {0x43, 1,    0xF8, 0x47, 3,    0xF4, 0x01, 0x40, 0x7F, 0x66,
                                 8,    0x02, 2,    0xFF, 0xFF, 0x02, 2,    0xFF, 0xFF};
static const uint8_t ef_serial[] = {0x5A, 8, 0x12, 0x09, 0x00, 0x01, 0x00, 0x00, 0x00, 0x01};
static const char ef_protected[64] = "read after VERIFY of reference 1";
static const char ef_local[64] = "read after VERIFY of the local reference 2";

/* Places of records: the length, then room for the longest. */
static const uint8_t ef_fixed[5 * 17] = {16, 'f', 'i', 'r', 's', 't', 0,   0, 0, 0, 0, 0, 0, 0, 0, 0, 0, /* */
                                         16, 's', 'e', 'c', 'o', 'n', 'd', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, /* */
                                         16, 't', 'h', 'i', 'r', 'd', 0};
static const uint8_t ef_variable[6 * 33] = {[0] = 3, 'o', 'n', 'e', [33] = 8, 't',      'w', 'o',
                                            ' ',     'a', 'n', 'd', '.',      [66] = 1, '3'};
static const uint8_t ef_cyclic[4 * 9] = {
    [0] = 8, 'n', 'e', 'w', 'e',      's', 't', 0,   0,   [9] = 8, 'm', 'i', 'd', 'd',
    'l',     'e', 0,   0,   [18] = 8, 'o', 'l', 'd', 'e', 's',     't', 0,   0};

static const uint8_t key_bytes[] = {0x40, 0x41, 0x42, 0x43, 0x44, 0x45, 0x46, 0x47,
                                    0x48, 0x49, 0x4A, 0x4B, 0x4C, 0x4D, 0x4E, 0x4F};
static const uint8_t key_long[] = {0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0A,
                                   0x0B, 0x0C, 0x0D, 0x0E, 0x0F, 0x10, 0x11, 0x12, 0x13, 0x14, 0x15,
                                   0x16, 0x17, 0x18, 0x19, 0x1A, 0x1B, 0x1C, 0x1D, 0x1E, 0x1F};
static const struct sim_key keys[] = {
    {.reference = 1, .algorithm = 0x03, .len = sizeof key_bytes, .value = key_bytes},
    {.reference = 2, .algorithm = 0x08, .len = sizeof key_bytes, .value = key_bytes},
    {.reference = 3, .algorithm = 0x0C, .len = sizeof key_long, .value = key_long},
};

#define CHV_GLOBAL 0x01
#define CHV_LOCAL  0x82
#define DF_LOCAL   9 /* index of DF 5000 */
#define CODE_MAX   16

/* clang-format off */
#define DF(id, in)                                                                                           \
        .kind = SIM_DF, .fid = (id), .parent = (in), .read = SIM_ALWAYS, .write = SIM_NEVER
#define EF(id, in, short_id, reader, writer)                                                                 \
        .kind = SIM_EF, .fid = (id), .parent = (in), .sfi = (short_id), .read = (reader), .write = (writer)

static const struct sim_file files[] = {
    [0] = {DF(0x3F00, 0), .aid = aid_mf, .aid_len = sizeof aid_mf},
    [1] = {EF(0x2F00, 0, 0x1E, SIM_ALWAYS, SIM_NEVER), .size = sizeof ef_dir, .content = ef_dir},
    [2] = {EF(0x2F01, 0, 0, SIM_ALWAYS, SIM_NEVER), .size = sizeof ef_atr, .content = ef_atr},
    [3] = {EF(0x2F02, 0, 0x02, SIM_ALWAYS, SIM_NEVER), .size = sizeof ef_serial, .content = ef_serial},
    [4] = {EF(0x2F10, 0, 0x10, CHV_GLOBAL, CHV_GLOBAL), .size = sizeof ef_protected, .content = ef_protected},
    [5] = {EF(0x2F20, 0, 0, SIM_ALWAYS, SIM_ALWAYS), .size = 32768},
    [6] = {DF(0x0011, 0)},
    [7] = {EF(0x6F01, 6, 0x01, SIM_ALWAYS, SIM_ALWAYS), .size = 128},
    [8] = {EF(0x6F02, 6, 0x02, CHV_GLOBAL, CHV_GLOBAL), .size = 64},
    [DF_LOCAL] = {DF(0x5000, 0), .aid = aid_df, .aid_len = sizeof aid_df},
    [10] = {EF(0x5001, DF_LOCAL, 0x01, CHV_LOCAL, CHV_LOCAL), .size = sizeof ef_local, .content = ef_local},
    [11] = {EF(0x5002, DF_LOCAL, 0x02, SIM_ALWAYS, CHV_LOCAL), .size = 64},
    [12] = {EF(0x2F21, 0, 0, SIM_ALWAYS, SIM_ALWAYS), .size = 40000},
    [13] = {EF(0x2F30, 0, 0x11, SIM_ALWAYS, SIM_ALWAYS), .structure = SIM_FIXED, .record_size = 16, .records = 3,
            .record_max = 5, .size = sizeof ef_fixed, .content = ef_fixed},
    [14] = {EF(0x2F31, 0, 0x12, SIM_ALWAYS, SIM_ALWAYS), .structure = SIM_VARIABLE, .record_size = 32, .records = 3,
            .record_max = 6, .size = sizeof ef_variable, .content = ef_variable},
    [15] = {EF(0x2F32, 0, 0x13, SIM_ALWAYS, SIM_ALWAYS), .structure = SIM_CYCLIC, .record_size = 8, .records = 3,
            .record_max = 4, .size = sizeof ef_cyclic, .content = ef_cyclic},
    [16] = {EF(0x2F40, 0, 0, SIM_KEY(1), SIM_KEY(2)), .size = 16},
    [17] = {EF(0x2F41, 0, 0, SIM_ALWAYS, SIM_ALWAYS), .size = 16, .coding = SIM_WRITE_OR},
};
/* clang-format on */

/* Category 80: compact TLV. Card service data, capabilities, and a name. ISO/IEC 7816-4 12.1.1 */
static size_t historical(bool extended, uint8_t *out)
{
        const uint8_t bytes[] = {
            0x80,
            0x31,
            0xF8, /* selection by DF name, EF.DIR, EF.ATR; an MF is there */
            0x73,
            0xF4, /* selection by name, part of one, path, identifier; short identifiers */
            0x01, /* data unit: one byte */
            (uint8_t)(extended ? 0x40 : 0x00), /* extended Lc and Le */
            0x66,                              /* pre-issuing data */
            'i',
            's',
            'c',
            'a',
            'r',
            'd'};
        memcpy(out, bytes, sizeof bytes);
        return sizeof bytes;
}

static uint16_t format(const uint8_t *value, size_t len)
{
        (void)value;
        return len <= CODE_MAX ? SIM_SW_OK : SIM_SW_WRONG_LENGTH;
}

static uint16_t format_new(const uint8_t *value, size_t len)
{
        (void)value;
        return len >= 4 && len <= CODE_MAX ? SIM_SW_OK : SIM_SW_BAD_DATA;
}

static void deliver(struct sim_card *card)
{
        for (unsigned i = 0; i < 2; i++) {
                struct sim_code *code = card->codes + i, *unblock = card->codes + 2 + i;
                sim_code_set(code, "1234", 3);
                sim_code_set(unblock, "12345678", 10);
                card->chvs[i] = (struct sim_chv){.reference = i == 0 ? CHV_GLOBAL : CHV_LOCAL,
                                                 .directory = i == 0 ? 0 : DF_LOCAL,
                                                 .code = code,
                                                 .unblock = unblock,
                                                 .can_disable = true,
                                                 .format = format,
                                                 .format_new = format_new};
        }
        card->chv_count = 2;
        sim_auth_deliver(&card->auth, keys, sizeof keys / sizeof keys[0]);
}

static uint16_t chv_command(struct sim_card *card, const struct sim_apdu *apdu)
{
        struct sim_chv *chv = NULL;

        for (unsigned i = 0; i < card->chv_count; i++) {
                struct sim_chv *one = &card->chvs[i];
                if (one->reference == apdu->p2 && (one->directory == 0 || one->directory == card->files.df))
                        chv = one;
        }
        if (apdu->ins == 0x20 && apdu->p1 != 0x00)
                return SIM_SW_BAD_P1P2; /* log-out too: this card does not know it */
        if (chv == NULL)
                return SIM_SW_NO_REFERENCE;
        switch (apdu->ins) {
        case 0x20:
                return sim_chv_verify(chv, apdu->data, apdu->data_len);
        case 0x24:
                return sim_chv_change(chv, apdu->p1, apdu->data, apdu->data_len);
        case 0x26:
        case 0x28:
                return sim_chv_require(chv, apdu->ins == 0x28, apdu->p1, apdu->data, apdu->data_len);
        default:
                return sim_chv_reset_counter(chv, apdu->p1, apdu->data, apdu->data_len);
        }
}

static uint16_t command(struct sim_card *card, const struct sim_apdu *apdu, struct sim_answer *answer)
{
        if (apdu->ins != 0x82)
                sim_auth_forget(&card->auth);
        switch (apdu->ins) {
        case 0x20: /* VERIFY */
        case 0x24: /* CHANGE REFERENCE DATA */
        case 0x26: /* DISABLE VERIFICATION REQUIREMENT */
        case 0x28: /* ENABLE VERIFICATION REQUIREMENT */
        case 0x2C: /* RESET RETRY COUNTER */
                return chv_command(card, apdu);
        case 0x82:
                return sim_auth_external(&card->auth, apdu, answer);
        case 0x84:
                return sim_auth_challenge(&card->auth, apdu, answer);
        case 0x88:
                return sim_auth_internal(&card->auth, apdu, answer);
        case 0x0E:
                return sim_binary_erase(card, apdu);
        case 0x0F:
                return sim_binary_erase_odd(card, apdu);
        case 0xB1:
                return sim_binary_read_odd(card, apdu, answer);
        case 0xD0:
                return sim_binary_write(card, apdu);
        case 0xD7:
                return sim_binary_update_odd(card, apdu);
        case 0x0C: /* ERASE RECORD */
        case 0xB2: /* READ RECORD */
        case 0xD2: /* WRITE RECORD */
        case 0xDC: /* UPDATE RECORD */
        case 0xE2: /* APPEND RECORD */
                return sim_records_command(card, apdu, answer);
        case 0x04: /* DEACTIVATE FILE */
        case 0x44: /* ACTIVATE FILE */
        case 0xDA: /* PUT DATA */
        case 0xE0: /* CREATE FILE */
        case 0xE4: /* DELETE FILE */
                return sim_manage_command(card, apdu);
        case 0xA4:
                return sim_files_select(card, apdu, answer);
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
        case 0xB2:
                return SIM_FROM_CARD;
        case 0x04:
        case 0x0C:
        case 0x0E:
        case 0x0F:
        case 0x44:
        case 0x82:
        case 0x88:
        case 0xB1:
        case 0xD0:
        case 0xD2:
        case 0xD7:
        case 0xDA:
        case 0xDC:
        case 0xE0:
        case 0xE2:
        case 0xE4:
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

const struct sim_profile sim_profile_iso = {
    .name = "iso",
    .classes = SIM_CLASS_A | SIM_CLASS_B | SIM_CLASS_C,
    .classes_in_atr = false,
    .fidi = 0x96, /* Fi 512, Di 32 */
    .files = files,
    .file_count = sizeof files / sizeof files[0],
    .historical = historical,
    .deliver = deliver,
    .reset = NULL,
    .command = command,
    .direction = direction,
};
