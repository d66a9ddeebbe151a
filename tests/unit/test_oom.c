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
#include <malloc.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "com/hresult.h"
#include "sim/control.h"
#include "tests/support/heap.h"
#include "tests/support/scenario.h"

static const uint8_t puk[] = {'1', '2', '3', '4', '5', '6', '7', '8'};

/* The unblocking code, and VERIFY with the code. The card's own memory is let go while paused. */
static bool holds_a_code(const void *block)
{
        static const uint8_t verify[] = {0x20, 0x00, 0x01, 0x04, '1', '2', '3', '4'};
        size_t size = malloc_usable_size((void *)(uintptr_t)block);

        return memmem(block, size, puk, sizeof(puk)) != NULL ||
               memmem(block, size, verify, sizeof(verify)) != NULL;
}

static unsigned freed_codes;

static void look_for_a_code(const void *block)
{
        freed_codes += holds_a_code(block);
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

        if (step->kind != SCENARIO_HAND)
                heap_resume();
        hr = step->run(s);
        heap_pause();
        return hr;
}

/* How a run went. */
struct outcome {
        bool failed; /* the failure came about */
        unsigned wrong;
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

        if (heap_failed()) {
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

        scenario_begin(&s, "1", T1);
        heap_start(n);
        for (size_t i = 0; i < scenario_steps_count && outcome.wrong < 10; i++)
                step_once(&scenario_steps[i], &s, n, &outcome);
        heap_start(0);
        heap_resume(); /* what is let go now is looked at for codes */
        scenario_end(&s);
        heap_pause();
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
        live = heap_live();
        for (long n = 1;; n++) {
                outcome = run_all(n);
                wrong += outcome.wrong;
                if (!outcome.failed)
                        break;
                failed++;
                if (heap_live() != live) {
                        print_error("allocation %ld: %ld blocks leaked\n", n, heap_live() - live);
                        live = heap_live();
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
        heap_on_free = look_for_a_code;
        assert_int_equal(run_all(0).wrong, 0);
        heap_on_free = NULL;
        assert_int_equal(freed_codes, 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(every_failing_allocation_is_reported_and_survived),
            cmocka_unit_test(no_block_is_freed_with_a_code_in_it),
        };

        unsetenv("ISCARD_PROFILE");
        return cmocka_run_group_tests(tests, NULL, NULL);
}
