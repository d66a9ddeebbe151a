/*
 * The engine against a model of it (tests/support/engine_model.h): two applications on one reader, in every
 * state that calls, cards and plugs can bring about, and in each of them every call. After each call
 * everything that can be seen of the state it led to is compared too. A call that has to wait for another's
 * transaction is made in a thread: once it is cancelled, and once for each way in which the wait can end.
 */
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

#include "tests/support/engine.h"
#include "tests/support/engine_model.h"

/* ---- the engine */

static struct fake_reader *const before = &fake_readers[0];
static struct fake_reader *const again = &fake_readers[1]; /* what comes back, of the same name */
static struct fake_reader *reader;
static SCARDCONTEXT contexts[CONNECTIONS];
static SCARDHANDLE handles[CONNECTIONS];
static bool telling;  /* the reader tells of cards that move; else it is asked */
static bool counting; /* nothing else runs, and the engine has looked since the card was moved */

static void engine_begin(void)
{
        reader = before;
        fake_prepare(0);
        fake_prepare(1);
        reader->info.reports_movement = telling;
        fake_plug(reader);
        counting = true;
        for (enum who who = A; who < CONNECTIONS; who++) {
                handles[who] = 0;
                contexts[who] = engine_context();
        }
}

static void engine_end(void)
{
        for (enum who who = A; who < CONNECTIONS; who++)
                assert_status(SCardReleaseContext(contexts[who]), SCARD_S_SUCCESS);
        assert_int_equal(fake_starts, fake_stops);
}

static void engine_status(SCARDHANDLE card, struct outcome *outcome)
{
        DWORD len = sizeof(outcome->mode);

        outcome->code = SCardStatusA(card, NULL, NULL, &outcome->state, &outcome->protocol, NULL, NULL);
        if (outcome->code == SCARD_S_SUCCESS)
                outcome->code = SCardGetAttrib(card, ISCARD_ATTR_SHARE_MODE, (LPBYTE)&outcome->mode, &len);
        counting = true;
}

/* What a reader does not tell is learnt by whoever asks. */
static void engine_ask(void)
{
        struct outcome ignored;

        for (enum who who = A; who < CONNECTIONS && !telling; who++) {
                if (handles[who] != 0)
                        engine_status(handles[who], &ignored);
        }
}

static void engine_world(enum action action)
{
        DWORD len = 0;

        counting = false;
        switch (action) {
        case SWAP:
                fake_remove(reader, 0);
                fake_insert(reader, 0);
                break;
        case INSERT:
                fake_insert(reader, 0);
                break;
        case REMOVE:
                fake_remove(reader, 0);
                break;
        case MUTE:
        case UNMUTE:
                reader->slots[0].mute = action == MUTE;
                break;
        case UNPLUG:
                fake_unplug(reader);
                (void)SCardListReadersA(contexts[A], NULL, NULL, &len); /* so that it is known at once */
                break;
        default:
                reader = again;
                fake_plug(reader);
                break;
        }
        engine_ask();
}

static LONG engine_release(enum who who)
{
        LONG status = SCardReleaseContext(contexts[who]);

        contexts[who] = engine_context();
        handles[who] = 0;
        return status;
}

static struct outcome engine_call(const struct call *call)
{
        SCARDHANDLE *card = &handles[call->who];
        struct outcome outcome = {0};

        switch (call->action) {
        case CONNECT:
                outcome.code = SCardConnectA(contexts[call->who], FAKE_NAME, call->mode, call->protocols,
                                             card, &outcome.protocol);
                engine_ask();
                break;
        case RECONNECT:
                outcome.code =
                    SCardReconnect(*card, call->mode, call->protocols, call->disposition, &outcome.protocol);
                break;
        case DISCONNECT:
                outcome.code = SCardDisconnect(*card, call->disposition);
                if (outcome.code == SCARD_S_SUCCESS)
                        *card = 0;
                break;
        case BEGIN:
                outcome.code = SCardBeginTransaction(*card);
                break;
        case END:
                outcome.code = SCardEndTransaction(*card, call->disposition);
                break;
        case ABANDON:
                outcome.code = SCardCancelTransaction(*card);
                break;
        case TRANSMIT:
                outcome.code = engine_transmit(*card);
                break;
        case STATUS:
                engine_status(*card, &outcome);
                break;
        case RELEASE:
                outcome.code = engine_release(call->who);
                break;
        default:
                engine_world(call->action);
                break;
        }
        return outcome;
}

