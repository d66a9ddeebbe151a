#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COBJMACROS
#include <oleauto.h>

#include "core/status.h"
#include "com/hresult.h"
#include "com/object.h"
#include "com/utf16.h"
#include "com/errorinfo.h"

#define SOURCE       "libiscard"
#define TEXT_MAX     512 /* bytes with the NUL: a command, words, a status word, the name of a reader */
#define SOURCE_MAX   64
#define PRESENT_MARK ((void *)&forget_key)

/* ---- the error object */

struct error_object {
        IErrorInfo IErrorInfo_iface; /* canonical: answers IUnknown too */
        ICreateErrorInfo ICreateErrorInfo_iface;
        atomic_uint refs;
        pthread_mutex_t mutex; /* the rest */
        GUID guid;
        BSTR source, description, help_file;
        DWORD help_context;
};

static struct error_object *impl_from_IErrorInfo(IErrorInfo *iface)
{
        return CONTAINING_RECORD(iface, struct error_object, IErrorInfo_iface);
}

static struct error_object *impl_from_ICreateErrorInfo(ICreateErrorInfo *iface)
{
        return CONTAINING_RECORD(iface, struct error_object, ICreateErrorInfo_iface);
}

static HRESULT error_query(struct error_object *error, REFIID riid, void **out)
{
        if (out == NULL)
                return E_POINTER;
        *out = NULL;
        if (riid == NULL)
                return E_POINTER;
        if (IsEqualIID(riid, &IID_IUnknown) || IsEqualIID(riid, &IID_IErrorInfo))
                *out = &error->IErrorInfo_iface;
        else if (IsEqualIID(riid, &IID_ICreateErrorInfo))
                *out = &error->ICreateErrorInfo_iface;
        else
                return E_NOINTERFACE;
        (void)object_refs_add(&error->refs);
        return S_OK;
}

static ULONG error_ref(struct error_object *error)
{
        return object_refs_add(&error->refs);
}

static ULONG error_unref(struct error_object *error)
{
        ULONG refs = object_refs_sub(&error->refs);

        if (refs != 0)
                return refs;
        SysFreeString(error->source);
        SysFreeString(error->description);
        SysFreeString(error->help_file);
        pthread_mutex_destroy(&error->mutex);
        free(error);
        object_count_sub();
        return 0;
}

OBJECT_THUNKS(error_info, IErrorInfo, error)
OBJECT_THUNKS(error_create, ICreateErrorInfo, error)

static HRESULT STDMETHODCALLTYPE error_info_GetGUID(IErrorInfo *iface, GUID *guid)
{
        struct error_object *error = impl_from_IErrorInfo(iface);

        if (guid == NULL)
                return E_POINTER;
        pthread_mutex_lock(&error->mutex);
        *guid = error->guid;
        pthread_mutex_unlock(&error->mutex);
        return S_OK;
}

/* A copy for the caller; a text that was not set is NULL. */
static HRESULT get_text(struct error_object *error, const BSTR *text, BSTR *out)
{
        HRESULT hr = S_OK;

        if (out == NULL)
                return E_POINTER;
        *out = NULL;
        pthread_mutex_lock(&error->mutex);
        if (*text != NULL) {
                *out = SysAllocStringLen(*text, SysStringLen(*text));
                if (*out == NULL)
                        hr = E_OUTOFMEMORY;
        }
        pthread_mutex_unlock(&error->mutex);
        return hr;
}

static HRESULT set_text(struct error_object *error, BSTR *text, const OLECHAR *value)
{
        BSTR copy = SysAllocString(value), old;

        if (copy == NULL && value != NULL)
                return E_OUTOFMEMORY;
        pthread_mutex_lock(&error->mutex);
        old = *text;
        *text = copy;
        pthread_mutex_unlock(&error->mutex);
        SysFreeString(old);
        return S_OK;
}

static HRESULT STDMETHODCALLTYPE error_info_GetSource(IErrorInfo *iface, BSTR *source)
{
        struct error_object *error = impl_from_IErrorInfo(iface);

        return get_text(error, &error->source, source);
}

