/* The life of an attachment on the virtual reader, through the objects and everything below them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "com/hresult.h"
#include "com/object.h"
#include "tests/support/asleep.h"
#include "tests/support/scenario.h"

static const char *name_of(HRESULT hr)
{
        const char *name = hresult_name(hr);

        return name != NULL ? name : "no name";
}

static unsigned run_all(const char *reader, SCARD_PROTOCOLS protocol)
{
        struct scenario s;
        unsigned wrong = 0;

        scenario_begin(&s, reader, protocol);
        for (size_t i = 0; i < scenario_steps_count; i++) {
                HRESULT hr = scenario_steps[i].run(&s);

                if (hr == scenario_steps[i].wanted)
                        continue;
                print_error("%s, step %zu, %s: 0x%08X %s instead of 0x%08X %s\n", reader, i,
                            scenario_steps[i].name, (unsigned)hr, name_of(hr),
                            (unsigned)scenario_steps[i].wanted, name_of(scenario_steps[i].wanted));
                wrong++;
        }
        scenario_end(&s);
        return wrong;
}

static void every_step_gives_its_code_on_every_reader(void **state)
{
        static const struct {
                const char *reader;
                SCARD_PROTOCOLS protocol;
        } readers[] = {
            {"1", T1},
            {"level=extended-apdu", T1},
            {"protocol=t0", T0},
            {"level=tpdu,protocol=t0", T0},
            {"interrupt=0", T1},
            {"level=tpdu,protocol=t0,interrupt=0", T0},
            {"auto=none,protocol=t0,level=tpdu", T0},
        };
        unsigned objects = object_count(), wrong = 0;

        (void)state;
        for (size_t i = 0; i < sizeof(readers) / sizeof(readers[0]); i++)
                wrong += run_all(readers[i].reader, readers[i].protocol);
        assert_int_equal(wrong, 0);
        assert_int_equal(object_count(), objects);
}

/* A profile with a log-out command: the card is not reset, so the other handle has nothing to acknowledge. */
static void log_out_of_a_piv_card_resets_nothing(void **state)
{
        struct scenario s;
        SCARDHANDLE second = 0;
        DWORD protocol;

        (void)state;
        scenario_begin(&s, "card=piv", T1);
        for (size_t step = 0; step < 8; step++)
                assert_int_equal(scenario_steps[step].run(&s), scenario_steps[step].wanted);
        assert_int_equal(s.right->lpVtbl->Initialize(s.right, 6, (BYTE *)"123456"), S_OK);
        assert_int_equal(SCardEstablishContext(SCARD_SCOPE_USER, NULL, NULL, &s.context), 0);
        assert_int_equal(SCardConnectA(s.context, "libiscard Virtual CCID Reader 00 00", SCARD_SHARE_SHARED,
                                       SCARD_PROTOCOL_Tx, &second, &protocol),
                         SCARD_S_SUCCESS);
        assert_int_equal(s.verify->lpVtbl->Verify(s.verify, s.wrong, SC_FL_NO_FLAGS, 0x80),
                         SCARD_E_INVALID_CHV); /* four digits: refused before anything is sent */
        assert_int_equal(s.verify->lpVtbl->Verify(s.verify, s.right, SC_FL_NO_FLAGS, 0x80), S_OK);
        assert_int_equal(s.verify->lpVtbl->Verify(s.verify, NULL, SC_FL_IHV_CHECKONLY, 0x80), S_OK);
        assert_int_equal(s.verify->lpVtbl->ResetSecurityState(s.verify), S_OK);
        assert_int_equal(s.verify->lpVtbl->Verify(s.verify, NULL, SC_FL_IHV_CHECKONLY, 0x80),
                         SCARD_W_CARD_NOT_AUTHENTICATED);
        assert_int_equal(SCardBeginTransaction(second), SCARD_S_SUCCESS);
        assert_int_equal(SCardEndTransaction(second, SCARD_LEAVE_CARD), SCARD_S_SUCCESS);
        scenario_end(&s);
}

