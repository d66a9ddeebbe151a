/*
 * engine_model.h - what the engine should do, written from the rules of sharing, conditions and transactions
 * (winscard.h) and not from the engine: two applications, each with a context and a handle of its own, on one
 * reader with one card that offers T=1. Pure functions on a small state.
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

struct model {
        struct model_connection c[CONNECTIONS];
        enum plug plug;
        bool in, mute, powered, negotiated;
};

/* What to do, and with what. From INSERT on: what the world does. */
enum action {
        CONNECT,
        RECONNECT,
        DISCONNECT,
        BEGIN,
        END,
        ABANDON, /* SCardCancelTransaction */
        TRANSMIT,
        STATUS,
        RELEASE, /* SCardReleaseContext; another one is established at once */
        INSERT,
        REMOVE,
        SWAP, /* out and in again before anybody looks */
        MUTE,
        UNMUTE,
        UNPLUG,
        REPLUG,
        ACTIONS
};

struct call {
        enum action action;
        enum who who;
        DWORD mode, disposition, protocols;
};

/* What it comes to: a code, or that it waits; what it tells besides: with CONNECT and RECONNECT the protocol, with
 * STATUS all three; and what the card was made to do. */
struct outcome {
        bool waits;
        LONG code;
        DWORD state, protocol, mode;
        unsigned power_ons, power_offs, commands;
};

#define MODEL_DEPTH_MAX 2 /* deeper transactions are not walked */

static inline struct model model_begin(void)
{
        return (struct model){.in = true};
}

/* A call that waits changes nothing, but that a Reconnect moves its handle to a reader that came back. */
struct outcome model_call(struct model *m, const struct call *call);
/* Whether the call can be made in the state at all, and leads to none beyond those that are walked. */
bool model_allows(const struct model *m, const struct call *call);
/* The other one, whose transaction is what who waits for. */
enum who model_other(enum who who);
bool model_equal(const struct model *a, const struct model *b);

#endif
