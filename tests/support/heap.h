/*
 * heap.h - the allocating functions with one failure on demand, for programs that are linked with --wrap of them
 * (tests/oom/oom.mk). It begins paused: what is allocated then neither counts nor fails.
 */
#ifndef ISCARD_TESTS_HEAP_H
#define ISCARD_TESTS_HEAP_H

#include <stdbool.h>

/* From here the n-th allocation fails; 0: none. Still paused. */
void heap_start(long n);
void heap_resume(void);
void heap_pause(void);
/* Whether the failure came about since this was asked last. */
bool heap_failed(void);
/* Whether that was one of libcrypto's. */
bool heap_failed_in_libcrypto(void);
/* Allocations since heap_start, paused ones not counted. */
long heap_seen(void);
/* Blocks of the library and the test that are not freed. libcrypto's are not among them. */
long heap_live(void);
/* Of every block that is freed while not paused; NULL: nobody. */
extern void (*heap_on_free)(const void *block);
/* libcrypto's allocations fail too. Before its first use. */
void heap_take_libcrypto(void);

#endif
