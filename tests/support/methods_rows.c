/* methods_rows.c - the table of methods, with arguments that work. See methods.h */
#undef NDEBUG
#include <assert.h>

#include "com/manage.h"
#include "sim/control.h"
#include "tests/support/attached.h"
#include "tests/support/fake_winscard.h"
#include "tests/support/methods.h"

#define N(value)                                                                                             \
        {                                                                                                    \
                .give = METHODS_NUMBER, .number = (LONG)(value)                                              \
        }
#define T(literal)                                                                                           \
        {                                                                                                    \
                .give = METHODS_TEXT, .text = (literal)                                                      \
        }
#define G(literal)                                                                                           \
        {                                                                                                    \
                .give = METHODS_GUID, .text = (literal)                                                      \
        }
#define X(digits)                                                                                            \
        {                                                                                                    \
                .give = METHODS_HEX, .hex = (digits)                                                         \
        }
#define B(which)                                                                                             \
        {                                                                                                    \
                .give = METHODS_BUFFER, .number = METHODS_##which                                            \
        }
#define F(which)                                                                                             \
        {                                                                                                    \
                .give = METHODS_FILE, .number = METHODS_##which                                              \
        }
#define OUT                                                                                                  \
        {                                                                                                    \
                .give = METHODS_OUT                                                                          \
        }
#define NONE                                                                                                 \
        {                                                                                                    \
                .give = METHODS_NONE                                                                         \
        }
#define HANDLE                                                                                               \
        {                                                                                                    \
                .give = METHODS_HANDLE                                                                       \
        }
#define UNBLOCK                                                                                              \
        {                                                                                                    \
                .give = METHODS_UNBLOCK                                                                      \
        }
#define STREAM                                                                                               \
        {                                                                                                    \
                .give = METHODS_STREAM                                                                       \
        }
#define ARGS(...) .args = {__VA_ARGS__}

/* One row; one for each form, of a method whose parameters are the same in both. */
#define ROW(name, its_method, its_variant, ...)                                                              \
        {                                                                                                    \
                .interface = &dispatch_##name, .method = its_method, .variant = its_variant, __VA_ARGS__     \
        }
