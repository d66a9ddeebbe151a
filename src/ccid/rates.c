/*
 * rates.c - SetDataRateAndClockFrequency, and the lists behind it.
 */
#include <string.h>

#include "core/log.h"
#include "core/status.h"
#include "ccid/command.h"
#include "ccid/rates.h"

#define LIST_MAX 255u /* bNumClockSupported and bNumDataRatesSupported are bytes */
#define RATE_LEN 8u   /* dwClockFrequency, dwDataRate */

int32_t rates_set(struct ccid_reader *reader, unsigned slot, uint32_t *clock_khz, uint32_t *rate_bps)
{
        struct command command = {
            .type = MESSAGE_SET_RATE, .slot = slot, .op = STATUS_SLOT_OTHER, .data_len = RATE_LEN};
        uint8_t *data = device_data(reader, slot);
        int32_t status;

        message_put32(data, *clock_khz);
        message_put32(data + 4, *rate_bps);
        command_limits(&command, reader->limits.command_ms);
        status = command_run(reader, &command);
        if (status != SCARD_S_SUCCESS)
                return status;
        if (command.answer.data_len < RATE_LEN) {
                log_line(LOG_WARN, "ccid", "slot %u: clock and rate answered with %zu bytes", slot,
                         command.answer.data_len);
                return SCARD_F_COMM_ERROR;
        }
        *clock_khz = message_get32(command.answer.data);
        *rate_bps = message_get32(command.answer.data + 4);
        return SCARD_S_SUCCESS;
}

/* A reader that announces a list and stalls the request for it, gives none. */
int32_t rates_list(struct ccid_reader *reader, bool clocks, uint32_t *list, size_t cap, size_t *count)
{
        const struct ccid_descriptor *descriptor = &reader->descriptor;
        unsigned announced = clocks ? descriptor->bNumClockSupported : descriptor->bNumDataRatesSupported;
        uint8_t bytes[4u * LIST_MAX];
        size_t len = 4u * (size_t)announced, i;
        void *pipe;
        int32_t status;

        *count = 0;
        pthread_mutex_lock(&reader->lock);
        pipe = reader->gone ? NULL : reader->pipe;
        pthread_mutex_unlock(&reader->lock);
        if (pipe == NULL)
                return SCARD_E_READER_UNAVAILABLE;
        if (announced == 0)
                return SCARD_S_SUCCESS;
        status = reader->transport->control(pipe, MESSAGE_CONTROL_IN,
                                            clocks ? MESSAGE_CONTROL_GET_CLOCKS : MESSAGE_CONTROL_GET_RATES,
                                            0, bytes, &len, reader->limits.control_ms);
        if (status == SCARD_E_READER_UNAVAILABLE) {
                device_mark_gone(reader);
                return status;
        }
        if (status != SCARD_S_SUCCESS || len > sizeof bytes) {
                log_line(LOG_INFO, "ccid", "the list of %s was not given", clocks ? "clocks" : "data rates");
                return SCARD_S_SUCCESS;
        }
        for (i = 0; i + 4 <= len && *count < cap && *count < announced; i += 4) {
                uint32_t value = message_get32(bytes + i);

                if (value != 0)
                        list[(*count)++] = value;
        }
        return SCARD_S_SUCCESS;
}
