/* src/com/bytebuffer.c (with bytes.c) and code.c: IByteBuffer, and how a code is read from one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "com/bytebuffer.h"
#include "com/bytes.h"
#include "com/code.h"
#include "tests/support/fake_winscard.h"

static IByteBuffer *fresh(void)
{
        void *buffer = NULL;

        assert_int_equal(bytebuffer_create(&IID_IByteBuffer, &buffer), S_OK);
        return buffer;
}

static LONG size_of(IByteBuffer *buffer)
{
        STATSTRUCT stat;

        assert_int_equal(buffer->lpVtbl->Stat(buffer, &stat, STATFLAG_NONAME), S_OK);
        assert_int_equal(stat.type, STGTY_STREAM);
        assert_int_equal(stat.grfMode, STGM_READWRITE);
        assert_int_equal(stat.grfLocksSupported, 0);
        assert_int_equal(stat.grfStateBits, 0);
        return stat.cbSize;
}

static LONG seek(IByteBuffer *buffer, LONG move, LONG origin)
{
        LONG now = -1;

        assert_int_equal(buffer->lpVtbl->Seek(buffer, move, origin, &now), S_OK);
        return now;
}

static void assert_content(IByteBuffer *buffer, const void *data, LONG len)
{
        BYTE bytes[64];
        LONG got = -1;

        assert_int_equal(size_of(buffer), len);
        seek(buffer, 0, STREAM_SEEK_SET);
        assert_int_equal(buffer->lpVtbl->Read(buffer, bytes, sizeof(bytes), &got), S_OK);
        assert_int_equal(got, len);
        assert_memory_equal(bytes, data, (size_t)len);
}

static void nothing_works_before_initialize(void **state)
{
        IByteBuffer *b = fresh(), *other = NULL;
        BYTE byte = 7;
        LONG count = 9;
        STATSTRUCT stat;

        (void)state;
        assert_int_equal(b->lpVtbl->Read(b, &byte, 1, &count), E_UNEXPECTED);
        assert_int_equal(count, 0);
        assert_int_equal(b->lpVtbl->Write(b, &byte, 1, &count), E_UNEXPECTED);
        assert_int_equal(b->lpVtbl->Seek(b, 0, STREAM_SEEK_SET, &count), E_UNEXPECTED);
        assert_int_equal(b->lpVtbl->SetSize(b, 4), E_UNEXPECTED);
        assert_int_equal(b->lpVtbl->Stat(b, &stat, 0), E_UNEXPECTED);
        assert_int_equal(b->lpVtbl->Clone(b, &other), E_UNEXPECTED);
        assert_null(other);
        assert_int_equal(b->lpVtbl->CopyTo(b, &other, 1, NULL, NULL), E_UNEXPECTED);
        assert_null(other);
        assert_int_equal(b->lpVtbl->Commit(b, 0), E_UNEXPECTED);
        assert_int_equal(b->lpVtbl->Revert(b), E_UNEXPECTED);
        assert_int_equal(b->lpVtbl->LockRegion(b, 0, 1, 1), E_UNEXPECTED);
        assert_int_equal(b->lpVtbl->UnlockRegion(b, 0, 1, 1), E_UNEXPECTED);
        assert_int_equal(b->lpVtbl->Release(b), 0);
}

static void arguments_are_checked_before_the_state(void **state)
{
        IByteBuffer *b = fresh();
        BYTE byte = 0;
        LONG count = 9;

        (void)state;
        assert_int_equal(b->lpVtbl->Read(b, NULL, 1, &count), E_POINTER);
        assert_int_equal(count, 0);
        assert_int_equal(b->lpVtbl->Read(b, &byte, -1, &count), E_INVALIDARG);
        assert_int_equal(b->lpVtbl->Write(b, NULL, -1, &count), E_POINTER);
        assert_int_equal(b->lpVtbl->Write(b, &byte, -1, &count), E_INVALIDARG);
        assert_int_equal(b->lpVtbl->Seek(b, 0, 3, &count), STG_E_INVALIDFUNCTION);
        assert_int_equal(b->lpVtbl->SetSize(b, -1), E_INVALIDARG);
        assert_int_equal(b->lpVtbl->SetSize(b, (LONG)BYTES_MAX + 1), E_INVALIDARG);
        assert_int_equal(b->lpVtbl->Stat(b, NULL, 0), E_POINTER);
        assert_int_equal(b->lpVtbl->Clone(b, NULL), E_POINTER);
        assert_int_equal(b->lpVtbl->CopyTo(b, NULL, 1, NULL, NULL), E_POINTER);
        assert_int_equal(b->lpVtbl->get_Stream(b, NULL), E_POINTER);
        assert_int_equal(b->lpVtbl->put_Stream(b, NULL), E_POINTER);
        assert_int_equal(b->lpVtbl->Release(b), 0);
}

static void initialize_copies_or_zeroes_and_may_be_repeated(void **state)
{
        IByteBuffer *b = fresh();
        BYTE data[4] = {1, 2, 3, 4};

        (void)state;
        assert_int_equal(b->lpVtbl->Initialize(b, 4, data), S_OK);
        data[0] = 9;
        assert_content(b, "\1\2\3\4", 4);
        assert_int_equal(b->lpVtbl->Initialize(b, 2, NULL), S_OK);
        assert_content(b, "\0\0", 2);
        assert_int_equal(b->lpVtbl->Initialize(b, 0, NULL), S_OK);
        assert_content(b, "", 0);
        assert_int_equal(b->lpVtbl->Release(b), 0);
}

static void hostile_sizes_change_nothing(void **state)
{
        static const LONG sizes[] = {-1, INT32_MIN, (LONG)BYTES_MAX + 1, INT32_MAX};
        IByteBuffer *b = buffer_of("abc");
        BYTE byte = 0;
        LONG count;

        (void)state;
        for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
                assert_int_equal(b->lpVtbl->Initialize(b, sizes[i], NULL), E_INVALIDARG);
                assert_int_equal(b->lpVtbl->SetSize(b, sizes[i]), E_INVALIDARG);
        }
        assert_int_equal(b->lpVtbl->Write(b, &byte, INT32_MAX, &count), E_INVALIDARG);
        assert_int_equal(seek(b, INT32_MAX, STREAM_SEEK_SET), INT32_MAX);
        assert_int_equal(b->lpVtbl->Write(b, &byte, 1, &count), E_INVALIDARG);
        assert_int_equal(count, 0);
        assert_int_equal(b->lpVtbl->Read(b, &byte, 1, &count), S_OK);
        assert_int_equal(count, 0);
        assert_content(b, "abc", 3);
        assert_int_equal(b->lpVtbl->Release(b), 0);
}

static void write_grows_and_reading_stops_at_the_end(void **state)
{
        IByteBuffer *b = fresh();
        BYTE bytes[8];
        LONG count = -1;

        (void)state;
        assert_int_equal(b->lpVtbl->Initialize(b, 1, NULL), S_OK);
        assert_int_equal(b->lpVtbl->Write(b, (BYTE *)"1234", 4, &count), S_OK);
        assert_int_equal(count, 4);
        assert_int_equal(b->lpVtbl->Write(b, (BYTE *)"5", 1, NULL), S_OK);
        assert_content(b, "12345", 5);
        seek(b, -2, STREAM_SEEK_END);
        assert_int_equal(b->lpVtbl->Read(b, bytes, 8, &count), S_OK);
        assert_int_equal(count, 2);
        assert_memory_equal(bytes, "45", 2);
        assert_int_equal(b->lpVtbl->Read(b, bytes, 8, NULL), S_OK);
        assert_int_equal(b->lpVtbl->Release(b), 0);
}

static void a_gap_behind_the_end_is_zeros_not_old_bytes(void **state)
{
        IByteBuffer *b = buffer_of("secret");

        (void)state;
        assert_int_equal(b->lpVtbl->SetSize(b, 1), S_OK);
        assert_content(b, "s", 1);
        seek(b, 3, STREAM_SEEK_SET);
        assert_int_equal(b->lpVtbl->Write(b, (BYTE *)"x", 1, NULL), S_OK);
        assert_content(b, "s\0\0x", 4);
        assert_int_equal(b->lpVtbl->SetSize(b, 6), S_OK);
        assert_content(b, "s\0\0x\0\0", 6);
        assert_int_equal(b->lpVtbl->Release(b), 0);
}

static void seek_refuses_positions_before_the_start(void **state)
{
        IByteBuffer *b = buffer_of("abcdef");
        LONG now = 5;

        (void)state;
        assert_int_equal(seek(b, 2, STREAM_SEEK_SET), 2);
        assert_int_equal(b->lpVtbl->Seek(b, -3, STREAM_SEEK_CUR, &now), STG_E_INVALIDFUNCTION);
        assert_int_equal(now, 0);
        assert_int_equal(b->lpVtbl->Seek(b, -7, STREAM_SEEK_END, NULL), STG_E_INVALIDFUNCTION);
        assert_int_equal(b->lpVtbl->Seek(b, INT32_MIN, STREAM_SEEK_SET, NULL), STG_E_INVALIDFUNCTION);
        assert_int_equal(b->lpVtbl->Seek(b, INT32_MAX, STREAM_SEEK_CUR, NULL), STG_E_INVALIDFUNCTION);
        assert_int_equal(seek(b, 0, STREAM_SEEK_CUR), 2);
        assert_int_equal(b->lpVtbl->Release(b), 0);
}

static void a_clone_shares_bytes_and_has_its_own_position(void **state)
{
        IByteBuffer *b = buffer_of("abcdef"), *clone = NULL;

        (void)state;
        seek(b, 2, STREAM_SEEK_SET);
        assert_int_equal(b->lpVtbl->Clone(b, &clone), S_OK);
        assert_int_equal(seek(clone, 0, STREAM_SEEK_CUR), 2);
        assert_int_equal(clone->lpVtbl->Write(clone, (BYTE *)"X", 1, NULL), S_OK);
        assert_int_equal(seek(b, 0, STREAM_SEEK_CUR), 2);
        assert_content(b, "abXdef", 6);
        assert_int_equal(b->lpVtbl->Initialize(b, 0, NULL), S_OK);
        assert_content(clone, "abXdef", 6);
        assert_int_equal(b->lpVtbl->Release(b), 0);
        assert_content(clone, "abXdef", 6);
        assert_int_equal(clone->lpVtbl->Release(clone), 0);
}

static void copy_to_moves_both_positions(void **state)
{
        IByteBuffer *b = buffer_of("abcdef"), *target = buffer_of("123");
        LONG read = -1, written = -1;

        (void)state;
        seek(b, 1, STREAM_SEEK_SET);
        seek(target, 2, STREAM_SEEK_SET);
        assert_int_equal(b->lpVtbl->CopyTo(b, &target, 3, &read, &written), S_OK);
        assert_int_equal(read, 3);
        assert_int_equal(written, 3);
        assert_int_equal(seek(b, 0, STREAM_SEEK_CUR), 4);
        assert_int_equal(seek(target, 0, STREAM_SEEK_CUR), 5);
        assert_content(target, "12bcd", 5);
        assert_int_equal(b->lpVtbl->CopyTo(b, &target, 100, &read, NULL), S_OK);
        assert_int_equal(read, 2);
        assert_int_equal(b->lpVtbl->CopyTo(b, &target, -1, &read, NULL), E_INVALIDARG);
        assert_int_equal(read, 0);
        assert_int_equal(target->lpVtbl->Release(target), 0);
        assert_int_equal(b->lpVtbl->Release(b), 0);
}

static void copy_to_makes_a_buffer_where_there_is_none(void **state)
{
        IByteBuffer *b = buffer_of("abcdef"), *made = NULL;

        (void)state;
        assert_int_equal(b->lpVtbl->CopyTo(b, &made, 4, NULL, NULL), S_OK);
        assert_non_null(made);
        assert_int_equal(seek(made, 0, STREAM_SEEK_CUR), 0);
        assert_content(made, "abcd", 4);
        assert_int_equal(made->lpVtbl->Release(made), 0);
        assert_int_equal(b->lpVtbl->Release(b), 0);
}

static void copy_to_itself_and_to_a_clone_ends(void **state)
{
        IByteBuffer *b = buffer_of("abc"), *clone = NULL;
        LONG read = 0;

        (void)state;
        assert_int_equal(b->lpVtbl->Clone(b, &clone), S_OK);
        seek(clone, 3, STREAM_SEEK_SET);
        assert_int_equal(b->lpVtbl->CopyTo(b, &clone, 100, &read, NULL), S_OK);
        assert_int_equal(read, 3);
        assert_content(b, "abcabc", 6);
        seek(b, 2, STREAM_SEEK_SET);
        assert_int_equal(b->lpVtbl->CopyTo(b, &b, 2, &read, NULL), S_OK);
        assert_content(b, "abcabc", 6);
        assert_int_equal(clone->lpVtbl->Release(clone), 0);
        assert_int_equal(b->lpVtbl->Release(b), 0);
}

static void regions_are_not_locked_and_there_is_nothing_to_commit(void **state)
{
        IByteBuffer *b = buffer_of("abc");

        (void)state;
        assert_int_equal(b->lpVtbl->LockRegion(b, 0, 3, 1), STG_E_INVALIDFUNCTION);
        assert_int_equal(b->lpVtbl->LockRegion(b, -1, 3, 1), E_INVALIDARG);
        assert_int_equal(b->lpVtbl->UnlockRegion(b, 0, -1, 1), E_INVALIDARG);
        assert_int_equal(b->lpVtbl->UnlockRegion(b, 0, 3, 1), STG_E_INVALIDFUNCTION);
        assert_int_equal(b->lpVtbl->Commit(b, 0), S_OK);
        assert_int_equal(b->lpVtbl->Revert(b), S_OK);
        assert_int_equal(b->lpVtbl->Release(b), 0);
}

/* ---- the stream under a buffer */

