/*
 * chv.h - the card's side of card-holder verification: codes with retry counters, the code that unblocks
 * another. ISO/IEC 7816-4 11.5.6 to 11.5.10. Status words are returned.
 */
#ifndef ISCARD_SIM_CHV_H
#define ISCARD_SIM_CHV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SIM_CODE_MAX  64 /* room; what a card takes is its profile's to say */
#define SIM_CHVS_MAX  8
#define SIM_CODES_MAX 16

/* A secret with its counter; both outlive resets. */
struct sim_code {
        uint8_t value[SIM_CODE_MAX];
        uint8_t len;
        uint8_t tries, tries_max; /* left; at most 15 */
};

/* A reference that VERIFY knows. */
struct sim_chv {
        uint8_t reference;  /* P2 */
        unsigned directory; /* index of the DF it is local to; 0: known everywhere */
        struct sim_code *code;
        struct sim_code *unblock; /* may be shared, or NULL: it cannot be unblocked */
        bool can_disable;
        bool disabled; /* verification is not required */
        bool verified; /* lost at reset */
        /* SIM_SW_OK, or why a presented value cannot be a code at all: then it is not an attempt. */
        uint16_t (*format)(const uint8_t *value, size_t len);
        /* The same for a value that is to become the code. */
        uint16_t (*format_new)(const uint8_t *value, size_t len);
};

void sim_code_set(struct sim_code *code, const char *value, uint8_t tries);
/* Whether what the reference protects is open. */
bool sim_chv_open(const struct sim_chv *chv);

/* VERIFY with P1 = 00; len 0: a question, not an attempt. */
uint16_t sim_chv_verify(struct sim_chv *chv, const uint8_t *data, size_t len);
/* CHANGE REFERENCE DATA: p1 00: old and new; 01: new alone, after VERIFY. */
uint16_t sim_chv_change(struct sim_chv *chv, uint8_t p1, const uint8_t *data, size_t len);
/* ENABLE and DISABLE VERIFICATION REQUIREMENT: p1 00: with the code; 01: without, after VERIFY. */
uint16_t sim_chv_require(struct sim_chv *chv, bool required, uint8_t p1, const uint8_t *data, size_t len);
/*
 * RESET RETRY COUNTER: p1 00: unblocking code and new code; 01: unblocking code; 02: new code; 03: nothing.
 * 02 and 03 need the reference verified.
 */
uint16_t sim_chv_reset_counter(struct sim_chv *chv, uint8_t p1, const uint8_t *data, size_t len);

#endif
