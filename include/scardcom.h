/* Made from idl/scardcom.idl by `make headers`: change that file, not this one. */
/* clang-format off */
#include <objbase.h>

#ifdef ISCARD_XP_NAMES
#error "include <scardcom.h> before <scardcom_xp.h>, or define ISCARD_BOTH_FORMS"
#endif

#ifndef __scardcom_h__
#define __scardcom_h__

/* Forward declarations */

#ifndef __ISCardManage_FWD_DEFINED__
#define __ISCardManage_FWD_DEFINED__
typedef struct ISCardManage ISCardManage;
#ifdef __cplusplus
struct ISCardManage;
#endif /* __cplusplus */
#endif

#ifndef __ISCardVerify_FWD_DEFINED__
#define __ISCardVerify_FWD_DEFINED__
typedef struct ISCardVerify ISCardVerify;
#ifdef __cplusplus
struct ISCardVerify;
#endif /* __cplusplus */
#endif

#ifndef __ISCardUnblockData_FWD_DEFINED__
#define __ISCardUnblockData_FWD_DEFINED__
typedef struct ISCardUnblockData ISCardUnblockData;
#ifdef __cplusplus
struct ISCardUnblockData;
#endif /* __cplusplus */
#endif

#ifndef __ISCardFileAccess_FWD_DEFINED__
#define __ISCardFileAccess_FWD_DEFINED__
typedef struct ISCardFileAccess ISCardFileAccess;
#ifdef __cplusplus
struct ISCardFileAccess;
#endif /* __cplusplus */
#endif

#ifndef __ISCardAuth_FWD_DEFINED__
#define __ISCardAuth_FWD_DEFINED__
typedef struct ISCardAuth ISCardAuth;
#ifdef __cplusplus
struct ISCardAuth;
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
 * scardcom.h - ISCardManage, ISCardVerify, ISCardFileAccess, ISCardAuth as the reference of the Vendor
 * Wrapper Service Provider documents them, and ISCardUnblockData.
 *
 * Checks run in this order, and the first that fails decides: NULL pointers, argument values, attached or
 * not, lock state, card. "Not attached" means that no AttachBy... succeeded since creation or the last
 * Detach. Outputs are NULL or 0 after a failure.
 *
 * Codes that every method which reaches the card may return besides those named with it:
 *   SCARD_E_INVALID_HANDLE       not attached, or the caller's handle was disconnected meanwhile
 *   SCARD_W_RESET_CARD           another connection reset the card; Reconnect acknowledges it
 *   SCARD_W_REMOVED_CARD         the card was pulled; Reconnect picks up the next one
 *   SCARD_W_UNPOWERED_CARD       the card was powered off; Reconnect powers it
 *   SCARD_E_READER_UNAVAILABLE   the reader is gone
 *   SCARD_E_SHARING_VIOLATION    another connection holds the card exclusively
 *   SCARD_E_COMM_DATA_LOST, SCARD_F_COMM_ERROR, SCARD_E_TIMEOUT, SCARD_E_NOT_READY
 *                                the exchange with card or reader failed; the next may succeed
 *   SCARD_E_UNEXPECTED           a status word that has no meaning for the command
 *   E_OUTOFMEMORY                lack of memory; the object remains usable
 * A failed method leaves an error object in its thread: GetErrorInfo of <oleauto.h> says what happened, on which
 * reader, with which status word and how many tries left; never a code.
 *
 * IDispatch: every method can be called late-bound, on any pointer of the object, with the arguments of either
 * form. Numbers and texts are converted; handles are VT_I8, bytes and TLV_TABLE arrays of VT_UI1 (or of VT_VARIANT
 * with numbers from 0 to 255), a LPGUID is a text "{...}". An output is VT_BYREF of a variable that holds something
 * of its type or nothing: what it held is freed. An output that is left out is the result. Arguments shown as unique,
 * or with a default, may be missing. A method that fails is DISP_E_EXCEPTION with its HRESULT in EXCEPINFO.scode.
 *
 * They block until the card has answered or a time limit derived from the protocol has passed, and while
 * another connection holds a transaction.
 */
#ifndef __ISCardManage_FWD_DEFINED__
#define __ISCardManage_FWD_DEFINED__
typedef struct ISCardManage ISCardManage;
#ifdef __cplusplus
struct ISCardManage;
#endif /* __cplusplus */
#endif

#ifndef __ISCardVerify_FWD_DEFINED__
#define __ISCardVerify_FWD_DEFINED__
typedef struct ISCardVerify ISCardVerify;
#ifdef __cplusplus
struct ISCardVerify;
#endif /* __cplusplus */
#endif

#ifndef __ISCardFileAccess_FWD_DEFINED__
#define __ISCardFileAccess_FWD_DEFINED__
typedef struct ISCardFileAccess ISCardFileAccess;
#ifdef __cplusplus
struct ISCardFileAccess;
#endif /* __cplusplus */
#endif

#ifndef __ISCardAuth_FWD_DEFINED__
#define __ISCardAuth_FWD_DEFINED__
typedef struct ISCardAuth ISCardAuth;
#ifdef __cplusplus
struct ISCardAuth;
#endif /* __cplusplus */
#endif

#ifndef __ISCardUnblockData_FWD_DEFINED__
#define __ISCardUnblockData_FWD_DEFINED__
typedef struct ISCardUnblockData ISCardUnblockData;
#ifdef __cplusplus
struct ISCardUnblockData;
#endif /* __cplusplus */
#endif

/*
 * ISCardManage: an attachment to a card, by handle or by the name of a reader.
 *
 * AttachByHandle(hICC)
 *     Uses a handle that SCardConnect of this library returned. The handle stays the caller's: Detach does
 *     not disconnect it. E_INVALIDARG: no live handle; E_UNEXPECTED: attached already, and stays as it
 *     was. Sends nothing to the card; a reader that does not report movements is asked whether one is in.
 * AttachByIFD(bstrIFDName)
 *     Connects to the named reader, shared, with any protocol that the card offers. The connection is the
 *     object's own: Detach ends it. E_INVALIDARG: NULL or empty name; E_UNEXPECTED: attached already, and
 *     stays as it was; SCARD_E_UNKNOWN_READER; SCARD_E_NO_SMARTCARD; SCARD_E_SHARING_VIOLATION: taken
 *     exclusively, or another process holds the reader; SCARD_E_NO_ACCESS: no rights to the device;
 *     SCARD_W_UNRESPONSIVE_CARD, SCARD_W_UNSUPPORTED_CARD: the card cannot be powered or talked to. Blocks
 *     while the card is powered.
 * CreateFileAccess(ppISCardFileAccess), CreateCardAuth(ppISCardAuth), CreateCHVerification(ppISCardVerify)
 *     A new object that shares the attachment and keeps it alive: the Release of the manager does not end
 *     it. May be called before attaching; a later Detach or Attach of the manager holds for the object
 *     too. E_POINTER, E_OUTOFMEMORY. They do not block.
 * Detach()
 *     Ends the attachment and leaves the card as it is; releases a lock that the object still holds, and
 *     wipes codes that ISCardUnblockData holds. SCARD_E_INVALID_HANDLE: not attached.
 * SCardLock(), SCardUnlock(disposition)
 *     SCardBeginTransaction and SCardEndTransaction. SCardLock blocks while another connection holds a
 *     transaction. SCardUnlock: E_INVALIDARG: a disposition outside the enumeration;
 *     SCARD_E_NOT_TRANSACTED: no lock is held.
 * Reconnect()
 *     Acknowledges a reset, picks up a card that was inserted again (powering it) and clears the condition
 *     that made other calls fail; the card is not reset. SCARD_E_NO_SMARTCARD: no card is in the reader.
 *     Waits for the card method that another thread is in, entry on a PIN pad among them, and for another
 *     handle's transaction.
 * Status(pState, pProtocol)
 *     Never touches the card. After removal: S_OK with ABSENT. *pProtocol is T0 or T1, RAW when nothing is
 *     negotiated. E_POINTER: either is NULL. Does not wait for transactions; a reader that does not
 *     report movements is asked whether a card is in.
 * CreateInterface(pIID, bstrName, pUserData, ppInterface)
 *     Another object on this attachment: by IID, or by name when pIID is NULL: "SCardVerify",
 *     "SCardFileAccess", "SCardAuth", also with a leading I; a card profile may follow a colon
 *     ("SCardVerify:piv"). pUserData is not used and may be NULL. E_POINTER: ppInterface, or both pIID and
 *     bstrName, NULL; E_NOINTERFACE: unknown, also a card profile of that name; E_NOTIMPL: "CryptoProvider".
 *     The IIDs of both forms are known; a name gives IUnknown.
 *
 * Source: MSDN, ISCardManage Interface
 */
/*****************************************************************************
 * ISCardManage interface
 */
#ifndef __ISCardManage_INTERFACE_DEFINED__
#define __ISCardManage_INTERFACE_DEFINED__

