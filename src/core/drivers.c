/*
 * Which drivers exist, and which of their buses are looked at: the one file that sees the engine and what is
 * below the seam. ISCARD_SIM unset: real readers only. Set: virtual readers only, unless the word "usb"
 * stands among them.
 */
#include <stdbool.h>
#include <stdlib.h>

#include "scarderr.h"

#include "ccid/driver.h"
#include "ccid/transport.h"
#include "core/ifd.h"
#include "core/log.h"
#include "sim/config.h"

/* Which buses are wanted, decided when the first driver starts, and which run; under the registry's lock. */
static struct {
        bool usb_wanted, sim_wanted;
        bool usb_runs, sim_runs;
} buses;

/* A variable that is not understood is said so, and no reader appears at all. SCARD_E_NO_MEMORY */
static int32_t buses_choose(void)
{
        const char *text = getenv("ISCARD_SIM");
        struct sim_config_list list;
        char error[256];

        buses.usb_wanted = text == NULL;
        buses.sim_wanted = false;
        if (text == NULL)
                return SCARD_S_SUCCESS;
        if (!sim_config_parse(text, &list, error, sizeof(error))) {
                if (error[0] == '\0')
                        return SCARD_E_NO_MEMORY;
                log_line(LOG_ERROR, "drivers", "ISCARD_SIM: %s", error);
                return SCARD_S_SUCCESS;
        }
        buses.usb_wanted = list.usb;
        buses.sim_wanted = list.count > 0;
        sim_config_free(&list);
        return SCARD_S_SUCCESS;
}

static int32_t usb_start(void)
{
        int32_t status = buses_choose();

        if (status != SCARD_S_SUCCESS || !buses.usb_wanted)
                return status;
        status = ccid_usb_bus.start();
        buses.usb_runs = status == SCARD_S_SUCCESS;
        return status;
}

static int32_t usb_scan(const struct ifd_host *host)
{
        return buses.usb_runs ? ccid_driver_scan(&ccid_usb_bus, host) : SCARD_S_SUCCESS;
}

static void usb_stop(void)
{
        if (buses.usb_runs)
                ccid_usb_bus.stop();
        buses.usb_runs = false;
}

static int32_t sim_start(void)
{
        if (!buses.sim_wanted)
                return SCARD_S_SUCCESS;
        int32_t status = ccid_sim_bus.start();

        buses.sim_runs = status == SCARD_S_SUCCESS;
        return status;
}

static int32_t sim_scan(const struct ifd_host *host)
{
        return buses.sim_runs ? ccid_driver_scan(&ccid_sim_bus, host) : SCARD_S_SUCCESS;
}

static void sim_stop(void)
{
        if (buses.sim_runs)
                ccid_sim_bus.stop();
        buses.sim_runs = false;
}

static int32_t bus_watch(const struct ccid_bus *bus, const struct ifd_watcher *watcher)
{
        return bus->watch(watcher != NULL ? watcher->wake : NULL);
}

static void bus_pump(const struct ccid_bus *bus, struct ifd_pump *pump)
{
        struct ccid_bus_pump wants = {pump->fd, pump->timeout_ms, pump->devices, pump->cards};

        bus->pump(&wants);
        *pump = (struct ifd_pump){wants.fd, wants.timeout_ms, wants.devices, wants.cards};
}

static int32_t usb_watch(const struct ifd_watcher *watcher)
{
        return buses.usb_runs ? bus_watch(&ccid_usb_bus, watcher) : SCARD_S_SUCCESS;
}

static void usb_pump(struct ifd_pump *pump)
{
        if (buses.usb_runs)
                bus_pump(&ccid_usb_bus, pump);
}

static int32_t sim_watch(const struct ifd_watcher *watcher)
{
        return buses.sim_runs ? bus_watch(&ccid_sim_bus, watcher) : SCARD_S_SUCCESS;
}

static void sim_pump(struct ifd_pump *pump)
{
        if (buses.sim_runs)
                bus_pump(&ccid_sim_bus, pump);
}

static const struct ifd_driver usb_driver = {.name = "usb",
                                             .start = usb_start,
                                             .scan = usb_scan,
                                             .stop = usb_stop,
                                             .watch = usb_watch,
                                             .pump = usb_pump};
static const struct ifd_driver sim_driver = {.name = "sim",
                                             .start = sim_start,
                                             .scan = sim_scan,
                                             .stop = sim_stop,
                                             .watch = sim_watch,
                                             .pump = sim_pump};

const struct ifd_driver *const ifd_drivers[] = {&usb_driver, &sim_driver, NULL};
