/* src/com/dispatch.c and marshal.c: late-bound calls of both forms over a winscard that the test plays. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <oleauto.h>
#include <scardcom.h>
#include <scardcom_xp.h>

#include "com/bytebuffer.h"
#include "com/dispatch.h"
#include "com/manage.h"
#include "com/object.h"
#include "tests/support/fake_winscard.h"

static IDispatch *manage, *verify;
static IByteBuffer *code;
static EXCEPINFO exception;
static UINT bad;
static VARIANT result;

#define NOT_SET 77u

static DISPID id_of(IDispatch *object, const OLECHAR *name)
{
        LPOLESTR names[] = {(LPOLESTR)(uintptr_t)name};
        DISPID id = DISPID_UNKNOWN;

        assert_int_equal(object->lpVtbl->GetIDsOfNames(object, &IID_NULL, names, 1, 0, &id), S_OK);
        return id;
}

/* args: the first argument first. What the last call left is freed. */
static HRESULT call_flags(IDispatch *object, DISPID id, WORD flags, unsigned count, const VARIANT *args)
{
        VARIANTARG reversed[8];
        DISPPARAMS params = {.rgvarg = reversed, .cArgs = count};

        for (unsigned i = 0; i < count; i++)
                reversed[count - 1 - i] = args[i];
        (void)VariantClear(&result);
        SysFreeString(exception.bstrSource);
        SysFreeString(exception.bstrDescription);
        bad = NOT_SET;
        return object->lpVtbl->Invoke(object, id, &IID_NULL, 0, flags, &params, &result, &exception, &bad);
}

#define call(object, name, ...)                                                                              \
        call_flags(object, id_of(object, name), DISPATCH_METHOD,                                             \
                   sizeof((const VARIANT[]){__VA_ARGS__}) / sizeof(VARIANT), (const VARIANT[]){__VA_ARGS__})
#define call_none(object, name) call_flags(object, id_of(object, name), DISPATCH_METHOD, 0, NULL)

static VARIANT i4(LONG value)
{
        return (VARIANT){.vt = VT_I4, .lVal = value};
}

static VARIANT text(const OLECHAR *value)
{
        return (VARIANT){.vt = VT_BSTR, .bstrVal = SysAllocString(value)};
}

static VARIANT object_of(void *object)
{
        return (VARIANT){.vt = VT_DISPATCH, .pdispVal = object};
}

static VARIANT missing(void)
{
        return (VARIANT){.vt = VT_ERROR, .scode = DISP_E_PARAMNOTFOUND};
}

static VARIANT by_ref(VARTYPE vt, void *to)
{
        return (VARIANT){.vt = VT_BYREF | vt, .byref = to};
}

static HRESULT attach(const OLECHAR *name)
{
        VARIANT reader = text(name);
        HRESULT hr = call(manage, u"AttachByIFD", reader);

        SysFreeString(reader.bstrVal);
        return hr;
}

static int set_up(void **state)
{
        (void)state;
        fake_winscard_reset();
        VariantInit(&result);
        memset(&exception, 0, sizeof(exception));
        assert_int_equal(manage_create_on(&fake_api, &IID_IDispatch, (void **)&manage), S_OK);
        assert_int_equal(attach(u"Reader"), S_OK);
        assert_int_equal(call_none(manage, u"CreateCHVerification"), S_OK);
        assert_int_equal(result.vt, VT_DISPATCH);
        verify = result.pdispVal;
        VariantInit(&result); /* transferred */
        code = buffer_of("1234");
        return 0;
}

static int tear_down(void **state)
{
        (void)state;
        (void)VariantClear(&result);
        SysFreeString(exception.bstrSource);
        SysFreeString(exception.bstrDescription);
        (void)SetErrorInfo(0, NULL);
        assert_int_equal(code->lpVtbl->Release(code), 0);
        assert_int_equal(verify->lpVtbl->Release(verify), 0);
        assert_int_equal(manage->lpVtbl->Release(manage), 0);
        assert_int_equal(object_count(), 0);
        return 0;
}

/* ---- names */

static void names_are_found_in_any_case_with_their_parameters(void **state)
{
        LPOLESTR names[] = {(LPOLESTR)u"VERIFY", (LPOLESTR)u"lref", (LPOLESTR)u"PCODE", (LPOLESTR)u"Flags"};
        DISPID ids[4];

        (void)state;
        assert_int_equal(verify->lpVtbl->GetIDsOfNames(verify, &IID_NULL, names, 4, 0, ids), S_OK);
        assert_int_equal(ids[0], 5);
        assert_int_equal(ids[1], 2);
        assert_int_equal(ids[2], 0);
        assert_int_equal(ids[3], 1);
        assert_int_equal(id_of(manage, u"createinterface"), 11);
        assert_int_equal(id_of(verify, u"Initialize"), 2); /* the deployed form's */
        assert_int_equal(id_of((IDispatch *)code, u"stream"), 0);
}

