/*
 * entry.h - codes entered on the reader's own keys (PIN pad), over SCardControl: the features of PC/SC part
 * 10 and the templates that tell a reader how to put codes into a command.
 */
#ifndef ISCARD_CARD_ENTRY_H
#define ISCARD_CARD_ENTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/card/card.h"
#include "core/card/profile.h"

/* bytes: the longer structure, a header with Lc, two blocks of the longest that can be described */
#define ENTRY_TEMPLATE_MAX (24u + 5u + 2u * 15u)

/* A command whose codes the reader asks for. second NULL: one code (verify), else two (modify). */
struct entry {
        uint8_t cla, ins, p1, p2;
        const struct profile_code *first, *second;
};

/* What the reader offers for one kind of entry. */
struct entry_pad {
        DWORD code;   /* for SCardControl */
        bool display; /* it can show messages */
};

/*
 * Asks the reader. modify: for two codes, else for one. Sends nothing to the card.
 * SCARD_E_UNSUPPORTED_FEATURE: no such PIN pad, or ISCARD_PINPAD=0; SCARD_W_RESET_CARD and its like; what
 * SCardControl returns.
 */
LONG entry_find(struct card *card, bool modify, struct entry_pad *pad);

/*
 * PIN_VERIFY_STRUCTURE or PIN_MODIFY_STRUCTURE at out, room for ENTRY_TEMPLATE_MAX; returns its bytes, 0: the
 * structures cannot say how the codes are written. Pure. PC/SC part 10 2.5.2, 2.5.3; CCID 1.1 6.1.11
 */
size_t entry_template(const struct entry *entry, bool display, uint8_t *out);

/*
 * The whole entry, within card_begin and card_end; fills card->last but for the tries. Blocks until the card
 * holder has finished. *sw: the card's status word, or the reader's (6400 to 6403); 0 on failure.
 */
LONG entry_run(struct card *card, const char *name, const struct entry *entry, const struct entry_pad *pad,
               uint16_t *sw);

#endif
