/*
 * include/scardcom.h, scardcom_xp.h and scardtypes.h, made from idl/: the numbers and slots that clients were compiled
 * against. Expected values are written out here, from the type library and the published reference.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <ole2.h>
#include <scardcom.h>
#include <scardcom_xp.h>

#include "com/dispatch.h"
#include "com/guid.h"

/* Method number n (0: QueryInterface) of an interface. */
#define assert_slot(iface, method, n)                                                                        \
        assert_int_equal(offsetof(iface##Vtbl, method), (size_t)(n) * sizeof(void (*)(void)))
#define assert_slots_end(iface, n) assert_int_equal(sizeof(iface##Vtbl), (size_t)(n) * sizeof(void (*)(void)))

#define assert_dispatch_slots(iface)                                                                         \
        do {                                                                                                 \
                assert_slot(iface, QueryInterface, 0);                                                       \
                assert_slot(iface, AddRef, 1);                                                               \
                assert_slot(iface, Release, 2);                                                              \
                assert_slot(iface, GetTypeInfoCount, 3);                                                     \
                assert_slot(iface, GetTypeInfo, 4);                                                          \
                assert_slot(iface, GetIDsOfNames, 5);                                                        \
                assert_slot(iface, Invoke, 6);                                                               \
        } while (0)

static void types_have_windows_widths(void **state)
{
        (void)state;
        assert_int_equal(sizeof(HRESULT), 4);
        assert_int_equal(sizeof(LONG), 4);
        assert_int_equal(sizeof(DWORD), 4);
        assert_int_equal(sizeof(BOOL), 4);
        assert_int_equal(sizeof(WORD), 2);
        assert_int_equal(sizeof(BYTE), 1);
        assert_int_equal(sizeof(OLECHAR), 2);
        assert_int_equal(sizeof(VARIANT_BOOL), 2);
        assert_int_equal(sizeof(HSCARD), sizeof(void *));
        assert_int_equal(sizeof(HSCARDCONTEXT), sizeof(void *));
        assert_int_equal(sizeof(HSCARD_FILE), sizeof(void *));
        assert_int_equal(sizeof(SCARD_FLAGS), 4);
        assert_int_equal(sizeof(SCARD_STATES), 4);
        assert_int_equal(sizeof(STATSTRUCT), 20);
        assert_int_equal(offsetof(STATSTRUCT, cbSize), 4);
        assert_int_equal(offsetof(STATSTRUCT, grfStateBits), 16);
        assert_int_equal(offsetof(TLV_TABLE, cbSize), 0);
        assert_int_equal(offsetof(TLV_TABLE, byData), sizeof(void *));
}

static void enumerations_have_the_values_of_the_type_library(void **state)
{
        (void)state;
        assert_int_equal(EXCLUSIVE, 1);
        assert_int_equal(SHARED, 2);
        assert_int_equal(T0, 1);
        assert_int_equal(T1, 2);
        assert_int_equal(RAW, 0xFF);
        assert_int_equal(LEAVE, 0);
        assert_int_equal(RESET, 1);
        assert_int_equal(UNPOWER, 2);
        assert_int_equal(EJECT, 3);
        assert_int_equal(ABSENT, 1);
        assert_int_equal(PRESENT, 2);
        assert_int_equal(SWALLOWED, 3);
        assert_int_equal(POWERED, 4);
        assert_int_equal(NEGOTIABLEMODE, 5);
        assert_int_equal(SPECIFICMODE, 6);
        assert_int_equal(SC_TYPE_BY_NAME, 0);
        assert_int_equal(SC_TYPE_BY_ID, 1);
        assert_int_equal(SC_TYPE_BY_SHORT_ID, 2);
        assert_int_equal(SC_TYPE_BY_SHORT, 2);
        assert_int_equal(SC_TYPE_BY_ANY, 3);
        assert_int_equal(SC_TYPE_DIRECTORIES, 0);
        assert_int_equal(SC_TYPE_FILES, 1);
        assert_int_equal(SC_TYPE_ALL_FILES, 2);
        assert_int_equal(SC_TYPE_DIRECTORY_FILE, 3);
        assert_int_equal(SC_TYPE_TRANSPARENT_EF, 4);
        assert_int_equal(SC_TYPE_FIXED_EF, 5);
        assert_int_equal(SC_TYPE_CYCLIC_EF, 6);
        assert_int_equal(SC_TYPE_VARIABLE_EF, 7);
        assert_int_equal(SC_SEEK_FROM_BEGINNING, 0);
        assert_int_equal(SC_SEEK_FROM_END, 1);
        assert_int_equal(SC_SEEK_RELATIVE, 2);
}

static void flags_have_the_values_of_the_type_library(void **state)
{
        (void)state;
        assert_int_equal(SC_FL_NO_FLAGS, 0);
        assert_int_equal(SC_FL_SECURE_MESSAGING, 0x1);
        assert_int_equal(SC_FL_REPLACE, 0x2);
        assert_int_equal(SC_FL_ERASE, 0x4);
        assert_int_equal(SC_FL_OR, 0x8);
        assert_int_equal(SC_FL_AND, 0x10);
        assert_int_equal(SC_FL_RECURSIVE, 0x20);
        assert_int_equal(SC_FL_NON_RECURSIVE, 0x40);
        assert_int_equal(SC_FL_IHV_GLOBAL, 0x80);
        assert_int_equal(SC_FL_IHV_LOCAL, 0x100);
        assert_int_equal(SC_FL_IHV_ENABLE, 0x200);
        assert_int_equal(SC_FL_IHV_DISABLE, 0x400);
        assert_int_equal(SC_FL_IHV_CHANGE, 0x800);
        assert_int_equal(SC_FL_PREALLOCATE, 0x1000);
        assert_int_equal(SC_FL_PREALLOCATED, 0x1000);
        assert_int_equal(SC_FL_GET_ALL_PROPERTIES, 0x2000);
        assert_int_equal(SC_FL_STAT_DEFAULT, 0x4000);
        assert_int_equal(SC_FL_IHV_CHECKONLY, 0x8000);
}

/* The base interfaces are written twice: in the .h by hand, and in the base IDL that the others derive from.
 */
static void base_interfaces_agree_with_the_generated_ones(void **state)
{
        (void)state;
        assert_slot(IUnknown, QueryInterface, 0);
        assert_slot(IUnknown, AddRef, 1);
        assert_slot(IUnknown, Release, 2);
        assert_slots_end(IUnknown, 3);
        assert_dispatch_slots(IDispatch);
        assert_slots_end(IDispatch, 7);
        assert_slot(IClassFactory, CreateInstance, 3);
        assert_slot(IClassFactory, LockServer, 4);
        assert_slots_end(IClassFactory, 5);
        assert_slot(ISequentialStream, Read, 3);
        assert_slot(ISequentialStream, Write, 4);
        assert_slots_end(ISequentialStream, 5);
        assert_slot(IStream, Read, 3);
        assert_slot(IStream, Write, 4);
        assert_slot(IStream, Seek, 5);
        assert_slot(IStream, SetSize, 6);
        assert_slot(IStream, CopyTo, 7);
        assert_slot(IStream, Commit, 8);
        assert_slot(IStream, Revert, 9);
        assert_slot(IStream, LockRegion, 10);
        assert_slot(IStream, UnlockRegion, 11);
        assert_slot(IStream, Stat, 12);
        assert_slot(IStream, Clone, 13);
        assert_slots_end(IStream, 14);
        assert_slot(IErrorInfo, GetGUID, 3);
        assert_slot(IErrorInfo, GetSource, 4);
        assert_slot(IErrorInfo, GetDescription, 5);
        assert_slot(IErrorInfo, GetHelpFile, 6);
        assert_slot(IErrorInfo, GetHelpContext, 7);
        assert_slot(ISupportErrorInfo, InterfaceSupportsErrorInfo, 3);
}

static void manage_slots_are_in_the_documented_order(void **state)
{
        (void)state;
        assert_dispatch_slots(ISCardManage);
        assert_slot(ISCardManage, AttachByHandle, 7);
        assert_slot(ISCardManage, AttachByIFD, 8);
        assert_slot(ISCardManage, CreateFileAccess, 9);
        assert_slot(ISCardManage, CreateCardAuth, 10);
        assert_slot(ISCardManage, CreateCHVerification, 11);
        assert_slot(ISCardManage, Detach, 12);
        assert_slot(ISCardManage, SCardLock, 13);
        assert_slot(ISCardManage, Reconnect, 14);
        assert_slot(ISCardManage, Status, 15);
        assert_slot(ISCardManage, SCardUnlock, 16);
        assert_slot(ISCardManage, CreateInterface, 17);
        assert_slots_end(ISCardManage, 18);
}

static void verify_slots_are_in_the_documented_order(void **state)
{
        (void)state;
        assert_dispatch_slots(ISCardVerify);
        assert_slot(ISCardVerify, ChangeCode, 7);
        assert_slot(ISCardVerify, Unblock, 8);
        assert_slot(ISCardVerify, ResetSecurityState, 9);
        assert_slot(ISCardVerify, Verify, 10);
        assert_slots_end(ISCardVerify, 11);
        assert_slot(ISCardUnblockData, SetUnblockData, 3);
        assert_slot(ISCardUnblockData, ClearUnblockData, 4);
        assert_slots_end(ISCardUnblockData, 5);
}

static void file_access_slots_are_in_the_documented_order(void **state)
{
        (void)state;
        assert_dispatch_slots(ISCardFileAccess);
        assert_slot(ISCardFileAccess, ChangeDir, 7);
        assert_slot(ISCardFileAccess, Close, 8);
        assert_slot(ISCardFileAccess, Create, 9);
        assert_slot(ISCardFileAccess, Delete, 10);
        assert_slot(ISCardFileAccess, Directory, 11);
        assert_slot(ISCardFileAccess, GetCurrentDir, 12);
        assert_slot(ISCardFileAccess, GetFileCapabilities, 13);
        assert_slot(ISCardFileAccess, GetProperties, 14);
        assert_slot(ISCardFileAccess, Invalidate, 15);
        assert_slot(ISCardFileAccess, Open, 16);
        assert_slot(ISCardFileAccess, Read, 17);
        assert_slot(ISCardFileAccess, Rehabilitate, 18);
        assert_slot(ISCardFileAccess, Seek, 19);
        assert_slot(ISCardFileAccess, SetProperties, 20);
        assert_slot(ISCardFileAccess, Write, 21);
        assert_slots_end(ISCardFileAccess, 22);
}

static void auth_and_buffer_slots_are_in_the_documented_order(void **state)
{
        (void)state;
        assert_dispatch_slots(ISCardAuth);
        assert_slot(ISCardAuth, APP_Auth, 7);
        assert_slot(ISCardAuth, GetChallenge, 8);
        assert_slot(ISCardAuth, ICC_Auth, 9);
        assert_slot(ISCardAuth, User_Auth, 10);
        assert_slots_end(ISCardAuth, 11);
        assert_dispatch_slots(IByteBuffer);
        assert_slot(IByteBuffer, get_Stream, 7);
        assert_slot(IByteBuffer, put_Stream, 8);
        assert_slot(IByteBuffer, Clone, 9);
        assert_slot(IByteBuffer, Commit, 10);
        assert_slot(IByteBuffer, CopyTo, 11);
        assert_slot(IByteBuffer, Initialize, 12);
        assert_slot(IByteBuffer, LockRegion, 13);
        assert_slot(IByteBuffer, Read, 14);
        assert_slot(IByteBuffer, Revert, 15);
        assert_slot(IByteBuffer, Seek, 16);
        assert_slot(IByteBuffer, SetSize, 17);
        assert_slot(IByteBuffer, Stat, 18);
        assert_slot(IByteBuffer, UnlockRegion, 19);
        assert_slot(IByteBuffer, Write, 20);
        assert_slots_end(IByteBuffer, 21);
}

static void deployed_slots_are_in_the_order_of_the_type_library(void **state)
{
        (void)state;
        assert_dispatch_slots(ISCardManageXP);
        assert_slot(ISCardManageXP, AttachByHandle, 7);
        assert_slot(ISCardManageXP, AttachByIFD, 8);
        assert_slot(ISCardManageXP, CreateFileAccess, 9);
        assert_slot(ISCardManageXP, CreateCardAuth, 10);
        assert_slot(ISCardManageXP, CreateCHVerification, 11);
        assert_slot(ISCardManageXP, Detach, 12);
        assert_slot(ISCardManageXP, SCardLock, 13);
        assert_slot(ISCardManageXP, Reconnect, 14);
        assert_slot(ISCardManageXP, Status, 15);
        assert_slot(ISCardManageXP, SCardUnlock, 16);
        assert_slot(ISCardManageXP, CreateInterface, 17);
        assert_slots_end(ISCardManageXP, 18);
        assert_dispatch_slots(ISCardVerifyXP);
        assert_slot(ISCardVerifyXP, ChangeCode, 7);
        assert_slot(ISCardVerifyXP, Initialize, 8);
        assert_slot(ISCardVerifyXP, Unblock, 9);
        assert_slot(ISCardVerifyXP, ResetSecurityState, 10);
        assert_slot(ISCardVerifyXP, Verify, 11);
        assert_slots_end(ISCardVerifyXP, 12);
        assert_dispatch_slots(ISCardFileAccessXP);
        assert_slot(ISCardFileAccessXP, ChangeDir, 7);
        assert_slot(ISCardFileAccessXP, Close, 8);
        assert_slot(ISCardFileAccessXP, Create, 9);
        assert_slot(ISCardFileAccessXP, Delete, 10);
        assert_slot(ISCardFileAccessXP, Directory, 11);
        assert_slot(ISCardFileAccessXP, GetCurrentDir, 12);
        assert_slot(ISCardFileAccessXP, GetFileCapabilities, 13);
        assert_slot(ISCardFileAccessXP, GetProperties, 14);
        assert_slot(ISCardFileAccessXP, Initialize, 15);
        assert_slot(ISCardFileAccessXP, Invalidate, 16);
        assert_slot(ISCardFileAccessXP, Open, 17);
        assert_slot(ISCardFileAccessXP, Read, 18);
        assert_slot(ISCardFileAccessXP, Rehabilitate, 19);
        assert_slot(ISCardFileAccessXP, Seek, 20);
        assert_slot(ISCardFileAccessXP, SetProperties, 21);
        assert_slot(ISCardFileAccessXP, Write, 22);
        assert_slots_end(ISCardFileAccessXP, 23);
        assert_dispatch_slots(ISCardAuthXP);
        assert_slot(ISCardAuthXP, APP_Auth, 7);
        assert_slot(ISCardAuthXP, GetChallenge, 8);
        assert_slot(ISCardAuthXP, ICC_Auth, 9);
        assert_slot(ISCardAuthXP, Initialize, 10);
        assert_slot(ISCardAuthXP, User_Auth, 11);
        assert_slots_end(ISCardAuthXP, 12);
}

/* ---- what the slots take, from the type library and the published reference; checked by compiling */

#define assert_takes(iface, method, ...)                                                                     \
        _Static_assert(_Generic(((iface##Vtbl *)0)->method, HRESULT(*)(__VA_ARGS__) : 1, default : 0),       \
                       #iface "::" #method)
#define assert_both_take(iface, method, ...)                                                                 \
        assert_takes(iface, method, iface *, __VA_ARGS__);                                                   \
        assert_takes(iface##XP, method, iface##XP *, __VA_ARGS__)
#define assert_both_take_nothing(iface, method)                                                              \
        assert_takes(iface, method, iface *);                                                                \
        assert_takes(iface##XP, method, iface##XP *)

assert_both_take(ISCardManage, AttachByHandle, HSCARD);
assert_takes(ISCardManage, AttachByIFD, ISCardManage *, BSTR);
assert_takes(ISCardManageXP, AttachByIFD, ISCardManageXP *, BSTR, SCARD_SHARE_MODES);
assert_takes(ISCardManage, CreateFileAccess, ISCardManage *, ISCardFileAccess **);
assert_takes(ISCardManageXP, CreateFileAccess, ISCardManageXP *, ISCardFileAccessXP **);
assert_takes(ISCardManage, CreateCardAuth, ISCardManage *, ISCardAuth **);
assert_takes(ISCardManageXP, CreateCardAuth, ISCardManageXP *, ISCardAuthXP **);
assert_takes(ISCardManage, CreateCHVerification, ISCardManage *, ISCardVerify **);
assert_takes(ISCardManageXP, CreateCHVerification, ISCardManageXP *, ISCardVerifyXP **);
assert_both_take_nothing(ISCardManage, Detach);
assert_both_take_nothing(ISCardManage, SCardLock);
assert_both_take_nothing(ISCardManage, Reconnect);
assert_both_take(ISCardManage, Status, SCARD_STATES *, SCARD_PROTOCOLS *);
assert_both_take(ISCardManage, SCardUnlock, SCARD_DISPOSITIONS);
assert_both_take(ISCardManage, CreateInterface, LPGUID, BSTR, LONG *, LPUNKNOWN *);

assert_both_take(ISCardVerify, ChangeCode, LPBYTEBUFFER, LPBYTEBUFFER, SCARD_FLAGS, LONG);
assert_takes(ISCardVerifyXP, Initialize, ISCardVerifyXP *, LONG *);
assert_both_take(ISCardVerify, Unblock, LONG, SCARD_FLAGS, LONG);
assert_takes(ISCardVerify, ResetSecurityState, ISCardVerify *);
assert_takes(ISCardVerifyXP, ResetSecurityState, ISCardVerifyXP *, SCARD_FLAGS);
assert_takes(ISCardVerify, Verify, ISCardVerify *, LPBYTEBUFFER, SCARD_FLAGS, LONG);
assert_takes(ISCardVerifyXP, Verify, ISCardVerifyXP *, LPBYTEBUFFER, SCARD_FLAGS, LONG *);
assert_takes(ISCardUnblockData, SetUnblockData, ISCardUnblockData *, LPBYTEBUFFER, LPBYTEBUFFER, LONG *);
assert_takes(ISCardUnblockData, ClearUnblockData, ISCardUnblockData *, LONG);

assert_both_take(ISCardFileAccess, ChangeDir, REFTYPE, BSTR);
assert_both_take(ISCardFileAccess, Close, HSCARD_FILE);
assert_takes(ISCardFileAccess, Create, ISCardFileAccess *, REFTYPE, BSTR, TLV_TABLE, SCARD_FLAGS,
             LPBYTEBUFFER);
assert_takes(ISCardFileAccessXP, Create, ISCardFileAccessXP *, REFTYPE, BSTR, TLV_TABLE **, LONG *,
             SCARD_FLAGS, LPBYTEBUFFER);
assert_both_take(ISCardFileAccess, Delete, REFTYPE, BSTR, SCARD_FLAGS);
assert_both_take(ISCardFileAccess, Directory, FILETYPE, SAFEARRAY **);
assert_both_take(ISCardFileAccess, GetCurrentDir, BSTR *);
assert_both_take(ISCardFileAccess, GetFileCapabilities, TLV_TABLE **, LONG *, SCARD_FLAGS);
assert_takes(ISCardFileAccess, GetProperties, ISCardFileAccess *, REFTYPE, BSTR, SCARD_FLAGS, TLV_TABLE **);
assert_takes(ISCardFileAccessXP, GetProperties, ISCardFileAccessXP *, REFTYPE, BSTR, TLV_TABLE **, LONG *,
             SCARD_FLAGS);
assert_takes(ISCardFileAccessXP, Initialize, ISCardFileAccessXP *, LONG *);
assert_both_take(ISCardFileAccess, Invalidate, BSTR, SCARD_FLAGS);
assert_both_take(ISCardFileAccess, Open, REFTYPE, BSTR, HSCARD_FILE *);
assert_takes(ISCardFileAccess, Read, ISCardFileAccess *, HSCARD_FILE, LONG *, SCARD_FLAGS, LPBYTEBUFFER *);
assert_takes(ISCardFileAccessXP, Read, ISCardFileAccessXP *, HSCARD_FILE, LONG *, LPBYTEBUFFER *,
             SCARD_FLAGS);
assert_both_take(ISCardFileAccess, Rehabilitate, BSTR, SCARD_FLAGS);
assert_takes(ISCardFileAccess, Seek, ISCardFileAccess *, HSCARD_FILE, SEEKTYPE *, LONG);
assert_takes(ISCardFileAccessXP, Seek, ISCardFileAccessXP *, HSCARD_FILE, LONG, SEEKTYPE);
assert_takes(ISCardFileAccess, SetProperties, ISCardFileAccess *, REFTYPE, BSTR, SCARD_FLAGS, TLV_TABLE *);
assert_takes(ISCardFileAccessXP, SetProperties, ISCardFileAccessXP *, REFTYPE, BSTR, TLV_TABLE *, LONG,
             SCARD_FLAGS);
assert_takes(ISCardFileAccess, Write, ISCardFileAccess *, HSCARD_FILE, LPBYTEBUFFER, SCARD_FLAGS);
assert_takes(ISCardFileAccessXP, Write, ISCardFileAccessXP *, HSCARD_FILE, LONG, LPBYTEBUFFER, SCARD_FLAGS);

assert_both_take(ISCardAuth, APP_Auth, LONG, LPBYTEBUFFER, LPBYTEBUFFER);
assert_takes(ISCardAuth, GetChallenge, ISCardAuth *, LONG, LONG, LPBYTEBUFFER, LPBYTEBUFFER *);
assert_takes(ISCardAuthXP, GetChallenge, ISCardAuthXP *, LONG, LPBYTEBUFFER, LONG *, LPBYTEBUFFER *);
assert_takes(ISCardAuth, ICC_Auth, ISCardAuth *, LONG, LPBYTEBUFFER, LPBYTEBUFFER *);
assert_takes(ISCardAuthXP, ICC_Auth, ISCardAuthXP *, LONG, LPBYTEBUFFER, LONG *, LPBYTEBUFFER *);
assert_takes(ISCardAuthXP, Initialize, ISCardAuthXP *, LONG *);
assert_takes(ISCardAuth, User_Auth, ISCardAuth *, LONG, LPBYTEBUFFER, LPBYTEBUFFER);
assert_takes(ISCardAuthXP, User_Auth, ISCardAuthXP *, LONG, LPBYTEBUFFER, LONG *, LPBYTEBUFFER *);

assert_takes(IByteBuffer, get_Stream, IByteBuffer *, LPSTREAM *);
assert_takes(IByteBuffer, put_Stream, IByteBuffer *, LPSTREAM);
assert_takes(IByteBuffer, Clone, IByteBuffer *, LPBYTEBUFFER *);
assert_takes(IByteBuffer, Commit, IByteBuffer *, LONG);
assert_takes(IByteBuffer, CopyTo, IByteBuffer *, LPBYTEBUFFER *, LONG, LONG *, LONG *);
assert_takes(IByteBuffer, Initialize, IByteBuffer *, LONG, BYTE *);
assert_takes(IByteBuffer, LockRegion, IByteBuffer *, LONG, LONG, LONG);
assert_takes(IByteBuffer, Read, IByteBuffer *, BYTE *, LONG, LONG *);
assert_takes(IByteBuffer, Revert, IByteBuffer *);
assert_takes(IByteBuffer, Seek, IByteBuffer *, LONG, LONG, LONG *);
assert_takes(IByteBuffer, SetSize, IByteBuffer *, LONG);
assert_takes(IByteBuffer, Stat, IByteBuffer *, STATSTRUCT *, LONG);
assert_takes(IByteBuffer, UnlockRegion, IByteBuffer *, LONG, LONG, LONG);
assert_takes(IByteBuffer, Write, IByteBuffer *, BYTE *, LONG, LONG *);

/* Numbers from the type library; the documented form shares them and lacks Initialize. */
static const struct {
        const struct dispatch_interface *interface;
        const char *names[17]; /* the n-th has dispatch identifier n, from 1 */
} numbered[] = {
    {&dispatch_ISCardManage,
     {"AttachByHandle", "AttachByIFD", "CreateFileAccess", "CreateCardAuth", "CreateCHVerification", "Detach",
      "SCardLock", "Reconnect", "Status", "SCardUnlock", "CreateInterface"}},
    {&dispatch_ISCardManageXP,
     {"AttachByHandle", "AttachByIFD", "CreateFileAccess", "CreateCardAuth", "CreateCHVerification", "Detach",
      "SCardLock", "Reconnect", "Status", "SCardUnlock", "CreateInterface"}},
    {&dispatch_ISCardVerify, {"ChangeCode", NULL, "Unblock", "ResetSecurityState", "Verify"}},
    {&dispatch_ISCardVerifyXP, {"ChangeCode", "Initialize", "Unblock", "ResetSecurityState", "Verify"}},
    {&dispatch_ISCardFileAccess,
     {"ChangeDir", "Close", "Create", "Delete", "Directory", "GetCurrentDir", "GetFileCapabilities",
      "GetProperties", NULL, "Invalidate", "Open", "Read", "Rehabilitate", "Seek", "SetProperties", "Write"}},
    {&dispatch_ISCardFileAccessXP,
     {"ChangeDir", "Close", "Create", "Delete", "Directory", "GetCurrentDir", "GetFileCapabilities",
      "GetProperties", "Initialize", "Invalidate", "Open", "Read", "Rehabilitate", "Seek", "SetProperties",
      "Write"}},
    {&dispatch_ISCardAuth, {"APP_Auth", "GetChallenge", "ICC_Auth", NULL, "User_Auth"}},
    {&dispatch_ISCardAuthXP, {"APP_Auth", "GetChallenge", "ICC_Auth", "Initialize", "User_Auth"}},
    {&dispatch_IByteBuffer,
     {"Clone", "Commit", "CopyTo", "Initialize", "LockRegion", "Read", "Revert", "Seek", "SetSize", "Stat",
      "UnlockRegion", "Write"}},
};

static void dispatch_identifiers_are_those_of_the_type_library(void **state)
{
        (void)state;
        for (size_t n = 0; n < sizeof(numbered) / sizeof(numbered[0]); n++) {
                const struct dispatch_interface *interface = numbered[n].interface;
                unsigned methods = 0, wanted = 0;

                for (unsigned i = 0; i < interface->methods_len; i++) {
                        const struct dispatch_method *method = &interface->methods[i];

                        if (method->kind != DISPATCH_METHOD) {
                                assert_string_equal(method->name, "Stream");
                                assert_int_equal(method->id, 0);
                                continue;
                        }
                        methods++;
                        assert_in_range(method->id, 1, 16);
                        assert_non_null(numbered[n].names[method->id - 1]);
                        assert_string_equal(method->name, numbered[n].names[method->id - 1]);
                }
                for (size_t i = 0; i < 16; i++)
                        wanted += numbered[n].names[i] != NULL;
                assert_int_equal(methods, wanted);
        }
}

static void assert_guid(REFGUID guid, const OLECHAR *text)
{
        GUID wanted;

        assert_true(guid_parse(text, &wanted));
        assert_memory_equal(guid, &wanted, sizeof(wanted));
}

static void identifiers_are_as_published(void **state)
{
        (void)state;
        assert_guid(&IID_ISCardManage, u"{d7208667-e9a8-4f42-aec0-eba0299301d4}");
        assert_guid(&IID_ISCardManageXP, u"{5e586211-5a09-11d0-b84c-00c04fd424b9}");
        assert_guid(&IID_ISCardVerify, u"{3cd8dcf3-2a22-44dd-a49c-3823e98c7b70}");
        assert_guid(&IID_ISCardVerifyXP, u"{4029dd85-5902-11d0-b84c-00c04fd424b9}");
        assert_guid(&IID_ISCardFileAccess, u"{94bba4f8-2d94-4fe6-8fa8-f1e2e9ce61f8}");
        assert_guid(&IID_ISCardFileAccessXP, u"{4029dd8a-5902-11d0-b84c-00c04fd424b9}");
        assert_guid(&IID_ISCardAuth, u"{c2e29ab2-edf1-447e-987b-34eca6f3d65a}");
        assert_guid(&IID_ISCardAuthXP, u"{7b063d61-6e40-11d0-b858-00c04fd424b9}");
        assert_guid(&IID_IByteBuffer, u"{e126f8fe-a7af-11d0-b88a-00c04fd424b9}");
        assert_guid(&IID_ISCardUnblockData, u"{e5d10335-2f12-4ed1-9ba9-e781857b68c9}");
        assert_guid(&CLSID_SCardManage, u"{f7ec42c5-8335-4aab-bdf0-1b361c9e35c3}");
        assert_guid(&CLSID_ByteBuffer, u"{e126f8ff-a7af-11d0-b88a-00c04fd424b9}");
        assert_guid(&CLSID_CByteBuffer, u"{e126f8ff-a7af-11d0-b88a-00c04fd424b9}");
        assert_guid(&LIBID_SCardCOM, u"{ea1ffa80-0032-40a9-8896-61ea3c58d005}");
        assert_guid(&LIBID_SccCom, u"{99edc7ce-050c-462c-818f-3ca1ed40d248}");
}

static void hresult_macros_take_codes_apart(void **state)
{
        (void)state;
        assert_true(SUCCEEDED(S_OK) && SUCCEEDED(S_FALSE) && FAILED(E_FAIL));
        assert_true(FAILED(SCARD_W_WRONG_CHV));
        assert_int_equal(HRESULT_CODE(SCARD_W_WRONG_CHV), 0x6B);
        assert_int_equal(HRESULT_FACILITY(SCARD_W_WRONG_CHV), FACILITY_SCARD);
        assert_int_equal(HRESULT_SEVERITY(SCARD_W_WRONG_CHV), SEVERITY_ERROR);
        assert_int_equal(MAKE_HRESULT(SEVERITY_ERROR, FACILITY_SCARD, 0x6B), SCARD_W_WRONG_CHV);
        assert_int_equal(HRESULT_FROM_WIN32(0), S_OK);
        assert_int_equal(HRESULT_FROM_WIN32(14), E_OUTOFMEMORY);
        assert_int_equal(HRESULT_FROM_WIN32(E_FAIL), E_FAIL);
        assert_int_equal((uint32_t)E_INVALIDARG, 0x80070057u);
        assert_int_equal((uint32_t)REGDB_E_CLASSNOTREG, 0x80040154u);
        assert_int_equal((uint32_t)CO_E_NOTINITIALIZED, 0x800401F0u);
        assert_int_equal((uint32_t)CLASS_E_NOAGGREGATION, 0x80040110u);
        assert_int_equal((uint32_t)RPC_E_CHANGED_MODE, 0x80010106u);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(types_have_windows_widths),
            cmocka_unit_test(enumerations_have_the_values_of_the_type_library),
            cmocka_unit_test(flags_have_the_values_of_the_type_library),
            cmocka_unit_test(base_interfaces_agree_with_the_generated_ones),
            cmocka_unit_test(manage_slots_are_in_the_documented_order),
            cmocka_unit_test(verify_slots_are_in_the_documented_order),
            cmocka_unit_test(file_access_slots_are_in_the_documented_order),
            cmocka_unit_test(auth_and_buffer_slots_are_in_the_documented_order),
            cmocka_unit_test(deployed_slots_are_in_the_order_of_the_type_library),
            cmocka_unit_test(dispatch_identifiers_are_those_of_the_type_library),
            cmocka_unit_test(identifiers_are_as_published),
            cmocka_unit_test(hresult_macros_take_codes_apart),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
