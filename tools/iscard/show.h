/*
 * show.h - how results look: one line for a method call, colours where a terminal takes them.
 */
#ifndef ISCARD_TOOL_SHOW_H
#define ISCARD_TOOL_SHOW_H

#include <stdio.h>

#include <scardcom.h>

#include "core/card/chv.h"
#include "tools/iscard/json.h"

enum show_colour { SHOW_GOOD, SHOW_BAD, SHOW_DIM };

/* Switches a colour on for what follows, and off. Nothing unless out is a terminal and NO_COLOR is not set.
 */
void show_colour(FILE *out, enum show_colour colour);
void show_plain(FILE *out);

/* "SCARD_W_WRONG_CHV"; a value without a name: "?" */
const char *show_name(HRESULT hr);
/* "SPECIFICMODE", "T1": the enumerators of scardtypes.idl, what a program would compare with. NULL: none of
 * them. */
const char *show_state(SCARD_STATES state);
const char *show_protocol(SCARD_PROTOCOLS protocol);

/*
 * "ISCardVerify::Verify  0x8010006B SCARD_W_WRONG_CHV  wrong code, 2 tries left (SW 63C2)"
 *   last   of the card command behind it; NULL, or one without a command: none
 */
void show_method(FILE *out, const char *method, HRESULT hr, const struct card_last *last);
/* The members "method", "hresult", "name", "meaning", and of last "sw" and "tries" (null where not known). */
void show_method_json(struct json *json, const char *method, HRESULT hr, const struct card_last *last);
/* Only "hresult" and "name". */
void show_hresult_json(struct json *json, HRESULT hr);

#endif
