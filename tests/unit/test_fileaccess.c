/* ISCardFileAccess on the virtual iso card: what a program gets, on readers of several kinds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <oleauto.h>
#define ISCARD_BOTH_FORMS
#include <scardcom_xp.h>

#include "sim/control.h"
#include "tests/support/attached.h"
#include "tests/support/fake_winscard.h"

#define BIG 40000

static struct {
        struct attached at;
        ISCardFileAccess *files;
        ISCardFileAccessXP *xp;
        uint8_t bytes[BIG + 1];
} f;

static const char *const readers[] = {"",
                                      "protocol=t0",
                                      "level=tpdu",
                                      "level=tpdu,protocol=t0",
                                      "level=extended-apdu",
                                      "maxmsg=64",
                                      "maxmsg=64,protocol=t0",
                                      "level=tpdu,protocol=t0,maxmsg=64",
                                      "level=tpdu,maxmsg=64"};
#define READERS (sizeof(readers) / sizeof(readers[0]))

static void begin(const char *reader)
{
        attached_begin(&f.at, reader);
        assert_int_equal(f.at.manage->lpVtbl->CreateFileAccess(f.at.manage, &f.files), S_OK);
        assert_int_equal(f.files->lpVtbl->QueryInterface(f.files, &IID_ISCardFileAccessXP, (void **)&f.xp),
                         S_OK);
}

static void end(void)
{
        assert_int_equal(f.xp->lpVtbl->Release(f.xp), 1);
        assert_int_equal(f.files->lpVtbl->Release(f.files), 0);
        attached_end(&f.at);
}

static int set_up(void **state)
{
        (void)state;
        begin("");
        return 0;
}

static int tear_down(void **state)
{
        (void)state;
        end();
        return 0;
}

static BSTR text(const char *ascii)
{
        OLECHAR wide[200];
        size_t len = strlen(ascii);

        assert_true(len < 200);
        for (size_t i = 0; i < len; i++)
                wide[i] = (unsigned char)ascii[i];
        return SysAllocStringLen(wide, (UINT)len);
}

static HRESULT change_dir(REFTYPE type, const char *path)
{
        BSTR name = text(path);
        HRESULT hr = f.files->lpVtbl->ChangeDir(f.files, type, name);

        SysFreeString(name);
        return hr;
}

static HRESULT open_by(REFTYPE type, const char *path, HSCARD_FILE *handle)
{
        BSTR name = text(path);
        HRESULT hr = f.files->lpVtbl->Open(f.files, type, name, handle);

        SysFreeString(name);
        if (FAILED(hr))
                assert_true(*handle == 0);
        return hr;
}

static HSCARD_FILE opened(const char *path)
{
        HSCARD_FILE handle = 0;

        assert_int_equal(open_by(SC_TYPE_BY_ANY, path, &handle), S_OK);
        assert_true(handle != 0 && handle <= INT32_MAX);
        return handle;
}

static void closed(HSCARD_FILE handle)
{
        assert_int_equal(f.files->lpVtbl->Close(f.files, handle), S_OK);
}

/* Into f.bytes; *got: how many. */
static HRESULT read_some(HSCARD_FILE handle, LONG wanted, size_t *got)
{
        IByteBuffer *buffer = (IByteBuffer *)&f;
        HRESULT hr = f.files->lpVtbl->Read(f.files, handle, &wanted, SC_FL_NO_FLAGS, &buffer);

        *got = 0;
        if (FAILED(hr) && hr != SCARD_W_EOF) {
                assert_null(buffer);
                assert_int_equal(wanted, 0);
                return hr;
        }
        *got = taken_from(buffer, f.bytes, sizeof(f.bytes));
        assert_int_equal(*got, wanted);
        return hr;
}

static void assert_reads(HSCARD_FILE handle, LONG wanted, HRESULT hr, const char *content, size_t len)
{
        size_t got;

        assert_int_equal(read_some(handle, wanted, &got), hr);
        assert_int_equal(got, len);
        if (len != 0)
                assert_memory_equal(f.bytes, content, len);
}

static HRESULT write_bytes(HSCARD_FILE handle, const void *bytes, size_t len, SCARD_FLAGS flags)
{
        IByteBuffer *buffer = buffer_of_bytes(bytes, len);
        HRESULT hr = f.files->lpVtbl->Write(f.files, handle, buffer, flags);

        assert_int_equal(buffer->lpVtbl->Release(buffer), 0);
        return hr;
}

static HRESULT seek(HSCARD_FILE handle, SEEKTYPE origin, LONG offset)
{
        return f.files->lpVtbl->Seek(f.files, handle, &origin, offset);
}

static void assert_dir(const char *wanted)
{
        BSTR dir = NULL, right = text(wanted);

        assert_int_equal(f.files->lpVtbl->GetCurrentDir(f.files, &dir), S_OK);
        assert_int_equal(SysStringLen(dir), SysStringLen(right));
        assert_memory_equal(dir, right, SysStringByteLen(right));
        SysFreeString(dir);
        SysFreeString(right);
}

/* ---- directories */

static void the_current_directory_follows_change_dir(void **state)
{
        (void)state;
        assert_dir("3F00");
        assert_int_equal(change_dir(SC_TYPE_BY_ID, "0011"), S_OK);
        assert_dir("3F00/0011");
        assert_int_equal(change_dir(SC_TYPE_BY_ID, "."), S_OK);
        assert_int_equal(change_dir(SC_TYPE_BY_ID, "../5000"), S_OK);
        assert_dir("3F00/5000");
        assert_int_equal(change_dir(SC_TYPE_BY_NAME, "F069736361726401"), S_OK);
        assert_dir("F069736361726401");
        assert_int_equal(change_dir(SC_TYPE_BY_ANY, "/0011"), S_OK);
        assert_dir("3F00/0011");
        /* After a failure it stays. */
        assert_int_equal(change_dir(SC_TYPE_BY_ID, "/1234"), SCARD_E_DIR_NOT_FOUND);
        assert_int_equal(change_dir(SC_TYPE_BY_ID, "/2F00"), SCARD_E_NO_DIR);
        assert_int_equal(change_dir(SC_TYPE_BY_ID, "../.."), E_INVALIDARG);
        assert_int_equal(change_dir(SC_TYPE_BY_NAME, "no such name"), SCARD_E_DIR_NOT_FOUND);
        assert_dir("3F00/0011");
        assert_int_equal(change_dir(SC_TYPE_BY_ANY, "/"), S_OK);
        assert_dir("3F00");
}

static void files_are_opened_in_every_way(void **state)
{
        HSCARD_FILE handle;

        (void)state;
        closed(opened("3F00/0011/6F01"));
        closed(opened("/0011/6F01"));
        closed(opened("F069736361726401/5002"));
        assert_int_equal(change_dir(SC_TYPE_BY_ID, "0011"), S_OK);
        closed(opened("6F01"));
        closed(opened("../2F02"));
        closed(opened("01")); /* the short identifier of 6F01 */
        assert_int_equal(open_by(SC_TYPE_BY_SHORT_ID, "/5000/2", &handle), S_OK);
        closed(handle);
        assert_int_equal(open_by(SC_TYPE_BY_SHORT_ID, "1D", &handle), SCARD_E_FILE_NOT_FOUND);
        assert_int_equal(open_by(SC_TYPE_BY_ID, "7777", &handle), SCARD_E_FILE_NOT_FOUND);
        assert_int_equal(open_by(SC_TYPE_BY_ID, "/0011", &handle), SCARD_E_NO_FILE);
        assert_int_equal(open_by(SC_TYPE_BY_ID, "/", &handle), SCARD_E_NO_FILE);
}

static HRESULT list(FILETYPE type, SAFEARRAY **array)
{
        return f.files->lpVtbl->Directory(f.files, type, array);
}

