#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scarderr.h"

#include "core/events.h"
#include "core/handles.h"
#include "core/log.h"
#include "core/text.h"
#include "core/transaction.h"

#include "core/registry.h"

#define LOOK_MS 250 /* how often a driver that cannot tell of changes is looked at while somebody waits */

/*
 * Lock order: the registry's lock, then a slot's. A device's open_lock is taken with neither held; a slot's
 * lock may be taken under it. Drivers are called with the registry's lock held, devices without it but for
 * destroy. Invariants: the drivers in started run exactly while users > 0; a device in the list has not
 * departed.
 */
static struct {
        pthread_mutex_t lock;
        unsigned users; /* contexts that have not been destroyed */
        bool disowned;  /* in the child of a fork: the drivers are the parent's */
        const struct ifd_driver *const *drivers;
        bool started[REGISTRY_DRIVERS_MAX];
        struct device *devices; /* in the order of arrival */
        struct device *dying;   /* without references; destroyed when the scan that found them gone is over */
        int32_t scan_status;
        bool scan_again;     /* the monitor's last one lacked memory */
        uint64_t generation; /* grows when devices come or go */
} registry = {.lock = PTHREAD_MUTEX_INITIALIZER, .generation = 1};

static pthread_once_t fork_once = PTHREAD_ONCE_INIT;

static void fork_prepare(void)
{
        pthread_mutex_lock(&registry.lock);
}

static void fork_parent(void)
{
        pthread_mutex_unlock(&registry.lock);
}

static void fork_child(void)
{
        if (registry.users > 0) {
                registry.disowned = true;
                handle_disown();
        }
        pthread_mutex_unlock(&registry.lock);
}

static void fork_watch(void)
{
        if (pthread_atfork(fork_prepare, fork_parent, fork_child) != 0)
                log_line(LOG_WARN, "registry", "a fork will not be noticed: out of memory");
}

void registry_use_drivers(const struct ifd_driver *const *drivers)
{
        pthread_mutex_lock(&registry.lock);
        registry.drivers = drivers;
        pthread_mutex_unlock(&registry.lock);
}

static const struct ifd_driver *driver_at(unsigned index)
{
        const struct ifd_driver *const *drivers = registry.drivers != NULL ? registry.drivers : ifd_drivers;

        for (unsigned i = 0; i < index; i++) {
                if (drivers[i] == NULL)
                        return NULL;
        }
        return index < REGISTRY_DRIVERS_MAX ? drivers[index] : NULL;
}

/* ---- devices; the registry's lock is held */

/* "<manufacturer> <product> (<serial>)"; what the device does not say is replaced by its numbers. */
static void device_describe(struct device *device)
{
        const struct ifd_info *info = &device->info;
        char numbers[sizeof("0123:4567")];
        char manufacturer[IFD_TEXT_MAX + 1], product[IFD_TEXT_MAX + 1], serial[IFD_TEXT_MAX + 1];

        snprintf(numbers, sizeof(numbers), "%04x:%04x", (unsigned)info->vendor_id,
                 (unsigned)info->product_id);
        text_clean(manufacturer, sizeof(manufacturer), info->manufacturer, sizeof(info->manufacturer));
        text_clean(product, sizeof(product), info->product, sizeof(info->product));
        text_clean(serial, sizeof(serial), info->serial, sizeof(info->serial));
        bool none = manufacturer[0] == '\0' && product[0] == '\0';

        snprintf(device->description, sizeof(device->description), "%s%s%s%s%s%s",
                 manufacturer[0] != '\0' ? manufacturer : numbers, none ? "" : " ",
                 none                 ? ""
                 : product[0] != '\0' ? product
                                      : numbers,
                 serial[0] != '\0' ? " (" : "", serial, serial[0] != '\0' ? ")" : "");
}

/* The lowest number that no device of the same description has. */
static unsigned device_instance(const struct device *device)
{
        unsigned instance = 0;
        const struct device *other = registry.devices;

        while (other != NULL) {
                if (other->instance == instance && strcmp(other->description, device->description) == 0) {
                        instance++;
                        other = registry.devices;
                } else {
                        other = other->next;
                }
        }
        return instance;
}

static bool ops_are_complete(const struct ifd_ops *ops)
{
        return ops->open != NULL && ops->close != NULL && ops->power_on != NULL && ops->power_off != NULL &&
               ops->get_status != NULL && ops->set_parameters != NULL && ops->get_parameters != NULL &&
               ops->transmit != NULL && ops->secure != NULL && ops->escape != NULL && ops->set_rate != NULL &&
               ops->list_rates != NULL && ops->eject != NULL && ops->abort != NULL && ops->destroy != NULL;
}

