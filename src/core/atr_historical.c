/*
 * atr_historical.c - what the historical bytes say. The clauses are those of ISO/IEC 7816-4:2005.
 */
#include <string.h>

#include "core/atr.h"

#define CATEGORY_STATUS_LAST 0x00 /* objects, then three bytes of status indicator. 8.1.1.1 */
#define CATEGORY_OBJECTS     0x80 /* objects to the end, the status indicator one of them */
#define STATUS_LEN           3

enum { TAG_CAPABILITIES = 7, TAG_STATUS = 8, TAG_AID = 15 };

/* Where the COMPACT-TLV objects end; 0 where there are none. */
static size_t objects_end(const struct atr *atr)
{
        if (atr->historical_len == 0)
                return 0;
        if (atr->historical[0] == CATEGORY_OBJECTS)
                return atr->historical_len;
        if (atr->historical[0] == CATEGORY_STATUS_LAST && atr->historical_len >= 1 + STATUS_LEN)
                return atr->historical_len - STATUS_LEN;
        return 0;
}

bool atr_historical_find(const struct atr *atr, uint8_t tag, const uint8_t **value, size_t *value_len)
{
        size_t end = objects_end(atr);
        size_t pos = 1;

        *value = NULL;
        *value_len = 0;
        while (pos < end) {
                size_t len = atr->historical[pos] & 0x0F;

                if (len > end - pos - 1) /* the object does not fit: nothing behind it can be trusted */
                        return false;
                if (atr->historical[pos] >> 4 == tag) {
                        *value = atr->historical + pos + 1;
                        *value_len = len;
                        return true;
                }
                pos += 1 + len;
        }
        return false;
}

bool atr_aid(const struct atr *atr, const uint8_t **aid, size_t *aid_len)
{
        return atr_historical_find(atr, TAG_AID, aid, aid_len);
}

bool atr_capabilities(const struct atr *atr, struct atr_capabilities *capabilities)
{
        const uint8_t *value;
        size_t len;

        memset(capabilities, 0, sizeof(*capabilities));
        capabilities->channels = 1;
        if (!atr_historical_find(atr, TAG_CAPABILITIES, &value, &len) || len == 0 || len > 3)
                return false;
        capabilities->select_by_name = (value[0] & 0x80) != 0;
        capabilities->select_partial_name = (value[0] & 0x40) != 0;
        capabilities->select_by_path = (value[0] & 0x20) != 0;
        capabilities->select_by_id = (value[0] & 0x10) != 0;
        capabilities->select_implicit = (value[0] & 0x08) != 0;
        capabilities->short_id = (value[0] & 0x04) != 0;
        capabilities->record_number = (value[0] & 0x02) != 0;
        capabilities->record_id = (value[0] & 0x01) != 0;
        if (len < 3)
                return true;
        capabilities->has_lengths = true;
        capabilities->command_chaining = (value[2] & 0x80) != 0;
        capabilities->extended_length = (value[2] & 0x40) != 0;
        capabilities->channels_assign = value[2] >> 3 & 0x03;
        capabilities->channels = (uint8_t)((value[2] & 0x07) + 1);
        return true;
}

/* One byte is the life cycle status, two are the status word, three are both. 8.1.1.3 */
bool atr_status_indicator(const struct atr *atr, uint8_t *life_cycle, uint16_t *sw)
{
        const uint8_t *value;
        size_t len;

        *life_cycle = 0;
        *sw = 0;
        if (atr->historical_len >= 1 + STATUS_LEN && atr->historical[0] == CATEGORY_STATUS_LAST) {
                value = atr->historical + atr->historical_len - STATUS_LEN;
                len = STATUS_LEN;
        } else if (!atr_historical_find(atr, TAG_STATUS, &value, &len) || len == 0 || len > STATUS_LEN) {
                return false;
        }
        if (len != 2)
                *life_cycle = value[0];
        if (len >= 2)
                *sw = (uint16_t)((unsigned)value[len - 2] << 8 | value[len - 1]);
        return true;
}
