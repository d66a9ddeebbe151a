/*
 * test_sim_config.c - src/sim/config.c and faults.c: what ISCARD_SIM may say.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "sim/card.h"
#include "sim/config.h"

static struct sim_config_list parsed(const char *text)
{
        struct sim_config_list list;
        char error[200];

        if (!sim_config_parse(text, &list, error, sizeof error))
                fail_msg("\"%s\": %s", text, error);
        return list;
}

static void refused(const char *text, const char *error_part)
{
        struct sim_config_list list;
        char error[200];

        assert_false(sim_config_parse(text, &list, error, sizeof error));
        if (strstr(error, error_part) == NULL)
                fail_msg("\"%s\": \"%s\" does not name %s", text, error, error_part);
        assert_null(list.readers);
        assert_int_equal(list.count, 0);
}

static void empty_and_1_are_one_default_reader(void **state)
{
        static const char *const texts[] = {"", "1", " 1 "};

        (void)state;
        for (size_t i = 0; i < 3; i++) {
                struct sim_config_list list = parsed(texts[i]);
                assert_int_equal(list.count, 1);
                const struct sim_config *config = sim_config_at(&list, 0);
                assert_int_equal(config->level, SIM_LEVEL_SHORT_APDU);
                assert_int_equal(config->protocols, SIM_T1);
                assert_string_equal(config->card->name, "iso");
                assert_true(config->card_in);
                assert_int_equal(config->slots, 1);
                assert_int_equal(config->automatic, SIM_AUTO_ALL);
                assert_true(config->interrupt);
                assert_int_equal(config->max_message, 271);
                assert_string_equal(config->name, "Virtual CCID Reader");
                assert_string_equal(config->serial, "");
                assert_null(sim_config_at(&list, 1));
                assert_false(list.usb);
                sim_config_free(&list);
                assert_null(list.readers);
        }
}

static void every_key_is_taken(void **state)
{
        (void)state;
        struct sim_config_list list =
            parsed("level=tpdu, protocol=t0,edc=crc,card=piv,slots=4,busy=2,auto=params+pps,interrupt=0,"
                   "maxmsg=300,name=A b,serial=77,fault=lose@3+mute@*,pinpad=1,iccd=no,timing=real,pin=12345,"
                   "newpin=,mode=specific,access=claimed");
        const struct sim_config *config = sim_config_at(&list, 0);
        assert_int_equal(config->level, SIM_LEVEL_TPDU);
        assert_int_equal(config->protocols, SIM_T0);
        assert_true(config->crc);
        assert_string_equal(config->card->name, "piv");
        assert_int_equal(config->slots, 4);
        assert_int_equal(config->busy, 2);
        assert_int_equal(config->automatic, SIM_AUTO_PARAMS | SIM_AUTO_PPS);
        assert_false(config->interrupt);
        assert_int_equal(config->max_message, 300);
        assert_string_equal(config->name, "A b");
        assert_string_equal(config->serial, "77");
        assert_true(config->pinpad);
        assert_true(config->real_timing);
        assert_true(config->specific);
        assert_int_equal(config->access, SIM_ACCESS_CLAIMED);
        assert_string_equal(config->pin, "12345");
        assert_string_equal(config->new_pin, "");
        assert_int_equal(config->faults.count, 2);
        assert_int_equal(config->faults.list[0].at, 3);
        assert_int_equal(config->faults.list[1].at, 0);
        sim_config_free(&list);
}

static void iccd_brings_its_level(void **state)
{
        (void)state;
        struct sim_config_list list = parsed("iccd=a;iccd=b,level=extended-apdu");
        assert_int_equal(sim_config_at(&list, 0)->iccd, SIM_ICCD_A);
        assert_int_equal(sim_config_at(&list, 0)->level, SIM_LEVEL_CHARACTER);
        assert_int_equal(sim_config_at(&list, 0)->protocols, SIM_T0);
        assert_int_equal(sim_config_at(&list, 1)->iccd, SIM_ICCD_B);
        assert_int_equal(sim_config_at(&list, 1)->max_message, 65554);
        sim_config_free(&list);
}

static void several_readers_and_usb(void **state)
{
        (void)state;
        struct sim_config_list list = parsed("card=none;usb;1;level=extended-apdu,card=mute");
        assert_int_equal(list.count, 3);
        assert_true(list.usb);
        assert_false(sim_config_at(&list, 0)->card_in);
        assert_true(sim_config_at(&list, 1)->card_in);
        assert_true(sim_config_at(&list, 2)->card_mute);
        assert_int_equal(sim_config_at(&list, 2)->max_message, 65554);
        sim_config_free(&list);
        list = parsed("usb");
        assert_int_equal(list.count, 0);
        assert_true(list.usb);
        sim_config_free(&list);
}

static void more_than_64_readers_are_refused(void **state)
{
        char text[130];

        (void)state;
        memset(text, 0, sizeof text);
        for (size_t i = 0; i < 64; i++)
                memcpy(text + 2 * i, "1;", 2);
        text[127] = '\0';
        struct sim_config_list list = parsed(text);
        assert_int_equal(list.count, 64);
        sim_config_free(&list);
        memcpy(text + 127, ";1", 3);
        refused(text, "64");
}

static void what_is_not_understood_is_named(void **state)
{
        static const struct {
                const char *text, *named;
        } cases[] = {
            {"levels=tpdu", "levels=tpdu"},
            {"level=fast", "level=fast"},
            {"level", "level"},
            {"card=iso,,slots=1", "\"\""},
            {"card=iso;slots=17", "slots=17"},
            {"slots=0", "slots=0"},
            {"slots=1x", "slots=1x"},
            {"slots=", "slots="},
            {"busy=2", "busy="},
            {"auto=params+speed", "auto=params+speed"},
            {"interrupt=yes", "interrupt=yes"},
            {"maxmsg=63", "maxmsg=63"},
            {"maxmsg=65555", "maxmsg=65555"},
            {"name=", "name="},
            {"fault=lose", "fault=lose"},
            {"fault=lose@0", "fault=lose@0"},
            {"fault=loose@1", "fault=loose@1"},
            {"fault=lose@1+", "fault=lose@1+"},
            {"fault=error-1@1", "fault=error-1@1"},
            {"fault=error-123@1", "fault=error-123@1"},
            {"fault=error-0G@1", "fault=error-0G@1"},
            {"fault=sw-90@1", "fault=sw-90@1"},
            {"fault=sw-@1", "fault=sw-@1"},
            {"access=root", "access=root"},
            {"fault=endless-61@1", "T=0"},
            {"protocol=t0,fault=wtx@2", "T=1"},
            {"fault=pin-cancel@2", "PIN pad"},
            {"iccd=a,level=tpdu", "iccd=a"},
            {"iccd=a,protocol=t1", "iccd=a"},
            {"iccd=b,level=character", "iccd=b"},
            {"iccd=b,slots=2", "slots="},
            {"iccd=b,pinpad=1", "pinpad="},
            {"iccd=c", "iccd=c"},
            {"mode=both", "mode=both"},
            {"pin=12a4", "pin=12a4"},
            {"newpin=12345678901234567", "newpin="},
            {"card=gsm2", "card=gsm2"},
            {"card=vpcd:0", "card=vpcd:0"},
            {"card=vpcd:65536", "card=vpcd:65536"},
            {"card=vpcd:", "card=vpcd:"},
            {"card=vpcd:7000,level=tpdu", "card=vpcd:"},
            {"card=vpcd:7000,slots=2", "card=vpcd:"},
            {"pinpad=2", "pinpad=2"},
            {"iccd=2", "iccd=2"},
            {"timing=2", "timing=2"},
        };

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
                refused(cases[i].text, cases[i].named);
}

static void a_small_error_buffer_is_not_overrun(void **state)
{
        struct sim_config_list list;
        char error[4] = "xyz";

        (void)state;
        assert_false(sim_config_parse("what", &list, error, 3));
        assert_int_equal(error[2], 0);
        assert_int_equal(error[3], 0);
        assert_false(sim_config_parse("what", &list, NULL, 0));
}

static void faults_for_one_message_are_used_up(void **state)
{
        struct sim_faults faults = {.count = 0};
        const char *bad;
        size_t bad_len;
        static const char text[] = "lose@2+busy@2+slow@*+endless-6c@3";

        (void)state;
        assert_true(sim_faults_add(&faults, text, strlen(text), &bad, &bad_len));
        assert_int_equal(sim_faults_take(&faults, 1), SIM_FAULT_SLOW);
        assert_int_equal(sim_faults_take(&faults, 2), SIM_FAULT_SLOW | SIM_FAULT_LOSE | SIM_FAULT_BUSY);
        assert_int_equal(sim_faults_take(&faults, 2), SIM_FAULT_SLOW);
        assert_int_equal(sim_faults_take(&faults, 3), SIM_FAULT_SLOW | SIM_FAULT_ENDLESS_6C);
        assert_int_equal(sim_faults_take(&faults, 9), SIM_FAULT_SLOW | SIM_FAULT_ENDLESS_6C);
        assert_int_equal(faults.count, 2);
}

static void faults_with_a_value_keep_it(void **state)
{
        struct sim_faults faults = {.count = 0};
        const char *bad;
        size_t bad_len;
        uint8_t sw[2] = {0, 0};
        static const char text[] = "error-00@1+error-fb@2+sw-6A82@2+error-0F@2+sw-9000@3";

        (void)state;
        assert_true(sim_faults_add(&faults, text, strlen(text), &bad, &bad_len));
        assert_int_equal(sim_faults_kinds(&faults), SIM_FAULT_ERROR | SIM_FAULT_SW);
        assert_int_equal(sim_faults_take(&faults, 1), SIM_FAULT_ERROR);
        uint64_t kinds = sim_faults_take(&faults, 2);
        assert_int_equal(kinds >> SIM_FAULT_ERROR_FROM & 0xFF, 0x0F); /* the later one, not both at once */
        assert_int_equal(sim_faults_answer(kinds, sw), 2);
        assert_int_equal(sw[0] << 8 | sw[1], 0x6A82);
        kinds = sim_faults_take(&faults, 3);
        assert_int_equal(kinds & SIM_FAULT_ERROR, 0);
        assert_int_equal(sim_faults_answer(kinds, sw), 2);
        assert_int_equal(sw[0] << 8 | sw[1], 0x9000);
        assert_int_equal(sim_faults_answer(SIM_FAULT_ERROR, sw), 0);
        assert_int_equal(faults.count, 0);
}