/* With what the reader was sent. */
static struct outcome engine_call_counted(const struct call *call)
{
        unsigned ons = fake_count(reader, FAKE_POWER_ON), offs = fake_count(reader, FAKE_POWER_OFF),
                 commands = fake_count(reader, FAKE_TRANSMIT), all = fake_messages(reader);
        struct outcome outcome = engine_call(call);

        if (call->action >= INSERT)
                return outcome;
        outcome.power_ons = fake_count(reader, FAKE_POWER_ON) - ons;
        outcome.power_offs = fake_count(reader, FAKE_POWER_OFF) - offs;
        outcome.commands = fake_count(reader, FAKE_TRANSMIT) - commands;
        if (fake_messages(reader) - all != outcome.power_ons + outcome.power_offs + outcome.commands)
                outcome.commands = 1000; /* something else was sent */
        return outcome;
}

#define PATIENCE 100000u /* moments: some ten seconds, which only a failure takes */

/* A call in a thread of its own. */
struct patient {
        const struct call *call;
        struct outcome outcome;
        atomic_bool begun, done;
        pthread_t thread;
};

static void *patient_run(void *arg)
{
        struct patient *patient = arg;

        atomic_store(&patient->begun, true);
        patient->outcome = engine_call(patient->call);
        atomic_store(&patient->done, true);
        return NULL;
}

static void a_moment(void)
{
        const struct timespec moment = {0, 100000L};

        nanosleep(&moment, NULL);
}

static void patient_start(struct patient *patient, const struct call *call)
{
        *patient = (struct patient){.call = call};
        assert_int_equal(pthread_create(&patient->thread, NULL, patient_run, patient), 0);
}

/* Cancelled until it has noticed. */
static struct outcome patient_cancel(struct patient *patient)
{
        while (!atomic_load(&patient->done)) {
                SCardCancel(contexts[patient->call->who]);
                sched_yield();
        }
        pthread_join(patient->thread, NULL);
        return patient->outcome;
}

/* Nothing keeps it any more; one that goes on waiting all the same is cancelled. */
static struct outcome patient_end(struct patient *patient)
{
        for (unsigned i = 0; i < PATIENCE && !atomic_load(&patient->done); i++)
                a_moment();
        return patient_cancel(patient);
}

static struct outcome engine_call_cancelled(const struct call *call)
{
        struct patient patient;

        patient_start(&patient, call);
        return patient_cancel(&patient);
}

/* ---- both */

#define STATES_MAX  8192
#define CALLS_MAX   96
#define EXPLAIN_MAX 20 /* differences that are printed */

/* A state and how it was reached first. */
struct node {
        struct model model;
        unsigned from; /* node 0: itself */
        struct call by;
};

static struct node nodes[STATES_MAX];
static unsigned node_count;
static struct call calls[CALLS_MAX];
static unsigned call_count, unequal;

static void add_call(enum action action, enum who who, DWORD mode, DWORD disposition, DWORD protocols)
{
        assert_true(call_count < CALLS_MAX);
        calls[call_count++] = (struct call){action, who, mode, disposition, protocols};
}

