#include <signal.h>

#include "core/thread.h"

int thread_start(pthread_t *thread, void *(*run)(void *arg), void *arg)
{
        sigset_t all, before;

        sigfillset(&all);
        if (pthread_sigmask(SIG_SETMASK, &all, &before) != 0)
                return -1;
        int failed = pthread_create(thread, NULL, run, arg);

        (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
        return failed;
}
