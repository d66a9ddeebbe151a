/*
 * utf16.h - the texts of the engine (UTF-8) as those of the COM edge (UTF-16), and back.
 */
#ifndef ISCARD_COM_UTF16_H
#define ISCARD_COM_UTF16_H

#include <stdbool.h>
#include <stddef.h>

#include <oleauto.h>

/* A new BSTR; bytes that are no UTF-8 become U+FFFD. NULL: out of memory. */
BSTR utf16_bstr(const char *utf8);
/* false: longer than room (with its NUL), a NUL in it, or half a surrogate pair; *utf8 is "" then. */
bool utf16_to_utf8(const OLECHAR *text, UINT len, char *utf8, size_t room);

#endif
