#include <string.h>
#include <time.h>

#include "scarderr.h"

#include "core/registry.h"

#include "tests/support/fake_ifd.h"

struct fake_reader fake_readers[FAKE_READERS];
unsigned fake_starts, fake_stops, fake_pumps;
int32_t fake_start_status, fake_scan_status;

static pthread_mutex_t fake_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t fake_changed = PTHREAD_COND_INITIALIZER;
static void (*fake_wake)(void); /* NULL: nobody waits */

/* Something moved. The lock is held. */
static void fake_tell(void)
{
        if (fake_wake != NULL)
                fake_wake();
}

/* T=1 alone, no historical bytes; the last byte is TCK */
static const uint8_t atr_t1[] = {0x3B, 0x80, 0x01, 0x81};

/* Counts; the status that stands in the way, if any. The lock is held. */
static int32_t fake_op(struct fake_reader *reader, enum fake_op op)
{
        reader->count[op]++;
        if (!reader->plugged)
                return SCARD_E_READER_UNAVAILABLE;
        return reader->fail[op];
}

/* The lock is held afterwards. */
static int32_t fake_begin(struct fake_reader *reader, enum fake_op op)
{
        if (reader->hook != NULL)
                reader->hook(reader, op);
        pthread_mutex_lock(&fake_lock);
        return fake_op(reader, op);
}

static int32_t fake_count_only(void *ctx, enum fake_op op)
{
        int32_t status = fake_begin(ctx, op);

        pthread_mutex_unlock(&fake_lock);
        return status;
}

static enum ifd_card fake_card(const struct fake_slot *place)
{
        return !place->present ? IFD_CARD_ABSENT : place->powered ? IFD_CARD_POWERED : IFD_CARD_PRESENT;
}

/* An answer came: a reader without interrupts learns from it. */
static void fake_note(struct fake_slot *place)
{
        enum ifd_card card = fake_card(place);

        if (place->known != IFD_CARD_UNKNOWN &&
            (place->known == IFD_CARD_ABSENT) != (card == IFD_CARD_ABSENT))
                place->known_movements++;
        place->known = card;
}

static int32_t fake_open(void *ctx)
{
        struct fake_reader *reader = ctx;

        pthread_mutex_lock(&fake_lock);
        for (unsigned i = 0; i < IFD_SLOTS_MAX; i++)
                reader->slots[i].known = IFD_CARD_UNKNOWN;
        pthread_mutex_unlock(&fake_lock);
        return fake_count_only(ctx, FAKE_OPEN);
}

static void fake_close(void *ctx)
{
        fake_count_only(ctx, FAKE_CLOSE);
}

/* Hangs while it is told to. What ended it early, or status. The lock is held. */
static int32_t fake_wait(struct fake_reader *reader, int32_t status)
{
        reader->inside++;
        pthread_cond_broadcast(&fake_changed);
        reader->aborted = false;
        while (reader->hold && !reader->aborted && reader->plugged)
                pthread_cond_wait(&fake_changed, &fake_lock);
        reader->inside--;
        if (!reader->plugged)
                return SCARD_E_READER_UNAVAILABLE;
        return reader->aborted ? SCARD_E_CANCELLED : status;
}

static int32_t fake_power_on(void *ctx, unsigned slot, uint8_t *atr, size_t *atr_len)
{
        struct fake_reader *reader = ctx;
        struct fake_slot *place = &reader->slots[slot];

        *atr_len = 0;
        int32_t status = fake_begin(reader, FAKE_POWER_ON);

        if (reader->hold_always)
                status = fake_wait(reader, status);
        if (status == SCARD_S_SUCCESS && !place->present)
                status = SCARD_W_REMOVED_CARD;
        if (status == SCARD_S_SUCCESS && place->mute) {
                place->powered = false;
                status = SCARD_W_UNRESPONSIVE_CARD;
        }
        if (status == SCARD_S_SUCCESS) {
                place->powered = true;
                place->resets++;
                memcpy(atr, place->atr, place->atr_len);
                *atr_len = place->atr_len;
        }
        fake_note(place);
        pthread_mutex_unlock(&fake_lock);
        return status;
}

