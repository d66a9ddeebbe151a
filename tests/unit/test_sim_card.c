/*
 * test_sim_card.c - src/sim/card.c, files.c, chv.c, t0.c and the profiles: APDUs in, APDUs out.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "sim/card.h"
#include "sim/config.h"
#include "sim/t0.h"

struct rig {
        struct sim_card *card;
        struct sim_t0 t0;
        uint8_t answer[65538];
        size_t len; /* of the data in answer */
};

static size_t from_hex(const char *hex, uint8_t *out)
{
        size_t len = 0;
        unsigned byte;
        int used;

        while (sscanf(hex, " %2x%n", &byte, &used) == 1) {
                out[len++] = (uint8_t)byte;
                hex += used;
        }
        return len;
}

static uint16_t status_word(struct rig *rig, size_t whole)
{
        assert_true(whole >= 2);
        rig->len = whole - 2;
        return (uint16_t)(rig->answer[rig->len] << 8 | rig->answer[rig->len + 1]);
}

static uint16_t apdu(struct rig *rig, const char *hex)
{
        uint8_t command[600];
        const size_t len = from_hex(hex, command);
        return status_word(rig, sim_card_apdu(rig->card, command, len, rig->answer,
                                              rig->card->extended ? sizeof rig->answer : SIM_SHORT_ANSWER));
}

static uint16_t tpdu(struct rig *rig, const char *hex)
{
        uint8_t command[300];
        const size_t len = from_hex(hex, command);
        size_t got;
        assert_int_equal(sim_t0_exchange(&rig->t0, rig->card, command, len, 0, rig->answer, &got),
                         SIM_T0_ANSWER);
        return status_word(rig, got);
}

static size_t reset(struct rig *rig, uint8_t *atr)
{
        uint8_t unused[SIM_ATR_MAX];
        sim_t0_reset(&rig->t0);
        return sim_card_reset(rig->card, SIM_CLASS_B, atr != NULL ? atr : unused);
}

static struct rig *insert(const char *profile, uint8_t protocols, bool extended)
{
        struct rig *rig = calloc(1, sizeof *rig);
        assert_non_null(rig);
        rig->card = sim_card_create(sim_profile_find(profile, strlen(profile)), protocols, false, extended);
        assert_non_null(rig->card);
        assert_true(reset(rig, NULL) > 0);
        return rig;
}

static void pull(struct rig *rig)
{
        sim_card_destroy(rig->card);
        free(rig);
}

static void atr_is(const char *profile, uint8_t protocols, bool crc, bool extended, const char *hex)
{
        uint8_t atr[SIM_ATR_MAX], wanted[SIM_ATR_MAX];
        const size_t wanted_len = from_hex(hex, wanted);
        struct sim_card *card =
            sim_card_create(sim_profile_find(profile, strlen(profile)), protocols, crc, extended);
        assert_non_null(card);
        assert_int_equal(sim_card_reset(card, SIM_CLASS_B, atr), wanted_len);
        assert_memory_equal(atr, wanted, wanted_len);
        sim_card_destroy(card);
}

static void atrs_are_as_7816_3_says(void **state)
{
        (void)state;
        atr_is("iso", SIM_T1, false, false,
               "3B 9E 96 81 31 FE 45 80 31 F8 73 F4 01 00 66 69 73 63 61 72 64 A4");
        atr_is("iso", SIM_T1, true, true,
               "3B 9E 96 81 71 FE 45 01 80 31 F8 73 F4 01 40 66 69 73 63 61 72 64 A5");
        atr_is("iso", SIM_T0, false, false, "3B 1E 96 80 31 F8 73 F4 01 00 66 69 73 63 61 72 64");
        atr_is("iso", SIM_T0 | SIM_T1, false, false,
               "3B 9E 96 80 31 FE 45 80 31 F8 73 F4 01 00 66 69 73 63 61 72 64 A5");
        atr_is("piv", SIM_T1, false, false,
               "3B 9F 96 81 B1 FE 45 1F 06 80 73 C0 01 00 F9 A0 00 00 03 08 00 00 10 00 EB");
        atr_is("piv", SIM_T0, false, false,
               "3B 9F 96 80 1F 06 80 73 C0 01 00 F9 A0 00 00 03 08 00 00 10 00 E0");
}

