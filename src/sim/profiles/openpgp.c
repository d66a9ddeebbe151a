/*
 * openpgp.c - an OpenPGP card, version 3.4, without keys ("Functional Specification of the OpenPGP application
 * on ISO Smart Card Operating Systems"): its passwords, and a few data objects.
 *
 * Codes: PW1 "123456" behind references 81 (signatures) and 82 (everything else), PW3 "12345678" behind 83, no
 * resetting code; 3 tries each. A wrong code is answered with 6982, and 6983 once it is blocked (7.2.2). Codes
 * have up to 64 bytes, as data object C4 says. Data object F9 says whether the host derives them first (4.3.2).
 */
#include <string.h>

#include "core/wipe.h"

#include "sim/card.h"

enum { CHV_SIGN, CHV_OTHER, CHV_ADMINISTRATOR }; /* of card->chvs */
enum { CODE_PW1, CODE_PW3, CODE_RESETTING };     /* of card->codes */

#define REFERENCE_FIRST 0x81
#define TRIES           3
#define CODE_MAX        64
#define DO_MAX          32  /* bytes of a data object for private use */
#define KDF_MAX         174 /* bytes of the longest F9: three salts, two SHA-512 hashes */
#define TAG_KDF         0x00F9

/* RID, application, version 3.4, manufacturer FFFE (tests), serial number. 4.2.1 */
static const uint8_t aid[] = {0xD2, 0x76, 0x00, 0x01, 0x24, 0x01, 0x03, 0x04,
                              0xFF, 0xFE, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00};
#define AID_SHORTEST 6

/* Data objects for private use, 0101 to 0104: a byte with the length, and the value. 4.4.3.1 */
static const uint8_t empty[1 + DO_MAX];
/* The same of F9 at delivery: codes are what the card holder types. 4.3.2 */
static const uint8_t kdf_none[1 + KDF_MAX] = {3, 0x81, 1, 0x00};

#define PRIVATE(tag, reader, writer)                                                                         \
        {                                                                                                    \
                .kind = SIM_EF, .fid = (tag), .size = sizeof empty, .content = empty, .read = (reader),      \
                .write = (writer)                                                                            \
        }
static const struct sim_file files[] = {
    {.kind = SIM_DF, .fid = 0x3F00, .write = SIM_NEVER},
    PRIVATE(0x0101, SIM_ALWAYS, 0x82),
    PRIVATE(0x0102, SIM_ALWAYS, 0x83),
    PRIVATE(0x0103, 0x82, 0x82),
    PRIVATE(0x0104, 0x83, 0x83),
    {.kind = SIM_EF, .fid = TAG_KDF, .size = sizeof kdf_none, .content = kdf_none, .write = 0x83},
};

/* Service data, capabilities, status indicator with the life cycle "operational". Chapter 6 */
static size_t historical(bool extended, uint8_t *out)
{
        const uint8_t bytes[] = {0x00, 0x31, 0xF5, 0x73, 0xC0, 0x01, (uint8_t)(extended ? 0x40 : 0x00),
                                 0x05, 0x90, 0x00};
        memcpy(out, bytes, sizeof bytes);
        return sizeof bytes;
}

static uint16_t format_pw1(const uint8_t *value, size_t len)
{
        (void)value;
        return len >= 6 && len <= CODE_MAX ? SIM_SW_OK : SIM_SW_BAD_DATA;
}

static uint16_t format_pw3(const uint8_t *value, size_t len)
{
        (void)value;
        return len >= 8 && len <= CODE_MAX ? SIM_SW_OK : SIM_SW_BAD_DATA;
}

