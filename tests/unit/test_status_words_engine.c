/*
 * Every status word from 0000 to FFFF on its way through the whole engine and virtual readers of each kind, those that
 * are none in T=0 included: the objects answer with the codes of the tables, or where the card broke the protocol with
 * one that says so, and work afterwards. More methods, and every variant: test_status_words.c
 *
 * The linker leads what the virtual card is asked here (tests/oom/oom.mk).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <oleauto.h>

#include "com/hresult.h"
#include "com/object.h"
#include "sim/card.h"
#include "sim/control.h"
#include "tests/support/methods.h"
#include "tests/support/words.h"

/* ---- the card: one instruction answered by the status word alone */

static uint8_t chosen_ins; /* 0: none */
static uint16_t chosen_sw;

size_t __real_sim_card_apdu(struct sim_card *card, const uint8_t *command, size_t len, uint8_t *response,
                            size_t room);
size_t __wrap_sim_card_apdu(struct sim_card *card, const uint8_t *command, size_t len, uint8_t *response,
                            size_t room);
uint16_t __real_sim_card_command(struct sim_card *card, const struct sim_apdu *apdu,
                                 struct sim_answer *answer);
uint16_t __wrap_sim_card_command(struct sim_card *card, const struct sim_apdu *apdu,
                                 struct sim_answer *answer);
int __wrap_madvise(void *at, size_t len, int advice);

size_t __wrap_sim_card_apdu(struct sim_card *card, const uint8_t *command, size_t len, uint8_t *response,
                            size_t room)
{
        if (chosen_ins == 0 || len < 2 || command[1] != chosen_ins)
                return __real_sim_card_apdu(card, command, len, response, room);
        response[0] = (uint8_t)(chosen_sw >> 8);
        response[1] = (uint8_t)chosen_sw;
        return 2;
}

uint16_t __wrap_sim_card_command(struct sim_card *card, const struct sim_apdu *apdu,
                                 struct sim_answer *answer)
{
        if (chosen_ins == 0 || apdu->ins != chosen_ins)
                return __real_sim_card_command(card, apdu, answer);
        return chosen_sw;
}

int __wrap_madvise(void *at, size_t len, int advice)
{
        (void)at, (void)len, (void)advice;
        return 0;
}

/* ---- what is called */

static struct methods_bench bench;

static HRESULT verify(void)
{
        return bench.verify->lpVtbl->Verify(bench.verify, bench.buffers[METHODS_CODE], SC_FL_IHV_GLOBAL, 1);
}

static HRESULT check(void)
{
        return bench.verify->lpVtbl->Verify(bench.verify, NULL, SC_FL_IHV_GLOBAL | SC_FL_IHV_CHECKONLY, 1);
}

static HRESULT read_file(void)
{
        IByteBuffer *buffer = NULL;
        LONG wanted = 4;
        HRESULT hr = bench.files->lpVtbl->Read(bench.files, bench.file[METHODS_BYTES], &wanted,
                                               SC_FL_NO_FLAGS, &buffer);

        assert_int_equal(buffer != NULL, SUCCEEDED(hr) || hr == SCARD_W_EOF);
        if (buffer != NULL)
                buffer->lpVtbl->Release(buffer);
        return hr;
}

static HRESULT write_file(void)
{
        return bench.files->lpVtbl->Write(bench.files, bench.file[METHODS_BYTES], bench.buffers[METHODS_DATA],
                                          SC_FL_NO_FLAGS);
}

static HRESULT get_challenge(void)
{
        IByteBuffer *buffer = NULL;
        HRESULT hr = bench.auth->lpVtbl->GetChallenge(bench.auth, 0, 8, NULL, &buffer);

        assert_int_equal(buffer != NULL, SUCCEEDED(hr));
        if (buffer != NULL)
                buffer->lpVtbl->Release(buffer);
        return hr;
}

static const struct call {
        const char *name;
        HRESULT (*run)(void);
        uint8_t ins;
        enum methods_words words;
        HRESULT empty; /* a success that brings no data */
} calls[] = {
    {"Verify", verify, 0x20, METHODS_CHV, S_OK},
    {"Verify, CHECKONLY", check, 0x20, METHODS_CHECK, S_OK},
    {"Read", read_file, 0xB0, METHODS_COMMAND, SCARD_W_EOF},
    {"Write", write_file, 0xD6, METHODS_COMMAND, S_OK},
    {"GetChallenge", get_challenge, 0x84, METHODS_COMMAND, S_OK},
};

