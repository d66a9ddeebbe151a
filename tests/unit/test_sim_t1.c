/*
 * test_sim_t1.c - src/sim/t1.c and T=1 through the reader: blocks as the standard's rules give them.
 * ISO/IEC 7816-3:2006 clause 11.
 */
#include "test_sim_wire.h"

#include "sim/card.h"
#include "sim/t1.h"

/* A card and the state of its protocol, without a reader. */
static struct {
        struct sim_card *card;
        struct sim_t1 t1;
        uint8_t command[65544], response[65544];
        uint8_t answer[SIM_T1_BLOCK_MAX];
        size_t answer_len;
        uint64_t faults;
} side;

static int set_up(void **state)
{
        (void)state;
        side.card = sim_card_create(sim_profile_find("iso", 3), SIM_T1, false, true);
        if (side.card == NULL)
                return -1;
        uint8_t atr[SIM_ATR_MAX];
        (void)sim_card_reset(side.card, SIM_CLASS_A, atr);
        sim_t1_init(&side.t1, side.command, side.response, sizeof side.command, false);
        side.faults = 0;
        return 0;
}

static int tear_down(void **state)
{
        (void)state;
        sim_t1_reset(&side.t1);
        sim_card_destroy(side.card);
        return 0;
}

static void exchange(const uint8_t *block, size_t len)
{
        sim_t1_exchange(&side.t1, side.card, block, len, side.faults, side.answer, &side.answer_len);
        side.faults = 0;
}

/* hex: prologue and information field; the epilogue is added. answer: the same, and it has to be right. */
static void asked(const char *hex, const char *answer)
{
        uint8_t block[300];
        uint8_t edc[2];
        size_t len = from_hex(hex, block);

        len += sim_t1_epilogue(block, len, side.t1.crc, block + len);
        exchange(block, len);
        const size_t covered = side.answer_len - (side.t1.crc ? 2 : 1);
        const size_t edc_len = sim_t1_epilogue(side.answer, covered, side.t1.crc, edc);
        assert_memory_equal(edc, side.answer + covered, edc_len);
        if (answer != NULL)
                bytes_are(side.answer, covered, answer);
}

#define CHALLENGE_8 "00 84 00 00 08"
#define TRIES       "00 20 00 01"

static void epilogues_are_the_published_ones(void **state)
{
        static const struct {
                const char *block, *edc;
                bool crc;
        } cases[] = {
            {"00 C1 01 FE", "3E", false},
            {"00 E1 01 FE", "1E", false},
            {"00 40 02 90 00", "D2", false}, /* a Swiss health card, in libccid's comments */
            {"00 C3 01 09", "CB", false},
            {"00 C1 01 FE", "54 4E", true}, /* OsEID's notes on T=1 with CRC, traces of libccid */
            {"00 E1 01 FE", "57 75", true},
            {"00 00 05 00 A4 00 00 00", "B8 DA", true},
            {"00 90 00", "20 6E", true},
        };

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
                uint8_t block[16], edc[2];
                const size_t len = from_hex(cases[i].block, block);
                bytes_are(edc, sim_t1_epilogue(block, len, cases[i].crc, edc), cases[i].edc);
        }
}

static void numbers_alternate_both_ways(void **state)
{
        (void)state;
        asked("00 00 04 " TRIES, "00 00 02 63 C3");
        asked("00 40 04 " TRIES, "00 40 02 63 C3");
        asked("00 00 04 " TRIES, "00 00 02 63 C3");
        asked("00 00 04 " TRIES, "00 92 00"); /* the number of the block before: R, other error, N(R) = 1 */
        asked("00 40 04 " TRIES, "00 40 02 63 C3");
}

static void a_damaged_block_is_asked_for_again(void **state)
{
        static const uint8_t bad_edc[] = {0x00, 0x00, 0x04, 0x00, 0x20, 0x00, 0x01, 0x00};
        static const uint8_t too_short[] = {0x00, 0x00, 0x00};
        static const uint8_t cut[] = {0x00, 0x00, 0x04, 0x00, 0x04};

        (void)state;
        exchange(bad_edc, sizeof bad_edc);
        bytes_are(side.answer, side.answer_len, "00 81 00 81");
        exchange(too_short, sizeof too_short);
        bytes_are(side.answer, side.answer_len, "00 82 00 82");
        exchange(cut, sizeof cut);
        bytes_are(side.answer, side.answer_len, "00 82 00 82");
        asked("25 00 04 " TRIES, "00 82 00"); /* NAD */
        asked("00 1F 04 " TRIES, "00 82 00"); /* PCB */
        asked("00 83 00", "00 82 00");
        asked("00 80 01 00", "00 82 00"); /* an R-block has no information */
        asked("00 C5 00", "00 82 00");
        asked("00 00 04 " TRIES, "00 00 02 63 C3"); /* nothing of this was carried out */
}

