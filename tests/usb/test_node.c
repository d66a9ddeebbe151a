/*
 * test_node.c - the mocked bus itself, seen by unmodified libusb and by bare usbfs requests: what the other
 * tests of this tier stand on.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/usbdevice_fs.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cmocka.h>

#include "raw.h"
#include "testbed.h"

#define POWER_ON 0x62

static struct testbed *testbed;
static struct raw raw, second; /* closed after each test, also one that failed */

static struct usbtier_reader reader(unsigned index)
{
        struct usbtier_reader r;
        assert_true(testbed_node()->describe(index, &r));
        return r;
}

static void list_devices(unsigned *hubs, unsigned *readers)
{
        libusb_context *context;
        libusb_device **list;
        *hubs = *readers = 0;
        assert_int_equal(libusb_init(&context), 0);
        ssize_t count = libusb_get_device_list(context, &list);
        for (ssize_t i = 0; i < count; i++) {
                struct libusb_device_descriptor d;
                assert_int_equal(libusb_get_device_descriptor(list[i], &d), 0);
                if (d.bDeviceClass == LIBUSB_CLASS_HUB)
                        ++*hubs;
                else
                        ++*readers;
        }
        libusb_free_device_list(list, 1);
        libusb_exit(context);
}

static int close_all(void **state)
{
        (void)state;
        raw_close(&raw);
        raw_close(&second);
        return 0;
}

static void libusb_enumerates_hub_and_readers(void **state)
{
        unsigned hubs;
        unsigned readers;
        (void)state;
        list_devices(&hubs, &readers);
        assert_int_equal(hubs, 1);
        assert_int_equal(readers, testbed_node()->readers());
}

static void reader_is_powered_over_libusb(void **state)
{
        const uint8_t *atr;
        size_t len;
        struct usbtier_counts counts;
        (void)state;
        assert_int_equal(raw_open(&raw, reader(0).bus, reader(0).address), 0);
        assert_int_equal(raw_power_on(&raw, &atr, &len), 0);
        assert_true(len >= 2);
        assert_true(atr[0] == 0x3B || atr[0] == 0x3F);
        assert_true(testbed_node()->counts(0, &counts));
        assert_true(counts.bulk_out >= 1 && counts.bulk_in == counts.bulk_out);
        raw_close(&raw);
}

static void string_descriptors_come_over_the_wire(void **state)
{
        unsigned char text[128];
        struct usbtier_reader r = reader(0);
        (void)state;
        assert_int_equal(raw_open(&raw, r.bus, r.address), 0);
        assert_int_equal(
            libusb_get_string_descriptor_ascii(raw.handle, r.descriptors[15], text, sizeof(text)),
            (int)strlen(r.product));
        assert_string_equal((const char *)text, r.product);
        raw_close(&raw);
}

static void second_claim_is_busy(void **state)
{
        (void)state;
        assert_int_equal(raw_open(&raw, reader(0).bus, reader(0).address), 0);
        assert_int_equal(raw_open(&second, reader(0).bus, reader(0).address), LIBUSB_ERROR_BUSY);
        raw_close(&raw);
        assert_int_equal(raw_open(&second, reader(0).bus, reader(0).address), 0);
        raw_close(&second);
}

static void denied_node_is_refused(void **state)
{
        (void)state;
        testbed_control("deny 0 1");
        assert_int_equal(raw_open(&raw, reader(0).bus, reader(0).address), LIBUSB_ERROR_ACCESS);
        testbed_control("deny 0 0");
}

static void LIBUSB_CALL ended(struct libusb_transfer *transfer)
{
        *(int *)transfer->user_data = 1;
}

static void cancelled_transfer_ends(void **state)
{
        int done = 0;
        (void)state;
        assert_int_equal(raw_open(&raw, reader(0).bus, reader(0).address), 0);
        libusb_fill_bulk_transfer(raw.in, raw.handle, raw.bulk_in, raw.room, 512, ended, &done, 0);
        assert_int_equal(libusb_submit_transfer(raw.in), 0);
        assert_int_equal(libusb_cancel_transfer(raw.in), 0);
        while (done == 0)
                assert_int_equal(libusb_handle_events_completed(raw.context, &done), 0);
        assert_int_equal(raw.in->status, LIBUSB_TRANSFER_CANCELLED);
        raw_close(&raw);
}

static void time_limit_ends_a_transfer(void **state)
{
        int done = 0;
        (void)state;
        assert_int_equal(raw_open(&raw, reader(0).bus, reader(0).address), 0);
        libusb_fill_bulk_transfer(raw.in, raw.handle, raw.bulk_in, raw.room, 512, ended, &done, 20);
        assert_int_equal(libusb_submit_transfer(raw.in), 0);
        while (done == 0)
                assert_int_equal(libusb_handle_events_completed(raw.context, &done), 0);
        assert_int_equal(raw.in->status, LIBUSB_TRANSFER_TIMED_OUT);
        raw_close(&raw);
}

