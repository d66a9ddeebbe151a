/*
 * sysfs.h - what the kernel says of a USB device, without opening it.
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

#endif
