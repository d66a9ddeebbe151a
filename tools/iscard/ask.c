#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "core/wipe.h"

#include "tools/iscard/ask.h"
#include "tools/iscard/tool.h"

void ask_wipe(struct ask_line *line)
{
        wipe(line, sizeof(*line));
}

/* The signal that came while nothing was echoed; 0: none. */
static volatile sig_atomic_t caught;

static void on_signal(int number)
{
        caught = number;
}

static const int signals[] = {SIGINT, SIGTERM, SIGQUIT, SIGHUP, SIGTSTP};
#define SIGNALS (sizeof(signals) / sizeof(signals[0]))

/* mask: of the signals while it waits, between which and the reading none is lost; NULL: as they are. */
static ssize_t read_byte(int fd, const sigset_t *mask, char *byte)
{
        struct pollfd readable = {.fd = fd, .events = POLLIN};

        if (mask != NULL && ppoll(&readable, 1, NULL, mask) < 0)
                return -1;
        return read(fd, byte, 1);
}

/* One line; sets line->len. 1: there was one; 0: end of file at once; -1: errno says why. ENOBUFS: too long.
 */
static int read_line(int fd, const sigset_t *mask, struct ask_line *line)
{
        bool any = false, too_long = false;
        ssize_t got;
        char byte;

        line->len = 0;
        for (;;) {
                got = read_byte(fd, mask, &byte);
                if (got < 0 && errno == EINTR && caught == 0)
                        continue;
                if (got <= 0 || byte == '\n')
                        break;
                any = true;
                if (line->len < sizeof(line->bytes))
                        line->bytes[line->len++] = (uint8_t)byte;
                else
                        too_long = true;
        }
        wipe(&byte, sizeof(byte));
        if (got < 0)
                return -1;
        if (too_long) {
                errno = ENOBUFS;
                return -1;
        }
        if (got == 1 && line->len > 0 && line->bytes[line->len - 1] == '\r')
                line->len--;
        return got == 1 || any ? 1 : 0;
}

static int judge(int result, const char *from)
{
        if (result == 1)
                return TOOL_OK;
        if (result == 0)
                return tool_error(TOOL_USAGE, "no code is left to read from %s", from);
        if (errno == ENOBUFS)
                return tool_error(TOOL_USAGE, "the code is longer than %d bytes", ASK_LINE_MAX);
        if (errno == EBADF)
                return tool_error(TOOL_USAGE, "%s is not open for reading", from);
        return tool_error(TOOL_FAILURE, "reading the code from %s failed: %s", from, strerror(errno));
}

static void write_all(int fd, const char *text)
{
        /* A prompt that cannot be shown is no reason to give up. */
        ssize_t ignored = write(fd, text, strlen(text));

        (void)ignored;
}

/* With echo off, and back to what it was also when a signal ends it. */
static int read_terminal(int tty, const char *prompt, struct ask_line *line)
{
        struct sigaction catch_it = {.sa_handler = on_signal}, before[SIGNALS];
        struct termios old, quiet;
        sigset_t blocked, mask;
        bool is_quiet;
        int result, error;

        if (tcgetattr(tty, &old) != 0)
                return -1;
        quiet = old;
        quiet.c_lflag &= ~(tcflag_t)(ECHO | ECHOE | ECHOK);
        quiet.c_lflag |= ECHONL;
        sigemptyset(&catch_it.sa_mask);
        sigemptyset(&blocked);
        for (size_t i = 0; i < SIGNALS; i++)
                sigaddset(&blocked, signals[i]);
        caught = 0;
        for (size_t i = 0; i < SIGNALS; i++)
                sigaction(signals[i], &catch_it, &before[i]);
        /* In the background this stops the program, which has to hear a signal all the same. */
        result = tcsetattr(tty, TCSAFLUSH, &quiet);
        is_quiet = result == 0;
        pthread_sigmask(SIG_BLOCK, &blocked, &mask);
        /* The prompt comes when echo is off: what is typed at its sight is not shown, and not thrown away. */
        if (is_quiet && caught == 0) {
                write_all(tty, prompt);
                result = read_line(tty, &mask, line);
        }
        error = errno;
        if (is_quiet)
                tcsetattr(tty, TCSAFLUSH, &old);
        for (size_t i = 0; i < SIGNALS; i++)
                sigaction(signals[i], &before[i], NULL);
        pthread_sigmask(SIG_SETMASK, &mask, NULL);
        if (caught != 0) {
                write_all(tty, "\n");
                ask_wipe(line);
                raise(caught);
        }
        errno = error;
        return result;
}

static int ask_terminal(const char *prompt, struct ask_line *line)
{
        int tty = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
        int code;

        if (tty < 0)
                return tool_error(TOOL_USAGE,
                                  "there is no terminal to ask for the code on; --code-fd N reads it from "
                                  "an open file");
        code = judge(read_terminal(tty, prompt, line), "the terminal");
        close(tty);
        return code;
}

int ask_code(int fd, const char *prompt, struct ask_line *line)
{
        int code;

        line->len = 0;
        code =
            fd < 0 ? ask_terminal(prompt, line) : judge(read_line(fd, NULL, line), "the file of --code-fd");
        if (code != TOOL_OK)
                ask_wipe(line);
        return code;
}

int ask_new_code(int fd, const char *prompt, const char *again, struct ask_line *line)
{
        struct ask_line second = {.len = 0};
        int code = ask_code(fd, prompt, line);

        if (code != TOOL_OK || fd >= 0)
                return code;
        code = ask_code(fd, again, &second);
        if (code == TOOL_OK && (second.len != line->len || memcmp(second.bytes, line->bytes, line->len) != 0))
                code = tool_error(TOOL_USAGE, "the two are not the same");
        ask_wipe(&second);
        if (code != TOOL_OK)
                ask_wipe(line);
        return code;
}
