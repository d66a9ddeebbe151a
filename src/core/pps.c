/*
 * pps.c - the PPS request and what a card's response to it means.
 */
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
