/* The rules of COM, over every class of the library: identity, QueryInterface, counts, outputs, IDispatch. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <objbase.h>
#include <oleauto.h>
#include <scardcom.h>
#include <scardcom_xp.h>

#include "com/object.h"

static const GUID unheard_of = {0x12345678, 0x1234, 0x1234, {1, 2, 3, 4, 5, 6, 7, 8}};

#define IIDS_MAX 6

/* A class, how one is made, and every interface it has. */
struct class_rules {
        IUnknown *(*make)(void);
        const IID *iids[IIDS_MAX];
        const IID *dispatch; /* the interface through which IDispatch is tried; NULL: it has none */
};

static IUnknown *make(const CLSID *clsid, const IID *iid)
{
        void *object = NULL;

        assert_int_equal(CoCreateInstance(clsid, NULL, CLSCTX_INPROC_SERVER, iid, &object), S_OK);
        assert_non_null(object);
        return object;
}

static IUnknown *make_manage(void)
{
        return make(&CLSID_SCardManage, &IID_ISCardManage);
}

static IUnknown *make_bytebuffer(void)
{
        return make(&CLSID_ByteBuffer, &IID_IByteBuffer);
}

static IUnknown *make_verify(void)
{
        ISCardManage *manage = (ISCardManage *)make_manage();
        ISCardVerify *verify = NULL;

        assert_int_equal(manage->lpVtbl->CreateCHVerification(manage, &verify), S_OK);
        assert_int_equal(manage->lpVtbl->Release(manage), 0);
        return (IUnknown *)verify;
}

static IUnknown *make_file_access(void)
{
        ISCardManage *manage = (ISCardManage *)make_manage();
        ISCardFileAccess *access = NULL;

        assert_int_equal(manage->lpVtbl->CreateFileAccess(manage, &access), S_OK);
        assert_int_equal(manage->lpVtbl->Release(manage), 0);
        return (IUnknown *)access;
}

static IUnknown *make_auth(void)
{
        ISCardManage *manage = (ISCardManage *)make_manage();
        ISCardAuth *auth = NULL;

        assert_int_equal(manage->lpVtbl->CreateCardAuth(manage, &auth), S_OK);
        assert_int_equal(manage->lpVtbl->Release(manage), 0);
        return (IUnknown *)auth;
}

static IUnknown *make_stream(void)
{
        IByteBuffer *buffer = (IByteBuffer *)make_bytebuffer();
        LPSTREAM stream = NULL;

        assert_int_equal(buffer->lpVtbl->Initialize(buffer, 1, NULL), S_OK);
        assert_int_equal(buffer->lpVtbl->get_Stream(buffer, &stream), S_OK);
        assert_int_equal(buffer->lpVtbl->Release(buffer), 0);
        return (IUnknown *)stream;
}

/* What a thread knows of its last failure becomes an object when somebody asks. */
static IUnknown *make_method_error(void)
{
        ISCardManage *manage = (ISCardManage *)make_manage();
        IErrorInfo *error = NULL;

        assert_int_equal(manage->lpVtbl->AttachByIFD(manage, NULL), E_INVALIDARG);
        assert_int_equal(GetErrorInfo(0, &error), S_OK);
        assert_int_equal(manage->lpVtbl->Release(manage), 0);
        return (IUnknown *)error;
}

static IUnknown *make_error(void)
{
        ICreateErrorInfo *error = NULL;

        assert_int_equal(CreateErrorInfo(&error), S_OK);
        return (IUnknown *)error;
}

static IUnknown *make_class(const CLSID *clsid)
{
        void *factory = NULL;

        assert_int_equal(CoGetClassObject(clsid, CLSCTX_INPROC_SERVER, NULL, &IID_IClassFactory, &factory),
                         S_OK);
        return factory;
}

static IUnknown *make_manage_class(void)
{
        return make_class(&CLSID_SCardManage);
}

static IUnknown *make_bytebuffer_class(void)
{
        return make_class(&CLSID_CByteBuffer);
}

