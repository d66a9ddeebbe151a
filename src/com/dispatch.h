/*
 * dispatch.h - what the IDispatch slots of every object do.
 *
 * The library has no type information to hand out. Late-bound calls are not offered in this version:
 * GetIDsOfNames and Invoke answer E_NOTIMPL.
 */
#ifndef ISCARD_COM_DISPATCH_H
#define ISCARD_COM_DISPATCH_H

#include <oaidl.h>

/* 0 type informations. E_POINTER. */
HRESULT dispatch_type_info_count(UINT *count);
/* DISP_E_BADINDEX, *info NULL: there is none, whatever the index. E_POINTER. */
HRESULT dispatch_type_info(ITypeInfo **info);
/* E_NOTIMPL; ids (may be NULL) are all DISPID_UNKNOWN. */
HRESULT dispatch_ids_of_names(UINT names_len, DISPID *ids);
/* E_NOTIMPL; result (may be NULL) is empty. */
HRESULT dispatch_invoke(VARIANT *result);

/*
 * The four thunks of one interface: object_GetTypeInfoCount and so on for an interface of type iface_type.
 * They differ in the type of their first parameter alone.
 */
/* NOLINTBEGIN(bugprone-macro-parentheses): a type cannot stand in parentheses */
#define DISPATCH_THUNKS(object, iface_type)                                                                  \
        static HRESULT STDMETHODCALLTYPE object##_GetTypeInfoCount(iface_type *iface, UINT *count)           \
        {                                                                                                    \
                (void)iface;                                                                                 \
                return dispatch_type_info_count(count);                                                      \
        }                                                                                                    \
        static HRESULT STDMETHODCALLTYPE object##_GetTypeInfo(iface_type *iface, UINT index, LCID locale,    \
                                                              ITypeInfo **info)                              \
        {                                                                                                    \
                (void)iface, (void)index, (void)locale;                                                      \
                return dispatch_type_info(info);                                                             \
        }                                                                                                    \
        static HRESULT STDMETHODCALLTYPE object##_GetIDsOfNames(                                             \
            iface_type *iface, REFIID riid, LPOLESTR *names, UINT names_len, LCID locale, DISPID *ids)       \
        {                                                                                                    \
                (void)iface, (void)riid, (void)names, (void)locale;                                          \
                return dispatch_ids_of_names(names_len, ids);                                                \
        }                                                                                                    \
        static HRESULT STDMETHODCALLTYPE object##_Invoke(                                                    \
            iface_type *iface, DISPID member, REFIID riid, LCID locale, WORD flags, DISPPARAMS *params,      \
            VARIANT *result, EXCEPINFO *exception, UINT *argument)                                           \
        {                                                                                                    \
                (void)iface, (void)member, (void)riid, (void)locale, (void)flags, (void)params;              \
                (void)exception, (void)argument;                                                             \
                return dispatch_invoke(result);                                                              \
        }

/* NOLINTEND(bugprone-macro-parentheses) */
#define DISPATCH_SLOTS(object)                                                                               \
        .GetTypeInfoCount = object##_GetTypeInfoCount, .GetTypeInfo = object##_GetTypeInfo,                  \
        .GetIDsOfNames = object##_GetIDsOfNames, .Invoke = object##_Invoke

#endif
