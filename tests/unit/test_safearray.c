/* src/com/safearray.c, and VARIANTs that own arrays. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <oleauto.h>

static SAFEARRAY *bytes_of(const char *text)
{
        SAFEARRAY *array = SafeArrayCreateVector(VT_UI1, 0, (ULONG)strlen(text));
        void *data = NULL;

        assert_int_equal(SafeArrayAccessData(array, &data), S_OK);
        memcpy(data, text, strlen(text));
        assert_int_equal(SafeArrayUnaccessData(array), S_OK);
        return array;
}

static void a_vector_knows_its_bounds_and_type(void **state)
{
        SAFEARRAY *array = SafeArrayCreateVector(VT_I4, 5, 3);
        VARTYPE vt = 0;
        LONG bound = 0;

        (void)state;
        assert_int_equal(SafeArrayGetDim(array), 1);
        assert_int_equal(SafeArrayGetElemsize(array), 4);
        assert_int_equal(SafeArrayGetVartype(array, &vt), S_OK);
        assert_int_equal(vt, VT_I4);
        assert_int_equal(SafeArrayGetLBound(array, 1, &bound), S_OK);
        assert_int_equal(bound, 5);
        assert_int_equal(SafeArrayGetUBound(array, 1, &bound), S_OK);
        assert_int_equal(bound, 7);
        assert_int_equal(SafeArrayGetUBound(array, 0, &bound), DISP_E_BADINDEX);
        assert_int_equal(SafeArrayGetLBound(array, 2, &bound), DISP_E_BADINDEX);
        assert_int_equal(SafeArrayDestroy(array), S_OK);
        assert_int_equal(SafeArrayDestroy(NULL), S_OK);
        array = SafeArrayCreateVector(VT_UI1, 0, 0);
        assert_int_equal(SafeArrayGetUBound(array, 1, &bound), S_OK);
        assert_int_equal(bound, -1);
        assert_int_equal(SafeArrayDestroy(array), S_OK);
}

static void what_cannot_be_is_not_created(void **state)
{
        SAFEARRAYBOUND huge[2] = {{0x10000, 0}, {0x10000, 0}};

        (void)state;
        assert_null(SafeArrayCreateVector(VT_EMPTY, 0, 1));
        assert_null(SafeArrayCreateVector(VT_RECORD, 0, 1));
        assert_null(SafeArrayCreateVector(VT_BYREF | VT_I4, 0, 1));
        assert_null(SafeArrayCreateVector(VT_UI1, 0, 0xFFFFFFFFu));
        assert_null(SafeArrayCreate(VT_I4, 2, huge));
        assert_null(SafeArrayCreate(VT_I4, 0, huge));
        assert_null(SafeArrayCreate(VT_I4, 1, NULL));
}

static void the_first_dimension_varies_fastest(void **state)
{
        SAFEARRAYBOUND bounds[2] = {{2, 0}, {3, 10}};
        SAFEARRAY *array = SafeArrayCreate(VT_I2, 2, bounds);
        LONG index[2], bound = 0;
        SHORT value, *data = NULL;

        (void)state;
        assert_int_equal(SafeArrayGetUBound(array, 2, &bound), S_OK);
        assert_int_equal(bound, 12);
        for (index[0] = 0; index[0] < 2; index[0]++) {
                for (index[1] = 10; index[1] < 13; index[1]++) {
                        value = (SHORT)(100 * index[0] + index[1]);
                        assert_int_equal(SafeArrayPutElement(array, index, &value), S_OK);
                }
        }
        assert_int_equal(SafeArrayAccessData(array, (void **)&data), S_OK);
        assert_int_equal(data[0], 10);
        assert_int_equal(data[1], 110);
        assert_int_equal(data[2], 11);
        assert_int_equal(data[5], 112);
        assert_int_equal(SafeArrayUnaccessData(array), S_OK);
        index[0] = 1;
        index[1] = 13;
        assert_int_equal(SafeArrayGetElement(array, index, &value), DISP_E_BADINDEX);
        index[1] = 9;
        assert_int_equal(SafeArrayPutElement(array, index, &value), DISP_E_BADINDEX);
        assert_int_equal(SafeArrayDestroy(array), S_OK);
}

static void strings_are_copied_in_and_out(void **state)
{
        SAFEARRAY *array = SafeArrayCreateVector(VT_BSTR, 0, 2), *copy = NULL;
        BSTR text = SysAllocString(u"3F00"), back = NULL;
        LONG index = 1;

        (void)state;
        assert_int_equal(SafeArrayPutElement(array, &index, text), S_OK);
        assert_int_equal(SafeArrayPutElement(array, &index, text), S_OK); /* the first is freed */
        text[0] = u'X';
        SysFreeString(text);
        assert_int_equal(SafeArrayCopy(array, &copy), S_OK);
        assert_int_equal(SafeArrayDestroy(array), S_OK);
        assert_int_equal(SafeArrayGetElement(copy, &index, &back), S_OK);
        assert_int_equal(SysStringLen(back), 4);
        assert_memory_equal(back, u"3F00", 8);
        SysFreeString(back);
        index = 0;
        assert_int_equal(SafeArrayGetElement(copy, &index, &back), S_OK);
        assert_null(back);
        assert_int_equal(SafeArrayDestroy(copy), S_OK);
}

