/*
 * slots.c - the state of the cards. Two things tell of it, and one movement must not count twice:
 * bmICCStatus in each answer (CCID 1.1 6.2.6) and NotifySlotChange on the interrupt endpoint (6.3.1). And whether
 * all of it is void, because the device was without power.
 */
#include <string.h>

#include "core/log.h"
#include "core/status.h"
#include "ccid/slots.h"

#define EVENT_MAX     64u /* bytes kept of one interrupt message; 16 slots need 5 */
#define SAME_SLEEP_MS 1000u
#define EVENT_MANY    16u /* messages read at once: a reader that floods cannot hold the caller */

static void move(struct device_slot *slot, enum ifd_card card)
{
        slot->state.card = card;
        slot->state.movements++;
}

/* Whether movement is told, and not only read from answers. Lock held. */
static bool is_told(const struct ccid_reader *reader, const struct device_slot *slot)
{
        return reader->info.reports_movement && !slot->state.silent;
}

void slots_note(struct ccid_reader *reader, unsigned number, enum message_icc icc, bool ours)
{
        static const enum ifd_card cards[] = {
            [MESSAGE_ICC_ACTIVE] = IFD_CARD_POWERED,
            [MESSAGE_ICC_INACTIVE] = IFD_CARD_PRESENT,
            [MESSAGE_ICC_ABSENT] = IFD_CARD_ABSENT,
        };
        struct device_slot *slot = &reader->slots[number];
        enum ifd_card card = cards[icc], before;

        pthread_mutex_lock(&reader->lock);
        before = slot->state.card;
        if (before == card) {
                pthread_mutex_unlock(&reader->lock);
                return;
        }
        if (before != IFD_CARD_UNKNOWN && (before == IFD_CARD_ABSENT || card == IFD_CARD_ABSENT)) {
                move(slot, card);
                slot->counted = is_told(reader, slot);
        } else if (before == IFD_CARD_POWERED && card == IFD_CARD_PRESENT && !ours &&
                   !is_told(reader, slot)) {
                /* Pulled and put back between two commands; a reader without events has only this sign. */
                move(slot, card);
        } else {
                slot->state.card = card;
        }
        pthread_mutex_unlock(&reader->lock);
}

void slots_reset(struct ccid_reader *reader)
{
        unsigned i;

        for (i = 0; i < reader->info.slots; i++) {
                reader->slots[i].state.card = IFD_CARD_UNKNOWN;
                reader->slots[i].state.silent = false;
                reader->slots[i].counted = false;
                reader->slots[i].voltage = 0;
                memset(reader->slots[i].abandoned, 0, sizeof reader->slots[i].abandoned);
        }
        reader->first_event = true;
        suspend_begin(&reader->suspend);
        reader->slept_ms = 0;
}

/*
 * The device may have been without power. The first interrupt message may be one that only says what there is, as
 * after open. Lock held.
 */
static void restart(struct ccid_reader *reader)
{
        unsigned i;

        log_line(LOG_INFO, "ccid", "the reader slept or was reset: no card is what it was");
        for (i = 0; i < reader->info.slots; i++) {
                struct device_slot *slot = &reader->slots[i];

                slot->state.restarts++;
                slot->state.settled = slot->state.movements;
                slot->counted = false;
                if (slot->state.card == IFD_CARD_POWERED)
                        slot->state.card = IFD_CARD_PRESENT;
        }
        reader->first_event = true;
}

/*
 * Two things tell of one sleep: the clocks, which are looked at first, and the bus, whose word may come in the
 * moments after. A short sleep that was broken off, or a reset by another program, is told by the bus alone.
 * Lock held.
 */
static void watch_clocks(struct ccid_reader *reader)
{
        if (!suspend_noticed(&reader->suspend))
                return;
        reader->slept_ms = device_now();
        restart(reader);
}

