/*
 * hotplug-run.c - runs a program on a mocked machine whose plugs it can pull:
 *     hotplug-run READERS PROGRAM [ARGUMENT...]
 * READERS in the syntax of ISCARD_SIM. The program moves the readers of its own process with the table of
 * usbtier.h; where one is plugged in or unplugged, it then writes the same command as a line to the file
 * descriptor in $HOTPLUG_FD, and the machine shows it as the kernel would. The exit status is the program's.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "testbed.h"

static void plug_or_unplug(struct testbed *testbed, const char *line)
{
        unsigned reader;

        if (sscanf(line, "unplug %u", &reader) == 1)
                testbed_unplug(testbed, reader);
        else if (sscanf(line, "plug %u", &reader) == 1)
                testbed_plug(testbed, reader);
        else
                (void)fprintf(stderr, "hotplug-run: not understood: %s", line);
}

static void child_run(char **command, int fd)
{
        char number[16];

        (void)snprintf(number, sizeof(number), "%d", fd);
        (void)setenv("HOTPLUG_FD", number, 1);
        (void)prctl(PR_SET_PDEATHSIG, SIGTERM);
        (void)execvp(command[0], command);
        perror(command[0]);
        _exit(127);
}

int main(int argc, char **argv)
{
        char line[64];
        int pipe_fds[2], ended = 0;

        if (argc < 3) {
                (void)fprintf(stderr, "usage: hotplug-run READERS PROGRAM [ARGUMENT...]\n");
                return 2;
        }
        (void)setenv("ISCARD_USBTIER_SIM", argv[1], 1);
        testbed_enter(argv, argv[1]);
        (void)unsetenv("ISCARD_USBTIER_INSIDE");
        struct testbed *testbed = testbed_create();

        if (pipe(pipe_fds) != 0)
                return EXIT_FAILURE;
        pid_t child = fork();

        if (child < 0)
                return EXIT_FAILURE;
        if (child == 0) {
                (void)close(pipe_fds[0]);
                child_run(argv + 2, pipe_fds[1]);
        }
        (void)close(pipe_fds[1]);
        FILE *commands = fdopen(pipe_fds[0], "r");

        /* Until the program and all that it started have ended. */
        while (commands != NULL && fgets(line, sizeof(line), commands) != NULL)
                plug_or_unplug(testbed, line);
        if (waitpid(child, &ended, 0) != child)
                return EXIT_FAILURE;
        if (commands != NULL)
                (void)fclose(commands);
        testbed_destroy(testbed);
        return WIFEXITED(ended) ? WEXITSTATUS(ended) : 128 + WTERMSIG(ended);
}
