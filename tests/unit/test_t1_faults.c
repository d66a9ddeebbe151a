/*
 * src/core/t1.c against a card on a bad line: a card side of T=1 written from ISO/IEC 7816-3:2006 clause 11
 * for itself, with nothing of t1.c in it, and faults in both directions from a fixed seed. Whatever happens,
 * an exchange ends after a bounded number of blocks, either with the right answer or with an error; no
 * command is executed twice; and the next command, after a reset where one is asked for, is answered.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "scarderr.h"

#include "core/t1.h"

#define APDU_MAX 1000
#define BLOCK    300

static uint32_t seed;

static uint32_t random_number(uint32_t below)
{
        seed ^= seed << 13;
        seed ^= seed >> 17;
        seed ^= seed << 5;
        return seed % below;
}

/* ---- the card */

enum { REQUEST_NONE, REQUEST_WTX, REQUEST_IFS };

struct card {
        bool crc;
        unsigned ifsc, ifsd;    /* bytes it takes, bytes it may send */
        unsigned send, receive; /* V(S), V(R) */
        uint8_t command[APDU_MAX];
        size_t command_len;
        uint8_t answer[2 * APDU_MAX];
        size_t answer_len, answer_at, answer_part; /* all; acknowledged; in the block that is out */
        bool answering;
        unsigned executed; /* commands so far */
        int request;       /* its own S(... request) that has no response yet */
        uint8_t request_value;
        unsigned wishes; /* S(... request) it may still send in this command */
        uint8_t last[BLOCK];
        size_t last_len;
};

static size_t card_edc(const struct card *card, const uint8_t *bytes, size_t len, uint8_t *code)
{
        uint16_t crc = 0xFFFF;

        if (!card->crc) {
                code[0] = 0;
                while (len > 0)
                        code[0] ^= bytes[--len];
                return 1;
        }
        for (size_t i = 0; i < len; i++)
                for (unsigned bit = 0; bit < 8; bit++) {
                        unsigned in = ((unsigned)bytes[i] >> bit ^ crc) & 1u;

                        crc = (uint16_t)(crc >> 1 ^ (in != 0 ? 0x8408 : 0));
                }
        code[0] = (uint8_t)(crc >> 8);
        code[1] = (uint8_t)crc;
        return 2;
}

static void card_say(struct card *card, unsigned pcb, const uint8_t *inf, size_t len)
{
        card->last[0] = 0;
        card->last[1] = (uint8_t)pcb;
        card->last[2] = (uint8_t)len;
        if (len > 0)
                memcpy(card->last + 3, inf, len);
        card->last_len = 3 + len;
        card->last_len += card_edc(card, card->last, card->last_len, card->last + card->last_len);
}

static void card_reset(struct card *card)
{
        card->send = card->receive = 0;
        card->ifsd = 32;
        card->command_len = 0;
        card->answering = false;
        card->request = REQUEST_NONE;
        card->last_len = 0;
        card->wishes = 0;
}

static void card_say_r(struct card *card, unsigned error)
{
        card_say(card, 0x80u | card->receive << 4 | error, NULL, 0);
}

/* What the card says when it is its turn and nothing is wrong: a part of its answer, or an acknowledgement.
 */
static void card_go_on(struct card *card)
{
        size_t rest = card->answer_len - card->answer_at;

        if (card->wishes > 0 && random_number(3) == 0) {
                card->wishes--;
                card->request = random_number(2) == 0 ? REQUEST_WTX : REQUEST_IFS;
                card->request_value =
                    (uint8_t)(card->request == REQUEST_WTX ? 1 + random_number(4) : 5 + random_number(250));
                card_say(card, card->request == REQUEST_WTX ? 0xC3 : 0xC1, &card->request_value, 1);
                return;
        }
        if (!card->answering) {
                card_say_r(card, 0);
                return;
        }
        card->answer_part = rest < card->ifsd ? rest : card->ifsd;
        card_say(card, card->send << 6 | (card->answer_part < rest ? 0x20u : 0),
                 card->answer + card->answer_at, card->answer_part);
}

/* The command's length and a count say how long the answer is and what is in it. */
static size_t answer_of(const uint8_t *command, size_t len, unsigned count, uint8_t *answer)
{
        size_t n = (size_t)(command[2] << 8 | command[3]) % APDU_MAX;

        for (size_t i = 0; i < n; i++)
                answer[i] = (uint8_t)(command[i % len] + i + count);
        answer[n] = 0x90;
        answer[n + 1] = (uint8_t)count;
        return n + 2;
}

