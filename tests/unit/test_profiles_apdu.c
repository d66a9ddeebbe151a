/*
 * The card profiles against the virtual cards, which were written apart from them from the same published
 * documents: every command as it leaves for the reader is compared byte for byte with the published form.
 */
#include "tests/support/card_name.h"
#include "tests/support/recorded_card.h"

/* ---- the life of a code, by the published forms */

struct life {
        const char *card; /* the virtual card, and the profile */
        LONG ref;
        const char *prepare[4]; /* what makes the card ready: own commands of whoever issues it */
        const char *code, *wrong, *changed, *puk, *wrong_puk;
        const char *select; /* before the first command; NULL: nothing */
        const char
            *learn; /* before the first code behind it, to learn how the card wants codes; NULL: nothing */
        const char *asked, *verified, *missed, *change, *unblock, *unblock_missed;
        const char *told;       /* sent behind a wrong code, to learn the tries; NULL: nothing */
        bool forgets;           /* asked, it does not say that the code was verified */
        int puk_tries;          /* left after one wrong PUK */
        const char *log_out[8]; /* none: a reset is all there is */
        const char *probe[4];   /* commands of which the last shows whether the code was verified */
        uint16_t open, closed;
};

static const struct life lives[] = {
    {.card = "iso",
     .ref = 1,
     .code = "1234",
     .wrong = "0000",
     .changed = "24680",
     .puk = "12345678",
     .wrong_puk = "00000000",
     .asked = "00200001",
     .verified = "00200001 04 31323334",
     .missed = "00200001 04 30303030",
     .change = "00240001 09 31323334 3234363830",
     .unblock = "002C0001 0C 3132333435363738 31323334",
     .unblock_missed = "002C0001 0C 3030303030303030 31323334",
     .puk_tries = 9,
     .probe = {"00B0900001"},
     .open = 0x9000,
     .closed = 0x6982},
    {.card = "piv",
     .ref = 0x80,
     .code = "123456",
     .wrong = "000000",
     .changed = "2468024",
     .puk = "12345678",
     .wrong_puk = "00000000",
     .select = "00A40400 09 A00000030800001000 00",
     .asked = "00200080",
     .verified = "00200080 08 313233343536FFFF",
     .missed = "00200080 08 303030303030FFFF",
     .change = "00240080 10 313233343536FFFF 32343638303234FF",
     .unblock = "002C0080 10 3132333435363738 313233343536FFFF",
     .unblock_missed = "002C0080 10 3030303030303030 313233343536FFFF",
     .puk_tries = 2,
     .log_out = {"0020FF80", "00200080", "0020FF00"},
     .probe = {"00200080"},
     .open = 0x9000,
     .closed = 0x63C3},
    {.card = "openpgp",
     .ref = 0x81,
     .prepare = {"00A40400 06 D27600012401", "00200083 08 3132333435363738", "00DA00D3 08 3837363534333231"},
     .code = "123456",
     .wrong = "000000",
     .changed = "2468024",
     .puk = "87654321",
     .wrong_puk = "00000000",
     .select = PGP_SELECT,
     .learn = PGP_KDF,
     .asked = "00200081",
     .verified = "00200081 06 313233343536",
     .missed = "00200081 06 303030303030",
     .change = "00240081 0D 313233343536 32343638303234",
     .unblock = "002C0081 0E 3837363534333231 313233343536",
     .unblock_missed = "002C0081 0E 3030303030303030 313233343536",
     .told = PGP_STATUS,
     .puk_tries = 2,
     .log_out = {PGP_VERSION, "0020FF81", "00200081", "0020FF82", "00200082", "0020FF83", "00200083"},
     .probe = {"00200081"},
     .open = 0x9000,
     .closed = 0x63C3},
    {.card = "openpgp", /* everything but signatures; the same code, changed and unblocked through 81 */
     .ref = 0x82,
     .prepare = {"00A40400 06 D27600012401", "00200083 08 3132333435363738", "00DA00D3 08 3837363534333231"},
     .code = "123456",
     .wrong = "000000",
     .changed = "2468024",
     .puk = "87654321",
     .wrong_puk = "00000000",
     .select = PGP_SELECT,
     .learn = PGP_KDF,
     .asked = "00200082",
     .verified = "00200082 06 313233343536",
     .missed = "00200082 06 303030303030",
     .change = "00240081 0D 313233343536 32343638303234",
     .unblock = "002C0081 0E 3837363534333231 313233343536",
     .unblock_missed = "002C0081 0E 3030303030303030 313233343536",
     .told = PGP_STATUS,
     .puk_tries = 2,
     .log_out = {PGP_VERSION, "0020FF81", "00200081", "0020FF82", "00200082", "0020FF83", "00200083"},
     .probe = {"00CA010300"},
     .open = 0x9000,
     .closed = 0x6982},
    {.card = "gsm",
     .ref = 1,
     .code = "1234",
     .wrong = "0000",
     .changed = "24680",
     .puk = "12345678",
     .wrong_puk = "00000000",
     .asked = "A0F20000 16",
     .told = "A0F20000 16",
     .verified = "A0200001 08 31323334FFFFFFFF",
     .missed = "A0200001 08 30303030FFFFFFFF",
     .change = "A0240001 10 31323334FFFFFFFF 3234363830FFFFFF",
     .unblock = "A02C0000 10 3132333435363738 31323334FFFFFFFF",
     .unblock_missed = "A02C0000 10 3030303030303030 31323334FFFFFFFF",
     .forgets = true,
     .puk_tries = 9,
     .probe = {"A0A40000023F00", "A0A40000027F20", "A0A40000026F07", "A0B0000009"},
     .open = 0x9000,
     .closed = 0x9804},
    {.card = "gsm",
     .ref = 2,
     .code = "5678",
     .wrong = "0000",
     .changed = "12345678",
     .puk = "87654321",
     .wrong_puk = "00000000",
     .asked = "A0F20000 16",
     .told = "A0F20000 16",
     .verified = "A0200002 08 35363738FFFFFFFF",
     .missed = "A0200002 08 30303030FFFFFFFF",
     .change = "A0240002 10 35363738FFFFFFFF 3132333435363738",
     .unblock = "A02C0002 10 3837363534333231 35363738FFFFFFFF",
     .unblock_missed = "A02C0002 10 3030303030303030 35363738FFFFFFFF",
     .forgets = true,
     .puk_tries = 9,
     .probe = {"A0A40000023F00", "A0A40000027F10", "A0A40000026F3B", "A0D6000001 55"},
     .open = 0x9000,
     .closed = 0x9804},
    {.card = "uicc",
     .ref = 1,
     .code = "1234",
     .wrong = "0000",
     .changed = "24680",
     .puk = "12345678",
     .wrong_puk = "00000000",
     .select = USIM_SELECT,
     .asked = "00200001",
     .verified = "00200001 08 31323334FFFFFFFF",
     .missed = "00200001 08 30303030FFFFFFFF",
     .change = "00240001 10 31323334FFFFFFFF 3234363830FFFFFF",
     .unblock = "002C0001 10 3132333435363738 31323334FFFFFFFF",
     .unblock_missed = "002C0001 10 3030303030303030 31323334FFFFFFFF",
     .forgets = true,
     .puk_tries = 9,
     .probe = {"00A4040C 07 A0000000871002", "00A4000C026F07", "00B0000009"},
     .open = 0x9000,
     .closed = 0x6982},
    {.card = "uicc", /* the second PIN, which belongs to the application */
     .ref = 0x81,
     .code = "5678",
     .wrong = "0000",
     .changed = "12345678",
     .puk = "87654321",
     .wrong_puk = "00000000",
     .select = USIM_SELECT,
     .asked = "00200081",
     .verified = "00200081 08 35363738FFFFFFFF",
     .missed = "00200081 08 30303030FFFFFFFF",
     .change = "00240081 10 35363738FFFFFFFF 3132333435363738",
     .unblock = "002C0081 10 3837363534333231 35363738FFFFFFFF",
     .unblock_missed = "002C0081 10 3030303030303030 35363738FFFFFFFF",
     .forgets = true,
     .puk_tries = 9,
     .probe = {"00A4040C 07 A0000000871002", "00A4000C026F3B", "00D6000001 55"},
     .open = 0x9000,
     .closed = 0x6982},
    {.card = "gids",
     .ref = 0x80,
     .code = "123456",
     .wrong = "000000",
     .changed = "a longer code",
     .puk = "12345678",
     .wrong_puk = "00000000",
     .select = GIDS_SELECT,
     .asked = "00200080",
     .verified = "00200080 06 313233343536",
     .missed = "00200080 06 303030303030",
     .change = "00240080 13 313233343536 61206C6F6E67657220636F6465",
     .unblock = "002C0080 0E 3132333435363738 313233343536",
     .unblock_missed = "002C0080 0E 3030303030303030 313233343536",
     .puk_tries = 2,
     .log_out = {"00200082"},
     .probe = {"00200080"},
     .open = 0x9000,
     .closed = 0x63C3},
    {.card = "myeid",
     .ref = 1,
     .code = "1234",
     .wrong = "0000",
     .changed = "letters",
     .puk = "12345678",
     .wrong_puk = "0000",
     .select = MYEID_SELECT,
     .asked = "00200001",
     .verified = "00200001 08 31323334FFFFFFFF",
     .missed = "00200001 08 30303030FFFFFFFF",
     .change = "00240001 10 31323334FFFFFFFF 6C657474657273FF",
     .unblock = "002C0001 10 3132333435363738 31323334FFFFFFFF",
     .unblock_missed = "002C0001 10 30303030FFFFFFFF 31323334FFFFFFFF",
     .puk_tries = 9,
     .log_out = {"002E0000"},
     .probe = {"00A4000C024401", "00B0000001"},
     .open = 0x9000,
     .closed = 0x6982},
    {.card = "isoapplet",
     .ref = 1,
     .prepare = {ISO_SELECT, "00240102 10 31323334353637383132333435363738", "00240101 04 31323334"},
     .code = "1234",
     .wrong = "0000",
     .changed = "letters",
     .puk = "1234567812345678",
     .wrong_puk = "0000000000000000",
     .select = ISO_SELECT,
     .asked = "00200001",
     .verified = "00200001 10 31323334000000000000000000000000",
     .missed = "00200001 10 30303030000000000000000000000000",
     .change = "00240001 20 31323334000000000000000000000000 6C657474657273000000000000000000",
     .unblock = "002C0001 20 31323334353637383132333435363738 31323334000000000000000000000000",
     .unblock_missed = "002C0001 20 30303030303030303030303030303030 31323334000000000000000000000000",
     .forgets = true,
     .puk_tries = 4,
     .log_out = {ISO_SELECT},
     .probe = {"00A4000C024401", "00B0000001"},
     .open = 0x9000,
     .closed = 0x6982},
};
#define LIVES (sizeof(lives) / sizeof(lives[0]))

