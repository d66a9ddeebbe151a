#include <string.h>

#include "scarderr.h"
#include "winscard.h"

#include "core/events.h"
#include "core/log.h"
#include "core/negotiation.h"
#include "core/registry.h"

#include "core/slot.h"

/* Of all slots, so that a handle that goes on with another slot never meets an epoch that it knows. */
static _Atomic uint64_t epochs;

static uint64_t next_epoch(void)
{
        return atomic_fetch_add_explicit(&epochs, 1, memory_order_relaxed) + 1;
}

void slot_init(struct slot *slot, struct device *device, unsigned number)
{
        memset(slot, 0, sizeof(*slot));
        slot->device = device;
        slot->number = number;
        slot->last = &slot->first;
        atomic_init(&slot->commands, 0);
        atomic_init(&slot->silent, false);
        slot->moves = 1;
        /* A handle that was made for another slot has seen nothing of this one: its card is gone. */
        slot->removed_epoch = next_epoch();
        atomic_init(&slot->epoch, slot->removed_epoch);
        atomic_init(&slot->gone, false);
        pthread_mutex_init(&slot->lock, NULL);
}

void slot_free(struct slot *slot)
{
        pthread_mutex_destroy(&slot->lock);
}

bool slot_is_interrupted(const struct slot *slot)
{
        return atomic_load_explicit(&slot->interrupted, memory_order_relaxed);
}

int32_t slot_condition(const struct slot *slot, uint64_t seen)
{
        if (seen >= slot->epoch)
                return SCARD_S_SUCCESS;
        if (slot->removed_epoch > seen)
                return SCARD_W_REMOVED_CARD;
        return slot->powered ? SCARD_W_RESET_CARD : SCARD_W_UNPOWERED_CARD;
}

uint32_t slot_state(const struct slot *slot)
{
        if (slot->powered)
                return slot->protocol != 0 ? SCARD_SPECIFIC : SCARD_NEGOTIABLE;
        switch (slot->card) {
        case IFD_CARD_PRESENT:
        case IFD_CARD_POWERED:
                return SCARD_PRESENT;
        case IFD_CARD_ABSENT:
                return SCARD_ABSENT;
        case IFD_CARD_UNKNOWN:
                break;
        }
        return SCARD_UNKNOWN;
}

bool slot_has_card(const struct slot *slot)
{
        return slot->card == IFD_CARD_PRESENT || slot->card == IFD_CARD_POWERED;
}

/* Lock and turn are held, or the lock alone while nobody has the turn, here and in the next three. */
static void slot_forget_card(struct slot *slot)
{
        slot->powered = false;
        slot->protocol = 0;
        slot->fresh = false;
        slot->exchange.run = NULL;
        memset(&slot->atr, 0, sizeof(slot->atr));
        memset(&slot->parameters, 0, sizeof(slot->parameters));
        events_changed();
}

/* What was learnt of a card goes with it. */
static void slot_forget_past(struct slot *slot)
{
        slot->tried = slot->mute = false;
        slot->last_atr_len = 0;
}

static void slot_count_move(struct slot *slot)
{
        slot->moves = slot->moves == UINT16_MAX ? 1 : (uint16_t)(slot->moves + 1);
}

static void slot_card_removed(struct slot *slot)
{
        slot->epoch = slot->removed_epoch = next_epoch();
        slot_count_move(slot);
        slot_forget_past(slot);
        slot_forget_card(slot);
}

/* What the reader says now. had_card: there was one, the same */
static void slot_set_card(struct slot *slot, enum ifd_card card, bool had_card)
{
        bool has_card = card == IFD_CARD_PRESENT || card == IFD_CARD_POWERED;

        if (has_card && !had_card && slot->card != IFD_CARD_UNKNOWN)
                slot_count_move(slot);
        slot->card = card;
        events_changed();
}

/* What the driver says now against what it said last. */
static void slot_apply(struct slot *slot, const struct ifd_slot_state *now)
{
        bool moved = now->movements != slot->movements;
        bool had_card = slot_has_card(slot);
        /* A card that we powered and that has no power now, without our doing, is another one or was out. */
        bool lost_power = slot->powered && now->card == IFD_CARD_PRESENT;
        bool has_card = now->card == IFD_CARD_PRESENT || now->card == IFD_CARD_POWERED;
        bool known = slot->card != IFD_CARD_UNKNOWN;

        slot->movements = now->movements;
        if (now->card == IFD_CARD_UNKNOWN)
                return;
        if (had_card && (moved || lost_power || !has_card)) {
                slot_card_removed(slot);
                had_card = false;
        }
        if (has_card && !had_card && known)
                slot->epoch = next_epoch();
        slot_set_card(slot, now->card, had_card);
}

