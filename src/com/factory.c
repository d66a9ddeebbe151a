/* factory.c - class objects, and the locks that IClassFactory::LockServer takes on the library. */

#include <stdlib.h>

#include "com/object.h"
#include "com/factory.h"

struct factory_object {
        IClassFactory IClassFactory_iface;
        atomic_uint refs;
        const struct runtime_class *class;
};

static atomic_uint locks;

static struct factory_object *impl_from_IClassFactory(IClassFactory *iface)
{
        return CONTAINING_RECORD(iface, struct factory_object, IClassFactory_iface);
}

static HRESULT STDMETHODCALLTYPE factory_QueryInterface(IClassFactory *iface, REFIID riid, void **out)
{
        struct factory_object *factory = impl_from_IClassFactory(iface);

        if (out == NULL)
                return E_POINTER;
        *out = NULL;
        if (riid == NULL)
                return E_POINTER;
        if (!IsEqualIID(riid, &IID_IUnknown) && !IsEqualIID(riid, &IID_IClassFactory))
                return E_NOINTERFACE;
        *out = &factory->IClassFactory_iface;
        object_refs_add(&factory->refs);
        return S_OK;
}

static ULONG STDMETHODCALLTYPE factory_AddRef(IClassFactory *iface)
{
        return object_refs_add(&impl_from_IClassFactory(iface)->refs);
}

static ULONG STDMETHODCALLTYPE factory_Release(IClassFactory *iface)
{
        struct factory_object *factory = impl_from_IClassFactory(iface);
        ULONG refs = object_refs_sub(&factory->refs);

        if (refs == 0) {
                free(factory);
                object_count_sub();
        }
        return refs;
}

static HRESULT STDMETHODCALLTYPE factory_CreateInstance(IClassFactory *iface, IUnknown *outer, REFIID riid,
                                                        void **out)
{
        if (out == NULL)
                return E_POINTER;
        *out = NULL;
        if (riid == NULL)
                return E_POINTER;
        if (outer != NULL)
                return CLASS_E_NOAGGREGATION;
        return impl_from_IClassFactory(iface)->class->create(riid, out);
}

static HRESULT STDMETHODCALLTYPE factory_LockServer(IClassFactory *iface, BOOL lock)
{
        unsigned held = atomic_load(&locks);

        (void)iface;
        if (lock) {
                atomic_fetch_add(&locks, 1);
                return S_OK;
        }
        /* One FALSE too many must not take away the lock of another client. */
        while (held > 0 && !atomic_compare_exchange_weak(&locks, &held, held - 1))
                ;
        return S_OK;
}

static const IClassFactoryVtbl factory_vtbl = {
    .QueryInterface = factory_QueryInterface,
    .AddRef = factory_AddRef,
    .Release = factory_Release,
    .CreateInstance = factory_CreateInstance,
    .LockServer = factory_LockServer,
};

HRESULT factory_create(const struct runtime_class *class, REFIID riid, void **out)
{
        struct factory_object *factory = calloc(1, sizeof(*factory));
        HRESULT hr;

        *out = NULL;
        if (factory == NULL)
                return E_OUTOFMEMORY;
        factory->IClassFactory_iface.lpVtbl = &factory_vtbl;
        atomic_init(&factory->refs, 1);
        factory->class = class;
        object_count_add();
        hr = factory_QueryInterface(&factory->IClassFactory_iface, riid, out);
        factory_Release(&factory->IClassFactory_iface);
        return hr;
}

unsigned factory_locks(void)
{
        return atomic_load(&locks);
}
