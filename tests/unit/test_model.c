/*
 * The engine against a model of it: two connections to one reader, in every state that calls, cards and plugs
 * can bring about, and in each of them every call. The model is written from the rules of sharing, conditions
 * and transactions (winscard.h), not from the engine: small functions on a small state. A call that would wait
 * for another's transaction is made in a thread and cancelled.
 */
#include <stdatomic.h>
#include <stdio.h>

#include "core/registry.h"
#include "tests/support/engine.h"

/* ---- the model: its state */

enum who { A, B, CONNECTIONS, NOBODY = CONNECTIONS };

struct model_connection {
        DWORD mode;   /* SCARD_SHARE_; 0: not connected */
        bool removed; /* since the last acknowledgement the card was pulled out */
        bool reset;   /* or reset, powered off, put in */
};

struct model {
        struct model_connection c[CONNECTIONS];
        bool plugged, in, mute, powered, negotiated;
        enum who owner; /* of the transaction */
        unsigned depth;
};

/* What to do, and with what. */
enum action {
        CONNECT,
        RECONNECT,
        DISCONNECT,
        BEGIN,
        END,
        TRANSMIT,
        STATUS,
        INSERT,
        REMOVE,
        MUTE,
        UNMUTE,
        UNPLUG
};

struct call {
        enum action action;
        enum who who;
        DWORD mode, disposition;
};

/* What it comes to: a code, or that it waits; with STATUS the state as well. */
struct outcome {
        bool waits;
        LONG code;
        DWORD state;
};

#define DEPTH_MAX 2

static struct outcome code(LONG value)
{
        return (struct outcome){.code = value};
}

static struct outcome waits(void)
{
        return (struct outcome){.waits = true, .code = SCARD_E_CANCELLED};
}

/* ---- the model: its rules */

static enum who other(enum who who)
{
        return who == A ? B : A;
}

static bool connected(const struct model *m, enum who who)
{
        return m->c[who].mode != 0;
}

static bool must_wait(const struct model *m, enum who who)
{
        return m->owner == other(who);
}

/* Removal outranks the others. A DIRECT handle is about the reader. */
static LONG condition(const struct model *m, enum who who)
{
        if (m->c[who].mode == SCARD_SHARE_DIRECT)
                return SCARD_S_SUCCESS;
        if (m->c[who].removed)
                return SCARD_W_REMOVED_CARD;
        if (m->c[who].reset)
                return m->powered ? SCARD_W_RESET_CARD : SCARD_W_UNPOWERED_CARD;
        return SCARD_S_SUCCESS;
}

static bool may_share(const struct model *m, enum who who, DWORD mode)
{
        DWORD theirs = m->c[other(who)].mode;

        return theirs == 0 || (theirs == SCARD_SHARE_SHARED && mode == SCARD_SHARE_SHARED);
}

static void all_see_reset(struct model *m)
{
        m->c[A].reset = m->c[B].reset = true;
}

static void power_off(struct model *m)
{
        if (m->powered)
                all_see_reset(m);
        m->powered = m->negotiated = false;
}

static LONG power_on(struct model *m, bool negotiate)
{
        if (m->powered)
                all_see_reset(m);
        m->powered = !m->mute;
        m->negotiated = m->powered && negotiate;
        return m->mute ? SCARD_W_UNRESPONSIVE_CARD : SCARD_S_SUCCESS;
}

static LONG prepare(struct model *m)
{
        if (m->powered) {
                m->negotiated = true;
                return SCARD_S_SUCCESS;
        }
        return power_on(m, true);
}

static LONG dispose(struct model *m, enum who who, DWORD disposition)
{
        if (disposition == SCARD_LEAVE_CARD || !m->powered || m->c[who].removed)
                return SCARD_S_SUCCESS;
        if (disposition == SCARD_RESET_CARD)
                return power_on(m, m->negotiated);
        power_off(m);
        return SCARD_S_SUCCESS;
}

