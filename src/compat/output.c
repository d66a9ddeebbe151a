#include <stdlib.h>
#include <string.h>

#include "compat/output.h"

LONG output_lite(void *buf, lite_dword room, lite_dword *len, const void *data, size_t count)
{
        void *to = buf;

        *len = count;
        if (room == LITE_AUTOALLOCATE) {
                if (buf == NULL)
                        return SCARD_E_INVALID_PARAMETER;
                to = malloc(count > 0 ? count : 1);
                memcpy(buf, &to, sizeof(to));
                if (to == NULL)
                        return SCARD_E_NO_MEMORY;
        } else if (buf != NULL && room < count) {
                return SCARD_E_INSUFFICIENT_BUFFER;
        }
        if (to != NULL && count > 0)
                memcpy(to, data, count);
        return SCARD_S_SUCCESS;
}

void output_lite_undo(void *buf)
{
        void *given;

        memcpy(&given, buf, sizeof(given));
        free(given);
        given = NULL;
        memcpy(buf, &given, sizeof(given));
}