static void the_mf_lists_its_applications(void **state)
{
        SAFEARRAY *array = NULL;
        LONG index = 0, upper = -1;
        BSTR name = NULL, right = text("F069736361726401");

        (void)state;
        assert_int_equal(list(SC_TYPE_DIRECTORIES, &array), S_OK);
        assert_int_equal(SafeArrayGetUBound(array, 1, &upper), S_OK);
        assert_int_equal(upper, 0);
        assert_int_equal(SafeArrayGetElement(array, &index, &name), S_OK);
        assert_memory_equal(name, right, SysStringByteLen(right) + 2);
        SysFreeString(name);
        SysFreeString(right);
        assert_int_equal(SafeArrayDestroy(array), S_OK);
        assert_int_equal(list(SC_TYPE_FILES, &array), SCARD_E_UNSUPPORTED_FEATURE);
        assert_null(array);
        assert_int_equal(list((FILETYPE)8, &array), E_INVALIDARG);
        assert_int_equal(list(SC_TYPE_ALL_FILES, NULL), E_POINTER);
        assert_int_equal(change_dir(SC_TYPE_BY_ID, "0011"), S_OK);
        assert_int_equal(list(SC_TYPE_ALL_FILES, &array), SCARD_E_UNSUPPORTED_FEATURE);
}

/* ---- bytes */

static uint8_t pattern(size_t at)
{
        return (uint8_t)(at ^ at >> 8);
}

static void a_large_file_comes_in_pieces_on_every_reader(void **state)
{
        size_t got;

        (void)state;
        for (size_t i = 0; i < READERS; i++) {
                HSCARD_FILE handle;

                begin(readers[i]);
                handle = opened("2F21");
                assert_int_equal(read_some(handle, BIG, &got), S_OK);
                assert_int_equal(got, BIG);
                for (size_t at = 0; at < BIG; at++)
                        if (f.bytes[at] != pattern(at))
                                fail_msg("%s: byte %zu is wrong", readers[i], at);
                assert_int_equal(read_some(handle, 1, &got), SCARD_W_EOF);
                assert_int_equal(got, 0);
                assert_int_equal(seek(handle, SC_SEEK_FROM_END, -5), S_OK);
                assert_int_equal(read_some(handle, 100, &got), SCARD_W_EOF);
                assert_int_equal(got, 5);
                assert_int_equal(f.bytes[4], pattern(BIG - 1));
                /* Everything that there is, without knowing how much. */
                assert_int_equal(seek(handle, SC_SEEK_FROM_BEGINNING, 0), S_OK);
                assert_int_equal(read_some(handle, INT32_MAX, &got), SCARD_W_EOF);
                assert_int_equal(got, BIG);
                end();
        }
}

static void what_is_written_is_read_again_on_every_reader(void **state)
{
        static uint8_t written[1000];
        size_t got;

        (void)state;
        for (size_t i = 0; i < sizeof(written); i++)
                written[i] = (uint8_t)(7 * i + 3);
        for (size_t i = 0; i < READERS; i++) {
                HSCARD_FILE handle;

                begin(readers[i]);
                handle = opened("2F21");
                /* Across the last offset that P1 P2 can say, and far behind it. */
                assert_int_equal(seek(handle, SC_SEEK_FROM_BEGINNING, 32300), S_OK);
                assert_int_equal(write_bytes(handle, written, sizeof(written), SC_FL_NO_FLAGS), S_OK);
                assert_int_equal(write_bytes(handle, written, 10, SC_FL_REPLACE), S_OK);
                assert_int_equal(seek(handle, SC_SEEK_RELATIVE, -1010), S_OK);
                assert_int_equal(read_some(handle, 1010, &got), S_OK);
                assert_memory_equal(f.bytes, written, 1000);
                assert_memory_equal(f.bytes + 1000, written, 10);
                assert_int_equal(read_some(handle, 1, &got), S_OK);
                assert_int_equal(f.bytes[0], pattern(33310));
                assert_int_equal(seek(handle, SC_SEEK_RELATIVE, -1011), S_OK);
                assert_int_equal(write_bytes(handle, written, 1000, SC_FL_ERASE), S_OK);
                assert_int_equal(seek(handle, SC_SEEK_RELATIVE, -501), S_OK);
                assert_reads(handle, 2, S_OK, "\xFF\xFF", 2);
                assert_int_equal(seek(handle, SC_SEEK_RELATIVE, 499), S_OK);
                assert_int_equal(read_some(handle, 10, &got), S_OK);
                assert_memory_equal(f.bytes, written, 10);
                assert_int_equal(write_bytes(handle, written, 0, SC_FL_ERASE), S_OK); /* to the end */
                assert_reads(handle, 1, S_OK, "\xFF", 1);
                /* Over the end: nothing is written. */
                assert_int_equal(seek(handle, SC_SEEK_FROM_END, -3), S_OK);
                assert_int_equal(write_bytes(handle, written, 4, SC_FL_NO_FLAGS), SCARD_E_WRITE_TOO_MANY);
                assert_reads(handle, 3, S_OK, "\xFF\xFF\xFF", 3);
                end();
        }
}

static void or_and_erase_change_what_is_there(void **state)
{
        static const char *const paths[] = {"/0011/6F01", "/2F41"}; /* without WRITE, with WRITE that is OR */

        (void)state;
        for (size_t i = 0; i < 2; i++) {
                HSCARD_FILE handle = opened(paths[i]);

                assert_int_equal(write_bytes(handle, "\x0F\x0F\x0F\x0F", 4, SC_FL_NO_FLAGS), S_OK);
                assert_int_equal(seek(handle, SC_SEEK_FROM_BEGINNING, 0), S_OK);
                assert_int_equal(write_bytes(handle, "\xF0\x00", 2, SC_FL_OR), S_OK);
                assert_int_equal(write_bytes(handle, "\x3C\xFF", 2, SC_FL_AND), S_OK);
                assert_int_equal(seek(handle, SC_SEEK_FROM_BEGINNING, 0), S_OK);
                assert_reads(handle, 4, S_OK, "\xFF\x0F\x0C\x0F", 4);
                assert_int_equal(seek(handle, SC_SEEK_FROM_BEGINNING, 1), S_OK);
                assert_int_equal(write_bytes(handle, "??", 2, SC_FL_ERASE), S_OK);
                assert_reads(handle, 1, S_OK, "\x0F", 1);
                assert_int_equal(seek(handle, SC_SEEK_FROM_BEGINNING, 0), S_OK);
                assert_reads(handle, 3, S_OK, "\xFF\xFF\xFF", 3);
                assert_int_equal(f.files->lpVtbl->Write(f.files, handle, NULL, SC_FL_ERASE), S_OK);
                assert_reads(handle, 1, S_OK, "\xFF", 1);
                closed(handle);
        }
}

static void seek_knows_the_ends(void **state)
{
        HSCARD_FILE handle = opened("/0011/6F01"); /* 128 bytes */
        SEEKTYPE bad = (SEEKTYPE)3;

        (void)state;
        assert_int_equal(seek(handle, SC_SEEK_FROM_BEGINNING, 128), S_OK);
        assert_int_equal(seek(handle, SC_SEEK_RELATIVE, 1), SCARD_E_BAD_SEEK);
        assert_int_equal(seek(handle, SC_SEEK_RELATIVE, -128), S_OK);
        assert_int_equal(seek(handle, SC_SEEK_RELATIVE, -1), SCARD_E_BAD_SEEK);
        assert_int_equal(seek(handle, SC_SEEK_FROM_END, 1), SCARD_E_BAD_SEEK);
        assert_int_equal(seek(handle, SC_SEEK_FROM_END, -129), SCARD_E_BAD_SEEK);
        assert_int_equal(seek(handle, SC_SEEK_FROM_BEGINNING, INT32_MAX), SCARD_E_BAD_SEEK);
        assert_int_equal(seek(handle, SC_SEEK_FROM_BEGINNING, INT32_MIN), SCARD_E_BAD_SEEK);
        assert_reads(handle, 2, S_OK, "\x00\x01", 2); /* where it was left */
        assert_int_equal(f.files->lpVtbl->Seek(f.files, handle, NULL, 0), E_POINTER);
        assert_int_equal(f.files->lpVtbl->Seek(f.files, handle, &bad, 0), E_INVALIDARG);
}

