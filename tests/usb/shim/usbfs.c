#include "usbfs.h"

#include "bus.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/usbdevice_fs.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define HANDLE_FDS     4096
#define HANDLE_FLIGHTS 64

#define URB_CONTROL 2 /* USBDEVFS_URB_TYPE_CONTROL and its neighbours are an anonymous list of macros */

#define SET_CONFIGURATION 9
#define SET_INTERFACE     11

#define CAPABILITIES                                                                                         \
        (USBDEVFS_CAP_ZERO_PACKET | USBDEVFS_CAP_NO_PACKET_SIZE_LIM | USBDEVFS_CAP_BULK_SCATTER_GATHER |     \
         USBDEVFS_CAP_REAP_AFTER_DISCONNECT)

#define SPEED_FULL 2 /* enum usb_device_speed of the kernel */
#define SPEED_HIGH 3

/* Guarded by the device's lock, apart from fd and device. */
struct handle {
        struct device *device;
        struct handle *next;
        int fd, far_fd; /* the client's end of the pipe, and ours */
        unsigned address;
        bool writing, gone;
        bool raised; /* poll reports POLLOUT */
        off_t offset;
        struct queue finished, spare;
        struct flight flights[HANDLE_FLIGHTS];
        pthread_cond_t reapable;
};

static _Atomic(struct handle *) handles[HANDLE_FDS];

static int fail(int error)
{
        errno = error;
        return -1;
}

/* ---- poll. System calls without their wrappers: those are somebody's preload, ours included. */

static void raise_ready(struct handle *handle)
{
        char byte;
        if (handle->raised || handle->gone)
                return;
        if (syscall(SYS_read, handle->far_fd, &byte, 1) == 1)
                handle->raised = true;
}

static void lower_ready(struct handle *handle)
{
        if (!handle->raised || handle->gone)
                return;
        if (syscall(SYS_write, handle->fd, "", 1) == 1)
                handle->raised = false;
}

void usbfs_done(struct flight *flight)
{
        struct handle *handle = flight->owner;
        flight->done = true;
        if (flight->urb != NULL) {
                queue_push(&handle->finished, flight);
                raise_ready(handle);
        }
        pthread_cond_broadcast(&handle->reapable);
}

void usbfs_vanished(struct handle *handle)
{
        handle->gone = true;
        (void)syscall(SYS_close, handle->far_fd);
        handle->far_fd = -1;
        pthread_cond_broadcast(&handle->reapable);
}

struct handle *usbfs_next(struct handle *handle)
{
        return handle->next;
}

/* ---- open and close */

static bool make_pipe(struct handle *handle, int flags)
{
        int ends[2];
        if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0)
                return false;
        handle->far_fd = ends[0];
        handle->fd = ends[1];
        bool made = handle->fd < HANDLE_FDS && fcntl(handle->fd, F_SETPIPE_SZ, 4096) >= 0 &&
                    syscall(SYS_write, handle->fd, "", 1) == 1 &&
                    ((flags & O_CLOEXEC) != 0 || fcntl(handle->fd, F_SETFD, 0) == 0);
        if (!made) {
                (void)syscall(SYS_close, ends[0]);
                (void)syscall(SYS_close, ends[1]);
                errno = EMFILE;
        }
        return made;
}

static struct handle *make_handle(struct device *device, int flags)
{
        struct handle *handle = calloc(1, sizeof(*handle));
        if (handle == NULL || !make_pipe(handle, flags)) {
                free(handle);
                return NULL;
        }
        handle->device = device;
        handle->writing = (flags & O_ACCMODE) != O_RDONLY;
        queue_init(&handle->finished);
        queue_init(&handle->spare);
        for (unsigned i = 0; i < HANDLE_FLIGHTS; i++) {
                handle->flights[i].owner = handle;
                queue_push(&handle->spare, &handle->flights[i]);
        }
        pthread_condattr_t attributes;
        pthread_condattr_init(&attributes);
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
        pthread_cond_init(&handle->reapable, &attributes);
        pthread_condattr_destroy(&attributes);
        return handle;
}

