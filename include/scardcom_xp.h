/* Made from idl/scardcom_xp.idl by `make headers`: change that file, not this one. */
/* clang-format off */
#include <objbase.h>

#ifndef __scardcom_xp_h__
#define __scardcom_xp_h__

/* Forward declarations */

#ifndef __ISCardManageXP_FWD_DEFINED__
#define __ISCardManageXP_FWD_DEFINED__
typedef struct ISCardManageXP ISCardManageXP;
#ifdef __cplusplus
struct ISCardManageXP;
#endif /* __cplusplus */
#endif

#ifndef __ISCardVerifyXP_FWD_DEFINED__
#define __ISCardVerifyXP_FWD_DEFINED__
typedef struct ISCardVerifyXP ISCardVerifyXP;
#ifdef __cplusplus
struct ISCardVerifyXP;
#endif /* __cplusplus */
#endif

#ifndef __ISCardFileAccessXP_FWD_DEFINED__
#define __ISCardFileAccessXP_FWD_DEFINED__
typedef struct ISCardFileAccessXP ISCardFileAccessXP;
#ifdef __cplusplus
struct ISCardFileAccessXP;
#endif /* __cplusplus */
#endif

#ifndef __ISCardAuthXP_FWD_DEFINED__
#define __ISCardAuthXP_FWD_DEFINED__
typedef struct ISCardAuthXP ISCardAuthXP;
#ifdef __cplusplus
struct ISCardAuthXP;
#endif /* __cplusplus */
#endif

/* Headers for imported files */

#include <unknwn.h>
#include <oaidl.h>
#include <scardtypes.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * scardcom_xp.h - ISCardManage, ISCardVerify, ISCardFileAccess, ISCardAuth as they were deployed.
 *
 * One object answers QueryInterface for both forms, and a method does the same in both; <scardcom.h> says
 * what, with every code. Only what differs is said here. Initialize was internal to the provider: E_NOTIMPL.
 *
 * A program sees the plain names: ISCardManage is ISCardManageXP, IID_ISCardManage is IID_ISCardManageXP, and
 * so on; unless <scardcom.h> was included before or ISCARD_BOTH_FORMS is defined, and then the names of this
 * form end in XP.
 */
#ifndef __ISCardManageXP_FWD_DEFINED__
#define __ISCardManageXP_FWD_DEFINED__
typedef struct ISCardManageXP ISCardManageXP;
#ifdef __cplusplus
struct ISCardManageXP;
#endif /* __cplusplus */
#endif

#ifndef __ISCardVerifyXP_FWD_DEFINED__
#define __ISCardVerifyXP_FWD_DEFINED__
typedef struct ISCardVerifyXP ISCardVerifyXP;
#ifdef __cplusplus
struct ISCardVerifyXP;
#endif /* __cplusplus */
#endif

#ifndef __ISCardFileAccessXP_FWD_DEFINED__
#define __ISCardFileAccessXP_FWD_DEFINED__
typedef struct ISCardFileAccessXP ISCardFileAccessXP;
#ifdef __cplusplus
struct ISCardFileAccessXP;
#endif /* __cplusplus */
#endif

#ifndef __ISCardAuthXP_FWD_DEFINED__
#define __ISCardAuthXP_FWD_DEFINED__
typedef struct ISCardAuthXP ISCardAuthXP;
#ifdef __cplusplus
struct ISCardAuthXP;
#endif /* __cplusplus */
#endif

/*
 * ISCardManage, deployed form.
 *
 * AttachByIFD(bstrIFDName, flags)
 *     flags: SHARED or EXCLUSIVE; another value is E_INVALIDARG.
 * CreateFileAccess, CreateCardAuth, CreateCHVerification
 *     hand out the deployed form.
 *
 * Source: type library SccCom 1.0
 */
/*****************************************************************************
 * ISCardManageXP interface
 */
#ifndef __ISCardManageXP_INTERFACE_DEFINED__
#define __ISCardManageXP_INTERFACE_DEFINED__

DEFINE_GUID(IID_ISCardManageXP, 0x5e586211, 0x5a09, 0x11d0, 0xb8,0x4c, 0x00,0xc0,0x4f,0xd4,0x24,0xb9);
#if defined(__cplusplus) && !defined(CINTERFACE)
MIDL_INTERFACE("5e586211-5a09-11d0-b84c-00c04fd424b9")
ISCardManageXP : public IDispatch
{
    virtual HRESULT STDMETHODCALLTYPE AttachByHandle(
        HSCARD hICC) = 0;

    virtual HRESULT STDMETHODCALLTYPE AttachByIFD(
        BSTR bstrIFDName,
        SCARD_SHARE_MODES flags) = 0;

    virtual HRESULT STDMETHODCALLTYPE CreateFileAccess(
        ISCardFileAccessXP **ppISCardFileAccess) = 0;

    virtual HRESULT STDMETHODCALLTYPE CreateCardAuth(
        ISCardAuthXP **ppISCardAuth) = 0;

    virtual HRESULT STDMETHODCALLTYPE CreateCHVerification(
        ISCardVerifyXP **ppISCardVerify) = 0;

    virtual HRESULT STDMETHODCALLTYPE Detach(
        ) = 0;

    virtual HRESULT STDMETHODCALLTYPE SCardLock(
        ) = 0;

    virtual HRESULT STDMETHODCALLTYPE Reconnect(
        ) = 0;

    virtual HRESULT STDMETHODCALLTYPE Status(
        SCARD_STATES *pState,
        SCARD_PROTOCOLS *pProtocol) = 0;

    virtual HRESULT STDMETHODCALLTYPE SCardUnlock(
        SCARD_DISPOSITIONS disposition = LEAVE) = 0;

    virtual HRESULT STDMETHODCALLTYPE CreateInterface(
        LPGUID pIID,
        BSTR bstrName,
        LONG *pUserData,
        LPUNKNOWN *ppInterface) = 0;

};
#ifdef __CRT_UUID_DECL
__CRT_UUID_DECL(ISCardManageXP, 0x5e586211, 0x5a09, 0x11d0, 0xb8,0x4c, 0x00,0xc0,0x4f,0xd4,0x24,0xb9)
#endif
#else
typedef struct ISCardManageXPVtbl {
    BEGIN_INTERFACE

    /*** IUnknown methods ***/
    HRESULT (STDMETHODCALLTYPE *QueryInterface)(
        ISCardManageXP *This,
        REFIID riid,
        void **ppvObject);

    ULONG (STDMETHODCALLTYPE *AddRef)(
        ISCardManageXP *This);

    ULONG (STDMETHODCALLTYPE *Release)(
        ISCardManageXP *This);

    /*** IDispatch methods ***/
    HRESULT (STDMETHODCALLTYPE *GetTypeInfoCount)(
        ISCardManageXP *This,
        UINT *pctinfo);

    HRESULT (STDMETHODCALLTYPE *GetTypeInfo)(
        ISCardManageXP *This,
        UINT iTInfo,
        LCID lcid,
        ITypeInfo **ppTInfo);

    HRESULT (STDMETHODCALLTYPE *GetIDsOfNames)(
        ISCardManageXP *This,
        REFIID riid,
        LPOLESTR *rgszNames,
        UINT cNames,
        LCID lcid,
        DISPID *rgDispId);

    HRESULT (STDMETHODCALLTYPE *Invoke)(
        ISCardManageXP *This,
        DISPID dispIdMember,
        REFIID riid,
        LCID lcid,
        WORD wFlags,
        DISPPARAMS *pDispParams,
        VARIANT *pVarResult,
        EXCEPINFO *pExcepInfo,
        UINT *puArgErr);

    /*** ISCardManageXP methods ***/
    HRESULT (STDMETHODCALLTYPE *AttachByHandle)(
        ISCardManageXP *This,
        HSCARD hICC);

    HRESULT (STDMETHODCALLTYPE *AttachByIFD)(
        ISCardManageXP *This,
        BSTR bstrIFDName,
        SCARD_SHARE_MODES flags);

    HRESULT (STDMETHODCALLTYPE *CreateFileAccess)(
        ISCardManageXP *This,
        ISCardFileAccessXP **ppISCardFileAccess);

    HRESULT (STDMETHODCALLTYPE *CreateCardAuth)(
        ISCardManageXP *This,
        ISCardAuthXP **ppISCardAuth);

    HRESULT (STDMETHODCALLTYPE *CreateCHVerification)(
        ISCardManageXP *This,
        ISCardVerifyXP **ppISCardVerify);

    HRESULT (STDMETHODCALLTYPE *Detach)(
        ISCardManageXP *This);

    HRESULT (STDMETHODCALLTYPE *SCardLock)(
        ISCardManageXP *This);

    HRESULT (STDMETHODCALLTYPE *Reconnect)(
        ISCardManageXP *This);

    HRESULT (STDMETHODCALLTYPE *Status)(
        ISCardManageXP *This,
        SCARD_STATES *pState,
        SCARD_PROTOCOLS *pProtocol);

    HRESULT (STDMETHODCALLTYPE *SCardUnlock)(
        ISCardManageXP *This,
        SCARD_DISPOSITIONS disposition);

    HRESULT (STDMETHODCALLTYPE *CreateInterface)(
        ISCardManageXP *This,
        LPGUID pIID,
        BSTR bstrName,
        LONG *pUserData,
        LPUNKNOWN *ppInterface);

    END_INTERFACE
} ISCardManageXPVtbl;

