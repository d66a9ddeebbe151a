/*
 * quirks.c - the table of readers that need something out of the ordinary. A row is removed by deleting it;
 * its reason says what was seen.
 */
#include <stddef.h>

#include "ccid/quirks.h"

#define EVERY_FIRMWARE .firmware_from = 0, .firmware_to = 0xFFFF

/*
 * Sources: libccid's src/ccid.c, ccid.h and history (Debian: changelog.gz) for what it works around, the
 * published descriptors of the readers for their class. Not here: what needs no help from this driver, as the
 * empty packets that a GemPC Twin 2.00 sends behind a USB 3 port (any are tolerated).
 */
/* clang-format off */
static const struct quirk quirks_table[] = {
    /* Class 0xFF with the 54-byte CCID descriptor behind the interface: made before the class had a number */
    {0x04E6, 0x5111, EVERY_FIRMWARE, .flags = QUIRK_VENDOR_CLASS, .reason = "SCM SCR331-DI: CCID as class FF"},
    {0x04E6, 0x511A, EVERY_FIRMWARE, .flags = QUIRK_VENDOR_CLASS, .reason = "SCM SCR3310-NTTCom: CCID as class FF"},
    {0x04E6, 0x512C, EVERY_FIRMWARE, .flags = QUIRK_VENDOR_CLASS, .reason = "SCM SDI011: CCID as class FF"},
    {0x04E6, 0xE003, EVERY_FIRMWARE, .flags = QUIRK_VENDOR_CLASS, .reason = "SCM SPR532: CCID as class FF"},
    {0x076B, 0x5340, EVERY_FIRMWARE, .flags = QUIRK_VENDOR_CLASS, .reason = "OMNIKEY 5340: CCID as class FF"},
    {0x08E6, 0x1359, EVERY_FIRMWARE, .flags = QUIRK_VENDOR_CLASS, .reason = "Gemplus GEM USB COMBI-M: CCID as class FF"},
    {0x0973, 0x0003, EVERY_FIRMWARE, .flags = QUIRK_VENDOR_CLASS, .reason = "Cyberflex Access: ICCD-A as class FF"},
    {0x0C4B, 0x0500, EVERY_FIRMWARE, .flags = QUIRK_VENDOR_CLASS, .reason = "cyberJack RFID standard: CCID as class FF"},
    {0x1A74, 0x6356, EVERY_FIRMWARE, .flags = QUIRK_VENDOR_CLASS, .reason = "ID-One Cosmo: ICCD-B as class FF"},
    {0x1DB2, 0x0600, EVERY_FIRMWARE, .flags = QUIRK_VENDOR_CLASS, .reason = "DUALi DE-ABCM6: CCID as class FF"},
    /* The level of exchange */
    {0x076B, 0x3022, EVERY_FIRMWARE, .flags = QUIRK_TPDU,
     .reason = "OMNIKEY 076B:3022: announces APDU, is TPDU in fact"},
    {0x046A, 0x00A1, .firmware_from = 0x0100, .firmware_to = 0x0100, .flags = QUIRK_CHAINS,
     .reason = "Cherry KC 1000 SC 1.00: chains T=1 answers over 128 bytes"},
    /* One chip in several readers: says that it has a PIN pad, and chains at the short APDU level */
    {0x046A, 0x00A7, EVERY_FIRMWARE, .flags = QUIRK_NO_PINPAD | QUIRK_CHAINS,
     .reason = "Cherry Smart Terminal xx44: no PIN pad; chains its answers"},
    {0x076B, 0x3031, EVERY_FIRMWARE, .flags = QUIRK_NO_PINPAD | QUIRK_CHAINS,
     .reason = "OMNIKEY 3x21: no PIN pad; chains its answers"},
    {0x076B, 0x3A21, EVERY_FIRMWARE, .flags = QUIRK_NO_PINPAD | QUIRK_CHAINS,
     .reason = "OMNIKEY Aviator: no PIN pad; chains its answers"},
    {0x076B, 0x6632, EVERY_FIRMWARE, .flags = QUIRK_NO_PINPAD | QUIRK_CHAINS,
     .reason = "OMNIKEY 6121: no PIN pad; chains its answers"},
    {0x0BF8, 0x1024, EVERY_FIRMWARE, .flags = QUIRK_NO_PINPAD | QUIRK_CHAINS,
     .reason = "Fujitsu D323: no PIN pad; chains its answers"},
    /* Limits and times */
    {0x09BE, 0x0002, EVERY_FIRMWARE, .flags = QUIRK_MAX_IFSD, .max_ifsd = 254,
     .reason = "MySmartPad: wrong dwMaxIFSD"},
    {0x0529, 0x0620, .firmware_from = 0x0012, .firmware_to = 0x0012, .flags = QUIRK_NO_IFS,
     .reason = "SafeNet eToken 5110 SC 0.12: falls silent after S(IFS)"},
    {0x0B97, 0x7762, EVERY_FIRMWARE, .flags = QUIRK_MAX_RATE, .max_rate_bps = 9600,
     .reason = "O2Micro OZ776: fails above 9600 bit/s"},
    {0x0B97, 0x7772, EVERY_FIRMWARE, .flags = QUIRK_MAX_RATE, .max_rate_bps = 9600,
     .reason = "O2Micro OZ776: fails above 9600 bit/s"},
    {0x0B81, 0x0200, EVERY_FIRMWARE, .flags = QUIRK_SLOW, .slow_ms = 60000,
     .reason = "CL1356D: contactless, its firmware answers late"},
    {0x04E6, 0x5293, EVERY_FIRMWARE, .flags = QUIRK_SLOW, .slow_ms = 12000,
     .reason = "SCM SCL011: contactless, answers late"},
    {0x04E6, 0x5724, EVERY_FIRMWARE, .flags = QUIRK_SLOW, .slow_ms = 12000,
     .reason = "Identiv uTrust 4701 F: contactless, answers late"},
    {0x04E6, 0x5790, EVERY_FIRMWARE, .flags = QUIRK_SLOW, .slow_ms = 12000,
     .reason = "Identiv uTrust 3700 F: contactless, answers late"},
    {0x04E6, 0x5791, EVERY_FIRMWARE, .flags = QUIRK_SLOW, .slow_ms = 12000,
     .reason = "Identiv uTrust 3701 F: contactless, answers late"},
    {0x09D8, 0x0427, EVERY_FIRMWARE, .flags = QUIRK_SLOW, .slow_ms = 30000,
     .reason = "Elatec TWN4 (CCID and CDC): answers late without a tag"},
    {0x09D8, 0x0428, EVERY_FIRMWARE, .flags = QUIRK_SLOW, .slow_ms = 30000,
     .reason = "Elatec TWN4: answers late without a tag"},
    {0x0D46, 0x301D, EVERY_FIRMWARE, .flags = QUIRK_POWER_OFF_FIRST,
     .reason = "KOBIL IDToken: its card wants PowerOff before PowerOn"},
    /* PIN pads that are not there, or type the code to the host as well */
    {0x0783, 0x0006, EVERY_FIRMWARE, .flags = QUIRK_NO_PINPAD, .reason = "C3PO LTC31 v2: no PIN pad"},
    {0x25DD, 0x3111, EVERY_FIRMWARE, .flags = QUIRK_NO_PINPAD, .reason = "bit4id miniLector-EVO: no PIN pad"},
    {0x04F2, 0x1469, EVERY_FIRMWARE, .flags = QUIRK_NO_PINPAD,
     .reason = "Chicony HP Skylab smart card keyboard: no PIN pad"},
    {0x03F0, 0x0036, EVERY_FIRMWARE, .flags = QUIRK_NO_PINPAD,
     .reason = "HP CCID smart card keyboard: its PIN entry is not secure"},
    {0x03F0, 0x1024, EVERY_FIRMWARE, .flags = QUIRK_NO_PINPAD,
     .reason = "HP smart card keyboard: its PIN entry is not secure"},
    {0x0BF8, 0x1017, EVERY_FIRMWARE, .flags = QUIRK_NO_PINPAD,
     .reason = "Fujitsu smart card keyboard: its PIN entry is not secure"},
};
/* clang-format on */

const struct quirk *quirks_find(uint16_t vendor_id, uint16_t product_id, uint16_t firmware)
{
        static const struct quirk none = {.reason = "none"};
        size_t i;

        for (i = 0; i < sizeof quirks_table / sizeof quirks_table[0]; i++) {
                const struct quirk *row = &quirks_table[i];

                if (row->vendor_id == vendor_id && row->product_id == product_id &&
                    firmware >= row->firmware_from && firmware <= row->firmware_to)
                        return row;
        }
        return &none;
}
