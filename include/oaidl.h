/*
 * oaidl.h - VARIANT, SAFEARRAY, IDispatch, and the interfaces of error objects.
 *
 * Source: MSDN, VARIANT; SAFEARRAY; IDispatch; IErrorInfo; ICreateErrorInfo; ISupportErrorInfo
 */
#ifndef ISCARD_OAIDL_H
#define ISCARD_OAIDL_H

#include "objidl.h"

ISCARD_EXTERN_C_BEGIN

typedef struct IDispatch IDispatch;
typedef IDispatch *LPDISPATCH;
typedef struct ITypeInfo ITypeInfo;
typedef struct IRecordInfo IRecordInfo;
typedef struct IErrorInfo IErrorInfo;
typedef struct ICreateErrorInfo ICreateErrorInfo;
typedef struct ISupportErrorInfo ISupportErrorInfo;

typedef LONG DISPID;
typedef DISPID MEMBERID;
#define DISPID_VALUE       ((DISPID)0)
#define DISPID_UNKNOWN     ((DISPID)-1)
#define DISPID_PROPERTYPUT ((DISPID)-3)
#define DISPID_NEWENUM     ((DISPID)-4)

typedef struct tagSAFEARRAYBOUND {
        ULONG cElements;
        LONG lLbound;
} SAFEARRAYBOUND, *LPSAFEARRAYBOUND;

typedef struct tagSAFEARRAY {
        USHORT cDims;
        USHORT fFeatures;
        ULONG cbElements;
        ULONG cLocks;
        PVOID pvData;
        SAFEARRAYBOUND rgsabound[1]; /* cDims of them */
} SAFEARRAY;
typedef SAFEARRAY *LPSAFEARRAY;

typedef struct tagVARIANT VARIANT;
typedef VARIANT VARIANTARG;
typedef VARIANT *LPVARIANT;
typedef VARIANT *LPVARIANTARG;

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpedantic"
#ifdef __clang__
#pragma clang diagnostic ignored "-Wnested-anon-types"
#pragma clang diagnostic ignored "-Wgnu-anonymous-struct"
#endif

/*
 * A value and its type, 24 bytes where a pointer has 8. VT_BYREF: the member beginning with p points at a
 * value of the rest of the type, which the VARIANT does not own. Without it the VARIANT owns its BSTR,
 * interface reference or array.
 */
struct tagVARIANT {
        union {
                struct {
                        VARTYPE vt;
                        WORD wReserved1;
                        WORD wReserved2;
                        WORD wReserved3;
                        union {
                                LONGLONG llVal;
                                LONG lVal;
                                BYTE bVal;
                                SHORT iVal;
                                FLOAT fltVal;
                                DOUBLE dblVal;
                                VARIANT_BOOL boolVal;
                                SCODE scode;
                                CY cyVal;
                                DATE date;
                                BSTR bstrVal;
                                IUnknown *punkVal;
                                IDispatch *pdispVal;
                                SAFEARRAY *parray;
                                BYTE *pbVal;
                                SHORT *piVal;
                                LONG *plVal;
                                LONGLONG *pllVal;
                                FLOAT *pfltVal;
                                DOUBLE *pdblVal;
                                VARIANT_BOOL *pboolVal;
                                SCODE *pscode;
                                CY *pcyVal;
                                DATE *pdate;
                                BSTR *pbstrVal;
                                IUnknown **ppunkVal;
                                IDispatch **ppdispVal;
                                SAFEARRAY **pparray;
                                VARIANT *pvarVal;
                                PVOID byref;
                                CHAR cVal;
                                USHORT uiVal;
                                ULONG ulVal;
                                ULONGLONG ullVal;
                                INT intVal;
                                UINT uintVal;
                                DECIMAL *pdecVal;
                                CHAR *pcVal;
                                USHORT *puiVal;
                                ULONG *pulVal;
                                ULONGLONG *pullVal;
                                INT *pintVal;
                                UINT *puintVal;
                                struct {
                                        PVOID pvRecord;
                                        IRecordInfo *pRecInfo;
                                };
                        };
                };
                DECIMAL decVal;
        };
};

#pragma GCC diagnostic pop

