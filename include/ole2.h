/*
 * ole2.h - what sources include that mean the whole of COM and automation.
 */
#ifndef ISCARD_OLE2_H
#define ISCARD_OLE2_H

#include "objbase.h"
#include "oleauto.h"
#include "winerror.h"

#endif
