/*
 * hresult.h - the one table of the COM edge: SCARD_ codes to HRESULTs; and the names of HRESULTs.
 */
#ifndef ISCARD_COM_HRESULT_H
#define ISCARD_COM_HRESULT_H

#include <stdbool.h>

#include <objbase.h>
#include <scarderr.h>

/*
 * What a method returns for a code of the engine or of the card services: SCARD_E_NO_MEMORY is E_OUTOFMEMORY,
 * SCARD_E_INVALID_PARAMETER is E_INVALIDARG, every other SCARD_ code is a HRESULT already. A value that is no
 * SCARD_ code (another winscard stands behind the table) is logged; it never becomes a success.
 */
HRESULT hresult_from_scard(LONG code);

/* The value of a name of winerror.h or scarderr.h, any case; false, *hr S_OK: there is none. NULL: none. */
bool hresult_from_name(const char *name, HRESULT *hr);
/* "E_INVALIDARG", "SCARD_W_WRONG_CHV"; NULL for a value that has no name here. */
const char *hresult_name(HRESULT hr);
/* Its meaning in a few words; NULL likewise. */
const char *hresult_text(HRESULT hr);

#endif
