/*
 * Every method of ISCardFileAccess and ISCardAuth with each allocation failing in turn: it answers E_OUTOFMEMORY,
 * hands out nothing, moves nothing, leaks nothing, and works when it is called again.
 *
 * The linker leads the allocating functions of the library here (tests/oom/oom.mk).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <oleauto.h>

#include "com/manage.h"
#include "tests/support/attached.h"
#include "tests/support/fake_winscard.h"

static struct {
        long seen, fail_at, live;
        bool armed, failed;
} heap;

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void __real_free(void *block);
int __real_posix_memalign(void **block, size_t alignment, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);
void __wrap_free(void *block);
int __wrap_posix_memalign(void **block, size_t alignment, size_t size);

static bool fails(void)
{
        if (!heap.armed || ++heap.seen != heap.fail_at)
                return false;
        heap.failed = true;
        return true;
}

static void *counted(void *block)
{
        heap.live += block != NULL;
        return block;
}

void *__wrap_malloc(size_t size)
{
        return fails() ? NULL : counted(__real_malloc(size));
}

void *__wrap_calloc(size_t count, size_t size)
{
        return fails() ? NULL : counted(__real_calloc(count, size));
}

void *__wrap_realloc(void *old, size_t size)
{
        void *block = fails() ? NULL : __real_realloc(old, size);

        return old == NULL ? counted(block) : block;
}

void __wrap_free(void *block)
{
        heap.live -= block != NULL;
        __real_free(block);
}

int __wrap_posix_memalign(void **block, size_t alignment, size_t size)
{
        int error = fails() ? ENOMEM : __real_posix_memalign(block, alignment, size);

        if (error == 0)
                (void)counted(*block);
        return error;
}

/* ---- what is called */

static struct {
        ISCardManage *manage;
        ISCardFileAccess *files;
        ISCardAuth *auth;
        IByteBuffer *data, *reference, *key, *challenge;
        BSTR file, df;
        HSCARD_FILE handle;
} f;

/* A card on which everything works; offsets of READ BINARY are checked. */
static unsigned expected_offset;

static size_t answer(const uint8_t *command, size_t len, uint8_t *response, size_t room)
{
        size_t n = 0;

        if (command[1] == 0xA4) {
                bool df = len >= 8 && command[len - 2] != 0x01;

                n = bytes_of(df ? "6207 820138 83020011" : "620B 80021000 820101 83026F01", response, room);
                if (len > 6 && command[len - 3] == 0x2F) /* EF.DIR */
                        n = bytes_of("6207 80020009 820101", response, room);
        } else if (command[1] == 0xB0 && command[4] == 0x09) {
                n = bytes_of("6107 4F05 A000000001", response, room);
        } else if (command[1] == 0xB0 || command[1] == 0x84) {
                if (command[1] == 0xB0)
                        assert_int_equal((unsigned)command[2] << 8 | command[3], expected_offset);
                n = command[4];
                memset(response, 0x5A, n);
        } else if (command[1] == 0x88) {
                n = 8;
                memset(response, 0x5A, n);
        }
        response[n] = 0x90;
        response[n + 1] = 0x00;
        return n + 2;
}

static HRESULT create_files(void)
{
        ISCardFileAccess *made = (ISCardFileAccess *)&f;
        HRESULT hr = f.manage->lpVtbl->CreateFileAccess(f.manage, &made);

        if (FAILED(hr))
                assert_null(made);
        else
                assert_int_equal(made->lpVtbl->Release(made), 0);
        return hr;
}

static HRESULT create_auth(void)
{
        ISCardAuth *made = (ISCardAuth *)&f;
        HRESULT hr = f.manage->lpVtbl->CreateCardAuth(f.manage, &made);

        if (FAILED(hr))
                assert_null(made);
        else
                assert_int_equal(made->lpVtbl->Release(made), 0);
        return hr;
}

static HRESULT change_dir(void)
{
        return f.files->lpVtbl->ChangeDir(f.files, SC_TYPE_BY_ID, f.df);
}

static HRESULT open_file(void)
{
        HSCARD_FILE handle = 7;
        HRESULT hr = f.files->lpVtbl->Open(f.files, SC_TYPE_BY_ID, f.file, &handle);

        if (FAILED(hr))
                assert_true(handle == 0);
        else
                assert_int_equal(f.files->lpVtbl->Close(f.files, handle), S_OK);
        return hr;
}