static void deliver(struct sim_card *card)
{
        sim_code_set(&card->codes[CODE_PW1], "123456", TRIES);
        sim_code_set(&card->codes[CODE_PW3], "12345678", TRIES);
        /* The resetting code has no tries until it is set. 4.3.4 */
        card->codes[CODE_RESETTING].tries_max = TRIES;
        for (unsigned i = 0; i < 3; i++) {
                const bool pw3 = i == CHV_ADMINISTRATOR;
                card->chvs[i] = (struct sim_chv){.reference = (uint8_t)(REFERENCE_FIRST + i),
                                                 .code = &card->codes[pw3 ? CODE_PW3 : CODE_PW1],
                                                 .unblock = pw3 ? NULL : &card->codes[CODE_RESETTING],
                                                 .format = pw3 ? format_pw3 : format_pw1,
                                                 .format_new = pw3 ? format_pw3 : format_pw1};
        }
        card->chv_count = 3;
}

static void forget(struct sim_card *card)
{
        for (unsigned i = 0; i < card->chv_count; i++)
                card->chvs[i].verified = false;
}

static uint16_t pgp_select(struct sim_card *card, const struct sim_apdu *apdu)
{
        if (apdu->p1 != 0x04 || apdu->p2 != 0x00)
                return SIM_SW_BAD_P1P2;
        if (apdu->data_len < AID_SHORTEST || apdu->data_len > sizeof aid ||
            memcmp(apdu->data, aid, apdu->data_len) != 0)
                return SIM_SW_NO_FILE;
        card->application = true;
        forget(card);
        return SIM_SW_OK;
}

/* PW wrong, or PW blocked. 7.2.2 */
static uint16_t wrong(uint16_t sw)
{
        return (sw & 0xFFF0) == SIM_SW_WRONG_CODE ? SIM_SW_SECURITY : sw;
}

static uint16_t pgp_verify(struct sim_card *card, const struct sim_apdu *apdu)
{
        const unsigned at = (unsigned)apdu->p2 - REFERENCE_FIRST;

        if (at >= card->chv_count)
                return SIM_SW_NO_REFERENCE;
        if (apdu->p1 == 0xFF) {
                if (apdu->data_len != 0)
                        return SIM_SW_BAD_DATA;
                card->chvs[at].verified = false;
                return SIM_SW_OK;
        }
        if (apdu->p1 != 0x00)
                return SIM_SW_BAD_P1P2;
        const uint16_t sw = sim_chv_verify(&card->chvs[at], apdu->data, apdu->data_len);
        return apdu->data_len != 0 ? wrong(sw) : sw;
}

static uint16_t pgp_change(struct sim_card *card, const struct sim_apdu *apdu)
{
        if (apdu->p1 != 0x00)
                return SIM_SW_BAD_P1P2;
        if (apdu->p2 != 0x81 && apdu->p2 != 0x83)
                return SIM_SW_NO_REFERENCE;
        return wrong(
            sim_chv_change(&card->chvs[apdu->p2 - REFERENCE_FIRST], 0x00, apdu->data, apdu->data_len));
}

static uint16_t pgp_reset_counter(struct sim_card *card, const struct sim_apdu *apdu)
{
        struct sim_chv *pw1 = &card->chvs[CHV_SIGN];
        uint16_t sw;

        if (apdu->p1 != 0x00 && apdu->p1 != 0x02)
                return SIM_SW_BAD_P1P2;
        if (apdu->p2 != 0x81)
                return SIM_SW_NO_REFERENCE;
        /* P1 02: PW3 stands for the resetting code. 7.2.4 */
        if (apdu->p1 == 0x02) {
                if (!card->chvs[CHV_ADMINISTRATOR].verified)
                        return SIM_SW_SECURITY;
                pw1->verified = true;
        }
        sw = sim_chv_reset_counter(pw1, apdu->p1, apdu->data, apdu->data_len);
        pw1->verified = card->chvs[CHV_OTHER].verified = false;
        return wrong(sw);
}

/* ---- data objects */

static void password_status(const struct sim_card *card, uint8_t out[7])
{
        out[0] = 0x00; /* PW1 as 81 serves one signature */
        out[1] = out[2] = out[3] = CODE_MAX;
        out[4] = card->codes[CODE_PW1].tries;
        out[5] = card->codes[CODE_RESETTING].tries;
        out[6] = card->codes[CODE_PW3].tries;
}

