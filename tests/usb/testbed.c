#include <dlfcn.h>
#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <umockdev.h>
#include <unistd.h>

#include "testbed.h"

#define READERS_MAX    64
#define INTERFACES_MAX 8
#define PATH_MAX_SYSFS 256

struct device_paths {
        char *device, *interfaces[INTERFACES_MAX];
        unsigned interface_count;
};

struct testbed {
        UMockdevTestbed *mock;
        struct device_paths paths[READERS_MAX];
        char *hub;
        bool no_events, unconfigured;
};

static void die(const char *what)
{
        (void)fprintf(stderr, "testbed: %s\n", what);
        exit(EXIT_FAILURE);
}

/* ---- the preload */

static const struct usbtier *node;

const struct usbtier *testbed_node(void)
{
        return node;
}

static void append_env(const char *name, const char *text)
{
        char value[4096];
        const char *old = getenv(name);
        int len = snprintf(value, sizeof(value), "%s%s%s", text, old != NULL && *old != '\0' ? ":" : "",
                           old != NULL ? old : "");
        if (len < 0 || len >= (int)sizeof(value) || setenv(name, value, 1) != 0)
                die("environment");
}

/* The shim lies beside the test program, or where ISCARD_USBTIER_SHIM says. */
static void find_shim(char *path, size_t size)
{
        char exe[PATH_MAX];
        const char *told = getenv("ISCARD_USBTIER_SHIM");
        ssize_t len = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
        if (len < 0)
                die("/proc/self/exe");
        exe[len] = '\0';
        int written = told != NULL ? snprintf(path, size, "%s", told)
                                   : snprintf(path, size, "%s/libusbshim.so", dirname(exe));
        if (written < 0 || (size_t)written >= size || access(path, R_OK) != 0)
                die("the preload library is missing: make check-usb builds it");
}

void testbed_enter(char **argv, const char *readers)
{
        char preload[PATH_MAX];
        node = dlsym(RTLD_DEFAULT, USBTIER_SYMBOL);
        if (node != NULL)
                return;
        if (getenv("ISCARD_USBTIER_INSIDE") != NULL)
                die("the preload library did not load");
        find_shim(preload, sizeof(preload) - 32);
        (void)strcat(preload, ":libumockdev-preload.so.0"); /* NOLINT: room was kept */
        append_env("LD_PRELOAD", preload);
        append_env("ASAN_OPTIONS", "verify_asan_link_order=0");
        if (readers != NULL)
                (void)setenv("ISCARD_USBTIER_SIM", readers, 0);
        (void)setenv("ISCARD_USBTIER_INSIDE", "1", 1);
        (void)unsetenv("ISCARD_SIM");
        (void)execv("/proc/self/exe", argv);
        die(strerror(errno));
}

/* ---- sysfs */

static void set_text(struct testbed *t, const char *path, const char *name, const char *text)
{
        char line[256];
        if (text == NULL)
                return;
        (void)snprintf(line, sizeof(line), "%s\n", text);
        umockdev_testbed_set_attribute(t->mock, path, name, line);
}

static void set_number(struct testbed *t, const char *path, const char *name, const char *format, unsigned n)
{
        char text[16];
        (void)snprintf(text, sizeof(text), format, n); /* NOLINT: formats are those below */
        set_text(t, path, name, text);
}

static void set_configuration(struct testbed *t, const char *path, const struct usbtier_reader *r)
{
        set_number(t, path, "bConfigurationValue", "%u", r->descriptors[18 + 5]);
}

static void set_device(struct testbed *t, const char *path, const struct usbtier_reader *r)
{
        const uint8_t *d = r->descriptors;
        set_number(t, path, "busnum", "%u", r->bus);
        set_number(t, path, "devnum", "%u", r->address);
        set_number(t, path, "speed", "%u", r->speed_mbit);
        set_number(t, path, "idVendor", "%04x", (unsigned)(d[8] | d[9] << 8));
        set_number(t, path, "idProduct", "%04x", (unsigned)(d[10] | d[11] << 8));
        set_number(t, path, "bcdDevice", "%04x", (unsigned)(d[12] | d[13] << 8));
        set_number(t, path, "bDeviceClass", "%02x", d[4]);
        set_number(t, path, "bDeviceSubClass", "%02x", d[5]);
        set_number(t, path, "bDeviceProtocol", "%02x", d[6]);
        set_number(t, path, "bMaxPacketSize0", "%u", d[7]);
        set_number(t, path, "bNumConfigurations", "%u", d[17]);
        if (t->unconfigured)
                umockdev_testbed_set_attribute(t->mock, path, "bConfigurationValue", "");
        else
                set_configuration(t, path, r);
        set_number(t, path, "bNumInterfaces", "%2u", d[18 + 4]);
        set_text(t, path, "manufacturer", r->manufacturer);
        set_text(t, path, "product", r->product);
        set_text(t, path, "serial", r->serial);
        umockdev_testbed_set_attribute_binary(t->mock, path, "descriptors", (guint8 *)r->descriptors,
                                              (gint)r->descriptors_len); /* only read */
}

