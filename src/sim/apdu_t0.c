/*
 * apdu_t0.c - an APDU carried by T=0, as a reader at an APDU level of exchange does it by itself.
 * ISO/IEC 7816-3 12.2.
 */
#include <string.h>

#include "core/wipe.h"

#include "sim/slot.h"

#define ROUNDS_MAX 300 /* GET RESPONSE for 65,536 bytes needs 256 */

/* The exchange under way. */
struct carry {
        const struct sim_reader *reader;
        struct sim_slot *slot;
        uint64_t faults;
        uint8_t block[SIM_SHORT_ANSWER]; /* the last answer */
        size_t block_len;
};

static uint8_t or_echo(uint8_t fixed, uint8_t cla)
{
        return fixed != 0xFF ? fixed : cla;
}

static enum sim_t0_end send(struct carry *carry, const uint8_t *tpdu, size_t len)
{
        return sim_slot_t0(carry->slot, tpdu, len, carry->faults, carry->block, &carry->block_len);
}

/* Header, data and SW1 SW2, a procedure byte before data, and NULL bytes. ISO/IEC 7816-3 10.3 */
enum sim_t0_end sim_slot_t0(struct sim_slot *slot, const uint8_t *tpdu, size_t len, uint64_t faults,
                            uint8_t *response, size_t *response_len)
{
        const enum sim_t0_end end =
            sim_t0_exchange(&slot->t0, slot->card, tpdu, len, faults, response, response_len);
        const bool sends = len > 5, data = sends || *response_len > 2;
        const size_t nulls = (faults & SIM_FAULT_NULL_BYTES) != 0 ? 3 : 0;

        sim_line_add(&slot->line, slot->card_fidi, slot->parameters[2], false,
                     len + (data ? 1 : 0) + nulls + *response_len, sends ? 4 : 2);
        return end;
}

static uint8_t sw1(const struct carry *carry)
{
        return carry->block[carry->block_len - 2];
}

static uint8_t sw2(const struct carry *carry)
{
        return carry->block[carry->block_len - 1];
}

/* A header without data, once more with the length that 6Cxx tells. Case 2S.3 */
static enum sim_t0_end fetch(struct carry *carry, uint8_t header[5])
{
        enum sim_t0_end end = send(carry, header, 5);
        if (end == SIM_T0_ANSWER && sw1(carry) == 0x6C) {
                header[4] = sw2(carry);
                end = send(carry, header, 5);
        }
        return end;
}

/* Appends the data of the last answer, as many as were asked for. */
static void take(const struct carry *carry, size_t ne, uint8_t *response, size_t *len)
{
        const size_t got = carry->block_len - 2, left = ne - *len;
        const size_t n = got < left ? got : left;
        memcpy(response + *len, carry->block, n);
        *len += n;
}

/* GET RESPONSE while 61xx says that more waits and more is wanted. */
static enum sim_t0_end collect(struct carry *carry, uint8_t cla, size_t ne, uint8_t *response, size_t *len)
{
        take(carry, ne, response, len);
        for (int round = 0; round < ROUNDS_MAX && sw1(carry) == 0x61 && *len < ne; round++) {
                const size_t waits = sw2(carry) != 0 ? sw2(carry) : 256, left = ne - *len;
                const size_t ask = waits < left ? waits : left;
                uint8_t header[5] = {or_echo(carry->reader->class_get_response, cla), 0xC0, 0, 0,
                                     (uint8_t)ask};
                const enum sim_t0_end end = fetch(carry, header);
                if (end != SIM_T0_ANSWER)
                        return end;
                take(carry, ne, response, len);
        }
        return SIM_T0_ANSWER;
}

/*
 * The lengths of a command APDU; false: malformed, or extended where the reader is for short ones.
 * ISO/IEC 7816-3 12.1.3
 */
