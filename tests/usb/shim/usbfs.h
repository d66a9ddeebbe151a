/*
 * usbfs.h - the usbfs node: what the kernel does behind open, ioctl, read, lseek and close of
 * /dev/bus/usb/BBB/DDD (Linux, drivers/usb/core/devio.c). The functions set errno and return as the system
 * calls do.
 *
 * The descriptor a client gets is the writing end of a pipe of one page, so that poll works on it as on a
 * node: POLLOUT while a URB can be reaped (the pipe is empty), nothing while none can (it is full), POLLERR
 * once the device is gone (the other end is closed).
 */
#ifndef ISCARD_SHIM_USBFS_H
#define ISCARD_SHIM_USBFS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct handle;

/* The node's path: /dev/bus/usb/BBB/DDD of a reader that is there. -2: not one of ours. */
int usbfs_open(const char *path, int flags);
/* The open node behind fd; NULL: not one of ours. Cheap: every ioctl of the program asks. */
struct handle *usbfs_handle(int fd);
int usbfs_close(struct handle *handle);
int usbfs_ioctl(struct handle *handle, unsigned long request, void *arg);
ssize_t usbfs_read(struct handle *handle, void *buf, size_t count);
ssize_t usbfs_pread(struct handle *handle, void *buf, size_t count, off_t offset);
off_t usbfs_lseek(struct handle *handle, off_t offset, int whence);
/* The path of the node, as /proc/self/fd tells it; bytes written, without a NUL. */
ssize_t usbfs_path(struct handle *handle, char *buf, size_t size);

#endif