static void unknown_names_are_said_one_by_one(void **state)
{
        LPOLESTR names[] = {(LPOLESTR)u"Verify", (LPOLESTR)u"flags", (LPOLESTR)u"pCod"};
        DISPID ids[3];

        (void)state;
        assert_int_equal(verify->lpVtbl->GetIDsOfNames(verify, &IID_NULL, names, 3, 0, ids),
                         DISP_E_UNKNOWNNAME);
        assert_int_equal(ids[0], 5);
        assert_int_equal(ids[1], 1);
        assert_int_equal(ids[2], DISPID_UNKNOWN);
        names[0] = (LPOLESTR)u"Verif\u0131";
        assert_int_equal(verify->lpVtbl->GetIDsOfNames(verify, &IID_NULL, names, 1, 0, ids),
                         DISP_E_UNKNOWNNAME);
        assert_int_equal(verify->lpVtbl->GetIDsOfNames(verify, &IID_IUnknown, names, 1, 0, ids),
                         DISP_E_UNKNOWNINTERFACE);
        assert_int_equal(verify->lpVtbl->GetIDsOfNames(verify, &IID_NULL, NULL, 1, 0, ids), E_POINTER);
}

/* ---- calls */

static void both_forms_are_told_apart_on_one_pointer(void **state)
{
        LONG ref = 3;
        VARIANT reader = text(u"Reader");

        (void)state;
        assert_int_equal(call_none(manage, u"Detach"), S_OK);
        assert_int_equal(call(manage, u"AttachByIFD", reader, i4(EXCLUSIVE)), S_OK);
        assert_int_equal(fake.connect_mode, SCARD_SHARE_EXCLUSIVE);
        assert_int_equal(call_none(manage, u"Detach"), S_OK);
        assert_int_equal(call(manage, u"AttachByIFD", reader), S_OK);
        assert_int_equal(fake.connect_mode, SCARD_SHARE_SHARED);
        assert_int_equal(call(verify, u"Verify", object_of(code), i4(SC_FL_IHV_GLOBAL), i4(1)), S_OK);
        assert_int_equal(fake.apdu[0].bytes[3], 1);
        fake.apdus = 0;
        assert_int_equal(call(verify, u"Verify", object_of(code), i4(SC_FL_IHV_GLOBAL), by_ref(VT_I4, &ref)),
                         S_OK);
        assert_int_equal(fake.apdu[0].bytes[3], 3);
        assert_int_equal(ref, 3);
        assert_int_equal(call_none(verify, u"ResetSecurityState"), S_OK);
        assert_int_equal(call(verify, u"ResetSecurityState", i4(SC_FL_NO_FLAGS)), S_OK);
        SysFreeString(reader.bstrVal);
}

static void every_pointer_of_an_object_takes_both_forms(void **state)
{
        const IID *const iids[] = {&IID_IDispatch, &IID_ISCardVerify, &IID_ISCardVerifyXP};

        (void)state;
        for (size_t i = 0; i < 3; i++) {
                IDispatch *pointer = NULL;
                LONG ref = 1;

                assert_int_equal(verify->lpVtbl->QueryInterface(verify, iids[i], (void **)&pointer), S_OK);
                assert_int_equal(call(pointer, u"Verify", object_of(code), i4(0), i4(1)), S_OK);
                assert_int_equal(call(pointer, u"Verify", object_of(code), i4(0), by_ref(VT_I4, &ref)), S_OK);
                pointer->lpVtbl->Release(pointer);
        }
}

static void numbers_are_coerced(void **state)
{
        VARIANT word = text(u" 128 "), many = text(u"99999999999"), none = text(u"global");
        SHORT small = 1;

        (void)state;
        assert_int_equal(call(verify, u"Verify", object_of(code), word, (VARIANT){.vt = VT_UI1, .bVal = 1}),
                         S_OK);
        assert_int_equal(call(verify, u"Verify", object_of(code), (VARIANT){.vt = VT_R8, .dblVal = 128.4},
                              by_ref(VT_I2, &small)),
                         S_OK);
        assert_int_equal(
            call(verify, u"Verify", object_of(code), (VARIANT){.vt = VT_BOOL, .boolVal = 0}, i4(1)), S_OK);
        assert_int_equal(call(verify, u"Verify", object_of(code), many, i4(1)), DISP_E_OVERFLOW);
        assert_int_equal(bad, 1);
        assert_int_equal(call(verify, u"Verify", object_of(code), none, i4(1)), DISP_E_TYPEMISMATCH);
        assert_int_equal(bad, 1);
        fake.apdus = 0;
        assert_int_equal(call(verify, u"Verify", object_of(code), i4(0), (VARIANT){.vt = VT_NULL}),
                         DISP_E_TYPEMISMATCH);
        assert_int_equal(bad, 0);
        assert_int_equal(fake.apdus, 0);
        SysFreeString(word.bstrVal);
        SysFreeString(many.bstrVal);
        SysFreeString(none.bstrVal);
}

