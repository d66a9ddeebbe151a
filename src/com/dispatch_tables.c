/* Made from idl/ by idl/dispatch (`make headers`): change those files, not this one. */
/* clang-format off */
#include <scardcom.h>
#include <scardcom_xp.h>

#include "com/dispatch.h"

static const struct dispatch_param IByteBuffer_get_Stream_params[] = {
    {.name = "ppStream", .kind = DISPATCH_OBJECT, .iid = &IID_IStream, .out = true, .pointer = true},
};
static HRESULT IByteBuffer_get_Stream_call(void *iface, struct dispatch_value *v)
{
        IByteBuffer *object = iface;
        IStream *a0 = v[0].object;
        HRESULT hr = object->lpVtbl->get_Stream(object, v[0].given ? &a0 : NULL);
        v[0].object = a0;
        return hr;
}

static const struct dispatch_param IByteBuffer_put_Stream_params[] = {
    {.name = "pStream", .kind = DISPATCH_OBJECT, .iid = &IID_IStream, .in = true},
};
static HRESULT IByteBuffer_put_Stream_call(void *iface, struct dispatch_value *v)
{
        IByteBuffer *object = iface;
        return object->lpVtbl->put_Stream(object, v[0].object);
}

static const struct dispatch_param IByteBuffer_Clone_params[] = {
    {.name = "ppByteBuffer", .kind = DISPATCH_OBJECT, .iid = &IID_IByteBuffer, .in = true, .out = true, .pointer = true},
};
static HRESULT IByteBuffer_Clone_call(void *iface, struct dispatch_value *v)
{
        IByteBuffer *object = iface;
        IByteBuffer *a0 = v[0].object;
        HRESULT hr = object->lpVtbl->Clone(object, v[0].given ? &a0 : NULL);
        v[0].object = a0;
        return hr;
}

static const struct dispatch_param IByteBuffer_Commit_params[] = {
    {.name = "grfCommitFlags", .kind = DISPATCH_NUMBER, .in = true},
};
static HRESULT IByteBuffer_Commit_call(void *iface, struct dispatch_value *v)
{
        IByteBuffer *object = iface;
        return object->lpVtbl->Commit(object, v[0].number);
}

static const struct dispatch_param IByteBuffer_CopyTo_params[] = {
    {.name = "ppByteBuffer", .kind = DISPATCH_OBJECT, .iid = &IID_IByteBuffer, .in = true, .out = true, .pointer = true},
    {.name = "cb", .kind = DISPATCH_NUMBER, .in = true},
    {.name = "pcbRead", .kind = DISPATCH_NUMBER, .in = true, .out = true, .pointer = true, .optional = true},
    {.name = "pcbWritten", .kind = DISPATCH_NUMBER, .in = true, .out = true, .pointer = true, .optional = true},
};
static HRESULT IByteBuffer_CopyTo_call(void *iface, struct dispatch_value *v)
{
        IByteBuffer *object = iface;
        IByteBuffer *a0 = v[0].object;
        LONG a2 = v[2].number;
        LONG a3 = v[3].number;
        HRESULT hr = object->lpVtbl->CopyTo(object, v[0].given ? &a0 : NULL, v[1].number, v[2].given ? &a2 : NULL, v[3].given ? &a3 : NULL);
        v[0].object = a0;
        v[2].number = a2;
        v[3].number = a3;
        return hr;
}

static const struct dispatch_param IByteBuffer_Initialize_params[] = {
    {.name = "lSize", .kind = DISPATCH_NUMBER, .in = true, .optional = true, .number = (LONG)1},
    {.name = "pData", .kind = DISPATCH_BYTES, .in = true, .pointer = true, .optional = true, .size_is = 0, .length_is = -1},
};
static HRESULT IByteBuffer_Initialize_call(void *iface, struct dispatch_value *v)
{
        IByteBuffer *object = iface;
        return object->lpVtbl->Initialize(object, v[0].number, v[1].bytes);
}

static const struct dispatch_param IByteBuffer_LockRegion_params[] = {
    {.name = "libOffset", .kind = DISPATCH_NUMBER, .in = true},
    {.name = "cb", .kind = DISPATCH_NUMBER, .in = true},
    {.name = "dwLockType", .kind = DISPATCH_NUMBER, .in = true},
};
static HRESULT IByteBuffer_LockRegion_call(void *iface, struct dispatch_value *v)
{
        IByteBuffer *object = iface;
        return object->lpVtbl->LockRegion(object, v[0].number, v[1].number, v[2].number);
}

static const struct dispatch_param IByteBuffer_Read_params[] = {
    {.name = "pByte", .kind = DISPATCH_BYTES, .out = true, .pointer = true, .size_is = 1, .length_is = 2},
    {.name = "cb", .kind = DISPATCH_NUMBER, .in = true},
    {.name = "pcbRead", .kind = DISPATCH_NUMBER, .in = true, .out = true, .pointer = true, .optional = true},
};
static HRESULT IByteBuffer_Read_call(void *iface, struct dispatch_value *v)
{
        IByteBuffer *object = iface;
        LONG a2 = v[2].number;
        HRESULT hr = object->lpVtbl->Read(object, v[0].bytes, v[1].number, v[2].given ? &a2 : NULL);
        v[2].number = a2;
        return hr;
}

static HRESULT IByteBuffer_Revert_call(void *iface, struct dispatch_value *v)
{
        IByteBuffer *object = iface;
        (void)v;
        return object->lpVtbl->Revert(object);
}

static const struct dispatch_param IByteBuffer_Seek_params[] = {
    {.name = "dLibMove", .kind = DISPATCH_NUMBER, .in = true},
    {.name = "dwOrigin", .kind = DISPATCH_NUMBER, .in = true},
    {.name = "pLibnewPosition", .kind = DISPATCH_NUMBER, .in = true, .out = true, .pointer = true, .optional = true},
};
static HRESULT IByteBuffer_Seek_call(void *iface, struct dispatch_value *v)
{
        IByteBuffer *object = iface;
        LONG a2 = v[2].number;
        HRESULT hr = object->lpVtbl->Seek(object, v[0].number, v[1].number, v[2].given ? &a2 : NULL);
        v[2].number = a2;
        return hr;
}

static const struct dispatch_param IByteBuffer_SetSize_params[] = {
    {.name = "libNewSize", .kind = DISPATCH_NUMBER, .in = true},
};
static HRESULT IByteBuffer_SetSize_call(void *iface, struct dispatch_value *v)
{
        IByteBuffer *object = iface;
        return object->lpVtbl->SetSize(object, v[0].number);
}

static const struct dispatch_param IByteBuffer_Stat_params[] = {
    {.name = "pstatstg", .kind = DISPATCH_STAT, .out = true},
    {.name = "grfStatFlag", .kind = DISPATCH_NUMBER, .in = true},
};
static HRESULT IByteBuffer_Stat_call(void *iface, struct dispatch_value *v)
{
        IByteBuffer *object = iface;
        return object->lpVtbl->Stat(object, &v[0].stat, v[1].number);
}

static const struct dispatch_param IByteBuffer_UnlockRegion_params[] = {
    {.name = "libOffset", .kind = DISPATCH_NUMBER, .in = true},
    {.name = "cb", .kind = DISPATCH_NUMBER, .in = true},
    {.name = "dwLockType", .kind = DISPATCH_NUMBER, .in = true},
};
static HRESULT IByteBuffer_UnlockRegion_call(void *iface, struct dispatch_value *v)
{
        IByteBuffer *object = iface;
        return object->lpVtbl->UnlockRegion(object, v[0].number, v[1].number, v[2].number);
}

static const struct dispatch_param IByteBuffer_Write_params[] = {
    {.name = "pByte", .kind = DISPATCH_BYTES, .in = true, .pointer = true, .size_is = 1, .length_is = -1},
    {.name = "cb", .kind = DISPATCH_NUMBER, .in = true},
    {.name = "pcbWritten", .kind = DISPATCH_NUMBER, .in = true, .out = true, .pointer = true, .optional = true},
};
static HRESULT IByteBuffer_Write_call(void *iface, struct dispatch_value *v)
{
        IByteBuffer *object = iface;
        LONG a2 = v[2].number;
        HRESULT hr = object->lpVtbl->Write(object, v[0].bytes, v[1].number, v[2].given ? &a2 : NULL);
        v[2].number = a2;
        return hr;
}

