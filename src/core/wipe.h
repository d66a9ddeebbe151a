/*
 * wipe.h - secrets are wiped after use, with a wipe the compiler cannot drop. Any layer may include it.
 */
#ifndef ISCARD_CORE_WIPE_H
#define ISCARD_CORE_WIPE_H

#include <stddef.h>

/* Overwrites len bytes at data with zeros; data may be NULL when len is 0. */
void wipe(void *data, size_t len);

#endif
