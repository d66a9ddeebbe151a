#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "compat/names.h"

#define NUMBERS 6u /* " NN SS" */

size_t name_lite(const char *name, char *buf)
{
        size_t len = strlen(name), head = len;

        if (len >= LITE_READERNAME) {
                head = LITE_READERNAME - 1 - NUMBERS;
                while (head > 0 &&
                       ((unsigned char)name[head] & 0xC0) == 0x80) /* not inside a character of UTF-8 */
                        head--;
        }
        memcpy(buf, name, head);
        if (head < len) {
                memcpy(buf + head, name + len - NUMBERS, NUMBERS);
                head += NUMBERS;
        }
        buf[head] = '\0';
        return head;
}

LONG names_list(SCARDCONTEXT context, char **names, size_t *len)
{
        char *all = NULL;
        DWORD all_len = SCARD_AUTOALLOCATE;
        size_t used = 0;
        LONG status = SCardListReadersA(context, NULL, (LPSTR)&all, &all_len);

        *names = NULL;
        *len = 0;
        if (status != SCARD_S_SUCCESS)
                return status;
        char *out = malloc(all_len);

        if (out == NULL) {
                (void)SCardFreeMemory(context, all);
                return SCARD_E_NO_MEMORY;
        }
        for (const char *name = all; *name != '\0'; name += strlen(name) + 1) {
                char lite[LITE_READERNAME];
                size_t lite_len = name_lite(name, lite) + 1;

                memcpy(out + used, lite, lite_len); /* never longer than name */
                used += lite_len;
        }
        out[used++] = '\0';
        (void)SCardFreeMemory(context, all);
        *names = out;
        *len = used;
        return SCARD_S_SUCCESS;
}

const char *name_engine(SCARDCONTEXT context, const char *name, char **held)
{
        char *all = NULL, lite[LITE_READERNAME];
        DWORD all_len = SCARD_AUTOALLOCATE;

        *held = NULL;
        /* A shortened name is at most 3 bytes below the limit: it ends between two characters. */
        if (strlen(name) < LITE_READERNAME - 4 ||
            SCardListReadersA(context, NULL, (LPSTR)&all, &all_len) != SCARD_S_SUCCESS)
                return name;
        for (const char *next = all; *next != '\0' && *held == NULL; next += strlen(next) + 1) {
                (void)name_lite(next, lite);
                if (strcmp(lite, name) == 0)
                        *held = strdup(next);
        }
        (void)SCardFreeMemory(context, all);
        return *held != NULL ? *held : name;
}
