/*
 * world.h - what the tests of the matrix see of the virtual reader and its card from behind: the descriptors,
 * the counters of the codes. The library is told nothing of it.
 */
#ifndef ISCARD_TESTS_MATRIX_WORLD_H
#define ISCARD_TESTS_MATRIX_WORLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct world_reader {
        uint32_t features; /* dwFeatures */
        unsigned endpoints;
        uint8_t protocol; /* bInterfaceProtocol */
};
/* false: there is no reader, or its descriptors make no sense. */
bool world_read(struct world_reader *reader);

struct world_code {
        unsigned tries, unblock_tries; /* left, of reference 1 */
        bool verified;
};
/* false: there is no reader yet. */
bool world_code_read(struct world_code *code);

/* Messages since the reader was plugged in; 0: there is none. */
uint32_t world_messages(void);
bool world_plugged(void);
/* No fault is left to happen, the reader is plugged in, and the card is in it. */
void world_mend(void);

#endif
