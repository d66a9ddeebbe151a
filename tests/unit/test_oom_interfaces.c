/*
 * The methods that are not called late-bound (IUnknown and IDispatch of every interface, IStream, IClassFactory, the
 * error objects), every slot of them, with each allocation failing in turn: tests/support/heap_steps.h. The others:
 * test_oom_methods.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <oleauto.h>

#include "tests/support/fake_winscard.h"
#include "tests/support/heap_steps.h"
#include "tests/support/methods.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define SUPPORTS     5u /* classes */

static struct {
        struct methods_bench bench;
        IStream *stream, *target; /* "abcdefgh", at 3; "xy", at its end */
        IClassFactory *factory, *buffers;
        IErrorInfo *error; /* with source, description and help file */
        ICreateErrorInfo *create;
        ISupportErrorInfo *support;
        IDispatch *dispatch; /* the interface that IUnknown and IDispatch are called on */
} f;

static HRESULT released(HRESULT hr, void *made)
{
        IUnknown *object = made;

        if (FAILED(hr))
                assert_null(made);
        else
                object->lpVtbl->Release(object);
        return hr;
}

/* ---- IUnknown and IDispatch of f.dispatch */

static HRESULT run_query(void)
{
        void *made = &f;
        HRESULT hr;

        HEAP_CALLED(hr, f.dispatch->lpVtbl->QueryInterface(f.dispatch, &IID_IUnknown, &made));
        return released(hr, made);
}

static HRESULT run_add_ref(void)
{
        ULONG refs;

        HEAP_CALLED(refs, f.dispatch->lpVtbl->AddRef(f.dispatch));
        assert_int_equal(f.dispatch->lpVtbl->Release(f.dispatch), refs - 1);
        return S_OK;
}

static HRESULT run_release(void)
{
        ULONG before = f.dispatch->lpVtbl->AddRef(f.dispatch), refs;

        HEAP_CALLED(refs, f.dispatch->lpVtbl->Release(f.dispatch));
        assert_int_equal(refs, before - 1);
        return S_OK;
}

static HRESULT run_type_info_count(void)
{
        UINT count = 7;
        HRESULT hr;

        HEAP_CALLED(hr, f.dispatch->lpVtbl->GetTypeInfoCount(f.dispatch, &count));
        assert_int_equal(count, 0);
        return hr;
}

static HRESULT run_type_info(void)
{
        ITypeInfo *info = (ITypeInfo *)&f;
        HRESULT hr;

        HEAP_CALLED(hr, f.dispatch->lpVtbl->GetTypeInfo(f.dispatch, 0, 0, &info));
        assert_null(info);
        return hr == DISP_E_BADINDEX ? S_OK : hr;
}

static HRESULT run_names(void)
{
        LPOLESTR names[] = {(LPOLESTR)(uintptr_t)u"NoSuchMethod"};
        DISPID id = 0;
        HRESULT hr;

        HEAP_CALLED(hr, f.dispatch->lpVtbl->GetIDsOfNames(f.dispatch, &IID_NULL, names, 1, 0, &id));
        assert_int_equal(id, DISPID_UNKNOWN);
        return hr == DISP_E_UNKNOWNNAME ? S_OK : hr;
}

static HRESULT run_invoke(void)
{
        DISPPARAMS params = {.cArgs = 0};
        VARIANT result;
        HRESULT hr;

        HEAP_CALLED(hr, f.dispatch->lpVtbl->Invoke(f.dispatch, 9999, &IID_NULL, 0, DISPATCH_METHOD, &params,
                                                   &result, NULL, NULL));
        assert_int_equal(result.vt, VT_EMPTY);
        return hr == DISP_E_MEMBERNOTFOUND ? S_OK : hr;
}

/* ---- IStream */

static void go_back(IStream *stream, LONGLONG position, ULONGLONG size)
{
        LARGE_INTEGER to = {.QuadPart = position};
        ULARGE_INTEGER whole = {.QuadPart = size};

        assert_int_equal(stream->lpVtbl->SetSize(stream, whole), S_OK);
        assert_int_equal(stream->lpVtbl->Seek(stream, to, STREAM_SEEK_SET, NULL), S_OK);
}

