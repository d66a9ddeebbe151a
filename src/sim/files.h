/*
 * files.h - the card's file system: a tree of dedicated files (DF) and transparent elementary files (EF), and
 * the commands on them. ISO/IEC 7816-4 7.1, 7.4, 11.2, 11.3.
 */
#ifndef ISCARD_SIM_FILES_H
#define ISCARD_SIM_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SIM_FILES_MAX 24

struct sim_apdu;
struct sim_answer;
struct sim_card;

enum sim_file_kind { SIM_DF, SIM_EF };

/* Who may: anybody, nobody, or whoever has verified the CHV of this P2. */
#define SIM_ALWAYS 0x00u
#define SIM_NEVER  0xFFu

/* A file at delivery. The first one of a table is the MF; a DF stands before what is in it. */
struct sim_file {
        const uint8_t *aid;  /* DF name */
        const void *content; /* size bytes, or NULL: a counting pattern */
        enum sim_file_kind kind;
        uint16_t fid;
        uint16_t size;  /* bytes of an EF */
        uint8_t parent; /* index in the table; the MF is its own */
        uint8_t sfi;    /* short EF identifier, 0: none */
        uint8_t aid_len;
        uint8_t read, write;
};

/* A tree in use. */
struct sim_files {
        const struct sim_file *table;
        unsigned count;
        uint8_t *content[SIM_FILES_MAX]; /* of EFs */
        unsigned df;                     /* current DF */
        unsigned ef;                     /* current EF; 0: none */
};

bool sim_files_deliver(struct sim_files *files, const struct sim_file *table, unsigned count);
void sim_files_free(struct sim_files *files);
void sim_files_reset(struct sim_files *files);

/* SELECT, READ BINARY, UPDATE BINARY; they return the status word. */
uint16_t sim_files_select(struct sim_card *card, const struct sim_apdu *apdu, struct sim_answer *answer);
uint16_t sim_files_read(struct sim_card *card, const struct sim_apdu *apdu, struct sim_answer *answer);
uint16_t sim_files_update(struct sim_card *card, const struct sim_apdu *apdu);

#endif
