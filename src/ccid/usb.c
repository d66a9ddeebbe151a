/*
 * usb.c - the USB bus over libusb-1.0; the only file that includes libusb.h.
 *
 * Two kinds of libusb context. One serves discovery and is entered only by scan. Each open reader has another
 * of its own, so that its event lock has one taker: a thread that waited in the events of a shared context
 * would make every command of another reader pay two thread switches. It is a full context in which the
 * device is found again by bus and address. Not LIBUSB_OPTION_NO_DEVICE_DISCOVERY with
 * libusb_wrap_sys_device: in libusb 1.0.26 that option can only be set for the whole process, which the host
 * program may use libusb in, too.
 *
 * No transfer has a time limit of libusb's, which would cost a timerfd call each time: the waiting thread
 * knows its deadline and cancels.
 */
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <libusb.h>

#include "core/log.h"
#include "core/status.h"
#include "ccid/descriptor.h"
#include "ccid/holder.h"
#include "ccid/ring.h"
#include "ccid/sysfs.h"
#include "ccid/transport.h"

#define REAP_MS           2000 /* a cancelled transfer comes back; a host controller that keeps it is broken */
#define REAP_STEP_MS      10   /* see on_bulk */
#define TAIL_MS           500  /* a message of 64 KB takes a fifth of it at full speed */
#define FRESH_NS          1000000 /* ns: see usb_event */
#define INTERRUPT_RETRIES 3
#define SHUT_NS           INT64_C(1000000000) /* retries within it are in a row: see interrupt_survives */
#define ROOM_FDS          12                  /* a context has three, and reads sysfs through a few more */
#define WATCH_FDS         8                   /* of a libusb context; it has three */
#define REST_MS           50                  /* see watch below */
#define RESCAN_MS         1000                /* where nobody tells of devices: no udev daemon */
#define SOON_MS           250 /* while one that is gone is in the list still, or one is not ready */
#define LOOKS_MAX         10  /* see look_at */
#define BEHIND_NS         INT64_C(2000000000) /* udev has seen to a device by then: see is_deaf */

/* ---- status values */

static int32_t scard_from_libusb(int code)
{
        switch (code) {
        case LIBUSB_SUCCESS:
                return SCARD_S_SUCCESS;
        case LIBUSB_ERROR_NO_DEVICE:
        case LIBUSB_ERROR_NOT_FOUND:
                return SCARD_E_READER_UNAVAILABLE;
        case LIBUSB_ERROR_BUSY:
                return SCARD_E_SHARING_VIOLATION;
        case LIBUSB_ERROR_ACCESS:
                return SCARD_E_NO_ACCESS;
        case LIBUSB_ERROR_TIMEOUT:
                return SCARD_E_TIMEOUT;
        case LIBUSB_ERROR_PIPE:
                return SCARD_E_NOT_READY;
        case LIBUSB_ERROR_NO_MEM:
                return SCARD_E_NO_MEMORY;
        default:
                log_line(LOG_WARN, "usb", "libusb error %d (%s)", code, libusb_error_name(code));
                return SCARD_F_COMM_ERROR;
        }
}

/* How a transfer ended, as the error code it stands for. Whether the device is gone is another question: outcome. */
static int libusb_from_transfer(enum libusb_transfer_status status)
{
        switch (status) {
        case LIBUSB_TRANSFER_COMPLETED:
                return LIBUSB_SUCCESS;
        case LIBUSB_TRANSFER_STALL:
                return LIBUSB_ERROR_PIPE;
        case LIBUSB_TRANSFER_TIMED_OUT:
        case LIBUSB_TRANSFER_CANCELLED:
                return LIBUSB_ERROR_TIMEOUT;
        case LIBUSB_TRANSFER_OVERFLOW:
                return LIBUSB_ERROR_OVERFLOW;
        default:
                return LIBUSB_ERROR_IO;
        }
}

