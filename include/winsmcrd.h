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
#define SCARD_ATTR_POWER_MGMT_SUPPORT                                                                        \
        SCARD_ATTR_VALUE(SCARD_CLASS_POWER_MGMT, 0x0131) /* 0: it cannot be powered down with a card in */
#define SCARD_ATTR_CHARACTERISTICS                                                                           \
        SCARD_ATTR_VALUE(SCARD_CLASS_MECHANICAL, 0x0150) /* bits: 2 ejects, 4 captures */
#define SCARD_ATTR_MAXINPUT SCARD_ATTR_VALUE(SCARD_CLASS_VENDOR_DEFINED, 0xA007) /* bytes of a command */
#define SCARD_ATTR_CURRENT_PROTOCOL_TYPE                                                                     \
        SCARD_ATTR_VALUE(SCARD_CLASS_IFD_PROTOCOL, 0x0201) /* SCARD_PROTOCOL_ */
/* What the protocol in use runs with. ISO/IEC 7816-3 8.3, 10.2, 11.4; those of the other protocol, and all of
 * them where none is in use, are SCARD_E_UNSUPPORTED_FEATURE, SCARD_E_NO_SMARTCARD. */
#define SCARD_ATTR_CURRENT_CLK  SCARD_ATTR_VALUE(SCARD_CLASS_IFD_PROTOCOL, 0x0202) /* kHz */
#define SCARD_ATTR_CURRENT_F    SCARD_ATTR_VALUE(SCARD_CLASS_IFD_PROTOCOL, 0x0203) /* F, such as 372 */
#define SCARD_ATTR_CURRENT_D    SCARD_ATTR_VALUE(SCARD_CLASS_IFD_PROTOCOL, 0x0204) /* D, such as 1 */
#define SCARD_ATTR_CURRENT_N    SCARD_ATTR_VALUE(SCARD_CLASS_IFD_PROTOCOL, 0x0205) /* the integer N */
#define SCARD_ATTR_CURRENT_W    SCARD_ATTR_VALUE(SCARD_CLASS_IFD_PROTOCOL, 0x0206) /* T=0: the integer WI */
#define SCARD_ATTR_CURRENT_IFSC SCARD_ATTR_VALUE(SCARD_CLASS_IFD_PROTOCOL, 0x0207) /* T=1: bytes */
#define SCARD_ATTR_CURRENT_IFSD SCARD_ATTR_VALUE(SCARD_CLASS_IFD_PROTOCOL, 0x0208) /* T=1: bytes */
#define SCARD_ATTR_CURRENT_BWT  SCARD_ATTR_VALUE(SCARD_CLASS_IFD_PROTOCOL, 0x0209) /* T=1: the integer BWI */
#define SCARD_ATTR_CURRENT_CWT  SCARD_ATTR_VALUE(SCARD_CLASS_IFD_PROTOCOL, 0x020A) /* T=1: the integer CWI */
#define SCARD_ATTR_CURRENT_EBC_ENCODING                                                                      \
        SCARD_ATTR_VALUE(SCARD_CLASS_IFD_PROTOCOL, 0x020B) /* T=1: 0 LRC, 1 CRC */
#define SCARD_ATTR_ICC_PRESENCE                                                                              \
        SCARD_ATTR_VALUE(SCARD_CLASS_ICC_STATE, 0x0300) /* BYTE: 0 no, 1 yes, 2 in position */
#define SCARD_ATTR_ICC_INTERFACE_STATUS                                                                      \
        SCARD_ATTR_VALUE(SCARD_CLASS_ICC_STATE, 0x0301)                        /* BYTE: 0xFF powered */
