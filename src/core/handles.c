#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "scarderr.h"

#include "core/handles.h"

#define CHUNK      256u /* places in one piece of the table */
#define CHUNKS     256u
#define INDEX_BITS 16
#define NO_INDEX   (CHUNK * CHUNKS)

/* A place's state is one word, so that finding and counting are one step: generation, live, kind, uses. */
#define STATE_USES       ((uint64_t)0x003FFFFF)
#define STATE_CARD       ((uint64_t)0x00400000)
#define STATE_LIVE       ((uint64_t)0x00800000)
#define STATE_GENERATION 24
#define GENERATION_MASK  ((uint64_t)(UINTPTR_MAX >> INDEX_BITS) & 0xFFFFFFFFFF)

/*
 * Alone on its cache line, so that calls on different handles do not slow each other. Invariant: object and
 * destroy are written before the state that lets others find them, and read only by those who hold a use.
 */
struct place {
        _Alignas(64) atomic_uint_least64_t state;
        void *object;
        void (*destroy)(void *object);
        unsigned next_free; /* under the table's lock */
};

/*
 * Pieces are never freed, so that a stale handle can be looked at without a lock; the first is there from the
 * start. The lock is the innermost one of the engine and is held only to take and give back places.
 */
static struct {
        struct place first[CHUNK];
        pthread_mutex_t lock;
        _Atomic(struct place *) chunks[CHUNKS];
        unsigned used;       /* places ever taken */
        unsigned first_free; /* head of the chain of places given back; NO_INDEX: none */
        atomic_bool disowned;
} table = {.lock = PTHREAD_MUTEX_INITIALIZER, .first_free = NO_INDEX};

static struct place *place_at(unsigned index)
{
        unsigned chunk = index / CHUNK;

        if (chunk == 0)
                return &table.first[index];
        struct place *places = atomic_load_explicit(&table.chunks[chunk], memory_order_acquire);
        return places == NULL ? NULL : &places[index % CHUNK];
}

static struct place *place_of(uintptr_t handle)
{
        return place_at((unsigned)(handle & (NO_INDEX - 1)));
}

/* The table's lock is held. NULL: out of memory, or the table is full. */
static struct place *place_take(unsigned *index)
{
        if (table.first_free != NO_INDEX) {
                struct place *place = place_at(table.first_free);

                *index = table.first_free;
                table.first_free = place->next_free;
                return place;
        }
        if (table.used == NO_INDEX)
                return NULL;
        if (table.used >= CHUNK && table.used % CHUNK == 0 && place_at(table.used) == NULL) {
                struct place *places = aligned_alloc(64, CHUNK * sizeof(*places));

                if (places == NULL)
                        return NULL;
                for (unsigned i = 0; i < CHUNK; i++) {
                        atomic_init(&places[i].state, (uint64_t)0);
                        places[i].next_free = NO_INDEX;
                }
                atomic_store_explicit(&table.chunks[table.used / CHUNK], places, memory_order_release);
        }
        *index = table.used++;
        return place_at(*index);
}

int32_t handle_reserve(enum handle_kind kind, void *object, void (*destroy)(void *object), uintptr_t *handle)
{
        unsigned index = 0;

        *handle = 0;
        pthread_mutex_lock(&table.lock);
        struct place *place = place_take(&index);
        pthread_mutex_unlock(&table.lock);
        if (place == NULL)
                return SCARD_E_NO_MEMORY;
        uint64_t generation = atomic_load_explicit(&place->state, memory_order_relaxed) >> STATE_GENERATION;

        if (generation == 0)
                generation = 1; /* so that no handle is 0 */
        place->object = object;
        place->destroy = destroy;
        atomic_store_explicit(&place->state,
                              generation << STATE_GENERATION | (kind == HANDLE_CARD ? STATE_CARD : 0) | 1,
                              memory_order_release);
        *handle = (uintptr_t)(generation << INDEX_BITS) | index;
        return SCARD_S_SUCCESS;
}

void handle_publish(uintptr_t handle)
{
        atomic_fetch_or_explicit(&place_of(handle)->state, STATE_LIVE, memory_order_release);
}

static bool state_is_live(uint64_t state, uintptr_t handle)
{
        return handle != 0 && (state & STATE_LIVE) != 0 && state >> STATE_GENERATION == handle >> INDEX_BITS;
}

void *handle_acquire(uintptr_t handle, enum handle_kind kind, int32_t *status)
{
        struct place *place = place_of(handle);
        uint64_t wanted_kind = kind == HANDLE_CARD ? STATE_CARD : 0;

        *status = SCARD_E_INVALID_HANDLE;
        if (place == NULL)
                return NULL;
        uint64_t state = atomic_load_explicit(&place->state, memory_order_acquire);

        do {
                if (!state_is_live(state, handle) || (state & STATE_CARD) != wanted_kind ||
                    (state & STATE_USES) == STATE_USES)
                        return NULL;
                if (atomic_load_explicit(&table.disowned, memory_order_relaxed)) {
                        *status = SCARD_E_NO_SERVICE;
                        return NULL;
                }
        } while (!atomic_compare_exchange_weak_explicit(&place->state, &state, state + 1,
                                                        memory_order_acquire, memory_order_acquire));
        *status = SCARD_S_SUCCESS;
        return place->object;
}

void handle_hold(uintptr_t handle)
{
        atomic_fetch_add_explicit(&place_of(handle)->state, 1, memory_order_relaxed);
}

bool handle_close(uintptr_t handle)
{
        struct place *place = place_of(handle);
        uint64_t state = atomic_load_explicit(&place->state, memory_order_acquire);

        do {
                if (!state_is_live(state, handle))
                        return false;
        } while (!atomic_compare_exchange_weak_explicit(&place->state, &state, state & ~STATE_LIVE,
                                                        memory_order_acq_rel, memory_order_acquire));
        return true;
}

void handle_release(uintptr_t handle)
{
        struct place *place = place_of(handle);
        uint64_t state = atomic_fetch_sub_explicit(&place->state, 1, memory_order_acq_rel);

        if ((state & STATE_LIVE) != 0 || (state & STATE_USES) != 1)
                return;
        place->destroy(place->object);
        uint64_t next = ((state >> STATE_GENERATION) + 1) & GENERATION_MASK;

        pthread_mutex_lock(&table.lock);
        atomic_store_explicit(&place->state, (next == 0 ? 1 : next) << STATE_GENERATION,
                              memory_order_release);
        place->next_free = table.first_free;
        table.first_free = (unsigned)(handle & (NO_INDEX - 1));
        pthread_mutex_unlock(&table.lock);
}

void handle_disown(void)
{
        atomic_store(&table.disowned, true);
}
