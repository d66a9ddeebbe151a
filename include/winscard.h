/*
 * winscard.h - the card-access functions, with the names, types and argument order of Windows.
 *
 * Every function may be called from any thread; calls on different readers run in parallel. Outputs are set
 * to 0 before anything can fail. What every function may return besides what its own comment says:
 *   SCARD_E_INVALID_HANDLE     the handle is not live, or of the other kind
 *   SCARD_E_INVALID_PARAMETER  a pointer is NULL that may not be
 *   SCARD_E_NO_MEMORY          nothing has changed then, and a later call works
 *   SCARD_E_NO_SERVICE         the process was forked while contexts existed, and this is the child
 *
 * Text outputs and byte outputs share one habit. Lengths are in characters (bytes of UTF-8, units of UTF-16)
 * or bytes, NULs included. A NULL buffer asks for the length, whatever length comes in. A short one gives
 * SCARD_E_INSUFFICIENT_BUFFER and the length needed. A length of SCARD_AUTOALLOCATE makes the buffer argument
 * the address of a pointer, which is set to memory that the caller gives back with SCardFreeMemory
 * (SCardReleaseContext frees what is left).
 *
 * A handle learns what others did to its card: SCARD_W_RESET_CARD, SCARD_W_UNPOWERED_CARD,
 * SCARD_W_REMOVED_CARD come from SCardTransmit, SCardControl and SCardBeginTransaction, in every call until
 * SCardReconnect acknowledges. A removal outranks the others and stays although another card is put in. A
 * system that slept and woke has reset the card. A handle with SCARD_SHARE_DIRECT is about the reader and gets
 * none of them.
 *
 * Source: Windows SDK, winscard.h; the pages of the same names at
 * https://learn.microsoft.com/windows/win32/api/winscard/ ("MSDN" below).
 */
#ifndef ISCARD_WINSCARD_H
#define ISCARD_WINSCARD_H

#include "guiddef.h"
#include "scarderr.h"
#include "windef.h"
#include "winsmcrd.h"

ISCARD_EXTERN_C_BEGIN

typedef ULONG_PTR SCARDCONTEXT;
typedef SCARDCONTEXT *PSCARDCONTEXT, *LPSCARDCONTEXT;
typedef ULONG_PTR SCARDHANDLE;
typedef SCARDHANDLE *PSCARDHANDLE, *LPSCARDHANDLE;

#define SCARD_AUTOALLOCATE ((DWORD)-1)

#define SCARD_SCOPE_USER     0u
#define SCARD_SCOPE_TERMINAL 1u
#define SCARD_SCOPE_SYSTEM   2u
/*
 * Ours: a context whose handles share as those of pcsc-lite do: SCARD_SHARE_DIRECT is no more exclusive than
 * SCARD_SHARE_SHARED, SCardReconnect leaves the caller's transaction as it is, and SCardTransmit hands on what
 * is no well-formed APDU where reader and card can judge it. SCardGetStatusChange waits for what contradicts
 * dwCurrentState, and returns SCARD_E_UNKNOWN_READER for a name that is no reader's when it is called.
 */
#define ISCARD_SCOPE_PCSCLITE 0x1CA0u

#define SCARD_SHARE_EXCLUSIVE 1u
#define SCARD_SHARE_SHARED    2u
#define SCARD_SHARE_DIRECT    3u

#define SCARD_LEAVE_CARD   0u
#define SCARD_RESET_CARD   1u
#define SCARD_UNPOWER_CARD 2u
#define SCARD_EJECT_CARD   3u

#ifndef INFINITE
#define INFINITE 0xFFFFFFFFu
#endif

/* What SCardGetStatusChange and SCardLocateCardsByATR look at. */
typedef struct {
        LPCSTR szReader;
        LPVOID pvUserData;    /* the application's; never looked at */
        DWORD dwCurrentState; /* what the application knows: SCARD_STATE_ */
        DWORD dwEventState;   /* out: what it is. High word: a count, see SCardGetStatusChange */
        DWORD cbAtr;          /* out: bytes */
        BYTE rgbAtr[36];      /* out: the card's ATR */
} SCARD_READERSTATEA, *PSCARD_READERSTATEA, *LPSCARD_READERSTATEA;
typedef struct {
        LPCWSTR szReader;
        LPVOID pvUserData;
        DWORD dwCurrentState;
        DWORD dwEventState;
        DWORD cbAtr;
        BYTE rgbAtr[36];
} SCARD_READERSTATEW, *PSCARD_READERSTATEW, *LPSCARD_READERSTATEW;

