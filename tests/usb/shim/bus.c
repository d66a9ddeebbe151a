#include "bus.h"

#include "timer.h"

#include "core/log.h"
#include "sim/config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define FIRST_ADDRESS 2 /* 1 is the root hub's */
#define LAST_ADDRESS  127

#define TYPE_DEVICE    1
#define TYPE_INTERFACE 4
#define TYPE_ENDPOINT  5
#define TRANSFER_BULK  2

#define GET_DESCRIPTOR 6

static struct device *devices[SIM_READERS_MAX];
static unsigned device_count;
static unsigned next_address = FIRST_ADDRESS;
static pthread_mutex_t address_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static _Thread_local struct device *held; /* whose lock this thread has */

/* ---- queues */

void queue_init(struct queue *queue)
{
        queue->head = NULL;
        queue->tail = &queue->head;
}

void queue_push(struct queue *queue, struct flight *flight)
{
        flight->next = NULL;
        *queue->tail = flight;
        queue->tail = &flight->next;
}

bool queue_take(struct queue *queue, struct flight *flight)
{
        for (struct flight **at = &queue->head; *at != NULL; at = &(*at)->next) {
                if (*at != flight)
                        continue;
                *at = flight->next;
                if (queue->tail == &flight->next)
                        queue->tail = at;
                flight->next = NULL;
                return true;
        }
        return false;
}

struct flight *queue_pop(struct queue *queue)
{
        struct flight *flight = queue->head;
        if (flight != NULL)
                (void)queue_take(queue, flight);
        return flight;
}

/* ---- making the readers */

static bool is_taken(unsigned address)
{
        for (unsigned i = 0; i < device_count; i++) {
                if (devices[i]->address == address)
                        return true;
        }
        return false;
}

/* The next one, as Linux does it: one that was given back is not given out again at once. */
static unsigned take_address(void)
{
        unsigned address;
        pthread_mutex_lock(&address_lock);
        do {
                address = next_address;
                next_address = next_address == LAST_ADDRESS ? FIRST_ADDRESS : next_address + 1;
        } while (is_taken(address));
        pthread_mutex_unlock(&address_lock);
        return address;
}

/* Our own reader's descriptors, so well formed; still nothing is read behind their end. */
static void find_endpoints(struct device *device)
{
        uint8_t interface_number = 0;
        device->speed_mbit = 12;
        for (size_t at = 18; at + 2 <= device->descriptors_len;) {
                const uint8_t *d = device->descriptors + at;
                size_t len = d[0];
                if (len < 2 || at + len > device->descriptors_len)
                        break;
                if (d[1] == TYPE_INTERFACE && len >= 9)
                        interface_number = d[2];
                if (d[1] == TYPE_ENDPOINT && len >= 7 && device->endpoint_count < BUS_ENDPOINTS) {
                        struct endpoint *e = &device->endpoints[device->endpoint_count++];
                        e->address = d[2];
                        e->type = d[3] & 3;
                        e->interface_number = interface_number;
                        e->packet = (uint16_t)((d[4] | d[5] << 8) & 0x7FF);
                        if (e->type == TRANSFER_BULK && e->packet > 64)
                                device->speed_mbit = 480;
                }
                at += len;
        }
}

/*
 * ISCARD_USBTIER_ID=VVVV:PPPP: other numbers in the device descriptor. pcscd loads libccid only for readers
 * of its list, so the judge has to be shown one of them.
 */
static void change_numbers(struct device *device)
{
        unsigned vendor;
        unsigned product;
        const char *text = getenv("ISCARD_USBTIER_ID");
        if (text == NULL || sscanf(text, "%4x:%4x", &vendor, &product) != 2)
                return;
        device->descriptors[8] = (uint8_t)vendor;
        device->descriptors[9] = (uint8_t)(vendor >> 8);
        device->descriptors[10] = (uint8_t)product;
        device->descriptors[11] = (uint8_t)(product >> 8);
}

static void on_ready(void *arg)
{
        struct device *device = arg;
        if (held == device) {
                device->again = true;
                return;
        }
        bus_lock(device);
        bus_serve(device);
        bus_unlock(device);
}

/* Interface claims hold across the processes of a testbed: each is a lock on one byte of this file. */
static int open_claim_file(void)
{
        char path[4096];
        const char *dir = getenv("UMOCKDEV_DIR");
        if (dir == NULL || snprintf(path, sizeof(path), "%s/usbtier-claims", dir) >= (int)sizeof(path))
                return -1;
        return open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
}

