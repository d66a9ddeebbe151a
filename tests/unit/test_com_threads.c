/*
 * Threads on one object: every method of every interface, called by several threads at once on the same objects, on
 * objects made meanwhile and on those that another thread is about to release. Meant for the thread sanitizer
 * (make check-threads runs it there); without it only what comes out is seen.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <oleauto.h>
#include <scardcom.h>
#include <scardcom_xp.h>

#include "com/dispatch.h"
#include "com/object.h"
#include "tests/support/attached.h"
#include "tests/support/fake_winscard.h"

#define THREADS 8
#define ROUNDS  2000
#define SLOTS   6

/* The objects that every thread uses; all have IDispatch. */
enum shared { FIRST, SECOND, VERIFY, FILES, AUTH, BUFFER, SHARED_LEN };

static IDispatch *shared[SHARED_LEN];
static IByteBuffer *code;                 /* "1234", which no call changes */
static _Atomic(IDispatch *) slots[SLOTS]; /* one reference each: objects between two threads */
static atomic_ulong calls, successes, strange;

static const struct dispatch_interface *const interfaces[SHARED_LEN][2] = {
    [FIRST] = {&dispatch_ISCardManage, &dispatch_ISCardManageXP},
    [SECOND] = {&dispatch_ISCardManageXP, &dispatch_ISCardManage},
    [VERIFY] = {&dispatch_ISCardVerify, &dispatch_ISCardVerifyXP},
    [FILES] = {&dispatch_ISCardFileAccess, &dispatch_ISCardFileAccessXP},
    [AUTH] = {&dispatch_ISCardAuth, &dispatch_ISCardAuthXP},
    [BUFFER] = {&dispatch_IByteBuffer, &dispatch_IByteBuffer},
};

static unsigned below(unsigned *seed, unsigned limit)
{
        return (unsigned)rand_r(seed) % limit;
}

/* ---- any method, with arguments of its types */

/* What a call's arguments refer to. */
struct room {
        LONG numbers[DISPATCH_PARAMS_MAX];
        void *pointers[DISPATCH_PARAMS_MAX];
};

static VARIANT a_text(unsigned *seed)
{
        static const OLECHAR *const texts[] = {
            ATTACHED_READER,     u"3F00", u"/3F00/2F00", u"2F01", u"SCardVerify:iso",
            u"ISCardFileAccess", u"",     u"..",
        };

        return (VARIANT){.vt = VT_BSTR, .bstrVal = SysAllocString(texts[below(seed, 8)])};
}

static VARIANT an_array(unsigned *seed)
{
        static const BYTE table[] = {0x82, 0x01, 0x01, 0x83, 0x02, 0x12, 0x34};
        ULONG len = below(seed, sizeof(table) + 1);
        VARIANT array = {.vt = VT_ARRAY | VT_UI1, .parray = SafeArrayCreateVector(VT_UI1, 0, len)};

        memcpy(array.parray->pvData, table, len);
        return array;
}

/* A handle of the caller's, or no handle at all, has no part in this: closing it is another test's. */
static VARIANT an_input(const struct dispatch_param *param, unsigned *seed)
{
        switch (param->kind) {
        case DISPATCH_NUMBER:
                return (VARIANT){.vt = VT_I4, .lVal = (LONG)below(seed, 5)};
        case DISPATCH_HANDLE:
                return (VARIANT){.vt = VT_I8, .llVal = below(seed, 4)};
        case DISPATCH_OBJECT:
                return (VARIANT){.vt = VT_DISPATCH,
                                 .pdispVal = below(seed, 3) == 0 ? NULL : (IDispatch *)(void *)code};
        case DISPATCH_TEXT:
                return a_text(seed);
        case DISPATCH_GUID:
                return (VARIANT){.vt = VT_BSTR,
                                 .bstrVal = SysAllocString(u"{4029dd85-5902-11d0-b84c-00c04fd424b9}")};
        default:
                return an_array(seed);
        }
}

static VARIANT an_output(const struct dispatch_param *param, struct room *room, unsigned at)
{
        static const VARTYPE types[] = {
            [DISPATCH_NUMBER] = VT_I4,
            [DISPATCH_HANDLE] = VT_I8,
            [DISPATCH_TEXT] = VT_BSTR,
            [DISPATCH_OBJECT] = VT_UNKNOWN,
            [DISPATCH_BYTES] = VT_ARRAY | VT_UI1,
            [DISPATCH_TABLE] = VT_ARRAY | VT_UI1,
            [DISPATCH_TEXTS] = VT_ARRAY | VT_BSTR,
            [DISPATCH_STAT] = VT_ARRAY | VT_I4,
        };

        return (VARIANT){.vt = VT_BYREF | types[param->kind],
                         .byref = param->kind == DISPATCH_NUMBER ? (void *)&room->numbers[at]
                                                                 : (void *)&room->pointers[at]};
}