DEFINE_GUID(IID_ISCardManage, 0xd7208667, 0xe9a8, 0x4f42, 0xae,0xc0, 0xeb,0xa0,0x29,0x93,0x01,0xd4);
#if defined(__cplusplus) && !defined(CINTERFACE)
MIDL_INTERFACE("d7208667-e9a8-4f42-aec0-eba0299301d4")
ISCardManage : public IDispatch
{
    virtual HRESULT STDMETHODCALLTYPE AttachByHandle(
        HSCARD hICC) = 0;

    virtual HRESULT STDMETHODCALLTYPE AttachByIFD(
        BSTR bstrIFDName) = 0;

    virtual HRESULT STDMETHODCALLTYPE CreateFileAccess(
        ISCardFileAccess **ppISCardFileAccess) = 0;

    virtual HRESULT STDMETHODCALLTYPE CreateCardAuth(
        ISCardAuth **ppISCardAuth) = 0;

    virtual HRESULT STDMETHODCALLTYPE CreateCHVerification(
        ISCardVerify **ppISCardVerify) = 0;

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
__CRT_UUID_DECL(ISCardManage, 0xd7208667, 0xe9a8, 0x4f42, 0xae,0xc0, 0xeb,0xa0,0x29,0x93,0x01,0xd4)
#endif
#else
typedef struct ISCardManageVtbl {
    BEGIN_INTERFACE

    /*** IUnknown methods ***/
    HRESULT (STDMETHODCALLTYPE *QueryInterface)(
        ISCardManage *This,
        REFIID riid,
        void **ppvObject);

    ULONG (STDMETHODCALLTYPE *AddRef)(
        ISCardManage *This);

    ULONG (STDMETHODCALLTYPE *Release)(
        ISCardManage *This);

    /*** IDispatch methods ***/
    HRESULT (STDMETHODCALLTYPE *GetTypeInfoCount)(
        ISCardManage *This,
        UINT *pctinfo);

    HRESULT (STDMETHODCALLTYPE *GetTypeInfo)(
        ISCardManage *This,
        UINT iTInfo,
        LCID lcid,
        ITypeInfo **ppTInfo);

    HRESULT (STDMETHODCALLTYPE *GetIDsOfNames)(
        ISCardManage *This,
        REFIID riid,
        LPOLESTR *rgszNames,
        UINT cNames,
        LCID lcid,
        DISPID *rgDispId);

    HRESULT (STDMETHODCALLTYPE *Invoke)(
        ISCardManage *This,
        DISPID dispIdMember,
        REFIID riid,
        LCID lcid,
        WORD wFlags,
        DISPPARAMS *pDispParams,
        VARIANT *pVarResult,
        EXCEPINFO *pExcepInfo,
        UINT *puArgErr);

    /*** ISCardManage methods ***/
    HRESULT (STDMETHODCALLTYPE *AttachByHandle)(
        ISCardManage *This,
        HSCARD hICC);

    HRESULT (STDMETHODCALLTYPE *AttachByIFD)(
        ISCardManage *This,
        BSTR bstrIFDName);

    HRESULT (STDMETHODCALLTYPE *CreateFileAccess)(
        ISCardManage *This,
        ISCardFileAccess **ppISCardFileAccess);

    HRESULT (STDMETHODCALLTYPE *CreateCardAuth)(
        ISCardManage *This,
        ISCardAuth **ppISCardAuth);

    HRESULT (STDMETHODCALLTYPE *CreateCHVerification)(
        ISCardManage *This,
        ISCardVerify **ppISCardVerify);

    HRESULT (STDMETHODCALLTYPE *Detach)(
        ISCardManage *This);

    HRESULT (STDMETHODCALLTYPE *SCardLock)(
        ISCardManage *This);

    HRESULT (STDMETHODCALLTYPE *Reconnect)(
        ISCardManage *This);

    HRESULT (STDMETHODCALLTYPE *Status)(
        ISCardManage *This,
        SCARD_STATES *pState,
        SCARD_PROTOCOLS *pProtocol);

    HRESULT (STDMETHODCALLTYPE *SCardUnlock)(
        ISCardManage *This,
        SCARD_DISPOSITIONS disposition);

    HRESULT (STDMETHODCALLTYPE *CreateInterface)(
        ISCardManage *This,
        LPGUID pIID,
        BSTR bstrName,
        LONG *pUserData,
        LPUNKNOWN *ppInterface);

    END_INTERFACE
} ISCardManageVtbl;

struct ISCardManage {
    CONST_VTBL ISCardManageVtbl* lpVtbl;
};

#ifdef COBJMACROS
#ifndef WIDL_C_INLINE_WRAPPERS
/*** IUnknown methods ***/
#define ISCardManage_QueryInterface(This,riid,ppvObject) (This)->lpVtbl->QueryInterface(This,riid,ppvObject)
#define ISCardManage_AddRef(This) (This)->lpVtbl->AddRef(This)
#define ISCardManage_Release(This) (This)->lpVtbl->Release(This)
/*** IDispatch methods ***/
#define ISCardManage_GetTypeInfoCount(This,pctinfo) (This)->lpVtbl->GetTypeInfoCount(This,pctinfo)
#define ISCardManage_GetTypeInfo(This,iTInfo,lcid,ppTInfo) (This)->lpVtbl->GetTypeInfo(This,iTInfo,lcid,ppTInfo)
#define ISCardManage_GetIDsOfNames(This,riid,rgszNames,cNames,lcid,rgDispId) (This)->lpVtbl->GetIDsOfNames(This,riid,rgszNames,cNames,lcid,rgDispId)
#define ISCardManage_Invoke(This,dispIdMember,riid,lcid,wFlags,pDispParams,pVarResult,pExcepInfo,puArgErr) (This)->lpVtbl->Invoke(This,dispIdMember,riid,lcid,wFlags,pDispParams,pVarResult,pExcepInfo,puArgErr)
/*** ISCardManage methods ***/
#define ISCardManage_AttachByHandle(This,hICC) (This)->lpVtbl->AttachByHandle(This,hICC)
#define ISCardManage_AttachByIFD(This,bstrIFDName) (This)->lpVtbl->AttachByIFD(This,bstrIFDName)
#define ISCardManage_CreateFileAccess(This,ppISCardFileAccess) (This)->lpVtbl->CreateFileAccess(This,ppISCardFileAccess)
#define ISCardManage_CreateCardAuth(This,ppISCardAuth) (This)->lpVtbl->CreateCardAuth(This,ppISCardAuth)
#define ISCardManage_CreateCHVerification(This,ppISCardVerify) (This)->lpVtbl->CreateCHVerification(This,ppISCardVerify)
#define ISCardManage_Detach(This) (This)->lpVtbl->Detach(This)
#define ISCardManage_SCardLock(This) (This)->lpVtbl->SCardLock(This)
#define ISCardManage_Reconnect(This) (This)->lpVtbl->Reconnect(This)
#define ISCardManage_Status(This,pState,pProtocol) (This)->lpVtbl->Status(This,pState,pProtocol)
#define ISCardManage_SCardUnlock(This,disposition) (This)->lpVtbl->SCardUnlock(This,disposition)
#define ISCardManage_CreateInterface(This,pIID,bstrName,pUserData,ppInterface) (This)->lpVtbl->CreateInterface(This,pIID,bstrName,pUserData,ppInterface)
#else
/*** IUnknown methods ***/
static FORCEINLINE HRESULT ISCardManage_QueryInterface(ISCardManage* This,REFIID riid,void **ppvObject) {
    return This->lpVtbl->QueryInterface(This,riid,ppvObject);
}
static FORCEINLINE ULONG ISCardManage_AddRef(ISCardManage* This) {
    return This->lpVtbl->AddRef(This);
}
static FORCEINLINE ULONG ISCardManage_Release(ISCardManage* This) {
    return This->lpVtbl->Release(This);
}
/*** IDispatch methods ***/
static FORCEINLINE HRESULT ISCardManage_GetTypeInfoCount(ISCardManage* This,UINT *pctinfo) {
    return This->lpVtbl->GetTypeInfoCount(This,pctinfo);
}
static FORCEINLINE HRESULT ISCardManage_GetTypeInfo(ISCardManage* This,UINT iTInfo,LCID lcid,ITypeInfo **ppTInfo) {
    return This->lpVtbl->GetTypeInfo(This,iTInfo,lcid,ppTInfo);
}
static FORCEINLINE HRESULT ISCardManage_GetIDsOfNames(ISCardManage* This,REFIID riid,LPOLESTR *rgszNames,UINT cNames,LCID lcid,DISPID *rgDispId) {
    return This->lpVtbl->GetIDsOfNames(This,riid,rgszNames,cNames,lcid,rgDispId);
}
static FORCEINLINE HRESULT ISCardManage_Invoke(ISCardManage* This,DISPID dispIdMember,REFIID riid,LCID lcid,WORD wFlags,DISPPARAMS *pDispParams,VARIANT *pVarResult,EXCEPINFO *pExcepInfo,UINT *puArgErr) {
    return This->lpVtbl->Invoke(This,dispIdMember,riid,lcid,wFlags,pDispParams,pVarResult,pExcepInfo,puArgErr);
}
/*** ISCardManage methods ***/
static FORCEINLINE HRESULT ISCardManage_AttachByHandle(ISCardManage* This,HSCARD hICC) {
    return This->lpVtbl->AttachByHandle(This,hICC);
}
static FORCEINLINE HRESULT ISCardManage_AttachByIFD(ISCardManage* This,BSTR bstrIFDName) {
    return This->lpVtbl->AttachByIFD(This,bstrIFDName);
}
static FORCEINLINE HRESULT ISCardManage_CreateFileAccess(ISCardManage* This,ISCardFileAccess **ppISCardFileAccess) {
    return This->lpVtbl->CreateFileAccess(This,ppISCardFileAccess);
}
static FORCEINLINE HRESULT ISCardManage_CreateCardAuth(ISCardManage* This,ISCardAuth **ppISCardAuth) {
    return This->lpVtbl->CreateCardAuth(This,ppISCardAuth);
}
static FORCEINLINE HRESULT ISCardManage_CreateCHVerification(ISCardManage* This,ISCardVerify **ppISCardVerify) {
    return This->lpVtbl->CreateCHVerification(This,ppISCardVerify);
}
static FORCEINLINE HRESULT ISCardManage_Detach(ISCardManage* This) {
    return This->lpVtbl->Detach(This);
}
static FORCEINLINE HRESULT ISCardManage_SCardLock(ISCardManage* This) {
    return This->lpVtbl->SCardLock(This);
}
static FORCEINLINE HRESULT ISCardManage_Reconnect(ISCardManage* This) {
    return This->lpVtbl->Reconnect(This);
}
static FORCEINLINE HRESULT ISCardManage_Status(ISCardManage* This,SCARD_STATES *pState,SCARD_PROTOCOLS *pProtocol) {
    return This->lpVtbl->Status(This,pState,pProtocol);
}
static FORCEINLINE HRESULT ISCardManage_SCardUnlock(ISCardManage* This,SCARD_DISPOSITIONS disposition) {
    return This->lpVtbl->SCardUnlock(This,disposition);
}
static FORCEINLINE HRESULT ISCardManage_CreateInterface(ISCardManage* This,LPGUID pIID,BSTR bstrName,LONG *pUserData,LPUNKNOWN *ppInterface) {
    return This->lpVtbl->CreateInterface(This,pIID,bstrName,pUserData,ppInterface);
}
#endif
#endif

#endif

#endif  /* __ISCardManage_INTERFACE_DEFINED__ */

/*
 * ISCardVerify: card-holder verification. Made by ISCardManage::CreateCHVerification.
 *
 * Flags: SC_FL_IHV_GLOBAL clears bit 8 of P2, SC_FL_IHV_LOCAL sets it, neither leaves it to the card
 * profile, both are E_INVALIDARG. lRef is the number of the reference data, 0 to 31, or a whole P2 byte up
 * to 0xFF where neither flag is set; otherwise E_INVALIDARG. On cards whose references all have bit 8 (the
 * profiles openpgp and gids) a number up to 31 with neither flag gets it. A code is the whole content of its buffer,
 * whatever its position, 1 to 255 bytes; an empty or longer one is E_INVALIDARG and nothing is sent. Codes
 * are wiped on every path and are never logged. Entry on the reader's PIN pad asks for codes that never
 * reach the program: it blocks until the card holder has finished, and no pad, nothing attached, or
 * ISCARD_PINPAD=0 in the environment is E_POINTER.
 *
 * ChangeCode(pOldCode, pNewCode, flags, lRef)
 *     CHANGE REFERENCE DATA. With SC_FL_IHV_ENABLE or SC_FL_IHV_DISABLE: ENABLE or DISABLE VERIFICATION
 *     REQUIREMENT with the old code. Both codes NULL: entry on the PIN pad; one of them NULL where both are
 *     needed, or no PIN pad: E_POINTER.
 * Unblock(lData, flags, lRef)
 *     RESET RETRY COUNTER. lData 0: without data (P1 = 03). Else the number that
 *     ISCardUnblockData::SetUnblockData of this object gave out, good for one call: an unknown or used one
 *     is E_INVALIDARG.
 * ResetSecurityState()
 *     Ends every verified state: by the log-out command of the card profile, the card not being reset; or
 *     else by a warm reset, after which other connections see SCARD_W_RESET_CARD and this one has
 *     acknowledged it. Locks of SCardLock last over it; a transaction that the program itself began on the
 *     handle of AttachByHandle ends.
 * Verify(pCode, flags, lRef)
 *     VERIFY. SC_FL_IHV_CHECKONLY asks only whether a code is needed: pCode is ignored and may be NULL,
 *     S_OK means that none is, SCARD_W_CARD_NOT_AUTHENTICATED that one is. Otherwise pCode NULL asks for
 *     entry on the PIN pad; no PIN pad: E_POINTER.
 *
 * What the card says: SCARD_W_WRONG_CHV (tries may be left), SCARD_W_CHV_BLOCKED (none),
 * SCARD_E_INVALID_CHV (length or format; the new codes differ on the PIN pad), SCARD_W_SECURITY_VIOLATION,
 * SCARD_E_UNSUPPORTED_FEATURE, E_INVALIDARG (no such reference); on a PIN pad SCARD_E_TIMEOUT and
 * SCARD_W_CANCELLED_BY_USER.
 *
 * Source: MSDN, ISCardVerify Interface; ISO/IEC 7816-4 7.5 (11.5 of the 2013 edition); deployed form:
 * dispatch identifier 2 belongs to a method that the documentation lacks
 */
/*****************************************************************************
 * ISCardVerify interface
 */
#ifndef __ISCardVerify_INTERFACE_DEFINED__
#define __ISCardVerify_INTERFACE_DEFINED__

DEFINE_GUID(IID_ISCardVerify, 0x3cd8dcf3, 0x2a22, 0x44dd, 0xa4,0x9c, 0x38,0x23,0xe9,0x8c,0x7b,0x70);
#if defined(__cplusplus) && !defined(CINTERFACE)
MIDL_INTERFACE("3cd8dcf3-2a22-44dd-a49c-3823e98c7b70")
ISCardVerify : public IDispatch
{
    virtual HRESULT STDMETHODCALLTYPE ChangeCode(
        LPBYTEBUFFER pOldCode,
        LPBYTEBUFFER pNewCode,
        SCARD_FLAGS flags,
        LONG lRef) = 0;

    virtual HRESULT STDMETHODCALLTYPE Unblock(
        LONG lData,
        SCARD_FLAGS flags,
        LONG lRef) = 0;

    virtual HRESULT STDMETHODCALLTYPE ResetSecurityState(
        ) = 0;

    virtual HRESULT STDMETHODCALLTYPE Verify(
        LPBYTEBUFFER pCode,
        SCARD_FLAGS flags,
        LONG lRef) = 0;

};
#ifdef __CRT_UUID_DECL
__CRT_UUID_DECL(ISCardVerify, 0x3cd8dcf3, 0x2a22, 0x44dd, 0xa4,0x9c, 0x38,0x23,0xe9,0x8c,0x7b,0x70)
#endif
#else
typedef struct ISCardVerifyVtbl {
    BEGIN_INTERFACE

    /*** IUnknown methods ***/
    HRESULT (STDMETHODCALLTYPE *QueryInterface)(
        ISCardVerify *This,
        REFIID riid,
        void **ppvObject);

    ULONG (STDMETHODCALLTYPE *AddRef)(
        ISCardVerify *This);

    ULONG (STDMETHODCALLTYPE *Release)(
        ISCardVerify *This);

    /*** IDispatch methods ***/
    HRESULT (STDMETHODCALLTYPE *GetTypeInfoCount)(
        ISCardVerify *This,
        UINT *pctinfo);

    HRESULT (STDMETHODCALLTYPE *GetTypeInfo)(
        ISCardVerify *This,
        UINT iTInfo,
        LCID lcid,
        ITypeInfo **ppTInfo);

    HRESULT (STDMETHODCALLTYPE *GetIDsOfNames)(
        ISCardVerify *This,
        REFIID riid,
        LPOLESTR *rgszNames,
        UINT cNames,
        LCID lcid,
        DISPID *rgDispId);

    HRESULT (STDMETHODCALLTYPE *Invoke)(
        ISCardVerify *This,
        DISPID dispIdMember,
        REFIID riid,
        LCID lcid,
        WORD wFlags,
        DISPPARAMS *pDispParams,
        VARIANT *pVarResult,
        EXCEPINFO *pExcepInfo,
        UINT *puArgErr);

    /*** ISCardVerify methods ***/
    HRESULT (STDMETHODCALLTYPE *ChangeCode)(
        ISCardVerify *This,
        LPBYTEBUFFER pOldCode,
        LPBYTEBUFFER pNewCode,
        SCARD_FLAGS flags,
        LONG lRef);

    HRESULT (STDMETHODCALLTYPE *Unblock)(
        ISCardVerify *This,
        LONG lData,
        SCARD_FLAGS flags,
        LONG lRef);

    HRESULT (STDMETHODCALLTYPE *ResetSecurityState)(
        ISCardVerify *This);

    HRESULT (STDMETHODCALLTYPE *Verify)(
        ISCardVerify *This,
        LPBYTEBUFFER pCode,
        SCARD_FLAGS flags,
        LONG lRef);

    END_INTERFACE
} ISCardVerifyVtbl;

struct ISCardVerify {
    CONST_VTBL ISCardVerifyVtbl* lpVtbl;
};

#ifdef COBJMACROS
#ifndef WIDL_C_INLINE_WRAPPERS
/*** IUnknown methods ***/
#define ISCardVerify_QueryInterface(This,riid,ppvObject) (This)->lpVtbl->QueryInterface(This,riid,ppvObject)
#define ISCardVerify_AddRef(This) (This)->lpVtbl->AddRef(This)
#define ISCardVerify_Release(This) (This)->lpVtbl->Release(This)
/*** IDispatch methods ***/
#define ISCardVerify_GetTypeInfoCount(This,pctinfo) (This)->lpVtbl->GetTypeInfoCount(This,pctinfo)
#define ISCardVerify_GetTypeInfo(This,iTInfo,lcid,ppTInfo) (This)->lpVtbl->GetTypeInfo(This,iTInfo,lcid,ppTInfo)
#define ISCardVerify_GetIDsOfNames(This,riid,rgszNames,cNames,lcid,rgDispId) (This)->lpVtbl->GetIDsOfNames(This,riid,rgszNames,cNames,lcid,rgDispId)
#define ISCardVerify_Invoke(This,dispIdMember,riid,lcid,wFlags,pDispParams,pVarResult,pExcepInfo,puArgErr) (This)->lpVtbl->Invoke(This,dispIdMember,riid,lcid,wFlags,pDispParams,pVarResult,pExcepInfo,puArgErr)
/*** ISCardVerify methods ***/
#define ISCardVerify_ChangeCode(This,pOldCode,pNewCode,flags,lRef) (This)->lpVtbl->ChangeCode(This,pOldCode,pNewCode,flags,lRef)
#define ISCardVerify_Unblock(This,lData,flags,lRef) (This)->lpVtbl->Unblock(This,lData,flags,lRef)
#define ISCardVerify_ResetSecurityState(This) (This)->lpVtbl->ResetSecurityState(This)
#define ISCardVerify_Verify(This,pCode,flags,lRef) (This)->lpVtbl->Verify(This,pCode,flags,lRef)
#else
/*** IUnknown methods ***/
static FORCEINLINE HRESULT ISCardVerify_QueryInterface(ISCardVerify* This,REFIID riid,void **ppvObject) {
    return This->lpVtbl->QueryInterface(This,riid,ppvObject);
}
static FORCEINLINE ULONG ISCardVerify_AddRef(ISCardVerify* This) {
    return This->lpVtbl->AddRef(This);
}
static FORCEINLINE ULONG ISCardVerify_Release(ISCardVerify* This) {
    return This->lpVtbl->Release(This);
}
/*** IDispatch methods ***/
static FORCEINLINE HRESULT ISCardVerify_GetTypeInfoCount(ISCardVerify* This,UINT *pctinfo) {
    return This->lpVtbl->GetTypeInfoCount(This,pctinfo);
}
static FORCEINLINE HRESULT ISCardVerify_GetTypeInfo(ISCardVerify* This,UINT iTInfo,LCID lcid,ITypeInfo **ppTInfo) {
    return This->lpVtbl->GetTypeInfo(This,iTInfo,lcid,ppTInfo);
}
static FORCEINLINE HRESULT ISCardVerify_GetIDsOfNames(ISCardVerify* This,REFIID riid,LPOLESTR *rgszNames,UINT cNames,LCID lcid,DISPID *rgDispId) {
    return This->lpVtbl->GetIDsOfNames(This,riid,rgszNames,cNames,lcid,rgDispId);
}
static FORCEINLINE HRESULT ISCardVerify_Invoke(ISCardVerify* This,DISPID dispIdMember,REFIID riid,LCID lcid,WORD wFlags,DISPPARAMS *pDispParams,VARIANT *pVarResult,EXCEPINFO *pExcepInfo,UINT *puArgErr) {
    return This->lpVtbl->Invoke(This,dispIdMember,riid,lcid,wFlags,pDispParams,pVarResult,pExcepInfo,puArgErr);
}
/*** ISCardVerify methods ***/
static FORCEINLINE HRESULT ISCardVerify_ChangeCode(ISCardVerify* This,LPBYTEBUFFER pOldCode,LPBYTEBUFFER pNewCode,SCARD_FLAGS flags,LONG lRef) {
    return This->lpVtbl->ChangeCode(This,pOldCode,pNewCode,flags,lRef);
}
static FORCEINLINE HRESULT ISCardVerify_Unblock(ISCardVerify* This,LONG lData,SCARD_FLAGS flags,LONG lRef) {
    return This->lpVtbl->Unblock(This,lData,flags,lRef);
}
static FORCEINLINE HRESULT ISCardVerify_ResetSecurityState(ISCardVerify* This) {
    return This->lpVtbl->ResetSecurityState(This);
}
static FORCEINLINE HRESULT ISCardVerify_Verify(ISCardVerify* This,LPBYTEBUFFER pCode,SCARD_FLAGS flags,LONG lRef) {
    return This->lpVtbl->Verify(This,pCode,flags,lRef);
}
#endif
#endif

#endif

#endif  /* __ISCardVerify_INTERFACE_DEFINED__ */

/*
 * ISCardUnblockData: the data for ISCardVerify::Unblock, whose one LONG cannot carry them. Ours, not of
 * the published reference. QueryInterface it from the ISCardVerify object; its methods can also be called
 * late-bound on that object. Does not reach the card and does not block.
 *
 * SetUnblockData(pResetCode, pNewCode, plData)
 *     Keeps a copy of the resetting code (PUK) and of the new code; *plData is a random positive number,
 *     good for one Unblock on this object. NULL leaves out a code: only the resetting code P1 = 01, only
 *     the new one P1 = 02, both given P1 = 00, both NULL: entry on the PIN pad. The copies are wiped
 *     after that Unblock, whatever came of it, on ClearUnblockData, on Detach of the manager and on the
 *     last Release. E_POINTER: plData NULL, or both codes NULL where there is no PIN pad;
 *     E_INVALIDARG: an empty code or one over 255 bytes; E_OUTOFMEMORY: no memory, or 64 numbers of the
 *     attachment are out; SCARD_F_INTERNAL_ERROR: the system has no random numbers. *plData is 0 then.
 * ClearUnblockData(lData)
 *     Forgets and wipes the codes of that number. E_INVALIDARG: unknown or used.
 */
/*****************************************************************************
 * ISCardUnblockData interface
 */
#ifndef __ISCardUnblockData_INTERFACE_DEFINED__
#define __ISCardUnblockData_INTERFACE_DEFINED__

DEFINE_GUID(IID_ISCardUnblockData, 0xe5d10335, 0x2f12, 0x4ed1, 0x9b,0xa9, 0xe7,0x81,0x85,0x7b,0x68,0xc9);
#if defined(__cplusplus) && !defined(CINTERFACE)
MIDL_INTERFACE("e5d10335-2f12-4ed1-9ba9-e781857b68c9")
ISCardUnblockData : public IUnknown
{
    virtual HRESULT STDMETHODCALLTYPE SetUnblockData(
        LPBYTEBUFFER pResetCode,
        LPBYTEBUFFER pNewCode,
        LONG *plData) = 0;

    virtual HRESULT STDMETHODCALLTYPE ClearUnblockData(
        LONG lData) = 0;

};
#ifdef __CRT_UUID_DECL
__CRT_UUID_DECL(ISCardUnblockData, 0xe5d10335, 0x2f12, 0x4ed1, 0x9b,0xa9, 0xe7,0x81,0x85,0x7b,0x68,0xc9)
#endif
#else
typedef struct ISCardUnblockDataVtbl {
    BEGIN_INTERFACE

    /*** IUnknown methods ***/
    HRESULT (STDMETHODCALLTYPE *QueryInterface)(
        ISCardUnblockData *This,
        REFIID riid,
        void **ppvObject);

    ULONG (STDMETHODCALLTYPE *AddRef)(
        ISCardUnblockData *This);

    ULONG (STDMETHODCALLTYPE *Release)(
        ISCardUnblockData *This);

    /*** ISCardUnblockData methods ***/
    HRESULT (STDMETHODCALLTYPE *SetUnblockData)(
        ISCardUnblockData *This,
        LPBYTEBUFFER pResetCode,
        LPBYTEBUFFER pNewCode,
        LONG *plData);

    HRESULT (STDMETHODCALLTYPE *ClearUnblockData)(
        ISCardUnblockData *This,
        LONG lData);

    END_INTERFACE
} ISCardUnblockDataVtbl;

struct ISCardUnblockData {
    CONST_VTBL ISCardUnblockDataVtbl* lpVtbl;
};

#ifdef COBJMACROS
#ifndef WIDL_C_INLINE_WRAPPERS
/*** IUnknown methods ***/
#define ISCardUnblockData_QueryInterface(This,riid,ppvObject) (This)->lpVtbl->QueryInterface(This,riid,ppvObject)
#define ISCardUnblockData_AddRef(This) (This)->lpVtbl->AddRef(This)
#define ISCardUnblockData_Release(This) (This)->lpVtbl->Release(This)
/*** ISCardUnblockData methods ***/
#define ISCardUnblockData_SetUnblockData(This,pResetCode,pNewCode,plData) (This)->lpVtbl->SetUnblockData(This,pResetCode,pNewCode,plData)
#define ISCardUnblockData_ClearUnblockData(This,lData) (This)->lpVtbl->ClearUnblockData(This,lData)
#else
/*** IUnknown methods ***/
static FORCEINLINE HRESULT ISCardUnblockData_QueryInterface(ISCardUnblockData* This,REFIID riid,void **ppvObject) {
    return This->lpVtbl->QueryInterface(This,riid,ppvObject);
}
static FORCEINLINE ULONG ISCardUnblockData_AddRef(ISCardUnblockData* This) {
    return This->lpVtbl->AddRef(This);
}
static FORCEINLINE ULONG ISCardUnblockData_Release(ISCardUnblockData* This) {
    return This->lpVtbl->Release(This);
}
/*** ISCardUnblockData methods ***/
static FORCEINLINE HRESULT ISCardUnblockData_SetUnblockData(ISCardUnblockData* This,LPBYTEBUFFER pResetCode,LPBYTEBUFFER pNewCode,LONG *plData) {
    return This->lpVtbl->SetUnblockData(This,pResetCode,pNewCode,plData);
}
static FORCEINLINE HRESULT ISCardUnblockData_ClearUnblockData(ISCardUnblockData* This,LONG lData) {
    return This->lpVtbl->ClearUnblockData(This,lData);
}
#endif
#endif

#endif

#endif  /* __ISCardUnblockData_INTERFACE_DEFINED__ */

/*
 * ISCardFileAccess: files and directories of the card. Made by ISCardManage::CreateFileAccess.
 *
 * Paths are elements joined by "/": a file identifier is four hexadecimal digits ("2F00"); a DF name its bytes as
 * 6 to 32 hexadecimal digits, an even number ("A000000308000010"), or up to 16 printable ASCII characters that are
 * no such number ("1PAY.SYS.DDF01"); a short identifier one or two hexadecimal digits, 01 to 1E, as the last
 * element; "." and "..". A path begins at the MF with "/", "3F00" or "/3F00", at the DF with a DF name, else at the current
 * directory. The directory above one that was called by name is the MF. type: SC_TYPE_BY_ID: identifiers alone;
 * SC_TYPE_BY_NAME: names too; SC_TYPE_BY_SHORT_ID: the last element is a short identifier; SC_TYPE_BY_ANY: all.
 * NULL, the empty text and what is no path are E_INVALIDARG.
 *
 * The object keeps a current directory, the MF at first, and up to 64 open files with a position each; after a
 * reset or another card they are looked up again where they were; Detach ends them. A file or directory stays
 * selected on the card until another is needed, so that a code that is local to a directory can be verified after
 * ChangeDir. Where the card profile has an application it is selected before the first command. What an FCP tells
 * of the file is believed as far as it makes sense.
 *
 * Flags outside those named are E_INVALIDARG. SC_FL_SECURE_MESSAGING may be added everywhere and is
 * SCARD_E_UNSUPPORTED_FEATURE.
 *
 * ChangeDir(type, bstrDir)
 *     SELECT; bstrDir is the current directory then. After a failure the one before stays. SCARD_E_DIR_NOT_FOUND;
 *     SCARD_E_NO_DIR: it is a file; E_INVALIDARG: SC_TYPE_BY_SHORT_ID.
 * Close(hFile)
 *     Sends nothing. E_INVALIDARG: not open.
 * Create(type, bstrPath, fileProps, flags, pData)
 *     CREATE FILE in the directory of the path; a DF that is called by name in the current one. fileProps: the
 *     control parameters of ISO/IEC 7816-4 table 10, with or without their template 62; identifier or name of the
 *     path are added where they are missing. pData, may be NULL: what is written to the new file; in a file of
 *     fixed records each of them, else one record. flags: SC_FL_REPLACE: one that is there is deleted before;
 *     SC_FL_PREALLOCATE: no effect, cards do so. E_POINTER: byData NULL with a size; E_INVALIDARG: it exists, or
 *     the properties are no data objects, over 2048 bytes, or say otherwise than the path.
 * Delete(type, bstrPath, flags)
 *     DELETE FILE, a directory with what is in it. What this object has open of it is closed; a current directory
 *     in it becomes the one above. flags: SC_FL_RECURSIVE: no effect; SC_FL_NON_RECURSIVE: a directory only where
 *     it is empty: SCARD_E_NO_ACCESS where it is not, SCARD_E_UNSUPPORTED_FEATURE where the card does not tell.
 *     E_INVALIDARG: the MF, or both flags.
 * Directory(fileType, ppFileList)
 *     What is in the current directory, identifiers and names, as an array of BSTR that the caller destroys: where
 *     the card profile knows a command for it; else, in the MF, the applications of EF.DIR, which are directories.
 *     SCARD_E_UNSUPPORTED_FEATURE: the card does not tell. E_POINTER.
 * GetCurrentDir(pbstrDir)
 *     A path like "3F00/0011" or "A000000308000010/5001", the caller's to free. Sends nothing. E_POINTER.
 * GetFileCapabilities(ppCapabilities, pCount, flags)
 *     A table of card service data (43) and card capabilities (47) where the ATR has them, and of the most bytes of
 *     a command and of an answer here (7F66). flags: SC_FL_GET_ALL_PROPERTIES: and of what EF.ATR/INFO holds.
 *     *pCount: how many objects; pCount may be NULL. Tables as in GetProperties. E_POINTER.
 * GetProperties(type, bstrPath, flags, ppProperties)
 *     What the card says of the file when it is selected: the objects of its FCP. *ppProperties NULL, or
 *     SC_FL_GET_ALL_PROPERTIES: all of them; SC_FL_STAT_DEFAULT: size, descriptor, identifier, name, short
 *     identifier, life cycle (80 to 84, 88, 8A); else those whose tags the table *ppProperties names, as objects
 *     with any value. That table stays the caller's; *ppProperties is a new one, or NULL after a failure, whose
 *     byData and itself the caller frees with CoTaskMemFree. E_POINTER; SCARD_E_UNSUPPORTED_FEATURE: a short
 *     identifier, or the card says nothing; SCARD_E_UNEXPECTED: what it says are no data objects.
 * Invalidate(bstrFile, flags), Rehabilitate(bstrFile, flags)
 *     DEACTIVATE FILE, ACTIVATE FILE; bstrFile as SC_TYPE_BY_ANY. An invalidated file is SCARD_E_NO_ACCESS in Open.
 * Open(type, bstrPath, phFile)
 *     *phFile is good until Close or Detach, positive, and 0 after a failure. SCARD_E_FILE_NOT_FOUND;
 *     SCARD_E_NO_FILE: a directory; E_OUTOFMEMORY: also when 64 files are open. E_POINTER.
 * Read(hFile, plBytesToRead, flags, ppBuffer)
 *     READ BINARY or READ RECORD. Up to *plBytesToRead bytes from the position to a new buffer; *plBytesToRead is
 *     how many. Of a file of records one record or its first bytes, and the position is the next record.
 *     SCARD_W_EOF: fewer bytes than asked for because the file ends there: *ppBuffer and *plBytesToRead are valid
 *     all the same. After another failure *ppBuffer is NULL, *plBytesToRead 0, and the position where it was.
 *     E_POINTER; E_INVALIDARG: *plBytesToRead below 0, hFile not open; SCARD_E_BAD_SEEK: no such record.
 * Seek(hFile, pSeek, lOffset)
 *     The position: bytes of a transparent file, records of another, from 0. Sends nothing. SCARD_E_BAD_SEEK: before
 *     the beginning or behind the end, or from an end that the card did not tell. E_POINTER.
 * SetProperties(type, bstrPath, flags, pProperties)
 *     PUT DATA (00 62) of these control parameters, with or without their template, to the file. flags:
 *     SC_FL_REPLACE: no effect. E_POINTER; E_INVALIDARG: no data objects, or none.
 * Write(hFile, pBuffer, flags)
 *     The whole content of pBuffer to the position, which moves behind it. flags: SC_FL_REPLACE or none: UPDATE
 *     BINARY, UPDATE RECORD; SC_FL_OR, SC_FL_AND: with what is there, by WRITE where the card says that this is
 *     what it does, else by reading and UPDATE; SC_FL_ERASE: ERASE, of as many bytes as pBuffer has, or with pBuffer
 *     NULL or empty to the end; of one record. In a file of records the content is one record; at its end: APPEND
 *     RECORD, in a cyclic file the new record is the first and the position the end. SCARD_E_WRITE_TOO_MANY: over the
 *     end, nothing was written. After another failure the position stays; of what takes several commands a part may
 *     be written. E_POINTER.
 *
 * What the card says: SCARD_W_SECURITY_VIOLATION, SCARD_E_NO_ACCESS, SCARD_E_NO_FILE (the wrong kind of file),
 * SCARD_E_FILE_NOT_FOUND, SCARD_E_DIR_NOT_FOUND, SCARD_E_BAD_SEEK, SCARD_E_WRITE_TOO_MANY, E_INVALIDARG,
 * SCARD_E_UNSUPPORTED_FEATURE, SCARD_F_COMM_ERROR. SCARD_W_RESET_CARD and SCARD_E_SHARING_VIOLATION also where another
 * thread's SCardReconnect of the attached handle let another card, or another handle's command, in between two commands
 * of one method: nothing was read, a part may be written.
 *
 * Source: MSDN, ISCardFileAccess Interface; ISO/IEC 7816-4:2013 7, 11; ISO/IEC 7816-9
 */
/*****************************************************************************
 * ISCardFileAccess interface
 */
#ifndef __ISCardFileAccess_INTERFACE_DEFINED__
#define __ISCardFileAccess_INTERFACE_DEFINED__

DEFINE_GUID(IID_ISCardFileAccess, 0x94bba4f8, 0x2d94, 0x4fe6, 0x8f,0xa8, 0xf1,0xe2,0xe9,0xce,0x61,0xf8);
#if defined(__cplusplus) && !defined(CINTERFACE)
MIDL_INTERFACE("94bba4f8-2d94-4fe6-8fa8-f1e2e9ce61f8")
ISCardFileAccess : public IDispatch
{
    virtual HRESULT STDMETHODCALLTYPE ChangeDir(
        REFTYPE type,
        BSTR bstrDir) = 0;

    virtual HRESULT STDMETHODCALLTYPE Close(
        HSCARD_FILE hFile) = 0;

    virtual HRESULT STDMETHODCALLTYPE Create(
        REFTYPE type,
        BSTR bstrPath,
        TLV_TABLE fileProps,
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
        SCARD_FLAGS flags,
        LPTLV_TABLE *ppProperties) = 0;

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
        SCARD_FLAGS flags,
        LPBYTEBUFFER *ppBuffer) = 0;

    virtual HRESULT STDMETHODCALLTYPE Rehabilitate(
        BSTR bstrFile,
        SCARD_FLAGS flags) = 0;

    virtual HRESULT STDMETHODCALLTYPE Seek(
        HSCARD_FILE hFile,
        SEEKTYPE *pSeek,
        LONG lOffset) = 0;

    virtual HRESULT STDMETHODCALLTYPE SetProperties(
        REFTYPE type,
        BSTR bstrPath,
        SCARD_FLAGS flags,
        LPTLV_TABLE pProperties) = 0;

    virtual HRESULT STDMETHODCALLTYPE Write(
        HSCARD_FILE hFile,
        LPBYTEBUFFER pBuffer,
        SCARD_FLAGS flags) = 0;

};
#ifdef __CRT_UUID_DECL
__CRT_UUID_DECL(ISCardFileAccess, 0x94bba4f8, 0x2d94, 0x4fe6, 0x8f,0xa8, 0xf1,0xe2,0xe9,0xce,0x61,0xf8)
#endif
#else
typedef struct ISCardFileAccessVtbl {
    BEGIN_INTERFACE

    /*** IUnknown methods ***/
    HRESULT (STDMETHODCALLTYPE *QueryInterface)(
        ISCardFileAccess *This,
        REFIID riid,
        void **ppvObject);

    ULONG (STDMETHODCALLTYPE *AddRef)(
        ISCardFileAccess *This);

    ULONG (STDMETHODCALLTYPE *Release)(
        ISCardFileAccess *This);

    /*** IDispatch methods ***/
    HRESULT (STDMETHODCALLTYPE *GetTypeInfoCount)(
        ISCardFileAccess *This,
        UINT *pctinfo);

    HRESULT (STDMETHODCALLTYPE *GetTypeInfo)(
        ISCardFileAccess *This,
        UINT iTInfo,
        LCID lcid,
        ITypeInfo **ppTInfo);

    HRESULT (STDMETHODCALLTYPE *GetIDsOfNames)(
        ISCardFileAccess *This,
        REFIID riid,
        LPOLESTR *rgszNames,
        UINT cNames,
        LCID lcid,
        DISPID *rgDispId);

    HRESULT (STDMETHODCALLTYPE *Invoke)(
        ISCardFileAccess *This,
        DISPID dispIdMember,
        REFIID riid,
        LCID lcid,
        WORD wFlags,
        DISPPARAMS *pDispParams,
        VARIANT *pVarResult,
        EXCEPINFO *pExcepInfo,
        UINT *puArgErr);

    /*** ISCardFileAccess methods ***/
    HRESULT (STDMETHODCALLTYPE *ChangeDir)(
        ISCardFileAccess *This,
        REFTYPE type,
        BSTR bstrDir);

    HRESULT (STDMETHODCALLTYPE *Close)(
        ISCardFileAccess *This,
        HSCARD_FILE hFile);

    HRESULT (STDMETHODCALLTYPE *Create)(
        ISCardFileAccess *This,
        REFTYPE type,
        BSTR bstrPath,
        TLV_TABLE fileProps,
        SCARD_FLAGS flags,
        LPBYTEBUFFER pData);

    HRESULT (STDMETHODCALLTYPE *Delete)(
        ISCardFileAccess *This,
        REFTYPE type,
        BSTR bstrPath,
        SCARD_FLAGS flags);

    HRESULT (STDMETHODCALLTYPE *Directory)(
        ISCardFileAccess *This,
        FILETYPE fileType,
        SAFEARRAY **ppFileList);

    HRESULT (STDMETHODCALLTYPE *GetCurrentDir)(
        ISCardFileAccess *This,
        BSTR *pbstrDir);

    HRESULT (STDMETHODCALLTYPE *GetFileCapabilities)(
        ISCardFileAccess *This,
        LPTLV_TABLE *ppCapabilities,
        LONG *pCount,
        SCARD_FLAGS flags);

    HRESULT (STDMETHODCALLTYPE *GetProperties)(
        ISCardFileAccess *This,
        REFTYPE type,
        BSTR bstrPath,
        SCARD_FLAGS flags,
        LPTLV_TABLE *ppProperties);

    HRESULT (STDMETHODCALLTYPE *Invalidate)(
        ISCardFileAccess *This,
        BSTR bstrFile,
        SCARD_FLAGS flags);

    HRESULT (STDMETHODCALLTYPE *Open)(
        ISCardFileAccess *This,
        REFTYPE type,
        BSTR bstrPath,
        HSCARD_FILE *phFile);

    HRESULT (STDMETHODCALLTYPE *Read)(
        ISCardFileAccess *This,
        HSCARD_FILE hFile,
        LONG *plBytesToRead,
        SCARD_FLAGS flags,
        LPBYTEBUFFER *ppBuffer);

    HRESULT (STDMETHODCALLTYPE *Rehabilitate)(
        ISCardFileAccess *This,
        BSTR bstrFile,
        SCARD_FLAGS flags);

    HRESULT (STDMETHODCALLTYPE *Seek)(
        ISCardFileAccess *This,
        HSCARD_FILE hFile,
        SEEKTYPE *pSeek,
        LONG lOffset);

    HRESULT (STDMETHODCALLTYPE *SetProperties)(
        ISCardFileAccess *This,
        REFTYPE type,
        BSTR bstrPath,
        SCARD_FLAGS flags,
        LPTLV_TABLE pProperties);

    HRESULT (STDMETHODCALLTYPE *Write)(
        ISCardFileAccess *This,
        HSCARD_FILE hFile,
        LPBYTEBUFFER pBuffer,
        SCARD_FLAGS flags);

    END_INTERFACE
} ISCardFileAccessVtbl;

