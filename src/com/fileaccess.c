/* fileaccess.c - see fileaccess.h */
#include <stdatomic.h>
#include <stdlib.h>

#include <scardcom.h>
#include <scardcom_xp.h>

#include "core/card/profile.h"
#include "com/dispatch.h"
#include "com/errorinfo.h"
#include "com/filework.h"
#include "com/object.h"

#include "com/fileaccess.h"

struct fileaccess_object {
        ISCardFileAccess ISCardFileAccess_iface;     /* canonical: answers IUnknown and IDispatch too */
        ISCardFileAccessXP ISCardFileAccessXP_iface; /* the deployed form, same methods, other arguments */
        ISupportErrorInfo ISupportErrorInfo_iface;
        atomic_uint refs;
        struct filework work;
};

static struct fileaccess_object *impl_from_ISCardFileAccess(ISCardFileAccess *iface)
{
        return CONTAINING_RECORD(iface, struct fileaccess_object, ISCardFileAccess_iface);
}

static struct fileaccess_object *impl_from_ISCardFileAccessXP(ISCardFileAccessXP *iface)
{
        return CONTAINING_RECORD(iface, struct fileaccess_object, ISCardFileAccessXP_iface);
}

static HRESULT fileaccess_query(struct fileaccess_object *access, REFIID riid, void **out)
{
        if (out == NULL)
                return E_POINTER;
        *out = NULL;
        if (riid == NULL)
                return E_POINTER;
        if (IsEqualGUID(riid, &IID_IUnknown) || IsEqualGUID(riid, &IID_IDispatch) ||
            IsEqualGUID(riid, &IID_ISCardFileAccess))
                *out = &access->ISCardFileAccess_iface;
        else if (IsEqualGUID(riid, &IID_ISCardFileAccessXP))
                *out = &access->ISCardFileAccessXP_iface;
        else if (IsEqualGUID(riid, &IID_ISupportErrorInfo))
                *out = &access->ISupportErrorInfo_iface;
        else
                return E_NOINTERFACE;
        (void)object_refs_add(&access->refs);
        return S_OK;
}

static ULONG fileaccess_ref(struct fileaccess_object *access)
{
        return object_refs_add(&access->refs);
}

static ULONG fileaccess_unref(struct fileaccess_object *access)
{
        ULONG refs = object_refs_sub(&access->refs);

        if (refs != 0)
                return refs;
        filework_destroy(&access->work);
        free(access);
        object_count_sub();
        return 0;
}

static struct dispatch_forms fileaccess_forms(struct fileaccess_object *access)
{
        return (struct dispatch_forms){{
            {&dispatch_ISCardFileAccess, &access->ISCardFileAccess_iface},
            {&dispatch_ISCardFileAccessXP, &access->ISCardFileAccessXP_iface},
        }};
}

static const IID *const fileaccess_iids[] = {&IID_ISCardFileAccess, &IID_ISCardFileAccessXP, &IID_IDispatch,
                                             NULL};

OBJECT_THUNKS(access, ISCardFileAccess, fileaccess)
DISPATCH_THUNKS(access, ISCardFileAccess, fileaccess_forms)
OBJECT_THUNKS(access_xp, ISCardFileAccessXP, fileaccess)
DISPATCH_THUNKS(access_xp, ISCardFileAccessXP, fileaccess_forms)
ERRORINFO_THUNKS(fileaccess, fileaccess_iids)

static struct filework *work_of_access(ISCardFileAccess *iface)
{
        return &impl_from_ISCardFileAccess(iface)->work;
}

static struct filework *work_of_access_xp(ISCardFileAccessXP *iface)
{
        return &impl_from_ISCardFileAccessXP(iface)->work;
}

/* ---- the slots of the documented form */

#define REPORT(method, hr) error_from(&IID_ISCardFileAccess, "ISCardFileAccess::" method, hr)

static HRESULT STDMETHODCALLTYPE access_ChangeDir(ISCardFileAccess *iface, REFTYPE type, BSTR dir)
{
        struct filework *work = work_of_access(iface);

        return REPORT("ChangeDir", filework_change_dir(work, type, dir));
}

static HRESULT STDMETHODCALLTYPE access_Close(ISCardFileAccess *iface, HSCARD_FILE handle)
{
        struct filework *work = work_of_access(iface);

        return REPORT("Close", filework_close(work, handle));
}

