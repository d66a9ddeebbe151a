/*
 * memory.h - allocations that fail on request, in this thread, inside one call of the library. The linker leads the
 * allocations of everything that is linked into the tool here (TOOL_WRAP in the Makefile); those of shared libraries, Lua
 * and libcrypto and libusb among them, go their own way.
 */
#ifndef ISCARD_TOOL_MEMORY_H
#define ISCARD_TOOL_MEMORY_H

#include <stdbool.h>
#include <stdint.h>

/* The nth allocation, from 1, of the next call fails, and no other. */
void memory_starve(uint64_t nth);
/* Around a call. Without a wish before it nothing fails. */
void memory_begin(void);
void memory_end(void);
/* Whether an allocation of the last call failed so. */
bool memory_starved(void);

#endif
