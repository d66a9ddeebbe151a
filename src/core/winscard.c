/*
 * The functions of winscard.h: plain arguments are checked and outputs cleared here, handles looked up, and
 * the work is done by context.c, connection.c, transaction.c, exchange.c, attribute.c and control.c.
 */
#include <stdlib.h>
#include <string.h>

#include "winscard.h"

#include "core/apdu.h"
#include "core/attribute.h"
#include "core/change.h"
#include "core/connection.h"
#include "core/context.h"
#include "core/control.h"
#include "core/exchange.h"
#include "core/handles.h"
#include "core/output.h"
#include "core/registry.h"
#include "core/text.h"
#include "core/transaction.h"

#define PROTOCOLS_KNOWN (SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1)

const SCARD_IO_REQUEST iscard_g_rgSCardT0Pci = {SCARD_PROTOCOL_T0, sizeof(SCARD_IO_REQUEST)};
const SCARD_IO_REQUEST iscard_g_rgSCardT1Pci = {SCARD_PROTOCOL_T1, sizeof(SCARD_IO_REQUEST)};
const SCARD_IO_REQUEST iscard_g_rgSCardRawPci = {SCARD_PROTOCOL_RAW, sizeof(SCARD_IO_REQUEST)};

static struct context *context_of(SCARDCONTEXT handle, LONG *status)
{
        return handle_acquire(handle, HANDLE_CONTEXT, status);
}

/* A call on a handle begins, and ends. */
static struct connection *connection_of(SCARDHANDLE handle, LONG *status)
{
        struct connection *conn = handle_acquire(handle, HANDLE_CARD, status);

        if (conn != NULL)
                connection_enter(conn);
        return conn;
}

static void connection_done(struct connection *conn)
{
        uintptr_t handle = conn->handle;

        connection_exit(conn);
        handle_release(handle);
}

/* ---- contexts */

LONG WINAPI SCardEstablishContext(DWORD dwScope, LPCVOID pvReserved1, LPCVOID pvReserved2,
                                  LPSCARDCONTEXT phContext)
{
        (void)pvReserved1;
        (void)pvReserved2;
        if (phContext == NULL)
                return SCARD_E_INVALID_PARAMETER;
        *phContext = 0;
        if (dwScope > SCARD_SCOPE_SYSTEM && dwScope != ISCARD_SCOPE_PCSCLITE)
                return SCARD_E_INVALID_VALUE;
        return context_establish(dwScope == ISCARD_SCOPE_PCSCLITE, phContext);
}

LONG WINAPI SCardReleaseContext(SCARDCONTEXT hContext)
{
        LONG status;
        struct context *context = context_of(hContext, &status);

        if (context == NULL)
                return status;
        status = context_release(context);
        handle_release(hContext);
        return status;
}

LONG WINAPI SCardIsValidContext(SCARDCONTEXT hContext)
{
        LONG status;

        if (context_of(hContext, &status) != NULL)
                handle_release(hContext);
        return status;
}

LONG WINAPI SCardCancel(SCARDCONTEXT hContext)
{
        LONG status;
        struct context *context = context_of(hContext, &status);

        if (context == NULL)
                return status;
        context_cancel(context);
        handle_release(hContext);
        return SCARD_S_SUCCESS;
}

LONG WINAPI SCardFreeMemory(SCARDCONTEXT hContext, LPCVOID pvMem)
{
        LONG status;
        struct context *context = context_of(hContext, &status);

        if (context == NULL)
                return status;
        if (!context_memory_free(context, pvMem))
                status = SCARD_E_INVALID_PARAMETER;
        handle_release(hContext);
        return status;
}

/* ---- the list of readers */

/* Every reader is in the two groups that Windows has from the start; there are no others. */
static bool group_has_readers(const char *group)
{
        return strcmp(group, "SCard$AllReaders") == 0 || strcmp(group, "SCard$DefaultReaders") == 0;
}

static bool groups_have_readers(LPCSTR groups)
{
        if (groups == NULL || groups[0] == '\0')
                return true;
        for (; groups[0] != '\0'; groups += strlen(groups) + 1) {
                if (group_has_readers(groups))
                        return true;
        }
        return false;
}

