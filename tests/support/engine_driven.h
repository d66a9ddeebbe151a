/*
 * engine_driven.h - the calls of engine_model.h made to the engine, over a fake reader: what they come to, and what
 * they made the reader do.
 */
#ifndef ISCARD_TESTS_ENGINE_DRIVEN_H
#define ISCARD_TESTS_ENGINE_DRIVEN_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "tests/support/engine_model.h"

/* After fake_reset, before anything else: no reader is there until driven_begin. */
void driven_prepare(void);
/* A reader and a card of that kind, and two contexts. tells: the reader tells of cards that move; else it is asked. */
void driven_begin(const struct model_kind *kind, bool tells);
void driven_end(void);

/* Whether it can be said what the next call has the reader do: nothing else runs, and the engine has looked since the
 * card was moved. */
bool driven_counts(void);
/* Until the next look. */
void driven_count_no_more(void);

/* One call, by this thread. */
struct outcome driven_call(const struct call *call);

/* A call in a thread of its own, of which it is not counted what the reader did. */
struct patient {
        const struct call *call;
        struct outcome outcome;
        atomic_bool begun, done;
        pthread_t thread;
};

/* Comes back when the call is about to be made. */
void patient_start(struct patient *patient, const struct call *call);
/* SCardCancel until it has noticed. */
struct outcome patient_cancel(struct patient *patient);
/* Nothing keeps it any more; one that goes on waiting all the same is cancelled after some ten seconds. */
struct outcome patient_end(struct patient *patient);
/* A tenth of a millisecond. */
void a_moment(void);

#endif
