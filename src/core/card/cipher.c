/* cipher.c - see cipher.h */
#include <string.h>
#include <sys/random.h>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include "core/wipe.h"

#include "core/card/cipher.h"

#define CIPHER_LEN_MAX 4096u /* far over what a command carries */

static const struct row {
        enum cipher cipher;
        size_t key_len, block;
        const EVP_CIPHER *(*ecb)(void);
        const EVP_CIPHER *(*cbc)(void);
} rows[] = {
    {CIPHER_3DES, 16, 8, EVP_des_ede3_ecb, EVP_des_ede3_cbc}, /* two keys, the first used again */
    {CIPHER_3DES, 24, 8, EVP_des_ede3_ecb, EVP_des_ede3_cbc},
    {CIPHER_AES128, 16, 16, EVP_aes_128_ecb, EVP_aes_128_cbc},
    {CIPHER_AES192, 24, 16, EVP_aes_192_ecb, EVP_aes_192_cbc},
    {CIPHER_AES256, 32, 16, EVP_aes_256_ecb, EVP_aes_256_cbc},
};
#define ROW_COUNT (sizeof(rows) / sizeof(rows[0]))

static const struct row *find(unsigned cipher, size_t key_len)
{
        for (size_t i = 0; i < ROW_COUNT; i++)
                if ((unsigned)rows[i].cipher == cipher && rows[i].key_len == key_len)
                        return &rows[i];
        return NULL;
}

bool cipher_known(unsigned cipher, size_t key_len)
{
        return find(cipher, key_len) != NULL;
}

size_t cipher_block(enum cipher cipher)
{
        for (size_t i = 0; i < ROW_COUNT; i++)
                if (rows[i].cipher == cipher)
                        return rows[i].block;
        return 0;
}

/* The key as libcrypto wants it, at most CIPHER_KEY_MAX bytes. */
static void whole_key(const struct row *row, const uint8_t *key, uint8_t out[CIPHER_KEY_MAX])
{
        memcpy(out, key, row->key_len);
        if (row->cipher == CIPHER_3DES && row->key_len == 16)
                memcpy(out + 16, key, 8);
}

/* The cipher is there and has no memory for its state, or is not there: a build of libcrypto may leave it out. */
static LONG init_failure(void)
{
        const int reason = ERR_GET_REASON(ERR_peek_last_error());

        return reason == EVP_R_INITIALIZATION_ERROR || reason == ERR_R_MALLOC_FAILURE
                   ? SCARD_E_NO_MEMORY
                   : SCARD_E_UNSUPPORTED_FEATURE;
}

static LONG run(EVP_CIPHER_CTX *context, const struct row *row, enum cipher_mode mode, const uint8_t *key,
                const uint8_t *in, uint8_t *out, size_t len)
{
        static const uint8_t zeros[CIPHER_BLOCK_MAX];
        const EVP_CIPHER *cipher = mode == CIPHER_CBC ? row->cbc() : row->ecb();
        const uint8_t *start = mode == CIPHER_CBC ? zeros : NULL;
        int made = 0;

        if (EVP_EncryptInit_ex(context, cipher, NULL, key, start) != 1)
                return init_failure();
        if (EVP_CIPHER_CTX_set_padding(context, 0) != 1 ||
            EVP_EncryptUpdate(context, out, &made, in, (int)len) != 1 || made != (int)len)
                return SCARD_F_INTERNAL_ERROR;
        return SCARD_S_SUCCESS;
}

LONG cipher_encrypt(enum cipher cipher, enum cipher_mode mode, const uint8_t *key, size_t key_len,
                    const uint8_t *in, uint8_t *out, size_t len)
{
        const struct row *row = find(cipher, key_len);
        uint8_t whole[CIPHER_KEY_MAX];
        EVP_CIPHER_CTX *context;
        LONG status = SCARD_E_NO_MEMORY;

        if (row == NULL || len == 0 || len % row->block != 0 || len > CIPHER_LEN_MAX)
                return SCARD_E_INVALID_PARAMETER;
        whole_key(row, key, whole);
        (void)ERR_set_mark();
        context = EVP_CIPHER_CTX_new();
        if (context != NULL)
                status = run(context, row, mode, whole, in, out, len);
        /* The program may use libcrypto, too, and takes what is in its thread's queue for a failure of its own. */
        (void)ERR_pop_to_mark();
        EVP_CIPHER_CTX_free(context); /* wipes what it made of the key */
        wipe(whole, sizeof(whole));
        if (status != SCARD_S_SUCCESS)
                wipe(out, len);
        return status;
}

bool cipher_random(uint8_t *out, size_t len)
{
        return len <= 256 && getrandom(out, len, 0) == (ssize_t)len;
}

bool cipher_equal(const uint8_t *a, const uint8_t *b, size_t len)
{
        return CRYPTO_memcmp(a, b, len) == 0;
}
