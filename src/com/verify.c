#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

#include <scardcom.h>
#include <scardcom_xp.h>

#include "core/card/profile.h"
#include "com/code.h"
#include "com/dispatch.h"
#include "com/errorinfo.h"
#include "com/object.h"
#include "com/unblockdata.h"
#include "com/verify.h"

/* The flags that each method takes; every other bit is E_INVALIDARG. */
#define REFERENCE_FLAGS ((ULONG)SC_FL_IHV_GLOBAL | (ULONG)SC_FL_IHV_LOCAL)
#define VERIFY_FLAGS    (REFERENCE_FLAGS | (ULONG)SC_FL_IHV_CHECKONLY)
#define CHANGE_KINDS    ((ULONG)SC_FL_IHV_ENABLE | (ULONG)SC_FL_IHV_DISABLE | (ULONG)SC_FL_IHV_CHANGE)
#define CHANGE_FLAGS    (REFERENCE_FLAGS | CHANGE_KINDS)

struct verify_object {
        ISCardVerify ISCardVerify_iface;     /* canonical: answers IUnknown and IDispatch too */
        ISCardVerifyXP ISCardVerifyXP_iface; /* the deployed form, same methods, other arguments */
        ISCardUnblockData ISCardUnblockData_iface;
        ISupportErrorInfo ISupportErrorInfo_iface;
        atomic_uint refs;
        const char *profile;           /* asked for by name; NULL: as the card says */
        struct attachment *attachment; /* counted; shared with the manager; keeps the codes for Unblock */
};

static struct verify_object *impl_from_ISCardVerify(ISCardVerify *iface)
{
        return CONTAINING_RECORD(iface, struct verify_object, ISCardVerify_iface);
}

static struct verify_object *impl_from_ISCardVerifyXP(ISCardVerifyXP *iface)
{
        return CONTAINING_RECORD(iface, struct verify_object, ISCardVerifyXP_iface);
}

static struct verify_object *impl_from_ISCardUnblockData(ISCardUnblockData *iface)
{
        return CONTAINING_RECORD(iface, struct verify_object, ISCardUnblockData_iface);
}

static HRESULT verify_query(struct verify_object *verify, REFIID riid, void **out)
{
        if (out == NULL)
                return E_POINTER;
        *out = NULL;
        if (riid == NULL)
                return E_POINTER;
        if (IsEqualGUID(riid, &IID_IUnknown) || IsEqualGUID(riid, &IID_IDispatch) ||
            IsEqualGUID(riid, &IID_ISCardVerify))
                *out = &verify->ISCardVerify_iface;
        else if (IsEqualGUID(riid, &IID_ISCardVerifyXP))
                *out = &verify->ISCardVerifyXP_iface;
        else if (IsEqualGUID(riid, &IID_ISCardUnblockData))
                *out = &verify->ISCardUnblockData_iface;
        else if (IsEqualGUID(riid, &IID_ISupportErrorInfo))
                *out = &verify->ISupportErrorInfo_iface;
        else
                return E_NOINTERFACE;
        (void)object_refs_add(&verify->refs);
        return S_OK;
}

static ULONG verify_ref(struct verify_object *verify)
{
        return object_refs_add(&verify->refs);
}

static ULONG verify_unref(struct verify_object *verify)
{
        ULONG refs = object_refs_sub(&verify->refs);

        if (refs != 0)
                return refs;
        unblock_store_clear(attachment_unblock_store(verify->attachment), verify);
        attachment_unref(verify->attachment);
        free(verify);
        object_count_sub();
        return 0;
}

static struct dispatch_forms verify_forms(struct verify_object *verify)
{
        return (struct dispatch_forms){{
            {&dispatch_ISCardVerify, &verify->ISCardVerify_iface},
            {&dispatch_ISCardVerifyXP, &verify->ISCardVerifyXP_iface},
            {&dispatch_ISCardUnblockData, &verify->ISCardUnblockData_iface},
        }};
}

