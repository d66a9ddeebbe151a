/* src/com/manage.c and attachment.c over a winscard that the test plays. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include <oleauto.h>
#include <scardcom.h>
#include <scardcom_xp.h>

#include "com/manage.h"
#include "com/object.h"
#include "tests/support/fake_winscard.h"

static ISCardManage *fresh(void)
{
        void *manage = NULL;

        fake_winscard_reset();
        assert_int_equal(manage_create_on(&fake_api, &IID_ISCardManage, &manage), S_OK);
        return manage;
}

static HRESULT attach_name(ISCardManage *m, const OLECHAR *name)
{
        BSTR text = SysAllocString(name);
        HRESULT hr = m->lpVtbl->AttachByIFD(m, text);

        SysFreeString(text);
        return hr;
}

static ISCardManage *attached(void)
{
        ISCardManage *m = fresh();

        assert_int_equal(attach_name(m, u"Reader"), S_OK);
        return m;
}

static ISCardManage *attached_by_handle(void)
{
        ISCardManage *m = fresh();

        assert_int_equal(m->lpVtbl->AttachByHandle(m, FAKE_CALLERS), S_OK);
        return m;
}

static void end(ISCardManage *m)
{
        assert_int_equal(m->lpVtbl->Release(m), 0);
        assert_int_equal(fake.contexts, fake.contexts_released);
        assert_int_equal(fake.connects, fake.disconnects);
}

static void methods_of_a_new_object_are_not_attached(void **state)
{
        ISCardManage *m = fresh();
        SCARD_STATES card = SPECIFICMODE;
        SCARD_PROTOCOLS protocol = T0;

        (void)state;
        assert_int_equal(m->lpVtbl->Detach(m), SCARD_E_INVALID_HANDLE);
        assert_int_equal(m->lpVtbl->Reconnect(m), SCARD_E_INVALID_HANDLE);
        assert_int_equal(m->lpVtbl->SCardLock(m), SCARD_E_INVALID_HANDLE);
        assert_int_equal(m->lpVtbl->SCardUnlock(m, LEAVE), SCARD_E_INVALID_HANDLE);
        assert_int_equal(m->lpVtbl->Status(m, &card, &protocol), SCARD_E_INVALID_HANDLE);
        assert_int_equal((int)card, 0);
        assert_int_equal((int)protocol, 0);
        assert_int_equal(fake_winscard_touches(), 0);
        end(m);
        assert_int_equal(fake.contexts, 0); /* none is needed before the first AttachByIFD */
}

static void arguments_are_checked_before_the_attachment(void **state)
{
        ISCardManage *m = fresh();
        SCARD_STATES card;
        SCARD_PROTOCOLS protocol;

        (void)state;
        assert_int_equal(m->lpVtbl->Status(m, NULL, &protocol), E_POINTER);
        assert_int_equal(m->lpVtbl->Status(m, &card, NULL), E_POINTER);
        assert_int_equal(m->lpVtbl->SCardUnlock(m, (SCARD_DISPOSITIONS)4), E_INVALIDARG);
        assert_int_equal(m->lpVtbl->AttachByIFD(m, NULL), E_INVALIDARG);
        assert_int_equal(attach_name(m, u""), E_INVALIDARG);
        assert_int_equal(m->lpVtbl->AttachByHandle(m, 0), E_INVALIDARG);
        assert_int_equal(m->lpVtbl->AttachByHandle(m, 0xDEAD), E_INVALIDARG);
        assert_int_equal(m->lpVtbl->AttachByHandle(m, FAKE_CALLERS), S_OK);
        assert_int_equal(m->lpVtbl->AttachByIFD(m, NULL), E_INVALIDARG);
        assert_int_equal(m->lpVtbl->AttachByHandle(m, 0xDEAD), E_INVALIDARG);
        assert_int_equal(fake_winscard_touches(), 0);
        end(m);
}

