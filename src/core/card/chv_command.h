/*
 * chv_command.h - the commands of card-holder verification as bytes: references and codes as the profile writes
 * them, its limits checked. Pure functions; what they write holds codes, and is the caller's to wipe.
 */
#ifndef ISCARD_CARD_CHV_COMMAND_H
#define ISCARD_CARD_CHV_COMMAND_H

#include <stddef.h>
#include <stdint.h>

#include "core/card/chv.h"
#include "core/card/kdf.h"
#include "core/card/profile.h"

#define CHV_HEADER_LEN 5 /* CLA INS P1 P2 Lc */

struct chv_command {
        uint8_t apdu[CHV_HEADER_LEN + CHV_CODE_MAX];
        size_t len;
};

/* A code as the caller gave it; NULL, 0: not given. */
struct chv_code {
        const uint8_t *bytes;
        size_t len;
        enum profile_role role;
};

struct chv_request {
        enum profile_op op;
        uint8_t p1;
        struct chv_code first, second;
};

const char *chv_command_name(enum profile_op op);
uint8_t chv_command_ins(enum profile_op op);

/*
 * Case 1 without codes, case 3 with them: no Le, there is nothing to answer but the status word.
 * SCARD_E_INVALID_PARAMETER: the card has no such reference; SCARD_E_INVALID_CHV: a code outside the limits.
 */
LONG chv_command_build(const struct card_profile *profile, const struct chv_reference *ref,
                       const struct chv_request *request, struct chv_command *command);
/*
 * A command that chv_command_build made, once more with the codes derived; kdf is active. What kdf_derive
 * returns; SCARD_E_INVALID_CHV: too long for a command.
 */
LONG chv_command_derive(const struct card_profile *profile, const struct kdf *kdf,
                        const struct chv_request *request, struct chv_command *command);

#endif