static void wrong_voltage_is_silence(void **state)
{
        uint8_t atr[SIM_ATR_MAX];

        (void)state;
        struct rig *rig = insert("piv", SIM_T1, false);
        assert_int_equal(sim_card_reset(rig->card, SIM_CLASS_A, atr), 0);
        assert_true(sim_card_reset(rig->card, SIM_CLASS_C, atr) > 0);
        pull(rig);
}

static void malformed_apdus_are_6700(void **state)
{
        static const char *const bad[] = {"",
                                          "00",
                                          "00 A4 00",
                                          "00 A4 00 00 02 3F",
                                          "00 A4 00 00 02 3F 00 00 00",
                                          "00 B0 00 00 00 00",
                                          "00 B0 00 00 00 00 10",
                                          "00 A4 00 00 00 00 02 3F 00"};
        (void)state;
        struct rig *rig = insert("iso", SIM_T1, false);
        for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
                assert_int_equal(apdu(rig, bad[i]), 0x6700);
        pull(rig);
        rig = insert("iso", SIM_T1, true);
        assert_int_equal(apdu(rig, "00 A4 00 00 00 00 02 3F 00"), 0x9000);
        assert_int_equal(apdu(rig, "00 A4 00 00 00 00 02 3F 00 00"), 0x6700);
        assert_int_equal(apdu(rig, "00 A4 00 00 00 00 02 3F 00 00 00"), 0x9000);
        assert_int_equal(rig->len, 0x15);
        pull(rig);
}

static void classes_that_it_lacks_are_refused(void **state)
{
        (void)state;
        struct rig *rig = insert("iso", SIM_T1, false);
        assert_int_equal(apdu(rig, "10 A4 00 00 02 3F 00"), 0x6884);
        assert_int_equal(apdu(rig, "0C A4 00 00 02 3F 00"), 0x6882);
        assert_int_equal(apdu(rig, "01 A4 00 00 02 3F 00"), 0x6881);
        assert_int_equal(apdu(rig, "40 A4 00 00 02 3F 00"), 0x6881);
        assert_int_equal(apdu(rig, "20 A4 00 00 02 3F 00"), 0x6E00);
        assert_int_equal(apdu(rig, "A0 A4 00 00 02 3F 00"), 0x6E00);
        assert_int_equal(apdu(rig, "FF A4 00 00 02 3F 00"), 0x6E00);
        assert_int_equal(apdu(rig, "00 CA 00 00 00"), 0x6D00);
        pull(rig);
}

static void select_finds_by_every_means(void **state)
{
        static const uint8_t fcp[] = {0x62, 0x11, 0x80, 2,    0, 0x40, 0x82, 1, 0x01, 0x83,
                                      2,    0x2F, 0x10, 0x88, 1, 0x80, 0x8A, 1, 0x05};
        (void)state;
        struct rig *rig = insert("iso", SIM_T1, false);
        assert_int_equal(apdu(rig, "00 A4 00 00"), 0x9000);
        assert_int_equal(apdu(rig, "00 A4 00 04 02 2F 10 00"), 0x9000);
        assert_int_equal(rig->len, sizeof fcp);
        assert_memory_equal(rig->answer, fcp, sizeof fcp);
        assert_int_equal(apdu(rig, "00 A4 00 0C 02 2F 10"), 0x9000);
        assert_int_equal(rig->len, 0);
        assert_int_equal(apdu(rig, "00 A4 08 0C 04 50 00 50 02"), 0x9000);
        assert_int_equal(apdu(rig, "00 A4 03 0C"), 0x9000);
        assert_int_equal(apdu(rig, "00 A4 03 0C"), 0x6A82);
        assert_int_equal(apdu(rig, "00 A4 01 0C 02 00 11"), 0x9000);
        assert_int_equal(apdu(rig, "00 A4 02 0C 02 6F 01"), 0x9000);
        assert_int_equal(apdu(rig, "00 A4 00 0C 02 50 00"), 0x9000); /* beside the current DF */
        assert_int_equal(apdu(rig, "00 A4 09 0C 02 50 01"), 0x9000);
        assert_int_equal(apdu(rig, "00 A4 04 0C 07 F0 69 73 63 61 72 64"), 0x9000);
        assert_int_equal(apdu(rig, "00 A4 04 00 08 F0 69 73 63 61 72 64 01 00"), 0x9000);
        assert_int_equal(rig->answer[0], 0x6F);
        assert_int_equal(apdu(rig, "00 A4 00 08 02 3F 00 00"), 0x9000);
        assert_int_equal(rig->len, 2);
        pull(rig);
}

