#include <stdint.h>
#include <string.h>

#include "core/text.h"

#define REPLACEMENT 0xFFFDu

/*
 * Reads one character of at most len > 0 bytes: its code point into *point and its length. A broken sequence
 * is one byte long and *broken is set. Overlong forms, surrogates and points over 10FFFF are broken. RFC 3629
 * 4
 */
static size_t utf8_read(const char *text, size_t len, uint32_t *point, bool *broken)
{
        static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
        const unsigned char *byte = (const unsigned char *)text;
        size_t size = byte[0] < 0x80             ? 1
                      : (byte[0] & 0xE0) == 0xC0 ? 2
                      : (byte[0] & 0xF0) == 0xE0 ? 3
                      : (byte[0] & 0xF8) == 0xF0 ? 4
                                                 : 0;

        *broken = false;
        *point = byte[0];
        if (size == 1)
                return 1;
        *broken = true;
        if (size == 0 || size > len)
                return 1;
        uint32_t value = byte[0] & (0x7Fu >> size);

        for (size_t i = 1; i < size; i++) {
                if ((byte[i] & 0xC0) != 0x80)
                        return 1;
                value = value << 6 | (byte[i] & 0x3Fu);
        }
        if (value < least[size] || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF))
                return 1;
        *broken = false;
        *point = value;
        return size;
}

/* Writes one code point into at least 4 bytes; returns its length. */
static size_t utf8_write(char *to, uint32_t point)
{
        if (point < 0x80) {
                to[0] = (char)point;
                return 1;
        }
        size_t size = point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;

        for (size_t i = size - 1; i > 0; i--) {
                to[i] = (char)(0x80 | (point & 0x3F));
                point >>= 6;
        }
        to[0] = (char)(((0xF00u >> size) & 0xF0u) | point);
        return size;
}

void text_clean(char *to, size_t cap, const char *from, size_t from_cap)
{
        size_t len = strnlen(from, from_cap);
        size_t out = 0;

        if (cap == 0)
                return;
        for (size_t i = 0; i < len;) {
                uint32_t point;
                bool broken;
                size_t size = utf8_read(from + i, len - i, &point, &broken);
                bool control = point < 0x20 || (point >= 0x7F && point < 0xA0);
                bool replaced = broken || control;

                if (out + (replaced ? 1 : size) >= cap)
                        break;
                if (replaced)
                        to[out++] = '?';
                else if (point != ' ' || out > 0) {
                        memcpy(to + out, from + i, size);
                        out += size;
                }
                i += size;
        }
        while (out > 0 && to[out - 1] == ' ')
                out--;
        to[out] = '\0';
}

size_t text_to_utf16(WCHAR *to, size_t cap, const char *from, size_t from_len)
{
        size_t out = 0;

        for (size_t i = 0; i < from_len;) {
                uint32_t point;
                bool broken;

                i += utf8_read(from + i, from_len - i, &point, &broken);
                if (broken)
                        point = REPLACEMENT;
                if (point < 0x10000) {
                        if (out < cap)
                                to[out] = (WCHAR)point;
                        out++;
                        continue;
                }
                if (out < cap)
                        to[out] = (WCHAR)(0xD800 + ((point - 0x10000) >> 10));
                if (out + 1 < cap)
                        to[out + 1] = (WCHAR)(0xDC00 + ((point - 0x10000) & 0x3FF));
                out += 2;
        }
        return out;
}

bool text_from_utf16(char *to, size_t cap, const WCHAR *from)
{
        size_t out = 0;

        if (cap == 0)
                return false;
        to[0] = '\0';
        while (*from != 0) {
                uint32_t point = *from++;

                if (point >= 0xD800 && point <= 0xDFFF) {
                        if (point >= 0xDC00 || *from < 0xDC00 || *from > 0xDFFF) {
                                to[0] = '\0';
                                return false;
                        }
                        point = 0x10000 + ((point - 0xD800) << 10) + ((uint32_t)*from++ - 0xDC00);
                }
                if (out + 5 > cap) {
                        to[0] = '\0';
                        return false;
                }
                out += utf8_write(to + out, point);
        }
        to[out] = '\0';
        return true;
}
