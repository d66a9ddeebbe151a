/*
 * winsmcrd.h - protocol, state and attribute numbers of smart cards and readers, at the values of Windows.
 */
#ifndef ISCARD_WINSMCRD_H
#define ISCARD_WINSMCRD_H

#include "windef.h"

#define SCARD_ATR_LENGTH 33 /* bytes: TS and at most 32 more, ISO/IEC 7816-3 8.2.1 */

/* Protocols: bits for the preferred protocols, one of them as the active protocol. */
#define SCARD_PROTOCOL_UNDEFINED 0x00000000u /* no protocol: SCARD_SHARE_DIRECT */
#define SCARD_PROTOCOL_T0        0x00000001u
#define SCARD_PROTOCOL_T1        0x00000002u
#define SCARD_PROTOCOL_RAW       0x00010000u /* pcsc-lite: 4 */
#define SCARD_PROTOCOL_Tx        (SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1)
#define SCARD_PROTOCOL_DEFAULT   0x80000000u
#define SCARD_PROTOCOL_OPTIMAL   0x00000000u

/* What SCardStatus reports: one of these values, not bits. */
#define SCARD_UNKNOWN    0u
#define SCARD_ABSENT     1u /* no card */
#define SCARD_PRESENT    2u /* a card, not powered and not in position */
#define SCARD_SWALLOWED  3u /* a card in position, not powered */
#define SCARD_POWERED    4u /* powered; the reader does not know the card's mode */
#define SCARD_NEGOTIABLE 5u /* reset, a protocol has yet to be chosen */
#define SCARD_SPECIFIC   6u /* a protocol is set */

#define SCARD_CLASS_VENDOR_INFO      1u
#define SCARD_CLASS_COMMUNICATIONS   2u
#define SCARD_CLASS_PROTOCOL         3u
#define SCARD_CLASS_POWER_MGMT       4u
#define SCARD_CLASS_SECURITY         5u
#define SCARD_CLASS_MECHANICAL       6u
#define SCARD_CLASS_VENDOR_DEFINED   7u
#define SCARD_CLASS_IFD_PROTOCOL     8u
#define SCARD_CLASS_ICC_STATE        9u
#define SCARD_CLASS_PERF             0x7FFEu
#define SCARD_CLASS_SYSTEM           0x7FFFu
#define SCARD_ATTR_VALUE(klass, tag) ((((DWORD)(klass)) << 16) | ((DWORD)(tag)))

/*
 * What SCardGetAttrib gives; a DWORD where nothing else is said, text with its NUL. Those that the reader or
 * its card does not say are SCARD_E_UNSUPPORTED_FEATURE.
 */
#define SCARD_ATTR_VENDOR_NAME          SCARD_ATTR_VALUE(SCARD_CLASS_VENDOR_INFO, 0x0100) /* text */
#define SCARD_ATTR_VENDOR_IFD_TYPE      SCARD_ATTR_VALUE(SCARD_CLASS_VENDOR_INFO, 0x0101) /* text: the product */
#define SCARD_ATTR_VENDOR_IFD_VERSION   SCARD_ATTR_VALUE(SCARD_CLASS_VENDOR_INFO, 0x0102) /* 0xMMmmbbbb */
#define SCARD_ATTR_VENDOR_IFD_SERIAL_NO SCARD_ATTR_VALUE(SCARD_CLASS_VENDOR_INFO, 0x0103) /* text */
#define SCARD_ATTR_CHANNEL_ID           SCARD_ATTR_VALUE(SCARD_CLASS_COMMUNICATIONS, 0x0110) /* 0x0020 DDDD: USB */
#define SCARD_ATTR_PROTOCOL_TYPES                                                                            \
        SCARD_ATTR_VALUE(SCARD_CLASS_PROTOCOL, 0x0120) /* bits of what the reader can */
