/* src/com/runtime.c, src/com/factory.c: apartments, classes, class objects. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define COBJMACROS
#include <ole2.h>
#include <scardcom.h>

static const CLSID unknown_class = {0x12345678, 0x1234, 0x1234, {1, 2, 3, 4, 5, 6, 7, 8}};

static HRESULT create(REFCLSID clsid, REFIID riid, void **out)
{
        *out = out; /* must not be left there */
        return CoCreateInstance(clsid, NULL, CLSCTX_INPROC_SERVER, riid, out);
}

static void initializing_twice_is_s_false_and_another_model_is_refused(void **state)
{
        (void)state;
        assert_int_equal(CoInitialize(NULL), S_OK);
        assert_int_equal(CoInitialize(NULL), S_FALSE);
        assert_int_equal(CoInitializeEx(NULL, COINIT_APARTMENTTHREADED | COINIT_DISABLE_OLE1DDE), S_FALSE);
        assert_int_equal(CoInitializeEx(NULL, COINIT_MULTITHREADED), RPC_E_CHANGED_MODE);
        CoUninitialize();
        CoUninitialize();
        assert_int_equal(CoInitializeEx(NULL, COINIT_MULTITHREADED), RPC_E_CHANGED_MODE);
        CoUninitialize();
        assert_int_equal(CoInitializeEx(NULL, COINIT_MULTITHREADED), S_OK);
        assert_int_equal(CoInitializeEx(NULL, COINIT_MULTITHREADED), S_FALSE);
        assert_int_equal(CoInitialize(NULL), RPC_E_CHANGED_MODE);
        CoUninitialize();
        CoUninitialize();
        CoUninitialize(); /* one too many does nothing */
        assert_int_equal(CoInitialize(NULL), S_OK);
        CoUninitialize();
}

static void arguments_of_initializing_are_checked(void **state)
{
        int reserved = 0;

        (void)state;
        assert_int_equal(CoInitialize(&reserved), E_INVALIDARG);
        assert_int_equal(CoInitializeEx(NULL, 0x10), E_INVALIDARG);
        assert_int_equal(CoInitializeEx(NULL, 0x1), E_INVALIDARG);
        assert_int_equal(CoInitialize(NULL), S_OK);
        CoUninitialize();
}

static void without_initializing_nothing_is_created(void **state)
{
        void *out;

        (void)state;
        assert_int_equal(create(&CLSID_ByteBuffer, &IID_IByteBuffer, &out), CO_E_NOTINITIALIZED);
        assert_null(out);
        out = &out;
        assert_int_equal(
            CoGetClassObject(&CLSID_ByteBuffer, CLSCTX_INPROC_SERVER, NULL, &IID_IClassFactory, &out),
            CO_E_NOTINITIALIZED);
        assert_null(out);
        assert_int_equal(CoInitialize(NULL), S_OK);
        CoUninitialize();
        assert_int_equal(create(&CLSID_ByteBuffer, &IID_IByteBuffer, &out), CO_E_NOTINITIALIZED);
}

static void *create_on_another_thread(void *arg)
{
        void *out;

        *(HRESULT *)arg = create(&CLSID_ByteBuffer, &IID_IUnknown, &out);
        if (out != NULL)
                IUnknown_Release((IUnknown *)out);
        return NULL;
}

static HRESULT result_on_another_thread(void)
{
        HRESULT hr = E_FAIL;
        pthread_t thread;

        assert_int_equal(pthread_create(&thread, NULL, create_on_another_thread, &hr), 0);
        assert_int_equal(pthread_join(thread, NULL), 0);
        return hr;
}

static void a_thread_belongs_to_the_multithreaded_apartment_while_there_is_one(void **state)
{
        (void)state;
        assert_int_equal(CoInitialize(NULL), S_OK);
        assert_int_equal(result_on_another_thread(), CO_E_NOTINITIALIZED);
        CoUninitialize();
        assert_int_equal(CoInitializeEx(NULL, COINIT_MULTITHREADED), S_OK);
        assert_int_equal(CoInitializeEx(NULL, COINIT_MULTITHREADED), S_FALSE);
        assert_int_equal(result_on_another_thread(), S_OK);
        CoUninitialize();
        assert_int_equal(result_on_another_thread(), S_OK);
        CoUninitialize();
        assert_int_equal(result_on_another_thread(), CO_E_NOTINITIALIZED);
}

