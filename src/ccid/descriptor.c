/*
 * descriptor.c - the CCID functional descriptor and the endpoints, found by walking a raw configuration.
 */
#include <string.h>

#include "ccid/descriptor.h"

/* USB 2.0 table 9-5 */
#define TYPE_INTERFACE 0x04
#define TYPE_ENDPOINT  0x05

#define INTERFACE_LEN  9u
#define ENDPOINT_LEN   7u
#define FUNCTIONAL_LEN 54u /* CCID 1.1 table 5.1-1; HID and DFU use type 0x21 too, but shorter */

static uint16_t get16(const uint8_t *p)
{
        return (uint16_t)(p[0] | p[1] << 8);
}

static uint32_t get32(const uint8_t *p)
{
        return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

/* The descriptor at *at, whole, with *at moved behind it; NULL at the end or where the chain of lengths
 * breaks. */
static const uint8_t *walk(const uint8_t *config, size_t len, size_t *at)
{
        const uint8_t *here;

        if (*at >= len || len - *at < 2)
                return NULL;
        here = config + *at;
        if (here[0] < 2 || here[0] > len - *at)
                return NULL;
        *at += here[0];
        return here;
}

static bool is_interface(const uint8_t *d)
{
        return d[1] == TYPE_INTERFACE && d[0] >= INTERFACE_LEN;
}

/* Type 0x21; 0xFF is seen in the field, and believed only with the very length. */
static bool is_functional(const uint8_t *d)
{
        return (d[1] == 0x21 && d[0] >= FUNCTIONAL_LEN) || (d[1] == 0xFF && d[0] == FUNCTIONAL_LEN);
}

static bool is_wanted(const uint8_t *d, bool vendor_class)
{
        return is_interface(d) && (d[5] == CCID_CLASS || (vendor_class && d[5] == CCID_CLASS_VENDOR));
}

static void read_interface(const uint8_t *d, struct ccid_descriptor *out)
{
        memset(out, 0, sizeof *out);
        out->bInterfaceNumber = d[2];
        out->bAlternateSetting = d[3];
        out->bNumEndpoints = d[4];
        out->bInterfaceClass = d[5];
        out->bInterfaceProtocol = d[7];
        out->pipes.interface_number = d[2];
        out->pipes.alternate = d[3];
}

static void read_functional(const uint8_t *d, struct ccid_descriptor *out)
{
        out->bcdCCID = get16(d + 2);
        out->bMaxSlotIndex = d[4];
        out->bVoltageSupport = d[5];
        out->dwProtocols = get32(d + 6);
        out->dwDefaultClock = get32(d + 10);
        out->dwMaximumClock = get32(d + 14);
        out->bNumClockSupported = d[18];
        out->dwDataRate = get32(d + 19);
        out->dwMaxDataRate = get32(d + 23);
        out->bNumDataRatesSupported = d[27];
        out->dwMaxIFSD = get32(d + 28);
        out->dwSynchProtocols = get32(d + 32);
        out->dwMechanical = get32(d + 36);
        out->dwFeatures = get32(d + 40);
        out->dwMaxCCIDMessageLength = get32(d + 44);
        out->bClassGetResponse = d[48];
        out->bClassEnvelope = d[49];
        out->wLcdLayout = get16(d + 50);
        out->bPINSupport = d[52];
        out->bMaxCCIDBusySlots = d[53];
}

/* The first endpoint of each kind counts. Bits 10..0 of wMaxPacketSize are the size, USB 2.0 9.6.6. */
static void read_endpoint(const uint8_t *d, struct ccid_pipes *pipes)
{
        uint8_t address = d[2];
        uint16_t packet = get16(d + 4) & 0x7FF;
        unsigned kind = d[3] & 3u; /* 2: bulk, 3: interrupt */

        if ((address & 0x0F) == 0 || packet == 0)
                return;
        if (kind == 2 && !(address & 0x80) && pipes->bulk_out == 0) {
                pipes->bulk_out = address;
                pipes->bulk_out_packet = packet;
        } else if (kind == 2 && (address & 0x80) && pipes->bulk_in == 0) {
                pipes->bulk_in = address;
                pipes->bulk_in_packet = packet;
        } else if (kind == 3 && (address & 0x80) && pipes->interrupt_in == 0) {
                pipes->interrupt_in = address;
                pipes->interrupt_packet = packet;
        }
}

/* A functional descriptor that stands in no wanted interface: before the first one, or behind a stranger. */
static const uint8_t *find_orphan(const uint8_t *config, size_t len, bool vendor_class)
{
        const uint8_t *d;
        size_t at = 0;
        bool inside = false;

        while ((d = walk(config, len, &at)) != NULL) {
                if (d[1] == TYPE_INTERFACE)
                        inside = is_wanted(d, vendor_class);
                else if (!inside && is_functional(d))
                        return d;
        }
        return NULL;
}

bool descriptor_next(const uint8_t *config, size_t config_len, bool vendor_class, size_t *cursor,
                     struct ccid_descriptor *found)
{
        const uint8_t *d, *functional;

        while ((d = walk(config, config_len, cursor)) != NULL) {
                size_t at = *cursor;

                if (!is_wanted(d, vendor_class))
                        continue;
                read_interface(d, found);
                functional = NULL;
                while ((d = walk(config, config_len, &at)) != NULL && d[1] != TYPE_INTERFACE) {
                        if (functional == NULL && is_functional(d))
                                functional = d;
                        else if (d[1] == TYPE_ENDPOINT && d[0] >= ENDPOINT_LEN)
                                read_endpoint(d, &found->pipes);
                        *cursor = at;
                }
                /* Class 0xFF is no promise: only a descriptor of its own makes it a reader. */
                if (functional == NULL && found->bInterfaceClass == CCID_CLASS)
                        functional = find_orphan(config, config_len, vendor_class);
                if (functional == NULL)
                        continue;
                read_functional(functional, found);
                return true;
        }
        memset(found, 0, sizeof *found);
        return false;
}

enum ifd_exchange descriptor_exchange(const struct ccid_descriptor *descriptor)
{
        uint32_t level = descriptor->dwFeatures >> 16 & 7u;

        if (level & 4u)
                return IFD_EXCHANGE_EXTENDED_APDU;
        if (level & 2u)
                return IFD_EXCHANGE_SHORT_APDU;
        return (level & 1u) ? IFD_EXCHANGE_TPDU : IFD_EXCHANGE_CHARACTER;
}

unsigned descriptor_slots(const struct ccid_descriptor *descriptor)
{
        unsigned slots = descriptor->bMaxSlotIndex + 1u;

        return slots > IFD_SLOTS_MAX ? IFD_SLOTS_MAX : slots;
}

unsigned descriptor_busy_slots(const struct ccid_descriptor *descriptor)
{
        unsigned busy = descriptor->bMaxCCIDBusySlots, slots = descriptor_slots(descriptor);

        if (busy == 0)
                return 1;
        return busy > slots ? slots : busy;
}

size_t descriptor_message_max(const struct ccid_descriptor *descriptor)
{
        uint32_t max = descriptor->dwMaxCCIDMessageLength;

        if (max < CCID_MESSAGE_MIN)
                return CCID_MESSAGE_MIN;
        return max > CCID_MESSAGE_MAX ? CCID_MESSAGE_MAX : max;
}
