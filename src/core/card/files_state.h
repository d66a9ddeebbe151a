/*
 * files_state.h - the inside of struct files, and what its parts share: files.c (open files), files_send.c (a
 * transaction and its commands), files_select.c (the way to a file), files_data.c and files_records.c (content),
 * files_manage.c (the files themselves), files_list.c (what a directory holds).
 */
#ifndef ISCARD_CARD_FILES_STATE_H
#define ISCARD_CARD_FILES_STATE_H

#include "core/card/fcp.h"
#include "core/card/files.h"

#define FILES_PIECE_MAX 2048u /* bytes that one command carries at most, either way */
#define FILES_SHORT_NC  255u
#define FILES_SHORT_NE  256u
#define FILES_END       UINT32_MAX /* a position: behind the last record, however many there are */
#define FILES_CLA_GSM   0xA0u

struct open_file {
        uint32_t handle; /* 0: free */
        struct path path;
        struct fcp fcp;
        uint32_t position;
};

/* What is selected on the card, as far as this struct knows. */
struct files_selected {
        bool known;
        bool dir_known;   /* that what is selected is an EF is no guess, and so is dir: */
        struct path dir;  /* the current DF */
        bool file;        /* an EF is current: */
        struct path path; /* this one */
        DWORD epoch, commands;
        uint32_t sent, selects; /* of struct card */
};

/* How a file in the current DF is selected: the first of these that the card takes. 7816-4 table 62 */
enum files_step {
        FILES_STEP_PATH, /* P1 09: a path from there */
        FILES_STEP_KIND, /* P1 01, 02: the DF, the EF of that identifier in it */
        FILES_STEP_ANY,  /* P1 00: its parent and the DFs beside it may be meant, too */
};

struct files {
        struct path dir; /* the current directory */
        struct open_file open[FILES_OPEN_MAX];
        uint32_t generation; /* of handles */
        struct files_selected selected;

        /* What was learnt of card and reader, for the epoch and profile in which it was. */
        DWORD epoch;
        const struct card_profile *profile;
        bool learnt;
        bool by_path;         /* SELECT by a path from the MF is known, or was not refused yet */
        enum files_step step; /* ...and in the current DF */
        unsigned form;        /* of the answer to SELECT... */
        bool form_known;      /* ...in which one has worked */
        size_t nc, ne;        /* most bytes of a command's data and of an answer's */

        /* The transaction under way. */
        bool application; /* card_begin was called... */
        bool transaction; /* ...and began one */
        bool counted;     /* the engine counts commands: so many were sent by all */
        DWORD commands;
        uint32_t sent; /* ...and so many by struct card, at its first command */
        uint8_t command[FILES_PIECE_MAX + 32];
        uint8_t answer[FILES_PIECE_MAX + 2];
};

/* ---- one transaction: begin, commands, end */

/*
 * path: what is going to be reached first. On success files_end is due; buffers are wiped there.
 */
LONG files_begin(struct files *files, struct card *card, const struct path *path);
void files_end(struct files *files, struct card *card);

/*
 * One command: data of nc bytes (may lie in files->answer), ne: bytes of answer asked for, 0: none. The
 * answer is in files->answer, *got bytes; more than ne is SCARD_F_COMM_ERROR. *sw: the status word; 0 on
 * failure. SCARD_W_RESET_CARD, SCARD_E_SHARING_VIOLATION: the transaction was broken by another thread's
 * Reconnect, and the card is another one or got another's command; it may have taken this one all the same.
 */
LONG files_send(struct files *files, struct card *card, const char *name, const uint8_t header[3],
                const uint8_t *data, size_t nc, size_t ne, size_t *got, uint16_t *sw);
/* The same, and what the status word means. No answer data. */
LONG files_command(struct files *files, struct card *card, const char *name, const uint8_t header[3],
                   const uint8_t *data, size_t nc);
/* Of the status word of the last command; card->last is filled. */
LONG files_meaning(struct card *card, uint16_t sw, bool directory);

/* ---- the way to a file */

enum files_wanted { FILES_WANT_FILE, FILES_WANT_DIR, FILES_WANT_ANY };

/* Selects path, unless it is selected and need not be again. Of a short identifier: the directory that it is in. */
struct files_target {
        const struct path *path;
        enum files_wanted wanted;
        bool again;       /* for its fcp, or so that it is current and not only the DF in which one is */
        bool deactivated; /* such a file will do; else it is SCARD_E_NO_ACCESS */
        /* What the card said of it, where it was selected now; FCP_UNKNOWN where it said nothing. */
        struct fcp fcp;
        bool answered;          /* it was selected now */
        bool readable;          /* the answer was data objects, or empty */
        const uint8_t *objects; /* those in files->answer, NULL: none */
        size_t objects_len;
};
LONG files_select(struct files *files, struct card *card, struct files_target *target);
void files_forget_selection(struct files *files, struct card *card);
/* The directory is what it was; which EF is current in it is not known. */
void files_forget_file(struct files *files, struct card *card);
bool files_path(const struct files *files, const struct files_name *name, struct path *path);
/* The short identifier that path ends with; 0: it does not. */
uint8_t path_short_id(const struct path *path);

/* Of every handle of the file at path: this is what is known of it. */
void files_note(struct files *files, const struct path *path, const struct fcp *fcp);

/* ---- content, within a transaction */

LONG files_read_here(struct files *files, struct card *card, struct open_file *file, uint8_t *data,
                     size_t wanted, size_t *got);
LONG files_write_here(struct files *files, struct card *card, struct open_file *file, enum files_write how,
                      const uint8_t *data, size_t len);
static inline size_t smaller(size_t a, size_t b)
{
        return a < b ? a : b;
}
/* The same of a file of records: the one at the position. */
LONG files_read_record(struct files *files, struct card *card, struct open_file *file, uint8_t *data,
                       size_t wanted, size_t *got);
LONG files_write_record(struct files *files, struct card *card, struct open_file *file, enum files_write how,
                        const uint8_t *data, size_t len);
/* FILES_OR, FILES_AND, here. */
void files_combine(uint8_t *with, const uint8_t *data, size_t len, enum files_write how);
/* Whether WRITE of this card does just that. 7816-4 table 12 */
bool files_write_does(const struct fcp *fcp, enum files_write how);
/* Whether a directory lists nothing; the directory is selected. */
LONG files_is_empty(struct files *files, struct card *card, bool *empty);

#endif
