/*
 * pcscd.c - pcscd with libccid on the emulated reader, unmodified, and a client of it:
 *     pcscd USBTIER_RUN READERS
 * In a mount namespace of its own, as pcscd's socket has a fixed path. pcscd.h says what it writes and reads.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "measure.h"
#include "pcscd.h"
#include "usbtier.h"

#define PCSCD   "/usr/sbin/pcscd"
#define LIBRARY "libpcsclite.so.1"
#define NUMBERS                                                                                              \
        "0e0f:0004" /* libccid serves the readers of its list only; this one is a virtual one as well */
#define COUNTS  "/run/counts"
#define LIMIT_S 20

/* libpcsclite as its own header has it: LONG and DWORD are as wide as long, unlike ours. */
struct io_request {
        unsigned long protocol, length;
};

static struct {
        long (*establish)(unsigned long scope, const void *, const void *, long *context);
        long (*release)(long context);
        long (*list)(long context, const char *groups, char *readers, unsigned long *len);
        long (*connect)(long context, const char *reader, unsigned long share, unsigned long protocols,
                        long *card, unsigned long *protocol);
        long (*disconnect)(long card, unsigned long disposition);
        long (*transmit)(long card, const struct io_request *send, const uint8_t *apdu,
                         unsigned long apdu_len, struct io_request *receive, uint8_t *answer,
                         unsigned long *answer_len);
} pcsc;

struct client {
        long context, card;
        struct io_request protocol;
};

static struct pcscd_start start;
static const volatile struct usbtier_counts *counts; /* written by pcscd's process */

/* ---- what the machine has to offer */

static bool lacks(const char *what)
{
        (void)snprintf(start.problem, sizeof(start.problem), "%s", what);
        return false;
}

static bool load(void *library, const char *name, void *slot)
{
        void *symbol = dlsym(library, name);
        memcpy(slot, &symbol, sizeof(symbol));
        return symbol != NULL;
}

static bool load_library(void)
{
        void *library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
        if (library == NULL || access(PCSCD, X_OK) != 0)
                return lacks("pcscd or libpcsclite is not installed");
        return (load(library, "SCardEstablishContext", &pcsc.establish) &&
                load(library, "SCardReleaseContext", &pcsc.release) &&
                load(library, "SCardListReaders", &pcsc.list) &&
                load(library, "SCardConnect", &pcsc.connect) &&
                load(library, "SCardDisconnect", &pcsc.disconnect) &&
                load(library, "SCardTransmit", &pcsc.transmit)) ||
               lacks(LIBRARY " lacks a function");
}

static bool write_file(const char *path, const char *text)
{
        int fd = open(path, O_WRONLY | O_CLOEXEC);
        bool written = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
        if (fd >= 0)
                (void)close(fd);
        return written;
}

/* As root at once; else as the root of a user namespace. */
static bool enter_namespace(void)
{
        char users[64];
        char groups[64];
        (void)snprintf(users, sizeof(users), "0 %u 1", (unsigned)getuid());
        (void)snprintf(groups, sizeof(groups), "0 %u 1", (unsigned)getgid());
        if (unshare(CLONE_NEWNS) != 0 &&
            (unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0 || !write_file("/proc/self/setgroups", "deny") ||
             !write_file("/proc/self/uid_map", users) || !write_file("/proc/self/gid_map", groups)))
                return lacks("this machine allows no mount namespace, and pcscd's socket has a fixed path");
        if (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
            mount("none", "/run", "tmpfs", 0, NULL) != 0)
                return lacks("this machine allows no mounts in a namespace");
        return true;
}

/* ---- pcscd */

static void fail(const char *what)
{
        if (start.problem[0] == '\0')
                (void)snprintf(start.problem, sizeof(start.problem), "%s", what);
}

