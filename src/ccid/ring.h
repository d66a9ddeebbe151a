/*
 * ring.h - interrupt messages between the thread that receives them and the one that reads them.
 */
#ifndef ISCARD_CCID_RING_H
#define ISCARD_CCID_RING_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RING_MESSAGES 16u
#define RING_BYTES    16u /* kept of one message; NotifySlotChange of 16 slots has 5 */

struct ring {
        pthread_mutex_t lock;
        uint8_t bytes[RING_MESSAGES][RING_BYTES];
        uint8_t len[RING_MESSAGES];
        unsigned first, count;
};

bool ring_init(struct ring *ring);
void ring_clear(struct ring *ring);
/* A message behind the others; the oldest is dropped where there is no room, as the latest state matters
 * most. */
void ring_put(struct ring *ring, const uint8_t *bytes, size_t len);
/* The oldest message; returns its length, 0 where there is none. */
size_t ring_take(struct ring *ring, uint8_t *bytes, size_t cap);

#endif