static const struct dispatch_method IByteBuffer_methods[] = {
    {.name = "Stream", .id = 0, .kind = DISPATCH_PROPERTYGET, .params = IByteBuffer_get_Stream_params, .params_len = 1, .call = IByteBuffer_get_Stream_call},
    {.name = "Stream", .id = 0, .kind = DISPATCH_PROPERTYPUT, .params = IByteBuffer_put_Stream_params, .params_len = 1, .call = IByteBuffer_put_Stream_call},
    {.name = "Clone", .id = 1, .kind = DISPATCH_METHOD, .params = IByteBuffer_Clone_params, .params_len = 1, .call = IByteBuffer_Clone_call},
    {.name = "Commit", .id = 2, .kind = DISPATCH_METHOD, .params = IByteBuffer_Commit_params, .params_len = 1, .call = IByteBuffer_Commit_call},
    {.name = "CopyTo", .id = 3, .kind = DISPATCH_METHOD, .params = IByteBuffer_CopyTo_params, .params_len = 4, .call = IByteBuffer_CopyTo_call},
    {.name = "Initialize", .id = 4, .kind = DISPATCH_METHOD, .params = IByteBuffer_Initialize_params, .params_len = 2, .call = IByteBuffer_Initialize_call},
    {.name = "LockRegion", .id = 5, .kind = DISPATCH_METHOD, .params = IByteBuffer_LockRegion_params, .params_len = 3, .call = IByteBuffer_LockRegion_call},
    {.name = "Read", .id = 6, .kind = DISPATCH_METHOD, .params = IByteBuffer_Read_params, .params_len = 3, .call = IByteBuffer_Read_call},
    {.name = "Revert", .id = 7, .kind = DISPATCH_METHOD, .call = IByteBuffer_Revert_call},
    {.name = "Seek", .id = 8, .kind = DISPATCH_METHOD, .params = IByteBuffer_Seek_params, .params_len = 3, .call = IByteBuffer_Seek_call},
    {.name = "SetSize", .id = 9, .kind = DISPATCH_METHOD, .params = IByteBuffer_SetSize_params, .params_len = 1, .call = IByteBuffer_SetSize_call},
    {.name = "Stat", .id = 10, .kind = DISPATCH_METHOD, .params = IByteBuffer_Stat_params, .params_len = 2, .call = IByteBuffer_Stat_call},
    {.name = "UnlockRegion", .id = 11, .kind = DISPATCH_METHOD, .params = IByteBuffer_UnlockRegion_params, .params_len = 3, .call = IByteBuffer_UnlockRegion_call},
    {.name = "Write", .id = 12, .kind = DISPATCH_METHOD, .params = IByteBuffer_Write_params, .params_len = 3, .call = IByteBuffer_Write_call},
};
const struct dispatch_interface dispatch_IByteBuffer = {
    .name = "IByteBuffer", .iid = &IID_IByteBuffer, .methods = IByteBuffer_methods, .methods_len = 14};

static const struct dispatch_param ISCardManage_AttachByHandle_params[] = {
    {.name = "hICC", .kind = DISPATCH_HANDLE, .in = true},
};
static HRESULT ISCardManage_AttachByHandle_call(void *iface, struct dispatch_value *v)
{
        ISCardManage *object = iface;
        return object->lpVtbl->AttachByHandle(object, v[0].handle);
}

static const struct dispatch_param ISCardManage_AttachByIFD_params[] = {
    {.name = "bstrIFDName", .kind = DISPATCH_TEXT, .in = true},
};
static HRESULT ISCardManage_AttachByIFD_call(void *iface, struct dispatch_value *v)
{
        ISCardManage *object = iface;
        return object->lpVtbl->AttachByIFD(object, v[0].text);
}

static const struct dispatch_param ISCardManage_CreateFileAccess_params[] = {
    {.name = "ppISCardFileAccess", .kind = DISPATCH_OBJECT, .iid = &IID_ISCardFileAccess, .out = true, .pointer = true},
};
static HRESULT ISCardManage_CreateFileAccess_call(void *iface, struct dispatch_value *v)
{
        ISCardManage *object = iface;
        ISCardFileAccess *a0 = v[0].object;
        HRESULT hr = object->lpVtbl->CreateFileAccess(object, v[0].given ? &a0 : NULL);
        v[0].object = a0;
        return hr;
}

static const struct dispatch_param ISCardManage_CreateCardAuth_params[] = {
    {.name = "ppISCardAuth", .kind = DISPATCH_OBJECT, .iid = &IID_ISCardAuth, .out = true, .pointer = true},
};
static HRESULT ISCardManage_CreateCardAuth_call(void *iface, struct dispatch_value *v)
{
        ISCardManage *object = iface;
        ISCardAuth *a0 = v[0].object;
        HRESULT hr = object->lpVtbl->CreateCardAuth(object, v[0].given ? &a0 : NULL);
        v[0].object = a0;
        return hr;
}

static const struct dispatch_param ISCardManage_CreateCHVerification_params[] = {
    {.name = "ppISCardVerify", .kind = DISPATCH_OBJECT, .iid = &IID_ISCardVerify, .out = true, .pointer = true},
};
static HRESULT ISCardManage_CreateCHVerification_call(void *iface, struct dispatch_value *v)
{
        ISCardManage *object = iface;
        ISCardVerify *a0 = v[0].object;
        HRESULT hr = object->lpVtbl->CreateCHVerification(object, v[0].given ? &a0 : NULL);
        v[0].object = a0;
        return hr;
}

static HRESULT ISCardManage_Detach_call(void *iface, struct dispatch_value *v)
{
        ISCardManage *object = iface;
        (void)v;
        return object->lpVtbl->Detach(object);
}

static HRESULT ISCardManage_SCardLock_call(void *iface, struct dispatch_value *v)
{
        ISCardManage *object = iface;
        (void)v;
        return object->lpVtbl->SCardLock(object);
}

static HRESULT ISCardManage_Reconnect_call(void *iface, struct dispatch_value *v)
{
        ISCardManage *object = iface;
        (void)v;
        return object->lpVtbl->Reconnect(object);
}

static const struct dispatch_param ISCardManage_Status_params[] = {
    {.name = "pState", .kind = DISPATCH_NUMBER, .out = true, .pointer = true},
    {.name = "pProtocol", .kind = DISPATCH_NUMBER, .out = true, .pointer = true},
};
static HRESULT ISCardManage_Status_call(void *iface, struct dispatch_value *v)
{
        ISCardManage *object = iface;
        SCARD_STATES a0 = (SCARD_STATES)v[0].number;
        SCARD_PROTOCOLS a1 = (SCARD_PROTOCOLS)v[1].number;
        HRESULT hr = object->lpVtbl->Status(object, v[0].given ? &a0 : NULL, v[1].given ? &a1 : NULL);
        v[0].number = (LONG)a0;
        v[1].number = (LONG)a1;
        return hr;
}

static const struct dispatch_param ISCardManage_SCardUnlock_params[] = {
    {.name = "disposition", .kind = DISPATCH_NUMBER, .in = true, .optional = true, .number = (LONG)LEAVE},
};
static HRESULT ISCardManage_SCardUnlock_call(void *iface, struct dispatch_value *v)
{
        ISCardManage *object = iface;
        return object->lpVtbl->SCardUnlock(object, (SCARD_DISPOSITIONS)v[0].number);
}

static const struct dispatch_param ISCardManage_CreateInterface_params[] = {
    {.name = "pIID", .kind = DISPATCH_GUID, .in = true, .optional = true},
    {.name = "bstrName", .kind = DISPATCH_TEXT, .in = true, .optional = true},
    {.name = "pUserData", .kind = DISPATCH_NUMBER, .in = true, .pointer = true, .optional = true},
    {.name = "ppInterface", .kind = DISPATCH_OBJECT, .iid = &IID_IUnknown, .out = true, .pointer = true},
};
static HRESULT ISCardManage_CreateInterface_call(void *iface, struct dispatch_value *v)
{
        ISCardManage *object = iface;
        LONG a2 = v[2].number;
        IUnknown *a3 = v[3].object;
        HRESULT hr = object->lpVtbl->CreateInterface(object, v[0].given ? &v[0].guid : NULL, v[1].text, v[2].given ? &a2 : NULL, v[3].given ? &a3 : NULL);
        v[3].object = a3;
        return hr;
}

static const struct dispatch_method ISCardManage_methods[] = {
    {.name = "AttachByHandle", .id = 1, .kind = DISPATCH_METHOD, .params = ISCardManage_AttachByHandle_params, .params_len = 1, .call = ISCardManage_AttachByHandle_call},
    {.name = "AttachByIFD", .id = 2, .kind = DISPATCH_METHOD, .params = ISCardManage_AttachByIFD_params, .params_len = 1, .call = ISCardManage_AttachByIFD_call},
    {.name = "CreateFileAccess", .id = 3, .kind = DISPATCH_METHOD, .params = ISCardManage_CreateFileAccess_params, .params_len = 1, .call = ISCardManage_CreateFileAccess_call},
    {.name = "CreateCardAuth", .id = 4, .kind = DISPATCH_METHOD, .params = ISCardManage_CreateCardAuth_params, .params_len = 1, .call = ISCardManage_CreateCardAuth_call},
    {.name = "CreateCHVerification", .id = 5, .kind = DISPATCH_METHOD, .params = ISCardManage_CreateCHVerification_params, .params_len = 1, .call = ISCardManage_CreateCHVerification_call},
    {.name = "Detach", .id = 6, .kind = DISPATCH_METHOD, .call = ISCardManage_Detach_call},
    {.name = "SCardLock", .id = 7, .kind = DISPATCH_METHOD, .call = ISCardManage_SCardLock_call},
    {.name = "Reconnect", .id = 8, .kind = DISPATCH_METHOD, .call = ISCardManage_Reconnect_call},
    {.name = "Status", .id = 9, .kind = DISPATCH_METHOD, .params = ISCardManage_Status_params, .params_len = 2, .call = ISCardManage_Status_call},
    {.name = "SCardUnlock", .id = 10, .kind = DISPATCH_METHOD, .params = ISCardManage_SCardUnlock_params, .params_len = 1, .call = ISCardManage_SCardUnlock_call},
    {.name = "CreateInterface", .id = 11, .kind = DISPATCH_METHOD, .params = ISCardManage_CreateInterface_params, .params_len = 4, .call = ISCardManage_CreateInterface_call},
};
const struct dispatch_interface dispatch_ISCardManage = {
    .name = "ISCardManage", .iid = &IID_ISCardManage, .methods = ISCardManage_methods, .methods_len = 11};

