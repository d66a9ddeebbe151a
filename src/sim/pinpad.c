/*
 * pinpad.c - PC_to_RDR_Secure, CCID 1.1 6.1.11 and 6.1.12: a code is typed (the keys pin= and newpin= say
 * which), formatted into the command, and the card gets that. What the structure does not define is defined
 * in docs/virtual-card.md.
 */
#include <string.h>

#include "core/wipe.h"
#include "sim/faults.h"
#include "sim/reader.h"
#include "sim/slot.h"

/* Offsets in the message, which are also what bError names. */
#define AT_OPERATION 10u
#define AT_FORMAT    12u /* bmFormatString */
#define AT_BLOCK     13u /* bmPINBlockString */
#define AT_LENGTH    14u /* bmPINLengthFormat */
#define AT_OFFSETS   15u /* modify: bInsertionOffsetOld, bInsertionOffsetNew */

#define DATA_MAX 255u

enum code_kind { KIND_BINARY, KIND_BCD, KIND_ASCII, KIND_RESERVED };

/* What the structure asks for. */
struct wish {
        bool modify, confirm, ask_old;
        enum code_kind kind;
        bool right;                      /* justification */
        unsigned position;               /* of the code, bits from the first data byte */
        unsigned block;                  /* bytes of the code's field; 0: as many as the code takes */
        unsigned length_bits;            /* size of the length field; 0: there is none */
        unsigned length_at;              /* bits from the first data byte */
        unsigned offset_old, offset_new; /* bytes */
        uint8_t least, most;             /* digits */
        uint8_t validation;
        uint8_t prologue[3];
        const uint8_t *apdu;
        size_t apdu_len;
};

/* The command in the making: the block's prologue where there is one, header, Lc, data. */
struct made {
        uint8_t bytes[3 + 5 + DATA_MAX + 2];
        size_t prologue_len;
        uint8_t *data;
        size_t data_len;
};

/* 0, or the offset of the first byte that is wrong. at: where the fields common to both structures begin. */
static uint8_t parse_common(const struct sim_command *command, size_t at, struct wish *wish)
{
        const uint8_t *h = command->header;

        wish->most = h[at];
        wish->least = h[at + 1];
        if (wish->most == 0 || wish->most > SIM_DIGITS_MAX)
                return (uint8_t)at;
        if (wish->least > wish->most)
                return (uint8_t)(at + 1);
        at += 2;
        if (wish->modify) {
                wish->confirm = (h[at] & 0x01) != 0;
                wish->ask_old = (h[at] & 0x02) != 0;
                if (h[at] > 3)
                        return (uint8_t)at;
                at++;
        }
        wish->validation = h[at];
        if (wish->validation == 0 || wish->validation > 7)
                return (uint8_t)at;
        return 0;
}

static uint8_t parse_formats(const uint8_t *h, struct wish *wish)
{
        wish->kind = (enum code_kind)(h[AT_FORMAT] & 0x03);
        if (wish->kind == KIND_RESERVED)
                return AT_FORMAT;
        wish->right = (h[AT_FORMAT] & 0x04) != 0;
        wish->position = (h[AT_FORMAT] >> 3 & 0x0Fu) * ((h[AT_FORMAT] & 0x80) != 0 ? 8 : 1);
        if (wish->position % (wish->kind == KIND_BCD ? 4 : 8) != 0)
                return AT_FORMAT;
        wish->block = h[AT_BLOCK] & 0x0Fu;
        wish->length_bits = h[AT_BLOCK] >> 4;
        if ((h[AT_LENGTH] & 0xE0) != 0)
                return AT_LENGTH;
        wish->length_at = (h[AT_LENGTH] & 0x0Fu) * ((h[AT_LENGTH] & 0x10) != 0 ? 8 : 1);
        return 0;
}

/* Bytes of the message after bNumberMessage and up to abPINApdu; 0: no such number of messages. */
static size_t tail_len(bool modify, uint8_t messages)
{
        if (!modify)
                return messages <= 1 || messages == 0xFF ? 2 + 1 + 3 : 0;
        if (messages > 3 && messages != 0xFF)
                return 0;
        /* bMsgIndex2 only where there are messages, bMsgIndex3 only where there are three. 6.1.12 */
        return 2 + 1 + (messages != 0 ? 1u : 0u) + (messages >= 3 ? 1u : 0u) + 3;
}

static uint8_t parse_apdu(const struct sim_command *command, size_t at, struct wish *wish)
{
        const size_t len = SIM_HEADER + command->len;

        if (len < at + 4)
                return SIM_ERROR_LENGTH;
        memcpy(wish->prologue, command->header + at - 3, 3);
        wish->apdu = command->header + at;
        wish->apdu_len = len - at;
        if (wish->apdu_len > 4 && wish->apdu_len != 5u + wish->apdu[4])
                return (uint8_t)(at + 4);
        return 0;
}

