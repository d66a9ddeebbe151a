/*
 * ask.h - codes (PINs) on their way from the card holder to the tool: from the terminal without echo, or from
 * a file descriptor, a line each.
 */
#ifndef ISCARD_TOOL_ASK_H
#define ISCARD_TOOL_ASK_H

#include <stddef.h>
#include <stdint.h>

#define ASK_LINE_MAX                                                                                         \
        512 /* bytes; more than any card takes, so that the library's own limit is the one that shows */

/* Wiped by who declares it, on every path: ask_wipe. */
struct ask_line {
        uint8_t bytes[ASK_LINE_MAX];
        size_t len;
};

void ask_wipe(struct ask_line *line);

/*
 * fd: -1 for the terminal, where prompt is shown ("Code: ") and nothing is echoed. Otherwise the next line of
 * fd, read byte by byte so that what follows stays in it; the end of the file ends a line too. Without the
 * line end. TOOL_OK; TOOL_USAGE: nothing there, too long, no terminal; TOOL_FAILURE: reading failed. It has
 * been said on stderr.
 */
int ask_code(int fd, const char *prompt, struct ask_line *line);
/* The same; on the terminal it is asked for twice and has to be the same. */
int ask_new_code(int fd, const char *prompt, const char *again, struct ask_line *line);

#endif
