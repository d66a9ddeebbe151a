/*
 * winscard_api.h - the functions of winscard.h as one table. src/com and src/core/card reach the engine
 * through it and through nothing else, so that another winscard can stand in.
 */
#ifndef ISCARD_CARD_WINSCARD_API_H
#define ISCARD_CARD_WINSCARD_API_H

#include "winscard.h"

/* Each member is the function of winscard.h of that name, with its contract. */
struct winscard_api {
        LONG (*EstablishContext)(DWORD scope, LPCVOID reserved1, LPCVOID reserved2, LPSCARDCONTEXT context);
        LONG (*ReleaseContext)(SCARDCONTEXT context);
        LONG (*IsValidContext)(SCARDCONTEXT context);
        LONG (*ListReaders)(SCARDCONTEXT context, LPCSTR groups, LPSTR readers, LPDWORD readers_len);
        LONG(*Connect)
        (SCARDCONTEXT context, LPCSTR reader, DWORD share_mode, DWORD protocols, LPSCARDHANDLE card,
         LPDWORD active_protocol);
        LONG(*Reconnect)
        (SCARDHANDLE card, DWORD share_mode, DWORD protocols, DWORD initialization, LPDWORD active_protocol);
        LONG (*Disconnect)(SCARDHANDLE card, DWORD disposition);
        LONG (*BeginTransaction)(SCARDHANDLE card);
        LONG (*EndTransaction)(SCARDHANDLE card, DWORD disposition);
        LONG(*Status)
        (SCARDHANDLE card, LPSTR readers, LPDWORD readers_len, LPDWORD state, LPDWORD protocol, LPBYTE atr,
         LPDWORD atr_len);
        LONG(*Transmit)
        (SCARDHANDLE card, LPCSCARD_IO_REQUEST send_pci, LPCBYTE command, DWORD command_len,
         LPSCARD_IO_REQUEST recv_pci, LPBYTE response, LPDWORD response_len);
        LONG(*Control)
        (SCARDHANDLE card, DWORD code, LPCVOID in, DWORD in_len, LPVOID out, DWORD out_len, LPDWORD returned);
        LONG (*GetAttrib)(SCARDHANDLE card, DWORD attribute, LPBYTE value, LPDWORD value_len);
};

/* The engine of this library. */
extern const struct winscard_api winscard_api_engine;

#endif
