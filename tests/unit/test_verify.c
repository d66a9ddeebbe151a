/* src/com/verify.c and unblockdata.c over a winscard that the test plays: what is sent, what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "com/manage.h"
#include "com/unblockdata.h"
#include "tests/support/fake_winscard.h"

/* The codes are the text of the APDU's data, so a test reads like the exchange. */
static struct fixture {
        ISCardManage *manage;
        ISCardVerify *verify;
        ISCardUnblockData *data;
        IByteBuffer *right, *other, *empty, *longest, *too_long;
} f;

static int set_up(void **state)
{
        uint8_t bytes[256];

        (void)state;
        fake_winscard_reset();
        memset(bytes, '8', sizeof(bytes));
        assert_int_equal(manage_create_on(&fake_api, &IID_ISCardManage, (void **)&f.manage), S_OK);
        assert_int_equal(f.manage->lpVtbl->AttachByHandle(f.manage, FAKE_CALLERS), S_OK);
        assert_int_equal(f.manage->lpVtbl->CreateCHVerification(f.manage, &f.verify), S_OK);
        assert_int_equal(f.verify->lpVtbl->QueryInterface(f.verify, &IID_ISCardUnblockData, (void **)&f.data),
                         S_OK);
        f.right = buffer_of("1234");
        f.other = buffer_of("567890");
        f.empty = buffer_of(NULL);
        f.longest = buffer_of_bytes(bytes, 255);
        f.too_long = buffer_of_bytes(bytes, 256);
        return 0;
}

static int tear_down(void **state)
{
        IByteBuffer *buffers[] = {f.right, f.other, f.empty, f.longest, f.too_long};

        (void)state;
        for (size_t i = 0; i < sizeof(buffers) / sizeof(buffers[0]); i++)
                assert_int_equal(buffers[i]->lpVtbl->Release(buffers[i]), 0);
        assert_int_equal(f.data->lpVtbl->Release(f.data), 1);
        assert_int_equal(f.verify->lpVtbl->Release(f.verify), 0);
        if (f.manage != NULL)
                assert_int_equal(f.manage->lpVtbl->Release(f.manage), 0);
        return 0;
}

static HRESULT verify(IByteBuffer *code, int flags, LONG ref)
{
        return f.verify->lpVtbl->Verify(f.verify, code, (SCARD_FLAGS)flags, ref);
}

static HRESULT change(IByteBuffer *old_code, IByteBuffer *new_code, int flags, LONG ref)
{
        return f.verify->lpVtbl->ChangeCode(f.verify, old_code, new_code, (SCARD_FLAGS)flags, ref);
}

static HRESULT unblock(LONG data, int flags, LONG ref)
{
        return f.verify->lpVtbl->Unblock(f.verify, data, (SCARD_FLAGS)flags, ref);
}

static HRESULT set_data(IByteBuffer *reset_code, IByteBuffer *new_code, LONG *data)
{
        return f.data->lpVtbl->SetUnblockData(f.data, reset_code, new_code, data);
}

static HRESULT detach(void)
{
        return f.manage->lpVtbl->Detach(f.manage);
}

/* The last command: header, then Lc and data where there are some. */
static void assert_sent(uint8_t ins, uint8_t p1, uint8_t p2, const char *codes)
{
        const uint8_t *apdu;
        size_t len = strlen(codes);

        assert_int_equal(fake.apdus, 1);
        apdu = fake.apdu[0].bytes;
        assert_int_equal(apdu[0], 0x00);
        assert_int_equal(apdu[1], ins);
        assert_int_equal(apdu[2], p1);
        assert_int_equal(apdu[3], p2);
        if (len == 0) {
                assert_int_equal(fake.apdu[0].len, 4);
        } else {
                assert_int_equal(fake.apdu[0].len, 5 + len);
                assert_int_equal(apdu[4], len);
                assert_memory_equal(apdu + 5, codes, len);
        }
        fake.apdus = 0;
}

