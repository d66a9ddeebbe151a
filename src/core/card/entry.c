#include <stdlib.h>
#include <string.h>

#include "core/card/entry.h"

#define FEATURES_MAX 32u /* more than PC/SC part 10 has */
#define TLV_LEN      6u

/* A reader's keys are digits, and so are their limits: a profile that takes any code is bounded here. */
#define DIGITS_MAX 15u
/* bmPINBlockString has four bits for the block. CCID 1.1 6.1.11.2 */
#define BLOCK_MAX 15u

#define FORMAT_ASCII     0x82u /* units of bytes, at the insertion offset, left justified, ASCII */
#define VALIDATION_KEY   0x02u /* the entry ends with the validation key */
#define CONFIRM_AND_OLD  0x03u /* the new code twice, the present one too */
#define LANGUAGE_ENGLISH 0x0409u
#define MESSAGES_NONE    0x00u
#define MESSAGES_VERIFY  1u
#define MESSAGES_MODIFY  3u /* present code, new code, new code again */

static LONG entry_control(const struct card *card, DWORD code, const uint8_t *in, size_t in_len, uint8_t *out,
                          size_t *out_len)
{
        size_t room = *out_len;
        DWORD len = 0;
        LONG status = card->api->Control(card->handle, code, in, (DWORD)in_len, out, (DWORD)room, &len);

        if (status == SCARD_S_SUCCESS && len > room)
                status = SCARD_F_COMM_ERROR;
        *out_len = status == SCARD_S_SUCCESS ? len : 0;
        return status;
}

/* The control code of a feature; 0: the reader has none. The TLVs come from a reader's driver. */
static DWORD find_feature(const uint8_t *tlvs, size_t len, uint8_t tag)
{
        for (size_t at = 0; len - at >= 2 && len - at - 2 >= tlvs[at + 1]; at += 2u + tlvs[at + 1])
                if (tlvs[at] == tag && tlvs[at + 1] == 4)
                        return (DWORD)tlvs[at + 2] << 24 | (DWORD)tlvs[at + 3] << 16 |
                               (DWORD)tlvs[at + 4] << 8 | tlvs[at + 5];
        return 0;
}

/* wLcdLayout is not 0. A reader that does not say has none. */
static bool has_display(const struct card *card, DWORD code)
{
        uint8_t properties[sizeof(PIN_PROPERTIES_STRUCTURE)];
        size_t len = sizeof(properties);

        if (code == 0 || entry_control(card, code, NULL, 0, properties, &len) != SCARD_S_SUCCESS)
                return false;
        return len >= 2 && (properties[0] != 0 || properties[1] != 0);
}

static bool switched_off(void)
{
        const char *text = getenv("ISCARD_PINPAD");

        return text != NULL && strcmp(text, "0") == 0;
}

LONG entry_find(struct card *card, bool modify, struct entry_pad *pad)
{
        uint8_t tlvs[FEATURES_MAX * TLV_LEN];
        size_t len = sizeof(tlvs);

        *pad = (struct entry_pad){.code = 0};
        if (switched_off())
                return SCARD_E_UNSUPPORTED_FEATURE;
        LONG status = entry_control(card, CM_IOCTL_GET_FEATURE_REQUEST, NULL, 0, tlvs, &len);

        if (status != SCARD_S_SUCCESS)
                return status;
        pad->code = find_feature(tlvs, len, modify ? FEATURE_MODIFY_PIN_DIRECT : FEATURE_VERIFY_PIN_DIRECT);
        if (pad->code == 0)
                return SCARD_E_UNSUPPORTED_FEATURE;
        pad->display = has_display(card, find_feature(tlvs, len, FEATURE_IFD_PIN_PROPERTIES));
        return SCARD_S_SUCCESS;
}

/* ---- the template */

static uint8_t digits_min(const struct entry *entry)
{
        uint8_t min = entry->first->min;

        if (entry->second != NULL && entry->second->min < min)
                min = entry->second->min;
        return min < 1 ? 1 : min;
}

static uint8_t digits_max(const struct entry *entry)
{
        uint8_t max = entry->first->max;

        if (entry->second != NULL && entry->second->max > max)
                max = entry->second->max;
        return max > DIGITS_MAX ? DIGITS_MAX : max;
}

