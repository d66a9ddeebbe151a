/* kdf.c - see kdf.h */
#include <string.h>

#include <openssl/err.h>
#include <openssl/evp.h>

#include "core/wipe.h"

#include "core/card/tlv.h"

#include "core/card/kdf.h"

/* The most that the one byte of an OpenPGP key's count can say (RFC 4880 3.7.1.3): a fraction of a second. */
#define COUNT_MAX 65011712u
#define RUN_MAX   2048u /* bytes that are hashed at once */
#define CODE_MAX  255u

enum {
        TAG_OBJECT = 0xF9, /* the template itself, should a card return it whole */
        TAG_ALGORITHM = 0x81,
        TAG_HASH = 0x82,
        TAG_COUNT = 0x83,
        TAG_SALT = 0x84, /* of PW1; 85: resetting code, 86: PW3 */
};

enum { ALGORITHM_NONE = 0x00, ALGORITHM_ITERATED_SALTED = 0x03 };
enum { HASH_SHA256 = 0x08, HASH_SHA512 = 0x0A };

/* Without one of its own a code is derived with the salt of PW1. */
static bool find_salts(struct kdf *kdf, const uint8_t *object, size_t len)
{
        for (unsigned i = 0; i < KDF_CODES; i++) {
                struct tlv salt;

                if (tlv_find(object, len, TAG_SALT + i, &salt)) {
                        if (salt.len != KDF_SALT_LEN)
                                return false;
                        memcpy(kdf->salt[i], salt.value, KDF_SALT_LEN);
                } else if (i == KDF_PW1) {
                        return false;
                } else {
                        memcpy(kdf->salt[i], kdf->salt[KDF_PW1], KDF_SALT_LEN);
                }
        }
        return true;
}

static bool find_number(const uint8_t *object, size_t len, uint32_t tag, uint32_t *number)
{
        struct tlv tlv;

        *number = 0;
        return tlv_find(object, len, tag, &tlv) && tlv_number(&tlv, number);
}

static bool parse(struct kdf *kdf, const uint8_t *object, size_t len)
{
        uint32_t algorithm, hash;

        if (!find_number(object, len, TAG_ALGORITHM, &algorithm))
                return false;
        if (algorithm == ALGORITHM_NONE)
                return true;
        if (algorithm != ALGORITHM_ITERATED_SALTED || !find_number(object, len, TAG_HASH, &hash) ||
            (hash != HASH_SHA256 && hash != HASH_SHA512) ||
            !find_number(object, len, TAG_COUNT, &kdf->count) || kdf->count > COUNT_MAX)
                return false;
        kdf->sha512 = hash == HASH_SHA512;
        kdf->active = true;
        return find_salts(kdf, object, len);
}

LONG kdf_parse(struct kdf *kdf, const uint8_t *object, size_t len)
{
        const uint8_t *at = object;
        struct tlv whole;

        memset(kdf, 0, sizeof(*kdf));
        if (len == 0 || tlv_next(&at, object + len, &whole) == TLV_END)
                return SCARD_S_SUCCESS;
        if (whole.tag == TAG_OBJECT) {
                object = whole.value;
                len = whole.len;
        }
        if (parse(kdf, object, len))
                return SCARD_S_SUCCESS;
        memset(kdf, 0, sizeof(*kdf));
        return SCARD_E_UNSUPPORTED_FEATURE;
}

/* Salt and code, again and again; returns the bytes of a whole number of both. */
static size_t fill_run(uint8_t run[RUN_MAX], const uint8_t salt[KDF_SALT_LEN], const uint8_t *code,
                       size_t code_len)
{
        size_t unit = KDF_SALT_LEN + code_len, len = unit;

        memcpy(run, salt, KDF_SALT_LEN);
        memcpy(run + KDF_SALT_LEN, code, code_len);
        for (; len + unit <= RUN_MAX; len += unit)
                memcpy(run + len, run, unit);
        return len;
}

static LONG hash_run(EVP_MD_CTX *context, const EVP_MD *hash, const uint8_t *run, size_t run_len,
                     uint64_t count, uint8_t *out)
{
        unsigned made = 0;

        /* Both hashes are in every libcrypto, so what fails is memory for their state. */
        if (EVP_DigestInit_ex(context, hash, NULL) != 1)
                return SCARD_E_NO_MEMORY;
        while (count > 0) {
                size_t some = count < run_len ? (size_t)count : run_len;

                if (EVP_DigestUpdate(context, run, some) != 1)
                        return SCARD_F_INTERNAL_ERROR;
                count -= some;
        }
        if (EVP_DigestFinal_ex(context, out, &made) != 1)
                return SCARD_F_INTERNAL_ERROR;
        return SCARD_S_SUCCESS;
}

LONG kdf_derive(const struct kdf *kdf, enum kdf_code which, const uint8_t *code, size_t code_len,
                uint8_t out[KDF_DERIVED_MAX], size_t *out_len)
{
        uint8_t run[RUN_MAX];
        uint64_t count = kdf->count;
        EVP_MD_CTX *context;
        LONG status = SCARD_E_NO_MEMORY;

        *out_len = 0;
        if (code_len == 0 || code_len > CODE_MAX)
                return SCARD_E_INVALID_PARAMETER;
        (void)ERR_set_mark();
        context = EVP_MD_CTX_new();
        if (context != NULL) {
                size_t run_len = fill_run(run, kdf->salt[which], code, code_len);

                /* However small the count: salt and code once. RFC 4880 3.7.1.3 */
                if (count < KDF_SALT_LEN + code_len)
                        count = KDF_SALT_LEN + code_len;
                status =
                    hash_run(context, kdf->sha512 ? EVP_sha512() : EVP_sha256(), run, run_len, count, out);
                wipe(run, sizeof(run));
        }
        /* The program may use libcrypto, too: as cipher.c. */
        (void)ERR_pop_to_mark();
        EVP_MD_CTX_free(context);
        if (status == SCARD_S_SUCCESS)
                *out_len = kdf->sha512 ? 64 : 32;
        else
                wipe(out, KDF_DERIVED_MAX);
        return status;
}
