/*
 * wire.h - what goes over the wires: messages from plug-in to the first answer, and 32 KB read from a card
 * against the least that the protocols allow.
 */
#ifndef ISCARD_BENCH_WIRE_H
#define ISCARD_BENCH_WIRE_H

#include <stdbool.h>
#include <stdint.h>

#include "testbed.h"

struct wire {
        uint64_t messages;   /* bulk transfers, both ways */
        uint64_t usb_bytes;  /* their payload */
        uint64_t card_bytes; /* characters on the card's line, both ways */
        uint64_t card_us;    /* how long those take */
        uint64_t us;         /* of the reading, by the clock */
};

/* Plugs the reader in, sends one GET CHALLENGE as soon as it can, and unplugs it. The reader is unplugged before. */
void wire_first_answer(struct testbed *testbed, unsigned reader, struct wire *used);

/* A reader to read 32 KB from, and how. Its card is iso. */
struct wire_reading {
        unsigned reader;
        bool tpdu;        /* T=1 at TPDU level and every automatism off; else extended APDU level, all on */
        unsigned maximum; /* dwMaxCCIDMessageLength */
        unsigned le;      /* bytes asked for by each READ BINARY; over 256: extended */
};

/* From plug-in to the last byte, which are all looked at. least: what the protocols allow. */
void wire_read(struct testbed *testbed, const struct wire_reading *reading, struct wire *used,
               struct wire *least);

#endif