/* Who waits has to know: from now on it is his to ask, or no longer. */
static void slot_set_silent(struct slot *slot, bool silent)
{
        if (atomic_load_explicit(&slot->silent, memory_order_relaxed) == silent)
                return;
        atomic_store_explicit(&slot->silent, silent, memory_order_relaxed);
        events_changed();
}

bool slot_is_told(const struct slot *slot)
{
        return slot->device->info.reports_movement &&
               !atomic_load_explicit(&slot->silent, memory_order_relaxed);
}

/* Whoever waits for a change has to know: the list of readers may be slow to follow. The lock is held. */
static void slot_note_loss(struct slot *slot, int32_t status)
{
        if ((status == SCARD_E_READER_UNAVAILABLE) == (slot->lost_ms != 0))
                return;
        slot->lost_ms = slot->lost_ms == 0 ? events_now() : 0;
        events_changed();
}

int32_t slot_glance(struct slot *slot)
{
        struct device *device = slot->device;
        struct ifd_slot_state now = {.card = IFD_CARD_UNKNOWN};

        if (slot->gone)
                return SCARD_E_READER_UNAVAILABLE;
        if (slot->busy)
                return SCARD_S_SUCCESS;
        int32_t status = device->ops.get_status(device->ctx, slot->number, false, &now);

        slot_note_loss(slot, status);
        if (status == SCARD_S_SUCCESS)
                slot_set_silent(slot, now.silent);
        if (status == SCARD_S_SUCCESS && now.restarts != slot->restarts) {
                if (!slot->restarted)
                        events_changed();
                slot->restarted = true;
        } else if (status == SCARD_S_SUCCESS && (now.card != slot->card || now.movements != slot->movements))
                slot_apply(slot, &now);
        return status;
}

void slot_lost_card(struct slot *slot, bool present)
{
        struct device *device = slot->device;
        struct ifd_slot_state now = {.card = IFD_CARD_UNKNOWN, .movements = slot->movements};

        /* The driver counted this movement too: it is not to be told twice. */
        if (device->ops.get_status(device->ctx, slot->number, false, &now) != SCARD_S_SUCCESS)
                now.movements = slot->movements;
        pthread_mutex_lock(&slot->lock);
        slot_card_removed(slot);
        slot->movements = now.movements;
        slot_set_card(slot, present ? IFD_CARD_PRESENT : IFD_CARD_ABSENT, false);
        pthread_mutex_unlock(&slot->lock);
}

/* What the card said to a reset, for those who ask later. The lock is held. */
static void slot_note_reset(struct slot *slot, int32_t status, const uint8_t *atr, size_t len)
{
        if (status == SCARD_E_CANCELLED || status == SCARD_E_READER_UNAVAILABLE ||
            status == SCARD_W_REMOVED_CARD)
                return;
        slot->tried = true;
        slot->mute = status != SCARD_S_SUCCESS;
        if (status != SCARD_S_SUCCESS)
                return;
        slot->last_atr_len = len <= IFD_ATR_MAX ? len : IFD_ATR_MAX;
        memcpy(slot->last_atr, atr, slot->last_atr_len);
}

