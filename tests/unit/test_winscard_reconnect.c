/*
 * SCardReconnect, row by row of the contract's table, on a scripted reader: the code, and what it leaves
 * behind.
 */
#include "tests/support/asleep.h"
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
        return fake_stops == fake_starts ? 0 : -1;
}

static LONG reconnect(SCARDHANDLE card, DWORD mode, DWORD initialization)
{
        DWORD protocol = 77;
        LONG status = SCardReconnect(card, mode, BOTH, initialization, &protocol);

        if (status != SCARD_S_SUCCESS || mode == SCARD_SHARE_DIRECT)
                assert_int_equal(protocol, SCARD_PROTOCOL_UNDEFINED);
        else
                assert_true(protocol == SCARD_PROTOCOL_T0 || protocol == SCARD_PROTOCOL_T1);
        return status;
}

/* T=0 and T=1, T=0 first */
static void use_two_protocol_card(void)
{
        static const uint8_t atr[] = {0x3B, 0x80, 0x80, 0x01, 0x01};

        fake_atr(reader, atr, sizeof(atr));
}

static void handle_that_is_not_live_is_refused(void **state)
{
        (void)state;
        SCARDHANDLE card = engine_connect(context, SCARD_SHARE_SHARED);

        assert_status(SCardDisconnect(card, SCARD_LEAVE_CARD), SCARD_S_SUCCESS);
        assert_status(reconnect(card, SCARD_SHARE_SHARED, SCARD_LEAVE_CARD), SCARD_E_INVALID_HANDLE);
        assert_status(reconnect(0, SCARD_SHARE_SHARED, SCARD_LEAVE_CARD), SCARD_E_INVALID_HANDLE);
        assert_status(reconnect(context, SCARD_SHARE_SHARED, SCARD_LEAVE_CARD), SCARD_E_INVALID_HANDLE);
        assert_status(SCardReconnect(card, 99, 0, 99, NULL), SCARD_E_INVALID_HANDLE);
}

static void values_out_of_range_are_refused_and_change_nothing(void **state)
{
        (void)state;
        SCARDHANDLE card = engine_connect(context, SCARD_SHARE_SHARED);
        unsigned messages = fake_messages(reader);

        assert_status(reconnect(card, 0, SCARD_LEAVE_CARD), SCARD_E_INVALID_VALUE);
        assert_status(reconnect(card, 4, SCARD_LEAVE_CARD), SCARD_E_INVALID_VALUE);
        assert_status(reconnect(card, SCARD_SHARE_SHARED, SCARD_EJECT_CARD), SCARD_E_INVALID_VALUE);
        assert_status(reconnect(card, SCARD_SHARE_SHARED, 99), SCARD_E_INVALID_VALUE);
        assert_int_equal(fake_messages(reader), messages);
        assert_status(engine_transmit(card), SCARD_S_SUCCESS);
}

static void no_known_protocol_is_refused_but_for_direct(void **state)
{
        (void)state;
        SCARDHANDLE card = engine_connect(context, SCARD_SHARE_SHARED);

        assert_status(SCardReconnect(card, SCARD_SHARE_SHARED, 0, SCARD_RESET_CARD, NULL),
                      SCARD_E_INVALID_VALUE);
        assert_status(SCardReconnect(card, SCARD_SHARE_EXCLUSIVE, SCARD_PROTOCOL_RAW, SCARD_RESET_CARD, NULL),
                      SCARD_E_INVALID_VALUE);
        assert_status(SCardReconnect(card, SCARD_SHARE_DIRECT, 0, SCARD_LEAVE_CARD, NULL), SCARD_S_SUCCESS);
        assert_int_equal(engine_attribute(card, ISCARD_ATTR_SHARE_MODE), SCARD_SHARE_DIRECT);
}

struct caller {
        SCARDHANDLE card;
        DWORD initialization;
        LONG status;
        atomic_bool asleep;
};

static void *reconnecting_thread(void *arg)
{
        struct caller *caller = arg;

        asleep_keep(&caller->asleep);
        caller->status = SCardReconnect(caller->card, SCARD_SHARE_SHARED, BOTH, caller->initialization, NULL);
        return NULL;
}

