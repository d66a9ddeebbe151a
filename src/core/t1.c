/*
 * t1.c - T=1 in the host: how a command APDU becomes blocks and their answers one response APDU.
 *
 * Clauses and rules are those of ISO/IEC 7816-3:2006; the rules are in 11.6.2 and 11.6.3. Each block that
 * comes is taken apart and judged for itself (block_parse); what it means depends on the state and on the
 * last block that went out. ns, nr and the retransmissions are all there is to the error recovery:
 * everything can be built again from them.
 */
#include <string.h>

#include "scarderr.h"

#include "core/apdu.h"
#include "core/edc.h"
#include "core/wipe.h"

#include "core/t1.h"

/* PCB. 11.3.2.2 */
#define PCB_MORE       0x20 /* I-block: more-data bit M */
#define PCB_I_RESERVED 0x1F
#define PCB_R          0x80
#define PCB_S          0xC0
#define PCB_R_ERROR    0x0F
#define PCB_R_RESERVED 0x20
#define PCB_S_RESPONSE 0x20
#define PCB_RESYNCH    0xC0
#define PCB_IFS        0xC1
#define PCB_ABORT      0xC2
#define PCB_WTX        0xC3
/* NAD: DAD and SAD. Bits 4 and 8 once steered VPP and are to be ignored. 11.3.2.1 */
#define NAD_ADDRESSES 0x77

#define RESTARTS_MAX   2u
#define RESYNCHS_MAX   4u /* resynchronisations for one command */
#define S_REQUESTS_MAX 8u /* S(IFS) and S(ABORT) requests of the card for one command */
/* Bytes that a card gives with each I-block of a chain on average, at the very least. */
#define BYTES_A_BLOCK   16u
#define BLOCKS_AT_LEAST 32u

/* What is wrong with a block, as the R-block that asks for it again spells it. 11.3.2.2 */
enum fault { FAULT_NONE = 0, FAULT_EDC = 1, FAULT_OTHER = 2 };

struct block {
        uint8_t pcb;
        const uint8_t *inf;
        size_t len; /* of inf */
};

static bool is_i(uint8_t pcb)
{
        return (pcb & 0x80) == 0;
}

static bool is_r(uint8_t pcb)
{
        return (pcb & 0xC0) == PCB_R;
}

static bool is_s_request(uint8_t pcb)
{
        return (pcb & 0xE0) == PCB_S;
}

static uint8_t i_number(uint8_t pcb)
{
        return (pcb >> 6) & 1;
}

static uint8_t r_number(uint8_t pcb)
{
        return (pcb >> 4) & 1;
}

void t1_link_reset(struct t1_link *link, unsigned ifsc, unsigned ifsd, bool crc, bool negotiate,
                   unsigned wtx_max)
{
        unsigned wanted = ifsd == 0 ? T1_IFS_DEFAULT : ifsd > T1_INF_MAX ? T1_INF_MAX : ifsd;

        memset(link, 0, sizeof(*link));
        link->ifsc_initial = (uint8_t)(ifsc >= 1 && ifsc <= T1_INF_MAX ? ifsc : T1_IFS_DEFAULT);
        link->ifsc = link->ifsc_initial;
        link->ifsd_wanted = (uint8_t)wanted;
        link->ifsd = (uint8_t)(negotiate ? T1_IFS_DEFAULT : wanted);
        link->ifs_due = link->ifsd != link->ifsd_wanted;
        link->crc = crc;
        link->wtx_max = wtx_max != 0 ? wtx_max : T1_WTX_MAX;
        link->carried = T1_INF_MAX;
}

void t1_link_limit(struct t1_link *link, size_t block_max)
{
        size_t frame = 3 + edc_len(link->crc);
        size_t inf = block_max > frame ? block_max - frame : 1;

        if (inf >= T1_INF_MAX)
                return;
        link->carried = (uint8_t)inf;
        /* An IFSD that the reader has told the card itself is its own matter. */
        if (link->ifs_due && link->ifsd_wanted > inf) {
                link->ifsd_wanted = (uint8_t)inf;
                link->ifs_due = link->ifsd != link->ifsd_wanted;
        }
}

