/*
 * windows.h - for sources that include it: the base types, HRESULT, GUID, and the word `interface`; nothing
 * else of Windows.
 *
 * No other header of ours includes this one, because the macro breaks headers that have a member of that
 * name. Include libusb.h before it, or write #undef interface between the two.
 */
#ifndef ISCARD_WINDOWS_H
#define ISCARD_WINDOWS_H

#include "basetyps.h"
#include "guiddef.h"
#include "windef.h"
#include "winerror.h"

#ifndef interface
#define interface struct
#endif

#endif
