/*
 * code.h - the engine's status codes as pcsc-lite returns them, and numbers between the two widths. Pure
 * functions.
 */
#ifndef ISCARD_COMPAT_CODE_H
#define ISCARD_COMPAT_CODE_H

#include <stdbool.h>

#include "compat/pcsclite.h"

/*
 * pcsc-lite writes its codes as positive numbers of a long, 0x80100003 and not -2146435069; where a long has
 * 32 bits it is the same. SCARD_W_UNPOWERED_CARD becomes SCARD_W_RESET_CARD: a handle of pcsc-lite learns of
 * a power-down as of a reset.
 */
lite_long code_lite(LONG status);
/*
 * The same for what an exchange with the card or the reader returned. Where that failed for whatever reason
 * pcsc-lite says SCARD_E_NOT_TRANSACTED.
 */
lite_long code_lite_exchange(LONG status);
/* A code that an application gives, as the engine's. */
LONG code_engine(lite_long code);

/*
 * A mode, a disposition, a number of an attribute... as wide as the engine's. What is above its 32 bits is not
 * looked at: pcsc-lite's daemon never gets to see it, and some programs have leftovers there.
 */
DWORD dword_engine(lite_dword value);
/* Protocols, bits of both libraries. */
DWORD protocols_engine(lite_dword protocols);
lite_dword protocol_lite(DWORD protocol);

#endif