static void card_on_i(struct card *card, const uint8_t *block)
{
        if ((block[1] >> 6 & 1u) != card->receive || block[2] > card->ifsc) {
                card_say_r(card, 2);
                return;
        }
        if (card->answering) { /* a new command: the last answer has arrived */
                card->answering = false;
                card->send ^= 1;
                card->command_len = 0;
        }
        card->receive ^= 1;
        assert_true(card->command_len + block[2] <= sizeof(card->command));
        memcpy(card->command + card->command_len, block + 3, block[2]);
        card->command_len += block[2];
        if ((block[1] & 0x20) == 0) {
                card->executed++;
                card->answer_len = answer_of(card->command, card->command_len, card->executed, card->answer);
                card->answer_at = 0;
                card->answering = true;
        }
        card_go_on(card);
}

static void card_on_r(struct card *card, unsigned number)
{
        if (card->answering && (card->last[1] & 0x80) == 0 && number == card->send) {
                return; /* the same I-block again */
        }
        if (card->answering && number == card->send) { /* an S-block stood between */
                card_go_on(card);
        } else if (card->answering && card->answer_at + card->answer_part < card->answer_len) {
                card->send ^= 1;
                card->answer_at += card->answer_part;
                card->answer_part = 0;
                card_go_on(card);
        } else {
                card_say_r(card, 0); /* it waits for an I-block, and says which */
        }
}

static void card_on_s(struct card *card, const uint8_t *block)
{
        int response = block[1] == 0xE3 ? REQUEST_WTX : block[1] == 0xE1 ? REQUEST_IFS : REQUEST_NONE;

        if (block[1] == 0xC0) {
                card_reset(card);
                card_say(card, 0xE0, NULL, 0);
        } else if (block[1] == 0xC1) {
                card->ifsd = block[3];
                card_say(card, 0xE1, block + 3, 1);
        } else if (block[1] == 0xC2) {
                card_say(card, 0xE2, NULL, 0);
        } else if (response != REQUEST_NONE && response == card->request && block[3] == card->request_value) {
                if (response == REQUEST_IFS)
                        card->ifsc = block[3];
                card->request = REQUEST_NONE;
                card_go_on(card);
        } else {
                card_say_r(card, 2);
        }
}

static bool card_understands(const struct card *card, const uint8_t *block, size_t len)
{
        size_t edc = card->crc ? 2 : 1;
        uint8_t code[2];

        if (len < 3 + edc || block[0] != 0 || block[2] == 255 || len != 3u + block[2] + edc)
                return false;
        (void)card_edc(card, block, len - edc, code);
        return memcmp(code, block + len - edc, edc) == 0;
}

/* The card's answer to a block is in last. */
static void card_hear(struct card *card, const uint8_t *block, size_t len)
{
        bool valid = card_understands(card, block, len);

        if (valid && block[1] >= 0xC0) {
                card_on_s(card, block);
        } else if (card->request != REQUEST_NONE) {
                return; /* 7.3: the request again */
        } else if (!valid) {
                /* 7.1, 7.2 */
                if (card->last_len == 0 || (card->last[1] & 0xC0) != 0x80)
                        card_say_r(card, 1);
        } else if (block[1] < 0x80) {
                card_on_i(card, block);
        } else {
                card_on_r(card, block[1] >> 4 & 1u);
        }
}

/* ---- the line */

enum damage { INTACT, LOST, GARBLED };

static enum damage damage(unsigned per_mille, uint8_t *block, size_t *len)
{
        if (random_number(1000) >= per_mille)
                return INTACT;
        switch (random_number(3)) {
        case 0:
                return LOST;
        case 1:
                block[random_number((uint32_t)*len)] ^= (uint8_t)(1u << random_number(8));
                return GARBLED;
        default:
                *len = random_number((uint32_t)*len);
                return GARBLED;
        }
}

