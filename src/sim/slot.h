/*
 * slot.h - inside the reader: a slot, and a command on its way through it. For reader.c, parameters.c, xfr.c.
 */
#ifndef ISCARD_SIM_SLOT_H
#define ISCARD_SIM_SLOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/card.h"
#include "sim/config.h"
#include "sim/line.h"
#include "sim/t0.h"
#include "sim/t1.h"
#include "sim/vpcd.h"

/* bError, CCID 1.1 table 6.2-2. Values from 1 to 127 are the offset of the bad field. */
#define SIM_ERROR_UNSUPPORTED 0x00
#define SIM_ERROR_LENGTH      0x01
#define SIM_ERROR_SLOT        0x05
#define SIM_ERROR_BYTE_7      0x07
#define SIM_ERROR_BYTE_8      0x08
#define SIM_ERROR_BUSY        0xE0
#define SIM_ERROR_PIN_CANCEL  0xEF
#define SIM_ERROR_PIN_TIMEOUT 0xF0
#define SIM_ERROR_CONFLICT    0xF4
#define SIM_ERROR_HARDWARE    0xFB
#define SIM_ERROR_OVERRUN     0xFC
#define SIM_ERROR_PARITY      0xFD
#define SIM_ERROR_MUTE        0xFE
#define SIM_ERROR_ABORTED     0xFF
#define SIM_PARAMETERS_MAX    7

enum sim_abort { SIM_ABORT_NONE, SIM_ABORT_CONTROL_SEEN, SIM_ABORT_BULK_SEEN };

struct sim_slot {
        struct sim_card *card; /* stays with the slot, in it or not */
        struct sim_vpcd *vpcd; /* the card is another program; NULL: it is card. Borrowed from the device */
        bool present, mute;
        bool powered, clock_stopped;
        uint8_t voltage; /* class at the contacts */

        /* What the reader uses, and what the card uses: an exchange works when both agree. */
        uint8_t protocol;
        uint8_t parameters[SIM_PARAMETERS_MAX]; /* abProtocolDataStructure */
        uint8_t card_protocol, card_fidi;
        bool fresh; /* after a reset, before the first block: a PPS would be understood */
        struct sim_t0 t0;
        struct sim_t1 t1; /* TPDU level: its buffers are command and response */
        struct sim_line line;

        /* A command that arrives in pieces, an answer that leaves in pieces. Extended APDU level. */
        uint8_t *command, *response;
        size_t command_len, response_len, response_off;
        bool receiving, sending;

        enum sim_abort abort;
        uint8_t abort_seq;
        bool busy;
};

struct sim_reader {
        enum sim_level level;
        uint8_t protocols;
        uint32_t automatic;
        uint32_t max_message;
        unsigned slot_count, busy_max;
        bool pinpad;
        char pin[SIM_DIGITS_MAX + 1], new_pin[SIM_DIGITS_MAX + 1]; /* what is typed */
        size_t apdu_room;                           /* bytes of command and of response in each slot */
        uint8_t class_get_response, class_envelope; /* FF: the class of the command */
        uint32_t clock_khz, rate_bps;
        struct sim_slot slots[SIM_SLOTS_MAX];
};

/* A message whose header is sound, for a slot that exists. */
struct sim_command {
        const uint8_t *header;
        const uint8_t *data;
        size_t len;
        struct sim_slot *slot;
        uint64_t faults;
};

/* Its answer in the making. */
struct sim_reply {
        uint8_t *data; /* behind the header */
        size_t room, len;
        bool failed;
        uint8_t error;
        uint8_t specific;  /* the last byte of the header */
        bool clock_status; /* specific is bClockStatus, to be filled in at the end */
        unsigned extensions;
};

/* ends the command with bError */
void sim_reply_fail(struct sim_reply *reply, uint8_t error);

/* parameters.c */
/* What a slot has after a reset of its card. */
void sim_parameters_start(const struct sim_reader *reader, struct sim_slot *slot);
void sim_parameters_get(struct sim_reader *reader, const struct sim_command *command,
                        struct sim_reply *reply);
void sim_parameters_reset(struct sim_reader *reader, const struct sim_command *command,
                          struct sim_reply *reply);
void sim_parameters_set(struct sim_reader *reader, const struct sim_command *command,
                        struct sim_reply *reply);
void sim_parameters_rate(struct sim_reader *reader, const struct sim_command *command,
                         struct sim_reply *reply);

/* xfr.c */
void sim_xfr_block(struct sim_reader *reader, const struct sim_command *command, struct sim_reply *reply);
/*
 * The card gets bytes that are no chain and no PPS: an APDU or a TPDU, as the reader's level and the slot's
 * protocol are. They are checked as those of XfrBlock.
 */
void sim_xfr_whole(struct sim_reader *reader, const struct sim_command *command, struct sim_reply *reply);
/* Whether a card of this reader may take extended lengths. */
bool sim_xfr_extended(const struct sim_config *config);
/* What is under way in pieces is forgotten, and wiped. */
void sim_xfr_forget(const struct sim_reader *reader, struct sim_slot *slot);

/* pinpad.c */
void sim_pinpad_secure(struct sim_reader *reader, const struct sim_command *command, struct sim_reply *reply);

/* apdu_t0.c: a whole APDU carried by T=0. room of response: 258, or 65,538 at the extended level. */
enum sim_t0_end sim_apdu_over_t0(const struct sim_reader *reader, struct sim_slot *slot, const uint8_t *apdu,
                                 size_t len, uint64_t faults, uint8_t *response, size_t *response_len);
/* t0.c's exchange, with the characters of it counted on the slot's line. */
enum sim_t0_end sim_slot_t0(struct sim_slot *slot, const uint8_t *tpdu, size_t len, uint64_t faults,
                            uint8_t *response, size_t *response_len);

#endif
