/*
 * src/core/card/files*.c: which SELECT leads to a file on which card, and what comes of a transaction that others
 * break into. Over a winscard that the test plays, with a small tree of files behind it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/card/files.h"
#include "core/card/profile.h"
#include "tests/support/attached.h"
#include "tests/support/fake_winscard.h"

/* 3F00: DF 0011 with EF 6F01 and DF 0012 with EF 6F01 in it; DF 5000 with EF 6F01; EF 6F01; EF 6F02. */
static const struct node {
        uint16_t id;
        uint8_t parent;
        bool dir;
} tree[] = {
    {0x3F00, 0, true}, {0x0011, 0, true},  {0x6F01, 1, false}, {0x0012, 1, true},  {0x6F01, 3, false},
    {0x5000, 0, true}, {0x6F01, 5, false}, {0x6F01, 0, false}, {0x6F02, 0, false},
};
#define NODES  (sizeof(tree) / sizeof(tree[0]))
#define NO_ONE NODES

static struct {
        struct card card;
        struct files *files;
        const char *p1; /* which are known, as hexadecimal digits */
        bool silent;    /* SELECT answers nothing */
        uint16_t warns; /* ...or this in place of 9000 */
        size_t dir, file, asked;
        uint8_t out[64];
        unsigned reads;
} f;

static size_t child(size_t of, uint16_t id, bool dirs, bool files)
{
        for (size_t i = 1; i < NODES; i++)
                if (tree[i].parent == of && tree[i].id == id && (tree[i].dir ? dirs : files))
                        return i;
        return NO_ONE;
}

/* P1 00: what is in the current DF, that itself, its parent, the DFs beside it. */
static size_t near(uint16_t id)
{
        size_t found = id == 0x3F00 ? 0 : child(f.dir, id, true, true);

        if (found == NO_ONE && tree[f.dir].id == id)
                found = f.dir;
        if (found == NO_ONE && tree[tree[f.dir].parent].id == id)
                found = tree[f.dir].parent;
        return found != NO_ONE ? found : child(tree[f.dir].parent, id, true, false);
}

static size_t target(const uint8_t *command)
{
        size_t at = command[2] == 0x08 ? 0 : f.dir;
        uint16_t id = (uint16_t)(command[5] << 8 | command[6]);

        if (command[2] == 0x00)
                return near(id);
        if (command[2] < 0x08)
                return child(f.dir, id, command[2] == 0x01, command[2] == 0x02);
        for (size_t i = 0; i < command[4] && at != NO_ONE; i += 2)
                at = child(at, (uint16_t)(command[5 + i] << 8 | command[6 + i]), true, true);
        return at;
}

static size_t sw(uint8_t *response, size_t len, uint16_t word)
{
        response[len] = (uint8_t)(word >> 8);
        response[len + 1] = (uint8_t)word;
        return len + 2;
}

static size_t selected(const uint8_t *command, uint8_t *response)
{
        char known[3];
        size_t found;

        (void)snprintf(known, sizeof(known), "%02X", command[2]);
        if (strstr(f.p1, known) == NULL)
                return sw(response, 0, 0x6A86);
        found = target(command);
        if (found == NO_ONE)
                return sw(response, 0, 0x6A82);
        f.dir = tree[found].dir ? found : tree[found].parent;
        f.file = tree[found].dir ? 0 : found;
        if (f.silent || f.warns != 0)
                return sw(response, 0, f.warns != 0 ? f.warns : 0x9000);
        memcpy(response, tree[found].dir ? "\x62\x03\x82\x01\x38" : "\x62\x07\x80\x02\x04\x00\x82\x01\x01",
               tree[found].dir ? 5 : 9);
        return sw(response, tree[found].dir ? 5 : 9, 0x9000);
}

/* READ BINARY brings the number of the file in each byte. */
static size_t answer(const uint8_t *command, size_t len, uint8_t *response, size_t room)
{
        size_t ne = len == 5 ? (command[4] != 0 ? command[4] : 256u) : 0;

        if (command[1] == 0xA4)
                return selected(command, response);
        if (command[1] != 0xB0 || ne + 2 > room)
                return sw(response, 0, 0x9000);
        if (f.file == 0)
                return sw(response, 0, 0x6986);
        f.reads++;
        memset(response, (int)f.file, ne);
        return sw(response, ne, 0x9000);
}

static int set_up(void **state)
{
        (void)state;
        fake_winscard_reset();
        fake.answer = answer;
        fake.counts_commands = true;
        memset(&f, 0, sizeof(f));
        f.p1 = "00 01 02 04 08 09";
        card_open(&f.card, &fake_api, FAKE_CALLERS);
        f.files = files_create();
        assert_non_null(f.files);
        return 0;
}

