/*
 * The life of an attachment with each allocation failing in turn: the step that runs into it answers
 * E_OUTOFMEMORY, has sent nothing where it is one command, and works when it is repeated with the same
 * objects; nothing leaks; and no block is freed with a code in it.
 *
 * The linker leads the allocating functions of the library here (tests/oom/oom.mk).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "com/hresult.h"
#include "sim/control.h"
#include "tests/support/scenario.h"

static struct {
        atomic_long seen;    /* allocations since the start of the run */
        atomic_long fail_at; /* the one that fails; 0: none */
        atomic_bool paused;  /* the hand of the test is at work */
        atomic_bool failed;  /* it has happened, and was not looked at yet */
        atomic_long live;
        atomic_long freed_codes;
} heap;

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void __real_free(void *block);
int __real_posix_memalign(void **block, size_t alignment, size_t size);
void *__real_aligned_alloc(size_t alignment, size_t size);
int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *),
                          void *arg);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);
void __wrap_free(void *block);
char *__wrap_strdup(const char *text);
char *__wrap_strndup(const char *text, size_t len);
int __wrap_posix_memalign(void **block, size_t alignment, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *),
                          void *arg);

/* Whether this allocation is the one that fails. */
static bool fails(void)
{
        if (atomic_load(&heap.paused) || atomic_fetch_add(&heap.seen, 1) + 1 != atomic_load(&heap.fail_at))
                return false;
        atomic_store(&heap.failed, true);
        return true;
}

static void *counted(void *block)
{
        if (block != NULL)
                atomic_fetch_add(&heap.live, 1);
        return block;
}

void *__wrap_malloc(size_t size)
{
        return fails() ? NULL : counted(__real_malloc(size));
}

void *__wrap_calloc(size_t count, size_t size)
{
        return fails() ? NULL : counted(__real_calloc(count, size));
}

void *__wrap_realloc(void *old, size_t size)
{
        void *block;

        if (fails())
                return NULL;
        block = __real_realloc(old, size);
        return old == NULL ? counted(block) : block;
}

char *__wrap_strndup(const char *text, size_t len)
{
        size_t held = strnlen(text, len);
        char *copy = fails() ? NULL : counted(__real_malloc(held + 1));

        if (copy == NULL)
                return NULL;
        memcpy(copy, text, held);
        copy[held] = '\0';
        return copy;
}

char *__wrap_strdup(const char *text)
{
        return __wrap_strndup(text, strlen(text));
}

int __wrap_posix_memalign(void **block, size_t alignment, size_t size)
{
        int error = fails() ? ENOMEM : __real_posix_memalign(block, alignment, size);

        if (error == 0)
                counted(*block);
        return error;
}

void *__wrap_aligned_alloc(size_t alignment, size_t size)
{
        return fails() ? NULL : counted(__real_aligned_alloc(alignment, size));
}

int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *),
                          void *arg)
{
        return fails() ? EAGAIN : __real_pthread_create(thread, attributes, start, arg);
}

static const uint8_t puk[] = {'1', '2', '3', '4', '5', '6', '7', '8'};

/* The unblocking code, and VERIFY with the code. The card's own memory is let go while paused. */
static bool holds_a_code(const void *block)
{
        static const uint8_t verify[] = {0x20, 0x00, 0x01, 0x04, '1', '2', '3', '4'};
        size_t size = malloc_usable_size((void *)(uintptr_t)block);

        return memmem(block, size, puk, sizeof(puk)) != NULL ||
               memmem(block, size, verify, sizeof(verify)) != NULL;
}

void __wrap_free(void *block)
{
        if (block != NULL) {
                atomic_fetch_sub(&heap.live, 1);
                if (!atomic_load(&heap.paused) && holds_a_code(block))
                        atomic_fetch_add(&heap.freed_codes, 1);
        }
        __real_free(block);
}

static const char *name_of(HRESULT hr)
{
        const char *name = hresult_name(hr);

        return name != NULL ? name : "no name";
}

static uint32_t messages(void)
{
        struct sim_device *device = sim_control_device(0);

        return device != NULL ? sim_device_messages(device) : 0;
}