static void device_destroy(struct device *device)
{
        device->ops.destroy(device->ctx);
        for (unsigned i = 0; i < device->info.slots; i++)
                slot_free(&device->slots[i]);
        pthread_mutex_destroy(&device->open_lock);
        free(device);
}

static void device_unref(struct device *device)
{
        if (--device->refs > 0)
                return;
        device->next = registry.dying;
        registry.dying = device;
}

/* Not inside a driver's scan: it may be walking over the device. */
static void devices_bury(void)
{
        while (registry.dying != NULL) {
                struct device *device = registry.dying;

                registry.dying = device->next;
                device_destroy(device);
        }
}

static int32_t registry_arrived(const struct ifd_ops *ops, void *ctx, const struct ifd_info *info)
{
        if (!ops_are_complete(ops) || info->slots < 1 || info->slots > IFD_SLOTS_MAX) {
                log_line(LOG_ERROR, "registry", "a driver offered a reader that is not complete");
                return SCARD_E_READER_UNSUPPORTED;
        }
        struct device *device = calloc(1, sizeof(*device) + info->slots * sizeof(struct slot));

        if (device == NULL) {
                registry.scan_status = SCARD_E_NO_MEMORY;
                return SCARD_E_NO_MEMORY;
        }
        device->refs = 1;
        device->ops = *ops;
        device->ctx = ctx;
        device->info = *info;
        pthread_mutex_init(&device->open_lock, NULL);
        device_describe(device);
        device->instance = device_instance(device);
        for (unsigned i = 0; i < info->slots; i++) {
                slot_init(&device->slots[i], device, i);
                snprintf(device->slots[i].name, sizeof(device->slots[i].name), "%.*s %02X %02X",
                         SLOT_NAME_MAX - 16, device->description, device->instance, i);
                log_line(LOG_INFO, "registry", "reader: %s", device->slots[i].name);
        }
        struct device **last = &registry.devices;

        while (*last != NULL)
                last = &(*last)->next;
        *last = device;
        registry.generation++;
        events_changed();
        return SCARD_S_SUCCESS;
}

static void registry_departed(void *ctx)
{
        struct device **link = &registry.devices;

        while (*link != NULL && (*link)->ctx != ctx)
                link = &(*link)->next;
        struct device *device = *link;

        if (device == NULL)
                return;
        *link = device->next;
        for (unsigned i = 0; i < device->info.slots; i++) {
                struct slot *slot = &device->slots[i];

                log_line(LOG_INFO, "registry", "reader gone: %s", slot->name);
                pthread_mutex_lock(&slot->lock);
                slot->gone = true;
                transaction_cancel_all(slot, SCARD_E_READER_UNAVAILABLE);
                pthread_mutex_unlock(&slot->lock);
        }
        registry.generation++;
        events_changed();
        device_unref(device);
}

/* A driver that fails has no readers; only a lack of memory is the caller's trouble. */
static int32_t registry_scan(void)
{
        static const struct ifd_host host = {.arrived = registry_arrived, .departed = registry_departed};

        registry.scan_status = SCARD_S_SUCCESS;
        for (unsigned i = 0; driver_at(i) != NULL; i++) {
                if (!registry.started[i])
                        continue;
                int32_t status = driver_at(i)->scan(&host);

                if (status == SCARD_E_NO_MEMORY)
                        registry.scan_status = status;
                else if (status != SCARD_S_SUCCESS)
                        log_line(LOG_WARN, "registry", "%s: looking for readers failed: %08X",
                                 driver_at(i)->name, (unsigned)status);
        }
        devices_bury();
        return registry.scan_status;
}

/* ---- life */

static void drivers_stop(void)
{
        for (unsigned i = 0; driver_at(i) != NULL; i++) {
                if (registry.started[i])
                        driver_at(i)->stop();
                registry.started[i] = false;
        }
}

/* A driver that cannot start is done without, so that the others' readers can be used. */
static int32_t drivers_start(void)
{
        for (unsigned i = 0; driver_at(i) != NULL; i++) {
                int32_t status = driver_at(i)->start();

                if (status == SCARD_E_NO_MEMORY) {
                        drivers_stop();
                        return status;
                }
                registry.started[i] = status == SCARD_S_SUCCESS;
                if (status != SCARD_S_SUCCESS)
                        log_line(LOG_WARN, "registry", "%s: no readers, starting failed: %08X",
                                 driver_at(i)->name, (unsigned)status);
        }
        return SCARD_S_SUCCESS;
}