static void wrong_counts_and_types_have_their_codes(void **state)
{
        (void)state;
        assert_int_equal(call_none(verify, u"Verify"), DISP_E_BADPARAMCOUNT);
        assert_int_equal(call(verify, u"Verify", object_of(code)), DISP_E_BADPARAMCOUNT);
        assert_int_equal(call(verify, u"Verify", object_of(code), i4(0)), DISP_E_BADPARAMCOUNT);
        assert_int_equal(call(verify, u"Verify", object_of(code), i4(0), i4(1), i4(1)), DISP_E_BADPARAMCOUNT);
        assert_int_equal(call(verify, u"Verify", object_of(code), missing(), i4(1)), DISP_E_PARAMNOTOPTIONAL);
        assert_int_equal(call(verify, u"Verify", i4(1234), i4(0), i4(1)), DISP_E_TYPEMISMATCH);
        assert_int_equal(bad, 2);
        assert_int_equal(call(verify, u"Verify", object_of(manage), i4(0), i4(1)), DISP_E_TYPEMISMATCH);
        assert_int_equal(bad, 2);
        assert_int_equal(call(manage, u"AttachByIFD", object_of(code)), DISP_E_TYPEMISMATCH);
        assert_int_equal(bad, 0);
        assert_int_equal(call(manage, u"Detach", i4(1)), DISP_E_BADPARAMCOUNT);
        assert_int_equal(call_flags(verify, 6, DISPATCH_METHOD, 0, NULL), DISP_E_MEMBERNOTFOUND);
        assert_int_equal(call_flags(verify, DISPID_UNKNOWN, DISPATCH_METHOD, 0, NULL), DISP_E_MEMBERNOTFOUND);
        assert_int_equal(call_flags(manage, 6, DISPATCH_PROPERTYGET, 0, NULL), DISP_E_MEMBERNOTFOUND);
        assert_int_equal(call_flags(manage, 6, 0, 0, NULL), E_INVALIDARG);
        assert_int_equal(call_flags(manage, 6, 0x10, 0, NULL), E_INVALIDARG);
        assert_int_equal(fake.apdus, 0);
        assert_int_equal(fake.disconnects, 0);
}

static void a_malformed_call_is_refused(void **state)
{
        DISPPARAMS params = {.cArgs = 1};
        DISPPARAMS named = {.cNamedArgs = 1};

        (void)state;
        assert_int_equal(
            manage->lpVtbl->Invoke(manage, 6, &IID_IUnknown, 0, DISPATCH_METHOD, &params, NULL, NULL, NULL),
            DISP_E_UNKNOWNINTERFACE);
        assert_int_equal(
            manage->lpVtbl->Invoke(manage, 6, &IID_NULL, 0, DISPATCH_METHOD, NULL, NULL, NULL, NULL),
            E_POINTER);
        assert_int_equal(
            manage->lpVtbl->Invoke(manage, 6, &IID_NULL, 0, DISPATCH_METHOD, &params, NULL, NULL, NULL),
            E_INVALIDARG);
        assert_int_equal(
            manage->lpVtbl->Invoke(manage, 6, &IID_NULL, 0, DISPATCH_METHOD, &named, NULL, NULL, NULL),
            E_INVALIDARG);
}

static void optional_arguments_may_be_missing(void **state)
{
        VARIANT name = text(u"SCardVerify"), passed_on = missing();

        (void)state;
        assert_int_equal(call(verify, u"Verify", missing(), i4(SC_FL_IHV_CHECKONLY), i4(1)), S_OK);
        assert_int_equal(
            call(verify, u"Verify", by_ref(VT_VARIANT, &passed_on), i4(SC_FL_IHV_CHECKONLY), i4(1)), S_OK);
        assert_int_equal(call(verify, u"Verify", object_of(code), by_ref(VT_VARIANT, &passed_on), i4(1)),
                         DISP_E_PARAMNOTOPTIONAL);
        assert_int_equal(call(verify, u"Verify", object_of(NULL), i4(SC_FL_IHV_CHECKONLY), i4(1)), S_OK);
        assert_int_equal(call(verify, u"Verify", (VARIANT){.vt = VT_NULL}, i4(SC_FL_IHV_CHECKONLY), i4(1)),
                         S_OK);
        assert_int_equal(call_none(manage, u"SCardLock"), S_OK);
        assert_int_equal(call_none(manage, u"SCardUnlock"), S_OK); /* LEAVE */
        assert_int_equal(fake.disposition, SCARD_LEAVE_CARD);
        assert_int_equal(call_none(manage, u"SCardLock"), S_OK);
        assert_int_equal(call(manage, u"SCardUnlock", i4(RESET)), S_OK);
        assert_int_equal(fake.disposition, SCARD_RESET_CARD);
        assert_int_equal(call(manage, u"CreateInterface", missing(), name), S_OK);
        assert_int_equal(result.vt, VT_DISPATCH);
        SysFreeString(name.bstrVal);
}

static void named_arguments_go_to_their_parameters(void **state)
{
        VARIANTARG args[3] = {i4(SC_FL_IHV_LOCAL), i4(7), object_of(code)};
        DISPID ids[3] = {1, 2, 0};
        DISPPARAMS params = {.rgvarg = args, .rgdispidNamedArgs = ids, .cArgs = 3, .cNamedArgs = 2};

        (void)state;
        /* pCode by place, flags and lRef by name */
        assert_int_equal(
            verify->lpVtbl->Invoke(verify, 5, &IID_NULL, 0, DISPATCH_METHOD, &params, NULL, NULL, NULL),
            S_OK);
        assert_int_equal(fake.apdu[0].bytes[3], 0x87);
        params.cNamedArgs = 3;
        assert_int_equal(
            verify->lpVtbl->Invoke(verify, 5, &IID_NULL, 0, DISPATCH_METHOD, &params, NULL, NULL, NULL),
            S_OK);
        ids[1] = 9;
        bad = NOT_SET;
        assert_int_equal(
            verify->lpVtbl->Invoke(verify, 5, &IID_NULL, 0, DISPATCH_METHOD, &params, NULL, NULL, &bad),
            DISP_E_PARAMNOTFOUND);
        assert_int_equal(bad, 1);
        ids[1] = 1; /* twice the same */
        assert_int_equal(
            verify->lpVtbl->Invoke(verify, 5, &IID_NULL, 0, DISPATCH_METHOD, &params, NULL, NULL, NULL),
            DISP_E_BADPARAMCOUNT);
        params = (DISPPARAMS){.rgvarg = args + 2, .rgdispidNamedArgs = ids + 2, .cArgs = 1, .cNamedArgs = 1};
        assert_int_equal(
            verify->lpVtbl->Invoke(verify, 5, &IID_NULL, 0, DISPATCH_METHOD, &params, NULL, NULL, NULL),
            DISP_E_PARAMNOTOPTIONAL);
}