static void verify_sends_the_code_to_the_reference(void **state)
{
        (void)state;
        assert_int_equal(verify(f.right, SC_FL_IHV_GLOBAL, 1), S_OK);
        assert_sent(0x20, 0x00, 0x01, "1234");
        assert_int_equal(verify(f.other, SC_FL_IHV_LOCAL, 31), S_OK);
        assert_sent(0x20, 0x00, 0x9F, "567890");
        assert_int_equal(verify(f.right, SC_FL_NO_FLAGS, 0x81), S_OK);
        assert_sent(0x20, 0x00, 0x81, "1234");
        assert_int_equal(verify(f.longest, SC_FL_NO_FLAGS, 1), S_OK);
        assert_int_equal(fake.apdu[0].len, 260);
}

static void check_only_sends_no_code(void **state)
{
        (void)state;
        assert_int_equal(verify(NULL, SC_FL_IHV_CHECKONLY, 1), S_OK);
        assert_sent(0x20, 0x00, 0x01, "");
        fake.sw = 0x63C2;
        assert_int_equal(verify(f.right, SC_FL_IHV_CHECKONLY | SC_FL_IHV_LOCAL, 2),
                         SCARD_W_CARD_NOT_AUTHENTICATED);
        assert_sent(0x20, 0x00, 0x82, "");
        fake.sw = 0x63C0;
        assert_int_equal(verify(f.too_long, SC_FL_IHV_CHECKONLY, 1), SCARD_W_CHV_BLOCKED);
        assert_sent(0x20, 0x00, 0x01, "");
}

static void change_sends_change_enable_or_disable(void **state)
{
        (void)state;
        assert_int_equal(change(f.right, f.other, SC_FL_NO_FLAGS, 1), S_OK);
        assert_sent(0x24, 0x00, 0x01, "1234567890");
        assert_int_equal(change(f.right, f.other, SC_FL_IHV_CHANGE | SC_FL_IHV_GLOBAL, 1), S_OK);
        assert_sent(0x24, 0x00, 0x01, "1234567890");
        assert_int_equal(change(f.right, NULL, SC_FL_IHV_ENABLE, 1), S_OK);
        assert_sent(0x28, 0x00, 0x01, "1234");
        assert_int_equal(change(f.right, f.other, SC_FL_IHV_DISABLE, 1), S_OK);
        assert_sent(0x26, 0x00, 0x01, "1234");
}

static void unblock_forms_follow_the_data_given(void **state)
{
        LONG number = 0;

        (void)state;
        assert_int_equal(unblock(0, SC_FL_IHV_GLOBAL, 1), S_OK);
        assert_sent(0x2C, 0x03, 0x01, "");
        assert_int_equal(set_data(f.other, f.right, &number), S_OK);
        assert_int_equal(unblock(number, SC_FL_IHV_GLOBAL, 1), S_OK);
        assert_sent(0x2C, 0x00, 0x01, "5678901234");
        assert_int_equal(set_data(f.other, NULL, &number), S_OK);
        assert_int_equal(unblock(number, SC_FL_IHV_LOCAL, 1), S_OK);
        assert_sent(0x2C, 0x01, 0x81, "567890");
        assert_int_equal(set_data(NULL, f.right, &number), S_OK);
        assert_int_equal(unblock(number, SC_FL_NO_FLAGS, 1), S_OK);
        assert_sent(0x2C, 0x02, 0x01, "1234");
}

static void an_unblock_number_is_good_for_one_unblock(void **state)
{
        LONG number = 0;

        (void)state;
        assert_int_equal(set_data(f.other, f.right, &number), S_OK);
        assert_true(number > 0);
        /* Refused for its arguments, it is not used up. */
        assert_int_equal(unblock(number, SC_FL_IHV_GLOBAL | SC_FL_IHV_LOCAL, 1), E_INVALIDARG);
        assert_int_equal(unblock(number, SC_FL_IHV_GLOBAL, 32), E_INVALIDARG);
        fake.sw = 0x6983;
        assert_int_equal(unblock(number, SC_FL_IHV_GLOBAL, 1), SCARD_W_CHV_BLOCKED);
        fake.sw = 0x9000;
        fake.apdus = 0;
        assert_int_equal(unblock(number, SC_FL_IHV_GLOBAL, 1), E_INVALIDARG);
        assert_int_equal(fake.apdus, 0);
}

