/*
 * text.h - reader names between the encodings: what a device says of itself made printable, UTF-8 to UTF-16
 * and back. Pure functions.
 */
#ifndef ISCARD_CORE_TEXT_H
#define ISCARD_CORE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "windef.h"

/*
 * Copies a foreign string as well-formed UTF-8 without control characters: those and broken sequences become
 * '?'; spaces at the ends go. Cut between characters at cap, terminated when cap > 0. from_cap: the bytes of
 * from that may be read when no NUL comes first.
 */
void text_clean(char *to, size_t cap, const char *from, size_t from_cap);

/*
 * UTF-8 with its lengths in bytes to UTF-16; NULs are characters like others. Returns the units that the
 * whole text takes; writes those that fit in cap. Broken sequences become U+FFFD.
 */
size_t text_to_utf16(WCHAR *to, size_t cap, const char *from, size_t from_len);

/* UTF-16 up to its NUL to UTF-8, terminated. False: broken surrogates, or it does not fit (to is then empty).
 */
bool text_from_utf16(char *to, size_t cap, const WCHAR *from);

#endif
