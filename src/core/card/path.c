/* path.c - see path.h */
#include <string.h>

#include "core/card/path.h"

#define SHORT_ID_MAX 30u /* 31 is reserved. 7816-4 7.2.2 */

/* -1: not a hexadecimal digit. */
static int digit(uint16_t c)
{
        if (c >= '0' && c <= '9')
                return c - '0';
        if (c >= 'A' && c <= 'F')
                return c - 'A' + 10;
        if (c >= 'a' && c <= 'f')
                return c - 'a' + 10;
        return -1;
}

static bool all_digits(const uint16_t *text, size_t len)
{
        for (size_t i = 0; i < len; i++)
                if (digit(text[i]) < 0)
                        return false;
        return true;
}

static unsigned number_of(const uint16_t *text, size_t len)
{
        unsigned number = 0;

        for (size_t i = 0; i < len; i++)
                number = number << 4 | (unsigned)digit(text[i]);
        return number;
}

/* 3FFF stands for the current DF, FFFF is reserved; the MF is where a path starts. 7816-4 7.2.1 */
bool path_id_ok(uint16_t id)
{
        return id != 0x3FFF && id != 0xFFFF && id != PATH_MF;
}

static bool parse_id(struct path_element *element, const uint16_t *text, size_t len)
{
        if (len != 4 || !all_digits(text, len))
                return false;
        element->kind = PATH_ID;
        element->id = (uint16_t)number_of(text, len);
        return path_id_ok(element->id);
}

static bool parse_short_id(struct path_element *element, const uint16_t *text, size_t len)
{
        if (len == 0 || len > 2 || !all_digits(text, len))
                return false;
        element->kind = PATH_SHORT_ID;
        element->id = (uint16_t)number_of(text, len);
        return element->id >= 1 && element->id <= SHORT_ID_MAX;
}

static bool parse_name(struct path_element *element, const uint16_t *text, size_t len)
{
        bool bytes = len >= 6 && len % 2 == 0 && all_digits(text, len);
        size_t name_len = bytes ? len / 2 : len;

        element->kind = PATH_NAME;
        if (name_len == 0 || name_len > PATH_NAME_MAX)
                return false;
        for (size_t i = 0; i < name_len; i++) {
                if (bytes)
                        element->name[i] = (uint8_t)number_of(text + 2 * i, 2);
                else if (text[i] < 0x20 || text[i] > 0x7E)
                        return false;
                else
                        element->name[i] = (uint8_t)text[i];
        }
        element->name_len = (uint8_t)name_len;
        return true;
}

static bool parse_element(struct path_element *element, enum path_type type, bool last, const uint16_t *text,
                          size_t len)
{
        memset(element, 0, sizeof(*element));
        if (type == PATH_BY_SHORT_ID && last)
                return parse_short_id(element, text, len);
        if (type == PATH_BY_ID || (len == 4 && all_digits(text, len)))
                return parse_id(element, text, len);
        if (type == PATH_BY_ANY && last && len <= 2 && all_digits(text, len))
                return parse_short_id(element, text, len);
        return parse_name(element, text, len);
}

static bool is_dots(const uint16_t *text, size_t len, size_t dots)
{
        return len == dots && text[0] == '.' && text[len - 1] == '.';
}

/* One element onto the path; a name leads away from wherever the path was. */
static bool step(struct path *path, enum path_type type, bool last, const uint16_t *text, size_t len)
{
        struct path_element element;

        if (len == 0)
                return false;
        if (is_dots(text, len, 1) || is_dots(text, len, 2)) {
                if (last && type == PATH_BY_SHORT_ID)
                        return false;
                if (len == 1)
                        return true;
                if (path->count == 0)
                        return false;
                path_parent(path);
                return true;
        }
        if (!parse_element(&element, type, last, text, len))
                return false;
        if (element.kind == PATH_NAME)
                path->count = 0;
        if (path->count == PATH_DEPTH_MAX)
                return false;
        path->element[path->count++] = element;
        return true;
}

static size_t element_len(const uint16_t *text, size_t len)
{
        size_t n = 0;

        while (n < len && text[n] != '/')
                n++;
        return n;
}

static bool parse(struct path *path, enum path_type type, const uint16_t *text, size_t len,
                  const struct path *base)
{
        bool absolute = len > 0 && text[0] == '/';
        size_t n;

        if (absolute) {
                text++;
                len--;
        }
        n = element_len(text, len);
        if (n == 4 && all_digits(text, 4) && number_of(text, 4) == PATH_MF) {
                if (len == 4)
                        return type != PATH_BY_SHORT_ID;
                text += 5;
                len -= 5;
        } else if (absolute && len == 0) {
                return type != PATH_BY_SHORT_ID;
        } else if (!absolute) {
                *path = *base;
        }
        for (;;) {
                n = element_len(text, len);
                if (!step(path, type, n == len, text, n))
                        return false;
                if (n == len)
                        return true;
                text += n + 1;
                len -= n + 1;
        }
}

bool path_parse(struct path *path, enum path_type type, const uint16_t *text, size_t len,
                const struct path *base)
{
        struct path parsed;

        memset(&parsed, 0, sizeof(parsed));
        memset(path, 0, sizeof(*path));
        if (type < PATH_BY_NAME || type > PATH_BY_ANY || !parse(&parsed, type, text, len, base))
                return false;
        *path = parsed;
        return true;
}

static char hex(unsigned digits)
{
        return "0123456789ABCDEF"[digits & 0x0F];
}

size_t path_text(const struct path *path, char out[PATH_TEXT_MAX])
{
        size_t len = 0;

        if (path->count == 0 || path->element[0].kind != PATH_NAME) {
                memcpy(out, "3F00", 4);
                len = 4;
        }
        for (size_t i = 0; i < path->count; i++) {
                const struct path_element *element = &path->element[i];
                int low = element->kind == PATH_SHORT_ID ? 4 : 12;

                if (len != 0)
                        out[len++] = '/';
                for (size_t at = 0; element->kind == PATH_NAME && at < element->name_len; at++) {
                        out[len++] = hex(element->name[at] >> 4u);
                        out[len++] = hex(element->name[at]);
                }
                for (int shift = low; element->kind != PATH_NAME && shift >= 0; shift -= 4)
                        out[len++] = hex((unsigned)element->id >> shift);
        }
        out[len] = '\0';
        return len;
}

static bool element_equal(const struct path_element *a, const struct path_element *b)
{
        return a->kind == b->kind && a->id == b->id && a->name_len == b->name_len &&
               memcmp(a->name, b->name, a->name_len) == 0;
}

bool path_within(const struct path *path, const struct path *top)
{
        if (path->count < top->count)
                return false;
        for (size_t i = 0; i < top->count; i++)
                if (!element_equal(&path->element[i], &top->element[i]))
                        return false;
        /* What begins with a name is not known to be below the MF. */
        return top->count != 0 || path->count == 0 || path->element[0].kind != PATH_NAME;
}

bool path_equal(const struct path *a, const struct path *b)
{
        return a->count == b->count && path_within(a, b);
}

void path_parent(struct path *path)
{
        if (path->count > 0)
                path->count--;
}

bool path_append_id(struct path *path, uint16_t id)
{
        if (path->count == PATH_DEPTH_MAX)
                return false;
        path->element[path->count] = (struct path_element){.kind = PATH_ID, .id = id};
        path->count++;
        return true;
}
