/*
 * The life of an attachment with one fault of the reader, the card or the wire: each kind of fault at each
 * message, in three ways.
 *
 *   go on      the scenario goes on to its end whatever its steps answer, then Detach and AttachByIFD
 *   reconnect  right behind the step that the fault met: Reconnect, and the rest of the scenario
 *   attach     right behind that step: Detach, AttachByIFD, and a whole scenario
 *
 * While the fault may be felt every call returns a code that its documentation has, and no call costs the
 * card more than one try, or one that its answer denies. Behind it every step gives its own code again.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "com/hresult.h"
#include "sim/control.h"
#include "tests/matrix/cells.h"
#include "tests/matrix/clock.h"
#include "tests/matrix/codes.h"
#include "tests/matrix/heap.h"
#include "tests/matrix/world.h"
#include "tests/support/scenario.h"

#define WATCHDOG_S     10u     /* a run that takes longer hangs */
#define RUN_LIMIT_MS   3000u   /* and none may take as long as that; a call that waits does so in no time */
#define CALL_LIMIT_MS  610000u /* what a call may wait: the 10 min that a card may ask for, and an abort */
#define COMPLAINTS_MAX 12u     /* of a cell, told in full */
#define CRASHES_MAX    3u
#define POSITIONS_MAX  400u
#define CELLS_MAX      32u

#ifndef __has_feature
#define __has_feature(x) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
/* Every second position of every kind in every way; the first one moves with kind and way. */
#define STRIDE 2u
#else
#define STRIDE 1u
#endif

static const char *const wire_kinds[] = {
    "lose",       "stall-in",   "stall-out",   "truncate",       "overlong", "wrong-length", "wrong-seq",
    "wrong-slot", "wrong-type", "zero-packet", "time-extension", "mute",     "hw-error",     "parity",
    "remove",     "unplug",     "busy",        "stale",          "garbage",  "hang",         "slow",
};
static const char *const t0_kinds[] = {"bad-procedure", "endless-61", "endless-6c", "null-bytes"};
static const char *const t1_kinds[] = {"bad-edc", "bad-pcb", "bad-nad", "wtx",
                                       "resynch", "ifs",     "abort",   "endless-chain"};

enum way { WAY_GO_ON, WAY_RECONNECT, WAY_ATTACH, WAYS };
static const char *const way_names[] = {"go on", "reconnect", "attach"};

/* Steps of the scenario that the test starts from or stops at. */
static size_t step_attach, step_after_unblock, step_pull, step_picked_up, step_unplug, step_plug;

struct plan {
        const char *kind;
        unsigned position; /* from 1, of the messages since it was plugged in for the phase-th time */
        unsigned phase;    /* 0, 1 */
        enum way way;
};

/* Shared with the processes that run; what it was doing outlives one that crashes. */
struct progress {
        size_t next; /* the first run not done yet */
        unsigned runs, wrong, complaints;
        uint64_t longest_ms, longest_wait_ms; /* of a run; of a call, as the library sees time */
        char now[160];
};

static struct {
        unsigned runs, wrong;
} total;
static const char *only; /* the runs whose names have this in them; NULL: all */

struct run {
        const struct cell *cell;
        struct plan plan;
        struct progress *progress;
        struct scenario s;
        unsigned wrong;
        bool attached;  /* AttachByIFD was the last that succeeded */
        bool card_out;  /* the card is out, or was at some time behind the library's back */
        unsigned phase; /* how often the scenario has plugged the reader in */
};

static const char *name_of(HRESULT hr)
{
        const char *name = hresult_name(hr);

        return name != NULL ? name : "no name";
}

static void complain(struct run *run, const char *step, const char *what, HRESULT hr)
{
        run->wrong++;
        if (run->progress->complaints++ < COMPLAINTS_MAX)
                print_error("%s: step \"%s\": %s (0x%08X %s)\n", run->progress->now, step, what, (unsigned)hr,
                            name_of(hr));
}

static size_t step_named(const char *name)
{
        for (size_t i = 0; i < scenario_steps_count; i++) {
                if (strcmp(scenario_steps[i].name, name) == 0)
                        return i;
        }
        print_error("the scenario has no step \"%s\"\n", name);
        exit(1);
}

/* ---- what a step may do to the card */

