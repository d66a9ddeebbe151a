/* core/card/find.c: which card it is where its ATR does not tell, by what can be selected. */
#include <oleauto.h>

#include "com/manage.h"
#include "core/card/files.h"
#include "core/card/find.h"
#include "tests/support/card_name.h"
#include "tests/support/fake_winscard.h"
#include "tests/support/recorded_card.h"

/* A token's ATR, which tells of applications reached by name and names none of them. */
#define TOKEN      "3BFD1300008131FE158073C021C057597562694B657940"
#define PIV_SELECT "00A40400 09 A00000030800001000 00"

static void insert_token(const char *card)
{
        recorded_insert(card, "");
        recorded_atr(TOKEN);
        recorded_card.own = true;
}

static void the_first_application_that_is_there_decides(void **state)
{
        static const struct {
                const char *card;
                LONG ref;
                const char *code, *sent[5];
        } cases[] = {
            {"piv", 0x80, "123456", {PIV_SELECT, "00200080 08 313233343536FFFF"}},
            {"openpgp", 0x82, "123456", {PIV_SELECT, PGP_SELECT, PGP_KDF, "00200082 06 313233343536"}},
            {"gids", 0x80, "123456", {PIV_SELECT, PGP_SELECT, GIDS_SELECT, "00200080 06 313233343536"}},
            {"isoapplet",
             1,
             "1234",
             {PIV_SELECT, PGP_SELECT, GIDS_SELECT, ISO_SELECT,
              "00200001 10 31323334000000000000000000000000"}},
        };

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                size_t count = 0;

                insert_token(cases[i].card);
                /* Asking for the name sends nothing, and so nothing is found. */
                assert_string_equal(card_profile_name(&recorded_card), "iso");
                assert_int_equal(recorded_count, 0);
                (void)recorded_verify(cases[i].ref, cases[i].code);
                for (; count < 5 && cases[i].sent[count] != NULL; count++)
                        assert_sent(count, cases[i].sent[count]);
                assert_int_equal(recorded_count, count);
                assert_string_equal(card_profile_name(&recorded_card), cases[i].card);
                recorded_pull();
        }
}

static void what_was_found_holds_for_the_epoch(void **state)
{
        (void)state;
        insert_token("openpgp");
        assert_status(recorded_check(0x81), SCARD_W_CARD_NOT_AUTHENTICATED);
        assert_int_equal(recorded_count, 3);
        assert_status(recorded_check(0x81), SCARD_W_CARD_NOT_AUTHENTICATED);
        assert_int_equal(recorded_count, 1);
        /* A reconnection without a reset is no new epoch. */
        card_changed(&recorded_card);
        assert_status(recorded_check(0x81), SCARD_W_CARD_NOT_AUTHENTICATED);
        assert_sent(0, PGP_SELECT);
        assert_int_equal(recorded_count, 2);
        card_changed(&recorded_card);
        assert_status(recorded_log_out(), SCARD_S_SUCCESS); /* by its command */
        recorded_reset();
        assert_status(recorded_check(0x81), SCARD_W_CARD_NOT_AUTHENTICATED);
        assert_sent(0, PIV_SELECT);
        assert_int_equal(recorded_count, 3);
}

static void a_card_of_no_known_application_is_asked_once(void **state)
{
        (void)state;
        insert_token("iso");
        assert_status(recorded_verify(1, "1234"), SCARD_S_SUCCESS);
        assert_int_equal(recorded_count, 5);
        assert_sent(4, "00200001 04 31323334");
        assert_status(recorded_verify(1, "0000"), SCARD_W_WRONG_CHV);
        assert_int_equal(recorded_count, 1);
        assert_string_equal(card_profile_name(&recorded_card), "iso");
}

/* A PKCS #15 application is on many cards, whose codes are not MyEID's; a SIM need not say what it has. */
static void an_application_that_many_cards_have_tells_nothing(void **state)
{
        (void)state;
        insert_token("myeid");
        (void)recorded_verify(1, "1234");
        assert_sent(4, "00200001 04 31323334");
        assert_string_equal(card_profile_name(&recorded_card), "iso");
}

