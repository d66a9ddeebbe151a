/*
 * bstr.c - strings with their length before them.
 *
 * In memory: the length in bytes (32 bits, not counting the NUL), the units, a NUL unit. A block of BSTR_HEAD
 * bytes precedes the units, so that they are aligned like any allocation; the length is its last four bytes.
 */

#include <stdlib.h>
#include <string.h>

#include <oleauto.h>

#define BSTR_HEAD 8u
#define BSTR_TAIL 3 /* a NUL unit; and the other half of the last unit, where the byte length is odd */
_Static_assert(BSTR_HEAD >= sizeof(uint32_t), "the length stands before the units");

/* The most that 32 bits can say, less what surrounds it, so that no size overflows. */
#define BSTR_MAX (UINT32_MAX - 64u)

static uint8_t *block_of(BSTR bstr)
{
        return (uint8_t *)bstr - BSTR_HEAD;
}

static uint32_t byte_len(BSTR bstr)
{
        uint32_t len = 0;

        if (bstr != NULL)
                memcpy(&len, (uint8_t *)bstr - sizeof(len), sizeof(len));
        return len;
}

/* copied bytes from data (none where it is NULL), zeros up to len. */
static BSTR create(const void *data, size_t copied, size_t len)
{
        uint32_t stored = (uint32_t)len;
        uint8_t *block;

        if (len > BSTR_MAX)
                return NULL;
        block = calloc(1, BSTR_HEAD + len + BSTR_TAIL);
        if (block == NULL)
                return NULL;
        memcpy(block + BSTR_HEAD - sizeof(stored), &stored, sizeof(stored));
        if (data != NULL && copied > 0)
                memcpy(block + BSTR_HEAD, data, copied);
        return (BSTR)(void *)(block + BSTR_HEAD);
}

static size_t text_len(const OLECHAR *text)
{
        size_t len = 0;

        while (text[len] != 0)
                len++;
        return len;
}

BSTR WINAPI SysAllocString(const OLECHAR *psz)
{
        size_t len;

        if (psz == NULL)
                return NULL;
        len = text_len(psz) * sizeof(OLECHAR);
        return create(psz, len, len);
}

BSTR WINAPI SysAllocStringLen(const OLECHAR *strIn, UINT ui)
{
        size_t len = (size_t)ui * sizeof(OLECHAR);

        if (ui > BSTR_MAX / sizeof(OLECHAR))
                return NULL;
        return create(strIn, len, len);
}

BSTR WINAPI SysAllocStringByteLen(LPCSTR psz, UINT len)
{
        return create(psz, len, len);
}

INT WINAPI SysReAllocString(BSTR *pbstr, const OLECHAR *psz)
{
        BSTR created;

        if (pbstr == NULL)
                return FALSE;
        created = SysAllocString(psz);
        if (created == NULL && psz != NULL)
                return FALSE;
        SysFreeString(*pbstr); /* only now: psz may lie in it */
        *pbstr = created;
        return TRUE;
}

INT WINAPI SysReAllocStringLen(BSTR *pbstr, const OLECHAR *psz, UINT len)
{
        size_t wanted = (size_t)len * sizeof(OLECHAR);
        size_t copied = wanted;
        BSTR created;

        if (pbstr == NULL || len > BSTR_MAX / sizeof(OLECHAR))
                return FALSE;
        if (psz == NULL) {
                psz = *pbstr;
                copied = byte_len(*pbstr) < wanted ? byte_len(*pbstr) : wanted;
        }
        created = create(psz, copied, wanted);
        if (created == NULL)
                return FALSE;
        SysFreeString(*pbstr);
        *pbstr = created;
        return TRUE;
}

void WINAPI SysFreeString(BSTR bstrString)
{
        if (bstrString != NULL)
                free(block_of(bstrString));
}

UINT WINAPI SysStringLen(BSTR bstr)
{
        return byte_len(bstr) / (UINT)sizeof(OLECHAR);
}

UINT WINAPI SysStringByteLen(BSTR bstr)
{
        return byte_len(bstr);
}
