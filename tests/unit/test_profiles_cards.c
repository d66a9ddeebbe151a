/*
 * What only one card profile has: forms of unblocking, counters of unblocking codes, cards that answer otherwise; and
 * the PIN pad. Against the virtual cards, as test_profiles_apdu.c.
 */
#include "tests/support/recorded_card.h"

/* ---- what only one of them has */

static void openpgp_administrator_sets_a_new_code_without_the_old_one(void **state)
{
        (void)state;
        recorded_insert("openpgp", "");
        assert_status(recorded_unblock(0x81, NULL, "654321"), SCARD_W_SECURITY_VIOLATION);
        assert_sent(2, "002C0281 06 363534333231");
        assert_int_equal(recorded_count, 3);
        assert_status(recorded_verify(0x83, "12345678"), SCARD_S_SUCCESS);
        assert_sent(0, "00200083 08 3132333435363738");
        assert_status(recorded_unblock(0x82, NULL, "654321"), SCARD_S_SUCCESS);
        assert_sent(0, "002C0281 06 363534333231");
        assert_status(recorded_verify(0x82, "654321"), SCARD_S_SUCCESS);
        assert_status(recorded_change(0x83, "12345678", "administrator"), SCARD_S_SUCCESS);
        assert_sent(0, "00240083 15 3132333435363738 61646D696E6973747261746F72");
        assert_status(recorded_unblock(0x83, "12345678", "12345678"), SCARD_E_INVALID_PARAMETER);
        assert_int_equal(recorded_count, 0);
        /* Forms that this card has not. */
        assert_status(recorded_unblock(0x81, "12345678", NULL), SCARD_E_UNSUPPORTED_FEATURE);
        assert_status(recorded_unblock(0x81, NULL, NULL), SCARD_E_UNSUPPORTED_FEATURE);
        assert_status(recorded_enable(0x81, true, "654321"), SCARD_E_UNSUPPORTED_FEATURE);
        assert_int_equal(recorded_count, 0);
}

static void openpgp_without_a_resetting_code_is_blocked(void **state)
{
        (void)state;
        recorded_insert("openpgp", "");
        assert_status(recorded_unblock_check(0x81), SCARD_W_CHV_BLOCKED);
        assert_sent(1, PGP_STATUS);
        assert_int_equal(recorded_count, 2);
        assert_status(recorded_unblock(0x81, "12345678", "123456"), SCARD_W_CHV_BLOCKED);
}

static void openpgp_token_that_refuses_the_question_is_asked_for_its_status(void **state)
{
        (void)state;
        recorded_insert("openpgp", "");
        recorded_intercept("00200083", 0x6A80);
        assert_status(recorded_check(0x83), SCARD_W_CARD_NOT_AUTHENTICATED);
        assert_sent(1, "00200083");
        assert_sent(2, PGP_STATUS);
        assert_int_equal(recorded_card.last.tries, 3);
        assert_string_equal(recorded_card.last.command, "GET DATA");
        /* A card that does not tell them either: the code was wrong all the same. */
        recorded_intercept(PGP_STATUS, 0x6A88);
        assert_status(recorded_verify(0x83, "87654321"), SCARD_W_WRONG_CHV);
        assert_int_equal(recorded_card.last.tries, -1);
        assert_int_equal(recorded_card.last.sw, 0x6982);
        assert_string_equal(recorded_card.last.command, "VERIFY");
        /* An answer that is too short is none. */
        recorded_intercept(PGP_STATUS, 0x9000);
        assert_status(recorded_unblock_check(0x81), SCARD_F_COMM_ERROR);
}

static void openpgp_of_an_older_version_is_left_to_a_reset(void **state)
{
        (void)state;
        recorded_insert("openpgp", "");
        assert_status(recorded_verify(0x81, "123456"), SCARD_S_SUCCESS);
        recorded_intercept("0020FF81", 0x6B00);
        assert_status(recorded_log_out(), SCARD_E_UNSUPPORTED_FEATURE);
        assert_sent(0, PGP_VERSION);
        assert_int_equal(recorded_count, 2);
}

