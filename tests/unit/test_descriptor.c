/*
 * test_descriptor.c - src/ccid/descriptor.c: the descriptors of real readers (../shared/data/readers.jsonl,
 * or the folder named by ISCARD_DATA), and broken ones.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "ccid/descriptor.h"
#include "ccid/quirks.h"

#define INTERFACES_MAX 8
#define CONFIG_MAX     1024

/* ---- one line of readers.jsonl; flat enough for strstr */

/* The number behind "key": within [from, to); fails the test where there is none. */
static unsigned long number(const char *from, const char *to, const char *key)
{
        char quoted[64];
        const char *at;

        snprintf(quoted, sizeof quoted, "\"%s\": ", key);
        at = strstr(from, quoted);
        if (at == NULL || at >= to)
                fail_msg("no %s in %.60s", key, from);
        at += strlen(quoted);
        return strtoul(*at == '"' ? at + 1 : at, NULL, 0);
}

static size_t config_bytes(const char *line, uint8_t *config)
{
        const char *at = strstr(line, "\"config\": \"");
        size_t len = 0;
        unsigned byte;

        assert_non_null(at);
        for (at += strlen("\"config\": \""); *at != '"' && len < CONFIG_MAX; at += 2) {
                assert_int_equal(sscanf(at, "%2x", &byte), 1);
                config[len++] = (uint8_t)byte;
        }
        return len;
}

static enum ifd_exchange level(const char *from)
{
        const char *at = strstr(from, "\"level\": \"");

        assert_non_null(at);
        at += strlen("\"level\": \"");
        if (strncmp(at, "extAPDU", 7) == 0)
                return IFD_EXCHANGE_EXTENDED_APDU;
        if (strncmp(at, "shortAPDU", 9) == 0)
                return IFD_EXCHANGE_SHORT_APDU;
        return strncmp(at, "TPDU", 4) == 0 ? IFD_EXCHANGE_TPDU : IFD_EXCHANGE_CHARACTER;
}

#define SAME(field) assert_int_equal(d->field, number(from, to, #field))
static void compare(const struct ccid_descriptor *d, const char *from, const char *to)
{
        assert_int_equal(d->bInterfaceNumber, number(from, to, "interface"));
        assert_int_equal(d->bAlternateSetting, number(from, to, "alternate"));
        assert_int_equal(d->bInterfaceClass, number(from, to, "class_"));
        assert_int_equal(d->bInterfaceProtocol, number(from, to, "protocol"));
        assert_int_equal(d->bNumEndpoints, number(from, to, "endpoints"));
        assert_int_equal(descriptor_exchange(d), level(from));
        assert_int_equal(descriptor_slots(d), number(from, to, "bMaxSlotIndex") + 1);
        SAME(bcdCCID);
        SAME(bMaxSlotIndex);
        SAME(bVoltageSupport);
        SAME(dwProtocols);
        SAME(dwDefaultClock);
        SAME(dwMaximumClock);
        SAME(bNumClockSupported);
        SAME(dwDataRate);
        SAME(dwMaxDataRate);
        SAME(bNumDataRatesSupported);
        SAME(dwMaxIFSD);
        SAME(dwSynchProtocols);
        SAME(dwMechanical);
        SAME(dwFeatures);
        SAME(dwMaxCCIDMessageLength);
        SAME(bClassGetResponse);
        SAME(bClassEnvelope);
        SAME(wLcdLayout);
        SAME(bPINSupport);
        SAME(bMaxCCIDBusySlots);
        if (d->bInterfaceProtocol == CCID_PROTOCOL_BULK) {
                assert_int_not_equal(d->pipes.bulk_in, 0);
                assert_int_not_equal(d->pipes.bulk_out, 0);
                assert_int_equal(d->pipes.interrupt_in != 0, d->bNumEndpoints > 2);
        }
}