/* The step's own status check would end the program where a fault has changed the state. */
static HRESULT run_step(struct run *run, const struct scenario_step *step, enum method method)
{
        struct scenario *s = &run->s;

        if (method == METHOD_STATUS)
                return s->manage->lpVtbl->Status(s->manage, &s->state, &s->protocol);
        return step->run(s);
}

/*
 * Messages of ICCD have no numbers: an answer that is given once more passes for the next one, and so do the
 * steps that follow from it.
 */
static bool is_unseen(const struct run *run)
{
        return run->cell->kind->over_control != 0 && run->plan.kind != NULL &&
               strcmp(run->plan.kind, "stale") == 0;
}

static void check_tries(struct run *run, const char *step, enum method method, HRESULT hr,
                        const struct world_code *before, const struct world_code *after)
{
        bool presents = method == METHOD_VERIFY || method == METHOD_CHANGE;
        unsigned cost = before->tries > after->tries ? before->tries - after->tries : 0;

        if (cost > (presents ? 1u : 0u))
                complain(run, step, "a call cost too many tries", hr);
        if (after->unblock_tries < before->unblock_tries)
                complain(run, step, "a try of the unblocking code is gone", hr);
        if (!presents || is_unseen(run))
                return;
        if (hr == S_OK && after->tries != 3)
                complain(run, step, "success, and the card does not think so", hr);
        if (hr == SCARD_W_WRONG_CHV && cost != 1)
                complain(run, step, "a wrong code, and the card has counted none", hr);
        if (hr == SCARD_W_CHV_BLOCKED && after->tries != 0)
                complain(run, step, "blocked, and the card has tries left", hr);
        if (method == METHOD_VERIFY && hr == S_OK && !after->verified)
                complain(run, step, "verified, and the card does not think so", hr);
}

static void note_wait(struct run *run, const char *step, uint64_t ms)
{
        if (ms > run->progress->longest_wait_ms)
                run->progress->longest_wait_ms = ms;
        if (ms > CALL_LIMIT_MS)
                complain(run, step, "it waited for too long", S_OK);
}

/* One step. exact: the fault is over, and the step gives its own code. */
static void step(struct run *run, size_t number, bool exact)
{
        const struct scenario_step *one = &scenario_steps[number];
        struct world_code before, after;
        enum method method = METHOD_NONE;
        bool known = world_code_read(&before);
        uint64_t start = clock_seen_ms();
        HRESULT hr;

        if (!codes_method(one->name, &method))
                complain(run, one->name, "a step without a row in codes.c", S_OK);
        hr = run_step(run, one, method);
        note_wait(run, one->name, clock_seen_ms() - start);
        if (exact ? hr != one->wanted : hr != one->wanted && !codes_allowed(method, hr))
                complain(run, one->name, exact ? "not its own code after the fault" : "not documented", hr);
        if (known && world_code_read(&after))
                check_tries(run, one->name, method, hr, &before, &after);
        if (method == METHOD_ATTACH && hr == S_OK)
                run->attached = true;
        if (method == METHOD_DETACH && hr == S_OK)
                run->attached = false;
        if (number == step_plug)
                run->phase++;
        if (number == step_pull || number == step_picked_up)
                run->card_out = number == step_pull;
}

/* ---- after the fault */

static void expect(struct run *run, const char *what, HRESULT hr, HRESULT wanted)
{
        if (hr != wanted)
                complain(run, what, "not as it should be after the fault", hr);
}

/* What the scenario makes along the way and would make once more. */
static void forget_second(struct run *run)
{
        struct scenario *s = &run->s;

        if (s->context != 0)
                expect(run, "release the second context", hresult_from_scard(SCardReleaseContext(s->context)),
                       S_OK);
        s->context = 0;
        s->second = 0;
        if (s->unblock != NULL)
                (void)s->unblock->lpVtbl->Release(s->unblock);
        s->unblock = NULL;
        s->number = 0;
}

/* The card as delivered: the code "1234", all its tries, nothing verified. Every command has to work. */
static void restore_card(struct run *run)
{
        struct scenario *s = &run->s;
        ISCardVerify *verify = s->verify;
        HRESULT hr = verify->lpVtbl->QueryInterface(verify, &IID_ISCardUnblockData, (void **)&s->unblock);

        expect(run, "ask for the unblock data to restore the card", hr, S_OK);
        if (hr != S_OK)
                return;
        expect(run, "set unblock data to restore the card",
               s->unblock->lpVtbl->SetUnblockData(s->unblock, s->puk, s->right, &s->number), S_OK);
        expect(run, "unblock to restore the card",
               verify->lpVtbl->Unblock(verify, s->number, SC_FL_IHV_GLOBAL, 1), S_OK);
        expect(run, "verify the restored code", verify->lpVtbl->Verify(verify, s->right, SC_FL_IHV_GLOBAL, 1),
               S_OK);
}

