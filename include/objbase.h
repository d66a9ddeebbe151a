/*
 * objbase.h - the COM runtime: initialisation, creation of objects, identifiers as text, memory that crosses
 * the interface.
 *
 * The runtime knows the classes of this library and no other: there is no registry. Every function may be
 * called on any thread. None blocks, apart from a lock held for some instructions.
 */
#ifndef ISCARD_OBJBASE_H
#define ISCARD_OBJBASE_H

#include "objidl.h"
#include "unknwn.h"
#include "wtypes.h"

ISCARD_EXTERN_C_BEGIN

/* A number of 32 bits as a position or a size of an IStream. */
#define LISet32(li, v)  ((li).HighPart = (LONG)(v) < 0 ? -1 : 0, (li).LowPart = (DWORD)(v))
#define ULISet32(li, v) ((li).HighPart = 0, (li).LowPart = (DWORD)(v))

typedef enum tagCOINIT {
        COINIT_MULTITHREADED = 0x0,
        COINIT_APARTMENTTHREADED = 0x2,
        COINIT_DISABLE_OLE1DDE = 0x4,
        COINIT_SPEED_OVER_MEMORY = 0x8
} COINIT;

/*
 * Makes COM usable on the calling thread. CoInitialize is CoInitializeEx with COINIT_APARTMENTTHREADED. The
 * model decides nothing but the return codes: objects of this library may be used from any thread under both.
 *   pvReserved   NULL, else E_INVALIDARG
 *   dwCoInit     COINIT_ flags; an unknown one is E_INVALIDARG
 *   S_OK
 *   S_FALSE               the thread has that model already, and one more CoUninitialize is due
 *   RPC_E_CHANGED_MODE    it has the other model; nothing changed, and no CoUninitialize is due
 * While any thread of the process holds COINIT_MULTITHREADED, threads that never called this belong to that
 * apartment and may create objects, as on Windows. A thread that ends without CoUninitialize goes on being
 * counted.
 * Source: MSDN, CoInitialize; CoInitializeEx
 */
ISCARD_API HRESULT WINAPI CoInitialize(LPVOID pvReserved) ISCARD_SYMBOL(CoInitialize);
ISCARD_API HRESULT WINAPI CoInitializeEx(LPVOID pvReserved, DWORD dwCoInit) ISCARD_SYMBOL(CoInitializeEx);

/*
 * Takes back one CoInitialize(Ex) that succeeded on this thread; without one nothing happens. Objects that
 * still live stay usable. Source: MSDN, CoUninitialize
 */
ISCARD_API void WINAPI CoUninitialize(void) ISCARD_SYMBOL(CoUninitialize);

/*
 * Creates an object of a class.
 *   rclsid         CLSID_SCardManage, CLSID_ByteBuffer
 *   pUnkOuter      NULL
 *   dwClsContext   must contain CLSCTX_INPROC_SERVER
 *   riid, ppv      the interface, and where it goes with a reference for the caller; NULL after a failure
 *   E_POINTER                an identifier or ppv is NULL
 *   CO_E_NOTINITIALIZED      this thread did not initialise COM, and there is no multithreaded apartment
 *   REGDB_E_CLASSNOTREG      unknown class, or another context
 *   CLASS_E_NOAGGREGATION    pUnkOuter is not NULL
 *   E_NOINTERFACE            the class does not have that interface
 *   E_OUTOFMEMORY
 * Source: MSDN, CoCreateInstance
 */
ISCARD_API HRESULT WINAPI CoCreateInstance(REFCLSID rclsid, LPUNKNOWN pUnkOuter, DWORD dwClsContext,
                                           REFIID riid, LPVOID *ppv) ISCARD_SYMBOL(CoCreateInstance);

/*
 * The class object (IClassFactory, IUnknown) of a class, with a reference for the caller. pvReserved is not
 * used. Codes as CoCreateInstance, without CLASS_E_NOAGGREGATION. Source: MSDN, CoGetClassObject
 */
ISCARD_API HRESULT WINAPI CoGetClassObject(REFCLSID rclsid, DWORD dwClsContext, LPVOID pvReserved,
                                           REFIID riid, LPVOID *ppv) ISCARD_SYMBOL(CoGetClassObject);