/* The arguments of IDispatch::Invoke, last one first; the named ones stand at the beginning. */
typedef struct tagDISPPARAMS {
        VARIANTARG *rgvarg;
        DISPID *rgdispidNamedArgs;
        UINT cArgs;
        UINT cNamedArgs;
} DISPPARAMS;

/* What IDispatch::Invoke fills in with DISP_E_EXCEPTION. The strings are the caller's to free. */
typedef struct tagEXCEPINFO EXCEPINFO, *LPEXCEPINFO;
struct tagEXCEPINFO {
        WORD wCode;
        WORD wReserved;
        BSTR bstrSource;
        BSTR bstrDescription;
        BSTR bstrHelpFile;
        DWORD dwHelpContext;
        PVOID pvReserved;
        HRESULT(STDMETHODCALLTYPE *pfnDeferredFillIn)(EXCEPINFO *info);
        SCODE scode;
};

DEFINE_GUID(IID_IDispatch, 0x00020400, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0x46);
DEFINE_GUID(IID_IErrorInfo, 0x1cf2b120, 0x547d, 0x101b, 0x8e, 0x65, 0x08, 0x00, 0x2b, 0x2b, 0xd1, 0x19);
DEFINE_GUID(IID_ICreateErrorInfo, 0x22f03340, 0x547d, 0x101b, 0x8e, 0x65, 0x08, 0x00, 0x2b, 0x2b, 0xd1, 0x19);
DEFINE_GUID(IID_ISupportErrorInfo, 0xdf0b3d60, 0x548f, 0x101b, 0x8e, 0x65, 0x08, 0x00, 0x2b, 0x2b, 0xd1,
            0x19);

