/* reader.c - see reader.h */
#include <stdlib.h>
#include <string.h>

#include "core/wipe.h"
#include "sim/faults.h"
#include "sim/slot.h"

#include "sim/reader.h"

/* bmICCStatus and bmCommandStatus in bStatus. CCID 1.1 table 6.2-3 */
#define ICC_ACTIVE     0x00
#define ICC_INACTIVE   0x01
#define ICC_ABSENT     0x02
#define COMMAND_FAILED 0x40

#define SLOT_STATUS 0x81 /* RDR_to_PC_SlotStatus: also the answer to a message that is not known */
#define ABORT       0x72

void sim_reply_fail(struct sim_reply *reply, uint8_t error)
{
        reply->failed = true;
        reply->error = error;
        reply->len = 0;
        reply->specific = 0;
}

/* ---- the slots */

static bool slot_create(const struct sim_reader *reader, const struct sim_config *config,
                        struct sim_slot *slot)
{
        const bool extended = sim_xfr_extended(config);
        slot->command = malloc(reader->apdu_room);
        slot->response = malloc(reader->apdu_room);
        slot->card = sim_card_create(config->card, config->protocols, config->crc, extended);
        slot->present = config->card_in;
        slot->mute = config->card_mute;
        if (slot->command == NULL || slot->response == NULL || slot->card == NULL)
                return false;
        slot->card->specific = config->specific;
        sim_t1_init(&slot->t1, slot->command, slot->response, reader->apdu_room, config->crc);
        return true;
}

struct sim_reader *sim_reader_create(const struct sim_config *config)
{
        struct sim_reader *reader = calloc(1, sizeof *reader);
        if (reader == NULL)
                return NULL;
        reader->level = config->level;
        reader->protocols = config->protocols;
        reader->automatic = config->automatic;
        reader->max_message = config->max_message;
        reader->slot_count = config->slots;
        reader->busy_max = config->busy;
        reader->pinpad = config->pinpad;
        memcpy(reader->pin, config->pin, sizeof reader->pin);
        memcpy(reader->new_pin, config->new_pin, sizeof reader->new_pin);
        reader->apdu_room =
            config->level == SIM_LEVEL_EXTENDED_APDU || config->level == SIM_LEVEL_TPDU ? 65544 : 264;
        sim_reader_reset(reader);
        for (unsigned i = 0; i < reader->slot_count; i++) {
                if (!slot_create(reader, config, &reader->slots[i])) {
                        sim_reader_destroy(reader);
                        return NULL;
                }
        }
        return reader;
}

void sim_reader_destroy(struct sim_reader *reader)
{
        if (reader == NULL)
                return;
        for (unsigned i = 0; i < reader->slot_count; i++) {
                struct sim_slot *slot = &reader->slots[i];
                if (slot->command != NULL && slot->response != NULL) {
                        sim_xfr_forget(reader, slot);
                        sim_t1_reset(&slot->t1);
                }
                free(slot->command);
                free(slot->response);
                sim_card_destroy(slot->card);
        }
        wipe(reader->pin, sizeof reader->pin);
        wipe(reader->new_pin, sizeof reader->new_pin);
        free(reader);
}

static void slot_power_off(const struct sim_reader *reader, struct sim_slot *slot)
{
        if (slot->vpcd != NULL && slot->powered)
                sim_vpcd_power_off(slot->vpcd);
        slot->powered = slot->clock_stopped = slot->fresh = false;
        sim_xfr_forget(reader, slot);
        sim_t0_reset(&slot->t0);
        sim_t1_reset(&slot->t1);
}

void sim_reader_reset(struct sim_reader *reader)
{
        for (unsigned i = 0; i < reader->slot_count; i++) {
                struct sim_slot *slot = &reader->slots[i];
                slot_power_off(reader, slot);
                slot->abort = SIM_ABORT_NONE;
                slot->busy = false;
        }
        reader->class_get_response = reader->class_envelope = 0xFF;
        reader->clock_khz = sim_reader_clocks[0];
        reader->rate_bps = SIM_DEFAULT_RATE;
}

