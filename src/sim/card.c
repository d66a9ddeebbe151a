/* card.c - see card.h */
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "core/wipe.h"
#include "sim/config.h"

#include "sim/card.h"

static const struct sim_profile *const profiles[] = {
    &sim_profile_iso,  &sim_profile_piv,  &sim_profile_openpgp, &sim_profile_gsm,
    &sim_profile_uicc, &sim_profile_gids, &sim_profile_myeid,   &sim_profile_isoapplet,
};

const struct sim_profile *sim_profile_find(const char *name, size_t len)
{
        for (size_t i = 0; i < sizeof profiles / sizeof profiles[0]; i++) {
                if (strlen(profiles[i]->name) == len && memcmp(profiles[i]->name, name, len) == 0)
                        return profiles[i];
        }
        return NULL;
}

struct sim_card *sim_card_create(const struct sim_profile *profile, uint8_t protocols, bool crc,
                                 bool extended)
{
        struct sim_card *card = calloc(1, sizeof *card);
        if (card == NULL)
                return NULL;
        card->profile = profile;
        card->protocols = protocols;
        card->crc = crc;
        card->extended = extended;
        if (!sim_files_deliver(&card->files, profile->files, profile->file_count)) {
                sim_card_destroy(card);
                return NULL;
        }
        profile->deliver(card);
        return card;
}

void sim_card_destroy(struct sim_card *card)
{
        if (card == NULL)
                return;
        sim_files_free(&card->files);
        wipe(card, sizeof *card);
        free(card);
}

/* The interface bytes for T=1 and, where the profile tells them, the voltage classes. ISO/IEC 7816-3 8.3 */
static size_t atr_interface(const struct sim_card *card, uint8_t *atr)
{
        const struct sim_profile *profile = card->profile;
        const bool t1 = (card->protocols & SIM_T1) != 0;
        size_t len = 0;

        atr[len++] = profile->fidi; /* TA1 */
        if (!t1 && !profile->classes_in_atr && !card->specific)
                return len;
        const uint8_t first = (card->protocols & SIM_T0) != 0 ? 0x00 : 0x01;
        const bool more = t1 || profile->classes_in_atr;
        /* TD1: the first protocol offered; TA2 and TD2 follow, where there are any */
        atr[len++] = (uint8_t)((more ? 0x80 : 0) | (card->specific ? 0x10 : 0) | first);
        if (card->specific)
                atr[len++] = first; /* TA2: this protocol, at the speed of TA1 */
        if (t1) {
                atr[len++] = (uint8_t)((profile->classes_in_atr ? 0x80 : 0) | (card->crc ? 0x40 : 0) |
                                       0x31); /* TD2: TA3, TB3, [TC3], [TD3] for T=1 */
                atr[len++] = 0xFE;            /* TA3: IFSC 254 */
                atr[len++] = 0x45;            /* TB3: BWI 4, CWI 5 */
                if (card->crc)
                        atr[len++] = 0x01; /* TC3 */
        }
        if (profile->classes_in_atr) {
                atr[len++] = 0x1F;             /* TD: T=15, the TA behind it is global */
                atr[len++] = profile->classes; /* clock stop not supported, class indicator */
        }
        return len;
}

static size_t atr_build(const struct sim_card *card, uint8_t *atr)
{
        const bool no_td = card->protocols == SIM_T0 && !card->profile->classes_in_atr && !card->specific;
        /* T=0 alone: no TCK. 8.2.5 */
        const bool only_t0 = card->protocols == SIM_T0 && !card->profile->classes_in_atr;
        uint8_t check = 0;
        size_t len = 2;

        atr[0] = 0x3B;
        len += atr_interface(card, atr + len);
        const size_t historical = card->profile->historical(card->extended, atr + len);
        len += historical;
        atr[1] = (uint8_t)((no_td ? 0x10 : 0x90) | historical);
        if (only_t0)
                return len;
        for (size_t i = 1; i < len; i++)
                check ^= atr[i];
        atr[len++] = check;
        return len;
}

size_t sim_card_reset(struct sim_card *card, uint8_t classes, uint8_t atr[SIM_ATR_MAX])
{
        if ((card->profile->classes & classes) == 0)
                return 0;
        sim_files_reset(&card->files);
        for (unsigned i = 0; i < card->chv_count; i++)
                card->chvs[i].verified = false;
        card->application = false;
        sim_auth_reset(&card->auth);
        if (card->profile->reset != NULL)
                card->profile->reset(card);
        return atr_build(card, atr);
}

