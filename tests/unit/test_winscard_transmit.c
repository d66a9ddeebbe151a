/*
 * SCardTransmit on scripted readers: arguments, buffers, conditions, what a failure leaves behind, T=0 in the
 * host.
 */
#include "tests/support/engine.h"

static struct fake_reader *const reader = &fake_readers[0];
static SCARDCONTEXT context;
static SCARDHANDLE card;

static int set_up(void **state)
{
        (void)state;
        fake_reset();
        context = engine_context();
        card = engine_connect(context, SCARD_SHARE_SHARED);
        return 0;
}

static int tear_down(void **state)
{
        (void)state;
        SCardReleaseContext(context);
        return fake_stops == fake_starts ? 0 : -1;
}

/* The card again, on a reader of another kind. */
static void change_reader(enum ifd_exchange exchange, uint32_t max_command, uint32_t max_response)
{
        SCardReleaseContext(context);
        reader->info.exchange = exchange;
        reader->info.max_command = max_command;
        reader->info.max_response = max_response;
        context = engine_context();
        card = engine_connect(context, SCARD_SHARE_SHARED);
}

static void set_answer(const void *data, size_t len)
{
        memcpy(reader->answer, data, len);
        reader->answer_len = len;
}

static void answer_and_protocol_are_given(void **state)
{
        (void)state;
        static const BYTE answer[] = {1, 2, 3, 4, 5, 6, 7, 8, 0x90, 0x00};
        BYTE response[258];
        DWORD len = sizeof(response);
        SCARD_IO_REQUEST pci = {99, sizeof(pci)};

        set_answer(answer, sizeof(answer));
        assert_status(SCardTransmit(card, SCARD_PCI_T1, engine_get_challenge, 5, &pci, response, &len),
                      SCARD_S_SUCCESS);
        assert_int_equal(len, sizeof(answer));
        assert_memory_equal(response, answer, sizeof(answer));
        assert_int_equal(pci.dwProtocol, SCARD_PROTOCOL_T1);
        assert_int_equal(reader->last_len, 5);
        assert_memory_equal(reader->last, engine_get_challenge, 5);
}

static void bad_arguments_send_nothing(void **state)
{
        (void)state;
        BYTE response[258];
        DWORD len = sizeof(response);
        const BYTE lc_too_long[] = {0, 0xA4, 0, 0, 5, 1, 2};
        SCARD_IO_REQUEST small = {SCARD_PROTOCOL_T1, 4};
        unsigned sent = fake_count(reader, FAKE_TRANSMIT);

        assert_status(SCardTransmit(card, NULL, engine_get_challenge, 5, NULL, response, NULL),
                      SCARD_E_INVALID_PARAMETER);
        assert_status(SCardTransmit(card, NULL, NULL, 5, NULL, response, &len), SCARD_E_INVALID_PARAMETER);
        assert_int_equal(len, 0);
        len = sizeof(response);
        assert_status(SCardTransmit(card, NULL, engine_get_challenge, 5, NULL, NULL, &len),
                      SCARD_E_INVALID_PARAMETER);
        len = sizeof(response);
        assert_status(SCardTransmit(card, NULL, engine_get_challenge, 0, NULL, response, &len),
                      SCARD_E_INVALID_PARAMETER);
        len = sizeof(response);
        assert_status(SCardTransmit(card, NULL, engine_get_challenge, 3, NULL, response, &len),
                      SCARD_E_INVALID_PARAMETER);
        len = sizeof(response);
        assert_status(SCardTransmit(card, NULL, lc_too_long, sizeof(lc_too_long), NULL, response, &len),
                      SCARD_E_INVALID_PARAMETER);
        len = SCARD_AUTOALLOCATE;
        assert_status(SCardTransmit(card, NULL, engine_get_challenge, 5, NULL, response, &len),
                      SCARD_E_INVALID_PARAMETER);
        len = sizeof(response);
        assert_status(SCardTransmit(card, &small, engine_get_challenge, 5, NULL, response, &len),
                      SCARD_E_INVALID_PARAMETER);
        len = sizeof(response);
        assert_status(SCardTransmit(card, NULL, engine_get_challenge, 5, &small, response, &len),
                      SCARD_E_PCI_TOO_SMALL);
        len = sizeof(response);
        assert_status(SCardTransmit(card, SCARD_PCI_T0, engine_get_challenge, 5, NULL, response, &len),
                      SCARD_E_PROTO_MISMATCH);
        assert_int_equal(len, 0);
        len = sizeof(response);
        assert_status(SCardTransmit(card, SCARD_PCI_RAW, engine_get_challenge, 5, NULL, response, &len),
                      SCARD_E_PROTO_MISMATCH);
        const SCARD_IO_REQUEST nameless = {SCARD_PROTOCOL_UNDEFINED, sizeof(nameless)};

        len = sizeof(response);
        assert_status(SCardTransmit(card, &nameless, engine_get_challenge, 5, NULL, response, &len),
                      SCARD_E_PROTO_MISMATCH);
        len = 1;
        assert_status(SCardTransmit(card, NULL, engine_get_challenge, 5, NULL, response, &len),
                      SCARD_E_INSUFFICIENT_BUFFER);
        assert_int_equal(len, 2);
        len = sizeof(response);
        assert_status(SCardTransmit(0, NULL, engine_get_challenge, 5, NULL, response, &len),
                      SCARD_E_INVALID_HANDLE);
        assert_int_equal(len, 0);
        assert_int_equal(fake_count(reader, FAKE_TRANSMIT), sent);
        assert_status(engine_transmit(card), SCARD_S_SUCCESS);
}

