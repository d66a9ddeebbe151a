#include <errno.h>
#include <pthread.h>
#include <stddef.h>
#include <time.h>

#include "scarderr.h"
#include "winscard.h"

#include "core/connection.h"
#include "core/context.h"
#include "core/events.h"
#include "core/registry.h"
#include "core/slot.h"

#include "core/transaction.h"

#define PATIENCE_MS 50      /* a wait that lasts longer has the monitor look after the reader */
#define LOOK_MS     250     /* where there is no thread for it, the driver is asked this often */
#define WATCHED_MS  3600000 /* where there is: as good as never */

#define INTERRUPT_STEP_MS 1   /* between two aborts */
#define INTERRUPT_MAX_MS  500 /* who has not ended by then is left alone */

/*
 * One who waits, on its own stack, in its slot's list from arrival until it is granted the turn or told why
 * not. Under the slot's lock. Invariant of the list: while nobody has the turn, none in it could have it.
 */
struct waiter {
        struct waiter *next;
        struct connection *conn;
        pthread_cond_t wake;
        bool done;      /* out of the list */
        int32_t status; /* SCARD_S_SUCCESS: it has the turn */
};

/*
 * The turn ends. Not while somebody interrupts what was done in it, who would hit the next one's command: he
 * ends it then.
 */
static bool turn_end(struct slot *slot)
{
        slot->turn = NULL;
        slot->busy = slot->interrupting > 0;
        if (!slot->busy && slot->news) {
                slot->news = false;
                events_changed();
        }
        return !slot->busy;
}

static bool turn_is_free_for(const struct slot *slot, const struct connection *conn)
{
        return !slot->busy && (slot->owner == NULL || slot->owner == conn);
}

static void turn_take(struct slot *slot, struct connection *conn)
{
        slot->busy = true;
        slot->turn = conn;
        atomic_store_explicit(&slot->interrupted, false, memory_order_relaxed);
}

/* Takes *link out of the list and lets it go. */
static void waiter_end(struct slot *slot, struct waiter **link, int32_t status)
{
        struct waiter *waiter = *link;

        *link = waiter->next;
        if (slot->last == &waiter->next)
                slot->last = link;
        waiter->next = NULL;
        waiter->status = status;
        waiter->done = true;
        pthread_cond_signal(&waiter->wake);
}

/* Gives a free turn to the first who can have it. */
static void turn_grant(struct slot *slot)
{
        if (slot->busy)
                return;
        for (struct waiter **link = &slot->first; *link != NULL; link = &(*link)->next) {
                struct connection *conn = (*link)->conn;

                if (slot->owner != NULL && slot->owner != conn)
                        continue;
                turn_take(slot, conn);
                waiter_end(slot, link, SCARD_S_SUCCESS);
                return;
        }
}

/* Ends the waits of conn (NULL: everybody's). */
static void waiters_end(struct slot *slot, const struct connection *conn, int32_t status)
{
        struct waiter **link = &slot->first;

        while (*link != NULL) {
                if (conn == NULL || (*link)->conn == conn)
                        waiter_end(slot, link, status);
                else
                        link = &(*link)->next;
        }
}

static void time_add_ms(struct timespec *time, unsigned ms)
{
        time->tv_sec += (time_t)(ms / 1000);
        time->tv_nsec += (long)(ms % 1000) * 1000000L;
        if (time->tv_nsec >= 1000000000L) {
                time->tv_sec++;
                time->tv_nsec -= 1000000000L;
        }
}

static bool time_before(const struct timespec *a, const struct timespec *b)
{
        return a->tv_sec != b->tv_sec ? a->tv_sec < b->tv_sec : a->tv_nsec < b->tv_nsec;
}

static void waiter_leave(struct slot *slot, struct waiter *waiter, int32_t status)
{
        for (struct waiter **link = &slot->first; *link != NULL; link = &(*link)->next) {
                if (*link == waiter) {
                        waiter_end(slot, link, status);
                        return;
                }
        }
}

