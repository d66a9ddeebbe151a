/* tables.c - see tables.h */
#include <stdbool.h>
#include <string.h>

#include <objbase.h>

#include "core/card/tlv.h"

#include "com/tables.h"

HRESULT table_view(const TLV_TABLE *table, size_t max, LONG count, struct table_view *view)
{
        const uint8_t *at, *end;
        struct tlv tlv;

        *view = (struct table_view){.len = 0};
        if (table->byData == NULL && table->cbSize != 0)
                return E_POINTER;
        if (table->cbSize < 0 || (size_t)table->cbSize > max || count < 0)
                return E_INVALIDARG;
        if (table->cbSize == 0)
                return count == 0 ? S_OK : E_INVALIDARG;
        if (!tlv_well_formed(table->byData, (size_t)table->cbSize))
                return E_INVALIDARG;
        at = table->byData;
        end = at + table->cbSize;
        for (LONG i = 0; i < count; i++)
                if (tlv_next(&at, end, &tlv) != TLV_OBJECT)
                        return E_INVALIDARG;
        view->bytes = table->byData;
        view->len = count == 0 ? (size_t)table->cbSize : (size_t)(at - table->byData);
        return S_OK;
}

static bool is_standard(uint32_t tag)
{
        static const uint8_t tags[] = {0x80, 0x81, 0x82, 0x83, 0x84, 0x88, 0x8A};

        return tag <= 0xFF && memchr(tags, (int)tag, sizeof(tags)) != NULL;
}

static bool chosen(uint32_t tag, enum table_choice choice, const struct table_view *wanted)
{
        struct tlv tlv;

        if (choice == TABLE_STANDARD)
                return is_standard(tag);
        return choice == TABLE_ALL || tlv_find(wanted->bytes, wanted->len, tag, &tlv);
}

HRESULT table_make(const uint8_t *objects, size_t len, enum table_choice choice,
                   const struct table_view *wanted, LPTLV_TABLE *out, LONG *count)
{
        TLV_TABLE *table = CoTaskMemAlloc(sizeof(*table));
        BYTE *bytes = CoTaskMemAlloc(len);
        struct tlv_writer writer = {.bytes = bytes, .room = len};
        const uint8_t *at = objects;
        struct tlv tlv;

        *out = NULL;
        *count = 0;
        if (table == NULL || bytes == NULL) {
                CoTaskMemFree(table);
                CoTaskMemFree(bytes);
                return E_OUTOFMEMORY;
        }
        while (tlv_next(&at, objects + len, &tlv) == TLV_OBJECT) {
                if (!chosen(tlv.tag, choice, wanted))
                        continue;
                tlv_put_raw(&writer, tlv.start, tlv.total);
                ++*count;
        }
        table->cbSize = (LONG)writer.len;
        table->byData = bytes;
        *out = table;
        return S_OK;
}