/* A handle of the caller's: its share mode is kept, and it lives on after Detach. */
static void a_handle_of_the_callers_keeps_its_share_mode(void **state)
{
        static const DWORD modes[] = {SCARD_SHARE_SHARED, SCARD_SHARE_EXCLUSIVE};
        struct scenario s;

        (void)state;
        for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
                DWORD protocol, reader_len = 0, atr_len = 0, card;
                SCARDHANDLE handle = 0, other = 0;
                LONG wanted = modes[i] == SCARD_SHARE_SHARED ? SCARD_S_SUCCESS : SCARD_E_SHARING_VIOLATION;

                scenario_begin(&s, "1", T1);
                for (size_t step = 0; step < 6; step++) /* as far as the verifier */
                        assert_int_equal(scenario_steps[step].run(&s), S_OK);
                assert_int_equal(SCardEstablishContext(SCARD_SCOPE_USER, NULL, NULL, &s.context), 0);
                assert_int_equal(SCardConnectA(s.context, "libiscard Virtual CCID Reader 00 00", modes[i],
                                               SCARD_PROTOCOL_Tx, &handle, &protocol),
                                 SCARD_S_SUCCESS);
                assert_int_equal(s.manage->lpVtbl->AttachByHandle(s.manage, handle + 1), E_INVALIDARG);
                assert_int_equal(s.manage->lpVtbl->AttachByHandle(s.manage, s.context), E_INVALIDARG);
                assert_int_equal(s.manage->lpVtbl->AttachByHandle(s.manage, handle), S_OK);
                assert_int_equal(s.verify->lpVtbl->ResetSecurityState(s.verify), S_OK);
                assert_int_equal(s.verify->lpVtbl->Verify(s.verify, s.right, SC_FL_IHV_GLOBAL, 1), S_OK);
                assert_int_equal(s.manage->lpVtbl->Reconnect(s.manage), S_OK);
                assert_int_equal(SCardConnectA(s.context, "libiscard Virtual CCID Reader 00 00",
                                               SCARD_SHARE_SHARED, SCARD_PROTOCOL_Tx, &other, &protocol),
                                 wanted);
                assert_int_equal(s.manage->lpVtbl->Detach(s.manage), S_OK);
                assert_int_equal(SCardStatusA(handle, NULL, &reader_len, &card, &protocol, NULL, &atr_len),
                                 SCARD_S_SUCCESS);
                assert_int_equal(SCardDisconnect(handle, SCARD_LEAVE_CARD), SCARD_S_SUCCESS);
                assert_int_equal(s.manage->lpVtbl->AttachByHandle(s.manage, handle), E_INVALIDARG);
                scenario_end(&s);
        }
}

/* The lock of the object keeps other handles out, also over ResetSecurityState; Detach gives it back. */
static void detach_gives_back_the_lock_of_a_callers_handle(void **state)
{
        SCARDHANDLE handle = 0;
        DWORD protocol;
        struct scenario s;

        (void)state;
        scenario_begin(&s, "1", T1);
        for (size_t step = 0; step < 6; step++)
                assert_int_equal(scenario_steps[step].run(&s), S_OK);
        assert_int_equal(SCardEstablishContext(SCARD_SCOPE_USER, NULL, NULL, &s.context), 0);
        assert_int_equal(SCardConnectA(s.context, "libiscard Virtual CCID Reader 00 00", SCARD_SHARE_SHARED,
                                       SCARD_PROTOCOL_Tx, &handle, &protocol),
                         SCARD_S_SUCCESS);
        assert_int_equal(s.manage->lpVtbl->AttachByHandle(s.manage, handle), S_OK);
        assert_int_equal(SCardBeginTransaction(handle), SCARD_S_SUCCESS); /* the caller's own */
        assert_int_equal(s.manage->lpVtbl->SCardLock(s.manage), S_OK);
        assert_int_equal(s.manage->lpVtbl->Detach(s.manage), S_OK);
        assert_int_equal(SCardEndTransaction(handle, SCARD_LEAVE_CARD), SCARD_S_SUCCESS);
        assert_int_equal(SCardEndTransaction(handle, SCARD_LEAVE_CARD), SCARD_E_NOT_TRANSACTED);

        assert_int_equal(s.manage->lpVtbl->AttachByHandle(s.manage, handle), S_OK);
        assert_int_equal(s.manage->lpVtbl->SCardLock(s.manage), S_OK);
        assert_int_equal(s.verify->lpVtbl->ResetSecurityState(s.verify), S_OK);
        assert_int_equal(s.manage->lpVtbl->SCardUnlock(s.manage, LEAVE), S_OK);
        assert_int_equal(SCardEndTransaction(handle, SCARD_LEAVE_CARD), SCARD_E_NOT_TRANSACTED);
        scenario_end(&s);
}