int usbfs_open(const char *path, int flags)
{
        unsigned bus;
        unsigned address;
        int used = 0;
        if (path == NULL || strncmp(path, "/dev/bus/usb/", 13) != 0 ||
            sscanf(path + 13, "%3u/%3u%n", &bus, &address, &used) != 2 || path[13 + used] != '\0')
                return -2;
        struct device *device = bus_find(bus, address);
        if (device == NULL)
                return -2;
        if (device->denied)
                return fail(EACCES);
        struct handle *handle = make_handle(device, flags);
        if (handle == NULL)
                return -1;
        bus_lock(device);
        if (device->present) {
                handle->address = device->address;
                handle->next = device->handles;
                device->handles = handle;
        } else {
                usbfs_vanished(handle);
        }
        bus_unlock(device);
        atomic_store(&handles[handle->fd], handle);
        return handle->fd;
}

struct handle *usbfs_handle(int fd)
{
        return fd >= 0 && fd < HANDLE_FDS ? atomic_load(&handles[fd]) : NULL;
}

/* ---- claims */

static int lock_claim(const struct device *device, unsigned interface_number, bool take)
{
        struct flock range = {.l_type = take ? F_WRLCK : F_UNLCK,
                              .l_whence = SEEK_SET,
                              .l_start = (off_t)device->index * BUS_INTERFACES + interface_number,
                              .l_len = 1};
        return device->claim_file < 0 ? 0 : fcntl(device->claim_file, F_OFD_SETLK, &range);
}

static bool has_interface(const struct device *device, unsigned interface_number)
{
        for (size_t at = 0; at + 3 <= device->descriptors_len && device->descriptors[at] >= 2;
             at += device->descriptors[at]) {
                if (device->descriptors[at + 1] == 4 && device->descriptors[at + 2] == interface_number)
                        return true;
        }
        return false;
}

static int claim(struct handle *handle, unsigned interface_number)
{
        struct device *device = handle->device;
        if (interface_number >= BUS_INTERFACES || !has_interface(device, interface_number))
                return -ENOENT;
        if (device->claims[interface_number] == handle)
                return 0;
        if (device->claims[interface_number] != NULL || lock_claim(device, interface_number, true) != 0)
                return -EBUSY;
        device->claims[interface_number] = handle;
        return 0;
}

static int release(struct handle *handle, unsigned interface_number)
{
        struct device *device = handle->device;
        if (interface_number >= BUS_INTERFACES || device->claims[interface_number] != handle)
                return -EINVAL;
        device->claims[interface_number] = NULL;
        (void)lock_claim(device, interface_number, false);
        return 0;
}

void usbfs_unbind(struct device *device)
{
        for (unsigned i = 0; i < BUS_INTERFACES; i++) {
                if (device->claims[i] != NULL)
                        (void)release(device->claims[i], i);
        }
}

static void end_flights(struct handle *handle)
{
        struct flight *next;
        for (struct flight *flight = handle->device->pending.head; flight != NULL; flight = next) {
                next = flight->next;
                if (flight->owner == handle)
                        (void)queue_take(&handle->device->pending, flight);
        }
}

int usbfs_close(struct handle *handle)
{
        struct device *device = handle->device;
        int fd = handle->fd;
        atomic_store(&handles[fd], NULL);
        bus_lock(device);
        end_flights(handle);
        if (!handle->gone) {
                for (unsigned i = 0; i < BUS_INTERFACES; i++)
                        (void)release(handle, i);
                for (struct handle **at = &device->handles; *at != NULL; at = &(*at)->next) {
                        if (*at == handle) {
                                *at = handle->next;
                                break;
                        }
                }
                (void)syscall(SYS_close, handle->far_fd);
        }
        bus_unlock(device);
        pthread_cond_destroy(&handle->reapable);
        free(handle);
        return (int)syscall(SYS_close, fd);
}