static HRESULT STDMETHODCALLTYPE error_info_GetDescription(IErrorInfo *iface, BSTR *description)
{
        struct error_object *error = impl_from_IErrorInfo(iface);

        return get_text(error, &error->description, description);
}

static HRESULT STDMETHODCALLTYPE error_info_GetHelpFile(IErrorInfo *iface, BSTR *file)
{
        struct error_object *error = impl_from_IErrorInfo(iface);

        return get_text(error, &error->help_file, file);
}

static HRESULT STDMETHODCALLTYPE error_info_GetHelpContext(IErrorInfo *iface, DWORD *context)
{
        struct error_object *error = impl_from_IErrorInfo(iface);

        if (context == NULL)
                return E_POINTER;
        pthread_mutex_lock(&error->mutex);
        *context = error->help_context;
        pthread_mutex_unlock(&error->mutex);
        return S_OK;
}

static HRESULT STDMETHODCALLTYPE error_create_SetGUID(ICreateErrorInfo *iface, REFGUID guid)
{
        struct error_object *error = impl_from_ICreateErrorInfo(iface);

        if (guid == NULL)
                return E_POINTER;
        pthread_mutex_lock(&error->mutex);
        error->guid = *guid;
        pthread_mutex_unlock(&error->mutex);
        return S_OK;
}

static HRESULT STDMETHODCALLTYPE error_create_SetSource(ICreateErrorInfo *iface, LPOLESTR source)
{
        struct error_object *error = impl_from_ICreateErrorInfo(iface);

        return set_text(error, &error->source, source);
}

static HRESULT STDMETHODCALLTYPE error_create_SetDescription(ICreateErrorInfo *iface, LPOLESTR description)
{
        struct error_object *error = impl_from_ICreateErrorInfo(iface);

        return set_text(error, &error->description, description);
}

static HRESULT STDMETHODCALLTYPE error_create_SetHelpFile(ICreateErrorInfo *iface, LPOLESTR file)
{
        struct error_object *error = impl_from_ICreateErrorInfo(iface);

        return set_text(error, &error->help_file, file);
}

static HRESULT STDMETHODCALLTYPE error_create_SetHelpContext(ICreateErrorInfo *iface, DWORD context)
{
        struct error_object *error = impl_from_ICreateErrorInfo(iface);

        pthread_mutex_lock(&error->mutex);
        error->help_context = context;
        pthread_mutex_unlock(&error->mutex);
        return S_OK;
}

static const IErrorInfoVtbl error_info_vtbl = {
    OBJECT_SLOTS(error_info),
    .GetGUID = error_info_GetGUID,
    .GetSource = error_info_GetSource,
    .GetDescription = error_info_GetDescription,
    .GetHelpFile = error_info_GetHelpFile,
    .GetHelpContext = error_info_GetHelpContext,
};

static const ICreateErrorInfoVtbl error_create_vtbl = {
    OBJECT_SLOTS(error_create),
    .SetGUID = error_create_SetGUID,
    .SetSource = error_create_SetSource,
    .SetDescription = error_create_SetDescription,
    .SetHelpFile = error_create_SetHelpFile,
    .SetHelpContext = error_create_SetHelpContext,
};

/* Empty, with one reference; NULL: out of memory. */
static struct error_object *error_new(void)
{
        struct error_object *error = calloc(1, sizeof(*error));

        if (error == NULL)
                return NULL;
        error->IErrorInfo_iface.lpVtbl = &error_info_vtbl;
        error->ICreateErrorInfo_iface.lpVtbl = &error_create_vtbl;
        atomic_init(&error->refs, 1);
        pthread_mutex_init(&error->mutex, NULL);
        object_count_add();
        return error;
}

/* ---- what a thread knows of its last failure */

