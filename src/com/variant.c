/*
 * variant.c - what a VARIANT owns: initialising, clearing, copying. Conversions are in convert.c.
 */

#include <stdbool.h>
#include <string.h>

#define COBJMACROS
#include <oleauto.h>

#include "com/variant.h"

#define MODIFIERS (VT_ARRAY | VT_BYREF | VT_VECTOR | VT_RESERVED)

/* Types a VARIANT may have, apart from arrays. */
static bool is_simple(VARTYPE vt)
{
        return vt <= VT_DECIMAL || (vt >= VT_I1 && vt <= VT_UINT);
}

/* S_OK where a VARIANT of this type can be cleared and copied. */
static HRESULT check_type(VARTYPE vt)
{
        VARTYPE base = vt & VT_TYPEMASK;

        if ((vt & (VT_VECTOR | VT_RESERVED)) != 0)
                return DISP_E_BADVARTYPE;
        if ((vt & VT_ARRAY) != 0)
                return base > VT_NULL && is_simple(base) ? S_OK : DISP_E_BADVARTYPE;
        if ((vt & VT_BYREF) != 0) /* owns nothing; nothing to point at for EMPTY and NULL */
                return base > VT_NULL && (is_simple(base) || base == VT_RECORD) ? S_OK : DISP_E_BADVARTYPE;
        if (base == VT_VARIANT)
                return DISP_E_BADVARTYPE;
        return is_simple(base) ? S_OK : DISP_E_BADVARTYPE;
}

/* Whether variant can be given up. */
static HRESULT check_clear(const VARIANT *variant)
{
        HRESULT hr = check_type(variant->vt);

        if (SUCCEEDED(hr) && (variant->vt & (VT_ARRAY | VT_BYREF)) == VT_ARRAY && variant->parray != NULL &&
            variant->parray->cLocks != 0)
                return DISP_E_ARRAYISLOCKED;
        return hr;
}

void WINAPI VariantInit(VARIANTARG *pvarg)
{
        if (pvarg != NULL)
                memset(pvarg, 0, sizeof(*pvarg));
}

HRESULT WINAPI VariantClear(VARIANTARG *pvarg)
{
        HRESULT hr;

        if (pvarg == NULL)
                return E_INVALIDARG;
        hr = check_clear(pvarg);
        if (FAILED(hr))
                return hr;
        variant_release(pvarg);
        return S_OK;
}

void variant_release(VARIANT *variant)
{
        VARIANT old = *variant;

        /* Empty before Release: what runs in there may look at this VARIANT again. */
        VariantInit(variant);
        if (old.vt == VT_BSTR)
                SysFreeString(old.bstrVal);
        else if (old.vt == VT_UNKNOWN && old.punkVal != NULL)
                IUnknown_Release(old.punkVal);
        else if (old.vt == VT_DISPATCH && old.pdispVal != NULL)
                IDispatch_Release(old.pdispVal);
        else if ((old.vt & (VT_ARRAY | VT_BYREF)) == VT_ARRAY && old.parray != NULL)
                (void)SafeArrayDestroy(old.parray); /* a locked one stays: its holder would lose it */
}

HRESULT variant_own(VARIANT *variant)
{
        BSTR copy;

        if (variant->vt == VT_BSTR && variant->bstrVal != NULL) {
                /* By bytes: an odd length, and NULs, stay. */
                copy = SysAllocStringByteLen((LPCSTR)variant->bstrVal, SysStringByteLen(variant->bstrVal));
                if (copy == NULL)
                        return E_OUTOFMEMORY;
                variant->bstrVal = copy;
        } else if (variant->vt == VT_UNKNOWN && variant->punkVal != NULL) {
                IUnknown_AddRef(variant->punkVal);
        } else if (variant->vt == VT_DISPATCH && variant->pdispVal != NULL) {
                IDispatch_AddRef(variant->pdispVal);
        } else if ((variant->vt & (VT_ARRAY | VT_BYREF)) == VT_ARRAY && variant->parray != NULL) {
                SAFEARRAY *array = variant->parray;

                return SafeArrayCopy(array, &variant->parray);
        }
        return S_OK;
}

