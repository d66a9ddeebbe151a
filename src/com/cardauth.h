/*
 * cardauth.h - challenge and response: ISCardAuth, both forms, over an attachment.
 */
#ifndef ISCARD_COM_CARDAUTH_H
#define ISCARD_COM_CARDAUTH_H

#include <scardcom.h>

#include "com/attachment.h"

/*
 * Shares the attachment and keeps it alive. profile: the card profile by name, for this object; NULL: as the card
 * says. E_NOINTERFACE, E_OUTOFMEMORY, E_POINTER; *out is NULL then.
 */
HRESULT cardauth_create(struct attachment *attachment, const char *profile, REFIID riid, void **out);

/* As verify_last. */
void cardauth_last(ISCardAuth *iface, struct card_last *last);

#endif