/*
 * In T=0 the first byte may ask for more time (60), for the data (INS), for GET RESPONSE (61) or for the same once more
 * (6C), and what begins with anything but 6 or 9 is no status word. ISO/IEC 7816-3 10.3.3, 12.2
 */
static bool plain_in_t0(unsigned sw)
{
        unsigned sw1 = sw >> 8;

        return (sw1 >> 4 == 6 || sw1 >> 4 == 9) && sw1 != 0x60 && sw1 != 0x61 && sw1 != 0x6C;
}

/* GET RESPONSE, or the same once more, which this card answers as it likes. */
static bool answered_inside(const struct call *call, unsigned sw)
{
        return call->words == METHODS_COMMAND && (sw >> 8 == 0x61 || sw >> 8 == 0x6C);
}

static HRESULT expected(const struct call *call, unsigned sw)
{
        HRESULT code;

        if (call->words != METHODS_COMMAND)
                return words_chv(sw, call->words);
        code = words_command(sw);
        return code == S_OK ? call->empty : code;
}

/* It has a name in the list, and is no success that the card did not mean. */
static bool says_what_happened(const struct call *call, HRESULT hr)
{
        if (call->words != METHODS_COMMAND && SUCCEEDED(hr))
                return false;
        return hresult_name(hr) != NULL;
}

/* Every so many words where a run is slow; those of the tables always. */
#define STEP (WORDS_SLOW ? 13u : 1u)

static unsigned long run_call(const char *reader, const struct call *call, bool t0)
{
        unsigned long words = 0;

        for (unsigned sw = 0; sw <= 0xFFFF; sw++) {
                bool plain = (!t0 || plain_in_t0(sw)) && !answered_inside(call, sw);
                HRESULT hr;

                if (sw % STEP != 0 && !words_in_tables(sw))
                        continue;
                methods_rewind(&bench);
                chosen_ins = call->ins;
                chosen_sw = (uint16_t)sw;
                hr = call->run();
                chosen_ins = 0;
                if (plain ? hr != expected(call, sw) : !says_what_happened(call, hr))
                        fail_msg("%s, %s: %04X gives %08X", reader, call->name, sw, (unsigned)hr);
                methods_rewind(&bench);
                hr = call->run();
                if (hr != S_OK)
                        fail_msg("%s, %s: after %04X %08X", reader, call->name, sw, (unsigned)hr);
                words++;
        }
        return words;
}

static void every_status_word_comes_through_every_kind_of_reader(void **state)
{
        static const struct {
                const char *reader;
                bool t0;
        } readers[] = {
            {"level=extended-apdu,protocol=t1", false}, {"level=short-apdu,protocol=t1", false},
            {"level=tpdu,protocol=t1", false},          {"level=short-apdu,protocol=t0", true},
            {"level=tpdu,protocol=t0", true},
        };
        unsigned long words = 0;

        (void)state;
        for (size_t r = 0; r < sizeof(readers) / sizeof(readers[0]); r++) {
                setenv("ISCARD_SIM", readers[r].reader, 1);
                sim_control_reset();
                methods_begin(&bench, &winscard_api_engine, 0);
                assert_int_equal(verify(), S_OK); /* so that CHECKONLY is a success, too */
                for (size_t c = 0; c < sizeof(calls) / sizeof(calls[0]); c++)
                        words += run_call(readers[r].reader, &calls[c], readers[r].t0);
                methods_end(&bench);
                assert_int_equal(object_count(), 0);
        }
        print_message("%zu methods, %zu kinds of reader: %lu status words\n",
                      sizeof(calls) / sizeof(calls[0]), sizeof(readers) / sizeof(readers[0]), words);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(every_status_word_comes_through_every_kind_of_reader),
        };

        unsetenv("ISCARD_PROFILE");
        return cmocka_run_group_tests(tests, NULL, NULL);
}