/* One block there and one back; returns what the reader tells. */
static enum t1_event line(struct card *card, unsigned per_mille, const struct t1_block *sent, uint8_t *answer,
                          size_t *len)
{
        uint8_t block[BLOCK];
        size_t n = sent->cmd_len;

        memcpy(block, sent->cmd, n);
        *len = 0;
        if (damage(per_mille, block, &n) == LOST)
                return T1_SILENCE;
        card_hear(card, block, n);
        memcpy(answer, card->last, card->last_len);
        *len = card->last_len;
        switch (damage(per_mille, answer, len)) {
        case LOST:
                return T1_SILENCE;
        case GARBLED:
                return random_number(2) == 0 ? T1_GARBLED : T1_BLOCK;
        case INTACT:
                break;
        }
        return T1_BLOCK;
}

struct counts {
        unsigned right, failed, resets, most_blocks;
};

static void command_once(struct card *card, struct t1_link *link, unsigned per_mille, struct counts *counts)
{
        uint8_t apdu[APDU_MAX], rsp[2 * APDU_MAX], wanted[2 * APDU_MAX], answer[BLOCK];
        size_t len = 4 + random_number(random_number(4) == 0 ? 600 : 40);
        unsigned before = card->executed;
        struct t1_block block;
        struct t1 t1;

        for (size_t i = 0; i < len; i++)
                apdu[i] = (uint8_t)random_number(256);
        card->wishes = random_number(4);
        int32_t status = t1_start(&t1, link, apdu, len, rsp, sizeof(rsp));

        while (status == SCARD_S_SUCCESS && t1_next(&t1, &block)) {
                size_t n;
                enum t1_event event = line(card, per_mille, &block, answer, &n);

                status = t1_answer(&t1, event, answer, n);
                assert_true(t1.blocks < 20000);
        }
        if (t1.blocks > counts->most_blocks)
                counts->most_blocks = t1.blocks;
        assert_true(card->executed - before <= 1);
        if (status == SCARD_S_SUCCESS) {
                assert_int_equal(card->executed, before + 1);
                assert_int_equal(t1.rsp_len, answer_of(apdu, len, card->executed, wanted));
                assert_memory_equal(rsp, wanted, t1.rsp_len);
                counts->right++;
        } else {
                assert_true(status == SCARD_E_COMM_DATA_LOST || status == SCARD_W_UNRESPONSIVE_CARD);
                assert_int_equal(t1.rsp_len, 0);
                counts->failed++;
        }
        t1_end(&t1);
        if (t1.reset_needed) {
                counts->resets++;
                card_reset(card);
                card->ifsc = 32;
                t1_link_reset(link, 32, 254, card->crc, true, 0);
        }
}

static struct counts many(uint32_t start, bool crc, unsigned per_mille, unsigned commands)
{
        struct counts counts = {0};
        struct card card = {.crc = crc, .ifsc = 32};
        struct t1_link link;

        seed = start;
        card_reset(&card);
        t1_link_reset(&link, 32, 254, crc, true, 0);
        for (unsigned i = 0; i < commands; i++)
                command_once(&card, &link, per_mille, &counts);
        return counts;
}

static void t1_on_a_good_line_always_answers(void **state)
{
        (void)state;
        for (unsigned crc = 0; crc < 2; crc++) {
                struct counts counts = many(0x1234567, crc != 0, 0, 500);

                assert_int_equal(counts.right, 500);
        }
}

static void t1_on_a_bad_line_answers_nearly_always(void **state)
{
        (void)state;
        for (unsigned crc = 0; crc < 2; crc++) {
                struct counts counts = many(0xBADCAFE, crc != 0, 30, 2000);

                print_message("30 of 1000 blocks bad: %u right, %u failed, %u resets, at most %u blocks\n",
                              counts.right, counts.failed, counts.resets, counts.most_blocks);
                assert_true(counts.right >= 1980);
        }
}

static void t1_on_a_terrible_line_is_never_wrong(void **state)
{
        static const unsigned rates[] = {150, 300, 500, 800, 1000};

        (void)state;
        for (size_t i = 0; i < sizeof(rates) / sizeof(rates[0]); i++) {
                struct counts counts = many(0xC0FFEE + (uint32_t)i, (i & 1) != 0, rates[i], 1500);

                print_message("%u of 1000 blocks bad: %u right, %u failed, %u resets, at most %u blocks\n",
                              rates[i], counts.right, counts.failed, counts.resets, counts.most_blocks);
                assert_true(rates[i] == 1000 ? counts.right == 0 : counts.right > 0);
                assert_true(counts.failed > 0);
        }
}

