/*
 * test_sim_reader.c - src/sim/device.c, endpoint0.c, reader.c, parameters.c, xfr.c, apdu_t0.c: raw CCID bytes
 * in and out.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "sim/config.h"
#include "sim/device.h"
#include "tests/support/hand_clock.h"

/* The last answer. */
static struct {
        uint8_t bytes[65554 + 64];
        size_t len;
} in;
static uint8_t seq;

static struct sim_device *plug_in(const char *text)
{
        struct sim_config_list list;
        char error[200];

        if (!sim_config_parse(text, &list, error, sizeof error))
                fail_msg("%s", error);
        struct sim_device *device = sim_device_create(sim_config_at(&list, 0));
        assert_non_null(device);
        sim_config_free(&list);
        seq = 0;
        return device;
}

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

/* Header fields in hex: type, slot, the three specific bytes; data. dwLength and bSeq are added. */
static enum sim_result out(struct sim_device *device, const char *type_slot_specific, const char *data)
{
        uint8_t fields[5], message[700] = {0};
        assert_int_equal(from_hex(type_slot_specific, fields), 5);
        const size_t len = from_hex(data, message + 10);
        message[0] = fields[0];
        message[1] = (uint8_t)len;
        message[2] = (uint8_t)(len >> 8);
        message[5] = fields[1];
        message[6] = seq++;
        memcpy(message + 7, fields + 2, 3);
        return sim_device_bulk_out(device, message, 10 + len);
}

static enum sim_result collect(struct sim_device *device)
{
        return sim_device_bulk_in(device, in.bytes, sizeof in.bytes, &in.len);
}

/* Sends, receives, checks the frame; returns bStatus and bError as 0xSSEE. */
static unsigned ask(struct sim_device *device, const char *type_slot_specific, const char *data)
{
        static const uint8_t answers[][2] = {
            {0x61, 0x82}, {0x62, 0x80}, {0x63, 0x81}, {0x65, 0x81}, {0x69, 0x80}, {0x6A, 0x81}, {0x6B, 0x83},
            {0x6C, 0x82}, {0x6D, 0x82}, {0x6E, 0x81}, {0x6F, 0x80}, {0x71, 0x81}, {0x72, 0x81}, {0x73, 0x84}};
        uint8_t fields[5] = {0}, type = 0x81;

        (void)from_hex(type_slot_specific, fields);
        for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
                if (answers[i][0] == fields[0])
                        type = answers[i][1];
        }
        assert_int_equal(out(device, type_slot_specific, data), SIM_OK);
        assert_int_equal(collect(device), SIM_OK);
        assert_true(in.len >= 10);
        assert_int_equal(in.bytes[0], type);
        assert_int_equal(in.bytes[1] | in.bytes[2] << 8 | in.bytes[3] << 16, in.len - 10);
        assert_int_equal(in.bytes[5], fields[1]);
        assert_int_equal(in.bytes[6], (uint8_t)(seq - 1));
        return (unsigned)(in.bytes[7] << 8 | in.bytes[8]);
}

static void data_is(const char *hex)
{
        uint8_t wanted[600];
        const size_t len = from_hex(hex, wanted);
        assert_int_equal(in.len - 10, len);
        assert_memory_equal(in.bytes + 10, wanted, len);
}

#define POWER_ON    "62 00 00 0000"
#define POWER_OFF   "63 00 00 0000"
#define SLOT_STATUS "65 00 00 0000"
#define XFR         "6F 00 00 0000"
#define GET_PARAMS  "6C 00 00 0000"
#define SET_T0      "61 00 00 0000"
#define SET_T1      "61 00 01 0000"
#define CHALLENGE   "00 84 00 00 08"

static void power_on_gives_the_atr(void **state)
{
        (void)state;
        struct sim_device *device = plug_in("");
        assert_int_equal(ask(device, SLOT_STATUS, ""), 0x0100);
        assert_int_equal(in.bytes[9], 3); /* clock: unknown while inactive */
        assert_int_equal(ask(device, XFR, CHALLENGE), 0x41FE);
        assert_int_equal(ask(device, POWER_ON, ""), 0x0000);
        assert_int_equal(in.bytes[10], 0x3B);
        assert_int_equal(in.bytes[9], 0);
        assert_int_equal(ask(device, SLOT_STATUS, ""), 0x0000);
        assert_int_equal(in.bytes[9], 0);
        assert_int_equal(ask(device, XFR, CHALLENGE), 0x0000);
        assert_int_equal(in.len, 10 + 10);
        assert_int_equal(ask(device, POWER_OFF, ""), 0x0100);
        assert_int_equal(ask(device, GET_PARAMS, ""), 0x41FE);
        assert_int_equal(sim_device_messages(device), 7);
        sim_device_destroy(device);
}

static void second_power_on_is_a_warm_reset(void **state)
{
        (void)state;
        struct sim_device *device = plug_in("");
        ask(device, POWER_ON, "");
        assert_int_equal(ask(device, XFR, "00 20 00 01 04 31 32 33 34"), 0);
        data_is("90 00");
        ask(device, XFR, "00 20 00 01");
        data_is("90 00");
        assert_int_equal(ask(device, POWER_ON, ""), 0);
        ask(device, XFR, "00 20 00 01");
        data_is("63 C3");
        sim_device_destroy(device);
}

static void voltage_is_chosen_by_the_host_without_the_feature(void **state)
{
        (void)state;
        struct sim_device *device = plug_in("auto=none,card=piv");
        assert_int_equal(ask(device, POWER_ON, ""), 0x4107);
        assert_int_equal(ask(device, "62 00 04 0000", ""), 0x4107);
        assert_int_equal(ask(device, "62 00 01 0000", ""), 0x41FE); /* this card does not take 5 V */
        assert_int_equal(ask(device, "62 00 02 0000", ""), 0x0000);
        sim_device_destroy(device);
        device = plug_in("card=piv");
        assert_int_equal(ask(device, POWER_ON, ""), 0);
        sim_device_destroy(device);
}

