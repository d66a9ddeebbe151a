/*
 * One ISCardFileAccess and one ISCardAuth for eight threads, while another handle selects what it likes, the card is
 * reset, and the manager reconnects and attaches anew. Every call ends with a code that it may end with, and what is
 * read is what is in the file that was asked for. Meant for the sanitizers; the thread sanitizer runs it in
 * make check-threads.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <oleauto.h>
#include <scardcom.h>

#include "tests/support/attached.h"
#include "tests/support/fake_winscard.h"

#define THREADS 8
#define ROUNDS  1500
#define BIG     40000 /* bytes of 2F21, of which byte i is (i ^ i >> 8) */
#define OWN     40    /* bytes of each thread's own file */

static struct {
        struct attached at;
        ISCardFileAccess *files;
        ISCardAuth *auth;
        BSTR reader, big, records, elsewhere, root;
        _Atomic HSCARD_FILE shared; /* a handle that all threads use and close */
        atomic_uint running;
        atomic_ulong calls, successes, strange, wrong;
} f;

struct worker {
        unsigned number, seed;
        BSTR own; /* the path of its file */
        IByteBuffer *content, *key;
};

static unsigned below(unsigned *seed, unsigned limit)
{
        return (unsigned)rand_r(seed) % limit;
}

/* ---- what may come of a call here: all paths are from the MF, so everything is found */

static const HRESULT documented[] = {
    S_OK,
    SCARD_W_EOF,
    SCARD_W_RESET_CARD,     /* until somebody reconnects */
    SCARD_E_INVALID_HANDLE, /* between Detach and AttachByIFD */
    E_INVALIDARG,           /* a handle that was closed, or of the attachment before */
    SCARD_E_BAD_SEEK,
};

static HRESULT check(const char *what, HRESULT hr)
{
        atomic_fetch_add(&f.calls, 1);
        for (size_t i = 0; i < sizeof(documented) / sizeof(documented[0]); i++) {
                if (hr != documented[i])
                        continue;
                if (hr == S_OK)
                        atomic_fetch_add(&f.successes, 1);
                return hr;
        }
        if (atomic_fetch_add(&f.strange, 1) < 10)
                print_message("%s: %08X\n", what, (unsigned)hr);
        return hr;
}

static void is_wrong(const char *what)
{
        if (atomic_fetch_add(&f.wrong, 1) < 10)
                print_message("%s\n", what);
}

/* ---- files */

/* The bytes into out; false: none came. */
static bool read_some(HSCARD_FILE handle, LONG wanted, uint8_t *out, LONG *got)
{
        IByteBuffer *buffer = NULL;
        HRESULT hr = check("Read", f.files->lpVtbl->Read(f.files, handle, &wanted, SC_FL_NO_FLAGS, &buffer));

        if (hr != S_OK && hr != SCARD_W_EOF) {
                if (buffer != NULL || wanted != 0)
                        is_wrong("a failed Read gives something");
                return false;
        }
        if (buffer->lpVtbl->Read(buffer, out, wanted, got) != S_OK || *got != wanted)
                is_wrong("a buffer has not what Read says");
        buffer->lpVtbl->Release(buffer);
        return true;
}

static void read_pattern(struct worker *worker)
{
        LONG offset = (LONG)below(&worker->seed, BIG), got = 0;
        SEEKTYPE from = SC_SEEK_FROM_BEGINNING;
        uint8_t bytes[700];
        HSCARD_FILE handle;

        if (check("Open", f.files->lpVtbl->Open(f.files, SC_TYPE_BY_ANY, f.big, &handle)) != S_OK)
                return;
        if (check("Seek", f.files->lpVtbl->Seek(f.files, handle, &from, offset)) == S_OK &&
            read_some(handle, sizeof(bytes), bytes, &got)) {
                if (got != (offset + 700 < BIG ? 700 : BIG - offset))
                        is_wrong("the end of the file is somewhere else");
                for (LONG at = offset; at < offset + got; at++)
                        if (bytes[at - offset] != (uint8_t)(at ^ at >> 8)) {
                                is_wrong("bytes of another file");
                                break;
                        }
        }
        (void)check("Close", f.files->lpVtbl->Close(f.files, handle));
}

static void read_records(struct worker *worker)
{
        static const char *const records[] = {"first", "second", "third"};
        HSCARD_FILE handle;
        uint8_t bytes[32];
        LONG got = 0;

        (void)worker;
        if (check("Open", f.files->lpVtbl->Open(f.files, SC_TYPE_BY_ANY, f.records, &handle)) != S_OK)
                return;
        for (size_t i = 0; i < 3 && read_some(handle, 16, bytes, &got); i++)
                if (got != 16 || memcmp(bytes, records[i], strlen(records[i])) != 0)
                        is_wrong("another record");
        (void)check("Close", f.files->lpVtbl->Close(f.files, handle));
}

