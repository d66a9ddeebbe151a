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
#include "core/wipe.h"
#include "ccid/apdu.h"
#include "ccid/command.h"
#include "ccid/device.h"
#include "ccid/iccd.h"
#include "ccid/pinpad.h"
#include "ccid/power.h"
#include "ccid/rates.h"
#include "ccid/reader.h"
#include "ccid/slots.h"

#define COMMAND_MS_DEFAULT 5000u
#define COMMAND_MS_MAX     600000u
#define POWER_ON_FACTOR    12u
#define ABORT_MS           2000u
#define ESCAPE_MS          30000u /* vendor commands erase flash, search for cards */
#define CONTROL_MS         1000u
#define STRAY_MS           1000u
#define PAUSE_MS           50u

#define MECHANICAL_EJECT     0x02  /* bFunction. CCID 1.1 6.1.12 */
#define MECHANICAL_CAN_EJECT 0x02u /* dwMechanical. CCID 1.1 table 5.1-1 */

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
        limits.escape_ms = limits.command_ms > ESCAPE_MS ? limits.command_ms : ESCAPE_MS;
        limits.abort_ms = limits.command_ms < ABORT_MS ? limits.command_ms : ABORT_MS;
        return limits;
}

static size_t round_up(size_t n, size_t unit)
{
        return (n + unit - 1) / unit * unit;
}

/* The buffers of all lanes in whole pages of their own, which no core dump holds: VERIFY passes through them.
 */
static bool allocate_buffers(struct ccid_reader *reader)
{
        size_t rx = reader->max_message > RX_MIN ? reader->max_message : RX_MIN;
        size_t packet = reader->descriptor.pipes.bulk_in_packet; /* 0: ICCD */
        unsigned i, count = reader->info.busy_slots, boxes = count > 1 ? 1 : 0;
        uint8_t *next;

        reader->tx_cap = round_up(reader->max_message, 64);
        reader->rx_cap = round_up(rx, packet != 0 ? packet : 64);
        reader->buffers_len = round_up(count * (reader->tx_cap + (1 + boxes) * reader->rx_cap), PAGE);
        reader->buffers = aligned_alloc(PAGE, reader->buffers_len);
        if (reader->buffers == NULL)
                return false;
        memset(reader->buffers, 0, reader->buffers_len);
        /* Where the kernel knows no such advice the buffers are merely wiped. */
        (void)madvise(reader->buffers, reader->buffers_len, MADV_DONTDUMP);
        next = reader->buffers;
        for (i = 0; i < count; i++) {
                struct device_lane *lane = &reader->lanes[i];

                *lane = (struct device_lane){.tx = next, .rx = next + reader->tx_cap};
                next += reader->tx_cap + reader->rx_cap;
                if (boxes == 0)
                        continue;
                lane->box = next;
                next += reader->rx_cap;
        }
        reader->lane_count = count;
        return true;
}

static void free_buffers(struct ccid_reader *reader)
{
        if (reader->buffers != NULL) {
                wipe(reader->buffers, reader->buffers_len);
                (void)madvise(reader->buffers, reader->buffers_len, MADV_DODUMP);
        }
        free(reader->buffers);
        reader->buffers = NULL;
        reader->lane_count = 0;
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
        status =
            reader->iccd ? iccd_power_on(reader, slot, atr, atr_len) : power_on(reader, slot, atr, atr_len);
        device_end(reader, slot);
        return status;
}

static int32_t reader_power_off(void *ctx, unsigned slot)
{
        struct ccid_reader *reader = ctx;
        int32_t status = device_begin(reader, slot, turn_limit(reader));

        if (status != SCARD_S_SUCCESS)
                return status;
        status = reader->iccd ? iccd_power_off(reader, slot) : power_off(reader, slot);
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
        if (reader->iccd) {
                status = iccd_ask_status(reader, slot);
                device_end(reader, slot);
                return status;
        }
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
        if (reader->iccd)
                return SCARD_E_UNSUPPORTED_FEATURE;
        status = device_begin(reader, slot, turn_limit(reader));
        if (status != SCARD_S_SUCCESS)
                return status;
        command.data_len = message_put_parameters(parameters, device_data(reader, slot));
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
        if (reader->iccd) {
                iccd_get_parameters(reader, parameters);
                device_end(reader, slot);
                return SCARD_S_SUCCESS;
        }
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
        status = reader->iccd ? iccd_transmit(reader, slot, message) : apdu_transmit(reader, slot, message);
        device_end(reader, slot);
        return status;
}

static int32_t reader_secure(void *ctx, unsigned slot, struct ifd_secure *secure)
{
        struct ccid_reader *reader = ctx;
        int32_t status;

        secure->rsp_len = 0;
        if ((reader->info.pin_support & (secure->modify ? 2u : 1u)) == 0)
                return SCARD_E_UNSUPPORTED_FEATURE;
        if (!pinpad_is_valid(secure))
                return SCARD_E_INVALID_PARAMETER;
        status = device_begin(reader, slot, turn_limit(reader));
        if (status != SCARD_S_SUCCESS)
                return status;
        status = pinpad_enter(reader, slot, secure);
        device_end(reader, slot);
        return status;
}