static HRESULT run_read(void)
{
        char bytes[4];
        ULONG got = 0;
        HRESULT hr;

        HEAP_CALLED(hr, f.stream->lpVtbl->Read(f.stream, bytes, sizeof(bytes), &got));
        assert_memory_equal(bytes, "defg", 4);
        go_back(f.stream, 3, 8);
        return hr;
}

static HRESULT run_write(void)
{
        ULONG put = 7;
        HRESULT hr;

        HEAP_CALLED(hr, f.stream->lpVtbl->Write(f.stream, "defgh0123456789", 15, &put));
        assert_int_equal(put, FAILED(hr) ? 0 : 15);
        if (SUCCEEDED(hr)) /* with no more room than before */
                go_back(f.stream, 3, 8);
        return hr;
}

static HRESULT run_seek(void)
{
        LARGE_INTEGER to = {.QuadPart = 100000};
        ULARGE_INTEGER now;
        HRESULT hr;

        HEAP_CALLED(hr, f.stream->lpVtbl->Seek(f.stream, to, STREAM_SEEK_SET, &now));
        go_back(f.stream, 3, 8);
        return hr;
}

static HRESULT run_set_size(void)
{
        ULARGE_INTEGER size = {.QuadPart = 5000};
        HRESULT hr;

        HEAP_CALLED(hr, f.stream->lpVtbl->SetSize(f.stream, size));
        if (SUCCEEDED(hr))
                go_back(f.stream, 3, 8);
        return hr;
}

static HRESULT run_copy_to(void)
{
        ULARGE_INTEGER all = {.QuadPart = 5}, read, written;
        HRESULT hr;

        HEAP_CALLED(hr, f.stream->lpVtbl->CopyTo(f.stream, f.target, all, &read, &written));
        assert_int_equal(read.QuadPart, FAILED(hr) ? 0 : 5);
        assert_int_equal(written.QuadPart, FAILED(hr) ? 0 : 5);
        if (FAILED(hr))
                return hr;
        go_back(f.stream, 3, 8);
        go_back(f.target, 2, 2);
        return hr;
}

static HRESULT run_commit(void)
{
        HRESULT hr;

        HEAP_CALLED(hr, f.stream->lpVtbl->Commit(f.stream, 0));
        return hr;
}

static HRESULT run_revert(void)
{
        HRESULT hr;

        HEAP_CALLED(hr, f.stream->lpVtbl->Revert(f.stream));
        return hr;
}

static HRESULT run_lock_region(void)
{
        ULARGE_INTEGER one = {.QuadPart = 1};
        HRESULT hr;

        HEAP_CALLED(hr, f.stream->lpVtbl->LockRegion(f.stream, one, one, 0));
        return hr == STG_E_INVALIDFUNCTION ? S_OK : hr;
}

static HRESULT run_unlock_region(void)
{
        ULARGE_INTEGER one = {.QuadPart = 1};
        HRESULT hr;

        HEAP_CALLED(hr, f.stream->lpVtbl->UnlockRegion(f.stream, one, one, 0));
        return hr == STG_E_INVALIDFUNCTION ? S_OK : hr;
}

static HRESULT run_stat(void)
{
        STATSTG stat;
        HRESULT hr;

        HEAP_CALLED(hr, f.stream->lpVtbl->Stat(f.stream, &stat, STATFLAG_DEFAULT));
        assert_int_equal(stat.cbSize.QuadPart, 8);
        return hr;
}

static HRESULT run_clone(void)
{
        IStream *made = (IStream *)&f;
        HRESULT hr;

        HEAP_CALLED(hr, f.stream->lpVtbl->Clone(f.stream, &made));
        return released(hr, made);
}

/* ---- IClassFactory */

static HRESULT run_create_manager(void)
{
        void *made = &f;
        HRESULT hr;

        HEAP_CALLED(hr, f.factory->lpVtbl->CreateInstance(f.factory, NULL, &IID_ISCardManage, &made));
        return released(hr, made);
}

