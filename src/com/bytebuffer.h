/*
 * bytebuffer.h - class ByteBuffer: IByteBuffer over memory of its own.
 *
 * Initialize comes first: until then every other method is E_UNEXPECTED once its arguments were checked.
 * Sizes and positions are limited to BYTES_MAX (16 MiB); more, or less than 0, is E_INVALIDARG. Clones share
 * the bytes and have a position each; Initialize gives the object new bytes and leaves the clones the old
 * ones.
 */
#ifndef ISCARD_COM_BYTEBUFFER_H
#define ISCARD_COM_BYTEBUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <scardcom.h>

/* A new object, not initialised. E_NOINTERFACE, E_OUTOFMEMORY, E_POINTER; *out is NULL then. */
HRESULT bytebuffer_create(REFIID riid, void **out);

/*
 * Up to room bytes of the content from its start, wherever the position is; *len is 0 where the object was
 * not initialised. false: not an object of this class, nothing done.
 */
bool bytebuffer_content(IByteBuffer *iface, uint8_t *bytes, size_t room, size_t *len);

#endif
