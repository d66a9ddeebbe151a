#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "com/hresult.h"
#include "core/status.h"

#include "tools/iscard/show.h"

#define MEANING_MAX 160

/* https://no-color.org: set and not empty */
static bool coloured(FILE *out)
{
        const char *no_color = getenv("NO_COLOR");
        const char *term = getenv("TERM");

        if (no_color != NULL && no_color[0] != '\0')
                return false;
        return isatty(fileno(out)) == 1 && (term == NULL || strcmp(term, "dumb") != 0);
}

void show_colour(FILE *out, enum show_colour colour)
{
        static const char *const codes[] = {[SHOW_GOOD] = "32", [SHOW_BAD] = "31", [SHOW_DIM] = "2"};

        if (coloured(out))
                fprintf(out, "\033[%sm", codes[colour]);
}

void show_plain(FILE *out)
{
        if (coloured(out))
                fputs("\033[0m", out);
}

const char *show_name(HRESULT hr)
{
        const char *name = hresult_name(hr);

        return name != NULL ? name : "?";
}

const char *show_state(SCARD_STATES state)
{
        static const char *const names[] = {[ABSENT] = "ABSENT",
                                            [PRESENT] = "PRESENT",
                                            [SWALLOWED] = "SWALLOWED",
                                            [POWERED] = "POWERED",
                                            [NEGOTIABLEMODE] = "NEGOTIABLEMODE",
                                            [SPECIFICMODE] = "SPECIFICMODE"};

        return state >= ABSENT && state <= SPECIFICMODE ? names[state] : NULL;
}

const char *show_protocol(SCARD_PROTOCOLS protocol)
{
        switch (protocol) {
        case T0:
                return "T0";
        case T1:
                return "T1";
        case RAW:
                return "RAW";
        }
        return NULL;
}

/* Whether a status word came at all; 0000 is none that a card gives. */
static bool has_sw(const struct card_last *last)
{
        return last != NULL && last->command != NULL && last->sw != 0;
}

static int tries_of(const struct card_last *last)
{
        return last != NULL && last->command != NULL ? last->tries : -1;
}

static void meaning(HRESULT hr, const struct card_last *last, char *text, size_t cap)
{
        const char *words = hresult_text(hr);
        int tries = tries_of(last);
        char left[32] = "", sw[16] = "";

        if (tries >= 0)
                snprintf(left, sizeof(left), ", %d %s left", tries, tries == 1 ? "try" : "tries");
        if (has_sw(last))
                snprintf(sw, sizeof(sw), " (SW %04X)", last->sw);
        snprintf(text, cap, "%s%s%s", words != NULL ? words : "not known here", left, sw);
}

void show_method(FILE *out, const char *method, HRESULT hr, const struct card_last *last)
{
        char words[MEANING_MAX];

        meaning(hr, last, words, sizeof(words));
        fprintf(out, "%s  ", method);
        show_colour(out, SUCCEEDED(hr) ? SHOW_GOOD : SHOW_BAD);
        fprintf(out, "0x%08" PRIX32 " %s", (uint32_t)hr, show_name(hr));
        show_plain(out);
        fprintf(out, "  %s\n", words);
}

void show_hresult_json(struct json *json, HRESULT hr)
{
        char code[16];

        snprintf(code, sizeof(code), "0x%08" PRIX32, (uint32_t)hr);
        json_string(json, "hresult", code);
        json_string(json, "name", hresult_name(hr));
}

void show_method_json(struct json *json, const char *method, HRESULT hr, const struct card_last *last)
{
        char words[MEANING_MAX], sw[8];
        int tries = tries_of(last);

        meaning(hr, last, words, sizeof(words));
        json_string(json, "method", method);
        show_hresult_json(json, hr);
        json_string(json, "meaning", words);
        if (has_sw(last)) {
                snprintf(sw, sizeof(sw), "%04X", last->sw);
                json_string(json, "sw", sw);
        } else {
                json_null(json, "sw");
        }
        if (tries >= 0)
                json_number(json, "tries", tries);
        else
                json_null(json, "tries");
}
