/*
 * Codes entered on the virtual reader's keys, through the objects and everything below them: every level and
 * protocol, what the card holder may do wrong, and what the card says.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <objbase.h>
#include <oleauto.h>
#include <scardcom.h>

#include "com/manage.h"
#include "com/object.h"
#include "com/verify.h"
#include "sim/control.h"

static const char *const readers[] = {
    "pinpad=1",
    "pinpad=1,level=extended-apdu",
    "pinpad=1,protocol=t0",
    "pinpad=1,level=tpdu,protocol=t0",
    "pinpad=1,level=tpdu,protocol=t1",
    "pinpad=1,level=tpdu,protocol=t1,edc=crc",
    "pinpad=1,level=tpdu,protocol=t1,auto=none",
    "pinpad=1,level=tpdu,protocol=t0,auto=none,interrupt=0",
};
#define READERS (sizeof(readers) / sizeof(readers[0]))

static struct {
        ISCardManage *manage;
        ISCardVerify *verify;
        ISCardUnblockData *data;
        struct sim_device *device;
} s;

static void begin(const char *reader)
{
        BSTR name = SysAllocString(OLESTR("libiscard Virtual CCID Reader 00 00"));

        setenv("ISCARD_SIM", reader, 1);
        sim_control_reset();
        assert_non_null(name);
        assert_int_equal(manage_create(&IID_ISCardManage, (void **)&s.manage), S_OK);
        assert_int_equal(s.manage->lpVtbl->AttachByIFD(s.manage, name), S_OK);
        SysFreeString(name);
        assert_int_equal(s.manage->lpVtbl->CreateCHVerification(s.manage, &s.verify), S_OK);
        assert_int_equal(s.verify->lpVtbl->QueryInterface(s.verify, &IID_ISCardUnblockData, (void **)&s.data),
                         S_OK);
        s.device = sim_control_device(0);
        assert_non_null(s.device);
}

static void end(void)
{
        s.data->lpVtbl->Release(s.data);
        s.verify->lpVtbl->Release(s.verify);
        s.manage->lpVtbl->Release(s.manage);
        assert_int_equal(object_count(), 0);
}

static HRESULT verify(void)
{
        return s.verify->lpVtbl->Verify(s.verify, NULL, SC_FL_IHV_GLOBAL, 1);
}

static HRESULT check(void)
{
        return s.verify->lpVtbl->Verify(s.verify, NULL, SC_FL_IHV_CHECKONLY | SC_FL_IHV_GLOBAL, 1);
}

static HRESULT change(void)
{
        return s.verify->lpVtbl->ChangeCode(s.verify, NULL, NULL, SC_FL_IHV_GLOBAL, 1);
}

static HRESULT unblock(void)
{
        LONG number = 0;

        assert_int_equal(s.data->lpVtbl->SetUnblockData(s.data, NULL, NULL, &number), S_OK);
        return s.verify->lpVtbl->Unblock(s.verify, number, SC_FL_IHV_GLOBAL, 1);
}

static void one_reader(const char *reader)
{
        print_message("%s\n", reader);
        begin(reader);
        assert_int_equal(check(), SCARD_W_CARD_NOT_AUTHENTICATED);
        assert_int_equal(verify(), S_OK); /* 1234, as a card is delivered */
        assert_int_equal(check(), S_OK);
        assert_int_equal(change(), S_OK); /* to 5678 */
        assert_int_equal(verify(), SCARD_W_WRONG_CHV);
        sim_device_codes(s.device, "5678", "4321");
        assert_int_equal(verify(), S_OK);
        sim_device_codes(s.device, "0000", NULL);
        assert_int_equal(verify(), SCARD_W_WRONG_CHV);
        assert_int_equal(verify(), SCARD_W_WRONG_CHV);
        assert_int_equal(verify(), SCARD_W_CHV_BLOCKED);
        sim_device_codes(s.device, "12345678", "4321"); /* the unblocking code, a new code */
        assert_int_equal(unblock(), S_OK);
        sim_device_codes(s.device, "4321", NULL);
        assert_int_equal(verify(), S_OK);
        end();
}

