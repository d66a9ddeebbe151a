/*
 * command.c - a command, its answer, and the way back to order when they do not meet.
 */
#include <limits.h>
#include <string.h>

#include "core/log.h"
#include "ccid/command.h"
#include "ccid/link.h"
#include "ccid/slots.h"

#define STRAYS_MAX 10u /* messages dropped while one answer is awaited */

enum verdict { ANSWER, MORE_TIME, LATE, STRAY };

void command_limits(struct command *command, unsigned ms)
{
        uint64_t now = device_now();

        command->extension_ms = ms;
        command->wait_until = now + ms;
        command->limit_until = now + 10u * (uint64_t)ms;
}

/* Milliseconds until `until`, as a transport takes them; 0: it is past. */
static unsigned remaining(uint64_t until)
{
        uint64_t now = device_now();

        if (until <= now)
                return 0;
        return until - now > INT_MAX ? INT_MAX : (unsigned)(until - now);
}

/* ---- answers that may still come. With several lanes a thread may read another slot's, so: the lock */

static uint8_t seq_bit(uint8_t seq)
{
        return (uint8_t)(1u << (seq & 7u));
}

static void abandon(struct ccid_reader *reader, unsigned slot, uint8_t seq)
{
        pthread_mutex_lock(&reader->lock);
        reader->slots[slot].abandoned[seq >> 3] |= seq_bit(seq);
        pthread_mutex_unlock(&reader->lock);
}

/* Whether an answer belongs to a command that was given up. done: it is the last one to that. */
static bool is_late(struct ccid_reader *reader, unsigned slot, uint8_t seq, bool done)
{
        uint8_t *bits;
        bool late;

        if (slot >= reader->info.slots)
                return false;
        bits = &reader->slots[slot].abandoned[seq >> 3];
        pthread_mutex_lock(&reader->lock);
        late = (*bits & seq_bit(seq)) != 0;
        if (late && done)
                *bits &= (uint8_t)~seq_bit(seq);
        pthread_mutex_unlock(&reader->lock);
        return late;
}

/* The sequence number of a new command. */
static uint8_t next_seq(struct ccid_reader *reader, unsigned slot)
{
        struct device_slot *place = &reader->slots[slot];
        uint8_t seq;

        pthread_mutex_lock(&reader->lock);
        seq = reader->seq++;
        place->abandoned[seq >> 3] &= (uint8_t)~seq_bit(seq);
        place->lane->awaited = seq;
        pthread_mutex_unlock(&reader->lock);
        return seq;
}

/*
 * What a message is to the command under seq. A reader that does not know a command answers with SlotStatus
 * (CCID 1.1 6.1): taken for any command, if it tells of a failure.
 */
static enum verdict judge(struct ccid_reader *reader, const struct command *command, uint8_t seq, size_t len,
                          struct message_answer *answer)
{
        if (!message_read(reader->slots[command->slot].lane->rx, len, answer))
                return STRAY;
        if (answer->bSeq != seq || answer->bSlot != command->slot) {
                bool late =
                    is_late(reader, answer->bSlot, answer->bSeq, answer->outcome != MESSAGE_TIME_EXTENSION);
                /* One thread receives for all: what comes for a slot without a turn is not held against its
                 * own. */
                bool strange = reader->lane_count > 1 && answer->bSlot != command->slot &&
                               answer->bSlot < reader->info.slots;

                return late || strange ? LATE : STRAY;
        }
        if (answer->bMessageType != message_answer_type(command->type) &&
            !(answer->bMessageType == MESSAGE_SLOT_STATUS && answer->outcome == MESSAGE_FAILED))
                return STRAY;
        return answer->outcome == MESSAGE_TIME_EXTENSION ? MORE_TIME : ANSWER;
}

static void log_stray(const uint8_t *rx, uint8_t seq, size_t len)
{
        if (len >= MESSAGE_HEADER_LEN)
                log_line(LOG_WARN, "ccid",
                         "message of %zu bytes dropped: type 0x%02X slot %u bSeq %u, bSeq %u is awaited", len,
                         rx[0], rx[5], rx[6], seq);
        else
                log_line(LOG_WARN, "ccid", "message of %zu bytes dropped: shorter than a header", len);
}

