/*
 * suspend.h - whether the system slept: told by its clocks, one of which counts that time and one does not.
 */
#ifndef ISCARD_CCID_SUSPEND_H
#define ISCARD_CCID_SUSPEND_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

/* What was known at the last look. In nanoseconds. */
struct suspend {
        int64_t tick;   /* CLOCK_MONOTONIC_COARSE */
        int64_t asleep; /* what CLOCK_BOOTTIME was ahead of CLOCK_MONOTONIC, at most */
};

/* From now on. */
void suspend_begin(struct suspend *suspend);
/* Whether the system slept since the last look, or since suspend_begin. Costs the reading of a coarse clock, some
 * nanoseconds, and of three others once in a tick. */
bool suspend_noticed(struct suspend *suspend);

/* For tests: other clocks for the three, in nanoseconds; NULL: back to the system's. While no context is
 * established. */
void suspend_use_clock(int64_t (*clock)(clockid_t id));

#endif