static void free_argument(VARIANT *argument, const struct dispatch_param *param)
{
        VARIANT held;

        if ((argument->vt & VT_BYREF) == 0) {
                if (param->kind != DISPATCH_OBJECT) /* code is lent */
                        (void)VariantClear(argument);
                return;
        }
        if (param->kind == DISPATCH_NUMBER || param->kind == DISPATCH_HANDLE)
                return;
        held = (VARIANT){.vt = argument->vt & (VARTYPE)~VT_BYREF, .byref = *(void **)argument->byref};
        (void)VariantClear(&held);
}

/* What no combination of methods may end with. scode: S_OK where it is not known. */
static bool is_strange(HRESULT hr, SCODE scode)
{
        if (SUCCEEDED(hr) || hr == DISP_E_OVERFLOW)
                return false;
        return hr != DISP_E_EXCEPTION || scode == E_FAIL || scode == SCARD_F_INTERNAL_ERROR;
}

/*
 * Called below: the stream of a buffer takes a stream; locks go in pairs, since one that no call gives back would keep
 * the other manager waiting.
 */
static bool left_out(const struct dispatch_method *method)
{
        return method->kind == DISPATCH_PROPERTYPUT || strcmp(method->name, "SCardLock") == 0 ||
               strcmp(method->name, "SCardUnlock") == 0;
}

static void call_any(IDispatch *object, const struct dispatch_interface *interface, unsigned *seed)
{
        const struct dispatch_method *method = &interface->methods[below(seed, interface->methods_len)];
        VARIANTARG args[DISPATCH_PARAMS_MAX];
        DISPPARAMS params = {.rgvarg = args, .cArgs = method->params_len};
        struct room room = {{0}, {NULL}};
        EXCEPINFO exception = {.scode = S_OK};
        bool wants_exception = below(seed, 2) == 0;
        VARIANT result;
        HRESULT hr;

        if (left_out(method))
                return;
        for (unsigned i = 0; i < method->params_len; i++) {
                const struct dispatch_param *param = &method->params[i];

                room.numbers[i] = (LONG)below(seed, 5);
                args[method->params_len - 1 - i] =
                    param->out ? an_output(param, &room, i) : an_input(param, seed);
        }
        if (strcmp(method->name, "AttachByIFD") == 0 && method->params_len == 2)
                args[0].lVal = SHARED; /* no manager takes the card for itself */
        hr = object->lpVtbl->Invoke(object, method->id, &IID_NULL, 0, method->kind, &params, &result,
                                    wants_exception ? &exception : NULL, NULL);
        atomic_fetch_add(&calls, 1);
        atomic_fetch_add(&successes, SUCCEEDED(hr) ? 1 : 0);
        if (is_strange(hr, exception.scode)) {
                print_error("%s::%s: 0x%08X 0x%08X\n", interface->name, method->name, (unsigned)hr,
                            (unsigned)exception.scode);
                atomic_fetch_add(&strange, 1);
        }
        SysFreeString(exception.bstrSource);
        SysFreeString(exception.bstrDescription);
        for (unsigned i = 0; i < method->params_len; i++)
                free_argument(&args[method->params_len - 1 - i], &method->params[i]);
        (void)VariantClear(&result);
}

/* ---- what has no IDispatch, or has to come in pairs */

static void lock_and_unlock(IDispatch *object)
{
        ISCardManage *manage = NULL;

        if (FAILED(object->lpVtbl->QueryInterface(object, &IID_ISCardManage, (void **)&manage)))
                return;
        if (SUCCEEDED(manage->lpVtbl->SCardLock(manage)))
                (void)manage->lpVtbl->SCardUnlock(manage, LEAVE); /* another thread may have been first */
        manage->lpVtbl->Release(manage);
}