static int32_t fake_power_off(void *ctx, unsigned slot)
{
        struct fake_reader *reader = ctx;

        int32_t status = fake_begin(reader, FAKE_POWER_OFF);

        if (status == SCARD_S_SUCCESS && !reader->slots[slot].present)
                status = SCARD_W_REMOVED_CARD;
        if (status == SCARD_S_SUCCESS)
                reader->slots[slot].powered = false;
        fake_note(&reader->slots[slot]);
        pthread_mutex_unlock(&fake_lock);
        return status;
}

static int32_t fake_get_status(void *ctx, unsigned slot, bool ask, struct ifd_slot_state *state)
{
        struct fake_reader *reader = ctx;
        struct fake_slot *place = &reader->slots[slot];
        int32_t status = fake_begin(reader, ask ? FAKE_ASK : FAKE_LOOK);

        if (ask && reader->hold_always)
                status = fake_wait(reader, status);
        if (!reader->plugged)
                status = SCARD_E_READER_UNAVAILABLE;
        if (ask)
                fake_note(place);
        if (status == SCARD_S_SUCCESS) {
                bool events = reader->info.reports_movement && !reader->silent;

                state->silent = reader->silent;
                state->restarts = place->restarts;
                state->card = events ? fake_card(place) : place->known;
                state->settled = events ? place->settled : place->known_settled;
                state->movements = events ? place->movements : place->known_movements;
        }
        pthread_mutex_unlock(&fake_lock);
        return status;
}

static int32_t fake_set_parameters(void *ctx, unsigned slot, const struct ifd_parameters *parameters)
{
        struct fake_reader *reader = ctx;

        int32_t status = fake_begin(reader, FAKE_SET_PARAMETERS);

        if (status == SCARD_S_SUCCESS)
                reader->slots[slot].set = reader->slots[slot].running = *parameters;
        pthread_mutex_unlock(&fake_lock);
        return status;
}

static int32_t fake_get_parameters(void *ctx, unsigned slot, struct ifd_parameters *parameters)
{
        struct fake_reader *reader = ctx;

        int32_t status = fake_begin(reader, FAKE_GET_PARAMETERS);

        if (status == SCARD_S_SUCCESS)
                *parameters = reader->slots[slot].running;
        pthread_mutex_unlock(&fake_lock);
        return status;
}

static void fake_keep(struct fake_reader *reader, const uint8_t *cmd, size_t len)
{
        if (len > sizeof(reader->last))
                return;
        if (len > 0)
                memcpy(reader->last, cmd, len);
        reader->last_len = len;
}

static int32_t fake_answer(struct fake_reader *reader, struct ifd_message *message)
{
        static const uint8_t ok[] = {0x90, 0x00};
        const uint8_t *answer = reader->answer_len > 0 ? reader->answer : ok;
        size_t len = reader->answer_len > 0 ? reader->answer_len : sizeof(ok);

        fake_keep(reader, message->cmd, message->cmd_len);
        if (len > message->rsp_cap)
                return SCARD_E_INSUFFICIENT_BUFFER;
        memcpy(message->rsp, answer, len);
        message->rsp_len = len;
        return SCARD_S_SUCCESS;
}

static int32_t fake_transmit(void *ctx, unsigned slot, struct ifd_message *message)
{
        struct fake_reader *reader = ctx;
        struct fake_slot *place = &reader->slots[slot];

        message->rsp_len = 0;
        int32_t status = fake_begin(reader, FAKE_TRANSMIT);

        status = fake_wait(reader, status);
        if (status == SCARD_S_SUCCESS && !place->present)
                status = SCARD_W_REMOVED_CARD;
        if (status == SCARD_S_SUCCESS && !place->powered)
                status = SCARD_W_UNPOWERED_CARD;
        if (status == SCARD_S_SUCCESS)
                status = fake_answer(reader, message);
        fake_note(place);
        pthread_mutex_unlock(&fake_lock);
        return status;
}