struct ISCardManageXP {
    CONST_VTBL ISCardManageXPVtbl* lpVtbl;
};

#ifdef COBJMACROS
#ifndef WIDL_C_INLINE_WRAPPERS
/*** IUnknown methods ***/
#define ISCardManageXP_QueryInterface(This,riid,ppvObject) (This)->lpVtbl->QueryInterface(This,riid,ppvObject)
#define ISCardManageXP_AddRef(This) (This)->lpVtbl->AddRef(This)
#define ISCardManageXP_Release(This) (This)->lpVtbl->Release(This)
/*** IDispatch methods ***/
#define ISCardManageXP_GetTypeInfoCount(This,pctinfo) (This)->lpVtbl->GetTypeInfoCount(This,pctinfo)
#define ISCardManageXP_GetTypeInfo(This,iTInfo,lcid,ppTInfo) (This)->lpVtbl->GetTypeInfo(This,iTInfo,lcid,ppTInfo)
#define ISCardManageXP_GetIDsOfNames(This,riid,rgszNames,cNames,lcid,rgDispId) (This)->lpVtbl->GetIDsOfNames(This,riid,rgszNames,cNames,lcid,rgDispId)
#define ISCardManageXP_Invoke(This,dispIdMember,riid,lcid,wFlags,pDispParams,pVarResult,pExcepInfo,puArgErr) (This)->lpVtbl->Invoke(This,dispIdMember,riid,lcid,wFlags,pDispParams,pVarResult,pExcepInfo,puArgErr)
/*** ISCardManageXP methods ***/
#define ISCardManageXP_AttachByHandle(This,hICC) (This)->lpVtbl->AttachByHandle(This,hICC)
#define ISCardManageXP_AttachByIFD(This,bstrIFDName,flags) (This)->lpVtbl->AttachByIFD(This,bstrIFDName,flags)
#define ISCardManageXP_CreateFileAccess(This,ppISCardFileAccess) (This)->lpVtbl->CreateFileAccess(This,ppISCardFileAccess)
#define ISCardManageXP_CreateCardAuth(This,ppISCardAuth) (This)->lpVtbl->CreateCardAuth(This,ppISCardAuth)
#define ISCardManageXP_CreateCHVerification(This,ppISCardVerify) (This)->lpVtbl->CreateCHVerification(This,ppISCardVerify)
#define ISCardManageXP_Detach(This) (This)->lpVtbl->Detach(This)
#define ISCardManageXP_SCardLock(This) (This)->lpVtbl->SCardLock(This)
#define ISCardManageXP_Reconnect(This) (This)->lpVtbl->Reconnect(This)
#define ISCardManageXP_Status(This,pState,pProtocol) (This)->lpVtbl->Status(This,pState,pProtocol)
#define ISCardManageXP_SCardUnlock(This,disposition) (This)->lpVtbl->SCardUnlock(This,disposition)
#define ISCardManageXP_CreateInterface(This,pIID,bstrName,pUserData,ppInterface) (This)->lpVtbl->CreateInterface(This,pIID,bstrName,pUserData,ppInterface)
#else
/*** IUnknown methods ***/
static FORCEINLINE HRESULT ISCardManageXP_QueryInterface(ISCardManageXP* This,REFIID riid,void **ppvObject) {
    return This->lpVtbl->QueryInterface(This,riid,ppvObject);
}
static FORCEINLINE ULONG ISCardManageXP_AddRef(ISCardManageXP* This) {
    return This->lpVtbl->AddRef(This);
}
static FORCEINLINE ULONG ISCardManageXP_Release(ISCardManageXP* This) {
    return This->lpVtbl->Release(This);
}
/*** IDispatch methods ***/
static FORCEINLINE HRESULT ISCardManageXP_GetTypeInfoCount(ISCardManageXP* This,UINT *pctinfo) {
    return This->lpVtbl->GetTypeInfoCount(This,pctinfo);
}
static FORCEINLINE HRESULT ISCardManageXP_GetTypeInfo(ISCardManageXP* This,UINT iTInfo,LCID lcid,ITypeInfo **ppTInfo) {
    return This->lpVtbl->GetTypeInfo(This,iTInfo,lcid,ppTInfo);
}
static FORCEINLINE HRESULT ISCardManageXP_GetIDsOfNames(ISCardManageXP* This,REFIID riid,LPOLESTR *rgszNames,UINT cNames,LCID lcid,DISPID *rgDispId) {
    return This->lpVtbl->GetIDsOfNames(This,riid,rgszNames,cNames,lcid,rgDispId);
}
static FORCEINLINE HRESULT ISCardManageXP_Invoke(ISCardManageXP* This,DISPID dispIdMember,REFIID riid,LCID lcid,WORD wFlags,DISPPARAMS *pDispParams,VARIANT *pVarResult,EXCEPINFO *pExcepInfo,UINT *puArgErr) {
    return This->lpVtbl->Invoke(This,dispIdMember,riid,lcid,wFlags,pDispParams,pVarResult,pExcepInfo,puArgErr);
}
/*** ISCardManageXP methods ***/
static FORCEINLINE HRESULT ISCardManageXP_AttachByHandle(ISCardManageXP* This,HSCARD hICC) {
    return This->lpVtbl->AttachByHandle(This,hICC);
}
static FORCEINLINE HRESULT ISCardManageXP_AttachByIFD(ISCardManageXP* This,BSTR bstrIFDName,SCARD_SHARE_MODES flags) {
    return This->lpVtbl->AttachByIFD(This,bstrIFDName,flags);
}
static FORCEINLINE HRESULT ISCardManageXP_CreateFileAccess(ISCardManageXP* This,ISCardFileAccessXP **ppISCardFileAccess) {
    return This->lpVtbl->CreateFileAccess(This,ppISCardFileAccess);
}
static FORCEINLINE HRESULT ISCardManageXP_CreateCardAuth(ISCardManageXP* This,ISCardAuthXP **ppISCardAuth) {
    return This->lpVtbl->CreateCardAuth(This,ppISCardAuth);
}
static FORCEINLINE HRESULT ISCardManageXP_CreateCHVerification(ISCardManageXP* This,ISCardVerifyXP **ppISCardVerify) {
    return This->lpVtbl->CreateCHVerification(This,ppISCardVerify);
}
static FORCEINLINE HRESULT ISCardManageXP_Detach(ISCardManageXP* This) {
    return This->lpVtbl->Detach(This);
}
static FORCEINLINE HRESULT ISCardManageXP_SCardLock(ISCardManageXP* This) {
    return This->lpVtbl->SCardLock(This);
}
static FORCEINLINE HRESULT ISCardManageXP_Reconnect(ISCardManageXP* This) {
    return This->lpVtbl->Reconnect(This);
}
static FORCEINLINE HRESULT ISCardManageXP_Status(ISCardManageXP* This,SCARD_STATES *pState,SCARD_PROTOCOLS *pProtocol) {
    return This->lpVtbl->Status(This,pState,pProtocol);
}
static FORCEINLINE HRESULT ISCardManageXP_SCardUnlock(ISCardManageXP* This,SCARD_DISPOSITIONS disposition) {
    return This->lpVtbl->SCardUnlock(This,disposition);
}
static FORCEINLINE HRESULT ISCardManageXP_CreateInterface(ISCardManageXP* This,LPGUID pIID,BSTR bstrName,LONG *pUserData,LPUNKNOWN *ppInterface) {
    return This->lpVtbl->CreateInterface(This,pIID,bstrName,pUserData,ppInterface);
}
#endif
#endif

#endif

#endif  /* __ISCardManageXP_INTERFACE_DEFINED__ */

