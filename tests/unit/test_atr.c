/*
 * Tests of src/core/atr.c, atr_time.c, atr_historical.c. ATRs of real cards are from the public list that
 * data/atrs.tsv holds; clauses without a document are those of ISO/IEC 7816-3:2006.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/atr.h"

static size_t from_hex(const char *hex, uint8_t *out, size_t cap)
{
        size_t len = strlen(hex) / 2;
        unsigned value;

        assert_true(len <= cap);
        for (size_t i = 0; i < len; i++) {
                assert_int_equal(sscanf(hex + 2 * i, "%2x", &value), 1);
                out[i] = (uint8_t)value;
        }
        return len;
}

/* Parses from a block of exactly that size, so that the address sanitizer sees a read behind it. */
static void parse(struct atr *atr, const char *hex)
{
        uint8_t bytes[64];
        size_t len = from_hex(hex, bytes, sizeof(bytes));
        uint8_t *exact = malloc(len + 1);
        bool usable;

        assert_non_null(exact);
        memcpy(exact + 1, bytes, len);
        memset(atr, 0xA5, sizeof(*atr));
        usable = atr_parse(atr, exact + 1, len);
        assert_int_equal(usable, atr->usable);
        free(exact);
}

static void check_problems(const char *hex, uint32_t problems, bool usable)
{
        struct atr atr;
        char text[ATR_PROBLEM_TEXT];

        parse(&atr, hex);
        if (atr.problems != problems)
                fail_msg("%s: %s", hex, atr_problems(&atr, text, sizeof(text)));
        assert_int_equal(atr.valid, problems == 0);
        assert_int_equal(atr.usable, usable);
}

/* OpenPGP card 2.0: T=1, N = 255, IFSC 254, BWI 7, CWI 5, classes A and B */
static void atr_of_an_openpgp_card(void **state)
{
        struct atr atr;

        (void)state;
        parse(&atr, "3BDA18FF81B1FE751F030031C573C001400090000C");
        assert_true(atr.valid);
        assert_false(atr.inverse);
        assert_int_equal(atr.len, 21);
        assert_int_equal(atr.listed_count, 2);
        assert_int_equal(atr.listed[0], 1);
        assert_int_equal(atr.listed[1], 15);
        assert_int_equal(atr.offered, 1u << 1);
        assert_int_equal(atr.first_protocol, 1);
        assert_int_equal(atr.protocol, 1);
        assert_false(atr.specific);
        assert_true(atr.has_ta1);
        assert_int_equal(atr.ta1, 0x18);
        assert_int_equal(atr.fi, 372);
        assert_int_equal(atr.di, 12);
        assert_int_equal(atr.fmax_khz, 5000);
        assert_true(atr.has_n);
        assert_int_equal(atr.n, 255);
        assert_int_equal(atr.ifsc, 254);
        assert_int_equal(atr.bwi, 7);
        assert_int_equal(atr.cwi, 5);
        assert_false(atr.has_edc);
        assert_false(atr.crc);
        assert_true(atr.has_clock_class);
        assert_int_equal(atr.classes, 3);
        assert_int_equal(atr.clock_stop, 0);
        assert_false(atr.has_wi);
        assert_int_equal(atr.historical_len, 10);
        assert_int_equal(atr.historical[2], 0xC5);
        assert_int_equal(atr.tck, ATR_TCK_OK);
}

/* A SIM of the inverse convention: T=0 alone, nothing but TB1, no TCK due */
static void atr_of_an_inverse_sim(void **state)
{
        struct atr atr;

        (void)state;
        parse(&atr, "3F2F008069AF0307015900000A0E833E9F16");
        assert_true(atr.valid);
        assert_true(atr.inverse);
        assert_int_equal(atr.listed_count, 1);
        assert_int_equal(atr.listed[0], 0);
        assert_int_equal(atr.offered, 1);
        assert_false(atr.has_ta1);
        assert_int_equal(atr.ta1, 0x11);
        assert_int_equal(atr.fi, 372);
        assert_int_equal(atr.di, 1);
        assert_false(atr.has_n);
        assert_int_equal(atr.n, 0);
        assert_int_equal(atr.wi, 10);
        assert_int_equal(atr.ifsc, 32);
        assert_int_equal(atr.bwi, 4);
        assert_int_equal(atr.cwi, 13);
        assert_int_equal(atr.classes, 1);
        assert_true(atr.group[0].has_tb);
        assert_int_equal(atr.historical_len, 15);
        assert_int_equal(atr.tck, ATR_TCK_ABSENT);
}