static bool groups_have_readers_w(LPCWSTR groups)
{
        char group[sizeof("SCard$DefaultReaders") + 4];

        if (groups == NULL || groups[0] == 0)
                return true;
        while (groups[0] != 0) {
                if (text_from_utf16(group, sizeof(group), groups) && group_has_readers(group))
                        return true;
                while (*groups++ != 0)
                        ;
        }
        return false;
}

/* The names and the empty one that ends a multi-string; the caller frees. */
static LONG names_of_readers(struct context *context, bool wanted, char **names, size_t *len)
{
        LONG status = SCARD_S_SUCCESS;
        uint64_t generation = 0;

        *names = NULL;
        *len = 0;
        if (wanted)
                status = registry_list(names, len, &generation);
        if (status == SCARD_S_SUCCESS && generation != 0)
                change_readers_seen(context, generation);
        if (status != SCARD_S_SUCCESS)
                return status;
        if (*len == 0)
                return SCARD_E_NO_READERS_AVAILABLE;
        *len += 1; /* registry_list leaves a NUL behind the last name */
        return SCARD_S_SUCCESS;
}

LONG WINAPI SCardListReadersA(SCARDCONTEXT hContext, LPCSTR mszGroups, LPSTR mszReaders, LPDWORD pcchReaders)
{
        LONG status;
        char *names;
        size_t len;

        if (pcchReaders == NULL)
                return SCARD_E_INVALID_PARAMETER;
        DWORD room = output_clear(mszReaders, pcchReaders);
        struct context *context = context_of(hContext, &status);

        if (context == NULL)
                return status;
        status = names_of_readers(context, groups_have_readers(mszGroups), &names, &len);
        if (status == SCARD_S_SUCCESS)
                status = output_give(context, mszReaders, pcchReaders, room, names, len, 1);
        free(names);
        handle_release(hContext);
        return status;
}

LONG WINAPI SCardListReadersW(SCARDCONTEXT hContext, LPCWSTR mszGroups, LPWSTR mszReaders,
                              LPDWORD pcchReaders)
{
        LONG status;
        char *names;
        size_t len;

        if (pcchReaders == NULL)
                return SCARD_E_INVALID_PARAMETER;
        DWORD room = output_clear(mszReaders, pcchReaders);
        struct context *context = context_of(hContext, &status);

        if (context == NULL)
                return status;
        status = names_of_readers(context, groups_have_readers_w(mszGroups), &names, &len);
        if (status == SCARD_S_SUCCESS)
                status = output_give_utf16(context, mszReaders, pcchReaders, room, names, len);
        free(names);
        handle_release(hContext);
        return status;
}

/* ---- connections */

static LONG share_check(DWORD mode, DWORD protocols)
{
        if (mode != SCARD_SHARE_SHARED && mode != SCARD_SHARE_EXCLUSIVE && mode != SCARD_SHARE_DIRECT)
                return SCARD_E_INVALID_VALUE;
        if (mode != SCARD_SHARE_DIRECT && (protocols & PROTOCOLS_KNOWN) == 0)
                return SCARD_E_INVALID_VALUE;
        return SCARD_S_SUCCESS;
}

static void connect_clear(LPSCARDHANDLE card, LPDWORD protocol)
{
        if (card != NULL)
                *card = 0;
        if (protocol != NULL)
                *protocol = SCARD_PROTOCOL_UNDEFINED;
}

static LONG connect_reader(SCARDCONTEXT context_handle, const char *reader, DWORD mode, DWORD protocols,
                           LPSCARDHANDLE card, LPDWORD active)
{
        LONG status;
        uint32_t protocol = SCARD_PROTOCOL_UNDEFINED;
        struct context *context = context_of(context_handle, &status);

        if (context == NULL)
                return status;
        status = share_check(mode, protocols);
        if (status == SCARD_S_SUCCESS)
                status = connection_open(context, reader, mode, protocols & PROTOCOLS_KNOWN, card, &protocol);
        if (status == SCARD_S_SUCCESS && active != NULL)
                *active = protocol;
        handle_release(context_handle);
        return status;
}

LONG WINAPI SCardConnectA(SCARDCONTEXT hContext, LPCSTR szReader, DWORD dwShareMode,
                          DWORD dwPreferredProtocols, LPSCARDHANDLE phCard, LPDWORD pdwActiveProtocol)
{
        connect_clear(phCard, pdwActiveProtocol);
        if (phCard == NULL || szReader == NULL)
                return SCARD_E_INVALID_PARAMETER;
        return connect_reader(hContext, szReader, dwShareMode, dwPreferredProtocols, phCard,
                              pdwActiveProtocol);
}

