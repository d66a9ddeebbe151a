#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include <oleauto.h>
#include <scardcom.h>

#include "com/hresult.h"
#include "com/verify.h"
#include "core/status.h"
#include "core/text.h"
#include "winscard.h"

#include "tools/iscard/scenario.h"
#include "tools/iscard/show.h"

#define SCENARIO_NAME_MAX 1024 /* UTF-16 units */

/* The virtual ISO card as delivered: reference 1, global. Its file 2F10 is read after Verify alone. */
#define SCENARIO_REF SC_FL_IHV_GLOBAL, 1
static const char scenario_code[] = "1234";
static const char scenario_wrong_code[] = "9999";
static const char scenario_reset_code[] = "12345678";
static const BYTE scenario_select[] = {0x00, 0xA4, 0x00, 0x0C, 0x02, 0x2F, 0x10};
static const BYTE scenario_read[] = {0x00, 0xB0, 0x00, 0x00, 0x08};

/* Invariant: manage and verify are not NULL while the phases run; after failed is set no phase does anything.
 */
struct scenario {
        const struct scenario_world *world;
        ISCardManage *manage;
        ISCardVerify *verify;
        SCARDCONTEXT context; /* of the other program, the second handle */
        bool failed;
};

static void caption(struct scenario *scenario, const char *text)
{
        show_colour(scenario->world->out, SHOW_DIM);
        fprintf(scenario->world->out, "# %s", text);
        show_plain(scenario->world->out);
        fputc('\n', scenario->world->out);
}

/* One line, and whether the code is the documented one. */
static void step_with(struct scenario *scenario, const char *method, HRESULT hr, HRESULT wanted,
                      const struct card_last *last)
{
        FILE *out = scenario->world->out;

        show_method(out, method, hr, last);
        if (hr == wanted)
                return;
        scenario->failed = true;
        show_colour(out, SHOW_BAD);
        fprintf(out, "  expected 0x%08" PRIX32 " %s", (uint32_t)wanted, show_name(wanted));
        show_plain(out);
        fputc('\n', out);
}

static void step(struct scenario *scenario, const char *method, HRESULT hr, HRESULT wanted)
{
        step_with(scenario, method, hr, wanted, NULL);
}

static IByteBuffer *buffer_of(const char *code)
{
        IByteBuffer *buffer = NULL;
        BYTE bytes[16];
        size_t len = strlen(code);

        if (len > sizeof(bytes) || FAILED(CoCreateInstance(&CLSID_ByteBuffer, NULL, CLSCTX_INPROC_SERVER,
                                                           &IID_IByteBuffer, (void **)&buffer)))
                return NULL;
        memcpy(bytes, code, len);
        if (SUCCEEDED(buffer->lpVtbl->Initialize(buffer, (LONG)len, bytes)))
                return buffer;
        buffer->lpVtbl->Release(buffer);
        return NULL;
}

static void buffer_free(IByteBuffer *buffer)
{
        if (buffer != NULL)
                buffer->lpVtbl->Release(buffer);
}

static void step_verify(struct scenario *scenario, const char *code, HRESULT wanted)
{
        struct card_last last = {.tries = -1};
        IByteBuffer *buffer = buffer_of(code);
        HRESULT hr = E_OUTOFMEMORY;

        if (buffer != NULL) {
                hr = scenario->verify->lpVtbl->Verify(scenario->verify, buffer, SCENARIO_REF);
                verify_last(scenario->verify, &last);
        }
        step_with(scenario, "ISCardVerify::Verify", hr, wanted, &last);
        buffer_free(buffer);
}

static const char *text_of(const char *name)
{
        return name != NULL ? name : "?";
}

static void step_status(struct scenario *scenario, SCARD_STATES wanted)
{
        SCARD_PROTOCOLS protocol = RAW;
        SCARD_STATES state = ABSENT;
        HRESULT hr = scenario->manage->lpVtbl->Status(scenario->manage, &state, &protocol);

        step(scenario, "ISCardManage::Status", hr, S_OK);
        if (SUCCEEDED(hr))
                fprintf(scenario->world->out, "  %s, %s\n", text_of(show_state(state)),
                        text_of(show_protocol(protocol)));
        if (state == wanted)
                return;
        scenario->failed = true;
        fprintf(scenario->world->out, "  expected %s\n", text_of(show_state(wanted)));
}