int32_t slot_power_on(struct slot *slot)
{
        struct device *device = slot->device;
        uint8_t bytes[IFD_ATR_MAX];
        size_t len = 0;
        bool had_card = slot_has_card(slot);
        bool had_power = slot->powered;
        struct ifd_slot_state now = {.card = IFD_CARD_UNKNOWN};
        int32_t status = device->ops.power_on(device->ctx, slot->number, bytes, &len);
        bool told = device->ops.get_status(device->ctx, slot->number, false, &now) == SCARD_S_SUCCESS;

        pthread_mutex_lock(&slot->lock);
        if (told && had_power && now.movements != slot->movements) {
                slot_card_removed(slot);
                had_card = false;
        } else if (had_power) {
                slot->epoch = next_epoch();
        }
        if (told)
                slot->movements = now.movements;
        slot_forget_card(slot);
        slot_note_reset(slot, status, bytes, len);
        if (status == SCARD_S_SUCCESS) {
                slot_set_card(slot, IFD_CARD_POWERED, had_card);
                slot->powered = slot->fresh = true;
                if (!atr_parse(&slot->atr, bytes, len <= IFD_ATR_MAX ? len : IFD_ATR_MAX))
                        status = SCARD_W_UNSUPPORTED_CARD;
        } else if (status == SCARD_W_REMOVED_CARD) {
                if (had_card && slot->removed_epoch != slot->epoch)
                        slot_card_removed(slot);
                slot_set_card(slot, IFD_CARD_ABSENT, had_card);
        } else if (told && now.card != IFD_CARD_UNKNOWN) {
                slot_set_card(slot, now.card, had_card);
        }
        pthread_mutex_unlock(&slot->lock);
        return status;
}

/*
 * What the driver said of movements before is old news: all there is to know will be asked for. A card that moved
 * since is another one, or was out. The turn is held. Whether the same card is in that had power.
 */
static bool slot_note_restart(struct slot *slot, const struct ifd_slot_state *now)
{
        pthread_mutex_lock(&slot->lock);
        bool moved = now->movements != now->settled;
        bool same = slot->powered && !moved;

        slot->restarts = now->restarts;
        slot->movements = now->movements;
        slot->restarted = false;
        if (same) {
                slot->epoch = next_epoch();
                slot_forget_card(slot);
                slot->card = IFD_CARD_PRESENT;
        } else if (moved && slot_has_card(slot)) {
                slot_card_removed(slot);
                slot->card = IFD_CARD_ABSENT;
        }
        pthread_mutex_unlock(&slot->lock);
        return same;
}

/* A card that answers with another ATR is another card. */
static void slot_compare_card(struct slot *slot, const uint8_t *atr, size_t len)
{
        pthread_mutex_lock(&slot->lock);
        if (slot->last_atr_len != len || memcmp(slot->last_atr, atr, len) != 0) {
                slot->epoch = slot->removed_epoch = next_epoch();
                slot_count_move(slot);
                slot_count_move(slot);
        }
        pthread_mutex_unlock(&slot->lock);
}

/*
 * The device was without power, and so was the card. One that had power gets it again, with the protocol there was: so
 * the connections see a reset, and Reconnect finds the card ready; where that fails they see that it has none, or is
 * gone. Of another one the reader is asked whether it is still there.
 */
static int32_t slot_restart(struct slot *slot, const struct ifd_slot_state *now)
{
        struct device *device = slot->device;
        struct ifd_slot_state asked = {.card = IFD_CARD_UNKNOWN};
        uint32_t protocol = slot->protocol;
        uint8_t atr[IFD_ATR_MAX];
        size_t atr_len = slot->last_atr_len;
        int32_t status;

        memcpy(atr, slot->last_atr, atr_len);
        if (slot_note_restart(slot, now)) {
                log_line(LOG_INFO, "slot", "%s: the card was without power, and is powered again",
                         slot->name);
                status = slot_power_on(slot);
                if (status == SCARD_S_SUCCESS)
                        slot_compare_card(slot, atr, atr_len);
                if (status == SCARD_S_SUCCESS && protocol != 0)
                        status = negotiation_run(slot, protocol);
        } else {
                status = device->ops.get_status(device->ctx, slot->number, true, &asked);
                if (status == SCARD_S_SUCCESS) {
                        pthread_mutex_lock(&slot->lock);
                        slot->asked_ms = events_now();
                        slot_apply(slot, &asked);
                        pthread_mutex_unlock(&slot->lock);
                }
        }
        return status == SCARD_E_READER_UNAVAILABLE || status == SCARD_E_CANCELLED ? status : SCARD_S_SUCCESS;
}