/* Another time extension: bError times the unit, 0 read as 1. Never past the limit. CCID 1.1 6.2.6 */
static uint64_t extend(const struct command *command, uint8_t bError)
{
        uint64_t until = device_now() + (uint64_t)(bError == 0 ? 1u : bError) * command->extension_ms;

        return until < command->limit_until ? until : command->limit_until;
}

/*
 * Reads until the answer to seq is there; status and len are those of the first read. SCARD_S_SUCCESS:
 * command->answer is it.
 */
static int32_t await(struct ccid_reader *reader, struct command *command, uint8_t seq, int32_t status,
                     size_t len)
{
        uint64_t until =
            command->wait_until < command->limit_until ? command->wait_until : command->limit_until;
        struct device_lane *lane = reader->slots[command->slot].lane;
        unsigned dropped = 0;
        bool strays = false;

        for (;;) {
                unsigned left;

                if (status == SCARD_E_TIMEOUT)
                        return strays ? SCARD_F_COMM_ERROR : SCARD_E_TIMEOUT;
                if (status != SCARD_S_SUCCESS)
                        return status;
                switch (len == 0 ? LATE : judge(reader, command, seq, len, &command->answer)) {
                case ANSWER:
                        return SCARD_S_SUCCESS;
                case MORE_TIME:
                        /* Not an error: the ICC asks for more time. CCID 1.1 6.2.6 */
                        slots_note(reader, command->slot, command->answer.icc, false);
                        until = extend(command, command->answer.bError);
                        break;
                case STRAY:
                        log_stray(lane->rx, seq, len);
                        strays = true;
                        if (until > device_now() + reader->limits.stray_ms)
                                until = device_now() + reader->limits.stray_ms;
                        dropped++;
                        break;
                case LATE:
                        dropped++;
                        break;
                }
                if (dropped > STRAYS_MAX)
                        return SCARD_F_COMM_ERROR;
                if (device_aborted(reader, command->slot))
                        return SCARD_E_CANCELLED;
                left = remaining(until);
                status = left == 0 ? SCARD_E_TIMEOUT : link_receive(reader, command->slot, &len, left);
        }
}

/* After a failure of the pipe: a device that is gone is marked so. */
static int32_t after_failure(struct ccid_reader *reader, int32_t status)
{
        if (status == SCARD_E_READER_UNAVAILABLE)
                device_mark_gone(reader);
        return status;
}

void command_abort(struct ccid_reader *reader, unsigned slot)
{
        static const uint8_t none[3];
        const struct ccid_transport_ops *transport = reader->transport;
        uint64_t until = device_now() + reader->limits.abort_ms;
        struct command abort = {.type = MESSAGE_ABORT, .slot = slot};
        struct message_answer answer;
        uint8_t header[MESSAGE_HEADER_LEN], seq = next_seq(reader, slot);
        uint16_t wValue = (uint16_t)(seq << 8 | (uint8_t)slot);
        size_t len = 0;
        unsigned i;
        int32_t status;

        /* A reader that knows no ABORT stalls the request; the bulk message is answered by any. */
        status = transport->control(reader->pipe, MESSAGE_CONTROL_OUT, MESSAGE_CONTROL_ABORT_REQUEST, wValue,
                                    NULL, &len, reader->limits.control_ms);
        if (status == SCARD_E_READER_UNAVAILABLE) {
                device_mark_gone(reader);
                return;
        }
        message_header(header, MESSAGE_ABORT, (uint8_t)slot, seq, 0, none);
        len = 0;
        status = link_exchange(reader, slot, header, sizeof header, false, &len, reader->limits.abort_ms);
        for (i = 0; i <= STRAYS_MAX && status == SCARD_S_SUCCESS; i++) {
                unsigned left;

                if (len != 0 && judge(reader, &abort, seq, len, &answer) == ANSWER) {
                        slots_note(reader, slot, answer.icc, false);
                        reader->slots[slot].abort_due = false;
                        return;
                }
                left = remaining(until);
                if (left == 0)
                        break;
                status = link_receive(reader, slot, &len, left);
        }
        abandon(reader, slot, seq);
        if (status != SCARD_S_SUCCESS)
                (void)after_failure(reader, status);
        reader->slots[slot].abort_due = true;
        log_line(LOG_WARN, "ccid", "slot %u: the reader did not confirm ABORT", slot);
}