static HRESULT STDMETHODCALLTYPE access_Create(ISCardFileAccess *iface, REFTYPE type, BSTR path,
                                               TLV_TABLE properties, SCARD_FLAGS flags, LPBYTEBUFFER data)
{
        struct filework *work = work_of_access(iface);

        return REPORT("Create", filework_create(work, type, path, &properties, 0, flags, data));
}

static HRESULT STDMETHODCALLTYPE access_Delete(ISCardFileAccess *iface, REFTYPE type, BSTR path,
                                               SCARD_FLAGS flags)
{
        struct filework *work = work_of_access(iface);

        return REPORT("Delete", filework_delete(work, type, path, flags));
}

static HRESULT STDMETHODCALLTYPE access_Directory(ISCardFileAccess *iface, FILETYPE type, SAFEARRAY **list)
{
        struct filework *work = work_of_access(iface);

        return REPORT("Directory", filework_directory(work, type, list));
}

static HRESULT STDMETHODCALLTYPE access_GetCurrentDir(ISCardFileAccess *iface, BSTR *dir)
{
        struct filework *work = work_of_access(iface);

        return REPORT("GetCurrentDir", filework_current_dir(work, dir));
}

static HRESULT STDMETHODCALLTYPE access_GetFileCapabilities(ISCardFileAccess *iface, LPTLV_TABLE *table,
                                                            LONG *count, SCARD_FLAGS flags)
{
        struct filework *work = work_of_access(iface);

        return REPORT("GetFileCapabilities", filework_capabilities(work, table, count, flags));
}

static HRESULT STDMETHODCALLTYPE access_GetProperties(ISCardFileAccess *iface, REFTYPE type, BSTR path,
                                                      SCARD_FLAGS flags, LPTLV_TABLE *table)
{
        struct filework *work = work_of_access(iface);

        return REPORT("GetProperties", filework_properties(work, type, path, flags, table, NULL));
}

static HRESULT STDMETHODCALLTYPE access_Invalidate(ISCardFileAccess *iface, BSTR file, SCARD_FLAGS flags)
{
        struct filework *work = work_of_access(iface);

        return REPORT("Invalidate", filework_activate(work, file, flags, false));
}

static HRESULT STDMETHODCALLTYPE access_Open(ISCardFileAccess *iface, REFTYPE type, BSTR path,
                                             HSCARD_FILE *handle)
{
        struct filework *work = work_of_access(iface);

        return REPORT("Open", filework_open(work, type, path, handle));
}

static HRESULT STDMETHODCALLTYPE access_Read(ISCardFileAccess *iface, HSCARD_FILE handle, LONG *wanted,
                                             SCARD_FLAGS flags, LPBYTEBUFFER *buffer)
{
        struct filework *work = work_of_access(iface);

        return REPORT("Read", filework_read(work, handle, wanted, flags, buffer));
}

static HRESULT STDMETHODCALLTYPE access_Rehabilitate(ISCardFileAccess *iface, BSTR file, SCARD_FLAGS flags)
{
        struct filework *work = work_of_access(iface);

        return REPORT("Rehabilitate", filework_activate(work, file, flags, true));
}

static HRESULT STDMETHODCALLTYPE access_Seek(ISCardFileAccess *iface, HSCARD_FILE handle, SEEKTYPE *seek,
                                             LONG offset)
{
        struct filework *work = work_of_access(iface);

        return REPORT("Seek", seek != NULL ? filework_seek(work, handle, *seek, offset) : E_POINTER);
}

static HRESULT STDMETHODCALLTYPE access_SetProperties(ISCardFileAccess *iface, REFTYPE type, BSTR path,
                                                      SCARD_FLAGS flags, LPTLV_TABLE table)
{
        struct filework *work = work_of_access(iface);

        return REPORT("SetProperties", filework_set_properties(work, type, path, flags, table, 0));
}

static HRESULT STDMETHODCALLTYPE access_Write(ISCardFileAccess *iface, HSCARD_FILE handle,
                                              LPBYTEBUFFER buffer, SCARD_FLAGS flags)
{
        struct filework *work = work_of_access(iface);

        return REPORT("Write", filework_write(work, handle, buffer, NULL, flags));
}

