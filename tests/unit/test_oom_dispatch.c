/*
 * Late-bound calls with unusual arguments, and each allocation failing in turn: E_OUTOFMEMORY, from Invoke itself or
 * in the EXCEPINFO; nothing leaks, and the same call works when it is repeated. Every method with usual ones:
 * test_oom_methods.c
 *
 * The linker leads the allocating functions of the library to tests/support/heap.c (tests/oom/oom.mk).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <oleauto.h>

#include "com/elements.h"
#include "com/manage.h"
#include "tests/support/fake_winscard.h"
#include "tests/support/heap_steps.h"

static IDispatch *manage;
static IByteBuffer *buffer;
static SAFEARRAY *array, *variants, *replaced;

static VARIANT i4(LONG value)
{
        return (VARIANT){.vt = VT_I4, .lVal = value};
}

/* The calls, with arguments last one first, as Invoke takes them. */
static struct late_call {
        const char *name;
        IDispatch **object;
        DISPID id;
        WORD flags;
        unsigned count;
        VARIANTARG args[4];
} calls[10];
static unsigned calls_len;

static VARIANT variable; /* for outputs that do not become the result */

static int set_up(void **state)
{
        const VARIANT missing = {.vt = VT_ERROR, .scode = DISP_E_PARAMNOTFOUND};
        const VARIANT content = {.vt = VT_ARRAY | VT_UI1,
                                 .parray = array = SafeArrayCreateVector(VT_UI1, 0, 4)};
        const VARIANT numbers = {.vt = VT_ARRAY | VT_VARIANT,
                                 .parray = variants = SafeArrayCreateVector(VT_VARIANT, 0, 4)};
        const VARIANT into_variants = {.vt = VT_BYREF | VT_ARRAY | VT_VARIANT, .pparray = &replaced};
        const VARIANT into = {.vt = VT_BYREF | VT_VARIANT, .pvarVal = &variable};
        const VARIANT name = {.vt = VT_BSTR, .bstrVal = SysAllocString(u"SCardVerify")};

        (void)state;
        fake_winscard_reset();
        assert_int_equal(manage_create_on(&fake_api, &IID_IDispatch, (void **)&manage), S_OK);
        buffer = buffer_of("1234");
        struct late_call all[] = {
            {"CreateCHVerification", &manage, 5, DISPATCH_METHOD, 0, {{.vt = VT_EMPTY}}},
            {"CreateCHVerification by variable", &manage, 5, DISPATCH_METHOD, 1, {into}},
            {"CreateInterface", &manage, 11, DISPATCH_METHOD, 2, {name, missing}},
            {"Initialize", (IDispatch **)(void *)&buffer, 4, DISPATCH_METHOD, 2, {content, i4(4)}},
            {"Initialize from VARIANTs",
             (IDispatch **)(void *)&buffer,
             4,
             DISPATCH_METHOD,
             2,
             {numbers, i4(4)}},
            {"Stat into VARIANTs",
             (IDispatch **)(void *)&buffer,
             10,
             DISPATCH_METHOD,
             2,
             {i4(0), into_variants}},
            {"Seek", (IDispatch **)(void *)&buffer, 8, DISPATCH_METHOD, 2, {i4(0), i4(0)}},
            {"Read", (IDispatch **)(void *)&buffer, 6, DISPATCH_METHOD, 2, {i4(0), missing}},
            {"CopyTo", (IDispatch **)(void *)&buffer, 3, DISPATCH_METHOD, 2, {i4(4), missing}},
            {"Stat", (IDispatch **)(void *)&buffer, 10, DISPATCH_METHOD, 2, {i4(0), into}},
        };
        calls_len = sizeof(all) / sizeof(all[0]);
        memcpy(calls, all, sizeof(all));
        return 0;
}

static int tear_down(void **state)
{
        (void)state;
        (void)VariantClear(&calls[2].args[0]);
        (void)SafeArrayDestroy(array);
        (void)SafeArrayDestroy(variants);
        (void)SafeArrayDestroy(replaced);
        replaced = NULL;
        (void)SetErrorInfo(0, NULL);
        assert_int_equal(buffer->lpVtbl->Release(buffer), 0);
        assert_int_equal(manage->lpVtbl->Release(manage), 0);
        return 0;
}

