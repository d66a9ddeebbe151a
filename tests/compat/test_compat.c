/*
 * The functions of pcsc-lite on the engine, over scripted readers: widths, numbers, buffers, and what differs
 * from winscard.h. docs/compat.md
 */
#include "tests/support/asleep.h"
#include "tests/support/engine.h"

#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "compat/pcsclite.h"

#define assert_code(actual, expected) assert_int_equal(actual, (lite_long)(uint32_t)(expected))

#define BOTH_BITS     (SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1)
#define IN_USE_STATES (LITE_PRESENT | LITE_POWERED | LITE_NEGOTIABLE)
#define EVENT(count)  ((lite_dword)(count) << 16)

static struct fake_reader *const reader = &fake_readers[0];
static lite_long context;

static lite_long new_context(void)
{
        lite_long made = 0;

        assert_code(lite_establish_context(SCARD_SCOPE_SYSTEM, NULL, NULL, &made), SCARD_S_SUCCESS);
        assert_true(made > 0);
        return made;
}

static int set_up(void **state)
{
        (void)state;
        fake_reset();
        context = new_context();
        return 0;
}

static int tear_down(void **state)
{
        (void)state;
        (void)lite_release_context(context);
        return fake_stops == fake_starts ? 0 : -1;
}

static lite_long connect_as(lite_dword mode, lite_dword protocols, lite_dword *active)
{
        lite_long card = 0;

        assert_code(lite_connect(context, FAKE_NAME, mode, protocols, &card, active), SCARD_S_SUCCESS);
        assert_true(card > 0);
        return card;
}

static lite_long connected(void)
{
        lite_dword active;

        return connect_as(SCARD_SHARE_SHARED, BOTH_BITS, &active);
}

static lite_long transmit(lite_long card)
{
        unsigned char answer[300];
        lite_dword len = sizeof(answer);

        return lite_transmit(card, &lite_t1_pci, engine_get_challenge, sizeof(engine_get_challenge), NULL,
                             answer, &len);
}

static lite_long reconnect(lite_long card, lite_dword initialization)
{
        lite_dword active;

        return lite_reconnect(card, SCARD_SHARE_SHARED, BOTH_BITS, initialization, &active);
}

static lite_long state_of(lite_long card, lite_dword *state)
{
        return lite_status(card, NULL, NULL, state, NULL, NULL, NULL);
}

/* What is believed of a reader; all that is output is something else before. */
static lite_readerstate about(const char *name, lite_dword current)
{
        lite_readerstate state;

        memset(&state, 0x5A, sizeof(state));
        state.szReader = name;
        state.dwCurrentState = current;
        return state;
}

/* ---- contexts and lists */

static void codes_are_positive_numbers_of_a_long(void **state)
{
        (void)state;
        if (sizeof(lite_long) > 4)
                assert_true(lite_release_context(12345) == (lite_long)0x80100003);
        assert_code(lite_is_valid_context(12345), SCARD_E_INVALID_HANDLE);
        assert_code(lite_cancel(12345), SCARD_E_INVALID_HANDLE);
        assert_code(lite_is_valid_context(context), SCARD_S_SUCCESS);
        assert_code(lite_cancel(context), SCARD_S_SUCCESS);
}

static void every_scope_of_the_header_is_taken(void **state)
{
        (void)state;
        for (lite_dword scope = 0; scope <= LITE_SCOPE_GLOBAL; scope++) {
                lite_long made;

                assert_code(lite_establish_context(scope, NULL, NULL, &made), SCARD_S_SUCCESS);
                assert_code(lite_release_context(made), SCARD_S_SUCCESS);
        }
        lite_long none = 7;

        assert_code(lite_establish_context(4, NULL, NULL, &none), SCARD_E_INVALID_VALUE);
        assert_int_equal(none, 0);
        assert_code(lite_establish_context(0x1CA0, NULL, NULL, &none), SCARD_E_INVALID_VALUE);
        assert_code(lite_establish_context(0, NULL, NULL, NULL), SCARD_E_INVALID_PARAMETER);
}

static void list_follows_the_habit_of_buffers(void **state)
{
        (void)state;
        static const char expected[] = FAKE_NAME "\0";
        char names[64];
        lite_dword len = 0;

        assert_code(lite_list_readers(context, NULL, NULL, &len), SCARD_S_SUCCESS);
        assert_int_equal(len, sizeof(expected));
        len = sizeof(expected) - 1;
        assert_code(lite_list_readers(context, NULL, names, &len), SCARD_E_INSUFFICIENT_BUFFER);
        assert_int_equal(len, sizeof(expected));
        assert_code(lite_list_readers(context, "no\0such\0groups\0", names, &len), SCARD_S_SUCCESS);
        assert_memory_equal(names, expected, sizeof(expected));
        assert_code(lite_list_readers(context, NULL, names, NULL), SCARD_E_INVALID_PARAMETER);
        assert_code(lite_list_readers(12345, NULL, names, &len), SCARD_E_INVALID_HANDLE);
        fake_unplug(reader);
        assert_code(lite_list_readers(context, NULL, NULL, &len), SCARD_E_NO_READERS_AVAILABLE);
}

static void memory_given_out_outlives_its_context(void **state)
{
        (void)state;
        lite_long second = new_context();
        char *names = NULL, *groups = NULL;
        lite_dword len = LITE_AUTOALLOCATE;

        assert_code(lite_list_readers(second, NULL, (char *)&names, &len), SCARD_S_SUCCESS);
        assert_int_equal(len, sizeof(FAKE_NAME) + 1);
        len = LITE_AUTOALLOCATE;
        assert_code(lite_list_reader_groups(second, (char *)&groups, &len), SCARD_S_SUCCESS);
        assert_memory_equal(groups, "SCard$DefaultReaders\0", 22);
        assert_int_equal(len, 22);
        len = LITE_AUTOALLOCATE;
        assert_code(lite_list_readers(second, NULL, NULL, &len), SCARD_E_INVALID_PARAMETER);
        assert_code(lite_release_context(second), SCARD_S_SUCCESS);
        assert_string_equal(names, FAKE_NAME);
        assert_code(lite_free_memory(second, names), SCARD_E_INVALID_HANDLE);
        assert_code(lite_free_memory(context, names), SCARD_S_SUCCESS);
        free(groups); /* it is malloc's, and programs know */
        assert_code(lite_free_memory(context, NULL), SCARD_S_SUCCESS);
}

