/*
 * edc.h - the error detection code at the end of a T=1 block. Pure functions. Source: ISO/IEC 7816-3:2006
 * 11.3.4 and 11.4.4.
 */
#ifndef ISCARD_CORE_EDC_H
#define ISCARD_CORE_EDC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EDC_MAX_LEN 2

/* The exclusive-or of all bytes; 0 for none. */
uint8_t edc_lrc(const uint8_t *bytes, size_t len);
/* The cyclic redundancy check, x^16 + x^12 + x^5 + 1; edc.c says which of its spellings. */
uint16_t edc_crc(const uint8_t *bytes, size_t len);

/* Bytes of the code: 2 for the CRC, 1 for the LRC. */
size_t edc_len(bool crc);
/* Writes the code of block[0..len) behind it, where there is room for edc_len; returns len and edc_len. */
size_t edc_append(uint8_t *block, size_t len, bool crc);
/* Whether block, len bytes with its code, is intact; false where it is no longer than a code. */
bool edc_check(const uint8_t *block, size_t len, bool crc);

#endif
