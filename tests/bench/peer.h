/*
 * peer.h - pcscd with libccid beside us, in processes of its own (pcscd.c).
 */
#ifndef ISCARD_BENCH_PEER_H
#define ISCARD_BENCH_PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "pcscd.h"

struct peer {
        pid_t pid; /* 0: none */
        int to, from;
        struct pcscd_start start;
};

/*
 * Plugs READERS in before a new pcscd and has the first APDU sent. The programs are those that
 * ISCARD_BENCH_PCSCD and ISCARD_BENCH_RUN name. false: the machine cannot do this, and start.problem says why;
 * anything else that goes wrong ends the program. peer_stop is needed in any case.
 */
bool peer_start(struct peer *peer, const char *readers);
/* Adds PCSCD_ROUND samples, in nanoseconds. */
void peer_measure(struct peer *peer, uint32_t *samples);
void peer_stop(struct peer *peer);

#endif