bool sim_reader_knows(const struct sim_reader *reader, uint64_t kinds)
{
        return ((kinds & SIM_FAULT_T0_ONLY) == 0 || (reader->protocols & SIM_T0) != 0) &&
               ((kinds & SIM_FAULT_T1_ONLY) == 0 || (reader->protocols & SIM_T1) != 0) &&
               ((kinds & SIM_FAULT_PIN_ONLY) == 0 || reader->pinpad);
}

void sim_reader_line(const struct sim_reader *reader, struct sim_line *sum)
{
        sum->bytes = sum->used_us = 0;
        for (unsigned i = 0; i < reader->slot_count; i++) {
                sum->bytes += reader->slots[i].line.bytes;
                sum->used_us += reader->slots[i].line.used_us;
        }
}

static void code_set(char code[SIM_DIGITS_MAX + 1], const char *text)
{
        memset(code, 0, SIM_DIGITS_MAX + 1);
        for (size_t i = 0; i < SIM_DIGITS_MAX && text[i] >= '0' && text[i] <= '9'; i++)
                code[i] = text[i];
}

void sim_reader_codes(struct sim_reader *reader, const char *pin, const char *new_pin)
{
        if (pin != NULL)
                code_set(reader->pin, pin);
        if (new_pin != NULL)
                code_set(reader->new_pin, new_pin);
}

void sim_reader_connect(struct sim_reader *reader, struct sim_vpcd *vpcd)
{
        reader->slots[0].vpcd = vpcd;
}

bool sim_reader_insert(struct sim_reader *reader, unsigned slot)
{
        if (slot >= reader->slot_count || reader->slots[slot].present)
                return false;
        reader->slots[slot].present = true;
        return true;
}

bool sim_reader_remove(struct sim_reader *reader, unsigned slot)
{
        if (slot >= reader->slot_count || !reader->slots[slot].present)
                return false;
        slot_power_off(reader, &reader->slots[slot]);
        reader->slots[slot].present = false;
        return true;
}

bool sim_reader_card_in(const struct sim_reader *reader, unsigned slot)
{
        return slot < reader->slot_count && reader->slots[slot].present;
}

uint8_t sim_reader_icc_status(const struct sim_reader *reader, unsigned slot)
{
        if (!sim_reader_card_in(reader, slot))
                return ICC_ABSENT;
        return reader->slots[slot].powered ? ICC_ACTIVE : ICC_INACTIVE;
}

bool sim_reader_takes_data(const struct sim_reader *reader, unsigned slot, const uint8_t *header)
{
        return slot < reader->slot_count && header[4] != 0 &&
               reader->slots[slot].card->profile->direction(header[1]) == SIM_TO_CARD;
}

void sim_reader_mute(struct sim_reader *reader, unsigned slot, bool mute)
{
        if (slot < reader->slot_count)
                reader->slots[slot].mute = mute;
}

void sim_reader_free_slot(struct sim_reader *reader, unsigned slot)
{
        if (slot < reader->slot_count)
                reader->slots[slot].busy = false;
}

/* ---- the commands */

/* bPowerSelect: 0 automatic, 1 to 3: 5 V, 3 V, 1.8 V. 0: not offered. CCID 1.1 6.1.1 */
static uint8_t voltage(const struct sim_reader *reader, const struct sim_slot *slot, uint8_t select)
{
        if (select > 3)
                return 0;
        if (select != 0)
                return (uint8_t)(1u << (select - 1));
        if ((reader->automatic & (SIM_AUTO_VOLTAGE | SIM_AUTO_ACTIVATION)) == 0)
                return 0;
        const uint8_t classes = slot->card->profile->classes;
        return (uint8_t)(classes & (0u - classes)); /* the reader finds one that the card takes */
}

