/*
 * fileaccess.h - the files of a card: ISCardFileAccess, both forms, over an attachment.
 */
#ifndef ISCARD_COM_FILEACCESS_H
#define ISCARD_COM_FILEACCESS_H

#include <scardcom.h>

#include "com/attachment.h"

/*
 * Shares the attachment and keeps it alive. profile: the card profile by name, for this object; NULL: as the card
 * says. E_NOINTERFACE, E_OUTOFMEMORY, E_POINTER; *out is NULL then.
 */
HRESULT fileaccess_create(struct attachment *attachment, const char *profile, REFIID riid, void **out);

/* As verify_last. */
void fileaccess_last(ISCardFileAccess *iface, struct card_last *last);

#endif