int32_t slot_look(struct slot *slot, bool ask)
{
        struct device *device = slot->device;
        struct ifd_slot_state now = {.card = IFD_CARD_UNKNOWN};
        int32_t status = device->ops.get_status(device->ctx, slot->number, ask, &now);

        if (status != SCARD_S_SUCCESS)
                return status;
        slot_set_silent(slot, now.silent);
        if (now.restarts != slot->restarts)
                return slot_restart(slot, &now);
        if (!ask && now.card == slot->card && now.movements == slot->movements)
                return SCARD_S_SUCCESS;
        pthread_mutex_lock(&slot->lock);
        if (ask)
                slot->asked_ms = events_now();
        if (now.card != slot->card || now.movements != slot->movements)
                slot_apply(slot, &now);
        pthread_mutex_unlock(&slot->lock);
        return SCARD_S_SUCCESS;
}

bool slot_was_restarted(struct slot *slot)
{
        struct device *device = slot->device;
        struct ifd_slot_state now = {.card = IFD_CARD_UNKNOWN};

        if (device->ops.get_status(device->ctx, slot->number, false, &now) != SCARD_S_SUCCESS ||
            now.restarts == slot->restarts)
                return false;
        (void)slot_restart(slot, &now);
        return true;
}

/* The power is gone by our hand: the reader says so in its next answer, and no card was swapped. */
static int32_t slot_power_off(struct slot *slot)
{
        struct device *device = slot->device;
        int32_t status = device->ops.power_off(device->ctx, slot->number);

        if (status != SCARD_S_SUCCESS && status != SCARD_W_REMOVED_CARD)
                return status;
        pthread_mutex_lock(&slot->lock);
        slot->epoch = next_epoch();
        slot_forget_card(slot);
        slot->card = IFD_CARD_PRESENT;
        pthread_mutex_unlock(&slot->lock);
        if (status == SCARD_W_REMOVED_CARD)
                slot_lost_card(slot, false);
        return status;
}

int32_t slot_prepare(struct slot *slot, uint32_t preferred)
{
        int32_t status = exchange_level(&slot->device->info, slot->name);

        if (status != SCARD_S_SUCCESS)
                return status;
        if (slot_is_interrupted(slot))
                return SCARD_E_CANCELLED;
        if (slot->powered && slot->protocol != 0)
                return (slot->protocol & preferred) != 0 ? SCARD_S_SUCCESS : SCARD_E_PROTO_MISMATCH;
        /* Powered without a protocol: if a negotiation has failed, only a reset allows another one. */
        if (!slot->powered || !slot->fresh)
                status = slot_power_on(slot);
        return status == SCARD_S_SUCCESS ? negotiation_run(slot, preferred) : status;
}

int32_t slot_awaken(struct slot *slot)
{
        if (slot_is_interrupted(slot))
                return SCARD_E_CANCELLED;
        return slot->powered ? SCARD_S_SUCCESS : slot_power_on(slot);
}

int32_t slot_reset(struct slot *slot, bool cold, uint32_t preferred)
{
        int32_t status = SCARD_S_SUCCESS;

        if (cold && slot->powered)
                status = slot_power_off(slot);
        if (status == SCARD_S_SUCCESS)
                status = slot_power_on(slot);
        if (status == SCARD_S_SUCCESS && preferred != 0)
                status = negotiation_run(slot, preferred);
        return status;
}

int32_t slot_unpower(struct slot *slot)
{
        return slot->powered ? slot_power_off(slot) : SCARD_S_SUCCESS;
}

void slot_close(struct slot *slot)
{
        pthread_mutex_lock(&slot->lock);
        if (slot->powered)
                slot->epoch = next_epoch();
        slot_forget_past(slot);
        slot_forget_card(slot);
        slot->restarted = false;
        slot->asked_ms = slot->lost_ms = 0;
        slot->card = IFD_CARD_UNKNOWN;
        pthread_mutex_unlock(&slot->lock);
}

int32_t slot_dispose(struct slot *slot, uint32_t disposition)
{
        struct device *device = slot->device;
        bool eject =
            disposition == SCARD_EJECT_CARD && device->info.can_eject && slot->card != IFD_CARD_ABSENT;
        int32_t status = SCARD_S_SUCCESS;

        if (disposition == SCARD_RESET_CARD && slot->powered)
                status = slot_reset(slot, false, slot->protocol);
        else if (disposition == SCARD_UNPOWER_CARD || disposition == SCARD_EJECT_CARD)
                status = slot_unpower(slot);
        /* Also a card that had no power. */
        return eject && status == SCARD_S_SUCCESS ? device->ops.eject(device->ctx, slot->number) : status;
}