static void take_restart(struct ccid_reader *reader)
{
        if (reader->slept_ms == 0 || device_now() - reader->slept_ms > SAME_SLEEP_MS)
                restart(reader);
}

/*
 * One slot of a NotifySlotChange. Lock held. A message that says "changed" and names the state that is known
 * already is a card that was swapped, with two exceptions: the movement was read from an answer before
 * (counted), or it is the first message since open, with which many readers report the state they start in.
 */
static void slot_changed(struct ccid_reader *reader, struct device_slot *slot, bool present, bool changed)
{
        bool known = slot->state.card != IFD_CARD_UNKNOWN;
        bool was_present = slot->state.card >= IFD_CARD_PRESENT;
        bool counted = slot->counted;

        if (changed)
                slot->counted = false;
        if (!known)
                slot->state.card = present ? IFD_CARD_PRESENT : IFD_CARD_ABSENT;
        else if (present != was_present)
                move(slot, present ? IFD_CARD_PRESENT : IFD_CARD_ABSENT);
        else if (changed && !counted && !reader->first_event)
                move(slot, present ? IFD_CARD_PRESENT : IFD_CARD_ABSENT);
}

static void take_event(struct ccid_reader *reader, const uint8_t *bytes, size_t len)
{
        bool present, changed;
        unsigned i;

        if (bytes[0] == MESSAGE_NOTIFY_SLOT_CHANGE) {
                for (i = 0; i < reader->info.slots; i++)
                        if (message_slot_change(bytes, len, i, &present, &changed))
                                slot_changed(reader, &reader->slots[i], present, changed);
                reader->first_event = false;
        } else if (bytes[0] == MESSAGE_HARDWARE_ERROR && len >= 4) {
                log_line(LOG_WARN, "ccid", "slot %u: hardware error 0x%02X told by the reader", bytes[1],
                         bytes[3]);
        } else {
                log_line(LOG_DEBUG, "ccid", "interrupt message 0x%02X of %zu bytes ignored", bytes[0], len);
        }
}

/* An interrupt endpoint that fails, or works again. Lock held. */
static void set_silent(struct ccid_reader *reader, bool silent)
{
        unsigned i;

        if (reader->slots[0].state.silent == silent)
                return;
        log_line(LOG_INFO, "ccid", "card movement is %s",
                 silent ? "asked for: nothing is told" : "told again");
        for (i = 0; i < reader->info.slots; i++) {
                reader->slots[i].state.silent = silent;
                /* The event that was still to come may be lost, and must not hide a later one. */
                reader->slots[i].counted = false;
        }
}

int32_t slots_read(struct ccid_reader *reader, unsigned number, struct ifd_slot_state *state)
{
        uint8_t bytes[EVENT_MAX];
        int32_t status = SCARD_S_SUCCESS;
        size_t len;
        unsigned i;

        pthread_mutex_lock(&reader->lock);
        if (reader->pipe != NULL)
                watch_clocks(reader);
        for (i = 0; i < EVENT_MANY && reader->pipe != NULL && !reader->gone; i++) {
                len = 0;
                status = reader->transport->event(reader->pipe, bytes, sizeof bytes, &len);
                if (status == SCARD_W_RESET_CARD) {
                        take_restart(reader);
                        status = SCARD_S_SUCCESS;
                        continue;
                }
                if (status != SCARD_S_SUCCESS || len == 0 || len > sizeof bytes)
                        break;
                if (reader->info.reports_movement)
                        take_event(reader, bytes, len);
        }
        if (status == SCARD_E_READER_UNAVAILABLE)
                reader->gone = true;
        else if (reader->info.reports_movement)
                set_silent(reader, status == SCARD_E_NOT_READY);
        status = reader->gone || reader->pipe == NULL ? SCARD_E_READER_UNAVAILABLE : SCARD_S_SUCCESS;
        *state = reader->slots[number].state;
        pthread_mutex_unlock(&reader->lock);
        return status;
}
