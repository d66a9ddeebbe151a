/*
 * Tests of src/core/t1.c. The scenarios are those of ISO/IEC 7816-3:2006 annex A and rules 1 to 9
 * of 11.6.2 and 11.6.3, in its notation: I01 00A4   an I-block with N(S) = 0, M = 1 and that INF      R1,
 * R1e, R1o   an R-block with N(R) = 1: no Sifs? 20   S(IFS request), INF 20;   Sifs! 20: the response error,
 * EDC or parity, other error
 *      -  nothing within BWT      x  characters with parity errors      #0000  these very bytes as a block
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "scarderr.h"

#include "core/edc.h"
#include "core/t1.h"

#define ROOM 600

static size_t from_hex(const char *hex, uint8_t *out)
{
        size_t len = 0;
        unsigned value;

        for (; hex[0] != '\0'; hex += hex[0] == ' ' ? 1 : 2)
                if (hex[0] != ' ') {
                        assert_int_equal(sscanf(hex, "%2x", &value), 1);
                        assert_true(len < ROOM);
                        out[len++] = (uint8_t)value;
                }
        return len;
}

static const struct {
        const char *name;
        uint8_t pcb;
} s_blocks[] = {{"Sresynch", 0xC0}, {"Sifs", 0xC1}, {"Sabort", 0xC2}, {"Swtx", 0xC3}};

static uint8_t s_pcb(const char *text)
{
        for (size_t i = 0; i < 4; i++) {
                size_t len = strlen(s_blocks[i].name);

                if (strncmp(text, s_blocks[i].name, len) == 0)
                        return text[len] == '!' ? s_blocks[i].pcb | 0x20 : s_blocks[i].pcb;
        }
        fail_msg("no block: %s", text);
        return 0;
}

/* The block that the text stands for, with an LRC of the test's own. */
static size_t block_from_text(const char *text, uint8_t *out)
{
        const char *inf = strchr(text, ' ');
        size_t len = inf != NULL ? from_hex(inf, out + 3) : 0;

        if (text[0] == '#')
                return from_hex(text + 1, out);
        out[0] = 0;
        if (text[0] == 'I')
                out[1] = (uint8_t)((text[1] == '1' ? 0x40 : 0) | (text[2] == '1' ? 0x20 : 0));
        else if (text[0] == 'R')
                out[1] = (uint8_t)(0x80 | (text[1] == '1' ? 0x10 : 0) |
                                   (text[2] == 'e'   ? 1
                                    : text[2] == 'o' ? 2
                                                     : 0));
        else
                out[1] = s_pcb(text);
        out[2] = (uint8_t)len;
        out[3 + len] = 0;
        for (size_t i = 0; i < 3 + len; i++)
                out[3 + len] ^= out[i];
        return len + 4;
}

struct step {
        const char *sent, *answer;
};

/* What a script leaves behind. */
struct end {
        int32_t status;
        bool reset_needed;
        size_t len, needed;
        uint8_t rsp[ROOM];
        uint8_t bwt[64]; /* bBWI of each block */
};

static void run_link(struct t1_link *link, const char *apdu_hex, const struct step *steps, size_t cap,
                     struct end *end)
{
        uint8_t apdu[ROOM], wanted[ROOM], answer[ROOM];
        struct t1_block block;
        struct t1 t1;
        size_t n = 0, len;

        memset(end, 0, sizeof(*end));
        end->status = t1_start(&t1, link, apdu, from_hex(apdu_hex, apdu), end->rsp, cap);
        for (; end->status == SCARD_S_SUCCESS && t1_next(&t1, &block); n++) {
                if (steps[n].sent == NULL)
                        fail_msg("block %zu is one too many: PCB %02X", n, block.cmd[1]);
                len = block_from_text(steps[n].sent, wanted);
                if (block.cmd_len != len || memcmp(block.cmd, wanted, len) != 0)
                        fail_msg("block %zu is not %s: PCB %02X", n, steps[n].sent, block.cmd[1]);
                assert_true(n < sizeof(end->bwt));
                end->bwt[n] = block.bwt_factor;
                if (steps[n].answer[0] == '-')
                        end->status = t1_answer(&t1, T1_SILENCE, NULL, 0);
                else if (steps[n].answer[0] == 'x')
                        end->status = t1_answer(&t1, T1_GARBLED, NULL, 0);
                else
                        end->status =
                            t1_answer(&t1, T1_BLOCK, answer, block_from_text(steps[n].answer, answer));
        }
        if (steps[n].sent != NULL)
                fail_msg("block %zu was not sent: %s", n, steps[n].sent);
        assert_false(t1_next(&t1, &block));
        assert_null(block.cmd);
        t1_end(&t1);
        end->len = t1.rsp_len;
        end->needed = t1.rsp_needed;
        end->reset_needed = t1.reset_needed;
        for (size_t i = 0; i < sizeof(t1.out); i++)
                assert_int_equal(t1.out[i], 0);
        if (end->status != SCARD_S_SUCCESS) {
                assert_int_equal(end->len, 0);
                for (size_t i = 0; i < sizeof(end->rsp); i++)
                        assert_int_equal(end->rsp[i], 0);
        }
}

