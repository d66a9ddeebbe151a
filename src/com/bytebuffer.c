#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "com/bytes.h"
#include "com/dispatch.h"
#include "com/object.h"
#include "com/secret.h"
#include "com/bytebuffer.h"

/* Invariant: bytes is NULL until Initialize; position is at most INT32_MAX. */
struct bytebuffer_object {
        IByteBuffer IByteBuffer_iface; /* canonical: answers IUnknown and IDispatch too */
        atomic_uint refs;
        pthread_mutex_t mutex; /* bytes (the pointer), position */
        struct bytes *bytes;   /* counted; shared with clones */
        size_t position;
};

static struct bytebuffer_object *impl_from_IByteBuffer(IByteBuffer *iface)
{
        return CONTAINING_RECORD(iface, struct bytebuffer_object, IByteBuffer_iface);
}

static HRESULT bytebuffer_query(struct bytebuffer_object *buffer, REFIID riid, void **out)
{
        if (out == NULL)
                return E_POINTER;
        *out = NULL;
        if (riid == NULL)
                return E_POINTER;
        if (!IsEqualGUID(riid, &IID_IUnknown) && !IsEqualGUID(riid, &IID_IDispatch) &&
            !IsEqualGUID(riid, &IID_IByteBuffer))
                return E_NOINTERFACE;
        *out = &buffer->IByteBuffer_iface;
        (void)object_refs_add(&buffer->refs);
        return S_OK;
}

static ULONG bytebuffer_unref(struct bytebuffer_object *buffer)
{
        ULONG refs = object_refs_sub(&buffer->refs);

        if (refs != 0)
                return refs;
        bytes_unref(buffer->bytes);
        pthread_mutex_destroy(&buffer->mutex);
        free(buffer);
        object_count_sub();
        return 0;
}

static HRESULT STDMETHODCALLTYPE bytebuffer_QueryInterface(IByteBuffer *iface, REFIID riid, void **out)
{
        return bytebuffer_query(impl_from_IByteBuffer(iface), riid, out);
}

static ULONG STDMETHODCALLTYPE bytebuffer_AddRef(IByteBuffer *iface)
{
        return object_refs_add(&impl_from_IByteBuffer(iface)->refs);
}

static ULONG STDMETHODCALLTYPE bytebuffer_Release(IByteBuffer *iface)
{
        return bytebuffer_unref(impl_from_IByteBuffer(iface));
}

DISPATCH_THUNKS(bytebuffer, IByteBuffer)

/* The bytes with a reference, and the position; NULL: not initialised. */
static struct bytes *get_bytes(struct bytebuffer_object *buffer, size_t *position)
{
        pthread_mutex_lock(&buffer->mutex);
        struct bytes *bytes = buffer->bytes != NULL ? bytes_ref(buffer->bytes) : NULL;
        if (position != NULL)
                *position = buffer->position;
        pthread_mutex_unlock(&buffer->mutex);
        return bytes;
}

/* Streams other than the object's own memory are not offered in this version. */
static HRESULT STDMETHODCALLTYPE bytebuffer_get_Stream(IByteBuffer *iface, LPSTREAM *stream)
{
        (void)iface;
        if (stream == NULL)
                return E_POINTER;
        *stream = NULL;
        return E_NOTIMPL;
}

static HRESULT STDMETHODCALLTYPE bytebuffer_put_Stream(IByteBuffer *iface, LPSTREAM stream)
{
        (void)iface;
        return stream == NULL ? E_POINTER : E_NOTIMPL;
}

static struct bytebuffer_object *bytebuffer_new(void);

static HRESULT STDMETHODCALLTYPE bytebuffer_Clone(IByteBuffer *iface, LPBYTEBUFFER *out)
{
        struct bytebuffer_object *clone;
        struct bytes *bytes;
        size_t position;

        if (out == NULL)
                return E_POINTER;
        *out = NULL;
        bytes = get_bytes(impl_from_IByteBuffer(iface), &position);
        if (bytes == NULL)
                return E_UNEXPECTED;
        clone = bytebuffer_new();
        if (clone == NULL) {
                bytes_unref(bytes);
                return E_OUTOFMEMORY;
        }
        clone->bytes = bytes;
        clone->position = position;
        *out = &clone->IByteBuffer_iface;
        return S_OK;
}

