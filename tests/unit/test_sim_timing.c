/*
 * test_sim_timing.c - src/sim/line.c, and what device.c makes of it: characters counted, answers in their
 * time, slots side by side.
 */
#include "test_sim_wire.h"

#include "sim/line.h"
#include "tests/support/hand_clock.h"

#define STATUS_0 "65 00 00 0000"
#define STATUS_1 "65 01 00 0000"
#define XFR_1    "6F 01 00 0000"

/* The next answer, waited for as a host would; how long, in ms. Time stands still but here. */
static int collect(struct sim_device *device)
{
        const int wait_ms = sim_device_next_ms(device);

        assert_true(wait_ms >= 0);
        if (wait_ms != 0) {
                assert_int_equal(sim_device_bulk_in(device, in.bytes, sizeof in.bytes, &in.len), SIM_NAK);
                hand_clock_forward(wait_ms);
        }
        assert_int_equal(sim_device_bulk_in(device, in.bytes, sizeof in.bytes, &in.len), SIM_OK);
        return wait_ms;
}

static void characters_take_their_time(void **state)
{
        struct sim_line line = {0, 0};

        (void)state;
        sim_line_add(&line, 0x11, 0, false, 10, 0); /* 372 clocks at 4 MHz: 93 us */
        assert_int_equal(line.used_us, 10 * 12 * 93);
        sim_line_add(&line, 0x11, 3, false, 1, 1); /* N = 3, and a turn of 16 etu */
        assert_int_equal(line.used_us, (120 + 15 + 16) * 93);
        line.used_us = 0;
        sim_line_add(&line, 0x96, 0xFF, true, 100, 2); /* 512/32: 4 us; 11 etu, block guard time 22 */
        assert_int_equal(line.used_us, (1100 + 44) * 4);
        line.used_us = 0;
        sim_line_add(&line, 0x96, 0xFF, false, 100, 0); /* in T=0 the least is 12 */
        assert_int_equal(line.used_us, 1200 * 4);
        assert_int_equal(line.bytes, 211);
        sim_line_add(&line, 0x7F, 0, true, 1, 1); /* reserved: it has no time */
        assert_int_equal(line.used_us, 1200 * 4);
}

static void bytes_of_the_line_are_counted(void **state)
{
        static const struct {
                const char *reader, *command;
                unsigned atr, bytes; /* of the ATR, of the exchange */
        } cases[] = {
            {"level=tpdu", "00 C1 01 FE 3E", 22, 5 + 5},
            {"level=tpdu,edc=crc", "00 C1 01 FE 54 4E", 23, 6 + 6},
            {"level=tpdu,auto=voltage", "FF 11 96 78", 22, 4 + 4},
            /* header, procedure byte, data, SW1 SW2 */
            {"level=tpdu,protocol=t0", "00 84 00 00 08", 17, 5 + 1 + 8 + 2},
            {"level=tpdu,protocol=t0", "00 A4 00 0C 02 2F 20", 17, 5 + 1 + 2 + 2},
            {"level=tpdu,protocol=t0", "00 20 00 01 00", 17, 5 + 2},
            /* an APDU over T=1: 5 bytes, and 258 in two blocks with an R-block between */
            {"", "00 84 00 00 00", 22, 4 + 5 + 4 + 254 + 4 + 4 + 4},
            /* an APDU over T=0 with GET RESPONSE */
            {"protocol=t0", "00 A4 00 00 02 3F 00 00", 17, 5 + 1 + 2 + 2 + 5 + 1 + 21 + 2},
        };

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
                struct sim_device *device = plug_in(cases[i].reader);
                assert_int_equal(sim_device_card_bytes(device), 0);
                ask(device, "62 00 00 0000", "");
                assert_int_equal(sim_device_card_bytes(device), cases[i].atr);
                const uint64_t before_us = sim_device_card_us(device);
                assert_int_equal(ask(device, XFR, cases[i].command), 0);
                uint64_t wanted = cases[i].atr + cases[i].bytes;
                if (i < 2)
                        wanted += i == 0 ? 10 : 12; /* the reader's own S(IFS), auto=ifsd */
                assert_int_equal(sim_device_card_bytes(device), wanted);
                assert_true(sim_device_card_us(device) > before_us);
                ask(device, STATUS_0, "");
                assert_int_equal(sim_device_card_bytes(device), wanted);
                sim_device_destroy(device);
        }
}

static void real_answers_come_when_the_line_is_done(void **state)
{
        (void)state;
        struct sim_device *device = plug_in("timing=real,level=tpdu,protocol=t0");
        assert_int_equal(out_bytes(device, POWER_ON, NULL, 0), SIM_OK);
        assert_in_range(collect(device), 20, 23); /* 17 bytes of 12 etu at 93 us and a turn: 21 ms */
        assert_int_equal(in.bytes[7], 0);
        sim_device_destroy(device);
}

