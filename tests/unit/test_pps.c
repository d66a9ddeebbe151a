/*
 * Tests of src/core/pps.c. Clauses: ISO/IEC 7816-3:2006 clause 9.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "scarderr.h"

#include "core/atr.h"
#include "core/pps.h"

static void pps_request_has_a_pck(void **state)
{
        static const uint8_t t1[] = {0xFF, 0x11, 0x96, 0x78};
        static const uint8_t t0[] = {0xFF, 0x10, 0x18, 0xF7};
        uint8_t out[PPS_REQUEST_LEN];

        (void)state;
        assert_int_equal(pps_request(out, 1, 0x96), 4);
        assert_memory_equal(out, t1, 4);
        assert_int_equal(pps_request(out, 0, 0x18), 4);
        assert_memory_equal(out, t0, 4);
}

static void pps_response_is_the_echo_or_the_default(void **state)
{
        static const uint8_t echo[] = {0xFF, 0x11, 0x96, 0x78};
        static const uint8_t without_pps1[] = {0xFF, 0x01, 0xFE};
        uint8_t request[PPS_REQUEST_LEN];
        uint8_t fidi;

        (void)state;
        (void)pps_request(request, 1, 0x96);
        assert_int_equal(pps_response(request, echo, sizeof(echo), &fidi), SCARD_S_SUCCESS);
        assert_int_equal(fidi, 0x96);
        assert_int_equal(pps_response(request, without_pps1, sizeof(without_pps1), &fidi), SCARD_S_SUCCESS);
        assert_int_equal(fidi, 0x11);
}

static void pps_response_of_any_other_kind_is_refused(void **state)
{
        static const struct {
                size_t len;
                uint8_t bytes[PPS_MAX_LEN];
        } rows[] = {
            {0, {0}},
            {1, {0xFF}},
            {3, {0xFF, 0x11, 0xEE}},                   /* PPS1 announced and absent */
            {4, {0xFF, 0x11, 0x96, 0x79}},             /* PCK wrong */
            {4, {0xFF, 0x11, 0x95, 0x7B}},             /* another speed */
            {4, {0xFF, 0x10, 0x96, 0x79}},             /* another protocol */
            {4, {0xFE, 0x11, 0x96, 0x79}},             /* PPSS wrong */
            {4, {0xFF, 0x01, 0x96, 0x68}},             /* a byte that is not announced */
            {4, {0xFF, 0x31, 0x96, 0x58}},             /* PPS2 that was not asked for */
            {5, {0xFF, 0x31, 0x96, 0x00, 0x58}},       /* the same, there */
            {6, {0xFF, 0x71, 0x96, 0x00, 0x00, 0x18}}, /* PPS2 and PPS3 */
            {4, {0xFF, 0x91, 0x96, 0xF8}},             /* bit 8 of PPS0 */
        };
        uint8_t request[PPS_REQUEST_LEN];

        (void)state;
        (void)pps_request(request, 1, 0x96);
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                uint8_t fidi = 0x55;

                assert_int_equal(pps_response(request, rows[i].bytes, rows[i].len, &fidi),
                                 SCARD_E_PROTO_MISMATCH);
                assert_int_equal(fidi, 0);
        }
}

/* ---- the choice */

/* Readers: as most of the field; a slow one; one with a list and clocks; one that gives nothing but its
 * clock. */
static const uint32_t rates[] = {10752, 21505, 43010, 86021, 172043};
static const uint32_t clocks[] = {4000, 8000, 12000};
static const struct pps_limits usual = {.clock_khz = 4800, .max_bps = 825806};
static const struct pps_limits slow = {.clock_khz = 4000, .max_bps = 115200};
static const struct pps_limits listed = {.clock_khz = 4000, .rates_bps = rates, .rate_count = 5};
static const struct pps_limits clocked = {
    .clock_khz = 4000, .max_bps = 1000000, .clocks_khz = clocks, .clock_count = 3};
static const struct pps_limits silent = {.clock_khz = 4000};
static const struct pps_limits unknown = {.clock_khz = 0};