/*
 * ISCardVerify, deployed form.
 *
 * Initialize(lpData)
 *     E_NOTIMPL.
 * ResetSecurityState(flags)
 *     flags: SC_FL_NO_FLAGS; SC_FL_IHV_GLOBAL and SC_FL_IHV_LOCAL change nothing, since every state ends;
 *     other bits are E_INVALIDARG.
 * Verify(pCode, flags, lpRef)
 *     *lpRef is the number of the reference data, read and left unchanged. E_POINTER: lpRef NULL.
 *
 * Source: type library SccCom 1.0
 */
/*****************************************************************************
 * ISCardVerifyXP interface
 */
#ifndef __ISCardVerifyXP_INTERFACE_DEFINED__
#define __ISCardVerifyXP_INTERFACE_DEFINED__

DEFINE_GUID(IID_ISCardVerifyXP, 0x4029dd85, 0x5902, 0x11d0, 0xb8,0x4c, 0x00,0xc0,0x4f,0xd4,0x24,0xb9);
#if defined(__cplusplus) && !defined(CINTERFACE)
MIDL_INTERFACE("4029dd85-5902-11d0-b84c-00c04fd424b9")
ISCardVerifyXP : public IDispatch
{
    virtual HRESULT STDMETHODCALLTYPE ChangeCode(
        LPBYTEBUFFER pOldCode,
        LPBYTEBUFFER pNewCode,
        SCARD_FLAGS flags,
        LONG lRef) = 0;

    virtual HRESULT STDMETHODCALLTYPE Initialize(
        LONG *lpData) = 0;

    virtual HRESULT STDMETHODCALLTYPE Unblock(
        LONG lData,
        SCARD_FLAGS flags,
        LONG lRef) = 0;

    virtual HRESULT STDMETHODCALLTYPE ResetSecurityState(
        SCARD_FLAGS flags) = 0;

    virtual HRESULT STDMETHODCALLTYPE Verify(
        LPBYTEBUFFER pCode,
        SCARD_FLAGS flags,
        LONG *lpRef) = 0;

};
#ifdef __CRT_UUID_DECL
__CRT_UUID_DECL(ISCardVerifyXP, 0x4029dd85, 0x5902, 0x11d0, 0xb8,0x4c, 0x00,0xc0,0x4f,0xd4,0x24,0xb9)
#endif
#else
typedef struct ISCardVerifyXPVtbl {
    BEGIN_INTERFACE

    /*** IUnknown methods ***/
    HRESULT (STDMETHODCALLTYPE *QueryInterface)(
        ISCardVerifyXP *This,
        REFIID riid,
        void **ppvObject);

    ULONG (STDMETHODCALLTYPE *AddRef)(
        ISCardVerifyXP *This);

    ULONG (STDMETHODCALLTYPE *Release)(
        ISCardVerifyXP *This);

    /*** IDispatch methods ***/
    HRESULT (STDMETHODCALLTYPE *GetTypeInfoCount)(
        ISCardVerifyXP *This,
        UINT *pctinfo);

    HRESULT (STDMETHODCALLTYPE *GetTypeInfo)(
        ISCardVerifyXP *This,
        UINT iTInfo,
        LCID lcid,
        ITypeInfo **ppTInfo);

    HRESULT (STDMETHODCALLTYPE *GetIDsOfNames)(
        ISCardVerifyXP *This,
        REFIID riid,
        LPOLESTR *rgszNames,
        UINT cNames,
        LCID lcid,
        DISPID *rgDispId);

    HRESULT (STDMETHODCALLTYPE *Invoke)(
        ISCardVerifyXP *This,
        DISPID dispIdMember,
        REFIID riid,
        LCID lcid,
        WORD wFlags,
        DISPPARAMS *pDispParams,
        VARIANT *pVarResult,
        EXCEPINFO *pExcepInfo,
        UINT *puArgErr);

    /*** ISCardVerifyXP methods ***/
    HRESULT (STDMETHODCALLTYPE *ChangeCode)(
        ISCardVerifyXP *This,
        LPBYTEBUFFER pOldCode,
        LPBYTEBUFFER pNewCode,
        SCARD_FLAGS flags,
        LONG lRef);

    HRESULT (STDMETHODCALLTYPE *Initialize)(
        ISCardVerifyXP *This,
        LONG *lpData);

    HRESULT (STDMETHODCALLTYPE *Unblock)(
        ISCardVerifyXP *This,
        LONG lData,
        SCARD_FLAGS flags,
        LONG lRef);

    HRESULT (STDMETHODCALLTYPE *ResetSecurityState)(
        ISCardVerifyXP *This,
        SCARD_FLAGS flags);

    HRESULT (STDMETHODCALLTYPE *Verify)(
        ISCardVerifyXP *This,
        LPBYTEBUFFER pCode,
        SCARD_FLAGS flags,
        LONG *lpRef);

    END_INTERFACE
} ISCardVerifyXPVtbl;

struct ISCardVerifyXP {
    CONST_VTBL ISCardVerifyXPVtbl* lpVtbl;
};

#ifdef COBJMACROS
#ifndef WIDL_C_INLINE_WRAPPERS
/*** IUnknown methods ***/
#define ISCardVerifyXP_QueryInterface(This,riid,ppvObject) (This)->lpVtbl->QueryInterface(This,riid,ppvObject)
#define ISCardVerifyXP_AddRef(This) (This)->lpVtbl->AddRef(This)
#define ISCardVerifyXP_Release(This) (This)->lpVtbl->Release(This)
/*** IDispatch methods ***/
#define ISCardVerifyXP_GetTypeInfoCount(This,pctinfo) (This)->lpVtbl->GetTypeInfoCount(This,pctinfo)
#define ISCardVerifyXP_GetTypeInfo(This,iTInfo,lcid,ppTInfo) (This)->lpVtbl->GetTypeInfo(This,iTInfo,lcid,ppTInfo)
#define ISCardVerifyXP_GetIDsOfNames(This,riid,rgszNames,cNames,lcid,rgDispId) (This)->lpVtbl->GetIDsOfNames(This,riid,rgszNames,cNames,lcid,rgDispId)
#define ISCardVerifyXP_Invoke(This,dispIdMember,riid,lcid,wFlags,pDispParams,pVarResult,pExcepInfo,puArgErr) (This)->lpVtbl->Invoke(This,dispIdMember,riid,lcid,wFlags,pDispParams,pVarResult,pExcepInfo,puArgErr)
/*** ISCardVerifyXP methods ***/
#define ISCardVerifyXP_ChangeCode(This,pOldCode,pNewCode,flags,lRef) (This)->lpVtbl->ChangeCode(This,pOldCode,pNewCode,flags,lRef)
#define ISCardVerifyXP_Initialize(This,lpData) (This)->lpVtbl->Initialize(This,lpData)
#define ISCardVerifyXP_Unblock(This,lData,flags,lRef) (This)->lpVtbl->Unblock(This,lData,flags,lRef)
#define ISCardVerifyXP_ResetSecurityState(This,flags) (This)->lpVtbl->ResetSecurityState(This,flags)
#define ISCardVerifyXP_Verify(This,pCode,flags,lpRef) (This)->lpVtbl->Verify(This,pCode,flags,lpRef)
#else
/*** IUnknown methods ***/
static FORCEINLINE HRESULT ISCardVerifyXP_QueryInterface(ISCardVerifyXP* This,REFIID riid,void **ppvObject) {
    return This->lpVtbl->QueryInterface(This,riid,ppvObject);
}
static FORCEINLINE ULONG ISCardVerifyXP_AddRef(ISCardVerifyXP* This) {
    return This->lpVtbl->AddRef(This);
}
static FORCEINLINE ULONG ISCardVerifyXP_Release(ISCardVerifyXP* This) {
    return This->lpVtbl->Release(This);
}
/*** IDispatch methods ***/
static FORCEINLINE HRESULT ISCardVerifyXP_GetTypeInfoCount(ISCardVerifyXP* This,UINT *pctinfo) {
    return This->lpVtbl->GetTypeInfoCount(This,pctinfo);
}
static FORCEINLINE HRESULT ISCardVerifyXP_GetTypeInfo(ISCardVerifyXP* This,UINT iTInfo,LCID lcid,ITypeInfo **ppTInfo) {
    return This->lpVtbl->GetTypeInfo(This,iTInfo,lcid,ppTInfo);
}
static FORCEINLINE HRESULT ISCardVerifyXP_GetIDsOfNames(ISCardVerifyXP* This,REFIID riid,LPOLESTR *rgszNames,UINT cNames,LCID lcid,DISPID *rgDispId) {
    return This->lpVtbl->GetIDsOfNames(This,riid,rgszNames,cNames,lcid,rgDispId);
}
static FORCEINLINE HRESULT ISCardVerifyXP_Invoke(ISCardVerifyXP* This,DISPID dispIdMember,REFIID riid,LCID lcid,WORD wFlags,DISPPARAMS *pDispParams,VARIANT *pVarResult,EXCEPINFO *pExcepInfo,UINT *puArgErr) {
    return This->lpVtbl->Invoke(This,dispIdMember,riid,lcid,wFlags,pDispParams,pVarResult,pExcepInfo,puArgErr);
}
/*** ISCardVerifyXP methods ***/
static FORCEINLINE HRESULT ISCardVerifyXP_ChangeCode(ISCardVerifyXP* This,LPBYTEBUFFER pOldCode,LPBYTEBUFFER pNewCode,SCARD_FLAGS flags,LONG lRef) {
    return This->lpVtbl->ChangeCode(This,pOldCode,pNewCode,flags,lRef);
}
static FORCEINLINE HRESULT ISCardVerifyXP_Initialize(ISCardVerifyXP* This,LONG *lpData) {
    return This->lpVtbl->Initialize(This,lpData);
}
static FORCEINLINE HRESULT ISCardVerifyXP_Unblock(ISCardVerifyXP* This,LONG lData,SCARD_FLAGS flags,LONG lRef) {
    return This->lpVtbl->Unblock(This,lData,flags,lRef);
}
static FORCEINLINE HRESULT ISCardVerifyXP_ResetSecurityState(ISCardVerifyXP* This,SCARD_FLAGS flags) {
    return This->lpVtbl->ResetSecurityState(This,flags);
}
static FORCEINLINE HRESULT ISCardVerifyXP_Verify(ISCardVerifyXP* This,LPBYTEBUFFER pCode,SCARD_FLAGS flags,LONG *lpRef) {
    return This->lpVtbl->Verify(This,pCode,flags,lpRef);
}
#endif
#endif

