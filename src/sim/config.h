/*
 * config.h - the text of ISCARD_SIM, taken apart. docs/virtual-card.md lists the keys.
 */
#ifndef ISCARD_SIM_CONFIG_H
#define ISCARD_SIM_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/faults.h"

#define SIM_READERS_MAX 64
#define SIM_SLOTS_MAX   16
#define SIM_TEXT_MAX    126 /* bytes of a USB string: what fits into its descriptor */
#define SIM_DIGITS_MAX  16  /* of a code that is typed */

enum sim_level { SIM_LEVEL_SHORT_APDU, SIM_LEVEL_EXTENDED_APDU, SIM_LEVEL_TPDU, SIM_LEVEL_CHARACTER };
/* Whether a program of this process may open the reader. */
enum sim_access { SIM_ACCESS_FREE, SIM_ACCESS_DENIED, SIM_ACCESS_CLAIMED };
enum sim_iccd { SIM_ICCD_NO, SIM_ICCD_A, SIM_ICCD_B };

#define SIM_T0 0x01u /* bits of protocols, as dwProtocols has them */
#define SIM_T1 0x02u

/* dwFeatures, CCID 1.1 table 5.1-1 */
#define SIM_AUTO_PARAMS     0x002u
#define SIM_AUTO_ACTIVATION 0x004u
#define SIM_AUTO_VOLTAGE    0x008u
#define SIM_AUTO_CLOCK      0x010u
#define SIM_AUTO_BAUD       0x020u
#define SIM_AUTO_NEGOTIATE  0x040u
#define SIM_AUTO_PPS        0x080u
#define SIM_AUTO_IFSD       0x400u
#define SIM_AUTO_ALL        0x4FEu

struct sim_profile; /* card.h */

/* One reader as configured. */
struct sim_config {
        enum sim_level level;
        uint8_t protocols; /* of the reader, and of the card in it */
        bool crc;          /* the card's T=1 error detection code */
        bool specific;     /* the card is in specific mode: TA2 in its ATR, no PPS */
        enum sim_iccd iccd;
        enum sim_access access; /* at the beginning */
        bool real_timing;
        bool pinpad;
        char pin[SIM_DIGITS_MAX + 1]; /* what the card holder types when asked for the code */
        char new_pin[SIM_DIGITS_MAX + 1];
        const struct sim_profile *card;
        bool card_in;   /* false: the slots start empty (card=none) */
        bool card_mute; /* it never answers a reset (card=mute) */
        uint16_t vpcd;  /* the port at which the card will come (card=vpcd:PORT); 0: it is one of ours */
        unsigned slots, busy;
        uint32_t automatic; /* the bits of dwFeatures below the exchange level */
        bool interrupt;
        uint32_t max_message; /* dwMaxCCIDMessageLength */
        char name[SIM_TEXT_MAX + 1];
        char serial[SIM_TEXT_MAX + 1]; /* empty: the device has no such string */
        struct sim_faults faults;
};

struct sim_config_list {
        struct sim_config *readers;
        size_t count;
        bool usb; /* the word usb stood among them: real readers too */
};

/* A reader with every key at its default. */
void sim_config_default(struct sim_config *config);
/*
 * text: the value of ISCARD_SIM. false: not understood, and error (room error_cap, always terminated) names
 * the word; or out of memory, and error is empty. On success the caller frees with sim_config_free.
 */
bool sim_config_parse(const char *text, struct sim_config_list *list, char *error, size_t error_cap);
void sim_config_free(struct sim_config_list *list);
/* free, denied or claimed; false: none of them. */
bool sim_config_access(const char *text, size_t len, enum sim_access *access);
/* readers[i], as a pointer, without knowing the size; NULL beyond the last */
const struct sim_config *sim_config_at(const struct sim_config_list *list, size_t index);

#endif
