/*
 * Every method of every interface in both forms, through the vtable and late-bound, on the virtual card, with each
 * allocation failing in turn: it answers E_OUTOFMEMORY, hands nothing out, leaks nothing, leaves everything as it
 * was (the attachment, its locks, directory, positions, contents, codes and what they opened, buffers), and works
 * when it is called again.
 *
 * The linker leads the allocating functions of the library to tests/support/heap.c (tests/oom/oom.mk).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <oleauto.h>
#include <winscard.h>

#include "com/object.h"
#include "com/verify.h"
#include "core/card/chv.h"
#include "sim/control.h"
#include "tests/support/heap.h"
#include "tests/support/methods.h"

/* ---- what can be seen of the state */

struct seen_file {
        HRESULT hr;
        LONG got;
        BYTE bytes[16]; /* at the position */
};

struct snapshot {
        HRESULT status, dir, check;
        SCARD_STATES state;
        SCARD_PROTOCOLS protocol;
        unsigned locks, openable;
        OLECHAR path[40];
        struct seen_file at[METHODS_FILES];
        struct seen_file created, by_code, by_key; /* 6F7F; files that a code and a key open */
        int tries;
};

struct seen_buffer {
        HRESULT hr;
        LONG size, position, got;
        BYTE bytes[32];
};

static struct {
        struct methods_bench bench;
        struct methods_call call;
        SCARDCONTEXT context;
        SCARDHANDLE handle;
} run;

static void look_at_file(HSCARD_FILE handle, struct seen_file *seen)
{
        ISCardFileAccess *files = run.bench.files;
        SEEKTYPE from_here = SC_SEEK_RELATIVE;
        IByteBuffer *buffer = NULL;

        seen->got = sizeof(seen->bytes);
        seen->hr = files->lpVtbl->Read(files, handle, &seen->got, SC_FL_NO_FLAGS, &buffer);
        if (buffer == NULL)
                return;
        (void)buffer->lpVtbl->Read(buffer, seen->bytes, sizeof(seen->bytes), NULL);
        buffer->lpVtbl->Release(buffer);
        if (seen->got != 0) /* bytes, or one record */
                assert_int_equal(
                    files->lpVtbl->Seek(files, handle, &from_here,
                                        handle == run.bench.file[METHODS_RECORDS] ? -1 : -seen->got),
                    S_OK);
}

static void look_at_path(const OLECHAR *path, struct seen_file *seen)
{
        ISCardFileAccess *files = run.bench.files;
        BSTR text = SysAllocString(path);
        HSCARD_FILE handle = 0;

        seen->hr = files->lpVtbl->Open(files, SC_TYPE_BY_ID, text, &handle);
        SysFreeString(text);
        if (FAILED(seen->hr))
                return;
        look_at_file(handle, seen);
        assert_int_equal(files->lpVtbl->Close(files, handle), S_OK);
}

/* How many files can still be opened: none was left open. */
static unsigned count_openable(void)
{
        ISCardFileAccess *files = run.bench.files;
        BSTR path = SysAllocString(u"/2F20");
        HSCARD_FILE handles[64];
        unsigned count = 0;

        while (count < 64 && files->lpVtbl->Open(files, SC_TYPE_BY_ID, path, &handles[count]) == S_OK)
                count++;
        for (unsigned i = 0; i < count; i++)
                assert_int_equal(files->lpVtbl->Close(files, handles[i]), S_OK);
        SysFreeString(path);
        return count;
}

static unsigned count_locks(void)
{
        ISCardManage *manage = run.bench.manage;
        unsigned locks = 0;

        while (manage->lpVtbl->SCardUnlock(manage, LEAVE) == S_OK)
                locks++;
        for (unsigned i = 0; i < locks; i++)
                assert_int_equal(manage->lpVtbl->SCardLock(manage), S_OK);
        return locks;
}

static void look(struct snapshot *seen)
{
        ISCardManage *manage = run.bench.manage;
        ISCardFileAccess *files = run.bench.files;
        ISCardVerify *verify = run.bench.verify;
        struct card_last last;
        BSTR path = NULL;

        memset(seen, 0, sizeof(*seen));
        seen->status = manage->lpVtbl->Status(manage, &seen->state, &seen->protocol);
        seen->locks = count_locks();
        seen->dir = files->lpVtbl->GetCurrentDir(files, &path);
        assert_true(SysStringLen(path) < 40);
        if (path != NULL)
                memcpy(seen->path, path, SysStringByteLen(path));
        SysFreeString(path);
        for (unsigned i = 0; i < METHODS_FILES; i++)
                look_at_file(run.bench.file[i], &seen->at[i]);
        look_at_path(u"/0011/6F7F", &seen->created);
        look_at_path(u"/2F10", &seen->by_code);
        look_at_path(u"/2F40", &seen->by_key);
        seen->openable = count_openable();
        seen->check = verify->lpVtbl->Verify(verify, NULL, SC_FL_IHV_GLOBAL | SC_FL_IHV_CHECKONLY, 1);
        verify_last(verify, &last);
        seen->tries = last.tries;
        (void)SetErrorInfo(0, NULL);
}