/* ---- records */

static void fixed_records_are_read_changed_and_added(void **state)
{
        HSCARD_FILE handle = opened("2F30"); /* 3 of 5 records of 16 bytes */
        char record[17] = "0123456789ABCDEF";

        (void)state;
        assert_reads(handle, 256, S_OK, "first\0\0\0\0\0\0\0\0\0\0\0", 16);
        assert_reads(handle, 3, S_OK, "sec", 3);
        assert_reads(handle, 5, S_OK, "third", 5);
        assert_reads(handle, 5, SCARD_W_EOF, "", 0);
        assert_int_equal(write_bytes(handle, record, 16, SC_FL_NO_FLAGS), S_OK);
        assert_int_equal(write_bytes(handle, record, 16, SC_FL_NO_FLAGS), S_OK);
        assert_int_equal(write_bytes(handle, record, 16, SC_FL_NO_FLAGS), SCARD_E_WRITE_TOO_MANY);
        assert_int_equal(seek(handle, SC_SEEK_FROM_END, -2), S_OK);
        assert_reads(handle, 16, S_OK, record, 16);
        assert_int_equal(seek(handle, SC_SEEK_FROM_BEGINNING, 1), S_OK);
        assert_int_equal(write_bytes(handle, record, 17, SC_FL_NO_FLAGS), SCARD_E_WRITE_TOO_MANY);
        assert_int_equal(write_bytes(handle, record, 15, SC_FL_NO_FLAGS), E_INVALIDARG);
        assert_int_equal(write_bytes(handle, record, 16, SC_FL_NO_FLAGS), S_OK);
        assert_reads(handle, 16, S_OK, "third\0\0\0\0\0\0\0\0\0\0\0", 16);
        assert_int_equal(seek(handle, SC_SEEK_FROM_BEGINNING, 1), S_OK);
        assert_int_equal(write_bytes(handle, "\x40", 1, SC_FL_OR), S_OK);
        assert_int_equal(seek(handle, SC_SEEK_RELATIVE, -1), S_OK);
        assert_reads(handle, 2, S_OK, "p1", 2);
        assert_int_equal(seek(handle, SC_SEEK_RELATIVE, -1), S_OK);
        assert_int_equal(write_bytes(handle, "", 0, SC_FL_ERASE), S_OK);
        assert_int_equal(seek(handle, SC_SEEK_RELATIVE, -1), S_OK);
        assert_reads(handle, 2, S_OK, "\xFF\xFF", 2);
        assert_int_equal(seek(handle, SC_SEEK_FROM_END, 1), SCARD_E_BAD_SEEK);
}

static void variable_records_keep_their_lengths(void **state)
{
        HSCARD_FILE handle = opened("2F31");

        (void)state;
        assert_reads(handle, 100, S_OK, "one", 3);
        assert_reads(handle, 100, S_OK, "two and.", 8);
        assert_reads(handle, 100, S_OK, "3", 1);
        assert_reads(handle, 100, SCARD_W_EOF, "", 0);
        assert_int_equal(write_bytes(handle, "four", 4, SC_FL_NO_FLAGS), S_OK);
        assert_int_equal(seek(handle, SC_SEEK_FROM_BEGINNING, 0), S_OK);
        assert_int_equal(write_bytes(handle, "a longer one", 12, SC_FL_NO_FLAGS), S_OK);
        assert_int_equal(seek(handle, SC_SEEK_FROM_BEGINNING, 0), S_OK);
        assert_reads(handle, 100, S_OK, "a longer one", 12);
        assert_int_equal(seek(handle, SC_SEEK_FROM_END, -1), S_OK);
        assert_reads(handle, 100, S_OK, "four", 4);
}

static void a_cyclic_file_begins_with_its_newest_record(void **state)
{
        HSCARD_FILE handle = opened("2F32"); /* 3 of 4 records of 8 bytes */

        (void)state;
        assert_reads(handle, 6, S_OK, "newest", 6);
        assert_int_equal(seek(handle, SC_SEEK_FROM_END, 0), S_OK);
        assert_int_equal(write_bytes(handle, "newer...", 8, SC_FL_NO_FLAGS), S_OK);
        assert_int_equal(seek(handle, SC_SEEK_FROM_BEGINNING, 0), S_OK);
        assert_reads(handle, 8, S_OK, "newer...", 8);
        assert_reads(handle, 6, S_OK, "newest", 6);
}

static void records_are_added_to_a_cyclic_file_whatever_comes_between(void **state)
{
        static const char *const added[] = {"added. 1", "added. 2", "added. 3", "added. 4"};
        HSCARD_FILE handle = opened("2F32"), second = opened("2F32"), other = opened("2F02");

        (void)state;
        assert_int_equal(seek(handle, SC_SEEK_FROM_END, 0), S_OK);
        for (size_t i = 0; i < 4; i++) {
                assert_int_equal(write_bytes(handle, added[i], 8, SC_FL_NO_FLAGS), S_OK);
                /* Then the file is selected again, and had room for the first of them. */
                assert_reads(other, 1, S_OK, "\x5A", 1);
                assert_int_equal(seek(other, SC_SEEK_FROM_BEGINNING, 0), S_OK);
        }
        for (size_t i = 4; i-- > 0;)
                assert_reads(second, 8, S_OK, added[i], 8);
        assert_reads(second, 8, SCARD_W_EOF, "", 0);
        assert_int_equal(seek(handle, SC_SEEK_RELATIVE, -1), S_OK);
        assert_reads(handle, 8, S_OK, added[0], 8);
        /* A handle that was at the end still is where another adds a record. */
        assert_int_equal(seek(second, SC_SEEK_FROM_END, 0), S_OK);
        assert_int_equal(write_bytes(second, "seconds.", 8, SC_FL_NO_FLAGS), S_OK);
        assert_int_equal(seek(handle, SC_SEEK_FROM_BEGINNING, 0), S_OK);
        assert_reads(handle, 8, S_OK, "seconds.", 8);
}

/* Nobody knows how many there are until the card tells, and then every handle does. */
static void a_cyclic_files_records_are_all_there_for_every_handle(void **state)
{
        HSCARD_FILE handle = opened("2F32"), second = opened("2F32"); /* 3 of 4 records */

        (void)state;
        assert_int_equal(seek(handle, SC_SEEK_FROM_END, 0), S_OK);
        assert_int_equal(write_bytes(handle, "the 4th.", 8, SC_FL_NO_FLAGS), S_OK);
        assert_int_equal(seek(handle, SC_SEEK_FROM_BEGINNING, 4), S_OK);
        assert_reads(second, 8, S_OK, "the 4th.", 8);
        assert_int_equal(seek(handle, SC_SEEK_FROM_END, -1), S_OK);
        assert_reads(handle, 6, S_OK, "oldest", 6);
        assert_reads(handle, 6, SCARD_W_EOF, "", 0);
}

static void a_record_that_was_added_is_there_for_every_handle(void **state)
{
        HSCARD_FILE handle = opened("2F31"), second = opened("/2F31");

        (void)state;
        assert_int_equal(seek(second, SC_SEEK_FROM_END, 0), S_OK);
        assert_int_equal(seek(handle, SC_SEEK_FROM_END, 0), S_OK);
        assert_int_equal(write_bytes(handle, "four", 4, SC_FL_NO_FLAGS), S_OK);
        assert_reads(second, 100, S_OK, "four", 4);
        assert_int_equal(seek(second, SC_SEEK_FROM_END, -1), S_OK);
        assert_reads(second, 100, S_OK, "four", 4);
}