static void numbers_never_given_out_are_refused(void **state)
{
        static const LONG numbers[] = {1, -1, 0x7FFFFFFF, INT32_MIN};

        (void)state;
        for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
                assert_int_equal(unblock(numbers[i], SC_FL_IHV_GLOBAL, 1), E_INVALIDARG);
                assert_int_equal(f.data->lpVtbl->ClearUnblockData(f.data, numbers[i]), E_INVALIDARG);
        }
        assert_int_equal(f.data->lpVtbl->ClearUnblockData(f.data, 0), E_INVALIDARG);
        assert_int_equal(fake_winscard_touches(), 0);
}

static void a_number_belongs_to_its_object(void **state)
{
        ISCardVerify *other = NULL;
        LONG number = 0;

        (void)state;
        assert_int_equal(f.manage->lpVtbl->CreateCHVerification(f.manage, &other), S_OK);
        assert_int_equal(set_data(f.other, f.right, &number), S_OK);
        assert_int_equal(other->lpVtbl->Unblock(other, number, SC_FL_IHV_GLOBAL, 1), E_INVALIDARG);
        assert_int_equal(other->lpVtbl->Release(other), 0);
        assert_int_equal(unblock(number, SC_FL_IHV_GLOBAL, 1), S_OK);
}

static void clear_detach_and_release_forget_the_data(void **state)
{
        LONG number = 0, second = 0;

        (void)state;
        assert_int_equal(set_data(f.other, f.right, &number), S_OK);
        assert_int_equal(set_data(f.other, f.right, &second), S_OK);
        assert_int_not_equal(number, second);
        assert_int_equal(f.data->lpVtbl->ClearUnblockData(f.data, number), S_OK);
        assert_int_equal(f.data->lpVtbl->ClearUnblockData(f.data, number), E_INVALIDARG);
        assert_int_equal(unblock(number, SC_FL_IHV_GLOBAL, 1), E_INVALIDARG);
        assert_int_equal(detach(), S_OK);
        assert_int_equal(unblock(second, SC_FL_IHV_GLOBAL, 1), E_INVALIDARG);
        assert_int_equal(f.manage->lpVtbl->AttachByHandle(f.manage, FAKE_CALLERS), S_OK);
        assert_int_equal(unblock(second, SC_FL_IHV_GLOBAL, 1), E_INVALIDARG);
        assert_int_equal(fake.apdus, 0);
}

static void set_unblock_data_checks_what_it_is_given(void **state)
{
        LONG number = 7;

        (void)state;
        assert_int_equal(set_data(f.other, f.right, NULL), E_POINTER);
        assert_int_equal(set_data(NULL, NULL, &number), E_POINTER); /* no PIN pad */
        assert_int_equal(number, 0);
        assert_int_equal(set_data(f.empty, f.right, &number), E_INVALIDARG);
        assert_int_equal(set_data(f.other, f.empty, &number), E_INVALIDARG);
        assert_int_equal(set_data(f.too_long, NULL, &number), E_INVALIDARG);
        assert_int_equal(set_data(NULL, f.too_long, &number), E_INVALIDARG);
        assert_int_equal(number, 0);
        assert_int_equal(set_data(f.longest, NULL, &number), S_OK);
}

static void a_store_that_is_full_says_so_and_works_on(void **state)
{
        LONG number = 0, first = 0;

        (void)state;
        assert_int_equal(set_data(f.other, NULL, &first), S_OK);
        for (unsigned i = 1; i < UNBLOCK_ENTRIES_MAX; i++)
                assert_int_equal(set_data(f.other, NULL, &number), S_OK);
        assert_int_equal(set_data(f.other, NULL, &number), E_OUTOFMEMORY);
        assert_int_equal(number, 0);
        assert_int_equal(f.data->lpVtbl->ClearUnblockData(f.data, first), S_OK);
        assert_int_equal(set_data(f.other, NULL, &number), S_OK);
}

