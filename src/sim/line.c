/* line.c - see line.h */
#include "sim/line.h"

#define CLOCK_KHZ 4000u /* of this kind of reader */

#define CHARACTER_ETU    12u /* 10 moments and a guard time of 2. 7.2 */
#define CHARACTER_T1_ETU 11u /* N = 255 in T=1. 11.2 */
#define TURN_T0_ETU      16u /* between characters of opposite directions. 10.2 */
#define TURN_T1_ETU      22u /* block guard time. 11.2 */

bool sim_line_factors(uint8_t fidi, unsigned *f, unsigned *d)
{
        static const uint16_t fs[16] = {372, 372, 558, 744, 1116, 1488, 1860,
                                        0,   0,   512, 768, 1024, 1536, 2048};
        static const uint8_t ds[16] = {0, 1, 2, 4, 8, 16, 32, 64, 12, 20};

        *f = fs[fidi >> 4];
        *d = ds[fidi & 0x0F];
        return *f != 0 && *d != 0;
}

static unsigned character_etu(uint8_t guard_n, bool t1)
{
        if (guard_n == 0xFF)
                return t1 ? CHARACTER_T1_ETU : CHARACTER_ETU;
        return CHARACTER_ETU + guard_n;
}

void sim_line_add(struct sim_line *line, uint8_t fidi, uint8_t guard_n, bool t1, size_t bytes, unsigned turns)
{
        unsigned f, d;

        line->bytes += bytes;
        if (!sim_line_factors(fidi, &f, &d))
                return;
        const uint64_t etu =
            (uint64_t)bytes * character_etu(guard_n, t1) + (uint64_t)turns * (t1 ? TURN_T1_ETU : TURN_T0_ETU);
        line->used_us += etu * f * 1000 / ((uint64_t)d * CLOCK_KHZ);
}

uint64_t sim_line_bwt_us(unsigned bwi, uint8_t fidi)
{
        unsigned f, d;
        const uint64_t block = (960ull << (bwi < 10 ? bwi : 9)) * 372 * 1000 / CLOCK_KHZ;

        if (!sim_line_factors(fidi, &f, &d))
                return block;
        return block + 11ull * f * 1000 / ((uint64_t)d * CLOCK_KHZ);
}

uint64_t sim_line_wwt_us(unsigned wi, uint8_t fidi)
{
        unsigned f, d;

        return sim_line_factors(fidi, &f, &d) ? 960ull * wi * f * 1000 / CLOCK_KHZ : 0;
}