/* Sleeps until done, the limit (NULL: none) or step_ms are over. False: the limit has come. */
static bool waiter_sleep(struct slot *slot, struct waiter *waiter, const struct timespec *limit,
                         unsigned step_ms)
{
        struct timespec until;

        clock_gettime(CLOCK_MONOTONIC, &until);
        if (limit != NULL && !time_before(&until, limit)) {
                waiter_leave(slot, waiter, SCARD_E_TIMEOUT);
                return false;
        }
        time_add_ms(&until, step_ms);
        if (limit != NULL && time_before(limit, &until))
                until = *limit;
        while (!waiter->done && pthread_cond_timedwait(&waiter->wake, &slot->lock, &until) != ETIMEDOUT)
                ;
        return !waiter->done;
}

/* Waits as long as it takes. Whether the reader is still there is watched by the monitor, where it is to be
 * had; which is not troubled for a moment's wait. */
static void waiter_wait(struct slot *slot, struct waiter *waiter, const struct timespec *limit)
{
        if (!waiter_sleep(slot, waiter, limit, PATIENCE_MS))
                return;
        pthread_mutex_unlock(&slot->lock);
        bool watched = events_employ() == SCARD_S_SUCCESS;

        pthread_mutex_lock(&slot->lock);
        while (!waiter->done && waiter_sleep(slot, waiter, limit, watched ? WATCHED_MS : LOOK_MS)) {
                if (slot_glance(slot) == SCARD_E_READER_UNAVAILABLE)
                        waiters_end(slot, NULL, SCARD_E_READER_UNAVAILABLE);
        }
        if (!watched)
                return;
        pthread_mutex_unlock(&slot->lock);
        events_dismiss();
        pthread_mutex_lock(&slot->lock);
}

/* The lock is held, here and above; waiter_wait gives it up for moments. */
static int32_t turn_wait(struct slot *slot, struct connection *conn, unsigned wait_ms)
{
        struct waiter waiter = {.conn = conn};
        pthread_condattr_t attributes;

        if (pthread_condattr_init(&attributes) != 0)
                return SCARD_E_NO_MEMORY;
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
        int failed = pthread_cond_init(&waiter.wake, &attributes);

        pthread_condattr_destroy(&attributes);
        if (failed != 0)
                return SCARD_E_NO_MEMORY;
        *slot->last = &waiter;
        /* cppcheck-suppress autoVariables ; waiter_wait returns with the waiter out of the list */
        slot->last = &waiter.next;
        struct timespec limit;

        clock_gettime(CLOCK_MONOTONIC, &limit);
        time_add_ms(&limit, wait_ms);
        waiter_wait(slot, &waiter, wait_ms == TRANSACTION_FOREVER ? NULL : &limit);
        pthread_cond_destroy(&waiter.wake);
        return waiter.status;
}

static int32_t connection_usable(const struct connection *conn, bool checked)
{
        const struct slot *slot = conn->slot;

        if (slot->gone)
                return SCARD_E_READER_UNAVAILABLE;
        if (conn->ended)
                return SCARD_E_INVALID_HANDLE;
        /* A DIRECT handle is about the reader: what happens to cards is no condition of it. */
        if (!checked || conn->mode == SCARD_SHARE_DIRECT)
                return SCARD_S_SUCCESS;
        return slot_condition(slot, conn->seen);
}

/* The lock is held. */
static int32_t turn_get(struct slot *slot, struct connection *conn, unsigned wait_ms, bool checked)
{
        bool waits = !turn_is_free_for(slot, conn);
        int32_t status = connection_usable(conn, checked);

        /* What is pending may be old news: a removal outranks it. And nobody is to wait for a card, or at a reader,
         * that nobody has noticed to be gone. */
        if (status != SCARD_S_SUCCESS || waits) {
                status = slot_glance(slot);
                if (status == SCARD_S_SUCCESS)
                        status = connection_usable(conn, checked);
        }
        if (status == SCARD_S_SUCCESS && !waits) {
                turn_take(slot, conn);
        } else if (status == SCARD_S_SUCCESS) {
                status = turn_wait(slot, conn, wait_ms);
                if (status == SCARD_S_SUCCESS) {
                        status = connection_usable(conn, checked);
                        if (status != SCARD_S_SUCCESS && turn_end(slot))
                                turn_grant(slot);
                }
        }
        return status;
}

