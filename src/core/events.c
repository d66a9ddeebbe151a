#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "scarderr.h"

#include "core/log.h"
#include "core/registry.h"
#include "core/thread.h"

#include "core/events.h"

/*
 * Lock order: lock is innermost but for the handle table's; life is outermost, above the registry's. A thread
 * that would take life holds nothing, since the monitor, for whose end it may wait, takes the others.
 * Invariants: the monitor runs exactly while employers > 0 and life is free; bell is open while it runs.
 */
static struct {
        pthread_mutex_t lock;
        pthread_cond_t changed; /* CLOCK_MONOTONIC */
        uint64_t count;
        atomic_uint listeners;

        pthread_mutex_t life;
        unsigned employers;
        pthread_t thread;
        atomic_bool over;

        pthread_mutex_t bell_lock; /* nothing is taken inside */
        int bell; /* eventfd: the monitor is to look around, or to end; -1: it does not run */
} events = {.lock = PTHREAD_MUTEX_INITIALIZER,
            .life = PTHREAD_MUTEX_INITIALIZER,
            .bell_lock = PTHREAD_MUTEX_INITIALIZER,
            .bell = -1};

static pthread_once_t events_once = PTHREAD_ONCE_INIT;

static void events_init(void)
{
        pthread_condattr_t attributes;

        (void)pthread_condattr_init(&attributes);
        (void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
        (void)pthread_cond_init(&events.changed, &attributes);
        (void)pthread_condattr_destroy(&attributes);
}

int64_t events_now(void)
{
        struct timespec now;

        clock_gettime(CLOCK_MONOTONIC, &now);
        return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ---- the counter */

void events_changed(void)
{
        /* Acquire: the first listener has made the condition variable before it counted itself. */
        if (atomic_load_explicit(&events.listeners, memory_order_acquire) == 0)
                return;
        pthread_mutex_lock(&events.lock);
        events.count++;
        pthread_cond_broadcast(&events.changed);
        pthread_mutex_unlock(&events.lock);
}

void events_listen(void)
{
        pthread_once(&events_once, events_init);
        atomic_fetch_add(&events.listeners, 1);
}

void events_unlisten(void)
{
        atomic_fetch_sub(&events.listeners, 1);
}

uint64_t events_count(void)
{
        pthread_mutex_lock(&events.lock);
        uint64_t count = events.count;

        pthread_mutex_unlock(&events.lock);
        return count;
}

bool events_sleep(struct events_wait *wait, uint64_t seen, int64_t until)
{
        /* One more: the clock of events_now may be just short of the moment. */
        struct timespec at = {.tv_sec = (time_t)((until + 1) / 1000),
                              .tv_nsec = (long)((until + 1) % 1000) * 1000000L};
        int ended = 0;

        pthread_mutex_lock(&events.lock);
        while (!wait->cancelled && events.count == seen && ended == 0) {
                if (until < 0)
                        ended = pthread_cond_wait(&events.changed, &events.lock);
                else
                        ended = pthread_cond_timedwait(&events.changed, &events.lock, &at);
        }
        bool going = !wait->cancelled;

        pthread_mutex_unlock(&events.lock);
        return going;
}

void events_cancel(struct events_wait *wait)
{
        pthread_mutex_lock(&events.lock);
        wait->cancelled = true;
        pthread_cond_broadcast(&events.changed);
        pthread_mutex_unlock(&events.lock);
}

/* ---- the monitor */

/* A driver's late call finds no bell. */
static void monitor_ring(void)
{
        static const uint64_t one = 1;

        pthread_mutex_lock(&events.bell_lock);
        if (events.bell >= 0 && write(events.bell, &one, sizeof(one)) < 0)
                log_line(LOG_DEBUG, "events", "the bell has rung 2^64 - 2 times unheard");
        pthread_mutex_unlock(&events.bell_lock);
}

static void bell_set(int fd)
{
        pthread_mutex_lock(&events.bell_lock);
        int before = events.bell;

        events.bell = fd;
        pthread_mutex_unlock(&events.bell_lock);
        if (before >= 0)
                (void)close(before);
}

static void *monitor_run(void *arg)
{
        int bell = (int)(intptr_t)arg;
        struct pollfd fds[1 + REGISTRY_DRIVERS_MAX];
        uint64_t rung;

        while (!atomic_load(&events.over)) {
                int timeout_ms = -1;
                unsigned count = registry_pump(fds + 1, &timeout_ms);

                fds[0] = (struct pollfd){.fd = bell, .events = POLLIN};
                if (poll(fds, 1 + count, timeout_ms) < 0 && errno != EINTR)
                        log_line(LOG_WARN, "events", "poll failed: %d", errno);
                if ((fds[0].revents & POLLIN) != 0 && read(bell, &rung, sizeof(rung)) < 0)
                        log_line(LOG_DEBUG, "events", "the bell was silent");
        }
        return NULL;
}

/* Life is held. */
static int32_t monitor_start(void)
{
        static const struct ifd_watcher watcher = {.wake = monitor_ring};

        int bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

        if (bell < 0)
                return SCARD_E_NO_MEMORY;
        bell_set(bell);
        atomic_store(&events.over, false);
        int32_t status = registry_watch(&watcher);

        if (status == SCARD_S_SUCCESS &&
            thread_start(&events.thread, monitor_run, (void *)(intptr_t)bell) != 0) {
                (void)registry_watch(NULL);
                status = SCARD_E_NO_MEMORY;
        }
        if (status != SCARD_S_SUCCESS)
                bell_set(-1);
        return status;
}

int32_t events_employ(void)
{
        int32_t status = SCARD_S_SUCCESS;

        pthread_mutex_lock(&events.life);
        if (events.employers == 0)
                status = monitor_start();
        if (status == SCARD_S_SUCCESS)
                events.employers++;
        pthread_mutex_unlock(&events.life);
        return status;
}

void events_dismiss(void)
{
        pthread_mutex_lock(&events.life);
        if (--events.employers == 0) {
                atomic_store(&events.over, true);
                monitor_ring();
                pthread_join(events.thread, NULL);
                (void)registry_watch(NULL);
                bell_set(-1);
        }
        pthread_mutex_unlock(&events.life);
}