static void select_refuses_and_keeps_the_selection(void **state)
{
        (void)state;
        struct rig *rig = insert("iso", SIM_T1, false);
        assert_int_equal(apdu(rig, "00 A4 00 0C 02 2F 02"), 0x9000);
        assert_int_equal(apdu(rig, "00 A4 00 0C 02 12 34"), 0x6A82);
        assert_int_equal(apdu(rig, "00 A4 00 0C 02 6F 01"), 0x6A82); /* not below the MF itself */
        assert_int_equal(apdu(rig, "00 A4 08 0C 03 50 00 50"), 0x6700);
        assert_int_equal(apdu(rig, "00 A4 08 0C 04 2F 02 50 01"), 0x6A82);
        assert_int_equal(apdu(rig, "00 A4 04 0C 02 A0 00"), 0x6A82);
        assert_int_equal(apdu(rig, "00 A4 05 0C 02 3F 00"), 0x6A86);
        assert_int_equal(apdu(rig, "00 A4 00 10 02 3F 00"), 0x6A86);
        assert_int_equal(apdu(rig, "00 A4 00 0E 02 3F 00"), 0x6A81);
        assert_int_equal(apdu(rig, "00 A4 00 00 02 3F 00 05"), 0x6C15); /* Le is too small for the FCI */
        assert_int_equal(apdu(rig, "00 A4 00 0C 02 2F 02"), 0x9000);
        assert_int_equal(apdu(rig, "00 B0 00 00 00"), 0x9000);
        assert_int_equal(rig->answer[0], 0x5A);
        pull(rig);
}

static void read_binary_knows_its_bounds(void **state)
{
        (void)state;
        struct rig *rig = insert("iso", SIM_T1, true);
        assert_int_equal(apdu(rig, "00 B0 00 00 00"), 0x6986);
        assert_int_equal(apdu(rig, "00 B0 82 00 00"), 0x9000); /* short identifier 02 */
        assert_int_equal(rig->len, 10);
        assert_int_equal(apdu(rig, "00 B0 00 08 02"), 0x9000);
        assert_int_equal(rig->len, 2);
        assert_int_equal(apdu(rig, "00 B0 00 08 05"), 0x6282);
        assert_int_equal(rig->len, 2);
        assert_int_equal(apdu(rig, "00 B0 00 0A 01"), 0x6B00);
        assert_int_equal(rig->len, 0);
        assert_int_equal(apdu(rig, "00 B0 83 00 00"), 0x6A82);
        assert_int_equal(apdu(rig, "00 B0 A2 00 00"), 0x6A86);
        assert_int_equal(apdu(rig, "00 B0 00 00"), 0x6700);
        assert_int_equal(apdu(rig, "00 A4 00 0C 02 2F 20"), 0x9000);
        assert_int_equal(apdu(rig, "00 B0 00 00 00 00 00"), 0x9000);
        assert_int_equal(rig->len, 32768);
        for (size_t i = 0; i < rig->len; i++)
                assert_int_equal(rig->answer[i], (i ^ i >> 8) & 0xFF);
        pull(rig);
}