/* umockdev makes nodes only for devices it was told of by a recording; ours is served by the preload, but a
 * program may ask whether it is there. */
static void make_node(struct testbed *t, const char *name)
{
        char path[PATH_MAX];
        g_autofree char *root = umockdev_testbed_get_root_dir(t->mock);
        (void)snprintf(path, sizeof(path), "%s%s", root, name);
        char *slash = strrchr(path, '/');
        *slash = '\0';
        (void)g_mkdir_with_parents(path, 0755);
        *slash = '/';
        if (!g_file_set_contents(path, "", 0, NULL) || chmod(path, 0666) != 0)
                die("cannot make the node");
}

static char *add_usb_device(struct testbed *t, const char *name, const char *parent,
                            const struct usbtier_reader *r)
{
        char devname[64];
        char dev[32];
        char product[64];
        (void)snprintf(devname, sizeof(devname), "/dev/bus/usb/%03u/%03u", r->bus, r->address);
        (void)snprintf(dev, sizeof(dev), "189:%u", (r->bus - 1) * 128 + r->address - 1);
        (void)snprintf(product, sizeof(product), "%x/%x/%x",
                       (unsigned)(r->descriptors[8] | r->descriptors[9] << 8),
                       (unsigned)(r->descriptors[10] | r->descriptors[11] << 8),
                       (unsigned)(r->descriptors[12] | r->descriptors[13] << 8));
        char *path = umockdev_testbed_add_device(t->mock, "usb", name, parent, "dev", dev, NULL, "DEVTYPE",
                                                 "usb_device", "DEVNAME", devname, "PRODUCT", product, NULL);
        if (path == NULL)
                die("umockdev refuses the device");
        set_device(t, path, r);
        make_node(t, devname);
        return path;
}

static void add_interfaces(struct testbed *t, struct device_paths *paths, const char *name,
                           const struct usbtier_reader *r)
{
        paths->interface_count = 0;
        for (size_t at = 18; at + 9 <= r->descriptors_len && r->descriptors[at] >= 2;
             at += r->descriptors[at]) {
                const uint8_t *d = r->descriptors + at;
                char interface_name[64];
                if (d[1] != 4 || d[3] != 0 || paths->interface_count == INTERFACES_MAX)
                        continue;
                (void)snprintf(interface_name, sizeof(interface_name), "%s:%u.%u", name,
                               r->descriptors[18 + 5], d[2]);
                char *path = umockdev_testbed_add_device(t->mock, "usb", interface_name, paths->device, NULL,
                                                         "DEVTYPE", "usb_interface", NULL);
                if (path == NULL)
                        die("umockdev refuses the interface");
                set_number(t, path, "bInterfaceNumber", "%02x", d[2]);
                set_number(t, path, "bAlternateSetting", "%2u", d[3]);
                set_number(t, path, "bNumEndpoints", "%02x", d[4]);
                set_number(t, path, "bInterfaceClass", "%02x", d[5]);
                set_number(t, path, "bInterfaceSubClass", "%02x", d[6]);
                set_number(t, path, "bInterfaceProtocol", "%02x", d[7]);
                paths->interfaces[paths->interface_count++] = path;
        }
}

static void add_reader(struct testbed *t, unsigned reader, bool events)
{
        struct usbtier_reader r;
        char name[16];
        struct device_paths *paths = &t->paths[reader];
        if (!node->describe(reader, &r))
                die("no such reader");
        (void)snprintf(name, sizeof(name), "1-%u", reader + 1);
        /* umockdev sends an event itself, before the device has its attributes: udev tells of one that is there. */
        node->lose_events(true);
        paths->device = add_usb_device(t, name, t->hub, &r);
        add_interfaces(t, paths, name, &r);
        node->lose_events(t->no_events);
        if (!events)
                return;
        umockdev_testbed_uevent(t->mock, paths->device, "add");
        for (unsigned i = 0; i < paths->interface_count; i++)
                umockdev_testbed_uevent(t->mock, paths->interfaces[i], "add");
}

/* umockdev keeps a link for each node it was told of, which is in the way when an address comes round again. */
static void forget_node(struct testbed *t, const char *device)
{
        char link[PATH_MAX];
        g_autofree char *root = umockdev_testbed_get_root_dir(t->mock);
        g_autofree char *bus = umockdev_testbed_get_property(t->mock, device, "DEVNAME");
        int len = snprintf(link, sizeof(link), "%s/dev/.node/", root);
        if (bus == NULL || len < 0 || strncmp(bus, "/dev/", 5) != 0)
                return;
        (void)snprintf(link + len, sizeof(link) - (size_t)len, "%s", bus + 5);
        for (char *at = link + len; *at != '\0'; at++) {
                if (*at == '/')
                        *at = '_';
        }
        (void)unlink(link);
}

