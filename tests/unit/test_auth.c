/* ISCardAuth on the virtual iso card, and over a winscard that the test plays. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <oleauto.h>
#define ISCARD_BOTH_FORMS
#include <scardcom_xp.h>

#include "com/bytebuffer.h"
#include "com/manage.h"
#include "core/card/cipher.h"
#include "core/status.h"
#include "tests/support/attached.h"
#include "tests/support/fake_winscard.h"
#include "tests/support/words.h"

int __wrap_madvise(void *at, size_t len, int advice);

/* tests/oom/oom.mk says why. */
int __wrap_madvise(void *at, size_t len, int advice)
{
        (void)at, (void)len, (void)advice;
        return 0;
}

#define P1_IMPLICIT 0x0000
#define DES_BY_P1   0x0003 /* the card's number of the algorithm is the cipher's */
#define DES         0x0300 /* P1 = 00, the cipher in the next byte */
#define AES128      0x0800
#define AES256      0x0C00

static const char key1[] = "01 404142434445464748494A4B4C4D4E4F";
static const char key2[] = "02 404142434445464748494A4B4C4D4E4F";
static const char key3[] = "03 000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F";
static const char wrong1[] = "01 404142434445464748494A4B4C4D4EFF";

static struct {
        struct attached at;
        ISCardAuth *auth;
        ISCardAuthXP *xp;
        uint8_t bytes[300];
} f;

static void begin(const char *reader)
{
        attached_begin(&f.at, reader);
        assert_int_equal(f.at.manage->lpVtbl->CreateCardAuth(f.at.manage, &f.auth), S_OK);
        assert_int_equal(f.auth->lpVtbl->QueryInterface(f.auth, &IID_ISCardAuthXP, (void **)&f.xp), S_OK);
}

static void end(void)
{
        assert_int_equal(f.xp->lpVtbl->Release(f.xp), 1);
        assert_int_equal(f.auth->lpVtbl->Release(f.auth), 0);
        attached_end(&f.at);
}

static int set_up(void **state)
{
        (void)state;
        begin("");
        return 0;
}

static int tear_down(void **state)
{
        (void)state;
        end();
        return 0;
}

static IByteBuffer *hex(const char *digits)
{
        uint8_t bytes[300];

        return buffer_of_bytes(bytes, bytes_of(digits, bytes, sizeof(bytes)));
}

static void release(IByteBuffer *buffer)
{
        if (buffer != NULL)
                assert_int_equal(buffer->lpVtbl->Release(buffer), 0);
}

/* NULL texts: NULL pointers. */
static HRESULT app_auth(LONG algorithm, const char *param, const char *data)
{
        IByteBuffer *p = param != NULL ? hex(param) : NULL, *d = data != NULL ? hex(data) : NULL;
        HRESULT hr = f.auth->lpVtbl->APP_Auth(f.auth, algorithm, p, d);

        release(p);
        release(d);
        return hr;
}

static HRESULT user_auth(LONG algorithm, const char *param, const char *data)
{
        IByteBuffer *p = param != NULL ? hex(param) : NULL, *d = data != NULL ? hex(data) : NULL;
        HRESULT hr = f.auth->lpVtbl->User_Auth(f.auth, algorithm, p, d);

        release(p);
        release(d);
        return hr;
}

/* The answer into f.bytes. */
static HRESULT icc_auth(LONG algorithm, const char *param, const char *challenge, size_t *got)
{
        IByteBuffer *p = param != NULL ? hex(param) : NULL, *d = challenge != NULL ? hex(challenge) : NULL;
        IByteBuffer *before = d;
        HRESULT hr = f.auth->lpVtbl->ICC_Auth(f.auth, algorithm, p, &d);

        *got = 0;
        release(p);
        if (before != NULL)
                assert_ptr_equal(d, before);
        if (FAILED(hr))
                release(d);
        else
                *got = taken_from(d, f.bytes, sizeof(f.bytes));
        return hr;
}

static HRESULT challenge(LONG len, size_t *got)
{
        IByteBuffer *buffer = NULL;
        HRESULT hr = f.auth->lpVtbl->GetChallenge(f.auth, 0, len, NULL, &buffer);

        *got = 0;
        if (FAILED(hr))
                assert_null(buffer);
        else
                *got = taken_from(buffer, f.bytes, sizeof(f.bytes));
        return hr;
}

