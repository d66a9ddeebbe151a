/* iscard tries: ISCardVerify::Verify with SC_FL_IHV_CHECKONLY, which uses none */
#include <inttypes.h>
#include <stdio.h>

#include "tools/iscard/attach.h"
#include "tools/iscard/show.h"

/* The card has answered the question, whatever the answer is. */
static bool answered(HRESULT hr, const struct card_last *last)
{
        return SUCCEEDED(hr) || hr == SCARD_W_CHV_BLOCKED ||
               (hr == SCARD_W_CARD_NOT_AUTHENTICATED && last->tries >= 0);
}

static void print_json(const struct attach *attach, LONG ref, HRESULT hr, const struct card_last *last)
{
        struct json json = {.out = stdout};

        json_object(&json, NULL);
        json_string(&json, "reader", attach->reader->name);
        json_number(&json, "reference", ref);
        show_method_json(&json, "ISCardVerify::Verify", hr, last);
        json_end_object(&json);
}

static int tries(const struct options *options)
{
        struct card_last last;
        struct attach attach;
        SCARD_FLAGS flags;
        HRESULT hr;
        LONG ref;
        int result = attach_open(&attach, options);

        if (result != TOOL_OK)
                goto out;
        flags = attach_flags(&attach, options, &ref);
        hr = attach.verify->lpVtbl->Verify(attach.verify, NULL, (SCARD_FLAGS)(flags | SC_FL_IHV_CHECKONLY),
                                           ref);
        last = attach_last(&attach);
        if (options->json)
                print_json(&attach, ref, hr, &last);
        else
                show_method(stdout, "ISCardVerify::Verify", hr, &last);
        result = answered(hr, &last) ? TOOL_OK : TOOL_HRESULT;
out:
        attach_close(&attach);
        return result;
}

const struct verb verb_tries = {
    .name = "tries",
    .synopsis = "[-r READER] [--ref N] [--global | --local] [--profile NAME] [--json]",
    .summary = "how many tries are left, without using one",
    .help = "The exit status is 0 whenever the card has answered, be it that the code is blocked.\n",
    .options = OPTION_JSON | OPTION_READER | OPTION_REF | OPTION_PROFILE,
    .run = tries,
};
