/* iscard verify: ISCardVerify::Verify */
#include "tools/iscard/attach.h"
#include "tools/iscard/wait.h"

static int verify(const struct options *options)
{
        struct ask_line line = {.len = 0};
        struct card_last last;
        struct attach attach;
        struct wait wait = {.running = false};
        IByteBuffer *code = NULL;
        SCARD_FLAGS flags;
        HRESULT hr;
        LONG ref;
        int result = attach_open(&attach, options);

        if (result != TOOL_OK)
                goto out;
        flags = attach_flags(&attach, options, &ref);
        if (!attach_pinpad(&attach, options, false, "the code")) {
                result = ask_code(options->code_fd, "Code: ", &line);
                if (result != TOOL_OK)
                        goto out;
                code = attach_buffer(&line);
                if (code == NULL) {
                        result = tool_error(TOOL_FAILURE, "out of memory");
                        goto out;
                }
        }
        if (code != NULL)
                wait_begin(&wait, WAIT_CARD);
        hr = attach.verify->lpVtbl->Verify(attach.verify, code, flags, ref);
        wait_end(&wait);
        last = attach_last(&attach);
        result = attach_report(&attach, options, "ISCardVerify::Verify", hr, &last);
out:
        attach_buffer_free(code);
        ask_wipe(&line);
        attach_close(&attach);
        return result;
}

const struct verb verb_verify = {
    .name = "verify",
    .synopsis = "[-r READER] [--ref N] [--global | --local] [--profile NAME] [--code-fd N] [--json]",
    .summary = "present a code (PIN) to the card",
    .help = "The code is asked for on the reader's PIN pad, else on the terminal, or read as a line from the "
            "open\n"
            "file N of --code-fd.\n"
            "  printf '%s\\n' \"$CODE\" | iscard verify --code-fd 0\n",
    .options = OPTION_JSON | OPTION_READER | OPTION_REF | OPTION_PROFILE | OPTION_CODE_FD,
    .takes_code = true,
    .run = verify,
};