#if defined(__cplusplus) && !defined(CINTERFACE)
struct IDispatch : public IUnknown {
        virtual HRESULT STDMETHODCALLTYPE GetTypeInfoCount(UINT *pctinfo) = 0;
        virtual HRESULT STDMETHODCALLTYPE GetTypeInfo(UINT iTInfo, LCID lcid, ITypeInfo **ppTInfo) = 0;
        virtual HRESULT STDMETHODCALLTYPE GetIDsOfNames(REFIID riid, LPOLESTR *rgszNames, UINT cNames,
                                                        LCID lcid, DISPID *rgDispId) = 0;
        virtual HRESULT STDMETHODCALLTYPE Invoke(DISPID dispIdMember, REFIID riid, LCID lcid, WORD wFlags,
                                                 DISPPARAMS *pDispParams, VARIANT *pVarResult,
                                                 EXCEPINFO *pExcepInfo, UINT *puArgErr) = 0;
};
struct IErrorInfo : public IUnknown {
        virtual HRESULT STDMETHODCALLTYPE GetGUID(GUID *pGUID) = 0;
        virtual HRESULT STDMETHODCALLTYPE GetSource(BSTR *pBstrSource) = 0;
        virtual HRESULT STDMETHODCALLTYPE GetDescription(BSTR *pBstrDescription) = 0;
        virtual HRESULT STDMETHODCALLTYPE GetHelpFile(BSTR *pBstrHelpFile) = 0;
        virtual HRESULT STDMETHODCALLTYPE GetHelpContext(DWORD *pdwHelpContext) = 0;
};
struct ICreateErrorInfo : public IUnknown {
        virtual HRESULT STDMETHODCALLTYPE SetGUID(REFGUID rguid) = 0;
        virtual HRESULT STDMETHODCALLTYPE SetSource(LPOLESTR szSource) = 0;
        virtual HRESULT STDMETHODCALLTYPE SetDescription(LPOLESTR szDescription) = 0;
        virtual HRESULT STDMETHODCALLTYPE SetHelpFile(LPOLESTR szHelpFile) = 0;
        virtual HRESULT STDMETHODCALLTYPE SetHelpContext(DWORD dwHelpContext) = 0;
};
struct ISupportErrorInfo : public IUnknown {
        virtual HRESULT STDMETHODCALLTYPE InterfaceSupportsErrorInfo(REFIID riid) = 0;
};
#else
typedef struct IDispatchVtbl {
        HRESULT(STDMETHODCALLTYPE *QueryInterface)(IDispatch *This, REFIID riid, void **ppvObject);
        ULONG(STDMETHODCALLTYPE *AddRef)(IDispatch *This);
        ULONG(STDMETHODCALLTYPE *Release)(IDispatch *This);
        HRESULT(STDMETHODCALLTYPE *GetTypeInfoCount)(IDispatch *This, UINT *pctinfo);
        HRESULT(STDMETHODCALLTYPE *GetTypeInfo)(IDispatch *This, UINT iTInfo, LCID lcid, ITypeInfo **ppTInfo);
        HRESULT(STDMETHODCALLTYPE *GetIDsOfNames)
        (IDispatch *This, REFIID riid, LPOLESTR *rgszNames, UINT cNames, LCID lcid, DISPID *rgDispId);
        HRESULT(STDMETHODCALLTYPE *Invoke)
        (IDispatch *This, DISPID dispIdMember, REFIID riid, LCID lcid, WORD wFlags, DISPPARAMS *pDispParams,
         VARIANT *pVarResult, EXCEPINFO *pExcepInfo, UINT *puArgErr);
} IDispatchVtbl;
struct IDispatch {
        CONST_VTBL IDispatchVtbl *lpVtbl;
};
typedef struct IErrorInfoVtbl {
        HRESULT(STDMETHODCALLTYPE *QueryInterface)(IErrorInfo *This, REFIID riid, void **ppvObject);
        ULONG(STDMETHODCALLTYPE *AddRef)(IErrorInfo *This);
        ULONG(STDMETHODCALLTYPE *Release)(IErrorInfo *This);
        HRESULT(STDMETHODCALLTYPE *GetGUID)(IErrorInfo *This, GUID *pGUID);
        HRESULT(STDMETHODCALLTYPE *GetSource)(IErrorInfo *This, BSTR *pBstrSource);
        HRESULT(STDMETHODCALLTYPE *GetDescription)(IErrorInfo *This, BSTR *pBstrDescription);
        HRESULT(STDMETHODCALLTYPE *GetHelpFile)(IErrorInfo *This, BSTR *pBstrHelpFile);
        HRESULT(STDMETHODCALLTYPE *GetHelpContext)(IErrorInfo *This, DWORD *pdwHelpContext);
} IErrorInfoVtbl;
struct IErrorInfo {
        CONST_VTBL IErrorInfoVtbl *lpVtbl;
};
typedef struct ICreateErrorInfoVtbl {
        HRESULT(STDMETHODCALLTYPE *QueryInterface)(ICreateErrorInfo *This, REFIID riid, void **ppvObject);
        ULONG(STDMETHODCALLTYPE *AddRef)(ICreateErrorInfo *This);
        ULONG(STDMETHODCALLTYPE *Release)(ICreateErrorInfo *This);
        HRESULT(STDMETHODCALLTYPE *SetGUID)(ICreateErrorInfo *This, REFGUID rguid);
        HRESULT(STDMETHODCALLTYPE *SetSource)(ICreateErrorInfo *This, LPOLESTR szSource);
        HRESULT(STDMETHODCALLTYPE *SetDescription)(ICreateErrorInfo *This, LPOLESTR szDescription);
        HRESULT(STDMETHODCALLTYPE *SetHelpFile)(ICreateErrorInfo *This, LPOLESTR szHelpFile);
        HRESULT(STDMETHODCALLTYPE *SetHelpContext)(ICreateErrorInfo *This, DWORD dwHelpContext);
} ICreateErrorInfoVtbl;
struct ICreateErrorInfo {
        CONST_VTBL ICreateErrorInfoVtbl *lpVtbl;
};
typedef struct ISupportErrorInfoVtbl {
        HRESULT(STDMETHODCALLTYPE *QueryInterface)(ISupportErrorInfo *This, REFIID riid, void **ppvObject);
        ULONG(STDMETHODCALLTYPE *AddRef)(ISupportErrorInfo *This);
        ULONG(STDMETHODCALLTYPE *Release)(ISupportErrorInfo *This);
        HRESULT(STDMETHODCALLTYPE *InterfaceSupportsErrorInfo)(ISupportErrorInfo *This, REFIID riid);
} ISupportErrorInfoVtbl;
struct ISupportErrorInfo {
        CONST_VTBL ISupportErrorInfoVtbl *lpVtbl;
};
#ifdef COBJMACROS
#define IDispatch_QueryInterface(This, riid, ppvObject) (This)->lpVtbl->QueryInterface(This, riid, ppvObject)
#define IDispatch_AddRef(This)                          (This)->lpVtbl->AddRef(This)
#define IDispatch_Release(This)                         (This)->lpVtbl->Release(This)
#define IDispatch_GetTypeInfoCount(This, pctinfo)       (This)->lpVtbl->GetTypeInfoCount(This, pctinfo)
#define IDispatch_GetTypeInfo(This, iTInfo, lcid, ppTInfo)                                                   \
        (This)->lpVtbl->GetTypeInfo(This, iTInfo, lcid, ppTInfo)