static bool map_counts(void)
{
        int fd = open(COUNTS, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
        void *map = MAP_FAILED;
        if (fd >= 0 && ftruncate(fd, sizeof(struct usbtier_counts)) == 0)
                map = mmap(NULL, sizeof(struct usbtier_counts), PROT_READ, MAP_SHARED, fd, 0);
        if (fd >= 0)
                (void)close(fd);
        counts = map != MAP_FAILED ? map : NULL;
        return counts != NULL;
}

static _Noreturn void become_pcscd(char *run, char *readers)
{
        char *const command[] = {run,  "-i",         NUMBERS, readers, PCSCD, "--foreground",
                                 "-c", "/run/empty", NULL};
        int log = open("/run/log", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
        int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
        (void)prctl(PR_SET_PDEATHSIG, SIGTERM);
        (void)setenv("ISCARD_USBTIER_COUNTS", COUNTS, 1);
        if (log >= 0 && null >= 0 && dup2(null, 0) == 0 && dup2(log, 1) == 1 && dup2(log, 2) == 2)
                (void)execv(run, command);
        _exit(127);
}

static pid_t start_pcscd(char *run, char *readers)
{
        if (mkdir("/run/pcscd", 0755) != 0 || mkdir("/run/empty", 0755) != 0 || !map_counts())
                return -1;
        pid_t child = fork();
        if (child == 0)
                become_pcscd(run, readers);
        return child;
}

static void pause_ms(long ms)
{
        const struct timespec pause = {.tv_nsec = ms * 1000000};
        (void)nanosleep(&pause, NULL);
}

static void stop_pcscd(pid_t child)
{
        (void)kill(child, SIGTERM);
        for (unsigned i = 0; i < LIMIT_S * 100; i++) {
                if (waitpid(child, NULL, WNOHANG) == child)
                        return;
                pause_ms(10);
        }
        (void)kill(child, SIGKILL); /* pcscd then has a SIGTERM of its own: usbtier-run.c */
        (void)waitpid(child, NULL, 0);
}

/* ---- its client */

static bool connect_once(struct client *client)
{
        char readers[1024];
        unsigned long len = sizeof(readers);
        if (client->context == 0 && pcsc.establish(2, NULL, NULL, &client->context) != 0) {
                client->context = 0;
                return false;
        }
        if (pcsc.list(client->context, NULL, readers, &len) != 0)
                return false;
        client->protocol.length = sizeof(client->protocol);
        return pcsc.connect(client->context, readers, 2, 3, &client->card, &client->protocol.protocol) == 0;
}

/* As soon as it can be: with time pcscd's own questions to the reader would count too. */
static bool connect_card(struct client *client)
{
        uint64_t until = measure_now_ns() + LIMIT_S * 1000000000ull;
        while (!connect_once(client)) {
                if (measure_now_ns() > until) {
                        fail("pcscd shows no reader with a card");
                        return false;
                }
                pause_ms(1);
        }
        return true;
}

static bool get_challenge(const struct client *client)
{
        static const uint8_t apdu[] = {0x00, 0x84, 0x00, 0x00, 0x08};
        uint8_t answer[258];
        unsigned long len = sizeof(answer);
        long status = pcsc.transmit(client->card, &client->protocol, apdu, sizeof(apdu), NULL, answer, &len);
        if (status == 0 && len == 10 && answer[8] == 0x90)
                return true;
        fail("SCardTransmit of libpcsclite failed");
        return false;
}

static bool measure(const struct client *client)
{
        static uint32_t samples[PCSCD_ROUND];
        for (unsigned i = 0; i < PCSCD_WARM_UP; i++) {
                if (!get_challenge(client))
                        return false;
        }
        for (unsigned i = 0; i < PCSCD_ROUND; i++) {
                uint64_t from = measure_now_ns();
                if (!get_challenge(client))
                        return false;
                uint64_t ns = measure_now_ns() - from;
                samples[i] = ns > UINT32_MAX ? UINT32_MAX : (uint32_t)ns;
        }
        return write(STDOUT_FILENO, samples, sizeof(samples)) == (ssize_t)sizeof(samples);
}

static void serve(struct client *client)
{
        char go;
        bool ready = connect_card(client) && get_challenge(client);
        if (ready) {
                start.bulk_out = counts->bulk_out;
                start.bulk_in = counts->bulk_in;
        }
        if (write(STDOUT_FILENO, &start, sizeof(start)) != (ssize_t)sizeof(start))
                return;
        while (ready && read(STDIN_FILENO, &go, 1) == 1)
                ready = measure(client);
        if (client->card != 0)
                (void)pcsc.disconnect(client->card, 0);
        if (client->context != 0)
                (void)pcsc.release(client->context);
}

int main(int argc, char **argv)
{
        struct client client = {0};
        if (argc != 3) {
                (void)fprintf(stderr, "usage: pcscd USBTIER_RUN READERS\n");
                return 2;
        }
        (void)signal(SIGPIPE, SIG_IGN);
        start.can_run = load_library() && enter_namespace();
        pid_t child = start.can_run != 0 ? start_pcscd(argv[1], argv[2]) : -1;
        if (child < 0) {
                fail("pcscd could not be started");
                return write(STDOUT_FILENO, &start, sizeof(start)) == (ssize_t)sizeof(start) ? 0 : 1;
        }
        serve(&client);
        stop_pcscd(child);
        return 0;
}