static const ISCardFileAccessVtbl access_vtbl = {
    OBJECT_SLOTS(access),
    DISPATCH_SLOTS(access),
    .ChangeDir = access_ChangeDir,
    .Close = access_Close,
    .Create = access_Create,
    .Delete = access_Delete,
    .Directory = access_Directory,
    .GetCurrentDir = access_GetCurrentDir,
    .GetFileCapabilities = access_GetFileCapabilities,
    .GetProperties = access_GetProperties,
    .Invalidate = access_Invalidate,
    .Open = access_Open,
    .Read = access_Read,
    .Rehabilitate = access_Rehabilitate,
    .Seek = access_Seek,
    .SetProperties = access_SetProperties,
    .Write = access_Write,
};

#undef REPORT

/* ---- the slots of the deployed form */

#define REPORT(method, hr) error_from(&IID_ISCardFileAccessXP, "ISCardFileAccess::" method, hr)

static HRESULT STDMETHODCALLTYPE access_xp_ChangeDir(ISCardFileAccessXP *iface, REFTYPE type, BSTR dir)
{
        struct filework *work = work_of_access_xp(iface);

        return REPORT("ChangeDir", filework_change_dir(work, type, dir));
}

static HRESULT STDMETHODCALLTYPE access_xp_Close(ISCardFileAccessXP *iface, HSCARD_FILE handle)
{
        struct filework *work = work_of_access_xp(iface);

        return REPORT("Close", filework_close(work, handle));
}

static HRESULT STDMETHODCALLTYPE access_xp_Create(ISCardFileAccessXP *iface, REFTYPE type, BSTR path,
                                                  LPTLV_TABLE *properties, LONG *count, SCARD_FLAGS flags,
                                                  LPBYTEBUFFER data)
{
        struct filework *work = work_of_access_xp(iface);

        return REPORT("Create", properties == NULL
                                    ? E_POINTER
                                    : filework_create(work, type, path, *properties,
                                                      count != NULL ? *count : 0, flags, data));
}

static HRESULT STDMETHODCALLTYPE access_xp_Delete(ISCardFileAccessXP *iface, REFTYPE type, BSTR path,
                                                  SCARD_FLAGS flags)
{
        struct filework *work = work_of_access_xp(iface);

        return REPORT("Delete", filework_delete(work, type, path, flags));
}

static HRESULT STDMETHODCALLTYPE access_xp_Directory(ISCardFileAccessXP *iface, FILETYPE type,
                                                     SAFEARRAY **list)
{
        struct filework *work = work_of_access_xp(iface);

        return REPORT("Directory", filework_directory(work, type, list));
}

static HRESULT STDMETHODCALLTYPE access_xp_GetCurrentDir(ISCardFileAccessXP *iface, BSTR *dir)
{
        struct filework *work = work_of_access_xp(iface);

        return REPORT("GetCurrentDir", filework_current_dir(work, dir));
}

static HRESULT STDMETHODCALLTYPE access_xp_GetFileCapabilities(ISCardFileAccessXP *iface, LPTLV_TABLE *table,
                                                               LONG *count, SCARD_FLAGS flags)
{
        struct filework *work = work_of_access_xp(iface);

        return REPORT("GetFileCapabilities", filework_capabilities(work, table, count, flags));
}

static HRESULT STDMETHODCALLTYPE access_xp_GetProperties(ISCardFileAccessXP *iface, REFTYPE type, BSTR path,
                                                         LPTLV_TABLE *table, LONG *count, SCARD_FLAGS flags)
{
        struct filework *work = work_of_access_xp(iface);

        return REPORT("GetProperties", filework_properties(work, type, path, flags, table, count));
}

static HRESULT STDMETHODCALLTYPE access_xp_Invalidate(ISCardFileAccessXP *iface, BSTR file, SCARD_FLAGS flags)
{
        struct filework *work = work_of_access_xp(iface);

        return REPORT("Invalidate", filework_activate(work, file, flags, false));
}

static HRESULT STDMETHODCALLTYPE access_xp_Open(ISCardFileAccessXP *iface, REFTYPE type, BSTR path,
                                                HSCARD_FILE *handle)
{
        struct filework *work = work_of_access_xp(iface);

        return REPORT("Open", filework_open(work, type, path, handle));
}

