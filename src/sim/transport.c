/*
 * transport.c - the in-process bus: the virtual readers of ISCARD_SIM behind ccid/transport.h.
 *
 * Time is virtual where nothing can happen: a call that would wait for an answer that the device will never
 * give by itself returns SCARD_E_TIMEOUT at once, so that tests of lost answers take no time. Where the
 * device has something under way the call waits, really, and cancel ends the wait.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ccid/transport.h"
#include "core/log.h"
#include "scarderr.h"
#include "sim/bus.h"
#include "sim/config.h"
#include "sim/descriptors.h"

#define CONFIG_MAX SIM_DESCRIPTORS_MAX

/* A device as the bus told of it: one plugging-in. Lives until forget. */
struct sim_port {
        struct sim_device *device;
        uint32_t generation;
        bool claimed;
};

struct sim_pipe {
        struct sim_port *port;
        bool waiting;   /* an exchange or receive is under way; guarded by bus.lock */
        bool cancelled; /* and is to end; guarded by bus.lock */
        bool interrupt;
        atomic_uint suspends; /* of the device, as far as event has told */
        atomic_bool shut;     /* a transfer was ended by one */
        uint16_t bulk_out_packet;
};

/* One reader of ISCARD_SIM. port: what the listener was told of; NULL: nothing, or that is lost. */
struct sim_place {
        struct sim_device *device;
        struct sim_port *port;
};

/*
 * The devices outlive contexts, as the cards in them should, so they are kept here, with the text they were
 * made from. lock guards the table and the waiting; it is never held while a device is called, but to make
 * and destroy them.
 */
static struct {
        pthread_mutex_t lock;
        pthread_once_t once;
        pthread_cond_t changed; /* some device may have an answer, or a wait was cancelled */
        uint64_t changes;
        char *text;
        struct sim_place *places;
        size_t count;
        uint8_t last_address;
        bool started;
        void (*wake)(void); /* whoever waits for cards and devices to move; NULL: nobody */
} bus = {.lock = PTHREAD_MUTEX_INITIALIZER, .once = PTHREAD_ONCE_INIT};