/* One size of block serves both codes. */
static bool can_be_described(const struct entry *entry)
{
        uint8_t block = entry->first->block;

        if (entry->second != NULL && entry->second->block != block)
                return false;
        return block <= BLOCK_MAX && digits_min(entry) <= digits_max(entry) &&
               (block == 0 || digits_max(entry) <= block);
}

/* Little-endian, packed. */
static uint8_t *put(uint8_t *at, uint32_t value, unsigned bytes)
{
        for (unsigned i = 0; i < bytes; i++)
                *at++ = (uint8_t)(value >> (8 * i));
        return at;
}

/* The command with nothing but filler in place of codes. Without a block Lc is 0, and the reader's to set. */
static uint8_t *put_command(uint8_t *at, const struct entry *entry)
{
        size_t first = entry->first->block, second = entry->second != NULL ? entry->second->block : 0;

        at = put(at, (uint32_t)(5 + first + second), 4); /* ulDataLength */
        *at++ = entry->cla;
        *at++ = entry->ins;
        *at++ = entry->p1;
        *at++ = entry->p2;
        *at++ = (uint8_t)(first + second);
        memset(at, entry->first->filler, first);
        if (second > 0)
                memset(at + first, entry->second->filler, second);
        return at + first + second;
}

size_t entry_template(const struct entry *entry, bool display, uint8_t *out)
{
        bool modify = entry->second != NULL;
        uint32_t messages = modify ? MESSAGES_MODIFY : MESSAGES_VERIFY;
        uint8_t *at = out;

        if (!can_be_described(entry))
                return 0;
        at = put(at, 0, 1); /* bTimeOut: the reader's own */
        at = put(at, 0, 1); /* bTimeOut2 */
        at = put(at, FORMAT_ASCII, 1);
        at = put(at, entry->first->block, 1); /* bmPINBlockString: no length is inserted */
        at = put(at, 0, 1);                   /* bmPINLengthFormat */
        if (modify) {
                at = put(at, 0, 1); /* bInsertionOffsetOld, New */
                at = put(at, entry->first->block, 1);
        }
        at = put(at, (uint32_t)digits_min(entry) << 8 | digits_max(entry), 2); /* wPINMaxExtraDigit */
        if (modify)
                at = put(at, CONFIRM_AND_OLD, 1);
        at = put(at, VALIDATION_KEY, 1);
        at = put(at, display ? messages : MESSAGES_NONE, 1);
        at = put(at, LANGUAGE_ENGLISH, 2);
        at = put(at, 0, 1); /* bMsgIndex: of the prompts that CCID 1.1 6.1.11.6 numbers */
        if (modify) {
                at = put(at, 1, 1);
                at = put(at, 2, 1);
        }
        at = put(at, 0, 3); /* bTeoPrologue: the driver's to fill in */
        at = put_command(at, entry);
        return (size_t)(at - out);
}

LONG entry_run(struct card *card, const char *name, const struct entry *entry, const struct entry_pad *pad,
               uint16_t *sw)
{
        uint8_t bytes[ENTRY_TEMPLATE_MAX], rsp[CARD_RESPONSE_MAX];
        size_t len = entry_template(entry, pad->display, bytes), rsp_len = sizeof(rsp);

        *sw = 0;
        card_last_clear(card);
        if (len == 0)
                return SCARD_E_UNSUPPORTED_FEATURE;
        card->last.command = name;
        LONG status = entry_control(card, pad->code, bytes, len, rsp, &rsp_len);

        if (status == SCARD_S_SUCCESS && rsp_len < 2)
                status = SCARD_F_COMM_ERROR;
        card->sent++;
        card->sent_epoch = card->epoch;
        if (status != SCARD_S_SUCCESS)
                card->selects++; /* as card_transmit */
        if (status == SCARD_S_SUCCESS) {
                *sw = (uint16_t)((unsigned)rsp[rsp_len - 2] << 8 | rsp[rsp_len - 1]);
                card->last.sw = *sw;
        }
        card->last.status = status;
        return status;
}
