/*
 * tables.h - TLV_TABLE: concatenated BER-TLV objects from and to the caller.
 */
#ifndef ISCARD_COM_TABLES_H
#define ISCARD_COM_TABLES_H

#include <stddef.h>
#include <stdint.h>

#include <scardcom.h>

/* A caller's table, which stays the caller's. */
struct table_view {
        const uint8_t *bytes;
        size_t len;
};

/*
 * The objects of a table, the first count of them; count 0: all. E_POINTER: byData NULL with a size;
 * E_INVALIDARG: a size below 0 or over max, no data objects, fewer than count, count below 0.
 */
HRESULT table_view(const TLV_TABLE *table, size_t max, LONG count, struct table_view *view);

enum table_choice {
        TABLE_ALL,
        TABLE_STANDARD, /* the control parameters of ISO/IEC 7816-4: size, descriptor, identifier, name, life */
        TABLE_NAMED,    /* those whose tags stand in wanted, each with any value */
};

/*
 * A new table with those of the objects that were chosen, in CoTaskMemAlloc memory, both the caller's; *count:
 * how many. E_OUTOFMEMORY: *out is NULL.
 */
HRESULT table_make(const uint8_t *objects, size_t len, enum table_choice choice,
                   const struct table_view *wanted, LPTLV_TABLE *out, LONG *count);

#endif
