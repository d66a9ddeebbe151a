/*
 * Every function of <objbase.h> and <oleauto.h> with each allocation failing in turn: tests/support/heap_steps.h.
 * Where it returns a pointer, NULL stands for E_OUTOFMEMORY. tests/oom/functions checks that none is missing here.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <oleauto.h>
#include <scardcom.h>
#include <scardcom_xp.h>

#include "tests/support/fake_winscard.h"
#include "tests/support/heap_steps.h"

static struct {
        BSTR text;        /* "text" */
        VARIANT variant;  /* of it */
        SAFEARRAY *array; /* of it, twice */
        void *block;      /* CoTaskMemAlloc, 16 bytes of 5A */
        IErrorInfo *error;
        IByteBuffer *buffer;
} f;

static HRESULT released(HRESULT hr, void *made)
{
        IUnknown *object = made;

        if (FAILED(hr))
                assert_null(made);
        else
                object->lpVtbl->Release(object);
        return hr;
}

static HRESULT text_of(HRESULT hr, BSTR text)
{
        assert_int_equal(text == NULL, FAILED(hr));
        SysFreeString(text);
        return hr;
}

/* ---- functions: BSTR */

static HRESULT made_text(BSTR text)
{
        SysFreeString(text);
        return text != NULL ? S_OK : E_OUTOFMEMORY;
}

static HRESULT run_SysAllocString(void)
{
        BSTR text;

        HEAP_CALLED(text, SysAllocString(u"text"));
        return made_text(text);
}

static HRESULT run_SysAllocStringLen(void)
{
        BSTR text;

        HEAP_CALLED(text, SysAllocStringLen(u"text", 4));
        return made_text(text);
}

static HRESULT run_SysAllocStringByteLen(void)
{
        BSTR text;

        HEAP_CALLED(text, SysAllocStringByteLen("text", 4));
        return made_text(text);
}

static HRESULT run_SysReAllocString(void)
{
        BSTR before = f.text;
        INT done;

        HEAP_CALLED(done, SysReAllocString(&f.text, u"text"));
        if (!done)
                assert_ptr_equal(f.text, before);
        return done ? S_OK : E_OUTOFMEMORY;
}

static HRESULT run_SysReAllocStringLen(void)
{
        BSTR before = f.text;
        INT done;

        HEAP_CALLED(done, SysReAllocStringLen(&f.text, u"text", 4));
        if (!done)
                assert_ptr_equal(f.text, before);
        return done ? S_OK : E_OUTOFMEMORY;
}

static HRESULT run_text_readers(void) /* SysStringLen, SysStringByteLen, SysFreeString */
{
        BSTR text = SysAllocString(u"text");
        UINT len, bytes;
        int done;

        HEAP_CALLED(len, SysStringLen(text));
        HEAP_CALLED(bytes, SysStringByteLen(text));
        HEAP_CALLED(done, (SysFreeString(text), 1));
        assert_true(len == 4 && bytes == 8 && done);
        return S_OK;
}

/* ---- VARIANT */

static HRESULT copied(HRESULT hr, VARIANT *copy)
{
        if (FAILED(hr)) /* what it held before */
                assert_true(copy->vt == VT_I4 && copy->lVal == 7);
        assert_int_equal(VariantClear(copy), S_OK);
        return hr;
}

static HRESULT run_VariantCopy(void)
{
        VARIANT copy = {.vt = VT_I4, .lVal = 7};
        HRESULT hr;

        HEAP_CALLED(hr, VariantCopy(&copy, &f.variant));
        return copied(hr, &copy);
}

static HRESULT run_VariantCopy_array(void)
{
        VARIANT from = {.vt = VT_ARRAY | VT_BSTR, .parray = f.array}, copy = {.vt = VT_I4, .lVal = 7};
        HRESULT hr;

        HEAP_CALLED(hr, VariantCopy(&copy, &from));
        return copied(hr, &copy);
}

static HRESULT run_VariantCopyInd(void)
{
        VARIANT from = {.vt = VT_BYREF | VT_BSTR, .pbstrVal = &f.text}, copy = {.vt = VT_I4, .lVal = 7};
        HRESULT hr;

        HEAP_CALLED(hr, VariantCopyInd(&copy, &from));
        return copied(hr, &copy);
}

static HRESULT run_VariantChangeType(void)
{
        VARIANT from = {.vt = VT_R8, .dblVal = 1.5}, to = {.vt = VT_I4, .lVal = 7};
        HRESULT hr;

        HEAP_CALLED(hr, VariantChangeType(&to, &from, 0, VT_BSTR));
        return copied(hr, &to);
}

