/*
 * core/card/entry.c: the structures that tell a PIN pad how each profile writes its codes. Expected bytes by hand from
 * PC/SC part 10 2.5.2 and 2.5.3 (little-endian, packed).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/card/chv_command.h"
#include "core/card/entry.h"

static size_t unhex(const char *hex, uint8_t *out)
{
        size_t len = 0;
        unsigned byte;
        int used;

        while (sscanf(hex, " %2x%n", &byte, &used) == 1) {
                out[len++] = (uint8_t)byte;
                hex += used;
        }
        return len;
}

/* The command as chv.c describes it; false: the card has no such reference. */
static bool describe(const char *name, enum profile_op op, LONG number, struct entry *entry)
{
        const struct card_profile *profile = profile_by_name(name);
        struct chv_reference ref = {.number = number};
        uint8_t p2;

        if (profile->reference(&ref, op, &p2) != SCARD_S_SUCCESS)
                return false;
        *entry = (struct entry){.cla = profile->cla, .ins = chv_command_ins(op), .p2 = p2};
        entry->first =
            profile->format(p2, op == PROFILE_UNBLOCK ? PROFILE_ROLE_RESET_CODE : PROFILE_ROLE_CODE);
        if (op == PROFILE_CHANGE || op == PROFILE_UNBLOCK)
                entry->second = profile->format(p2, PROFILE_ROLE_CODE);
        return true;
}

static void each_profile_is_described_to_the_pin_pad(void **state)
{
        static const struct {
                const char *profile;
                enum profile_op op;
                LONG number;
                const char *bytes;
        } cases[] = {
            /* times, format 82 (bytes, left, ASCII), block, no length, most and least digits, validation key, ... */
            {"iso", PROFILE_VERIFY, 1, "0000 82 00 00 0F01 02 01 0904 00 000000 05000000 00200001 00"},
            {"iso", PROFILE_CHANGE, 1,
             "0000 82 00 00 00 00 0F01 03 02 03 0904 000102 000000 05000000 00240001 00"},
            {"piv", PROFILE_VERIFY, 0x80,
             "0000 82 08 00 0806 02 01 0904 00 000000 0D000000 00200080 08 FFFFFFFFFFFFFFFF"},
            {"piv", PROFILE_CHANGE, 0x80,
             "0000 82 08 00 00 08 0806 03 02 03 0904 000102 000000 15000000 00240080 10"
             "FFFFFFFFFFFFFFFF FFFFFFFFFFFFFFFF"},
            {"piv", PROFILE_UNBLOCK, 0x80,
             "0000 82 08 00 00 08 0806 03 02 03 0904 000102 000000 15000000 002C0080 10"
             "FFFFFFFFFFFFFFFF FFFFFFFFFFFFFFFF"},
            {"openpgp", PROFILE_VERIFY, 0x82, "0000 82 00 00 0F06 02 01 0904 00 000000 05000000 00200082 00"},
            {"openpgp", PROFILE_VERIFY, 0x83, "0000 82 00 00 0F08 02 01 0904 00 000000 05000000 00200083 00"},
            {"openpgp", PROFILE_CHANGE, 0x82,
             "0000 82 00 00 00 00 0F06 03 02 03 0904 000102 000000 05000000 00240081 00"},
            {"gsm", PROFILE_VERIFY, 1,
             "0000 82 08 00 0804 02 01 0904 00 000000 0D000000 A0200001 08 FFFFFFFFFFFFFFFF"},
            {"gsm", PROFILE_UNBLOCK, 1,
             "0000 82 08 00 00 08 0804 03 02 03 0904 000102 000000 15000000 A02C0000 10"
             "FFFFFFFFFFFFFFFF FFFFFFFFFFFFFFFF"},
            {"gsm", PROFILE_ENABLE, 1,
             "0000 82 08 00 0804 02 01 0904 00 000000 0D000000 A0280001 08 FFFFFFFFFFFFFFFF"},
            {"uicc", PROFILE_VERIFY, 0x81,
             "0000 82 08 00 0804 02 01 0904 00 000000 0D000000 00200081 08 FFFFFFFFFFFFFFFF"},
            {"uicc", PROFILE_DISABLE, 1,
             "0000 82 08 00 0804 02 01 0904 00 000000 0D000000 00260001 08 FFFFFFFFFFFFFFFF"},
            {"gids", PROFILE_VERIFY, 0x80, "0000 82 00 00 0F04 02 01 0904 00 000000 05000000 00200080 00"},
            {"gids", PROFILE_UNBLOCK, 0x80,
             "0000 82 00 00 00 00 0F04 03 02 03 0904 000102 000000 05000000 002C0080 00"},
            {"myeid", PROFILE_CHANGE, 1,
             "0000 82 08 00 00 08 0804 03 02 03 0904 000102 000000 15000000 00240001 10"
             "FFFFFFFFFFFFFFFF FFFFFFFFFFFFFFFF"},
            /* Blocks of sixteen bytes: four bits cannot say that. */
            {"isoapplet", PROFILE_VERIFY, 1, ""},
            {"isoapplet", PROFILE_CHANGE, 1, ""},
            {"isoapplet", PROFILE_UNBLOCK, 1, ""},
        };

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                uint8_t want[100], got[ENTRY_TEMPLATE_MAX];
                size_t len = unhex(cases[i].bytes, want);
                struct entry entry;

                assert_true(describe(cases[i].profile, cases[i].op, cases[i].number, &entry));
                assert_int_equal(entry_template(&entry, true, got), len);
                assert_memory_equal(got, want, len);
                /* Without a display the reader is asked to show nothing. */
                assert_int_equal(entry_template(&entry, false, got), len);
                if (len != 0)
                        want[entry.second != NULL ? 11 : 8] = 0;
                assert_memory_equal(got, want, len);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(each_profile_is_described_to_the_pin_pad),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