/* EF 2F40 can be read after key 1, written after key 2. */
static HRESULT read_protected(void)
{
        ISCardFileAccess *files = NULL;
        IByteBuffer *buffer = NULL;
        BSTR name = SysAllocString(u"/2F40");
        HSCARD_FILE handle = 0;
        LONG wanted = 1;
        HRESULT hr;

        assert_int_equal(f.at.manage->lpVtbl->CreateFileAccess(f.at.manage, &files), S_OK);
        assert_int_equal(files->lpVtbl->Open(files, SC_TYPE_BY_ID, name, &handle), S_OK);
        hr = files->lpVtbl->Read(files, handle, &wanted, SC_FL_NO_FLAGS, &buffer);
        if (SUCCEEDED(hr))
                (void)taken_from(buffer, f.bytes, sizeof(f.bytes));
        assert_int_equal(files->lpVtbl->Release(files), 0);
        SysFreeString(name);
        return hr;
}

static void challenges_have_the_length_that_was_asked_for(void **state)
{
        uint8_t first[8];
        size_t got;

        (void)state;
        assert_int_equal(challenge(8, &got), S_OK);
        assert_int_equal(got, 8);
        memcpy(first, f.bytes, 8);
        assert_int_equal(challenge(8, &got), S_OK);
        assert_memory_not_equal(f.bytes, first, 8);
        assert_int_equal(challenge(256, &got), S_OK);
        assert_int_equal(got, 256);
        assert_int_equal(challenge(0, &got), E_INVALIDARG);
        assert_int_equal(challenge(257, &got), E_INVALIDARG);
        assert_int_equal(challenge(-1, &got), E_INVALIDARG);
}

static void a_challenge_goes_into_the_callers_buffer(void **state)
{
        IByteBuffer *buffer = buffer_of("old content, longer than eight"), *before = buffer;

        (void)state;
        assert_int_equal(f.auth->lpVtbl->GetChallenge(f.auth, 0, 8, NULL, &buffer), S_OK);
        assert_ptr_equal(buffer, before);
        assert_int_equal(taken_from(buffer, f.bytes, sizeof(f.bytes)), 8);
        buffer = buffer_of("kept");
        assert_int_equal(f.auth->lpVtbl->GetChallenge(f.auth, 1, 8, NULL, &buffer), E_INVALIDARG); /* 6A86 */
        assert_int_equal(taken_from(buffer, f.bytes, sizeof(f.bytes)), 4);
        assert_int_equal(f.auth->lpVtbl->GetChallenge(f.auth, 0, 8, NULL, NULL), E_POINTER);
}

static void an_answer_leaves_clones_of_the_buffer_alone(void **state)
{
        IByteBuffer *buffer = buffer_of("first"), *clone = NULL, *reference = hex("03"), *fresh = NULL;
        LONG position = 7;

        (void)state;
        assert_int_equal(buffer->lpVtbl->Clone(buffer, &clone), S_OK);
        assert_int_equal(f.auth->lpVtbl->GetChallenge(f.auth, 0, 16, NULL, &buffer), S_OK);
        assert_int_equal(f.auth->lpVtbl->ICC_Auth(f.auth, 0, reference, &buffer), S_OK);
        assert_int_equal(buffer->lpVtbl->Seek(buffer, 0, STREAM_SEEK_CUR, &position), S_OK);
        assert_int_equal(position, 0);
        assert_int_equal(taken_from(buffer, f.bytes, sizeof(f.bytes)), 16);
        assert_int_equal(taken_from(clone, f.bytes, sizeof(f.bytes)), 5);
        assert_memory_equal(f.bytes, "first", 5);
        /* One that was not initialised is, by that. */
        assert_int_equal(bytebuffer_create(&IID_IByteBuffer, (void **)&fresh), S_OK);
        assert_int_equal(f.auth->lpVtbl->GetChallenge(f.auth, 0, 8, NULL, &fresh), S_OK);
        assert_int_equal(taken_from(fresh, f.bytes, sizeof(f.bytes)), 8);
        release(reference);
}