static HRESULT run(const struct scenario_step *step, struct scenario *s)
{
        HRESULT hr;

        atomic_store(&heap.paused, step->kind == SCENARIO_HAND);
        hr = step->run(s);
        atomic_store(&heap.paused, true);
        return hr;
}

/* How a run went. */
struct outcome {
        bool failed; /* the failure came about */
        unsigned wrong;
        long allocations;
};

static void complain(struct outcome *outcome, long n, const char *step, const char *what, HRESULT hr)
{
        print_error("allocation %ld fails in \"%s\": %s (0x%08X %s)\n", n, step, what, (unsigned)hr,
                    name_of(hr));
        outcome->wrong++;
}

static void step_once(const struct scenario_step *step, struct scenario *s, long n, struct outcome *outcome)
{
        uint32_t before = messages();
        HRESULT hr = run(step, s);

        if (atomic_exchange(&heap.failed, false)) {
                outcome->failed = true;
                if (hr != E_OUTOFMEMORY)
                        complain(outcome, n, step->name, "not E_OUTOFMEMORY", hr);
                else if (step->kind == SCENARIO_COMMAND && messages() != before)
                        complain(outcome, n, step->name, "something was sent", hr);
                if (hr == E_OUTOFMEMORY)
                        hr = run(step, s);
        }
        if (hr != step->wanted)
                complain(outcome, n, step->name, "not its own code", hr);
}

/* The whole scenario with the n-th allocation failing; 0: none. */
static struct outcome run_all(long n)
{
        struct outcome outcome = {0};
        struct scenario s;

        atomic_store(&heap.paused, true);
        scenario_begin(&s, "1", T1);
        atomic_store(&heap.failed, false);
        atomic_store(&heap.seen, 0);
        atomic_store(&heap.fail_at, n);
        for (size_t i = 0; i < scenario_steps_count && outcome.wrong < 10; i++)
                step_once(&scenario_steps[i], &s, n, &outcome);
        atomic_store(&heap.fail_at, 0);
        outcome.allocations = atomic_load(&heap.seen);
        atomic_store(&heap.paused, false); /* what is let go now is looked at for codes */
        scenario_end(&s);
        atomic_store(&heap.paused, true);
        sim_control_reset();
        return outcome;
}

static void every_failing_allocation_is_reported_and_survived(void **state)
{
        struct outcome outcome = run_all(0); /* also makes what is made once a process */
        unsigned wrong = outcome.wrong;
        long failed = 0, live;

        (void)state;
        assert_int_equal(wrong, 0);
        live = atomic_load(&heap.live);
        for (long n = 1;; n++) {
                outcome = run_all(n);
                wrong += outcome.wrong;
                if (!outcome.failed)
                        break;
                failed++;
                if (atomic_load(&heap.live) != live) {
                        print_error("allocation %ld: %ld blocks leaked\n", n, atomic_load(&heap.live) - live);
                        live = atomic_load(&heap.live);
                        wrong++;
                }
        }
        print_message("%ld allocations failed in turn, in a scenario of %zu steps\n", failed,
                      scenario_steps_count);
        assert_int_equal(wrong, 0);
        assert_true(failed > 10);
}

static void no_block_is_freed_with_a_code_in_it(void **state)
{
        uint8_t *probe = malloc(64);

        (void)state;
        /* The check itself works: */
        assert_non_null(probe);
        memset(probe, 0, 64);
        memcpy(probe + 40, puk, sizeof(puk));
        assert_true(holds_a_code(probe));
        memset(probe, 0, 64);
        free(probe);
        atomic_store(&heap.freed_codes, 0);
        assert_int_equal(run_all(0).wrong, 0);
        assert_int_equal(atomic_load(&heap.freed_codes), 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(every_failing_allocation_is_reported_and_survived),
            cmocka_unit_test(no_block_is_freed_with_a_code_in_it),
        };

        atomic_store(&heap.paused, true);
        unsetenv("ISCARD_PROFILE");
        return cmocka_run_group_tests(tests, NULL, NULL);
}