/* Bits of dwCurrentState and dwEventState. */
#define SCARD_STATE_UNAWARE     0x00000000u /* in: nothing is known; the call returns at once */
#define SCARD_STATE_IGNORE      0x00000001u /* in: this entry is not looked at */
#define SCARD_STATE_CHANGED     0x00000002u /* out: the state differs from dwCurrentState */
#define SCARD_STATE_UNKNOWN     0x00000004u /* there is no reader of that name */
#define SCARD_STATE_UNAVAILABLE 0x00000008u /* it cannot be opened, or does not answer; no other bits */
#define SCARD_STATE_EMPTY       0x00000010u /* no card */
#define SCARD_STATE_PRESENT     0x00000020u /* a card */
#define SCARD_STATE_ATRMATCH    0x00000040u /* out: a card of those that SCardLocateCardsByATR looks for */
#define SCARD_STATE_EXCLUSIVE   0x00000080u /* a handle has it for itself; comes with PRESENT, as the rest */
#define SCARD_STATE_INUSE       0x00000100u /* handles share it */
#define SCARD_STATE_MUTE        0x00000200u /* the card does not answer */
#define SCARD_STATE_UNPOWERED   0x00000400u /* the card has no power */

/* A card that SCardLocateCardsByATR looks for: its ATR has cbAtr bytes, and is rgbAtr where bits of rgbMask are
 * set. */
typedef struct _SCARD_ATRMASK {
        DWORD cbAtr; /* up to 36 */
        BYTE rgbAtr[36];
        BYTE rgbMask[36];
} SCARD_ATRMASK, *PSCARD_ATRMASK, *LPSCARD_ATRMASK;

typedef struct _SCARD_IO_REQUEST {
        DWORD dwProtocol;  /* SCARD_PROTOCOL_T0, _T1 or _RAW */
        DWORD cbPciLength; /* sizeof of this structure and what follows it, bytes */
} SCARD_IO_REQUEST, *PSCARD_IO_REQUEST, *LPSCARD_IO_REQUEST;
typedef const SCARD_IO_REQUEST *LPCSCARD_IO_REQUEST;

ISCARD_API extern const SCARD_IO_REQUEST iscard_g_rgSCardT0Pci;
ISCARD_API extern const SCARD_IO_REQUEST iscard_g_rgSCardT1Pci;
ISCARD_API extern const SCARD_IO_REQUEST iscard_g_rgSCardRawPci;
#define g_rgSCardT0Pci  iscard_g_rgSCardT0Pci
#define g_rgSCardT1Pci  iscard_g_rgSCardT1Pci
#define g_rgSCardRawPci iscard_g_rgSCardRawPci
#define SCARD_PCI_T0    (&g_rgSCardT0Pci)
#define SCARD_PCI_T1    (&g_rgSCardT1Pci)
#define SCARD_PCI_RAW   (&g_rgSCardRawPci)

/*
 * A context: the owner of connections and of memory given out. The first one starts the reader drivers.
 *   dwScope      SCARD_SCOPE_USER, _TERMINAL or _SYSTEM: all the same here; ISCARD_SCOPE_PCSCLITE. Else
 *                SCARD_E_INVALID_VALUE
 *   pvReserved1, pvReserved2   ignored
 *   phContext    out: the context, ended with SCardReleaseContext
 * Does not wait for readers. A driver that cannot start has no readers, which the log says.
 * Source: MSDN SCardEstablishContext
 */
ISCARD_API LONG WINAPI SCardEstablishContext(DWORD dwScope, LPCVOID pvReserved1, LPCVOID pvReserved2,
                                             LPSCARDCONTEXT phContext) ISCARD_SYMBOL(SCardEstablishContext);