/* What the card services know of the selected application. */
enum known { NOTHING, SELECTED, ALL };

/*
 * The command went out: behind SELECT where the application was not selected any more, behind the question how
 * codes are wanted where a code goes out for the first time since; and nothing else but told.
 */
static void assert_only(const struct life *life, const char *command, enum known known, const char *told)
{
        size_t at = 0;

        if (life->select != NULL && known == NOTHING)
                assert_sent(at++, life->select);
        if (life->learn != NULL && known != ALL && strcmp(command, life->asked) != 0)
                assert_sent(at++, life->learn);
        assert_sent(at++, command);
        if (told != NULL)
                assert_sent(at++, told);
        assert_int_equal(recorded_count, at);
}

static bool is_open(const struct life *life)
{
        uint16_t sw = 0;

        for (size_t i = 0; i < 4 && life->probe[i] != NULL; i++)
                sw = recorded_raw(life->probe[i]);
        assert_true(sw == life->open || sw == life->closed);
        return sw == life->open;
}

static void prepare(const struct life *life, const char *reader)
{
        recorded_insert(life->card, reader);
        for (size_t i = 0; i < 4 && life->prepare[i] != NULL; i++)
                assert_int_equal(recorded_raw(life->prepare[i]), 0x9000);
        if (life->prepare[0] != NULL)
                recorded_reset();
}

