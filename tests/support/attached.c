#undef NDEBUG
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <objbase.h>
#include <oleauto.h>

#include "com/manage.h"
#include "sim/control.h"
#include "tests/support/attached.h"
#include "tests/support/fake_winscard.h"

HRESULT attached_attach(struct attached *attached)
{
        BSTR name = SysAllocString(ATTACHED_READER);
        HRESULT hr;

        assert(name != NULL);
        hr = attached->manage->lpVtbl->AttachByIFD(attached->manage, name);
        SysFreeString(name);
        return hr;
}

void attached_begin(struct attached *attached, const char *reader)
{
        DWORD protocol;

        memset(attached, 0, sizeof(*attached));
        assert(setenv("ISCARD_SIM", reader, 1) == 0);
        unsetenv("ISCARD_PROFILE");
        sim_control_reset();
        assert(manage_create(&IID_ISCardManage, (void **)&attached->manage) == S_OK);
        assert(attached_attach(attached) == S_OK);
        assert(SCardEstablishContext(SCARD_SCOPE_USER, NULL, NULL, &attached->context) == SCARD_S_SUCCESS);
        assert(SCardConnectA(attached->context, "libiscard Virtual CCID Reader 00 00", SCARD_SHARE_SHARED,
                             SCARD_PROTOCOL_Tx, &attached->second, &protocol) == SCARD_S_SUCCESS);
}

void attached_end(struct attached *attached)
{
        assert(attached->manage->lpVtbl->Release(attached->manage) == 0);
        assert(SCardDisconnect(attached->second, SCARD_LEAVE_CARD) == SCARD_S_SUCCESS);
        assert(SCardReleaseContext(attached->context) == SCARD_S_SUCCESS);
}

unsigned attached_other(struct attached *attached, const char *command)
{
        uint8_t bytes[300], response[300];
        DWORD len = sizeof(response);

        assert(SCardTransmit(attached->second, NULL, bytes, (DWORD)bytes_of(command, bytes, sizeof(bytes)),
                             NULL, response, &len) == SCARD_S_SUCCESS);
        assert(len >= 2);
        return (unsigned)response[len - 2] << 8 | response[len - 1];
}

void attached_verify(struct attached *attached, LONG number, SCARD_FLAGS flags)
{
        ISCardVerify *verify = NULL;
        IByteBuffer *code = buffer_of("1234");

        assert(attached->manage->lpVtbl->CreateCHVerification(attached->manage, &verify) == S_OK);
        assert(verify->lpVtbl->Verify(verify, code, flags, number) == S_OK);
        assert(verify->lpVtbl->Release(verify) == 0);
        assert(code->lpVtbl->Release(code) == 0);
}

static unsigned digit(char c)
{
        const char *digits = "0123456789ABCDEF", *at = strchr(digits, c);

        assert(c != '\0' && at != NULL);
        return (unsigned)(at - digits);
}

void attached_error_begins(const OLECHAR *begin)
{
        BSTR description = NULL, wanted = SysAllocString(begin);
        IErrorInfo *info = NULL;

        assert(GetErrorInfo(0, &info) == S_OK);
        assert(info->lpVtbl->GetDescription(info, &description) == S_OK);
        assert(SysStringLen(description) > SysStringLen(wanted));
        assert(memcmp(description, wanted, SysStringByteLen(wanted)) == 0);
        SysFreeString(description);
        SysFreeString(wanted);
        info->lpVtbl->Release(info);
}

size_t bytes_of(const char *digits, uint8_t *out, size_t room)
{
        size_t len = 0;

        while (*digits != '\0') {
                if (*digits == ' ') {
                        digits++;
                        continue;
                }
                assert(len < room);
                out[len++] = (uint8_t)(digit(digits[0]) << 4 | digit(digits[1]));
                digits += 2;
        }
        return len;
}

size_t taken_from(IByteBuffer *buffer, uint8_t *out, size_t room)
{
        LONG got = 0;

        assert(buffer != NULL);
        assert(buffer->lpVtbl->Read(buffer, out, (LONG)room, &got) == S_OK);
        assert(buffer->lpVtbl->Release(buffer) == 0);
        return (size_t)got;
}
