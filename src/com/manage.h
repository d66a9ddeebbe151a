/*
 * manage.h - class SCardManage: ISCardManage over an attachment.
 */
#ifndef ISCARD_COM_MANAGE_H
#define ISCARD_COM_MANAGE_H

#include <scardcom.h>

#include "core/card/winscard_api.h"

/* A new object, not attached, on the engine of this library. E_NOINTERFACE, E_OUTOFMEMORY, E_POINTER; *out is
 * NULL then. */
HRESULT manage_create(REFIID riid, void **out);
/* The same on other card functions, which the object and those made from it keep. */
HRESULT manage_create_on(const struct winscard_api *api, REFIID riid, void **out);

#endif
