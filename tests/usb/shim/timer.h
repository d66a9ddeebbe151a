/*
 * timer.h - readers that answer late (slow cards, timing=real): one thread, started at the first need, serves
 * a device when its time has come.
 */
#ifndef ISCARD_SHIM_TIMER_H
#define ISCARD_SHIM_TIMER_H

#include <stdint.h>

struct device;

int64_t timer_now_ms(void);
/* With the device's lock: serve it in wait_ms milliseconds, or before. */
void timer_set(struct device *device, int wait_ms);

#endif
