/* src/com/bytebuffer.c over a stream of somebody else, put there by put_Stream: what it answers, and its lies. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "com/bytebuffer.h"
#include "com/code.h"
#include "com/object.h"
#include "tests/support/fake_winscard.h"

/* The stream: each answer is the test's; what it was asked is kept. */
static struct {
        IStream iface;
        ULONG refs;
        HRESULT read, write, seek, set_size, stat, clone, commit;
        ULONG got, put; /* what Read and Write say */
        ULONGLONG position, size;
        ULONG asked;
        ULONGLONG asked_size;
        unsigned reads;
} stream;

static HRESULT STDMETHODCALLTYPE stream_QueryInterface(IStream *iface, REFIID riid, void **out)
{
        (void)riid;
        *out = iface;
        stream.refs++;
        return S_OK;
}

static ULONG STDMETHODCALLTYPE stream_AddRef(IStream *iface)
{
        (void)iface;
        return ++stream.refs;
}

static ULONG STDMETHODCALLTYPE stream_Release(IStream *iface)
{
        (void)iface;
        return --stream.refs;
}

static HRESULT STDMETHODCALLTYPE stream_Read(IStream *iface, void *data, ULONG wanted, ULONG *got)
{
        (void)iface;
        stream.asked = wanted;
        stream.reads++;
        memset(data, '1', wanted < 8 ? wanted : 8);
        *got = stream.got;
        return stream.read;
}

static HRESULT STDMETHODCALLTYPE stream_Write(IStream *iface, const void *data, ULONG len, ULONG *put)
{
        (void)iface, (void)data;
        stream.asked = len;
        *put = stream.put;
        return stream.write;
}

static HRESULT STDMETHODCALLTYPE stream_Seek(IStream *iface, LARGE_INTEGER move, DWORD origin,
                                             ULARGE_INTEGER *now)
{
        (void)iface, (void)move, (void)origin;
        now->QuadPart = stream.position;
        return stream.seek;
}

static HRESULT STDMETHODCALLTYPE stream_SetSize(IStream *iface, ULARGE_INTEGER size)
{
        (void)iface;
        stream.asked_size = size.QuadPart;
        return stream.set_size;
}

static HRESULT STDMETHODCALLTYPE stream_Commit(IStream *iface, DWORD flags)
{
        (void)iface, (void)flags;
        return stream.commit;
}

static HRESULT STDMETHODCALLTYPE stream_Stat(IStream *iface, STATSTG *stat, DWORD flags)
{
        (void)iface, (void)flags;
        stat->cbSize.QuadPart = stream.size;
        stat->type = STGTY_LOCKBYTES;
        return stream.stat;
}

static HRESULT STDMETHODCALLTYPE stream_Clone(IStream *iface, IStream **out)
{
        (void)iface;
        *out = NULL;
        return stream.clone;
}

static const IStreamVtbl stream_vtbl = {
    .QueryInterface = stream_QueryInterface,
    .AddRef = stream_AddRef,
    .Release = stream_Release,
    .Read = stream_Read,
    .Write = stream_Write,
    .Seek = stream_Seek,
    .SetSize = stream_SetSize,
    .Commit = stream_Commit,
    .Stat = stream_Stat,
    .Clone = stream_Clone,
};

static IByteBuffer *buffer;

static int set_up(void **state)
{
        (void)state;
        memset(&stream, 0, sizeof(stream));
        stream.iface.lpVtbl = &stream_vtbl;
        stream.refs = 1;
        buffer = buffer_of("ours");
        assert_int_equal(buffer->lpVtbl->put_Stream(buffer, &stream.iface), S_OK);
        assert_int_equal(stream.refs, 2);
        return 0;
}

static int tear_down(void **state)
{
        (void)state;
        assert_int_equal(buffer->lpVtbl->Release(buffer), 0);
        assert_int_equal(stream.refs, 1);
        assert_int_equal(object_count(), 0);
        return 0;
}

