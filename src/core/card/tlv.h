/*
 * tlv.h - BER-TLV data objects taken apart and put together. Pure functions, no state, no allocation; every
 * byte is taken for hostile. Source: ISO/IEC 7816-4:2013 5.2, annex E; ISO/IEC 8825-1.
 */
#ifndef ISCARD_CARD_TLV_H
#define ISCARD_CARD_TLV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TLV_DEPTH_MAX 8u /* templates inside one another that tlv_well_formed follows */

/* One data object. Pointers lead into the bytes that were parsed. */
struct tlv {
        uint32_t tag; /* the bytes of the tag field as a number: 0x62, 0x7F66; one to three bytes */
        const uint8_t *value;
        size_t len;           /* of the value */
        const uint8_t *start; /* of the tag field */
        size_t total;         /* of all three fields */
        bool constructed;     /* the value is data objects */
};

enum tlv_result {
        TLV_OBJECT, /* *tlv is filled */
        TLV_END,    /* nothing is left but filling bytes */
        TLV_BAD,    /* no data object stands here */
};

/*
 * The object at *at, which moves behind it; end is behind the last byte. Filling bytes 00 and FF before it are
 * passed over (5.2.2). *tlv is zeroed where there is none, and *at stays where the result is TLV_BAD:
 * indefinite and reserved lengths, a tag of over three bytes, a value that goes over the end.
 */
enum tlv_result tlv_next(const uint8_t **at, const uint8_t *end, struct tlv *tlv);

/*
 * The first object of that tag on this level; false: none, or what stands before it cannot be read. *tlv is
 * zeroed then.
 */
bool tlv_find(const uint8_t *data, size_t len, uint32_t tag, struct tlv *tlv);
/* Whether the bytes are data objects to the end, and templates hold data objects, TLV_DEPTH_MAX deep. */
bool tlv_well_formed(const uint8_t *data, size_t len);
/* How many objects stand on this level; what cannot be read ends the count. */
size_t tlv_count(const uint8_t *data, size_t len);
/* A value as a number, the first byte the highest; false, 0: empty, or more than four bytes that count. */
bool tlv_number(const struct tlv *tlv, uint32_t *number);

/* Where objects are written. Once full, nothing more is written and full stays set. */
struct tlv_writer {
        uint8_t *bytes;
        size_t room, len;
        bool full;
};

void tlv_put(struct tlv_writer *writer, uint32_t tag, const uint8_t *value, size_t len);
/* An object as it is. */
void tlv_put_raw(struct tlv_writer *writer, const uint8_t *bytes, size_t len);
/* Opens a template; what is put until tlv_close becomes its value. */
size_t tlv_open(struct tlv_writer *writer);
/* opened: what tlv_open returned. */
void tlv_close(struct tlv_writer *writer, size_t opened, uint32_t tag);

#endif
