/* src/com/variant.c, src/com/convert.c: values with a type. */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define COBJMACROS
#include <ole2.h>

#include "com/object.h"

/* ---- an object that counts: answers IUnknown, and IDispatch when told to */

struct counted {
        IDispatch IDispatch_iface;
        ULONG refs;
        int has_dispatch;
};

static struct counted *impl_from_IDispatch(IDispatch *iface)
{
        return CONTAINING_RECORD(iface, struct counted, IDispatch_iface);
}

static HRESULT STDMETHODCALLTYPE counted_QueryInterface(IDispatch *iface, REFIID riid, void **out)
{
        struct counted *counted = impl_from_IDispatch(iface);

        *out = NULL;
        if (!IsEqualIID(riid, &IID_IUnknown) && !(IsEqualIID(riid, &IID_IDispatch) && counted->has_dispatch))
                return E_NOINTERFACE;
        counted->refs++;
        *out = iface;
        return S_OK;
}

static ULONG STDMETHODCALLTYPE counted_AddRef(IDispatch *iface)
{
        return ++impl_from_IDispatch(iface)->refs;
}

static ULONG STDMETHODCALLTYPE counted_Release(IDispatch *iface)
{
        return --impl_from_IDispatch(iface)->refs;
}

static const IDispatchVtbl counted_vtbl = {
    .QueryInterface = counted_QueryInterface,
    .AddRef = counted_AddRef,
    .Release = counted_Release,
};

static struct counted counted(int has_dispatch)
{
        struct counted made = {.IDispatch_iface = {&counted_vtbl}, .refs = 1, .has_dispatch = has_dispatch};

        return made;
}

/* ---- values */

static VARIANT i4(LONG value)
{
        VARIANT v;

        VariantInit(&v);
        v.vt = VT_I4;
        v.lVal = value;
        return v;
}

static VARIANT r8(double value)
{
        VARIANT v;

        VariantInit(&v);
        v.vt = VT_R8;
        v.dblVal = value;
        return v;
}

static VARIANT text(const OLECHAR *value)
{
        VARIANT v;

        VariantInit(&v);
        v.vt = VT_BSTR;
        v.bstrVal = SysAllocString(value);
        return v;
}

static void assert_text(const VARIANT *v, const OLECHAR *expected)
{
        UINT len = 0;

        while (expected[len] != 0)
                len++;
        assert_int_equal(v->vt, VT_BSTR);
        assert_int_equal(SysStringLen(v->bstrVal), len);
        assert_memory_equal(v->bstrVal, expected, (len + 1) * sizeof(OLECHAR));
}

/* What source becomes as vt; source is cleared. */
static HRESULT changed(VARIANT source, USHORT flags, VARTYPE vt, VARIANT *result)
{
        HRESULT hr;

        VariantInit(result);
        hr = VariantChangeType(result, &source, flags, vt);
        if (FAILED(hr))
                assert_int_equal(result->vt, VT_EMPTY);
        else
                assert_int_equal(result->vt, vt);
        assert_int_equal(VariantClear(&source), S_OK);
        return hr;
}

/* ---- owning */

static void the_layout_is_that_of_windows(void **state)
{
        (void)state;
        assert_int_equal(sizeof(VARIANT), 8 + 2 * sizeof(void *));
        assert_int_equal(offsetof(VARIANT, llVal), 8);
        assert_int_equal(offsetof(VARIANT, decVal), 0);
        assert_int_equal(offsetof(VARIANT, pRecInfo), 8 + sizeof(void *));
        assert_int_equal(sizeof(DECIMAL), 16);
        assert_int_equal(offsetof(DECIMAL, scale), 2);
        assert_int_equal(offsetof(DECIMAL, Hi32), 4);
        assert_int_equal(offsetof(DECIMAL, Lo64), 8);
        assert_int_equal(sizeof(CY), 8);
}

