/* tlv.c - see tlv.h */
#include <string.h>

#include "core/card/tlv.h"

#define TAG_BYTES_MAX    3u /* 5.2.2.1 */
#define LENGTH_BYTES_MAX 4u /* behind the first; 5.2.2.2 */

/* The tag field: more bytes follow one whose five low bits are set, and each whose bit 8 is. */
static bool read_tag(const uint8_t *at, size_t left, struct tlv *tlv, size_t *used)
{
        uint32_t tag = at[0];
        size_t n = 1;

        tlv->constructed = (at[0] & 0x20) != 0;
        if ((at[0] & 0x1F) == 0x1F) {
                do {
                        if (n == TAG_BYTES_MAX || n == left)
                                return false;
                        tag = tag << 8 | at[n];
                } while ((at[n++] & 0x80) != 0);
        }
        tlv->tag = tag;
        *used = n;
        return true;
}

/* The length field: one byte up to 7F, or 81 to 84 and so many bytes. */
static bool read_length(const uint8_t *at, size_t left, size_t *len, size_t *used)
{
        size_t bytes, n = 1;

        if (left == 0)
                return false;
        *len = at[0];
        *used = 1;
        if (at[0] < 0x80)
                return true;
        bytes = at[0] & 0x7Fu;
        if (bytes == 0 || bytes > LENGTH_BYTES_MAX || bytes > left - 1)
                return false;
        for (*len = 0; n <= bytes; n++)
                *len = *len << 8 | at[n];
        *used = n;
        return true;
}

enum tlv_result tlv_next(const uint8_t **at, const uint8_t *end, struct tlv *tlv)
{
        struct tlv found = {.tag = 0};
        const uint8_t *here = *at;
        size_t tag_len, length_len, left;

        memset(tlv, 0, sizeof(*tlv));
        while (here != end && (*here == 0x00 || *here == 0xFF))
                here++;
        if (here == end) {
                *at = end;
                return TLV_END;
        }
        left = (size_t)(end - here);
        if (!read_tag(here, left, &found, &tag_len))
                return TLV_BAD;
        left -= tag_len;
        if (!read_length(here + tag_len, left, &found.len, &length_len))
                return TLV_BAD;
        left -= length_len;
        if (found.len > left)
                return TLV_BAD;
        found.start = here;
        found.value = here + tag_len + length_len;
        found.total = tag_len + length_len + found.len;
        *tlv = found;
        *at = here + found.total;
        return TLV_OBJECT;
}

bool tlv_find(const uint8_t *data, size_t len, uint32_t tag, struct tlv *tlv)
{
        const uint8_t *at = data, *end = len != 0 ? data + len : data;

        while (tlv_next(&at, end, tlv) == TLV_OBJECT)
                if (tlv->tag == tag)
                        return true;
        memset(tlv, 0, sizeof(*tlv));
        return false;
}

/* Depth first, without recursion: the ends of the templates that are open. */
bool tlv_well_formed(const uint8_t *data, size_t len)
{
        const uint8_t *ends[TLV_DEPTH_MAX + 1];
        const uint8_t *at = data;
        size_t depth = 0;
        struct tlv tlv;

        ends[0] = len != 0 ? data + len : data;
        for (;;) {
                switch (tlv_next(&at, ends[depth], &tlv)) {
                case TLV_BAD:
                        return false;
                case TLV_END:
                        if (depth == 0)
                                return true;
                        depth--; /* at stands behind the template */
                        break;
                case TLV_OBJECT:
                        if (!tlv.constructed)
                                break;
                        if (depth == TLV_DEPTH_MAX)
                                return false;
                        ends[++depth] = at;
                        at = tlv.value;
                        break;
                }
        }
}

size_t tlv_count(const uint8_t *data, size_t len)
{
        const uint8_t *at = data, *end = len != 0 ? data + len : data;
        size_t count = 0;
        struct tlv tlv;

        while (tlv_next(&at, end, &tlv) == TLV_OBJECT)
                count++;
        return count;
}

bool tlv_number(const struct tlv *tlv, uint32_t *number)
{
        *number = 0;
        if (tlv->len == 0)
                return false;
        for (size_t i = 0; i < tlv->len; i++) {
                if ((*number & 0xFF000000u) != 0) {
                        *number = 0;
                        return false;
                }
                *number = *number << 8 | tlv->value[i];
        }
        return true;
}

/* ---- writing */

static size_t tag_bytes(uint32_t tag, uint8_t out[4])
{
        size_t len = tag > 0xFFFFFF ? 4 : tag > 0xFFFF ? 3 : tag > 0xFF ? 2 : 1;

        for (size_t i = len; i > 0; i--) {
                out[i - 1] = (uint8_t)tag;
                tag >>= 8;
        }
        return len;
}

/* The shortest form. */
static size_t length_bytes(size_t len, uint8_t out[5])
{
        size_t bytes = len < 0x80 ? 0 : len <= 0xFF ? 1 : len <= 0xFFFF ? 2 : len <= 0xFFFFFF ? 3 : 4;

        if (bytes == 0) {
                out[0] = (uint8_t)len;
                return 1;
        }
        out[0] = (uint8_t)(0x80 | bytes);
        for (size_t i = bytes; i > 0; i--) {
                out[i] = (uint8_t)len;
                len >>= 8;
        }
        return bytes + 1;
}

/* Tag and length field; how many bytes. */
static size_t head(uint32_t tag, size_t len, uint8_t out[9])
{
        size_t n = tag_bytes(tag, out);

        return n + length_bytes(len, out + n);
}

static bool fits(struct tlv_writer *writer, size_t len)
{
        if (writer->full || len > writer->room - writer->len || len > 0xFFFFFFFFu)
                writer->full = true;
        return !writer->full;
}

void tlv_put_raw(struct tlv_writer *writer, const uint8_t *bytes, size_t len)
{
        if (len == 0 || !fits(writer, len))
                return;
        memcpy(writer->bytes + writer->len, bytes, len);
        writer->len += len;
}

void tlv_put(struct tlv_writer *writer, uint32_t tag, const uint8_t *value, size_t len)
{
        uint8_t field[9];
        size_t n = head(tag, len, field);

        if (len > SIZE_MAX - n || !fits(writer, n + len))
                return;
        tlv_put_raw(writer, field, n);
        tlv_put_raw(writer, value, len);
}

size_t tlv_open(struct tlv_writer *writer)
{
        return writer->len;
}

void tlv_close(struct tlv_writer *writer, size_t opened, uint32_t tag)
{
        uint8_t field[9];
        size_t len = writer->len - opened;
        size_t n = head(tag, len, field);

        if (!fits(writer, n))
                return;
        memmove(writer->bytes + opened + n, writer->bytes + opened, len);
        memcpy(writer->bytes + opened, field, n);
        writer->len += n;
}
