#include <stdlib.h>
#include <string.h>

#include "scarderr.h"

#include "core/context.h"
#include "core/log.h"
#include "core/registry.h"

#include "core/watch.h"

static void watch_free(struct watch *watch)
{
        touch_end(watch);
        if (watch->claimed)
                registry_unclaim(watch->slot);
        registry_unref(watch->slot->device);
        touch_free(&watch->touch);
        free(watch);
}

/* One that is there already, and good: one that could not be claimed is its call's own. The context's lock is held. */
static struct watch *watch_find(const struct context *context, const char *name)
{
        for (struct watch *watch = context->watches; watch != NULL; watch = watch->next) {
                if (watch->claimed && strcmp(watch->slot->name, name) == 0 && !watch->slot->gone)
                        return watch;
        }
        return NULL;
}

/* The caller alone has a watch with one user that is not in the list of its context. */
static int32_t watch_new(struct context *context, const char *name, struct watch **made)
{
        struct slot *slot;
        int32_t status = registry_lookup(name, &slot);

        if (status != SCARD_S_SUCCESS)
                return status;
        struct watch *watch = calloc(1, sizeof(*watch));

        if (watch == NULL) {
                registry_unref(slot->device);
                return SCARD_E_NO_MEMORY;
        }
        watch->context = context;
        watch->slot = slot;
        watch->users = 1;
        touch_init(&watch->touch);
        status = registry_claim(slot);
        watch->claimed = status == SCARD_S_SUCCESS;
        if (status == SCARD_E_NO_MEMORY) {
                watch_free(watch);
                return status;
        }
        if (!watch->claimed)
                log_line(LOG_INFO, "watch", "%s: the reader cannot be opened: %08X", slot->name,
                         (unsigned)status);
        *made = watch;
        return SCARD_S_SUCCESS;
}

int32_t watch_get(struct context *context, const char *name, struct watch **out)
{
        *out = NULL;
        pthread_mutex_lock(&context->lock);
        struct watch *watch = watch_find(context, name);

        if (watch != NULL)
                watch->users++;
        pthread_mutex_unlock(&context->lock);
        if (watch == NULL) {
                int32_t status = watch_new(context, name, &watch);

                if (status != SCARD_S_SUCCESS)
                        return status;
                pthread_mutex_lock(&context->lock);
                watch->next = context->watches;
                context->watches = watch;
                pthread_mutex_unlock(&context->lock);
        }
        *out = watch;
        return SCARD_S_SUCCESS;
}

static void watches_free(struct watch *watch)
{
        while (watch != NULL) {
                struct watch *next = watch->next;

                watch_free(watch);
                watch = next;
        }
}

void watch_sweep(struct context *context)
{
        struct watch *gone = NULL;

        pthread_mutex_lock(&context->lock);
        for (struct watch **link = &context->watches; *link != NULL;) {
                struct watch *watch = *link;

                if (watch->users > 0 || !watch->slot->gone || !touch_is_over(watch)) {
                        link = &watch->next;
                        continue;
                }
                *link = watch->next;
                watch->next = gone;
                gone = watch;
        }
        pthread_mutex_unlock(&context->lock);
        watches_free(gone);
}

/* One that nobody uses and that is no good any more is not kept: the next call makes another. One whose reader does
 * not let go of a thread is kept until it does. */
void watch_put(struct context *context, struct watch *watch)
{
        bool idle = false;

        if (watch == NULL)
                return;
        pthread_mutex_lock(&context->lock);
        bool over = touch_is_over(watch);

        if (--watch->users == 0 && over && (!watch->claimed || watch->slot->gone)) {
                struct watch **link = &context->watches;

                while (*link != watch)
                        link = &(*link)->next;
                *link = watch->next;
                idle = true;
        }
        pthread_mutex_unlock(&context->lock);
        if (idle)
                watch_free(watch);
}

void watch_end(struct context *context)
{
        watches_free(context->watches);
        context->watches = NULL;
}
