#include <string.h>

#include "scarderr.h"
#include "winscard.h"

#include "core/log.h"
#include "core/pps.h"
#include "core/registry.h"
#include "core/slot.h"

#include "core/negotiation.h"

#define PROTOCOLS_KNOWN (SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1)
#define PPS_RATES_MAX   64u   /* of a reader's list */
#define PPS_WAIT_MS     4100u /* 9,600 etu at 1 MHz and F = 372, and what reader and bus may add. 7816-3 9.1 */

uint32_t negotiation_protocols(const struct slot *slot)
{
        uint32_t can = slot->device->info.protocols != 0 ? slot->device->info.protocols : PROTOCOLS_KNOWN;
        uint32_t offered =
            slot->atr.specific ? (slot->atr.protocol < 16 ? 1u << slot->atr.protocol : 0) : slot->atr.offered;

        return offered & can & PROTOCOLS_KNOWN;
}

/* What the card speaks right after a reset. */
static uint32_t first_protocol(const struct slot *slot)
{
        return slot->atr.protocol < 2 ? 1u << slot->atr.protocol : 0;
}

/* The card's own choice where it is wanted, else another it offers. 0: none. */
static uint32_t choose_protocol(const struct slot *slot, uint32_t preferred)
{
        uint32_t possible = negotiation_protocols(slot) & preferred;
        uint32_t first = first_protocol(slot);

        if (possible & first)
                return first;
        return possible & (~possible + 1);
}

static struct ifd_parameters default_parameters(const struct slot *slot, uint32_t protocol)
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

static int32_t set_parameters(struct slot *slot, const struct ifd_parameters *parameters)
{
        struct device *device = slot->device;

        return device->ops.set_parameters(device->ctx, slot->number, parameters);
}

/*
 * A reader that negotiates by itself has chosen between two protocols already. Asks which; another one is set
 * where the choice is not among those wanted. *protocol in: our choice; out: what runs.
 */
static int32_t settle_choice(struct slot *slot, uint32_t preferred, uint32_t *protocol,
                             struct ifd_parameters *parameters)
{
        struct device *device = slot->device;
        struct ifd_parameters now;

        memset(&now, 0, sizeof(now));
        int32_t status = device->ops.get_parameters(device->ctx, slot->number, &now);

        if (status == SCARD_E_UNSUPPORTED_FEATURE)
                return set_parameters(slot, parameters);
        if (status != SCARD_S_SUCCESS)
                return status;
        uint32_t running = now.protocol == 1 ? SCARD_PROTOCOL_T1 : SCARD_PROTOCOL_T0;

