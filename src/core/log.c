/*
 * log.c - one line of log at a time, to stderr.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "core/log.h"

#define LINE_MAX_LEN 512 /* bytes; a longer line is cut */

static const char *const level_names[] = {
    [LOG_ERROR] = "error",
    [LOG_WARN] = "warn",
    [LOG_INFO] = "info",
    [LOG_DEBUG] = "debug",
};

/* Asked each time: a program may set ISCARD_LOG late, and a log line is rare. */
static int chosen_level(void)
{
        const char *wanted = getenv("ISCARD_LOG");

        if (wanted == NULL)
                return LOG_ERROR;
        for (int level = LOG_ERROR; level <= LOG_DEBUG; level++)
                if (strcasecmp(wanted, level_names[level]) == 0)
                        return level;
        return LOG_ERROR;
}

/* What a device or a card said may stand in a line: nothing of it may move the cursor or forge a line. */
static void make_printable(char *text)
{
        for (; *text != '\0'; text++)
                if ((unsigned char)*text < 0x20 || *text == 0x7F)
                        *text = '?';
}

static void write_whole(const char *text, size_t len)
{
        while (len > 0) {
                ssize_t n = write(STDERR_FILENO, text, len);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n <= 0)
                        return; /* there is no one to tell */
                text += n;
                len -= (size_t)n;
        }
}

void log_line(enum log_level level, const char *module, const char *format, ...)
{
        char line[LINE_MAX_LEN + 1];
        int saved_errno = errno;
        size_t len;
        va_list args;

        if ((int)level < LOG_ERROR || (int)level > chosen_level())
                return;
        (void)snprintf(line, sizeof(line), "libiscard: %s: %s: ", level_names[level], module);
        len = strlen(line);
        va_start(args, format);
        (void)vsnprintf(line + len, sizeof(line) - len, format, args);
        va_end(args);
        make_printable(line);
        len = strlen(line);
        if (len == LINE_MAX_LEN)
                len--;
        line[len++] = '\n';
        /* One write, so that lines of several threads do not mix. */
        write_whole(line, len);
        errno = saved_errno;
}
