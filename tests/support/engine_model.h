/*
 * engine_model.h - what the engine should do, written from the rules of sharing, conditions and transactions
 * (winscard.h) and not from the engine: two applications, each with a context and a handle of its own, on one
 * reader with one card. Pure functions on a small state.
 */
#ifndef ISCARD_TESTS_ENGINE_MODEL_H
#define ISCARD_TESTS_ENGINE_MODEL_H

#include <stdbool.h>
#include <stddef.h>

#include "winscard.h"

enum who { A, B, CONNECTIONS };

struct model_connection {
        DWORD mode;     /* SCARD_SHARE_; 0: not connected */
        bool lost;      /* its reader was unplugged, and it has not been moved to the one that came back */
        bool removed;   /* since the last acknowledgement the card was pulled out */
        bool reset;     /* or reset, powered off, put in */
        unsigned depth; /* of its transaction */
};

enum plug { PLUGGED, UNPLUGGED, PLUGGED_AGAIN };

#define MODEL_BOTH (SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1)

/* What the reader and its card are like, and what happens to them; constant while they are there. */
struct model_kind {
        DWORD card; /* the protocols that it offers; one who offers both may be exchanged for one with T=1 */
        DWORD begins;    /* the one that such a card and the reader are in after a reset */
        bool fixed;      /* and stay in: the reader cannot switch */
        bool ejects;     /* the reader can put the card out */
        bool accidents;  /* the card falls silent, the reader is unplugged */
        bool refusals;   /* the reader refuses to switch for a while, with SCARD_F_COMM_ERROR */
        unsigned nested; /* deeper transactions are not walked */
};

struct model {
        const struct model_kind *kind;
        struct model_connection c[CONNECTIONS];
        enum plug plug;
        bool in, mute, refuses, powered;
        bool spoilt;    /* by a negotiation that failed: only a reset allows another */
        DWORD offered;  /* by the card that is in */
        DWORD protocol; /* negotiated; 0: none */
};

/* What to do, and with what. From INSERT on: what the world does. */
enum action {
        CONNECT,
        RECONNECT,
        DISCONNECT,
        BEGIN,
        END,
        ABANDON,  /* SCardCancelTransaction */
        TRANSMIT, /* protocols: one that the PCI names; else there is none */
        QUESTION, /* SCardControl: what the library knows, */
        ENTRY,    /* a PIN entered on the reader's keys for the card, */
        ESCAPE,   /* a command to the reader */
        STATUS,
        RELEASE, /* SCardReleaseContext; another one is established at once */
        INSERT,
        INSERT_OTHER, /* a card with T=1 alone */
        REMOVE,
        SWAP, /* out and in again before anybody looks */
        MUTE,
        UNMUTE,
        REFUSE,
        GRANT,
        UNPLUG,
        REPLUG,
        ACTIONS
};

struct call {
        enum action action;
        enum who who;
        DWORD mode, disposition, protocols;
};

/* What it comes to: a code, or that it waits; what it tells besides: with CONNECT, RECONNECT and TRANSMIT the protocol,
 * with STATUS all three; with TRANSMIT also what the card really talks; and what card and reader were made to do. */
struct outcome {
        bool waits;
        LONG code;
        DWORD state, protocol, mode;
        DWORD spoken;
        unsigned power_ons, power_offs, ejects, commands, entries, escapes;
        bool settled; /* a reader that has the choice was asked or told which protocol it is */
};

static inline struct model model_begin(const struct model_kind *kind)
{
        return (struct model){.kind = kind, .in = true, .offered = kind->card};
}

static inline bool model_names_one(DWORD protocols)
{
        return protocols == SCARD_PROTOCOL_T0 || protocols == SCARD_PROTOCOL_T1;
}

/* A call that waits changes nothing, but that a Reconnect moves its handle to a reader that came back. */
struct outcome model_call(struct model *m, const struct call *call);
/* Whether the call can be made in the state at all, and leads to none beyond those that are walked. */
bool model_allows(const struct model *m, const struct call *call);
/* The other one, whose transaction is what who waits for. */
enum who model_other(enum who who);
bool model_equal(const struct model *a, const struct model *b);

#endif
