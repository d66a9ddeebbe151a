/* bus.h - inside the in-process bus: what transport.c and control.c share. */
#ifndef ISCARD_SIM_BUS_H
#define ISCARD_SIM_BUS_H

#include <stddef.h>

#include "sim/device.h"

/* The device of reader number index; NULL: there is none. It stays until the next sim_bus_forget. */
struct sim_device *sim_bus_device(size_t index);
/* Destroys every device, unless the bus is started. */
void sim_bus_forget(void);

#endif