static void attaching_twice_leaves_the_first_attachment(void **state)
{
        ISCardManage *m = attached();

        (void)state;
        fake.protocol = SCARD_PROTOCOL_T0;
        assert_int_equal(attach_name(m, u"Other"), E_UNEXPECTED);
        assert_int_equal(attach_name(m, u"no\xD800reader"), E_UNEXPECTED);
        assert_int_equal(m->lpVtbl->AttachByHandle(m, FAKE_CALLERS), E_UNEXPECTED);
        assert_int_equal(fake.connects, 1);
        assert_int_equal(m->lpVtbl->SCardLock(m), S_OK);
        assert_int_equal(fake.handle, FAKE_OWN);
        end(m);
}

static void attach_by_name_connects_shared_with_any_protocol(void **state)
{
        ISCardManage *m = attached();

        (void)state;
        assert_string_equal(fake.reader, "Reader");
        assert_int_equal(fake.connect_mode, SCARD_SHARE_SHARED);
        assert_int_equal(fake.connect_protocols, SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1);
        assert_int_equal(m->lpVtbl->Detach(m), S_OK);
        assert_int_equal(fake.disconnects, 1);
        assert_int_equal(fake.disposition, SCARD_LEAVE_CARD);
        assert_int_equal(attach_name(m, u"Reader"), S_OK);
        assert_int_equal(fake.contexts, 1);
        end(m);
}

static void reader_names_reach_the_engine_as_utf8(void **state)
{
        ISCardManage *m = fresh();

        (void)state;
        assert_int_equal(attach_name(m, u"L\u00E9cteur \u20AC \U0001F511"), S_OK);
        assert_string_equal(fake.reader, "L\xC3\xA9"
                                         "cteur \xE2\x82\xAC \xF0\x9F\x94\x91");
        end(m);
}

static void names_that_no_reader_can_have_are_unknown(void **state)
{
        ISCardManage *m = fresh();
        static const OLECHAR halves[][3] = {{0xD800, 'x', 0}, {0xDC00, 'x', 0}, {'x', 0xD800, 0}};
        OLECHAR name[2000];
        BSTR text;

        (void)state;
        for (size_t i = 0; i < 3; i++)
                assert_int_equal(attach_name(m, halves[i]), SCARD_E_UNKNOWN_READER);
        for (size_t i = 0; i < 1999; i++)
                name[i] = u'x';
        name[1999] = 0;
        assert_int_equal(attach_name(m, name), SCARD_E_UNKNOWN_READER);
        text = SysAllocStringLen(u"Reader\0x", 8);
        assert_int_equal(m->lpVtbl->AttachByIFD(m, text), SCARD_E_UNKNOWN_READER);
        SysFreeString(text);
        assert_int_equal(fake.connects, 0);
        end(m);
}

/* Each code of the engine out of each method that has one to give. */
static void every_code_of_the_engine_comes_out_as_the_table_says(void **state)
{
        size_t count;
        const LONG *codes = every_scard_code(&count);
        SCARD_STATES card;
        SCARD_PROTOCOLS protocol;

        (void)state;
        for (size_t i = 0; i < count; i++) {
                ISCardManage *m = fresh();
                HRESULT wanted = hresult_of_table(codes[i]);

                fake.establish = codes[i];
                assert_int_equal(attach_name(m, u"Reader"), wanted);
                fake.establish = 0;
                fake.connect = codes[i];
                assert_int_equal(attach_name(m, u"Reader"), wanted);
                assert_int_equal(m->lpVtbl->Detach(m), SCARD_E_INVALID_HANDLE);
                fake.connect = 0;
                assert_int_equal(attach_name(m, u"Reader"), S_OK);
                fake.begin = codes[i];
                assert_int_equal(m->lpVtbl->SCardLock(m), wanted);
                assert_int_equal(m->lpVtbl->SCardUnlock(m, LEAVE), SCARD_E_NOT_TRANSACTED);
                fake.begin = 0;
                fake.reconnect = codes[i];
                assert_int_equal(m->lpVtbl->Reconnect(m), wanted);
                assert_int_equal(m->lpVtbl->SCardLock(m), S_OK);
                fake.end = codes[i];
                assert_int_equal(m->lpVtbl->SCardUnlock(m, LEAVE), wanted);
                fake.end = 0;
                fake.status = codes[i];
                if (codes[i] != SCARD_W_REMOVED_CARD && codes[i] != SCARD_E_NO_SMARTCARD)
                        assert_int_equal(m->lpVtbl->Status(m, &card, &protocol), wanted);
                fake.disconnect = codes[i]; /* detached all the same */
                assert_int_equal(m->lpVtbl->Detach(m), S_OK);
                assert_int_equal(m->lpVtbl->Detach(m), SCARD_E_INVALID_HANDLE);
                end(m);
        }
}