/* Nobody else touches it. */
static void use_own_file(struct worker *worker)
{
        uint8_t properties[] = {0x80, 0x02, 0x00, OWN, 0x82, 0x01, 0x01}, bytes[OWN];
        TLV_TABLE table = {.cbSize = sizeof(properties), .byData = properties};
        SEEKTYPE begin = SC_SEEK_FROM_BEGINNING;
        HSCARD_FILE handle;
        LONG got = 0;

        if (check("Create", f.files->lpVtbl->Create(f.files, SC_TYPE_BY_ID, worker->own, table, SC_FL_REPLACE,
                                                    worker->content)) != S_OK)
                return;
        if (check("Open", f.files->lpVtbl->Open(f.files, SC_TYPE_BY_ID, worker->own, &handle)) == S_OK) {
                if (read_some(handle, OWN, bytes, &got)) {
                        for (LONG i = 0; i < got; i++)
                                if (bytes[i] != worker->number) {
                                        is_wrong("another thread's file");
                                        break;
                                }
                        if (got != OWN)
                                is_wrong("not the whole file");
                }
                if (check("Seek", f.files->lpVtbl->Seek(f.files, handle, &begin, 0)) == S_OK)
                        (void)check("Write",
                                    f.files->lpVtbl->Write(f.files, handle, worker->content, SC_FL_NO_FLAGS));
        }
        (void)check("Delete", f.files->lpVtbl->Delete(f.files, SC_TYPE_BY_ID, worker->own, SC_FL_NO_FLAGS));
}

static void move_about(struct worker *worker)
{
        BSTR dir = NULL;
        BSTR to = below(&worker->seed, 2) == 0 ? f.elsewhere : f.root;

        (void)check("ChangeDir", f.files->lpVtbl->ChangeDir(f.files, SC_TYPE_BY_ANY, to));
        if (check("GetCurrentDir", f.files->lpVtbl->GetCurrentDir(f.files, &dir)) == S_OK &&
            SysStringLen(dir) != 4 && SysStringLen(dir) != 9)
                is_wrong("a directory that is none");
        SysFreeString(dir);
}

/* One handle for all: its position is anybody's, and so is its end. */
static void use_shared_handle(struct worker *worker)
{
        HSCARD_FILE handle = atomic_load(&f.shared);
        SEEKTYPE from = SC_SEEK_RELATIVE;
        uint8_t bytes[300];
        LONG got = 0;

        switch (below(&worker->seed, 6)) {
        case 0:
                if (check("Open", f.files->lpVtbl->Open(f.files, SC_TYPE_BY_ANY, f.big, &handle)) == S_OK)
                        (void)check("Close",
                                    f.files->lpVtbl->Close(f.files, atomic_exchange(&f.shared, handle)));
                break;
        case 1:
                (void)check("Seek", f.files->lpVtbl->Seek(f.files, handle, &from, -250));
                break;
        default:
                (void)read_some(handle, sizeof(bytes), bytes, &got);
                break;
        }
}

/* ---- authentication */

static void authenticate(struct worker *worker)
{
        IByteBuffer *buffer = NULL;
        uint8_t bytes[32];

        switch (below(&worker->seed, 3)) {
        case 0:
                if (check("GetChallenge", f.auth->lpVtbl->GetChallenge(f.auth, 0, 16, NULL, &buffer)) ==
                        S_OK &&
                    taken_from(buffer, bytes, sizeof(bytes)) != 16)
                        is_wrong("a challenge of another length");
                break;
        case 1: /* AES-256; FIPS 197 C.3 */
                if (check("ICC_Auth", f.auth->lpVtbl->ICC_Auth(f.auth, 0x0C00, worker->key, &buffer)) == S_OK)
                        (void)taken_from(buffer, bytes, sizeof(bytes));
                break;
        default:
                (void)check("APP_Auth", f.auth->lpVtbl->APP_Auth(f.auth, 0x0C00, worker->key, NULL));
                break;
        }
}

static void *work(void *arg)
{
        static void (*const uses[])(struct worker *) = {read_pattern, read_records,      use_own_file,
                                                        move_about,   use_shared_handle, authenticate};
        struct worker *worker = arg;

        for (unsigned i = 0; i < ROUNDS; i++)
                uses[below(&worker->seed, 6)](worker);
        atomic_fetch_sub(&f.running, 1);
        return NULL;
}

/* ---- those who come in between */