/* A PIV card: clock stop in state H, classes A and B, AID and card capabilities in the historical bytes */
static void atr_of_a_piv_card_names_its_application(void **state)
{
        static const uint8_t piv[] = {0xA0, 0x00, 0x00, 0x03, 0x08, 0x00, 0x00, 0x10, 0x00};
        struct atr_capabilities can;
        const uint8_t *aid;
        struct atr atr;
        size_t len;

        (void)state;
        parse(&atr, "3BDF970081B1FE451F838073CC91CBF9A0000003080000100078");
        assert_true(atr.valid);
        assert_int_equal(atr.fi, 512);
        assert_int_equal(atr.di, 64);
        assert_int_equal(atr.clock_stop, 2);
        assert_int_equal(atr.classes, 3);
        assert_true(atr_aid(&atr, &aid, &len));
        assert_int_equal(len, sizeof(piv));
        assert_memory_equal(aid, piv, sizeof(piv));
        assert_true(atr_capabilities(&atr, &can));
        assert_true(can.select_by_name);
        assert_true(can.select_partial_name);
        assert_false(can.select_by_path);
        assert_false(can.select_by_id);
        assert_true(can.select_implicit);
        assert_true(can.short_id);
        assert_false(can.record_number);
        assert_true(can.has_lengths);
        assert_true(can.command_chaining);
        assert_true(can.extended_length);
        assert_int_equal(can.channels_assign, 1);
        assert_int_equal(can.channels, 4);
}

/* T=0 and T=1, WI by TC2, CRC by the first TC for T=1; TCK is the sum of the rest. 8.2.3, 10.2, 11.4 */
static void atr_offers_several_protocols_in_order(void **state)
{
        struct atr atr;

        (void)state;
        parse(&atr, "3BD09600C00C712045019F");
        assert_true(atr.valid);
        assert_int_equal(atr.listed_count, 2);
        assert_int_equal(atr.listed[0], 0);
        assert_int_equal(atr.listed[1], 1);
        assert_int_equal(atr.offered, 3);
        assert_int_equal(atr.protocol, 0);
        assert_true(atr.has_wi);
        assert_int_equal(atr.wi, 12);
        assert_int_equal(atr.ifsc, 0x20);
        assert_int_equal(atr.bwi, 4);
        assert_int_equal(atr.cwi, 5);
        assert_true(atr.has_edc);
        assert_true(atr.crc);
        assert_int_equal(atr.historical_len, 0);
}

/* 8.3: only the first TA, TB and TC for T=1 count, and those of the second round are TA2 to TC2 */
static void atr_takes_the_first_bytes_for_a_protocol(void **state)
{
        struct atr atr;

        (void)state;
        parse(&atr, "3B80910181B14011312080E0");
        assert_int_equal(atr.group_count, 5);
        assert_true(atr.specific);
        assert_int_equal(atr.protocol, 1);
        assert_int_equal(atr.ifsc, 0x40);
        assert_int_equal(atr.bwi, 1);
        assert_int_equal(atr.cwi, 1);
}

/* TA2: bit 5 implicit parameters, bit 8 unable to change. 8.3 */
static void atr_tells_the_specific_mode(void **state)
{
        struct atr atr;

        (void)state;
        parse(&atr, "3BF01300001000");
        assert_true(atr.valid);
        assert_true(atr.specific);
        assert_false(atr.specific_implicit);
        assert_true(atr.specific_changeable);
        assert_int_equal(atr.protocol, 0);
        parse(&atr, "3B801090");
        assert_true(atr.specific);
        assert_true(atr.specific_implicit);
        assert_false(atr.specific_changeable);
        /* the second protocol, when TA2 says so */
        parse(&atr, "3B8091010111");
        assert_int_equal(atr.protocol, 1);
        parse(&atr, "3B8090010110");
        assert_int_equal(atr.first_protocol, 0);
        assert_int_equal(atr.protocol, 1);
        assert_true(atr.valid);
}

static void atr_reads_the_global_bytes_of_t15(void **state)
{
        struct atr atr;

        (void)state;
        parse(&atr, "3B80801F4758");
        assert_true(atr.valid);
        assert_int_equal(atr.listed[1], 15);
        assert_int_equal(atr.offered, 1);
        assert_int_equal(atr.clock_stop, 1);
        assert_int_equal(atr.classes, 7);
        parse(&atr, "3B80802F81AE");
        assert_true(atr.valid);
        assert_true(atr.has_spu);
        assert_int_equal(atr.spu, 0x81);
        assert_false(atr.has_clock_class);
}