static void a_lost_answer_is_sent_again(void **state)
{
        (void)state;
        asked("00 00 06 00 20 00 01 01 39", "00 00 02 63 C2");
        asked("00 80 00", "00 00 02 63 C2"); /* R(0): once more, and the card did not try again */
        asked("00 81 00", "00 00 02 63 C2");
        asked("00 90 00", "00 92 00"); /* acknowledges what has no continuation */
        asked("00 40 04 " TRIES, "00 40 02 63 C2");
}

static void commands_chain(void **state)
{
        (void)state;
        asked("00 20 05 00 A4 00 0C 02", "00 90 00");
        asked("00 90 00", "00 92 00");
        asked("00 80 00", "00 92 00"); /* what was sent last, again */
        asked("00 60 01 2F", "00 80 00");
        asked("00 00 01 20", "00 00 02 90 00");
        asked("00 60 00", "00 80 00"); /* an empty piece */
        asked("00 00 05 00 B0 00 00 04", "00 40 06 00 01 02 03 90 00");
}

static void answers_chain_by_ifsd(void **state)
{
        uint8_t got[600];
        size_t len = 0;
        const char *next = "00 90 00", *other = "00 80 00";

        (void)state;
        asked("00 00 07 00 A4 00 0C 02 2F 20", "00 00 02 90 00");
        asked("00 40 05 00 B0 00 00 00", NULL);
        for (unsigned block = 1;; block++) {
                const bool more = (side.answer[1] & 0x20) != 0;
                assert_int_equal(side.answer[1] & 0x40, block % 2 != 0 ? 0x40 : 0);
                assert_int_equal(side.answer[2], more ? 32 : 258 % 32);
                memcpy(got + len, side.answer + 3, side.answer[2]);
                len += side.answer[2];
                if (!more)
                        break;
                if (block == 3) { /* damaged on the way */
                        uint8_t before[SIM_T1_BLOCK_MAX];
                        memcpy(before, side.answer, side.answer_len);
                        asked("00 91 00", NULL);
                        assert_memory_equal(side.answer, before, side.answer_len);
                        asked("00 00 04 " TRIES, "00 82 00"); /* the chain has to go on */
                        asked("00 91 00", NULL);
                }
                asked(block % 2 != 0 ? other : next, NULL);
        }
        assert_int_equal(len, 258);
        for (size_t i = 0; i < 256; i++)
                assert_int_equal(got[i], i);
}

static void sizes_follow_s_ifs(void **state)
{
        uint8_t block[259] = {0x00, 0x00, 0xFE};

        (void)state;
        asked("00 C1 01 FE", "00 E1 01 FE");
        asked("00 C1 01 00", "00 82 00");
        asked("00 C1 01 FF", "00 82 00");
        asked("00 C1 02 20 20", "00 82 00");
        asked("00 00 05 00 84 00 00 FC", NULL);
        assert_int_equal(side.answer[2], 254); /* 252 and SW1 SW2: one block */
        assert_int_equal(side.answer[1], 0x00);
        asked("00 C1 01 10", "00 E1 01 10"); /* between two commands */
        asked("00 40 05 00 84 00 00 10", NULL);
        assert_int_equal(side.answer[1], 0x60);
        asked("00 C1 01 08", "00 E1 01 08"); /* in a chain: what was sent stays as it was */
        asked("00 80 00", NULL);
        assert_int_equal(side.answer[2], 2);

        side.faults = SIM_FAULT_IFS;
        asked("00 00 04 " TRIES, "00 C1 01 20");
        asked("00 80 00", "00 C1 01 20");        /* not understood: again */
        asked("00 00 04 " TRIES, "00 C1 01 20"); /* no answer to it: again */
        asked("00 E1 01 21", "00 C1 01 20");
        asked("00 E1 01 20", "00 40 02 63 C3");
        block[1] = 0x40; /* longer than the new IFSC */
        (void)sim_t1_epilogue(block, 257, false, block + 257);
        exchange(block, 258);
        bytes_are(side.answer, 3, "00 92 00");
}

