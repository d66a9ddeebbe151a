/*
 * card.h - a virtual ISO/IEC 7816-4 card: what it answers to a reset and to a command. Which commands, files
 * and codes it has is its profile's matter: a file in profiles/ and a row in the table of card.c.
 *
 * Not thread-safe: the owner (a slot) calls one at a time.
 */
#ifndef ISCARD_SIM_CARD_H
#define ISCARD_SIM_CARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/auth.h"
#include "sim/chv.h"
#include "sim/files.h"

#define SIM_ATR_MAX      33
#define SIM_SHORT_ANSWER 258u /* bytes: 256 and SW1 SW2 */

/* Operating classes, ISO/IEC 7816-3 5.1.3: bits as the ATR spells them */
#define SIM_CLASS_A 0x01u /* 5 V */
#define SIM_CLASS_B 0x02u /* 3 V */
#define SIM_CLASS_C 0x04u /* 1.8 V */

/* Status words, ISO/IEC 7816-4 5.6 */
#define SIM_SW_OK            0x9000u
#define SIM_SW_END_OF_FILE   0x6282u
#define SIM_SW_DEACTIVATED   0x6283u
#define SIM_SW_WRONG_CODE    0x63C0u /* + tries left */
#define SIM_SW_WRONG_LENGTH  0x6700u
#define SIM_SW_NO_CHANNELS   0x6881u
#define SIM_SW_NO_SECURE     0x6882u
#define SIM_SW_NO_CHAINING   0x6884u
#define SIM_SW_WRONG_KIND    0x6981u
#define SIM_SW_SECURITY      0x6982u
#define SIM_SW_BLOCKED       0x6983u
#define SIM_SW_CONDITIONS    0x6985u
#define SIM_SW_NO_CURRENT_EF 0x6986u
#define SIM_SW_BAD_DATA      0x6A80u
#define SIM_SW_NO_FUNCTION   0x6A81u
#define SIM_SW_NO_FILE       0x6A82u
#define SIM_SW_NO_RECORD     0x6A83u
#define SIM_SW_NO_ROOM       0x6A84u
#define SIM_SW_BAD_P1P2      0x6A86u
#define SIM_SW_NO_REFERENCE  0x6A88u
#define SIM_SW_EXISTS        0x6A89u
#define SIM_SW_NAME_EXISTS   0x6A8Au
#define SIM_SW_BAD_OFFSET    0x6B00u
#define SIM_SW_WRONG_LE      0x6C00u /* + the right one */
#define SIM_SW_NO_INS        0x6D00u
#define SIM_SW_NO_CLA        0x6E00u
#define SIM_SW_FAILED        0x6F00u

/* A command APDU taken apart. ISO/IEC 7816-4 5.2 */
struct sim_apdu {
        uint8_t cla, ins, p1, p2;
        const uint8_t *data;
        size_t data_len; /* Nc */
        bool has_le;
        size_t ne; /* 0 where has_le is false */
};

/* The answer's data field while it is made: room is at least ne. Nothing is written beyond it. */
struct sim_answer {
        uint8_t *data;
        size_t room, len;
};

struct sim_card;

enum sim_direction { SIM_UNKNOWN, SIM_TO_CARD, SIM_FROM_CARD };

struct sim_profile {
        const char *name;
        uint8_t classes;     /* the voltages it works at */
        bool classes_in_atr; /* says so in the ATR (T=15) */
        uint8_t fidi;        /* TA1 */
        uint8_t cla;         /* the one class byte it knows where that is not 00 */
        uint8_t more_sw1;    /* T=0: SW1 of "data wait" where that is not 61 */
        const struct sim_file *files;
        unsigned file_count; /* at most SIM_FILES_MAX */
        /* The historical bytes, at most 15; extended: the card takes extended length fields. */
        size_t (*historical)(bool extended, uint8_t *out);
        void (*deliver)(struct sim_card *card); /* codes as they are when the card is handed out */
        void (*reset)(struct sim_card *card);   /* what the profile keeps of its own; may be NULL */
        /* Returns the status word; class byte and lengths have been checked. */
        uint16_t (*command)(struct sim_card *card, const struct sim_apdu *apdu, struct sim_answer *answer);
        /* Which way the data of an instruction go, which in T=0 only the card knows. */
        enum sim_direction (*direction)(uint8_t ins);
};

struct sim_card {
        const struct sim_profile *profile;
        uint8_t protocols; /* offered: SIM_T0, SIM_T1 */
        bool crc, extended;
        bool specific; /* TA2 in the ATR: its own speed from the start, no PPS */
        struct sim_files files;
        struct sim_chv chvs[SIM_CHVS_MAX];
        struct sim_code codes[SIM_CODES_MAX];
        unsigned chv_count;
        struct sim_auth auth;
        bool application; /* the profile's application is selected */
        unsigned state;   /* the profile's own; 0 at delivery */
};

/* A profile by name (len bytes, not terminated); NULL: there is none. */
const struct sim_profile *sim_profile_find(const char *name, size_t len);

/* A card as delivered; NULL: out of memory. */
struct sim_card *sim_card_create(const struct sim_profile *profile, uint8_t protocols, bool crc,
                                 bool extended);
void sim_card_destroy(struct sim_card *card); /* NULL: nothing */
/*
 * Reset, cold or warm: selection and security status start anew, files and counters stay. classes: the
 * voltage at the contacts, one bit. Writes the ATR, returns its length; 0: no answer, wrong voltage.
 */
size_t sim_card_reset(struct sim_card *card, uint8_t classes, uint8_t atr[SIM_ATR_MAX]);
/*
 * A whole command APDU in, a whole response APDU out; returns its length, at least 2. room: SIM_SHORT_ANSWER,
 * or 65,538 where the card is extended.
 */
size_t sim_card_apdu(struct sim_card *card, const uint8_t *command, size_t len, uint8_t *response,
                     size_t room);
/* The same for a command taken apart; the status word is returned, the data are in answer. */
uint16_t sim_card_command(struct sim_card *card, const struct sim_apdu *apdu, struct sim_answer *answer);

/* For profiles: appends to the answer; false, with nothing written: no room. */
bool sim_answer_put(struct sim_answer *answer, const void *data, size_t len);
/* GET CHALLENGE, ISO/IEC 7816-4 11.5.3 */
uint16_t sim_card_challenge(const struct sim_apdu *apdu, struct sim_answer *answer);

extern const struct sim_profile sim_profile_iso; /* each in profiles/, in a file of its name */
extern const struct sim_profile sim_profile_piv;
extern const struct sim_profile sim_profile_openpgp;
extern const struct sim_profile sim_profile_gsm;
extern const struct sim_profile sim_profile_uicc;
extern const struct sim_profile sim_profile_gids;
extern const struct sim_profile sim_profile_myeid;
extern const struct sim_profile sim_profile_isoapplet;

#endif