static const IID *const verify_iids[] = {&IID_ISCardVerify, &IID_ISCardVerifyXP, &IID_ISCardUnblockData,
                                         &IID_IDispatch, NULL};

OBJECT_THUNKS(verify, ISCardVerify, verify)
DISPATCH_THUNKS(verify, ISCardVerify, verify_forms)
OBJECT_THUNKS(verify_xp, ISCardVerifyXP, verify)
DISPATCH_THUNKS(verify_xp, ISCardVerifyXP, verify_forms)
OBJECT_THUNKS(unblock_data, ISCardUnblockData, verify)
ERRORINFO_THUNKS(verify, verify_iids)

/* What both forms do; their slots follow below. */

static HRESULT begin(struct verify_object *verify, struct attachment_use *use)
{
        return attachment_card_begin(verify->attachment, verify->profile, use);
}

/* Flags outside allowed, both references at once, a number that neither form of reference has. */
static HRESULT check_reference(SCARD_FLAGS flags, ULONG allowed, LONG number, struct chv_reference *ref)
{
        ULONG bits = (ULONG)flags;

        ref->global = (bits & (ULONG)SC_FL_IHV_GLOBAL) != 0;
        ref->local = (bits & (ULONG)SC_FL_IHV_LOCAL) != 0;
        ref->number = number;
        if ((bits & ~allowed) != 0 || (ref->global && ref->local))
                return E_INVALIDARG;
        /* ISO/IEC 7816-4 11.5.1: the number is 5 bits of P2; alone, it may be the whole byte. */
        if (number < 0 || number > (ref->global || ref->local ? 31 : 255))
                return E_INVALIDARG;
        return S_OK;
}

/* A NULL code asks for entry on the reader's PIN pad: without one it is a NULL pointer like any other. What
 * else stands in the way shows when the command is run. */
static HRESULT pinpad_or_pointer(struct verify_object *verify, bool two_codes)
{
        struct attachment_use use;
        LONG status;

        if (FAILED(begin(verify, &use)))
                return E_POINTER;
        status = chv_pinpad(use.card, two_codes);
        attachment_card_end(&use);
        return status == SCARD_E_UNSUPPORTED_FEATURE ? E_POINTER : S_OK;
}

static LONG verify_card(struct card *card, const struct chv_reference *ref, bool check_only,
                        const struct code *code)
{
        if (check_only)
                return chv_check(card, ref);
        if (code->len == 0)
                return chv_verify_pinpad(card, ref);
        return chv_verify(card, ref, code->bytes, code->len);
}

static HRESULT verify_code(struct verify_object *verify, LPBYTEBUFFER buffer, SCARD_FLAGS flags, LONG number)
{
        bool check_only = ((ULONG)flags & (ULONG)SC_FL_IHV_CHECKONLY) != 0;
        struct chv_reference ref;
        struct attachment_use use;
        struct code code;
        HRESULT hr = S_OK;

        code_init(&code);
        if (buffer == NULL && !check_only)
                hr = pinpad_or_pointer(verify, false);
        if (SUCCEEDED(hr))
                hr = check_reference(flags, VERIFY_FLAGS, number, &ref);
        if (SUCCEEDED(hr) && buffer != NULL && !check_only)
                hr = code_read(buffer, &code);
        if (SUCCEEDED(hr))
                hr = begin(verify, &use);
        if (SUCCEEDED(hr))
                hr = attachment_card_done(&use, verify_card(use.card, &ref, check_only, &code));
        code_wipe(&code);
        return hr;
}

/* The command that the flags of ChangeCode name; at most one of them. No old code: both from the PIN pad. */
static LONG change_card(struct card *card, const struct chv_reference *ref, ULONG kind,
                        const struct code *old_code, const struct code *new_code)
{
        bool enable = kind == (ULONG)SC_FL_IHV_ENABLE, pinpad = old_code->len == 0;

        if (enable || kind == (ULONG)SC_FL_IHV_DISABLE)
                return pinpad ? chv_enable_pinpad(card, ref, enable)
                              : chv_enable(card, ref, enable, old_code->bytes, old_code->len);
        if (pinpad)
                return chv_change_pinpad(card, ref);
        return chv_change(card, ref, old_code->bytes, old_code->len, new_code->bytes, new_code->len);
}