/*
 * Ends a context, its connections (RESET where one is inside a transaction, else LEAVE), its waiting calls
 * and its commands on the way (SCARD_E_CANCELLED), and frees its memory. The last one stops the drivers.
 * Blocks for a reset and for the end of the commands it interrupts, not for other contexts' transactions.
 * Source: MSDN SCardReleaseContext
 */
ISCARD_API LONG WINAPI SCardReleaseContext(SCARDCONTEXT hContext) ISCARD_SYMBOL(SCardReleaseContext);
/*
 * SCARD_S_SUCCESS, or SCARD_E_INVALID_HANDLE for a handle that is no live context.
 * Source: MSDN SCardIsValidContext
 */
ISCARD_API LONG WINAPI SCardIsValidContext(SCARDCONTEXT hContext) ISCARD_SYMBOL(SCardIsValidContext);
/*
 * Ends, with SCARD_E_CANCELLED, the context's calls of SCardGetStatusChange and those of its connections that
 * wait for another's transaction.
 * Nothing waiting: no effect, now or later. Source: MSDN SCardCancel
 */
ISCARD_API LONG WINAPI SCardCancel(SCARDCONTEXT hContext) ISCARD_SYMBOL(SCardCancel);
/*
 * Frees memory that a call on this context, or on one of its connections, gave out with SCARD_AUTOALLOCATE.
 * SCARD_E_INVALID_PARAMETER: pvMem is no such memory, or was freed before; nothing is touched then.
 * Source: MSDN SCardFreeMemory
 */
ISCARD_API LONG WINAPI SCardFreeMemory(SCARDCONTEXT hContext, LPCVOID pvMem) ISCARD_SYMBOL(SCardFreeMemory);
/*
 * The names of the readers that are plugged in now, as a multi-string: each with its NUL, and one more at the
 * end.
 *   mszGroups    NULL or a multi-string of groups; every reader is in "SCard$AllReaders" and
 *                "SCard$DefaultReaders", other groups are empty
 *   mszReaders, pcchReaders   see the habit of outputs above
 * A reader that cannot be opened (no rights, or another program holds it) is listed all the same. Does not
 * wait for readers.
 * SCARD_E_NO_READERS_AVAILABLE: there is none. Source: MSDN SCardListReaders
 */
ISCARD_API LONG WINAPI SCardListReadersA(SCARDCONTEXT hContext, LPCSTR mszGroups, LPSTR mszReaders,
                                         LPDWORD pcchReaders) ISCARD_SYMBOL(SCardListReadersA);
ISCARD_API LONG WINAPI SCardListReadersW(SCARDCONTEXT hContext, LPCWSTR mszGroups, LPWSTR mszReaders,
                                         LPDWORD pcchReaders) ISCARD_SYMBOL(SCardListReadersW);
/*
 * Waits until the state of one of the readers differs from what the application knows of it.
 *   dwTimeout   milliseconds; 0: the states as they are; INFINITE: no limit
 *   rgReaderStates, cReaders   szReader, dwCurrentState in; dwEventState, cbAtr, rgbAtr out, also with
 *               SCARD_E_TIMEOUT. No entries: returns at once
 * dwEventState has the bits of the state now, SCARD_STATE_CHANGED where they differ from dwCurrentState, and
 * in its high word how often cards were put in and pulled out (from 1, never 0), by which a card that was
 * swapped differs as well. So dwEventState, handed in as the next dwCurrentState, misses nothing; a
 * dwCurrentState without a count is compared by its bits alone.
 * The reader named \\?PnP?\Notification stands for the list of readers: it changes when one has come or gone
 * since the context was last told (by SCardListReaders, or by this entry), and has their number in its high
 * word. A reader that is gone is SCARD_STATE_UNKNOWN, and may come back; SCARD_STATE_IGNORE is not set with it,
 * so that its state can be handed in again.
 * A reader that is asked about is claimed, as by SCardConnect, and stays so until the context is released: a
 * card in it is powered once, so that its ATR is known, unless somebody has the reader for himself. Nothing is
 * asked of a reader that reports movements by itself, and the process sleeps until it does.
 * Of one entry alone the call powers the card, or asks the reader, before it returns, for as long as that takes. With
 * several, no reader waits for another: one whose card is still being powered, or that has not answered yet, keeps
 * the state that dwCurrentState has, and is told of by a later call. Where dwCurrentState is SCARD_STATE_UNAWARE
 * or dwTimeout is 0 it is waited for up to 2.5 s; an unaware one is then what is known of it: SCARD_STATE_PRESENT with
 * SCARD_STATE_UNPOWERED and no ATR, or SCARD_STATE_UNAVAILABLE.
 * SCARD_STATE_UNAVAILABLE: the reader cannot be had, as another program has claimed it; or it does not answer any
 * more and is about to be gone. A system that sleeps and wakes does not end the wait.
 * SCARD_E_TIMEOUT; SCARD_E_CANCELLED (SCardCancel, SCardReleaseContext). Source: MSDN SCardGetStatusChange
 */
