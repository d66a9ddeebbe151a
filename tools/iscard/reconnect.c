/* iscard reconnect: ISCardManage::Reconnect */
#include "tools/iscard/attach.h"

static int reconnect(const struct options *options)
{
        struct attach attach;
        HRESULT hr;
        int result = attach_open(&attach, options);

        if (result == TOOL_OK) {
                hr = attach.manage->lpVtbl->Reconnect(attach.manage);
                result = attach_report(&attach, options, "ISCardManage::Reconnect", hr, NULL);
        }
        attach_close(&attach);
        return result;
}

const struct verb verb_reconnect = {
    .name = "reconnect",
    .synopsis = "[-r READER] [--profile NAME] [--json]",
    .summary = "attach, and acknowledge what happened to the card",
    .options = OPTION_JSON | OPTION_READER | OPTION_REF | OPTION_PROFILE,
    .run = reconnect,
};