static void a_handle_is_looked_at_without_touching_the_card(void **state)
{
        static const LONG live[] = {SCARD_E_READER_UNAVAILABLE, SCARD_W_REMOVED_CARD, SCARD_W_RESET_CARD,
                                    SCARD_W_UNPOWERED_CARD, SCARD_E_NO_SMARTCARD};
        ISCardManage *m;

        (void)state;
        for (size_t i = 0; i < sizeof(live) / sizeof(live[0]); i++) {
                m = fresh();
                fake.status = live[i];
                assert_int_equal(m->lpVtbl->AttachByHandle(m, FAKE_CALLERS), S_OK);
                assert_int_equal(fake_winscard_touches(), 0);
                end(m);
        }
        m = fresh();
        fake.status = SCARD_E_NO_SERVICE;
        assert_int_equal(m->lpVtbl->AttachByHandle(m, FAKE_CALLERS), SCARD_E_NO_SERVICE);
        end(m);
}

static void a_handle_of_the_callers_is_never_disconnected(void **state)
{
        ISCardManage *m = attached_by_handle();

        (void)state;
        assert_int_equal(m->lpVtbl->Detach(m), S_OK);
        assert_int_equal(m->lpVtbl->AttachByHandle(m, FAKE_CALLERS), S_OK);
        end(m);
        assert_int_equal(fake.disconnects, 0);
        assert_int_equal(fake.contexts, 0);
}

static void status_says_what_the_engine_says(void **state)
{
        static const struct {
                DWORD state, protocol;
                SCARD_STATES card;
                SCARD_PROTOCOLS wanted;
        } rows[] = {
            {SCARD_ABSENT, SCARD_PROTOCOL_UNDEFINED, ABSENT, RAW},
            {SCARD_PRESENT, SCARD_PROTOCOL_UNDEFINED, PRESENT, RAW},
            {SCARD_SWALLOWED, SCARD_PROTOCOL_UNDEFINED, SWALLOWED, RAW},
            {SCARD_POWERED, SCARD_PROTOCOL_UNDEFINED, POWERED, RAW},
            {SCARD_NEGOTIABLE, SCARD_PROTOCOL_UNDEFINED, NEGOTIABLEMODE, RAW},
            {SCARD_SPECIFIC, SCARD_PROTOCOL_T0, SPECIFICMODE, T0},
            {SCARD_SPECIFIC, SCARD_PROTOCOL_T1, SPECIFICMODE, T1},
            {SCARD_SPECIFIC, SCARD_PROTOCOL_RAW, SPECIFICMODE, RAW},
            {SCARD_UNKNOWN, SCARD_PROTOCOL_UNDEFINED, ABSENT, RAW},
        };
        ISCardManage *m = attached();
        SCARD_STATES card;
        SCARD_PROTOCOLS protocol;
        unsigned touches = fake_winscard_touches();

        (void)state;
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                fake.state = rows[i].state;
                fake.protocol = rows[i].protocol;
                assert_int_equal(m->lpVtbl->Status(m, &card, &protocol), S_OK);
                assert_int_equal(card, rows[i].card);
                assert_int_equal(protocol, rows[i].wanted);
        }
        fake.status = SCARD_W_REMOVED_CARD; /* a winscard that reports the condition instead */
        assert_int_equal(m->lpVtbl->Status(m, &card, &protocol), S_OK);
        assert_int_equal(card, ABSENT);
        assert_int_equal(protocol, RAW);
        assert_int_equal(fake_winscard_touches(), touches);
        end(m);
}