/* ---- a call that waits for another handle's transaction, in a thread of its own */

static atomic_bool asleep; /* the thread */

static void *lock_in_thread(void *arg)
{
        struct scenario *s = arg;

        asleep_keep(&asleep);
        return (void *)(uintptr_t)(uint32_t)s->manage->lpVtbl->SCardLock(s->manage);
}

static void *verify_in_thread(void *arg)
{
        struct scenario *s = arg;

        asleep_keep(&asleep);
        return (void *)(uintptr_t)(uint32_t)s->verify->lpVtbl->Verify(s->verify, s->right, SC_FL_IHV_GLOBAL,
                                                                      1);
}

static void *reset_in_thread(void *arg)
{
        struct scenario *s = arg;

        asleep_keep(&asleep);
        return (void *)(uintptr_t)(uint32_t)s->verify->lpVtbl->ResetSecurityState(s->verify);
}

static void detach_ends_a_call_that_waits(void **state)
{
        void *(*const calls[])(void *) = {lock_in_thread, verify_in_thread, reset_in_thread};
        SCARDHANDLE second = 0;
        DWORD protocol;
        struct scenario s;

        (void)state;
        for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
                SCARD_STATES card;
                SCARD_PROTOCOLS in_use;
                pthread_t thread;
                void *result = NULL;

                scenario_begin(&s, "1", T1);
                for (size_t step = 0; step < 8; step++) /* as far as the attachment */
                        assert_int_equal(scenario_steps[step].run(&s), scenario_steps[step].wanted);
                assert_int_equal(SCardEstablishContext(SCARD_SCOPE_USER, NULL, NULL, &s.context), 0);
                assert_int_equal(SCardConnectA(s.context, "libiscard Virtual CCID Reader 00 00",
                                               SCARD_SHARE_SHARED, SCARD_PROTOCOL_Tx, &second, &protocol),
                                 SCARD_S_SUCCESS);
                assert_int_equal(SCardBeginTransaction(second), SCARD_S_SUCCESS);
                atomic_store(&asleep, false);
                assert_int_equal(pthread_create(&thread, NULL, calls[i], &s), 0);
                assert_true(asleep_await(&asleep));
                assert_int_equal(s.manage->lpVtbl->Status(s.manage, &card, &in_use), S_OK);
                assert_int_equal(s.manage->lpVtbl->SCardUnlock(s.manage, LEAVE), SCARD_E_NOT_TRANSACTED);
                assert_int_equal(s.manage->lpVtbl->Detach(s.manage), S_OK);
                assert_int_equal(pthread_join(thread, &result), 0);
                assert_int_equal((LONG)(uint32_t)(uintptr_t)result, SCARD_E_INVALID_HANDLE);
                assert_int_equal(SCardEndTransaction(second, SCARD_LEAVE_CARD), SCARD_S_SUCCESS);
                scenario_end(&s);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(every_step_gives_its_code_on_every_reader),
            cmocka_unit_test(log_out_of_a_piv_card_resets_nothing),
            cmocka_unit_test(a_handle_of_the_callers_keeps_its_share_mode),
            cmocka_unit_test(detach_gives_back_the_lock_of_a_callers_handle),
            cmocka_unit_test(detach_ends_a_call_that_waits),
        };

        unsetenv("ISCARD_PROFILE");
        return cmocka_run_group_tests(tests, NULL, NULL);
}