LONG WINAPI SCardConnectW(SCARDCONTEXT hContext, LPCWSTR szReader, DWORD dwShareMode,
                          DWORD dwPreferredProtocols, LPSCARDHANDLE phCard, LPDWORD pdwActiveProtocol)
{
        char reader[SLOT_NAME_MAX + 4];

        connect_clear(phCard, pdwActiveProtocol);
        if (phCard == NULL || szReader == NULL)
                return SCARD_E_INVALID_PARAMETER;
        /* A text that is too long or no UTF-16 is no reader's name: it comes back empty. */
        if (!text_from_utf16(reader, sizeof(reader), szReader))
                reader[0] = '\0';
        return connect_reader(hContext, reader, dwShareMode, dwPreferredProtocols, phCard, pdwActiveProtocol);
}

LONG WINAPI SCardReconnect(SCARDHANDLE hCard, DWORD dwShareMode, DWORD dwPreferredProtocols,
                           DWORD dwInitialization, LPDWORD pdwActiveProtocol)
{
        LONG status;
        uint32_t protocol = SCARD_PROTOCOL_UNDEFINED;

        if (pdwActiveProtocol != NULL)
                *pdwActiveProtocol = SCARD_PROTOCOL_UNDEFINED;
        struct connection *conn = connection_of(hCard, &status);

        if (conn == NULL)
                return status;
        status = share_check(dwShareMode, dwPreferredProtocols);
        if (dwInitialization > SCARD_UNPOWER_CARD)
                status = SCARD_E_INVALID_VALUE;
        if (status == SCARD_S_SUCCESS)
                status = connection_reconnect(conn, dwShareMode, dwPreferredProtocols & PROTOCOLS_KNOWN,
                                              dwInitialization, &protocol);
        if (status == SCARD_S_SUCCESS && pdwActiveProtocol != NULL)
                *pdwActiveProtocol = protocol;
        connection_done(conn);
        return status;
}

LONG WINAPI SCardDisconnect(SCARDHANDLE hCard, DWORD dwDisposition)
{
        LONG status;
        struct connection *conn = connection_of(hCard, &status);

        if (conn == NULL)
                return status;
        status =
            dwDisposition > SCARD_EJECT_CARD ? SCARD_E_INVALID_VALUE : connection_close(conn, dwDisposition);
        connection_done(conn);
        return status;
}

LONG WINAPI SCardBeginTransaction(SCARDHANDLE hCard)
{
        LONG status;
        struct connection *conn = connection_of(hCard, &status);

        if (conn == NULL)
                return status;
        status = transaction_begin(conn);
        connection_done(conn);
        return status;
}

LONG WINAPI SCardEndTransaction(SCARDHANDLE hCard, DWORD dwDisposition)
{
        LONG status;
        struct connection *conn = connection_of(hCard, &status);

        if (conn == NULL)
                return status;
        status =
            dwDisposition > SCARD_EJECT_CARD ? SCARD_E_INVALID_VALUE : transaction_end(conn, dwDisposition);
        connection_done(conn);
        return status;
}

LONG WINAPI SCardCancelTransaction(SCARDHANDLE hCard)
{
        LONG status;
        struct connection *conn = connection_of(hCard, &status);

        if (conn == NULL)
                return status;
        status = transaction_abandon(conn);
        connection_done(conn);
        return status;
}

/* ---- state and attributes */

/* What both forms of SCardStatus give besides the name. */
struct status_outputs {
        LPDWORD state, protocol, atr_len;
        LPBYTE atr;
        DWORD atr_room;
};

static void status_clear(struct status_outputs *out)
{
        if (out->state != NULL)
                *out->state = SCARD_UNKNOWN;
        if (out->protocol != NULL)
                *out->protocol = SCARD_PROTOCOL_UNDEFINED;
        out->atr_room = output_clear(out->atr, out->atr_len);
}

static LONG status_give(struct connection *conn, const struct status_outputs *out)
{
        struct connection_report report;
        LONG status = connection_report(conn, true, &report);

        if (status != SCARD_S_SUCCESS)
                return status;
        if (out->state != NULL)
                *out->state = report.state;
        if (out->protocol != NULL)
                *out->protocol = report.protocol;
        return output_give(conn->context, out->atr, out->atr_len, out->atr_room, report.atr, report.atr_len,
                           1);
}

