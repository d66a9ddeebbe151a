#include <stdbool.h>
#include <string.h>

#include "core/wipe.h"
#include "com/bytebuffer.h"
#include "com/code.h"

/* STREAM_SEEK_SET, STREAM_SEEK_CUR */
enum { FROM_START = 0, FROM_HERE = 1 };

/* Reads in as many pieces as the buffer gives, one byte further than a code may go. */
static HRESULT read_pieces(IByteBuffer *buffer, uint8_t *bytes, size_t room, size_t *len)
{
        *len = 0;
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

/* From the start where the buffer can go there; where it can it is put back to where it was. */
static HRESULT read_from_start(IByteBuffer *buffer, uint8_t *bytes, size_t room, size_t *len)
{
        LONG before = 0, now = 0;
        IByteBuffer *clone = NULL;
        HRESULT hr;

        if (SUCCEEDED(buffer->lpVtbl->Seek(buffer, 0, FROM_HERE, &before)) && before >= 0) {
                hr = buffer->lpVtbl->Seek(buffer, 0, FROM_START, &now);
                if (SUCCEEDED(hr))
                        hr = read_pieces(buffer, bytes, room, len);
                (void)buffer->lpVtbl->Seek(buffer, before, FROM_START, &now);
                return hr;
        }
        /* It does not tell its position: a clone has one of its own. */
        if (SUCCEEDED(buffer->lpVtbl->Clone(buffer, &clone)) && clone != NULL) {
                (void)clone->lpVtbl->Seek(clone, 0, FROM_START, &now);
                hr = read_pieces(clone, bytes, room, len);
                clone->lpVtbl->Release(clone);
                return hr;
        }
        return read_pieces(buffer, bytes, room, len);
}

static HRESULT read_foreign(IByteBuffer *buffer, uint8_t *bytes, size_t room, size_t *len)
{
        STATSTRUCT stat = {0};
        bool has_size = SUCCEEDED(buffer->lpVtbl->Stat(buffer, &stat, 1 /* STATFLAG_NONAME */));
        HRESULT hr;

        if (has_size && (stat.cbSize <= 0 || stat.cbSize > CHV_CODE_MAX))
                return E_INVALIDARG;
        hr = read_from_start(buffer, bytes, room, len);
        if (FAILED(hr))
                return hr;
        /* Half a code would cost a try. */
        if (has_size && *len != (size_t)stat.cbSize)
                return E_INVALIDARG;
        return S_OK;
}

HRESULT code_read(IByteBuffer *buffer, struct code *code)
{
        HRESULT hr = S_OK;

        if (!bytebuffer_content(buffer, code->bytes, sizeof(code->bytes), &code->len))
                hr = read_foreign(buffer, code->bytes, sizeof(code->bytes), &code->len);
        if (SUCCEEDED(hr) && (code->len == 0 || code->len > CHV_CODE_MAX))
                hr = E_INVALIDARG;
        if (FAILED(hr))
                code_wipe(code);
        return FAILED(hr) ? hr : S_OK;
}

void code_wipe(struct code *code)
{
        wipe(code, sizeof(*code));
}
