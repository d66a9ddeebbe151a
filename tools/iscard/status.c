/* iscard status: ISCardManage::Status, the ATR taken apart, protocol and speed */
#include <stdio.h>

#include "tools/iscard/attach.h"
#include "tools/iscard/atr_view.h"
#include "tools/iscard/card_atr.h"
#include "tools/iscard/show.h"

struct found {
        const char *method;
        HRESULT hr;
        const char *state, *protocol; /* NULL: not known */
        bool has_atr;
        struct atr atr;
        struct reader_facts facts;
};

static void ask(struct attach *attach, struct found *found)
{
        SCARD_PROTOCOLS protocol = RAW;
        SCARD_STATES state = ABSENT;

        *found = (struct found){.method = "ISCardManage::AttachByIFD", .hr = attach_now(attach)};
        if (FAILED(found->hr)) {
                if (found->hr == SCARD_E_NO_SMARTCARD)
                        found->state = show_state(ABSENT);
                return;
        }
        found->method = "ISCardManage::Status";
        found->hr = attach->manage->lpVtbl->Status(attach->manage, &state, &protocol);
        if (FAILED(found->hr))
                return;
        found->state = show_state(state);
        found->protocol = show_protocol(protocol);
        found->has_atr =
            card_atr_read(attach->list.context, attach->reader->name, &found->atr) == SCARD_S_SUCCESS;
        reader_facts(attach->reader->name, &found->facts);
}

static void print_json(const char *reader, const struct found *found)
{
        struct json json = {.out = stdout};

        json_object(&json, NULL);
        json_string(&json, "reader", reader);
        json_string(&json, "state", found->state);
        json_string(&json, "protocol", found->protocol);
        if (found->has_atr)
                atr_view_json(&json, "atr", &found->atr, NULL);
        else
                json_null(&json, "atr");
        show_hresult_json(&json, found->hr);
        json_end_object(&json);
}

static void print_lines(const char *reader, const struct found *found)
{
        show_method(stdout, found->method, found->hr, NULL);
        printf("reader    %s\n", reader);
        if (found->state != NULL)
                printf("state     %s\n", found->state);
        if (found->protocol != NULL)
                printf("protocol  %s\n", found->protocol);
        if (found->facts.speed_bps != 0)
                printf("speed     %u bit/s between card and reader\n", found->facts.speed_bps);
        if (found->has_atr)
                atr_view_print(stdout, &found->atr);
}

static int status(const struct options *options)
{
        struct attach attach;
        struct found found;
        int result = attach_prepare(&attach, options);

        if (result == TOOL_OK) {
                ask(&attach, &found);
                if (options->json)
                        print_json(attach.reader->name, &found);
                else
                        print_lines(attach.reader->name, &found);
                result = SUCCEEDED(found.hr) ? TOOL_OK : TOOL_HRESULT;
        } else if (result == TOOL_HRESULT && attach.reader == NULL && options->json) {
                found = (struct found){.hr = reader_none(&attach.list)};
                print_json(NULL, &found);
        }
        attach_close(&attach);
        return result;
}

const struct verb verb_status = {
    .name = "status",
    .synopsis = "[-r READER] [--json]",
    .summary = "ISCardManage::Status, the ATR taken apart, protocol and speed",
    .options = OPTION_JSON | OPTION_READER,
    .run = status,
};
