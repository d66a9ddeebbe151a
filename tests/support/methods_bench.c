/* methods_bench.c - the objects that the rows of methods.h are called on, and a card that a test plays. */
#undef NDEBUG
#include <assert.h>
#include <string.h>

#include <oleauto.h>

#include "com/manage.h"
#include "core/card/cipher.h"
#include "tests/support/attached.h"
#include "tests/support/fake_winscard.h"
#include "tests/support/methods.h"

/* ---- the objects */

static void attach(struct methods_bench *bench)
{
        BSTR reader = SysAllocString(ATTACHED_READER);

        assert(bench->manage->lpVtbl->AttachByIFD(bench->manage, reader) == S_OK);
        SysFreeString(reader);
}

static const struct {
        REFTYPE type;
        const OLECHAR *path;
        SEEKTYPE origin;
        LONG at;
} opened[METHODS_FILES] = {
    [METHODS_BYTES] = {SC_TYPE_BY_ID, u"6F01", SC_SEEK_FROM_BEGINNING, 5},
    [METHODS_FAR] = {SC_TYPE_BY_ID, u"/2F21", SC_SEEK_FROM_BEGINNING, 0x8000},
    [METHODS_RECORDS] = {SC_TYPE_BY_ID, u"/2F30", SC_SEEK_FROM_BEGINNING, 1},
    [METHODS_APPENDED] = {SC_TYPE_BY_ID, u"/2F31", SC_SEEK_FROM_END, 0},
    [METHODS_ORED] = {SC_TYPE_BY_ID, u"/2F41", SC_SEEK_FROM_BEGINNING, 0},
    [METHODS_SHORT] = {SC_TYPE_BY_SHORT_ID, u"01", SC_SEEK_FROM_BEGINNING, 0},
};

void methods_rewind(struct methods_bench *bench)
{
        for (unsigned i = 0; i < METHODS_FILES; i++) {
                SEEKTYPE origin = opened[i].origin;

                assert(bench->files->lpVtbl->Seek(bench->files, bench->file[i], &origin, opened[i].at) ==
                       S_OK);
        }
}

static void open_files(struct methods_bench *bench)
{
        for (unsigned i = METHODS_FILES; i-- > 0;) {
                BSTR text = SysAllocString(opened[i].path);

                assert(bench->files->lpVtbl->Open(bench->files, opened[i].type, text, &bench->file[i]) ==
                       S_OK);
                SysFreeString(text);
        }
}

static void change_dir(struct methods_bench *bench, const OLECHAR *path)
{
        BSTR text = SysAllocString(path);

        assert(bench->files->lpVtbl->ChangeDir(bench->files, SC_TYPE_BY_ID, text) == S_OK);
        SysFreeString(text);
}

static void make_buffers(struct methods_bench *bench)
{
        static const uint8_t key[] = {0x01, 0x40, 0x41, 0x42, 0x43, 0x44, 0x45, 0x46, 0x47,
                                      0x48, 0x49, 0x4A, 0x4B, 0x4C, 0x4D, 0x4E, 0x4F};

        bench->buffers[METHODS_CODE] = buffer_of("1234");
        bench->buffers[METHODS_DATA] = buffer_of("ABCDEFGH");
        bench->buffers[METHODS_RECORD] = buffer_of("0123456789abcdef");
        bench->buffers[METHODS_REFERENCE] = buffer_of("\x01");
        bench->buffers[METHODS_KEY] = buffer_of_bytes(key, sizeof(key));
        bench->buffers[METHODS_BLOCK] = buffer_of("87654321");
        bench->buffers[METHODS_PUK] = buffer_of("12345678");
        bench->buffer = buffer_of("abcdefgh");
        assert(bench->buffer->lpVtbl->Seek(bench->buffer, 3, STREAM_SEEK_SET, NULL) == S_OK);
        assert(bench->buffers[METHODS_DATA]->lpVtbl->get_Stream(bench->buffers[METHODS_DATA],
                                                                &bench->stream) == S_OK);
}

void methods_begin(struct methods_bench *bench, const struct winscard_api *api, SCARDHANDLE handle)
{
        memset(bench, 0, sizeof(*bench));
        bench->api = api;
        bench->handle = handle;
        assert(manage_create_on(api, &IID_ISCardManage, (void **)&bench->manage) == S_OK);
        attach(bench);
        assert(bench->manage->lpVtbl->CreateCHVerification(bench->manage, &bench->verify) == S_OK);
        assert(bench->manage->lpVtbl->CreateFileAccess(bench->manage, &bench->files) == S_OK);
        assert(bench->manage->lpVtbl->CreateCardAuth(bench->manage, &bench->auth) == S_OK);
        assert(bench->verify->lpVtbl->QueryInterface(bench->verify, &IID_ISCardUnblockData,
                                                     (void **)&bench->unblock) == S_OK);
        make_buffers(bench);
        change_dir(bench, u"/0011");
        open_files(bench);
        methods_rewind(bench);
}

void methods_end(struct methods_bench *bench)
{
        bench->stream->lpVtbl->Release(bench->stream);
        for (unsigned i = 0; i < METHODS_BUFFERS; i++)
                assert(bench->buffers[i]->lpVtbl->Release(bench->buffers[i]) == 0);
        assert(bench->buffer->lpVtbl->Release(bench->buffer) == 0);
        assert(bench->auth->lpVtbl->Release(bench->auth) == 0);
        assert(bench->files->lpVtbl->Release(bench->files) == 0);
        bench->unblock->lpVtbl->Release(bench->unblock); /* of another verifier, where a row took a new one */
        assert(bench->verify->lpVtbl->Release(bench->verify) == 0);
        assert(bench->manage->lpVtbl->Release(bench->manage) == 0);
}