static void long_names_are_cut_to_127_bytes_and_found_again(void **state)
{
        (void)state;
        char names[512], status_name[LITE_READERNAME];
        lite_dword len = sizeof(names), active;
        lite_long card;
        struct fake_reader *second = fake_prepare(1);

        fake_unplug(reader);
        memset(second->info.product, 'x', IFD_TEXT_MAX);
        memcpy(second->info.product + 100, "\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4",
               16);
        fake_plug(second);
        assert_code(lite_list_readers(context, NULL, names, &len), SCARD_S_SUCCESS);
        size_t name_len = strlen(names);

        assert_in_range(name_len, LITE_READERNAME - 4, LITE_READERNAME - 1);
        assert_int_equal(len, name_len + 2);
        assert_string_equal(names + name_len - 3, " 00");
        assert_code(lite_connect(context, names, SCARD_SHARE_SHARED, BOTH_BITS, &card, &active),
                    SCARD_S_SUCCESS);
        len = sizeof(status_name);
        assert_code(lite_status(card, status_name, &len, NULL, NULL, NULL, NULL), SCARD_S_SUCCESS);
        assert_string_equal(status_name, names);
        memset(names, 'y', 129);
        names[129] = '\0';
        assert_code(lite_connect(context, names, SCARD_SHARE_SHARED, BOTH_BITS, &card, &active),
                    SCARD_E_INVALID_VALUE);
}

/* Two readers whose names differ in what is cut off, by their serial numbers; and a third, which comes later. */
static void long_names_that_differ_at_their_end_stay_apart(void **state)
{
        (void)state;
        char names[600];
        lite_dword len = sizeof(names), active;
        lite_long card;
        lite_readerstate reported[2];

        fake_unplug(reader);
        for (unsigned i = 1; i < 3; i++) {
                struct fake_reader *longer = fake_prepare(i);

                memset(longer->info.product, 'x', IFD_TEXT_MAX);
                longer->info.serial[0] = (char)('0' + i);
                fake_plug(longer);
        }
        assert_code(lite_list_readers(context, NULL, names, &len), SCARD_S_SUCCESS);
        const char *second = names + strlen(names) + 1;

        assert_string_not_equal(names, second);
        assert_code(lite_connect(context, second, SCARD_SHARE_SHARED, BOTH_BITS, &card, &active),
                    SCARD_S_SUCCESS);
        assert_int_equal(fake_count(&fake_readers[1], FAKE_OPEN), 0);
        assert_int_equal(fake_count(&fake_readers[2], FAKE_OPEN), 1);
        /* To look for what such a name stands for tells nothing. */
        fake_plug(fake_prepare(3));
        reported[0] = about(second, SCARD_STATE_PRESENT);
        reported[1] = about("\\\\?PnP?\\Notification", SCARD_STATE_UNAWARE);
        assert_code(lite_get_status_change(context, 0, reported, 2), SCARD_S_SUCCESS);
        assert_int_equal(reported[1].dwEventState, SCARD_STATE_CHANGED);
}

static _Atomic(lite_long) released; /* the context that two threads use */
static atomic_bool releasing;

static void *release_run(void *arg)
{
        (void)arg;
        while (atomic_load(&releasing)) {
                assert_code(lite_release_context(released), SCARD_S_SUCCESS);
                released = new_context();
        }
        return NULL;
}

/* What the engine gives out goes with its context. */
static void a_list_is_whole_while_others_release_the_context(void **state)
{
        (void)state;
        static const char expected[] = FAKE_NAME "\0";
        pthread_t thread;
        unsigned listed = 0;

        released = new_context();
        atomic_store(&releasing, true);
        assert_int_equal(pthread_create(&thread, NULL, release_run, NULL), 0);
        while (listed < 5000) {
                char *names = NULL;
                lite_dword len = LITE_AUTOALLOCATE;
                lite_long code = lite_list_readers(released, NULL, (char *)&names, &len);

                if (code == SCARD_S_SUCCESS) {
                        assert_int_equal(len, sizeof(expected));
                        assert_memory_equal(names, expected, sizeof(expected));
                        free(names);
                        listed++;
                } else {
                        assert_code(code, SCARD_E_INVALID_HANDLE);
                        (void)sched_yield();
                }
        }
        atomic_store(&releasing, false);
        pthread_join(thread, NULL);
        assert_code(lite_release_context(released), SCARD_S_SUCCESS);
}

/* ---- connections */

static void connect_checks_in_the_order_of_pcsc_lite(void **state)
{
        (void)state;
        lite_long card = 5;
        lite_dword active = 9;

        assert_code(lite_connect(context, FAKE_NAME, 2, 3, NULL, &active), SCARD_E_INVALID_PARAMETER);
        assert_code(lite_connect(context, FAKE_NAME, 2, 3, &card, NULL), SCARD_E_INVALID_PARAMETER);
        assert_code(lite_connect(context, NULL, 2, 3, &card, &active), SCARD_E_UNKNOWN_READER);
        assert_int_equal(card, 0);
        assert_code(lite_connect(context, "nobody", 2, 3, &card, &active), SCARD_E_UNKNOWN_READER);
        assert_code(lite_connect(context, FAKE_NAME, 2, 0, &card, &active), SCARD_E_PROTO_MISMATCH);
        assert_code(lite_connect(context, FAKE_NAME, 2, 8, &card, &active), SCARD_E_PROTO_MISMATCH);
        assert_code(lite_connect(context, FAKE_NAME, 4, 3, &card, &active), SCARD_E_INVALID_VALUE);
        assert_code(lite_connect(12345, FAKE_NAME, 2, 3, &card, &active), SCARD_E_INVALID_HANDLE);
        fake_remove(reader, 0);
        assert_code(lite_connect(context, FAKE_NAME, 2, 3, &card, &active), SCARD_E_NO_SMARTCARD);
}

static void raw_is_told_to_one_who_asks_for_it(void **state)
{
        (void)state;
        lite_dword active = 0;
        lite_long raw = connect_as(SCARD_SHARE_SHARED, LITE_PROTOCOL_RAW, &active);

        assert_int_equal(active, LITE_PROTOCOL_RAW);
        lite_long old = connect_as(SCARD_SHARE_SHARED, LITE_PROTOCOL_ANY_OLD, &active);

        assert_int_equal(active, SCARD_PROTOCOL_T1);
        assert_code(lite_disconnect(old, SCARD_LEAVE_CARD), SCARD_S_SUCCESS);
        assert_code(lite_disconnect(raw, SCARD_LEAVE_CARD), SCARD_S_SUCCESS);
        assert_code(lite_disconnect(raw, SCARD_LEAVE_CARD), SCARD_E_INVALID_HANDLE);
}

