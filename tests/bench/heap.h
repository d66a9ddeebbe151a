/*
 * heap.h - counts heap allocations by who makes them: the program's malloc and its kin stand in front of the
 * C library's and look at their caller.
 */
#ifndef ISCARD_BENCH_HEAP_H
#define ISCARD_BENCH_HEAP_H

struct heap_counts {
        unsigned long ours;   /* the library, and the C library for it */
        unsigned long libusb; /* libusb itself: a URB for each transfer, whoever submits it */
        unsigned long reader; /* the preloaded node with the virtual reader behind it */
};

void heap_count_start(void);
struct heap_counts heap_count_stop(void);

#endif
