/*
 * fake_ifd.h - a driver of scripted readers for tests of the engine: no CCID below, every operation counted,
 * any of them made to fail or to hang.
 */
#ifndef ISCARD_TESTS_FAKE_IFD_H
#define ISCARD_TESTS_FAKE_IFD_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/ifd.h"

#define FAKE_READERS 70

enum fake_op {
        FAKE_OPEN,
        FAKE_CLOSE,
        FAKE_POWER_ON,
        FAKE_POWER_OFF,
        FAKE_ASK,  /* get_status with a question */
        FAKE_LOOK, /* and without */
        FAKE_SET_PARAMETERS,
        FAKE_GET_PARAMETERS,
        FAKE_TRANSMIT,
        FAKE_SECURE,
        FAKE_ESCAPE,
        FAKE_SET_RATE,
        FAKE_LIST_RATES,
        FAKE_EJECT,
        FAKE_ABORT,
        FAKE_DESTROY,
        FAKE_OPS
};

struct fake_slot {
        bool present, powered;
        uint32_t movements, restarts, settled;
        uint8_t atr[IFD_ATR_MAX];
        size_t atr_len;
        unsigned resets; /* of the card: how many times it was powered or reset */
        bool mute;       /* the card does not answer a reset */
        struct ifd_parameters set, running;
        /* of a reader without interrupts: what its answers have told */
        enum ifd_card known;
        uint32_t known_movements, known_settled;
};

/* A reader. Tests write info before plugging it, and what they like under fake_lock or from one thread. */
struct fake_reader {
        struct ifd_info info;
        struct fake_slot slots[IFD_SLOTS_MAX];
        bool plugged;
        unsigned count[FAKE_OPS];
        int32_t fail[FAKE_OPS]; /* not 0: what the operation returns, until it is set back */
        uint8_t answer[70000];  /* of every transmit, when answer_len > 0; else 90 00 */
        size_t answer_len;
        uint8_t last[70000]; /* the last command */
        size_t last_len;
        struct ifd_secure last_secure; /* the last secure; its apdu is in last */
        uint8_t secure_answer[300];    /* of every secure, when secure_answer_len > 0; else 90 00 */
        size_t secure_answer_len;
        uint8_t escape_answer[300]; /* of every escape; its command is in last */
        size_t escape_answer_len;
        uint32_t clocks_khz[256], rates_bps[256]; /* what list_rates gives */
        size_t clock_count, rate_count;
        uint32_t clock_khz, rate_bps; /* of the last set_rate, which grants what is wanted */
        bool silent;                  /* its interrupt endpoint has failed */
        bool hold_always;             /* power_on and questions hang with hold, too */
        bool hold; /* transmit or secure hangs until this is cleared, or abort, or unplugging */
        /* NULL, or called before each operation but destroy, without fake_lock: a place to stop a
         * call at. Written before the reader is used. */
        void (*hook)(struct fake_reader *reader, enum fake_op op);
        /* the driver's own */
        bool told, aborted;
        unsigned inside; /* operations under way */
};

extern struct fake_reader fake_readers[FAKE_READERS];
extern unsigned fake_starts, fake_stops;
extern unsigned fake_pumps; /* how many times the monitor looked around; read it while nobody waits */
extern int32_t fake_start_status, fake_scan_status;
extern const struct ifd_driver *const fake_drivers[];

#define FAKE_NAME "Fake Reader 00 00" /* of reader 0 as fake_reset leaves it */

/* Every reader unplugged and as new; reader 0 plugged in, with a T=1 card, short APDU level, automatic, and
 * the engine told to use this driver. */
void fake_reset(void);
/* Reader as fake_reset leaves number 0, with instance names "Fake Reader NN 00"; not plugged. */
struct fake_reader *fake_prepare(unsigned number);
void fake_plug(struct fake_reader *reader);
void fake_unplug(struct fake_reader *reader);
void fake_insert(struct fake_reader *reader, unsigned slot);
void fake_remove(struct fake_reader *reader, unsigned slot);
void fake_atr(struct fake_reader *reader, const uint8_t *atr, size_t len);
/* The interrupt endpoint fails. */
void fake_silence(struct fake_reader *reader);
/* The system slept: no card has power. */
void fake_restart(struct fake_reader *reader);
void fake_hold(struct fake_reader *reader, bool hold);
/* Sets fail[op] while the reader is in use. */
void fake_fail(struct fake_reader *reader, enum fake_op op, int32_t status);
unsigned fake_count(struct fake_reader *reader, enum fake_op op);
/* Waits until fake_count is that much. */
void fake_await(struct fake_reader *reader, enum fake_op op, unsigned count);
/* Sum of what a real reader would have been sent: power, questions, parameters, commands. */
unsigned fake_messages(struct fake_reader *reader);
void fake_wait_inside(struct fake_reader *reader, unsigned operations);

#endif