ISCARD_API LONG WINAPI SCardGetStatusChangeA(SCARDCONTEXT hContext, DWORD dwTimeout,
                                             LPSCARD_READERSTATEA rgReaderStates, DWORD cReaders)
    ISCARD_SYMBOL(SCardGetStatusChangeA);
ISCARD_API LONG WINAPI SCardGetStatusChangeW(SCARDCONTEXT hContext, DWORD dwTimeout,
                                             LPSCARD_READERSTATEW rgReaderStates, DWORD cReaders)
    ISCARD_SYMBOL(SCardGetStatusChangeW);
/*
 * The states of the readers now, as SCardGetStatusChange gives them, with SCARD_STATE_ATRMATCH where the card's
 * ATR is one of those looked for. dwCurrentState serves SCARD_STATE_CHANGED and SCARD_STATE_IGNORE. Does not
 * wait, but for a card that has to be powered: with several entries at most 2.5 s, as SCardGetStatusChange does.
 *   rgAtrMasks, cAtrs   the cards looked for; one longer than 36 bytes: SCARD_E_INVALID_VALUE
 * Source: MSDN SCardLocateCardsByATR
 */
ISCARD_API LONG WINAPI SCardLocateCardsByATRA(SCARDCONTEXT hContext, LPSCARD_ATRMASK rgAtrMasks, DWORD cAtrs,
                                              LPSCARD_READERSTATEA rgReaderStates, DWORD cReaders)
    ISCARD_SYMBOL(SCardLocateCardsByATRA);
ISCARD_API LONG WINAPI SCardLocateCardsByATRW(SCARDCONTEXT hContext, LPSCARD_ATRMASK rgAtrMasks, DWORD cAtrs,
                                              LPSCARD_READERSTATEW rgReaderStates, DWORD cReaders)
    ISCARD_SYMBOL(SCardLocateCardsByATRW);
/*
 * The groups of readers, as a multi-string: "SCard$DefaultReaders". "SCard$AllReaders" exists by implication and
 * is not listed, as on Windows.
 *   mszGroups, pcchGroups   see the habit of outputs above
 * Source: MSDN SCardListReaderGroups
 */
ISCARD_API LONG WINAPI SCardListReaderGroupsA(SCARDCONTEXT hContext, LPSTR mszGroups, LPDWORD pcchGroups)
    ISCARD_SYMBOL(SCardListReaderGroupsA);
ISCARD_API LONG WINAPI SCardListReaderGroupsW(SCARDCONTEXT hContext, LPWSTR mszGroups, LPDWORD pcchGroups)
    ISCARD_SYMBOL(SCardListReaderGroupsW);
/*
 * The event of Windows that the service for smart cards runs. The engine is in the process and always runs:
 * the handle says so by not being NULL, and cannot be waited for. Source: MSDN SCardAccessStartedEvent
 */
