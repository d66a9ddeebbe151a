/*
 * Tests of src/core/log.c: what reaches stderr.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/log.h"

static char caught[4096];
static int saved_stderr, pipe_ends[2];

static void catch_stderr(void)
{
        assert_int_equal(pipe(pipe_ends), 0);
        saved_stderr = dup(STDERR_FILENO);
        assert_true(saved_stderr >= 0);
        assert_true(dup2(pipe_ends[1], STDERR_FILENO) >= 0);
        (void)close(pipe_ends[1]);
}

/* What was written since catch_stderr, without its end of line. */
static const char *release_stderr(void)
{
        ssize_t n;

        (void)dup2(saved_stderr, STDERR_FILENO);
        (void)close(saved_stderr);
        n = read(pipe_ends[0], caught, sizeof(caught) - 1);
        (void)close(pipe_ends[0]);
        caught[n > 0 ? n : 0] = '\0';
        return caught;
}

static void log_says_level_and_module(void **state)
{
        (void)state;
        assert_int_equal(setenv("ISCARD_LOG", "warn", 1), 0);
        catch_stderr();
        log_line(LOG_WARN, "usb", "reader %d of %s", 3, "four");
        assert_string_equal(release_stderr(), "libiscard: warn: usb: reader 3 of four\n");
}

static const char *written(const char *setting, enum log_level level)
{
        if (setting == NULL)
                (void)unsetenv("ISCARD_LOG");
        else
                (void)setenv("ISCARD_LOG", setting, 1);
        catch_stderr();
        log_line(level, "m", "x");
        return release_stderr();
}

static void log_keeps_to_the_chosen_level(void **state)
{
        (void)state;
        assert_string_equal(written("warn", LOG_INFO), "");
        assert_string_equal(written("info", LOG_INFO), "libiscard: info: m: x\n");
        assert_string_equal(written("debug", LOG_DEBUG), "libiscard: debug: m: x\n");
        assert_string_equal(written("error", LOG_WARN), "");
        assert_string_equal(written(NULL, LOG_WARN), "");
        assert_string_equal(written(NULL, LOG_ERROR), "libiscard: error: m: x\n");
        assert_string_equal(written("nonsense", LOG_WARN), "");
        assert_string_equal(written("DEBUG", LOG_DEBUG), "libiscard: debug: m: x\n");
}

/* A reader's name cannot forge a second line or move the cursor. */
static void log_makes_control_characters_visible(void **state)
{
        (void)state;
        (void)setenv("ISCARD_LOG", "error", 1);
        catch_stderr();
        log_line(LOG_ERROR, "usb", "%s", "a\nlibiscard: \x1b[2J\x7f");
        assert_string_equal(release_stderr(), "libiscard: error: usb: a?libiscard: ?[2J?\n");
}

static void log_cuts_a_long_line_and_keeps_errno(void **state)
{
        char text[2000];

        (void)state;
        memset(text, 'y', sizeof(text) - 1);
        text[sizeof(text) - 1] = '\0';
        (void)setenv("ISCARD_LOG", "error", 1);
        catch_stderr();
        errno = ENOENT;
        log_line(LOG_ERROR, "usb", "%s", text);
        assert_int_equal(errno, ENOENT);
        assert_int_equal(strlen(release_stderr()), 512);
        assert_int_equal(caught[511], '\n');
        assert_int_equal(caught[510], 'y');
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(log_says_level_and_module),
            cmocka_unit_test(log_keeps_to_the_chosen_level),
            cmocka_unit_test(log_makes_control_characters_visible),
            cmocka_unit_test(log_cuts_a_long_line_and_keeps_errno),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