static HRESULT run_VariantChangeType_in_place(void)
{
        VARIANT value = {.vt = VT_I4, .lVal = 7};
        HRESULT hr;

        HEAP_CALLED(hr, VariantChangeType(&value, &value, 0, VT_BSTR));
        return copied(hr, &value);
}

static HRESULT run_variant_others(void) /* VariantInit, VariantClear */
{
        VARIANT value;
        HRESULT hr;
        int done;

        HEAP_CALLED(done, (VariantInit(&value), 1));
        assert_true(done);
        HEAP_CALLED(hr, VariantClear(&value));
        return hr;
}

/* ---- SAFEARRAY */

static HRESULT made_array(SAFEARRAY *array)
{
        HRESULT hr = array != NULL ? S_OK : E_OUTOFMEMORY;

        assert_int_equal(SafeArrayDestroy(array), S_OK);
        return hr;
}

static HRESULT run_SafeArrayCreate(void)
{
        SAFEARRAYBOUND bounds[2] = {{3, 0}, {2, 1}};
        SAFEARRAY *array;

        HEAP_CALLED(array, SafeArrayCreate(VT_I4, 2, bounds));
        return made_array(array);
}

static HRESULT run_SafeArrayCreateVector(void)
{
        SAFEARRAY *array;

        HEAP_CALLED(array, SafeArrayCreateVector(VT_BSTR, 0, 4));
        return made_array(array);
}

static HRESULT run_SafeArrayCopy(void)
{
        SAFEARRAY *copy = (SAFEARRAY *)&f;
        HRESULT hr;

        HEAP_CALLED(hr, SafeArrayCopy(f.array, &copy));
        if (FAILED(hr)) {
                assert_null(copy);
                return hr;
        }
        return made_array(copy);
}

static HRESULT run_SafeArrayGetElement(void)
{
        LONG index = 1;
        BSTR text = NULL;
        HRESULT hr;

        HEAP_CALLED(hr, SafeArrayGetElement(f.array, &index, &text));
        return text_of(hr, text);
}

static HRESULT run_SafeArrayPutElement(void)
{
        LONG index = 1;
        HRESULT hr;

        HEAP_CALLED(hr, SafeArrayPutElement(f.array, &index, f.text));
        return hr;
}

/* SafeArrayAccessData, SafeArrayUnaccessData, SafeArrayLock, SafeArrayUnlock, SafeArrayGetDim,
 * SafeArrayGetElemsize, SafeArrayGetLBound, SafeArrayGetUBound, SafeArrayGetVartype, SafeArrayPtrOfIndex,
 * SafeArrayDestroy */
static HRESULT run_array_readers(void)
{
        SAFEARRAY *array = SafeArrayCreateVector(VT_UI1, 0, 4);
        LONG low, high, index = 0;
        HRESULT results[9];
        UINT dim, size;
        VARTYPE vt;
        void *data;

        HEAP_CALLED(results[0], SafeArrayAccessData(array, &data));
        HEAP_CALLED(results[1], SafeArrayUnaccessData(array));
        HEAP_CALLED(results[2], SafeArrayLock(array));
        HEAP_CALLED(results[3], SafeArrayUnlock(array));
        HEAP_CALLED(results[4], SafeArrayGetLBound(array, 1, &low));
        HEAP_CALLED(results[5], SafeArrayGetUBound(array, 1, &high));
        HEAP_CALLED(results[6], SafeArrayGetVartype(array, &vt));
        HEAP_CALLED(results[7], SafeArrayPtrOfIndex(array, &index, &data));
        HEAP_CALLED(dim, SafeArrayGetDim(array));
        HEAP_CALLED(size, SafeArrayGetElemsize(array));
        HEAP_CALLED(results[8], SafeArrayDestroy(array));
        assert_true(dim == 1 && size == 1);
        for (unsigned i = 0; i < 9; i++)
                assert_int_equal(results[i], S_OK);
        return S_OK;
}

/* ---- the error object of the thread */

static HRESULT run_GetErrorInfo(void)
{
        IErrorInfo *info = (IErrorInfo *)&f;
        HRESULT hr;

        assert_int_equal(f.buffer->lpVtbl->SetSize(f.buffer, -1), E_INVALIDARG);
        HEAP_CALLED(hr, GetErrorInfo(0, &info));
        if (SUCCEEDED(hr))
                return released(hr, info);
        assert_null(info);
        assert_int_equal(GetErrorInfo(0, &info), S_OK); /* it is still there */
        info->lpVtbl->Release(info);
        return hr;
}

static HRESULT run_SetErrorInfo(void)
{
        HRESULT hr;

        HEAP_CALLED(hr, SetErrorInfo(0, f.error));
        (void)SetErrorInfo(0, NULL);
        return hr;
}

