/*
 * dispatch.h - IDispatch of every object: tables made from the IDL, and the functions that work on them.
 *
 * An object lists its forms: each interface whose methods can be called late-bound, with its pointer. Methods
 * of different forms that share a dispatch identifier are told apart by the count and the types of the
 * arguments; where both fit equally well the first form in the list is called.
 *
 * What the IDL says of a parameter, and what it means here:
 *   [in]                 a value, or VT_BYREF of one
 *   [out]                VT_BYREF, also of VT_VARIANT: what the variable held is freed, so it holds something of
 *                        its type, or nothing (NULL). One [out] may be left out: it is the result
 *   [in, out]            VT_BYREF; by value it is read and not given back. One that is not a number may be left
 *                        out like [out], and is NULL before the call
 *   unique               the pointer may be NULL, so the argument may be missing
 *   defaultvalue         likewise
 *   size_is, length_is   the bytes behind a BYTE *: never more than the array has
 */
#ifndef ISCARD_COM_DISPATCH_H
#define ISCARD_COM_DISPATCH_H

#include <stdbool.h>
#include <stdint.h>

#include <oleauto.h>
#include <scardtypes.h>

#define DISPATCH_PARAMS_MAX 6
#define DISPATCH_FORMS_MAX  3

/* What an argument is made of; pointers to it where .pointer. */
enum dispatch_kind {
        DISPATCH_NUMBER, /* LONG and enumerations: VT_I4 */
        DISPATCH_HANDLE, /* HSCARD, HSCARD_FILE: VT_I8 */
        DISPATCH_TEXT,   /* VT_BSTR */
        DISPATCH_OBJECT, /* VT_DISPATCH, VT_UNKNOWN */
        DISPATCH_GUID,   /* VT_BSTR "{...}" */
        DISPATCH_BYTES,  /* BYTE *: VT_ARRAY of VT_UI1, or of VT_VARIANT with numbers */
        DISPATCH_TABLE,  /* TLV_TABLE: likewise */
        DISPATCH_TEXTS,  /* SAFEARRAY(BSTR): VT_ARRAY of VT_BSTR */
        DISPATCH_STAT,   /* STATSTRUCT: VT_ARRAY of VT_I4, its five members */
};

struct dispatch_param {
        const char *name;
        enum dispatch_kind kind;
        bool in, out, pointer, optional;
        const IID *iid;            /* of an object */
        LONG number;               /* where it is missing */
        int8_t size_is, length_is; /* of bytes: the parameters that say so; -1: none */
};

/* An argument on its way to the method, and an output on its way back. Zeroed: nothing given. */
struct dispatch_value {
        bool given; /* a pointer to it is passed, not NULL */
        LONG number;
        ULONG_PTR handle;
        BSTR text;
        void *object; /* of the parameter's interface type */
        GUID guid;
        BYTE *bytes;
        TLV_TABLE table;
        LPTLV_TABLE tables; /* &table, NULL, or what the method made */
        SAFEARRAY *array;
        STATSTRUCT stat;
        /* What the call has to give back, whatever comes of it. */
        BSTR own_text;
        void *own_object;  /* the one passed in: a method does not release it when it replaces it */
        SAFEARRAY *locked; /* bytes or table point into it */
        size_t bytes_len;  /* of bytes; secret_alloc memory unless they are in locked or array */
};

struct dispatch_method {
        const char *name;
        DISPID id;
        WORD kind; /* DISPATCH_METHOD, _PROPERTYGET or _PROPERTYPUT */
        const struct dispatch_param *params;
        unsigned params_len;
        HRESULT (*call)(void *iface, struct dispatch_value *values);
};

struct dispatch_interface {
        const char *name;
        const IID *iid;
        const struct dispatch_method *methods;
        unsigned methods_len;
};

