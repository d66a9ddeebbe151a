/*
 * SCardConnect and SCardDisconnect: who may connect beside whom, what is sent, what protocol comes of it,
 * when the device is claimed and given back.
 */
#include "tests/support/engine.h"

static struct fake_reader *const reader = &fake_readers[0];
static SCARDCONTEXT context;

static int set_up(void **state)
{
        (void)state;
        fake_reset();
        context = engine_context();
        return 0;
}

static int tear_down(void **state)
{
        (void)state;
        SCardReleaseContext(context);
        return fake_stops == fake_starts && reader->count[FAKE_OPEN] >= reader->count[FAKE_CLOSE] ? 0 : -1;
}

static LONG connect_with(DWORD mode, DWORD protocols, SCARDHANDLE *card, DWORD *protocol)
{
        *card = 1;
        *protocol = 77;
        LONG status = SCardConnectA(context, FAKE_NAME, mode, protocols, card, protocol);

        if (status != SCARD_S_SUCCESS) {
                assert_true(*card == 0);
                assert_int_equal(*protocol, SCARD_PROTOCOL_UNDEFINED);
        }
        return status;
}

static LONG connect_mode(DWORD mode)
{
        SCARDHANDLE card;
        DWORD protocol;

        return connect_with(mode, BOTH, &card, &protocol);
}

static void use_atr(const uint8_t *atr, size_t len)
{
        fake_atr(reader, atr, len);
}

/* T=0 then T=1; specific mode T=1 at the rate of TA1 = 95 */
static const uint8_t atr_both[] = {0x3B, 0x80, 0x80, 0x01, 0x01};
static const uint8_t atr_specific[] = {0x3B, 0x90, 0x95, 0x11, 0x81, 0x95};

static void bad_arguments_are_refused(void **state)
{
        (void)state;
        SCARDHANDLE card = 7;

        assert_status(SCardConnectA(context, NULL, SCARD_SHARE_SHARED, BOTH, &card, NULL),
                      SCARD_E_INVALID_PARAMETER);
        assert_true(card == 0);
        assert_status(SCardConnectA(context, FAKE_NAME, SCARD_SHARE_SHARED, BOTH, NULL, NULL),
                      SCARD_E_INVALID_PARAMETER);
        assert_status(SCardConnectA(0, FAKE_NAME, SCARD_SHARE_SHARED, BOTH, &card, NULL),
                      SCARD_E_INVALID_HANDLE);
        assert_status(SCardConnectA(context, "No Such Reader", SCARD_SHARE_SHARED, BOTH, &card, NULL),
                      SCARD_E_UNKNOWN_READER);
        assert_status(SCardConnectA(context, "", SCARD_SHARE_SHARED, BOTH, &card, NULL),
                      SCARD_E_UNKNOWN_READER);
        assert_status(connect_mode(0), SCARD_E_INVALID_VALUE);
        assert_status(connect_mode(9), SCARD_E_INVALID_VALUE);
        assert_status(SCardConnectA(context, FAKE_NAME, SCARD_SHARE_SHARED, 0, &card, NULL),
                      SCARD_E_INVALID_VALUE);
        assert_status(SCardConnectA(context, FAKE_NAME, SCARD_SHARE_SHARED, SCARD_PROTOCOL_RAW, &card, NULL),
                      SCARD_E_INVALID_VALUE);
        assert_int_equal(fake_messages(reader), 0);
}

static void wide_name_connects(void **state)
{
        (void)state;
        SCARDHANDLE card = 0;
        static const WCHAR broken[] = {0xD800, 'x', 0};
        WCHAR longest[1000];

        assert_status(SCardConnectW(context, u"Fake Reader 00 00", SCARD_SHARE_SHARED, BOTH, &card, NULL),
                      SCARD_S_SUCCESS);
        assert_status(engine_transmit(card), SCARD_S_SUCCESS);
        assert_status(SCardConnectW(context, broken, SCARD_SHARE_SHARED, BOTH, &card, NULL),
                      SCARD_E_UNKNOWN_READER);
        for (size_t i = 0; i < 999; i++)
                longest[i] = 'x';
        longest[999] = 0;
        assert_status(SCardConnectW(context, longest, SCARD_SHARE_SHARED, BOTH, &card, NULL),
                      SCARD_E_UNKNOWN_READER);
        assert_true(card == 0);
}