static void update_binary_writes_and_outlives_a_reset(void **state)
{
        (void)state;
        struct rig *rig = insert("iso", SIM_T1, false);
        assert_int_equal(apdu(rig, "00 D6 82 00 01 00"), 0x6982);
        assert_int_equal(apdu(rig, "00 A4 08 0C 04 00 11 6F 01"), 0x9000);
        assert_int_equal(apdu(rig, "00 D6 00 7E 02 AB CD"), 0x9000);
        assert_int_equal(apdu(rig, "00 D6 00 7F 02 AB CD"), 0x6A84);
        assert_int_equal(apdu(rig, "00 D6 00 80 01 AB"), 0x6B00);
        reset(rig, NULL);
        assert_int_equal(apdu(rig, "00 B0 00 7E 02"), 0x6986); /* the selection does not */
        assert_int_equal(apdu(rig, "00 A4 08 0C 04 00 11 6F 01"), 0x9000);
        assert_int_equal(apdu(rig, "00 B0 00 7E 02"), 0x9000);
        assert_int_equal(rig->answer[0], 0xAB);
        assert_int_equal(rig->answer[1], 0xCD);
        pull(rig);
}

static void protected_file_opens_with_the_code(void **state)
{
        (void)state;
        struct rig *rig = insert("iso", SIM_T1, false);
        assert_int_equal(apdu(rig, "00 B0 90 00 00"), 0x6982);
        assert_int_equal(rig->len, 0);
        assert_int_equal(apdu(rig, "00 20 00 01 04 31 32 33 34"), 0x9000);
        assert_int_equal(apdu(rig, "00 B0 90 00 00"), 0x9000);
        assert_memory_equal(rig->answer, "read after VERIFY", 17);
        assert_int_equal(apdu(rig, "00 20 FF 01"), 0x6A86); /* no log-out on this card */
        assert_int_equal(apdu(rig, "00 B0 00 00 00"), 0x9000);
        reset(rig, NULL);
        assert_int_equal(apdu(rig, "00 B0 90 00 00"), 0x6982);
        pull(rig);
}

static void wrong_codes_count_down_and_block(void **state)
{
        (void)state;
        struct rig *rig = insert("iso", SIM_T1, false);
        assert_int_equal(apdu(rig, "00 20 00 01"), 0x63C3);
        assert_int_equal(apdu(rig, "00 20 00 01 01 00"), 0x63C2);
        assert_int_equal(apdu(rig, "00 20 00 01 11 31 32 33 34 35 36 37 38 39 30 31 32 33 34 35 36 37"),
                         0x6700);
        assert_int_equal(apdu(rig, "00 20 00 01"), 0x63C2);
        assert_int_equal(apdu(rig, "00 20 00 01 04 31 32 33 34"), 0x9000);
        assert_int_equal(apdu(rig, "00 20 00 01"), 0x9000);
        /* A wrong one closes again what a right one opened */
        assert_int_equal(apdu(rig, "00 20 00 01 10 31 32 33 34 35 36 37 38 39 30 31 32 33 34 35 36"), 0x63C2);
        assert_int_equal(apdu(rig, "00 20 00 01"), 0x63C2);
        reset(rig, NULL);
        assert_int_equal(apdu(rig, "00 20 00 01 04 30 30 30 30"), 0x63C1);
        assert_int_equal(apdu(rig, "00 20 00 01 04 30 30 30 30"), 0x63C0);
        assert_int_equal(apdu(rig, "00 20 00 01 04 31 32 33 34"), 0x6983);
        assert_int_equal(apdu(rig, "00 20 00 01"), 0x6983);
        assert_int_equal(apdu(rig, "00 24 00 01 08 31 32 33 34 35 36 37 38"), 0x6983);
        assert_int_equal(apdu(rig, "00 28 01 01"), 0x6983);
        pull(rig);
}

