/*
 * ISCardVerify on each virtual card: Verify opens what the code protects, ResetSecurityState closes it: by the
 * profile's log-out command where there is one, else by a warm reset, which the other connections see.
 */
#include <oleauto.h>
#include <scardcom.h>

#include "core/text.h"
#include "sim/control.h"
#include "tests/support/engine.h"
#include "tests/support/fake_winscard.h"
#include "tests/support/recorded_card.h"

#define SIM_NAME "libiscard Virtual CCID Reader 00 00"

struct card_case {
        const char *name;
        const char *prepare[3]; /* of whoever issues the card */
        LONG ref;
        const char *code;
        const char *probe[4]; /* the last one shows whether the code was verified */
        uint16_t open, closed;
        bool resets; /* there is no log-out */
};

static const struct card_case cases[] = {
    {.name = "iso",
     .ref = 1,
     .code = "1234",
     .probe = {"00B0900001"},
     .open = 0x9000,
     .closed = 0x6982,
     .resets = true},
    {.name = "piv", .ref = 0x80, .code = "123456", .probe = {"00200080"}, .open = 0x9000, .closed = 0x63C3},
    {.name = "openpgp",
     .ref = 0x82,
     .code = "123456",
     .probe = {"00CA010300"},
     .open = 0x9000,
     .closed = 0x6982},
    {.name = "gsm",
     .ref = 1,
     .code = "1234",
     .probe = {"A0A40000023F00", "A0A40000027F20", "A0A40000026F07", "A0B0000009"},
     .open = 0x9000,
     .closed = 0x9804,
     .resets = true},
    {.name = "uicc",
     .ref = 1,
     .code = "1234",
     .probe = {"00A4040C07A0000000871002", "00A4000C026F07", "00B0000009"},
     .open = 0x9000,
     .closed = 0x6982,
     .resets = true},
    {.name = "gids", .ref = 0x80, .code = "123456", .probe = {"00200080"}, .open = 0x9000, .closed = 0x63C3},
    {.name = "myeid",
     .ref = 1,
     .code = "1234",
     .probe = {"00A4000C024401", "00B0000001"},
     .open = 0x9000,
     .closed = 0x6982},
    {.name = "isoapplet",
     .prepare = {ISO_SELECT, "00240101 04 31323334"},
     .ref = 1,
     .code = "1234",
     .probe = {"00A4000C024401", "00B0000001"},
     .open = 0x9000,
     .closed = 0x6982},
};

static ISCardManage *manage;
static ISCardVerify *verify;

static void attach(void)
{
        BSTR name;
        WCHAR wide[64];
        size_t len = text_to_utf16(wide, 64, SIM_NAME, strlen(SIM_NAME));

        assert_status(CoInitialize(NULL), S_OK);
        assert_status(CoCreateInstance(&CLSID_SCardManage, NULL, CLSCTX_INPROC_SERVER, &IID_ISCardManage,
                                       (void **)&manage),
                      S_OK);
        name = SysAllocStringLen(wide, (UINT)len);
        assert_non_null(name);
        assert_status(manage->lpVtbl->AttachByIFD(manage, name), S_OK);
        SysFreeString(name);
        assert_status(manage->lpVtbl->CreateCHVerification(manage, &verify), S_OK);
}

static void detach(void)
{
        verify->lpVtbl->Release(verify);
        assert_status(manage->lpVtbl->Detach(manage), S_OK);
        assert_int_equal(manage->lpVtbl->Release(manage), 0);
        CoUninitialize();
}

static HRESULT present(LONG ref, const char *code)
{
        IByteBuffer *buffer = buffer_of(code);
        HRESULT hr = verify->lpVtbl->Verify(verify, buffer, SC_FL_NO_FLAGS, ref);

        buffer->lpVtbl->Release(buffer);
        return hr;
}

/* By the other connection. */
static uint16_t probe(const struct card_case *one)
{
        uint16_t sw = 0;

        for (size_t i = 0; i < 4 && one->probe[i] != NULL; i++)
                sw = recorded_raw(one->probe[i]);
        return sw;
}

static void reset_security_state_closes_what_verify_opened(void **state)
{
        const size_t count = sizeof(cases) / sizeof(cases[0]);
        size_t resets = 0;

        (void)state;
        for (size_t i = 0; i < count; i++) {
                const struct card_case *one = &cases[i];

                recorded_insert(one->name, "");
                for (size_t p = 0; p < 3 && one->prepare[p] != NULL; p++)
                        assert_int_equal(recorded_raw(one->prepare[p]), 0x9000);
                attach();
                assert_status(present(one->ref, "00000000"), SCARD_W_WRONG_CHV);
                assert_status(present(one->ref, one->code), S_OK);
                assert_int_equal(probe(one), one->open);
                assert_status(verify->lpVtbl->ResetSecurityState(verify), S_OK);
                assert_status(engine_transmit(recorded_handle),
                              one->resets ? SCARD_W_RESET_CARD : SCARD_S_SUCCESS);
                if (one->resets)
                        assert_status(
                            SCardReconnect(recorded_handle, SCARD_SHARE_SHARED, BOTH, SCARD_LEAVE_CARD, NULL),
                            SCARD_S_SUCCESS);
                assert_int_equal(probe(one), one->closed);
                /* The attachment has acknowledged its own reset. */
                assert_status(present(one->ref, one->code), S_OK);
                detach();
                recorded_pull();
                resets += one->resets;
        }
        print_message("ResetSecurityState on %zu profiles: %zu by the card's log-out, %zu by a warm reset\n",
                      count, count - resets, resets);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test_teardown(reset_security_state_closes_what_verify_opened, recorded_tear_down),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