static void sharing_follows_the_matrix(void **state)
{
        (void)state;
        const DWORD modes[] = {SCARD_SHARE_SHARED, SCARD_SHARE_EXCLUSIVE, SCARD_SHARE_DIRECT};

        for (size_t first = 0; first < 3; first++) {
                for (size_t second = 0; second < 3; second++) {
                        SCARDHANDLE card = engine_connect(context, modes[first]), other = 0;
                        bool allowed = first == 0 && second == 0;
                        DWORD protocol;

                        assert_status(connect_with(modes[second], BOTH, &other, &protocol),
                                      allowed ? SCARD_S_SUCCESS : SCARD_E_SHARING_VIOLATION);
                        if (allowed)
                                assert_status(SCardDisconnect(other, SCARD_LEAVE_CARD), SCARD_S_SUCCESS);
                        assert_status(SCardDisconnect(card, SCARD_LEAVE_CARD), SCARD_S_SUCCESS);
                }
        }
}

static void first_apdu_takes_two_messages_on_an_automatic_reader(void **state)
{
        (void)state;
        SCARDHANDLE card = engine_connect(context, SCARD_SHARE_SHARED);

        assert_status(engine_transmit(card), SCARD_S_SUCCESS);
        assert_int_equal(fake_messages(reader), 2);
}

static void first_apdu_takes_two_messages_without_an_interrupt_endpoint(void **state)
{
        (void)state;
        reader->info.reports_movement = false;
        SCARDHANDLE card = engine_connect(context, SCARD_SHARE_SHARED);

        assert_status(engine_transmit(card), SCARD_S_SUCCESS);
        assert_int_equal(fake_messages(reader), 2);
}

static void no_card_is_an_error_that_leaves_nothing(void **state)
{
        (void)state;
        fake_remove(reader, 0);
        assert_status(connect_mode(SCARD_SHARE_SHARED), SCARD_E_NO_SMARTCARD);
        assert_status(connect_mode(SCARD_SHARE_EXCLUSIVE), SCARD_E_NO_SMARTCARD);
        assert_int_equal(fake_count(reader, FAKE_OPEN), 2);
        assert_int_equal(fake_count(reader, FAKE_CLOSE), 2);
        SCardReleaseContext(context);
        reader->info.reports_movement = false;
        context = engine_context();
        assert_status(connect_mode(SCARD_SHARE_SHARED), SCARD_E_NO_SMARTCARD);
        fake_insert(reader, 0);
        assert_status(connect_mode(SCARD_SHARE_EXCLUSIVE), SCARD_S_SUCCESS);
}

static void card_pulled_unnoticed_is_asked_after_by_the_next_connect(void **state)
{
        (void)state;
        SCardReleaseContext(context);
        reader->info.reports_movement = false;
        context = engine_context();
        SCARDHANDLE card = engine_connect(context, SCARD_SHARE_SHARED);

        fake_remove(reader, 0);
        assert_status(connect_mode(SCARD_SHARE_SHARED), SCARD_E_NO_SMARTCARD);
        assert_status(engine_transmit(card), SCARD_W_REMOVED_CARD);
}

/* The card whose protocol does not fit may be another by now. */
static void card_pulled_unnoticed_is_asked_after_whatever_its_protocol(void **state)
{
        (void)state;
        SCARDHANDLE other;
        DWORD protocol;

        SCardReleaseContext(context);
        reader->info.reports_movement = false;
        context = engine_context();
        (void)engine_connect(context, SCARD_SHARE_SHARED);
        assert_status(connect_with(SCARD_SHARE_SHARED, SCARD_PROTOCOL_T0, &other, &protocol),
                      SCARD_E_PROTO_MISMATCH);
        fake_remove(reader, 0);
        assert_status(connect_with(SCARD_SHARE_SHARED, SCARD_PROTOCOL_T0, &other, &protocol),
                      SCARD_E_NO_SMARTCARD);
}

static void card_put_in_unnoticed_is_powered_by_the_next_connect(void **state)
{
        (void)state;
        SCardReleaseContext(context);
        reader->info.reports_movement = false;
        context = engine_context();
        SCARDHANDLE card = engine_connect(context, SCARD_SHARE_SHARED);

        fake_remove(reader, 0);
        assert_status(engine_transmit(card), SCARD_W_REMOVED_CARD);
        fake_insert(reader, 0);
        SCARDHANDLE other = engine_connect(context, SCARD_SHARE_SHARED);

        assert_status(engine_transmit(other), SCARD_S_SUCCESS);
        assert_status(engine_transmit(card), SCARD_W_REMOVED_CARD);
}