static void make_calls(void)
{
        call_count = 0;
        for (enum who who = A; who < CONNECTIONS; who++) {
                for (DWORD mode = SCARD_SHARE_EXCLUSIVE; mode <= SCARD_SHARE_DIRECT; mode++) {
                        add_call(CONNECT, who, mode, 0, BOTH);
                        for (DWORD how = SCARD_LEAVE_CARD; how <= SCARD_UNPOWER_CARD; how++)
                                add_call(RECONNECT, who, mode, how, BOTH);
                }
                /* a protocol that the card does not have */
                add_call(CONNECT, who, SCARD_SHARE_SHARED, 0, SCARD_PROTOCOL_T0);
                for (DWORD how = SCARD_LEAVE_CARD; how <= SCARD_UNPOWER_CARD; how++)
                        add_call(RECONNECT, who, SCARD_SHARE_EXCLUSIVE, how, SCARD_PROTOCOL_T0);
                for (DWORD how = SCARD_LEAVE_CARD; how <= SCARD_EJECT_CARD; how++) {
                        add_call(DISCONNECT, who, 0, how, 0);
                        add_call(END, who, 0, how, 0);
                }
                for (enum action action = BEGIN; action <= RELEASE; action++) {
                        if (action != END)
                                add_call(action, who, 0, 0, 0);
                }
        }
        for (enum action action = INSERT; action < ACTIONS; action++)
                add_call(action, A, 0, 0, 0);
}

static void explain(const struct model *m, const struct call *call, const struct outcome *wanted,
                    const struct outcome *got)
{
        static const char *const actions[] = {
            "connect", "reconnect", "disconnect", "begin", "end",  "abandon", "transmit", "status",
            "release", "insert",    "remove",     "swap",  "mute", "unmute",  "unplug",   "replug"};

        if (unequal > EXPLAIN_MAX)
                return;
        for (enum who who = A; who < CONNECTIONS; who++)
                fprintf(stderr, "%c mode %u lost %d removed %d reset %d depth %u; ", who == A ? 'A' : 'B',
                        m->c[who].mode, m->c[who].lost, m->c[who].removed, m->c[who].reset, m->c[who].depth);
        fprintf(
            stderr,
            "plug %d in %d mute %d powered %d negotiated %d\n%c: %s mode %u disposition %u protocols %u\n",
            (int)m->plug, m->in, m->mute, m->powered, m->negotiated, call->who == A ? 'A' : 'B',
            actions[call->action], call->mode, call->disposition, call->protocols);
        fprintf(stderr,
                "  model  %08X state %u protocol %u mode %u, on %u off %u commands %u, waits %d\n"
                "  engine %08X state %u protocol %u mode %u, on %u off %u commands %u\n",
                (unsigned)wanted->code, wanted->state, wanted->protocol, wanted->mode, wanted->power_ons,
                wanted->power_offs, wanted->commands, wanted->waits, (unsigned)got->code, got->state,
                got->protocol, got->mode, got->power_ons, got->power_offs, got->commands);
}

static bool outcomes_equal(const struct outcome *wanted, const struct outcome *got, bool counted)
{
        if (wanted->code != got->code || wanted->protocol != got->protocol)
                return false;
        if (counted && (wanted->power_ons != got->power_ons || wanted->power_offs != got->power_offs ||
                        wanted->commands != got->commands))
                return false;
        return wanted->code != SCARD_S_SUCCESS || (wanted->state == got->state && wanted->mode == got->mode);
}

/* The same call to both; true: equal outcomes. */
static bool step(struct model *m, const struct call *call)
{
        const struct model from = *m;
        struct outcome wanted = model_call(m, call);
        bool counted =
            counting && telling && from.plug != UNPLUGGED && !wanted.waits && call->action < INSERT;
        struct outcome got = wanted.waits ? engine_call_cancelled(call) : engine_call_counted(call);

        if (outcomes_equal(&wanted, &got, counted))
                return true;
        unequal++;
        explain(&from, call, &wanted, &got);
        return false;
}

static bool step_of(struct model *m, enum action action, enum who who, DWORD mode, DWORD disposition)
{
        const struct call call = {action, who, mode, disposition, BOTH};

        return !model_allows(m, &call) || step(m, &call);
}

