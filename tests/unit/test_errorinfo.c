/* src/com/errorinfo.c: what a failed method leaves in its thread, in words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <objbase.h>
#include <oleauto.h>

#include "core/card/chv.h"
#include "com/errorinfo.h"
#include "com/manage.h"
#include "com/object.h"
#include "tests/support/fake_winscard.h"

static ISCardManage *manage;
static ISCardVerify *verify;
static IByteBuffer *code;

static int set_up(void **state)
{
        BSTR reader = SysAllocString(u"Reader \u00E9");

        (void)state;
        fake_winscard_reset();
        assert_int_equal(manage_create_on(&fake_api, &IID_ISCardManage, (void **)&manage), S_OK);
        assert_int_equal(manage->lpVtbl->AttachByIFD(manage, reader), S_OK);
        assert_int_equal(manage->lpVtbl->CreateCHVerification(manage, &verify), S_OK);
        SysFreeString(reader);
        code = buffer_of("1234");
        return 0;
}

static int tear_down(void **state)
{
        (void)state;
        (void)SetErrorInfo(0, NULL);
        assert_int_equal(code->lpVtbl->Release(code), 0);
        assert_int_equal(verify->lpVtbl->Release(verify), 0);
        assert_int_equal(manage->lpVtbl->Release(manage), 0);
        return 0;
}

/* Takes the error object of the thread; its description has to be wanted. */
static void assert_error(const IID *iid, const OLECHAR *source, const OLECHAR *wanted)
{
        IErrorInfo *info = NULL;
        BSTR text = NULL, wanted_text = SysAllocString(wanted), wanted_source = SysAllocString(source);
        GUID guid;

        assert_int_equal(GetErrorInfo(0, &info), S_OK);
        assert_int_equal(info->lpVtbl->GetDescription(info, &text), S_OK);
        assert_int_equal(SysStringByteLen(text), SysStringByteLen(wanted_text));
        assert_memory_equal(text, wanted_text, SysStringByteLen(text));
        SysFreeString(text);
        assert_int_equal(info->lpVtbl->GetSource(info, &text), S_OK);
        assert_int_equal(SysStringByteLen(text), SysStringByteLen(wanted_source));
        assert_memory_equal(text, wanted_source, SysStringByteLen(text));
        SysFreeString(text);
        assert_int_equal(info->lpVtbl->GetGUID(info, &guid), S_OK);
        assert_true(IsEqualGUID(&guid, iid));
        assert_int_equal(info->lpVtbl->Release(info), 0);
        assert_int_equal(GetErrorInfo(0, &info), S_FALSE); /* taken */
        assert_null(info);
        SysFreeString(wanted_text);
        SysFreeString(wanted_source);
}

static void a_wrong_code_names_reader_status_word_and_tries(void **state)
{
        (void)state;
        fake.sw = 0x63C2;
        assert_int_equal(verify->lpVtbl->Verify(verify, code, SC_FL_IHV_GLOBAL, 1), SCARD_W_WRONG_CHV);
        assert_error(&IID_ISCardVerify, u"libiscard.ISCardVerify",
                     u"VERIFY: wrong code, 2 tries left (SW 63C2), reader \"Reader \u00E9\"");
        assert_int_equal(verify->lpVtbl->Verify(verify, NULL, SC_FL_IHV_CHECKONLY, 1),
                         SCARD_W_CARD_NOT_AUTHENTICATED);
        IErrorInfo *info = NULL;
        BSTR text = NULL;
        assert_int_equal(GetErrorInfo(0, &info), S_OK);
        assert_int_equal(info->lpVtbl->GetDescription(info, &text), S_OK);
        assert_non_null(memmem(text, SysStringByteLen(text), u"2 tries left (SW 63C2)", 44));
        assert_null(memmem(text, SysStringByteLen(text), u"wrong", 10)); /* nobody gave one */
        SysFreeString(text);
        info->lpVtbl->Release(info);
}

static void a_failure_without_a_command_names_method_and_reader(void **state)
{
        ISCardManage *other = NULL;
        BSTR reader = SysAllocString(u"Elsewhere");

        (void)state;
        assert_int_equal(verify->lpVtbl->Verify(verify, code, SC_FL_IHV_GLOBAL, 32), E_INVALIDARG);
        assert_error(&IID_ISCardVerify, u"libiscard.ISCardVerify",
                     u"ISCardVerify::Verify: an argument is not valid");
        assert_int_equal(manage_create_on(&fake_api, &IID_ISCardManage, (void **)&other), S_OK);
        fake.connect = SCARD_E_NO_SMARTCARD;
        assert_int_equal(other->lpVtbl->AttachByIFD(other, reader), SCARD_E_NO_SMARTCARD);
        IErrorInfo *info = NULL;
        BSTR text = NULL;
        assert_int_equal(GetErrorInfo(0, &info), S_OK);
        assert_int_equal(info->lpVtbl->GetDescription(info, &text), S_OK);
        assert_non_null(memmem(text, SysStringByteLen(text), u"ISCardManage::AttachByIFD: ", 54));
        assert_non_null(memmem(text, SysStringByteLen(text), u", reader \"Elsewhere\"", 40));
        SysFreeString(text);
        info->lpVtbl->Release(info);
        SysFreeString(reader);
        assert_int_equal(other->lpVtbl->Release(other), 0);
}

