/*
 * The engine on the real driver and the in-process virtual reader: the whole stack below winscard.h.
 */
#include "core/registry.h"
#include "sim/control.h"
#include "tests/support/engine.h"

#define SIM_NAME "libiscard Virtual CCID Reader 00 00"

static SCARDCONTEXT context;
static SCARDHANDLE card;

static void begin(const char *config)
{
        registry_use_drivers(NULL);
        sim_control_reset();
        assert_int_equal(setenv("ISCARD_SIM", config, 1), 0);
        assert_int_equal(setenv("ISCARD_TIMEOUT", "200", 1), 0);
        context = engine_context();
        card = 0;
}

static void connect_card(void)
{
        assert_status(SCardConnectA(context, SIM_NAME, SCARD_SHARE_SHARED, BOTH, &card, NULL),
                      SCARD_S_SUCCESS);
}

static int tear_down(void **state)
{
        (void)state;
        if (SCardIsValidContext(context) == SCARD_S_SUCCESS)
                SCardReleaseContext(context);
        sim_control_reset();
        return 0;
}

static uint16_t challenge(void)
{
        BYTE response[258];
        DWORD len = sizeof(response);

        assert_status(SCardTransmit(card, NULL, engine_get_challenge, 5, NULL, response, &len),
                      SCARD_S_SUCCESS);
        return (uint16_t)(response[len - 2] << 8 | response[len - 1]);
}

static void session_works_at_every_level_there_is(void **state)
{
        (void)state;
        static const char *const configs[] = {
            "",
            "level=short-apdu,protocol=t0",
            "level=extended-apdu",
            "level=tpdu,protocol=t0",
            "level=tpdu,protocol=t0,auto=none",
            "level=tpdu,protocol=t1",
            "level=tpdu,protocol=t1,edc=crc,auto=none",
            "level=short-apdu,auto=none",
            "interrupt=0",
            "level=tpdu,protocol=t0,interrupt=0",
        };

        for (size_t i = 0; i < sizeof(configs) / sizeof(configs[0]); i++) {
                begin(configs[i]);
                connect_card();
                assert_int_equal(challenge(), 0x9000);
                assert_int_equal(engine_state(card), SCARD_SPECIFIC);
                assert_status(SCardReconnect(card, SCARD_SHARE_SHARED, BOTH, SCARD_RESET_CARD, NULL),
                              SCARD_S_SUCCESS);
                assert_int_equal(challenge(), 0x9000);
                assert_status(SCardReconnect(card, SCARD_SHARE_SHARED, BOTH, SCARD_UNPOWER_CARD, NULL),
                              SCARD_S_SUCCESS);
                assert_int_equal(challenge(), 0x9000);
                assert_status(SCardDisconnect(card, SCARD_LEAVE_CARD), SCARD_S_SUCCESS);
                assert_status(SCardReleaseContext(context), SCARD_S_SUCCESS);
        }
}

static void current_ifsd_is_the_one_in_force(void **state)
{
        static const BYTE select_mf[] = {0x00, 0xA4, 0x00, 0x00,
                                         0x02, 0x3F, 0x00, 0x00}; /* Le: up to 256 bytes */
        BYTE response[258];
        DWORD len = sizeof(response);

        (void)state;
        begin("level=tpdu,protocol=t1,auto=none");
        connect_card();
        assert_int_equal(challenge(), 0x9000); /* 10 bytes: nothing to agree on */
        assert_int_equal(engine_attribute(card, SCARD_ATTR_CURRENT_IFSD), 32);
        assert_status(SCardTransmit(card, NULL, select_mf, sizeof(select_mf), NULL, response, &len),
                      SCARD_S_SUCCESS);
        assert_int_equal(engine_attribute(card, SCARD_ATTR_CURRENT_IFSD), 254);
        assert_status(SCardReconnect(card, SCARD_SHARE_SHARED, BOTH, SCARD_RESET_CARD, NULL),
                      SCARD_S_SUCCESS);
        assert_int_equal(engine_attribute(card, SCARD_ATTR_CURRENT_IFSD), 32);
}

