/*
 * output.h - the habit of winscard's output buffers: NULL asks for the length, a short one gets the length
 * and an error, SCARD_AUTOALLOCATE gets memory of the context.
 */
#ifndef ISCARD_CORE_OUTPUT_H
#define ISCARD_CORE_OUTPUT_H

#include <stddef.h>
#include <stdint.h>

#include "windef.h"

struct context;

/*
 * Zeroes what output_give would fill, before anything can fail: *len, and the pointer with
 * SCARD_AUTOALLOCATE. Returns what *len was: the room; 0 where len is NULL.
 */
DWORD output_clear(void *buf, DWORD *len);

/*
 * Gives count units of size bytes (1, or 2 for WCHAR) at data to the application.
 *   buf   where to, or NULL; with room SCARD_AUTOALLOCATE: the address of a pointer that is set
 *   len   out: count. NULL: only with buf NULL, nothing is given
 *   room  in units, as output_clear returned it
 * SCARD_E_INSUFFICIENT_BUFFER (nothing is written but *len), SCARD_E_INVALID_PARAMETER, SCARD_E_NO_MEMORY
 */
int32_t output_give(struct context *context, void *buf, DWORD *len, DWORD room, const void *data,
                    size_t count, size_t size);
/* The same with UTF-8 text of text_len bytes as UTF-16. */
int32_t output_give_utf16(struct context *context, WCHAR *buf, DWORD *len, DWORD room, const char *text,
                          size_t text_len);

#endif