/* lpRef is the deployed form's name for what the documented one calls lRef. */
static void a_name_of_the_deployed_form_means_its_arguments(void **state)
{
        LPOLESTR names[] = {(LPOLESTR)u"Verify", (LPOLESTR)u"lpRef"};
        DISPID ids[2];
        VARIANTARG args[3] = {i4(4), i4(SC_FL_IHV_GLOBAL), object_of(code)};
        DISPPARAMS params = {.rgvarg = args, .rgdispidNamedArgs = &ids[1], .cArgs = 3, .cNamedArgs = 1};

        (void)state;
        assert_int_equal(verify->lpVtbl->GetIDsOfNames(verify, &IID_NULL, names, 2, 0, ids), S_OK);
        assert_int_not_equal(ids[1], 2);
        assert_int_equal(
            verify->lpVtbl->Invoke(verify, ids[0], &IID_NULL, 0, DISPATCH_METHOD, &params, NULL, NULL, NULL),
            S_OK);
        assert_int_equal(fake.apdu[0].bytes[3], 4);
}

static void outputs_go_to_variables_or_become_the_result(void **state)
{
        LONG card = 0;
        BYTE small = 0;
        VARIANT any, words = {.vt = VT_BSTR, .bstrVal = SysAllocString(u"old")};

        (void)state;
        VariantInit(&any);
        assert_int_equal(call(manage, u"Status", by_ref(VT_I4, &card), by_ref(VT_VARIANT, &any)), S_OK);
        assert_int_equal(card, SPECIFICMODE);
        assert_int_equal(any.vt, VT_I4);
        assert_int_equal(any.lVal, T1);
        assert_int_equal(result.vt, VT_EMPTY);
        assert_int_equal(call(manage, u"Status", by_ref(VT_UI1, &small)), S_OK);
        assert_int_equal(small, SPECIFICMODE);
        assert_int_equal(result.vt, VT_I4);
        assert_int_equal(result.lVal, T1);
        assert_int_equal(call(manage, u"Status", missing(), by_ref(VT_VARIANT, &words)), S_OK);
        assert_int_equal(result.lVal, SPECIFICMODE);
        assert_int_equal(words.vt, VT_I4); /* the text was freed */
        assert_int_equal(call_none(manage, u"Status"), DISP_E_BADPARAMCOUNT);
        assert_int_equal(call(manage, u"Status", i4(0), i4(0)), DISP_E_TYPEMISMATCH);
        assert_int_equal(bad, 1);
        assert_int_equal(call(manage, u"Status", by_ref(VT_DISPATCH, &any.pdispVal), by_ref(VT_I4, &card)),
                         DISP_E_TYPEMISMATCH);
}

static void interfaces_come_out_by_variable(void **state)
{
        IDispatch *out = NULL;
        IUnknown *unknown = NULL, *identity = NULL;
        VARIANT iid = text(u"{4029dd85-5902-11d0-b84c-00c04fd424b9}"), wrong = text(u"{4029dd85}");

        (void)state;
        assert_int_equal(call(manage, u"CreateCHVerification", by_ref(VT_DISPATCH, &out)), S_OK);
        assert_int_equal(out->lpVtbl->QueryInterface(out, &IID_IUnknown, (void **)&identity), S_OK);
        assert_ptr_equal(identity, out); /* the documented form, through whichever the call went */
        identity->lpVtbl->Release(identity);
        assert_int_equal(out->lpVtbl->Release(out), 0);
        assert_int_equal(
            call(manage, u"CreateInterface", iid, missing(), missing(), by_ref(VT_UNKNOWN, &unknown)), S_OK);
        assert_int_equal(unknown->lpVtbl->Release(unknown), 0);
        assert_int_equal(call(manage, u"CreateInterface", wrong), DISP_E_TYPEMISMATCH);
        assert_int_equal(bad, 0);
        SysFreeString(iid.bstrVal);
        SysFreeString(wrong.bstrVal);
}

static void handles_are_64_bits(void **state)
{
        (void)state;
        assert_int_equal(call_none(manage, u"Detach"), S_OK);
        assert_int_equal(call(manage, u"AttachByHandle", (VARIANT){.vt = VT_I8, .llVal = FAKE_CALLERS}),
                         S_OK);
        assert_int_equal(call_none(manage, u"Detach"), S_OK);
        assert_int_equal(call(manage, u"AttachByHandle", i4((LONG)FAKE_CALLERS)), S_OK);
        assert_int_equal(call_none(manage, u"Detach"), S_OK);
        assert_int_equal(
            call(manage, u"AttachByHandle", (VARIANT){.vt = VT_I8, .llVal = 0x100000000 + FAKE_CALLERS}),
            DISP_E_EXCEPTION);
        assert_int_equal(exception.scode, E_INVALIDARG);
}