struct ISCardFileAccess {
    CONST_VTBL ISCardFileAccessVtbl* lpVtbl;
};

#ifdef COBJMACROS
#ifndef WIDL_C_INLINE_WRAPPERS
/*** IUnknown methods ***/
#define ISCardFileAccess_QueryInterface(This,riid,ppvObject) (This)->lpVtbl->QueryInterface(This,riid,ppvObject)
#define ISCardFileAccess_AddRef(This) (This)->lpVtbl->AddRef(This)
#define ISCardFileAccess_Release(This) (This)->lpVtbl->Release(This)
/*** IDispatch methods ***/
#define ISCardFileAccess_GetTypeInfoCount(This,pctinfo) (This)->lpVtbl->GetTypeInfoCount(This,pctinfo)
#define ISCardFileAccess_GetTypeInfo(This,iTInfo,lcid,ppTInfo) (This)->lpVtbl->GetTypeInfo(This,iTInfo,lcid,ppTInfo)
#define ISCardFileAccess_GetIDsOfNames(This,riid,rgszNames,cNames,lcid,rgDispId) (This)->lpVtbl->GetIDsOfNames(This,riid,rgszNames,cNames,lcid,rgDispId)
#define ISCardFileAccess_Invoke(This,dispIdMember,riid,lcid,wFlags,pDispParams,pVarResult,pExcepInfo,puArgErr) (This)->lpVtbl->Invoke(This,dispIdMember,riid,lcid,wFlags,pDispParams,pVarResult,pExcepInfo,puArgErr)
/*** ISCardFileAccess methods ***/
#define ISCardFileAccess_ChangeDir(This,type,bstrDir) (This)->lpVtbl->ChangeDir(This,type,bstrDir)
#define ISCardFileAccess_Close(This,hFile) (This)->lpVtbl->Close(This,hFile)
#define ISCardFileAccess_Create(This,type,bstrPath,fileProps,flags,pData) (This)->lpVtbl->Create(This,type,bstrPath,fileProps,flags,pData)
#define ISCardFileAccess_Delete(This,type,bstrPath,flags) (This)->lpVtbl->Delete(This,type,bstrPath,flags)
#define ISCardFileAccess_Directory(This,fileType,ppFileList) (This)->lpVtbl->Directory(This,fileType,ppFileList)
#define ISCardFileAccess_GetCurrentDir(This,pbstrDir) (This)->lpVtbl->GetCurrentDir(This,pbstrDir)
#define ISCardFileAccess_GetFileCapabilities(This,ppCapabilities,pCount,flags) (This)->lpVtbl->GetFileCapabilities(This,ppCapabilities,pCount,flags)
#define ISCardFileAccess_GetProperties(This,type,bstrPath,flags,ppProperties) (This)->lpVtbl->GetProperties(This,type,bstrPath,flags,ppProperties)
#define ISCardFileAccess_Invalidate(This,bstrFile,flags) (This)->lpVtbl->Invalidate(This,bstrFile,flags)
#define ISCardFileAccess_Open(This,type,bstrPath,phFile) (This)->lpVtbl->Open(This,type,bstrPath,phFile)
#define ISCardFileAccess_Read(This,hFile,plBytesToRead,flags,ppBuffer) (This)->lpVtbl->Read(This,hFile,plBytesToRead,flags,ppBuffer)
#define ISCardFileAccess_Rehabilitate(This,bstrFile,flags) (This)->lpVtbl->Rehabilitate(This,bstrFile,flags)
#define ISCardFileAccess_Seek(This,hFile,pSeek,lOffset) (This)->lpVtbl->Seek(This,hFile,pSeek,lOffset)
#define ISCardFileAccess_SetProperties(This,type,bstrPath,flags,pProperties) (This)->lpVtbl->SetProperties(This,type,bstrPath,flags,pProperties)
#define ISCardFileAccess_Write(This,hFile,pBuffer,flags) (This)->lpVtbl->Write(This,hFile,pBuffer,flags)
#else
/*** IUnknown methods ***/
static FORCEINLINE HRESULT ISCardFileAccess_QueryInterface(ISCardFileAccess* This,REFIID riid,void **ppvObject) {
    return This->lpVtbl->QueryInterface(This,riid,ppvObject);
}
static FORCEINLINE ULONG ISCardFileAccess_AddRef(ISCardFileAccess* This) {
    return This->lpVtbl->AddRef(This);
}
static FORCEINLINE ULONG ISCardFileAccess_Release(ISCardFileAccess* This) {
    return This->lpVtbl->Release(This);
}
/*** IDispatch methods ***/
static FORCEINLINE HRESULT ISCardFileAccess_GetTypeInfoCount(ISCardFileAccess* This,UINT *pctinfo) {
    return This->lpVtbl->GetTypeInfoCount(This,pctinfo);
}
static FORCEINLINE HRESULT ISCardFileAccess_GetTypeInfo(ISCardFileAccess* This,UINT iTInfo,LCID lcid,ITypeInfo **ppTInfo) {
    return This->lpVtbl->GetTypeInfo(This,iTInfo,lcid,ppTInfo);
}
static FORCEINLINE HRESULT ISCardFileAccess_GetIDsOfNames(ISCardFileAccess* This,REFIID riid,LPOLESTR *rgszNames,UINT cNames,LCID lcid,DISPID *rgDispId) {
    return This->lpVtbl->GetIDsOfNames(This,riid,rgszNames,cNames,lcid,rgDispId);
}
static FORCEINLINE HRESULT ISCardFileAccess_Invoke(ISCardFileAccess* This,DISPID dispIdMember,REFIID riid,LCID lcid,WORD wFlags,DISPPARAMS *pDispParams,VARIANT *pVarResult,EXCEPINFO *pExcepInfo,UINT *puArgErr) {
    return This->lpVtbl->Invoke(This,dispIdMember,riid,lcid,wFlags,pDispParams,pVarResult,pExcepInfo,puArgErr);
}
/*** ISCardFileAccess methods ***/
static FORCEINLINE HRESULT ISCardFileAccess_ChangeDir(ISCardFileAccess* This,REFTYPE type,BSTR bstrDir) {
    return This->lpVtbl->ChangeDir(This,type,bstrDir);
}
static FORCEINLINE HRESULT ISCardFileAccess_Close(ISCardFileAccess* This,HSCARD_FILE hFile) {
    return This->lpVtbl->Close(This,hFile);
}
static FORCEINLINE HRESULT ISCardFileAccess_Create(ISCardFileAccess* This,REFTYPE type,BSTR bstrPath,TLV_TABLE fileProps,SCARD_FLAGS flags,LPBYTEBUFFER pData) {
    return This->lpVtbl->Create(This,type,bstrPath,fileProps,flags,pData);
}
static FORCEINLINE HRESULT ISCardFileAccess_Delete(ISCardFileAccess* This,REFTYPE type,BSTR bstrPath,SCARD_FLAGS flags) {
    return This->lpVtbl->Delete(This,type,bstrPath,flags);
}
static FORCEINLINE HRESULT ISCardFileAccess_Directory(ISCardFileAccess* This,FILETYPE fileType,SAFEARRAY **ppFileList) {
    return This->lpVtbl->Directory(This,fileType,ppFileList);
}
static FORCEINLINE HRESULT ISCardFileAccess_GetCurrentDir(ISCardFileAccess* This,BSTR *pbstrDir) {
    return This->lpVtbl->GetCurrentDir(This,pbstrDir);
}
static FORCEINLINE HRESULT ISCardFileAccess_GetFileCapabilities(ISCardFileAccess* This,LPTLV_TABLE *ppCapabilities,LONG *pCount,SCARD_FLAGS flags) {
    return This->lpVtbl->GetFileCapabilities(This,ppCapabilities,pCount,flags);
}
static FORCEINLINE HRESULT ISCardFileAccess_GetProperties(ISCardFileAccess* This,REFTYPE type,BSTR bstrPath,SCARD_FLAGS flags,LPTLV_TABLE *ppProperties) {
    return This->lpVtbl->GetProperties(This,type,bstrPath,flags,ppProperties);
}
static FORCEINLINE HRESULT ISCardFileAccess_Invalidate(ISCardFileAccess* This,BSTR bstrFile,SCARD_FLAGS flags) {
    return This->lpVtbl->Invalidate(This,bstrFile,flags);
}
static FORCEINLINE HRESULT ISCardFileAccess_Open(ISCardFileAccess* This,REFTYPE type,BSTR bstrPath,HSCARD_FILE *phFile) {
    return This->lpVtbl->Open(This,type,bstrPath,phFile);
}
static FORCEINLINE HRESULT ISCardFileAccess_Read(ISCardFileAccess* This,HSCARD_FILE hFile,LONG *plBytesToRead,SCARD_FLAGS flags,LPBYTEBUFFER *ppBuffer) {
    return This->lpVtbl->Read(This,hFile,plBytesToRead,flags,ppBuffer);
}
static FORCEINLINE HRESULT ISCardFileAccess_Rehabilitate(ISCardFileAccess* This,BSTR bstrFile,SCARD_FLAGS flags) {
    return This->lpVtbl->Rehabilitate(This,bstrFile,flags);
}
static FORCEINLINE HRESULT ISCardFileAccess_Seek(ISCardFileAccess* This,HSCARD_FILE hFile,SEEKTYPE *pSeek,LONG lOffset) {
    return This->lpVtbl->Seek(This,hFile,pSeek,lOffset);
}
static FORCEINLINE HRESULT ISCardFileAccess_SetProperties(ISCardFileAccess* This,REFTYPE type,BSTR bstrPath,SCARD_FLAGS flags,LPTLV_TABLE pProperties) {
    return This->lpVtbl->SetProperties(This,type,bstrPath,flags,pProperties);
}
static FORCEINLINE HRESULT ISCardFileAccess_Write(ISCardFileAccess* This,HSCARD_FILE hFile,LPBYTEBUFFER pBuffer,SCARD_FLAGS flags) {
    return This->lpVtbl->Write(This,hFile,pBuffer,flags);
}
#endif
#endif

