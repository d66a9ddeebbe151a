/* src/core/card/path.c: paths as texts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/card/path.h"

static bool parse(struct path *path, enum path_type type, const char *text, const char *base)
{
        static const struct path mf;
        uint16_t wide[600];
        struct path from = mf;
        size_t len = strlen(text);

        if (base != NULL)
                assert_true(parse(&from, PATH_BY_ANY, base, NULL));
        assert_true(len <= 600);
        for (size_t i = 0; i < len; i++)
                wide[i] = (unsigned char)text[i];
        return path_parse(path, type, wide, len, &from);
}

static void assert_path(enum path_type type, const char *text, const char *base, const char *wanted)
{
        char out[PATH_TEXT_MAX];
        struct path path;

        if (!parse(&path, type, text, base))
                fail_msg("%s is no path", text);
        assert_int_equal(path_text(&path, out), strlen(wanted));
        assert_string_equal(out, wanted);
}

static void paths_are_read_and_written(void **state)
{
        (void)state;
        assert_path(PATH_BY_ID, "3F00/0011/6F01", NULL, "3F00/0011/6F01");
        assert_path(PATH_BY_ID, "/0011/6f01", "5000", "3F00/0011/6F01");
        assert_path(PATH_BY_ID, "6F01", "0011", "3F00/0011/6F01");
        assert_path(PATH_BY_ID, "3F00", "0011", "3F00");
        assert_path(PATH_BY_ID, "/", "0011", "3F00");
        assert_path(PATH_BY_ID, "/3F00", "0011", "3F00");
        assert_path(PATH_BY_ID, "/3f00/0011/6F01", "5000", "3F00/0011/6F01");
        assert_path(PATH_BY_NAME, "/3F00/A000000308000010", NULL, "A000000308000010");
        assert_path(PATH_BY_ID, ".", "0011", "3F00/0011");
        assert_path(PATH_BY_ID, "..", "0011", "3F00");
        assert_path(PATH_BY_ID, "../5000/./5001", "0011", "3F00/5000/5001");
        assert_path(PATH_BY_NAME, "A000000308000010", "0011", "A000000308000010");
        assert_path(PATH_BY_NAME, "1PAY.SYS.DDF01", NULL, "315041592E5359532E4444463031");
        assert_path(PATH_BY_NAME, "A000000308000010/5001", NULL, "A000000308000010/5001");
        assert_path(PATH_BY_NAME, "0011/6F01", NULL, "3F00/0011/6F01");
        assert_path(PATH_BY_SHORT_ID, "1E", "0011", "3F00/0011/1E");
        assert_path(PATH_BY_SHORT_ID, "/5000/2", NULL, "3F00/5000/02");
        assert_path(PATH_BY_ANY, "1", NULL, "3F00/01");
        assert_path(PATH_BY_ANY, "x", NULL, "78");
        assert_path(PATH_BY_ANY, "..", "A000000308000010", "3F00");
}

static void what_is_no_path_is_refused(void **state)
{
        static const struct {
                enum path_type type;
                const char *text;
        } rows[] = {
            {PATH_BY_ID, ""},
            {PATH_BY_ID, "//"},
            {PATH_BY_ID, "3F00/"},
            {PATH_BY_ID, "/3F00/"},
            {PATH_BY_ID, "/3F00/3F00"},
            {PATH_BY_ID, "//3F00"},
            {PATH_BY_ID, "0011//6F01"},
            {PATH_BY_ID, "0011/"},
            {PATH_BY_ID, ".."},
            {PATH_BY_ID, "0011/../.."},
            {PATH_BY_ID, "11"},
            {PATH_BY_ID, "00112"},
            {PATH_BY_ID, "00G1"},
            {PATH_BY_ID, "0011/3F00"},
            {PATH_BY_ID, "3FFF"},
            {PATH_BY_ID, "FFFF"},
            {PATH_BY_ID, "1111/2222/3333/4444/5555/6666/7777/8888/9999"},
            {PATH_BY_ID, "A000000308000010"},
            {PATH_BY_SHORT_ID, "00"},
            {PATH_BY_SHORT_ID, "1F"},
            {PATH_BY_SHORT_ID, "0011"},
            {PATH_BY_SHORT_ID, "/"},
            {PATH_BY_SHORT_ID, "3F00"},
            {PATH_BY_SHORT_ID, "/3F00"},
            {PATH_BY_SHORT_ID, "."},
            {PATH_BY_SHORT_ID, "..."},
            {PATH_BY_NAME, "A0000003080000100011223344556677FF"},
            {PATH_BY_NAME, "more than 16 bytes"},
            {PATH_BY_NAME, "caf\xE9"},
            {PATH_BY_NAME, "tab\there"},
            {PATH_BY_ANY, "1/2"},
            {PATH_BY_ANY, "0"},
            {(enum path_type)4, "0011"},
            {(enum path_type) - 1, "0011"},
        };
        struct path path;

        (void)state;
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                bool is = parse(&path, rows[i].type, rows[i].text, NULL);

                /* one digit before a slash is a name of one character */
                if (rows[i].type == PATH_BY_ANY && strcmp(rows[i].text, "1/2") == 0) {
                        assert_true(is);
                        continue;
                }
                if (is)
                        fail_msg("%s is taken for a path", rows[i].text);
                assert_int_equal(path.count, 0);
        }
}

static void no_bytes_at_all_make_it_read_behind_them(void **state)
{
        uint32_t random = 0x1234567;

        (void)state;
        for (unsigned i = 0; i < 20000; i++) {
                static const char alphabet[] = "0123456789ABCDEFabcdef/./..x \x7F";
                size_t len = i % 40;
                uint16_t *text = malloc(len * 2 + 2);
                struct path path, base = {.count = 0};
                char out[PATH_TEXT_MAX];

                assert_non_null(text);
                for (size_t at = 0; at < len; at++) {
                        random = random * 1664525u + 1013904223u;
                        text[at] = (uint16_t)alphabet[(random >> 16) % (sizeof(alphabet) - 1)];
                        if (i % 7 == 0)
                                text[at] = (uint16_t)(random >> 12);
                }
                if (path_parse(&path, (enum path_type)(i % 4), text, len, &base)) {
                        assert_in_range(path.count, 0, PATH_DEPTH_MAX);
                        assert_in_range(path_text(&path, out), 2, PATH_TEXT_MAX - 1);
                }
                free(text);
        }
}

static void a_path_is_within_what_it_begins_with(void **state)
{
        struct path mf, df, ef, named, other;

        (void)state;
        assert_true(parse(&mf, PATH_BY_ID, "3F00", NULL));
        assert_true(parse(&df, PATH_BY_ID, "0011", NULL));
        assert_true(parse(&ef, PATH_BY_ID, "0011/6F01", NULL));
        assert_true(parse(&other, PATH_BY_ID, "0012", NULL));
        assert_true(parse(&named, PATH_BY_NAME, "A000000308", NULL));
        assert_true(path_within(&ef, &df) && path_within(&ef, &mf) && path_within(&ef, &ef));
        assert_false(path_within(&df, &ef) || path_within(&other, &df) || path_within(&named, &mf));
        assert_true(path_equal(&df, &df));
        assert_false(path_equal(&df, &other));
        path_parent(&ef);
        assert_true(path_equal(&ef, &df));
        path_parent(&mf);
        assert_int_equal(mf.count, 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(paths_are_read_and_written),
            cmocka_unit_test(what_is_no_path_is_refused),
            cmocka_unit_test(no_bytes_at_all_make_it_read_behind_them),
            cmocka_unit_test(a_path_is_within_what_it_begins_with),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
