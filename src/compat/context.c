/*
 * context.c - the functions of pcsc-lite about contexts and the list of readers.
 */
#include <stdlib.h>
#include <string.h>

#include "compat/code.h"
#include "compat/names.h"
#include "compat/output.h"

#define GROUPS "SCard$DefaultReaders\0" /* and the NUL that ends a multi-string */

lite_long lite_establish_context(lite_dword scope, const void *reserved1, const void *reserved2,
                                 lite_long *context)
{
        SCARDCONTEXT made;

        if (context == NULL)
                return code_lite(SCARD_E_INVALID_PARAMETER);
        *context = 0;
        if (dword_engine(scope) > LITE_SCOPE_GLOBAL)
                return code_lite(SCARD_E_INVALID_VALUE);
        LONG status = SCardEstablishContext(ISCARD_SCOPE_PCSCLITE, reserved1, reserved2, &made);

        if (status == SCARD_S_SUCCESS)
                *context = (lite_long)made;
        return code_lite(status);
}

lite_long lite_release_context(lite_long context)
{
        return code_lite(SCardReleaseContext((SCARDCONTEXT)context));
}

lite_long lite_is_valid_context(lite_long context)
{
        return code_lite(SCardIsValidContext((SCARDCONTEXT)context));
}

lite_long lite_cancel(lite_long context)
{
        return code_lite(SCardCancel((SCARDCONTEXT)context));
}

/* It came from malloc, as in pcsc-lite: it outlives the context, and programs free it themselves at times. */
lite_long lite_free_memory(lite_long context, const void *memory)
{
        LONG status = SCardIsValidContext((SCARDCONTEXT)context);

        if (status == SCARD_S_SUCCESS)
                free((void *)(uintptr_t)memory);
        return code_lite(status);
}

lite_long lite_list_readers(lite_long context, const char *groups, char *readers, lite_dword *len)
{
        char *names;
        size_t names_len;

        (void)groups; /* every reader is in every group */
        if (len == NULL)
                return code_lite(SCARD_E_INVALID_PARAMETER);
        lite_dword room = *len;

        *len = 0;
        LONG status = names_list((SCARDCONTEXT)context, &names, &names_len);

        if (status == SCARD_S_SUCCESS)
                status = output_lite(readers, room, len, names, names_len);
        else if (status == SCARD_E_NO_READERS_AVAILABLE)
                *len = 1; /* an empty multi-string */
        free(names);
        return code_lite(status);
}

lite_long lite_list_reader_groups(lite_long context, char *groups, lite_dword *len)
{
        if (len == NULL)
                return code_lite(SCARD_E_INVALID_PARAMETER);
        lite_dword room = *len;
        LONG status = SCardIsValidContext((SCARDCONTEXT)context);

        if (status == SCARD_S_SUCCESS)
                status = output_lite(groups, room, len, GROUPS, sizeof(GROUPS));
        return code_lite(status);
}