static void another_handles_transaction_is_waited_for(void **state)
{
        (void)state;
        SCARDHANDLE owner = engine_connect(context, SCARD_SHARE_SHARED);
        struct caller caller = {.card = engine_connect(context, SCARD_SHARE_SHARED),
                                .initialization = SCARD_RESET_CARD,
                                .status = -1};
        pthread_t thread;

        assert_status(SCardBeginTransaction(owner), SCARD_S_SUCCESS);
        unsigned powered = fake_count(reader, FAKE_POWER_ON);

        assert_int_equal(pthread_create(&thread, NULL, reconnecting_thread, &caller), 0);
        assert_true(asleep_await(&caller.asleep));
        assert_status(engine_transmit(owner), SCARD_S_SUCCESS);
        assert_int_equal(fake_count(reader, FAKE_POWER_ON), powered);
        assert_status(SCardEndTransaction(owner, SCARD_LEAVE_CARD), SCARD_S_SUCCESS);
        pthread_join(thread, NULL);
        assert_status(caller.status, SCARD_S_SUCCESS);
        assert_int_equal(fake_count(reader, FAKE_POWER_ON), powered + 1);
        assert_status(engine_transmit(owner), SCARD_W_RESET_CARD);
}

static void exclusive_beside_others_is_a_violation_and_changes_nothing(void **state)
{
        (void)state;
        SCARDHANDLE card = engine_connect(context, SCARD_SHARE_SHARED);
        SCARDHANDLE other = engine_connect(context, SCARD_SHARE_SHARED);
        unsigned messages = fake_messages(reader);

        assert_status(reconnect(card, SCARD_SHARE_EXCLUSIVE, SCARD_RESET_CARD), SCARD_E_SHARING_VIOLATION);
        assert_status(reconnect(card, SCARD_SHARE_DIRECT, SCARD_LEAVE_CARD), SCARD_E_SHARING_VIOLATION);
        assert_int_equal(fake_messages(reader), messages);
        assert_int_equal(engine_attribute(card, ISCARD_ATTR_SHARE_MODE), SCARD_SHARE_SHARED);
        assert_status(engine_transmit(card), SCARD_S_SUCCESS);
        assert_status(engine_transmit(other), SCARD_S_SUCCESS);
        assert_status(SCardDisconnect(other, SCARD_LEAVE_CARD), SCARD_S_SUCCESS);
        assert_status(reconnect(card, SCARD_SHARE_EXCLUSIVE, SCARD_LEAVE_CARD), SCARD_S_SUCCESS);
        assert_status(SCardConnectA(context, FAKE_NAME, SCARD_SHARE_SHARED, BOTH, &other, NULL),
                      SCARD_E_SHARING_VIOLATION);
}

static void exclusive_holder_becomes_shared(void **state)
{
        (void)state;
        SCARDHANDLE card = engine_connect(context, SCARD_SHARE_EXCLUSIVE);

        assert_status(reconnect(card, SCARD_SHARE_SHARED, SCARD_LEAVE_CARD), SCARD_S_SUCCESS);
        SCARDHANDLE other = engine_connect(context, SCARD_SHARE_SHARED);

        assert_status(engine_transmit(other), SCARD_S_SUCCESS);
        assert_int_equal(fake_count(reader, FAKE_POWER_ON), 1);
}

static void direct_to_general_without_card_says_so(void **state)
{
        (void)state;
        fake_remove(reader, 0);
        SCARDHANDLE card = engine_connect(context, SCARD_SHARE_DIRECT);

        assert_status(reconnect(card, SCARD_SHARE_SHARED, SCARD_LEAVE_CARD), SCARD_E_NO_SMARTCARD);
        assert_status(reconnect(card, SCARD_SHARE_EXCLUSIVE, SCARD_RESET_CARD), SCARD_E_NO_SMARTCARD);
        assert_int_equal(engine_attribute(card, ISCARD_ATTR_SHARE_MODE), SCARD_SHARE_DIRECT);
        fake_insert(reader, 0);
        assert_status(reconnect(card, SCARD_SHARE_SHARED, SCARD_LEAVE_CARD), SCARD_S_SUCCESS);
        assert_status(engine_transmit(card), SCARD_S_SUCCESS);
}

