/* iscard unblock: ISCardUnblockData::SetUnblockData, then ISCardVerify::Unblock */
#include "tools/iscard/attach.h"
#include "tools/iscard/wait.h"

/*
 * Hands the codes over, none where they will be typed on the reader; an empty line means that the card wants none there. *data 0: neither is given, which
 * is a form of its own (RESET RETRY COUNTER without data).
 */
static HRESULT set_data(ISCardVerify *verify, bool pinpad, struct ask_line *reset_line,
                        struct ask_line *new_line, LONG *data)
{
        IByteBuffer *reset_code = NULL, *new_code = NULL;
        ISCardUnblockData *unblock = NULL;
        HRESULT hr = S_OK;

        *data = 0;
        if (!pinpad && reset_line->len == 0 && new_line->len == 0)
                return S_OK;
        if (reset_line->len > 0 && (reset_code = attach_buffer(reset_line)) == NULL)
                hr = E_OUTOFMEMORY;
        if (new_line->len > 0 && (new_code = attach_buffer(new_line)) == NULL)
                hr = E_OUTOFMEMORY;
        if (SUCCEEDED(hr))
                hr = verify->lpVtbl->QueryInterface(verify, &IID_ISCardUnblockData, (void **)&unblock);
        if (SUCCEEDED(hr)) {
                hr = unblock->lpVtbl->SetUnblockData(unblock, reset_code, new_code, data);
                unblock->lpVtbl->Release(unblock);
        }
        attach_buffer_free(reset_code);
        attach_buffer_free(new_code);
        return hr;
}

static int run_unblock(const struct options *options)
{
        struct ask_line reset_line = {.len = 0}, new_line = {.len = 0};
        struct card_last last;
        struct attach attach;
        struct wait wait = {.running = false};
        bool pinpad;
        SCARD_FLAGS flags;
        HRESULT hr;
        LONG ref, data;
        int result = attach_open(&attach, options);

        if (result != TOOL_OK)
                goto out;
        flags = attach_flags(&attach, options, &ref);
        pinpad = attach_pinpad(&attach, options, true, "the unblocking code, then the new code");
        if (!pinpad)
                result = ask_code(options->code_fd, "Unblocking code (PUK): ", &reset_line);
        if (!pinpad && result == TOOL_OK)
                result = ask_new_code(options->code_fd, "New code: ", "New code again: ", &new_line);
        if (result != TOOL_OK)
                goto out;
        hr = set_data(attach.verify, pinpad, &reset_line, &new_line, &data);
        if (FAILED(hr)) {
                result = attach_report(&attach, options, "ISCardUnblockData::SetUnblockData", hr, NULL);
                goto out;
        }
        if (!pinpad)
                wait_begin(&wait, WAIT_CARD);
        hr = attach.verify->lpVtbl->Unblock(attach.verify, data, flags, ref);
        wait_end(&wait);
        last = attach_last(&attach);
        result = attach_report(&attach, options, "ISCardVerify::Unblock", hr, &last);
out:
        ask_wipe(&reset_line);
        ask_wipe(&new_line);
        attach_close(&attach);
        return result;
}

const struct verb verb_unblock = {
    .name = "unblock",
    .synopsis = "[-r READER] [--ref N] [--global | --local] [--profile NAME] [--code-fd N] [--json]",
    .summary = "unblock a code with the unblocking code (PUK)",
    .help = "The unblocking code and the new code are asked for on the reader's PIN pad, else on the "
            "terminal, or read as two lines, in that\n"
            "order, from the open file N of --code-fd. An empty line stands for one that the card does not "
            "want.\n",
    .options = OPTION_JSON | OPTION_READER | OPTION_REF | OPTION_PROFILE | OPTION_CODE_FD,
    .takes_code = true,
    .run = run_unblock,
};