static void reconnect_leaves_the_card_and_keeps_the_share_mode(void **state)
{
        ISCardManage *m = attached();

        (void)state;
        assert_int_equal(m->lpVtbl->Reconnect(m), S_OK);
        assert_int_equal(fake.reconnect_mode, SCARD_SHARE_SHARED);
        assert_int_equal(fake.initialization, SCARD_LEAVE_CARD);
        assert_int_equal(fake.reconnect_protocols, SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1);
        end(m);

        m = attached_by_handle();
        assert_int_equal(m->lpVtbl->Reconnect(m), S_OK);
        assert_int_equal(fake.reconnect_mode, SCARD_SHARE_SHARED); /* the attribute is not known */
        fake.share_mode = SCARD_SHARE_EXCLUSIVE;
        assert_int_equal(m->lpVtbl->Reconnect(m), S_OK);
        assert_int_equal(fake.reconnect_mode, SCARD_SHARE_EXCLUSIVE);
        assert_int_equal(fake.reconnects, 2);
        end(m);
}

static void locks_nest_and_unlock_passes_the_disposition(void **state)
{
        ISCardManage *m = attached();

        (void)state;
        assert_int_equal(m->lpVtbl->SCardUnlock(m, LEAVE), SCARD_E_NOT_TRANSACTED);
        assert_int_equal(fake.ends, 0);
        assert_int_equal(m->lpVtbl->SCardLock(m), S_OK);
        assert_int_equal(m->lpVtbl->SCardLock(m), S_OK);
        assert_int_equal(m->lpVtbl->SCardUnlock(m, RESET), S_OK);
        assert_int_equal(fake.disposition, SCARD_RESET_CARD);
        assert_int_equal(m->lpVtbl->SCardUnlock(m, EJECT), S_OK);
        assert_int_equal(fake.disposition, SCARD_EJECT_CARD);
        assert_int_equal(m->lpVtbl->SCardUnlock(m, UNPOWER), SCARD_E_NOT_TRANSACTED);
        assert_int_equal(fake.ends, 2);
        end(m);
}

static void detach_releases_as_many_locks_as_the_object_took(void **state)
{
        ISCardManage *m = attached_by_handle();

        (void)state;
        for (int i = 0; i < 3; i++)
                assert_int_equal(m->lpVtbl->SCardLock(m), S_OK);
        assert_int_equal(m->lpVtbl->SCardUnlock(m, LEAVE), S_OK);
        assert_int_equal(m->lpVtbl->Detach(m), S_OK);
        assert_int_equal(fake.ends, 3);
        assert_int_equal(fake.disposition, SCARD_LEAVE_CARD);
        assert_int_equal(m->lpVtbl->AttachByHandle(m, FAKE_CALLERS), S_OK);
        assert_int_equal(m->lpVtbl->SCardUnlock(m, LEAVE), SCARD_E_NOT_TRANSACTED);
        assert_int_equal(fake.ends, 3);
        end(m);
}

static void reconnect_ends_the_lock_and_a_failed_one_does_not(void **state)
{
        ISCardManage *m = attached_by_handle();

        (void)state;
        assert_int_equal(m->lpVtbl->SCardLock(m), S_OK);
        fake.reconnect = SCARD_E_NO_SMARTCARD;
        assert_int_equal(m->lpVtbl->Reconnect(m), SCARD_E_NO_SMARTCARD);
        assert_int_equal(m->lpVtbl->SCardUnlock(m, LEAVE), S_OK);
        assert_int_equal(m->lpVtbl->SCardLock(m), S_OK);
        fake.reconnect = 0;
        assert_int_equal(m->lpVtbl->Reconnect(m), S_OK);
        assert_int_equal(m->lpVtbl->SCardUnlock(m, LEAVE), SCARD_E_NOT_TRANSACTED);
        end(m);
        assert_int_equal(fake.ends, 1);
}