static HRESULT run_create_buffer(void)
{
        void *made = &f;
        HRESULT hr;

        HEAP_CALLED(hr, f.buffers->lpVtbl->CreateInstance(f.buffers, NULL, &IID_IByteBuffer, &made));
        return released(hr, made);
}

static HRESULT run_lock_server(void)
{
        HRESULT hr;

        HEAP_CALLED(hr, f.factory->lpVtbl->LockServer(f.factory, TRUE));
        assert_int_equal(f.factory->lpVtbl->LockServer(f.factory, FALSE), S_OK);
        return hr;
}

/* ---- error objects */

static HRESULT run_supports(void)
{
        HRESULT hr;

        HEAP_CALLED(hr, f.support->lpVtbl->InterfaceSupportsErrorInfo(f.support, &IID_IDispatch));
        return hr;
}

static HRESULT run_get_guid(void)
{
        GUID guid;
        HRESULT hr;

        HEAP_CALLED(hr, f.error->lpVtbl->GetGUID(f.error, &guid));
        return hr;
}

static HRESULT text_of(HRESULT hr, BSTR text)
{
        assert_int_equal(text == NULL, FAILED(hr));
        SysFreeString(text);
        return hr;
}

static HRESULT run_get_source(void)
{
        BSTR text = (BSTR)&f;
        HRESULT hr;

        HEAP_CALLED(hr, f.error->lpVtbl->GetSource(f.error, &text));
        return text_of(hr, text);
}

static HRESULT run_get_description(void)
{
        BSTR text = (BSTR)&f;
        HRESULT hr;

        HEAP_CALLED(hr, f.error->lpVtbl->GetDescription(f.error, &text));
        return text_of(hr, text);
}

static HRESULT run_get_help_file(void)
{
        BSTR text = (BSTR)&f;
        HRESULT hr;

        HEAP_CALLED(hr, f.error->lpVtbl->GetHelpFile(f.error, &text));
        return text_of(hr, text);
}

static HRESULT run_get_help_context(void)
{
        DWORD context;
        HRESULT hr;

        HEAP_CALLED(hr, f.error->lpVtbl->GetHelpContext(f.error, &context));
        return hr;
}

static HRESULT run_set_guid(void)
{
        HRESULT hr;

        HEAP_CALLED(hr, f.create->lpVtbl->SetGUID(f.create, &IID_NULL));
        return hr;
}

#define NEW_TEXT ((LPOLESTR)(uintptr_t)u"text") /* the one that is there: nothing has to be put back */

static HRESULT run_set_source(void)
{
        HRESULT hr;

        HEAP_CALLED(hr, f.create->lpVtbl->SetSource(f.create, NEW_TEXT));
        return hr;
}

static HRESULT run_set_description(void)
{
        HRESULT hr;

        HEAP_CALLED(hr, f.create->lpVtbl->SetDescription(f.create, NEW_TEXT));
        return hr;
}

static HRESULT run_set_help_file(void)
{
        HRESULT hr;

        HEAP_CALLED(hr, f.create->lpVtbl->SetHelpFile(f.create, NEW_TEXT));
        return hr;
}

static HRESULT run_set_help_context(void)
{
        HRESULT hr;

        HEAP_CALLED(hr, f.create->lpVtbl->SetHelpContext(f.create, 0));
        return hr;
}

/* ---- the tables */

#define SLOT(interface, method) offsetof(interface##Vtbl, method) / sizeof(void (*)(void))
#define SLOTS(interface)        sizeof(interface##Vtbl) / sizeof(void (*)(void))

static const struct heap_step unknown_steps[] = {
    {"QueryInterface", run_query, false, SLOT(IDispatch, QueryInterface)},
    {"AddRef", run_add_ref, false, SLOT(IDispatch, AddRef)},
    {"Release", run_release, false, SLOT(IDispatch, Release)},
    {"GetTypeInfoCount", run_type_info_count, false, SLOT(IDispatch, GetTypeInfoCount)},
    {"GetTypeInfo", run_type_info, false, SLOT(IDispatch, GetTypeInfo)},
    {"GetIDsOfNames", run_names, false, SLOT(IDispatch, GetIDsOfNames)},
    {"Invoke", run_invoke, false, SLOT(IDispatch, Invoke)},
};

