/* cardauth.c - see cardauth.h */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include <scardcom.h>
#include <scardcom_xp.h>

#include "core/card/auth.h"
#include "core/card/profile.h"
#include "core/wipe.h"
#include "com/content.h"
#include "com/dispatch.h"
#include "com/errorinfo.h"
#include "com/object.h"

#include "com/cardauth.h"

struct cardauth_object {
        ISCardAuth ISCardAuth_iface;     /* canonical: answers IUnknown and IDispatch too */
        ISCardAuthXP ISCardAuthXP_iface; /* the deployed form, same methods, other arguments */
        ISupportErrorInfo ISupportErrorInfo_iface;
        atomic_uint refs;
        const char *profile;           /* asked for by name; NULL: as the card says */
        struct attachment *attachment; /* counted; shared with the manager */
};

static struct cardauth_object *impl_from_ISCardAuth(ISCardAuth *iface)
{
        return CONTAINING_RECORD(iface, struct cardauth_object, ISCardAuth_iface);
}

static struct cardauth_object *impl_from_ISCardAuthXP(ISCardAuthXP *iface)
{
        return CONTAINING_RECORD(iface, struct cardauth_object, ISCardAuthXP_iface);
}

static HRESULT cardauth_query(struct cardauth_object *auth, REFIID riid, void **out)
{
        if (out == NULL)
                return E_POINTER;
        *out = NULL;
        if (riid == NULL)
                return E_POINTER;
        if (IsEqualGUID(riid, &IID_IUnknown) || IsEqualGUID(riid, &IID_IDispatch) ||
            IsEqualGUID(riid, &IID_ISCardAuth))
                *out = &auth->ISCardAuth_iface;
        else if (IsEqualGUID(riid, &IID_ISCardAuthXP))
                *out = &auth->ISCardAuthXP_iface;
        else if (IsEqualGUID(riid, &IID_ISupportErrorInfo))
                *out = &auth->ISupportErrorInfo_iface;
        else
                return E_NOINTERFACE;
        (void)object_refs_add(&auth->refs);
        return S_OK;
}

static ULONG cardauth_ref(struct cardauth_object *auth)
{
        return object_refs_add(&auth->refs);
}

static ULONG cardauth_unref(struct cardauth_object *auth)
{
        ULONG refs = object_refs_sub(&auth->refs);

        if (refs != 0)
                return refs;
        attachment_unref(auth->attachment);
        free(auth);
        object_count_sub();
        return 0;
}

static struct dispatch_forms cardauth_forms(struct cardauth_object *auth)
{
        return (struct dispatch_forms){{
            {&dispatch_ISCardAuth, &auth->ISCardAuth_iface},
            {&dispatch_ISCardAuthXP, &auth->ISCardAuthXP_iface},
        }};
}

static const IID *const cardauth_iids[] = {&IID_ISCardAuth, &IID_ISCardAuthXP, &IID_IDispatch, NULL};

OBJECT_THUNKS(auth, ISCardAuth, cardauth)
DISPATCH_THUNKS(auth, ISCardAuth, cardauth_forms)
OBJECT_THUNKS(auth_xp, ISCardAuthXP, cardauth)
DISPATCH_THUNKS(auth_xp, ISCardAuthXP, cardauth_forms)
ERRORINFO_THUNKS(cardauth, cardauth_iids)

/* What both forms do; their slots follow below. */

/* pParam taken apart: the reference, and the key where the library is to compute. Wiped by who declares it. */
struct parameter {
        struct content content;
        struct auth_key key;
};

/*
 * lAlgoID: the low byte is P1; the next one the cipher where P1 is not its number. pParam: P2, then the key; NULL
 * or empty: P2 is 00 and the caller computes, so that there has to be data.
 */
static HRESULT read_parameter(LONG algorithm, LPBYTEBUFFER buffer, bool has_data, struct parameter *parameter)
{
        unsigned cipher = (ULONG)algorithm >> 8 & 0xFF;
        struct auth_key *key = &parameter->key;
        HRESULT hr = S_OK;

        memset(parameter, 0, sizeof(*parameter));
        if (buffer != NULL)
                hr = content_read(buffer, 1 + CIPHER_KEY_MAX, &parameter->content);
        if (FAILED(hr))
                return hr;
        if (!has_data && parameter->content.len <= 1)
                return E_POINTER;
        if (algorithm < 0 || algorithm > 0xFFFF)
                return E_INVALIDARG;
        key->p1 = (uint8_t)algorithm;
        if (parameter->content.len > 0)
                key->p2 = parameter->content.bytes[0];
        if (parameter->content.len <= 1)
                return cipher == 0 ? S_OK : E_INVALIDARG; /* a cipher, and no key for it */
        if (cipher == 0)
                cipher = key->p1;
        key->key = parameter->content.bytes + 1;
        key->key_len = parameter->content.len - 1;
        key->cipher = (enum cipher)cipher;
        return cipher_known(cipher, key->key_len) ? S_OK : E_INVALIDARG;
}