static HRESULT change_code(struct verify_object *verify, LPBYTEBUFFER old_buffer, LPBYTEBUFFER new_buffer,
                           SCARD_FLAGS flags, LONG number)
{
        ULONG kind = (ULONG)flags & CHANGE_KINDS;
        bool needs_new = kind == 0 || kind == (ULONG)SC_FL_IHV_CHANGE;
        struct chv_reference ref;
        struct attachment_use use;
        struct code old_code, new_code;
        bool pinpad = old_buffer == NULL && new_buffer == NULL;
        HRESULT hr = S_OK;

        code_init(&old_code);
        code_init(&new_code);
        if (pinpad)
                hr = pinpad_or_pointer(verify, needs_new);
        else if (old_buffer == NULL || (new_buffer == NULL && needs_new))
                return E_POINTER;
        if (SUCCEEDED(hr))
                hr = check_reference(flags, CHANGE_FLAGS, number, &ref);
        if (SUCCEEDED(hr) && (kind & (kind - 1)) != 0)
                hr = E_INVALIDARG; /* two of enable, disable and change */
        if (SUCCEEDED(hr) && !pinpad)
                hr = code_read(old_buffer, &old_code);
        if (SUCCEEDED(hr) && !pinpad && needs_new)
                hr = code_read(new_buffer, &new_code);
        if (SUCCEEDED(hr))
                hr = begin(verify, &use);
        if (SUCCEEDED(hr))
                hr = attachment_card_done(&use, change_card(use.card, &ref, kind, &old_code, &new_code));
        code_wipe(&old_code);
        code_wipe(&new_code);
        return hr;
}

/* With what SetUnblockData kept under data; the entry is used up by the attempt, whatever comes of it. */
static LONG unblock_card(struct verify_object *verify, struct card *card, const struct chv_reference *ref,
                         LONG data)
{
        struct unblock_entry *entry;
        LONG status;

        if (data == 0)
                return chv_unblock(card, ref, NULL, 0, NULL, 0);
        entry = unblock_store_take(attachment_unblock_store(verify->attachment), verify, data);
        if (entry == NULL)
                return SCARD_E_INVALID_PARAMETER; /* another thread was first */
        if (entry->reset_len == 0 && entry->new_len == 0)
                status = chv_unblock_pinpad(card, ref);
        else
                status =
                    chv_unblock(card, ref, entry->reset_len != 0 ? entry->reset_code : NULL, entry->reset_len,
                                entry->new_len != 0 ? entry->new_code : NULL, entry->new_len);
        unblock_entry_free(entry);
        return status;
}

static HRESULT unblock(struct verify_object *verify, LONG data, SCARD_FLAGS flags, LONG number)
{
        struct chv_reference ref;
        struct attachment_use use;
        HRESULT hr = check_reference(flags, REFERENCE_FLAGS, number, &ref);

        if (SUCCEEDED(hr) && data != 0 &&
            !unblock_store_has(attachment_unblock_store(verify->attachment), verify, data))
                hr = E_INVALIDARG;
        if (SUCCEEDED(hr))
                hr = begin(verify, &use);
        if (SUCCEEDED(hr))
                hr = attachment_card_done(&use, unblock_card(verify, use.card, &ref, data));
        return hr;
}

static HRESULT reset_security_state(struct verify_object *verify)
{
        struct attachment_use use;
        HRESULT hr = begin(verify, &use);

        if (SUCCEEDED(hr))
                hr = attachment_card_done(&use, attachment_card_log_out(&use));
        return hr;
}