/* Refused input: the code of the table, and no call that could reach the card. */
static void refused_input_sends_nothing(void **state)
{
        static const int bad_flags[] = {SC_FL_SECURE_MESSAGING, SC_FL_REPLACE,
                                        SC_FL_PREALLOCATE,      0x10000,
                                        (int)0x80000000,        SC_FL_IHV_GLOBAL | SC_FL_IHV_LOCAL};
        static const struct {
                int flags;
                LONG ref;
        } bad_refs[] = {{SC_FL_IHV_GLOBAL, 32}, {SC_FL_IHV_LOCAL, 32},       {SC_FL_IHV_GLOBAL, -1},
                        {SC_FL_NO_FLAGS, 256},  {SC_FL_NO_FLAGS, INT32_MIN}, {SC_FL_NO_FLAGS, INT32_MAX}};

        (void)state;
        for (size_t i = 0; i < sizeof(bad_flags) / sizeof(bad_flags[0]); i++) {
                assert_int_equal(verify(f.right, bad_flags[i], 1), E_INVALIDARG);
                assert_int_equal(verify(NULL, bad_flags[i] | SC_FL_IHV_CHECKONLY, 1), E_INVALIDARG);
                assert_int_equal(change(f.right, f.other, bad_flags[i], 1), E_INVALIDARG);
                assert_int_equal(unblock(0, bad_flags[i], 1), E_INVALIDARG);
        }
        for (size_t i = 0; i < sizeof(bad_refs) / sizeof(bad_refs[0]); i++) {
                assert_int_equal(verify(f.right, bad_refs[i].flags, bad_refs[i].ref), E_INVALIDARG);
                assert_int_equal(change(f.right, f.other, bad_refs[i].flags, bad_refs[i].ref), E_INVALIDARG);
                assert_int_equal(unblock(0, bad_refs[i].flags, bad_refs[i].ref), E_INVALIDARG);
        }
        assert_int_equal(verify(f.right, SC_FL_IHV_ENABLE, 1), E_INVALIDARG);
        assert_int_equal(verify(f.right, SC_FL_IHV_CHANGE, 1), E_INVALIDARG);
        assert_int_equal(change(f.right, f.other, SC_FL_IHV_CHECKONLY, 1), E_INVALIDARG);
        assert_int_equal(change(f.right, f.other, SC_FL_IHV_ENABLE | SC_FL_IHV_DISABLE, 1), E_INVALIDARG);
        assert_int_equal(change(f.right, f.other, SC_FL_IHV_ENABLE | SC_FL_IHV_CHANGE, 1), E_INVALIDARG);
        assert_int_equal(unblock(0, SC_FL_IHV_CHECKONLY, 1), E_INVALIDARG);
        assert_int_equal(verify(f.empty, SC_FL_NO_FLAGS, 1), E_INVALIDARG);
        assert_int_equal(verify(f.too_long, SC_FL_NO_FLAGS, 1), E_INVALIDARG);
        assert_int_equal(change(f.empty, f.other, SC_FL_NO_FLAGS, 1), E_INVALIDARG);
        assert_int_equal(change(f.right, f.empty, SC_FL_NO_FLAGS, 1), E_INVALIDARG);
        assert_int_equal(change(f.right, f.too_long, SC_FL_NO_FLAGS, 1), E_INVALIDARG);
        assert_int_equal(change(f.too_long, NULL, SC_FL_IHV_ENABLE, 1), E_INVALIDARG);
        assert_int_equal(verify(NULL, SC_FL_NO_FLAGS, 1), E_POINTER);
        assert_int_equal(change(NULL, NULL, SC_FL_NO_FLAGS, 1), E_POINTER);
        assert_int_equal(change(NULL, f.other, SC_FL_NO_FLAGS, 1), E_POINTER);
        assert_int_equal(change(f.right, NULL, SC_FL_NO_FLAGS, 1), E_POINTER);
        assert_int_equal(change(NULL, f.other, SC_FL_IHV_DISABLE, 1), E_POINTER);
        assert_int_equal(fake_winscard_touches(), 0);
}

/* ---- codes from the PIN pad; the command stands behind the 19 or 24 bytes of its structure */

static void assert_entry(uint8_t tag, uint8_t ins, uint8_t p1, uint8_t p2)
{
        size_t head = tag == FEATURE_VERIFY_PIN_DIRECT ? 19 : 24;
        const uint8_t command[] = {0x00, ins, p1, p2, 0x00};

        assert_int_equal(fake.entries, 1);
        assert_int_equal(fake.apdus, 0);
        assert_int_equal(fake.entry_feature, tag);
        assert_int_equal(fake.entry_len, head + sizeof(command));
        assert_memory_equal(fake.entry + head, command, sizeof(command));
        fake.entries = 0;
}

