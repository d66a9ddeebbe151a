/*
 * cipher.h - the block ciphers of challenge and response, by OpenSSL's libcrypto. kdf.c and the virtual card
 * include it too, and nothing else.
 */
#ifndef ISCARD_CARD_CIPHER_H
#define ISCARD_CARD_CIPHER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "winscard.h"

#define CIPHER_BLOCK_MAX 16u
#define CIPHER_KEY_MAX   32u

/* Algorithm identifiers of NIST SP 800-78-4 table 6-2. */
enum cipher {
        CIPHER_NONE = 0x00,
        CIPHER_3DES = 0x03, /* keys of 16 or 24 bytes */
        CIPHER_AES128 = 0x08,
        CIPHER_AES192 = 0x0A,
        CIPHER_AES256 = 0x0C,
};

enum cipher_mode { CIPHER_ECB, CIPHER_CBC }; /* CBC starts from zeros */

/* Whether there is such a cipher, with keys of that length. */
bool cipher_known(unsigned cipher, size_t key_len);
size_t cipher_block(enum cipher cipher); /* bytes; 0: CIPHER_NONE */

/*
 * len bytes, whole blocks, from in to out, which may be the same; key of a length that the cipher knows.
 * SCARD_E_INVALID_PARAMETER: len is no number of blocks, or 0; SCARD_E_NO_MEMORY; SCARD_E_UNSUPPORTED_FEATURE:
 * libcrypto does not offer the cipher here. out is wiped after a failure.
 */
LONG cipher_encrypt(enum cipher cipher, enum cipher_mode mode, const uint8_t *key, size_t key_len,
                    const uint8_t *in, uint8_t *out, size_t len);
/* Random bytes that are fit for a challenge; false: there are none. */
bool cipher_random(uint8_t *out, size_t len);
/* In a time that does not tell where they differ. */
bool cipher_equal(const uint8_t *a, const uint8_t *b, size_t len);

#endif
