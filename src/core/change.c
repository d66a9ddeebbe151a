#include <pthread.h>
#include <string.h>

#include "scarderr.h"
#include "winscard.h"

#include "core/connection.h"
#include "core/context.h"
#include "core/events.h"
#include "core/news.h"
#include "core/registry.h"
#include "core/slot.h"
#include "core/touch.h"
#include "core/watch.h"

#include "core/change.h"

#define CLAIM_MS 1000 /* how often one that another program holds is tried again */
#define LEAVE_MS 1500 /* how long one whose driver says that it is gone may still be in the list */

/* A call over several readers that has something to say waits so long for the ATRs and answers still under way: */
#define FIRST_MS 2500 /* where nothing is known of the reader, or nobody waits on. An ATR may take 2 s */
#define NEWS_MS  200  /* else: what happens at once is told at once */

#define PNP_NAME "\\\\?PnP?\\Notification"

/* One call under way. cancelled is under the context's lock. */
struct change_call {
        struct change_call *next;
        struct context *context;
        struct events_wait wait;
        bool cancelled;      /* or the context is being released */
        uint64_t seen;       /* the context's readers_seen when the call began */
        uint64_t told;       /* and what the next one begins with, if this one tells of it; 0: nothing */
        uint64_t generation; /* of the registry, when the names were looked up last */
        int64_t claim_at;    /* when what could not be claimed is tried again; 0: nothing is */
        bool several;        /* entries: none of them waits for another's reader */
        bool now;            /* it does not wait for changes */
        int64_t over_at;     /* when there was something to say first; 0: not yet */
        int64_t learnt_at;   /* until when that waits for what is being learnt */
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
        bool waiting = context->calls != NULL;

        for (struct change_call *call = context->calls; call != NULL; call = call->next) {
                call->cancelled = true;
                events_cancel(&call->wait);
        }
        /* Also what a call before has left under way. */
        for (struct watch *watch = context->watches; watch != NULL; watch = watch->next) {
                if (waiting || context->released)
                        touch_cancel(watch);
        }
}

void change_readers_seen(struct context *context, uint64_t generation)
{
        pthread_mutex_lock(&context->lock);
        context->readers_seen = generation;
        pthread_mutex_unlock(&context->lock);
}

static bool call_goes_on(struct change_call *call)
{
        pthread_mutex_lock(&call->context->lock);
        bool going = !call->cancelled;

        pthread_mutex_unlock(&call->context->lock);
        return going;
}

/* ---- one reader */

/* The slot's lock is held, here and in the next. */
static uint32_t slot_bits(const struct slot *slot)
{
        if (slot->lost_ms != 0)
                return SCARD_STATE_UNAVAILABLE;
        if (slot->card == IFD_CARD_ABSENT)
                return SCARD_STATE_EMPTY;
        if (!slot_has_card(slot))
                return SCARD_STATE_UNAVAILABLE;
        uint32_t bits = SCARD_STATE_PRESENT | connection_sharing(slot);

        if (slot->powered)
                return bits;
        return bits | (slot->mute ? SCARD_STATE_MUTE : SCARD_STATE_UNPOWERED);
}

/* In the middle of something: what there is to see is not worth telling. learning: it is being asked, or powered */
static bool is_passing(struct slot *slot, bool learning)
{
        if (slot->lost_ms != 0)
                return events_now() - slot->lost_ms < LEAVE_MS;
        if (slot->restarted)
                return true;
        if (learning && slot->card == IFD_CARD_UNKNOWN)
                return true;
        if ((!slot->busy && !learning) || !slot_has_card(slot) || slot->powered)
                return false;
        slot->news = true;
        return true;
}

/* Nothing: every state is news. */
static bool knows_nothing(const struct change_reader *reader)
{
        return news_believed(reader->current) == SCARD_STATE_UNAWARE;
}

