/* heap.c - see heap.h */
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "tests/matrix/heap.h"

static atomic_long blocks;

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void __real_free(void *block);
int __real_posix_memalign(void **block, size_t alignment, size_t size);
void *__real_aligned_alloc(size_t alignment, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);
void __wrap_free(void *block);
char *__wrap_strdup(const char *text);
char *__wrap_strndup(const char *text, size_t len);
int __wrap_posix_memalign(void **block, size_t alignment, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size);

long heap_blocks(void)
{
        return atomic_load(&blocks);
}

static void *counted(void *block)
{
        if (block != NULL)
                atomic_fetch_add(&blocks, 1);
        return block;
}

void *__wrap_malloc(size_t size)
{
        return counted(__real_malloc(size));
}

void *__wrap_calloc(size_t count, size_t size)
{
        return counted(__real_calloc(count, size));
}

void *__wrap_realloc(void *old, size_t size)
{
        void *block = __real_realloc(old, size);

        return old == NULL ? counted(block) : block;
}

char *__wrap_strndup(const char *text, size_t len)
{
        size_t held = strnlen(text, len);
        char *copy = counted(__real_malloc(held + 1));

        if (copy == NULL)
                return NULL;
        memcpy(copy, text, held);
        copy[held] = '\0';
        return copy;
}

char *__wrap_strdup(const char *text)
{
        return __wrap_strndup(text, strlen(text));
}

int __wrap_posix_memalign(void **block, size_t alignment, size_t size)
{
        int error = __real_posix_memalign(block, alignment, size);

        if (error == 0)
                counted(*block);
        return error;
}

void *__wrap_aligned_alloc(size_t alignment, size_t size)
{
        return counted(__real_aligned_alloc(alignment, size));
}

void __wrap_free(void *block)
{
        if (block != NULL)
                atomic_fetch_sub(&blocks, 1);
        __real_free(block);
}
