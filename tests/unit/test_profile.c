/* core/card/profile.c and the profiles: which card an ATR belongs to, and what its references and codes are.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/card/profile.h"

/* ATRs of real PIV cards: compact-TLV, tag F, NIST's identifier. */
static const uint8_t atr_piv_0_and_1[] = {0x3B, 0x8B, 0x80, 0x01, 0x80, 0xF9, 0xA0, 0x00,
                                          0x00, 0x03, 0x08, 0x00, 0x00, 0x10, 0x00, 0xC8};
static const uint8_t atr_piv_behind_another_object[] = {0x3B, 0xDF, 0x97, 0x00, 0x81, 0xB1, 0xFE, 0x45, 0x1F,
                                                        0x83, 0x80, 0x73, 0xCC, 0x91, 0xCB, 0xF9, 0xA0, 0x00,
                                                        0x00, 0x03, 0x08, 0x00, 0x00, 0x10, 0x00, 0x78};
/* The same bytes, but the category indicator (10) does not say compact-TLV. */
static const uint8_t atr_not_tlv[] = {0x3B, 0x8B, 0x80, 0x01, 0x10, 0xF9, 0xA0, 0x00,
                                      0x00, 0x03, 0x08, 0x00, 0x00, 0x10, 0x00, 0x58};

static LONG p2_of(const struct card_profile *profile, enum profile_op op, bool global, bool local,
                  LONG number, uint8_t *p2)
{
        struct chv_reference ref = {.global = global, .local = local, .number = number};

        *p2 = 0xEE;
        return profile->reference(&ref, op, p2);
}

static void piv_is_recognised_by_its_application_identifier(void **state)
{
        (void)state;
        assert_ptr_equal(profile_by_atr(atr_piv_0_and_1, sizeof(atr_piv_0_and_1)), &profile_piv);
        assert_ptr_equal(profile_by_atr(atr_piv_behind_another_object, sizeof(atr_piv_behind_another_object)),
                         &profile_piv);
}

static void another_identifier_is_not_piv(void **state)
{
        uint8_t atr[sizeof(atr_piv_0_and_1)];

        (void)state;
        assert_ptr_equal(profile_by_atr(atr_not_tlv, sizeof(atr_not_tlv)), &profile_iso);
        for (size_t at = 6; at < 15; at++) {
                memcpy(atr, atr_piv_0_and_1, sizeof(atr));
                atr[at] ^= 0x01;
                assert_ptr_equal(profile_by_atr(atr, sizeof(atr)), &profile_iso);
        }
}

static void a_short_identifier_is_not_piv(void **state)
{
        /* A000000308 is enough, A0000003 is not. */
        const uint8_t five[] = {0x3B, 0x07, 0x80, 0xF5, 0xA0, 0x00, 0x00, 0x03, 0x08};
        const uint8_t four[] = {0x3B, 0x06, 0x80, 0xF4, 0xA0, 0x00, 0x00, 0x03};

        (void)state;
        assert_ptr_equal(profile_by_atr(five, sizeof(five)), &profile_piv);
        assert_ptr_equal(profile_by_atr(four, sizeof(four)), &profile_iso);
}

static void every_cut_of_an_atr_is_some_card(void **state)
{
        uint8_t noise[33];

        (void)state;
        assert_ptr_equal(profile_by_atr(NULL, 0), &profile_iso);
        for (size_t len = 0; len < sizeof(atr_piv_0_and_1) - 2; len++)
                assert_ptr_equal(profile_by_atr(atr_piv_0_and_1, len), &profile_iso);
        for (unsigned fill = 0; fill < 256; fill++) {
                memset(noise, (int)fill, sizeof(noise));
                assert_non_null(profile_by_atr(noise, sizeof(noise)));
        }
}

static void names_are_found_in_any_case(void **state)
{
        (void)state;
        assert_ptr_equal(profile_by_name("piv"), &profile_piv);
        assert_ptr_equal(profile_by_name("PIV"), &profile_piv);
        assert_ptr_equal(profile_by_name("iso"), &profile_iso);
        assert_null(profile_by_name("pi"));
        assert_null(profile_by_name("pivx"));
        assert_null(profile_by_name(""));
}

static void every_row_of_the_table_is_whole(void **state)
{
        size_t count = 0;

        (void)state;
        for (; profile_at(count) != NULL; count++) {
                const struct card_profile *profile = profile_at(count);

                assert_ptr_equal(profile_by_name(profile->name), profile);
                assert_non_null(profile->reference);
                assert_true(profile->aid_len == 0 || (profile->aid_len >= 5 && profile->aid_len <= 16));
                assert_true(profile->log_out_count == 0 || profile->log_out != NULL);
                for (unsigned p2 = 0; p2 < 256; p2++) {
                        const struct profile_code *code = profile->format((uint8_t)p2, PROFILE_ROLE_CODE);

                        assert_true(code->min > 0 && code->min <= code->max);
                        assert_true(code->block == 0 || code->max <= code->block);
                        code = profile->format((uint8_t)p2, PROFILE_ROLE_RESET_CODE);
                        assert_true(code->min > 0 && code->min <= code->max);
                        assert_true(code->block == 0 || code->max <= code->block);
                }
        }
        assert_true(count >= 2);
        assert_null(profile_at((size_t)-1));
}