#define SCARD_ATTR_DEFAULT_CLK       SCARD_ATTR_VALUE(SCARD_CLASS_PROTOCOL, 0x0121) /* kHz */
#define SCARD_ATTR_MAX_CLK           SCARD_ATTR_VALUE(SCARD_CLASS_PROTOCOL, 0x0122) /* kHz */
#define SCARD_ATTR_DEFAULT_DATA_RATE SCARD_ATTR_VALUE(SCARD_CLASS_PROTOCOL, 0x0123) /* bit/s */
#define SCARD_ATTR_MAX_DATA_RATE     SCARD_ATTR_VALUE(SCARD_CLASS_PROTOCOL, 0x0124) /* bit/s */
#define SCARD_ATTR_MAX_IFSD          SCARD_ATTR_VALUE(SCARD_CLASS_PROTOCOL, 0x0125) /* bytes */
#define SCARD_ATTR_CHARACTERISTICS                                                                           \
        SCARD_ATTR_VALUE(SCARD_CLASS_MECHANICAL, 0x0150) /* bits: 2 ejects, 4 captures */
#define SCARD_ATTR_MAXINPUT SCARD_ATTR_VALUE(SCARD_CLASS_VENDOR_DEFINED, 0xA007) /* bytes of a command */
#define SCARD_ATTR_CURRENT_PROTOCOL_TYPE                                                                     \
        SCARD_ATTR_VALUE(SCARD_CLASS_IFD_PROTOCOL, 0x0201) /* SCARD_PROTOCOL_ */
#define SCARD_ATTR_ICC_PRESENCE                                                                              \
        SCARD_ATTR_VALUE(SCARD_CLASS_ICC_STATE, 0x0300) /* BYTE: 0 no, 1 yes, 2 in position */
#define SCARD_ATTR_ICC_INTERFACE_STATUS                                                                      \
        SCARD_ATTR_VALUE(SCARD_CLASS_ICC_STATE, 0x0301)                        /* BYTE: 0xFF powered */
#define SCARD_ATTR_ATR_STRING  SCARD_ATTR_VALUE(SCARD_CLASS_ICC_STATE, 0x0303) /* the ATR, up to 33 bytes */
#define SCARD_ATTR_DEVICE_UNIT SCARD_ATTR_VALUE(SCARD_CLASS_SYSTEM, 0x0001)    /* NN of the reader's name */
#define SCARD_ATTR_DEVICE_FRIENDLY_NAME_A                                                                    \
        SCARD_ATTR_VALUE(SCARD_CLASS_SYSTEM, 0x0003) /* the reader's name, UTF-8 */
#define SCARD_ATTR_DEVICE_SYSTEM_NAME_A   SCARD_ATTR_VALUE(SCARD_CLASS_SYSTEM, 0x0004) /* the same */
#define SCARD_ATTR_DEVICE_FRIENDLY_NAME_W SCARD_ATTR_VALUE(SCARD_CLASS_SYSTEM, 0x0005) /* in UTF-16 */
#define SCARD_ATTR_DEVICE_SYSTEM_NAME_W   SCARD_ATTR_VALUE(SCARD_CLASS_SYSTEM, 0x0006)
#ifdef UNICODE
#define SCARD_ATTR_DEVICE_FRIENDLY_NAME SCARD_ATTR_DEVICE_FRIENDLY_NAME_W
#define SCARD_ATTR_DEVICE_SYSTEM_NAME   SCARD_ATTR_DEVICE_SYSTEM_NAME_W
#else
#define SCARD_ATTR_DEVICE_FRIENDLY_NAME SCARD_ATTR_DEVICE_FRIENDLY_NAME_A
#define SCARD_ATTR_DEVICE_SYSTEM_NAME   SCARD_ATTR_DEVICE_SYSTEM_NAME_A
#endif
/*
 * Ours: a DWORD that grows with every reset, power-down, removal and insertion of the card, so that what was
 * selected or learnt can be known to be stale. Reading it sends nothing to the reader.
 */
#define ISCARD_ATTR_CARD_EPOCH SCARD_ATTR_VALUE(SCARD_CLASS_VENDOR_DEFINED, 0x1CA0)
/* Ours: the share mode of the handle, SCARD_SHARE_. */
#define ISCARD_ATTR_SHARE_MODE SCARD_ATTR_VALUE(SCARD_CLASS_VENDOR_DEFINED, 0x1CA1)

#endif