static int tear_down(void **state)
{
        (void)state;
        files_free(f.files);
        assert_int_equal(fake.begins, fake.ends);
        return 0;
}

static struct files_name name_of(const char *text)
{
        static uint16_t wide[100];
        size_t len = strlen(text);

        assert_true(len <= 100);
        for (size_t i = 0; i < len; i++)
                wide[i] = (unsigned char)text[i];
        return (struct files_name){.type = PATH_BY_ANY, .text = wide, .len = len};
}

static LONG change_dir(const char *path)
{
        struct files_name name = name_of(path);

        fake.apdus = 0;
        return files_change_dir(f.files, &f.card, &name);
}

static LONG open_file(const char *path, uint32_t *handle)
{
        struct files_name name = name_of(path);

        fake.apdus = 0;
        return files_open(f.files, &f.card, &name, handle);
}

static uint32_t opened(const char *path)
{
        uint32_t handle;

        assert_int_equal(open_file(path, &handle), SCARD_S_SUCCESS);
        return handle;
}

static LONG read_some(uint32_t handle, size_t wanted, size_t *got)
{
        fake.apdus = 0;
        return files_read(f.files, &f.card, handle, f.out, wanted, got);
}

static void assert_sent(const char *const *commands, unsigned count)
{
        if (fake.apdus != count)
                fail_msg("%u commands, not %u", fake.apdus, count);
        for (unsigned i = 0; i < count; i++) {
                uint8_t bytes[64];
                size_t len = bytes_of(commands[i], bytes, sizeof(bytes));

                assert_int_equal(fake.apdu[i].len, len);
                assert_memory_equal(fake.apdu[i].bytes, bytes, len);
        }
}

#define SENT(...)                                                                                            \
        do {                                                                                                 \
                static const char *const commands[] = {__VA_ARGS__};                                         \
                assert_sent(commands, (unsigned)(sizeof(commands) / sizeof(commands[0])));                   \
        } while (0)

/* The file of that number in the tree is the one that is read. */
static void assert_is(const char *path, uint8_t number)
{
        size_t got;
        uint32_t handle = opened(path);

        assert_int_equal(read_some(handle, 2, &got), SCARD_S_SUCCESS);
        if (f.out[0] != number)
                fail_msg("%s is file %u, not %u", path, f.out[0], number);
        assert_int_equal(files_close(f.files, handle), SCARD_S_SUCCESS);
}

/* ---- which SELECT */

static void a_path_is_looked_for_where_one_is(void **state)
{
        (void)state;
        assert_int_equal(change_dir("0011"), SCARD_S_SUCCESS);
        SENT("00A4080402 0011 00");
        (void)opened("6F01");
        SENT("00A4090402 6F01 00");
        (void)opened("0012/6F01");
        SENT("00A4090404 00126F01 00");
        assert_int_equal(change_dir("5000"), SCARD_E_DIR_NOT_FOUND);
}

/* Whatever the card knows of, the same names lead to the same files. */
static void every_card_finds_the_same_files(void **state)
{
        static const char *const known[] = {"00 01 02 04 08 09", "00 04 08", "00 01 02 04",
                                            "01 02 00",          "08 00",    "00 01 03 04 08 09"};

        (void)state;
        for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
                uint32_t handle;

                (void)tear_down(NULL);
                (void)set_up(NULL);
                f.p1 = known[i];
                assert_is("0011/6F01", 2);
                assert_is("6F01", 7);
                assert_int_equal(change_dir("0011"), SCARD_S_SUCCESS);
                assert_is("6F01", 2);
                assert_is("0012/6F01", 4);
                assert_is("/5000/6F01", 6);
                assert_is("../6F02", 8);
                assert_int_equal(change_dir("5000"), SCARD_E_DIR_NOT_FOUND);
                assert_int_equal(change_dir("0011"), SCARD_E_DIR_NOT_FOUND);
                assert_int_equal(change_dir("6F01"), SCARD_E_NO_DIR);
                assert_int_equal(open_file("0012", &handle), SCARD_E_NO_FILE);
                assert_int_equal(open_file("7777", &handle), SCARD_E_FILE_NOT_FOUND);
                assert_int_equal(change_dir("0012"), SCARD_S_SUCCESS);
                assert_is("6F01", 4);
        }
}

static void what_a_card_refused_is_not_tried_again(void **state)
{
        uint32_t handle;

        (void)state;
        f.p1 = "00";
        (void)opened("0011/6F01");
        /* The form of the answer is not known yet, so P1 08 is refused in each. Then it is. */
        SENT("00A4080404 00116F01 00", "00A4080004 00116F01 00", "00A4080C04 00116F01", "00A4000402 3F00 00",
             "00A4010402 0011 00", "00A4000402 0011 00", "00A4000402 6F01 00");
        (void)opened("0011/0012/6F01");
        assert_int_equal(change_dir("0011"), SCARD_S_SUCCESS);
        (void)opened("6F01");
        SENT("00A4000402 6F01 00");
        /* Another epoch: the card may be another. */
        fake.epoch++;
        (void)open_file("6F01", &handle);
        assert_int_equal(fake.apdu[0].bytes[2], 0x08);
}

