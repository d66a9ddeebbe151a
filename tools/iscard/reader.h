/*
 * reader.h - which reader slots there are, what is in them, and which one is meant.
 */
#ifndef ISCARD_TOOL_READER_H
#define ISCARD_TOOL_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "winscard.h"

#include "core/ifd.h"

#include "tools/iscard/tool.h"

#define READER_NAME_MAX 512 /* bytes with the NUL */
#define READER_LIST_MAX 256

enum reader_card { READER_CARD_UNKNOWN, READER_CARD_ABSENT, READER_CARD_PRESENT, READER_CARD_POWERED };

/* What is known without talking to the device. */
struct reader_facts {
        bool known; /* false: it is gone; the rest is 0 */
        unsigned slot;
        uint16_t vendor_id, product_id;
        const char *exchange; /* "extended-apdu", "short-apdu", "tpdu", "character" */
        uint32_t speed_bps;   /* between card and reader; 0: nothing is negotiated */
};

struct reader {
        char name[READER_NAME_MAX];
        enum reader_card card;
        LONG reason; /* why the card is unknown; SCARD_S_SUCCESS where it is known */
};

struct reader_list {
        SCARDCONTEXT context;
        struct reader *readers; /* malloc'ed */
        size_t count;
};

/* Establishes a context and lists the readers; no reader is a success with count 0. What SCardListReaders
 * returns. */
LONG reader_list_open(struct reader_list *list);
void reader_list_close(struct reader_list *list);
/* Asks each reader for its card. The reader is claimed for a moment; a card is neither powered nor reset. */
void reader_list_look(struct reader_list *list);
void reader_facts(const char *name, struct reader_facts *facts);
/* A malloc'ed copy of its raw USB configuration descriptor, without opening it; NULL, 0 on failure.
 * SCARD_E_UNSUPPORTED_FEATURE: it has none; SCARD_E_UNKNOWN_READER, SCARD_E_NO_MEMORY */
LONG reader_config(const char *name, uint8_t **config, size_t *len);
/* "extended-apdu", "short-apdu", "tpdu", "character" */
const char *reader_exchange_text(enum ifd_exchange exchange);
/* "absent", "present", "powered"; NULL where it is not known. */
const char *reader_card_text(enum reader_card card);

/*
 * The reader that is meant: by index, whole name or unique part of a name (any case); wanted NULL: the only
 * one with a card. TOOL_OK, or what has been said on stderr: TOOL_USAGE (unknown, ambiguous), TOOL_HRESULT
 * (no reader, no card).
 */
int reader_choose(struct reader_list *list, const char *wanted, const struct reader **chosen);
/* Why, where it said TOOL_HRESULT: SCARD_E_NO_READERS_AVAILABLE or SCARD_E_NO_SMARTCARD. */
LONG reader_none(const struct reader_list *list);

#endif
