/*
 * xfr.c - PC_to_RDR_XfrBlock (CCID 1.1 6.1.4): the card gets the block, at the level of exchange that the
 * reader has; at the extended APDU level in pieces, both ways.
 */
#include <string.h>

#include "core/wipe.h"
#include "sim/faults.h"
#include "sim/reader.h"

#include "sim/slot.h"

/* wLevelParameter, and bChainParameter the other way (6.2.1) */
#define WHOLE     0x00
#define BEGINS    0x01
#define ENDS      0x02
#define CONTINUES 0x03
#define NEXT      0x10

void sim_xfr_forget(const struct sim_reader *reader, struct sim_slot *slot)
{
        if (slot->command_len != 0)
                wipe(slot->command, reader->apdu_room);
        if (slot->response_len != 0)
                wipe(slot->response, reader->apdu_room);
        slot->command_len = slot->response_len = slot->response_off = 0;
        slot->receiving = slot->sending = false;
}

/* Reader and card talk alike, and the card is in a state to talk. */
static bool card_hears(const struct sim_slot *slot)
{
        return !slot->mute && !slot->clock_stopped && slot->protocol == slot->card_protocol &&
               slot->parameters[0] == slot->card_fidi &&
               (slot->parameters[1] & 0x02) == 0; /* all cards here use the direct convention */
}

/* PPS, ISO/IEC 7816-3 clause 9. Returns the length of the card's answer; 0: it keeps silent. */
static size_t pps(struct sim_slot *slot, const uint8_t *request, size_t len, uint8_t *answer)
{
        const uint8_t protocol = request[1] & 0x0F;
        size_t wanted = 3;
        uint8_t check = 0, fidi = 0x11;

        for (unsigned bit = 0x10; bit <= 0x40; bit <<= 1)
                wanted += (request[1] & bit) != 0;
        for (size_t i = 0; i < len; i++)
                check ^= request[i];
        if (len != wanted || check != 0 || (request[1] & 0x80) != 0 || protocol > 1 ||
            (slot->card->protocols & (1u << protocol)) == 0)
                return 0;
        answer[0] = 0xFF;
        answer[1] = protocol;
        size_t n = 2;
        if ((request[1] & 0x10) != 0) {
                const uint8_t asked = request[2];
                if (asked == slot->card->profile->fidi || asked == 0x11) {
                        fidi = asked; /* repeated: agreed. Left out: the default it is */
                        answer[1] |= 0x10;
                        answer[n++] = asked;
                }
        }
        answer[n] = 0;
        for (size_t i = 0; i < n; i++)
                answer[n] ^= answer[i];
        slot->card_protocol = protocol;
        slot->card_fidi = fidi;
        return n + 1;
}

static void end_t0(enum sim_t0_end end, struct sim_reply *reply)
{
        if (end == SIM_T0_SILENT)
                sim_reply_fail(reply, SIM_ERROR_MUTE);
        else if (end == SIM_T0_CONFLICT)
                sim_reply_fail(reply, SIM_ERROR_CONFLICT);
}

bool sim_xfr_extended(const struct sim_config *config)
{
        /* Extended lengths are for cards of T=1 here: by T=0 they would need ENVELOPE. */
        return (config->level == SIM_LEVEL_EXTENDED_APDU || config->level == SIM_LEVEL_TPDU) &&
               config->protocols == SIM_T1;
}

static size_t exchange_pps(const struct sim_command *command, struct sim_reply *reply, uint8_t *answer)
{
        struct sim_slot *slot = command->slot;
        size_t len = 0;

        if (slot->fresh && !slot->mute && !slot->clock_stopped && !slot->card->specific)
                len = pps(slot, command->data, command->len, answer);
        if (len == 0)
                sim_reply_fail(reply, SIM_ERROR_MUTE);
        sim_line_add(&slot->line, 0x11, slot->parameters[2], false, command->len + len, 2);
        return len;
}

static size_t exchange_t0(const struct sim_command *command, struct sim_reply *reply, uint8_t *answer)
{
        const uint8_t *tpdu = command->data;
        size_t len = 0;

        if (command->len < 5 || (command->len > 5 && command->len != 5u + tpdu[4]))
                sim_reply_fail(reply, SIM_ERROR_LENGTH);
        else if (!card_hears(command->slot))
                sim_reply_fail(reply, SIM_ERROR_MUTE);
        else
                end_t0(sim_slot_t0(command->slot, tpdu, command->len, command->faults, answer, &len), reply);
        return len;
}

/* The reader hands blocks on; bBWI is how many BWT it waits for the answer. CCID 1.1 6.1.4 */
static size_t exchange_t1(const struct sim_reader *reader, const struct sim_command *command,
                          struct sim_reply *reply, uint8_t *answer)
{
        struct sim_slot *slot = command->slot;
        size_t len = 0;