struct seen {
        int arrived, left;
        uint8_t address;
};

static int LIBUSB_CALL on_hotplug(libusb_context *context, libusb_device *device, libusb_hotplug_event event,
                                  void *arg)
{
        struct seen *seen = arg;
        (void)context;
        if (event == LIBUSB_HOTPLUG_EVENT_DEVICE_ARRIVED) {
                seen->arrived++;
                seen->address = libusb_get_device_address(device);
        } else {
                seen->left++;
        }
        return 0;
}

static void unplugging_ends_transfers_and_is_told(void **state)
{
        struct seen seen = {0};
        struct timeval wait = {.tv_sec = 2};
        int done = 0;
        (void)state;
        struct usbtier_reader before = reader(0);
        assert_int_equal(raw_open(&raw, before.bus, before.address), 0);
        assert_int_equal(libusb_hotplug_register_callback(
                             raw.context,
                             LIBUSB_HOTPLUG_EVENT_DEVICE_ARRIVED | LIBUSB_HOTPLUG_EVENT_DEVICE_LEFT, 0,
                             LIBUSB_HOTPLUG_MATCH_ANY, LIBUSB_HOTPLUG_MATCH_ANY, LIBUSB_HOTPLUG_MATCH_ANY,
                             on_hotplug, &seen, NULL),
                         0);
        libusb_fill_bulk_transfer(raw.in, raw.handle, raw.bulk_in, raw.room, 512, ended, &done, 0);
        assert_int_equal(libusb_submit_transfer(raw.in), 0);
        testbed_unplug(testbed, 0);
        while (done == 0)
                assert_int_equal(libusb_handle_events_completed(raw.context, &done), 0);
        assert_int_equal(raw.in->status, LIBUSB_TRANSFER_NO_DEVICE);
        while (seen.left == 0)
                assert_int_equal(libusb_handle_events_timeout_completed(raw.context, &wait, &seen.left), 0);
        assert_int_equal(libusb_submit_transfer(raw.in), LIBUSB_ERROR_NO_DEVICE);

        testbed_plug(testbed, 0);
        while (seen.arrived == 0)
                assert_int_equal(libusb_handle_events_timeout_completed(raw.context, &wait, &seen.arrived),
                                 0);
        assert_int_equal(seen.address, reader(0).address);
        assert_int_not_equal(seen.address, before.address);
        raw_close(&raw);
        reader_is_powered_over_libusb(NULL);
}

static int open_node(void)
{
        char path[64];
        (void)snprintf(path, sizeof(path), "/dev/bus/usb/%03u/%03u", reader(0).bus, reader(0).address);
        int fd = open(path, O_RDWR | O_CLOEXEC);
        assert_true(fd >= 0);
        return fd;
}

static void wrapped_descriptor_serves_libusb(void **state)
{
        libusb_context *context;
        libusb_device_handle *handle;
        struct libusb_device_descriptor d;
        struct usbtier_reader r = reader(0);
        (void)state;
        int fd = open_node();
        assert_int_equal(libusb_set_option(NULL, LIBUSB_OPTION_NO_DEVICE_DISCOVERY, NULL), 0);
        assert_int_equal(libusb_init(&context), 0);
        assert_int_equal(libusb_wrap_sys_device(context, fd, &handle), 0);
        assert_int_equal(libusb_get_device_descriptor(libusb_get_device(handle), &d), 0);
        assert_int_equal(d.idVendor, r.descriptors[8] | r.descriptors[9] << 8);
        assert_int_equal(libusb_get_device_address(libusb_get_device(handle)), r.address);
        assert_int_equal(libusb_claim_interface(handle, 0), 0);
        libusb_close(handle);
        libusb_exit(context);
        (void)close(fd);
}

static short poll_now(int fd)
{
        struct pollfd p = {.fd = fd, .events = POLLOUT};
        (void)poll(&p, 1, 0);
        return p.revents;
}

static struct usbdevfs_urb *bulk_urb(struct usbdevfs_urb *urb, uint8_t endpoint, void *buffer, int len)
{
        memset(urb, 0, sizeof(*urb));
        urb->type = USBDEVFS_URB_TYPE_BULK;
        urb->endpoint = endpoint;
        urb->buffer = buffer;
        urb->buffer_length = len;
        return urb;
}

static void endpoints(uint8_t *in, uint8_t *out)
{
        assert_int_equal(raw_open(&raw, reader(0).bus, reader(0).address), 0);
        *in = raw.bulk_in;
        *out = raw.bulk_out;
        raw_close(&raw);
}

