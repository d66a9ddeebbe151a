/* holder.c - see holder.h. The descriptors of a process are links in /proc/PID/fd: proc(5). */
#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ccid/holder.h"

#define PATH_ROOM 128u /* /dev/bus/usb/BBB/DDD takes 20 */

/* Whether one of the descriptors of a process leads to node. */
static bool has_open(long pid, const char *node)
{
        char path[64], target[PATH_ROOM];
        struct dirent *entry;
        bool found = false;
        DIR *fds;

        (void)snprintf(path, sizeof path, "/proc/%ld/fd", pid);
        fds = opendir(path);
        if (fds == NULL)
                return false;
        while (!found && (entry = readdir(fds)) != NULL) {
                ssize_t len = readlinkat(dirfd(fds), entry->d_name, target, sizeof target - 1);

                if (len <= 0)
                        continue;
                target[len] = '\0';
                found = strcmp(target, node) == 0;
        }
        (void)closedir(fds);
        return found;
}

static void read_name(struct holder *holder)
{
        char path[64];
        ssize_t len = 0;
        size_t i;
        int fd;

        (void)snprintf(path, sizeof path, "/proc/%ld/comm", holder->pid);
        fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd >= 0) {
                len = read(fd, holder->name, sizeof holder->name - 1);
                (void)close(fd);
        }
        holder->name[len > 0 ? len : 0] = '\0';
        holder->name[strcspn(holder->name, "\n")] = '\0';
        /* A process names itself what it likes. */
        for (i = 0; holder->name[i] != '\0'; i++)
                if (!isprint((unsigned char)holder->name[i]))
                        holder->name[i] = '?';
}

bool holder_find(const char *node, struct holder *holder)
{
        struct dirent *entry;
        bool found = false;
        DIR *proc = opendir("/proc");

        memset(holder, 0, sizeof *holder);
        if (proc == NULL)
                return false;
        while (!found && (entry = readdir(proc)) != NULL) {
                char *end;
                long pid = strtol(entry->d_name, &end, 10);

                if (*end != '\0' || pid <= 0 || pid == (long)getpid())
                        continue;
                found = has_open(pid, node);
                holder->pid = found ? pid : 0;
        }
        (void)closedir(proc);
        if (found)
                read_name(holder);
        return found;
}

const char *holder_advice(const char *name)
{
        if (strcmp(name, "pcscd") == 0)
                return "systemctl stop pcscd.socket pcscd.service";
        if (strcmp(name, "scdaemon") == 0)
                return "gpgconf --kill scdaemon";
        return "end that program, or have it let go of the reader";
}
