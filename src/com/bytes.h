/*
 * bytes.h - the memory under a byte buffer: grows, is shared by clones, may hold a code. It stays out of core
 * dumps and is wiped whenever a part of it is given up. Thread-safe.
 */
#ifndef ISCARD_COM_BYTES_H
#define ISCARD_COM_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BYTES_MAX 0x1000000u /* 16 MiB: far over what a card holds */

struct bytes;

/* len zeros, or copied from data where it is not NULL. NULL: out of memory. len: at most BYTES_MAX. */
struct bytes *bytes_create(const uint8_t *data, size_t len);
struct bytes *bytes_ref(struct bytes *bytes);
void bytes_unref(struct bytes *bytes); /* the last one wipes and frees; NULL: nothing */

size_t bytes_len(struct bytes *bytes);
/* Cut, or zeros added; at most BYTES_MAX. false: out of memory, nothing changed. */
bool bytes_set_len(struct bytes *bytes, size_t len);
/* Up to len bytes from offset; how many there were. offset may lie behind the end. */
size_t bytes_read(struct bytes *bytes, size_t offset, uint8_t *data, size_t len);
/*
 * Grows as needed, with zeros between the end and offset; offset + len at most BYTES_MAX. false: out of
 * memory, nothing changed.
 */
bool bytes_write(struct bytes *bytes, size_t offset, const uint8_t *data, size_t len);

#endif