static HRESULT run_CreateErrorInfo(void)
{
        ICreateErrorInfo *made = (ICreateErrorInfo *)&f;
        HRESULT hr;

        HEAP_CALLED(hr, CreateErrorInfo(&made));
        return released(hr, made);
}

/* ---- classes */

static HRESULT run_CoCreateInstance(void)
{
        void *made = &f;
        HRESULT hr;

        HEAP_CALLED(
            hr, CoCreateInstance(&CLSID_SCardManage, NULL, CLSCTX_INPROC_SERVER, &IID_ISCardManageXP, &made));
        return released(hr, made);
}

static HRESULT run_CoCreateInstance_buffer(void)
{
        void *made = &f;
        HRESULT hr;

        HEAP_CALLED(hr,
                    CoCreateInstance(&CLSID_ByteBuffer, NULL, CLSCTX_INPROC_SERVER, &IID_IUnknown, &made));
        return released(hr, made);
}

static HRESULT run_CoGetClassObject(void)
{
        void *made = &f;
        HRESULT hr;

        HEAP_CALLED(
            hr, CoGetClassObject(&CLSID_ByteBuffer, CLSCTX_INPROC_SERVER, NULL, &IID_IClassFactory, &made));
        return released(hr, made);
}

static HRESULT run_DllGetClassObject(void)
{
        void *made = &f;
        HRESULT hr;

        HEAP_CALLED(hr, DllGetClassObject(&CLSID_SCardManage, &IID_IClassFactory, &made));
        return released(hr, made);
}

static HRESULT run_apartment(void) /* CoInitialize, CoInitializeEx, CoUninitialize, DllCanUnloadNow */
{
        HRESULT hr;
        int done;

        HEAP_CALLED(hr, CoInitialize(NULL));
        assert_int_equal(hr, S_FALSE);
        HEAP_CALLED(hr, CoInitializeEx(NULL, COINIT_APARTMENTTHREADED));
        assert_int_equal(hr, S_FALSE);
        HEAP_CALLED(done, (CoUninitialize(), CoUninitialize(), 1));
        assert_true(done);
        HEAP_CALLED(hr, DllCanUnloadNow());
        assert_int_equal(hr, S_FALSE);
        return S_OK;
}

/* ---- identifiers, and memory */

static HRESULT task_text(HRESULT hr, LPOLESTR text)
{
        assert_int_equal(text == NULL, FAILED(hr));
        CoTaskMemFree(text);
        return hr;
}

static HRESULT run_ProgIDFromCLSID(void)
{
        LPOLESTR text = (LPOLESTR)&f;
        HRESULT hr;

        HEAP_CALLED(hr, ProgIDFromCLSID(&CLSID_SCardManage, &text));
        return task_text(hr, text);
}

static HRESULT run_StringFromCLSID(void)
{
        LPOLESTR text = (LPOLESTR)&f;
        HRESULT hr;

        HEAP_CALLED(hr, StringFromCLSID(&CLSID_SCardManage, &text));
        return task_text(hr, text);
}

static HRESULT run_StringFromIID(void)
{
        LPOLESTR text = (LPOLESTR)&f;
        HRESULT hr;

        HEAP_CALLED(hr, StringFromIID(&IID_IUnknown, &text));
        return task_text(hr, text);
}

static HRESULT run_identifiers(void) /* CLSIDFromProgID, CLSIDFromString, IIDFromString, StringFromGUID2 */
{
        OLECHAR text[39];
        HRESULT hr;
        GUID guid;
        int len;

        HEAP_CALLED(hr, CLSIDFromProgID(u"SCardCOM.SCardManage", &guid));
        assert_int_equal(hr, S_OK);
        HEAP_CALLED(hr, CLSIDFromString(u"SCardCOM.SCardManage.1", &guid));
        assert_int_equal(hr, S_OK);
        HEAP_CALLED(len, StringFromGUID2(&guid, text, 39));
        assert_int_equal(len, 39);
        HEAP_CALLED(hr, IIDFromString(text, &guid));
        return hr;
}

static HRESULT run_CoTaskMemAlloc(void)
{
        void *block;

        HEAP_CALLED(block, CoTaskMemAlloc(16));
        CoTaskMemFree(block);
        return block != NULL ? S_OK : E_OUTOFMEMORY;
}

static HRESULT run_CoTaskMemRealloc(void)
{
        void *block;

        HEAP_CALLED(block, CoTaskMemRealloc(f.block, 16));
        if (block == NULL)
                return E_OUTOFMEMORY; /* the old block stays: look() reads it */
        f.block = block;
        return S_OK;
}

