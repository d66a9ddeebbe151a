#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include <oaidl.h>

#include "com/object.h"
#include "com/secret.h"
#include "com/stream.h"

/* Invariant: position is at most INT32_MAX. */
struct stream_object {
        IStream IStream_iface; /* canonical: answers IUnknown and ISequentialStream too */
        atomic_uint refs;
        pthread_mutex_t mutex; /* position */
        struct bytes *bytes;   /* counted; shared with clones; never changes */
        size_t position;
};

static struct stream_object *impl_from_IStream(IStream *iface)
{
        return CONTAINING_RECORD(iface, struct stream_object, IStream_iface);
}

static HRESULT stream_query(struct stream_object *stream, REFIID riid, void **out)
{
        if (out == NULL)
                return E_POINTER;
        *out = NULL;
        if (riid == NULL)
                return E_POINTER;
        if (!IsEqualIID(riid, &IID_IUnknown) && !IsEqualIID(riid, &IID_ISequentialStream) &&
            !IsEqualIID(riid, &IID_IStream))
                return E_NOINTERFACE;
        *out = &stream->IStream_iface;
        (void)object_refs_add(&stream->refs);
        return S_OK;
}

static ULONG stream_ref(struct stream_object *stream)
{
        return object_refs_add(&stream->refs);
}

static ULONG stream_unref(struct stream_object *stream)
{
        ULONG refs = object_refs_sub(&stream->refs);

        if (refs != 0)
                return refs;
        bytes_unref(stream->bytes);
        pthread_mutex_destroy(&stream->mutex);
        free(stream);
        object_count_sub();
        return 0;
}

OBJECT_THUNKS(stream, IStream, stream)

static HRESULT STDMETHODCALLTYPE stream_Read(IStream *iface, void *data, ULONG wanted, ULONG *read)
{
        struct stream_object *stream = impl_from_IStream(iface);
        size_t got;

        if (read != NULL)
                *read = 0;
        if (data == NULL)
                return STG_E_INVALIDPOINTER;
        pthread_mutex_lock(&stream->mutex);
        got = bytes_read(stream->bytes, stream->position, data, wanted);
        stream->position += got;
        pthread_mutex_unlock(&stream->mutex);
        if (read != NULL)
                *read = (ULONG)got;
        return got == wanted ? S_OK : S_FALSE;
}

static HRESULT STDMETHODCALLTYPE stream_Write(IStream *iface, const void *data, ULONG len, ULONG *written)
{
        struct stream_object *stream = impl_from_IStream(iface);
        HRESULT hr = S_OK;

        if (written != NULL)
                *written = 0;
        if (data == NULL)
                return STG_E_INVALIDPOINTER;
        pthread_mutex_lock(&stream->mutex);
        if (len > 0 && (uint64_t)stream->position + len > BYTES_MAX)
                hr = STG_E_MEDIUMFULL;
        else if (!bytes_write(stream->bytes, stream->position, data, len))
                hr = E_OUTOFMEMORY;
        else
                stream->position += len;
        pthread_mutex_unlock(&stream->mutex);
        if (hr == S_OK && written != NULL)
                *written = len;
        return hr;
}

static HRESULT STDMETHODCALLTYPE stream_Seek(IStream *iface, LARGE_INTEGER move, DWORD origin,
                                             ULARGE_INTEGER *now)
{
        struct stream_object *stream = impl_from_IStream(iface);
        HRESULT hr = STG_E_INVALIDFUNCTION;
        int64_t from = 0;

        if (now != NULL)
                now->QuadPart = 0;
        if (origin > STREAM_SEEK_END || move.QuadPart > INT32_MAX || move.QuadPart < -(LONGLONG)INT32_MAX)
                return STG_E_INVALIDFUNCTION;
        pthread_mutex_lock(&stream->mutex);
        if (origin == STREAM_SEEK_CUR)
                from = (int64_t)stream->position;
        else if (origin == STREAM_SEEK_END)
                from = (int64_t)bytes_len(stream->bytes);
        if (from + move.QuadPart >= 0 && from + move.QuadPart <= INT32_MAX) {
                stream->position = (size_t)(from + move.QuadPart);
                hr = S_OK;
        }
        if (now != NULL && hr == S_OK)
                now->QuadPart = stream->position;
        pthread_mutex_unlock(&stream->mutex);
        return hr;
}

static HRESULT STDMETHODCALLTYPE stream_SetSize(IStream *iface, ULARGE_INTEGER size)
{
        if (size.QuadPart > BYTES_MAX)
                return STG_E_MEDIUMFULL;
        return bytes_set_len(impl_from_IStream(iface)->bytes, (size_t)size.QuadPart) ? S_OK : E_OUTOFMEMORY;
}

/*
 * Through a copy, and with no lock held: the target may be this object, a clone over the same bytes, or
 * another implementation's.
 */