static void select_elsewhere(void)
{
        static const BYTE select[] = {0x00, 0xA4, 0x08, 0x04, 0x04, 0x50, 0x00, 0x50, 0x02, 0x00};
        BYTE response[258];
        DWORD len = sizeof(response);

        (void)SCardTransmit(f.at.second, NULL, select, sizeof(select), NULL, response, &len);
}

static void disturb(unsigned *seed)
{
        DWORD protocol;

        switch (below(seed, 12)) {
        case 0:
                (void)SCardReconnect(f.at.second, SCARD_SHARE_SHARED, SCARD_PROTOCOL_Tx, SCARD_RESET_CARD,
                                     &protocol);
                break;
        case 1:
                (void)f.at.manage->lpVtbl->Detach(f.at.manage);
                assert_int_equal(f.at.manage->lpVtbl->AttachByIFD(f.at.manage, f.reader), S_OK);
                break;
        case 2:
                (void)f.at.manage->lpVtbl->SCardLock(f.at.manage);
                (void)f.at.manage->lpVtbl->SCardUnlock(f.at.manage, LEAVE);
                break;
        default:
                select_elsewhere();
                break;
        }
        (void)f.at.manage->lpVtbl->Reconnect(f.at.manage);
}

static void prepare(struct worker *worker, unsigned number)
{
        static const char digits[] = "0123456789ABCDEF";
        OLECHAR own[] = u"/0011/6F50";
        uint8_t content[OWN], key[33] = {3};

        own[9] = (OLECHAR)(unsigned char)digits[number];
        memset(content, (int)number, sizeof(content));
        for (uint8_t i = 0; i < 32; i++)
                key[1 + i] = i;
        *worker = (struct worker){.number = number,
                                  .seed = number + 1,
                                  .own = SysAllocString(own),
                                  .content = buffer_of_bytes(content, sizeof(content)),
                                  .key = buffer_of_bytes(key, sizeof(key))};
        assert_non_null(worker->own);
}

static void one_object_serves_many_threads(void **state)
{
        static const char *const readers[] = {"", "protocol=t0,level=tpdu"};
        struct worker workers[THREADS];
        pthread_t threads[THREADS];
        unsigned seed = 77;

        (void)state;
        f.reader = SysAllocString(ATTACHED_READER);
        f.big = SysAllocString(u"/2F21");
        f.records = SysAllocString(u"/2F30");
        f.elsewhere = SysAllocString(u"/0011");
        f.root = SysAllocString(u"/");
        for (size_t i = 0; i < sizeof(readers) / sizeof(readers[0]); i++) {
                attached_begin(&f.at, readers[i]);
                assert_int_equal(f.at.manage->lpVtbl->CreateFileAccess(f.at.manage, &f.files), S_OK);
                assert_int_equal(f.at.manage->lpVtbl->CreateCardAuth(f.at.manage, &f.auth), S_OK);
                atomic_store(&f.running, THREADS);
                for (unsigned n = 0; n < THREADS; n++) {
                        prepare(&workers[n], n);
                        assert_int_equal(pthread_create(&threads[n], NULL, work, &workers[n]), 0);
                }
                for (unsigned long next = 0; atomic_load(&f.running) != 0;) {
                        if (atomic_load(&f.calls) < next) {
                                (void)sched_yield();
                                continue;
                        }
                        next = atomic_load(&f.calls) + 20; /* so that others come to something as well */
                        disturb(&seed);
                }
                for (unsigned n = 0; n < THREADS; n++) {
                        assert_int_equal(pthread_join(threads[n], NULL), 0);
                        SysFreeString(workers[n].own);
                        assert_int_equal(workers[n].content->lpVtbl->Release(workers[n].content), 0);
                        assert_int_equal(workers[n].key->lpVtbl->Release(workers[n].key), 0);
                }
                assert_int_equal(f.files->lpVtbl->Release(f.files), 0);
                assert_int_equal(f.auth->lpVtbl->Release(f.auth), 0);
                attached_end(&f.at);
        }
        SysFreeString(f.reader);
        SysFreeString(f.big);
        SysFreeString(f.records);
        SysFreeString(f.elsewhere);
        SysFreeString(f.root);
        print_message("%lu calls, %lu with success\n", atomic_load(&f.calls), atomic_load(&f.successes));
        assert_int_equal(atomic_load(&f.strange), 0);
        assert_int_equal(atomic_load(&f.wrong), 0);
        assert_true(atomic_load(&f.successes) > atomic_load(&f.calls) / 8);
}

int main(void)
{
        const struct CMUnitTest tests[] = {cmocka_unit_test(one_object_serves_many_threads)};

        return cmocka_run_group_tests(tests, NULL, NULL);
}