ISCARD_API HANDLE WINAPI SCardAccessStartedEvent(void) ISCARD_SYMBOL(SCardAccessStartedEvent);
ISCARD_API void WINAPI SCardReleaseStartedEvent(void) ISCARD_SYMBOL(SCardReleaseStartedEvent);
/*
 * Connects to the card in a reader, or with SCARD_SHARE_DIRECT to the reader itself.
 *   szReader     a name as SCardListReaders gives it
 *   dwShareMode  SCARD_SHARE_SHARED, _EXCLUSIVE (no other handle) or _DIRECT (no other handle, with or
 *                without a card, no protocol: SCardTransmit is refused)
 *   dwPreferredProtocols   SCARD_PROTOCOL_T0, _T1 or both; other bits are ignored. The card's own first offer
 *                is taken where it is among them; of a reader that negotiates by itself, the one that it has
 *                chosen, where that is. Ignored with DIRECT, where it may be 0
 *   phCard       out: the handle, ended with SCardDisconnect
 *   pdwActiveProtocol   out: the protocol in use, SCARD_PROTOCOL_UNDEFINED with DIRECT; may be NULL
 * A card that is powered and negotiated already is sent nothing (a reader that does not report movements is
 * asked whether it is still there). Else it is powered, which blocks for as long as reader and card take
 * (seconds where a card does not answer), after at most 5 s of waiting for others to finish. The first
 * connection claims the device; the last one's end powers the card off and gives the device back. Returns
 *   SCARD_E_UNKNOWN_READER       no reader has that name
 *   SCARD_E_INVALID_VALUE        share mode, or no protocol known here
 *   SCARD_E_NO_SMARTCARD
 *   SCARD_E_SHARING_VIOLATION    another handle, another's transaction for 5 s, or another program
 *   SCARD_E_NO_ACCESS            no rights on the device; the log says what to do
 *   SCARD_E_PROTO_MISMATCH       the card offers, or uses, none of the protocols
 *   SCARD_E_READER_UNSUPPORTED   its level of exchange
 *   SCARD_E_READER_UNAVAILABLE   unplugged meanwhile
 *   SCARD_W_UNRESPONSIVE_CARD, SCARD_W_UNSUPPORTED_CARD, SCARD_E_CANCELLED, SCARD_E_TIMEOUT,
 *   SCARD_E_NOT_READY, SCARD_F_COMM_ERROR
 * Source: MSDN SCardConnect
 */
ISCARD_API LONG WINAPI SCardConnectA(SCARDCONTEXT hContext, LPCSTR szReader, DWORD dwShareMode,
                                     DWORD dwPreferredProtocols, LPSCARDHANDLE phCard,
                                     LPDWORD pdwActiveProtocol) ISCARD_SYMBOL(SCardConnectA);
ISCARD_API LONG WINAPI SCardConnectW(SCARDCONTEXT hContext, LPCWSTR szReader, DWORD dwShareMode,
                                     DWORD dwPreferredProtocols, LPSCARDHANDLE phCard,
                                     LPDWORD pdwActiveProtocol) ISCARD_SYMBOL(SCardConnectW);
/*
 * Re-establishes a connection: changes its share mode, resets the card, or acknowledges what happened to it.
 *   dwShareMode, dwPreferredProtocols   as for SCardConnect
 *   dwInitialization   SCARD_LEAVE_CARD: a powered card is not touched, another one (put in, or powered off)
 *                is powered and negotiated; SCARD_RESET_CARD: warm reset; SCARD_UNPOWER_CARD: power off and
 *                on. The card's other handles see the latter two as SCARD_W_RESET_CARD
 *   pdwActiveProtocol   out: the protocol in use; may be NULL
 * A handle whose reader was unplugged works again once a reader of the same name is there: this call moves it
 * there, and what happened is acknowledged as the removal of the card. Where the reader cannot be had, or others
 * who are connected to it allow neither the old share mode nor the new one, nothing has moved. Where the call fails
 * after that the handle has moved all the same, in its old share mode, or in the new one if others do not allow the
 * old one, and sees SCARD_W_REMOVED_CARD.
 * Waits for another handle's transaction without limit. Success ends the caller's own transaction; after a
 * failure it goes on. The handle lives on after every failure. Returns, nothing having changed,
 *   SCARD_E_INVALID_VALUE        share mode, initialization, or no protocol known here
 *   SCARD_E_SHARING_VIOLATION    EXCLUSIVE or DIRECT beside other handles
 *   SCARD_E_NO_SMARTCARD
 *   SCARD_E_PROTO_MISMATCH       LEAVE: the protocol in use is not among the preferred ones; else the card
 *                                offers none of them (one without power is powered to learn that)
 * and SCARD_W_UNRESPONSIVE_CARD, SCARD_W_UNSUPPORTED_CARD, SCARD_E_READER_UNAVAILABLE (unplugged),
 * SCARD_E_READER_UNSUPPORTED, SCARD_E_CANCELLED, SCARD_E_TIMEOUT, SCARD_E_NOT_READY, SCARD_F_COMM_ERROR.
 * Source: MSDN SCardReconnect
 */
