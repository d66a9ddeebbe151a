/*
 * comdef.cpp - <comdef.h> as sources of the platform SDK's years use it: what compiles there compiles here, and does
 * the same. Compiled a second time with -fshort-wchar, where texts may be L"...".
 */
#include <cstdio>
#include <cstring>

#include <windows.h>

#include <comdef.h>
#include <scardcom.h>

_COM_SMARTPTR_TYPEDEF(ISCardManage, __uuidof(ISCardManage));
_COM_SMARTPTR_TYPEDEF(ISCardVerify, __uuidof(ISCardVerify));
_COM_SMARTPTR_TYPEDEF(IByteBuffer, IID_IByteBuffer);

#if __SIZEOF_WCHAR_T__ == 2
#define TEXT16(string) L##string
#else
#define TEXT16(string) OLESTR(string)
#endif

static int failures;

static void check(bool good, const char *what)
{
        if (!good) {
                std::printf("FAILED  comdef.h: %s\n", what);
                failures++;
        }
}

/* The code of what f throws; S_OK: nothing. */
template <typename Function> static HRESULT thrown_by(Function f)
{
        try {
                f();
        } catch (const _com_error &error) {
                return error.Error();
        }
        return S_OK;
}

static void texts()
{
        _bstr_t empty, a("a\xC3\xA9"), b(TEXT16("b")), joined = a + "-" + b;
        BSTR taken;
        char *bytes;

        check(!empty && empty.length() == 0 && empty == _bstr_t(""), "NULL is the empty text");
        check(a.length() == 2 && static_cast<OLECHAR *>(a)[1] == 0xE9, "char texts are UTF-8");
        check(std::strcmp(a, "a\xC3\xA9") == 0 && std::strcmp((char *)joined, "a\xC3\xA9-b") == 0,
              "and back");
        check(_bstr_t("\xF0\x9F\x94\x91").length() == 2 && _bstr_t("\xF0\x9F\x94\x91") == "\xF0\x9F\x94\x91",
              "a pair of surrogates");
        joined = "x" + b;
        joined += "y";
        joined += TEXT16("z");
        check(joined == "xbyz" && joined == TEXT16("xbyz") && joined != "xby" && joined != TEXT16("xbyzz"),
              "joining and comparing");
        check(b > a && a < b && a <= a && a >= a && empty < a && _bstr_t("a") < a, "the order of texts");
        a.Assign(a.GetBSTR());
        a = TEXT16("other");
        taken = a.copy();
        check(taken != a.copy(false) && a == taken && a == static_cast<const OLECHAR *>(a), "copies");
        empty.Attach(taken);
        check(empty.Detach() == taken && !empty, "Attach and Detach");
        bytes = _com_util::ConvertBSTRToString(taken);
        check(std::strcmp(bytes, "other") == 0, "ConvertBSTRToString");
        delete[] bytes;
        SysFreeString(taken);
        taken = _com_util::ConvertStringToBSTR("text");
        check(SysStringLen(taken) == 4, "ConvertStringToBSTR");
        SysFreeString(taken);
        *empty.GetAddress() = SysAllocString(TEXT16("out"));
        check(empty == "out", "GetAddress");
}

static void numbers()
{
        const _variant_t word("12"), half(0.5), yes(true), no(false);

        check(_variant_t(1).vt == VT_I4 && _variant_t(1u).vt == VT_UI4 && _variant_t((short)1).vt == VT_I2,
              "vt");
        check(_variant_t((BYTE)200).vt == VT_UI1 && _variant_t((BYTE)200).bVal == 200, "a byte");
        check(_variant_t('a').vt == VT_I1 && _variant_t((unsigned short)1).vt == VT_UI2, "a char, a word");
        check(_variant_t(1LL).vt == VT_I8 && _variant_t(1ULL).vt == VT_UI8 && _variant_t(1.5f).vt == VT_R4,
              "vt");
        check(yes.vt == VT_BOOL && yes.boolVal == VARIANT_TRUE && no.boolVal == VARIANT_FALSE, "bool");
        check(_variant_t(LONG(7), VT_BOOL).boolVal == VARIANT_TRUE && _variant_t(2.0, VT_DATE).date > 1,
              "of a type");
        check((short)word == 12 && (BYTE)word == 12 && (unsigned)word == 12 && (float)word > 11.9f,
              "from a text");
        check((long)word == 12 && (long long)word == 12 && (double)half > 0.4 && (bool)half && !(bool)no,
              "numbers");
        check((LONG)yes == -1, "true is -1");
        check(thrown_by([&] { (void)(BYTE)_variant_t(256); }) == DISP_E_OVERFLOW, "256 is no byte");
        check(thrown_by([&] { (void)(LONG)_variant_t("x"); }) == DISP_E_TYPEMISMATCH, "x is no number");
        check((_bstr_t)_variant_t(-5) == "-5", "a number as text");
}