int32_t transaction_enter(struct connection *conn, unsigned wait_ms, bool checked)
{
        struct slot *slot = conn->slot;
        int32_t status = SCARD_E_CANCELLED;

        pthread_mutex_lock(&slot->lock);
        /* Under the lock: either transaction_interrupt finds the turn taken, or it is not taken. */
        if (!atomic_load_explicit(&conn->context->released, memory_order_relaxed))
                status = turn_get(slot, conn, wait_ms, checked);
        pthread_mutex_unlock(&slot->lock);
        return status;
}

int32_t transaction_enter_last(struct connection *conn)
{
        struct slot *slot = conn->slot;

        pthread_mutex_lock(&slot->lock);
        int32_t status = SCARD_E_NOT_TRANSACTED;

        if (slot->owner == conn)
                status = turn_get(slot, conn, TRANSACTION_FOREVER, false);
        pthread_mutex_unlock(&slot->lock);
        return status;
}

bool transaction_try(struct connection *conn)
{
        struct slot *slot = conn->slot;

        pthread_mutex_lock(&slot->lock);
        bool free = !slot->busy && !slot->gone && !conn->ended &&
                    !atomic_load_explicit(&conn->context->released, memory_order_relaxed);

        if (free)
                turn_take(slot, conn);
        pthread_mutex_unlock(&slot->lock);
        return free;
}

bool transaction_borrow(struct slot *slot, bool touch)
{
        pthread_mutex_lock(&slot->lock);
        bool free = !slot->busy && !slot->gone && (!touch || slot->owner == NULL);

        if (free)
                turn_take(slot, NULL);
        pthread_mutex_unlock(&slot->lock);
        return free;
}

void transaction_return(struct slot *slot, int32_t io)
{
        pthread_mutex_lock(&slot->lock);
        slot->ifsc = slot->exchange.t1.ifsc;
        slot->ifsd = slot->exchange.t1.ifsd;
        (void)turn_end(slot);
        if (io == SCARD_E_READER_UNAVAILABLE)
                waiters_end(slot, NULL, SCARD_E_READER_UNAVAILABLE);
        else
                turn_grant(slot);
        pthread_mutex_unlock(&slot->lock);
}

void transaction_leave(struct connection *conn, int32_t io)
{
        transaction_return(conn->slot, io);
}

int32_t transaction_begin(struct connection *conn)
{
        struct slot *slot = conn->slot;
        int32_t status = transaction_enter(conn, TRANSACTION_FOREVER, true);

        if (status != SCARD_S_SUCCESS)
                return status;
        status = slot_look(slot, false);
        pthread_mutex_lock(&slot->lock);
        if (status == SCARD_S_SUCCESS)
                status = connection_usable(conn, true);
        if (status == SCARD_S_SUCCESS) {
                slot->owner = conn;
                slot->depth++;
        }
        pthread_mutex_unlock(&slot->lock);
        transaction_leave(conn, status);
        return status;
}

void transaction_drop(struct connection *conn)
{
        struct slot *slot = conn->slot;

        if (slot->owner != conn)
                return;
        slot->owner = NULL;
        slot->depth = 0;
        /* Nothing is left to end for the one who waits in transaction_enter_last. */
        if (atomic_load_explicit(&conn->context->released, memory_order_relaxed))
                waiters_end(slot, conn, SCARD_E_NOT_TRANSACTED);
        if (slot->news) {
                slot->news = false;
                events_changed();
        }
        turn_grant(slot);
}

void transaction_forget(struct connection *conn)
{
        waiters_end(conn->slot, conn, SCARD_E_INVALID_HANDLE);
        transaction_drop(conn);
}

static bool transaction_is_owner(struct connection *conn)
{
        struct slot *slot = conn->slot;

        pthread_mutex_lock(&slot->lock);
        bool owner = slot->owner == conn;

        pthread_mutex_unlock(&slot->lock);
        return owner;
}

