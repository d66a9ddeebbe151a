/* iscard error: what a HRESULT or a status word means */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "com/hresult.h"
#include "core/status.h"

#include "tools/iscard/show.h"
#include "tools/iscard/tool.h"

struct meaning {
        char code[16];
        const char *name; /* NULL: it has none */
        char text[192];
};

static bool all_hex(const char *text)
{
        return text[0] != '\0' && text[strspn(text, "0123456789abcdefABCDEF")] == '\0';
}

/* "6982", "0x6982", and, from several operands, "69 82". */
static bool as_sw(const char *text, uint16_t *sw)
{
        if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X'))
                text += 2;
        if (strlen(text) != 4 || !all_hex(text))
                return false;
        *sw = (uint16_t)strtoul(text, NULL, 16);
        return true;
}

/* 8010006B, 0x8010006B, -2146434965, 2148532331, and the names. */
static bool as_hresult(const char *text, HRESULT *hr)
{
        bool prefix = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
        bool hex = prefix || (strlen(text) == 8 && all_hex(text));
        long long number;
        char *end;

        if (hresult_from_name(text, hr))
                return true;
        if ((prefix && !all_hex(text + 2)) || (!prefix && text[0] != '-' && !all_hex(text)))
                return false;
        errno = 0;
        number = strtoll(text, &end, hex ? 16 : 10);
        if (errno != 0 || end == text || *end != '\0' || number < INT32_MIN || number > (long long)UINT32_MAX)
                return false;
        *hr = (HRESULT)(uint32_t)number;
        return true;
}

static void explain_hresult(HRESULT hr, struct meaning *meaning)
{
        const char *text = hresult_text(hr);

        snprintf(meaning->code, sizeof(meaning->code), "0x%08" PRIX32, (uint32_t)hr);
        meaning->name = hresult_name(hr);
        if (text != NULL)
                snprintf(meaning->text, sizeof(meaning->text), "%s", text);
        else
                snprintf(meaning->text, sizeof(meaning->text), "not known here: a %s of facility %d, code %d",
                         SUCCEEDED(hr) ? "success" : "failure", (int)HRESULT_FACILITY(hr),
                         (int)HRESULT_CODE(hr));
}

/* What the library makes of it: read as the answer to a CHV command where that table has it, else to any
 * other. */
static void explain_sw(uint16_t sw, struct meaning *meaning)
{
        int32_t status = status_from_chv_sw(sw, STATUS_CHV_CODE, NULL);

        if (status == SCARD_E_UNEXPECTED)
                status = status_from_sw(sw, false);
        snprintf(meaning->code, sizeof(meaning->code), "%04X", sw);
        meaning->name = hresult_name(hresult_from_scard(status));
        status_sw_text(sw, meaning->text, sizeof(meaning->text));
}

/* The operands without the blanks between them. */
static bool join(const struct options *options, char *text, size_t cap)
{
        size_t len = 0;

        for (size_t i = 0; i < options->operand_count; i++)
                for (const char *at = options->operands[i]; *at != '\0'; at++) {
                        if (*at == ' ' || *at == ':')
                                continue;
                        if (len + 1 >= cap)
                                return false;
                        text[len++] = *at;
                }
        text[len] = '\0';
        return len > 0;
}

static int error(const struct options *options)
{
        struct meaning meaning = {.name = NULL};
        struct json json = {.out = stdout};
        char text[64];
        HRESULT hr;
        uint16_t sw;

        if (!join(options, text, sizeof(text)))
                return tool_error(TOOL_USAGE, "that is neither a HRESULT nor a status word");
        if (as_sw(text, &sw))
                explain_sw(sw, &meaning);
        else if (as_hresult(text, &hr))
                explain_hresult(hr, &meaning);
        else
                return tool_error(TOOL_USAGE,
                                  "\"%s\" is neither a HRESULT (0x8010006B, -2146434965, "
                                  "SCARD_W_WRONG_CHV) nor a status word (63C2)",
                                  text);
        if (options->json) {
                json_object(&json, NULL);
                json_string(&json, "code", meaning.code);
                json_string(&json, "name", meaning.name);
                json_string(&json, "meaning", meaning.text);
                json_end_object(&json);
        } else {
                printf("%s  %s  %s\n", meaning.code, meaning.name != NULL ? meaning.name : "-", meaning.text);
        }
        return TOOL_OK;
}

const struct verb verb_error = {
    .name = "error",
    .synopsis = "CODE | SW [--json]",
    .summary = "what a HRESULT or a status word means",
    .help = "CODE is hexadecimal, decimal (also negative, as some languages print it) or a name; SW has four "
            "digits.\n"
            "For a status word the name is that of the code which the library makes of it.\n",
    .options = OPTION_JSON,
    .operands_min = 1,
    .operands_max = 4,
    .run = error,
};
