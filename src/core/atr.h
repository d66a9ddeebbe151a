/*
 * atr.h - the answer to reset, taken apart in full, and the times that follow from it. Pure functions: no
 * state, no allocation, no I/O. Any layer may include it. Source: ISO/IEC 7816-3:2006 clause 8 ("7816-3"),
 * ISO/IEC 7816-4:2005 8.1 for the historical bytes.
 */
#ifndef ISCARD_CORE_ATR_H
#define ISCARD_CORE_ATR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ATR_MAX_LEN        33 /* bytes, TS included. 7816-3 8.2.1 */
#define ATR_HISTORICAL_MAX 15
#define ATR_GROUPS_MAX     32
#define ATR_PROBLEM_TEXT   768 /* bytes that hold every problem's text at once */

#define ATR_DEFAULT_TA1 0x11 /* Fi = 372, Di = 1. 7816-3 8.3 */
#define ATR_FD          372u /* Fd, Dd: what a card starts with */
#define ATR_DD          1u

enum atr_tck {
        ATR_TCK_ABSENT,  /* none is due: only T=0 is offered. 7816-3 8.2.5 */
        ATR_TCK_OK,      /* due, there, right */
        ATR_TCK_BAD,     /* due, there, wrong */
        ATR_TCK_MISSING, /* due, and the ATR ends before it */
};

/* What is wrong with an ATR: bits of atr.problems. */
enum atr_problem {
        ATR_PROBLEM_EMPTY = 1 << 0,              /* no byte at all */
        ATR_PROBLEM_TS = 1 << 1,                 /* TS is neither 3B nor 3F */
        ATR_PROBLEM_CHAIN = 1 << 2,              /* it ends inside T0 or the interface bytes */
        ATR_PROBLEM_HISTORICAL = 1 << 3,         /* it ends inside the historical bytes */
        ATR_PROBLEM_TOO_LONG = 1 << 4,           /* over 33 bytes, or its own lengths say so */
        ATR_PROBLEM_TRAILING = 1 << 5,           /* bytes after the end */
        ATR_PROBLEM_TCK_BAD = 1 << 6,            /* */
        ATR_PROBLEM_TCK_MISSING = 1 << 7,        /* */
        ATR_PROBLEM_T0_NOT_FIRST = 1 << 8,       /* T=0 is offered behind another protocol */
        ATR_PROBLEM_T15_FIRST = 1 << 9,          /* TD1 says T=15, which is no protocol */
        ATR_PROBLEM_ORDER = 1 << 10,             /* protocols not in ascending order */
        ATR_PROBLEM_SPECIFIC = 1 << 11,          /* TA2 names a protocol that is not offered */
        ATR_PROBLEM_TA1_RESERVED = 1 << 12,      /* F or D is a reserved value */
        ATR_PROBLEM_WI_RESERVED = 1 << 13,       /* WI = 0 */
        ATR_PROBLEM_IFSC_RESERVED = 1 << 14,     /* IFSC 0 or 255 */
        ATR_PROBLEM_BWI_RESERVED = 1 << 15,      /* BWI over 9 */
        ATR_PROBLEM_PROTOCOL_RESERVED = 1 << 16, /* T=2 to T=13: none that a reader speaks */
};

/* One round of interface bytes: TAi TBi TCi TDi. Those not present are 0. */
struct atr_group {
        bool has_ta, has_tb, has_tc, has_td;
        uint8_t ta, tb, tc, td;
        uint8_t protocol; /* the T that TD(i-1) gave; 0 for the first group */
};

/*
 * An ATR and what it says. Every decoded value holds its default where the ATR is silent, so that all may be
 * used without a look at the has_ members. A value that is reserved is replaced by the default, and a problem
 * says so.
 */
struct atr {
        uint8_t bytes[ATR_MAX_LEN]; /* as they came, cut at 33; inverse ones that came raw are decoded */
        size_t len;

        uint32_t problems; /* enum atr_problem; 0: none */
        bool valid;        /* no problem at all */
        bool usable;       /* a card may be driven by it: TS, T0 and all interface bytes were read */

        bool inverse; /* convention: TS = 3F */
        struct atr_group group[ATR_GROUPS_MAX];
        size_t group_count;

        /* Values of T in the order of their first mention, each once; T=15 (global bytes, no protocol) is
         * listed too. T=0 where there is no TD1. */
        uint8_t listed[16];
        size_t listed_count;
        uint16_t offered;       /* bit T for each protocol T offered; never bit 15 */
        uint8_t first_protocol; /* the first offered one. 7816-3 8.2.3 */
        uint8_t protocol;       /* spoken right after the reset: TA2's in specific mode, else the first */

        bool has_ta1; /* TA1 is there */
        uint8_t ta1;  /* to drive the card by: 11 where TA1 is absent or reserved; group[0].ta is what the ATR
                         says */
        uint16_t fi;  /* clock rate conversion; 372 by default */
        uint8_t di;   /* baud rate adjustment; 1 by default */
        uint32_t fmax_khz;

