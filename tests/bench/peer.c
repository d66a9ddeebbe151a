#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "measure.h"
#include "peer.h"

#define VARIABLES_MAX 1024

extern char **environ;

/* The mocked bus is ours, and the peer gets one of its own. */
static bool is_ours(const char *variable)
{
        static const char *const names[] = {"LD_PRELOAD=", "ISCARD_", "UMOCKDEV_", "ASAN_OPTIONS="};
        for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
                if (strncmp(variable, names[i], strlen(names[i])) == 0 &&
                    strncmp(variable, "ISCARD_USBTIER_SHIM=", 20) != 0)
                        return true;
        }
        return false;
}

static void plain_environment(char **plain)
{
        size_t count = 0;
        for (char **variable = environ; *variable != NULL && count < VARIABLES_MAX; variable++) {
                if (!is_ours(*variable))
                        plain[count++] = *variable;
        }
        plain[count] = NULL;
}

static char *program(const char *variable)
{
        char *path = getenv(variable);
        if (path == NULL)
                measure_die(variable, 0);
        return path;
}

static void spawn(struct peer *peer, const char *readers, int in[2], int out[2])
{
        char *plain[VARIABLES_MAX + 1];
        char list[256];
        char *const command[] = {program("ISCARD_BENCH_PCSCD"), program("ISCARD_BENCH_RUN"), list, NULL};
        posix_spawn_file_actions_t actions;
        (void)snprintf(list, sizeof(list), "%s", readers);
        plain_environment(plain);
        measure_must("spawn", posix_spawn_file_actions_init(&actions));
        measure_must("spawn", posix_spawn_file_actions_adddup2(&actions, in[0], STDIN_FILENO));
        measure_must("spawn", posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO));
        measure_must("spawn", posix_spawn(&peer->pid, command[0], &actions, NULL, command, plain));
        (void)posix_spawn_file_actions_destroy(&actions);
}

static void read_whole(int fd, void *buffer, size_t size)
{
        uint8_t *at = buffer;
        while (size > 0) {
                ssize_t got = read(fd, at, size);
                if (got <= 0)
                        measure_die("pcscd's client ended", 0);
                at += got;
                size -= (size_t)got;
        }
}

bool peer_start(struct peer *peer, const char *readers)
{
        int in[2];
        int out[2];
        memset(peer, 0, sizeof(*peer));
        measure_must("pipe", pipe2(in, O_CLOEXEC));
        measure_must("pipe", pipe2(out, O_CLOEXEC));
        (void)signal(SIGPIPE, SIG_IGN);
        spawn(peer, readers, in, out);
        (void)close(in[0]);
        (void)close(out[1]);
        peer->to = in[1];
        peer->from = out[0];
        read_whole(peer->from, &peer->start, sizeof(peer->start));
        if (peer->start.can_run != 0 && peer->start.bulk_out == 0) {
                (void)fprintf(stderr, "bench: %.127s\n", peer->start.problem);
                measure_die("pcscd", 0);
        }
        return peer->start.can_run != 0;
}

void peer_measure(struct peer *peer, uint32_t *samples)
{
        if (write(peer->to, "", 1) != 1)
                measure_die("pcscd's client ended", 0);
        read_whole(peer->from, samples, PCSCD_ROUND * sizeof(*samples));
}

void peer_stop(struct peer *peer)
{
        if (peer->pid == 0)
                return;
        (void)close(peer->to);
        (void)close(peer->from);
        (void)waitpid(peer->pid, NULL, 0);
        memset(peer, 0, sizeof(*peer));
}
