/*
 * descriptor.h - what a raw USB configuration descriptor says of the CCID interfaces in it. Pure: reads
 * bytes, keeps nothing. Any bytes may be given: nothing outside config is read, and what contradicts itself
 * is left out.
 */
#ifndef ISCARD_CCID_DESCRIPTOR_H
#define ISCARD_CCID_DESCRIPTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ccid/transport.h"
#include "core/ifd.h"

#define CCID_CLASS        0x0B
#define CCID_CLASS_VENDOR 0xFF

/* bInterfaceProtocol. CCID 1.1 4.3, ICCD 1.0 4.3 */
#define CCID_PROTOCOL_BULK   0
#define CCID_PROTOCOL_ICCD_A 1
#define CCID_PROTOCOL_ICCD_B 2

/* dwMaxCCIDMessageLength is believed between these bounds. The upper one: 10 + 65,544, CCID 1.1 table 5.1-1
 */
#define CCID_MESSAGE_MIN 64u
#define CCID_MESSAGE_MAX 65554u

/* One interface with its functional descriptor; fields as they stand there, believed by nobody yet. CCID 1.1
 * table 5.1-1 */
struct ccid_descriptor {
        uint8_t bInterfaceNumber, bAlternateSetting, bNumEndpoints, bInterfaceClass, bInterfaceProtocol;
        uint16_t bcdCCID;
        uint8_t bMaxSlotIndex, bVoltageSupport;
        uint32_t dwProtocols, dwDefaultClock, dwMaximumClock;
        uint8_t bNumClockSupported;
        uint32_t dwDataRate, dwMaxDataRate;
        uint8_t bNumDataRatesSupported;
        uint32_t dwMaxIFSD, dwSynchProtocols, dwMechanical, dwFeatures, dwMaxCCIDMessageLength;
        uint8_t bClassGetResponse, bClassEnvelope;
        uint16_t wLcdLayout;
        uint8_t bPINSupport, bMaxCCIDBusySlots;
        struct ccid_pipes pipes; /* the endpoints found; max_message is 0 here */
};

/*
 * The next interface of class 0x0B (and of class 0xFF where vendor_class is set) that has a functional
 * descriptor. The functional descriptor is searched behind the interface descriptor, before and behind its
 * endpoints; failing that, one that lies in no CCID interface's reach is taken.
 *   cursor   0 at first; where to go on
 * false: there is no further one.
 */
bool descriptor_next(const uint8_t *config, size_t config_len, bool vendor_class, size_t *cursor,
                     struct ccid_descriptor *found);

/* The level of exchange that dwFeatures offers, the richest where it names several. */
enum ifd_exchange descriptor_exchange(const struct ccid_descriptor *descriptor);
/* 1 to IFD_SLOTS_MAX */
unsigned descriptor_slots(const struct ccid_descriptor *descriptor);
/* bMaxCCIDBusySlots, 1 to descriptor_slots: readers say 0, and more than they have */
unsigned descriptor_busy_slots(const struct ccid_descriptor *descriptor);
/* dwMaxCCIDMessageLength within CCID_MESSAGE_MIN and CCID_MESSAGE_MAX */
size_t descriptor_message_max(const struct ccid_descriptor *descriptor);

#endif