static void the_stream_and_the_buffer_share_bytes_and_position(void **state)
{
        IByteBuffer *b = buffer_of("abcdef");
        LPSTREAM stream = NULL;
        char bytes[4] = "";
        STATSTG stat;
        ULONG got = 0;
        LONG count = 0;

        (void)state;
        assert_int_equal(b->lpVtbl->get_Stream(b, &stream), S_OK);
        assert_int_equal(stream->lpVtbl->Read(stream, bytes, 2, &got), S_OK);
        assert_memory_equal(bytes, "ab", 2);
        assert_int_equal(b->lpVtbl->Read(b, (BYTE *)bytes, 2, &count), S_OK);
        assert_memory_equal(bytes, "cd", 2);
        assert_int_equal(stream->lpVtbl->Write(stream, "XYZ", 3, &got), S_OK);
        assert_int_equal(got, 3);
        assert_content(b, "abcdXYZ", 7);
        assert_int_equal(stream->lpVtbl->Stat(stream, &stat, STATFLAG_NONAME), S_OK);
        assert_int_equal(stat.type, STGTY_STREAM);
        assert_int_equal(stat.cbSize.QuadPart, 7);
        assert_int_equal(stream->lpVtbl->Read(stream, bytes, 1, &got), S_FALSE); /* at the end */
        assert_int_equal(got, 0);
        assert_int_equal(b->lpVtbl->Release(b), 0);
        assert_int_equal(stream->lpVtbl->Release(stream), 0);
}

