/* control.c - see control.h */
#include "sim/bus.h"

#include "sim/control.h"

struct sim_device *sim_control_device(unsigned reader)
{
        return sim_bus_device(reader);
}

void sim_control_reset(void)
{
        sim_bus_forget();
}
