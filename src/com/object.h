/*
 * object.h - what every COM object here is built with: the way from an interface to its object, the count of
 * references, the count of objects that DllCanUnloadNow looks at.
 */
#ifndef ISCARD_COM_OBJECT_H
#define ISCARD_COM_OBJECT_H

#include <stdatomic.h>
#include <stddef.h>

#include <unknwn.h>

/* The struct of which address is the member field. */
#define CONTAINING_RECORD(address, type, field) ((type *)(void *)((char *)(address)-offsetof(type, field)))

/*
 * References of one object; it is created with 1. Both return the count after the call. The object is ended
 * by whoever sees 0: the order makes what the other threads did to it visible to that one.
 */
static inline ULONG object_refs_add(atomic_uint *refs)
{
        return atomic_fetch_add_explicit(refs, 1, memory_order_relaxed) + 1;
}

static inline ULONG object_refs_sub(atomic_uint *refs)
{
        return atomic_fetch_sub_explicit(refs, 1, memory_order_acq_rel) - 1;
}

/*
 * The three thunks of one interface into its object: prefix_QueryInterface and so on for an interface of type
 * iface_type, which impl_from_iface_type turns into the object; object_query, object_ref and object_unref do
 * the work, so that every interface of the object shares one identity and one count.
 */
/* NOLINTBEGIN(bugprone-macro-parentheses): a type cannot stand in parentheses */
#define OBJECT_THUNKS(prefix, iface_type, object)                                                            \
        static HRESULT STDMETHODCALLTYPE prefix##_QueryInterface(iface_type *iface, REFIID riid, void **out) \
        {                                                                                                    \
                return object##_query(impl_from_##iface_type(iface), riid, out);                             \
        }                                                                                                    \
        static ULONG STDMETHODCALLTYPE prefix##_AddRef(iface_type *iface)                                    \
        {                                                                                                    \
                return object##_ref(impl_from_##iface_type(iface));                                          \
        }                                                                                                    \
        static ULONG STDMETHODCALLTYPE prefix##_Release(iface_type *iface)                                   \
        {                                                                                                    \
                return object##_unref(impl_from_##iface_type(iface));                                        \
        }
/* NOLINTEND(bugprone-macro-parentheses) */
#define OBJECT_SLOTS(prefix)                                                                                 \
        .QueryInterface = prefix##_QueryInterface, .AddRef = prefix##_AddRef, .Release = prefix##_Release

/* Called once when an object has been made, and once when it has ended. Any thread. */
void object_count_add(void);
void object_count_sub(void);
/* How many live. */
unsigned object_count(void);

#endif