static void tries_and_verify(const struct life *life)
{
        assert_status(recorded_check(life->ref), SCARD_W_CARD_NOT_AUTHENTICATED);
        assert_only(life, life->asked, NOTHING, NULL);
        assert_int_equal(recorded_card.last.tries, 3);
        assert_status(recorded_verify(life->ref, life->wrong), SCARD_W_WRONG_CHV);
        assert_only(life, life->missed, SELECTED, life->told);
        assert_string_equal(recorded_card.last.command, "VERIFY");
        assert_int_equal(recorded_card.last.tries, 2);
        assert_status(recorded_check(life->ref), SCARD_W_CARD_NOT_AUTHENTICATED);
        assert_only(life, life->asked, ALL, NULL);
        assert_int_equal(recorded_card.last.tries, 2);
        assert_status(recorded_verify(life->ref, life->code), SCARD_S_SUCCESS);
        assert_only(life, life->verified, ALL, NULL);
        assert_status(recorded_check(life->ref),
                      life->forgets ? SCARD_W_CARD_NOT_AUTHENTICATED : SCARD_S_SUCCESS);
        assert_true(is_open(life));
}

static void change_there(const struct life *life)
{
        assert_status(recorded_change(life->ref, life->wrong, life->changed), SCARD_W_WRONG_CHV);
        assert_string_equal(recorded_card.last.command, "CHANGE REFERENCE DATA");
        assert_status(recorded_change(life->ref, life->code, life->changed), SCARD_S_SUCCESS);
        assert_only(life, life->change, ALL, NULL);
        assert_status(recorded_verify(life->ref, life->code), SCARD_W_WRONG_CHV);
        assert_only(life, life->verified, ALL, life->told);
        assert_status(recorded_verify(life->ref, life->changed), SCARD_S_SUCCESS);
}