/* A card with IFSC 4 and a reader of 32 bytes, so that scripts stay short and nothing comes first. */
static void small_link(struct t1_link *link)
{
        t1_link_reset(link, 4, 0, false, true, 0);
}

#define APDU      "00A40000"         /* one block */
#define LONG_APDU "00A4000000"       /* an answer of up to 256 bytes: more than the first IFSD */
#define CHAINED   "00D6000003AABBCC" /* two blocks of four bytes */

static void expect_link(struct t1_link *link, const char *apdu, const struct step *steps,
                        const char *response)
{
        uint8_t wanted[ROOM];
        size_t len = from_hex(response, wanted);
        struct end end;

        run_link(link, apdu, steps, ROOM, &end);
        assert_int_equal(end.status, SCARD_S_SUCCESS);
        assert_int_equal(end.len, len);
        assert_memory_equal(end.rsp, wanted, len);
        assert_false(end.reset_needed);
}

static void expect(const char *apdu, const struct step *steps, const char *response)
{
        struct t1_link link;

        small_link(&link);
        expect_link(&link, apdu, steps, response);
}

static void expect_failure_link(struct t1_link *link, const char *apdu, const struct step *steps,
                                int32_t status, bool reset_needed)
{
        struct end end;

        run_link(link, apdu, steps, ROOM, &end);
        assert_int_equal(end.status, status);
        assert_int_equal(end.reset_needed, reset_needed);
}

static void expect_failure(const char *apdu, const struct step *steps, int32_t status, bool reset_needed)
{
        struct t1_link link;

        small_link(&link);
        expect_failure_link(&link, apdu, steps, status, reset_needed);
}

#define STEPS(...) ((const struct step[]){__VA_ARGS__, {NULL, NULL}})

/* ---- without errors (rules 1 to 5) */

static void t1_numbers_go_on_from_command_to_command(void **state)
{
        struct t1_link link;

        (void)state;
        small_link(&link);
        expect_link(&link, APDU, STEPS({"I00 00A40000", "I00 9000"}), "9000");
        expect_link(&link, APDU, STEPS({"I10 00A40000", "I10 9001"}), "9001");
        expect_link(&link, APDU, STEPS({"I00 00A40000", "I00 9002"}), "9002");
}

static void t1_chains_to_the_card(void **state)
{
        struct t1_link link;

        (void)state;
        small_link(&link);
        expect_link(&link, "00D6000005AABBCCDDEE",
                    STEPS({"I01 00D60000", "R1"}, {"I11 05AABBCC", "R0"}, {"I00 DDEE", "I00 9000"}), "9000");
        assert_int_equal(link.ns, 1);
        assert_int_equal(link.nr, 1);
}

static void t1_chains_from_the_card(void **state)
{
        (void)state;
        expect(APDU,
               STEPS({"I00 00A40000", "I01 0102"}, {"R1", "I11 0304"}, {"R0", "I01"}, {"R1", "I10 9000"}),
               "010203049000");
}

static void t1_chains_both_ways(void **state)
{
        (void)state;
        expect(CHAINED, STEPS({"I01 00D60000", "R1"}, {"I10 03AABBCC", "I01 01"}, {"R1", "I10 9000"}),
               "019000");
}

static void t1_a_command_of_exactly_ifsc_is_one_block(void **state)
{
        struct t1_link link;

        (void)state;
        t1_link_reset(&link, 8, 0, false, true, 0);
        expect_link(&link, CHAINED, STEPS({"I00 00D6000003AABBCC", "I00 9000"}), "9000");
}

static void t1_negotiates_ifsd_once_before_the_first_command(void **state)
{
        struct t1_link link;

        (void)state;
        t1_link_reset(&link, 32, 1024, false, true, 0);
        expect_link(&link, LONG_APDU, STEPS({"Sifs? FE", "Sifs! FE"}, {"I00 00A4000000", "I00 9000"}),
                    "9000");
        assert_int_equal(link.ifsd, 254);
        expect_link(&link, LONG_APDU, STEPS({"I10 00A4000000", "I10 9000"}), "9000");
}

static void t1_asks_for_a_larger_ifsd_only_for_an_answer_that_needs_it(void **state)
{
        struct t1_link link;

        (void)state;
        t1_link_reset(&link, 32, 254, false, true, 0);
        expect_link(&link, APDU, STEPS({"I00 00A40000", "I00 9000"}), "9000");
        expect_link(&link, "008400001E", STEPS({"I10 008400001E", "I10 9000"}), "9000"); /* 30 and SW1 SW2 */
        expect_link(&link, "008400001F", STEPS({"Sifs? FE", "Sifs! FE"}, {"I00 008400001F", "I00 9000"}),
                    "9000");
        assert_int_equal(link.ifsd, 254);
}