static void a_failing_method_is_an_exception(void **state)
{
        IErrorInfo *info = NULL;

        (void)state;
        fake.sw = 0x63C1;
        assert_int_equal(call(verify, u"Verify", object_of(code), i4(SC_FL_IHV_GLOBAL), i4(1)),
                         DISP_E_EXCEPTION);
        assert_int_equal(exception.scode, SCARD_W_WRONG_CHV);
        assert_int_equal(exception.wCode, 0);
        assert_memory_equal(exception.bstrDescription,
                            u"VERIFY: wrong code, 1 try left (SW 63C1), reader \"Reader\"", 112);
        assert_memory_equal(exception.bstrSource, u"libiscard.ISCardVerify", 44);
        assert_int_equal(result.vt, VT_EMPTY);
        assert_int_equal(GetErrorInfo(0, &info), S_FALSE); /* it is in the EXCEPINFO */
        assert_int_equal(call(verify, u"Initialize", i4(0)), DISP_E_EXCEPTION);
        assert_int_equal(exception.scode, E_NOTIMPL);
}

static void unblock_data_is_late_bound_too(void **state)
{
        IByteBuffer *puk = buffer_of("12345678");
        LONG number;

        (void)state;
        assert_int_equal(call(verify, u"SetUnblockData", object_of(puk), object_of(code)), S_OK);
        assert_int_equal(result.vt, VT_I4);
        number = result.lVal;
        assert_true(number > 0);
        assert_int_equal(call(verify, u"Unblock", i4(number), i4(SC_FL_IHV_GLOBAL), i4(1)), S_OK);
        assert_int_equal(fake.apdu[0].bytes[1], 0x2C);
        assert_int_equal(call(verify, u"Unblock", i4(number), i4(SC_FL_IHV_GLOBAL), i4(1)), DISP_E_EXCEPTION);
        assert_int_equal(exception.scode, E_INVALIDARG);
        puk->lpVtbl->Release(puk);
}

/* ---- a buffer, from a script's point of view */

static VARIANT bytes(const char *content)
{
        SAFEARRAY *array = SafeArrayCreateVector(VT_UI1, 0, (ULONG)strlen(content));

        memcpy(array->pvData, content, strlen(content));
        return (VARIANT){.vt = VT_ARRAY | VT_UI1, .parray = array};
}

static void assert_bytes(const VARIANT *value, const char *wanted)
{
        assert_int_equal(value->vt, VT_ARRAY | VT_UI1);
        assert_int_equal(value->parray->rgsabound[0].cElements, strlen(wanted));
        assert_memory_equal(value->parray->pvData, wanted, strlen(wanted));
}

static void a_buffer_takes_and_gives_arrays(void **state)
{
        IDispatch *buffer = NULL;
        VARIANT content = bytes("abcdef"), any;
        SAFEARRAY *array = NULL;
        LONG count = 0;

        (void)state;
        VariantInit(&any);
        assert_int_equal(bytebuffer_create(&IID_IDispatch, (void **)&buffer), S_OK);
        assert_int_equal(call_none(buffer, u"Commit"), DISP_E_BADPARAMCOUNT);
        assert_int_equal(call_none(buffer, u"Initialize"), S_OK); /* 1 byte, 0 */
        assert_int_equal(call(buffer, u"Initialize", i4(6), content), S_OK);
        assert_int_equal(call(buffer, u"Initialize", i4(7), content), DISP_E_OVERFLOW); /* over the array */
        assert_int_equal(bad, 0);
        assert_int_equal(call(buffer, u"Read", missing(), i4(2)), S_OK);
        assert_bytes(&result, "ab");
        assert_int_equal(
            call(buffer, u"Read", by_ref(VT_ARRAY | VT_UI1, &array), i4(100), by_ref(VT_I4, &count)), S_OK);
        assert_int_equal(count, 4);
        assert_int_equal(array->rgsabound[0].cElements, 4);
        /* While somebody works on what the variable holds, nothing is called. */
        assert_int_equal(SafeArrayLock(array), S_OK);
        assert_int_equal(call(buffer, u"Seek", i4(0), i4(STREAM_SEEK_SET)), S_OK);
        assert_int_equal(
            call(buffer, u"Read", by_ref(VT_ARRAY | VT_UI1, &array), i4(2), by_ref(VT_I4, &count)),
            DISP_E_ARRAYISLOCKED);
        assert_int_equal(call(buffer, u"Seek", i4(0), i4(STREAM_SEEK_CUR)), S_OK);
        assert_int_equal(result.lVal, 0);
        assert_int_equal(SafeArrayUnlock(array), S_OK);
        assert_int_equal(SafeArrayDestroy(array), S_OK);
        assert_int_equal(call(buffer, u"Seek", i4(-1), i4(STREAM_SEEK_END)), S_OK);
        assert_int_equal(result.lVal, 5);
        assert_int_equal(call(buffer, u"Write", content, i4(2)), S_OK);
        assert_int_equal(result.lVal, 2);
        assert_int_equal(call(buffer, u"Write", content, i4(7)), DISP_E_OVERFLOW);
        assert_int_equal(call(buffer, u"Read", by_ref(VT_VARIANT, &any), i4(-1)), DISP_E_EXCEPTION);
        assert_int_equal(exception.scode, E_INVALIDARG);
        assert_int_equal(call(buffer, u"Read", missing(), i4(0x7FFFFFFF)), DISP_E_OVERFLOW);
        assert_int_equal(call(buffer, u"Stat", missing(), i4(STATFLAG_NONAME)), S_OK);
        assert_int_equal(result.vt, VT_ARRAY | VT_I4);
        assert_int_equal(((LONG *)result.parray->pvData)[1], 7);
        assert_int_equal(call_none(buffer, u"Clone"), S_OK);
        assert_int_equal(result.vt, VT_DISPATCH);
        assert_int_equal(VariantClear(&content), S_OK);
        assert_int_equal(VariantClear(&result), S_OK);
        assert_int_equal(buffer->lpVtbl->Release(buffer), 0);
}

