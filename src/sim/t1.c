/* t1.c - see t1.h. Clauses are those of ISO/IEC 7816-3:2006. */
#include <string.h>

#include "core/wipe.h"
#include "sim/faults.h"

#include "sim/t1.h"

#define PROLOGUE 3u

/* PCB: table 17 and 11.3.2.2 */
#define I_NUMBER   0x40u
#define I_MORE     0x20u
#define R_BLOCK    0x80u
#define R_NUMBER   0x10u
#define R_EDC      0x01u
#define R_OTHER    0x02u
#define S_RESYNCH  0xC0u
#define S_IFS      0xC1u
#define S_ABORT    0xC2u
#define S_WTX      0xC3u
#define S_RESPONSE 0x20u

#define IFSC_SMALL 32u /* what SIM_FAULT_IFS asks for */
#define FILLER     16u /* bytes of each block of a chain without end */

size_t sim_t1_epilogue(const uint8_t *bytes, size_t len, bool crc, uint8_t out[2])
{
        unsigned sum = crc ? 0xFFFF : 0;

        for (size_t i = 0; i < len; i++) {
                sum ^= bytes[i];
                for (unsigned bit = 0; crc && bit < 8; bit++)
                        sum = (sum & 1u) != 0 ? sum >> 1 ^ 0x8408u : sum >> 1;
        }
        if (!crc) {
                out[0] = (uint8_t)sum;
                return 1;
        }
        out[0] = (uint8_t)(sum >> 8);
        out[1] = (uint8_t)sum;
        return 2;
}

static void drop_command(struct sim_t1 *t1)
{
        wipe(t1->command, t1->command_len);
        t1->command_len = 0;
}

static void drop_response(struct sim_t1 *t1)
{
        wipe(t1->response, t1->response_len);
        t1->response_len = t1->response_off = 0;
        t1->more = false;
}

void sim_t1_init(struct sim_t1 *t1, uint8_t *command, uint8_t *response, size_t room, bool crc)
{
        memset(t1, 0, sizeof *t1);
        t1->command = command;
        t1->response = response;
        t1->room = room;
        t1->crc = crc;
        sim_t1_reset(t1);
}

void sim_t1_reset(struct sim_t1 *t1)
{
        drop_command(t1);
        drop_response(t1);
        wipe(t1->last, sizeof t1->last);
        wipe(t1->held, sizeof t1->held);
        t1->last_len = t1->held_len = 0;
        t1->ifsc = SIM_T1_IFSC;
        t1->ifsd = SIM_T1_IFSD_DEFAULT;
        t1->ns = t1->nr = 0;
        t1->unanswered = t1->lost = false;
        t1->expected = t1->value = t1->wtx = 0;
}

/* ---- blocks out: each is built in last */

static void build(struct sim_t1 *t1, unsigned pcb, const uint8_t *inf, size_t len)
{
        t1->last[0] = 0x00; /* NAD: no addressing */
        t1->last[1] = (uint8_t)pcb;
        t1->last[2] = (uint8_t)len;
        if (len != 0)
                memcpy(t1->last + PROLOGUE, inf, len);
        t1->last_len = PROLOGUE + len;
        t1->last_len += sim_t1_epilogue(t1->last, t1->last_len, t1->crc, t1->last + t1->last_len);
}

/* error 0: the next block of the chain is welcome. 11.3.2.2 */
static void build_r(struct sim_t1 *t1, unsigned error)
{
        build(t1, R_BLOCK | (t1->nr != 0 ? R_NUMBER : 0) | error, NULL, 0);
}

/* The piece of the response at response_off. */
static void build_i(struct sim_t1 *t1, bool endless)
{
        static const uint8_t filler[FILLER] = {0x5A, 0x5A, 0x5A, 0x5A, 0x5A};
        const size_t left = t1->response_len - t1->response_off;
        const size_t len = left < t1->ifsd ? left : t1->ifsd;

        t1->sent = len;
        t1->more = left > t1->ifsd || endless;
        t1->unanswered = true;
        const unsigned pcb = (t1->ns != 0 ? I_NUMBER : 0) | (t1->more ? I_MORE : 0);
        if (left == 0)
                build(t1, pcb, filler, FILLER < t1->ifsd ? FILLER : t1->ifsd);
        else
                build(t1, pcb, t1->response + t1->response_off, len);
}