/*
 * What a loader of COM libraries calls; exported under these names.
 *   DllGetClassObject    as CoGetClassObject, whether or not COM is initialised, with
 *                        CLASS_E_CLASSNOTAVAILABLE for an unknown class
 *   DllCanUnloadNow      S_OK when no object lives and no lock of IClassFactory::LockServer is held, else
 *                        S_FALSE
 * Source: MSDN, DllGetClassObject; DllCanUnloadNow
 */
ISCARD_API HRESULT WINAPI DllGetClassObject(REFCLSID rclsid, REFIID riid, LPVOID *ppv);
ISCARD_API HRESULT WINAPI DllCanUnloadNow(void);

/*
 * The class of a program identifier, upper and lower case alike: "SCardCOM.SCardManage.1" and
 * "SCardCOM.SCardManage". *lpclsid is CLSID_NULL after a failure. E_INVALIDARG: a NULL argument;
 * CO_E_CLASSSTRING: no class has that name. Source: MSDN, CLSIDFromProgID
 */
ISCARD_API HRESULT WINAPI CLSIDFromProgID(LPCOLESTR lpszProgID, CLSID *lpclsid)
    ISCARD_SYMBOL(CLSIDFromProgID);

/*
 * The program identifier with version of a class, to be freed with CoTaskMemFree; NULL after a failure.
 * E_INVALIDARG: NULL output; REGDB_E_CLASSNOTREG: unknown, or without a name; E_OUTOFMEMORY. Source: MSDN,
 * ProgIDFromCLSID
 */
ISCARD_API HRESULT WINAPI ProgIDFromCLSID(REFCLSID clsid, LPOLESTR *lplpszProgID)
    ISCARD_SYMBOL(ProgIDFromCLSID);

/*
 * "{xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx}" to a GUID; digits of either case. NULL text: the null GUID and
 * S_OK. CLSIDFromString also takes a program identifier. The output is the null GUID after a failure.
 * E_INVALIDARG: NULL output, or for IIDFromString a text that is not 38 units long; CO_E_CLASSSTRING,
 * CO_E_IIDSTRING: not written like that. Source: MSDN, CLSIDFromString; IIDFromString
 */
ISCARD_API HRESULT WINAPI CLSIDFromString(LPCOLESTR lpsz, CLSID *pclsid) ISCARD_SYMBOL(CLSIDFromString);
ISCARD_API HRESULT WINAPI IIDFromString(LPCOLESTR lpsz, IID *lpiid) ISCARD_SYMBOL(IIDFromString);

/*
 * A GUID as "{...}" with upper-case digits and a NUL, 39 units. Returns 39, or 0 when cchMax (units) is less
 * or lpsz is NULL, and then writes nothing. Source: MSDN, StringFromGUID2
 */
ISCARD_API int WINAPI StringFromGUID2(REFGUID rguid, LPOLESTR lpsz, int cchMax)
    ISCARD_SYMBOL(StringFromGUID2);

/*
 * The same into memory of its own, to be freed with CoTaskMemFree; NULL after a failure. E_INVALIDARG: NULL
 * output; E_OUTOFMEMORY. Source: MSDN, StringFromCLSID; StringFromIID
 */
ISCARD_API HRESULT WINAPI StringFromCLSID(REFCLSID rclsid, LPOLESTR *lplpsz) ISCARD_SYMBOL(StringFromCLSID);
ISCARD_API HRESULT WINAPI StringFromIID(REFIID rclsid, LPOLESTR *lplpsz) ISCARD_SYMBOL(StringFromIID);

/*
 * Memory that passes between an object and its caller. cb in bytes; the contents are undefined.
 * CoTaskMemAlloc(0) is a valid pointer; CoTaskMemRealloc of NULL allocates, to 0 bytes frees and returns
 * NULL, and when it fails leaves the old memory as it was; CoTaskMemFree(NULL) does nothing. NULL: out of
 * memory. Source: MSDN, CoTaskMemAlloc; CoTaskMemRealloc; CoTaskMemFree
 */
ISCARD_API LPVOID WINAPI CoTaskMemAlloc(SIZE_T cb) ISCARD_SYMBOL(CoTaskMemAlloc);
ISCARD_API LPVOID WINAPI CoTaskMemRealloc(LPVOID pv, SIZE_T cb) ISCARD_SYMBOL(CoTaskMemRealloc);
ISCARD_API void WINAPI CoTaskMemFree(LPVOID pv) ISCARD_SYMBOL(CoTaskMemFree);

ISCARD_EXTERN_C_END

#endif
