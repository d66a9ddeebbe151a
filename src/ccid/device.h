/*
 * device.h - one CCID interface as the files of this folder share it: its pipe, its buffers, what is known of
 * its slots, and whose turn it is. Private to src/ccid; reader.h is what others see.
 *
 * A reader has as many lanes as slots that it can serve at once (bMaxCCIDBusySlots), one mostly. The thread
 * whose slot has the turn (device_begin to device_end) owns a lane, that is its buffers, and talks to the
 * reader by link.h without the lock. lock guards everything behind it in the struct, and the members of a
 * lane that say so. pipe is set and cleared under the lock, so that get_status and abort, which come beside
 * everything, never use a closed one.
 */
#ifndef ISCARD_CCID_DEVICE_H
#define ISCARD_CCID_DEVICE_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ccid/descriptor.h"
#include "ccid/message.h"
#include "ccid/quirks.h"
#include "ccid/suspend.h"
#include "ccid/transport.h"
#include "core/ifd.h"

/* Every time limit of the driver, in ms. */
struct device_limits {
        unsigned command_ms;  /* an answer to anything but XfrBlock and PowerOn: ISCARD_TIMEOUT */
        unsigned power_on_ms; /* one PowerOn with all its voltages: 12 x command_ms, 60 s by default */
        unsigned escape_ms;   /* the answer to a vendor command */
        unsigned abort_ms;    /* the answer to an ABORT */
        unsigned control_ms;  /* a control request */
        unsigned stray_ms;    /* the right answer, once a message has broken the rules */
        unsigned pause_ms;    /* the longest pause before a busy slot is asked again */
};

struct device_lane {
        uint8_t *tx, *rx;
        size_t tx_used, rx_used; /* bytes to wipe at the end of the turn */
        /* Under the lock, of a reader with several lanes. Whoever receives puts the messages of others here.
         */
        bool taken;
        uint8_t *box;    /* a message for the slot that has the lane */
        size_t box_used; /* bytes to wipe */
        size_t box_len;  /* bytes; 0: there is none */
        uint8_t awaited; /* bSeq of the command under way */
};

struct device_slot {
        struct device_lane *lane; /* NULL: the slot has no turn */
        uint8_t abandoned[32];    /* a bit for each bSeq whose answer may still come */
        struct ifd_slot_state state;
        bool counted;    /* the last movement was read from an answer; its event is still to come */
        bool in_call;    /* a thread is in an operation on this slot */
        bool aborted;    /* and abort was asked of it */
        bool abort_seen; /* and it knows */
        bool
            abort_due; /* an ABORT was not confirmed: half of it may have arrived, and then nothing else works */
        uint8_t voltage; /* bPowerSelect of the last PowerOn that succeeded */
};

struct ccid_reader {
        const struct ccid_transport_ops *transport;
        void *dev;
        struct ccid_descriptor descriptor;
        bool iccd; /* driven by control transfers: iccd.c */
        const struct quirk *quirk;
        struct ifd_info info;
        uint8_t *config;    /* info.config */
        size_t max_message; /* bytes */
        void (*released)(void *arg);
        void *released_arg;

        /* While it is open */
        struct device_limits limits;
        uint8_t voltage_first; /* bPowerSelect that ISCARD_VOLTAGE asks for; 0: none */
        uint8_t *buffers;      /* those of all lanes: one allocation, kept out of core dumps */
        size_t tx_cap, rx_cap, buffers_len;
        unsigned lane_count;
        struct device_lane lanes[IFD_SLOTS_MAX];

        pthread_mutex_t lock;
        pthread_cond_t turn; /* CLOCK_MONOTONIC; a lane is free, abort was asked, a message was handed over */
        void *pipe;          /* NULL while closed */
        bool gone;
        bool sending;                 /* of several lanes: one is in the transport's send */
        struct device_lane *receiver; /* of several lanes: the one in the transport's receive */
        uint8_t seq;                  /* of the next command */
        bool first_event;             /* no interrupt message has come since open, or since a restart */
        struct suspend suspend;       /* since open */
        uint64_t slept_ms;            /* device_now() when a sleep was last noticed; 0: none was */
        struct device_slot slots[IFD_SLOTS_MAX];
};

/* Milliseconds of CLOCK_MONOTONIC */
uint64_t device_now(void);

/*
 * Waits for the turn of a slot, at most limit_ms. SCARD_E_READER_UNAVAILABLE (closed, gone, or no such slot),
 * SCARD_E_CANCELLED, SCARD_E_NOT_READY. On success device_end is due.
 */
int32_t device_begin(struct ccid_reader *reader, unsigned slot, uint64_t limit_ms);
/* Gives the turn back and wipes what the buffers held. */
void device_end(struct ccid_reader *reader, unsigned slot);
/* Where the data of a message go, within a turn: behind the header in tx. */
uint8_t *device_data(const struct ccid_reader *reader, unsigned slot);
/* Waits for a change, at most until `until`. Lock held. false: the time has come. */
bool device_wait(struct ccid_reader *reader, uint64_t until);
/* Pauses within a turn; false once abort was asked. */
bool device_pause(struct ccid_reader *reader, unsigned slot, unsigned ms);
/* Whether abort was asked of the operation under way; from then on abort lets its pipe alone. */
bool device_aborted(struct ccid_reader *reader, unsigned slot);
void device_abort(struct ccid_reader *reader, unsigned slot);
void device_mark_gone(struct ccid_reader *reader);

#endif