#endif

#endif  /* __ISCardFileAccess_INTERFACE_DEFINED__ */

/*
 * ISCardAuth: challenge and response. Made by ISCardManage::CreateCardAuth.
 *
 * lAlgoID: the low byte is P1, the algorithm as the card numbers it; the next byte the cipher that the library is to
 * use where P1 is not its number: 03 3DES (keys of 16 or 24 bytes), 08, 0A, 0C AES with 128, 192, 256 bits. Other
 * bits are E_INVALIDARG.
 * pParam: the first byte is P2, the reference of the key in the card; the bytes behind it are that key, with which
 * the library computes. Without them the caller computes: what is in pBuffer goes to the card as it is. NULL or
 * empty: P2 is 00 and the caller computes. A key that the cipher does not take, a cipher without a key, and a key
 * where neither byte of lAlgoID is a cipher are E_INVALIDARG. Keys are copied to memory outside core dumps and
 * wiped on every path; none is logged.
 *
 * APP_Auth(lAlgoID, pParam, pBuffer)
 *     EXTERNAL AUTHENTICATE: the program to the card. The caller computes: pBuffer is the cryptogram, 1 to 255 bytes.
 *     The library computes: pBuffer is a challenge of GetChallenge, in whole blocks, and is enciphered block by block;
 *     NULL or empty: the library gets one itself. E_POINTER: nothing to send.
 * GetChallenge(lAlgoID, lLengthOfChallenge, pParam, ppBuffer)
 *     GET CHALLENGE of 1 to 256 bytes; pParam is P2 alone, or NULL. *ppBuffer NULL: a new buffer; else its content
 *     becomes the challenge; after a failure it is as it was. E_POINTER.
 * ICC_Auth(lAlgoID, pParam, ppBuffer)
 *     INTERNAL AUTHENTICATE: the card to the program. *ppBuffer is the challenge, 1 to 255 bytes, and then the answer.
 *     The library computes: *ppBuffer NULL or empty: a random challenge; and an answer that is not the enciphered
 *     challenge is SCARD_W_CARD_NOT_AUTHENTICATED. E_POINTER: ppBuffer, or no challenge where the caller computes.
 * User_Auth(lAlgoID, pParam, pBuffer)
 *     The caller computes: EXTERNAL AUTHENTICATE with the user's data in pBuffer. The library computes: MUTUAL
 *     AUTHENTICATE, pBuffer being NULL or empty: GET CHALLENGE gives RC; RH RC goes enciphered in CBC from zeros, RH
 *     random, one block each; the answer has to be RC RH likewise, else SCARD_W_CARD_NOT_AUTHENTICATED.
 *
 * What the card says is as in ISCardFileAccess. A wrong cryptogram (63Cx, 6300) has no code of its own there:
 * SCARD_E_UNEXPECTED, with the tries in the error text; a blocked key (6983) likewise.
 *
 * Source: MSDN, ISCardAuth Interface; ISO/IEC 7816-4:2013 11.5.2 to 11.5.5; ISO/IEC 9798-2; SP 800-78-4 table 6-2
 */