static void no_code_means_entry_on_the_pin_pad(void **state)
{
        LONG number = 0;

        (void)state;
        fake.pinpad = 3;
        assert_int_equal(verify(NULL, SC_FL_IHV_GLOBAL, 1), S_OK);
        assert_entry(FEATURE_VERIFY_PIN_DIRECT, 0x20, 0x00, 0x01);
        assert_int_equal(change(NULL, NULL, SC_FL_IHV_LOCAL, 2), S_OK);
        assert_entry(FEATURE_MODIFY_PIN_DIRECT, 0x24, 0x00, 0x82);
        assert_int_equal(change(NULL, NULL, SC_FL_IHV_ENABLE, 1), S_OK);
        assert_entry(FEATURE_VERIFY_PIN_DIRECT, 0x28, 0x00, 0x01);
        assert_int_equal(change(NULL, NULL, SC_FL_IHV_DISABLE, 1), S_OK);
        assert_entry(FEATURE_VERIFY_PIN_DIRECT, 0x26, 0x00, 0x01);
        assert_int_equal(set_data(NULL, NULL, &number), S_OK);
        assert_true(number > 0);
        assert_int_equal(fake.entries, 0);
        assert_int_equal(unblock(number, SC_FL_IHV_GLOBAL, 1), S_OK);
        assert_entry(FEATURE_MODIFY_PIN_DIRECT, 0x2C, 0x00, 0x01);
        assert_int_equal(unblock(number, SC_FL_IHV_GLOBAL, 1), E_INVALIDARG);
        assert_int_equal(unblock(0, SC_FL_IHV_GLOBAL, 1), S_OK); /* P1 = 03, always */
        assert_sent(0x2C, 0x03, 0x01, "");
}

/* A keypad may claim secure entry and type to the host as well: only a NULL code turns it on. */
static void a_pin_pad_is_not_used_for_a_code_that_is_there(void **state)
{
        LONG number = 0;

        (void)state;
        fake.pinpad = 3;
        assert_int_equal(verify(f.right, SC_FL_IHV_GLOBAL, 1), S_OK);
        assert_sent(0x20, 0x00, 0x01, "1234");
        assert_int_equal(verify(NULL, SC_FL_IHV_CHECKONLY, 1), S_OK);
        assert_sent(0x20, 0x00, 0x01, "");
        assert_int_equal(change(f.right, f.other, SC_FL_NO_FLAGS, 1), S_OK);
        assert_sent(0x24, 0x00, 0x01, "1234567890");
        assert_int_equal(set_data(f.other, NULL, &number), S_OK);
        assert_int_equal(unblock(number, SC_FL_NO_FLAGS, 1), S_OK);
        assert_sent(0x2C, 0x01, 0x01, "567890");
        assert_int_equal(verify(f.empty, SC_FL_NO_FLAGS, 1), E_INVALIDARG);
        assert_int_equal(change(NULL, f.other, SC_FL_NO_FLAGS, 1), E_POINTER);
        assert_int_equal(change(f.right, NULL, SC_FL_NO_FLAGS, 1), E_POINTER);
        assert_int_equal(change(NULL, f.other, SC_FL_IHV_ENABLE, 1), E_POINTER);
        assert_int_equal(fake.entries, 0);
}

static void without_a_pin_pad_no_code_is_a_null_pointer(void **state)
{
        LONG number = 5;

        (void)state;
        fake.pinpad = 2;
        assert_int_equal(verify(NULL, SC_FL_NO_FLAGS, 1), E_POINTER);
        assert_int_equal(change(NULL, NULL, SC_FL_IHV_DISABLE, 1), E_POINTER);
        fake.pinpad = 1;
        assert_int_equal(change(NULL, NULL, SC_FL_NO_FLAGS, 1), E_POINTER);
        assert_int_equal(set_data(NULL, NULL, &number), E_POINTER);
        assert_int_equal(number, 0);
        fake.pinpad = 3;
        setenv("ISCARD_PINPAD", "0", 1);
        assert_int_equal(verify(NULL, SC_FL_NO_FLAGS, 1), E_POINTER);
        assert_int_equal(change(NULL, NULL, SC_FL_NO_FLAGS, 1), E_POINTER);
        assert_int_equal(set_data(NULL, NULL, &number), E_POINTER);
        unsetenv("ISCARD_PINPAD");
        assert_int_equal(detach(), S_OK);
        assert_int_equal(verify(NULL, SC_FL_NO_FLAGS, 1), E_POINTER);
        assert_int_equal(set_data(NULL, NULL, &number), E_POINTER);
        assert_int_equal(fake_winscard_touches(), 0);
}

