/*
 * interpose.c - the system calls that reach the node, taken before everybody else's. What does not concern
 * the node goes on to the next in line: libumockdev-preload, which redirects sysfs, then the C library.
 */
#include "usbfs.h"
#include "usbtier.h"

#include "bus.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))

typedef void function(void);

static function *next_of(_Atomic(function *) *slot, const char *name)
{
        function *found = atomic_load(slot);
        if (found == NULL) {
                void *symbol = dlsym(RTLD_NEXT, name);
                memcpy(&found, &symbol, sizeof(found));
                atomic_store(slot, found);
        }
        return found;
}

/* The function behind ours of the same name, with its type. */
#define NEXT(type, name)                                                                                     \
        static _Atomic(function *) slot_##name;                                                              \
        type *next_##name = (type *)next_of(&slot_##name, #name)

static bool takes_mode(int flags)
{
        return (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE;
}

#define MODE_OF(flags, mode)                                                                                 \
        mode_t mode = 0;                                                                                     \
        if (takes_mode(flags)) {                                                                             \
                va_list args;                                                                                \
                va_start(args, flags);                                                                       \
                mode = va_arg(args, mode_t);                                                                 \
                va_end(args);                                                                                \
        }

typedef int open_type(const char *path, int flags, ...);
typedef int open_2_type(const char *path, int flags);
typedef int openat_type(int dir, const char *path, int flags, ...);
typedef int close_type(int fd);
typedef int ioctl_type(int fd, unsigned long request, ...);
typedef ssize_t read_type(int fd, void *buf, size_t count);
typedef ssize_t read_chk_type(int fd, void *buf, size_t count, size_t room);
typedef ssize_t pread_type(int fd, void *buf, size_t count, off_t offset);
typedef off_t lseek_type(int fd, off_t offset, int whence);
typedef ssize_t readlink_type(const char *path, char *buf, size_t size);
typedef int access_type(const char *path, int mode);
typedef ssize_t sendmsg_type(int fd, const struct msghdr *message, int flags);

static atomic_bool udev_missing, events_lost;
static atomic_uint descriptor_reads;

/* -2: it is not the node. Each time that libusb reads the bus it opens this file of every device. */
static int node_open(const char *path, int flags)
{
        static const char file[] = "/descriptors";
        size_t len = path != NULL ? strlen(path) : 0;
        if (len > sizeof(file) && strcmp(path + len - (sizeof(file) - 1), file) == 0)
                atomic_fetch_add(&descriptor_reads, 1);
        return usbfs_open(path, flags);
}

EXPORT int open(const char *path, int flags, ...)
{
        NEXT(open_type, open);
        MODE_OF(flags, mode)
        int fd = node_open(path, flags);
        return fd != -2 ? fd : next_open(path, flags, mode);
}

EXPORT int open64(const char *path, int flags, ...)
{
        NEXT(open_type, open64);
        MODE_OF(flags, mode)
        int fd = node_open(path, flags);
        return fd != -2 ? fd : next_open64(path, flags, mode);
}

/* What the fortified headers call */
EXPORT int __open_2(const char *path, int flags)
{
        NEXT(open_2_type, __open_2);
        int fd = node_open(path, flags);
        return fd != -2 ? fd : next___open_2(path, flags);
}

EXPORT int __open64_2(const char *path, int flags)
{
        NEXT(open_2_type, __open64_2);
        int fd = node_open(path, flags);
        return fd != -2 ? fd : next___open64_2(path, flags);
}

EXPORT int openat(int dir, const char *path, int flags, ...)
{
        NEXT(openat_type, openat);
        MODE_OF(flags, mode)
        int fd = node_open(path, flags);
        return fd != -2 ? fd : next_openat(dir, path, flags, mode);
}

EXPORT int openat64(int dir, const char *path, int flags, ...)
{
        NEXT(openat_type, openat64);
        MODE_OF(flags, mode)
        int fd = node_open(path, flags);
        return fd != -2 ? fd : next_openat64(dir, path, flags, mode);
}

EXPORT int close(int fd)
{
        NEXT(close_type, close);
        struct handle *handle = usbfs_handle(fd);
        return handle != NULL ? usbfs_close(handle) : next_close(fd);
}

EXPORT int ioctl(int fd, unsigned long request, ...)
{
        NEXT(ioctl_type, ioctl);
        va_list args;
        va_start(args, request);
        void *arg = va_arg(args, void *);
        va_end(args);
        struct handle *handle = usbfs_handle(fd);
        return handle != NULL ? usbfs_ioctl(handle, request, arg) : next_ioctl(fd, request, arg);
}

EXPORT ssize_t read(int fd, void *buf, size_t count)
{
        NEXT(read_type, read);
        struct handle *handle = usbfs_handle(fd);
        return handle != NULL ? usbfs_read(handle, buf, count) : next_read(fd, buf, count);
}

EXPORT ssize_t __read_chk(int fd, void *buf, size_t count, size_t room)
{
        NEXT(read_chk_type, __read_chk);
        struct handle *handle = usbfs_handle(fd);
        return handle != NULL ? usbfs_read(handle, buf, count) : next___read_chk(fd, buf, count, room);
}

EXPORT ssize_t pread(int fd, void *buf, size_t count, off_t offset)
{
        NEXT(pread_type, pread);
        struct handle *handle = usbfs_handle(fd);
        return handle != NULL ? usbfs_pread(handle, buf, count, offset) : next_pread(fd, buf, count, offset);
}

EXPORT ssize_t pread64(int fd, void *buf, size_t count, off_t offset)
{
        NEXT(pread_type, pread64);
        struct handle *handle = usbfs_handle(fd);
        return handle != NULL ? usbfs_pread(handle, buf, count, offset)
                              : next_pread64(fd, buf, count, offset);
}

EXPORT off_t lseek(int fd, off_t offset, int whence)
{
        NEXT(lseek_type, lseek);
        struct handle *handle = usbfs_handle(fd);
        return handle != NULL ? usbfs_lseek(handle, offset, whence) : next_lseek(fd, offset, whence);
}

EXPORT off_t lseek64(int fd, off_t offset, int whence)
{
        NEXT(lseek_type, lseek64);
        struct handle *handle = usbfs_handle(fd);
        return handle != NULL ? usbfs_lseek(handle, offset, whence) : next_lseek64(fd, offset, whence);
}

/* libusb_wrap_sys_device asks where its descriptor leads. */
EXPORT ssize_t readlink(const char *path, char *buf, size_t size)
{
        NEXT(readlink_type, readlink);
        int fd;
        if (sscanf(path, "/proc/self/fd/%d", &fd) == 1 && usbfs_handle(fd) != NULL)
                return usbfs_path(usbfs_handle(fd), buf, size);
        return next_readlink(path, buf, size);
}

/* The socket of the udev daemon, by which our code, libudev and others know whether one runs. The machine that runs the
 * tests has one or not; what the program sees is the test's to say. */
EXPORT int access(const char *path, int mode)
{
        NEXT(access_type, access);
        if (strcmp(path, "/run/udev/control") != 0)
                return next_access(path, mode);
        if (!atomic_load(&udev_missing))
                return 0;
        errno = ENOENT;
        return -1;
}

/* Whether what is sent there is an event of udev: umockdev has a socket event<N> in its folder for each who listens. */
static bool is_event(int fd)
{
        struct sockaddr_un peer = {.sun_family = AF_UNSPEC};
        socklen_t len = sizeof(peer) - 1; /* the path has an end */
        const char *dir = getenv("UMOCKDEV_DIR");
        if (dir == NULL || getpeername(fd, (struct sockaddr *)&peer, &len) != 0 || peer.sun_family != AF_UNIX)
                return false;
        size_t dir_len = strlen(dir);
        return strncmp(peer.sun_path, dir, dir_len) == 0 &&
               strncmp(peer.sun_path + dir_len, "/event", 6) == 0;
}

EXPORT ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
        NEXT(sendmsg_type, sendmsg);
        if (!atomic_load(&events_lost) || !is_event(fd))
                return next_sendmsg(fd, message, flags);
        ssize_t len = 0;
        for (size_t i = 0; i < message->msg_iovlen; i++)
                len += (ssize_t)message->msg_iov[i].iov_len;
        return len;
}

