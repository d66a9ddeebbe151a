/*
 * safearray.c - arrays that know their bounds and the type of their elements.
 *
 * In memory: a head with the type, the SAFEARRAY with its bounds, the last dimension first, as the published
 * layout has them. The elements are an allocation of their own; the first dimension varies fastest.
 */

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define COBJMACROS
#include <oleauto.h>

#include "com/variant.h"

#define HEAD     16u /* before the SAFEARRAY; the type is its last four bytes */
#define DATA_MAX 0x7FFFFFFFu
#define LOCK_MAX 0xFFFFu

/* 0: no type of element. */
static size_t element_size(VARTYPE vt)
{
        if (vt == VT_VARIANT)
                return sizeof(VARIANT);
        return vt == VT_DECIMAL ? sizeof(DECIMAL) : variant_size(vt);
}

static USHORT features_of(VARTYPE vt)
{
        USHORT kind = vt == VT_BSTR       ? FADF_BSTR
                      : vt == VT_UNKNOWN  ? FADF_UNKNOWN
                      : vt == VT_DISPATCH ? FADF_DISPATCH
                      : vt == VT_VARIANT  ? FADF_VARIANT
                                          : 0;

        return FADF_HAVEVARTYPE | kind;
}

/* What holds for a copy, too. */
#define COPIED ((USHORT)(FADF_HAVEVARTYPE | FADF_BSTR | FADF_UNKNOWN | FADF_DISPATCH | FADF_VARIANT))

static void *block_of(const SAFEARRAY *array)
{
        return (uint8_t *)(uintptr_t)array - HEAD;
}

static VARTYPE type_of(const SAFEARRAY *array)
{
        uint32_t vt = 0;

        if ((array->fFeatures & FADF_HAVEVARTYPE) != 0)
                memcpy(&vt, (const uint8_t *)array - sizeof(vt), sizeof(vt));
        return (VARTYPE)vt;
}

/* How many elements; false: more bytes than an array may have. */
static bool count_elements(const SAFEARRAYBOUND *bounds, unsigned dims, size_t size, size_t *count)
{
        uint64_t product = 1;

        for (unsigned i = 0; i < dims; i++) {
                product *= bounds[i].cElements;
                if (product * size > DATA_MAX)
                        return false;
        }
        *count = (size_t)product;
        return true;
}

static size_t element_count(const SAFEARRAY *array)
{
        size_t count = 0;

        (void)count_elements(array->rgsabound, array->cDims, array->cbElements, &count);
        return count;
}

/* Elements of size bytes; vt 0: of no type that the array tells. */
static SAFEARRAY *create(VARTYPE vt, USHORT features, size_t size, UINT dims, const SAFEARRAYBOUND *bounds)
{
        uint32_t type = vt;
        SAFEARRAY *array;
        size_t count = 0;
        uint8_t *block;

        if (size == 0 || dims == 0 || dims > UINT16_MAX || bounds == NULL ||
            !count_elements(bounds, dims, size, &count))
                return NULL;
        block = calloc(1, HEAD + sizeof(*array) + (dims - 1) * sizeof(*bounds));
        if (block == NULL)
                return NULL;
        memcpy(block + HEAD - sizeof(type), &type, sizeof(type));
        array = (SAFEARRAY *)(void *)(block + HEAD);
        array->cDims = (USHORT)dims;
        array->fFeatures = features;
        array->cbElements = (ULONG)size;
        for (unsigned i = 0; i < dims; i++)
                array->rgsabound[dims - 1 - i] = bounds[i];
        array->pvData = calloc(count != 0 ? count : 1, size);
        if (array->pvData == NULL) {
                free(block);
                return NULL;
        }
        return array;
}

SAFEARRAY *WINAPI SafeArrayCreate(VARTYPE vt, UINT cDims, SAFEARRAYBOUND *rgsabound)
{
        return create(vt, features_of(vt), element_size(vt), cDims, rgsabound);
}

SAFEARRAY *WINAPI SafeArrayCreateVector(VARTYPE vt, LONG lLbound, ULONG cElements)
{
        SAFEARRAYBOUND bound = {.cElements = cElements, .lLbound = lLbound};

        return SafeArrayCreate(vt, 1, &bound);
}

/* ---- elements */

