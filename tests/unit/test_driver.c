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

#define INTERFACE(number, protocol) 9, 4, number, 0, 2, 11, 0, protocol, 0
#define ENDPOINTS                   7, 5, 0x01, 2, 64, 0, 0, 7, 5, 0x82, 2, 64, 0, 0
#define FUNCTIONAL                                                                                           \
        54, 0x21, 0x10, 1, 0, 7, 3, 0, 0, 0, 0xA0, 0x0F, 0, 0, 0xA0, 0x0F, 0, 0, 0, 0, 0x2A, 0, 0, 0x90,     \
            0xD0, 3, 0, 0, 254, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xBA, 0, 2, 0, 0x0F, 1, 0, 0, 0, 0, 0, 0,   \
            0, 1
#define CONFIGURATION 9, 2, 93, 0, 1, 1, 0, 0x80, 50

static const uint8_t composite[] = {CONFIGURATION,   INTERFACE(0, 0), FUNCTIONAL, ENDPOINTS,
                                    INTERFACE(1, 0), FUNCTIONAL,      ENDPOINTS};
static const uint8_t iccd[] = {CONFIGURATION, INTERFACE(0, 2), FUNCTIONAL};

/* ---- a bus with what the next scan brings */

static int device_of_the_bus;
static struct {
        const uint8_t *config;
        size_t config_len;
        bool arrive, leave;
        int32_t found;
        unsigned forgotten;
} bus;

static void bus_forget(void *dev)
{
        assert_ptr_equal(dev, &device_of_the_bus);
        bus.forgotten++;
}

static const struct ccid_transport_ops bus_ops = {.forget = bus_forget};

static int32_t bus_start(void)
{
        return SCARD_S_SUCCESS;
}

static int32_t bus_scan(const struct ccid_bus_listener *listener)
{
        static const struct ccid_device info = {.vendor_id = 0x1234, .product = "Two"};
        struct ccid_device device = info;

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
        bus.config = iccd;
        bus.config_len = sizeof iccd;
        (void)ccid_driver_scan(&test_bus, &host);
        assert_int_equal(bus.found, SCARD_E_READER_UNSUPPORTED);
        assert_int_equal(engine.arrived, 0);
        assert_int_equal(bus.forgotten, 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test_setup(each_interface_is_a_reader_until_unplugged, setup),
            cmocka_unit_test_setup(reader_may_be_destroyed_while_it_departs, setup),
            cmocka_unit_test_setup(reader_refused_for_want_of_memory_is_told_again, setup),
            cmocka_unit_test_setup(reader_never_told_leaves_unnoticed, setup),
            cmocka_unit_test_setup(device_without_a_usable_interface_stays_with_the_bus, setup),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