/* Application related data, 6E: AID, historical bytes, and in 73 the extended capabilities and C4. 4.4.1 */
static uint16_t put_related(const struct sim_card *card, struct sim_answer *answer)
{
        static const uint8_t capabilities[] = {0xC0, 10,   0x49, 0x00,   0x00, 0xFF,
                                               0x00, 0x00, 0x00, DO_MAX, 0x00, 0x00};
        uint8_t bytes[15], status[7];
        const uint8_t len = (uint8_t)historical(card->extended, bytes);
        const uint8_t discretionary = sizeof capabilities + 2 + sizeof status;
        const uint8_t head[] = {0x6E, (uint8_t)(2 + sizeof aid + 3 + len + 2 + discretionary), 0x4F,
                                sizeof aid};
        const uint8_t name[] = {0x5F, 0x52, len}, inner[] = {0x73, discretionary},
                      tag[] = {0xC4, sizeof status};

        password_status(card, status);
        return sim_answer_put(answer, head, sizeof head) && sim_answer_put(answer, aid, sizeof aid) &&
                       sim_answer_put(answer, name, sizeof name) && sim_answer_put(answer, bytes, len) &&
                       sim_answer_put(answer, inner, sizeof inner) &&
                       sim_answer_put(answer, capabilities, sizeof capabilities) &&
                       sim_answer_put(answer, tag, sizeof tag) &&
                       sim_answer_put(answer, status, sizeof status)
                   ? SIM_SW_OK
                   : SIM_SW_FAILED;
}

/* The index of an object that is kept as it was put; 0: it is none. */
static unsigned find_stored(const struct sim_card *card, uint16_t tag)
{
        for (unsigned i = 1; i < card->files.count; i++) {
                if (files[i].fid == tag)
                        return i;
        }
        return 0;
}

static bool may(const struct sim_card *card, uint8_t who)
{
        return who == SIM_ALWAYS || card->chvs[who - REFERENCE_FIRST].verified;
}

static uint16_t get_stored(const struct sim_card *card, uint16_t tag, struct sim_answer *answer)
{
        const unsigned at = find_stored(card, tag);

        if (at == 0)
                return SIM_SW_NO_REFERENCE;
        if (!may(card, files[at].read))
                return SIM_SW_SECURITY;
        const uint8_t *content = card->files.content[at];
        return sim_answer_put(answer, content + 1, content[0]) ? SIM_SW_OK : SIM_SW_FAILED;
}

static uint16_t pgp_get_data(const struct sim_card *card, const struct sim_apdu *apdu,
                             struct sim_answer *answer)
{
        const uint16_t tag = (uint16_t)(apdu->p1 << 8 | apdu->p2);
        uint8_t bytes[15];
        size_t len = 0;

        if (apdu->data_len != 0)
                return SIM_SW_WRONG_LENGTH;
        switch (tag) {
        case 0x004F:
                return sim_answer_put(answer, aid, sizeof aid) ? SIM_SW_OK : SIM_SW_FAILED;
        case 0x006E:
                return put_related(card, answer);
        case 0x00C4:
                password_status(card, bytes);
                len = 7;
                break;
        case 0x5F52:
                len = historical(card->extended, bytes);
                break;
        default:
                return get_stored(card, tag, answer);
        }
        return sim_answer_put(answer, bytes, len) ? SIM_SW_OK : SIM_SW_FAILED;
}

/* DO D3: the resetting code; empty: none from now on. 4.3.4 */
static uint16_t put_resetting_code(struct sim_card *card, const struct sim_apdu *apdu)
{
        struct sim_code *code = &card->codes[CODE_RESETTING];

        if (!card->chvs[CHV_ADMINISTRATOR].verified)
                return SIM_SW_SECURITY;
        if (apdu->data_len != 0 && format_pw3(apdu->data, apdu->data_len) != SIM_SW_OK)
                return SIM_SW_BAD_DATA;
        wipe(code->value, sizeof code->value);
        if (apdu->data_len != 0)
                memcpy(code->value, apdu->data, apdu->data_len);
        code->len = (uint8_t)apdu->data_len;
        code->tries = apdu->data_len != 0 ? code->tries_max : 0;
        return SIM_SW_OK;
}

