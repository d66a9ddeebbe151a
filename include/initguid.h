/*
 * initguid.h - after this, DEFINE_GUID defines its constant in the including file instead of declaring it.
 *
 * The IID_, CLSID_ and LIBID_ constants of our headers are in the library: a program that links it need not
 * include this, and may, as many files as it likes.
 */
#ifndef ISCARD_INITGUID_H
#define ISCARD_INITGUID_H

#ifndef INITGUID
#define INITGUID
#endif

#endif

#include "guiddef.h"
