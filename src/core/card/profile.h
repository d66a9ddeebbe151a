/*
 * profile.h - what is particular about a kind of card: how it is recognised, which application holds its
 * codes, how references and codes are written. A profile is one file in profiles/ and one row in profile.c.
 */
#ifndef ISCARD_CARD_PROFILE_H
#define ISCARD_CARD_PROFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/atr.h"
#include "core/card/chv.h"
#include "core/card/kdf.h"

/* What is going to be done with a code; references and formats may depend on it. */
enum profile_op {
        PROFILE_VERIFY,
        PROFILE_CHECK,
        PROFILE_CHANGE,
        PROFILE_ENABLE,
        PROFILE_DISABLE,
        PROFILE_UNBLOCK,
        PROFILE_UNBLOCK_CHECK, /* how many tries the code that unblocks has left */
};

enum profile_role {
        PROFILE_ROLE_CODE,       /* the code itself, old or new */
        PROFILE_ROLE_RESET_CODE, /* the one that unblocks it: PUK, resetting code, officer's code */
};

/* How a code is written into a command. Invariant: min <= max, and max <= block where block is not 0. */
struct profile_code {
        uint8_t min, max; /* bytes as the card holder types them */
        bool digits;      /* '0' to '9' alone */
        uint8_t block;    /* filled up to so many bytes; 0: sent as it is */
        uint8_t filler;
};

/* The forms of RESET RETRY COUNTER, by P1. ISO/IEC 7816-4 11.5.11 */
#define PROFILE_UNBLOCK_BOTH       0x01u /* P1 00: resetting code and new code */
#define PROFILE_UNBLOCK_RESET_CODE 0x02u /* P1 01: resetting code alone */
#define PROFILE_UNBLOCK_NEW_CODE   0x04u /* P1 02: new code alone */
#define PROFILE_UNBLOCK_NOTHING    0x08u /* P1 03: no data */

/* One log-out command: a case 1 APDU. */
struct profile_log_out {
        const char *name; /* for error texts; NULL: VERIFY */
        uint8_t apdu[4];
        bool optional; /* the reference need not exist on every such card */
        /* It is VERIFY with another P1, which an older card may not look at: asked behind it, it has to say
         * that the reference is not verified. */
        bool doubtful;
};

/* What tells whether a card of the profile is new enough to know its log-out commands: a case 2 APDU. */
struct profile_version {
        const char *name; /* for error texts */
        uint8_t apdu[5];
        bool (*logs_out)(const uint8_t *data, size_t len);
};

/* Another command than an empty VERIFY that tells how many tries are left: a case 2 APDU, and how to read it. */
struct profile_question {
        const char *name; /* for error texts */
        uint8_t apdu[5];
        /*
         * The data of the answer, of any length, to what was asked (PROFILE_UNBLOCK, PROFILE_UNBLOCK_CHECK: the
         * code that unblocks that of p2, else the code itself). SCARD_S_SUCCESS: verification is not required; W_CARD_NOT_AUTHENTICATED or
         * W_CHV_BLOCKED with *tries; E_INVALID_PARAMETER: there is no such code; F_COMM_ERROR: too short.
         */
        LONG (*read)(const uint8_t *data, size_t len, enum profile_op op, uint8_t p2, int *tries);
};

/* An object that says whether the host has to derive codes before it presents them: a case 2 APDU. */
struct profile_kdf {
        const char *name; /* for error texts */
        uint8_t apdu[5];
        enum kdf_code (*which)(uint8_t p2, enum profile_role role);
};

struct card_profile {
        const char *name;
        /* By the ATR alone; NULL: only by name. Sends nothing. */
        bool (*recognise)(const struct atr *atr);
        /* The application to SELECT before the first CHV command of an epoch; aid_len 0: none. */
        const uint8_t *aid;
        size_t aid_len;
        uint8_t select_p2; /* of that SELECT; 00: the first occurrence, FCI wanted */
        bool select_plain; /* without Le: there is nothing to answer, and T=0 would have to ask for it */
        bool aid_optional; /* a card without the application is such a card all the same */
        bool aid_tells;    /* a card on which it can be selected is such a card */
        bool owns_mf;      /* every file of the card is the application's: no path leads out of it */
        uint8_t cla;
        uint8_t usual_reference; /* the number, with neither GLOBAL nor LOCAL, of the code that users know */
        /*
         * P2 for a reference whose number and flags are in range. SCARD_E_INVALID_PARAMETER: the card has no
         * such reference for this command.
         */
        LONG (*reference)(const struct chv_reference *ref, enum profile_op op, uint8_t *p2);
        /* Never NULL. */
        const struct profile_code *(*format)(uint8_t p2, enum profile_role role);
        unsigned unblock;        /* PROFILE_UNBLOCK_ bits */
        bool enables;            /* ENABLE and DISABLE VERIFICATION REQUIREMENT exist */
        bool check_safe;         /* an empty VERIFY is a question and not a failed attempt */
        bool unblock_check_safe; /* the same for an empty RESET RETRY COUNTER */
        /* Asked in place of an empty command that is not safe or that a card refuses; NULL: there is none. */
        const struct profile_question *question;
        /* What a wrong code is answered with where that is not 63Cx; question then tells the tries. 0: none. */
        uint16_t wrong_sw;
        const struct profile_kdf *kdf; /* NULL: codes are presented as they are formatted */
        const struct profile_log_out *log_out;
        size_t log_out_count; /* 0: it has none */
        const struct profile_version
            *version;         /* asked before the first of them; NULL: every such card knows them */
        bool select_logs_out; /* selecting the application again ends every verified state */
        uint16_t list_object; /* P1 P2 of GET DATA for the identifiers in the current DF; 0: it has none */
};

extern const struct card_profile profile_iso; /* what every card is taken for that nothing else claims */
extern const struct card_profile profile_piv;
extern const struct card_profile profile_openpgp;
extern const struct card_profile profile_gids;
extern const struct card_profile profile_isoapplet;
extern const struct card_profile profile_myeid;
extern const struct card_profile profile_uicc;
extern const struct card_profile profile_gsm;

/* NULL: there is none of that name. Any case of letters. */
const struct card_profile *profile_by_name(const char *name);
/* The first profile that recognises the ATR, else iso; never NULL. atr may be anything. */
const struct card_profile *profile_by_atr(const uint8_t *atr, size_t atr_len);
/* The profile of that number, from 0, in the order of the table; NULL behind the last. */
const struct card_profile *profile_at(size_t index);
/* P2 as ISO/IEC 7816-4 table 102 has it: bit 8 for LOCAL; a bare number is the whole of P2. */
uint8_t profile_iso_p2(const struct chv_reference *ref);
/* The same for a card whose references all have bit 8: a bare number up to 31 gets it too. */
uint8_t profile_local_p2(const struct chv_reference *ref);
/* Whether the historical bytes name the application: aid as far as they go, at least its first 5 bytes. */
bool profile_atr_names(const struct atr *atr, const uint8_t *aid, size_t aid_len);

#endif
