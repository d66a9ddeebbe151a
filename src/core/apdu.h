/*
 * apdu.h - command APDUs taken apart and put together. Pure functions, no state, no allocation.
 * Source: ISO/IEC 7816-3:2006 12.1, ISO/IEC 7816-4:2005 5.1.
 */
#ifndef ISCARD_CORE_APDU_H
#define ISCARD_CORE_APDU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define APDU_COMMAND_MAX        65544u /* bytes: 4 + 3 + 65,535 + 2 */
#define APDU_RESPONSE_MAX       65538u /* bytes: 65,536 + SW1 SW2 */
#define APDU_SHORT_COMMAND_MAX  261u   /* bytes: 4 + 1 + 255 + 1 */
#define APDU_SHORT_RESPONSE_MAX 258u
#define APDU_NC_MAX             65535u
#define APDU_NE_MAX             65536u

enum apdu_case {
        APDU_CASE_1,  /* no data, no answer data */
        APDU_CASE_2S, /* Le */
        APDU_CASE_3S, /* Lc data */
        APDU_CASE_4S, /* Lc data Le */
        APDU_CASE_2E, /* the same with extended length fields */
        APDU_CASE_3E,
        APDU_CASE_4E,
};

struct apdu {
        enum apdu_case form;
        uint8_t cla, ins, p1, p2;
        const uint8_t *data; /* borrowed from the bytes that were parsed; NULL where nc is 0 */
        size_t nc;           /* bytes of data, 0 to 65,535 */
        size_t ne;           /* most bytes of answer data, 0 to 65,536; 0 where there is no Le */
        bool extended;       /* length fields are the extended ones */
        bool le_present;
};

/*
 * Takes a command APDU apart. *apdu is zeroed on failure. bytes stay the caller's and have to outlive *apdu.
 * SCARD_S_SUCCESS; SCARD_E_INVALID_PARAMETER: bytes is NULL, under 4 or over 65,544 bytes, or lengths that
 * contradict each other
 */
int32_t apdu_parse(struct apdu *apdu, const uint8_t *bytes, size_t len);

/*
 * Writes the command that *apdu describes into buf: cla ins p1 p2, data of nc bytes, Le where le_present is
 * set or ne > 0 (le_present with ne = 0 asks for everything the form allows: 256 or 65,536). Extended length
 * fields where nc > 255, ne > 256 or extended is set; form is not read. *len: bytes written, 0 on failure;
 * on failure buf is untouched.
 * SCARD_E_INVALID_PARAMETER (nc or ne out of range, data NULL with nc > 0), SCARD_E_INSUFFICIENT_BUFFER
 */
int32_t apdu_build(uint8_t *buf, size_t cap, size_t *len, const struct apdu *apdu);

/* apdu_build for the usual command: short fields wherever they do; ne = 0: no Le. */
int32_t apdu_command(uint8_t *buf, size_t cap, size_t *len, const uint8_t header[4], const uint8_t *data,
                     size_t nc, size_t ne);

/* SW1 SW2 of a response APDU; 0 where it is too short to have one. */
static inline uint16_t apdu_sw(const uint8_t *response, size_t len)
{
        return len < 2 ? 0 : (uint16_t)((unsigned)response[len - 2] << 8 | response[len - 1]);
}

#endif