static void variants()
{
        _variant_t a, b;

        a = 5;
        b = (short)5;
        check(a != b && a == _variant_t(LONG(5)), "the type counts");
        a = TEXT16("t");
        b.SetString("t");
        check(a == b && a.vt == VT_BSTR && a.bstrVal != b.bstrVal, "texts are compared, and copied");
        a = true;
        a = 1.5;
        a = _bstr_t("s");
        b.Attach(a);
        check(a.vt == VT_EMPTY && b == _variant_t("s"), "Attach");
        const VARIANT plain = b;
        check(_variant_t(plain) == b && _variant_t(&plain) == b, "from a VARIANT");
        ISCardManagePtr manage(__uuidof(SCardManage));
        a = manage;
        check(a.vt == VT_DISPATCH && a.pdispVal == manage.GetInterfacePtr(), "an object by assignment");
        check(_variant_t(manage).vt == VT_DISPATCH && _variant_t((IUnknown *)manage).vt == VT_UNKNOWN,
              "and made");
        a = 0;
        check(a.vt == VT_I4 && manage->AddRef() == 2 && manage->Release() == 1,
              "no reference is left behind");
        a = vtMissing;
        check(a.vt == VT_ERROR && a.scode == DISP_E_PARAMNOTFOUND, "vtMissing");
        b.ChangeType(VT_BSTR);
        b.Clear();
        check(b == _variant_t(), "Clear");
}

static void pointers()
{
        ISCardManagePtr none = NULL, manage("SCardCOM.SCardManage"),
                        from_text(TEXT16("SCardCOM.SCardManage.1"));
        ISCardManagePtr from_class(__uuidof(SCardManage)), null(NULL), zero = 0;
        ISCardVerifyPtr verify;
        IByteBufferPtr buffer;
        IUnknown *raw;

        check(none == NULL && !none && null == nullptr && zero == 0, "NULL makes none");
        check(manage != NULL && from_text != NULL && from_class != NULL, "by name and by class");
        check(manage.CreateInstance("No.Such.Class") == CO_E_CLASSSTRING, "no such name");
        check(manage.CreateInstance("SCardCOM.SCardManage") == S_OK, "CreateInstance");
        check(buffer.CreateInstance(CLSID_CByteBuffer) == S_OK, "CLSID_CByteBuffer");
        check(manage->CreateCHVerification(&verify) == S_OK && verify != NULL, "an output");
        IUnknownPtr unknown = verify;
        IDispatchPtr dispatch = verify.GetInterfacePtr();
        raw = unknown;
        ISCardVerifyPtr again(raw), other = static_cast<IDispatch *>(dispatch);
        check(again == verify && other == verify, "QueryInterface from a plain pointer");
        again = raw;
        check(again == verify, "and by assignment");
        again = NULL;
        check(!again, "NULL releases");
        const _variant_t value(static_cast<IDispatch *>(dispatch));
        again = value;
        check(again == verify && ISCardVerifyPtr(value) == verify, "out of a VARIANT");
        ISCardManagePtr wrong(raw);
        check(wrong == NULL, "another interface is none");
        check(thrown_by([&] { (void)wrong->Detach(); }) == E_POINTER, "no object, no call");
        check(thrown_by([] { ISCardManagePtr made("No.Such.Class"); }) == CO_E_CLASSSTRING,
              "a class of no name");
        check(IsEqualGUID(__uuidof(ISCardVerify), IID_ISCardVerify) &&
                  IsEqualGUID(__uuidof(ISCardVerify *), IID_ISCardVerify),
              "__uuidof");
        IUnknown *released = verify.Detach();
        again = NULL;
        other.Release();
        dispatch = NULL;
        unknown = NULL;
        check(released->Release() == 1, "every other reference was given back"); /* value has one */
}

/* As sources do that set the halves of a position, and not its whole. */
static void positions()
{
        IByteBufferPtr buffer(__uuidof(ByteBuffer));
        BYTE bytes[] = {1, 2, 3, 4};
        LARGE_INTEGER move;
        ULARGE_INTEGER now;
        IStreamPtr stream;

        check(buffer->Initialize(4, bytes) == S_OK && buffer->get_Stream(&stream) == S_OK, "a stream");
        LISet32(move, -1);
        check(move.QuadPart == -1 && stream->Seek(move, STREAM_SEEK_END, &now) == S_OK, "back from the end");
        check(now.LowPart == 3 && now.u.HighPart == 0, "the halves of a position");
        ULISet32(now, 2u);
        check(now.QuadPart == 2 && stream->SetSize(now) == S_OK, "a size");
}

static void errors()
{
        ISCardManagePtr manage(__uuidof(SCardManage));
        const HRESULT hr = manage->SCardLock();

        try {
                _com_issue_errorex(hr, manage, __uuidof(ISCardManage));
        } catch (const _com_error &error) {
                check(error.Error() == SCARD_E_INVALID_HANDLE, "Error");
                check(error.Source() == "libiscard.ISCardManage", "Source");
                check(std::strstr((const char *)error.Description(), "ISCardManage::SCardLock") != nullptr,
                      "Description");
                check(std::strcmp(error.ErrorMessage(), error.Description()) == 0, "ErrorMessage");
                check(!error.HelpFile() && error.HelpContext() == 0 && error.WCode() == 0, "no help");
                check(IsEqualGUID(error.GUID(), IID_ISCardManage), "GUID");
                return;
        }
        check(false, "nothing was thrown");
}

int main()
{
        check(CoInitialize(nullptr) == S_OK, "CoInitialize");
        texts();
        numbers();
        variants();
        pointers();
        positions();
        errors();
        check(_com_error::WCodeToHRESULT(7) == HRESULT(0x80040207) &&
                  _com_error(HRESULT(0x80040207)).WCode() == 7,
              "WCode");
        CoUninitialize();
        check(DllCanUnloadNow() == S_OK, "no object is left");
        std::printf("%s\n", failures == 0 ? "ok      comdef.h" : "comdef.h failed");
        return failures == 0 ? 0 : 1;
}