static void wrong_arguments_ask_nobody_for_a_code(void **state)
{
        (void)state;
        fake.pinpad = 3;
        assert_int_equal(verify(NULL, SC_FL_IHV_GLOBAL | SC_FL_IHV_LOCAL, 1), E_INVALIDARG);
        assert_int_equal(verify(NULL, SC_FL_IHV_GLOBAL, 32), E_INVALIDARG);
        assert_int_equal(verify(NULL, SC_FL_NO_FLAGS, -1), E_INVALIDARG);
        assert_int_equal(change(NULL, NULL, SC_FL_REPLACE, 1), E_INVALIDARG);
        assert_int_equal(change(NULL, NULL, SC_FL_IHV_ENABLE | SC_FL_IHV_DISABLE, 1), E_INVALIDARG);
        assert_int_equal(fake_winscard_touches(), 0);
}

static void what_happens_at_the_pin_pad_has_its_code(void **state)
{
        static const struct {
                uint16_t sw;
                HRESULT hr;
        } rows[] = {{0x9000, S_OK},
                    {0x63C2, SCARD_W_WRONG_CHV},
                    {0x63C0, SCARD_W_CHV_BLOCKED},
                    {0x6983, SCARD_W_CHV_BLOCKED},
                    {0x6400, SCARD_E_TIMEOUT},
                    {0x6401, SCARD_W_CANCELLED_BY_USER},
                    {0x6402, SCARD_E_INVALID_CHV},
                    {0x6403, SCARD_E_INVALID_CHV},
                    {0x6F00, SCARD_E_UNEXPECTED}};
        size_t count;
        const LONG *codes = every_scard_code(&count);

        (void)state;
        fake.pinpad = 3;
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                fake.sw = rows[i].sw;
                assert_int_equal(verify(NULL, SC_FL_NO_FLAGS, 1), rows[i].hr);
                assert_int_equal(change(NULL, NULL, SC_FL_NO_FLAGS, 1), rows[i].hr);
        }
        for (size_t i = 0; i < count; i++) {
                fake.control = codes[i];
                assert_int_equal(verify(NULL, SC_FL_NO_FLAGS, 1), hresult_of_table(codes[i]));
        }
}

static void checks_run_in_the_order_of_the_table(void **state)
{
        const int both = SC_FL_IHV_GLOBAL | SC_FL_IHV_LOCAL;

        (void)state;
        assert_int_equal(detach(), S_OK);
        assert_int_equal(verify(NULL, both, 1), E_POINTER);
        assert_int_equal(verify(f.right, both, 1), E_INVALIDARG);
        assert_int_equal(verify(f.empty, SC_FL_NO_FLAGS, 1), E_INVALIDARG);
        assert_int_equal(verify(f.right, SC_FL_NO_FLAGS, 1), SCARD_E_INVALID_HANDLE);
        assert_int_equal(verify(NULL, SC_FL_IHV_CHECKONLY, 1), SCARD_E_INVALID_HANDLE);
        assert_int_equal(change(NULL, f.other, both, 1), E_POINTER);
        assert_int_equal(change(f.right, f.empty, SC_FL_NO_FLAGS, 1), E_INVALIDARG);
        assert_int_equal(change(f.right, f.other, SC_FL_NO_FLAGS, 1), SCARD_E_INVALID_HANDLE);
        assert_int_equal(unblock(5, SC_FL_NO_FLAGS, 1), E_INVALIDARG);
        assert_int_equal(unblock(0, SC_FL_NO_FLAGS, 1), SCARD_E_INVALID_HANDLE);
        assert_int_equal(f.verify->lpVtbl->ResetSecurityState(f.verify), SCARD_E_INVALID_HANDLE);
        assert_int_equal(fake_winscard_touches(), 0);
}