/* Memory has no transactions and no regions to lock: Commit and Revert have nothing to do. */
static HRESULT initialized(IByteBuffer *iface, HRESULT hr)
{
        struct bytes *bytes = get_bytes(impl_from_IByteBuffer(iface), NULL);

        if (bytes == NULL)
                return E_UNEXPECTED;
        bytes_unref(bytes);
        return hr;
}

static HRESULT STDMETHODCALLTYPE bytebuffer_Commit(IByteBuffer *iface, LONG flags)
{
        (void)flags;
        return initialized(iface, S_OK);
}

static HRESULT STDMETHODCALLTYPE bytebuffer_Revert(IByteBuffer *iface)
{
        return initialized(iface, S_OK);
}

static HRESULT STDMETHODCALLTYPE bytebuffer_LockRegion(IByteBuffer *iface, LONG offset, LONG len, LONG type)
{
        (void)offset, (void)len, (void)type;
        return initialized(iface, STG_E_INVALIDFUNCTION);
}

static HRESULT STDMETHODCALLTYPE bytebuffer_UnlockRegion(IByteBuffer *iface, LONG offset, LONG len, LONG type)
{
        (void)offset, (void)len, (void)type;
        return initialized(iface, STG_E_INVALIDFUNCTION);
}

/* At the position of target, which may be another implementation's; *written is what it says, made sane. */
static HRESULT write_all(IByteBuffer *target, uint8_t *data, size_t len, LONG *written)
{
        HRESULT hr;

        *written = 0;
        if (len == 0)
                return S_OK;
        hr = target->lpVtbl->Write(target, data, (LONG)len, written);
        if (FAILED(hr) || *written < 0)
                *written = 0;
        if (*written > (LONG)len)
                *written = (LONG)len;
        return FAILED(hr) ? hr : S_OK;
}

/* A buffer of this class, initialised and empty; NULL: out of memory. */
static struct bytebuffer_object *bytebuffer_new_empty(void)
{
        struct bytebuffer_object *buffer = bytebuffer_new();

        if (buffer == NULL)
                return NULL;
        buffer->bytes = bytes_create(NULL, 0);
        if (buffer->bytes != NULL)
                return buffer;
        bytebuffer_unref(buffer);
        return NULL;
}

/*
 * Through a copy, and with no lock held: the target may be this object, a clone over the same bytes, or
 * another implementation's.
 */
static HRESULT copy_to(struct bytebuffer_object *buffer, LPBYTEBUFFER *target, size_t wanted, LONG *read,
                       LONG *written)
{
        struct bytebuffer_object *made = NULL; /* where *target is NULL; the caller's when all went well */
        uint8_t *copy = NULL;
        size_t position = 0, len, got = 0;
        struct bytes *bytes = get_bytes(buffer, &position);
        HRESULT hr = E_OUTOFMEMORY;

        if (bytes == NULL)
                return E_UNEXPECTED;
        len = bytes_len(bytes);
        len = position < len ? len - position : 0;
        if (len > wanted)
                len = wanted;
        if (len != 0 && (copy = secret_alloc(len)) == NULL)
                goto out;
        if (*target == NULL && (made = bytebuffer_new_empty()) == NULL)
                goto out;
        if (len != 0)
                got = bytes_read(bytes, position, copy, len);
        hr = write_all(made != NULL ? &made->IByteBuffer_iface : *target, copy, got, written);
        if (FAILED(hr))
                goto out;
        *read = (LONG)got;
        pthread_mutex_lock(&buffer->mutex);
        if (buffer->bytes == bytes) /* no Initialize meanwhile */
                buffer->position = position + got;
        pthread_mutex_unlock(&buffer->mutex);
        if (made != NULL) {
                made->position = 0;
                *target = &made->IByteBuffer_iface;
                made = NULL; /* transferred */
        }
out:
        if (made != NULL)
                bytebuffer_unref(made);
        secret_free(copy, len);
        bytes_unref(bytes);
        return hr;
}

