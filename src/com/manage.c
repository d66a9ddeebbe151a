#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include <oleauto.h>

#include "com/attachment.h"
#include "com/dispatch.h"
#include "com/hresult.h"
#include "com/object.h"
#include "com/verify.h"
#include "com/manage.h"

#define READER_NAME_MAX 1024 /* bytes of UTF-8 with the NUL; three USB strings and numbers stay below */

struct manage_object {
        ISCardManage ISCardManage_iface; /* canonical: answers IUnknown and IDispatch too */
        atomic_uint refs;
        struct attachment *attachment; /* counted; shared with the objects made from this one */
};

static struct manage_object *impl_from_ISCardManage(ISCardManage *iface)
{
        return CONTAINING_RECORD(iface, struct manage_object, ISCardManage_iface);
}

static struct attachment *attachment_of(ISCardManage *iface)
{
        return impl_from_ISCardManage(iface)->attachment;
}

static HRESULT manage_query(struct manage_object *manage, REFIID riid, void **out)
{
        if (out == NULL)
                return E_POINTER;
        *out = NULL;
        if (riid == NULL)
                return E_POINTER;
        if (!IsEqualGUID(riid, &IID_IUnknown) && !IsEqualGUID(riid, &IID_IDispatch) &&
            !IsEqualGUID(riid, &IID_ISCardManage))
                return E_NOINTERFACE;
        *out = &manage->ISCardManage_iface;
        (void)object_refs_add(&manage->refs);
        return S_OK;
}

static ULONG manage_unref(struct manage_object *manage)
{
        ULONG refs = object_refs_sub(&manage->refs);

        if (refs != 0)
                return refs;
        attachment_unref(manage->attachment);
        free(manage);
        object_count_sub();
        return 0;
}

static HRESULT STDMETHODCALLTYPE manage_QueryInterface(ISCardManage *iface, REFIID riid, void **out)
{
        return manage_query(impl_from_ISCardManage(iface), riid, out);
}

static ULONG STDMETHODCALLTYPE manage_AddRef(ISCardManage *iface)
{
        return object_refs_add(&impl_from_ISCardManage(iface)->refs);
}

static ULONG STDMETHODCALLTYPE manage_Release(ISCardManage *iface)
{
        return manage_unref(impl_from_ISCardManage(iface));
}

DISPATCH_THUNKS(manage, ISCardManage)

static HRESULT STDMETHODCALLTYPE manage_AttachByHandle(ISCardManage *iface, HSCARD handle)
{
        return attachment_attach_handle(attachment_of(iface), handle);
}

/* One character of UTF-16; *at moves on. 0: a surrogate without its other half, or NUL. */
static uint32_t next_character(const OLECHAR *text, UINT len, UINT *at)
{
        uint32_t unit = text[(*at)++];

        if (unit < 0xD800 || unit > 0xDFFF)
                return unit;
        if (unit > 0xDBFF || *at == len || text[*at] < 0xDC00 || text[*at] > 0xDFFF)
                return 0;
        return 0x10000 + ((unit - 0xD800) << 10) + (uint32_t)(text[(*at)++] - 0xDC00);
}

/* UTF-8 of one character into out; how many bytes. RFC 3629 3. */
static size_t put_utf8(uint32_t character, char out[4])
{
        static const unsigned char lead[] = {0, 0x00, 0xC0, 0xE0, 0xF0};
        size_t len = character < 0x80 ? 1 : character < 0x800 ? 2 : character < 0x10000 ? 3 : 4;

        for (size_t i = len - 1; i > 0; i--) {
                out[i] = (char)(0x80 | (character & 0x3F));
                character >>= 6;
        }
        out[0] = (char)(lead[len] | character);
        return len;
}

/* false: no reader can have this name (too long, a NUL in it, not UTF-16). */
static bool reader_name(const OLECHAR *text, UINT len, char name[READER_NAME_MAX])
{
        size_t used = 0;

        for (UINT at = 0; at < len;) {
                uint32_t character = next_character(text, len, &at);

                if (character == 0 || used + 4 >= READER_NAME_MAX)
                        return false;
                used += put_utf8(character, name + used);
        }
        name[used] = '\0';
        return true;
}

static HRESULT STDMETHODCALLTYPE manage_AttachByIFD(ISCardManage *iface, BSTR reader)
{
        char name[READER_NAME_MAX];
        UINT len = SysStringLen(reader); /* 0 for NULL */

        if (len == 0)
                return E_INVALIDARG;
        if (!reader_name(reader, len, name)) {
                struct attachment *attachment = attachment_of(iface);

                return attachment_attached(attachment) ? E_UNEXPECTED
                                                       : hresult_from_scard(SCARD_E_UNKNOWN_READER);
        }
        return attachment_attach_reader(attachment_of(iface), name, SCARD_SHARE_SHARED);
}

