/*
 * path.h - where a file is: the text of a path taken apart, and put together again. Pure functions, no state.
 *
 * A path is elements joined by "/"; "." is the directory itself, ".." the one above. It starts at the MF where
 * it begins with "/", "3F00" or "/3F00", at the name where it begins with a DF name, else at the current directory.
 *   identifier   four hexadecimal digits: "2F00"
 *   DF name      its bytes as 6 to 32 hexadecimal digits, an even number: "A000000308000010"; or as text, 1 to
 *                16 printable ASCII characters that are not hexadecimal digits of such a number: "1PAY.SYS"
 *   short        one or two hexadecimal digits, 01 to 1E; the last element only
 * Source: ISO/IEC 7816-4:2013 7.2.
 */
#ifndef ISCARD_CARD_PATH_H
#define ISCARD_CARD_PATH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PATH_DEPTH_MAX 8u  /* elements below the MF */
#define PATH_NAME_MAX  16u /* bytes of a DF name */
#define PATH_TEXT_MAX  96u /* characters that path_text writes, with the NUL: a name, the rest identifiers */
#define PATH_MF        0x3F00u

/* How the text refers to a file: the values of REFTYPE. */
enum path_type {
        PATH_BY_NAME = 0,     /* names and identifiers */
        PATH_BY_ID = 1,       /* identifiers alone */
        PATH_BY_SHORT_ID = 2, /* the last element is a short identifier, what is before it anything */
        PATH_BY_ANY = 3,      /* all of them; one or two digits at the end are a short identifier */
};

struct path_element {
        enum { PATH_ID, PATH_NAME, PATH_SHORT_ID } kind;
        uint16_t id; /* of PATH_ID; of PATH_SHORT_ID 1 to 30 */
        uint8_t name_len;
        uint8_t name[PATH_NAME_MAX];
};

/*
 * From the MF, which is not an element itself, or from a name. Invariants: a name is the first element; a short
 * identifier the last.
 */
struct path {
        size_t count;
        struct path_element element[PATH_DEPTH_MAX];
};

/*
 * text: len characters, which need not be ASCII and may hold NULs (UTF-16 units). base: the current directory.
 * false, *path empty: not a path (an empty text or element, a character or a form that the type does not
 * allow, an identifier that ISO/IEC 7816-4 reserves, ".." of the MF, too deep).
 */
bool path_parse(struct path *path, enum path_type type, const uint16_t *text, size_t len,
                const struct path *base);
/* "3F00/0011/6F01", or what begins with a name in hexadecimal digits; returns how many characters. */
size_t path_text(const struct path *path, char out[PATH_TEXT_MAX]);
bool path_equal(const struct path *a, const struct path *b);
/* Whether path is top or something below it. */
bool path_within(const struct path *path, const struct path *top);
/* The directory that the last element is in; the MF's is itself. */
void path_parent(struct path *path);
bool path_append_id(struct path *path, uint16_t id); /* false: too deep, nothing changed */
bool path_id_ok(uint16_t id); /* no file has one that is not: the MF's, reserved ones */

#endif