static void direct_needs_no_card_and_no_protocol(void **state)
{
        (void)state;
        SCARDHANDLE card;
        DWORD protocol;

        fake_remove(reader, 0);
        assert_status(connect_with(SCARD_SHARE_DIRECT, 0, &card, &protocol), SCARD_S_SUCCESS);
        assert_int_equal(protocol, SCARD_PROTOCOL_UNDEFINED);
        assert_int_equal(fake_messages(reader), 0);
        assert_int_equal(engine_state(card), SCARD_ABSENT);
        assert_status(engine_transmit(card), SCARD_E_PROTO_MISMATCH);
        fake_insert(reader, 0);
        assert_int_equal(engine_state(card), SCARD_PRESENT);
        assert_status(engine_transmit(card), SCARD_E_PROTO_MISMATCH);
        assert_status(SCardBeginTransaction(card), SCARD_S_SUCCESS);
}

static void mute_card_is_unresponsive(void **state)
{
        (void)state;
        reader->slots[0].mute = true;
        assert_status(connect_mode(SCARD_SHARE_SHARED), SCARD_W_UNRESPONSIVE_CARD);
        reader->slots[0].mute = false;
        assert_status(connect_mode(SCARD_SHARE_SHARED), SCARD_S_SUCCESS);
}

static void atr_that_cannot_be_read_is_an_unsupported_card(void **state)
{
        (void)state;
        static const uint8_t broken[] = {0x12, 0x34};
        static const uint8_t neither[] = {0x3B, 0x80, 0x02, 0x82};

        use_atr(broken, sizeof(broken));
        assert_status(connect_mode(SCARD_SHARE_SHARED), SCARD_W_UNSUPPORTED_CARD);
        use_atr(neither, sizeof(neither));
        assert_status(connect_mode(SCARD_SHARE_SHARED), SCARD_W_UNSUPPORTED_CARD);
}

static void errors_of_open_are_told_and_the_reader_stays_listed(void **state)
{
        (void)state;
        const int32_t errors[] = {SCARD_E_NO_ACCESS, SCARD_E_SHARING_VIOLATION, SCARD_E_NO_MEMORY};
        DWORD len = 0;

        for (size_t i = 0; i < 3; i++) {
                reader->fail[FAKE_OPEN] = errors[i];
                assert_status(connect_mode(SCARD_SHARE_SHARED), errors[i]);
                assert_status(connect_mode(SCARD_SHARE_DIRECT), errors[i]);
                assert_status(SCardListReadersA(context, NULL, NULL, &len), SCARD_S_SUCCESS);
        }
        assert_int_equal(fake_count(reader, FAKE_CLOSE), 0);
        reader->fail[FAKE_OPEN] = 0;
        assert_status(connect_mode(SCARD_SHARE_EXCLUSIVE), SCARD_S_SUCCESS);
}

static void errors_of_power_on_are_told(void **state)
{
        (void)state;
        const int32_t errors[] = {SCARD_E_TIMEOUT, SCARD_F_COMM_ERROR, SCARD_E_NOT_READY,
                                  SCARD_W_UNSUPPORTED_CARD, SCARD_E_READER_UNAVAILABLE};

        for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
                reader->fail[FAKE_POWER_ON] = errors[i];
                assert_status(connect_mode(SCARD_SHARE_SHARED), errors[i]);
        }
        reader->fail[FAKE_POWER_ON] = 0;
        assert_status(connect_mode(SCARD_SHARE_EXCLUSIVE), SCARD_S_SUCCESS);
}

/* ---- the life of the claim */

