#undef NDEBUG
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <objbase.h>
#include <oleauto.h>

#include "com/hresult.h"
#include "sim/control.h"
#include "tests/support/scenario.h"

#define READER u"libiscard Virtual CCID Reader 00 00"

static HRESULT initialize(struct scenario *s)
{
        HRESULT hr = CoInitialize(NULL);

        s->initialized = SUCCEEDED(hr);
        return hr;
}

static HRESULT create_manager(struct scenario *s)
{
        return CoCreateInstance(&CLSID_SCardManage, NULL, CLSCTX_INPROC_SERVER, &IID_ISCardManage,
                                (void **)&s->manage);
}

/* Made, then filled; may be repeated when either ran out of memory. */
static HRESULT fill(IByteBuffer **buffer, const char *code, size_t len)
{
        BYTE bytes[16];
        HRESULT hr = S_OK;

        if (*buffer == NULL)
                hr = CoCreateInstance(&CLSID_ByteBuffer, NULL, CLSCTX_INPROC_SERVER, &IID_IByteBuffer,
                                      (void **)buffer);
        if (FAILED(hr))
                return hr;
        assert(len <= sizeof(bytes));
        memcpy(bytes, code, len);
        return (*buffer)->lpVtbl->Initialize(*buffer, (LONG)len, bytes);
}

static HRESULT fill_right(struct scenario *s)
{
        return fill(&s->right, "1234", 4);
}

static HRESULT fill_wrong(struct scenario *s)
{
        return fill(&s->wrong, "9999", 4);
}

static HRESULT fill_puk(struct scenario *s)
{
        return fill(&s->puk, "12345678", 8);
}

static HRESULT create_verify(struct scenario *s)
{
        return s->manage->lpVtbl->CreateCHVerification(s->manage, &s->verify);
}

static HRESULT attach(struct scenario *s)
{
        BSTR name = SysAllocString(READER);
        HRESULT hr;

        if (name == NULL)
                return E_OUTOFMEMORY;
        hr = s->manage->lpVtbl->AttachByIFD(s->manage, name);
        SysFreeString(name);
        return hr;
}

static HRESULT status(struct scenario *s, SCARD_STATES wanted)
{
        HRESULT hr = s->manage->lpVtbl->Status(s->manage, &s->state, &s->protocol);

        if (SUCCEEDED(hr))
                assert(s->state == wanted);
        return hr;
}

static HRESULT status_specific(struct scenario *s)
{
        HRESULT hr = status(s, SPECIFICMODE);

        if (SUCCEEDED(hr))
                assert(s->protocol == s->wanted_protocol);
        return hr;
}

static HRESULT status_absent(struct scenario *s)
{
        return status(s, ABSENT);
}

static HRESULT verify_wrong(struct scenario *s)
{
        return s->verify->lpVtbl->Verify(s->verify, s->wrong, SC_FL_IHV_GLOBAL, 1);
}

static HRESULT verify_right(struct scenario *s)
{
        return s->verify->lpVtbl->Verify(s->verify, s->right, SC_FL_IHV_GLOBAL, 1);
}

static HRESULT verify_check(struct scenario *s)
{
        return s->verify->lpVtbl->Verify(s->verify, NULL, SC_FL_IHV_GLOBAL | SC_FL_IHV_CHECKONLY, 1);
}

static HRESULT query_unblock(struct scenario *s)
{
        return s->verify->lpVtbl->QueryInterface(s->verify, &IID_ISCardUnblockData, (void **)&s->unblock);
}

static HRESULT set_unblock_data(struct scenario *s)
{
        return s->unblock->lpVtbl->SetUnblockData(s->unblock, s->puk, s->right, &s->number);
}

static HRESULT unblock(struct scenario *s)
{
        return s->verify->lpVtbl->Unblock(s->verify, s->number, SC_FL_IHV_GLOBAL, 1);
}

static HRESULT change_there(struct scenario *s)
{
        return s->verify->lpVtbl->ChangeCode(s->verify, s->right, s->wrong, SC_FL_IHV_GLOBAL, 1);
}

static HRESULT change_back(struct scenario *s)
{
        return s->verify->lpVtbl->ChangeCode(s->verify, s->wrong, s->right, SC_FL_IHV_GLOBAL, 1);
}

static HRESULT reset_security(struct scenario *s)
{
        return s->verify->lpVtbl->ResetSecurityState(s->verify);
}

static HRESULT lock(struct scenario *s)
{
        return s->manage->lpVtbl->SCardLock(s->manage);
}

static HRESULT unlock(struct scenario *s)
{
        return s->manage->lpVtbl->SCardUnlock(s->manage, LEAVE);
}

static HRESULT second_context(struct scenario *s)
{
        return hresult_from_scard(SCardEstablishContext(SCARD_SCOPE_USER, NULL, NULL, &s->context));
}

