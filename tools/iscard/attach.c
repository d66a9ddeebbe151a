#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <oleauto.h>

#include "com/verify.h"
#include "core/card/find.h"
#include "core/card/profile.h"
#include "core/text.h"
#include "core/wipe.h"

#include "tools/iscard/attach.h"
#include "tools/iscard/show.h"
#include "tools/iscard/wait.h"

static int engine_failed(const char *what, LONG status)
{
        return tool_error(TOOL_HRESULT, "%s: 0x%08X %s", what, (unsigned)status, show_name(status));
}

static int com_failed(const char *what, HRESULT hr)
{
        return tool_error(TOOL_FAILURE, "%s: 0x%08X %s", what, (unsigned)hr, show_name(hr));
}

int attach_prepare(struct attach *attach, const struct options *options)
{
        HRESULT hr;
        LONG status;
        int code;

        *attach = (struct attach){.hr = SCARD_E_INVALID_HANDLE};
        if (options->profile != NULL) {
                if (profile_by_name(options->profile) == NULL)
                        return tool_error(TOOL_USAGE, "no card profile is called \"%s\"", options->profile);
                /* CreateInterface("SCardVerify:NAME") says it for one object; the environment for this
                 * process. */
                if (setenv("ISCARD_PROFILE", options->profile, 1) != 0)
                        return tool_error(TOOL_FAILURE, "out of memory");
        }
        status = reader_list_open(&attach->list);
        if (status != SCARD_S_SUCCESS)
                return engine_failed("the list of readers", status);
        code = reader_choose(&attach->list, options->reader, &attach->reader);
        if (code != TOOL_OK)
                return code;
        hr = CoInitialize(NULL);
        if (FAILED(hr))
                return com_failed("CoInitialize", hr);
        attach->initialized = true;
        hr = CoCreateInstance(&CLSID_SCardManage, NULL, CLSCTX_INPROC_SERVER, &IID_ISCardManage,
                              (void **)&attach->manage);
        if (FAILED(hr))
                return com_failed("CoCreateInstance", hr);
        return TOOL_OK;
}

HRESULT attach_now(struct attach *attach)
{
        WCHAR name[READER_NAME_MAX];
        size_t len = text_to_utf16(name, READER_NAME_MAX, attach->reader->name, strlen(attach->reader->name));
        struct wait wait;
        BSTR text;

        attach->hr = E_INVALIDARG;
        if (len > READER_NAME_MAX)
                return attach->hr;
        text = SysAllocStringLen(name, (UINT)len);
        attach->hr = E_OUTOFMEMORY;
        if (text == NULL)
                return attach->hr;
        wait_begin(&wait, "the reader and its card");
        attach->hr = attach->manage->lpVtbl->AttachByIFD(attach->manage, text);
        wait_end(&wait);
        SysFreeString(text);
        return attach->hr;
}

int attach_open(struct attach *attach, const struct options *options)
{
        HRESULT hr;
        int code = attach_prepare(attach, options);

        /* No reader: said on stderr, and where JSON is wanted as the verb's object too. */
        if (code == TOOL_HRESULT && attach->reader == NULL && options->json)
                return attach_report(attach, options, NULL, reader_none(&attach->list), NULL);
        if (code != TOOL_OK)
                return code;
        hr = attach_now(attach);
        if (FAILED(hr))
                return attach_report(attach, options, "ISCardManage::AttachByIFD", hr, NULL);
        hr = attach->manage->lpVtbl->CreateCHVerification(attach->manage, &attach->verify);
        if (FAILED(hr))
                return com_failed("ISCardManage::CreateCHVerification", hr);
        return TOOL_OK;
}

