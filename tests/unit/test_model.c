/*
 * The engine against a model of it (tests/support/engine_model.h): two applications on one reader, in every
 * state that calls, cards and plugs can bring about, and in each of them every call; a walk for each kind of
 * reader and card. After each call everything that can be seen of the state it led to is compared too. A call
 * that has to wait for another's transaction is made in a thread: once it is cancelled, and once for each way in
 * which the wait can end.
 */
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "tests/support/engine.h"
#include "tests/support/engine_driven.h"

#define STATES_MAX  8192
#define CALLS_MAX   128
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
static bool telling;

static void add_call(enum action action, enum who who, DWORD mode, DWORD disposition, DWORD protocols)
{
        assert_true(call_count < CALLS_MAX);
        calls[call_count++] = (struct call){action, who, mode, disposition, protocols};
}

/* Of a card that has one protocol. */
static void add_connects(enum who who)
{
        for (DWORD mode = SCARD_SHARE_EXCLUSIVE; mode <= SCARD_SHARE_DIRECT; mode++) {
                add_call(CONNECT, who, mode, 0, BOTH);
                for (DWORD how = SCARD_LEAVE_CARD; how <= SCARD_UNPOWER_CARD; how++)
                        add_call(RECONNECT, who, mode, how, BOTH);
        }
        /* a protocol that the card does not have */
        add_call(CONNECT, who, SCARD_SHARE_SHARED, 0, SCARD_PROTOCOL_T0);
        for (DWORD how = SCARD_LEAVE_CARD; how <= SCARD_UNPOWER_CARD; how++)
                add_call(RECONNECT, who, SCARD_SHARE_EXCLUSIVE, how, SCARD_PROTOCOL_T0);
}

/* And of one that has two: each, both, and none that there is, which only a DIRECT handle may ask for. */
static void add_choices(enum who who)
{
        static const DWORD wanted[] = {SCARD_PROTOCOL_T0, SCARD_PROTOCOL_T1, BOTH, SCARD_PROTOCOL_RAW};
        const DWORD shared = SCARD_SHARE_SHARED;

        for (unsigned i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
                add_call(CONNECT, who, shared, 0, wanted[i]);
                for (DWORD how = SCARD_LEAVE_CARD; how <= SCARD_UNPOWER_CARD; how++)
                        add_call(RECONNECT, who, shared, how, wanted[i]);
        }
        add_call(CONNECT, who, SCARD_SHARE_EXCLUSIVE, 0, SCARD_PROTOCOL_T1);
        add_call(RECONNECT, who, SCARD_SHARE_EXCLUSIVE, SCARD_RESET_CARD, SCARD_PROTOCOL_T0);
        add_call(CONNECT, who, SCARD_SHARE_DIRECT, 0, 0);
        for (DWORD how = SCARD_LEAVE_CARD; how <= SCARD_UNPOWER_CARD; how++)
                add_call(RECONNECT, who, SCARD_SHARE_DIRECT, how, 0);
        add_call(TRANSMIT, who, 0, 0, SCARD_PROTOCOL_T0);
        add_call(TRANSMIT, who, 0, 0, SCARD_PROTOCOL_T1);
}

