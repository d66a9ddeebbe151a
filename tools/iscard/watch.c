/* iscard watch: the readers and what is in them, as it changes; q quits */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "winscard.h"

#include "tools/iscard/hex.h"
#include "tools/iscard/show.h"
#include "tools/iscard/tool.h"

#define PNP       "\\\\?PnP?\\Notification"
#define CANCEL_MS 20 /* between two requests to end: one that comes while nothing waits is not heard */

/*
 * Two threads: this one waits for keys and signals, the other for readers and cards. states[0] is the list of readers
 * itself; the names stand in names.
 */
struct watch {
        SCARDCONTEXT context;
        char *names; /* a multi-string of the engine's; NULL: no reader */
        SCARD_READERSTATEA *states;
        size_t count;
        bool live;        /* on a terminal: drawn again in its place; else a line for each change */
        atomic_bool stop; /* asked to end */
        int ended;        /* eventfd: it has */
        LONG status;      /* why */
};

/* ---- the view */

static void print_card(const SCARD_READERSTATEA *state)
{
        DWORD event = state->dwEventState;
        bool present = (event & SCARD_STATE_PRESENT) != 0;

        if (!present) {
                fputs((event & SCARD_STATE_EMPTY) != 0 ? "no card" : "card not known", stdout);
                return;
        }
        show_colour(stdout, (event & SCARD_STATE_MUTE) != 0 ? SHOW_BAD : SHOW_GOOD);
        fputs((event & SCARD_STATE_MUTE) != 0 ? "card, mute" : "card", stdout);
        show_plain(stdout);
        if ((event & SCARD_STATE_EXCLUSIVE) != 0)
                fputs(", in exclusive use", stdout);
        else if ((event & SCARD_STATE_INUSE) != 0)
                fputs(", in use", stdout);
        if (state->cbAtr != 0) {
                fputs("  ", stdout);
                hex_print(stdout, state->rgbAtr, state->cbAtr);
        }
}

static void draw(const struct watch *watch)
{
        fputs("\033[H\033[J", stdout);
        for (size_t i = 1; i < watch->count; i++) {
                printf("%zu  %s  ", i - 1, watch->states[i].szReader);
                print_card(&watch->states[i]);
                putchar('\n');
        }
        if (watch->count == 1)
                puts("no reader");
        show_colour(stdout, SHOW_DIM);
        fputs("q quits", stdout);
        show_plain(stdout);
        putchar('\n');
}

/* "14:03:59  name  " */
static void print_moment(const char *name)
{
        time_t now = time(NULL);
        char text[16] = "";
        struct tm parts;

        if (localtime_r(&now, &parts) != NULL)
                (void)strftime(text, sizeof(text), "%H:%M:%S", &parts);
        printf("%s  %s  ", text, name);
}

static void report(const struct watch *watch)
{
        for (size_t i = 1; i < watch->count; i++) {
                if ((watch->states[i].dwEventState & SCARD_STATE_CHANGED) == 0)
                        continue;
                print_moment(watch->states[i].szReader);
                print_card(&watch->states[i]);
                putchar('\n');
        }
}

/* Output that nobody gets ends it; main tells. */
static void show(struct watch *watch)
{
        if (watch->live)
                draw(watch);
        else
                report(watch);
        if (fflush(stdout) != 0)
                atomic_store(&watch->stop, true);
}

/* ---- the readers */

/* What was known of a reader of that name; NULL: it is new. */
static const SCARD_READERSTATEA *find(const SCARD_READERSTATEA *states, size_t count, const char *name)
{
        for (size_t i = 0; i < count; i++)
                if (strcmp(states[i].szReader, name) == 0)
                        return &states[i];
        return NULL;
}

static void tell_gone(const struct watch *watch, const SCARD_READERSTATEA *before, size_t count)
{
        for (size_t i = 1; !watch->live && i < count; i++) {
                if (find(watch->states, watch->count, before[i].szReader) != NULL)
                        continue;
                print_moment(before[i].szReader);
                puts("gone");
        }
        fflush(stdout);
}

