/*
 * factory.h - the class object (IClassFactory) of a class.
 */
#ifndef ISCARD_COM_FACTORY_H
#define ISCARD_COM_FACTORY_H

#include "com/runtime.h"

/*
 * A class object for class (which is kept, not copied), as the interface riid. *out is NULL after a failure:
 * E_NOINTERFACE, E_OUTOFMEMORY. A class object counts as an object of the library.
 */
HRESULT factory_create(const struct runtime_class *class, REFIID riid, void **out);

/* How many calls of LockServer(TRUE) were not taken back yet. */
unsigned factory_locks(void);

#endif