/* Both sides start again from the beginning, the sizes too. Rule 6.3 */
static void link_resynchronised(struct t1_link *link)
{
        link->ns = 0;
        link->nr = 0;
        link->ifsc = link->ifsc_initial;
        link->ifsd = T1_IFS_DEFAULT;
        link->ifs_due = link->ifsd_wanted != T1_IFS_DEFAULT;
        link->nr_open = false;
        link->resynch_due = false;
}

/* ---- blocks out */

static void put_block(struct t1 *t1, uint8_t pcb, const uint8_t *inf, size_t len)
{
        t1->out[0] = 0; /* NAD: no addresses are used */
        t1->out[1] = pcb;
        t1->out[2] = (uint8_t)len;
        if (len > 0)
                memcpy(t1->out + 3, inf, len);
        t1->out_len = edc_append(t1->out, 3 + len, t1->link->crc);
        t1->bwt_factor = 0;
}

/* The next I-block of the command, or the same once more: the same cut, unless IFSC has become smaller. */
static void put_command(struct t1 *t1)
{
        size_t rest = t1->apdu_len - t1->sent;
        size_t most = t1->link->ifsc < t1->link->carried ? t1->link->ifsc : t1->link->carried;
        size_t n = rest < most ? rest : most;
        bool more;

        if (t1->flight != 0 && t1->flight < n)
                n = t1->flight;
        t1->flight = n;
        more = n < rest;
        if (!more)
                t1->whole_sent = true;
        put_block(t1, (uint8_t)(t1->link->ns << 6 | (more ? PCB_MORE : 0)), t1->apdu + t1->sent, n);
        t1->state = T1_COMMAND;
}

static void put_r(struct t1 *t1, enum fault fault)
{
        put_block(t1, (uint8_t)(PCB_R | t1->link->nr << 4 | (uint8_t)fault), NULL, 0);
}

static void progress(struct t1 *t1)
{
        t1->retries = T1_RETRIES;
        t1->garbled = false;
        t1->answered = false;
}

/*
 * Whether an answer longer than the first IFSD of 32 bytes may come. For a shorter one S(IFS) would be an exchange for nothing: a
 * VERIFY or a challenge never needs it. A card that says more than it was asked chains. 7816-3 11.4.2
 */
static bool is_long_answer(const struct t1 *t1)
{
        struct apdu apdu;

        return apdu_parse(&apdu, t1->apdu, t1->apdu_len) != SCARD_S_SUCCESS || apdu.ne + 2 > T1_IFS_DEFAULT;
}

/* S(IFS request) where it is due, else the command from its beginning. */
static void begin(struct t1 *t1)
{
        progress(t1);
        t1->sent = 0;
        t1->flight = 0;
        t1->got = 0;
        t1->chain = 0;
        if (t1->link->ifs_due && (t1->link->ifsd_wanted < T1_IFS_DEFAULT || is_long_answer(t1))) {
                t1->state = T1_IFS;
                put_block(t1, PCB_IFS, &t1->link->ifsd_wanted, 1);
        } else {
                put_command(t1);
        }
}

/* ---- the end of an exchange */

static void wipe_answer(struct t1 *t1)
{
        if (t1->got > 0 && t1->rsp != NULL)
                wipe(t1->rsp, t1->got < t1->rsp_cap ? t1->got : t1->rsp_cap);
        t1->got = 0;
}

static int32_t fail(struct t1 *t1, int32_t status)
{
        wipe_answer(t1);
        t1->rsp_len = 0;
        t1->state = T1_IDLE;
        return status;
}

static int32_t fail_for_reset(struct t1 *t1)
{
        int32_t status = t1->garbled ? SCARD_E_COMM_DATA_LOST : SCARD_W_UNRESPONSIVE_CARD;

        t1->link->dead = true;
        t1->reset_needed = true;
        return fail(t1, t1->failure != SCARD_S_SUCCESS ? t1->failure : status);
}

/* failure: what the command ends with behind it; SCARD_S_SUCCESS: it starts anew if it may. Rule 6.1 */
static int32_t resynchronise(struct t1 *t1, int32_t failure)
{
        if (t1->failure == SCARD_S_SUCCESS)
                t1->failure = failure;
        if (t1->resynchs == 0)
                return fail_for_reset(t1);
        t1->resynchs--;
        wipe_answer(t1);
        t1->retries = T1_RESYNCHS - 1;
        t1->state = T1_RESYNCH;
        put_block(t1, PCB_RESYNCH, NULL, 0);
        return SCARD_S_SUCCESS;
}