static HRESULT STDMETHODCALLTYPE bytebuffer_CopyTo(IByteBuffer *iface, LPBYTEBUFFER *target, LONG wanted,
                                                   LONG *read, LONG *written)
{
        LONG unused_read, unused_written;

        if (read == NULL)
                read = &unused_read;
        if (written == NULL)
                written = &unused_written;
        *read = 0;
        *written = 0;
        if (target == NULL)
                return E_POINTER;
        if (wanted < 0)
                return E_INVALIDARG;
        return copy_to(impl_from_IByteBuffer(iface), target, (size_t)wanted, read, written);
}

static HRESULT STDMETHODCALLTYPE bytebuffer_Initialize(IByteBuffer *iface, LONG size, BYTE *data)
{
        struct bytebuffer_object *buffer = impl_from_IByteBuffer(iface);
        struct bytes *bytes, *old;

        if (size < 0 || (ULONG)size > BYTES_MAX)
                return E_INVALIDARG;
        bytes = bytes_create(data, (size_t)size);
        if (bytes == NULL)
                return E_OUTOFMEMORY;
        pthread_mutex_lock(&buffer->mutex);
        old = buffer->bytes;
        buffer->bytes = bytes;
        buffer->position = 0;
        pthread_mutex_unlock(&buffer->mutex);
        bytes_unref(old);
        return S_OK;
}

static HRESULT STDMETHODCALLTYPE bytebuffer_Read(IByteBuffer *iface, BYTE *data, LONG wanted, LONG *read)
{
        struct bytebuffer_object *buffer = impl_from_IByteBuffer(iface);
        size_t got = 0;
        HRESULT hr = E_UNEXPECTED;

        if (read != NULL)
                *read = 0;
        if (data == NULL)
                return E_POINTER;
        if (wanted < 0)
                return E_INVALIDARG;
        pthread_mutex_lock(&buffer->mutex);
        if (buffer->bytes != NULL) {
                got = bytes_read(buffer->bytes, buffer->position, data, (size_t)wanted);
                buffer->position += got;
                hr = S_OK;
        }
        pthread_mutex_unlock(&buffer->mutex);
        if (read != NULL)
                *read = (LONG)got;
        return hr;
}

/* The new position from an origin and a signed distance; false: none that a LONG can say. */
static bool seek_position(int64_t origin, LONG move, size_t *position)
{
        int64_t sum = origin + move;

        if (sum < 0 || sum > INT32_MAX)
                return false;
        *position = (size_t)sum;
        return true;
}

static HRESULT STDMETHODCALLTYPE bytebuffer_Seek(IByteBuffer *iface, LONG move, LONG origin, LONG *now)
{
        struct bytebuffer_object *buffer = impl_from_IByteBuffer(iface);
        HRESULT hr = S_OK;

        if (now != NULL)
                *now = 0;
        if (origin != STREAM_SEEK_SET && origin != STREAM_SEEK_CUR && origin != STREAM_SEEK_END)
                return STG_E_INVALIDFUNCTION;
        pthread_mutex_lock(&buffer->mutex);
        if (buffer->bytes == NULL) {
                hr = E_UNEXPECTED;
        } else {
                int64_t from = 0;

                if (origin == STREAM_SEEK_CUR)
                        from = (int64_t)buffer->position;
                else if (origin == STREAM_SEEK_END)
                        from = (int64_t)bytes_len(buffer->bytes);
                if (!seek_position(from, move, &buffer->position))
                        hr = STG_E_INVALIDFUNCTION;
                else if (now != NULL)
                        *now = (LONG)buffer->position;
        }
        pthread_mutex_unlock(&buffer->mutex);
        return hr;
}

static HRESULT STDMETHODCALLTYPE bytebuffer_SetSize(IByteBuffer *iface, LONG size)
{
        struct bytes *bytes;
        HRESULT hr;

        if (size < 0 || (ULONG)size > BYTES_MAX)
                return E_INVALIDARG;
        bytes = get_bytes(impl_from_IByteBuffer(iface), NULL);
        if (bytes == NULL)
                return E_UNEXPECTED;
        hr = bytes_set_len(bytes, (size_t)size) ? S_OK : E_OUTOFMEMORY;
        bytes_unref(bytes);
        return hr;
}

