/*
 * Contexts, lists, SCardStatus, SCardGetAttrib and the habit of output buffers; core/text.c; fork.
 */
#include "tests/support/engine.h"

#include <sys/wait.h>
#include <unistd.h>

#include "core/text.h"

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

/* ---- contexts */

static void context_is_valid_until_released(void **state)
{
        (void)state;
        SCARDCONTEXT second = engine_context();
        SCARDHANDLE card = engine_connect(context, SCARD_SHARE_SHARED);

        assert_true(second != context);
        assert_status(SCardIsValidContext(second), SCARD_S_SUCCESS);
        assert_status(SCardIsValidContext(card), SCARD_E_INVALID_HANDLE);
        assert_status(SCardReleaseContext(card), SCARD_E_INVALID_HANDLE);
        assert_status(SCardReleaseContext(second), SCARD_S_SUCCESS);
        assert_status(SCardIsValidContext(second), SCARD_E_INVALID_HANDLE);
        assert_status(SCardReleaseContext(second), SCARD_E_INVALID_HANDLE);
        assert_status(SCardCancel(second), SCARD_E_INVALID_HANDLE);
        assert_status(SCardIsValidContext(0), SCARD_E_INVALID_HANDLE);
        assert_status(SCardIsValidContext((SCARDCONTEXT)-1), SCARD_E_INVALID_HANDLE);
        assert_status(SCardEstablishContext(SCARD_SCOPE_USER, NULL, NULL, NULL), SCARD_E_INVALID_PARAMETER);
        second = 5;
        assert_status(SCardEstablishContext(3, NULL, NULL, &second), SCARD_E_INVALID_VALUE);
        assert_true(second == 0);
}

/* ---- lists */

static void list_follows_the_habit_of_buffers(void **state)
{
        (void)state;
        static const char expected[] = FAKE_NAME "\0";
        char names[64];
        WCHAR wide[64];
        LPSTR given = NULL;
        LPWSTR given_wide = NULL;
        DWORD len = 99;

        assert_status(SCardListReadersA(context, NULL, NULL, NULL), SCARD_E_INVALID_PARAMETER);
        assert_status(SCardListReadersA(context, NULL, NULL, &len), SCARD_S_SUCCESS);
        assert_int_equal(len, sizeof(expected));
        len--;
        memset(names, 'x', sizeof(names));
        assert_status(SCardListReadersA(context, NULL, names, &len), SCARD_E_INSUFFICIENT_BUFFER);
        assert_int_equal(len, sizeof(expected));
        assert_int_equal(names[0], 'x');
        assert_status(SCardListReadersA(context, NULL, names, &len), SCARD_S_SUCCESS);
        assert_memory_equal(names, expected, sizeof(expected));
        assert_int_equal(names[sizeof(expected)], 'x');

        assert_status(SCardListReadersW(context, NULL, NULL, &len), SCARD_S_SUCCESS);
        assert_int_equal(len, sizeof(expected));
        assert_status(SCardListReadersW(context, NULL, wide, &len), SCARD_S_SUCCESS);
        for (size_t i = 0; i < sizeof(expected); i++)
                assert_int_equal(wide[i], expected[i]);

        len = SCARD_AUTOALLOCATE;
        assert_status(SCardListReadersA(context, NULL, (LPSTR)&given, &len), SCARD_S_SUCCESS);
        assert_int_equal(len, sizeof(expected));
        assert_memory_equal(given, expected, sizeof(expected));
        len = SCARD_AUTOALLOCATE;
        assert_status(SCardListReadersW(context, NULL, (LPWSTR)&given_wide, &len), SCARD_S_SUCCESS);
        assert_int_equal(given_wide[0], 'F');
        assert_status(SCardFreeMemory(context, given), SCARD_S_SUCCESS);
        assert_status(SCardFreeMemory(context, given), SCARD_E_INVALID_PARAMETER);
        assert_status(SCardFreeMemory(context, names), SCARD_E_INVALID_PARAMETER);
        assert_status(SCardFreeMemory(0, given_wide), SCARD_E_INVALID_HANDLE);
        /* given_wide is left to the context's end */
}

