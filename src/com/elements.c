/* elements.c - see elements.h */
#include <string.h>

#include "com/variant.h"

#include "com/elements.h"

HRESULT elements_to_bytes(const VARIANT *elements, uint8_t *bytes, size_t len)
{
        for (size_t i = 0; i < len; i++) {
                VARIANT view, made;
                HRESULT hr = variant_look_through(&elements[i], &view);

                if (FAILED(hr))
                        return DISP_E_TYPEMISMATCH;
                hr = variant_convert(&view, 0, VT_UI1, &made);
                if (FAILED(hr))
                        return hr;
                bytes[i] = made.bVal;
        }
        return S_OK;
}

HRESULT elements_to_variants(VARIANT *variant)
{
        SAFEARRAY *from = variant->parray;
        VARTYPE vt = variant->vt & VT_TYPEMASK;
        size_t count = from != NULL ? from->rgsabound[0].cElements : 0;
        SAFEARRAY *array = SafeArrayCreateVector(VT_VARIANT, 0, (ULONG)count);
        HRESULT hr = array != NULL ? S_OK : E_OUTOFMEMORY;

        for (size_t i = 0; SUCCEEDED(hr) && i < count; i++) {
                VARIANT *element = (VARIANT *)array->pvData + i;

                memcpy(&element->byref, (const uint8_t *)from->pvData + i * from->cbElements,
                       from->cbElements);
                element->vt = vt;
                hr = variant_own(element);
                if (FAILED(hr))
                        VariantInit(element); /* what it shows is from's */
        }
        if (FAILED(hr)) {
                (void)SafeArrayDestroy(array);
                return hr;
        }
        variant_release(variant);
        variant->vt = VT_ARRAY | VT_VARIANT;
        variant->parray = array;
        return S_OK;
}