#endif

#endif  /* __ISCardVerifyXP_INTERFACE_DEFINED__ */

/*
 * ISCardFileAccess, deployed form.
 *
 * Create(type, bstrPath, ppFileProps, pCount, flags, pData)
 *     *ppFileProps is the table; *pCount how many of its objects are meant, 0 or pCount NULL: all.
 * GetProperties(type, bstrPath, ppProperties, pCount, flags)
 *     *pCount: how many objects there are; pCount may be NULL.
 * Initialize(lpData)
 *     E_NOTIMPL.
 * SetProperties(type, bstrPath, pProperties, lCount, flags)
 *     lCount: how many of the objects are meant, 0: all.
 * Write(hFile, lLength, pBuffer, flags)
 *     lLength bytes of the content of pBuffer, from its start. E_INVALIDARG: fewer are there.
 *
 * Source: type library SccCom 1.0
 */
/*****************************************************************************
 * ISCardFileAccessXP interface
 */
#ifndef __ISCardFileAccessXP_INTERFACE_DEFINED__
#define __ISCardFileAccessXP_INTERFACE_DEFINED__

DEFINE_GUID(IID_ISCardFileAccessXP, 0x4029dd8a, 0x5902, 0x11d0, 0xb8,0x4c, 0x00,0xc0,0x4f,0xd4,0x24,0xb9);
#if defined(__cplusplus) && !defined(CINTERFACE)
MIDL_INTERFACE("4029dd8a-5902-11d0-b84c-00c04fd424b9")
ISCardFileAccessXP : public IDispatch
{
    virtual HRESULT STDMETHODCALLTYPE ChangeDir(
        REFTYPE type,
        BSTR bstrDir) = 0;

    virtual HRESULT STDMETHODCALLTYPE Close(
        HSCARD_FILE hFile) = 0;

    virtual HRESULT STDMETHODCALLTYPE Create(
        REFTYPE type,
        BSTR bstrPath,
        LPTLV_TABLE *ppFileProps,
        LONG *pCount,
        SCARD_FLAGS flags,
        LPBYTEBUFFER pData) = 0;

    virtual HRESULT STDMETHODCALLTYPE Delete(
        REFTYPE type,
        BSTR bstrPath,
        SCARD_FLAGS flags) = 0;

    virtual HRESULT STDMETHODCALLTYPE Directory(
        FILETYPE fileType,
        SAFEARRAY **ppFileList) = 0;

    virtual HRESULT STDMETHODCALLTYPE GetCurrentDir(
        BSTR *pbstrDir) = 0;

    virtual HRESULT STDMETHODCALLTYPE GetFileCapabilities(
        LPTLV_TABLE *ppCapabilities,
        LONG *pCount,
        SCARD_FLAGS flags) = 0;

    virtual HRESULT STDMETHODCALLTYPE GetProperties(
        REFTYPE type,
        BSTR bstrPath,
        LPTLV_TABLE *ppProperties,
        LONG *pCount,
        SCARD_FLAGS flags) = 0;

    virtual HRESULT STDMETHODCALLTYPE Initialize(
        LONG *lpData) = 0;

    virtual HRESULT STDMETHODCALLTYPE Invalidate(
        BSTR bstrFile,
        SCARD_FLAGS flags) = 0;

    virtual HRESULT STDMETHODCALLTYPE Open(
        REFTYPE type,
        BSTR bstrPath,
        HSCARD_FILE *phFile) = 0;

    virtual HRESULT STDMETHODCALLTYPE Read(
        HSCARD_FILE hFile,
        LONG *plBytesToRead,
        LPBYTEBUFFER *ppBuffer,
        SCARD_FLAGS flags) = 0;

    virtual HRESULT STDMETHODCALLTYPE Rehabilitate(
        BSTR bstrFile,
        SCARD_FLAGS flags) = 0;

    virtual HRESULT STDMETHODCALLTYPE Seek(
        HSCARD_FILE hFile,
        LONG lOffset,
        SEEKTYPE seek) = 0;

    virtual HRESULT STDMETHODCALLTYPE SetProperties(
        REFTYPE type,
        BSTR bstrPath,
        LPTLV_TABLE pProperties,
        LONG lCount,
        SCARD_FLAGS flags) = 0;

    virtual HRESULT STDMETHODCALLTYPE Write(
        HSCARD_FILE hFile,
        LONG lLength,
        LPBYTEBUFFER pBuffer,
        SCARD_FLAGS flags) = 0;

};
#ifdef __CRT_UUID_DECL
__CRT_UUID_DECL(ISCardFileAccessXP, 0x4029dd8a, 0x5902, 0x11d0, 0xb8,0x4c, 0x00,0xc0,0x4f,0xd4,0x24,0xb9)
#endif
#else
typedef struct ISCardFileAccessXPVtbl {
    BEGIN_INTERFACE

    /*** IUnknown methods ***/
    HRESULT (STDMETHODCALLTYPE *QueryInterface)(
        ISCardFileAccessXP *This,
        REFIID riid,
        void **ppvObject);

    ULONG (STDMETHODCALLTYPE *AddRef)(
        ISCardFileAccessXP *This);

    ULONG (STDMETHODCALLTYPE *Release)(
        ISCardFileAccessXP *This);

    /*** IDispatch methods ***/
    HRESULT (STDMETHODCALLTYPE *GetTypeInfoCount)(
        ISCardFileAccessXP *This,
        UINT *pctinfo);

    HRESULT (STDMETHODCALLTYPE *GetTypeInfo)(
        ISCardFileAccessXP *This,
        UINT iTInfo,
        LCID lcid,
        ITypeInfo **ppTInfo);

    HRESULT (STDMETHODCALLTYPE *GetIDsOfNames)(
        ISCardFileAccessXP *This,
        REFIID riid,
        LPOLESTR *rgszNames,
        UINT cNames,
        LCID lcid,
        DISPID *rgDispId);

    HRESULT (STDMETHODCALLTYPE *Invoke)(
        ISCardFileAccessXP *This,
        DISPID dispIdMember,
        REFIID riid,
        LCID lcid,
        WORD wFlags,
        DISPPARAMS *pDispParams,
        VARIANT *pVarResult,
        EXCEPINFO *pExcepInfo,
        UINT *puArgErr);

    /*** ISCardFileAccessXP methods ***/
    HRESULT (STDMETHODCALLTYPE *ChangeDir)(
        ISCardFileAccessXP *This,
        REFTYPE type,
        BSTR bstrDir);

    HRESULT (STDMETHODCALLTYPE *Close)(
        ISCardFileAccessXP *This,
        HSCARD_FILE hFile);

    HRESULT (STDMETHODCALLTYPE *Create)(
        ISCardFileAccessXP *This,
        REFTYPE type,
        BSTR bstrPath,
        LPTLV_TABLE *ppFileProps,
        LONG *pCount,
        SCARD_FLAGS flags,
        LPBYTEBUFFER pData);

    HRESULT (STDMETHODCALLTYPE *Delete)(
        ISCardFileAccessXP *This,
        REFTYPE type,
        BSTR bstrPath,
        SCARD_FLAGS flags);

    HRESULT (STDMETHODCALLTYPE *Directory)(
        ISCardFileAccessXP *This,
        FILETYPE fileType,
        SAFEARRAY **ppFileList);

    HRESULT (STDMETHODCALLTYPE *GetCurrentDir)(
        ISCardFileAccessXP *This,
        BSTR *pbstrDir);

    HRESULT (STDMETHODCALLTYPE *GetFileCapabilities)(
        ISCardFileAccessXP *This,
        LPTLV_TABLE *ppCapabilities,
        LONG *pCount,
        SCARD_FLAGS flags);

    HRESULT (STDMETHODCALLTYPE *GetProperties)(
        ISCardFileAccessXP *This,
        REFTYPE type,
        BSTR bstrPath,
        LPTLV_TABLE *ppProperties,
        LONG *pCount,
        SCARD_FLAGS flags);

    HRESULT (STDMETHODCALLTYPE *Initialize)(
        ISCardFileAccessXP *This,
        LONG *lpData);

    HRESULT (STDMETHODCALLTYPE *Invalidate)(
        ISCardFileAccessXP *This,
        BSTR bstrFile,
        SCARD_FLAGS flags);

    HRESULT (STDMETHODCALLTYPE *Open)(
        ISCardFileAccessXP *This,
        REFTYPE type,
        BSTR bstrPath,
        HSCARD_FILE *phFile);

    HRESULT (STDMETHODCALLTYPE *Read)(
        ISCardFileAccessXP *This,
        HSCARD_FILE hFile,
        LONG *plBytesToRead,
        LPBYTEBUFFER *ppBuffer,
        SCARD_FLAGS flags);

    HRESULT (STDMETHODCALLTYPE *Rehabilitate)(
        ISCardFileAccessXP *This,
        BSTR bstrFile,
        SCARD_FLAGS flags);

    HRESULT (STDMETHODCALLTYPE *Seek)(
        ISCardFileAccessXP *This,
        HSCARD_FILE hFile,
        LONG lOffset,
        SEEKTYPE seek);

    HRESULT (STDMETHODCALLTYPE *SetProperties)(
        ISCardFileAccessXP *This,
        REFTYPE type,
        BSTR bstrPath,
        LPTLV_TABLE pProperties,
        LONG lCount,
        SCARD_FLAGS flags);

    HRESULT (STDMETHODCALLTYPE *Write)(
        ISCardFileAccessXP *This,
        HSCARD_FILE hFile,
        LONG lLength,
        LPBYTEBUFFER pBuffer,
        SCARD_FLAGS flags);

    END_INTERFACE
} ISCardFileAccessXPVtbl;

