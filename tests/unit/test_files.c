/* src/core/card/files*.c over a winscard that the test plays: what is sent, and what every answer comes to. */
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
#include "core/status.h"
#include "tests/support/attached.h"
#include "tests/support/fake_winscard.h"

static struct {
        struct card card;
        struct files *files;
        /* What the card says to SELECT, and to everything else. */
        const char *fcp;
        uint16_t select_sw, sw;
        size_t data; /* bytes of answer to the other commands; SIZE_MAX: as many as Le asks for */
        unsigned selects;
} f;

static size_t put_sw(uint8_t *response, size_t len, uint16_t sw)
{
        response[len] = (uint8_t)(sw >> 8);
        response[len + 1] = (uint8_t)sw;
        return len + 2;
}

/* Le of a short command without data. */
static size_t le_of(const uint8_t *command, size_t len)
{
        if (len == 5)
                return command[4] != 0 ? command[4] : 256;
        if (len == 7 && command[4] == 0)
                return (size_t)command[5] << 8 | command[6];
        return 0;
}

static size_t answer(const uint8_t *command, size_t len, uint8_t *response, size_t room)
{
        size_t data = f.data == SIZE_MAX ? le_of(command, len) : f.data;

        if (command[1] == 0xA4) {
                size_t n =
                    f.select_sw == 0x9000 || f.select_sw == 0x6283 ? bytes_of(f.fcp, response, room) : 0;

                f.selects++;
                return put_sw(response, n, f.select_sw);
        }
        if (data > room - 2)
                data = room - 2;
        memset(response, 0x5A, data);
        return put_sw(response, data, f.sw);
}

#define TRANSPARENT "620B 80021000 820101 83026F01"
#define FIXED       "620B 82050241001003 83026F01"
#define DIRECTORY   "6207 820138 83020011"

