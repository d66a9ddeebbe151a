/*
 * reader.c - the operations of an interface device, over one CCID interface.
 *
 * Time limits: a command other than XfrBlock has ISCARD_TIMEOUT ms (5000) for its answer, PowerOn with all
 * its voltages 12 times that (60 s: contactless and slow cards), XfrBlock what the engine says. Read at open.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "core/log.h"
#include "core/status.h"
#include "ccid/apdu.h"
#include "ccid/command.h"
#include "ccid/device.h"
#include "ccid/power.h"
#include "ccid/reader.h"
#include "ccid/slots.h"

#define COMMAND_MS_DEFAULT 5000u
#define COMMAND_MS_MAX     600000u
#define POWER_ON_FACTOR    12u
#define ABORT_MS           2000u
#define CONTROL_MS         1000u
#define STRAY_MS           1000u
#define PAUSE_MS           50u

#define RX_MIN 512u  /* bytes: a reader that says less than it sends is heard out */
#define PAGE   4096u /* bytes; madvise works on pages */

static unsigned timeout_from_text(const char *text)
{
        unsigned long ms;
        char *end;

        if (text == NULL || *text == '\0')
                return COMMAND_MS_DEFAULT;
        ms = strtoul(text, &end, 10);
        if (*end != '\0' || text[0] < '0' || text[0] > '9' || ms == 0 || ms > COMMAND_MS_MAX) {
                log_line(LOG_WARN, "ccid", "ISCARD_TIMEOUT is no number of ms from 1 to %u: ignored",
                         COMMAND_MS_MAX);
                return COMMAND_MS_DEFAULT;
        }
        return (unsigned)ms;
}

static struct device_limits read_limits(const struct quirk *quirk)
{
        struct device_limits limits = {.command_ms = timeout_from_text(getenv("ISCARD_TIMEOUT")),
                                       .control_ms = CONTROL_MS,
                                       .stray_ms = STRAY_MS,
                                       .pause_ms = PAUSE_MS};

        if ((quirk->flags & QUIRK_SLOW) != 0 && limits.command_ms < quirk->slow_ms)
                limits.command_ms = quirk->slow_ms;
        limits.power_on_ms = limits.command_ms * POWER_ON_FACTOR;
        limits.abort_ms = limits.command_ms < ABORT_MS ? limits.command_ms : ABORT_MS;
        return limits;
}

static size_t round_up(size_t n, size_t unit)
{
        return (n + unit - 1) / unit * unit;
}

/* tx and rx in whole pages of their own, which no core dump holds: VERIFY passes through them. */
static bool allocate_buffers(struct ccid_reader *reader)
{
        size_t packet = reader->descriptor.pipes.bulk_in_packet;
        size_t rx = reader->max_message > RX_MIN ? reader->max_message : RX_MIN;

        reader->tx_cap = round_up(reader->max_message, 64);
        reader->rx_cap = round_up(rx, packet);
        reader->buffers_len = round_up(reader->tx_cap + reader->rx_cap, PAGE);
        reader->tx = aligned_alloc(PAGE, reader->buffers_len);
        if (reader->tx == NULL)
                return false;
        memset(reader->tx, 0, reader->buffers_len);
        /* Where the kernel knows no such advice the buffers are merely wiped. */
        (void)madvise(reader->tx, reader->buffers_len, MADV_DONTDUMP);
        reader->rx = reader->tx + reader->tx_cap;
        reader->tx_used = reader->rx_used = 0;
        return true;
}

static void free_buffers(struct ccid_reader *reader)
{
        if (reader->tx != NULL)
                (void)madvise(reader->tx, reader->buffers_len, MADV_DODUMP);
        free(reader->tx);
        reader->tx = reader->rx = NULL;
}

static int32_t reader_open(void *ctx)
{
        struct ccid_reader *reader = ctx;
        struct ccid_pipes pipes = reader->descriptor.pipes;
        void *pipe = NULL;
        int32_t status;
        bool open, gone;

        pthread_mutex_lock(&reader->lock);
        open = reader->pipe != NULL;
        gone = reader->gone;
        pthread_mutex_unlock(&reader->lock);
        if (gone)
                return SCARD_E_READER_UNAVAILABLE;
        if (open)
                return SCARD_S_SUCCESS;
        reader->limits = read_limits(reader->quirk);
        reader->voltage_first = power_voltage_from_text(getenv("ISCARD_VOLTAGE"));
        if (!allocate_buffers(reader))
                return SCARD_E_NO_MEMORY;
        pipes.max_message = reader->max_message;
        status = reader->transport->open(reader->dev, &pipes, &pipe);
        if (status != SCARD_S_SUCCESS) {
                free_buffers(reader);
                return status;
        }
        memset(reader->abandoned, 0, sizeof reader->abandoned);
        pthread_mutex_lock(&reader->lock);
        slots_reset(reader);
        reader->pipe = pipe;
        pthread_mutex_unlock(&reader->lock);
        return SCARD_S_SUCCESS;
}

