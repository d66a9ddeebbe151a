/*
 * variant.h - parts of the VARIANT functions of <oleauto.h>.
 */
#ifndef ISCARD_COM_VARIANT_H
#define ISCARD_COM_VARIANT_H

#include <stddef.h>

#include <oleauto.h>

/* Frees what a VARIANT of a type that can be cleared owns; it is VT_EMPTY afterwards. */
void variant_release(VARIANT *variant);
/* Bytes of a value of a type that VT_BYREF may refer to, apart from VT_DECIMAL and VT_VARIANT; 0: no such type. */
size_t variant_size(VARTYPE vt);
/* A bitwise copy becomes an owner: copies the BSTR or array, counts the reference. E_OUTOFMEMORY: nothing changed. */
HRESULT variant_own(VARIANT *variant);
/*
 * What variant says, through VT_BYREF, and through VT_VARIANT | VT_BYREF once: *view owns nothing and is good
 * as long as variant. E_INVALIDARG: a NULL reference, or a chain of them; DISP_E_BADVARTYPE.
 */
HRESULT variant_look_through(const VARIANT *variant, VARIANT *view);
/*
 * The value of view, which is no reference, as type vt; *made is an owner. The codes of VariantChangeType;
 * *made is VT_EMPTY after a failure.
 */
HRESULT variant_convert(const VARIANT *view, USHORT flags, VARTYPE vt, VARIANT *made);

#endif
