/*
 * errorinfo.h - what a failed method leaves for GetErrorInfo: who failed, and what happened in words, with the
 * reader, the status word and the tries left. Never a code (PIN).
 *
 * A failure is noted in the thread, in memory that is there already: nothing is allocated until somebody asks.
 */
#ifndef ISCARD_COM_ERRORINFO_H
#define ISCARD_COM_ERRORINFO_H

#include <oaidl.h>

#include "core/card/chv.h"
#include "com/object.h"

/*
 * Inside an object: what is known of the failure hr, before the method's thunk calls error_from. last: the card
 * command, NULL where none was tried; reader: UTF-8, "" or NULL where there is none. A success is not noted.
 */
void error_note(HRESULT hr, const struct card_last *last, const char *reader);

/*
 * By the thunk of each method, with what it is about to return; returns it. iid and method ("ISCardVerify::Verify")
 * are literals. A failure that nobody noted gets the meaning of its code.
 */
HRESULT error_from(const IID *iid, const char *method, HRESULT hr);

/*
 * Into EXCEPINFO, whose strings are the caller's: the error object of this thread, which is taken, where hr left
 * it; else what is known of hr. Strings are NULL where memory is short.
 */
void error_to_exception(HRESULT hr, EXCEPINFO *exception);

/* At CoUninitialize: forgets the error object of this thread. */
void error_forget(void);

/*
 * ISupportErrorInfo of an object: the thunks and the table object_errors_vtbl for the member
 * ISupportErrorInfo_iface of struct object_object. object_query, object_ref and object_unref are the object's; iids
 * lists the interfaces whose methods leave errors, NULL behind the last.
 */
HRESULT error_supported(const IID *const *iids, REFIID riid);

/* NOLINTBEGIN(bugprone-macro-parentheses): names are pasted */
#define ERRORINFO_THUNKS(object, iids)                                                                       \
        static struct object##_object *object##_from_errors(ISupportErrorInfo *iface)                        \
        {                                                                                                    \
                return CONTAINING_RECORD(iface, struct object##_object, ISupportErrorInfo_iface);            \
        }                                                                                                    \
        static HRESULT STDMETHODCALLTYPE object##_errors_QueryInterface(ISupportErrorInfo *iface,            \
                                                                        REFIID riid, void **out)             \
        {                                                                                                    \
                return object##_query(object##_from_errors(iface), riid, out);                               \
        }                                                                                                    \
        static ULONG STDMETHODCALLTYPE object##_errors_AddRef(ISupportErrorInfo *iface)                      \
        {                                                                                                    \
                return object##_ref(object##_from_errors(iface));                                            \
        }                                                                                                    \
        static ULONG STDMETHODCALLTYPE object##_errors_Release(ISupportErrorInfo *iface)                     \
        {                                                                                                    \
                return object##_unref(object##_from_errors(iface));                                          \
        }                                                                                                    \
        static HRESULT STDMETHODCALLTYPE object##_errors_Supports(ISupportErrorInfo *iface, REFIID riid)     \
        {                                                                                                    \
                (void)iface;                                                                                 \
                return error_supported(iids, riid);                                                          \
        }                                                                                                    \
        static const ISupportErrorInfoVtbl object##_errors_vtbl = {                                          \
            .QueryInterface = object##_errors_QueryInterface,                                                \
            .AddRef = object##_errors_AddRef,                                                                \
            .Release = object##_errors_Release,                                                              \
            .InterfaceSupportsErrorInfo = object##_errors_Supports,                                          \
        };
/* NOLINTEND(bugprone-macro-parentheses) */

#endif
