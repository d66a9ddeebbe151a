/*
 * attribute.h - what SCardGetAttrib knows of a reader and of the card in it.
 */
#ifndef ISCARD_CORE_ATTRIBUTE_H
#define ISCARD_CORE_ATTRIBUTE_H

#include <stddef.h>
#include <stdint.h>

struct connection;

#define ATTRIBUTE_MAX 1024 /* bytes of the longest: a name in UTF-16 */

/* Writes the attribute into value, room for ATTRIBUTE_MAX; *len 0 on failure. Sends nothing to the reader,
 * does not wait. SCARD_E_UNSUPPORTED_FEATURE, SCARD_E_NO_SMARTCARD, SCARD_E_READER_UNAVAILABLE */
int32_t attribute_get(struct connection *conn, uint32_t id, uint8_t *value, size_t *len);

#endif
