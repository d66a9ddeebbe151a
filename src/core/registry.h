/*
 * registry.h - which readers exist, their names, and for how long the drivers run.
 */
#ifndef ISCARD_CORE_REGISTRY_H
#define ISCARD_CORE_REGISTRY_H

#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/ifd.h"
#include "core/slot.h"

#define REGISTRY_DRIVERS_MAX 8

/*
 * A device as a driver told of it. refs (under the registry's lock): one for being listed, one for each
 * connection; the last one gone, it is destroyed. Invariant: opens > 0 exactly while the driver's open
 * succeeded and its close was not called.
 */
struct device {
        struct device *next; /* in the registry's list */
        unsigned refs;
        unsigned instance; /* NN of the name: tells devices of one description apart */
        struct ifd_ops ops;
        void *ctx;
        struct ifd_info info;
        char description[SLOT_NAME_MAX]; /* the name without numbers */
        pthread_mutex_t open_lock;       /* held while claiming and giving back, which may block */
        unsigned opens;
        struct slot slots[];
};

/*
 * One more context; the first starts the drivers. SCARD_E_NO_MEMORY; SCARD_E_NO_SERVICE: in the child of a
 * process that had contexts when it forked, where the drivers' state is the parent's.
 */
int32_t registry_start(void);
/* One context less, with all its connections; the last destroys every device and stops the drivers. */
void registry_stop(void);

/*
 * The names of the readers that are there now, each with its NUL, in one malloc'ed text that the caller
 * frees; *len: bytes, 0 for no reader (*names is then NULL); *generation: see registry_census. Asks the drivers to scan. SCARD_E_NO_MEMORY
 */
int32_t registry_list(char **names, size_t *len, uint64_t *generation);

/* Asks the drivers to scan. SCARD_E_NO_MEMORY */
int32_t registry_refresh(void);
/* The slot with that name, its device held (registry_unref). find: asks the drivers to scan before.
 * SCARD_E_UNKNOWN_READER, SCARD_E_NO_MEMORY */
int32_t registry_find(const char *name, struct slot **slot);
int32_t registry_lookup(const char *name, struct slot **slot);
/* How many slots there are, and a number that grows whenever devices come or go; never 0. */
struct registry_census {
        unsigned readers;
        uint64_t generation;
};
struct registry_census registry_census(void);
void registry_unref(struct device *device);

/*
 * Claims the slot for one connection: opens the device where it is not, and makes the slot's buffers. What
 * open of ifd.h returns; after a failure nothing is claimed. Blocks as open does.
 */
int32_t registry_claim(struct slot *slot);
/* One connection less. The device's last: powers its cards off, closes it. Cannot fail; blocks for as long as
 * that takes. */
void registry_unclaim(struct slot *slot);

/* For the monitor of events.c. watch: as of ifd.h, to every driver. pump: has them take in what happened,
 * looks for devices and cards where they say so, and tells what to wait for: fds with room for
 * REGISTRY_DRIVERS_MAX, how many, and *timeout_ms (-1: no limit). */
int32_t registry_watch(const struct ifd_watcher *watcher);
unsigned registry_pump(struct pollfd *fds, int *timeout_ms);

/* For tests: other drivers than those of drivers.c, NULL-terminated; NULL: back to those. While no context is
 * established. */
void registry_use_drivers(const struct ifd_driver *const *drivers);

#endif
