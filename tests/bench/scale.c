#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <winscard.h>

#include "sim/config.h"
#include "sim/device.h"

#include "measure.h"
#include "scale.h"
#include "table.h"

#define ROUNDS    5
#define RUN_NS    150000000l /* of each measurement */
#define NAMES_MAX 8192

#define LIMIT_GAIN 0.9
#define LIMIT_MANY 0.9
#define TWO_CORES  1.5 /* what two raw loops gain at least where each has a core to itself */

#define HEADER    10u
#define POWER_ON  0x62
#define XFR_BLOCK 0x6F
#define BULK_MAX  (HEADER + 261)

static const uint8_t challenge_apdu[] = {0x00, 0x84, 0x00, 0x00, 0x08};

/* What one thread has to itself. Apart, so that no two threads write to one cache line. */
struct worker {
        _Alignas(128) pthread_t thread;
        SCARDCONTEXT context;
        SCARDHANDLE card;
        struct sim_device *device;
        uint8_t sequence;
        uint32_t commands;
};

static struct worker workers[SCALE_READERS];
static pthread_barrier_t barrier;
static atomic_bool over;

/* ---- through the library */

static void engine_open(void)
{
        static char names[NAMES_MAX];
        const char *name = names;
        for (unsigned i = 0; i < SCALE_READERS; i++) {
                struct worker *w = &workers[i];
                DWORD len = sizeof(names);
                DWORD protocol;
                measure_must("SCardEstablishContext",
                             SCardEstablishContext(SCARD_SCOPE_USER, NULL, NULL, &w->context));
                if (i == 0)
                        measure_must("SCardListReaders", SCardListReadersA(w->context, NULL, names, &len));
                if (*name == '\0')
                        measure_die("too few readers", (long)i);
                measure_must("SCardConnect", SCardConnectA(w->context, name, SCARD_SHARE_SHARED,
                                                           SCARD_PROTOCOL_Tx, &w->card, &protocol));
                name += strlen(name) + 1;
        }
}

static void engine_close(void)
{
        for (unsigned i = 0; i < SCALE_READERS; i++) {
                measure_must("SCardDisconnect", SCardDisconnect(workers[i].card, SCARD_UNPOWER_CARD));
                measure_must("SCardReleaseContext", SCardReleaseContext(workers[i].context));
        }
}

static void engine_command(struct worker *w)
{
        uint8_t answer[258];
        DWORD len = sizeof(answer);
        measure_must("SCardTransmit", SCardTransmit(w->card, NULL, challenge_apdu, sizeof(challenge_apdu),
                                                    NULL, answer, &len));
        if (len != 10 || answer[8] != 0x90)
                measure_die("answer", (long)len);
}

/* ---- devices that nobody shares, and a loop over each. CCID 1.1 6.1.1, 6.1.4 */

static void raw_message(struct worker *w, uint8_t type, const uint8_t *data, size_t len, uint8_t *answer,
                        size_t *answer_len)
{
        uint8_t message[BULK_MAX] = {type, (uint8_t)len};
        message[6] = w->sequence;
        if (len != 0)
                memcpy(message + HEADER, data, len);
        if (sim_device_bulk_out(w->device, message, HEADER + len) != SIM_OK ||
            sim_device_bulk_in(w->device, answer, BULK_MAX, answer_len) != SIM_OK)
                measure_die("raw message", type);
        if (*answer_len < HEADER || answer[6] != w->sequence || answer[7] != 0)
                measure_die("raw answer", (long)*answer_len);
        w->sequence++;
}

static void raw_command(struct worker *w)
{
        uint8_t answer[BULK_MAX];
        size_t len;
        raw_message(w, XFR_BLOCK, challenge_apdu, sizeof(challenge_apdu), answer, &len);
        if (len != HEADER + 10 || answer[HEADER + 8] != 0x90)
                measure_die("raw answer", (long)len);
}

static void raw_open(void)
{
        for (unsigned i = 0; i < 2; i++) {
                struct sim_config_list list;
                char error[128];
                uint8_t answer[BULK_MAX];
                size_t len;
                if (!sim_config_parse(SCALE_READER, &list, error, sizeof(error)))
                        measure_die("configuration", 0);
                workers[i].device = sim_device_create(sim_config_at(&list, 0));
                sim_config_free(&list);
                if (workers[i].device == NULL)
                        measure_die("device", 0);
                raw_message(&workers[i], POWER_ON, NULL, 0, answer, &len);
        }
}

