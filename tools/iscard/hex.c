#include <string.h>

#include "tools/iscard/hex.h"

static int digit(char c)
{
        if (c >= '0' && c <= '9')
                return c - '0';
        if (c >= 'a' && c <= 'f')
                return c - 'a' + 10;
        if (c >= 'A' && c <= 'F')
                return c - 'A' + 10;
        return -1;
}

bool hex_parse(const char *text, uint8_t *bytes, size_t cap, size_t *len)
{
        while (*text != '\0') {
                int high, low;

                if (strchr(" \t\r\n:,", *text) != NULL) {
                        text++;
                        continue;
                }
                if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
                        text += 2;
                        if (digit(*text) < 0)
                                return false;
                }
                high = digit(text[0]);
                low = high < 0 ? -1 : digit(text[1]);
                if (low < 0 || *len == cap)
                        return false;
                bytes[(*len)++] = (uint8_t)(high << 4 | low);
                text += 2;
        }
        return true;
}

void hex_print(FILE *out, const uint8_t *bytes, size_t len)
{
        for (size_t i = 0; i < len; i++)
                fprintf(out, "%02X", bytes[i]);
}