static void every_reader_verifies_changes_and_unblocks(void **state)
{
        (void)state;
        for (size_t i = 0; i < READERS; i++)
                one_reader(readers[i]);
}

static void what_the_card_holder_does_has_its_code_and_costs_no_try(void **state)
{
        struct card_last last;

        (void)state;
        for (size_t i = 0; i < READERS; i++) {
                print_message("%s\n", readers[i]);
                begin(readers[i]);
                assert_true(sim_device_fault(s.device, "pin-timeout@*"));
                assert_int_equal(verify(), SCARD_E_TIMEOUT);
                assert_true(sim_device_fault(s.device, NULL));
                assert_true(sim_device_fault(s.device, "pin-cancel@*"));
                assert_int_equal(verify(), SCARD_W_CANCELLED_BY_USER);
                assert_true(sim_device_fault(s.device, NULL));
                assert_true(sim_device_fault(s.device, "pin-mismatch@*"));
                assert_int_equal(change(), SCARD_E_INVALID_CHV);
                assert_true(sim_device_fault(s.device, NULL));
                sim_device_codes(s.device, "", NULL); /* the validation key alone: too short */
                assert_int_equal(verify(), SCARD_E_INVALID_CHV);
                assert_int_equal(check(), SCARD_W_CARD_NOT_AUTHENTICATED);
                verify_last(s.verify, &last);
                assert_int_equal(last.tries, 3);
                sim_device_codes(s.device, "1234", NULL);
                assert_int_equal(verify(), S_OK);
                end();
        }
}

static void a_piv_card_gets_its_block_of_eight(void **state)
{
        static const char *const piv[] = {"card=piv,pinpad=1", "card=piv,pinpad=1,level=tpdu,protocol=t1",
                                          "card=piv,pinpad=1,level=tpdu,protocol=t0"};

        (void)state;
        for (size_t i = 0; i < sizeof(piv) / sizeof(piv[0]); i++) {
                begin(piv[i]);
                sim_device_codes(s.device, "123456", "87654321");
                assert_int_equal(s.verify->lpVtbl->Verify(s.verify, NULL, SC_FL_NO_FLAGS, 0x80), S_OK);
                assert_int_equal(s.verify->lpVtbl->ChangeCode(s.verify, NULL, NULL, SC_FL_NO_FLAGS, 0x80),
                                 S_OK);
                sim_device_codes(s.device, "87654321", NULL);
                assert_int_equal(s.verify->lpVtbl->Verify(s.verify, NULL, SC_FL_NO_FLAGS, 0x80), S_OK);
                sim_device_codes(s.device, "12345", NULL); /* the profile wants six */
                assert_int_equal(s.verify->lpVtbl->Verify(s.verify, NULL, SC_FL_NO_FLAGS, 0x80),
                                 SCARD_E_INVALID_CHV);
                end();
        }
}

static void without_keys_a_missing_code_is_a_null_pointer(void **state)
{
        LONG number = 3;

        (void)state;
        begin("1");
        assert_int_equal(verify(), E_POINTER);
        assert_int_equal(change(), E_POINTER);
        assert_int_equal(s.data->lpVtbl->SetUnblockData(s.data, NULL, NULL, &number), E_POINTER);
        end();
        setenv("ISCARD_PINPAD", "0", 1);
        begin("pinpad=1");
        assert_int_equal(verify(), E_POINTER);
        end();
        unsetenv("ISCARD_PINPAD");
}

static void a_card_that_was_pulled_is_said_to_be(void **state)
{
        (void)state;
        begin("pinpad=1");
        sim_device_card_remove(s.device, 0);
        assert_int_equal(verify(), SCARD_W_REMOVED_CARD);
        end();
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(every_reader_verifies_changes_and_unblocks),
            cmocka_unit_test(what_the_card_holder_does_has_its_code_and_costs_no_try),
            cmocka_unit_test(a_piv_card_gets_its_block_of_eight),
            cmocka_unit_test(without_keys_a_missing_code_is_a_null_pointer),
            cmocka_unit_test(a_card_that_was_pulled_is_said_to_be),
        };

        unsetenv("ISCARD_PINPAD");
        unsetenv("ISCARD_PROFILE");
        return cmocka_run_group_tests(tests, NULL, NULL);
}
