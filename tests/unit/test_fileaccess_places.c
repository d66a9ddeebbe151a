/* ISCardFileAccess: what a name means in the directory where one is, and what a failure says of itself. */
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

#include "com/manage.h"
#include "sim/control.h"
#include "tests/support/attached.h"
#include "tests/support/fake_winscard.h"

static struct {
        struct attached at;
        ISCardFileAccess *files;
        uint8_t bytes[300];
} f;

static const char *const readers[] = {"", "protocol=t0", "level=tpdu", "level=extended-apdu", "maxmsg=64"};
#define READERS (sizeof(readers) / sizeof(readers[0]))

static void begin(const char *reader)
{
        attached_begin(&f.at, reader);
        assert_int_equal(f.at.manage->lpVtbl->CreateFileAccess(f.at.manage, &f.files), S_OK);
}

static void end(void)
{
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

static HRESULT change_dir(const char *path)
{
        BSTR name = text(path);
        HRESULT hr = f.files->lpVtbl->ChangeDir(f.files, SC_TYPE_BY_ANY, name);

        SysFreeString(name);
        return hr;
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

static HRESULT open_file(const char *path, HSCARD_FILE *handle)
{
        BSTR name = text(path);
        HRESULT hr = f.files->lpVtbl->Open(f.files, SC_TYPE_BY_ANY, name, handle);

        SysFreeString(name);
        return hr;
}

static HSCARD_FILE opened(const char *path)
{
        HSCARD_FILE handle = 0;

        assert_int_equal(open_file(path, &handle), S_OK);
        return handle;
}

static HRESULT invalidate(const char *path)
{
        BSTR name = text(path);
        HRESULT hr = f.files->lpVtbl->Invalidate(f.files, name, SC_FL_NO_FLAGS);

        SysFreeString(name);
        return hr;
}

/* Into f.bytes; *got: how many. */
static HRESULT read_some(HSCARD_FILE handle, LONG wanted, size_t *got)
{
        IByteBuffer *buffer = NULL;
        HRESULT hr = f.files->lpVtbl->Read(f.files, handle, &wanted, SC_FL_NO_FLAGS, &buffer);

        *got = buffer != NULL ? taken_from(buffer, f.bytes, sizeof(f.bytes)) : 0;
        assert_int_equal(*got, wanted);
        return hr;
}

static HRESULT write_some(HSCARD_FILE handle, const char *content)
{
        IByteBuffer *buffer = buffer_of(content);
        HRESULT hr = f.files->lpVtbl->Write(f.files, handle, buffer, SC_FL_NO_FLAGS);

        assert_int_equal(buffer->lpVtbl->Release(buffer), 0);
        return hr;
}

/* ---- where a name is looked for */

static void directories_beside_the_current_one_are_not_in_it(void **state)
{
        HSCARD_FILE handle;

        (void)state;
        for (size_t i = 0; i < READERS; i++) {
                begin(readers[i]);
                assert_int_equal(change_dir("0011"), S_OK);
                /* The card's SELECT by identifier would find the one beside, the one above, and the same. */
                assert_int_equal(change_dir("5000"), SCARD_E_DIR_NOT_FOUND);
                assert_int_equal(change_dir("0011"), SCARD_E_DIR_NOT_FOUND);
                assert_int_equal(open_file("2F02", &handle), SCARD_E_FILE_NOT_FOUND);
                assert_dir("3F00/0011");
                assert_int_equal(change_dir("/F069736361726401"), S_OK);
                assert_int_equal(change_dir("0011"), SCARD_E_DIR_NOT_FOUND);
                assert_int_equal(open_file("5002", &handle), S_OK);
                end();
        }
}

static void only_what_was_named_is_invalidated(void **state)
{
        (void)state;
        assert_int_equal(change_dir("0011"), S_OK);
        assert_int_equal(invalidate("5000"), SCARD_E_FILE_NOT_FOUND);
        assert_int_equal(invalidate("0011"), SCARD_E_FILE_NOT_FOUND);
        assert_int_equal(change_dir("/5000"), S_OK);
        assert_int_equal(change_dir("/0011"), S_OK);
        assert_int_equal(invalidate("6F02"), S_OK);
        assert_int_equal(change_dir("/0011"), S_OK);
}

static void the_mf_may_have_a_slash_before_it(void **state)
{
        (void)state;
        assert_int_equal(change_dir("/3F00/0011"), S_OK);
        assert_dir("3F00/0011");
        (void)opened("/3F00/0011/6F01");
        (void)opened("/3F00/02");
        assert_int_equal(change_dir("/3F00"), S_OK);
        assert_dir("3F00");
        assert_int_equal(change_dir("/3F00/"), E_INVALIDARG);
        assert_int_equal(change_dir("0011/3F00"), E_INVALIDARG);
}

static void a_file_made_anew_is_as_long_as_it_is_now(void **state)
{
        static const char *const sizes[] = {"80020004 820101", "80020010 820101", "82050241000802"};
        ISCardFileAccess *other = NULL;
        HSCARD_FILE handle = 0;
        BSTR name = text("/0011/6F40");
        size_t got;

        (void)state;
        assert_int_equal(f.at.manage->lpVtbl->CreateFileAccess(f.at.manage, &other), S_OK);
        for (size_t i = 0; i < 3; i++) {
                IByteBuffer *data = buffer_of(i == 2 ? "recordA\0recordB" : "content");
                TLV_TABLE table = {.byData = f.bytes};

                table.cbSize = (LONG)bytes_of(sizes[i], f.bytes, sizeof(f.bytes));
                if (i == 0) {
                        assert_int_equal(data->lpVtbl->SetSize(data, 4), S_OK);
                } else if (i == 2) {
                        assert_int_equal(data->lpVtbl->SetSize(data, 8), S_OK);
                }
                assert_int_equal(
                    other->lpVtbl->Create(other, SC_TYPE_BY_ID, name, table, SC_FL_REPLACE, data), S_OK);
                assert_int_equal(data->lpVtbl->Release(data), 0);
                if (i == 0) {
                        handle = opened("/0011/6F40");
                        assert_int_equal(read_some(handle, 2, &got), S_OK);
                } else if (i == 1) {
                        /* Of 4 bytes there were 2 more, which is what there is room for; then the rest. */
                        assert_int_equal(read_some(handle, 100, &got), S_OK);
                        assert_int_equal(got, 2);
                        assert_int_equal(read_some(handle, 100, &got), SCARD_W_EOF);
                        assert_int_equal(got, 12);
                        assert_memory_equal(f.bytes, "ent", 3);
                        assert_int_equal(write_some(handle, "x"), SCARD_E_WRITE_TOO_MANY);
                } else {
                        SEEKTYPE begin_at = SC_SEEK_FROM_BEGINNING;

                        assert_int_equal(f.files->lpVtbl->Seek(f.files, handle, &begin_at, 0), S_OK);
                        assert_int_equal(read_some(handle, 16, &got), S_OK);
                        assert_int_equal(got, 8);
                        assert_memory_equal(f.bytes, "recordA", 7);
                }
        }
        assert_int_equal(other->lpVtbl->Delete(other, SC_TYPE_BY_ID, name, SC_FL_NO_FLAGS), S_OK);
        assert_int_equal(read_some(handle, 1, &got), SCARD_E_FILE_NOT_FOUND);
        assert_int_equal(other->lpVtbl->Release(other), 0);
        SysFreeString(name);
}

static void records_of_telephone_cards_are_asked_for_by_their_length(void **state)
{
        HSCARD_FILE handle;
        size_t got;

        (void)state;
        for (unsigned i = 0; i < 2; i++) {
                begin(i == 0 ? "card=gsm,protocol=t0" : "card=gsm,protocol=t0,level=tpdu");
                handle = opened("7F10/6F3A");
                assert_int_equal(read_some(handle, 100, &got), SCARD_E_UNEXPECTED); /* 9804 */
                attached_verify(&f.at, 1, SC_FL_IHV_GLOBAL);
                assert_int_equal(read_some(handle, 100, &got), S_OK);
                assert_int_equal(got, 16);
                assert_memory_equal(f.bytes, "Police", 6);
                assert_int_equal(write_some(handle, "Fire brigade 112"), S_OK);
                assert_int_equal(write_some(handle, "Ambulance"), SCARD_E_UNEXPECTED); /* 6710 */
                assert_int_equal(read_some(handle, 3, &got), S_OK);
                assert_memory_equal(f.bytes, "A\0\0", 3);
                assert_int_equal(read_some(handle, 3, &got), SCARD_W_EOF);
                end();
        }
}

/* How many the list has; the first of them is wanted. */
static LONG listed(FILETYPE type, const char *wanted)
{
        BSTR right = text(wanted), *names;
        SAFEARRAY *array = NULL;
        LONG upper = -2;

        assert_int_equal(f.files->lpVtbl->Directory(f.files, type, &array), S_OK);
        assert_int_equal(SafeArrayGetUBound(array, 1, &upper), S_OK);
        if (upper >= 0) {
                assert_int_equal(SafeArrayAccessData(array, (void **)&names), S_OK);
                assert_int_equal(SysStringByteLen(names[0]), SysStringByteLen(right));
                assert_memory_equal(names[0], right, SysStringByteLen(right));
                assert_int_equal(SafeArrayUnaccessData(array), S_OK);
        }
        assert_int_equal(SafeArrayDestroy(array), S_OK);
        SysFreeString(right);
        return upper + 1;
}

static void a_card_that_lists_its_files_does_so_by_kind(void **state)
{
        BSTR dir = text("/5015");

        (void)state;
        for (unsigned i = 0; i < 2; i++) {
                begin(i == 0 ? "card=myeid" : "card=myeid,protocol=t0,level=tpdu");
                assert_int_equal(change_dir("/"), S_OK);
                assert_int_equal(listed(SC_TYPE_ALL_FILES, "5015"), 1);
                assert_int_equal(listed(SC_TYPE_DIRECTORIES, "5015"), 1);
                assert_int_equal(listed(SC_TYPE_FILES, ""), 0);
                assert_int_equal(change_dir("5015"), S_OK);
                assert_int_equal(listed(SC_TYPE_ALL_FILES, "5031"), 2);
                assert_int_equal(listed(SC_TYPE_TRANSPARENT_EF, "5031"), 2);
                assert_int_equal(listed(SC_TYPE_DIRECTORY_FILE, ""), 0);
                assert_int_equal(f.files->lpVtbl->Delete(f.files, SC_TYPE_BY_ID, dir, SC_FL_NON_RECURSIVE),
                                 SCARD_E_NO_ACCESS); /* it is not empty */
                end();
        }
        SysFreeString(dir);
}

/* ---- in the middle of it */

#define MANY 1500

/* All of the bytes from offset, or of those before an end that the card pretends; or nothing at all. */
static HRESULT read_pattern(HSCARD_FILE handle, LONG offset, const char *what)
{
        static uint8_t bytes[MANY];
        IByteBuffer *buffer = NULL;
        LONG wanted = MANY, got = 0;
        SEEKTYPE from = SC_SEEK_FROM_BEGINNING;
        HRESULT hr;

        assert_int_equal(f.files->lpVtbl->Seek(f.files, handle, &from, offset), S_OK);
        hr = f.files->lpVtbl->Read(f.files, handle, &wanted, SC_FL_NO_FLAGS, &buffer);
        if (hr != S_OK && hr != SCARD_W_EOF) {
                assert_null(buffer);
                assert_int_equal(wanted, 0);
                return hr;
        }
        if (hr == S_OK)
                assert_int_equal(wanted, MANY);
        assert_int_equal(buffer->lpVtbl->Read(buffer, bytes, MANY, &got), S_OK);
        assert_int_equal(buffer->lpVtbl->Release(buffer), 0);
        assert_int_equal(got, wanted);
        for (LONG i = 0; i < got; i++)
                if (bytes[i] != (uint8_t)((offset + i) ^ (offset + i) >> 8))
                        fail_msg("%s: byte %d is not the file's", what, i);
        return hr;
}

static void a_read_that_something_comes_between_gives_the_file_or_nothing(void **state)
{
        static const char *const kinds[] = {"remove",     "unplug",   "mute",         "parity",    "hw-error",
                                            "truncate",   "overlong", "wrong-length", "wrong-seq", "stale",
                                            "wrong-type", "garbage",  "stall-in",     "busy",      "sw-6982",
                                            "sw-6F00",    "sw-6282",  "sw-9000",      "sw-6100",   "sw-6C10",
                                            "error-00",   "error-FE"};
        static const char *const lines[] = {"", "protocol=t0,level=tpdu", "level=tpdu"};
        unsigned readings = 0, whole = 0;

        (void)state;
        for (size_t line = 0; line < sizeof(lines) / sizeof(lines[0]); line++) {
                for (size_t kind = 0; kind < sizeof(kinds) / sizeof(kinds[0]); kind++) {
                        for (uint32_t at = 1; at <= 9; at++) {
                                struct sim_device *device;
                                HSCARD_FILE handle;
                                char fault[40];

                                begin(lines[line]);
                                device = sim_control_device(0);
                                handle = opened("2F21");
                                (void)snprintf(fault, sizeof(fault), "%s@%u", kinds[kind],
                                               (unsigned)(sim_device_messages(device) + at));
                                assert_true(sim_device_fault(device, fault));
                                readings++;
                                if (read_pattern(handle, 777, fault) == S_OK)
                                        whole++;
                                sim_device_fault(device, "");
                                /* The handle is as good as before. */
                                sim_device_plug(device);
                                sim_device_card_insert(device, 0);
                                assert_int_equal(f.at.manage->lpVtbl->Reconnect(f.at.manage), S_OK);
                                assert_int_equal(read_pattern(handle, 777, "afterwards"), S_OK);
                                end();
                        }
                }
        }
        print_message("%u readings with a fault in them, %u of them whole\n", readings, whole);
}

/* ---- what a failure says */

static void assert_said(const char *wanted)
{
        IErrorInfo *info = NULL;
        BSTR description = NULL;
        char said[300];
        UINT len;

        assert_int_equal(GetErrorInfo(0, &info), S_OK);
        assert_int_equal(info->lpVtbl->GetDescription(info, &description), S_OK);
        info->lpVtbl->Release(info);
        len = SysStringLen(description);
        assert_true(len < sizeof(said));
        for (UINT i = 0; i <= len; i++)
                said[i] = (char)description[i];
        SysFreeString(description);
        if (strncmp(said, wanted, strlen(wanted)) != 0)
                fail_msg("it says \"%s\"", said);
}

static void a_failed_read_says_what_the_card_said(void **state)
{
        HSCARD_FILE handle = opened("2F10");
        size_t got;

        (void)state;
        assert_int_equal(read_some(handle, 10, &got), SCARD_W_SECURITY_VIOLATION);
        assert_said("READ BINARY: the security status is not satisfied (SW 6982), reader \"libiscard");
}

static void what_the_card_did_is_not_called_the_failure(void **state)
{
        BSTR dir = text("/0011");
        HSCARD_FILE handle;

        (void)state;
        assert_int_equal(change_dir("/2F00"), SCARD_E_NO_DIR);
        assert_said("SELECT: the path is not a directory (SW 9000)");
        assert_int_equal(open_file("/0011", &handle), SCARD_E_NO_FILE);
        assert_said("SELECT: the path is not a file of the right kind (SW 9000)");
        assert_int_equal(f.files->lpVtbl->Delete(f.files, SC_TYPE_BY_ID, dir, SC_FL_NON_RECURSIVE),
                         SCARD_E_UNSUPPORTED_FEATURE);
        assert_said("SELECT: the card or the reader does not support this");
        SysFreeString(dir);
}

static void a_refused_cryptogram_says_how_often_it_may_be_tried(void **state)
{
        IByteBuffer *key = buffer_of_bytes("\x01", 1), *wrong = buffer_of("12345678"), *challenge = NULL;
        ISCardAuth *auth = NULL;

        (void)state;
        assert_int_equal(f.at.manage->lpVtbl->CreateCardAuth(f.at.manage, &auth), S_OK);
        for (unsigned left = 4;; left--) {
                assert_int_equal(auth->lpVtbl->GetChallenge(auth, 0, 8, NULL, &challenge), S_OK);
                assert_int_equal(auth->lpVtbl->APP_Auth(auth, 0, key, wrong), SCARD_E_UNEXPECTED);
                if (left == 0)
                        break;
                assert_said(left == 4   ? "EXTERNAL AUTHENTICATE: wrong code, 4 tries left (SW 63C4)"
                            : left == 1 ? "EXTERNAL AUTHENTICATE: wrong code, 1 try left (SW 63C1)"
                                        : "EXTERNAL AUTHENTICATE: wrong code, ");
        }
        assert_said(
            "EXTERNAL AUTHENTICATE: the authentication method is blocked, 0 tries left (SW 6983), reader");
        assert_int_equal(auth->lpVtbl->Release(auth), 0);
        challenge->lpVtbl->Release(challenge);
        wrong->lpVtbl->Release(wrong);
        key->lpVtbl->Release(key);
}

static void null_pointers_come_before_other_arguments(void **state)
{
        ISCardFileAccessXP *xp = NULL;
        ISCardAuth *auth = NULL;

        (void)state;
        assert_int_equal(f.files->lpVtbl->QueryInterface(f.files, &IID_ISCardFileAccessXP, (void **)&xp),
                         S_OK);
        assert_int_equal(xp->lpVtbl->Write(xp, opened("2F02"), -1, NULL, SC_FL_NO_FLAGS), E_POINTER);
        assert_int_equal(xp->lpVtbl->Write(xp, opened("2F02"), -1, NULL, SC_FL_ERASE), E_INVALIDARG);
        assert_int_equal(xp->lpVtbl->Release(xp), 1);
        assert_int_equal(f.at.manage->lpVtbl->CreateCardAuth(f.at.manage, &auth), S_OK);
        assert_int_equal(auth->lpVtbl->APP_Auth(auth, -1, NULL, NULL), E_POINTER);
        assert_int_equal(auth->lpVtbl->User_Auth(auth, -1, NULL, NULL), E_POINTER);
        assert_int_equal(auth->lpVtbl->Release(auth), 0);
}

/* A handle to the reader alone has no card yet, but one is there. */
static void over_a_handle_to_the_reader_the_card_is_unpowered(void **state)
{
        static const struct {
                const char *reader;
                HRESULT wanted;
        } rows[] = {{"", SCARD_W_UNPOWERED_CARD}, {"card=none", SCARD_E_NO_SMARTCARD}};

        (void)state;
        for (size_t i = 0; i < 4; i++) {
                ISCardFileAccess *files = NULL;
                ISCardManage *manage = NULL;
                SCARDCONTEXT context = 0;
                SCARDHANDLE handle = 0;
                BSTR name = text("2F02");
                HSCARD_FILE file;
                DWORD protocol;

                assert_int_equal(setenv("ISCARD_SIM", rows[i % 2].reader, 1), 0);
                assert_int_equal(i < 2 ? unsetenv("ISCARD_PROFILE") : setenv("ISCARD_PROFILE", "iso", 1), 0);
                sim_control_reset();
                assert_int_equal(SCardEstablishContext(SCARD_SCOPE_USER, NULL, NULL, &context),
                                 SCARD_S_SUCCESS);
                assert_int_equal(SCardConnectA(context, "libiscard Virtual CCID Reader 00 00",
                                               SCARD_SHARE_DIRECT, 0, &handle, &protocol),
                                 SCARD_S_SUCCESS);
                assert_int_equal(manage_create(&IID_ISCardManage, (void **)&manage), S_OK);
                assert_int_equal(manage->lpVtbl->AttachByHandle(manage, handle), S_OK);
                assert_int_equal(manage->lpVtbl->CreateFileAccess(manage, &files), S_OK);
                assert_int_equal(files->lpVtbl->Open(files, SC_TYPE_BY_ID, name, &file), rows[i % 2].wanted);
                assert_int_equal(files->lpVtbl->Release(files), 0);
                assert_int_equal(manage->lpVtbl->Release(manage), 0);
                assert_int_equal(SCardDisconnect(handle, SCARD_LEAVE_CARD), SCARD_S_SUCCESS);
                assert_int_equal(SCardReleaseContext(context), SCARD_S_SUCCESS);
                SysFreeString(name);
        }
        unsetenv("ISCARD_PROFILE");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(directories_beside_the_current_one_are_not_in_it),
            TEST(only_what_was_named_is_invalidated),
            TEST(the_mf_may_have_a_slash_before_it),
            TEST(a_file_made_anew_is_as_long_as_it_is_now),
            cmocka_unit_test(over_a_handle_to_the_reader_the_card_is_unpowered),
            cmocka_unit_test(records_of_telephone_cards_are_asked_for_by_their_length),
            cmocka_unit_test(a_card_that_lists_its_files_does_so_by_kind),
            cmocka_unit_test(a_read_that_something_comes_between_gives_the_file_or_nothing),
            TEST(a_failed_read_says_what_the_card_said),
            TEST(what_the_card_did_is_not_called_the_failure),
            TEST(a_refused_cryptogram_says_how_often_it_may_be_tried),
            TEST(null_pointers_come_before_other_arguments),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