/* The value of a primitive object among those of F9; NULL: none of that length. */
static const uint8_t *kdf_part(const struct sim_apdu *apdu, uint8_t tag, size_t len)
{
        for (size_t at = 0; at + 2 <= apdu->data_len; at += 2u + apdu->data[at + 1]) {
                if (apdu->data[at] == tag)
                        return apdu->data[at + 1] == len && at + 2 + len <= apdu->data_len
                                   ? apdu->data + at + 2
                                   : NULL;
        }
        return NULL;
}

/* F9 brings the codes along that are right from now on, derived already. Off: as delivered. 4.3.2 */
static void kdf_codes(struct sim_card *card, const struct sim_apdu *apdu)
{
        const uint8_t *hash = kdf_part(apdu, 0x82, 1);
        const size_t len = hash != NULL && *hash == 0x0A ? 64 : 32;

        sim_code_set(&card->codes[CODE_PW1], "123456", TRIES);
        sim_code_set(&card->codes[CODE_PW3], "12345678", TRIES);
        for (unsigned i = 0; i < 2; i++) {
                struct sim_code *code = &card->codes[i == 0 ? CODE_PW1 : CODE_PW3];
                const uint8_t *derived = kdf_part(apdu, i == 0 ? 0x87 : 0x88, len);

                if (derived == NULL)
                        continue;
                memcpy(code->value, derived, len);
                code->len = (uint8_t)len;
        }
}

static uint16_t pgp_put_data(struct sim_card *card, const struct sim_apdu *apdu)
{
        const uint16_t tag = (uint16_t)(apdu->p1 << 8 | apdu->p2);
        const unsigned at = find_stored(card, tag);

        if (tag == 0x00D3)
                return put_resetting_code(card, apdu);
        if (at == 0)
                return SIM_SW_NO_REFERENCE;
        if (!may(card, files[at].write))
                return SIM_SW_SECURITY;
        if (apdu->data_len >= files[at].size)
                return SIM_SW_WRONG_LENGTH;
        if (tag == TAG_KDF)
                kdf_codes(card, apdu);
        card->files.content[at][0] = (uint8_t)apdu->data_len;
        if (apdu->data_len != 0)
                memcpy(card->files.content[at] + 1, apdu->data, apdu->data_len);
        return SIM_SW_OK;
}

static uint16_t command(struct sim_card *card, const struct sim_apdu *apdu, struct sim_answer *answer)
{
        if (apdu->ins == 0xA4)
                return pgp_select(card, apdu);
        if (!card->application)
                return SIM_SW_NO_INS;
        switch (apdu->ins) {
        case 0x20:
                return pgp_verify(card, apdu);
        case 0x24:
                return pgp_change(card, apdu);
        case 0x2C:
                return pgp_reset_counter(card, apdu);
        case 0x84:
                return sim_card_challenge(apdu, answer);
        case 0xCA:
                return pgp_get_data(card, apdu, answer);
        case 0xDA:
                return pgp_put_data(card, apdu);
        default:
                return SIM_SW_NO_INS; /* there are no keys */
        }
}

static enum sim_direction direction(uint8_t ins)
{
        switch (ins) {
        case 0x84:
        case 0xCA:
                return SIM_FROM_CARD;
        case 0x20:
        case 0x24:
        case 0x2C:
        case 0xA4:
        case 0xDA:
                return SIM_TO_CARD;
        default:
                return SIM_UNKNOWN;
        }
}

const struct sim_profile sim_profile_openpgp = {
    .name = "openpgp",
    .classes = SIM_CLASS_A | SIM_CLASS_B | SIM_CLASS_C,
    .fidi = 0x96,
    .files = files,
    .file_count = sizeof files / sizeof files[0],
    .historical = historical,
    .deliver = deliver,
    .command = command,
    .direction = direction,
};