static HRESULT STDMETHODCALLTYPE access_xp_Read(ISCardFileAccessXP *iface, HSCARD_FILE handle, LONG *wanted,
                                                LPBYTEBUFFER *buffer, SCARD_FLAGS flags)
{
        struct filework *work = work_of_access_xp(iface);

        return REPORT("Read", filework_read(work, handle, wanted, flags, buffer));
}

static HRESULT STDMETHODCALLTYPE access_xp_Rehabilitate(ISCardFileAccessXP *iface, BSTR file,
                                                        SCARD_FLAGS flags)
{
        struct filework *work = work_of_access_xp(iface);

        return REPORT("Rehabilitate", filework_activate(work, file, flags, true));
}

static HRESULT STDMETHODCALLTYPE access_xp_Seek(ISCardFileAccessXP *iface, HSCARD_FILE handle, LONG offset,
                                                SEEKTYPE seek)
{
        struct filework *work = work_of_access_xp(iface);

        return REPORT("Seek", filework_seek(work, handle, seek, offset));
}

static HRESULT STDMETHODCALLTYPE access_xp_SetProperties(ISCardFileAccessXP *iface, REFTYPE type, BSTR path,
                                                         LPTLV_TABLE table, LONG count, SCARD_FLAGS flags)
{
        struct filework *work = work_of_access_xp(iface);

        return REPORT("SetProperties", filework_set_properties(work, type, path, flags, table, count));
}

static HRESULT STDMETHODCALLTYPE access_xp_Write(ISCardFileAccessXP *iface, HSCARD_FILE handle, LONG len,
                                                 LPBYTEBUFFER buffer, SCARD_FLAGS flags)
{
        struct filework *work = work_of_access_xp(iface);

        return REPORT("Write", filework_write(work, handle, buffer, &len, flags));
}

/* It was internal to the provider. */
static HRESULT STDMETHODCALLTYPE access_xp_Initialize(ISCardFileAccessXP *iface, LONG *data)
{
        (void)iface, (void)data;
        return REPORT("Initialize", E_NOTIMPL);
}

static const ISCardFileAccessXPVtbl access_xp_vtbl = {
    OBJECT_SLOTS(access_xp),
    DISPATCH_SLOTS(access_xp),
    .ChangeDir = access_xp_ChangeDir,
    .Close = access_xp_Close,
    .Create = access_xp_Create,
    .Delete = access_xp_Delete,
    .Directory = access_xp_Directory,
    .GetCurrentDir = access_xp_GetCurrentDir,
    .GetFileCapabilities = access_xp_GetFileCapabilities,
    .GetProperties = access_xp_GetProperties,
    .Initialize = access_xp_Initialize,
    .Invalidate = access_xp_Invalidate,
    .Open = access_xp_Open,
    .Read = access_xp_Read,
    .Rehabilitate = access_xp_Rehabilitate,
    .Seek = access_xp_Seek,
    .SetProperties = access_xp_SetProperties,
    .Write = access_xp_Write,
};

#undef REPORT

void fileaccess_last(ISCardFileAccess *iface, struct card_last *last)
{
        attachment_last(work_of_access(iface)->attachment, last);
}

HRESULT fileaccess_create(struct attachment *attachment, const char *profile, REFIID riid, void **out)
{
        const struct card_profile *named = NULL;
        struct fileaccess_object *access;
        HRESULT hr;

        if (out == NULL)
                return E_POINTER;
        *out = NULL;
        if (profile != NULL) {
                named = profile_by_name(profile);
                if (named == NULL)
                        return E_NOINTERFACE;
        }
        access = calloc(1, sizeof(*access));
        if (access == NULL)
                return E_OUTOFMEMORY;
        hr = filework_init(&access->work, attachment, named != NULL ? named->name : NULL);
        if (FAILED(hr)) {
                free(access);
                return hr;
        }
        access->ISCardFileAccess_iface.lpVtbl = &access_vtbl;
        access->ISCardFileAccessXP_iface.lpVtbl = &access_xp_vtbl;
        access->ISupportErrorInfo_iface.lpVtbl = &fileaccess_errors_vtbl;
        atomic_init(&access->refs, 1);
        object_count_add();
        hr = fileaccess_query(access, riid, out);
        (void)fileaccess_unref(access); /* the caller's reference stays, where there is one */
        return hr;
}