        if (command->len < 4 || command->len > SIM_T1_BLOCK_MAX) {
                sim_reply_fail(reply, SIM_ERROR_LENGTH);
                return 0;
        }
        if (!card_hears(slot)) {
                sim_reply_fail(reply, SIM_ERROR_MUTE);
                return 0;
        }
        if (slot->fresh && (reader->automatic & SIM_AUTO_IFSD) != 0) {
                slot->t1.ifsd = sim_reader_ifsd(reader->max_message); /* its own first exchange */
                sim_line_add(&slot->line, slot->card_fidi, slot->parameters[2], true, slot->t1.crc ? 12 : 10,
                             2);
        }
        sim_t1_exchange(&slot->t1, slot->card, command->data, command->len, command->faults, answer, &len);
        sim_line_add(&slot->line, slot->card_fidi, slot->parameters[2], true, command->len + len, 2);
        if (slot->t1.wtx > 1 && command->header[7] < slot->t1.wtx) { /* the answer comes too late */
                sim_reply_fail(reply, SIM_ERROR_MUTE);
                return 0;
        }
        return len;
}

/* TPDU level. The answer is at most 259 bytes and may still be too long for a reader's small messages. */
static void exchange_tpdu(const struct sim_reader *reader, const struct sim_command *command,
                          struct sim_reply *reply)
{
        struct sim_slot *slot = command->slot;
        uint8_t block[SIM_T1_BLOCK_MAX];
        size_t len = 0;

        if (command->len >= 3 && command->data[0] == 0xFF) /* no class byte, and no NAD, is FF */
                len = exchange_pps(command, reply, block);
        else if (slot->protocol == 0)
                len = exchange_t0(command, reply, block);
        else
                len = exchange_t1(reader, command, reply, block);
        if (!reply->failed || reply->error != SIM_ERROR_LENGTH)
                slot->fresh = false;
        if (len > reply->room) {
                sim_reply_fail(reply, SIM_ERROR_OVERRUN);
        } else if (!reply->failed) {
                memcpy(reply->data, block, len);
                reply->len = len;
        }
        wipe(block, sizeof block);
}

/* Blocks of one direction and their acknowledgements, as the characters of a chain. ISO/IEC 7816-3 11.3 */
static void count_chain(struct sim_slot *slot, size_t len)
{
        const size_t blocks = len > SIM_T1_IFSC ? (len + SIM_T1_IFSC - 1) / SIM_T1_IFSC : 1;
        const size_t frame = slot->t1.crc ? 5 : 4;

        sim_line_add(&slot->line, slot->card_fidi, slot->parameters[2], true, len + (2 * blocks - 1) * frame,
                     (unsigned)(2 * blocks - 1));
}

/* T=1 run by the reader, which gets over most of what can happen in it; what it cannot is seen here. */
static void apdu_over_t1(const struct sim_reader *reader, const struct sim_command *command,
                         struct sim_reply *reply)
{
        struct sim_slot *slot = command->slot;

        count_chain(slot, slot->command_len);
        slot->response_len = sim_faults_answer(command->faults, slot->response);
        if (slot->response_len == 0)
                slot->response_len = sim_card_apdu(slot->card, slot->command, slot->command_len,
                                                   slot->response, reader->apdu_room);
        count_chain(slot, slot->response_len);
        if ((command->faults & SIM_FAULT_WTX) != 0)
                reply->extensions++;
        if ((command->faults & SIM_FAULT_ENDLESS_CHAIN) != 0)
                sim_reply_fail(reply, SIM_ERROR_OVERRUN);
        else if ((command->faults & SIM_FAULT_ABORT) != 0)
                sim_reply_fail(reply, SIM_ERROR_HARDWARE);
}

/* A card that is another program gets the APDU as it is. */
static void apdu_to_program(const struct sim_reader *reader, const struct sim_command *command,
                            struct sim_reply *reply)
{
        struct sim_slot *slot = command->slot;

        slot->response_len = sim_faults_answer(command->faults, slot->response);
        if (slot->response_len == 0)
                slot->response_len = sim_vpcd_apdu(slot->vpcd, slot->command, slot->command_len,
                                                   slot->response, reader->apdu_room);
        if (slot->response_len == 0)
                sim_reply_fail(reply, SIM_ERROR_MUTE);
}

/* The APDU in slot->command, whole; the answer goes to slot->response. */
static void exchange_apdu(const struct sim_reader *reader, const struct sim_command *command,
                          struct sim_reply *reply)
{
        struct sim_slot *slot = command->slot;

        slot->fresh = false;
        if (slot->vpcd != NULL) {
                apdu_to_program(reader, command, reply);
        } else if (!card_hears(slot)) {
                sim_reply_fail(reply, SIM_ERROR_MUTE);
        } else if (slot->protocol == 0) {
                end_t0(sim_apdu_over_t0(reader, slot, slot->command, slot->command_len, command->faults,
                                        slot->response, &slot->response_len),
                       reply);
        } else {
                apdu_over_t1(reader, command, reply);
        }
        wipe(slot->command, slot->command_len);
        slot->command_len = 0;
        slot->response_off = 0;
}