static void node_keeps_the_rules_of_usbfs(void **state)
{
        struct usbdevfs_urb in;
        struct usbdevfs_urb out;
        struct usbdevfs_urb *reaped;
        uint8_t room[300];
        uint8_t power_on[10] = {POWER_ON};
        uint8_t bulk_in;
        uint8_t bulk_out;
        (void)state;
        endpoints(&bulk_in, &bulk_out);
        int fd = open_node();
        assert_int_equal(poll_now(fd), 0);
        assert_int_equal(ioctl(fd, USBDEVFS_REAPURBNDELAY, &reaped), -1);
        assert_int_equal(errno, EAGAIN);

        /* pending, discarded: -ENOENT; once more: EINVAL */
        assert_int_equal(ioctl(fd, USBDEVFS_SUBMITURB, bulk_urb(&in, bulk_in, room, sizeof(room))), 0);
        assert_int_equal(poll_now(fd), 0);
        assert_int_equal(ioctl(fd, USBDEVFS_DISCARDURB, &in), 0);
        assert_int_equal(poll_now(fd), POLLOUT);
        assert_int_equal(ioctl(fd, USBDEVFS_DISCARDURB, &in), -1);
        assert_int_equal(errno, EINVAL);
        assert_int_equal(ioctl(fd, USBDEVFS_REAPURBNDELAY, &reaped), 0);
        assert_ptr_equal(reaped, &in);
        assert_int_equal(in.status, -ENOENT);

        /* a command and its answer, in pieces of the packet's size: the rest waits for the next URB */
        assert_int_equal(ioctl(fd, USBDEVFS_SUBMITURB, bulk_urb(&in, bulk_in, room, sizeof(room))), 0);
        assert_int_equal(ioctl(fd, USBDEVFS_SUBMITURB, bulk_urb(&out, bulk_out, power_on, sizeof(power_on))),
                         0);
        unsigned ended_count = 0;
        while (ended_count < 2) {
                if (ioctl(fd, USBDEVFS_REAPURB, &reaped) != 0)
                        break;
                assert_int_equal(reaped->status, 0);
                ended_count++;
        }
        assert_int_equal(ended_count, 2);
        assert_int_equal(out.actual_length, 10);
        assert_true(in.actual_length > 10);
        assert_int_equal(ioctl(fd, USBDEVFS_REAPURBNDELAY, &reaped), -1);
        assert_int_equal(errno, EAGAIN);
        assert_int_equal(poll_now(fd), 0);
        (void)close(fd);
}

static void unplugged_node_drains_then_says_so(void **state)
{
        struct usbdevfs_urb in;
        struct usbdevfs_urb *reaped;
        uint8_t room[300];
        uint8_t bulk_in;
        uint8_t bulk_out;
        (void)state;
        endpoints(&bulk_in, &bulk_out);
        int fd = open_node();
        assert_int_equal(ioctl(fd, USBDEVFS_SUBMITURB, bulk_urb(&in, bulk_in, room, sizeof(room))), 0);
        testbed_unplug_silently(testbed, 0);
        assert_true((poll_now(fd) & POLLERR) != 0);
        assert_int_equal(ioctl(fd, USBDEVFS_SUBMITURB, &in), -1);
        assert_int_equal(errno, ENODEV);
        assert_int_equal(ioctl(fd, USBDEVFS_REAPURBNDELAY, &reaped), 0);
        assert_int_equal(reaped->status, -ESHUTDOWN);
        assert_int_equal(ioctl(fd, USBDEVFS_REAPURBNDELAY, &reaped), -1);
        assert_int_equal(errno, ENODEV);
        (void)close(fd);
        testbed_unplug(testbed, 0);
        testbed_plug(testbed, 0);
        reader_is_powered_over_libusb(NULL);
}

int main(int argc, char **argv)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test_teardown(libusb_enumerates_hub_and_readers, close_all),
            cmocka_unit_test_teardown(reader_is_powered_over_libusb, close_all),
            cmocka_unit_test_teardown(string_descriptors_come_over_the_wire, close_all),
            cmocka_unit_test_teardown(second_claim_is_busy, close_all),
            cmocka_unit_test_teardown(denied_node_is_refused, close_all),
            cmocka_unit_test_teardown(cancelled_transfer_ends, close_all),
            cmocka_unit_test_teardown(time_limit_ends_a_transfer, close_all),
            cmocka_unit_test_teardown(unplugging_ends_transfers_and_is_told, close_all),
            cmocka_unit_test_teardown(node_keeps_the_rules_of_usbfs, close_all),
            cmocka_unit_test_teardown(unplugged_node_drains_then_says_so, close_all),
            /* the last: the option it sets holds for every later context of the process */
            cmocka_unit_test_teardown(wrapped_descriptor_serves_libusb, close_all),
        };
        (void)argc;
        testbed_enter(argv, "level=short-apdu;level=extended-apdu,serial=2");
        testbed = testbed_create();
        int failed = cmocka_run_group_tests_name("node", tests, NULL, NULL);
        testbed_destroy(testbed);
        return failed;
}
