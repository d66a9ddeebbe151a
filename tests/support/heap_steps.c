/* heap_steps.c - see heap_steps.h */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/heap_steps.h"

/* With the n-th allocation failing; false: there was none. */
static bool run_step(const char *interface, const struct heap_step *step, const struct heap_scene *scene,
                     long n)
{
        uint8_t before[HEAP_SEEN_MAX] = {0}, after[HEAP_SEEN_MAX] = {0};
        long live = heap_live();
        bool failed;
        HRESULT hr;

        assert_true(scene->look(before) <= HEAP_SEEN_MAX);
        heap_start(n);
        hr = step->run();
        failed = heap_failed();
        heap_start(0);
        if (hr != (failed ? E_OUTOFMEMORY : S_OK))
                fail_msg("%s::%s, allocation %ld: %08X", interface, step->name, n, (unsigned)hr);
        if (failed && heap_live() != live)
                fail_msg("%s::%s, allocation %ld: %ld blocks are left", interface, step->name, n,
                         heap_live() - live);
        (void)scene->look(after);
        if (memcmp(before, after, sizeof(before)) != 0)
                fail_msg("%s::%s, allocation %ld: something has changed", interface, step->name, n);
        if (failed && (hr = step->run()) != S_OK)
                fail_msg("%s::%s, after allocation %ld: %08X", interface, step->name, n, (unsigned)hr);
        return failed;
}

/* On a new scene each time: a stream that has grown does not allocate again. */
static long run_all(const char *interface, const struct heap_step *step, const struct heap_scene *scene,
                    void (*choose)(void))
{
        for (long n = 1;; n++) {
                long live = heap_live();
                bool failed;

                scene->set_up();
                if (choose != NULL)
                        choose();
                failed = run_step(interface, step, scene, n);
                scene->tear_down();
                if (heap_live() != live)
                        fail_msg("%s::%s, allocation %ld: %ld blocks leaked", interface, step->name, n,
                                 heap_live() - live);
                if (!failed)
                        return n - 1;
        }
}

void heap_run_steps(const char *interface, const struct heap_step *steps, size_t count,
                    const struct heap_scene *scene, void (*choose)(void), struct heap_count *counted)
{
        for (size_t i = 0; i < count; i++) {
                long allocations = run_all(interface, &steps[i], scene, choose);

                if ((allocations > 0) != steps[i].allocates)
                        fail_msg("%s::%s: %ld allocations", interface, steps[i].name, allocations);
                counted->steps++;
                counted->allocations += (unsigned)allocations;
        }
}