static void t1_ifsd_is_what_the_reader_can_take(void **state)
{
        static const struct {
                unsigned max;
                uint8_t wanted;
                bool due;
        } rows[] = {{0, 32, false},   {32, 32, false},   {247, 247, true}, {252, 252, true},
                    {254, 254, true}, {1024, 254, true}, {16, 16, true}};
        struct t1_link link;

        (void)state;
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                t1_link_reset(&link, 32, rows[i].max, false, true, 0);
                assert_int_equal(link.ifsd_wanted, rows[i].wanted);
                assert_int_equal(link.ifs_due, rows[i].due);
                assert_int_equal(link.ifsd, 32);
                t1_link_reset(&link, 32, rows[i].max, false, false, 0); /* the reader has done it */
                assert_false(link.ifs_due);
                assert_int_equal(link.ifsd, rows[i].wanted);
        }
        t1_link_reset(&link, 0, 0, false, true, 0);
        assert_int_equal(link.ifsc, 32);
        t1_link_reset(&link, 255, 0, false, true, 0);
        assert_int_equal(link.ifsc, 32);
}

/* dwMaxIFSD of 254, and messages that carry blocks of 8 bytes. */
static void t1_blocks_are_no_longer_than_a_message_carries(void **state)
{
        struct t1_link link;

        (void)state;
        t1_link_reset(&link, 254, 254, false, true, 0);
        t1_link_limit(&link, 8);
        expect_link(&link, "00D60000050102030405",
                    STEPS({"Sifs? 04", "Sifs! 04"}, {"I01 00D60000", "R1"}, {"I11 05010203", "R0"},
                          {"I00 0405", "Sifs? FE"}, {"Sifs! FE", "I00 9000"}),
                    "9000");
        assert_int_equal(link.ifsd, 4);
        expect_link(&link, CHAINED, STEPS({"I11 00D60000", "R0"}, {"I00 03AABBCC", "I10 9000"}), "9000");
        /* What the reader has told the card is its matter; a long message changes nothing. */
        t1_link_reset(&link, 254, 254, false, false, 0);
        t1_link_limit(&link, 8);
        assert_int_equal(link.ifsd, 254);
        t1_link_reset(&link, 254, 254, true, true, 0);
        t1_link_limit(&link, 259);
        assert_int_equal(link.carried, 254);
        assert_int_equal(link.ifsd_wanted, 254);
        t1_link_limit(&link, 258); /* with a CRC */
        assert_int_equal(link.carried, 253);
        assert_int_equal(link.ifsd_wanted, 253);
}

static void t1_takes_the_cards_ifs_request(void **state)
{
        (void)state;
        expect("00D6000005AABBCCDDEE",
               STEPS({"I01 00D60000", "Sifs? 08"}, {"Sifs! 08", "R1"}, {"I10 05AABBCCDDEE", "I00 9000"}),
               "9000");
}

static void t1_repeats_a_block_as_it_was_after_a_larger_ifsc(void **state)
{
        (void)state;
        expect(CHAINED,
               STEPS({"I01 00D60000", "Sifs? 08"}, {"Sifs! 08", "R0e"}, {"I01 00D60000", "R1"},
                     {"I10 03AABBCC", "I00 9000"}),
               "9000");
}

static void t1_cuts_a_block_anew_after_a_smaller_ifsc(void **state)
{
        (void)state;
        expect("00A4000000",
               STEPS({"I01 00A40000", "Sifs? 03"}, {"Sifs! 03", "R0"}, {"I01 00A400", "R1"},
                     {"I10 0000", "I00 9000"}),
               "9000");
}

static void t1_grants_time_and_passes_the_multiplier_on(void **state)
{
        struct t1_link link;
        struct end end;

        (void)state;
        small_link(&link);
        run_link(&link, APDU,
                 STEPS({"I00 00A40000", "Swtx? 05"}, {"Swtx! 05", "Swtx? 02"}, {"Swtx! 02", "x"},
                       {"R0e", "I00 9000"}),
                 ROOM, &end);
        assert_int_equal(end.status, SCARD_S_SUCCESS);
        assert_int_equal(end.bwt[0], 0);
        assert_int_equal(end.bwt[1], 5);
        assert_int_equal(end.bwt[2], 2);
        assert_int_equal(end.bwt[3], 0);
}

static void t1_grants_time_inside_chains(void **state)
{
        (void)state;
        expect(CHAINED,
               STEPS({"I01 00D60000", "Swtx? 01"}, {"Swtx! 01", "R1"}, {"I10 03AABBCC", "I01 01"},
                     {"R1", "Swtx? 01"}, {"Swtx! 01", "I10 9000"}),
               "019000");
}