static void clear_frees_what_is_owned_and_empties(void **state)
{
        struct counted object = counted(1);
        VARIANT v = text(u"freed; the leak checker looks");

        (void)state;
        assert_int_equal(VariantClear(&v), S_OK);
        assert_int_equal(v.vt, VT_EMPTY);
        v.vt = VT_DISPATCH;
        v.pdispVal = &object.IDispatch_iface;
        assert_int_equal(VariantClear(&v), S_OK);
        assert_int_equal(object.refs, 0);
        v.vt = VT_UNKNOWN;
        v.punkVal = NULL;
        assert_int_equal(VariantClear(&v), S_OK);
        assert_int_equal(VariantClear(NULL), E_INVALIDARG);
}

static void clear_leaves_what_is_only_referred_to(void **state)
{
        BSTR mine = SysAllocString(u"mine");
        VARIANT v;

        (void)state;
        VariantInit(&v);
        v.vt = VT_BSTR | VT_BYREF;
        v.pbstrVal = &mine;
        assert_int_equal(VariantClear(&v), S_OK);
        assert_int_equal(v.vt, VT_EMPTY);
        assert_int_equal(SysStringLen(mine), 4);
        SysFreeString(mine);
}

static void unknown_types_are_refused_and_left_alone(void **state)
{
        static const VARTYPE wrong[] = {15,
                                        VT_VOID,
                                        VT_VARIANT,
                                        VT_LPSTR,
                                        VT_RECORD,
                                        VT_ILLEGAL,
                                        VT_RESERVED | VT_I4,
                                        VT_VECTOR | VT_I4,
                                        VT_BYREF,
                                        VT_BYREF | VT_NULL,
                                        VT_ARRAY,
                                        VT_ARRAY | VT_NULL,
                                        VT_ARRAY | VT_RECORD};
        VARIANT v = i4(7), other;

        (void)state;
        for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
                v.vt = wrong[i];
                assert_int_equal(VariantClear(&v), DISP_E_BADVARTYPE);
                assert_int_equal(v.vt, wrong[i]);
                other = i4(5);
                assert_int_equal(VariantCopy(&other, &v), DISP_E_BADVARTYPE);
                assert_int_equal(other.lVal, 5);
        }
}

static void copy_owns_its_own(void **state)
{
        struct counted object = counted(1);
        VARIANT from = text(u"a"), to = text(u"replaced");

        (void)state;
        from.bstrVal[0] = 0; /* a NUL is part of the text */
        assert_int_equal(VariantCopy(&to, &from), S_OK);
        assert_ptr_not_equal(to.bstrVal, from.bstrVal);
        assert_int_equal(SysStringLen(to.bstrVal), 1);
        VariantClear(&from);
        from.vt = VT_DISPATCH;
        from.pdispVal = &object.IDispatch_iface;
        assert_int_equal(VariantCopy(&to, &from), S_OK);
        assert_int_equal(object.refs, 2);
        assert_int_equal(VariantCopy(&to, &to), S_OK);
        assert_int_equal(object.refs, 2);
        VariantClear(&to);
        VariantClear(&from);
        assert_int_equal(object.refs, 0);
        assert_int_equal(VariantCopy(NULL, &from), E_INVALIDARG);
        assert_int_equal(VariantCopy(&to, NULL), E_INVALIDARG);
}

static void copy_ind_follows_references(void **state)
{
        BSTR mine = SysAllocString(u"mine");
        VARIANT reference, outer, chain, to;
        SHORT number = -3;

        (void)state;
        VariantInit(&reference), VariantInit(&outer), VariantInit(&chain), VariantInit(&to);
        reference.vt = VT_BSTR | VT_BYREF;
        reference.pbstrVal = &mine;
        assert_int_equal(VariantCopy(&to, &reference), S_OK);
        assert_int_equal(to.vt, VT_BSTR | VT_BYREF);
        assert_int_equal(VariantCopyInd(&to, &reference), S_OK);
        assert_text(&to, u"mine");
        assert_ptr_not_equal(to.bstrVal, mine);
        outer.vt = VT_VARIANT | VT_BYREF;
        outer.pvarVal = &reference;
        reference.vt = VT_I2 | VT_BYREF;
        reference.piVal = &number;
        assert_int_equal(VariantCopyInd(&to, &outer), S_OK);
        assert_int_equal(to.vt, VT_I2);
        assert_int_equal(to.iVal, -3);
        chain.vt = VT_VARIANT | VT_BYREF;
        chain.pvarVal = &outer;
        assert_int_equal(VariantCopyInd(&to, &chain), E_INVALIDARG);
        chain.pvarVal = NULL;
        assert_int_equal(VariantCopyInd(&to, &chain), E_INVALIDARG);
        assert_int_equal(to.iVal, -3);
        SysFreeString(mine);
}

