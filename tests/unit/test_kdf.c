/* core/card/kdf.c: data object F9 of OpenPGP cards taken apart, and the codes that follow from it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/err.h>

#include <cmocka.h>

#include "core/card/kdf.h"

#define SALTS                                                                                                \
        "84081122334455667788"                                                                               \
        "850899AABBCCDDEEFF00"                                                                               \
        "86080F1E2D3C4B5A6978"
#define SHA256                                                                                               \
        "810103"                                                                                             \
        "820108"                                                                                             \
        "8304000186A0" SALTS
#define SHA512                                                                                               \
        "810103"                                                                                             \
        "82010A"                                                                                             \
        "8304000186A0" SALTS

static size_t unhex(const char *hex, uint8_t *out)
{
        size_t len = 0;
        unsigned byte;

        for (; sscanf(hex, "%2x", &byte) == 1; hex += 2)
                out[len++] = (uint8_t)byte;
        return len;
}

static LONG parse(struct kdf *kdf, const char *hex)
{
        uint8_t object[300];
        size_t len = unhex(hex, object);

        memset(kdf, 0xEE, sizeof(*kdf));
        return kdf_parse(kdf, object, len);
}

static void assert_derived(const char *object, enum kdf_code which, const char *code, const char *hex)
{
        uint8_t want[KDF_DERIVED_MAX], out[KDF_DERIVED_MAX];
        size_t want_len = unhex(hex, want), len;
        struct kdf kdf;

        assert_int_equal(parse(&kdf, object), SCARD_S_SUCCESS);
        assert_true(kdf.active);
        assert_int_equal(kdf_derive(&kdf, which, (const uint8_t *)code, strlen(code), out, &len),
                         SCARD_S_SUCCESS);
        assert_int_equal(len, want_len);
        assert_memory_equal(out, want, len);
}

/* The example that the tests of openpgpcard-x25519-agent publish: the count is less than salt and code. */
static void salt_and_code_are_hashed_once_at_the_least(void **state)
{
        (void)state;
        assert_derived("810103820108830400000001"
                       "84087465737473616C74",
                       KDF_PW1, "foo", "22519901F545BE8C8E52F0F80BEDFF2C5BABAA63564B1DF34FC376F897011F2B");
}

/* Computed apart from the library, by Python's hashlib over RFC 4880 3.7.1.3. */
static void each_code_has_its_salt_and_each_hash_its_length(void **state)
{
        (void)state;
        assert_derived(SHA256, KDF_PW1, "123456",
                       "3954A403F61BAC1E239A33E9F6D12E5776F3DAB8103F898184A89E6E96776549");
        assert_derived(SHA256, KDF_RESETTING_CODE, "87654321",
                       "8B8E1281FE717CC67F693582FC7367F9BAD44CD9BA16350A290AD9CFDE3D2CD6");
        assert_derived(SHA256, KDF_PW3, "12345678",
                       "A96FBE877AD0BA445962D9E651B768FE764CF342C9CA4B28B8C2DF4C2DB1BB50");
        assert_derived(SHA512, KDF_PW1, "123456",
                       "500A60970C560ECEDAD4CED5180E6F54BF6E4867AC4C076E783510890B09CBB4"
                       "54712F6FFF352C4FC31E29550A48960883D2E5F7EAC79F645CB3E0DE6A90B089");
}

static void the_greatest_count_is_hashed_whole(void **state)
{
        (void)state;
        assert_derived("810103"
                       "820108"
                       "830403E00000" SALTS,
                       KDF_PW1, "123456", "60D16DADB69ED1753D166C943904CF99E0C550F252DA5BD900700ED08A3EFB2F");
}

static void a_salt_that_is_missing_is_that_of_pw1(void **state)
{
        struct kdf kdf;

        (void)state;
        assert_int_equal(parse(&kdf, "810103"
                                     "820108"
                                     "8304000186A0"
                                     "84081122334455667788"),
                         SCARD_S_SUCCESS);
        assert_memory_equal(kdf.salt[KDF_PW3], kdf.salt[KDF_PW1], KDF_SALT_LEN);
        assert_memory_equal(kdf.salt[KDF_RESETTING_CODE], kdf.salt[KDF_PW1], KDF_SALT_LEN);
        assert_int_equal(kdf.salt[KDF_PW1][0], 0x11);
}

static void nothing_or_none_is_not_active(void **state)
{
        static const char *const objects[] = {"", "810100", "F903810100", "00000000",
                                              "8101008201088304000186A0"};
        struct kdf kdf;

        (void)state;
        for (size_t i = 0; i < sizeof(objects) / sizeof(objects[0]); i++) {
                assert_int_equal(parse(&kdf, objects[i]), SCARD_S_SUCCESS);
                assert_false(kdf.active);
        }
        assert_int_equal(parse(&kdf, "F916"
                                     "810103"
                                     "820108"
                                     "8304000186A0"
                                     "84081122334455667788"),
                         SCARD_S_SUCCESS);
        assert_true(kdf.active);
}