static void what_somebody_chose_is_left_alone(void **state)
{
        (void)state;
        /* A program's own connection: it may have selected something. */
        insert_token("piv");
        recorded_card.own = false;
        (void)recorded_check(1);
        assert_sent(0, "00200001");
        assert_int_equal(recorded_count, 1);
        /* The profile by name, iso too. */
        recorded_pull();
        insert_token("piv");
        assert_int_equal(setenv("ISCARD_PROFILE", "iso", 1), 0);
        (void)recorded_check(1);
        assert_int_equal(recorded_count, 1);
        unsetenv("ISCARD_PROFILE");
        assert_true(card_force_profile(&recorded_card, "iso"));
        (void)recorded_check(1);
        assert_int_equal(recorded_count, 1);
        /* Something was sent already. */
        assert_true(card_force_profile(&recorded_card, NULL));
        (void)recorded_check(1);
        assert_int_equal(recorded_count, 1);
        /* A card with files that identifiers and paths reach. */
        recorded_pull();
        recorded_insert("iso", "");
        recorded_card.own = true;
        (void)recorded_check(1);
        assert_int_equal(recorded_count, 1);
}

static LONG open_file(struct files *files, const char *path)
{
        uint16_t wide[40];
        size_t len = 0;
        uint32_t handle;

        for (; path[len] != '\0'; len++)
                wide[len] = (uint16_t)path[len];
        recorded_count = 0;
        return files_open(files, &recorded_card,
                          &(struct files_name){.type = PATH_BY_ANY, .text = wide, .len = len}, &handle);
}

static void a_file_call_finds_it_too(void **state)
{
        struct files *files = files_create();

        (void)state;
        assert_non_null(files);
        insert_token("isoapplet");
        assert_status(open_file(files, "5031"), SCARD_S_SUCCESS);
        assert_sent(0, PIV_SELECT);
        assert_sent(3, ISO_SELECT);
        assert_string_equal(card_profile_name(&recorded_card), "isoapplet");
        recorded_pull();
        files_start_anew(files);
        /* A path that begins with an application's name needs no other. */
        insert_token("isoapplet");
        (void)open_file(files, "F276A288BCFBA69D34F31001/5031");
        assert_string_equal(card_profile_name(&recorded_card), "iso");
        assert_true(recorded_count > 0 && recorded[0].len > 10 && recorded[0].bytes[5] == 0xF2);
        files_free(files);
}

/* A code goes to the application, whatever files were reached since it was selected. */
static void a_path_out_of_the_application_leads_back_before_a_code(void **state)
{
        struct files *files = files_create();

        (void)state;
        assert_non_null(files);
        recorded_insert("uicc", "");
        assert_status(recorded_check(0x81), SCARD_W_CARD_NOT_AUTHENTICATED);
        assert_status(open_file(files, "3F00/2FE2"), SCARD_S_SUCCESS);
        assert_status(recorded_check(0x81), SCARD_W_CARD_NOT_AUTHENTICATED);
        assert_sent(0, USIM_SELECT);
        assert_status(recorded_check(0x81), SCARD_W_CARD_NOT_AUTHENTICATED);
        assert_int_equal(recorded_count, 1);
        recorded_pull();
        files_start_anew(files);
        /* Here all files are the application's, and selecting it again would log out. */
        recorded_insert("isoapplet", "");
        assert_status(open_file(files, "3F00/5031"), SCARD_S_SUCCESS);
        (void)recorded_check(1);
        assert_int_equal(recorded_count, 1);
        files_free(files);
}