static void a_silent_card_is_waited_for(void **state)
{
        static const uint8_t tries[] = {0x00, 0x00, 0x04, 0x00, 0x20, 0x00, 0x01, 0x25};

        (void)state;
        assert_int_equal(sim_line_bwt_us(4, 0x11), 1428480 + 11 * 93);
        assert_int_equal(sim_line_wwt_us(10, 0x11), 892800);
        struct sim_device *device = plug_in("timing=real,level=tpdu,fault=mute@2+mute@3");
        assert_int_equal(out_bytes(device, POWER_ON, NULL, 0), SIM_OK);
        collect(device);
        assert_int_equal(out_bytes(device, XFR, tries, sizeof tries), SIM_OK);
        assert_in_range(sim_device_next_ms(device), 1000, 1440);
        sim_device_destroy(device);
        device = plug_in("timing=real,level=tpdu,fault=mute@2");
        assert_int_equal(out_bytes(device, POWER_ON, NULL, 0), SIM_OK);
        collect(device);
        assert_int_equal(out_bytes(device, "6F 00 03 0000", tries, sizeof tries), SIM_OK);
        assert_in_range(sim_device_next_ms(device), 3500, 4320);
        sim_device_destroy(device);
}

static void slots_work_side_by_side(void **state)
{
        static const uint8_t read[] = {0x00, 0x84, 0x00, 0x00, 0x00};

        (void)state;
        struct sim_device *device = plug_in("timing=real,slots=2,busy=2");
        assert_int_equal(out_bytes(device, POWER_ON, NULL, 0), SIM_OK);
        assert_int_equal(out_bytes(device, "62 01 00 0000", NULL, 0), SIM_OK);
        collect(device);
        assert_int_equal(in.bytes[5], 0);
        assert_in_range(collect(device), 0, 9); /* one after the other would be 26 */
        assert_int_equal(in.bytes[5], 1);
        assert_int_equal(out_bytes(device, XFR, read, sizeof read), SIM_OK);
        assert_int_equal(out_bytes(device, STATUS_1, NULL, 0), SIM_OK);
        collect(device);
        assert_int_equal(in.bytes[5], 1); /* the quick one first */
        collect(device);
        assert_int_equal(in.bytes[5], 0);
        sim_device_destroy(device);

        device = plug_in("timing=real,slots=2"); /* one at a time */
        assert_int_equal(out_bytes(device, POWER_ON, NULL, 0), SIM_OK);
        assert_int_equal(out_bytes(device, "62 01 00 0000", NULL, 0), SIM_OK);
        collect(device);
        assert_int_equal(in.bytes[5], 1);
        assert_int_equal(in.bytes[8], 0xE0);
        collect(device);
        assert_int_equal(in.bytes[5], 0);
        sim_device_destroy(device);
}

static void fast_slots_interleave_too(void **state)
{
        (void)state;
        struct sim_device *device = plug_in("slots=3,busy=3,fault=slow@4+hang@5");
        for (unsigned slot = 0; slot < 3; slot++) {
                char power[20];
                (void)snprintf(power, sizeof power, "62 %02X 00 0000", slot);
                assert_int_equal(ask(device, power, ""), 0);
        }
        static const uint8_t challenge[] = {0x00, 0x84, 0x00, 0x00, 0x08};
        assert_int_equal(out_bytes(device, XFR, challenge, sizeof challenge), SIM_OK);   /* slow */
        assert_int_equal(out_bytes(device, XFR_1, challenge, sizeof challenge), SIM_OK); /* hangs */
        assert_int_equal(out_bytes(device, "6F 02 00 0000", challenge, sizeof challenge), SIM_OK);
        collect(device);
        assert_int_equal(in.bytes[5], 2);
        assert_int_equal(out_bytes(device, STATUS_1, NULL, 0), SIM_OK);
        collect(device);
        assert_int_equal(in.bytes[8], 0xE0);
        collect(device);
        assert_int_equal(in.bytes[5], 0);
        assert_int_equal(sim_device_next_ms(device), -1);
        sim_device_destroy(device);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(characters_take_their_time),
            cmocka_unit_test(bytes_of_the_line_are_counted),
            cmocka_unit_test(real_answers_come_when_the_line_is_done),
            cmocka_unit_test(a_silent_card_is_waited_for),
            cmocka_unit_test(slots_work_side_by_side),
            cmocka_unit_test(fast_slots_interleave_too),
        };

        hand_clock_stop();
        return cmocka_run_group_tests(tests, NULL, NULL);
}