static void direct_shares_the_reader_and_knows_the_protocol(void **state)
{
        (void)state;
        lite_dword active = 9, protocol = 9;
        lite_long first = connect_as(SCARD_SHARE_DIRECT, 0, &active);

        assert_int_equal(active, SCARD_PROTOCOL_UNDEFINED);
        lite_long shared = connected();
        lite_long second = connect_as(SCARD_SHARE_DIRECT, 0, &active);

        assert_int_equal(active, SCARD_PROTOCOL_T1); /* negotiated for the shared one */
        assert_code(lite_status(second, NULL, NULL, NULL, &protocol, NULL, NULL), SCARD_S_SUCCESS);
        assert_int_equal(protocol, SCARD_PROTOCOL_T1);
        assert_code(lite_connect(context, FAKE_NAME, SCARD_SHARE_EXCLUSIVE, 3, &(lite_long){0}, &active),
                    SCARD_E_SHARING_VIOLATION);
        assert_code(lite_disconnect(first, SCARD_LEAVE_CARD), SCARD_S_SUCCESS);
        assert_code(lite_disconnect(second, SCARD_LEAVE_CARD), SCARD_S_SUCCESS);
        assert_code(lite_reconnect(shared, SCARD_SHARE_EXCLUSIVE, 3, SCARD_LEAVE_CARD, &active),
                    SCARD_S_SUCCESS);
        assert_code(lite_connect(context, FAKE_NAME, SCARD_SHARE_DIRECT, 0, &(lite_long){0}, &active),
                    SCARD_E_SHARING_VIOLATION);
}

static void windows_contexts_of_the_engine_keep_direct_for_one(void **state)
{
        (void)state;
        SCARDCONTEXT own = engine_context();
        SCARDHANDLE card = engine_connect(own, SCARD_SHARE_DIRECT);

        assert_status(SCardConnectA(own, FAKE_NAME, SCARD_SHARE_DIRECT, 0, &card, NULL),
                      SCARD_E_SHARING_VIOLATION);
        assert_status(SCardReleaseContext(own), SCARD_S_SUCCESS);
}

static void reconnect_keeps_the_transaction_of_its_caller(void **state)
{
        (void)state;
        lite_long card = connected();

        assert_code(lite_begin_transaction(card), SCARD_S_SUCCESS);
        assert_code(lite_begin_transaction(card), SCARD_S_SUCCESS);
        assert_code(reconnect(card, SCARD_RESET_CARD), SCARD_S_SUCCESS);
        assert_code(lite_end_transaction(card, SCARD_LEAVE_CARD), SCARD_S_SUCCESS);
        assert_code(lite_end_transaction(card, SCARD_LEAVE_CARD), SCARD_S_SUCCESS);
        assert_code(lite_end_transaction(card, SCARD_LEAVE_CARD), SCARD_E_NOT_TRANSACTED);
        assert_code(lite_end_transaction(card, 4), SCARD_E_INVALID_VALUE);
}

static void what_is_pending_is_said_by_more_functions_than_on_windows(void **state)
{
        (void)state;
        lite_long card = connected(), other = connected();
        lite_dword len = 33, bits = 9;
        unsigned char atr[33];

        assert_code(lite_begin_transaction(card), SCARD_S_SUCCESS);
        assert_code(reconnect(card, SCARD_RESET_CARD), SCARD_S_SUCCESS);
        assert_code(state_of(card, &bits), SCARD_S_SUCCESS);
        assert_code(state_of(other, &bits), SCARD_W_RESET_CARD);
        assert_int_equal(bits, 0);
        assert_code(lite_get_attrib(other, SCARD_ATTR_ATR_STRING, atr, &len), SCARD_W_RESET_CARD);
        assert_code(lite_end_transaction(other, SCARD_LEAVE_CARD), SCARD_W_RESET_CARD);
        assert_code(lite_end_transaction(card, SCARD_LEAVE_CARD), SCARD_S_SUCCESS);
        assert_code(transmit(other), SCARD_W_RESET_CARD);
        assert_code(reconnect(other, SCARD_LEAVE_CARD), SCARD_S_SUCCESS);
        assert_code(transmit(other), SCARD_S_SUCCESS);
        fake_remove(reader, 0);
        assert_code(state_of(other, NULL), SCARD_W_REMOVED_CARD);
        assert_code(reconnect(other, SCARD_LEAVE_CARD), SCARD_E_NO_SMARTCARD);
        fake_insert(reader, 0);
        assert_code(state_of(other, NULL), SCARD_W_REMOVED_CARD);
        assert_code(reconnect(other, SCARD_LEAVE_CARD), SCARD_S_SUCCESS);
        assert_code(state_of(other, NULL), SCARD_S_SUCCESS);
}

static void a_transaction_outlives_a_reset_until_its_end_is_accepted(void **state)
{
        (void)state;
        lite_long card = connected();

        assert_code(lite_begin_transaction(card), SCARD_S_SUCCESS);
        assert_code(lite_begin_transaction(card), SCARD_S_SUCCESS);
        assert_code(lite_end_transaction(card, SCARD_RESET_CARD), SCARD_S_SUCCESS);
        assert_code(lite_end_transaction(card, SCARD_LEAVE_CARD), SCARD_W_RESET_CARD);
        assert_code(reconnect(card, SCARD_LEAVE_CARD), SCARD_S_SUCCESS);
        assert_code(lite_end_transaction(card, SCARD_LEAVE_CARD), SCARD_S_SUCCESS);
        assert_code(lite_end_transaction(card, SCARD_LEAVE_CARD), SCARD_E_NOT_TRANSACTED);
}

static void a_power_down_is_seen_as_a_reset(void **state)
{
        (void)state;
        lite_long card = connected(), other = connected();

        assert_code(lite_disconnect(other, SCARD_UNPOWER_CARD), SCARD_S_SUCCESS);
        assert_code(transmit(card), SCARD_W_RESET_CARD);
        assert_code(state_of(card, NULL), SCARD_W_RESET_CARD);
        assert_code(reconnect(card, SCARD_LEAVE_CARD), SCARD_S_SUCCESS);
        assert_code(transmit(card), SCARD_S_SUCCESS);
}

static void reconnect_checks_in_the_order_of_pcsc_lite(void **state)
{
        (void)state;
        lite_long card = connected();
        lite_dword active;

        assert_code(lite_reconnect(card, 2, 3, 0, NULL), SCARD_E_INVALID_PARAMETER);
        assert_code(lite_reconnect(card, 2, 3, SCARD_EJECT_CARD, &active), SCARD_E_INVALID_VALUE);
        assert_code(lite_reconnect(card, 2, 0, 0, &active), SCARD_E_PROTO_MISMATCH);
        assert_code(lite_reconnect(card, 2, SCARD_PROTOCOL_T0, 0, &active), SCARD_E_PROTO_MISMATCH);
        assert_code(lite_reconnect(card, 0, 3, 0, &active), SCARD_E_INVALID_VALUE);
        assert_code(lite_reconnect(12345, 2, 3, 0, &active), SCARD_E_INVALID_HANDLE);
        assert_code(lite_reconnect(card, 2, LITE_PROTOCOL_RAW, 0, &active), SCARD_S_SUCCESS);
        assert_int_equal(active, LITE_PROTOCOL_RAW);
}

