/* src/core/card/cipher.c: block ciphers against published vectors, and libcrypto left as it was. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/err.h>
#include <openssl/evp.h>

#include "core/card/cipher.h"
#include "tests/support/attached.h"

static const struct {
        enum cipher cipher;
        enum cipher_mode mode;
        const char *key, *in, *out;
} vectors[] = {
    /* FIPS 197 C.1 to C.3 */
    {CIPHER_AES128, CIPHER_ECB, "000102030405060708090A0B0C0D0E0F", "00112233445566778899AABBCCDDEEFF",
     "69C4E0D86A7B0430D8CDB78070B4C55A"},
    {CIPHER_AES192, CIPHER_ECB, "000102030405060708090A0B0C0D0E0F1011121314151617",
     "00112233445566778899AABBCCDDEEFF", "DDA97CA4864CDFE06EAF70A0EC0D7191"},
    {CIPHER_AES256, CIPHER_ECB, "000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F",
     "00112233445566778899AABBCCDDEEFF", "8EA2B7CA516745BFEAFC49904B496089"},
    /* SP 800-67 B.1: three keys, ECB */
    {CIPHER_3DES, CIPHER_ECB, "0123456789ABCDEF23456789ABCDEF01456789ABCDEF0123", "5468652071756663",
     "A826FD8CE53B855F"},
    /* The first block of zeros in CBC from zeros is as in ECB, the second one is enciphered again. */
    {CIPHER_AES128, CIPHER_CBC, "00000000000000000000000000000000",
     "00000000000000000000000000000000 00000000000000000000000000000000",
     "66E94BD4EF8A2C3B884CFA59CA342B2E F795BD4A52E29ED713D313FA20E98DBC"},
};

static void ciphers_do_as_they_are_published(void **state)
{
        (void)state;
        for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
                uint8_t key[32], in[32], right[32], out[32];
                size_t key_len = bytes_of(vectors[i].key, key, sizeof(key));
                size_t len = bytes_of(vectors[i].in, in, sizeof(in));

                assert_true(cipher_known((unsigned)vectors[i].cipher, key_len));
                assert_int_equal(
                    cipher_encrypt(vectors[i].cipher, vectors[i].mode, key, key_len, in, out, len),
                    SCARD_S_SUCCESS);
                assert_int_equal(bytes_of(vectors[i].out, right, sizeof(right)), len);
                assert_memory_equal(out, right, len);
                /* In place, too. */
                assert_int_equal(
                    cipher_encrypt(vectors[i].cipher, vectors[i].mode, key, key_len, in, in, len),
                    SCARD_S_SUCCESS);
                assert_memory_equal(in, right, len);
        }
}

static void two_keys_are_three_with_the_first_again(void **state)
{
        uint8_t key[24], in[8] = {1}, two[8], three[8];

        (void)state;
        assert_int_equal(bytes_of("000102030405060708090A0B0C0D0E0F0001020304050607", key, sizeof(key)), 24);
        assert_int_equal(cipher_encrypt(CIPHER_3DES, CIPHER_ECB, key, 16, in, two, 8), SCARD_S_SUCCESS);
        assert_int_equal(cipher_encrypt(CIPHER_3DES, CIPHER_ECB, key, 24, in, three, 8), SCARD_S_SUCCESS);
        assert_memory_equal(two, three, 8);
}

static void lengths_that_cannot_be_are_refused(void **state)
{
        uint8_t key[32] = {0}, bytes[64] = {0};

        (void)state;
        assert_int_equal(cipher_encrypt(CIPHER_AES128, CIPHER_ECB, key, 16, bytes, bytes, 0),
                         SCARD_E_INVALID_PARAMETER);
        assert_int_equal(cipher_encrypt(CIPHER_AES128, CIPHER_ECB, key, 16, bytes, bytes, 17),
                         SCARD_E_INVALID_PARAMETER);
        assert_int_equal(cipher_encrypt(CIPHER_AES128, CIPHER_ECB, key, 24, bytes, bytes, 16),
                         SCARD_E_INVALID_PARAMETER);
        assert_int_equal(cipher_encrypt(CIPHER_NONE, CIPHER_ECB, key, 16, bytes, bytes, 16),
                         SCARD_E_INVALID_PARAMETER);
}

/* A libcrypto that has no such cipher, as where only approved providers are loaded. */
static void a_failure_leaves_nothing_in_the_programs_error_queue(void **state)
{
        static const uint8_t zeros[16];
        uint8_t key[32] = {0}, out[16];

        (void)state;
        ERR_clear_error();
        assert_int_equal(EVP_set_default_properties(NULL, "provider=none"), 1);
        memset(out, 0x5A, sizeof(out));
        assert_int_equal(cipher_encrypt(CIPHER_AES128, CIPHER_ECB, key, 16, key, out, 16),
                         SCARD_E_UNSUPPORTED_FEATURE);
        assert_memory_equal(out, zeros, 16);
        assert_int_equal(ERR_peek_error(), 0);
        /* What the program left there is its own. */
        ERR_raise(ERR_LIB_USER, 1);
        assert_int_equal(cipher_encrypt(CIPHER_AES128, CIPHER_ECB, key, 16, key, out, 16),
                         SCARD_E_UNSUPPORTED_FEATURE);
        assert_int_equal(ERR_GET_LIB(ERR_get_error()), ERR_LIB_USER);
        assert_int_equal(ERR_get_error(), 0);
        assert_int_equal(EVP_set_default_properties(NULL, ""), 1);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(ciphers_do_as_they_are_published),
            cmocka_unit_test(two_keys_are_three_with_the_first_again),
            cmocka_unit_test(lengths_that_cannot_be_are_refused),
            cmocka_unit_test(a_failure_leaves_nothing_in_the_programs_error_queue),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
