/*
 * auth.h - authentication by challenge and response: the program to the card, the card to the program, both at
 * once; over winscard.h alone. Source: ISO/IEC 7816-4:2013 11.5.2 to 11.5.5, ISO/IEC 9798-2.
 */
#ifndef ISCARD_CARD_AUTH_H
#define ISCARD_CARD_AUTH_H

#include <stddef.h>
#include <stdint.h>

#include "core/card/card.h"
#include "core/card/cipher.h"

#define AUTH_DATA_MAX   255u /* bytes of a command's data */
#define AUTH_ANSWER_MAX 256u /* bytes of an answer */

/* Who authenticates with what. key NULL: the caller computes. Read only, not kept. */
struct auth_key {
        uint8_t p1, p2; /* algorithm and reference, as the card has them */
        enum cipher cipher;
        const uint8_t *key;
        size_t key_len;
};

/*
 * All below: each is one transaction; they block as SCardTransmit does, fill card->last, wipe what they
 * computed, and return SCARD_S_SUCCESS; SCARD_E_INVALID_PARAMETER (lengths that cannot be: nothing was sent);
 * what status_from_sw gives; what the cipher_ functions, SCardBeginTransaction and SCardTransmit return.
 */
/* GET CHALLENGE of wanted bytes, 1 to AUTH_ANSWER_MAX; room at out for so many. *got: what came, 0 on failure. */
LONG auth_challenge(struct card *card, uint8_t p1, uint8_t p2, uint8_t *out, size_t wanted, size_t *got);
/*
 * EXTERNAL AUTHENTICATE. Without a key: data goes as it is, 1 to AUTH_DATA_MAX bytes. With one: data is a
 * challenge that auth_challenge gave, in whole blocks, and goes enciphered (ECB); len 0: GET CHALLENGE of one
 * block comes first. SCARD_E_UNEXPECTED: the challenge is shorter than a block.
 */
LONG auth_external(struct card *card, const struct auth_key *key, const uint8_t *data, size_t len);
/*
 * INTERNAL AUTHENTICATE of a challenge, 1 to AUTH_DATA_MAX bytes; the answer to out, room AUTH_ANSWER_MAX. With a
 * key the answer has to be the enciphered challenge (ECB), else SCARD_W_CARD_NOT_AUTHENTICATED; len 0: a random
 * one of one block. *got: 0 on failure.
 */
LONG auth_internal(struct card *card, const struct auth_key *key, const uint8_t *challenge, size_t len,
                   uint8_t *out, size_t *got);
/*
 * MUTUAL AUTHENTICATE. Without a key: data goes as it is, up to wanted bytes of answer, 1 to AUTH_ANSWER_MAX, come to out. With
 * one, len is 0: GET CHALLENGE of one block RC; the command carries RH RC enciphered (CBC), RH random; the
 * answer has to be RC RH enciphered, else SCARD_W_CARD_NOT_AUTHENTICATED. *got: 0 on failure, and with a key.
 */
LONG auth_mutual(struct card *card, const struct auth_key *key, const uint8_t *data, size_t len,
                 size_t wanted, uint8_t *out, size_t *got);

#endif