static void every_object_is_made_before_attaching(void **state)
{
        ISCardManage *m = fresh();
        ISCardFileAccess *files = NULL;
        ISCardAuth *auth = NULL;
        ISCardVerify *verify = NULL;

        (void)state;
        assert_int_equal(m->lpVtbl->CreateFileAccess(m, NULL), E_POINTER);
        assert_int_equal(m->lpVtbl->CreateCardAuth(m, NULL), E_POINTER);
        assert_int_equal(m->lpVtbl->CreateCHVerification(m, NULL), E_POINTER);
        assert_int_equal(m->lpVtbl->CreateFileAccess(m, &files), S_OK);
        assert_int_equal(m->lpVtbl->CreateCardAuth(m, &auth), S_OK);
        assert_int_equal(m->lpVtbl->CreateCHVerification(m, &verify), S_OK);
        assert_int_equal(files->lpVtbl->Release(files), 0);
        assert_int_equal(auth->lpVtbl->Release(auth), 0);
        assert_int_equal(verify->lpVtbl->Release(verify), 0);
        assert_int_equal(fake_winscard_touches(), 0);
        end(m);
}

static HRESULT create_named(ISCardManage *m, const OLECHAR *name, IUnknown **out)
{
        BSTR text = SysAllocString(name);
        HRESULT hr;

        *out = (IUnknown *)m;
        hr = m->lpVtbl->CreateInterface(m, NULL, text, NULL, out);
        SysFreeString(text);
        return hr;
}

static void create_interface_knows_identifiers_of_both_forms(void **state)
{
        const IID *const iids[] = {&IID_ISCardVerify, &IID_ISCardVerifyXP};
        ISCardManage *m = fresh();
        GUID none = {1, 2, 3, {4}};

        (void)state;
        for (size_t i = 0; i < 2; i++) {
                GUID iid = *iids[i];
                IUnknown *made = NULL;
                void *again = NULL;

                assert_int_equal(m->lpVtbl->CreateInterface(m, &iid, NULL, NULL, &made), S_OK);
                assert_int_equal(made->lpVtbl->QueryInterface(made, iids[i], &again), S_OK);
                assert_ptr_equal(again, made);
                made->lpVtbl->Release(made);
                assert_int_equal(made->lpVtbl->Release(made), 0);
                assert_int_equal(m->lpVtbl->CreateInterface(m, &iid, NULL, NULL, NULL), E_POINTER);
        }
        IUnknown *made = (IUnknown *)m;
        assert_int_equal(m->lpVtbl->CreateInterface(m, &none, NULL, NULL, &made), E_NOINTERFACE);
        assert_null(made);
        made = (IUnknown *)m;
        assert_int_equal(m->lpVtbl->CreateInterface(m, NULL, NULL, NULL, &made), E_POINTER);
        assert_null(made);
        end(m);
}

static void create_interface_knows_names(void **state)
{
        static const OLECHAR *const good[] = {u"SCardVerify", u"ISCardVerify", u"scardverify:PIV",
                                              u"ISCardVerify:iso"};
        static const OLECHAR *const unknown[] = {
            u"",       u"SCard",         u"SCardVerify:", u"SCardVerify:none",
            u"Verify", u"IISCardVerify", u"SCardVerifyXP"};
        ISCardManage *m = fresh();
        IUnknown *made;

        (void)state;
        for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
                void *verify = NULL;

                assert_int_equal(create_named(m, good[i], &made), S_OK);
                assert_int_equal(made->lpVtbl->QueryInterface(made, &IID_ISCardVerify, &verify), S_OK);
                made->lpVtbl->Release(made);
                assert_int_equal(made->lpVtbl->Release(made), 0);
        }
        for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++) {
                assert_int_equal(create_named(m, unknown[i], &made), E_NOINTERFACE);
                assert_null(made);
        }
        assert_int_equal(create_named(m, u"CryptoProvider", &made), E_NOTIMPL);
        assert_null(made);
        end(m);
}