static void the_program_authenticates_with_a_key(void **state)
{
        static const char *const readers[] = {"", "protocol=t0", "level=tpdu", "level=tpdu,protocol=t0"};

        (void)state;
        for (size_t i = 0; i < sizeof(readers) / sizeof(readers[0]); i++) {
                begin(readers[i]);
                assert_int_equal(read_protected(), SCARD_W_SECURITY_VIOLATION);
                assert_int_equal(app_auth(DES, key1, NULL), S_OK);
                assert_int_equal(read_protected(), S_OK);
                assert_int_equal(app_auth(DES_BY_P1, key1, ""), S_OK);
                assert_int_equal(app_auth(AES128, key2, NULL), S_OK);
                assert_int_equal(app_auth(AES256, key3, NULL), S_OK);
                assert_int_equal(user_auth(DES, key1, NULL), S_OK);
                assert_int_equal(user_auth(AES256, key3, NULL), S_OK);
                /* A wrong key: the status words of the table, and what was open is closed. */
                assert_int_equal(app_auth(DES, wrong1, NULL), SCARD_E_UNEXPECTED);
                assert_int_equal(read_protected(), SCARD_W_SECURITY_VIOLATION);
                assert_int_equal(user_auth(DES, wrong1, NULL), SCARD_E_UNEXPECTED);
                end();
        }
}

static void the_caller_may_compute(void **state)
{
        static const uint8_t key[] = {0x40, 0x41, 0x42, 0x43, 0x44, 0x45, 0x46, 0x47,
                                      0x48, 0x49, 0x4A, 0x4B, 0x4C, 0x4D, 0x4E, 0x4F};
        IByteBuffer *reference = hex("01"), *cryptogram;
        uint8_t token[16];
        size_t got;

        (void)state;
        assert_int_equal(challenge(8, &got), S_OK);
        assert_int_equal(cipher_encrypt(CIPHER_3DES, CIPHER_ECB, key, 16, f.bytes, token, 8),
                         SCARD_S_SUCCESS);
        cryptogram = buffer_of_bytes(token, 8);
        assert_int_equal(f.auth->lpVtbl->APP_Auth(f.auth, P1_IMPLICIT, reference, cryptogram), S_OK);
        assert_int_equal(read_protected(), S_OK);
        /* The challenge was good for one command. */
        assert_int_equal(f.auth->lpVtbl->APP_Auth(f.auth, P1_IMPLICIT, reference, cryptogram),
                         SCARD_E_NO_ACCESS);
        release(cryptogram);
        assert_int_equal(challenge(8, &got), S_OK);
        assert_int_equal(cipher_encrypt(CIPHER_3DES, CIPHER_ECB, key, 16, f.bytes, token, 8),
                         SCARD_S_SUCCESS);
        cryptogram = buffer_of_bytes(token, 8);
        assert_int_equal(f.auth->lpVtbl->User_Auth(f.auth, P1_IMPLICIT, reference, cryptogram), S_OK);
        release(cryptogram);
        /* With a key, the caller's challenge: it is the library that enciphers it. */
        assert_int_equal(challenge(8, &got), S_OK);
        cryptogram = buffer_of_bytes(f.bytes, 8);
        release(reference);
        reference = hex(key1);
        assert_int_equal(f.auth->lpVtbl->APP_Auth(f.auth, DES, reference, cryptogram), S_OK);
        release(cryptogram);
        release(reference);
}