static void groups_are_known(void **state)
{
        (void)state;
        DWORD len = 0;

        assert_status(SCardListReadersA(context, "", NULL, &len), SCARD_S_SUCCESS);
        assert_status(SCardListReadersA(context, "Other\0SCard$AllReaders\0", NULL, &len), SCARD_S_SUCCESS);
        assert_status(SCardListReadersW(context, u"SCard$DefaultReaders\0", NULL, &len), SCARD_S_SUCCESS);
        assert_status(SCardListReadersA(context, "Other\0", NULL, &len), SCARD_E_NO_READERS_AVAILABLE);
        assert_status(SCardListReadersW(context, u"A group with a rather long name\0Other\0", NULL, &len),
                      SCARD_E_NO_READERS_AVAILABLE);
}

static void list_without_readers_clears_outputs(void **state)
{
        (void)state;
        LPSTR given = (LPSTR)&given;
        DWORD len = SCARD_AUTOALLOCATE;

        fake_unplug(reader);
        assert_status(SCardListReadersA(context, NULL, (LPSTR)&given, &len), SCARD_E_NO_READERS_AVAILABLE);
        assert_null(given);
        assert_int_equal(len, 0);
}

/* ---- status */

static void status_gives_name_state_protocol_and_atr(void **state)
{
        (void)state;
        SCARDHANDLE card = engine_connect(context, SCARD_SHARE_SHARED);
        static const char expected[] = FAKE_NAME "\0";
        char name[64];
        WCHAR wide[64];
        BYTE atr[33];
        DWORD name_len = sizeof(name), card_state = 0, protocol = 0, atr_len = sizeof(atr);

        assert_status(SCardStatusA(card, name, &name_len, &card_state, &protocol, atr, &atr_len),
                      SCARD_S_SUCCESS);
        assert_int_equal(name_len, sizeof(expected));
        assert_memory_equal(name, expected, sizeof(expected));
        assert_int_equal(card_state, SCARD_SPECIFIC);
        assert_int_equal(protocol, SCARD_PROTOCOL_T1);
        assert_int_equal(atr_len, reader->slots[0].atr_len);
        assert_memory_equal(atr, reader->slots[0].atr, atr_len);
        name_len = 64;
        assert_status(SCardStatusW(card, wide, &name_len, NULL, NULL, NULL, NULL), SCARD_S_SUCCESS);
        assert_int_equal(name_len, sizeof(expected));
        assert_int_equal(wide[sizeof(expected) - 1], 0);
        assert_int_equal(wide[0], 'F');
}

static void status_follows_the_habit_of_buffers(void **state)
{
        (void)state;
        SCARDHANDLE card = engine_connect(context, SCARD_SHARE_SHARED);
        BYTE atr[33];
        LPBYTE given = NULL;
        LPSTR given_name = NULL;
        char name[4];
        DWORD name_len = 4, atr_len = 1, card_state = 0;

        assert_status(SCardStatusA(card, NULL, NULL, NULL, NULL, NULL, NULL), SCARD_S_SUCCESS);
        assert_status(SCardStatusA(card, name, &name_len, &card_state, NULL, atr, &atr_len),
                      SCARD_E_INSUFFICIENT_BUFFER);
        assert_int_equal(name_len, sizeof(FAKE_NAME) + 1);
        assert_int_equal(atr_len, reader->slots[0].atr_len);
        assert_int_equal(card_state, SCARD_SPECIFIC);
        assert_status(SCardStatusA(card, NULL, &name_len, NULL, NULL, NULL, &atr_len), SCARD_S_SUCCESS);
        assert_int_equal(atr_len, reader->slots[0].atr_len);
        assert_status(SCardStatusA(card, name, NULL, NULL, NULL, NULL, NULL), SCARD_E_INVALID_PARAMETER);
        atr_len = SCARD_AUTOALLOCATE;
        assert_status(SCardStatusA(card, name, NULL, NULL, NULL, (LPBYTE)&given, &atr_len),
                      SCARD_E_INVALID_PARAMETER);
        assert_null(given); /* nothing is left to be freed */
        assert_int_equal(atr_len, 0);
        name_len = atr_len = SCARD_AUTOALLOCATE;
        assert_status(SCardStatusA(card, (LPSTR)&given_name, &name_len, NULL, NULL, (LPBYTE)&given, &atr_len),
                      SCARD_S_SUCCESS);
        assert_string_equal(given_name, FAKE_NAME);
        assert_memory_equal(given, reader->slots[0].atr, atr_len);
        assert_status(SCardFreeMemory(context, given), SCARD_S_SUCCESS);
        assert_status(SCardFreeMemory(context, given_name), SCARD_S_SUCCESS);
        assert_status(SCardDisconnect(card, SCARD_LEAVE_CARD), SCARD_S_SUCCESS);
        card_state = 9;
        assert_status(SCardStatusA(card, NULL, &name_len, &card_state, NULL, NULL, &atr_len),
                      SCARD_E_INVALID_HANDLE);
        assert_int_equal(name_len, 0);
        assert_int_equal(atr_len, 0);
        assert_int_equal(card_state, 0);
}