/* Lc and Le in two or three bytes. len is at least 7. */
static bool parse_extended(const uint8_t *command, size_t len, struct sim_apdu *apdu)
{
        const size_t first = (size_t)command[5] << 8 | command[6];
        if (len == 7) { /* case 2E */
                apdu->has_le = true;
                apdu->ne = first != 0 ? first : 65536;
                return true;
        }
        if (first == 0 || (len != 7 + first && len != 9 + first))
                return false;
        apdu->data = command + 7;
        apdu->data_len = first;
        if (len == 9 + first) { /* case 4E */
                const size_t ne = (size_t)command[7 + first] << 8 | command[8 + first];
                apdu->has_le = true;
                apdu->ne = ne != 0 ? ne : 65536;
        }
        return true;
}

/* ISO/IEC 7816-3 12.1.3: decoding conventions for command APDUs */
static bool parse(const uint8_t *command, size_t len, bool extended, struct sim_apdu *apdu)
{
        memset(apdu, 0, sizeof *apdu);
        if (len < 4)
                return false;
        apdu->cla = command[0];
        apdu->ins = command[1];
        apdu->p1 = command[2];
        apdu->p2 = command[3];
        if (len == 4)
                return true;
        const size_t fifth = command[4];
        if (len == 5) { /* case 2S */
                apdu->has_le = true;
                apdu->ne = fifth != 0 ? fifth : 256;
                return true;
        }
        if (fifth == 0)
                return extended && len >= 7 && parse_extended(command, len, apdu);
        if (len != 5 + fifth && len != 6 + fifth)
                return false;
        apdu->data = command + 5;
        apdu->data_len = fifth;
        if (len == 6 + fifth) { /* case 4S */
                apdu->has_le = true;
                apdu->ne = command[len - 1] != 0 ? command[len - 1] : 256;
        }
        return true;
}

/* ISO/IEC 7816-4 5.4.1: of the interindustry classes, plain commands on the basic channel alone */
static uint16_t check_class(const struct sim_profile *profile, uint8_t cla)
{
        if (cla == profile->cla)
                return SIM_SW_OK;
        if (profile->cla != 0x00)
                return SIM_SW_NO_CLA;
        if ((cla & 0x80) != 0 || (cla & 0x60) == 0x20) /* proprietary, reserved */
                return SIM_SW_NO_CLA;
        if ((cla & 0x40) != 0) /* channels 4 to 19 */
                return SIM_SW_NO_CHANNELS;
        if ((cla & 0x10) != 0)
                return SIM_SW_NO_CHAINING;
        return (cla & 0x0C) != 0 ? SIM_SW_NO_SECURE : SIM_SW_NO_CHANNELS;
}

uint16_t sim_card_command(struct sim_card *card, const struct sim_apdu *apdu, struct sim_answer *answer)
{
        answer->len = 0;
        uint16_t sw = check_class(card->profile, apdu->cla);
        if (sw == SIM_SW_OK)
                sw = card->profile->command(card, apdu, answer);
        if (!apdu->has_le)
                answer->len = 0; /* none was asked for */
        if (answer->len > apdu->ne) {
                sw = answer->len <= 256 ? (uint16_t)(SIM_SW_WRONG_LE | (answer->len & 0xFF))
                                        : SIM_SW_WRONG_LENGTH;
                answer->len = 0;
        }
        return sw;
}

size_t sim_card_apdu(struct sim_card *card, const uint8_t *command, size_t len, uint8_t *response,
                     size_t room)
{
        struct sim_answer answer = {.data = response, .room = room - 2, .len = 0};
        struct sim_apdu apdu;
        uint16_t sw = SIM_SW_WRONG_LENGTH;

        if (parse(command, len, card->extended, &apdu))
                sw = sim_card_command(card, &apdu, &answer);
        response[answer.len] = (uint8_t)(sw >> 8);
        response[answer.len + 1] = (uint8_t)sw;
        return answer.len + 2;
}

bool sim_answer_put(struct sim_answer *answer, const void *data, size_t len)
{
        if (len > answer->room - answer->len)
                return false;
        memcpy(answer->data + answer->len, data, len);
        answer->len += len;
        return true;
}

uint16_t sim_card_challenge(const struct sim_apdu *apdu, struct sim_answer *answer)
{
        if (apdu->p1 != 0 || apdu->p2 != 0)
                return SIM_SW_BAD_P1P2;
        if (apdu->data_len != 0 || !apdu->has_le || apdu->ne > 256 || apdu->ne > answer->room)
                return SIM_SW_WRONG_LENGTH;
        if (getrandom(answer->data, apdu->ne, 0) != (ssize_t)apdu->ne)
                return SIM_SW_FAILED;
        answer->len = apdu->ne;
        return SIM_SW_OK;
}