ISCARD_API LONG WINAPI SCardReconnect(SCARDHANDLE hCard, DWORD dwShareMode, DWORD dwPreferredProtocols,
                                      DWORD dwInitialization, LPDWORD pdwActiveProtocol)
    ISCARD_SYMBOL(SCardReconnect);
/*
 * Ends a connection, and its transaction with it.
 *   dwDisposition   SCARD_LEAVE_CARD; SCARD_RESET_CARD, SCARD_UNPOWER_CARD and SCARD_EJECT_CARD (UNPOWER, and a
 *                reader that can puts the card out) are seen by the card's other handles. Else SCARD_E_INVALID_VALUE
 * LEAVE waits for nobody; the others wait for another's transaction without limit. Success as well where the
 * reader or the card is gone, or the card does not answer the reset. SCARD_E_CANCELLED: the wait was ended by
 * SCardCancel, the connection lives on. Source: MSDN SCardDisconnect
 */
ISCARD_API LONG WINAPI SCardDisconnect(SCARDHANDLE hCard, DWORD dwDisposition) ISCARD_SYMBOL(SCardDisconnect);
/*
 * Waits, in the order of arrival and without limit, until no other handle has a transaction on the card, and
 * begins one: other handles' SCardTransmit, SCardReconnect and SCardBeginTransaction wait for its end. Nests:
 * as many ends as begins. Nothing but its owner ends a transaction.
 * Returns SCARD_W_RESET_CARD, SCARD_W_REMOVED_CARD, SCARD_W_UNPOWERED_CARD; SCARD_E_CANCELLED (SCardCancel,
 * SCardReleaseContext); SCARD_E_READER_UNAVAILABLE. Source: MSDN SCardBeginTransaction
 */
ISCARD_API LONG WINAPI SCardBeginTransaction(SCARDHANDLE hCard) ISCARD_SYMBOL(SCardBeginTransaction);
/*
 * Ends the innermost transaction of the handle.
 *   dwDisposition   SCARD_LEAVE_CARD, _RESET_CARD, _UNPOWER_CARD, _EJECT_CARD, done at once, at every level
 *                of nesting; the caller's own handle sees the reset too. Else SCARD_E_INVALID_VALUE
 * Returns SCARD_E_NOT_TRANSACTED: the handle has none. Any other code says how the reset went
 * (SCARD_W_UNRESPONSIVE_CARD, SCARD_E_READER_UNAVAILABLE, SCARD_F_COMM_ERROR...); the transaction has ended
 * all the same, but with SCARD_E_CANCELLED and SCARD_E_INVALID_VALUE. Source: MSDN SCardEndTransaction
 */
ISCARD_API LONG WINAPI SCardEndTransaction(SCARDHANDLE hCard, DWORD dwDisposition)
    ISCARD_SYMBOL(SCardEndTransaction);
/*
 * Ends all that the handle has begun with SCardBeginTransaction, at every level, and leaves the card as it is.
 * SCARD_E_NOT_TRANSACTED: it has none. Source: Windows SDK, winscard.h
 */
ISCARD_API LONG WINAPI SCardCancelTransaction(SCARDHANDLE hCard) ISCARD_SYMBOL(SCardCancelTransaction);
/*
 * The state of reader and card as it is; a pending condition is not in the way. Does not wait for
 * transactions and sends nothing to the card (a reader that does not report movements is asked whether a card
 * is in).
 *   mszReaderNames, pcchReaderLen   the reader's name as a multi-string, see the habit of outputs; may be
 *                NULL
 *   pdwState     out: SCARD_ABSENT to SCARD_SPECIFIC, one value and no bits; may be NULL
 *   pdwProtocol  out: the protocol in use, SCARD_PROTOCOL_UNDEFINED where there is none; may be NULL
 *   pbAtr, pcbAtrLen   the ATR, 0 bytes where the card has no power; may be NULL
 * Returns SCARD_E_READER_UNAVAILABLE; SCARD_E_INSUFFICIENT_BUFFER (all other outputs are right).
 * Source: MSDN SCardStatus
 */