static void every_code_of_the_engine_comes_out_as_the_table_says(void **state)
{
        size_t count;
        const LONG *codes = every_scard_code(&count);
        LONG number = 0;

        (void)state;
        for (size_t i = 0; i < count; i++) {
                HRESULT wanted = hresult_of_table(codes[i]);

                fake.transmit = codes[i];
                assert_int_equal(verify(f.right, SC_FL_NO_FLAGS, 1), wanted);
                assert_int_equal(verify(NULL, SC_FL_IHV_CHECKONLY, 1), wanted);
                assert_int_equal(change(f.right, f.other, SC_FL_NO_FLAGS, 1), wanted);
                assert_int_equal(change(f.right, NULL, SC_FL_IHV_ENABLE, 1), wanted);
                assert_int_equal(unblock(0, SC_FL_NO_FLAGS, 1), wanted);
                assert_int_equal(set_data(f.other, f.right, &number), S_OK);
                assert_int_equal(unblock(number, SC_FL_NO_FLAGS, 1), wanted);
                fake.transmit = 0;
                fake.begin = codes[i];
                assert_int_equal(f.verify->lpVtbl->ResetSecurityState(f.verify), wanted);
                fake.begin = 0;
                fake.reconnect = codes[i];
                if (codes[i] == SCARD_E_NO_SMARTCARD) /* of a connection that stands: pulled */
                        wanted = SCARD_W_REMOVED_CARD;
                assert_int_equal(f.verify->lpVtbl->ResetSecurityState(f.verify), wanted);
                fake.reconnect = 0;
        }
        assert_int_equal(verify(f.right, SC_FL_NO_FLAGS, 1), S_OK);
}

static void every_status_word_gives_a_code_of_the_table(void **state)
{
        size_t count;
        const LONG *codes = every_scard_code(&count);

        (void)state;
        for (unsigned sw = 0; sw <= 0xFFFF; sw++) {
                bool known = false;
                HRESULT hr;

                fake.sw = (uint16_t)sw;
                hr = verify(f.right, SC_FL_NO_FLAGS, 1);
                for (size_t i = 0; i < count && !known; i++)
                        known = hr == hresult_of_table(codes[i]);
                assert_true(sw == 0x9000 ? hr == S_OK : known);
        }
}

static void the_status_words_of_a_wrong_code_are_told_apart(void **state)
{
        static const struct {
                uint16_t sw;
                HRESULT hr;
        } rows[] = {
            {0x63C2, SCARD_W_WRONG_CHV},           {0x63C0, SCARD_W_CHV_BLOCKED},
            {0x6983, SCARD_W_CHV_BLOCKED},         {0x6982, SCARD_W_SECURITY_VIOLATION},
            {0x6700, SCARD_E_INVALID_CHV},         {0x6A88, E_INVALIDARG},
            {0x6D00, SCARD_E_UNSUPPORTED_FEATURE}, {0x6F00, SCARD_E_UNEXPECTED},
        };

        (void)state;
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                fake.sw = rows[i].sw;
                assert_int_equal(verify(f.right, SC_FL_NO_FLAGS, 1), rows[i].hr);
        }
}

static void reset_without_a_log_out_command_is_a_warm_reset(void **state)
{
        (void)state;
        fake.share_mode = SCARD_SHARE_EXCLUSIVE;
        assert_int_equal(f.verify->lpVtbl->ResetSecurityState(f.verify), S_OK);
        assert_int_equal(fake.apdus, 0);
        assert_int_equal(fake.reconnects, 1);
        assert_int_equal(fake.initialization, SCARD_RESET_CARD);
        assert_int_equal(fake.reconnect_mode, SCARD_SHARE_EXCLUSIVE);
}

static void reset_by_log_out_does_not_reset_the_card(void **state)
{
        (void)state;
        setenv("ISCARD_PROFILE", "gids", 1);
        assert_int_equal(f.verify->lpVtbl->ResetSecurityState(f.verify), S_OK);
        unsetenv("ISCARD_PROFILE");
        assert_true(fake.apdus > 0);
        assert_int_equal(fake.reconnects, 0);
        assert_int_equal(fake.begins, fake.ends);
}

