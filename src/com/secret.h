/*
 * secret.h - memory for codes: outside core dumps, wiped when it is freed.
 */
#ifndef ISCARD_COM_SECRET_H
#define ISCARD_COM_SECRET_H

#include <stddef.h>

/* len zeroed bytes on pages of their own, which no core dump holds. NULL: out of memory, or len is 0. */
void *secret_alloc(size_t len);
/* Wipes and frees; len as given to secret_alloc. NULL: nothing. */
void secret_free(void *data, size_t len);

#endif