/* Invariant: not both a note (present) and an object. */
static _Thread_local struct {
        bool fresh;   /* noted inside a method whose thunk has not seen it yet */
        bool command; /* ...with the name of the card command before it */
        bool present; /* a failure that was returned, and not asked for */
        HRESULT hr;
        const IID *iid;
        const char *method;
        char text[TEXT_MAX];
        IErrorInfo *object; /* what SetErrorInfo was given */
} note;

static pthread_key_t forget_key;
static pthread_once_t forget_once = PTHREAD_ONCE_INIT;
static bool forget_key_made;

void error_forget(void)
{
        IErrorInfo *object = note.object;

        note.object = NULL;
        note.present = false;
        note.fresh = false;
        if (object != NULL)
                IErrorInfo_Release(object);
}

static void forget_at_exit(void *unused)
{
        (void)unused;
        error_forget();
}

static void make_forget_key(void)
{
        forget_key_made = pthread_key_create(&forget_key, forget_at_exit) == 0;
}

/* A thread may outlive the library, where a program unloads it: nothing of ours may be called at its end then. */
__attribute__((destructor)) static void delete_forget_key(void)
{
        if (forget_key_made)
                (void)pthread_key_delete(forget_key);
        forget_key_made = false;
}

static const char *words_of(HRESULT hr)
{
        const char *words = hresult_text(hr);

        return words != NULL ? words : "a failure that has no name here";
}

/* What the card command came to: its status word in words, unless the code says more. */
static void describe_command(char *text, size_t room, HRESULT hr, const struct card_last *last)
{
        char words[128], tries[32] = "", sw[16] = "";
        /* A card that did what it was told is not the failure: the file is of the wrong kind, the answer too long. */
        bool done = last->sw == 0x9000 || last->sw >> 8 == 0x61;
        bool plain = last->sw == 0 || done || hr == SCARD_W_CARD_NOT_AUTHENTICATED || hr == SCARD_E_TIMEOUT ||
                     hr == SCARD_W_CANCELLED_BY_USER;
        /* A question about a code comes with its tries; without them it is the card's own answer that was wrong. */
        bool unproved = hr == SCARD_W_CARD_NOT_AUTHENTICATED && done && last->tries < 0;
        /* Only after entry on a reader's keys does such a status word make the code wrong. */
        const char *typed = hr == SCARD_E_INVALID_CHV ? status_pinpad_text(last->sw) : NULL;

        if (typed != NULL)
                (void)snprintf(words, sizeof(words), "%s", typed);
        else if (unproved)
                (void)snprintf(words, sizeof(words), "the card has not shown that it knows the key");
        else if (plain)
                (void)snprintf(words, sizeof(words), "%s", words_of(hr));
        else
                (void)status_sw_text(last->sw, words, sizeof(words));
        if (last->tries >= 0 && strstr(words, "left") == NULL)
                (void)snprintf(tries, sizeof(tries), ", %d %s left", last->tries,
                               last->tries == 1 ? "try" : "tries");
        if (last->sw != 0)
                (void)snprintf(sw, sizeof(sw), " (SW %04X)", last->sw);
        (void)snprintf(text, room, "%s: %s%s%s", last->command, words, tries, sw);
}

static void append_reader(char *text, size_t room, const char *reader)
{
        size_t used = strlen(text);

        if (reader != NULL && reader[0] != '\0')
                (void)snprintf(text + used, room - used, ", reader \"%s\"", reader);
}

void error_note(HRESULT hr, const struct card_last *last, const char *reader)
{
        if (SUCCEEDED(hr))
                return;
        note.command = last != NULL && last->command != NULL;
        if (note.command)
                describe_command(note.text, sizeof(note.text), hr, last);
        else
                (void)snprintf(note.text, sizeof(note.text), "%s", words_of(hr));
        append_reader(note.text, sizeof(note.text), reader);
        note.hr = hr;
        note.fresh = true;
}

