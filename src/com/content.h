/*
 * content.h - the bytes of an IByteBuffer on their way to the card and back. The buffer may be another
 * implementation's: what it says is checked. It is called with no lock held.
 */
#ifndef ISCARD_COM_CONTENT_H
#define ISCARD_COM_CONTENT_H

#include <stddef.h>
#include <stdint.h>

#include <scardcom.h>

/* In memory outside core dumps; given back, wiped, with content_free. */
struct content {
        uint8_t *bytes; /* NULL where len is 0 */
        size_t len;
};

/*
 * The whole content of a buffer, wherever its position is, and with the position left there. An object of the
 * library that was not initialised is empty. E_INVALIDARG: more than max bytes, or not as many as Stat says;
 * E_OUTOFMEMORY; the buffer's own failure. *content is empty then.
 */
HRESULT content_read(IByteBuffer *buffer, size_t max, struct content *content);
void content_free(struct content *content);

/* A new buffer of len zeros at position 0, which content_fill needs no memory for. E_OUTOFMEMORY: NULL. */
HRESULT content_create(size_t len, IByteBuffer **out);
/* Makes its content the first len bytes, at most what it was created with, and its position 0. */
HRESULT content_fill(IByteBuffer *buffer, const uint8_t *bytes, size_t len);
/*
 * Hands bytes to the caller: into *buffer, whose content they become, at position 0; or in a new buffer where
 * *buffer is NULL. After a failure *buffer is as it was.
 */
HRESULT content_give(IByteBuffer **buffer, const uint8_t *bytes, size_t len);

#endif