struct ISCardFileAccessXP {
    CONST_VTBL ISCardFileAccessXPVtbl* lpVtbl;
};

#ifdef COBJMACROS
#ifndef WIDL_C_INLINE_WRAPPERS
/*** IUnknown methods ***/
#define ISCardFileAccessXP_QueryInterface(This,riid,ppvObject) (This)->lpVtbl->QueryInterface(This,riid,ppvObject)
#define ISCardFileAccessXP_AddRef(This) (This)->lpVtbl->AddRef(This)
#define ISCardFileAccessXP_Release(This) (This)->lpVtbl->Release(This)
/*** IDispatch methods ***/
#define ISCardFileAccessXP_GetTypeInfoCount(This,pctinfo) (This)->lpVtbl->GetTypeInfoCount(This,pctinfo)
#define ISCardFileAccessXP_GetTypeInfo(This,iTInfo,lcid,ppTInfo) (This)->lpVtbl->GetTypeInfo(This,iTInfo,lcid,ppTInfo)
#define ISCardFileAccessXP_GetIDsOfNames(This,riid,rgszNames,cNames,lcid,rgDispId) (This)->lpVtbl->GetIDsOfNames(This,riid,rgszNames,cNames,lcid,rgDispId)
#define ISCardFileAccessXP_Invoke(This,dispIdMember,riid,lcid,wFlags,pDispParams,pVarResult,pExcepInfo,puArgErr) (This)->lpVtbl->Invoke(This,dispIdMember,riid,lcid,wFlags,pDispParams,pVarResult,pExcepInfo,puArgErr)
/*** ISCardFileAccessXP methods ***/
#define ISCardFileAccessXP_ChangeDir(This,type,bstrDir) (This)->lpVtbl->ChangeDir(This,type,bstrDir)
#define ISCardFileAccessXP_Close(This,hFile) (This)->lpVtbl->Close(This,hFile)
#define ISCardFileAccessXP_Create(This,type,bstrPath,ppFileProps,pCount,flags,pData) (This)->lpVtbl->Create(This,type,bstrPath,ppFileProps,pCount,flags,pData)
#define ISCardFileAccessXP_Delete(This,type,bstrPath,flags) (This)->lpVtbl->Delete(This,type,bstrPath,flags)
#define ISCardFileAccessXP_Directory(This,fileType,ppFileList) (This)->lpVtbl->Directory(This,fileType,ppFileList)
#define ISCardFileAccessXP_GetCurrentDir(This,pbstrDir) (This)->lpVtbl->GetCurrentDir(This,pbstrDir)
#define ISCardFileAccessXP_GetFileCapabilities(This,ppCapabilities,pCount,flags) (This)->lpVtbl->GetFileCapabilities(This,ppCapabilities,pCount,flags)
#define ISCardFileAccessXP_GetProperties(This,type,bstrPath,ppProperties,pCount,flags) (This)->lpVtbl->GetProperties(This,type,bstrPath,ppProperties,pCount,flags)
#define ISCardFileAccessXP_Initialize(This,lpData) (This)->lpVtbl->Initialize(This,lpData)
#define ISCardFileAccessXP_Invalidate(This,bstrFile,flags) (This)->lpVtbl->Invalidate(This,bstrFile,flags)
#define ISCardFileAccessXP_Open(This,type,bstrPath,phFile) (This)->lpVtbl->Open(This,type,bstrPath,phFile)
#define ISCardFileAccessXP_Read(This,hFile,plBytesToRead,ppBuffer,flags) (This)->lpVtbl->Read(This,hFile,plBytesToRead,ppBuffer,flags)
#define ISCardFileAccessXP_Rehabilitate(This,bstrFile,flags) (This)->lpVtbl->Rehabilitate(This,bstrFile,flags)
#define ISCardFileAccessXP_Seek(This,hFile,lOffset,seek) (This)->lpVtbl->Seek(This,hFile,lOffset,seek)
#define ISCardFileAccessXP_SetProperties(This,type,bstrPath,pProperties,lCount,flags) (This)->lpVtbl->SetProperties(This,type,bstrPath,pProperties,lCount,flags)
#define ISCardFileAccessXP_Write(This,hFile,lLength,pBuffer,flags) (This)->lpVtbl->Write(This,hFile,lLength,pBuffer,flags)
#else
/*** IUnknown methods ***/
static FORCEINLINE HRESULT ISCardFileAccessXP_QueryInterface(ISCardFileAccessXP* This,REFIID riid,void **ppvObject) {
    return This->lpVtbl->QueryInterface(This,riid,ppvObject);
}
static FORCEINLINE ULONG ISCardFileAccessXP_AddRef(ISCardFileAccessXP* This) {
    return This->lpVtbl->AddRef(This);
}
static FORCEINLINE ULONG ISCardFileAccessXP_Release(ISCardFileAccessXP* This) {
    return This->lpVtbl->Release(This);
}
/*** IDispatch methods ***/
static FORCEINLINE HRESULT ISCardFileAccessXP_GetTypeInfoCount(ISCardFileAccessXP* This,UINT *pctinfo) {
    return This->lpVtbl->GetTypeInfoCount(This,pctinfo);
}
static FORCEINLINE HRESULT ISCardFileAccessXP_GetTypeInfo(ISCardFileAccessXP* This,UINT iTInfo,LCID lcid,ITypeInfo **ppTInfo) {
    return This->lpVtbl->GetTypeInfo(This,iTInfo,lcid,ppTInfo);
}
static FORCEINLINE HRESULT ISCardFileAccessXP_GetIDsOfNames(ISCardFileAccessXP* This,REFIID riid,LPOLESTR *rgszNames,UINT cNames,LCID lcid,DISPID *rgDispId) {
    return This->lpVtbl->GetIDsOfNames(This,riid,rgszNames,cNames,lcid,rgDispId);
}
static FORCEINLINE HRESULT ISCardFileAccessXP_Invoke(ISCardFileAccessXP* This,DISPID dispIdMember,REFIID riid,LCID lcid,WORD wFlags,DISPPARAMS *pDispParams,VARIANT *pVarResult,EXCEPINFO *pExcepInfo,UINT *puArgErr) {
    return This->lpVtbl->Invoke(This,dispIdMember,riid,lcid,wFlags,pDispParams,pVarResult,pExcepInfo,puArgErr);
}
/*** ISCardFileAccessXP methods ***/
static FORCEINLINE HRESULT ISCardFileAccessXP_ChangeDir(ISCardFileAccessXP* This,REFTYPE type,BSTR bstrDir) {
    return This->lpVtbl->ChangeDir(This,type,bstrDir);
}
static FORCEINLINE HRESULT ISCardFileAccessXP_Close(ISCardFileAccessXP* This,HSCARD_FILE hFile) {
    return This->lpVtbl->Close(This,hFile);
}
static FORCEINLINE HRESULT ISCardFileAccessXP_Create(ISCardFileAccessXP* This,REFTYPE type,BSTR bstrPath,LPTLV_TABLE *ppFileProps,LONG *pCount,SCARD_FLAGS flags,LPBYTEBUFFER pData) {
    return This->lpVtbl->Create(This,type,bstrPath,ppFileProps,pCount,flags,pData);
}
static FORCEINLINE HRESULT ISCardFileAccessXP_Delete(ISCardFileAccessXP* This,REFTYPE type,BSTR bstrPath,SCARD_FLAGS flags) {
    return This->lpVtbl->Delete(This,type,bstrPath,flags);
}
static FORCEINLINE HRESULT ISCardFileAccessXP_Directory(ISCardFileAccessXP* This,FILETYPE fileType,SAFEARRAY **ppFileList) {
    return This->lpVtbl->Directory(This,fileType,ppFileList);
}
static FORCEINLINE HRESULT ISCardFileAccessXP_GetCurrentDir(ISCardFileAccessXP* This,BSTR *pbstrDir) {
    return This->lpVtbl->GetCurrentDir(This,pbstrDir);
}
static FORCEINLINE HRESULT ISCardFileAccessXP_GetFileCapabilities(ISCardFileAccessXP* This,LPTLV_TABLE *ppCapabilities,LONG *pCount,SCARD_FLAGS flags) {
    return This->lpVtbl->GetFileCapabilities(This,ppCapabilities,pCount,flags);
}
static FORCEINLINE HRESULT ISCardFileAccessXP_GetProperties(ISCardFileAccessXP* This,REFTYPE type,BSTR bstrPath,LPTLV_TABLE *ppProperties,LONG *pCount,SCARD_FLAGS flags) {
    return This->lpVtbl->GetProperties(This,type,bstrPath,ppProperties,pCount,flags);
}
static FORCEINLINE HRESULT ISCardFileAccessXP_Initialize(ISCardFileAccessXP* This,LONG *lpData) {
    return This->lpVtbl->Initialize(This,lpData);
}
static FORCEINLINE HRESULT ISCardFileAccessXP_Invalidate(ISCardFileAccessXP* This,BSTR bstrFile,SCARD_FLAGS flags) {
    return This->lpVtbl->Invalidate(This,bstrFile,flags);
}
static FORCEINLINE HRESULT ISCardFileAccessXP_Open(ISCardFileAccessXP* This,REFTYPE type,BSTR bstrPath,HSCARD_FILE *phFile) {
    return This->lpVtbl->Open(This,type,bstrPath,phFile);
}
static FORCEINLINE HRESULT ISCardFileAccessXP_Read(ISCardFileAccessXP* This,HSCARD_FILE hFile,LONG *plBytesToRead,LPBYTEBUFFER *ppBuffer,SCARD_FLAGS flags) {
    return This->lpVtbl->Read(This,hFile,plBytesToRead,ppBuffer,flags);
}
static FORCEINLINE HRESULT ISCardFileAccessXP_Rehabilitate(ISCardFileAccessXP* This,BSTR bstrFile,SCARD_FLAGS flags) {
    return This->lpVtbl->Rehabilitate(This,bstrFile,flags);
}
static FORCEINLINE HRESULT ISCardFileAccessXP_Seek(ISCardFileAccessXP* This,HSCARD_FILE hFile,LONG lOffset,SEEKTYPE seek) {
    return This->lpVtbl->Seek(This,hFile,lOffset,seek);
}
static FORCEINLINE HRESULT ISCardFileAccessXP_SetProperties(ISCardFileAccessXP* This,REFTYPE type,BSTR bstrPath,LPTLV_TABLE pProperties,LONG lCount,SCARD_FLAGS flags) {
    return This->lpVtbl->SetProperties(This,type,bstrPath,pProperties,lCount,flags);
}
static FORCEINLINE HRESULT ISCardFileAccessXP_Write(ISCardFileAccessXP* This,HSCARD_FILE hFile,LONG lLength,LPBYTEBUFFER pBuffer,SCARD_FLAGS flags) {
    return This->lpVtbl->Write(This,hFile,lLength,pBuffer,flags);
}
#endif
#endif