static void use_stream(IStream *stream, unsigned *seed)
{
        LARGE_INTEGER move = {.QuadPart = (LONGLONG)below(seed, 40)};
        ULARGE_INTEGER size = {.QuadPart = below(seed, 64)}, done;
        IStream *clone = NULL;
        BYTE bytes[32] = {0};
        STATSTG stat;
        ULONG got;

        (void)stream->lpVtbl->Seek(stream, move, below(seed, 3), &done);
        (void)stream->lpVtbl->Write(stream, bytes, below(seed, sizeof(bytes)), &got);
        (void)stream->lpVtbl->Read(stream, bytes, below(seed, sizeof(bytes)), &got);
        (void)stream->lpVtbl->SetSize(stream, size);
        (void)stream->lpVtbl->Commit(stream, 0);
        (void)stream->lpVtbl->Revert(stream);
        (void)stream->lpVtbl->LockRegion(stream, size, size, 1);
        (void)stream->lpVtbl->UnlockRegion(stream, size, size, 1);
        (void)stream->lpVtbl->Stat(stream, &stat, STATFLAG_NONAME);
        (void)stream->lpVtbl->CopyTo(stream, stream, size, &done, NULL);
        if (SUCCEEDED(stream->lpVtbl->Clone(stream, &clone))) {
                (void)stream->lpVtbl->CopyTo(stream, clone, size, NULL, &done);
                clone->lpVtbl->Release(clone);
        }
}

static void use_stream_of(IDispatch *object, unsigned *seed)
{
        IByteBuffer *buffer = (IByteBuffer *)(void *)object, *clone = NULL;
        IStream *stream = NULL;

        if (FAILED(buffer->lpVtbl->get_Stream(buffer, &stream)))
                return;
        use_stream(stream, seed);
        if (below(seed, 4) == 0)
                (void)buffer->lpVtbl->put_Stream(buffer, stream);
        if (SUCCEEDED(buffer->lpVtbl->Clone(buffer, &clone))) {
                (void)buffer->lpVtbl->CopyTo(buffer, &clone, 9, NULL, NULL);
                (void)clone->lpVtbl->CopyTo(clone, &buffer, 9, NULL, NULL);
                (void)clone->lpVtbl->put_Stream(clone, stream);
                clone->lpVtbl->Release(clone);
        }
        stream->lpVtbl->Release(stream);
}

/* The codes of one object, kept, used and forgotten by several threads. */
static void keep_codes(IDispatch *object, unsigned *seed)
{
        ISCardUnblockData *data = NULL;
        LONG number = 0;

        if (FAILED(object->lpVtbl->QueryInterface(object, &IID_ISCardUnblockData, (void **)&data)))
                return;
        if (SUCCEEDED(data->lpVtbl->SetUnblockData(data, code, code, &number)) && below(seed, 2) == 0)
                (void)data->lpVtbl->ClearUnblockData(data, number);
        data->lpVtbl->Release(data);
}

/* An object in a slot has one reference, which whoever takes it out releases, while its maker may still call it. */
static void pass_a_child(unsigned *seed)
{
        unsigned kind = VERIFY + below(seed, 3);
        ISCardManage *manage = (ISCardManage *)(void *)shared[FIRST]; /* IDispatch is the documented form's */
        IDispatch *made = NULL, *taken;
        HRESULT hr = kind == VERIFY  ? manage->lpVtbl->CreateCHVerification(manage, (ISCardVerify **)&made)
                     : kind == FILES ? manage->lpVtbl->CreateFileAccess(manage, (ISCardFileAccess **)&made)
                                     : manage->lpVtbl->CreateCardAuth(manage, (ISCardAuth **)&made);

        if (FAILED(hr)) {
                atomic_fetch_add(&strange, 1);
                return;
        }
        made->lpVtbl->AddRef(made);
        taken = atomic_exchange(&slots[below(seed, SLOTS)], made);
        call_any(made, interfaces[kind][below(seed, 2)], seed);
        if (kind == VERIFY)
                keep_codes(made, seed);
        made->lpVtbl->Release(made);
        if (taken != NULL)
                taken->lpVtbl->Release(taken);
}

static void ask_for_interfaces(IDispatch *object)
{
        static const IID *const iids[] = {&IID_IUnknown,          &IID_IDispatch,      &IID_ISCardManageXP,
                                          &IID_ISupportErrorInfo, &IID_ISCardVerifyXP, &IID_IByteBuffer};
        OLECHAR name[] = u"Initialize", flags[] = u"Flags";
        LPOLESTR names[] = {name, flags};
        IErrorInfo *error = NULL;
        DISPID ids[2];

        for (size_t i = 0; i < sizeof(iids) / sizeof(iids[0]); i++) {
                IUnknown *found = NULL;

                if (SUCCEEDED(object->lpVtbl->QueryInterface(object, iids[i], (void **)&found)))
                        found->lpVtbl->Release(found);
        }
        (void)object->lpVtbl->GetIDsOfNames(object, &IID_NULL, names, 2, 0, ids);
        if (GetErrorInfo(0, &error) == S_OK)
                error->lpVtbl->Release(error);
}