/* Has done what is to be learnt of the reader; true: it is under way. */
static bool reader_learn(struct change_call *call, const struct change_reader *reader)
{
        struct watch *watch = reader->watch;
        bool wanted = touch_wanted(watch->slot), mine = false;

        pthread_mutex_lock(&call->context->lock);
        if (wanted && !call->cancelled)
                mine = touch_begin(watch, call->several);
        bool learning = !mine && watch->touch.running;
        int64_t until = watch->touch.since + (call->now || knows_nothing(reader) ? FIRST_MS : NEWS_MS);

        pthread_mutex_unlock(&call->context->lock);
        if (mine)
                touch_do(watch);
        if (learning && until > call->learnt_at)
                call->learnt_at = until;
        return learning;
}

/* The state with its count, and the ATR. False: it is not worth telling, and still what the application knows, if anything. */
static bool reader_see(struct change_call *call, struct change_reader *reader, uint32_t *state)
{
        struct slot *slot = reader->watch->slot;
        bool learning = reader_learn(call, reader);

        pthread_mutex_lock(&slot->lock);
        bool gone = slot->gone;
        bool settled = gone || !is_passing(slot, learning);

        *state = gone ? SCARD_STATE_UNKNOWN : slot_bits(slot) | (uint32_t)slot->moves << NEWS_COUNT;
        if (!settled && !knows_nothing(reader))
                *state = news_believed(reader->current) | reader->current >> NEWS_COUNT << NEWS_COUNT;
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

/* Whether the application is to be told. settled false: of one who knows something it is not worth it. */
static bool is_news(const struct change_call *call, const struct change_reader *reader, uint32_t state,
                    bool settled)
{
        bool nothing = knows_nothing(reader);

        if (!settled && !nothing)
                return false;
        if (reader->replaced)
                return true;
        if (call->context->lite)
                return news_contradicts(reader->current, state);
        return nothing || news_differs(reader->current, state);
}

/* The pseudo-reader has the number of readers in its high word, and changes when readers come or go. */
static bool pnp_evaluate(struct change_call *call, struct change_reader *reader)
{
        struct registry_census census = registry_census();
        uint32_t count = reader->current >> NEWS_COUNT;
        bool changed = census.generation != call->seen || (count != 0 && count != census.readers);

        reader->event = census.readers << NEWS_COUNT | (changed ? SCARD_STATE_CHANGED : 0);
        call->told = census.generation;
        if (!changed)
                change_readers_seen(call->context, census.generation); /* from here on it is news */
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
        reader->atr_len = 0;
        if (reader->watch != NULL && !reader->watch->claimed)
                state = SCARD_STATE_UNAVAILABLE;
        else if (reader->watch != NULL)
                settled = reader_see(call, reader, &state);
        bool changed = is_news(call, reader, state, settled);

        reader->event = state | (changed ? SCARD_STATE_CHANGED : 0);
        return changed;
}

/* ---- all of them */

static bool wants_watch(const struct change_reader *reader)
{
        return !is_ignored(reader) && !is_pnp(reader);
}

static bool is_about_several(const struct change_reader *readers, size_t count)
{
        size_t heard = 0;

        for (size_t i = 0; i < count; i++)
                heard += !is_ignored(&readers[i]);
        return heard > 1;
}

/* As in pcsc-lite: a name that is no reader's when the call begins is an error; one whose reader goes later is not. */
static bool readers_are_known(const struct change_reader *readers, size_t count)
{
        struct slot *slot;

        for (size_t i = 0; i < count; i++) {
                if (is_pnp(&readers[i]))
                        continue;
                if (registry_lookup(readers[i].name, &slot) != SCARD_S_SUCCESS)
                        return false;
                registry_unref(slot->device);
        }
        return true;
}

/* Whether the watch is to be had anew: none, one whose reader is gone, or one that could not be claimed. */
static bool is_stale(const struct change_reader *reader, bool retry)
{
        return reader->watch == NULL || (retry && !reader->watch->claimed) || reader->watch->slot->gone;
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
                        bool gone = reader->watch != NULL && reader->watch->slot->gone;

                        watch_put(call->context, reader->watch);
                        int32_t status = watch_get(call->context, reader->name, &reader->watch);

                        if (status == SCARD_E_NO_MEMORY)
                                return status;
                        /* It came and went between two looks: what is in it now is not what was. */
                        reader->replaced = reader->replaced || (gone && reader->watch != NULL);
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

        call->learnt_at = 0;
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
        /* Until it is known what the restart has left, nothing is told: it has to be asked again. */
        int64_t again = slot->restarted ? slot->asked_ms : -1;

        pthread_mutex_unlock(&slot->lock);
        if (leaves > now)
                return leaves;
        if (again >= 0)
                return again > now ? again : now + TOUCH_ASK_MS;
        return !slot_is_told(slot) || (event & SCARD_STATE_UNAVAILABLE) != 0 ? now + TOUCH_ASK_MS : -1;
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

/* Whether what there is to say waits for more, or for the end of the call. */
static bool call_waits_for_more(struct change_call *call, uint64_t seen)
{
        int64_t now = events_now();

        if (call->over_at == 0)
                call->over_at = now;
        int64_t until =
            call->learnt_at < call->over_at + FIRST_MS ? call->learnt_at : call->over_at + FIRST_MS;

        if (until <= now)
                return false;
        (void)events_sleep(&call->wait, seen, until);
        return true;
}

/* Sleeps until there may be news. The monitor is employed once for the call. */
static int32_t call_waits_for_news(struct change_call *call, const struct change_reader *readers,
                                   size_t count, uint64_t seen, int64_t deadline, bool *employed)
{
        if (!*employed) {
                int32_t status = events_employ();

                if (status != SCARD_S_SUCCESS)
                        return status;
                *employed = true;
        }
        int64_t at = look_again_at(call, readers, count);

        if (deadline >= 0 && (at < 0 || deadline < at))
                at = deadline;
        return events_sleep(&call->wait, seen, at) ? SCARD_S_SUCCESS : SCARD_E_CANCELLED;
}

static int32_t readers_wait(struct change_call *call, struct change_reader *readers, size_t count,
                            int64_t deadline, bool *employed)
{
        for (;;) {
                uint64_t seen = events_count();

                watch_sweep(call->context);
                int32_t status = readers_resolve(call, readers, count);

                if (status != SCARD_S_SUCCESS)
                        return status;
                bool changed = readers_evaluate(call, readers, count);

                if (!call_goes_on(call))
                        return SCARD_E_CANCELLED;
                if (changed || (deadline >= 0 && events_now() >= deadline)) {
                        if (call_waits_for_more(call, seen))
                                continue;
                        return changed ? SCARD_S_SUCCESS : SCARD_E_TIMEOUT;
                }
                status = call_waits_for_news(call, readers, count, seen, deadline, employed);
                if (status != SCARD_S_SUCCESS)
                        return status;
        }
}

/* What the application was told, the next call does not tell it; what it was not told is no change. */
static void call_tells(const struct change_call *call, struct change_reader *readers, size_t count,
                       int32_t status)
{
        bool tells = status == SCARD_S_SUCCESS || status == SCARD_E_TIMEOUT;

        if (tells && call->told != 0)
                change_readers_seen(call->context, call->told);
        for (size_t i = 0; !tells && i < count; i++)
                readers[i].event &= ~SCARD_STATE_CHANGED;
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
        if (status == SCARD_S_SUCCESS && context->lite && !readers_are_known(readers, count))
                status = SCARD_E_UNKNOWN_READER;
        if (call.seen == 0)
                call.seen = registry_census().generation;
        call.now = timeout_ms == 0;
        call.several = is_about_several(readers, count);
        if (status == SCARD_S_SUCCESS)
                status = readers_wait(&call, readers, count, deadline, &employed);
        call_tells(&call, readers, count, status);
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