static void what_the_stream_answers_comes_through(void **state)
{
        BYTE bytes[8];
        LONG count = -1;

        (void)state;
        stream.read = stream.write = stream.seek = stream.set_size = stream.stat = STG_E_ACCESSDENIED;
        stream.clone = stream.commit = STG_E_REVERTED;
        stream.got = stream.put = 3;
        assert_int_equal(buffer->lpVtbl->Read(buffer, bytes, 8, &count), STG_E_ACCESSDENIED);
        assert_int_equal(count, 0);
        count = -1;
        assert_int_equal(buffer->lpVtbl->Write(buffer, bytes, 8, &count), STG_E_ACCESSDENIED);
        assert_int_equal(count, 0);
        count = -1;
        assert_int_equal(buffer->lpVtbl->Seek(buffer, 0, STREAM_SEEK_SET, &count), STG_E_ACCESSDENIED);
        assert_int_equal(count, 0);
        assert_int_equal(buffer->lpVtbl->SetSize(buffer, 5), STG_E_ACCESSDENIED);
        assert_int_equal(stream.asked_size, 5);
        assert_int_equal(buffer->lpVtbl->Commit(buffer, 0), STG_E_REVERTED);
        /* Full is full: the argument is as good as any. */
        stream.write = STG_E_MEDIUMFULL;
        assert_int_equal(buffer->lpVtbl->Write(buffer, bytes, 8, &count), STG_E_MEDIUMFULL);
        assert_int_equal(buffer->lpVtbl->Initialize(buffer, 4, NULL), S_OK);
        assert_int_equal(stream.refs, 1); /* let go */
        assert_int_equal(buffer->lpVtbl->Seek(buffer, 0x1000000, STREAM_SEEK_SET, NULL), S_OK);
        assert_int_equal(buffer->lpVtbl->Write(buffer, bytes, 1, &count),
                         E_INVALIDARG); /* over 16 MiB of ours */
}

static void fewer_bytes_are_no_failure(void **state)
{
        BYTE bytes[8];
        LONG count = -1;

        (void)state;
        stream.read = S_FALSE;
        stream.got = 3;
        assert_int_equal(buffer->lpVtbl->Read(buffer, bytes, 8, &count), S_OK);
        assert_int_equal(count, 3);
        stream.put = 2;
        assert_int_equal(buffer->lpVtbl->Write(buffer, bytes, 8, &count), S_OK);
        assert_int_equal(count, 2);
}

static void a_stream_that_lies_is_not_believed(void **state)
{
        IByteBuffer *target = NULL;
        STATSTRUCT stat;
        BYTE bytes[8];
        LONG count = -1, written = -1;

        (void)state;
        stream.got = stream.put = 0xFFFFFFF0; /* more than was asked for */
        assert_int_equal(buffer->lpVtbl->Read(buffer, bytes, 8, &count), S_OK);
        assert_int_equal(count, 8);
        assert_int_equal(buffer->lpVtbl->Write(buffer, bytes, 8, &count), S_OK);
        assert_int_equal(count, 8);
        stream.position = 0x100000000; /* where no LONG follows */
        assert_int_equal(buffer->lpVtbl->Seek(buffer, 0, STREAM_SEEK_CUR, &count), STG_E_INVALIDFUNCTION);
        assert_int_equal(count, 0);
        stream.size = 0x300000000;
        assert_int_equal(buffer->lpVtbl->Stat(buffer, &stat, STATFLAG_DEFAULT), S_OK);
        assert_int_equal(stat.cbSize, INT32_MAX);
        assert_int_equal(stat.type, STGTY_LOCKBYTES);
        assert_int_equal(buffer->lpVtbl->CopyTo(buffer, &target, 6, &count, &written), S_OK);
        assert_int_equal(stream.asked, 6);
        assert_int_equal(count, 6);
        assert_int_equal(written, 6);
        assert_int_equal(target->lpVtbl->Release(target), 0);
        target = NULL;
        stream.stat = E_NOTIMPL; /* its size is not known: as many as are wanted */
        assert_int_equal(buffer->lpVtbl->CopyTo(buffer, &target, 7, &count, NULL), S_OK);
        assert_int_equal(count, 7);
        assert_int_equal(target->lpVtbl->Release(target), 0);
        target = buffer;
        assert_int_equal(buffer->lpVtbl->Clone(buffer, &target), E_UNEXPECTED); /* S_OK, and no clone */
        assert_null(target);
}

/* Read once, from where it is told to be: a code that comes in pieces without end is none. */
static void a_code_from_such_a_stream_is_checked(void **state)
{
        struct code code;

        (void)state;
        stream.size = 4;
        stream.got = 4;
        assert_int_equal(code_read(buffer, &code),
                         E_INVALIDARG); /* Stat says 4, and there is more and more */
        assert_int_equal(code.len, 0);
        assert_true(stream.reads <= 80);
        stream.size = 0x100000004;
        assert_int_equal(code_read(buffer, &code), E_INVALIDARG);
        code_wipe(&code);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test_setup_teardown(what_the_stream_answers_comes_through, set_up, tear_down),
            cmocka_unit_test_setup_teardown(fewer_bytes_are_no_failure, set_up, tear_down),
            cmocka_unit_test_setup_teardown(a_stream_that_lies_is_not_believed, set_up, tear_down),
            cmocka_unit_test_setup_teardown(a_code_from_such_a_stream_is_checked, set_up, tear_down),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