static void rest_of_scenario(struct run *run, size_t from)
{
        for (size_t i = from; i < scenario_steps_count && run->wrong == 0; i++)
                step(run, i, true);
}

static void recover_by_attaching(struct run *run)
{
        struct scenario *s = &run->s;
        HRESULT hr;

        expect(run, "detach after the fault", s->manage->lpVtbl->Detach(s->manage),
               run->attached ? S_OK : SCARD_E_INVALID_HANDLE);
        forget_second(run);
        hr = scenario_steps[step_attach].run(s);
        expect(run, "attach after the fault", hr, S_OK);
        if (hr != S_OK)
                return;
        restore_card(run);
        expect(run, "reset the security state of the restored card",
               s->verify->lpVtbl->ResetSecurityState(s->verify), S_OK);
        expect(run, "detach from the restored card", s->manage->lpVtbl->Detach(s->manage), S_OK);
        forget_second(run);
        rest_of_scenario(run, step_attach);
}

/*
 * The card was out and is in again, and the fault, or an event that passes for the one a reader begins with,
 * has hidden it: then the first commands find a card without power, and Reconnect picks it up.
 */
static void settle_swap(struct run *run)
{
        struct scenario *s = &run->s;

        for (unsigned i = 0; i < 2; i++) {
                HRESULT hr =
                    s->verify->lpVtbl->Verify(s->verify, NULL, SC_FL_IHV_GLOBAL | SC_FL_IHV_CHECKONLY, 1);

                if (hr == S_OK || hr == SCARD_W_CARD_NOT_AUTHENTICATED || hr == SCARD_W_CHV_BLOCKED)
                        return;
                if (hr != SCARD_W_REMOVED_CARD && hr != SCARD_F_COMM_ERROR)
                        complain(run, "check after the card was out", "not as it should be", hr);
        }
        expect(run, "reconnect once more", s->manage->lpVtbl->Reconnect(s->manage), S_OK);
}

/* In the attachment that met the fault. A reader that was unplugged ends it. */
static void recover_by_reconnecting(struct run *run, bool unplugged)
{
        struct scenario *s = &run->s;

        if (!run->attached || unplugged) {
                recover_by_attaching(run);
                return;
        }
        forget_second(run);
        expect(run, "reconnect after the fault", s->manage->lpVtbl->Reconnect(s->manage), S_OK);
        if (run->card_out)
                settle_swap(run);
        restore_card(run);
        if (run->wrong == 0)
                rest_of_scenario(run, step_after_unblock);
}

/* ---- a run */

static void plan_text(const struct plan *plan, char *text, size_t room)
{
        (void)snprintf(text, room, "%s@%u", plan->kind, plan->position);
}

static bool fault_met(const struct run *run)
{
        return run->plan.kind != NULL && run->phase == run->plan.phase &&
               (!world_plugged() || world_messages() >= run->plan.position);
}

/* As far as the fault, or to the end. Whether the fault was met. */
static bool run_into_fault(struct run *run)
{
        char fault[64];
        bool met = false;

        plan_text(&run->plan, fault, sizeof(fault));
        for (size_t i = 0; i < scenario_steps_count; i++) {
                step(run, i, !met && run->plan.kind == NULL);
                if (run->phase == 1 && run->plan.phase == 1 && i == step_plug &&
                    !sim_device_fault(sim_control_device(0), fault))
                        complain(run, fault, "a fault that the reader does not know", S_OK);
                /* Between unplugging and plugging in it is the test that has pulled the plug. */
                met = met || ((i < step_unplug || i > step_plug) && fault_met(run));
                if (met && run->plan.way != WAY_GO_ON)
                        break;
        }
        return met;
}

static void run_once(struct run *run)
{
        char reader[256], fault[64];
        bool unplugged;

        plan_text(&run->plan, fault, sizeof(fault));
        (void)snprintf(reader, sizeof(reader), "%s%s%s", run->cell->reader,
                       run->plan.phase == 0 ? ",fault=" : "", run->plan.phase == 0 ? fault : "");
        scenario_begin(&run->s, reader, run->cell->kind->protocol);
        if (!run_into_fault(run))
                complain(run, "the whole scenario", "the fault was never met", S_OK);
        unplugged = !world_plugged();
        run->card_out = run->card_out || strcmp(run->plan.kind, "remove") == 0;
        world_mend();
        if (run->plan.way == WAY_RECONNECT)
                recover_by_reconnecting(run, unplugged);
        else
                recover_by_attaching(run);
        scenario_end(&run->s);
        sim_control_reset();
}