static size_t count_names(const char *names)
{
        size_t count = 0;

        for (; names != NULL && *names != '\0'; names += strlen(names) + 1)
                count++;
        return count;
}

/* The names, and a state for each; of readers that stay, what is known stays. */
static LONG list_again(struct watch *watch)
{
        struct watch before = *watch;
        DWORD len = SCARD_AUTOALLOCATE;
        char *names = NULL;
        const char *name;
        LONG status = SCardListReadersA(watch->context, NULL, (LPSTR)&names, &len);

        if (status != SCARD_S_SUCCESS && status != SCARD_E_NO_READERS_AVAILABLE)
                return status;
        watch->states = calloc(count_names(names) + 1, sizeof(*watch->states));
        if (watch->states == NULL) {
                watch->states = before.states;
                (void)SCardFreeMemory(watch->context, names);
                return SCARD_E_NO_MEMORY;
        }
        watch->names = names;
        watch->count = count_names(names) + 1;
        name = names;
        for (size_t i = 0; i < watch->count; i++) {
                const SCARD_READERSTATEA *known;

                watch->states[i].szReader = i == 0 ? PNP : name;
                known = find(before.states, before.count, watch->states[i].szReader);
                watch->states[i].dwCurrentState = known != NULL ? known->dwCurrentState : SCARD_STATE_UNAWARE;
                if (i != 0)
                        name += strlen(name) + 1;
        }
        tell_gone(watch, before.states, before.count);
        free(before.states);
        if (before.names != NULL)
                (void)SCardFreeMemory(watch->context, before.names);
        return SCARD_S_SUCCESS;
}

/* Until the list of readers is another one. */
static LONG follow(struct watch *watch)
{
        bool other_list = false;

        while (!other_list && !atomic_load(&watch->stop)) {
                LONG status =
                    SCardGetStatusChangeA(watch->context, INFINITE, watch->states, (DWORD)watch->count);

                if (status == SCARD_E_UNKNOWN_READER) /* gone between the list and this */
                        return SCARD_S_SUCCESS;
                if (status != SCARD_S_SUCCESS)
                        return status;
                show(watch);
                other_list = (watch->states[0].dwEventState & SCARD_STATE_CHANGED) != 0;
                for (size_t i = 0; i < watch->count; i++) {
                        SCARD_READERSTATEA *state = &watch->states[i];

                        other_list |= (state->dwEventState & SCARD_STATE_UNKNOWN) != 0;
                        state->dwCurrentState = state->dwEventState & ~(DWORD)SCARD_STATE_CHANGED;
                }
        }
        return SCARD_S_SUCCESS;
}

static void *watch_readers(void *arg)
{
        struct watch *watch = arg;
        LONG status = SCARD_S_SUCCESS;

        while (status == SCARD_S_SUCCESS && !atomic_load(&watch->stop)) {
                status = list_again(watch);
                if (status == SCARD_S_SUCCESS)
                        status = follow(watch);
        }
        watch->status = status;
        (void)eventfd_write(watch->ended, 1);
        return NULL;
}

/* ---- keys and signals */

/* A program in the background that asks the terminal for something is stopped. */
static bool in_background(void)
{
        return isatty(STDIN_FILENO) == 1 && tcgetpgrp(STDIN_FILENO) != getpgrp();
}

/* false: the end was asked for. */
static bool read_keys(struct pollfd *keys)
{
        char typed[64];
        ssize_t got = read(keys->fd, typed, sizeof(typed));

        if (got < 0 && errno == EINTR)
                return true;
        if (got <= 0) {
                keys->fd = -1; /* nobody types: a signal ends it */
                return true;
        }
        return memchr(typed, 'q', (size_t)got) == NULL && memchr(typed, 'Q', (size_t)got) == NULL;
}