static void short_buffer_is_told_the_whole_length(void **state)
{
        (void)state;
        static const BYTE answer[] = {1, 2, 3, 4, 5, 6, 7, 8, 0x90, 0x00};
        BYTE response[10];
        DWORD len = 9;

        memset(response, 0xEE, sizeof(response));
        set_answer(answer, sizeof(answer));
        assert_status(SCardTransmit(card, NULL, engine_get_challenge, 5, NULL, response, &len),
                      SCARD_E_INSUFFICIENT_BUFFER);
        assert_int_equal(len, 10);
        for (size_t i = 0; i < sizeof(response); i++)
                assert_int_equal(response[i], 0xEE);
        assert_status(SCardTransmit(card, NULL, engine_get_challenge, 5, NULL, response, &len),
                      SCARD_S_SUCCESS);
        assert_memory_equal(response, answer, sizeof(answer));
}

static void one_buffer_may_serve_for_both(void **state)
{
        (void)state;
        static const BYTE answer[] = {1, 2, 3, 0x90, 0x00};
        BYTE buffer[258];
        DWORD room[] = {16, sizeof(buffer)};

        set_answer(answer, sizeof(answer));
        for (size_t i = 0; i < 2; i++) {
                DWORD len = room[i];

                memcpy(buffer, engine_get_challenge, 5);
                assert_status(SCardTransmit(card, NULL, buffer, 5, NULL, buffer, &len), SCARD_S_SUCCESS);
                assert_int_equal(len, sizeof(answer));
                assert_memory_equal(buffer, answer, sizeof(answer));
                assert_memory_equal(reader->last, engine_get_challenge, 5);
        }
}

static void answer_without_status_word_is_a_communication_error(void **state)
{
        (void)state;
        set_answer("\x90", 1);
        assert_status(engine_transmit(card), SCARD_F_COMM_ERROR);
        reader->answer_len = 0;
        assert_status(engine_transmit(card), SCARD_S_SUCCESS);
}