static void look_at_buffer(IByteBuffer *buffer, struct seen_buffer *seen)
{
        STATSTRUCT stat = {0};
        LONG position;

        seen->hr = buffer->lpVtbl->Stat(buffer, &stat, STATFLAG_NONAME);
        seen->size = stat.cbSize;
        (void)buffer->lpVtbl->Seek(buffer, 0, STREAM_SEEK_CUR, &seen->position);
        (void)buffer->lpVtbl->Seek(buffer, 0, STREAM_SEEK_SET, &position);
        (void)buffer->lpVtbl->Read(buffer, seen->bytes, sizeof(seen->bytes), &seen->got);
        (void)buffer->lpVtbl->Seek(buffer, seen->position, STREAM_SEEK_SET, &position);
}

static void look_at_buffers(struct seen_buffer seen[METHODS_BUFFERS + 1])
{
        memset(seen, 0, (METHODS_BUFFERS + 1) * sizeof(*seen));
        for (unsigned i = 0; i < METHODS_BUFFERS; i++)
                look_at_buffer(run.bench.buffers[i], &seen[i]);
        look_at_buffer(run.bench.buffer, &seen[METHODS_BUFFERS]);
}

/* ---- one run: a new card, new objects */

static void begin(void)
{
        DWORD protocol;

        sim_control_reset();
        assert_int_equal(SCardEstablishContext(SCARD_SCOPE_USER, NULL, NULL, &run.context), SCARD_S_SUCCESS);
        assert_int_equal(SCardConnectA(run.context, "libiscard Virtual CCID Reader 00 00", SCARD_SHARE_SHARED,
                                       SCARD_PROTOCOL_Tx, &run.handle, &protocol),
                         SCARD_S_SUCCESS);
        methods_begin(&run.bench, &winscard_api_engine, run.handle);
}

static void end(void)
{
        methods_end(&run.bench);
        assert_int_equal(SCardDisconnect(run.handle, SCARD_LEAVE_CARD), SCARD_S_SUCCESS);
        assert_int_equal(SCardReleaseContext(run.context), SCARD_S_SUCCESS);
        sim_control_reset();
        (void)SetErrorInfo(0, NULL);
        assert_int_equal(object_count(), 0);
}

/*
 * The failures that change nothing about what the method answers, and that is all of them: late-bound, a method that
 * fails says why in words, which are left out where there is no memory for them; and libcrypto looks for a name in
 * upper case, and finds the cipher by its number all the same.
 */
static bool harmless(const struct methods_row *row, enum methods_way way, HRESULT hr)
{
        return (FAILED(row->wanted) && way != METHODS_VTABLE) ||
               (heap_failed_in_libcrypto() && hr == row->wanted);
}

static unsigned wrong, harmless_count;

static void complain(const struct methods_row *row, enum methods_way way, long n, const char *what,
                     HRESULT hr)
{
        static const char *const ways[] = {"vtable", "Invoke", "Invoke with a result"};

        print_error("%s, %s, allocation %ld: %s (%08X)\n", methods_name(row), ways[way], n, what,
                    (unsigned)hr);
        wrong++;
}

static uint32_t messages(void)
{
        return sim_device_messages(sim_control_device(0));
}

static void run_moment(const struct methods_row *row)
{
        if (row->moment != NULL)
                row->moment(&run.bench);
}