static bool lengths(const uint8_t *apdu, size_t len, bool extended, size_t *nc, size_t *ne, size_t *data_at)
{
        *nc = *ne = 0;
        *data_at = 5;
        if (len == 4)
                return true;
        if (len == 5) {
                *ne = apdu[4] != 0 ? apdu[4] : 256;
                return true;
        }
        size_t le_bytes = 1;
        *nc = apdu[4];
        if (*nc == 0) {
                if (!extended || len < 7)
                        return false;
                *nc = (size_t)apdu[5] << 8 | apdu[6];
                *data_at = 7;
                le_bytes = 2;
                if (len == 7) { /* case 2E: what looked like Lc is Le */
                        *ne = *nc != 0 ? *nc : 65536;
                        *nc = 0;
                        return true;
                }
        }
        if (*nc == 0 || (len != *data_at + *nc && len != *data_at + *nc + le_bytes))
                return false;
        if (len == *data_at + *nc)
                return true;
        *ne = apdu[len - 1];
        if (le_bytes == 2)
                *ne |= (size_t)apdu[len - 2] << 8;
        if (*ne == 0)
                *ne = le_bytes == 2 ? 65536 : 256;
        return true;
}

static enum sim_t0_end carry_case(struct carry *carry, const uint8_t *apdu, size_t nc, size_t ne,
                                  size_t data_at, uint8_t *response, size_t *response_len)
{
        uint8_t tpdu[5 + 255] = {apdu[0], apdu[1], apdu[2], apdu[3], 0};
        enum sim_t0_end end;

        if (nc == 0) { /* cases 1 and 2; P3 = 00 stands for 256, or for nothing */
                tpdu[4] = (uint8_t)(ne < 256 ? ne : 0);
                end = ne == 0 ? send(carry, tpdu, 5) : fetch(carry, tpdu);
                return end == SIM_T0_ANSWER ? collect(carry, apdu[0], ne, response, response_len) : end;
        }
        if (nc > 255) { /* case 3E.2: the first piece by ENVELOPE; no card here knows more of it */
                tpdu[0] = or_echo(carry->reader->class_envelope, apdu[0]);
                tpdu[1] = 0xC2;
                tpdu[2] = tpdu[3] = 0;
                nc = 255;
                memcpy(tpdu + 5, apdu, nc);
        } else {
                memcpy(tpdu + 5, apdu + data_at, nc);
        }
        tpdu[4] = (uint8_t)nc;
        end = send(carry, tpdu, 5 + nc);
        wipe(tpdu, sizeof tpdu);
        if (end != SIM_T0_ANSWER)
                return end;
        if (ne != 0 && sw1(carry) == 0x90) { /* case 4S.2 */
                uint8_t header[5] = {or_echo(carry->reader->class_get_response, apdu[0]), 0xC0, 0, 0,
                                     (uint8_t)(ne < 256 ? ne : 0)};
                end = fetch(carry, header);
                if (end != SIM_T0_ANSWER)
                        return end;
        }
        return collect(carry, apdu[0], ne, response, response_len);
}

enum sim_t0_end sim_apdu_over_t0(const struct sim_reader *reader, struct sim_slot *slot, const uint8_t *apdu,
                                 size_t len, uint64_t faults, uint8_t *response, size_t *response_len)
{
        struct carry carry = {.reader = reader, .slot = slot, .faults = faults, .block_len = 0};
        size_t nc, ne, data_at;

        *response_len = 0;
        if (!lengths(apdu, len, reader->level == SIM_LEVEL_EXTENDED_APDU, &nc, &ne, &data_at)) {
                response[(*response_len)++] = 0x67; /* nothing that T=0 could carry */
                response[(*response_len)++] = 0x00;
                return SIM_T0_ANSWER;
        }
        const enum sim_t0_end end = carry_case(&carry, apdu, nc, ne, data_at, response, response_len);
        if (end == SIM_T0_ANSWER) {
                response[(*response_len)++] = sw1(&carry);
                response[(*response_len)++] = sw2(&carry);
        }
        wipe(carry.block, sizeof carry.block);
        return end;
}