static const struct heap_step stream_steps[] = {
    {"Read", run_read, false, SLOT(IStream, Read)},
    {"Write", run_write, true, SLOT(IStream, Write)},
    {"Seek", run_seek, false, SLOT(IStream, Seek)},
    {"SetSize", run_set_size, true, SLOT(IStream, SetSize)},
    {"CopyTo", run_copy_to, true, SLOT(IStream, CopyTo)},
    {"Commit", run_commit, false, SLOT(IStream, Commit)},
    {"Revert", run_revert, false, SLOT(IStream, Revert)},
    {"LockRegion", run_lock_region, false, SLOT(IStream, LockRegion)},
    {"UnlockRegion", run_unlock_region, false, SLOT(IStream, UnlockRegion)},
    {"Stat", run_stat, false, SLOT(IStream, Stat)},
    {"Clone", run_clone, true, SLOT(IStream, Clone)},
};

static const struct heap_step factory_steps[] = {
    {"CreateInstance, a manager", run_create_manager, true, SLOT(IClassFactory, CreateInstance)},
    {"CreateInstance, a buffer", run_create_buffer, true, SLOT(IClassFactory, CreateInstance)},
    {"LockServer", run_lock_server, false, SLOT(IClassFactory, LockServer)},
};

static const struct heap_step support_steps[] = {
    {"InterfaceSupportsErrorInfo", run_supports, false, SLOT(ISupportErrorInfo, InterfaceSupportsErrorInfo)},
};

static const struct heap_step error_steps[] = {
    {"GetGUID", run_get_guid, false, SLOT(IErrorInfo, GetGUID)},
    {"GetSource", run_get_source, true, SLOT(IErrorInfo, GetSource)},
    {"GetDescription", run_get_description, true, SLOT(IErrorInfo, GetDescription)},
    {"GetHelpFile", run_get_help_file, true, SLOT(IErrorInfo, GetHelpFile)},
    {"GetHelpContext", run_get_help_context, false, SLOT(IErrorInfo, GetHelpContext)},
};

static const struct heap_step create_steps[] = {
    {"SetGUID", run_set_guid, false, SLOT(ICreateErrorInfo, SetGUID)},
    {"SetSource", run_set_source, true, SLOT(ICreateErrorInfo, SetSource)},
    {"SetDescription", run_set_description, true, SLOT(ICreateErrorInfo, SetDescription)},
    {"SetHelpFile", run_set_help_file, true, SLOT(ICreateErrorInfo, SetHelpFile)},
    {"SetHelpContext", run_set_help_context, false, SLOT(ICreateErrorInfo, SetHelpContext)},
};

/* ---- the runs */

/* ---- the scene */

struct snapshot {
        ULONGLONG size[2], position[2];
        char bytes[2][16];
        OLECHAR source[8], description[8], help_file[8];
};

static void look_at_stream(IStream *stream, unsigned i, struct snapshot *seen)
{
        LARGE_INTEGER to = {.QuadPart = 0};
        ULARGE_INTEGER position;
        STATSTG stat;

        assert_int_equal(stream->lpVtbl->Stat(stream, &stat, STATFLAG_NONAME), S_OK);
        assert_int_equal(stream->lpVtbl->Seek(stream, to, STREAM_SEEK_CUR, &position), S_OK);
        assert_int_equal(stream->lpVtbl->Seek(stream, to, STREAM_SEEK_SET, NULL), S_OK);
        (void)stream->lpVtbl->Read(stream, seen->bytes[i], sizeof(seen->bytes[i]), NULL);
        to.QuadPart = (LONGLONG)position.QuadPart;
        assert_int_equal(stream->lpVtbl->Seek(stream, to, STREAM_SEEK_SET, NULL), S_OK);
        seen->size[i] = stat.cbSize.QuadPart;
        seen->position[i] = position.QuadPart;
}