#define BOTH(name, its_method, its_variant, ...)                                                             \
        ROW(name, its_method, its_variant, __VA_ARGS__), ROW(name##XP, its_method, its_variant, __VA_ARGS__)

#define READER ATTACHED_READER
#define GLOBAL SC_FL_IHV_GLOBAL

/* ---- what has to be so before */

static void detached(struct methods_bench *bench)
{
        assert(bench->manage->lpVtbl->Detach(bench->manage) == S_OK);
}

/* A manager that has never been attached; what the other one made stays attached. */
static void another_manager(struct methods_bench *bench)
{
        bench->manage->lpVtbl->Release(bench->manage);
        assert(manage_create_on(bench->api, &IID_ISCardManage, (void **)&bench->manage) == S_OK);
}

static void locked(struct methods_bench *bench)
{
        assert(bench->manage->lpVtbl->SCardLock(bench->manage) == S_OK);
}

static void verified(struct methods_bench *bench)
{
        assert(bench->verify->lpVtbl->Verify(bench->verify, bench->buffers[METHODS_CODE], GLOBAL, 1) == S_OK);
}

static void disabled(struct methods_bench *bench)
{
        assert(bench->verify->lpVtbl->ChangeCode(bench->verify, bench->buffers[METHODS_CODE], NULL,
                                                 SC_FL_IHV_DISABLE | GLOBAL, 1) == S_OK);
}

static void keep_codes(struct methods_bench *bench, IByteBuffer *reset, IByteBuffer *code)
{
        assert(bench->unblock->lpVtbl->SetUnblockData(bench->unblock, reset, code, &bench->data) == S_OK);
}

static void both_codes(struct methods_bench *bench)
{
        keep_codes(bench, bench->buffers[METHODS_PUK], bench->buffers[METHODS_CODE]);
}

static void reset_code(struct methods_bench *bench)
{
        keep_codes(bench, bench->buffers[METHODS_PUK], NULL);
}

static void new_code(struct methods_bench *bench)
{
        verified(bench);
        keep_codes(bench, NULL, bench->buffers[METHODS_CODE]);
}

/* Of the played winscard; a virtual reader has one or not. */
static void pinpad(struct methods_bench *bench)
{
        (void)bench;
        fake.pinpad = 3;
}

static void pinpad_disabled(struct methods_bench *bench)
{
        pinpad(bench);
        disabled(bench);
}

static void pinpad_unblocks(struct methods_bench *bench)
{
        pinpad(bench);
        keep_codes(bench, NULL, NULL);
        if (bench->api == &winscard_api_engine)
                sim_device_codes(sim_control_device(0), "12345678", "4321");
}

static void in_mf(struct methods_bench *bench)
{
        BSTR dir = SysAllocString(u"/");

        assert(bench->files->lpVtbl->ChangeDir(bench->files, SC_TYPE_BY_ID, dir) == S_OK);
        SysFreeString(dir);
}

static void created(struct methods_bench *bench)
{
        static const BYTE properties[] = {0x80, 0x02, 0x00, 0x10, 0x82, 0x01, 0x01};
        TLV_TABLE table = {.cbSize = sizeof(properties), .byData = (BYTE *)(uintptr_t)properties};
        BSTR path = SysAllocString(u"6F7F");

        assert(bench->files->lpVtbl->Create(bench->files, SC_TYPE_BY_ID, path, table, SC_FL_NO_FLAGS, NULL) ==
               S_OK);
        SysFreeString(path);
}

/* What a call before may have put other bytes into. */
static void refilled(struct methods_bench *bench)
{
        const enum methods_buffer which[] = {METHODS_DATA, METHODS_BLOCK};

        for (unsigned i = 0; i < 2; i++) {
                IByteBuffer *buffer = bench->buffers[which[i]];
                BYTE bytes[8] = {'A', 'B', 'C', 'D', 'E', 'F', 'G', 'H'};

                assert(buffer->lpVtbl->Initialize(buffer, sizeof(bytes), bytes) == S_OK);
        }
}

/* The verifier of a card profile with a log-out. */
static void verify_of(struct methods_bench *bench, const OLECHAR *name)
{
        BSTR text = SysAllocString(name);
        IUnknown *made = NULL;

        assert(bench->manage->lpVtbl->CreateInterface(bench->manage, NULL, text, NULL, &made) == S_OK);
        SysFreeString(text);
        bench->verify->lpVtbl->Release(bench->verify);
        assert(made->lpVtbl->QueryInterface(made, &IID_ISCardVerify, (void **)&bench->verify) == S_OK);
        made->lpVtbl->Release(made);
}

static void of_piv(struct methods_bench *bench)
{
        verify_of(bench, u"SCardVerify:piv");
}

static void of_openpgp(struct methods_bench *bench)
{
        verify_of(bench, u"SCardVerify:openpgp");
}

static void of_gids(struct methods_bench *bench)
{
        verify_of(bench, u"SCardVerify:gids");
}

static void of_myeid(struct methods_bench *bench)
{
        verify_of(bench, u"SCardVerify:myeid");
}

static void of_isoapplet(struct methods_bench *bench)
{
        verify_of(bench, u"SCardVerify:isoapplet");
}

/* ---- the table */

const struct methods_interface methods_interfaces[] = {
#define SLOTS(name)                                                                                          \
        {                                                                                                    \
                &dispatch_##name, sizeof(name##Vtbl) / sizeof(void (*)(void)), 7                             \
        }
    SLOTS(ISCardManage),
    SLOTS(ISCardManageXP),
    SLOTS(ISCardVerify),
    SLOTS(ISCardVerifyXP),
    {&dispatch_ISCardUnblockData, sizeof(ISCardUnblockDataVtbl) / sizeof(void (*)(void)), 3},
    SLOTS(ISCardFileAccess),
    SLOTS(ISCardFileAccessXP),
    SLOTS(ISCardAuth),
    SLOTS(ISCardAuthXP),
    SLOTS(IByteBuffer),
    {NULL, 0, 0},
#undef SLOTS
};

#define ID          N(SC_TYPE_BY_ID)
#define WORDS(code) .words = METHODS_COMMAND, .ins = (code)
#define CHV(code)   .words = METHODS_CHV, .ins = (code)
#define PAD(before) .prepare = (before), .words = METHODS_PINPAD
#define SELECT(for) .select = METHODS_SELECT_##for
#define LOG_OUT(from, code) .prepare = of_##from, .words = METHODS_LOG_OUT, .ins = (code), .played_only = true

const struct methods_row methods_rows[] = {
    BOTH(ISCardManage, "AttachByHandle", "", ARGS(HANDLE), .prepare = detached),
    ROW(ISCardManage, "AttachByIFD", "", ARGS(T(READER)), .prepare = detached),
    ROW(ISCardManageXP, "AttachByIFD", "", ARGS(T(READER), N(SHARED)), .prepare = detached),
    ROW(ISCardManage, "AttachByIFD", "the first time", ARGS(T(READER)), .prepare = another_manager,
        .keeps = true),
    ROW(ISCardManageXP, "AttachByIFD", "the first time", ARGS(T(READER), N(SHARED)),
        .prepare = another_manager, .keeps = true),
    BOTH(ISCardManage, "CreateFileAccess", "", ARGS(OUT)),
    BOTH(ISCardManage, "CreateCardAuth", "", ARGS(OUT)),
    BOTH(ISCardManage, "CreateCHVerification", "", ARGS(OUT)),
    BOTH(ISCardManage, "Detach", "", .wanted = S_OK),
    BOTH(ISCardManage, "SCardLock", "", .wanted = S_OK),
    BOTH(ISCardManage, "Reconnect", "", .wanted = S_OK),
    BOTH(ISCardManage, "Status", "", ARGS(OUT, OUT)),
    BOTH(ISCardManage, "SCardUnlock", "", ARGS(N(LEAVE)), .prepare = locked),
    BOTH(ISCardManage, "SCardUnlock", "not locked", ARGS(N(LEAVE)), .wanted = SCARD_E_NOT_TRANSACTED),
    BOTH(ISCardManage, "CreateInterface", "by identifier",
         ARGS(G(u"{94bba4f8-2d94-4fe6-8fa8-f1e2e9ce61f8}"), NONE, NONE, OUT)),
    BOTH(ISCardManage, "CreateInterface", "by name", ARGS(NONE, T(u"SCardVerify:iso"), NONE, OUT)),

    BOTH(ISCardVerify, "ChangeCode", "", ARGS(B(CODE), B(CODE), N(GLOBAL), N(1)), CHV(0x24)),
    BOTH(ISCardVerify, "ChangeCode", "CHANGE", ARGS(B(CODE), B(CODE), N(SC_FL_IHV_CHANGE), N(1)), CHV(0x24)),
    BOTH(ISCardVerify, "ChangeCode", "ENABLE", ARGS(B(CODE), NONE, N(SC_FL_IHV_ENABLE | GLOBAL), N(1)),
         .prepare = disabled, CHV(0x28)),
    BOTH(ISCardVerify, "ChangeCode", "DISABLE", ARGS(B(CODE), NONE, N(SC_FL_IHV_DISABLE | GLOBAL), N(1)),
         CHV(0x26)),
    BOTH(ISCardVerify, "ChangeCode", "PIN pad", ARGS(NONE, NONE, N(GLOBAL), N(1)), PAD(pinpad)),
    BOTH(ISCardVerify, "ChangeCode", "PIN pad, ENABLE", ARGS(NONE, NONE, N(SC_FL_IHV_ENABLE | GLOBAL), N(1)),
         PAD(pinpad_disabled)),
    BOTH(ISCardVerify, "ChangeCode", "PIN pad, DISABLE",
         ARGS(NONE, NONE, N(SC_FL_IHV_DISABLE | GLOBAL), N(1)), PAD(pinpad)),
    ROW(ISCardVerifyXP, "Initialize", "", ARGS(N(0)), .wanted = E_NOTIMPL),
    BOTH(ISCardVerify, "Unblock", "without data", ARGS(N(0), N(GLOBAL), N(1)), .prepare = verified,
         CHV(0x2C)),
    BOTH(ISCardVerify, "Unblock", "both codes", ARGS(UNBLOCK, N(GLOBAL), N(1)), .prepare = both_codes,
         .each = true, CHV(0x2C)),
    BOTH(ISCardVerify, "Unblock", "the reset code", ARGS(UNBLOCK, N(GLOBAL), N(1)), .prepare = reset_code,
         .each = true, CHV(0x2C)),
    BOTH(ISCardVerify, "Unblock", "the new code", ARGS(UNBLOCK, N(GLOBAL), N(1)), .prepare = new_code,
         .each = true, CHV(0x2C)),
    BOTH(ISCardVerify, "Unblock", "PIN pad", ARGS(UNBLOCK, N(GLOBAL), N(1)), PAD(pinpad_unblocks),
         .each = true),
    ROW(ISCardVerify, "ResetSecurityState", "", .prepare = verified),
    ROW(ISCardVerifyXP, "ResetSecurityState", "", ARGS(N(0)), .prepare = verified),
    ROW(ISCardVerify, "ResetSecurityState", "piv", LOG_OUT(piv, 0x20)),
    ROW(ISCardVerify, "ResetSecurityState", "openpgp", LOG_OUT(openpgp, 0x20)),
    ROW(ISCardVerify, "ResetSecurityState", "gids", LOG_OUT(gids, 0x20)),
    ROW(ISCardVerify, "ResetSecurityState", "myeid", LOG_OUT(myeid, 0x2E)),
    ROW(ISCardVerify, "ResetSecurityState", "isoapplet", LOG_OUT(isoapplet, 0xA4)),
    ROW(ISCardVerifyXP, "ResetSecurityState", "piv", ARGS(N(0)), LOG_OUT(piv, 0x20)),
    ROW(ISCardVerifyXP, "ResetSecurityState", "openpgp", ARGS(N(0)), LOG_OUT(openpgp, 0x20)),
    ROW(ISCardVerifyXP, "ResetSecurityState", "gids", ARGS(N(0)), LOG_OUT(gids, 0x20)),
    ROW(ISCardVerifyXP, "ResetSecurityState", "myeid", ARGS(N(0)), LOG_OUT(myeid, 0x2E)),
    ROW(ISCardVerifyXP, "ResetSecurityState", "isoapplet", ARGS(N(0)), LOG_OUT(isoapplet, 0xA4)),
    BOTH(ISCardVerify, "Verify", "GLOBAL", ARGS(B(CODE), N(GLOBAL), N(1)), CHV(0x20)),
    BOTH(ISCardVerify, "Verify", "LOCAL", ARGS(B(CODE), N(SC_FL_IHV_LOCAL), N(1)), CHV(0x20),
         .wanted = E_INVALIDARG, .played = S_OK),
    BOTH(ISCardVerify, "Verify", "by the profile", ARGS(B(CODE), N(0), N(1)), CHV(0x20)),
    BOTH(ISCardVerify, "Verify", "CHECKONLY", ARGS(NONE, N(SC_FL_IHV_CHECKONLY), N(1)),
         .words = METHODS_CHECK, .ins = 0x20, .wanted = SCARD_W_CARD_NOT_AUTHENTICATED, .played = S_OK),
    BOTH(ISCardVerify, "Verify", "CHECKONLY, GLOBAL", ARGS(NONE, N(SC_FL_IHV_CHECKONLY | GLOBAL), N(1)),
         .words = METHODS_CHECK, .ins = 0x20, .wanted = SCARD_W_CARD_NOT_AUTHENTICATED, .played = S_OK),
    BOTH(ISCardVerify, "Verify", "CHECKONLY, LOCAL",
         ARGS(NONE, N(SC_FL_IHV_CHECKONLY | SC_FL_IHV_LOCAL), N(1)), .words = METHODS_CHECK, .ins = 0x20,
         .wanted = E_INVALIDARG, .played = S_OK),
    BOTH(ISCardVerify, "Verify", "PIN pad", ARGS(NONE, N(GLOBAL), N(1)), PAD(pinpad)),

    ROW(ISCardUnblockData, "SetUnblockData", "", ARGS(B(PUK), B(CODE), OUT)),
    ROW(ISCardUnblockData, "ClearUnblockData", "", ARGS(UNBLOCK), .prepare = both_codes, .each = true),

    BOTH(ISCardFileAccess, "ChangeDir", "", ARGS(ID, T(u"/5000")), SELECT(DIR)),
    BOTH(ISCardFileAccess, "Close", "", ARGS(F(BYTES))),
    ROW(ISCardFileAccess, "Create", "", ARGS(ID, T(u"6F7F"), X("80020010 820101"), N(0), NONE), WORDS(0xE0),
        SELECT(DIR)),
    ROW(ISCardFileAccess, "Create", "with data", ARGS(ID, T(u"6F7F"), X("80020010 820101"), N(0), B(DATA)),
        WORDS(0xE0), SELECT(DIR)),
    ROW(ISCardFileAccess, "Create", "with data that the card refuses",
        ARGS(ID, T(u"6F7F"), X("80020010 820101"), N(0), B(DATA)), WORDS(0xD6), .played_only = true),
    ROW(ISCardFileAccess, "Create", "REPLACE",
        ARGS(ID, T(u"6F7F"), X("80020010 820101"), N(SC_FL_REPLACE), B(DATA)), .prepare = created,
        WORDS(0xE0)),
    ROW(ISCardFileAccessXP, "Create", "", ARGS(ID, T(u"6F7F"), X("80020010 820101"), NONE, N(0), NONE),
        WORDS(0xE0), SELECT(DIR)),
    ROW(ISCardFileAccessXP, "Create", "with data",
        ARGS(ID, T(u"6F7F"), X("80020010 820101"), N(2), N(0), B(DATA)), WORDS(0xE0), SELECT(DIR)),
    ROW(ISCardFileAccessXP, "Create", "REPLACE",
        ARGS(ID, T(u"6F7F"), X("80020010 820101"), N(0), N(SC_FL_REPLACE), B(DATA)), .prepare = created,
        WORDS(0xE0)),
    BOTH(ISCardFileAccess, "Delete", "", ARGS(ID, T(u"6F7F"), N(0)), .prepare = created, WORDS(0xE4),
         SELECT(ANY)),
    BOTH(ISCardFileAccess, "Directory", "", ARGS(N(SC_TYPE_ALL_FILES), OUT), .prepare = in_mf, WORDS(0xB0),
         SELECT(DIR), .asks = true),
    BOTH(ISCardFileAccess, "GetCurrentDir", "", ARGS(OUT)),
    BOTH(ISCardFileAccess, "GetFileCapabilities", "", ARGS(OUT, OUT, N(0)), .asks = true),
    BOTH(ISCardFileAccess, "GetFileCapabilities", "ALL", ARGS(OUT, OUT, N(SC_FL_GET_ALL_PROPERTIES)),
         .words = METHODS_OPTIONAL, .ins = 0xB0, SELECT(OPTIONAL), .asks = true),
    ROW(ISCardFileAccess, "GetProperties", "", ARGS(ID, T(u"6F01"), N(0), OUT), SELECT(ANY), .asks = true),
    ROW(ISCardFileAccess, "GetProperties", "named", ARGS(ID, T(u"6F01"), N(0), X("8000 8200")), SELECT(ANY),
        .asks = true),
    ROW(ISCardFileAccessXP, "GetProperties", "", ARGS(ID, T(u"6F01"), OUT, OUT, N(0)), SELECT(ANY),
        .asks = true),
    ROW(ISCardFileAccessXP, "Initialize", "", ARGS(N(0)), .wanted = E_NOTIMPL),
    BOTH(ISCardFileAccess, "Invalidate", "", ARGS(T(u"6F01"), N(0)), WORDS(0x04), SELECT(ANY)),
    BOTH(ISCardFileAccess, "Open", "", ARGS(ID, T(u"6F01"), OUT), SELECT(FILE)),
    BOTH(ISCardFileAccess, "Open", "short", ARGS(N(SC_TYPE_BY_SHORT_ID), T(u"01"), OUT), WORDS(0xB0),
         SELECT(DIR)),
    ROW(ISCardFileAccess, "Read", "", ARGS(F(BYTES), N(16), N(0), OUT), WORDS(0xB0), SELECT(FILE),
        .empty = SCARD_W_EOF),
    ROW(ISCardFileAccess, "Read", "far", ARGS(F(FAR), N(16), N(0), OUT), WORDS(0xB1), .empty = SCARD_W_EOF),
    ROW(ISCardFileAccess, "Read", "a record", ARGS(F(RECORDS), N(16), N(0), OUT), WORDS(0xB2)),
    ROW(ISCardFileAccess, "Read", "short", ARGS(F(SHORT), N(16), N(0), OUT), WORDS(0xB0),
        .empty = SCARD_W_EOF),
    ROW(ISCardFileAccessXP, "Read", "", ARGS(F(BYTES), N(16), OUT, N(0)), WORDS(0xB0), SELECT(FILE),
        .empty = SCARD_W_EOF),
    ROW(ISCardFileAccessXP, "Read", "far", ARGS(F(FAR), N(16), OUT, N(0)), WORDS(0xB1), .empty = SCARD_W_EOF),
    ROW(ISCardFileAccessXP, "Read", "a record", ARGS(F(RECORDS), N(16), OUT, N(0)), WORDS(0xB2)),
    BOTH(ISCardFileAccess, "Rehabilitate", "", ARGS(T(u"6F01"), N(0)), WORDS(0x44), SELECT(ANY)),
    ROW(ISCardFileAccess, "Seek", "", ARGS(F(BYTES), N(SC_SEEK_FROM_BEGINNING), N(2))),
    ROW(ISCardFileAccessXP, "Seek", "", ARGS(F(BYTES), N(2), N(SC_SEEK_FROM_BEGINNING))),
    ROW(ISCardFileAccess, "SetProperties", "", ARGS(ID, T(u"6F01"), N(0), X("880108")), WORDS(0xDA),
        SELECT(ANY)),
    ROW(ISCardFileAccessXP, "SetProperties", "", ARGS(ID, T(u"6F01"), X("880108"), N(0), N(0)), WORDS(0xDA),
        SELECT(ANY)),
    ROW(ISCardFileAccess, "Write", "", ARGS(F(BYTES), B(DATA), N(0)), WORDS(0xD6), SELECT(FILE)),
    ROW(ISCardFileAccess, "Write", "ERASE", ARGS(F(BYTES), NONE, N(SC_FL_ERASE)), WORDS(0x0E)),
    ROW(ISCardFileAccess, "Write", "OR", ARGS(F(BYTES), B(DATA), N(SC_FL_OR)), WORDS(0xD6)),
    ROW(ISCardFileAccess, "Write", "OR, which reads", ARGS(F(BYTES), B(DATA), N(SC_FL_OR)), WORDS(0xB0),
        .empty = SCARD_E_WRITE_TOO_MANY, .played_only = true),
    ROW(ISCardFileAccess, "Write", "AND", ARGS(F(BYTES), B(DATA), N(SC_FL_AND)), WORDS(0xD6)),
    ROW(ISCardFileAccess, "Write", "OR by the card", ARGS(F(ORED), B(DATA), N(SC_FL_OR)), WORDS(0xD0)),
    ROW(ISCardFileAccess, "Write", "far", ARGS(F(FAR), B(DATA), N(0)), WORDS(0xD7)),
    ROW(ISCardFileAccess, "Write", "short", ARGS(F(SHORT), B(DATA), N(0)), WORDS(0xD6)),
    ROW(ISCardFileAccess, "Write", "a record", ARGS(F(RECORDS), B(RECORD), N(0)), WORDS(0xDC)),
    ROW(ISCardFileAccess, "Write", "ERASE a record", ARGS(F(RECORDS), NONE, N(SC_FL_ERASE)), WORDS(0x0C)),
    ROW(ISCardFileAccess, "Write", "OR a record", ARGS(F(RECORDS), B(RECORD), N(SC_FL_OR)), WORDS(0xDC)),
    ROW(ISCardFileAccess, "Write", "append", ARGS(F(APPENDED), B(DATA), N(0)), WORDS(0xE2)),
    ROW(ISCardFileAccessXP, "Write", "", ARGS(F(BYTES), N(8), B(DATA), N(0)), WORDS(0xD6), SELECT(FILE)),
    ROW(ISCardFileAccessXP, "Write", "ERASE", ARGS(F(BYTES), N(0), NONE, N(SC_FL_ERASE)), WORDS(0x0E)),
    ROW(ISCardFileAccessXP, "Write", "OR", ARGS(F(BYTES), N(8), B(DATA), N(SC_FL_OR)), WORDS(0xD6)),
    ROW(ISCardFileAccessXP, "Write", "far", ARGS(F(FAR), N(8), B(DATA), N(0)), WORDS(0xD7)),
    ROW(ISCardFileAccessXP, "Write", "a record", ARGS(F(RECORDS), N(16), B(RECORD), N(0)), WORDS(0xDC)),
    ROW(ISCardFileAccessXP, "Write", "append", ARGS(F(APPENDED), N(8), B(DATA), N(0)), WORDS(0xE2)),

    BOTH(ISCardAuth, "APP_Auth", "with a key", ARGS(N(0x0300), B(KEY), NONE), WORDS(0x82), .asks = true),
    BOTH(ISCardAuth, "APP_Auth", "with a key, the challenge", ARGS(N(0x0300), B(KEY), NONE), WORDS(0x84),
         .empty = SCARD_E_UNEXPECTED, .played_only = true),
    BOTH(ISCardAuth, "APP_Auth", "by the caller", ARGS(N(0), B(REFERENCE), B(BLOCK)),
         .moment = methods_external, WORDS(0x82)),
    ROW(ISCardAuth, "GetChallenge", "", ARGS(N(0), N(8), NONE, OUT), WORDS(0x84)),
    ROW(ISCardAuth, "GetChallenge", "in place", ARGS(N(0), N(8), NONE, B(DATA)), .prepare = refilled,
        .each = true, WORDS(0x84)),
    ROW(ISCardAuthXP, "GetChallenge", "", ARGS(N(0), NONE, N(8), OUT), WORDS(0x84)),
    ROW(ISCardAuth, "ICC_Auth", "with a key", ARGS(N(0x0300), B(KEY), OUT), WORDS(0x88),
        .played = SCARD_W_CARD_NOT_AUTHENTICATED, .empty = SCARD_W_CARD_NOT_AUTHENTICATED),
    ROW(ISCardAuth, "ICC_Auth", "by the caller", ARGS(N(0), B(REFERENCE), B(DATA)), .prepare = refilled,
        .each = true, WORDS(0x88)),
    ROW(ISCardAuthXP, "ICC_Auth", "with a key", ARGS(N(0x0300), B(KEY), N(0), OUT), WORDS(0x88),
        .played = SCARD_W_CARD_NOT_AUTHENTICATED, .empty = SCARD_W_CARD_NOT_AUTHENTICATED),
    ROW(ISCardAuthXP, "ICC_Auth", "by the caller", ARGS(N(0), B(REFERENCE), N(8), B(DATA)),
        .prepare = refilled, .each = true, WORDS(0x88), .asks = true),
    ROW(ISCardAuthXP, "Initialize", "", ARGS(N(0)), .wanted = E_NOTIMPL),
    ROW(ISCardAuth, "User_Auth", "with a key", ARGS(N(0x0300), B(KEY), NONE), WORDS(0x82), .asks = true,
        .played = SCARD_W_CARD_NOT_AUTHENTICATED, .empty = SCARD_W_CARD_NOT_AUTHENTICATED),
    ROW(ISCardAuth, "User_Auth", "by the caller", ARGS(N(0), B(REFERENCE), B(BLOCK)),
        .moment = methods_external, WORDS(0x82)),
    ROW(ISCardAuthXP, "User_Auth", "with a key", ARGS(N(0x0300), B(KEY), N(0), OUT), WORDS(0x82),
        .asks = true, .played = SCARD_W_CARD_NOT_AUTHENTICATED, .empty = SCARD_W_CARD_NOT_AUTHENTICATED),
    ROW(ISCardAuthXP, "User_Auth", "by the caller", ARGS(N(0), B(REFERENCE), N(0), B(BLOCK)),
        .moment = methods_external, WORDS(0x82)),
    ROW(ISCardAuthXP, "User_Auth", "by the caller, with an answer", ARGS(N(0), B(REFERENCE), N(16), B(BLOCK)),
        .prepare = refilled, .each = true, .moment = methods_mutual, WORDS(0x82)),

    ROW(IByteBuffer, "Stream", "get", ARGS(OUT), .kind = DISPATCH_PROPERTYGET),
    ROW(IByteBuffer, "Stream", "put", ARGS(STREAM), .kind = DISPATCH_PROPERTYPUT),
    ROW(IByteBuffer, "Clone", "", ARGS(OUT)),
    ROW(IByteBuffer, "Commit", "", ARGS(N(0))),
    ROW(IByteBuffer, "CopyTo", "", ARGS(OUT, N(4), NONE, NONE)),
    ROW(IByteBuffer, "CopyTo", "a buffer that has to grow", ARGS(B(REFERENCE), N(5), OUT, OUT)),
    ROW(IByteBuffer, "Initialize", "", ARGS(N(4), X("01020304"))),
    ROW(IByteBuffer, "Initialize", "large", ARGS(N(100000), NONE)),
    ROW(IByteBuffer, "Initialize", "by itself", ARGS(NONE, NONE)),
    ROW(IByteBuffer, "LockRegion", "", ARGS(N(0), N(1), N(0)), .wanted = STG_E_INVALIDFUNCTION),
    ROW(IByteBuffer, "Read", "", ARGS(OUT, N(4), OUT)),
    ROW(IByteBuffer, "Revert", "", .wanted = S_OK),
    ROW(IByteBuffer, "Seek", "", ARGS(N(1), N(0), OUT)),
    ROW(IByteBuffer, "SetSize", "to grow", ARGS(N(100))),
    ROW(IByteBuffer, "SetSize", "to shrink", ARGS(N(2))),
    ROW(IByteBuffer, "Stat", "", ARGS(OUT, N(0))),
    ROW(IByteBuffer, "UnlockRegion", "", ARGS(N(0), N(1), N(0)), .wanted = STG_E_INVALIDFUNCTION),
    ROW(IByteBuffer, "Write", "", ARGS(X("01020304"), N(4), OUT)),
    ROW(IByteBuffer, "Write", "over the end", ARGS(X("010203040506070809"), N(9), OUT)),
};
const size_t methods_rows_len = sizeof(methods_rows) / sizeof(methods_rows[0]);
