/*
 * Any bytes as an ATR: src/core/atr.c, atr_historical.c, atr_time.c.
 */
#include <stdlib.h>

#include "core/atr.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
        if (!holds)
                abort();
}

/* An object lies within the historical bytes. */
static void check_object(const struct atr *atr, const uint8_t *value, size_t len)
{
        check(value >= atr->historical && value + len <= atr->historical + atr->historical_len);
}

static void look_at_historical(const struct atr *atr)
{
        struct atr_capabilities capabilities;
        const uint8_t *value;
        uint8_t life_cycle;
        uint16_t sw;
        size_t len;

        for (unsigned tag = 0; tag <= 255; tag++)
                if (atr_historical_find(atr, (uint8_t)tag, &value, &len))
                        check_object(atr, value, len);
        if (atr_aid(atr, &value, &len))
                check_object(atr, value, len);
        (void)atr_capabilities(atr, &capabilities);
        check(capabilities.channels >= 1 && capabilities.channels <= 8);
        (void)atr_status_indicator(atr, &life_cycle, &sw);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct atr atr;
        char text[ATR_PROBLEM_TEXT];
        bool usable = atr_parse(&atr, data, size);

        check(usable == atr.usable && (atr.problems == 0) == atr.valid && (!atr.valid || atr.usable));
        check(atr.len <= ATR_MAX_LEN && atr.len <= size && atr.group_count <= ATR_GROUPS_MAX);
        check(atr.historical_len <= ATR_HISTORICAL_MAX);
        check(atr.listed_count >= 1 && atr.listed_count <= 16 && atr.offered != 0);
        check(atr.protocol <= 15 && (atr.offered >> atr.first_protocol & 1) == 1);
        check(atr.fi >= 372 && atr.di >= 1 && atr.wi >= 1 && atr.ifsc >= 1 && atr.ifsc <= 254 &&
              atr.bwi <= 9);
        check(atr_wwt_ms(atr.wi, atr.fi, 4000) > 0 && atr_bwt_ms(atr.bwi, atr.fi, atr.di, 4000) > 0 &&
              atr_cwt_ms(atr.cwi, atr.fi, atr.di, 4000) > 0);
        check((atr_problems(&atr, text, sizeof(text))[0] == '\0') == atr.valid);
        (void)atr_problems(&atr, text, size % 40);
        look_at_historical(&atr);
        return 0;
}