static const struct dispatch_param ISCardVerify_ChangeCode_params[] = {
    {.name = "pOldCode", .kind = DISPATCH_OBJECT, .iid = &IID_IByteBuffer, .in = true, .optional = true},
    {.name = "pNewCode", .kind = DISPATCH_OBJECT, .iid = &IID_IByteBuffer, .in = true, .optional = true},
    {.name = "flags", .kind = DISPATCH_NUMBER, .in = true},
    {.name = "lRef", .kind = DISPATCH_NUMBER, .in = true},
};
static HRESULT ISCardVerify_ChangeCode_call(void *iface, struct dispatch_value *v)
{
        ISCardVerify *object = iface;
        return object->lpVtbl->ChangeCode(object, v[0].object, v[1].object, (SCARD_FLAGS)v[2].number, v[3].number);
}

static const struct dispatch_param ISCardVerify_Unblock_params[] = {
    {.name = "lData", .kind = DISPATCH_NUMBER, .in = true},
    {.name = "flags", .kind = DISPATCH_NUMBER, .in = true},
    {.name = "lRef", .kind = DISPATCH_NUMBER, .in = true},
};
static HRESULT ISCardVerify_Unblock_call(void *iface, struct dispatch_value *v)
{
        ISCardVerify *object = iface;
        return object->lpVtbl->Unblock(object, v[0].number, (SCARD_FLAGS)v[1].number, v[2].number);
}

static HRESULT ISCardVerify_ResetSecurityState_call(void *iface, struct dispatch_value *v)
{
        ISCardVerify *object = iface;
        (void)v;
        return object->lpVtbl->ResetSecurityState(object);
}

static const struct dispatch_param ISCardVerify_Verify_params[] = {
    {.name = "pCode", .kind = DISPATCH_OBJECT, .iid = &IID_IByteBuffer, .in = true, .optional = true},
    {.name = "flags", .kind = DISPATCH_NUMBER, .in = true},
    {.name = "lRef", .kind = DISPATCH_NUMBER, .in = true},
};
static HRESULT ISCardVerify_Verify_call(void *iface, struct dispatch_value *v)
{
        ISCardVerify *object = iface;
        return object->lpVtbl->Verify(object, v[0].object, (SCARD_FLAGS)v[1].number, v[2].number);
}

static const struct dispatch_method ISCardVerify_methods[] = {
    {.name = "ChangeCode", .id = 1, .kind = DISPATCH_METHOD, .params = ISCardVerify_ChangeCode_params, .params_len = 4, .call = ISCardVerify_ChangeCode_call},
    {.name = "Unblock", .id = 3, .kind = DISPATCH_METHOD, .params = ISCardVerify_Unblock_params, .params_len = 3, .call = ISCardVerify_Unblock_call},
    {.name = "ResetSecurityState", .id = 4, .kind = DISPATCH_METHOD, .call = ISCardVerify_ResetSecurityState_call},
    {.name = "Verify", .id = 5, .kind = DISPATCH_METHOD, .params = ISCardVerify_Verify_params, .params_len = 3, .call = ISCardVerify_Verify_call},
};
const struct dispatch_interface dispatch_ISCardVerify = {
    .name = "ISCardVerify", .iid = &IID_ISCardVerify, .methods = ISCardVerify_methods, .methods_len = 4};

static const struct dispatch_param ISCardUnblockData_SetUnblockData_params[] = {
    {.name = "pResetCode", .kind = DISPATCH_OBJECT, .iid = &IID_IByteBuffer, .in = true, .optional = true},
    {.name = "pNewCode", .kind = DISPATCH_OBJECT, .iid = &IID_IByteBuffer, .in = true, .optional = true},
    {.name = "plData", .kind = DISPATCH_NUMBER, .out = true, .pointer = true},
};
static HRESULT ISCardUnblockData_SetUnblockData_call(void *iface, struct dispatch_value *v)
{
        ISCardUnblockData *object = iface;
        LONG a2 = v[2].number;
        HRESULT hr = object->lpVtbl->SetUnblockData(object, v[0].object, v[1].object, v[2].given ? &a2 : NULL);
        v[2].number = a2;
        return hr;
}

static const struct dispatch_param ISCardUnblockData_ClearUnblockData_params[] = {
    {.name = "lData", .kind = DISPATCH_NUMBER, .in = true},
};
static HRESULT ISCardUnblockData_ClearUnblockData_call(void *iface, struct dispatch_value *v)
{
        ISCardUnblockData *object = iface;
        return object->lpVtbl->ClearUnblockData(object, v[0].number);
}

static const struct dispatch_method ISCardUnblockData_methods[] = {
    {.name = "SetUnblockData", .id = 257, .kind = DISPATCH_METHOD, .params = ISCardUnblockData_SetUnblockData_params, .params_len = 3, .call = ISCardUnblockData_SetUnblockData_call},
    {.name = "ClearUnblockData", .id = 258, .kind = DISPATCH_METHOD, .params = ISCardUnblockData_ClearUnblockData_params, .params_len = 1, .call = ISCardUnblockData_ClearUnblockData_call},
};
const struct dispatch_interface dispatch_ISCardUnblockData = {
    .name = "ISCardUnblockData", .iid = &IID_ISCardUnblockData, .methods = ISCardUnblockData_methods, .methods_len = 2};

static const struct dispatch_param ISCardFileAccess_ChangeDir_params[] = {
    {.name = "type", .kind = DISPATCH_NUMBER, .in = true},
    {.name = "bstrDir", .kind = DISPATCH_TEXT, .in = true},
};
static HRESULT ISCardFileAccess_ChangeDir_call(void *iface, struct dispatch_value *v)
{
        ISCardFileAccess *object = iface;
        return object->lpVtbl->ChangeDir(object, (REFTYPE)v[0].number, v[1].text);
}

static const struct dispatch_param ISCardFileAccess_Close_params[] = {
    {.name = "hFile", .kind = DISPATCH_HANDLE, .in = true},
};
static HRESULT ISCardFileAccess_Close_call(void *iface, struct dispatch_value *v)
{
        ISCardFileAccess *object = iface;
        return object->lpVtbl->Close(object, v[0].handle);
}

static const struct dispatch_param ISCardFileAccess_Create_params[] = {
    {.name = "type", .kind = DISPATCH_NUMBER, .in = true},
    {.name = "bstrPath", .kind = DISPATCH_TEXT, .in = true},
    {.name = "fileProps", .kind = DISPATCH_TABLE, .in = true},
    {.name = "flags", .kind = DISPATCH_NUMBER, .in = true},
    {.name = "pData", .kind = DISPATCH_OBJECT, .iid = &IID_IByteBuffer, .in = true, .optional = true},
};
static HRESULT ISCardFileAccess_Create_call(void *iface, struct dispatch_value *v)
{
        ISCardFileAccess *object = iface;
        return object->lpVtbl->Create(object, (REFTYPE)v[0].number, v[1].text, v[2].table, (SCARD_FLAGS)v[3].number, v[4].object);
}

static const struct dispatch_param ISCardFileAccess_Delete_params[] = {
    {.name = "type", .kind = DISPATCH_NUMBER, .in = true},
    {.name = "bstrPath", .kind = DISPATCH_TEXT, .in = true},
    {.name = "flags", .kind = DISPATCH_NUMBER, .in = true},
};
static HRESULT ISCardFileAccess_Delete_call(void *iface, struct dispatch_value *v)
{
        ISCardFileAccess *object = iface;
        return object->lpVtbl->Delete(object, (REFTYPE)v[0].number, v[1].text, (SCARD_FLAGS)v[2].number);
}

static const struct dispatch_param ISCardFileAccess_Directory_params[] = {
    {.name = "fileType", .kind = DISPATCH_NUMBER, .in = true},
    {.name = "ppFileList", .kind = DISPATCH_TEXTS, .out = true, .pointer = true},
};
static HRESULT ISCardFileAccess_Directory_call(void *iface, struct dispatch_value *v)
{
        ISCardFileAccess *object = iface;
        SAFEARRAY *a1 = v[1].array;
        HRESULT hr = object->lpVtbl->Directory(object, (FILETYPE)v[0].number, v[1].given ? &a1 : NULL);
        v[1].array = a1;
        return hr;
}

static const struct dispatch_param ISCardFileAccess_GetCurrentDir_params[] = {
    {.name = "pbstrDir", .kind = DISPATCH_TEXT, .out = true, .pointer = true},
};
static HRESULT ISCardFileAccess_GetCurrentDir_call(void *iface, struct dispatch_value *v)
{
        ISCardFileAccess *object = iface;
        BSTR a0 = v[0].text;
        HRESULT hr = object->lpVtbl->GetCurrentDir(object, v[0].given ? &a0 : NULL);
        v[0].text = a0;
        return hr;
}

static const struct dispatch_param ISCardFileAccess_GetFileCapabilities_params[] = {
    {.name = "ppCapabilities", .kind = DISPATCH_TABLE, .in = true, .out = true, .pointer = true},
    {.name = "pCount", .kind = DISPATCH_NUMBER, .in = true, .out = true, .pointer = true, .optional = true},
    {.name = "flags", .kind = DISPATCH_NUMBER, .in = true},
};
static HRESULT ISCardFileAccess_GetFileCapabilities_call(void *iface, struct dispatch_value *v)
{
        ISCardFileAccess *object = iface;
        LPTLV_TABLE a0 = v[0].tables;
        LONG a1 = v[1].number;
        HRESULT hr = object->lpVtbl->GetFileCapabilities(object, &a0, v[1].given ? &a1 : NULL, (SCARD_FLAGS)v[2].number);
        v[0].tables = a0;
        v[1].number = a1;
        return hr;
}

