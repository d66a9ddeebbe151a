/*
 * atr_view.h - an ATR taken apart, for people and as JSON.
 */
#ifndef ISCARD_TOOL_ATR_VIEW_H
#define ISCARD_TOOL_ATR_VIEW_H

#include <stdio.h>

#include "core/atr.h"
#include "tools/iscard/json.h"

void atr_view_print(FILE *out, const struct atr *atr);
/* problem: what is wrong beyond what the ATR itself shows; NULL: nothing. */
void atr_view_json(struct json *json, const char *key, const struct atr *atr, const char *problem);

#endif
