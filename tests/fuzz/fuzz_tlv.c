/*
 * BER-TLV objects and control parameters: src/core/card/tlv.c, fcp.c.
 *
 * Input: the bytes, as a card would send them.
 */
#include <stdlib.h>
#include <string.h>

#include "core/card/fcp.h"
#include "core/card/tlv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
        if (!holds)
                abort();
}

/* What was read is inside, in order; written again it reads the same. */
static void check_objects(const uint8_t *data, size_t size)
{
        const uint8_t *at = data, *end = data + size;
        uint8_t *copy = malloc(size + 16);
        struct tlv tlv, again;

        check(copy != NULL);
        while (tlv_next(&at, end, &tlv) == TLV_OBJECT) {
                struct tlv_writer writer = {.bytes = copy, .room = size + 16};
                const uint8_t *from = copy;
                uint32_t number;

                check(tlv.start >= data && tlv.value >= tlv.start && tlv.value + tlv.len == at && at <= end);
                check(tlv.total == (size_t)(at - tlv.start));
                tlv_put(&writer, tlv.tag, tlv.value, tlv.len);
                check(!writer.full && writer.len <= tlv.total);
                check(tlv_next(&from, copy + writer.len, &again) == TLV_OBJECT);
                check(again.tag == tlv.tag && again.len == tlv.len);
                check(tlv.len == 0 || memcmp(again.value, tlv.value, tlv.len) == 0);
                (void)tlv_number(&tlv, &number);
        }
        free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        const uint8_t *objects;
        size_t objects_len;
        struct fcp fcp;
        struct tlv tlv;

        check_objects(data, size);
        (void)tlv_count(data, size);
        (void)tlv_find(data, size, 0x83, &tlv);
        check(fcp_parse(&fcp, data, size, &objects, &objects_len) == tlv_well_formed(data, size));
        check(objects_len == 0 || (objects >= data && objects + objects_len <= data + size));
        check(fcp.name_len <= FCP_NAME_MAX);
        (void)fcp_parse_gsm(&fcp, data, size);
        return 0;
}
