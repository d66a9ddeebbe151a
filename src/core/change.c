#include <pthread.h>
#include <string.h>

#include "scarderr.h"
#include "winscard.h"

#include "core/connection.h"
#include "core/context.h"
#include "core/events.h"
#include "core/registry.h"
#include "core/slot.h"
#include "core/transaction.h"
#include "core/watch.h"

#include "core/change.h"

#define ASK_MS   300  /* how often a reader that does not tell of movements is asked, while somebody waits */
#define DEAF_MS  5000 /* and how much later one that did not answer */
#define CLAIM_MS 1000 /* how often one that another program holds is tried again */
#define LEAVE_MS 1500 /* how long one whose driver says that it is gone may still be in the list */

#define PNP_NAME "\\\\?PnP?\\Notification"

/* What does not make two states different. */
#define STATE_REMARKS (SCARD_STATE_IGNORE | SCARD_STATE_CHANGED | SCARD_STATE_ATRMATCH)
#define STATE_BITS    0xFFFFu
#define STATE_COUNT   16 /* the shift of the high word */

/* One call under way. touching: the slot whose reader it asks, or whose card it powers, at the moment; it and cancelled
 * are under the context's lock. */
struct change_call {
        struct change_call *next;
        struct context *context;
        struct events_wait wait;
        struct slot *touching;
        bool cancelled;      /* or the context is being released */
        uint64_t seen;       /* the context's readers_seen when the call began */
        uint64_t generation; /* of the registry, when the names were looked up last */
        int64_t claim_at;    /* when what could not be claimed is tried again; 0: nothing is */
};

/* ---- calls and who ends them */

static int32_t call_begin(struct change_call *call, struct context *context)
{
        int32_t status = SCARD_E_CANCELLED;

        memset(call, 0, sizeof(*call));
        call->context = context;
        pthread_mutex_lock(&context->lock);
        if (!context->released) {
                call->seen = context->readers_seen;
                call->next = context->calls;
                context->calls = call;
                status = SCARD_S_SUCCESS;
        }
        pthread_mutex_unlock(&context->lock);
        return status;
}

static void call_end(struct change_call *call)
{
        struct context *context = call->context;
        struct change_call **link = &context->calls;

        pthread_mutex_lock(&context->lock);
        while (*link != call)
                link = &(*link)->next;
        *link = call->next;
        pthread_mutex_unlock(&context->lock);
}

void change_cancel(struct context *context)
{
        for (struct change_call *call = context->calls; call != NULL; call = call->next) {
                call->cancelled = true;
                if (call->touching != NULL) {
                        struct device *device = call->touching->device;

                        atomic_store_explicit(&call->touching->interrupted, true, memory_order_relaxed);
                        device->ops.abort(device->ctx, call->touching->number);
                }
                events_cancel(&call->wait);
        }
}

void change_readers_seen(struct context *context, uint64_t generation)
{
        pthread_mutex_lock(&context->lock);
        context->readers_seen = generation;
        pthread_mutex_unlock(&context->lock);
}

/* False: the call was cancelled, and nothing is begun any more. */
static bool call_touches(struct change_call *call, struct slot *slot)
{
        pthread_mutex_lock(&call->context->lock);
        bool going = !call->cancelled;

        call->touching = going ? slot : NULL;
        pthread_mutex_unlock(&call->context->lock);
        return going;
}

/* ---- one reader */

static bool card_is_in(const struct slot *slot)
{
        return slot->card == IFD_CARD_PRESENT || slot->card == IFD_CARD_POWERED;
}

/* Who is connected, as the bits for it; 0: nobody. The slot's lock is held, here and in the next four. */
static uint32_t sharing_bits(const struct slot *slot)
{
        uint32_t bits = 0;

        for (const struct connection *conn = slot->connections; conn != NULL; conn = conn->slot_next)
                bits = connection_shares(conn, conn->mode) ? SCARD_STATE_INUSE : SCARD_STATE_EXCLUSIVE;
        return bits;
}

static uint32_t slot_bits(const struct slot *slot)
{
        if (slot->lost_ms != 0)
                return SCARD_STATE_UNAVAILABLE;
        if (slot->card == IFD_CARD_ABSENT)
                return SCARD_STATE_EMPTY;
        if (!card_is_in(slot))
                return SCARD_STATE_UNAVAILABLE;
        uint32_t bits = SCARD_STATE_PRESENT | sharing_bits(slot);

        if (slot->powered)
                return bits;
        return bits | (slot->mute ? SCARD_STATE_MUTE : SCARD_STATE_UNPOWERED);
}

/* A card that nobody has powered yet is, for its ATR; not behind the back of one who has the reader for
 * himself. */
static bool wants_power(struct slot *slot)
{
        if (!card_is_in(slot) || slot->powered || slot->tried || slot->lost_ms != 0 ||
            sharing_bits(slot) == SCARD_STATE_EXCLUSIVE)
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
                return true;
        return (slot->card == IFD_CARD_UNKNOWN || !slot_is_told(slot)) &&
               (slot->asked_ms == 0 || events_now() - slot->asked_ms >= ASK_MS);
}

