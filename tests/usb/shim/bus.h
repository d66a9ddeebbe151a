/*
 * bus.h - the mocked bus: the virtual readers of ISCARD_USBTIER_SIM with an address and endpoints each, and
 * the URBs that wait for them. usbfs.c is the node above it.
 */
#ifndef ISCARD_SHIM_BUS_H
#define ISCARD_SHIM_BUS_H

#include "usbtier.h"

#include "sim/device.h"

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BUS_NUMBER     1
#define BUS_ENDPOINTS  8
#define BUS_INTERFACES 8
#define BUS_CARRY      66000 /* bytes: the longest bulk message, 65,554, fits */

struct handle; /* usbfs.c: an open node */

struct endpoint {
        uint8_t address, type; /* bEndpointAddress; bmAttributes & 3 */
        uint8_t interface_number;
        uint16_t packet; /* wMaxPacketSize */
};

/* One URB in flight, or done and not reaped. Taken from its handle's pool: no allocation on the way. */
struct flight {
        struct flight *next;
        struct handle *owner;
        void *urb; /* the client's struct usbdevfs_urb; NULL: a synchronous transfer, the result stays here */
        uint8_t endpoint;
        uint8_t *data;
        size_t len; /* bytes to send, or room */
        size_t actual;
        int status; /* 0 or a negative errno */
        bool done;
};

struct queue {
        struct flight *head, **tail;
};

/* Everything below lock is guarded by it. */
struct device {
        struct sim_device *sim;
        unsigned index;
        struct endpoint endpoints[BUS_ENDPOINTS];
        unsigned endpoint_count;
        unsigned speed_mbit;
        uint8_t descriptors[USBTIER_DESCRIPTOR_MAX];
        size_t descriptors_len;

        pthread_mutex_t lock;
        unsigned address;
        bool denied, present; /* present: plugged in as far as the node has noticed */
        bool again;           /* the reader said ready while it was being served */
        struct queue pending;
        struct handle *handles;
        struct handle *claims[BUS_INTERFACES];
        int claim_file; /* locks bytes of a file shared by the processes of a testbed; -1: none */
        uint8_t *carry; /* the rest of a bulk message that did not fit the URB it came to */
        size_t carry_at, carry_len;
        unsigned
            drip_ms; /* between the first packet of a bulk message in and the others; 0: they come at once */
        int64_t drip_at;               /* when the others are due */
        int64_t due_ms;                /* when the reader will have something by itself; 0: no time known */
        struct usbtier_counts *counts; /* own_counts, or in the file of ISCARD_USBTIER_COUNTS */
        struct usbtier_counts own_counts;
};

unsigned bus_count(void);
struct device *bus_device(unsigned index); /* NULL: none */
/* By the address it has now; NULL: none there. */
struct device *bus_find(unsigned bus, unsigned address);
const struct endpoint *bus_endpoint(const struct device *device, uint8_t address);
bool bus_control(const char *command);

void bus_lock(struct device *device);
void bus_unlock(struct device *device);
/* With the lock: gives every URB in flight what the reader has for it, notices that it was unplugged. */
void bus_serve(struct device *device);
/* With the lock: an answer to a control request, standard ones too. 0 and *len, or a negative errno. */
int bus_request(struct device *device, const uint8_t setup[8], uint8_t *data, size_t *len);
/* With the lock: forgets half-read messages and halts, as CLEAR_FEATURE(ENDPOINT_HALT) does. */
void bus_clear_halt(struct device *device, uint8_t endpoint);

void queue_init(struct queue *queue);
void queue_push(struct queue *queue, struct flight *flight);
struct flight *queue_pop(struct queue *queue);
bool queue_take(struct queue *queue, struct flight *flight);

/* usbfs.c: with the lock; flight has ended (status and actual are set). */
void usbfs_done(struct flight *flight);
/* usbfs.c: with the lock; the device of handle is gone: every descriptor of it reports an error. */
void usbfs_vanished(struct handle *handle);
struct handle *usbfs_next(struct handle *handle);
/* usbfs.c: with the lock; nobody has any interface of the device any more. */
void usbfs_unbind(struct device *device);

#endif
