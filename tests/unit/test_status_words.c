/*
 * Every method that sends a command, in both forms, through the vtable and late-bound, with every status word from
 * 0000 to FFFF in the card's answer: the code that the tables of the specification give, and the object works
 * afterwards.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <oleauto.h>

#include "tests/support/fake_winscard.h"
#include "tests/support/methods.h"
#include "tests/support/words.h"

/* 0000 is what stands for no answer: no card may say it (ISO/IEC 7816-3 10.3.3), and nobody takes it for one. */
static HRESULT optional_code(unsigned sw)
{
        return sw == 0x0000 ? SCARD_E_UNEXPECTED : S_OK;
}

/* SELECT of a file, of a directory. */
static HRESULT select_code(unsigned sw, enum methods_select select)
{
        HRESULT code = words_command(sw);

        if (select == METHODS_SELECT_OPTIONAL)
                return optional_code(sw);
        if (sw == 0x6283 && select == METHODS_SELECT_ANY)
                return S_OK; /* deactivated, and to be managed all the same */
        return code == SCARD_E_FILE_NOT_FOUND && select == METHODS_SELECT_DIR ? SCARD_E_DIR_NOT_FOUND : code;
}

static bool is(const struct methods_row *row, const char *method, const char *variant)
{
        return strcmp(row->method, method) == 0 && strcmp(row->variant, variant) == 0;
}

/* What the documentation of the methods says beyond the tables. */
static HRESULT as_documented(const struct methods_row *row, unsigned sw, HRESULT code)
{
        /* A short identifier is looked up by READ BINARY: that may be refused, or find the file empty or one of
         * records, and the file is there. */
        if (is(row, "Open", "short") &&
            (sw == 0x6981 || sw == 0x6982 || sw == 0x6985 || sw == 0x6282 || sw == 0x6B00))
                return S_OK;
        /* EF.DIR was read to its end; or is not there, and the card has no other way to tell. */
        if (is(row, "Directory", "") && code == SCARD_W_EOF)
                return S_OK;
        if (is(row, "Directory", "") && code == SCARD_E_FILE_NOT_FOUND)
                return SCARD_E_UNSUPPORTED_FEATURE;
        /* There is less than was to be combined. */
        if (is(row, "Write", "OR, which reads") && code == SCARD_W_EOF)
                return SCARD_E_WRITE_TOO_MANY;
        return code;
}

static HRESULT select_as_documented(const struct methods_row *row, unsigned sw)
{
        /* It knows no MF, so it does not tell what is in there. */
        if (is(row, "Directory", "") && sw == 0x6A86)
                return SCARD_E_UNSUPPORTED_FEATURE;
        return select_code(sw, row->select);
}

/* What a row comes to when its command is answered by the status word alone, or by 9000 and data. */
static HRESULT expected(const struct methods_row *row, unsigned sw)
{
        HRESULT code;

        switch (row->words) {
        case METHODS_CHV:
        case METHODS_CHECK:
        case METHODS_PINPAD:
                return words_chv(sw, row->words);
        case METHODS_LOG_OUT:
        case METHODS_OPTIONAL:
                return optional_code(sw);
        default:
                break;
        }
        code = as_documented(row, sw, words_command(sw));
        if (sw == 0x9000)
                return row->played;
        return code == S_OK && !is(row, "Open", "short") && !is(row, "Directory", "") ? row->empty : code;
}

/* ---- the runs */

int __wrap_madvise(void *at, size_t len, int advice);

/* tests/oom/oom.mk says why. */
int __wrap_madvise(void *at, size_t len, int advice)
{
        (void)at, (void)len, (void)advice;
        return 0;
}

/* Every so many words where a run is slow; those of the tables always. */
#define STEP      (WORDS_SLOW ? 31u : 1u)
#define STEP_LATE 16u /* of late-bound calls, besides */

static struct {
        struct methods_bench bench;
        struct methods_call call;
        unsigned long words[METHODS_WAYS];
        unsigned rows, again;
} run;

static void make(const struct methods_row *row, enum methods_way way)
{
        if (row->prepare != NULL)
                row->prepare(&run.bench);
        assert_true(methods_call_make(&run.call, &run.bench, row, way));
}

static HRESULT call_with(const struct methods_row *row, uint8_t ins, uint16_t sw)
{
        HRESULT hr;

        methods_rewind(&run.bench);
        methods_ins = ins;
        methods_sw = sw;
        fake.sw = row->words == METHODS_PINPAD ? sw : 0x9000;
        hr = methods_call_run(&run.call);
        methods_ins = 0;
        fake.sw = 0x9000;
        return hr;
}

/* What the call used up is there again. */
static void call_again(const struct methods_row *row, enum methods_way way)
{
        methods_call_clear(&run.call);
        if (!row->each)
                return;
        methods_call_free(&run.call);
        make(row, way);
}

/* A log-out that the card refuses is a reset. */
static unsigned resets_after(uint8_t ins, unsigned sw)
{
        bool done = sw == 0x9000 || (ins == 0xA4 && words_command(sw) == S_OK);

        return !done && sw != 0x0000;
}