static void element_release(const SAFEARRAY *array, void *element)
{
        if ((array->fFeatures & FADF_BSTR) != 0) {
                SysFreeString(*(BSTR *)element);
        } else if ((array->fFeatures & FADF_UNKNOWN) != 0) {
                IUnknown *object = *(IUnknown **)element;

                if (object != NULL)
                        IUnknown_Release(object);
        } else if ((array->fFeatures & FADF_DISPATCH) != 0) {
                IDispatch *object = *(IDispatch **)element;

                if (object != NULL)
                        IDispatch_Release(object);
        } else if ((array->fFeatures & FADF_VARIANT) != 0) {
                variant_release(element);
        }
}

/* from to to, which held nothing, as an owner. */
static HRESULT element_copy(const SAFEARRAY *array, void *to, const void *from)
{
        VARIANT made;
        HRESULT hr;

        if ((array->fFeatures & FADF_VARIANT) != 0) {
                VariantInit(to);
                return VariantCopy(to, from);
        }
        if ((array->fFeatures & (FADF_BSTR | FADF_UNKNOWN | FADF_DISPATCH)) == 0) {
                memcpy(to, from, array->cbElements);
                return S_OK;
        }
        VariantInit(&made);
        made.vt = (array->fFeatures & FADF_BSTR) != 0      ? VT_BSTR
                  : (array->fFeatures & FADF_UNKNOWN) != 0 ? VT_UNKNOWN
                                                           : VT_DISPATCH;
        memcpy(&made.byref, from, sizeof(made.byref));
        hr = variant_own(&made);
        if (SUCCEEDED(hr))
                memcpy(to, &made.byref, sizeof(made.byref));
        return hr;
}

static uint8_t *element_at(const SAFEARRAY *array, size_t index)
{
        return (uint8_t *)array->pvData + index * array->cbElements;
}

static void array_empty(SAFEARRAY *array)
{
        size_t count = array->pvData != NULL ? element_count(array) : 0;

        for (size_t i = 0; i < count; i++)
                element_release(array, element_at(array, i));
        if (count != 0)
                memset(array->pvData, 0, count * array->cbElements);
}

static void array_free(SAFEARRAY *array)
{
        array_empty(array);
        free(array->pvData);
        free(block_of(array));
}

HRESULT WINAPI SafeArrayDestroy(SAFEARRAY *psa)
{
        if (psa == NULL)
                return S_OK;
        if (psa->cLocks != 0)
                return DISP_E_ARRAYISLOCKED;
        /* One that a program made itself lies where it put it. */
        if ((psa->fFeatures & (FADF_AUTO | FADF_STATIC | FADF_EMBEDDED)) != 0)
                array_empty(psa);
        else
                array_free(psa);
        return S_OK;
}

/* Whether there is what the descriptor speaks of: a program may have made it. */
static bool is_whole(const SAFEARRAY *array)
{
        size_t size = array->cbElements;

        if (size == 0 || array->cDims == 0 || (array->pvData == NULL && element_count(array) != 0))
                return false;
        if ((array->fFeatures & FADF_VARIANT) != 0)
                return size == sizeof(VARIANT);
        return (array->fFeatures & (FADF_BSTR | FADF_UNKNOWN | FADF_DISPATCH)) == 0 || size == sizeof(void *);
}

HRESULT WINAPI SafeArrayCopy(SAFEARRAY *psa, SAFEARRAY **ppsaOut)
{
        SAFEARRAY *copy;
        size_t count;

        if (ppsaOut == NULL)
                return E_INVALIDARG;
        *ppsaOut = NULL;
        if (psa == NULL)
                return S_OK;
        if (!is_whole(psa))
                return E_INVALIDARG;
        /* One that a program made itself need not have a type, and lies where it put it: the copy is ours. */
        copy = create(type_of(psa), psa->fFeatures & COPIED, psa->cbElements, psa->cDims, psa->rgsabound);
        if (copy == NULL)
                return E_OUTOFMEMORY;
        memcpy(copy->rgsabound, psa->rgsabound, psa->cDims * sizeof(psa->rgsabound[0]));
        count = element_count(psa);
        for (size_t i = 0; i < count; i++) {
                HRESULT hr = element_copy(psa, element_at(copy, i), element_at(psa, i));

                if (FAILED(hr)) {
                        array_free(copy);
                        return hr;
                }
        }
        *ppsaOut = copy;
        return S_OK;
}

/* ---- access */

HRESULT WINAPI SafeArrayLock(SAFEARRAY *psa)
{
        if (psa == NULL)
                return E_INVALIDARG;
        if (psa->cLocks == LOCK_MAX)
                return E_UNEXPECTED;
        psa->cLocks++;
        return S_OK;
}