/* Both lengths are told, whichever buffer is too short; after another failure no memory is left given out. */
static LONG status_worse(struct connection *conn, const struct status_outputs *out, LONG first, LONG second)
{
        bool failed = second != SCARD_S_SUCCESS && second != SCARD_E_INSUFFICIENT_BUFFER;

        if (failed && out->atr_room == SCARD_AUTOALLOCATE && out->atr != NULL && out->atr_len != NULL) {
                (void)context_memory_free(conn->context, *(void **)out->atr);
                *(void **)out->atr = NULL;
                *out->atr_len = 0;
        }
        return first != SCARD_S_SUCCESS && !failed ? first : second;
}

LONG WINAPI SCardStatusA(SCARDHANDLE hCard, LPSTR mszReaderNames, LPDWORD pcchReaderLen, LPDWORD pdwState,
                         LPDWORD pdwProtocol, LPBYTE pbAtr, LPDWORD pcbAtrLen)
{
        LONG status;
        struct status_outputs out = {pdwState, pdwProtocol, pcbAtrLen, pbAtr, 0};
        DWORD room = output_clear(mszReaderNames, pcchReaderLen);

        status_clear(&out);
        struct connection *conn = connection_of(hCard, &status);

        if (conn == NULL)
                return status;
        status = status_give(conn, &out);
        if (status == SCARD_S_SUCCESS || status == SCARD_E_INSUFFICIENT_BUFFER)
                /* slot_init zeroed what follows the name: the NUL that ends the multi-string is there */
                status = status_worse(conn, &out, status,
                                      output_give(conn->context, mszReaderNames, pcchReaderLen, room,
                                                  conn->slot->name, strlen(conn->slot->name) + 2, 1));
        connection_done(conn);
        return status;
}

LONG WINAPI SCardStatusW(SCARDHANDLE hCard, LPWSTR mszReaderNames, LPDWORD pcchReaderLen, LPDWORD pdwState,
                         LPDWORD pdwProtocol, LPBYTE pbAtr, LPDWORD pcbAtrLen)
{
        LONG status;
        struct status_outputs out = {pdwState, pdwProtocol, pcbAtrLen, pbAtr, 0};
        DWORD room = output_clear(mszReaderNames, pcchReaderLen);

        status_clear(&out);
        struct connection *conn = connection_of(hCard, &status);

        if (conn == NULL)
                return status;
        status = status_give(conn, &out);
        if (status == SCARD_S_SUCCESS || status == SCARD_E_INSUFFICIENT_BUFFER)
                status = status_worse(conn, &out, status,
                                      output_give_utf16(conn->context, mszReaderNames, pcchReaderLen, room,
                                                        conn->slot->name, strlen(conn->slot->name) + 2));
        connection_done(conn);
        return status;
}

LONG WINAPI SCardState(SCARDHANDLE hCard, LPDWORD pdwState, LPDWORD pdwProtocol, LPBYTE pbAtr,
                       LPDWORD pcbAtrLen)
{
        return SCardStatusA(hCard, NULL, NULL, pdwState, pdwProtocol, pbAtr, pcbAtrLen);
}

LONG WINAPI SCardSetAttrib(SCARDHANDLE hCard, DWORD dwAttrId, LPCBYTE pbAttr, DWORD cbAttrLen)
{
        LONG status;

        (void)dwAttrId;
        struct connection *conn = connection_of(hCard, &status);

        if (conn == NULL)
                return status;
        connection_done(conn);
        return pbAttr == NULL && cbAttrLen > 0 ? SCARD_E_INVALID_PARAMETER : SCARD_E_UNSUPPORTED_FEATURE;
}

LONG WINAPI SCardGetAttrib(SCARDHANDLE hCard, DWORD dwAttrId, LPBYTE pbAttr, LPDWORD pcbAttrLen)
{
        LONG status;
        uint8_t value[ATTRIBUTE_MAX];
        size_t len;

        if (pcbAttrLen == NULL)
                return SCARD_E_INVALID_PARAMETER;
        DWORD room = output_clear(pbAttr, pcbAttrLen);
        struct connection *conn = connection_of(hCard, &status);

        if (conn == NULL)
                return status;
        status = attribute_get(conn, dwAttrId, value, &len);
        if (status == SCARD_S_SUCCESS)
                status = output_give(conn->context, pbAttr, pcbAttrLen, room, value, len, 1);
        connection_done(conn);
        return status;
}