/* MSDN of each: with a NULL buffer the length that comes in is ignored. */
static void null_buffer_asks_for_the_length_whatever_comes_in(void **state)
{
        (void)state;
        SCARDHANDLE card = engine_connect(context, SCARD_SHARE_SHARED);
        const DWORD lengths[] = {0, 1, 1000, SCARD_AUTOALLOCATE};

        for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
                DWORD len = lengths[i], atr_len = lengths[i];

                assert_status(SCardListReadersA(context, NULL, NULL, &len), SCARD_S_SUCCESS);
                assert_int_equal(len, sizeof(FAKE_NAME) + 1);
                len = lengths[i];
                assert_status(SCardListReadersW(context, NULL, NULL, &len), SCARD_S_SUCCESS);
                assert_int_equal(len, sizeof(FAKE_NAME) + 1);
                len = lengths[i];
                assert_status(SCardListReaderGroupsA(context, NULL, &len), SCARD_S_SUCCESS);
                assert_int_equal(len, sizeof("SCard$DefaultReaders") + 1);
                len = lengths[i];
                assert_status(SCardListReaderGroupsW(context, NULL, &len), SCARD_S_SUCCESS);
                assert_int_equal(len, sizeof("SCard$DefaultReaders") + 1);
                len = lengths[i];
                assert_status(SCardStatusA(card, NULL, &len, NULL, NULL, NULL, &atr_len), SCARD_S_SUCCESS);
                assert_int_equal(len, sizeof(FAKE_NAME) + 1);
                assert_int_equal(atr_len, reader->slots[0].atr_len);
                len = atr_len = lengths[i];
                assert_status(SCardStatusW(card, NULL, &len, NULL, NULL, NULL, &atr_len), SCARD_S_SUCCESS);
                assert_int_equal(len, sizeof(FAKE_NAME) + 1);
                atr_len = lengths[i];
                assert_status(SCardState(card, NULL, NULL, NULL, &atr_len), SCARD_S_SUCCESS);
                assert_int_equal(atr_len, reader->slots[0].atr_len);
                len = lengths[i];
                assert_status(SCardGetAttrib(card, SCARD_ATTR_ATR_STRING, NULL, &len), SCARD_S_SUCCESS);
                assert_int_equal(len, reader->slots[0].atr_len);
        }
}

