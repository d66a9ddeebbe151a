/*
 * stream.h - the stream under a byte buffer: IStream over bytes of the library. Thread-safe; what it held is
 * wiped when the last reference to the bytes goes.
 */
#ifndef ISCARD_COM_STREAM_H
#define ISCARD_COM_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <objidl.h>

#include "com/bytes.h"

/* At position 0, with one reference; takes over bytes, which may be NULL: then, and when memory is short, NULL. */
IStream *stream_create(struct bytes *bytes);

/* Whether it is of this class. */
bool stream_is_ours(IStream *stream);
/* Up to room bytes of the content from its start, wherever the position is. false: not of this class. */
bool stream_content(IStream *stream, uint8_t *bytes, size_t room, size_t *len);

#endif