/*****************************************************************************
 * ISCardAuth interface
 */
#ifndef __ISCardAuth_INTERFACE_DEFINED__
#define __ISCardAuth_INTERFACE_DEFINED__

DEFINE_GUID(IID_ISCardAuth, 0xc2e29ab2, 0xedf1, 0x447e, 0x98,0x7b, 0x34,0xec,0xa6,0xf3,0xd6,0x5a);
#if defined(__cplusplus) && !defined(CINTERFACE)
MIDL_INTERFACE("c2e29ab2-edf1-447e-987b-34eca6f3d65a")
ISCardAuth : public IDispatch
{
    virtual HRESULT STDMETHODCALLTYPE APP_Auth(
        LONG lAlgoID,
        LPBYTEBUFFER pParam,
        LPBYTEBUFFER pBuffer) = 0;

    virtual HRESULT STDMETHODCALLTYPE GetChallenge(
        LONG lAlgoID,
        LONG lLengthOfChallenge,
        LPBYTEBUFFER pParam,
        LPBYTEBUFFER *ppBuffer) = 0;

    virtual HRESULT STDMETHODCALLTYPE ICC_Auth(
        LONG lAlgoID,
        LPBYTEBUFFER pParam,
        LPBYTEBUFFER *ppBuffer) = 0;

    virtual HRESULT STDMETHODCALLTYPE User_Auth(
        LONG lAlgoID,
        LPBYTEBUFFER pParam,
        LPBYTEBUFFER pBuffer) = 0;

};
#ifdef __CRT_UUID_DECL
__CRT_UUID_DECL(ISCardAuth, 0xc2e29ab2, 0xedf1, 0x447e, 0x98,0x7b, 0x34,0xec,0xa6,0xf3,0xd6,0x5a)
#endif
#else
typedef struct ISCardAuthVtbl {
    BEGIN_INTERFACE

    /*** IUnknown methods ***/
    HRESULT (STDMETHODCALLTYPE *QueryInterface)(
        ISCardAuth *This,
        REFIID riid,
        void **ppvObject);

    ULONG (STDMETHODCALLTYPE *AddRef)(
        ISCardAuth *This);

    ULONG (STDMETHODCALLTYPE *Release)(
        ISCardAuth *This);

    /*** IDispatch methods ***/
    HRESULT (STDMETHODCALLTYPE *GetTypeInfoCount)(
        ISCardAuth *This,
        UINT *pctinfo);

    HRESULT (STDMETHODCALLTYPE *GetTypeInfo)(
        ISCardAuth *This,
        UINT iTInfo,
        LCID lcid,
        ITypeInfo **ppTInfo);

    HRESULT (STDMETHODCALLTYPE *GetIDsOfNames)(
        ISCardAuth *This,
        REFIID riid,
        LPOLESTR *rgszNames,
        UINT cNames,
        LCID lcid,
        DISPID *rgDispId);

    HRESULT (STDMETHODCALLTYPE *Invoke)(
        ISCardAuth *This,
        DISPID dispIdMember,
        REFIID riid,
        LCID lcid,
        WORD wFlags,
        DISPPARAMS *pDispParams,
        VARIANT *pVarResult,
        EXCEPINFO *pExcepInfo,
        UINT *puArgErr);

    /*** ISCardAuth methods ***/
    HRESULT (STDMETHODCALLTYPE *APP_Auth)(
        ISCardAuth *This,
        LONG lAlgoID,
        LPBYTEBUFFER pParam,
        LPBYTEBUFFER pBuffer);

    HRESULT (STDMETHODCALLTYPE *GetChallenge)(
        ISCardAuth *This,
        LONG lAlgoID,
        LONG lLengthOfChallenge,
        LPBYTEBUFFER pParam,
        LPBYTEBUFFER *ppBuffer);

    HRESULT (STDMETHODCALLTYPE *ICC_Auth)(
        ISCardAuth *This,
        LONG lAlgoID,
        LPBYTEBUFFER pParam,
        LPBYTEBUFFER *ppBuffer);

    HRESULT (STDMETHODCALLTYPE *User_Auth)(
        ISCardAuth *This,
        LONG lAlgoID,
        LPBYTEBUFFER pParam,
        LPBYTEBUFFER pBuffer);

    END_INTERFACE
} ISCardAuthVtbl;