        bool specific;            /* TA2 is there: specific mode, never sent a PPS */
        bool specific_implicit;   /* TA2 bit 5: Fi/Di are implicit, not those of TA1 */
        bool specific_changeable; /* TA2 bit 8 clear: a warm reset may bring negotiable mode */

        bool has_n; /* TC1 is there */
        uint8_t n;  /* extra guard time integer; 0 by default; 255: the protocol's minimum */

        bool has_wi; /* TC2 is there */
        uint8_t wi;  /* T=0 waiting integer; 10 by default */

        bool has_ifsc;    /* first TA for T=1 */
        bool has_bwi_cwi; /* first TB for T=1 */
        bool has_edc;     /* first TC for T=1 */
        uint8_t ifsc;     /* 32 by default */
        uint8_t bwi, cwi; /* 4, 13 by default */
        bool crc;         /* else LRC */

        bool has_clock_class; /* first TA for T=15 */
        uint8_t clock_stop;   /* XI: 0 no, 1 state L, 2 state H, 3 no preference */
        uint8_t classes;      /* UI: bit 0 class A (5 V), bit 1 B (3 V), bit 2 C (1.8 V); 1 by default */
        bool has_spu;         /* first TB for T=15: what contact SPU (C6) is used for */
        uint8_t spu;

        uint8_t historical[ATR_HISTORICAL_MAX];
        size_t historical_len; /* bytes that are there, which may be fewer than T0 promised */

        enum atr_tck tck;
};

/*
 * Takes an ATR apart; bytes may be NULL when len is 0, and anything else. Fills *atr in every case and
 * returns atr->usable. TS = 03 is an inverse convention that the reader has not decoded: taken as 3F.
 */
bool atr_parse(struct atr *atr, const uint8_t *bytes, size_t len);

/* The problem in words; problem is one bit of atr->problems. Never NULL. */
const char *atr_problem_text(enum atr_problem problem);
/* All problems of the ATR in words, joined by "; ", into buf (cut at len, always terminated when len > 0);
 * empty where there is none. Returns buf. */
char *atr_problems(const struct atr *atr, char *buf, size_t len);

/* F, D and fmax of a TA1-shaped byte; 0 for a reserved one. 7816-3 tables 7 and 8 */
uint16_t atr_f(uint8_t ta1);
uint8_t atr_d(uint8_t ta1);
uint32_t atr_fmax_khz(uint8_t ta1);

/*
 * Times in milliseconds, rounded up, never 0. clock_khz is the card's clock; 0 counts as 1000, the slowest
 * that 7816-3 5.2.3 allows, so that the time is the longest. f and d: the ones in use; 0 counts as the
 * default.
 */
uint32_t atr_wwt_ms(uint8_t wi, unsigned fi, unsigned clock_khz);             /* T=0. 7816-3 10.2 */
uint32_t atr_bwt_ms(uint8_t bwi, unsigned f, unsigned d, unsigned clock_khz); /* T=1. 7816-3 11.4.3 */
uint32_t atr_cwt_ms(uint8_t cwi, unsigned f, unsigned d, unsigned clock_khz); /* T=1. 7816-3 11.4.3 */

/*
 * Finds a COMPACT-TLV object in the historical bytes: tag is its number, 1 to 15 (the second half of the
 * interindustry tag 4x: 3 card service data, 5 card issuer's data, 7 card capabilities, 8 status indicator,
 * 15 application identifier). Only where the category indicator is 00 or 80. On success *value points into
 * *atr, *value_len is 0 to 15; else false, NULL and 0. Source: ISO/IEC 7816-4 8.1.1
 */
bool atr_historical_find(const struct atr *atr, uint8_t tag, const uint8_t **value, size_t *value_len);

/* The application identifier in the historical bytes; else false, NULL and 0. ISO/IEC 7816-4 8.1.1.2.2 */
bool atr_aid(const struct atr *atr, const uint8_t **aid, size_t *aid_len);

/* Card capabilities. ISO/IEC 7816-4 8.1.1.2.7 */
struct atr_capabilities {
        bool select_by_name, select_partial_name; /* first software function table */
        bool select_by_path, select_by_id, select_implicit;
        bool short_id, record_number, record_id;
        bool has_lengths;        /* the third table is there: the members below mean something */
        bool command_chaining;   /* */
        bool extended_length;    /* extended Lc and Le fields */
        uint8_t channels_assign; /* 0: none, 1: by the interface device, 2: by the card, 3: both */
        uint8_t channels;        /* logical channels, 1 to 8 (8: eight or more); 1 where nothing is said */
};
/* False, and all zero but channels = 1, where the ATR says nothing of them. */
bool atr_capabilities(const struct atr *atr, struct atr_capabilities *capabilities);

/* Life cycle status and status word of the status indicator: the last three bytes for category 00, object 8
 * for category 80. life_cycle and sw are 0 where they are not given. ISO/IEC 7816-4 8.1.1.3 */
bool atr_status_indicator(const struct atr *atr, uint8_t *life_cycle, uint16_t *sw);

#endif