static void power_on(struct sim_reader *reader, const struct sim_command *command, struct sim_reply *reply)
{
        struct sim_slot *slot = command->slot;
        uint8_t atr[SIM_ATR_MAX];

        if (command->len != 0) {
                sim_reply_fail(reply, SIM_ERROR_LENGTH);
                return;
        }
        const uint8_t asked = voltage(reader, slot, command->header[7]);
        if (asked == 0) {
                sim_reply_fail(reply, SIM_ERROR_BYTE_7);
                return;
        }
        const bool warm = slot->powered;
        if (!warm) /* a powered one is reset warm, and keeps its voltage */
                slot->voltage = asked;
        slot->powered = false; /* not for the card */
        slot_power_off(reader, slot);
        size_t len = 0;
        if (slot->present && !slot->mute && (command->faults & SIM_FAULT_MUTE) == 0)
                len = slot->vpcd != NULL ? sim_vpcd_reset(slot->vpcd, warm, atr, sizeof atr)
                                         : sim_card_reset(slot->card, slot->voltage, atr);
        if (len == 0) {
                sim_reply_fail(reply, SIM_ERROR_MUTE);
                return;
        }
        if ((command->faults & SIM_FAULT_PARITY) != 0) {
                sim_reply_fail(reply, SIM_ERROR_PARITY);
                return;
        }
        slot->powered = slot->fresh = true;
        sim_line_add(&slot->line, 0x11, 0, false, len, 1);
        sim_parameters_start(reader, slot);
        memcpy(reply->data, atr, len);
        reply->len = len;
}

static void power_off(struct sim_reader *reader, const struct sim_command *command, struct sim_reply *reply)
{
        reply->clock_status = true;
        if (command->len != 0)
                sim_reply_fail(reply, SIM_ERROR_LENGTH);
        else
                slot_power_off(reader, command->slot);
}

static void slot_status(struct sim_reader *reader, const struct sim_command *command, struct sim_reply *reply)
{
        (void)reader;
        reply->clock_status = true;
        if (command->len != 0)
                sim_reply_fail(reply, SIM_ERROR_LENGTH);
}

/* bClockCommand 0: restart, 1: stop. CCID 1.1 6.1.9 */
static void icc_clock(struct sim_reader *reader, const struct sim_command *command, struct sim_reply *reply)
{
        (void)reader;
        reply->clock_status = true;
        if (command->len != 0)
                sim_reply_fail(reply, SIM_ERROR_LENGTH);
        else if (command->header[7] > 1)
                sim_reply_fail(reply, SIM_ERROR_BYTE_7);
        else if (!command->slot->powered)
                sim_reply_fail(reply, SIM_ERROR_MUTE);
        else
                command->slot->clock_stopped = command->header[7] == 1;
}

/* CCID 1.1 6.1.10: which class bytes T=0 at an APDU level uses by itself */
static void t0_apdu(struct sim_reader *reader, const struct sim_command *command, struct sim_reply *reply)
{
        const uint8_t changes = command->header[7];

        reply->clock_status = true;
        if (reader->level == SIM_LEVEL_TPDU || reader->level == SIM_LEVEL_CHARACTER ||
            (reader->protocols & SIM_T0) == 0) {
                sim_reply_fail(reply, SIM_ERROR_UNSUPPORTED);
        } else if (command->len != 0) {
                sim_reply_fail(reply, SIM_ERROR_LENGTH);
        } else if (changes > 3) {
                sim_reply_fail(reply, SIM_ERROR_BYTE_7);
        } else {
                if ((changes & 0x01) != 0)
                        reader->class_get_response = command->header[8];
                if ((changes & 0x02) != 0)
                        reader->class_envelope = command->header[9];
        }
}

/* Escape, Mechanical (no mechanism) */
static void unsupported(struct sim_reader *reader, const struct sim_command *command, struct sim_reply *reply)
{
        (void)reader;
        (void)command;
        sim_reply_fail(reply, SIM_ERROR_UNSUPPORTED);
}

