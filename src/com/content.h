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

/*
 * Up to room bytes of another implementation's buffer, from its start where it can go there: it is put back to
 * where it was, or a clone is read where it does not tell its position. *len: how many came, however many pieces
 * they came in. E_INVALIDARG: it told more than it was asked for; its own failure otherwise.
 */
HRESULT content_foreign(IByteBuffer *buffer, uint8_t *bytes, size_t room, size_t *len);

/* A new buffer of len zeros at position 0, which content_fill needs no memory for. E_OUTOFMEMORY: NULL. */
HRESULT content_create(size_t len, IByteBuffer **out);
/* Makes its content the first len bytes, at most what it was created with, and its position 0. */
HRESULT content_fill(IByteBuffer *buffer, const uint8_t *bytes, size_t len);
/*
 * Hands bytes to the caller: into *buffer, whose content they become, at position 0; or as made where *buffer is
 * NULL. made, which is taken over, is of content_create with len or more, so that no memory is needed but for a
 * *buffer that is another implementation's or was not initialised. After a failure *buffer is as it was.
 */
HRESULT content_give(IByteBuffer **buffer, IByteBuffer *made, const uint8_t *bytes, size_t len);

#endif