static void make_calls(const struct model_kind *kind)
{
        call_count = 0;
        for (enum who who = A; who < CONNECTIONS; who++) {
                if (kind->card == BOTH)
                        add_choices(who);
                else
                        add_connects(who);
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

static void explain_outcome(const char *whose, const struct outcome *outcome)
{
        fprintf(
            stderr,
            "  %s %08X state %u protocol %u mode %u spoken %u, on %u off %u ejects %u commands %u entries %u "
            "escapes %u settled %d waits %d\n",
            whose, (unsigned)outcome->code, outcome->state, outcome->protocol, outcome->mode, outcome->spoken,
            outcome->power_ons, outcome->power_offs, outcome->ejects, outcome->commands, outcome->entries,
            outcome->escapes, outcome->settled, outcome->waits);
}

static void explain_call(const struct model *m, const struct call *call)
{
        static const char *const actions[ACTIONS] = {[CONNECT] = "connect",
                                                     [RECONNECT] = "reconnect",
                                                     [DISCONNECT] = "disconnect",
                                                     [BEGIN] = "begin",
                                                     [END] = "end",
                                                     [ABANDON] = "abandon",
                                                     [TRANSMIT] = "transmit",
                                                     [QUESTION] = "question",
                                                     [ENTRY] = "entry",
                                                     [ESCAPE] = "escape",
                                                     [STATUS] = "status",
                                                     [RELEASE] = "release",
                                                     [INSERT] = "insert",
                                                     [INSERT_OTHER] = "insert other",
                                                     [REMOVE] = "remove",
                                                     [SWAP] = "swap",
                                                     [MUTE] = "mute",
                                                     [UNMUTE] = "unmute",
                                                     [REFUSE] = "refuse",
                                                     [GRANT] = "grant",
                                                     [UNPLUG] = "unplug",
                                                     [REPLUG] = "replug"};

        for (enum who who = A; who < CONNECTIONS; who++)
                fprintf(stderr, "%c mode %u lost %d removed %d reset %d depth %u; ", who == A ? 'A' : 'B',
                        m->c[who].mode, m->c[who].lost, m->c[who].removed, m->c[who].reset, m->c[who].depth);
        fprintf(stderr,
                "plug %d in %d mute %d refuses %d powered %d spoilt %d offered %u protocol %u\n"
                "%c: %s mode %u disposition %u protocols %u\n",
                (int)m->plug, m->in, m->mute, m->refuses, m->powered, m->spoilt, m->offered, m->protocol,
                call->who == A ? 'A' : 'B', actions[call->action], call->mode, call->disposition,
                call->protocols);
}

static void explain(const struct model *m, const struct call *call, const struct outcome *wanted,
                    const struct outcome *got)
{
        if (unequal > EXPLAIN_MAX)
                return;
        explain_call(m, call);
        explain_outcome("model ", wanted);
        explain_outcome("engine", got);
}

/* The last step, for the one that never ends: the engine waits where the model does not. */
static struct model last_state;
static struct call last_call;

static void too_long(int signal)
{
        (void)signal;
        fprintf(stderr, "no end to it:\n");
        explain_call(&last_state, &last_call);
        _exit(1);
}

static bool outcomes_equal(const struct outcome *wanted, const struct outcome *got, bool counted)
{
        if (wanted->code != got->code || wanted->protocol != got->protocol || wanted->spoken != got->spoken)
                return false;
        if (counted && (wanted->power_ons != got->power_ons || wanted->power_offs != got->power_offs ||
                        wanted->ejects != got->ejects || wanted->commands != got->commands ||
                        wanted->entries != got->entries || wanted->escapes != got->escapes ||
                        wanted->settled != got->settled))
                return false;
        return wanted->code != SCARD_S_SUCCESS || (wanted->state == got->state && wanted->mode == got->mode);
}

static struct outcome call_cancelled(const struct call *call)
{
        struct patient patient;

        patient_start(&patient, call);
        return patient_cancel(&patient);
}

/* The same call to both; true: equal outcomes. */
static bool step(struct model *m, const struct call *call)
{
        const struct model from = *m;
        struct outcome wanted = model_call(m, call);
        last_state = from;
        last_call = *call;
        bool counted = driven_counts() && from.plug != UNPLUGGED && !wanted.waits && call->action < INSERT;
        struct outcome got = wanted.waits ? call_cancelled(call) : driven_call(call);

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

/* Everything that can be seen of the state, and what it takes to see it: at first a command, before anybody has
 * looked at what the world did. */
static bool probe(struct model *m)
{
        bool equal = step_of(m, TRANSMIT, A, 0, 0);

        for (enum who who = A; who < CONNECTIONS; who++)
                equal = step_of(m, STATUS, who, 0, 0) && step_of(m, TRANSMIT, who, 0, 0) && equal;
        for (enum who who = A; who < CONNECTIONS; who++) {
                for (unsigned i = 0; i <= m->kind->nested; i++)
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

        driven_begin(nodes[node].model.kind, telling);
        if (replay(node, &m)) {
                const struct model from = m;

                patient_start(&patient, call);
                a_moment();
                (void)model_call(&m, call); /* a handle may move to a reader that came back, and wait there */
                driven_count_no_more();
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
                        driven_count_no_more();
                        (void)probe(&m);
                }
        }
        driven_end();
}

/* ---- the walks */

/* A reader that has to be asked does not know of a card without power whether it is the same. */
static bool is_walked(const struct model *m, const struct call *call)
{
        return model_allows(m, call) && (telling || (call->action != SWAP && call->action != UNPLUG));
}

static void walks_begin(const struct model_kind *kind, bool tells)
{
        telling = tells;
        driven_prepare();
        unequal = 0;
        node_count = 0;
        make_calls(kind);
}

/* Who connects keeps the reader from being given back. The walk with accidents is the one about waits: in the others
 * it is those that the protocol makes a difference to, after a reset and without. */
static bool is_walked_end(const struct model *m, const struct call *call, enum ending ending)
{
        bool connects = call->action == CONNECT;

        if (!m->kind->accidents)
                return (connects || call->action == RECONNECT) && (ending == BY_END || ending == BY_RESET);
        return !connects || (ending != BY_DISCONNECT && ending != BY_RELEASE);
}

/* The call is made, waits, and gets its end in each way there is. */
static unsigned wait_to_each_end(unsigned node, const struct call *call)
{
        unsigned ends = 0;

        for (enum ending ending = BY_END; ending < ENDINGS; ending++) {
                if (!is_walked_end(&nodes[node].model, call, ending))
                        continue;
                wait_to_the_end(node, call, ending);
                ends++;
        }
        return ends;
}

struct walked {
        unsigned pairs, waiting, endings;
};

static void walk_node(unsigned node, struct walked *walked)
{
        for (unsigned i = 0; i < call_count; i++) {
                struct model m, wanted = nodes[node].model;

                if (!is_walked(&wanted, &calls[i]))
                        continue;
                bool waits = model_call(&wanted, &calls[i]).waits;

                driven_begin(wanted.kind, telling);
                if (replay(node, &m) && step(&m, &calls[i]))
                        (void)probe(&m);
                driven_end();
                remember(&wanted, node, &calls[i]);
                walked->pairs++;
                walked->waiting += waits;
                /* a reader that came back is no other one in this */
                if (waits && telling && nodes[node].model.plug == PLUGGED)
                        walked->endings += wait_to_each_end(node, &calls[i]);
        }
}

static struct walked walk(const struct model_kind *kind, bool tells)
{
        struct model m = model_begin(kind);
        struct walked walked = {0};

        walks_begin(kind, tells);
        remember(&m, 0, &calls[0]);
        for (unsigned node = 0; node < node_count && unequal < EXPLAIN_MAX; node++)
                walk_node(node, &walked);
        printf("%u states, %u pairs of state and call (%u that wait, %u ends of waits), %u unequal\n",
               node_count, walked.pairs, walked.waiting, walked.endings, unequal);
        assert_int_equal(unequal, 0);
        return walked;
}

static const struct model_kind one_protocol = {.card = SCARD_PROTOCOL_T1, .accidents = true, .nested = 2};

static void every_call_in_every_state_is_as_the_model_says(void **state)
{
        (void)state;
        struct walked walked = walk(&one_protocol, true);

        assert_true(node_count > 1000 && walked.pairs > 50000 && walked.waiting > 1000);
}

static void a_reader_that_has_to_be_asked_is_as_the_model_says(void **state)
{
        (void)state;
        struct walked walked = walk(&one_protocol, false);

        assert_true(node_count > 300 && walked.pairs > 10000);
}

static void a_card_of_two_protocols_is_as_the_model_says(void **state)
{
        static const struct model_kind kind = {
            .card = BOTH, .begins = SCARD_PROTOCOL_T0, .refusals = true, .nested = 1};

        (void)state;
        struct walked walked = walk(&kind, true);

        assert_true(node_count > 100 && walked.pairs > 10000);
}

static void a_reader_that_begins_with_the_second_and_ejects_is_as_the_model_says(void **state)
{
        static const struct model_kind kind = {
            .card = BOTH, .begins = SCARD_PROTOCOL_T1, .ejects = true, .nested = 1};

        (void)state;
        struct walked walked = walk(&kind, true);

        assert_true(node_count > 100 && walked.pairs > 10000);
}

static void a_reader_that_cannot_switch_is_as_the_model_says(void **state)
{
        static const struct model_kind kind = {
            .card = BOTH, .begins = SCARD_PROTOCOL_T0, .fixed = true, .nested = 1};

        (void)state;
        struct walked walked = walk(&kind, true);

        assert_true(node_count > 100 && walked.pairs > 10000);
}

/* The same by chance and at length: what a state has behind it makes no difference. */
static void walk_long(const struct model_kind *kind)
{
        enum { WALKS = 60, STEPS = 400 };
        unsigned seed = 20, steps = 0;

        walks_begin(kind, true);
        for (unsigned n = 0; n < WALKS && unequal == 0; n++) {
                struct model m = model_begin(kind);

                driven_begin(kind, true);
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
                driven_end();
        }
        printf("%u steps of long walks\n", steps);
        assert_int_equal(unequal, 0);
}

static void a_long_walk_never_parts_from_the_model(void **state)
{
        static const struct model_kind two_protocols = {
            .card = BOTH, .begins = SCARD_PROTOCOL_T0, .accidents = true, .refusals = true, .nested = 2};

        (void)state;
        walk_long(&one_protocol);
        walk_long(&two_protocols);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(every_call_in_every_state_is_as_the_model_says),
            cmocka_unit_test(a_reader_that_has_to_be_asked_is_as_the_model_says),
            cmocka_unit_test(a_card_of_two_protocols_is_as_the_model_says),
            cmocka_unit_test(a_reader_that_begins_with_the_second_and_ejects_is_as_the_model_says),
            cmocka_unit_test(a_reader_that_cannot_switch_is_as_the_model_says),
            cmocka_unit_test(a_long_walk_never_parts_from_the_model),
        };

        (void)signal(SIGALRM, too_long);
        alarm(400);
        return cmocka_run_group_tests(tests, NULL, NULL);
}
