#include <string.h>

#include "raw.h"

#define HEADER         10
#define POWER_ON       0x62
#define XFR_BLOCK      0x6F
#define CLASS_CCID     0x0B
#define WAIT_S         5
#define WAIT_TRIES     100  /* each return of libusb's loop may have served something else */
#define COMMAND_STATUS 0xC0 /* bStatus, bits 7 and 6 */

static libusb_device *find(libusb_device **list, unsigned bus, unsigned address)
{
        for (; *list != NULL; list++) {
                if (libusb_get_bus_number(*list) == bus && libusb_get_device_address(*list) == address)
                        return *list;
        }
        return NULL;
}

/* The first CCID interface and its endpoints. -1: none */
static int find_pipes(struct raw *raw, const struct libusb_config_descriptor *config)
{
        for (unsigned i = 0; i < config->bNumInterfaces; i++) {
                const struct libusb_interface_descriptor *d = &config->interface[i].altsetting[0];
                if (d->bInterfaceClass != CLASS_CCID)
                        continue;
                for (unsigned e = 0; e < d->bNumEndpoints; e++) {
                        const struct libusb_endpoint_descriptor *p = &d->endpoint[e];
                        if ((p->bmAttributes & 3) == LIBUSB_TRANSFER_TYPE_INTERRUPT)
                                raw->interrupt_in = p->bEndpointAddress;
                        else if ((p->bEndpointAddress & LIBUSB_ENDPOINT_IN) != 0)
                                raw->bulk_in = p->bEndpointAddress;
                        else
                                raw->bulk_out = p->bEndpointAddress;
                }
                return d->bInterfaceNumber;
        }
        return -1;
}

static int open_device(struct raw *raw, unsigned bus, unsigned address)
{
        libusb_device **list;
        struct libusb_config_descriptor *config = NULL;
        ssize_t count = libusb_get_device_list(raw->context, &list);
        if (count < 0)
                return (int)count;
        libusb_device *device = find(list, bus, address);
        int error = device == NULL ? LIBUSB_ERROR_NOT_FOUND : libusb_open(device, &raw->handle);
        if (error == 0)
                error = libusb_get_active_config_descriptor(device, &config);
        if (error == 0) {
                int number = find_pipes(raw, config);
                error = number < 0 ? LIBUSB_ERROR_NOT_FOUND : libusb_claim_interface(raw->handle, number);
        }
        libusb_free_config_descriptor(config);
        libusb_free_device_list(list, 1);
        return error;
}

int raw_open(struct raw *raw, unsigned bus, unsigned address)
{
        memset(raw, 0, sizeof(*raw));
        int error = libusb_init(&raw->context);
        if (error != 0) {
                raw->context = NULL;
                return error;
        }
        error = open_device(raw, bus, address);
        raw->in = libusb_alloc_transfer(0);
        raw->out = libusb_alloc_transfer(0);
        if (error == 0 && (raw->in == NULL || raw->out == NULL))
                error = LIBUSB_ERROR_NO_MEM;
        if (error != 0)
                raw_close(raw);
        return error;
}

void raw_close(struct raw *raw)
{
        libusb_free_transfer(raw->in);
        libusb_free_transfer(raw->out);
        if (raw->handle != NULL)
                libusb_close(raw->handle);
        if (raw->context != NULL)
                libusb_exit(raw->context);
        memset(raw, 0, sizeof(*raw));
}

static void LIBUSB_CALL ended(struct libusb_transfer *transfer)
{
        *(int *)transfer->user_data = 1;
}

static int error_of(const struct libusb_transfer *transfer)
{
        switch (transfer->status) {
        case LIBUSB_TRANSFER_COMPLETED:
                return 0;
        case LIBUSB_TRANSFER_NO_DEVICE:
                return LIBUSB_ERROR_NO_DEVICE;
        case LIBUSB_TRANSFER_STALL:
                return LIBUSB_ERROR_PIPE;
        case LIBUSB_TRANSFER_TIMED_OUT:
                return LIBUSB_ERROR_TIMEOUT;
        case LIBUSB_TRANSFER_OVERFLOW:
                return LIBUSB_ERROR_OVERFLOW;
        default:
                return LIBUSB_ERROR_IO;
        }
}

static void wait_for(struct raw *raw, int *done)
{
        struct timeval limit = {.tv_sec = WAIT_S};
        for (unsigned i = 0; i < WAIT_TRIES && *done == 0; i++) {
                if (libusb_handle_events_timeout_completed(raw->context, &limit, done) != 0)
                        return;
        }
}

/* The error of a transfer that has ended; one that has not is taken back. */
static int end_of(struct raw *raw, struct libusb_transfer *transfer, int *done)
{
        if (*done != 0)
                return error_of(transfer);
        if (libusb_cancel_transfer(transfer) == 0)
                wait_for(raw, done);
        return LIBUSB_ERROR_TIMEOUT;
}

static void make_message(struct raw *raw, uint8_t type, const uint8_t *data, size_t data_len)
{
        uint8_t *m = raw->message;
        memset(m, 0, HEADER);
        m[0] = type;
        m[1] = (uint8_t)data_len;
        m[2] = (uint8_t)(data_len >> 8);
        m[6] = raw->sequence++;
        if (data_len > 0)
                memcpy(m + HEADER, data, data_len);
}

int raw_exchange(struct raw *raw, uint8_t type, const uint8_t *data, size_t data_len, size_t *len)
{
        int in_done = 0;
        int out_done = 0;
        *len = 0;
        if (data_len > sizeof(raw->message) - HEADER)
                return LIBUSB_ERROR_INVALID_PARAM;
        make_message(raw, type, data, data_len);
        libusb_fill_bulk_transfer(raw->in, raw->handle, raw->bulk_in, raw->room, sizeof(raw->room), ended,
                                  &in_done, 0);
        libusb_fill_bulk_transfer(raw->out, raw->handle, raw->bulk_out, raw->message,
                                  (int)(HEADER + data_len), ended, &out_done, 0);
        int error = libusb_submit_transfer(raw->in);
        if (error != 0)
                return error;
        error = libusb_submit_transfer(raw->out);
        if (error != 0) {
                (void)end_of(raw, raw->in, &in_done);
                return error;
        }
        wait_for(raw, &out_done);
        wait_for(raw, &in_done);
        error = end_of(raw, raw->out, &out_done);
        int in_error = end_of(raw, raw->in, &in_done);
        if (error == 0)
                error = in_error;
        *len = error == 0 ? (size_t)raw->in->actual_length : 0;
        return error;
}

static int data_of(struct raw *raw, uint8_t type, const uint8_t *data, size_t data_len, const uint8_t **out,
                   size_t *out_len)
{
        size_t len;
        *out = raw->room + HEADER;
        *out_len = 0;
        int error = raw_exchange(raw, type, data, data_len, &len);
        if (error != 0)
                return error;
        if (len < HEADER || raw->room[6] != raw->message[6] || (raw->room[7] & COMMAND_STATUS) != 0)
                return LIBUSB_ERROR_IO;
        *out_len = len - HEADER;
        return 0;
}

int raw_power_on(struct raw *raw, const uint8_t **atr, size_t *atr_len)
{
        return data_of(raw, POWER_ON, NULL, 0, atr, atr_len);
}

int raw_transmit(struct raw *raw, const uint8_t *apdu, size_t apdu_len, const uint8_t **answer,
                 size_t *answer_len)
{
        return data_of(raw, XFR_BLOCK, apdu, apdu_len, answer, answer_len);
}