/* ---- the threads */

static void *use_all(void *arg)
{
        unsigned number = (unsigned)(uintptr_t)arg, seed = number * 7919u + 1;

        if (FAILED(CoInitializeEx(NULL, number % 2 == 0 ? COINIT_MULTITHREADED : COINIT_APARTMENTTHREADED)))
                atomic_fetch_add(&strange, 1);
        for (enum shared i = 0; i < SHARED_LEN; i++)
                shared[i]->lpVtbl->AddRef(shared[i]);
        for (unsigned round = 0; round < ROUNDS; round++) {
                unsigned which = below(&seed, SHARED_LEN);

                call_any(shared[which], interfaces[which][below(&seed, 2)], &seed);
                switch (below(&seed, 8)) {
                case 0:
                        lock_and_unlock(shared[below(&seed, 2)]);
                        break;
                case 1:
                case 2:
                        pass_a_child(&seed);
                        break;
                case 3:
                        use_stream_of(shared[BUFFER], &seed);
                        break;
                case 4:
                        keep_codes(shared[VERIFY], &seed);
                        break;
                case 5:
                        ask_for_interfaces(shared[which]);
                        break;
                default:
                        break;
                }
        }
        for (enum shared i = 0; i < SHARED_LEN; i++)
                shared[i]->lpVtbl->Release(shared[i]);
        CoUninitialize();
        return NULL;
}

static void make_objects(struct attached *attached)
{
        ISCardManage *manage = attached->manage;

        assert_int_equal(manage->lpVtbl->QueryInterface(manage, &IID_IDispatch, (void **)&shared[FIRST]),
                         S_OK);
        assert_int_equal(CoCreateInstance(&CLSID_SCardManage, NULL, CLSCTX_INPROC_SERVER, &IID_IDispatch,
                                          (void **)&shared[SECOND]),
                         S_OK);
        assert_int_equal(manage->lpVtbl->CreateCHVerification(manage, (ISCardVerify **)&shared[VERIFY]),
                         S_OK);
        assert_int_equal(manage->lpVtbl->CreateFileAccess(manage, (ISCardFileAccess **)&shared[FILES]), S_OK);
        assert_int_equal(manage->lpVtbl->CreateCardAuth(manage, (ISCardAuth **)&shared[AUTH]), S_OK);
        shared[BUFFER] = (IDispatch *)(void *)buffer_of("0123456789");
        code = buffer_of("1234");
}

static void every_method_may_be_called_by_many_threads_at_once(void **state)
{
        unsigned before = object_count();
        struct attached attached;
        pthread_t threads[THREADS];

        (void)state;
        assert_int_equal(CoInitialize(NULL), S_OK);
        attached_begin(&attached, "1");
        make_objects(&attached);
        for (unsigned i = 0; i < THREADS; i++)
                assert_int_equal(pthread_create(&threads[i], NULL, use_all, (void *)(uintptr_t)i), 0);
        for (unsigned i = 0; i < THREADS; i++)
                assert_int_equal(pthread_join(threads[i], NULL), 0);
        print_message("%lu late-bound calls by %d threads, %lu succeeded\n", atomic_load(&calls), THREADS,
                      atomic_load(&successes));
        assert_int_equal(atomic_load(&strange), 0);
        assert_true(atomic_load(&successes) > atomic_load(&calls) / 10);
        for (unsigned i = 0; i < SLOTS; i++) {
                IDispatch *left = atomic_exchange(&slots[i], NULL);

                if (left != NULL)
                        assert_int_equal(left->lpVtbl->Release(left), 0);
        }
        assert_int_equal(code->lpVtbl->Release(code), 0);
        assert_int_equal(shared[FIRST]->lpVtbl->Release(shared[FIRST]), 1); /* attached's */
        for (enum shared i = SECOND; i < SHARED_LEN; i++)
                assert_int_equal(shared[i]->lpVtbl->Release(shared[i]), 0);
        attached_end(&attached);
        CoUninitialize();
        assert_int_equal(object_count(), before);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(every_method_may_be_called_by_many_threads_at_once),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