static void one_word(const struct methods_row *row, enum methods_way way, uint8_t ins, unsigned sw,
                     HRESULT wanted)
{
        unsigned open = fake.begins - fake.ends, resets = fake.reconnects;
        HRESULT hr = call_with(row, ins, (uint16_t)sw);

        if (hr != wanted)
                fail_msg("%s, way %d: INS %02X %04X gives %08X, not %08X", methods_name(row), way, ins, sw,
                         (unsigned)hr, (unsigned)wanted);
        if (FAILED(hr) && hr != SCARD_W_EOF && !methods_call_empty(&run.call))
                fail_msg("%s, way %d: INS %02X %04X hands something out", methods_name(row), way, ins, sw);
        if (fake.reconnects != resets) /* which ends the transaction */
                open++;
        if (fake.begins - fake.ends != open)
                fail_msg("%s: %04X leaves a transaction", methods_name(row), sw);
        if (row->words == METHODS_LOG_OUT)
                assert_int_equal(fake.reconnects - resets, resets_after(ins, sw));
        run.words[way]++;
        call_again(row, way);
        if (sw % 64 != (unsigned)way && !words_in_tables(sw))
                return;
        hr = call_with(row, 0, 0x9000);
        if (hr != row->played)
                fail_msg("%s, way %d: after %04X %08X", methods_name(row), way, sw, (unsigned)hr);
        run.again++;
        call_again(row, way);
}

static void begin(void)
{
        fake_winscard_reset();
        fake.answer = methods_answer;
        fake.counts_commands = true;
        methods_ins = 0;
        methods_begin(&run.bench, &fake_api, FAKE_CALLERS);
}

static bool due(unsigned sw, enum methods_way way, unsigned salt)
{
        unsigned step = way == METHODS_VTABLE ? STEP : STEP * STEP_LATE;

        return words_in_tables(sw) || (sw + salt) % step == 0;
}

static void every_status_word_of_every_method_has_its_code(void **state)
{
        (void)state;
        memset(&run, 0, sizeof(run));
        for (size_t i = 0; i < methods_rows_len; i++) {
                const struct methods_row *row = &methods_rows[i];

                if (row->words == METHODS_NO_WORDS)
                        continue;
                run.rows++;
                for (enum methods_way way = METHODS_VTABLE; way <= METHODS_INVOKE; way++) {
                        begin();
                        make(row, way);
                        for (unsigned sw = 0; sw <= 0xFFFF; sw++)
                                if (due(sw, way, (unsigned)i))
                                        one_word(row, way, row->ins, sw, expected(row, sw));
                        methods_call_free(&run.call);
                        methods_end(&run.bench);
                }
        }
        print_message(
            "%u methods and variants with a command: %lu status words through the vtable, %lu late-bound; "
            "%u times used again\n",
            run.rows, run.words[METHODS_VTABLE], run.words[METHODS_INVOKE], run.again);
}

/* Somebody else's command came in between, so each file is selected again: SELECT answers it. */
static void every_status_word_of_select_has_its_code(void **state)
{
        (void)state;
        memset(&run, 0, sizeof(run));
        for (size_t i = 0; i < methods_rows_len; i++) {
                const struct methods_row *row = &methods_rows[i];

                if (row->select == METHODS_NO_SELECT)
                        continue;
                run.rows++;
                for (enum methods_way way = METHODS_VTABLE; way <= METHODS_INVOKE; way++) {
                        begin();
                        make(row, way);
                        for (unsigned sw = 0; sw <= 0xFFFF; sw++) {
                                HRESULT wanted = select_as_documented(row, sw);

                                /* One that says it is selected is not what this is about. */
                                if (!due(sw, way, (unsigned)i) ||
                                    (wanted == S_OK && row->select != METHODS_SELECT_OPTIONAL))
                                        continue;
                                fake.others++;
                                one_word(row, way, 0xA4, sw, wanted);
                        }
                        methods_call_free(&run.call);
                        methods_end(&run.bench);
                }
        }
        print_message(
            "%u that begin with SELECT: %lu status words of SELECT through the vtable, %lu late-bound; "
            "%u times used again\n",
            run.rows, run.words[METHODS_VTABLE], run.words[METHODS_INVOKE], run.again);
}

/* ---- the table is whole */

/* A row without words has no command that could bring one: the tests above leave nothing out. */
static void rows_without_a_command_send_none(void **state)
{
        unsigned rows = 0;

        (void)state;
        memset(&run, 0, sizeof(run));
        for (size_t i = 0; i < methods_rows_len; i++) {
                const struct methods_row *row = &methods_rows[i];
                unsigned sent;

                if (row->words != METHODS_NO_WORDS || row->select != METHODS_NO_SELECT)
                        continue;
                begin();
                make(row, METHODS_VTABLE);
                sent = fake.sent + fake.entries;
                (void)methods_call_run(&run.call);
                if (fake.sent + fake.entries != sent)
                        fail_msg("%s: sends a command", methods_name(row));
                methods_call_free(&run.call);
                methods_end(&run.bench);
                rows++;
        }
        print_message("%u methods and variants without a command\n", rows);
}

static void every_method_has_a_row(void **state)
{
        unsigned methods = 0;

        (void)state;
        methods_check_complete();
        for (const struct methods_interface *at = methods_interfaces; at->interface != NULL; at++)
                methods += at->interface->methods_len;
        print_message("%u methods, %zu rows\n", methods, methods_rows_len);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(every_method_has_a_row),
            cmocka_unit_test(rows_without_a_command_send_none),
            cmocka_unit_test(every_status_word_of_every_method_has_its_code),
            cmocka_unit_test(every_status_word_of_select_has_its_code),
        };

        unsetenv("ISCARD_PROFILE");
        return cmocka_run_group_tests(tests, NULL, NULL);
}