static HRESULT read_file(void)
{
        IByteBuffer *buffer = (IByteBuffer *)&f;
        LONG wanted = 16;
        HRESULT hr;

        fake.apdus = 0;
        hr = f.files->lpVtbl->Read(f.files, f.handle, &wanted, SC_FL_NO_FLAGS, &buffer);
        if (FAILED(hr)) {
                assert_null(buffer);
                assert_int_equal(wanted, 0);
                assert_int_equal(fake.apdus, 0); /* so the position cannot have moved either */
                return hr;
        }
        expected_offset += 16;
        assert_int_equal(wanted, 16);
        assert_int_equal(buffer->lpVtbl->Release(buffer), 0);
        return hr;
}

static HRESULT write_file(void)
{
        HRESULT hr = f.files->lpVtbl->Write(f.files, f.handle, f.data, SC_FL_NO_FLAGS);

        if (SUCCEEDED(hr))
                expected_offset += 8;
        return hr;
}

static HRESULT create_file(void)
{
        BYTE bytes[] = {0x80, 0x02, 0x00, 0x10, 0x82, 0x01, 0x01};
        TLV_TABLE table = {.cbSize = sizeof(bytes), .byData = bytes};

        return f.files->lpVtbl->Create(f.files, SC_TYPE_BY_ID, f.file, table, SC_FL_NO_FLAGS, f.data);
}

static HRESULT current_dir(void)
{
        BSTR dir = (BSTR)&f;
        HRESULT hr = f.files->lpVtbl->GetCurrentDir(f.files, &dir);

        if (FAILED(hr))
                assert_null(dir);
        SysFreeString(dir);
        return hr;
}

static HRESULT directory(void)
{
        SAFEARRAY *array = (SAFEARRAY *)&f;
        BSTR mf = SysAllocString(u"/");
        HRESULT hr = E_OUTOFMEMORY;

        if (mf != NULL)
                hr = f.files->lpVtbl->ChangeDir(f.files, SC_TYPE_BY_ID, mf);
        SysFreeString(mf);
        expected_offset = 0;
        if (FAILED(hr))
                return hr;
        hr = f.files->lpVtbl->Directory(f.files, SC_TYPE_ALL_FILES, &array);
        if (FAILED(hr))
                assert_null(array);
        else
                assert_int_equal(SafeArrayDestroy(array), S_OK);
        return hr;
}

static HRESULT free_table(HRESULT hr, LPTLV_TABLE table)
{
        if (FAILED(hr)) {
                assert_null(table);
                return hr;
        }
        CoTaskMemFree(table->byData);
        CoTaskMemFree(table);
        return hr;
}

static HRESULT properties(void)
{
        LPTLV_TABLE table = NULL;
        HRESULT hr = f.files->lpVtbl->GetProperties(f.files, SC_TYPE_BY_ID, f.file, SC_FL_NO_FLAGS, &table);

        return free_table(hr, table);
}

static HRESULT capabilities(void)
{
        LPTLV_TABLE table = NULL;
        LONG count = 0;
        HRESULT hr = f.files->lpVtbl->GetFileCapabilities(f.files, &table, &count, SC_FL_NO_FLAGS);

        return free_table(hr, table);
}

static HRESULT late_bound_read(void)
{
        LONG wanted = 16;
        VARIANT arguments[3] = {{.vt = VT_I4, .lVal = 0},
                                {.vt = VT_BYREF | VT_I4, .plVal = &wanted},
                                {.vt = VT_I8, .llVal = (LONGLONG)f.handle}};
        DISPPARAMS params = {.rgvarg = arguments, .cArgs = 3};
        VARIANT result = {.vt = VT_EMPTY};
        HRESULT hr;

        hr =
            f.files->lpVtbl->Invoke(f.files, 12, &IID_NULL, 0, DISPATCH_METHOD, &params, &result, NULL, NULL);
        if (SUCCEEDED(hr))
                expected_offset += 16;
        VariantClear(&result);
        return hr == DISP_E_EXCEPTION ? E_OUTOFMEMORY : hr;
}

static HRESULT get_challenge(void)
{
        IByteBuffer *buffer = NULL;
        HRESULT hr = f.auth->lpVtbl->GetChallenge(f.auth, 0, 8, f.reference, &buffer);

        if (FAILED(hr))
                assert_null(buffer);
        else
                assert_int_equal(buffer->lpVtbl->Release(buffer), 0);
        return hr;
}

static HRESULT challenge_in_place(void)
{
        IByteBuffer *buffer = f.challenge;
        HRESULT hr = f.auth->lpVtbl->GetChallenge(f.auth, 0, 8, NULL, &buffer);

        assert_ptr_equal(buffer, f.challenge);
        return hr;
}