static int set_up(void **state)
{
        (void)state;
        fake_winscard_reset();
        fake.answer = answer;
        fake.counts_commands = true;
        memset(&f, 0, sizeof(f));
        f.fcp = TRANSPARENT;
        f.select_sw = f.sw = 0x9000;
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

static LONG open_file(const char *path, uint32_t *handle)
{
        struct files_name name = name_of(path);

        return files_open(f.files, &f.card, &name, handle);
}

static uint32_t opened(const char *path)
{
        uint32_t handle;

        assert_int_equal(open_file(path, &handle), SCARD_S_SUCCESS);
        fake.apdus = 0;
        return handle;
}

static void assert_sent(unsigned at, const char *command)
{
        uint8_t bytes[600];
        size_t len = bytes_of(command, bytes, sizeof(bytes));

        assert_true(at < fake.apdus);
        assert_int_equal(fake.apdu[at].len, len);
        assert_memory_equal(fake.apdu[at].bytes, bytes, len);
}

/* ---- every status word */

/* Each method as one call on a fresh struct files, with a file open where it needs one. */
static uint8_t room[5000];
static uint32_t open_handle;

static LONG run_change_dir(void)
{
        struct files_name name = name_of("0011");

        return files_change_dir(f.files, &f.card, &name);
}

static LONG run_open(void)
{
        uint32_t handle;
        LONG status = open_file("6F01", &handle);

        assert_true((status == SCARD_S_SUCCESS) == (handle != 0));
        if (handle != 0)
                (void)files_close(f.files, handle);
        return status;
}

static LONG run_open_short(void)
{
        uint32_t handle;
        LONG status = open_file("01", &handle);

        if (handle != 0)
                (void)files_close(f.files, handle);
        return status;
}

static LONG run_read(void)
{
        size_t got;
        LONG status = files_read(f.files, &f.card, open_handle, room, 10, &got);

        if (status != SCARD_S_SUCCESS && status != SCARD_W_EOF)
                assert_int_equal(got, 0);
        (void)files_seek(f.files, open_handle, FILES_FROM_BEGINNING, 0);
        return status;
}

static LONG run_write(void)
{
        LONG status = files_write(f.files, &f.card, open_handle, FILES_REPLACE, room, 10);

        (void)files_seek(f.files, open_handle, FILES_FROM_BEGINNING, 0);
        return status;
}

static LONG run_erase(void)
{
        return files_write(f.files, &f.card, open_handle, FILES_ERASE, NULL, 0);
}

static LONG run_append(void)
{
        LONG status;

        (void)files_seek(f.files, open_handle, FILES_FROM_END, 0);
        status = files_write(f.files, &f.card, open_handle, FILES_REPLACE, room, 16);
        (void)files_seek(f.files, open_handle, FILES_FROM_BEGINNING, 0);
        return status;
}

static LONG run_create(void)
{
        static const uint8_t properties[] = {0x82, 0x01, 0x01};
        struct files_name name = name_of("6F02");

        return files_create_file(f.files, &f.card, &name, properties, sizeof(properties), NULL, 0, false);
}

static LONG run_delete(void)
{
        struct files_name name = name_of("6F03");

        return files_delete(f.files, &f.card, &name, FILES_DELETE_ANY);
}

static LONG run_deactivate(void)
{
        struct files_name name = name_of("6F04");

        return files_activate(f.files, &f.card, &name, false);
}

static LONG run_activate(void)
{
        struct files_name name = name_of("6F04");

        return files_activate(f.files, &f.card, &name, true);
}

static LONG run_properties(void)
{
        struct files_name name = name_of("6F05");
        struct files_objects objects;

        return files_properties(f.files, &f.card, &name, &objects);
}

static LONG run_set_properties(void)
{
        static const uint8_t properties[] = {0x88, 0x01, 0x08};
        struct files_name name = name_of("6F05");

        return files_set_properties(f.files, &f.card, &name, properties, sizeof(properties));
}

static LONG run_list(void)
{
        struct files_list listed;

        return files_directory(f.files, &f.card, FILES_ALL, &listed);
}

static const struct method {
        const char *name;
        LONG (*run)(void);
        const char *fcp;        /* of the file that is open or of what is selected */
        bool open;              /* works on an open file, which is selected already */
        bool directory;         /* 6A82 is "no such directory" */
        bool deactivated_is_ok; /* 6283 of SELECT is no failure */
        bool sends;             /* a command besides SELECT */
        bool no_file_is_ok;     /* the command's 6981 and other refusals are no failures: see the test */
} methods[] = {
    {.name = "ChangeDir", .run = run_change_dir, .fcp = DIRECTORY, .directory = true},
    {.name = "Open", .run = run_open, .fcp = TRANSPARENT},
    {.name = "Open, short",
     .run = run_open_short,
     .fcp = DIRECTORY,
     .directory = true,
     .sends = true,
     .no_file_is_ok = true},
    {.name = "Read", .run = run_read, .fcp = TRANSPARENT, .open = true, .sends = true},
    {.name = "Read, record", .run = run_read, .fcp = FIXED, .open = true, .sends = true},
    {.name = "Write", .run = run_write, .fcp = TRANSPARENT, .open = true, .sends = true},
    {.name = "Write, record", .run = run_write, .fcp = FIXED, .open = true, .sends = true},
    {.name = "Write, erase", .run = run_erase, .fcp = TRANSPARENT, .open = true, .sends = true},
    {.name = "Write, append", .run = run_append, .fcp = FIXED, .open = true, .sends = true},
    {.name = "Create", .run = run_create, .fcp = DIRECTORY, .directory = true, .sends = true},
    {.name = "Delete", .run = run_delete, .fcp = DIRECTORY, .deactivated_is_ok = true, .sends = true},
    {.name = "Invalidate",
     .run = run_deactivate,
     .fcp = TRANSPARENT,
     .deactivated_is_ok = true,
     .sends = true},
    {.name = "Rehabilitate",
     .run = run_activate,
     .fcp = TRANSPARENT,
     .deactivated_is_ok = true,
     .sends = true},
    {.name = "GetProperties", .run = run_properties, .fcp = TRANSPARENT, .deactivated_is_ok = true},
    {.name = "SetProperties",
     .run = run_set_properties,
     .fcp = TRANSPARENT,
     .deactivated_is_ok = true,
     .sends = true},
};

static void begin_method(const struct method *method)
{
        (void)tear_down(NULL);
        (void)set_up(NULL);
        f.fcp = method->fcp;
        if (method->open)
                open_handle = opened("6F01");
        f.data = 0;
}

/* SELECT says it: the code of the table; and nothing else was sent. */
static void every_status_word_of_select_has_its_code(void **state)
{
        unsigned checked = 0;

        (void)state;
        for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
                begin_method(&methods[i]);
                for (unsigned sw = 0; sw <= 0xFFFF; sw++) {
                        LONG wanted = status_from_sw((uint16_t)sw, methods[i].directory), got;

                        if (wanted == SCARD_S_SUCCESS || (sw == 0x6283 && methods[i].deactivated_is_ok))
                                continue;
                        f.select_sw = (uint16_t)sw;
                        fake.others++; /* somebody else's command: it has to be selected again */
                        fake.apdus = 0;
                        f.selects = 0;
                        got = methods[i].run();
                        if (got != wanted)
                                fail_msg("%s: SELECT %04X gives %08X", methods[i].name, sw, (unsigned)got);
                        assert_int_equal(f.selects, fake.apdus);
                        assert_int_equal(f.card.last.status, wanted);
                        checked++;
                }
        }
        print_message("%u status words of SELECT\n", checked);
}

