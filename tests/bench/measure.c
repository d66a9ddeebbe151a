#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "measure.h"

_Noreturn void measure_die(const char *what, long code)
{
        (void)fprintf(stderr, "bench: %s: 0x%08lX\n", what, (unsigned long)code & 0xFFFFFFFFu);
        exit(EXIT_FAILURE);
}

void measure_must(const char *what, long code)
{
        if (code != 0)
                measure_die(what, code);
}

uint64_t measure_now_ns(void)
{
        struct timespec now;
        (void)clock_gettime(CLOCK_MONOTONIC, &now);
        return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static int compare(const void *a, const void *b)
{
        uint32_t left = *(const uint32_t *)a;
        uint32_t right = *(const uint32_t *)b;
        return left < right ? -1 : left > right;
}

double measure_median(uint32_t *samples, size_t count)
{
        if (count == 0)
                return 0;
        qsort(samples, count, sizeof(samples[0]), compare);
        const size_t middle = count / 2;
        return samples[middle];
}
