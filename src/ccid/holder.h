/*
 * holder.h - which process has a device node open, as far as /proc tells this user.
 */
#ifndef ISCARD_CCID_HOLDER_H
#define ISCARD_CCID_HOLDER_H

#include <stdbool.h>
#include <stddef.h>

struct holder {
        long pid;
        char name[64]; /* of the program, as /proc has it, made printable; empty where it does not say */
};

/*
 * The first process but this one that has node (an absolute path) open. Blocks for as long as reading /proc
 * takes. false: none, or none that this user may see.
 */
bool holder_find(const char *node, struct holder *holder);
/* What to do about a program of that name, in words. */
const char *holder_advice(const char *name);

#endif
