/*
 * recorded_card.h - a virtual card under the card services, and every command that they send to it. One card at a
 * time.
 */
#ifndef ISCARD_TESTS_RECORDED_CARD_H
#define ISCARD_TESTS_RECORDED_CARD_H

#include "core/card/card.h"
#include "core/card/chv.h"
#include "tests/support/engine.h"

#define RECORDED_MAX 32

/* Kinds of readers and protocols, as ISCARD_SIM has them behind card=NAME. */
extern const char *const recorded_readers[];
extern const size_t recorded_reader_count;

extern struct card recorded_card;
extern SCARDHANDLE recorded_handle;

/* What was sent, since the last of the calls below that send. */
struct recorded {
        BYTE bytes[300];
        DWORD len;
};
extern struct recorded recorded[RECORDED_MAX];
extern size_t recorded_count;
extern size_t recorded_compared; /* by assert_sent, since the program began */

/* One command (hex) that is not passed on but answered with a status word; NULL: none. */
void recorded_intercept(const char *hex, uint16_t sw);

/* The command behind so many others fails with status, and does not reach the card. */
void recorded_interrupt(size_t behind, LONG status);
/* An ATR (hex) for the card services to see in place of the card's; NULL: the card's. */
void recorded_atr(const char *hex);

void recorded_insert(const char *name, const char *reader);
void recorded_pull(void);
int recorded_tear_down(void **state);
/* A warm reset, as whoever has no log-out command does it. */
void recorded_reset(void);
/* Past the card services, as the program's own SCardTransmit; the status word. */
uint16_t recorded_raw(const char *hex);

/* Bytes of text like "00A4 04 00"; returns their number. */
size_t recorded_hex(const char *hex, BYTE *out);
void recorded_assert(size_t index, const char *hex, const char *file, int line);
#define assert_sent(index, hex) recorded_assert(index, hex, __FILE__, __LINE__)

/* The functions of chv.h for a bare reference number and codes as text. */
const struct chv_reference *recorded_number(LONG number);
LONG recorded_verify(LONG ref, const char *code);
LONG recorded_check(LONG ref);
LONG recorded_change(LONG ref, const char *from, const char *to);
LONG recorded_enable(LONG ref, bool on, const char *code);
LONG recorded_unblock(LONG ref, const char *reset_code, const char *new_code); /* NULL: not given */
LONG recorded_unblock_check(LONG ref);
LONG recorded_log_out(void);

/* The SELECT of each profile that has one. */
#define PGP_SELECT   "00A40400 06 D27600012401"
#define PGP_STATUS   "00CA00C4 00"
#define PGP_KDF      "00CA00F9 00"
#define PGP_VERSION  "00CA004F 00"
#define USIM_SELECT  "00A40404 07 A0000000871002 00"
#define GIDS_SELECT  "00A40400 09 A00000039742544659 00"
#define MYEID_SELECT "00A40400 0C A000000063504B43532D3135 00"
#define ISO_SELECT   "00A40400 0C F276A288BCFBA69D34F31001 00"

#endif
