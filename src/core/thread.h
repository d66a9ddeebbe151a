/*
 * thread.h - a thread of the library's own.
 */
#ifndef ISCARD_CORE_THREAD_H
#define ISCARD_CORE_THREAD_H

#include <pthread.h>

/* To be joined by the caller. Signals are the program's threads' business, never its. 0, or else none can be had */
int thread_start(pthread_t *thread, void *(*run)(void *arg), void *arg);

#endif
