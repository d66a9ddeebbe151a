/*
 * clock.h - time that passes at once: who waits for a moment finds it come. The linker leads the clock and
 * the waiting of the library here (matrix.mk). Only for a program of one thread: there nobody could end a
 * wait early.
 */
#ifndef ISCARD_TESTS_MATRIX_CLOCK_H
#define ISCARD_TESTS_MATRIX_CLOCK_H

#include <stdint.h>

/* Milliseconds since some moment: as the library sees them, and outside. */
uint64_t clock_seen_ms(void);
uint64_t clock_real_ms(void);

#endif