static void waiting_time_is_asked_for(void **state)
{
        (void)state;
        side.faults = SIM_FAULT_WTX;
        asked("00 00 06 00 20 00 01 01 39", "00 C3 01 03");
        assert_int_equal(side.t1.wtx, 0);
        asked("00 81 00", "00 C3 01 03");
        asked("00 E3 01 03", "00 00 02 63 C2");
        assert_int_equal(side.t1.wtx, 3);
        asked("00 E3 01 03", "00 92 00"); /* nobody asked */
        assert_int_equal(side.t1.wtx, 0);
        asked("00 C3 01 03", "00 92 00"); /* the card alone may */
        asked("00 40 04 " TRIES, "00 40 02 63 C2");
}

static void resynchronisation_starts_anew(void **state)
{
        (void)state;
        asked("00 C1 01 FE", "00 E1 01 FE");
        asked("00 20 02 00 84", "00 90 00");
        asked("00 C0 00", "00 E0 00");
        asked("00 00 05 00 84 00 00 20", NULL); /* N(S) 0 again, the old chain forgotten, IFSD 32 again */
        assert_int_equal(side.answer[1], 0x20);
        assert_int_equal(side.answer[2], 32);
        side.faults = SIM_FAULT_RESYNCH;
        asked("00 90 00", "00 92 00");
        asked("00 90 00", "00 92 00");
        asked("00 40 04 " TRIES, "00 92 00");
        asked("00 C0 00", "00 E0 00");
        asked("00 00 04 " TRIES, "00 00 02 63 C3");
}

static void chains_are_aborted_by_either_side(void **state)
{
        (void)state;
        asked("00 20 02 00 84", "00 90 00");
        asked("00 C2 00", "00 E2 00"); /* the host gives up sending */
        asked("00 40 04 " TRIES, "00 00 02 63 C3");
        asked("00 00 05 00 84 00 00 40", NULL);
        assert_int_equal(side.answer[1], 0x60);
        asked("00 C2 00", "00 E2 00"); /* the host gives up receiving */
        asked("00 40 04 " TRIES, "00 00 02 63 C3");
        side.faults = SIM_FAULT_ABORT;
        asked("00 20 02 00 84", "00 C2 00");
        asked("00 C1 01 20", "00 C2 00"); /* its answer is due first */
        asked("00 E2 00", "00 90 00");    /* the right to send goes back */
        asked("00 40 04 " TRIES, "00 40 02 63 C3");
}

static void a_chain_without_end_is_aborted(void **state)
{
        uint8_t block[259] = {0x00, 0x20, 0xFE};
        unsigned sent = 0;

        (void)state;
        do {
                (void)sim_t1_epilogue(block, 257, false, block + 257);
                exchange(block, 258);
                block[1] ^= 0x40;
                sent++;
        } while ((side.answer[1] & 0xC0) == 0x80 && sent < 1000);
        assert_int_equal(sent, 65544 / 254 + 1);
        bytes_are(side.answer, 3, "00 C2 00");
        asked("00 E2 00", NULL);
        assert_int_equal(side.answer[1] & 0xC0, 0x80);
}

static void crc_is_checked_too(void **state)
{
        static const uint8_t lrc[] = {0x00, 0xC1, 0x01, 0xFE, 0x3E};
        static const uint8_t crc[] = {0x00, 0xC1, 0x01, 0xFE, 0x54, 0x4E};

        (void)state;
        sim_t1_init(&side.t1, side.command, side.response, sizeof side.command, true);
        exchange(lrc, sizeof lrc);
        bytes_are(side.answer, 3, "00 81 00");
        exchange(crc, sizeof crc);
        bytes_are(side.answer, side.answer_len, "00 E1 01 FE 57 75");
        asked("00 00 04 " TRIES, "00 00 02 63 C3");
}

static void faults_bend_the_block_and_not_what_follows(void **state)
{
        static const struct {
                uint64_t fault;
                const char *answer;
        } cases[] = {{SIM_FAULT_BAD_EDC, "00 00 02 63 C3 A3"},
                     {SIM_FAULT_BAD_PCB, "00 DF 02 63 C3 7D"},
                     {SIM_FAULT_BAD_NAD, "25 00 02 63 C3 87"}};
        uint8_t block[] = {0x00, 0x00, 0x04, 0x00, 0x20, 0x00, 0x01, 0x25};

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
                sim_t1_reset(&side.t1);
                side.faults = cases[i].fault;
                exchange(block, sizeof block);
                bytes_are(side.answer, side.answer_len, cases[i].answer);
                asked("00 81 00", "00 00 02 63 C3");
        }
        sim_t1_reset(&side.t1);
        for (unsigned i = 0; i < 1000; i++) {
                side.faults = SIM_FAULT_ENDLESS_CHAIN;
                asked(i == 0 ? "00 00 04 " TRIES : i % 2 != 0 ? "00 90 00" : "00 80 00", NULL);
                assert_int_equal(side.answer[1], i % 2 != 0 ? 0x60 : 0x20);
                assert_true(side.answer[2] > 0);
        }
}

