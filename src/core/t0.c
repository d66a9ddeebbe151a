/*
 * t0.c - T=0 in the host: how a command APDU becomes TPDUs and their answers one response APDU.
 *
 * The clauses are those of ISO/IEC 7816-3:2006; a name like 4S.2 is the case's in 12.2.
 */
#include <string.h>

#include "scarderr.h"

#include "core/apdu.h"
#include "core/t0.h"
#include "core/wipe.h"

#define INS_GET_RESPONSE 0xC0
/* Answers in a row that bring no data but ask for the next TPDU. A correct card sends one 6Cxx. */
#define REPEATS_MAX 3u
/* Bytes that a card gives with each GET RESPONSE on average, at the very least, if it is to come to an end.
 */
#define BYTES_A_ROUND   16u
#define ROUNDS_AT_LEAST 16u

uint8_t t0_get_response_class(uint8_t cla)
{
        if (cla < 0x40) /* first interindustry values: bits 1, 2 are the channel */
                return cla & 0x03;
        if (cla < 0x80) /* further interindustry values: bits 1 to 4, for channels 4 to 19 */
                return cla & 0x4F;
        /*
         * Proprietary classes. GET RESPONSE is an interindustry command, sent as such behind 8x (EMV Book 1
         * 9.2.2.3.2, ETSI TS 102 221 10.1.1) and behind Cx and Ex, which code the channel like 4x and 6x.
         * Cards older than these rules (GSM: A0, TS 51.011 9.2) know no class but their own.
         */
        if (cla < 0x90)
                return cla & 0x03;
        if ((cla & 0xD0) == 0xC0)
                return 0x40 | (cla & 0x0F);
        return cla;
}

/* The command's own TPDU. Case 1 has P3 = 00 (12.2.2), case 2 P3 = Le, case 3 and 4 P3 = Lc. */
static void build_command(struct t0 *t0, const struct apdu *apdu)
{
        t0->cmd[0] = apdu->cla;
        t0->cmd[1] = apdu->ins;
        t0->cmd[2] = apdu->p1;
        t0->cmd[3] = apdu->p2;
        t0->cmd_len = 5 + apdu->nc;
        if (apdu->nc > 0) {
                t0->outgoing = true;
                t0->cmd[4] = (uint8_t)apdu->nc;
                memcpy(t0->cmd + 5, apdu->data, apdu->nc);
        } else if (apdu->ne > 0) {
                t0->expected = apdu->ne < 256 ? (unsigned)apdu->ne : 256;
                t0->cmd[4] = (uint8_t)t0->expected; /* 256 is 00 */
        }
}

int32_t t0_start(struct t0 *t0, const uint8_t *apdu, size_t apdu_len, uint8_t *rsp, size_t rsp_cap)
{
        struct apdu parsed;
        int32_t status;

        memset(t0, 0, sizeof(*t0));
        status = apdu_parse(&parsed, apdu, apdu_len);
        if (status != SCARD_S_SUCCESS)
                return status;
        if (parsed.nc > 255) /* ENVELOPE, 12.2.7: only on request */
                return SCARD_E_INVALID_PARAMETER;
        if (rsp == NULL || rsp_cap < 2) {
                t0->rsp_needed = 2 + parsed.ne;
                return SCARD_E_INSUFFICIENT_BUFFER;
        }
        t0->rsp = rsp;
        t0->rsp_cap = rsp_cap;
        t0->ne = parsed.ne;
        t0->rounds = ROUNDS_AT_LEAST + (unsigned)(parsed.ne / BYTES_A_ROUND);
        t0->repeats = REPEATS_MAX;
        build_command(t0, &parsed);
        t0->state = T0_COMMAND;
        return SCARD_S_SUCCESS;
}

bool t0_next(struct t0 *t0, struct t0_tpdu *tpdu)
{
        memset(tpdu, 0, sizeof(*tpdu));
        if (t0->state == T0_COMMAND) {
                tpdu->cmd = t0->cmd;
                tpdu->cmd_len = t0->cmd_len;
        } else if (t0->state == T0_GET_RESPONSE) {
                tpdu->cmd = t0->get_response;
                tpdu->cmd_len = sizeof(t0->get_response);
        } else {
                return false;
        }
        tpdu->rsp_max = t0->expected + 2u;
        return true;
}

static int32_t fail(struct t0 *t0, int32_t status)
{
        if (t0->got > 0)
                wipe(t0->rsp, t0->got);
        t0->got = 0;
        t0->rsp_len = 0;
        t0->state = T0_IDLE;
        return status;
}

/* Data that have come go behind those that came before: up to Ne of them, which is all the command asked for.
 * What 6Cxx made the card give beyond that is dropped: 2S.3, "the first Ne bytes". */
static int32_t collect(struct t0 *t0, const uint8_t *data, size_t len)
{
        size_t wanted = t0->ne - t0->got;

        if (len > wanted)
                len = wanted;
        if (len > t0->rsp_cap - 2 - t0->got) {
                t0->rsp_needed = t0->got + len + 2;
                return fail(t0, SCARD_E_INSUFFICIENT_BUFFER);
        }
        if (len > 0)
                memcpy(t0->rsp + t0->got, data, len);
        t0->got += len;
        return SCARD_S_SUCCESS;
}

