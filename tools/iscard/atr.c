/* iscard atr: an ATR taken apart, from the card or from the command line */
#include <stdio.h>

#include "core/status.h"

#include "tools/iscard/atr_view.h"
#include "tools/iscard/card_atr.h"
#include "tools/iscard/hex.h"
#include "tools/iscard/reader.h"
#include "tools/iscard/show.h"

#define ATR_OPERAND_MAX 512 /* bytes; an ATR has 33, and a longer one is told what is wrong with it */

static void show(const struct options *options, const struct atr *atr, const char *problem)
{
        struct json json = {.out = stdout};

        if (options->json)
                atr_view_json(&json, NULL, atr, problem);
        else
                atr_view_print(stdout, atr);
}

static int from_operands(const struct options *options)
{
        static const char problem[] = "not hexadecimal, half a byte at the end, or too long";
        uint8_t bytes[ATR_OPERAND_MAX];
        size_t len = 0;
        bool good = true;
        struct atr atr;

        for (size_t i = 0; good && i < options->operand_count; i++)
                good = hex_parse(options->operands[i], bytes, sizeof(bytes), &len);
        (void)atr_parse(&atr, bytes, len);
        if (good || options->json)
                show(options, &atr, good ? NULL : problem);
        return good ? TOOL_OK : tool_error(TOOL_USAGE, "the ATR is %s", problem);
}

/* JSON says so too. */
static void show_none(const struct options *options, LONG status)
{
        const char *text = status_text(status);
        struct atr atr;

        (void)atr_parse(&atr, NULL, 0);
        if (options->json)
                show(options, &atr, text != NULL ? text : "no ATR");
}

static int from_card(const struct options *options)
{
        const struct reader *reader;
        struct reader_list list;
        struct atr atr;
        LONG status = reader_list_open(&list);
        int result;

        if (status != SCARD_S_SUCCESS)
                return tool_error(TOOL_HRESULT, "the list of readers: 0x%08X %s", (unsigned)status,
                                  show_name(status));
        result = reader_choose(&list, options->reader, &reader);
        if (result == TOOL_OK) {
                status = card_atr_read(list.context, reader->name, &atr);
                if (status == SCARD_S_SUCCESS)
                        show(options, &atr, NULL);
                else
                        result = tool_error(TOOL_HRESULT, "%s: 0x%08X %s", reader->name, (unsigned)status,
                                            show_name(status));
        } else if (result == TOOL_HRESULT) {
                status = reader_none(&list);
        }
        if (result == TOOL_HRESULT)
                show_none(options, status);
        reader_list_close(&list);
        return result;
}

static int run_atr(const struct options *options)
{
        return options->operand_count > 0 ? from_operands(options) : from_card(options);
}

const struct verb verb_atr = {
    .name = "atr",
    .synopsis = "[HEX...] [-r READER] [--json]",
    .summary = "an ATR taken apart, from the card or from the command line",
    .help = "An ATR on the command line is taken apart whatever is wrong with it; the JSON says \"valid\": "
            "false\n"
            "and which \"problem\" it has.\n",
    .options = OPTION_JSON | OPTION_READER,
    .operands_max = TOOL_OPERANDS_ANY,
    .run = run_atr,
};