static void check_line(const char *line)
{
        uint8_t config[CONFIG_MAX];
        size_t len = config_bytes(line, config), cursor = 0;
        const char *from = strstr(line, "\"interfaces\": ");
        struct ccid_descriptor d;

        assert_non_null(from);
        from = strchr(from, '{');
        while (from != NULL) {
                const char *to = strchr(from, '}');

                assert_non_null(to);
                assert_true(descriptor_next(config, len, true, &cursor, &d));
                compare(&d, from, to);
                from = strchr(to, '{');
        }
        assert_false(descriptor_next(config, len, true, &cursor, &d));
}

/* The bytes in an allocation of their very length, so that the address sanitizer sees every step outside. */
static unsigned walk(const uint8_t *config, size_t len)
{
        uint8_t *exact = malloc(len == 0 ? 1 : len);
        struct ccid_descriptor d;
        unsigned found = 0;
        size_t cursor = 0;

        assert_non_null(exact);
        memcpy(exact, config, len);
        while (descriptor_next(exact, len, true, &cursor, &d)) {
                assert_true(descriptor_slots(&d) >= 1 && descriptor_slots(&d) <= IFD_SLOTS_MAX);
                assert_true(descriptor_message_max(&d) >= CCID_MESSAGE_MIN);
                assert_true(descriptor_message_max(&d) <= CCID_MESSAGE_MAX);
                assert_true(++found <= INTERFACES_MAX);
        }
        free(exact);
        return found;
}

static void break_line(const char *line)
{
        uint8_t config[CONFIG_MAX];
        size_t len = config_bytes(line, config), i;
        unsigned whole = walk(config, len);

        for (i = 0; i < len; i++)
                assert_true(walk(config, i) <= whole);
        /* every length of a descriptor wrong, in turn */
        for (i = 0; i + 1 < len;) {
                static const uint8_t wrong[] = {0, 1, 2, 53, 55, 255};
                uint8_t right = config[i];
                size_t k;

                for (k = 0; k < sizeof wrong; k++) {
                        config[i] = wrong[k];
                        (void)walk(config, len);
                }
                config[i] = right;
                i += right;
        }
}

static void each_line(void (*check)(const char *line))
{
        const char *folder = getenv("ISCARD_DATA");
        char path[512], *line = NULL;
        size_t room = 0;
        unsigned count = 0;
        FILE *file;

        snprintf(path, sizeof path, "%s/readers.jsonl", folder != NULL ? folder : "../shared/data");
        file = fopen(path, "r");
        if (file == NULL) {
                print_message("[  SKIPPED ] no %s: set ISCARD_DATA to the folder of readers.jsonl\n", path);
                skip();
        }
        while (getline(&line, &room, file) > 0) {
                check(line);
                count++;
        }
        free(line);
        fclose(file);
        print_message("%u models of readers\n", count);
        assert_true(count > 0);
}

static void real_readers_are_read_as_published(void **state)
{
        (void)state;
        each_line(check_line);
}

static void real_readers_cut_or_with_wrong_lengths_stay_within_bounds(void **state)
{
        (void)state;
        each_line(break_line);
}

/* ---- a small configuration of our own */

#define INTERFACE(class) 9, 4, 0, 0, 3, class, 0, 0, 0
#define ENDPOINTS        7, 5, 0x01, 2, 64, 0, 0, 7, 5, 0x82, 2, 64, 0, 0, 7, 5, 0x83, 3, 8, 0, 16
#define FUNCTIONAL(type)                                                                                     \
        54, type, 0x10, 1, 0, 7, 3, 0, 0, 0, 0xA0, 0x0F, 0, 0, 0xA0, 0x0F, 0, 0, 0, 0, 0x2A, 0, 0, 0x90,     \
            0xD0, 3, 0, 0, 254, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xBA, 0, 2, 0, 0x0F, 1, 0, 0, 0, 0, 0, 0,   \
            0, 1
#define CONFIGURATION 9, 2, 93, 0, 1, 1, 0, 0x80, 50

static bool first(const uint8_t *config, size_t len, bool vendor_class, struct ccid_descriptor *d)
{
        size_t cursor = 0;

        return descriptor_next(config, len, vendor_class, &cursor, d);
}

