// The documented form in the style of the platform SDK: smart pointers, _bstr_t, _com_error.
#include <windows.h>

#include <stdio.h>

#include <comdef.h>
#include <scardcom.h>

_COM_SMARTPTR_TYPEDEF(ISCardManage, __uuidof(ISCardManage));
_COM_SMARTPTR_TYPEDEF(ISCardVerify, __uuidof(ISCardVerify));
_COM_SMARTPTR_TYPEDEF(IByteBuffer, __uuidof(IByteBuffer));

static IByteBufferPtr MakeCode(const char *digits)
{
    IByteBufferPtr pCode;
    _com_util::CheckError(pCode.CreateInstance(__uuidof(ByteBuffer)));
    _com_util::CheckError(
        pCode->Initialize((LONG)strlen(digits), reinterpret_cast<BYTE *>(const_cast<char *>(digits))));
    return pCode;
}

static int Run()
{
    ISCardManagePtr pManage(OLESTR("SCardCOM.SCardManage.1"));
    _bstr_t bstrReader("libiscard Virtual CCID Reader 00 00");
    _com_util::CheckError(pManage->AttachByIFD(bstrReader));

    SCARD_STATES state;
    SCARD_PROTOCOLS protocol;
    _com_util::CheckError(pManage->Status(&state, &protocol));

    ISCardVerifyPtr pVerify;
    _com_util::CheckError(pManage->CreateCHVerification(&pVerify));
    HRESULT hr = pVerify->Verify(MakeCode("9999"), SC_FL_IHV_GLOBAL, 1);
    if (hr != SCARD_W_WRONG_CHV)
        return 1;
    try {
        _com_issue_errorex(hr, pVerify, __uuidof(ISCardVerify));
    } catch (const _com_error &e) {
        printf("0x%08X %s: %s\n", (unsigned)e.Error(), (const char *)e.Source(), e.ErrorMessage());
    }
    _com_util::CheckError(pVerify->Verify(MakeCode("1234"), SC_FL_IHV_GLOBAL, 1));

    // A late-bound call beside the early-bound ones.
    IDispatchPtr pDispatch = pManage;
    OLECHAR szDetach[] = OLESTR("detach");
    LPOLESTR rgszNames[] = {szDetach};
    DISPID dispid;
    DISPPARAMS params = {NULL, NULL, 0, 0};
    _variant_t result;
    _com_util::CheckError(pDispatch->GetIDsOfNames(IID_NULL, rgszNames, 1, LOCALE_USER_DEFAULT, &dispid));
    _com_util::CheckError(pDispatch->Invoke(dispid, IID_NULL, LOCALE_USER_DEFAULT, DISPATCH_METHOD, &params,
                                            &result, NULL, NULL));
    return pManage->Detach() == SCARD_E_INVALID_HANDLE ? 0 : 1;
}

int main()
{
    int code = 1;

    if (FAILED(CoInitialize(NULL)))
        return 1;
    try {
        code = Run();
    } catch (const _com_error &e) {
        printf("failed: 0x%08X %s\n", (unsigned)e.Error(), e.ErrorMessage());
    }
    CoUninitialize();
    printf("%s\n", code == 0 ? "S_OK" : "FAILED");
    return code;
}