static int32_t fake_secure(void *ctx, unsigned slot, struct ifd_secure *secure)
{
        static const uint8_t ok[] = {0x90, 0x00};
        struct fake_reader *reader = ctx;
        struct fake_slot *place = &reader->slots[slot];

        secure->rsp_len = 0;
        int32_t status = fake_begin(reader, FAKE_SECURE);
        const uint8_t *answer = reader->secure_answer_len > 0 ? reader->secure_answer : ok;
        size_t len = reader->secure_answer_len > 0 ? reader->secure_answer_len : sizeof(ok);

        if (status == SCARD_S_SUCCESS && (reader->info.pin_support & (secure->modify ? 2u : 1u)) == 0)
                status = SCARD_E_UNSUPPORTED_FEATURE;
        fake_keep(reader, secure->apdu, secure->apdu_len);
        reader->last_secure = *secure;
        reader->last_secure.apdu = reader->last;
        reader->last_secure.rsp = NULL;
        status = fake_wait(reader, status);
        if (status == SCARD_S_SUCCESS && !place->present)
                status = SCARD_W_REMOVED_CARD;
        if (status == SCARD_S_SUCCESS && !place->powered)
                status = SCARD_W_UNPOWERED_CARD;
        if (status == SCARD_S_SUCCESS && len > secure->rsp_cap)
                status = SCARD_E_INSUFFICIENT_BUFFER;
        if (status == SCARD_S_SUCCESS) {
                memcpy(secure->rsp, answer, len);
                secure->rsp_len = len;
        }
        fake_note(place);
        pthread_mutex_unlock(&fake_lock);
        return status;
}

static int32_t fake_escape(void *ctx, unsigned slot, const uint8_t *in, size_t in_len, uint8_t *out,
                           size_t out_cap, size_t *out_len)
{
        struct fake_reader *reader = ctx;

        (void)slot;
        *out_len = 0;
        int32_t status = fake_begin(reader, FAKE_ESCAPE);

        fake_keep(reader, in, in_len);
        if (status == SCARD_S_SUCCESS && reader->escape_answer_len > out_cap)
                status = SCARD_E_INSUFFICIENT_BUFFER;
        if (status == SCARD_S_SUCCESS && reader->escape_answer_len > 0)
                memcpy(out, reader->escape_answer, reader->escape_answer_len);
        if (status == SCARD_S_SUCCESS)
                *out_len = reader->escape_answer_len;
        pthread_mutex_unlock(&fake_lock);
        return status;
}

static int32_t fake_set_rate(void *ctx, unsigned slot, uint32_t *clock_khz, uint32_t *rate_bps)
{
        struct fake_reader *reader = ctx;

        (void)slot;
        int32_t status = fake_begin(reader, FAKE_SET_RATE);

        if (status == SCARD_S_SUCCESS) {
                reader->clock_khz = *clock_khz;
                reader->rate_bps = *rate_bps;
        }
        pthread_mutex_unlock(&fake_lock);
        return status;
}

static int32_t fake_list_rates(void *ctx, bool clocks, uint32_t *list, size_t cap, size_t *count)
{
        struct fake_reader *reader = ctx;

        *count = 0;
        int32_t status = fake_begin(reader, FAKE_LIST_RATES);
        const uint32_t *from = clocks ? reader->clocks_khz : reader->rates_bps;
        size_t there = clocks ? reader->clock_count : reader->rate_count;

        if (status == SCARD_S_SUCCESS) {
                *count = there < cap ? there : cap;
                if (*count > 0)
                        memcpy(list, from, *count * sizeof(*list));
        }
        pthread_mutex_unlock(&fake_lock);
        return status;
}

static int32_t fake_eject(void *ctx, unsigned slot)
{
        struct fake_reader *reader = ctx;
        struct fake_slot *place = &reader->slots[slot];

        int32_t status = fake_begin(reader, FAKE_EJECT);

        if (status == SCARD_S_SUCCESS && !reader->info.can_eject)
                status = SCARD_E_UNSUPPORTED_FEATURE;
        if (status == SCARD_S_SUCCESS && place->present) {
                place->present = place->powered = false;
                place->movements++;
        }
        fake_note(place);
        pthread_mutex_unlock(&fake_lock);
        return status;
}

static void fake_abort(void *ctx, unsigned slot)
{
        struct fake_reader *reader = ctx;

        (void)slot;
        (void)fake_begin(reader, FAKE_ABORT);
        reader->aborted = true;
        pthread_cond_broadcast(&fake_changed);
        pthread_mutex_unlock(&fake_lock);
}

