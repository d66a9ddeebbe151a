#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <oleauto.h>
#include <scardcom.h>
#include <scardcom_xp.h>

#include "com/attachment.h"
#include "com/cardauth.h"
#include "com/dispatch.h"
#include "com/errorinfo.h"
#include "com/fileaccess.h"
#include "com/hresult.h"
#include "com/object.h"
#include "com/utf16.h"
#include "com/verify.h"
#include "com/manage.h"

#define READER_NAME_MAX 1024 /* bytes of UTF-8 with the NUL; three USB strings and numbers stay below */

struct manage_object {
        ISCardManage ISCardManage_iface;     /* canonical: answers IUnknown and IDispatch too */
        ISCardManageXP ISCardManageXP_iface; /* the deployed form, same methods, other arguments */
        ISupportErrorInfo ISupportErrorInfo_iface;
        atomic_uint refs;
        struct attachment *attachment; /* counted; shared with the objects made from this one */
};

static struct manage_object *impl_from_ISCardManage(ISCardManage *iface)
{
        return CONTAINING_RECORD(iface, struct manage_object, ISCardManage_iface);
}

static struct manage_object *impl_from_ISCardManageXP(ISCardManageXP *iface)
{
        return CONTAINING_RECORD(iface, struct manage_object, ISCardManageXP_iface);
}

static HRESULT manage_query(struct manage_object *manage, REFIID riid, void **out)
{
        if (out == NULL)
                return E_POINTER;
        *out = NULL;
        if (riid == NULL)
                return E_POINTER;
        if (IsEqualGUID(riid, &IID_IUnknown) || IsEqualGUID(riid, &IID_IDispatch) ||
            IsEqualGUID(riid, &IID_ISCardManage))
                *out = &manage->ISCardManage_iface;
        else if (IsEqualGUID(riid, &IID_ISCardManageXP))
                *out = &manage->ISCardManageXP_iface;
        else if (IsEqualGUID(riid, &IID_ISupportErrorInfo))
                *out = &manage->ISupportErrorInfo_iface;
        else
                return E_NOINTERFACE;
        (void)object_refs_add(&manage->refs);
        return S_OK;
}