static void direct_to_general_powers_and_negotiates(void **state)
{
        (void)state;
        SCARDHANDLE card = engine_connect(context, SCARD_SHARE_DIRECT);
        DWORD protocol = 0;

        assert_int_equal(fake_count(reader, FAKE_POWER_ON), 0);
        assert_status(engine_transmit(card), SCARD_E_PROTO_MISMATCH);
        assert_status(SCardReconnect(card, SCARD_SHARE_EXCLUSIVE, BOTH, SCARD_LEAVE_CARD, &protocol),
                      SCARD_S_SUCCESS);
        assert_int_equal(protocol, SCARD_PROTOCOL_T1);
        assert_int_equal(fake_count(reader, FAKE_POWER_ON), 1);
        assert_status(engine_transmit(card), SCARD_S_SUCCESS);
}

static void removed_card_with_none_in_leaves_the_handle_alive(void **state)
{
        (void)state;
        SCARDHANDLE card = engine_connect(context, SCARD_SHARE_SHARED);

        fake_remove(reader, 0);
        assert_status(engine_transmit(card), SCARD_W_REMOVED_CARD);
        assert_status(reconnect(card, SCARD_SHARE_SHARED, SCARD_LEAVE_CARD), SCARD_E_NO_SMARTCARD);
        assert_status(reconnect(card, SCARD_SHARE_SHARED, SCARD_RESET_CARD), SCARD_E_NO_SMARTCARD);
        assert_status(reconnect(card, SCARD_SHARE_SHARED, SCARD_UNPOWER_CARD), SCARD_E_NO_SMARTCARD);
        assert_int_equal(engine_state(card), SCARD_ABSENT);
        assert_status(engine_transmit(card), SCARD_W_REMOVED_CARD);
        fake_insert(reader, 0);
        assert_status(reconnect(card, SCARD_SHARE_SHARED, SCARD_LEAVE_CARD), SCARD_S_SUCCESS);
        assert_status(engine_transmit(card), SCARD_S_SUCCESS);
}

static void removed_and_inserted_card_is_powered_with_its_own_atr(void **state)
{
        (void)state;
        static const uint8_t other_atr[] = {0x3B, 0x81, 0x01, 0x42, 0xC2};
        SCARDHANDLE card = engine_connect(context, SCARD_SHARE_SHARED);
        DWORD epoch = engine_attribute(card, ISCARD_ATTR_CARD_EPOCH);
        BYTE atr[33];
        DWORD len = sizeof(atr);

        fake_remove(reader, 0);
        fake_insert(reader, 0);
        fake_atr(reader, other_atr, sizeof(other_atr));
        assert_status(engine_transmit(card), SCARD_W_REMOVED_CARD);
        assert_status(engine_transmit(card), SCARD_W_REMOVED_CARD);
        assert_int_equal(engine_state(card), SCARD_PRESENT);
        assert_status(reconnect(card, SCARD_SHARE_SHARED, SCARD_LEAVE_CARD), SCARD_S_SUCCESS);
        assert_status(SCardStatusA(card, NULL, NULL, NULL, NULL, atr, &len), SCARD_S_SUCCESS);
        assert_int_equal(len, sizeof(other_atr));
        assert_memory_equal(atr, other_atr, sizeof(other_atr));
        assert_true(engine_attribute(card, ISCARD_ATTR_CARD_EPOCH) > epoch);
        assert_status(engine_transmit(card), SCARD_S_SUCCESS);
}

static void leave_acknowledges_a_reset_without_touching_the_card(void **state)
{
        (void)state;
        SCARDHANDLE card = engine_connect(context, SCARD_SHARE_SHARED);
        SCARDHANDLE other = engine_connect(context, SCARD_SHARE_SHARED);

        assert_status(reconnect(other, SCARD_SHARE_SHARED, SCARD_RESET_CARD), SCARD_S_SUCCESS);
        assert_status(engine_transmit(card), SCARD_W_RESET_CARD);
        unsigned messages = fake_messages(reader);

        assert_status(reconnect(card, SCARD_SHARE_SHARED, SCARD_LEAVE_CARD), SCARD_S_SUCCESS);
        assert_int_equal(fake_messages(reader), messages);
        assert_status(engine_transmit(card), SCARD_S_SUCCESS);
        assert_status(engine_transmit(other), SCARD_S_SUCCESS);
}