static void step_reconnect(struct scenario *scenario, HRESULT wanted)
{
        step(scenario, "ISCardManage::Reconnect", scenario->manage->lpVtbl->Reconnect(scenario->manage),
             wanted);
}

static LONG connect_other(struct scenario *scenario, SCARDHANDLE *handle)
{
        DWORD protocol;

        return SCardConnectA(scenario->context, scenario->world->reader, SCARD_SHARE_SHARED,
                             SCARD_PROTOCOL_Tx, handle, &protocol);
}

/* One command; its status word. 0: there was no answer, and status says why. */
static uint16_t send_command(SCARDHANDLE handle, const BYTE *command, size_t len, LONG *status)
{
        BYTE response[258];
        DWORD response_len = sizeof(response);

        *status = SCardTransmit(handle, NULL, command, (DWORD)len, NULL, response, &response_len);
        if (*status != SCARD_S_SUCCESS || response_len < 2)
                return 0;
        return (uint16_t)((unsigned)response[response_len - 2] << 8 | response[response_len - 1]);
}

/* Reads the protected file over a connection of its own: what the card allows, it allows to every connection.
 */
static void step_read(struct scenario *scenario, HRESULT wanted)
{
        struct card_last last = {.command = "READ BINARY", .tries = -1};
        SCARDHANDLE handle;
        LONG status = connect_other(scenario, &handle);

        if (status == SCARD_S_SUCCESS) {
                last.sw = send_command(handle, scenario_select, sizeof(scenario_select), &status);
                if (last.sw == 0x9000)
                        last.sw = send_command(handle, scenario_read, sizeof(scenario_read), &status);
                if (status == SCARD_S_SUCCESS)
                        status = status_from_sw(last.sw, false);
                (void)SCardDisconnect(handle, SCARD_LEAVE_CARD);
        }
        step_with(scenario, "READ BINARY of file 2F10", hresult_from_scard(status), wanted, &last);
}

static void phase_attach(struct scenario *scenario)
{
        WCHAR name[SCENARIO_NAME_MAX];
        const char *reader = scenario->world->reader;
        size_t len = text_to_utf16(name, SCENARIO_NAME_MAX, reader, strlen(reader));
        BSTR text = len <= SCENARIO_NAME_MAX ? SysAllocStringLen(name, (UINT)len) : NULL;
        HRESULT hr =
            text != NULL ? scenario->manage->lpVtbl->AttachByIFD(scenario->manage, text) : E_OUTOFMEMORY;

        SysFreeString(text);
        caption(scenario, reader);
        step(scenario, "ISCardManage::AttachByIFD", hr, S_OK);
        if (scenario->failed)
                return;
        step_status(scenario, SPECIFICMODE);
        step(scenario, "ISCardManage::CreateCHVerification",
             scenario->manage->lpVtbl->CreateCHVerification(scenario->manage, &scenario->verify), S_OK);
}

static void phase_wrong_code(struct scenario *scenario)
{
        caption(scenario, "a protected file, before any code");
        step_read(scenario, SCARD_W_SECURITY_VIOLATION);
        caption(scenario, "a wrong code, three times");
        for (int i = 0; i < 3 && !scenario->failed; i++)
                step_verify(scenario, scenario_wrong_code, i < 2 ? SCARD_W_WRONG_CHV : SCARD_W_CHV_BLOCKED);
}

static void phase_unblock(struct scenario *scenario)
{
        IByteBuffer *reset_code = buffer_of(scenario_reset_code), *new_code = buffer_of(scenario_code);
        struct card_last last = {.tries = -1};
        ISCardUnblockData *unblock = NULL;
        HRESULT hr = E_OUTOFMEMORY;
        LONG data = 0;

        caption(scenario, "the unblocking code");
        if (reset_code != NULL && new_code != NULL)
                hr = scenario->verify->lpVtbl->QueryInterface(scenario->verify, &IID_ISCardUnblockData,
                                                              (void **)&unblock);
        if (SUCCEEDED(hr))
                hr = unblock->lpVtbl->SetUnblockData(unblock, reset_code, new_code, &data);
        step(scenario, "ISCardUnblockData::SetUnblockData", hr, S_OK);
        if (!scenario->failed) {
                hr = scenario->verify->lpVtbl->Unblock(scenario->verify, data, SCENARIO_REF);
                verify_last(scenario->verify, &last);
                step_with(scenario, "ISCardVerify::Unblock", hr, S_OK, &last);
        }
        if (unblock != NULL)
                unblock->lpVtbl->Release(unblock);
        buffer_free(reset_code);
        buffer_free(new_code);
}