static void extended_apdu_needs_an_extended_reader(void **state)
{
        (void)state;
        static const BYTE extended[] = {0, 0xB0, 0, 0, 0, 0x01, 0x00};
        static BYTE big[65538];
        static BYTE response[65538];
        DWORD len = sizeof(response);

        assert_status(SCardTransmit(card, NULL, extended, sizeof(extended), NULL, response, &len),
                      SCARD_E_INVALID_PARAMETER);
        change_reader(IFD_EXCHANGE_EXTENDED_APDU, 65544, 65538);
        memset(big, 0x5A, sizeof(big));
        big[65536] = 0x90;
        big[65537] = 0x00;
        set_answer(big, sizeof(big));
        len = sizeof(response);
        assert_status(SCardTransmit(card, NULL, extended, sizeof(extended), NULL, response, &len),
                      SCARD_S_SUCCESS);
        assert_int_equal(len, 65538);
        assert_memory_equal(response, big, sizeof(big));
        len = 300;
        assert_status(SCardTransmit(card, NULL, extended, sizeof(extended), NULL, response, &len),
                      SCARD_E_INSUFFICIENT_BUFFER);
        assert_int_equal(len, 65538);
}

static void command_longer_than_the_reader_takes_is_refused(void **state)
{
        (void)state;
        BYTE command[261] = {0, 0xDA, 0, 0, 255};
        BYTE response[258];
        DWORD len = sizeof(response);

        change_reader(IFD_EXCHANGE_SHORT_APDU, 100, 258);
        unsigned sent = fake_count(reader, FAKE_TRANSMIT);

        assert_status(SCardTransmit(card, NULL, command, 260, NULL, response, &len),
                      SCARD_E_INVALID_PARAMETER);
        assert_int_equal(fake_count(reader, FAKE_TRANSMIT), sent);
}

static void card_pulled_in_the_middle_is_removed(void **state)
{
        (void)state;
        SCARDHANDLE other = engine_connect(context, SCARD_SHARE_SHARED);

        change_reader(IFD_EXCHANGE_SHORT_APDU, 261, 258); /* the old handles are dead */
        other = engine_connect(context, SCARD_SHARE_SHARED);
        reader->fail[FAKE_TRANSMIT] = SCARD_W_REMOVED_CARD;
        assert_status(engine_transmit(card), SCARD_W_REMOVED_CARD);
        reader->fail[FAKE_TRANSMIT] = 0;
        assert_status(engine_transmit(card), SCARD_W_REMOVED_CARD);
        assert_status(engine_transmit(other), SCARD_W_REMOVED_CARD);
}

static void card_swapped_unnoticed_is_removed(void **state)
{
        (void)state;
        SCardReleaseContext(context);
        reader->info.reports_movement = false;
        context = engine_context();
        card = engine_connect(context, SCARD_SHARE_SHARED);
        DWORD epoch = engine_attribute(card, ISCARD_ATTR_CARD_EPOCH);

        fake_remove(reader, 0);
        fake_insert(reader, 0);
        assert_status(engine_transmit(card), SCARD_W_REMOVED_CARD);
        assert_true(engine_attribute(card, ISCARD_ATTR_CARD_EPOCH) > epoch);
        assert_status(SCardReconnect(card, SCARD_SHARE_SHARED, BOTH, SCARD_LEAVE_CARD, NULL),
                      SCARD_S_SUCCESS);
        assert_status(engine_transmit(card), SCARD_S_SUCCESS);
        assert_status(engine_transmit(card), SCARD_S_SUCCESS);
}

