/*
 * runtime.h - the classes of the library. What callers of the library use of the runtime is in <objbase.h>.
 */
#ifndef ISCARD_COM_RUNTIME_H
#define ISCARD_COM_RUNTIME_H

#include <objbase.h>

struct runtime_class {
        const CLSID *clsid;
        const OLECHAR *progid;         /* with version; NULL: the class has no name */
        const OLECHAR *current_progid; /* without version: names the newest; NULL likewise */
        /*
         * Makes an object and answers riid with a reference for the caller. *out is NULL after a failure:
         * E_NOINTERFACE, E_OUTOFMEMORY.
         */
        HRESULT (*create)(REFIID riid, void **out);
};

#endif
