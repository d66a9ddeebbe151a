#include <string.h>

#include "tools/iscard/json.h"

/* Length of the well-formed UTF-8 sequence at text; 0: none. Unicode 15 table 3-7 */
static size_t utf8_len(const unsigned char *text)
{
        unsigned char low = 0x80, high = 0xBF;
        size_t more;

        if (text[0] < 0x80)
                return 1;
        if (text[0] >= 0xC2 && text[0] <= 0xDF)
                more = 1;
        else if (text[0] >= 0xE0 && text[0] <= 0xEF)
                more = 2;
        else if (text[0] >= 0xF0 && text[0] <= 0xF4)
                more = 3;
        else
                return 0;
        if (text[0] == 0xE0)
                low = 0xA0;
        else if (text[0] == 0xED)
                high = 0x9F;
        else if (text[0] == 0xF0)
                low = 0x90;
        else if (text[0] == 0xF4)
                high = 0x8F;
        for (size_t i = 1; i <= more; i++, low = 0x80, high = 0xBF)
                if (text[i] < low || text[i] > high)
                        return 0;
        return more + 1;
}

static void quoted(FILE *out, const char *text)
{
        const unsigned char *at = (const unsigned char *)text;
        size_t len;

        fputc('"', out);
        for (; *at != '\0'; at += len) {
                len = utf8_len(at);
                if (len == 0) {
                        fputs("\\ufffd", out);
                        len = 1;
                } else if (*at == '"' || *at == '\\') {
                        fprintf(out, "\\%c", *at);
                } else if (*at < 0x20 || *at == 0x7F) {
                        fprintf(out, "\\u%04x", *at);
                } else {
                        fwrite(at, 1, len, out);
                }
        }
        fputc('"', out);
}

/* What stands before a value: the comma after its neighbour, the line and the key. */
static void lead(struct json *json, const char *key)
{
        if (json->filled)
                fputc(',', json->out);
        if (json->depth > 0)
                fprintf(json->out, "\n%*s", (int)json->depth * 2, "");
        if (key != NULL) {
                quoted(json->out, key);
                fputs(": ", json->out);
        }
        json->filled = true;
}

static void open_with(struct json *json, const char *key, char bracket)
{
        lead(json, key);
        fputc(bracket, json->out);
        json->depth++;
        json->filled = false;
}

static void close_with(struct json *json, char bracket)
{
        json->depth--;
        if (json->filled)
                fprintf(json->out, "\n%*s", (int)json->depth * 2, "");
        fputc(bracket, json->out);
        json->filled = true;
        if (json->depth == 0)
                fputc('\n', json->out);
}

void json_object(struct json *json, const char *key)
{
        open_with(json, key, '{');
}

void json_array(struct json *json, const char *key)
{
        open_with(json, key, '[');
}

void json_end_object(struct json *json)
{
        close_with(json, '}');
}

void json_end_array(struct json *json)
{
        close_with(json, ']');
}

void json_string(struct json *json, const char *key, const char *text)
{
        if (text == NULL) {
                json_null(json, key);
                return;
        }
        lead(json, key);
        quoted(json->out, text);
}

void json_hex(struct json *json, const char *key, const uint8_t *bytes, size_t len)
{
        lead(json, key);
        fputc('"', json->out);
        for (size_t i = 0; i < len; i++)
                fprintf(json->out, "%02X", bytes[i]);
        fputc('"', json->out);
}

void json_number(struct json *json, const char *key, long long number)
{
        lead(json, key);
        fprintf(json->out, "%lld", number);
}

void json_bool(struct json *json, const char *key, bool value)
{
        lead(json, key);
        fputs(value ? "true" : "false", json->out);
}

void json_null(struct json *json, const char *key)
{
        lead(json, key);
        fputs("null", json->out);
}