#endif

#endif  /* __ISCardFileAccessXP_INTERFACE_DEFINED__ */

/*
 * ISCardAuth, deployed form. *plLength is 0 after a failure; plLength NULL is E_POINTER.
 *
 * GetChallenge(lAlgoID, pParam, plLength, ppBuffer)
 *     *plLength: how many bytes are wanted, and then how many there are.
 * ICC_Auth(lAlgoID, pParam, plLength, ppBuffer)
 *     *plLength: how many bytes of *ppBuffer are the challenge, 0: all; then how many the answer has.
 * Initialize(lpData)
 *     E_NOTIMPL.
 * User_Auth(lAlgoID, pParam, plLength, ppBuffer)
 *     *plLength not 0, where the caller computes: MUTUAL AUTHENTICATE with the data in *ppBuffer, whose content
 *     becomes the answer, at most so many bytes; *plLength is how many. Else 0.
 *
 * Source: type library SccCom 1.0
 */
/*****************************************************************************
 * ISCardAuthXP interface
 */
#ifndef __ISCardAuthXP_INTERFACE_DEFINED__
#define __ISCardAuthXP_INTERFACE_DEFINED__

DEFINE_GUID(IID_ISCardAuthXP, 0x7b063d61, 0x6e40, 0x11d0, 0xb8,0x58, 0x00,0xc0,0x4f,0xd4,0x24,0xb9);
#if defined(__cplusplus) && !defined(CINTERFACE)
MIDL_INTERFACE("7b063d61-6e40-11d0-b858-00c04fd424b9")
ISCardAuthXP : public IDispatch
{
    virtual HRESULT STDMETHODCALLTYPE APP_Auth(
        LONG lAlgoID,
        LPBYTEBUFFER pParam,
        LPBYTEBUFFER pBuffer) = 0;

    virtual HRESULT STDMETHODCALLTYPE GetChallenge(
        LONG lAlgoID,
        LPBYTEBUFFER pParam,
        LONG *plLength,
        LPBYTEBUFFER *ppBuffer) = 0;

    virtual HRESULT STDMETHODCALLTYPE ICC_Auth(
        LONG lAlgoID,
        LPBYTEBUFFER pParam,
        LONG *plLength,
        LPBYTEBUFFER *ppBuffer) = 0;

    virtual HRESULT STDMETHODCALLTYPE Initialize(
        LONG *lpData) = 0;

    virtual HRESULT STDMETHODCALLTYPE User_Auth(
        LONG lAlgoID,
        LPBYTEBUFFER pParam,
        LONG *plLength,
        LPBYTEBUFFER *ppBuffer) = 0;

};
#ifdef __CRT_UUID_DECL
__CRT_UUID_DECL(ISCardAuthXP, 0x7b063d61, 0x6e40, 0x11d0, 0xb8,0x58, 0x00,0xc0,0x4f,0xd4,0x24,0xb9)
#endif
#else
typedef struct ISCardAuthXPVtbl {
    BEGIN_INTERFACE

    /*** IUnknown methods ***/
    HRESULT (STDMETHODCALLTYPE *QueryInterface)(
        ISCardAuthXP *This,
        REFIID riid,
        void **ppvObject);

    ULONG (STDMETHODCALLTYPE *AddRef)(
        ISCardAuthXP *This);

    ULONG (STDMETHODCALLTYPE *Release)(
        ISCardAuthXP *This);

    /*** IDispatch methods ***/
    HRESULT (STDMETHODCALLTYPE *GetTypeInfoCount)(
        ISCardAuthXP *This,
        UINT *pctinfo);

    HRESULT (STDMETHODCALLTYPE *GetTypeInfo)(
        ISCardAuthXP *This,
        UINT iTInfo,
        LCID lcid,
        ITypeInfo **ppTInfo);

    HRESULT (STDMETHODCALLTYPE *GetIDsOfNames)(
        ISCardAuthXP *This,
        REFIID riid,
        LPOLESTR *rgszNames,
        UINT cNames,
        LCID lcid,
        DISPID *rgDispId);

    HRESULT (STDMETHODCALLTYPE *Invoke)(
        ISCardAuthXP *This,
        DISPID dispIdMember,
        REFIID riid,
        LCID lcid,
        WORD wFlags,
        DISPPARAMS *pDispParams,
        VARIANT *pVarResult,
        EXCEPINFO *pExcepInfo,
        UINT *puArgErr);

    /*** ISCardAuthXP methods ***/
    HRESULT (STDMETHODCALLTYPE *APP_Auth)(
        ISCardAuthXP *This,
        LONG lAlgoID,
        LPBYTEBUFFER pParam,
        LPBYTEBUFFER pBuffer);

    HRESULT (STDMETHODCALLTYPE *GetChallenge)(
        ISCardAuthXP *This,
        LONG lAlgoID,
        LPBYTEBUFFER pParam,
        LONG *plLength,
        LPBYTEBUFFER *ppBuffer);

    HRESULT (STDMETHODCALLTYPE *ICC_Auth)(
        ISCardAuthXP *This,
        LONG lAlgoID,
        LPBYTEBUFFER pParam,
        LONG *plLength,
        LPBYTEBUFFER *ppBuffer);

    HRESULT (STDMETHODCALLTYPE *Initialize)(
        ISCardAuthXP *This,
        LONG *lpData);

    HRESULT (STDMETHODCALLTYPE *User_Auth)(
        ISCardAuthXP *This,
        LONG lAlgoID,
        LPBYTEBUFFER pParam,
        LONG *plLength,
        LPBYTEBUFFER *ppBuffer);

    END_INTERFACE
} ISCardAuthXPVtbl;