/* ---- with errors (rule 7) */

static void t1_resends_its_block_when_the_card_asks(void **state)
{
        (void)state;
        expect(APDU, STEPS({"I00 00A40000", "R0e"}, {"I00 00A40000", "I00 9000"}), "9000");
}

static void t1_asks_again_after_an_edc_error(void **state)
{
        (void)state;
        expect(APDU, STEPS({"I00 00A40000", "#0000029000FF"}, {"R0e", "I00 9000"}), "9000");
        expect(APDU, STEPS({"I00 00A40000", "x"}, {"R0e", "I00 9000"}), "9000");
}

static void t1_asks_again_after_silence(void **state)
{
        (void)state;
        expect(APDU, STEPS({"I00 00A40000", "-"}, {"R0o", "R0o"}, {"I00 00A40000", "I00 9000"}), "9000");
}

static void t1_resends_the_same_r_block(void **state)
{
        (void)state;
        /* 7.2: the first error's R-block goes out again, whatever the second error is */
        expect(APDU, STEPS({"I00 00A40000", "x"}, {"R0e", "-"}, {"R0e", "I00 9000"}), "9000");
}

static void t1_answers_the_cards_r_block_while_it_waits_for_an_answer_lost(void **state)
{
        (void)state;
        /* the card's I-block is lost, then our R-block is garbled at the card: it says R(1) */
        expect(APDU, STEPS({"I00 00A40000", "x"}, {"R0e", "R1e"}, {"R0e", "I00 9000"}), "9000");
}

static void t1_recovers_a_lost_acknowledgement_of_its_chain(void **state)
{
        (void)state;
        expect(CHAINED, STEPS({"I01 00D60000", "x"}, {"R0e", "R1"}, {"I10 03AABBCC", "I00 9000"}), "9000");
        expect(CHAINED,
               STEPS({"I01 00D60000", "R0e"}, {"I01 00D60000", "R1"}, {"I10 03AABBCC", "R1e"},
                     {"I10 03AABBCC", "I00 9000"}),
               "9000");
}

static void t1_recovers_inside_the_cards_chain(void **state)
{
        (void)state;
        /* the second block is lost; then our acknowledgement is garbled at the card */
        expect(APDU,
               STEPS({"I00 00A40000", "I01 0102"}, {"R1", "x"}, {"R1", "I11 0304"}, {"R0", "R1e"},
                     {"R0", "I00 9000"}),
               "010203049000");
}

static void t1_does_not_take_a_repeated_block_twice(void **state)
{
        (void)state;
        expect(APDU, STEPS({"I00 00A40000", "I01 0102"}, {"R1", "I01 0102"}, {"R1", "I10 9000"}), "01029000");
}

static void t1_recovers_a_lost_wtx_request_and_response(void **state)
{
        (void)state;
        expect(APDU,
               STEPS({"I00 00A40000", "x"}, {"R0e", "Swtx? 01"}, {"Swtx! 01", "Swtx? 01"},
                     {"Swtx! 01", "I00 9000"}),
               "9000");
}

static void t1_recovers_a_lost_ifs_request_of_the_card(void **state)
{
        (void)state;
        expect(APDU,
               STEPS({"I00 00A40000", "x"}, {"R0e", "Sifs? 08"}, {"Sifs! 08", "-"}, {"R0o", "I00 9000"}),
               "9000");
}

static void t1_repeats_its_ifs_request(void **state)
{
        struct t1_link link;

        (void)state;
        t1_link_reset(&link, 32, 254, false, true, 0);
        expect_link(&link, LONG_APDU,
                    STEPS({"Sifs? FE", "x"}, {"Sifs? FE", "R0e"}, {"Sifs? FE", "Sifs! 20"},
                          {"Sifs? FE", "Sifs! FE"}, {"I00 00A4000000", "I00 9000"}),
                    "9000");
}

static void t1_goes_on_with_a_card_that_does_not_know_ifs(void **state)
{
        struct t1_link link;

        (void)state;
        t1_link_reset(&link, 32, 254, false, true, 0);
        expect_link(&link, LONG_APDU,
                    STEPS({"Sifs? FE", "R0o"}, {"Sifs? FE", "R0o"}, {"Sifs? FE", "R0o"}, {"Sifs? FE", "R0o"},
                          {"I00 00A4000000", "I00 9000"}),
                    "9000");
        assert_int_equal(link.ifsd, 32);
}

