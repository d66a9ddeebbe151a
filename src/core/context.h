/*
 * context.h - what SCardEstablishContext makes: the owner of connections and of memory given out.
 */
#ifndef ISCARD_CORE_CONTEXT_H
#define ISCARD_CORE_CONTEXT_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct connection;

struct context_block;
struct change_call;
struct watch;

/*
 * Lock order: a context's lock, then a slot's; the handle table's is innermost. A context lives until its
 * handle is closed, no call uses it and no connection of it is left.
 */
struct context {
        uintptr_t handle;
        pthread_mutex_t lock;
        atomic_bool released; /* written under the lock, read without it too */
        bool lite;            /* constant: ISCARD_SCOPE_PCSCLITE, handles share as those of pcsc-lite do */
        struct connection *connections; /* live ones and those still connecting */
        struct context_block *blocks;   /* memory given out with SCARD_AUTOALLOCATE */
        struct watch *watches;          /* readers that were asked about: watch.c */
        struct change_call *calls;      /* of SCardGetStatusChange: change.c */
        uint64_t readers_seen;          /* the registry's generation when it was last told; 0: never */
};

/* SCARD_E_NO_MEMORY, SCARD_E_NO_SERVICE */
int32_t context_establish(bool lite, uintptr_t *handle);
/* Ends the context and all it holds, by one who uses it. SCARD_E_INVALID_HANDLE: another thread was first. */
int32_t context_release(struct context *context);
/* Ends the waiting calls of the context's connections with SCARD_E_CANCELLED. */
void context_cancel(struct context *context);

/* Takes in a connection that is being made. SCARD_E_CANCELLED: the context has been released. */
int32_t context_join(struct context *context, struct connection *conn);
/* Makes the connection's handle live. SCARD_E_CANCELLED */
int32_t context_publish(struct context *context, struct connection *conn);
void context_leave(struct context *context, struct connection *conn);

/* Memory that the application gives back with SCardFreeMemory, or the context frees at its end. NULL: none */
void *context_memory_new(struct context *context, size_t size);
/* False: memory that this context did not give out. */
bool context_memory_free(struct context *context, const void *memory);

#endif
