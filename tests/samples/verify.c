/* The deployed form from C, with the macros of COBJMACROS. */
#define COBJMACROS
#include <windows.h>

#include <stdio.h>

#include <ole2.h>
#include <scardcom_xp.h>

int main(void)
{
    BYTE rgbCode[] = {'1', '2', '3', '4'};
    ISCardManage *pManage = NULL;
    ISCardVerify *pVerify = NULL;
    LPBYTEBUFFER pCode = NULL;
    LPUNKNOWN pUnknown = NULL;
    BSTR bstrReader = SysAllocString(OLESTR("libiscard Virtual CCID Reader 00 00"));
    BSTR bstrName = SysAllocString(OLESTR("SCardVerify:iso"));
    LONG lRef = 1;
    CLSID clsid;
    HRESULT hr = CoInitialize(NULL);

    if (SUCCEEDED(hr))
        hr = CLSIDFromProgID(OLESTR("SCardCOM.SCardManage"), &clsid);
    if (SUCCEEDED(hr))
        hr = CoCreateInstance(&clsid, NULL, CLSCTX_INPROC_SERVER, &IID_ISCardManage, (void **)&pManage);
    if (SUCCEEDED(hr))
        hr = CoCreateInstance(&CLSID_CByteBuffer, NULL, CLSCTX_INPROC_SERVER, &IID_IByteBuffer, (void **)&pCode);
    if (SUCCEEDED(hr))
        hr = IByteBuffer_Initialize(pCode, sizeof(rgbCode), rgbCode);
    if (SUCCEEDED(hr))
        hr = ISCardManage_AttachByIFD(pManage, bstrReader, SHARED);
    if (SUCCEEDED(hr))
        hr = ISCardManage_CreateInterface(pManage, NULL, bstrName, NULL, &pUnknown);
    if (SUCCEEDED(hr))
        hr = IUnknown_QueryInterface(pUnknown, &IID_ISCardVerify, (void **)&pVerify);
    if (SUCCEEDED(hr))
        hr = ISCardVerify_Verify(pVerify, pCode, SC_FL_IHV_GLOBAL, &lRef);
    printf("Verify 0x%08X\n", (unsigned)hr);
    if (SUCCEEDED(hr))
        hr = ISCardManage_Detach(pManage);
    if (pVerify != NULL)
        ISCardVerify_Release(pVerify);
    if (pUnknown != NULL)
        IUnknown_Release(pUnknown);
    if (pCode != NULL)
        IByteBuffer_Release(pCode);
    if (pManage != NULL)
        ISCardManage_Release(pManage);
    SysFreeString(bstrName);
    SysFreeString(bstrReader);
    CoUninitialize();
    return hr == S_OK ? 0 : 1;
}
