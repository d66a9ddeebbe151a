/*
 * output.h - texts and bytes into the caller's buffers by pcsc-lite's habits: a length of
 * SCARD_AUTOALLOCATE gets malloc'ed memory, a NULL buffer the length alone; a short buffer is
 * SCARD_E_INSUFFICIENT_BUFFER.
 */
#ifndef ISCARD_COMPAT_OUTPUT_H
#define ISCARD_COMPAT_OUTPUT_H

#include <stddef.h>

#include "compat/pcsclite.h"

/*
 * room   what *len was when the application called; *len becomes the length of data, whatever is returned
 * SCARD_E_INVALID_PARAMETER (AUTOALLOCATE without a buffer argument), SCARD_E_NO_MEMORY
 */
LONG output_lite(void *buf, lite_dword room, lite_dword *len, const void *data, size_t count);

/* Takes back what was malloc'ed, where the call fails after that. */
void output_lite_undo(void *buf);

#endif
