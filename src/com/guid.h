/*
 * guid.h - identifiers as text.
 */
#ifndef ISCARD_COM_GUID_H
#define ISCARD_COM_GUID_H

#include <stdbool.h>

#include <wtypes.h>

#define GUID_TEXT_LEN 38 /* units, without the NUL */

/* "{8-4-4-4-12}" in hexadecimal, nothing before or after it. false: not written like that, *guid untouched.
 */
bool guid_parse(const OLECHAR *text, GUID *guid);
/* Upper-case digits, and a NUL. */
void guid_format(REFGUID guid, OLECHAR text[GUID_TEXT_LEN + 1]);

#endif