static void atr_problems_are_told_apart(void **state)
{
        (void)state;
        check_problems("", ATR_PROBLEM_EMPTY, false);
        check_problems("3B", ATR_PROBLEM_CHAIN, false);
        check_problems("0000", ATR_PROBLEM_TS, false);
        check_problems("3BFF", ATR_PROBLEM_CHAIN, false);
        check_problems("3B8080", ATR_PROBLEM_CHAIN, false);
        check_problems("3B05AABB", ATR_PROBLEM_HISTORICAL, true);
        check_problems("3B00FF", ATR_PROBLEM_TRAILING, true);
        check_problems("3B800181", 0, true);
        check_problems("3B800180", ATR_PROBLEM_TCK_BAD, true);
        check_problems("3B8001", ATR_PROBLEM_TCK_MISSING, true);
        check_problems("3B80810001", ATR_PROBLEM_T0_NOT_FIRST, true);
        check_problems("3B800F8F", ATR_PROBLEM_T15_FIRST, true);
        check_problems("3B808E010F", ATR_PROBLEM_ORDER, true);
        check_problems("3B801001", ATR_PROBLEM_SPECIFIC, true);
        check_problems("3B80100F", ATR_PROBLEM_SPECIFIC, true);
        check_problems("3B107F", ATR_PROBLEM_TA1_RESERVED, true);
        check_problems("3B1010", ATR_PROBLEM_TA1_RESERVED, true);
        check_problems("3B804000", ATR_PROBLEM_WI_RESERVED, true);
        check_problems("3B80813100A595", ATR_PROBLEM_IFSC_RESERVED | ATR_PROBLEM_BWI_RESERVED, true);
        check_problems("3B808111FFEF", ATR_PROBLEM_IFSC_RESERVED, true);
        check_problems("3B800585", ATR_PROBLEM_PROTOCOL_RESERVED, true);
        check_problems("3B800E8E", 0, true);
}

/* A reserved value does not reach the reader: the default takes its place. */
static void atr_reserved_values_leave_the_defaults(void **state)
{
        struct atr atr;

        (void)state;
        parse(&atr, "3B107F");
        assert_true(atr.has_ta1);
        assert_int_equal(atr.group[0].ta, 0x7F);
        assert_int_equal(atr.ta1, 0x11);
        assert_int_equal(atr.fi, 372);
        parse(&atr, "3B80813100A595");
        assert_int_equal(atr.ifsc, 32);
        assert_int_equal(atr.bwi, 4);
        assert_int_equal(atr.cwi, 5);
        parse(&atr, "3B800F8F");
        assert_int_equal(atr.offered, 1);
        assert_int_equal(atr.protocol, 0);
}

static void atr_over_33_bytes_is_cut(void **state)
{
        struct atr atr;

        (void)state;
        /* a chain of TD bytes without end, and more than fits */
        check_problems("3B80808080808080808080808080808080808080808080808080808080808080808080808080808080",
                       ATR_PROBLEM_CHAIN | ATR_PROBLEM_TOO_LONG, false);
        parse(&atr, "3B80808080808080808080808080808080808080808080808080808080808080808080808080808080");
        assert_int_equal(atr.len, ATR_MAX_LEN);
        assert_true(atr.group_count <= ATR_GROUPS_MAX);
        /* its own lengths say 38 */
        check_problems("3B8F808080808080808080808080808080808080808000AAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
                       ATR_PROBLEM_HISTORICAL | ATR_PROBLEM_TOO_LONG | ATR_PROBLEM_TRAILING, true);
}

/* A reader that gives the bytes as they were on the line: all of them, or TS alone. 8.1 */
static void atr_raw_inverse_convention_is_decoded(void **state)
{
        struct atr wanted, atr;

        (void)state;
        parse(&wanted, "3F2F008069AF0307015900000A0E833E9F16");
        parse(&atr, "030BFFFE690A3F1F7F65FFFFAF8F3E830697");
        assert_true(atr.valid);
        assert_true(atr.inverse);
        assert_int_equal(atr.len, wanted.len);
        assert_memory_equal(atr.bytes, wanted.bytes, wanted.len);
        parse(&atr, "032F008069AF0307015900000A0E833E9F16");
        assert_true(atr.valid);
        assert_memory_equal(atr.bytes, wanted.bytes, wanted.len);
        parse(&atr, "03");
        assert_false(atr.usable);
}