static int32_t finish(struct t0 *t0, uint16_t sw)
{
        t0->rsp[t0->got] = (uint8_t)(sw >> 8);
        t0->rsp[t0->got + 1] = (uint8_t)sw;
        t0->rsp_len = t0->got + 2;
        t0->state = T0_DONE;
        return SCARD_S_SUCCESS;
}

/* GET RESPONSE for what the card has (available bytes, at most 256) and the command still wants. */
static int32_t ask_for_data(struct t0 *t0, size_t available)
{
        size_t wanted = t0->ne - t0->got;

        if (t0->rounds == 0)
                return fail(t0, SCARD_E_COMM_DATA_LOST);
        t0->rounds--;
        t0->expected = (unsigned)(available < wanted ? available : wanted);
        t0->get_response[0] = t0_get_response_class(t0->cmd[0]);
        t0->get_response[1] = INS_GET_RESPONSE;
        t0->get_response[2] = 0;
        t0->get_response[3] = 0;
        t0->get_response[4] = (uint8_t)t0->expected; /* 256 is 00 */
        t0->state = T0_GET_RESPONSE;
        return SCARD_S_SUCCESS;
}

/* 6Cxx: the same once more with P3 = xx. 2S.3, and GET RESPONSE is such a command too. */
static int32_t repeat_with(struct t0 *t0, uint8_t length)
{
        uint8_t *p3 = t0->state == T0_COMMAND ? &t0->cmd[4] : &t0->get_response[4];

        *p3 = length;
        t0->expected = length == 0 ? 256 : length;
        return SCARD_S_SUCCESS;
}

/* The answer to a TPDU that carried data out, of a command that wants some back. */
static int32_t after_outgoing(struct t0 *t0, uint16_t sw)
{
        if ((sw & 0xFF00) == 0x6100) /* 4S.3 */
                return ask_for_data(t0, (sw & 0xFF) == 0 ? 256 : sw & 0xFF);
        if (sw == 0x9000) { /* 4S.2 */
                t0->kept_sw = sw;
                return ask_for_data(t0, 256);
        }
        /* 4S.1, an error, and 4S.4, a warning or 9xyz: without change */
        return finish(t0, sw);
}

/* The answer to a TPDU that asked for data: case 2, or GET RESPONSE. */
static int32_t after_incoming(struct t0 *t0, uint16_t sw, size_t data_len)
{
        unsigned sw1 = sw >> 8;
        bool again = sw1 == 0x6C && data_len == 0;
        bool more = sw1 == 0x61 && t0->got < t0->ne;

        if (data_len > 0)
                t0->repeats = REPEATS_MAX;
        else if ((again || more) && t0->repeats-- == 0)
                return fail(t0, SCARD_E_COMM_DATA_LOST);
        if (again)
                return repeat_with(t0, (uint8_t)sw);
        if (more)
                return ask_for_data(t0, (sw & 0xFF) == 0 ? 256 : sw & 0xFF);
        /*
         * The command itself ended with 9000 and there was nothing to fetch: some cards then refuse GET
         * RESPONSE. The refusal is not the status of the command, which has been executed.
         */
        if (t0->kept_sw != 0 && t0->got == 0 && sw1 >= 0x64 && sw1 <= 0x6F)
                return finish(t0, t0->kept_sw);
        return finish(t0, sw);
}

int32_t t0_answer(struct t0 *t0, const uint8_t *answer, size_t len)
{
        unsigned asked = t0->expected;
        bool outgoing = t0->state == T0_COMMAND && t0->outgoing;
        int32_t status;
        uint16_t sw;
        uint8_t sw1;

        if (t0->state != T0_COMMAND && t0->state != T0_GET_RESPONSE)
                return SCARD_E_UNEXPECTED;
        if (answer == NULL || len < 2 || len - 2 > asked)
                return fail(t0, SCARD_F_COMM_ERROR);
        sw1 = answer[len - 2];
        if (sw1 == 0x60 || ((sw1 & 0xF0) != 0x60 && (sw1 & 0xF0) != 0x90)) /* 10.3.3 */
                return fail(t0, SCARD_F_COMM_ERROR);
        sw = apdu_sw(answer, len);
        status = collect(t0, answer, len - 2);
        if (status != SCARD_S_SUCCESS)
                return status;
        if (t0->ne == 0) /* case 1 and 3: nothing is fetched or repeated */
                return finish(t0, sw);
        return outgoing ? after_outgoing(t0, sw) : after_incoming(t0, sw, len - 2);
}

void t0_end(struct t0 *t0)
{
        /* Given up in the middle: half an answer does not stay with the caller. */
        if ((t0->state == T0_COMMAND || t0->state == T0_GET_RESPONSE) && t0->got > 0)
                wipe(t0->rsp, t0->got);
        wipe(t0->cmd, sizeof(t0->cmd));
        t0->cmd_len = 0;
        t0->state = T0_IDLE;
        t0->rsp = NULL;
        t0->rsp_cap = 0;
        t0->got = 0;
}
