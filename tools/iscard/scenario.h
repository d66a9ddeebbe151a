/*
 * scenario.h - the life of an attachment, every HRESULT of it checked: what `iscard demo` shows on a virtual
 * reader and the usb test tier repeats over real libusb. The card is the virtual ISO card as delivered.
 */
#ifndef ISCARD_TOOL_SCENARIO_H
#define ISCARD_TOOL_SCENARIO_H

#include <stdio.h>

/* What the scenario cannot do through the library: the hand that moves the card. */
struct scenario_world {
        const char *reader; /* its name, UTF-8 */
        void (*pull)(void *user);
        void (*insert)(void *user);
        void *user;
        FILE *out; /* a line for each call */
};

/*
 * Attach; status; a wrong code three times; Unblock; Verify; a protected read; ResetSecurityState and the
 * read again; a reset by another handle, Reconnect; the card pulled, Reconnect; the card back, Reconnect;
 * Detach. Stops at the first code that is not the documented one. 0: every code was; else 1. Needs no
 * CoInitialize of the caller.
 */
int scenario_run(const struct scenario_world *world);

#endif