/* Each function that has it, in both forms; nothing is left over when all of it is freed. */
static void autoallocate_gives_memory_to_be_freed(void **state)
{
        (void)state;
        SCARDHANDLE card = engine_connect(context, SCARD_SHARE_SHARED);
        LPBYTE given[8] = {NULL}, atr[3] = {NULL};
        DWORD len[8], atr_len[3];

        for (size_t i = 0; i < 8; i++)
                len[i] = atr_len[i % 3] = SCARD_AUTOALLOCATE;
        assert_status(SCardListReadersA(context, NULL, (LPSTR)&given[0], &len[0]), SCARD_S_SUCCESS);
        assert_status(SCardListReadersW(context, NULL, (LPWSTR)&given[1], &len[1]), SCARD_S_SUCCESS);
        assert_status(SCardListReaderGroupsA(context, (LPSTR)&given[2], &len[2]), SCARD_S_SUCCESS);
        assert_status(SCardListReaderGroupsW(context, (LPWSTR)&given[3], &len[3]), SCARD_S_SUCCESS);
        assert_status(SCardStatusA(card, (LPSTR)&given[4], &len[4], NULL, NULL, (LPBYTE)&atr[0], &atr_len[0]),
                      SCARD_S_SUCCESS);
        assert_status(
            SCardStatusW(card, (LPWSTR)&given[5], &len[5], NULL, NULL, (LPBYTE)&atr[1], &atr_len[1]),
            SCARD_S_SUCCESS);
        assert_status(SCardState(card, NULL, NULL, (LPBYTE)&atr[2], &atr_len[2]), SCARD_S_SUCCESS);
        assert_status(SCardGetAttrib(card, SCARD_ATTR_ATR_STRING, (LPBYTE)&given[6], &len[6]),
                      SCARD_S_SUCCESS);
        assert_status(SCardGetAttrib(card, SCARD_ATTR_DEVICE_FRIENDLY_NAME_W, (LPBYTE)&given[7], &len[7]),
                      SCARD_S_SUCCESS);
        assert_memory_equal(given[4], FAKE_NAME "\0", sizeof(FAKE_NAME) + 1);
        assert_memory_equal(given[5], u"" FAKE_NAME "\0", 2 * (sizeof(FAKE_NAME) + 1));
        assert_memory_equal(given[1], given[5], 2 * (sizeof(FAKE_NAME) + 1));
        assert_int_equal(len[7], 2 * sizeof(FAKE_NAME));
        for (size_t i = 0; i < 3; i++) {
                assert_int_equal(atr_len[i], reader->slots[0].atr_len);
                assert_memory_equal(atr[i], reader->slots[0].atr, atr_len[i]);
                assert_status(SCardFreeMemory(context, atr[i]), SCARD_S_SUCCESS);
        }
        for (size_t i = 0; i < 8; i++)
                assert_status(SCardFreeMemory(context, given[i]), SCARD_S_SUCCESS);
}

static void status_never_touches_the_card_and_shows_it_as_it_is(void **state)
{
        (void)state;
        SCARDHANDLE card = engine_connect(context, SCARD_SHARE_SHARED);
        unsigned messages = fake_messages(reader);
        BYTE atr[33];
        DWORD protocol = 9, atr_len = sizeof(atr);

        assert_int_equal(engine_state(card), SCARD_SPECIFIC);
        fake_remove(reader, 0);
        assert_int_equal(engine_state(card), SCARD_ABSENT);
        assert_status(SCardStatusA(card, NULL, NULL, NULL, &protocol, atr, &atr_len), SCARD_S_SUCCESS);
        assert_int_equal(protocol, SCARD_PROTOCOL_UNDEFINED);
        assert_int_equal(atr_len, 0);
        fake_insert(reader, 0);
        assert_int_equal(engine_state(card), SCARD_PRESENT);
        assert_int_equal(fake_messages(reader), messages);
}

static void status_asks_a_reader_without_events(void **state)
{
        (void)state;
        SCardReleaseContext(context);
        reader->info.reports_movement = false;
        context = engine_context();
        SCARDHANDLE card = engine_connect(context, SCARD_SHARE_SHARED);

        assert_int_equal(engine_state(card), SCARD_SPECIFIC);
        fake_remove(reader, 0);
        assert_int_equal(engine_state(card), SCARD_ABSENT);
        assert_int_equal(fake_count(reader, FAKE_ASK), 2);
}

/* ---- attributes */