static void atr_cut_short_anywhere_is_never_valid(void **state)
{
        static const char whole[] = "3BDF970081B1FE451F838073CC91CBF9A0000003080000100078";
        char part[sizeof(whole)];
        struct atr atr;

        (void)state;
        for (size_t len = 0; len < sizeof(whole) - 1; len += 2) {
                memcpy(part, whole, len);
                part[len] = '\0';
                parse(&atr, part);
                assert_false(atr.valid);
                /* all interface bytes are there from the tenth byte on */
                assert_int_equal(atr.usable, len >= 20);
                assert_true(atr.historical_len <= len / 2);
        }
        assert_false(atr_parse(&atr, NULL, 5));
        assert_int_equal(atr.problems, ATR_PROBLEM_EMPTY);
}

static void atr_problem_texts_are_joined_and_cut(void **state)
{
        char text[ATR_PROBLEM_TEXT];
        struct atr atr;

        (void)state;
        parse(&atr, "3B80810002");
        assert_string_equal(atr_problems(&atr, text, sizeof(text)),
                            "TCK is wrong; T=0 is offered, but not first");
        assert_string_equal(atr_problems(&atr, text, 8), "TCK is ");
        assert_string_equal(atr_problems(&atr, text, 1), "");
        atr.problems = UINT32_MAX;
        assert_true(strlen(atr_problems(&atr, text, sizeof(text))) < sizeof(text) - 1);
        parse(&atr, "3B00");
        assert_string_equal(atr_problems(&atr, text, sizeof(text)), "");
        assert_string_equal(atr_problem_text(ATR_PROBLEM_TS), "TS is neither 3B nor 3F");
        assert_string_equal(atr_problem_text((enum atr_problem)0), "an unknown problem");
}

/* Tables 7 and 8 */
static void atr_knows_f_and_d(void **state)
{
        (void)state;
        assert_int_equal(atr_f(0x01), 372);
        assert_int_equal(atr_fmax_khz(0x01), 4000);
        assert_int_equal(atr_fmax_khz(0x11), 5000);
        assert_int_equal(atr_f(0x64), 1860);
        assert_int_equal(atr_f(0x74), 0);
        assert_int_equal(atr_f(0xD0), 2048);
        assert_int_equal(atr_fmax_khz(0xD0), 20000);
        assert_int_equal(atr_fmax_khz(0xA0), 7500);
        assert_int_equal(atr_f(0xF1), 0);
        assert_int_equal(atr_d(0x10), 0);
        assert_int_equal(atr_d(0x17), 64);
        assert_int_equal(atr_d(0x18), 12);
        assert_int_equal(atr_d(0x19), 20);
        assert_int_equal(atr_d(0x1A), 0);
}

/* 3720 kHz makes one etu of 372 cycles a tenth of a millisecond. */
static void atr_times_are_rounded_up(void **state)
{
        (void)state;
        assert_int_equal(atr_wwt_ms(10, 372, 3720), 960); /* 9,600 etu */
        assert_int_equal(atr_wwt_ms(10, 372, 3719), 961);
        assert_int_equal(atr_wwt_ms(10, 0, 0), 3572); /* 3,571.2 ms at 1 MHz */
        assert_int_equal(atr_wwt_ms(255, 2048, 1000), 501351);
        assert_int_equal(atr_bwt_ms(4, 372, 1, 3720), 1538); /* 11 etu and 1,536 ms */
        assert_int_equal(atr_bwt_ms(4, 372, 12, 3720), 1537);
        assert_int_equal(atr_bwt_ms(0, 0, 0, 3720), 98); /* 1.1 and 96 ms */
        assert_int_equal(atr_bwt_ms(9, 372, 1, 3720), 49154);
        assert_int_equal(atr_cwt_ms(13, 372, 1, 3720), 821); /* 8,203 etu */
        assert_int_equal(atr_cwt_ms(0, 372, 64, 3720), 1);   /* never 0 */
        assert_int_equal(atr_cwt_ms(15, 0, 0, 3720), 3278);
        assert_true(atr_bwt_ms(255, 2048, 1, 1) > 0);
}

