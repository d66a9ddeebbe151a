/* iscard change: ISCardVerify::ChangeCode */
#include "tools/iscard/attach.h"
#include "tools/iscard/wait.h"

static int change(const struct options *options)
{
        struct ask_line old_line = {.len = 0}, new_line = {.len = 0};
        IByteBuffer *old_code = NULL, *new_code = NULL;
        struct card_last last;
        struct attach attach;
        struct wait wait = {.running = false};
        SCARD_FLAGS flags;
        HRESULT hr;
        LONG ref;
        int result = attach_open(&attach, options);

        if (result != TOOL_OK)
                goto out;
        flags = attach_flags(&attach, options, &ref);
        if (!attach_pinpad(&attach, options, true, "the present code, then the new one")) {
                result = ask_code(options->code_fd, "Present code: ", &old_line);
                if (result == TOOL_OK)
                        result = ask_new_code(options->code_fd, "New code: ", "New code again: ", &new_line);
                if (result != TOOL_OK)
                        goto out;
                old_code = attach_buffer(&old_line);
                new_code = attach_buffer(&new_line);
                if (old_code == NULL || new_code == NULL) {
                        result = tool_error(TOOL_FAILURE, "out of memory");
                        goto out;
                }
        }
        if (old_code != NULL)
                wait_begin(&wait, WAIT_CARD);
        hr = attach.verify->lpVtbl->ChangeCode(attach.verify, old_code, new_code, flags, ref);
        wait_end(&wait);
        last = attach_last(&attach);
        result = attach_report(&attach, options, "ISCardVerify::ChangeCode", hr, &last);
out:
        attach_buffer_free(old_code);
        attach_buffer_free(new_code);
        ask_wipe(&old_line);
        ask_wipe(&new_line);
        attach_close(&attach);
        return result;
}

const struct verb verb_change = {
    .name = "change",
    .synopsis = "[-r READER] [--ref N] [--global | --local] [--profile NAME] [--code-fd N] [--json]",
    .summary = "change a code",
    .help = "The present code and the new one are asked for on the reader's PIN pad, else on the terminal, "
            "or read as\n"
            "two lines, in that order, from the open file N of --code-fd.\n",
    .options = OPTION_JSON | OPTION_READER | OPTION_REF | OPTION_PROFILE | OPTION_CODE_FD,
    .takes_code = true,
    .run = change,
};