/* ---- cryptograms for key 1 */

static void cryptogram(struct methods_bench *bench, enum cipher_mode mode, size_t len)
{
        IByteBuffer *challenge = NULL;
        uint8_t key[32], plain[16] = {0}, token[16];
        LONG key_len = 0, got = 0;

        assert(bench->auth->lpVtbl->GetChallenge(bench->auth, 0, 8, NULL, &challenge) == S_OK);
        assert(challenge->lpVtbl->Read(challenge, plain + len - 8, 8, &got) == S_OK && got == 8);
        challenge->lpVtbl->Release(challenge);
        assert(bench->buffers[METHODS_KEY]->lpVtbl->Read(bench->buffers[METHODS_KEY], key, sizeof(key),
                                                         &key_len) == S_OK);
        assert(bench->buffers[METHODS_KEY]->lpVtbl->Seek(bench->buffers[METHODS_KEY], 0, STREAM_SEEK_SET,
                                                         NULL) == S_OK);
        assert(cipher_encrypt(CIPHER_3DES, mode, key + 1, (size_t)key_len - 1, plain, token, len) ==
               SCARD_S_SUCCESS);
        assert(bench->buffers[METHODS_BLOCK]->lpVtbl->Initialize(bench->buffers[METHODS_BLOCK], (LONG)len,
                                                                 token) == S_OK);
}

void methods_external(struct methods_bench *bench)
{
        cryptogram(bench, CIPHER_ECB, 8);
}

void methods_mutual(struct methods_bench *bench)
{
        cryptogram(bench, CIPHER_CBC, 16);
}

/* ---- a card for fake_winscard */

uint8_t methods_ins;
uint16_t methods_sw;

static const struct {
        unsigned id;
        const char *fcp;
} played[] = {
    {0x2F00, "6207 80020009 820101"},          {0x2F01, "6207 80020009 820101"},
    {0x2F21, "6207 80029C40 820101"},          {0x2F30, "6207 8205 0221001003"},
    {0x2F31, "6207 8205 0421002003"},          {0x2F41, "620C 80020010 82020141 83022F41"},
    {0x6F01, "620B 80020080 820101 83026F01"}, {0x6F7F, "620B 80020010 820101 83026F7F"},
};

/* Every other identifier is a directory's, every name that of an application which says nothing. */
static size_t select(const uint8_t *command, uint8_t *response, size_t room)
{
        const size_t nc = command[4];
        const unsigned id = nc >= 2 ? (unsigned)command[5 + nc - 2] << 8 | command[5 + nc - 1] : 0;

        if (command[2] == 0x04)
                return 0;
        for (size_t i = 0; i < sizeof(played) / sizeof(played[0]); i++)
                if (played[i].id == id)
                        return bytes_of(played[i].fcp, response, room);
        return bytes_of("6207 820138 83020011", response, room);
}

static size_t content(const uint8_t *command, size_t len, uint8_t *response, size_t room)
{
        size_t n = command[4] != 0 ? command[4] : 256;

        if (command[1] == 0xB0 && n == 9)
                return bytes_of("6107 4F05 A000000001", response, room);
        if (command[1] == 0xB2)
                n = 16;
        if (command[1] == 0xB1) { /* a data object as large as Le allows */
                response[0] = 0x53;
                response[1] = (uint8_t)(command[len - 1] - 2);
                memset(response + 2, 0x5A, response[1]);
                return 2u + response[1];
        }
        memset(response, 0x5A, n);
        return n;
}

static size_t answer_data(const uint8_t *command, size_t len, uint8_t *response, size_t room)
{
        switch (command[1]) {
        case 0xA4:
                return select(command, response, room);
        case 0xB0:
        case 0xB1:
        case 0xB2:
        case 0x84:
                return content(command, len, response, room);
        case 0x82:
                if (len <= 5u + command[4]) /* no Le: EXTERNAL AUTHENTICATE */
                        return 0;
                memset(response, 0x5A, 16);
                return 16;
        case 0x88:
                memset(response, 0x5A, 8);
                return 8;
        case 0xCA: /* an OpenPGP card's AID, version 3.4: it knows log-out commands */
                if (command[2] == 0x00 && command[3] == 0x4F)
                        return bytes_of("D2760001240103040000000000010000", response, room);
                return 0;
        default:
                return 0;
        }
}

/* The empty VERIFY behind a log-out by VERIFY: whether that was taken for one. */
static bool confirms_log_out(const uint8_t *command, size_t len)
{
        static bool logged_out;
        bool verify = len == 4 && command[1] == 0x20, confirms = verify && logged_out && command[2] == 0x00;

        logged_out = verify && command[2] == 0xFF;
        return confirms;
}

size_t methods_answer(const uint8_t *command, size_t len, uint8_t *response, size_t room)
{
        const uint16_t sw = confirms_log_out(command, len) ? 0x63C3
                            : command[1] == methods_ins    ? methods_sw
                                                           : 0x9000;
        size_t n = sw == 0x9000 ? answer_data(command, len, response, room) : 0;

        response[n] = (uint8_t)(sw >> 8);
        response[n + 1] = (uint8_t)sw;
        return n + 2;
}