static const struct dispatch_param ISCardFileAccess_GetProperties_params[] = {
    {.name = "type", .kind = DISPATCH_NUMBER, .in = true},
    {.name = "bstrPath", .kind = DISPATCH_TEXT, .in = true},
    {.name = "flags", .kind = DISPATCH_NUMBER, .in = true},
    {.name = "ppProperties", .kind = DISPATCH_TABLE, .in = true, .out = true, .pointer = true},
};
static HRESULT ISCardFileAccess_GetProperties_call(void *iface, struct dispatch_value *v)
{
        ISCardFileAccess *object = iface;
        LPTLV_TABLE a3 = v[3].tables;
        HRESULT hr = object->lpVtbl->GetProperties(object, (REFTYPE)v[0].number, v[1].text, (SCARD_FLAGS)v[2].number, &a3);
        v[3].tables = a3;
        return hr;
}

static const struct dispatch_param ISCardFileAccess_Invalidate_params[] = {
    {.name = "bstrFile", .kind = DISPATCH_TEXT, .in = true},
    {.name = "flags", .kind = DISPATCH_NUMBER, .in = true},
};
static HRESULT ISCardFileAccess_Invalidate_call(void *iface, struct dispatch_value *v)
{
        ISCardFileAccess *object = iface;
        return object->lpVtbl->Invalidate(object, v[0].text, (SCARD_FLAGS)v[1].number);
}

static const struct dispatch_param ISCardFileAccess_Open_params[] = {
    {.name = "type", .kind = DISPATCH_NUMBER, .in = true},
    {.name = "bstrPath", .kind = DISPATCH_TEXT, .in = true},
    {.name = "phFile", .kind = DISPATCH_HANDLE, .out = true, .pointer = true},
};
static HRESULT ISCardFileAccess_Open_call(void *iface, struct dispatch_value *v)
{
        ISCardFileAccess *object = iface;
        HSCARD_FILE a2 = v[2].handle;
        HRESULT hr = object->lpVtbl->Open(object, (REFTYPE)v[0].number, v[1].text, v[2].given ? &a2 : NULL);
        v[2].handle = a2;
        return hr;
}

static const struct dispatch_param ISCardFileAccess_Read_params[] = {
    {.name = "hFile", .kind = DISPATCH_HANDLE, .in = true},
    {.name = "plBytesToRead", .kind = DISPATCH_NUMBER, .in = true, .out = true, .pointer = true},
    {.name = "flags", .kind = DISPATCH_NUMBER, .in = true},
    {.name = "ppBuffer", .kind = DISPATCH_OBJECT, .iid = &IID_IByteBuffer, .out = true, .pointer = true},
};
static HRESULT ISCardFileAccess_Read_call(void *iface, struct dispatch_value *v)
{
        ISCardFileAccess *object = iface;
        LONG a1 = v[1].number;
        IByteBuffer *a3 = v[3].object;
        HRESULT hr = object->lpVtbl->Read(object, v[0].handle, v[1].given ? &a1 : NULL, (SCARD_FLAGS)v[2].number, v[3].given ? &a3 : NULL);
        v[1].number = a1;
        v[3].object = a3;
        return hr;
}

static const struct dispatch_param ISCardFileAccess_Rehabilitate_params[] = {
    {.name = "bstrFile", .kind = DISPATCH_TEXT, .in = true},
    {.name = "flags", .kind = DISPATCH_NUMBER, .in = true},
};
static HRESULT ISCardFileAccess_Rehabilitate_call(void *iface, struct dispatch_value *v)
{
        ISCardFileAccess *object = iface;
        return object->lpVtbl->Rehabilitate(object, v[0].text, (SCARD_FLAGS)v[1].number);
}

static const struct dispatch_param ISCardFileAccess_Seek_params[] = {
    {.name = "hFile", .kind = DISPATCH_HANDLE, .in = true},
    {.name = "pSeek", .kind = DISPATCH_NUMBER, .in = true, .pointer = true},
    {.name = "lOffset", .kind = DISPATCH_NUMBER, .in = true},
};
static HRESULT ISCardFileAccess_Seek_call(void *iface, struct dispatch_value *v)
{
        ISCardFileAccess *object = iface;
        SEEKTYPE a1 = (SEEKTYPE)v[1].number;
        return object->lpVtbl->Seek(object, v[0].handle, v[1].given ? &a1 : NULL, v[2].number);
}

static const struct dispatch_param ISCardFileAccess_SetProperties_params[] = {
    {.name = "type", .kind = DISPATCH_NUMBER, .in = true},
    {.name = "bstrPath", .kind = DISPATCH_TEXT, .in = true},
    {.name = "flags", .kind = DISPATCH_NUMBER, .in = true},
    {.name = "pProperties", .kind = DISPATCH_TABLE, .in = true},
};
static HRESULT ISCardFileAccess_SetProperties_call(void *iface, struct dispatch_value *v)
{
        ISCardFileAccess *object = iface;
        return object->lpVtbl->SetProperties(object, (REFTYPE)v[0].number, v[1].text, (SCARD_FLAGS)v[2].number, v[3].tables);
}

static const struct dispatch_param ISCardFileAccess_Write_params[] = {
    {.name = "hFile", .kind = DISPATCH_HANDLE, .in = true},
    {.name = "pBuffer", .kind = DISPATCH_OBJECT, .iid = &IID_IByteBuffer, .in = true, .optional = true},
    {.name = "flags", .kind = DISPATCH_NUMBER, .in = true},
};
static HRESULT ISCardFileAccess_Write_call(void *iface, struct dispatch_value *v)
{
        ISCardFileAccess *object = iface;
        return object->lpVtbl->Write(object, v[0].handle, v[1].object, (SCARD_FLAGS)v[2].number);
}

static const struct dispatch_method ISCardFileAccess_methods[] = {
    {.name = "ChangeDir", .id = 1, .kind = DISPATCH_METHOD, .params = ISCardFileAccess_ChangeDir_params, .params_len = 2, .call = ISCardFileAccess_ChangeDir_call},
    {.name = "Close", .id = 2, .kind = DISPATCH_METHOD, .params = ISCardFileAccess_Close_params, .params_len = 1, .call = ISCardFileAccess_Close_call},
    {.name = "Create", .id = 3, .kind = DISPATCH_METHOD, .params = ISCardFileAccess_Create_params, .params_len = 5, .call = ISCardFileAccess_Create_call},
    {.name = "Delete", .id = 4, .kind = DISPATCH_METHOD, .params = ISCardFileAccess_Delete_params, .params_len = 3, .call = ISCardFileAccess_Delete_call},
    {.name = "Directory", .id = 5, .kind = DISPATCH_METHOD, .params = ISCardFileAccess_Directory_params, .params_len = 2, .call = ISCardFileAccess_Directory_call},
    {.name = "GetCurrentDir", .id = 6, .kind = DISPATCH_METHOD, .params = ISCardFileAccess_GetCurrentDir_params, .params_len = 1, .call = ISCardFileAccess_GetCurrentDir_call},
    {.name = "GetFileCapabilities", .id = 7, .kind = DISPATCH_METHOD, .params = ISCardFileAccess_GetFileCapabilities_params, .params_len = 3, .call = ISCardFileAccess_GetFileCapabilities_call},
    {.name = "GetProperties", .id = 8, .kind = DISPATCH_METHOD, .params = ISCardFileAccess_GetProperties_params, .params_len = 4, .call = ISCardFileAccess_GetProperties_call},
    {.name = "Invalidate", .id = 10, .kind = DISPATCH_METHOD, .params = ISCardFileAccess_Invalidate_params, .params_len = 2, .call = ISCardFileAccess_Invalidate_call},
    {.name = "Open", .id = 11, .kind = DISPATCH_METHOD, .params = ISCardFileAccess_Open_params, .params_len = 3, .call = ISCardFileAccess_Open_call},
    {.name = "Read", .id = 12, .kind = DISPATCH_METHOD, .params = ISCardFileAccess_Read_params, .params_len = 4, .call = ISCardFileAccess_Read_call},
    {.name = "Rehabilitate", .id = 13, .kind = DISPATCH_METHOD, .params = ISCardFileAccess_Rehabilitate_params, .params_len = 2, .call = ISCardFileAccess_Rehabilitate_call},
    {.name = "Seek", .id = 14, .kind = DISPATCH_METHOD, .params = ISCardFileAccess_Seek_params, .params_len = 3, .call = ISCardFileAccess_Seek_call},
    {.name = "SetProperties", .id = 15, .kind = DISPATCH_METHOD, .params = ISCardFileAccess_SetProperties_params, .params_len = 4, .call = ISCardFileAccess_SetProperties_call},
    {.name = "Write", .id = 16, .kind = DISPATCH_METHOD, .params = ISCardFileAccess_Write_params, .params_len = 3, .call = ISCardFileAccess_Write_call},
};
const struct dispatch_interface dispatch_ISCardFileAccess = {
    .name = "ISCardFileAccess", .iid = &IID_ISCardFileAccess, .methods = ISCardFileAccess_methods, .methods_len = 15};

