/*
 * test_sim_pinpad.c - src/sim/pinpad.c: PC_to_RDR_Secure at every level, and the bytes that the card gets.
 * CCID 1.1 6.1.11, 6.1.12.
 */
#include "test_sim_wire.h"

/* abPINDataStructure up to abPINApdu: operation, time-out, three formats, digits, validation, messages. */
#define VERIFY_ASCII "00 00 82 00 00 1004 02 00 0904 00 000000 "
#define TRIES        "00 20 00 01"

static unsigned powered_ask(struct sim_device *device, const char *data)
{
        ask(device, POWER_ON, "");
        return ask(device, XFR, data);
}

static void descriptor_tells_of_the_pad(void **state)
{
        uint8_t bytes[128];

        (void)state;
        struct sim_device *device = plug_in("pinpad=1");
        (void)sim_device_configuration(device, bytes, sizeof bytes);
        bytes_are(bytes + 18 + 50, 3, "10 02 03"); /* wLcdLayout, bPINSupport */
        sim_device_destroy(device);
}

static void verify_without_a_block_sets_lc(void **state)
{
        static const char *const apdus[] = {"00 20 00 01", "00 20 00 01 00"};

        (void)state;
        for (size_t i = 0; i < 2; i++) {
                char message[200];
                struct sim_device *device = plug_in("pinpad=1");
                ask(device, POWER_ON, "");
                (void)snprintf(message, sizeof message, VERIFY_ASCII "%s", apdus[i]);
                assert_int_equal(ask(device, SECURE, message), 0);
                data_is("90 00");
                sim_device_codes(device, "99999", NULL);
                assert_int_equal(ask(device, SECURE, message), 0);
                data_is("63 C2");
                sim_device_destroy(device);
        }
}

/* The card's code becomes what the pad should make of 1234 (or pin=), so that only these bytes give 9000. */
static void formatted(const char *config, const char *code, const char *structure_and_apdu)
{
        char change[200];
        uint8_t bytes[16];
        const size_t len = from_hex(code, bytes);

        struct sim_device *device = plug_in(config);
        (void)snprintf(change, sizeof change, "00 24 00 01 %02X 31 32 33 34 %s", (unsigned)len + 4, code);
        assert_int_equal(powered_ask(device, change), 0);
        data_is("90 00");
        assert_int_equal(ask(device, SECURE, structure_and_apdu), 0);
        data_is("90 00");
        sim_device_destroy(device);
}

static void codes_are_formatted(void **state)
{
        static const struct {
                const char *config, *code, *message;
        } cases[] = {
            /* 8 bytes of ASCII, padded with the FF of the template */
            {"pinpad=1", "31 32 33 34 FF FF FF FF",
             "00 00 82 08 00 0804 02 00 0904 00 000000 00 20 00 01 08 FF FF FF FF FF FF FF FF"},
            /* the same without a template: FF all the same */
            {"pinpad=1", "31 32 33 34 FF FF FF FF", "00 00 82 08 00 0804 02 00 0904 00 000000 00 20 00 01"},
            /* format 2: control nibble, length nibble, digits, filler. ISO 9564-1 */
            {"pinpad=1", "24 12 34 FF FF FF FF FF",
             "00 00 89 47 04 0C04 02 00 0904 00 000000 00 20 00 01 08 20 FF FF FF FF FF FF FF"},
            /* the same with the position in bits, and an odd number of digits */
            {"pinpad=1,pin=12345", "25 12 34 5F FF FF FF FF",
             "00 00 41 47 04 0C04 02 00 0904 00 000000 00 20 00 01 08 20 FF FF FF FF FF FF FF"},
            /* length as a byte, in bytes */
            {"pinpad=1", "04 31 32 33 34", "00 00 8A 80 10 0804 02 00 0904 00 000000 00 20 00 01"},
            /* justified to the right */
            {"pinpad=1", "FF FF 31 32 33 34", "00 00 86 06 00 0604 02 00 0904 00 000000 00 20 00 01"},
            {"pinpad=1", "FF FF 12 34", "00 00 85 04 00 0604 02 00 0904 00 000000 00 20 00 01"},
            /* one digit a byte */
            {"pinpad=1", "01 02 03 04", "00 00 80 00 00 0604 02 00 0904 00 000000 00 20 00 01"},
            /* the entry ends with the sixth digit */
            {"pinpad=1,pin=123456789", "31 32 33 34 35 36",
             "00 00 82 00 00 0604 01 00 0904 00 000000 00 20 00 01"},
        };

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
                formatted(cases[i].config, cases[i].code, cases[i].message);
}

