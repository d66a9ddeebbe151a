/*
 * link.c - one pipe for the messages of all slots.
 *
 * With several lanes the thread that finds nobody receiving becomes the receiver. It goes on until its own
 * message is there, its time is over, or it is aborted; then the next one that waits takes over. No thread
 * switch is needed for a slot that is alone.
 */
#include <string.h>

#include "core/log.h"
#include "core/status.h"
#include "ccid/link.h"

#define OFFSET_SLOT   5u /* in the header of a message */
#define OFFSET_SEQ    6u
#define OFFSET_STATUS 7u

static struct device_lane *lane_of(const struct ccid_reader *reader, unsigned slot)
{
        return reader->slots[slot].lane;
}

/* What failed may have left a part of an answer behind: all of rx is wiped at the end of the turn. */
static int32_t received(const struct ccid_reader *reader, struct device_lane *lane, int32_t status,
                        size_t len)
{
        size_t used = status == SCARD_S_SUCCESS ? len : reader->rx_cap;

        if (used > lane->rx_used)
                lane->rx_used = used;
        return status;
}

static int32_t cleared(struct ccid_reader *reader, uint8_t endpoint)
{
        int32_t status = reader->transport->clear_halt(reader->pipe, endpoint);

        return status == SCARD_E_READER_UNAVAILABLE ? status : SCARD_F_COMM_ERROR;
}

/* A stall of bulk IN: the answer is lost, whosever it was. SCARD_E_NOT_READY: bulk OUT stalled, again. */
static int32_t after_stall(struct ccid_reader *reader, int32_t status)
{
        if (status == SCARD_E_COMM_DATA_LOST) {
                log_line(LOG_INFO, "ccid", "bulk IN stalled; cleared, the answer is lost");
                return cleared(reader, reader->descriptor.pipes.bulk_in);
        }
        if (status == SCARD_E_NOT_READY) {
                log_line(LOG_INFO, "ccid", "bulk OUT stalled; cleared");
                return cleared(reader, reader->descriptor.pipes.bulk_out);
        }
        return status;
}

/* ---- one lane */

static int32_t exchange_alone(struct ccid_reader *reader, struct device_lane *lane, const uint8_t *out,
                              size_t out_len, bool zlp, size_t *len, unsigned wait_ms)
{
        const struct ccid_transport_ops *transport = reader->transport;
        int32_t status =
            transport->exchange(reader->pipe, out, out_len, zlp, lane->rx, reader->rx_cap, len, wait_ms);

        (void)received(reader, lane, status, *len);
        if (status != SCARD_E_NOT_READY)
                return after_stall(reader, status);
        log_line(LOG_INFO, "ccid", "bulk OUT stalled; cleared, the command is sent again");
        status = transport->clear_halt(reader->pipe, reader->descriptor.pipes.bulk_out);
        if (status != SCARD_S_SUCCESS)
                return status;
        *len = 0;
        status = transport->exchange(reader->pipe, out, out_len, zlp, lane->rx, reader->rx_cap, len, wait_ms);
        return after_stall(reader, received(reader, lane, status, *len));
}

/* ---- several lanes */

/* Why a thread is not to wait any longer. Lock held. */
static int32_t interrupted(const struct ccid_reader *reader, const struct device_slot *place)
{
        if (reader->pipe == NULL || reader->gone)
                return SCARD_E_READER_UNAVAILABLE;
        return place->aborted && !place->abort_seen ? SCARD_E_CANCELLED : SCARD_S_SUCCESS;
}

static unsigned ms_until(uint64_t until)
{
        uint64_t now = device_now();

        return until > now ? (unsigned)(until - now) : 0;
}

/* Waits until no other thread sends; the place is then taken. */
static int32_t begin_send(struct ccid_reader *reader, unsigned slot, uint64_t until)
{
        int32_t status = SCARD_S_SUCCESS;
        bool in_time = true;

        pthread_mutex_lock(&reader->lock);
        while (reader->sending && in_time && status == SCARD_S_SUCCESS) {
                in_time = device_wait(reader, until);
                status = interrupted(reader, &reader->slots[slot]);
        }
        if (status == SCARD_S_SUCCESS && reader->sending)
                status = SCARD_E_TIMEOUT;
        if (status == SCARD_S_SUCCESS)
                reader->sending = true;
        pthread_mutex_unlock(&reader->lock);
        return status;
}