extern const struct dispatch_interface dispatch_ISCardManage, dispatch_ISCardManageXP;
extern const struct dispatch_interface dispatch_ISCardVerify, dispatch_ISCardVerifyXP;
extern const struct dispatch_interface dispatch_ISCardUnblockData;
extern const struct dispatch_interface dispatch_ISCardFileAccess, dispatch_ISCardFileAccessXP;
extern const struct dispatch_interface dispatch_ISCardAuth, dispatch_ISCardAuthXP;
extern const struct dispatch_interface dispatch_IByteBuffer;

/* One interface of an object. */
struct dispatch_form {
        const struct dispatch_interface *interface;
        void *iface;
};

/* An object's list, the documented form first; an entry of NULLs ends a shorter one. Nothing is counted. */
struct dispatch_forms {
        struct dispatch_form form[DISPATCH_FORMS_MAX];
};

/* 0 type informations. E_POINTER. */
HRESULT dispatch_type_info_count(UINT *count);
/* DISP_E_BADINDEX, *info NULL: there is none, whatever the index. E_POINTER. */
HRESULT dispatch_type_info(ITypeInfo **info);
/* IDispatch::GetIDsOfNames. Names are compared without regard to case; the first is a method's, the others its
 * parameters'. */
HRESULT dispatch_ids_of_names(const struct dispatch_forms *forms, REFIID riid, LPOLESTR *names,
                              UINT names_len, DISPID *ids);
/* IDispatch::Invoke. result, exception and argument may be NULL. */
HRESULT dispatch_invoke(const struct dispatch_forms *forms, DISPID member, REFIID riid, WORD flags,
                        DISPPARAMS *params, VARIANT *result, EXCEPINFO *exception, UINT *argument);

/*
 * The four thunks of one interface: prefix_GetTypeInfoCount and so on for an interface of type iface_type,
 * which impl_from_iface_type turns into its object; list(object) gives its struct dispatch_forms.
 */
/* NOLINTBEGIN(bugprone-macro-parentheses): a type cannot stand in parentheses */
#define DISPATCH_THUNKS(prefix, iface_type, list)                                                            \
        static HRESULT STDMETHODCALLTYPE prefix##_GetTypeInfoCount(iface_type *iface, UINT *count)           \
        {                                                                                                    \
                (void)iface;                                                                                 \
                return dispatch_type_info_count(count);                                                      \
        }                                                                                                    \
        static HRESULT STDMETHODCALLTYPE prefix##_GetTypeInfo(iface_type *iface, UINT index, LCID locale,    \
                                                              ITypeInfo **info)                              \
        {                                                                                                    \
                (void)iface, (void)index, (void)locale;                                                      \
                return dispatch_type_info(info);                                                             \
        }                                                                                                    \
        static HRESULT STDMETHODCALLTYPE prefix##_GetIDsOfNames(                                             \
            iface_type *iface, REFIID riid, LPOLESTR *names, UINT names_len, LCID locale, DISPID *ids)       \
        {                                                                                                    \
                struct dispatch_forms forms = list(impl_from_##iface_type(iface));                           \
                                                                                                             \
                (void)locale;                                                                                \
                return dispatch_ids_of_names(&forms, riid, names, names_len, ids);                           \
        }                                                                                                    \
        static HRESULT STDMETHODCALLTYPE prefix##_Invoke(                                                    \
            iface_type *iface, DISPID member, REFIID riid, LCID locale, WORD flags, DISPPARAMS *params,      \
            VARIANT *result, EXCEPINFO *exception, UINT *argument)                                           \
        {                                                                                                    \
                struct dispatch_forms forms = list(impl_from_##iface_type(iface));                           \
                                                                                                             \
                (void)locale;                                                                                \
                return dispatch_invoke(&forms, member, riid, flags, params, result, exception, argument);    \
        }

/* NOLINTEND(bugprone-macro-parentheses) */
#define DISPATCH_SLOTS(prefix)                                                                               \
        .GetTypeInfoCount = prefix##_GetTypeInfoCount, .GetTypeInfo = prefix##_GetTypeInfo,                  \
        .GetIDsOfNames = prefix##_GetIDsOfNames, .Invoke = prefix##_Invoke

#endif
