/*
 * device.h - a virtual CCID reader as a USB host sees it: descriptors, pipes, and the world around it (cards
 * that are put in and pulled, the plug). Knows nothing of the host side. Two things stand on it:
 * src/sim/transport.c (in-process) and the usbfs node of the usb test tier.
 *
 * Thread-safe: every function may be called from any thread.
 */
#ifndef ISCARD_SIM_DEVICE_H
#define ISCARD_SIM_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/config.h"

struct sim_device;

enum sim_result {
        SIM_OK,
        SIM_NAK,   /* nothing to give yet: a bulk or interrupt IN stays pending. Of bulk OUT: no room until
                      answers are collected */
        SIM_STALL, /* the endpoint is halted until sim_device_clear_halt */
        SIM_GONE,  /* unplugged */
};

/* NULL: out of memory. config is copied. */
struct sim_device *sim_device_create(const struct sim_config *config);
void sim_device_destroy(struct sim_device *device); /* NULL: nothing */

/* Raw descriptors. Written whole or, where cap is too small, cut; the return value is the whole length in
 * bytes. */
size_t sim_device_descriptor(const struct sim_device *device, uint8_t *buf, size_t cap);    /* 18 bytes */
size_t sim_device_configuration(const struct sim_device *device, uint8_t *buf, size_t cap); /* the only one */
/* iManufacturer 1, iProduct 2, iSerialNumber 3: UTF-8, borrowed for the device's life; NULL where it has none
 */
const char *sim_device_string(const struct sim_device *device, unsigned index);

/* Whether it has bulk endpoints; an ICCD device has none, and those calls stall. */
bool sim_device_has_bulk(const struct sim_device *device);
/* One whole USB transfer each; endpoint numbers are those of the configuration descriptor. len 0: an empty
 * packet. */
enum sim_result sim_device_bulk_out(struct sim_device *device, const uint8_t *data, size_t len);
enum sim_result sim_device_bulk_in(struct sim_device *device, uint8_t *data, size_t cap, size_t *len);
enum sim_result sim_device_interrupt_in(struct sim_device *device, uint8_t *data, size_t cap, size_t *len);
/* Endpoint 0, any request: standard ones too. len in: bytes to send, or room; out: bytes moved. SIM_NAK: no
 * answer comes. */
enum sim_result sim_device_control(struct sim_device *device, uint8_t bmRequestType, uint8_t bRequest,
                                   uint16_t wValue, uint16_t wIndex, uint8_t *data, size_t *len);
void sim_device_clear_halt(struct sim_device *device, uint8_t endpoint);

/*
 * Called, with no lock held, whenever a pending IN may have become answerable or the device was unplugged:
 * the other side asks again. One callback a device; NULL: none.
 */
void sim_device_on_ready(struct sim_device *device, void (*ready)(void *arg), void *arg);
/* Whether the interrupt endpoint has a message to give. */
bool sim_device_has_event(const struct sim_device *device);
/* Milliseconds until the device will have something by itself (timing=real, slow cards); -1: never. */
int sim_device_next_ms(struct sim_device *device);

/* The world. slot from 0. */
void sim_device_card_insert(struct sim_device *device,
                            unsigned slot); /* the same card again, unpowered, state kept */
void sim_device_card_remove(struct sim_device *device, unsigned slot);
void sim_device_card_mute(struct sim_device *device, unsigned slot, bool mute);
void sim_device_unplug(struct sim_device *device);
void sim_device_plug(struct sim_device *device); /* as new: a new address, messages counted from 1 */
bool sim_device_plugged(const struct sim_device *device);
/*
 * The host slept: the device kept its address and was without power, with the cards in it. What was on its way is
 * lost, and every card that is in is told of as after plugging in.
 */
void sim_device_suspend(struct sim_device *device);
uint32_t sim_device_suspends(const struct sim_device *device); /* how often it was */
/* Grows each time it is plugged in: whether what was plugged in then is what is plugged in now. */
uint32_t sim_device_generation(const struct sim_device *device);
/*
 * As the key access= says: "free", "denied" (this process has no right to open it) or "claimed" (another program has it).
 * Counts when it is opened the next time, not for who has it open. false: none of these words.
 */
bool sim_device_set_access(struct sim_device *device, const char *text);
enum sim_access sim_device_access(const struct sim_device *device);
/* Adds faults, as the value of the key fault= (spec: KIND@N joined by +); NULL or "": clears all. false: not
 * understood */
bool sim_device_fault(struct sim_device *device, const char *text);
/*
 * How many messages came from the host since it was plugged in: over bulk OUT; of an ICCD device: control
 * requests of its class.
 */
uint32_t sim_device_messages(const struct sim_device *device);
/* How many bytes went over the cards' lines, both ways, since the device was made; ICCD devices: none. */
uint64_t sim_device_card_bytes(const struct sim_device *device);
/* How many microseconds those took there, at the speeds then in force; kept with timing=fast too. */
uint64_t sim_device_card_us(const struct sim_device *device);
/* What the card holder types from now on, as the keys pin= and newpin=; NULL: as before. */
void sim_device_codes(struct sim_device *device, const char *pin, const char *new_pin);

#endif