/* The data of a command: NULL is no data, which read_parameter allows where there is a key. */
static HRESULT read_data(const struct parameter *parameter, LPBYTEBUFFER buffer, struct content *data)
{
        size_t block = cipher_block(parameter->key.cipher);
        HRESULT hr = S_OK;

        *data = (struct content){.len = 0};
        if (buffer != NULL)
                hr = content_read(buffer, AUTH_DATA_MAX, data);
        if (FAILED(hr))
                return hr;
        if (parameter->key.key == NULL)
                return data->len != 0 ? S_OK : E_INVALIDARG;
        return data->len % block == 0 ? S_OK : E_INVALIDARG;
}

static HRESULT begin(struct cardauth_object *auth, struct attachment_use *use)
{
        return attachment_card_begin(auth->attachment, auth->profile, use);
}

/*
 * The same, and memory for an answer of up to len bytes in *made: after the command it would be too late, for the
 * card has done it then.
 */
static HRESULT begin_answer(struct cardauth_object *auth, size_t len, IByteBuffer **made,
                            struct attachment_use *use)
{
        HRESULT hr = content_create(len, made);

        return SUCCEEDED(hr) ? begin(auth, use) : hr;
}

/* After it: hr is what came of the command. made, which may be NULL, is taken over. */
static HRESULT give_answer(HRESULT hr, IByteBuffer **buffer, IByteBuffer *made, const uint8_t *answer,
                           size_t len, LONG *given)
{
        if (FAILED(hr)) {
                if (made != NULL)
                        made->lpVtbl->Release(made);
                return hr;
        }
        hr = content_give(buffer, made, answer, len);
        if (SUCCEEDED(hr))
                *given = (LONG)len;
        return hr;
}

static HRESULT app_auth(struct cardauth_object *auth, LONG algorithm, LPBYTEBUFFER param, LPBYTEBUFFER buffer)
{
        struct content data = {.len = 0};
        struct parameter parameter;
        struct attachment_use use;
        HRESULT hr = read_parameter(algorithm, param, buffer != NULL, &parameter);

        if (SUCCEEDED(hr))
                hr = read_data(&parameter, buffer, &data);
        if (SUCCEEDED(hr))
                hr = begin(auth, &use);
        if (SUCCEEDED(hr))
                hr =
                    attachment_card_done(&use, auth_external(use.card, &parameter.key, data.bytes, data.len));
        content_free(&data);
        content_free(&parameter.content);
        return hr;
}

/* Here pParam is P2 alone. */
static HRESULT get_challenge(struct cardauth_object *auth, LONG algorithm, LONG len, LPBYTEBUFFER param,
                             LPBYTEBUFFER *buffer, LONG *given)
{
        uint8_t challenge[AUTH_ANSWER_MAX];
        struct parameter parameter;
        struct attachment_use use;
        IByteBuffer *made = NULL;
        size_t got = 0;
        HRESULT hr;

        *given = 0;
        if (buffer == NULL)
                return E_POINTER;
        hr = read_parameter(algorithm, param, true, &parameter);
        if (SUCCEEDED(hr) && (len < 1 || len > (LONG)AUTH_ANSWER_MAX || parameter.key.key != NULL))
                hr = E_INVALIDARG;
        if (SUCCEEDED(hr))
                hr = begin_answer(auth, (size_t)len, &made, &use);
        if (SUCCEEDED(hr))
                hr = attachment_card_done(&use, auth_challenge(use.card, parameter.key.p1, parameter.key.p2,
                                                               challenge, (size_t)len, &got));
        hr = give_answer(hr, buffer, made, challenge, got, given);
        wipe(challenge, sizeof(challenge));
        content_free(&parameter.content);
        return hr;
}

