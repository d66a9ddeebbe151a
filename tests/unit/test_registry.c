/*
 * core/registry.c through winscard.h: names, coming and going, the life of the drivers.
 */
#include <stdio.h>

#include "core/handles.h"
#include "tests/support/engine.h"

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

static struct fake_reader *plug_as(unsigned number, const char *manufacturer, const char *product,
                                   const char *serial)
{
        struct fake_reader *reader = fake_prepare(number);

        memset(reader->info.manufacturer, 0, sizeof(reader->info.manufacturer));
        memset(reader->info.product, 0, sizeof(reader->info.product));
        memcpy(reader->info.manufacturer, manufacturer, strlen(manufacturer));
        memcpy(reader->info.product, product, strlen(product));
        memcpy(reader->info.serial, serial, strlen(serial));
        fake_plug(reader);
        return reader;
}

/* The list has exactly these names, in this order; NULL-terminated. */
static void assert_readers(const char *const *names)
{
        char list[8192];
        DWORD len = sizeof(list);
        const char *name = list;

        assert_status(SCardListReadersA(context, NULL, list, &len), SCARD_S_SUCCESS);
        for (; *names != NULL; names++) {
                assert_string_equal(name, *names);
                name += strlen(name) + 1;
        }
        assert_string_equal(name, "");
        assert_int_equal(len, (size_t)(name - list) + 1);
}

static void name_has_strings_instance_and_slot(void **state)
{
        (void)state;
        fake_unplug(&fake_readers[0]);
        plug_as(1, "ACME", "Card Reader 9", "SN42");
        plug_as(2, "libiscard", "Virtual CCID Reader", "");
        plug_as(3, "ACME", "Twin", "")->info.slots = 2;
        const char *const names[] = {"ACME Card Reader 9 (SN42) 00 00", "libiscard Virtual CCID Reader 00 00",
                                     "ACME Twin 00 00", "ACME Twin 00 01", NULL};

        assert_readers(names);
}

static void missing_strings_fall_back_to_numbers(void **state)
{
        (void)state;
        fake_unplug(&fake_readers[0]);
        plug_as(1, "", "", "");
        plug_as(2, "ACME", "", "");
        plug_as(3, "", "Thing", "7");
        const char *const names[] = {"1234:5678 00 00", "ACME 1234:5678 00 00", "1234:5678 Thing (7) 00 00",
                                     NULL};

        assert_readers(names);
}

static void hostile_strings_become_printable(void **state)
{
        (void)state;
        fake_unplug(&fake_readers[0]);
        plug_as(1, "  A\nB\x1b[31m ", "\xff\xc3-\xc3\xa9", "\t");
        const char *const names[] = {"A?B?[31m ?"
                                     "?-\xc3\xa9 (?) 00 00",
                                     NULL};

        assert_readers(names);
        struct fake_reader *reader = fake_prepare(2);

        memset(reader->info.manufacturer, 'm', sizeof(reader->info.manufacturer)); /* no NUL at all */
        memset(reader->info.product, 'p', sizeof(reader->info.product));
        memset(reader->info.serial, 's', sizeof(reader->info.serial));
        fake_plug(reader);
        DWORD len = 0;

        assert_status(SCardListReadersA(context, NULL, NULL, &len), SCARD_S_SUCCESS);
        assert_true(len > 3 * 127);
}

static void equal_readers_are_told_apart_and_keep_their_names(void **state)
{
        (void)state;
        fake_plug(fake_prepare(1));
        fake_plug(fake_prepare(2));
        const char *const all[] = {"Fake Reader 00 00", "Fake Reader 01 00", "Fake Reader 02 00", NULL};

        assert_readers(all);
        fake_unplug(&fake_readers[1]);
        const char *const two[] = {"Fake Reader 00 00", "Fake Reader 02 00", NULL};

        assert_readers(two);
        fake_plug(&fake_readers[1]);
        const char *const back[] = {"Fake Reader 00 00", "Fake Reader 02 00", "Fake Reader 01 00", NULL};

        assert_readers(back);
}

