/*
 * atr.c - the answer to reset taken apart. The clauses are those of ISO/IEC 7816-3:2006 where no other
 * document is named. Historical bytes and times: atr_historical.c, atr_time.c.
 */
#include <stdio.h>
#include <string.h>

#include "core/atr.h"

#define TS_DIRECT      0x3B
#define TS_INVERSE     0x3F
#define TS_INVERSE_RAW 0x03 /* 3F as a receiver set to the direct convention reads it. 8.1 */

static const char *const problem_texts[] = {
    "the ATR is empty",
    "TS is neither 3B nor 3F",
    "the ATR ends inside the interface bytes",
    "the ATR ends inside the historical bytes",
    "the ATR is longer than 33 bytes",
    "there are bytes after the end of the ATR",
    "TCK is wrong",
    "TCK is missing",
    "T=0 is offered, but not first",
    "T=15 is not a protocol, but is offered first",
    "the protocols are not in ascending order",
    "TA2 names a protocol that is not offered",
    "TA1 has a reserved value",
    "WI has a reserved value",
    "IFSC has a reserved value",
    "BWI has a reserved value",
    "a reserved protocol is offered",
};
#define PROBLEM_COUNT (sizeof(problem_texts) / sizeof(problem_texts[0]))

const char *atr_problem_text(enum atr_problem problem)
{
        for (size_t i = 0; i < PROBLEM_COUNT; i++)
                if ((unsigned)problem == 1u << i)
                        return problem_texts[i];
        return "an unknown problem";
}

char *atr_problems(const struct atr *atr, char *buf, size_t len)
{
        size_t used = 0;

        if (len == 0)
                return buf;
        buf[0] = '\0';
        for (size_t i = 0; i < PROBLEM_COUNT; i++) {
                if ((atr->problems & 1u << i) == 0)
                        continue;
                (void)snprintf(buf + used, len - used, "%s%s", used > 0 ? "; " : "", problem_texts[i]);
                used += strlen(buf + used);
        }
        return buf;
}

/* Tables 7 and 8 of 8.3; 0: reserved. */
static const struct {
        uint16_t f;
        uint16_t fmax_khz;
} f_table[16] = {
    {372, 4000}, {372, 5000}, {558, 6000}, {744, 8000},   {1116, 12000}, {1488, 16000}, {1860, 20000}, {0, 0},
    {0, 0},      {512, 5000}, {768, 7500}, {1024, 10000}, {1536, 15000}, {2048, 20000}, {0, 0},        {0, 0},
};
static const uint8_t d_table[16] = {0, 1, 2, 4, 8, 16, 32, 64, 12, 20, 0, 0, 0, 0, 0, 0};

uint16_t atr_f(uint8_t ta1)
{
        return f_table[ta1 >> 4].f;
}

uint8_t atr_d(uint8_t ta1)
{
        return d_table[ta1 & 0x0F];
}

uint32_t atr_fmax_khz(uint8_t ta1)
{
        return f_table[ta1 >> 4].fmax_khz;
}

static void set_defaults(struct atr *atr)
{
        memset(atr, 0, sizeof(*atr));
        atr->ta1 = ATR_DEFAULT_TA1;
        atr->fi = atr_f(ATR_DEFAULT_TA1);
        atr->di = atr_d(ATR_DEFAULT_TA1);
        atr->fmax_khz = atr_fmax_khz(ATR_DEFAULT_TA1);
        atr->wi = 10;     /* 10.2 */
        atr->ifsc = 32;   /* 11.4.2 */
        atr->cwi = 13;    /* 11.4.3 */
        atr->bwi = 4;     /* 11.4.3 */
        atr->classes = 1; /* class A only. 8.3 */
}

static bool take(const struct atr *atr, size_t *pos, bool announced, bool *present, uint8_t *value)
{
        if (!announced)
                return true;
        if (*pos >= atr->len)
                return false;
        *present = true;
        *value = atr->bytes[(*pos)++];
        return true;
}

/* Reads the rounds of interface bytes from pos on; false where the ATR ends inside them. 8.2.3 */
static bool read_groups(struct atr *atr, size_t *pos, uint8_t indicator, uint8_t protocol)
{
        bool more = true;

        /* Every round but the last has a TD of its own, so that 33 bytes cannot hold ATR_GROUPS_MAX. */
        while (more && atr->group_count < ATR_GROUPS_MAX) {
                struct atr_group *group = &atr->group[atr->group_count++];

                group->protocol = protocol;
                if (!take(atr, pos, (indicator & 0x10) != 0, &group->has_ta, &group->ta) ||
                    !take(atr, pos, (indicator & 0x20) != 0, &group->has_tb, &group->tb) ||
                    !take(atr, pos, (indicator & 0x40) != 0, &group->has_tc, &group->tc) ||
                    !take(atr, pos, (indicator & 0x80) != 0, &group->has_td, &group->td))
                        return false;
                more = group->has_td;
                indicator = group->td;
                protocol = group->td & 0x0F;
        }
        return true;
}

