/*
 * quirks.h - readers that do not do what their descriptors say: one table, asked once when a reader is found.
 */
#ifndef ISCARD_CCID_QUIRKS_H
#define ISCARD_CCID_QUIRKS_H

#include <stdint.h>

#define QUIRK_VENDOR_CLASS    0x01u /* interfaces of class 0xFF with a CCID descriptor are CCID */
#define QUIRK_NO_INTERRUPT    0x02u /* the interrupt endpoint is not used: it never tells, or tells falsely */
#define QUIRK_ZLP             0x04u /* wants an empty packet behind a message that fills its last packet */
#define QUIRK_SLOW            0x08u /* needs slow_ms for the answer to a command */
#define QUIRK_POWER_OFF_FIRST 0x10u /* wants PowerOff before each PowerOn */
#define QUIRK_NO_PINPAD       0x20u /* claims a PIN pad and has none */
#define QUIRK_MAX_IFSD        0x40u /* dwMaxIFSD is wrong: max_ifsd holds */
#define QUIRK_TPDU            0x80u /* announces the APDU level and works at the TPDU level */
#define QUIRK_CHAINS          0x100u /* announces short APDUs (or less) and chains as for extended ones */
#define QUIRK_MAX_RATE        0x200u /* dwMaxDataRate is wrong: max_rate_bps holds */
#define QUIRK_NO_IFS          0x400u /* must not be sent S(IFS); takes blocks of dwMaxIFSD without */

struct quirk {
        uint16_t vendor_id, product_id;
        uint16_t firmware_from, firmware_to; /* bcdDevice, both included; 0 and 0xFFFF: every one */
        uint32_t flags;
        uint32_t slow_ms;
        uint32_t max_ifsd;
        uint32_t max_rate_bps;
        const char *reason;
};

/* Never NULL: a row without flags where the reader has none. */
const struct quirk *quirks_find(uint16_t vendor_id, uint16_t product_id, uint16_t firmware);

#endif