static void reader_that_came_back_is_a_new_one_beside_old_handles(void **state)
{
        (void)state;
        SCARDHANDLE card = engine_connect(context, SCARD_SHARE_EXCLUSIVE), other;
        DWORD len = 0;

        fake_unplug(&fake_readers[0]);
        assert_status(SCardListReadersA(context, NULL, NULL, &len), SCARD_E_NO_READERS_AVAILABLE);
        assert_status(SCardConnectA(context, FAKE_NAME, SCARD_SHARE_SHARED, BOTH, &other, NULL),
                      SCARD_E_UNKNOWN_READER);
        assert_int_equal(fake_count(&fake_readers[0], FAKE_DESTROY), 0);
        fake_plug(fake_prepare(1));
        other = engine_connect(context, SCARD_SHARE_EXCLUSIVE);
        assert_status(engine_transmit(other), SCARD_S_SUCCESS);
        assert_status(engine_transmit(card), SCARD_E_READER_UNAVAILABLE);
        assert_status(SCardBeginTransaction(card), SCARD_E_READER_UNAVAILABLE);
        assert_status(SCardStatusA(card, NULL, NULL, NULL, NULL, NULL, NULL), SCARD_E_READER_UNAVAILABLE);
        assert_status(SCardDisconnect(card, SCARD_UNPOWER_CARD), SCARD_S_SUCCESS);
        assert_int_equal(fake_count(&fake_readers[0], FAKE_DESTROY), 1);
        assert_status(engine_transmit(other), SCARD_S_SUCCESS);
}

static void drivers_live_from_the_first_context_to_the_last(void **state)
{
        (void)state;
        SCARDCONTEXT second = engine_context();

        engine_connect(context, SCARD_SHARE_SHARED);
        assert_int_equal(fake_starts, 1);
        assert_status(SCardReleaseContext(context), SCARD_S_SUCCESS);
        assert_int_equal(fake_stops, 0);
        assert_int_equal(fake_count(&fake_readers[0], FAKE_CLOSE), 1);
        assert_status(SCardReleaseContext(second), SCARD_S_SUCCESS);
        assert_int_equal(fake_stops, 1);
        assert_int_equal(fake_count(&fake_readers[0], FAKE_DESTROY), 1);
        context = engine_context();
        assert_int_equal(fake_starts, 2);
        assert_status(engine_transmit(engine_connect(context, SCARD_SHARE_SHARED)), SCARD_S_SUCCESS);
}

static void driver_that_cannot_start_is_done_without(void **state)
{
        (void)state;
        DWORD len = 0;

        assert_status(SCardReleaseContext(context), SCARD_S_SUCCESS);
        fake_start_status = SCARD_E_NO_MEMORY;
        context = 1;
        assert_status(SCardEstablishContext(SCARD_SCOPE_SYSTEM, NULL, NULL, &context), SCARD_E_NO_MEMORY);
        assert_true(context == 0);
        fake_start_status = SCARD_F_COMM_ERROR;
        assert_status(SCardEstablishContext(SCARD_SCOPE_SYSTEM, NULL, NULL, &context), SCARD_S_SUCCESS);
        assert_status(SCardListReadersA(context, NULL, NULL, &len), SCARD_E_NO_READERS_AVAILABLE);
        assert_status(SCardReleaseContext(context), SCARD_S_SUCCESS);
        assert_int_equal(fake_stops, 1);
        fake_start_status = SCARD_S_SUCCESS;
        context = engine_context();
        assert_status(SCardListReadersA(context, NULL, NULL, &len), SCARD_S_SUCCESS);
        fake_stops = fake_starts - 1; /* two starts failed */
}

static void scan_out_of_memory_is_told_and_passes(void **state)
{
        (void)state;
        SCARDHANDLE card;
        DWORD len = 7;

        fake_unplug(&fake_readers[0]);
        fake_scan_status = SCARD_E_NO_MEMORY;
        assert_status(SCardListReadersA(context, NULL, NULL, &len), SCARD_E_NO_MEMORY);
        assert_int_equal(len, 0);
        assert_status(SCardConnectA(context, FAKE_NAME, SCARD_SHARE_SHARED, BOTH, &card, NULL),
                      SCARD_E_NO_MEMORY);
        fake_scan_status = SCARD_S_SUCCESS;
        fake_plug(&fake_readers[0]);
        assert_status(SCardListReadersA(context, NULL, NULL, &len), SCARD_S_SUCCESS);
}