/* Where the counts of all readers are to be seen from outside; NULL: nowhere. */
static struct usbtier_counts *open_counts(void)
{
        const size_t size = SIM_READERS_MAX * sizeof(struct usbtier_counts);
        const char *path = getenv("ISCARD_USBTIER_COUNTS");
        if (path == NULL)
                return NULL;
        int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
        void *counts = MAP_FAILED;
        if (fd >= 0 && ftruncate(fd, (off_t)size) == 0)
                counts = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        if (fd >= 0)
                (void)close(fd);
        if (counts == MAP_FAILED) {
                log_line(LOG_ERROR, "usbtier", "ISCARD_USBTIER_COUNTS: %s", strerror(errno));
                return NULL;
        }
        return counts;
}

static struct device *make_device(const struct sim_config *config, unsigned index)
{
        struct device *device = calloc(1, sizeof(*device));
        if (device == NULL)
                return NULL;
        device->carry = malloc(BUS_CARRY);
        device->sim = sim_device_create(config);
        if (device->carry == NULL || device->sim == NULL)
                goto fail;
        size_t room = sizeof(device->descriptors);
        size_t len = sim_device_descriptor(device->sim, device->descriptors, room);
        if (len != 18)
                goto fail;
        size_t config_len = sim_device_configuration(device->sim, device->descriptors + len, room - len);
        if (config_len > room - len)
                goto fail;
        device->descriptors_len = len + config_len;
        find_endpoints(device);
        change_numbers(device);
        pthread_mutex_init(&device->lock, NULL);
        queue_init(&device->pending);
        device->index = index;
        device->claim_file = -1;
        device->counts = &device->own_counts;
        device->address = take_address();
        device->present = true;
        sim_device_on_ready(device->sim, on_ready, device);
        return device;
fail:
        sim_device_destroy(device->sim);
        free(device->carry);
        free(device);
        return NULL;
}

static void make_devices(void)
{
        char error[128];
        struct sim_config_list list;
        const char *text = getenv("ISCARD_USBTIER_SIM");
        if (text == NULL)
                return;
        if (!sim_config_parse(text, &list, error, sizeof(error))) {
                log_line(LOG_ERROR, "usbtier", "ISCARD_USBTIER_SIM is not understood: %s", error);
                return;
        }
        struct usbtier_counts *counts = open_counts();
        for (size_t i = 0; i < list.count && i < SIM_READERS_MAX; i++) {
                devices[device_count] = make_device(sim_config_at(&list, i), device_count);
                if (devices[device_count] == NULL) {
                        log_line(LOG_ERROR, "usbtier", "reader %u could not be made", device_count);
                        break;
                }
                if (counts != NULL)
                        devices[device_count]->counts = &counts[device_count];
                device_count++;
        }
        sim_config_free(&list);
}

unsigned bus_count(void)
{
        pthread_once(&once, make_devices);
        return device_count;
}

struct device *bus_device(unsigned index)
{
        return index < bus_count() ? devices[index] : NULL;
}

struct device *bus_find(unsigned bus, unsigned address)
{
        if (bus != BUS_NUMBER)
                return NULL;
        for (unsigned i = 0; i < bus_count(); i++) {
                bus_lock(devices[i]);
                bool here = devices[i]->present && devices[i]->address == address;
                /* the testbed is made after the readers, and with it the folder of the file */
                if (here && devices[i]->claim_file < 0)
                        devices[i]->claim_file = open_claim_file();
                bus_unlock(devices[i]);
                if (here)
                        return devices[i];
        }
        return NULL;
}

const struct endpoint *bus_endpoint(const struct device *device, uint8_t address)
{
        for (unsigned i = 0; i < device->endpoint_count; i++) {
                if (device->endpoints[i].address == address)
                        return &device->endpoints[i];
        }
        return NULL;
}

void bus_lock(struct device *device)
{
        pthread_mutex_lock(&device->lock);
        held = device;
}

void bus_unlock(struct device *device)
{
        held = NULL;
        pthread_mutex_unlock(&device->lock);
}

/* ---- transfers */