static const struct dispatch_param ISCardAuth_APP_Auth_params[] = {
    {.name = "lAlgoID", .kind = DISPATCH_NUMBER, .in = true},
    {.name = "pParam", .kind = DISPATCH_OBJECT, .iid = &IID_IByteBuffer, .in = true, .optional = true},
    {.name = "pBuffer", .kind = DISPATCH_OBJECT, .iid = &IID_IByteBuffer, .in = true, .optional = true},
};
static HRESULT ISCardAuth_APP_Auth_call(void *iface, struct dispatch_value *v)
{
        ISCardAuth *object = iface;
        return object->lpVtbl->APP_Auth(object, v[0].number, v[1].object, v[2].object);
}

static const struct dispatch_param ISCardAuth_GetChallenge_params[] = {
    {.name = "lAlgoID", .kind = DISPATCH_NUMBER, .in = true},
    {.name = "lLengthOfChallenge", .kind = DISPATCH_NUMBER, .in = true},
    {.name = "pParam", .kind = DISPATCH_OBJECT, .iid = &IID_IByteBuffer, .in = true, .optional = true},
    {.name = "ppBuffer", .kind = DISPATCH_OBJECT, .iid = &IID_IByteBuffer, .in = true, .out = true, .pointer = true},
};
static HRESULT ISCardAuth_GetChallenge_call(void *iface, struct dispatch_value *v)
{
        ISCardAuth *object = iface;
        IByteBuffer *a3 = v[3].object;
        HRESULT hr = object->lpVtbl->GetChallenge(object, v[0].number, v[1].number, v[2].object, v[3].given ? &a3 : NULL);
        v[3].object = a3;
        return hr;
}

static const struct dispatch_param ISCardAuth_ICC_Auth_params[] = {
    {.name = "lAlgoID", .kind = DISPATCH_NUMBER, .in = true},
    {.name = "pParam", .kind = DISPATCH_OBJECT, .iid = &IID_IByteBuffer, .in = true, .optional = true},
    {.name = "ppBuffer", .kind = DISPATCH_OBJECT, .iid = &IID_IByteBuffer, .in = true, .out = true, .pointer = true},
};
static HRESULT ISCardAuth_ICC_Auth_call(void *iface, struct dispatch_value *v)
{
        ISCardAuth *object = iface;
        IByteBuffer *a2 = v[2].object;
        HRESULT hr = object->lpVtbl->ICC_Auth(object, v[0].number, v[1].object, v[2].given ? &a2 : NULL);
        v[2].object = a2;
        return hr;
}

static const struct dispatch_param ISCardAuth_User_Auth_params[] = {
    {.name = "lAlgoID", .kind = DISPATCH_NUMBER, .in = true},
    {.name = "pParam", .kind = DISPATCH_OBJECT, .iid = &IID_IByteBuffer, .in = true, .optional = true},
    {.name = "pBuffer", .kind = DISPATCH_OBJECT, .iid = &IID_IByteBuffer, .in = true, .optional = true},
};
static HRESULT ISCardAuth_User_Auth_call(void *iface, struct dispatch_value *v)
{
        ISCardAuth *object = iface;
        return object->lpVtbl->User_Auth(object, v[0].number, v[1].object, v[2].object);
}

static const struct dispatch_method ISCardAuth_methods[] = {
    {.name = "APP_Auth", .id = 1, .kind = DISPATCH_METHOD, .params = ISCardAuth_APP_Auth_params, .params_len = 3, .call = ISCardAuth_APP_Auth_call},
    {.name = "GetChallenge", .id = 2, .kind = DISPATCH_METHOD, .params = ISCardAuth_GetChallenge_params, .params_len = 4, .call = ISCardAuth_GetChallenge_call},
    {.name = "ICC_Auth", .id = 3, .kind = DISPATCH_METHOD, .params = ISCardAuth_ICC_Auth_params, .params_len = 3, .call = ISCardAuth_ICC_Auth_call},
    {.name = "User_Auth", .id = 5, .kind = DISPATCH_METHOD, .params = ISCardAuth_User_Auth_params, .params_len = 3, .call = ISCardAuth_User_Auth_call},
};
const struct dispatch_interface dispatch_ISCardAuth = {
    .name = "ISCardAuth", .iid = &IID_ISCardAuth, .methods = ISCardAuth_methods, .methods_len = 4};

static const struct dispatch_param ISCardManageXP_AttachByHandle_params[] = {
    {.name = "hICC", .kind = DISPATCH_HANDLE, .in = true},
};
static HRESULT ISCardManageXP_AttachByHandle_call(void *iface, struct dispatch_value *v)
{
        ISCardManageXP *object = iface;
        return object->lpVtbl->AttachByHandle(object, v[0].handle);
}

static const struct dispatch_param ISCardManageXP_AttachByIFD_params[] = {
    {.name = "bstrIFDName", .kind = DISPATCH_TEXT, .in = true},
    {.name = "flags", .kind = DISPATCH_NUMBER, .in = true},
};
static HRESULT ISCardManageXP_AttachByIFD_call(void *iface, struct dispatch_value *v)
{
        ISCardManageXP *object = iface;
        return object->lpVtbl->AttachByIFD(object, v[0].text, (SCARD_SHARE_MODES)v[1].number);
}

static const struct dispatch_param ISCardManageXP_CreateFileAccess_params[] = {
    {.name = "ppISCardFileAccess", .kind = DISPATCH_OBJECT, .iid = &IID_ISCardFileAccessXP, .out = true, .pointer = true},
};
static HRESULT ISCardManageXP_CreateFileAccess_call(void *iface, struct dispatch_value *v)
{
        ISCardManageXP *object = iface;
        ISCardFileAccessXP *a0 = v[0].object;
        HRESULT hr = object->lpVtbl->CreateFileAccess(object, v[0].given ? &a0 : NULL);
        v[0].object = a0;
        return hr;
}

static const struct dispatch_param ISCardManageXP_CreateCardAuth_params[] = {
    {.name = "ppISCardAuth", .kind = DISPATCH_OBJECT, .iid = &IID_ISCardAuthXP, .out = true, .pointer = true},
};
static HRESULT ISCardManageXP_CreateCardAuth_call(void *iface, struct dispatch_value *v)
{
        ISCardManageXP *object = iface;
        ISCardAuthXP *a0 = v[0].object;
        HRESULT hr = object->lpVtbl->CreateCardAuth(object, v[0].given ? &a0 : NULL);
        v[0].object = a0;
        return hr;
}

static const struct dispatch_param ISCardManageXP_CreateCHVerification_params[] = {
    {.name = "ppISCardVerify", .kind = DISPATCH_OBJECT, .iid = &IID_ISCardVerifyXP, .out = true, .pointer = true},
};
static HRESULT ISCardManageXP_CreateCHVerification_call(void *iface, struct dispatch_value *v)
{
        ISCardManageXP *object = iface;
        ISCardVerifyXP *a0 = v[0].object;
        HRESULT hr = object->lpVtbl->CreateCHVerification(object, v[0].given ? &a0 : NULL);
        v[0].object = a0;
        return hr;
}

static HRESULT ISCardManageXP_Detach_call(void *iface, struct dispatch_value *v)
{
        ISCardManageXP *object = iface;
        (void)v;
        return object->lpVtbl->Detach(object);
}

static HRESULT ISCardManageXP_SCardLock_call(void *iface, struct dispatch_value *v)
{
        ISCardManageXP *object = iface;
        (void)v;
        return object->lpVtbl->SCardLock(object);
}

static HRESULT ISCardManageXP_Reconnect_call(void *iface, struct dispatch_value *v)
{
        ISCardManageXP *object = iface;
        (void)v;
        return object->lpVtbl->Reconnect(object);
}

static const struct dispatch_param ISCardManageXP_Status_params[] = {
    {.name = "pState", .kind = DISPATCH_NUMBER, .out = true, .pointer = true},
    {.name = "pProtocol", .kind = DISPATCH_NUMBER, .out = true, .pointer = true},
};
static HRESULT ISCardManageXP_Status_call(void *iface, struct dispatch_value *v)
{
        ISCardManageXP *object = iface;
        SCARD_STATES a0 = (SCARD_STATES)v[0].number;
        SCARD_PROTOCOLS a1 = (SCARD_PROTOCOLS)v[1].number;
        HRESULT hr = object->lpVtbl->Status(object, v[0].given ? &a0 : NULL, v[1].given ? &a1 : NULL);
        v[0].number = (LONG)a0;
        v[1].number = (LONG)a1;
        return hr;
}

static const struct dispatch_param ISCardManageXP_SCardUnlock_params[] = {
    {.name = "disposition", .kind = DISPATCH_NUMBER, .in = true, .optional = true, .number = (LONG)LEAVE},
};
static HRESULT ISCardManageXP_SCardUnlock_call(void *iface, struct dispatch_value *v)
{
        ISCardManageXP *object = iface;
        return object->lpVtbl->SCardUnlock(object, (SCARD_DISPOSITIONS)v[0].number);
}

static const struct dispatch_param ISCardManageXP_CreateInterface_params[] = {
    {.name = "pIID", .kind = DISPATCH_GUID, .in = true, .optional = true},
    {.name = "bstrName", .kind = DISPATCH_TEXT, .in = true, .optional = true},
    {.name = "pUserData", .kind = DISPATCH_NUMBER, .in = true, .pointer = true, .optional = true},
    {.name = "ppInterface", .kind = DISPATCH_OBJECT, .iid = &IID_IUnknown, .out = true, .pointer = true},
};
static HRESULT ISCardManageXP_CreateInterface_call(void *iface, struct dispatch_value *v)
{
        ISCardManageXP *object = iface;
        LONG a2 = v[2].number;
        IUnknown *a3 = v[3].object;
        HRESULT hr = object->lpVtbl->CreateInterface(object, v[0].given ? &v[0].guid : NULL, v[1].text, v[2].given ? &a2 : NULL, v[3].given ? &a3 : NULL);
        v[3].object = a3;
        return hr;
}

