/*
 * ring.c - a row of a few short messages, thread-safe.
 */
#include <string.h>

#include "ccid/ring.h"

bool ring_init(struct ring *ring)
{
        memset(ring, 0, sizeof *ring);
        return pthread_mutex_init(&ring->lock, NULL) == 0;
}

void ring_clear(struct ring *ring)
{
        pthread_mutex_destroy(&ring->lock);
}

void ring_put(struct ring *ring, const uint8_t *bytes, size_t len)
{
        unsigned at;

        if (len == 0)
                return;
        pthread_mutex_lock(&ring->lock);
        if (ring->count == RING_MESSAGES) {
                ring->first = (ring->first + 1) % RING_MESSAGES;
                ring->count--;
        }
        at = (ring->first + ring->count) % RING_MESSAGES;
        ring->len[at] = (uint8_t)(len < RING_BYTES ? len : RING_BYTES);
        memcpy(ring->bytes[at], bytes, ring->len[at]);
        ring->count++;
        pthread_mutex_unlock(&ring->lock);
}

size_t ring_take(struct ring *ring, uint8_t *bytes, size_t cap)
{
        size_t len = 0;

        pthread_mutex_lock(&ring->lock);
        if (ring->count != 0) {
                len = ring->len[ring->first] < cap ? ring->len[ring->first] : cap;
                memcpy(bytes, ring->bytes[ring->first], len);
                ring->first = (ring->first + 1) % RING_MESSAGES;
                ring->count--;
        }
        pthread_mutex_unlock(&ring->lock);
        return len;
}