/* ATRs; TS T0 and what follows, TCK where a protocol but T=0 is named. */
#define ATR_T0       "\x3B\x00"
#define ATR_T0_96    "\x3B\x10\x96"
#define ATR_T0_18    "\x3B\x10\x18"
#define ATR_T1       "\x3B\x80\x01\x81"
#define ATR_T1_96    "\x3B\x90\x96\x01\x07"
#define ATR_BOTH     "\x3B\x80\x80\x01\x01"
#define ATR_BOTH_96  "\x3B\x90\x96\x80\x01\x87"
#define ATR_T1_B8    "\x3B\x90\xB8\x01\x29"         /* F = 1024, D = 12, 10 MHz */
#define ATR_SPECIFIC "\x3B\x90\x96\x91\x01\x01\x97" /* TA2: T=1, as in TA1 */
#define ATR_IMPLICIT "\x3B\x90\x96\x91\x11\x01\x87" /* TA2: T=1, implicit */
#define ATR_RESERVED "\x3B\x10\x7F"

struct row {
        const char *bytes;
        size_t len;
        uint8_t protocol;
        const struct pps_limits *limits;
        bool failed;
        int32_t status;
        bool exchange;
        uint8_t fidi;
        uint32_t clock_khz, rate_bps;
};

#define ATR(bytes) bytes, sizeof(bytes) - 1

static void expect_choices(const struct row *rows, size_t count)
{
        for (size_t i = 0; i < count; i++) {
                const struct row *row = &rows[i];
                struct pps_choice choice;
                struct atr atr;

                assert_true(atr_parse(&atr, (const uint8_t *)row->bytes, row->len));
                memset(&choice, 0x55, sizeof(choice));
                int32_t status = pps_choose(&choice, &atr, row->protocol, row->limits, row->failed);

                if (status != row->status || choice.exchange != row->exchange || choice.fidi != row->fidi ||
                    choice.clock_khz != row->clock_khz || choice.rate_bps != row->rate_bps)
                        fail_msg("row %zu: status %08X, exchange %d, %02X, %u kHz, %u bps", i,
                                 (unsigned)status, choice.exchange, choice.fidi, choice.clock_khz,
                                 choice.rate_bps);
        }
}

static void pps_choose_takes_the_cards_speed_where_the_reader_can(void **state)
{
        static const struct row rows[] = {
            {ATR(ATR_T1_96), 1, &usual, false, 0, true, 0x96, 4800, 300000},
            {ATR(ATR_T0_96), 0, &silent, false, 0, true, 0x96, 4000, 250000},
            {ATR(ATR_T0_18), 0, &usual, false, 0, true, 0x18, 4800, 154838},
        };

        (void)state;
        expect_choices(rows, sizeof(rows) / sizeof(rows[0]));
}

static void pps_choose_slows_down_to_what_both_can(void **state)
{
        static const struct row rows[] = {
            /* 250,000 is too fast; under it 512/12 gives 93,750, 372/8 gives 86,021 and 512/8 62,500 */
            {ATR(ATR_T1_96), 1, &slow, false, 0, true, 0x98, 4000, 93750},
            /* a list: nothing but what is in it; 172,043 is 372/16 */
            {ATR(ATR_T1_96), 1, &listed, false, 0, true, 0x15, 4000, 172043},
            {ATR(ATR_T0_18), 0, &listed, false, 0, true, 0x14, 4000, 86021},
        };

        (void)state;
        expect_choices(rows, sizeof(rows) / sizeof(rows[0]));
}

static void pps_choose_takes_a_clock_the_card_can_stand(void **state)
{
        static const struct row rows[] = {
            {ATR(ATR_T1_B8), 1, &clocked, false, 0, true, 0xB8, 8000, 93750},  /* 10 MHz at most */
            {ATR(ATR_T1_96), 1, &clocked, false, 0, true, 0x96, 4000, 250000}, /* 5 MHz at most */
            {ATR(ATR_T1), 1, &clocked, false, 0, false, 0x11, 4000, 10752},
        };

        (void)state;
        expect_choices(rows, sizeof(rows) / sizeof(rows[0]));
}

static void pps_choose_needs_no_pps_at_the_default(void **state)
{
        static const struct row rows[] = {
            {ATR(ATR_T0), 0, &usual, false, 0, false, 0x11, 4800, 12903},
            {ATR(ATR_T1), 1, &usual, false, 0, false, 0x11, 4800, 12903},
            {ATR(ATR_BOTH), 0, &usual, false, 0, false, 0x11, 4800, 12903},
            {ATR(ATR_RESERVED), 0, &usual, false, 0, false, 0x11, 4800, 12903},
            {ATR(ATR_T1_96), 1, &unknown, false, 0, false, 0x11, 0, 0},
        };

        (void)state;
        expect_choices(rows, sizeof(rows) / sizeof(rows[0]));
}