/* The daemon of pcsc-lite gets 32 bits of them, whatever a program left above. */
static void the_upper_halves_of_numbers_are_not_looked_at(void **state)
{
        (void)state;
        if (sizeof(lite_dword) == 4)
                return;
        const lite_dword rest = (lite_dword)0x5A << (sizeof(lite_dword) * 8 - 8);
        lite_long card, made;
        lite_dword active, len = 33;
        unsigned char atr[33], answer[8];

        assert_code(lite_establish_context(rest | 2, NULL, NULL, &made), SCARD_S_SUCCESS);
        assert_code(lite_release_context(made), SCARD_S_SUCCESS);
        assert_code(lite_connect(context, FAKE_NAME, rest | 2, rest | 3, &card, &active), SCARD_S_SUCCESS);
        assert_code(lite_reconnect(card, rest | 2, rest | 3, rest | 1, &active), SCARD_S_SUCCESS);
        assert_code(lite_begin_transaction(card), SCARD_S_SUCCESS);
        assert_code(lite_end_transaction(card, rest), SCARD_S_SUCCESS);
        assert_code(lite_get_attrib(card, rest | SCARD_ATTR_ATR_STRING, atr, &len), SCARD_S_SUCCESS);
        lite_io_request send = {rest | SCARD_PROTOCOL_T1, sizeof(send)};

        len = sizeof(answer);
        assert_code(lite_transmit(card, &send, engine_get_challenge, 5, NULL, answer, &len), SCARD_S_SUCCESS);
        len = 0;
        assert_code(lite_control(card, rest | 0x42000D48, NULL, 0, atr, sizeof(atr), &len), SCARD_S_SUCCESS);
        assert_code(lite_disconnect(card, rest), SCARD_S_SUCCESS);
}

/* Of several things that are wrong, the handle is said first. */
static void a_handle_that_is_not_live_comes_first(void **state)
{
        (void)state;
        lite_dword active = 9, len = 8;
        unsigned char answer[8];

        assert_code(lite_reconnect(12345, 2, 3, 9, &active), SCARD_E_INVALID_HANDLE);
        assert_code(lite_reconnect(12345, 9, 3, 0, &active), SCARD_E_INVALID_HANDLE);
        assert_code(lite_reconnect(12345, 2, 0, 0, &active), SCARD_E_INVALID_HANDLE);
        assert_code(lite_end_transaction(12345, 9), SCARD_E_INVALID_HANDLE);
        assert_code(lite_disconnect(12345, 9), SCARD_E_INVALID_HANDLE);
        assert_code(lite_transmit(12345, &lite_t1_pci, answer, LITE_MESSAGE_MAX + 1, NULL, answer, &len),
                    SCARD_E_INVALID_HANDLE);
        assert_code(lite_control(12345, 0, answer, LITE_MESSAGE_MAX + 1, answer, 8, &len),
                    SCARD_E_INVALID_HANDLE);
        lite_long card = connected();

        assert_code(lite_reconnect(card, 9, 0, 0, &active), SCARD_E_INVALID_VALUE);
        assert_int_equal(active, 0);
        active = 9;
        assert_code(lite_connect(context, FAKE_NAME, 9, 0, &card, &active), SCARD_E_PROTO_MISMATCH);
        assert_int_equal(active, 0);
}

/* ---- SCardStatus */

static void status_reports_bits_and_one_name(void **state)
{
        (void)state;
        char name[LITE_READERNAME];
        unsigned char atr[33];
        lite_dword name_len = sizeof(name), bits, protocol, atr_len = sizeof(atr);
        lite_long card = connected();

        assert_code(lite_status(card, name, &name_len, &bits, &protocol, atr, &atr_len), SCARD_S_SUCCESS);
        assert_string_equal(name, FAKE_NAME);
        assert_int_equal(name_len, sizeof(FAKE_NAME)); /* no multi-string */
        assert_int_equal(bits & 0xFFFF, IN_USE_STATES);
        assert_int_equal(protocol, SCARD_PROTOCOL_T1);
        assert_int_equal(atr_len, 4);
        assert_memory_equal(atr, reader->slots[0].atr, 4);
        atr_len = 3;
        assert_code(lite_status(card, NULL, NULL, NULL, NULL, atr, &atr_len), SCARD_E_INSUFFICIENT_BUFFER);
        assert_int_equal(atr_len, 4);
        name_len = 1;
        assert_code(lite_status(card, name, &name_len, &bits, NULL, NULL, &atr_len),
                    SCARD_E_INSUFFICIENT_BUFFER);
        assert_int_equal(name_len, sizeof(FAKE_NAME));
        assert_int_equal(bits & 0xFFFF, IN_USE_STATES);
        fake_unplug(reader);
        assert_code(state_of(card, &bits), SCARD_E_READER_UNAVAILABLE);
        assert_code(state_of(12345, &bits), SCARD_E_INVALID_HANDLE);
}

static void status_allocates_what_it_is_asked_to(void **state)
{
        (void)state;
        char *name = NULL;
        unsigned char *atr = NULL;
        lite_dword name_len = LITE_AUTOALLOCATE, atr_len = LITE_AUTOALLOCATE;
        lite_long card = connected();

        assert_code(lite_status(card, (char *)&name, &name_len, NULL, NULL, (unsigned char *)&atr, &atr_len),
                    SCARD_S_SUCCESS);
        assert_string_equal(name, FAKE_NAME);
        assert_memory_equal(atr, reader->slots[0].atr, atr_len);
        assert_code(lite_free_memory(context, name), SCARD_S_SUCCESS);
        assert_code(lite_free_memory(context, atr), SCARD_S_SUCCESS);
        name_len = LITE_AUTOALLOCATE;
        assert_code(lite_status(card, NULL, &name_len, NULL, NULL, NULL, NULL), SCARD_E_INVALID_PARAMETER);
        name_len = atr_len = LITE_AUTOALLOCATE; /* nothing is given out where the call fails */
        assert_code(lite_status(card, (char *)&name, &name_len, NULL, NULL, NULL, &atr_len),
                    SCARD_E_INVALID_PARAMETER);
        assert_null(name);
}

static void a_reader_without_a_card_is_absent_to_a_direct_handle(void **state)
{
        (void)state;
        lite_dword bits = 0, active;

        fake_remove(reader, 0);
        lite_long card = connect_as(SCARD_SHARE_DIRECT, 0, &active);

        assert_code(state_of(card, &bits), SCARD_S_SUCCESS);
        assert_int_equal(bits & 0xFFFF, LITE_ABSENT);
}

/* ---- SCardTransmit */