static void look_at_text(HRESULT hr, BSTR text, OLECHAR seen[8])
{
        assert_int_equal(hr, S_OK);
        assert_true(SysStringLen(text) < 8);
        memcpy(seen, text, SysStringByteLen(text));
        SysFreeString(text);
}

static size_t look(void *at)
{
        struct snapshot *seen = at;
        BSTR text = NULL;
        HRESULT hr;

        look_at_stream(f.stream, 0, seen);
        look_at_stream(f.target, 1, seen);
        hr = f.error->lpVtbl->GetSource(f.error, &text);
        look_at_text(hr, text, seen->source);
        hr = f.error->lpVtbl->GetDescription(f.error, &text);
        look_at_text(hr, text, seen->description);
        hr = f.error->lpVtbl->GetHelpFile(f.error, &text);
        look_at_text(hr, text, seen->help_file);
        return sizeof(*seen);
}

static void set_up(void)
{
        IByteBuffer *first = buffer_of("abcdefgh"), *second = buffer_of("xy");
        void *made = NULL;

        memset(&f, 0, sizeof(f));
        fake_winscard_reset();
        fake.answer = methods_answer;
        fake.counts_commands = true;
        methods_begin(&f.bench, &fake_api, FAKE_CALLERS);
        assert_int_equal(first->lpVtbl->get_Stream(first, &f.stream), S_OK);
        assert_int_equal(second->lpVtbl->get_Stream(second, &f.target), S_OK);
        first->lpVtbl->Release(first);
        second->lpVtbl->Release(second);
        go_back(f.stream, 3, 8);
        go_back(f.target, 2, 2);
        assert_int_equal(DllGetClassObject(&CLSID_SCardManage, &IID_IClassFactory, (void **)&f.factory),
                         S_OK);
        assert_int_equal(DllGetClassObject(&CLSID_ByteBuffer, &IID_IClassFactory, (void **)&f.buffers), S_OK);
        assert_int_equal(CreateErrorInfo(&f.create), S_OK);
        assert_int_equal(f.create->lpVtbl->SetSource(f.create, NEW_TEXT), S_OK);
        assert_int_equal(f.create->lpVtbl->SetDescription(f.create, NEW_TEXT), S_OK);
        assert_int_equal(f.create->lpVtbl->SetHelpFile(f.create, NEW_TEXT), S_OK);
        assert_int_equal(f.create->lpVtbl->QueryInterface(f.create, &IID_IErrorInfo, &made), S_OK);
        f.error = made;
        assert_int_equal(
            f.bench.manage->lpVtbl->QueryInterface(f.bench.manage, &IID_ISupportErrorInfo, &made), S_OK);
        f.support = made;
}

static void tear_down(void)
{
        IUnknown *objects[] = {(IUnknown *)(void *)f.stream,  (IUnknown *)(void *)f.target,
                               (IUnknown *)(void *)f.factory, (IUnknown *)(void *)f.buffers,
                               (IUnknown *)(void *)f.error,   (IUnknown *)(void *)f.create,
                               (IUnknown *)(void *)f.support};

        for (size_t i = 0; i < COUNT(objects); i++)
                objects[i]->lpVtbl->Release(objects[i]);
        (void)SetErrorInfo(0, NULL);
        methods_end(&f.bench);
}

static const struct heap_scene scene = {set_up, tear_down, look};

/* The slots of steps, and those of IUnknown, are all there are. */
static void check_slots(const char *interface, const struct heap_step *steps, size_t count, size_t slots)
{
        for (size_t slot = 3; slot < slots; slot++) {
                bool found = false;

                for (size_t i = 0; i < count; i++)
                        found |= steps[i].slot == slot;
                if (!found)
                        fail_msg("%s: nothing for slot %zu", interface, slot);
        }
}

/* f.dispatch, which IUnknown is called on. */
static void choose_stream(void)
{
        f.dispatch = (IDispatch *)(void *)f.stream;
}

static void choose_factory(void)
{
        f.dispatch = (IDispatch *)(void *)f.factory;
}

/* ISupportErrorInfo is each class's own. */
static unsigned support_of;

