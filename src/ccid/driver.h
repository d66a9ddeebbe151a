/*
 * driver.h - the CCID driver as the engine sees it: scan a bus, make an interface device of each CCID
 * interface found.
 */
#ifndef ISCARD_CCID_DRIVER_H
#define ISCARD_CCID_DRIVER_H

#include "ccid/transport.h"
#include "core/ifd.h"

/* Scans bus and tells host of the readers that came and went. For struct ifd_driver's scan; see there. */
int32_t ccid_driver_scan(const struct ccid_bus *bus, const struct ifd_host *host);

#endif