static void run_plan(const struct cell *cell, const struct plan *plan, struct progress *progress)
{
        struct run run = {.cell = cell, .plan = *plan, .progress = progress};
        uint64_t start = clock_real_ms(), took;
        long blocks = heap_blocks();

        (void)snprintf(progress->now, sizeof(progress->now), "%s: %s@%u%s, %s", cell->name, plan->kind,
                       plan->position, plan->phase == 0 ? "" : " after plugging in", way_names[plan->way]);
        if (only != NULL && strstr(progress->now, only) == NULL)
                return;
        (void)alarm(WATCHDOG_S);
        run_once(&run);
        (void)alarm(0);
        took = clock_real_ms() - start;
        if (took > progress->longest_ms)
                progress->longest_ms = took;
        if (took > RUN_LIMIT_MS)
                complain(&run, "the whole run", "it took too long", S_OK);
        if (heap_blocks() != blocks)
                complain(&run, "the whole run", "blocks leaked", S_OK);
        progress->runs++;
        progress->wrong += run.wrong != 0;
}

/* ---- all runs of a cell */

struct campaign {
        const struct cell *cell;
        unsigned messages[2]; /* of the scenario, each time it is plugged in */
        const char *kinds[64];
        size_t kind_count;
};

static void add_kinds(struct campaign *campaign, const char *const *kinds, size_t count)
{
        for (size_t i = 0; i < count; i++)
                campaign->kinds[campaign->kind_count++] = kinds[i];
}

static void choose_kinds(struct campaign *campaign)
{
        add_kinds(campaign, wire_kinds, sizeof(wire_kinds) / sizeof(wire_kinds[0]));
        if (campaign->cell->kind->host == CELL_HOST_T0)
                add_kinds(campaign, t0_kinds, sizeof(t0_kinds) / sizeof(t0_kinds[0]));
        if (campaign->cell->kind->host == CELL_HOST_T1)
                add_kinds(campaign, t1_kinds, sizeof(t1_kinds) / sizeof(t1_kinds[0]));
}

static size_t positions(const struct campaign *campaign)
{
        return campaign->messages[0] + campaign->messages[1];
}

/* The number-th run; false: it is left out. */
static bool plan_number(const struct campaign *campaign, size_t number, struct plan *plan)
{
        size_t all = positions(campaign), position = number % all, kind = number / all / WAYS;

        plan->way = (enum way)(number / all % WAYS);
        plan->kind = campaign->kinds[kind];
        plan->phase = position >= campaign->messages[0];
        plan->position = (unsigned)(plan->phase == 0 ? position : position - campaign->messages[0]) + 1;
        return (position + kind + plan->way) % STRIDE == 0;
}

static size_t runs_planned(const struct campaign *campaign)
{
        return positions(campaign) * WAYS * campaign->kind_count;
}

static void run_from(const struct campaign *campaign, struct progress *progress)
{
        for (; progress->next < runs_planned(campaign); progress->next++) {
                struct plan plan;

                if (plan_number(campaign, progress->next, &plan))
                        run_plan(campaign->cell, &plan, progress);
        }
}

/* The scenario without a fault, twice: what is made once a process is made then. */
static bool count_messages(struct campaign *campaign, struct progress *progress)
{
        struct run run = {.cell = campaign->cell, .progress = progress};

        (void)snprintf(progress->now, sizeof(progress->now), "%s: no fault", campaign->cell->name);
        scenario_begin(&run.s, campaign->cell->reader, campaign->cell->kind->protocol);
        for (size_t i = 0; i < scenario_steps_count; i++) {
                if (i == step_unplug)
                        campaign->messages[0] = world_messages();
                step(&run, i, true);
        }
        campaign->messages[1] = world_messages();
        scenario_end(&run.s);
        sim_control_reset();
        return run.wrong == 0;
}