static void modify_puts_both_codes_where_they_belong(void **state)
{
        (void)state;
        /* one after the other, lengths as typed; two messages: bMsgIndex1 and 2 */
        struct sim_device *device = plug_in("pinpad=1,newpin=567890");
        ask(device, POWER_ON, "");
        assert_int_equal(
            ask(device, SECURE, "01 00 82 00 00 00 00 1004 03 02 02 0904 00 01 000000 00 24 00 01"), 0);
        data_is("90 00");
        sim_device_codes(device, "567890", "4321");
        /* fields of 8 bytes at 0 and 8: what is stored has its padding; no message: bMsgIndex1 alone */
        assert_int_equal(ask(device, XFR, "00 24 00 01 0E 35 36 37 38 39 30 35 36 37 38 39 30 FF FF"), 0);
        data_is("90 00");
        assert_int_equal(ask(device, SECURE,
                             "01 00 82 08 00 00 08 0804 03 02 00 0904 00 000000 00 24 00 01 10"
                             "FFFFFFFFFFFFFFFF FFFFFFFFFFFFFFFF"),
                         0);
        data_is("90 00");
        /* the new one alone, after VERIFY; three messages: bMsgIndex1 to 3 */
        ask(device, XFR, "00 20 00 01 08 34 33 32 31 FF FF FF FF");
        data_is("90 00");
        sim_device_codes(device, "0000", "1234");
        assert_int_equal(
            ask(device, SECURE, "01 00 82 00 00 00 00 1004 01 02 03 0904 00 01 02 000000 00 24 01 01"), 0);
        data_is("90 00");
        ask(device, XFR, "00 20 00 01 04 31 32 33 34");
        data_is("90 00");
        sim_device_destroy(device);
}

static void malformed_structures_are_named_by_offset(void **state)
{
        static const struct {
                const char *message;
                unsigned error;
        } cases[] = {
            {"", 1},
            {"02 00 82 00 00 1004 02 00 0904 00 000000 00 20 00 01", 10},
            {"00 00 83 00 00 1004 02 00 0904 00 000000 00 20 00 01", 12},
            {"00 00 0A 00 00 1004 02 00 0904 00 000000 00 20 00 01", 12}, /* one bit aside */
            {"00 00 82 02 00 1004 02 00 0904 00 000000 00 20 00 01", 13}, /* four digits in two bytes */
            {"00 00 82 00 20 1004 02 00 0904 00 000000 00 20 00 01", 14},
            {"00 00 82 00 00 0000 02 00 0904 00 000000 00 20 00 01", 15},
            {"00 00 82 00 00 1104 02 00 0904 00 000000 00 20 00 01", 15},
            {"00 00 82 00 00 0405 02 00 0904 00 000000 00 20 00 01", 16},
            {"00 00 82 00 00 1004 00 00 0904 00 000000 00 20 00 01", 17},
            {"00 00 82 00 00 1004 08 00 0904 00 000000 00 20 00 01", 17},
            {"00 00 82 00 00 1004 02 02 0904 00 000000 00 20 00 01", 18},
            {"00 00 82 00 00 1004 02 00 0904 00 000000 00 20 00", 1},
            {"00 00 82 00 00 1004 02 00 0904 00 000000 00 20 00 01 02 00", 29}, /* Lc */
            {"00 00 82 00 00 10", 1},
            {"01 00 82 00 00 00 00 1004 04 02 00 0904 00 000000 00 24 00 01", 19},
            {"01 00 82 00 00 00 00 1004 03 02 04 0904 00 000000 00 24 00 01", 21},
            {"01 00 82 08 00 FF FF 1004 03 02 00 0904 00 000000 00 24 00 01", 12},
        };

        (void)state;
        struct sim_device *device = plug_in("pinpad=1");
        ask(device, POWER_ON, "");
        for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
                assert_int_equal(ask(device, SECURE, cases[i].message), 0x4000 | cases[i].error);
        assert_int_equal(ask(device, "69 00 00 0100", VERIFY_ASCII TRIES), 0x4008);
        ask(device, XFR, TRIES);
        data_is("63 C3"); /* the card heard of nothing */
        sim_device_destroy(device);
}