struct ISCardAuthXP {
    CONST_VTBL ISCardAuthXPVtbl* lpVtbl;
};

#ifdef COBJMACROS
#ifndef WIDL_C_INLINE_WRAPPERS
/*** IUnknown methods ***/
#define ISCardAuthXP_QueryInterface(This,riid,ppvObject) (This)->lpVtbl->QueryInterface(This,riid,ppvObject)
#define ISCardAuthXP_AddRef(This) (This)->lpVtbl->AddRef(This)
#define ISCardAuthXP_Release(This) (This)->lpVtbl->Release(This)
/*** IDispatch methods ***/
#define ISCardAuthXP_GetTypeInfoCount(This,pctinfo) (This)->lpVtbl->GetTypeInfoCount(This,pctinfo)
#define ISCardAuthXP_GetTypeInfo(This,iTInfo,lcid,ppTInfo) (This)->lpVtbl->GetTypeInfo(This,iTInfo,lcid,ppTInfo)
#define ISCardAuthXP_GetIDsOfNames(This,riid,rgszNames,cNames,lcid,rgDispId) (This)->lpVtbl->GetIDsOfNames(This,riid,rgszNames,cNames,lcid,rgDispId)
#define ISCardAuthXP_Invoke(This,dispIdMember,riid,lcid,wFlags,pDispParams,pVarResult,pExcepInfo,puArgErr) (This)->lpVtbl->Invoke(This,dispIdMember,riid,lcid,wFlags,pDispParams,pVarResult,pExcepInfo,puArgErr)
/*** ISCardAuthXP methods ***/
#define ISCardAuthXP_APP_Auth(This,lAlgoID,pParam,pBuffer) (This)->lpVtbl->APP_Auth(This,lAlgoID,pParam,pBuffer)
#define ISCardAuthXP_GetChallenge(This,lAlgoID,pParam,plLength,ppBuffer) (This)->lpVtbl->GetChallenge(This,lAlgoID,pParam,plLength,ppBuffer)
#define ISCardAuthXP_ICC_Auth(This,lAlgoID,pParam,plLength,ppBuffer) (This)->lpVtbl->ICC_Auth(This,lAlgoID,pParam,plLength,ppBuffer)
#define ISCardAuthXP_Initialize(This,lpData) (This)->lpVtbl->Initialize(This,lpData)
#define ISCardAuthXP_User_Auth(This,lAlgoID,pParam,plLength,ppBuffer) (This)->lpVtbl->User_Auth(This,lAlgoID,pParam,plLength,ppBuffer)
#else
/*** IUnknown methods ***/
static FORCEINLINE HRESULT ISCardAuthXP_QueryInterface(ISCardAuthXP* This,REFIID riid,void **ppvObject) {
    return This->lpVtbl->QueryInterface(This,riid,ppvObject);
}
static FORCEINLINE ULONG ISCardAuthXP_AddRef(ISCardAuthXP* This) {
    return This->lpVtbl->AddRef(This);
}
static FORCEINLINE ULONG ISCardAuthXP_Release(ISCardAuthXP* This) {
    return This->lpVtbl->Release(This);
}
/*** IDispatch methods ***/
static FORCEINLINE HRESULT ISCardAuthXP_GetTypeInfoCount(ISCardAuthXP* This,UINT *pctinfo) {
    return This->lpVtbl->GetTypeInfoCount(This,pctinfo);
}
static FORCEINLINE HRESULT ISCardAuthXP_GetTypeInfo(ISCardAuthXP* This,UINT iTInfo,LCID lcid,ITypeInfo **ppTInfo) {
    return This->lpVtbl->GetTypeInfo(This,iTInfo,lcid,ppTInfo);
}
static FORCEINLINE HRESULT ISCardAuthXP_GetIDsOfNames(ISCardAuthXP* This,REFIID riid,LPOLESTR *rgszNames,UINT cNames,LCID lcid,DISPID *rgDispId) {
    return This->lpVtbl->GetIDsOfNames(This,riid,rgszNames,cNames,lcid,rgDispId);
}
static FORCEINLINE HRESULT ISCardAuthXP_Invoke(ISCardAuthXP* This,DISPID dispIdMember,REFIID riid,LCID lcid,WORD wFlags,DISPPARAMS *pDispParams,VARIANT *pVarResult,EXCEPINFO *pExcepInfo,UINT *puArgErr) {
    return This->lpVtbl->Invoke(This,dispIdMember,riid,lcid,wFlags,pDispParams,pVarResult,pExcepInfo,puArgErr);
}
/*** ISCardAuthXP methods ***/
static FORCEINLINE HRESULT ISCardAuthXP_APP_Auth(ISCardAuthXP* This,LONG lAlgoID,LPBYTEBUFFER pParam,LPBYTEBUFFER pBuffer) {
    return This->lpVtbl->APP_Auth(This,lAlgoID,pParam,pBuffer);
}
static FORCEINLINE HRESULT ISCardAuthXP_GetChallenge(ISCardAuthXP* This,LONG lAlgoID,LPBYTEBUFFER pParam,LONG *plLength,LPBYTEBUFFER *ppBuffer) {
    return This->lpVtbl->GetChallenge(This,lAlgoID,pParam,plLength,ppBuffer);
}
static FORCEINLINE HRESULT ISCardAuthXP_ICC_Auth(ISCardAuthXP* This,LONG lAlgoID,LPBYTEBUFFER pParam,LONG *plLength,LPBYTEBUFFER *ppBuffer) {
    return This->lpVtbl->ICC_Auth(This,lAlgoID,pParam,plLength,ppBuffer);
}
static FORCEINLINE HRESULT ISCardAuthXP_Initialize(ISCardAuthXP* This,LONG *lpData) {
    return This->lpVtbl->Initialize(This,lpData);
}
static FORCEINLINE HRESULT ISCardAuthXP_User_Auth(ISCardAuthXP* This,LONG lAlgoID,LPBYTEBUFFER pParam,LONG *plLength,LPBYTEBUFFER *ppBuffer) {
    return This->lpVtbl->User_Auth(This,lAlgoID,pParam,plLength,ppBuffer);
}
#endif
#endif