#define SCARD_ATTR_ATR_STRING  SCARD_ATTR_VALUE(SCARD_CLASS_ICC_STATE, 0x0303) /* the ATR, up to 33 bytes */
#define SCARD_ATTR_DEVICE_UNIT SCARD_ATTR_VALUE(SCARD_CLASS_SYSTEM, 0x0001)    /* NN of the reader's name */
#define SCARD_ATTR_ICC_TYPE_PER_ATR                                                                          \
        SCARD_ATTR_VALUE(SCARD_CLASS_ICC_STATE, 0x0304) /* BYTE: 0 not known, 1 ISO/IEC 7816 asynchronous */
#define SCARD_ATTR_DEVICE_IN_USE                                                                             \
        SCARD_ATTR_VALUE(SCARD_CLASS_SYSTEM, 0x0002) /* 1: other handles are connected, 0: only this one */
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
 * selected or learnt can be known to be stale. No two cards of a process have the same one, in whatever reader.
 * Reading it sends nothing to the reader and does not look at it: the next command does, and SCardStatus.
 */
#define ISCARD_ATTR_CARD_EPOCH SCARD_ATTR_VALUE(SCARD_CLASS_VENDOR_DEFINED, 0x1CA0)
/*
 * Ours: a DWORD that grows with every command APDU that any handle sends to the card: what was selected
 * before somebody else's command may not be selected after it. Reading it sends nothing to the reader.
 */
#define ISCARD_ATTR_CARD_COMMANDS SCARD_ATTR_VALUE(SCARD_CLASS_VENDOR_DEFINED, 0x1CA2)
/* Ours: the share mode of the handle, SCARD_SHARE_. */
#define ISCARD_ATTR_SHARE_MODE SCARD_ATTR_VALUE(SCARD_CLASS_VENDOR_DEFINED, 0x1CA1)

/*
 * Control codes for SCardControl: CTL_CODE(FILE_DEVICE_SMARTCARD, code, METHOD_BUFFERED, FILE_ANY_ACCESS).
 * pcsc-lite: 0x42000000 + code.
 */
#define FILE_DEVICE_SMARTCARD 0x00000031u
#define SCARD_CTL_CODE(code)  ((FILE_DEVICE_SMARTCARD << 16) | ((DWORD)(code) << 2))

/* Which features the reader has: a PCSC_TLV_STRUCTURE for each. PC/SC part 10 2.2 */
#define CM_IOCTL_GET_FEATURE_REQUEST SCARD_CTL_CODE(3400)
/* A vendor's command to the reader, as it is; only with ISCARD_ESCAPE=1. The code of Windows' own driver. */
#define IOCTL_CCID_ESCAPE SCARD_CTL_CODE(3500)

/* Features, by the tag of their TLV. Their control codes are whatever the TLV says. PC/SC part 10 2.3 */
#define FEATURE_VERIFY_PIN_DIRECT  0x06 /* in: PIN_VERIFY_STRUCTURE; out: the status word */
#define FEATURE_MODIFY_PIN_DIRECT  0x07 /* in: PIN_MODIFY_STRUCTURE; out: the status word */
#define FEATURE_IFD_PIN_PROPERTIES 0x0A /* out: PIN_PROPERTIES_STRUCTURE */
#define FEATURE_GET_TLV_PROPERTIES 0x12 /* out: TLVs of PCSCv2_PART10_PROPERTY_ tags, little-endian */
#define FEATURE_CCID_ESC_COMMAND   0x13 /* the same as IOCTL_CCID_ESCAPE */

