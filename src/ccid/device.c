/*
 * device.c - whose turn it is on a device: as many operations at a time as it has lanes, waits bounded, abort
 * from any thread.
 */
#include <errno.h>
#include <time.h>

#include "core/status.h"
#include "core/wipe.h"
#include "ccid/device.h"

#define ABORT_STEP_MS 2u
#define ABORT_STEPS   500u

uint64_t device_now(void)
{
        struct timespec now;

        clock_gettime(CLOCK_MONOTONIC, &now);
        return (uint64_t)now.tv_sec * 1000u + (uint64_t)now.tv_nsec / 1000000u;
}

bool device_wait(struct ccid_reader *reader, uint64_t until)
{
        struct timespec at = {.tv_sec = (time_t)(until / 1000u), .tv_nsec = (long)(until % 1000u) * 1000000L};

        return pthread_cond_timedwait(&reader->turn, &reader->lock, &at) != ETIMEDOUT;
}

uint8_t *device_data(const struct ccid_reader *reader, unsigned slot)
{
        return reader->slots[slot].lane->tx + MESSAGE_HEADER_LEN;
}

static struct device_lane *free_lane(struct ccid_reader *reader)
{
        unsigned i;

        for (i = 0; i < reader->lane_count; i++)
                if (!reader->lanes[i].taken)
                        return &reader->lanes[i];
        return NULL;
}

int32_t device_begin(struct ccid_reader *reader, unsigned slot, uint64_t limit_ms)
{
        int32_t status = SCARD_S_SUCCESS;
        struct device_lane *lane;
        uint64_t until = 0;
        struct device_slot *place;

        if (slot >= reader->info.slots)
                return SCARD_E_READER_UNAVAILABLE;
        place = &reader->slots[slot];
        pthread_mutex_lock(&reader->lock);
        place->in_call = true;
        place->aborted = place->abort_seen = false;
        while ((lane = free_lane(reader)) == NULL && !place->aborted && reader->pipe != NULL &&
               !reader->gone) {
                if (until == 0)
                        until = device_now() + limit_ms;
                if (!device_wait(reader, until)) {
                        lane = free_lane(reader);
                        break;
                }
        }
        if (reader->pipe == NULL || reader->gone)
                status = SCARD_E_READER_UNAVAILABLE;
        else if (place->aborted)
                status = SCARD_E_CANCELLED;
        else if (lane == NULL)
                status = SCARD_E_NOT_READY;
        if (status == SCARD_S_SUCCESS) {
                lane->taken = true;
                place->lane = lane;
        } else {
                place->in_call = false;
        }
        pthread_mutex_unlock(&reader->lock);
        return status;
}

void device_end(struct ccid_reader *reader, unsigned slot)
{
        struct device_slot *place = &reader->slots[slot];
        struct device_lane *lane = place->lane;

        wipe(lane->tx, lane->tx_used);
        wipe(lane->rx, lane->rx_used);
        lane->tx_used = lane->rx_used = 0;
        pthread_mutex_lock(&reader->lock);
        if (lane->box_used != 0)
                wipe(lane->box, lane->box_used);
        lane->box_used = lane->box_len = 0;
        lane->taken = false;
        place->lane = NULL;
        place->in_call = false;
        pthread_cond_broadcast(&reader->turn);
        pthread_mutex_unlock(&reader->lock);
}

bool device_pause(struct ccid_reader *reader, unsigned slot, unsigned ms)
{
        uint64_t until = device_now() + ms;
        bool going;

        pthread_mutex_lock(&reader->lock);
        while (!reader->slots[slot].aborted && device_wait(reader, until))
                ;
        going = !reader->slots[slot].aborted;
        pthread_mutex_unlock(&reader->lock);
        return going;
}

bool device_aborted(struct ccid_reader *reader, unsigned slot)
{
        bool aborted;

        pthread_mutex_lock(&reader->lock);
        aborted = reader->slots[slot].aborted;
        if (aborted) {
                reader->slots[slot].abort_seen = true;
                pthread_cond_broadcast(&reader->turn);
        }
        pthread_mutex_unlock(&reader->lock);
        return aborted;
}

/* Whether a cancel would hit the thread of this lane and no other. Lock held. */
static bool waits_in_pipe(const struct ccid_reader *reader, const struct device_lane *lane)
{
        return lane != NULL && (reader->lane_count == 1 || reader->receiver == lane);
}

/*
 * cancel has no effect between two waits of the thread that is to be stopped, so it is repeated until that
 * thread has taken notice. It is called under the lock, which that thread takes before it starts the ABORT of
 * CCID: so a late cancel cannot hit that.
 */
void device_abort(struct ccid_reader *reader, unsigned slot)
{
        struct device_slot *place;
        unsigned step;

        if (slot >= reader->info.slots)
                return;
        place = &reader->slots[slot];
        pthread_mutex_lock(&reader->lock);
        if (place->in_call) {
                place->aborted = true;
                pthread_cond_broadcast(&reader->turn);
        }
        for (step = 0; step < ABORT_STEPS; step++) {
                if (!place->in_call || !place->aborted || place->abort_seen)
                        break;
                if (reader->pipe != NULL && waits_in_pipe(reader, place->lane))
                        reader->transport->cancel(reader->pipe);
                (void)device_wait(reader, device_now() + ABORT_STEP_MS);
        }
        pthread_mutex_unlock(&reader->lock);
}

void device_mark_gone(struct ccid_reader *reader)
{
        pthread_mutex_lock(&reader->lock);
        reader->gone = true;
        pthread_cond_broadcast(&reader->turn);
        pthread_mutex_unlock(&reader->lock);
}