void attach_close(struct attach *attach)
{
        if (attach->verify != NULL)
                attach->verify->lpVtbl->Release(attach->verify);
        if (attach->manage != NULL) {
                if (SUCCEEDED(attach->hr))
                        (void)attach->manage->lpVtbl->Detach(attach->manage);
                attach->manage->lpVtbl->Release(attach->manage);
        }
        if (attach->initialized)
                CoUninitialize();
        reader_list_close(&attach->list);
        *attach = (struct attach){.hr = SCARD_E_INVALID_HANDLE};
}

/* The card over a connection of its own; sends nothing to it. false: it cannot be had. */
static bool card_begin_look(struct attach *attach, struct card *card)
{
        SCARDHANDLE handle;
        DWORD protocol;

        if (SCardConnectA(attach->list.context, attach->reader->name, SCARD_SHARE_SHARED, SCARD_PROTOCOL_Tx,
                          &handle, &protocol) != SCARD_S_SUCCESS)
                return false;
        card_open(card, &winscard_api_engine, handle);
        return true;
}

/* The reference of the code that users of this kind of card know. */
static LONG usual_reference(struct attach *attach)
{
        const struct card_profile *profile = NULL;
        struct card card = {.handle = 0};

        if (card_begin_look(attach, &card)) {
                card.own = true;
                /* As the object will find it: the ATR need not tell. */
                if (card_learn(&card) == SCARD_S_SUCCESS && card_find(&card) == SCARD_S_SUCCESS)
                        profile = card.profile;
                (void)SCardDisconnect(card.handle, SCARD_LEAVE_CARD);
        }
        return profile != NULL ? profile->usual_reference : profile_iso.usual_reference;
}

bool attach_pinpad(struct attach *attach, const struct options *options, bool two, const char *what)
{
        struct card card = {.handle = 0};
        bool has = false;

        if (options->code_fd < 0 && card_begin_look(attach, &card)) {
                has = chv_pinpad(&card, two) == SCARD_S_SUCCESS;
                (void)SCardDisconnect(card.handle, SCARD_LEAVE_CARD);
        }
        if (has)
                fprintf(stderr, "iscard: waiting for the reader's PIN pad: %s\n", what);
        return has;
}

SCARD_FLAGS attach_flags(struct attach *attach, const struct options *options, LONG *ref)
{
        *ref = options->ref;
        if (!options->has_ref)
                *ref = options->global || options->local ? 1 : usual_reference(attach);
        if (options->global)
                return SC_FL_IHV_GLOBAL;
        return options->local ? SC_FL_IHV_LOCAL : SC_FL_NO_FLAGS;
}

IByteBuffer *attach_buffer(struct ask_line *line)
{
        IByteBuffer *buffer = NULL;
        HRESULT hr = CoCreateInstance(&CLSID_ByteBuffer, NULL, CLSCTX_INPROC_SERVER, &IID_IByteBuffer,
                                      (void **)&buffer);

        if (SUCCEEDED(hr)) {
                hr = buffer->lpVtbl->Initialize(buffer, (LONG)line->len, line->bytes);
                if (FAILED(hr)) {
                        buffer->lpVtbl->Release(buffer);
                        buffer = NULL;
                }
        }
        ask_wipe(line);
        return buffer;
}

void attach_buffer_free(IByteBuffer *buffer)
{
        if (buffer != NULL)
                buffer->lpVtbl->Release(buffer); /* which wipes its bytes */
}

int attach_report(const struct attach *attach, const struct options *options, const char *method, HRESULT hr,
                  const struct card_last *last)
{
        if (options->json) {
                struct json json = {.out = stdout};

                json_object(&json, NULL);
                json_string(&json, "reader", attach->reader != NULL ? attach->reader->name : NULL);
                show_method_json(&json, method, hr, last);
                json_end_object(&json);
        } else {
                show_method(stdout, method, hr, last);
        }
        return SUCCEEDED(hr) ? TOOL_OK : TOOL_HRESULT;
}

struct card_last attach_last(const struct attach *attach)
{
        struct card_last last = {.tries = -1};

        verify_last(attach->verify, &last);
        return last;
}
