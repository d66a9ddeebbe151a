/*
 * measure.h - what the parts of the benchmark share: clocks, samples, and the way out.
 */
#ifndef ISCARD_BENCH_MEASURE_H
#define ISCARD_BENCH_MEASURE_H

#include <stddef.h>
#include <stdint.h>

/* Ends the program: a figure that was not measured is no figure. code: what went wrong, as it came. */
_Noreturn void measure_die(const char *what, long code);
/* code other than 0: measure_die */
void measure_must(const char *what, long code);
uint64_t measure_now_ns(void);
/* samples: count of them, in any unit; they are sorted. 0 where there are none. */
double measure_median(uint32_t *samples, size_t count);

#endif
