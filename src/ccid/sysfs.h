/*
 * sysfs.h - what the kernel says of USB devices, without opening them.
 */
#ifndef ISCARD_CCID_SYSFS_H
#define ISCARD_CCID_SYSFS_H

#include "ccid/transport.h"

/*
 * Fills in manufacturer, product and serial of the device at info->bus and info->address, as the kernel read
 * them when it was plugged in. They need no rights on the device, so a reader's name is the same for every
 * user. Empty where there is no such device, no such string, or no sysfs.
 */
void sysfs_read_strings(struct ccid_device *info);
/* How many devices there are, hubs included. 0: it cannot be read. */
size_t sysfs_count_devices(void);

#endif