/* len: bytes of the challenge in *buffer that are meant, 0: all. */
static HRESULT icc_auth(struct cardauth_object *auth, LONG algorithm, LPBYTEBUFFER param, LONG len,
                        LPBYTEBUFFER *buffer, LONG *given)
{
        struct content challenge = {.len = 0};
        uint8_t answer[AUTH_ANSWER_MAX];
        struct parameter parameter;
        struct attachment_use use;
        IByteBuffer *made = NULL;
        size_t got = 0, used;
        HRESULT hr;

        *given = 0;
        if (buffer == NULL)
                return E_POINTER;
        hr = read_parameter(algorithm, param, *buffer != NULL, &parameter);
        if (SUCCEEDED(hr))
                hr = read_data(&parameter, *buffer, &challenge);
        used = len != 0 ? (size_t)len : challenge.len;
        if (SUCCEEDED(hr) && (len < 0 || used > challenge.len))
                hr = E_INVALIDARG;
        if (SUCCEEDED(hr) && parameter.key.key != NULL && used % cipher_block(parameter.key.cipher) != 0)
                hr = E_INVALIDARG;
        if (SUCCEEDED(hr))
                hr = begin_answer(auth, AUTH_ANSWER_MAX, &made, &use);
        if (SUCCEEDED(hr))
                hr = attachment_card_done(
                    &use, auth_internal(use.card, &parameter.key, challenge.bytes, used, answer, &got));
        hr = give_answer(hr, buffer, made, answer, got, given);
        wipe(answer, sizeof(answer));
        content_free(&challenge);
        content_free(&parameter.content);
        return hr;
}

/* What a user authentication sends: the caller's cryptogram, with or without an answer, or both sides' by a key. */
static LONG user_card(struct card *card, const struct auth_key *key, const struct content *data,
                      size_t wanted, uint8_t *answer, size_t *got)
{
        if (key->key == NULL && wanted == 0)
                return auth_external(card, key, data->bytes, data->len);
        return auth_mutual(card, key, data->bytes, data->len, wanted != 0 ? wanted : AUTH_ANSWER_MAX, answer,
                           got);
}

/* wanted: bytes of the card's answer for *answer_buffer; 0: none. With a key of ours there is none to hand out. */
static HRESULT user_auth(struct cardauth_object *auth, LONG algorithm, LPBYTEBUFFER param,
                         LPBYTEBUFFER buffer, size_t wanted, LPBYTEBUFFER *answer_buffer, LONG *given)
{
        struct content data = {.len = 0};
        uint8_t answer[AUTH_ANSWER_MAX];
        struct parameter parameter;
        struct attachment_use use;
        IByteBuffer *made = NULL;
        size_t got = 0;
        HRESULT hr = read_parameter(algorithm, param, buffer != NULL, &parameter);

        if (SUCCEEDED(hr))
                hr = read_data(&parameter, buffer, &data);
        if (SUCCEEDED(hr) && parameter.key.key != NULL && data.len != 0)
                hr = E_INVALIDARG; /* both sides' data are made here */
        if (SUCCEEDED(hr) && wanted != 0 && parameter.key.key == NULL)
                hr = begin_answer(auth, wanted, &made, &use);
        else if (SUCCEEDED(hr))
                hr = begin(auth, &use);
        if (SUCCEEDED(hr))
                hr = attachment_card_done(&use,
                                          user_card(use.card, &parameter.key, &data, wanted, answer, &got));
        if (made != NULL)
                hr = give_answer(hr, answer_buffer, made, answer, got, given);
        wipe(answer, sizeof(answer));
        content_free(&data);
        content_free(&parameter.content);
        return hr;
}

/* ---- the slots of the documented form */

#define REPORT(method, hr) error_from(&IID_ISCardAuth, "ISCardAuth::" method, hr)

static HRESULT STDMETHODCALLTYPE auth_APP_Auth(ISCardAuth *iface, LONG algorithm, LPBYTEBUFFER param,
                                               LPBYTEBUFFER buffer)
{
        return REPORT("APP_Auth", app_auth(impl_from_ISCardAuth(iface), algorithm, param, buffer));
}

static HRESULT STDMETHODCALLTYPE auth_GetChallenge(ISCardAuth *iface, LONG algorithm, LONG len,
                                                   LPBYTEBUFFER param, LPBYTEBUFFER *buffer)
{
        LONG given;

        return REPORT("GetChallenge",
                      get_challenge(impl_from_ISCardAuth(iface), algorithm, len, param, buffer, &given));
}

static HRESULT STDMETHODCALLTYPE auth_ICC_Auth(ISCardAuth *iface, LONG algorithm, LPBYTEBUFFER param,
                                               LPBYTEBUFFER *buffer)
{
        LONG given;

        return REPORT("ICC_Auth", icc_auth(impl_from_ISCardAuth(iface), algorithm, param, 0, buffer, &given));
}

static HRESULT STDMETHODCALLTYPE auth_User_Auth(ISCardAuth *iface, LONG algorithm, LPBYTEBUFFER param,
                                                LPBYTEBUFFER buffer)
{
        return REPORT("User_Auth",
                      user_auth(impl_from_ISCardAuth(iface), algorithm, param, buffer, 0, NULL, NULL));
}