static void attaching_again_names_the_reader_that_is_attached(void **state)
{
        BSTR reader = SysAllocString(u"Elsewhere");

        (void)state;
        assert_int_equal(manage->lpVtbl->AttachByIFD(manage, reader), E_UNEXPECTED);
        assert_error(&IID_ISCardManage, u"libiscard.ISCardManage",
                     u"ISCardManage::AttachByIFD: the object is not in a state for this call, reader "
                     u"\"Reader \u00E9\"");
        assert_int_equal(manage->lpVtbl->AttachByHandle(manage, FAKE_CALLERS), E_UNEXPECTED);
        assert_error(&IID_ISCardManage, u"libiscard.ISCardManage",
                     u"ISCardManage::AttachByHandle: the object is not in a state for this call, reader "
                     u"\"Reader \u00E9\"");
        SysFreeString(reader);
}

/* 6402 and 6403 are execution errors of a card, and what was typed where a PIN pad answers: the code tells. */
static void what_was_typed_is_said_in_words(void **state)
{
        struct card_last last = {.command = "VERIFY", .sw = 0x6403, .tries = -1};

        (void)state;
        error_note(SCARD_E_INVALID_CHV, &last, "R");
        (void)error_from(&IID_ISCardVerify, "ISCardVerify::Verify", SCARD_E_INVALID_CHV);
        assert_error(&IID_ISCardVerify, u"libiscard.ISCardVerify",
                     u"VERIFY: the code that was typed is too short or too long (SW 6403), reader \"R\"");
        last.sw = 0x6402;
        error_note(SCARD_E_INVALID_CHV, &last, "R");
        (void)error_from(&IID_ISCardVerify, "ISCardVerify::Verify", SCARD_E_INVALID_CHV);
        assert_error(&IID_ISCardVerify, u"libiscard.ISCardVerify",
                     u"VERIFY: the new code was not typed the same twice (SW 6402), reader \"R\"");
        error_note(SCARD_E_UNEXPECTED, &last, "R");
        (void)error_from(&IID_ISCardVerify, "ISCardVerify::Verify", SCARD_E_UNEXPECTED);
        assert_error(&IID_ISCardVerify, u"libiscard.ISCardVerify",
                     u"VERIFY: execution error, nothing on the card has changed (SW 6402), reader \"R\"");
}

/* A method may note a failure (the end of a file, say) and then use a buffer before it returns. */
static void a_note_outlasts_the_buffer_calls_inside_the_method(void **state)
{
        struct card_last last = {.command = "READ BINARY", .sw = 0x6282, .tries = -1};
        LONG position = 0;

        (void)state;
        error_note(SCARD_W_EOF, &last, "Reader \u00E9");
        assert_int_equal(code->lpVtbl->Seek(code, 0, STREAM_SEEK_SET, &position), S_OK);
        assert_int_equal(error_from(&IID_ISCardFileAccess, "ISCardFileAccess::Read", SCARD_W_EOF),
                         SCARD_W_EOF);
        IErrorInfo *info = NULL;
        BSTR text = NULL;
        assert_int_equal(GetErrorInfo(0, &info), S_OK);
        assert_int_equal(info->lpVtbl->GetDescription(info, &text), S_OK);
        assert_non_null(memmem(text, SysStringByteLen(text), u"(SW 6282), reader \"Reader \u00E9\"", 54));
        SysFreeString(text);
        info->lpVtbl->Release(info);
}

/* Every status word: a text, with the status word in it, and no code. */
static void no_text_holds_a_code(void **state)
{
        (void)state;
        for (unsigned sw = 0x6000; sw <= 0x9FFF; sw++) {
                IErrorInfo *info = NULL;
                OLECHAR number[] = u"(SW ....)";
                char digits[8];
                BSTR text = NULL;

                fake.sw = (uint16_t)sw;
                fake.apdus = 0;
                if (SUCCEEDED(verify->lpVtbl->Verify(verify, code, SC_FL_IHV_GLOBAL, 1)))
                        continue;
                if (fake.apdus == 0)
                        continue;
                assert_int_equal(GetErrorInfo(0, &info), S_OK);
                assert_int_equal(info->lpVtbl->GetDescription(info, &text), S_OK);
                snprintf(digits, sizeof(digits), "%04X", sw);
                for (int i = 0; i < 4; i++)
                        number[4 + i] = (OLECHAR)digits[i];
                assert_non_null(memmem(text, SysStringByteLen(text), number, 18));
                if (sw != 0x1234)
                        assert_null(memmem(text, SysStringByteLen(text), u"1234", 8));
                SysFreeString(text);
                info->lpVtbl->Release(info);
        }
}

