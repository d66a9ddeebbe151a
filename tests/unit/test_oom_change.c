/*
 * A life of SCardGetStatusChange with each allocation failing in turn: the call that runs into it answers
 * SCARD_E_NO_MEMORY, tells of nothing, and when it is repeated with the same states tells of all that happened. A wait that
 * is under way already hears of what there was no memory for. Nothing leaks. Linked as tests/oom/oom.mk says.
 */
#include <stdatomic.h>
#include <stdio.h>

#include "core/registry.h"
#include "sim/control.h"
#include "tests/support/engine.h"
#include "tests/support/heap.h"

#define READERS  "level=short-apdu,serial=A;level=short-apdu,serial=B"
#define NAME_A   "libiscard Virtual CCID Reader (A) 00 00"
#define NAME_B   "libiscard Virtual CCID Reader (B) 00 00"
#define PNP      "\\\\?PnP?\\Notification"
#define BITS(s)  ((s).dwEventState & 0xFFFFu)
#define COUNT(s) ((s).dwEventState >> 16)
#define LIMIT    400 /* allocations: more is an endless loop */

enum { A, B, P, ENTRIES };

static SCARDCONTEXT context;
static SCARD_READERSTATEA states[ENTRIES];
static SCARD_READERSTATEW wide[2];
static unsigned failures; /* of this run: 0 or 1 */

/* Repeats call once where the allocation has failed in it. */
#define MUST(expected, call)                                                                                 \
        do {                                                                                                 \
                LONG must_status;                                                                            \
                heap_resume();                                                                               \
                must_status = (call);                                                                        \
                heap_pause();                                                                                \
                if (heap_failed()) {                                                                         \
                        failures++;                                                                          \
                        if (must_status == SCARD_E_NO_MEMORY) {                                              \
                                nothing_was_told();                                                          \
                                must_status = (call);                                                        \
                        }                                                                                    \
                }                                                                                            \
                assert_status(must_status, expected);                                                        \
        } while (0)

static void nothing_was_told(void)
{
        for (unsigned i = 0; i < ENTRIES; i++)
                assert_int_equal(states[i].dwEventState & SCARD_STATE_CHANGED, 0);
}

/* A call that waits for nothing gives several cards the time to get their power; one that waits tells at once what it has. */
static LONG ask(DWORD timeout)
{
        return SCardGetStatusChangeA(context, timeout, states, ENTRIES);
}

/* What was told is known, and the application's entries are as they were made. */
static void know(void)
{
        for (unsigned i = 0; i < ENTRIES; i++) {
                states[i].dwCurrentState = states[i].dwEventState;
                states[i].dwEventState = 0;
        }
}

static struct sim_device *device(unsigned reader)
{
        return sim_control_device(reader);
}

static void states_are_told(void)
{
        MUST(SCARD_S_SUCCESS, ask(0));
        assert_int_equal(BITS(states[A]), SCARD_STATE_CHANGED | SCARD_STATE_PRESENT);
        assert_int_equal(BITS(states[B]), SCARD_STATE_CHANGED | SCARD_STATE_PRESENT);
        assert_true(states[A].cbAtr != 0 && states[B].cbAtr != 0);
        know();
        MUST(SCARD_E_TIMEOUT, ask(3)); /* with the monitor */
        assert_int_equal(BITS(states[A]), SCARD_STATE_PRESENT);
        assert_int_equal(BITS(states[P]), 0);
}

static void movements_are_told(void)
{
        DWORD a = COUNT(states[A]), b = COUNT(states[B]);

        know();
        sim_device_card_remove(device(A), 0);
        sim_device_card_insert(device(A), 0);
        sim_device_card_remove(device(B), 0);
        MUST(SCARD_S_SUCCESS, ask(0));
        assert_int_equal(BITS(states[A]), SCARD_STATE_CHANGED | SCARD_STATE_PRESENT);
        assert_int_equal(COUNT(states[A]), a + 2);
        assert_int_equal(BITS(states[B]), SCARD_STATE_CHANGED | SCARD_STATE_EMPTY);
        assert_int_equal(COUNT(states[B]), b + 1);
        sim_device_card_insert(device(B), 0);
}