static int32_t send_shared(struct ccid_reader *reader, unsigned slot, const uint8_t *out, size_t out_len,
                           bool zlp, uint64_t until)
{
        const struct ccid_transport_ops *transport = reader->transport;
        int32_t status = begin_send(reader, slot, until);
        unsigned left = ms_until(until);

        if (status != SCARD_S_SUCCESS)
                return status;
        status = transport->send(reader->pipe, out, out_len, zlp, left == 0 ? 1 : left);
        if (status == SCARD_E_NOT_READY) {
                log_line(LOG_INFO, "ccid", "bulk OUT stalled; cleared, the command is sent again");
                status = transport->clear_halt(reader->pipe, reader->descriptor.pipes.bulk_out);
                if (status == SCARD_S_SUCCESS)
                        status = after_stall(
                            reader, transport->send(reader->pipe, out, out_len, zlp, left == 0 ? 1 : left));
        }
        pthread_mutex_lock(&reader->lock);
        reader->sending = false;
        pthread_cond_broadcast(&reader->turn);
        pthread_mutex_unlock(&reader->lock);
        return status;
}

/*
 * A message that was received for another slot. An answer that its thread has not fetched yet is kept; what
 * else may lie there is older than the message, and worth less. Lock held. false: it is the receiver's own
 * affair.
 */
static bool hand_over(struct ccid_reader *reader, const struct device_lane *own, size_t len)
{
        const uint8_t *bytes = own->rx;
        struct device_lane *lane;

        if (len < MESSAGE_HEADER_LEN || bytes[OFFSET_SLOT] >= reader->info.slots)
                return false;
        lane = reader->slots[bytes[OFFSET_SLOT]].lane;
        if (lane == NULL || lane == own)
                return false;
        if (lane->box_len != 0 && lane->box[OFFSET_SEQ] == lane->awaited &&
            lane->box[OFFSET_STATUS] >> 6 != MESSAGE_TIME_EXTENSION)
                return true;
        memcpy(lane->box, bytes, len);
        lane->box_len = len;
        if (len > lane->box_used)
                lane->box_used = len;
        pthread_cond_broadcast(&reader->turn);
        return true;
}

/* As the receiver: one message into the lane's own rx. Lock held on entry and on return. */
static int32_t receive_for_all(struct ccid_reader *reader, struct device_lane *lane, size_t *len, unsigned ms)
{
        int32_t status;

        reader->receiver = lane;
        pthread_mutex_unlock(&reader->lock);
        *len = 0;
        status = reader->transport->receive(reader->pipe, lane->rx, reader->rx_cap, len, ms);
        status = after_stall(reader, received(reader, lane, status, *len));
        pthread_mutex_lock(&reader->lock);
        reader->receiver = NULL;
        if (status == SCARD_E_READER_UNAVAILABLE)
                reader->gone = true;
        return status;
}

static int32_t receive_shared(struct ccid_reader *reader, unsigned slot, size_t *len, uint64_t until)
{
        struct device_slot *place = &reader->slots[slot];
        struct device_lane *lane = place->lane;
        int32_t status = SCARD_S_SUCCESS;
        bool there = false;

        *len = 0;
        pthread_mutex_lock(&reader->lock);
        while (!there && status == SCARD_S_SUCCESS) {
                unsigned left = ms_until(until);

                if (lane->box_len != 0) {
                        *len = lane->box_len;
                        memcpy(lane->rx, lane->box, lane->box_len);
                        if (lane->box_len > lane->rx_used)
                                lane->rx_used = lane->box_len;
                        lane->box_len = 0;
                        there = true;
                        continue;
                }
                status = interrupted(reader, place);
                if (status == SCARD_S_SUCCESS && left == 0)
                        status = SCARD_E_TIMEOUT;
                if (status != SCARD_S_SUCCESS)
                        continue;
                if (reader->receiver != NULL) {
                        (void)device_wait(reader, until);
                        continue;
                }
                status = receive_for_all(reader, lane, len, left);
                there = status == SCARD_S_SUCCESS && !hand_over(reader, lane, *len);
        }
        pthread_cond_broadcast(&reader->turn); /* another one may receive now */
        pthread_mutex_unlock(&reader->lock);
        return status;
}

/* ---- both */

int32_t link_exchange(struct ccid_reader *reader, unsigned slot, const uint8_t *out, size_t out_len, bool zlp,
                      size_t *len, unsigned wait_ms)
{
        uint64_t until;
        int32_t status;

        *len = 0;
        if (reader->lane_count == 1)
                return exchange_alone(reader, lane_of(reader, slot), out, out_len, zlp, len, wait_ms);
        until = device_now() + wait_ms;
        status = send_shared(reader, slot, out, out_len, zlp, until);
        return status == SCARD_S_SUCCESS ? receive_shared(reader, slot, len, until) : status;
}

int32_t link_receive(struct ccid_reader *reader, unsigned slot, size_t *len, unsigned wait_ms)
{
        struct device_lane *lane = lane_of(reader, slot);
        int32_t status;

        *len = 0;
        if (reader->lane_count == 1) {
                status = reader->transport->receive(reader->pipe, lane->rx, reader->rx_cap, len, wait_ms);
                return after_stall(reader, received(reader, lane, status, *len));
        }
        return receive_shared(reader, slot, len, device_now() + wait_ms);
}