static void put_stream_replaces_the_bytes_and_initialize_makes_new_ones(void **state)
{
        IByteBuffer *a = buffer_of("first"), *b = buffer_of("second");
        LPSTREAM stream = NULL, again = NULL;

        (void)state;
        assert_int_equal(a->lpVtbl->get_Stream(a, &stream), S_OK);
        assert_int_equal(b->lpVtbl->put_Stream(b, stream), S_OK);
        assert_content(b, "first", 5);
        assert_int_equal(b->lpVtbl->get_Stream(b, &again), S_OK);
        assert_ptr_equal(again, stream);
        again->lpVtbl->Release(again);
        assert_int_equal(b->lpVtbl->Initialize(b, 2, (BYTE *)"xy"), S_OK);
        assert_content(a, "first", 5);
        assert_content(b, "xy", 2);
        assert_int_equal(a->lpVtbl->Release(a), 0);
        assert_int_equal(b->lpVtbl->Release(b), 0);
        assert_int_equal(stream->lpVtbl->Release(stream), 0);
}

static void a_stream_clones_copies_and_keeps_its_limits(void **state)
{
        IByteBuffer *b = buffer_of("abc");
        LPSTREAM stream = NULL, clone = NULL;
        ULARGE_INTEGER size = {.QuadPart = 0x1000001}, read, written;
        LARGE_INTEGER move = {.QuadPart = -1};
        void *out = &out;

        (void)state;
        assert_int_equal(b->lpVtbl->get_Stream(b, &stream), S_OK);
        assert_int_equal(stream->lpVtbl->Clone(stream, &clone), S_OK);
        assert_int_equal(clone->lpVtbl->SetSize(clone, size), STG_E_MEDIUMFULL);
        assert_int_equal(clone->lpVtbl->Seek(clone, move, STREAM_SEEK_SET, NULL), STG_E_INVALIDFUNCTION);
        move.QuadPart = 0;
        assert_int_equal(clone->lpVtbl->Seek(clone, move, STREAM_SEEK_END, &read), S_OK);
        assert_int_equal(read.QuadPart, 3);
        size.QuadPart = 100;
        assert_int_equal(stream->lpVtbl->CopyTo(stream, clone, size, &read, &written), S_OK);
        assert_int_equal(read.QuadPart, 3);
        assert_int_equal(written.QuadPart, 3);
        assert_content(b, "abcabc", 6);
        assert_int_equal(stream->lpVtbl->Read(stream, NULL, 1, NULL), STG_E_INVALIDPOINTER);
        assert_int_equal(stream->lpVtbl->Stat(stream, NULL, 0), STG_E_INVALIDPOINTER);
        assert_int_equal(stream->lpVtbl->QueryInterface(stream, &IID_IDispatch, &out), E_NOINTERFACE);
        assert_null(out);
        assert_int_equal(clone->lpVtbl->Release(clone), 0);
        assert_int_equal(b->lpVtbl->Release(b), 0);
        assert_int_equal(stream->lpVtbl->Release(stream), 0);
}

