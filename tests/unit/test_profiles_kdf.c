/*
 * An OpenPGP card that wants its codes derived by the host (data object F9): presented as it was typed, every code
 * would cost a try.
 */
#include "tests/support/recorded_card.h"

#define PW1       "3954A403F61BAC1E239A33E9F6D12E5776F3DAB8103F898184A89E6E96776549" /* "123456" */
#define PW1_NEW   "0382191579D06397A6D6904E18BBEC729FD2B634CECC5CAD5331A9ABD8A8D282" /* "654321" */
#define PW1_WRONG "3CFFE81B82544231066F17FFDE4C3A134F53A2761AF4199CEEF29FE8DFC40CB4" /* "000000" */
#define RESETTING "8B8E1281FE717CC67F693582FC7367F9BAD44CD9BA16350A290AD9CFDE3D2CD6" /* "87654321" */
#define PW3       "A96FBE877AD0BA445962D9E651B768FE764CF342C9CA4B28B8C2DF4C2DB1BB50" /* "12345678" */
#define PW1_512                                                                                              \
        "500A60970C560ECEDAD4CED5180E6F54BF6E4867AC4C076E783510890B09CBB4"                                   \
        "54712F6FFF352C4FC31E29550A48960883D2E5F7EAC79F645CB3E0DE6A90B089"
#define PW3_512                                                                                              \
        "E3D7D21961EAE8C5CE4010EB77EDB8691BF63CE5AC9D1A8FB5D54069A14826090603B6BE9FE56FC43C5A1930B2C448E3"   \
        "B032E0AB71BA87E25E7DF43CEE74E184"
#define SALTS "84081122334455667788 850899AABBCCDDEEFF00 86080F1E2D3C4B5A6978"

/* By whoever hands the card out: 100,000 bytes of SHA-256. */
static void hand_out(const char *reader)
{
        recorded_insert("openpgp", reader);
        assert_int_equal(recorded_raw(PGP_SELECT), 0x9000);
        assert_int_equal(recorded_raw("00200083 08 3132333435363738"), 0x9000);
        assert_int_equal(recorded_raw("00DA00F9 6E 810103 820108 8304000186A0" SALTS "8720" PW1 "8820" PW3),
                         0x9000);
        assert_int_equal(recorded_raw("00200083 20" PW3), 0x9000);
        assert_int_equal(recorded_raw("00DA00D3 20" RESETTING), 0x9000);
        recorded_reset();
}

static void codes_are_derived_before_they_are_presented(void **state)
{
        (void)state;
        for (size_t r = 0; r < recorded_reader_count; r++) {
                hand_out(recorded_readers[r]);
                assert_status(recorded_verify(0x82, "123456"), SCARD_S_SUCCESS);
                assert_sent(0, PGP_SELECT);
                assert_sent(1, PGP_KDF);
                assert_sent(2, "00200082 20" PW1);
                assert_int_equal(recorded_count, 3);
                /* What was learnt holds as long as the application stays selected. */
                assert_status(recorded_verify(0x83, "12345678"), SCARD_S_SUCCESS);
                assert_sent(0, "00200083 20" PW3);
                assert_int_equal(recorded_count, 1);
                assert_status(recorded_verify(0x81, "000000"), SCARD_W_WRONG_CHV);
                assert_sent(0, "00200081 20" PW1_WRONG);
                assert_int_equal(recorded_card.last.tries, 2);
                assert_status(recorded_change(0x81, "123456", "654321"), SCARD_S_SUCCESS);
                assert_sent(0, "00240081 40" PW1 PW1_NEW);
                assert_status(recorded_unblock(0x81, "87654321", "123456"), SCARD_S_SUCCESS);
                assert_sent(0, "002C0081 40" RESETTING PW1);
                assert_status(recorded_unblock(0x81, NULL, "654321"), SCARD_S_SUCCESS);
                assert_sent(0, "002C0281 20" PW1_NEW);
                recorded_pull();
        }
}

static void it_is_learnt_again_with_every_selection(void **state)
{
        (void)state;
        recorded_insert("openpgp", "");
        assert_status(recorded_verify(0x81, "123456"), SCARD_S_SUCCESS);
        assert_sent(2, "00200081 06 313233343536");
        assert_int_equal(recorded_raw("00200083 08 3132333435363738"), 0x9000);
        assert_int_equal(recorded_raw("00DA00F9 6E 810103 820108 8304000186A0" SALTS "8720" PW1 "8820" PW3),
                         0x9000);
        assert_status(recorded_verify(0x81, "123456"), SCARD_S_SUCCESS);
        assert_sent(1, PGP_KDF);
        assert_sent(2, "00200081 20" PW1);
        assert_int_equal(recorded_raw("00200083 20" PW3), 0x9000);
        assert_int_equal(recorded_raw("00DA00F9 03 810100"), 0x9000);
        assert_status(recorded_verify(0x81, "123456"), SCARD_S_SUCCESS);
        assert_sent(2, "00200081 06 313233343536");
}

