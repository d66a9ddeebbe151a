/*
 * test_driver.c - src/ccid/driver.c: devices of a bus become readers of the engine, and leave it again.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "ccid/driver.h"
#include "core/status.h"

#define SETTING(number, alternate, class, protocol) 9, 4, number, alternate, 2, class, 0, protocol, 0
#define INTERFACE(number, protocol)                 SETTING(number, 0, 11, protocol)
#define ENDPOINTS                                   7, 5, 0x01, 2, 64, 0, 0, 7, 5, 0x82, 2, 64, 0, 0
#define FUNCTIONAL                                                                                           \
        54, 0x21, 0x10, 1, 0, 7, 3, 0, 0, 0, 0xA0, 0x0F, 0, 0, 0xA0, 0x0F, 0, 0, 0, 0, 0x2A, 0, 0, 0x90,     \
            0xD0, 3, 0, 0, 254, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xBA, 0, 2, 0, 0x0F, 1, 0, 0, 0, 0, 0, 0,   \
            0, 1
#define CONFIGURATION 9, 2, 93, 0, 1, 1, 0, 0x80, 50

static const uint8_t composite[] = {CONFIGURATION,   INTERFACE(0, 0), FUNCTIONAL, ENDPOINTS,
                                    INTERFACE(1, 0), FUNCTIONAL,      ENDPOINTS};
static const uint8_t foreign[] = {CONFIGURATION, INTERFACE(0, 7), FUNCTIONAL, ENDPOINTS};
/* a keyboard, a reader on bulk pipes, a USB-ICC by control transfers */
static const uint8_t mixed[] = {CONFIGURATION, SETTING(0, 0, 3, 1), INTERFACE(1, 0), FUNCTIONAL,
                                ENDPOINTS,     INTERFACE(2, 2),     FUNCTIONAL};
/* the first setting without bandwidth, that is without endpoints */
static const uint8_t settings[] = {CONFIGURATION,        SETTING(4, 0, 11, 0), FUNCTIONAL,
                                   SETTING(4, 1, 11, 0), FUNCTIONAL,           ENDPOINTS,
                                   SETTING(4, 2, 11, 0), FUNCTIONAL,           ENDPOINTS};
static const uint8_t vendor_class[] = {CONFIGURATION, SETTING(0, 0, 0xFF, 0), FUNCTIONAL, ENDPOINTS};

/* ---- a bus with what the next scan brings */

static int device_of_the_bus;
static struct {
        const uint8_t *config;
        size_t config_len;
        bool arrive, leave;
        int32_t found;
        unsigned forgotten;
        uint16_t vendor_id, product_id;
        struct ccid_pipes pipes; /* of the last open */
} bus;

static int32_t bus_open(void *dev, const struct ccid_pipes *pipes, void **pipe)
{
        bus.pipes = *pipes;
        *pipe = dev;
        return SCARD_S_SUCCESS;
}

static void bus_close(void *pipe)
{
        (void)pipe;
}

static void bus_forget(void *dev)
{
        assert_ptr_equal(dev, &device_of_the_bus);
        bus.forgotten++;
}

static const struct ccid_transport_ops bus_ops = {.open = bus_open, .close = bus_close, .forget = bus_forget};

static int32_t bus_start(void)
{
        return SCARD_S_SUCCESS;
}

static int32_t bus_scan(const struct ccid_bus_listener *listener)
{
        static const struct ccid_device info = {.vendor_id = 0x1234, .product = "Two"};
        struct ccid_device device = info;

        if (bus.vendor_id != 0) {
                device.vendor_id = bus.vendor_id;
                device.product_id = bus.product_id;
        }
        device.config = bus.config;
        device.config_len = bus.config_len;
        if (bus.leave)
                listener->lost(listener->arg, &device_of_the_bus);
        if (bus.arrive)
                bus.found = listener->found(listener->arg, &bus_ops, &device_of_the_bus, &device);
        bus.arrive = bus.leave = false;
        return SCARD_S_SUCCESS;
}