/* ---- a code read from buffers of this library */

static void a_code_is_the_whole_content_wherever_the_position_is(void **state)
{
        IByteBuffer *b = buffer_of("1234");
        struct code code;

        (void)state;
        seek(b, 3, STREAM_SEEK_SET);
        assert_int_equal(code_read(b, &code), S_OK);
        assert_int_equal(code.len, 4);
        assert_memory_equal(code.bytes, "1234", 4);
        assert_int_equal(seek(b, 0, STREAM_SEEK_CUR), 3);
        assert_int_equal(b->lpVtbl->Release(b), 0);
}

static void codes_of_0_and_256_bytes_are_refused_and_255_taken(void **state)
{
        uint8_t bytes[256];
        struct code code;
        IByteBuffer *b = buffer_of(NULL);

        (void)state;
        memset(bytes, '7', sizeof(bytes));
        assert_int_equal(code_read(b, &code), E_INVALIDARG);
        assert_int_equal(b->lpVtbl->Initialize(b, 256, bytes), S_OK);
        assert_int_equal(code_read(b, &code), E_INVALIDARG);
        assert_int_equal(code.len, 0);
        assert_int_equal(code.bytes[0], 0);
        assert_int_equal(b->lpVtbl->Initialize(b, 255, bytes), S_OK);
        assert_int_equal(code_read(b, &code), S_OK);
        assert_int_equal(code.len, 255);
        assert_int_equal(b->lpVtbl->Release(b), 0);
        b = fresh();
        assert_int_equal(code_read(b, &code), E_INVALIDARG); /* never initialised */
        assert_int_equal(b->lpVtbl->Release(b), 0);
}

