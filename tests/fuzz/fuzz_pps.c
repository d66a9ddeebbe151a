/*
 * A card's response to a PPS request, and the choice before it: src/core/pps.c.
 *
 * Input: protocol, PPS1, the reader's clock in MHz and its highest rate in 8,000 bits per second (1 byte
 * each), then the response; the same bytes are taken as an ATR for the choice.
 */
#include <stdlib.h>
#include <string.h>

#include "core/atr.h"
#include "core/pps.h"
#include "scarderr.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
        if (!holds)
                abort();
}

static void check_response(const uint8_t *data, const uint8_t *response, size_t len)
{
        uint8_t request[PPS_REQUEST_LEN], fidi = 0x55;

        check(pps_request(request, data[0], data[1]) == PPS_REQUEST_LEN);
        check((request[0] ^ request[1] ^ request[2] ^ request[3]) == 0);
        if (pps_response(request, response, len, &fidi) == SCARD_S_SUCCESS)
                check(fidi == data[1] || fidi == ATR_DEFAULT_TA1);
        else
                check(fidi == 0);
}

static void check_choice(const uint8_t *data, const uint8_t *bytes, size_t len)
{
        static const uint32_t listed[] = {9600, 10753, 115200, 250000, 344086};
        static const uint32_t clocks[] = {0, 3580, 4000, 16000};
        struct pps_limits limits = {.clock_khz = data[2] * 1000u, .max_bps = data[3] * 8000u};
        struct pps_choice choice;
        struct atr atr;

        (void)atr_parse(&atr, bytes, len);
        for (unsigned i = 0; i < 8; i++) {
                limits.rates_bps = listed;
                limits.rate_count = (i & 1) != 0 ? 5 : 0;
                limits.clocks_khz = clocks;
                limits.clock_count = (i & 2) != 0 ? 4 : 0;
                if (pps_choose(&choice, &atr, data[0], &limits, (i & 4) != 0) != SCARD_S_SUCCESS) {
                        check(!choice.exchange && choice.fidi == 0);
                        continue;
                }
                check(atr_f(choice.fidi) != 0 && atr_d(choice.fidi) != 0);
                check(!(choice.exchange && atr.specific));
                check(choice.protocol == data[0]);
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        if (size < 4)
                return 0;
        check_response(data, data + 4, size - 4);
        check_choice(data, data + 4, size - 4);
        return 0;
}
