/*
 * test_sim_iccd.c - src/sim/iccd.c: a card that is a USB device, by control requests. USB ICCD 1.0.
 */
#include "test_sim_wire.h"

#include "ccid/transport.h"
#include "scarderr.h"
#include "sim/control.h"
#include "tests/support/hand_clock.h"

static uint8_t got[66000];
static size_t got_len;

static enum sim_result to_device(struct sim_device *device, uint8_t request, uint16_t value, const char *hex)
{
        uint8_t bytes[600];
        size_t len = from_hex(hex, bytes);
        return sim_device_control(device, 0x21, request, value, 0, bytes, &len);
}

static enum sim_result from_device(struct sim_device *device, uint8_t request, size_t room)
{
        got_len = room;
        return sim_device_control(device, 0xA1, request, 0, 0, got, &got_len);
}

static void gives(struct sim_device *device, uint8_t request, const char *hex)
{
        assert_int_equal(from_device(device, request, 4096), SIM_OK);
        bytes_are(got, got_len, hex);
}

#define POWER    0x62
#define OFF      0x63
#define BLOCK    0x65
#define DATA     0x6F
#define STATUS   0x81
#define A_STATUS 0xA0
#define TRIES    "00 20 00 01"

static void descriptors_have_no_bulk(void **state)
{
        static const struct {
                const char *text;
                unsigned protocol, endpoints, features;
        } cases[] = {{"iccd=a", 1, 1, 0x000840},
                     {"iccd=b,interrupt=0", 2, 0, 0x020840},
                     {"iccd=b,level=extended-apdu", 2, 1, 0x040840}};

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
                uint8_t bytes[128];
                size_t len;
                struct sim_device *device = plug_in(cases[i].text);
                len = sim_device_configuration(device, bytes, sizeof bytes);
                assert_int_equal(len, 9 + 9 + 54 + 7 * cases[i].endpoints);
                assert_int_equal(bytes[9 + 4], cases[i].endpoints);
                bytes_are(bytes + 9 + 5, 2, "0B 00");
                assert_int_equal(bytes[9 + 7], cases[i].protocol);
                assert_int_equal(bytes[58] | bytes[59] << 8 | bytes[60] << 16, cases[i].features);
                assert_int_equal(out_bytes(device, "65 00 00 0000", NULL, 0), SIM_STALL);
                assert_int_equal(sim_device_bulk_in(device, bytes, 1, &len), SIM_STALL);
                assert_int_equal(sim_device_interrupt_in(device, bytes, 8, &len),
                                 cases[i].endpoints != 0 ? SIM_OK : SIM_STALL);
                sim_device_destroy(device);
        }
}

static void b_power_and_exchange(void **state)
{
        (void)state;
        struct sim_device *device = plug_in("iccd=b");
        gives(device, STATUS, "40 01 00");
        assert_int_equal(from_device(device, DATA, 4096), SIM_STALL); /* nothing to give */
        assert_int_equal(to_device(device, BLOCK, 0, TRIES), SIM_OK);
        gives(device, DATA, "40 41 FE");
        assert_int_equal(to_device(device, POWER, 1, ""), SIM_OK);
        assert_int_equal(from_device(device, DATA, 3), SIM_STALL); /* wLength is at least 4 */
        assert_int_equal(from_device(device, DATA, 34), SIM_OK);
        bytes_are(got, 3, "00 3B 9E");
        assert_int_equal(from_device(device, DATA, 34), SIM_STALL);
        gives(device, STATUS, "40 00 00");
        assert_int_equal(to_device(device, BLOCK, 0, TRIES), SIM_OK);
        gives(device, DATA, "00 63 C3");
        assert_int_equal(to_device(device, BLOCK, 0x0100, TRIES), SIM_OK); /* no chains at this level */
        gives(device, DATA, "40 40 08");
        assert_int_equal(to_device(device, BLOCK, 0x0001, TRIES), SIM_STALL);
        assert_int_equal(to_device(device, OFF, 0, ""), SIM_OK);
        gives(device, STATUS, "40 01 00");
        sim_device_card_remove(device, 0); /* virtually */
        gives(device, STATUS, "40 02 00");
        assert_int_equal(to_device(device, 0x01, 0, ""), SIM_STALL);
        sim_device_destroy(device);
}