static void the_card_holder_may_not_play_along(void **state)
{
        (void)state;
        struct sim_device *device = plug_in("pinpad=1,fault=pin-timeout@2+pin-cancel@3");
        ask(device, POWER_ON, "");
        assert_int_equal(ask(device, SECURE, VERIFY_ASCII TRIES), 0x40F0);
        assert_int_equal(ask(device, SECURE, VERIFY_ASCII TRIES), 0x40EF);
        sim_device_codes(device, "123", NULL);
        assert_int_equal(ask(device, SECURE, VERIFY_ASCII TRIES), 0);
        data_is("64 03");
        /* only the greatest length would end it */
        assert_int_equal(ask(device, SECURE, "00 00 82 00 00 1004 01 00 0904 00 000000 " TRIES), 0x40F0);
        sim_device_codes(device, "1234", "5678");
        assert_true(sim_device_fault(device, "pin-mismatch@6"));
        assert_int_equal(ask(device, SECURE, "01 00 82 00 00 00 00 1004 03 02 00 0904 00 000000 00 24 00 01"),
                         0);
        data_is("64 02");
        ask(device, XFR, TRIES);
        data_is("63 C3");
        assert_int_equal(ask(device, "63 00 00 0000", ""), 0x0100);
        assert_int_equal(ask(device, SECURE, VERIFY_ASCII TRIES), 0x41FE);
        sim_device_destroy(device);
}

static void every_level_has_it(void **state)
{
        (void)state;
        struct sim_device *device = plug_in("pinpad=1,level=extended-apdu");
        ask(device, POWER_ON, "");
        assert_int_equal(ask(device, SECURE, VERIFY_ASCII TRIES), 0);
        data_is("90 00");
        sim_device_destroy(device);

        device = plug_in("pinpad=1,protocol=t0");
        ask(device, POWER_ON, "");
        assert_int_equal(ask(device, SECURE, VERIFY_ASCII TRIES), 0);
        data_is("90 00");
        sim_device_destroy(device);

        device = plug_in("pinpad=1,level=tpdu,protocol=t0");
        ask(device, POWER_ON, "");
        assert_int_equal(ask(device, SECURE, VERIFY_ASCII TRIES), 0);
        data_is("90 00");
        sim_device_destroy(device);

        /* T=1 blocks: the prologue is the host's, LEN and epilogue are the reader's */
        device = plug_in("pinpad=1,level=tpdu");
        ask(device, POWER_ON, "");
        assert_int_equal(ask(device, SECURE, "00 00 82 00 00 1004 02 00 0904 00 000004 " TRIES), 0);
        data_is("00 00 02 90 00 92");
        assert_int_equal(ask(device, SECURE, "00 00 82 00 00 1004 02 00 0904 00 004004 " TRIES), 0);
        data_is("00 40 02 90 00 D2");
        assert_int_equal(ask(device, SECURE, "00 00 82 00 00 1004 02 00 0904 00 004004 " TRIES), 0);
        data_is("00 82 00 82"); /* the number before */
        sim_device_destroy(device);

        device = plug_in("pinpad=1,level=tpdu,edc=crc");
        ask(device, POWER_ON, "");
        assert_int_equal(ask(device, SECURE, "00 00 82 00 00 1004 02 00 0904 00 000004 " TRIES), 0);
        bytes_are(in.bytes + 10, 5, "00 00 02 90 00");
        assert_int_equal(in.len, 10 + 7);
        sim_device_destroy(device);

        device = plug_in("level=tpdu");
        ask(device, POWER_ON, "");
        assert_int_equal(ask(device, SECURE, VERIFY_ASCII TRIES), 0x4000);
        sim_device_destroy(device);
}

static void piv_takes_its_padded_code(void **state)
{
        (void)state;
        struct sim_device *device = plug_in("pinpad=1,card=piv,pin=123456");
        assert_int_equal(powered_ask(device, "00 A4 04 00 05 A0 00 00 03 08"), 0);
        assert_int_equal(
            ask(device, SECURE, "00 00 82 08 00 0806 02 00 0904 00 000000 00 20 00 80 08 FFFFFFFFFFFFFFFF"),
            0);
        data_is("90 00");
        sim_device_destroy(device);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(descriptor_tells_of_the_pad),
            cmocka_unit_test(verify_without_a_block_sets_lc),
            cmocka_unit_test(codes_are_formatted),
            cmocka_unit_test(modify_puts_both_codes_where_they_belong),
            cmocka_unit_test(malformed_structures_are_named_by_offset),
            cmocka_unit_test(the_card_holder_may_not_play_along),
            cmocka_unit_test(every_level_has_it),
            cmocka_unit_test(piv_takes_its_padded_code),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
