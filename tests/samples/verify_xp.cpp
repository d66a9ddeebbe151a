// The deployed form in the style of the platform SDK: CoCreateInstance, interface pointers, _bstr_t and _variant_t.
#include <windows.h>

#include <stdio.h>

#include <comdef.h>
#include <scardcom_xp.h>

#define RELEASE(p)                                                                                           \
    if (p) {                                                                                                 \
        (p)->Release();                                                                                      \
        (p) = NULL;                                                                                          \
    }

static HRESULT VerifyPin(ISCardManage *pManage, LPBYTEBUFFER pCode, LONG lRef)
{
    ISCardVerify *pVerify = NULL;
    HRESULT hr = pManage->CreateCHVerification(&pVerify);

    if (SUCCEEDED(hr))
        hr = pVerify->Verify(pCode, SC_FL_IHV_GLOBAL, &lRef);
    if (SUCCEEDED(hr))
        hr = pVerify->ResetSecurityState(SC_FL_NO_FLAGS);
    RELEASE(pVerify);
    return hr;
}

int main()
{
    BYTE rgbCode[] = {'1', '2', '3', '4'};
    ISCardManage *pManage = NULL;
    IByteBuffer *pCode = NULL;
    _bstr_t bstrReader(OLESTR("libiscard Virtual CCID Reader 00 00"));
    HRESULT hr = CoInitialize(NULL);

    if (FAILED(hr))
        return 1;
    hr = CoCreateInstance(CLSID_SCardManage, NULL, CLSCTX_INPROC_SERVER, IID_ISCardManage, (void **)&pManage);
    if (SUCCEEDED(hr))
        hr = CoCreateInstance(__uuidof(ByteBuffer), NULL, CLSCTX_INPROC_SERVER, __uuidof(IByteBuffer),
                              (void **)&pCode);
    if (SUCCEEDED(hr))
        hr = pCode->Initialize(sizeof(rgbCode), rgbCode);
    if (SUCCEEDED(hr))
        hr = pManage->AttachByIFD(bstrReader, EXCLUSIVE);
    if (SUCCEEDED(hr))
        hr = VerifyPin(pManage, pCode, 1);

    // The same reader by a late-bound call: already attached, and the EXCEPINFO says so.
    if (SUCCEEDED(hr)) {
        _variant_t rgArgs[2] = {_variant_t((LONG)SHARED), _variant_t(bstrReader)};
        DISPPARAMS params = {rgArgs, NULL, 2, 0};
        EXCEPINFO info;

        hr = pManage->Invoke(2, IID_NULL, LOCALE_SYSTEM_DEFAULT, DISPATCH_METHOD, &params, NULL, &info, NULL);
        if (hr == DISP_E_EXCEPTION && info.scode == E_UNEXPECTED) {
            printf("%s: %s\n", (const char *)_bstr_t(info.bstrSource, false),
                   (const char *)_bstr_t(info.bstrDescription, false));
            hr = pManage->Detach();
        }
    }
    RELEASE(pCode);
    RELEASE(pManage);
    CoUninitialize();
    printf("0x%08X\n", (unsigned)hr);
    return hr == S_OK ? 0 : 1;
}