/* ---- commands */

/* lite: as in pcsc-lite, reader and card judge what is no APDU (exchange_t0 alone has to understand it). */
static LONG command_check(bool lite, LPCBYTE command, DWORD command_len)
{
        struct apdu apdu;

        if (lite && command != NULL && command_len >= 4)
                return SCARD_S_SUCCESS;
        return apdu_parse(&apdu, command, command_len);
}

static LONG transmit_check(LPCSCARD_IO_REQUEST send_pci, const SCARD_IO_REQUEST *recv_pci,
                           const BYTE *response, DWORD room)
{
        if (response == NULL || room == SCARD_AUTOALLOCATE)
                return SCARD_E_INVALID_PARAMETER;
        if (send_pci != NULL && send_pci->cbPciLength < sizeof(*send_pci))
                return SCARD_E_INVALID_PARAMETER;
        if (recv_pci != NULL && recv_pci->cbPciLength < sizeof(*recv_pci))
                return SCARD_E_PCI_TOO_SMALL;
        return SCARD_S_SUCCESS;
}

LONG WINAPI SCardTransmit(SCARDHANDLE hCard, LPCSCARD_IO_REQUEST pioSendPci, LPCBYTE pbSendBuffer,
                          DWORD cbSendLength, LPSCARD_IO_REQUEST pioRecvPci, LPBYTE pbRecvBuffer,
                          LPDWORD pcbRecvLength)
{
        LONG status;

        if (pcbRecvLength == NULL)
                return SCARD_E_INVALID_PARAMETER;
        size_t len = *pcbRecvLength;

        *pcbRecvLength = 0;
        struct connection *conn = connection_of(hCard, &status);

        if (conn == NULL)
                return status;
        uint32_t protocol = pioSendPci != NULL ? pioSendPci->dwProtocol : SCARD_PROTOCOL_UNDEFINED;

        /* Only no PCI at all stands for the active protocol, whichever it is; a PCI has to name it. */
        if (pioSendPci != NULL && protocol == SCARD_PROTOCOL_UNDEFINED)
                protocol = SCARD_PROTOCOL_DEFAULT;

        status = transmit_check(pioSendPci, pioRecvPci, pbRecvBuffer, (DWORD)len);
        if (status == SCARD_S_SUCCESS)
                status = command_check(conn->context->lite, pbSendBuffer, cbSendLength);
        if (status == SCARD_S_SUCCESS && len < 2) { /* no room for a status word: nothing is sent */
                status = SCARD_E_INSUFFICIENT_BUFFER;
                *pcbRecvLength = 2;
        } else if (status == SCARD_S_SUCCESS) {
                status = exchange_transmit(conn, &protocol, pbSendBuffer, cbSendLength, pbRecvBuffer, &len);
                *pcbRecvLength = (DWORD)len;
        }
        if (status == SCARD_S_SUCCESS && pioRecvPci != NULL) {
                pioRecvPci->dwProtocol = protocol;
                pioRecvPci->cbPciLength = sizeof(*pioRecvPci);
        }
        connection_done(conn);
        return status;
}

LONG WINAPI SCardControl(SCARDHANDLE hCard, DWORD dwControlCode, LPCVOID lpInBuffer, DWORD cbInBufferSize,
                         LPVOID lpOutBuffer, DWORD cbOutBufferSize, LPDWORD lpBytesReturned)
{
        LONG status;
        size_t len = cbOutBufferSize;

        if (lpBytesReturned == NULL)
                return SCARD_E_INVALID_PARAMETER;
        *lpBytesReturned = 0;
        struct connection *conn = connection_of(hCard, &status);

        if (conn == NULL)
                return status;
        if ((lpInBuffer == NULL && cbInBufferSize > 0) || (lpOutBuffer == NULL && cbOutBufferSize > 0)) {
                status = SCARD_E_INVALID_PARAMETER;
        } else {
                status = control_run(conn, dwControlCode, lpInBuffer, cbInBufferSize, lpOutBuffer, &len);
                *lpBytesReturned = (DWORD)len;
        }
        connection_done(conn);
        return status;
}
