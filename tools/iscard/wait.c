/* wait.c - see wait.h */
#include <signal.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "tools/iscard/wait.h"

#define PATIENCE_S 1 /* what is quicker needs no word */

static void *say_when_late(void *arg)
{
        struct wait *wait = arg;
        struct timespec until;
        int late = 0;

        clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_sec += PATIENCE_S;
        pthread_mutex_lock(&wait->lock);
        while (!wait->over && late == 0)
                late = pthread_cond_timedwait(&wait->ended, &wait->lock, &until);
        if (!wait->over)
                fprintf(stderr, "iscard: waiting for %s\n", wait->what);
        pthread_mutex_unlock(&wait->lock);
        return NULL;
}

void wait_begin(struct wait *wait, const char *what)
{
        pthread_condattr_t attributes;
        sigset_t all, before;

        *wait = (struct wait){.what = what};
        if (isatty(STDERR_FILENO) != 1)
                return;
        pthread_mutex_init(&wait->lock, NULL);
        pthread_condattr_init(&attributes);
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
        pthread_cond_init(&wait->ended, &attributes);
        pthread_condattr_destroy(&attributes);
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, &before);
        wait->running = pthread_create(&wait->thread, NULL, say_when_late, wait) == 0;
        pthread_sigmask(SIG_SETMASK, &before, NULL);
        if (wait->running)
                return;
        pthread_cond_destroy(&wait->ended);
        pthread_mutex_destroy(&wait->lock);
}

void wait_end(struct wait *wait)
{
        if (!wait->running)
                return;
        pthread_mutex_lock(&wait->lock);
        wait->over = true;
        pthread_cond_signal(&wait->ended);
        pthread_mutex_unlock(&wait->lock);
        pthread_join(wait->thread, NULL);
        pthread_cond_destroy(&wait->ended);
        pthread_mutex_destroy(&wait->lock);
        wait->running = false;
}