static void transmit_wants_a_protocol(void **state)
{
        (void)state;
        unsigned char answer[8];
        lite_dword len = sizeof(answer);
        lite_io_request send = {LITE_PROTOCOL_ANY_OLD, sizeof(send)}, recv = {0, 0};
        const BYTE *command = engine_get_challenge;
        lite_long card = connected();

        assert_code(lite_transmit(card, NULL, command, 5, NULL, answer, &len), SCARD_E_INVALID_PARAMETER);
        assert_code(lite_transmit(card, &lite_t0_pci, command, 5, NULL, answer, &len),
                    SCARD_E_PROTO_MISMATCH);
        assert_int_equal(len, 0);
        len = sizeof(answer);
        assert_code(lite_transmit(card, &lite_raw_pci, command, 5, &recv, answer, &len), SCARD_S_SUCCESS);
        assert_int_equal(len, 2);
        assert_int_equal(recv.dwProtocol, SCARD_PROTOCOL_T1);
        assert_int_equal(recv.cbPciLength, sizeof(recv));
        len = LITE_AUTOALLOCATE - 1; /* a buffer said to be larger than any answer */
        assert_code(lite_transmit(card, &send, command, 5, NULL, answer, &len), SCARD_S_SUCCESS);
        assert_int_equal(len, 2);
        len = 1;
        assert_code(lite_transmit(card, &lite_t1_pci, command, 5, NULL, answer, &len),
                    SCARD_E_INSUFFICIENT_BUFFER);
        len = sizeof(answer);
        assert_code(lite_transmit(card, &lite_t1_pci, command, LITE_MESSAGE_MAX + 1, NULL, answer, &len),
                    SCARD_E_INSUFFICIENT_BUFFER);
        assert_code(lite_transmit(12345, &lite_t1_pci, command, 5, NULL, answer, &len),
                    SCARD_E_INVALID_HANDLE);
}

/* As Lc disagrees: winscard.h refuses it. */
static const BYTE malformed[] = {0x00, 0xA4, 0x00, 0x0C, 0x03, 0x3F, 0x00};

static void reader_and_card_judge_what_is_no_apdu(void **state)
{
        (void)state;
        unsigned char answer[8];
        lite_dword len = sizeof(answer);
        DWORD own_len = sizeof(answer);
        lite_long card = connected();

        assert_code(lite_transmit(card, &lite_t1_pci, malformed, sizeof(malformed), NULL, answer, &len),
                    SCARD_S_SUCCESS);
        assert_int_equal(reader->last_len, sizeof(malformed));
        assert_memory_equal(reader->last, malformed, sizeof(malformed));
        SCARDCONTEXT own = engine_context();
        SCARDHANDLE own_card = engine_connect(own, SCARD_SHARE_SHARED);

        assert_status(
            SCardTransmit(own_card, SCARD_PCI_T1, malformed, sizeof(malformed), NULL, answer, &own_len),
            SCARD_E_INVALID_PARAMETER);
        assert_status(SCardReleaseContext(own), SCARD_S_SUCCESS);
}

/* What is pending is said before what is wrong with the arguments. */
static void a_reset_is_told_to_one_with_no_room(void **state)
{
        (void)state;
        unsigned char answer[8];
        lite_dword len = 1;
        lite_long card = connected(), other = connected();

        assert_code(reconnect(other, SCARD_RESET_CARD), SCARD_S_SUCCESS);
        assert_code(lite_transmit(card, &lite_t1_pci, engine_get_challenge, 5, NULL, answer, &len),
                    SCARD_W_RESET_CARD);
        len = sizeof(answer);
        assert_code(lite_transmit(card, &lite_t1_pci, engine_get_challenge, 3, NULL, answer, &len),
                    SCARD_W_RESET_CARD);
}

static void an_exchange_that_fails_is_not_transacted(void **state)
{
        (void)state;
        static const LONG failures[] = {SCARD_F_COMM_ERROR, SCARD_E_TIMEOUT, SCARD_E_COMM_DATA_LOST};
        lite_long card = connected();

        for (size_t i = 0; i < sizeof(failures) / sizeof(failures[0]); i++) {
                reader->fail[FAKE_TRANSMIT] = failures[i];
                assert_code(transmit(card), SCARD_E_NOT_TRANSACTED);
        }
        reader->fail[FAKE_TRANSMIT] = 0;
        assert_code(transmit(card), SCARD_S_SUCCESS);
        unsigned char answer[8];
        lite_dword len = sizeof(answer);

        assert_code(lite_transmit(card, &lite_t1_pci, engine_get_challenge, 3, NULL, answer, &len),
                    SCARD_E_NOT_TRANSACTED); /* no APDU */
}

/* ---- attributes and control codes */

static void attributes_follow_the_habit_of_buffers(void **state)
{
        (void)state;
        unsigned char value[33], *given = NULL;
        lite_dword len = 0;
        lite_long card = connected();

        assert_code(lite_get_attrib(card, SCARD_ATTR_ATR_STRING, NULL, &len), SCARD_S_SUCCESS);
        assert_int_equal(len, 4);
        len = 3;
        assert_code(lite_get_attrib(card, SCARD_ATTR_ATR_STRING, value, &len), SCARD_E_INSUFFICIENT_BUFFER);
        len = LITE_AUTOALLOCATE;
        assert_code(lite_get_attrib(card, SCARD_ATTR_ATR_STRING, (unsigned char *)&given, &len),
                    SCARD_S_SUCCESS);
        assert_memory_equal(given, reader->slots[0].atr, 4);
        assert_code(lite_free_memory(context, given), SCARD_S_SUCCESS);
        len = LITE_AUTOALLOCATE;
        assert_code(lite_get_attrib(card, SCARD_ATTR_ATR_STRING, NULL, &len), SCARD_E_INVALID_PARAMETER);
        assert_code(lite_get_attrib(card, SCARD_ATTR_ATR_STRING, value, NULL), SCARD_E_INVALID_PARAMETER);
        len = sizeof(value);
        assert_code(lite_get_attrib(card, 0x12345678, value, &len), LITE_E_UNSUPPORTED_FEATURE);
        assert_code(lite_set_attrib(card, SCARD_ATTR_MAXINPUT, value, 4), LITE_E_UNSUPPORTED_FEATURE);
        assert_code(lite_set_attrib(card, SCARD_ATTR_MAXINPUT, NULL, 4), SCARD_E_INVALID_PARAMETER);
        assert_code(lite_set_attrib(12345, SCARD_ATTR_MAXINPUT, value, 4), SCARD_E_INVALID_HANDLE);
}

