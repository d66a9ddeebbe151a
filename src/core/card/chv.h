/*
 * chv.h - card-holder verification: verify, change, unblock, ask for tries, end the verified state; over
 * winscard.h alone.
 */
#ifndef ISCARD_CARD_CHV_H
#define ISCARD_CARD_CHV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/card/kdf.h"
#include "core/card/winscard_api.h"

#define CHV_CODE_MAX 255 /* bytes of one code; longer ones are refused with SCARD_E_INVALID_PARAMETER */

struct card_profile; /* profile.h */

/* What is known of the last card command, for error texts. Never holds a code. */
struct card_last {
        const char *command; /* "VERIFY", "RESET RETRY COUNTER"...; NULL: none was sent */
        uint16_t sw;         /* 0: no answer came */
        int tries;           /* tries left; -1: not known */
        LONG status;
};

/*
 * A card as the card services see it. The owner (an attachment) zeroes it, calls card_open after each connect
 * or attach and card_changed after each reconnect. One thread at a time. Invariant: handle is live or 0.
 */
struct card {
        const struct winscard_api *api;
        SCARDHANDLE handle;
        const struct card_profile *profile; /* chosen; NULL: at the next use */
        const struct card_profile *forced;  /* by name; NULL: by ISCARD_PROFILE, else by the ATR */
        bool own;         /* set by the owner: it connected by itself, nobody else sends on this handle */
        DWORD epoch;      /* in which what follows was learnt; 0: not known */
        bool named;       /* the profile was asked for by name */
        DWORD sent_epoch; /* in which the last command was sent; 0: none was */
        const struct card_profile *found; /* the profile of what could be selected (find.h)... */
        DWORD found_epoch;                /* ...in this epoch; 0: it was not tried */
        bool selected;                    /* the profile's application was selected... */
        bool left;                        /* ...and a file outside it was reached since... */
        DWORD commands;                   /* ...when so many commands had been sent to the card */
        uint32_t sent;                    /* commands that this struct has sent, whoever asked for them... */
        uint32_t selects;                 /* ...of which so many may have changed what is selected */
        DWORD protocol;                   /* SCARD_PROTOCOL_ in use; 0: not asked yet */
        struct kdf kdf;                   /* how the selected application wants its codes... */
        bool kdf_known;                   /* ...once it was asked... */
        uint32_t kdf_selects;             /* ...and as long as selects is still this */
        struct card_last last;
};

void card_open(struct card *card, const struct winscard_api *api, SCARDHANDLE handle);
/* The card was reset, swapped or re-attached: forget the profile that was detected and what was selected. */
void card_changed(struct card *card);
/* "piv": true and forced set. Unknown name: false, nothing changed. NULL: back to detection. */
bool card_force_profile(struct card *card, const char *name);

/* Which reference data. Both flags at once are refused by the functions below with SCARD_E_INVALID_PARAMETER.
 */
struct chv_reference {
        bool global, local;
        LONG number; /* 0 to 31; up to 255 (a whole P2) where neither flag is set. Else
                        SCARD_E_INVALID_PARAMETER */
};

/*
 * All below: they block for as long as SCardTransmit does, fill card->last, and return
 *   SCARD_S_SUCCESS; SCARD_E_INVALID_PARAMETER (a reference or code that cannot be; nothing was sent; or the
 * card does not know the reference); SCARD_E_INVALID_CHV (length or format, refused by the profile before
 * anything was sent or by the card); what status_from_chv_sw gives; SCARD_E_UNSUPPORTED_FEATURE; what
 * SCardTransmit and SCardGetAttrib return. Codes are bytes as the card holder types them; the profile pads
 * and formats. Read only, not kept, wiped from every internal buffer before the return. Source: ISO/IEC
 * 7816-4 11.5.
 */
/* VERIFY. An empty code is SCARD_E_INVALID_PARAMETER: it would be a question. */
LONG chv_verify(struct card *card, const struct chv_reference *ref, const uint8_t *code, size_t code_len);
/* An empty VERIFY: asks without using a try. SUCCESS: verified or not required; W_CARD_NOT_AUTHENTICATED with
 * card->last.tries. */
LONG chv_check(struct card *card, const struct chv_reference *ref);
/* The same of the code that unblocks the reference, where the card tells: W_CARD_NOT_AUTHENTICATED with
 * card->last.tries, W_CHV_BLOCKED. */
LONG chv_unblock_check(struct card *card, const struct chv_reference *ref);
/* CHANGE REFERENCE DATA. Both codes have to be there (ISO P1 = 01 with an empty old code is not offered
 * here). */
LONG chv_change(struct card *card, const struct chv_reference *ref, const uint8_t *old_code, size_t old_len,
                const uint8_t *new_code, size_t new_len);
/* ENABLE (true) or DISABLE VERIFICATION REQUIREMENT with the code. */
LONG chv_enable(struct card *card, const struct chv_reference *ref, bool enable, const uint8_t *code,
                size_t code_len);
/* RESET RETRY COUNTER. NULL, 0: not given: P1 = 03 none, 00 both, 01 reset code alone, 02 new code alone. */
LONG chv_unblock(struct card *card, const struct chv_reference *ref, const uint8_t *reset_code,
                 size_t reset_len, const uint8_t *new_code, size_t new_len);
/*
 * The same commands with codes that the card holder enters on the reader's own keys; they never reach the
 * host. Blocks until the entry has ended. Besides what is above: SCARD_E_TIMEOUT, SCARD_W_CANCELLED_BY_USER,
 * SCARD_E_INVALID_CHV (the new codes differ, or the length is outside the limits);
 * SCARD_E_UNSUPPORTED_FEATURE: the reader has no such PIN pad, ISCARD_PINPAD=0, or its structures cannot say
 * how the profile writes codes.
 */
LONG chv_verify_pinpad(struct card *card, const struct chv_reference *ref);
LONG chv_change_pinpad(struct card *card, const struct chv_reference *ref);
LONG chv_enable_pinpad(struct card *card, const struct chv_reference *ref, bool enable);
/* P1 = 00: the reset code and the new code. */
LONG chv_unblock_pinpad(struct card *card, const struct chv_reference *ref);
/* Whether there is a PIN pad for one code, or for two (change, unblock); SCARD_E_UNSUPPORTED_FEATURE: none.
 * Sends nothing. */
LONG chv_pinpad(struct card *card, bool two_codes);
/*
 * Ends every verified state by the profile's log-out command where it has one. SCARD_E_UNSUPPORTED_FEATURE:
 * it has none (nothing was sent) or the card refused it; the caller resets the card.
 */
LONG chv_log_out(struct card *card);

#endif
