/*
 * wait.h - says on the standard error what a call waits for, when it takes long and somebody is there to read it.
 */
#ifndef ISCARD_TOOL_WAIT_H
#define ISCARD_TOOL_WAIT_H

#include <pthread.h>
#include <stdbool.h>

#define WAIT_CARD "the card (some want to be touched)"

struct wait {
        const char *what;
        bool running, over; /* over: guarded by lock */
        pthread_mutex_t lock;
        pthread_cond_t ended;
        pthread_t thread;
};

/* Around one call; what: "the card", borrowed until wait_end. Nothing is said where standard error is no terminal. */
void wait_begin(struct wait *wait, const char *what);
void wait_end(struct wait *wait);

#endif