size_t variant_size(VARTYPE vt)
{
        static const uint8_t sizes[] = {
            [VT_I2] = 2,
            [VT_I4] = 4,
            [VT_R4] = 4,
            [VT_R8] = 8,
            [VT_CY] = 8,
            [VT_DATE] = 8,
            [VT_BSTR] = sizeof(BSTR),
            [VT_DISPATCH] = sizeof(IDispatch *),
            [VT_ERROR] = 4,
            [VT_BOOL] = 2,
            [VT_UNKNOWN] = sizeof(IUnknown *),
            [VT_I1] = 1,
            [VT_UI1] = 1,
            [VT_UI2] = 2,
            [VT_UI4] = 4,
            [VT_I8] = 8,
            [VT_UI8] = 8,
            [VT_INT] = 4,
            [VT_UINT] = 4,
        };

        return vt < sizeof(sizes) / sizeof(sizes[0]) ? sizes[vt] : 0;
}

/* The value of type base that a VT_BYREF points at; not owned. */
static void read_reference(VARTYPE base, const void *from, VARIANT *view)
{
        VariantInit(view);
        if (base == VT_DECIMAL)
                memcpy(&view->decVal, from, sizeof(view->decVal)); /* the type overlays its first member */
        else
                memcpy(&view->llVal, from, variant_size(base));
        view->vt = base;
}

HRESULT variant_look_through(const VARIANT *variant, VARIANT *view)
{
        VARTYPE base = variant->vt & VT_TYPEMASK;
        HRESULT hr = check_type(variant->vt);

        if (FAILED(hr))
                return hr;
        if ((variant->vt & VT_BYREF) == 0) {
                *view = *variant;
                return S_OK;
        }
        if (variant->byref == NULL)
                return E_INVALIDARG;
        if ((variant->vt & VT_ARRAY) != 0) {
                VariantInit(view);
                view->vt = variant->vt & (VARTYPE)~VT_BYREF;
                view->parray = *variant->pparray;
                return S_OK;
        }
        if (base == VT_VARIANT) {
                const VARIANT *inner = variant->pvarVal;

                /* One step: a reference to a reference to a VARIANT could go on for ever. */
                if (inner->vt == (VT_VARIANT | VT_BYREF))
                        return E_INVALIDARG;
                return variant_look_through(inner, view);
        }
        if (base == VT_RECORD)
                return DISP_E_BADVARTYPE;
        read_reference(base, variant->byref, view);
        return S_OK;
}

/* dest, whose type was checked, takes what made owns. */
static void replace(VARIANT *dest, const VARIANT *made)
{
        VARIANT old = *dest;

        *dest = *made;
        variant_release(&old);
}

HRESULT WINAPI VariantCopy(VARIANTARG *pvargDest, const VARIANTARG *pvargSrc)
{
        VARIANT made;
        HRESULT hr;

        if (pvargDest == NULL || pvargSrc == NULL)
                return E_INVALIDARG;
        if (pvargDest == pvargSrc)
                return S_OK;
        hr = check_type(pvargSrc->vt);
        if (SUCCEEDED(hr))
                hr = check_clear(pvargDest);
        if (FAILED(hr))
                return hr;
        made = *pvargSrc;
        hr = variant_own(&made);
        if (SUCCEEDED(hr))
                replace(pvargDest, &made);
        return hr;
}

HRESULT WINAPI VariantCopyInd(VARIANT *pvarDest, const VARIANTARG *pvargSrc)
{
        VARIANT made;
        HRESULT hr;

        if (pvarDest == NULL || pvargSrc == NULL)
                return E_INVALIDARG;
        if ((pvargSrc->vt & VT_BYREF) == 0)
                return VariantCopy(pvarDest, pvargSrc);
        hr = variant_look_through(pvargSrc, &made);
        if (SUCCEEDED(hr))
                hr = check_clear(pvarDest);
        if (SUCCEEDED(hr))
                hr = variant_own(&made);
        if (SUCCEEDED(hr))
                replace(pvarDest, &made);
        return hr;
}

HRESULT WINAPI VariantChangeType(VARIANTARG *pvargDest, const VARIANTARG *pvarSrc, USHORT wFlags, VARTYPE vt)
{
        VARIANT view, made;
        HRESULT hr;

        if (pvargDest == NULL || pvarSrc == NULL)
                return E_INVALIDARG;
        hr = check_clear(pvargDest);
        if (SUCCEEDED(hr))
                hr = variant_look_through(pvarSrc, &view);
        if (SUCCEEDED(hr))
                hr = variant_convert(&view, wFlags, vt, &made);
        if (SUCCEEDED(hr))
                replace(pvargDest, &made);
        return hr;
}
