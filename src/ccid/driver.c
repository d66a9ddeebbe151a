/*
 * driver.c - devices of a bus become readers: one for each CCID interface.
 *
 * The list lives at file scope because the seams on both sides carry no context: the engine knows one driver,
 * a bus one listener. It is guarded by a lock, as destroy may come at any time.
 */
#include <pthread.h>
#include <stdlib.h>

#include "core/log.h"
#include "core/status.h"
#include "ccid/descriptor.h"
#include "ccid/driver.h"
#include "ccid/quirks.h"
#include "ccid/reader.h"

/* What the bus gave; shared by the readers of a composite device. */
struct driver_device {
        const struct ccid_bus *bus;
        const struct ccid_transport_ops *ops;
        void *dev;
        unsigned refs; /* one for each entry, one for whoever is busy with it */
        bool taken;    /* found succeeded: forget is due */
};

/* A reader, from its making until the engine (or, untold, this file) destroys it. */
struct driver_entry {
        struct driver_entry *next;
        struct driver_device *device;
        struct ccid_reader *reader;
        bool told; /* the engine has it */
        bool lost;
};

static pthread_mutex_t driver_lock = PTHREAD_MUTEX_INITIALIZER;
static struct driver_entry *driver_entries;

struct driver_scan {
        const struct ccid_bus *bus;
        const struct ifd_host *host;
};

static void device_unref(struct driver_device *device)
{
        bool last;

        pthread_mutex_lock(&driver_lock);
        last = --device->refs == 0;
        pthread_mutex_unlock(&driver_lock);
        if (!last)
                return;
        if (device->taken)
                device->ops->forget(device->dev);
        free(device);
}

/* The reader behind arg, an entry, has been destroyed. */
static void entry_released(void *arg)
{
        struct driver_entry *entry = arg, **link;
        struct driver_device *device = entry->device;

        pthread_mutex_lock(&driver_lock);
        for (link = &driver_entries; *link != NULL; link = &(*link)->next) {
                if (*link == entry) {
                        *link = entry->next;
                        break;
                }
        }
        pthread_mutex_unlock(&driver_lock);
        free(entry);
        device_unref(device);
}

static int32_t entry_create(struct driver_device *device, const struct ccid_device *info,
                            const struct ccid_descriptor *descriptor, const struct quirk *quirk)
{
        struct driver_entry *entry = calloc(1, sizeof *entry), **link;
        int32_t status;

        if (entry == NULL)
                return SCARD_E_NO_MEMORY;
        entry->device = device;
        status = reader_create(device->ops, device->dev, info, descriptor, quirk, entry_released, entry,
                               &entry->reader);
        if (status != SCARD_S_SUCCESS) {
                free(entry);
                return status;
        }
        pthread_mutex_lock(&driver_lock);
        device->refs++;
        for (link = &driver_entries; *link != NULL; link = &(*link)->next)
                ;
        *link = entry; /* at the end: readers are told of in the order of their interfaces */
        pthread_mutex_unlock(&driver_lock);
        return SCARD_S_SUCCESS;
}

/* The next reader of bus that the engine does not have, behind `after`; NULL: from the start. */
static struct driver_entry *next_untold(const struct ccid_bus *bus, const struct driver_entry *after)
{
        struct driver_entry *entry;

        pthread_mutex_lock(&driver_lock);
        entry = after != NULL ? after->next : driver_entries;
        while (entry != NULL && (entry->device->bus != bus || entry->told || entry->lost))
                entry = entry->next;
        pthread_mutex_unlock(&driver_lock);
        return entry;
}

/* Offers every reader that the engine does not have yet. One it cannot take for want of memory stays. */
static int32_t tell(const struct driver_scan *scan)
{
        struct driver_entry *entry = next_untold(scan->bus, NULL), *next;
        int32_t result = SCARD_S_SUCCESS;

        for (; entry != NULL; entry = next) {
                int32_t status;

                /* Before the engine has it, nobody but this thread removes it or what follows it untold. */
                next = next_untold(scan->bus, entry);
                entry->told = true;
                status = scan->host->arrived(&reader_ops, entry->reader, reader_info(entry->reader));
                if (status == SCARD_S_SUCCESS)
                        continue;
                entry->told = false;
                if (status == SCARD_E_NO_MEMORY)
                        result = status;
                else
                        reader_ops.destroy(entry->reader);
        }
        return result;
}

/* Makes a reader of each CCID interface; of several alternate settings the first that works. */
static int32_t make_readers(struct driver_device *device, const struct ccid_device *info)
{
        const struct quirk *quirk = quirks_find(info->vendor_id, info->product_id, info->release);
        bool vendor_class = (quirk->flags & QUIRK_VENDOR_CLASS) != 0;
        struct ccid_descriptor descriptor;
        int32_t status, result = SCARD_E_READER_UNSUPPORTED;
        bool made[256] = {false};
        size_t cursor = 0;

        while (descriptor_next(info->config, info->config_len, vendor_class, &cursor, &descriptor)) {
                if (made[descriptor.bInterfaceNumber])
                        continue;
                status = entry_create(device, info, &descriptor, quirk);
                if (status == SCARD_E_NO_MEMORY)
                        return status;
                if (status == SCARD_S_SUCCESS) {
                        made[descriptor.bInterfaceNumber] = true;
                        result = SCARD_S_SUCCESS;
                }
        }
        return result;
}

/* The first entry of dev that is not lost, marked lost. */
static struct driver_entry *take_lost(const void *dev, bool *told)
{
        struct driver_entry *entry;

        pthread_mutex_lock(&driver_lock);
        entry = driver_entries;
        while (entry != NULL && (entry->device->dev != dev || entry->lost))
                entry = entry->next;
        if (entry != NULL) {
                entry->lost = true;
                *told = entry->told;
        }
        pthread_mutex_unlock(&driver_lock);
        return entry;
}

static int32_t driver_found(void *arg, const struct ccid_transport_ops *ops, void *dev,
                            const struct ccid_device *info)
{
        const struct driver_scan *scan = arg;
        struct driver_device *device = calloc(1, sizeof *device);
        struct driver_entry *entry;
        int32_t status;
        bool told;

        if (device == NULL)
                return SCARD_E_NO_MEMORY;
        device->bus = scan->bus;
        device->ops = ops;
        device->dev = dev;
        device->refs = 1;
        status = make_readers(device, info);
        if (status == SCARD_S_SUCCESS)
                device->taken = true;
        else
                while ((entry = take_lost(dev, &told)) != NULL)
                        reader_ops.destroy(entry->reader);
        device_unref(device);
        if (status == SCARD_S_SUCCESS)
                (void)tell(scan);
        return status;
}

static void driver_lost(void *arg, void *dev)
{
        const struct driver_scan *scan = arg;
        struct driver_entry *entry;
        bool told;

        while ((entry = take_lost(dev, &told)) != NULL) {
                struct ccid_reader *reader = entry->reader;

                reader_lost(reader);
                if (told)
                        scan->host->departed(reader);
                else
                        reader_ops.destroy(reader);
        }
}

int32_t ccid_driver_scan(const struct ccid_bus *bus, const struct ifd_host *host)
{
        struct driver_scan scan = {.bus = bus, .host = host};
        struct ccid_bus_listener listener = {.found = driver_found, .lost = driver_lost, .arg = &scan};
        int32_t status = tell(&scan);

        if (status == SCARD_S_SUCCESS)
                status = bus->scan(&listener);
        return status;
}