static void too_many_faults_change_nothing(void **state)
{
        struct sim_faults faults = {.count = 0};
        const char *bad;
        size_t bad_len;

        (void)state;
        for (unsigned i = 0; i < SIM_FAULTS_MAX; i++)
                assert_true(sim_faults_add(&faults, "busy@1", 6, &bad, &bad_len));
        assert_false(sim_faults_add(&faults, "busy@1", 6, &bad, &bad_len));
        assert_int_equal(faults.count, SIM_FAULTS_MAX);
        faults.count = 1;
        assert_false(sim_faults_add(&faults, "busy@1+oops@1", 13, &bad, &bad_len));
        assert_int_equal(bad_len, 6);
        assert_memory_equal(bad, "oops@1", 6);
        assert_int_equal(faults.count, 1);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(empty_and_1_are_one_default_reader),
            cmocka_unit_test(every_key_is_taken),
            cmocka_unit_test(iccd_brings_its_level),
            cmocka_unit_test(several_readers_and_usb),
            cmocka_unit_test(more_than_64_readers_are_refused),
            cmocka_unit_test(what_is_not_understood_is_named),
            cmocka_unit_test(a_small_error_buffer_is_not_overrun),
            cmocka_unit_test(faults_for_one_message_are_used_up),
            cmocka_unit_test(faults_with_a_value_keep_it),
            cmocka_unit_test(too_many_faults_change_nothing),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