/* ---- a code read from another implementation */

static struct foreign {
        IByteBuffer iface;
        const char *content;
        LONG len, position, piece; /* piece: most bytes that one Read gives; 0: no limit */
        LONG stat_size, read_lie;  /* read_lie: added to the count that Read reports */
        HRESULT stat, seek, read, clone;
        bool endless;
        unsigned reads, clones;
} foreign;

static HRESULT STDMETHODCALLTYPE foreign_Stat(IByteBuffer *iface, LPSTATSTRUCT stat, LONG flag)
{
        (void)iface, (void)flag;
        stat->cbSize = foreign.stat_size;
        return foreign.stat;
}

static HRESULT STDMETHODCALLTYPE foreign_Seek(IByteBuffer *iface, LONG move, LONG origin, LONG *now)
{
        (void)iface;
        if (FAILED(foreign.seek))
                return foreign.seek;
        foreign.position = (origin == STREAM_SEEK_CUR ? foreign.position : 0) + move;
        *now = foreign.position;
        return S_OK;
}

static HRESULT STDMETHODCALLTYPE foreign_Read(IByteBuffer *iface, BYTE *data, LONG len, LONG *got)
{
        (void)iface;
        foreign.reads++;
        if (FAILED(foreign.read))
                return foreign.read;
        if (len > foreign.len - foreign.position && !foreign.endless)
                len = foreign.len - foreign.position;
        if (foreign.piece != 0 && len > foreign.piece)
                len = foreign.piece;
        for (LONG i = 0; i < len; i++)
                data[i] = foreign.endless ? (BYTE)'9' : (BYTE)foreign.content[foreign.position + i];
        foreign.position += len;
        *got = len + foreign.read_lie;
        return S_OK;
}