/* Card and host agree again. */
static int32_t resynchronised(struct t1 *t1)
{
        link_resynchronised(t1->link);
        if (t1->failure != SCARD_S_SUCCESS)
                return fail(t1, t1->failure);
        if (t1->whole_sent || t1->restarts == 0)
                return fail(t1, SCARD_E_COMM_DATA_LOST);
        t1->restarts--;
        begin(t1);
        return SCARD_S_SUCCESS;
}

/* The retransmissions are used up. */
static int32_t give_up(struct t1 *t1)
{
        /* Rule 7.4.2: no error-free block since the reset. Rule 6.4: no resynchronisation */
        if (t1->state == T1_RESYNCH || !t1->link->heard)
                return fail_for_reset(t1);
        return resynchronise(t1, SCARD_S_SUCCESS); /* rule 7.4.3 */
}

static int32_t finish(struct t1 *t1)
{
        if (t1->got > APDU_RESPONSE_MAX)
                return fail(t1, SCARD_E_COMM_DATA_LOST);
        if (t1->got > t1->rsp_cap) {
                t1->rsp_needed = t1->got;
                return fail(t1, SCARD_E_INSUFFICIENT_BUFFER);
        }
        if (t1->got < 2)
                return fail(t1, SCARD_F_COMM_ERROR);
        t1->rsp_len = t1->got;
        t1->state = T1_DONE;
        return SCARD_S_SUCCESS;
}

/* Breaks the card's chain off: it has no end, or more than any response APDU. Rule 9 */
static int32_t abort_chain(struct t1 *t1)
{
        t1->failure = SCARD_E_COMM_DATA_LOST;
        wipe_answer(t1);
        progress(t1);
        t1->state = T1_ABORTING;
        put_block(t1, PCB_ABORT, NULL, 0);
        return SCARD_S_SUCCESS;
}

/* ---- blocks in */

static bool pcb_is_valid(const struct block *block)
{
        uint8_t pcb = block->pcb;

        if (is_i(pcb))
                return (pcb & PCB_I_RESERVED) == 0;
        if (is_r(pcb))
                return (pcb & PCB_R_RESERVED) == 0 && (pcb & PCB_R_ERROR) <= FAULT_OTHER && block->len == 0;
        switch (pcb & ~PCB_S_RESPONSE) {
        case PCB_RESYNCH:
        case PCB_ABORT:
                return block->len == 0;
        case PCB_IFS:
                return block->len == 1 && block->inf[0] >= 1 && block->inf[0] <= T1_INF_MAX;
        case PCB_WTX:
                return block->len == 1;
        default:
                return false;
        }
}

static enum fault block_parse(const struct t1 *t1, const uint8_t *bytes, size_t len, struct block *block)
{
        size_t edc = edc_len(t1->link->crc);

        memset(block, 0, sizeof(*block));
        if (bytes == NULL || len < 3 + edc || bytes[2] > T1_INF_MAX || len != 3u + bytes[2] + edc)
                return FAULT_OTHER;
        if (!edc_check(bytes, len, t1->link->crc))
                return FAULT_EDC;
        block->pcb = bytes[1];
        block->inf = bytes + 3;
        block->len = bytes[2];
        if ((bytes[0] & NAD_ADDRESSES) != 0 || !pcb_is_valid(block) || block->len > t1->link->ifsd)
                return FAULT_OTHER;
        return FAULT_NONE;
}

/* Rules 7.1 to 7.3: what goes out where no valid block came in. */
static int32_t on_fault(struct t1 *t1, enum fault fault)
{
        uint8_t last = t1->out[1];

        if (t1->retries == 0) {
                /* A card that does not know S(IFS), but speaks: it goes on with what it has. */
                if (t1->state == T1_IFS && t1->answered) {
                        t1->link->ifs_due = false;
                        progress(t1);
                        put_command(t1);
                        return SCARD_S_SUCCESS;
                }
                return give_up(t1);
        }
        t1->retries--;
        if (!is_r(last) && !is_s_request(last))
                put_r(t1, fault);
        return SCARD_S_SUCCESS; /* R-blocks and S(... request) go out again as they are */
}

/* A block that is intact and does not belong here. */
static int32_t out_of_place(struct t1 *t1)
{
        t1->garbled = true;
        return on_fault(t1, FAULT_OTHER);
}

static bool whole_in_flight(const struct t1 *t1)
{
        return t1->sent + t1->flight == t1->apdu_len;
}