static void creating_refuses_what_it_cannot_do(void **state)
{
        IUnknown *outer;
        void *out;

        (void)state;
        assert_int_equal(CoInitialize(NULL), S_OK);
        assert_int_equal(create(&unknown_class, &IID_IUnknown, &out), REGDB_E_CLASSNOTREG);
        assert_null(out);
        assert_int_equal(create(&CLSID_ByteBuffer, &unknown_class, &out), E_NOINTERFACE);
        assert_null(out);
        assert_int_equal(create(&CLSID_SCardManage, &IID_IByteBuffer, &out), E_NOINTERFACE);
        assert_null(out);
        assert_int_equal(create(NULL, &IID_IUnknown, &out), E_POINTER);
        assert_null(out);
        assert_int_equal(create(&CLSID_ByteBuffer, NULL, &out), E_POINTER);
        assert_int_equal(CoCreateInstance(&CLSID_ByteBuffer, NULL, CLSCTX_INPROC_SERVER, &IID_IUnknown, NULL),
                         E_POINTER);
        out = &out;
        assert_int_equal(CoCreateInstance(&CLSID_ByteBuffer, NULL, CLSCTX_LOCAL_SERVER, &IID_IUnknown, &out),
                         REGDB_E_CLASSNOTREG);
        assert_null(out);
        assert_int_equal(create(&CLSID_ByteBuffer, &IID_IUnknown, (void **)&outer), S_OK);
        out = &out;
        assert_int_equal(
            CoCreateInstance(&CLSID_ByteBuffer, outer, CLSCTX_INPROC_SERVER, &IID_IUnknown, &out),
            CLASS_E_NOAGGREGATION);
        assert_null(out);
        assert_int_equal(IUnknown_Release(outer), 0);
        assert_int_equal(DllCanUnloadNow(), S_OK);
        CoUninitialize();
}

static void every_class_is_created(void **state)
{
        static const struct {
                const CLSID *clsid;
                const IID *iid;
        } classes[] = {{&CLSID_SCardManage, &IID_ISCardManage},
                       {&CLSID_ByteBuffer, &IID_IByteBuffer},
                       {&CLSID_CByteBuffer, &IID_IByteBuffer}};
        IUnknown *object;

        (void)state;
        assert_int_equal(CoInitializeEx(NULL, COINIT_MULTITHREADED), S_OK);
        for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++) {
                assert_int_equal(DllCanUnloadNow(), S_OK);
                assert_int_equal(
                    CoCreateInstance(classes[i].clsid, NULL, CLSCTX_ALL, classes[i].iid, (void **)&object),
                    S_OK);
                assert_int_equal(DllCanUnloadNow(), S_FALSE);
                assert_int_equal(IUnknown_Release(object), 0);
        }
        assert_int_equal(DllCanUnloadNow(), S_OK);
        CoUninitialize();
}