/* With everything prepared; whether the failure came about. */
static bool fail_once(const struct methods_row *row, enum methods_way way, long n)
{
        struct snapshot before, after;
        struct seen_buffer buffers_before[METHODS_BUFFERS + 1], buffers_after[METHODS_BUFFERS + 1];
        uint32_t sent;
        long live;
        HRESULT hr;

        look(&before);
        run_moment(row);
        look_at_buffers(buffers_before);
        sent = messages();
        live = heap_live();
        heap_start(n);
        heap_resume();
        hr = methods_call_run(&run.call);
        heap_pause();
        (void)SetErrorInfo(0, NULL); /* the thread's */
        if (!heap_failed()) {
                if (hr != row->wanted)
                        complain(row, way, n, "does not work", hr);
                return false;
        }
        if (harmless(row, way, hr)) {
                harmless_count++;
                if (hr != row->wanted)
                        complain(row, way, n, "not its own code", hr);
                return true;
        }
        if (hr != E_OUTOFMEMORY)
                complain(row, way, n, "not E_OUTOFMEMORY", hr);
        if (!methods_call_empty(&run.call))
                complain(row, way, n, "hands something out", hr);
        if (heap_live() != live && !row->keeps)
                complain(row, way, n, "leaks", (HRESULT)(heap_live() - live));
        if (messages() != sent && !row->asks)
                complain(row, way, n, "something was sent", hr);
        methods_call_clear(&run.call);
        look_at_buffers(buffers_after);
        if (memcmp(buffers_before, buffers_after, sizeof(buffers_before)) != 0)
                complain(row, way, n, "changes a buffer", hr);
        look(&after);
        if (memcmp(&before, &after, sizeof(before)) != 0)
                complain(row, way, n, "changes the state", hr);
        run_moment(row);
        hr = methods_call_run(&run.call);
        if (hr != row->wanted)
                complain(row, way, n, "does not work afterwards", hr);
        return true;
}

/* false: the row cannot be called this way, or no allocation was left to fail. */
static bool run_row(const struct methods_row *row, enum methods_way way, long n, bool *possible)
{
        long live = heap_live();
        bool failed = false;

        begin();
        if (row->prepare != NULL)
                row->prepare(&run.bench);
        *possible = methods_call_make(&run.call, &run.bench, row, way);
        if (*possible)
                failed = fail_once(row, way, n);
        methods_call_free(&run.call);
        end();
        if (heap_live() != live)
                complain(row, way, n, "leaks when all is released", (HRESULT)(heap_live() - live));
        return failed;
}

/* Which rows are for a reader of that kind. */
static bool is_pinpad(const struct methods_row *row)
{
        return row->words == METHODS_PINPAD;
}

static bool is_other(const struct methods_row *row)
{
        return row->words != METHODS_PINPAD && !row->played_only;
}

static bool is_manager(const struct methods_row *row)
{
        return row->interface == &dispatch_ISCardManage || row->interface == &dispatch_ISCardManageXP;
}

static const struct {
        const char *reader;
        bool (*takes)(const struct methods_row *row);
} readers[] = {
    {"1", is_other},
    {"pinpad=1", is_pinpad},
    {"level=tpdu,protocol=t1", is_manager},
    {"level=tpdu,protocol=t0", is_manager},
};

static struct {
        unsigned long rows, calls, allocations;
} total;

static void run_rows(const char *reader, bool (*takes)(const struct methods_row *row))
{
        bool possible;

        setenv("ISCARD_SIM", reader, 1);
        for (size_t i = 0; i < methods_rows_len && wrong < 50; i++) {
                if (!takes(&methods_rows[i]))
                        continue;
                total.rows++;
                for (enum methods_way way = METHODS_VTABLE; way < METHODS_WAYS; way++) {
                        long n = 1;

                        /* What is made once a process, and libcrypto's at the first use of a cipher. */
                        (void)run_row(&methods_rows[i], way, 0, &possible);
                        while (run_row(&methods_rows[i], way, n, &possible))
                                n++;
                        total.calls += possible;
                        total.allocations += (unsigned long)n - 1;
                }
        }
}

static void every_allocation_of_every_method_may_fail(void **state)
{
        bool possible;

        (void)state;
        methods_check_complete();
        setenv("ISCARD_SIM", "1", 1);
        (void)run_row(&methods_rows[0], METHODS_VTABLE, 0, &possible); /* before the blocks are counted */
        wrong = 0;
        for (size_t i = 0; i < sizeof(readers) / sizeof(readers[0]); i++)
                run_rows(readers[i].reader, readers[i].takes);
        print_message(
            "%lu methods and variants, %lu calls, %lu allocations failed, %u of them without harm\n",
            total.rows, total.calls, total.allocations, harmless_count);
        assert_int_equal(wrong, 0);
        assert_true(total.allocations > 400);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(every_allocation_of_every_method_may_fail),
        };

        unsetenv("ISCARD_PROFILE");
        heap_take_libcrypto();
        return cmocka_run_group_tests(tests, NULL, NULL);
}