static void the_card_authenticates_itself(void **state)
{
        uint8_t expected[16];
        size_t got;

        (void)state;
        /* 3DES with two keys, of zeros: the first three bytes are known as the check value of this key. */
        assert_int_equal(icc_auth(0, "01", "0000000000000000", &got), S_OK);
        assert_int_equal(got, 8);
        assert_int_equal(bytes_of("8BAF473F2F8FD094", expected, sizeof(expected)), 8);
        assert_memory_equal(f.bytes, expected, 8);
        /* FIPS 197 C.3 */
        assert_int_equal(icc_auth(0, "03", "00112233445566778899AABBCCDDEEFF", &got), S_OK);
        assert_int_equal(bytes_of("8EA2B7CA516745BFEAFC49904B496089", expected, sizeof(expected)), 16);
        assert_int_equal(got, 16);
        assert_memory_equal(f.bytes, expected, 16);
        assert_int_equal(icc_auth(AES256, key3, "00112233445566778899AABBCCDDEEFF", &got), S_OK);
        assert_memory_equal(f.bytes, expected, 16);
        assert_int_equal(icc_auth(DES, key1, NULL, &got), S_OK);
        assert_int_equal(got, 8);
        assert_int_equal(icc_auth(DES, wrong1, NULL, &got), SCARD_W_CARD_NOT_AUTHENTICATED);
        assert_int_equal(icc_auth(DES, wrong1, "0011223344556677", &got), SCARD_W_CARD_NOT_AUTHENTICATED);
        attached_error_begins(
            u"INTERNAL AUTHENTICATE: the card has not shown that it knows the key (SW 9000), reader");
        assert_int_equal(icc_auth(0, "01", NULL, &got), E_POINTER);
        assert_int_equal(icc_auth(0, "01", "", &got), E_INVALIDARG);
        assert_int_equal(icc_auth(DES, key1, "00112233", &got), E_INVALIDARG);
        assert_int_equal(icc_auth(0, "07", "0011223344556677", &got), SCARD_E_UNEXPECTED); /* 6A88 */
        assert_int_equal(f.auth->lpVtbl->ICC_Auth(f.auth, 0, NULL, NULL), E_POINTER);
}

static void parameters_that_cannot_be_are_refused(void **state)
{
        static const struct {
                LONG algorithm;
                const char *param;
        } rows[] = {
            {-1, "01"},
            {0x10000, "01"},
            {DES, "01"}, /* a cipher and no key */
            {0, key1},   /* a key, and P1 is no cipher */
            {0x0500, key1},
            {DES, key3},
            {AES128, key3},
            {DES, "01 40"},
            {AES256, "03 0001020304050607080910111213141516171819202122232425262728293031FFFF"},
        };

        (void)state;
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                size_t got;

                assert_int_equal(app_auth(rows[i].algorithm, rows[i].param, "00"), E_INVALIDARG);
                assert_int_equal(user_auth(rows[i].algorithm, rows[i].param, "00"), E_INVALIDARG);
                assert_int_equal(icc_auth(rows[i].algorithm, rows[i].param, "00", &got), E_INVALIDARG);
        }
        assert_int_equal(app_auth(0, "01", NULL), E_POINTER);
        assert_int_equal(app_auth(0, NULL, NULL), E_POINTER);
        assert_int_equal(app_auth(0, "01", ""), E_INVALIDARG);
        assert_int_equal(user_auth(0, "01", NULL), E_POINTER);
        assert_int_equal(user_auth(DES, key1, "0011223344556677"), E_INVALIDARG);
        assert_int_equal(app_auth(DES, key1, "001122334455667788"), E_INVALIDARG);
}

static void the_deployed_form_has_lengths(void **state)
{
        IByteBuffer *reference = hex("03"), *key = hex(key1), *buffer = NULL;
        LONG len = 8;
        uint8_t token[32] = {0};

        (void)state;
        assert_int_equal(f.xp->lpVtbl->GetChallenge(f.xp, 0, NULL, &len, &buffer), S_OK);
        assert_int_equal(len, 8);
        assert_int_equal(taken_from(buffer, f.bytes, sizeof(f.bytes)), 8);
        buffer = hex("00112233445566778899AABBCCDDEEFF FFFF");
        len = 16;
        assert_int_equal(f.xp->lpVtbl->ICC_Auth(f.xp, 0, reference, &len, &buffer), S_OK);
        assert_int_equal(len, 16);
        assert_int_equal(taken_from(buffer, f.bytes, sizeof(f.bytes)), 16);
        assert_memory_equal(f.bytes, "\x8E\xA2\xB7\xCA", 4);
        buffer = hex("00");
        len = 2;
        assert_int_equal(f.xp->lpVtbl->ICC_Auth(f.xp, 0, reference, &len, &buffer), E_INVALIDARG);
        assert_int_equal(len, 0);
        release(buffer);
        /* The caller's own mutual authentication: a wrong one here. */
        buffer = NULL;
        len = 16;
        assert_int_equal(f.xp->lpVtbl->GetChallenge(f.xp, 0, NULL, &len, &buffer), S_OK);
        release(buffer);
        buffer = buffer_of_bytes(token, 32);
        len = 32;
        assert_int_equal(f.xp->lpVtbl->User_Auth(f.xp, 0, reference, &len, &buffer), SCARD_E_UNEXPECTED);
        assert_int_equal(len, 0);
        release(buffer);
        buffer = NULL;
        len = 0;
        assert_int_equal(f.xp->lpVtbl->User_Auth(f.xp, DES, key, &len, &buffer), S_OK);
        assert_null(buffer);
        assert_int_equal(f.xp->lpVtbl->APP_Auth(f.xp, DES, key, NULL), S_OK);
        assert_int_equal(f.xp->lpVtbl->User_Auth(f.xp, DES, key, NULL, &buffer), E_POINTER);
        assert_int_equal(f.xp->lpVtbl->User_Auth(f.xp, DES, key, &len, NULL), E_POINTER);
        assert_int_equal(f.xp->lpVtbl->ICC_Auth(f.xp, 0, reference, NULL, &buffer), E_POINTER);
        assert_int_equal(f.xp->lpVtbl->GetChallenge(f.xp, 0, NULL, NULL, &buffer), E_POINTER);
        assert_int_equal(f.xp->lpVtbl->Initialize(f.xp, NULL), E_NOTIMPL);
        release(reference);
        release(key);
}