static int64_t now_ns(void)
{
        struct timespec now;

        clock_gettime(CLOCK_MONOTONIC, &now);
        return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* ---- an open reader */

/* What the bus hands out for a device: enough to find it again. */
struct usb_dev {
        uint8_t bus, address;
        uint16_t vendor_id, product_id;
        uint8_t configuration; /* bConfigurationValue to be set at open; 0: the active one it is */
        bool told;             /* why it cannot be had, which is tried again and again while somebody waits */
        bool lost;             /* it is not in the list any more */
};

/* The descriptors of a libusb context that epoll has. They are taken out before they are closed: a child of a fork may
 * hold them open, and then they would have their say for ever. */
struct usb_ears {
        int fds[WATCH_FDS];
        unsigned count;
};

struct usb_pipe;

/* What one thread has submitted and waits for. */
struct usb_wait {
        struct usb_pipe *pipe;
        unsigned shuts;                   /* of the pipe, when they were submitted */
        struct libusb_transfer *in, *out; /* in NULL: none */
        atomic_uint flight;               /* transfers that libusb holds */
        int done; /* what the wait watches; atomic access, an int because libusb reads it, too */
};

struct usb_pipe {
        libusb_context *context;
        libusb_device_handle *handle;
        libusb_device *device; /* of handle; only compared */
        struct usb_dev *dev;
        struct ccid_pipes pipes;
        bool claimed;
        struct usb_wait main;  /* exchange and receive */
        struct usb_wait aside; /* send, which may come beside them */
        struct libusb_transfer *interrupt;
        atomic_bool wedged; /* a transfer never came back: no further one can be made */
        atomic_bool cancelled, gone;
        atomic_uint shuts; /* how often transfers were ended under a device that stays: see mark_restarted */
        atomic_bool restarted; /* which was not told yet */
        atomic_bool interrupt_flying, interrupt_halted;
        atomic_uint interrupt_retries;
        atomic_uint interrupt_shuts; /* shuts when it was submitted */
        int64_t shut_at;             /* now_ns() of the first of those that interrupt_survives has counted */
        unsigned shut_count;         /* both only in callbacks, which come one at a time */
        uint8_t *interrupt_bytes;
        atomic_llong fresh; /* now_ns() when events were last handled */
        struct ring ring;   /* interrupt messages between the callback and usb_event */

        atomic_uint running, runs; /* bulk transfers under way, and ever begun */
        /* Under the lock of watch */
        struct usb_pipe *next;
        struct usb_ears ears;
        enum { USB_OUTSIDE, USB_WATCHED, USB_RESTING } place;
        unsigned runs_seen;
};

/*
 * Whoever waits for something to happen: one epoll descriptor over those of the discovery context and of
 * every open reader. A reader that commands run on rests, that is stays outside: the threads that run them
 * handle its events, interrupt messages among them, while a thread that listened in would be woken by each
 * answer and get in their way. Once it has been quiet for REST_MS it is listened to again. So a command pays
 * nothing for being watched, and nothing wakes up while nothing happens. The lock is innermost but for
 * libusb's; the callbacks of transfers do not take it.
 */
static struct {
        pthread_mutex_t lock;
        int epoll;                  /* -1: nobody watches */
        struct usb_pipe *pipes;     /* all that are open */
        struct usb_ears bus;        /* of the discovery context; none: it is not listened to */
        void (*_Atomic wake)(void); /* NULL: nobody watches */
        atomic_bool news;           /* a callback had some */
} watch = {.lock = PTHREAD_MUTEX_INITIALIZER, .epoll = -1};

struct usb_known;

/* One bus in a process: struct ccid_bus carries no context. Calls come one at a time. */
static struct {
        libusb_context *context;
        struct usb_known *known;
        bool failed;         /* and said so */
        int64_t read_ns;     /* now_ns() when the list was read last */
        bool unsettled;      /* there is reason to read it again, though nobody may tell of anything */
        bool hasty;          /* and soon */
        int64_t behind_ns;   /* since when it is another than that of sysfs; 0: it is not */
        ssize_t excused[2];  /* sizes of both: libusb knows no better */
        bool unheard;        /* the udev daemon is there, and what it tells does not come in */
        atomic_bool doubted; /* a device of the list could not be found again */
} usb_bus;

/* Something happened to a reader; on whichever thread handles events. */
static void watch_tell(void)
{
        void (*wake)(void) = atomic_load(&watch.wake);

        if (wake == NULL)
                return;
        atomic_store(&watch.news, true);
        wake();
}

static void mark_gone(struct usb_pipe *pipe)
{
        if (!atomic_exchange(&pipe->gone, true))
                watch_tell();
}

static void set_done(struct usb_wait *wait, int value)
{
        __atomic_store_n(&wait->done, value, __ATOMIC_SEQ_CST);
}

static bool is_done(struct usb_wait *wait)
{
        return __atomic_load_n(&wait->done, __ATOMIC_SEQ_CST) != 0;
}

/*
 * A bulk transfer came back, on whichever thread handles events. The wait ends with the last one, or early
 * where the other cannot succeed any more: OUT failed, or the device is gone. A stalled IN waits for OUT, as
 * it must be known whether the command was accepted. flight is counted down last: once it is 0 the next
 * exchange may begin, whose wait a late set_done would end too early. So reap looks at flight, not at done.
 */
static void LIBUSB_CALL on_bulk(struct libusb_transfer *transfer)
{
        struct usb_wait *wait = transfer->user_data;
        bool failed = transfer->status != LIBUSB_TRANSFER_COMPLETED &&
                      (transfer == wait->out || transfer->status == LIBUSB_TRANSFER_NO_DEVICE);

        if (atomic_load(&wait->flight) == 1 || failed)
                set_done(wait, 1);
        atomic_fetch_sub(&wait->flight, 1);
}

/* seen: shuts when the transfer was submitted. What has ended several of them is told once. */
static void mark_restarted(struct usb_pipe *pipe, unsigned seen)
{
        if (!atomic_compare_exchange_strong(&pipe->shuts, &seen, seen + 1))
                return;
        atomic_store(&pipe->restarted, true);
        watch_tell();
}

static int submit_interrupt(struct usb_pipe *pipe)
{
        atomic_store(&pipe->interrupt_shuts, atomic_load(&pipe->shuts));
        return libusb_submit_transfer(pipe->interrupt);
}

/*
 * The kernel ends every transfer with ESHUTDOWN when the device is unplugged and also when the system falls asleep;
 * libusb says NO_DEVICE to both. A device that is gone takes no other transfer. One that slept, or was reset as it
 * woke, takes it; if that has cost us the interface, the kernel claims it anew for whoever submits a transfer first.
 * Linux: usb_suspend_both and usb_resume_interface in drivers/usb/core/driver.c, checkintf in devio.c
 */
static bool interrupt_survives(struct usb_pipe *pipe)
{
        unsigned seen = atomic_load(&pipe->interrupt_shuts);
        int64_t now = now_ns();
        int error = LIBUSB_ERROR_IO;

        if (now - pipe->shut_at > SHUT_NS) {
                pipe->shut_at = now;
                pipe->shut_count = 0;
        }
        if (pipe->shut_count++ < INTERRUPT_RETRIES)
                error = submit_interrupt(pipe);
        if (error == LIBUSB_ERROR_NO_DEVICE) {
                mark_gone(pipe);
                return false;
        }
        if (error != LIBUSB_SUCCESS)
                atomic_store(&pipe->interrupt_halted, true);
        mark_restarted(pipe, seen);
        /* It was submitted after what is told now, and is to tell of the next. */
        if (atomic_load(&pipe->interrupt_shuts) == seen)
                atomic_store(&pipe->interrupt_shuts, seen + 1);
        return error == LIBUSB_SUCCESS;
}

static void LIBUSB_CALL on_interrupt(struct libusb_transfer *transfer)
{
        struct usb_pipe *pipe = transfer->user_data;
        int error;

        if (transfer->status == LIBUSB_TRANSFER_COMPLETED) {
                ring_put(&pipe->ring, transfer->buffer, (size_t)transfer->actual_length);
                watch_tell();
                atomic_store(&pipe->interrupt_retries, 0);
                error = submit_interrupt(pipe);
                if (error == LIBUSB_SUCCESS)
                        return;
                if (error == LIBUSB_ERROR_NO_DEVICE)
                        mark_gone(pipe);
                else
                        atomic_store(&pipe->interrupt_halted, true);
        } else if (transfer->status == LIBUSB_TRANSFER_NO_DEVICE) {
                if (interrupt_survives(pipe))
                        return;
        } else if (transfer->status != LIBUSB_TRANSFER_CANCELLED) {
                atomic_store(&pipe->interrupt_halted, true); /* started again by the next exchange */
                watch_tell(); /* until then the reader has to be asked: see usb_event */
        }
        atomic_store(&pipe->interrupt_flying, false);
}

static void start_interrupt(struct usb_pipe *pipe)
{
        atomic_store(&pipe->interrupt_flying, true);
        if (submit_interrupt(pipe) != LIBUSB_SUCCESS) {
                atomic_store(&pipe->interrupt_halted, true);
                atomic_store(&pipe->interrupt_flying, false);
        }
}

/* After a failure of the interrupt endpoint. A few times in a row; then the endpoint is left alone. */
static void revive_interrupt(struct usb_pipe *pipe)
{
        if (atomic_load(&pipe->interrupt_flying) ||
            atomic_load(&pipe->interrupt_retries) >= INTERRUPT_RETRIES)
                return;
        atomic_store(&pipe->interrupt_halted, false);
        atomic_fetch_add(&pipe->interrupt_retries, 1);
        log_line(LOG_INFO, "usb", "interrupt endpoint failed; started again");
        (void)libusb_clear_halt(pipe->handle, pipe->pipes.interrupt_in);
        start_interrupt(pipe);
}

/* Handles events until done, cancel, or the deadline. */
static int wait_events(struct usb_wait *wait, int64_t deadline, bool cancellable)
{
        struct usb_pipe *pipe = wait->pipe;
        int error = LIBUSB_SUCCESS;
        int64_t now = now_ns();

        while (!is_done(wait)) {
                int64_t left = deadline - now;
                struct timeval tv;

                if (left <= 0 || (cancellable && atomic_load(&pipe->cancelled)))
                        break;
                tv.tv_sec = (time_t)(left / 1000000000);
                tv.tv_usec = (suseconds_t)(left % 1000000000 / 1000 + 1);
                if (tv.tv_usec > 999999)
                        tv.tv_usec = 999999;
                error = libusb_handle_events_timeout_completed(pipe->context, &tv, &wait->done);
                if (error != LIBUSB_SUCCESS && error != LIBUSB_ERROR_INTERRUPTED)
                        break;
                error = LIBUSB_SUCCESS;
                now = now_ns();
        }
        atomic_store(&pipe->fresh, now);
        return error;
}

/* Takes back what is still in flight, so that the buffers are the caller's again. */
static void reap(struct usb_wait *wait)
{
        int64_t deadline = now_ns() + (int64_t)REAP_MS * 1000000;

        if (atomic_load(&wait->flight) == 0)
                return;
        /* LIBUSB_ERROR_NOT_FOUND: it has come back already */
        if (wait->in != NULL)
                (void)libusb_cancel_transfer(wait->in);
        (void)libusb_cancel_transfer(wait->out);
        while (now_ns() < deadline) {
                set_done(wait, 0);
                if (atomic_load(&wait->flight) == 0)
                        return;
                if (wait_events(wait, now_ns() + (int64_t)REAP_STEP_MS * 1000000, false) != LIBUSB_SUCCESS)
                        break;
        }
        if (atomic_load(&wait->flight) != 0) {
                log_line(LOG_ERROR, "usb", "a cancelled transfer did not come back; the reader is given up");
                atomic_store(&wait->pipe->wedged, true);
        }
}

static bool is_usable(struct usb_pipe *pipe)
{
        return !atomic_load(&pipe->wedged) && !atomic_load(&pipe->gone);
}

static void fill(struct usb_wait *wait, struct libusb_transfer *transfer, uint8_t endpoint, uint8_t *bytes,
                 size_t len)
{
        libusb_fill_bulk_transfer(transfer, wait->pipe->handle, endpoint, bytes, (int)len, on_bulk, wait, 0);
        /* What a transfer that was never submitted looks like below. */
        transfer->status = LIBUSB_TRANSFER_CANCELLED;
        transfer->actual_length = 0;
        transfer->flags = 0;
}

static void fill_out(struct usb_wait *wait, const uint8_t *out, size_t len, bool zlp)
{
        const struct ccid_pipes *pipes = &wait->pipe->pipes;

        fill(wait, wait->out, pipes->bulk_out, (uint8_t *)(uintptr_t)out, len);
        if (zlp && len % pipes->bulk_out_packet == 0)
                wait->out->flags = LIBUSB_TRANSFER_ADD_ZERO_PACKET;
}

/* Submits what is given, IN first, and waits. The outcome of each is in its status. */
static int run(struct usb_wait *wait, bool in, bool out, unsigned timeout_ms, bool cancellable)
{
        struct usb_pipe *pipe = wait->pipe;
        int64_t deadline = now_ns() + (int64_t)timeout_ms * 1000000;
        int error = LIBUSB_SUCCESS;

        atomic_fetch_add(&pipe->running, 1);
        atomic_fetch_add_explicit(&pipe->runs, 1, memory_order_relaxed);
        wait->shuts = atomic_load(&pipe->shuts);
        set_done(wait, 0);
        atomic_store(&wait->flight, (in ? 1u : 0u) + (out ? 1u : 0u));
        if (in) {
                error = libusb_submit_transfer(wait->in);
                if (error != LIBUSB_SUCCESS) {
                        atomic_store(&wait->flight, 0);
                        atomic_fetch_sub(&pipe->running, 1);
                        return error;
                }
        }
        if (out) {
                error = libusb_submit_transfer(wait->out);
                if (error != LIBUSB_SUCCESS)
                        atomic_fetch_sub(&wait->flight, 1);
        }
        if (error == LIBUSB_SUCCESS)
                error = wait_events(wait, deadline, cancellable);
        reap(wait);
        atomic_fetch_sub(&pipe->running, 1);
        return error;
}

/*
 * A reader that is pulled out may fail with a protocol error for as long as the hub has not noticed (UHCI
 * asks its ports four times a second). Asks endpoint 0 until the device answers, or is known to be gone, or
 * the hub has had time enough. The same question tells what a transfer means that ended with NO_DEVICE: see
 * interrupt_survives.
 */
static bool is_leaving(struct usb_pipe *pipe)
{
        enum { LIMIT_MS = 600, STEP_MS = 20 };
        int64_t deadline = now_ns() + (int64_t)LIMIT_MS * 1000000;
        const struct timespec step = {0, STEP_MS * 1000000L};
        unsigned char answer[2];
        int moved;

        do {
                moved = libusb_control_transfer(
                    pipe->handle, (uint8_t)(LIBUSB_ENDPOINT_IN | LIBUSB_RECIPIENT_DEVICE),
                    LIBUSB_REQUEST_GET_STATUS, 0, 0, answer, sizeof answer, STEP_MS);
                if (moved != LIBUSB_ERROR_IO)
                        return moved == LIBUSB_ERROR_NO_DEVICE;
                nanosleep(&step, NULL);
        } while (now_ns() < deadline);
        return false;
}

static bool ended_with(const struct libusb_transfer *in, const struct libusb_transfer *out,
                       enum libusb_transfer_status status)
{
        return (in != NULL && in->status == status) || (out != NULL && out->status == status);
}

/* The status of an exchange from what became of its two transfers. */
static int32_t outcome(struct usb_wait *wait, int error, const struct libusb_transfer *in,
                       const struct libusb_transfer *out)
{
        struct usb_pipe *pipe = wait->pipe;
        bool broken = ended_with(in, out, LIBUSB_TRANSFER_ERROR);
        bool shut = ended_with(in, out, LIBUSB_TRANSFER_NO_DEVICE);

        if (error == LIBUSB_ERROR_NO_DEVICE || ((broken || shut) && is_leaving(pipe)))
                mark_gone(pipe);
        else if (shut)
                mark_restarted(pipe, wait->shuts);
        if (!is_usable(pipe))
                return SCARD_E_READER_UNAVAILABLE;
        if (error != LIBUSB_SUCCESS)
                return scard_from_libusb(error);
        if (out != NULL && out->status != LIBUSB_TRANSFER_COMPLETED) {
                if (out->status == LIBUSB_TRANSFER_CANCELLED && atomic_load(&pipe->cancelled))
                        return SCARD_E_CANCELLED;
                return scard_from_libusb(libusb_from_transfer(out->status));
        }
        if (in == NULL || in->status == LIBUSB_TRANSFER_COMPLETED)
                return SCARD_S_SUCCESS;
        if (in->status == LIBUSB_TRANSFER_STALL)
                return SCARD_E_COMM_DATA_LOST;
        if (in->status == LIBUSB_TRANSFER_CANCELLED && atomic_load(&pipe->cancelled))
                return SCARD_E_CANCELLED;
        return scard_from_libusb(libusb_from_transfer(in->status));
}

/*
 * A message that had begun to arrive when the time was over, or when cancel was called, is heard out: its tail would be
 * taken for a message by whoever receives next, who with several slots at work may wait for another one's answer. Only
 * whole packets have come then, as a shorter one ends the transfer.
 */
static int hear_out(struct usb_wait *wait, uint8_t *in, size_t in_cap, size_t *in_len)
{
        int error = LIBUSB_SUCCESS;

        *in_len = (size_t)wait->in->actual_length;
        if (wait->in->status != LIBUSB_TRANSFER_CANCELLED || *in_len == 0 || *in_len >= in_cap ||
            !is_usable(wait->pipe))
                return error;
        fill(wait, wait->in, wait->pipe->pipes.bulk_in, in + *in_len, in_cap - *in_len);
        error = run(wait, true, false, TAIL_MS, false);
        *in_len += (size_t)wait->in->actual_length;
        return error;
}

/* For one message in, behind one out where out is set. cancel ends what waits for an IN, and nothing else. */
static int32_t run_in(struct usb_wait *wait, bool out, uint8_t *in, size_t in_cap, size_t *in_len,
                      unsigned timeout_ms)
{
        struct usb_pipe *pipe = wait->pipe;
        int32_t status;
        int error;

        fill(wait, wait->in, pipe->pipes.bulk_in, in, in_cap);
        if (atomic_load(&pipe->interrupt_halted))
                revive_interrupt(pipe);
        atomic_store(&pipe->cancelled, false);
        error = run(wait, true, out, timeout_ms, true);
        if (error == LIBUSB_SUCCESS)
                error = hear_out(wait, in, in_cap, in_len);
        status = outcome(wait, error, wait->in, out ? wait->out : NULL);
        if (status != SCARD_S_SUCCESS)
                *in_len = 0;
        return status;
}

static int32_t usb_exchange(void *ctx, const uint8_t *out, size_t out_len, bool zlp, uint8_t *in,
                            size_t in_cap, size_t *in_len, unsigned timeout_ms)
{
        struct usb_pipe *pipe = ctx;

        *in_len = 0;
        if (!is_usable(pipe))
                return SCARD_E_READER_UNAVAILABLE;
        fill_out(&pipe->main, out, out_len, zlp);
        return run_in(&pipe->main, true, in, in_cap, in_len, timeout_ms);
}

static int32_t usb_receive(void *ctx, uint8_t *in, size_t in_cap, size_t *in_len, unsigned timeout_ms)
{
        struct usb_pipe *pipe = ctx;

        *in_len = 0;
        if (!is_usable(pipe))
                return SCARD_E_READER_UNAVAILABLE;
        return run_in(&pipe->main, false, in, in_cap, in_len, timeout_ms);
}

static int32_t usb_send(void *ctx, const uint8_t *out, size_t out_len, bool zlp, unsigned timeout_ms)
{
        struct usb_pipe *pipe = ctx;
        struct usb_wait *wait = &pipe->aside;
        int error;

        if (!is_usable(pipe))
                return SCARD_E_READER_UNAVAILABLE;
        fill_out(wait, out, out_len, zlp);
        error = run(wait, false, true, timeout_ms, false);
        return outcome(wait, error, NULL, wait->out);
}

/* Rare (ABORT, ICCD): libusb's own synchronous call, which allocates, does. */
static int32_t usb_control(void *ctx, uint8_t bmRequestType, uint8_t bRequest, uint16_t wValue, uint8_t *data,
                           size_t *data_len, unsigned timeout_ms)
{
        struct usb_pipe *pipe = ctx;
        uint16_t len = (uint16_t)(*data_len < UINT16_MAX ? *data_len : UINT16_MAX);
        unsigned seen = atomic_load(&pipe->shuts);
        int moved;

        *data_len = 0;
        if (!is_usable(pipe))
                return SCARD_E_READER_UNAVAILABLE;
        moved = libusb_control_transfer(pipe->handle, bmRequestType, bRequest, wValue,
                                        pipe->pipes.interface_number, data, len, timeout_ms);
        if (moved == LIBUSB_ERROR_NO_DEVICE && !is_leaving(pipe)) {
                mark_restarted(pipe, seen);
                moved = LIBUSB_ERROR_IO;
        }
        if (moved == LIBUSB_ERROR_NO_DEVICE)
                mark_gone(pipe);
        if (moved < 0)
                return scard_from_libusb(moved);
        *data_len = (size_t)moved;
        return SCARD_S_SUCCESS;
}

/*
 * What is known by now. A message from before a restart may be told after it, where it counts as a movement since: so a
 * card that was swapped is not taken for one that was reset.
 */
static int32_t event_known(struct usb_pipe *pipe, uint8_t *data, size_t cap, size_t *len)
{
        if (atomic_load(&pipe->gone))
                return SCARD_E_READER_UNAVAILABLE;
        if (atomic_load(&pipe->restarted) && atomic_exchange(&pipe->restarted, false))
                return SCARD_W_RESET_CARD;
        *len = ring_take(&pipe->ring, data, cap);
        return SCARD_S_SUCCESS;
}

/*
 * The engine asks before each command. Handling events costs a poll, a good part of a short exchange, and is
 * left out where it was done within the last millisecond - one USB frame, no interrupt endpoint is asked more
 * often at full speed. Every exchange does it by the way.
 */
static int32_t usb_event(void *ctx, uint8_t *data, size_t cap, size_t *len)
{
        struct usb_pipe *pipe = ctx;
        struct timeval zero = {0, 0};
        int32_t status;
        int64_t now;

        *len = 0;
        status = event_known(pipe, data, cap, len);
        if (status != SCARD_S_SUCCESS || *len != 0)
                return status;
        now = now_ns();
        if (now - atomic_load(&pipe->fresh) > FRESH_NS && libusb_try_lock_events(pipe->context) == 0) {
                (void)libusb_handle_events_locked(pipe->context, &zero);
                libusb_unlock_events(pipe->context);
                atomic_store(&pipe->fresh, now);
                status = event_known(pipe, data, cap, len);
                if (status != SCARD_S_SUCCESS || *len != 0)
                        return status;
        }
        return atomic_load(&pipe->interrupt_halted) ? SCARD_E_NOT_READY : SCARD_S_SUCCESS;
}

static int32_t usb_clear_halt(void *ctx, uint8_t endpoint)
{
        struct usb_pipe *pipe = ctx;
        int error;

        if (!is_usable(pipe))
                return SCARD_E_READER_UNAVAILABLE;
        error = libusb_clear_halt(pipe->handle, endpoint);
        if (error == LIBUSB_ERROR_NO_DEVICE)
                mark_gone(pipe);
        return scard_from_libusb(error);
}

static void usb_cancel(void *ctx)
{
        struct usb_pipe *pipe = ctx;

        atomic_store(&pipe->cancelled, true);
        libusb_interrupt_event_handler(pipe->context);
}

/* ---- watching an open reader; the lock of watch is held */

static bool add_fd(int fd, short poll_events, void *whose)
{
        struct epoll_event event = {.data.ptr = whose};

        if ((poll_events & POLLIN) != 0)
                event.events |= EPOLLIN;
        if ((poll_events & POLLOUT) != 0)
                event.events |= EPOLLOUT;
        return epoll_ctl(watch.epoll, EPOLL_CTL_ADD, fd, &event) == 0;
}

static void ears_shut(struct usb_ears *ears)
{
        while (ears->count > 0)
                (void)epoll_ctl(watch.epoll, EPOLL_CTL_DEL, ears->fds[--ears->count], NULL);
}

/* All of a context's or, for want of memory, none. */
static bool ears_open(struct usb_ears *ears, libusb_context *context, void *whose)
{
        const struct libusb_pollfd **fds = libusb_get_pollfds(context);
        unsigned i;

        for (i = 0; fds != NULL && i < WATCH_FDS && fds[i] != NULL; i++) {
                if (!add_fd(fds[i]->fd, fds[i]->events, whose))
                        break;
                ears->fds[ears->count++] = fds[i]->fd;
        }
        if (fds == NULL || (i < WATCH_FDS && fds[i] != NULL))
                ears_shut(ears);
        libusb_free_pollfds(fds);
        return ears->count > 0;
}

static void pipe_rest(struct usb_pipe *pipe)
{
        ears_shut(&pipe->ears);
        pipe->place = USB_RESTING;
        pipe->runs_seen = atomic_load_explicit(&pipe->runs, memory_order_relaxed);
}

/* What cannot be listened to rests, and is tried again. */
static void pipe_listen(struct usb_pipe *pipe)
{
        pipe->place = USB_WATCHED;
        if (!ears_open(&pipe->ears, pipe->context, pipe))
                pipe_rest(pipe);
}

/*
 * Takes in what has arrived. False: somebody else is about it, or it would not end. The node of a pulled device has an
 * error to tell until it is closed: libusb leaves it alone once it has heard it, which epoll has to be told.
 */
static bool pipe_tend(struct usb_pipe *pipe)
{
        const struct libusb_pollfd **fds;
        struct timeval zero = {0, 0};
        bool calm = true;
        unsigned i;

        if (atomic_load(&pipe->running) > 0 || libusb_try_lock_events(pipe->context) != 0)
                return false;
        (void)libusb_handle_events_locked(pipe->context, &zero);
        libusb_unlock_events(pipe->context);
        fds = libusb_get_pollfds(pipe->context);
        for (i = 0; fds != NULL && fds[i] != NULL; i++) {
                struct pollfd one = {.fd = fds[i]->fd, .events = fds[i]->events};

                calm = calm && poll(&one, 1, 0) == 0;
        }
        calm = calm && fds != NULL && (pipe->place != USB_WATCHED || i == pipe->ears.count);
        libusb_free_pollfds(fds);
        return calm;
}

/* One that rests: back, once no command has run for a while. */
static void pipe_revisit(struct usb_pipe *pipe)
{
        unsigned runs = atomic_load_explicit(&pipe->runs, memory_order_relaxed);
        bool quiet = runs == pipe->runs_seen;

        pipe->runs_seen = runs;
        if (quiet && pipe_tend(pipe))
                pipe_listen(pipe);
}

static void watch_pipe(struct usb_pipe *pipe)
{
        pthread_mutex_lock(&watch.lock);
        pipe->next = watch.pipes;
        watch.pipes = pipe;
        if (watch.epoll >= 0)
                pipe_listen(pipe);
        pthread_mutex_unlock(&watch.lock);
}

static void unwatch_pipe(struct usb_pipe *pipe)
{
        struct usb_pipe **link;

        pthread_mutex_lock(&watch.lock);
        for (link = &watch.pipes; *link != NULL; link = &(*link)->next) {
                if (*link == pipe) {
                        *link = pipe->next;
                        if (watch.epoll >= 0)
                                pipe_rest(pipe);
                        break;
                }
        }
        pthread_mutex_unlock(&watch.lock);
}

/* ---- opening and closing */

/* Ends the interrupt transfer. false: it is still out, and must not be freed. */
static bool stop_interrupt(struct usb_pipe *pipe)
{
        int64_t deadline = now_ns() + (int64_t)REAP_MS * 1000000;

        if (!atomic_load(&pipe->interrupt_flying))
                return true;
        /* It may come back with a message and be submitted again just before: so until it is back for good.
         */
        while (atomic_load(&pipe->interrupt_flying) && now_ns() < deadline) {
                struct timeval tv = {0, 10000};

                (void)libusb_cancel_transfer(pipe->interrupt);
                if (libusb_handle_events_timeout_completed(pipe->context, &tv, NULL) != LIBUSB_SUCCESS)
                        break;
        }
        return !atomic_load(&pipe->interrupt_flying);
}

/* The transfers are freed while their handle and context live: libusb looks there. */
static void usb_close(void *ctx)
{
        struct usb_pipe *pipe = ctx;
        bool stopped;

        if (pipe == NULL)
                return;
        unwatch_pipe(pipe);
        stopped = stop_interrupt(pipe) && !atomic_load(&pipe->wedged);
        if (stopped) {
                libusb_free_transfer(pipe->main.in);
                libusb_free_transfer(pipe->main.out);
                libusb_free_transfer(pipe->aside.out);
                libusb_free_transfer(pipe->interrupt);
        }
        if (pipe->claimed)
                (void)libusb_release_interface(pipe->handle, pipe->pipes.interface_number);
        if (pipe->handle != NULL)
                libusb_close(pipe->handle);
        if (pipe->context != NULL)
                libusb_exit(pipe->context);
        if (!stopped) {
                log_line(LOG_ERROR, "usb",
                         "a transfer is lost in the host controller; its memory is not freed");
                return;
        }
        free(pipe->interrupt_bytes);
        ring_clear(&pipe->ring);
        free(pipe);
}

static void log_denied(struct usb_dev *dev)
{
        if (dev->told)
                return;
        dev->told = true;
        log_line(
            LOG_ERROR, "usb",
            "%04X:%04X: no rights on /dev/bus/usb/%03u/%03u; install udev/92-libiscard.rules and plug the "
            "reader in again",
            dev->vendor_id, dev->product_id, dev->bus, dev->address);
}

/* Names the process where /proc shows it. libusb calls only a driver of the kernel active, not a process. */
static void log_busy(struct usb_dev *dev, libusb_device_handle *handle, int interface)
{
        char node[sizeof "/dev/bus/usb/000/000"];
        struct holder holder;

        if (dev->told)
                return;
        dev->told = true;
        (void)snprintf(node, sizeof node, "/dev/bus/usb/%03u/%03u", dev->bus, dev->address);
        if (holder_find(node, &holder))
                log_line(LOG_ERROR, "usb", "%04X:%04X: %s (process %ld) has claimed the reader: %s",
                         dev->vendor_id, dev->product_id, holder.name, holder.pid,
                         holder_advice(holder.name));
        else if (libusb_kernel_driver_active(handle, interface) == 1)
                log_line(
                    LOG_ERROR, "usb",
                    "%04X:%04X: a kernel driver or another process has claimed the interface; if it is "
                    "pn533_usb: modprobe -r pn533_usb; else stop pcscd or scdaemon (gpgconf --kill scdaemon)",
                    dev->vendor_id, dev->product_id);
        else
                log_line(LOG_ERROR, "usb",
                         "%04X:%04X: another process has claimed the interface, pcscd or scdaemon perhaps "
                         "(gpgconf --kill scdaemon)",
                         dev->vendor_id, dev->product_id);
}

static bool is_same(libusb_device *device, const struct usb_dev *dev)
{
        struct libusb_device_descriptor descriptor;

        return libusb_get_bus_number(device) == dev->bus &&
               libusb_get_device_address(device) == dev->address &&
               libusb_get_device_descriptor(device, &descriptor) == LIBUSB_SUCCESS &&
               descriptor.idVendor == dev->vendor_id && descriptor.idProduct == dev->product_id;
}

/* Who waits for the reader has no other reason to have it read again. */
static void doubt_list(void)
{
        atomic_store(&usb_bus.doubted, true);
        watch_tell();
}

static int open_handle(struct usb_pipe *pipe, struct usb_dev *dev)
{
        libusb_device **list = NULL;
        ssize_t count = libusb_get_device_list(pipe->context, &list), i;
        int error = LIBUSB_ERROR_NO_DEVICE;

        if (count < 0)
                return (int)count;
        for (i = 0; i < count; i++) {
                if (is_same(list[i], dev)) {
                        error = libusb_open(list[i], &pipe->handle);
                        break;
                }
        }
        if (i == count)
                doubt_list();
        libusb_free_device_list(list, 1);
        if (error == LIBUSB_ERROR_ACCESS)
                log_denied(dev);
        return error;
}

/* Switches to the configuration that has the CCID interface. LIBUSB_ERROR_BUSY: somebody uses another one. */
static int configure(struct usb_pipe *pipe, const struct usb_dev *dev)
{
        int active = 0, error;

        if (dev->configuration == 0)
                return LIBUSB_SUCCESS;
        error = libusb_get_configuration(pipe->handle, &active);
        if (error != LIBUSB_SUCCESS || active == dev->configuration)
                return error;
        log_line(LOG_INFO, "usb", "%04X:%04X: configuration %u, where CCID is, replaces %d", dev->vendor_id,
                 dev->product_id, dev->configuration, active);
        return libusb_set_configuration(pipe->handle, dev->configuration);
}

static int claim(struct usb_pipe *pipe, struct usb_dev *dev)
{
        int interface = pipe->pipes.interface_number;
        int error = configure(pipe, dev);

        if (error == LIBUSB_SUCCESS)
                error = libusb_claim_interface(pipe->handle, interface);

        if (error == LIBUSB_ERROR_BUSY)
                log_busy(dev, pipe->handle, interface);
        if (error != LIBUSB_SUCCESS)
                return error;
        pipe->claimed = true;
        if (pipe->pipes.alternate != 0)
                error = libusb_set_interface_alt_setting(pipe->handle, interface, pipe->pipes.alternate);
        return error;
}

/*
 * The device of a pipe was unplugged. With no transfer in flight, that is at a reader without an interrupt
 * endpoint that nobody talks to, nothing else tells. On whichever thread handles events.
 */
static int LIBUSB_CALL on_left(libusb_context *context, libusb_device *device, libusb_hotplug_event event,
                               void *arg)
{
        struct usb_pipe *pipe = arg;

        (void)context;
        (void)event;
        if (device == pipe->device)
                mark_gone(pipe);
        return 0;
}

/* libusb_exit of the pipe's context takes it back. Without hotplug the next command will tell. */
static int watch_plug(struct usb_pipe *pipe, const struct usb_dev *dev)
{
        pipe->device = libusb_get_device(pipe->handle);

        int error = libusb_hotplug_register_callback(pipe->context, LIBUSB_HOTPLUG_EVENT_DEVICE_LEFT, 0,
                                                     dev->vendor_id, dev->product_id,
                                                     LIBUSB_HOTPLUG_MATCH_ANY, on_left, pipe, NULL);

        return error == LIBUSB_ERROR_NO_MEM ? error : LIBUSB_SUCCESS;
}

static bool allocate_transfers(struct usb_pipe *pipe)
{
        pipe->main.in = libusb_alloc_transfer(0);
        pipe->main.out = libusb_alloc_transfer(0);
        pipe->aside.out = libusb_alloc_transfer(0);
        if (pipe->main.in == NULL || pipe->main.out == NULL || pipe->aside.out == NULL)
                return false;
        if (pipe->pipes.interrupt_in == 0)
                return true;
        pipe->interrupt = libusb_alloc_transfer(0);
        pipe->interrupt_bytes = calloc(1, pipe->pipes.interrupt_packet);
        if (pipe->interrupt == NULL || pipe->interrupt_bytes == NULL)
                return false;
        libusb_fill_interrupt_transfer(pipe->interrupt, pipe->handle, pipe->pipes.interrupt_in,
                                       pipe->interrupt_bytes, pipe->pipes.interrupt_packet, on_interrupt,
                                       pipe, 0);
        return true;
}

static int32_t usb_open(void *ctx, const struct ccid_pipes *pipes, void **out)
{
        struct usb_dev *dev = ctx;
        struct usb_pipe *pipe = calloc(1, sizeof *pipe);
        int32_t status;
        int error;

        *out = NULL;
        if (pipe == NULL)
                return SCARD_E_NO_MEMORY;
        if (!ring_init(&pipe->ring)) {
                free(pipe);
                return SCARD_E_NO_MEMORY;
        }
        pipe->pipes = *pipes;
        pipe->dev = dev;
        pipe->main.pipe = pipe->aside.pipe = pipe;
        error = libusb_init(&pipe->context);
        if (error == LIBUSB_SUCCESS)
                error = open_handle(pipe, dev);
        if (error == LIBUSB_SUCCESS)
                error = claim(pipe, dev);
        if (error == LIBUSB_SUCCESS)
                error = watch_plug(pipe, dev);
        status = scard_from_libusb(error);
        if (status == SCARD_S_SUCCESS && !allocate_transfers(pipe))
                status = SCARD_E_NO_MEMORY;
        if (status != SCARD_S_SUCCESS) {
                usb_close(pipe);
                return status;
        }
        if (pipe->interrupt != NULL)
                start_interrupt(pipe);
        watch_pipe(pipe);
        dev->told = false;
        *out = pipe;
        return SCARD_S_SUCCESS;
}

static void usb_forget(void *dev)
{
        free(dev);
}

static const struct ccid_transport_ops usb_ops = {
    .open = usb_open,
    .close = usb_close,
    .exchange = usb_exchange,
    .receive = usb_receive,
    .send = usb_send,
    .control = usb_control,
    .event = usb_event,
    .clear_halt = usb_clear_halt,
    .cancel = usb_cancel,
    .forget = usb_forget,
};

/* ---- what a device says of itself */

/* A growing row of bytes; bytes NULL: they are only counted. */
struct raw {
        uint8_t *bytes;
        size_t len;
};

static void raw_put(struct raw *raw, const void *bytes, size_t len)
{
        if (raw->bytes != NULL && len != 0)
                memcpy(raw->bytes + raw->len, bytes, len);
        raw->len += len;
}

static void raw_put_setting(struct raw *raw, const struct libusb_interface_descriptor *setting)
{
        /* clang-format off */
        const uint8_t header[9] = {
            9, LIBUSB_DT_INTERFACE, setting->bInterfaceNumber, setting->bAlternateSetting, setting->bNumEndpoints,
            setting->bInterfaceClass, setting->bInterfaceSubClass, setting->bInterfaceProtocol, setting->iInterface};
        /* clang-format on */
        unsigned i;

        raw_put(raw, header, sizeof header);
        raw_put(raw, setting->extra, (size_t)setting->extra_length);
        for (i = 0; i < setting->bNumEndpoints; i++) {
                const struct libusb_endpoint_descriptor *endpoint = &setting->endpoint[i];
                /* clang-format off */
                const uint8_t bytes[7] = {
                    7, LIBUSB_DT_ENDPOINT, endpoint->bEndpointAddress, endpoint->bmAttributes,
                    (uint8_t)endpoint->wMaxPacketSize, (uint8_t)(endpoint->wMaxPacketSize >> 8), endpoint->bInterval};
                /* clang-format on */

                raw_put(raw, bytes, sizeof bytes);
                raw_put(raw, endpoint->extra, (size_t)endpoint->extra_length);
        }
}

/* The configuration as it came over the wire: libusb gives it only taken apart. */
static void raw_put_config(struct raw *raw, const struct libusb_config_descriptor *config)
{
        /* clang-format off */
        const uint8_t header[9] = {
            9, LIBUSB_DT_CONFIG, (uint8_t)config->wTotalLength, (uint8_t)(config->wTotalLength >> 8),
            config->bNumInterfaces, config->bConfigurationValue, config->iConfiguration, config->bmAttributes,
            config->MaxPower};
        /* clang-format on */
        int i, k;

        raw_put(raw, header, sizeof header);
        raw_put(raw, config->extra, (size_t)config->extra_length);
        for (i = 0; i < config->bNumInterfaces; i++)
                for (k = 0; k < config->interface[i].num_altsetting; k++)
                        raw_put_setting(raw, &config->interface[i].altsetting[k]);
}

static bool has_class(const struct libusb_config_descriptor *config, uint8_t class)
{
        int i, k;

        for (i = 0; i < config->bNumInterfaces; i++)
                for (k = 0; k < config->interface[i].num_altsetting; k++)
                        if (config->interface[i].altsetting[k].bInterfaceClass == class)
                                return true;
        return false;
}

/* Whether any interface could be CCID: keeps us from looking closer at everything that is plugged in. */
static bool may_hold_ccid(const struct libusb_config_descriptor *config)
{
        return has_class(config, CCID_CLASS) || has_class(config, CCID_CLASS_VENDOR);
}

/* ---- the bus */

/* A device that is plugged in; dev NULL: not wanted, as far as is known. */
struct usb_known {
        struct usb_known *next;
        libusb_device *device; /* referenced, so that no other one gets its address in memory */
        struct usb_dev *dev;
        bool seen;       /* in the list of this scan */
        bool settled;    /* there is no reason to look at it again */
        bool unreadable; /* at the last look, for no reason that is known */
        unsigned looks;  /* that failed, up to LOOKS_MAX */
};

/* configuration: as in struct usb_dev */
static int32_t offer(const struct ccid_bus_listener *listener, libusb_device *device,
                     const struct libusb_config_descriptor *config, uint8_t configuration,
                     struct usb_dev **dev)
{
        struct libusb_device_descriptor descriptor;
        struct ccid_device info;
        struct raw raw = {NULL, 0};
        int32_t status = SCARD_E_NO_MEMORY;

        *dev = NULL;
        if (libusb_get_device_descriptor(device, &descriptor) != LIBUSB_SUCCESS)
                return SCARD_F_COMM_ERROR;
        memset(&info, 0, sizeof info);
        info.vendor_id = descriptor.idVendor;
        info.product_id = descriptor.idProduct;
        info.release = descriptor.bcdDevice;
        info.bus = libusb_get_bus_number(device);
        info.address = libusb_get_device_address(device);
        raw_put_config(&raw, config);
        raw.bytes = malloc(raw.len);
        *dev = calloc(1, sizeof **dev);
        if (raw.bytes == NULL || *dev == NULL)
                goto out;
        raw.len = 0;
        raw_put_config(&raw, config);
        info.config = raw.bytes;
        info.config_len = raw.len;
        sysfs_read_strings(&info);
        **dev = (struct usb_dev){info.bus,      info.address, info.vendor_id, info.product_id,
                                 configuration, false,        false};
        status = listener->found(listener->arg, &usb_ops, *dev, &info);
out:
        if (status != SCARD_S_SUCCESS) {
                free(*dev);
                *dev = NULL;
        }
        free(raw.bytes);
        return status;
}

/* The configurations that are not active: only for an interface that says itself that it is CCID. */
static int32_t offer_inactive(const struct ccid_bus_listener *listener, libusb_device *device, uint8_t active,
                              struct usb_dev **dev)
{
        struct libusb_device_descriptor descriptor;
        int32_t status = SCARD_E_READER_UNSUPPORTED;
        uint8_t i;

        if (libusb_get_device_descriptor(device, &descriptor) != LIBUSB_SUCCESS)
                return status;
        for (i = 0; i < descriptor.bNumConfigurations && status == SCARD_E_READER_UNSUPPORTED; i++) {
                struct libusb_config_descriptor *config = NULL;

                if (libusb_get_config_descriptor(device, i, &config) != LIBUSB_SUCCESS)
                        continue;
                if (config->bConfigurationValue != active && config->bConfigurationValue != 0 &&
                    has_class(config, CCID_CLASS))
                        status = offer(listener, device, config, config->bConfigurationValue, dev);
                libusb_free_config_descriptor(config);
        }
        return status;
}

/*
 * There is reason to look again at the next scan where memory is short, and where the device has no configuration yet,
 * which one that nobody has authorised may get at any time; also where its configuration cannot be read, by a fault of
 * the device or as the process has no descriptor left, but then there is reason to scan a few times only.
 */
static int32_t look_at(const struct ccid_bus_listener *listener, struct usb_known *known)
{
        struct libusb_config_descriptor *config = NULL;
        int32_t status = SCARD_E_READER_UNSUPPORTED;
        int error = libusb_get_active_config_descriptor(known->device, &config);

        if (error != LIBUSB_SUCCESS) {
                known->looks += known->looks < LOOKS_MAX;
                known->unreadable = error != LIBUSB_ERROR_NO_MEM && error != LIBUSB_ERROR_NOT_FOUND;
                return error == LIBUSB_ERROR_NO_MEM ? SCARD_E_NO_MEMORY : SCARD_S_SUCCESS;
        }
        if (may_hold_ccid(config))
                status = offer(listener, known->device, config, 0, &known->dev);
        if (status == SCARD_E_READER_UNSUPPORTED)
                status = offer_inactive(listener, known->device, config->bConfigurationValue, &known->dev);
        libusb_free_config_descriptor(config);
        known->settled = status != SCARD_E_NO_MEMORY;
        return known->settled ? SCARD_S_SUCCESS : status;
}

static struct usb_known *find_known(const libusb_device *device)
{
        struct usb_known *known = usb_bus.known;

        while (known != NULL && known->device != device)
                known = known->next;
        return known;
}

/* Remembers a device that is new. NULL: no memory */
static struct usb_known *add_known(libusb_device *device)
{
        struct usb_known *known = calloc(1, sizeof *known);

        if (known == NULL)
                return NULL;
        known->device = libusb_ref_device(device);
        known->seen = true;
        known->next = usb_bus.known;
        usb_bus.known = known;
        return known;
}

/* Those that the last list did not have. */
static void drop_unseen(const struct ccid_bus_listener *listener)
{
        struct usb_known **link = &usb_bus.known, *known;

        while ((known = *link) != NULL) {
                if (known->seen) {
                        link = &known->next;
                        continue;
                }
                *link = known->next;
                if (known->dev != NULL) {
                        known->dev->lost = true;
                        listener->lost(listener->arg, known->dev);
                }
                libusb_unref_device(known->device);
                free(known);
        }
}

/* Without USB (in a container) there are no readers, which is no failure; every scan tries again. */
static int32_t ensure_context(void)
{
        int error;

        if (usb_bus.context != NULL)
                return SCARD_S_SUCCESS;
        error = libusb_init(&usb_bus.context);
        if (error != LIBUSB_SUCCESS) {
                usb_bus.context = NULL;
                if (!usb_bus.failed)
                        log_line(LOG_WARN, "usb", "the USB bus cannot be read: %s", libusb_error_name(error));
                usb_bus.failed = true;
                return error == LIBUSB_ERROR_NO_MEM ? SCARD_E_NO_MEMORY : SCARD_S_SUCCESS;
        }
        usb_bus.failed = false;
        return SCARD_S_SUCCESS;
}

static bool udev_runs(void)
{
        return access("/run/udev/control", F_OK) == 0;
}

/*
 * Whether libusb's list is to be trusted. Without a udev daemon (in a container, in an initrd) libusb hears of nothing
 * after libusb_init: its monitor listens to udevd, and libudev looks for the same socket to know whether one runs. With
 * one it may miss something: its socket has run over, the process had no descriptor left when a device came, or the
 * daemon is that of the host of a container, which sees its socket and hears nothing.
 */
static bool is_deaf(void)
{
        bool doubted = atomic_exchange(&usb_bus.doubted, false);

        return doubted || !udev_runs() ||
               (usb_bus.behind_ns != 0 && now_ns() - usb_bus.behind_ns > BEHIND_NS);
}

/*
 * Compares the list with that of sysfs, which is ahead for as long as udev takes to see to a device that has come. What
 * a new context does not see either is nothing that libusb can show.
 */
static void judge_list(ssize_t count, bool renewed)
{
        ssize_t there = (ssize_t)sysfs_count_devices();
        bool excused = there == usb_bus.excused[0] && count == usb_bus.excused[1];

        if (renewed) {
                usb_bus.unheard =
                    usb_bus.unheard || (usb_bus.behind_ns != 0 && there == count && udev_runs());
                usb_bus.excused[0] = there;
                usb_bus.excused[1] = count;
        }
        if (there == 0 || there == count || excused || renewed)
                usb_bus.behind_ns = 0;
        else if (usb_bus.behind_ns == 0)
                usb_bus.behind_ns = now_ns();
}

/* Whether the process has descriptors enough for libusb to read the bus: what it cannot open it takes for gone. */
static bool has_room(void)
{
        int fds[ROOM_FDS], count = 0;
        bool room;

        while (count < ROOM_FDS && (fds[count] = epoll_create1(EPOLL_CLOEXEC)) >= 0)
                count++;
        room = count == ROOM_FDS;
        while (count > 0)
                (void)close(fds[--count]);
        return room;
}

/* A new context finds out what is plugged in now. The old one is returned, to be given up once nothing refers to its
 * devices any more; NULL: it could not be had. */
static libusb_context *renew_context(void)
{
        libusb_context *old = usb_bus.context;

        if (has_room()) {
                if (libusb_init(&usb_bus.context) == LIBUSB_SUCCESS)
                        return old;
                usb_bus.context = old;
        }
        atomic_store(&usb_bus.doubted, true); /* the next scan tries again */
        return NULL;
}

/* After renew_context: the devices that are still there are known by their new objects. Linux counts
 * addresses up, so that another device at the same one is hardly possible; vendor and product are compared
 * all the same. */
static void adopt(libusb_device **list, ssize_t count)
{
        struct usb_known *known;
        struct libusb_device_descriptor now, then;
        ssize_t i;

        for (known = usb_bus.known; known != NULL; known = known->next) {
                for (i = 0; i < count; i++) {
                        if (libusb_get_bus_number(list[i]) != libusb_get_bus_number(known->device) ||
                            libusb_get_device_address(list[i]) != libusb_get_device_address(known->device) ||
                            libusb_get_device_descriptor(list[i], &now) != LIBUSB_SUCCESS ||
                            libusb_get_device_descriptor(known->device, &then) != LIBUSB_SUCCESS ||
                            now.idVendor != then.idVendor || now.idProduct != then.idProduct)
                                continue;
                        libusb_unref_device(known->device);
                        known->device = libusb_ref_device(list[i]);
                        break;
                }
        }
}

static int32_t usb_start(void)
{
        return ensure_context();
}

/* The lock of watch is held. */
static void listen_to_bus(void)
{
        if (watch.epoll >= 0 && usb_bus.context != NULL && watch.bus.count == 0)
                (void)ears_open(&watch.bus, usb_bus.context, NULL);
}

/* Ends what was the context of discovery. */
static void give_up(libusb_context *context)
{
        pthread_mutex_lock(&watch.lock);
        ears_shut(&watch.bus);
        listen_to_bus();
        pthread_mutex_unlock(&watch.lock);
        libusb_exit(context);
}

static int32_t compare_list(const struct ccid_bus_listener *listener, libusb_device **list, ssize_t count)
{
        int32_t status = SCARD_S_SUCCESS;
        struct usb_known *known;
        ssize_t i;

        for (known = usb_bus.known; known != NULL; known = known->next)
                known->seen = false;
        for (i = 0; i < count; i++) {
                known = find_known(list[i]);
                if (known != NULL)
                        known->seen = true;
        }
        /* Departures first: a reader that was moved to another port gets its old name back. */
        drop_unseen(listener);
        for (i = 0; i < count; i++) {
                int32_t one = SCARD_E_NO_MEMORY;

                known = find_known(list[i]);
                if (known == NULL)
                        known = add_known(list[i]);
                if (known != NULL && known->settled)
                        continue;
                if (known != NULL)
                        one = look_at(listener, known);
                if (status == SCARD_S_SUCCESS)
                        status = one;
        }
        return status;
}

/* Whether a device has to be looked at again. Whoever sleeps until he is told has to sleep shorter then. */
static void note_unsettled(void)
{
        void (*wake)(void) = atomic_load(&watch.wake);
        bool before = usb_bus.unsettled;
        struct usb_known *known;

        usb_bus.unsettled = usb_bus.behind_ns != 0;
        usb_bus.hasty = false;
        for (known = usb_bus.known; known != NULL; known = known->next) {
                bool young = known->looks < LOOKS_MAX;

                if (known->settled)
                        continue;
                usb_bus.unsettled = usb_bus.unsettled || young || !known->unreadable;
                usb_bus.hasty = usb_bus.hasty || young;
        }
        if (usb_bus.unsettled && !before && wake != NULL)
                wake();
}

/*
 * libusb keeps the list up to date by its hotplug thread, and takes in the latest events when it is asked for
 * it; comparing it with what is known gives arrivals and departures, also where hotplug is missing. A device
 * that was pulled and put back in between is another libusb_device. Handling events drops the hotplug
 * messages that libusb queues for this context; before, so that what comes after the list was made wakes us again.
 */
static int32_t usb_scan(const struct ccid_bus_listener *listener)
{
        struct timeval zero = {0, 0};
        libusb_device **list = NULL;
        libusb_context *old = NULL;
        bool fresh = usb_bus.context == NULL;
        int32_t status = ensure_context();
        ssize_t count;

        usb_bus.read_ns = now_ns();
        if (status != SCARD_S_SUCCESS || usb_bus.context == NULL)
                return status;
        if (is_deaf() && !fresh)
                old = renew_context();
        (void)libusb_handle_events_timeout_completed(usb_bus.context, &zero, NULL);
        count = libusb_get_device_list(usb_bus.context, &list);
        if (count < 0) {
                if (old != NULL) {
                        libusb_exit(usb_bus.context);
                        usb_bus.context = old;
                }
                return scard_from_libusb((int)count);
        }
        if (old != NULL)
                adopt(list, count);
        judge_list(count, fresh || old != NULL);
        status = compare_list(listener, list, count);
        note_unsettled();
        libusb_free_device_list(list, 1);
        if (old != NULL)
                give_up(old);
        return status;
}

/* Every reader is destroyed, so every dev that was wanted is forgotten, that is freed. */
static void usb_stop(void)
{
        libusb_context *context = usb_bus.context;
        struct usb_known *known;

        while ((known = usb_bus.known) != NULL) {
                usb_bus.known = known->next;
                libusb_unref_device(known->device);
                free(known);
        }
        usb_bus.context = NULL;
        if (context != NULL)
                give_up(context);
        usb_bus.unsettled = false;
        usb_bus.unheard = false;
        usb_bus.behind_ns = 0;
        usb_bus.excused[0] = usb_bus.excused[1] = 0;
}

/* ---- watching the bus */

static int32_t usb_watch(void (*wake)(void))
{
        struct usb_pipe *pipe;
        int32_t status = SCARD_S_SUCCESS;

        pthread_mutex_lock(&watch.lock);
        if (wake != NULL) {
                watch.epoll = epoll_create1(EPOLL_CLOEXEC);
                if (watch.epoll < 0)
                        status = SCARD_E_NO_MEMORY;
                for (pipe = watch.pipes; watch.epoll >= 0 && pipe != NULL; pipe = pipe->next)
                        pipe_listen(pipe);
        } else {
                (void)close(watch.epoll);
                watch.epoll = -1;
                for (pipe = watch.pipes; pipe != NULL; pipe = pipe->next) {
                        pipe->place = USB_OUTSIDE;
                        pipe->ears.count = 0;
                }
        }
        watch.bus.count = 0;
        atomic_store(&watch.news, true);
        atomic_store(&watch.wake, watch.epoll >= 0 ? wake : NULL);
        pthread_mutex_unlock(&watch.lock);
        return status;
}

/* How long the list is good for, in ms; -1: until it is told of. leaving: a device is gone that is in it still */
static int list_lasts(bool leaving)
{
        bool told = udev_runs() && watch.bus.count > 0 && !usb_bus.unheard;

        if (told && !usb_bus.unsettled)
                return -1;
        return (!told && leaving) || usb_bus.hasty ? SOON_MS : RESCAN_MS;
}

/* Where nobody tells of devices, or they are not ready: looks when it is time. */
static void pump_list(struct ccid_bus_pump *pump, int lasts_ms)
{
        int64_t left_ms = lasts_ms - (now_ns() - usb_bus.read_ns) / 1000000;

        if (lasts_ms < 0)
                return;
        if (left_ms <= 0) {
                pump->devices = true;
                left_ms = lasts_ms;
        }
        if (pump->timeout_ms < 0 || left_ms < pump->timeout_ms)
                pump->timeout_ms = (int)left_ms;
}

static void usb_pump(struct ccid_bus_pump *pump)
{
        struct epoll_event ready[16];
        struct usb_pipe *pipe;
        bool leaving = false;
        int count, i, lasts_ms;

        pthread_mutex_lock(&watch.lock);
        listen_to_bus();
        count = epoll_wait(watch.epoll, ready, sizeof ready / sizeof ready[0], 0);
        for (i = 0; i < count; i++) {
                pipe = ready[i].data.ptr;
                if (pipe == NULL) {
                        pump->devices = true;
                        usb_bus.unheard = false;
                } else if (pipe->place == USB_WATCHED && !pipe_tend(pipe)) {
                        pipe_rest(pipe);
                }
        }
        for (pipe = watch.pipes; pipe != NULL; pipe = pipe->next) {
                if (pipe->place == USB_RESTING && !atomic_load(&pipe->gone))
                        pipe_revisit(pipe);
                if (pipe->place == USB_RESTING && !atomic_load(&pipe->gone))
                        pump->timeout_ms = REST_MS;
                leaving = leaving || (atomic_load(&pipe->gone) && !pipe->dev->lost);
        }
        pump->fd = watch.epoll;
        lasts_ms = list_lasts(leaving);
        pthread_mutex_unlock(&watch.lock);
        pump->cards = atomic_exchange(&watch.news, false);
        pump->devices = pump->devices || pump->cards;
        pump_list(pump, lasts_ms);
}

const struct ccid_bus ccid_usb_bus = {.name = "usb",
                                      .start = usb_start,
                                      .scan = usb_scan,
                                      .stop = usb_stop,
                                      .watch = usb_watch,
                                      .pump = usb_pump};