/* Two objects on one attachment, one of them for a card profile: P2 of VERIFY tells which is at work. */
static void a_profile_by_name_is_one_objects_own(void **state)
{
        ISCardManage *m = attached();
        IUnknown *made;
        ISCardVerify *piv = NULL, *iso = NULL;

        (void)state;
        assert_int_equal(create_named(m, u"SCardVerify:piv", &made), S_OK);
        assert_int_equal(made->lpVtbl->QueryInterface(made, &IID_ISCardVerify, (void **)&piv), S_OK);
        made->lpVtbl->Release(made);
        assert_int_equal(m->lpVtbl->CreateCHVerification(m, &iso), S_OK);
        for (int turn = 0; turn < 2; turn++) {
                fake.apdus = 0;
                (void)piv->lpVtbl->Verify(piv, NULL, SC_FL_IHV_CHECKONLY, 0x80);
                assert_true(fake.apdus > 1); /* the application is selected first */
                assert_int_equal(fake.apdu[0].bytes[1], 0xA4);
                fake.apdus = 0;
                assert_int_equal(iso->lpVtbl->Verify(iso, NULL, SC_FL_IHV_CHECKONLY, 1), S_OK);
                assert_int_equal(fake.apdus, 1);
                assert_int_equal(fake.apdu[0].bytes[1], 0x20);
        }
        piv->lpVtbl->Release(piv);
        iso->lpVtbl->Release(iso);
        end(m);
}

static void the_deployed_form_says_how_to_share(void **state)
{
        ISCardManage *m = fresh();
        ISCardManageXP *xp = NULL;
        ISCardVerifyXP *verify = NULL;
        BSTR name = SysAllocString(u"Reader");
        LONG ref = 1;

        (void)state;
        assert_int_equal(m->lpVtbl->QueryInterface(m, &IID_ISCardManageXP, (void **)&xp), S_OK);
        assert_int_equal(xp->lpVtbl->AttachByIFD(xp, name, (SCARD_SHARE_MODES)0), E_INVALIDARG);
        assert_int_equal(xp->lpVtbl->AttachByIFD(xp, name, (SCARD_SHARE_MODES)3), E_INVALIDARG);
        assert_int_equal(fake.connects, 0);
        assert_int_equal(xp->lpVtbl->AttachByIFD(xp, name, EXCLUSIVE), S_OK);
        assert_int_equal(fake.connect_mode, SCARD_SHARE_EXCLUSIVE);
        assert_int_equal(m->lpVtbl->AttachByIFD(m, name), E_UNEXPECTED); /* one object */
        assert_int_equal(xp->lpVtbl->CreateCHVerification(xp, &verify), S_OK);
        assert_int_equal(verify->lpVtbl->Initialize(verify, &ref), E_NOTIMPL);
        assert_int_equal(verify->lpVtbl->Verify(verify, NULL, SC_FL_IHV_CHECKONLY, NULL), E_POINTER);
        assert_int_equal(verify->lpVtbl->Verify(verify, NULL, SC_FL_IHV_CHECKONLY, &ref), S_OK);
        assert_int_equal(ref, 1);
        assert_int_equal(verify->lpVtbl->ResetSecurityState(verify, SC_FL_ERASE), E_INVALIDARG);
        assert_int_equal(fake.reconnects, 0);
        assert_int_equal(verify->lpVtbl->ResetSecurityState(verify, SC_FL_IHV_LOCAL), S_OK);
        assert_int_equal(fake.reconnects, 1);
        assert_int_equal(verify->lpVtbl->Release(verify), 0);
        assert_int_equal(xp->lpVtbl->Detach(xp), S_OK);
        assert_int_equal(xp->lpVtbl->AttachByIFD(xp, name, SHARED), S_OK);
        assert_int_equal(fake.connect_mode, SCARD_SHARE_SHARED);
        SysFreeString(name);
        xp->lpVtbl->Release(xp);
        end(m);
}

static void a_created_object_keeps_the_attachment_alive(void **state)
{
        ISCardManage *m = attached();
        ISCardVerify *v = NULL;

        (void)state;
        assert_int_equal(m->lpVtbl->CreateCHVerification(m, &v), S_OK);
        assert_int_equal(m->lpVtbl->Release(m), 0);
        assert_int_equal(fake.disconnects, 0);
        assert_int_equal(v->lpVtbl->Verify(v, NULL, SC_FL_IHV_CHECKONLY, 1), S_OK);
        assert_int_equal(v->lpVtbl->Release(v), 0);
        assert_int_equal(fake.disconnects, 1);
        assert_int_equal(fake.contexts_released, 1);
}

