/* runtime.c - apartments of threads, the table of classes, and the functions that create objects from it. */

#include <stdatomic.h>
#include <string.h>

#include "com/bytebuffer.h"
#include "com/errorinfo.h"
#include "com/factory.h"
#include "com/guid.h"
#include "com/manage.h"
#include "com/object.h"
#include "com/runtime.h"

#include <scardtypes.h>

static const struct runtime_class classes[] = {
    {
        .clsid = &CLSID_SCardManage,
        .progid = OLESTR("SCardCOM.SCardManage.1"),
        .current_progid = OLESTR("SCardCOM.SCardManage"),
        .create = manage_create,
    },
    {
        .clsid = &CLSID_ByteBuffer,
        .create = bytebuffer_create,
    },
};
#define CLASSES_LEN (sizeof(classes) / sizeof(classes[0]))

/* ---- apartments: nothing depends on them but return codes */

static _Thread_local struct {
        unsigned count; /* CoInitialize(Ex) that succeeded, less CoUninitialize */
        DWORD model;    /* 0 or COINIT_APARTMENTTHREADED; of use when count > 0 */
} apartment;

/* Threads with COINIT_MULTITHREADED: while there is one, threads without an apartment belong to it too. */
static atomic_uint multithreaded;

HRESULT WINAPI CoInitializeEx(LPVOID pvReserved, DWORD dwCoInit)
{
        const DWORD known = COINIT_APARTMENTTHREADED | COINIT_DISABLE_OLE1DDE | COINIT_SPEED_OVER_MEMORY;
        DWORD model = dwCoInit & (DWORD)COINIT_APARTMENTTHREADED;

        if (pvReserved != NULL || (dwCoInit & ~known) != 0)
                return E_INVALIDARG;
        if (apartment.count > 0) {
                if (apartment.model != model)
                        return RPC_E_CHANGED_MODE;
                apartment.count++;
                return S_FALSE;
        }
        apartment.count = 1;
        apartment.model = model;
        if (model == COINIT_MULTITHREADED)
                atomic_fetch_add(&multithreaded, 1);
        return S_OK;
}

HRESULT WINAPI CoInitialize(LPVOID pvReserved)
{
        return CoInitializeEx(pvReserved, COINIT_APARTMENTTHREADED);
}

void WINAPI CoUninitialize(void)
{
        if (apartment.count == 0)
                return;
        apartment.count--;
        if (apartment.count == 0)
                error_forget();
        if (apartment.count == 0 && apartment.model == COINIT_MULTITHREADED)
                atomic_fetch_sub(&multithreaded, 1);
}

static int thread_is_initialized(void)
{
        return apartment.count > 0 || atomic_load(&multithreaded) > 0;
}

/* ---- classes */

/* NULL: no such class. */
static const struct runtime_class *class_find(REFCLSID clsid)
{
        for (size_t i = 0; i < CLASSES_LEN; i++) {
                if (IsEqualCLSID(classes[i].clsid, clsid))
                        return &classes[i];
        }
        return NULL;
}

/* The checks that creating an object and asking for a class object share. out is not NULL here. */
static HRESULT find_for_client(REFCLSID clsid, DWORD context, REFIID riid, const struct runtime_class **class)
{
        if (clsid == NULL || riid == NULL)
                return E_POINTER;
        if (!thread_is_initialized())
                return CO_E_NOTINITIALIZED;
        *class = (context & CLSCTX_INPROC_SERVER) != 0 ? class_find(clsid) : NULL;
        return *class != NULL ? S_OK : REGDB_E_CLASSNOTREG;
}

HRESULT WINAPI CoCreateInstance(REFCLSID rclsid, LPUNKNOWN pUnkOuter, DWORD dwClsContext, REFIID riid,
                                LPVOID *ppv)
{
        const struct runtime_class *class = NULL;
        HRESULT hr;

        if (ppv == NULL)
                return E_POINTER;
        *ppv = NULL;
        hr = find_for_client(rclsid, dwClsContext, riid, &class);
        if (FAILED(hr))
                return hr;
        if (pUnkOuter != NULL)
                return CLASS_E_NOAGGREGATION;
        return class->create(riid, ppv);
}

HRESULT WINAPI CoGetClassObject(REFCLSID rclsid, DWORD dwClsContext, LPVOID pvReserved, REFIID riid,
                                LPVOID *ppv)
{
        const struct runtime_class *class = NULL;
        HRESULT hr;

        (void)pvReserved;
        if (ppv == NULL)
                return E_POINTER;
        *ppv = NULL;
        hr = find_for_client(rclsid, dwClsContext, riid, &class);
        if (FAILED(hr))
                return hr;
        return factory_create(class, riid, ppv);
}

HRESULT WINAPI DllGetClassObject(REFCLSID rclsid, REFIID riid, LPVOID *ppv)
{
        const struct runtime_class *class;

        if (ppv == NULL)
                return E_POINTER;
        *ppv = NULL;
        if (rclsid == NULL || riid == NULL)
                return E_POINTER;
        class = class_find(rclsid);
        return class != NULL ? factory_create(class, riid, ppv) : CLASS_E_CLASSNOTAVAILABLE;
}

HRESULT WINAPI DllCanUnloadNow(void)
{
        return object_count() == 0 && factory_locks() == 0 ? S_OK : S_FALSE;
}

/* ---- names of classes */

static OLECHAR ascii_lower(OLECHAR c)
{
        return c >= u'A' && c <= u'Z' ? (OLECHAR)(c - u'A' + u'a') : c;
}

static int same_name(const OLECHAR *a, const OLECHAR *b)
{
        if (b == NULL)
                return 0;
        while (*a != 0 && ascii_lower(*a) == ascii_lower(*b)) {
                a++;
                b++;
        }
        return *a == *b;
}

HRESULT WINAPI CLSIDFromProgID(LPCOLESTR lpszProgID, CLSID *lpclsid)
{
        if (lpclsid == NULL)
                return E_INVALIDARG;
        *lpclsid = CLSID_NULL;
        if (lpszProgID == NULL)
                return E_INVALIDARG;
        for (size_t i = 0; i < CLASSES_LEN; i++) {
                if (same_name(lpszProgID, classes[i].progid) ||
                    same_name(lpszProgID, classes[i].current_progid)) {
                        *lpclsid = *classes[i].clsid;
                        return S_OK;
                }
        }
        return CO_E_CLASSSTRING;
}

HRESULT WINAPI ProgIDFromCLSID(REFCLSID clsid, LPOLESTR *lplpszProgID)
{
        const struct runtime_class *class;
        size_t len = 0;

        if (lplpszProgID == NULL)
                return E_INVALIDARG;
        *lplpszProgID = NULL;
        if (clsid == NULL)
                return E_INVALIDARG;
        class = class_find(clsid);
        if (class == NULL || class->progid == NULL)
                return REGDB_E_CLASSNOTREG;
        while (class->progid[len] != 0)
                len++;
        *lplpszProgID = CoTaskMemAlloc((len + 1) * sizeof(OLECHAR));
        if (*lplpszProgID == NULL)
                return E_OUTOFMEMORY;
        memcpy(*lplpszProgID, class->progid, (len + 1) * sizeof(OLECHAR));
        return S_OK;
}

HRESULT WINAPI CLSIDFromString(LPCOLESTR lpsz, CLSID *pclsid)
{
        if (pclsid == NULL)
                return E_INVALIDARG;
        *pclsid = CLSID_NULL;
        if (lpsz == NULL)
                return S_OK;
        if (guid_parse(lpsz, pclsid))
                return S_OK;
        return CLSIDFromProgID(lpsz, pclsid);
}