static void collect(struct t1 *t1, const struct block *block)
{
        size_t room = t1->got < t1->rsp_cap ? t1->rsp_cap - t1->got : 0;
        size_t n = block->len < room ? block->len : room;

        if (n > 0)
                memcpy(t1->rsp + t1->got, block->inf, n);
        t1->got += block->len;
        t1->chain++;
}

static int32_t on_i(struct t1 *t1, const struct block *block)
{
        struct t1_link *link = t1->link;
        uint8_t number = i_number(block->pcb);
        bool due = t1->state == T1_ANSWER || t1->state == T1_ABORTED ||
                   (t1->state == T1_COMMAND && whole_in_flight(t1));

        if (!due || (number != link->nr && !link->nr_open))
                return out_of_place(t1);
        if (t1->state == T1_COMMAND) /* it acknowledges our last one. Rule 2.1 */
                link->ns ^= 1;
        link->nr = number ^ 1;
        link->nr_open = false;
        t1->state = T1_ANSWER;
        progress(t1);
        collect(t1, block);
        if ((block->pcb & PCB_MORE) == 0)
                return finish(t1);
        if (t1->got > APDU_RESPONSE_MAX || t1->chain > BLOCKS_AT_LEAST + t1->got / BYTES_A_BLOCK)
                return abort_chain(t1);
        put_r(t1, FAULT_NONE); /* rule 2.2 */
        return SCARD_S_SUCCESS;
}

/* An R-block acknowledges an I-block of a chain, asks for one again, or gives the right to send back. */
static int32_t on_r(struct t1 *t1, const struct block *block)
{
        struct t1_link *link = t1->link;
        uint8_t number = r_number(block->pcb);

        if (t1->state == T1_ABORTED) { /* rule 9 */
                link->ns = number;
                return fail(t1, SCARD_E_COMM_DATA_LOST);
        }
        if (t1->state != T1_COMMAND || (number != link->ns && whole_in_flight(t1)))
                return out_of_place(t1);
        if (number != link->ns) { /* rule 2.2 */
                progress(t1);
                t1->sent += t1->flight;
                t1->flight = 0;
                link->ns ^= 1;
                put_command(t1);
                return SCARD_S_SUCCESS;
        }
        t1->whole_sent = false; /* it says that it has not got this one */
        if (t1->retries == 0) {
                t1->garbled = true;
                return give_up(t1);
        }
        t1->retries--;
        put_command(t1);
        return SCARD_S_SUCCESS;
}

/* The card needs time. Rule 3 */
static int32_t on_wtx(struct t1 *t1, const struct block *block)
{
        unsigned units = block->inf[0] == 0 ? 1 : block->inf[0];

        if (units > t1->wtx)
                return resynchronise(t1, SCARD_E_TIMEOUT);
        t1->wtx -= units;
        progress(t1);
        put_block(t1, PCB_WTX | PCB_S_RESPONSE, block->inf, 1);
        t1->bwt_factor = (uint8_t)units;
        return SCARD_S_SUCCESS;
}

/* The card breaks a chain off, ours or its own. What it sends next is an R-block or another answer. Rule 9 */
static int32_t on_abort(struct t1 *t1)
{
        bool chained = t1->state != T1_COMMAND || t1->sent > 0 || !whole_in_flight(t1);

        if (!chained)
                return out_of_place(t1);
        progress(t1);
        wipe_answer(t1);
        t1->chain = 0;
        t1->link->nr_open = true;
        t1->state = T1_ABORTED;
        put_block(t1, PCB_ABORT | PCB_S_RESPONSE, NULL, 0);
        return SCARD_S_SUCCESS;
}

static int32_t on_s_request(struct t1 *t1, const struct block *block)
{
        bool waits = t1->state == T1_COMMAND || t1->state == T1_ANSWER || t1->state == T1_ABORTED;

        /* While a request of ours is out, nothing but its response will do (rule 7.3); and only the interface
         * device resynchronises (rule 6). */
        if (!waits || block->pcb == PCB_RESYNCH)
                return out_of_place(t1);
        if (block->pcb == PCB_WTX)
                return on_wtx(t1, block);
        if (t1->s_requests == 0)
                return out_of_place(t1);
        t1->s_requests--;
        if (block->pcb == PCB_ABORT)
                return on_abort(t1);
        progress(t1);
        t1->link->ifsc = block->inf[0]; /* rule 4 */
        put_block(t1, PCB_IFS | PCB_S_RESPONSE, block->inf, 1);
        return SCARD_S_SUCCESS;
}