ISCARD_API LONG WINAPI SCardStatusA(SCARDHANDLE hCard, LPSTR mszReaderNames, LPDWORD pcchReaderLen,
                                    LPDWORD pdwState, LPDWORD pdwProtocol, LPBYTE pbAtr, LPDWORD pcbAtrLen)
    ISCARD_SYMBOL(SCardStatusA);
ISCARD_API LONG WINAPI SCardStatusW(SCARDHANDLE hCard, LPWSTR mszReaderNames, LPDWORD pcchReaderLen,
                                    LPDWORD pdwState, LPDWORD pdwProtocol, LPBYTE pbAtr, LPDWORD pcbAtrLen)
    ISCARD_SYMBOL(SCardStatusW);
/*
 * The same without the name: an older form of SCardStatus. Source: Windows SDK, winscard.h
 */
ISCARD_API LONG WINAPI SCardState(SCARDHANDLE hCard, LPDWORD pdwState, LPDWORD pdwProtocol, LPBYTE pbAtr,
                                  LPDWORD pcbAtrLen) ISCARD_SYMBOL(SCardState);
/*
 * Sends a command APDU and receives its answer.
 *   pioSendPci   SCARD_PCI_T0 or _T1, the protocol in use (else SCARD_E_PROTO_MISMATCH); NULL: whichever it
 *                is. cbPciLength under its size: SCARD_E_INVALID_PARAMETER
 *   pbSendBuffer, cbSendLength   a well-formed APDU of 4 to 65,544 bytes, short or extended; read only, not
 *                kept
 *   pioRecvPci   out: the protocol in use; NULL: not wanted. SCARD_E_PCI_TOO_SMALL
 *   pbRecvBuffer out: data and SW1 SW2; may be pbSendBuffer
 *   pcbRecvLength   in: room in bytes (SCARD_AUTOALLOCATE is not supported here); out: bytes written, 0 on
 *                failure
 * Waits for another handle's transaction without limit; then for the card: for a reader that takes APDUs
 * ISCARD_TIMEOUT milliseconds of the environment (5000 where it is not set), for one that takes T=0 TPDUs the
 * card's waiting time; longer where card and reader ask for more time. Allocates nothing. Returns
 *   SCARD_E_INSUFFICIENT_BUFFER  *pcbRecvLength is the length of the whole answer (0 where it is not known).
 *                                The card has executed the command, and its answer is lost; only with room
 *                                for less than SW1 SW2 nothing was sent
 *   SCARD_W_RESET_CARD, SCARD_W_REMOVED_CARD, SCARD_W_UNPOWERED_CARD
 *   SCARD_E_PROTO_MISMATCH       also with a DIRECT handle
 *   SCARD_E_INVALID_PARAMETER    no APDU, an extended one at a reader of short APDUs, or longer than the
 *                                reader takes
 *   SCARD_E_TIMEOUT              the command was aborted, the next one works
 *   SCARD_E_COMM_DATA_LOST, SCARD_F_COMM_ERROR (also: the card is silent), SCARD_E_NOT_READY,
 *   SCARD_E_CANCELLED, SCARD_E_READER_UNAVAILABLE
 * Source: MSDN SCardTransmit; ISO/IEC 7816-3 12.1
 */
ISCARD_API LONG WINAPI SCardTransmit(SCARDHANDLE hCard, LPCSCARD_IO_REQUEST pioSendPci, LPCBYTE pbSendBuffer,
                                     DWORD cbSendLength, LPSCARD_IO_REQUEST pioRecvPci, LPBYTE pbRecvBuffer,
                                     LPDWORD pcbRecvLength) ISCARD_SYMBOL(SCardTransmit);
/*
 * One attribute of the reader, the card or the handle: the SCARD_ATTR_ and ISCARD_ATTR_ numbers of
 * winsmcrd.h.
 *   pbAttr, pcbAttrLen   see the habit of outputs above
 * Sends nothing to the reader and waits for nobody; a pending condition is not in the way.
 * SCARD_E_UNSUPPORTED_FEATURE: not an attribute of this reader; SCARD_E_NO_SMARTCARD: the ATR, or what the
 * protocol runs with, of a card that is not there or not powered; SCARD_E_READER_UNAVAILABLE. Source: MSDN SCardGetAttrib
 */
