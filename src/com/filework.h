/*
 * filework.h - what the methods of ISCardFileAccess do, in whichever form they were called: arguments checked,
 * the card used, results handed out. The object and its slots are in fileaccess.c. Thread-safe.
 */
#ifndef ISCARD_COM_FILEWORK_H
#define ISCARD_COM_FILEWORK_H

#include <pthread.h>
#include <stdbool.h>

#include <scardcom.h>

#include "core/card/files.h"
#include "com/attachment.h"

struct filework {
        struct attachment *attachment; /* counted */
        const char *profile;           /* asked for by name; NULL: as the card says */
        pthread_mutex_t mutex;         /* files, number; inside the attachment's card */
        struct files *files;
        unsigned number; /* of the connection that files is about; 0: none yet */
};

/* E_OUTOFMEMORY: nothing is held. */
HRESULT filework_init(struct filework *work, struct attachment *attachment, const char *profile);
void filework_destroy(struct filework *work);

/* count: how many objects of the properties are meant; 0: all of them. */
HRESULT filework_change_dir(struct filework *work, REFTYPE type, BSTR dir);
HRESULT filework_close(struct filework *work, HSCARD_FILE handle);
HRESULT filework_create(struct filework *work, REFTYPE type, BSTR path, const TLV_TABLE *properties,
                        LONG count, SCARD_FLAGS flags, LPBYTEBUFFER data);
HRESULT filework_delete(struct filework *work, REFTYPE type, BSTR path, SCARD_FLAGS flags);
HRESULT filework_directory(struct filework *work, FILETYPE type, SAFEARRAY **list);
HRESULT filework_current_dir(struct filework *work, BSTR *dir);
HRESULT filework_capabilities(struct filework *work, LPTLV_TABLE *table, LONG *count, SCARD_FLAGS flags);
HRESULT filework_properties(struct filework *work, REFTYPE type, BSTR path, SCARD_FLAGS flags,
                            LPTLV_TABLE *table, LONG *count);
/* DEACTIVATE FILE, ACTIVATE FILE. */
HRESULT filework_activate(struct filework *work, BSTR file, SCARD_FLAGS flags, bool active);
HRESULT filework_open(struct filework *work, REFTYPE type, BSTR path, HSCARD_FILE *handle);
HRESULT filework_read(struct filework *work, HSCARD_FILE handle, LONG *wanted, SCARD_FLAGS flags,
                      LPBYTEBUFFER *buffer);
HRESULT filework_seek(struct filework *work, HSCARD_FILE handle, SEEKTYPE origin, LONG offset);
HRESULT filework_set_properties(struct filework *work, REFTYPE type, BSTR path, SCARD_FLAGS flags,
                                const TLV_TABLE *table, LONG count);
/* *len: bytes of the buffer that are written; NULL: all of it. */
HRESULT filework_write(struct filework *work, HSCARD_FILE handle, LPBYTEBUFFER buffer, const LONG *len,
                       SCARD_FLAGS flags);

#endif