/* ---- converting */

static void integers_change_width_within_their_range(void **state)
{
        static const struct {
                LONG value;
                VARTYPE vt;
                HRESULT hr;
        } cases[] = {
            {127, VT_I1, S_OK},
            {128, VT_I1, DISP_E_OVERFLOW},
            {-128, VT_I1, S_OK},
            {-129, VT_I1, DISP_E_OVERFLOW},
            {255, VT_UI1, S_OK},
            {256, VT_UI1, DISP_E_OVERFLOW},
            {-1, VT_UI1, DISP_E_OVERFLOW},
            {-32768, VT_I2, S_OK},
            {32768, VT_I2, DISP_E_OVERFLOW},
            {65535, VT_UI2, S_OK},
            {-1, VT_UI4, DISP_E_OVERFLOW},
            {-1, VT_UI8, DISP_E_OVERFLOW},
            {INT32_MIN, VT_I8, S_OK},
            {INT32_MIN, VT_INT, S_OK},
            {5, VT_UINT, S_OK},
        };
        VARIANT result;

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                assert_int_equal(changed(i4(cases[i].value), 0, cases[i].vt, &result), cases[i].hr);
                if (cases[i].hr == S_OK) {
                        VARIANT back;

                        assert_int_equal(changed(result, 0, VT_I4, &back), S_OK);
                        assert_int_equal(back.lVal, cases[i].value);
                }
        }
}

static void the_whole_of_64_bits_is_kept(void **state)
{
        VARIANT v, result;

        (void)state;
        assert_int_equal(changed(text(u"18446744073709551615"), 0, VT_UI8, &v), S_OK);
        assert_true(v.ullVal == UINT64_MAX);
        assert_int_equal(changed(v, 0, VT_BSTR, &result), S_OK);
        assert_text(&result, u"18446744073709551615");
        VariantClear(&result);
        assert_int_equal(changed(v, 0, VT_I8, &result), DISP_E_OVERFLOW);
        assert_int_equal(changed(text(u"-9223372036854775808"), 0, VT_I8, &v), S_OK);
        assert_true(v.llVal == INT64_MIN);
        assert_int_equal(changed(v, 0, VT_BSTR, &result), S_OK);
        assert_text(&result, u"-9223372036854775808");
        VariantClear(&result);
        assert_int_equal(changed(text(u"-9223372036854775809"), 0, VT_I8, &v), DISP_E_OVERFLOW);
        assert_int_equal(changed(text(u"18446744073709551616"), 0, VT_UI8, &v), DISP_E_OVERFLOW);
}

static void fractions_round_half_to_even(void **state)
{
        static const struct {
                double value;
                LONG rounded;
        } cases[] = {
            {0.5, 0}, {1.5, 2}, {2.5, 2}, {-0.5, 0}, {-1.5, -2}, {2.4999, 2}, {2147483647.4, INT32_MAX}};
        VARIANT result;

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                assert_int_equal(changed(r8(cases[i].value), 0, VT_I4, &result), S_OK);
                assert_int_equal(result.lVal, cases[i].rounded);
        }
        assert_int_equal(changed(r8(2147483647.5), 0, VT_I4, &result), DISP_E_OVERFLOW);
        assert_int_equal(changed(r8(1e300), 0, VT_UI8, &result), DISP_E_OVERFLOW);
        assert_int_equal(changed(r8(-1e300), 0, VT_I8, &result), DISP_E_OVERFLOW);
        assert_int_equal(changed(r8(0.0 / 0.0 * 1.0), 0, VT_I4, &result), DISP_E_OVERFLOW);
        assert_int_equal(changed(r8(1e300), 0, VT_R4, &result), DISP_E_OVERFLOW);
}