static void fake_destroy(void *ctx)
{
        struct fake_reader *reader = ctx;

        pthread_mutex_lock(&fake_lock);
        reader->count[FAKE_DESTROY]++;
        reader->told = false;
        pthread_mutex_unlock(&fake_lock);
}

static const struct ifd_ops fake_ops = {.open = fake_open,
                                        .close = fake_close,
                                        .power_on = fake_power_on,
                                        .power_off = fake_power_off,
                                        .get_status = fake_get_status,
                                        .set_parameters = fake_set_parameters,
                                        .get_parameters = fake_get_parameters,
                                        .transmit = fake_transmit,
                                        .secure = fake_secure,
                                        .escape = fake_escape,
                                        .set_rate = fake_set_rate,
                                        .list_rates = fake_list_rates,
                                        .eject = fake_eject,
                                        .abort = fake_abort,
                                        .destroy = fake_destroy};

static int32_t fake_start(void)
{
        fake_starts++;
        return fake_start_status;
}

/* A reader that comes back before its former self is destroyed waits for the scan after that. */
static int32_t fake_scan(const struct ifd_host *host)
{
        int32_t worst = fake_scan_status;
        static bool departed[FAKE_READERS];

        for (unsigned i = 0; i < FAKE_READERS; i++) {
                struct fake_reader *reader = &fake_readers[i];

                pthread_mutex_lock(&fake_lock);
                bool plugged = reader->plugged, told = reader->told;

                pthread_mutex_unlock(&fake_lock);
                if (!told)
                        departed[i] = false;
                if (plugged && !told) {
                        int32_t status = host->arrived(&fake_ops, reader, &reader->info);

                        pthread_mutex_lock(&fake_lock);
                        reader->told = status == SCARD_S_SUCCESS;
                        pthread_mutex_unlock(&fake_lock);
                        if (status != SCARD_S_SUCCESS)
                                worst = status;
                } else if (!plugged && told && !departed[i]) {
                        departed[i] = true;
                        host->departed(reader);
                }
        }
        return worst;
}

static void fake_stop(void)
{
        fake_stops++;
}

static int32_t fake_watch(const struct ifd_watcher *watcher)
{
        pthread_mutex_lock(&fake_lock);
        fake_wake = watcher != NULL ? watcher->wake : NULL;
        pthread_mutex_unlock(&fake_lock);
        return SCARD_S_SUCCESS;
}

static void fake_pump(struct ifd_pump *pump)
{
        fake_pumps++;
        pump->devices = pump->cards = true;
}

static const struct ifd_driver fake_driver = {.name = "fake",
                                              .start = fake_start,
                                              .scan = fake_scan,
                                              .stop = fake_stop,
                                              .watch = fake_watch,
                                              .pump = fake_pump};
const struct ifd_driver *const fake_drivers[] = {&fake_driver, NULL};

struct fake_reader *fake_prepare(unsigned number)
{
        struct fake_reader *reader = &fake_readers[number];

        memset(reader, 0, sizeof(*reader));
        memcpy(reader->info.manufacturer, "Fake", sizeof("Fake"));
        memcpy(reader->info.product, "Reader", sizeof("Reader"));
        reader->info.vendor_id = 0x1234;
        reader->info.product_id = 0x5678;
        reader->info.firmware = 0x0102;
        reader->info.channel_id = 0x00200105;
        reader->info.slots = 1;
        reader->info.exchange = IFD_EXCHANGE_SHORT_APDU;
        reader->info.features = IFD_AUTO_PARAMETERS | IFD_AUTO_VOLTAGE | IFD_AUTO_CLOCK | IFD_AUTO_BAUD |
                                IFD_AUTO_PPS | IFD_AUTO_IFSD;
        reader->info.protocols = 3;
        reader->info.clock_khz = 4000;
        reader->info.max_clock_khz = 8000;
        reader->info.max_command = 261;
        reader->info.max_response = 258;
        reader->info.busy_slots = 1;
        reader->info.reports_movement = true;
        for (unsigned i = 0; i < IFD_SLOTS_MAX; i++)
                reader->slots[i].present = true;
        fake_atr(reader, atr_t1, sizeof(atr_t1));
        return reader;
}