/* Every block here is one more that is not valid: the R-block shows which error was seen. */
static void t1_malformed_blocks_are_errors(void **state)
{
        static const struct step bad[] = {
            {"R0o", "#"},               /* empty */
            {"R0o", "#000000"},         /* no EDC */
            {"R0o", "#0000FF00"},       /* LEN 255 */
            {"R0o", "#0000039000"},     /* LEN over the end */
            {"R0o", "#000001900000"},   /* bytes behind the end */
            {"R0o", "#1200029000 80"},  /* NAD */
            {"R0o", "#FF000290006D"},   /* NAD FF: a PPSS */
            {"R0o", "#0001029000 93"},  /* I-block, reserved bit */
            {"R0o", "#0010029000 82"},  /* the same, another one */
            {"R0o", "#00400290 00 D2"}, /* I-block out of sequence */
            {"R0o", "#00A000A0"},       /* R-block, bit 6 */
            {"R0o", "#00830083"},       /* R-block, reserved error */
            {"R0o", "#0080010081"},     /* R-block with INF */
            {"R0o", "#00C000C0"},       /* S(RESYNCH request) by the card */
            {"R0o", "#00E000E0"},       /* S(RESYNCH response) that was not asked for */
            {"R0o", "#00E10120C0"},     /* S(IFS response), the same */
            {"R0o", "#00E30101E3"},     /* S(WTX response), the same */
            {"R0o", "#00E200E2"},       /* S(ABORT response), the same */
            {"R0o", "#00C10100C0"},     /* IFSC 0 */
            {"R0o", "#00C101FF3F"},     /* IFSC 255 */
            {"R0o", "#00C100C1"},       /* S(IFS) without INF */
            {"R0o", "#00C3020101C1"},   /* S(WTX) with two bytes */
            {"R0o", "#00C300C3"},       /* S(WTX) without INF */
            {"R0o", "#00C20100C3"},     /* S(ABORT) with INF */
            {"R0o", "#00C200C2"},       /* S(ABORT) without a chain */
            {"R0o", "#00C400C4"},       /* S-block, reserved: once an error on VPP */
            {"R0o", "#00E400E4"},
            {"R0o", "#00DF00DF"},
            {"R0o", "R1"},             /* acknowledges what is no chain */
            {"R0e", "#0000029000 93"}, /* EDC */
        };

        (void)state;
        for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
                expect(APDU, STEPS({"I00 00A40000", bad[i].answer}, {bad[i].sent, "I00 9000"}), "9000");
}

static void t1_ignores_the_old_vpp_bits_of_nad(void **state)
{
        (void)state;
        expect(APDU, STEPS({"I00 00A40000", "#8800029000 1A"}), "9000");
}

static void t1_a_block_over_ifsd_is_an_error(void **state)
{
        (void)state;
        expect(
            APDU,
            STEPS({"I00 00A40000", "I00 000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E9000"},
                  {"R0o", "I00 9000"}),
            "9000");
}

/* ---- resynchronisation (rule 6), warm reset (rules 6.4, 7.4) */

static void t1_resynchronises_after_three_retransmissions(void **state)
{
        struct t1_link link;

        (void)state;
        small_link(&link);
        expect_link(&link, APDU, STEPS({"I00 00A40000", "I00 9000"}), "9000");
        /* The card may have executed the command: it is not sent again. */
        expect_failure_link(&link, APDU,
                            STEPS({"I10 00A40000", "x"}, {"R1e", "x"}, {"R1e", "x"}, {"R1e", "x"},
                                  {"Sresynch?", "Sresynch!"}),
                            SCARD_E_COMM_DATA_LOST, false);
        expect_link(&link, APDU, STEPS({"I00 00A40000", "I00 9000"}), "9000");
}

static void t1_starts_a_command_anew_that_the_card_cannot_have_whole(void **state)
{
        (void)state;
        expect(CHAINED,
               STEPS({"I01 00D60000", "R0e"}, {"I01 00D60000", "x"}, {"R0e", "x"}, {"R0e", "x"},
                     {"Sresynch?", "Sresynch!"}, {"I01 00D60000", "R1"}, {"I10 03AABBCC", "I00 9000"}),
               "9000");
        expect(APDU,
               STEPS({"I00 00A40000", "R0e"}, {"I00 00A40000", "R0e"}, {"I00 00A40000", "R0e"},
                     {"I00 00A40000", "R0e"}, {"Sresynch?", "Sresynch!"}, {"I00 00A40000", "I00 9000"}),
               "9000");
}

static void t1_negotiates_ifsd_anew_after_a_resynchronisation(void **state)
{
        struct t1_link link;

        (void)state;
        t1_link_reset(&link, 4, 16, false, true, 0);
        expect_link(&link, CHAINED,
                    STEPS({"Sifs? 10", "Sifs! 10"}, {"I01 00D60000", "x"}, {"R0e", "x"}, {"R0e", "x"},
                          {"R0e", "x"}, {"Sresynch?", "Sresynch!"}, {"Sifs? 10", "Sifs! 10"},
                          {"I01 00D60000", "R1"}, {"I10 03AABBCC", "I00 9000"}),
                    "9000");
}

