/*
 * pinpad.c - PIN entry on the reader: the template is checked, sent, and the card's answer to the APDU comes
 * back. Source: CCID 1.1 6.1.11 and PC/SC part 10 2.5.2, 2.5.3.
 */
#include <string.h>

#include "core/log.h"
#include "core/status.h"
#include "ccid/command.h"
#include "ccid/pinpad.h"

#define OPERATION_VERIFY 0x00
#define OPERATION_MODIFY 0x01

#define HEADER_LEN      4u    /* CLA INS P1 P2 */
#define FORMAT_BYTES    0x80u /* bmFormatString bit 7: the position counts bytes, not bits */
#define FORMAT_BCD      1u    /* bits 1..0 */
#define FORMAT_RESERVED 3u

#define VALIDATION_KEY 0x02 /* bEntryValidationCondition */

#define WAIT_MIN_S   90u
#define WAIT_EXTRA_S 10u /* beyond bTimeOut: the reader is to be the first to give up */

/* ---- what a template says */

static unsigned digits_min(const struct ifd_secure *secure)
{
        return secure->max_extra_digit >> 8;
}

static unsigned digits_max(const struct ifd_secure *secure)
{
        return secure->max_extra_digit & 0xFFu;
}

/* Bytes that the longest code takes: BCD puts two digits into one. */
static unsigned code_bytes(const struct ifd_secure *secure)
{
        bool bcd = (secure->format_string & 3u) == FORMAT_BCD;

        return bcd ? (digits_max(secure) + 1u) / 2u : digits_max(secure);
}

/* Where the code begins behind its insertion point, bytes. bmFormatString bits 6..3 */
static unsigned code_position(const struct ifd_secure *secure)
{
        unsigned position = secure->format_string >> 3 & 0x0Fu;

        return (secure->format_string & FORMAT_BYTES) != 0 ? position : position / 8u;
}

/* bmPINBlockString bits 3..0; 0: as long as the code */
static unsigned block_bytes(const struct ifd_secure *secure)
{
        return secure->pin_block_string & 0x0Fu;
}

/* One code, put in at offset, stays within the nc bytes of data. */
static bool code_fits(const struct ifd_secure *secure, unsigned offset, unsigned nc)
{
        return offset + block_bytes(secure) <= nc &&
               offset + code_position(secure) + code_bytes(secure) <= nc;
}

/*
 * Lc against the length. Without Lc, or with Lc 0, the reader makes the data as long as the code, and there
 * is nothing yet that it could overrun.
 */
static bool apdu_is_valid(const struct ifd_secure *secure)
{
        unsigned nc;

        if (secure->apdu == NULL || secure->apdu_len < HEADER_LEN)
                return false;
        if (secure->apdu_len == HEADER_LEN)
                return true;
        nc = secure->apdu[HEADER_LEN];
        if (secure->apdu_len != HEADER_LEN + 1u + nc)
                return false;
        if (nc == 0)
                return true;
        if (!secure->modify)
                return code_fits(secure, 0, nc);
        if (!code_fits(secure, secure->insertion_offset[1], nc))
                return false;
        return (secure->confirm_pin & 2u) == 0 || code_fits(secure, secure->insertion_offset[0], nc);
}

/* Old and new code in one place would be one code. bConfirmPIN bit 1: the old one is asked for. */
static bool offsets_are_valid(const struct ifd_secure *secure)
{
        unsigned old = secure->insertion_offset[0], new = secure->insertion_offset[1];
        unsigned apart = old < new ? new - old : old - new;

        if (secure->confirm_pin > 3u)
                return false;
        return (secure->confirm_pin & 2u) == 0 || apart >= block_bytes(secure);
}

bool pinpad_is_valid(const struct ifd_secure *secure)
{
        unsigned messages = secure->number_message, messages_max = secure->modify ? 3u : 1u;

        if ((secure->format_string & 3u) == FORMAT_RESERVED)
                return false;
        if (digits_min(secure) == 0 || digits_min(secure) > digits_max(secure))
                return false;
        if (block_bytes(secure) != 0 && code_bytes(secure) > block_bytes(secure))
                return false;
        if (messages > messages_max && messages != 0xFFu)
                return false;
        return apdu_is_valid(secure) && (!secure->modify || offsets_are_valid(secure));
}

