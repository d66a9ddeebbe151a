/*
 * test_objects.c - the main job over unmodified libusb, through the COM objects: the life of an attachment as
 * `iscard demo` shows it, from a wrong code to Detach.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#define COBJMACROS
#include <oleauto.h>
#include <scardcom.h>
#include <winscard.h>

#include "testbed.h"

#define READERS "level=short-apdu,serial=A;level=tpdu,protocol=t0,serial=B"

static struct testbed *testbed;
static SCARDCONTEXT context;
static ISCardManage *manage;
static ISCardVerify *verify;
static unsigned reader;

/* Moves the card and lets two USB frames pass: an interrupt endpoint is asked once a frame, no sooner. */
static void move_card(const char *way)
{
        const struct timespec frames = {.tv_nsec = 2000000L};
        testbed_control("%s %u", way, reader);
        (void)nanosleep(&frames, NULL);
}

static BSTR reader_name(void)
{
        static char names[1024];
        OLECHAR wide[256];
        DWORD len = sizeof(names);
        size_t used = 0;
        const char *at = names;
        assert_int_equal(SCardListReadersA(context, NULL, names, &len), SCARD_S_SUCCESS);
        while (*at != '\0' && strstr(at, reader == 0 ? "(A)" : "(B)") == NULL)
                at += strlen(at) + 1;
        assert_true(*at != '\0' && strlen(at) < 256);
        while (*at != '\0')
                wide[used++] = (OLECHAR)(unsigned char)*at++;
        return SysAllocStringLen(wide, (UINT)used);
}

static HRESULT attach(void)
{
        BSTR name = reader_name();
        HRESULT hr = ISCardManage_AttachByIFD(manage, name);
        SysFreeString(name);
        return hr;
}

static IByteBuffer *buffer_of(const char *code)
{
        IByteBuffer *buffer = NULL;
        BYTE bytes[32];
        size_t len = strlen(code);
        assert_true(len <= sizeof(bytes));
        for (size_t i = 0; i < len; i++)
                bytes[i] = (BYTE)code[i];
        assert_int_equal(CoCreateInstance(&CLSID_ByteBuffer, NULL, CLSCTX_INPROC_SERVER, &IID_IByteBuffer,
                                          (void **)&buffer),
                         S_OK);
        assert_int_equal(IByteBuffer_Initialize(buffer, (LONG)len, bytes), S_OK);
        return buffer;
}

static HRESULT verify_code(const char *code)
{
        IByteBuffer *buffer = buffer_of(code);
        HRESULT hr = ISCardVerify_Verify(verify, buffer, SC_FL_IHV_GLOBAL, 1);
        (void)IByteBuffer_Release(buffer);
        return hr;
}

static HRESULT unblock(const char *reset_code, const char *new_code)
{
        ISCardUnblockData *data = NULL;
        LONG number = 0;
        IByteBuffer *reset_buffer = buffer_of(reset_code);
        IByteBuffer *new_buffer = buffer_of(new_code);
        assert_int_equal(ISCardVerify_QueryInterface(verify, &IID_ISCardUnblockData, (void **)&data), S_OK);
        assert_int_equal(ISCardUnblockData_SetUnblockData(data, reset_buffer, new_buffer, &number), S_OK);
        HRESULT hr = ISCardVerify_Unblock(verify, number, SC_FL_IHV_GLOBAL, 1);
        (void)IByteBuffer_Release(reset_buffer);
        (void)IByteBuffer_Release(new_buffer);
        (void)ISCardUnblockData_Release(data);
        return hr;
}

static int set_up(void **state)
{
        reader = *(unsigned *)*state;
        if (CoInitialize(NULL) < 0 ||
            SCardEstablishContext(SCARD_SCOPE_USER, NULL, NULL, &context) != SCARD_S_SUCCESS)
                return -1;
        if (CoCreateInstance(&CLSID_SCardManage, NULL, CLSCTX_INPROC_SERVER, &IID_ISCardManage,
                             (void **)&manage) != S_OK)
                return -1;
        return ISCardManage_CreateCHVerification(manage, &verify) == S_OK ? 0 : -1;
}

static int tear_down(void **state)
{
        (void)state;
        testbed_control("insert %u", reader);
        testbed_plug(testbed, reader);
        ULONG left = verify != NULL ? ISCardVerify_Release(verify) : 0;
        left += manage != NULL ? ISCardManage_Release(manage) : 0;
        verify = NULL;
        manage = NULL;
        (void)SCardReleaseContext(context);
        CoUninitialize();
        return left == 0 ? 0 : -1;
}