static void b_chains_both_ways(void **state)
{
        size_t sum = 0;

        (void)state;
        struct sim_device *device = plug_in("iccd=b,level=extended-apdu,maxmsg=271");
        to_device(device, POWER, 1, "");
        from_device(device, DATA, 4096);
        assert_int_equal(to_device(device, BLOCK, 0x0100, "00 A4 00"), SIM_OK);
        gives(device, DATA, "10");
        assert_int_equal(to_device(device, BLOCK, 0x0300, "0C 02"), SIM_OK);
        gives(device, DATA, "10");
        assert_int_equal(to_device(device, BLOCK, 0x0200, "2F 20"), SIM_OK);
        gives(device, DATA, "00 90 00");
        assert_int_equal(to_device(device, BLOCK, 0, "00 B0 00 00 00 02 58"), SIM_OK);
        for (unsigned piece = 0; piece < 3; piece++) {
                assert_int_equal(from_device(device, DATA, 4096), SIM_OK);
                assert_int_equal(got[0], piece == 0 ? 0x01 : piece == 1 ? 0x03 : 0x02);
                sum += got_len - 1;
                if (piece < 2)
                        assert_int_equal(to_device(device, BLOCK, 0x1000, ""), SIM_OK);
        }
        assert_int_equal(sum, 600 + 2);
        assert_int_equal(to_device(device, BLOCK, 0x1000, ""), SIM_OK);
        gives(device, DATA, "40 40 08");
        sim_device_destroy(device);
}

static struct sim_device *b_powered(const char *fault)
{
        struct sim_device *device = plug_in("iccd=b");
        assert_int_equal(to_device(device, POWER, 1, ""), SIM_OK);
        assert_int_equal(from_device(device, DATA, 4096), SIM_OK);
        assert_true(sim_device_fault(device, fault));
        return device;
}

static void b_faults(void **state)
{
        static const struct {
                const char *fault, *answer, *after; /* after: the next DATA_BLOCK; NULL: stalls */
        } cases[] = {
            {"mute@3", "40 40 FE", NULL},      {"hw-error@3", "40 40 FB", NULL},
            {"parity@3", "40 40 FD", NULL},    {"busy@3", "40 40 E0", NULL},
            {"truncate@3", "00", NULL},        {"truncate@4", "00", NULL},
            {"wrong-length@4", "00 63", NULL}, {"wrong-type@3", "55 63 C3", NULL},
            {"zero-packet@4", "", "00 63 C3"}, {"time-extension@3", "80 01 00", "00 63 C3"},
            {"remove@3", "40 42 FE", NULL},    {"wrong-seq@3", "00 63 C3", NULL},
        };

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
                struct sim_device *device = b_powered(cases[i].fault);
                assert_int_equal(to_device(device, BLOCK, 0, TRIES), SIM_OK);
                gives(device, DATA, cases[i].answer);
                if (cases[i].after != NULL)
                        gives(device, DATA, cases[i].after);
                assert_int_equal(from_device(device, DATA, 4096), SIM_STALL);
                sim_device_card_insert(device, 0);
                assert_int_equal(to_device(device, POWER, 1, ""), SIM_OK);
                assert_int_equal(from_device(device, DATA, 4096), SIM_OK);
                assert_int_equal(got[0], 0x00);
                sim_device_destroy(device);
        }
}