static void nothing_is_found_through_a_file(void **state)
{
        uint32_t handle;

        (void)state;
        f.p1 = "00";
        assert_int_equal(open_file("6F02/6F01", &handle), SCARD_E_NO_DIR);
        f.p1 = "00 01 02";
        fake.epoch++;
        assert_int_equal(open_file("6F02/6F01", &handle), SCARD_E_DIR_NOT_FOUND);
        assert_is("6F02", 8);
}

static void a_directory_of_a_silent_card_may_be_taken_for_a_file(void **state)
{
        size_t got;
        uint32_t handle;

        (void)state;
        f.silent = true;
        for (unsigned i = 0; i < 2; i++) {
                f.p1 = i == 0 ? "00 08 09" : "00";
                fake.epoch++;
                handle = opened("0011"); /* nobody says what it is */
                assert_is("6F01", 7);    /* but it does not lead astray */
                assert_int_equal(read_some(handle, 1, &got), SCARD_E_NO_FILE); /* 6986 */
                assert_is("6F02", 8);
                assert_is("6F01", 7);
        }
        /* What was read is a file, and the directory around it needs no other SELECT. */
        fake.epoch++;
        f.p1 = "00";
        assert_is("5000/6F01", 6);
        handle = opened("5000/6F01");
        SENT("00A4000402 6F01 00");
}

static void a_file_that_was_selected_with_a_warning_is_not_taken_for_another(void **state)
{
        static const uint16_t warnings[] = {0x6281, 0x6284, 0x6285, 0x6300, 0x6400, 0x6F00};

        (void)state;
        for (size_t i = 0; i < sizeof(warnings) / sizeof(warnings[0]); i++) {
                uint32_t handle = opened("0011/6F01"), other;
                size_t got;

                f.warns = warnings[i];
                assert_int_equal(open_file("/6F02", &other), SCARD_E_UNEXPECTED);
                f.warns = 0;
                assert_int_equal(read_some(handle, 1, &got), SCARD_S_SUCCESS);
                assert_int_equal(f.out[0], 2);
                assert_int_equal(files_close(f.files, handle), SCARD_S_SUCCESS);
        }
}

/* ---- others */

static unsigned disturb_at;
static void (*disturbance)(void);

static void disturb(void)
{
        if (f.reads == disturb_at && disturbance != NULL) {
                disturbance();
                disturbance = NULL;
        }
}

/* Another handle's command, after which another file is selected. */
static void somebody_comes(void)
{
        fake.others++;
        f.dir = 5;
        f.file = 6;
}

/* The card was exchanged, and another thread's Reconnect said that this is all right. */
static void card_changes(void)
{
        fake.epoch++;
        f.dir = 0;
        f.file = 7;
}

static void two_files_are_never_read_as_one(void **state)
{
        static const struct {
                void (*what)(void);
                LONG status;
        } rows[] = {{somebody_comes, SCARD_E_SHARING_VIOLATION}, {card_changes, SCARD_W_RESET_CARD}};

        (void)state;
        fake.max_input = 22; /* pieces of 20 bytes */
        fake.on_transmit = disturb;
        for (size_t i = 0; i < 2; i++) {
                for (unsigned at = 0; at < 3; at++) {
                        uint32_t handle = opened("0011/6F01");
                        size_t got = 7;

                        f.reads = 0;
                        disturb_at = at;
                        disturbance = rows[i].what;
                        assert_int_equal(read_some(handle, 60, &got), rows[i].status);
                        assert_int_equal(got, 0);
                        assert_int_equal(f.out[0] | f.out[19] | f.out[59], 0); /* nothing is left there */
                        /* The same once more is that file alone, from where it was. */
                        assert_int_equal(read_some(handle, 60, &got), SCARD_S_SUCCESS);
                        assert_int_equal(got, 60);
                        for (size_t n = 0; n < 60; n++)
                                assert_int_equal(f.out[n], 2);
                        memset(f.out, 0, sizeof(f.out));
                        assert_int_equal(files_close(f.files, handle), SCARD_S_SUCCESS);
                }
        }
}

static void a_write_stops_where_others_came_in(void **state)
{
        uint32_t handle = 0;

        (void)state;
        fake.max_input = 26;
        fake.on_transmit = disturb;
        handle = opened("0011/6F01");
        f.reads = disturb_at = 0;
        disturbance = somebody_comes;
        fake.apdus = 0;
        assert_int_equal(files_write(f.files, &f.card, handle, FILES_REPLACE, f.out, 60),
                         SCARD_E_SHARING_VIOLATION);
        assert_int_equal(fake.apdus, 1);
}