static void raw_close(void)
{
        for (unsigned i = 0; i < 2; i++)
                sim_device_destroy(workers[i].device);
}

/* ---- many at once */

/* Commands until it is over; counted on the stack. */
static void *engine_run(void *arg)
{
        struct worker *w = arg;
        uint32_t commands = 0;
        (void)pthread_barrier_wait(&barrier);
        for (; !atomic_load_explicit(&over, memory_order_relaxed); commands++)
                engine_command(w);
        w->commands = commands;
        return NULL;
}

static void *raw_run(void *arg)
{
        struct worker *w = arg;
        uint32_t commands = 0;
        (void)pthread_barrier_wait(&barrier);
        for (; !atomic_load_explicit(&over, memory_order_relaxed); commands++)
                raw_command(w);
        w->commands = commands;
        return NULL;
}

/* Commands per second of that many threads together. The clock stops when the last of them has stopped. */
static uint32_t rate(void *(*run)(void *), unsigned threads)
{
        const struct timespec pause = {.tv_nsec = RUN_NS};
        uint64_t commands = 0;
        atomic_store(&over, false);
        measure_must("barrier", pthread_barrier_init(&barrier, NULL, threads + 1));
        for (unsigned i = 0; i < threads; i++)
                measure_must("thread", pthread_create(&workers[i].thread, NULL, run, &workers[i]));
        const uint64_t start = measure_now_ns(); /* before the first can begin */
        (void)pthread_barrier_wait(&barrier);
        (void)nanosleep(&pause, NULL);
        atomic_store(&over, true);
        for (unsigned i = 0; i < threads; i++) {
                measure_must("join", pthread_join(workers[i].thread, NULL));
                commands += workers[i].commands;
        }
        const uint64_t ns = measure_now_ns() - start;
        (void)pthread_barrier_destroy(&barrier);
        return (uint32_t)((double)commands * 1e9 / (double)ns);
}

/* ---- the rows */

#define COUNTS 7 /* of readers: 1, 2, 4, 8, 16, 32, 64 */

static uint32_t engine_rates[COUNTS][ROUNDS], raw_rates[2][ROUNDS];

void scale_measure(void)
{
        double engine[COUNTS];
        double raw[2];
        engine_open();
        raw_open();
        for (unsigned round = 0; round < ROUNDS; round++) {
                for (unsigned i = 0; i < 2; i++) {
                        raw_rates[i][round] = rate(raw_run, 1u << i);
                        engine_rates[i][round] = rate(engine_run, 1u << i);
                }
                for (unsigned i = COUNTS - 1; i >= 2; i--) /* what is compared is close together in time */
                        engine_rates[i][round] = rate(engine_run, 1u << i);
        }
        raw_close();
        engine_close();
        for (unsigned i = 0; i < COUNTS; i++)
                engine[i] = measure_median(engine_rates[i], ROUNDS) / 1000;
        for (unsigned i = 0; i < 2; i++)
                raw[i] = measure_median(raw_rates[i], ROUNDS) / 1000;
        table_section("Thousand commands per second, readers on threads", "raw loops");
        table_ratio("1 reader", engine[0], raw[0], TABLE_NO_LIMIT);
        table_ratio("2 readers", engine[1], raw[1], TABLE_NO_LIMIT);
        table_at_least("  what the second one gains, as a factor", engine[1] / engine[0], raw[1] / raw[0],
                       LIMIT_GAIN);
        if (raw[1] / raw[0] < TWO_CORES)
                table_note(
                    "the raw loops gained little themselves: two cores were not free, and this says little");
        table_section("The same, with more of them", "2 readers");
        for (unsigned i = 2; i < COUNTS; i++) {
                char what[32];
                (void)snprintf(what, sizeof(what), "%u readers", 1u << i);
                if (i == COUNTS - 1)
                        table_at_least(what, engine[i], engine[1], LIMIT_MANY);
                else
                        table_ratio(what, engine[i], engine[1], TABLE_NO_LIMIT);
        }
}
