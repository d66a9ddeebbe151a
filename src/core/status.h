/*
 * status.h - every code table below the COM edge: what a card's status word and a reader's slot error mean as
 * SCARD_ codes, and their names and meanings in words. Pure functions, no state. Any layer may include it.
 */
#ifndef ISCARD_CORE_STATUS_H
#define ISCARD_CORE_STATUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scarderr.h"

/* Whether a code is a success (its top bit is clear). */
static inline bool status_ok(int32_t code)
{
        return code >= 0;
}

/* How a card-holder-verification command was sent; its status words read differently. */
enum status_chv_mode {
        STATUS_CHV_CODE,       /* a code was presented by the host */
        STATUS_CHV_CHECK_ONLY, /* an empty VERIFY: a question, not an attempt */
        STATUS_CHV_PINPAD,     /* the code was entered on the reader's PIN pad */
};

/*
 * The status word of VERIFY, CHANGE REFERENCE DATA, ENABLE, DISABLE, RESET RETRY COUNTER.
 *   tries   may be NULL; out: how many tries are left, -1 where the status word does not say
 * A status word that says "no such reference" gives SCARD_E_INVALID_PARAMETER. Source: ISO/IEC 7816-4 5.6
 * and 11.5.
 */
int32_t status_from_chv_sw(uint16_t sw, enum status_chv_mode mode, int *tries);

/* The status word of any other command the library sends; directory: a DF was asked for. ISO/IEC 7816-4 5.6.
 */
int32_t status_from_sw(uint16_t sw, bool directory);

enum status_slot_op {
        STATUS_SLOT_POWER_ON,
        STATUS_SLOT_EXCHANGE,
        STATUS_SLOT_SECURE, /* PIN-pad entry */
        STATUS_SLOT_OTHER,
};

/*
 * bError of a CCID message whose bmCommandStatus is 1 (failed); card_absent: bmICCStatus was 2.
 * SCARD_W_REMOVED_CARD stands for "no card"; the engine turns it into SCARD_E_NO_SMARTCARD where it connects.
 * CMD_SLOT_BUSY and BUSY_WITH_AUTO_SEQUENCE give SCARD_E_NOT_READY: the caller decides how long to repeat.
 * Source: CCID 1.1 6.2.6.
 */
int32_t status_from_slot_error(uint8_t bError, bool card_absent, enum status_slot_op op);

/* "SCARD_W_WRONG_CHV" for a SCARD_ code, NULL for a value that is none. */
const char *status_name(int32_t code);
/* The meaning in a few words for a SCARD_ code, NULL for a value that is none. */
const char *status_text(int32_t code);
/* The value of a name like "SCARD_W_WRONG_CHV" (any case); false where there is none. */
bool status_from_name(const char *name, int32_t *code);
/* What a status word means, in words, into buf (cut at len, always terminated); returns buf. */
char *status_sw_text(uint16_t sw, char *buf, size_t len);
/* The same for one that stands for what was typed on a reader's keys; NULL: it has its usual meaning. */
const char *status_pinpad_text(uint16_t sw);

#endif