/* ---- the message */

static void put8(uint8_t *data, size_t *at, unsigned value)
{
        data[(*at)++] = (uint8_t)value;
}

static void put16(uint8_t *data, size_t *at, unsigned value)
{
        put8(data, at, value & 0xFFu);
        put8(data, at, value >> 8 & 0xFFu);
}

/* Maximum size, validation key, time-out: one of them at least ends the entry. A Cherry XX44 crashes on
 * another value, which programs are seen to give; the key is what they mean. */
static unsigned entry_validation(const struct ifd_secure *secure)
{
        unsigned given = secure->entry_validation;

        return given == 0 || given > 7u ? VALIDATION_KEY : given;
}

size_t pinpad_put(const struct ifd_secure *secure, uint8_t data[PINPAD_DATA_MAX])
{
        size_t at = 0;

        put8(data, &at, secure->modify ? OPERATION_MODIFY : OPERATION_VERIFY);
        put8(data, &at, secure->timeout_s);
        put8(data, &at, secure->format_string);
        put8(data, &at, secure->pin_block_string);
        put8(data, &at, secure->pin_length_format);
        if (secure->modify) {
                put8(data, &at, secure->insertion_offset[0]);
                put8(data, &at, secure->insertion_offset[1]);
        }
        put16(data, &at, secure->max_extra_digit);
        if (secure->modify)
                put8(data, &at, secure->confirm_pin);
        put8(data, &at, entry_validation(secure));
        put8(data, &at, secure->number_message);
        put16(data, &at, secure->lang_id);
        put8(data, &at, secure->msg_index[0]);
        /* bMsgIndex2 is there where there are messages at all, bMsgIndex3 with three of them. 6.1.11.2 */
        if (secure->modify && secure->number_message != 0)
                put8(data, &at, secure->msg_index[1]);
        if (secure->modify && secure->number_message == 3)
                put8(data, &at, secure->msg_index[2]);
        memcpy(data + at, secure->teo_prologue, 3);
        at += 3;
        memcpy(data + at, secure->apdu, secure->apdu_len);
        return at + secure->apdu_len;
}

unsigned pinpad_wait_ms(const struct ifd_secure *secure)
{
        unsigned seconds = secure->timeout_s + WAIT_EXTRA_S;

        return (seconds > WAIT_MIN_S ? seconds : WAIT_MIN_S) * 1000u;
}

static int32_t take_answer(struct ccid_reader *reader, const struct command *command,
                           struct ifd_secure *secure)
{
        const struct message_answer *answer = &command->answer;

        /* The answer to a change or a check of a code has no need of a second message. */
        if (reader->info.exchange == IFD_EXCHANGE_EXTENDED_APDU && answer->byte9 != MESSAGE_CHAIN_WHOLE) {
                log_line(LOG_WARN, "ccid", "slot %u: chained answer to a PIN entry refused", command->slot);
                command_abort(reader, command->slot);
                return SCARD_F_COMM_ERROR;
        }
        if (answer->data_len > secure->rsp_cap)
                return SCARD_E_INSUFFICIENT_BUFFER;
        memcpy(secure->rsp, answer->data, answer->data_len);
        secure->rsp_len = answer->data_len;
        return SCARD_S_SUCCESS;
}

int32_t pinpad_enter(struct ccid_reader *reader, unsigned slot, struct ifd_secure *secure)
{
        struct command command = {.type = MESSAGE_SECURE, .slot = slot, .op = STATUS_SLOT_SECURE};
        unsigned wait_ms = pinpad_wait_ms(secure);
        uint8_t data[PINPAD_DATA_MAX];
        int32_t status;

        command.data_len = pinpad_put(secure, data);
        if (command.data_len > reader->max_message - MESSAGE_HEADER_LEN)
                return SCARD_E_INVALID_PARAMETER;
        memcpy(device_data(reader, slot), data, command.data_len);
        command.wait_until = command.limit_until = device_now() + wait_ms;
        /* Some readers ask for time at each key; that must not make the wait shorter than it was. */
        command.extension_ms = wait_ms;
        status = command_run(reader, &command);
        return status == SCARD_S_SUCCESS ? take_answer(reader, &command, secure) : status;
}
