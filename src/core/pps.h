/*
 * pps.h - the PPS request and what a card's response to it means. Pure functions. Source: ISO/IEC 7816-3:2006
 * clause 9.
 */
#ifndef ISCARD_CORE_PPS_H
#define ISCARD_CORE_PPS_H

#include <stddef.h>
#include <stdint.h>

#define PPS_MAX_LEN     6 /* PPSS PPS0 PPS1 PPS2 PPS3 PCK */
#define PPS_REQUEST_LEN 4

/* Writes PPSS PPS0 PPS1 PCK: protocol 0 to 14, fidi as TA1 spells it. Returns PPS_REQUEST_LEN. */
size_t pps_request(uint8_t out[PPS_REQUEST_LEN], uint8_t protocol, uint8_t fidi);

/*
 * The response to that request. On success *fidi is what card and reader go on with: fidi as asked, or 11
 * where the card left PPS1 out (9.3); 0 on failure. SCARD_E_PROTO_MISMATCH: the card refused or answered
 * something else; it has to be reset
 */
int32_t pps_response(const uint8_t request[PPS_REQUEST_LEN], const uint8_t *response, size_t len,
                     uint8_t *fidi);

#endif