static void reset_is_warm_and_seen_by_every_other_handle(void **state)
{
        (void)state;
        SCARDHANDLE card = engine_connect(context, SCARD_SHARE_SHARED);
        SCARDHANDLE others[3];
        DWORD epoch = engine_attribute(card, ISCARD_ATTR_CARD_EPOCH);

        for (size_t i = 0; i < 3; i++)
                others[i] = engine_connect(context, SCARD_SHARE_SHARED);
        assert_status(reconnect(card, SCARD_SHARE_SHARED, SCARD_RESET_CARD), SCARD_S_SUCCESS);
        assert_int_equal(fake_count(reader, FAKE_POWER_OFF), 0);
        assert_int_equal(fake_count(reader, FAKE_POWER_ON), 2);
        assert_true(engine_attribute(card, ISCARD_ATTR_CARD_EPOCH) > epoch);
        assert_status(engine_transmit(card), SCARD_S_SUCCESS);
        for (size_t i = 0; i < 3; i++) {
                assert_status(engine_transmit(others[i]), SCARD_W_RESET_CARD);
                assert_status(SCardBeginTransaction(others[i]), SCARD_W_RESET_CARD);
                assert_int_equal(engine_state(others[i]), SCARD_SPECIFIC);
        }
}

static void unpower_is_a_cold_reset_seen_as_a_reset(void **state)
{
        (void)state;
        SCARDHANDLE card = engine_connect(context, SCARD_SHARE_SHARED);
        SCARDHANDLE other = engine_connect(context, SCARD_SHARE_SHARED);

        assert_status(reconnect(card, SCARD_SHARE_SHARED, SCARD_UNPOWER_CARD), SCARD_S_SUCCESS);
        assert_int_equal(fake_count(reader, FAKE_POWER_OFF), 1);
        assert_int_equal(fake_count(reader, FAKE_POWER_ON), 2);
        assert_status(engine_transmit(card), SCARD_S_SUCCESS);
        assert_status(engine_transmit(other), SCARD_W_RESET_CARD);
}

static void leave_with_another_protocol_mismatches_and_changes_nothing(void **state)
{
        (void)state;
        SCARDHANDLE card = engine_connect(context, SCARD_SHARE_SHARED);
        unsigned messages = fake_messages(reader);

        assert_status(SCardReconnect(card, SCARD_SHARE_EXCLUSIVE, SCARD_PROTOCOL_T0, SCARD_LEAVE_CARD, NULL),
                      SCARD_E_PROTO_MISMATCH);
        assert_int_equal(fake_messages(reader), messages);
        assert_int_equal(engine_attribute(card, ISCARD_ATTR_SHARE_MODE), SCARD_SHARE_SHARED);
        assert_status(engine_transmit(card), SCARD_S_SUCCESS);
}

static void leave_that_mismatches_does_not_acknowledge(void **state)
{
        (void)state;
        SCARDHANDLE card = engine_connect(context, SCARD_SHARE_SHARED);
        SCARDHANDLE other = engine_connect(context, SCARD_SHARE_SHARED);

        assert_status(reconnect(other, SCARD_SHARE_SHARED, SCARD_RESET_CARD), SCARD_S_SUCCESS);
        assert_status(SCardReconnect(card, SCARD_SHARE_SHARED, SCARD_PROTOCOL_T0, SCARD_LEAVE_CARD, NULL),
                      SCARD_E_PROTO_MISMATCH);
        assert_status(engine_transmit(card), SCARD_W_RESET_CARD);
}

static void reset_negotiates_another_protocol_that_the_card_offers(void **state)
{
        (void)state;
        DWORD protocol = 0;

        use_two_protocol_card();
        SCARDHANDLE card = engine_connect(context, SCARD_SHARE_SHARED);

        assert_int_equal(engine_attribute(card, SCARD_ATTR_CURRENT_PROTOCOL_TYPE), SCARD_PROTOCOL_T0);
        assert_status(
            SCardReconnect(card, SCARD_SHARE_SHARED, SCARD_PROTOCOL_T1, SCARD_RESET_CARD, &protocol),
            SCARD_S_SUCCESS);
        assert_int_equal(protocol, SCARD_PROTOCOL_T1);
        assert_int_equal(reader->slots[0].set.protocol, 1);
        assert_status(
            SCardReconnect(card, SCARD_SHARE_SHARED, SCARD_PROTOCOL_T0, SCARD_UNPOWER_CARD, &protocol),
            SCARD_S_SUCCESS);
        assert_int_equal(protocol, SCARD_PROTOCOL_T0);
        assert_status(engine_transmit(card), SCARD_S_SUCCESS);
}

