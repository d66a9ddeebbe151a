/*
 * events.h - how those who wait hear that something happened, without asking: a counter that every visible
 * change moves on, and the monitor, a thread of ours that exists while somebody waits and serves all
 * readers.
 */
#ifndef ISCARD_CORE_EVENTS_H
#define ISCARD_CORE_EVENTS_H

#include <stdbool.h>
#include <stdint.h>

/* A call that waits for changes. Under the lock of events.c. */
struct events_wait {
        bool cancelled;
};

/* Milliseconds of CLOCK_MONOTONIC */
int64_t events_now(void);

/*
 * What a reader's state is made of has changed, or the list of readers. By one who holds the lock of what
 * changed (a slot's, the registry's): so a listener sees either the new state or the moved counter. Costs
 * nothing while nobody listens.
 */
void events_changed(void);

/* From listen to unlisten changes are counted. */
void events_listen(void);
void events_unlisten(void);
uint64_t events_count(void);

/*
 * Sleeps until the counter has moved on from seen, the wait is cancelled (false), or until (events_now; below
 * 0: without limit). The monitor runs, and no lock is held.
 */
bool events_sleep(struct events_wait *wait, uint64_t seen, int64_t until);
/* Ends the wait, now or when it begins to sleep. Any lock but this file's may be held. */
void events_cancel(struct events_wait *wait);

/* One more needs the monitor; the first starts it. No lock is held, here and in events_dismiss, which waits
 * for its end when it was the last. SCARD_E_NO_MEMORY: no thread can be had */
int32_t events_employ(void);
void events_dismiss(void);

#endif