static const struct message {
        uint8_t type, answer;
        void (*run)(struct sim_reader *reader, const struct sim_command *command, struct sim_reply *reply);
} messages[] = {
    {0x61, 0x82, sim_parameters_set},  {0x62, 0x80, power_on},           {0x63, SLOT_STATUS, power_off},
    {0x65, SLOT_STATUS, slot_status},  {0x69, 0x80, sim_pinpad_secure},  {0x6A, SLOT_STATUS, t0_apdu},
    {0x6B, 0x83, unsupported},         {0x6C, 0x82, sim_parameters_get}, {0x6D, 0x82, sim_parameters_reset},
    {0x6E, SLOT_STATUS, icc_clock},    {0x6F, 0x80, sim_xfr_block},      {0x71, SLOT_STATUS, unsupported},
    {0x73, 0x84, sim_parameters_rate},
};

/* ---- messages in, answers out */

static uint8_t clock_status(const struct sim_slot *slot)
{
        if (slot == NULL || !slot->powered)
                return 3; /* unknown; 6.2.2 */
        return slot->clock_stopped ? 1 : 0;
}

static size_t compose(const struct sim_slot *slot, uint8_t type, uint8_t slot_number, uint8_t seq,
                      const struct sim_reply *reply, uint8_t *answer)
{
        uint8_t status = ICC_ABSENT;

        if (slot != NULL && slot->present)
                status = slot->powered ? ICC_ACTIVE : ICC_INACTIVE;
        answer[0] = type;
        for (unsigned i = 0; i < 4; i++)
                answer[1 + i] = (uint8_t)(reply->len >> (8 * i));
        answer[5] = slot_number;
        answer[6] = seq;
        answer[7] = (uint8_t)(status | (reply->failed ? COMMAND_FAILED : 0));
        answer[8] = reply->failed ? reply->error : 0;
        answer[9] = reply->clock_status ? clock_status(slot) : reply->specific;
        return SIM_HEADER + reply->len;
}

/* What forbids a command before anybody looks at what it is. */
static bool is_refused(const struct sim_reader *reader, const struct sim_slot *slot, uint64_t faults,
                       uint8_t *error)
{
        unsigned busy = 0;

        for (unsigned i = 0; i < reader->slot_count; i++)
                busy += reader->slots[i].busy;
        if (slot->abort != SIM_ABORT_NONE) /* until the abort is complete: 5.3.1 */
                *error = SIM_ERROR_ABORTED;
        else if (slot->busy || busy >= reader->busy_max || (faults & SIM_FAULT_BUSY) != 0)
                *error = SIM_ERROR_BUSY;
        else if ((faults & SIM_FAULT_HW_ERROR) != 0)
                *error = SIM_ERROR_HARDWARE;
        else if ((faults & SIM_FAULT_ERROR) != 0)
                *error = (uint8_t)(faults >> SIM_FAULT_ERROR_FROM);
        else
                return false;
        return true;
}

static void complete_abort(struct sim_reader *reader, unsigned number, uint8_t seq, uint8_t *answer,
                           struct sim_outcome *outcome)
{
        struct sim_slot *slot = &reader->slots[number];
        const struct sim_reply reply = {.clock_status = true};

        slot->abort = SIM_ABORT_NONE;
        slot->busy = false;
        sim_xfr_forget(reader, slot);
        outcome->len = compose(slot, SLOT_STATUS, (uint8_t)number, seq, &reply, answer);
        outcome->slot = number;
        outcome->aborted = true;
}

/* PC_to_RDR_Abort: answered when the control request with the same numbers has come too. */
static void bulk_abort(struct sim_reader *reader, unsigned number, uint8_t seq, uint8_t *answer,
                       struct sim_outcome *outcome)
{
        struct sim_slot *slot = &reader->slots[number];

        if (slot->abort == SIM_ABORT_CONTROL_SEEN && slot->abort_seq == seq) {
                complete_abort(reader, number, seq, answer, outcome);
        } else if (slot->abort == SIM_ABORT_CONTROL_SEEN) {
                struct sim_reply reply = {.clock_status = true};
                sim_reply_fail(&reply, SIM_ERROR_ABORTED);
                outcome->len = compose(slot, SLOT_STATUS, (uint8_t)number, seq, &reply, answer);
        } else {
                slot->abort = SIM_ABORT_BULK_SEEN;
                slot->abort_seq = seq;
        }
}