static void both_forms_and_the_atr_are_told(void)
{
        SCARD_ATRMASK mask = {.cbAtr = states[A].cbAtr};

        wide[0] = (SCARD_READERSTATEW){.szReader = u"" NAME_A};
        wide[1] = (SCARD_READERSTATEW){.szReader = u"none"};
        know();
        MUST(SCARD_S_SUCCESS, SCardGetStatusChangeW(context, 0, wide, 2));
        assert_int_equal(BITS(wide[0]), SCARD_STATE_CHANGED | SCARD_STATE_PRESENT);
        assert_int_equal(BITS(wide[1]), SCARD_STATE_CHANGED | SCARD_STATE_UNKNOWN);
        MUST(SCARD_S_SUCCESS, SCardLocateCardsByATRW(context, &mask, 1, wide, 1));
        assert_int_equal(BITS(wide[0]), SCARD_STATE_CHANGED | SCARD_STATE_PRESENT | SCARD_STATE_ATRMATCH);
}

static void plugs_are_told(void)
{
        MUST(SCARD_S_SUCCESS, ask(0));
        know();
        sim_device_unplug(device(A));
        MUST(SCARD_S_SUCCESS, ask(0));
        assert_int_equal(BITS(states[A]), SCARD_STATE_CHANGED | SCARD_STATE_UNKNOWN);
        assert_int_equal(states[P].dwEventState, 1u << 16 | SCARD_STATE_CHANGED);
        know();
        sim_device_plug(device(A));
        MUST(SCARD_S_SUCCESS, ask(0));
        assert_int_equal(BITS(states[A]), SCARD_STATE_CHANGED | SCARD_STATE_PRESENT);
        assert_int_equal(states[P].dwEventState, 2u << 16 | SCARD_STATE_CHANGED);
}

static LONG waited;

static void *wait_run(void *arg)
{
        (void)arg;
        waited = SCardGetStatusChangeA(context, 5000, &states[P], 1);
        return NULL;
}

/* The monitor finds the reader, sooner or later, and the thread that waits hears of it. */
static void a_plug_during_a_wait_is_told(void)
{
        pthread_t thread;

        know();
        sim_device_unplug(device(A));
        MUST(SCARD_S_SUCCESS, ask(0));
        know();
        assert_int_equal(pthread_create(&thread, NULL, wait_run, NULL), 0); /* paused: this one is ours */
        engine_sleep_ms(20);
        heap_resume();
        sim_device_plug(device(A));
        pthread_join(thread, NULL);
        heap_pause();
        if (heap_failed()) {
                failures++;
                if (waited == SCARD_E_NO_MEMORY) { /* for what a wait needs of the reader */
                        nothing_was_told();
                        wait_run(NULL);
                }
        }
        assert_status(waited, SCARD_S_SUCCESS);
        assert_int_equal(states[P].dwEventState, 2u << 16 | SCARD_STATE_CHANGED);
}

static LONG establish(void)
{
        return SCardEstablishContext(SCARD_SCOPE_USER, NULL, NULL, &context);
}

static long live_of(long fail_at)
{
        long before = heap_live();

        memset(states, 0, sizeof(states));
        states[A].szReader = NAME_A;
        states[B].szReader = NAME_B;
        states[P].szReader = PNP;
        failures = 0;
        heap_start(fail_at);
        MUST(SCARD_S_SUCCESS, establish());
        states_are_told();
        movements_are_told();
        both_forms_and_the_atr_are_told();
        plugs_are_told();
        a_plug_during_a_wait_is_told();
        assert_status(SCardReleaseContext(context), SCARD_S_SUCCESS);
        sim_control_reset();
        return heap_live() - before;
}

static void every_failing_allocation_is_reported_and_nothing_is_lost(void **state)
{
        long n = 0, held;

        (void)state;
        registry_use_drivers(NULL);
        setenv("ISCARD_SIM", READERS, 1);
        held = live_of(0); /* what is made once for all is made now */
        (void)held;
        do {
                held = live_of(++n);
                assert_int_equal(held, 0);
        } while (failures > 0 && n < LIMIT);
        printf("%ld allocations\n", n - 1);
        assert_in_range(n, 20, LIMIT - 1);
        unsetenv("ISCARD_SIM");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(every_failing_allocation_is_reported_and_nothing_is_lost),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