static uint8_t parse(const struct sim_command *command, struct wish *wish)
{
        const uint8_t *h = command->header;

        memset(wish, 0, sizeof *wish);
        if (command->len == 0)
                return SIM_ERROR_LENGTH;
        if (h[AT_OPERATION] > 1)
                return AT_OPERATION;
        wish->modify = h[AT_OPERATION] == 1;
        const size_t common = wish->modify ? AT_OFFSETS + 2 : AT_OFFSETS;
        const size_t messages = common + (wish->modify ? 4 : 3); /* bNumberMessage */
        if (SIM_HEADER + command->len <= messages)
                return SIM_ERROR_LENGTH;
        uint8_t wrong = parse_formats(h, wish);
        if (wrong != 0)
                return wrong;
        if (wish->modify) {
                wish->offset_old = h[AT_OFFSETS];
                wish->offset_new = h[AT_OFFSETS + 1];
        }
        wrong = parse_common(command, common, wish);
        if (wrong != 0)
                return wrong;
        const size_t tail = tail_len(wish->modify, h[messages]);
        if (tail == 0)
                return (uint8_t)messages;
        return parse_apdu(command, messages + 1 + tail, wish);
}

/* ---- the card holder */

enum typed { TYPED, TYPED_SHORT, TYPED_NEVER };

/* What comes of the keys pressed: at most so many digits are taken, and something must end the entry. */
static enum typed type_code(const struct wish *wish, const char *keys, size_t *len)
{
        const size_t pressed = strlen(keys);

        *len = pressed < wish->most ? pressed : wish->most;
        if (pressed >= wish->most && (wish->validation & 0x01) != 0)
                return TYPED;
        if ((wish->validation & 0x06) == 0) /* neither the key nor the time ends it */
                return TYPED_NEVER;
        return *len < wish->least ? TYPED_SHORT : TYPED;
}

/* ---- the command */

/* False: beyond the longest data field. What is new is FF. */
static bool reach(struct made *made, size_t len)
{
        if (len > DATA_MAX)
                return false;
        if (len > made->data_len) {
                memset(made->data + made->data_len, 0xFF, len - made->data_len);
                made->data_len = len;
        }
        return true;
}

/* count bits of value, the highest first, at bit at (0 is the highest of the first byte). */
static bool put_bits(struct made *made, size_t at, unsigned value, unsigned count)
{
        if (!reach(made, (at + count + 7) / 8))
                return false;
        for (unsigned i = 0; i < count; i++) {
                const size_t bit = at + i;
                const uint8_t mask = (uint8_t)(0x80u >> bit % 8);
                if ((value >> (count - 1 - i) & 1u) != 0)
                        made->data[bit / 8] |= mask;
                else
                        made->data[bit / 8] = (uint8_t)(made->data[bit / 8] & ~mask);
        }
        return true;
}

/* 0, or the offset of the parameter that makes it impossible. offset: bytes, of this code. */
static uint8_t put_code(struct made *made, const struct wish *wish, const char *code, size_t len,
                        size_t offset)
{
        const unsigned each = wish->kind == KIND_BCD ? 4 : 8;
        const size_t bits = len * each;
        size_t at = 8 * offset + wish->position;

        if (wish->block != 0) {
                if (bits > 8 * (size_t)wish->block)
                        return AT_BLOCK;
                if (!reach(made, at / 8 + wish->block))
                        return AT_FORMAT;
                if (wish->right)
                        at += 8 * (size_t)wish->block - bits;
        }
        for (size_t i = 0; i < len; i++) {
                const unsigned digit =
                    (unsigned)(wish->kind == KIND_ASCII ? (unsigned char)code[i] : code[i] - '0');
                if (!put_bits(made, at + i * each, digit, each))
                        return AT_FORMAT;
        }
        if (wish->length_bits != 0 &&
            !put_bits(made, 8 * offset + wish->length_at, (unsigned)len, wish->length_bits))
                return AT_LENGTH;
        return 0;
}

/* One code after the other where their fields have no size of their own: the old one moves the new one. */
static size_t new_offset(const struct wish *wish, size_t old_len)
{
        const size_t bytes = wish->kind == KIND_BCD ? (old_len + 1) / 2 : old_len;

        if (wish->block != 0 || !wish->ask_old)
                return wish->offset_new;
        return wish->offset_new >= wish->offset_old + bytes ? wish->offset_new : wish->offset_old + bytes;
}

static void start(struct made *made, const struct wish *wish, bool block)
{
        const size_t template_len = wish->apdu_len > 5 ? wish->apdu_len - 5 : 0;

        memset(made, 0, sizeof *made);
        made->prologue_len = block ? 3 : 0;
        memcpy(made->bytes, wish->prologue, made->prologue_len);
        memcpy(made->bytes + made->prologue_len, wish->apdu, 4);
        made->data = made->bytes + made->prologue_len + 5;
        if (template_len != 0)
                memcpy(made->data, wish->apdu + 5, template_len);
        made->data_len = template_len;
}