static void attributes_of_reader_and_card(void **state)
{
        (void)state;
        SCARDHANDLE card = engine_connect(context, SCARD_SHARE_EXCLUSIVE);
        BYTE bytes[64];
        WCHAR wide[64];
        DWORD len = sizeof(bytes);
        unsigned messages = fake_messages(reader);

        assert_status(SCardGetAttrib(card, SCARD_ATTR_ATR_STRING, bytes, &len), SCARD_S_SUCCESS);
        assert_int_equal(len, reader->slots[0].atr_len);
        assert_memory_equal(bytes, reader->slots[0].atr, len);
        len = sizeof(bytes);
        assert_status(SCardGetAttrib(card, SCARD_ATTR_VENDOR_NAME, bytes, &len), SCARD_S_SUCCESS);
        assert_int_equal(len, 5);
        assert_string_equal((char *)bytes, "Fake");
        len = sizeof(bytes);
        assert_status(SCardGetAttrib(card, SCARD_ATTR_DEVICE_FRIENDLY_NAME_A, bytes, &len), SCARD_S_SUCCESS);
        assert_string_equal((char *)bytes, FAKE_NAME);
        len = sizeof(wide);
        assert_status(SCardGetAttrib(card, SCARD_ATTR_DEVICE_FRIENDLY_NAME_W, (LPBYTE)wide, &len),
                      SCARD_S_SUCCESS);
        assert_int_equal(len, sizeof(FAKE_NAME) * sizeof(WCHAR));
        assert_int_equal(engine_attribute(card, SCARD_ATTR_CHANNEL_ID), 0x00200105);
        assert_int_equal(engine_attribute(card, SCARD_ATTR_VENDOR_IFD_VERSION), 0x01020000);
        assert_int_equal(engine_attribute(card, ISCARD_ATTR_SHARE_MODE), SCARD_SHARE_EXCLUSIVE);
        assert_int_equal(engine_attribute(card, SCARD_ATTR_CURRENT_PROTOCOL_TYPE), SCARD_PROTOCOL_T1);
        len = sizeof(bytes);
        assert_status(SCardGetAttrib(card, SCARD_ATTR_ICC_PRESENCE, bytes, &len), SCARD_S_SUCCESS);
        assert_int_equal(len, 1);
        assert_int_equal(bytes[0], 2);
        len = sizeof(bytes);
        assert_status(SCardGetAttrib(card, 0x12345678, bytes, &len), SCARD_E_UNSUPPORTED_FEATURE);
        assert_int_equal(len, 0);
        assert_status(SCardGetAttrib(card, SCARD_ATTR_VENDOR_IFD_SERIAL_NO, bytes, &len),
                      SCARD_E_UNSUPPORTED_FEATURE);
        assert_status(SCardGetAttrib(card, SCARD_ATTR_ATR_STRING, bytes, NULL), SCARD_E_INVALID_PARAMETER);
        len = 1;
        assert_status(SCardGetAttrib(card, SCARD_ATTR_ATR_STRING, bytes, &len), SCARD_E_INSUFFICIENT_BUFFER);
        assert_int_equal(len, reader->slots[0].atr_len);
        assert_int_equal(fake_messages(reader), messages);
        fake_remove(reader, 0);
        assert_status(SCardGetAttrib(card, SCARD_ATTR_ATR_STRING, bytes, &len), SCARD_E_NO_SMARTCARD);
}

static void epoch_grows_with_each_change_and_with_nothing_else(void **state)
{
        (void)state;
        SCARDHANDLE card = engine_connect(context, SCARD_SHARE_SHARED);
        DWORD before = engine_attribute(card, ISCARD_ATTR_CARD_EPOCH), now;

        assert_status(engine_transmit(card), SCARD_S_SUCCESS);
        assert_status(SCardReconnect(card, SCARD_SHARE_SHARED, BOTH, SCARD_LEAVE_CARD, NULL),
                      SCARD_S_SUCCESS);
        engine_connect(context, SCARD_SHARE_SHARED);
        assert_int_equal(engine_attribute(card, ISCARD_ATTR_CARD_EPOCH), before);
        assert_status(SCardReconnect(card, SCARD_SHARE_SHARED, BOTH, SCARD_RESET_CARD, NULL),
                      SCARD_S_SUCCESS);
        now = engine_attribute(card, ISCARD_ATTR_CARD_EPOCH);
        assert_true(now > before);
        before = now;
        fake_remove(reader, 0);
        assert_int_equal(engine_state(card), SCARD_ABSENT);
        now = engine_attribute(card, ISCARD_ATTR_CARD_EPOCH);
        assert_true(now > before);
        before = now;
        fake_insert(reader, 0);
        assert_int_equal(engine_state(card), SCARD_PRESENT);
        now = engine_attribute(card, ISCARD_ATTR_CARD_EPOCH);
        assert_true(now > before);
}

/* ---- text.c */

