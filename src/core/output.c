#include <string.h>

#include "winscard.h"

#include "core/context.h"
#include "core/text.h"

#include "core/output.h"

DWORD output_clear(void *buf, DWORD *len)
{
        if (len == NULL)
                return 0;
        DWORD room = *len;

        *len = 0;
        if (room == SCARD_AUTOALLOCATE && buf != NULL)
                *(void **)buf = NULL;
        return room;
}

/* Where count units go: the caller's buffer or memory of the context. *to NULL with success: only the length
 * is wanted. */
static int32_t output_place(struct context *context, void *buf, DWORD *len, DWORD room, size_t count,
                            size_t size, void **to)
{
        *to = NULL;
        if (len == NULL)
                return buf == NULL ? SCARD_S_SUCCESS : SCARD_E_INVALID_PARAMETER;
        if (count >= SCARD_AUTOALLOCATE)
                return SCARD_E_NO_MEMORY;
        if (room == SCARD_AUTOALLOCATE && buf != NULL) {
                *to = context_memory_new(context, (count > 0 ? count : 1) * size);
                if (*to == NULL)
                        return SCARD_E_NO_MEMORY;
                *(void **)buf = *to;
        } else if (buf != NULL && room < count) {
                *len = (DWORD)count;
                return SCARD_E_INSUFFICIENT_BUFFER;
        } else {
                *to = buf;
        }
        *len = (DWORD)count;
        return SCARD_S_SUCCESS;
}

int32_t output_give(struct context *context, void *buf, DWORD *len, DWORD room, const void *data,
                    size_t count, size_t size)
{
        void *to;
        int32_t status = output_place(context, buf, len, room, count, size, &to);

        if (status == SCARD_S_SUCCESS && to != NULL && count > 0)
                memcpy(to, data, count * size);
        return status;
}

int32_t output_give_utf16(struct context *context, WCHAR *buf, DWORD *len, DWORD room, const char *text,
                          size_t text_len)
{
        void *to;
        size_t count = text_to_utf16(NULL, 0, text, text_len);
        int32_t status = output_place(context, buf, len, room, count, sizeof(WCHAR), &to);

        if (status == SCARD_S_SUCCESS && to != NULL)
                text_to_utf16(to, count, text, text_len);
        return status;
}