/* Everything that can be seen of the state, and what it takes to see it. */
static bool probe(struct model *m)
{
        bool equal = true;

        for (enum who who = A; who < CONNECTIONS; who++)
                equal = step_of(m, STATUS, who, 0, 0) && step_of(m, TRANSMIT, who, 0, 0) && equal;
        for (enum who who = A; who < CONNECTIONS; who++) {
                for (unsigned i = 0; i <= MODEL_DEPTH_MAX; i++)
                        equal = step_of(m, END, who, 0, SCARD_LEAVE_CARD) && equal;
        }
        for (enum who who = A; who < CONNECTIONS; who++)
                equal = step_of(m, RECONNECT, who, SCARD_SHARE_SHARED, SCARD_LEAVE_CARD) &&
                        step_of(m, TRANSMIT, who, 0, 0) && step_of(m, STATUS, who, 0, 0) && equal;
        return equal;
}

static bool replay(unsigned node, struct model *m)
{
        if (node == 0) {
                *m = nodes[0].model;
                return true;
        }
        return replay(nodes[node].from, m) && step(m, &nodes[node].by);
}

static void remember(const struct model *m, unsigned from, const struct call *by)
{
        for (unsigned i = 0; i < node_count; i++) {
                if (model_equal(&nodes[i].model, m))
                        return;
        }
        assert_true(node_count < STATES_MAX);
        nodes[node_count++] = (struct node){*m, from, *by};
}

/* ---- the end of a wait */

enum ending { BY_END, BY_RESET, BY_ABANDON, BY_DISCONNECT, BY_RELEASE, BY_UNPLUG, ENDINGS };

static bool end_wait(struct model *m, enum who owner, enum ending ending)
{
        bool equal = true;

        switch (ending) {
        case BY_RESET:
                equal = step_of(m, END, owner, 0, SCARD_RESET_CARD);
                /* fall through */
        case BY_END:
                while (m->c[owner].depth > 0 && equal)
                        equal = step_of(m, END, owner, 0, SCARD_LEAVE_CARD);
                return equal;
        case BY_ABANDON:
                return step_of(m, ABANDON, owner, 0, 0);
        case BY_DISCONNECT:
                return step_of(m, DISCONNECT, owner, 0, SCARD_LEAVE_CARD);
        case BY_RELEASE:
                return step_of(m, RELEASE, owner, 0, 0);
        default:
                return step_of(m, UNPLUG, owner, 0, 0);
        }
}

/* What a call comes to that was waiting at the end of m. */
static struct outcome outcome_of_wait(struct model *m, const struct call *call, enum ending ending)
{
        if (ending == BY_UNPLUG && call->action == CONNECT)
                return (struct outcome){.code = SCARD_E_READER_UNAVAILABLE};
        return model_call(m, call);
}

/* It waits although the owner goes on, and then comes to what it would have come to if made later. */
static void wait_to_the_end(unsigned node, const struct call *call, enum ending ending)
{
        struct model m;
        struct patient patient;
        enum who owner = model_other(call->who);

        engine_begin();
        if (replay(node, &m)) {
                const struct model from = m;

                patient_start(&patient, call);
                while (!atomic_load(&patient.begun))
                        sched_yield();
                a_moment();
                (void)model_call(&m, call); /* a handle may move to a reader that came back, and wait there */
                counting = false;
                bool equal = step_of(&m, TRANSMIT, owner, 0, 0);

                a_moment();
                bool early = atomic_load(&patient.done);

                equal = end_wait(&m, owner, ending) && equal;
                (void)patient_end(&patient);
                struct outcome wanted = outcome_of_wait(&m, call, ending);

                /* it may not even have found the reader yet */
                if (patient.outcome.code == SCARD_E_UNKNOWN_READER && ending == BY_UNPLUG)
                        wanted.code = SCARD_E_UNKNOWN_READER;
                if (early || !outcomes_equal(&wanted, &patient.outcome, false)) {
                        unequal++;
                        wanted.waits = early;
                        explain(&from, call, &wanted, &patient.outcome);
                } else if (equal) {
                        counting = false;
                        (void)probe(&m);
                }
        }
        engine_end();
}