static void reader_close(void *ctx)
{
        struct ccid_reader *reader = ctx;
        void *pipe;

        pthread_mutex_lock(&reader->lock);
        pipe = reader->pipe;
        reader->pipe = NULL;
        pthread_mutex_unlock(&reader->lock);
        if (pipe != NULL)
                reader->transport->close(pipe);
        free_buffers(reader);
}

/* How long a slot waits while another one of the device is served: as long as that may take. */
static uint64_t turn_limit(const struct ccid_reader *reader)
{
        return reader->limits.power_on_ms;
}

static int32_t reader_power_on(void *ctx, unsigned slot, uint8_t *atr, size_t *atr_len)
{
        struct ccid_reader *reader = ctx;
        int32_t status;

        *atr_len = 0;
        status = device_begin(reader, slot, turn_limit(reader));
        if (status != SCARD_S_SUCCESS)
                return status;
        status = power_on(reader, slot, atr, atr_len);
        device_end(reader, slot);
        return status;
}

static int32_t reader_power_off(void *ctx, unsigned slot)
{
        struct ccid_reader *reader = ctx;
        int32_t status = device_begin(reader, slot, turn_limit(reader));

        if (status != SCARD_S_SUCCESS)
                return status;
        status = power_off(reader, slot);
        device_end(reader, slot);
        return status;
}

/* Some readers answer GetSlotStatus for an empty slot as a failure (ICC_MUTE); the status is told all the
 * same. */
static int32_t ask_status(struct ccid_reader *reader, unsigned slot)
{
        struct command command = {.type = MESSAGE_GET_SLOT_STATUS, .slot = slot, .op = STATUS_SLOT_OTHER};
        int32_t status = device_begin(reader, slot, turn_limit(reader));

        if (status != SCARD_S_SUCCESS)
                return status;
        command_limits(&command, reader->limits.command_ms);
        status = command_run(reader, &command);
        if (command.answered && (status == SCARD_W_REMOVED_CARD || status == SCARD_W_UNRESPONSIVE_CARD))
                status = SCARD_S_SUCCESS;
        device_end(reader, slot);
        return status;
}

static int32_t reader_get_status(void *ctx, unsigned slot, bool ask, struct ifd_slot_state *state)
{
        struct ccid_reader *reader = ctx;
        int32_t status;

        memset(state, 0, sizeof *state);
        if (slot >= reader->info.slots)
                return SCARD_E_READER_UNAVAILABLE;
        if (ask) {
                status = ask_status(reader, slot);
                if (status != SCARD_S_SUCCESS)
                        return status;
        }
        return slots_read(reader, slot, state);
}

static int32_t reader_set_parameters(void *ctx, unsigned slot, const struct ifd_parameters *parameters)
{
        struct ccid_reader *reader = ctx;
        struct command command = {.type = MESSAGE_SET_PARAMETERS,
                                  .specific = {parameters->protocol},
                                  .slot = slot,
                                  .op = STATUS_SLOT_OTHER};
        int32_t status;

        if (parameters->protocol > 1)
                return SCARD_E_INVALID_PARAMETER;
        status = device_begin(reader, slot, turn_limit(reader));
        if (status != SCARD_S_SUCCESS)
                return status;
        command.data_len = message_put_parameters(parameters, reader->tx + MESSAGE_HEADER_LEN);
        command_limits(&command, reader->limits.command_ms);
        status = command_run(reader, &command);
        device_end(reader, slot);
        return status;
}

static int32_t reader_get_parameters(void *ctx, unsigned slot, struct ifd_parameters *parameters)
{
        struct ccid_reader *reader = ctx;
        struct command command = {.type = MESSAGE_GET_PARAMETERS, .slot = slot, .op = STATUS_SLOT_OTHER};
        int32_t status;

        memset(parameters, 0, sizeof *parameters);
        status = device_begin(reader, slot, turn_limit(reader));
        if (status != SCARD_S_SUCCESS)
                return status;
        command_limits(&command, reader->limits.command_ms);
        status = command_run(reader, &command);
        if (status == SCARD_S_SUCCESS && !message_get_parameters(&command.answer, parameters))
                status = SCARD_F_COMM_ERROR;
        device_end(reader, slot);
        return status;
}

static int32_t reader_transmit(void *ctx, unsigned slot, struct ifd_message *message)
{
        struct ccid_reader *reader = ctx;
        int32_t status;

        message->rsp_len = 0;
        if (message->cmd_len == 0 || message->cmd_len > reader->info.max_command || message->wait_ms == 0)
                return SCARD_E_INVALID_PARAMETER;
        status = device_begin(reader, slot, turn_limit(reader));
        if (status != SCARD_S_SUCCESS)
                return status;
        status = apdu_transmit(reader, slot, message);
        device_end(reader, slot);
        return status;
}

static void reader_abort(void *ctx, unsigned slot)
{
        device_abort(ctx, slot);
}

static void reader_destroy(void *ctx)
{
        struct ccid_reader *reader = ctx;
        void (*released)(void *arg) = reader->released;
        void *arg = reader->released_arg;

        reader_close(reader);
        pthread_cond_destroy(&reader->turn);
        pthread_mutex_destroy(&reader->lock);
        free(reader);
        if (released != NULL)
                released(arg);
}