static const struct dispatch_method ISCardManageXP_methods[] = {
    {.name = "AttachByHandle", .id = 1, .kind = DISPATCH_METHOD, .params = ISCardManageXP_AttachByHandle_params, .params_len = 1, .call = ISCardManageXP_AttachByHandle_call},
    {.name = "AttachByIFD", .id = 2, .kind = DISPATCH_METHOD, .params = ISCardManageXP_AttachByIFD_params, .params_len = 2, .call = ISCardManageXP_AttachByIFD_call},
    {.name = "CreateFileAccess", .id = 3, .kind = DISPATCH_METHOD, .params = ISCardManageXP_CreateFileAccess_params, .params_len = 1, .call = ISCardManageXP_CreateFileAccess_call},
    {.name = "CreateCardAuth", .id = 4, .kind = DISPATCH_METHOD, .params = ISCardManageXP_CreateCardAuth_params, .params_len = 1, .call = ISCardManageXP_CreateCardAuth_call},
    {.name = "CreateCHVerification", .id = 5, .kind = DISPATCH_METHOD, .params = ISCardManageXP_CreateCHVerification_params, .params_len = 1, .call = ISCardManageXP_CreateCHVerification_call},
    {.name = "Detach", .id = 6, .kind = DISPATCH_METHOD, .call = ISCardManageXP_Detach_call},
    {.name = "SCardLock", .id = 7, .kind = DISPATCH_METHOD, .call = ISCardManageXP_SCardLock_call},
    {.name = "Reconnect", .id = 8, .kind = DISPATCH_METHOD, .call = ISCardManageXP_Reconnect_call},
    {.name = "Status", .id = 9, .kind = DISPATCH_METHOD, .params = ISCardManageXP_Status_params, .params_len = 2, .call = ISCardManageXP_Status_call},
    {.name = "SCardUnlock", .id = 10, .kind = DISPATCH_METHOD, .params = ISCardManageXP_SCardUnlock_params, .params_len = 1, .call = ISCardManageXP_SCardUnlock_call},
    {.name = "CreateInterface", .id = 11, .kind = DISPATCH_METHOD, .params = ISCardManageXP_CreateInterface_params, .params_len = 4, .call = ISCardManageXP_CreateInterface_call},
};
const struct dispatch_interface dispatch_ISCardManageXP = {
    .name = "ISCardManageXP", .iid = &IID_ISCardManageXP, .methods = ISCardManageXP_methods, .methods_len = 11};

static const struct dispatch_param ISCardVerifyXP_ChangeCode_params[] = {
    {.name = "pOldCode", .kind = DISPATCH_OBJECT, .iid = &IID_IByteBuffer, .in = true, .optional = true},
    {.name = "pNewCode", .kind = DISPATCH_OBJECT, .iid = &IID_IByteBuffer, .in = true, .optional = true},
    {.name = "flags", .kind = DISPATCH_NUMBER, .in = true},
    {.name = "lRef", .kind = DISPATCH_NUMBER, .in = true},
};
static HRESULT ISCardVerifyXP_ChangeCode_call(void *iface, struct dispatch_value *v)
{
        ISCardVerifyXP *object = iface;
        return object->lpVtbl->ChangeCode(object, v[0].object, v[1].object, (SCARD_FLAGS)v[2].number, v[3].number);
}

static const struct dispatch_param ISCardVerifyXP_Initialize_params[] = {
    {.name = "lpData", .kind = DISPATCH_NUMBER, .in = true, .pointer = true, .optional = true},
};
static HRESULT ISCardVerifyXP_Initialize_call(void *iface, struct dispatch_value *v)
{
        ISCardVerifyXP *object = iface;
        LONG a0 = v[0].number;
        return object->lpVtbl->Initialize(object, v[0].given ? &a0 : NULL);
}

static const struct dispatch_param ISCardVerifyXP_Unblock_params[] = {
    {.name = "lData", .kind = DISPATCH_NUMBER, .in = true},
    {.name = "flags", .kind = DISPATCH_NUMBER, .in = true},
    {.name = "lRef", .kind = DISPATCH_NUMBER, .in = true},
};
static HRESULT ISCardVerifyXP_Unblock_call(void *iface, struct dispatch_value *v)
{
        ISCardVerifyXP *object = iface;
        return object->lpVtbl->Unblock(object, v[0].number, (SCARD_FLAGS)v[1].number, v[2].number);
}

static const struct dispatch_param ISCardVerifyXP_ResetSecurityState_params[] = {
    {.name = "flags", .kind = DISPATCH_NUMBER, .in = true},
};
static HRESULT ISCardVerifyXP_ResetSecurityState_call(void *iface, struct dispatch_value *v)
{
        ISCardVerifyXP *object = iface;
        return object->lpVtbl->ResetSecurityState(object, (SCARD_FLAGS)v[0].number);
}

static const struct dispatch_param ISCardVerifyXP_Verify_params[] = {
    {.name = "pCode", .kind = DISPATCH_OBJECT, .iid = &IID_IByteBuffer, .in = true, .optional = true},
    {.name = "flags", .kind = DISPATCH_NUMBER, .in = true},
    {.name = "lpRef", .kind = DISPATCH_NUMBER, .in = true, .out = true, .pointer = true},
};
static HRESULT ISCardVerifyXP_Verify_call(void *iface, struct dispatch_value *v)
{
        ISCardVerifyXP *object = iface;
        LONG a2 = v[2].number;
        HRESULT hr = object->lpVtbl->Verify(object, v[0].object, (SCARD_FLAGS)v[1].number, v[2].given ? &a2 : NULL);
        v[2].number = a2;
        return hr;
}

static const struct dispatch_method ISCardVerifyXP_methods[] = {
    {.name = "ChangeCode", .id = 1, .kind = DISPATCH_METHOD, .params = ISCardVerifyXP_ChangeCode_params, .params_len = 4, .call = ISCardVerifyXP_ChangeCode_call},
    {.name = "Initialize", .id = 2, .kind = DISPATCH_METHOD, .params = ISCardVerifyXP_Initialize_params, .params_len = 1, .call = ISCardVerifyXP_Initialize_call},
    {.name = "Unblock", .id = 3, .kind = DISPATCH_METHOD, .params = ISCardVerifyXP_Unblock_params, .params_len = 3, .call = ISCardVerifyXP_Unblock_call},
    {.name = "ResetSecurityState", .id = 4, .kind = DISPATCH_METHOD, .params = ISCardVerifyXP_ResetSecurityState_params, .params_len = 1, .call = ISCardVerifyXP_ResetSecurityState_call},
    {.name = "Verify", .id = 5, .kind = DISPATCH_METHOD, .params = ISCardVerifyXP_Verify_params, .params_len = 3, .call = ISCardVerifyXP_Verify_call},
};
const struct dispatch_interface dispatch_ISCardVerifyXP = {
    .name = "ISCardVerifyXP", .iid = &IID_ISCardVerifyXP, .methods = ISCardVerifyXP_methods, .methods_len = 5};

static const struct dispatch_param ISCardFileAccessXP_ChangeDir_params[] = {
    {.name = "type", .kind = DISPATCH_NUMBER, .in = true},
    {.name = "bstrDir", .kind = DISPATCH_TEXT, .in = true},
};
static HRESULT ISCardFileAccessXP_ChangeDir_call(void *iface, struct dispatch_value *v)
{
        ISCardFileAccessXP *object = iface;
        return object->lpVtbl->ChangeDir(object, (REFTYPE)v[0].number, v[1].text);
}

static const struct dispatch_param ISCardFileAccessXP_Close_params[] = {
    {.name = "hFile", .kind = DISPATCH_HANDLE, .in = true},
};
static HRESULT ISCardFileAccessXP_Close_call(void *iface, struct dispatch_value *v)
{
        ISCardFileAccessXP *object = iface;
        return object->lpVtbl->Close(object, v[0].handle);
}

static const struct dispatch_param ISCardFileAccessXP_Create_params[] = {
    {.name = "type", .kind = DISPATCH_NUMBER, .in = true},
    {.name = "bstrPath", .kind = DISPATCH_TEXT, .in = true},
    {.name = "ppFileProps", .kind = DISPATCH_TABLE, .in = true, .pointer = true},
    {.name = "pCount", .kind = DISPATCH_NUMBER, .in = true, .pointer = true, .optional = true},
    {.name = "flags", .kind = DISPATCH_NUMBER, .in = true},
    {.name = "pData", .kind = DISPATCH_OBJECT, .iid = &IID_IByteBuffer, .in = true, .optional = true},
};
static HRESULT ISCardFileAccessXP_Create_call(void *iface, struct dispatch_value *v)
{
        ISCardFileAccessXP *object = iface;
        LPTLV_TABLE a2 = v[2].tables;
        LONG a3 = v[3].number;
        HRESULT hr = object->lpVtbl->Create(object, (REFTYPE)v[0].number, v[1].text, &a2, v[3].given ? &a3 : NULL, (SCARD_FLAGS)v[4].number, v[5].object);
        v[2].tables = a2;
        return hr;
}