static void texts_are_read_as_numbers_or_refused(void **state)
{
        static const struct {
                const OLECHAR *text;
                HRESULT hr;
                LONG value;
        } cases[] = {
            {u"42", S_OK, 42},
            {u"  -42 ", S_OK, -42},
            {u"+7", S_OK, 7},
            {u"3.5", S_OK, 4},
            {u"1e3", S_OK, 1000},
            {u"-2.5E1", S_OK, -25},
            {u"&H1F", S_OK, 31},
            {u"&hff", S_OK, 255},
            {u"00000000000000000000000005", S_OK, 5},
            {u"", DISP_E_TYPEMISMATCH, 0},
            {u"-", DISP_E_TYPEMISMATCH, 0},
            {u".", DISP_E_TYPEMISMATCH, 0},
            {u"&H", DISP_E_TYPEMISMATCH, 0},
            {u"&HG", DISP_E_TYPEMISMATCH, 0},
            {u"12x", DISP_E_TYPEMISMATCH, 0},
            {u"1 2", DISP_E_TYPEMISMATCH, 0},
            {u"--1", DISP_E_TYPEMISMATCH, 0},
            {u"0x10", DISP_E_TYPEMISMATCH, 0},
            {u"inf", DISP_E_TYPEMISMATCH, 0},
            {u"nan", DISP_E_TYPEMISMATCH, 0},
            {u"1,5", DISP_E_TYPEMISMATCH, 0},
            {u"\u0661", DISP_E_TYPEMISMATCH, 0},
            {u"99999999999", DISP_E_OVERFLOW, 0},
            {u"1e999", DISP_E_OVERFLOW, 0},
            {u"&H11223344556677889", DISP_E_OVERFLOW, 0},
        };
        VARIANT result;

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                HRESULT hr = changed(text(cases[i].text), 0, VT_I4, &result);

                if (hr != cases[i].hr)
                        fail_msg("case %zu: %08X", i, (unsigned)hr);
                if (hr == S_OK)
                        assert_int_equal(result.lVal, cases[i].value);
        }
}

static void a_long_or_cut_text_is_no_number(void **state)
{
        VARIANT v, result;

        (void)state;
        VariantInit(&v);
        v.vt = VT_BSTR;
        v.bstrVal = SysAllocStringLen(NULL, 4096);
        for (UINT i = 0; i < 4096; i++)
                v.bstrVal[i] = u'1';
        assert_int_equal(changed(v, 0, VT_I4, &result), DISP_E_TYPEMISMATCH);
        v.vt = VT_BSTR;
        v.bstrVal = SysAllocStringLen(u"1\0", 2);
        assert_int_equal(changed(v, 0, VT_I4, &result), DISP_E_TYPEMISMATCH);
        v.vt = VT_BSTR;
        v.bstrVal = NULL; /* the empty string */
        assert_int_equal(changed(v, 0, VT_I4, &result), DISP_E_TYPEMISMATCH);
}

