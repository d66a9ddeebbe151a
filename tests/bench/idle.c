#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include <winscard.h>

#include "idle.h"
#include "measure.h"
#include "table.h"

#define IDLE_S    10
#define NAMES_MAX 4096
#define LIMIT     0 /* voluntary context switches */

/* Every reader, and the one that tells of readers. */
static struct {
        SCARDCONTEXT context;
        SCARD_READERSTATEA states[IDLE_READERS + 1];
        char names[NAMES_MAX];
} wait;

static void *wait_run(void *arg)
{
        (void)arg;
        if (SCardGetStatusChangeA(wait.context, INFINITE, wait.states, IDLE_READERS + 1) != SCARD_E_CANCELLED)
                measure_die("the wait ended by itself", 0);
        return NULL;
}

static void wait_prepare(void)
{
        DWORD len = sizeof(wait.names);
        unsigned count = 0;
        measure_must("SCardEstablishContext",
                     SCardEstablishContext(SCARD_SCOPE_USER, NULL, NULL, &wait.context));
        measure_must("SCardListReaders", SCardListReadersA(wait.context, NULL, wait.names, &len));
        for (const char *name = wait.names; *name != '\0' && count < IDLE_READERS; name += strlen(name) + 1)
                wait.states[count++].szReader = name;
        if (count != IDLE_READERS)
                measure_die("readers", count);
        wait.states[count].szReader = "\\\\?PnP?\\Notification";
        measure_must("SCardGetStatusChange",
                     SCardGetStatusChangeA(wait.context, 0, wait.states, IDLE_READERS + 1));
        for (unsigned i = 0; i < IDLE_READERS; i++)
                wait.states[i].dwCurrentState = wait.states[i].dwEventState;
}

/* Of all threads but this one, which only sleeps. */
static long switches(void)
{
        struct rusage all;
        struct rusage mine;
        measure_must("getrusage", getrusage(RUSAGE_SELF, &all));
        measure_must("getrusage", getrusage(RUSAGE_THREAD, &mine));
        return all.ru_nvcsw - mine.ru_nvcsw;
}

static void rest(time_t seconds, long ns)
{
        const struct timespec time = {seconds, ns};
        (void)nanosleep(&time, NULL);
}

void idle_measure(void)
{
        pthread_t thread;
        wait_prepare();
        measure_must("thread", pthread_create(&thread, NULL, wait_run, NULL));
        rest(0, 200000000);
        long before = switches();
        rest(IDLE_S, 0);
        long after = switches();
        measure_must("SCardCancel", SCardCancel(wait.context));
        (void)pthread_join(thread, NULL);
        measure_must("SCardReleaseContext", SCardReleaseContext(wait.context));
        table_section("Idle: 16 readers, one thread waits for a change", "");
        table_value("voluntary context switches in 10 seconds", (double)(after - before), LIMIT);
}