static bool short_open_goes_on(unsigned sw)
{
        return sw == 0x6981 || sw == 0x6982 || sw == 0x6985 || sw == 0x6282 || sw == 0x6B00;
}

static void every_status_word_of_the_command_has_its_code(void **state)
{
        unsigned checked = 0;

        (void)state;
        for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
                if (!methods[i].sends)
                        continue;
                begin_method(&methods[i]);
                for (unsigned sw = 0; sw <= 0xFFFF; sw++) {
                        LONG wanted = status_from_sw((uint16_t)sw, false), got;

                        if (methods[i].no_file_is_ok && short_open_goes_on(sw))
                                wanted = SCARD_S_SUCCESS;
                        /* No data where some were promised: the file is shorter than it said. */
                        if (methods[i].run == run_read && wanted == SCARD_S_SUCCESS &&
                            strcmp(methods[i].fcp, FIXED) != 0)
                                wanted = SCARD_W_EOF;
                        f.sw = (uint16_t)sw;
                        got = methods[i].run();
                        if (got != wanted)
                                fail_msg("%s: %04X gives %08X", methods[i].name, sw, (unsigned)got);
                        checked++;
                }
        }
        print_message("%u status words of other commands\n", checked);
}

/* ---- whatever the card says of a file */

static uint32_t next_random(void)
{
        static uint32_t state = 0x49434331u;

        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        return state;
}

static uint8_t noise[300];
static size_t noise_len;

/* Half of the time a true template with bytes changed, half of the time no sense at all; and any data. */
static size_t hostile_answer(const uint8_t *command, size_t len, uint8_t *response, size_t max)
{
        static const char *const forms[] = {TRANSPARENT, FIXED, DIRECTORY,
                                            "6F0D 8205 06FFFFFFFF 8004FFFFFFFF",
                                            "620B 8004FFFFFFFF 820101 0000"};
        size_t n;

        (void)len;
        if (command[1] == 0xA4 && next_random() % 2 == 0) {
                noise_len = bytes_of(forms[next_random() % 5], noise, sizeof(noise));
                for (unsigned i = next_random() % 3; i > 0; i--)
                        noise[next_random() % noise_len] = (uint8_t)next_random();
        } else {
                noise_len = next_random() % 260;
                for (size_t i = 0; i < noise_len; i++)
                        noise[i] = (uint8_t)next_random();
                if (command[1] == 0xB1) /* looks like what it should be */
                        noise[0] = 0x53;
        }
        n = noise_len + 2 <= max ? noise_len : max - 2;
        memcpy(response, noise, n);
        return put_sw(response, n,
                      next_random() % 4 == 0 ? (uint16_t)(0x6200 + next_random() % 0xF00) : 0x9000);
}

