#include <stdlib.h>
#include <string.h>

#include "scarderr.h"
#include "winscard.h"

#include "core/context.h"
#include "core/events.h"
#include "core/handles.h"
#include "core/log.h"
#include "core/negotiation.h"
#include "core/registry.h"
#include "core/transaction.h"

#include "core/connection.h"

#define CONNECT_WAIT_MS 5000u /* Connect's patience with another's transaction */

static void connection_destroy(void *object)
{
        struct connection *conn = object;
        uintptr_t context = conn->context->handle;

        if (conn->claimed)
                registry_unclaim(conn->slot);
        registry_unref(conn->slot->device);
        pthread_rwlock_destroy(&conn->use);
        pthread_mutex_destroy(&conn->bind);
        free(conn);
        handle_release(context);
}

void connection_enter(struct connection *conn)
{
        pthread_rwlock_rdlock(&conn->use);
}

void connection_exit(struct connection *conn)
{
        pthread_rwlock_unlock(&conn->use);
}

/* "No card" is an error of the one who wants to connect, and a warning for one who is connected. */
static int32_t status_for_connect(int32_t status)
{
        return status == SCARD_W_REMOVED_CARD ? SCARD_E_NO_SMARTCARD : status;
}

/* ---- who shares with whom; the slot's lock is held */

/* Whether others may be connected beside one that is, or would be, in that mode. */
static bool connection_shares(const struct connection *conn, uint32_t mode)
{
        return mode == SCARD_SHARE_SHARED || (mode == SCARD_SHARE_DIRECT && conn->context->lite);
}

uint32_t connection_sharing(const struct slot *slot)
{
        uint32_t bits = 0;

        for (const struct connection *conn = slot->connections; conn != NULL; conn = conn->slot_next)
                bits = connection_shares(conn, conn->mode) ? SCARD_STATE_INUSE : SCARD_STATE_EXCLUSIVE;
        return bits;
}

static bool sharing_allows(const struct slot *slot, const struct connection *self, uint32_t mode)
{
        for (const struct connection *other = slot->connections; other != NULL; other = other->slot_next) {
                if (other != self &&
                    (!connection_shares(self, mode) || !connection_shares(other, other->mode)))
                        return false;
        }
        return true;
}

static int32_t connection_enlist(struct connection *conn, struct slot *slot, uint32_t mode)
{
        int32_t status = SCARD_S_SUCCESS;

        pthread_mutex_lock(&slot->lock);
        if (slot->gone)
                status = SCARD_E_READER_UNAVAILABLE;
        else if (!sharing_allows(slot, conn, mode))
                status = SCARD_E_SHARING_VIOLATION;
        if (status == SCARD_S_SUCCESS) {
                conn->mode = mode;
                if (conn->slot != slot) /* written only where nobody else reads it */
                        conn->slot = slot;
                conn->slot_next = slot->connections;
                slot->connections = conn;
                conn->ended = false;
                events_changed();
        }
        pthread_mutex_unlock(&slot->lock);
        return status;
}

/* The slot's lock is held. */
static void connection_delist(struct connection *conn, struct slot *slot)
{
        for (struct connection **link = &slot->connections; *link != NULL; link = &(*link)->slot_next) {
                if (*link == conn) {
                        *link = conn->slot_next;
                        events_changed();
                        break;
                }
        }
}

/* Out of the slot and of its context, with whatever it holds; waits of the connection end. */
static void connection_end(struct connection *conn)
{
        struct slot *slot = conn->slot;

        context_leave(conn->context, conn);
        pthread_mutex_lock(&slot->lock);
        conn->ended = true;
        connection_delist(conn, slot);
        transaction_forget(conn);
        pthread_mutex_unlock(&slot->lock);
}

/* From now on the connection has seen all that happened to the card. The lock is not held. */
static void connection_acknowledge(struct connection *conn)
{
        pthread_mutex_lock(&conn->slot->lock);
        conn->seen = conn->slot->epoch;
        pthread_mutex_unlock(&conn->slot->lock);
}

/* ---- SCardConnect */

/*
 * A card that is powered and negotiated is taken as it is, without waiting for anyone. *taken false: it has
 * to be touched.
 */