const struct ifd_ops reader_ops = {
    .open = reader_open,
    .close = reader_close,
    .power_on = reader_power_on,
    .power_off = reader_power_off,
    .get_status = reader_get_status,
    .set_parameters = reader_set_parameters,
    .get_parameters = reader_get_parameters,
    .transmit = reader_transmit,
    .abort = reader_abort,
    .destroy = reader_destroy,
};

/* What the reader says wrongly of itself is put right before anything looks at it. */
static void apply_quirk(struct ccid_descriptor *descriptor, const struct quirk *quirk)
{
        if ((quirk->flags & QUIRK_NO_INTERRUPT) != 0)
                descriptor->pipes.interrupt_in = 0;
        if ((quirk->flags & QUIRK_NO_PINPAD) != 0)
                descriptor->bPINSupport = 0;
        if ((quirk->flags & QUIRK_MAX_IFSD) != 0)
                descriptor->dwMaxIFSD = quirk->max_ifsd;
        if ((quirk->flags & QUIRK_TPDU) != 0)
                descriptor->dwFeatures = (descriptor->dwFeatures & ~0x70000u) | 0x10000u;
        if (quirk->flags != 0)
                log_line(LOG_INFO, "ccid", "known reader: %s", quirk->reason);
}

static void copy_text(char *to, const char *from)
{
        size_t len = strnlen(from, IFD_TEXT_MAX);

        memcpy(to, from, len);
        to[len] = '\0';
}

static void fill_info(struct ccid_reader *reader, const struct ccid_device *device)
{
        const struct ccid_descriptor *d = &reader->descriptor;
        struct ifd_info *info = &reader->info;

        copy_text(info->manufacturer, device->manufacturer);
        copy_text(info->product, device->product);
        copy_text(info->serial, device->serial);
        info->vendor_id = device->vendor_id;
        info->product_id = device->product_id;
        info->firmware = device->release;
        /* 0x0020: USB. PC/SC part 3 3.1.1, tag 0110 */
        info->channel_id = 0x00200000u | (uint32_t)device->bus << 8 | device->address;
        info->slots = descriptor_slots(d);
        info->exchange = descriptor_exchange(d);
        info->features = d->dwFeatures;
        info->protocols = d->dwProtocols & 3u;
        info->clock_khz = d->dwDefaultClock;
        info->max_clock_khz = d->dwMaximumClock;
        info->data_rate_bps = d->dwDataRate;
        info->max_data_rate_bps = d->dwMaxDataRate;
        info->max_ifsd = d->dwMaxIFSD;
        info->max_command = (uint32_t)apdu_command_max(info->exchange, reader->max_message);
        info->max_response = (uint32_t)apdu_response_max(info->exchange, reader->max_message);
        info->mechanical = d->dwMechanical;
        info->reports_movement = d->pipes.interrupt_in != 0;
}

static bool init_locks(struct ccid_reader *reader)
{
        pthread_condattr_t attributes;
        bool ok;

        if (pthread_condattr_init(&attributes) != 0)
                return false;
        ok = pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) == 0 &&
             pthread_cond_init(&reader->turn, &attributes) == 0;
        pthread_condattr_destroy(&attributes);
        if (ok && pthread_mutex_init(&reader->lock, NULL) != 0) {
                pthread_cond_destroy(&reader->turn);
                ok = false;
        }
        return ok;
}

int32_t reader_create(const struct ccid_transport_ops *transport, void *dev, const struct ccid_device *device,
                      const struct ccid_descriptor *descriptor, const struct quirk *quirk,
                      void (*released)(void *arg), void *arg, struct ccid_reader **reader)
{
        struct ccid_reader *made;

        *reader = NULL;
        if (descriptor->bInterfaceProtocol != CCID_PROTOCOL_BULK || descriptor->pipes.bulk_in == 0 ||
            descriptor->pipes.bulk_out == 0) {
                log_line(LOG_INFO, "ccid",
                         "%04X:%04X interface %u: protocol %u without the bulk pipes of CCID",
                         device->vendor_id, device->product_id, descriptor->bInterfaceNumber,
                         descriptor->bInterfaceProtocol);
                return SCARD_E_READER_UNSUPPORTED;
        }
        made = calloc(1, sizeof *made);
        if (made == NULL)
                return SCARD_E_NO_MEMORY;
        made->transport = transport;
        made->dev = dev;
        made->descriptor = *descriptor;
        made->quirk = quirk;
        made->released = released;
        made->released_arg = arg;
        apply_quirk(&made->descriptor, quirk);
        made->max_message = descriptor_message_max(&made->descriptor);
        fill_info(made, device);
        if (!init_locks(made)) {
                free(made);
                return SCARD_E_NO_MEMORY;
        }
        *reader = made;
        return SCARD_S_SUCCESS;
}

const struct ifd_info *reader_info(const struct ccid_reader *reader)
{
        return &reader->info;
}

void reader_lost(struct ccid_reader *reader)
{
        device_mark_gone(reader);
}