/* In the middle of something: what there is to see is not worth telling. */
static bool is_passing(struct slot *slot)
{
        if (slot->lost_ms != 0)
                return events_now() - slot->lost_ms < LEAVE_MS;
        if (slot->restarted)
                return true;
        if (!slot->busy || !card_is_in(slot) || slot->powered)
                return false;
        slot->news = true;
        return true;
}

/* Learns what there is to learn of the reader and its card. *gone: it is unplugged. */
static void reader_learn(struct change_call *call, struct slot *slot, bool *gone)
{
        pthread_mutex_lock(&slot->lock);
        if (slot_glance(slot) == SCARD_S_SUCCESS && slot->busy)
                slot->news = true;
        bool ask = wants_question(slot);

        pthread_mutex_unlock(&slot->lock);
        if (ask && transaction_borrow(slot, false)) {
                int32_t status = SCARD_S_SUCCESS;

                if (call_touches(call, slot))
                        status = slot_look(slot, true);
                (void)call_touches(call, NULL);
                pthread_mutex_lock(&slot->lock);
                /* The other readers of the call wait for one that does not answer. */
                bool answered = status == SCARD_S_SUCCESS || status == SCARD_E_CANCELLED;

                slot->asked_ms = events_now() + (answered ? 0 : DEAF_MS);
                pthread_mutex_unlock(&slot->lock);
                transaction_return(slot, status);
        }
        pthread_mutex_lock(&slot->lock);
        bool power = wants_power(slot);

        *gone = slot->gone;
        pthread_mutex_unlock(&slot->lock);
        if (!power || !transaction_borrow(slot, true))
                return;
        int32_t status = SCARD_S_SUCCESS;

        if (call_touches(call, slot))
                status = slot_awaken(slot);
        (void)call_touches(call, NULL);
        transaction_return(slot, status);
}

/* The state with its count, and the ATR. False: it is not worth telling. */
static bool reader_see(struct change_call *call, struct change_reader *reader, uint32_t *state)
{
        struct slot *slot = reader->watch->slot;
        bool gone = false;

        reader_learn(call, slot, &gone);
        pthread_mutex_lock(&slot->lock);
        bool settled = gone || !is_passing(slot);

        *state = gone ? SCARD_STATE_UNKNOWN : slot_bits(slot) | (uint32_t)slot->moves << STATE_COUNT;
        reader->atr_len = 0;
        if ((*state & SCARD_STATE_PRESENT) != 0) {
                reader->atr_len = slot->last_atr_len;
                memcpy(reader->atr, slot->last_atr, slot->last_atr_len);
        }
        pthread_mutex_unlock(&slot->lock);
        return settled;
}

static bool is_pnp(const struct change_reader *reader)
{
        return strcmp(reader->name, PNP_NAME) == 0;
}

static bool is_ignored(const struct change_reader *reader)
{
        return (reader->current & SCARD_STATE_IGNORE) != 0;
}

/* Whether the reader's state is another than the application knows. A high word of 0 knows no count. */
static bool differs(uint32_t current, uint32_t state)
{
        uint32_t known = current & STATE_BITS & ~STATE_REMARKS;
        uint32_t count = current >> STATE_COUNT;

        return known != (state & STATE_BITS) || (count != 0 && count != state >> STATE_COUNT);
}

/* The pseudo-reader has the number of readers in its high word, and changes when readers come or go. */
static bool pnp_evaluate(struct change_call *call, struct change_reader *reader)
{
        struct registry_census census = registry_census();
        uint32_t count = reader->current >> STATE_COUNT;
        bool changed = census.generation != call->seen || (count != 0 && count != census.readers);

        reader->event = census.readers << STATE_COUNT | (changed ? SCARD_STATE_CHANGED : 0);
        change_readers_seen(call->context, census.generation); /* the next call begins with it */
        return changed;
}

/* Fills in what there is to say of one reader. True: that is news. */
static bool reader_evaluate(struct change_call *call, struct change_reader *reader)
{
        uint32_t state = SCARD_STATE_UNKNOWN;
        bool settled = true;

        if (is_pnp(reader) && !is_ignored(reader))
                return pnp_evaluate(call, reader);
        reader->event = SCARD_STATE_IGNORE;
        if (is_ignored(reader))
                return false;
        if (reader->watch != NULL && !reader->watch->claimed)
                state = SCARD_STATE_UNAVAILABLE;
        else if (reader->watch != NULL)
                settled = reader_see(call, reader, &state);
        else
                reader->atr_len = 0;
        bool unaware = (reader->current & STATE_BITS & ~STATE_REMARKS) == SCARD_STATE_UNAWARE;
        bool changed = unaware || (settled && differs(reader->current, state));

        reader->event = state | (changed ? SCARD_STATE_CHANGED : 0);
        return changed;
}

/* ---- all of them */

static bool wants_watch(const struct change_reader *reader)
{
        return !is_ignored(reader) && !is_pnp(reader);
}