static int status_of(enum sim_result result)
{
        switch (result) {
        case SIM_OK:
                return 0;
        case SIM_STALL:
                return -EPIPE;
        case SIM_NAK:
                return -EAGAIN;
        case SIM_GONE:
                break;
        }
        return -ESHUTDOWN;
}

/* The first packet of a message; the others are still under way. */
static bool drips(struct device *device, const struct endpoint *endpoint, struct flight *flight)
{
        if (device->drip_ms != 0 && device->carry_at == 0 && device->carry_len > endpoint->packet &&
            flight->len >= endpoint->packet) {
                memcpy(flight->data, device->carry, endpoint->packet);
                flight->actual = device->carry_at = endpoint->packet;
                device->counts->bulk_in_bytes += flight->actual;
                device->drip_at = timer_now_ms() + device->drip_ms;
        }
        return device->drip_at > timer_now_ms();
}

/* One bulk message may need several URBs; one URB takes no more than the rest of one message. */
static int bulk_in(struct device *device, const struct endpoint *endpoint, struct flight *flight)
{
        if (device->carry_len == device->carry_at) {
                size_t len = 0;
                enum sim_result result = sim_device_bulk_in(device->sim, device->carry, BUS_CARRY, &len);
                if (result != SIM_OK)
                        return status_of(result);
                device->carry_at = 0;
                device->carry_len = len;
        }
        if (drips(device, endpoint, flight))
                return -EAGAIN;
        size_t left = device->carry_len - device->carry_at;
        size_t room = flight->len - flight->actual;
        size_t take = left < room ? left : room;
        if (take > 0)
                memcpy(flight->data + flight->actual, device->carry + device->carry_at, take);
        device->carry_at += take;
        flight->actual += take;
        if (take < left && (flight->len % endpoint->packet != 0 || flight->len == 0)) {
                /* the packet was longer than the room left: babble */
                device->carry_at = device->carry_len = 0;
                return -EOVERFLOW;
        }
        device->counts->bulk_in++;
        device->counts->bulk_in_bytes += take;
        return 0;
}

static int interrupt_in(struct device *device, struct flight *flight)
{
        uint8_t report[64];
        size_t len = 0;
        enum sim_result result = sim_device_interrupt_in(device->sim, report, sizeof(report), &len);
        if (result != SIM_OK)
                return status_of(result);
        flight->actual = len < flight->len ? len : flight->len;
        if (flight->actual > 0)
                memcpy(flight->data, report, flight->actual);
        if (len > flight->len)
                return -EOVERFLOW;
        device->counts->interrupt_in++;
        return 0;
}

static int bulk_out(struct device *device, struct flight *flight)
{
        enum sim_result result = sim_device_bulk_out(device->sim, flight->data, flight->len);
        if (result != SIM_OK)
                return status_of(result);
        flight->actual = flight->len;
        device->counts->bulk_out++;
        device->counts->bulk_out_bytes += flight->len;
        return 0;
}

/* -EAGAIN: nothing for it yet */
static int serve_flight(struct device *device, struct flight *flight)
{
        const struct endpoint *endpoint = bus_endpoint(device, flight->endpoint);
        if (endpoint == NULL)
                return -ENOENT;
        if ((endpoint->address & 0x80) == 0)
                return bulk_out(device, flight);
        if (endpoint->type == TRANSFER_BULK)
                return bulk_in(device, endpoint, flight);
        return interrupt_in(device, flight);
}

static void vanish(struct device *device)
{
        struct flight *flight;
        device->present = false;
        while ((flight = queue_pop(&device->pending)) != NULL) {
                flight->status = -ESHUTDOWN;
                usbfs_done(flight);
        }
        for (struct handle *handle = device->handles; handle != NULL; handle = usbfs_next(handle))
                usbfs_vanished(handle);
        device->handles = NULL;
        memset(device->claims, 0, sizeof(device->claims));
        device->carry_at = device->carry_len = 0;
        device->due_ms = 0;
}

/* As the system falls asleep: every transfer ends, the node stays. Linux: usb_suspend_both; usbfs, which knows no
 * reset_resume, is unbound from the interfaces of a device that has to be reset as it wakes. */
static void suspend(struct device *device, bool reset)
{
        struct flight *flight;
        while ((flight = queue_pop(&device->pending)) != NULL) {
                flight->status = -ESHUTDOWN;
                usbfs_done(flight);
        }
        device->carry_at = device->carry_len = 0;
        device->due_ms = 0;
        sim_device_suspend(device->sim);
        if (reset)
                usbfs_unbind(device);
}

