/*
 * elements.h - arrays of VARIANTs, the only ones that VBScript makes and looks into, from and to arrays of other
 * types.
 */
#ifndef ISCARD_COM_ELEMENTS_H
#define ISCARD_COM_ELEMENTS_H

#include <stddef.h>
#include <stdint.h>

#include <oleauto.h>

/* Each element as a number from 0 to 255. DISP_E_TYPEMISMATCH, DISP_E_OVERFLOW: bytes is filled in part. */
HRESULT elements_to_bytes(const VARIANT *elements, uint8_t *bytes, size_t len);
/*
 * The array of one dimension that variant owns becomes one of VARIANTs with the same values. E_OUTOFMEMORY: variant
 * is as it was.
 */
HRESULT elements_to_variants(VARIANT *variant);

#endif