static HRESULT second_connect(struct scenario *s)
{
        DWORD protocol;

        return hresult_from_scard(
            SCardConnectW(s->context, READER, SCARD_SHARE_SHARED, SCARD_PROTOCOL_Tx, &s->second, &protocol));
}

static HRESULT second_resets(struct scenario *s)
{
        return hresult_from_scard(
            SCardReconnect(s->second, SCARD_SHARE_SHARED, SCARD_PROTOCOL_Tx, SCARD_RESET_CARD, NULL));
}

static HRESULT second_disconnect(struct scenario *s)
{
        return hresult_from_scard(SCardDisconnect(s->second, SCARD_LEAVE_CARD));
}

static HRESULT reconnect(struct scenario *s)
{
        return s->manage->lpVtbl->Reconnect(s->manage);
}

static HRESULT pull(struct scenario *s)
{
        (void)s;
        sim_device_card_remove(sim_control_device(0), 0);
        return S_OK;
}

static HRESULT insert(struct scenario *s)
{
        (void)s;
        sim_device_card_insert(sim_control_device(0), 0);
        return S_OK;
}

static HRESULT unplug(struct scenario *s)
{
        (void)s;
        sim_device_unplug(sim_control_device(0));
        return S_OK;
}

static HRESULT plug(struct scenario *s)
{
        (void)s;
        sim_device_plug(sim_control_device(0));
        return S_OK;
}

static HRESULT detach(struct scenario *s)
{
        return s->manage->lpVtbl->Detach(s->manage);
}

