/*
 * asleep.h - whether a thread of the test sleeps on a condition variable, in the engine or below it: what happens from then
 * on is what ends its wait, however late it got there. To be included by one file of a program, whose pthread_cond_wait
 * and pthread_cond_timedwait are the ones here.
 */
#ifndef ISCARD_TESTS_ASLEEP_H
#define ISCARD_TESTS_ASLEEP_H

#include <dlfcn.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <time.h>

#define ASLEEP_PATIENCE_MS 10000 /* which only a failure takes */

static _Thread_local atomic_bool *asleep_flag; /* of the thread that runs; NULL: nobody asks */
static atomic_bool asleep_for_good; /* a thread with a flag that begins to sleep now has no time limit */

/* The calling thread keeps *flag from now on: true while it sleeps. The mutex is held when it changes. */
static inline void asleep_keep(atomic_bool *flag)
{
        atomic_store(flag, false);
        asleep_flag = flag;
}

static inline void asleep_set(bool value)
{
        if (asleep_flag != NULL)
                atomic_store(asleep_flag, value);
}

/* True once it sleeps; it may wake for a moment, to look around. False: the thread does something else, or has ended. */
static inline bool asleep_await(const atomic_bool *flag)
{
        const struct timespec moment = {0, 1000000L};

        for (unsigned ms = 0; ms < ASLEEP_PATIENCE_MS; ms++) {
                if (atomic_load(flag))
                        return true;
                nanosleep(&moment, NULL);
        }
        return false;
}

int pthread_cond_wait(pthread_cond_t *cond, pthread_mutex_t *mutex)
{
        int (*wait)(pthread_cond_t *, pthread_mutex_t *);

        *(void **)&wait = dlsym(RTLD_NEXT, "pthread_cond_wait");
        asleep_set(true);
        int status = wait(cond, mutex);

        asleep_set(false);
        return status;
}

int pthread_cond_timedwait(pthread_cond_t *cond, pthread_mutex_t *mutex, const struct timespec *until)
{
        int (*wait)(pthread_cond_t *, pthread_mutex_t *, const struct timespec *);

        if (asleep_flag != NULL && atomic_load(&asleep_for_good))
                return pthread_cond_wait(cond, mutex);
        *(void **)&wait = dlsym(RTLD_NEXT, "pthread_cond_timedwait");
        asleep_set(true);
        int status = wait(cond, mutex, until);

        asleep_set(false);
        return status;
}

#endif
