/*
 * message.c - CCID messages to and from bytes.
 */
#include <string.h>

#include "ccid/message.h"

void message_put32(uint8_t bytes[4], uint32_t value)
{
        bytes[0] = (uint8_t)value;
        bytes[1] = (uint8_t)(value >> 8);
        bytes[2] = (uint8_t)(value >> 16);
        bytes[3] = (uint8_t)(value >> 24);
}

uint32_t message_get32(const uint8_t bytes[4])
{
        return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
               (uint32_t)bytes[3] << 24;
}

void message_header(uint8_t header[MESSAGE_HEADER_LEN], uint8_t type, uint8_t bSlot, uint8_t bSeq,
                    size_t data_len, const uint8_t specific[3])
{
        header[0] = type;
        message_put32(header + 1, (uint32_t)data_len);
        header[5] = bSlot;
        header[6] = bSeq;
        memcpy(header + 7, specific, 3);
}

bool message_read(const uint8_t *bytes, size_t len, struct message_answer *answer)
{
        uint32_t dwLength;

        memset(answer, 0, sizeof *answer);
        if (len < MESSAGE_HEADER_LEN)
                return false;
        dwLength = message_get32(bytes + 1);
        if (dwLength != len - MESSAGE_HEADER_LEN)
                return false;
        if (bytes[0] < MESSAGE_DATA_BLOCK || bytes[0] > MESSAGE_RATE)
                return false;
        if ((bytes[7] & 0x03) == 3 || bytes[7] >> 6 == 3)
                return false;
        answer->bMessageType = bytes[0];
        answer->bSlot = bytes[5];
        answer->bSeq = bytes[6];
        answer->outcome = (enum message_outcome)(bytes[7] >> 6);
        answer->icc = (enum message_icc)(bytes[7] & 0x03);
        answer->bError = bytes[8];
        answer->byte9 = bytes[9];
        answer->data = bytes + MESSAGE_HEADER_LEN;
        answer->data_len = len - MESSAGE_HEADER_LEN;
        return true;
}

uint8_t message_answer_type(uint8_t command)
{
        switch (command) {
        case MESSAGE_POWER_ON:
        case MESSAGE_XFR_BLOCK:
        case MESSAGE_SECURE:
                return MESSAGE_DATA_BLOCK;
        case MESSAGE_POWER_OFF:
        case MESSAGE_GET_SLOT_STATUS:
        case MESSAGE_MECHANICAL:
        case MESSAGE_ABORT:
                return MESSAGE_SLOT_STATUS;
        case MESSAGE_SET_PARAMETERS:
        case MESSAGE_GET_PARAMETERS:
        case MESSAGE_RESET_PARAMETERS:
                return MESSAGE_PARAMETERS;
        case MESSAGE_ESCAPE:
                return MESSAGE_ESCAPE_ANSWER;
        case MESSAGE_SET_RATE:
                return MESSAGE_RATE;
        default:
                return 0;
        }
}

size_t message_put_parameters(const struct ifd_parameters *p, uint8_t data[MESSAGE_PARAMETERS_MAX])
{
        unsigned convention = p->inverse ? 2u : 0u;

        memset(data, 0, MESSAGE_PARAMETERS_MAX);
        data[0] = p->fidi;
        data[2] = p->guard_n;
        data[4] = p->clock_stop;
        if (p->protocol == 0) {
                data[1] = (uint8_t)convention;
                data[3] = p->wi;
                return 5;
        }
        if (p->protocol == 1) {
                data[1] = (uint8_t)(0x10u | convention | (p->crc ? 1u : 0u));
                data[3] = (uint8_t)((p->bwi & 0x0Fu) << 4 | (p->cwi & 0x0Fu));
                data[5] = p->ifsc;
                data[6] = p->nad;
                return 7;
        }
        return 0;
}

bool message_get_parameters(const struct message_answer *answer, struct ifd_parameters *p)
{
        const uint8_t *data = answer->data;

        memset(p, 0, sizeof *p);
        if (answer->byte9 > 1 || answer->data_len < (answer->byte9 == 0 ? 5u : 7u))
                return false;
        p->protocol = answer->byte9;
        p->fidi = data[0];
        p->inverse = (data[1] & 2) != 0;
        p->guard_n = data[2];
        p->clock_stop = data[4];
        if (p->protocol == 0) {
                p->wi = data[3];
                return true;
        }
        p->crc = (data[1] & 1) != 0;
        p->bwi = data[3] >> 4;
        p->cwi = data[3] & 0x0F;
        p->ifsc = data[5];
        p->nad = data[6];
        return true;
}

bool message_slot_change(const uint8_t *bytes, size_t len, unsigned slot, bool *present, bool *changed)
{
        unsigned bits;

        *present = *changed = false;
        if (len < 2 || bytes[0] != MESSAGE_NOTIFY_SLOT_CHANGE || slot / 4 >= len - 1)
                return false;
        bits = (unsigned)bytes[1 + slot / 4] >> (slot % 4 * 2);
        *present = (bits & 1) != 0;
        *changed = (bits & 2) != 0;
        return true;
}
