/*
 * testbed.h - a mocked machine for a test: the readers of ISCARD_USBTIER_SIM on its USB bus, in sysfs and
 * among udev's events (umockdev), with the preloaded node (usbtier.h) behind them. For the test's own thread
 * only.
 */
#ifndef ISCARD_TESTS_TESTBED_H
#define ISCARD_TESTS_TESTBED_H

#include "usbtier.h"

struct testbed;

/*
 * First in main: starts the program again with the preloaded libraries in front, unless they are there.
 * readers: the readers of the testbed, where the environment does not say (NULL: it must). Comes back only
 * inside.
 */
void testbed_enter(char **argv, const char *readers);

/* With every reader plugged in. Ends the program where the machine cannot be mocked. */
struct testbed *testbed_create(void);
void testbed_destroy(struct testbed *testbed);

/* The node's table; never NULL inside. */
const struct usbtier *testbed_node(void);
/* A command for it (usbtier.h), printf rules; one that is not understood ends the program. */
void testbed_control(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Whether the machine has a udev daemon, as it does at first. The events come from it: without one there are none. */
void testbed_set_udev(struct testbed *testbed, bool runs);

/* Events that are sent are not heard, though a udev daemon runs, as in a container. */
void testbed_lose_events(struct testbed *testbed, bool lost);

/* The plug, as the system shows it: the node, sysfs and the events. Plugged in again it has a new address. */
void testbed_unplug(struct testbed *testbed, unsigned reader);
void testbed_plug(struct testbed *testbed, unsigned reader);
/* Plugged in, and told of before it is configured; it has its configuration with testbed_configure, which nobody tells
 * of. */
void testbed_plug_unconfigured(struct testbed *testbed, unsigned reader);
void testbed_configure(struct testbed *testbed, unsigned reader);
/* The node alone: sysfs is as late as it can be. */
void testbed_unplug_silently(struct testbed *testbed, unsigned reader);

#endif
