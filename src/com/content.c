/* content.c - see content.h */
#include <string.h>

#include "com/bytebuffer.h"
#include "com/secret.h"

#include "com/content.h"

static HRESULT read_pieces(IByteBuffer *buffer, struct content *content)
{
        size_t done = 0;

        while (done < content->len) {
                LONG wanted = (LONG)(content->len - done), got = 0;
                HRESULT hr = buffer->lpVtbl->Read(buffer, content->bytes + done, wanted, &got);

                if (FAILED(hr))
                        return hr;
                if (got <= 0 || got > wanted)
                        return E_INVALIDARG; /* not as many as Stat says */
                done += (size_t)got;
        }
        return S_OK;
}

static HRESULT read_foreign(IByteBuffer *buffer, struct content *content)
{
        LONG before = 0, now = 0;
        HRESULT hr = buffer->lpVtbl->Seek(buffer, 0, STREAM_SEEK_CUR, &before);

        if (FAILED(hr))
                return hr;
        hr = buffer->lpVtbl->Seek(buffer, 0, STREAM_SEEK_SET, &now);
        if (SUCCEEDED(hr))
                hr = read_pieces(buffer, content);
        (void)buffer->lpVtbl->Seek(buffer, before, STREAM_SEEK_SET, &now);
        return SUCCEEDED(hr) ? S_OK : hr;
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
                hr = read_foreign(buffer, content);
        else if (got != content->len)
                hr = E_INVALIDARG; /* another thread made it smaller */
        if (FAILED(hr))
                content_free(content);
        return hr;
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

HRESULT content_give(IByteBuffer **buffer, const uint8_t *bytes, size_t len)
{
        IByteBuffer *made = *buffer;
        HRESULT hr;

        if (made != NULL) {
                hr = made->lpVtbl->Initialize(made, (LONG)len, (BYTE *)(uintptr_t)bytes);
                return SUCCEEDED(hr) ? S_OK : hr;
        }
        hr = content_create(len, &made);
        if (FAILED(hr))
                return hr;
        hr = content_fill(made, bytes, len);
        if (FAILED(hr))
                made->lpVtbl->Release(made);
        else
                *buffer = made;
        return hr;
}