static void copy_to_fills_a_buffer_or_makes_one(void **state)
{
        IByteBuffer *from = buffer_of("abc"), *to = buffer_of(NULL);
        IDispatch *made = (IDispatch *)to;
        LONG read = 0;

        (void)state;
        assert_int_equal(
            call((IDispatch *)from, u"CopyTo", by_ref(VT_DISPATCH, &made), i4(2), by_ref(VT_I4, &read)),
            S_OK);
        assert_ptr_equal(made, to);
        assert_int_equal(read, 2);
        assert_int_equal(call((IDispatch *)from, u"CopyTo", missing(), i4(9)), S_OK);
        assert_int_equal(result.vt, VT_DISPATCH);
        assert_ptr_not_equal(result.pdispVal, to);
        assert_int_equal(VariantClear(&result), S_OK);
        assert_int_equal(to->lpVtbl->Release(to), 0);
        assert_int_equal(from->lpVtbl->Release(from), 0);
}

static void the_stream_is_a_property(void **state)
{
        IByteBuffer *a = buffer_of("abc"), *b = buffer_of(NULL);
        IDispatch *from = (IDispatch *)a, *to = (IDispatch *)b;
        DISPID put = DISPID_PROPERTYPUT;
        VARIANTARG value;
        DISPPARAMS params = {.rgvarg = &value, .rgdispidNamedArgs = &put, .cArgs = 1, .cNamedArgs = 1};
        STATSTRUCT stat;

        (void)state;
        assert_int_equal(call_flags(from, DISPID_VALUE, DISPATCH_PROPERTYGET | DISPATCH_METHOD, 0, NULL),
                         S_OK);
        assert_int_equal(result.vt, VT_UNKNOWN); /* a stream is no IDispatch */
        value = result;
        VariantInit(&result); /* transferred */
        assert_int_equal(
            to->lpVtbl->Invoke(to, 0, &IID_NULL, 0, DISPATCH_PROPERTYPUTREF, &params, NULL, NULL, NULL),
            S_OK);
        assert_int_equal(
            to->lpVtbl->Invoke(to, 0, &IID_NULL, 0, DISPATCH_PROPERTYPUT, &params, NULL, NULL, NULL), S_OK);
        assert_int_equal(b->lpVtbl->Stat(b, &stat, 0), S_OK);
        assert_int_equal(stat.cbSize, 3);
        assert_int_equal(call_flags(from, DISPID_VALUE, DISPATCH_METHOD, 0, NULL), DISP_E_MEMBERNOTFOUND);
        assert_int_equal(VariantClear(&result), S_OK);
        assert_int_equal(VariantClear(&value), S_OK);
        assert_int_equal(a->lpVtbl->Release(a), 0);
        assert_int_equal(b->lpVtbl->Release(b), 0);
}

/* ---- arrays as VBScript has them: of VARIANTs, by reference, and by reference to a reference */

static VARIANT numbers(unsigned count, const VARIANT *elements)
{
        SAFEARRAY *array = SafeArrayCreateVector(VT_VARIANT, 0, count);

        if (count != 0)
                memcpy(array->pvData, elements, count * sizeof(*elements));
        return (VARIANT){.vt = VT_ARRAY | VT_VARIANT, .parray = array};
}

#define numbers_of(...)                                                                                      \
        numbers(sizeof((const VARIANT[]){__VA_ARGS__}) / sizeof(VARIANT), (const VARIANT[]){__VA_ARGS__})

static void arrays_of_variants_are_bytes(void **state)
{
        IByteBuffer *made = buffer_of("");
        IDispatch *buffer = (IDispatch *)made;
        VARIANT a = text(u"97"), array, reference;
        LONG inner = 99;

        (void)state;
        array = numbers_of(a, (VARIANT){.vt = VT_I2, .iVal = 98}, by_ref(VT_I4, &inner),
                           (VARIANT){.vt = VT_R8, .dblVal = 100});
        assert_int_equal(call(buffer, u"Initialize", i4(4), array), S_OK);
        assert_int_equal(call(buffer, u"Read", missing(), i4(9)), S_OK);
        assert_bytes(&result, "abcd");
        reference = by_ref(VT_ARRAY | VT_VARIANT, &array.parray);
        assert_int_equal(call(buffer, u"Write", reference, i4(2)), S_OK);
        assert_int_equal(call(buffer, u"Write", by_ref(VT_VARIANT, &reference), i4(3)), S_OK);
        assert_int_equal(call(buffer, u"Write", by_ref(VT_VARIANT, &array), i4(5)), DISP_E_OVERFLOW);
        assert_int_equal(bad, 1);
        assert_int_equal(call(buffer, u"Seek", i4(0), i4(0)), S_OK);
        assert_int_equal(call(buffer, u"Read", missing(), i4(99)), S_OK);
        assert_bytes(&result, "abcdababc");
        assert_int_equal(array.parray->cLocks, 0);
        assert_int_equal(VariantClear(&array), S_OK);
        made->lpVtbl->Release(made);
}