/* Once, with a sequence number of its own. command->answered tells whether the reader spoke. */
static int32_t run_once(struct ccid_reader *reader, struct command *command)
{
        struct device_lane *lane = reader->slots[command->slot].lane;
        unsigned wait_ms = remaining(command->wait_until);
        size_t tx_len = MESSAGE_HEADER_LEN + command->data_len, len;
        uint8_t seq;
        int32_t status;

        command->answered = false;
        if (device_aborted(reader, command->slot))
                return SCARD_E_CANCELLED;
        if (reader->slots[command->slot].abort_due)
                command_abort(reader, command->slot);
        seq = next_seq(reader, command->slot);
        message_header(lane->tx, command->type, (uint8_t)command->slot, seq, command->data_len,
                       command->specific);
        if (tx_len > lane->tx_used)
                lane->tx_used = tx_len;
        status = link_exchange(reader, command->slot, lane->tx, tx_len,
                               (reader->quirk->flags & QUIRK_ZLP) != 0, &len, wait_ms == 0 ? 1 : wait_ms);
        status = await(reader, command, seq, status, len);
        if (status == SCARD_S_SUCCESS) {
                command->answered = true;
                return SCARD_S_SUCCESS;
        }
        /* From here on cancel is none of the pipe's business: the reader has to be brought to order. */
        (void)device_aborted(reader, command->slot);
        abandon(reader, command->slot, seq);
        status = after_failure(reader, status);
        if (status != SCARD_E_READER_UNAVAILABLE) {
                log_line(LOG_INFO, "ccid", "slot %u: message 0x%02X without an answer, aborted",
                         command->slot, command->type);
                command_abort(reader, command->slot);
        }
        return status;
}

static bool is_exchange(enum status_slot_op op)
{
        return op == STATUS_SLOT_EXCHANGE || op == STATUS_SLOT_SECURE;
}

int32_t command_failure(enum status_slot_op op, enum message_icc icc, uint8_t bError)
{
        int32_t status = status_from_slot_error(bError, icc == MESSAGE_ICC_ABSENT, op);

        /* An exchange with a card that is in and has no power: pulled and put back, or cut off by the reader
         */
        if (is_exchange(op) && icc == MESSAGE_ICC_INACTIVE &&
            (status == SCARD_W_UNRESPONSIVE_CARD || status == SCARD_F_COMM_ERROR ||
             status == SCARD_E_COMM_DATA_LOST || status == SCARD_W_REMOVED_CARD))
                return SCARD_W_UNPOWERED_CARD;
        return status;
}

/*
 * QEMU's usb-ccid answers an exchange with a card that was pulled in the meantime as done, with no data and
 * bmICCStatus
 * 2. An answer that did come counts, whatever happened to the card after it.
 */
static int32_t lost_card(const struct command *command)
{
        if (!is_exchange(command->op) || command->answer.data_len != 0)
                return SCARD_S_SUCCESS;
        if (command->answer.icc == MESSAGE_ICC_ABSENT)
                return SCARD_W_REMOVED_CARD;
        return command->answer.icc == MESSAGE_ICC_INACTIVE ? SCARD_W_UNPOWERED_CARD : SCARD_S_SUCCESS;
}

int32_t command_run(struct ccid_reader *reader, struct command *command)
{
        bool power = command->type == MESSAGE_POWER_ON || command->type == MESSAGE_POWER_OFF;
        unsigned pause_ms = 1;

        for (;;) {
                int32_t status;

                status = run_once(reader, command);
                if (status != SCARD_S_SUCCESS)
                        return status;
                slots_note(reader, command->slot, command->answer.icc, power);
                if (command->answer.outcome == MESSAGE_DONE)
                        return lost_card(command);
                status = command_failure(command->op, command->answer.icc, command->answer.bError);
                /* Only a busy slot gives this. The pause grows; the command's own time limit bounds it. */
                if (status != SCARD_E_NOT_READY || remaining(command->wait_until) <= pause_ms)
                        return status;
                if (!device_pause(reader, command->slot, pause_ms))
                        return SCARD_E_CANCELLED;
                pause_ms = pause_ms * 2 > reader->limits.pause_ms ? reader->limits.pause_ms : pause_ms * 2;
        }
}