static void sixty_four_readers_are_listed_and_used(void **state)
{
        (void)state;
        SCARDHANDLE cards[64];
        char name[64];
        DWORD len = 0;

        for (unsigned i = 1; i < 64; i++)
                fake_plug(fake_prepare(i));
        assert_status(SCardListReadersA(context, NULL, NULL, &len), SCARD_S_SUCCESS);
        assert_int_equal(len, 64 * (sizeof(FAKE_NAME)) + 1);
        for (unsigned i = 0; i < 64; i++) {
                snprintf(name, sizeof(name), "Fake Reader %02X 00", i);
                assert_status(SCardConnectA(context, name, SCARD_SHARE_EXCLUSIVE, BOTH, &cards[i], NULL),
                              SCARD_S_SUCCESS);
                assert_status(engine_transmit(cards[i]), SCARD_S_SUCCESS);
        }
}

/* ---- core/handles.c, beyond what is seen through winscard.h */

static unsigned destroyed;

static void count_destroyed(void *object)
{
        (void)object;
        destroyed++;
}

static void handle_table_grows_and_outlives_uses(void **state)
{
        (void)state;
        static uintptr_t handles[1000];
        int object, status;

        destroyed = 0;
        for (size_t i = 0; i < 1000; i++) {
                assert_int_equal(handle_reserve(HANDLE_CARD, &object, count_destroyed, &handles[i]), 0);
                assert_null(handle_acquire(handles[i], HANDLE_CARD, &status)); /* not published */
                handle_publish(handles[i]);
        }
        for (size_t i = 0; i < 1000; i++) {
                assert_null(handle_acquire(handles[i], HANDLE_CONTEXT, &status));
                assert_status(status, SCARD_E_INVALID_HANDLE);
                assert_ptr_equal(handle_acquire(handles[i], HANDLE_CARD, &status), &object);
                assert_true(handle_close(handles[i]));
                assert_false(handle_close(handles[i]));
                handle_release(handles[i]);
                assert_int_equal(destroyed, i); /* the creator's use is left */
                handle_release(handles[i]);
                assert_int_equal(destroyed, i + 1);
                assert_null(handle_acquire(handles[i], HANDLE_CARD, &status));
        }
        for (uintptr_t wild = 0; wild < 70000; wild += 7)
                assert_null(handle_acquire(wild, HANDLE_CARD, &status));
        assert_null(handle_acquire(UINTPTR_MAX, HANDLE_CARD, &status));
}

static void every_bit_of_a_handle_counts(void **state)
{
        (void)state;
        SCARDHANDLE card = engine_connect(context, SCARD_SHARE_SHARED);

        for (unsigned bit = 0; bit < 8 * sizeof(card); bit++) {
                assert_status(SCardIsValidContext(context ^ (SCARDCONTEXT)1 << bit), SCARD_E_INVALID_HANDLE);
                assert_status(engine_transmit(card ^ (SCARDHANDLE)1 << bit), SCARD_E_INVALID_HANDLE);
        }
        assert_status(engine_transmit(card), SCARD_S_SUCCESS);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
        const struct CMUnitTest tests[] = {
            TEST(name_has_strings_instance_and_slot),
            TEST(missing_strings_fall_back_to_numbers),
            TEST(hostile_strings_become_printable),
            TEST(equal_readers_are_told_apart_and_keep_their_names),
            TEST(reader_that_came_back_is_a_new_one_beside_old_handles),
            TEST(drivers_live_from_the_first_context_to_the_last),
            TEST(driver_that_cannot_start_is_done_without),
            TEST(scan_out_of_memory_is_told_and_passes),
            TEST(sixty_four_readers_are_listed_and_used),
            TEST(handle_table_grows_and_outlives_uses),
            TEST(every_bit_of_a_handle_counts),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
