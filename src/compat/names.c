#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compat/names.h"

#define NUMBERS 6u /* " NN SS" */
#define MARK    9u /* what stands for the lost end: "~" and eight digits */

/* FNV-1a: readers that differ in what is lost alone are still told apart. */
static uint32_t mark_of(const char *name)
{
        uint32_t mark = 2166136261u;

        for (; *name != '\0'; name++)
                mark = (mark ^ (unsigned char)*name) * 16777619u;
        return mark;
}

size_t name_lite(const char *name, char *buf)
{
        size_t len = strlen(name), head = LITE_READERNAME - 1 - MARK - NUMBERS;

        if (len < LITE_READERNAME) {
                memcpy(buf, name, len + 1);
                return len;
        }
        while (head > 0 && ((unsigned char)name[head] & 0xC0) == 0x80) /* not inside a character of UTF-8 */
                head--;
        memcpy(buf, name, head);
        (void)snprintf(buf + head, LITE_READERNAME - head, "~%08X%s", (unsigned)mark_of(name),
                       name + len - NUMBERS);
        return head + MARK + NUMBERS;
}

/* All names of the engine, malloc'ed. Its own memory would go with the context, which others may release. */
static LONG names_engine(SCARDCONTEXT context, char **names)
{
        LONG status;

        do {
                DWORD len = 0;

                *names = NULL;
                status = SCardListReadersA(context, NULL, NULL, &len);
                if (status != SCARD_S_SUCCESS)
                        return status;
                *names = malloc(len);
                if (*names == NULL)
                        return SCARD_E_NO_MEMORY;
                status = SCardListReadersA(context, NULL, *names, &len);
                if (status != SCARD_S_SUCCESS)
                        free(*names);
        } while (status == SCARD_E_INSUFFICIENT_BUFFER); /* a reader came in between */
        return status;
}

LONG names_list(SCARDCONTEXT context, char **names, size_t *len)
{
        char *all;
        size_t used = 0;
        LONG status = names_engine(context, &all);

        *names = NULL;
        *len = 0;
        if (status != SCARD_S_SUCCESS)
                return status;
        /* In place: a shortened name is never longer than the whole one. */
        for (const char *name = all; *name != '\0';) {
                char lite[LITE_READERNAME];
                size_t lite_len = name_lite(name, lite) + 1;

                name += strlen(name) + 1;
                memcpy(all + used, lite, lite_len);
                used += lite_len;
        }
        all[used++] = '\0';
        *names = all;
        *len = used;
        return SCARD_S_SUCCESS;
}

/* In a context of its own: to list the readers in the application's would tell that of them. */
static LONG names_quietly(char **names)
{
        SCARDCONTEXT context;
        LONG status = SCardEstablishContext(ISCARD_SCOPE_PCSCLITE, NULL, NULL, &context);

        if (status != SCARD_S_SUCCESS)
                return status;
        status = names_engine(context, names);
        (void)SCardReleaseContext(context);
        return status;
}

const char *name_engine(const char *name, char **held)
{
        char *all, lite[LITE_READERNAME];

        *held = NULL;
        /* A shortened name is at most 3 bytes below the limit: it ends between two characters. */
        if (strlen(name) < LITE_READERNAME - 4 || names_quietly(&all) != SCARD_S_SUCCESS)
                return name;
        for (const char *next = all; *next != '\0' && *held == NULL; next += strlen(next) + 1) {
                (void)name_lite(next, lite);
                if (strcmp(lite, name) == 0)
                        *held = strdup(next);
        }
        free(all);
        return *held != NULL ? *held : name;
}
