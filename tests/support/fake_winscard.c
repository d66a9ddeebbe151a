#undef NDEBUG
#include <assert.h>
#include <string.h>

#include "com/bytebuffer.h"
#include "tests/support/fake_winscard.h"

struct fake_winscard fake;

void fake_winscard_reset(void)
{
        memset(&fake, 0, sizeof(fake));
        fake.state = SCARD_SPECIFIC;
        fake.protocol = SCARD_PROTOCOL_T1;
        fake.sw = 0x9000;
}

unsigned fake_winscard_touches(void)
{
        return fake.connects + fake.reconnects + fake.begins + fake.apdus + fake.entries;
}

static bool live(SCARDHANDLE handle)
{
        fake.handle = handle;
        return handle == FAKE_CALLERS || (handle == FAKE_OWN && fake.connects > fake.disconnects);
}

static LONG fake_establish(DWORD scope, LPCVOID reserved1, LPCVOID reserved2, LPSCARDCONTEXT context)
{
        (void)scope, (void)reserved1, (void)reserved2;
        *context = 0;
        if (fake.establish != 0)
                return fake.establish;
        fake.contexts++;
        *context = FAKE_CONTEXT;
        return SCARD_S_SUCCESS;
}

static LONG fake_release(SCARDCONTEXT context)
{
        assert(context == FAKE_CONTEXT);
        fake.contexts_released++;
        return SCARD_S_SUCCESS;
}

static LONG fake_connect(SCARDCONTEXT context, LPCSTR reader, DWORD mode, DWORD protocols,
                         LPSCARDHANDLE handle, LPDWORD protocol)
{
        assert(context == FAKE_CONTEXT);
        strncpy(fake.reader, reader, sizeof(fake.reader) - 1);
        fake.connect_mode = mode;
        fake.connect_protocols = protocols;
        *handle = 0;
        *protocol = 0;
        if (fake.connect != 0)
                return fake.connect;
        fake.connects++;
        *handle = FAKE_OWN;
        *protocol = fake.protocol;
        return SCARD_S_SUCCESS;
}

static LONG fake_reconnect(SCARDHANDLE handle, DWORD mode, DWORD protocols, DWORD initialization,
                           LPDWORD protocol)
{
        if (!live(handle))
                return SCARD_E_INVALID_HANDLE;
        fake.reconnects++;
        fake.reconnect_mode = mode;
        fake.reconnect_protocols = protocols;
        fake.initialization = initialization;
        if (fake.reconnect == 0 && protocol != NULL)
                *protocol = fake.protocol;
        return fake.reconnect;
}

static LONG fake_disconnect(SCARDHANDLE handle, DWORD disposition)
{
        if (!live(handle))
                return SCARD_E_INVALID_HANDLE;
        fake.disposition = disposition;
        fake.disconnects++;
        return fake.disconnect;
}

static LONG fake_begin(SCARDHANDLE handle)
{
        if (!live(handle))
                return SCARD_E_INVALID_HANDLE;
        if (fake.on_begin != NULL)
                fake.on_begin();
        if (fake.begin == 0)
                fake.begins++;
        return fake.begin;
}

static LONG fake_end(SCARDHANDLE handle, DWORD disposition)
{
        if (!live(handle))
                return SCARD_E_INVALID_HANDLE;
        fake.disposition = disposition;
        fake.ends++;
        return fake.end;
}

static LONG fake_status(SCARDHANDLE handle, LPSTR readers, LPDWORD readers_len, LPDWORD state,
                        LPDWORD protocol, LPBYTE atr, LPDWORD atr_len)
{
        (void)readers, (void)readers_len, (void)atr, (void)atr_len;
        if (!live(handle))
                return SCARD_E_INVALID_HANDLE;
        fake.statuses++;
        if (fake.status != 0)
                return fake.status;
        if (state != NULL)
                *state = fake.state;
        if (protocol != NULL)
                *protocol = fake.protocol;
        return SCARD_S_SUCCESS;
}

static LONG fake_transmit(SCARDHANDLE handle, LPCSCARD_IO_REQUEST send_pci, LPCBYTE command, DWORD len,
                          LPSCARD_IO_REQUEST recv_pci, LPBYTE response, LPDWORD response_len)
{
        (void)send_pci, (void)recv_pci;
        if (!live(handle))
                return SCARD_E_INVALID_HANDLE;
        if (fake.apdus < FAKE_APDUS && len <= sizeof(fake.apdu[0].bytes)) {
                memcpy(fake.apdu[fake.apdus].bytes, command, len);
                fake.apdu[fake.apdus].len = len;
        }
        fake.apdus++;
        fake.sent++;
        if (fake.on_transmit != NULL)
                fake.on_transmit();
        if (fake.transmit != 0) {
                *response_len = 0;
                return fake.transmit;
        }
        assert(*response_len >= 2);
        if (fake.answer != NULL) {
                size_t given = fake.answer(command, len, response, *response_len);

                assert(given <= *response_len);
                if (given != 0) {
                        *response_len = (DWORD)given;
                        return SCARD_S_SUCCESS;
                }
        }
        response[0] = (uint8_t)(fake.sw >> 8);
        response[1] = (uint8_t)fake.sw;
        *response_len = 2;
        return SCARD_S_SUCCESS;
}

static LONG give(const void *data, size_t size, LPBYTE value, LPDWORD len)
{
        if (*len < size)
                return SCARD_E_INSUFFICIENT_BUFFER;
        memcpy(value, data, size);
        *len = (DWORD)size;
        return SCARD_S_SUCCESS;
}