static HRESULT run_CoTaskMemFree(void)
{
        void *block = CoTaskMemAlloc(16);
        int done;

        HEAP_CALLED(done, (CoTaskMemFree(block), 1));
        return done ? S_OK : E_FAIL;
}

/* ---- the table */

#define FUNCTION(name, allocates)                                                                            \
        {                                                                                                    \
#name, run_##name, allocates, 0                                                              \
        }

static const struct heap_step function_steps[] = {
    FUNCTION(SysAllocString, true),
    FUNCTION(SysAllocStringLen, true),
    FUNCTION(SysAllocStringByteLen, true),
    FUNCTION(SysReAllocString, true),
    FUNCTION(SysReAllocStringLen, true),
    FUNCTION(text_readers, false),
    FUNCTION(VariantCopy, true),
    FUNCTION(VariantCopy_array, true),
    FUNCTION(VariantCopyInd, true),
    FUNCTION(VariantChangeType, true),
    FUNCTION(VariantChangeType_in_place, true),
    FUNCTION(variant_others, false),
    FUNCTION(SafeArrayCreate, true),
    FUNCTION(SafeArrayCreateVector, true),
    FUNCTION(SafeArrayCopy, true),
    FUNCTION(SafeArrayGetElement, true),
    FUNCTION(SafeArrayPutElement, true),
    FUNCTION(array_readers, false),
    FUNCTION(GetErrorInfo, true),
    FUNCTION(SetErrorInfo, false),
    FUNCTION(CreateErrorInfo, true),
    FUNCTION(CoCreateInstance, true),
    FUNCTION(CoCreateInstance_buffer, true),
    FUNCTION(CoGetClassObject, true),
    FUNCTION(DllGetClassObject, true),
    FUNCTION(apartment, false),
    FUNCTION(ProgIDFromCLSID, true),
    FUNCTION(StringFromCLSID, true),
    FUNCTION(StringFromIID, true),
    FUNCTION(identifiers, false),
    FUNCTION(CoTaskMemAlloc, true),
    FUNCTION(CoTaskMemRealloc, true),
    FUNCTION(CoTaskMemFree, false),
};

/* ---- the scene */

struct snapshot {
        OLECHAR text[8], array[2][8];
        BYTE block[16];
};

static void look_at_text(BSTR text, OLECHAR seen[8])
{
        assert_true(SysStringLen(text) < 8);
        memcpy(seen, text, SysStringByteLen(text));
}

static size_t look(void *at)
{
        struct snapshot *seen = at;

        look_at_text(f.text, seen->text);
        look_at_text(((BSTR *)f.array->pvData)[0], seen->array[0]);
        look_at_text(((BSTR *)f.array->pvData)[1], seen->array[1]);
        memcpy(seen->block, f.block, sizeof(seen->block));
        return sizeof(*seen);
}

static void set_up(void)
{
        ICreateErrorInfo *create = NULL;

        memset(&f, 0, sizeof(f));
        f.text = SysAllocString(u"text");
        f.variant = (VARIANT){.vt = VT_BSTR, .bstrVal = f.text};
        f.array = SafeArrayCreateVector(VT_BSTR, 0, 2);
        for (LONG i = 0; i < 2; i++)
                assert_int_equal(SafeArrayPutElement(f.array, &i, f.text), S_OK);
        f.block = CoTaskMemAlloc(16);
        assert_non_null(f.block);
        memset(f.block, 0x5A, 16);
        assert_int_equal(CreateErrorInfo(&create), S_OK);
        assert_int_equal(create->lpVtbl->QueryInterface(create, &IID_IErrorInfo, (void **)&f.error), S_OK);
        create->lpVtbl->Release(create);
        f.buffer = buffer_of("abcd");
}

static void tear_down(void)
{
        SysFreeString(f.text);
        assert_int_equal(SafeArrayDestroy(f.array), S_OK);
        CoTaskMemFree(f.block);
        (void)SetErrorInfo(0, NULL);
        assert_int_equal(f.error->lpVtbl->Release(f.error), 0);
        assert_int_equal(f.buffer->lpVtbl->Release(f.buffer), 0);
}

static void every_function_of_the_headers(void **state)
{
        static const struct heap_scene scene = {set_up, tear_down, look};
        struct heap_count counted = {0};

        (void)state;
        heap_run_steps("", function_steps, sizeof(function_steps) / sizeof(function_steps[0]), &scene, NULL,
                       &counted);
        print_message("%u functions, %u allocations failed\n", counted.steps, counted.allocations);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(every_function_of_the_headers),
        };
        int failed;

        if (FAILED(CoInitialize(NULL)))
                return EXIT_FAILURE;
        failed = cmocka_run_group_tests(tests, NULL, NULL);
        CoUninitialize();
        return failed;
}
