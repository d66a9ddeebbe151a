/*
 * connection.h - what SCardConnect makes: one application's way to a card, and what it has acknowledged of
 * the card's fate.
 */
#ifndef ISCARD_CORE_CONNECTION_H
#define ISCARD_CORE_CONNECTION_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/atr.h"
#include "core/slot.h"

struct context;

/*
 * mode, seen, ended, slot_next: under the slot's lock; seen is also written by one with the turn and the
 * lock. slot is another one after a Reconnect to a reader that was plugged in again: a call on the handle has
 * use for reading, and so sees the same slot all along; those who come from the context have bind. Lock order:
 * use, then a context's lock, then bind, then a slot's. The rest is constant once made, or the context's.
 */
struct connection {
        uintptr_t handle;
        struct context *context; /* held */
        pthread_rwlock_t use;
        pthread_mutex_t bind;
        struct slot *slot; /* its device held */
        bool leaving;      /* the context is ending it: it stays with its slot. Under bind */
        struct connection *context_next, *slot_next;
        uint32_t mode; /* SCARD_SHARE_ */
        uint64_t seen; /* the slot's epoch at the last acknowledgement */
        bool ended;    /* no longer in the slot's list */
        bool claimed;
};

/* A call on the handle begins and ends. */
void connection_enter(struct connection *conn);
void connection_exit(struct connection *conn);

/* The functions below are SCardConnect and so on after the checks of plain arguments; winscard.h says what
 * they do and return. conn is in use by the caller. */
int32_t connection_open(struct context *context, const char *reader, uint32_t mode, uint32_t preferred,
                        uintptr_t *handle, uint32_t *protocol);
int32_t connection_reconnect(struct connection *conn, uint32_t mode, uint32_t preferred,
                             uint32_t initialization, uint32_t *protocol);
int32_t connection_close(struct connection *conn, uint32_t disposition);
/* By the context, which is ending it: from now on it stays with its slot. False: it did before. */
bool connection_pin(struct connection *conn);
/* By the context, outside of calls, for a pinned connection whose handle it has closed: RESET inside a transaction, else LEAVE. */
void connection_abandon(struct connection *conn);

/* Who is connected: SCARD_STATE_INUSE or _EXCLUSIVE; 0: nobody. The slot's lock is held. */
uint32_t connection_sharing(const struct slot *slot);

struct connection_report {
        uint32_t state;    /* SCARD_ABSENT to SCARD_SPECIFIC */
        uint32_t protocol; /* 0: none, or a DIRECT handle */
        uint32_t mode;
        uint32_t commands;                /* of the slot */
        bool others;                      /* further handles are connected */
        uint32_t running;                 /* the protocol in use, whatever the handle; 0: none */
        struct ifd_parameters parameters; /* that it runs with */
        uint32_t clock_khz;               /* likewise; 0: not known */
        uint8_t ifsc, ifsd;               /* T=1 at TPDU level; 0: a matter of the reader's */
        size_t atr_len;
        uint8_t atr[ATR_MAX_LEN];
};
/* The state as it is now; ask: with a question to readers that do not tell of movements, unless the reader is
 * at work. Never waits for a turn. SCARD_E_READER_UNAVAILABLE */
int32_t connection_report(struct connection *conn, bool ask, struct connection_report *report);
/* The epoch of the slot alone, as it was at the last look: asked for before every command, which looks first.
 * SCARD_E_READER_UNAVAILABLE */
int32_t connection_epoch(struct connection *conn, uint64_t *epoch);

#endif