ISCARD_API LONG WINAPI SCardGetAttrib(SCARDHANDLE hCard, DWORD dwAttrId, LPBYTE pbAttr, LPDWORD pcbAttrLen)
    ISCARD_SYMBOL(SCardGetAttrib);
/*
 * Sets an attribute. No reader in reach of this library has one that can be set:
 * SCARD_E_UNSUPPORTED_FEATURE. Source: MSDN SCardSetAttrib
 */
ISCARD_API LONG WINAPI SCardSetAttrib(SCARDHANDLE hCard, DWORD dwAttrId, LPCBYTE pbAttr, DWORD cbAttrLen)
    ISCARD_SYMBOL(SCardSetAttrib);
/*
 * A command to the reader: one of the control codes of winsmcrd.h, or one that CM_IOCTL_GET_FEATURE_REQUEST
 * gave out.
 *
 *   lpInBuffer, cbInBufferSize     what the code takes; read only, not kept; may be NULL, 0
 *   lpOutBuffer, cbOutBufferSize   room for the answer; may be lpInBuffer, and NULL, 0
 *   lpBytesReturned                out: bytes written, 0 on failure; with SCARD_E_INSUFFICIENT_BUFFER the
 *                                  length needed (0: not known, the answer is lost)
 *
 *   CM_IOCTL_GET_FEATURE_REQUEST   what this reader has; and, by their features, IFD_PIN_PROPERTIES and
 *       GET_TLV_PROPERTIES: known to the library, send nothing, wait for nobody
 *   VERIFY_PIN_DIRECT, MODIFY_PIN_DIRECT   PIN entry on the reader's own keys. Blocks until the card holder
 *       has finished, at most max(90 s, bTimeOut + 10 s). The answer is the card's status word, or the
 *       reader's: 6400 time-out, 6401 cancelled. PC/SC part 10 2.5
 *   IOCTL_CCID_ESCAPE   a vendor's command, only with ISCARD_ESCAPE=1 in the environment: it may reprogram a
 *       reader
 *
 * Those that reach the reader wait for another handle's transaction without limit. A handle with
 * SCARD_SHARE_DIRECT may use all of them. Returns SCARD_E_UNSUPPORTED_FEATURE (no code of this reader);
 * SCARD_E_INVALID_PARAMETER (a structure whose lengths do not agree); SCARD_W_RESET_CARD,
 * SCARD_W_REMOVED_CARD, SCARD_W_UNPOWERED_CARD; what SCardTransmit returns. Source: MSDN SCardControl; PC/SC
 * part 10
 */
ISCARD_API LONG WINAPI SCardControl(SCARDHANDLE hCard, DWORD dwControlCode, LPCVOID lpInBuffer,
                                    DWORD cbInBufferSize, LPVOID lpOutBuffer, DWORD cbOutBufferSize,
                                    LPDWORD lpBytesReturned) ISCARD_SYMBOL(SCardControl);

#ifdef UNICODE
#define SCardListReaders      SCardListReadersW
#define SCardListReaderGroups SCardListReaderGroupsW
#define SCardGetStatusChange  SCardGetStatusChangeW
#define SCardLocateCardsByATR SCardLocateCardsByATRW
#define SCardConnect          SCardConnectW
#define SCardStatus           SCardStatusW
typedef SCARD_READERSTATEW SCARD_READERSTATE;
#else
#define SCardListReaders      SCardListReadersA
#define SCardListReaderGroups SCardListReaderGroupsA
#define SCardGetStatusChange  SCardGetStatusChangeA
#define SCardLocateCardsByATR SCardLocateCardsByATRA
#define SCardConnect          SCardConnectA
#define SCardStatus           SCardStatusA
typedef SCARD_READERSTATEA SCARD_READERSTATE;
#endif
typedef SCARD_READERSTATE *PSCARD_READERSTATE, *LPSCARD_READERSTATE;

ISCARD_EXTERN_C_END

#endif
