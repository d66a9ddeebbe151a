/* auth.c - see auth.h */
#include <string.h>

#include <openssl/evp.h>

#include "core/wipe.h"
#include "sim/card.h"

#include "sim/auth.h"

#define TRIES 5

void sim_auth_deliver(struct sim_auth *auth, const struct sim_key *keys, unsigned count)
{
        auth->keys = keys;
        auth->key_count = count;
        memset(auth->tries, TRIES, sizeof auth->tries);
}

void sim_auth_forget(struct sim_auth *auth)
{
        wipe(auth->challenge, sizeof auth->challenge);
        auth->challenge_len = 0;
}

void sim_auth_reset(struct sim_auth *auth)
{
        auth->open = 0;
        sim_auth_forget(auth);
}

bool sim_auth_open(const struct sim_auth *auth, uint8_t who)
{
        for (unsigned n = 1; n <= SIM_KEYS_MAX; n++) {
                if (who == SIM_KEY(n))
                        return (auth->open >> (n - 1) & 1) != 0;
        }
        return false;
}

uint16_t sim_auth_challenge(struct sim_auth *auth, const struct sim_apdu *apdu, struct sim_answer *answer)
{
        const uint16_t sw = sim_card_challenge(apdu, answer);

        sim_auth_forget(auth);
        if (sw == SIM_SW_OK && answer->len <= sizeof auth->challenge) {
                memcpy(auth->challenge, answer->data, answer->len);
                auth->challenge_len = answer->len;
        }
        return sw;
}

static size_t block_of(const struct sim_key *key)
{
        return key->algorithm == 0x03 ? 8 : 16;
}

static const EVP_CIPHER *cipher_of(const struct sim_key *key, bool chained)
{
        switch (key->algorithm) {
        case 0x03:
                return chained ? EVP_des_ede3_cbc() : EVP_des_ede3_ecb();
        case 0x08:
                return chained ? EVP_aes_128_cbc() : EVP_aes_128_ecb();
        default:
                return chained ? EVP_aes_256_cbc() : EVP_aes_256_ecb();
        }
}

/* len: whole blocks. */
static bool encrypt(const struct sim_key *key, bool chained, const uint8_t *in, uint8_t *out, size_t len)
{
        static const uint8_t zeros[SIM_BLOCK_MAX];
        EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
        uint8_t value[32];
        int made = 0;
        bool done = false;

        memcpy(value, key->value, key->len);
        if (key->algorithm == 0x03 && key->len == 16) /* two keys, the first used again */
                memcpy(value + 16, key->value, 8);
        if (context != NULL)
                done = EVP_EncryptInit_ex(context, cipher_of(key, chained), NULL, value,
                                          chained ? zeros : NULL) == 1 &&
                       EVP_CIPHER_CTX_set_padding(context, 0) == 1 &&
                       EVP_EncryptUpdate(context, out, &made, in, (int)len) == 1 && made == (int)len;
        EVP_CIPHER_CTX_free(context);
        wipe(value, sizeof value);
        return done;
}

/* The key that P1 and P2 mean. */
static uint16_t find_key(const struct sim_auth *auth, const struct sim_apdu *apdu, const struct sim_key **key)
{
        for (unsigned i = 0; i < auth->key_count; i++) {
                if (auth->keys[i].reference != apdu->p2)
                        continue;
                *key = &auth->keys[i];
                return apdu->p1 == 0 || apdu->p1 == (*key)->algorithm ? SIM_SW_OK : SIM_SW_BAD_P1P2;
        }
        return SIM_SW_NO_REFERENCE;
}

/* One attempt; the counter goes down before the comparison, as on a card that may lose power in between. */
static uint16_t present(struct sim_auth *auth, const struct sim_key *key, const uint8_t *data, size_t len,
                        const uint8_t *expected)
{
        uint8_t *tries = &auth->tries[key->reference - 1];
        const uint8_t bit = (uint8_t)(1u << (key->reference - 1u));

        auth->open = (uint8_t)(auth->open & ~bit);
        --*tries;
        if (memcmp(data, expected, len) != 0)
                return *tries != 0 ? (uint16_t)(SIM_SW_WRONG_CODE | *tries) : SIM_SW_BLOCKED;
        *tries = TRIES;
        auth->open = (uint8_t)(auth->open | bit);
        return SIM_SW_OK;
}

