/* iscard run: harness scripts, each in a process of its own that can be stopped */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tools/iscard/script.h"
#include "tools/iscard/tool.h"

#define PROCESS_MEMORY_MAX ((rlim_t)1 << 30) /* bytes; the script itself has SCRIPT_MEMORY_MAX of them */
#define GRACE_MS           2000 /* behind the limit, for the script to end by itself with file and line */

/* Shared with the process of the script. */
struct run {
        struct tap tap;
        bool done; /* the script went to its end */
};

static void fail(struct run *run, const char *path, const char *message)
{
        char at[TAP_PLACE_MAX], label[512];

        /* Its process may have been stopped while it wrote there. */
        snprintf(at, sizeof(at), "%.*s", (int)strnlen(run->tap.at, sizeof(at) - 1), run->tap.at);
        const struct tap_detail details[] = {{"message", message}, {"at", at[0] != '\0' ? at : NULL}};

        snprintf(label, sizeof(label), "%s: %s", at[0] != '\0' ? at : path, message);
        tap_point(&run->tap, false, label, details, sizeof(details) / sizeof(details[0]));
}

/*
 * What the script makes the library hold, byte buffers say, is not Lua's: the process has a limit too. Sanitizers reserve
 * more than that for themselves.
 */
static bool limit_memory(void)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
        return true;
#else
        const struct rlimit limit = {.rlim_cur = PROCESS_MEMORY_MAX, .rlim_max = PROCESS_MEMORY_MAX};

        return setrlimit(RLIMIT_DATA, &limit) == 0;
#endif
}

static void child(struct run *run, const char *path, const struct options *options, pid_t parent)
{
        /* Nobody would stop it otherwise. */
        if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent)
                _exit(TOOL_FAILURE);
        if (!options->trust && !limit_memory())
                _exit(TOOL_FAILURE);
        script_run(path, options, &run->tap);
        run->done = fflush(stdout) == 0 && ferror(stdout) == 0;
        exit(TOOL_OK);
}

/* Whether the other end of the pipe was closed in time. */
static bool wait_end(int fd, const struct options *options)
{
        struct pollfd end = {.fd = fd, .events = POLLIN};
        struct timespec now;
        int64_t until, left = -1;
        int count;

        clock_gettime(CLOCK_MONOTONIC, &now);
        until =
            (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000 + (int64_t)options->limit * 1000 + GRACE_MS;
        do {
                if (options->limit != 0) {
                        clock_gettime(CLOCK_MONOTONIC, &now);
                        left = until - ((int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000);
                        left = left < 0 ? 0 : left;
                }
                count = poll(&end, 1, (int)left);
        } while (count < 0 && errno == EINTR);
        return count != 0;
}

static void report(struct run *run, const char *path, const struct options *options, bool in_time, int status)
{
        char message[128];

        if (!in_time)
                snprintf(message, sizeof(message), "the time limit of %d s is over, and the script went on",
                         options->limit);
        else if (run->done && WIFEXITED(status) && WEXITSTATUS(status) == TOOL_OK)
                return;
        else if (WIFSIGNALED(status))
                snprintf(message, sizeof(message), "ended by signal %d", WTERMSIG(status));
        else
                snprintf(message, sizeof(message), "ended before its end, with status %d",
                         WEXITSTATUS(status));
        fail(run, path, message);
}

/* TOOL_OK whatever the points say. */
static int run_one(struct run *run, const char *path, const struct options *options)
{
        pid_t parent = getpid(), process;
        int ends[2], status = 0;
        bool in_time;

        run->done = false;
        run->tap.at[0] = '\0';
        if (pipe2(ends, O_CLOEXEC) != 0)
                return tool_error(TOOL_FAILURE, "no pipe: %s", strerror(errno));
        fflush(stdout);
        process = fork();
        if (process == 0) {
                close(ends[0]);
                child(run, path, options, parent);
        }
        close(ends[1]);
        if (process < 0) {
                close(ends[0]);
                return tool_error(TOOL_FAILURE, "no process: %s", strerror(errno));
        }
        in_time = wait_end(ends[0], options);
        close(ends[0]);
        if (!in_time)
                kill(process, SIGKILL);
        while (waitpid(process, &status, 0) < 0 && errno == EINTR)
                continue;
        report(run, path, options, in_time, status);
        return TOOL_OK;
}

static int run(const struct options *options)
{
        struct run *run = mmap(NULL, sizeof(*run), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        int result = TOOL_OK;

        if (run == MAP_FAILED)
                return tool_error(TOOL_FAILURE, "out of memory");
        tap_begin();
        for (size_t i = 0; i < options->operand_count && result == TOOL_OK; i++) {
                if (options->operand_count > 1)
                        tap_comment("%s", options->operands[i]);
                result = run_one(run, options->operands[i], options);
        }
        /* A stream without its plan is a failure to whoever reads it. */
        if (result == TOOL_OK) {
                tap_plan(&run->tap);
                result = run->tap.failed == 0 ? TOOL_OK : TOOL_HRESULT;
        }
        munmap(run, sizeof(*run));
        return result;
}

const struct verb verb_run = {
    .name = "run",
    .synopsis = "SCRIPT.lua... [-r READER] [--sim CONFIG] [--profile NAME] [--limit SECONDS] [--trust]",
    .summary = "harness scripts: calls by name, every HRESULT checked, TAP out",
    .help = "Lua 5.4; docs/harness.md lists what a script may call. The output is TAP version 13:\n"
            "    prove --ext .lua -e 'iscard run' FOLDER\n"
            "--sim CONFIG puts virtual readers in place of real ones, as ISCARD_SIM does; without either a "
            "script's\n"
            "own first comment \"-- sim: CONFIG\" does. --limit SECONDS ends each script (60; 0: never). A "
            "script\n"
            "reaches no file and no program unless --trust is given. The exit status is 0 when no point "
            "failed.\n",
    .options = OPTION_READER | OPTION_PROFILE | OPTION_RUN,
    .operands_min = 1,
    .operands_max = TOOL_OPERANDS_ANY,
    .run = run,
};