#define IDispatch_GetIDsOfNames(This, riid, rgszNames, cNames, lcid, rgDispId)                               \
        (This)->lpVtbl->GetIDsOfNames(This, riid, rgszNames, cNames, lcid, rgDispId)
#define IDispatch_Invoke(This, dispIdMember, riid, lcid, wFlags, pDispParams, pVarResult, pExcepInfo,        \
                         puArgErr)                                                                           \
        (This)->lpVtbl->Invoke(This, dispIdMember, riid, lcid, wFlags, pDispParams, pVarResult, pExcepInfo,  \
                               puArgErr)

#define IErrorInfo_QueryInterface(This, riid, ppvObject) (This)->lpVtbl->QueryInterface(This, riid, ppvObject)
#define IErrorInfo_AddRef(This)                          (This)->lpVtbl->AddRef(This)
#define IErrorInfo_Release(This)                         (This)->lpVtbl->Release(This)
#define IErrorInfo_GetGUID(This, pGUID)                  (This)->lpVtbl->GetGUID(This, pGUID)
#define IErrorInfo_GetSource(This, pBstrSource)          (This)->lpVtbl->GetSource(This, pBstrSource)
#define IErrorInfo_GetDescription(This, pBstrDescription)                                                    \
        (This)->lpVtbl->GetDescription(This, pBstrDescription)
#define IErrorInfo_GetHelpFile(This, pBstrHelpFile)     (This)->lpVtbl->GetHelpFile(This, pBstrHelpFile)
#define IErrorInfo_GetHelpContext(This, pdwHelpContext) (This)->lpVtbl->GetHelpContext(This, pdwHelpContext)

#define ICreateErrorInfo_QueryInterface(This, riid, ppvObject)                                               \
        (This)->lpVtbl->QueryInterface(This, riid, ppvObject)
#define ICreateErrorInfo_AddRef(This)              (This)->lpVtbl->AddRef(This)
#define ICreateErrorInfo_Release(This)             (This)->lpVtbl->Release(This)
#define ICreateErrorInfo_SetGUID(This, rguid)      (This)->lpVtbl->SetGUID(This, rguid)
#define ICreateErrorInfo_SetSource(This, szSource) (This)->lpVtbl->SetSource(This, szSource)
#define ICreateErrorInfo_SetDescription(This, szDescription)                                                 \
        (This)->lpVtbl->SetDescription(This, szDescription)
#define ICreateErrorInfo_SetHelpFile(This, szHelpFile) (This)->lpVtbl->SetHelpFile(This, szHelpFile)
#define ICreateErrorInfo_SetHelpContext(This, dwHelpContext)                                                 \
        (This)->lpVtbl->SetHelpContext(This, dwHelpContext)

#define ISupportErrorInfo_QueryInterface(This, riid, ppvObject)                                              \
        (This)->lpVtbl->QueryInterface(This, riid, ppvObject)
#define ISupportErrorInfo_AddRef(This)  (This)->lpVtbl->AddRef(This)
#define ISupportErrorInfo_Release(This) (This)->lpVtbl->Release(This)
#define ISupportErrorInfo_InterfaceSupportsErrorInfo(This, riid)                                             \
        (This)->lpVtbl->InterfaceSupportsErrorInfo(This, riid)
#endif
#endif

ISCARD_EXTERN_C_END

#endif
