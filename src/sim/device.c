/* device.c - see device.h: the pipes, the plug, the clock. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/wipe.h"
#include "sim/device_state.h"
#include "sim/vpcd.h"

#define RESERVE 8u /* answers kept beyond two for each slot */
#define EACH    7u /* answers that one message may bring at most, faults included */
#define OF_NONE SIM_SLOTS_MAX

#define FRAME_BYTES                                                                                          \
        1216u /* 19 packets of 64 bytes: the most of bulk data in a full-speed frame. USB 2.0 5.8.4 */

static void lock(const struct sim_device *device)
{
        (void)pthread_mutex_lock(&((struct sim_device *)device)->lock);
}

static void unlock(const struct sim_device *device)
{
        (void)pthread_mutex_unlock(&((struct sim_device *)device)->lock);
}

/* Unlocks, and lets the other side know that asking again may be worth while. */
static void unlock_and_tell(struct sim_device *device)
{
        void (*const ready)(void *arg) = device->ready;
        void *const arg = device->ready_arg;

        unlock(device);
        if (ready != NULL)
                ready(arg);
}

int64_t sim_device_now_ms(void)
{
        struct timespec now;
        (void)clock_gettime(CLOCK_MONOTONIC, &now);
        return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ---- the answers that wait */

static void answers_clear(struct sim_device *device)
{
        device->count = 0;
}

static void answer_drop(struct sim_device *device, size_t at)
{
        const struct sim_queued gone = device->answers[at];

        if (gone.occupies)
                sim_reader_free_slot(device->reader, gone.slot);
        wipe(gone.bytes, gone.len);
        memmove(&device->answers[at], &device->answers[at + 1],
                (device->count - at - 1) * sizeof *device->answers);
        device->count--;
        device->answers[device->count] = gone; /* its buffer is free now */
}

/* A place at the end of the queue; there is one: bulk OUT takes nothing while there are too few. */
static struct sim_queued *answer_new(struct sim_device *device)
{
        struct sim_queued *answer = &device->answers[device->count++];
        answer->len = answer->off = 0;
        answer->due_ms = sim_device_now_ms();
        answer->slot = OF_NONE;
        answer->occupies = false;
        return answer;
}

static void answer_copy(struct sim_device *device, const uint8_t *bytes, size_t len)
{
        struct sim_queued *answer = answer_new(device);
        if (len != 0)
                memcpy(answer->bytes, bytes, len);
        answer->len = len;
}

/* The one that has been due longest, or is under way; count: none. */
static size_t answer_due(const struct sim_device *device)
{
        const int64_t now = sim_device_now_ms();
        size_t best = device->count;

        for (size_t at = 0; at < device->count; at++) {
                const struct sim_queued *answer = &device->answers[at];
                if (answer->off != 0)
                        return at;
                if (answer->due_ms <= now &&
                    (best == device->count || answer->due_ms < device->answers[best].due_ms))
                        best = at;
        }
        return best;
}

/* An abort ends what the slot was doing: what is not due will never be; what is due no longer occupies. */
static void answers_aborted(struct sim_device *device, unsigned slot)
{
        const int64_t now = sim_device_now_ms();

        for (size_t at = device->count; at-- > 0;) {
                struct sim_queued *answer = &device->answers[at];
                if (answer->slot != slot)
                        continue;
                answer->occupies = false;
                if (answer->due_ms > now)
                        answer_drop(device, at);
        }
}

/* ---- made and unmade */

static bool buffers_create(struct sim_device *device)
{
        device->answer_room = device->config.max_message + SIM_FAULT_ROOM;
        device->room = RESERVE + 2 * device->config.slots;
        device->answers = calloc(device->room, sizeof *device->answers);
        device->work = malloc(device->answer_room);
        device->previous = malloc(device->answer_room);
        if (device->answers == NULL || device->work == NULL || device->previous == NULL)
                return false;
        if (device->config.iccd != SIM_ICCD_NO) {
                device->iccd.answer = calloc(2, device->answer_room);
                if (device->iccd.answer == NULL)
                        return false;
                device->iccd.right = device->iccd.answer + device->answer_room;
        }
        for (size_t i = 0; i < device->room; i++) {
                device->answers[i].bytes = malloc(device->answer_room);
                if (device->answers[i].bytes == NULL)
                        return false;
        }
        return true;
}

void sim_device_restart(struct sim_device *device)
{
        device->halted = 0;
        device->moved = 0;
        device->previous_len = 0;
        answers_clear(device);
        sim_iccd_restart(device);
        sim_reader_reset(device->reader);
        for (unsigned slot = 0; slot < device->config.slots; slot++) {
                if (sim_reader_card_in(device->reader, slot))
                        device->moved |= 1u << slot;
        }
}

/* As new at the host's port: power, address, and (no operating system asks here) the configuration. */
static void power_up(struct sim_device *device)
{
        device->plugged = device->configured = true;
        device->generation++;
        device->messages = 0;
        sim_device_restart(device);
}

/* An ICCD device does everything by itself; version A has the reader at TPDU level behind it. */
static struct sim_reader *reader_create(const struct sim_config *config)
{
        struct sim_config inside = *config;

        if (config->iccd != SIM_ICCD_NO)
                inside.automatic = SIM_AUTO_ALL;
        if (config->iccd == SIM_ICCD_A)
                inside.level = SIM_LEVEL_TPDU;
        return sim_reader_create(&inside);
}

/* A card that is another program has come or gone. */
static void card_moved(void *arg, bool card_in)
{
        if (card_in)
                sim_device_card_insert(arg, 0);
        else
                sim_device_card_remove(arg, 0);
}

/* Without its port the reader is there, and stays empty. */
static void wait_for_card(struct sim_device *device)
{
        lock(device); /* a card that comes at once waits until the slot knows of it */
        device->vpcd = sim_vpcd_create(device->config.vpcd, card_moved, device);
        sim_reader_connect(device->reader, device->vpcd);
        unlock(device);
}

struct sim_device *sim_device_create(const struct sim_config *config)
{
        struct sim_device *device = calloc(1, sizeof *device);

        if (device == NULL)
                return NULL;
        if (pthread_mutex_init(&device->lock, NULL) != 0) {
                free(device);
                return NULL;
        }
        device->config = *config;
        device->faults = config->faults;
        device->reader = reader_create(config);
        if (device->reader == NULL || !buffers_create(device)) {
                sim_device_destroy(device);
                return NULL;
        }
        power_up(device);
        if (config->vpcd != 0)
                wait_for_card(device);
        return device;
}

void sim_device_destroy(struct sim_device *device)
{
        if (device == NULL)
                return;
        sim_vpcd_destroy(device->vpcd);
        if (device->reader != NULL)
                sim_reader_connect(device->reader, NULL);
        for (size_t i = 0; device->answers != NULL && i < device->room; i++)
                free(device->answers[i].bytes);
        free(device->answers);
        free(device->work);
        free(device->previous);
        free(device->iccd.answer);
        sim_reader_destroy(device->reader);
        (void)pthread_mutex_destroy(&device->lock);
        free(device);
}

/* ---- the pipes */

/* RDR_to_PC_ with bmCommandStatus 2: bError says how many waiting times more. CCID 1.1 6.2.6 */
static void deliver_extensions(struct sim_device *device, const uint8_t *answer, unsigned count)
{
        uint8_t message[SIM_HEADER];

        memcpy(message, answer, sizeof message);
        memset(message + 1, 0, 4);
        message[7] = (uint8_t)((message[7] & 0x03) | 0x80);
        message[8] = 1;
        message[9] = 0;
        for (unsigned i = 0; i < count; i++)
                answer_copy(device, message, sizeof message);
}

/* timing=real: the message in a frame, the card's line, the answer in the first frame after that. */
static int64_t duration_ms(const struct sim_outcome *outcome, size_t answer_len)
{
        const uint64_t frames = 1 + (outcome->message_len + answer_len) / FRAME_BYTES;
        return (int64_t)(frames + (outcome->line_us + 999) / 1000);
}

/* Puts the answer that the reader wrote to work into the queue, bent and surrounded as kinds say. */
static void deliver(struct sim_device *device, const struct sim_outcome *outcome, uint64_t kinds)
{
        uint8_t *work = device->work;
        size_t len = outcome->len;

        if (outcome->aborted)
                answers_aborted(device, outcome->slot);
        if (len == 0)
                return;
        if ((kinds & SIM_FAULT_STALL_IN) != 0)
                device->halted |= SIM_HALT_IN;
        if ((kinds & (SIM_FAULT_LOSE | SIM_FAULT_STALL_IN)) != 0) {
                if (outcome->occupies)
                        sim_reader_free_slot(device->reader, outcome->slot);
                return;
        }
        if ((kinds & SIM_FAULT_STALE) != 0 && device->previous_len != 0)
                answer_copy(device, device->previous, device->previous_len);
        memcpy(device->previous, work, len);
        device->previous_len = len;
        if ((kinds & SIM_FAULT_ZERO_PACKET) != 0)
                answer_copy(device, NULL, 0);
        deliver_extensions(device, work, outcome->extensions);
        sim_faults_bend(kinds, device->messages, work, &len);
        answer_copy(device, work, len);

        struct sim_queued *last = &device->answers[device->count - 1];
        last->slot = outcome->slot;
        last->occupies = outcome->occupies;
        if (device->config.real_timing)
                last->due_ms = sim_device_now_ms() + duration_ms(outcome, len);
        if ((kinds & SIM_FAULT_SLOW) != 0)
                last->due_ms = sim_device_now_ms() + SIM_SLOW_MS;
        if ((kinds & SIM_FAULT_HANG) != 0)
                last->due_ms = SIM_NO_TIME;
}

bool sim_device_abort(struct sim_device *device, uint8_t slot, uint8_t seq)
{
        struct sim_outcome outcome;

        if (device->count == device->room ||
            !sim_reader_abort(device->reader, slot, seq, device->work, &outcome))
                return false;
        deliver(device, &outcome, 0);
        return true;
}

enum sim_result sim_device_control(struct sim_device *device, uint8_t bmRequestType, uint8_t bRequest,
                                   uint16_t wValue, uint16_t wIndex, uint8_t *data, size_t *len)
{
        enum sim_result result = SIM_GONE;

        lock(device);
        if (device->plugged)
                result = sim_endpoint0(device, bmRequestType, bRequest, wValue, wIndex, data, len);
        else
                *len = 0;
        unlock_and_tell(device);
        return result;
}

void sim_device_clear_halt(struct sim_device *device, uint8_t endpoint)
{
        lock(device);
        device->halted &= ~sim_endpoint_bit(device, endpoint);
        unlock_and_tell(device);
}

void sim_device_cut(struct sim_device *device)
{
        device->plugged = device->configured = false;
        device->moved = 0;
        answers_clear(device);
        sim_iccd_restart(device);
        sim_reader_reset(device->reader);
}

void sim_device_pull(struct sim_device *device, unsigned slot)
{
        if (sim_reader_remove(device->reader, slot))
                device->moved |= 1u << slot;
}

bool sim_device_has_bulk(const struct sim_device *device)
{
        return device->config.iccd == SIM_ICCD_NO; /* never changes: no lock */
}

static enum sim_result take_message(struct sim_device *device, const uint8_t *data, size_t len)
{
        struct sim_outcome outcome;

        device->messages++;
        const uint64_t kinds = sim_faults_take(&device->faults, device->messages);
        if ((kinds & SIM_FAULT_UNPLUG) != 0) {
                sim_device_cut(device);
                return SIM_GONE;
        }
        /* A message without a whole header has no number to answer to: halted, so that the host starts over
         */
        if ((kinds & SIM_FAULT_STALL_OUT) != 0 || len < SIM_HEADER) {
                device->halted |= SIM_HALT_OUT;
                return SIM_STALL;
        }
        if ((kinds & SIM_FAULT_REMOVE) != 0)
                sim_device_pull(device, data[5]);
        sim_reader_message(device->reader, data, len, kinds, device->work, &outcome);
        deliver(device, &outcome, kinds);
        return SIM_OK;
}

enum sim_result sim_device_bulk_out(struct sim_device *device, const uint8_t *data, size_t len)
{
        enum sim_result result = SIM_OK;

        lock(device);
        if (!device->plugged)
                result = SIM_GONE;
        else if (!device->configured || (device->halted & SIM_HALT_OUT) != 0 || !sim_device_has_bulk(device))
                result = SIM_STALL;
        else if (len == 0)
                result = SIM_OK; /* the end of a transfer that filled its last packet */
        else if (device->count + EACH > device->room)
                result = SIM_NAK;
        else
                result = take_message(device, data, len);
        unlock_and_tell(device);
        return result;
}

enum sim_result sim_device_bulk_in(struct sim_device *device, uint8_t *data, size_t cap, size_t *len)
{
        enum sim_result result = SIM_OK;

        *len = 0;
        lock(device);
        const size_t at = answer_due(device);
        if (!device->plugged) {
                result = SIM_GONE;
        } else if (!device->configured || (device->halted & SIM_HALT_IN) != 0 ||
                   !sim_device_has_bulk(device)) {
                result = SIM_STALL;
        } else if (at == device->count) {
                result = SIM_NAK;
        } else {
                struct sim_queued *answer = &device->answers[at];
                const size_t left = answer->len - answer->off;
                *len = left < cap ? left : cap;
                if (*len != 0)
                        memcpy(data, answer->bytes + answer->off, *len);
                answer->off += *len;
                if (answer->off == answer->len)
                        answer_drop(device, at);
        }
        unlock(device);
        return result;
}

/* RDR_to_PC_NotifySlotChange, CCID 1.1 6.3.1: two bits a slot, card is in and card has moved. */
enum sim_result sim_device_interrupt_in(struct sim_device *device, uint8_t *data, size_t cap, size_t *len)
{
        uint8_t message[1 + SIM_SLOTS_MAX / 4] = {0x50};
        enum sim_result result = SIM_OK;

        *len = 0;
        lock(device);
        if (!device->plugged) {
                result = SIM_GONE;
        } else if (!device->configured || !device->config.interrupt ||
                   (device->halted & SIM_HALT_INTR) != 0) {
                result = SIM_STALL;
        } else if (device->moved == 0) {
                result = SIM_NAK;
        } else {
                for (unsigned slot = 0; slot < device->config.slots; slot++) {
                        const unsigned bits = (sim_reader_card_in(device->reader, slot) ? 1u : 0u) |
                                              ((device->moved >> slot & 1u) != 0 ? 2u : 0u);
                        message[1 + slot / 4] = (uint8_t)(message[1 + slot / 4] | bits << (slot % 4 * 2));
                }
                device->moved = 0;
                const size_t whole = 1 + (device->config.slots + 3) / 4;
                *len = whole < cap ? whole : cap;
                if (*len != 0)
                        memcpy(data, message, *len);
        }
        unlock(device);
        return result;
}

bool sim_device_has_event(const struct sim_device *device)
{
        lock(device);
        const bool has =
            device->plugged && device->configured && device->config.interrupt && device->moved != 0;
        unlock(device);
        return has;
}

void sim_device_on_ready(struct sim_device *device, void (*ready)(void *arg), void *arg)
{
        lock(device);
        device->ready = ready;
        device->ready_arg = arg;
        unlock(device);
}

int sim_device_next_ms(struct sim_device *device)
{
        int64_t next = SIM_NO_TIME;

        lock(device);
        for (size_t i = 0; i < device->count; i++) {
                if (device->answers[i].due_ms < next)
                        next = device->answers[i].due_ms;
        }
        unlock(device);
        if (next == SIM_NO_TIME)
                return -1;
        next -= sim_device_now_ms();
        return next > 0 ? (int)next : 0;
}

/* ---- the world */

void sim_device_card_insert(struct sim_device *device, unsigned slot)
{
        lock(device);
        if (sim_reader_insert(device->reader, slot) && device->plugged)
                device->moved |= 1u << slot;
        unlock_and_tell(device);
}

void sim_device_card_remove(struct sim_device *device, unsigned slot)
{
        lock(device);
        sim_device_pull(device, slot);
        unlock_and_tell(device);
}

void sim_device_card_mute(struct sim_device *device, unsigned slot, bool mute)
{
        lock(device);
        sim_reader_mute(device->reader, slot, mute);
        unlock(device);
}

void sim_device_unplug(struct sim_device *device)
{
        lock(device);
        sim_device_cut(device);
        unlock_and_tell(device);
}

void sim_device_plug(struct sim_device *device)
{
        lock(device);
        if (!device->plugged)
                power_up(device);
        unlock_and_tell(device);
}

void sim_device_suspend(struct sim_device *device)
{
        lock(device);
        if (device->plugged) {
                atomic_fetch_add(&device->suspends, 1);
                sim_device_restart(device);
        }
        unlock_and_tell(device);
}

uint32_t sim_device_suspends(const struct sim_device *device)
{
        return atomic_load(&device->suspends);
}

bool sim_device_plugged(const struct sim_device *device)
{
        lock(device);
        const bool plugged = device->plugged;
        unlock(device);
        return plugged;
}

uint32_t sim_device_generation(const struct sim_device *device)
{
        lock(device);
        const uint32_t generation = device->generation;
        unlock(device);
        return generation;
}

bool sim_device_set_access(struct sim_device *device, const char *text)
{
        lock(device);
        const bool understood = sim_config_access(text, strlen(text), &device->config.access);
        unlock(device);
        return understood;
}

enum sim_access sim_device_access(const struct sim_device *device)
{
        lock(device);
        const enum sim_access access = device->config.access;
        unlock(device);
        return access;
}

bool sim_device_fault(struct sim_device *device, const char *text)
{
        const char *bad;
        size_t bad_len;
        bool understood = true;

        lock(device);
        if (text == NULL || text[0] == '\0') {
                device->faults.count = 0;
        } else {
                struct sim_faults more = device->faults;
                understood = sim_faults_add(&more, text, strlen(text), &bad, &bad_len) &&
                             sim_reader_knows(device->reader, sim_faults_kinds(&more));
                if (understood)
                        device->faults = more;
        }
        unlock(device);
        return understood;
}

uint64_t sim_device_card_bytes(const struct sim_device *device)
{
        struct sim_line line;
        lock(device);
        sim_reader_line(device->reader, &line);
        unlock(device);
        return line.bytes;
}

uint64_t sim_device_card_us(const struct sim_device *device)
{
        struct sim_line line;
        lock(device);
        sim_reader_line(device->reader, &line);
        unlock(device);
        return line.used_us;
}

void sim_device_codes(struct sim_device *device, const char *pin, const char *new_pin)
{
        lock(device);
        sim_reader_codes(device->reader, pin, new_pin);
        unlock(device);
}

uint32_t sim_device_messages(const struct sim_device *device)
{
        lock(device);
        const uint32_t messages = device->messages;
        unlock(device);
        return messages;
}