static void numbers_become_text_whatever_the_language(void **state)
{
        VARIANT result;

        (void)state;
        /* Where a language with a decimal comma is installed this test means more; "C" otherwise. */
        if (setlocale(LC_ALL, "de_DE.UTF-8") == NULL)
                setlocale(LC_ALL, "C");
        assert_int_equal(changed(i4(-12), 0, VT_BSTR, &result), S_OK);
        assert_text(&result, u"-12");
        VariantClear(&result);
        assert_int_equal(changed(r8(3.25), 0, VT_BSTR, &result), S_OK);
        assert_text(&result, u"3.25");
        VariantClear(&result);
        assert_int_equal(changed(r8(0.1), 0, VT_BSTR, &result), S_OK);
        assert_text(&result, u"0.1");
        VariantClear(&result);
        assert_int_equal(changed(r8(1e300), 0, VT_BSTR, &result), S_OK);
        assert_text(&result, u"1E+300");
        VariantClear(&result);
        assert_int_equal(changed(text(u"3.25"), 0, VT_R8, &result), S_OK);
        assert_true(result.dblVal == 3.25);
        setlocale(LC_ALL, "C");
}

static void booleans_are_minus_one_and_words(void **state)
{
        VARIANT yes, result;

        (void)state;
        assert_int_equal(changed(i4(2), 0, VT_BOOL, &yes), S_OK);
        assert_int_equal(yes.boolVal, VARIANT_TRUE);
        assert_int_equal(changed(yes, 0, VT_I4, &result), S_OK);
        assert_int_equal(result.lVal, -1);
        assert_int_equal(changed(yes, 0, VT_BSTR, &result), S_OK);
        assert_text(&result, u"-1");
        VariantClear(&result);
        assert_int_equal(changed(yes, VARIANT_ALPHABOOL, VT_BSTR, &result), S_OK);
        assert_text(&result, u"True");
        VariantClear(&result);
        assert_int_equal(changed((VARIANT){.vt = VT_BOOL, .boolVal = VARIANT_TRUE}, 0, VT_UI1, &result),
                         S_OK);
        assert_int_equal(result.bVal, 255);
        assert_int_equal(changed((VARIANT){.vt = VT_BOOL, .boolVal = VARIANT_TRUE}, 0, VT_UI8, &result),
                         S_OK);
        assert_true(result.ullVal == UINT64_MAX);
        assert_int_equal(changed((VARIANT){.vt = VT_BOOL, .boolVal = VARIANT_TRUE}, 0, VT_I1, &result), S_OK);
        assert_int_equal((int8_t)result.cVal, -1);
        assert_int_equal(changed((VARIANT){.vt = VT_BOOL, .boolVal = VARIANT_FALSE}, 0, VT_UI4, &result),
                         S_OK);
        assert_int_equal(result.ulVal, 0);
        assert_int_equal(changed(text(u"TRUE"), 0, VT_BOOL, &result), S_OK);
        assert_int_equal(result.boolVal, VARIANT_TRUE);
        assert_int_equal(changed(text(u"false"), 0, VT_BOOL, &result), S_OK);
        assert_int_equal(result.boolVal, VARIANT_FALSE);
        assert_int_equal(changed(text(u"0.0"), 0, VT_BOOL, &result), S_OK);
        assert_int_equal(result.boolVal, VARIANT_FALSE);
        assert_int_equal(changed(text(u"yes"), 0, VT_BOOL, &result), DISP_E_TYPEMISMATCH);
}

static void empty_null_and_error_convert_as_documented(void **state)
{
        VARIANT v, result;

        (void)state;
        VariantInit(&v);
        assert_int_equal(changed(v, 0, VT_I4, &result), S_OK);
        assert_int_equal(result.lVal, 0);
        assert_int_equal(changed(v, 0, VT_BSTR, &result), S_OK);
        assert_text(&result, u"");
        VariantClear(&result);
        assert_int_equal(changed(v, 0, VT_NULL, &result), DISP_E_TYPEMISMATCH);
        assert_int_equal(changed(v, 0, VT_DISPATCH, &result), DISP_E_TYPEMISMATCH);
        v.vt = VT_NULL;
        assert_int_equal(changed(v, 0, VT_I4, &result), DISP_E_TYPEMISMATCH);
        assert_int_equal(changed(v, 0, VT_BSTR, &result), DISP_E_TYPEMISMATCH);
        assert_int_equal(changed(v, 0, VT_NULL, &result), S_OK);
        v.vt = VT_ERROR;
        v.scode = DISP_E_PARAMNOTFOUND;
        assert_int_equal(changed(v, 0, VT_I4, &result), DISP_E_TYPEMISMATCH);
        assert_int_equal(changed(v, 0, VT_ERROR, &result), S_OK);
        assert_int_equal(result.scode, DISP_E_PARAMNOTFOUND);
        assert_int_equal(changed(i4(1), 0, VT_DATE, &result), DISP_E_BADVARTYPE);
        assert_int_equal(changed(i4(1), 0, VT_ILLEGAL, &result), DISP_E_BADVARTYPE);
        assert_int_equal(changed(i4(1), 0, VT_EMPTY, &result), DISP_E_TYPEMISMATCH);
        assert_int_equal(VariantChangeType(NULL, &v, 0, VT_I4), E_INVALIDARG);
        assert_int_equal(VariantChangeType(&v, NULL, 0, VT_I4), E_INVALIDARG);
}