static void hostile_cards_are_survived(void **state)
{
        static LONG (*const runs[])(void) = {run_change_dir, run_open,           run_open_short,
                                             run_create,     run_delete,         run_activate,
                                             run_properties, run_set_properties, run_list};

        static const struct {
                const char *profile;
                DWORD protocol, max_input;
        } cards[] = {{"iso", SCARD_PROTOCOL_T1, 65544},
                     {"iso", SCARD_PROTOCOL_T0, 54},
                     {"gsm", SCARD_PROTOCOL_T0, 261},
                     {"myeid", SCARD_PROTOCOL_T1, 16},
                     {"uicc", SCARD_PROTOCOL_T0, 300}};

        (void)state;
        for (unsigned i = 0; i < 40000; i++) {
                uint32_t handle = 0;
                size_t got;

                if (i % 8000 == 0) {
                        (void)tear_down(NULL);
                        (void)set_up(NULL);
                        fake.answer = hostile_answer;
                        fake.protocol = cards[i / 8000].protocol;
                        fake.max_input = cards[i / 8000].max_input;
                        assert_true(card_force_profile(&f.card, cards[i / 8000].profile));
                }
                (void)runs[i % (sizeof(runs) / sizeof(runs[0]))]();
                if (open_file(i % 2 == 0 ? "6F01" : "/02", &handle) != SCARD_S_SUCCESS)
                        continue;
                got = files_room(f.files, handle, sizeof(room));
                assert_true(got <= sizeof(room));
                (void)files_seek(f.files, handle, (enum files_origin)(i % 3), (int32_t)next_random());
                (void)files_read(f.files, &f.card, handle, room, sizeof(room), &got);
                (void)files_write(f.files, &f.card, handle, (enum files_write)(i % 4), room, i % 700);
                assert_int_equal(files_close(f.files, handle), SCARD_S_SUCCESS);
        }
}

/* ---- the commands */

static void a_file_stays_selected_until_somebody_else_comes(void **state)
{
        uint32_t handle = opened("6F01");
        size_t got;

        (void)state;
        f.data = SIZE_MAX;
        assert_int_equal(files_read(f.files, &f.card, handle, room, 10, &got), SCARD_S_SUCCESS);
        assert_int_equal(files_read(f.files, &f.card, handle, room, 300, &got), SCARD_S_SUCCESS);
        assert_int_equal(fake.apdus, 3);
        assert_sent(0, "00B000000A");
        assert_sent(1, "00B0000A00");
        assert_sent(2, "00B0010A2C");
        fake.apdus = 0;
        fake.others = 7;
        assert_int_equal(files_read(f.files, &f.card, handle, room, 1, &got), SCARD_S_SUCCESS);
        assert_int_equal(fake.apdus, 2);
        assert_sent(0, "00A40804026F0100");
        fake.apdus = 0;
        fake.epoch = 5;
        assert_int_equal(files_read(f.files, &f.card, handle, room, 1, &got), SCARD_S_SUCCESS);
        assert_int_equal(fake.apdus, 2);
}

static uint16_t refused_p1, refused_p2;

/* Refuses forms of SELECT. */
static size_t picky_answer(const uint8_t *command, size_t len, uint8_t *response, size_t max)
{
        if (command[1] == 0xA4 && (command[2] == refused_p1 || command[3] == refused_p2))
                return put_sw(response, 0, 0x6A86);
        if (command[1] == 0xA4)
                f.fcp = command[len - 2] == 0x6F || command[len - 3] == 0x6F || command[len - 1] == 0x01 ||
                                (len > 5 && command[5] == 0x6F)
                            ? TRANSPARENT
                            : DIRECTORY;
        return answer(command, len, response, max);
}

