/*
 * slot.h - a slot and the card in it: power, ATR, protocol, and the epoch from which every connection learns
 * what happened to the card behind its back.
 *
 * Two things protect a slot. Its lock is held for moments, never across reader I/O. Its turn (transaction.h)
 * is held by the one connection whose call may talk to the reader. Members of the card are written with both
 * held, or with the lock alone while nobody has the turn; so either suffices for reading.
 */
#ifndef ISCARD_CORE_SLOT_H
#define ISCARD_CORE_SLOT_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/atr.h"
#include "core/exchange.h"
#include "core/ifd.h"

/* bytes of a reader's name with its NUL: three strings and what stands between and behind them */
#define SLOT_NAME_MAX (3 * (IFD_TEXT_MAX + 1) + 32)

struct connection;
struct device;
struct waiter;

/*
 * Invariants: turn is NULL unless busy; depth > 0 exactly when owner is set; owner, turn and the waiters are
 * connections of this slot; busy without a turn is a moment's use by somebody without a connection. powered is what we did (and have seen no end of), card what the reader says;
 * atr.len and protocol are 0 unless powered. removed_epoch <= epoch.
 */
struct slot {
        struct device *device; /* outlives the slot, which is a part of it */
        unsigned number;
        char name[SLOT_NAME_MAX];
        pthread_mutex_t lock;

        /* who: under the lock */
        struct connection *connections;
        atomic_bool gone; /* unplugged, for good; read without the lock too */
        bool busy;
        bool news; /* somebody looked while it was busy: the end of the turn is a change */
        atomic_bool
            interrupted; /* the turn is to end: nothing more is sent in it; atomic, since no lock is held then */
        struct connection *turn;
        unsigned interrupting;    /* how many abort what is done in the turn; it ends after them */
        struct connection *owner; /* of the transaction */
        unsigned depth;
        struct waiter *first, **last;

        /* the card */
        enum ifd_card card;
        uint32_t movements;
        uint32_t restarts; /* of the device, as of the last look */
        bool restarted; /* somebody glanced and saw more: the card is not what it seems until the next look */
        atomic_bool
            silent; /* as struct ifd_slot_state has it; atomic, since it is read without the lock too */
        bool powered;
        bool tried;                    /* this card was powered once, or would not be */
        bool mute;                     /* and did not answer the last time */
        bool fresh;                    /* powered, and no negotiation was begun since the reset */
        uint8_t last_atr[IFD_ATR_MAX]; /* what this card said last, whether it has power or not */
        uint16_t moves;                /* insertions and removals, from 1; never 0 */
        uint32_t protocol;             /* SCARD_PROTOCOL_T0, _T1; 0: none is negotiated */
        _Atomic uint64_t
            epoch; /* grows with every reset, power-down, removal, insertion; read without the lock too */
        uint64_t removed_epoch; /* its value at the last removal */
        size_t last_atr_len;
        int64_t asked_ms;     /* events_now() of the last question about it */
        int64_t lost_ms;      /* events_now() when the driver said that the device is gone; 0: it did not */
        atomic_uint commands; /* how many were sent to cards; counted with the turn, read by anyone */
        struct atr atr;
        struct ifd_parameters parameters; /* that protocol runs with, as far as we know */
        uint32_t clock_khz;               /* that the card runs with; 0: not known */
        uint8_t ifsc, ifsd;               /* T=1 in the host: as the last turn left them */

        /* from the first connection to the last, under the device's open_lock; used with the turn held */
        unsigned claims;
        struct exchange exchange;
};

void slot_init(struct slot *slot, struct device *device, unsigned number);
void slot_free(struct slot *slot); /* what slot_init made; not the slot */

/* The turn was taken from its holder: nothing more is sent in it. */
bool slot_is_interrupted(const struct slot *slot);

/* What happened to the card since the connection that saw epoch seen last acknowledged: SCARD_S_SUCCESS or
 * SCARD_W_REMOVED_CARD, _UNPOWERED_CARD, _RESET_CARD. The lock or the turn is held. */
int32_t slot_condition(const struct slot *slot, uint64_t seen);

/* A card is in, with power or without. The lock or the turn is held. */
bool slot_has_card(const struct slot *slot);

/* One of SCARD_ABSENT to SCARD_SPECIFIC. The lock or the turn is held. */
uint32_t slot_state(const struct slot *slot);

/* Whether the driver tells of movements by itself; else it has to be asked. Anybody may call. */
bool slot_is_told(const struct slot *slot);
/*
 * Learns what the driver knows of card movements; ask: one question to the reader besides. The turn is held,
 * the lock is not. What get_status of ifd.h returns. A card that had power before the device was restarted (the
 * system slept) gets it again, which every connection sees as a reset.
 */
int32_t slot_look(struct slot *slot, bool ask);
/* The same without a question, by one who holds the lock; nothing happens while somebody has the turn, and of a
 * restart it is only noted that there was one. */
int32_t slot_glance(struct slot *slot);
/* After a failure of the reader: whether the device was restarted meanwhile, which is then dealt with as by
 * slot_look. The turn is held, the lock is not. */
bool slot_was_restarted(struct slot *slot);

/*
 * All below: the turn is held, the lock is not; they block for as long as the reader takes and return what
 * ifd.h says of the operation, and SCARD_W_UNSUPPORTED_CARD for an ATR that cannot be read.
 */

/* Powers the card if it is not, and negotiates one of the protocols in preferred if none is, or checks that
 * the present one is among them: SCARD_E_PROTO_MISMATCH. SCARD_E_READER_UNSUPPORTED */
int32_t slot_prepare(struct slot *slot, uint32_t preferred);
/* Power, or warm reset where there is power. Leaves no protocol. */
int32_t slot_power_on(struct slot *slot);
/* Powers a card so that its ATR is known, and leaves the choice of a protocol open. */
int32_t slot_awaken(struct slot *slot);
/* Warm reset of a powered card (cold: power off and on; else power on), then negotiates; preferred 0: does
 * not. Every connection will see the reset. */
int32_t slot_reset(struct slot *slot, bool cold, uint32_t preferred);
/* Powers off. Every connection will see SCARD_W_UNPOWERED_CARD. Nothing to do: success. */
int32_t slot_unpower(struct slot *slot);
/* The device is being closed: whatever is in the slot is no longer known. Nobody else uses the slot. */
void slot_close(struct slot *slot);
/* SCARD_LEAVE_CARD and so on; a reset comes back in the protocol there was. EJECT is UNPOWER, and then the reader
 * puts the card out where it can. An absent card, and for the others an unpowered one: nothing to do. */
int32_t slot_dispose(struct slot *slot, uint32_t disposition);
/* An exchange said that the card is gone, or has lost the power we gave it. */
void slot_lost_card(struct slot *slot, bool present);

#endif