/* Some take an empty VERIFY for an attempt: none is sent to a card that does not say that it is new enough. */
static void openpgp_that_does_not_tell_its_version_is_sent_no_log_out(void **state)
{
        (void)state;
        recorded_insert("openpgp", "");
        assert_status(recorded_verify(0x81, "123456"), SCARD_S_SUCCESS);
        recorded_intercept(PGP_VERSION, 0x9000);
        assert_status(recorded_log_out(), SCARD_E_UNSUPPORTED_FEATURE);
        assert_sent(0, PGP_VERSION);
        assert_int_equal(recorded_count, 1);
}

static void openpgp_logs_out_from_version_3_1_on(void **state)
{
        static const uint8_t v21[] = {0xD2, 0x76, 0, 1, 0x24, 1, 2, 1, 0, 5},
                             v31[] = {0xD2, 0x76, 0, 1, 0x24, 1, 3, 1, 0, 5};
        static const uint8_t v20[] = {0xD2, 0x76, 0, 1, 0x24, 1, 2, 0, 0, 5},
                             v30[] = {0xD2, 0x76, 0, 1, 0x24, 1, 3, 0, 0, 5};

        (void)state;
        assert_true(profile_openpgp.version->logs_out(v31, sizeof(v31)));
        assert_false(profile_openpgp.version->logs_out(v20, sizeof(v20)));
        assert_false(profile_openpgp.version->logs_out(v21, sizeof(v21)));
        assert_false(profile_openpgp.version->logs_out(v30, sizeof(v30)));
        assert_false(profile_openpgp.version->logs_out(v31, 7));
}

/* Up to SP 800-73-3 and in old tokens P1 may go unread: then a log-out is a question, and nothing is logged out. */
static void a_log_out_that_the_card_takes_for_a_question_is_left_to_a_reset(void **state)
{
        static const struct {
                const char *card, *log_out, *confirmed;
                LONG ref;
                size_t count;
        } cases[] = {
            {"piv", "0020FF80", "00200080", 0x80, 2},
            {"openpgp", "0020FF81", "00200081", 0x81, 3},
            {"openpgp", "0020FF82", "00200082", 0x82, 5},
        };

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                recorded_insert(cases[i].card, "");
                assert_status(recorded_verify(cases[i].ref, "123456"), SCARD_S_SUCCESS);
                recorded_intercept(cases[i].log_out, 0x9000);
                assert_status(recorded_log_out(), SCARD_E_UNSUPPORTED_FEATURE);
                assert_sent(cases[i].count - 2, cases[i].log_out);
                assert_sent(cases[i].count - 1, cases[i].confirmed);
                assert_int_equal(recorded_count, cases[i].count);
                assert_status(recorded_check(cases[i].ref), SCARD_S_SUCCESS);
                recorded_pull();
        }
}

static void gsm_unblock_counter_and_requirement(void **state)
{
        (void)state;
        recorded_insert("gsm", ",protocol=t0");
        assert_status(recorded_unblock(1, "00000000", "1234"), SCARD_W_WRONG_CHV);
        assert_status(recorded_unblock_check(1), SCARD_W_CARD_NOT_AUTHENTICATED);
        assert_sent(0, "A0F20000 16");
        assert_int_equal(recorded_count, 1);
        assert_int_equal(recorded_card.last.tries, 9);
        assert_status(recorded_unblock_check(2), SCARD_W_CARD_NOT_AUTHENTICATED);
        assert_int_equal(recorded_card.last.tries, 10);
        assert_status(recorded_enable(1, false, "1234"), SCARD_S_SUCCESS);
        assert_sent(0, "A0260001 08 31323334FFFFFFFF");
        assert_status(recorded_check(1), SCARD_S_SUCCESS);
        assert_status(recorded_verify(1, "1234"), SCARD_W_SECURITY_VIOLATION);
        assert_int_equal(recorded_card.last.sw, 0x9808);
        assert_status(recorded_enable(1, true, "1234"), SCARD_S_SUCCESS);
        assert_sent(0, "A0280001 08 31323334FFFFFFFF");
        assert_status(recorded_enable(2, true, "5678"), SCARD_E_INVALID_PARAMETER);
        assert_int_equal(recorded_count, 0);
        assert_status(recorded_unblock(1, NULL, NULL), SCARD_E_UNSUPPORTED_FEATURE);
        assert_int_equal(recorded_count, 0);
}