static void acknowledge(struct model *m, enum who who)
{
        m->c[who].removed = m->c[who].reset = false;
}

static struct outcome model_connect(struct model *m, enum who who, DWORD mode)
{
        LONG status = SCARD_S_SUCCESS;

        if (!m->plugged)
                return code(SCARD_E_UNKNOWN_READER);
        if (!may_share(m, who, mode))
                return code(SCARD_E_SHARING_VIOLATION);
        if (mode != SCARD_SHARE_DIRECT) {
                bool touches = !m->powered || !m->negotiated;

                if (touches && must_wait(m, who))
                        return waits();
                if (!m->in)
                        return code(SCARD_E_NO_SMARTCARD);
                status = prepare(m);
        }
        if (status != SCARD_S_SUCCESS)
                return code(status);
        acknowledge(m, who);
        m->c[who].mode = mode;
        return code(SCARD_S_SUCCESS);
}

static struct outcome model_reconnect(struct model *m, enum who who, DWORD mode, DWORD initialization)
{
        bool direct = mode == SCARD_SHARE_DIRECT;
        LONG status = SCARD_S_SUCCESS;

        if (!m->plugged)
                return code(SCARD_E_READER_UNAVAILABLE);
        if (must_wait(m, who))
                return waits();
        if (!may_share(m, who, mode))
                return code(SCARD_E_SHARING_VIOLATION);
        if (!direct || initialization != SCARD_LEAVE_CARD) {
                if (!m->in)
                        return code(SCARD_E_NO_SMARTCARD);
                if (initialization == SCARD_LEAVE_CARD) {
                        status = prepare(m);
                } else {
                        if (initialization == SCARD_UNPOWER_CARD)
                                power_off(m);
                        status = power_on(m, !direct);
                }
        }
        if (status != SCARD_S_SUCCESS)
                return code(status);
        acknowledge(m, who);
        m->c[who].mode = mode;
        if (m->owner == who) {
                m->owner = NOBODY;
                m->depth = 0;
        }
        return code(SCARD_S_SUCCESS);
}

static struct outcome model_disconnect(struct model *m, enum who who, DWORD disposition)
{
        if (m->plugged && disposition != SCARD_LEAVE_CARD && must_wait(m, who))
                return waits();
        if (m->plugged)
                (void)dispose(m, who, disposition);
        m->c[who] = (struct model_connection){0};
        if (m->owner == who) {
                m->owner = NOBODY;
                m->depth = 0;
        }
        /* The last one gives the reader back, and leaves no card powered. */
        if (!connected(m, other(who)))
                m->powered = m->negotiated = false;
        return code(SCARD_S_SUCCESS);
}

/* What Transmit and BeginTransaction meet first. */
static bool model_stopped(const struct model *m, enum who who, struct outcome *outcome)
{
        LONG pending = condition(m, who);

        if (!m->plugged)
                *outcome = code(SCARD_E_READER_UNAVAILABLE);
        else if (pending != SCARD_S_SUCCESS)
                *outcome = code(pending);
        else if (must_wait(m, who))
                *outcome = waits();
        else
                return false;
        return true;
}

static struct outcome model_begin(struct model *m, enum who who)
{
        struct outcome outcome;

        if (model_stopped(m, who, &outcome))
                return outcome;
        m->owner = who;
        m->depth++;
        return code(SCARD_S_SUCCESS);
}

static struct outcome model_transmit(const struct model *m, enum who who)
{
        struct outcome outcome;

        if (model_stopped(m, who, &outcome))
                return outcome;
        return code(m->c[who].mode == SCARD_SHARE_DIRECT ? SCARD_E_PROTO_MISMATCH : SCARD_S_SUCCESS);
}

static struct outcome model_end(struct model *m, enum who who, DWORD disposition)
{
        LONG status = SCARD_S_SUCCESS;

