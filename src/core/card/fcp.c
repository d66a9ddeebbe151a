/* fcp.c - see fcp.h */
#include <string.h>

#include "core/card/tlv.h"

#include "core/card/fcp.h"

/* Tags inside the template. 7816-4 table 10 */
enum {
        TAG_SIZE = 0x80,
        TAG_SIZE_TOTAL = 0x81,
        TAG_DESCRIPTOR = 0x82,
        TAG_ID = 0x83,
        TAG_NAME = 0x84,
        TAG_LIFE_CYCLE = 0x8A,
        TAG_FCP = 0x62,
        TAG_FCI = 0x6F,
};

/* File descriptor byte, table 14: bits 6 to 4 say what for, bits 3 to 1 the structure. */
static enum fcp_kind kind_of(uint8_t descriptor)
{
        if ((descriptor & 0x80) != 0)
                return FCP_UNKNOWN; /* reserved */
        if ((descriptor & 0x38) == 0x38)
                return (descriptor & 0x07) == 0 ? FCP_DIRECTORY : FCP_OTHER; /* TLV structures */
        switch (descriptor & 0x07) {
        case 1:
                return FCP_TRANSPARENT;
        case 2:
        case 3:
                return FCP_FIXED;
        case 4:
        case 5:
                return FCP_VARIABLE;
        case 6:
        case 7:
                return FCP_CYCLIC;
        default:
                return FCP_UNKNOWN;
        }
}

static uint32_t number_at(const uint8_t *bytes, size_t len)
{
        uint32_t number = 0;

        for (size_t i = 0; i < len; i++)
                number = number << 8 | bytes[i];
        return number;
}

/* Descriptor byte, data coding byte, most bytes of a record (1 or 2 bytes), number of records (1 or 2). */
static void read_descriptor(struct fcp *fcp, const struct tlv *tlv)
{
        static const enum fcp_write writes[] = {FCP_WRITE_ONCE, FCP_WRITE_OWN, FCP_WRITE_OR, FCP_WRITE_AND};

        if (tlv->len == 0 || tlv->len > 6)
                return;
        fcp->kind = kind_of(tlv->value[0]);
        if (tlv->len >= 2)
                fcp->write = writes[tlv->value[1] >> 5 & 0x03];
        if (tlv->len == 3)
                fcp->record_size = tlv->value[2];
        else if (tlv->len >= 4)
                fcp->record_size = (uint16_t)number_at(tlv->value + 2, 2);
        if (tlv->len < 5)
                return;
        fcp->has_records = true;
        fcp->records = number_at(tlv->value + 4, tlv->len - 4);
}

static void read_object(struct fcp *fcp, const struct tlv *tlv)
{
        uint32_t number;

        switch (tlv->tag) {
        case TAG_SIZE:
                fcp->has_size = tlv_number(tlv, &fcp->size);
                break;
        case TAG_DESCRIPTOR:
                read_descriptor(fcp, tlv);
                break;
        case TAG_ID:
                fcp->has_id = tlv->len == 2;
                fcp->id = fcp->has_id ? (uint16_t)number_at(tlv->value, 2) : 0;
                break;
        case TAG_NAME:
                if (tlv->len > FCP_NAME_MAX)
                        break;
                fcp->name_len = (uint8_t)tlv->len;
                memcpy(fcp->name, tlv->value, tlv->len);
                break;
        case TAG_LIFE_CYCLE: /* table 13: bits 3 and 1, operational and deactivated */
                if (tlv_number(tlv, &number) && number <= 0xFF)
                        fcp->deactivated = (number & 0xFD) == 0x04;
                break;
        default:
                break;
        }
}

/* The size with structure counts where the other is missing, for a file that has none. It may stand anywhere. */
static void read_size_total(struct fcp *fcp, const uint8_t *data, size_t len)
{
        struct tlv tlv;

        if (!fcp->has_size && fcp->kind == FCP_TRANSPARENT && tlv_find(data, len, TAG_SIZE_TOTAL, &tlv))
                fcp->has_size = tlv_number(&tlv, &fcp->size);
}

/* What is inside the outer template, and inside an FCP template in an FCI. */
static void unwrap(const uint8_t **data, size_t *len)
{
        struct tlv tlv;

        if (tlv_find(*data, *len, TAG_FCI, &tlv)) {
                *data = tlv.value;
                *len = tlv.len;
        }
        if (tlv_find(*data, *len, TAG_FCP, &tlv)) {
                *data = tlv.value;
                *len = tlv.len;
        }
}

bool fcp_parse(struct fcp *fcp, const uint8_t *data, size_t len, const uint8_t **objects, size_t *objects_len)
{
        const uint8_t *at, *end;
        struct tlv tlv;
        bool readable = tlv_well_formed(data, len);

        memset(fcp, 0, sizeof(*fcp));
        *objects = NULL;
        *objects_len = 0;
        if (!readable || len == 0)
                return readable;
        unwrap(&data, &len);
        at = data;
        end = len != 0 ? data + len : data;
        while (tlv_next(&at, end, &tlv) == TLV_OBJECT)
                read_object(fcp, &tlv);
        read_size_total(fcp, data, len);
        /* A DF need not have a descriptor; only a DF has a name. */
        if (fcp->kind == FCP_UNKNOWN && fcp->name_len != 0)
                fcp->kind = FCP_DIRECTORY;
        *objects = len != 0 ? data : NULL;
        *objects_len = len;
        return true;
}

/* Bytes as the standard counts them, from 1: 3-4 size, 5-6 identifier, 7 type, 12 status, 14 structure, 15
 * length of a record. */
bool fcp_parse_gsm(struct fcp *fcp, const uint8_t *data, size_t len)
{
        memset(fcp, 0, sizeof(*fcp));
        if (len < 7)
                return false;
        fcp->has_id = true;
        fcp->id = (uint16_t)number_at(data + 4, 2);
        if (data[6] == 0x01 || data[6] == 0x02) {
                fcp->kind = FCP_DIRECTORY;
                return true;
        }
        if (data[6] != 0x04 || len < 14)
                return false;
        fcp->has_size = true;
        fcp->size = number_at(data + 2, 2);
        fcp->deactivated = (data[11] & 0x01) == 0;
        fcp->kind = data[13] == 0x00   ? FCP_TRANSPARENT
                    : data[13] == 0x01 ? FCP_FIXED
                    : data[13] == 0x03 ? FCP_CYCLIC
                                       : FCP_UNKNOWN;
        if (fcp_has_records(fcp) && len >= 15 && data[14] != 0) {
                fcp->record_size = data[14];
                fcp->has_records = true;
                fcp->records = fcp->size / data[14];
        }
        return true;
}

bool fcp_has_records(const struct fcp *fcp)
{
        return fcp->kind == FCP_FIXED || fcp->kind == FCP_VARIABLE || fcp->kind == FCP_CYCLIC;
}
