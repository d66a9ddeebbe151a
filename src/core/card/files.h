/*
 * files.h - the files of a card: a current directory, open files with positions, and the commands on them;
 * over winscard.h alone.
 *
 * A struct files belongs to one attachment at a time; it keeps names and positions, no content. Files are
 * looked up again where another handle's command, a reset or another card came in between, and are what the card
 * says of them then. Each function that takes a card is one transaction. One thread at a time.
 *
 * They return, besides what is named with each: SCARD_E_INVALID_PARAMETER (a path that path.h refuses, a
 * handle that is not open); what status_from_sw gives; SCARD_F_COMM_ERROR (an answer that breaks the rules);
 * SCARD_W_RESET_CARD, SCARD_E_SHARING_VIOLATION (another thread's SCardReconnect of the handle ended the
 * transaction, and the card is another one or got somebody's command before the end: nothing was read, a part may
 * be written);
 * what SCardGetAttrib, SCardBeginTransaction and SCardTransmit return. card->last is filled.
 */
#ifndef ISCARD_CARD_FILES_H
#define ISCARD_CARD_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/card/card.h"
#include "core/card/path.h"

#define FILES_OPEN_MAX    64u
#define FILES_LIST_MAX    128u  /* files of one directory */
#define FILES_OBJECTS_MAX 2048u /* bytes of properties and capabilities */
#define FILES_SIZE_MAX    0x1000000u

struct files;

/* How a file is called; text as path.h has it. */
struct files_name {
        enum path_type type;
        const uint16_t *text;
        size_t len;
};

struct files *files_create(void); /* NULL: out of memory */
void files_free(struct files *files);
/* Another attachment: nothing is open, the current directory is the MF. */
void files_start_anew(struct files *files);
/* Whether the name can be a path at all, in some current directory. */
bool files_name_ok(const struct files_name *name);

/* SCARD_E_NO_DIR: it is a file. The directory is selected; after a failure the current one stays. */
LONG files_change_dir(struct files *files, struct card *card, const struct files_name *name);
void files_current_dir(const struct files *files, char text[PATH_TEXT_MAX]);

/*
 * handle: positive, never 0, good until files_close; 0 on failure. The position is 0. SCARD_E_NO_FILE: it is a
 * directory; SCARD_E_NO_ACCESS: deactivated; SCARD_E_NO_MEMORY: FILES_OPEN_MAX are open.
 */
LONG files_open(struct files *files, struct card *card, const struct files_name *name, uint32_t *handle);
LONG files_close(struct files *files, uint32_t handle);
bool files_is_open(const struct files *files, uint32_t handle);

enum files_origin { FILES_FROM_BEGINNING, FILES_FROM_END, FILES_FROM_HERE };
/*
 * The position counts bytes of a transparent file, records of the others, from 0. SCARD_E_BAD_SEEK: before the
 * beginning or behind the end, or from an end that the card does not tell; the position stays. The end itself is
 * a position: in a file of records what is written there is a new record.
 */
LONG files_seek(struct files *files, uint32_t handle, enum files_origin origin, int32_t offset);

/*
 * Up to wanted bytes from the position, which moves: bytes of a transparent file, fewer than wanted also where it
 * has become longer than files_room told; of the others one record or
 * its first bytes, and the position is the next record's. data has room for files_room. SCARD_W_EOF: fewer than wanted, or none, because the
 * file ends; *got bytes are there. On every other failure *got is 0 and the position stays.
 */
LONG files_read(struct files *files, struct card *card, uint32_t handle, uint8_t *data, size_t wanted,
                size_t *got);
/* How many bytes files_read with wanted may put at data, before it is called; 0: the handle is not open. */
size_t files_room(const struct files *files, uint32_t handle, size_t wanted);

enum files_write {
        FILES_REPLACE, /* UPDATE */
        FILES_ERASE,   /* to the erased state; data is not looked at. len 0: to the end of the file */
        FILES_OR,      /* with what is there: by WRITE where the card says that this is what it does, */
        FILES_AND,     /* else by reading it and UPDATE */
};
/*
 * At the position, which moves behind it; in a file of records the whole data is one record. At the end of such
 * a file: APPEND RECORD. SCARD_E_WRITE_TOO_MANY: over the end, nothing was written. After another failure the
 * position stays, and pieces before the one that failed are written.
 */
LONG files_write(struct files *files, struct card *card, uint32_t handle, enum files_write how,
                 const uint8_t *data, size_t len);

/*
 * CREATE FILE: properties are the objects of an FCP template, with or without it; the identifier or DF name of
 * the path is added where it is missing. data: what is written to it then, NULL and 0: nothing; in a file of
 * fixed records each record of it, in another one record. replace: one that is there is deleted before.
 * SCARD_E_INVALID_PARAMETER: the properties are no data objects or contradict the path; it exists.
 */
LONG files_create_file(struct files *files, struct card *card, const struct files_name *name,
                       const uint8_t *properties, size_t properties_len, const uint8_t *data, size_t len,
                       bool replace);

enum files_delete { FILES_DELETE_ANY, FILES_DELETE_EMPTY };
/*
 * DELETE FILE; what this struct has open of it is closed, and the current directory moves out of it.
 * FILES_DELETE_EMPTY: a directory only where it is empty: SCARD_E_NO_ACCESS where it is not,
 * SCARD_E_UNSUPPORTED_FEATURE where the card does not tell. SCARD_E_INVALID_PARAMETER: the MF.
 */
LONG files_delete(struct files *files, struct card *card, const struct files_name *name,
                  enum files_delete how);
/* ACTIVATE FILE, DEACTIVATE FILE. */
LONG files_activate(struct files *files, struct card *card, const struct files_name *name, bool active);

/* Where objects are written: room FILES_OBJECTS_MAX. */
struct files_objects {
        size_t len;
        uint8_t bytes[FILES_OBJECTS_MAX];
};

/* The objects of the FCP template. SCARD_E_UNEXPECTED: what the card says cannot be read;
 * SCARD_E_UNSUPPORTED_FEATURE: it says nothing, or the file is called by a short identifier. */
LONG files_properties(struct files *files, struct card *card, const struct files_name *name,
                      struct files_objects *objects);
/* PUT DATA of an FCP template with these objects, to the file. */
LONG files_set_properties(struct files *files, struct card *card, const struct files_name *name,
                          const uint8_t *properties, size_t len);
/*
 * Card service data (43) and card capabilities (47) as the ATR tells them, and the extended length information
 * (7F66): the most bytes of a command and of an answer here. with_file: and what EF.ATR/INFO holds, which is
 * read; one that is missing or protected is no failure.
 */
LONG files_capabilities(struct files *files, struct card *card, bool with_file,
                        struct files_objects *objects);

enum files_kinds { /* the values of FILETYPE */
                   FILES_DIRECTORIES,
                   FILES_FILES,
                   FILES_ALL,
                   FILES_DIRECTORY_FILES,
                   FILES_TRANSPARENT,
                   FILES_FIXED,
                   FILES_CYCLIC,
                   FILES_VARIABLE,
};
struct files_list {
        size_t count;
        struct path_element element[FILES_LIST_MAX]; /* identifiers and names */
};
/*
 * What is in the current directory: by the command of the card profile; else, in the MF, the applications of
 * EF.DIR, which are directories. SCARD_E_UNSUPPORTED_FEATURE: the card does not tell.
 */
LONG files_directory(struct files *files, struct card *card, enum files_kinds kinds, struct files_list *list);

#endif