/* ---- what the test sees */

static void set_udev(bool runs)
{
        atomic_store(&udev_missing, !runs);
}

static void lose_events(bool lost)
{
        atomic_store(&events_lost, lost);
}

static unsigned count_descriptor_reads(void)
{
        return atomic_load(&descriptor_reads);
}

static bool describe(unsigned reader, struct usbtier_reader *description)
{
        struct device *device = bus_device(reader);
        memset(description, 0, sizeof(*description));
        if (device == NULL)
                return false;
        bus_lock(device);
        description->bus = BUS_NUMBER;
        description->address = device->address;
        description->plugged = device->present;
        description->speed_mbit = device->speed_mbit;
        description->descriptors_len = device->descriptors_len;
        memcpy(description->descriptors, device->descriptors, device->descriptors_len);
        bus_unlock(device);
        description->manufacturer = sim_device_string(device->sim, 1);
        description->product = sim_device_string(device->sim, 2);
        description->serial = sim_device_string(device->sim, 3);
        return true;
}

static bool counts(unsigned reader, struct usbtier_counts *out)
{
        struct device *device = bus_device(reader);
        if (device == NULL)
                return false;
        bus_lock(device);
        *out = *device->counts;
        out->messages = sim_device_messages(device->sim);
        out->card_bytes = sim_device_card_bytes(device->sim);
        out->card_us = sim_device_card_us(device->sim);
        bus_unlock(device);
        return true;
}

EXPORT extern const struct usbtier usbtier_table;
const struct usbtier usbtier_table = {
    .readers = bus_count,
    .describe = describe,
    .counts = counts,
    .control = bus_control,
    .set_udev = set_udev,
    .lose_events = lose_events,
    .descriptor_reads = count_descriptor_reads,
};