static void block(const struct life *life)
{
        assert_status(recorded_verify(life->ref, life->wrong), SCARD_W_WRONG_CHV);
        assert_status(recorded_verify(life->ref, life->wrong), SCARD_W_WRONG_CHV);
        assert_only(life, life->missed, ALL, life->told);
        assert_status(recorded_verify(life->ref, life->wrong), SCARD_W_CHV_BLOCKED);
        assert_int_equal(recorded_card.last.tries, 0);
        assert_status(recorded_verify(life->ref, life->changed), SCARD_W_CHV_BLOCKED);
        assert_status(recorded_check(life->ref), SCARD_W_CHV_BLOCKED);
        assert_int_equal(recorded_card.last.tries, 0);
}

static void unblock_it(const struct life *life)
{
        assert_status(recorded_unblock(life->ref, life->wrong_puk, life->code), SCARD_W_WRONG_CHV);
        assert_only(life, life->unblock_missed, ALL, life->told);
        assert_string_equal(recorded_card.last.command, "RESET RETRY COUNTER");
        assert_int_equal(recorded_card.last.tries, life->puk_tries);
        assert_status(recorded_unblock(life->ref, life->puk, life->code), SCARD_S_SUCCESS);
        assert_only(life, life->unblock, ALL, NULL);
        assert_status(recorded_verify(life->ref, life->code), SCARD_S_SUCCESS);
        assert_only(life, life->verified, ALL, NULL);
        assert_true(is_open(life));
}

static void leave(const struct life *life)
{
        size_t count = 0;

        assert_status(recorded_verify(life->ref, life->code), SCARD_S_SUCCESS);
        if (life->log_out[0] == NULL) {
                assert_status(recorded_log_out(), SCARD_E_UNSUPPORTED_FEATURE);
                assert_int_equal(recorded_count, 0);
                recorded_reset();
        } else {
                assert_status(recorded_log_out(), SCARD_S_SUCCESS);
                for (; count < 8 && life->log_out[count] != NULL; count++)
                        assert_sent(count, life->log_out[count]);
                assert_int_equal(recorded_count, count);
        }
        assert_false(is_open(life));
}

static size_t profiles_of_lives(void)
{
        size_t count = 0;

        while (profile_at(count) != NULL) {
                bool lives_here = false;

                for (size_t i = 0; i < LIVES; i++)
                        lives_here = lives_here || profile_by_name(lives[i].card) == profile_at(count);
                assert_true(lives_here);
                count++;
        }
        return count;
}

static void every_profile_speaks_the_published_form(void **state)
{
        (void)state;
        for (size_t i = 0; i < LIVES; i++) {
                for (size_t r = 0; r < recorded_reader_count; r++) {
                        const struct life *life = &lives[i];

                        prepare(life, recorded_readers[r]);
                        assert_string_equal(card_profile_name(&recorded_card), life->card);
                        assert_int_equal(recorded_count, 0);
                        tries_and_verify(life);
                        /* The probe's commands were not ours: the application is selected again. */
                        assert_status(recorded_verify(life->ref, life->code), SCARD_S_SUCCESS);
                        assert_only(life, life->verified, NOTHING, NULL);
                        change_there(life);
                        block(life);
                        unblock_it(life);
                        leave(life);
                        recorded_pull();
                }
        }
        print_message("%zu codes of %zu profiles x tries, verify, wrong code, change, block, unblock, reset "
                      "x %zu kinds "
                      "of readers: %zu commands compared\n",
                      LIVES, profiles_of_lives(), recorded_reader_count, recorded_compared);
        assert_int_equal(profiles_of_lives(), 8);
}

