/*
 * plugs.h - what the tests of plugs share: three readers A, B and C, the last without an interrupt endpoint, on a machine
 * with a udev daemon or without, and a context. For one program's main file.
 */
#ifndef ISCARD_TESTS_PLUGS_H
#define ISCARD_TESTS_PLUGS_H

#include <stdbool.h>
#include <sys/resource.h>
#include <time.h>

#include <winscard.h>

#include "testbed.h"

#define NAME(s) "libiscard Virtual CCID Reader (" s ") 00 00"
#define BITS(s) ((s).dwEventState & 0xFFFFu)
#define A       0u
#define B       1u
#define C       2u

static struct testbed *testbed;
static SCARDCONTEXT context;
static bool udev;

/* state: whether a udev daemon runs. It holds for the test. */
static int open_context(void **state)
{
        udev = *(const bool *)*state;
        testbed_set_udev(testbed, udev);
        return SCardEstablishContext(SCARD_SCOPE_USER, NULL, NULL, &context) == SCARD_S_SUCCESS ? 0 : -1;
}

/* Every reader is whole and plugged in again. */
static int close_context(void **state)
{
        (void)state;
        for (unsigned i = A; i <= C; i++) {
                testbed_control("fault %u", i);
                testbed_control("insert %u", i);
                testbed_control("deny %u 0", i);
                testbed_plug(testbed, i);
        }
        return SCardReleaseContext(context) == SCARD_S_SUCCESS ? 0 : -1;
}

static void sleep_ms(long ms)
{
        struct timespec time = {ms / 1000, ms % 1000 * 1000000L};
        (void)nanosleep(&time, NULL);
}

/* The processor's time that this program has had. */
static long cpu_ms(void)
{
        struct rusage usage;
        getrusage(RUSAGE_SELF, &usage);
        return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000 +
               (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1000;
}

#endif