struct ISCardAuth {
    CONST_VTBL ISCardAuthVtbl* lpVtbl;
};

#ifdef COBJMACROS
#ifndef WIDL_C_INLINE_WRAPPERS
/*** IUnknown methods ***/
#define ISCardAuth_QueryInterface(This,riid,ppvObject) (This)->lpVtbl->QueryInterface(This,riid,ppvObject)
#define ISCardAuth_AddRef(This) (This)->lpVtbl->AddRef(This)
#define ISCardAuth_Release(This) (This)->lpVtbl->Release(This)
/*** IDispatch methods ***/
#define ISCardAuth_GetTypeInfoCount(This,pctinfo) (This)->lpVtbl->GetTypeInfoCount(This,pctinfo)
#define ISCardAuth_GetTypeInfo(This,iTInfo,lcid,ppTInfo) (This)->lpVtbl->GetTypeInfo(This,iTInfo,lcid,ppTInfo)
#define ISCardAuth_GetIDsOfNames(This,riid,rgszNames,cNames,lcid,rgDispId) (This)->lpVtbl->GetIDsOfNames(This,riid,rgszNames,cNames,lcid,rgDispId)
#define ISCardAuth_Invoke(This,dispIdMember,riid,lcid,wFlags,pDispParams,pVarResult,pExcepInfo,puArgErr) (This)->lpVtbl->Invoke(This,dispIdMember,riid,lcid,wFlags,pDispParams,pVarResult,pExcepInfo,puArgErr)
/*** ISCardAuth methods ***/
#define ISCardAuth_APP_Auth(This,lAlgoID,pParam,pBuffer) (This)->lpVtbl->APP_Auth(This,lAlgoID,pParam,pBuffer)
#define ISCardAuth_GetChallenge(This,lAlgoID,lLengthOfChallenge,pParam,ppBuffer) (This)->lpVtbl->GetChallenge(This,lAlgoID,lLengthOfChallenge,pParam,ppBuffer)
#define ISCardAuth_ICC_Auth(This,lAlgoID,pParam,ppBuffer) (This)->lpVtbl->ICC_Auth(This,lAlgoID,pParam,ppBuffer)
#define ISCardAuth_User_Auth(This,lAlgoID,pParam,pBuffer) (This)->lpVtbl->User_Auth(This,lAlgoID,pParam,pBuffer)
#else
/*** IUnknown methods ***/
static FORCEINLINE HRESULT ISCardAuth_QueryInterface(ISCardAuth* This,REFIID riid,void **ppvObject) {
    return This->lpVtbl->QueryInterface(This,riid,ppvObject);
}
static FORCEINLINE ULONG ISCardAuth_AddRef(ISCardAuth* This) {
    return This->lpVtbl->AddRef(This);
}
static FORCEINLINE ULONG ISCardAuth_Release(ISCardAuth* This) {
    return This->lpVtbl->Release(This);
}
/*** IDispatch methods ***/
static FORCEINLINE HRESULT ISCardAuth_GetTypeInfoCount(ISCardAuth* This,UINT *pctinfo) {
    return This->lpVtbl->GetTypeInfoCount(This,pctinfo);
}
static FORCEINLINE HRESULT ISCardAuth_GetTypeInfo(ISCardAuth* This,UINT iTInfo,LCID lcid,ITypeInfo **ppTInfo) {
    return This->lpVtbl->GetTypeInfo(This,iTInfo,lcid,ppTInfo);
}
static FORCEINLINE HRESULT ISCardAuth_GetIDsOfNames(ISCardAuth* This,REFIID riid,LPOLESTR *rgszNames,UINT cNames,LCID lcid,DISPID *rgDispId) {
    return This->lpVtbl->GetIDsOfNames(This,riid,rgszNames,cNames,lcid,rgDispId);
}
static FORCEINLINE HRESULT ISCardAuth_Invoke(ISCardAuth* This,DISPID dispIdMember,REFIID riid,LCID lcid,WORD wFlags,DISPPARAMS *pDispParams,VARIANT *pVarResult,EXCEPINFO *pExcepInfo,UINT *puArgErr) {
    return This->lpVtbl->Invoke(This,dispIdMember,riid,lcid,wFlags,pDispParams,pVarResult,pExcepInfo,puArgErr);
}
/*** ISCardAuth methods ***/
static FORCEINLINE HRESULT ISCardAuth_APP_Auth(ISCardAuth* This,LONG lAlgoID,LPBYTEBUFFER pParam,LPBYTEBUFFER pBuffer) {
    return This->lpVtbl->APP_Auth(This,lAlgoID,pParam,pBuffer);
}
static FORCEINLINE HRESULT ISCardAuth_GetChallenge(ISCardAuth* This,LONG lAlgoID,LONG lLengthOfChallenge,LPBYTEBUFFER pParam,LPBYTEBUFFER *ppBuffer) {
    return This->lpVtbl->GetChallenge(This,lAlgoID,lLengthOfChallenge,pParam,ppBuffer);
}
static FORCEINLINE HRESULT ISCardAuth_ICC_Auth(ISCardAuth* This,LONG lAlgoID,LPBYTEBUFFER pParam,LPBYTEBUFFER *ppBuffer) {
    return This->lpVtbl->ICC_Auth(This,lAlgoID,pParam,ppBuffer);
}
static FORCEINLINE HRESULT ISCardAuth_User_Auth(ISCardAuth* This,LONG lAlgoID,LPBYTEBUFFER pParam,LPBYTEBUFFER pBuffer) {
    return This->lpVtbl->User_Auth(This,lAlgoID,pParam,pBuffer);
}
#endif
#endif