static void bus_stop(void)
{
}

static const struct ccid_bus test_bus = {
    .name = "test", .start = bus_start, .scan = bus_scan, .stop = bus_stop};

/* ---- the engine's side */

#define READERS_MAX 4
static struct {
        const struct ifd_ops *ops;
        void *ctx[READERS_MAX];
        enum ifd_exchange exchange[READERS_MAX];
        unsigned arrived, departed;
        int32_t answer;
        bool destroy_at_once;
} engine;

static int32_t engine_arrived(const struct ifd_ops *ops, void *ctx, const struct ifd_info *info)
{
        if (engine.answer != SCARD_S_SUCCESS)
                return engine.answer;
        assert_string_equal(info->product, "Two");
        assert_true(engine.arrived < READERS_MAX);
        engine.ops = ops;
        engine.exchange[engine.arrived] = info->exchange;
        engine.ctx[engine.arrived++] = ctx;
        return SCARD_S_SUCCESS;
}

static void engine_departed(void *ctx)
{
        engine.departed++;
        if (engine.destroy_at_once)
                engine.ops->destroy(ctx);
}

static const struct ifd_host host = {.arrived = engine_arrived, .departed = engine_departed};

static int setup(void **state)
{
        (void)state;
        memset(&bus, 0, sizeof bus);
        memset(&engine, 0, sizeof engine);
        bus.config = composite;
        bus.config_len = sizeof composite;
        return 0;
}

static void each_interface_is_a_reader_until_unplugged(void **state)
{
        (void)state;
        bus.arrive = true;
        assert_int_equal(ccid_driver_scan(&test_bus, &host), SCARD_S_SUCCESS);
        assert_int_equal(bus.found, SCARD_S_SUCCESS);
        assert_int_equal(engine.arrived, 2);
        assert_int_equal(ccid_driver_scan(&test_bus, &host), SCARD_S_SUCCESS);
        assert_int_equal(engine.arrived, 2);
        bus.leave = true;
        assert_int_equal(ccid_driver_scan(&test_bus, &host), SCARD_S_SUCCESS);
        assert_int_equal(engine.departed, 2);
        assert_int_equal(engine.ops->open(engine.ctx[0]), SCARD_E_READER_UNAVAILABLE);
        engine.ops->destroy(engine.ctx[0]);
        assert_int_equal(bus.forgotten, 0);
        engine.ops->destroy(engine.ctx[1]);
        assert_int_equal(bus.forgotten, 1);
}

static void reader_may_be_destroyed_while_it_departs(void **state)
{
        (void)state;
        bus.arrive = true;
        (void)ccid_driver_scan(&test_bus, &host);
        engine.destroy_at_once = true;
        bus.leave = true;
        (void)ccid_driver_scan(&test_bus, &host);
        assert_int_equal(engine.departed, 2);
        assert_int_equal(bus.forgotten, 1);
}

static void reader_refused_for_want_of_memory_is_told_again(void **state)
{
        (void)state;
        bus.arrive = true;
        engine.answer = SCARD_E_NO_MEMORY;
        (void)ccid_driver_scan(&test_bus, &host);
        assert_int_equal(bus.found, SCARD_S_SUCCESS);
        assert_int_equal(engine.arrived, 0);
        assert_int_equal(ccid_driver_scan(&test_bus, &host), SCARD_E_NO_MEMORY);
        engine.answer = SCARD_S_SUCCESS;
        assert_int_equal(ccid_driver_scan(&test_bus, &host), SCARD_S_SUCCESS);
        assert_int_equal(engine.arrived, 2);
        engine.destroy_at_once = true;
        bus.leave = true;
        (void)ccid_driver_scan(&test_bus, &host);
        assert_int_equal(bus.forgotten, 1);
}