#endif

#endif  /* __ISCardAuthXP_INTERFACE_DEFINED__ */

/* The type library of the deployed form. */
#ifndef __SccCom_LIBRARY_DEFINED__
#define __SccCom_LIBRARY_DEFINED__

DEFINE_GUID(LIBID_SccCom, 0x99edc7ce, 0x050c, 0x462c, 0x81,0x8f, 0x3c,0xa1,0xed,0x40,0xd2,0x48);

#ifndef __ISCardManageXP_FWD_DEFINED__
#define __ISCardManageXP_FWD_DEFINED__
typedef struct ISCardManageXP ISCardManageXP;
#ifdef __cplusplus
struct ISCardManageXP;
#endif /* __cplusplus */
#endif

#ifndef __ISCardVerifyXP_FWD_DEFINED__
#define __ISCardVerifyXP_FWD_DEFINED__
typedef struct ISCardVerifyXP ISCardVerifyXP;
#ifdef __cplusplus
struct ISCardVerifyXP;
#endif /* __cplusplus */
#endif

#ifndef __ISCardFileAccessXP_FWD_DEFINED__
#define __ISCardFileAccessXP_FWD_DEFINED__
typedef struct ISCardFileAccessXP ISCardFileAccessXP;
#ifdef __cplusplus
struct ISCardFileAccessXP;
#endif /* __cplusplus */
#endif

#ifndef __ISCardAuthXP_FWD_DEFINED__
#define __ISCardAuthXP_FWD_DEFINED__
typedef struct ISCardAuthXP ISCardAuthXP;
#ifdef __cplusplus
struct ISCardAuthXP;
#endif /* __cplusplus */
#endif

#endif /* __SccCom_LIBRARY_DEFINED__ */

/* The plain names, for a port that knows the deployed form alone. */
#if !defined(__scardcom_h__) && !defined(ISCARD_BOTH_FORMS)
#define ISCARD_XP_NAMES
#define ISCardManage ISCardManageXP
#define ISCardManageVtbl ISCardManageXPVtbl
#define IID_ISCardManage IID_ISCardManageXP
#define ISCardManage_QueryInterface ISCardManageXP_QueryInterface
#define ISCardManage_AddRef ISCardManageXP_AddRef
#define ISCardManage_Release ISCardManageXP_Release
#define ISCardManage_GetTypeInfoCount ISCardManageXP_GetTypeInfoCount
#define ISCardManage_GetTypeInfo ISCardManageXP_GetTypeInfo
#define ISCardManage_GetIDsOfNames ISCardManageXP_GetIDsOfNames
#define ISCardManage_Invoke ISCardManageXP_Invoke
#define ISCardManage_AttachByHandle ISCardManageXP_AttachByHandle
#define ISCardManage_AttachByIFD ISCardManageXP_AttachByIFD
#define ISCardManage_CreateFileAccess ISCardManageXP_CreateFileAccess
#define ISCardManage_CreateCardAuth ISCardManageXP_CreateCardAuth
#define ISCardManage_CreateCHVerification ISCardManageXP_CreateCHVerification
#define ISCardManage_Detach ISCardManageXP_Detach
#define ISCardManage_SCardLock ISCardManageXP_SCardLock
#define ISCardManage_Reconnect ISCardManageXP_Reconnect
#define ISCardManage_Status ISCardManageXP_Status
#define ISCardManage_SCardUnlock ISCardManageXP_SCardUnlock
#define ISCardManage_CreateInterface ISCardManageXP_CreateInterface
#define ISCardVerify ISCardVerifyXP
#define ISCardVerifyVtbl ISCardVerifyXPVtbl
#define IID_ISCardVerify IID_ISCardVerifyXP
#define ISCardVerify_QueryInterface ISCardVerifyXP_QueryInterface
#define ISCardVerify_AddRef ISCardVerifyXP_AddRef
#define ISCardVerify_Release ISCardVerifyXP_Release
#define ISCardVerify_GetTypeInfoCount ISCardVerifyXP_GetTypeInfoCount
#define ISCardVerify_GetTypeInfo ISCardVerifyXP_GetTypeInfo
#define ISCardVerify_GetIDsOfNames ISCardVerifyXP_GetIDsOfNames
#define ISCardVerify_Invoke ISCardVerifyXP_Invoke
#define ISCardVerify_ChangeCode ISCardVerifyXP_ChangeCode
#define ISCardVerify_Initialize ISCardVerifyXP_Initialize
#define ISCardVerify_Unblock ISCardVerifyXP_Unblock
#define ISCardVerify_ResetSecurityState ISCardVerifyXP_ResetSecurityState
#define ISCardVerify_Verify ISCardVerifyXP_Verify
#define ISCardFileAccess ISCardFileAccessXP
#define ISCardFileAccessVtbl ISCardFileAccessXPVtbl
#define IID_ISCardFileAccess IID_ISCardFileAccessXP
#define ISCardFileAccess_QueryInterface ISCardFileAccessXP_QueryInterface
#define ISCardFileAccess_AddRef ISCardFileAccessXP_AddRef
#define ISCardFileAccess_Release ISCardFileAccessXP_Release
#define ISCardFileAccess_GetTypeInfoCount ISCardFileAccessXP_GetTypeInfoCount
#define ISCardFileAccess_GetTypeInfo ISCardFileAccessXP_GetTypeInfo
#define ISCardFileAccess_GetIDsOfNames ISCardFileAccessXP_GetIDsOfNames
#define ISCardFileAccess_Invoke ISCardFileAccessXP_Invoke
#define ISCardFileAccess_ChangeDir ISCardFileAccessXP_ChangeDir
#define ISCardFileAccess_Close ISCardFileAccessXP_Close
#define ISCardFileAccess_Create ISCardFileAccessXP_Create
#define ISCardFileAccess_Delete ISCardFileAccessXP_Delete
#define ISCardFileAccess_Directory ISCardFileAccessXP_Directory
#define ISCardFileAccess_GetCurrentDir ISCardFileAccessXP_GetCurrentDir
#define ISCardFileAccess_GetFileCapabilities ISCardFileAccessXP_GetFileCapabilities
#define ISCardFileAccess_GetProperties ISCardFileAccessXP_GetProperties
#define ISCardFileAccess_Initialize ISCardFileAccessXP_Initialize
#define ISCardFileAccess_Invalidate ISCardFileAccessXP_Invalidate
#define ISCardFileAccess_Open ISCardFileAccessXP_Open
#define ISCardFileAccess_Read ISCardFileAccessXP_Read
#define ISCardFileAccess_Rehabilitate ISCardFileAccessXP_Rehabilitate
#define ISCardFileAccess_Seek ISCardFileAccessXP_Seek
#define ISCardFileAccess_SetProperties ISCardFileAccessXP_SetProperties
#define ISCardFileAccess_Write ISCardFileAccessXP_Write
#define ISCardAuth ISCardAuthXP
#define ISCardAuthVtbl ISCardAuthXPVtbl
#define IID_ISCardAuth IID_ISCardAuthXP
#define ISCardAuth_QueryInterface ISCardAuthXP_QueryInterface
#define ISCardAuth_AddRef ISCardAuthXP_AddRef
#define ISCardAuth_Release ISCardAuthXP_Release
#define ISCardAuth_GetTypeInfoCount ISCardAuthXP_GetTypeInfoCount
#define ISCardAuth_GetTypeInfo ISCardAuthXP_GetTypeInfo
#define ISCardAuth_GetIDsOfNames ISCardAuthXP_GetIDsOfNames
#define ISCardAuth_Invoke ISCardAuthXP_Invoke
#define ISCardAuth_APP_Auth ISCardAuthXP_APP_Auth
#define ISCardAuth_GetChallenge ISCardAuthXP_GetChallenge
#define ISCardAuth_ICC_Auth ISCardAuthXP_ICC_Auth
#define ISCardAuth_Initialize ISCardAuthXP_Initialize
#define ISCardAuth_User_Auth ISCardAuthXP_User_Auth
#endif

#ifdef __cplusplus
}
#endif

#endif /* __scardcom_xp_h__ */