/* While this one waited for its transaction the card was exchanged, and that was acknowledged. */
static void card_changes_once(void)
{
        fake.on_begin = NULL;
        card_changes();
}

static void a_card_that_came_before_the_transaction_is_the_card(void **state)
{
        size_t got;
        uint32_t handle = opened("0011/6F01");

        (void)state;
        assert_int_equal(read_some(handle, 1, &got), SCARD_S_SUCCESS);
        fake.on_begin = card_changes_once;
        assert_int_equal(read_some(handle, 1, &got), SCARD_S_SUCCESS);
        assert_int_equal(f.out[0], 2);
        assert_int_equal(fake.apdus, 2);
}

/* Another winscard, which tells neither epochs nor commands. */
static void nothing_is_remembered_where_nobody_tells_of_others(void **state)
{
        size_t got;
        uint32_t handle;

        (void)state;
        fake.counts_commands = false;
        f.p1 = "00";
        handle = opened("0011/6F01");
        f.p1 = "00 08"; /* another card */
        somebody_comes();
        assert_int_equal(read_some(handle, 1, &got), SCARD_S_SUCCESS);
        assert_int_equal(f.out[0], 2);
        assert_int_equal(fake.apdu[0].bytes[2], 0x08);
}

/* ---- arguments that never reach the card */

static void what_stands_behind_the_template_is_not_left_out(void **state)
{
        static const uint8_t objects[] = {0x62, 0x03, 0x82, 0x01, 0x01, 0x80, 0x02, 0x00, 0x10};
        static const uint8_t filled[] = {0x62, 0x03, 0x82, 0x01, 0x01, 0x00, 0xFF};
        struct files_name name = name_of("6F03");

        (void)state;
        assert_int_equal(files_create_file(f.files, &f.card, &name, objects, sizeof(objects), NULL, 0, false),
                         SCARD_E_INVALID_PARAMETER);
        assert_int_equal(files_set_properties(f.files, &f.card, &name, objects, sizeof(objects)),
                         SCARD_E_INVALID_PARAMETER);
        assert_int_equal(fake.apdus, 0);
        assert_int_equal(files_create_file(f.files, &f.card, &name, filled, sizeof(filled), NULL, 0, false),
                         SCARD_S_SUCCESS);
}

/* Each answer is of one byte. */
static size_t crumbs(const uint8_t *command, size_t len, uint8_t *response, size_t room)
{
        if (command[1] == 0xA4)
                return answer(command, len, response, room);
        f.reads++;
        response[0] = 0x5A;
        return sw(response, 1, 0x9000);
}

static void a_card_that_gives_crumbs_is_not_asked_for_ever(void **state)
{
        uint32_t handle;
        uint8_t *out = malloc(FILES_SIZE_MAX);
        size_t got = 1;

        (void)state;
        assert_non_null(out);
        f.silent = true;
        fake.answer = crumbs;
        handle = opened("6F01");
        assert_int_equal(files_read(f.files, &f.card, handle, out, 1000, &got), SCARD_S_SUCCESS);
        assert_int_equal(got, 1000);
        assert_int_equal(files_read(f.files, &f.card, handle, out, FILES_SIZE_MAX, &got), SCARD_F_COMM_ERROR);
        assert_int_equal(got, 0);
        assert_true(f.reads < 3000);
        free(out);
}

static void nothing_is_erased_at_the_end(void **state)
{
        uint32_t handle = opened("6F01");

        (void)state;
        assert_int_equal(files_seek(f.files, handle, FILES_FROM_END, 0), SCARD_S_SUCCESS);
        fake.apdus = 0;
        assert_int_equal(files_write(f.files, &f.card, handle, FILES_ERASE, NULL, 0), SCARD_S_SUCCESS);
        assert_int_equal(fake.apdus, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
        const struct CMUnitTest tests[] = {
            TEST(a_path_is_looked_for_where_one_is),
            TEST(every_card_finds_the_same_files),
            TEST(what_a_card_refused_is_not_tried_again),
            TEST(nothing_is_found_through_a_file),
            TEST(a_directory_of_a_silent_card_may_be_taken_for_a_file),
            TEST(a_file_that_was_selected_with_a_warning_is_not_taken_for_another),
            TEST(two_files_are_never_read_as_one),
            TEST(a_write_stops_where_others_came_in),
            TEST(a_card_that_came_before_the_transaction_is_the_card),
            TEST(nothing_is_remembered_where_nobody_tells_of_others),
            TEST(what_stands_behind_the_template_is_not_left_out),
            TEST(a_card_that_gives_crumbs_is_not_asked_for_ever),
            TEST(nothing_is_erased_at_the_end),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