HRESULT error_from(const IID *iid, const char *method, HRESULT hr)
{
        bool noted = note.fresh && note.hr == hr;
        char words[TEXT_MAX];

        if (SUCCEEDED(hr)) {
                note.fresh = false;
                return hr;
        }
        if (note.object != NULL)
                error_forget();
        if (!noted || !note.command) {
                (void)snprintf(words, sizeof(words), "%s", noted ? note.text : words_of(hr));
                (void)snprintf(note.text, sizeof(note.text), "%.60s: %.448s", method, words);
        }
        note.fresh = false;
        note.present = true;
        note.hr = hr;
        note.iid = iid;
        note.method = method;
        return hr;
}

HRESULT error_supported(const IID *const *iids, REFIID riid)
{
        for (; riid != NULL && *iids != NULL; iids++) {
                if (IsEqualIID(*iids, riid))
                        return S_OK;
        }
        return S_FALSE;
}

/* "libiscard.ISCardVerify" of "ISCardVerify::Verify". */
static BSTR source_of_note(void)
{
        char source[SOURCE_MAX];
        size_t len = strcspn(note.method, ":");

        (void)snprintf(source, sizeof(source), SOURCE ".%.*s", (int)len, note.method);
        return utf16_bstr(source);
}

/* The note as an object, which takes its place. */
static HRESULT object_of_note(IErrorInfo **out)
{
        struct error_object *error = error_new();

        if (error == NULL)
                return E_OUTOFMEMORY;
        error->guid = *note.iid;
        error->source = source_of_note();
        error->description = utf16_bstr(note.text);
        if (error->source == NULL || error->description == NULL) {
                (void)error_unref(error);
                return E_OUTOFMEMORY;
        }
        note.present = false;
        *out = &error->IErrorInfo_iface;
        return S_OK;
}

static void object_to_exception(IErrorInfo *object, EXCEPINFO *exception)
{
        (void)IErrorInfo_GetSource(object, &exception->bstrSource);
        (void)IErrorInfo_GetDescription(object, &exception->bstrDescription);
        (void)IErrorInfo_GetHelpFile(object, &exception->bstrHelpFile);
        (void)IErrorInfo_GetHelpContext(object, &exception->dwHelpContext);
}

void error_to_exception(HRESULT hr, EXCEPINFO *exception)
{
        exception->scode = hr;
        if (note.object != NULL) {
                object_to_exception(note.object, exception);
        } else if (note.present && note.hr == hr) {
                exception->bstrSource = source_of_note();
                exception->bstrDescription = utf16_bstr(note.text);
        } else {
                exception->bstrSource = utf16_bstr(SOURCE);
                exception->bstrDescription = utf16_bstr(words_of(hr));
        }
        error_forget();
}

/* ---- the functions of <oleauto.h> */

HRESULT WINAPI CreateErrorInfo(ICreateErrorInfo **pperrinfo)
{
        struct error_object *error;

        if (pperrinfo == NULL)
                return E_INVALIDARG;
        *pperrinfo = NULL;
        error = error_new();
        if (error == NULL)
                return E_OUTOFMEMORY;
        *pperrinfo = &error->ICreateErrorInfo_iface;
        return S_OK;
}

HRESULT WINAPI SetErrorInfo(ULONG dwReserved, IErrorInfo *perrinfo)
{
        if (dwReserved != 0)
                return E_INVALIDARG;
        if (perrinfo != NULL) {
                /* A thread that ends gives it back; where there is no key it would only be lost. */
                (void)pthread_once(&forget_once, make_forget_key);
                if (!forget_key_made || pthread_setspecific(forget_key, PRESENT_MARK) != 0)
                        return E_OUTOFMEMORY;
                IErrorInfo_AddRef(perrinfo);
        }
        error_forget();
        note.object = perrinfo;
        return S_OK;
}

HRESULT WINAPI GetErrorInfo(ULONG dwReserved, IErrorInfo **pperrinfo)
{
        if (pperrinfo == NULL)
                return E_INVALIDARG;
        *pperrinfo = NULL;
        if (dwReserved != 0)
                return E_INVALIDARG;
        if (note.object != NULL) {
                *pperrinfo = note.object;
                note.object = NULL; /* transferred */
                return S_OK;
        }
        return note.present ? object_of_note(pperrinfo) : S_FALSE;
}