static void a_card_without_paths_is_led_step_by_step(void **state)
{
        uint32_t handle;

        (void)state;
        fake.answer = picky_answer;
        refused_p1 = 0x08;
        refused_p2 = 0x04;
        assert_int_equal(open_file("0011/6F01", &handle), SCARD_S_SUCCESS);
        /* P2 04, 00 and 0C with a path; then from the MF, in the form that was found. */
        assert_sent(0, "00A4080404 00116F01 00");
        assert_sent(1, "00A4080004 00116F01 00");
        assert_sent(2, "00A4080C04 00116F01");
        assert_sent(3, "00A4000402 3F00 00");
        assert_sent(4, "00A4000002 3F00 00");
        assert_sent(5, "00A4010002 0011 00");
        assert_sent(6, "00A4020002 6F01 00");
        assert_int_equal(fake.apdus, 7);
        fake.apdus = 0;
        assert_int_equal(open_file("0011/6F02", &handle), SCARD_S_SUCCESS);
        assert_sent(0, "00A4020002 6F02 00");
        assert_int_equal(fake.apdus, 1);
}

static void pieces_are_what_the_reader_carries(void **state)
{
        uint32_t handle;
        size_t got;

        (void)state;
        fake.max_input = 54;
        handle = opened("6F01");
        f.data = SIZE_MAX;
        assert_int_equal(files_read(f.files, &f.card, handle, room, 60, &got), SCARD_S_SUCCESS);
        assert_sent(0, "00B0000034");
        assert_sent(1, "00B0003408");
        fake.apdus = 0;
        f.data = 0;
        assert_int_equal(files_write(f.files, &f.card, handle, FILES_REPLACE, room, 60), SCARD_S_SUCCESS);
        assert_int_equal(fake.apdu[0].len, 5 + 48);
        assert_int_equal(fake.apdu[1].len, 5 + 12);
}

static size_t short_only_answer(const uint8_t *command, size_t len, uint8_t *response, size_t max)
{
        if (command[1] == 0xB0 && len == 7)
                return put_sw(response, 0, 0x6700);
        return answer(command, len, response, max);
}

static void extended_fields_are_used_where_both_sides_have_them(void **state)
{
        /* Historical bytes: card capabilities with selection by path and extended Lc and Le. */
        static const uint8_t atr[] = {0x3B, 0x85, 0x81, 0x31, 0xFE, 0x45, 0x80, 0x73, 0xE4, 0x01, 0x40, 0xD8};
        uint32_t handle;
        size_t got;

        (void)state;
        fake.atr = atr;
        fake.atr_len = sizeof(atr);
        fake.max_input = 65544;
        handle = opened("6F01");
        f.data = SIZE_MAX;
        assert_int_equal(files_read(f.files, &f.card, handle, room, 3000, &got), SCARD_S_SUCCESS);
        assert_sent(0, "00B00000 00 0800");
        assert_sent(1, "00B00800 00 03B8");
        /* A card that does not keep its word: from here short fields. */
        fake.apdus = 0;
        fake.answer = short_only_answer;
        assert_int_equal(files_seek(f.files, handle, FILES_FROM_BEGINNING, 0), SCARD_S_SUCCESS);
        assert_int_equal(files_read(f.files, &f.card, handle, room, 300, &got), SCARD_S_SUCCESS);
        assert_int_equal(got, 300);
        assert_sent(fake.apdus - 2, "00B0000000");
        assert_sent(fake.apdus - 1, "00B001002C");
}

static void an_answer_longer_than_le_is_refused(void **state)
{
        uint32_t handle = opened("6F01");
        size_t got = 7;

        (void)state;
        f.data = 11;
        memset(room, 0xEE, 32);
        assert_int_equal(files_read(f.files, &f.card, handle, room, 10, &got), SCARD_F_COMM_ERROR);
        assert_int_equal(got, 0);
        assert_int_equal(room[10], 0xEE);
        f.data = 1;
        assert_int_equal(files_write(f.files, &f.card, handle, FILES_REPLACE, room, 10), SCARD_F_COMM_ERROR);
}