static HRESULT set_unblock_data(struct verify_object *verify, LPBYTEBUFFER reset_buffer,
                                LPBYTEBUFFER new_buffer, LONG *data)
{
        struct code reset_code, new_code;
        HRESULT hr = S_OK;

        code_init(&reset_code);
        code_init(&new_code);
        if (data == NULL)
                return E_POINTER;
        *data = 0;
        if (reset_buffer == NULL && new_buffer == NULL)
                hr = pinpad_or_pointer(verify, true);
        if (reset_buffer != NULL)
                hr = code_read(reset_buffer, &reset_code);
        if (SUCCEEDED(hr) && new_buffer != NULL)
                hr = code_read(new_buffer, &new_code);
        if (SUCCEEDED(hr))
                hr = unblock_store_add(attachment_unblock_store(verify->attachment), verify, reset_code.bytes,
                                       reset_code.len, new_code.bytes, new_code.len, data);
        code_wipe(&reset_code);
        code_wipe(&new_code);
        return hr;
}

static HRESULT clear_unblock_data(struct verify_object *verify, LONG data)
{
        struct unblock_entry *entry =
            unblock_store_take(attachment_unblock_store(verify->attachment), verify, data);

        if (entry == NULL)
                return E_INVALIDARG;
        unblock_entry_free(entry);
        return S_OK;
}

/* ---- the slots of the documented form */

#define REPORT(method, hr) error_from(&IID_ISCardVerify, "ISCardVerify::" method, hr)

static HRESULT STDMETHODCALLTYPE verify_ChangeCode(ISCardVerify *iface, LPBYTEBUFFER old_buffer,
                                                   LPBYTEBUFFER new_buffer, SCARD_FLAGS flags, LONG number)
{
        return REPORT("ChangeCode",
                      change_code(impl_from_ISCardVerify(iface), old_buffer, new_buffer, flags, number));
}

static HRESULT STDMETHODCALLTYPE verify_Unblock(ISCardVerify *iface, LONG data, SCARD_FLAGS flags,
                                                LONG number)
{
        return REPORT("Unblock", unblock(impl_from_ISCardVerify(iface), data, flags, number));
}

static HRESULT STDMETHODCALLTYPE verify_ResetSecurityState(ISCardVerify *iface)
{
        return REPORT("ResetSecurityState", reset_security_state(impl_from_ISCardVerify(iface)));
}

static HRESULT STDMETHODCALLTYPE verify_Verify(ISCardVerify *iface, LPBYTEBUFFER buffer, SCARD_FLAGS flags,
                                               LONG number)
{
        return REPORT("Verify", verify_code(impl_from_ISCardVerify(iface), buffer, flags, number));
}

#undef REPORT

/* ---- the slots of the deployed form */

#define REPORT(method, hr) error_from(&IID_ISCardVerifyXP, "ISCardVerify::" method, hr)

static HRESULT STDMETHODCALLTYPE verify_xp_ChangeCode(ISCardVerifyXP *iface, LPBYTEBUFFER old_buffer,
                                                      LPBYTEBUFFER new_buffer, SCARD_FLAGS flags, LONG number)
{
        return REPORT("ChangeCode",
                      change_code(impl_from_ISCardVerifyXP(iface), old_buffer, new_buffer, flags, number));
}

/* It was internal to the provider. */
static HRESULT STDMETHODCALLTYPE verify_xp_Initialize(ISCardVerifyXP *iface, LONG *data)
{
        (void)iface, (void)data;
        return REPORT("Initialize", E_NOTIMPL);
}

static HRESULT STDMETHODCALLTYPE verify_xp_Unblock(ISCardVerifyXP *iface, LONG data, SCARD_FLAGS flags,
                                                   LONG number)
{
        return REPORT("Unblock", unblock(impl_from_ISCardVerifyXP(iface), data, flags, number));
}