static void features_have_control_codes_of_pcsc_lite(void **state)
{
        (void)state;
        static const unsigned char structure[] = {0x00, 0x00, 0x82, 0x00, 0x00, 0x04, 0x10, 0x02,
                                                  0x00, 0x09, 0x04, 0x00, 0x00, 0x00, 0x00, 0x04,
                                                  0x00, 0x00, 0x00, 0x00, 0x20, 0x00, 0x01};
        unsigned char features[64], answer[8];
        lite_dword len = 0, code = 0;

        fake_unplug(reader);
        reader->info.pin_support = 3;
        fake_plug(reader);
        lite_long card = connected();

        assert_code(lite_control(card, LITE_CTL_CODE_BASE + 3400, NULL, 0, features, sizeof(features), &len),
                    SCARD_S_SUCCESS);
        assert_in_range(len, 6, sizeof(features));
        for (lite_dword at = 0; at < len; at += 6) {
                assert_int_equal(features[at + 1], 4);
                /* libccid's numbers: some programs have them written down */
                assert_memory_equal(features + at + 2, "\x42\x33\x00", 3);
                assert_int_equal(features[at + 5], features[at]);
                if (features[at] == FEATURE_VERIFY_PIN_DIRECT)
                        code = LITE_CTL_CODE_BASE + 0x330000 + features[at];
        }
        assert_int_not_equal(code, 0);
        assert_code(lite_control(card, code, structure, sizeof(structure), answer, sizeof(answer), &len),
                    SCARD_S_SUCCESS);
        assert_int_equal(len, 2);
        assert_int_equal(fake_count(reader, FAKE_SECURE), 1);
        assert_code(lite_control(card, code, structure, 5, answer, sizeof(answer), NULL),
                    SCARD_E_NOT_TRANSACTED);
        assert_code(lite_control(card, 0x00313520, NULL, 0, features, sizeof(features), &len),
                    SCARD_S_SUCCESS); /* the code of Windows, which libccid takes too */
        assert_memory_equal(features + 2, "\x42\x33\x00", 3);
        assert_code(lite_control(card, 0x003136B0, "\1", 1, answer, sizeof(answer), &len),
                    LITE_E_UNSUPPORTED_FEATURE); /* another one of Windows: the escape command */
        assert_code(lite_control(card, code + 0x80, structure, sizeof(structure), answer, 8, &len),
                    LITE_E_UNSUPPORTED_FEATURE); /* a feature that it has not got */
        assert_int_equal(len, 0);
        assert_code(lite_control(12345, LITE_CTL_CODE_BASE + 3400, NULL, 0, features, 64, &len),
                    SCARD_E_INVALID_HANDLE);
}

static void escape_commands_have_the_code_of_libccid(void **state)
{
        (void)state;
        unsigned char answer[8];
        lite_dword len = 0;
        lite_long card = connected();

        assert_code(lite_control(card, LITE_CTL_CODE_BASE + 1, "\1\2", 2, answer, sizeof(answer), &len),
                    LITE_E_UNSUPPORTED_FEATURE);
        setenv("ISCARD_ESCAPE", "1", 1);
        memcpy(reader->escape_answer, "\3\4\5", 3);
        reader->escape_answer_len = 3;
        lite_long code = lite_control(card, LITE_CTL_CODE_BASE + 1, "\1\2", 2, answer, sizeof(answer), &len);

        unsigned char features[64];
        lite_dword features_len = 0;

        assert_code(lite_control(card, LITE_CTL_CODE_BASE + 3400, NULL, 0, features, 64, &features_len),
                    SCARD_S_SUCCESS);
        assert_memory_equal(features + features_len - 6, "\x13\x04\x42\x00\x00\x01", 6);
        unsetenv("ISCARD_ESCAPE");
        assert_code(code, SCARD_S_SUCCESS);
        assert_int_equal(len, 3);
        assert_memory_equal(answer, "\3\4\5", 3);
        assert_int_equal(reader->last_len, 2);
}

static void every_code_has_a_text(void **state)
{
        (void)state;
        assert_string_equal(lite_stringify_error(0), "success");
        assert_string_equal(lite_stringify_error((lite_long)0x8010000C), "no card is in the reader");
        assert_string_equal(lite_stringify_error((lite_long)LITE_E_UNSUPPORTED_FEATURE),
                            "the card or the reader does not support this");
        assert_non_null(strstr(lite_stringify_error(0x1234), "1234"));
        /* What SCardTransmit returns whatever went wrong. */
        assert_non_null(strstr(lite_stringify_error((lite_long)0x80100016), "exchange"));
}

/* ---- SCardGetStatusChange */

static lite_long change(lite_readerstate *state, lite_dword timeout_ms)
{
        return lite_get_status_change(context, timeout_ms, state, 1);
}

static void one_who_is_unaware_is_told_at_once(void **state)
{
        (void)state;
        lite_readerstate reported = about(FAKE_NAME, SCARD_STATE_UNAWARE);

        assert_code(change(&reported, 0), SCARD_S_SUCCESS);
        assert_int_equal(reported.dwEventState & 0xFFFF, SCARD_STATE_CHANGED | SCARD_STATE_PRESENT);
        assert_int_equal(reported.cbAtr, 4);
        assert_memory_equal(reported.rgbAtr, reader->slots[0].atr, 4);
        assert_int_equal(reported.dwCurrentState, SCARD_STATE_UNAWARE);
        reported.dwCurrentState = reported.dwEventState;
        assert_code(change(&reported, 0), SCARD_E_TIMEOUT);
        assert_int_equal(reported.dwEventState & 0xFFFF, SCARD_STATE_PRESENT);
        fake_remove(reader, 0);
        assert_code(change(&reported, INFINITE), SCARD_S_SUCCESS);
        assert_int_equal(reported.dwEventState & 0xFFFF, SCARD_STATE_CHANGED | SCARD_STATE_EMPTY);
        assert_int_equal(reported.cbAtr, 0);
}

static void only_what_contradicts_the_application_is_a_change(void **state)
{
        (void)state;
        lite_readerstate reported = about(FAKE_NAME, SCARD_STATE_PRESENT);
        lite_long card = connected();

        assert_code(change(&reported, 20), SCARD_E_TIMEOUT); /* in use, of which it did not speak */
        assert_int_equal(reported.dwEventState & 0xFFFF, SCARD_STATE_PRESENT | SCARD_STATE_INUSE);
        reported = about(FAKE_NAME, SCARD_STATE_PRESENT | SCARD_STATE_EXCLUSIVE);
        assert_code(change(&reported, 0), SCARD_S_SUCCESS);
        reported = about(FAKE_NAME, SCARD_STATE_PRESENT | SCARD_STATE_INUSE);
        assert_code(change(&reported, 0), SCARD_E_TIMEOUT);
        assert_code(lite_disconnect(card, SCARD_LEAVE_CARD), SCARD_S_SUCCESS);
        assert_code(change(&reported, 0), SCARD_S_SUCCESS);
        assert_int_equal(reported.dwEventState & 0xFFFF, SCARD_STATE_PRESENT | SCARD_STATE_CHANGED);
        reported = about(FAKE_NAME, SCARD_STATE_EMPTY);
        assert_code(change(&reported, 0), SCARD_S_SUCCESS);
        reported = about(FAKE_NAME, SCARD_STATE_PRESENT | SCARD_STATE_MUTE);
        assert_code(change(&reported, 0), SCARD_S_SUCCESS);
        reported = about(FAKE_NAME, SCARD_STATE_PRESENT | SCARD_STATE_UNAVAILABLE);
        assert_code(change(&reported, 0), SCARD_S_SUCCESS);
        if (sizeof(lite_dword) > 4) { /* the upper half is no count */
                reported = about(FAKE_NAME, SCARD_STATE_PRESENT | (EVENT(1) << 17));
                assert_code(change(&reported, 0), SCARD_E_TIMEOUT);
        }
        reported = about(FAKE_NAME, SCARD_STATE_PRESENT | EVENT(77));
        assert_code(change(&reported, 0), SCARD_S_SUCCESS);
}

