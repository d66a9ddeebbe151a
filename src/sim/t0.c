/* t0.c - see t0.h */
#include <string.h>

#include "core/wipe.h"
#include "sim/faults.h"

#include "sim/t0.h"

#define INS_GET_RESPONSE 0xC0

void sim_t0_reset(struct sim_t0 *t0)
{
        wipe(t0->pending, sizeof t0->pending);
        t0->len = t0->off = 0;
}

static void put_sw(uint8_t *response, size_t *response_len, uint16_t sw)
{
        response[(*response_len)++] = (uint8_t)(sw >> 8);
        response[(*response_len)++] = (uint8_t)sw;
}

/* 61xx: xx more bytes wait, 00 for 256. A few cards say it with another SW1. */
static uint16_t more_waits(const struct sim_t0 *t0, const struct sim_card *card)
{
        const size_t sw1 = card->profile->more_sw1 != 0 ? card->profile->more_sw1 : 0x61;
        const size_t left = t0->len - t0->off;
        return left != 0 ? (uint16_t)(sw1 << 8 | (left & 0xFF)) : SIM_SW_OK;
}

static void get_response(struct sim_t0 *t0, const struct sim_card *card, size_t wanted, uint8_t *response,
                         size_t *response_len)
{
        const size_t left = t0->len - t0->off;

        if (left == 0) {
                put_sw(response, response_len, SIM_SW_CONDITIONS);
        } else if (wanted > left) { /* T=0 cannot send fewer bytes than P3 says */
                put_sw(response, response_len, (uint16_t)(SIM_SW_WRONG_LE | (left & 0xFF)));
        } else {
                memcpy(response, t0->pending + t0->off, wanted);
                *response_len = wanted;
                t0->off += wanted;
                put_sw(response, response_len, more_waits(t0, card));
        }
}

/* The card sends: it needs P3 to be the exact number, and says 6Cxx where it is not. */
static void outgoing(struct sim_card *card, struct sim_apdu *apdu, size_t wanted, uint8_t *response,
                     size_t *response_len)
{
        struct sim_answer answer = {.data = response, .room = SIM_SHORT_ANSWER - 2, .len = 0};
        apdu->has_le = true;
        apdu->ne = wanted;
        uint16_t sw = sim_card_command(card, apdu, &answer);
        if (answer.len != 0 && answer.len < wanted) {
                sw = (uint16_t)(SIM_SW_WRONG_LE | answer.len);
                answer.len = 0;
        }
        *response_len = answer.len;
        put_sw(response, response_len, sw);
}

/* The card receives, or nothing is sent either way; what it has to say waits for GET RESPONSE. */
static void incoming(struct sim_t0 *t0, struct sim_card *card, struct sim_apdu *apdu, uint8_t *response,
                     size_t *response_len)
{
        struct sim_answer answer = {.data = t0->pending, .room = sizeof t0->pending, .len = 0};
        apdu->has_le = true; /* not known yet: GET RESPONSE will say */
        apdu->ne = sizeof t0->pending;
        uint16_t sw = sim_card_command(card, apdu, &answer);
        t0->len = answer.len;
        if (sw == SIM_SW_OK)
                sw = more_waits(t0, card);
        put_sw(response, response_len, sw);
}

/* A card stuck in 61xx or 6Cxx. */
static bool endless(uint64_t faults, const uint8_t *tpdu, uint8_t *response, size_t *response_len)
{
        if ((faults & SIM_FAULT_ENDLESS_6C) != 0) {
                put_sw(response, response_len, SIM_SW_WRONG_LE | 0x10);
                return true;
        }
        if ((faults & SIM_FAULT_ENDLESS_61) == 0)
                return false;
        if (tpdu[1] == INS_GET_RESPONSE) {
                *response_len = tpdu[4] != 0 ? tpdu[4] : 256;
                memset(response, 0x61, *response_len);
        }
        put_sw(response, response_len, 0x6110);
        return true;
}

enum sim_t0_end sim_t0_exchange(struct sim_t0 *t0, struct sim_card *card, const uint8_t *tpdu, size_t len,
                                uint64_t faults, uint8_t *response, size_t *response_len)
{
        struct sim_apdu apdu = {.cla = tpdu[0], .ins = tpdu[1], .p1 = tpdu[2], .p2 = tpdu[3]};
        const size_t p3 = tpdu[4];

        *response_len = 0;
        if ((faults & SIM_FAULT_BAD_PROCEDURE) != 0)
                return SIM_T0_CONFLICT;
        *response_len = sim_faults_answer(faults, response);
        if (*response_len != 0)
                return SIM_T0_ANSWER;
        if (endless(faults, tpdu, response, response_len))
                return SIM_T0_ANSWER;
        /* INS 6x and 9x cannot be told from SW1. ISO/IEC 7816-3 10.3.2 */
        if ((apdu.ins & 0xF0) == 0x60 || (apdu.ins & 0xF0) == 0x90) {
                put_sw(response, response_len, SIM_SW_NO_INS);
                return SIM_T0_ANSWER;
        }
        if (apdu.ins == INS_GET_RESPONSE) {
                if (len > 5)
                        put_sw(response, response_len, SIM_SW_WRONG_LENGTH);
                else
                        get_response(t0, card, p3 != 0 ? p3 : 256, response, response_len);
                return SIM_T0_ANSWER;
        }
        sim_t0_reset(t0);
        const enum sim_direction direction = card->profile->direction(apdu.ins);
        if (direction == SIM_FROM_CARD) {
                if (len > 5)
                        put_sw(response, response_len, SIM_SW_WRONG_LENGTH);
                else
                        outgoing(card, &apdu, p3 != 0 ? p3 : 256, response, response_len);
                return SIM_T0_ANSWER;
        }
        if (direction == SIM_TO_CARD && len == 5 && p3 != 0)
                return SIM_T0_SILENT; /* the card asked for its P3 bytes; the reader waits for the card's */
        apdu.data = tpdu + 5;
        apdu.data_len = len - 5;
        incoming(t0, card, &apdu, response, response_len);
        return SIM_T0_ANSWER;
}