static void text_goes_to_utf16_and_back(void **state)
{
        (void)state;
        static const char text[] = "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80";
        WCHAR wide[16];
        char back[32];

        assert_int_equal(text_to_utf16(wide, 16, text, sizeof(text)), 6);
        assert_int_equal(wide[3], 0xD83D);
        assert_int_equal(wide[4], 0xDE00);
        assert_true(text_from_utf16(back, sizeof(back), wide));
        assert_string_equal(back, text);
        assert_false(text_from_utf16(back, 8, wide));
        assert_string_equal(back, "");
        assert_int_equal(text_to_utf16(wide, 0, "\xed\xa0\x80\xc0\x80\xf4\x90\x80\x80", 9), 9);
        assert_int_equal(text_to_utf16(wide, 1, "\xe2\x82", 2), 2);
        assert_int_equal(wide[0], 0xFFFD);
}

/* ---- fork */

static void child_of_a_fork_has_no_service(void **state)
{
        (void)state;
        SCARDHANDLE card = engine_connect(context, SCARD_SHARE_SHARED);
        pid_t child = fork();
        int code = -1;

        if (child == 0) {
                BYTE response[258];
                DWORD len = sizeof(response);
                SCARDCONTEXT fresh = 0;
                bool right = SCardTransmit(card, NULL, engine_get_challenge, 5, NULL, response, &len) ==
                                 SCARD_E_NO_SERVICE &&
                             SCardIsValidContext(context) == SCARD_E_NO_SERVICE &&
                             SCardDisconnect(card, SCARD_LEAVE_CARD) == SCARD_E_NO_SERVICE &&
                             SCardReleaseContext(context) == SCARD_E_NO_SERVICE &&
                             SCardIsValidContext(0) == SCARD_E_INVALID_HANDLE &&
                             SCardEstablishContext(0, NULL, NULL, &fresh) == SCARD_E_NO_SERVICE;
                _exit(right ? 0 : 1);
        }
        assert_true(child > 0);
        assert_int_equal(waitpid(child, &code, 0), child);
        assert_true(WIFEXITED(code));
        assert_int_equal(WEXITSTATUS(code), 0);
        assert_status(engine_transmit(card), SCARD_S_SUCCESS);
}

/* Every attribute of ccid.md that reader, card and handle can say something of. */
static void attributes_tell_what_the_protocol_runs_with(void **state)
{
        /* TA1 = 13: F 372, D 4. TC1 = 05, TA3 = FE, TB3 = 45, TC3 = 01 */
        static const uint8_t atr[] = {0x3B, 0xD0, 0x13, 0x05, 0x81, 0x71, 0xFE, 0x45, 0x01, 0x8C};
        static const struct {
                DWORD id, value;
        } rows[] = {{SCARD_ATTR_PROTOCOL_TYPES, 3},
                    {SCARD_ATTR_DEFAULT_CLK, 4000},
                    {SCARD_ATTR_MAX_CLK, 8000},
                    {SCARD_ATTR_DEFAULT_DATA_RATE, 10752},
                    {SCARD_ATTR_MAX_DATA_RATE, 344086},
                    {SCARD_ATTR_MAX_IFSD, 247},
                    {SCARD_ATTR_CURRENT_CLK, 4000},
                    {SCARD_ATTR_CURRENT_F, 372},
                    {SCARD_ATTR_CURRENT_D, 4},
                    {SCARD_ATTR_CURRENT_N, 5},
                    {SCARD_ATTR_CURRENT_IFSC, 254},
                    {SCARD_ATTR_CURRENT_IFSD, 247},
                    {SCARD_ATTR_CURRENT_BWT, 4},
                    {SCARD_ATTR_CURRENT_CWT, 5},
                    {SCARD_ATTR_CURRENT_EBC_ENCODING, 1},
                    {SCARD_ATTR_POWER_MGMT_SUPPORT, 0},
                    {SCARD_ATTR_CHARACTERISTICS, 0},
                    {SCARD_ATTR_MAXINPUT, 261},
                    {SCARD_ATTR_DEVICE_UNIT, 0},
                    {SCARD_ATTR_DEVICE_IN_USE, 0}};
        BYTE byte = 9;
        DWORD len = 1, value;

        (void)state;
        reader->info.data_rate_bps = 10752;
        reader->info.max_data_rate_bps = 344086;
        reader->info.max_ifsd = 247;
        fake_atr(reader, atr, sizeof(atr));
        fake_unplug(reader);
        assert_status(SCardReleaseContext(context), SCARD_S_SUCCESS);
        fake_plug(reader);
        context = engine_context();
        SCARDHANDLE card = engine_connect(context, SCARD_SHARE_SHARED);

        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
                assert_int_equal(engine_attribute(card, rows[i].id), rows[i].value);
        assert_status(SCardGetAttrib(card, SCARD_ATTR_ICC_TYPE_PER_ATR, &byte, &len), SCARD_S_SUCCESS);
        assert_int_equal(byte, 1);
        len = sizeof(value);
        assert_status(SCardGetAttrib(card, SCARD_ATTR_CURRENT_W, (LPBYTE)&value, &len),
                      SCARD_E_UNSUPPORTED_FEATURE);
        SCARDHANDLE other = engine_connect(context, SCARD_SHARE_SHARED);

        assert_int_equal(engine_attribute(card, SCARD_ATTR_DEVICE_IN_USE), 1);
        assert_int_equal(engine_attribute(other, SCARD_ATTR_DEVICE_IN_USE), 1);
        assert_status(SCardDisconnect(other, SCARD_LEAVE_CARD), SCARD_S_SUCCESS);
        assert_int_equal(engine_attribute(card, SCARD_ATTR_DEVICE_IN_USE), 0);
        fake_remove(reader, 0);
        for (DWORD id = SCARD_ATTR_CURRENT_CLK; id <= SCARD_ATTR_CURRENT_EBC_ENCODING; id++) {
                len = sizeof(value);
                assert_status(SCardGetAttrib(card, id, (LPBYTE)&value, &len), SCARD_E_NO_SMARTCARD);
                assert_int_equal(len, 0);
        }
}