/* A code that went out as it was typed would be a wrong one: what is not understood is refused. */
static void what_is_not_understood_is_refused(void **state)
{
        static const char *const objects[] = {
            "810101"
            "820108"
            "8304000186A0" SALTS, /* an algorithm */
            "81020003"
            "820108"
            "8304000186A0", /* no salt */
            "810103"
            "820102"
            "8304000186A0" SALTS, /* SHA-1 */
            "810103"
            "8304000186A0" SALTS, /* no hash */
            "810103"
            "820108" SALTS, /* no count */
            "810103"
            "820108"
            "830403E00001" SALTS, /* too much work */
            "810103"
            "820108"
            "8304FFFFFFFF" SALTS,
            "810103"
            "820108"
            "8304000186A0"
            "840711223344556677",
            "810103"
            "820108"
            "8304000186A0"
            "84081122334455667788"
            "8501AA",
            "8101",
            "81",
            "8100",
            "820108",
            "6F0000",
            "1F",
        };
        struct kdf kdf;
        static const struct kdf none;

        (void)state;
        for (size_t i = 0; i < sizeof(objects) / sizeof(objects[0]); i++) {
                assert_int_equal(parse(&kdf, objects[i]), SCARD_E_UNSUPPORTED_FEATURE);
                assert_memory_equal(&kdf, &none, sizeof(kdf));
        }
}

static void every_cut_of_an_object_is_refused(void **state)
{
        uint8_t object[300];
        size_t len = unhex(SHA256, object);
        struct kdf kdf;

        (void)state;
        for (size_t cut = 1; cut < len; cut++) {
                LONG status = kdf_parse(&kdf, object, cut);

                /* Behind the first salt whole objects may be missing. */
                if (cut == 22 || cut == 32)
                        assert_int_equal(status, SCARD_S_SUCCESS);
                else
                        assert_true(status == SCARD_E_UNSUPPORTED_FEATURE || cut > 22);
                assert_true(status == SCARD_S_SUCCESS || !kdf.active);
        }
}

static void a_code_that_cannot_be_is_refused(void **state)
{
        uint8_t out[KDF_DERIVED_MAX], code[256] = {0};
        struct kdf kdf;
        size_t len = 7;

        (void)state;
        assert_int_equal(parse(&kdf, SHA256), SCARD_S_SUCCESS);
        assert_int_equal(kdf_derive(&kdf, KDF_PW1, code, 0, out, &len), SCARD_E_INVALID_PARAMETER);
        assert_int_equal(len, 0);
        assert_int_equal(kdf_derive(&kdf, KDF_PW1, code, 256, out, &len), SCARD_E_INVALID_PARAMETER);
        assert_int_equal(kdf_derive(&kdf, KDF_PW1, code, 255, out, &len), SCARD_S_SUCCESS);
        assert_int_equal(len, 32);
}

/* ---- libcrypto without memory */

static unsigned long allocations, failing;

static bool fails(void)
{
        return ++allocations == failing;
}

static void *take(size_t size, const char *file, int line)
{
        (void)file, (void)line;
        return fails() ? NULL : malloc(size);
}

static void *retake(void *old, size_t size, const char *file, int line)
{
        (void)file, (void)line;
        return fails() ? NULL : realloc(old, size);
}

static void give(void *old, const char *file, int line)
{
        (void)file, (void)line;
        free(old);
}

static void every_allocation_that_fails_is_told(void **state)
{
        static const uint8_t zeros[KDF_DERIVED_MAX];
        uint8_t out[KDF_DERIVED_MAX];
        unsigned long at = 0;
        struct kdf kdf;
        size_t len;
        LONG status;

        (void)state;
        assert_int_equal(parse(&kdf, SHA512), SCARD_S_SUCCESS);
        ERR_clear_error();
        do {
                allocations = 0;
                failing = ++at;
                memset(out, 0xEE, sizeof(out));
                status = kdf_derive(&kdf, KDF_PW1, (const uint8_t *)"123456", 6, out, &len);
                failing = 0;
                assert_int_equal(ERR_peek_error(), 0);
                if (status == SCARD_S_SUCCESS)
                        continue;
                assert_int_equal(status, SCARD_E_NO_MEMORY);
                assert_int_equal(len, 0);
                assert_memory_equal(out, zeros, sizeof(out));
        } while (allocations >= at);
        assert_true(at > 2);
        assert_int_equal(status, SCARD_S_SUCCESS);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(salt_and_code_are_hashed_once_at_the_least),
            cmocka_unit_test(each_code_has_its_salt_and_each_hash_its_length),
            cmocka_unit_test(the_greatest_count_is_hashed_whole),
            cmocka_unit_test(a_salt_that_is_missing_is_that_of_pw1),
            cmocka_unit_test(nothing_or_none_is_not_active),
            cmocka_unit_test(what_is_not_understood_is_refused),
            cmocka_unit_test(every_cut_of_an_object_is_refused),
            cmocka_unit_test(a_code_that_cannot_be_is_refused),
            cmocka_unit_test(every_allocation_that_fails_is_told),
        };

        /* Before libcrypto allocates anything. */
        if (CRYPTO_set_mem_functions(take, retake, give) != 1)
                return 1;
        return cmocka_run_group_tests(tests, NULL, NULL);
}
