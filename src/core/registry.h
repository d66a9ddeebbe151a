/*
 * registry.h - which readers exist, their names, and for how long the drivers run.
 */
#ifndef ISCARD_CORE_REGISTRY_H
#define ISCARD_CORE_REGISTRY_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/ifd.h"
#include "core/slot.h"

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
 * frees; *len: bytes, 0 for no reader (*names is then NULL). Asks the drivers to scan. SCARD_E_NO_MEMORY
 */
int32_t registry_list(char **names, size_t *len);

/* The slot with that name, its device held (registry_unref). Asks the drivers to scan.
 * SCARD_E_UNKNOWN_READER, SCARD_E_NO_MEMORY */
int32_t registry_find(const char *name, struct slot **slot);
void registry_unref(struct device *device);

/*
 * Claims the slot for one connection: opens the device where it is not, and makes the slot's buffers. What
 * open of ifd.h returns; after a failure nothing is claimed. Blocks as open does.
 */
int32_t registry_claim(struct slot *slot);
/* One connection less. The device's last: powers its cards off, closes it. Cannot fail; blocks for as long as
 * that takes. */
void registry_unclaim(struct slot *slot);

/* For tests: other drivers than those of drivers.c, NULL-terminated; NULL: back to those. While no context is
 * established. */
void registry_use_drivers(const struct ifd_driver *const *drivers);

#endif