static void a_class_object_keeps_the_rules_of_com(void **state)
{
        IClassFactory *factory = NULL, *same = NULL;
        IUnknown *unknown = NULL, *unknown_again = NULL;
        void *out = &factory;

        (void)state;
        /* Not dependent on CoInitialize. */
        assert_int_equal(DllGetClassObject(&CLSID_SCardManage, &IID_IClassFactory, (void **)&factory), S_OK);
        assert_int_equal(IClassFactory_QueryInterface(factory, &IID_IUnknown, (void **)&unknown), S_OK);
        assert_int_equal(IUnknown_QueryInterface(unknown, &IID_IClassFactory, (void **)&same), S_OK);
        assert_ptr_equal(same, factory);
        assert_int_equal(IClassFactory_QueryInterface(same, &IID_IUnknown, (void **)&unknown_again), S_OK);
        assert_ptr_equal(unknown_again, unknown);
        assert_int_equal(IClassFactory_QueryInterface(factory, &IID_IDispatch, &out), E_NOINTERFACE);
        assert_null(out);
        assert_int_equal(IClassFactory_QueryInterface(factory, &IID_IUnknown, NULL), E_POINTER);
        assert_int_equal(IClassFactory_AddRef(factory), 5);
        assert_int_equal(IClassFactory_Release(factory), 4);
        assert_int_equal(IUnknown_Release(unknown_again), 3);
        assert_int_equal(IUnknown_Release(unknown), 2);
        assert_int_equal(IClassFactory_Release(same), 1);
        assert_int_equal(DllCanUnloadNow(), S_FALSE);
        assert_int_equal(IClassFactory_Release(factory), 0);
        assert_int_equal(DllCanUnloadNow(), S_OK);
}

static void class_objects_are_found_or_refused(void **state)
{
        void *out = &out;

        (void)state;
        assert_int_equal(DllGetClassObject(&unknown_class, &IID_IClassFactory, &out),
                         CLASS_E_CLASSNOTAVAILABLE);
        assert_null(out);
        out = &out;
        assert_int_equal(DllGetClassObject(&CLSID_ByteBuffer, &IID_IByteBuffer, &out), E_NOINTERFACE);
        assert_null(out);
        assert_int_equal(DllGetClassObject(&CLSID_ByteBuffer, &IID_IClassFactory, NULL), E_POINTER);
        assert_int_equal(CoInitialize(NULL), S_OK);
        assert_int_equal(
            CoGetClassObject(&CLSID_ByteBuffer, CLSCTX_INPROC_SERVER, NULL, &IID_IClassFactory, &out), S_OK);
        assert_int_equal(IUnknown_Release((IUnknown *)out), 0);
        out = &out;
        assert_int_equal(
            CoGetClassObject(&unknown_class, CLSCTX_INPROC_SERVER, NULL, &IID_IClassFactory, &out),
            REGDB_E_CLASSNOTREG);
        assert_null(out);
        assert_int_equal(
            CoGetClassObject(&CLSID_ByteBuffer, CLSCTX_INPROC_SERVER, NULL, &IID_IClassFactory, NULL),
            E_POINTER);
        assert_int_equal(DllCanUnloadNow(), S_OK);
        CoUninitialize();
}

static void create_instance_makes_objects_and_refuses_aggregation(void **state)
{
        IClassFactory *factory;
        IByteBuffer *buffer;
        void *out = &out;

        (void)state;
        assert_int_equal(DllGetClassObject(&CLSID_ByteBuffer, &IID_IClassFactory, (void **)&factory), S_OK);
        assert_int_equal(IClassFactory_CreateInstance(factory, NULL, &IID_IByteBuffer, (void **)&buffer),
                         S_OK);
        assert_int_equal(IClassFactory_CreateInstance(factory, (IUnknown *)factory, &IID_IUnknown, &out),
                         CLASS_E_NOAGGREGATION);
        assert_null(out);
        out = &out;
        assert_int_equal(IClassFactory_CreateInstance(factory, NULL, &unknown_class, &out), E_NOINTERFACE);
        assert_null(out);
        assert_int_equal(IClassFactory_CreateInstance(factory, NULL, &IID_IUnknown, NULL), E_POINTER);
        assert_int_equal(IClassFactory_Release(factory), 0);
        assert_int_equal(IByteBuffer_Release(buffer), 0);
        assert_int_equal(DllCanUnloadNow(), S_OK);
}