static void a_created_object_follows_its_manager(void **state)
{
        ISCardManage *m = fresh();
        ISCardVerify *v = NULL;

        (void)state;
        assert_int_equal(m->lpVtbl->CreateCHVerification(m, &v), S_OK);
        assert_int_equal(v->lpVtbl->Verify(v, NULL, SC_FL_IHV_CHECKONLY, 1), SCARD_E_INVALID_HANDLE);
        assert_int_equal(attach_name(m, u"Reader"), S_OK);
        assert_int_equal(v->lpVtbl->Verify(v, NULL, SC_FL_IHV_CHECKONLY, 1), S_OK);
        assert_int_equal(m->lpVtbl->Detach(m), S_OK);
        assert_int_equal(v->lpVtbl->Verify(v, NULL, SC_FL_IHV_CHECKONLY, 1), SCARD_E_INVALID_HANDLE);
        assert_int_equal(m->lpVtbl->AttachByHandle(m, FAKE_CALLERS), S_OK);
        assert_int_equal(v->lpVtbl->Verify(v, NULL, SC_FL_IHV_CHECKONLY, 1), S_OK);
        assert_int_equal(v->lpVtbl->Release(v), 0);
        end(m);
}

/* ---- calls that wait in one thread */

static sem_t waiting, go_on;

static void wait_for(sem_t *sem)
{
        int failed;

        do
                failed = sem_wait(sem);
        while (failed != 0 && errno == EINTR);
}

static void wait_inside(void)
{
        sem_post(&waiting);
        wait_for(&go_on);
}

static void *lock_in_thread(void *arg)
{
        ISCardManage *m = arg;

        return (void *)(uintptr_t)(uint32_t)m->lpVtbl->SCardLock(m);
}

static void *verify_in_thread(void *arg)
{
        ISCardVerify *v = arg;

        return (void *)(uintptr_t)(uint32_t)v->lpVtbl->Verify(v, NULL, SC_FL_IHV_CHECKONLY, 1);
}

static HRESULT joined(pthread_t thread)
{
        void *result = NULL;

        assert_int_equal(pthread_join(thread, &result), 0);
        return (HRESULT)(uint32_t)(uintptr_t)result;
}

static void a_waiting_lock_holds_up_no_other_method(void **state)
{
        ISCardManage *m = attached_by_handle();
        SCARD_STATES card;
        SCARD_PROTOCOLS protocol;
        pthread_t thread;

        (void)state;
        sem_init(&waiting, 0, 0);
        sem_init(&go_on, 0, 0);
        fake.on_begin = wait_inside;
        assert_int_equal(pthread_create(&thread, NULL, lock_in_thread, m), 0);
        wait_for(&waiting);
        assert_int_equal(m->lpVtbl->Status(m, &card, &protocol), S_OK);
        assert_int_equal(m->lpVtbl->SCardUnlock(m, LEAVE), SCARD_E_NOT_TRANSACTED);
        assert_int_equal(m->lpVtbl->Detach(m), S_OK);
        assert_int_equal(m->lpVtbl->Detach(m), SCARD_E_INVALID_HANDLE);
        assert_int_equal(fake.ends, 0);
        sem_post(&go_on);
        /* The transaction came after the end of the attachment: it is given back. */
        assert_int_equal(joined(thread), SCARD_E_INVALID_HANDLE);
        assert_int_equal(fake.ends, 1);
        fake.on_begin = NULL;
        end(m);
}

static void a_waiting_command_does_not_hold_up_detach(void **state)
{
        ISCardManage *m = attached();
        ISCardVerify *v = NULL;
        pthread_t first, second;

        (void)state;
        sem_init(&waiting, 0, 0);
        sem_init(&go_on, 0, 0);
        assert_int_equal(m->lpVtbl->CreateCHVerification(m, &v), S_OK);
        fake.on_transmit = wait_inside;
        assert_int_equal(pthread_create(&first, NULL, verify_in_thread, v), 0);
        wait_for(&waiting);
        assert_int_equal(pthread_create(&second, NULL, verify_in_thread, v), 0);
        assert_int_equal(m->lpVtbl->Detach(m), S_OK);
        fake.on_transmit = NULL;
        sem_post(&go_on);
        assert_int_equal(joined(first), S_OK);
        /* It began to wait before or after the end; either way no command of it went out. */
        assert_int_equal(joined(second), SCARD_E_INVALID_HANDLE);
        assert_int_equal(fake.apdus, 1);
        assert_int_equal(v->lpVtbl->Release(v), 0);
        end(m);
}