static void b_faults_that_lose(void **state)
{
        (void)state;
        struct sim_device *device =
            b_powered("hang@3+stall-out@12+stall-in@13+lose@16+overlong@18+unplug@20");
        assert_int_equal(to_device(device, BLOCK, 0, "00 20 00 01 01 00"), SIM_OK);
        for (unsigned i = 0; i < 5; i++)
                gives(device, DATA, "80 01 00");
        assert_int_equal(to_device(device, BLOCK, 0, TRIES), SIM_STALL);
        assert_int_equal(to_device(device, OFF, 0, ""), SIM_OK);
        assert_int_equal(to_device(device, POWER, 1, ""), SIM_OK);
        assert_int_equal(to_device(device, BLOCK, 0, TRIES), SIM_STALL); /* 12 */
        assert_int_equal(to_device(device, BLOCK, 0, TRIES), SIM_OK);    /* 13 */
        assert_int_equal(from_device(device, DATA, 4096), SIM_STALL);
        assert_int_equal(to_device(device, BLOCK, 0, TRIES), SIM_OK);
        assert_int_equal(from_device(device, DATA, 4096), SIM_NAK); /* 16 */
        assert_int_equal(to_device(device, BLOCK, 0, TRIES), SIM_OK);
        assert_int_equal(from_device(device, DATA, 4096), SIM_OK); /* 18 */
        assert_int_equal(got_len, 3 + 32);
        bytes_are(got, 3, "00 63 C2");
        assert_int_equal(from_device(device, STATUS, 3), SIM_OK);
        assert_int_equal(from_device(device, STATUS, 3), SIM_GONE);
        assert_false(sim_device_plugged(device));
        sim_device_destroy(device);
}

static void b_answers_slowly(void **state)
{
        (void)state;
        struct sim_device *device = b_powered("slow@3");
        hand_clock_stop();
        assert_int_equal(to_device(device, BLOCK, 0, TRIES), SIM_OK);
        gives(device, DATA, "80 01 00");
        hand_clock_forward(SIM_SLOW_MS - 1);
        gives(device, DATA, "80 01 00");
        hand_clock_forward(1);
        gives(device, DATA, "00 63 C3");
        sim_device_destroy(device);
        hand_clock_go();
}

static void a_goes_through_the_phases_of_t0(void **state)
{
        (void)state;
        struct sim_device *device = plug_in("iccd=a");
        gives(device, A_STATUS, "00");
        assert_int_equal(to_device(device, BLOCK, 0, "00 84 00 00 08"), SIM_STALL); /* no power */
        assert_int_equal(from_device(device, POWER, 33), SIM_OK);
        bytes_are(got, 2, "3B 1E");
        assert_int_equal(to_device(device, BLOCK, 0, "00 A4 00 0C"), SIM_STALL); /* five bytes, always */
        assert_int_equal(to_device(device, BLOCK, 0, "00 A4 00 0C 02"), SIM_OK);
        gives(device, A_STATUS, "10");
        assert_int_equal(from_device(device, DATA, 256), SIM_STALL);
        assert_int_equal(to_device(device, BLOCK, 0, "2F"), SIM_STALL);
        assert_int_equal(to_device(device, BLOCK, 0, "2F 20"), SIM_OK);
        gives(device, A_STATUS, "20");
        gives(device, DATA, "90 00");
        gives(device, A_STATUS, "00");
        assert_int_equal(to_device(device, BLOCK, 0, "00 B0 00 00 04"), SIM_OK);
        gives(device, A_STATUS, "10");
        gives(device, DATA, "00 01 02 03");
        gives(device, A_STATUS, "20");
        gives(device, DATA, "90 00");
        assert_int_equal(to_device(device, BLOCK, 0, "00 20 00 01 00"), SIM_OK);
        gives(device, A_STATUS, "20");
        gives(device, DATA, "63 C3");
        assert_int_equal(to_device(device, BLOCK, 0, "00 A4 00 00 02"), SIM_OK);
        assert_int_equal(to_device(device, BLOCK, 0, "3F 00"), SIM_OK);
        gives(device, DATA, "61 15"); /* the host's matter */
        assert_int_equal(to_device(device, BLOCK, 0, "00 C0 00 00 15"), SIM_OK);
        assert_int_equal(from_device(device, DATA, 256), SIM_OK);
        assert_int_equal(got_len, 0x15);
        gives(device, DATA, "90 00");
        assert_int_equal(to_device(device, OFF, 0, ""), SIM_OK);
        gives(device, A_STATUS, "00");
        sim_device_card_remove(device, 0);
        gives(device, A_STATUS, "80");
        sim_device_destroy(device);
}