static void functional_descriptor_is_found_in_odd_places(void **state)
{
        static const uint8_t before[] = {CONFIGURATION, FUNCTIONAL(0x21), INTERFACE(11), ENDPOINTS};
        static const uint8_t behind[] = {CONFIGURATION, INTERFACE(11), ENDPOINTS, FUNCTIONAL(0xFF)};
        static const uint8_t stranger[] = {CONFIGURATION, INTERFACE(11), ENDPOINTS, INTERFACE(3),
                                           FUNCTIONAL(0x21)};
        struct ccid_descriptor d;

        (void)state;
        assert_true(first(before, sizeof before, false, &d));
        assert_int_equal(d.dwMaxIFSD, 254);
        assert_int_equal(d.pipes.bulk_in, 0x82);
        assert_true(first(behind, sizeof behind, false, &d));
        assert_int_equal(d.dwMaxCCIDMessageLength, 271);
        assert_true(first(stranger, sizeof stranger, false, &d));
        assert_int_equal(d.dwMaxIFSD, 254);
}

static void vendor_class_needs_the_table_and_a_descriptor_of_its_own(void **state)
{
        static const uint8_t own[] = {CONFIGURATION, INTERFACE(255), FUNCTIONAL(0x21), ENDPOINTS};
        static const uint8_t none[] = {CONFIGURATION, FUNCTIONAL(0x21), INTERFACE(255), ENDPOINTS};
        struct ccid_descriptor d;

        (void)state;
        assert_false(first(own, sizeof own, false, &d));
        assert_true(first(own, sizeof own, true, &d));
        assert_false(first(none, sizeof none, true, &d));
        assert_int_equal(quirks_find(0x04E6, 0x5111, 0x0100)->flags & QUIRK_VENDOR_CLASS, QUIRK_VENDOR_CLASS);
        assert_int_equal(quirks_find(0x1234, 0x5678, 0)->flags, 0);
        assert_int_equal(quirks_find(0x25DD, 0x3111, 0)->flags, QUIRK_NO_PINPAD);
        assert_int_equal(quirks_find(0x04F2, 0x1469, 0)->flags, QUIRK_NO_PINPAD);
        assert_int_equal(quirks_find(0x04E6, 0x5791, 0)->slow_ms, 12000);
        assert_int_equal(quirks_find(0x0529, 0x0620, 0x0012)->flags, QUIRK_NO_IFS);
        assert_int_equal(quirks_find(0x0529, 0x0620, 0x0100)->flags, 0);
}

static void hid_descriptor_is_not_taken_for_ccid(void **state)
{
        static const uint8_t hid[] = {CONFIGURATION, INTERFACE(11), 9, 0x21, 0x11, 1, 0, 1, 0x22, 63, 0,
                                      ENDPOINTS};
        struct ccid_descriptor d;

        (void)state;
        assert_false(first(hid, sizeof hid, true, &d));
        assert_int_equal(d.dwFeatures, 0);
}

static void lying_numbers_are_clamped_in_use(void **state)
{
        struct ccid_descriptor d = {.bMaxSlotIndex = 255, .dwMaxCCIDMessageLength = 0xFFFFFFFF};

        (void)state;
        assert_int_equal(descriptor_slots(&d), IFD_SLOTS_MAX);
        assert_int_equal(descriptor_message_max(&d), CCID_MESSAGE_MAX);
        d.dwMaxCCIDMessageLength = 0;
        assert_int_equal(descriptor_message_max(&d), CCID_MESSAGE_MIN);
        d.dwFeatures = 0x00060000;
        assert_int_equal(descriptor_exchange(&d), IFD_EXCHANGE_EXTENDED_APDU);
        d.dwFeatures = 0x00030000;
        assert_int_equal(descriptor_exchange(&d), IFD_EXCHANGE_SHORT_APDU);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(real_readers_are_read_as_published),
            cmocka_unit_test(real_readers_cut_or_with_wrong_lengths_stay_within_bounds),
            cmocka_unit_test(functional_descriptor_is_found_in_odd_places),
            cmocka_unit_test(vendor_class_needs_the_table_and_a_descriptor_of_its_own),
            cmocka_unit_test(hid_descriptor_is_not_taken_for_ccid),
            cmocka_unit_test(lying_numbers_are_clamped_in_use),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