static void a_lock_keeps_the_library_and_is_never_overdrawn(void **state)
{
        IClassFactory *factory;

        (void)state;
        assert_int_equal(DllGetClassObject(&CLSID_ByteBuffer, &IID_IClassFactory, (void **)&factory), S_OK);
        assert_int_equal(IClassFactory_LockServer(factory, FALSE), S_OK); /* one too many */
        assert_int_equal(IClassFactory_LockServer(factory, TRUE), S_OK);
        assert_int_equal(IClassFactory_LockServer(factory, TRUE), S_OK);
        assert_int_equal(IClassFactory_LockServer(factory, FALSE), S_OK);
        assert_int_equal(IClassFactory_Release(factory), 0);
        assert_int_equal(DllCanUnloadNow(), S_FALSE);
        assert_int_equal(DllGetClassObject(&CLSID_ByteBuffer, &IID_IClassFactory, (void **)&factory), S_OK);
        assert_int_equal(IClassFactory_LockServer(factory, FALSE), S_OK);
        assert_int_equal(IClassFactory_Release(factory), 0);
        assert_int_equal(DllCanUnloadNow(), S_OK);
}

static void program_identifiers_name_the_manager(void **state)
{
        static const OLECHAR *const names[] = {u"SCardCOM.SCardManage.1", u"SCardCOM.SCardManage",
                                               u"scardcom.scardmanage", u"SCARDCOM.SCARDMANAGE.1"};
        static const OLECHAR *const others[] = {u"", u"SCardCOM.SCardManage.2", u"SCardCOM.SCardManag",
                                                u"SCardCOM.SCardManage.", u"SCardCOM.SCardManage.11"};
        CLSID clsid;

        (void)state;
        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
                memset(&clsid, 0xFF, sizeof(clsid));
                assert_int_equal(CLSIDFromProgID(names[i], &clsid), S_OK);
                assert_true(IsEqualCLSID(&clsid, &CLSID_SCardManage));
                memset(&clsid, 0xFF, sizeof(clsid));
                assert_int_equal(CLSIDFromString(names[i], &clsid), S_OK);
                assert_true(IsEqualCLSID(&clsid, &CLSID_SCardManage));
        }
        for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
                memset(&clsid, 0xFF, sizeof(clsid));
                assert_int_equal(CLSIDFromProgID(others[i], &clsid), CO_E_CLASSSTRING);
                assert_true(IsEqualCLSID(&clsid, &CLSID_NULL));
        }
        assert_int_equal(CLSIDFromProgID(NULL, &clsid), E_INVALIDARG);
        assert_int_equal(CLSIDFromProgID(names[0], NULL), E_INVALIDARG);
}

static void the_manager_tells_its_program_identifier(void **state)
{
        LPOLESTR name = NULL;

        (void)state;
        assert_int_equal(ProgIDFromCLSID(&CLSID_SCardManage, &name), S_OK);
        assert_memory_equal(name, u"SCardCOM.SCardManage.1", 23 * sizeof(OLECHAR));
        CoTaskMemFree(name);
        name = (LPOLESTR)u"x";
        assert_int_equal(ProgIDFromCLSID(&CLSID_ByteBuffer, &name), REGDB_E_CLASSNOTREG);
        assert_null(name);
        assert_int_equal(ProgIDFromCLSID(&unknown_class, &name), REGDB_E_CLASSNOTREG);
        assert_int_equal(ProgIDFromCLSID(&CLSID_SCardManage, NULL), E_INVALIDARG);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(initializing_twice_is_s_false_and_another_model_is_refused),
            cmocka_unit_test(arguments_of_initializing_are_checked),
            cmocka_unit_test(without_initializing_nothing_is_created),
            cmocka_unit_test(a_thread_belongs_to_the_multithreaded_apartment_while_there_is_one),
            cmocka_unit_test(creating_refuses_what_it_cannot_do),
            cmocka_unit_test(every_class_is_created),
            cmocka_unit_test(a_class_object_keeps_the_rules_of_com),
            cmocka_unit_test(class_objects_are_found_or_refused),
            cmocka_unit_test(create_instance_makes_objects_and_refuses_aggregation),
            cmocka_unit_test(a_lock_keeps_the_library_and_is_never_overdrawn),
            cmocka_unit_test(program_identifiers_name_the_manager),
            cmocka_unit_test(the_manager_tells_its_program_identifier),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