static void device_is_claimed_by_the_first_and_given_back_by_the_last(void **state)
{
        (void)state;
        SCARDHANDLE first = engine_connect(context, SCARD_SHARE_SHARED);
        SCARDHANDLE second = engine_connect(context, SCARD_SHARE_SHARED);

        assert_int_equal(fake_count(reader, FAKE_OPEN), 1);
        assert_status(SCardDisconnect(first, SCARD_LEAVE_CARD), SCARD_S_SUCCESS);
        assert_int_equal(fake_count(reader, FAKE_CLOSE), 0);
        assert_int_equal(fake_count(reader, FAKE_POWER_OFF), 0);
        assert_status(engine_transmit(second), SCARD_S_SUCCESS);
        assert_status(SCardDisconnect(second, SCARD_LEAVE_CARD), SCARD_S_SUCCESS);
        assert_int_equal(fake_count(reader, FAKE_POWER_OFF), 1);
        assert_int_equal(fake_count(reader, FAKE_CLOSE), 1);
        second = engine_connect(context, SCARD_SHARE_SHARED);
        assert_int_equal(fake_count(reader, FAKE_OPEN), 2);
        assert_int_equal(fake_count(reader, FAKE_POWER_ON), 2);
        assert_status(engine_transmit(second), SCARD_S_SUCCESS);
}

static void card_of_one_slot_stays_powered_while_another_slot_is_used(void **state)
{
        (void)state;
        SCARDHANDLE first = 0, second = 0;

        SCardReleaseContext(context);
        reader->info.slots = 2;
        context = engine_context();
        assert_status(SCardConnectA(context, "Fake Reader 00 01", SCARD_SHARE_EXCLUSIVE, BOTH, &second, NULL),
                      SCARD_S_SUCCESS);
        first = engine_connect(context, SCARD_SHARE_EXCLUSIVE);
        assert_status(SCardDisconnect(first, SCARD_LEAVE_CARD), SCARD_S_SUCCESS);
        unsigned messages = fake_messages(reader);

        first = engine_connect(context, SCARD_SHARE_SHARED);
        assert_int_equal(fake_messages(reader), messages);
        assert_status(engine_transmit(first), SCARD_S_SUCCESS);
        assert_status(engine_transmit(second), SCARD_S_SUCCESS);
        assert_int_equal(fake_count(reader, FAKE_OPEN), 1);
}

/* ---- protocols */

static void protocol_of_a_negotiated_card_has_to_be_among_the_preferred(void **state)
{
        (void)state;
        SCARDHANDLE card, other;
        DWORD protocol;

        assert_status(connect_with(SCARD_SHARE_SHARED, SCARD_PROTOCOL_T0, &card, &protocol),
                      SCARD_E_PROTO_MISMATCH);
        assert_status(connect_with(SCARD_SHARE_SHARED, SCARD_PROTOCOL_T1, &card, &protocol), SCARD_S_SUCCESS);
        assert_int_equal(protocol, SCARD_PROTOCOL_T1);
        assert_status(connect_with(SCARD_SHARE_SHARED, SCARD_PROTOCOL_T0, &other, &protocol),
                      SCARD_E_PROTO_MISMATCH);
        assert_status(engine_transmit(card), SCARD_S_SUCCESS);
}

static void reader_that_chose_by_itself_is_asked_which(void **state)
{
        (void)state;
        SCARDHANDLE card;
        DWORD protocol;

        use_atr(atr_both, sizeof(atr_both));
        reader->slots[0].running.protocol = 1;
        assert_status(connect_with(SCARD_SHARE_SHARED, BOTH, &card, &protocol), SCARD_S_SUCCESS);
        assert_int_equal(protocol, SCARD_PROTOCOL_T1);
        assert_int_equal(fake_count(reader, FAKE_GET_PARAMETERS), 1);
        assert_int_equal(fake_count(reader, FAKE_SET_PARAMETERS), 0);
        assert_status(SCardDisconnect(card, SCARD_LEAVE_CARD), SCARD_S_SUCCESS);
        assert_status(connect_with(SCARD_SHARE_SHARED, SCARD_PROTOCOL_T0, &card, &protocol), SCARD_S_SUCCESS);
        assert_int_equal(protocol, SCARD_PROTOCOL_T0);
        assert_int_equal(reader->slots[0].running.protocol, 0);
}