static HRESULT STDMETHODCALLTYPE stream_CopyTo(IStream *iface, IStream *target, ULARGE_INTEGER wanted,
                                               ULARGE_INTEGER *read, ULARGE_INTEGER *written)
{
        struct stream_object *stream = impl_from_IStream(iface);
        size_t position, len;
        size_t got;
        ULONG put = 0;
        uint8_t *copy = NULL;
        HRESULT hr = S_OK;

        if (read != NULL)
                read->QuadPart = 0;
        if (written != NULL)
                written->QuadPart = 0;
        if (target == NULL)
                return STG_E_INVALIDPOINTER;
        pthread_mutex_lock(&stream->mutex);
        position = stream->position;
        pthread_mutex_unlock(&stream->mutex);
        len = bytes_len(stream->bytes);
        len = position < len ? len - position : 0;
        if (len > wanted.QuadPart)
                len = (size_t)wanted.QuadPart;
        if (len == 0)
                return S_OK;
        copy = secret_alloc(len);
        if (copy == NULL)
                return E_OUTOFMEMORY;
        got = bytes_read(stream->bytes, position, copy, len);
        if (got != 0)
                hr = target->lpVtbl->Write(target, copy, (ULONG)got, &put);
        secret_free(copy, len);
        if (FAILED(hr))
                return hr;
        pthread_mutex_lock(&stream->mutex);
        stream->position = position + got; /* only now: the target may be this object */
        pthread_mutex_unlock(&stream->mutex);
        if (read != NULL)
                read->QuadPart = got;
        if (written != NULL)
                written->QuadPart = put < got ? put : got;
        return S_OK;
}

/* Memory has no transactions and no regions to lock. */
static HRESULT STDMETHODCALLTYPE stream_Commit(IStream *iface, DWORD flags)
{
        (void)iface, (void)flags;
        return S_OK;
}

static HRESULT STDMETHODCALLTYPE stream_Revert(IStream *iface)
{
        (void)iface;
        return S_OK;
}

static HRESULT STDMETHODCALLTYPE stream_LockRegion(IStream *iface, ULARGE_INTEGER offset, ULARGE_INTEGER len,
                                                   DWORD type)
{
        (void)iface, (void)offset, (void)len, (void)type;
        return STG_E_INVALIDFUNCTION;
}

static HRESULT STDMETHODCALLTYPE stream_UnlockRegion(IStream *iface, ULARGE_INTEGER offset,
                                                     ULARGE_INTEGER len, DWORD type)
{
        (void)iface, (void)offset, (void)len, (void)type;
        return STG_E_INVALIDFUNCTION;
}

/* There is no name to leave out or to give: every flag of STATFLAG means the same. */
static HRESULT STDMETHODCALLTYPE stream_Stat(IStream *iface, STATSTG *stat, DWORD flags)
{
        if (stat == NULL)
                return STG_E_INVALIDPOINTER;
        memset(stat, 0, sizeof(*stat));
        if (flags > STATFLAG_NOOPEN)
                return STG_E_INVALIDFLAG;
        stat->type = STGTY_STREAM;
        stat->cbSize.QuadPart = bytes_len(impl_from_IStream(iface)->bytes);
        stat->grfMode = STGM_READWRITE;
        return S_OK;
}

static HRESULT STDMETHODCALLTYPE stream_Clone(IStream *iface, IStream **out)
{
        struct stream_object *stream = impl_from_IStream(iface);

        if (out == NULL)
                return STG_E_INVALIDPOINTER;
        *out = stream_create(bytes_ref(stream->bytes));
        if (*out == NULL)
                return E_OUTOFMEMORY;
        pthread_mutex_lock(&stream->mutex);
        impl_from_IStream(*out)->position = stream->position;
        pthread_mutex_unlock(&stream->mutex);
        return S_OK;
}

static const IStreamVtbl stream_vtbl = {
    OBJECT_SLOTS(stream),
    .Read = stream_Read,
    .Write = stream_Write,
    .Seek = stream_Seek,
    .SetSize = stream_SetSize,
    .CopyTo = stream_CopyTo,
    .Commit = stream_Commit,
    .Revert = stream_Revert,
    .LockRegion = stream_LockRegion,
    .UnlockRegion = stream_UnlockRegion,
    .Stat = stream_Stat,
    .Clone = stream_Clone,
};

IStream *stream_create(struct bytes *bytes)
{
        struct stream_object *stream;

        if (bytes == NULL)
                return NULL;
        stream = calloc(1, sizeof(*stream));
        if (stream == NULL) {
                bytes_unref(bytes);
                return NULL;
        }
        stream->IStream_iface.lpVtbl = &stream_vtbl;
        atomic_init(&stream->refs, 1);
        pthread_mutex_init(&stream->mutex, NULL);
        stream->bytes = bytes;
        object_count_add();
        return &stream->IStream_iface;
}

bool stream_is_ours(IStream *stream)
{
        return stream->lpVtbl == &stream_vtbl;
}

bool stream_content(IStream *stream, uint8_t *bytes, size_t room, size_t *len)
{
        *len = 0;
        if (!stream_is_ours(stream))
                return false;
        *len = bytes_read(impl_from_IStream(stream)->bytes, 0, bytes, room);
        return true;
}
