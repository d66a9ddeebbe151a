#include <stdlib.h>

#include "scarderr.h"

#include "core/change.h"
#include "core/connection.h"
#include "core/handles.h"
#include "core/registry.h"
#include "core/transaction.h"
#include "core/watch.h"

#include "core/context.h"

struct context_block {
        struct context_block *next;
        max_align_t memory[];
};

static void context_destroy(void *object)
{
        struct context *context = object;

        while (context->blocks != NULL) {
                struct context_block *block = context->blocks;

                context->blocks = block->next;
                free(block);
        }
        watch_end(context);
        pthread_mutex_destroy(&context->lock);
        free(context);
        registry_stop();
}

int32_t context_establish(bool lite, uintptr_t *handle)
{
        *handle = 0;
        int32_t status = registry_start();

        if (status != SCARD_S_SUCCESS)
                return status;
        struct context *context = calloc(1, sizeof(*context));

        if (context == NULL) {
                registry_stop();
                return SCARD_E_NO_MEMORY;
        }
        status = handle_reserve(HANDLE_CONTEXT, context, context_destroy, &context->handle);
        if (status != SCARD_S_SUCCESS) {
                free(context);
                registry_stop();
                return status;
        }
        pthread_mutex_init(&context->lock, NULL);
        context->lite = lite;
        *handle = context->handle;
        handle_publish(*handle);
        handle_release(*handle);
        return SCARD_S_SUCCESS;
}

/*
 * From now on nothing is begun in the context. Takes out of it, as a list of their own, the connections whose
 * handles this call has closed, pinned; those that another thread is making or closing leave by themselves.
 * The waits of all are ended.
 */
static struct connection *context_take_connections(struct context *context)
{
        struct connection *taken = NULL;
        int32_t status;

        pthread_mutex_lock(&context->lock);
        atomic_store_explicit(&context->released, true, memory_order_relaxed);
        change_cancel(context);
        for (struct connection **link = &context->connections; *link != NULL;) {
                struct connection *conn = *link;

                transaction_cancel(conn);
                if (handle_acquire(conn->handle, HANDLE_CARD, &status) == NULL) {
                        link = &conn->context_next;
                        continue;
                }
                if (!handle_close(conn->handle)) {
                        handle_release(conn->handle);
                        link = &conn->context_next;
                        continue;
                }
                (void)connection_pin(conn);
                *link = conn->context_next;
                conn->context_next = taken;
                taken = conn;
        }
        pthread_mutex_unlock(&context->lock);
        return taken;
}

/* One of those that have yet to leave by themselves, pinned and held; each only once. NULL: no more */
static struct connection *context_find_straggler(struct context *context)
{
        pthread_mutex_lock(&context->lock);
        struct connection *conn = context->connections;

        while (conn != NULL && !connection_pin(conn))
                conn = conn->context_next;
        if (conn != NULL)
                handle_hold(conn->handle);
        pthread_mutex_unlock(&context->lock);
        return conn;
}

/* What is under way is interrupted without the context's lock: a driver may take its time, and whoever finishes a call
 * of the context meanwhile, with the turn of another reader, is not to wait for it. */
int32_t context_release(struct context *context)
{
        if (!handle_close(context->handle))
                return SCARD_E_INVALID_HANDLE;
        struct connection *taken = context_take_connections(context), *straggler;

        for (struct connection *conn = taken; conn != NULL; conn = conn->context_next)
                transaction_interrupt(conn);
        while ((straggler = context_find_straggler(context)) != NULL) {
                transaction_interrupt(straggler);
                handle_release(straggler->handle);
        }
        while (taken != NULL) {
                struct connection *next = taken->context_next;

                connection_abandon(taken);
                handle_release(taken->handle);
                taken = next;
        }
        return SCARD_S_SUCCESS;
}

void context_cancel(struct context *context)
{
        pthread_mutex_lock(&context->lock);
        change_cancel(context);
        for (struct connection *conn = context->connections; conn != NULL; conn = conn->context_next)
                transaction_cancel(conn);
        pthread_mutex_unlock(&context->lock);
}

int32_t context_join(struct context *context, struct connection *conn)
{
        int32_t status = SCARD_E_CANCELLED;

        pthread_mutex_lock(&context->lock);
        if (!context->released) {
                conn->context_next = context->connections;
                context->connections = conn;
                status = SCARD_S_SUCCESS;
        }
        pthread_mutex_unlock(&context->lock);
        return status;
}

int32_t context_publish(struct context *context, struct connection *conn)
{
        int32_t status = SCARD_E_CANCELLED;

        pthread_mutex_lock(&context->lock);
        if (!context->released) {
                handle_publish(conn->handle);
                status = SCARD_S_SUCCESS;
        }
        pthread_mutex_unlock(&context->lock);
        return status;
}

void context_leave(struct context *context, struct connection *conn)
{
        pthread_mutex_lock(&context->lock);
        for (struct connection **link = &context->connections; *link != NULL; link = &(*link)->context_next) {
                if (*link == conn) {
                        *link = conn->context_next;
                        break;
                }
        }
        pthread_mutex_unlock(&context->lock);
}

void *context_memory_new(struct context *context, size_t size)
{
        if (size > SIZE_MAX - sizeof(struct context_block))
                return NULL;
        struct context_block *block = malloc(sizeof(*block) + size);

        if (block == NULL)
                return NULL;
        pthread_mutex_lock(&context->lock);
        block->next = context->blocks;
        context->blocks = block;
        pthread_mutex_unlock(&context->lock);
        return block->memory;
}

bool context_memory_free(struct context *context, const void *memory)
{
        struct context_block *found = NULL;

        pthread_mutex_lock(&context->lock);
        for (struct context_block **link = &context->blocks; *link != NULL; link = &(*link)->next) {
                if ((const void *)(*link)->memory == memory) {
                        found = *link;
                        *link = found->next;
                        break;
                }
        }
        pthread_mutex_unlock(&context->lock);
        free(found);
        return found != NULL;
}