static void interfaces_convert_by_query_interface(void **state)
{
        struct counted both = counted(1), plain = counted(0);
        VARIANT v, result;

        (void)state;
        VariantInit(&v), VariantInit(&result);
        v.vt = VT_UNKNOWN;
        v.punkVal = (IUnknown *)(void *)&both.IDispatch_iface;
        assert_int_equal(VariantChangeType(&result, &v, 0, VT_DISPATCH), S_OK);
        assert_ptr_equal(result.pdispVal, &both.IDispatch_iface);
        assert_int_equal(both.refs, 2);
        assert_int_equal(VariantChangeType(&result, &result, 0, VT_UNKNOWN), S_OK);
        assert_int_equal(both.refs, 2);
        VariantClear(&result);
        v.punkVal = (IUnknown *)(void *)&plain.IDispatch_iface;
        assert_int_equal(VariantChangeType(&result, &v, 0, VT_DISPATCH), E_NOINTERFACE);
        assert_int_equal(plain.refs, 1);
        assert_int_equal(VariantChangeType(&result, &v, 0, VT_I4), DISP_E_TYPEMISMATCH);
        v.punkVal = NULL;
        assert_int_equal(VariantChangeType(&result, &v, 0, VT_DISPATCH), S_OK);
        assert_null(result.pdispVal);
}

static void conversion_in_place_and_through_references(void **state)
{
        LONG number = 77;
        VARIANT v;

        (void)state;
        VariantInit(&v);
        v.vt = VT_I4 | VT_BYREF;
        v.plVal = &number;
        assert_int_equal(VariantChangeType(&v, &v, 0, VT_BSTR), S_OK);
        assert_text(&v, u"77");
        assert_int_equal(VariantChangeType(&v, &v, 0, VT_DISPATCH), DISP_E_TYPEMISMATCH);
        assert_text(&v, u"77");
        assert_int_equal(VariantChangeType(&v, &v, 0, VT_UI1), S_OK);
        assert_int_equal(v.bVal, 77);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(the_layout_is_that_of_windows),
            cmocka_unit_test(clear_frees_what_is_owned_and_empties),
            cmocka_unit_test(clear_leaves_what_is_only_referred_to),
            cmocka_unit_test(unknown_types_are_refused_and_left_alone),
            cmocka_unit_test(copy_owns_its_own),
            cmocka_unit_test(copy_ind_follows_references),
            cmocka_unit_test(integers_change_width_within_their_range),
            cmocka_unit_test(the_whole_of_64_bits_is_kept),
            cmocka_unit_test(fractions_round_half_to_even),
            cmocka_unit_test(texts_are_read_as_numbers_or_refused),
            cmocka_unit_test(a_long_or_cut_text_is_no_number),
            cmocka_unit_test(numbers_become_text_whatever_the_language),
            cmocka_unit_test(booleans_are_minus_one_and_words),
            cmocka_unit_test(empty_null_and_error_convert_as_documented),
            cmocka_unit_test(interfaces_convert_by_query_interface),
            cmocka_unit_test(conversion_in_place_and_through_references),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