static void t1_tries_resynchronisation_three_times_then_wants_a_reset(void **state)
{
        struct t1_link link;

        (void)state;
        small_link(&link);
        expect_link(&link, APDU, STEPS({"I00 00A40000", "I00 9000"}), "9000");
        expect_failure_link(&link, APDU,
                            STEPS({"I10 00A40000", "x"}, {"R1e", "-"}, {"R1e", "-"}, {"R1e", "-"},
                                  {"Sresynch?", "-"}, {"Sresynch?", "x"}, {"Sresynch?", "R0e"}),
                            SCARD_E_COMM_DATA_LOST, true);
        /* and nothing else until then */
        expect_failure_link(&link, APDU, (const struct step[]){{NULL, NULL}}, SCARD_W_UNRESPONSIVE_CARD,
                            true);
        small_link(&link);
        expect_link(&link, APDU, STEPS({"I00 00A40000", "I00 9000"}), "9000");
}

static void t1_a_mute_card_is_unresponsive(void **state)
{
        struct t1_link link;

        (void)state;
        small_link(&link);
        expect_link(&link, APDU, STEPS({"I00 00A40000", "I00 9000"}), "9000");
        expect_failure_link(&link, APDU,
                            STEPS({"I10 00A40000", "-"}, {"R1o", "-"}, {"R1o", "-"}, {"R1o", "-"},
                                  {"Sresynch?", "-"}, {"Sresynch?", "-"}, {"Sresynch?", "-"}),
                            SCARD_W_UNRESPONSIVE_CARD, true);
}

static void t1_without_one_good_block_since_the_reset_wants_another_reset(void **state)
{
        struct t1_link link;

        (void)state;
        /* 7.4.2: a resynchronisation is for a card that has spoken */
        expect_failure(APDU, STEPS({"I00 00A40000", "-"}, {"R0o", "-"}, {"R0o", "-"}, {"R0o", "-"}),
                       SCARD_W_UNRESPONSIVE_CARD, true);
        expect_failure(APDU, STEPS({"I00 00A40000", "x"}, {"R0e", "x"}, {"R0e", "x"}, {"R0e", "x"}),
                       SCARD_E_COMM_DATA_LOST, true);
        t1_link_reset(&link, 32, 254, false, true, 0);
        expect_failure_link(&link, LONG_APDU,
                            STEPS({"Sifs? FE", "-"}, {"Sifs? FE", "-"}, {"Sifs? FE", "-"}, {"Sifs? FE", "-"}),
                            SCARD_W_UNRESPONSIVE_CARD, true);
}

static void t1_resynchronises_first_after_a_command_was_given_up(void **state)
{
        uint8_t apdu[] = {0x00, 0xA4, 0x00, 0x00}, rsp[16];
        struct t1_link link;
        struct t1_block block;
        struct t1 t1;

        (void)state;
        small_link(&link);
        expect_link(&link, APDU, STEPS({"I00 00A40000", "I00 9000"}), "9000");
        assert_int_equal(t1_start(&t1, &link, apdu, sizeof(apdu), rsp, sizeof(rsp)), SCARD_S_SUCCESS);
        assert_true(t1_next(&t1, &block));
        t1_end(&t1); /* the reader was cancelled, say */
        assert_false(t1_next(&t1, &block));
        expect_link(&link, APDU, STEPS({"Sresynch?", "Sresynch!"}, {"I00 00A40000", "I00 9000"}), "9000");
}

/* ---- chains broken off (rule 9) */

static void t1_a_chain_that_the_card_aborts_is_lost(void **state)
{
        struct t1_link link;

        (void)state;
        small_link(&link);
        /* R(0): the right to send comes back, with the number that the card expects */
        expect_failure_link(&link, CHAINED, STEPS({"I01 00D60000", "Sabort?"}, {"Sabort!", "R1"}),
                            SCARD_E_COMM_DATA_LOST, false);
        expect_link(&link, APDU, STEPS({"I10 00A40000", "I00 9000"}), "9000");
}

static void t1_takes_an_answer_behind_an_aborted_chain(void **state)
{
        (void)state;
        expect(CHAINED, STEPS({"I01 00D60000", "Sabort?"}, {"Sabort!", "I00 6700"}), "6700");
}

static void t1_a_chain_of_the_card_that_it_aborts_is_lost(void **state)
{
        struct t1_link link;

        (void)state;
        small_link(&link);
        expect_failure_link(
            &link, APDU,
            STEPS({"I00 00A40000", "I01 0102"}, {"R1", "Sabort?"}, {"Sabort!", "x"}, {"R1e", "R1"}),
            SCARD_E_COMM_DATA_LOST, false);
        expect_link(&link, APDU, STEPS({"I10 00A40000", "I10 9000"}), "9000");
}

