/*
 * suspend.c - CLOCK_BOOTTIME goes on while the system sleeps, CLOCK_MONOTONIC does not: clock_gettime(2). Sleep of
 * either kind, to RAM or to idle, and hibernation.
 */
#include <stddef.h>

#include "ccid/suspend.h"

#define SECOND_NS INT64_C(1000000000)
#define SLEPT_NS  (10 * INT64_C(1000000)) /* less is the clocks' own */

static int64_t system_clock(clockid_t id)
{
        struct timespec now;

        clock_gettime(id, &now);
        return (int64_t)now.tv_sec * SECOND_NS + now.tv_nsec;
}

static int64_t (*read_clock)(clockid_t id) = system_clock;

void suspend_use_clock(int64_t (*clock)(clockid_t id))
{
        read_clock = clock != NULL ? clock : system_clock;
}

/* All the time slept since the machine started: it lies between the two, however long the thread was without the processor
 * between its readings. */
struct asleep {
        int64_t least, most;
};

static struct asleep time_asleep(void)
{
        int64_t before = read_clock(CLOCK_MONOTONIC);
        int64_t boot = read_clock(CLOCK_BOOTTIME);
        int64_t after = read_clock(CLOCK_MONOTONIC);

        return (struct asleep){.least = boot - after, .most = boot - before};
}

void suspend_begin(struct suspend *suspend)
{
        suspend->tick = read_clock(CLOCK_MONOTONIC_COARSE);
        suspend->asleep = time_asleep().most;
}

/*
 * A look at every tick of the kernel is enough: before a sleep the devices are put to sleep and after it they are woken,
 * with every process frozen and the clock running; that takes some ticks.
 */
bool suspend_noticed(struct suspend *suspend)
{
        int64_t tick = read_clock(CLOCK_MONOTONIC_COARSE);
        struct asleep asleep;
        bool slept;

        if (tick == suspend->tick)
                return false;
        suspend->tick = tick;
        asleep = time_asleep();
        slept = asleep.least - suspend->asleep > SLEPT_NS;
        /* Without a sleep since then, what bounds the time now bounds it then. */
        if (slept || asleep.most < suspend->asleep)
                suspend->asleep = asleep.most;
        return slept;
}
