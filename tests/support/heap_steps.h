/*
 * heap_steps.h - steps of which each allocation fails in turn, one after the other: E_OUTOFMEMORY, nothing leaked,
 * nothing changed, and the step works when it is run again. Each time on a scene of its own.
 */
#ifndef ISCARD_TESTS_HEAP_STEPS_H
#define ISCARD_TESTS_HEAP_STEPS_H

#include <stdbool.h>
#include <stddef.h>

#include <objbase.h>

#include "tests/support/heap.h"

/* In a step: allocations of the call alone may fail. */
#define HEAP_CALLED(result, call)                                                                            \
        do {                                                                                                 \
                heap_resume();                                                                               \
                (result) = (call);                                                                           \
                heap_pause();                                                                                \
        } while (0)

struct heap_step {
        const char *name;
        HRESULT (*run)(void); /* S_OK: it worked, and was undone; else nothing was handed out */
        bool allocates;
        size_t slot; /* of the vtable */
};

#define HEAP_SEEN_MAX 512

struct heap_scene {
        void (*set_up)(void);
        void (*tear_down)(void);
        size_t (*look)(void *seen); /* what is there, into HEAP_SEEN_MAX bytes of zeros; how many bytes */
};

struct heap_count {
        unsigned steps, allocations;
};

/* choose, may be NULL: after set_up. Fails the test where something is not as it says above. */
void heap_run_steps(const char *interface, const struct heap_step *steps, size_t count,
                    const struct heap_scene *scene, void (*choose)(void), struct heap_count *counted);

#endif
