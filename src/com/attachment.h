/*
 * attachment.h - what a manager is attached to, shared by the objects made from it: the context, the
 * connection while there is one, the locks taken on it, the card, the codes kept for Unblock.
 *
 * Thread-safe. No mutex is held over a call that may wait for another connection's transaction, except the
 * one that keeps two card commands of this attachment apart; so SCardLock, Verify or Reconnect waiting in one
 * thread never keeps SCardUnlock, Status or Detach in another from returning. Reconnect waits for the use of the card
 * that is under way, whose transaction it would end.
 */
#ifndef ISCARD_COM_ATTACHMENT_H
#define ISCARD_COM_ATTACHMENT_H

#include <stdbool.h>
#include <stddef.h>

#include <objbase.h>

#include "core/card/chv.h"
#include "core/card/winscard_api.h"

struct attachment;
struct session; /* one connection, from attach to detach */
struct unblock_store;

/* Not attached, one reference. api is kept. E_OUTOFMEMORY: *out is NULL. */
HRESULT attachment_create(const struct winscard_api *api, struct attachment **out);
struct attachment *attachment_ref(struct attachment *attachment);
/* The last one detaches and releases the context. NULL: nothing. */
void attachment_unref(struct attachment *attachment);

/*
 * The methods of ISCardManage on an attachment, as interfaces.md describes them; arguments were checked,
 * apart from the handle's being live. "Not attached" is SCARD_E_INVALID_HANDLE.
 */
/* E_INVALIDARG: no live handle. E_UNEXPECTED: attached, and stays so. Sends nothing to the card. */
HRESULT attachment_attach_handle(struct attachment *attachment, SCARDHANDLE handle);
/* reader: UTF-8. Blocks while the card is powered. */
HRESULT attachment_attach_reader(struct attachment *attachment, const char *reader, DWORD share_mode);
bool attachment_attached(struct attachment *attachment);
HRESULT attachment_detach(struct attachment *attachment);
HRESULT attachment_reconnect(struct attachment *attachment);
/* SCARD_ABSENT to SCARD_SPECIFIC; SCARD_PROTOCOL_T0, _T1 or _UNDEFINED. 0 on failure. */
HRESULT attachment_status(struct attachment *attachment, DWORD *state, DWORD *protocol);
HRESULT attachment_lock(struct attachment *attachment);
HRESULT attachment_unlock(struct attachment *attachment, DWORD disposition);

/* The reader's name (UTF-8), "" where nothing is attached or nobody told; cut at room. */
void attachment_reader(struct attachment *attachment, char *name, size_t room);

/* Lives as long as the attachment. Detach wipes it. */
struct unblock_store *attachment_unblock_store(struct attachment *attachment);

/*
 * The card, for one call of the card services: other uses wait until attachment_card_end. card is NULL when
 * begin failed, and end need not be called then. On S_OK the attachment may end meanwhile in another thread:
 * the card services then get SCARD_E_INVALID_HANDLE from the engine.
 *   profile   the card profile by name; NULL: as the card says. One that does not exist counts as NULL
 */
struct attachment_use {
        struct card *card;
        struct session *session;
        unsigned number; /* of the connection: after Detach and another attach it is another */
};
HRESULT attachment_card_begin(struct attachment *attachment, const char *profile, struct attachment_use *use);
void attachment_card_end(struct attachment_use *use);
/*
 * The end of a use whose card service returned status: what a failure is known by is noted for the error object
 * (errorinfo.h). Returns the HRESULT.
 */
HRESULT attachment_card_done(struct attachment_use *use, LONG status);
/* What is known of the last card command; empty (no command, tries -1) where nothing is: not attached. Waits as begin. */
void attachment_last(struct attachment *attachment, struct card_last *last);
/*
 * Ends every verified state of the card in use: the profile's log-out command or, where it has none, a warm
 * reset that this attachment has acknowledged. A lock that the object holds is taken again after the reset,
 * which ends it. SCARD_ codes; a condition that only Reconnect acknowledges is returned, not cleared.
 */
LONG attachment_card_log_out(struct attachment_use *use);

#endif