static void other_failures_leave_the_connection_as_it_was(void **state)
{
        (void)state;
        const int32_t errors[] = {SCARD_E_TIMEOUT,       SCARD_E_COMM_DATA_LOST,    SCARD_F_COMM_ERROR,
                                  SCARD_E_NOT_READY,     SCARD_W_UNRESPONSIVE_CARD, SCARD_E_CANCELLED,
                                  SCARD_E_PROTO_MISMATCH};
        DWORD epoch = engine_attribute(card, ISCARD_ATTR_CARD_EPOCH);

        for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
                reader->fail[FAKE_TRANSMIT] = errors[i];
                /* "unresponsive" is said of a card that does not answer a reset */
                assert_status(engine_transmit(card),
                              errors[i] == SCARD_W_UNRESPONSIVE_CARD ? SCARD_F_COMM_ERROR : errors[i]);
                reader->fail[FAKE_TRANSMIT] = 0;
                assert_status(engine_transmit(card), SCARD_S_SUCCESS);
        }
        assert_int_equal(engine_attribute(card, ISCARD_ATTR_CARD_EPOCH), epoch);
}

static void commands_of_every_handle_are_counted_and_nothing_else(void **state)
{
        (void)state;
        SCARDHANDLE other = engine_connect(context, SCARD_SHARE_SHARED);
        DWORD before = engine_attribute(card, ISCARD_ATTR_CARD_COMMANDS);

        assert_status(SCardBeginTransaction(card), SCARD_S_SUCCESS);
        assert_status(SCardEndTransaction(card, SCARD_LEAVE_CARD), SCARD_S_SUCCESS);
        (void)engine_state(card);
        assert_int_equal(engine_attribute(card, ISCARD_ATTR_CARD_COMMANDS), before);
        assert_status(engine_transmit(card), SCARD_S_SUCCESS);
        assert_status(engine_transmit(other), SCARD_S_SUCCESS);
        assert_int_equal(engine_attribute(card, ISCARD_ATTR_CARD_COMMANDS), before + 2);
        assert_int_equal(engine_attribute(other, ISCARD_ATTR_CARD_COMMANDS), before + 2);
}

static void one_command_is_one_message(void **state)
{
        (void)state;
        unsigned messages = fake_messages(reader);

        for (int i = 0; i < 10; i++)
                assert_status(engine_transmit(card), SCARD_S_SUCCESS);
        assert_int_equal(fake_messages(reader), messages + 10);
}

static void t0_runs_in_the_host(void **state)
{
        (void)state;
        static const uint8_t atr[] = {0x3B, 0x00};
        static const BYTE case_1[] = {0x00, 0x70, 0x00, 0x00};
        BYTE response[258];
        DWORD len = sizeof(response);

        fake_atr(reader, atr, sizeof(atr));
        change_reader(IFD_EXCHANGE_TPDU, 261, 258);
        assert_status(SCardTransmit(card, SCARD_PCI_T0, case_1, sizeof(case_1), NULL, response, &len),
                      SCARD_S_SUCCESS);
        assert_int_equal(len, 2);
        assert_int_equal(reader->last_len, 5); /* P3 = 00: 7816-3 12.2.2 */
        assert_int_equal(reader->last[4], 0);
        set_answer("\x61\x08", 2); /* for ever */
        len = sizeof(response);
        assert_status(SCardTransmit(card, NULL, engine_get_challenge, 5, NULL, response, &len),
                      SCARD_E_COMM_DATA_LOST);
        assert_int_equal(len, 0);
        reader->answer_len = 0;
        assert_status(engine_transmit(card), SCARD_S_SUCCESS);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
        const struct CMUnitTest tests[] = {
            TEST(answer_and_protocol_are_given),
            TEST(bad_arguments_send_nothing),
            TEST(short_buffer_is_told_the_whole_length),
            TEST(one_buffer_may_serve_for_both),
            TEST(answer_without_status_word_is_a_communication_error),
            TEST(extended_apdu_needs_an_extended_reader),
            TEST(command_longer_than_the_reader_takes_is_refused),
            TEST(card_pulled_in_the_middle_is_removed),
            TEST(card_swapped_unnoticed_is_removed),
            TEST(other_failures_leave_the_connection_as_it_was),
            TEST(commands_of_every_handle_are_counted_and_nothing_else),
            TEST(one_command_is_one_message),
            TEST(t0_runs_in_the_host),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