static void attributes_of_t0_are_its_own(void **state)
{
        static const uint8_t atr[] = {0x3B, 0x40, 0x0C}; /* TC1; WI is the default */
        static const DWORD t1[] = {SCARD_ATTR_CURRENT_IFSC, SCARD_ATTR_CURRENT_IFSD, SCARD_ATTR_CURRENT_BWT,
                                   SCARD_ATTR_CURRENT_CWT, SCARD_ATTR_CURRENT_EBC_ENCODING};

        (void)state;
        fake_atr(reader, atr, sizeof(atr));
        SCARDHANDLE card = engine_connect(context, SCARD_SHARE_SHARED);

        assert_int_equal(engine_attribute(card, SCARD_ATTR_CURRENT_PROTOCOL_TYPE), SCARD_PROTOCOL_T0);
        assert_int_equal(engine_attribute(card, SCARD_ATTR_CURRENT_W), 10);
        assert_int_equal(engine_attribute(card, SCARD_ATTR_CURRENT_N), 0x0C);
        assert_int_equal(engine_attribute(card, SCARD_ATTR_CURRENT_D), 1);
        for (size_t i = 0; i < sizeof(t1) / sizeof(t1[0]); i++) {
                DWORD value, len = sizeof(value);

                assert_status(SCardGetAttrib(card, t1[i], (LPBYTE)&value, &len), SCARD_E_UNSUPPORTED_FEATURE);
        }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
        const struct CMUnitTest tests[] = {
            TEST(context_is_valid_until_released),
            TEST(list_follows_the_habit_of_buffers),
            TEST(groups_are_known),
            TEST(list_without_readers_clears_outputs),
            TEST(status_gives_name_state_protocol_and_atr),
            TEST(status_follows_the_habit_of_buffers),
            TEST(null_buffer_asks_for_the_length_whatever_comes_in),
            TEST(autoallocate_gives_memory_to_be_freed),
            TEST(status_never_touches_the_card_and_shows_it_as_it_is),
            TEST(status_asks_a_reader_without_events),
            TEST(attributes_of_reader_and_card),
            TEST(attributes_tell_what_the_protocol_runs_with),
            TEST(attributes_of_t0_are_its_own),
            TEST(epoch_grows_with_each_change_and_with_nothing_else),
            TEST(text_goes_to_utf16_and_back),
            TEST(child_of_a_fork_has_no_service),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