/* An S(request) goes out before what is in last, which is held until the S(response). */
static void ask_first(struct sim_t1 *t1, unsigned pcb, const uint8_t *value)
{
        memcpy(t1->held, t1->last, t1->last_len);
        t1->held_len = t1->last_len;
        t1->expected = (uint8_t)(pcb | S_RESPONSE);
        t1->value = value != NULL ? *value : 0;
        build(t1, pcb, value, value != NULL ? 1 : 0);
}

/* The chain ends here, whoever sent it; then an R-block gives the right to send back. 11.6.2, rule 9 */
static void ask_abort(struct sim_t1 *t1)
{
        drop_command(t1);
        drop_response(t1);
        t1->unanswered = false;
        build_r(t1, 0);
        ask_first(t1, S_ABORT, NULL);
}

/* ---- blocks in */

/* The information of an I-block that is in order. */
static void take_information(struct sim_t1 *t1, struct sim_card *card, const uint8_t *block, uint64_t faults)
{
        const size_t len = block[2];

        if (t1->unanswered) { /* the answer before this has arrived, says the number */
                t1->unanswered = false;
                t1->ns ^= 1;
                drop_response(t1);
        }
        t1->nr ^= 1;
        if (len > t1->room - t1->command_len) { /* a chain that no command can be as long as */
                ask_abort(t1);
                return;
        }
        if (len != 0)
                memcpy(t1->command + t1->command_len, block + PROLOGUE, len);
        t1->command_len += len;
        if ((block[1] & I_MORE) != 0) {
                build_r(t1, 0);
                return;
        }
        t1->response_len = sim_faults_answer(faults, t1->response);
        if (t1->response_len == 0)
                t1->response_len = sim_card_apdu(card, t1->command, t1->command_len, t1->response, t1->room);
        drop_command(t1);
        build_i(t1, (faults & SIM_FAULT_ENDLESS_CHAIN) != 0);
}

static void take_i(struct sim_t1 *t1, struct sim_card *card, const uint8_t *block, uint64_t faults)
{
        const unsigned number = (block[1] & I_NUMBER) != 0 ? 1 : 0;

        if (t1->expected != 0) /* an S(request) waits: it is sent again. 11.6.3, rule 7 */
                return;
        if ((block[1] & 0x1F) != 0 || number != t1->nr || t1->more) {
                build_r(t1, R_OTHER);
                return;
        }
        take_information(t1, card, block, faults);
        if (t1->expected != 0)
                return;
        if ((faults & SIM_FAULT_ABORT) != 0) {
                ask_abort(t1);
        } else if ((faults & SIM_FAULT_WTX) != 0) {
                const uint8_t multiplier = SIM_T1_WTX;
                ask_first(t1, S_WTX, &multiplier);
        } else if ((faults & SIM_FAULT_IFS) != 0) {
                const uint8_t size = IFSC_SMALL;
                ask_first(t1, S_IFS, &size);
        }
}

static void take_r(struct sim_t1 *t1, const uint8_t *block, uint64_t faults)
{
        const unsigned number = (block[1] & R_NUMBER) != 0 ? 1 : 0;

        if ((block[1] & 0x2F) > R_OTHER || block[2] != 0) {
                if (t1->expected == 0)
                        build_r(t1, R_OTHER);
                return;
        }
        if (t1->expected != 0 || number == t1->ns) { /* once more, please: what was sent last. Rule 7 */
                if (t1->last_len == 0)
                        build_r(t1, R_OTHER);
                return;
        }
        if (!t1->unanswered || !t1->more) { /* acknowledges what was not sent */
                build_r(t1, R_OTHER);
                return;
        }
        t1->ns ^= 1;
        t1->response_off += t1->sent;
        build_i(t1, (faults & SIM_FAULT_ENDLESS_CHAIN) != 0);
}

/* The answer to an S(request) of this side: then comes what it held up. */
static void take_response(struct sim_t1 *t1, const uint8_t *block)
{
        const bool has_value = (block[1] & 0x01) != 0; /* IFS and WTX */

        if (t1->expected == 0) {
                build_r(t1, R_OTHER);
                return;
        }
        if (block[1] != t1->expected || block[2] != (has_value ? 1 : 0) ||
            (has_value && block[PROLOGUE] != t1->value))
                return; /* the request again */
        if (block[1] == (S_IFS | S_RESPONSE))
                t1->ifsc = t1->value;
        if (block[1] == (S_WTX | S_RESPONSE))
                t1->wtx = t1->value;
        t1->expected = 0;
        memcpy(t1->last, t1->held, t1->held_len);
        t1->last_len = t1->held_len;
        wipe(t1->held, sizeof t1->held);
        t1->held_len = 0;
}

