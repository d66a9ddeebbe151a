#include "tests/support/engine_model.h"

/* A state while a call is under way, with what it has done to the card so far. */
struct work {
        struct model *m;
        struct outcome outcome;
};

enum who model_other(enum who who)
{
        return who == A ? B : A;
}

static bool connected(const struct model *m, enum who who)
{
        return m->c[who].mode != 0;
}

/* Both have the reader that there is, or had the one that is gone. */
static bool together(const struct model *m, enum who who)
{
        return connected(m, model_other(who)) && m->c[model_other(who)].lost == m->c[who].lost;
}

static bool must_wait(const struct model *m, enum who who)
{
        return together(m, who) && m->c[model_other(who)].depth > 0;
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

/* For one who has, or will have, the reader that there is. */
static bool may_share(const struct model *m, enum who who, DWORD mode)
{
        const struct model_connection *other = &m->c[model_other(who)];

        return other->mode == 0 || other->lost ||
               (other->mode == SCARD_SHARE_SHARED && mode == SCARD_SHARE_SHARED);
}

static void all_see_reset(struct model *m)
{
        for (enum who who = A; who < CONNECTIONS; who++)
                m->c[who].reset = true;
}

static void lose_power(struct model *m)
{
        m->powered = m->spoilt = false;
        m->protocol = 0;
}

static void power_off(struct work *w)
{
        if (!w->m->powered)
                return;
        all_see_reset(w->m);
        lose_power(w->m);
        w->outcome.power_offs++;
}

/* What a card talks that was just reset. */
static DWORD begins(const struct model *m)
{
        return m->offered == MODEL_BOTH ? m->kind->begins : m->offered;
}

/* Which of protocols it can be brought to; what needs no switch comes first. */
static DWORD choice(const struct model *m, DWORD protocols)
{
        if (m->kind->fixed || (begins(m) & protocols) != 0)
                return begins(m) & protocols;
        return m->offered & protocols;
}

static LONG negotiate(struct work *w, DWORD protocols)
{
        struct model *m = w->m;

        m->protocol = choice(m, protocols);
        if (m->protocol == 0)
                return SCARD_E_PROTO_MISMATCH;
        w->outcome.settled = w->outcome.settled || (m->offered == MODEL_BOTH && !m->kind->fixed);
        m->spoilt = m->refuses && m->protocol != begins(m);
        if (!m->spoilt)
                return SCARD_S_SUCCESS;
        m->protocol = 0;
        return SCARD_F_COMM_ERROR;
}

/* Power or warm reset. protocols 0: none is negotiated. */
static LONG power_on(struct work *w, DWORD protocols)
{
        struct model *m = w->m;

        if (m->powered)
                all_see_reset(m);
        w->outcome.power_ons++;
        lose_power(m);
        m->powered = !m->mute;
        if (m->mute)
                return SCARD_W_UNRESPONSIVE_CARD;
        return protocols != 0 ? negotiate(w, protocols) : SCARD_S_SUCCESS;
}

/* A card that can be used as it is, is. */
static LONG prepare(struct work *w, DWORD protocols)
{
        if (!w->m->powered || w->m->spoilt)
                return power_on(w, protocols);
        if (w->m->protocol == 0)
                return negotiate(w, protocols);
        return (w->m->protocol & protocols) != 0 ? SCARD_S_SUCCESS : SCARD_E_PROTO_MISMATCH;
}

static void take_out(struct model *m)
{
        m->in = false;
        lose_power(m);
        m->c[A].removed = m->c[B].removed = true;
}

static LONG dispose(struct work *w, enum who who, DWORD disposition)
{
        struct model *m = w->m;

        if (disposition == SCARD_LEAVE_CARD || m->c[who].removed)
                return SCARD_S_SUCCESS;
        if (disposition == SCARD_RESET_CARD)
                return m->powered ? power_on(w, m->protocol) : SCARD_S_SUCCESS; /* the one it had */
        power_off(w);
        if (disposition == SCARD_EJECT_CARD && m->kind->ejects && m->in) {
                take_out(m);
                w->outcome.ejects++;
        }
        return SCARD_S_SUCCESS;
}

static void acknowledge(struct model *m, enum who who)
{
        m->c[who].removed = m->c[who].reset = false;
}

/* The last one gives the reader back, and leaves no card powered. */
static void leave(struct work *w, enum who who)
{
        const struct model_connection *other = &w->m->c[model_other(who)];
        bool last = !w->m->c[who].lost && (other->mode == 0 || other->lost);

        w->m->c[who] = (struct model_connection){0};
        if (last)
                power_off(w);
}

/* A DIRECT handle has none. */
static void tell_protocol(struct work *w, enum who who)
{
        if (w->m->c[who].mode != SCARD_SHARE_DIRECT)
                w->outcome.protocol = w->m->protocol;
}

static bool makes_sense(const struct call *call)
{
        return call->mode == SCARD_SHARE_DIRECT || (call->protocols & MODEL_BOTH) != 0;
}

static LONG do_connect(struct work *w, const struct call *call)
{
        struct model *m = w->m;
        enum who who = call->who;
        LONG status = SCARD_S_SUCCESS;

        if (!makes_sense(call))
                return SCARD_E_INVALID_VALUE;
        if (m->plug == UNPLUGGED)
                return SCARD_E_UNKNOWN_READER;
        if (!may_share(m, who, call->mode))
                return SCARD_E_SHARING_VIOLATION;
        if (call->mode != SCARD_SHARE_DIRECT) {
                if (m->protocol != 0) {
                        status = prepare(w, call->protocols);
                } else {
                        w->outcome.waits = must_wait(m, who);
                        if (w->outcome.waits)
                                return SCARD_E_CANCELLED;
                        status = m->in ? prepare(w, call->protocols) : SCARD_E_NO_SMARTCARD;
                }
        }
        if (status != SCARD_S_SUCCESS) {
                leave(w, who);
                return status;
        }
        acknowledge(m, who);
        m->c[who].mode = call->mode;
        tell_protocol(w, who);
        return SCARD_S_SUCCESS;
}

/* To the reader that came back; with the old mode, or if others do not let it, with the new one. */
static LONG move(struct model *m, enum who who, DWORD mode)
{
        struct model_connection *c = &m->c[who];
        DWORD kept = may_share(m, who, c->mode) ? c->mode : mode;

        c->depth = 0;
        if (!may_share(m, who, kept))
                return SCARD_E_SHARING_VIOLATION;
        *c = (struct model_connection){.mode = kept, .removed = true};
        return SCARD_S_SUCCESS;
}

static LONG reconnect_card(struct work *w, const struct call *call)
{
        struct model *m = w->m;
        bool direct = call->mode == SCARD_SHARE_DIRECT;

        if (direct && call->disposition == SCARD_LEAVE_CARD)
                return SCARD_S_SUCCESS;
        if (!m->in)
                return SCARD_E_NO_SMARTCARD;
        if (call->disposition == SCARD_LEAVE_CARD)
                return prepare(w, call->protocols);
        if (m->powered && !direct && choice(m, call->protocols) == 0)
                return SCARD_E_PROTO_MISMATCH;
        if (call->disposition == SCARD_UNPOWER_CARD)
                power_off(w);
        return power_on(w, direct ? 0 : call->protocols);
}

static LONG do_reconnect(struct work *w, const struct call *call)
{
        struct model *m = w->m;
        enum who who = call->who;
        LONG status = SCARD_S_SUCCESS;

        if (!makes_sense(call))
                return SCARD_E_INVALID_VALUE;
        if (m->plug == UNPLUGGED)
                return SCARD_E_READER_UNAVAILABLE;
        if (m->c[who].lost)
                status = move(m, who, call->mode);
        if (status != SCARD_S_SUCCESS)
                return status;
        w->outcome.waits = must_wait(m, who);
        if (w->outcome.waits)
                return SCARD_E_CANCELLED;
        if (!may_share(m, who, call->mode))
                return SCARD_E_SHARING_VIOLATION;
        status = reconnect_card(w, call);
        if (status != SCARD_S_SUCCESS)
                return status;
        acknowledge(m, who);
        m->c[who].mode = call->mode;
        m->c[who].depth = 0;
        tell_protocol(w, who);
        return SCARD_S_SUCCESS;
}

static LONG do_disconnect(struct work *w, const struct call *call)
{
        bool lost = w->m->c[call->who].lost;

        w->outcome.waits = !lost && call->disposition != SCARD_LEAVE_CARD && must_wait(w->m, call->who);
        if (w->outcome.waits)
                return SCARD_E_CANCELLED;
        if (!lost)
                (void)dispose(w, call->who, call->disposition);
        leave(w, call->who);
        return SCARD_S_SUCCESS;
}

/* Waits for nobody: what is inside a transaction ends with RESET. */
static LONG do_release(struct work *w, enum who who)
{
        if (!connected(w->m, who))
                return SCARD_S_SUCCESS;
        if (!w->m->c[who].lost && w->m->c[who].depth > 0)
                (void)dispose(w, who, SCARD_RESET_CARD);
        leave(w, who);
        return SCARD_S_SUCCESS;
}

/* What Transmit, BeginTransaction and Control meet first. */
static LONG obstacle(struct work *w, enum who who)
{
        LONG pending = condition(w->m, who);

        if (w->m->c[who].lost)
                return SCARD_E_READER_UNAVAILABLE;
        if (pending != SCARD_S_SUCCESS)
                return pending;
        w->outcome.waits = must_wait(w->m, who);
        return w->outcome.waits ? SCARD_E_CANCELLED : SCARD_S_SUCCESS;
}

static LONG do_begin(struct work *w, enum who who)
{
        LONG status = obstacle(w, who);

        if (status == SCARD_S_SUCCESS)
                w->m->c[who].depth++;
        return status;
}

static LONG do_transmit(struct work *w, const struct call *call)
{
        LONG status = obstacle(w, call->who);

        if (status != SCARD_S_SUCCESS)
                return status;
        if (w->m->c[call->who].mode == SCARD_SHARE_DIRECT ||
            (model_names_one(call->protocols) && call->protocols != w->m->protocol))
                return SCARD_E_PROTO_MISMATCH;
        w->outcome.commands++;
        w->outcome.spoken = w->m->protocol;
        tell_protocol(w, call->who);
        return SCARD_S_SUCCESS;
}

/* Waits for nobody. */
static LONG do_question(const struct model *m, enum who who)
{
        return m->c[who].lost ? SCARD_E_READER_UNAVAILABLE : condition(m, who);
}

/* There has to be a card that it can be shown to, with a protocol. */
static LONG do_entry(struct work *w, enum who who)
{
        LONG status = obstacle(w, who);

        if (status == SCARD_S_SUCCESS && w->m->protocol == 0)
                status = w->m->powered ? SCARD_E_PROTO_MISMATCH : SCARD_W_UNPOWERED_CARD;
        if (status == SCARD_S_SUCCESS)
                w->outcome.entries++;
        return status;
}

static LONG do_escape(struct work *w, enum who who)
{
        LONG status = obstacle(w, who);

        if (status == SCARD_S_SUCCESS)
                w->outcome.escapes++;
        return status;
}

static LONG do_end(struct work *w, const struct call *call)
{
        struct model_connection *c = &w->m->c[call->who];
        LONG status = SCARD_S_SUCCESS;

        if (c->depth == 0)
                return SCARD_E_NOT_TRANSACTED;
        if (!c->lost)
                status = dispose(w, call->who, call->disposition);
        else if (call->disposition != SCARD_LEAVE_CARD)
                status = SCARD_E_READER_UNAVAILABLE;
        c->depth--;
        return status;
}

static LONG do_abandon(struct model *m, enum who who)
{
        if (m->c[who].depth == 0)
                return SCARD_E_NOT_TRANSACTED;
        m->c[who].depth = 0;
        return SCARD_S_SUCCESS;
}

static LONG do_status(struct work *w, enum who who)
{
        const struct model *m = w->m;

        if (m->c[who].lost)
                return SCARD_E_READER_UNAVAILABLE;
        w->outcome.state = !m->in             ? SCARD_ABSENT
                           : !m->powered      ? SCARD_PRESENT
                           : m->protocol != 0 ? SCARD_SPECIFIC
                                              : SCARD_NEGOTIABLE;
        w->outcome.mode = m->c[who].mode;
        tell_protocol(w, who);
        return SCARD_S_SUCCESS;
}

/* The reader goes, or comes back with a card that nobody has powered. */
static void do_plug(struct model *m, enum plug plug)
{
        m->plug = plug;
        m->in = true;
        m->offered = m->kind->card;
        m->mute = m->refuses = false;
        lose_power(m);
        if (plug != UNPLUGGED)
                return;
        for (enum who who = A; who < CONNECTIONS; who++)
                m->c[who].lost = connected(m, who);
}

static LONG do_world(struct model *m, enum action action)
{
        switch (action) {
        case INSERT:
        case INSERT_OTHER:
                m->in = true;
                m->offered = action == INSERT ? m->kind->card : SCARD_PROTOCOL_T1;
                all_see_reset(m);
                break;
        case REMOVE:
        case SWAP:
                take_out(m);
                m->in = action == SWAP;
                break;
        case MUTE:
        case UNMUTE:
                m->mute = action == MUTE;
                break;
        case REFUSE:
        case GRANT:
                m->refuses = action == REFUSE;
                break;
        default:
                do_plug(m, action == UNPLUG ? UNPLUGGED : PLUGGED_AGAIN);
                break;
        }
        return SCARD_S_SUCCESS;
}

static LONG do_call(struct work *w, const struct call *call)
{
        switch (call->action) {
        case CONNECT:
                return do_connect(w, call);
        case RECONNECT:
                return do_reconnect(w, call);
        case DISCONNECT:
                return do_disconnect(w, call);
        case BEGIN:
                return do_begin(w, call->who);
        case END:
                return do_end(w, call);
        case ABANDON:
                return do_abandon(w->m, call->who);
        case TRANSMIT:
                return do_transmit(w, call);
        case QUESTION:
                return do_question(w->m, call->who);
        case ENTRY:
                return do_entry(w, call->who);
        case ESCAPE:
                return do_escape(w, call->who);
        case STATUS:
                return do_status(w, call->who);
        case RELEASE:
                return do_release(w, call->who);
        default:
                return do_world(w->m, call->action);
        }
}

struct outcome model_call(struct model *m, const struct call *call)
{
        struct work w = {.m = m};

        w.outcome.code = do_call(&w, call);
        /* What a handle has seen that is not there, or of a reader that is not, is nobody's business. */
        for (enum who who = A; who < CONNECTIONS; who++) {
                if (!connected(m, who) || m->c[who].lost)
                        acknowledge(m, who);
                /* A card that was out is no longer told to have been reset. */
                if (m->c[who].removed)
                        m->c[who].reset = false;
        }
        if (!m->in)
                m->offered = m->kind->card;
        return w.outcome;
}

/* A reader that came back is like any other: its cards are not mute, and its transactions not nested. */
bool model_allows(const struct model *m, const struct call *call)
{
        bool plugged = m->plug != UNPLUGGED;
        unsigned depth_max = m->plug == PLUGGED ? m->kind->nested : 1;

        switch (call->action) {
        case CONNECT:
                return !connected(m, call->who);
        case RELEASE:
                return true;
        case INSERT:
                return plugged && !m->in;
        case INSERT_OTHER:
                return plugged && !m->in && m->kind->card == MODEL_BOTH;
        case REMOVE:
        case SWAP:
                return plugged && m->in;
        case MUTE:
                return m->kind->accidents && m->plug == PLUGGED && m->in && !m->mute;
        case UNMUTE:
                return plugged && m->mute;
        case REFUSE:
                return m->kind->refusals && plugged && !m->refuses;
        case GRANT:
                return m->refuses;
        case UNPLUG:
                return m->kind->accidents && m->plug == PLUGGED;
        case REPLUG:
                return m->plug == UNPLUGGED;
        case BEGIN:
                return connected(m, call->who) && m->c[call->who].depth < depth_max;
        default:
                return connected(m, call->who);
        }
}

bool model_equal(const struct model *a, const struct model *b)
{
        for (enum who who = A; who < CONNECTIONS; who++) {
                const struct model_connection *x = &a->c[who], *y = &b->c[who];

                if (x->mode != y->mode || x->lost != y->lost || x->removed != y->removed ||
                    x->reset != y->reset || x->depth != y->depth)
                        return false;
        }
        return a->plug == b->plug && a->in == b->in && a->mute == b->mute && a->refuses == b->refuses &&
               a->powered == b->powered && a->spoilt == b->spoilt && a->offered == b->offered &&
               a->protocol == b->protocol;
}