static HRESULT app_auth(void)
{
        return f.auth->lpVtbl->APP_Auth(f.auth, 0x0300, f.key, NULL);
}

static HRESULT app_auth_by_caller(void)
{
        return f.auth->lpVtbl->APP_Auth(f.auth, 0, f.reference, f.data);
}

static HRESULT icc_auth(void)
{
        IByteBuffer *buffer = f.challenge;

        return f.auth->lpVtbl->ICC_Auth(f.auth, 0, f.reference, &buffer);
}

static HRESULT user_auth(void)
{
        return f.auth->lpVtbl->User_Auth(f.auth, 0, f.reference, f.data);
}

static const struct step {
        const char *name;
        HRESULT (*run)(void);
        bool allocates;
} steps[] = {
    {"CreateFileAccess", create_files, true},
    {"CreateCardAuth", create_auth, true},
    {"ChangeDir", change_dir, false},
    {"Open", open_file, false},
    {"Read", read_file, true},
    {"Write", write_file, true},
    {"Create", create_file, true},
    {"GetCurrentDir", current_dir, true},
    {"GetProperties", properties, true},
    {"GetFileCapabilities", capabilities, true},
    {"Read, late-bound", late_bound_read, true},
    {"GetChallenge", get_challenge, true},
    {"GetChallenge, the caller's buffer", challenge_in_place, true},
    {"APP_Auth, with a key", app_auth, true},
    {"APP_Auth, by the caller", app_auth_by_caller, true},
    {"ICC_Auth", icc_auth, true},
    {"User_Auth", user_auth, true},
    {"Directory", directory, true},
};

static void every_allocation_of_every_method_may_fail(void **state)
{
        long total = 0;

        (void)state;
        for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
                long failed = 0;

                for (long at = 1;; at++) {
                        long live = heap.live;
                        HRESULT hr;

                        heap.seen = 0;
                        heap.fail_at = at;
                        heap.failed = false;
                        heap.armed = true;
                        hr = steps[i].run();
                        heap.armed = false;
                        /* The error object of the thread belongs to it. */
                        (void)SetErrorInfo(0, NULL);
                        if (heap.live != live)
                                fail_msg("%s, allocation %ld: %ld blocks are left", steps[i].name, at,
                                         heap.live - live);
                        if (!heap.failed) {
                                if (hr != S_OK)
                                        fail_msg("%s: %08X", steps[i].name, (unsigned)hr);
                                break;
                        }
                        if (hr != E_OUTOFMEMORY)
                                fail_msg("%s, allocation %ld: %08X", steps[i].name, at, (unsigned)hr);
                        failed++;
                }
                assert_int_equal(failed != 0, steps[i].allocates);
                total += failed;
        }
        print_message("%zu methods, %ld allocations failed\n", sizeof(steps) / sizeof(steps[0]), total);
}

static int set_up(void **state)
{
        uint8_t key[17] = {1};

        (void)state;
        fake_winscard_reset();
        fake.answer = answer;
        fake.counts_commands = true;
        assert_int_equal(manage_create_on(&fake_api, &IID_ISCardManage, (void **)&f.manage), S_OK);
        assert_int_equal(f.manage->lpVtbl->AttachByHandle(f.manage, FAKE_CALLERS), S_OK);
        assert_int_equal(f.manage->lpVtbl->CreateFileAccess(f.manage, &f.files), S_OK);
        assert_int_equal(f.manage->lpVtbl->CreateCardAuth(f.manage, &f.auth), S_OK);
        f.data = buffer_of("12345678");
        f.reference = buffer_of("\x01");
        f.key = buffer_of_bytes(key, sizeof(key));
        f.challenge = buffer_of("87654321");
        f.file = SysAllocString(u"/0011/6F01");
        f.df = SysAllocString(u"/0011");
        assert_int_equal(f.files->lpVtbl->Open(f.files, SC_TYPE_BY_ID, f.file, &f.handle), S_OK);
        return 0;
}

static int tear_down(void **state)
{
        IByteBuffer *buffers[] = {f.data, f.reference, f.key, f.challenge};

        (void)state;
        for (size_t i = 0; i < 4; i++)
                assert_int_equal(buffers[i]->lpVtbl->Release(buffers[i]), 0);
        SysFreeString(f.file);
        SysFreeString(f.df);
        assert_int_equal(f.files->lpVtbl->Release(f.files), 0);
        assert_int_equal(f.auth->lpVtbl->Release(f.auth), 0);
        assert_int_equal(f.manage->lpVtbl->Release(f.manage), 0);
        return 0;
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test_setup_teardown(every_allocation_of_every_method_may_fail, set_up, tear_down),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
