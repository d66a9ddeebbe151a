/*
 * hand_clock.h - time that the test stops and puts forward: what is held against a clock does not depend on how fast the
 * machine is, nor on whom it serves meanwhile. To be included by one file of a program, whose clock_gettime is the one
 * here. The system never sleeps by it: CLOCK_BOOTTIME is CLOCK_MONOTONIC.
 */
#ifndef ISCARD_TESTS_HAND_CLOCK_H
#define ISCARD_TESTS_HAND_CLOCK_H

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define HAND_NS_PER_S  INT64_C(1000000000)
#define HAND_NS_PER_MS INT64_C(1000000)

/* Where it stands, while it is stopped; else how far it is from the system's. */
static atomic_bool hand_stopped;
static atomic_llong hand_ns;

static inline int64_t hand_system_ns(void)
{
        struct timespec now;

        (void)syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &now);
        return now.tv_sec * HAND_NS_PER_S + now.tv_nsec;
}

static inline int64_t hand_now_ns(void)
{
        return atomic_load(&hand_ns) + (atomic_load(&hand_stopped) ? 0 : hand_system_ns());
}

static inline struct timespec hand_time(int64_t ns)
{
        return (struct timespec){.tv_sec = (time_t)(ns / HAND_NS_PER_S),
                                 .tv_nsec = (long)(ns % HAND_NS_PER_S)};
}

/* Both while no other thread reads the clock. Time goes on from where it stood. */
static inline void hand_clock_stop(void)
{
        int64_t now = hand_now_ns();

        atomic_store(&hand_stopped, true);
        atomic_store(&hand_ns, now);
}

static inline void hand_clock_go(void)
{
        if (!atomic_exchange(&hand_stopped, false))
                return;
        atomic_store(&hand_ns, atomic_load(&hand_ns) - hand_system_ns());
}

static inline void hand_clock_forward(int64_t ms)
{
        atomic_fetch_add(&hand_ns, ms * HAND_NS_PER_MS);
}

int clock_gettime(clockid_t id, struct timespec *now)
{
        if (id != CLOCK_MONOTONIC && id != CLOCK_MONOTONIC_COARSE && id != CLOCK_BOOTTIME)
                return (int)syscall(SYS_clock_gettime, id, now);
        *now = hand_time(hand_now_ns());
        return 0;
}

/*
 * What pthread_cond_timedwait is to be in such a program, for conditions that count by CLOCK_MONOTONIC. Where another thread
 * ends the wait, or puts the clock forward, which is noticed because it waits in pieces:
 */
static inline int hand_clock_wait(pthread_cond_t *cond, pthread_mutex_t *mutex, const struct timespec *until)
{
        int (*wait)(pthread_cond_t *, pthread_mutex_t *, const struct timespec *);
        struct timespec piece;

        if (hand_now_ns() >= until->tv_sec * HAND_NS_PER_S + until->tv_nsec)
                return ETIMEDOUT;
        *(void **)&wait = dlsym(RTLD_NEXT, "pthread_cond_timedwait");
        piece = hand_time(hand_system_ns() + HAND_NS_PER_MS);
        (void)wait(cond, mutex, &piece);
        return 0;
}

/* Where there is no other thread: what is waited for comes at once. Time stands still but for that. */
static inline int hand_clock_pass(const struct timespec *until)
{
        int64_t ns = until->tv_sec * HAND_NS_PER_S + until->tv_nsec;

        if (ns > hand_now_ns())
                atomic_store(&hand_ns, ns);
        return ETIMEDOUT;
}

#endif