static void gsm_answers_select_with_9fxx(void **state)
{
        (void)state;
        recorded_insert("gsm", ",level=tpdu,protocol=t0");
        assert_int_equal(recorded_raw("A0A40000023F00"), 0x9F16);
        assert_int_equal(recorded_raw("A0C0000016"), 0x9000);
        assert_int_equal(recorded_raw("A0A40000026F07"), 0x9404);
        assert_int_equal(recorded_raw("00A40000023F00"), 0x6E00);
}

static void uicc_empty_unblock_asks_for_the_tries(void **state)
{
        (void)state;
        recorded_insert("uicc", "");
        assert_status(recorded_unblock_check(1), SCARD_W_CARD_NOT_AUTHENTICATED);
        assert_sent(0, USIM_SELECT);
        assert_sent(1, "002C0001");
        assert_int_equal(recorded_card.last.tries, 10);
        assert_status(recorded_unblock(1, "00000000", "1234"), SCARD_W_WRONG_CHV);
        assert_status(recorded_unblock_check(1), SCARD_W_CARD_NOT_AUTHENTICATED);
        assert_int_equal(recorded_card.last.tries, 9);
        for (int i = 9; i > 1; i--)
                assert_status(recorded_unblock(1, "00000000", "1234"), SCARD_W_WRONG_CHV);
        assert_status(recorded_unblock(1, "00000000", "1234"), SCARD_W_CHV_BLOCKED);
        assert_status(recorded_unblock_check(1), SCARD_W_CHV_BLOCKED);
        /* The PIN itself never was. */
        assert_status(recorded_enable(1, false, "1234"), SCARD_S_SUCCESS);
        assert_sent(0, "00260001 08 31323334FFFFFFFF");
        assert_status(recorded_enable(1, true, "1234"), SCARD_S_SUCCESS);
        assert_sent(0, "00280001 08 31323334FFFFFFFF");
}

static void uicc_without_a_usim_has_its_pin_all_the_same(void **state)
{
        (void)state;
        recorded_insert("uicc", "");
        recorded_intercept(USIM_SELECT, 0x6A82);
        assert_status(recorded_verify(1, "1234"), SCARD_S_SUCCESS);
        assert_int_equal(recorded_count, 2);
        assert_status(recorded_verify(1, "1234"), SCARD_S_SUCCESS);
        assert_int_equal(recorded_count, 1);
        assert_status(recorded_verify(0x81, "5678"), SCARD_E_INVALID_PARAMETER);
        assert_int_equal(recorded_card.last.sw, 0x6A88);
        recorded_intercept(USIM_SELECT, 0x6F00);
        recorded_reset();
        assert_status(recorded_verify(1, "1234"), SCARD_E_UNEXPECTED);
        assert_int_equal(recorded_count, 1);
}

static void gids_puk_and_administrator(void **state)
{
        (void)state;
        recorded_insert("gids", "");
        assert_status(recorded_change(0x81, "12345678", "87654321"), SCARD_S_SUCCESS);
        assert_sent(1, "00240081 10 3132333435363738 3837363534333231");
        assert_status(recorded_unblock(0x80, "87654321", "123456"), SCARD_S_SUCCESS);
        assert_status(recorded_unblock(0x80, NULL, "123456"), SCARD_W_SECURITY_VIOLATION);
        assert_sent(0, "002C0280 06 313233343536");
        assert_status(recorded_unblock(0x81, "87654321", "123456"), SCARD_E_INVALID_PARAMETER);
        assert_int_equal(recorded_count, 0);
}

static void myeid_officer_has_a_reference_of_his_own(void **state)
{
        (void)state;
        recorded_insert("myeid", "");
        assert_status(recorded_verify(3, "12345678"), SCARD_S_SUCCESS);
        assert_sent(1, "00200003 08 3132333435363738");
        assert_status(recorded_check(3), SCARD_S_SUCCESS);
        assert_status(recorded_check(1), SCARD_W_CARD_NOT_AUTHENTICATED);
        assert_status(recorded_log_out(), SCARD_S_SUCCESS);
        assert_string_equal(recorded_card.last.command, "DEAUTHENTICATE");
        assert_status(recorded_check(3), SCARD_W_CARD_NOT_AUTHENTICATED);
        assert_status(recorded_verify(2, "12345678"), SCARD_E_INVALID_PARAMETER);
        assert_int_equal(recorded_card.last.sw, 0x6A88);
}