static const struct class_rules classes[] = {
    {make_manage,
     {&IID_IUnknown, &IID_IDispatch, &IID_ISCardManage, &IID_ISCardManageXP, &IID_ISupportErrorInfo},
     &IID_ISCardManageXP},
    {make_verify,
     {&IID_IUnknown, &IID_IDispatch, &IID_ISCardVerify, &IID_ISCardVerifyXP, &IID_ISCardUnblockData,
      &IID_ISupportErrorInfo},
     &IID_ISCardVerify},
    {make_file_access,
     {&IID_IUnknown, &IID_IDispatch, &IID_ISCardFileAccess, &IID_ISCardFileAccessXP, &IID_ISupportErrorInfo},
     &IID_ISCardFileAccess},
    {make_auth,
     {&IID_IUnknown, &IID_IDispatch, &IID_ISCardAuth, &IID_ISCardAuthXP, &IID_ISupportErrorInfo},
     &IID_ISCardAuthXP},
    {make_bytebuffer,
     {&IID_IUnknown, &IID_IDispatch, &IID_IByteBuffer, &IID_ISupportErrorInfo},
     &IID_IByteBuffer},
    {make_stream, {&IID_IUnknown, &IID_ISequentialStream, &IID_IStream}, NULL},
    {make_error, {&IID_IUnknown, &IID_IErrorInfo, &IID_ICreateErrorInfo}, NULL},
    {make_method_error, {&IID_IUnknown, &IID_IErrorInfo, &IID_ICreateErrorInfo}, NULL},
    {make_manage_class, {&IID_IUnknown, &IID_IClassFactory}, NULL},
    {make_bytebuffer_class, {&IID_IUnknown, &IID_IClassFactory}, NULL},
};

#define CLASSES (sizeof(classes) / sizeof(classes[0]))

static IUnknown *query(IUnknown *object, const IID *iid)
{
        void *out = NULL;

        assert_int_equal(object->lpVtbl->QueryInterface(object, iid, &out), S_OK);
        assert_non_null(out);
        return out;
}

static void identity_is_one_pointer_from_every_interface(void **state)
{
        (void)state;
        for (size_t c = 0; c < CLASSES; c++) {
                IUnknown *object = classes[c].make();
                IUnknown *identity = query(object, &IID_IUnknown);

                for (size_t i = 0; i < IIDS_MAX && classes[c].iids[i] != NULL; i++) {
                        IUnknown *iface = query(object, classes[c].iids[i]);
                        IUnknown *again = query(iface, &IID_IUnknown);

                        assert_ptr_equal(again, identity);
                        again->lpVtbl->Release(again);
                        iface->lpVtbl->Release(iface);
                }
                identity->lpVtbl->Release(identity);
                assert_int_equal(object->lpVtbl->Release(object), 0);
        }
}

/* From each interface every interface, and always the same pointer: symmetric, reflexive and transitive. */
static void every_interface_is_reached_from_every_other(void **state)
{
        (void)state;
        for (size_t c = 0; c < CLASSES; c++) {
                const IID *const *iids = classes[c].iids;
                IUnknown *object = classes[c].make();

                for (size_t i = 0; i < IIDS_MAX && iids[i] != NULL; i++) {
                        IUnknown *from = query(object, iids[i]);

                        for (size_t j = 0; j < IIDS_MAX && iids[j] != NULL; j++) {
                                IUnknown *direct = query(object, iids[j]);
                                IUnknown *over = query(from, iids[j]);
                                IUnknown *back = query(over, iids[i]);

                                assert_ptr_equal(over, direct);
                                assert_ptr_equal(back, from);
                                back->lpVtbl->Release(back);
                                over->lpVtbl->Release(over);
                                direct->lpVtbl->Release(direct);
                        }
                        from->lpVtbl->Release(from);
                }
                assert_int_equal(object->lpVtbl->Release(object), 0);
        }
}

/* Every interface that any class has: those that this class does not list, it has not. */
static const IID *const all_iids[] = {
    &IID_IDispatch,
    &IID_ISCardManage,
    &IID_ISCardManageXP,
    &IID_ISCardVerify,
    &IID_ISCardVerifyXP,
    &IID_ISCardAuth,
    &IID_ISCardFileAccessXP,
    &IID_ISCardUnblockData,
    &IID_ISupportErrorInfo,
    &IID_ISCardAuthXP,
    &IID_ISCardFileAccess,
    &IID_IByteBuffer,
    &IID_ISequentialStream,
    &IID_IStream,
    &IID_IErrorInfo,
    &IID_ICreateErrorInfo,
    &IID_IClassFactory,
    &CLSID_SCardManage,
    &IID_NULL,
    &unheard_of,
};

static bool listed(const struct class_rules *rules, const IID *iid)
{
        for (size_t i = 0; i < IIDS_MAX && rules->iids[i] != NULL; i++) {
                if (rules->iids[i] == iid)
                        return true;
        }
        return false;
}

static void query_unknown_iid_clears_out(void **state)
{
        (void)state;
        for (size_t c = 0; c < CLASSES; c++) {
                IUnknown *object = classes[c].make();

                for (size_t i = 0; i < IIDS_MAX && classes[c].iids[i] != NULL; i++) {
                        IUnknown *iface = query(object, classes[c].iids[i]);
                        void *out = &out;

                        for (size_t n = 0; n < sizeof(all_iids) / sizeof(all_iids[0]); n++) {
                                if (listed(&classes[c], all_iids[n]))
                                        continue;
                                out = &out;
                                assert_int_equal(iface->lpVtbl->QueryInterface(iface, all_iids[n], &out),
                                                 E_NOINTERFACE);
                                assert_null(out);
                        }
                        out = &out;
                        assert_int_equal(iface->lpVtbl->QueryInterface(iface, NULL, &out), E_POINTER);
                        assert_null(out);
                        assert_int_equal(iface->lpVtbl->QueryInterface(iface, &IID_IUnknown, NULL),
                                         E_POINTER);
                        assert_int_equal(iface->lpVtbl->Release(iface), 1);
                }
                assert_int_equal(object->lpVtbl->Release(object), 0);
        }
}

