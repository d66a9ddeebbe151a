/*
 * watch.h - the readers that a context asked about with SCardGetStatusChange. They stay claimed until the
 * context ends, so that nothing that happens between two calls is missed, and no card is powered anew by each.
 */
#ifndef ISCARD_CORE_WATCH_H
#define ISCARD_CORE_WATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "core/touch.h"

struct context;
struct slot;

/* users, touch: under the context's lock; claimed: that of the device as well, false where it cannot be had. */
struct watch {
        struct watch *next;
        struct context *context;
        struct slot *slot; /* its device held */
        unsigned users;
        bool claimed;
        struct touch touch; /* with which it is not freed */
};

/*
 * The watch of the reader with that name, with one more user. Does not look for new readers. Claims the
 * reader where it can, which may block; trying again where it could not before.
 * SCARD_E_UNKNOWN_READER, SCARD_E_NO_MEMORY; *watch is NULL then
 */
int32_t watch_get(struct context *context, const char *name, struct watch **watch);
/* NULL: nothing. */
void watch_put(struct context *context, struct watch *watch);
/* Gives back the readers that were unplugged while nobody used their watches. */
void watch_sweep(struct context *context);
/* The context is being destroyed: gives back every reader. */
void watch_end(struct context *context);

#endif
