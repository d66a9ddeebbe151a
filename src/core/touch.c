#include <time.h>

#include "scarderr.h"
#include "winscard.h"

#include "core/connection.h"
#include "core/context.h"
#include "core/events.h"
#include "core/registry.h"
#include "core/slot.h"
#include "core/thread.h"
#include "core/transaction.h"
#include "core/watch.h"

#include "core/touch.h"

#define DEAF_MS 5000 /* how much later than others a reader is asked that did not answer */

/* A card that nobody has powered yet is, for its ATR; not behind the back of one who has the reader for
 * himself. The slot's lock is held, here and in the next. */
static bool wants_power(struct slot *slot)
{
        if (!slot_has_card(slot) || slot->powered || slot->tried || slot->lost_ms != 0 ||
            connection_sharing(slot) == SCARD_STATE_EXCLUSIVE)
                return false;
        if (slot->owner != NULL || slot->busy)
                slot->news = true; /* again when that is over */
        return slot->owner == NULL && !slot->busy;
}

static bool wants_question(const struct slot *slot)
{
        if (slot->busy || slot->gone || slot->lost_ms != 0)
                return false;
        if (slot->restarted)
                return slot->asked_ms <= events_now(); /* later, where it did not answer */
        return (slot->card == IFD_CARD_UNKNOWN || !slot_is_told(slot)) &&
               (slot->asked_ms == 0 || events_now() - slot->asked_ms >= TOUCH_ASK_MS);
}

bool touch_wanted(struct slot *slot)
{
        pthread_mutex_lock(&slot->lock);
        if (slot_glance(slot) == SCARD_S_SUCCESS && slot->busy)
                slot->news = true;
        bool wanted = wants_question(slot) || wants_power(slot);

        pthread_mutex_unlock(&slot->lock);
        return wanted;
}

/* False: it was cancelled, and nothing is begun any more. */
static bool touch_enter(struct touch *touch)
{
        pthread_mutex_lock(&touch->lock);
        bool going = !touch->cancelled;

        touch->inside = going;
        pthread_mutex_unlock(&touch->lock);
        return going;
}

static void touch_leave(struct touch *touch)
{
        pthread_mutex_lock(&touch->lock);
        touch->inside = false;
        pthread_mutex_unlock(&touch->lock);
}

static void touch_ask(struct watch *watch)
{
        struct slot *slot = watch->slot;
        int32_t status = SCARD_S_SUCCESS;

        pthread_mutex_lock(&slot->lock);
        bool ask = wants_question(slot);

        pthread_mutex_unlock(&slot->lock);
        if (!ask || !transaction_borrow(slot, false))
                return;
        if (touch_enter(&watch->touch))
                status = slot_look(slot, true);
        touch_leave(&watch->touch);
        pthread_mutex_lock(&slot->lock);
        /* Who else wants the reader is not to wait each time for one that does not answer. */
        bool answered = status == SCARD_S_SUCCESS || status == SCARD_E_CANCELLED;

        slot->asked_ms = events_now() + (answered ? 0 : DEAF_MS);
        pthread_mutex_unlock(&slot->lock);
        transaction_return(slot, status);
}

static void touch_power(struct watch *watch)
{
        struct slot *slot = watch->slot;
        int32_t status = SCARD_S_SUCCESS;

        pthread_mutex_lock(&slot->lock);
        bool power = wants_power(slot);

        pthread_mutex_unlock(&slot->lock);
        if (!power || !transaction_borrow(slot, true))
                return;
        if (touch_enter(&watch->touch))
                status = slot_awaken(slot);
        touch_leave(&watch->touch);
        transaction_return(slot, status);
}

void touch_init(struct touch *touch)
{
        pthread_mutex_init(&touch->lock, NULL);
}

void touch_free(struct touch *touch)
{
        pthread_mutex_destroy(&touch->lock);
}

void touch_do(struct watch *watch)
{
        touch_ask(watch);
        touch_power(watch);
        pthread_mutex_lock(&watch->context->lock);
        watch->touch.running = false;
        if (watch->touch.threaded || watch->users > 1)
                events_changed();
        pthread_mutex_unlock(&watch->context->lock);
}

static void *touch_run(void *arg)
{
        touch_do(arg);
        return NULL;
}

bool touch_begin(struct watch *watch, bool threaded)
{
        struct touch *touch = &watch->touch;

        if (!touch_is_over(watch))
                return false;
        touch->running = true;
        pthread_mutex_lock(&touch->lock);
        touch->cancelled = false;
        pthread_mutex_unlock(&touch->lock);
        touch->since = events_now();
        touch->threaded = threaded && thread_start(&touch->thread, touch_run, watch) == 0;
        return !touch->threaded;
}

void touch_cancel(struct watch *watch)
{
        struct slot *slot = watch->slot;
        struct touch *touch = &watch->touch;

        if (!touch->running)
                return;
        pthread_mutex_lock(&touch->lock);
        touch->cancelled = true;
        if (touch->inside) {
                atomic_store_explicit(&slot->interrupted, true, memory_order_relaxed);
                slot->device->ops.abort(slot->device->ctx, slot->number);
        }
        pthread_mutex_unlock(&touch->lock);
}

bool touch_is_over(struct watch *watch)
{
        if (watch->touch.running)
                return false;
        if (watch->touch.threaded)
                (void)pthread_join(watch->touch.thread, NULL); /* all it has left to do is to return */
        watch->touch.threaded = false;
        return true;
}

void touch_end(struct watch *watch)
{
        static const struct timespec moment = {.tv_nsec = 10000000L};

        pthread_mutex_lock(&watch->context->lock);
        while (!touch_is_over(watch)) {
                touch_cancel(watch);
                pthread_mutex_unlock(&watch->context->lock);
                (void)nanosleep(&moment, NULL);
                pthread_mutex_lock(&watch->context->lock);
        }
        pthread_mutex_unlock(&watch->context->lock);
}