static void other_protocol_without_negotiation_mismatches(void **state)
{
        (void)state;
        SCARDHANDLE card;
        DWORD protocol;

        SCardReleaseContext(context);
        reader->info.features = IFD_AUTO_VOLTAGE;
        context = engine_context();
        use_atr(atr_both, sizeof(atr_both));
        assert_status(connect_with(SCARD_SHARE_SHARED, SCARD_PROTOCOL_T1, &card, &protocol),
                      SCARD_E_PROTO_MISMATCH);
        assert_status(connect_with(SCARD_SHARE_SHARED, BOTH, &card, &protocol), SCARD_S_SUCCESS);
        assert_int_equal(protocol, SCARD_PROTOCOL_T0);
        assert_int_equal(fake_count(reader, FAKE_SET_PARAMETERS), 1);
        assert_int_equal(reader->slots[0].set.fidi, 0x11);
}

static void specific_mode_fixes_protocol_and_rate(void **state)
{
        (void)state;
        SCARDHANDLE card;
        DWORD protocol;

        SCardReleaseContext(context);
        reader->info.features = IFD_AUTO_VOLTAGE;
        context = engine_context();
        use_atr(atr_specific, sizeof(atr_specific));
        assert_status(connect_with(SCARD_SHARE_SHARED, SCARD_PROTOCOL_T0, &card, &protocol),
                      SCARD_E_PROTO_MISMATCH);
        assert_status(connect_with(SCARD_SHARE_SHARED, BOTH, &card, &protocol), SCARD_S_SUCCESS);
        assert_int_equal(protocol, SCARD_PROTOCOL_T1);
        assert_int_equal(reader->slots[0].set.fidi, 0x95);
        assert_int_equal(reader->slots[0].set.protocol, 1);
}

static void reader_that_cannot_set_parameters_keeps_the_default(void **state)
{
        (void)state;
        SCardReleaseContext(context);
        reader->info.features = 0;
        reader->fail[FAKE_SET_PARAMETERS] = SCARD_E_UNSUPPORTED_FEATURE;
        context = engine_context();
        assert_status(connect_mode(SCARD_SHARE_EXCLUSIVE), SCARD_S_SUCCESS);
}

static void levels_that_cannot_be_driven_are_refused(void **state)
{
        (void)state;
        SCardReleaseContext(context);
        reader->info.exchange = IFD_EXCHANGE_CHARACTER;
        context = engine_context();
        unsigned messages = fake_messages(reader);

        assert_status(connect_mode(SCARD_SHARE_SHARED), SCARD_E_READER_UNSUPPORTED);
        assert_int_equal(fake_messages(reader), messages);
        assert_status(connect_mode(SCARD_SHARE_DIRECT), SCARD_S_SUCCESS);
}

static void handles_are_never_given_out_again(void **state)
{
        (void)state;
        SCARDHANDLE seen[200];

        for (size_t i = 0; i < 200; i++) {
                seen[i] = engine_connect(context, SCARD_SHARE_SHARED);
                for (size_t k = 0; k < i; k++)
                        assert_true(seen[k] != seen[i]);
                assert_status(SCardDisconnect(seen[i], SCARD_LEAVE_CARD), SCARD_S_SUCCESS);
                assert_status(SCardDisconnect(seen[i], SCARD_LEAVE_CARD), SCARD_E_INVALID_HANDLE);
        }
}

static void handle_of_a_released_context_is_dead(void **state)
{
        (void)state;
        SCARDCONTEXT second = engine_context();
        SCARDHANDLE card = engine_connect(second, SCARD_SHARE_EXCLUSIVE);
        DWORD len = 0;

        assert_status(SCardReleaseContext(second), SCARD_S_SUCCESS);
        assert_status(engine_transmit(card), SCARD_E_INVALID_HANDLE);
        assert_status(SCardBeginTransaction(card), SCARD_E_INVALID_HANDLE);
        assert_status(SCardEndTransaction(card, SCARD_LEAVE_CARD), SCARD_E_INVALID_HANDLE);
        assert_status(SCardStatusA(card, NULL, NULL, NULL, NULL, NULL, NULL), SCARD_E_INVALID_HANDLE);
        assert_status(SCardGetAttrib(card, SCARD_ATTR_ATR_STRING, NULL, &len), SCARD_E_INVALID_HANDLE);
        assert_status(SCardDisconnect(card, SCARD_LEAVE_CARD), SCARD_E_INVALID_HANDLE);
        assert_int_equal(fake_count(reader, FAKE_CLOSE), 1);
        engine_connect(context, SCARD_SHARE_EXCLUSIVE);
}

