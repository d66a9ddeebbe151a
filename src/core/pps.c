/*
 * pps.c - PPS: whether one is needed and for which speed, the request, and what a card's response to it
 * means.
 */
#include <string.h>

#include "scarderr.h"

#include "core/atr.h"

#include "core/pps.h"

#define PPSS         0xFF
#define PPS1_PRESENT 0x10
#define PPS2_PRESENT 0x20
#define PPS3_PRESENT 0x40

size_t pps_request(uint8_t out[PPS_REQUEST_LEN], uint8_t protocol, uint8_t fidi)
{
        out[0] = PPSS;
        out[1] = (uint8_t)(PPS1_PRESENT | (protocol & 0x0F));
        out[2] = fidi;
        out[3] = out[0] ^ out[1] ^ out[2]; /* PCK: the sum of all is zero. 9.2 */
        return PPS_REQUEST_LEN;
}

int32_t pps_response(const uint8_t request[PPS_REQUEST_LEN], const uint8_t *response, size_t len,
                     uint8_t *fidi)
{
        uint8_t sum = 0;
        uint8_t pps0;

        *fidi = 0;
        if (response == NULL || len < 3 || len > PPS_REQUEST_LEN || response[0] != PPSS)
                return SCARD_E_PROTO_MISMATCH;
        for (size_t i = 0; i < len; i++)
                sum ^= response[i];
        pps0 = response[1];
        /* PPS2 and PPS3 were not asked for; bit 8 is reserved. */
        if (sum != 0 || ((pps0 ^ request[1]) & 0x0F) != 0 ||
            (pps0 & (PPS2_PRESENT | PPS3_PRESENT | 0x80)) != 0)
                return SCARD_E_PROTO_MISMATCH;
        if ((pps0 & PPS1_PRESENT) == 0) {
                if (len != 3)
                        return SCARD_E_PROTO_MISMATCH;
                *fidi = ATR_DEFAULT_TA1;
                return SCARD_S_SUCCESS;
        }
        if (len != PPS_REQUEST_LEN || response[2] != request[2])
                return SCARD_E_PROTO_MISMATCH;
        *fidi = request[2];
        return SCARD_S_SUCCESS;
}

/* ---- the choice */

static uint32_t rate_bps(uint8_t fidi, uint32_t clock_khz)
{
        return (uint32_t)((uint64_t)clock_khz * 1000u * atr_d(fidi) / atr_f(fidi));
}

/* Readers list rates as rounded numbers. */
static bool is_near(uint32_t a, uint32_t b)
{
        uint32_t difference = a > b ? a - b : b - a;

        return (uint64_t)difference * 200u <= a;
}

static bool reader_can(const struct pps_limits *limits, uint32_t rate)
{
        if (limits->max_bps != 0 && rate > limits->max_bps && !is_near(rate, limits->max_bps))
                return false;
        for (size_t i = 0; i < limits->rate_count; i++)
                if (is_near(rate, limits->rates_bps[i]))
                        return true;
        return limits->rate_count == 0;
}

/* Whether a proposal for PPS1 stays within what TA1 offers: from Fd to Fi, from Dd to Di (9.3), and not
 * faster than Fi and Di together. */
static bool card_can(const struct atr *atr, uint8_t fidi)
{
        unsigned f = atr_f(fidi), d = atr_d(fidi);

        if (f == 0 || d == 0 || (f != atr->fi && f != ATR_FD) || d > atr->di)
                return false;
        return (uint32_t)d * atr->fi <= (uint32_t)atr->di * f;
}

static bool is_better(const struct pps_choice *choice, const struct pps_limits *limits, uint32_t rate,
                      uint32_t clock_khz)
{
        if (rate != choice->rate_bps)
                return rate > choice->rate_bps;
        return clock_khz == limits->clock_khz && choice->clock_khz != limits->clock_khz;
}

static void try_clock(struct pps_choice *choice, const struct atr *atr, const struct pps_limits *limits,
                      uint32_t clock_khz)
{
        uint8_t nibbles = atr->ta1 >> 4; /* this F, then Fd: of two ways to one speed the card's own */

        for (unsigned f = 0; f < 2; f++, nibbles = ATR_DEFAULT_TA1 >> 4)
                for (uint8_t d = 1; d < 16; d++) {
                        uint8_t fidi = (uint8_t)(nibbles << 4 | d);

                        if (!card_can(atr, fidi) || clock_khz > atr->fmax_khz ||
                            clock_khz > atr_fmax_khz(fidi))
                                continue;
                        uint32_t rate = rate_bps(fidi, clock_khz);

                        if (reader_can(limits, rate) && is_better(choice, limits, rate, clock_khz)) {
                                choice->fidi = fidi;
                                choice->clock_khz = clock_khz;
                                choice->rate_bps = rate;
                        }
                }
}

static void choose_fastest(struct pps_choice *choice, const struct atr *atr, const struct pps_limits *limits)
{
        if (!atr->has_ta1 || limits->clock_khz == 0)
                return;
        try_clock(choice, atr, limits, limits->clock_khz);
        for (size_t i = 0; i < limits->clock_count; i++)
                if (limits->clocks_khz[i] >= 1000) /* 7816-3 5.2.3: no card runs slower */
                        try_clock(choice, atr, limits, limits->clocks_khz[i]);
}

int32_t pps_choose(struct pps_choice *choice, const struct atr *atr, uint8_t protocol,
                   const struct pps_limits *limits, bool failed)
{
        memset(choice, 0, sizeof(*choice));
        if (protocol > 1 || (atr->offered & 1u << protocol) == 0 ||
            (atr->specific && atr->protocol != protocol))
                return SCARD_E_PROTO_MISMATCH;
        choice->protocol = protocol;
        choice->fidi = ATR_DEFAULT_TA1;
        if (atr->specific && !atr->specific_implicit)
                choice->fidi = atr->ta1;
        choice->clock_khz = limits->clock_khz;
        choice->rate_bps = rate_bps(choice->fidi, limits->clock_khz);
        if (atr->specific) /* never a PPS. 6.3.1 */
                return SCARD_S_SUCCESS;
        if (!failed)
                choose_fastest(choice, atr, limits);
        choice->exchange = protocol != atr->first_protocol || choice->fidi != ATR_DEFAULT_TA1;
        return SCARD_S_SUCCESS;
}