static void isoapplet_has_no_code_until_one_is_set(void **state)
{
        (void)state;
        recorded_insert("isoapplet", "");
        assert_status(recorded_check(1), SCARD_S_SUCCESS);
        assert_status(recorded_unblock(1, "1234567812345678", "1234"), SCARD_E_UNEXPECTED);
        assert_int_equal(recorded_card.last.sw, 0x6986);
        assert_int_equal(recorded_raw("00240101 06 313233343536"), 0x9000);
        assert_status(recorded_check(1), SCARD_W_CARD_NOT_AUTHENTICATED);
        assert_status(recorded_verify(1, "123456"), SCARD_S_SUCCESS);
        /* A PIN that was set first has no PUK, for ever. */
        assert_int_equal(recorded_raw("00240102 10 31323334353637383132333435363738"), 0x6A86);
        assert_status(recorded_unblock(1, "1234567812345678", "1234"), SCARD_W_CHV_BLOCKED);
}

static void isoapplet_that_is_gone_is_left_to_a_reset(void **state)
{
        (void)state;
        recorded_insert("isoapplet", "");
        recorded_intercept(ISO_SELECT, 0x6A82);
        assert_status(recorded_log_out(), SCARD_E_UNSUPPORTED_FEATURE);
        assert_status(recorded_check(1), SCARD_E_UNSUPPORTED_FEATURE);
}

/* ---- codes from the reader's keys */

static void pin_pads_fill_in_each_form(void **state)
{
        static const struct {
                const char *card, *reader;
                LONG ref;
        } cases[] = {
            {"openpgp", ",pinpad=1,pin=123456,newpin=654321", 0x82},
            {"gsm", ",pinpad=1", 1},
            {"uicc", ",pinpad=1", 1},
            {"gids", ",pinpad=1,pin=123456,newpin=654321", 0x80},
            {"myeid", ",pinpad=1", 1},
        };

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                recorded_insert(cases[i].card, cases[i].reader);
                assert_status(chv_verify_pinpad(&recorded_card, recorded_number(cases[i].ref)),
                              SCARD_S_SUCCESS);
                assert_status(chv_change_pinpad(&recorded_card, recorded_number(cases[i].ref)),
                              SCARD_S_SUCCESS);
                assert_status(chv_verify_pinpad(&recorded_card, recorded_number(cases[i].ref)),
                              SCARD_W_WRONG_CHV);
                if (strcmp(cases[i].card, "openpgp") == 0)
                        assert_int_equal(recorded_card.last.tries, 2);
                recorded_pull();
        }
        recorded_insert("gsm", ",pinpad=1,pin=87654321,newpin=5678");
        assert_status(chv_unblock_pinpad(&recorded_card, recorded_number(2)), SCARD_S_SUCCESS);
        recorded_pull();
        /* Sixteen bytes are more than the structures can say. */
        recorded_insert("isoapplet", ",pinpad=1");
        assert_status(chv_verify_pinpad(&recorded_card, recorded_number(1)), SCARD_E_UNSUPPORTED_FEATURE);
}

#define TEST(name) cmocka_unit_test_teardown(name, recorded_tear_down)

int main(void)
{
        const struct CMUnitTest tests[] = {
            TEST(openpgp_administrator_sets_a_new_code_without_the_old_one),
            TEST(openpgp_without_a_resetting_code_is_blocked),
            TEST(openpgp_token_that_refuses_the_question_is_asked_for_its_status),
            TEST(openpgp_of_an_older_version_is_left_to_a_reset),
            TEST(openpgp_that_does_not_tell_its_version_is_sent_no_log_out),
            TEST(openpgp_logs_out_from_version_3_1_on),
            TEST(a_log_out_that_the_card_takes_for_a_question_is_left_to_a_reset),
            TEST(gsm_unblock_counter_and_requirement),
            TEST(gsm_answers_select_with_9fxx),
            TEST(uicc_empty_unblock_asks_for_the_tries),
            TEST(uicc_without_a_usim_has_its_pin_all_the_same),
            TEST(gids_puk_and_administrator),
            TEST(myeid_officer_has_a_reference_of_his_own),
            TEST(isoapplet_has_no_code_until_one_is_set),
            TEST(isoapplet_that_is_gone_is_left_to_a_reset),
            TEST(pin_pads_fill_in_each_form),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
