/*
 * usbtier-run.c - runs a program on a mocked machine:
 *     usbtier-run [-i VVVV:PPPP] READERS PROGRAM [ARGUMENT...]
 * READERS in the syntax of ISCARD_SIM; -i: the vendor and product numbers that the readers show. The exit
 * status is the program's. A SIGTERM is handed on.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "testbed.h"

static volatile pid_t child;

static void hand_on(int number)
{
        if (child > 0)
                (void)kill(child, number);
}

static int run(char **command)
{
        const struct sigaction action = {.sa_handler = hand_on};
        int ended = 0;
        child = fork();
        if (child == 0) {
                (void)prctl(PR_SET_PDEATHSIG, SIGTERM);
                (void)execvp(command[0], command);
                perror(command[0]);
                _exit(127);
        }
        if (child < 0)
                return EXIT_FAILURE;
        (void)sigaction(SIGTERM, &action, NULL);
        while (waitpid(child, &ended, 0) != child) {
                if (errno != EINTR)
                        return EXIT_FAILURE;
        }
        return WIFEXITED(ended) ? WEXITSTATUS(ended) : 128 + WTERMSIG(ended);
}

int main(int argc, char **argv)
{
        int at = 1;
        if (argc > 2 && strcmp(argv[1], "-i") == 0) {
                (void)setenv("ISCARD_USBTIER_ID", argv[2], 1);
                at = 3;
        }
        if (argc < at + 2) {
                (void)fprintf(stderr, "usage: usbtier-run [-i VVVV:PPPP] READERS PROGRAM [ARGUMENT...]\n");
                return 2;
        }
        (void)setenv("ISCARD_USBTIER_SIM", argv[at], 1);
        testbed_enter(argv, argv[at]);
        (void)unsetenv("ISCARD_USBTIER_INSIDE"); /* the program may be another test */
        struct testbed *testbed = testbed_create();
        int status = run(argv + at + 1);
        testbed_destroy(testbed);
        return status;
}