static void records_by_short_identifier(void **state)
{
        HSCARD_FILE handle = opened("/12"), other = opened("/0011/6F01");

        (void)state;
        assert_reads(handle, 100, S_OK, "one", 3);
        assert_reads(other, 1, S_OK, "\x00", 1);
        assert_reads(handle, 100, S_OK, "two and.", 8);
        assert_reads(handle, 100, S_OK, "3", 1);
        /* Nobody told how many there are. */
        assert_reads(handle, 100, SCARD_E_BAD_SEEK, "", 0);
        assert_int_equal(seek(handle, SC_SEEK_FROM_END, 0), S_OK);
        assert_int_equal(write_bytes(handle, "four", 4, SC_FL_NO_FLAGS), S_OK);
        assert_int_equal(seek(handle, SC_SEEK_FROM_BEGINNING, 3), S_OK);
        assert_reads(handle, 100, S_OK, "four", 4);
}

static void bytes_by_short_identifier(void **state)
{
        HSCARD_FILE handle = opened("/0011/01"), protected = opened("/0011/02");
        size_t got;

        (void)state;
        assert_int_equal(write_bytes(handle, "short", 5, SC_FL_NO_FLAGS), S_OK);
        assert_int_equal(seek(handle, SC_SEEK_FROM_BEGINNING, 0), S_OK);
        assert_int_equal(read_some(handle, 1000, &got), SCARD_W_EOF);
        assert_int_equal(got, 128);
        assert_memory_equal(f.bytes, "short", 5);
        assert_int_equal(read_some(protected, 10, &got), SCARD_W_SECURITY_VIOLATION);
        attached_verify(&f.at, 1, SC_FL_IHV_GLOBAL);
        assert_int_equal(read_some(protected, 10, &got), S_OK);
}

static void telephone_cards_have_files_too(void **state)
{
        static const char *const gsm[] = {"card=gsm,protocol=t0", "card=gsm,protocol=t0,level=tpdu",
                                          "card=gsm"};
        HSCARD_FILE handle;
        SAFEARRAY *array;
        size_t got;

        (void)state;
        for (size_t i = 0; i < sizeof(gsm) / sizeof(gsm[0]); i++) {
                begin(gsm[i]);
                assert_int_equal(change_dir(SC_TYPE_BY_ID, "7F20"), S_OK);
                assert_int_equal(read_some(opened("6FAE"), 100, &got), SCARD_W_EOF);
                assert_int_equal(got, 1);
                assert_int_equal(read_some(opened("/2FE2"), 100, &got), SCARD_W_EOF);
                assert_int_equal(got, 10);
                assert_int_equal(change_dir(SC_TYPE_BY_ID, "6FAE"), SCARD_E_NO_DIR);
                assert_int_equal(change_dir(SC_TYPE_BY_ID, "/"), S_OK);
                assert_int_equal(list(SC_TYPE_ALL_FILES, &array), SCARD_E_UNSUPPORTED_FEATURE);
                handle = opened("/7F20/6F07");
                assert_int_equal(read_some(handle, 9, &got), SCARD_E_UNEXPECTED); /* 9804 */
                attached_verify(&f.at, 1, SC_FL_NO_FLAGS);
                assert_int_equal(read_some(handle, 9, &got), S_OK);
                end();
        }
        begin("card=uicc");
        assert_int_equal(read_some(opened("/2FE2"), 100, &got), SCARD_W_EOF);
        assert_int_equal(got, 10);
        assert_int_equal(read_some(opened("/02"), 4, &got), S_OK);
        end();
}

static void a_card_without_a_master_file_does_not_tell_what_it_holds(void **state)
{
        static const char *const cards[] = {"card=piv", "card=openpgp", "card=gids", "card=isoapplet"};
        SAFEARRAY *array;

        (void)state;
        for (size_t i = 0; i < sizeof(cards) / sizeof(cards[0]); i++) {
                begin(cards[i]);
                for (int type = SC_TYPE_DIRECTORIES; type <= SC_TYPE_VARIABLE_EF; type++) {
                        array = (SAFEARRAY *)&f;
                        assert_int_equal(list((FILETYPE)type, &array), SCARD_E_UNSUPPORTED_FEATURE);
                        assert_null(array);
                }
                end();
        }
}

/* ---- together with codes, other handles, resets */

static void a_local_code_lasts_as_long_as_one_stays(void **state)
{
        HSCARD_FILE handle, second;
        size_t got;

        (void)state;
        for (unsigned i = 0; i < 2; i++) { /* with and without SELECT by path */
                assert_int_equal(change_dir(SC_TYPE_BY_ID, "/5000"), S_OK);
                handle = opened("5001");
                assert_int_equal(read_some(handle, 4, &got), SCARD_W_SECURITY_VIOLATION);
                attached_verify(&f.at, 2, SC_FL_IHV_LOCAL);
                assert_int_equal(read_some(handle, 4, &got), S_OK);
                second = opened("5002");
                assert_int_equal(write_bytes(second, "x", 1, SC_FL_NO_FLAGS), S_OK);
                attached_verify(&f.at, 2, SC_FL_IHV_LOCAL);
                assert_int_equal(read_some(handle, 4, &got), S_OK);
                assert_int_equal(change_dir(SC_TYPE_BY_ID, "/0011"), S_OK);
                assert_int_equal(read_some(handle, 4, &got), SCARD_W_SECURITY_VIOLATION);
        }
}

static void another_handle_may_select_what_it_likes(void **state)
{
        HSCARD_FILE handle = opened("/0011/6F01"), shorts = opened("/0011/01");

        (void)state;
        assert_reads(handle, 1, S_OK, "\x00", 1);
        assert_int_equal(attached_other(&f.at, "00A40000025000"), 0x9000);
        assert_reads(handle, 1, S_OK, "\x01", 1);
        assert_int_equal(attached_other(&f.at, "00A4040008F069736361726401"), 0x9000);
        assert_reads(shorts, 1, S_OK, "\x00", 1);
        assert_int_equal(attached_other(&f.at, "00A40000023F00"), 0x9000);
        assert_reads(shorts, 1, S_OK, "\x01", 1);
        assert_reads(handle, 1, S_OK, "\x02", 1);
}

static void two_objects_do_not_disturb_each_other(void **state)
{
        ISCardFileAccess *other = NULL;
        HSCARD_FILE handle = opened("/0011/6F01"), theirs = 0;
        BSTR name = text("/2F02");
        IByteBuffer *buffer = NULL;
        LONG wanted = 2;

        (void)state;
        assert_int_equal(f.at.manage->lpVtbl->CreateFileAccess(f.at.manage, &other), S_OK);
        assert_int_equal(other->lpVtbl->Open(other, SC_TYPE_BY_ID, name, &theirs), S_OK);
        assert_reads(handle, 1, S_OK, "\x00", 1);
        assert_int_equal(other->lpVtbl->Read(other, theirs, &wanted, SC_FL_NO_FLAGS, &buffer), S_OK);
        assert_int_equal(taken_from(buffer, f.bytes, sizeof(f.bytes)), 2);
        assert_memory_equal(f.bytes, "\x5A\x08", 2);
        assert_reads(handle, 1, S_OK, "\x01", 1);
        assert_int_equal(other->lpVtbl->Release(other), 0);
        SysFreeString(name);
}

static void files_outlive_a_reset_that_was_acknowledged(void **state)
{
        HSCARD_FILE handle = opened("/0011/6F01");
        DWORD protocol;
        size_t got;

        (void)state;
        assert_reads(handle, 1, S_OK, "\x00", 1);
        assert_int_equal(
            SCardReconnect(f.at.second, SCARD_SHARE_SHARED, SCARD_PROTOCOL_Tx, SCARD_RESET_CARD, &protocol),
            SCARD_S_SUCCESS);
        assert_int_equal(read_some(handle, 1, &got), SCARD_W_RESET_CARD);
        assert_int_equal(f.at.manage->lpVtbl->Reconnect(f.at.manage), S_OK);
        assert_reads(handle, 1, S_OK, "\x01", 1);
}