static void variants_in_an_array_own_what_they_hold(void **state)
{
        SAFEARRAY *array = SafeArrayCreateVector(VT_VARIANT, 0, 1), *copy = NULL;
        VARIANT value, back;
        LONG index = 0;

        (void)state;
        VariantInit(&value);
        VariantInit(&back);
        value.vt = VT_BSTR;
        value.bstrVal = SysAllocString(u"a");
        assert_int_equal(SafeArrayPutElement(array, &index, &value), S_OK);
        assert_int_equal(VariantClear(&value), S_OK);
        assert_int_equal(SafeArrayCopy(array, &copy), S_OK);
        assert_int_equal(SafeArrayDestroy(array), S_OK);
        assert_int_equal(SafeArrayGetElement(copy, &index, &back), S_OK);
        assert_int_equal(back.vt, VT_BSTR);
        assert_int_equal(VariantClear(&back), S_OK);
        assert_int_equal(SafeArrayDestroy(copy), S_OK);
}

static void a_locked_array_is_not_destroyed(void **state)
{
        VARIANT owner, other;
        void *data = NULL;

        (void)state;
        VariantInit(&other);
        VariantInit(&owner);
        owner.vt = VT_ARRAY | VT_UI1;
        owner.parray = bytes_of("abc");
        assert_int_equal(SafeArrayAccessData(owner.parray, &data), S_OK);
        assert_int_equal(SafeArrayDestroy(owner.parray), DISP_E_ARRAYISLOCKED);
        assert_int_equal(VariantClear(&owner), DISP_E_ARRAYISLOCKED);
        assert_int_equal(VariantCopy(&owner, &other), DISP_E_ARRAYISLOCKED);
        assert_int_equal(owner.vt, VT_ARRAY | VT_UI1);
        assert_memory_equal(data, "abc", 3);
        assert_int_equal(SafeArrayUnaccessData(owner.parray), S_OK);
        assert_int_equal(SafeArrayUnaccessData(owner.parray), E_UNEXPECTED);
        assert_int_equal(VariantClear(&owner), S_OK);
}

static void a_variant_copies_and_refers_to_arrays(void **state)
{
        VARIANT owner, reference, copy;
        SAFEARRAY *array = bytes_of("abc");

        (void)state;
        VariantInit(&copy);
        VariantInit(&owner);
        owner.vt = VT_ARRAY | VT_UI1;
        owner.parray = array;
        assert_int_equal(VariantCopy(&copy, &owner), S_OK);
        assert_ptr_not_equal(copy.parray, array);
        assert_memory_equal(copy.parray->pvData, "abc", 3);
        VariantInit(&reference);
        reference.vt = VT_BYREF | VT_ARRAY | VT_UI1;
        reference.pparray = &array;
        assert_int_equal(VariantCopyInd(&copy, &reference), S_OK);
        assert_int_equal(copy.vt, VT_ARRAY | VT_UI1);
        assert_ptr_not_equal(copy.parray, array);
        assert_int_equal(VariantClear(&reference), S_OK); /* owns nothing */
        assert_int_equal(VariantClear(&copy), S_OK);
        assert_int_equal(VariantClear(&owner), S_OK);
}