static void a_failure_on_the_way_is_told(void **state)
{
        (void)state;
        insert_token("gids");
        assert_status(SCardDisconnect(recorded_handle, SCARD_RESET_CARD), SCARD_S_SUCCESS);
        assert_int_equal(recorded_check(0x80), SCARD_E_INVALID_HANDLE);
        assert_int_equal(recorded_count, 0);
        recorded_pull();
        insert_token("gids");
        recorded_intercept(PIV_SELECT, 0x6F00);
        recorded_interrupt(1, SCARD_F_COMM_ERROR);
        assert_status(recorded_check(0x80), SCARD_F_COMM_ERROR);
        assert_int_equal(recorded_count, 2);
        assert_string_equal(card_profile_name(&recorded_card), "iso");
        recorded_interrupt(0, SCARD_S_SUCCESS);
        /* The next call looks again: a code must not go to what the look left selected. */
        (void)recorded_verify(0x80, "123456");
        assert_sent(0, PIV_SELECT);
        assert_string_equal(card_profile_name(&recorded_card), "gids");
}

/* Through the objects: a manager that attaches by name connects by itself, one that is given a handle does not. */
static HRESULT verify_through_a_manager(bool by_name)
{
        static const uint8_t atr[] = {0x3B, 0xFD, 0x13, 0x00, 0x00, 0x81, 0x31, 0xFE, 0x15, 0x80, 0x73, 0xC0,
                                      0x21, 0xC0, 0x57, 0x59, 0x75, 0x62, 0x69, 0x4B, 0x65, 0x79, 0x40};
        IByteBuffer *code = buffer_of("123456");
        BSTR reader = SysAllocString(OLESTR("a reader"));
        ISCardManage *manage;
        ISCardVerify *verify;
        HRESULT hr;

        fake_winscard_reset();
        fake.atr = atr;
        fake.atr_len = sizeof(atr);
        fake.counts_commands = true;
        fake.epoch = 7;
        assert_int_equal(manage_create_on(&fake_api, &IID_ISCardManage, (void **)&manage), S_OK);
        assert_int_equal(by_name ? manage->lpVtbl->AttachByIFD(manage, reader)
                                 : manage->lpVtbl->AttachByHandle(manage, FAKE_CALLERS),
                         S_OK);
        assert_int_equal(fake.apdus, 0);
        assert_int_equal(manage->lpVtbl->CreateCHVerification(manage, &verify), S_OK);
        hr = verify->lpVtbl->Verify(verify, code, SC_FL_NO_FLAGS, 0x80);
        (void)verify->lpVtbl->Release(verify);
        (void)manage->lpVtbl->Release(manage);
        (void)code->lpVtbl->Release(code);
        SysFreeString(reader);
        return hr;
}

static void an_attachment_by_name_looks_and_one_by_handle_does_not(void **state)
{
        static const uint8_t padded[] = {0x00, 0x20, 0x00, 0x80, 8, '1', '2', '3', '4', '5', '6', 0xFF, 0xFF};

        (void)state;
        assert_int_equal(verify_through_a_manager(true), S_OK);
        assert_int_equal(fake.apdus, 2);
        assert_int_equal(fake.apdu[0].bytes[1], 0xA4);
        assert_int_equal(fake.apdu[1].len, sizeof(padded));
        assert_memory_equal(fake.apdu[1].bytes, padded, sizeof(padded));
        assert_int_equal(fake.begins, fake.ends);
        assert_int_equal(verify_through_a_manager(false), S_OK);
        assert_int_equal(fake.apdus, 1);
        assert_int_equal(fake.apdu[0].len, 11);
        assert_int_equal(fake.apdu[0].bytes[1], 0x20);
}

#define TEST(name) cmocka_unit_test_teardown(name, recorded_tear_down)

int main(void)
{
        const struct CMUnitTest tests[] = {
            TEST(the_first_application_that_is_there_decides),
            TEST(what_was_found_holds_for_the_epoch),
            TEST(a_card_of_no_known_application_is_asked_once),
            TEST(an_application_that_many_cards_have_tells_nothing),
            TEST(what_somebody_chose_is_left_alone),
            TEST(a_file_call_finds_it_too),
            TEST(a_path_out_of_the_application_leads_back_before_a_code),
            TEST(a_failure_on_the_way_is_told),
            TEST(an_attachment_by_name_looks_and_one_by_handle_does_not),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