static const struct dispatch_param ISCardFileAccessXP_Delete_params[] = {
    {.name = "type", .kind = DISPATCH_NUMBER, .in = true},
    {.name = "bstrPath", .kind = DISPATCH_TEXT, .in = true},
    {.name = "flags", .kind = DISPATCH_NUMBER, .in = true},
};
static HRESULT ISCardFileAccessXP_Delete_call(void *iface, struct dispatch_value *v)
{
        ISCardFileAccessXP *object = iface;
        return object->lpVtbl->Delete(object, (REFTYPE)v[0].number, v[1].text, (SCARD_FLAGS)v[2].number);
}

static const struct dispatch_param ISCardFileAccessXP_Directory_params[] = {
    {.name = "fileType", .kind = DISPATCH_NUMBER, .in = true},
    {.name = "ppFileList", .kind = DISPATCH_TEXTS, .out = true, .pointer = true},
};
static HRESULT ISCardFileAccessXP_Directory_call(void *iface, struct dispatch_value *v)
{
        ISCardFileAccessXP *object = iface;
        SAFEARRAY *a1 = v[1].array;
        HRESULT hr = object->lpVtbl->Directory(object, (FILETYPE)v[0].number, v[1].given ? &a1 : NULL);
        v[1].array = a1;
        return hr;
}

static const struct dispatch_param ISCardFileAccessXP_GetCurrentDir_params[] = {
    {.name = "pbstrDir", .kind = DISPATCH_TEXT, .out = true, .pointer = true},
};
static HRESULT ISCardFileAccessXP_GetCurrentDir_call(void *iface, struct dispatch_value *v)
{
        ISCardFileAccessXP *object = iface;
        BSTR a0 = v[0].text;
        HRESULT hr = object->lpVtbl->GetCurrentDir(object, v[0].given ? &a0 : NULL);
        v[0].text = a0;
        return hr;
}

static const struct dispatch_param ISCardFileAccessXP_GetFileCapabilities_params[] = {
    {.name = "ppCapabilities", .kind = DISPATCH_TABLE, .in = true, .out = true, .pointer = true},
    {.name = "pCount", .kind = DISPATCH_NUMBER, .in = true, .out = true, .pointer = true, .optional = true},
    {.name = "flags", .kind = DISPATCH_NUMBER, .in = true},
};
static HRESULT ISCardFileAccessXP_GetFileCapabilities_call(void *iface, struct dispatch_value *v)
{
        ISCardFileAccessXP *object = iface;
        LPTLV_TABLE a0 = v[0].tables;
        LONG a1 = v[1].number;
        HRESULT hr = object->lpVtbl->GetFileCapabilities(object, &a0, v[1].given ? &a1 : NULL, (SCARD_FLAGS)v[2].number);
        v[0].tables = a0;
        v[1].number = a1;
        return hr;
}

static const struct dispatch_param ISCardFileAccessXP_GetProperties_params[] = {
    {.name = "type", .kind = DISPATCH_NUMBER, .in = true},
    {.name = "bstrPath", .kind = DISPATCH_TEXT, .in = true},
    {.name = "ppProperties", .kind = DISPATCH_TABLE, .in = true, .out = true, .pointer = true},
    {.name = "pCount", .kind = DISPATCH_NUMBER, .in = true, .out = true, .pointer = true, .optional = true},
    {.name = "flags", .kind = DISPATCH_NUMBER, .in = true},
};
static HRESULT ISCardFileAccessXP_GetProperties_call(void *iface, struct dispatch_value *v)
{
        ISCardFileAccessXP *object = iface;
        LPTLV_TABLE a2 = v[2].tables;
        LONG a3 = v[3].number;
        HRESULT hr = object->lpVtbl->GetProperties(object, (REFTYPE)v[0].number, v[1].text, &a2, v[3].given ? &a3 : NULL, (SCARD_FLAGS)v[4].number);
        v[2].tables = a2;
        v[3].number = a3;
        return hr;
}

static const struct dispatch_param ISCardFileAccessXP_Initialize_params[] = {
    {.name = "lpData", .kind = DISPATCH_NUMBER, .in = true, .pointer = true, .optional = true},
};
static HRESULT ISCardFileAccessXP_Initialize_call(void *iface, struct dispatch_value *v)
{
        ISCardFileAccessXP *object = iface;
        LONG a0 = v[0].number;
        return object->lpVtbl->Initialize(object, v[0].given ? &a0 : NULL);
}

static const struct dispatch_param ISCardFileAccessXP_Invalidate_params[] = {
    {.name = "bstrFile", .kind = DISPATCH_TEXT, .in = true},
    {.name = "flags", .kind = DISPATCH_NUMBER, .in = true},
};
static HRESULT ISCardFileAccessXP_Invalidate_call(void *iface, struct dispatch_value *v)
{
        ISCardFileAccessXP *object = iface;
        return object->lpVtbl->Invalidate(object, v[0].text, (SCARD_FLAGS)v[1].number);
}

static const struct dispatch_param ISCardFileAccessXP_Open_params[] = {
    {.name = "type", .kind = DISPATCH_NUMBER, .in = true},
    {.name = "bstrPath", .kind = DISPATCH_TEXT, .in = true},
    {.name = "phFile", .kind = DISPATCH_HANDLE, .out = true, .pointer = true},
};
static HRESULT ISCardFileAccessXP_Open_call(void *iface, struct dispatch_value *v)
{
        ISCardFileAccessXP *object = iface;
        HSCARD_FILE a2 = v[2].handle;
        HRESULT hr = object->lpVtbl->Open(object, (REFTYPE)v[0].number, v[1].text, v[2].given ? &a2 : NULL);
        v[2].handle = a2;
        return hr;
}

static const struct dispatch_param ISCardFileAccessXP_Read_params[] = {
    {.name = "hFile", .kind = DISPATCH_HANDLE, .in = true},
    {.name = "plBytesToRead", .kind = DISPATCH_NUMBER, .in = true, .out = true, .pointer = true},
    {.name = "ppBuffer", .kind = DISPATCH_OBJECT, .iid = &IID_IByteBuffer, .out = true, .pointer = true},
    {.name = "flags", .kind = DISPATCH_NUMBER, .in = true},
};
static HRESULT ISCardFileAccessXP_Read_call(void *iface, struct dispatch_value *v)
{
        ISCardFileAccessXP *object = iface;
        LONG a1 = v[1].number;
        IByteBuffer *a2 = v[2].object;
        HRESULT hr = object->lpVtbl->Read(object, v[0].handle, v[1].given ? &a1 : NULL, v[2].given ? &a2 : NULL, (SCARD_FLAGS)v[3].number);
        v[1].number = a1;
        v[2].object = a2;
        return hr;
}

static const struct dispatch_param ISCardFileAccessXP_Rehabilitate_params[] = {
    {.name = "bstrFile", .kind = DISPATCH_TEXT, .in = true},
    {.name = "flags", .kind = DISPATCH_NUMBER, .in = true},
};
static HRESULT ISCardFileAccessXP_Rehabilitate_call(void *iface, struct dispatch_value *v)
{
        ISCardFileAccessXP *object = iface;
        return object->lpVtbl->Rehabilitate(object, v[0].text, (SCARD_FLAGS)v[1].number);
}

static const struct dispatch_param ISCardFileAccessXP_Seek_params[] = {
    {.name = "hFile", .kind = DISPATCH_HANDLE, .in = true},
    {.name = "lOffset", .kind = DISPATCH_NUMBER, .in = true},
    {.name = "seek", .kind = DISPATCH_NUMBER, .in = true},
};
static HRESULT ISCardFileAccessXP_Seek_call(void *iface, struct dispatch_value *v)
{
        ISCardFileAccessXP *object = iface;
        return object->lpVtbl->Seek(object, v[0].handle, v[1].number, (SEEKTYPE)v[2].number);
}

static const struct dispatch_param ISCardFileAccessXP_SetProperties_params[] = {
    {.name = "type", .kind = DISPATCH_NUMBER, .in = true},
    {.name = "bstrPath", .kind = DISPATCH_TEXT, .in = true},
    {.name = "pProperties", .kind = DISPATCH_TABLE, .in = true},
    {.name = "lCount", .kind = DISPATCH_NUMBER, .in = true},
    {.name = "flags", .kind = DISPATCH_NUMBER, .in = true},
};
static HRESULT ISCardFileAccessXP_SetProperties_call(void *iface, struct dispatch_value *v)
{
        ISCardFileAccessXP *object = iface;
        return object->lpVtbl->SetProperties(object, (REFTYPE)v[0].number, v[1].text, v[2].tables, v[3].number, (SCARD_FLAGS)v[4].number);
}

static const struct dispatch_param ISCardFileAccessXP_Write_params[] = {
    {.name = "hFile", .kind = DISPATCH_HANDLE, .in = true},
    {.name = "lLength", .kind = DISPATCH_NUMBER, .in = true},
    {.name = "pBuffer", .kind = DISPATCH_OBJECT, .iid = &IID_IByteBuffer, .in = true, .optional = true},
    {.name = "flags", .kind = DISPATCH_NUMBER, .in = true},
};
static HRESULT ISCardFileAccessXP_Write_call(void *iface, struct dispatch_value *v)
{
        ISCardFileAccessXP *object = iface;
        return object->lpVtbl->Write(object, v[0].handle, v[1].number, v[2].object, (SCARD_FLAGS)v[3].number);
}