static void end_of_file_comes_with_its_data(void **state)
{
        uint32_t handle = opened("6F01");
        size_t got;

        (void)state;
        f.data = 4;
        f.sw = 0x6282;
        assert_int_equal(files_read(f.files, &f.card, handle, room, 10, &got), SCARD_W_EOF);
        assert_int_equal(got, 4);
        assert_int_equal(room[3], 0x5A);
}

/* It says nothing of its files, and 6981 to commands for the other structure. */
static size_t silent_answer(const uint8_t *command, size_t len, uint8_t *response, size_t max)
{
        if (command[1] == 0xA4)
                return put_sw(response, 0, 0x9000);
        if (command[1] == 0xB0 || command[1] == 0xD6)
                return put_sw(response, 0, 0x6981);
        f.data = command[1] == 0xB2 ? 5 : 0;
        return answer(command, len, response, max);
}

static void a_card_that_says_nothing_is_tried(void **state)
{
        uint32_t handle, second;
        size_t got;

        (void)state;
        fake.answer = silent_answer;
        handle = opened("6F01");
        assert_int_equal(files_read(f.files, &f.card, handle, room, 10, &got), SCARD_S_SUCCESS);
        assert_sent(0, "00B000000A");
        assert_sent(1, "00B2010400");
        assert_int_equal(got, 5);
        assert_int_equal(files_read(f.files, &f.card, handle, room, 3, &got), SCARD_S_SUCCESS);
        assert_sent(2, "00B2020400");
        assert_int_equal(got, 3);
        second = opened("6F02");
        assert_int_equal(files_write(f.files, &f.card, second, FILES_REPLACE, (const uint8_t *)"ab", 2),
                         SCARD_S_SUCCESS);
        assert_sent(1, "00DC0104026162");
}

static size_t odd_answer(const uint8_t *command, size_t len, uint8_t *response, size_t max)
{
        if (command[1] != 0xB1)
                return answer(command, len, response, max);
        return put_sw(response, bytes_of("5304 01020304", response, max), 0x9000);
}

static void offsets_over_32767_go_into_the_data_field(void **state)
{
        uint32_t handle;
        size_t got;

        (void)state;
        f.fcp = "620C 8003020000 820101 83026F01";
        fake.answer = odd_answer;
        handle = opened("6F01");
        assert_int_equal(files_seek(f.files, handle, FILES_FROM_BEGINNING, 0x8000), SCARD_S_SUCCESS);
        assert_int_equal(files_read(f.files, &f.card, handle, room, 4, &got), SCARD_S_SUCCESS);
        assert_sent(0, "00B1000004 54028000 06");
        assert_memory_equal(room, "\x01\x02\x03\x04", 4);
        assert_int_equal(files_seek(f.files, handle, FILES_FROM_BEGINNING, 0x12345), SCARD_S_SUCCESS);
        assert_int_equal(files_write(f.files, &f.card, handle, FILES_REPLACE, (const uint8_t *)"ab", 2),
                         SCARD_S_SUCCESS);
        assert_sent(1, "00D7000009 5403012345 53026162");
        assert_int_equal(files_write(f.files, &f.card, handle, FILES_ERASE, NULL, 2), SCARD_S_SUCCESS);
        assert_sent(2, "000F00000A 5403012347 5403012349");
}

static size_t listing_answer(const uint8_t *command, size_t len, uint8_t *response, size_t max)
{
        if (command[1] == 0xCA)
                return put_sw(response, bytes_of("00116F013F00FFFF3FFF6F02 01", response, max), 0x9000);
        f.fcp = len > 6 && command[len - 3] == 0x6F ? TRANSPARENT : DIRECTORY;
        return answer(command, len, response, max);
}