static ULONG manage_ref(struct manage_object *manage)
{
        return object_refs_add(&manage->refs);
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

static struct dispatch_forms manage_forms(struct manage_object *manage)
{
        return (struct dispatch_forms){{
            {&dispatch_ISCardManage, &manage->ISCardManage_iface},
            {&dispatch_ISCardManageXP, &manage->ISCardManageXP_iface},
        }};
}

static const IID *const manage_iids[] = {&IID_ISCardManage, &IID_ISCardManageXP, &IID_IDispatch, NULL};

OBJECT_THUNKS(manage, ISCardManage, manage)
DISPATCH_THUNKS(manage, ISCardManage, manage_forms)
OBJECT_THUNKS(manage_xp, ISCardManageXP, manage)
DISPATCH_THUNKS(manage_xp, ISCardManageXP, manage_forms)
ERRORINFO_THUNKS(manage, manage_iids)

/* ---- what both forms do */

/* A failure of something that is attached says on which reader. */
static HRESULT noted(struct manage_object *manage, HRESULT hr)
{
        char reader[READER_NAME_MAX];

        if (FAILED(hr)) {
                attachment_reader(manage->attachment, reader, sizeof(reader));
                error_note(hr, NULL, reader);
        }
        return hr;
}

/* E_UNEXPECTED: attached already, and to what. */
static HRESULT attached(struct manage_object *manage, HRESULT hr)
{
        return hr == E_UNEXPECTED ? noted(manage, hr) : hr;
}

static HRESULT attach_handle(struct manage_object *manage, HSCARD handle)
{
        return attached(manage, attachment_attach_handle(manage->attachment, handle));
}

static HRESULT attach_reader(struct manage_object *manage, BSTR reader, SCARD_SHARE_MODES mode)
{
        char name[READER_NAME_MAX];
        HRESULT hr;
        UINT len = SysStringLen(reader); /* 0 for NULL */

        if (len == 0 || (mode != SHARED && mode != EXCLUSIVE))
                return E_INVALIDARG;
        /* No reader can have a name that is too long, has a NUL in it or is not UTF-16. */
        if (!utf16_to_utf8(reader, len, name, sizeof(name)))
                hr = attachment_attached(manage->attachment) ? E_UNEXPECTED
                                                             : hresult_from_scard(SCARD_E_UNKNOWN_READER);
        else
                hr = attachment_attach_reader(manage->attachment, name,
                                              mode == EXCLUSIVE ? SCARD_SHARE_EXCLUSIVE : SCARD_SHARE_SHARED);
        return attached(manage, hr);
}

/* What is made on an attachment: by the identifier of either form, or by name. */
static const struct creatable {
        const char *name;
        const IID *iid, *xp_iid;
        HRESULT (*create)(struct attachment *attachment, const char *profile, REFIID riid, void **out);
} creatables[] = {
    {"SCardVerify", &IID_ISCardVerify, &IID_ISCardVerifyXP, verify_create},
    {"SCardFileAccess", &IID_ISCardFileAccess, &IID_ISCardFileAccessXP, fileaccess_create},
    {"SCardAuth", &IID_ISCardAuth, &IID_ISCardAuthXP, cardauth_create},
};

#define CREATABLES_LEN     (sizeof(creatables) / sizeof(creatables[0]))
#define CREATABLE_NAME_MAX 64

static HRESULT create(struct manage_object *manage, const struct creatable *creatable, const char *profile,
                      REFIID riid, void **out)
{
        *out = NULL;
        return creatable->create(manage->attachment, profile, riid, out);
}

static HRESULT create_by_iid(struct manage_object *manage, REFIID riid, void **out)
{
        for (size_t i = 0; i < CREATABLES_LEN; i++) {
                if (IsEqualIID(creatables[i].iid, riid) || IsEqualIID(creatables[i].xp_iid, riid))
                        return create(manage, &creatables[i], NULL, riid, out);
        }
        return E_NOINTERFACE;
}

/* "SCardVerify", "ISCardVerify", "SCardVerify:piv"; any case. */
static HRESULT create_by_name(struct manage_object *manage, BSTR text, void **out)
{
        char name[CREATABLE_NAME_MAX], *profile, *plain = name;

        if (!utf16_to_utf8(text, SysStringLen(text), name, sizeof(name)))
                return E_NOINTERFACE;
        profile = strchr(name, ':');
        if (profile != NULL)
                *profile++ = '\0';
        if (strcasecmp(name, "CryptoProvider") == 0)
                return E_NOTIMPL;
        if (name[0] == 'I' || name[0] == 'i')
                plain++;
        for (size_t i = 0; i < CREATABLES_LEN; i++) {
                if (strcasecmp(creatables[i].name, plain) == 0)
                        return create(manage, &creatables[i], profile, &IID_IUnknown, out);
        }
        return E_NOINTERFACE;
}

static HRESULT create_interface(struct manage_object *manage, LPGUID iid, BSTR name, LPUNKNOWN *out)
{
        void *made = NULL;
        HRESULT hr;

        if (out == NULL)
                return E_POINTER;
        *out = NULL;
        if (iid == NULL && name == NULL)
                return E_POINTER;
        hr = iid != NULL ? create_by_iid(manage, iid, &made) : create_by_name(manage, name, &made);
        *out = made;
        return hr;
}

/* The enumerations have the engine's values; RAW stands for every protocol that is neither T=0 nor T=1. */
static HRESULT get_status(struct manage_object *manage, SCARD_STATES *state, SCARD_PROTOCOLS *protocol)
{
        DWORD engine_state = 0, engine_protocol = 0;
        HRESULT hr;

        if (state != NULL)
                *state = (SCARD_STATES)0;
        if (protocol != NULL)
                *protocol = (SCARD_PROTOCOLS)0;
        if (state == NULL || protocol == NULL)
                return E_POINTER;
        hr = attachment_status(manage->attachment, &engine_state, &engine_protocol);
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

static HRESULT unlock(struct manage_object *manage, SCARD_DISPOSITIONS disposition)
{
        switch (disposition) {
        case LEAVE:
        case RESET:
        case UNPOWER:
        case EJECT:
                return attachment_unlock(manage->attachment, (DWORD)disposition);
        default:
                return E_INVALIDARG;
        }
}

/* ---- the slots of the documented form */

#define REPORT(method, hr) error_from(&IID_ISCardManage, "ISCardManage::" method, hr)

static HRESULT STDMETHODCALLTYPE manage_AttachByHandle(ISCardManage *iface, HSCARD handle)
{
        struct manage_object *manage = impl_from_ISCardManage(iface);

        return REPORT("AttachByHandle", attach_handle(manage, handle));
}

static HRESULT STDMETHODCALLTYPE manage_AttachByIFD(ISCardManage *iface, BSTR reader)
{
        struct manage_object *manage = impl_from_ISCardManage(iface);

        return REPORT("AttachByIFD", attach_reader(manage, reader, SHARED));
}

static HRESULT STDMETHODCALLTYPE manage_CreateFileAccess(ISCardManage *iface, ISCardFileAccess **out)
{
        void *made = NULL;
        HRESULT hr;

        if (out == NULL)
                return REPORT("CreateFileAccess", E_POINTER);
        hr = create_by_iid(impl_from_ISCardManage(iface), &IID_ISCardFileAccess, &made);
        *out = made;
        return REPORT("CreateFileAccess", hr);
}

static HRESULT STDMETHODCALLTYPE manage_CreateCardAuth(ISCardManage *iface, ISCardAuth **out)
{
        void *made = NULL;
        HRESULT hr;

        if (out == NULL)
                return REPORT("CreateCardAuth", E_POINTER);
        hr = create_by_iid(impl_from_ISCardManage(iface), &IID_ISCardAuth, &made);
        *out = made;
        return REPORT("CreateCardAuth", hr);
}

static HRESULT STDMETHODCALLTYPE manage_CreateCHVerification(ISCardManage *iface, ISCardVerify **out)
{
        void *made = NULL;
        HRESULT hr;

        if (out == NULL)
                return REPORT("CreateCHVerification", E_POINTER);
        hr = create_by_iid(impl_from_ISCardManage(iface), &IID_ISCardVerify, &made);
        *out = made;
        return REPORT("CreateCHVerification", hr);
}

static HRESULT STDMETHODCALLTYPE manage_Detach(ISCardManage *iface)
{
        struct manage_object *manage = impl_from_ISCardManage(iface);

        return REPORT("Detach", attachment_detach(manage->attachment));
}

static HRESULT STDMETHODCALLTYPE manage_SCardLock(ISCardManage *iface)
{
        struct manage_object *manage = impl_from_ISCardManage(iface);

        return REPORT("SCardLock", noted(manage, attachment_lock(manage->attachment)));
}

static HRESULT STDMETHODCALLTYPE manage_Reconnect(ISCardManage *iface)
{
        struct manage_object *manage = impl_from_ISCardManage(iface);

        return REPORT("Reconnect", noted(manage, attachment_reconnect(manage->attachment)));
}

static HRESULT STDMETHODCALLTYPE manage_Status(ISCardManage *iface, SCARD_STATES *state,
                                               SCARD_PROTOCOLS *protocol)
{
        struct manage_object *manage = impl_from_ISCardManage(iface);

        return REPORT("Status", noted(manage, get_status(manage, state, protocol)));
}

static HRESULT STDMETHODCALLTYPE manage_SCardUnlock(ISCardManage *iface, SCARD_DISPOSITIONS disposition)
{
        struct manage_object *manage = impl_from_ISCardManage(iface);

        return REPORT("SCardUnlock", noted(manage, unlock(manage, disposition)));
}

static HRESULT STDMETHODCALLTYPE manage_CreateInterface(ISCardManage *iface, LPGUID iid, BSTR name,
                                                        LONG *user_data, LPUNKNOWN *out)
{
        struct manage_object *manage = impl_from_ISCardManage(iface);

        (void)user_data;
        return REPORT("CreateInterface", create_interface(manage, iid, name, out));
}

static const ISCardManageVtbl manage_vtbl = {
    OBJECT_SLOTS(manage),
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

#undef REPORT

/* ---- the slots of the deployed form */

#define REPORT(method, hr) error_from(&IID_ISCardManageXP, "ISCardManage::" method, hr)

static HRESULT STDMETHODCALLTYPE manage_xp_AttachByHandle(ISCardManageXP *iface, HSCARD handle)
{
        struct manage_object *manage = impl_from_ISCardManageXP(iface);

        return REPORT("AttachByHandle", attach_handle(manage, handle));
}

static HRESULT STDMETHODCALLTYPE manage_xp_AttachByIFD(ISCardManageXP *iface, BSTR reader,
                                                       SCARD_SHARE_MODES mode)
{
        struct manage_object *manage = impl_from_ISCardManageXP(iface);

        return REPORT("AttachByIFD", attach_reader(manage, reader, mode));
}

static HRESULT STDMETHODCALLTYPE manage_xp_CreateFileAccess(ISCardManageXP *iface, ISCardFileAccessXP **out)
{
        void *made = NULL;
        HRESULT hr;

        if (out == NULL)
                return REPORT("CreateFileAccess", E_POINTER);
        hr = create_by_iid(impl_from_ISCardManageXP(iface), &IID_ISCardFileAccessXP, &made);
        *out = made;
        return REPORT("CreateFileAccess", hr);
}

static HRESULT STDMETHODCALLTYPE manage_xp_CreateCardAuth(ISCardManageXP *iface, ISCardAuthXP **out)
{
        void *made = NULL;
        HRESULT hr;

        if (out == NULL)
                return REPORT("CreateCardAuth", E_POINTER);
        hr = create_by_iid(impl_from_ISCardManageXP(iface), &IID_ISCardAuthXP, &made);
        *out = made;
        return REPORT("CreateCardAuth", hr);
}

static HRESULT STDMETHODCALLTYPE manage_xp_CreateCHVerification(ISCardManageXP *iface, ISCardVerifyXP **out)
{
        void *made = NULL;
        HRESULT hr;

        if (out == NULL)
                return REPORT("CreateCHVerification", E_POINTER);
        hr = create_by_iid(impl_from_ISCardManageXP(iface), &IID_ISCardVerifyXP, &made);
        *out = made;
        return REPORT("CreateCHVerification", hr);
}

static HRESULT STDMETHODCALLTYPE manage_xp_Detach(ISCardManageXP *iface)
{
        struct manage_object *manage = impl_from_ISCardManageXP(iface);

        return REPORT("Detach", attachment_detach(manage->attachment));
}

static HRESULT STDMETHODCALLTYPE manage_xp_SCardLock(ISCardManageXP *iface)
{
        struct manage_object *manage = impl_from_ISCardManageXP(iface);

        return REPORT("SCardLock", noted(manage, attachment_lock(manage->attachment)));
}

static HRESULT STDMETHODCALLTYPE manage_xp_Reconnect(ISCardManageXP *iface)
{
        struct manage_object *manage = impl_from_ISCardManageXP(iface);

        return REPORT("Reconnect", noted(manage, attachment_reconnect(manage->attachment)));
}

static HRESULT STDMETHODCALLTYPE manage_xp_Status(ISCardManageXP *iface, SCARD_STATES *state,
                                                  SCARD_PROTOCOLS *protocol)
{
        struct manage_object *manage = impl_from_ISCardManageXP(iface);

        return REPORT("Status", noted(manage, get_status(manage, state, protocol)));
}

static HRESULT STDMETHODCALLTYPE manage_xp_SCardUnlock(ISCardManageXP *iface, SCARD_DISPOSITIONS disposition)
{
        struct manage_object *manage = impl_from_ISCardManageXP(iface);

        return REPORT("SCardUnlock", noted(manage, unlock(manage, disposition)));
}

static HRESULT STDMETHODCALLTYPE manage_xp_CreateInterface(ISCardManageXP *iface, LPGUID iid, BSTR name,
                                                           LONG *user_data, LPUNKNOWN *out)
{
        struct manage_object *manage = impl_from_ISCardManageXP(iface);

        (void)user_data;
        return REPORT("CreateInterface", create_interface(manage, iid, name, out));
}

static const ISCardManageXPVtbl manage_xp_vtbl = {
    OBJECT_SLOTS(manage_xp),
    DISPATCH_SLOTS(manage_xp),
    .AttachByHandle = manage_xp_AttachByHandle,
    .AttachByIFD = manage_xp_AttachByIFD,
    .CreateFileAccess = manage_xp_CreateFileAccess,
    .CreateCardAuth = manage_xp_CreateCardAuth,
    .CreateCHVerification = manage_xp_CreateCHVerification,
    .Detach = manage_xp_Detach,
    .SCardLock = manage_xp_SCardLock,
    .Reconnect = manage_xp_Reconnect,
    .Status = manage_xp_Status,
    .SCardUnlock = manage_xp_SCardUnlock,
    .CreateInterface = manage_xp_CreateInterface,
};

#undef REPORT

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
        manage->ISCardManageXP_iface.lpVtbl = &manage_xp_vtbl;
        manage->ISupportErrorInfo_iface.lpVtbl = &manage_errors_vtbl;
        atomic_init(&manage->refs, 1);
        object_count_add();
        hr = manage_query(manage, riid, out);
        (void)manage_unref(manage); /* the caller's reference stays, where there is one */
        return hr;
}

HRESULT manage_create(REFIID riid, void **out)
{
        return manage_create_on(&winscard_api_engine, riid, out);
}
