/* memory.c - see memory.h */
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "tools/iscard/memory.h"

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
int __real_posix_memalign(void **block, size_t alignment, size_t size);
char *__real_strdup(const char *text);
void *__real_aligned_alloc(size_t alignment, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);
int __wrap_posix_memalign(void **block, size_t alignment, size_t size);
char *__wrap_strdup(const char *text);
void *__wrap_aligned_alloc(size_t alignment, size_t size);

/* Of each thread its own: a thread of the library that works meanwhile is not the call's. */
static _Thread_local uint64_t wanted; /* for the next call; 0: none */
static _Thread_local uint64_t left;   /* allocations until the one that fails; 0: none fails */
static _Thread_local bool met;

void memory_starve(uint64_t nth)
{
        wanted = nth;
}

void memory_begin(void)
{
        left = wanted;
        wanted = 0;
        met = false;
}

void memory_end(void)
{
        left = 0;
}

bool memory_starved(void)
{
        return met;
}

static bool fails(void)
{
        if (left == 0 || --left != 0)
                return false;
        met = true;
        errno = ENOMEM;
        return true;
}

void *__wrap_malloc(size_t size)
{
        return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
        return fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size)
{
        return fails() ? NULL : __real_realloc(old, size);
}

int __wrap_posix_memalign(void **block, size_t alignment, size_t size)
{
        return fails() ? ENOMEM : __real_posix_memalign(block, alignment, size);
}

char *__wrap_strdup(const char *text)
{
        return fails() ? NULL : __real_strdup(text);
}

void *__wrap_aligned_alloc(size_t alignment, size_t size)
{
        return fails() ? NULL : __real_aligned_alloc(alignment, size);
}