const struct scenario_step scenario_steps[] = {
    {"initialize", initialize, S_OK, SCENARIO_MORE},
    {"create the manager", create_manager, S_OK, SCENARIO_MORE},
    {"a buffer with the code", fill_right, S_OK, SCENARIO_MORE},
    {"a buffer with a wrong code", fill_wrong, S_OK, SCENARIO_MORE},
    {"a buffer with the unblocking code", fill_puk, S_OK, SCENARIO_MORE},
    {"create the verifier", create_verify, S_OK, SCENARIO_MORE},
    {"verify, not attached", verify_right, SCARD_E_INVALID_HANDLE, SCENARIO_COMMAND},
    {"attach", attach, S_OK, SCENARIO_MORE},
    {"attach, attached", attach, E_UNEXPECTED, SCENARIO_COMMAND},
    {"status", status_specific, S_OK, SCENARIO_COMMAND},
    {"check", verify_check, SCARD_W_CARD_NOT_AUTHENTICATED, SCENARIO_COMMAND},
    {"wrong code", verify_wrong, SCARD_W_WRONG_CHV, SCENARIO_COMMAND},
    {"wrong code again", verify_wrong, SCARD_W_WRONG_CHV, SCENARIO_COMMAND},
    {"wrong code the third time", verify_wrong, SCARD_W_CHV_BLOCKED, SCENARIO_COMMAND},
    {"the code, blocked", verify_right, SCARD_W_CHV_BLOCKED, SCENARIO_COMMAND},
    {"ask for the unblock data", query_unblock, S_OK, SCENARIO_COMMAND},
    {"set unblock data", set_unblock_data, S_OK, SCENARIO_COMMAND},
    {"unblock", unblock, S_OK, SCENARIO_COMMAND},
    {"unblock with the number again", unblock, E_INVALIDARG, SCENARIO_COMMAND},
    {"verify", verify_right, S_OK, SCENARIO_COMMAND},
    {"check, verified", verify_check, S_OK, SCENARIO_COMMAND},
    {"reset the security state", reset_security, S_OK, SCENARIO_MORE},
    {"check, after the reset", verify_check, SCARD_W_CARD_NOT_AUTHENTICATED, SCENARIO_COMMAND},
    {"change the code", change_there, S_OK, SCENARIO_COMMAND},
    {"verify with the old one", verify_right, SCARD_W_WRONG_CHV, SCENARIO_COMMAND},
    {"change it back", change_back, S_OK, SCENARIO_COMMAND},
    {"unlock, not locked", unlock, SCARD_E_NOT_TRANSACTED, SCENARIO_COMMAND},
    {"lock", lock, S_OK, SCENARIO_COMMAND},
    {"lock again", lock, S_OK, SCENARIO_COMMAND},
    {"unlock", unlock, S_OK, SCENARIO_COMMAND},
    {"unlock again", unlock, S_OK, SCENARIO_COMMAND},
    {"a second context", second_context, S_OK, SCENARIO_COMMAND},
    {"a second handle", second_connect, S_OK, SCENARIO_COMMAND},
    {"it resets the card", second_resets, S_OK, SCENARIO_MORE},
    {"verify, card reset", verify_right, SCARD_W_RESET_CARD, SCENARIO_COMMAND},
    {"reset the security state, card reset", reset_security, SCARD_W_RESET_CARD, SCENARIO_COMMAND},
    {"lock, card reset", lock, SCARD_W_RESET_CARD, SCENARIO_COMMAND},
    {"reconnect", reconnect, S_OK, SCENARIO_COMMAND},
    {"verify, reconnected", verify_right, S_OK, SCENARIO_COMMAND},
    {"keep unblock data", set_unblock_data, S_OK, SCENARIO_COMMAND},
    {"pull the card", pull, S_OK, SCENARIO_HAND},
    {"status, card pulled", status_absent, S_OK, SCENARIO_COMMAND},
    {"verify, card pulled", verify_right, SCARD_W_REMOVED_CARD, SCENARIO_COMMAND},
    {"reset the security state, card pulled", reset_security, SCARD_W_REMOVED_CARD, SCENARIO_COMMAND},
    {"reconnect, card pulled", reconnect, SCARD_E_NO_SMARTCARD, SCENARIO_COMMAND},
    {"insert the card", insert, S_OK, SCENARIO_HAND},
    {"verify, another card perhaps", verify_right, SCARD_W_REMOVED_CARD, SCENARIO_COMMAND},
    {"reconnect, card inserted", reconnect, S_OK, SCENARIO_MORE},
    {"status, card inserted", status_specific, S_OK, SCENARIO_COMMAND},
    {"verify, card inserted", verify_right, S_OK, SCENARIO_COMMAND},
    {"the second handle goes", second_disconnect, S_OK, SCENARIO_COMMAND},
    {"detach", detach, S_OK, SCENARIO_COMMAND},
    {"detach, detached", detach, SCARD_E_INVALID_HANDLE, SCENARIO_COMMAND},
    {"verify, detached", verify_right, SCARD_E_INVALID_HANDLE, SCENARIO_COMMAND},
    {"status, detached", status_specific, SCARD_E_INVALID_HANDLE, SCENARIO_COMMAND},
    {"reconnect, detached", reconnect, SCARD_E_INVALID_HANDLE, SCENARIO_COMMAND},
    {"unblock with a number from before", unblock, E_INVALIDARG, SCENARIO_COMMAND},
    {"attach once more", attach, S_OK, SCENARIO_MORE},
    {"verify, attached once more", verify_right, S_OK, SCENARIO_COMMAND},
    {"unplug the reader", unplug, S_OK, SCENARIO_HAND},
    {"verify, reader gone", verify_right, SCARD_E_READER_UNAVAILABLE, SCENARIO_COMMAND},
    {"reset the security state, reader gone", reset_security, SCARD_E_READER_UNAVAILABLE, SCENARIO_COMMAND},
    {"lock, reader gone", lock, SCARD_E_READER_UNAVAILABLE, SCENARIO_COMMAND},
    {"reconnect, reader gone", reconnect, SCARD_E_READER_UNAVAILABLE, SCENARIO_COMMAND},
    {"detach, reader gone", detach, S_OK, SCENARIO_COMMAND},
    {"attach, reader gone", attach, SCARD_E_UNKNOWN_READER, SCENARIO_COMMAND},
    {"plug the reader in", plug, S_OK, SCENARIO_HAND},
    {"attach, reader back", attach, S_OK, SCENARIO_MORE},
    {"verify, reader back", verify_right, S_OK, SCENARIO_COMMAND},
};
const size_t scenario_steps_count = sizeof(scenario_steps) / sizeof(scenario_steps[0]);

void scenario_begin(struct scenario *s, const char *reader, SCARD_PROTOCOLS protocol)
{
        memset(s, 0, sizeof(*s));
        s->wanted_protocol = protocol;
        setenv("ISCARD_SIM", reader, 1);
        sim_control_reset();
}

void scenario_end(struct scenario *s)
{
        IByteBuffer *buffers[] = {s->right, s->wrong, s->puk};

        if (s->unblock != NULL)
                assert(s->unblock->lpVtbl->Release(s->unblock) == 1);
        if (s->manage != NULL) /* still attached: the verifier ends the attachment */
                assert(s->manage->lpVtbl->Release(s->manage) == 0);
        if (s->verify != NULL)
                assert(s->verify->lpVtbl->Release(s->verify) == 0);
        for (size_t i = 0; i < sizeof(buffers) / sizeof(buffers[0]); i++) {
                if (buffers[i] != NULL)
                        assert(buffers[i]->lpVtbl->Release(buffers[i]) == 0);
        }
        if (s->context != 0)
                assert(SCardReleaseContext(s->context) == SCARD_S_SUCCESS);
        if (s->initialized)
                CoUninitialize();
        memset(s, 0, sizeof(*s));
}
