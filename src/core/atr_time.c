/*
 * atr_time.c - the waiting times that follow from an ATR. The clauses are those of ISO/IEC 7816-3:2006.
 */
#include "core/atr.h"

#define SLOWEST_KHZ 1000u /* 5.2.3 */

/* clock cycles / (divisor x clock), in milliseconds, rounded up, at least 1 */
static uint32_t cycles_to_ms(uint64_t cycles, unsigned divisor, unsigned clock_khz)
{
        uint64_t per_ms = (uint64_t)divisor * (clock_khz == 0 ? SLOWEST_KHZ : clock_khz);
        uint64_t ms = cycles / per_ms + (cycles % per_ms != 0 ? 1 : 0);

        if (ms == 0)
                return 1;
        return ms > UINT32_MAX ? UINT32_MAX : (uint32_t)ms;
}

/* WT = WI x 960 x Fi / f */
uint32_t atr_wwt_ms(uint8_t wi, unsigned fi, unsigned clock_khz)
{
        return cycles_to_ms((uint64_t)wi * 960 * (fi == 0 ? ATR_FD : fi), 1, clock_khz);
}

/* BWT = 11 etu + 2^BWI x 960 x Fd / f, one etu being F/D cycles */
uint32_t atr_bwt_ms(uint8_t bwi, unsigned f, unsigned d, unsigned clock_khz)
{
        unsigned divisor = d == 0 ? ATR_DD : d;
        uint64_t etus = (uint64_t)11 * (f == 0 ? ATR_FD : f);

        return cycles_to_ms(etus + ((uint64_t)960 * ATR_FD << (bwi & 0x0F)) * divisor, divisor, clock_khz);
}

/* CWT = (11 + 2^CWI) etu */
uint32_t atr_cwt_ms(uint8_t cwi, unsigned f, unsigned d, unsigned clock_khz)
{
        uint64_t etus = 11 + ((uint64_t)1 << (cwi & 0x0F));

        return cycles_to_ms(etus * (f == 0 ? ATR_FD : f), d == 0 ? ATR_DD : d, clock_khz);
}
