/*
 * events.h - the state of a reader without a connection. (SCardGetStatusChange itself is in pcsclite.h.)
 */
#ifndef ISCARD_COMPAT_EVENTS_H
#define ISCARD_COMPAT_EVENTS_H

#include "compat/pcsclite.h"

/* The state of a reader (the engine's name) as the engine's SCardGetStatusChange gives it now; 0 where it
 * cannot be known. Powers a card that has no power yet. */
DWORD events_state(const char *name);

#endif
