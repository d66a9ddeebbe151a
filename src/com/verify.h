/*
 * verify.h - the card-holder verification object: ISCardVerify and ISCardUnblockData over an attachment.
 */
#ifndef ISCARD_COM_VERIFY_H
#define ISCARD_COM_VERIFY_H

#include <scardcom.h>

#include "com/attachment.h"

/*
 * Shares the attachment and keeps it alive. profile: the card profile by name, for this object; NULL: as the card
 * says. E_NOINTERFACE, E_OUTOFMEMORY, E_POINTER; *out is NULL then.
 */
HRESULT verify_create(struct attachment *attachment, const char *profile, REFIID riid, void **out);

/*
 * For the iscard command: what is known of the last card command that went through the attachment of an
 * object that verify_create made. Never holds a code. *last is empty (no command, tries -1) where nothing is
 * known: not attached. Waits for a card command that another thread has under way.
 */
void verify_last(ISCardVerify *iface, struct card_last *last);

#endif