static void the_usual_reference_can_be_verified(void **state)
{
        uint8_t p2;

        (void)state;
        for (size_t i = 0; profile_at(i) != NULL; i++)
                assert_int_equal(
                    p2_of(profile_at(i), PROFILE_VERIFY, false, false, profile_at(i)->usual_reference, &p2),
                    SCARD_S_SUCCESS);
}

static void iso_maps_global_local_and_bare_numbers(void **state)
{
        uint8_t p2;

        (void)state;
        for (LONG number = 0; number < 32; number++) {
                assert_int_equal(p2_of(&profile_iso, PROFILE_VERIFY, true, false, number, &p2),
                                 SCARD_S_SUCCESS);
                assert_int_equal(p2, number);
                assert_int_equal(p2_of(&profile_iso, PROFILE_VERIFY, false, true, number, &p2),
                                 SCARD_S_SUCCESS);
                assert_int_equal(p2, 0x80 | number);
        }
        for (LONG number = 0; number < 256; number++) {
                assert_int_equal(p2_of(&profile_iso, PROFILE_UNBLOCK, false, false, number, &p2),
                                 SCARD_S_SUCCESS);
                assert_int_equal(p2, number);
        }
}

static void piv_has_three_references(void **state)
{
        uint8_t p2;

        (void)state;
        for (LONG number = 0; number < 256; number++) {
                bool pin = number == 0x80 || number == 0x00;

                assert_int_equal(p2_of(&profile_piv, PROFILE_VERIFY, false, false, number, &p2),
                                 pin ? SCARD_S_SUCCESS : SCARD_E_INVALID_PARAMETER);
                assert_int_equal(p2, pin ? number : 0xEE);
                assert_int_equal(p2_of(&profile_piv, PROFILE_CHANGE, false, false, number, &p2),
                                 pin || number == 0x81 ? SCARD_S_SUCCESS : SCARD_E_INVALID_PARAMETER);
                assert_int_equal(p2_of(&profile_piv, PROFILE_UNBLOCK, false, false, number, &p2),
                                 number == 0x80 ? SCARD_S_SUCCESS : SCARD_E_INVALID_PARAMETER);
        }
        assert_int_equal(p2_of(&profile_piv, PROFILE_VERIFY, false, true, 0, &p2), SCARD_S_SUCCESS);
        assert_int_equal(p2, 0x80);
        assert_int_equal(p2_of(&profile_piv, PROFILE_VERIFY, true, false, 0, &p2), SCARD_S_SUCCESS);
        assert_int_equal(p2, 0x00);
        assert_int_equal(p2_of(&profile_piv, PROFILE_VERIFY, true, false, 1, &p2), SCARD_E_INVALID_PARAMETER);
}

/* P2 of VERIFY, written from the documents of each card: whole ones, and what a number without flags stands for. */
static bool listed(const uint8_t *list, uint8_t p2)
{
        for (size_t i = 0; list[i] != 0xEE; i++)
                if (list[i] == p2)
                        return true;
        return false;
}

static void every_profile_maps_global_local_and_neither(void **state)
{
        static const struct {
                const char *name;
                uint8_t p2[40];
                bool local; /* every reference of the card has bit 8: a bare number gets it */
        } cards[] = {
            {"piv", {0x00, 0x80, 0xEE}, false},
            {"openpgp", {0x81, 0x82, 0x83, 0xEE}, true},
            {"gsm", {0x01, 0x02, 0xEE}, false},
            {"uicc",
             {0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x0A, 0x0B, 0x0C, 0x0D, 0x0E, 0x11,
              0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x8A, 0x8B, 0x8C, 0x8D, 0x8E, 0xEE},
             false},
            {"gids", {0x80, 0x81, 0xEE}, true},
            {"myeid",
             {0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0A, 0x0B, 0x0C, 0x0D, 0x0E, 0xEE},
             false},
            {"isoapplet", {0x01, 0xEE}, false},
        };

        (void)state;
        for (size_t i = 0; i < sizeof(cards) / sizeof(cards[0]); i++) {
                const struct card_profile *profile = profile_by_name(cards[i].name);

                for (LONG number = 0; number < 256; number++) {
                        for (unsigned flags = 0; flags < (number < 32 ? 3u : 1u); flags++) {
                                bool bit8 = flags == 2 || (flags == 0 && cards[i].local && number < 32);
                                uint8_t want = (uint8_t)(number | (bit8 ? 0x80 : 0)), p2;
                                LONG status =
                                    p2_of(profile, PROFILE_VERIFY, flags == 1, flags == 2, number, &p2);

                                if (listed(cards[i].p2, want)) {
                                        assert_int_equal(status, SCARD_S_SUCCESS);
                                        assert_int_equal(p2, want);
                                } else {
                                        assert_int_equal(status, SCARD_E_INVALID_PARAMETER);
                                }
                        }
                }
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(piv_is_recognised_by_its_application_identifier),
            cmocka_unit_test(another_identifier_is_not_piv),
            cmocka_unit_test(a_short_identifier_is_not_piv),
            cmocka_unit_test(every_cut_of_an_atr_is_some_card),
            cmocka_unit_test(names_are_found_in_any_case),
            cmocka_unit_test(every_row_of_the_table_is_whole),
            cmocka_unit_test(the_usual_reference_can_be_verified),
            cmocka_unit_test(iso_maps_global_local_and_bare_numbers),
            cmocka_unit_test(piv_has_three_references),
            cmocka_unit_test(every_profile_maps_global_local_and_neither),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