static void take_request(struct sim_t1 *t1, const uint8_t *block)
{
        switch (block[1]) {
        case S_RESYNCH: /* everything as after the ATR. 11.6.3, rule 6 */
                if (block[2] != 0)
                        break;
                sim_t1_reset(t1);
                build(t1, S_RESYNCH | S_RESPONSE, NULL, 0);
                return;
        case S_IFS:
                if (block[2] != 1 || block[PROLOGUE] == 0 || block[PROLOGUE] == 0xFF)
                        break;
                if (t1->expected != 0)
                        return;
                t1->ifsd = block[PROLOGUE];
                build(t1, S_IFS | S_RESPONSE, block + PROLOGUE, 1);
                return;
        case S_ABORT:
                if (block[2] != 0)
                        break;
                drop_command(t1);
                drop_response(t1);
                if (t1->unanswered)
                        t1->ns ^= 1; /* what was sent counts as received */
                t1->unanswered = false;
                t1->expected = 0;
                build(t1, S_ABORT | S_RESPONSE, NULL, 0);
                return;
        default: /* S(WTX request) is the card's alone; the others are reserved */
                break;
        }
        if (t1->expected == 0)
                build_r(t1, R_OTHER);
}

/* What is wrong with a block as such: an error code of R-blocks; 0: nothing. 11.6.3 */
static unsigned defect(const struct sim_t1 *t1, const uint8_t *block, size_t len)
{
        const size_t epilogue = t1->crc ? 2 : 1;
        uint8_t edc[2];

        if (len < PROLOGUE + epilogue)
                return R_OTHER;
        (void)sim_t1_epilogue(block, len - epilogue, t1->crc, edc);
        if (memcmp(edc, block + len - epilogue, epilogue) != 0)
                return R_EDC;
        if (len != PROLOGUE + block[2] + epilogue) /* the character waiting time ran out, or there is more */
                return R_OTHER;
        return block[0] != 0x00 || block[2] > t1->ifsc ? R_OTHER : 0;
}

static void take(struct sim_t1 *t1, struct sim_card *card, const uint8_t *block, size_t len, uint64_t faults)
{
        const unsigned wrong = defect(t1, block, len);

        if (wrong == 0 && (faults & SIM_FAULT_RESYNCH) != 0)
                t1->lost = true;
        if (wrong == 0 && t1->lost && block[1] != S_RESYNCH) {
                t1->expected = 0;
                build_r(t1, R_OTHER);
        } else if (wrong != 0) {
                if (t1->expected == 0) /* else the S(request) again */
                        build_r(t1, wrong);
        } else if ((block[1] & 0x80) == 0) {
                take_i(t1, card, block, faults);
        } else if ((block[1] & 0x40) == 0) {
                take_r(t1, block, faults);
        } else if ((block[1] & S_RESPONSE) != 0) {
                take_response(t1, block);
        } else {
                take_request(t1, block);
        }
}

/* The answer on its way; last stays as it should have been. */
static void bend(const struct sim_t1 *t1, uint64_t faults, uint8_t *answer, size_t len)
{
        const size_t covered = len - (t1->crc ? 2 : 1);

        if ((faults & SIM_FAULT_BAD_PCB) != 0)
                answer[1] = 0xDF; /* reserved */
        if ((faults & SIM_FAULT_BAD_NAD) != 0)
                answer[0] = 0x25; /* somebody else's */
        (void)sim_t1_epilogue(answer, covered, t1->crc, answer + covered);
        if ((faults & SIM_FAULT_BAD_EDC) != 0)
                answer[covered] ^= 0x01;
}

void sim_t1_exchange(struct sim_t1 *t1, struct sim_card *card, const uint8_t *block, size_t len,
                     uint64_t faults, uint8_t *answer, size_t *answer_len)
{
        t1->wtx = 0;
        take(t1, card, block, len, faults);
        memcpy(answer, t1->last, t1->last_len);
        *answer_len = t1->last_len;
        bend(t1, faults, answer, *answer_len);
}
