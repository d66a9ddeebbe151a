/* The life of an attachment on every kind of reader there is, each with its features on and off. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "com/hresult.h"
#include "com/object.h"
#include "sim/control.h"
#include "tests/matrix/cells.h"
#include "tests/matrix/heap.h"
#include "tests/matrix/world.h"
#include "tests/support/scenario.h"

#define AUTOMATIC_BITS 0x4FEu
#define STEP_ATTACH    7u /* of the scenario */
#define CELL_LIMIT_S   20

static const char *name_of(HRESULT hr)
{
        const char *name = hresult_name(hr);

        return name != NULL ? name : "no name";
}

static unsigned expect(const struct cell *cell, const char *step, HRESULT hr, HRESULT wanted)
{
        if (hr == wanted)
                return 0;
        print_error("%s: %s: 0x%08X %s instead of 0x%08X %s\n", cell->name, step, (unsigned)hr, name_of(hr),
                    (unsigned)wanted, name_of(wanted));
        return 1;
}

/* The reader behind the cell is of the kind that the cell is named after. */
static unsigned check_reader(const struct cell *cell)
{
        struct world_reader reader;
        unsigned wrong = 0;

        if (!world_read(&reader)) {
                print_error("%s: no such reader\n", cell->name);
                return 1;
        }
        wrong += reader.protocol != cell->kind->over_control;
        if (cell->kind->over_control == 0) {
                wrong += (reader.features >> 16 & 7u) != cell->kind->exchange;
                wrong += (reader.features & AUTOMATIC_BITS) != (cell->automatic ? AUTOMATIC_BITS : 0);
                wrong += reader.endpoints != (cell->interrupt ? 3u : 2u);
        } else {
                wrong += reader.endpoints != (cell->interrupt ? 1u : 0u);
        }
        if (wrong != 0)
                print_error("%s: the reader is another one: dwFeatures %08X, %u endpoints, protocol %u\n",
                            cell->name, (unsigned)reader.features, reader.endpoints, reader.protocol);
        return wrong;
}

/* As far as attaching, which is refused and leaves nothing behind. */
static unsigned run_refused(const struct cell *cell)
{
        struct scenario s;
        unsigned wrong = 0;

        scenario_begin(&s, cell->reader, cell->kind->protocol);
        for (size_t i = 0; i < STEP_ATTACH; i++)
                wrong +=
                    expect(cell, scenario_steps[i].name, scenario_steps[i].run(&s), scenario_steps[i].wanted);
        wrong += expect(cell, scenario_steps[STEP_ATTACH].name, scenario_steps[STEP_ATTACH].run(&s),
                        SCARD_E_READER_UNSUPPORTED);
        wrong += check_reader(cell);
        wrong += expect(cell, "detach, refused", s.manage->lpVtbl->Detach(s.manage), SCARD_E_INVALID_HANDLE);
        wrong += expect(cell, "status, refused", s.manage->lpVtbl->Status(s.manage, &s.state, &s.protocol),
                        SCARD_E_INVALID_HANDLE);
        wrong +=
            expect(cell, "verify, refused", s.verify->lpVtbl->Verify(s.verify, s.right, SC_FL_IHV_GLOBAL, 1),
                   SCARD_E_INVALID_HANDLE);
        wrong +=
            expect(cell, "attach once more", scenario_steps[STEP_ATTACH].run(&s), SCARD_E_READER_UNSUPPORTED);
        scenario_end(&s);
        return wrong;
}

static unsigned run_whole(const struct cell *cell)
{
        struct scenario s;
        unsigned wrong = 0;

        scenario_begin(&s, cell->reader, cell->kind->protocol);
        for (size_t i = 0; i < scenario_steps_count; i++) {
                wrong +=
                    expect(cell, scenario_steps[i].name, scenario_steps[i].run(&s), scenario_steps[i].wanted);
                if (i == STEP_ATTACH)
                        wrong += check_reader(cell);
                if (i == STEP_ATTACH && wrong != 0)
                        break; /* nothing is attached: the rest would say so in many words */
        }
        scenario_end(&s);
        return wrong;
}

/* Twice, so that what is made once a process does not count as leaked. */
static unsigned run_cell(const struct cell *cell)
{
        unsigned objects = object_count(), wrong = 0;
        long blocks = 0;

        for (unsigned i = 0; i < 2 && wrong == 0; i++) {
                blocks = heap_blocks();
                wrong = cell->kind->attachable ? run_whole(cell) : run_refused(cell);
                sim_control_reset();
        }
        if (wrong == 0 && heap_blocks() != blocks) {
                print_error("%s: %ld blocks leaked\n", cell->name, heap_blocks() - blocks);
                wrong++;
        }
        if (object_count() != objects) {
                print_error("%s: %u objects left\n", cell->name, object_count() - objects);
                wrong++;
        }
        return wrong;
}

/* In a process of its own, so that one that crashes or hangs is one cell that failed. */
static bool cell_passes(const struct cell *cell)
{
        int how = 0;
        pid_t child;

        (void)fflush(stdout);
        (void)fflush(stderr);
        child = fork();
        assert_int_not_equal(child, -1);
        if (child == 0) {
                (void)alarm(CELL_LIMIT_S);
                unsigned wrong = run_cell(cell);

                (void)fflush(stdout);
                (void)fflush(stderr);
                _exit(wrong != 0);
        }
        assert_int_equal(waitpid(child, &how, 0), child);
        if (WIFSIGNALED(how))
                print_error("%s: ended by signal %d\n", cell->name, WTERMSIG(how));
        return WIFEXITED(how) && WEXITSTATUS(how) == 0;
}

static void the_life_of_an_attachment_is_the_same_on_every_reader(void **state)
{
        unsigned bad = 0;

        (void)state;
        for (size_t i = 0; i < cells_count(); i++) {
                struct cell cell;
                bool passes;

                cell_get(i, &cell);
                passes = cell_passes(&cell);
                report_line("cell %2zu: %-50s %s", i + 1, cell.name, passes ? "ok" : "FAILED");
                bad += !passes;
        }
        report_line("matrix: %zu cells, a scenario of %zu steps in each, %u failed", cells_count(),
                    scenario_steps_count, bad);
        assert_int_equal(cells_count(), 32);
        assert_int_equal(bad, 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(the_life_of_an_attachment_is_the_same_on_every_reader),
        };

        unsetenv("ISCARD_PROFILE");
        unsetenv("ISCARD_TIMEOUT");
        unsetenv("ISCARD_VOLTAGE");
        return cmocka_run_group_tests(tests, NULL, NULL);
}
