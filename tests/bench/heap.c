#include <dlfcn.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "heap.h"

#define EXPORT __attribute__((visibility("default")))

/* The C library's own, under the names it keeps for such programs. */
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *old, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);

EXPORT void *malloc(size_t size);
EXPORT void *calloc(size_t count, size_t size);
EXPORT void *realloc(void *old, size_t size);
EXPORT void *memalign(size_t alignment, size_t size);
EXPORT void *aligned_alloc(size_t alignment, size_t size);
EXPORT int posix_memalign(void **out, size_t alignment, size_t size);

static atomic_bool counting;
static atomic_ulong ours, libusb, reader;

static bool lies_in(const Dl_info *info, const char *library)
{
        return info->dli_fname != NULL && strstr(info->dli_fname, library) != NULL;
}

static void count(const void *caller)
{
        Dl_info info = {0};
        if (!atomic_load_explicit(&counting, memory_order_relaxed))
                return;
        (void)dladdr(caller, &info);
        if (lies_in(&info, "libusbshim"))
                atomic_fetch_add(&reader, 1);
        else if (lies_in(&info, "libusb-1.0"))
                atomic_fetch_add(&libusb, 1);
        else
                atomic_fetch_add(&ours, 1);
}

void *malloc(size_t size)
{
        count(__builtin_return_address(0));
        return __libc_malloc(size);
}

void *calloc(size_t n, size_t size)
{
        count(__builtin_return_address(0));
        return __libc_calloc(n, size);
}

void *realloc(void *old, size_t size)
{
        count(__builtin_return_address(0));
        return __libc_realloc(old, size);
}

void *memalign(size_t alignment, size_t size)
{
        count(__builtin_return_address(0));
        return __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
        count(__builtin_return_address(0));
        return __libc_memalign(alignment, size);
}

int posix_memalign(void **out, size_t alignment, size_t size)
{
        count(__builtin_return_address(0));
        void *memory = __libc_memalign(alignment, size);
        if (memory == NULL)
                return ENOMEM;
        *out = memory;
        return 0;
}

void heap_count_start(void)
{
        atomic_store(&ours, 0);
        atomic_store(&libusb, 0);
        atomic_store(&reader, 0);
        atomic_store(&counting, true);
}

struct heap_counts heap_count_stop(void)
{
        atomic_store(&counting, false);
        return (struct heap_counts){
            .ours = atomic_load(&ours), .libusb = atomic_load(&libusb), .reader = atomic_load(&reader)};
}
