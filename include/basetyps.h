/*
 * basetyps.h - the macros that COM headers and sources spell methods with. Calling conventions are empty.
 *
 * The macro `interface` is not defined by any header but <windows.h>: libusb.h has a member of that name.
 */
#ifndef ISCARD_BASETYPS_H
#define ISCARD_BASETYPS_H

#include "guiddef.h"

#define STDMETHODCALLTYPE
#define STDMETHODVCALLTYPE
#define STDAPICALLTYPE
#define STDAPI           EXTERN_C ISCARD_API HRESULT STDAPICALLTYPE
#define STDAPI_(type)    EXTERN_C ISCARD_API type STDAPICALLTYPE
#define STDMETHODIMP     HRESULT STDMETHODCALLTYPE
#define STDMETHODIMP_(t) t STDMETHODCALLTYPE

/* What generated headers are written with: abstract classes without a virtual destructor. */
#define MIDL_INTERFACE(uuid) struct
#define DECLSPEC_UUID(uuid)
#define DECLSPEC_NOVTABLE
#define CONST_VTBL const
#define BEGIN_INTERFACE
#define END_INTERFACE
#ifndef FORCEINLINE
#define FORCEINLINE inline __attribute__((always_inline))
#endif

/* What interfaces written by hand are written with. */
#if defined(__cplusplus) && !defined(CINTERFACE)
#define STDMETHOD(method)        virtual HRESULT STDMETHODCALLTYPE method
#define STDMETHOD_(type, method) virtual type STDMETHODCALLTYPE method
#define PURE                     = 0
#define THIS_
#define THIS                            void
#define DECLARE_INTERFACE(iface)        struct iface
#define DECLARE_INTERFACE_(iface, base) struct iface : public base
#else
#define STDMETHOD(method)        HRESULT(STDMETHODCALLTYPE *method)
#define STDMETHOD_(type, method) type(STDMETHODCALLTYPE *method)
#define PURE
#define THIS_ INTERFACE *This,
#define THIS  INTERFACE *This
#define DECLARE_INTERFACE(iface)                                                                             \
        typedef struct iface iface;                                                                          \
        typedef struct iface##Vtbl iface##Vtbl;                                                              \
        struct iface {                                                                                       \
                CONST_VTBL iface##Vtbl *lpVtbl;                                                              \
        };                                                                                                   \
        struct iface##Vtbl
#define DECLARE_INTERFACE_(iface, base) DECLARE_INTERFACE(iface)
#endif

#endif
