/*
 * card.h - what several functions about a connection need.
 */
#ifndef ISCARD_COMPAT_CARD_H
#define ISCARD_COMPAT_CARD_H

#include "compat/pcsclite.h"

#define FEATURES_ROOM 256u /* the answers to CM_IOCTL_GET_FEATURE_REQUEST are shorter */

/*
 * What is pending on a handle, as SCardTransmit would return it: SCARD_S_SUCCESS, SCARD_W_RESET_CARD,
 * SCARD_W_REMOVED_CARD, SCARD_W_UNPOWERED_CARD; or SCARD_E_INVALID_HANDLE, SCARD_E_READER_UNAVAILABLE. More
 * functions of pcsc-lite return that than of winscard.h. Sends nothing, waits for nobody.
 */
LONG card_condition(SCARDHANDLE card);

/* What a call with wrong arguments returns, where status is their code: a handle that is not live comes first. */
LONG card_refuse(SCARDHANDLE card, LONG status);

#endif