static void first_answer_takes_two_messages(void **state)
{
        (void)state;
        begin("");
        connect_card();
        assert_int_equal(challenge(), 0x9000);
        assert_int_equal(sim_device_messages(sim_control_device(0)), 2);
}

static void card_out_and_in_again(void **state)
{
        (void)state;
        static const char *const configs[] = {"", "interrupt=0", "level=tpdu,protocol=t0"};

        for (size_t i = 0; i < sizeof(configs) / sizeof(configs[0]); i++) {
                begin(configs[i]);
                connect_card();
                assert_int_equal(challenge(), 0x9000);
                sim_device_card_remove(sim_control_device(0), 0);
                assert_status(engine_transmit(card), SCARD_W_REMOVED_CARD);
                assert_int_equal(engine_state(card), SCARD_ABSENT);
                assert_status(SCardReconnect(card, SCARD_SHARE_SHARED, BOTH, SCARD_LEAVE_CARD, NULL),
                              SCARD_E_NO_SMARTCARD);
                sim_device_card_insert(sim_control_device(0), 0);
                assert_status(engine_transmit(card), SCARD_W_REMOVED_CARD);
                assert_int_equal(engine_state(card), SCARD_PRESENT);
                assert_status(SCardReconnect(card, SCARD_SHARE_SHARED, BOTH, SCARD_LEAVE_CARD, NULL),
                              SCARD_S_SUCCESS);
                assert_int_equal(challenge(), 0x9000);
                assert_int_equal(challenge(), 0x9000);
                /* out and in between two commands */
                sim_device_card_remove(sim_control_device(0), 0);
                sim_device_card_insert(sim_control_device(0), 0);
                assert_status(engine_transmit(card), SCARD_W_REMOVED_CARD);
                assert_status(SCardReconnect(card, SCARD_SHARE_SHARED, BOTH, SCARD_RESET_CARD, NULL),
                              SCARD_S_SUCCESS);
                assert_int_equal(challenge(), 0x9000);
                assert_status(SCardReleaseContext(context), SCARD_S_SUCCESS);
        }
}

static void reader_out_and_in_again(void **state)
{
        (void)state;
        DWORD len = 0;

        begin("");
        connect_card();
        sim_device_unplug(sim_control_device(0));
        assert_status(engine_transmit(card), SCARD_E_READER_UNAVAILABLE);
        assert_status(SCardListReadersA(context, NULL, NULL, &len), SCARD_E_NO_READERS_AVAILABLE);
        sim_device_plug(sim_control_device(0));
        assert_status(SCardListReadersA(context, NULL, NULL, &len), SCARD_S_SUCCESS);
        assert_int_equal(len, sizeof(SIM_NAME) + 1);
        assert_status(SCardDisconnect(card, SCARD_RESET_CARD), SCARD_S_SUCCESS);
        connect_card();
        assert_int_equal(challenge(), 0x9000);
}

static void command_that_gets_no_answer_times_out_and_the_next_works(void **state)
{
        (void)state;
        begin("fault=lose@3");
        connect_card();
        assert_int_equal(challenge(), 0x9000);
        assert_status(engine_transmit(card), SCARD_E_TIMEOUT);
        assert_int_equal(challenge(), 0x9000);
}

static void configuration_that_is_not_understood_has_no_readers(void **state)
{
        (void)state;
        DWORD len = 0;

        begin("level=nonsense");
        assert_status(SCardListReadersA(context, NULL, NULL, &len), SCARD_E_NO_READERS_AVAILABLE);
}

#define TEST(name) cmocka_unit_test_teardown(name, tear_down)

int main(void)
{
        const struct CMUnitTest tests[] = {
            TEST(session_works_at_every_level_there_is),
            TEST(current_ifsd_is_the_one_in_force),
            TEST(first_answer_takes_two_messages),
            TEST(card_out_and_in_again),
            TEST(reader_out_and_in_again),
            TEST(command_that_gets_no_answer_times_out_and_the_next_works),
            TEST(configuration_that_is_not_understood_has_no_readers),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