static void an_array_of_other_things_is_no_bytes(void **state)
{
        IByteBuffer *made = buffer_of("");
        IDispatch *buffer = (IDispatch *)made;
        SAFEARRAYBOUND square[2] = {{2, 0}, {2, 0}};
        VARIANT large = numbers_of(i4(1), i4(256)), low = numbers_of(i4(-1)),
                word = numbers_of(i4(1), text(u"x")), none = numbers(0, NULL), empty = numbers_of(missing()),
                longs, plane;

        (void)state;
        longs = (VARIANT){.vt = VT_ARRAY | VT_I4, .parray = SafeArrayCreateVector(VT_I4, 0, 2)};
        plane = (VARIANT){.vt = VT_ARRAY | VT_VARIANT, .parray = SafeArrayCreate(VT_VARIANT, 2, square)};
        assert_int_equal(call(buffer, u"Write", large, i4(2)), DISP_E_OVERFLOW);
        assert_int_equal(bad, 1);
        assert_int_equal(large.parray->cLocks, 0);
        assert_int_equal(call(buffer, u"Write", low, i4(1)), DISP_E_OVERFLOW);
        assert_int_equal(call(buffer, u"Write", word, i4(2)), DISP_E_TYPEMISMATCH);
        assert_int_equal(bad, 1);
        assert_int_equal(call(buffer, u"Write", empty, i4(1)), DISP_E_TYPEMISMATCH);
        assert_int_equal(call(buffer, u"Write", plane, i4(1)), DISP_E_TYPEMISMATCH);
        assert_int_equal(call(buffer, u"Write", longs, i4(1)), DISP_E_TYPEMISMATCH);
        assert_int_equal(call(buffer, u"Write", none, i4(0)), S_OK);
        assert_int_equal(result.lVal, 0);
        for (VARIANT *v[] = {&large, &low, &word, &none, &empty, &longs, &plane}, **at = v; at < v + 7; at++)
                assert_int_equal(VariantClear(*at), S_OK);
        made->lpVtbl->Release(made);
}

/* What a script can look into: an array of VARIANTs, where that is what the variable is. */
static void a_variable_of_variants_gets_variants(void **state)
{
        IByteBuffer *made = buffer_of("ab");
        IDispatch *buffer = (IDispatch *)made;
        VARIANT array = numbers_of(i4(1), text(u"freed")), *elements;

        (void)state;
        assert_int_equal(call(buffer, u"Read", by_ref(VT_ARRAY | VT_VARIANT, &array.parray), i4(9)), S_OK);
        assert_int_equal(SafeArrayGetDim(array.parray), 1);
        assert_int_equal(array.parray->rgsabound[0].cElements, 2);
        elements = array.parray->pvData;
        assert_int_equal(elements[0].vt, VT_UI1);
        assert_int_equal(elements[0].bVal, 'a');
        assert_int_equal(elements[1].bVal, 'b');
        assert_int_equal(
            call(buffer, u"Stat", by_ref(VT_ARRAY | VT_VARIANT, &array.parray), i4(STATFLAG_NONAME)), S_OK);
        elements = array.parray->pvData;
        assert_int_equal(array.parray->rgsabound[0].cElements, 5);
        assert_int_equal(elements[1].vt, VT_I4);
        assert_int_equal(elements[1].lVal, 2);
        assert_int_equal(VariantClear(&array), S_OK);
        made->lpVtbl->Release(made);
}

/* Microsoft, Q108934: the callee frees what a by-reference argument held. */
static void what_a_variable_held_is_freed(void **state)
{
        unsigned before = object_count();
        IDispatch *out = NULL;
        IStream *stream = NULL;
        VARIANT any = {.vt = VT_DISPATCH};

        (void)state;
        for (int i = 0; i < 3; i++) {
                assert_int_equal(call(manage, u"CreateCHVerification", by_ref(VT_DISPATCH, &out)), S_OK);
                assert_int_equal(call(manage, u"CreateCHVerification", by_ref(VT_VARIANT, &any)), S_OK);
                assert_int_equal(object_count(), before + 2);
        }
        assert_int_equal(VariantClear(&any), S_OK);
        /* ...and one of a type that the output cannot have stays as it was. */
        assert_int_equal(call_flags((IDispatch *)code, DISPID_VALUE, DISPATCH_PROPERTYGET, 1,
                                    (const VARIANT[]){by_ref(VT_DISPATCH, &out)}),
                         DISP_E_TYPEMISMATCH);
        assert_int_equal(bad, 0);
        assert_int_equal(call_flags((IDispatch *)code, DISPID_VALUE, DISPATCH_PROPERTYGET, 1,
                                    (const VARIANT[]){by_ref(VT_UNKNOWN, &stream)}),
                         S_OK);
        stream->lpVtbl->Release(stream);
        assert_int_equal(out->lpVtbl->Release(out), 0);
        assert_int_equal(object_count(), before);
}

/* ---- the one method whose forms have the same count of the same types: Seek */

