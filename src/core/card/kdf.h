/*
 * kdf.h - the key derivation of OpenPGP cards: a card may want its codes hashed by the host, so that it never
 * sees what the card holder types. A code that is presented as it was typed is a wrong one there. Pure
 * functions; every byte of the object is taken for hostile. Source: OpenPGP card 3.4, 4.3.2 (data object F9);
 * RFC 4880 3.7.1.3.
 */
#ifndef ISCARD_CARD_KDF_H
#define ISCARD_CARD_KDF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "winscard.h"

#define KDF_SALT_LEN    8u
#define KDF_DERIVED_MAX 64u /* bytes of a derived code: those of SHA-512 */

enum kdf_code { KDF_PW1, KDF_RESETTING_CODE, KDF_PW3, KDF_CODES };

/* Holds no secret. */
struct kdf {
        bool active;    /* false: codes are presented as they are typed */
        bool sha512;    /* else SHA-256 */
        uint32_t count; /* bytes to hash */
        uint8_t salt[KDF_CODES][KDF_SALT_LEN];
};

/*
 * The value of data object F9, of any length; nothing there: not active. SCARD_E_UNSUPPORTED_FEATURE: an
 * algorithm, a hash or an amount of work that is not known here, or bytes that cannot be read: then no code
 * may be presented. *kdf is zeroed after a failure.
 */
LONG kdf_parse(struct kdf *kdf, const uint8_t *object, size_t len);
/*
 * A code of 1 to 255 bytes, derived as an active kdf says. *out_len: 32 or 64. SCARD_E_NO_MEMORY. out is wiped
 * after a failure.
 */
LONG kdf_derive(const struct kdf *kdf, enum kdf_code which, const uint8_t *code, size_t code_len,
                uint8_t out[KDF_DERIVED_MAX], size_t *out_len);

#endif