static void nothing_works_without_an_attachment(void **state)
{
        size_t got;

        (void)state;
        assert_int_equal(f.at.manage->lpVtbl->Detach(f.at.manage), S_OK);
        assert_int_equal(challenge(8, &got), SCARD_E_INVALID_HANDLE);
        assert_int_equal(app_auth(DES, key1, NULL), SCARD_E_INVALID_HANDLE);
        assert_int_equal(user_auth(DES, key1, NULL), SCARD_E_INVALID_HANDLE);
        assert_int_equal(icc_auth(DES, key1, NULL, &got), SCARD_E_INVALID_HANDLE);
        assert_int_equal(challenge(0, &got), E_INVALIDARG);
        assert_int_equal(attached_attach(&f.at), S_OK);
        assert_int_equal(app_auth(DES, key1, NULL), S_OK);
}

/* ---- what the card may say: over a winscard that the test plays */

static uint16_t last_sw;
static size_t answer_len;

static size_t answer(const uint8_t *command, size_t len, uint8_t *response, size_t room)
{
        size_t n = answer_len + 2 <= room ? answer_len : room - 2;

        (void)command, (void)len;
        memset(response, 0x5A, n);
        response[n] = (uint8_t)(last_sw >> 8);
        response[n + 1] = (uint8_t)last_sw;
        return n + 2;
}

static int set_up_fake(void **state)
{
        (void)state;
        fake_winscard_reset();
        fake.answer = answer;
        assert_int_equal(manage_create_on(&fake_api, &IID_ISCardManage, (void **)&f.at.manage), S_OK);
        assert_int_equal(f.at.manage->lpVtbl->AttachByHandle(f.at.manage, FAKE_CALLERS), S_OK);
        assert_int_equal(f.at.manage->lpVtbl->CreateCardAuth(f.at.manage, &f.auth), S_OK);
        return 0;
}

static int tear_down_fake(void **state)
{
        (void)state;
        assert_int_equal(f.auth->lpVtbl->Release(f.auth), 0);
        assert_int_equal(f.at.manage->lpVtbl->Release(f.at.manage), 0);
        assert_int_equal(fake.begins, fake.ends);
        return 0;
}

/* Of the words that no table names. */
#define STEP (WORDS_SLOW ? 13u : 1u)

static void every_status_word_has_its_code(void **state)
{
        (void)state;
        for (unsigned sw = 0; sw <= 0xFFFF; sw++) {
                if (sw % STEP != 0 && !words_in_tables(sw))
                        continue;
                int32_t table = status_from_sw((uint16_t)sw, false);
                HRESULT wanted = table == SCARD_E_INVALID_PARAMETER ? E_INVALIDARG : table;
                size_t got;

                last_sw = (uint16_t)sw;
                answer_len = 8;
                assert_int_equal(challenge(8, &got), wanted);
                assert_int_equal(icc_auth(0, "01", "0011223344556677", &got), wanted);
                answer_len = 0;
                assert_int_equal(app_auth(0, "01", "0011223344556677"), wanted);
                assert_int_equal(user_auth(0, "01", "0011223344556677"), wanted);
                /* With a key: the first command fails, or the challenge is too short. */
                assert_int_equal(app_auth(DES, key1, NULL), SUCCEEDED(wanted) ? SCARD_E_UNEXPECTED : wanted);
        }
}