/* One level less; the lock is not held. SCARD_E_NOT_TRANSACTED: another thread was first. */
static int32_t transaction_pop(struct connection *conn)
{
        struct slot *slot = conn->slot;
        int32_t status = SCARD_E_NOT_TRANSACTED;

        pthread_mutex_lock(&slot->lock);
        if (slot->owner == conn) {
                status = SCARD_S_SUCCESS;
                if (slot->depth > 1)
                        slot->depth--;
                else
                        transaction_drop(conn);
        }
        pthread_mutex_unlock(&slot->lock);
        return status;
}

int32_t transaction_abandon(struct connection *conn)
{
        struct slot *slot = conn->slot;

        pthread_mutex_lock(&slot->lock);
        int32_t status = slot->owner == conn ? SCARD_S_SUCCESS : SCARD_E_NOT_TRANSACTED;

        transaction_drop(conn);
        pthread_mutex_unlock(&slot->lock);
        return status;
}

int32_t transaction_end(struct connection *conn, uint32_t disposition)
{
        struct slot *slot = conn->slot;

        if (!transaction_is_owner(conn))
                return SCARD_E_NOT_TRANSACTED;
        if (disposition == SCARD_LEAVE_CARD)
                return transaction_pop(conn);
        int32_t status = transaction_enter(conn, TRANSACTION_FOREVER, false);

        if (status != SCARD_S_SUCCESS) {
                /* Cancelled: the transaction goes on. The reader is gone: nothing is left to hold. */
                if (status == SCARD_E_READER_UNAVAILABLE && transaction_pop(conn) != SCARD_S_SUCCESS)
                        status = SCARD_E_NOT_TRANSACTED;
                return status;
        }
        status = slot_look(slot, false);
        /* The card that the transaction was about is not to be confused with one put in since. */
        if (status == SCARD_S_SUCCESS && slot_condition(slot, conn->seen) != SCARD_W_REMOVED_CARD)
                status = slot_dispose(slot, disposition);
        /* Cancelled in the middle, by the release of the context: that ends the transaction, with a reset. */
        int32_t popped = status == SCARD_E_CANCELLED ? SCARD_S_SUCCESS : transaction_pop(conn);

        transaction_leave(conn, status);
        if (popped != SCARD_S_SUCCESS)
                return popped;
        return status == SCARD_W_REMOVED_CARD ? SCARD_S_SUCCESS : status;
}

void transaction_cancel(struct connection *conn)
{
        pthread_mutex_lock(&conn->bind);
        struct slot *slot = conn->slot;

        pthread_mutex_lock(&slot->lock);
        waiters_end(slot, conn, SCARD_E_CANCELLED);
        pthread_mutex_unlock(&slot->lock);
        pthread_mutex_unlock(&conn->bind);
}

/* Nobody else has the next turn before the last abort is over, whom it would hit. The slot's lock is held; it is given
 * up for the aborts: a driver may take its time, and whoever looks at all readers is not to wait for it. */
static void turn_interrupt(struct slot *slot, const struct connection *conn)
{
        static const struct timespec moment = {.tv_nsec = INTERRUPT_STEP_MS * 1000000L};
        struct device *device = slot->device;
        int64_t until = events_now() + INTERRUPT_MAX_MS;

        /* For what is between two messages, where there is nothing to abort. */
        atomic_store_explicit(&slot->interrupted, true, memory_order_relaxed);
        slot->interrupting++;
        while (slot->turn == conn && events_now() < until) {
                pthread_mutex_unlock(&slot->lock);
                device->ops.abort(device->ctx, slot->number);
                (void)nanosleep(&moment, NULL);
                pthread_mutex_lock(&slot->lock);
        }
        slot->interrupting--;
        if (slot->turn == NULL && turn_end(slot))
                turn_grant(slot);
}

void transaction_interrupt(struct connection *conn)
{
        struct slot *slot = conn->slot;

        pthread_mutex_lock(&slot->lock);
        if (slot->turn == conn)
                turn_interrupt(slot, conn);
        pthread_mutex_unlock(&slot->lock);
}

void transaction_cancel_all(struct slot *slot, int32_t status)
{
        waiters_end(slot, NULL, status);
}