static void no_card_and_a_mute_one_differ(void **state)
{
        (void)state;
        struct sim_device *device = plug_in("card=none");
        assert_int_equal(ask(device, SLOT_STATUS, ""), 0x0200);
        assert_int_equal(ask(device, POWER_ON, ""), 0x42FE);
        sim_device_card_insert(device, 0);
        assert_int_equal(ask(device, POWER_ON, ""), 0);
        sim_device_card_mute(device, 0, true);
        assert_int_equal(ask(device, XFR, CHALLENGE), 0x40FE);
        sim_device_card_mute(device, 0, false);
        assert_int_equal(ask(device, XFR, CHALLENGE), 0);
        sim_device_destroy(device);
        device = plug_in("card=mute");
        assert_int_equal(ask(device, SLOT_STATUS, ""), 0x0100);
        assert_int_equal(ask(device, POWER_ON, ""), 0x41FE);
        sim_device_destroy(device);
}

static void card_state_outlives_removal_but_not_what_was_verified(void **state)
{
        (void)state;
        struct sim_device *device = plug_in("");
        ask(device, POWER_ON, "");
        ask(device, XFR, "00 20 00 01 04 30 30 30 30");
        data_is("63 C2");
        sim_device_card_remove(device, 0);
        assert_int_equal(ask(device, XFR, CHALLENGE), 0x42FE);
        sim_device_card_insert(device, 0);
        assert_int_equal(ask(device, SLOT_STATUS, ""), 0x0100);
        ask(device, POWER_ON, "");
        ask(device, XFR, "00 20 00 01");
        data_is("63 C2");
        sim_device_destroy(device);
}

static void slots_are_apart_and_unknown_ones_refused(void **state)
{
        (void)state;
        struct sim_device *device = plug_in("slots=2");
        assert_int_equal(ask(device, "62 01 00 0000", ""), 0);
        assert_int_equal(ask(device, SLOT_STATUS, ""), 0x0100);
        assert_int_equal(ask(device, "65 01 00 0000", ""), 0);
        assert_int_equal(ask(device, "65 02 00 0000", ""), 0x4205);
        assert_int_equal(ask(device, "6F FF 00 0000", CHALLENGE), 0x4205);
        sim_device_destroy(device);
}

static void malformed_messages_get_the_offset_of_what_is_wrong(void **state)
{
        static const uint8_t lies[] = {0x65, 1, 0, 0, 0, 0, 9, 0, 0, 0};
        static const uint8_t negative[] = {0x6F, 0xFF, 0xFF, 0xFF, 0xFF, 0, 9, 0, 0, 0, 0};
        static uint8_t huge[272] = {0x6F, 6, 1, 0, 0};

        (void)state;
        struct sim_device *device = plug_in("");
        assert_int_equal(ask(device, "62 00 00 0000", "00"), 0x4101);
        assert_int_equal(ask(device, "65 00 00 0000", "00"), 0x4101);
        ask(device, POWER_ON, "");
        assert_int_equal(ask(device, XFR, ""), 0x4001);
        assert_int_equal(ask(device, XFR, "00 84 00"), 0x4001);
        assert_int_equal(ask(device, "6F 00 00 0100", CHALLENGE), 0x4008);
        assert_int_equal(ask(device, "6F 00 00 1000", ""), 0x4008);
        assert_int_equal(sim_device_bulk_out(device, lies, sizeof lies), SIM_OK);
        collect(device);
        assert_int_equal(in.bytes[8], 1);
        assert_int_equal(sim_device_bulk_out(device, negative, sizeof negative), SIM_OK);
        collect(device);
        assert_int_equal(in.bytes[8], 1);
        assert_int_equal(sim_device_bulk_out(device, huge, sizeof huge), SIM_OK);
        collect(device);
        assert_int_equal(in.bytes[8], 1);
        assert_int_equal(ask(device, XFR, CHALLENGE), 0);
        sim_device_destroy(device);
}

static void half_a_header_halts_bulk_out(void **state)
{
        static const uint8_t half[9] = {0x65};

        (void)state;
        struct sim_device *device = plug_in("");
        assert_int_equal(sim_device_bulk_out(device, half, sizeof half), SIM_STALL);
        assert_int_equal(out(device, SLOT_STATUS, ""), SIM_STALL);
        assert_int_equal(collect(device), SIM_NAK);
        sim_device_clear_halt(device, 0x01);
        assert_int_equal(ask(device, SLOT_STATUS, ""), 0x0100);
        assert_int_equal(sim_device_bulk_out(device, NULL, 0), SIM_OK); /* an empty packet means nothing */
        assert_int_equal(collect(device), SIM_NAK);
        sim_device_destroy(device);
}

static void what_it_does_not_support_it_says(void **state)
{
        (void)state;
        struct sim_device *device = plug_in("");
        assert_int_equal(ask(device, "6B 00 00 0000", "01"), 0x4100); /* Escape */
        assert_int_equal(ask(device, "69 00 00 0000", "00"), 0x4100); /* Secure */
        assert_int_equal(ask(device, "71 00 01 0000", ""), 0x4100);   /* Mechanical */
        assert_int_equal(ask(device, "6A 00 01 0000", ""), 0x4100);   /* T0APDU, with T=1 alone */
        assert_int_equal(ask(device, "60 00 00 0000", ""), 0x4100);
        sim_device_destroy(device);
}

static void clock_stops_and_restarts(void **state)
{
        (void)state;
        struct sim_device *device = plug_in("");
        assert_int_equal(ask(device, "6E 00 01 0000", ""), 0x41FE);
        ask(device, POWER_ON, "");
        assert_int_equal(ask(device, "6E 00 02 0000", ""), 0x4007);
        assert_int_equal(ask(device, "6E 00 01 0000", ""), 0);
        assert_int_equal(in.bytes[9], 1);
        assert_int_equal(ask(device, XFR, CHALLENGE), 0x40FE);
        assert_int_equal(ask(device, "6E 00 00 0000", ""), 0);
        assert_int_equal(in.bytes[9], 0);
        assert_int_equal(ask(device, XFR, CHALLENGE), 0);
        sim_device_destroy(device);
}