/* On the stack, without a type, as C sources fill them in for one call. */
static void an_array_that_a_program_made_itself_is_copied(void **state)
{
        uint8_t bytes[] = {1, 2, 3};
        BSTR texts[] = {SysAllocString(u"one"), NULL};
        SAFEARRAY plain = {.cDims = 1,
                           .fFeatures = FADF_AUTO | FADF_FIXEDSIZE,
                           .cbElements = 1,
                           .pvData = bytes,
                           .rgsabound = {{.cElements = 3, .lLbound = 7}}};
        SAFEARRAY strings = {.cDims = 1,
                             .fFeatures = FADF_STATIC | FADF_BSTR,
                             .cbElements = sizeof(BSTR),
                             .pvData = texts,
                             .rgsabound = {{.cElements = 2}}};
        VARIANT from = {.vt = VT_ARRAY | VT_UI1, .parray = &plain}, to = {.vt = VT_EMPTY};
        SAFEARRAY *copy = NULL;
        LONG bound = 0;

        (void)state;
        assert_int_equal(VariantCopy(&to, &from), S_OK);
        assert_ptr_not_equal(to.parray->pvData, bytes);
        assert_memory_equal(to.parray->pvData, bytes, 3);
        assert_int_equal(SafeArrayGetLBound(to.parray, 1, &bound), S_OK);
        assert_int_equal(bound, 7);
        assert_int_equal(VariantClear(&to), S_OK);
        assert_int_equal(SafeArrayCopy(&strings, &copy), S_OK);
        assert_int_equal(copy->fFeatures, FADF_BSTR);
        assert_ptr_not_equal(((BSTR *)copy->pvData)[0], texts[0]);
        assert_int_equal(SysStringLen(((BSTR *)copy->pvData)[0]), 3);
        assert_null(((BSTR *)copy->pvData)[1]);
        assert_int_equal(SafeArrayDestroy(copy), S_OK);
        plain.cbElements = 0;
        assert_int_equal(SafeArrayCopy(&plain, &copy), E_INVALIDARG);
        assert_null(copy);
        plain.cbElements = 1;
        plain.pvData = NULL;
        assert_int_equal(SafeArrayCopy(&plain, &copy), E_INVALIDARG);
        plain.pvData = bytes;
        plain.fFeatures = FADF_AUTO | FADF_VARIANT; /* which elements of one byte are not */
        assert_int_equal(SafeArrayCopy(&plain, &copy), E_INVALIDARG);
        SysFreeString(texts[0]);
}

/* Larger than anything that an array of ours has by itself. */
static void elements_of_any_size_are_put_and_got(void **state)
{
        uint8_t rows[2][200], row[200], got[200];
        SAFEARRAY table = {.cDims = 1,
                           .fFeatures = FADF_AUTO,
                           .cbElements = sizeof(row),
                           .pvData = rows,
                           .rgsabound = {{.cElements = 2}}};
        SAFEARRAY *copy = NULL;
        LONG index = 1;

        (void)state;
        memset(rows, 'r', sizeof(rows));
        memset(row, 'n', sizeof(row));
        assert_int_equal(SafeArrayCopy(&table, &copy), S_OK);
        assert_int_equal(SafeArrayPutElement(copy, &index, row), S_OK);
        assert_int_equal(SafeArrayGetElement(copy, &index, got), S_OK);
        assert_memory_equal(got, row, sizeof(row));
        assert_memory_equal(copy->pvData, rows, sizeof(row));
        assert_int_equal(SafeArrayDestroy(copy), S_OK);
}

/* What it holds is given back; where it lies is the program's. */
static void an_array_that_a_program_made_itself_is_emptied(void **state)
{
        BSTR texts[] = {SysAllocString(u"one"), SysAllocString(u"two")};
        SAFEARRAY strings = {.cDims = 1,
                             .fFeatures = FADF_AUTO | FADF_BSTR,
                             .cbElements = sizeof(BSTR),
                             .pvData = texts,
                             .rgsabound = {{.cElements = 2}}};

        (void)state;
        assert_int_equal(SafeArrayDestroy(&strings), S_OK);
        assert_null(texts[0]);
        assert_null(texts[1]);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(a_vector_knows_its_bounds_and_type),
            cmocka_unit_test(what_cannot_be_is_not_created),
            cmocka_unit_test(the_first_dimension_varies_fastest),
            cmocka_unit_test(strings_are_copied_in_and_out),
            cmocka_unit_test(variants_in_an_array_own_what_they_hold),
            cmocka_unit_test(a_locked_array_is_not_destroyed),
            cmocka_unit_test(a_variant_copies_and_refers_to_arrays),
            cmocka_unit_test(an_array_that_a_program_made_itself_is_copied),
            cmocka_unit_test(elements_of_any_size_are_put_and_got),
            cmocka_unit_test(an_array_that_a_program_made_itself_is_emptied),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