static void reset_reports_a_pending_condition_and_does_not_clear_it(void **state)
{
        (void)state;
        fake.begin = SCARD_W_REMOVED_CARD;
        assert_int_equal(f.verify->lpVtbl->ResetSecurityState(f.verify), SCARD_W_REMOVED_CARD);
        assert_int_equal(fake.reconnects, 0);
        assert_int_equal(fake.apdus, 0);
}

static void a_lock_outlives_the_warm_reset(void **state)
{
        (void)state;
        assert_int_equal(f.manage->lpVtbl->SCardLock(f.manage), S_OK);
        assert_int_equal(f.manage->lpVtbl->SCardLock(f.manage), S_OK);
        fake.begins = fake.ends = 0;
        assert_int_equal(f.verify->lpVtbl->ResetSecurityState(f.verify), S_OK);
        assert_int_equal(fake.begins, 1 + 2); /* its own, which the reset ended; and both again */
        assert_int_equal(fake.ends, 0);
        assert_int_equal(f.manage->lpVtbl->SCardUnlock(f.manage, LEAVE), S_OK);
        assert_int_equal(f.manage->lpVtbl->SCardUnlock(f.manage, LEAVE), S_OK);
        assert_int_equal(f.manage->lpVtbl->SCardUnlock(f.manage, LEAVE), SCARD_E_NOT_TRANSACTED);
}

static void a_failed_reset_gives_its_transaction_back(void **state)
{
        (void)state;
        fake.reconnect = SCARD_W_UNRESPONSIVE_CARD;
        assert_int_equal(f.verify->lpVtbl->ResetSecurityState(f.verify), SCARD_W_UNRESPONSIVE_CARD);
        assert_int_equal(fake.begins, 1);
        assert_int_equal(fake.ends, 1);
}

static void a_card_pulled_during_the_reset_is_a_removed_one(void **state)
{
        (void)state;
        fake.reconnect = SCARD_E_NO_SMARTCARD;
        assert_int_equal(f.verify->lpVtbl->ResetSecurityState(f.verify), SCARD_W_REMOVED_CARD);
        assert_int_equal(fake.begins, 1);
        assert_int_equal(fake.ends, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
        const struct CMUnitTest tests[] = {
            TEST(verify_sends_the_code_to_the_reference),
            TEST(check_only_sends_no_code),
            TEST(change_sends_change_enable_or_disable),
            TEST(unblock_forms_follow_the_data_given),
            TEST(an_unblock_number_is_good_for_one_unblock),
            TEST(numbers_never_given_out_are_refused),
            TEST(a_number_belongs_to_its_object),
            TEST(clear_detach_and_release_forget_the_data),
            TEST(set_unblock_data_checks_what_it_is_given),
            TEST(a_store_that_is_full_says_so_and_works_on),
            TEST(refused_input_sends_nothing),
            TEST(no_code_means_entry_on_the_pin_pad),
            TEST(a_pin_pad_is_not_used_for_a_code_that_is_there),
            TEST(without_a_pin_pad_no_code_is_a_null_pointer),
            TEST(wrong_arguments_ask_nobody_for_a_code),
            TEST(what_happens_at_the_pin_pad_has_its_code),
            TEST(checks_run_in_the_order_of_the_table),
            TEST(every_code_of_the_engine_comes_out_as_the_table_says),
            TEST(every_status_word_gives_a_code_of_the_table),
            TEST(the_status_words_of_a_wrong_code_are_told_apart),
            TEST(reset_without_a_log_out_command_is_a_warm_reset),
            TEST(reset_by_log_out_does_not_reset_the_card),
            TEST(reset_reports_a_pending_condition_and_does_not_clear_it),
            TEST(a_lock_outlives_the_warm_reset),
            TEST(a_failed_reset_gives_its_transaction_back),
            TEST(a_card_pulled_during_the_reset_is_a_removed_one),
        };

        unsetenv("ISCARD_PROFILE");
        unsetenv("ISCARD_PINPAD");
        return cmocka_run_group_tests(tests, NULL, NULL);
}