static int32_t connection_take(struct connection *conn, uint32_t preferred, uint32_t *protocol, bool *taken)
{
        struct slot *slot = conn->slot;

        *taken = false;
        pthread_mutex_lock(&slot->lock);
        int32_t status = slot_glance(slot);

        if (status == SCARD_S_SUCCESS && slot->powered && slot->protocol != 0 && !slot->restarted) {
                *taken = true;
                *protocol = slot->protocol;
                conn->seen = slot->epoch;
                if ((slot->protocol & preferred) == 0)
                        status = SCARD_E_PROTO_MISMATCH;
        }
        pthread_mutex_unlock(&slot->lock);
        return status;
}

/* Readers that do not tell of movements are asked, when that makes nobody wait. */
static int32_t connection_ask(struct connection *conn)
{
        if (!transaction_try(conn))
                return SCARD_S_SUCCESS;
        int32_t status = slot_look(conn->slot, true);

        transaction_leave(conn, status);
        return status;
}

static int32_t connection_touch(struct connection *conn, uint32_t preferred, uint32_t *protocol)
{
        struct slot *slot = conn->slot;
        int32_t status = transaction_enter(conn, CONNECT_WAIT_MS, false);

        if (status == SCARD_E_TIMEOUT)
                return SCARD_E_SHARING_VIOLATION;
        if (status != SCARD_S_SUCCESS)
                return status;
        status = slot_look(slot, false);
        /* What a reader without events said last may be old: powering the card will tell. */
        if (status == SCARD_S_SUCCESS && slot->card == IFD_CARD_ABSENT && slot_is_told(slot))
                status = SCARD_E_NO_SMARTCARD;
        if (status == SCARD_S_SUCCESS)
                status = slot_prepare(slot, preferred);
        if (status != SCARD_S_SUCCESS && slot_was_restarted(slot))
                status = slot_prepare(slot, preferred); /* the system slept in the middle of it */
        if (status == SCARD_S_SUCCESS) {
                *protocol = slot->protocol;
                connection_acknowledge(conn);
        }
        transaction_leave(conn, status);
        return status_for_connect(status);
}

static int32_t connection_to_card(struct connection *conn, uint32_t preferred, uint32_t *protocol)
{
        bool taken = false;
        int32_t status = exchange_level(&conn->slot->device->info, conn->slot->name);

        if (status == SCARD_S_SUCCESS)
                status = connection_take(conn, preferred, protocol, &taken);
        /* Also where its protocol is not wanted: the card may be another by now. */
        if (taken && !slot_is_told(conn->slot)) {
                status = connection_ask(conn);
                if (status == SCARD_S_SUCCESS)
                        status = connection_take(conn, preferred, protocol, &taken);
        }
        if (status != SCARD_S_SUCCESS || taken)
                return status;
        return connection_touch(conn, preferred, protocol);
}

static const char *claim_advice(int32_t status)
{
        switch (status) {
        case SCARD_E_NO_ACCESS:
                return "no rights on the device; the udev rule of this package gives them";
        case SCARD_E_SHARING_VIOLATION:
                return "another program holds the reader (pcscd, scdaemon or a kernel driver?)";
        default:
                return "the reader cannot be opened";
        }
}

static int32_t connection_claim(struct connection *conn)
{
        int32_t status = registry_claim(conn->slot);

        conn->claimed = status == SCARD_S_SUCCESS;
        if (!conn->claimed)
                log_line(LOG_WARN, "connection", "%s: %s", conn->slot->name, claim_advice(status));
        return status;
}