/* What FEATURE_GET_TLV_PROPERTIES tells, each only where it is known. PC/SC part 10 2.6.14 */
#define PCSCv2_PART10_PROPERTY_wLcdLayout                1  /* 2 bytes */
#define PCSCv2_PART10_PROPERTY_bEntryValidationCondition 2  /* 1 byte */
#define PCSCv2_PART10_PROPERTY_bTimeOut2                 3  /* 1 byte: 0, the reader has one time-out */
#define PCSCv2_PART10_PROPERTY_wLcdMaxCharacters         4  /* 2 bytes */
#define PCSCv2_PART10_PROPERTY_wLcdMaxLines              5  /* 2 bytes */
#define PCSCv2_PART10_PROPERTY_bMinPINSize               6  /* 1 byte */
#define PCSCv2_PART10_PROPERTY_bMaxPINSize               7  /* 1 byte */
#define PCSCv2_PART10_PROPERTY_sFirmwareID               8  /* text */
#define PCSCv2_PART10_PROPERTY_bPPDUSupport              9  /* 1 byte: 0, none */
#define PCSCv2_PART10_PROPERTY_dwMaxAPDUDataSize         10 /* 4 bytes: 256 short, up to 65536 extended */
#define PCSCv2_PART10_PROPERTY_wIdVendor                 11 /* 2 bytes */
#define PCSCv2_PART10_PROPERTY_wIdProduct                12 /* 2 bytes */

/* The structures go as packed bytes, their numbers little-endian (but value below). PC/SC part 10 2.2, 2.5 */
#pragma pack(push, 1)
#if defined(__clang__) && defined(__cplusplus)
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wc99-extensions" /* abData[] */
#endif

typedef struct {
        BYTE tag;    /* FEATURE_ */
        BYTE length; /* 4 */
        DWORD value; /* the control code, big-endian: most significant byte first */
} PCSC_TLV_STRUCTURE;

typedef struct {
        BYTE bTimeOut;          /* seconds until the first key; 0: the reader's own */
        BYTE bTimeOut2;         /* seconds after a key; CCID has but one, this is not passed on */
        BYTE bmFormatString;    /* how the PIN is written. CCID 1.1 6.1.11.1 */
        BYTE bmPINBlockString;  /* bits in which the length is inserted, bytes of the PIN block. 6.1.11.2 */
        BYTE bmPINLengthFormat; /* where the length is inserted. 6.1.11.3 */
        WORD wPINMaxExtraDigit; /* fewest digits in the high byte, most in the low one */
        BYTE bEntryValidationCondition; /* bits: 1 longest reached, 2 validation key, 4 time-out */
        BYTE bNumberMessage;            /* 0 none, 1 one, 0xFF the reader's own */
        WORD wLangId;                   /* 0x0409: English */
        BYTE bMsgIndex;
        BYTE bTeoPrologue[3];        /* T=1 prologue; the library fills it in */
        DWORD ulDataLength;          /* bytes at abData */
        __extension__ BYTE abData[]; /* the command APDU: 4 bytes, or 5 and as many as Lc says */
} PIN_VERIFY_STRUCTURE;

typedef struct {
        BYTE bTimeOut;
        BYTE bTimeOut2;
        BYTE bmFormatString;
        BYTE bmPINBlockString;
        BYTE bmPINLengthFormat;
        BYTE bInsertionOffsetOld; /* bytes behind Lc where the present PIN goes */
        BYTE bInsertionOffsetNew; /* and the new one */
        WORD wPINMaxExtraDigit;
        BYTE bConfirmPIN; /* bits: 1 the new PIN is asked for twice, 2 the present one is asked for */
        BYTE bEntryValidationCondition;
        BYTE bNumberMessage; /* 0 to 3, 0xFF the reader's own */
        WORD wLangId;
        BYTE bMsgIndex1;
        BYTE bMsgIndex2;
        BYTE bMsgIndex3;
        BYTE bTeoPrologue[3];
        DWORD ulDataLength;
        __extension__ BYTE abData[];
} PIN_MODIFY_STRUCTURE;

typedef struct {
        WORD wLcdLayout;                /* lines in the high byte, characters in the low one; 0: no display */
        BYTE bEntryValidationCondition; /* the conditions that a request may name */
        BYTE bTimeOut2;                 /* 0: the reader does not tell bTimeOut2 from bTimeOut */
} PIN_PROPERTIES_STRUCTURE;

#if defined(__clang__) && defined(__cplusplus)
#pragma clang diagnostic pop
#endif
#pragma pack(pop)

#endif