        if ((running & preferred) == 0)
                return set_parameters(slot, parameters);
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
static int32_t exchange_pps(struct slot *slot, struct pps_choice *choice)
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
static size_t list_rates(struct slot *slot, bool clocks, uint32_t *list)
{
        struct device *device = slot->device;
        size_t count = 0;

        if (device->ops.list_rates(device->ctx, clocks, list, PPS_RATES_MAX, &count) != SCARD_S_SUCCESS)
                return 0;
        return count < PPS_RATES_MAX ? count : PPS_RATES_MAX;
}

/* The reader is asked for its rates, and for its clocks where it does not choose one itself, only where there is a choice. */
static int32_t choose_speed(struct slot *slot, uint8_t protocol, bool failed, struct pps_choice *choice)
{
        struct device *device = slot->device;
        uint32_t rates[PPS_RATES_MAX], clocks[PPS_RATES_MAX];
        struct pps_limits limits = {.clock_khz = device->info.clock_khz,
                                    .max_bps = device->info.max_data_rate_bps};
        int32_t status = pps_choose(choice, &slot->atr, protocol, &limits, failed);

        if (status != SCARD_S_SUCCESS || !choice->exchange || choice->fidi == ATR_DEFAULT_TA1)
                return status;
        limits.rate_count = list_rates(slot, false, rates);
        limits.rates_bps = rates;
        if ((device->info.features & IFD_AUTO_CLOCK) == 0)
                limits.clock_count = list_rates(slot, true, clocks);
        limits.clocks_khz = clocks;
        return pps_choose(choice, &slot->atr, protocol, &limits, failed);
}

/* PPS, parameters and baud rate by the host, at TPDU level. *parameters and *clock_khz are what runs. */
static int32_t try_speed(struct slot *slot, uint32_t protocol, bool failed, struct ifd_parameters *parameters,
                         uint32_t *clock_khz)
{
        struct device *device = slot->device;
        struct pps_choice choice;
        int32_t status = choose_speed(slot, protocol == SCARD_PROTOCOL_T1 ? 1 : 0, failed, &choice);

        if (status == SCARD_S_SUCCESS && choice.exchange)
                status = exchange_pps(slot, &choice);
        if (status != SCARD_S_SUCCESS)
                return status;
        *parameters = default_parameters(slot, protocol);
        parameters->fidi = choice.fidi;
        bool follows = ((device->info.features & IFD_AUTO_BAUD) != 0 || choice.fidi == ATR_DEFAULT_TA1) &&
                       choice.clock_khz == device->info.clock_khz;

        if (!choice.exchange && follows && (device->info.features & IFD_AUTO_PARAMETERS) != 0)
                return SCARD_S_SUCCESS;
        status = set_parameters(slot, parameters);
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
static int32_t negotiate_by_host(struct slot *slot, uint32_t protocol, struct ifd_parameters *parameters,
                                 uint32_t *clock_khz)
{
        int32_t status = try_speed(slot, protocol, false, parameters, clock_khz);

        if (!is_refusal(status))
                return status;
        log_line(LOG_INFO, "slot",
                 "%s: card and reader do not agree on a speed: a reset, and the default one", slot->name);
        status = slot_power_on(slot);
        return status == SCARD_S_SUCCESS ? try_speed(slot, protocol, true, parameters, clock_khz) : status;
}

static bool can_switch(const struct slot *slot)
{
        const struct ifd_info *info = &slot->device->info;

        return (info->features & (IFD_AUTO_PPS | IFD_AUTO_NEGOTIATE)) != 0 ||
               info->exchange == IFD_EXCHANGE_TPDU;
}

uint32_t negotiation_reachable(const struct slot *slot)
{
        return negotiation_protocols(slot) & (can_switch(slot) ? PROTOCOLS_KNOWN : first_protocol(slot));
}

static bool has_two_protocols(const struct slot *slot)
{
        return negotiation_protocols(slot) == PROTOCOLS_KNOWN;
}

/* CCID 1.1 table 5.1-1 says what each feature leaves to the host. */
int32_t negotiation_run(struct slot *slot, uint32_t preferred)
{
        uint32_t features = slot->device->info.features;
        bool negotiates = (features & (IFD_AUTO_PPS | IFD_AUTO_NEGOTIATE)) != 0;
        uint32_t protocol = choose_protocol(slot, preferred);
        bool by_default = protocol == 1u << slot->atr.protocol;
        bool by_host = !negotiates && slot->device->info.exchange == IFD_EXCHANGE_TPDU;
        int32_t status = SCARD_S_SUCCESS;

        uint32_t clock_khz = slot->device->info.clock_khz;

        if (negotiation_protocols(slot) == 0)
                return SCARD_W_UNSUPPORTED_CARD;
        if (protocol == 0)
                return SCARD_E_PROTO_MISMATCH;
        if (!by_default && !can_switch(slot)) {
                log_line(LOG_WARN, "slot", "%s: the reader cannot switch the card to T=%d", slot->name,
                         protocol == SCARD_PROTOCOL_T1);
                return SCARD_E_PROTO_MISMATCH;
        }
        struct ifd_parameters parameters = default_parameters(slot, protocol);

        slot->fresh = false;
        if (by_host) {
                status = negotiate_by_host(slot, protocol, &parameters, &clock_khz);
        } else if (!by_default) {
                status = set_parameters(slot, &parameters);
        } else if (negotiates && has_two_protocols(slot)) {
                status = settle_choice(slot, preferred, &protocol, &parameters);
        } else if ((features & IFD_AUTO_PARAMETERS) == 0) {
                status = set_parameters(slot, &parameters);
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