static void reader_never_told_leaves_unnoticed(void **state)
{
        (void)state;
        bus.arrive = true;
        engine.answer = SCARD_E_NO_MEMORY;
        (void)ccid_driver_scan(&test_bus, &host);
        engine.answer = SCARD_E_DUPLICATE_READER;
        bus.leave = true;
        (void)ccid_driver_scan(&test_bus, &host);
        assert_int_equal(engine.departed, 0);
        assert_int_equal(bus.forgotten, 1);
}

static void device_without_a_usable_interface_stays_with_the_bus(void **state)
{
        (void)state;
        bus.arrive = true;
        bus.config = foreign;
        bus.config_len = sizeof foreign;
        (void)ccid_driver_scan(&test_bus, &host);
        assert_int_equal(bus.found, SCARD_E_READER_UNSUPPORTED);
        assert_int_equal(engine.arrived, 0);
        assert_int_equal(bus.forgotten, 0);
}

static void scan_once(const uint8_t *config, size_t len)
{
        bus.arrive = true;
        bus.config = config;
        bus.config_len = len;
        (void)ccid_driver_scan(&test_bus, &host);
}

static void unplug(void)
{
        engine.destroy_at_once = true;
        bus.leave = true;
        (void)ccid_driver_scan(&test_bus, &host);
}

static void composite_device_gives_a_reader_of_each_kind(void **state)
{
        (void)state;
        scan_once(mixed, sizeof mixed);
        assert_int_equal(engine.arrived, 2);
        assert_int_equal(engine.exchange[0], IFD_EXCHANGE_SHORT_APDU);
        assert_int_equal(engine.exchange[1], IFD_EXCHANGE_EXTENDED_APDU); /* ICCD-B chains */
        assert_int_equal(engine.ops->open(engine.ctx[0]), SCARD_S_SUCCESS);
        assert_int_equal(bus.pipes.interface_number, 1);
        assert_int_equal(bus.pipes.bulk_in, 0x82);
        assert_int_equal(engine.ops->open(engine.ctx[1]), SCARD_S_SUCCESS);
        assert_int_equal(bus.pipes.interface_number, 2);
        assert_int_equal(bus.pipes.bulk_in, 0);
        engine.ops->close(engine.ctx[0]);
        engine.ops->close(engine.ctx[1]);
        unplug();
        assert_int_equal(bus.forgotten, 1);
}

static void first_alternate_setting_that_works_is_taken(void **state)
{
        (void)state;
        scan_once(settings, sizeof settings);
        assert_int_equal(engine.arrived, 1);
        assert_int_equal(engine.ops->open(engine.ctx[0]), SCARD_S_SUCCESS);
        assert_int_equal(bus.pipes.interface_number, 4);
        assert_int_equal(bus.pipes.alternate, 1);
        engine.ops->close(engine.ctx[0]);
        unplug();
}

static void vendor_class_counts_only_for_devices_of_the_table(void **state)
{
        (void)state;
        scan_once(vendor_class, sizeof vendor_class);
        assert_int_equal(bus.found, SCARD_E_READER_UNSUPPORTED);
        assert_int_equal(engine.arrived, 0);
        bus.vendor_id = 0x1DB2;
        bus.product_id = 0x0600;
        scan_once(vendor_class, sizeof vendor_class);
        assert_int_equal(engine.arrived, 1);
        unplug();
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test_setup(each_interface_is_a_reader_until_unplugged, setup),
            cmocka_unit_test_setup(reader_may_be_destroyed_while_it_departs, setup),
            cmocka_unit_test_setup(reader_refused_for_want_of_memory_is_told_again, setup),
            cmocka_unit_test_setup(reader_never_told_leaves_unnoticed, setup),
            cmocka_unit_test_setup(composite_device_gives_a_reader_of_each_kind, setup),
            cmocka_unit_test_setup(first_alternate_setting_that_works_is_taken, setup),
            cmocka_unit_test_setup(vendor_class_counts_only_for_devices_of_the_table, setup),
            cmocka_unit_test_setup(device_without_a_usable_interface_stays_with_the_bus, setup),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