int32_t registry_start(void)
{
        int32_t status = SCARD_S_SUCCESS;

        pthread_once(&fork_once, fork_watch);
        pthread_mutex_lock(&registry.lock);
        if (registry.disowned)
                status = SCARD_E_NO_SERVICE;
        else if (registry.users == 0)
                status = drivers_start();
        if (status == SCARD_S_SUCCESS)
                registry.users++;
        pthread_mutex_unlock(&registry.lock);
        return status;
}

void registry_stop(void)
{
        pthread_mutex_lock(&registry.lock);
        if (--registry.users == 0) {
                while (registry.devices != NULL) {
                        struct device *device = registry.devices;

                        registry.devices = device->next;
                        device_unref(device);
                }
                devices_bury();
                drivers_stop();
        }
        pthread_mutex_unlock(&registry.lock);
}

/* ---- for the monitor */

int32_t registry_watch(const struct ifd_watcher *watcher)
{
        int32_t status = SCARD_S_SUCCESS;

        pthread_mutex_lock(&registry.lock);
        for (unsigned i = 0; driver_at(i) != NULL; i++) {
                if (!registry.started[i] || driver_at(i)->watch == NULL)
                        continue;
                status = driver_at(i)->watch(watcher);
                if (status == SCARD_S_SUCCESS)
                        continue;
                while (i-- > 0) {
                        if (registry.started[i] && driver_at(i)->watch != NULL)
                                (void)driver_at(i)->watch(NULL);
                }
                break;
        }
        pthread_mutex_unlock(&registry.lock);
        return status;
}

/* What interrupt messages have told of cards, and whether a reader that somebody waits for is still there. */
static void registry_survey(void)
{
        for (struct device *device = registry.devices; device != NULL; device = device->next) {
                for (unsigned i = 0; i < device->info.slots; i++) {
                        struct slot *slot = &device->slots[i];

                        pthread_mutex_lock(&slot->lock);
                        if (slot->busy)
                                slot->news = true;
                        if (slot_glance(slot) == SCARD_E_READER_UNAVAILABLE)
                                transaction_cancel_all(slot, SCARD_E_READER_UNAVAILABLE);
                        pthread_mutex_unlock(&slot->lock);
                }
        }
}

static int sooner(int a_ms, int b_ms)
{
        if (a_ms < 0 || b_ms < 0)
                return a_ms < 0 ? b_ms : a_ms;
        return a_ms < b_ms ? a_ms : b_ms;
}

unsigned registry_pump(struct pollfd *fds, int *timeout_ms)
{
        unsigned count = 0;
        bool devices = false, cards = false;

        *timeout_ms = -1;
        pthread_mutex_lock(&registry.lock);
        for (unsigned i = 0; driver_at(i) != NULL; i++) {
                struct ifd_pump pump = {.fd = -1, .timeout_ms = -1};

                if (!registry.started[i])
                        continue;
                if (driver_at(i)->watch != NULL)
                        driver_at(i)->pump(&pump);
                else
                        pump = (struct ifd_pump){
                            .fd = -1, .timeout_ms = LOOK_MS, .devices = true, .cards = true};
                devices = devices || pump.devices;
                cards = cards || pump.cards;
                *timeout_ms = sooner(*timeout_ms, pump.timeout_ms);
                if (pump.fd >= 0)
                        fds[count++] = (struct pollfd){.fd = pump.fd, .events = POLLIN};
        }
        if (devices || registry.scan_again) {
                /* What there was no memory for is nobody's news again: the monitor has to look for it. */
                registry.scan_again = registry_scan() != SCARD_S_SUCCESS;
                if (registry.scan_again)
                        *timeout_ms = sooner(*timeout_ms, LOOK_MS);
        }
        if (cards)
                registry_survey();
        pthread_mutex_unlock(&registry.lock);
        return count;
}

/* ---- what connections and lists need */

static size_t registry_names(char *names)
{
        size_t len = 0;

        for (const struct device *device = registry.devices; device != NULL; device = device->next) {
                for (unsigned i = 0; i < device->info.slots; i++) {
                        size_t size = strlen(device->slots[i].name) + 1;

                        if (names != NULL)
                                memcpy(names + len, device->slots[i].name, size);
                        len += size;
                }
        }
        return len;
}

int32_t registry_list(char **names, size_t *len, uint64_t *generation)
{
        *names = NULL;
        *len = 0;
        pthread_mutex_lock(&registry.lock);
        int32_t status = registry_scan();
        size_t size = registry_names(NULL);

        *generation = registry.generation;
        if (status == SCARD_S_SUCCESS && size > 0) {
                *names = malloc(size + 1);
                if (*names == NULL)
                        status = SCARD_E_NO_MEMORY;
                else {
                        *len = registry_names(*names);
                        (*names)[*len] = '\0';
                }
        }
        pthread_mutex_unlock(&registry.lock);
        return status;
}