/* Ends a child; 0: all is well. */
static int child_main(struct campaign *campaign, struct progress *progress)
{
        (void)alarm(WATCHDOG_S);
        if (!count_messages(campaign, progress) || positions(campaign) > POSITIONS_MAX ||
            campaign->messages[0] == 0 || campaign->messages[1] == 0) {
                progress->wrong++;
                progress->next = SIZE_MAX;
                return 1;
        }
        choose_kinds(campaign);
        if (progress->runs == 0)
                report_line("%s: %u + %u messages, %zu kinds of faults", campaign->cell->name,
                            campaign->messages[0], campaign->messages[1], campaign->kind_count);
        run_from(campaign, progress);
        return progress->wrong != 0;
}

static pid_t child_start(const struct cell *cell, struct progress *progress)
{
        pid_t child;

        (void)fflush(stdout);
        (void)fflush(stderr);
        child = fork();
        assert_int_not_equal(child, -1);
        if (child == 0) {
                struct campaign campaign = {.cell = cell};
                int code = child_main(&campaign, progress);

                (void)fflush(stdout);
                (void)fflush(stderr);
                _exit(code);
        }
        return child;
}

static void run_cell(const struct cell *cell, struct progress *progress)
{
        unsigned crashes = 0;
        int how;

        memset(progress, 0, sizeof(*progress));
        for (;;) {
                pid_t child = child_start(cell, progress);

                assert_int_equal(waitpid(child, &how, 0), child);
                if (WIFEXITED(how))
                        break;
                print_error("%s: %s\n", progress->now,
                            WTERMSIG(how) == SIGALRM ? "it hangs" : "ended by a signal");
                progress->wrong++;
                progress->next++;
                if (++crashes == CRASHES_MAX)
                        break;
        }
        if (WIFEXITED(how) && WEXITSTATUS(how) > 1) /* a sanitizer */
                progress->wrong++;
}

static void every_fault_at_every_message_is_survived(void **state)
{
        const struct cell *cell = *state;
        struct progress *progress =
            mmap(NULL, sizeof(*progress), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        uint64_t start = clock_real_ms();
        unsigned wrong;

        assert_ptr_not_equal(progress, MAP_FAILED);
        run_cell(cell, progress);
        report_line("faults: %-42s %6u runs, %u wrong; longest run %" PRIu64 " ms, longest wait %" PRIu64
                    " ms; %.1f s",
                    cell->name, progress->runs, progress->wrong, progress->longest_ms,
                    progress->longest_wait_ms, (double)(clock_real_ms() - start) / 1000.0);
        wrong = progress->wrong;
        total.runs += progress->runs;
        total.wrong += wrong;
        assert_true(progress->runs > 100 || wrong != 0 || only != NULL);
        (void)munmap(progress, sizeof(*progress));
        assert_int_equal(wrong, 0);
}

/* Each kind of cell with everything left to the reader, and with nothing. */
static size_t make_tests(struct CMUnitTest *tests, struct cell *cells)
{
        size_t count = 0;

        for (size_t i = 0; i < cell_kinds_count; i++) {
                for (unsigned automatic = 0; cell_kinds[i].attachable && automatic < 2; automatic++) {
                        cell_make(&cells[count], &cell_kinds[i], automatic != 0, automatic != 0);
                        tests[count] =
                            (struct CMUnitTest){.name = cells[count].name,
                                                .test_func = every_fault_at_every_message_is_survived,
                                                .initial_state = &cells[count]};
                        count++;
                }
        }
        return count;
}

/* test_faults [TEXT]: the runs whose names, as they stand in a complaint, have TEXT in them. */
int main(int argc, char **argv)
{
        struct CMUnitTest tests[CELLS_MAX];
        static struct cell cells[CELLS_MAX];
        size_t count = make_tests(tests, cells);
        int failed;

        only = argc > 1 ? argv[1] : NULL;
        unsetenv("ISCARD_PROFILE");
        unsetenv("ISCARD_TIMEOUT");
        unsetenv("ISCARD_VOLTAGE");
        step_attach = step_named("attach");
        step_after_unblock = step_named("reset the security state");
        step_pull = step_named("pull the card");
        step_picked_up = step_named("reconnect, card inserted");
        step_unplug = step_named("unplug the reader");
        step_plug = step_named("plug the reader in");
        failed = _cmocka_run_group_tests("faults", tests, count, NULL, NULL);
        report_line("faults: %u runs of %zu cells in three ways%s, %u wrong", total.runs, count,
                    STRIDE == 1 ? "" : ", every second one", total.wrong);
        return failed;
}