/* There is no name to leave out or to give: every flag of STATFLAG means the same. */
static HRESULT STDMETHODCALLTYPE bytebuffer_Stat(IByteBuffer *iface, LPSTATSTRUCT stat, LONG flag)
{
        struct bytes *bytes;

        if (stat == NULL)
                return E_POINTER;
        *stat = (STATSTRUCT){0};
        if (flag < STATFLAG_DEFAULT || flag > STATFLAG_NOOPEN)
                return E_INVALIDARG;
        bytes = get_bytes(impl_from_IByteBuffer(iface), NULL);
        if (bytes == NULL)
                return E_UNEXPECTED;
        stat->type = STGTY_STREAM;
        stat->cbSize = (LONG)bytes_len(bytes);
        bytes_unref(bytes);
        return S_OK;
}

static HRESULT STDMETHODCALLTYPE bytebuffer_Write(IByteBuffer *iface, BYTE *data, LONG len, LONG *written)
{
        struct bytebuffer_object *buffer = impl_from_IByteBuffer(iface);
        HRESULT hr = S_OK;

        if (written != NULL)
                *written = 0;
        if (data == NULL)
                return E_POINTER;
        if (len < 0)
                return E_INVALIDARG;
        pthread_mutex_lock(&buffer->mutex);
        if (buffer->bytes == NULL)
                hr = E_UNEXPECTED;
        else if (len > 0 && buffer->position + (size_t)len > BYTES_MAX)
                hr = E_INVALIDARG;
        else if (!bytes_write(buffer->bytes, buffer->position, data, (size_t)len))
                hr = E_OUTOFMEMORY;
        else
                buffer->position += (size_t)len;
        pthread_mutex_unlock(&buffer->mutex);
        if (hr == S_OK && written != NULL)
                *written = len;
        return hr;
}

static const IByteBufferVtbl bytebuffer_vtbl = {
    .QueryInterface = bytebuffer_QueryInterface,
    .AddRef = bytebuffer_AddRef,
    .Release = bytebuffer_Release,
    DISPATCH_SLOTS(bytebuffer),
    .get_Stream = bytebuffer_get_Stream,
    .put_Stream = bytebuffer_put_Stream,
    .Clone = bytebuffer_Clone,
    .Commit = bytebuffer_Commit,
    .CopyTo = bytebuffer_CopyTo,
    .Initialize = bytebuffer_Initialize,
    .LockRegion = bytebuffer_LockRegion,
    .Read = bytebuffer_Read,
    .Revert = bytebuffer_Revert,
    .Seek = bytebuffer_Seek,
    .SetSize = bytebuffer_SetSize,
    .Stat = bytebuffer_Stat,
    .UnlockRegion = bytebuffer_UnlockRegion,
    .Write = bytebuffer_Write,
};

/* One reference, not initialised; NULL: out of memory. */
static struct bytebuffer_object *bytebuffer_new(void)
{
        struct bytebuffer_object *buffer = calloc(1, sizeof(*buffer));

        if (buffer == NULL)
                return NULL;
        buffer->IByteBuffer_iface.lpVtbl = &bytebuffer_vtbl;
        atomic_init(&buffer->refs, 1);
        pthread_mutex_init(&buffer->mutex, NULL);
        object_count_add();
        return buffer;
}

HRESULT bytebuffer_create(REFIID riid, void **out)
{
        struct bytebuffer_object *buffer;
        HRESULT hr;

        if (out == NULL)
                return E_POINTER;
        *out = NULL;
        buffer = bytebuffer_new();
        if (buffer == NULL)
                return E_OUTOFMEMORY;
        hr = bytebuffer_query(buffer, riid, out);
        if (FAILED(hr))
                bytebuffer_unref(buffer);
        else
                (void)object_refs_sub(&buffer->refs); /* the caller's reference stays */
        return hr;
}

bool bytebuffer_content(IByteBuffer *buffer, uint8_t *bytes, size_t room, size_t *len)
{
        struct bytes *held;

        *len = 0;
        if (buffer->lpVtbl != &bytebuffer_vtbl)
                return false;
        held = get_bytes(impl_from_IByteBuffer(buffer), NULL);
        if (held != NULL)
                *len = bytes_read(held, 0, bytes, room);
        bytes_unref(held);
        return true;
}