#endif

#endif  /* __ISCardAuth_INTERFACE_DEFINED__ */

/* The type library of the documented form. */
#ifndef __SCardCOM_LIBRARY_DEFINED__
#define __SCardCOM_LIBRARY_DEFINED__

DEFINE_GUID(LIBID_SCardCOM, 0xea1ffa80, 0x0032, 0x40a9, 0x88,0x96, 0x61,0xea,0x3c,0x58,0xd0,0x05);

#ifndef __ISCardManage_FWD_DEFINED__
#define __ISCardManage_FWD_DEFINED__
typedef struct ISCardManage ISCardManage;
#ifdef __cplusplus
struct ISCardManage;
#endif /* __cplusplus */
#endif

#ifndef __ISCardVerify_FWD_DEFINED__
#define __ISCardVerify_FWD_DEFINED__
typedef struct ISCardVerify ISCardVerify;
#ifdef __cplusplus
struct ISCardVerify;
#endif /* __cplusplus */
#endif

#ifndef __ISCardFileAccess_FWD_DEFINED__
#define __ISCardFileAccess_FWD_DEFINED__
typedef struct ISCardFileAccess ISCardFileAccess;
#ifdef __cplusplus
struct ISCardFileAccess;
#endif /* __cplusplus */
#endif

#ifndef __ISCardAuth_FWD_DEFINED__
#define __ISCardAuth_FWD_DEFINED__
typedef struct ISCardAuth ISCardAuth;
#ifdef __cplusplus
struct ISCardAuth;
#endif /* __cplusplus */
#endif

#ifndef __ISCardUnblockData_FWD_DEFINED__
#define __ISCardUnblockData_FWD_DEFINED__
typedef struct ISCardUnblockData ISCardUnblockData;
#ifdef __cplusplus
struct ISCardUnblockData;
#endif /* __cplusplus */
#endif

#endif /* __SCardCOM_LIBRARY_DEFINED__ */

#ifdef __cplusplus
}
#endif

#endif /* __scardcom_h__ */