static void atr_finds_objects_in_the_historical_bytes(void **state)
{
        struct atr_capabilities can;
        const uint8_t *value;
        struct atr atr;
        uint8_t life;
        uint16_t sw;
        size_t len;

        (void)state;
        /* category 00: objects, then life cycle and status word */
        parse(&atr, "3BDA18FF81B1FE751F030031C573C001400090000C");
        assert_true(atr_historical_find(&atr, 3, &value, &len));
        assert_int_equal(len, 1);
        assert_int_equal(value[0], 0xC5);
        assert_true(atr_capabilities(&atr, &can));
        assert_true(can.extended_length);
        assert_false(can.command_chaining);
        assert_int_equal(can.channels, 1);
        assert_true(atr_status_indicator(&atr, &life, &sw));
        assert_int_equal(life, 0);
        assert_int_equal(sw, 0x9000);
        assert_false(atr_historical_find(&atr, 9, &value, &len));
        assert_null(value);
        assert_int_equal(len, 0);
        /* category 80: the status indicator is an object: life cycle 5, 9000 */
        parse(&atr, "3B06803183059000");
        assert_false(atr_status_indicator(&atr, &life, &sw));
        parse(&atr, "3B0780315083059000");
        assert_true(atr_status_indicator(&atr, &life, &sw));
        assert_int_equal(life, 5);
        assert_int_equal(sw, 0x9000);
        parse(&atr, "3B0480829000");
        assert_true(atr_status_indicator(&atr, &life, &sw));
        assert_int_equal(life, 0);
        assert_int_equal(sw, 0x9000);
        /* another category, nothing at all, an object that is cut off */
        parse(&atr, "3B04C173C00140");
        assert_false(atr_capabilities(&atr, &can));
        assert_int_equal(can.channels, 1);
        parse(&atr, "3B00");
        assert_false(atr_aid(&atr, &value, &len));
        assert_false(atr_status_indicator(&atr, &life, &sw));
        parse(&atr, "3B0380F3A0");
        assert_false(atr_aid(&atr, &value, &len));
        /* the objects of category 00 end before the status indicator */
        parse(&atr, "3B0500F3A0000000");
        assert_false(atr_aid(&atr, &value, &len));
}

/* Where data/atrs.tsv shows what another parser made of an ATR that the standard reads otherwise. */
static const struct {
        const char *atr, *clause;
} differences[] = {
#define TCK_NOT_DUE "8.2.5: with T=0 alone no TCK is due, and the byte behind the end is none"
#define TCK_DUE     "8.2.5: TCK is due and absent; the list says that none is due"
#define T_LISTED    "8.2.3: the protocol is offered, by TD; the list names T=0, T=1 and T=15 only"
    {"3B101450", TCK_NOT_DUE},
    {"3B230000364181", TCK_NOT_DUE},
    {"3B6500002063CB680026", TCK_NOT_DUE},
    {"3B6700FFC50000FFFFFFFF5D", TCK_NOT_DUE},
    {"3B6B0000000031C0643F680100079000", TCK_NOT_DUE},
    {"3B9F11406049524445544F204143532056352E3800", TCK_NOT_DUE},
    {"3BFF95000150801C444E41535034323020526576533430F1", TCK_NOT_DUE},
    {"3B801FC78031E073FE211163407163830790009A", "8.2.5: TCK is due behind no historical bytes, and wrong"},
    {"3B961880018051006110309F006110309E",
     "8.2.5: TCK stands behind the sixth historical byte, and is right"},
    {"3BE6000080318066B1A30401110B83009000",
     "8.2.5: TCK is due behind the sixth historical byte; the 83 there is wrong"},
    {"3B888EFE532A031E049280004132360111E4", T_LISTED},
    {"3B9F210E49524445544F20414353038395008055", T_LISTED},
    {"3B9F210E49524445544F204143530384556DFF80", T_LISTED},
    {"3B9F210E49524445544F204143532056352E309D", T_LISTED},
    {"3B9F210E49524445544F204143532056362E309E", T_LISTED},
    {"3B9F210E49524445544F204143532056372E309F", T_LISTED},
    {"3BF57100FFFE2400011E0F3339320103", T_LISTED},
    {"3BFB1300FFC0807553544F4C4C4D31504C5553BD", T_LISTED},
    {"3B8D0180FBA000000397425446590401", TCK_DUE},
    {"3B9596C0F01FC20F100A0A16", TCK_DUE},
    {"3B9E95801FC78031E073FE211B66D00219151300", TCK_DUE},
    {"3B9E96801FC78031E073FE211B66D00177970D00", TCK_DUE},
    {"3BBF96008131FE5D00640411030131C07301D000900000", TCK_DUE},
    {"3BBF96008131FE5D00640411030131C073F701D0009000", TCK_DUE},
    {"3BED000080318065B0840100C883009000", TCK_DUE},
    {"3BF99600008031FE455343453720474E335E", TCK_DUE},
    {"3BFD9600008131204380318065B0831148C883009000", TCK_DUE},
    {"3BFD9600008131484280318065B0840100C883009000", TCK_DUE},
    {"3FFF9500FF918171FE4700444E41535032343120447368", TCK_DUE},
};
#define DIFFERENCES (sizeof(differences) / sizeof(differences[0]))