static void a_card_that_lists_its_files_is_asked(void **state)
{
        struct files_list list;

        (void)state;
        fake.answer = listing_answer;
        assert_true(card_force_profile(&f.card, "myeid"));
        assert_int_equal(files_directory(f.files, &f.card, FILES_ALL, &list), SCARD_S_SUCCESS);
        assert_int_equal(list.count, 3);
        assert_int_equal(list.element[1].id, 0x6F01);
        assert_sent(fake.apdus - 1, "00CA01A100");
        assert_int_equal(files_directory(f.files, &f.card, FILES_DIRECTORIES, &list), SCARD_S_SUCCESS);
        assert_int_equal(list.count, 1);
        assert_int_equal(list.element[0].id, 0x0011);
        assert_int_equal(files_directory(f.files, &f.card, FILES_TRANSPARENT, &list), SCARD_S_SUCCESS);
        assert_int_equal(list.count, 2);
        assert_int_equal(files_directory(f.files, &f.card, FILES_CYCLIC, &list), SCARD_S_SUCCESS);
        assert_int_equal(list.count, 0);
}

static size_t gsm_answer(const uint8_t *command, size_t len, uint8_t *response, size_t max)
{
        if (command[1] == 0xA4)
                return put_sw(response, 0, 0x9F0F);
        if (command[1] == 0xC0)
                return put_sw(response, bytes_of("00000014 6F3A 04 00000000 01 02 01 0A", response, max),
                              0x9000);
        return answer(command, len, response, max);
}

static void a_gsm_card_is_asked_for_its_answer(void **state)
{
        uint32_t handle;
        size_t got;

        (void)state;
        fake.answer = gsm_answer;
        fake.protocol = SCARD_PROTOCOL_T0;
        f.data = 10;
        assert_true(card_force_profile(&f.card, "gsm"));
        assert_int_equal(open_file("6F3A", &handle), SCARD_S_SUCCESS);
        assert_sent(0, "A0A40000023F00");
        assert_sent(1, "A0C000000F");
        assert_sent(2, "A0A40000026F3A");
        fake.apdus = 0;
        assert_int_equal(files_read(f.files, &f.card, handle, room, 100, &got), SCARD_S_SUCCESS);
        assert_sent(0, "A0B201040A");
        assert_int_equal(got, 10);
        assert_int_equal(files_seek(f.files, handle, FILES_FROM_END, 1), SCARD_E_BAD_SEEK);
        assert_int_equal(files_seek(f.files, handle, FILES_FROM_END, 0), SCARD_S_SUCCESS);
        assert_int_equal(files_read(f.files, &f.card, handle, room, 100, &got), SCARD_W_EOF);
}

static void nothing_is_held_after_a_failure_of_the_engine(void **state)
{
        static const LONG failures[] = {SCARD_W_RESET_CARD, SCARD_W_REMOVED_CARD, SCARD_E_READER_UNAVAILABLE,
                                        SCARD_E_TIMEOUT, SCARD_E_NO_MEMORY};

        (void)state;
        for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
                for (size_t at = 0; at < sizeof(failures) / sizeof(failures[0]); at++) {
                        begin_method(&methods[i]);
                        fake.begin = failures[at];
                        assert_int_equal(methods[i].run(), failures[at]);
                        fake.begin = 0;
                        fake.transmit = failures[at];
                        assert_int_equal(methods[i].run(), failures[at]);
                        fake.transmit = 0;
                        fake.get_attrib = failures[at];
                        if (failures[at] != SCARD_E_NO_MEMORY || !methods[i].open)
                                assert_int_equal(methods[i].run(), failures[at]);
                        fake.get_attrib = 0;
                }
        }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
        const struct CMUnitTest tests[] = {
            TEST(every_status_word_of_select_has_its_code),
            TEST(every_status_word_of_the_command_has_its_code),
            TEST(hostile_cards_are_survived),
            TEST(a_file_stays_selected_until_somebody_else_comes),
            TEST(a_card_without_paths_is_led_step_by_step),
            TEST(pieces_are_what_the_reader_carries),
            TEST(extended_fields_are_used_where_both_sides_have_them),
            TEST(an_answer_longer_than_le_is_refused),
            TEST(end_of_file_comes_with_its_data),
            TEST(a_card_that_says_nothing_is_tried),
            TEST(offsets_over_32767_go_into_the_data_field),
            TEST(a_card_that_lists_its_files_is_asked),
            TEST(a_gsm_card_is_asked_for_its_answer),
            TEST(nothing_is_held_after_a_failure_of_the_engine),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