/* Every state ends, so which reference is meant makes no difference. */
static HRESULT STDMETHODCALLTYPE verify_xp_ResetSecurityState(ISCardVerifyXP *iface, SCARD_FLAGS flags)
{
        if (((ULONG)flags & ~REFERENCE_FLAGS) != 0)
                return REPORT("ResetSecurityState", E_INVALIDARG);
        return REPORT("ResetSecurityState", reset_security_state(impl_from_ISCardVerifyXP(iface)));
}

static HRESULT STDMETHODCALLTYPE verify_xp_Verify(ISCardVerifyXP *iface, LPBYTEBUFFER buffer,
                                                  SCARD_FLAGS flags, LONG *number)
{
        if (number == NULL)
                return REPORT("Verify", E_POINTER);
        return REPORT("Verify", verify_code(impl_from_ISCardVerifyXP(iface), buffer, flags, *number));
}

#undef REPORT

/* ---- the slots of ISCardUnblockData */

static HRESULT STDMETHODCALLTYPE unblock_data_SetUnblockData(ISCardUnblockData *iface,
                                                             LPBYTEBUFFER reset_buffer,
                                                             LPBYTEBUFFER new_buffer, LONG *data)
{
        return error_from(
            &IID_ISCardUnblockData, "ISCardUnblockData::SetUnblockData",
            set_unblock_data(impl_from_ISCardUnblockData(iface), reset_buffer, new_buffer, data));
}

static HRESULT STDMETHODCALLTYPE unblock_data_ClearUnblockData(ISCardUnblockData *iface, LONG data)
{
        return error_from(&IID_ISCardUnblockData, "ISCardUnblockData::ClearUnblockData",
                          clear_unblock_data(impl_from_ISCardUnblockData(iface), data));
}

static const ISCardVerifyVtbl verify_vtbl = {
    OBJECT_SLOTS(verify),
    DISPATCH_SLOTS(verify),
    .ChangeCode = verify_ChangeCode,
    .Unblock = verify_Unblock,
    .ResetSecurityState = verify_ResetSecurityState,
    .Verify = verify_Verify,
};

static const ISCardVerifyXPVtbl verify_xp_vtbl = {
    OBJECT_SLOTS(verify_xp),
    DISPATCH_SLOTS(verify_xp),
    .ChangeCode = verify_xp_ChangeCode,
    .Initialize = verify_xp_Initialize,
    .Unblock = verify_xp_Unblock,
    .ResetSecurityState = verify_xp_ResetSecurityState,
    .Verify = verify_xp_Verify,
};

static const ISCardUnblockDataVtbl unblock_data_vtbl = {
    OBJECT_SLOTS(unblock_data),
    .SetUnblockData = unblock_data_SetUnblockData,
    .ClearUnblockData = unblock_data_ClearUnblockData,
};

void verify_last(ISCardVerify *iface, struct card_last *last)
{
        attachment_last(impl_from_ISCardVerify(iface)->attachment, last);
}

HRESULT verify_create(struct attachment *attachment, const char *profile, REFIID riid, void **out)
{
        const struct card_profile *named = NULL;
        struct verify_object *verify;
        HRESULT hr;

        if (out == NULL)
                return E_POINTER;
        *out = NULL;
        if (profile != NULL) {
                named = profile_by_name(profile);
                if (named == NULL)
                        return E_NOINTERFACE;
        }
        verify = calloc(1, sizeof(*verify));
        if (verify == NULL)
                return E_OUTOFMEMORY;
        verify->ISCardVerify_iface.lpVtbl = &verify_vtbl;
        verify->ISCardVerifyXP_iface.lpVtbl = &verify_xp_vtbl;
        verify->ISCardUnblockData_iface.lpVtbl = &unblock_data_vtbl;
        verify->ISupportErrorInfo_iface.lpVtbl = &verify_errors_vtbl;
        verify->profile = named != NULL ? named->name : NULL;
        verify->attachment = attachment_ref(attachment);
        atomic_init(&verify->refs, 1);
        object_count_add();
        hr = verify_query(verify, riid, out);
        (void)verify_unref(verify); /* the caller's reference stays, where there is one */
        return hr;
}