static void t1_an_answer_over_the_room_is_received_to_its_end(void **state)
{
        struct t1_link link;
        struct end end;

        (void)state;
        small_link(&link);
        run_link(&link, APDU, STEPS({"I00 00A40000", "I01 010203"}, {"R1", "I11 0405"}, {"R0", "I00 9000"}),
                 4, &end);
        assert_int_equal(end.status, SCARD_E_INSUFFICIENT_BUFFER);
        assert_int_equal(end.needed, 7);
        expect_link(&link, APDU, STEPS({"I10 00A40000", "I10 9000"}), "9000");
}

/* A card whose answer has no end: blocks of len bytes. Returns the status; *sent: blocks it took. */
static int32_t run_endless(struct t1_link *link, size_t len, unsigned *sent)
{
        static uint8_t rsp[70000];
        uint8_t apdu[] = {0x00, 0xA4, 0x00, 0x00}, answer[T1_BLOCK_MAX] = {0};
        int32_t status;
        struct t1_block block;
        struct t1 t1;
        uint8_t number = 0;

        status = t1_start(&t1, link, apdu, sizeof(apdu), rsp, sizeof(rsp));
        while (status == SCARD_S_SUCCESS && t1_next(&t1, &block)) {
                bool aborted = block.cmd[1] == 0xC2;

                answer[1] = (uint8_t)(aborted ? 0xE2 : 0x20 | number << 6);
                answer[2] = (uint8_t)(aborted ? 0 : len);
                number ^= 1;
                status = t1_answer(&t1, T1_BLOCK, answer, edc_append(answer, 3u + answer[2], false));
        }
        *sent = t1.blocks;
        t1_end(&t1);
        return status;
}

static void t1_aborts_an_answer_without_end(void **state)
{
        struct t1_link link;
        unsigned sent;

        (void)state;
        small_link(&link);
        assert_int_equal(run_endless(&link, 0, &sent), SCARD_E_COMM_DATA_LOST);
        assert_in_range(sent, 2, 40);
        small_link(&link);
        assert_int_equal(run_endless(&link, 1, &sent), SCARD_E_COMM_DATA_LOST);
        assert_in_range(sent, 2, 50);
        small_link(&link);
        assert_int_equal(run_endless(&link, 32, &sent), SCARD_E_COMM_DATA_LOST);
        assert_int_equal(sent, 65538 / 32 + 2);
        /* in step all the same: the next command is answered */
        expect_link(&link, APDU, STEPS({"I10 00A40000", "I00 9000"}), "9000");
}

static void t1_a_card_cannot_extend_the_time_for_ever(void **state)
{
        struct t1_link link;

        (void)state;
        t1_link_reset(&link, 4, 0, false, true, 10);
        expect_failure_link(&link, APDU,
                            STEPS({"I00 00A40000", "Swtx? 06"}, {"Swtx! 06", "Swtx? 04"},
                                  {"Swtx! 04", "Swtx? 00"}, {"Sresynch?", "Sresynch!"}),
                            SCARD_E_TIMEOUT, false);
        expect_link(&link, APDU, STEPS({"I00 00A40000", "I00 9000"}), "9000");
}

static void t1_an_answer_under_two_bytes_is_no_response(void **state)
{
        struct t1_link link;

        (void)state;
        small_link(&link);
        expect_failure_link(&link, APDU, STEPS({"I00 00A40000", "I00 90"}), SCARD_F_COMM_ERROR, false);
        expect_link(&link, APDU, STEPS({"I10 00A40000", "I10 9000"}), "9000");
}

static void t1_start_refuses_what_is_no_command(void **state)
{
        static uint8_t apdu[65545];
        uint8_t rsp[2];
        struct t1_link link;
        struct t1_block block;
        struct t1 t1;

        (void)state;
        small_link(&link);
        assert_int_equal(t1_start(&t1, &link, apdu, 3, rsp, 2), SCARD_E_INVALID_PARAMETER);
        assert_int_equal(t1_start(&t1, &link, apdu, sizeof(apdu), rsp, 2), SCARD_E_INVALID_PARAMETER);
        assert_int_equal(t1_start(&t1, &link, NULL, 4, rsp, 2), SCARD_E_INVALID_PARAMETER);
        assert_int_equal(t1_start(&t1, &link, apdu, 4, rsp, 1), SCARD_E_INSUFFICIENT_BUFFER);
        assert_int_equal(t1_start(&t1, &link, apdu, 4, NULL, 2), SCARD_E_INSUFFICIENT_BUFFER);
        assert_false(t1_next(&t1, &block));
        assert_int_equal(t1_answer(&t1, T1_SILENCE, NULL, 0), SCARD_E_UNEXPECTED);
        t1_end(&t1);
        assert_false(link.resynch_due);
}

