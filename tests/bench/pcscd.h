/*
 * pcscd.h - between the benchmark and the program that runs pcscd beside it (pcscd.c): pipes, for the preload
 * must cover pcscd alone. The program writes one struct pcscd_start; then, for each byte that it reads,
 * PCSCD_ROUND samples in nanoseconds (uint32_t). It ends where its input ends.
 */
#ifndef ISCARD_BENCH_PCSCD_H
#define ISCARD_BENCH_PCSCD_H

#include <stdint.h>

#define PCSCD_ROUND   500
#define PCSCD_WARM_UP 50

struct pcscd_start {
        uint32_t bulk_out, bulk_in; /* transfers from plug-in to the first APDU's answer; 0: see problem */
        uint32_t can_run;           /* 0: problem is what the machine lacks. Else it is what went wrong */
        char problem[128];
};

#endif
