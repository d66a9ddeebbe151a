/*
 * edc.c - the error detection code at the end of a T=1 block.
 */
#include "core/edc.h"

#define CRC_START 0xFFFFu
#define CRC_POLY  0x8408u /* x^16 + x^12 + x^5 + 1, lowest bit first as characters go over the line */

uint8_t edc_lrc(const uint8_t *bytes, size_t len)
{
        uint8_t sum = 0;

        for (size_t i = 0; i < len; i++)
                sum ^= bytes[i];
        return sum;
}

/*
 * The remainder as it is, not complemented, and the high byte first: as libccid has it. ISO/IEC 13239
 * complements it and sends the low byte first.
 */
uint16_t edc_crc(const uint8_t *bytes, size_t len)
{
        unsigned crc = CRC_START;

        for (size_t i = 0; i < len; i++) {
                crc ^= bytes[i];
                for (int bit = 0; bit < 8; bit++)
                        crc = (crc & 1u) != 0 ? crc >> 1 ^ CRC_POLY : crc >> 1;
        }
        return (uint16_t)crc;
}

size_t edc_len(bool crc)
{
        return crc ? 2 : 1;
}

size_t edc_append(uint8_t *block, size_t len, bool crc)
{
        if (crc) {
                uint16_t code = edc_crc(block, len);

                block[len] = (uint8_t)(code >> 8);
                block[len + 1] = (uint8_t)code;
        } else {
                block[len] = edc_lrc(block, len);
        }
        return len + edc_len(crc);
}

bool edc_check(const uint8_t *block, size_t len, bool crc)
{
        size_t body;

        if (len <= edc_len(crc))
                return false;
        body = len - edc_len(crc);
        if (!crc)
                return edc_lrc(block, len) == 0;
        return edc_crc(block, body) == (uint16_t)((unsigned)block[body] << 8 | block[body + 1]);
}