static void t1_speaks_crc(void **state)
{
        uint8_t apdu[] = {0x00, 0xA4, 0x00, 0x00}, rsp[16], answer[8] = {0, 0, 2, 0x90, 0x00};
        struct t1_link link;
        struct t1_block block;
        struct t1 t1;

        (void)state;
        t1_link_reset(&link, 32, 0, true, true, 0);
        assert_int_equal(t1_start(&t1, &link, apdu, sizeof(apdu), rsp, sizeof(rsp)), SCARD_S_SUCCESS);
        assert_true(t1_next(&t1, &block));
        assert_int_equal(block.cmd_len, 3 + 4 + 2);
        assert_int_equal(block.rsp_max, 3 + 32 + 2);
        assert_true(edc_check(block.cmd, block.cmd_len, true));
        assert_int_equal(t1_answer(&t1, T1_BLOCK, answer, edc_append(answer, 5, false)), SCARD_S_SUCCESS);
        assert_true(t1_next(&t1, &block)); /* an LRC is not enough */
        assert_int_equal(block.cmd[1], 0x82);
        assert_int_equal(t1_answer(&t1, T1_BLOCK, answer, edc_append(answer, 5, true)), SCARD_S_SUCCESS);
        assert_int_equal(t1.rsp_len, 2);
        t1_end(&t1);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(t1_numbers_go_on_from_command_to_command),
            cmocka_unit_test(t1_chains_to_the_card),
            cmocka_unit_test(t1_chains_from_the_card),
            cmocka_unit_test(t1_chains_both_ways),
            cmocka_unit_test(t1_a_command_of_exactly_ifsc_is_one_block),
            cmocka_unit_test(t1_negotiates_ifsd_once_before_the_first_command),
            cmocka_unit_test(t1_asks_for_a_larger_ifsd_only_for_an_answer_that_needs_it),
            cmocka_unit_test(t1_ifsd_is_what_the_reader_can_take),
            cmocka_unit_test(t1_blocks_are_no_longer_than_a_message_carries),
            cmocka_unit_test(t1_takes_the_cards_ifs_request),
            cmocka_unit_test(t1_repeats_a_block_as_it_was_after_a_larger_ifsc),
            cmocka_unit_test(t1_cuts_a_block_anew_after_a_smaller_ifsc),
            cmocka_unit_test(t1_grants_time_and_passes_the_multiplier_on),
            cmocka_unit_test(t1_grants_time_inside_chains),
            cmocka_unit_test(t1_resends_its_block_when_the_card_asks),
            cmocka_unit_test(t1_asks_again_after_an_edc_error),
            cmocka_unit_test(t1_asks_again_after_silence),
            cmocka_unit_test(t1_resends_the_same_r_block),
            cmocka_unit_test(t1_answers_the_cards_r_block_while_it_waits_for_an_answer_lost),
            cmocka_unit_test(t1_recovers_a_lost_acknowledgement_of_its_chain),
            cmocka_unit_test(t1_recovers_inside_the_cards_chain),
            cmocka_unit_test(t1_does_not_take_a_repeated_block_twice),
            cmocka_unit_test(t1_recovers_a_lost_wtx_request_and_response),
            cmocka_unit_test(t1_recovers_a_lost_ifs_request_of_the_card),
            cmocka_unit_test(t1_repeats_its_ifs_request),
            cmocka_unit_test(t1_goes_on_with_a_card_that_does_not_know_ifs),
            cmocka_unit_test(t1_malformed_blocks_are_errors),
            cmocka_unit_test(t1_ignores_the_old_vpp_bits_of_nad),
            cmocka_unit_test(t1_a_block_over_ifsd_is_an_error),
            cmocka_unit_test(t1_resynchronises_after_three_retransmissions),
            cmocka_unit_test(t1_starts_a_command_anew_that_the_card_cannot_have_whole),
            cmocka_unit_test(t1_negotiates_ifsd_anew_after_a_resynchronisation),
            cmocka_unit_test(t1_tries_resynchronisation_three_times_then_wants_a_reset),
            cmocka_unit_test(t1_a_mute_card_is_unresponsive),
            cmocka_unit_test(t1_without_one_good_block_since_the_reset_wants_another_reset),
            cmocka_unit_test(t1_resynchronises_first_after_a_command_was_given_up),
            cmocka_unit_test(t1_a_chain_that_the_card_aborts_is_lost),
            cmocka_unit_test(t1_takes_an_answer_behind_an_aborted_chain),
            cmocka_unit_test(t1_a_chain_of_the_card_that_it_aborts_is_lost),
            cmocka_unit_test(t1_an_answer_over_the_room_is_received_to_its_end),
            cmocka_unit_test(t1_aborts_an_answer_without_end),
            cmocka_unit_test(t1_a_card_cannot_extend_the_time_for_ever),
            cmocka_unit_test(t1_an_answer_under_two_bytes_is_no_response),
            cmocka_unit_test(t1_start_refuses_what_is_no_command),
            cmocka_unit_test(t1_speaks_crc),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
