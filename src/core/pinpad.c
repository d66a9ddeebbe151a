#include <string.h>

#include "scarderr.h"
#include "winsmcrd.h"

#include "core/pinpad.h"

/* Where the members lie. PC/SC part 10 2.5.2, 2.5.3 */
enum { VERIFY_LEN = 19, MODIFY_LEN = 24 };

/* "Validation conditions", bits that CCID 1.1 6.1.11 knows: longest reached, validation key, time-out. */
#define CONDITIONS_KNOWN 0x07u

static uint16_t get16(const uint8_t *at)
{
        return (uint16_t)(at[0] | (unsigned)at[1] << 8);
}

static uint32_t get32(const uint8_t *at)
{
        return (uint32_t)get16(at) | (uint32_t)get16(at + 2) << 16;
}

static void parse_verify(const uint8_t *at, struct ifd_secure *secure)
{
        secure->timeout_s = at[0];
        secure->format_string = at[2];
        secure->pin_block_string = at[3];
        secure->pin_length_format = at[4];
        secure->max_extra_digit = get16(at + 5);
        secure->entry_validation = at[7];
        secure->number_message = at[8];
        secure->lang_id = get16(at + 9);
        secure->msg_index[0] = at[11];
}

static void parse_modify(const uint8_t *at, struct ifd_secure *secure)
{
        secure->timeout_s = at[0];
        secure->format_string = at[2];
        secure->pin_block_string = at[3];
        secure->pin_length_format = at[4];
        secure->insertion_offset[0] = at[5];
        secure->insertion_offset[1] = at[6];
        secure->max_extra_digit = get16(at + 7);
        secure->confirm_pin = at[9];
        secure->entry_validation = at[10];
        secure->number_message = at[11];
        secure->lang_id = get16(at + 12);
        memcpy(secure->msg_index, at + 14, 3);
}

/*
 * A header alone, or a short command with as much data as Lc says. What the reader is going to insert has to
 * lie within that data, unless there is none: then the reader makes it, and Lc with it.
 */
static bool command_ok(const struct ifd_secure *secure)
{
        size_t data = secure->apdu_len > 5 ? secure->apdu_len - 5 : 0;
        size_t block = secure->pin_block_string & 0x0Fu;

        if (secure->apdu_len < 4 || secure->apdu_len > PINPAD_APDU_MAX)
                return false;
        if (secure->apdu_len > 4 && secure->apdu[4] != data)
                return false;
        if (data == 0)
                return true;
        if (!secure->modify)
                return block <= data;
        /* The present PIN is inserted only where it is asked for. CCID 1.1 6.1.12, bConfirmPIN bit 1 */
        if ((secure->confirm_pin & 0x02u) != 0 && secure->insertion_offset[0] + block > data)
                return false;
        return secure->insertion_offset[1] + block <= data;
}

int32_t pinpad_parse(const uint8_t *bytes, size_t len, bool modify, struct ifd_secure *secure)
{
        size_t head = modify ? MODIFY_LEN : VERIFY_LEN;

        memset(secure, 0, sizeof(*secure));
        if (bytes == NULL || len < head || get32(bytes + head - 4) != len - head)
                return SCARD_E_INVALID_PARAMETER;
        secure->modify = modify;
        if (modify)
                parse_modify(bytes, secure);
        else
                parse_verify(bytes, secure);
        secure->apdu = bytes + head;
        secure->apdu_len = len - head;
        if (command_ok(secure))
                return SCARD_S_SUCCESS;
        memset(secure, 0, sizeof(*secure));
        return SCARD_E_INVALID_PARAMETER;
}

size_t pinpad_features(const struct ifd_info *info, bool escape, uint8_t *tags)
{
        size_t count = 0;

        if ((info->pin_support & PINPAD_VERIFY) != 0)
                tags[count++] = FEATURE_VERIFY_PIN_DIRECT;
        if ((info->pin_support & PINPAD_MODIFY) != 0)
                tags[count++] = FEATURE_MODIFY_PIN_DIRECT;
        if (count > 0)
                tags[count++] = FEATURE_IFD_PIN_PROPERTIES;
        tags[count++] = FEATURE_GET_TLV_PROPERTIES;
        if (escape)
                tags[count++] = FEATURE_CCID_ESC_COMMAND;
        return count;
}

void pinpad_feature_tlv(uint8_t tag, uint32_t control_code, uint8_t *out)
{
        out[0] = tag;
        out[1] = 4;
        for (unsigned i = 0; i < 4; i++)
                out[2 + i] = (uint8_t)(control_code >> (24 - 8 * i));
}

void pinpad_properties(const struct ifd_info *info, uint8_t *out)
{
        out[0] = (uint8_t)info->lcd_layout;
        out[1] = (uint8_t)(info->lcd_layout >> 8);
        out[2] = CONDITIONS_KNOWN;
        out[3] = 0; /* PC_to_RDR_Secure has one bTimeOut. CCID 1.1 6.1.11 */
}

static size_t put_tlv(uint8_t *out, uint8_t tag, uint32_t value, uint8_t size)
{
        out[0] = tag;
        out[1] = size;
        for (uint8_t i = 0; i < size; i++)
                out[2 + i] = (uint8_t)(value >> (8 * i));
        return 2u + size;
}

/* Most data of one APDU that gets through. T=1 carries extended ones at TPDU level, T=0 does not. */
static uint32_t apdu_data_max(const struct ifd_info *info)
{
        const uint32_t extended_overhead = 9; /* CLA INS P1 P2, three bytes of Lc, two of Le */

        switch (info->exchange) {
        case IFD_EXCHANGE_EXTENDED_APDU:
                return info->max_command > 256 + extended_overhead ? info->max_command - extended_overhead
                                                                   : 256;
        case IFD_EXCHANGE_TPDU:
                return (info->protocols & SCARD_PROTOCOL_T1) != 0 ? 65535 : 256;
        case IFD_EXCHANGE_SHORT_APDU:
        case IFD_EXCHANGE_CHARACTER:
                break;
        }
        return 256;
}

size_t pinpad_tlv_properties(const struct ifd_info *info, uint8_t *out)
{
        size_t len = 0;

        if (info->pin_support != 0) {
                len += put_tlv(out + len, PCSCv2_PART10_PROPERTY_wLcdLayout, info->lcd_layout, 2);
                len +=
                    put_tlv(out + len, PCSCv2_PART10_PROPERTY_bEntryValidationCondition, CONDITIONS_KNOWN, 1);
                len += put_tlv(out + len, PCSCv2_PART10_PROPERTY_bTimeOut2, 0, 1);
                len +=
                    put_tlv(out + len, PCSCv2_PART10_PROPERTY_wLcdMaxCharacters, info->lcd_layout & 0xFFu, 2);
                len += put_tlv(out + len, PCSCv2_PART10_PROPERTY_wLcdMaxLines, info->lcd_layout >> 8, 2);
                /* No bMinPINSize, no bMaxPINSize: no CCID descriptor tells the limits of a reader's keys. */
        }
        len += put_tlv(out + len, PCSCv2_PART10_PROPERTY_bPPDUSupport, 0, 1);
        len += put_tlv(out + len, PCSCv2_PART10_PROPERTY_dwMaxAPDUDataSize, apdu_data_max(info), 4);
        len += put_tlv(out + len, PCSCv2_PART10_PROPERTY_wIdVendor, info->vendor_id, 2);
        len += put_tlv(out + len, PCSCv2_PART10_PROPERTY_wIdProduct, info->product_id, 2);
        return len;
}