static void exchange_short(struct sim_reader *reader, const struct sim_command *command,
                           struct sim_reply *reply)
{
        struct sim_slot *slot = command->slot;

        if (command->len < 4 || command->len > 261) {
                sim_reply_fail(reply, SIM_ERROR_LENGTH);
                return;
        }
        memcpy(slot->command, command->data, command->len);
        slot->command_len = command->len;
        exchange_apdu(reader, command, reply);
        if (!reply->failed && slot->response_len > reply->room) {
                sim_reply_fail(reply, SIM_ERROR_OVERRUN);
        } else if (!reply->failed) {
                memcpy(reply->data, slot->response, slot->response_len);
                reply->len = slot->response_len;
        }
        sim_xfr_forget(reader, slot);
}

/* The next piece of the answer. */
static void send_piece(const struct sim_reader *reader, struct sim_slot *slot, struct sim_reply *reply)
{
        const size_t left = slot->response_len - slot->response_off;
        const bool first = slot->response_off == 0, last = left <= reply->room;

        reply->len = last ? left : reply->room;
        memcpy(reply->data, slot->response + slot->response_off, reply->len);
        slot->response_off += reply->len;
        slot->sending = !last;
        reply->specific = first ? (last ? WHOLE : BEGINS) : (last ? ENDS : CONTINUES);
        if (last)
                sim_xfr_forget(reader, slot);
}

static void exchange_extended(struct sim_reader *reader, const struct sim_command *command,
                              struct sim_reply *reply)
{
        struct sim_slot *slot = command->slot;
        const unsigned parameter = (unsigned)command->header[8] | (unsigned)command->header[9] << 8;
        const bool starts = parameter == WHOLE || parameter == BEGINS;

        if (parameter == NEXT ? !slot->sending : parameter > CONTINUES || (!starts && !slot->receiving)) {
                sim_xfr_forget(reader, slot);
                sim_reply_fail(reply, SIM_ERROR_BYTE_8);
                return;
        }
        if (parameter == NEXT) {
                if (command->len != 0)
                        sim_reply_fail(reply, SIM_ERROR_LENGTH);
                else
                        send_piece(reader, slot, reply);
                return;
        }
        if (starts) /* what was not carried to its end is given up */
                sim_xfr_forget(reader, slot);
        if (command->len > reader->apdu_room - slot->command_len) {
                sim_xfr_forget(reader, slot);
                sim_reply_fail(reply, SIM_ERROR_LENGTH);
                return;
        }
        if (command->len != 0)
                memcpy(slot->command + slot->command_len, command->data, command->len);
        slot->command_len += command->len;
        slot->receiving = parameter == BEGINS || parameter == CONTINUES;
        if (slot->receiving) {
                reply->specific = NEXT;
        } else if (slot->command_len < 4) {
                sim_xfr_forget(reader, slot);
                sim_reply_fail(reply, SIM_ERROR_LENGTH);
        } else {
                exchange_apdu(reader, command, reply);
                if (!reply->failed)
                        send_piece(reader, slot, reply);
        }
}

/* What happens to an exchange whatever the level. */
static void trouble(const struct sim_reader *reader, const struct sim_command *command,
                    struct sim_reply *reply)
{
        if ((command->faults & SIM_FAULT_NULL_BYTES) != 0)
                reply->extensions += 3;
        if (!reply->failed && (command->faults & SIM_FAULT_PARITY) != 0) {
                sim_xfr_forget(reader, command->slot);
                sim_reply_fail(reply, SIM_ERROR_PARITY);
        }
}

void sim_xfr_whole(struct sim_reader *reader, const struct sim_command *command, struct sim_reply *reply)
{
        if (reader->level == SIM_LEVEL_TPDU)
                exchange_tpdu(reader, command, reply);
        else
                exchange_short(reader, command, reply);
        trouble(reader, command, reply);
}

void sim_xfr_block(struct sim_reader *reader, const struct sim_command *command, struct sim_reply *reply)
{
        struct sim_slot *slot = command->slot;
        const bool level_parameter = (command->header[8] | command->header[9]) != 0;

        if (!slot->powered || (command->faults & SIM_FAULT_MUTE) != 0)
                sim_reply_fail(reply, SIM_ERROR_MUTE);
        else if (reader->level == SIM_LEVEL_EXTENDED_APDU)
                exchange_extended(reader, command, reply);
        else if (level_parameter) /* reserved at these levels */
                sim_reply_fail(reply, SIM_ERROR_BYTE_8);
        else if (reader->level == SIM_LEVEL_TPDU)
                exchange_tpdu(reader, command, reply);
        else if (reader->level == SIM_LEVEL_CHARACTER)
                sim_reply_fail(reply, SIM_ERROR_UNSUPPORTED);
        else
                exchange_short(reader, command, reply);
        trouble(reader, command, reply);
}
