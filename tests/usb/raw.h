/*
 * raw.h - the least program that talks to a CCID reader: libusb, asynchronous transfers, the IN one submitted
 * before the OUT one. A client of the node that shares nothing with the driver, and the measure of the
 * benchmark.
 */
#ifndef ISCARD_TESTS_RAW_H
#define ISCARD_TESTS_RAW_H

#include <libusb.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RAW_MESSAGE_MAX 65600

struct raw {
        libusb_context *context;
        libusb_device_handle *handle;
        struct libusb_transfer *in, *out;
        uint8_t bulk_in, bulk_out, interrupt_in; /* bEndpointAddress */
        uint8_t sequence;
        uint8_t room[RAW_MESSAGE_MAX], message[RAW_MESSAGE_MAX];
};

/* Opens the reader at bus:address and claims its first CCID interface. 0 or a LIBUSB_ERROR_. */
int raw_open(struct raw *raw, unsigned bus, unsigned address);
void raw_close(struct raw *raw);
/* One message out, one in (raw->room). 0 and *len, or a LIBUSB_ERROR_. */
int raw_exchange(struct raw *raw, uint8_t type, const uint8_t *data, size_t data_len, size_t *len);
/* PC_to_RDR_IccPowerOn; PC_to_RDR_XfrBlock at the APDU levels. The data part, borrowed until the next call.
 */
int raw_power_on(struct raw *raw, const uint8_t **atr, size_t *atr_len);
int raw_transmit(struct raw *raw, const uint8_t *apdu, size_t apdu_len, const uint8_t **answer,
                 size_t *answer_len);

#endif