static void a_faults(void **state)
{
        (void)state;
        struct sim_device *device = plug_in("iccd=a,fault=mute@2+time-extension@5+hang@8+bad-procedure@13");
        assert_int_equal(from_device(device, POWER, 33), SIM_OK);
        assert_int_equal(to_device(device, BLOCK, 0, "00 84 00 00 08"), SIM_OK);
        gives(device, A_STATUS, "80");
        assert_int_equal(from_device(device, POWER, 33), SIM_OK);
        assert_int_equal(to_device(device, BLOCK, 0, "00 20 00 01 00"), SIM_OK); /* 5 */
        gives(device, A_STATUS, "40");
        gives(device, DATA, "63 C3");
        assert_int_equal(to_device(device, BLOCK, 0, "00 20 00 01 00"), SIM_OK); /* 8 */
        gives(device, A_STATUS, "40");
        gives(device, A_STATUS, "40");
        assert_int_equal(from_device(device, DATA, 256), SIM_STALL);
        assert_int_equal(from_device(device, POWER, 33), SIM_OK);
        assert_int_equal(to_device(device, BLOCK, 0, "00 20 00 01 00"), SIM_OK); /* 13 */
        gives(device, A_STATUS, "80");
        sim_device_destroy(device);
        device = plug_in("iccd=a,card=mute");
        assert_int_equal(from_device(device, POWER, 33), SIM_STALL);
        gives(device, A_STATUS, "80");
        sim_device_destroy(device);
}

/* ---- over the in-process bus */

static struct {
        const struct ccid_transport_ops *ops;
        void *dev;
} told;

static int32_t found(void *arg, const struct ccid_transport_ops *ops, void *dev,
                     const struct ccid_device *info)
{
        (void)arg;
        (void)info;
        told.ops = ops;
        told.dev = dev;
        return SCARD_S_SUCCESS;
}

static void lost(void *arg, void *dev)
{
        (void)arg;
        (void)dev;
}

static void the_bus_opens_it_without_bulk_pipes(void **state)
{
        static const struct ccid_bus_listener listener = {.found = found, .lost = lost};
        const struct ccid_pipes bulk = {.bulk_out = 0x01, .bulk_in = 0x82, .max_message = 271};
        const struct ccid_pipes none = {.max_message = 271};
        uint8_t data[64];
        size_t len = sizeof data;
        void *pipe;

        (void)state;
        assert_int_equal(setenv("ISCARD_SIM", "iccd=b,fault=lose@2", 1), 0);
        assert_int_equal(ccid_sim_bus.start(), SCARD_S_SUCCESS);
        assert_int_equal(ccid_sim_bus.scan(&listener), SCARD_S_SUCCESS);
        assert_int_equal(told.ops->open(told.dev, &bulk, &pipe), SCARD_F_COMM_ERROR);
        assert_int_equal(told.ops->open(told.dev, &none, &pipe), SCARD_S_SUCCESS);
        assert_int_equal(told.ops->control(pipe, 0xA1, STATUS, 0, data, &len, 1000), SCARD_S_SUCCESS);
        bytes_are(data, len, "40 01 00");
        len = sizeof data;
        assert_int_equal(told.ops->control(pipe, 0xA1, STATUS, 0, data, &len, 1000), SCARD_E_TIMEOUT);
        assert_int_equal(len, 0);
        len = sizeof data;
        assert_int_equal(told.ops->control(pipe, 0xA1, DATA, 0, data, &len, 1000), SCARD_E_NOT_READY);
        told.ops->close(pipe);
        told.ops->forget(told.dev);
        ccid_sim_bus.stop();
        sim_control_reset();
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(descriptors_have_no_bulk),
            cmocka_unit_test(b_power_and_exchange),
            cmocka_unit_test(b_chains_both_ways),
            cmocka_unit_test(b_faults),
            cmocka_unit_test(b_faults_that_lose),
            cmocka_unit_test(b_answers_slowly),
            cmocka_unit_test(a_goes_through_the_phases_of_t0),
            cmocka_unit_test(a_faults),
            cmocka_unit_test(the_bus_opens_it_without_bulk_pipes),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