/* ---- URBs */

/* Using an interface that nobody claims claims it. devio.c, checkintf */
static int use_endpoint(struct handle *handle, uint8_t address)
{
        const struct endpoint *endpoint = bus_endpoint(handle->device, address);
        return endpoint == NULL ? -ENOENT : claim(handle, endpoint->interface_number);
}

static int use_recipient(struct handle *handle, const uint8_t setup[8])
{
        switch (setup[0] & 0x1F) {
        case 1:
                return claim(handle, setup[4]);
        case 2:
                return setup[4] == 0 ? 0 : use_endpoint(handle, setup[4]);
        default:
                return 0;
        }
}

static int control_urb(struct handle *handle, struct usbdevfs_urb *urb, struct flight *flight)
{
        uint8_t *setup = urb->buffer;
        if (urb->buffer_length < 8)
                return -EINVAL;
        size_t len = (size_t)(setup[6] | setup[7] << 8);
        if (len > (size_t)urb->buffer_length - 8)
                return -EINVAL;
        int error = use_recipient(handle, setup);
        if (error != 0)
                return error;
        flight->status = bus_request(handle->device, setup, setup + 8, &len);
        flight->actual = len;
        usbfs_done(flight);
        bus_serve(handle->device); /* an abort or a halt cleared may let go what waits */
        return 0;
}

static int submit(struct handle *handle, struct usbdevfs_urb *urb)
{
        struct device *device = handle->device;
        if (urb->buffer_length < 0 || (urb->buffer_length > 0 && urb->buffer == NULL))
                return -EINVAL;
        struct flight *flight = queue_pop(&handle->spare);
        if (flight == NULL)
                return -ENOMEM;
        flight->urb = urb;
        flight->endpoint = urb->endpoint;
        flight->data = urb->buffer;
        flight->len = (size_t)urb->buffer_length;
        flight->actual = 0;
        flight->status = 0;
        flight->done = false;
        int error;
        if (urb->type == USBDEVFS_URB_TYPE_CONTROL) {
                error = control_urb(handle, urb, flight);
        } else if (urb->type != USBDEVFS_URB_TYPE_BULK && urb->type != USBDEVFS_URB_TYPE_INTERRUPT) {
                error = -EINVAL;
        } else {
                error = use_endpoint(handle, urb->endpoint);
                if (error == 0) {
                        queue_push(&device->pending, flight);
                        bus_serve(device);
                }
        }
        if (error != 0)
                queue_push(&handle->spare, flight);
        return error;
}

static int discard(struct handle *handle, const void *urb)
{
        for (struct flight *flight = handle->device->pending.head; flight != NULL; flight = flight->next) {
                if (flight->owner != handle || flight->urb != urb)
                        continue;
                (void)queue_take(&handle->device->pending, flight);
                flight->status = -ENOENT;
                usbfs_done(flight);
                return 0;
        }
        return -EINVAL; /* completed, or never submitted */
}

static int reap(struct handle *handle, void **urb_out, bool wait)
{
        struct flight *flight;
        while ((flight = queue_pop(&handle->finished)) == NULL) {
                lower_ready(handle);
                if (handle->gone)
                        return -ENODEV;
                if (!wait)
                        return -EAGAIN;
                pthread_cond_wait(&handle->reapable, &handle->device->lock);
        }
        struct usbdevfs_urb *urb = flight->urb;
        urb->status = flight->status;
        urb->actual_length = (int)flight->actual;
        *urb_out = urb;
        queue_push(&handle->spare, flight);
        return 0;
}

/* ---- transfers that wait */

static int control(struct handle *handle, const struct usbdevfs_ctrltransfer *transfer)
{
        const uint8_t setup[8] = {transfer->bRequestType,     transfer->bRequest,
                                  (uint8_t)transfer->wValue,  (uint8_t)(transfer->wValue >> 8),
                                  (uint8_t)transfer->wIndex,  (uint8_t)(transfer->wIndex >> 8),
                                  (uint8_t)transfer->wLength, (uint8_t)(transfer->wLength >> 8)};
        size_t len = transfer->wLength;
        int error = use_recipient(handle, setup);
        if (error == 0)
                error = bus_request(handle->device, setup, transfer->data, &len);
        bus_serve(handle->device);
        return error == 0 ? (int)len : error;
}