static void parameters_follow_the_atr_or_the_host(void **state)
{
        (void)state;
        struct sim_device *device = plug_in("");
        ask(device, POWER_ON, "");
        assert_int_equal(ask(device, GET_PARAMS, ""), 0);
        assert_int_equal(in.bytes[9], 1);
        data_is("96 10 00 45 00 FE 00");
        assert_int_equal(ask(device, "6D 00 00 0000", ""), 0);
        data_is("11 10 00 4D 00 20 00");
        assert_int_equal(ask(device, SET_T1, "95 10 00 45 00 FE 00"), 0);
        data_is("95 10 00 45 00 FE 00");
        assert_int_equal(ask(device, XFR, CHALLENGE), 0);
        sim_device_destroy(device);
}

static void bad_parameters_are_named_by_offset_and_change_nothing(void **state)
{
        static const struct {
                const char *header, *data;
                unsigned error;
        } cases[] = {
            {SET_T0, "11 00 00 0A 00", 7},        {"61 00 02 0000", "11 10 00 45 00 FE 00", 7},
            {SET_T1, "11 10 00 45 00 FE", 1},     {SET_T1, "11 10 00 45 00 FE 00 00", 1},
            {SET_T1, "10 10 00 45 00 FE 00", 10}, {SET_T1, "81 10 00 45 00 FE 00", 10},
            {SET_T1, "17 10 00 45 00 FE 00", 10}, {SET_T1, "11 00 00 45 00 FE 00", 11},
            {SET_T1, "11 10 00 A5 00 FE 00", 13}, {SET_T1, "11 10 00 45 04 FE 00", 14},
            {SET_T1, "11 10 00 45 00 00 00", 15}, {SET_T1, "11 10 00 45 00 FF 00", 15},
            {SET_T1, "11 10 00 45 00 FE 12", 16},
        };

        (void)state;
        struct sim_device *device = plug_in("");
        ask(device, POWER_ON, "");
        for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
                assert_int_equal(ask(device, cases[i].header, cases[i].data), 0x4000 | cases[i].error);
        ask(device, GET_PARAMS, "");
        data_is("96 10 00 45 00 FE 00");
        sim_device_destroy(device);
}

static void speed_is_the_nearest_it_has(void **state)
{
        (void)state;
        struct sim_device *device = plug_in("");
        assert_int_equal(ask(device, "73 00 00 0000", "A0 0F 00 00 90 D0 03 00"), 0x0100);
        data_is("A0 0F 00 00 90 D0 03 00"); /* 4,000 kHz, 250,000 bit/s */
        assert_int_equal(ask(device, "73 00 00 0000", "88 13 00 00 FF D0 03 00"), 0x0100);
        data_is("A0 0F 00 00 90 D0 03 00");
        assert_int_equal(ask(device, "73 00 00 0000", "A0 0F 00 00"), 0x4101);
        sim_device_destroy(device);
}

static void both_protocols_are_open_to_the_host(void **state)
{
        (void)state;
        struct sim_device *device = plug_in("protocol=both");
        ask(device, POWER_ON, "");
        ask(device, GET_PARAMS, "");
        assert_int_equal(in.bytes[9], 0); /* the first one offered */
        assert_int_equal(ask(device, SET_T1, "96 10 00 45 00 FE 00"), 0);
        assert_int_equal(ask(device, XFR, "00 B0 82 00 00"), 0);
        data_is("5A 08 12 09 00 01 00 00 00 01 90 00");
        sim_device_destroy(device);
}

static void tpdu_level_works_at_the_defaults(void **state)
{
        (void)state;
        struct sim_device *device = plug_in("level=tpdu,protocol=t0,auto=none");
        assert_int_equal(ask(device, "62 00 01 0000", ""), 0);
        ask(device, GET_PARAMS, "");
        data_is("11 00 00 0A 00");
        assert_int_equal(ask(device, XFR, "00 84 00 00 08"), 0);
        assert_int_equal(in.len, 20);
        assert_int_equal(ask(device, XFR, "00 A4 00 00 02 3F 00"), 0);
        data_is("61 15"); /* the host's matter at this level */
        assert_int_equal(ask(device, XFR, "00 A4 00 00"), 0x4001);
        assert_int_equal(ask(device, XFR, "00 A4 00 00 02 3F"), 0x4001);
        assert_int_equal(ask(device, XFR, "00 A4 00 00 02"), 0x40FE);
        sim_device_destroy(device);
}

static void speed_without_pps_is_silence(void **state)
{
        (void)state;
        struct sim_device *device = plug_in("level=tpdu,protocol=t0,auto=voltage");
        ask(device, POWER_ON, "");
        assert_int_equal(ask(device, SET_T0, "96 00 00 0A 00"), 0);
        assert_int_equal(ask(device, XFR, CHALLENGE), 0x40FE);
        ask(device, POWER_ON, "");
        assert_int_equal(ask(device, XFR, "FF 10 96 79"), 0);
        data_is("FF 10 96 79");
        assert_int_equal(ask(device, XFR, CHALLENGE), 0x40FE); /* the reader is still at the default */
        ask(device, POWER_ON, "");
        ask(device, XFR, "FF 10 96 79");
        assert_int_equal(ask(device, SET_T0, "96 00 00 0A 00"), 0);
        assert_int_equal(ask(device, XFR, CHALLENGE), 0);
        assert_int_equal(ask(device, XFR, "FF 10 96 79"), 0x40FE); /* too late for a PPS */
        assert_int_equal(ask(device, SET_T0, "96 02 00 0A 00"), 0);
        assert_int_equal(ask(device, XFR, CHALLENGE), 0x40FE); /* inverse convention */
        sim_device_destroy(device);
}