static void counts_are_shared_by_the_interfaces(void **state)
{
        (void)state;
        for (size_t c = 0; c < CLASSES; c++) {
                unsigned before = object_count();
                IUnknown *object = classes[c].make();
                ULONG refs = 1;

                for (size_t i = 0; i < IIDS_MAX && classes[c].iids[i] != NULL; i++) {
                        IUnknown *iface = query(object, classes[c].iids[i]);

                        refs++;
                        assert_int_equal(iface->lpVtbl->AddRef(iface), refs + 1);
                        assert_int_equal(object->lpVtbl->Release(object), refs);
                }
                while (--refs > 0)
                        assert_int_equal(object->lpVtbl->Release(object), refs);
                assert_int_equal(object->lpVtbl->Release(object), 0);
                assert_int_equal(object_count(), before);
        }
}

static void an_unknown_interface_of_a_class_leaves_no_object(void **state)
{
        static const CLSID *const clsids[] = {&CLSID_SCardManage, &CLSID_ByteBuffer, &CLSID_CByteBuffer};
        unsigned before = object_count();

        (void)state;
        for (size_t i = 0; i < sizeof(clsids) / sizeof(clsids[0]); i++) {
                void *out = &out;

                assert_int_equal(CoCreateInstance(clsids[i], NULL, CLSCTX_INPROC_SERVER, &unheard_of, &out),
                                 E_NOINTERFACE);
                assert_null(out);
        }
        assert_int_equal(object_count(), before);
}

static void dispatch_slots_answer(void **state)
{
        OLECHAR name[] = u"NoSuchMethod";
        LPOLESTR names[] = {name};

        (void)state;
        for (size_t c = 0; c < CLASSES; c++) {
                IUnknown *object = classes[c].make();
                IDispatch *dispatch;
                ITypeInfo *info;
                DISPPARAMS params = {0};
                VARIANT result;
                DISPID id = 7;
                UINT count = 7;

                if (classes[c].dispatch == NULL) {
                        object->lpVtbl->Release(object);
                        continue;
                }
                /* Also through the interface itself, whose first seven slots are IDispatch's. */
                dispatch = (IDispatch *)query(object, classes[c].dispatch);
                assert_int_equal(dispatch->lpVtbl->GetTypeInfoCount(dispatch, &count), S_OK);
                assert_int_equal(count, 0);
                assert_int_equal(dispatch->lpVtbl->GetTypeInfoCount(dispatch, NULL), E_POINTER);
                info = (ITypeInfo *)object;
                assert_int_equal(dispatch->lpVtbl->GetTypeInfo(dispatch, 0, 0, &info), DISP_E_BADINDEX);
                assert_null(info);
                assert_int_equal(dispatch->lpVtbl->GetTypeInfo(dispatch, 0, 0, NULL), E_POINTER);
                assert_int_equal(dispatch->lpVtbl->GetIDsOfNames(dispatch, &IID_NULL, names, 1, 0, &id),
                                 DISP_E_UNKNOWNNAME);
                assert_int_equal(id, DISPID_UNKNOWN);
                memset(&result, 0x55, sizeof(result));
                assert_int_equal(dispatch->lpVtbl->Invoke(dispatch, 4711, &IID_NULL, 0, DISPATCH_METHOD,
                                                          &params, &result, NULL, NULL),
                                 DISP_E_MEMBERNOTFOUND);
                assert_int_equal(result.vt, VT_EMPTY);
                dispatch->lpVtbl->Release(dispatch);
                assert_int_equal(object->lpVtbl->Release(object), 0);
        }
}

static int initialize(void **state)
{
        (void)state;
        return FAILED(CoInitialize(NULL)) ? -1 : 0;
}

static int uninitialize(void **state)
{
        (void)state;
        CoUninitialize();
        return 0;
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(identity_is_one_pointer_from_every_interface),
            cmocka_unit_test(every_interface_is_reached_from_every_other),
            cmocka_unit_test(query_unknown_iid_clears_out),
            cmocka_unit_test(counts_are_shared_by_the_interfaces),
            cmocka_unit_test(an_unknown_interface_of_a_class_leaves_no_object),
            cmocka_unit_test(dispatch_slots_answer),
        };

        return cmocka_run_group_tests(tests, initialize, uninitialize);
}
