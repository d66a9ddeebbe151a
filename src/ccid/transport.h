/*
 * transport.h - the wire below the CCID driver: a bus on which devices come and go, and the pipes of one
 * interface of one device. usb.c implements it over libusb; src/sim implements it with a virtual reader;
 * tests with a script of bytes.
 *
 * Status values are SCARD_ codes, translated once, in the implementation:
 *   SCARD_E_READER_UNAVAILABLE  the device is gone            SCARD_E_TIMEOUT      nothing came in time
 *   SCARD_E_SHARING_VIOLATION   another process claims it     SCARD_E_NO_ACCESS    no rights on the device
 *   SCARD_E_NOT_READY           bulk OUT or endpoint 0 stalled: nothing was accepted (see clear_halt)
 *   SCARD_E_COMM_DATA_LOST      bulk IN stalled: the command was accepted, its answer is lost (see
 * clear_halt) SCARD_E_CANCELLED           cancel was called SCARD_E_NO_MEMORY, SCARD_F_COMM_ERROR  anything
 * else
 */
#ifndef ISCARD_CCID_TRANSPORT_H
#define ISCARD_CCID_TRANSPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CCID_STRING_MAX 127 /* bytes of UTF-8 kept of a USB string, without the NUL */

/* What a bus knows of a device without opening it. Borrowed: valid during the call it is passed to. */
struct ccid_device {
        uint16_t vendor_id, product_id, release; /* idVendor, idProduct, bcdDevice */
        uint8_t bus, address;
        char manufacturer[CCID_STRING_MAX + 1]; /* UTF-8, empty where unknown */
        char product[CCID_STRING_MAX + 1];
        char serial[CCID_STRING_MAX + 1];
        const uint8_t
            *config;       /* the active configuration descriptor with all that follows it, raw and hostile */
        size_t config_len; /* bytes */
};

/* The pipes that are wanted. bEndpointAddress values; 0 where there is none. */
struct ccid_pipes {
        uint8_t interface_number, alternate;
        uint8_t bulk_out, bulk_in, interrupt_in;
        uint16_t bulk_out_packet, bulk_in_packet, interrupt_packet; /* wMaxPacketSize, bytes */
        size_t max_message; /* bytes of the longest bulk message either way */
};

/*
 * dev is what the bus said of a device; pipe is what open returned. One thread at a time calls exchange or
 * receive of a pipe, and one at a time send, which may come beside a receive; clear_halt comes from the
 * thread that uses the endpoint. control, event and cancel may come beside everything, from any thread. An
 * interface without bulk pipes (ICCD over control transfers) is opened with bulk_out and bulk_in 0; only
 * control, event and cancel are called then.
 */
struct ccid_transport_ops {
        /* Opens the device and claims the interface; submits the first interrupt transfer where there is such
         * an endpoint. */
        int32_t (*open)(void *dev, const struct ccid_pipes *pipes, void **pipe);
        /* Releases the interface, ends every transfer, frees pipe. */
        void (*close)(void *pipe);
        /*
         * Sends one bulk message and receives one, the IN transfer being submitted before the OUT one. Adds a
         * zero-length packet behind out where zlp is set and out_len is a multiple of bulk_out_packet.
         *   in, in_cap   room in bytes, at least max_message;  in_len   out: bytes received, 0 on failure
         *   timeout_ms   for both together, > 0. After SCARD_E_TIMEOUT no transfer is left in flight. A message that
         *                has begun to arrive is heard out, here and in receive, as it is when cancel is called.
         * Allocates nothing.
         */
        int32_t (*exchange)(void *pipe, const uint8_t *out, size_t out_len, bool zlp, uint8_t *in,
                            size_t in_cap, size_t *in_len, unsigned timeout_ms);
        /* One more bulk message in: after a time extension, or to drain. Zero bytes are a stray empty packet.
         */
        int32_t (*receive)(void *pipe, uint8_t *in, size_t in_cap, size_t *in_len, unsigned timeout_ms);
        /* A bulk message out alone, while another thread may be in receive. Not ended by cancel. */
        int32_t (*send)(void *pipe, const uint8_t *out, size_t out_len, bool zlp, unsigned timeout_ms);
        /*
         * A control transfer on endpoint 0 to the interface. data_len in: bytes to send or room; out: bytes
         * moved.
         */
        int32_t (*control)(void *pipe, uint8_t bmRequestType, uint8_t bRequest, uint16_t wValue,
                           uint8_t *data, size_t *data_len, unsigned timeout_ms);
        /*
         * An interrupt message that has arrived, if any: len 0 where there is none. Never waits, never sends.
         * SCARD_E_READER_UNAVAILABLE once the device is known to be gone. SCARD_E_NOT_READY while the endpoint
         * has failed: nothing is told, and who wants to know has to ask. SCARD_W_RESET_CARD, once and before
         * any message that came later: the device's transfers were ended under it while it stays, as when the
         * system slept; it may have been without power.
         */
        int32_t (*event)(void *pipe, uint8_t *data, size_t cap, size_t *len);
        /* After SCARD_E_NOT_READY or SCARD_E_COMM_DATA_LOST: clears the halt of a bulk endpoint
         * (CLEAR_FEATURE(ENDPOINT_HALT)). */
        int32_t (*clear_halt)(void *pipe, uint8_t endpoint);
        /* Ends an exchange or receive that another thread waits in, with SCARD_E_CANCELLED. No effect when
         * none waits. */
        void (*cancel)(void *pipe);
        /* The reader above is being destroyed: dev will not be used again. Only after close. */
        void (*forget)(void *dev);
};

struct ccid_bus_listener {
        /* A device that may hold CCID interfaces. Not SCARD_S_SUCCESS: not wanted, dev stays the bus's. */
        int32_t (*found)(void *arg, const struct ccid_transport_ops *ops, void *dev,
                         const struct ccid_device *info);
        /* dev is unplugged; it stays valid until forget. */
        void (*lost)(void *arg, void *dev);
        void *arg;
};

/* As struct ifd_pump of core/ifd.h, in which each member goes by the same name. */
struct ccid_bus_pump {
        int fd, timeout_ms;
        bool devices, cards;
};

/* A bus. start, scan, stop, watch and pump come one at a time; scan tells what came and went since the last scan, without
 * waiting. */
struct ccid_bus {
        const char *name;
        int32_t (*start)(void);
        int32_t (*scan)(const struct ccid_bus_listener *listener);
        void (*stop)(void);
        /*
         * While somebody waits for something to happen (wake not NULL) the bus calls wake, from any thread
         * and under any lock, or has what pump says be waited for. wake NULL: no longer. SCARD_E_NO_MEMORY
         */
        int32_t (*watch)(void (*wake)(void));
        /* Between the two, on one thread: takes in what has arrived; never waits. See struct ifd_pump. */
        void (*pump)(struct ccid_bus_pump *pump);
};

extern const struct ccid_bus ccid_usb_bus; /* usb.c */
extern const struct ccid_bus ccid_sim_bus; /* src/sim/transport.c */

#endif
