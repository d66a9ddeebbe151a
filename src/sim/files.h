/*
 * files.h - the card's file system: a tree of dedicated files (DF) and elementary files (EF), and the commands on
 * them: SELECT and those on bytes; records.c has those on records, manage.c those that make and end files.
 * ISO/IEC 7816-4 7.1, 7.4, 11.2, 11.3.
 */
#ifndef ISCARD_SIM_FILES_H
#define ISCARD_SIM_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SIM_FILES_MAX 40

struct sim_apdu;
struct sim_answer;
struct sim_card;

enum sim_file_kind { SIM_DF, SIM_EF };

/* Who may: anybody, nobody, or whoever has verified the CHV of this P2. */
#define SIM_ALWAYS 0x00u
#define SIM_NEVER  0xFFu
/* Or whoever has authenticated with this key (auth.h). */
#define SIM_KEY(n) (0x40u | (n))

/* File descriptor byte of an EF; 0 in a table is SIM_TRANSPARENT. 7816-4 table 14 */
#define SIM_TRANSPARENT 0x01u
#define SIM_FIXED       0x02u
#define SIM_VARIABLE    0x04u
#define SIM_CYCLIC      0x06u
/* Data coding byte: what WRITE does. 7816-4 table 12; 0: it is not said, and there is no WRITE */
#define SIM_WRITE_OR  0x41u
#define SIM_WRITE_AND 0x61u

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
        uint8_t structure, coding;
        /* Of records: most bytes of one, how many there are, how many there can be. size is sim_records_size. */
        uint8_t record_size, records, record_max;
        bool deactivated;
};

/* A tree in use. The table is a copy with room for SIM_FILES_MAX; a deleted file is in no directory. */
struct sim_files {
        struct sim_file *table;
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

/* For the other files of commands: */
#define SIM_NO_FILE SIM_FILES_MAX /* as an index: there is none */
/* A file directly below parent, of whatever kind. */
unsigned sim_files_child(const struct sim_files *files, unsigned parent, uint16_t fid);
/* Makes the EF of a short identifier current; 0: the current one. The status word. */
uint16_t sim_files_short(struct sim_files *files, uint8_t sfi);
/* Whether the current EF can be used by one that who says: SIM_SW_OK, security, deactivated. */
uint16_t sim_files_usable(const struct sim_card *card, uint8_t who);
bool sim_file_has_records(const struct sim_file *file);
/* READ, UPDATE and ERASE BINARY with an odd instruction; WRITE BINARY and ERASE BINARY. binary.c */
uint16_t sim_binary_read_odd(struct sim_card *card, const struct sim_apdu *apdu, struct sim_answer *answer);
uint16_t sim_binary_update_odd(struct sim_card *card, const struct sim_apdu *apdu);
uint16_t sim_binary_write(struct sim_card *card, const struct sim_apdu *apdu);
uint16_t sim_binary_erase(struct sim_card *card, const struct sim_apdu *apdu);
uint16_t sim_binary_erase_odd(struct sim_card *card, const struct sim_apdu *apdu);
/* Where P1 P2 of an even instruction point; the file is current then. */
uint16_t sim_binary_locate(struct sim_files *files, const struct sim_apdu *apdu, size_t *offset);
/* READ, UPDATE, WRITE, APPEND and ERASE RECORD. records.c */
uint16_t sim_records_command(struct sim_card *card, const struct sim_apdu *apdu, struct sim_answer *answer);
size_t sim_records_size(const struct sim_file *file); /* bytes of content */
/* CREATE, DELETE, ACTIVATE, DEACTIVATE FILE, and PUT DATA of control parameters. manage.c */
uint16_t sim_manage_command(struct sim_card *card, const struct sim_apdu *apdu);

#endif