static void list_protocol(struct atr *atr, uint8_t protocol)
{
        for (size_t i = 0; i < atr->listed_count; i++)
                if (atr->listed[i] == protocol)
                        return;
        if (atr->listed_count > 0 && protocol == 0)
                atr->problems |= ATR_PROBLEM_T0_NOT_FIRST;
        else if (atr->listed_count > 0 && protocol < atr->listed[atr->listed_count - 1])
                atr->problems |= ATR_PROBLEM_ORDER;
        atr->listed[atr->listed_count++] = protocol;
        if (protocol == 15)
                return;
        if (protocol > 1 && protocol < 14)
                atr->problems |= ATR_PROBLEM_PROTOCOL_RESERVED;
        if (atr->offered == 0)
                atr->first_protocol = protocol;
        atr->offered = (uint16_t)(atr->offered | 1u << protocol);
}

/* What the TD bytes offer; without one, T=0. 8.2.3 */
static void list_protocols(struct atr *atr)
{
        for (size_t i = 0; i < atr->group_count; i++)
                if (atr->group[i].has_td)
                        list_protocol(atr, atr->group[i].td & 0x0F);
        if (atr->listed_count > 0 && atr->listed[0] == 15)
                atr->problems |= ATR_PROBLEM_T15_FIRST;
        if (atr->listed_count == 0)
                list_protocol(atr, 0);
        /* T=15 alone offers nothing: such a card is taken as one that offers T=0. */
        if (atr->offered == 0)
                atr->offered = 1;
        atr->protocol = atr->first_protocol;
}

/* TA1, TC1, TA2: they count for every protocol. 8.3 */
static void decode_global(struct atr *atr)
{
        const struct atr_group *first = &atr->group[0];
        const struct atr_group *second = &atr->group[1];

        if (first->has_ta) {
                atr->has_ta1 = true;
                if (atr_f(first->ta) == 0 || atr_d(first->ta) == 0) {
                        atr->problems |= ATR_PROBLEM_TA1_RESERVED;
                } else {
                        atr->ta1 = first->ta;
                        atr->fi = atr_f(first->ta);
                        atr->di = atr_d(first->ta);
                        atr->fmax_khz = atr_fmax_khz(first->ta);
                }
        }
        if (first->has_tc) {
                atr->has_n = true;
                atr->n = first->tc;
        }
        if (second->has_ta) {
                atr->specific = true;
                atr->protocol = second->ta & 0x0F;
                atr->specific_implicit = (second->ta & 0x10) != 0;
                atr->specific_changeable = (second->ta & 0x80) == 0;
                if ((atr->offered >> atr->protocol & 1) == 0)
                        atr->problems |= ATR_PROBLEM_SPECIFIC;
        }
}

/* TC2. 10.2 */
static void decode_t0(struct atr *atr)
{
        if (!atr->group[1].has_tc)
                return;
        atr->has_wi = true;
        if (atr->group[1].tc == 0)
                atr->problems |= ATR_PROBLEM_WI_RESERVED;
        else
                atr->wi = atr->group[1].tc;
}

/* The first TA, TB and TC for T=1, from the third round on. 11.4 */
static void decode_t1(struct atr *atr, const struct atr_group *group)
{
        if (group->has_ta && !atr->has_ifsc) {
                atr->has_ifsc = true;
                if (group->ta == 0 || group->ta == 255)
                        atr->problems |= ATR_PROBLEM_IFSC_RESERVED;
                else
                        atr->ifsc = group->ta;
        }
        if (group->has_tb && !atr->has_bwi_cwi) {
                atr->has_bwi_cwi = true;
                atr->cwi = group->tb & 0x0F;
                if (group->tb >> 4 > 9)
                        atr->problems |= ATR_PROBLEM_BWI_RESERVED;
                else
                        atr->bwi = group->tb >> 4;
        }
        if (group->has_tc && !atr->has_edc) {
                atr->has_edc = true;
                atr->crc = (group->tc & 0x01) != 0;
        }
}

/* The first TA and TB for T=15: clock stop and class indicators, use of SPU. 8.3 */
static void decode_t15(struct atr *atr, const struct atr_group *group)
{
        if (group->has_ta && !atr->has_clock_class) {
                atr->has_clock_class = true;
                atr->clock_stop = group->ta >> 6;
                if ((group->ta & 0x07) != 0)
                        atr->classes = group->ta & 0x07;
        }
        if (group->has_tb && !atr->has_spu) {
                atr->has_spu = true;
                atr->spu = group->tb;
        }
}

static void decode_specific(struct atr *atr)
{
        decode_t0(atr);
        for (size_t i = 2; i < atr->group_count; i++) {
                if (atr->group[i].protocol == 1)
                        decode_t1(atr, &atr->group[i]);
                else if (atr->group[i].protocol == 15)
                        decode_t15(atr, &atr->group[i]);
        }
}

