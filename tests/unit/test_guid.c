/* src/com/guid.c: the constants of the library, and identifiers as text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <objbase.h>
#include <oaidl.h>
#include <scardcom.h>

/* {32, 16, 16, 8 x 8} in host order, from the text of spec and standard. */
struct known {
        const char *name;
        const GUID *guid;
        const OLECHAR *text;
};

static const struct known known[] = {
    /* this library's */
    {"ISCardManage", &IID_ISCardManage, u"{D7208667-E9A8-4F42-AEC0-EBA0299301D4}"},
    {"ISCardVerify", &IID_ISCardVerify, u"{3CD8DCF3-2A22-44DD-A49C-3823E98C7B70}"},
    {"ISCardFileAccess", &IID_ISCardFileAccess, u"{94BBA4F8-2D94-4FE6-8FA8-F1E2E9CE61F8}"},
    {"ISCardAuth", &IID_ISCardAuth, u"{C2E29AB2-EDF1-447E-987B-34ECA6F3D65A}"},
    {"ISCardUnblockData", &IID_ISCardUnblockData, u"{E5D10335-2F12-4ED1-9BA9-E781857B68C9}"},
    {"IByteBuffer", &IID_IByteBuffer, u"{E126F8FE-A7AF-11D0-B88A-00C04FD424B9}"},
    {"SCardManage", &CLSID_SCardManage, u"{F7EC42C5-8335-4AAB-BDF0-1B361C9E35C3}"},
    {"ByteBuffer", &CLSID_ByteBuffer, u"{E126F8FF-A7AF-11D0-B88A-00C04FD424B9}"},
    {"CByteBuffer", &CLSID_CByteBuffer, u"{E126F8FF-A7AF-11D0-B88A-00C04FD424B9}"},
    {"LIBID_SCardCOM", &LIBID_SCardCOM, u"{EA1FFA80-0032-40A9-8896-61EA3C58D005}"},
    /* well known: MSDN */
    {"GUID_NULL", &GUID_NULL, u"{00000000-0000-0000-0000-000000000000}"},
    {"IUnknown", &IID_IUnknown, u"{00000000-0000-0000-C000-000000000046}"},
    {"IClassFactory", &IID_IClassFactory, u"{00000001-0000-0000-C000-000000000046}"},
    {"IDispatch", &IID_IDispatch, u"{00020400-0000-0000-C000-000000000046}"},
    {"IStream", &IID_IStream, u"{0000000C-0000-0000-C000-000000000046}"},
    {"ISequentialStream", &IID_ISequentialStream, u"{0C733A30-2A1C-11CE-ADE5-00AA0044773D}"},
    {"IErrorInfo", &IID_IErrorInfo, u"{1CF2B120-547D-101B-8E65-08002B2BD119}"},
    {"ICreateErrorInfo", &IID_ICreateErrorInfo, u"{22F03340-547D-101B-8E65-08002B2BD119}"},
    {"ISupportErrorInfo", &IID_ISupportErrorInfo, u"{DF0B3D60-548F-101B-8E65-08002B2BD119}"},
};

static size_t len_of(const OLECHAR *text)
{
        size_t len = 0;

        while (text[len] != 0)
                len++;
        return len;
}

static void constants_have_their_published_values(void **state)
{
        OLECHAR text[39];

        (void)state;
        for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
                GUID back;

                assert_int_equal(StringFromGUID2(known[i].guid, text, 39), 39);
                if (memcmp(text, known[i].text, sizeof(text)) != 0)
                        fail_msg("%s differs", known[i].name);
                assert_int_equal(IIDFromString(known[i].text, &back), S_OK);
                assert_memory_equal(&back, known[i].guid, sizeof(back));
        }
}

/* The layout in memory, against bytes written out by hand. */
static void a_guid_is_laid_out_32_16_16_8x8(void **state)
{
        const uint32_t data1 = 0xd7208667;
        const uint16_t data2 = 0xe9a8, data3 = 0x4f42;
        const uint8_t data4[8] = {0xae, 0xc0, 0xeb, 0xa0, 0x29, 0x93, 0x01, 0xd4};
        uint8_t expected[16];

        (void)state;
        memcpy(expected, &data1, 4);
        memcpy(expected + 4, &data2, 2);
        memcpy(expected + 6, &data3, 2);
        memcpy(expected + 8, data4, 8);
        assert_int_equal(sizeof(GUID), 16);
        assert_memory_equal(&IID_ISCardManage, expected, 16);
}

static void digits_of_either_case_are_read(void **state)
{
        IID iid;

        (void)state;
        assert_int_equal(IIDFromString(u"{d7208667-E9a8-4f42-aeC0-eba0299301D4}", &iid), S_OK);
        assert_true(IsEqualIID(&iid, &IID_ISCardManage));
}