static void a_new_attachment_starts_anew(void **state)
{
        HSCARD_FILE handle;
        BSTR dir = NULL;
        size_t got;

        (void)state;
        assert_int_equal(change_dir(SC_TYPE_BY_ID, "0011"), S_OK);
        handle = opened("6F01");
        assert_int_equal(f.at.manage->lpVtbl->Detach(f.at.manage), S_OK);
        assert_int_equal(read_some(handle, 1, &got), SCARD_E_INVALID_HANDLE);
        assert_int_equal(f.files->lpVtbl->GetCurrentDir(f.files, &dir), SCARD_E_INVALID_HANDLE);
        assert_null(dir);
        assert_int_equal(change_dir(SC_TYPE_BY_ID, "0011"), SCARD_E_INVALID_HANDLE);
        assert_int_equal(attached_attach(&f.at), S_OK);
        assert_int_equal(read_some(handle, 1, &got), E_INVALIDARG);
        assert_dir("3F00");
}

static void handles_are_good_until_they_are_closed(void **state)
{
        HSCARD_FILE handles[64], more;
        size_t got;

        (void)state;
        for (size_t i = 0; i < 64; i++)
                handles[i] = opened("2F02");
        assert_int_equal(open_by(SC_TYPE_BY_ID, "2F02", &more), E_OUTOFMEMORY);
        closed(handles[7]);
        assert_int_equal(f.files->lpVtbl->Close(f.files, handles[7]), E_INVALIDARG);
        more = opened("2F02");
        assert_true(more != handles[7]);
        assert_int_equal(read_some(handles[7], 1, &got), E_INVALIDARG);
        assert_int_equal(seek(handles[7], SC_SEEK_FROM_BEGINNING, 0), E_INVALIDARG);
        assert_int_equal(read_some(more, 1, &got), S_OK);
        assert_int_equal(f.files->lpVtbl->Close(f.files, 0), E_INVALIDARG);
        assert_int_equal(f.files->lpVtbl->Close(f.files, (HSCARD_FILE)-1), E_INVALIDARG);
        assert_int_equal(f.files->lpVtbl->Close(f.files, (HSCARD_FILE)1 << 40 | more), E_INVALIDARG);
}

/* ---- making and ending files */

static HRESULT create(REFTYPE type, const char *path, const char *properties, SCARD_FLAGS flags,
                      const char *content)
{
        uint8_t bytes[300];
        TLV_TABLE table = {.cbSize = (LONG)bytes_of(properties, bytes, sizeof(bytes)), .byData = bytes};
        IByteBuffer *data = content != NULL ? buffer_of(content) : NULL;
        BSTR name = text(path);
        HRESULT hr = f.files->lpVtbl->Create(f.files, type, name, table, flags, data);

        SysFreeString(name);
        if (data != NULL)
                data->lpVtbl->Release(data);
        return hr;
}

static HRESULT delete_file(const char *path, SCARD_FLAGS flags)
{
        BSTR name = text(path);
        HRESULT hr = f.files->lpVtbl->Delete(f.files, SC_TYPE_BY_ANY, name, flags);

        SysFreeString(name);
        return hr;
}

static void files_are_created_used_and_deleted(void **state)
{
        HSCARD_FILE handle;
        size_t got;

        (void)state;
        assert_int_equal(create(SC_TYPE_BY_ID, "/0011/6F10", "8002 0100 820101", SC_FL_NO_FLAGS, "hello"),
                         S_OK);
        handle = opened("/0011/6F10");
        assert_reads(handle, 5, S_OK, "hello", 5);
        assert_int_equal(create(SC_TYPE_BY_ID, "/0011/6F10", "8002 0100 820101", SC_FL_NO_FLAGS, NULL),
                         E_INVALIDARG);
        assert_int_equal(create(SC_TYPE_BY_ID, "/0011/6F10", "620E 8002 0010 820101 83026F10 8801 48",
                                SC_FL_REPLACE, "anew"),
                         S_OK);
        assert_int_equal(read_some(handle, 1, &got), E_INVALIDARG); /* what it was about is gone */
        handle = opened("/0011/09");
        assert_reads(handle, 4, S_OK, "anew", 4);
        assert_int_equal(
            create(SC_TYPE_BY_ID, "/0011/6F11", "8205 0241000404", SC_FL_PREALLOCATE, "rec1rec2"), S_OK);
        handle = opened("/0011/6F11");
        assert_int_equal(seek(handle, SC_SEEK_FROM_BEGINNING, 1), S_OK);
        assert_reads(handle, 4, S_OK, "rec2", 4);
        /* A directory, and what is in it. */
        assert_int_equal(create(SC_TYPE_BY_ID, "0022", "820138 8404 41424344", SC_FL_NO_FLAGS, NULL), S_OK);
        assert_int_equal(change_dir(SC_TYPE_BY_NAME, "ABCD"), SCARD_E_DIR_NOT_FOUND); /* an identifier */
        assert_int_equal(change_dir(SC_TYPE_BY_NAME, "41424344"), S_OK);
        assert_int_equal(change_dir(SC_TYPE_BY_ID, "/0022"), S_OK);
        assert_int_equal(create(SC_TYPE_BY_ID, "0001", "8002 0004 820101", SC_FL_NO_FLAGS, "in"), S_OK);
        handle = opened("/0022/0001");
        assert_reads(handle, 2, S_OK, "in", 2);
        assert_int_equal(delete_file("/0022", SC_FL_NON_RECURSIVE), SCARD_E_UNSUPPORTED_FEATURE);
        assert_int_equal(delete_file("/0022", SC_FL_RECURSIVE), S_OK);
        assert_dir("3F00"); /* the directory that one was in is gone */
        assert_int_equal(read_some(handle, 1, &got), E_INVALIDARG);
        assert_int_equal(change_dir(SC_TYPE_BY_ID, "/0022"), SCARD_E_DIR_NOT_FOUND);
        assert_int_equal(delete_file("/0011/6F10", SC_FL_NON_RECURSIVE), S_OK);
        assert_int_equal(delete_file("/0011/6F11", SC_FL_NO_FLAGS), S_OK);
        assert_int_equal(delete_file("/0011/6F11", SC_FL_NO_FLAGS), SCARD_E_FILE_NOT_FOUND);
        assert_int_equal(delete_file("/2F02", SC_FL_NO_FLAGS), SCARD_W_SECURITY_VIOLATION);
        assert_int_equal(delete_file("/", SC_FL_NO_FLAGS), E_INVALIDARG);
        assert_int_equal(delete_file("01", SC_FL_NO_FLAGS), SCARD_E_UNSUPPORTED_FEATURE);
        assert_int_equal(delete_file("/0011", SC_FL_RECURSIVE | SC_FL_NON_RECURSIVE), E_INVALIDARG);
}

static void what_cannot_be_made_anew_stays_as_it_was(void **state)
{
        char too_long[600] = "80020010 820101 8581F0";
        HSCARD_FILE handle;

        (void)state;
        for (size_t i = 0; i < 0xF0; i++)
                strcat(too_long, "00");
        assert_int_equal(create(SC_TYPE_BY_ID, "/0011/6F12", "8002 0010 820101", SC_FL_NO_FLAGS, "first"),
                         S_OK);
        handle = opened("/0011/6F12");
        /* Another identifier than its path's; a template that no command holds. */
        assert_int_equal(
            create(SC_TYPE_BY_ID, "/0011/6F12", "8002 0010 820101 83026F13", SC_FL_REPLACE, "other"),
            E_INVALIDARG);
        attached_error_begins(u"ISCardFileAccess::Create: an argument is not valid");
        assert_int_equal(create(SC_TYPE_BY_ID, "/0011/6F12", too_long, SC_FL_REPLACE, "other"), E_INVALIDARG);
        assert_reads(handle, 5, S_OK, "first", 5);
}