static int bulk(struct handle *handle, const struct usbdevfs_bulktransfer *transfer)
{
        struct flight flight = {
            .owner = handle, .endpoint = (uint8_t)transfer->ep, .data = transfer->data, .len = transfer->len};
        struct timespec until;
        int error = use_endpoint(handle, flight.endpoint);
        if (error != 0)
                return error;
        (void)clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_sec += transfer->timeout / 1000;
        until.tv_nsec += (long)(transfer->timeout % 1000) * 1000000;
        if (until.tv_nsec >= 1000000000) {
                until.tv_sec++;
                until.tv_nsec -= 1000000000;
        }
        queue_push(&handle->device->pending, &flight);
        bus_serve(handle->device);
        while (!flight.done) {
                if (transfer->timeout == 0) {
                        pthread_cond_wait(&handle->reapable, &handle->device->lock);
                } else if (pthread_cond_timedwait(&handle->reapable, &handle->device->lock, &until) ==
                               ETIMEDOUT &&
                           !flight.done) {
                        (void)queue_take(&handle->device->pending, &flight);
                        return -ETIMEDOUT;
                }
        }
        return flight.status == 0 ? (int)flight.actual : flight.status;
}

/* ---- the other requests */

static int standard(struct handle *handle, uint8_t type, uint8_t request, unsigned value, unsigned index)
{
        const uint8_t setup[8] = {type, request, (uint8_t)value, 0, (uint8_t)index, 0, 0, 0};
        uint8_t nothing[1];
        size_t len = 0;
        return bus_request(handle->device, setup, nothing, &len);
}

static int set_configuration(struct handle *handle, unsigned value)
{
        for (unsigned i = 0; i < BUS_INTERFACES; i++) {
                if (handle->device->claims[i] != NULL)
                        return -EBUSY;
        }
        return standard(handle, 0x00, SET_CONFIGURATION, value, 0);
}

static int set_interface(struct handle *handle, const struct usbdevfs_setinterface *wanted)
{
        int error = claim(handle, wanted->interface);
        return error != 0 ? error
                          : standard(handle, 0x01, SET_INTERFACE, wanted->altsetting, wanted->interface);
}

static int get_driver(struct handle *handle, struct usbdevfs_getdriver *driver)
{
        if (driver->interface >= BUS_INTERFACES || handle->device->claims[driver->interface] == NULL)
                return -ENODATA;
        (void)snprintf(driver->driver, sizeof(driver->driver), "usbfs");
        return 0;
}

static int clear_halt(struct handle *handle, unsigned endpoint)
{
        int error = use_endpoint(handle, (uint8_t)endpoint);
        if (error != 0)
                return error;
        bus_clear_halt(handle->device, (uint8_t)endpoint);
        bus_serve(handle->device);
        return 0;
}

/* The bus reset itself is not modelled: what a client can see of it here is that no endpoint is halted. */
static int reset(struct handle *handle)
{
        struct device *device = handle->device;
        for (unsigned i = 0; i < device->endpoint_count; i++)
                bus_clear_halt(device, device->endpoints[i].address);
        bus_serve(device);
        return 0;
}

/* No kernel driver is ever bound: there is nothing to detach, and none comes when asked for. */
static int interface_ioctl(const struct usbdevfs_ioctl *request)
{
        switch (request->ioctl_code) {
        case USBDEVFS_DISCONNECT:
                return -ENODATA;
        case USBDEVFS_CONNECT:
                return 0;
        default:
                return -ENOTTY;
        }
}