        if (m->owner != who)
                return code(SCARD_E_NOT_TRANSACTED);
        if (!m->plugged && disposition != SCARD_LEAVE_CARD)
                status = SCARD_E_READER_UNAVAILABLE;
        else if (m->plugged)
                status = dispose(m, who, disposition);
        if (--m->depth == 0)
                m->owner = NOBODY;
        return code(status);
}

static struct outcome model_status(const struct model *m)
{
        if (!m->plugged)
                return code(SCARD_E_READER_UNAVAILABLE);
        return (struct outcome){.code = SCARD_S_SUCCESS,
                                .state = !m->in          ? SCARD_ABSENT
                                         : !m->powered   ? SCARD_PRESENT
                                         : m->negotiated ? SCARD_SPECIFIC
                                                         : SCARD_NEGOTIABLE};
}

static struct outcome model_world(struct model *m, enum action action)
{
        switch (action) {
        case INSERT:
                m->in = true;
                all_see_reset(m);
                break;
        case REMOVE:
                m->in = m->powered = m->negotiated = false;
                m->c[A].removed = m->c[B].removed = true;
                break;
        case MUTE:
        case UNMUTE:
                m->mute = action == MUTE;
                break;
        default:
                m->plugged = m->powered = m->negotiated = false;
                break;
        }
        return code(SCARD_S_SUCCESS);
}

static struct outcome model_call(struct model *m, const struct call *call)
{
        switch (call->action) {
        case CONNECT:
                return model_connect(m, call->who, call->mode);
        case RECONNECT:
                return model_reconnect(m, call->who, call->mode, call->disposition);
        case DISCONNECT:
                return model_disconnect(m, call->who, call->disposition);
        case BEGIN:
                return model_begin(m, call->who);
        case END:
                return model_end(m, call->who, call->disposition);
        case TRANSMIT:
                return model_transmit(m, call->who);
        case STATUS:
                return model_status(m);
        default:
                return model_world(m, call->action);
        }
}

/* Whether the call can be made in the state at all, and leads to none beyond those that are walked. */
static bool model_allows(const struct model *m, const struct call *call)
{
        switch (call->action) {
        case CONNECT:
                return !connected(m, call->who);
        case INSERT:
                return m->plugged && !m->in;
        case REMOVE:
                return m->plugged && m->in;
        case MUTE:
                return m->plugged && m->in && !m->mute;
        case UNMUTE:
                return m->plugged && m->mute;
        case UNPLUG:
                return m->plugged;
        case BEGIN:
                return connected(m, call->who) && (m->owner != call->who || m->depth < DEPTH_MAX);
        default:
                return connected(m, call->who);
        }
}

/* What a connection that is not there has seen is nobody's business: so that equal states are equal. */
static void model_settle(struct model *m)
{
        for (enum who who = A; who < CONNECTIONS; who++) {
                if (!connected(m, who) || !m->plugged)
                        acknowledge(m, who);
        }
}

static bool model_equal(const struct model *a, const struct model *b)
{
        for (enum who who = A; who < CONNECTIONS; who++) {
                if (a->c[who].mode != b->c[who].mode || a->c[who].removed != b->c[who].removed ||
                    a->c[who].reset != b->c[who].reset)
                        return false;
        }
        return a->plugged == b->plugged && a->in == b->in && a->mute == b->mute && a->powered == b->powered &&
               a->negotiated == b->negotiated && a->owner == b->owner && a->depth == b->depth;
}

/* ---- the engine */

static struct fake_reader *const reader = &fake_readers[0];
static SCARDCONTEXT context;
static SCARDHANDLE handles[CONNECTIONS];

static void engine_begin(void)
{
        fake_reset();
        handles[A] = handles[B] = 0;
        context = engine_context();
}

static void engine_end(void)
{
        assert_status(SCardReleaseContext(context), SCARD_S_SUCCESS);
        assert_int_equal(fake_starts, fake_stops);
}

static struct outcome engine_status(SCARDHANDLE card)
{
        struct outcome outcome = {0};

