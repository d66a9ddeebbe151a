/*
 * wipe.c - the wipe that the compiler cannot drop.
 */
#include <string.h>

#include "core/wipe.h"

void wipe(void *data, size_t len)
{
        if (len == 0)
                return;
        /* Reached through memory that the compiler must assume is read, so it stays even where data dies. */
        memset(data, 0, len);
        __asm__ __volatile__("" : : "r"(data) : "memory");
}
