#include <string.h>

#include "tools/iscard/atr_view.h"
#include "tools/iscard/hex.h"
#include "tools/iscard/show.h"

static const char *tck_text(enum atr_tck tck)
{
        static const char *const texts[] = {[ATR_TCK_ABSENT] = "absent",
                                            [ATR_TCK_OK] = "ok",
                                            [ATR_TCK_BAD] = "bad",
                                            [ATR_TCK_MISSING] = "missing"};

        return texts[tck];
}

/* Historical bytes are often text; dots stand for what cannot be shown. */
static void print_text(FILE *out, const uint8_t *bytes, size_t len)
{
        for (size_t i = 0; i < len; i++)
                fputc(bytes[i] >= 0x20 && bytes[i] < 0x7F ? bytes[i] : '.', out);
}

static void print_interface_bytes(FILE *out, const struct atr *atr)
{
        for (size_t i = 0; i < atr->group_count; i++) {
                const struct atr_group *group = &atr->group[i];

                if (!group->has_ta && !group->has_tb && !group->has_tc && !group->has_td)
                        continue;
                fprintf(out, "  interface %zu    ", i + 1);
                if (group->has_ta)
                        fprintf(out, " TA%zu=%02X", i + 1, group->ta);
                if (group->has_tb)
                        fprintf(out, " TB%zu=%02X", i + 1, group->tb);
                if (group->has_tc)
                        fprintf(out, " TC%zu=%02X", i + 1, group->tc);
                if (group->has_td)
                        fprintf(out, " TD%zu=%02X", i + 1, group->td);
                fputc('\n', out);
        }
}

static void print_protocols(FILE *out, const struct atr *atr)
{
        fputs("  protocols      ", out);
        for (size_t i = 0; i < atr->listed_count; i++)
                fprintf(out, " T=%u", atr->listed[i]);
        fprintf(out, "%s\n", atr->specific ? "  (specific mode)" : "");
        fprintf(out, "  Fi, Di          %u, %u\n", atr->fi, atr->di);
        fprintf(out, "  guard time N    %u\n", atr->n);
        if ((atr->offered & 1u << 0) != 0)
                fprintf(out, "  T=0             WI %u\n", atr->wi);
        if ((atr->offered & 1u << 1) != 0)
                fprintf(out, "  T=1             IFSC %u, BWI %u, CWI %u, %s\n", atr->ifsc, atr->bwi, atr->cwi,
                        atr->crc ? "CRC" : "LRC");
}

void atr_view_print(FILE *out, const struct atr *atr)
{
        char problems[ATR_PROBLEM_TEXT];

        fputs("ATR  ", out);
        hex_print(out, atr->bytes, atr->len);
        fputc('\n', out);
        if (atr->usable) {
                fprintf(out, "  convention      %s\n", atr->inverse ? "inverse" : "direct");
                print_interface_bytes(out, atr);
                print_protocols(out, atr);
                fputs("  historical      ", out);
                hex_print(out, atr->historical, atr->historical_len);
                fputs("  ", out);
                print_text(out, atr->historical, atr->historical_len);
                fprintf(out, "\n  TCK             %s\n", tck_text(atr->tck));
        }
        if (atr->problems != 0) {
                show_colour(out, SHOW_BAD);
                fprintf(out, "  problem         %s\n", atr_problems(atr, problems, sizeof(problems)));
                show_plain(out);
        }
}

static void number_or_null(struct json *json, const char *key, bool said, unsigned number)
{
        if (said)
                json_number(json, key, number);
        else
                json_null(json, key);
}

static void protocols_json(struct json *json, const struct atr *atr)
{
        char name[8];

        json_array(json, "protocols");
        for (size_t i = 0; i < atr->listed_count; i++) {
                snprintf(name, sizeof(name), "T=%u", atr->listed[i]);
                json_string(json, NULL, name);
        }
        json_end_array(json);
}

/* null wherever the ATR is silent: defaults are for those who drive a card. */
void atr_view_json(struct json *json, const char *key, const struct atr *atr, const char *problem)
{
        bool ts = atr->len > 0 && (atr->problems & ATR_PROBLEM_TS) == 0;
        char problems[ATR_PROBLEM_TEXT];

        json_object(json, key);
        json_hex(json, "atr", atr->bytes, atr->len);
        json_string(json, "convention", !ts ? NULL : atr->inverse ? "inverse" : "direct");
        protocols_json(json, atr);
        /* As it was received: a reserved value is what a script would look for here. */
        if (atr->group_count > 0 && atr->group[0].has_ta)
                json_hex(json, "ta1", &atr->group[0].ta, 1);
        else
                json_null(json, "ta1");
        number_or_null(json, "fi", atr->has_ta1, atr->fi);
        number_or_null(json, "di", atr->has_ta1, atr->di);
        number_or_null(json, "n", atr->has_n, atr->n);
        number_or_null(json, "ifsc", atr->has_ifsc, atr->ifsc);
        number_or_null(json, "bwi", atr->has_bwi_cwi, atr->bwi);
        number_or_null(json, "cwi", atr->has_bwi_cwi, atr->cwi);
        number_or_null(json, "wi", atr->has_wi, atr->wi);
        json_string(json, "edc", !atr->has_edc ? NULL : atr->crc ? "crc" : "lrc");
        json_hex(json, "historical", atr->historical, atr->historical_len);
        json_string(json, "tck", tck_text(atr->tck));
        json_bool(json, "valid", atr->valid && problem == NULL);
        if (problem == NULL && atr->problems != 0)
                problem = atr_problems(atr, problems, sizeof(problems));
        json_string(json, "problem", problem);
        json_end_object(json);
}