void fake_reset(void)
{
        for (unsigned i = 0; i < FAKE_READERS; i++)
                fake_prepare(i);
        fake_starts = fake_stops = 0;
        fake_start_status = fake_scan_status = SCARD_S_SUCCESS;
        fake_plug(&fake_readers[0]);
        registry_use_drivers(fake_drivers);
}

void fake_atr(struct fake_reader *reader, const uint8_t *atr, size_t len)
{
        for (unsigned i = 0; i < IFD_SLOTS_MAX; i++) {
                memcpy(reader->slots[i].atr, atr, len);
                reader->slots[i].atr_len = len;
        }
}

void fake_plug(struct fake_reader *reader)
{
        pthread_mutex_lock(&fake_lock);
        reader->plugged = true;
        fake_tell();
        pthread_mutex_unlock(&fake_lock);
}

void fake_unplug(struct fake_reader *reader)
{
        pthread_mutex_lock(&fake_lock);
        reader->plugged = false;
        for (unsigned i = 0; i < IFD_SLOTS_MAX; i++)
                reader->slots[i].powered = false;
        pthread_cond_broadcast(&fake_changed);
        fake_tell();
        pthread_mutex_unlock(&fake_lock);
}

static void fake_move(struct fake_reader *reader, unsigned slot, bool present)
{
        pthread_mutex_lock(&fake_lock);
        reader->slots[slot].present = present;
        reader->slots[slot].powered = false;
        reader->slots[slot].movements++;
        if (reader->info.reports_movement && !reader->silent)
                fake_tell();
        pthread_mutex_unlock(&fake_lock);
}

void fake_insert(struct fake_reader *reader, unsigned slot)
{
        fake_move(reader, slot, true);
}

void fake_remove(struct fake_reader *reader, unsigned slot)
{
        fake_move(reader, slot, false);
}

void fake_silence(struct fake_reader *reader)
{
        pthread_mutex_lock(&fake_lock);
        reader->silent = true;
        fake_tell();
        pthread_mutex_unlock(&fake_lock);
}

void fake_restart(struct fake_reader *reader)
{
        pthread_mutex_lock(&fake_lock);
        for (unsigned i = 0; i < IFD_SLOTS_MAX; i++) {
                reader->slots[i].powered = false;
                reader->slots[i].restarts++;
                reader->slots[i].settled = reader->slots[i].movements;
                reader->slots[i].known_settled = reader->slots[i].known_movements;
        }
        fake_tell();
        pthread_mutex_unlock(&fake_lock);
}

void fake_hold(struct fake_reader *reader, bool hold)
{
        pthread_mutex_lock(&fake_lock);
        reader->hold = hold;
        pthread_cond_broadcast(&fake_changed);
        pthread_mutex_unlock(&fake_lock);
}

void fake_fail(struct fake_reader *reader, enum fake_op op, int32_t status)
{
        pthread_mutex_lock(&fake_lock);
        reader->fail[op] = status;
        pthread_mutex_unlock(&fake_lock);
}

unsigned fake_count(struct fake_reader *reader, enum fake_op op)
{
        pthread_mutex_lock(&fake_lock);
        unsigned count = reader->count[op];

        pthread_mutex_unlock(&fake_lock);
        return count;
}

void fake_await(struct fake_reader *reader, enum fake_op op, unsigned count)
{
        const struct timespec moment = {0, 1000000L};

        while (fake_count(reader, op) < count)
                nanosleep(&moment, NULL);
}

unsigned fake_messages(struct fake_reader *reader)
{
        return fake_count(reader, FAKE_POWER_ON) + fake_count(reader, FAKE_POWER_OFF) +
               fake_count(reader, FAKE_ASK) + fake_count(reader, FAKE_SET_PARAMETERS) +
               fake_count(reader, FAKE_GET_PARAMETERS) + fake_count(reader, FAKE_TRANSMIT) +
               fake_count(reader, FAKE_SECURE) + fake_count(reader, FAKE_ESCAPE) +
               fake_count(reader, FAKE_SET_RATE) + fake_count(reader, FAKE_EJECT);
}

void fake_wait_inside(struct fake_reader *reader, unsigned operations)
{
        pthread_mutex_lock(&fake_lock);
        while (reader->inside < operations)
                pthread_cond_wait(&fake_changed, &fake_lock);
        pthread_mutex_unlock(&fake_lock);
}
