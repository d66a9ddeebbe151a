/* Which card profile is chosen: by the ATR, for virtual cards and real ones, and by name. */
#include <stdio.h>

#include "core/card/profile.h"
#include "tests/support/card_name.h"
#include "tests/support/recorded_card.h"

static void detection_chooses_the_card_and_sends_nothing(void **state)
{
        static const char *const cards[] = {"iso",  "piv",  "openpgp", "gsm",
                                            "uicc", "gids", "myeid",   "isoapplet"};

        (void)state;
        for (size_t i = 0; i < sizeof(cards) / sizeof(cards[0]); i++) {
                for (size_t r = 0; r < recorded_reader_count; r++) {
                        recorded_insert(cards[i], recorded_readers[r]);
                        DWORD before = engine_attribute(recorded_handle, ISCARD_ATTR_CARD_COMMANDS);

                        assert_string_equal(card_profile_name(&recorded_card), cards[i]);
                        assert_int_equal(recorded_count, 0);
                        assert_int_equal(engine_attribute(recorded_handle, ISCARD_ATTR_CARD_COMMANDS),
                                         before);
                        recorded_pull();
                }
        }
}

static const struct card_profile *profile_of(const char *hex)
{
        BYTE atr[64];

        return profile_by_atr(atr, recorded_hex(hex, atr));
}

static void real_atrs_are_recognised(void **state)
{
        (void)state;
        assert_ptr_equal(profile_of("3BDA18FF81B1FE751F030031F573C001600090001C"), &profile_openpgp);
        assert_ptr_equal(profile_of("3BDA18FF81B1FE751F030031C573C001400090000C"), &profile_openpgp);
        assert_ptr_equal(profile_of("3BFA1300FF813180450031C173C00100009000B1"), &profile_openpgp);
        assert_ptr_equal(profile_of("3BDA11FF81B1FE551F0300318473800180059000E1"), &profile_openpgp);
        assert_ptr_equal(profile_of("3B8D0180FBA000000397425446590401"), &profile_gids);
        assert_ptr_equal(profile_of("3BF51800008131FE454D794549449A"), &profile_myeid);
        assert_ptr_equal(profile_of("3B898001093833B14D794549444C"), &profile_myeid);
        assert_ptr_equal(profile_of("3B9894801FC38031E073FE211B08BE"), &profile_uicc);
        assert_ptr_equal(profile_of("3B9D95801FC78031A073BE2100510483059000EE"), &profile_uicc);
        assert_ptr_equal(profile_of("3B3F94008069AF0307066800750A0E833E9F16"), &profile_gsm);
        assert_ptr_equal(profile_of("3F2F008069AF0307015900000A0E833E9F16"), &profile_gsm);
        /* A provider's identifier, but not the application's. */
        assert_ptr_equal(profile_of("3B878001 80F5A000000397"), &profile_iso);
        assert_ptr_equal(profile_of("3BFD1300008131FE158073C021C057597562694B657940"), &profile_iso);
}

/* Reads the first column of the collection of ATRs; claimed[i]: how many profile i recognises. */
static unsigned long claims(FILE *file, unsigned long claimed[8], unsigned long *twice)
{
        char line[1000];
        unsigned long count = 0;

        while (fgets(line, sizeof(line), file) != NULL) {
                BYTE bytes[512];
                struct atr atr;
                unsigned by = 0;

                if (line[0] == '#' || !atr_parse(&atr, bytes, recorded_hex(line, bytes)))
                        continue;
                count++;
                for (size_t i = 0; profile_at(i) != NULL; i++) {
                        bool yes = profile_at(i)->recognise != NULL && profile_at(i)->recognise(&atr);

                        by += yes;
                        claimed[i] += yes;
                }
                *twice += by > 1;
        }
        return count;
}

static void no_real_atr_is_claimed_twice(void **state)
{
        const char *folder = getenv("ISCARD_DATA");
        unsigned long claimed[8] = {0}, twice = 0, count;
        char path[512];
        FILE *file;

        (void)state;
        (void)snprintf(path, sizeof(path), "%s/atrs.tsv", folder != NULL ? folder : "../shared/data");
        file = fopen(path, "r");
        if (file == NULL) {
                print_message("[  SKIPPED ] no %s\n", path);
                skip();
        }
        count = claims(file, claimed, &twice);
        (void)fclose(file);
        assert_true(count > 1000);
        assert_int_equal(twice, 0);
        for (size_t i = 0; profile_at(i) != NULL; i++)
                print_message("%s: %lu of %lu\n", profile_at(i)->name, claimed[i], count);
}

static void a_name_outranks_what_the_card_says(void **state)
{
        (void)state;
        recorded_insert("gsm", "");
        assert_int_equal(setenv("ISCARD_PROFILE", "uicc", 1), 0);
        assert_string_equal(card_profile_name(&recorded_card), "uicc");
        assert_true(card_force_profile(&recorded_card, "MyEID"));
        assert_string_equal(card_profile_name(&recorded_card), "myeid");
        assert_true(card_force_profile(&recorded_card, NULL));
        assert_string_equal(card_profile_name(&recorded_card), "uicc");
        unsetenv("ISCARD_PROFILE");
        card_changed(&recorded_card);
        assert_string_equal(card_profile_name(&recorded_card), "gsm");
        assert_int_equal(recorded_count, 0);
        recorded_pull();
        /* And what is sent follows it: an ISO card does not know class A0. */
        recorded_insert("iso", "");
        assert_true(card_force_profile(&recorded_card, "gsm"));
        assert_status(recorded_verify(1, "1234"), SCARD_E_UNSUPPORTED_FEATURE);
        assert_sent(0, "A0200001 08 31323334FFFFFFFF");
        assert_int_equal(recorded_card.last.sw, 0x6E00);
        assert_true(card_force_profile(&recorded_card, "openpgp"));
        assert_status(recorded_verify(0x81, "123456"), SCARD_E_UNSUPPORTED_FEATURE);
        assert_sent(0, PGP_SELECT);
        assert_int_equal(recorded_count, 1);
}

#define TEST(name) cmocka_unit_test_teardown(name, recorded_tear_down)

int main(void)
{
        const struct CMUnitTest tests[] = {
            TEST(detection_chooses_the_card_and_sends_nothing),
            TEST(real_atrs_are_recognised),
            TEST(no_real_atr_is_claimed_twice),
            TEST(a_name_outranks_what_the_card_says),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