        outcome.code = SCardStatusA(card, NULL, NULL, &outcome.state, NULL, NULL, NULL);
        return outcome;
}

static struct outcome engine_world(enum action action)
{
        DWORD len = 0;

        switch (action) {
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
        default:
                fake_unplug(reader);
                (void)SCardListReadersA(context, NULL, NULL, &len); /* so that it is known at once */
                break;
        }
        /* A card that moves twice between two looks is another matter, which other tests see to. */
        for (enum who who = A; who < CONNECTIONS; who++) {
                if (handles[who] != 0)
                        (void)engine_status(handles[who]);
        }
        return code(SCARD_S_SUCCESS);
}

static struct outcome engine_call(const struct call *call)
{
        SCARDHANDLE *card = &handles[call->who];
        LONG status;

        switch (call->action) {
        case CONNECT:
                return code(SCardConnectA(context, FAKE_NAME, call->mode, BOTH, card, NULL));
        case RECONNECT:
                return code(SCardReconnect(*card, call->mode, BOTH, call->disposition, NULL));
        case DISCONNECT:
                status = SCardDisconnect(*card, call->disposition);
                if (status == SCARD_S_SUCCESS)
                        *card = 0;
                return code(status);
        case BEGIN:
                return code(SCardBeginTransaction(*card));
        case END:
                return code(SCardEndTransaction(*card, call->disposition));
        case TRANSMIT:
                return code(engine_transmit(*card));
        case STATUS:
                return engine_status(*card);
        default:
                return engine_world(call->action);
        }
}

struct patient {
        const struct call *call;
        struct outcome outcome;
        atomic_bool done;
};

static void *patient_run(void *arg)
{
        struct patient *patient = arg;

        patient->outcome = engine_call(patient->call);
        atomic_store(&patient->done, true);
        return NULL;
}

/* One that is expected to wait: cancelled until it has noticed. */
static struct outcome engine_call_cancelled(const struct call *call)
{
        struct patient patient = {.call = call};
        const struct timespec step = {0, 100000L};
        pthread_t thread;

        assert_int_equal(pthread_create(&thread, NULL, patient_run, &patient), 0);
        while (!atomic_load(&patient.done)) {
                nanosleep(&step, NULL);
                SCardCancel(context);
        }
        pthread_join(thread, NULL);
        return patient.outcome;
}

/* ---- the walk */

#define STATES_MAX 4096
#define CALLS_MAX  64

/* A state and how it was reached first. */
struct node {
        struct model model;
        unsigned from; /* node 0: itself */
        struct call by;
};

static struct node nodes[STATES_MAX];
static unsigned node_count;
static struct call calls[CALLS_MAX];
static unsigned call_count;

static void add_call(enum action action, enum who who, DWORD mode, DWORD disposition)
{
        assert_true(call_count < CALLS_MAX);
        calls[call_count++] = (struct call){action, who, mode, disposition};
}

static void make_calls(void)
{
        for (enum who who = A; who < CONNECTIONS; who++) {
                for (DWORD mode = SCARD_SHARE_EXCLUSIVE; mode <= SCARD_SHARE_DIRECT; mode++) {
                        add_call(CONNECT, who, mode, 0);
                        for (DWORD how = SCARD_LEAVE_CARD; how <= SCARD_UNPOWER_CARD; how++)
                                add_call(RECONNECT, who, mode, how);
                }
                for (DWORD how = SCARD_LEAVE_CARD; how <= SCARD_UNPOWER_CARD; how++) {
                        add_call(DISCONNECT, who, 0, how);
                        add_call(END, who, 0, how);
                }
                add_call(BEGIN, who, 0, 0);
                add_call(TRANSMIT, who, 0, 0);
                add_call(STATUS, who, 0, 0);
        }
        for (enum action action = INSERT; action <= UNPLUG; action++)
                add_call(action, A, 0, 0);
}