static void pps_choose_switches_the_protocol(void **state)
{
        static const struct row rows[] = {
            {ATR(ATR_BOTH), 1, &usual, false, 0, true, 0x11, 4800, 12903},
            {ATR(ATR_BOTH_96), 1, &usual, false, 0, true, 0x96, 4800, 300000},
            {ATR(ATR_BOTH_96), 0, &usual, false, 0, true, 0x96, 4800, 300000},
            {ATR(ATR_T0), 1, &usual, false, SCARD_E_PROTO_MISMATCH, false, 0, 0, 0},
            {ATR(ATR_T1_96), 0, &usual, false, SCARD_E_PROTO_MISMATCH, false, 0, 0, 0},
            {ATR(ATR_T1_96), 2, &usual, false, SCARD_E_PROTO_MISMATCH, false, 0, 0, 0},
            {ATR(ATR_T1_96), 255, &usual, false, SCARD_E_PROTO_MISMATCH, false, 0, 0, 0},
        };

        (void)state;
        expect_choices(rows, sizeof(rows) / sizeof(rows[0]));
}

static void pps_choose_never_sends_one_in_specific_mode(void **state)
{
        static const struct row rows[] = {
            {ATR(ATR_SPECIFIC), 1, &usual, false, 0, false, 0x96, 4800, 300000},
            {ATR(ATR_SPECIFIC), 1, &slow, true, 0, false, 0x96, 4000, 250000},
            {ATR(ATR_IMPLICIT), 1, &usual, false, 0, false, 0x11, 4800, 12903},
            {ATR(ATR_SPECIFIC), 0, &usual, false, SCARD_E_PROTO_MISMATCH, false, 0, 0, 0},
        };

        (void)state;
        expect_choices(rows, sizeof(rows) / sizeof(rows[0]));
}

static void pps_choose_after_a_failure_is_the_default(void **state)
{
        static const struct row rows[] = {
            {ATR(ATR_T1_96), 1, &usual, true, 0, false, 0x11, 4800, 12903},
            {ATR(ATR_BOTH_96), 0, &usual, true, 0, false, 0x11, 4800, 12903},
            {ATR(ATR_BOTH_96), 1, &usual, true, 0, true, 0x11, 4800, 12903},
        };

        (void)state;
        expect_choices(rows, sizeof(rows) / sizeof(rows[0]));
}

/* Every TA1 with every reader: never faster than card or reader, and what is said is what it comes to. */
static void pps_choose_stays_within_both_limits(void **state)
{
        static const struct pps_limits *const readers[] = {&usual, &slow, &listed, &clocked, &silent};

        (void)state;
        for (unsigned ta1 = 0; ta1 < 256; ta1++)
                for (size_t i = 0; i < sizeof(readers) / sizeof(readers[0]); i++) {
                        const uint8_t bytes[] = {0x3B, 0x10, (uint8_t)ta1};
                        struct pps_choice choice;
                        struct atr atr;

                        assert_true(atr_parse(&atr, bytes, sizeof(bytes)));
                        assert_int_equal(pps_choose(&choice, &atr, 0, readers[i], false), SCARD_S_SUCCESS);
                        assert_true(atr_f(choice.fidi) != 0 && atr_d(choice.fidi) != 0);
                        assert_int_equal(choice.rate_bps, (uint64_t)choice.clock_khz * 1000 *
                                                              atr_d(choice.fidi) / atr_f(choice.fidi));
                        if (!choice.exchange) {
                                assert_int_equal(choice.fidi, 0x11);
                                continue;
                        }
                        assert_true(atr_d(choice.fidi) * atr.fi <= atr.di * atr_f(choice.fidi));
                        assert_true(choice.clock_khz <= atr.fmax_khz);
                        if (readers[i]->max_bps != 0)
                                assert_true(choice.rate_bps <= readers[i]->max_bps / 200 * 201);
                }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(pps_request_has_a_pck),
            cmocka_unit_test(pps_response_is_the_echo_or_the_default),
            cmocka_unit_test(pps_response_of_any_other_kind_is_refused),
            cmocka_unit_test(pps_choose_takes_the_cards_speed_where_the_reader_can),
            cmocka_unit_test(pps_choose_slows_down_to_what_both_can),
            cmocka_unit_test(pps_choose_takes_a_clock_the_card_can_stand),
            cmocka_unit_test(pps_choose_needs_no_pps_at_the_default),
            cmocka_unit_test(pps_choose_switches_the_protocol),
            cmocka_unit_test(pps_choose_never_sends_one_in_specific_mode),
            cmocka_unit_test(pps_choose_after_a_failure_is_the_default),
            cmocka_unit_test(pps_choose_stays_within_both_limits),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