static struct {
        bool deployed;
        LONG offset, origin;
} sought;

static HRESULT seek(ISCardFileAccess *iface, HSCARD_FILE file, SEEKTYPE *origin, LONG offset)
{
        (void)iface, (void)file;
        sought.deployed = false;
        sought.offset = offset;
        sought.origin = (LONG)*origin;
        return S_OK;
}

static HRESULT seek_xp(ISCardFileAccessXP *iface, HSCARD_FILE file, LONG offset, SEEKTYPE origin)
{
        (void)iface, (void)file;
        sought.deployed = true;
        sought.offset = offset;
        sought.origin = (LONG)origin;
        return S_OK;
}

static HRESULT call_seek(VARIANT second, VARIANT third)
{
        static const ISCardFileAccessVtbl vtbl = {.Seek = seek};
        static const ISCardFileAccessXPVtbl xp_vtbl = {.Seek = seek_xp};
        ISCardFileAccess documented = {&vtbl};
        ISCardFileAccessXP deployed = {&xp_vtbl};
        const struct dispatch_forms forms = {
            {{&dispatch_ISCardFileAccess, &documented}, {&dispatch_ISCardFileAccessXP, &deployed}}};
        VARIANTARG args[3] = {third, second, i4(1)};
        DISPPARAMS params = {.rgvarg = args, .cArgs = 3};

        return dispatch_invoke(&forms, 14, &IID_NULL, DISPATCH_METHOD, &params, NULL, NULL, NULL);
}

static void a_scripts_variable_means_what_its_value_means(void **state)
{
        VARIANT ten = i4(10), two = i4(2);
        LONG origin = SC_SEEK_RELATIVE;

        (void)state;
        const VARIANT seconds[] = {ten, by_ref(VT_VARIANT, &ten)}, thirds[] = {two, by_ref(VT_VARIANT, &two)};
        for (int i = 0; i < 4; i++) {
                assert_int_equal(call_seek(seconds[i & 1], thirds[i >> 1]), S_OK);
                assert_true(sought.deployed);
                assert_int_equal(sought.offset, 10);
                assert_int_equal(sought.origin, 2);
        }
        assert_int_equal(call_seek(by_ref(VT_I4, &origin), ten), S_OK); /* SEEKTYPE * */
        assert_false(sought.deployed);
        assert_int_equal(sought.offset, 10);
        assert_int_equal(sought.origin, SC_SEEK_RELATIVE);
}

static void assert_description(const OLECHAR *wanted, UINT len)
{
        IErrorInfo *info = NULL;
        BSTR description = NULL;

        assert_int_equal(GetErrorInfo(0, &info), S_OK);
        assert_int_equal(info->lpVtbl->GetDescription(info, &description), S_OK);
        assert_int_equal(SysStringLen(description), len);
        assert_memory_equal(description, wanted, len * sizeof(*wanted));
        SysFreeString(description);
        info->lpVtbl->Release(info);
}

/* The objects say that IDispatch leaves errors: what is there is of this call, never of one before it. */
static void a_refused_call_leaves_an_error_of_its_own(void **state)
{
        OLECHAR name[] = u"NoSuch";
        LPOLESTR names[] = {name};
        DISPID id;

        (void)state;
        fake.sw = 0x63C1;
        assert_int_equal(((ISCardVerify *)(void *)verify)
                             ->lpVtbl->Verify((ISCardVerify *)(void *)verify, code, SC_FL_IHV_GLOBAL, 1),
                         SCARD_W_WRONG_CHV);
        assert_int_equal(call(verify, u"Verify", i4(1), i4(0), i4(1)), DISP_E_TYPEMISMATCH);
        assert_description(u"IDispatch::Invoke: an argument has the wrong type", 49);
        assert_int_equal(verify->lpVtbl->GetIDsOfNames(verify, &IID_NULL, names, 1, 0, &id),
                         DISP_E_UNKNOWNNAME);
        assert_description(u"IDispatch::GetIDsOfNames: no method has this name", 49);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
        const struct CMUnitTest tests[] = {
            TEST(names_are_found_in_any_case_with_their_parameters),
            TEST(unknown_names_are_said_one_by_one),
            TEST(both_forms_are_told_apart_on_one_pointer),
            TEST(every_pointer_of_an_object_takes_both_forms),
            TEST(numbers_are_coerced),
            TEST(wrong_counts_and_types_have_their_codes),
            TEST(a_malformed_call_is_refused),
            TEST(optional_arguments_may_be_missing),
            TEST(named_arguments_go_to_their_parameters),
            TEST(a_name_of_the_deployed_form_means_its_arguments),
            TEST(outputs_go_to_variables_or_become_the_result),
            TEST(interfaces_come_out_by_variable),
            TEST(handles_are_64_bits),
            TEST(a_failing_method_is_an_exception),
            TEST(unblock_data_is_late_bound_too),
            TEST(a_buffer_takes_and_gives_arrays),
            TEST(copy_to_fills_a_buffer_or_makes_one),
            TEST(the_stream_is_a_property),
            TEST(arrays_of_variants_are_bytes),
            TEST(an_array_of_other_things_is_no_bytes),
            TEST(a_variable_of_variants_gets_variants),
            TEST(what_a_variable_held_is_freed),
            TEST(a_scripts_variable_means_what_its_value_means),
            TEST(a_refused_call_leaves_an_error_of_its_own),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