static void what_cannot_be_created_is_refused(void **state)
{
        TLV_TABLE no_bytes = {.cbSize = 3, .byData = NULL}, negative = {.cbSize = -1, .byData = f.bytes};
        BSTR name = text("/0011/6F20");

        (void)state;
        assert_int_equal(create(SC_TYPE_BY_ID, "/0011/6F20", "8002", SC_FL_NO_FLAGS, NULL), E_INVALIDARG);
        assert_int_equal(create(SC_TYPE_BY_ID, "/0011/6F20", "8302 6F21", SC_FL_NO_FLAGS, NULL),
                         E_INVALIDARG);
        assert_int_equal(create(SC_TYPE_BY_ID, "/0011/6F20", "", SC_FL_NO_FLAGS, NULL), E_INVALIDARG);
        assert_int_equal(create(SC_TYPE_BY_SHORT_ID, "01", "820101", SC_FL_NO_FLAGS, NULL), E_INVALIDARG);
        assert_int_equal(create(SC_TYPE_BY_ID, "/", "820138", SC_FL_NO_FLAGS, NULL), E_INVALIDARG);
        assert_int_equal(create(SC_TYPE_BY_ID, "/7777/6F20", "820101", SC_FL_NO_FLAGS, NULL),
                         SCARD_E_DIR_NOT_FOUND);
        assert_int_equal(create(SC_TYPE_BY_ID, "/0011/6F20", "820101", SC_FL_ERASE, NULL), E_INVALIDARG);
        assert_int_equal(
            f.files->lpVtbl->Create(f.files, SC_TYPE_BY_ID, name, no_bytes, SC_FL_NO_FLAGS, NULL), E_POINTER);
        assert_int_equal(
            f.files->lpVtbl->Create(f.files, SC_TYPE_BY_ID, name, negative, SC_FL_NO_FLAGS, NULL),
            E_INVALIDARG);
        SysFreeString(name);
}

static void invalidated_files_wait_for_rehabilitation(void **state)
{
        BSTR name = text("/0011/6F01"), missing = text("/7777"), mf = text("/");
        HSCARD_FILE handle = opened("/0011/6F01"), second;
        size_t got;

        (void)state;
        assert_int_equal(f.files->lpVtbl->Invalidate(f.files, name, SC_FL_NO_FLAGS), S_OK);
        assert_int_equal(read_some(handle, 1, &got), SCARD_E_NO_ACCESS);
        assert_int_equal(open_by(SC_TYPE_BY_ID, "/0011/6F01", &second), SCARD_E_NO_ACCESS);
        assert_int_equal(f.files->lpVtbl->Rehabilitate(f.files, name, SC_FL_NO_FLAGS), S_OK);
        assert_int_equal(read_some(handle, 1, &got), S_OK);
        assert_int_equal(f.files->lpVtbl->Invalidate(f.files, missing, SC_FL_NO_FLAGS),
                         SCARD_E_FILE_NOT_FOUND);
        assert_int_equal(f.files->lpVtbl->Invalidate(f.files, mf, SC_FL_NO_FLAGS), SCARD_E_NO_ACCESS);
        assert_int_equal(f.files->lpVtbl->Invalidate(f.files, name, SC_FL_REPLACE), E_INVALIDARG);
        assert_int_equal(f.files->lpVtbl->Rehabilitate(f.files, NULL, SC_FL_NO_FLAGS), E_INVALIDARG);
        SysFreeString(name);
        SysFreeString(missing);
        SysFreeString(mf);
}

/* ---- properties */

static HRESULT properties(const char *path, SCARD_FLAGS flags, const char *asked, const char *wanted)
{
        uint8_t tags[50], right[200];
        TLV_TABLE table = {.cbSize = 0, .byData = tags}, *got = NULL;
        BSTR name = text(path);
        HRESULT hr;

        if (asked != NULL) {
                table.cbSize = (LONG)bytes_of(asked, tags, sizeof(tags));
                got = &table;
        }
        hr = f.files->lpVtbl->GetProperties(f.files, SC_TYPE_BY_ANY, name, flags, &got);
        SysFreeString(name);
        if (FAILED(hr)) {
                assert_null(got);
                return hr;
        }
        assert_true(got != &table);
        assert_int_equal(got->cbSize, bytes_of(wanted, right, sizeof(right)));
        assert_memory_equal(got->byData, right, (size_t)got->cbSize);
        CoTaskMemFree(got->byData);
        CoTaskMemFree(got);
        return hr;
}

static void properties_are_the_objects_of_the_card(void **state)
{
        uint8_t bytes[] = {0x88, 0x01, 0x70};
        TLV_TABLE table = {.cbSize = sizeof(bytes), .byData = bytes};
        BSTR name = text("/2F31"), other = text("/0011");

        (void)state;
        assert_int_equal(
            properties("/0011/6F01", SC_FL_NO_FLAGS, NULL, "80020080 820101 83026F01 880108 8A0105"), S_OK);
        assert_int_equal(properties("/2F30", SC_FL_GET_ALL_PROPERTIES, "8300",
                                    "80020030 82050221001003 83022F30 880188 8A0105"),
                         S_OK);
        assert_int_equal(properties("/2F30", SC_FL_NO_FLAGS, "8300 8A00", "83022F30 8A0105"), S_OK);
        assert_int_equal(
            properties("/2F30", SC_FL_STAT_DEFAULT, NULL, "80020030 82050221001003 83022F30 880188 8A0105"),
            S_OK);
        assert_int_equal(properties("/", SC_FL_NO_FLAGS, "8300", "83023F00"), S_OK);
        assert_int_equal(properties("/2F30", SC_FL_NO_FLAGS, "83", ""), E_INVALIDARG);
        assert_int_equal(properties("11", SC_FL_NO_FLAGS, NULL, ""), SCARD_E_UNSUPPORTED_FEATURE);
        assert_int_equal(properties("/7777", SC_FL_NO_FLAGS, NULL, ""), SCARD_E_FILE_NOT_FOUND);
        /* Set: this card knows the short identifier. */
        assert_int_equal(f.files->lpVtbl->SetProperties(f.files, SC_TYPE_BY_ID, name, SC_FL_NO_FLAGS, &table),
                         S_OK);
        assert_int_equal(properties("/2F31", SC_FL_NO_FLAGS, "8800", "880170"), S_OK);
        assert_int_equal(
            f.files->lpVtbl->SetProperties(f.files, SC_TYPE_BY_ID, other, SC_FL_NO_FLAGS, &table),
            SCARD_E_NO_FILE);
        assert_int_equal(f.files->lpVtbl->SetProperties(f.files, SC_TYPE_BY_ID, name, SC_FL_NO_FLAGS, NULL),
                         E_POINTER);
        table.cbSize = 2;
        assert_int_equal(f.files->lpVtbl->SetProperties(f.files, SC_TYPE_BY_ID, name, SC_FL_NO_FLAGS, &table),
                         E_INVALIDARG);
        SysFreeString(name);
        SysFreeString(other);
}

static void capabilities_are_those_of_card_and_reader(void **state)
{
        uint8_t right[100];
        TLV_TABLE *table = NULL;
        LONG count = 0;

        (void)state;
        assert_int_equal(f.files->lpVtbl->GetFileCapabilities(f.files, &table, &count, SC_FL_NO_FLAGS), S_OK);
        assert_int_equal(count, 3);
        assert_int_equal(table->cbSize,
                         bytes_of("4301F8 4703F40100 7F6608 02020105 02020102", right, sizeof(right)));
        assert_memory_equal(table->byData, right, (size_t)table->cbSize);
        CoTaskMemFree(table->byData);
        CoTaskMemFree(table);
        table = NULL;
        assert_int_equal(
            f.files->lpVtbl->GetFileCapabilities(f.files, &table, NULL, SC_FL_GET_ALL_PROPERTIES), S_OK);
        assert_true(table->cbSize >= 19);
        CoTaskMemFree(table->byData);
        CoTaskMemFree(table);
        assert_int_equal(f.files->lpVtbl->GetFileCapabilities(f.files, NULL, &count, SC_FL_NO_FLAGS),
                         E_POINTER);
}

