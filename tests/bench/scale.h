/*
 * scale.h - commands per second of many readers at once, beside loops over virtual readers that nobody shares.
 */
#ifndef ISCARD_BENCH_SCALE_H
#define ISCARD_BENCH_SCALE_H

#define SCALE_READERS 64

/* Prints its rows. While no context is established; ISCARD_SIM has SCALE_READERS readers at SCALE_READER. */
#define SCALE_READER "level=short-apdu"
void scale_measure(void);

#endif