static void pps_is_judged(void **state)
{
        static const struct {
                const char *request, *answer;
        } cases[] = {{"FF 00 FF", "FF 00 FF"}, {"FF 10 11 FE", "FF 10 11 FE"}, {"FF 10 18 F7", "FF 00 FF"},
                     {"FF 10 96 78", NULL},    {"FF 11 96 78", NULL},          {"FF 80 7F", NULL},
                     {"FF 10 96", NULL}};

        (void)state;
        struct sim_device *device = plug_in("level=tpdu,protocol=t0,auto=voltage");
        for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
                ask(device, POWER_ON, "");
                const unsigned status = ask(device, XFR, cases[i].request);
                assert_int_equal(status, cases[i].answer != NULL ? 0 : 0x40FE);
                if (cases[i].answer != NULL)
                        data_is(cases[i].answer);
        }
        sim_device_destroy(device);
}

static void apdu_level_hides_t0(void **state)
{
        (void)state;
        struct sim_device *device = plug_in("protocol=t0");
        ask(device, POWER_ON, "");
        assert_int_equal(ask(device, XFR, "00 A4 00 04 02 2F 10 00"), 0);
        data_is("62 11 80 02 00 40 82 01 01 83 02 2F 10 88 01 80 8A 01 05 90 00");
        assert_int_equal(ask(device, XFR, "00 A4 00 04 02 2F 10 05"), 0);
        assert_int_equal(in.len, 10 + 5 + 2);
        assert_int_equal(in.bytes[15], 0x61);
        ask(device, XFR, "00 A4 00 0C 02 2F 02");
        data_is("90 00");
        ask(device, XFR, "00 B0 00 00 00");
        data_is("5A 08 12 09 00 01 00 00 00 01 90 00");
        ask(device, XFR, "00 20 00 01");
        data_is("63 C3");
        ask(device, XFR, "00 20 00 01 04 31 32 33 34");
        data_is("90 00");
        ask(device, XFR, "00 A4 00 0C 03 2F 02");
        data_is("67 00");
        ask(device, XFR, "00 B0 82 00 00 00 00"); /* an extended length is not for this reader */
        data_is("67 00");
        assert_int_equal(ask(device, "6A 00 01 8000", ""), 0); /* GET RESPONSE with a class the card lacks */
        ask(device, XFR, "00 A4 00 04 02 2F 10 00");
        assert_int_equal(in.len, 10 + 19 + 2); /* GET RESPONSE is the link's: any class */
        assert_int_equal(ask(device, "6A 00 04 0000", ""), 0x4007);
        sim_device_destroy(device);
}

static void t0_faults_end_and_are_bounded(void **state)
{
        (void)state;
        struct sim_device *device = plug_in("protocol=t0");
        ask(device, POWER_ON, "");
        assert_true(sim_device_fault(device, "bad-procedure@2"));
        assert_int_equal(ask(device, XFR, CHALLENGE), 0x40F4);
        assert_true(sim_device_fault(device, "endless-61@*"));
        assert_int_equal(ask(device, XFR, "00 A4 00 00 02 3F 00 00"), 0);
        assert_int_equal(in.len, 10 + 256 + 2);
        assert_true(sim_device_fault(device, ""));
        assert_true(sim_device_fault(device, "endless-6c@1"));
        assert_int_equal(ask(device, XFR, "00 B0 82 00 00"), 0);
        data_is("6C 10");
        assert_int_equal(ask(device, XFR, "00 B0 82 00 00"), 0);
        data_is("6C 10");
        assert_true(sim_device_fault(device, NULL));
        assert_true(sim_device_fault(device, "null-bytes@6"));
        out(device, XFR, CHALLENGE);
        for (unsigned i = 0; i < 3; i++) {
                assert_int_equal(collect(device), SIM_OK);
                assert_int_equal(in.len, 10);
                assert_int_equal(in.bytes[7], 0x80);
        }
        assert_int_equal(collect(device), SIM_OK);
        assert_int_equal(in.bytes[7], 0);
        sim_device_destroy(device);
        device = plug_in("");
        assert_false(sim_device_fault(device, "endless-61@1"));
        assert_false(sim_device_fault(device, "nonsense@1"));
        sim_device_destroy(device);
}

static void a_status_word_on_request_comes_by_t0_too(void **state)
{
        static const char *const levels[] = {"protocol=t0", "level=tpdu,protocol=t0"};

        (void)state;
        for (unsigned i = 0; i < 2; i++) {
                struct sim_device *device = plug_in(levels[i]);
                ask(device, POWER_ON, "");
                assert_true(sim_device_fault(device, "sw-6A88@2"));
                assert_int_equal(ask(device, XFR, "00 20 00 01 01 00"), 0);
                data_is("6A 88");
                assert_int_equal(ask(device, XFR, "00 20 00 01 00"), 0);
                data_is("63 C3");
                sim_device_destroy(device);
        }
}

static void extended_level_chains_both_ways(void **state)
{
        static uint8_t file[40000];
        size_t got = 0, pieces = 0;

        (void)state;
        struct sim_device *device = plug_in("level=extended-apdu,maxmsg=271");
        ask(device, POWER_ON, "");
        assert_int_equal(ask(device, "6F 00 00 0100", "00 A4 08"), 0);
        assert_int_equal(in.bytes[9], 0x10);
        assert_int_equal(in.len, 10);
        assert_int_equal(ask(device, "6F 00 00 0300", "0C 02"), 0);
        assert_int_equal(in.bytes[9], 0x10);
        assert_int_equal(ask(device, "6F 00 00 0200", "2F 20"), 0);
        assert_int_equal(in.bytes[9], 0x00);
        data_is("90 00");
        ask(device, XFR, "00 B0 00 00 00 00 00");
        for (;; pieces++) {
                memcpy(file + got, in.bytes + 10, in.len - 10);
                got += in.len - 10;
                const uint8_t chain = in.bytes[9];
                assert_int_equal(chain, got == in.len - 10 ? 0x01 : got == 32770 ? 0x02 : 0x03);
                if (chain == 0x02)
                        break;
                assert_int_equal(ask(device, "6F 00 00 1000", ""), 0);
        }
        assert_int_equal(got, 32768 + 2);
        assert_int_equal(pieces, 32770 / 261);
        for (size_t i = 0; i < 32768; i++)
                assert_int_equal(file[i], (i ^ i >> 8) & 0xFF);
        sim_device_destroy(device);
}