static void a_status_word_on_request_ends_a_command_and_no_chain(void **state)
{
        const uint64_t word = SIM_FAULT_SW | (uint64_t)0x6982 << SIM_FAULT_SW_FROM;

        (void)state;
        side.faults = word;
        asked("00 20 02 00 20", "00 90 00"); /* the command is not whole yet: the fault is used up */
        asked("00 40 02 00 01", "00 00 02 63 C3");
        side.faults = word;
        asked("00 00 04 " TRIES, "00 40 02 69 82");
        asked("00 40 04 " TRIES, "00 00 02 63 C3");
}

/* ---- through the reader */

static void the_atr_tells_of_t1(void **state)
{
        (void)state;
        struct sim_device *device = plug_in("level=tpdu,edc=crc");
        ask(device, POWER_ON, "");
        bytes_are(in.bytes + 10, 8, "3B 9E 96 81 71 FE 45 01"); /* TC3: CRC */
        assert_int_equal(ask(device, XFR, "00 C1 01 FE 54 4E"), 0);
        data_is("00 E1 01 FE 57 75");
        sim_device_destroy(device);
        device = plug_in("level=tpdu,protocol=both");
        ask(device, POWER_ON, "");
        bytes_are(in.bytes + 10, 7, "3B 9E 96 80 31 FE 45");
        assert_int_equal(ask(device, SET_T1, "96 10 00 45 00 FE 00"), 0);
        assert_int_equal(ask(device, XFR, "00 C1 01 FE 3E"), 0);
        data_is("00 E1 01 FE 1E");
        sim_device_destroy(device);
}

static void blocks_pass_through_the_reader(void **state)
{
        (void)state;
        struct sim_device *device = plug_in("level=tpdu,auto=ifsd+voltage+params+pps");
        ask(device, POWER_ON, "");
        assert_int_equal(ask(device, XFR, "00 00 00"), 0x4001);
        assert_int_equal(ask(device, XFR, "00 00 05 00 84 00 00 FC 7D"), 0);
        assert_int_equal(in.bytes[11], 0x00); /* IFSD 254 has been told by the reader */
        assert_int_equal(in.len, 10 + 3 + 254 + 1);
        assert_true(sim_device_fault(device, "wtx@4+wtx@6+bad-edc@8+mute@9"));
        assert_int_equal(ask(device, XFR, "00 40 04 00 20 00 01 65"), 0);
        data_is("00 C3 01 03 C1");
        assert_int_equal(ask(device, "6F 00 03 0000", "00 E3 01 03 E1"), 0);
        data_is("00 40 02 63 C3 E2");
        assert_int_equal(ask(device, XFR, "00 00 04 00 20 00 01 25"), 0);
        data_is("00 C3 01 03 C1");
        assert_int_equal(ask(device, XFR, "00 E3 01 03 E1"), 0x40FE); /* bBWI 0: the reader did not wait */
        assert_int_equal(ask(device, XFR, "00 80 00 80"), 0);
        data_is("00 00 02 63 C3 A3");
        assert_int_equal(ask(device, XFR, "00 80 00 80"), 0x40FE);
        assert_int_equal(ask(device, XFR, "00 80 00 80"), 0);
        data_is("00 00 02 63 C3 A2");
        ask(device, POWER_ON, "");
        assert_int_equal(ask(device, XFR, "00 00 04 00 20 00 01 25"), 0); /* numbers from 0 again */
        sim_device_destroy(device);
}

static void pps_comes_before_the_first_block(void **state)
{
        (void)state;
        struct sim_device *device = plug_in("level=tpdu,auto=voltage");
        ask(device, POWER_ON, "");
        assert_int_equal(ask(device, XFR, "FF 11 96 78"), 0);
        data_is("FF 11 96 78");
        assert_int_equal(ask(device, XFR, "00 C1 01 FE 3E"), 0x40FE); /* the reader is at the default speed */
        assert_int_equal(ask(device, SET_T1, "96 10 00 45 00 FE 00"), 0);
        assert_int_equal(ask(device, XFR, "00 C1 01 FE 3E"), 0);
        assert_int_equal(ask(device, XFR, "FF 11 96 78"), 0x40FE);
        ask(device, POWER_ON, "");
        assert_int_equal(ask(device, XFR, "FF 10 96 79"), 0x40FE); /* T=0 was not offered */
        sim_device_destroy(device);
}