/* The k historical bytes at pos, or what there is of them; returns the place behind them. 8.2.4 */
static size_t read_historical(struct atr *atr, size_t pos, size_t k)
{
        size_t there = atr->len - pos < k ? atr->len - pos : k;

        memcpy(atr->historical, atr->bytes + pos, there);
        atr->historical_len = there;
        if (there < k)
                atr->problems |= ATR_PROBLEM_HISTORICAL;
        return pos + there;
}

/* TCK is due unless T=0 alone is offered; everything from T0 to TCK sums to zero. 8.2.5 */
static bool tck_is_due(const struct atr *atr)
{
        return atr->listed_count > 1 || atr->listed[0] != 0;
}

/* Looks at the byte at pos, where TCK belongs; returns the place behind the ATR. */
static size_t read_tck(struct atr *atr, size_t pos)
{
        uint8_t sum = 0;

        if (!tck_is_due(atr)) {
                atr->tck = ATR_TCK_ABSENT;
                return pos;
        }
        if (pos >= atr->len) {
                atr->tck = ATR_TCK_MISSING;
                atr->problems |= ATR_PROBLEM_TCK_MISSING;
                return pos;
        }
        for (size_t i = 1; i <= pos; i++)
                sum ^= atr->bytes[i];
        atr->tck = sum == 0 ? ATR_TCK_OK : ATR_TCK_BAD;
        if (sum != 0)
                atr->problems |= ATR_PROBLEM_TCK_BAD;
        return pos + 1;
}

/* What stands in atr->bytes, from TS on; given is how many bytes there were before the cut at 33. */
static void parse_bytes(struct atr *atr, size_t given)
{
        size_t pos = 2;
        size_t k;
        bool whole;

        atr->inverse = atr->bytes[0] == TS_INVERSE;
        if (atr->bytes[0] != TS_DIRECT && atr->bytes[0] != TS_INVERSE)
                atr->problems |= ATR_PROBLEM_TS;
        if (atr->len < 2) {
                atr->problems |= ATR_PROBLEM_CHAIN;
                list_protocols(atr);
                return;
        }
        k = atr->bytes[1] & 0x0F;
        whole = read_groups(atr, &pos, atr->bytes[1], 0);
        list_protocols(atr);
        decode_global(atr);
        decode_specific(atr);
        if (!whole) {
                atr->problems |= ATR_PROBLEM_CHAIN;
                if (tck_is_due(atr))
                        atr->tck = ATR_TCK_MISSING;
        } else {
                /* What the ATR itself announces has to fit, too. 8.2.1 */
                if (pos + k + (tck_is_due(atr) ? 1 : 0) > ATR_MAX_LEN)
                        atr->problems |= ATR_PROBLEM_TOO_LONG;
                pos = read_historical(atr, pos, k);
                pos = read_tck(atr, pos);
                if (given > pos)
                        atr->problems |= ATR_PROBLEM_TRAILING;
        }
        if (given > ATR_MAX_LEN)
                atr->problems |= ATR_PROBLEM_TOO_LONG;
}

static bool judge(struct atr *atr)
{
        atr->valid = atr->problems == 0;
        atr->usable = (atr->problems & (ATR_PROBLEM_EMPTY | ATR_PROBLEM_TS | ATR_PROBLEM_CHAIN)) == 0;
        return atr->usable;
}

/* A byte of the inverse convention read with the direct one: logic levels and bit order turned. 8.1 */
static uint8_t decode_inverse(uint8_t byte)
{
        uint8_t turned = 0;

        for (unsigned bit = 0; bit < 8; bit++)
                if ((byte & 1u << bit) == 0)
                        turned = (uint8_t)(turned | 0x80u >> bit);
        return turned;
}

static bool parse_as(struct atr *atr, const uint8_t *bytes, size_t len, bool decode)
{
        set_defaults(atr);
        if (len == 0) {
                atr->problems = ATR_PROBLEM_EMPTY;
                list_protocols(atr);
                return judge(atr);
        }
        atr->len = len < ATR_MAX_LEN ? len : ATR_MAX_LEN;
        for (size_t i = 0; i < atr->len; i++)
                atr->bytes[i] = decode ? decode_inverse(bytes[i]) : bytes[i];
        if (atr->bytes[0] == TS_INVERSE_RAW)
                atr->bytes[0] = TS_INVERSE;
        parse_bytes(atr, len);
        return judge(atr);
}

bool atr_parse(struct atr *atr, const uint8_t *bytes, size_t len)
{
        struct atr other;

        if (bytes == NULL)
                len = 0;
        if (len == 0 || bytes[0] != TS_INVERSE_RAW)
                return parse_as(atr, bytes, len, false);
        /* Either nothing was decoded by the reader, or all but TS was: the reading without a flaw is right.
         */
        if (parse_as(atr, bytes, len, true) && atr->valid)
                return true;
        if (parse_as(&other, bytes, len, false) && other.valid)
                *atr = other;
        return atr->usable;
}
