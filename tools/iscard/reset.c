/* iscard reset: ISCardVerify::ResetSecurityState */
#include "tools/iscard/attach.h"

static int reset(const struct options *options)
{
        struct card_last last;
        struct attach attach;
        HRESULT hr;
        int result = attach_open(&attach, options);

        if (result == TOOL_OK) {
                hr = attach.verify->lpVtbl->ResetSecurityState(attach.verify);
                last = attach_last(&attach);
                /*
                 * Where the card has no log-out it was reset, and the command before that is not the reason;
                 * nor is a reference that the card lacks, which is no failure.
                 */
                result = attach_report(&attach, options, "ISCardVerify::ResetSecurityState", hr,
                                       last.status == hr && (FAILED(hr) || last.sw == 0x9000) ? &last : NULL);
        }
        attach_close(&attach);
        return result;
}

const struct verb verb_reset = {
    .name = "reset",
    .synopsis = "[-r READER] [--profile NAME] [--json]",
    .summary = "end every verified state, with a warm reset where the card has no log-out",
    .options = OPTION_JSON | OPTION_READER | OPTION_REF | OPTION_PROFILE,
    .run = reset,
};
