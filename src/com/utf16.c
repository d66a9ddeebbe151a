#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "com/utf16.h"

#define REPLACEMENT 0xFFFDu

/* One character of UTF-8; *at moves on, by one byte where it is none. RFC 3629 3, 4 */
static uint32_t utf8_character(const char **at)
{
        const unsigned char *bytes = (const unsigned char *)*at;
        unsigned more = bytes[0] < 0x80   ? 0
                        : bytes[0] < 0xC2 ? 4
                        : bytes[0] < 0xE0 ? 1
                        : bytes[0] < 0xF0 ? 2
                        : bytes[0] < 0xF5 ? 3
                                          : 4;
        static const uint32_t least[] = {0, 0x80, 0x800, 0x10000};
        uint32_t character;

        (*at)++;
        if (more == 0)
                return bytes[0];
        if (more == 4)
                return REPLACEMENT;
        character = bytes[0] & (0x3Fu >> more);
        for (unsigned i = 1; i <= more; i++) {
                if ((bytes[i] & 0xC0) != 0x80) /* also the NUL */
                        return REPLACEMENT;
                character = character << 6 | (bytes[i] & 0x3Fu);
        }
        if (character < least[more] || character > 0x10FFFF || (character >= 0xD800 && character <= 0xDFFF))
                return REPLACEMENT;
        *at += more;
        return character;
}

/* units NULL: only counts. */
static size_t to_utf16(const char *utf8, OLECHAR *units)
{
        size_t len = 0;

        while (*utf8 != '\0') {
                uint32_t character = utf8_character(&utf8);

                if (character >= 0x10000) {
                        if (units != NULL) {
                                units[len] = (OLECHAR)(0xD800 + ((character - 0x10000) >> 10));
                                units[len + 1] = (OLECHAR)(0xDC00 + (character & 0x3FF));
                        }
                        len += 2;
                        continue;
                }
                if (units != NULL)
                        units[len] = (OLECHAR)character;
                len++;
        }
        return len;
}

BSTR utf16_bstr(const char *utf8)
{
        BSTR text = SysAllocStringLen(NULL, (UINT)to_utf16(utf8, NULL));

        if (text != NULL)
                (void)to_utf16(utf8, text);
        return text;
}

/* One character of UTF-16; *at moves on. 0: a surrogate without its other half, or NUL. */
static uint32_t utf16_character(const OLECHAR *text, UINT len, UINT *at)
{
        uint32_t unit = text[(*at)++];

        if (unit < 0xD800 || unit > 0xDFFF)
                return unit;
        if (unit > 0xDBFF || *at == len || text[*at] < 0xDC00 || text[*at] > 0xDFFF)
                return 0;
        return 0x10000 + ((unit - 0xD800) << 10) + (uint32_t)(text[(*at)++] - 0xDC00);
}

/* UTF-8 of one character into out; how many bytes. RFC 3629 3. */
static size_t put_utf8(uint32_t character, char out[4])
{
        static const unsigned char lead[] = {0, 0x00, 0xC0, 0xE0, 0xF0};
        size_t len = character < 0x80 ? 1 : character < 0x800 ? 2 : character < 0x10000 ? 3 : 4;

        for (size_t i = len - 1; i > 0; i--) {
                out[i] = (char)(0x80 | (character & 0x3F));
                character >>= 6;
        }
        out[0] = (char)(lead[len] | character);
        return len;
}

bool utf16_to_utf8(const OLECHAR *text, UINT len, char *utf8, size_t room)
{
        size_t used = 0;

        for (UINT at = 0; at < len;) {
                uint32_t character = utf16_character(text, len, &at);

                if (character == 0 || used + 4 >= room) {
                        utf8[0] = '\0';
                        return false;
                }
                used += put_utf8(character, utf8 + used);
        }
        utf8[used] = '\0';
        return true;
}
