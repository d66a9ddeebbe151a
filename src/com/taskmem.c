/* taskmem.c - memory that passes between an object and its caller. */

#include <stdlib.h>

#include <objbase.h>

LPVOID WINAPI CoTaskMemAlloc(SIZE_T cb)
{
        return malloc(cb > 0 ? cb : 1);
}

LPVOID WINAPI CoTaskMemRealloc(LPVOID pv, SIZE_T cb)
{
        if (pv == NULL)
                return CoTaskMemAlloc(cb);
        if (cb == 0) {
                free(pv);
                return NULL;
        }
        return realloc(pv, cb);
}

void WINAPI CoTaskMemFree(LPVOID pv)
{
        free(pv);
}