static HRESULT STDMETHODCALLTYPE foreign_Clone(IByteBuffer *iface, LPBYTEBUFFER *out)
{
        (void)iface;
        foreign.clones++;
        if (SUCCEEDED(foreign.clone))
                *out = buffer_of("4321");
        return foreign.clone;
}

static const IByteBufferVtbl foreign_vtbl = {
    .Stat = foreign_Stat,
    .Seek = foreign_Seek,
    .Read = foreign_Read,
    .Clone = foreign_Clone,
};

static IByteBuffer *foreign_of(const char *content)
{
        memset(&foreign, 0, sizeof(foreign));
        foreign.iface.lpVtbl = &foreign_vtbl;
        foreign.content = content;
        foreign.len = foreign.stat_size = (LONG)strlen(content);
        return &foreign.iface;
}

static void assert_foreign_code(const char *wanted)
{
        struct code code;

        assert_int_equal(code_read(&foreign.iface, &code), S_OK);
        assert_int_equal(code.len, strlen(wanted));
        assert_memory_equal(code.bytes, wanted, code.len);
}

static void a_foreign_buffer_is_read_whole_and_put_back(void **state)
{
        (void)state;
        foreign_of("1234");
        foreign.position = 2;
        assert_foreign_code("1234");
        assert_int_equal(foreign.position, 2);
        foreign.piece = 1;
        assert_foreign_code("1234");
        foreign.stat = E_NOTIMPL;
        assert_foreign_code("1234");
        assert_int_equal(foreign.position, 2);
}