static void broken_chains_are_refused_and_forgotten(void **state)
{
        (void)state;
        struct sim_device *device = plug_in("level=extended-apdu,maxmsg=271");
        ask(device, POWER_ON, "");
        assert_int_equal(ask(device, "6F 00 00 0300", "00 84"), 0x4008);
        assert_int_equal(ask(device, "6F 00 00 0200", "00 84"), 0x4008);
        assert_int_equal(ask(device, "6F 00 00 1000", ""), 0x4008);
        assert_int_equal(ask(device, "6F 00 00 0400", "00 84"), 0x4008);
        assert_int_equal(ask(device, "6F 00 00 0001", "00 84"), 0x4008);
        assert_int_equal(ask(device, "6F 00 00 0100", "00 A4 00 0C"), 0);
        assert_int_equal(ask(device, XFR, CHALLENGE), 0); /* starts anew */
        assert_int_equal(in.len, 20);
        assert_int_equal(ask(device, "6F 00 00 0200", "00"), 0x4008);
        assert_int_equal(ask(device, "6F 00 00 0100", "00 84"), 0);
        assert_int_equal(ask(device, "6F 00 00 0200", "00"), 0x4001);
        assert_int_equal(ask(device, "6F 00 00 0100", "00 84 00 00"), 0);
        ask(device, POWER_ON, "");
        assert_int_equal(ask(device, "6F 00 00 0200", "08"), 0x4008);
        sim_device_destroy(device);
}

static void chain_without_end_stops_at_the_longest_apdu(void **state)
{
        static uint8_t piece[65554] = {0x6F};
        unsigned sent = 0;

        (void)state;
        struct sim_device *device = plug_in("level=extended-apdu");
        ask(device, POWER_ON, "");
        piece[1] = 0x10;
        piece[2] = 0x27; /* 10,000 bytes */
        piece[8] = 0x01;
        do {
                assert_int_equal(sim_device_bulk_out(device, piece, 10010), SIM_OK);
                assert_int_equal(collect(device), SIM_OK);
                piece[8] = 0x03;
                sent++;
        } while (in.bytes[7] == 0 && sent < 20);
        assert_int_equal(sent, 7);
        assert_int_equal(in.bytes[8], 1);
        assert_int_equal(ask(device, XFR, CHALLENGE), 0);
        sim_device_destroy(device);
}

static void a_slot_is_busy_until_its_answer_is_collected(void **state)
{
        (void)state;
        struct sim_device *device = plug_in("slots=3,busy=2");
        out(device, SLOT_STATUS, "");
        out(device, SLOT_STATUS, "");
        out(device, "65 01 00 0000", "");
        out(device, "65 02 00 0000", "");
        const uint8_t errors[] = {0, 0xE0, 0, 0xE0};
        for (unsigned i = 0; i < 4; i++) {
                assert_int_equal(collect(device), SIM_OK);
                assert_int_equal(in.bytes[6], i);
                assert_int_equal(in.bytes[8], errors[i]);
        }
        assert_int_equal(collect(device), SIM_NAK);
        assert_int_equal(ask(device, "65 02 00 0000", ""), 0x0100);
        sim_device_destroy(device);
}

static void it_takes_no_more_than_it_can_answer(void **state)
{
        enum sim_result result = SIM_OK;
        unsigned taken = 0;

        (void)state;
        struct sim_device *device = plug_in("");
        for (; taken < 100; taken++) {
                result = out(device, SLOT_STATUS, "");
                if (result != SIM_OK)
                        break;
        }
        assert_int_equal(result, SIM_NAK);
        assert_true(taken > 0);
        while (taken-- > 0)
                assert_int_equal(collect(device), SIM_OK);
        assert_int_equal(ask(device, SLOT_STATUS, ""), 0x0100);
        sim_device_destroy(device);
}

static size_t control(struct sim_device *device, unsigned type_request, uint16_t value, uint16_t index,
                      uint8_t *data, size_t len, enum sim_result wanted)
{
        assert_int_equal(sim_device_control(device, (uint8_t)(type_request >> 8), (uint8_t)type_request,
                                            value, index, data, &len),
                         wanted);
        return len;
}

static void abort_by_both_pipes_frees_a_hanging_slot(void **state)
{
        (void)state;
        for (unsigned order = 0; order < 2; order++) {
                struct sim_device *device = plug_in("");
                ask(device, POWER_ON, "");
                assert_true(sim_device_fault(device, "hang@2"));
                out(device, XFR, CHALLENGE);
                assert_int_equal(collect(device), SIM_NAK);
                assert_int_equal(sim_device_next_ms(device), -1);
                assert_int_equal(ask(device, SLOT_STATUS, ""), 0x40E0);
                const uint16_t value = (uint16_t)(seq << 8 | 0);
                if (order == 0)
                        control(device, 0x2101, value, 0, NULL, 0, SIM_OK);
                else
                        out(device, "72 00 00 0000", "");
                assert_int_equal(collect(device), SIM_NAK);
                if (order == 0) {
                        out(device, "72 00 00 0000", "");
                } else {
                        assert_int_equal(ask(device, SLOT_STATUS, ""), 0x40FF);
                        control(device, 0x2101, value, 0, NULL, 0, SIM_OK);
                }
                assert_int_equal(collect(device), SIM_OK);
                assert_int_equal(in.bytes[0], 0x81);
                assert_int_equal(in.bytes[6], value >> 8);
                assert_int_equal(in.bytes[7] << 8 | in.bytes[8], 0);
                assert_int_equal(ask(device, XFR, CHALLENGE), 0);
                sim_device_destroy(device);
        }
}

