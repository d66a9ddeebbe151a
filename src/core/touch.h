/*
 * touch.h - learning what only the reader can say: the question whether a card is in, and the power that brings a card's
 * ATR. It takes as long as the reader does. A call that waits for one reader does it itself; one that waits for
 * several has a thread do it for each reader that needs it, so that none keeps the news of the others waiting.
 */
#ifndef ISCARD_CORE_TOUCH_H
#define ISCARD_CORE_TOUCH_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#define TOUCH_ASK_MS                                                                                         \
        300 /* how often a reader that does not tell of movements is asked, while somebody waits */

struct slot;
struct watch;

/*
 * Under the context's lock, but for inside and cancelled, which are under lock, taken after it. That is held for an
 * abort: so one who has the turn of another slot, and has done with it, does not wait for a driver that takes its time.
 * A thread may outlast the call that started it, not the watch.
 */
struct touch {
        pthread_mutex_t lock;
        bool running;
        bool inside;    /* it has the slot's turn: an abort hits nobody else */
        bool cancelled; /* nothing more is begun */
        bool threaded;  /* thread runs, or is to be joined */
        int64_t since;  /* events_now() when it began */
        pthread_t thread;
};

void touch_init(struct touch *touch);
void touch_free(struct touch *touch); /* what touch_init made; not the touch */
/* Takes in what the driver knows; whether there is more to learn now. No lock is held. */
bool touch_wanted(struct slot *slot);
/*
 * Begins, unless it is under way already; threaded: in a thread, where one can be had, whose end is a change
 * (events_changed). The context's lock is held. True: the caller is to do it with touch_do.
 */
bool touch_begin(struct watch *watch, bool threaded);
/* Asks and powers, by one who holds no lock. */
void touch_do(struct watch *watch);
/* Aborts what is under way. The context's lock is held. */
void touch_cancel(struct watch *watch);
/* False: it is under way; else nothing is left of it. The context's lock is held. */
bool touch_is_over(struct watch *watch);
/* Aborts it until it has ended: one abort may come just before the reader is spoken to, and hit nothing. No lock is
 * held, and nobody begins another. */
void touch_end(struct watch *watch);

#endif
