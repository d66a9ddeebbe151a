/*
 * include/scardcom.h and scardtypes.h, made from idl/: the numbers and slots that clients were compiled
 * against. Expected values are written out here, from the type library and the published reference.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <ole2.h>
#include <scardcom.h>

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
            cmocka_unit_test(hresult_macros_take_codes_apart),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