static void until_the_abort_is_whole_commands_are_aborted(void **state)
{
        (void)state;
        struct sim_device *device = plug_in("");
        control(device, 0x2101, 0x0900, 0, NULL, 0, SIM_OK);
        assert_int_equal(ask(device, POWER_ON, ""), 0x41FF);
        assert_int_equal(ask(device, "72 00 00 0000", ""), 0x41FF); /* another number */
        seq = 9;
        assert_int_equal(ask(device, "72 00 00 0000", ""), 0x0100);
        assert_int_equal(ask(device, POWER_ON, ""), 0);
        control(device, 0x2101, 0x0901, 0, NULL, 0, SIM_STALL);       /* no such slot */
        control(device, 0x2101, 0x0900, 1, NULL, 0, SIM_STALL);       /* no such interface */
        assert_int_equal(ask(device, "72 00 00 0000", "00"), 0x4000); /* carries no data */
        sim_device_destroy(device);
}

static void late_answer_comes_before_the_abort_s(void **state)
{
        (void)state;
        struct sim_device *device = plug_in("");
        out(device, SLOT_STATUS, "");
        control(device, 0x2101, 0x0100, 0, NULL, 0, SIM_OK);
        out(device, "72 00 00 0000", "");
        collect(device);
        assert_int_equal(in.bytes[6], 0);
        collect(device);
        assert_int_equal(in.bytes[6], 1);
        assert_int_equal(ask(device, SLOT_STATUS, ""), 0x0100);
        sim_device_destroy(device);
}

static void slow_answer_comes_in_its_time(void **state)
{
        (void)state;
        struct sim_device *device = plug_in("fault=slow@1");
        hand_clock_stop();
        out(device, SLOT_STATUS, "");
        assert_int_equal(collect(device), SIM_NAK);
        assert_int_equal(sim_device_next_ms(device), SIM_SLOW_MS);
        hand_clock_forward(SIM_SLOW_MS - 1);
        assert_int_equal(collect(device), SIM_NAK);
        assert_int_equal(sim_device_next_ms(device), 1);
        hand_clock_forward(1);
        assert_int_equal(collect(device), SIM_OK);
        assert_int_equal(in.bytes[6], 0);
        sim_device_destroy(device);
        hand_clock_go();
}

/* The same exchange, XfrBlock as the third message, with a fault. */
static struct sim_device *faulty(const char *fault)
{
        struct sim_device *device = plug_in("");
        ask(device, POWER_ON, "");
        ask(device, SLOT_STATUS, "");
        assert_true(sim_device_fault(device, fault));
        return device;
}

static void works_again(struct sim_device *device)
{
        assert_int_equal(ask(device, POWER_ON, ""), 0);
        assert_int_equal(ask(device, XFR, CHALLENGE), 0);
        sim_device_destroy(device);
}

static void faults_that_lose(void **state)
{
        (void)state;
        struct sim_device *device = faulty("lose@3");
        assert_int_equal(out(device, XFR, "00 20 00 01 01 00"), SIM_OK);
        assert_int_equal(collect(device), SIM_NAK);
        ask(device, XFR, "00 20 00 01");
        data_is("63 C2"); /* it was carried out */
        works_again(device);

        device = faulty("stall-in@3");
        assert_int_equal(out(device, XFR, CHALLENGE), SIM_OK);
        assert_int_equal(collect(device), SIM_STALL);
        sim_device_clear_halt(device, 0x82);
        assert_int_equal(collect(device), SIM_NAK);
        works_again(device);

        device = faulty("stall-out@3");
        assert_int_equal(out(device, XFR, "00 20 00 01 01 00"), SIM_STALL);
        control(device, 0x0201, 0, 0x01, NULL, 0, SIM_OK);
        ask(device, XFR, "00 20 00 01");
        data_is("63 C3"); /* it was not */
        works_again(device);
}

static void faults_that_bend_the_answer(void **state)
{
        static const char *const kinds[] = {"truncate@3",   "overlong@3",   "wrong-length@3", "wrong-seq@3",
                                            "wrong-slot@3", "wrong-type@3", "garbage@3"};

        (void)state;
        for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
                struct sim_device *device = faulty(kinds[i]);
                out(device, XFR, CHALLENGE);
                assert_int_equal(collect(device), SIM_OK);
                const uint32_t said = (uint32_t)in.bytes[1] | (uint32_t)in.bytes[2] << 8 |
                                      (uint32_t)in.bytes[3] << 16 | (uint32_t)in.bytes[4] << 24;
                assert_int_equal(in.len, i == 0 ? 10 : i == 1 ? 52 : i == 6 ? 37 : 20);
                if (i == 2)
                        assert_int_equal(said, 9);
                else if (i != 6)
                        assert_int_equal(said, 10);
                assert_int_equal(in.bytes[6] == 2, i != 3 && i != 6);
                assert_int_equal(in.bytes[5] == 0, i != 4 && i != 6);
                assert_int_equal(in.bytes[0] == 0x80, i != 5 && i != 6);
                assert_int_equal(collect(device), SIM_NAK);
                works_again(device);
        }
}

static void faults_that_come_first(void **state)
{
        (void)state;
        struct sim_device *device = faulty("zero-packet@3");
        out(device, XFR, CHALLENGE);
        assert_int_equal(collect(device), SIM_OK);
        assert_int_equal(in.len, 0);
        assert_int_equal(collect(device), SIM_OK);
        assert_int_equal(in.len, 20);
        works_again(device);

        device = faulty("time-extension@3");
        out(device, XFR, CHALLENGE);
        assert_int_equal(collect(device), SIM_OK);
        assert_int_equal(in.bytes[0], 0x80);
        assert_int_equal(in.len, 10);
        assert_int_equal(in.bytes[7] << 8 | in.bytes[8], 0x8001);
        assert_int_equal(collect(device), SIM_OK);
        assert_int_equal(in.bytes[7], 0);
        works_again(device);

        device = faulty("stale@3");
        out(device, XFR, CHALLENGE);
        assert_int_equal(collect(device), SIM_OK);
        assert_int_equal(in.bytes[6], 1);
        assert_int_equal(in.bytes[0], 0x81);
        assert_int_equal(collect(device), SIM_OK);
        assert_int_equal(in.bytes[6], 2);
        works_again(device);
}

