/* content.c - see content.h */
#include <string.h>

#include "com/bytebuffer.h"
#include "com/secret.h"

#include "com/content.h"

/* Reads in as many pieces as the buffer gives. */
static HRESULT read_pieces(IByteBuffer *buffer, uint8_t *bytes, size_t room, size_t *len)
{
        while (*len < room) {
                LONG wanted = (LONG)(room - *len), got = 0;
                HRESULT hr = buffer->lpVtbl->Read(buffer, bytes + *len, wanted, &got);

                if (FAILED(hr))
                        return hr;
                if (got < 0 || got > wanted)
                        return E_INVALIDARG;
                if (got == 0)
                        break;
                *len += (size_t)got;
        }
        return S_OK;
}

HRESULT content_foreign(IByteBuffer *buffer, uint8_t *bytes, size_t room, size_t *len)
{
        LONG before = 0, now = 0;
        IByteBuffer *clone = NULL;
        HRESULT hr;

        *len = 0;
        if (SUCCEEDED(buffer->lpVtbl->Seek(buffer, 0, STREAM_SEEK_CUR, &before)) && before >= 0) {
                hr = buffer->lpVtbl->Seek(buffer, 0, STREAM_SEEK_SET, &now);
                if (SUCCEEDED(hr))
                        hr = read_pieces(buffer, bytes, room, len);
                (void)buffer->lpVtbl->Seek(buffer, before, STREAM_SEEK_SET, &now);
                return hr;
        }
        /* It does not tell its position: a clone has one of its own. */
        if (SUCCEEDED(buffer->lpVtbl->Clone(buffer, &clone)) && clone != NULL) {
                (void)clone->lpVtbl->Seek(clone, 0, STREAM_SEEK_SET, &now);
                hr = read_pieces(clone, bytes, room, len);
                clone->lpVtbl->Release(clone);
                return hr;
        }
        return read_pieces(buffer, bytes, room, len);
}

HRESULT content_read(IByteBuffer *buffer, size_t max, struct content *content)
{
        STATSTRUCT stat = {0};
        uint8_t unused;
        size_t got = 0;
        HRESULT hr;

        *content = (struct content){.len = 0};
        if (bytebuffer_content(buffer, &unused, sizeof(unused), &got) && got == 0)
                return S_OK; /* empty, or not initialised */
        hr = buffer->lpVtbl->Stat(buffer, &stat, STATFLAG_NONAME);
        if (FAILED(hr))
                return hr;
        if (stat.cbSize < 0 || (size_t)stat.cbSize > max)
                return E_INVALIDARG;
        if (stat.cbSize == 0)
                return S_OK;
        content->bytes = secret_alloc((size_t)stat.cbSize);
        if (content->bytes == NULL)
                return E_OUTOFMEMORY;
        content->len = (size_t)stat.cbSize;
        hr = S_OK;
        if (!bytebuffer_content(buffer, content->bytes, content->len, &got))
                hr = content_foreign(buffer, content->bytes, content->len, &got);
        if (SUCCEEDED(hr) && got != content->len)
                hr = E_INVALIDARG; /* not as many as Stat says, or another thread made it smaller */
        if (FAILED(hr))
                content_free(content);
        return SUCCEEDED(hr) ? S_OK : hr;
}

void content_free(struct content *content)
{
        secret_free(content->bytes, content->len);
        *content = (struct content){.len = 0};
}

HRESULT content_create(size_t len, IByteBuffer **out)
{
        void *made = NULL;
        HRESULT hr = bytebuffer_create(&IID_IByteBuffer, &made);
        IByteBuffer *buffer = made;

        *out = NULL;
        if (FAILED(hr))
                return hr;
        hr = buffer->lpVtbl->Initialize(buffer, (LONG)len, NULL);
        if (FAILED(hr))
                buffer->lpVtbl->Release(buffer);
        else
                *out = buffer;
        return hr;
}

HRESULT content_fill(IByteBuffer *buffer, const uint8_t *bytes, size_t len)
{
        LONG done = 0;
        HRESULT hr = buffer->lpVtbl->Seek(buffer, 0, STREAM_SEEK_SET, &done);

        if (SUCCEEDED(hr) && len != 0)
                hr = buffer->lpVtbl->Write(buffer, (BYTE *)(uintptr_t)bytes, (LONG)len, &done);
        if (SUCCEEDED(hr))
                hr = buffer->lpVtbl->SetSize(buffer, (LONG)len);
        if (SUCCEEDED(hr))
                hr = buffer->lpVtbl->Seek(buffer, 0, STREAM_SEEK_SET, &done);
        return SUCCEEDED(hr) ? S_OK : hr;
}

/* Both of the library: one goes on with the bytes of the other, and clones of it with those they had. */
static HRESULT share_bytes(IByteBuffer *buffer, IByteBuffer *made)
{
        IStream *stream = NULL;
        HRESULT hr = made->lpVtbl->get_Stream(made, &stream);

        if (FAILED(hr))
                return hr;
        hr = buffer->lpVtbl->put_Stream(buffer, stream);
        stream->lpVtbl->Release(stream);
        return hr;
}

HRESULT content_give(IByteBuffer **buffer, IByteBuffer *made, const uint8_t *bytes, size_t len)
{
        HRESULT hr = content_fill(made, bytes, len);
        uint8_t unused;
        size_t got;

        if (SUCCEEDED(hr) && *buffer == NULL) {
                *buffer = made;
                return S_OK;
        }
        if (SUCCEEDED(hr))
                hr = bytebuffer_content(*buffer, &unused, sizeof(unused), &got) ? share_bytes(*buffer, made)
                                                                                : E_UNEXPECTED;
        if (hr == E_UNEXPECTED)
                hr = (*buffer)->lpVtbl->Initialize(*buffer, (LONG)len, (BYTE *)(uintptr_t)bytes);
        made->lpVtbl->Release(made);
        return SUCCEEDED(hr) ? S_OK : hr;
}
