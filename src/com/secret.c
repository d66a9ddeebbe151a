#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/wipe.h"
#include "com/secret.h"

static size_t whole_pages(size_t len)
{
        size_t page = (size_t)sysconf(_SC_PAGESIZE);

        return (len + page - 1) / page * page;
}

void *secret_alloc(size_t len)
{
        void *data = NULL;

        /*
         * Each begins on a page of its own, so no two secrets share one and the advice for one never ends
         * that for another; whatever follows the last byte in the last page stays out of dumps as well.
         */
        if (len == 0 || posix_memalign(&data, (size_t)sysconf(_SC_PAGESIZE), len) != 0)
                return NULL;
        memset(data, 0, len);
        (void)madvise(data, whole_pages(len), MADV_DONTDUMP); /* where it fails the bytes are wiped still */
        return data;
}

void secret_free(void *data, size_t len)
{
        if (data == NULL)
                return;
        wipe(data, len);
        (void)madvise(data, whole_pages(len), MADV_DODUMP);
        free(data);
}