static void local_reference_is_known_in_its_df_alone(void **state)
{
        (void)state;
        struct rig *rig = insert("iso", SIM_T1, false);
        assert_int_equal(apdu(rig, "00 20 00 82 04 31 32 33 34"), 0x6A88);
        assert_int_equal(apdu(rig, "00 20 00 02"), 0x6A88);
        assert_int_equal(apdu(rig, "00 20 00 00"), 0x6A88);
        assert_int_equal(apdu(rig, "00 A4 00 0C 02 50 00"), 0x9000);
        assert_int_equal(apdu(rig, "00 B0 81 00 00"), 0x6982);
        assert_int_equal(apdu(rig, "00 20 00 82 04 31 32 33 34"), 0x9000);
        assert_int_equal(apdu(rig, "00 B0 81 00 00"), 0x9000);
        assert_int_equal(apdu(rig, "00 A4 00 0C 02 3F 00"), 0x9000);
        assert_int_equal(apdu(rig, "00 A4 00 0C 02 50 00"), 0x9000);
        assert_int_equal(apdu(rig, "00 B0 81 00 00"), 0x6982); /* left and come back */
        pull(rig);
}

static void change_needs_the_old_code_or_a_verified_one(void **state)
{
        (void)state;
        struct rig *rig = insert("iso", SIM_T1, false);
        assert_int_equal(apdu(rig, "00 24 00 01 08 30 30 30 30 35 36 37 38"), 0x63C2);
        assert_int_equal(apdu(rig, "00 24 00 01 04 31 32 33 34"), 0x6700);
        assert_int_equal(apdu(rig, "00 24 00 01 07 31 32 33 34 35 36 37"), 0x6A80);
        assert_int_equal(apdu(rig, "00 20 00 01"), 0x63C2); /* neither cost a try */
        assert_int_equal(apdu(rig, "00 24 01 01 04 35 36 37 38"), 0x6982);
        assert_int_equal(apdu(rig, "00 24 02 01 04 35 36 37 38"), 0x6A86);
        assert_int_equal(apdu(rig, "00 24 00 01 09 31 32 33 34 35 36 37 38 39"), 0x9000);
        assert_int_equal(apdu(rig, "00 20 00 01 04 31 32 33 34"), 0x63C2);
        assert_int_equal(apdu(rig, "00 20 00 01 05 35 36 37 38 39"), 0x9000);
        assert_int_equal(apdu(rig, "00 24 01 01 04 31 32 33 34"), 0x9000);
        reset(rig, NULL);
        assert_int_equal(apdu(rig, "00 20 00 01 04 31 32 33 34"), 0x9000);
        pull(rig);
}

static void block(struct rig *rig)
{
        while (apdu(rig, "00 20 00 01 04 30 30 30 30") != 0x6983)
                ;
}

static void unblocking_has_four_forms(void **state)
{
        (void)state;
        struct rig *rig = insert("iso", SIM_T1, false);
        block(rig);
        assert_int_equal(apdu(rig, "00 2C 02 01 04 31 31 31 31"), 0x6982);
        assert_int_equal(apdu(rig, "00 2C 03 01"), 0x6982);
        assert_int_equal(apdu(rig, "00 2C 00 01 0C 31 32 33 34 35 36 37 39 31 31 31 31"), 0x63C9);
        assert_int_equal(apdu(rig, "00 2C 00 01 08 31 32 33 34 35 36 37 38"), 0x6700);
        assert_int_equal(apdu(rig, "00 2C 00 01 09 31 32 33 34 35 36 37 38 31"), 0x6A80);
        assert_int_equal(apdu(rig, "00 2C 00 01 0C 31 32 33 34 35 36 37 38 31 31 31 31"), 0x9000);
        assert_int_equal(apdu(rig, "00 20 00 01"), 0x63C3); /* unblocked is not verified */
        assert_int_equal(apdu(rig, "00 20 00 01 04 31 31 31 31"), 0x9000);
        assert_int_equal(apdu(rig, "00 2C 02 01 04 32 32 32 32"), 0x9000);
        assert_int_equal(apdu(rig, "00 2C 03 01"), 0x9000);
        assert_int_equal(apdu(rig, "00 2C 03 01 01 00"), 0x6700);
        assert_int_equal(apdu(rig, "00 2C 04 01"), 0x6A86);
        block(rig);
        assert_int_equal(apdu(rig, "00 2C 01 01 08 31 32 33 34 35 36 37 38"), 0x9000);
        assert_int_equal(apdu(rig, "00 20 00 01 04 32 32 32 32"), 0x9000);
        pull(rig);
}