static void reset_to_a_protocol_that_is_not_offered_resets_nothing(void **state)
{
        (void)state;
        SCARDHANDLE card = engine_connect(context, SCARD_SHARE_SHARED);
        SCARDHANDLE other = engine_connect(context, SCARD_SHARE_SHARED);

        assert_status(SCardReconnect(card, SCARD_SHARE_SHARED, SCARD_PROTOCOL_T0, SCARD_RESET_CARD, NULL),
                      SCARD_E_PROTO_MISMATCH);
        assert_int_equal(fake_count(reader, FAKE_POWER_ON), 1);
        assert_status(engine_transmit(card), SCARD_S_SUCCESS);
        assert_status(engine_transmit(other), SCARD_S_SUCCESS);
}

static void reset_to_a_protocol_that_the_reader_cannot_switch_to_resets_nothing(void **state)
{
        static const DWORD initializations[] = {SCARD_RESET_CARD, SCARD_UNPOWER_CARD};

        (void)state;
        use_two_protocol_card();
        SCardReleaseContext(context);
        reader->info.features &= ~(uint32_t)(IFD_AUTO_PPS | IFD_AUTO_NEGOTIATE);
        context = engine_context();
        SCARDHANDLE card = engine_connect(context, SCARD_SHARE_SHARED);
        SCARDHANDLE other = engine_connect(context, SCARD_SHARE_SHARED);

        for (size_t i = 0; i < sizeof(initializations) / sizeof(initializations[0]); i++) {
                assert_status(
                    SCardReconnect(card, SCARD_SHARE_SHARED, SCARD_PROTOCOL_T1, initializations[i], NULL),
                    SCARD_E_PROTO_MISMATCH);
                assert_int_equal(fake_count(reader, FAKE_POWER_ON), 1);
                assert_int_equal(fake_count(reader, FAKE_POWER_OFF), 0);
                assert_status(engine_transmit(card), SCARD_S_SUCCESS);
                assert_status(engine_transmit(other), SCARD_S_SUCCESS);
        }
        assert_status(SCardReconnect(card, SCARD_SHARE_SHARED, BOTH, SCARD_RESET_CARD, NULL),
                      SCARD_S_SUCCESS);
        assert_status(engine_transmit(card), SCARD_S_SUCCESS);
}

static void card_that_does_not_answer_the_reset_is_unresponsive(void **state)
{
        (void)state;
        SCARDHANDLE card = engine_connect(context, SCARD_SHARE_SHARED);
        SCARDHANDLE other = engine_connect(context, SCARD_SHARE_SHARED);

        reader->slots[0].mute = true;
        assert_status(reconnect(card, SCARD_SHARE_SHARED, SCARD_RESET_CARD), SCARD_W_UNRESPONSIVE_CARD);
        assert_status(engine_transmit(card), SCARD_W_UNPOWERED_CARD);
        assert_status(engine_transmit(other), SCARD_W_UNPOWERED_CARD);
        assert_status(reconnect(other, SCARD_SHARE_SHARED, SCARD_LEAVE_CARD), SCARD_W_UNRESPONSIVE_CARD);
        reader->slots[0].mute = false;
        assert_status(reconnect(card, SCARD_SHARE_SHARED, SCARD_LEAVE_CARD), SCARD_S_SUCCESS);
        assert_status(engine_transmit(card), SCARD_S_SUCCESS);
        assert_status(engine_transmit(other), SCARD_W_RESET_CARD);
}

static void reader_that_is_gone_is_unavailable(void **state)
{
        (void)state;
        SCARDHANDLE card = engine_connect(context, SCARD_SHARE_SHARED);

        fake_unplug(reader);
        assert_status(reconnect(card, SCARD_SHARE_SHARED, SCARD_LEAVE_CARD), SCARD_E_READER_UNAVAILABLE);
        DWORD len = 0;

        assert_status(SCardListReadersA(context, NULL, NULL, &len), SCARD_E_NO_READERS_AVAILABLE);
        assert_status(reconnect(card, SCARD_SHARE_SHARED, SCARD_RESET_CARD), SCARD_E_READER_UNAVAILABLE);
        assert_status(engine_transmit(card), SCARD_E_READER_UNAVAILABLE);
        assert_status(SCardDisconnect(card, SCARD_RESET_CARD), SCARD_S_SUCCESS);
}

static void active_protocol_pointer_may_be_null(void **state)
{
        (void)state;
        SCARDHANDLE card = engine_connect(context, SCARD_SHARE_SHARED);

        assert_status(SCardReconnect(card, SCARD_SHARE_SHARED, BOTH, SCARD_LEAVE_CARD, NULL),
                      SCARD_S_SUCCESS);
        assert_status(SCardReconnect(card, SCARD_SHARE_SHARED, BOTH, SCARD_RESET_CARD, NULL),
                      SCARD_S_SUCCESS);
}