static const struct dispatch_method ISCardFileAccessXP_methods[] = {
    {.name = "ChangeDir", .id = 1, .kind = DISPATCH_METHOD, .params = ISCardFileAccessXP_ChangeDir_params, .params_len = 2, .call = ISCardFileAccessXP_ChangeDir_call},
    {.name = "Close", .id = 2, .kind = DISPATCH_METHOD, .params = ISCardFileAccessXP_Close_params, .params_len = 1, .call = ISCardFileAccessXP_Close_call},
    {.name = "Create", .id = 3, .kind = DISPATCH_METHOD, .params = ISCardFileAccessXP_Create_params, .params_len = 6, .call = ISCardFileAccessXP_Create_call},
    {.name = "Delete", .id = 4, .kind = DISPATCH_METHOD, .params = ISCardFileAccessXP_Delete_params, .params_len = 3, .call = ISCardFileAccessXP_Delete_call},
    {.name = "Directory", .id = 5, .kind = DISPATCH_METHOD, .params = ISCardFileAccessXP_Directory_params, .params_len = 2, .call = ISCardFileAccessXP_Directory_call},
    {.name = "GetCurrentDir", .id = 6, .kind = DISPATCH_METHOD, .params = ISCardFileAccessXP_GetCurrentDir_params, .params_len = 1, .call = ISCardFileAccessXP_GetCurrentDir_call},
    {.name = "GetFileCapabilities", .id = 7, .kind = DISPATCH_METHOD, .params = ISCardFileAccessXP_GetFileCapabilities_params, .params_len = 3, .call = ISCardFileAccessXP_GetFileCapabilities_call},
    {.name = "GetProperties", .id = 8, .kind = DISPATCH_METHOD, .params = ISCardFileAccessXP_GetProperties_params, .params_len = 5, .call = ISCardFileAccessXP_GetProperties_call},
    {.name = "Initialize", .id = 9, .kind = DISPATCH_METHOD, .params = ISCardFileAccessXP_Initialize_params, .params_len = 1, .call = ISCardFileAccessXP_Initialize_call},
    {.name = "Invalidate", .id = 10, .kind = DISPATCH_METHOD, .params = ISCardFileAccessXP_Invalidate_params, .params_len = 2, .call = ISCardFileAccessXP_Invalidate_call},
    {.name = "Open", .id = 11, .kind = DISPATCH_METHOD, .params = ISCardFileAccessXP_Open_params, .params_len = 3, .call = ISCardFileAccessXP_Open_call},
    {.name = "Read", .id = 12, .kind = DISPATCH_METHOD, .params = ISCardFileAccessXP_Read_params, .params_len = 4, .call = ISCardFileAccessXP_Read_call},
    {.name = "Rehabilitate", .id = 13, .kind = DISPATCH_METHOD, .params = ISCardFileAccessXP_Rehabilitate_params, .params_len = 2, .call = ISCardFileAccessXP_Rehabilitate_call},
    {.name = "Seek", .id = 14, .kind = DISPATCH_METHOD, .params = ISCardFileAccessXP_Seek_params, .params_len = 3, .call = ISCardFileAccessXP_Seek_call},
    {.name = "SetProperties", .id = 15, .kind = DISPATCH_METHOD, .params = ISCardFileAccessXP_SetProperties_params, .params_len = 5, .call = ISCardFileAccessXP_SetProperties_call},
    {.name = "Write", .id = 16, .kind = DISPATCH_METHOD, .params = ISCardFileAccessXP_Write_params, .params_len = 4, .call = ISCardFileAccessXP_Write_call},
};
const struct dispatch_interface dispatch_ISCardFileAccessXP = {
    .name = "ISCardFileAccessXP", .iid = &IID_ISCardFileAccessXP, .methods = ISCardFileAccessXP_methods, .methods_len = 16};

static const struct dispatch_param ISCardAuthXP_APP_Auth_params[] = {
    {.name = "lAlgoID", .kind = DISPATCH_NUMBER, .in = true},
    {.name = "pParam", .kind = DISPATCH_OBJECT, .iid = &IID_IByteBuffer, .in = true, .optional = true},
    {.name = "pBuffer", .kind = DISPATCH_OBJECT, .iid = &IID_IByteBuffer, .in = true, .optional = true},
};
static HRESULT ISCardAuthXP_APP_Auth_call(void *iface, struct dispatch_value *v)
{
        ISCardAuthXP *object = iface;
        return object->lpVtbl->APP_Auth(object, v[0].number, v[1].object, v[2].object);
}

static const struct dispatch_param ISCardAuthXP_GetChallenge_params[] = {
    {.name = "lAlgoID", .kind = DISPATCH_NUMBER, .in = true},
    {.name = "pParam", .kind = DISPATCH_OBJECT, .iid = &IID_IByteBuffer, .in = true, .optional = true},
    {.name = "plLength", .kind = DISPATCH_NUMBER, .in = true, .out = true, .pointer = true},
    {.name = "ppBuffer", .kind = DISPATCH_OBJECT, .iid = &IID_IByteBuffer, .in = true, .out = true, .pointer = true},
};
static HRESULT ISCardAuthXP_GetChallenge_call(void *iface, struct dispatch_value *v)
{
        ISCardAuthXP *object = iface;
        LONG a2 = v[2].number;
        IByteBuffer *a3 = v[3].object;
        HRESULT hr = object->lpVtbl->GetChallenge(object, v[0].number, v[1].object, v[2].given ? &a2 : NULL, v[3].given ? &a3 : NULL);
        v[2].number = a2;
        v[3].object = a3;
        return hr;
}

static const struct dispatch_param ISCardAuthXP_ICC_Auth_params[] = {
    {.name = "lAlgoID", .kind = DISPATCH_NUMBER, .in = true},
    {.name = "pParam", .kind = DISPATCH_OBJECT, .iid = &IID_IByteBuffer, .in = true, .optional = true},
    {.name = "plLength", .kind = DISPATCH_NUMBER, .in = true, .out = true, .pointer = true},
    {.name = "ppBuffer", .kind = DISPATCH_OBJECT, .iid = &IID_IByteBuffer, .in = true, .out = true, .pointer = true},
};
static HRESULT ISCardAuthXP_ICC_Auth_call(void *iface, struct dispatch_value *v)
{
        ISCardAuthXP *object = iface;
        LONG a2 = v[2].number;
        IByteBuffer *a3 = v[3].object;
        HRESULT hr = object->lpVtbl->ICC_Auth(object, v[0].number, v[1].object, v[2].given ? &a2 : NULL, v[3].given ? &a3 : NULL);
        v[2].number = a2;
        v[3].object = a3;
        return hr;
}

static const struct dispatch_param ISCardAuthXP_Initialize_params[] = {
    {.name = "lpData", .kind = DISPATCH_NUMBER, .in = true, .pointer = true, .optional = true},
};
static HRESULT ISCardAuthXP_Initialize_call(void *iface, struct dispatch_value *v)
{
        ISCardAuthXP *object = iface;
        LONG a0 = v[0].number;
        return object->lpVtbl->Initialize(object, v[0].given ? &a0 : NULL);
}

static const struct dispatch_param ISCardAuthXP_User_Auth_params[] = {
    {.name = "lAlgoID", .kind = DISPATCH_NUMBER, .in = true},
    {.name = "pParam", .kind = DISPATCH_OBJECT, .iid = &IID_IByteBuffer, .in = true, .optional = true},
    {.name = "plLength", .kind = DISPATCH_NUMBER, .in = true, .out = true, .pointer = true},
    {.name = "ppBuffer", .kind = DISPATCH_OBJECT, .iid = &IID_IByteBuffer, .in = true, .out = true, .pointer = true},
};
static HRESULT ISCardAuthXP_User_Auth_call(void *iface, struct dispatch_value *v)
{
        ISCardAuthXP *object = iface;
        LONG a2 = v[2].number;
        IByteBuffer *a3 = v[3].object;
        HRESULT hr = object->lpVtbl->User_Auth(object, v[0].number, v[1].object, v[2].given ? &a2 : NULL, v[3].given ? &a3 : NULL);
        v[2].number = a2;
        v[3].object = a3;
        return hr;
}

static const struct dispatch_method ISCardAuthXP_methods[] = {
    {.name = "APP_Auth", .id = 1, .kind = DISPATCH_METHOD, .params = ISCardAuthXP_APP_Auth_params, .params_len = 3, .call = ISCardAuthXP_APP_Auth_call},
    {.name = "GetChallenge", .id = 2, .kind = DISPATCH_METHOD, .params = ISCardAuthXP_GetChallenge_params, .params_len = 4, .call = ISCardAuthXP_GetChallenge_call},
    {.name = "ICC_Auth", .id = 3, .kind = DISPATCH_METHOD, .params = ISCardAuthXP_ICC_Auth_params, .params_len = 4, .call = ISCardAuthXP_ICC_Auth_call},
    {.name = "Initialize", .id = 4, .kind = DISPATCH_METHOD, .params = ISCardAuthXP_Initialize_params, .params_len = 1, .call = ISCardAuthXP_Initialize_call},
    {.name = "User_Auth", .id = 5, .kind = DISPATCH_METHOD, .params = ISCardAuthXP_User_Auth_params, .params_len = 4, .call = ISCardAuthXP_User_Auth_call},
};
const struct dispatch_interface dispatch_ISCardAuthXP = {
    .name = "ISCardAuthXP", .iid = &IID_ISCardAuthXP, .methods = ISCardAuthXP_methods, .methods_len = 5};