static void unblocking_code_blocks_after_ten(void **state)
{
        (void)state;
        struct rig *rig = insert("iso", SIM_T1, false);
        for (unsigned left = 10; left-- > 0;)
                assert_int_equal(apdu(rig, "00 2C 01 01 01 00"), 0x63C0 | left);
        assert_int_equal(apdu(rig, "00 2C 01 01 08 31 32 33 34 35 36 37 38"), 0x6983);
        assert_int_equal(apdu(rig, "00 20 00 01 04 31 32 33 34"), 0x9000);
        pull(rig);
}

static void verification_can_be_switched_off_and_on(void **state)
{
        (void)state;
        struct rig *rig = insert("iso", SIM_T1, false);
        assert_int_equal(apdu(rig, "00 26 00 01 04 30 30 30 30"), 0x63C2);
        assert_int_equal(apdu(rig, "00 26 01 01"), 0x6982);
        assert_int_equal(apdu(rig, "00 26 00 01 04 31 32 33 34"), 0x9000);
        assert_int_equal(apdu(rig, "00 26 00 01 04 31 32 33 34"), 0x6985);
        reset(rig, NULL);
        assert_int_equal(apdu(rig, "00 20 00 01"), 0x9000);
        assert_int_equal(apdu(rig, "00 B0 90 00 00"), 0x9000);
        assert_int_equal(apdu(rig, "00 28 00 01 04 31 32 33 34"), 0x9000);
        reset(rig, NULL);
        assert_int_equal(apdu(rig, "00 B0 90 00 00"), 0x6982);
        pull(rig);
}

static void challenges_have_the_length_asked_for_and_differ(void **state)
{
        uint8_t first[8];

        (void)state;
        struct rig *rig = insert("iso", SIM_T1, true);
        assert_int_equal(apdu(rig, "00 84 00 00 08"), 0x9000);
        assert_int_equal(rig->len, 8);
        memcpy(first, rig->answer, 8);
        assert_int_equal(apdu(rig, "00 84 00 00 08"), 0x9000);
        assert_memory_not_equal(first, rig->answer, 8);
        assert_int_equal(apdu(rig, "00 84 00 00 00"), 0x9000);
        assert_int_equal(rig->len, 256);
        assert_int_equal(apdu(rig, "00 84 00 00 00 01 01"), 0x6700);
        assert_int_equal(apdu(rig, "00 84 00 00"), 0x6700);
        assert_int_equal(apdu(rig, "00 84 01 00 08"), 0x6A86);
        pull(rig);
}

static void t0_says_61xx_and_gives_it_once(void **state)
{
        (void)state;
        struct rig *rig = insert("iso", SIM_T0, false);
        assert_int_equal(tpdu(rig, "00 A4 00 04 02 2F 10"), 0x6113);
        assert_int_equal(tpdu(rig, "00 C0 00 00 00"), 0x6C13);
        assert_int_equal(tpdu(rig, "00 C0 00 00 03"), 0x6110);
        assert_int_equal(rig->len, 3);
        assert_int_equal(rig->answer[0], 0x62);
        assert_int_equal(tpdu(rig, "00 C0 00 00 10"), 0x9000);
        assert_int_equal(tpdu(rig, "00 C0 00 00 10"), 0x6985);
        assert_int_equal(tpdu(rig, "00 A4 00 04 02 2F 10"), 0x6113);
        assert_int_equal(tpdu(rig, "00 20 00 01 00"), 0x63C3); /* case 1; what waited is lost */
        assert_int_equal(tpdu(rig, "00 C0 00 00 13"), 0x6985);
        pull(rig);
}

static void t0_wants_the_exact_length(void **state)
{
        (void)state;
        struct rig *rig = insert("iso", SIM_T0, false);
        assert_int_equal(tpdu(rig, "00 B0 82 00 00"), 0x6C0A);
        assert_int_equal(rig->len, 0);
        assert_int_equal(tpdu(rig, "00 B0 00 00 0A"), 0x9000);
        assert_int_equal(rig->len, 10);
        assert_int_equal(tpdu(rig, "00 84 00 00 00"), 0x9000);
        assert_int_equal(rig->len, 256);
        assert_int_equal(tpdu(rig, "00 B0 00 00 01 FF"), 0x6700); /* data where the card sends */
        assert_int_equal(tpdu(rig, "00 CA 00 00 05"), 0x6D00);
        assert_int_equal(tpdu(rig, "00 6A 00 00 00"), 0x6D00);
        pull(rig);
}