/* ---- the walks */

/* A reader that has to be asked does not know of a card without power whether it is the same. */
static bool is_walked(const struct model *m, const struct call *call)
{
        return model_allows(m, call) && (telling || (call->action != SWAP && call->action != UNPLUG));
}

static unsigned walk(bool tells, unsigned *pairs)
{
        unsigned waiting = 0, endings = 0;
        struct model m = model_begin();

        *pairs = 0;
        telling = tells;
        fake_reset();
        fake_unplug(before);
        unequal = 0;
        node_count = 0;
        make_calls();
        remember(&m, 0, &calls[0]);
        for (unsigned node = 0; node < node_count && unequal < EXPLAIN_MAX; node++) {
                for (unsigned i = 0; i < call_count; i++) {
                        struct model wanted = nodes[node].model;

                        if (!is_walked(&wanted, &calls[i]))
                                continue;
                        bool waits = model_call(&wanted, &calls[i]).waits;

                        engine_begin();
                        if (replay(node, &m) && step(&m, &calls[i]))
                                (void)probe(&m);
                        engine_end();
                        remember(&wanted, node, &calls[i]);
                        ++*pairs;
                        waiting += waits;
                        /* a reader that came back is no other one in this */
                        waits = waits && telling && nodes[node].model.plug == PLUGGED;
                        for (enum ending ending = BY_END; waits && ending < ENDINGS; ending++) {
                                /* who connects keeps the reader from being given back */
                                if (calls[i].action == CONNECT &&
                                    (ending == BY_DISCONNECT || ending == BY_RELEASE))
                                        continue;
                                wait_to_the_end(node, &calls[i], ending);
                                endings++;
                        }
                }
        }
        printf("%u states, %u pairs of state and call (%u that wait, %u ends of waits), %u unequal\n",
               node_count, *pairs, waiting, endings, unequal);
        assert_int_equal(unequal, 0);
        return waiting;
}

static void every_call_in_every_state_is_as_the_model_says(void **state)
{
        unsigned pairs;

        (void)state;
        unsigned waiting = walk(true, &pairs);

        assert_true(node_count > 1000 && pairs > 50000 && waiting > 1000);
}

static void a_reader_that_has_to_be_asked_is_as_the_model_says(void **state)
{
        unsigned pairs;

        (void)state;
        (void)walk(false, &pairs);
        assert_true(node_count > 300 && pairs > 10000);
}

/* The same by chance and at length: what a state has behind it makes no difference. */
static void a_long_walk_never_parts_from_the_model(void **state)
{
        enum { WALKS = 60, STEPS = 400 };
        unsigned seed = 20, steps = 0;

        (void)state;
        telling = true;
        fake_reset();
        fake_unplug(before);
        unequal = 0;
        make_calls();
        for (unsigned n = 0; n < WALKS && unequal == 0; n++) {
                struct model m = model_begin();

                engine_begin();
                for (unsigned i = 0; i < STEPS && unequal == 0; i++) {
                        const struct call *call = &calls[(unsigned)rand_r(&seed) % call_count];
                        struct model after = m;

                        if (!model_allows(&m, call) || (call->action == UNPLUG && i < STEPS / 2) ||
                            (model_call(&after, call).waits && rand_r(&seed) % 16 != 0))
                                continue;
                        steps += step(&m, call);
                }
                if (unequal == 0)
                        (void)probe(&m);
                engine_end();
        }
        printf("%u steps of long walks\n", steps);
        assert_int_equal(unequal, 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(every_call_in_every_state_is_as_the_model_says),
            cmocka_unit_test(a_reader_that_has_to_be_asked_is_as_the_model_says),
            cmocka_unit_test(a_long_walk_never_parts_from_the_model),
        };

        alarm(400); /* a wait that nothing ends is a failure too */
        return cmocka_run_group_tests(tests, NULL, NULL);
}
