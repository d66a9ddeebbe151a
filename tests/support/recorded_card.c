/* recorded_card.c - see recorded_card.h */
#include <stdio.h>

#include "core/registry.h"
#include "sim/control.h"

#include "tests/support/recorded_card.h"

#define SIM_NAME "libiscard Virtual CCID Reader 00 00"

/* ---- a winscard that remembers what it was given to send */

struct recorded recorded[RECORDED_MAX];
size_t recorded_count, recorded_compared;

static size_t interrupted_behind;
static LONG interrupted;
static const char *intercepted;
static uint16_t intercepted_sw;

size_t recorded_hex(const char *hex, BYTE *out)
{
        size_t len = 0;
        unsigned byte;
        int used;

        while (sscanf(hex, " %2x%n", &byte, &used) == 1) {
                out[len++] = (BYTE)byte;
                hex += used;
        }
        return len;
}

static bool is_command(const char *hex, LPCBYTE command, DWORD len)
{
        BYTE bytes[300];

        return hex != NULL && recorded_hex(hex, bytes) == len && memcmp(bytes, command, len) == 0;
}

static LONG record_transmit(SCARDHANDLE handle, LPCSCARD_IO_REQUEST pci, LPCBYTE command, DWORD command_len,
                            LPSCARD_IO_REQUEST recv_pci, LPBYTE response, LPDWORD response_len)
{
        assert_true(recorded_count < RECORDED_MAX);
        assert_true(command_len <= sizeof(recorded[0].bytes));
        memcpy(recorded[recorded_count].bytes, command, command_len);
        recorded[recorded_count].len = command_len;
        recorded_count++;
        if (interrupted != SCARD_S_SUCCESS && recorded_count == interrupted_behind + 1)
                return interrupted;
        if (is_command(intercepted, command, command_len)) {
                response[0] = (BYTE)(intercepted_sw >> 8);
                response[1] = (BYTE)intercepted_sw;
                *response_len = 2;
                return SCARD_S_SUCCESS;
        }
        return SCardTransmit(handle, pci, command, command_len, recv_pci, response, response_len);
}

void recorded_assert(size_t index, const char *hex, const char *file, int line)
{
        BYTE bytes[300];
        size_t len = recorded_hex(hex, bytes);

        if (index >= recorded_count)
                _fail(file, line);
        _assert_int_equal(recorded[index].len, len, file, line);
        _assert_memory_equal(recorded[index].bytes, bytes, len, file, line);
        recorded_compared++;
}

void recorded_intercept(const char *hex, uint16_t sw)
{
        intercepted = hex;
        intercepted_sw = sw;
}

void recorded_interrupt(size_t behind, LONG status)
{
        interrupted_behind = behind;
        interrupted = status;
}

static const char *shown_atr;

static LONG record_attribute(SCARDHANDLE handle, DWORD id, LPBYTE out, LPDWORD len)
{
        if (id != SCARD_ATTR_ATR_STRING || shown_atr == NULL)
                return SCardGetAttrib(handle, id, out, len);
        assert_true(*len >= strlen(shown_atr) / 2);
        *len = (DWORD)recorded_hex(shown_atr, out);
        return SCARD_S_SUCCESS;
}

void recorded_atr(const char *hex)
{
        shown_atr = hex;
}

/* ---- a virtual card */

static struct winscard_api api;
static SCARDCONTEXT context;
SCARDHANDLE recorded_handle;
struct card recorded_card;

const char *const recorded_readers[] = {"", ",protocol=t0", ",level=tpdu", ",level=tpdu,protocol=t0",
                                        ",level=extended-apdu"};
const size_t recorded_reader_count = sizeof(recorded_readers) / sizeof(recorded_readers[0]);

void recorded_insert(const char *name, const char *reader)
{
        char config[100];

        (void)snprintf(config, sizeof(config), "card=%s%s", name, reader);
        registry_use_drivers(NULL);
        sim_control_reset();
        unsetenv("ISCARD_PROFILE");
        assert_int_equal(setenv("ISCARD_SIM", config, 1), 0);
        context = engine_context();
        assert_status(SCardConnectA(context, SIM_NAME, SCARD_SHARE_SHARED, BOTH, &recorded_handle, NULL),
                      SCARD_S_SUCCESS);
        api = winscard_api_engine;
        api.Transmit = record_transmit;
        api.GetAttrib = record_attribute;
        memset(&recorded_card, 0, sizeof(recorded_card));
        card_open(&recorded_card, &api, recorded_handle);
        recorded_count = 0;
        intercepted = NULL;
        interrupted = SCARD_S_SUCCESS;
        shown_atr = NULL;
}

void recorded_pull(void)
{
        if (context != 0)
                (void)SCardReleaseContext(context);
        context = 0;
        sim_control_reset();
        unsetenv("ISCARD_PROFILE");
}

int recorded_tear_down(void **state)
{
        (void)state;
        recorded_pull();
        return 0;
}

/* Past the card services, as the program's own SCardTransmit; the status word. */
uint16_t recorded_raw(const char *hex)
{
        BYTE command[300], response[258];
        DWORD len = sizeof(response);
        size_t command_len = recorded_hex(hex, command);

        assert_status(SCardTransmit(recorded_handle, NULL, command, (DWORD)command_len, NULL, response, &len),
                      SCARD_S_SUCCESS);
        assert_true(len >= 2);
        return (uint16_t)(response[len - 2] << 8 | response[len - 1]);
}

void recorded_reset(void)
{
        assert_status(SCardReconnect(recorded_handle, SCARD_SHARE_SHARED, BOTH, SCARD_RESET_CARD, NULL),
                      SCARD_S_SUCCESS);
        card_changed(&recorded_card);
}

const struct chv_reference *recorded_number(LONG value)
{
        static struct chv_reference ref;

        ref = (struct chv_reference){.number = value};
        return &ref;
}

#define TEXT(text) (const uint8_t *)(text), strlen(text)

LONG recorded_verify(LONG ref, const char *code)
{
        recorded_count = 0;
        return chv_verify(&recorded_card, recorded_number(ref), TEXT(code));
}

LONG recorded_check(LONG ref)
{
        recorded_count = 0;
        return chv_check(&recorded_card, recorded_number(ref));
}

LONG recorded_change(LONG ref, const char *from, const char *to)
{
        recorded_count = 0;
        return chv_change(&recorded_card, recorded_number(ref), TEXT(from), TEXT(to));
}

LONG recorded_enable(LONG ref, bool on, const char *code)
{
        recorded_count = 0;
        return chv_enable(&recorded_card, recorded_number(ref), on, TEXT(code));
}

LONG recorded_unblock(LONG ref, const char *reset_code, const char *new_code)
{
        recorded_count = 0;
        return chv_unblock(&recorded_card, recorded_number(ref), (const uint8_t *)reset_code,
                           reset_code != NULL ? strlen(reset_code) : 0, (const uint8_t *)new_code,
                           new_code != NULL ? strlen(new_code) : 0);
}

LONG recorded_unblock_check(LONG ref)
{
        recorded_count = 0;
        return chv_unblock_check(&recorded_card, recorded_number(ref));
}

LONG recorded_log_out(void)
{
        recorded_count = 0;
        return chv_log_out(&recorded_card);
}