static void a_foreign_buffer_without_seek_is_cloned_or_read_on(void **state)
{
        (void)state;
        foreign_of("1234");
        foreign.seek = E_NOTIMPL;
        assert_foreign_code("4321"); /* the clone's content */
        assert_int_equal(foreign.position, 0);
        foreign.clone = E_NOTIMPL;
        assert_foreign_code("1234");
}

static void a_foreign_buffer_that_lies_is_refused(void **state)
{
        struct code code;

        (void)state;
        foreign_of("1234");
        foreign.stat_size = 6;
        assert_int_equal(code_read(&foreign.iface, &code), E_INVALIDARG);
        foreign.stat_size = 3;
        assert_int_equal(code_read(&foreign.iface, &code), E_INVALIDARG);
        foreign.stat_size = 0;
        assert_int_equal(code_read(&foreign.iface, &code), E_INVALIDARG);
        foreign.stat_size = -4;
        assert_int_equal(code_read(&foreign.iface, &code), E_INVALIDARG);
        foreign.stat_size = 4;
        foreign.read_lie = 1000;
        assert_int_equal(code_read(&foreign.iface, &code), E_INVALIDARG);
        foreign.read_lie = -1000;
        assert_int_equal(code_read(&foreign.iface, &code), E_INVALIDARG);
        assert_int_equal(code.len, 0);
        foreign.read_lie = 0;
        foreign.read = E_FAIL;
        assert_int_equal(code_read(&foreign.iface, &code), E_FAIL);
}

static void a_foreign_buffer_without_end_is_left(void **state)
{
        struct code code;

        (void)state;
        foreign_of("1234");
        foreign.stat = E_NOTIMPL;
        foreign.endless = true;
        foreign.piece = 1;
        assert_int_equal(code_read(&foreign.iface, &code), E_INVALIDARG);
        assert_int_equal(foreign.reads, 256);
        assert_int_equal(code.len, 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(nothing_works_before_initialize),
            cmocka_unit_test(arguments_are_checked_before_the_state),
            cmocka_unit_test(initialize_copies_or_zeroes_and_may_be_repeated),
            cmocka_unit_test(hostile_sizes_change_nothing),
            cmocka_unit_test(write_grows_and_reading_stops_at_the_end),
            cmocka_unit_test(a_gap_behind_the_end_is_zeros_not_old_bytes),
            cmocka_unit_test(seek_refuses_positions_before_the_start),
            cmocka_unit_test(a_clone_shares_bytes_and_has_its_own_position),
            cmocka_unit_test(copy_to_moves_both_positions),
            cmocka_unit_test(copy_to_makes_a_buffer_where_there_is_none),
            cmocka_unit_test(copy_to_itself_and_to_a_clone_ends),
            cmocka_unit_test(regions_are_not_locked_and_there_is_nothing_to_commit),
            cmocka_unit_test(the_stream_and_the_buffer_share_bytes_and_position),
            cmocka_unit_test(put_stream_replaces_the_bytes_and_initialize_makes_new_ones),
            cmocka_unit_test(a_stream_clones_copies_and_keeps_its_limits),
            cmocka_unit_test(a_code_is_the_whole_content_wherever_the_position_is),
            cmocka_unit_test(codes_of_0_and_256_bytes_are_refused_and_255_taken),
            cmocka_unit_test(a_foreign_buffer_is_read_whole_and_put_back),
            cmocka_unit_test(a_foreign_buffer_without_seek_is_cloned_or_read_on),
            cmocka_unit_test(a_foreign_buffer_that_lies_is_refused),
            cmocka_unit_test(a_foreign_buffer_without_end_is_left),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