static void a_null_text_is_the_null_guid(void **state)
{
        IID iid = IID_IUnknown;
        CLSID clsid = IID_IUnknown;

        (void)state;
        assert_int_equal(IIDFromString(NULL, &iid), S_OK);
        assert_true(IsEqualIID(&iid, &IID_NULL));
        assert_int_equal(CLSIDFromString(NULL, &clsid), S_OK);
        assert_true(IsEqualCLSID(&clsid, &CLSID_NULL));
}

static void malformed_texts_are_refused_and_give_the_null_guid(void **state)
{
        static const OLECHAR *const wrong[] = {
            u"{D7208667-E9A8-4F42-AEC0-EBA0299301DG}", u"{D7208667-E9A8-4F42-AEC0EBA0-299301D4}",
            u"(D7208667-E9A8-4F42-AEC0-EBA0299301D4)", u"{D7208667-E9A8-4F42-AEC0-EBA0299301D4 ",
            u"{D7208667-E9A8-4F42-AEC0- BA0299301D4}",
        };
        static const OLECHAR *const wrong_length[] = {
            u"",
            u"{",
            u"{D7208667-E9A8-4F42-AEC0-EBA0299301D4",
            u"D7208667-E9A8-4F42-AEC0-EBA0299301D4",
            u"{D7208667-E9A8-4F42-AEC0-EBA0299301D4}}",
        };
        IID iid;

        (void)state;
        for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
                iid = IID_IUnknown;
                assert_int_equal(len_of(wrong[i]), 38);
                assert_int_equal(IIDFromString(wrong[i], &iid), CO_E_IIDSTRING);
                assert_true(IsEqualIID(&iid, &IID_NULL));
                iid = IID_IUnknown;
                assert_int_equal(CLSIDFromString(wrong[i], &iid), CO_E_CLASSSTRING);
                assert_true(IsEqualIID(&iid, &IID_NULL));
        }
        for (size_t i = 0; i < sizeof(wrong_length) / sizeof(wrong_length[0]); i++) {
                iid = IID_IUnknown;
                assert_int_equal(IIDFromString(wrong_length[i], &iid), E_INVALIDARG);
                assert_true(IsEqualIID(&iid, &IID_NULL));
                assert_int_equal(CLSIDFromString(wrong_length[i], &iid), CO_E_CLASSSTRING);
        }
        assert_int_equal(IIDFromString(u"{}", NULL), E_INVALIDARG);
        assert_int_equal(CLSIDFromString(u"{}", NULL), E_INVALIDARG);
}

static void string_from_guid2_needs_39_units(void **state)
{
        OLECHAR text[40] = {u'x'};

        (void)state;
        assert_int_equal(StringFromGUID2(&IID_IUnknown, text, 38), 0);
        assert_int_equal(StringFromGUID2(&IID_IUnknown, text, -1), 0);
        assert_int_equal(StringFromGUID2(&IID_IUnknown, NULL, 39), 0);
        assert_int_equal(text[0], u'x');
        text[39] = u'y';
        assert_int_equal(StringFromGUID2(&IID_IUnknown, text, 40), 39);
        assert_int_equal(text[38], 0);
        assert_int_equal(text[39], u'y');
}

static void string_from_clsid_and_iid_allocate(void **state)
{
        LPOLESTR text = NULL;

        (void)state;
        assert_int_equal(StringFromCLSID(&CLSID_SCardManage, &text), S_OK);
        assert_memory_equal(text, u"{F7EC42C5-8335-4AAB-BDF0-1B361C9E35C3}", 39 * sizeof(OLECHAR));
        CoTaskMemFree(text);
        assert_int_equal(StringFromIID(&IID_IDispatch, &text), S_OK);
        assert_memory_equal(text, u"{00020400-0000-0000-C000-000000000046}", 39 * sizeof(OLECHAR));
        CoTaskMemFree(text);
        assert_int_equal(StringFromCLSID(&IID_IDispatch, NULL), E_INVALIDARG);
        text = (LPOLESTR)u"x";
        assert_int_equal(StringFromCLSID(NULL, &text), E_INVALIDARG);
        assert_null(text);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(constants_have_their_published_values),
            cmocka_unit_test(a_guid_is_laid_out_32_16_16_8x8),
            cmocka_unit_test(digits_of_either_case_are_read),
            cmocka_unit_test(a_null_text_is_the_null_guid),
            cmocka_unit_test(malformed_texts_are_refused_and_give_the_null_guid),
            cmocka_unit_test(string_from_guid2_needs_39_units),
            cmocka_unit_test(string_from_clsid_and_iid_allocate),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