HRESULT WINAPI SafeArrayUnlock(SAFEARRAY *psa)
{
        if (psa == NULL)
                return E_INVALIDARG;
        if (psa->cLocks == 0)
                return E_UNEXPECTED;
        psa->cLocks--;
        return S_OK;
}

HRESULT WINAPI SafeArrayAccessData(SAFEARRAY *psa, void **ppvData)
{
        HRESULT hr;

        if (psa == NULL || ppvData == NULL)
                return E_INVALIDARG;
        hr = SafeArrayLock(psa);
        *ppvData = SUCCEEDED(hr) ? psa->pvData : NULL;
        return hr;
}

HRESULT WINAPI SafeArrayUnaccessData(SAFEARRAY *psa)
{
        return SafeArrayUnlock(psa);
}

UINT WINAPI SafeArrayGetDim(SAFEARRAY *psa)
{
        return psa != NULL ? psa->cDims : 0;
}

UINT WINAPI SafeArrayGetElemsize(SAFEARRAY *psa)
{
        return psa != NULL ? psa->cbElements : 0;
}

HRESULT WINAPI SafeArrayGetLBound(SAFEARRAY *psa, UINT nDim, LONG *plLbound)
{
        if (psa == NULL || plLbound == NULL)
                return E_INVALIDARG;
        if (nDim == 0 || nDim > psa->cDims)
                return DISP_E_BADINDEX;
        *plLbound = psa->rgsabound[psa->cDims - nDim].lLbound;
        return S_OK;
}

HRESULT WINAPI SafeArrayGetUBound(SAFEARRAY *psa, UINT nDim, LONG *plUbound)
{
        const SAFEARRAYBOUND *bound;

        if (psa == NULL || plUbound == NULL)
                return E_INVALIDARG;
        if (nDim == 0 || nDim > psa->cDims)
                return DISP_E_BADINDEX;
        bound = &psa->rgsabound[psa->cDims - nDim];
        *plUbound = (LONG)((int64_t)bound->lLbound + bound->cElements - 1);
        return S_OK;
}

HRESULT WINAPI SafeArrayGetVartype(SAFEARRAY *psa, VARTYPE *pvt)
{
        if (psa == NULL || pvt == NULL)
                return E_INVALIDARG;
        *pvt = type_of(psa);
        return *pvt != VT_EMPTY ? S_OK : E_INVALIDARG;
}

HRESULT WINAPI SafeArrayPtrOfIndex(SAFEARRAY *psa, LONG *rgIndices, void **ppvData)
{
        size_t index = 0, step = 1;

        if (psa == NULL || rgIndices == NULL || ppvData == NULL)
                return E_INVALIDARG;
        *ppvData = NULL;
        for (unsigned i = 0; i < psa->cDims; i++) {
                const SAFEARRAYBOUND *bound = &psa->rgsabound[psa->cDims - 1u - i];
                int64_t offset = (int64_t)rgIndices[i] - bound->lLbound;

                if (offset < 0 || offset >= bound->cElements)
                        return DISP_E_BADINDEX;
                index += (size_t)offset * step;
                step *= bound->cElements;
        }
        *ppvData = element_at(psa, index);
        return S_OK;
}

HRESULT WINAPI SafeArrayGetElement(SAFEARRAY *psa, LONG *rgIndices, void *pv)
{
        void *element = NULL;
        HRESULT hr;

        if (pv == NULL)
                return E_INVALIDARG;
        hr = SafeArrayPtrOfIndex(psa, rgIndices, &element);
        return SUCCEEDED(hr) ? element_copy(psa, pv, element) : hr;
}

HRESULT WINAPI SafeArrayPutElement(SAFEARRAY *psa, LONG *rgIndices, void *pv)
{
        /* What has an owner is copied first, so that nothing changes where that fails. */
        union {
                VARIANT variant;
                void *pointer;
        } made;
        void *element = NULL;
        HRESULT hr = SafeArrayPtrOfIndex(psa, rgIndices, &element);

        if (FAILED(hr))
                return hr;
        if ((psa->fFeatures & (FADF_BSTR | FADF_UNKNOWN | FADF_DISPATCH)) != 0) {
                hr = element_copy(psa, &made, &pv); /* the BSTR or the interface itself */
        } else if (pv == NULL) {
                return E_INVALIDARG;
        } else if ((psa->fFeatures & FADF_VARIANT) != 0) {
                hr = element_copy(psa, &made, pv);
        } else {
                memmove(element, pv, psa->cbElements);
                return S_OK;
        }
        if (FAILED(hr))
                return hr;
        element_release(psa, element);
        memcpy(element, &made, psa->cbElements);
        return S_OK;
}
