/*
 * device_state.h - inside a virtual device: what device.c (pipes, plug) and endpoint0.c (control requests)
 * share.
 */
#ifndef ISCARD_SIM_DEVICE_STATE_H
#define ISCARD_SIM_DEVICE_STATE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/config.h"
#include "sim/device.h"
#include "sim/reader.h"

#define SIM_HALT_OUT  0x01u
#define SIM_HALT_IN   0x02u
#define SIM_HALT_INTR 0x04u

#define SIM_NO_TIME INT64_MAX /* of a moment */

/* A message on its way to the host. */
struct sim_queued {
        uint8_t *bytes;
        size_t len, off;
        int64_t due_ms; /* when the host may have it; SIM_NO_TIME: the reader hangs */
        unsigned slot;  /* NOT_BUSY: of none */
        bool occupies;  /* the slot becomes free when this has been collected */
};

/* A command to an ICCD device and what became of it. */
enum sim_iccd_phase {
        SIM_ICCD_READY,
        SIM_ICCD_ANSWER,   /* B: DATA_BLOCK is due */
        SIM_ICCD_DATA_OUT, /* A: the card waits for P3 bytes */
        SIM_ICCD_DATA_IN,  /* A: it has data to give */
        SIM_ICCD_SW,       /* A: it has SW1 SW2 to give */
        SIM_ICCD_MUTE,     /* A */
};
struct sim_iccd_state {
        enum sim_iccd_phase phase;
        uint8_t header[5]; /* A: before its data have come */
        uint8_t *answer;   /* the reader's bulk message; NULL: not an ICCD device */
        uint8_t *right;    /* room as answer: an answer before it was bent */
        size_t len, off;
        int64_t due_ms;
        unsigned polls; /* busy so often */
        uint64_t kinds; /* faults of the command that its answer will show */
};

/*
 * Everything is guarded by lock. Answers 0 to count - 1 wait, oldest first; the rest of the array holds the
 * free buffers. At most one of them occupies a given slot.
 */
struct sim_device {
        pthread_mutex_t lock;
        struct sim_config config;
        struct sim_faults faults; /* left to happen */
        struct sim_reader *reader;
        struct sim_vpcd *vpcd; /* NULL: the card is one of ours */
        struct sim_queued *answers;
        size_t room, count; /* of answers */
        size_t answer_room; /* bytes of each, and of the two buffers below */
        uint8_t *work;      /* where the reader writes */
        uint8_t *previous;  /* the answer before, for SIM_FAULT_STALE */
        size_t previous_len;
        struct sim_iccd_state iccd;
        bool plugged, configured;
        uint32_t generation, messages;
        atomic_uint suspends; /* read without lock */
        unsigned halted;
        uint32_t moved; /* slots whose card moved and that the interrupt endpoint has not told of */
        void (*ready)(void *arg);
        void *ready_arg;
};

/* endpoint0.c. With the lock held, the device plugged in. */
enum sim_result sim_endpoint0(struct sim_device *device, uint8_t bmRequestType, uint8_t bRequest,
                              uint16_t wValue, uint16_t wIndex, uint8_t *data, size_t *len);
/* The bit of halted for an endpoint address; 0: there is no such endpoint. */
unsigned sim_endpoint_bit(const struct sim_device *device, unsigned endpoint);

/* device.c. With the lock held. Starts the pipes anew; every card that is in is told of. */
void sim_device_restart(struct sim_device *device);
/* The control request ABORT; false: there is no such slot, or no room for the answer. */
bool sim_device_abort(struct sim_device *device, uint8_t slot, uint8_t seq);
void sim_device_cut(struct sim_device *device);                 /* unplugs */
void sim_device_pull(struct sim_device *device, unsigned slot); /* the card */
int64_t sim_device_now_ms(void);

/* iccd.c. With the lock held, the device plugged in: a request of the class to an ICCD device. */
enum sim_result sim_iccd_request(struct sim_device *device, uint8_t bmRequestType, uint8_t bRequest,
                                 uint16_t wValue, uint8_t *data, size_t *len);
void sim_iccd_restart(struct sim_device *device);

#endif