static void an_answer_longer_than_le_is_no_answer(void **state)
{
        IByteBuffer *buffer = NULL;
        size_t got;

        (void)state;
        last_sw = 0x9000;
        answer_len = 9;
        assert_int_equal(challenge(8, &got), SCARD_F_COMM_ERROR);
        assert_int_equal(app_auth(0, "01", "00"), SCARD_F_COMM_ERROR);
        answer_len = 7;
        assert_int_equal(challenge(8, &got), S_OK);
        assert_int_equal(got, 7);
        answer_len = 0;
        assert_int_equal(f.auth->lpVtbl->GetChallenge(f.auth, 0, 8, NULL, &buffer), S_OK);
        assert_int_equal(taken_from(buffer, f.bytes, 10), 0);
}

/* An ATR that names nothing, and tells that applications are reached by name alone. */
static void the_application_is_looked_for_before_a_challenge(void **state)
{
        static const uint8_t atr[] = {0x3B, 0x05, 0x80, 0x73, 0x80, 0x01, 0x00};
        BSTR reader = SysAllocString(u"Reader");
        size_t got;

        (void)state;
        assert_int_equal(f.at.manage->lpVtbl->Detach(f.at.manage), S_OK);
        assert_int_equal(f.at.manage->lpVtbl->AttachByIFD(f.at.manage, reader), S_OK);
        SysFreeString(reader);
        fake.atr = atr;
        fake.atr_len = sizeof(atr);
        fake.counts_commands = true;
        fake.epoch = 5;
        last_sw = 0x9000;
        answer_len = 8;
        assert_int_equal(challenge(8, &got), S_OK);
        assert_int_equal(fake.apdus, 2);
        assert_memory_equal(fake.apdu[0].bytes, "\x00\xA4\x04\x00", 4);
        assert_memory_equal(fake.apdu[1].bytes, "\x00\x84\x00\x00\x08", 5);
}

static void commands_are_what_the_standard_says(void **state)
{
        static const uint8_t get_challenge[] = {0x00, 0x84, 0x00, 0x00, 0x08};
        size_t got;

        (void)state;
        last_sw = 0x9000;
        answer_len = 8;
        assert_int_equal(challenge(8, &got), S_OK);
        assert_memory_equal(fake.apdu[0].bytes, get_challenge, sizeof(get_challenge));
        fake.apdus = 0;
        assert_int_equal(icc_auth(0x21, "85", "AABB", &got), S_OK);
        assert_int_equal(fake.apdu[0].len, 8);
        assert_memory_equal(fake.apdu[0].bytes, "\x00\x88\x21\x85\x02\xAA\xBB\x00", 8);
        fake.apdus = 0;
        answer_len = 0;
        assert_int_equal(app_auth(0x21, "85", "AABB"), S_OK);
        assert_int_equal(fake.apdu[0].len, 7);
        assert_memory_equal(fake.apdu[0].bytes, "\x00\x82\x21\x85\x02\xAA\xBB", 7);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
#define FAKE(name) cmocka_unit_test_setup_teardown(name, set_up_fake, tear_down_fake)

int main(void)
{
        const struct CMUnitTest tests[] = {
            TEST(challenges_have_the_length_that_was_asked_for),
            TEST(a_challenge_goes_into_the_callers_buffer),
            TEST(an_answer_leaves_clones_of_the_buffer_alone),
            cmocka_unit_test(the_program_authenticates_with_a_key),
            TEST(the_caller_may_compute),
            TEST(the_card_authenticates_itself),
            TEST(parameters_that_cannot_be_are_refused),
            TEST(the_deployed_form_has_lengths),
            TEST(nothing_works_without_an_attachment),
            FAKE(every_status_word_has_its_code),
            FAKE(an_answer_longer_than_le_is_no_answer),
            FAKE(the_application_is_looked_for_before_a_challenge),
            FAKE(commands_are_what_the_standard_says),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