static void t0_is_silent_where_both_wait(void **state)
{
        static const uint8_t header[] = {0x00, 0xA4, 0x00, 0x00, 0x02};
        size_t len;

        (void)state;
        struct rig *rig = insert("iso", SIM_T0, false);
        assert_int_equal(sim_t0_exchange(&rig->t0, rig->card, header, sizeof header, 0, rig->answer, &len),
                         SIM_T0_SILENT);
        assert_int_equal(len, 0);
        pull(rig);
}

static void piv_knows_nothing_before_select(void **state)
{
        (void)state;
        struct rig *rig = insert("piv", SIM_T1, false);
        assert_int_equal(apdu(rig, "00 20 00 80"), 0x6D00);
        assert_int_equal(apdu(rig, "00 A4 04 00 05 A0 00 00 03 09"), 0x6A82);
        assert_int_equal(apdu(rig, "00 A4 04 00 05 A0 00 00 03 08 00"), 0x9000);
        assert_int_equal(rig->len, 23);
        assert_int_equal(rig->answer[0], 0x61);
        assert_int_equal(rig->answer[1], 21);
        assert_int_equal(apdu(rig, "00 20 00 80"), 0x63C3);
        assert_int_equal(apdu(rig, "00 87 00 00"), 0x6D00);
        reset(rig, NULL);
        assert_int_equal(apdu(rig, "00 20 00 80"), 0x6D00);
        pull(rig);
}

static void piv_pin_is_8_bytes_and_logs_out(void **state)
{
        (void)state;
        struct rig *rig = insert("piv", SIM_T1, false);
        assert_int_equal(apdu(rig, "00 A4 04 00 0B A0 00 00 03 08 00 00 10 00 01 00"), 0x9000);
        assert_int_equal(apdu(rig, "00 20 00 80 06 31 32 33 34 35 36"), 0x6A80);
        assert_int_equal(apdu(rig, "00 20 00 80 08 31 32 33 34 35 FF FF FF"), 0x6A80);
        assert_int_equal(apdu(rig, "00 20 00 80 08 31 32 33 34 35 36 FF 37"), 0x6A80);
        assert_int_equal(apdu(rig, "00 20 00 80 08 31 32 33 34 35 37 FF FF"), 0x63C2);
        assert_int_equal(apdu(rig, "00 CB 3F FF 05 5C 03 5F C1 09 00"), 0x6982);
        assert_int_equal(apdu(rig, "00 20 00 80 08 31 32 33 34 35 36 FF FF"), 0x9000);
        assert_int_equal(apdu(rig, "00 CB 3F FF 05 5C 03 5F C1 09 00"), 0x9000);
        assert_int_equal(apdu(rig, "00 20 FF 80 01 00"), 0x6A80);
        assert_int_equal(apdu(rig, "00 20 00 80"), 0x9000);
        assert_int_equal(apdu(rig, "00 20 FF 80"), 0x9000);
        assert_int_equal(apdu(rig, "00 20 00 80"), 0x63C3);
        assert_int_equal(apdu(rig, "00 20 00 00"), 0x6A88);
        assert_int_equal(apdu(rig, "00 20 00 81"), 0x6A88);
        assert_int_equal(apdu(rig, "00 20 01 80"), 0x6A86);
        pull(rig);
}

