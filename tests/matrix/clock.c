/* clock.c - see clock.h */
#include <errno.h>
#include <pthread.h>
#include <time.h>

#include "tests/matrix/clock.h"

#define NS_PER_S 1000000000LL

static int64_t skipped_ns;

int __real_clock_gettime(clockid_t id, struct timespec *now);
int __wrap_clock_gettime(clockid_t id, struct timespec *now);
int __wrap_pthread_cond_timedwait(pthread_cond_t *cond, pthread_mutex_t *mutex, const struct timespec *until);

static int64_t in_ns(const struct timespec *time)
{
        return (int64_t)time->tv_sec * NS_PER_S + time->tv_nsec;
}

int __wrap_clock_gettime(clockid_t id, struct timespec *now)
{
        int error = __real_clock_gettime(id, now);

        if (error == 0 && id == CLOCK_MONOTONIC) {
                int64_t ns = in_ns(now) + skipped_ns;

                now->tv_sec = (time_t)(ns / NS_PER_S);
                now->tv_nsec = (long)(ns % NS_PER_S);
        }
        return error;
}

/* Every condition of the library counts by CLOCK_MONOTONIC. */
int __wrap_pthread_cond_timedwait(pthread_cond_t *cond, pthread_mutex_t *mutex, const struct timespec *until)
{
        struct timespec now;
        int64_t left;

        (void)cond;
        (void)mutex;
        (void)__wrap_clock_gettime(CLOCK_MONOTONIC, &now);
        left = in_ns(until) - in_ns(&now);
        if (left > 0)
                skipped_ns += left;
        return ETIMEDOUT;
}

static uint64_t in_ms(const struct timespec *time)
{
        return (uint64_t)in_ns(time) / 1000000u;
}

uint64_t clock_seen_ms(void)
{
        struct timespec now;

        (void)__wrap_clock_gettime(CLOCK_MONOTONIC, &now);
        return in_ms(&now);
}

uint64_t clock_real_ms(void)
{
        struct timespec now;

        (void)__real_clock_gettime(CLOCK_MONOTONIC, &now);
        return in_ms(&now);
}