bool sim_reader_abort(struct sim_reader *reader, uint8_t slot, uint8_t seq, uint8_t *answer,
                      struct sim_outcome *outcome)
{
        memset(outcome, 0, sizeof *outcome);
        outcome->slot = SIM_SLOTS_MAX;
        if (slot >= reader->slot_count)
                return false;
        struct sim_slot *at = &reader->slots[slot];
        if (at->abort == SIM_ABORT_BULK_SEEN && at->abort_seq == seq) {
                complete_abort(reader, slot, seq, answer, outcome);
        } else {
                at->abort = SIM_ABORT_CONTROL_SEEN;
                at->abort_seq = seq;
        }
        return true;
}

static const struct message *message_find(uint8_t type)
{
        for (size_t i = 0; i < sizeof messages / sizeof messages[0]; i++) {
                if (messages[i].type == type)
                        return &messages[i];
        }
        return NULL;
}

/* A card that keeps silent is waited for: as long as bBWI says, in T=1. CCID 1.1 6.1.4 */
static uint64_t waited_us(const struct sim_command *command, const struct sim_reply *reply)
{
        const struct sim_slot *slot = command->slot;
        const uint8_t type = command->header[0], bwi = command->header[7];

        if (!reply->failed || reply->error != SIM_ERROR_MUTE || !slot->powered ||
            (type != 0x6F && type != 0x69))
                return 0;
        if (slot->protocol == 0)
                return sim_line_wwt_us(slot->parameters[3], slot->parameters[0]);
        return sim_line_bwt_us(slot->parameters[3] >> 4, slot->parameters[0]) * (bwi != 0 ? bwi : 1);
}

static void run(struct sim_reader *reader, const struct message *kind, const struct sim_command *command,
                struct sim_reply *reply, struct sim_outcome *outcome)
{
        uint8_t error;

        if (is_refused(reader, command->slot, command->faults, &error)) {
                reply->clock_status = kind == NULL || kind->answer == SLOT_STATUS;
                sim_reply_fail(reply, error);
                return;
        }
        outcome->occupies = true;
        command->slot->busy = true;
        if (kind != NULL)
                kind->run(reader, command, reply);
        else
                sim_reply_fail(reply, SIM_ERROR_UNSUPPORTED);
        outcome->extensions = reply->extensions;
        if ((command->faults & SIM_FAULT_TIME_EXTENSION) != 0)
                outcome->extensions++;
}

void sim_reader_message(struct sim_reader *reader, const uint8_t *message, size_t len, uint64_t faults,
                        uint8_t *answer, struct sim_outcome *outcome)
{
        const struct message *kind = message_find(message[0]);
        const uint32_t said = (uint32_t)message[1] | (uint32_t)message[2] << 8 | (uint32_t)message[3] << 16 |
                              (uint32_t)message[4] << 24;
        const unsigned number = message[5];
        struct sim_slot *slot = number < reader->slot_count ? &reader->slots[number] : NULL;
        const struct sim_command command = {.header = message,
                                            .data = message + SIM_HEADER,
                                            .len = len - SIM_HEADER,
                                            .slot = slot,
                                            .faults = faults};
        struct sim_reply reply = {.data = answer + SIM_HEADER, .room = reader->max_message - SIM_HEADER};

        const uint64_t used_us = slot != NULL ? slot->line.used_us : 0;

        memset(outcome, 0, sizeof *outcome);
        outcome->message_len = len;
        outcome->slot = slot != NULL ? number : SIM_SLOTS_MAX;
        if (slot == NULL)
                sim_reply_fail(&reply, SIM_ERROR_SLOT);
        else if (said != command.len || len > reader->max_message)
                sim_reply_fail(&reply, SIM_ERROR_LENGTH);
        else if (message[0] == ABORT && said == 0) {
                bulk_abort(reader, number, message[6], answer, outcome);
                return;
        } else {
                run(reader, kind, &command, &reply, outcome);
                outcome->line_us = slot->line.used_us - used_us + waited_us(&command, &reply);
        }
        outcome->len =
            compose(slot, kind != NULL ? kind->answer : SLOT_STATUS, message[5], message[6], &reply, answer);
}