static void piv_objects_are_whole_templates(void **state)
{
        (void)state;
        struct rig *rig = insert("piv", SIM_T1, false);
        assert_int_equal(apdu(rig, "00 A4 04 00 05 A0 00 00 03 08"), 0x9000);
        assert_int_equal(apdu(rig, "00 CB 3F FF 05 5C 03 5F C1 02 00"), 0x9000);
        assert_int_equal(rig->answer[0], 0x53);
        assert_int_equal(rig->answer[1], rig->len - 2);
        size_t at = 2;
        while (at < rig->len) /* tags and lengths of one byte */
                at += 2u + rig->answer[at + 1];
        assert_int_equal(at, rig->len);
        assert_int_equal(apdu(rig, "00 CB 3F FF 03 5C 01 7E 00"), 0x9000);
        assert_int_equal(rig->answer[0], 0x7E);
        assert_int_equal(rig->answer[1], rig->len - 2);
        assert_int_equal(apdu(rig, "00 CB 3F FF 05 5C 03 5F C1 05 00"), 0x6A82);
        assert_int_equal(apdu(rig, "00 CB 3F FF 05 5C 04 5F C1 02 00"), 0x6A80);
        pull(rig);
}

static void piv_puk_unblocks_and_blocks(void **state)
{
        static const char wrong[] = "00 2C 00 80 10 30 30 30 30 30 30 30 30 36 35 34 33 32 31 FF FF";
        static const char right[] = "00 2C 00 80 10 31 32 33 34 35 36 37 38 36 35 34 33 32 31 FF FF";

        (void)state;
        struct rig *rig = insert("piv", SIM_T1, false);
        assert_int_equal(apdu(rig, "00 A4 04 00 05 A0 00 00 03 08"), 0x9000);
        while (apdu(rig, "00 20 00 80 08 30 30 30 30 30 30 FF FF") != 0x6983)
                ;
        assert_int_equal(apdu(rig, wrong), 0x63C2);
        assert_int_equal(apdu(rig, right), 0x9000);
        assert_int_equal(apdu(rig, "00 20 00 80 08 36 35 34 33 32 31 FF FF"), 0x9000);
        assert_int_equal(apdu(rig, "00 24 00 80 10 36 35 34 33 32 31 FF FF 31 32 33 34 35 36 FF FF"), 0x9000);
        assert_int_equal(apdu(rig, "00 24 00 81 10 31 32 33 34 35 36 37 38 38 37 36 35 34 33 32 31"), 0x9000);
        assert_int_equal(apdu(rig, right), 0x63C2); /* the PUK is another one now */
        assert_int_equal(apdu(rig, wrong), 0x63C1);
        assert_int_equal(apdu(rig, wrong), 0x63C0);
        assert_int_equal(apdu(rig, wrong), 0x6983);
        assert_int_equal(apdu(rig, "00 2C 00 81 10 31 32 33 34 35 36 37 38 36 35 34 33 32 31 FF FF"), 0x6A88);
        pull(rig);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(atrs_are_as_7816_3_says),
            cmocka_unit_test(wrong_voltage_is_silence),
            cmocka_unit_test(malformed_apdus_are_6700),
            cmocka_unit_test(classes_that_it_lacks_are_refused),
            cmocka_unit_test(select_finds_by_every_means),
            cmocka_unit_test(select_refuses_and_keeps_the_selection),
            cmocka_unit_test(read_binary_knows_its_bounds),
            cmocka_unit_test(update_binary_writes_and_outlives_a_reset),
            cmocka_unit_test(protected_file_opens_with_the_code),
            cmocka_unit_test(wrong_codes_count_down_and_block),
            cmocka_unit_test(local_reference_is_known_in_its_df_alone),
            cmocka_unit_test(change_needs_the_old_code_or_a_verified_one),
            cmocka_unit_test(unblocking_has_four_forms),
            cmocka_unit_test(unblocking_code_blocks_after_ten),
            cmocka_unit_test(verification_can_be_switched_off_and_on),
            cmocka_unit_test(challenges_have_the_length_asked_for_and_differ),
            cmocka_unit_test(t0_says_61xx_and_gives_it_once),
            cmocka_unit_test(t0_wants_the_exact_length),
            cmocka_unit_test(t0_is_silent_where_both_wait),
            cmocka_unit_test(piv_knows_nothing_before_select),
            cmocka_unit_test(piv_pin_is_8_bytes_and_logs_out),
            cmocka_unit_test(piv_objects_are_whole_templates),
            cmocka_unit_test(piv_puk_unblocks_and_blocks),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
