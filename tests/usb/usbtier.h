/*
 * usbtier.h - what the preloaded node (build/tests/usb/libusbshim.so) offers to the test that runs above it:
 * what the readers look like, and the hand that moves cards and plugs. Found by dlsym, so that the test links
 * nothing of the reader's side. The readers are those of ISCARD_USBTIER_SIM (the syntax of ISCARD_SIM); each
 * process has its own.
 *
 * For programs that are not ours and cannot be asked: ISCARD_USBTIER_COUNTS names a file, which becomes an array
 * of struct usbtier_counts, one for each reader, kept up to date but for the members that say otherwise.
 */
#ifndef ISCARD_TESTS_USBTIER_H
#define ISCARD_TESTS_USBTIER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define USBTIER_SYMBOL         "usbtier_table"
#define USBTIER_DESCRIPTOR_MAX 1024

struct usbtier_reader {
        unsigned bus, address; /* address changes with each plug */
        bool plugged;
        unsigned speed_mbit; /* 12 or 480 */
        uint8_t descriptors[USBTIER_DESCRIPTOR_MAX];
        size_t
            descriptors_len; /* device descriptor, then the configuration: as sysfs and the node give them */
        const char *manufacturer, *product, *serial; /* NULL where it has none */
};

/* Since the reader was plugged in. */
struct usbtier_counts {
        uint32_t bulk_out, bulk_in, interrupt_in, control; /* transfers that ended well */
        uint64_t bulk_out_bytes, bulk_in_bytes;            /* what they carried */
        /* Not in the file: */
        uint32_t messages; /* to the reader, as it counts them for its faults */
        uint64_t card_bytes,
            card_us; /* over the cards' lines, both ways, since the reader was made; their time */
};

struct usbtier {
        unsigned (*readers)(void);
        bool (*describe)(unsigned reader, struct usbtier_reader *description);
        bool (*counts)(unsigned reader, struct usbtier_counts *counts);
        /*
         * remove R [SLOT] | insert R [SLOT] | mute R 0|1 | unplug R | plug R | fault R [TEXT] | deny R 0|1
         * (opening the node: EACCES) | drip R MS (a message in of several packets: so long after the first one come the
         * others; 0: at once) | suspend R 0|1 (the system sleeps and wakes; 1: the device is reset as it
         * wakes, which costs its clients their interfaces). R counts from 0. false: not understood.
         */
        bool (*control)(const char *command);
        /* Whether a udev daemon runs on the machine that the program sees. It does unless told otherwise. */
        void (*set_udev)(bool runs);
        /* Whether the events that the testbed sends get lost on their way. They do not unless told otherwise. */
        void (*lose_events)(bool lost);
        /* How often the descriptors of a device were read from sysfs, hubs included. */
        unsigned (*descriptor_reads)(void);
};

#endif