static void a_direct_handle_is_in_use_and_not_exclusive(void **state)
{
        (void)state;
        lite_dword active, bits;
        lite_readerstate reported = about(FAKE_NAME, SCARD_STATE_UNAWARE);
        lite_long card = connect_as(SCARD_SHARE_DIRECT, 0, &active);

        assert_code(change(&reported, 0), SCARD_S_SUCCESS);
        assert_int_equal(reported.dwEventState & (SCARD_STATE_INUSE | SCARD_STATE_EXCLUSIVE),
                         SCARD_STATE_INUSE);
        assert_code(state_of(card, &bits), SCARD_S_SUCCESS);
        assert_int_equal(bits & 0xFFFF, IN_USE_STATES);
        assert_code(lite_reconnect(card, SCARD_SHARE_EXCLUSIVE, BOTH_BITS, SCARD_LEAVE_CARD, &active),
                    SCARD_S_SUCCESS);
        assert_code(change(&reported, 0), SCARD_S_SUCCESS);
        assert_int_equal(reported.dwEventState & (SCARD_STATE_INUSE | SCARD_STATE_EXCLUSIVE),
                         SCARD_STATE_EXCLUSIVE);
}

static void a_mute_card_is_said_to_be(void **state)
{
        (void)state;
        lite_readerstate reported = about(FAKE_NAME, SCARD_STATE_UNAWARE);
        lite_dword active, bits;

        reader->slots[0].mute = true;
        assert_code(change(&reported, 0), SCARD_S_SUCCESS);
        assert_int_equal(reported.dwEventState & 0xFFFF,
                         SCARD_STATE_CHANGED | SCARD_STATE_PRESENT | SCARD_STATE_MUTE);
        assert_int_equal(reported.cbAtr, 0);
        lite_long card = connect_as(SCARD_SHARE_DIRECT, 0, &active);

        assert_code(state_of(card, &bits), SCARD_S_SUCCESS);
        assert_int_equal(bits & 0xFFFF, LITE_PRESENT | LITE_SWALLOWED);
}

static void events_are_counted_in_the_high_word(void **state)
{
        (void)state;
        lite_readerstate reported = about(FAKE_NAME, SCARD_STATE_UNAWARE);
        lite_dword bits;

        assert_code(change(&reported, 0), SCARD_S_SUCCESS);
        lite_dword before = reported.dwEventState >> 16;

        reported.dwCurrentState = reported.dwEventState;
        fake_remove(reader, 0);
        assert_code(change(&reported, 0), SCARD_S_SUCCESS);
        fake_insert(reader, 0);
        assert_code(change(&reported, 0), SCARD_S_SUCCESS);
        assert_int_equal(reported.dwEventState >> 16, before + 2);
        lite_long card = connected();

        assert_code(state_of(card, &bits), SCARD_S_SUCCESS);
        assert_int_equal(bits, EVENT(before + 2) | IN_USE_STATES);
}

static void wrong_readers_are_refused_as_pcsc_lite_does(void **state)
{
        (void)state;
        lite_readerstate reported[2] = {about(FAKE_NAME, SCARD_STATE_UNAWARE), about("nobody", 0)};

        assert_code(lite_get_status_change(context, INFINITE, reported, 2), SCARD_E_UNKNOWN_READER);
        reported[1].dwCurrentState = SCARD_STATE_UNKNOWN;
        assert_code(lite_get_status_change(context, INFINITE, reported, 2), SCARD_E_UNKNOWN_READER);
        reported[1].szReader = NULL;
        assert_code(lite_get_status_change(context, 0, reported, 2), SCARD_E_INVALID_VALUE);
        assert_code(lite_get_status_change(context, 0, NULL, 1), SCARD_E_INVALID_PARAMETER);
        assert_code(lite_get_status_change(context, INFINITE, NULL, 0), SCARD_S_SUCCESS);
        reported[0].dwCurrentState = SCARD_STATE_IGNORE;
        assert_code(lite_get_status_change(context, INFINITE, reported, 1), SCARD_S_SUCCESS);
        reported[0].dwCurrentState = SCARD_STATE_UNAWARE;
        assert_code(lite_get_status_change(12345, 0, reported, 1), SCARD_E_INVALID_HANDLE);
        reported[1] = about("nobody", SCARD_STATE_IGNORE);
        assert_code(lite_get_status_change(context, INFINITE, reported, 2), SCARD_E_UNKNOWN_READER);
        reported[1] = about(FAKE_NAME, SCARD_STATE_IGNORE);
        assert_code(lite_get_status_change(context, 0, reported, 2), SCARD_S_SUCCESS);
        assert_int_equal(reported[1].dwEventState, 0);
}

/* Something done by another thread when the call that follows in this one waits; not where it first looks around. */
static atomic_bool asleep;

struct later {
        pthread_t thread;
        void (*act)(void);
};

static void *later_run(void *arg)
{
        engine_sleep_ms(30);
        (void)asleep_await(&asleep);
        ((struct later *)arg)->act();
        return NULL;
}

static void later_begin(struct later *later, void (*act)(void))
{
        later->act = act;
        asleep_keep(&asleep);
        assert_int_equal(pthread_create(&later->thread, NULL, later_run, later), 0);
}

static void act_remove(void)
{
        fake_remove(reader, 0);
}

static void act_unplug(void)
{
        fake_unplug(reader);
}

static void act_plug(void)
{
        fake_plug(reader);
}

static void act_connect(void)
{
        lite_dword active;
        lite_long card;

        (void)lite_connect(context, FAKE_NAME, SCARD_SHARE_SHARED, BOTH_BITS, &card, &active);
        engine_sleep_ms(10);
        fake_remove(reader, 0);
}

static void act_cancel(void)
{
        (void)lite_cancel(context);
}

static void a_wait_ends_with_what_was_waited_for(void **state)
{
        (void)state;
        lite_readerstate reported = about(FAKE_NAME, SCARD_STATE_PRESENT);
        struct later later;

        later_begin(&later, act_remove);
        assert_code(change(&reported, 5000), SCARD_S_SUCCESS);
        pthread_join(later.thread, NULL);
        assert_int_equal(reported.dwEventState & 0xFFFF, SCARD_STATE_CHANGED | SCARD_STATE_EMPTY);
}

static void a_wait_goes_on_over_what_is_no_change(void **state)
{
        (void)state;
        lite_readerstate reported = about(FAKE_NAME, SCARD_STATE_PRESENT);
        struct later later;

        later_begin(&later, act_connect);
        assert_code(change(&reported, 5000), SCARD_S_SUCCESS);
        pthread_join(later.thread, NULL);
        assert_int_equal(reported.dwEventState & SCARD_STATE_EMPTY, SCARD_STATE_EMPTY);
}