/* ---- limits */

static void assert_refused(LONG got)
{
        assert_status(got, SCARD_E_INVALID_CHV);
        assert_int_equal(recorded_count, 0);
        assert_null(recorded_card.last.command);
}

static void limits_are_checked_before_anything_is_sent(void **state)
{
        static char longest[130];
        static const struct {
                const char *card;
                LONG ref;
                const char *code, *puk;  /* good ones */
                const char *bad[5];      /* codes */
                const char *bad_puks[4]; /* codes that unblock */
        } cases[] = {
            {"piv", 0x80, "123456", "12345678", {"12345", "123456789", "12345a"}, {"12345", "123456789"}},
            {"openpgp", 0x81, "123456", "12345678", {"12345", longest}, {"1234567", longest}},
            {"openpgp", 0x82, "123456", "12345678", {"12345", longest}, {"1234567", longest}},
            {"openpgp", 0x83, "12345678", NULL, {"1234567", longest}, {NULL}},
            {"gsm",
             1,
             "1234",
             "12345678",
             {"123", "123456789", "123x"},
             {"1234567", "123456789", "1234567x"}},
            {"gsm",
             2,
             "1234",
             "12345678",
             {"123", "123456789", "123x"},
             {"1234567", "123456789", "1234567x"}},
            {"uicc",
             1,
             "1234",
             "12345678",
             {"123", "123456789", "123x"},
             {"1234567", "123456789", "1234567x"}},
            {"uicc", 0x0A, "12ab", NULL, {"123", "123456789"}, {NULL}},
            {"gids", 0x80, "1234", "12345678", {"123", "12345678901234567"}, {"123", "12345678901234567"}},
            {"myeid", 1, "1234", "1234", {"123", "123456789"}, {"123", "123456789"}},
            {"isoapplet",
             1,
             "1234",
             "1234567890123456",
             {"123", "12345678901234567"},
             {"123456789012345", "12345678901234567"}},
        };

        (void)state;
        memset(longest, '1', 128);
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                LONG ref = cases[i].ref;
                const char *code = cases[i].code;

                recorded_insert(cases[i].card, "");
                for (size_t b = 0; b < 5 && cases[i].bad[b] != NULL; b++) {
                        const char *bad = cases[i].bad[b];

                        assert_refused(recorded_verify(ref, bad));
                        assert_refused(recorded_change(ref, bad, code));
                        assert_refused(recorded_change(ref, code, bad));
                        if (cases[i].puk != NULL)
                                assert_refused(recorded_unblock(ref, cases[i].puk, bad));
                }
                for (size_t b = 0; b < 4 && cases[i].bad_puks[b] != NULL; b++)
                        assert_refused(recorded_unblock(ref, cases[i].bad_puks[b], code));
                recorded_pull();
        }
}

static void references_that_a_card_cannot_have_send_nothing(void **state)
{
        static const struct {
                const char *card;
                LONG refs[6];
        } cases[] = {
            {"openpgp", {0, 4, 0x80, 0x84, 0x1F, 255}},  {"gsm", {0, 3, 0x81, 0x11, 0x82, 255}},
            {"uicc", {0, 0x09, 0x0F, 0x10, 0x89, 0x91}}, {"gids", {3, 0x20, 0x82, 0x83, 2, 255}},
            {"myeid", {0, 0x0F, 0x81, 0x80, 0x10, 255}}, {"isoapplet", {0, 2, 3, 0x81, 0x82, 255}},
        };

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                recorded_insert(cases[i].card, "");
                for (size_t r = 0; r < 6; r++) {
                        assert_status(recorded_verify(cases[i].refs[r], "12345678"),
                                      SCARD_E_INVALID_PARAMETER);
                        assert_int_equal(recorded_count, 0);
                        assert_status(recorded_check(cases[i].refs[r]), SCARD_E_INVALID_PARAMETER);
                        assert_int_equal(recorded_count, 0);
                }
                recorded_pull();
        }
}

#define TEST(name) cmocka_unit_test_teardown(name, recorded_tear_down)

int main(void)
{
        const struct CMUnitTest tests[] = {
            TEST(every_profile_speaks_the_published_form),
            TEST(limits_are_checked_before_anything_is_sent),
            TEST(references_that_a_card_cannot_have_send_nothing),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