/* An ATR in the columns of atrs.tsv: protocols, TA1, historical bytes, TCK. */
static void describe(const struct atr *atr, char *out, size_t cap)
{
        static const char *const tck[] = {"-", "ok", "bad", "missing"};
        size_t used = 0;

#define ADD(...)                                                                                             \
        do {                                                                                                 \
                (void)snprintf(out + used, cap - used, __VA_ARGS__);                                         \
                used += strlen(out + used);                                                                  \
        } while (0)
        for (size_t i = 0; i < atr->listed_count; i++)
                ADD("%sT=%u", i > 0 ? "," : "", atr->listed[i]);
        if (atr->has_ta1)
                ADD("\t%02X\t", atr->group[0].ta);
        else
                ADD("\t-\t");
        for (size_t i = 0; i < atr->historical_len; i++)
                ADD("%02X", atr->historical[i]);
        ADD("%s\t%s", atr->historical_len == 0 ? "-" : "", tck[atr->tck]);
#undef ADD
}

static FILE *open_data(const char *name)
{
        const char *folder = getenv("ISCARD_DATA");
        char path[1024];

        (void)snprintf(path, sizeof(path), "%s/%s", folder != NULL ? folder : "../shared/data", name);
        return fopen(path, "r");
}

/* Compares one line "ATR\tcolumns"; notes which known difference it is. */
static void check_line(char *line, bool *seen)
{
        char *columns = strchr(line, '\t');
        char got[256];
        struct atr atr;

        assert_non_null(columns);
        *columns++ = '\0';
        parse(&atr, line);
        describe(&atr, got, sizeof(got));
        for (size_t i = 0; i < DIFFERENCES; i++)
                if (strcmp(differences[i].atr, line) == 0) {
                        seen[i] = true;
                        if (strcmp(columns, got) == 0)
                                fail_msg("%s is no difference any more: %s", line, differences[i].clause);
                        return;
                }
        if (strcmp(columns, got) != 0)
                fail_msg("%s\n  listed %s\n  read   %s", line, columns, got);
}

static void atr_reads_every_real_card_of_the_list(void **state)
{
        bool seen[DIFFERENCES] = {false};
        char line[512];
        unsigned count = 0;
        FILE *file = open_data("atrs.tsv");

        (void)state;
        if (file == NULL) {
                print_message("skipped: no atrs.tsv in ../shared/data or ISCARD_DATA\n");
                skip();
        }
        while (fgets(line, sizeof(line), file) != NULL) {
                if (line[0] == '#')
                        continue;
                line[strcspn(line, "\r\n")] = '\0';
                check_line(line, seen);
                count++;
        }
        fclose(file);
        for (size_t i = 0; i < DIFFERENCES; i++)
                if (!seen[i])
                        fail_msg("%s is not in the list", differences[i].atr);
        print_message("%u ATRs, %zu read otherwise than listed\n", count, DIFFERENCES);
        assert_int_equal(count, 1921);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(atr_of_an_openpgp_card),
            cmocka_unit_test(atr_of_an_inverse_sim),
            cmocka_unit_test(atr_of_a_piv_card_names_its_application),
            cmocka_unit_test(atr_offers_several_protocols_in_order),
            cmocka_unit_test(atr_takes_the_first_bytes_for_a_protocol),
            cmocka_unit_test(atr_tells_the_specific_mode),
            cmocka_unit_test(atr_reads_the_global_bytes_of_t15),
            cmocka_unit_test(atr_problems_are_told_apart),
            cmocka_unit_test(atr_reserved_values_leave_the_defaults),
            cmocka_unit_test(atr_over_33_bytes_is_cut),
            cmocka_unit_test(atr_raw_inverse_convention_is_decoded),
            cmocka_unit_test(atr_cut_short_anywhere_is_never_valid),
            cmocka_unit_test(atr_problem_texts_are_joined_and_cut),
            cmocka_unit_test(atr_knows_f_and_d),
            cmocka_unit_test(atr_times_are_rounded_up),
            cmocka_unit_test(atr_finds_objects_in_the_historical_bytes),
            cmocka_unit_test(atr_reads_every_real_card_of_the_list),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