/* One fault at every block of an exchange in turn, in each direction: always recovered. */
static void t1_recovers_from_any_single_fault(void **state)
{
        (void)state;
        for (unsigned kind = 0; kind < 4; kind++)
                for (unsigned at = 0; at < 60; at++) {
                        struct card card = {.ifsc = 32};
                        uint8_t apdu[120] = {0x00, 0xCB, 0x01, 0xF0}, rsp[2 * APDU_MAX];
                        uint8_t wanted[2 * APDU_MAX], answer[BLOCK];
                        struct t1_link link;
                        struct t1_block block;
                        struct t1 t1;

                        seed = 77;
                        card_reset(&card);
                        card.wishes = 3;
                        t1_link_reset(&link, 32, 40, false, true, 0);
                        int32_t status = t1_start(&t1, &link, apdu, sizeof(apdu), rsp, sizeof(rsp));

                        while (status == SCARD_S_SUCCESS && t1_next(&t1, &block)) {
                                uint8_t copy[BLOCK];
                                bool now = t1.blocks == at + 1;

                                memcpy(copy, block.cmd, block.cmd_len);
                                if (now && kind == 0) { /* the card hears nothing */
                                        status = t1_answer(&t1, T1_SILENCE, NULL, 0);
                                        continue;
                                }
                                if (now && kind == 1) /* it hears garble */
                                        copy[1] ^= 0x40;
                                card_hear(&card, copy, block.cmd_len);
                                memcpy(answer, card.last, card.last_len);
                                if (now && kind == 2) /* we do */
                                        answer[card.last_len - 1] ^= 1;
                                status = now && kind == 3 ? t1_answer(&t1, T1_SILENCE, NULL, 0)
                                                          : t1_answer(&t1, T1_BLOCK, answer, card.last_len);
                        }
                        assert_int_equal(status, SCARD_S_SUCCESS);
                        assert_int_equal(card.executed, 1);
                        assert_int_equal(t1.rsp_len, answer_of(apdu, sizeof(apdu), 1, wanted));
                        assert_memory_equal(rsp, wanted, t1.rsp_len);
                        t1_end(&t1);
                }
}

/* Valid blocks without any sense, for as long as it takes. */
static void t1_a_mad_card_cannot_make_it_loop(void **state)
{
        static const uint8_t pcbs[] = {0x00, 0x20, 0x40, 0x60, 0x80, 0x90, 0x81, 0x92, 0xC0, 0xC1, 0xC2,
                                       0xC3, 0xE0, 0xE1, 0xE2, 0xE3, 0xC3, 0xC3, 0xE0, 0xE0, 0xE1, 0xE2};
        struct card edc = {.crc = false};
        unsigned most = 0;

        (void)state;
        seed = 4711;
        for (unsigned i = 0; i < 3000; i++) {
                uint8_t apdu[100] = {0x00, 0xCB, 0x00, 0x00}, rsp[64], answer[8] = {0};
                struct t1_link link;
                struct t1_block block;
                struct t1 t1;

                t1_link_reset(&link, 32, 40, false, true, 0);
                int32_t status = t1_start(&t1, &link, apdu, sizeof(apdu), rsp, sizeof(rsp));

                while (status == SCARD_S_SUCCESS && t1_next(&t1, &block)) {
                        answer[1] = pcbs[random_number(sizeof(pcbs))];
                        answer[2] = (answer[1] & 0xC1) == 0xC1 ? 1 : 0;
                        answer[3] = answer[1] == 0xE1 ? 40 : answer[1] == 0xC3 ? 0 : 1;
                        (void)card_edc(&edc, answer, 3u + answer[2], answer + 3 + answer[2]);
                        status = t1_answer(&t1, T1_BLOCK, answer, 4u + answer[2]);
                        assert_true(t1.blocks < 5000);
                }
                if (t1.blocks > most)
                        most = t1.blocks;
                t1_end(&t1);
        }
        print_message("at most %u blocks\n", most);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(t1_on_a_good_line_always_answers),
            cmocka_unit_test(t1_on_a_bad_line_answers_nearly_always),
            cmocka_unit_test(t1_on_a_terrible_line_is_never_wrong),
            cmocka_unit_test(t1_recovers_from_any_single_fault),
            cmocka_unit_test(t1_a_mad_card_cannot_make_it_loop),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
