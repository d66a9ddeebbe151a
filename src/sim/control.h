/*
 * control.h - the hand that moves virtual cards and plugs: for the tool's demo and for tests. Works on the
 * readers of the in-process bus, by their number in ISCARD_SIM (from 0). No such reader: NULL, or nothing
 * happens.
 */
#ifndef ISCARD_SIM_CONTROL_H
#define ISCARD_SIM_CONTROL_H

#include "sim/device.h"

/*
 * The device behind the in-process reader. The devices are made at the bus's first start, from ISCARD_SIM,
 * and kept, with the state of their cards, until the process ends, the variable changes (a later start makes
 * new ones) or sim_control_reset.
 */
struct sim_device *sim_control_device(unsigned reader);
/* Forgets every device while no context is established: the next start delivers new cards. For tests. */
void sim_control_reset(void);

#endif
