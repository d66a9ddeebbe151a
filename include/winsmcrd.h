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

#define SCARD_ATTR_ATR_STRING SCARD_ATTR_VALUE(SCARD_CLASS_ICC_STATE, 0x0303) /* the ATR, up to 33 bytes */
/*
 * Ours: a DWORD that grows with every reset, power-down, removal and insertion of the card, so that what was
 * selected or learnt can be known to be stale. Reading it sends nothing to the reader.
 */
#define ISCARD_ATTR_CARD_EPOCH SCARD_ATTR_VALUE(SCARD_CLASS_VENDOR_DEFINED, 0x1CA0)

#endif