/* ---- arguments */

static void secure_messaging_is_not_offered(void **state)
{
        HSCARD_FILE handle = opened("2F02");
        IByteBuffer *buffer = NULL, *data = buffer_of("x");
        TLV_TABLE *table = NULL;
        BSTR name = text("2F02");
        LONG wanted = 1, count = 0;

        (void)state;
        assert_int_equal(f.files->lpVtbl->Read(f.files, handle, &wanted, SC_FL_SECURE_MESSAGING, &buffer),
                         SCARD_E_UNSUPPORTED_FEATURE);
        assert_null(buffer);
        assert_int_equal(f.files->lpVtbl->Write(f.files, handle, data, SC_FL_SECURE_MESSAGING),
                         SCARD_E_UNSUPPORTED_FEATURE);
        assert_int_equal(delete_file("2F02", SC_FL_SECURE_MESSAGING), SCARD_E_UNSUPPORTED_FEATURE);
        assert_int_equal(create(SC_TYPE_BY_ID, "2F99", "820101", SC_FL_SECURE_MESSAGING, NULL),
                         SCARD_E_UNSUPPORTED_FEATURE);
        assert_int_equal(f.files->lpVtbl->Invalidate(f.files, name, SC_FL_SECURE_MESSAGING),
                         SCARD_E_UNSUPPORTED_FEATURE);
        assert_int_equal(
            f.files->lpVtbl->GetProperties(f.files, SC_TYPE_BY_ID, name, SC_FL_SECURE_MESSAGING, &table),
            SCARD_E_UNSUPPORTED_FEATURE);
        assert_int_equal(
            f.files->lpVtbl->GetFileCapabilities(f.files, &table, &count, SC_FL_SECURE_MESSAGING),
            SCARD_E_UNSUPPORTED_FEATURE);
        SysFreeString(name);
        data->lpVtbl->Release(data);
}

static void wrong_arguments_are_refused(void **state)
{
        HSCARD_FILE handle = opened("2F02"), out;
        IByteBuffer *buffer = NULL, *data = buffer_of("x");
        BSTR name = text("2F02"), nul = SysAllocStringLen(u"2F\0002", 4);
        LONG wanted = -1;

        (void)state;
        assert_int_equal(f.files->lpVtbl->Open(f.files, SC_TYPE_BY_ID, name, NULL), E_POINTER);
        assert_int_equal(f.files->lpVtbl->Open(f.files, SC_TYPE_BY_ID, NULL, &out), E_INVALIDARG);
        assert_int_equal(f.files->lpVtbl->Open(f.files, SC_TYPE_BY_ID, nul, &out), E_INVALIDARG);
        assert_int_equal(f.files->lpVtbl->Open(f.files, (REFTYPE)4, name, &out), E_INVALIDARG);
        assert_int_equal(f.files->lpVtbl->Open(f.files, (REFTYPE)-1, name, &out), E_INVALIDARG);
        assert_int_equal(f.files->lpVtbl->ChangeDir(f.files, SC_TYPE_BY_SHORT_ID, name), E_INVALIDARG);
        assert_int_equal(f.files->lpVtbl->GetCurrentDir(f.files, NULL), E_POINTER);
        assert_int_equal(f.files->lpVtbl->Read(f.files, handle, &wanted, SC_FL_NO_FLAGS, &buffer),
                         E_INVALIDARG);
        assert_int_equal(wanted, 0);
        assert_int_equal(f.files->lpVtbl->Read(f.files, handle, NULL, SC_FL_NO_FLAGS, &buffer), E_POINTER);
        assert_int_equal(f.files->lpVtbl->Read(f.files, handle, &wanted, SC_FL_NO_FLAGS, NULL), E_POINTER);
        assert_int_equal(f.files->lpVtbl->Read(f.files, handle, &wanted, SC_FL_OR, &buffer), E_INVALIDARG);
        assert_int_equal(f.files->lpVtbl->Write(f.files, handle, NULL, SC_FL_NO_FLAGS), E_POINTER);
        assert_int_equal(f.files->lpVtbl->Write(f.files, handle, data, SC_FL_OR | SC_FL_AND), E_INVALIDARG);
        assert_int_equal(f.files->lpVtbl->Write(f.files, handle, data, SC_FL_RECURSIVE), E_INVALIDARG);
        assert_int_equal(f.files->lpVtbl->Write(f.files, 77, data, SC_FL_NO_FLAGS), E_INVALIDARG);
        assert_int_equal(f.files->lpVtbl->Write(f.files, handle, data, SC_FL_NO_FLAGS),
                         SCARD_W_SECURITY_VIOLATION);
        wanted = 0;
        assert_int_equal(f.files->lpVtbl->Read(f.files, handle, &wanted, SC_FL_NO_FLAGS, &buffer), S_OK);
        assert_int_equal(taken_from(buffer, f.bytes, 10), 0);
        SysFreeString(name);
        SysFreeString(nul);
        data->lpVtbl->Release(data);
}

static void nothing_works_before_attaching(void **state)
{
        ISCardFileAccess *early = NULL;
        ISCardManage *manage = NULL;
        BSTR name = text("2F02");
        HSCARD_FILE handle = 7;

        (void)state;
        assert_int_equal(f.at.manage->lpVtbl->Detach(f.at.manage), S_OK);
        manage = f.at.manage;
        assert_int_equal(manage->lpVtbl->CreateFileAccess(manage, &early), S_OK);
        assert_int_equal(early->lpVtbl->Open(early, SC_TYPE_BY_ID, name, &handle), SCARD_E_INVALID_HANDLE);
        assert_true(handle == 0);
        assert_int_equal(attached_attach(&f.at), S_OK);
        assert_int_equal(early->lpVtbl->Open(early, SC_TYPE_BY_ID, name, &handle), S_OK);
        assert_int_equal(early->lpVtbl->Release(early), 0);
        SysFreeString(name);
}

/* ---- the deployed form, and late-bound callers */

static void the_deployed_form_does_the_same(void **state)
{
        uint8_t bytes[] = {0x80, 0x02, 0x00, 0x10, 0x82, 0x01, 0x01}, out[20];
        TLV_TABLE table = {.cbSize = sizeof(bytes), .byData = bytes}, *props = &table;
        IByteBuffer *buffer = NULL, *data = buffer_of("content");
        BSTR name = text("/0011/6F30");
        HSCARD_FILE handle = 0;
        LONG count = 2, wanted = 4;

        (void)state;
        assert_int_equal(
            f.xp->lpVtbl->Create(f.xp, SC_TYPE_BY_ID, name, &props, &count, SC_FL_NO_FLAGS, data), S_OK);
        assert_int_equal(f.xp->lpVtbl->Open(f.xp, SC_TYPE_BY_ID, name, &handle), S_OK);
        assert_int_equal(f.xp->lpVtbl->Read(f.xp, handle, &wanted, &buffer, SC_FL_NO_FLAGS), S_OK);
        assert_int_equal(taken_from(buffer, out, sizeof(out)), 4);
        assert_memory_equal(out, "cont", 4);
        assert_int_equal(f.xp->lpVtbl->Seek(f.xp, handle, 1, SC_SEEK_FROM_BEGINNING), S_OK);
        assert_int_equal(f.xp->lpVtbl->Write(f.xp, handle, 3, data, SC_FL_NO_FLAGS), S_OK);
        assert_int_equal(f.xp->lpVtbl->Write(f.xp, handle, 8, data, SC_FL_NO_FLAGS), E_INVALIDARG);
        assert_int_equal(f.xp->lpVtbl->Write(f.xp, handle, -1, data, SC_FL_NO_FLAGS), E_INVALIDARG);
        assert_int_equal(seek(handle, SC_SEEK_FROM_BEGINNING, 0), S_OK);
        assert_reads(handle, 5, S_OK, "ccone", 5);
        props = NULL;
        assert_int_equal(
            f.xp->lpVtbl->GetProperties(f.xp, SC_TYPE_BY_ID, name, &props, &count, SC_FL_NO_FLAGS), S_OK);
        assert_int_equal(count, 4);
        assert_int_equal(f.xp->lpVtbl->SetProperties(f.xp, SC_TYPE_BY_ID, name, props, 5, SC_FL_NO_FLAGS),
                         E_INVALIDARG);
        CoTaskMemFree(props->byData);
        CoTaskMemFree(props);
        props = &table;
        count = 3; /* more than there are */
        assert_int_equal(
            f.xp->lpVtbl->Create(f.xp, SC_TYPE_BY_ID, name, &props, &count, SC_FL_NO_FLAGS, NULL),
            E_INVALIDARG);
        assert_int_equal(f.xp->lpVtbl->Create(f.xp, SC_TYPE_BY_ID, name, NULL, &count, SC_FL_NO_FLAGS, NULL),
                         E_POINTER);
        assert_int_equal(f.xp->lpVtbl->Initialize(f.xp, NULL), E_NOTIMPL);
        SysFreeString(name);
        data->lpVtbl->Release(data);
}