static void success_ends_the_callers_own_transaction(void **state)
{
        (void)state;
        SCARDHANDLE card = engine_connect(context, SCARD_SHARE_SHARED);
        SCARDHANDLE other = engine_connect(context, SCARD_SHARE_SHARED);

        assert_status(SCardBeginTransaction(card), SCARD_S_SUCCESS);
        assert_status(SCardBeginTransaction(card), SCARD_S_SUCCESS);
        assert_status(reconnect(card, SCARD_SHARE_SHARED, SCARD_LEAVE_CARD), SCARD_S_SUCCESS);
        assert_status(SCardBeginTransaction(other), SCARD_S_SUCCESS);
        assert_status(SCardEndTransaction(card, SCARD_LEAVE_CARD), SCARD_E_NOT_TRANSACTED);
}

static void failure_keeps_the_callers_own_transaction(void **state)
{
        (void)state;
        SCARDHANDLE card = engine_connect(context, SCARD_SHARE_SHARED);
        SCARDHANDLE other = engine_connect(context, SCARD_SHARE_SHARED);

        (void)other;
        assert_status(SCardBeginTransaction(card), SCARD_S_SUCCESS);
        assert_status(reconnect(card, SCARD_SHARE_EXCLUSIVE, SCARD_LEAVE_CARD), SCARD_E_SHARING_VIOLATION);
        assert_status(SCardEndTransaction(card, SCARD_LEAVE_CARD), SCARD_S_SUCCESS);
}

static void reader_without_events_is_asked_whether_the_card_is_there(void **state)
{
        (void)state;
        fake_unplug(reader);
        fake_prepare(1)->info.reports_movement = false;
        fake_plug(&fake_readers[1]);
        SCARDHANDLE card = engine_connect(context, SCARD_SHARE_SHARED);

        fake_remove(&fake_readers[1], 0);
        assert_status(reconnect(card, SCARD_SHARE_SHARED, SCARD_LEAVE_CARD), SCARD_E_NO_SMARTCARD);
        assert_int_equal(fake_count(&fake_readers[1], FAKE_ASK), 1);
        fake_insert(&fake_readers[1], 0);
        assert_status(engine_transmit(card), SCARD_W_REMOVED_CARD);
        assert_status(reconnect(card, SCARD_SHARE_SHARED, SCARD_LEAVE_CARD), SCARD_S_SUCCESS);
        assert_status(engine_transmit(card), SCARD_S_SUCCESS);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
        const struct CMUnitTest tests[] = {
            TEST(handle_that_is_not_live_is_refused),
            TEST(values_out_of_range_are_refused_and_change_nothing),
            TEST(no_known_protocol_is_refused_but_for_direct),
            TEST(another_handles_transaction_is_waited_for),
            TEST(exclusive_beside_others_is_a_violation_and_changes_nothing),
            TEST(exclusive_holder_becomes_shared),
            TEST(direct_to_general_without_card_says_so),
            TEST(direct_to_general_powers_and_negotiates),
            TEST(removed_card_with_none_in_leaves_the_handle_alive),
            TEST(removed_and_inserted_card_is_powered_with_its_own_atr),
            TEST(leave_acknowledges_a_reset_without_touching_the_card),
            TEST(reset_is_warm_and_seen_by_every_other_handle),
            TEST(unpower_is_a_cold_reset_seen_as_a_reset),
            TEST(leave_with_another_protocol_mismatches_and_changes_nothing),
            TEST(leave_that_mismatches_does_not_acknowledge),
            TEST(reset_negotiates_another_protocol_that_the_card_offers),
            TEST(reset_to_a_protocol_that_is_not_offered_resets_nothing),
            TEST(reset_to_a_protocol_that_the_reader_cannot_switch_to_resets_nothing),
            TEST(card_that_does_not_answer_the_reset_is_unresponsive),
            TEST(reader_that_is_gone_is_unavailable),
            TEST(active_protocol_pointer_may_be_null),
            TEST(success_ends_the_callers_own_transaction),
            TEST(failure_keeps_the_callers_own_transaction),
            TEST(reader_without_events_is_asked_whether_the_card_is_there),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
