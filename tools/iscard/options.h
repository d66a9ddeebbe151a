/*
 * options.h - the command line taken apart. Options may follow operands; "--" ends them.
 */
#ifndef ISCARD_TOOL_OPTIONS_H
#define ISCARD_TOOL_OPTIONS_H

#include "tools/iscard/tool.h"

/*
 * Fills options; the first operand is the verb. argv is put in another order: operands come last, and options
 * borrows from it. TOOL_USAGE: not understood; it has been said on stderr, without the value of an option
 * that may hold a code.
 */
int options_parse(struct options *options, int argc, char **argv);
/* Checks what was given against what the verb takes. */
int options_check(const struct options *options, const struct verb *verb);
/* A whole decimal, hexadecimal (0x) number from min to max. */
bool options_number(const char *text, long min, long max, int *value);

#endif