static DISPID id_of(const OLECHAR *name)
{
        LPOLESTR names[] = {(LPOLESTR)(uintptr_t)name};
        DISPID id = 0;

        assert_int_equal(f.files->lpVtbl->GetIDsOfNames(f.files, &IID_NULL, names, 1, 0, &id), S_OK);
        return id;
}

static HRESULT invoke(DISPID id, VARIANT *arguments, UINT count, VARIANT *result)
{
        DISPPARAMS params = {.rgvarg = arguments, .cArgs = count};

        return f.files->lpVtbl->Invoke(f.files, id, &IID_NULL, 0, DISPATCH_METHOD, &params, result, NULL,
                                       NULL);
}

static void late_bound_callers_open_and_read(void **state)
{
        VARIANT arguments[4] = {{.vt = VT_EMPTY}}, result = {.vt = VT_EMPTY};
        IDispatch *buffer = NULL;
        LONG wanted = 3;
        LONGLONG handle;

        (void)state;
        arguments[1] = (VARIANT){.vt = VT_I4, .lVal = SC_TYPE_BY_ID};
        arguments[0] = (VARIANT){.vt = VT_BSTR, .bstrVal = text("/2F02")};
        assert_int_equal(invoke(id_of(u"open"), arguments, 2, &result), S_OK);
        SysFreeString(arguments[0].bstrVal);
        assert_int_equal(result.vt, VT_I8);
        handle = result.llVal;
        arguments[2] = result;
        arguments[1] = (VARIANT){.vt = VT_BYREF | VT_I4, .plVal = &wanted};
        arguments[0] = (VARIANT){.vt = VT_I4, .lVal = SC_FL_NO_FLAGS};
        assert_int_equal(invoke(id_of(u"Read"), arguments, 3, &result), S_OK);
        assert_int_equal(wanted, 3);
        assert_true(result.vt == VT_DISPATCH || result.vt == VT_UNKNOWN);
        assert_int_equal(VariantClear(&result), S_OK);
        /* The end of the file is a failure that comes with data, in the variables of the caller. */
        wanted = 100;
        arguments[3] = (VARIANT){.vt = VT_I8, .llVal = handle};
        arguments[2] = (VARIANT){.vt = VT_BYREF | VT_I4, .plVal = &wanted};
        arguments[1] = (VARIANT){.vt = VT_I4, .lVal = SC_FL_NO_FLAGS};
        arguments[0] = (VARIANT){.vt = VT_BYREF | VT_DISPATCH, .ppdispVal = &buffer};
        assert_int_equal(invoke(id_of(u"Read"), arguments, 4, NULL), DISP_E_EXCEPTION);
        assert_int_equal(wanted, 7);
        assert_non_null(buffer);
        assert_int_equal(buffer->lpVtbl->Release(buffer), 0);
        arguments[0] = (VARIANT){.vt = VT_I8, .llVal = handle};
        assert_int_equal(invoke(id_of(u"Close"), arguments, 1, NULL), S_OK);
        assert_int_equal(invoke(id_of(u"Close"), arguments, 1, NULL), DISP_E_EXCEPTION);
}

static void one_identity_and_an_interface_for_errors(void **state)
{
        ISupportErrorInfo *errors = NULL;
        IUnknown *one = NULL, *two = NULL;
        HSCARD_FILE handle;

        (void)state;
        assert_int_equal(f.files->lpVtbl->QueryInterface(f.files, &IID_IUnknown, (void **)&one), S_OK);
        assert_int_equal(f.xp->lpVtbl->QueryInterface(f.xp, &IID_IUnknown, (void **)&two), S_OK);
        assert_ptr_equal(one, two);
        one->lpVtbl->Release(one);
        two->lpVtbl->Release(two);
        assert_int_equal(f.xp->lpVtbl->QueryInterface(f.xp, &IID_ISupportErrorInfo, (void **)&errors), S_OK);
        assert_int_equal(errors->lpVtbl->InterfaceSupportsErrorInfo(errors, &IID_ISCardFileAccess), S_OK);
        assert_int_equal(errors->lpVtbl->InterfaceSupportsErrorInfo(errors, &IID_ISCardAuth), S_FALSE);
        errors->lpVtbl->Release(errors);
        assert_int_equal(open_by(SC_TYPE_BY_ID, "7777", &handle), SCARD_E_FILE_NOT_FOUND);
        attached_error_begins(u"SELECT: ");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
        const struct CMUnitTest tests[] = {
            TEST(the_current_directory_follows_change_dir),
            TEST(files_are_opened_in_every_way),
            TEST(the_mf_lists_its_applications),
            cmocka_unit_test(a_large_file_comes_in_pieces_on_every_reader),
            cmocka_unit_test(what_is_written_is_read_again_on_every_reader),
            TEST(or_and_erase_change_what_is_there),
            TEST(seek_knows_the_ends),
            TEST(fixed_records_are_read_changed_and_added),
            TEST(variable_records_keep_their_lengths),
            TEST(a_cyclic_file_begins_with_its_newest_record),
            TEST(records_are_added_to_a_cyclic_file_whatever_comes_between),
            TEST(a_cyclic_files_records_are_all_there_for_every_handle),
            TEST(a_record_that_was_added_is_there_for_every_handle),
            TEST(records_by_short_identifier),
            TEST(bytes_by_short_identifier),
            cmocka_unit_test(telephone_cards_have_files_too),
            cmocka_unit_test(a_card_without_a_master_file_does_not_tell_what_it_holds),
            TEST(a_local_code_lasts_as_long_as_one_stays),
            TEST(another_handle_may_select_what_it_likes),
            TEST(two_objects_do_not_disturb_each_other),
            TEST(files_outlive_a_reset_that_was_acknowledged),
            TEST(a_new_attachment_starts_anew),
            TEST(handles_are_good_until_they_are_closed),
            TEST(files_are_created_used_and_deleted),
            TEST(what_cannot_be_made_anew_stays_as_it_was),
            TEST(what_cannot_be_created_is_refused),
            TEST(invalidated_files_wait_for_rehabilitation),
            TEST(properties_are_the_objects_of_the_card),
            TEST(capabilities_are_those_of_card_and_reader),
            TEST(secure_messaging_is_not_offered),
            TEST(wrong_arguments_are_refused),
            TEST(nothing_works_before_attaching),
            TEST(the_deployed_form_does_the_same),
            TEST(late_bound_callers_open_and_read),
            TEST(one_identity_and_an_interface_for_errors),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