static LONG fake_get_attrib(SCARDHANDLE handle, DWORD attribute, LPBYTE value, LPDWORD len)
{
        static const uint8_t atr[] = {0x3B, 0x00};

        if (!live(handle))
                return SCARD_E_INVALID_HANDLE;
        if (fake.get_attrib != 0)
                return fake.get_attrib;
        if (attribute == SCARD_ATTR_ATR_STRING && fake.atr != NULL)
                return give(fake.atr, fake.atr_len, value, len);
        if (attribute == SCARD_ATTR_ATR_STRING)
                return give(atr, sizeof(atr), value, len);
        if (attribute == SCARD_ATTR_MAXINPUT && fake.max_input != 0)
                return give(&fake.max_input, sizeof(fake.max_input), value, len);
        if (attribute == ISCARD_ATTR_CARD_EPOCH && fake.counts_commands)
                return give(&fake.epoch, sizeof(fake.epoch), value, len);
        if (attribute == ISCARD_ATTR_CARD_COMMANDS && fake.counts_commands) {
                DWORD commands = fake.sent + fake.others;

                return give(&commands, sizeof(commands), value, len);
        }
        if (attribute == SCARD_ATTR_VALUE(SCARD_CLASS_VENDOR_DEFINED, 0x1CA1) && fake.share_mode != 0)
                return give(&fake.share_mode, sizeof(fake.share_mode), value, len);
        return SCARD_E_UNSUPPORTED_FEATURE;
}

#define FAKE_FEATURE_CODE 0x00ABCD00u /* and the tag */

static LONG fake_features(uint8_t *out, DWORD room, LPDWORD returned)
{
        static const uint8_t tags[] = {FEATURE_VERIFY_PIN_DIRECT, FEATURE_MODIFY_PIN_DIRECT,
                                       FEATURE_IFD_PIN_PROPERTIES};
        size_t len = 0;

        for (size_t i = 0; i < sizeof(tags); i++) {
                uint8_t tlv[] = {tags[i], 4, 0x00, 0xAB, 0xCD, tags[i]};

                if (i < 2 ? (fake.pinpad >> i & 1u) == 0 : fake.pinpad == 0)
                        continue;
                assert(room - len >= sizeof(tlv));
                memcpy(out + len, tlv, sizeof(tlv));
                len += sizeof(tlv);
        }
        *returned = (DWORD)len;
        return SCARD_S_SUCCESS;
}

static LONG fake_control(SCARDHANDLE handle, DWORD code, LPCVOID in, DWORD in_len, LPVOID out, DWORD room,
                         LPDWORD returned)
{
        uint8_t *bytes = out;

        *returned = 0;
        if (!live(handle))
                return SCARD_E_INVALID_HANDLE;
        if (code == CM_IOCTL_GET_FEATURE_REQUEST)
                return fake_features(bytes, room, returned);
        assert((code & 0xFFFFFF00u) == FAKE_FEATURE_CODE && room >= 4);
        if ((code & 0xFFu) == FEATURE_IFD_PIN_PROPERTIES) {
                const uint8_t properties[] = {fake.display ? 16 : 0, fake.display ? 2 : 0, 7, 0};

                memcpy(bytes, properties, sizeof(properties));
                *returned = sizeof(properties);
                return SCARD_S_SUCCESS;
        }
        assert(in_len <= sizeof(fake.entry));
        fake.entries++;
        fake.entry_feature = (uint8_t)code;
        memcpy(fake.entry, in, in_len);
        fake.entry_len = in_len;
        if (fake.control != 0)
                return fake.control;
        bytes[0] = (uint8_t)(fake.sw >> 8);
        bytes[1] = (uint8_t)fake.sw;
        *returned = 2;
        return SCARD_S_SUCCESS;
}

const struct winscard_api fake_api = {
    .EstablishContext = fake_establish,
    .ReleaseContext = fake_release,
    .Connect = fake_connect,
    .Reconnect = fake_reconnect,
    .Disconnect = fake_disconnect,
    .BeginTransaction = fake_begin,
    .EndTransaction = fake_end,
    .Status = fake_status,
    .Transmit = fake_transmit,
    .Control = fake_control,
    .GetAttrib = fake_get_attrib,
};

IByteBuffer *buffer_of_bytes(const void *data, size_t len)
{
        IByteBuffer *buffer = NULL;
        uint8_t copy[1024];

        assert(len <= sizeof(copy));
        if (len != 0)
                memcpy(copy, data, len);
        assert(bytebuffer_create(&IID_IByteBuffer, (void **)&buffer) == S_OK);
        assert(buffer->lpVtbl->Initialize(buffer, (LONG)len, copy) == S_OK);
        return buffer;
}

IByteBuffer *buffer_of(const char *text)
{
        return buffer_of_bytes(text, text != NULL ? strlen(text) : 0);
}

const LONG *every_scard_code(size_t *count)
{
        static LONG codes[0x34 + 14];
        size_t n = 0;

        for (unsigned low = 0x01; low <= 0x72; low++) {
                if (low <= 0x34 || low >= 0x65)
                        codes[n++] = (LONG)(0x80100000u | low);
        }
        assert(n == sizeof(codes) / sizeof(codes[0]));
        *count = n;
        return codes;
}

HRESULT hresult_of_table(LONG code)
{
        switch ((uint32_t)code) {
        case 0x80100006u:
                return (HRESULT)0x8007000EL;
        case 0x80100004u:
                return (HRESULT)0x80070057L;
        default:
                return (HRESULT)code;
        }
}
