/*
 * pcsclite.h - the binary interface of pcsc-lite 1.9.9: what its functions are called, how wide their
 * arguments are, the structures and the numbers in which it differs from winscard.h. All else (status codes,
 * attribute numbers, share modes, dispositions, reader-state bits) has the same values in both.
 *
 * The functions have names of ours here, since winscard.h declares its own with those names; the symbols are
 * pcsc-lite's. What each does is in docs/compat.md, where it is not what winscard.h says.
 *
 * Source: the public headers of Debian's libpcsclite-dev 1.9.9-2 (winscard.h, pcsclite.h, wintypes.h,
 * reader.h) and the dynamic symbols of libpcsclite1 1.9.9-2.
 */
#ifndef ISCARD_COMPAT_PCSCLITE_H
#define ISCARD_COMPAT_PCSCLITE_H

#include "scarderr.h"
#include "winscard.h"

/* A C long, whatever its width; winscard.h has 32 bits everywhere. */
typedef long lite_long;
typedef unsigned long lite_dword;

typedef struct {
        const char *szReader;
        void *pvUserData;
        lite_dword dwCurrentState;
        lite_dword dwEventState;
        lite_dword cbAtr;
        unsigned char rgbAtr[33]; /* and padding to the width of a long */
} lite_readerstate;

typedef struct {
        lite_dword dwProtocol;
        lite_dword cbPciLength;
} lite_io_request;

#define LITE_AUTOALLOCATE  (~(lite_dword)0)
#define LITE_SCOPE_GLOBAL  3u
#define LITE_READERNAME    128u /* bytes with the NUL */
#define LITE_MESSAGE_MAX   ((size_t)4 + 3 + (1u << 16) + 3 + 2)
#define LITE_CTL_CODE_BASE 0x42000000u

#define LITE_PROTOCOL_RAW     0x0004u
#define LITE_PROTOCOL_ANY_OLD 0x1000u /* T=0 or T=1, of old programs; no header has it any more */

/* The state of SCardStatus: bits. */
#define LITE_UNKNOWN    0x0001u
#define LITE_ABSENT     0x0002u
#define LITE_PRESENT    0x0004u
#define LITE_SWALLOWED  0x0008u /* it does not answer */
#define LITE_POWERED    0x0010u
#define LITE_NEGOTIABLE 0x0020u

#define LITE_E_UNSUPPORTED_FEATURE 0x8010001Fu /* which is SCARD_E_UNEXPECTED elsewhere */

#define LITE_SYMBOL(name) __asm__(#name)

ISCARD_API extern const lite_io_request lite_t0_pci LITE_SYMBOL(g_rgSCardT0Pci);
ISCARD_API extern const lite_io_request lite_t1_pci LITE_SYMBOL(g_rgSCardT1Pci);
ISCARD_API extern const lite_io_request lite_raw_pci LITE_SYMBOL(g_rgSCardRawPci);

ISCARD_API const char *lite_stringify_error(lite_long code) LITE_SYMBOL(pcsc_stringify_error);

ISCARD_API lite_long lite_establish_context(lite_dword scope, const void *reserved1, const void *reserved2,
                                            lite_long *context) LITE_SYMBOL(SCardEstablishContext);
ISCARD_API lite_long lite_release_context(lite_long context) LITE_SYMBOL(SCardReleaseContext);
ISCARD_API lite_long lite_is_valid_context(lite_long context) LITE_SYMBOL(SCardIsValidContext);
ISCARD_API lite_long lite_cancel(lite_long context) LITE_SYMBOL(SCardCancel);
ISCARD_API lite_long lite_free_memory(lite_long context, const void *memory) LITE_SYMBOL(SCardFreeMemory);
ISCARD_API lite_long lite_list_readers(lite_long context, const char *groups, char *readers, lite_dword *len)
    LITE_SYMBOL(SCardListReaders);
ISCARD_API lite_long lite_list_reader_groups(lite_long context, char *groups, lite_dword *len)
    LITE_SYMBOL(SCardListReaderGroups);
ISCARD_API lite_long lite_get_status_change(lite_long context, lite_dword timeout_ms,
                                            lite_readerstate *readers, lite_dword count)
    LITE_SYMBOL(SCardGetStatusChange);

ISCARD_API lite_long lite_connect(lite_long context, const char *reader, lite_dword mode,
                                  lite_dword protocols, lite_long *card, lite_dword *protocol)
    LITE_SYMBOL(SCardConnect);
ISCARD_API lite_long lite_reconnect(lite_long card, lite_dword mode, lite_dword protocols,
                                    lite_dword initialization, lite_dword *protocol)
    LITE_SYMBOL(SCardReconnect);
ISCARD_API lite_long lite_disconnect(lite_long card, lite_dword disposition) LITE_SYMBOL(SCardDisconnect);
ISCARD_API lite_long lite_begin_transaction(lite_long card) LITE_SYMBOL(SCardBeginTransaction);
ISCARD_API lite_long lite_end_transaction(lite_long card, lite_dword disposition)
    LITE_SYMBOL(SCardEndTransaction);
ISCARD_API lite_long lite_status(lite_long card, char *reader, lite_dword *reader_len, lite_dword *state,
                                 lite_dword *protocol, unsigned char *atr, lite_dword *atr_len)
    LITE_SYMBOL(SCardStatus);
ISCARD_API lite_long lite_transmit(lite_long card, const lite_io_request *send_pci,
                                   const unsigned char *command, lite_dword command_len,
                                   lite_io_request *recv_pci, unsigned char *answer, lite_dword *answer_len)
    LITE_SYMBOL(SCardTransmit);
ISCARD_API lite_long lite_control(lite_long card, lite_dword code, const void *in, lite_dword in_len,
                                  void *out, lite_dword out_room, lite_dword *out_len)
    LITE_SYMBOL(SCardControl);
ISCARD_API lite_long lite_get_attrib(lite_long card, lite_dword id, unsigned char *value, lite_dword *len)
    LITE_SYMBOL(SCardGetAttrib);
ISCARD_API lite_long lite_set_attrib(lite_long card, lite_dword id, const unsigned char *value,
                                     lite_dword len) LITE_SYMBOL(SCardSetAttrib);

#endif