static bool reconnected_early;

static void wait_and_see(void)
{
        wait_inside();
        reconnected_early = fake.reconnects != 0;
}

static void *reconnect_in_thread(void *arg)
{
        ISCardManage *m = arg;

        sem_post(&waiting);
        return (void *)(uintptr_t)(uint32_t)m->lpVtbl->Reconnect(m);
}

/* It ends the transaction: a code could go to an application that somebody else selected meanwhile. */
static void reconnect_waits_for_the_command_under_way(void **state)
{
        const struct timespec moment = {.tv_nsec = 20000000};
        ISCardManage *m = attached();
        ISCardVerify *v = NULL;
        pthread_t first, second;

        (void)state;
        sem_init(&waiting, 0, 0);
        sem_init(&go_on, 0, 0);
        assert_int_equal(m->lpVtbl->CreateCHVerification(m, &v), S_OK);
        fake.on_transmit = wait_and_see;
        assert_int_equal(pthread_create(&first, NULL, verify_in_thread, v), 0);
        wait_for(&waiting);
        assert_int_equal(pthread_create(&second, NULL, reconnect_in_thread, m), 0);
        wait_for(&waiting);
        (void)nanosleep(&moment, NULL); /* time enough to do it too early */
        sem_post(&go_on);
        assert_int_equal(joined(first), S_OK);
        assert_int_equal(joined(second), S_OK);
        assert_false(reconnected_early);
        assert_int_equal(fake.reconnects, 1);
        fake.on_transmit = NULL;
        assert_int_equal(v->lpVtbl->Release(v), 0);
        end(m);
}

static void the_library_counts_its_objects(void **state)
{
        unsigned before = object_count();
        ISCardManage *m = fresh();
        ISCardVerify *v = NULL;

        (void)state;
        assert_int_equal(m->lpVtbl->CreateCHVerification(m, &v), S_OK);
        assert_int_equal(object_count(), before + 2);
        assert_int_equal(v->lpVtbl->Release(v), 0);
        end(m);
        assert_int_equal(object_count(), before);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(methods_of_a_new_object_are_not_attached),
            cmocka_unit_test(arguments_are_checked_before_the_attachment),
            cmocka_unit_test(attaching_twice_leaves_the_first_attachment),
            cmocka_unit_test(attach_by_name_connects_shared_with_any_protocol),
            cmocka_unit_test(reader_names_reach_the_engine_as_utf8),
            cmocka_unit_test(names_that_no_reader_can_have_are_unknown),
            cmocka_unit_test(every_code_of_the_engine_comes_out_as_the_table_says),
            cmocka_unit_test(a_handle_is_looked_at_without_touching_the_card),
            cmocka_unit_test(a_handle_of_the_callers_is_never_disconnected),
            cmocka_unit_test(status_says_what_the_engine_says),
            cmocka_unit_test(reconnect_leaves_the_card_and_keeps_the_share_mode),
            cmocka_unit_test(locks_nest_and_unlock_passes_the_disposition),
            cmocka_unit_test(detach_releases_as_many_locks_as_the_object_took),
            cmocka_unit_test(reconnect_ends_the_lock_and_a_failed_one_does_not),
            cmocka_unit_test(every_object_is_made_before_attaching),
            cmocka_unit_test(create_interface_knows_identifiers_of_both_forms),
            cmocka_unit_test(create_interface_knows_names),
            cmocka_unit_test(a_profile_by_name_is_one_objects_own),
            cmocka_unit_test(the_deployed_form_says_how_to_share),
            cmocka_unit_test(a_created_object_keeps_the_attachment_alive),
            cmocka_unit_test(a_created_object_follows_its_manager),
            cmocka_unit_test(a_waiting_lock_holds_up_no_other_method),
            cmocka_unit_test(a_waiting_command_does_not_hold_up_detach),
            cmocka_unit_test(reconnect_waits_for_the_command_under_way),
            cmocka_unit_test(the_library_counts_its_objects),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
