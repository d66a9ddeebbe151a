/*
 * idle.h - what a wait for changes costs while nothing happens: how often any thread of the process wakes up.
 */
#ifndef ISCARD_BENCH_IDLE_H
#define ISCARD_BENCH_IDLE_H

#define IDLE_READERS 16

/* Prints its row, after ten seconds. While no context is established; ISCARD_SIM has IDLE_READERS readers with interrupt
 * endpoints. */
void idle_measure(void);

#endif