/* The signal that ends the program; 0: q, or the other thread has ended. */
static int wait_end(struct watch *watch, int signals)
{
        struct pollfd fds[] = {{.fd = in_background() ? -1 : STDIN_FILENO, .events = POLLIN},
                               {.fd = signals, .events = POLLIN},
                               {.fd = watch->ended, .events = POLLIN}};
        struct signalfd_siginfo info;

        for (;;) {
                if (poll(fds, 3, -1) < 0 && errno != EINTR)
                        return 0;
                if (fds[1].revents != 0)
                        return read(signals, &info, sizeof(info)) == sizeof(info) ? (int)info.ssi_signo : 0;
                if (fds[2].revents != 0 || (fds[0].revents != 0 && !read_keys(&fds[0])))
                        return 0;
        }
}

static void stop(struct watch *watch, pthread_t thread)
{
        struct pollfd ended = {.fd = watch->ended, .events = POLLIN};

        atomic_store(&watch->stop, true);
        do
                (void)SCardCancel(watch->context);
        while (poll(&ended, 1, CANCEL_MS) <= 0);
        (void)pthread_join(thread, NULL);
}

/* Keys one by one, and not shown. false: the standard input is no terminal, or not ours. */
static bool terminal_quiet(struct termios *before)
{
        struct termios quiet;

        if (in_background() || tcgetattr(STDIN_FILENO, before) != 0)
                return false;
        quiet = *before;
        quiet.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
        return tcsetattr(STDIN_FILENO, TCSANOW, &quiet) == 0;
}

/* The signal that ended it, or 0. */
static int run_threads(struct watch *watch, int signals)
{
        struct termios before;
        bool quiet = terminal_quiet(&before);
        pthread_t thread;
        int number = 0;

        if (pthread_create(&thread, NULL, watch_readers, watch) == 0) {
                number = wait_end(watch, signals);
                stop(watch, thread);
        } else {
                watch->status = SCARD_E_NO_MEMORY;
        }
        if (quiet)
                (void)tcsetattr(STDIN_FILENO, TCSANOW, &before);
        return number;
}

static int watch(const struct options *options)
{
        struct watch watch = {.live = isatty(STDOUT_FILENO) == 1, .ended = eventfd(0, EFD_CLOEXEC)};
        sigset_t ending, before;
        int signals, number = 0;

        (void)options;
        sigemptyset(&ending);
        sigaddset(&ending, SIGINT);
        sigaddset(&ending, SIGTERM);
        sigaddset(&ending, SIGHUP);
        sigaddset(&ending, SIGQUIT);
        (void)pthread_sigmask(SIG_BLOCK, &ending, &before);
        signals = signalfd(-1, &ending, SFD_CLOEXEC);
        watch.status = SCARD_E_NO_MEMORY;
        if (watch.ended >= 0 && signals >= 0)
                watch.status = SCardEstablishContext(SCARD_SCOPE_USER, NULL, NULL, &watch.context);
        if (watch.status == SCARD_S_SUCCESS) {
                number = run_threads(&watch, signals);
                if (watch.names != NULL)
                        (void)SCardFreeMemory(watch.context, watch.names);
                (void)SCardReleaseContext(watch.context);
        }
        free(watch.states);
        if (signals >= 0)
                close(signals);
        if (watch.ended >= 0)
                close(watch.ended);
        (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
        if (number != 0)
                raise(number); /* as it would have ended without us */
        if (watch.status == SCARD_S_SUCCESS || watch.status == SCARD_E_CANCELLED)
                return TOOL_OK;
        return tool_error(TOOL_HRESULT, "watching the readers: 0x%08X %s", (unsigned)watch.status,
                          show_name(watch.status));
}

const struct verb verb_watch = {
    .name = "watch",
    .synopsis = "",
    .summary = "live view of readers and cards; q quits",
    .help =
        "On a terminal the view is drawn again whenever something moves; elsewhere each change is a line.\n",
    .run = watch,
};