static void a_reader_that_goes_is_unknown_and_unavailable(void **state)
{
        (void)state;
        lite_readerstate reported[2] = {about(FAKE_NAME, SCARD_STATE_PRESENT),
                                        about("\\\\?PnP?\\NOTIFICATION", SCARD_STATE_UNAWARE)};
        struct later later;

        (void)change(reported, 0); /* the card has power: the wait has nothing to learn */
        later_begin(&later, act_unplug);
        assert_code(lite_get_status_change(context, 5000, reported, 2), SCARD_S_SUCCESS);
        pthread_join(later.thread, NULL);
        assert_int_equal(reported[0].dwEventState,
                         SCARD_STATE_CHANGED | SCARD_STATE_UNKNOWN | SCARD_STATE_UNAVAILABLE);
        assert_int_equal(reported[1].dwEventState, SCARD_STATE_CHANGED);
}

static void the_notification_reader_waits_for_readers(void **state)
{
        (void)state;
        lite_readerstate reported = about("\\\\?PnP?\\Notification", SCARD_STATE_UNAWARE);
        struct later later;

        fake_unplug(reader);
        assert_code(change(&reported, 20), SCARD_E_TIMEOUT);
        assert_int_equal(reported.dwEventState, 0);
        later_begin(&later, act_plug);
        assert_code(change(&reported, (lite_dword)-1), SCARD_S_SUCCESS);
        pthread_join(later.thread, NULL);
        assert_int_equal(reported.dwEventState, SCARD_STATE_CHANGED);
        reported.dwCurrentState = reported.dwEventState;
        assert_code(change(&reported, 0), SCARD_E_TIMEOUT);
}

static void cancel_ends_a_wait(void **state)
{
        (void)state;
        lite_readerstate reported = about(FAKE_NAME, SCARD_STATE_PRESENT);
        struct later later;

        later_begin(&later, act_cancel);
        assert_code(change(&reported, INFINITE), SCARD_E_CANCELLED);
        pthread_join(later.thread, NULL);
        assert_code(change(&reported, 0), SCARD_E_TIMEOUT);
}

static atomic_bool using; /* another context's connections come and go */
static atomic_uint ended; /* waits */

static void *use_run(void *arg)
{
        lite_dword active;
        lite_long card;

        while (atomic_load(&using)) {
                assert_code(
                    lite_connect(*(lite_long *)arg, FAKE_NAME, SCARD_SHARE_SHARED, BOTH_BITS, &card, &active),
                    SCARD_S_SUCCESS);
                assert_code(lite_disconnect(card, SCARD_LEAVE_CARD), SCARD_S_SUCCESS);
        }
        return NULL;
}

static void *wait_run(void *arg)
{
        (void)arg;
        lite_readerstate reported = about(FAKE_NAME, SCARD_STATE_PRESENT);

        asleep_keep(&asleep);
        assert_code(change(&reported, INFINITE), SCARD_E_CANCELLED);
        atomic_fetch_add(&ended, 1);
        return NULL;
}

/* Each connection that comes or goes is a change to the engine, and none to pcsc-lite: the wait goes on. */
static void cancel_is_not_lost_while_a_wait_goes_on_over_what_is_no_change(void **state)
{
        (void)state;
        enum { ROUNDS = 60 };
        lite_long others = new_context();
        pthread_t user, waiter;
        unsigned lost = 0;

        atomic_store(&using, true);
        atomic_store(&ended, 0);
        assert_int_equal(pthread_create(&user, NULL, use_run, &others), 0);
        for (unsigned round = 0; round < ROUNDS && lost == 0; round++) {
                atomic_store(&asleep, false);
                assert_int_equal(pthread_create(&waiter, NULL, wait_run, NULL), 0);
                assert_true(asleep_await(&asleep));
                engine_sleep_ms(1); /* it is between any two of its wakings */
                assert_code(lite_cancel(context), SCARD_S_SUCCESS);
                for (unsigned ms = 0; ms < ASLEEP_PATIENCE_MS && atomic_load(&ended) == round; ms++)
                        engine_sleep_ms(1);
                lost += atomic_load(&ended) == round;
                while (atomic_load(&ended) == round) {
                        assert_code(lite_cancel(context), SCARD_S_SUCCESS);
                        engine_sleep_ms(1);
                }
                pthread_join(waiter, NULL);
        }
        atomic_store(&using, false);
        pthread_join(user, NULL);
        assert_code(lite_release_context(others), SCARD_S_SUCCESS);
        assert_int_equal(lost, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
        const struct CMUnitTest tests[] = {
            TEST(codes_are_positive_numbers_of_a_long),
            TEST(every_scope_of_the_header_is_taken),
            TEST(list_follows_the_habit_of_buffers),
            TEST(memory_given_out_outlives_its_context),
            TEST(long_names_are_cut_to_127_bytes_and_found_again),
            TEST(long_names_that_differ_at_their_end_stay_apart),
            TEST(a_list_is_whole_while_others_release_the_context),
            TEST(connect_checks_in_the_order_of_pcsc_lite),
            TEST(raw_is_told_to_one_who_asks_for_it),
            TEST(direct_shares_the_reader_and_knows_the_protocol),
            TEST(windows_contexts_of_the_engine_keep_direct_for_one),
            TEST(reconnect_keeps_the_transaction_of_its_caller),
            TEST(what_is_pending_is_said_by_more_functions_than_on_windows),
            TEST(a_transaction_outlives_a_reset_until_its_end_is_accepted),
            TEST(a_power_down_is_seen_as_a_reset),
            TEST(reconnect_checks_in_the_order_of_pcsc_lite),
            TEST(the_upper_halves_of_numbers_are_not_looked_at),
            TEST(a_handle_that_is_not_live_comes_first),
            TEST(status_reports_bits_and_one_name),
            TEST(status_allocates_what_it_is_asked_to),
            TEST(a_reader_without_a_card_is_absent_to_a_direct_handle),
            TEST(transmit_wants_a_protocol),
            TEST(reader_and_card_judge_what_is_no_apdu),
            TEST(a_reset_is_told_to_one_with_no_room),
            TEST(an_exchange_that_fails_is_not_transacted),
            TEST(attributes_follow_the_habit_of_buffers),
            TEST(features_have_control_codes_of_pcsc_lite),
            TEST(escape_commands_have_the_code_of_libccid),
            TEST(every_code_has_a_text),
            TEST(one_who_is_unaware_is_told_at_once),
            TEST(only_what_contradicts_the_application_is_a_change),
            TEST(a_direct_handle_is_in_use_and_not_exclusive),
            TEST(a_mute_card_is_said_to_be),
            TEST(events_are_counted_in_the_high_word),
            TEST(wrong_readers_are_refused_as_pcsc_lite_does),
            TEST(a_wait_ends_with_what_was_waited_for),
            TEST(a_wait_goes_on_over_what_is_no_change),
            TEST(a_reader_that_goes_is_unknown_and_unavailable),
            TEST(the_notification_reader_waits_for_readers),
            TEST(cancel_ends_a_wait),
            TEST(cancel_is_not_lost_while_a_wait_goes_on_over_what_is_no_change),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
