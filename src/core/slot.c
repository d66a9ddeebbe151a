#include <string.h>

#include "scarderr.h"
#include "winscard.h"

#include "core/events.h"
#include "core/log.h"
#include "core/pps.h"
#include "core/registry.h"

#include "core/slot.h"

#define PROTOCOLS_KNOWN (SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1)
#define PPS_RATES_MAX   64u   /* of a reader's list */
#define PPS_WAIT_MS     4100u /* 9,600 etu at 1 MHz and F = 372, and what reader and bus may add. 7816-3 9.1 */

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
        slot->epoch = slot->removed_epoch = 1;
        pthread_mutex_init(&slot->lock, NULL);
}

void slot_free(struct slot *slot)
{
        pthread_mutex_destroy(&slot->lock);
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

static bool slot_has_card(const struct slot *slot)
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
        slot->removed_epoch = ++slot->epoch;
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
                slot->epoch++;
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

int32_t slot_look(struct slot *slot, bool ask)
{
        struct device *device = slot->device;
        struct ifd_slot_state now = {.card = IFD_CARD_UNKNOWN};
        int32_t status = device->ops.get_status(device->ctx, slot->number, ask, &now);

        if (status != SCARD_S_SUCCESS)
                return status;
        slot_set_silent(slot, now.silent);
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

int32_t slot_glance(struct slot *slot)
{
        struct device *device = slot->device;
        struct ifd_slot_state now = {.card = IFD_CARD_UNKNOWN};

        if (slot->gone)
                return SCARD_E_READER_UNAVAILABLE;
        if (slot->busy)
                return SCARD_S_SUCCESS;
        int32_t status = device->ops.get_status(device->ctx, slot->number, false, &now);

        if (status == SCARD_S_SUCCESS)
                slot_set_silent(slot, now.silent);
        if (status == SCARD_S_SUCCESS && (now.card != slot->card || now.movements != slot->movements))
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

/* Power, or warm reset where there is power. Leaves no protocol. */
static int32_t slot_power_on(struct slot *slot)
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
                slot->epoch++;
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

uint32_t slot_protocols(const struct slot *slot)
{
        uint32_t can = slot->device->info.protocols != 0 ? slot->device->info.protocols : PROTOCOLS_KNOWN;
        uint32_t offered =
            slot->atr.specific ? (slot->atr.protocol < 16 ? 1u << slot->atr.protocol : 0) : slot->atr.offered;

        return offered & can & PROTOCOLS_KNOWN;
}

/* The card's own choice where it is wanted, else another it offers. 0: none. */
static uint32_t slot_choose_protocol(const struct slot *slot, uint32_t preferred)
{
        uint32_t possible = slot_protocols(slot) & preferred;
        uint32_t first = slot->atr.protocol < 2 ? 1u << slot->atr.protocol : 0;

        if (possible & first)
                return first;
        return possible & (~possible + 1);
}

static struct ifd_parameters slot_default_parameters(const struct slot *slot, uint32_t protocol)
{
        const struct atr *atr = &slot->atr;
        uint32_t features = slot->device->info.features;
        /* Without a PPS the card talks at the default rate, unless its ATR fixes another. 7816-3 6.3.1 */
        bool ta1 =
            atr->specific ? !atr->specific_implicit : (features & (IFD_AUTO_PPS | IFD_AUTO_NEGOTIATE)) != 0;

        return (struct ifd_parameters){
            .protocol = protocol == SCARD_PROTOCOL_T1 ? 1 : 0,
            .fidi = ta1 ? atr->ta1 : ATR_DEFAULT_TA1,
            .guard_n = atr->n,
            .inverse = atr->inverse,
            .crc = atr->crc,
            .wi = atr->wi,
            .bwi = atr->bwi,
            .cwi = atr->cwi,
            .clock_stop = atr->clock_stop,
            .ifsc = atr->ifsc,
        };
}

static int32_t slot_set_parameters(struct slot *slot, const struct ifd_parameters *parameters)
{
        struct device *device = slot->device;

        return device->ops.set_parameters(device->ctx, slot->number, parameters);
}

/*
 * A reader that negotiates by itself has chosen between two protocols already. Asks which; another one is set
 * where the choice is not among those wanted. *protocol in: our choice; out: what runs.
 */
static int32_t slot_settle_choice(struct slot *slot, uint32_t preferred, uint32_t *protocol,
                                  struct ifd_parameters *parameters)
{
        struct device *device = slot->device;
        struct ifd_parameters now;

        memset(&now, 0, sizeof(now));
        int32_t status = device->ops.get_parameters(device->ctx, slot->number, &now);

        if (status == SCARD_E_UNSUPPORTED_FEATURE)
                return slot_set_parameters(slot, parameters);
        if (status != SCARD_S_SUCCESS)
                return status;
        uint32_t running = now.protocol == 1 ? SCARD_PROTOCOL_T1 : SCARD_PROTOCOL_T0;

        if ((running & preferred) == 0)
                return slot_set_parameters(slot, parameters);
        *protocol = running;
        *parameters = now;
        return SCARD_S_SUCCESS;
}

/* A failure after which card and reader are tried again at the default speed. */
static bool is_refusal(int32_t status)
{
        return status == SCARD_E_PROTO_MISMATCH || status == SCARD_E_UNSUPPORTED_FEATURE ||
               status == SCARD_E_INVALID_PARAMETER || status == SCARD_W_UNRESPONSIVE_CARD ||
               status == SCARD_E_COMM_DATA_LOST || status == SCARD_E_TIMEOUT ||
               status == SCARD_F_COMM_ERROR || status == SCARD_E_INSUFFICIENT_BUFFER;
}

/* One PPS; on success choice->fidi is what the card goes on with. */
static int32_t slot_exchange_pps(struct slot *slot, struct pps_choice *choice)
{
        struct device *device = slot->device;
        uint8_t request[PPS_REQUEST_LEN], response[2 * PPS_MAX_LEN];
        struct ifd_message message = {.cmd = request,
                                      .cmd_len = pps_request(request, choice->protocol, choice->fidi),
                                      .rsp = response,
                                      .rsp_cap = sizeof(response),
                                      .wait_ms = PPS_WAIT_MS,
                                      .extension_ms = PPS_WAIT_MS};
        int32_t status = device->ops.transmit(device->ctx, slot->number, &message);

        if (status != SCARD_S_SUCCESS)
                return is_refusal(status) ? SCARD_E_PROTO_MISMATCH : status;
        return pps_response(request, response,
                            message.rsp_len <= sizeof(response) ? message.rsp_len : sizeof(response),
                            &choice->fidi);
}

/* The reader's list, bounded; 0: it gives none. */
static size_t slot_list(struct slot *slot, bool clocks, uint32_t *list)
{
        struct device *device = slot->device;
        size_t count = 0;

        if (device->ops.list_rates(device->ctx, clocks, list, PPS_RATES_MAX, &count) != SCARD_S_SUCCESS)
                return 0;
        return count < PPS_RATES_MAX ? count : PPS_RATES_MAX;
}

/* The reader is asked for its rates, and for its clocks where it does not choose one itself, only where there is a choice. */
static int32_t slot_choose_speed(struct slot *slot, uint8_t protocol, bool failed, struct pps_choice *choice)
{
        struct device *device = slot->device;
        uint32_t rates[PPS_RATES_MAX], clocks[PPS_RATES_MAX];
        struct pps_limits limits = {.clock_khz = device->info.clock_khz,
                                    .max_bps = device->info.max_data_rate_bps};
        int32_t status = pps_choose(choice, &slot->atr, protocol, &limits, failed);

        if (status != SCARD_S_SUCCESS || !choice->exchange || choice->fidi == ATR_DEFAULT_TA1)
                return status;
        limits.rate_count = slot_list(slot, false, rates);
        limits.rates_bps = rates;
        if ((device->info.features & IFD_AUTO_CLOCK) == 0)
                limits.clock_count = slot_list(slot, true, clocks);
        limits.clocks_khz = clocks;
        return pps_choose(choice, &slot->atr, protocol, &limits, failed);
}

/* PPS, parameters and baud rate by the host, at TPDU level. *parameters and *clock_khz are what runs. */
static int32_t slot_try_speed(struct slot *slot, uint32_t protocol, bool failed,
                              struct ifd_parameters *parameters, uint32_t *clock_khz)
{
        struct device *device = slot->device;
        struct pps_choice choice;
        int32_t status = slot_choose_speed(slot, protocol == SCARD_PROTOCOL_T1 ? 1 : 0, failed, &choice);

        if (status == SCARD_S_SUCCESS && choice.exchange)
                status = slot_exchange_pps(slot, &choice);
        if (status != SCARD_S_SUCCESS)
                return status;
        *parameters = slot_default_parameters(slot, protocol);
        parameters->fidi = choice.fidi;
        bool follows = ((device->info.features & IFD_AUTO_BAUD) != 0 || choice.fidi == ATR_DEFAULT_TA1) &&
                       choice.clock_khz == device->info.clock_khz;

        if (!choice.exchange && follows && (device->info.features & IFD_AUTO_PARAMETERS) != 0)
                return SCARD_S_SUCCESS;
        status = slot_set_parameters(slot, parameters);
        if (status == SCARD_E_UNSUPPORTED_FEATURE && !choice.exchange)
                return SCARD_S_SUCCESS; /* nothing to set: the reader goes by the ATR */
        if (status == SCARD_S_SUCCESS && !follows)
                status = device->ops.set_rate(device->ctx, slot->number, &choice.clock_khz, &choice.rate_bps);
        if (status == SCARD_S_SUCCESS)
                *clock_khz = choice.clock_khz;
        return status;
}

/* The fastest speed that card and reader have in common; where that fails, the default one behind a reset.
 * 7816-3 9.1 */
static int32_t slot_negotiate_by_host(struct slot *slot, uint32_t protocol, struct ifd_parameters *parameters,
                                      uint32_t *clock_khz)
{
        int32_t status = slot_try_speed(slot, protocol, false, parameters, clock_khz);

        if (!is_refusal(status))
                return status;
        log_line(LOG_INFO, "slot",
                 "%s: card and reader do not agree on a speed: a reset, and the default one", slot->name);
        status = slot_power_on(slot);
        return status == SCARD_S_SUCCESS ? slot_try_speed(slot, protocol, true, parameters, clock_khz)
                                         : status;
}

static bool slot_has_two_protocols(const struct slot *slot)
{
        return slot_protocols(slot) == PROTOCOLS_KNOWN;
}

/* Right after a reset. CCID 1.1 table 5.1-1 says what each feature leaves to the host. */
static int32_t slot_negotiate(struct slot *slot, uint32_t preferred)
{
        uint32_t features = slot->device->info.features;
        bool negotiates = (features & (IFD_AUTO_PPS | IFD_AUTO_NEGOTIATE)) != 0;
        uint32_t protocol = slot_choose_protocol(slot, preferred);
        bool by_default = protocol == 1u << slot->atr.protocol;
        bool by_host = !negotiates && slot->device->info.exchange == IFD_EXCHANGE_TPDU;
        int32_t status = SCARD_S_SUCCESS;

        uint32_t clock_khz = slot->device->info.clock_khz;

        if (slot_protocols(slot) == 0)
                return SCARD_W_UNSUPPORTED_CARD;
        if (protocol == 0)
                return SCARD_E_PROTO_MISMATCH;
        if (!by_default && !negotiates && !by_host) {
                log_line(LOG_WARN, "slot", "%s: the reader cannot switch the card to T=%d", slot->name,
                         protocol == SCARD_PROTOCOL_T1);
                return SCARD_E_PROTO_MISMATCH;
        }
        struct ifd_parameters parameters = slot_default_parameters(slot, protocol);

        slot->fresh = false;
        if (by_host) {
                status = slot_negotiate_by_host(slot, protocol, &parameters, &clock_khz);
        } else if (!by_default) {
                status = slot_set_parameters(slot, &parameters);
        } else if (negotiates && slot_has_two_protocols(slot)) {
                status = slot_settle_choice(slot, preferred, &protocol, &parameters);
        } else if ((features & IFD_AUTO_PARAMETERS) == 0) {
                status = slot_set_parameters(slot, &parameters);
                if (status == SCARD_E_UNSUPPORTED_FEATURE)
                        status = SCARD_S_SUCCESS; /* nothing to set: the reader goes by the ATR */
        }
        if (status != SCARD_S_SUCCESS)
                return status == SCARD_E_UNSUPPORTED_FEATURE ? SCARD_E_PROTO_MISMATCH : status;
        pthread_mutex_lock(&slot->lock);
        slot->parameters = parameters;
        slot->clock_khz = clock_khz;
        status = exchange_choose(slot, protocol);
        if (status == SCARD_S_SUCCESS)
                slot->protocol = protocol;
        pthread_mutex_unlock(&slot->lock);
        return status;
}

/* The power is gone by our hand: the reader says so in its next answer, and no card was swapped. */
static int32_t slot_power_off(struct slot *slot)
{
        struct device *device = slot->device;
        int32_t status = device->ops.power_off(device->ctx, slot->number);

        if (status != SCARD_S_SUCCESS && status != SCARD_W_REMOVED_CARD)
                return status;
        pthread_mutex_lock(&slot->lock);
        slot->epoch++;
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
        if (slot->powered && slot->protocol != 0)
                return (slot->protocol & preferred) != 0 ? SCARD_S_SUCCESS : SCARD_E_PROTO_MISMATCH;
        /* Powered without a protocol: if a negotiation has failed, only a reset allows another one. */
        if (!slot->powered || !slot->fresh)
                status = slot_power_on(slot);
        return status == SCARD_S_SUCCESS ? slot_negotiate(slot, preferred) : status;
}

int32_t slot_awaken(struct slot *slot)
{
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
                status = slot_negotiate(slot, preferred);
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
                slot->epoch++;
        slot_forget_past(slot);
        slot_forget_card(slot);
        slot->asked_ms = 0;
        slot->card = IFD_CARD_UNKNOWN;
        pthread_mutex_unlock(&slot->lock);
}

int32_t slot_dispose(struct slot *slot, uint32_t disposition)
{
        if (!slot->powered)
                return SCARD_S_SUCCESS;
        switch (disposition) {
        case SCARD_RESET_CARD:
                return slot_reset(slot, false, slot->protocol);
        case SCARD_UNPOWER_CARD:
        case SCARD_EJECT_CARD:
                return slot_unpower(slot);
        default:
                return SCARD_S_SUCCESS;
        }
}
