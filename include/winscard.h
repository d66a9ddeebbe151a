/*
 * winscard.h - the card-access functions, with the names, types and argument order of Windows.
 *
 * (each function is documented here by src/core's author: what, sizes and units, ownership, blocking, every
 * error, source)
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

ISCARD_API LONG WINAPI SCardEstablishContext(DWORD dwScope, LPCVOID pvReserved1, LPCVOID pvReserved2,
                                             LPSCARDCONTEXT phContext) ISCARD_SYMBOL(SCardEstablishContext);
ISCARD_API LONG WINAPI SCardReleaseContext(SCARDCONTEXT hContext) ISCARD_SYMBOL(SCardReleaseContext);
ISCARD_API LONG WINAPI SCardIsValidContext(SCARDCONTEXT hContext) ISCARD_SYMBOL(SCardIsValidContext);
ISCARD_API LONG WINAPI SCardFreeMemory(SCARDCONTEXT hContext, LPCVOID pvMem) ISCARD_SYMBOL(SCardFreeMemory);
ISCARD_API LONG WINAPI SCardListReadersA(SCARDCONTEXT hContext, LPCSTR mszGroups, LPSTR mszReaders,
                                         LPDWORD pcchReaders) ISCARD_SYMBOL(SCardListReadersA);
ISCARD_API LONG WINAPI SCardListReadersW(SCARDCONTEXT hContext, LPCWSTR mszGroups, LPWSTR mszReaders,
                                         LPDWORD pcchReaders) ISCARD_SYMBOL(SCardListReadersW);
ISCARD_API LONG WINAPI SCardConnectA(SCARDCONTEXT hContext, LPCSTR szReader, DWORD dwShareMode,
                                     DWORD dwPreferredProtocols, LPSCARDHANDLE phCard,
                                     LPDWORD pdwActiveProtocol) ISCARD_SYMBOL(SCardConnectA);
ISCARD_API LONG WINAPI SCardConnectW(SCARDCONTEXT hContext, LPCWSTR szReader, DWORD dwShareMode,
                                     DWORD dwPreferredProtocols, LPSCARDHANDLE phCard,
                                     LPDWORD pdwActiveProtocol) ISCARD_SYMBOL(SCardConnectW);
ISCARD_API LONG WINAPI SCardReconnect(SCARDHANDLE hCard, DWORD dwShareMode, DWORD dwPreferredProtocols,
                                      DWORD dwInitialization, LPDWORD pdwActiveProtocol)
    ISCARD_SYMBOL(SCardReconnect);
ISCARD_API LONG WINAPI SCardDisconnect(SCARDHANDLE hCard, DWORD dwDisposition) ISCARD_SYMBOL(SCardDisconnect);
ISCARD_API LONG WINAPI SCardBeginTransaction(SCARDHANDLE hCard) ISCARD_SYMBOL(SCardBeginTransaction);
ISCARD_API LONG WINAPI SCardEndTransaction(SCARDHANDLE hCard, DWORD dwDisposition)
    ISCARD_SYMBOL(SCardEndTransaction);
ISCARD_API LONG WINAPI SCardStatusA(SCARDHANDLE hCard, LPSTR mszReaderNames, LPDWORD pcchReaderLen,
                                    LPDWORD pdwState, LPDWORD pdwProtocol, LPBYTE pbAtr, LPDWORD pcbAtrLen)
    ISCARD_SYMBOL(SCardStatusA);
ISCARD_API LONG WINAPI SCardStatusW(SCARDHANDLE hCard, LPWSTR mszReaderNames, LPDWORD pcchReaderLen,
                                    LPDWORD pdwState, LPDWORD pdwProtocol, LPBYTE pbAtr, LPDWORD pcbAtrLen)
    ISCARD_SYMBOL(SCardStatusW);
ISCARD_API LONG WINAPI SCardTransmit(SCARDHANDLE hCard, LPCSCARD_IO_REQUEST pioSendPci, LPCBYTE pbSendBuffer,
                                     DWORD cbSendLength, LPSCARD_IO_REQUEST pioRecvPci, LPBYTE pbRecvBuffer,
                                     LPDWORD pcbRecvLength) ISCARD_SYMBOL(SCardTransmit);
ISCARD_API LONG WINAPI SCardGetAttrib(SCARDHANDLE hCard, DWORD dwAttrId, LPBYTE pbAttr, LPDWORD pcbAttrLen)
    ISCARD_SYMBOL(SCardGetAttrib);

#ifdef UNICODE
#define SCardListReaders SCardListReadersW
#define SCardConnect     SCardConnectW
#define SCardStatus      SCardStatusW
#else
#define SCardListReaders SCardListReadersA
#define SCardConnect     SCardConnectA
#define SCardStatus      SCardStatusA
#endif

ISCARD_EXTERN_C_END

#endif