static void *fail_in_a_thread(void *unused)
{
        IErrorInfo *info = NULL;

        (void)unused;
        assert_int_equal(GetErrorInfo(0, &info), S_FALSE);
        assert_int_equal(manage->lpVtbl->CreateCHVerification(manage, NULL), E_POINTER);
        ICreateErrorInfo *made = NULL;
        assert_int_equal(CreateErrorInfo(&made), S_OK);
        assert_int_equal(made->lpVtbl->QueryInterface(made, &IID_IErrorInfo, (void **)&info), S_OK);
        assert_int_equal(SetErrorInfo(0, info), S_OK);
        info->lpVtbl->Release(info);
        made->lpVtbl->Release(made);
        return NULL;
}

static void each_thread_has_its_own_and_gives_it_back(void **state)
{
        unsigned before = object_count();
        pthread_t thread;

        (void)state;
        assert_int_equal(manage->lpVtbl->SCardUnlock(manage, (SCARD_DISPOSITIONS)9), E_INVALIDARG);
        assert_int_equal(pthread_create(&thread, NULL, fail_in_a_thread, NULL), 0);
        assert_int_equal(pthread_join(thread, NULL), 0);
        assert_int_equal(object_count(), before);
        assert_error(&IID_ISCardManage, u"libiscard.ISCardManage",
                     u"ISCardManage::SCardUnlock: an argument is not valid, reader \"Reader \u00E9\"");
}

static void a_program_may_set_its_own(void **state)
{
        ICreateErrorInfo *made = NULL;
        IErrorInfo *info = NULL, *back = NULL;
        BSTR text = NULL;
        DWORD context = 1;

        (void)state;
        assert_int_equal(CreateErrorInfo(NULL), E_INVALIDARG);
        assert_int_equal(GetErrorInfo(0, NULL), E_INVALIDARG);
        assert_int_equal(SetErrorInfo(1, NULL), E_INVALIDARG);
        assert_int_equal(CreateErrorInfo(&made), S_OK);
        assert_int_equal(made->lpVtbl->SetDescription(made, (LPOLESTR)u"mine"), S_OK);
        assert_int_equal(made->lpVtbl->SetDescription(made, (LPOLESTR)u"mine too"), S_OK);
        assert_int_equal(made->lpVtbl->SetHelpContext(made, 7), S_OK);
        assert_int_equal(made->lpVtbl->QueryInterface(made, &IID_IErrorInfo, (void **)&info), S_OK);
        assert_int_equal(SetErrorInfo(0, info), S_OK);
        assert_int_equal(GetErrorInfo(0, &back), S_OK);
        assert_ptr_equal(back, info);
        assert_int_equal(back->lpVtbl->GetDescription(back, &text), S_OK);
        assert_int_equal(SysStringLen(text), 8);
        SysFreeString(text);
        assert_int_equal(back->lpVtbl->GetHelpFile(back, &text), S_OK);
        assert_null(text);
        assert_int_equal(back->lpVtbl->GetHelpContext(back, &context), S_OK);
        assert_int_equal(context, 7);
        back->lpVtbl->Release(back);
        assert_int_equal(SetErrorInfo(0, info), S_OK);
        assert_int_equal(manage->lpVtbl->AttachByIFD(manage, NULL), E_INVALIDARG); /* takes its place */
        info->lpVtbl->Release(info);
        assert_int_equal(made->lpVtbl->Release(made), 0);
        assert_error(&IID_ISCardManage, u"libiscard.ISCardManage",
                     u"ISCardManage::AttachByIFD: an argument is not valid");
}

static void objects_say_which_interfaces_leave_errors(void **state)
{
        ISupportErrorInfo *support = NULL;

        (void)state;
        assert_int_equal(verify->lpVtbl->QueryInterface(verify, &IID_ISupportErrorInfo, (void **)&support),
                         S_OK);
        assert_int_equal(support->lpVtbl->InterfaceSupportsErrorInfo(support, &IID_ISCardVerify), S_OK);
        assert_int_equal(support->lpVtbl->InterfaceSupportsErrorInfo(support, &IID_IUnknown), S_FALSE);
        assert_int_equal(support->lpVtbl->InterfaceSupportsErrorInfo(support, NULL), S_FALSE);
        assert_int_equal(support->lpVtbl->Release(support), 1);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test_setup_teardown(a_wrong_code_names_reader_status_word_and_tries, set_up,
                                            tear_down),
            cmocka_unit_test_setup_teardown(a_failure_without_a_command_names_method_and_reader, set_up,
                                            tear_down),
            cmocka_unit_test_setup_teardown(attaching_again_names_the_reader_that_is_attached, set_up,
                                            tear_down),
            cmocka_unit_test_setup_teardown(a_note_outlasts_the_buffer_calls_inside_the_method, set_up,
                                            tear_down),
            cmocka_unit_test_setup_teardown(what_was_typed_is_said_in_words, set_up, tear_down),
            cmocka_unit_test_setup_teardown(no_text_holds_a_code, set_up, tear_down),
            cmocka_unit_test_setup_teardown(each_thread_has_its_own_and_gives_it_back, set_up, tear_down),
            cmocka_unit_test_setup_teardown(a_program_may_set_its_own, set_up, tear_down),
            cmocka_unit_test_setup_teardown(objects_say_which_interfaces_leave_errors, set_up, tear_down),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