static void remove_reader(struct testbed *t, unsigned reader)
{
        struct device_paths *paths = &t->paths[reader];
        forget_node(t, paths->device);
        for (unsigned i = 0; i < paths->interface_count; i++)
                umockdev_testbed_uevent(t->mock, paths->interfaces[i], "remove");
        umockdev_testbed_uevent(t->mock, paths->device, "remove");
        for (unsigned i = 0; i < paths->interface_count; i++) {
                umockdev_testbed_remove_device(t->mock, paths->interfaces[i]);
                g_free(paths->interfaces[i]);
        }
        umockdev_testbed_remove_device(t->mock, paths->device);
        g_free(paths->device);
        *paths = (struct device_paths){0};
}

/* A root hub: every device has one above it, and a driver must pass it by. */
static void add_hub(struct testbed *t)
{
        static const uint8_t descriptors[] = {
            0x12, 0x01, 0x00, 0x02, 0x09, 0x00, 0x01, 0x40, 0x6b, 0x1d, 0x02, 0x00, 0x10, 0x05, 0x00,
            0x00, 0x00, 0x01, 0x09, 0x02, 0x19, 0x00, 0x01, 0x01, 0x00, 0xe0, 0x00, 0x09, 0x04, 0x00,
            0x00, 0x01, 0x09, 0x00, 0x00, 0x00, 0x07, 0x05, 0x81, 0x03, 0x04, 0x00, 0x0c};
        struct usbtier_reader hub = {.bus = 1, .address = 1, .speed_mbit = 480};
        memcpy(hub.descriptors, descriptors, sizeof(descriptors));
        hub.descriptors_len = sizeof(descriptors);
        t->hub = add_usb_device(t, "usb1", NULL, &hub);
}

/* ---- the machine */

struct testbed *testbed_create(void)
{
        struct testbed *t = calloc(1, sizeof(*t));
        if (t == NULL || node == NULL)
                die("not inside testbed_enter");
        if (node->readers() == 0 || node->readers() > READERS_MAX)
                die("no readers in ISCARD_USBTIER_SIM");
        t->mock = umockdev_testbed_new();
        add_hub(t);
        for (unsigned i = 0; i < node->readers(); i++)
                add_reader(t, i, false);
        return t;
}

void testbed_destroy(struct testbed *t)
{
        if (t == NULL)
                return;
        for (unsigned i = 0; i < READERS_MAX; i++) {
                for (unsigned j = 0; j < t->paths[i].interface_count; j++)
                        g_free(t->paths[i].interfaces[j]);
                g_free(t->paths[i].device);
        }
        g_free(t->hub);
        g_object_unref(t->mock);
        free(t);
}

void testbed_control(const char *format, ...)
{
        char command[256];
        va_list args;
        va_start(args, format);
        int len = vsnprintf(command, sizeof(command), format, args);
        va_end(args);
        if (len < 0 || len >= (int)sizeof(command) || !node->control(command))
                die("a command that the node does not understand");
}

void testbed_set_udev(struct testbed *t, bool runs)
{
        testbed_lose_events(t, !runs);
        node->set_udev(runs);
}

void testbed_lose_events(struct testbed *t, bool lost)
{
        t->no_events = lost;
        node->lose_events(lost);
}

void testbed_unplug_silently(struct testbed *t, unsigned reader)
{
        (void)t;
        testbed_control("unplug %u", reader);
}

void testbed_unplug(struct testbed *t, unsigned reader)
{
        testbed_control("unplug %u", reader);
        if (t->paths[reader].device != NULL)
                remove_reader(t, reader);
}

void testbed_plug(struct testbed *t, unsigned reader)
{
        struct usbtier_reader r;
        if (!node->describe(reader, &r))
                die("no such reader");
        if (r.plugged)
                return;
        if (t->paths[reader].device != NULL) /* it was unplugged silently, and would keep its old address */
                remove_reader(t, reader);
        testbed_control("plug %u", reader);
        add_reader(t, reader, true);
}

void testbed_plug_unconfigured(struct testbed *t, unsigned reader)
{
        t->unconfigured = true;
        testbed_plug(t, reader);
        t->unconfigured = false;
}

void testbed_configure(struct testbed *t, unsigned reader)
{
        struct usbtier_reader r;
        if (!node->describe(reader, &r) || t->paths[reader].device == NULL)
                die("no such reader");
        set_configuration(t, t->paths[reader].device, &r);
}