static void explain(const struct model *m, const struct call *call, const struct outcome *wanted,
                    const struct outcome *got)
{
        static const char *const actions[] = {"connect", "reconnect", "disconnect", "begin",
                                              "end",     "transmit",  "status",     "insert",
                                              "remove",  "mute",      "unmute",     "unplug"};

        fprintf(
            stderr,
            "A mode %u removed %d reset %d; B mode %u removed %d reset %d; plugged %d in %d mute %d powered "
            "%d "
            "negotiated %d owner %d depth %u\n%c: %s mode %u disposition %u: model %08X state %u waits %d, "
            "engine %08X state %u\n",
            m->c[A].mode, m->c[A].removed, m->c[A].reset, m->c[B].mode, m->c[B].removed, m->c[B].reset,
            m->plugged, m->in, m->mute, m->powered, m->negotiated, (int)m->owner, m->depth,
            call->who == A ? 'A' : 'B', actions[call->action], call->mode, call->disposition,
            (unsigned)wanted->code, wanted->state, wanted->waits, (unsigned)got->code, got->state);
}

/* The same call to both; true: equal outcomes. */
static bool step(struct model *m, const struct call *call)
{
        const struct model before = *m;
        struct outcome wanted = model_call(m, call);
        struct outcome got = wanted.waits ? engine_call_cancelled(call) : engine_call(call);

        model_settle(m);
        if (wanted.code == got.code && (wanted.code != SCARD_S_SUCCESS || wanted.state == got.state))
                return true;
        explain(&before, call, &wanted, &got);
        return false;
}

static void replay(unsigned node, struct model *m)
{
        if (node == 0) {
                *m = nodes[0].model;
                return;
        }
        replay(nodes[node].from, m);
        assert_true(step(m, &nodes[node].by));
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

static void every_call_in_every_state_is_as_the_model_says(void **state)
{
        unsigned pairs = 0, waiting = 0, unequal = 0;
        struct model m = {.plugged = true, .in = true, .owner = NOBODY};

        (void)state;
        make_calls();
        remember(&m, 0, &calls[0]);
        for (unsigned node = 0; node < node_count; node++) {
                for (unsigned i = 0; i < call_count; i++) {
                        struct model wanted = nodes[node].model;

                        if (!model_allows(&wanted, &calls[i]))
                                continue;
                        engine_begin();
                        replay(node, &m);
                        waiting += model_call(&wanted, &calls[i]).waits;
                        unequal += !step(&m, &calls[i]);
                        pairs++;
                        engine_end();
                        remember(&m, node, &calls[i]);
                }
        }
        printf("model: %u states, %u pairs of state and call (%u that wait), %u unequal\n", node_count, pairs,
               waiting, unequal);
        assert_int_equal(unequal, 0);
        assert_true(node_count > 100 && pairs > 3000 && waiting > 100);
}

/* The same by chance and at length: what a state has behind it makes no difference. */
static void a_long_walk_never_parts_from_the_model(void **state)
{
        enum { WALKS = 60, STEPS = 400 };
        unsigned seed = 20, steps = 0;

        (void)state;
        for (unsigned walk = 0; walk < WALKS; walk++) {
                struct model m = {.plugged = true, .in = true, .owner = NOBODY};

                engine_begin();
                for (unsigned i = 0; i < STEPS && m.plugged; i++) {
                        const struct call *call = &calls[(unsigned)rand_r(&seed) % call_count];
                        struct model after = m;

                        if (!model_allows(&m, call) || (call->action == UNPLUG && i < STEPS - 20) ||
                            (model_call(&after, call).waits && rand_r(&seed) % 16 != 0))
                                continue;
                        assert_true(step(&m, call));
                        steps++;
                }
                engine_end();
        }
        printf("model: %u steps of long walks\n", steps);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(every_call_in_every_state_is_as_the_model_says),
            cmocka_unit_test(a_long_walk_never_parts_from_the_model),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