static const ISCardAuthVtbl auth_vtbl = {
    OBJECT_SLOTS(auth),        DISPATCH_SLOTS(auth),
    .APP_Auth = auth_APP_Auth, .GetChallenge = auth_GetChallenge,
    .ICC_Auth = auth_ICC_Auth, .User_Auth = auth_User_Auth,
};

#undef REPORT

/* ---- the slots of the deployed form: lengths go in and come back */

#define REPORT(method, hr) error_from(&IID_ISCardAuthXP, "ISCardAuth::" method, hr)

static HRESULT STDMETHODCALLTYPE auth_xp_APP_Auth(ISCardAuthXP *iface, LONG algorithm, LPBYTEBUFFER param,
                                                  LPBYTEBUFFER buffer)
{
        return REPORT("APP_Auth", app_auth(impl_from_ISCardAuthXP(iface), algorithm, param, buffer));
}

static HRESULT STDMETHODCALLTYPE auth_xp_GetChallenge(ISCardAuthXP *iface, LONG algorithm, LPBYTEBUFFER param,
                                                      LONG *len, LPBYTEBUFFER *buffer)
{
        if (len == NULL)
                return REPORT("GetChallenge", E_POINTER);
        return REPORT("GetChallenge",
                      get_challenge(impl_from_ISCardAuthXP(iface), algorithm, *len, param, buffer, len));
}

static HRESULT STDMETHODCALLTYPE auth_xp_ICC_Auth(ISCardAuthXP *iface, LONG algorithm, LPBYTEBUFFER param,
                                                  LONG *len, LPBYTEBUFFER *buffer)
{
        if (len == NULL)
                return REPORT("ICC_Auth", E_POINTER);
        return REPORT("ICC_Auth",
                      icc_auth(impl_from_ISCardAuthXP(iface), algorithm, param, *len, buffer, len));
}

/* It was internal to the provider. */
static HRESULT STDMETHODCALLTYPE auth_xp_Initialize(ISCardAuthXP *iface, LONG *data)
{
        (void)iface, (void)data;
        return REPORT("Initialize", E_NOTIMPL);
}

/* *len: 0 where no answer is wanted, else at most so many bytes come back. */
static HRESULT STDMETHODCALLTYPE auth_xp_User_Auth(ISCardAuthXP *iface, LONG algorithm, LPBYTEBUFFER param,
                                                   LONG *len, LPBYTEBUFFER *buffer)
{
        LONG wanted = len != NULL ? *len : 0;

        if (len == NULL)
                return REPORT("User_Auth", E_POINTER);
        *len = 0;
        if (buffer == NULL)
                return REPORT("User_Auth", E_POINTER);
        if (wanted < 0 || wanted > (LONG)AUTH_ANSWER_MAX)
                return REPORT("User_Auth", E_INVALIDARG);
        return REPORT("User_Auth", user_auth(impl_from_ISCardAuthXP(iface), algorithm, param, *buffer,
                                             (size_t)wanted, buffer, len));
}

static const ISCardAuthXPVtbl auth_xp_vtbl = {
    OBJECT_SLOTS(auth_xp),          DISPATCH_SLOTS(auth_xp),
    .APP_Auth = auth_xp_APP_Auth,   .GetChallenge = auth_xp_GetChallenge,
    .ICC_Auth = auth_xp_ICC_Auth,   .Initialize = auth_xp_Initialize,
    .User_Auth = auth_xp_User_Auth,
};

#undef REPORT

void cardauth_last(ISCardAuth *iface, struct card_last *last)
{
        attachment_last(impl_from_ISCardAuth(iface)->attachment, last);
}

HRESULT cardauth_create(struct attachment *attachment, const char *profile, REFIID riid, void **out)
{
        const struct card_profile *named = NULL;
        struct cardauth_object *auth;
        HRESULT hr;

        if (out == NULL)
                return E_POINTER;
        *out = NULL;
        if (profile != NULL) {
                named = profile_by_name(profile);
                if (named == NULL)
                        return E_NOINTERFACE;
        }
        auth = calloc(1, sizeof(*auth));
        if (auth == NULL)
                return E_OUTOFMEMORY;
        auth->ISCardAuth_iface.lpVtbl = &auth_vtbl;
        auth->ISCardAuthXP_iface.lpVtbl = &auth_xp_vtbl;
        auth->ISupportErrorInfo_iface.lpVtbl = &cardauth_errors_vtbl;
        auth->profile = named != NULL ? named->name : NULL;
        auth->attachment = attachment_ref(attachment);
        atomic_init(&auth->refs, 1);
        object_count_add();
        hr = cardauth_query(auth, riid, out);
        (void)cardauth_unref(auth); /* the caller's reference stays, where there is one */
        return hr;
}