static void assert_status(SCARD_STATES wanted)
{
        SCARD_STATES state = 0;
        SCARD_PROTOCOLS protocol = 0;
        assert_int_equal(ISCardManage_Status(manage, &state, &protocol), S_OK);
        assert_int_equal(state, wanted);
}

static void connect_by_name(SCARDHANDLE *card)
{
        DWORD protocol;
        char name[256];
        BSTR wide = reader_name();
        UINT len = SysStringLen(wide);
        for (UINT i = 0; i <= len; i++)
                name[i] = (char)wide[i];
        SysFreeString(wide);
        assert_int_equal(SCardConnectA(context, name, SCARD_SHARE_SHARED, SCARD_PROTOCOL_Tx, card, &protocol),
                         SCARD_S_SUCCESS);
}

/* The main job in one go, as `iscard demo` shows it. */
static void whole_life_of_an_attachment(void **state)
{
        SCARDHANDLE other;
        (void)state;
        assert_int_equal(attach(), S_OK);
        assert_status(SPECIFICMODE);
        for (unsigned tries = 0; tries < 3; tries++) {
                HRESULT hr = verify_code("0000");
                assert_true(hr == SCARD_W_WRONG_CHV || (tries == 2 && hr == SCARD_W_CHV_BLOCKED));
        }
        assert_int_equal(verify_code("1234"), SCARD_W_CHV_BLOCKED);
        assert_int_equal(unblock("12345678", "1234"), S_OK);
        assert_int_equal(verify_code("1234"), S_OK);
        assert_int_equal(ISCardVerify_ResetSecurityState(verify), S_OK);
        connect_by_name(&other);
        assert_int_equal(SCardDisconnect(other, SCARD_RESET_CARD), SCARD_S_SUCCESS);
        assert_int_equal(verify_code("1234"), SCARD_W_RESET_CARD);
        assert_int_equal(ISCardManage_Reconnect(manage), S_OK);
        move_card("remove");
        assert_int_equal(ISCardManage_Reconnect(manage), SCARD_E_NO_SMARTCARD);
        move_card("insert");
        assert_int_equal(ISCardManage_Reconnect(manage), S_OK);
        assert_int_equal(verify_code("1234"), S_OK);
        assert_int_equal(ISCardManage_Detach(manage), S_OK);
        assert_int_equal(ISCardManage_Detach(manage), SCARD_E_INVALID_HANDLE);
}

static void codes_are_tried_blocked_and_unblocked(void **state)
{
        (void)state;
        assert_int_equal(attach(), S_OK);
        assert_int_equal(verify_code("9999"), SCARD_W_WRONG_CHV);
        assert_int_equal(verify_code("9999"), SCARD_W_WRONG_CHV);
        HRESULT third = verify_code("9999");
        assert_true(third == SCARD_W_WRONG_CHV || third == SCARD_W_CHV_BLOCKED);
        assert_int_equal(verify_code("1234"), SCARD_W_CHV_BLOCKED);
        assert_int_equal(unblock("12345678", "1234"), S_OK);
        assert_int_equal(verify_code("1234"), S_OK);
        assert_int_equal(ISCardVerify_ResetSecurityState(verify), S_OK);
        assert_int_equal(ISCardManage_Detach(manage), S_OK);
        assert_int_equal(verify_code("1234"), SCARD_E_INVALID_HANDLE);
}

/* Data and status word of a command to the card that the caller's own handle leads to. */
static uint16_t command(SCARDHANDLE card, const char *apdu, size_t apdu_len, uint8_t *data, DWORD *len)
{
        uint8_t answer[258];
        DWORD answer_len = sizeof(answer);
        assert_int_equal(SCardTransmit(card, NULL, (LPCBYTE)apdu, (DWORD)apdu_len, NULL, answer, &answer_len),
                         SCARD_S_SUCCESS);
        assert_true(answer_len >= 2);
        *len = answer_len - 2;
        memcpy(data, answer, *len);
        return (uint16_t)(answer[*len] << 8 | answer[*len + 1]);
}