static void bus_init(void)
{
        pthread_condattr_t attributes;
        (void)pthread_condattr_init(&attributes);
        (void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
        (void)pthread_cond_init(&bus.changed, &attributes);
        (void)pthread_condattr_destroy(&attributes);
}

static void bus_lock(void)
{
        (void)pthread_once(&bus.once, bus_init);
        (void)pthread_mutex_lock(&bus.lock);
}

static void bus_unlock(void)
{
        (void)pthread_mutex_unlock(&bus.lock);
}

/* The device of a place may have something for whoever waits: an answer, a card's movement, its own. */
static void bus_changed(void *arg)
{
        const struct sim_place *place = arg;
        const struct sim_device *device = place->device;

        bus_lock();
        bus.changes++;
        (void)pthread_cond_broadcast(&bus.changed);
        const bool watched = bus.wake != NULL;
        bus_unlock();
        if (!watched)
                return;
        const bool plugged = sim_device_plugged(device), event = sim_device_has_event(device);
        const uint32_t generation = sim_device_generation(device);
        bus_lock();
        const struct sim_port *port = place->port;
        const bool moved = plugged ? port == NULL || port->generation != generation : port != NULL;
        if ((moved || event) && bus.wake != NULL)
                bus.wake();
        bus_unlock();
}

/* All that the bus has to tell comes by wake, so there is nothing else to wait for. */
static int32_t bus_watch(void (*wake)(void))
{
        bus_lock();
        bus.wake = wake;
        bus_unlock();
        return SCARD_S_SUCCESS;
}

static void bus_pump(struct ccid_bus_pump *pump)
{
        pump->devices = pump->cards = true;
}

/* ---- the devices */

/* What the table held. */
struct places {
        struct sim_place *list;
        size_t count;
        char *text;
};

/* The lock is held. */
static struct places places_take(void)
{
        const struct places taken = {.list = bus.places, .count = bus.count, .text = bus.text};

        bus.places = NULL;
        bus.text = NULL;
        bus.count = 0;
        return taken;
}

/* Without the lock: a thread of a device may be waiting for it, to tell of a card, and ends first. */
static void places_free(struct places taken)
{
        for (size_t i = 0; i < taken.count; i++)
                sim_device_destroy(taken.list[i].device);
        free(taken.list);
        free(taken.text);
}

static int32_t places_make(const char *text)
{
        struct sim_config_list list;
        char error[256];
        int32_t status = SCARD_E_NO_MEMORY;

        if (!sim_config_parse(text, &list, error, sizeof error)) {
                if (error[0] == '\0')
                        return SCARD_E_NO_MEMORY;
                log_line(LOG_ERROR, "sim", "ISCARD_SIM: %s", error);
                return SCARD_S_SUCCESS; /* no reader appears */
        }
        bus.text = strdup(text);
        bus.places = calloc(list.count + 1, sizeof *bus.places);
        if (bus.text == NULL || bus.places == NULL)
                goto out;
        for (size_t i = 0; i < list.count; i++) {
                struct sim_device *device = sim_device_create(&list.readers[i]);
                if (device == NULL)
                        goto out;
                bus.places[bus.count].device = device;
                sim_device_on_ready(device, bus_changed, &bus.places[bus.count]);
                bus.count++;
        }
        status = SCARD_S_SUCCESS;
out:
        sim_config_free(&list);
        return status;
}

struct sim_device *sim_bus_device(size_t index)
{
        bus_lock();
        struct sim_device *device = index < bus.count ? bus.places[index].device : NULL;
        bus_unlock();
        return device;
}

void sim_bus_forget(void)
{
        struct places taken = {.count = 0};

        bus_lock();
        if (!bus.started)
                taken = places_take();
        bus_unlock();
        places_free(taken);
}

static int32_t bus_start(void)
{
        const char *text = getenv("ISCARD_SIM");
        int32_t status = SCARD_S_SUCCESS;
        struct places taken = {.count = 0};

        bus_lock();
        if (bus.text != NULL && (text == NULL || strcmp(bus.text, text) != 0))
                taken = places_take();
        bus_unlock();
        places_free(taken);
        taken = (struct places){.count = 0};
        bus_lock();
        if (bus.text == NULL && text != NULL)
                status = places_make(text);
        if (status != SCARD_S_SUCCESS)
                taken = places_take();
        bus.started = status == SCARD_S_SUCCESS;
        bus_unlock();
        places_free(taken);
        return status;
}

static void bus_stop(void)
{
        bus_lock();
        for (size_t i = 0; i < bus.count; i++)
                bus.places[i].port = NULL; /* forgotten by its owner, or never taken */
        bus.started = false;
        bus_unlock();
}

/* ---- the pipes; every device has one interface, number 0 */

/* What usbfs would say before anything else: EACCES where the node is opened, EBUSY where the interface is claimed. */
static int32_t may_open(const struct sim_device *device)
{
        switch (sim_device_access(device)) {
        case SIM_ACCESS_DENIED:
                return SCARD_E_NO_ACCESS;
        case SIM_ACCESS_CLAIMED:
                return SCARD_E_SHARING_VIOLATION;
        case SIM_ACCESS_FREE:
                break;
        }
        return SCARD_S_SUCCESS;
}

static int32_t port_open(void *dev, const struct ccid_pipes *pipes, void **pipe)
{
        struct sim_port *port = dev;

        *pipe = NULL;
        if (!sim_device_plugged(port->device) || sim_device_generation(port->device) != port->generation)
                return SCARD_E_READER_UNAVAILABLE;
        const int32_t allowed = may_open(port->device);
        if (allowed != SCARD_S_SUCCESS)
                return allowed;
        const bool bulk = sim_device_has_bulk(port->device);
        if (pipes->interface_number != 0 || pipes->alternate != 0 ||
            pipes->bulk_out != (bulk ? SIM_BULK_OUT : 0) || pipes->bulk_in != (bulk ? SIM_BULK_IN : 0))
                return SCARD_F_COMM_ERROR;
        struct sim_pipe *made = calloc(1, sizeof *made);
        if (made == NULL)
                return SCARD_E_NO_MEMORY;
        made->port = port;
        made->interrupt = pipes->interrupt_in != 0;
        atomic_init(&made->suspends, sim_device_suspends(port->device));
        made->bulk_out_packet = pipes->bulk_out_packet;
        bus_lock();
        const bool taken = port->claimed;
        port->claimed = true;
        bus_unlock();
        if (taken) {
                free(made);
                return SCARD_E_SHARING_VIOLATION;
        }
        *pipe = made;
        return SCARD_S_SUCCESS;
}

static void pipe_close(void *pipe)
{
        struct sim_pipe *open = pipe;

        bus_lock();
        open->port->claimed = false;
        bus_unlock();
        free(open);
}

/* Begins and ends a call that cancel may end early. */
static void call_begin(struct sim_pipe *pipe)
{
        bus_lock();
        pipe->waiting = true;
        pipe->cancelled = false;
        bus_unlock();
}

static int32_t call_end(struct sim_pipe *pipe, int32_t status)
{
        bus_lock();
        pipe->waiting = pipe->cancelled = false;
        bus_unlock();
        return status;
}

static bool gone(const struct sim_pipe *pipe)
{
        return sim_device_generation(pipe->port->device) != pipe->port->generation;
}

static struct timespec after_ms(unsigned ms)
{
        struct timespec at;
        (void)clock_gettime(CLOCK_MONOTONIC, &at);
        at.tv_sec += (time_t)(ms / 1000);
        at.tv_nsec += (long)(ms % 1000) * 1000000;
        if (at.tv_nsec >= 1000000000) {
                at.tv_sec++;
                at.tv_nsec -= 1000000000;
        }
        return at;
}

static bool before(const struct timespec *a, const struct timespec *b)
{
        return a->tv_sec < b->tv_sec || (a->tv_sec == b->tv_sec && a->tv_nsec < b->tv_nsec);
}

/*
 * Waits until the device may have something (changes moved on from seen, or next_ms are over), or the
 * deadline. SCARD_S_SUCCESS: ask again.
 */
static int32_t wait_change(struct sim_pipe *pipe, bool cancellable, uint64_t seen, int next_ms,
                           const struct timespec *deadline)
{
        int32_t status = SCARD_S_SUCCESS;

        if (next_ms < 0)
                return SCARD_E_TIMEOUT; /* in virtual time */
        /* One more: a clock in milliseconds may be just short of the moment. */
        struct timespec until = after_ms((unsigned)next_ms + 1);
        const bool last = before(deadline, &until);
        if (last)
                until = *deadline;
        bus_lock();
        int ended = 0;
        while (!(cancellable && pipe->cancelled) && bus.changes == seen && ended == 0)
                ended = pthread_cond_timedwait(&bus.changed, &bus.lock, &until);
        if (cancellable && pipe->cancelled)
                status = SCARD_E_CANCELLED;
        else if (ended != 0 && last)
                status = SCARD_E_TIMEOUT;
        bus_unlock();
        return status;
}

static uint64_t changes_seen(void)
{
        bus_lock();
        const uint64_t seen = bus.changes;
        bus_unlock();
        return seen;
}

static int32_t put(struct sim_pipe *pipe, bool cancellable, const uint8_t *out, size_t len,
                   const struct timespec *deadline)
{
        for (;;) {
                const uint64_t seen = changes_seen();
                if (gone(pipe))
                        return SCARD_E_READER_UNAVAILABLE;
                switch (sim_device_bulk_out(pipe->port->device, out, len)) {
                case SIM_OK:
                        return SCARD_S_SUCCESS;
                case SIM_STALL:
                        return SCARD_E_NOT_READY;
                case SIM_GONE:
                        return SCARD_E_READER_UNAVAILABLE;
                case SIM_NAK:
                        break;
                }
                const int32_t status =
                    wait_change(pipe, cancellable, seen, sim_device_next_ms(pipe->port->device), deadline);
                if (status != SCARD_S_SUCCESS)
                        return status;
        }
}

static int32_t put_message(struct sim_pipe *pipe, bool cancellable, const uint8_t *out, size_t len, bool zlp,
                           const struct timespec *deadline)
{
        const int32_t status = put(pipe, cancellable, out, len, deadline);
        if (status != SCARD_S_SUCCESS || !zlp || pipe->bulk_out_packet == 0 ||
            len % pipe->bulk_out_packet != 0)
                return status;
        return put(pipe, cancellable, NULL, 0, deadline);
}

static int32_t take(struct sim_pipe *pipe, uint8_t *in, size_t cap, size_t *len,
                    const struct timespec *deadline)
{
        const uint32_t suspends = sim_device_suspends(pipe->port->device);

        for (;;) {
                const uint64_t seen = changes_seen();
                if (gone(pipe))
                        return SCARD_E_READER_UNAVAILABLE;
                switch (sim_device_bulk_in(pipe->port->device, in, cap, len)) {
                case SIM_OK:
                        return SCARD_S_SUCCESS;
                case SIM_STALL:
                        return SCARD_E_COMM_DATA_LOST;
                case SIM_GONE:
                        return SCARD_E_READER_UNAVAILABLE;
                case SIM_NAK:
                        break;
                }
                if (sim_device_suspends(pipe->port->device) != suspends) {
                        atomic_store(&pipe->shut, true);
                        return SCARD_F_COMM_ERROR;
                }
                const int32_t status =
                    wait_change(pipe, true, seen, sim_device_next_ms(pipe->port->device), deadline);
                if (status != SCARD_S_SUCCESS)
                        return status;
        }
}

static int32_t pipe_exchange(void *pipe, const uint8_t *out, size_t out_len, bool zlp, uint8_t *in,
                             size_t in_cap, size_t *in_len, unsigned timeout_ms)
{
        const struct timespec deadline = after_ms(timeout_ms);

        *in_len = 0;
        call_begin(pipe);
        int32_t status = put_message(pipe, true, out, out_len, zlp, &deadline);
        if (status == SCARD_S_SUCCESS)
                status = take(pipe, in, in_cap, in_len, &deadline);
        return call_end(pipe, status);
}

static int32_t pipe_receive(void *pipe, uint8_t *in, size_t in_cap, size_t *in_len, unsigned timeout_ms)
{
        const struct timespec deadline = after_ms(timeout_ms);

        *in_len = 0;
        call_begin(pipe);
        return call_end(pipe, take(pipe, in, in_cap, in_len, &deadline));
}

static int32_t pipe_send(void *pipe, const uint8_t *out, size_t out_len, bool zlp, unsigned timeout_ms)
{
        const struct timespec deadline = after_ms(timeout_ms);

        return put_message(pipe, false, out, out_len, zlp, &deadline);
}

static int32_t pipe_control(void *pipe, uint8_t bmRequestType, uint8_t bRequest, uint16_t wValue,
                            uint8_t *data, size_t *data_len, unsigned timeout_ms)
{
        struct sim_pipe *open = pipe;
        size_t none = 0;
        size_t *const len = data_len != NULL ? data_len : &none;

        (void)timeout_ms; /* answered at once */
        if (gone(open)) {
                *len = 0;
                return SCARD_E_READER_UNAVAILABLE;
        }
        switch (sim_device_control(open->port->device, bmRequestType, bRequest, wValue, 0, data, len)) {
        case SIM_OK:
                return SCARD_S_SUCCESS;
        case SIM_GONE:
                return SCARD_E_READER_UNAVAILABLE;
        case SIM_NAK: /* in virtual time */
                return SCARD_E_TIMEOUT;
        case SIM_STALL:
                break;
        }
        return SCARD_E_NOT_READY;
}

static int32_t pipe_event(void *pipe, uint8_t *data, size_t cap, size_t *len)
{
        struct sim_pipe *open = pipe;

        *len = 0;
        if (gone(open) || !sim_device_plugged(open->port->device))
                return SCARD_E_READER_UNAVAILABLE;
        /* Where no transfer was under way none could tell of a sleep. */
        if (open->interrupt || atomic_exchange(&open->shut, false)) {
                const unsigned suspends = sim_device_suspends(open->port->device);
                if (atomic_exchange(&open->suspends, suspends) != suspends)
                        return SCARD_W_RESET_CARD;
        }
        if (!open->interrupt)
                return SCARD_S_SUCCESS;
        const enum sim_result result = sim_device_interrupt_in(open->port->device, data, cap, len);
        return result == SIM_GONE ? SCARD_E_READER_UNAVAILABLE : SCARD_S_SUCCESS;
}

static int32_t pipe_clear_halt(void *pipe, uint8_t endpoint)
{
        size_t none = 0;
        struct sim_pipe *open = pipe;

        if (gone(open))
                return SCARD_E_READER_UNAVAILABLE;
        switch (sim_device_control(open->port->device, 0x02, 0x01, 0, endpoint, NULL, &none)) {
        case SIM_OK:
                return SCARD_S_SUCCESS;
        case SIM_GONE:
                return SCARD_E_READER_UNAVAILABLE;
        case SIM_STALL:
        case SIM_NAK:
                break;
        }
        return SCARD_E_NOT_READY;
}

static void pipe_cancel(void *pipe)
{
        struct sim_pipe *open = pipe;

        bus_lock();
        if (open->waiting) {
                open->cancelled = true;
                (void)pthread_cond_broadcast(&bus.changed);
        }
        bus_unlock();
}

static void port_forget(void *dev)
{
        struct sim_port *port = dev;

        bus_lock();
        for (size_t i = 0; i < bus.count; i++) {
                if (bus.places[i].port == port)
                        bus.places[i].port = NULL;
        }
        bus_unlock();
        free(port);
}

static const struct ccid_transport_ops sim_ops = {
    .open = port_open,
    .close = pipe_close,
    .exchange = pipe_exchange,
    .receive = pipe_receive,
    .send = pipe_send,
    .control = pipe_control,
    .event = pipe_event,
    .clear_halt = pipe_clear_halt,
    .cancel = pipe_cancel,
    .forget = port_forget,
};

/* ---- what came and went */

/* At most as many bytes as a USB string has, which fit. */
static void text_copy(char out[CCID_STRING_MAX + 1], const char *text)
{
        size_t len = 0;

        while (text != NULL && text[len] != '\0' && len < CCID_STRING_MAX) {
                out[len] = text[len];
                len++;
        }
        out[len] = '\0';
}

static void describe(const struct sim_device *device, struct ccid_device *info, uint8_t *config)
{
        uint8_t bytes[18] = {0};

        memset(info, 0, sizeof *info);
        (void)sim_device_descriptor(device, bytes, sizeof bytes);
        info->vendor_id = (uint16_t)(bytes[8] | bytes[9] << 8);
        info->product_id = (uint16_t)(bytes[10] | bytes[11] << 8);
        info->release = (uint16_t)(bytes[12] | bytes[13] << 8);
        text_copy(info->manufacturer, sim_device_string(device, 1));
        text_copy(info->product, sim_device_string(device, 2));
        text_copy(info->serial, sim_device_string(device, 3));
        info->config = config;
        info->config_len = sim_device_configuration(device, config, CONFIG_MAX);
}

/* SCARD_E_NO_MEMORY: told of at the next scan, which the caller of this one has to hear. */
static int32_t tell_found(struct sim_place *place, uint32_t generation,
                          const struct ccid_bus_listener *listener)
{
        struct sim_port *port = calloc(1, sizeof *port);
        struct ccid_device info;
        uint8_t config[CONFIG_MAX];

        if (port == NULL)
                return SCARD_E_NO_MEMORY;
        port->device = place->device;
        port->generation = generation;
        describe(place->device, &info, config);
        bus_lock();
        bus.last_address = (uint8_t)(bus.last_address % 127 + 1);
        info.address = bus.last_address;
        place->port = port;
        bus_unlock();
        const int32_t status = listener->found(listener->arg, &sim_ops, port, &info);
        if (status != SCARD_S_SUCCESS)
                port_forget(port);
        return status == SCARD_E_NO_MEMORY ? status : SCARD_S_SUCCESS;
}

/* The table does not change between start and stop, so it is read without the lock here. */
static int32_t bus_scan(const struct ccid_bus_listener *listener)
{
        int32_t status = SCARD_S_SUCCESS;

        for (size_t i = 0; i < bus.count; i++) {
                struct sim_place *place = &bus.places[i];
                const bool plugged = sim_device_plugged(place->device);
                const uint32_t generation = sim_device_generation(place->device);

                bus_lock();
                struct sim_port *port = place->port;
                const bool lost = port != NULL && (!plugged || port->generation != generation);
                if (lost)
                        place->port = NULL;
                bus_unlock();
                if (lost)
                        listener->lost(listener->arg, port);
                if (plugged && (port == NULL || lost) &&
                    tell_found(place, generation, listener) != SCARD_S_SUCCESS)
                        status = SCARD_E_NO_MEMORY;
        }
        return status;
}

const struct ccid_bus ccid_sim_bus = {
    .name = "sim",
    .start = bus_start,
    .scan = bus_scan,
    .stop = bus_stop,
    .watch = bus_watch,
    .pump = bus_pump,
};