/* Lc, and LEN and the epilogue of a block. Returns the length of it all; 0: longer than a block can be. */
static size_t finish(struct made *made, bool crc, bool t0_header)
{
        /* without data there is no Lc, but T=0's header has its fifth byte always */
        const size_t apdu_len = made->data_len != 0 || t0_header ? 5 + made->data_len : 4;

        made->bytes[made->prologue_len + 4] = (uint8_t)made->data_len;
        if (made->prologue_len == 0)
                return apdu_len;
        if (apdu_len > SIM_T1_IFSC)
                return 0;
        made->bytes[2] = (uint8_t)apdu_len;
        return 3 + apdu_len + sim_t1_epilogue(made->bytes, 3 + apdu_len, crc, made->bytes + 3 + apdu_len);
}

/* ---- the message */

/* What the pad answers by itself, as PC/SC part 10 2.5.2 has it; the card hears nothing. */
static void answer_alone(struct sim_reply *reply, uint16_t sw)
{
        reply->data[0] = (uint8_t)(sw >> 8);
        reply->data[1] = (uint8_t)sw;
        reply->len = 2;
}

/* True: both codes that are asked for have been typed. */
static bool entry(const struct sim_reader *reader, const struct wish *wish, uint64_t faults, size_t *old_len,
                  size_t *new_len, struct sim_reply *reply)
{
        const bool asks_old = !wish->modify || wish->ask_old;
        enum typed old = TYPED, fresh = TYPED;

        *old_len = *new_len = 0;
        if (asks_old)
                old = type_code(wish, reader->pin, old_len);
        if (wish->modify)
                fresh = type_code(wish, reader->new_pin, new_len);
        if ((faults & SIM_FAULT_PIN_TIMEOUT) != 0 || old == TYPED_NEVER || fresh == TYPED_NEVER)
                sim_reply_fail(reply, SIM_ERROR_PIN_TIMEOUT);
        else if ((faults & SIM_FAULT_PIN_CANCEL) != 0)
                sim_reply_fail(reply, SIM_ERROR_PIN_CANCEL);
        else if (old == TYPED_SHORT || fresh == TYPED_SHORT)
                answer_alone(reply, 0x6403);
        else if ((faults & SIM_FAULT_PIN_MISMATCH) != 0 && wish->confirm)
                answer_alone(reply, 0x6402);
        else
                return true;
        return false;
}

static uint8_t compose(const struct sim_reader *reader, const struct wish *wish, size_t old_len,
                       size_t new_len, struct made *made)
{
        uint8_t wrong = 0;

        if (!wish->modify)
                return put_code(made, wish, reader->pin, old_len, 0);
        if (wish->ask_old)
                wrong = put_code(made, wish, reader->pin, old_len, wish->offset_old);
        if (wrong == 0)
                wrong = put_code(made, wish, reader->new_pin, new_len, new_offset(wish, old_len));
        return wrong;
}

void sim_pinpad_secure(struct sim_reader *reader, const struct sim_command *command, struct sim_reply *reply)
{
        const struct sim_slot *slot = command->slot;
        const bool tpdu = reader->level == SIM_LEVEL_TPDU, block = tpdu && slot->protocol == 1;
        size_t old_len, new_len;
        struct wish wish;
        struct made made;

        if (!reader->pinpad || reader->level == SIM_LEVEL_CHARACTER) {
                sim_reply_fail(reply, SIM_ERROR_UNSUPPORTED);
                return;
        }
        if ((command->header[8] | command->header[9]) != 0) { /* wLevelParameter: one piece */
                sim_reply_fail(reply, SIM_ERROR_BYTE_8);
                return;
        }
        uint8_t wrong = parse(command, &wish);
        if (wrong != 0) {
                sim_reply_fail(reply, wrong);
                return;
        }
        if (!slot->powered || (command->faults & SIM_FAULT_MUTE) != 0) {
                sim_reply_fail(reply, SIM_ERROR_MUTE);
                return;
        }
        if (!entry(reader, &wish, command->faults, &old_len, &new_len, reply))
                return;
        start(&made, &wish, block);
        wrong = compose(reader, &wish, old_len, new_len, &made);
        const size_t len = finish(&made, (slot->parameters[1] & 0x01) != 0, tpdu && !block);
        if (wrong != 0 || len == 0) {
                sim_reply_fail(reply, wrong != 0 ? wrong : AT_BLOCK);
        } else {
                struct sim_command whole = *command;
                whole.data = made.bytes;
                whole.len = len;
                sim_xfr_whole(reader, &whole, reply);
        }
        wipe(&made, sizeof made);
}