static void protected_file_opens_and_closes_with_the_code(void **state)
{
        static const char select_file[] = "\x00\xA4\x00\x0C\x02\x2F\x10";
        static const char read_file[] = "\x00\xB0\x00\x00\x10";
        static const char text[] = "read after VERIF";
        uint8_t data[258];
        DWORD len;
        SCARDHANDLE card;
        (void)state;
        connect_by_name(&card);
        assert_int_equal(ISCardManage_AttachByHandle(manage, card), S_OK);
        assert_int_equal(command(card, select_file, 7, data, &len), 0x9000);
        assert_int_equal(command(card, read_file, 5, data, &len), 0x6982);
        assert_int_equal(verify_code("1234"), S_OK);
        assert_int_equal(command(card, select_file, 7, data, &len), 0x9000);
        assert_int_equal(command(card, read_file, 5, data, &len), 0x9000);
        assert_int_equal(len, 16);
        assert_memory_equal(data, text, 16);
        assert_int_equal(ISCardVerify_ResetSecurityState(verify), S_OK);
        assert_int_equal(command(card, select_file, 7, data, &len), 0x9000);
        assert_int_equal(command(card, read_file, 5, data, &len), 0x6982);
        assert_int_equal(len, 0);
        assert_int_equal(ISCardManage_Detach(manage), S_OK);
        assert_int_equal(SCardDisconnect(card, SCARD_LEAVE_CARD), SCARD_S_SUCCESS);
}

static void reset_by_another_handle_waits_for_reconnect(void **state)
{
        SCARDHANDLE other;
        (void)state;
        assert_int_equal(attach(), S_OK);
        connect_by_name(&other);
        assert_int_equal(SCardDisconnect(other, SCARD_RESET_CARD), SCARD_S_SUCCESS);
        assert_int_equal(verify_code("1234"), SCARD_W_RESET_CARD);
        assert_int_equal(ISCardManage_Reconnect(manage), S_OK);
        assert_int_equal(verify_code("1234"), S_OK);
        assert_int_equal(ISCardManage_Detach(manage), S_OK);
}

static void pulled_card_comes_back_by_reconnect(void **state)
{
        (void)state;
        assert_int_equal(attach(), S_OK);
        assert_int_equal(verify_code("1234"), S_OK);
        move_card("remove");
        assert_status(ABSENT);
        assert_int_equal(verify_code("1234"), SCARD_W_REMOVED_CARD);
        assert_int_equal(ISCardManage_Reconnect(manage), SCARD_E_NO_SMARTCARD);
        move_card("insert");
        assert_int_equal(ISCardManage_Reconnect(manage), S_OK);
        assert_status(SPECIFICMODE);
        assert_int_equal(verify_code("1234"), S_OK);
        assert_int_equal(ISCardManage_Detach(manage), S_OK);
}

static void unplugged_reader_is_unavailable_until_attached_anew(void **state)
{
        (void)state;
        assert_int_equal(attach(), S_OK);
        testbed_unplug(testbed, reader);
        assert_int_equal(verify_code("1234"), SCARD_E_READER_UNAVAILABLE);
        assert_int_equal(ISCardManage_Reconnect(manage), SCARD_E_READER_UNAVAILABLE);
        testbed_plug(testbed, reader);
        assert_int_equal(ISCardManage_Detach(manage), S_OK);
        assert_int_equal(attach(), S_OK);
        assert_int_equal(verify_code("1234"), S_OK);
        assert_int_equal(ISCardManage_Detach(manage), S_OK);
}

#define ON(name, at)                                                                                         \
        {                                                                                                    \
#name " " #at, name, set_up, tear_down, &numbers[at]                                         \
        }

int main(int argc, char **argv)
{
        static unsigned numbers[] = {0, 1};
        const struct CMUnitTest tests[] = {
            ON(whole_life_of_an_attachment, 0),
            ON(whole_life_of_an_attachment, 1),
            ON(codes_are_tried_blocked_and_unblocked, 0),
            ON(codes_are_tried_blocked_and_unblocked, 1),
            ON(protected_file_opens_and_closes_with_the_code, 0),
            ON(protected_file_opens_and_closes_with_the_code, 1),
            ON(reset_by_another_handle_waits_for_reconnect, 0),
            ON(reset_by_another_handle_waits_for_reconnect, 1),
            ON(pulled_card_comes_back_by_reconnect, 0),
            ON(pulled_card_comes_back_by_reconnect, 1),
            ON(unplugged_reader_is_unavailable_until_attached_anew, 0),
            ON(unplugged_reader_is_unavailable_until_attached_anew, 1),
        };
        (void)argc;
        testbed_enter(argv, READERS);
        testbed = testbed_create();
        int failed = cmocka_run_group_tests_name("objects", tests, NULL, NULL);
        testbed_destroy(testbed);
        return failed;
}