/* Not offered in this version: files, authentication, and interfaces by name. */
static HRESULT STDMETHODCALLTYPE manage_CreateFileAccess(ISCardManage *iface, ISCardFileAccess **out)
{
        (void)iface;
        if (out == NULL)
                return E_POINTER;
        *out = NULL;
        return E_NOTIMPL;
}

static HRESULT STDMETHODCALLTYPE manage_CreateCardAuth(ISCardManage *iface, ISCardAuth **out)
{
        (void)iface;
        if (out == NULL)
                return E_POINTER;
        *out = NULL;
        return E_NOTIMPL;
}

static HRESULT STDMETHODCALLTYPE manage_CreateInterface(ISCardManage *iface, LPGUID iid, BSTR name,
                                                        LONG *user_data, LPUNKNOWN *out)
{
        (void)iface, (void)user_data;
        if (out == NULL)
                return E_POINTER;
        *out = NULL;
        return iid == NULL && name == NULL ? E_POINTER : E_NOTIMPL;
}

static HRESULT STDMETHODCALLTYPE manage_CreateCHVerification(ISCardManage *iface, ISCardVerify **out)
{
        void *verify = NULL;
        HRESULT hr;

        if (out == NULL)
                return E_POINTER;
        hr = verify_create(attachment_of(iface), &IID_ISCardVerify, &verify);
        *out = verify;
        return hr;
}

static HRESULT STDMETHODCALLTYPE manage_Detach(ISCardManage *iface)
{
        return attachment_detach(attachment_of(iface));
}

static HRESULT STDMETHODCALLTYPE manage_SCardLock(ISCardManage *iface)
{
        return attachment_lock(attachment_of(iface));
}

static HRESULT STDMETHODCALLTYPE manage_Reconnect(ISCardManage *iface)
{
        return attachment_reconnect(attachment_of(iface));
}

/* The enumerations have the engine's values; RAW stands for every protocol that is neither T=0 nor T=1. */
static HRESULT STDMETHODCALLTYPE manage_Status(ISCardManage *iface, SCARD_STATES *state,
                                               SCARD_PROTOCOLS *protocol)
{
        DWORD engine_state = 0, engine_protocol = 0;
        HRESULT hr;

        if (state != NULL)
                *state = (SCARD_STATES)0;
        if (protocol != NULL)
                *protocol = (SCARD_PROTOCOLS)0;
        if (state == NULL || protocol == NULL)
                return E_POINTER;
        hr = attachment_status(attachment_of(iface), &engine_state, &engine_protocol);
        if (FAILED(hr))
                return hr;
        if (engine_state < SCARD_ABSENT || engine_state > SCARD_SPECIFIC)
                engine_state = SCARD_ABSENT; /* not known, which the enumeration cannot say */
        *state = (SCARD_STATES)engine_state;
        *protocol = engine_protocol == SCARD_PROTOCOL_T0   ? T0
                    : engine_protocol == SCARD_PROTOCOL_T1 ? T1
                                                           : RAW;
        return S_OK;
}

static HRESULT STDMETHODCALLTYPE manage_SCardUnlock(ISCardManage *iface, SCARD_DISPOSITIONS disposition)
{
        switch (disposition) {
        case LEAVE:
        case RESET:
        case UNPOWER:
        case EJECT:
                return attachment_unlock(attachment_of(iface), (DWORD)disposition);
        default:
                return E_INVALIDARG;
        }
}

static const ISCardManageVtbl manage_vtbl = {
    .QueryInterface = manage_QueryInterface,
    .AddRef = manage_AddRef,
    .Release = manage_Release,
    DISPATCH_SLOTS(manage),
    .AttachByHandle = manage_AttachByHandle,
    .AttachByIFD = manage_AttachByIFD,
    .CreateFileAccess = manage_CreateFileAccess,
    .CreateCardAuth = manage_CreateCardAuth,
    .CreateCHVerification = manage_CreateCHVerification,
    .Detach = manage_Detach,
    .SCardLock = manage_SCardLock,
    .Reconnect = manage_Reconnect,
    .Status = manage_Status,
    .SCardUnlock = manage_SCardUnlock,
    .CreateInterface = manage_CreateInterface,
};

HRESULT manage_create_on(const struct winscard_api *api, REFIID riid, void **out)
{
        struct manage_object *manage;
        HRESULT hr;

        if (out == NULL)
                return E_POINTER;
        *out = NULL;
        manage = calloc(1, sizeof(*manage));
        if (manage == NULL)
                return E_OUTOFMEMORY;
        hr = attachment_create(api, &manage->attachment);
        if (FAILED(hr)) {
                free(manage);
                return hr;
        }
        manage->ISCardManage_iface.lpVtbl = &manage_vtbl;
        atomic_init(&manage->refs, 1);
        object_count_add();
        hr = manage_query(manage, riid, out);
        if (FAILED(hr))
                manage_unref(manage);
        else
                (void)object_refs_sub(&manage->refs); /* the caller's reference stays */
        return hr;
}

HRESULT manage_create(REFIID riid, void **out)
{
        return manage_create_on(&winscard_api_engine, riid, out);
}