/* E(RC) with the challenge RC. */
static uint16_t external(struct sim_auth *auth, const struct sim_key *key, const struct sim_apdu *apdu)
{
        uint8_t expected[SIM_CHALLENGE_MAX];

        if (!encrypt(key, false, auth->challenge, expected, block_of(key)))
                return SIM_SW_FAILED;
        return present(auth, key, apdu->data, apdu->data_len, expected);
}

/* E(RH RC) in, E(RC RH) out: ISO/IEC 9798-2 6.2.2. The first block of CBC is the second one's start. */
static uint16_t mutual(struct sim_auth *auth, const struct sim_key *key, const struct sim_apdu *apdu,
                       struct sim_answer *answer)
{
        const size_t block = block_of(key);
        const EVP_CIPHER *cipher = cipher_of(key, true);
        EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
        uint8_t plain[2 * SIM_BLOCK_MAX] = {0}, out[2 * SIM_BLOCK_MAX], value[32];
        static const uint8_t zeros[SIM_BLOCK_MAX];
        int made = 0;
        bool done = false;

        memcpy(value, key->value, key->len);
        if (key->algorithm == 0x03 && key->len == 16)
                memcpy(value + 16, key->value, 8);
        if (context != NULL)
                done = EVP_DecryptInit_ex(context, cipher, NULL, value, zeros) == 1 &&
                       EVP_CIPHER_CTX_set_padding(context, 0) == 1 &&
                       EVP_DecryptUpdate(context, plain, &made, apdu->data, (int)(2 * block)) == 1;
        EVP_CIPHER_CTX_free(context);
        wipe(value, sizeof value);
        if (!done)
                return SIM_SW_FAILED;
        const uint16_t sw = present(auth, key, plain + block, block, auth->challenge);
        if (sw != SIM_SW_OK)
                return sw;
        memcpy(plain + block, plain, block);
        memcpy(plain, auth->challenge, block);
        if (!encrypt(key, true, plain, out, 2 * block) || !sim_answer_put(answer, out, 2 * block))
                return SIM_SW_FAILED;
        return SIM_SW_OK;
}

uint16_t sim_auth_external(struct sim_auth *auth, const struct sim_apdu *apdu, struct sim_answer *answer)
{
        const struct sim_key *key = NULL;
        uint16_t sw = find_key(auth, apdu, &key);

        if (sw == SIM_SW_OK && auth->tries[key->reference - 1] == 0)
                sw = SIM_SW_BLOCKED;
        else if (sw == SIM_SW_OK && auth->challenge_len != block_of(key))
                sw = SIM_SW_CONDITIONS;
        else if (sw == SIM_SW_OK && apdu->data_len == block_of(key))
                sw = external(auth, key, apdu);
        else if (sw == SIM_SW_OK && apdu->data_len == 2 * block_of(key))
                sw = mutual(auth, key, apdu, answer);
        else if (sw == SIM_SW_OK)
                sw = SIM_SW_WRONG_LENGTH;
        sim_auth_forget(auth);
        return sw;
}

uint16_t sim_auth_internal(struct sim_auth *auth, const struct sim_apdu *apdu, struct sim_answer *answer)
{
        uint8_t out[256];
        const struct sim_key *key = NULL;
        const uint16_t sw = find_key(auth, apdu, &key);

        if (sw != SIM_SW_OK)
                return sw;
        if (apdu->data_len == 0 || apdu->data_len % block_of(key) != 0 || apdu->data_len > sizeof out)
                return SIM_SW_WRONG_LENGTH;
        if (!encrypt(key, false, apdu->data, out, apdu->data_len) ||
            !sim_answer_put(answer, out, apdu->data_len))
                return SIM_SW_FAILED;
        return SIM_SW_OK;
}