static void serve_once(struct device *device)
{
        uint8_t waiting[BUS_ENDPOINTS];
        unsigned waiting_count = 0;
        struct flight *next;
        for (struct flight *flight = device->pending.head; flight != NULL; flight = next) {
                next = flight->next;
                /* the transfers of an endpoint end in the order they came in */
                if (waiting_count == BUS_ENDPOINTS ||
                    (waiting_count > 0 && memchr(waiting, flight->endpoint, waiting_count) != NULL))
                        continue;
                int status = serve_flight(device, flight);
                if (status == -EAGAIN) {
                        waiting[waiting_count++] = flight->endpoint;
                        continue;
                }
                (void)queue_take(&device->pending, flight);
                flight->status = status;
                usbfs_done(flight);
        }
}

void bus_serve(struct device *device)
{
        if (!device->present)
                return;
        do {
                device->again = false;
                serve_once(device);
        } while (device->again);
        if (!sim_device_plugged(device->sim)) {
                vanish(device);
                return;
        }
        int wait_ms = device->pending.head != NULL ? sim_device_next_ms(device->sim) : -1;
        int64_t drip_ms = device->drip_at - timer_now_ms();
        if (drip_ms > 0 && (wait_ms < 0 || drip_ms < wait_ms))
                wait_ms = (int)drip_ms;
        if (wait_ms >= 0)
                timer_set(device, wait_ms);
}

int bus_request(struct device *device, const uint8_t setup[8], uint8_t *data, size_t *len)
{
        uint16_t value = (uint16_t)(setup[2] | setup[3] << 8);
        uint16_t index = (uint16_t)(setup[4] | setup[5] << 8);
        if (setup[0] == 0x80 && setup[1] == GET_DESCRIPTOR && value == TYPE_DEVICE << 8) {
                *len = *len < 18 ? *len : 18;
                memcpy(data, device->descriptors, *len); /* with the numbers it shows */
                device->counts->control++;
                return 0;
        }
        enum sim_result result = sim_device_control(device->sim, setup[0], setup[1], value, index, data, len);
        if (result != SIM_OK)
                *len = 0;
        else
                device->counts->control++;
        return result == SIM_NAK ? -ETIMEDOUT : status_of(result);
}

void bus_clear_halt(struct device *device, uint8_t endpoint)
{
        if ((endpoint & 0x80) != 0)
                device->carry_at = device->carry_len = 0;
        sim_device_clear_halt(device->sim, endpoint);
}

/* ---- the hand */

static void plug(struct device *device)
{
        if (device->present)
                return;
        sim_device_plug(device->sim);
        device->address = take_address();
        memset(device->counts, 0, sizeof(*device->counts));
        device->present = true;
}

static bool set_fault(struct device *device, const char *text)
{
        return sim_device_fault(device->sim, text != NULL && *text != '\0' ? text : NULL);
}

bool bus_control(const char *command)
{
        char verb[16];
        unsigned reader;
        unsigned value = 0;
        int used = 0;
        if (sscanf(command, "%15s %u %n", verb, &reader, &used) < 2)
                return false;
        const char *rest = command + used;
        struct device *device = bus_device(reader);
        if (device == NULL ||
            (strcmp(verb, "fault") != 0 && *rest != '\0' && sscanf(rest, "%u", &value) != 1))
                return false;
        bool known = true;
        bus_lock(device);
        if (strcmp(verb, "remove") == 0)
                sim_device_card_remove(device->sim, value);
        else if (strcmp(verb, "insert") == 0)
                sim_device_card_insert(device->sim, value);
        else if (strcmp(verb, "mute") == 0)
                sim_device_card_mute(device->sim, 0, value != 0);
        else if (strcmp(verb, "unplug") == 0)
                sim_device_unplug(device->sim);
        else if (strcmp(verb, "plug") == 0)
                plug(device);
        else if (strcmp(verb, "suspend") == 0)
                suspend(device, value != 0);
        else if (strcmp(verb, "deny") == 0)
                device->denied = value != 0;
        else if (strcmp(verb, "drip") == 0)
                device->drip_ms = value;
        else if (strcmp(verb, "fault") == 0)
                known = set_fault(device, rest);
        else
                known = false;
        bus_serve(device);
        bus_unlock(device);
        return known;
}