static int32_t reader_escape(void *ctx, unsigned slot, const uint8_t *in, size_t in_len, uint8_t *out,
                             size_t out_cap, size_t *out_len)
{
        struct ccid_reader *reader = ctx;
        struct command command = {
            .type = MESSAGE_ESCAPE, .slot = slot, .op = STATUS_SLOT_OTHER, .data_len = in_len};
        int32_t status;

        *out_len = 0;
        if (reader->iccd)
                return SCARD_E_UNSUPPORTED_FEATURE;
        if (in_len > reader->max_message - MESSAGE_HEADER_LEN)
                return SCARD_E_INVALID_PARAMETER;
        status = device_begin(reader, slot, turn_limit(reader));
        if (status != SCARD_S_SUCCESS)
                return status;
        if (in_len != 0)
                memcpy(device_data(reader, slot), in, in_len);
        command_limits(&command, reader->limits.escape_ms);
        status = command_run(reader, &command);
        if (status == SCARD_S_SUCCESS && command.answer.data_len > out_cap)
                status = SCARD_E_INSUFFICIENT_BUFFER;
        if (status == SCARD_S_SUCCESS && command.answer.data_len != 0) {
                memcpy(out, command.answer.data, command.answer.data_len);
                *out_len = command.answer.data_len;
        }
        device_end(reader, slot);
        return status;
}

static int32_t reader_set_rate(void *ctx, unsigned slot, uint32_t *clock_khz, uint32_t *rate_bps)
{
        struct ccid_reader *reader = ctx;
        int32_t status;

        if (reader->iccd)
                return SCARD_E_UNSUPPORTED_FEATURE;
        status = device_begin(reader, slot, turn_limit(reader));
        if (status != SCARD_S_SUCCESS)
                return status;
        status = rates_set(reader, slot, clock_khz, rate_bps);
        device_end(reader, slot);
        return status;
}

static int32_t reader_list_rates(void *ctx, bool clocks, uint32_t *list, size_t cap, size_t *count)
{
        return rates_list(ctx, clocks, list, cap, count);
}

static int32_t reader_eject(void *ctx, unsigned slot)
{
        struct ccid_reader *reader = ctx;
        struct command command = {.type = MESSAGE_MECHANICAL,
                                  .specific = {MECHANICAL_EJECT},
                                  .slot = slot,
                                  .op = STATUS_SLOT_OTHER};
        int32_t status;

        if (!reader->info.can_eject)
                return SCARD_E_UNSUPPORTED_FEATURE;
        status = device_begin(reader, slot, turn_limit(reader));
        if (status != SCARD_S_SUCCESS)
                return status;
        command_limits(&command, reader->limits.command_ms);
        status = command_run(reader, &command);
        /* The card that was asked to go is gone. */
        if (command.answered && status == SCARD_W_REMOVED_CARD)
                status = SCARD_S_SUCCESS;
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
        free(reader->config);
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
    .secure = reader_secure,
    .escape = reader_escape,
    .set_rate = reader_set_rate,
    .list_rates = reader_list_rates,
    .eject = reader_eject,
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
        if ((quirk->flags & QUIRK_CHAINS) != 0)
                descriptor->dwFeatures |= 0x40000u;
        if ((quirk->flags & QUIRK_NO_IFS) != 0)
                descriptor->dwFeatures |= IFD_AUTO_IFSD;
        if ((quirk->flags & QUIRK_MAX_RATE) != 0)
                descriptor->dwMaxDataRate = quirk->max_rate_bps;
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
        info->pin_support = d->bPINSupport & 3u;
        info->lcd_layout = d->wLcdLayout;
        info->busy_slots = descriptor_busy_slots(d);
        info->can_eject = (d->dwMechanical & MECHANICAL_CAN_EJECT) != 0;
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

/* A copy of what the bus only lends. */
static bool keep_config(struct ccid_reader *reader, const struct ccid_device *device)
{
        if (device->config == NULL || device->config_len == 0)
                return true;
        reader->config = malloc(device->config_len);
        if (reader->config == NULL)
                return false;
        memcpy(reader->config, device->config, device->config_len);
        reader->info.config = reader->config;
        reader->info.config_len = device->config_len;
        return true;
}

int32_t reader_create(const struct ccid_transport_ops *transport, void *dev, const struct ccid_device *device,
                      const struct ccid_descriptor *descriptor, const struct quirk *quirk,
                      void (*released)(void *arg), void *arg, struct ccid_reader **reader)
{
        struct ccid_reader *made;

        *reader = NULL;
        if (!iccd_is(descriptor) && (descriptor->bInterfaceProtocol != CCID_PROTOCOL_BULK ||
                                     descriptor->pipes.bulk_in == 0 || descriptor->pipes.bulk_out == 0)) {
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
        made->iccd = iccd_is(descriptor);
        if (made->iccd)
                iccd_describe(&made->descriptor);
        apply_quirk(&made->descriptor, quirk);
        made->max_message = descriptor_message_max(&made->descriptor);
        fill_info(made, device);
        if (!keep_config(made, device) || !init_locks(made)) {
                free(made->config);
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