static void a_reader_that_can_puts_the_card_out(void **state)
{
        (void)state;
        fake_unplug(reader);
        reader->info.can_eject = true;
        fake_plug(reader);
        SCARDHANDLE card = engine_connect(context, SCARD_SHARE_SHARED);
        SCARDHANDLE other = engine_connect(context, SCARD_SHARE_SHARED);

        assert_status(SCardBeginTransaction(card), SCARD_S_SUCCESS);
        assert_status(SCardEndTransaction(card, SCARD_EJECT_CARD), SCARD_S_SUCCESS);
        assert_int_equal(fake_count(reader, FAKE_POWER_OFF), 1);
        assert_int_equal(fake_count(reader, FAKE_EJECT), 1);
        assert_status(engine_transmit(other), SCARD_W_REMOVED_CARD);
        assert_int_equal(engine_state(card), SCARD_ABSENT);

        fake_insert(reader, 0);
        assert_status(SCardReconnect(card, SCARD_SHARE_SHARED, BOTH, SCARD_LEAVE_CARD, NULL),
                      SCARD_S_SUCCESS);
        assert_status(SCardBeginTransaction(card), SCARD_S_SUCCESS);
        fake_fail(reader, FAKE_EJECT, SCARD_F_COMM_ERROR);
        assert_status(SCardEndTransaction(card, SCARD_EJECT_CARD), SCARD_F_COMM_ERROR);
        assert_status(SCardEndTransaction(card, SCARD_LEAVE_CARD), SCARD_E_NOT_TRANSACTED);
        assert_status(engine_transmit(card), SCARD_W_UNPOWERED_CARD);
        fake_fail(reader, FAKE_EJECT, SCARD_S_SUCCESS);
        assert_status(SCardDisconnect(card, SCARD_EJECT_CARD), SCARD_S_SUCCESS); /* it has no power already */
        assert_int_equal(fake_count(reader, FAKE_EJECT), 3);
        assert_int_equal(engine_state(other), SCARD_ABSENT);
        assert_status(SCardDisconnect(other, SCARD_EJECT_CARD), SCARD_S_SUCCESS);
        assert_int_equal(fake_count(reader, FAKE_EJECT), 3);
}

static void a_reader_that_cannot_eject_is_not_asked_to(void **state)
{
        (void)state;
        SCARDHANDLE card = engine_connect(context, SCARD_SHARE_SHARED);

        assert_status(SCardDisconnect(card, SCARD_EJECT_CARD), SCARD_S_SUCCESS);
        assert_int_equal(fake_count(reader, FAKE_POWER_OFF), 1);
        assert_int_equal(fake_count(reader, FAKE_EJECT), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
        const struct CMUnitTest tests[] = {
            TEST(bad_arguments_are_refused),
            TEST(wide_name_connects),
            TEST(sharing_follows_the_matrix),
            TEST(first_apdu_takes_two_messages_on_an_automatic_reader),
            TEST(first_apdu_takes_two_messages_without_an_interrupt_endpoint),
            TEST(no_card_is_an_error_that_leaves_nothing),
            TEST(card_pulled_unnoticed_is_asked_after_by_the_next_connect),
            TEST(card_pulled_unnoticed_is_asked_after_whatever_its_protocol),
            TEST(card_put_in_unnoticed_is_powered_by_the_next_connect),
            TEST(direct_needs_no_card_and_no_protocol),
            TEST(mute_card_is_unresponsive),
            TEST(atr_that_cannot_be_read_is_an_unsupported_card),
            TEST(errors_of_open_are_told_and_the_reader_stays_listed),
            TEST(errors_of_power_on_are_told),
            TEST(device_is_claimed_by_the_first_and_given_back_by_the_last),
            TEST(card_of_one_slot_stays_powered_while_another_slot_is_used),
            TEST(protocol_of_a_negotiated_card_has_to_be_among_the_preferred),
            TEST(reader_that_chose_by_itself_is_asked_which),
            TEST(other_protocol_without_negotiation_mismatches),
            TEST(specific_mode_fixes_protocol_and_rate),
            TEST(reader_that_cannot_set_parameters_keeps_the_default),
            TEST(levels_that_cannot_be_driven_are_refused),
            TEST(handles_are_never_given_out_again),
            TEST(handle_of_a_released_context_is_dead),
            TEST(a_reader_that_can_puts_the_card_out),
            TEST(a_reader_that_cannot_eject_is_not_asked_to),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