static void faults_of_the_card_and_the_slot(void **state)
{
        static const struct {
                const char *fault;
                unsigned status;
                const char *tries; /* after it */
        } cases[] = {{"mute@3", 0x40FE, "63 C3"},     {"hw-error@3", 0x40FB, "63 C3"},
                     {"parity@3", 0x40FD, "63 C2"},   {"busy@3", 0x40E0, "63 C3"},
                     {"error-00@3", 0x4000, "63 C3"}, {"error-F7@3", 0x40F7, "63 C3"},
                     {"error-FF@3", 0x40FF, "63 C3"}};

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
                struct sim_device *device = faulty(cases[i].fault);
                assert_int_equal(ask(device, XFR, "00 20 00 01 01 00"), cases[i].status);
                assert_int_equal(ask(device, XFR, "00 20 00 01"), 0);
                data_is(cases[i].tries);
                works_again(device);
        }
        struct sim_device *device = faulty("sw-6985@3");
        assert_int_equal(ask(device, XFR, "00 20 00 01 01 00"), 0);
        data_is("69 85");
        assert_int_equal(ask(device, XFR, "00 20 00 01"), 0);
        data_is("63 C3"); /* the card itself heard nothing */
        works_again(device);
        device = faulty("mute@3+parity@4");
        assert_int_equal(ask(device, POWER_ON, ""), 0x41FE);
        assert_int_equal(ask(device, POWER_ON, ""), 0x41FD);
        works_again(device);
}

static size_t notified(struct sim_device *device, uint8_t *report)
{
        size_t len, none;
        assert_int_equal(sim_device_interrupt_in(device, report, 8, &len), SIM_OK);
        assert_int_equal(report[0], 0x50);
        assert_int_equal(sim_device_interrupt_in(device, report + 8, 8, &none), SIM_NAK);
        return len;
}

static void faults_of_the_world(void **state)
{
        uint8_t report[16];
        size_t len;

        (void)state;
        struct sim_device *device = faulty("remove@3");
        (void)notified(device, report);
        assert_int_equal(ask(device, XFR, CHALLENGE), 0x42FE);
        (void)notified(device, report);
        assert_int_equal(report[1], 2);
        sim_device_card_insert(device, 0);
        works_again(device);

        device = faulty("unplug@3");
        assert_int_equal(out(device, XFR, CHALLENGE), SIM_GONE);
        assert_int_equal(collect(device), SIM_GONE);
        assert_int_equal(sim_device_interrupt_in(device, report, 8, &len), SIM_GONE);
        control(device, 0x8000, 0, 0, report, 2, SIM_GONE);
        assert_false(sim_device_plugged(device));
        const uint32_t before = sim_device_generation(device);
        sim_device_plug(device);
        assert_int_equal(sim_device_generation(device), before + 1);
        assert_int_equal(sim_device_messages(device), 0);
        works_again(device);
}

static void card_movement_is_told(void **state)
{
        uint8_t report[16];
        size_t len;

        (void)state;
        struct sim_device *device = plug_in("slots=5,card=none");
        assert_int_equal(sim_device_interrupt_in(device, report, 8, &len), SIM_NAK);
        sim_device_card_insert(device, 4);
        sim_device_card_insert(device, 1);
        sim_device_card_insert(device, 7); /* there is none */
        assert_int_equal(notified(device, report), 3);
        assert_int_equal(report[1], 0x0C);
        assert_int_equal(report[2], 0x03);
        sim_device_card_remove(device, 1);
        sim_device_card_insert(device, 1); /* in again before anybody looked */
        assert_int_equal(notified(device, report), 3);
        assert_int_equal(report[1], 0x0C);
        assert_int_equal(report[2], 0x01);
        sim_device_destroy(device);

        device = plug_in("");
        (void)notified(device, report); /* the card that is in from the start */
        assert_int_equal(report[1], 3);
        sim_device_destroy(device);
        device = plug_in("interrupt=0");
        assert_int_equal(sim_device_interrupt_in(device, report, 8, &len), SIM_STALL);
        sim_device_destroy(device);
}

static void descriptors_say_what_was_configured(void **state)
{
        uint8_t bytes[256];
        size_t len;

        (void)state;
        struct sim_device *device =
            plug_in("slots=2,busy=2,level=tpdu,protocol=t0,auto=voltage+pps,maxmsg=300");
        assert_int_equal(sim_device_descriptor(device, bytes, sizeof bytes), 18);
        assert_int_equal(bytes[8] | bytes[9] << 8, 0x1209);
        assert_int_equal(bytes[16], 0); /* no serial number */
        len = sim_device_configuration(device, bytes, sizeof bytes);
        assert_int_equal(len, 9 + 9 + 54 + 21);
        assert_int_equal(bytes[2] | bytes[3] << 8, len);
        const uint8_t *ccid = bytes + 18;
        assert_int_equal(ccid[0], 0x36);
        assert_int_equal(ccid[1], 0x21);
        assert_int_equal(ccid[4], 1); /* bMaxSlotIndex */
        assert_int_equal(ccid[6], 1); /* dwProtocols */
        assert_int_equal(ccid[28], 254);
        assert_int_equal(ccid[40], 0x88);
        assert_int_equal(ccid[42], 0x01);
        assert_int_equal(ccid[44] | ccid[45] << 8, 300);
        assert_int_equal(ccid[53], 2);
        assert_int_equal(sim_device_configuration(device, bytes, 9), len);
        sim_device_destroy(device);
        device = plug_in("interrupt=0,serial=X1");
        assert_int_equal(sim_device_configuration(device, NULL, 0), 9 + 9 + 54 + 14);
        assert_string_equal(sim_device_string(device, 1), "libiscard");
        assert_string_equal(sim_device_string(device, 2), "Virtual CCID Reader");
        assert_string_equal(sim_device_string(device, 3), "X1");
        assert_null(sim_device_string(device, 4));
        sim_device_destroy(device);
}