static void choose_support(void)
{
        IUnknown *objects[SUPPORTS] = {(IUnknown *)(void *)f.bench.manage, (IUnknown *)(void *)f.bench.verify,
                                       (IUnknown *)(void *)f.bench.files, (IUnknown *)(void *)f.bench.auth,
                                       (IUnknown *)(void *)f.bench.buffer};
        void *made = NULL;

        f.support->lpVtbl->Release(f.support);
        assert_int_equal(
            objects[support_of]->lpVtbl->QueryInterface(objects[support_of], &IID_ISupportErrorInfo, &made),
            S_OK);
        f.support = made;
        f.dispatch = made;
}

static void choose_error(void)
{
        f.dispatch = (IDispatch *)(void *)f.error;
}

static void choose_create(void)
{
        f.dispatch = (IDispatch *)(void *)f.create;
}

static void every_slot_of_the_other_interfaces(void **state)
{
        static const struct {
                const char *name;
                const struct heap_step *steps;
                size_t count, slots;
                void (*choose)(void);
        } interfaces[] = {
            {"IStream", stream_steps, COUNT(stream_steps), SLOTS(IStream), choose_stream},
            {"IClassFactory", factory_steps, COUNT(factory_steps), SLOTS(IClassFactory), choose_factory},
            {"IErrorInfo", error_steps, COUNT(error_steps), SLOTS(IErrorInfo), choose_error},
            {"ICreateErrorInfo", create_steps, COUNT(create_steps), SLOTS(ICreateErrorInfo), choose_create},
        };

        struct heap_count counted = {0};

        (void)state;

        for (size_t i = 0; i < COUNT(interfaces); i++) {
                check_slots(interfaces[i].name, interfaces[i].steps, interfaces[i].count,
                            interfaces[i].slots);
                heap_run_steps(interfaces[i].name, unknown_steps, 3, &scene, interfaces[i].choose, &counted);
                heap_run_steps(interfaces[i].name, interfaces[i].steps, interfaces[i].count, &scene, NULL,
                               &counted);
        }
        check_slots("ISupportErrorInfo", support_steps, COUNT(support_steps), SLOTS(ISupportErrorInfo));
        for (support_of = 0; support_of < SUPPORTS; support_of++) {
                heap_run_steps("ISupportErrorInfo", unknown_steps, 3, &scene, choose_support, &counted);
                heap_run_steps("ISupportErrorInfo", support_steps, COUNT(support_steps), &scene,
                               choose_support, &counted);
        }
        print_message("%u methods of the other interfaces, %u allocations failed\n", counted.steps,
                      counted.allocations);
}

/* Which of methods_interfaces is f.dispatch. */
static const struct methods_interface *chosen;

static void choose_interface(void)
{
        IUnknown *objects[] = {(IUnknown *)(void *)f.bench.manage, (IUnknown *)(void *)f.bench.verify,
                               (IUnknown *)(void *)f.bench.files, (IUnknown *)(void *)f.bench.auth,
                               (IUnknown *)(void *)f.bench.buffer};
        void *found = NULL;

        for (size_t i = 0; found == NULL && i < COUNT(objects); i++)
                if (SUCCEEDED(objects[i]->lpVtbl->QueryInterface(objects[i], chosen->interface->iid, &found)))
                        objects[i]->lpVtbl->Release(objects[i]);
        assert_non_null(found);
        f.dispatch = found;
}

static void iunknown_and_idispatch_of_every_interface(void **state)
{
        struct heap_count counted = {0};

        (void)state;

        check_slots("IDispatch", unknown_steps, COUNT(unknown_steps), SLOTS(IDispatch));
        for (chosen = methods_interfaces; chosen->interface != NULL; chosen++)
                heap_run_steps(chosen->interface->name, unknown_steps, chosen->base, &scene, choose_interface,
                               &counted);
        print_message("%u methods of IUnknown and IDispatch, %u allocations failed\n", counted.steps,
                      counted.allocations);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(iunknown_and_idispatch_of_every_interface),
            cmocka_unit_test(every_slot_of_the_other_interfaces),
        };

        unsetenv("ISCARD_PROFILE");
        return cmocka_run_group_tests(tests, NULL, NULL);
}