static void specific_mode_takes_no_pps(void **state)
{
        (void)state;
        struct sim_device *device = plug_in("level=tpdu,auto=voltage,mode=specific");
        ask(device, POWER_ON, "");
        bytes_are(in.bytes + 10, 8, "3B 9E 96 91 01 31 FE 45"); /* TD1 with TA2: T=1, speed of TA1 */
        assert_int_equal(ask(device, XFR, "FF 11 96 78"), 0x40FE);
        ask(device, POWER_ON, "");
        assert_int_equal(ask(device, XFR, "00 C1 01 FE 3E"), 0x40FE);
        ask(device, POWER_ON, "");
        assert_int_equal(ask(device, SET_T1, "96 10 00 45 00 FE 00"), 0);
        assert_int_equal(ask(device, XFR, "00 C1 01 FE 3E"), 0);
        sim_device_destroy(device);
        device = plug_in("level=tpdu,protocol=t0,auto=voltage,mode=specific");
        ask(device, POWER_ON, "");
        bytes_are(in.bytes + 10, 5, "3B 9E 96 10 00"); /* T=0 alone: TA2, no TCK */
        assert_int_equal(in.len, 10 + 2 + 3 + 14);
        sim_device_destroy(device);
}

static void reader_at_apdu_level_gets_over_it(void **state)
{
        (void)state;
        struct sim_device *device = plug_in("");
        ask(device, POWER_ON, "");
        assert_true(sim_device_fault(device, "bad-edc@2+resynch@3+ifs@4+endless-chain@6+abort@5"));
        for (unsigned i = 0; i < 3; i++) {
                assert_int_equal(ask(device, XFR, TRIES), 0);
                data_is("63 C3");
        }
        assert_int_equal(ask(device, XFR, TRIES), 0x40FB);
        assert_int_equal(ask(device, XFR, TRIES), 0x40FC);
        assert_true(sim_device_fault(device, NULL));
        assert_int_equal(ask(device, XFR, TRIES), 0);
        assert_true(sim_device_fault(device, "wtx@8"));
        assert_int_equal(ask(device, XFR, TRIES), 0x8001);
        assert_int_equal(sim_device_bulk_in(device, in.bytes, sizeof in.bytes, &in.len), SIM_OK);
        data_is("63 C3");
        sim_device_destroy(device);
        device = plug_in("protocol=t0");
        assert_false(sim_device_fault(device, "wtx@1"));
        assert_false(sim_device_fault(device, "pin-cancel@1"));
        sim_device_destroy(device);
}

static void character_level_exchanges_nothing(void **state)
{
        uint8_t bytes[128];

        (void)state;
        struct sim_device *device = plug_in("level=character");
        (void)sim_device_configuration(device, bytes, sizeof bytes);
        assert_int_equal(bytes[18 + 42], 0); /* dwFeatures: no level bits */
        assert_int_equal(ask(device, POWER_ON, ""), 0);
        assert_int_equal(ask(device, XFR, TRIES), 0x4000);
        sim_device_destroy(device);
}

int main(void)
{
#define ON_CARD(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(epilogues_are_the_published_ones),
            ON_CARD(numbers_alternate_both_ways),
            ON_CARD(a_damaged_block_is_asked_for_again),
            ON_CARD(a_lost_answer_is_sent_again),
            ON_CARD(commands_chain),
            ON_CARD(answers_chain_by_ifsd),
            ON_CARD(sizes_follow_s_ifs),
            ON_CARD(waiting_time_is_asked_for),
            ON_CARD(resynchronisation_starts_anew),
            ON_CARD(chains_are_aborted_by_either_side),
            ON_CARD(a_chain_without_end_is_aborted),
            ON_CARD(crc_is_checked_too),
            ON_CARD(faults_bend_the_block_and_not_what_follows),
            ON_CARD(a_status_word_on_request_ends_a_command_and_no_chain),
            cmocka_unit_test(the_atr_tells_of_t1),
            cmocka_unit_test(blocks_pass_through_the_reader),
            cmocka_unit_test(pps_comes_before_the_first_block),
            cmocka_unit_test(specific_mode_takes_no_pps),
            cmocka_unit_test(reader_at_apdu_level_gets_over_it),
            cmocka_unit_test(character_level_exchanges_nothing),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