/* S_OK, or E_OUTOFMEMORY from wherever it came. */
static HRESULT invoke(struct late_call *late)
{
        DISPPARAMS params = {.rgvarg = late->args, .cArgs = late->count};
        IDispatch *object = *late->object;
        EXCEPINFO exception;
        VARIANT result;
        HRESULT hr;

        hr = object->lpVtbl->Invoke(object, late->id, &IID_NULL, 0, late->flags, &params, &result, &exception,
                                    NULL);
        (void)VariantClear(&result);
        (void)VariantClear(&variable);
        SysFreeString(exception.bstrSource);
        SysFreeString(exception.bstrDescription);
        return hr == DISP_E_EXCEPTION ? exception.scode : hr;
}

static void every_allocation_of_a_late_bound_call_may_fail(void **state)
{
        long failed = 0;

        (void)state;
        for (unsigned c = 0; c < calls_len; c++) {
                long before, n;

                assert_int_equal(invoke(&calls[c]), S_OK);
                before = heap_live();
                for (n = 1;; n++) {
                        HRESULT hr;

                        heap_start(n);
                        HEAP_CALLED(hr, invoke(&calls[c]));
                        if (!heap_failed()) {
                                assert_int_equal(hr, S_OK);
                                break;
                        }
                        if (hr != E_OUTOFMEMORY)
                                fail_msg("%s, allocation %ld: 0x%08X", calls[c].name, n, (unsigned)hr);
                        failed++;
                        assert_int_equal(heap_live(), before);
                        assert_int_equal(invoke(&calls[c]), S_OK);
                        assert_int_equal(heap_live(), before);
                }
        }
        print_message("%ld allocations of %u late-bound calls failed in turn\n", failed, calls_len);
        assert_true(failed > 10);
}

static void an_error_object_may_be_asked_for_again(void **state)
{
        IErrorInfo *info = NULL;
        long before = heap_live(), n;

        (void)state;
        assert_int_equal(buffer->lpVtbl->SetSize(buffer, -1), E_INVALIDARG);
        assert_int_equal(heap_live(), before); /* noting a failure takes no memory */
        for (n = 1; info == NULL; n++) {
                HRESULT hr;

                heap_start(n);
                HEAP_CALLED(hr, GetErrorInfo(0, &info));
                assert_int_equal(hr, info != NULL ? S_OK : E_OUTOFMEMORY);
                if (info == NULL)
                        assert_int_equal(heap_live(), before);
        }
        assert_true(n > 3);
        assert_int_equal(info->lpVtbl->Release(info), 0);
        assert_int_equal(heap_live(), before);
}

static void arrays_are_copied_whole_or_not_at_all(void **state)
{
        SAFEARRAY *texts = SafeArrayCreateVector(VT_BSTR, 0, 3), *copy = NULL;
        long before, n;

        (void)state;
        for (LONG i = 0; i < 3; i++) {
                BSTR text = SysAllocString(u"3F00");

                assert_int_equal(SafeArrayPutElement(texts, &i, text), S_OK);
                SysFreeString(text);
        }
        before = heap_live();
        for (n = 1; copy == NULL; n++) {
                HRESULT hr;

                heap_start(n);
                HEAP_CALLED(hr, SafeArrayCopy(texts, &copy));
                assert_int_equal(hr, copy != NULL ? S_OK : E_OUTOFMEMORY);
                if (copy == NULL)
                        assert_int_equal(heap_live(), before);
        }
        assert_true(n > 5);
        assert_int_equal(SafeArrayDestroy(copy), S_OK);
        VARIANT owner = {.vt = VT_ARRAY | VT_BSTR, .parray = texts};
        before = heap_live();
        for (n = 1; owner.vt == (VT_ARRAY | VT_BSTR); n++) {
                HRESULT hr;

                heap_start(n);
                HEAP_CALLED(hr, elements_to_variants(&owner));
                assert_int_equal(hr, owner.vt == (VT_ARRAY | VT_VARIANT) ? S_OK : E_OUTOFMEMORY);
                assert_int_equal(heap_live(), before); /* as many texts and arrays as before */
        }
        assert_true(n > 5);
        assert_int_equal(((VARIANT *)owner.parray->pvData)[2].vt, VT_BSTR);
        assert_int_equal(SysStringLen(((VARIANT *)owner.parray->pvData)[2].bstrVal), 4);
        assert_int_equal(VariantClear(&owner), S_OK);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test_setup_teardown(every_allocation_of_a_late_bound_call_may_fail, set_up,
                                            tear_down),
            cmocka_unit_test_setup_teardown(an_error_object_may_be_asked_for_again, set_up, tear_down),
            cmocka_unit_test_setup_teardown(arrays_are_copied_whole_or_not_at_all, set_up, tear_down),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