static int dispatch(struct handle *handle, unsigned long request, void *arg)
{
        struct device *device = handle->device;
        switch (request) {
        case USBDEVFS_SUBMITURB:
                return submit(handle, arg);
        case USBDEVFS_DISCARDURB:
                return discard(handle, arg);
        case USBDEVFS_GET_CAPABILITIES:
                *(uint32_t *)arg = CAPABILITIES;
                return 0;
        case USBDEVFS_GET_SPEED:
                return device->speed_mbit == 480 ? SPEED_HIGH : SPEED_FULL;
        case USBDEVFS_CONNECTINFO:
                *(struct usbdevfs_connectinfo *)arg =
                    (struct usbdevfs_connectinfo){.devnum = handle->address};
                return 0;
        case USBDEVFS_CLAIMINTERFACE:
                return claim(handle, *(const unsigned *)arg);
        case USBDEVFS_DISCONNECT_CLAIM:
                return claim(handle, ((const struct usbdevfs_disconnect_claim *)arg)->interface);
        case USBDEVFS_RELEASEINTERFACE:
                return release(handle, *(const unsigned *)arg);
        case USBDEVFS_SETINTERFACE:
                return set_interface(handle, arg);
        case USBDEVFS_SETCONFIGURATION:
                return set_configuration(handle, *(const unsigned *)arg);
        case USBDEVFS_GETDRIVER:
                return get_driver(handle, arg);
        case USBDEVFS_CLEAR_HALT:
                return clear_halt(handle, *(const unsigned *)arg);
        case USBDEVFS_RESET:
                return reset(handle);
        case USBDEVFS_CONTROL:
                return control(handle, arg);
        case USBDEVFS_BULK:
                return bulk(handle, arg);
        case USBDEVFS_IOCTL:
                return interface_ioctl(arg);
        default:
                return -ENOTTY;
        }
}

int usbfs_ioctl(struct handle *handle, unsigned long request, void *arg)
{
        int result;
        bus_lock(handle->device);
        if (!handle->writing)
                result = -EPERM;
        else if (request == USBDEVFS_REAPURB || request == USBDEVFS_REAPURBNDELAY)
                result = reap(handle, arg, request == USBDEVFS_REAPURB);
        else if (handle->gone)
                result = -ENODEV;
        else
                result = dispatch(handle, request, arg);
        bus_unlock(handle->device);
        return result < 0 ? fail(-result) : result;
}

/* ---- the descriptors, as a file */

ssize_t usbfs_pread(struct handle *handle, void *buf, size_t count, off_t offset)
{
        ssize_t result = -1;
        bus_lock(handle->device);
        size_t len = handle->device->descriptors_len;
        if (handle->gone) {
                errno = ENODEV;
        } else if (offset < 0) {
                errno = EINVAL;
        } else if ((size_t)offset >= len) {
                result = 0;
        } else {
                size_t left = len - (size_t)offset;
                count = count < left ? count : left;
                memcpy(buf, handle->device->descriptors + offset, count);
                result = (ssize_t)count;
        }
        bus_unlock(handle->device);
        return result;
}

ssize_t usbfs_read(struct handle *handle, void *buf, size_t count)
{
        ssize_t result = usbfs_pread(handle, buf, count, handle->offset);
        if (result > 0)
                handle->offset += result;
        return result;
}

off_t usbfs_lseek(struct handle *handle, off_t offset, int whence)
{
        if (whence == SEEK_CUR)
                offset += handle->offset;
        else if (whence != SEEK_SET)
                return fail(EINVAL);
        if (offset < 0)
                return fail(EINVAL);
        handle->offset = offset;
        return offset;
}

ssize_t usbfs_path(struct handle *handle, char *buf, size_t size)
{
        char path[64];
        int len =
            snprintf(path, sizeof(path), "/dev/bus/usb/%03u/%03u", (unsigned)BUS_NUMBER, handle->address);
        size_t take = (size_t)len < size ? (size_t)len : size;
        memcpy(buf, path, take);
        return (ssize_t)take;
}
