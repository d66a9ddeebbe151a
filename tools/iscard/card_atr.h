/*
 * card_atr.h - the ATR of the card in a reader; no method of ISCardManage gives it.
 */
#ifndef ISCARD_TOOL_CARD_ATR_H
#define ISCARD_TOOL_CARD_ATR_H

#include "core/atr.h"
#include "winscard.h"

/* Connects shared for a moment, powering the card where it is not. What SCardConnect and SCardGetAttrib
 * return. */
LONG card_atr_read(SCARDCONTEXT context, const char *reader, struct atr *atr);

#endif