/* Whether the watch is to be had anew: none, one whose reader is gone, or one that could not be claimed. */
static bool is_stale(const struct change_reader *reader, bool retry)
{
        if (reader->watch == NULL || (retry && !reader->watch->claimed))
                return true;
        pthread_mutex_lock(&reader->watch->slot->lock);
        bool gone = reader->watch->slot->gone;

        pthread_mutex_unlock(&reader->watch->slot->lock);
        return gone;
}

/* Finds the readers by their names, at first and when readers have come or gone. */
static int32_t readers_resolve(struct change_call *call, struct change_reader *readers, size_t count)
{
        struct registry_census census = registry_census();
        bool retry = call->claim_at != 0 && events_now() >= call->claim_at;
        bool unclaimed = false;

        if (census.generation == call->generation && call->generation != 0 && !retry)
                return SCARD_S_SUCCESS;
        call->generation = census.generation;
        for (size_t i = 0; i < count; i++) {
                struct change_reader *reader = &readers[i];

                if (!wants_watch(reader))
                        continue;
                if (is_stale(reader, retry)) {
                        watch_put(call->context, reader->watch);
                        int32_t status = watch_get(call->context, reader->name, &reader->watch);

                        if (status == SCARD_E_NO_MEMORY)
                                return status;
                }
                unclaimed = unclaimed || (reader->watch != NULL && !reader->watch->claimed);
        }
        call->claim_at = unclaimed ? events_now() + CLAIM_MS : 0;
        return SCARD_S_SUCCESS;
}

static void readers_put(struct change_call *call, struct change_reader *readers, size_t count)
{
        for (size_t i = 0; i < count; i++) {
                watch_put(call->context, readers[i].watch);
                readers[i].watch = NULL;
        }
}

static bool readers_evaluate(struct change_call *call, struct change_reader *readers, size_t count)
{
        bool changed = false;

        for (size_t i = 0; i < count; i++)
                changed = reader_evaluate(call, &readers[i]) || changed;
        return changed;
}

/* When there may be news of a reader that nobody tells of. Below 0: never. */
static int64_t reader_news_at(struct slot *slot, uint32_t event)
{
        int64_t now = events_now();

        pthread_mutex_lock(&slot->lock);
        int64_t leaves = slot->lost_ms != 0 ? slot->lost_ms + LEAVE_MS : 0;

        pthread_mutex_unlock(&slot->lock);
        if (leaves > now)
                return leaves;
        return !slot_is_told(slot) || (event & SCARD_STATE_UNAVAILABLE) != 0 ? now + ASK_MS : -1;
}

/* Until when to sleep where nobody tells of a reader: some have to be asked. Below 0: for ever. */
static int64_t look_again_at(const struct change_call *call, const struct change_reader *readers,
                             size_t count)
{
        int64_t at = call->claim_at != 0 ? call->claim_at : -1;

        for (size_t i = 0; i < count; i++) {
                const struct watch *watch = readers[i].watch;

                if (watch == NULL || !watch->claimed)
                        continue;
                int64_t next = reader_news_at(watch->slot, readers[i].event);

                if (next >= 0 && (at < 0 || next < at))
                        at = next;
        }
        return at;
}

static int32_t readers_wait(struct change_call *call, struct change_reader *readers, size_t count,
                            int64_t deadline, bool *employed)
{
        for (;;) {
                uint64_t seen = events_count();
                int32_t status = readers_resolve(call, readers, count);

                if (status != SCARD_S_SUCCESS)
                        return status;
                bool changed = readers_evaluate(call, readers, count);

                if (!call_touches(call, NULL))
                        return SCARD_E_CANCELLED;
                if (changed)
                        return SCARD_S_SUCCESS;
                if (deadline >= 0 && events_now() >= deadline)
                        return SCARD_E_TIMEOUT;
                if (!*employed) {
                        status = events_employ();
                        if (status != SCARD_S_SUCCESS)
                                return status;
                        *employed = true;
                }
                int64_t at = look_again_at(call, readers, count);

                if (deadline >= 0 && (at < 0 || deadline < at))
                        at = deadline;
                if (!events_sleep(&call->wait, seen, at))
                        return SCARD_E_CANCELLED;
        }
}

int32_t change_wait(struct context *context, struct change_reader *readers, size_t count, uint32_t timeout_ms)
{
        struct change_call call;
        int64_t deadline = timeout_ms == INFINITE ? -1 : events_now() + timeout_ms;
        bool employed = false;
        int32_t status = call_begin(&call, context);

        if (status != SCARD_S_SUCCESS)
                return status;
        events_listen();
        status = registry_refresh();
        watch_sweep(context);
        if (call.seen == 0)
                call.seen = registry_census().generation;
        if (status == SCARD_S_SUCCESS)
                status = readers_wait(&call, readers, count, deadline, &employed);
        if (employed)
                events_dismiss();
        events_unlisten();
        readers_put(&call, readers, count);
        call_end(&call);
        return status;
}

int32_t change_report(struct context *context, struct change_reader *readers, size_t count)
{
        int32_t status = change_wait(context, readers, count, 0);

        return status == SCARD_E_TIMEOUT ? SCARD_S_SUCCESS : status;
}