int32_t registry_refresh(void)
{
        pthread_mutex_lock(&registry.lock);
        int32_t status = registry_scan();

        pthread_mutex_unlock(&registry.lock);
        return status;
}

struct registry_census registry_census(void)
{
        struct registry_census census = {0, 0};

        pthread_mutex_lock(&registry.lock);
        census.generation = registry.generation;
        for (const struct device *device = registry.devices; device != NULL; device = device->next)
                census.readers += device->info.slots;
        pthread_mutex_unlock(&registry.lock);
        return census;
}

/* The registry's lock is held. */
static int32_t registry_seek(const char *name, struct slot **slot)
{
        for (struct device *device = registry.devices; device != NULL; device = device->next) {
                for (unsigned i = 0; i < device->info.slots; i++) {
                        if (strcmp(device->slots[i].name, name) != 0)
                                continue;
                        *slot = &device->slots[i];
                        device->refs++;
                        return SCARD_S_SUCCESS;
                }
        }
        return SCARD_E_UNKNOWN_READER;
}

int32_t registry_lookup(const char *name, struct slot **slot)
{
        *slot = NULL;
        pthread_mutex_lock(&registry.lock);
        int32_t status = registry_seek(name, slot);

        pthread_mutex_unlock(&registry.lock);
        return status;
}

int32_t registry_find(const char *name, struct slot **slot)
{
        *slot = NULL;
        pthread_mutex_lock(&registry.lock);
        int32_t scanned = registry_scan();
        int32_t status = registry_seek(name, slot);

        pthread_mutex_unlock(&registry.lock);
        return status != SCARD_S_SUCCESS && scanned == SCARD_E_NO_MEMORY ? scanned : status;
}

void registry_unref(struct device *device)
{
        pthread_mutex_lock(&registry.lock);
        device_unref(device);
        devices_bury();
        pthread_mutex_unlock(&registry.lock);
}

/* What is known of the cards starts anew: while the device was not ours, anything may have happened. */
static void device_forget_cards(struct device *device)
{
        for (unsigned i = 0; i < device->info.slots; i++) {
                struct slot *slot = &device->slots[i];
                struct ifd_slot_state now = {.card = IFD_CARD_UNKNOWN};
                bool told = device->ops.get_status(device->ctx, i, false, &now) == SCARD_S_SUCCESS;

                pthread_mutex_lock(&slot->lock);
                slot->card = told ? now.card : IFD_CARD_UNKNOWN;
                slot->movements = now.movements;
                slot->restarts = now.restarts;
                slot->restarted = false;
                slot->lost_ms = 0;
                pthread_mutex_unlock(&slot->lock);
        }
}

int32_t registry_claim(struct slot *slot)
{
        struct device *device = slot->device;
        int32_t status = SCARD_S_SUCCESS;

        pthread_mutex_lock(&device->open_lock);
        if (slot->claims == 0)
                status = exchange_alloc(&slot->exchange, &device->info);
        if (status == SCARD_S_SUCCESS && device->opens == 0) {
                status = device->ops.open(device->ctx);
                if (status == SCARD_S_SUCCESS)
                        device_forget_cards(device);
                else if (slot->claims == 0)
                        exchange_free(&slot->exchange);
        }
        if (status == SCARD_S_SUCCESS) {
                device->opens++;
                slot->claims++;
        }
        pthread_mutex_unlock(&device->open_lock);
        return status;
}

/*
 * A card stays powered while its device is open, whoever disconnects with LEAVE; a device that is given back
 * has its cards powered off, since the next user of the reader is not to find them unlocked.
 */
void registry_unclaim(struct slot *slot)
{
        struct device *device = slot->device;

        pthread_mutex_lock(&device->open_lock);
        device->opens--;
        slot->claims--;
        if (device->opens == 0) {
                for (unsigned i = 0; i < device->info.slots; i++) {
                        if (slot_unpower(&device->slots[i]) != SCARD_S_SUCCESS)
                                log_line(LOG_DEBUG, "registry", "%s: the card was not powered off",
                                         device->slots[i].name);
                        slot_close(&device->slots[i]);
                }
                device->ops.close(device->ctx);
        }
        if (slot->claims == 0)
                exchange_free(&slot->exchange);
        pthread_mutex_unlock(&device->open_lock);
}