static void phase_verified(struct scenario *scenario)
{
        caption(scenario, "verified, until ResetSecurityState");
        step_verify(scenario, scenario_code, S_OK);
        step_read(scenario, S_OK);
        step(scenario, "ISCardVerify::ResetSecurityState",
             scenario->verify->lpVtbl->ResetSecurityState(scenario->verify), S_OK);
        step_read(scenario, SCARD_W_SECURITY_VIOLATION);
}

static void phase_reset_by_another(struct scenario *scenario)
{
        SCARDHANDLE handle = 0;
        DWORD protocol;
        LONG status = connect_other(scenario, &handle);

        caption(scenario, "another handle resets the card");
        step(scenario, "SCardConnect", status, S_OK);
        if (status != SCARD_S_SUCCESS)
                return;
        status = SCardReconnect(handle, SCARD_SHARE_SHARED, SCARD_PROTOCOL_Tx, SCARD_RESET_CARD, &protocol);
        step(scenario, "SCardReconnect", status, S_OK);
        step(scenario, "SCardDisconnect", SCardDisconnect(handle, SCARD_LEAVE_CARD), S_OK);
        if (scenario->failed)
                return;
        step_verify(scenario, scenario_code, SCARD_W_RESET_CARD);
        step_reconnect(scenario, S_OK);
        step_verify(scenario, scenario_code, S_OK);
}

static void phase_pulled(struct scenario *scenario)
{
        caption(scenario, "the card is pulled");
        scenario->world->pull(scenario->world->user);
        step_verify(scenario, scenario_code, SCARD_W_REMOVED_CARD);
        step_reconnect(scenario, SCARD_E_NO_SMARTCARD);
        step_status(scenario, ABSENT);
}

static void phase_inserted(struct scenario *scenario)
{
        caption(scenario, "the card is back");
        scenario->world->insert(scenario->world->user);
        step_reconnect(scenario, S_OK);
        step_verify(scenario, scenario_code, S_OK);
        step_status(scenario, SPECIFICMODE);
}

static void phase_detach(struct scenario *scenario)
{
        caption(scenario, "the end");
        step(scenario, "ISCardManage::Detach", scenario->manage->lpVtbl->Detach(scenario->manage), S_OK);
}

static void run_phases(struct scenario *scenario)
{
        static void (*const phases[])(struct scenario *) = {
            phase_attach,           phase_wrong_code, phase_unblock,  phase_verified,
            phase_reset_by_another, phase_pulled,     phase_inserted, phase_detach,
        };

        for (size_t i = 0; i < sizeof(phases) / sizeof(phases[0]) && !scenario->failed; i++)
                phases[i](scenario);
}

int scenario_run(const struct scenario_world *world)
{
        struct scenario scenario = {.world = world, .failed = false};
        HRESULT hr = CoInitialize(NULL);

        step(&scenario, "CoInitialize", hr, S_OK);
        if (FAILED(hr))
                return 1;
        step(&scenario, "SCardEstablishContext",
             SCardEstablishContext(SCARD_SCOPE_USER, NULL, NULL, &scenario.context), S_OK);
        hr = CoCreateInstance(&CLSID_SCardManage, NULL, CLSCTX_INPROC_SERVER, &IID_ISCardManage,
                              (void **)&scenario.manage);
        step(&scenario, "CoCreateInstance", hr, S_OK);
        run_phases(&scenario);
        if (scenario.verify != NULL)
                scenario.verify->lpVtbl->Release(scenario.verify);
        if (scenario.manage != NULL)
                scenario.manage->lpVtbl->Release(scenario.manage);
        if (scenario.context != 0)
                (void)SCardReleaseContext(scenario.context);
        CoUninitialize();
        return scenario.failed ? 1 : 0;
}