/* One who waits to move the connection to another slot comes before those who begin calls on it. */
static bool connection_init(struct connection *conn)
{
        pthread_rwlockattr_t attributes;

        if (pthread_rwlockattr_init(&attributes) != 0)
                return false;
        (void)pthread_rwlockattr_setkind_np(&attributes, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
        int failed = pthread_rwlock_init(&conn->use, &attributes);

        (void)pthread_rwlockattr_destroy(&attributes);
        pthread_mutex_init(&conn->bind, NULL);
        return failed == 0;
}

/* A connection that is not live yet, with one use held by the caller. */
static int32_t connection_new(struct context *context, const char *reader, uint32_t mode,
                              struct connection **made)
{
        struct slot *slot;
        int32_t status = registry_find(reader, &slot);

        *made = NULL;
        if (status != SCARD_S_SUCCESS)
                return status;
        struct connection *conn = calloc(1, sizeof(*conn));

        status = SCARD_E_NO_MEMORY;
        if (conn != NULL && connection_init(conn))
                status = handle_reserve(HANDLE_CARD, conn, connection_destroy, &conn->handle);
        if (status != SCARD_S_SUCCESS) {
                free(conn);
                registry_unref(slot->device);
                return status;
        }
        handle_hold(context->handle);
        conn->context = context;
        conn->slot = slot;
        conn->mode = mode;
        conn->ended = true;
        *made = conn;
        return SCARD_S_SUCCESS;
}

int32_t connection_open(struct context *context, const char *reader, uint32_t mode, uint32_t preferred,
                        uintptr_t *handle, uint32_t *protocol)
{
        struct connection *conn;
        uint32_t active = 0;
        int32_t status = connection_new(context, reader, mode, &conn);

        if (status != SCARD_S_SUCCESS)
                return status;
        status = context_join(context, conn);
        if (status == SCARD_S_SUCCESS)
                status = connection_enlist(conn, conn->slot, mode);
        if (status == SCARD_S_SUCCESS)
                status = connection_claim(conn);
        if (status == SCARD_S_SUCCESS && mode != SCARD_SHARE_DIRECT)
                status = connection_to_card(conn, preferred, &active);
        else if (status == SCARD_S_SUCCESS)
                connection_acknowledge(conn);
        if (status == SCARD_S_SUCCESS)
                status = context_publish(context, conn);
        if (status == SCARD_S_SUCCESS) {
                *handle = conn->handle;
                *protocol = active;
        } else {
                connection_end(conn);
        }
        handle_release(conn->handle);
        return status;
}

/* ---- SCardReconnect to a reader that went away and came back */

/* From the slot that is gone to the one of the same name, claimed and not shared against its holders' will. */
static int32_t connection_move(struct connection *conn, struct slot *to, uint32_t mode)
{
        struct slot *from = conn->slot;
        int32_t status = SCARD_E_CANCELLED;

        pthread_mutex_lock(&conn->bind);
        if (!conn->leaving) {
                /* What it held and waited for ends with the reader, whatever becomes of the move. */
                pthread_mutex_lock(&from->lock);
                status = conn->ended ? SCARD_E_INVALID_HANDLE : SCARD_S_SUCCESS;
                transaction_drop(conn);
                connection_delist(conn, from);
                pthread_mutex_unlock(&from->lock);
                /* In its old mode, which is not to change where the rest of the call fails; but an old one
                 * that others have made impossible meanwhile does not keep it from a new one. */
                if (status == SCARD_S_SUCCESS) {
                        status = connection_enlist(conn, to, conn->mode);
                        if (status == SCARD_E_SHARING_VIOLATION)
                                status = connection_enlist(conn, to, mode);
                }
                if (status == SCARD_S_SUCCESS) {
                        pthread_mutex_lock(&to->lock);
                        conn->seen = 0; /* that the card is gone has yet to be acknowledged */
                        pthread_mutex_unlock(&to->lock);
                }
        }
        pthread_mutex_unlock(&conn->bind);
        return status;
}

/* No other call is on the handle. Nothing to do where the reader is there. */
static int32_t connection_rebind(struct connection *conn, uint32_t mode)
{
        struct slot *from = conn->slot, *to;

        if (!from->gone)
                return SCARD_S_SUCCESS;
        int32_t status = registry_find(from->name, &to);

        if (status != SCARD_S_SUCCESS)
                return status == SCARD_E_UNKNOWN_READER ? SCARD_E_READER_UNAVAILABLE : status;
        status = registry_claim(to);
        if (status == SCARD_S_SUCCESS) {
                status = connection_move(conn, to, mode);
                if (status != SCARD_S_SUCCESS)
                        registry_unclaim(to);
        }
        if (status != SCARD_S_SUCCESS) {
                registry_unref(to->device);
                return status;
        }
        log_line(LOG_INFO, "connection", "%s: the handle goes on with the reader that came back", to->name);
        if (conn->claimed)
                registry_unclaim(from);
        conn->claimed = true;
        registry_unref(from->device);
        return SCARD_S_SUCCESS;
}

/* Nobody may have looked for readers since this one went: its driver knows before the list does. */
static bool slot_has_left(struct slot *slot)
{
        pthread_mutex_lock(&slot->lock);
        bool gone = slot->gone;
        bool silent = !gone && slot_glance(slot) == SCARD_E_READER_UNAVAILABLE;

        pthread_mutex_unlock(&slot->lock);
        if (!silent)
                return gone;
        (void)registry_refresh(); /* without memory for what came: it is found by the next one */
        return slot->gone;
}

/* The caller's call gives way to those of others on the handle, which end, since the reader is gone. */
static int32_t connection_follow(struct connection *conn, uint32_t mode)
{
        if (!slot_has_left(conn->slot))
                return SCARD_S_SUCCESS;
        connection_exit(conn);
        pthread_rwlock_wrlock(&conn->use);
        int32_t status = connection_rebind(conn, mode);

        pthread_rwlock_unlock(&conn->use);
        connection_enter(conn);
        return status;
}

/* ---- SCardReconnect; the turn is held */

/* The card as the new mode wants it. "Nothing changed" errors come before anything is sent. */
static int32_t reconnect_card(struct slot *slot, uint32_t mode, uint32_t preferred, uint32_t initialization)
{
        bool direct = mode == SCARD_SHARE_DIRECT;

        if (direct && initialization == SCARD_LEAVE_CARD)
                return SCARD_S_SUCCESS;
        int32_t status = direct ? SCARD_S_SUCCESS : exchange_level(&slot->device->info, slot->name);

        if (status != SCARD_S_SUCCESS)
                return status;
        if (slot->card == IFD_CARD_ABSENT)
                return SCARD_E_NO_SMARTCARD;
        if (initialization == SCARD_LEAVE_CARD)
                return slot_prepare(slot, preferred);
        if (slot->powered && !direct && negotiation_protocols(slot) != 0 &&
            (negotiation_reachable(slot) & preferred) == 0)
                return SCARD_E_PROTO_MISMATCH;
        if (slot_is_interrupted(slot))
                return SCARD_E_CANCELLED;
        return slot_reset(slot, initialization == SCARD_UNPOWER_CARD, direct ? 0 : preferred);
}

/*
 * A mode that keeps others out is put in force at once, so that nobody connects beside it; SHARED only when
 * all went well, as nobody who came in meanwhile could be put out again. *before: what to go back to.
 */
static int32_t reconnect_share(struct connection *conn, uint32_t mode, uint32_t *before)
{
        struct slot *slot = conn->slot;
        int32_t status = SCARD_E_SHARING_VIOLATION;

        pthread_mutex_lock(&slot->lock);
        *before = conn->mode;
        if (sharing_allows(slot, conn, mode)) {
                if (mode != SCARD_SHARE_SHARED)
                        conn->mode = mode;
                events_changed();
                status = SCARD_S_SUCCESS;
        }
        pthread_mutex_unlock(&slot->lock);
        return status;
}

/* Success: all is acknowledged, and a transaction of the caller's is over, as on Windows and not in pcsc-lite. */
static void reconnect_settle(struct connection *conn, int32_t status, uint32_t mode, uint32_t before)
{
        struct slot *slot = conn->slot;

        pthread_mutex_lock(&slot->lock);
        if (status == SCARD_S_SUCCESS) {
                conn->mode = mode;
                conn->seen = slot->epoch;
                if (!conn->context->lite)
                        transaction_drop(conn);
        } else {
                conn->mode = before;
        }
        events_changed();
        pthread_mutex_unlock(&slot->lock);
}

int32_t connection_reconnect(struct connection *conn, uint32_t mode, uint32_t preferred,
                             uint32_t initialization, uint32_t *protocol)
{
        uint32_t before;
        bool touches = mode != SCARD_SHARE_DIRECT || initialization != SCARD_LEAVE_CARD;
        int32_t status = connection_follow(conn, mode);
        struct slot *slot = conn->slot;

        if (status == SCARD_S_SUCCESS)
                status = transaction_enter(conn, TRANSACTION_FOREVER, false);
        if (status != SCARD_S_SUCCESS)
                return status;
        status = slot_look(slot, touches && !slot_is_told(slot));
        if (status != SCARD_S_SUCCESS)
                goto out;
        status = reconnect_share(conn, mode, &before);
        if (status != SCARD_S_SUCCESS)
                goto out;
        status = reconnect_card(slot, mode, preferred, initialization);
        if (status != SCARD_S_SUCCESS && slot_was_restarted(slot))
                status = reconnect_card(slot, mode, preferred,
                                        initialization); /* the system slept in the middle */
        status = status_for_connect(status);
        reconnect_settle(conn, status, mode, before);
        if (status == SCARD_S_SUCCESS)
                *protocol = mode == SCARD_SHARE_DIRECT ? SCARD_PROTOCOL_UNDEFINED : slot->protocol;
out:
        transaction_leave(conn, status);
        return status;
}

/* ---- SCardDisconnect */

/* What the disposition says, unless the card that the connection was about is gone. The turn is held. */
static void connection_dispose(struct connection *conn, uint32_t disposition)
{
        struct slot *slot = conn->slot;
        int32_t status = slot_look(slot, false);

        if (status == SCARD_S_SUCCESS && slot_condition(slot, conn->seen) != SCARD_W_REMOVED_CARD)
                status = slot_dispose(slot, disposition);
        if (status != SCARD_S_SUCCESS)
                log_line(LOG_INFO, "connection", "%s: leaving the card failed: %08X", slot->name,
                         (unsigned)status);
}

bool connection_pin(struct connection *conn)
{
        pthread_mutex_lock(&conn->bind);
        bool first = !conn->leaving;

        conn->leaving = true;
        pthread_mutex_unlock(&conn->bind);
        return first;
}

int32_t connection_close(struct connection *conn, uint32_t disposition)
{
        bool turn = false;

        if (disposition != SCARD_LEAVE_CARD) {
                int32_t status = transaction_enter(conn, TRANSACTION_FOREVER, false);

                if (status != SCARD_S_SUCCESS && status != SCARD_E_READER_UNAVAILABLE)
                        return status;
                turn = status == SCARD_S_SUCCESS;
        }
        /* The release of the context is not to interrupt what it would have to do itself. */
        (void)connection_pin(conn);
        bool closed = handle_close(conn->handle);

        if (closed && turn)
                connection_dispose(conn, disposition);
        if (closed)
                connection_end(conn);
        if (turn)
                transaction_leave(conn, SCARD_S_SUCCESS);
        return closed ? SCARD_S_SUCCESS : SCARD_E_INVALID_HANDLE;
}

void connection_abandon(struct connection *conn)
{
        bool turn = transaction_enter_last(conn) == SCARD_S_SUCCESS;

        if (turn)
                connection_dispose(conn, SCARD_RESET_CARD);
        connection_end(conn);
        if (turn)
                transaction_leave(conn, SCARD_S_SUCCESS);
}

/* ---- SCardStatus */

int32_t connection_report(struct connection *conn, bool ask, struct connection_report *report)
{
        struct slot *slot = conn->slot;
        int32_t status = SCARD_S_SUCCESS;

        memset(report, 0, sizeof(*report));
        if (ask) {
                pthread_mutex_lock(&slot->lock);
                (void)slot_glance(slot);
                ask = slot->card == IFD_CARD_UNKNOWN || slot->restarted || !slot_is_told(slot);
                pthread_mutex_unlock(&slot->lock);
        }
        if (ask)
                status = connection_ask(conn);
        /* A reader that does not answer the question has not lost its card by that. */
        if (status == SCARD_E_READER_UNAVAILABLE)
                return status;
        pthread_mutex_lock(&slot->lock);
        status = slot_glance(slot);
        if (status == SCARD_S_SUCCESS) {
                report->state = slot_state(slot);
                report->mode = conn->mode;
                report->protocol =
                    conn->mode == SCARD_SHARE_DIRECT && !conn->context->lite ? 0 : slot->protocol;
                report->commands = atomic_load_explicit(&slot->commands, memory_order_relaxed);
                report->others = slot->connections != conn || conn->slot_next != NULL;
                report->running = slot->protocol;
                report->parameters = slot->parameters;
                report->clock_khz = slot->clock_khz;
                if (slot->protocol == SCARD_PROTOCOL_T1 && slot->device->info.exchange == IFD_EXCHANGE_TPDU) {
                        report->ifsc = slot->ifsc;
                        report->ifsd = slot->ifsd;
                }
                report->atr_len = slot->atr.len;
                memcpy(report->atr, slot->atr.bytes, slot->atr.len);
        }
        pthread_mutex_unlock(&slot->lock);
        return status;
}

int32_t connection_epoch(struct connection *conn, uint64_t *epoch)
{
        struct slot *slot = conn->slot;

        *epoch = atomic_load(&slot->epoch);
        return atomic_load(&slot->gone) ? SCARD_E_READER_UNAVAILABLE : SCARD_S_SUCCESS;
}
