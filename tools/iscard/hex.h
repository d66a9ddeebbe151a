/*
 * hex.h - bytes as people write them.
 */
#ifndef ISCARD_TOOL_HEX_H
#define ISCARD_TOOL_HEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/*
 * Appends the bytes of text to bytes at *len. Blanks, colons and commas may stand between bytes; 0x before
 * the first or any other. false: something else stands there, half a byte is left over, or there is no room;
 * *len then counts what was read.
 */
bool hex_parse(const char *text, uint8_t *bytes, size_t cap, size_t *len);
void hex_print(FILE *out, const uint8_t *bytes, size_t len);

#endif
