/*
 * line.h - the card's line: how many characters went over it and how long they took, by the speed in force
 * and the guard times. ISO/IEC 7816-3 7.1, 8.1, 10.2, 11.2.
 */
#ifndef ISCARD_SIM_LINE_H
#define ISCARD_SIM_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sim_line {
        uint64_t bytes;   /* both ways */
        uint64_t used_us; /* as long as they take */
};

/* The factors of a TA1: F and D; false: a reserved value. Tables 7 and 8 */
bool sim_line_factors(uint8_t fidi, unsigned *f, unsigned *d);
/*
 * Adds bytes characters in turns stretches, each of one direction. fidi: the speed; guard_n: the extra guard
 * time N (TC1) in force; t1: the guard times are those of T=1.
 */
void sim_line_add(struct sim_line *line, uint8_t fidi, uint8_t guard_n, bool t1, size_t bytes,
                  unsigned turns);
/* How long the other side is waited for before it counts as mute: BWT (11.4.3) and WWT (10.2). */
uint64_t sim_line_bwt_us(unsigned bwi, uint8_t fidi);
uint64_t sim_line_wwt_us(unsigned wi, uint8_t fidi);

#endif
