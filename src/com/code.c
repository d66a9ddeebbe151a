#include <stdbool.h>

#include "core/wipe.h"
#include "com/bytebuffer.h"
#include "com/code.h"
#include "com/content.h"

static HRESULT read_foreign(IByteBuffer *buffer, uint8_t *bytes, size_t room, size_t *len)
{
        STATSTRUCT stat = {0};
        bool has_size = SUCCEEDED(buffer->lpVtbl->Stat(buffer, &stat, STATFLAG_NONAME));
        HRESULT hr;

        if (has_size && (stat.cbSize <= 0 || stat.cbSize > CHV_CODE_MAX))
                return E_INVALIDARG;
        hr = content_foreign(buffer, bytes, room, len);
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