static void standard_requests_are_answered(void **state)
{
        uint8_t data[64];

        (void)state;
        struct sim_device *device = plug_in("name=\xC3\xA9,serial=1");
        assert_int_equal(control(device, 0x8006, 0x0100, 0, data, 64, SIM_OK), 18);
        assert_int_equal(control(device, 0x8006, 0x0200, 0, data, 9, SIM_OK), 9);
        assert_int_equal(control(device, 0x8006, 0x0300, 0, data, 64, SIM_OK), 4);
        assert_int_equal(control(device, 0x8006, 0x0302, 0x0409, data, 64, SIM_OK), 4);
        assert_int_equal(data[2] | data[3] << 8, 0xE9);
        control(device, 0x8006, 0x0304, 0x0409, data, 64, SIM_STALL);
        control(device, 0x8006, 0x0600, 0, data, 64, SIM_STALL);
        assert_int_equal(control(device, 0x8008, 0, 0, data, 1, SIM_OK), 1);
        assert_int_equal(data[0], 1);
        control(device, 0x0203, 0, 0x82, NULL, 0, SIM_OK); /* SET_FEATURE(ENDPOINT_HALT) */
        assert_int_equal(control(device, 0x8200, 0, 0x82, data, 2, SIM_OK), 2);
        assert_int_equal(data[0], 1);
        assert_int_equal(collect(device), SIM_STALL);
        control(device, 0x0201, 0, 0x82, NULL, 0, SIM_OK);
        control(device, 0x0201, 0, 0x04, NULL, 0, SIM_STALL);
        assert_int_equal(collect(device), SIM_NAK);
        control(device, 0x0009, 2, 0, NULL, 0, SIM_STALL);
        control(device, 0x0009, 0, 0, NULL, 0, SIM_OK);
        assert_int_equal(out(device, SLOT_STATUS, ""), SIM_STALL);
        control(device, 0x0009, 1, 0, NULL, 0, SIM_OK);
        assert_int_equal(ask(device, SLOT_STATUS, ""), 0x0100);
        assert_int_equal(control(device, 0xA102, 0, 0, data, 64, SIM_OK), 4);
        assert_int_equal(data[0] | data[1] << 8, 4000);
        assert_int_equal(control(device, 0xA103, 0, 0, data, 64, SIM_OK), 48);
        control(device, 0xA104, 0, 0, data, 64, SIM_STALL);
        control(device, 0xC001, 0, 0, data, 64, SIM_STALL);
        sim_device_destroy(device);
}

static void an_answer_longer_than_the_room_comes_in_two(void **state)
{
        size_t len;

        (void)state;
        struct sim_device *device = plug_in("");
        ask(device, POWER_ON, "");
        out(device, XFR, "00 84 00 00 00");
        assert_int_equal(sim_device_bulk_in(device, in.bytes, 64, &len), SIM_OK);
        assert_int_equal(len, 64);
        assert_int_equal(collect(device), SIM_OK);
        assert_int_equal(in.len, 10 + 258 - 64);
        sim_device_destroy(device);
}

static void small_messages_overrun(void **state)
{
        (void)state;
        struct sim_device *device = plug_in("maxmsg=64");
        assert_int_equal(ask(device, POWER_ON, ""), 0);
        assert_int_equal(ask(device, XFR, "00 84 00 00 34"), 0);
        assert_int_equal(ask(device, XFR, "00 84 00 00 35"), 0x40FC);
        sim_device_destroy(device);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(power_on_gives_the_atr),
            cmocka_unit_test(second_power_on_is_a_warm_reset),
            cmocka_unit_test(voltage_is_chosen_by_the_host_without_the_feature),
            cmocka_unit_test(no_card_and_a_mute_one_differ),
            cmocka_unit_test(card_state_outlives_removal_but_not_what_was_verified),
            cmocka_unit_test(slots_are_apart_and_unknown_ones_refused),
            cmocka_unit_test(malformed_messages_get_the_offset_of_what_is_wrong),
            cmocka_unit_test(half_a_header_halts_bulk_out),
            cmocka_unit_test(what_it_does_not_support_it_says),
            cmocka_unit_test(clock_stops_and_restarts),
            cmocka_unit_test(parameters_follow_the_atr_or_the_host),
            cmocka_unit_test(bad_parameters_are_named_by_offset_and_change_nothing),
            cmocka_unit_test(speed_is_the_nearest_it_has),
            cmocka_unit_test(both_protocols_are_open_to_the_host),
            cmocka_unit_test(tpdu_level_works_at_the_defaults),
            cmocka_unit_test(speed_without_pps_is_silence),
            cmocka_unit_test(pps_is_judged),
            cmocka_unit_test(apdu_level_hides_t0),
            cmocka_unit_test(t0_faults_end_and_are_bounded),
            cmocka_unit_test(a_status_word_on_request_comes_by_t0_too),
            cmocka_unit_test(extended_level_chains_both_ways),
            cmocka_unit_test(broken_chains_are_refused_and_forgotten),
            cmocka_unit_test(chain_without_end_stops_at_the_longest_apdu),
            cmocka_unit_test(a_slot_is_busy_until_its_answer_is_collected),
            cmocka_unit_test(it_takes_no_more_than_it_can_answer),
            cmocka_unit_test(abort_by_both_pipes_frees_a_hanging_slot),
            cmocka_unit_test(until_the_abort_is_whole_commands_are_aborted),
            cmocka_unit_test(late_answer_comes_before_the_abort_s),
            cmocka_unit_test(slow_answer_comes_in_its_time),
            cmocka_unit_test(faults_that_lose),
            cmocka_unit_test(faults_that_bend_the_answer),
            cmocka_unit_test(faults_that_come_first),
            cmocka_unit_test(faults_of_the_card_and_the_slot),
            cmocka_unit_test(faults_of_the_world),
            cmocka_unit_test(card_movement_is_told),
            cmocka_unit_test(descriptors_say_what_was_configured),
            cmocka_unit_test(standard_requests_are_answered),
            cmocka_unit_test(an_answer_longer_than_the_room_comes_in_two),
            cmocka_unit_test(small_messages_overrun),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
