#include "timer.h"

#include "bus.h"

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed;
static bool running;
static int64_t earliest_ms; /* 0: none */

int64_t timer_now_ms(void)
{
        struct timespec now;
        (void)clock_gettime(CLOCK_MONOTONIC, &now);
        return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void serve_due(void)
{
        int64_t next = 0;
        for (unsigned i = 0; i < bus_count(); i++) {
                struct device *device = bus_device(i);
                bus_lock(device);
                if (device->due_ms != 0 && device->due_ms <= timer_now_ms()) {
                        device->due_ms = 0;
                        bus_serve(device);
                }
                if (device->due_ms != 0 && (next == 0 || device->due_ms < next))
                        next = device->due_ms;
                bus_unlock(device);
        }
        pthread_mutex_lock(&lock);
        if (next != 0 && (earliest_ms == 0 || next < earliest_ms))
                earliest_ms = next;
        pthread_mutex_unlock(&lock);
}

static void *run(void *arg)
{
        (void)arg;
        pthread_mutex_lock(&lock);
        for (;;) {
                if (earliest_ms == 0) {
                        pthread_cond_wait(&changed, &lock);
                        continue;
                }
                if (earliest_ms > timer_now_ms()) {
                        struct timespec until = {.tv_sec = earliest_ms / 1000,
                                                 .tv_nsec = earliest_ms % 1000 * 1000000};
                        (void)pthread_cond_timedwait(&changed, &lock, &until);
                        continue;
                }
                earliest_ms = 0;
                pthread_mutex_unlock(&lock);
                serve_due();
                pthread_mutex_lock(&lock);
        }
        return NULL;
}

/* The program's signals stay with its own threads. */
static void start(void)
{
        pthread_t thread;
        pthread_condattr_t attributes;
        sigset_t all;
        sigset_t before;
        pthread_condattr_init(&attributes);
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
        pthread_cond_init(&changed, &attributes);
        pthread_condattr_destroy(&attributes);
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, &before);
        running = pthread_create(&thread, NULL, run, NULL) == 0;
        pthread_sigmask(SIG_SETMASK, &before, NULL);
        if (running)
                pthread_detach(thread);
}

void timer_set(struct device *device, int wait_ms)
{
        device->due_ms = timer_now_ms() + (wait_ms > 0 ? wait_ms : 1);
        pthread_mutex_lock(&lock);
        if (!running)
                start();
        if (earliest_ms == 0 || device->due_ms < earliest_ms)
                earliest_ms = device->due_ms;
        pthread_cond_signal(&changed);
        pthread_mutex_unlock(&lock);
}