static int32_t on_s_response(struct t1 *t1, const struct block *block)
{
        struct t1_link *link = t1->link;
        uint8_t request = (uint8_t)(block->pcb & ~PCB_S_RESPONSE);

        if (!is_s_request(t1->out[1]) || request != t1->out[1])
                return out_of_place(t1);
        if (request == PCB_RESYNCH)
                return resynchronised(t1);
        if (request == PCB_ABORT) {
                link->nr_open = true;
                return fail(t1, t1->failure);
        }
        if (block->inf[0] != link->ifsd_wanted)
                return out_of_place(t1);
        link->ifsd = link->ifsd_wanted;
        link->ifs_due = false;
        progress(t1);
        put_command(t1);
        return SCARD_S_SUCCESS;
}

/* ---- the exchange */

int32_t t1_start(struct t1 *t1, struct t1_link *link, const uint8_t *apdu, size_t apdu_len, uint8_t *rsp,
                 size_t rsp_cap)
{
        memset(t1, 0, sizeof(*t1));
        if (apdu == NULL || apdu_len < 4 || apdu_len > APDU_COMMAND_MAX)
                return SCARD_E_INVALID_PARAMETER;
        if (rsp == NULL || rsp_cap < 2) {
                t1->rsp_needed = 2;
                return SCARD_E_INSUFFICIENT_BUFFER;
        }
        if (link->dead) {
                t1->reset_needed = true;
                return SCARD_W_UNRESPONSIVE_CARD;
        }
        t1->link = link;
        t1->apdu = apdu;
        t1->apdu_len = apdu_len;
        t1->rsp = rsp;
        t1->rsp_cap = rsp_cap;
        t1->resynchs = RESYNCHS_MAX;
        t1->restarts = RESTARTS_MAX;
        t1->wtx = link->wtx_max;
        t1->s_requests = S_REQUESTS_MAX;
        if (link->resynch_due)
                return resynchronise(t1, SCARD_S_SUCCESS);
        begin(t1);
        return SCARD_S_SUCCESS;
}

static bool is_running(const struct t1 *t1)
{
        return t1->state != T1_IDLE && t1->state != T1_DONE;
}

bool t1_next(struct t1 *t1, struct t1_block *block)
{
        memset(block, 0, sizeof(*block));
        if (!is_running(t1))
                return false;
        t1->blocks++;
        block->cmd = t1->out;
        block->cmd_len = t1->out_len;
        block->rsp_max = 3u + t1->link->ifsd + edc_len(t1->link->crc);
        block->bwt_factor = t1->bwt_factor;
        return true;
}

int32_t t1_answer(struct t1 *t1, enum t1_event event, const uint8_t *answer, size_t len)
{
        struct block block;
        enum fault fault;

        if (!is_running(t1))
                return SCARD_E_UNEXPECTED;
        /* The extension ends with the wait behind the response that granted it. */
        t1->bwt_factor = 0;
        if (event == T1_SILENCE)
                return on_fault(t1, FAULT_OTHER);
        fault = event == T1_BLOCK ? block_parse(t1, answer, len, &block) : FAULT_EDC;
        if (fault != FAULT_NONE) {
                t1->garbled = true;
                return on_fault(t1, fault);
        }
        t1->link->heard = true;
        t1->answered = true;
        if (is_i(block.pcb))
                return on_i(t1, &block);
        if (is_r(block.pcb))
                return on_r(t1, &block);
        return is_s_request(block.pcb) ? on_s_request(t1, &block) : on_s_response(t1, &block);
}

void t1_end(struct t1 *t1)
{
        if (is_running(t1)) {
                /* Given up in the middle: what the card thinks is not known, and half an answer does not stay
                 * with the caller. */
                t1->link->resynch_due = t1->link->resynch_due || t1->blocks > 0;
                wipe_answer(t1);
        }
        wipe(t1->out, sizeof(t1->out));
        t1->out_len = 0;
        t1->state = T1_IDLE;
        t1->link = NULL;
        t1->apdu = NULL;
        t1->apdu_len = 0;
        t1->rsp = NULL;
        t1->rsp_cap = 0;
}
