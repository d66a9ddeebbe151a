/*
 * unknwn.h - IUnknown and IClassFactory.
 *
 * QueryInterface(riid, ppvObject)
 *     Another interface of the same object, with a reference for the caller. IUnknown of an object is
 *     always the same pointer. E_NOINTERFACE: *ppvObject is NULL; E_POINTER: an argument is NULL.
 * AddRef(), Release()
 *     The count after the call; the object ends when it is 0. Atomic: any thread may call.
 * Source: MSDN, IUnknown; IClassFactory
 */
#ifndef ISCARD_UNKNWN_H
#define ISCARD_UNKNWN_H

#include "wtypes.h"

ISCARD_EXTERN_C_BEGIN

typedef struct IUnknown IUnknown;
typedef IUnknown *LPUNKNOWN;
typedef struct IClassFactory IClassFactory;
typedef IClassFactory *LPCLASSFACTORY;

DEFINE_GUID(IID_NULL, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
#define GUID_NULL  IID_NULL
#define CLSID_NULL IID_NULL

DEFINE_GUID(IID_IUnknown, 0x00000000, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0x46);
#if defined(__cplusplus) && !defined(CINTERFACE)
struct IUnknown {
        virtual HRESULT STDMETHODCALLTYPE QueryInterface(REFIID riid, void **ppvObject) = 0;
        virtual ULONG STDMETHODCALLTYPE AddRef() = 0;
        virtual ULONG STDMETHODCALLTYPE Release() = 0;
};
#else
typedef struct IUnknownVtbl {
        HRESULT(STDMETHODCALLTYPE *QueryInterface)(IUnknown *This, REFIID riid, void **ppvObject);
        ULONG(STDMETHODCALLTYPE *AddRef)(IUnknown *This);
        ULONG(STDMETHODCALLTYPE *Release)(IUnknown *This);
} IUnknownVtbl;
struct IUnknown {
        CONST_VTBL IUnknownVtbl *lpVtbl;
};
#ifdef COBJMACROS
#define IUnknown_QueryInterface(This, riid, ppvObject) (This)->lpVtbl->QueryInterface(This, riid, ppvObject)
#define IUnknown_AddRef(This)                          (This)->lpVtbl->AddRef(This)
#define IUnknown_Release(This)                         (This)->lpVtbl->Release(This)
#endif
#endif

/*
 * CreateInstance(pUnkOuter, riid, ppvObject)
 *     A new object. CLASS_E_NOAGGREGATION: pUnkOuter is not NULL; E_NOINTERFACE; E_POINTER; E_OUTOFMEMORY.
 *     *ppvObject is NULL after a failure.
 * LockServer(fLock)
 *     TRUE: DllCanUnloadNow says no until as many calls with FALSE came. S_OK.
 */
DEFINE_GUID(IID_IClassFactory, 0x00000001, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0x46);
#if defined(__cplusplus) && !defined(CINTERFACE)
struct IClassFactory : public IUnknown {
        virtual HRESULT STDMETHODCALLTYPE CreateInstance(IUnknown *pUnkOuter, REFIID riid,
                                                         void **ppvObject) = 0;
        virtual HRESULT STDMETHODCALLTYPE LockServer(BOOL fLock) = 0;
};
#else
typedef struct IClassFactoryVtbl {
        HRESULT(STDMETHODCALLTYPE *QueryInterface)(IClassFactory *This, REFIID riid, void **ppvObject);
        ULONG(STDMETHODCALLTYPE *AddRef)(IClassFactory *This);
        ULONG(STDMETHODCALLTYPE *Release)(IClassFactory *This);
        HRESULT(STDMETHODCALLTYPE *CreateInstance)
        (IClassFactory *This, IUnknown *pUnkOuter, REFIID riid, void **ppvObject);
        HRESULT(STDMETHODCALLTYPE *LockServer)(IClassFactory *This, BOOL fLock);
} IClassFactoryVtbl;
struct IClassFactory {
        CONST_VTBL IClassFactoryVtbl *lpVtbl;
};
#ifdef COBJMACROS
#define IClassFactory_QueryInterface(This, riid, ppvObject)                                                  \
        (This)->lpVtbl->QueryInterface(This, riid, ppvObject)
#define IClassFactory_AddRef(This)  (This)->lpVtbl->AddRef(This)
#define IClassFactory_Release(This) (This)->lpVtbl->Release(This)
#define IClassFactory_CreateInstance(This, pUnkOuter, riid, ppvObject)                                       \
        (This)->lpVtbl->CreateInstance(This, pUnkOuter, riid, ppvObject)
#define IClassFactory_LockServer(This, fLock) (This)->lpVtbl->LockServer(This, fLock)
#endif
#endif

ISCARD_EXTERN_C_END

#endif