static void the_longer_hash_fits_into_a_short_command(void **state)
{
        (void)state;
        recorded_insert("openpgp", ",level=tpdu,protocol=t0");
        assert_int_equal(recorded_raw(PGP_SELECT), 0x9000);
        assert_int_equal(recorded_raw("00200083 08 3132333435363738"), 0x9000);
        assert_int_equal(
            recorded_raw("00DA00F9 AE 810103 82010A 8304000186A0" SALTS "8740" PW1_512 "8840" PW3_512),
            0x9000);
        recorded_reset();
        assert_status(recorded_verify(0x81, "123456"), SCARD_S_SUCCESS);
        assert_sent(2, "00200081 40" PW1_512);
        assert_status(recorded_change(0x83, "12345678", "12345678"), SCARD_S_SUCCESS);
        assert_sent(0, "00240083 80" PW3_512 PW3_512);
}

static void limits_are_those_of_what_is_typed(void **state)
{
        (void)state;
        hand_out("");
        assert_status(recorded_verify(0x81, "12345"), SCARD_E_INVALID_CHV);
        assert_int_equal(recorded_count, 0);
        assert_status(recorded_verify(0x83, "1234567"), SCARD_E_INVALID_CHV);
        assert_int_equal(recorded_count, 0);
}

/* No try is lost to a derivation that is not known here. */
static void a_card_that_wants_something_else_is_shown_no_code(void **state)
{
        (void)state;
        recorded_insert("openpgp", "");
        assert_int_equal(recorded_raw(PGP_SELECT), 0x9000);
        assert_int_equal(recorded_raw("00200083 08 3132333435363738"), 0x9000);
        assert_int_equal(recorded_raw("00DA00F9 06 810107 820108"), 0x9000);
        recorded_reset();
        assert_status(recorded_verify(0x81, "123456"), SCARD_E_UNSUPPORTED_FEATURE);
        assert_sent(1, PGP_KDF);
        assert_string_equal(recorded_card.last.command, "GET DATA (KDF-DO)");
        assert_int_equal(recorded_count, 2);
        assert_status(recorded_change(0x83, "12345678", "87654321"), SCARD_E_UNSUPPORTED_FEATURE);
        assert_status(recorded_unblock(0x81, "12345678", "654321"), SCARD_E_UNSUPPORTED_FEATURE);
        /* A question shows none. */
        assert_status(recorded_check(0x81), SCARD_W_CARD_NOT_AUTHENTICATED);
        assert_int_equal(recorded_card.last.tries, 3);
}

static void a_card_without_the_object_takes_codes_as_typed(void **state)
{
        static const uint16_t answers[] = {0x6A88, 0x6B00, 0x6A86, 0x6D00, 0x6982, 0x9000};

        (void)state;
        for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
                recorded_insert("openpgp", "");
                recorded_intercept(PGP_KDF, answers[i]);
                assert_status(recorded_verify(0x81, "123456"), SCARD_S_SUCCESS);
                assert_sent(2, "00200081 06 313233343536");
                recorded_pull();
        }
}

/* Whether it has one is not known then, and a guess would cost a try. */
static void no_code_is_shown_where_the_object_could_not_be_read(void **state)
{
        static const uint16_t answers[] = {0x6C10, 0x6282, 0x6281, 0x6400, 0x6581};

        (void)state;
        for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
                hand_out("");
                recorded_intercept(PGP_KDF, answers[i]);
                assert_status(recorded_verify(0x81, "123456"), SCARD_E_UNEXPECTED);
                recorded_intercept(NULL, 0);
                assert_status(recorded_verify(0x81, "123456"), SCARD_S_SUCCESS);
                recorded_pull();
        }
}

/* A reader presents what was typed on its keys. */
static void the_readers_keys_will_not_do(void **state)
{
        (void)state;
        hand_out(",pinpad=1,pin=123456,newpin=654321");
        assert_status(chv_verify_pinpad(&recorded_card, recorded_number(0x81)), SCARD_E_UNSUPPORTED_FEATURE);
        assert_status(chv_change_pinpad(&recorded_card, recorded_number(0x81)), SCARD_E_UNSUPPORTED_FEATURE);
        assert_status(recorded_check(0x81), SCARD_W_CARD_NOT_AUTHENTICATED);
        assert_int_equal(recorded_card.last.tries, 3);
        assert_status(recorded_verify(0x81, "123456"), SCARD_S_SUCCESS);
}

#define TEST(name) cmocka_unit_test_teardown(name, recorded_tear_down)

int main(void)
{
        const struct CMUnitTest tests[] = {
            TEST(codes_are_derived_before_they_are_presented),
            TEST(it_is_learnt_again_with_every_selection),
            TEST(the_longer_hash_fits_into_a_short_command),
            TEST(limits_are_those_of_what_is_typed),
            TEST(a_card_that_wants_something_else_is_shown_no_code),
            TEST(a_card_without_the_object_takes_codes_as_typed),
            TEST(no_code_is_shown_where_the_object_could_not_be_read),
            TEST(the_readers_keys_will_not_do),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
