#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define COBJMACROS
#include <oaidl.h>

#include "com/bytes.h"
#include "com/dispatch.h"
#include "com/errorinfo.h"
#include "com/object.h"
#include "com/secret.h"
#include "com/stream.h"
#include "com/bytebuffer.h"

/* Invariant: stream is NULL until Initialize. */
struct bytebuffer_object {
        IByteBuffer IByteBuffer_iface; /* canonical: answers IUnknown and IDispatch too */
        ISupportErrorInfo ISupportErrorInfo_iface;
        atomic_uint refs;
        pthread_mutex_t mutex; /* stream (the pointer) */
        IStream *stream;       /* counted: of this library, or what put_Stream gave; it has the position */
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
        if (IsEqualGUID(riid, &IID_IUnknown) || IsEqualGUID(riid, &IID_IDispatch) ||
            IsEqualGUID(riid, &IID_IByteBuffer))
                *out = &buffer->IByteBuffer_iface;
        else if (IsEqualGUID(riid, &IID_ISupportErrorInfo))
                *out = &buffer->ISupportErrorInfo_iface;
        else
                return E_NOINTERFACE;
        (void)object_refs_add(&buffer->refs);
        return S_OK;
}

static ULONG bytebuffer_ref(struct bytebuffer_object *buffer)
{
        return object_refs_add(&buffer->refs);
}

static ULONG bytebuffer_unref(struct bytebuffer_object *buffer)
{
        ULONG refs = object_refs_sub(&buffer->refs);

        if (refs != 0)
                return refs;
        if (buffer->stream != NULL)
                IStream_Release(buffer->stream);
        pthread_mutex_destroy(&buffer->mutex);
        free(buffer);
        object_count_sub();
        return 0;
}

static struct dispatch_forms bytebuffer_forms(struct bytebuffer_object *buffer)
{
        return (struct dispatch_forms){{{&dispatch_IByteBuffer, &buffer->IByteBuffer_iface}}};
}

static const IID *const bytebuffer_iids[] = {&IID_IByteBuffer, &IID_IDispatch, NULL};

OBJECT_THUNKS(bytebuffer, IByteBuffer, bytebuffer)
DISPATCH_THUNKS(bytebuffer, IByteBuffer, bytebuffer_forms)
ERRORINFO_THUNKS(bytebuffer, bytebuffer_iids)

/* Nothing is noted by these methods, but by those that call them: a success here leaves their note alone. */
static HRESULT report(const char *method, HRESULT hr)
{
        return FAILED(hr) ? error_from(&IID_IByteBuffer, method, hr) : hr;
}

#define REPORT(method, hr) report("IByteBuffer::" method, hr)

/* With a reference; NULL: not initialised. Nothing is called with the mutex held: a stream may be foreign. */
static IStream *get_stream(struct bytebuffer_object *buffer)
{
        pthread_mutex_lock(&buffer->mutex);
        IStream *stream = buffer->stream;
        if (stream != NULL)
                IStream_AddRef(stream);
        pthread_mutex_unlock(&buffer->mutex);
        return stream;
}

/* stream is taken over. */
static void set_stream(struct bytebuffer_object *buffer, IStream *stream)
{
        pthread_mutex_lock(&buffer->mutex);
        IStream *old = buffer->stream;
        buffer->stream = stream;
        pthread_mutex_unlock(&buffer->mutex);
        if (old != NULL)
                IStream_Release(old);
}

static void put_stream(IStream *stream)
{
        if (stream != NULL)
                IStream_Release(stream);
}

/* A stream of ours is full at BYTES_MAX, which is an argument that cannot be. What another says comes through. */
static HRESULT stream_hresult(IStream *stream, HRESULT hr)
{
        if (hr == STG_E_MEDIUMFULL && stream_is_ours(stream))
                return E_INVALIDARG;
        return SUCCEEDED(hr) ? S_OK : hr; /* S_FALSE: fewer bytes than asked for */
}

static HRESULT STDMETHODCALLTYPE bytebuffer_get_Stream(IByteBuffer *iface, LPSTREAM *out)
{
        if (out == NULL)
                return REPORT("get_Stream", E_POINTER);
        *out = get_stream(impl_from_IByteBuffer(iface));
        return REPORT("get_Stream", *out != NULL ? S_OK : E_UNEXPECTED);
}

static HRESULT STDMETHODCALLTYPE bytebuffer_put_Stream(IByteBuffer *iface, LPSTREAM stream)
{
        struct bytebuffer_object *buffer = impl_from_IByteBuffer(iface);
        IStream *before;

        if (stream == NULL)
                return REPORT("put_Stream", E_POINTER);
        before = get_stream(buffer);
        if (before == NULL)
                return REPORT("put_Stream", E_UNEXPECTED);
        IStream_Release(before);
        IStream_AddRef(stream);
        set_stream(buffer, stream);
        return REPORT("put_Stream", S_OK);
}

/* One reference, not initialised; NULL: out of memory. */
static struct bytebuffer_object *bytebuffer_new(void);

static HRESULT clone_buffer(struct bytebuffer_object *buffer, LPBYTEBUFFER *out)
{
        IStream *stream = get_stream(buffer), *copy = NULL;
        struct bytebuffer_object *made;
        HRESULT hr;

        if (stream == NULL)
                return E_UNEXPECTED;
        hr = IStream_Clone(stream, &copy);
        IStream_Release(stream);
        if (FAILED(hr) || copy == NULL)
                return FAILED(hr) ? hr : E_UNEXPECTED;
        made = bytebuffer_new();
        if (made == NULL) {
                IStream_Release(copy);
                return E_OUTOFMEMORY;
        }
        made->stream = copy;
        *out = &made->IByteBuffer_iface;
        return S_OK;
}

static HRESULT STDMETHODCALLTYPE bytebuffer_Clone(IByteBuffer *iface, LPBYTEBUFFER *out)
{
        if (out == NULL)
                return REPORT("Clone", E_POINTER);
        *out = NULL;
        return REPORT("Clone", clone_buffer(impl_from_IByteBuffer(iface), out));
}

static HRESULT STDMETHODCALLTYPE bytebuffer_Commit(IByteBuffer *iface, LONG flags)
{
        IStream *stream = get_stream(impl_from_IByteBuffer(iface));
        HRESULT hr = stream != NULL ? IStream_Commit(stream, (DWORD)flags) : E_UNEXPECTED;

        put_stream(stream);
        return REPORT("Commit", hr);
}

static HRESULT STDMETHODCALLTYPE bytebuffer_Revert(IByteBuffer *iface)
{
        IStream *stream = get_stream(impl_from_IByteBuffer(iface));
        HRESULT hr = stream != NULL ? IStream_Revert(stream) : E_UNEXPECTED;

        put_stream(stream);
        return REPORT("Revert", hr);
}

static HRESULT region(struct bytebuffer_object *buffer, LONG offset, LONG len, LONG type, bool lock)
{
        ULARGE_INTEGER from = {.QuadPart = (ULONG)offset}, size = {.QuadPart = (ULONG)len};
        IStream *stream;
        HRESULT hr;

        if (offset < 0 || len < 0)
                return E_INVALIDARG;
        stream = get_stream(buffer);
        if (stream == NULL)
                return E_UNEXPECTED;
        hr = lock ? IStream_LockRegion(stream, from, size, (DWORD)type)
                  : IStream_UnlockRegion(stream, from, size, (DWORD)type);
        IStream_Release(stream);
        return hr;
}

static HRESULT STDMETHODCALLTYPE bytebuffer_LockRegion(IByteBuffer *iface, LONG offset, LONG len, LONG type)
{
        return REPORT("LockRegion", region(impl_from_IByteBuffer(iface), offset, len, type, true));
}

static HRESULT STDMETHODCALLTYPE bytebuffer_UnlockRegion(IByteBuffer *iface, LONG offset, LONG len, LONG type)
{
        return REPORT("UnlockRegion", region(impl_from_IByteBuffer(iface), offset, len, type, false));
}

static HRESULT stream_seek(IStream *stream, LONGLONG move, DWORD origin, LONGLONG *now)
{
        LARGE_INTEGER distance = {.QuadPart = move};
        ULARGE_INTEGER position = {.QuadPart = 0};
        HRESULT hr = IStream_Seek(stream, distance, origin, &position);

        *now = SUCCEEDED(hr) ? (LONGLONG)position.QuadPart : 0;
        return hr;
}

/* How many bytes are left from the position, at most wanted; a stream that does not tell its size has wanted. */
static size_t bytes_left(IStream *stream, LONGLONG position, size_t wanted)
{
        STATSTG stat = {.type = 0};
        ULONGLONG left = wanted;

        if (SUCCEEDED(IStream_Stat(stream, &stat, STATFLAG_NONAME)))
                left = stat.cbSize.QuadPart > (ULONGLONG)position ? stat.cbSize.QuadPart - (ULONGLONG)position
                                                                  : 0;
        if (left > wanted)
                left = wanted;
        return left < BYTES_MAX ? (size_t)left : BYTES_MAX;
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
        buffer->stream = stream_create(bytes_create(NULL, 0));
        if (buffer->stream != NULL)
                return buffer;
        (void)bytebuffer_unref(buffer);
        return NULL;
}

/* Through a copy: the target may be this object, a clone over the same bytes, or another implementation's. */
static HRESULT copy_stream(IStream *stream, LPBYTEBUFFER *target, size_t wanted, LONG *read, LONG *written)
{
        struct bytebuffer_object *made = NULL; /* where *target is NULL; the caller's when all went well */
        LONGLONG position = 0, unused;
        uint8_t *copy = NULL;
        ULONG got = 0;
        size_t len = 0;
        HRESULT hr = stream_seek(stream, 0, STREAM_SEEK_CUR, &position);

        if (FAILED(hr))
                return hr;
        len = bytes_left(stream, position, wanted);
        hr = E_OUTOFMEMORY;
        if (len != 0 && (copy = secret_alloc(len)) == NULL)
                goto out;
        if (*target == NULL && (made = bytebuffer_new_empty()) == NULL)
                goto out;
        hr = len != 0 ? stream_hresult(stream, IStream_Read(stream, copy, (ULONG)len, &got)) : S_OK;
        if (FAILED(hr))
                goto out;
        if (got > len)
                got = (ULONG)len;
        /* The position moves when all went well: the target may be this very stream. */
        (void)stream_seek(stream, position, STREAM_SEEK_SET, &unused);
        hr = write_all(made != NULL ? &made->IByteBuffer_iface : *target, copy, got, written);
        if (FAILED(hr))
                goto out;
        (void)stream_seek(stream, position + got, STREAM_SEEK_SET, &unused);
        *read = (LONG)got;
        if (made != NULL) {
                (void)stream_seek(made->stream, 0, STREAM_SEEK_SET, &unused);
                *target = &made->IByteBuffer_iface;
                made = NULL; /* transferred */
        }
out:
        if (made != NULL)
                (void)bytebuffer_unref(made);
        secret_free(copy, len);
        return hr;
}

static HRESULT copy_to(struct bytebuffer_object *buffer, LPBYTEBUFFER *target, LONG wanted, LONG *read,
                       LONG *written)
{
        IStream *stream;
        HRESULT hr;

        if (target == NULL)
                return E_POINTER;
        if (wanted < 0)
                return E_INVALIDARG;
        stream = get_stream(buffer);
        if (stream == NULL)
                return E_UNEXPECTED;
        hr = copy_stream(stream, target, (size_t)wanted, read, written);
        IStream_Release(stream);
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
        return REPORT("CopyTo", copy_to(impl_from_IByteBuffer(iface), target, wanted, read, written));
}

static HRESULT STDMETHODCALLTYPE bytebuffer_Initialize(IByteBuffer *iface, LONG size, BYTE *data)
{
        IStream *stream;

        if (size < 0 || (ULONG)size > BYTES_MAX)
                return REPORT("Initialize", E_INVALIDARG);
        stream = stream_create(bytes_create(data, (size_t)size));
        if (stream == NULL)
                return REPORT("Initialize", E_OUTOFMEMORY);
        set_stream(impl_from_IByteBuffer(iface), stream);
        return REPORT("Initialize", S_OK);
}

static HRESULT read_bytes(struct bytebuffer_object *buffer, BYTE *data, LONG wanted, LONG *read)
{
        IStream *stream;
        ULONG got = 0;
        HRESULT hr;

        if (data == NULL)
                return E_POINTER;
        if (wanted < 0)
                return E_INVALIDARG;
        stream = get_stream(buffer);
        if (stream == NULL)
                return E_UNEXPECTED;
        hr = stream_hresult(stream, IStream_Read(stream, data, (ULONG)wanted, &got));
        IStream_Release(stream);
        if (SUCCEEDED(hr) && read != NULL)
                *read = got > (ULONG)wanted ? wanted : (LONG)got;
        return hr;
}

static HRESULT STDMETHODCALLTYPE bytebuffer_Read(IByteBuffer *iface, BYTE *data, LONG wanted, LONG *read)
{
        if (read != NULL)
                *read = 0;
        return REPORT("Read", read_bytes(impl_from_IByteBuffer(iface), data, wanted, read));
}

static HRESULT seek(struct bytebuffer_object *buffer, LONG move, LONG origin, LONG *now)
{
        LONGLONG position = 0;
        IStream *stream;
        HRESULT hr;

        if (origin != STREAM_SEEK_SET && origin != STREAM_SEEK_CUR && origin != STREAM_SEEK_END)
                return STG_E_INVALIDFUNCTION;
        /* Also where the stream takes the distance from the start for a number without sign. */
        if (origin == STREAM_SEEK_SET && move < 0)
                return STG_E_INVALIDFUNCTION;
        stream = get_stream(buffer);
        if (stream == NULL)
                return E_UNEXPECTED;
        hr = stream_hresult(stream, stream_seek(stream, move, (DWORD)origin, &position));
        IStream_Release(stream);
        if (SUCCEEDED(hr) && (position < 0 || position > INT32_MAX))
                return STG_E_INVALIDFUNCTION; /* a foreign stream went where no LONG follows */
        if (SUCCEEDED(hr) && now != NULL)
                *now = (LONG)position;
        return hr;
}

static HRESULT STDMETHODCALLTYPE bytebuffer_Seek(IByteBuffer *iface, LONG move, LONG origin, LONG *now)
{
        if (now != NULL)
                *now = 0;
        return REPORT("Seek", seek(impl_from_IByteBuffer(iface), move, origin, now));
}

static HRESULT set_size(struct bytebuffer_object *buffer, LONG size)
{
        ULARGE_INTEGER wanted = {.QuadPart = (ULONG)size};
        IStream *stream;
        HRESULT hr;

        if (size < 0 || (ULONG)size > BYTES_MAX)
                return E_INVALIDARG;
        stream = get_stream(buffer);
        if (stream == NULL)
                return E_UNEXPECTED;
        hr = stream_hresult(stream, IStream_SetSize(stream, wanted));
        IStream_Release(stream);
        return hr;
}

static HRESULT STDMETHODCALLTYPE bytebuffer_SetSize(IByteBuffer *iface, LONG size)
{
        return REPORT("SetSize", set_size(impl_from_IByteBuffer(iface), size));
}

static HRESULT get_stat(struct bytebuffer_object *buffer, LPSTATSTRUCT out, LONG flags)
{
        STATSTG stat = {.type = 0};
        IStream *stream;
        HRESULT hr;

        if (flags < STATFLAG_DEFAULT || flags > STATFLAG_NOOPEN)
                return E_INVALIDARG;
        stream = get_stream(buffer);
        if (stream == NULL)
                return E_UNEXPECTED;
        hr = stream_hresult(stream,
                            IStream_Stat(stream, &stat, STATFLAG_NONAME)); /* there is no place for a name */
        IStream_Release(stream);
        if (FAILED(hr))
                return hr;
        out->type = (LONG)stat.type;
        out->cbSize = stat.cbSize.QuadPart < INT32_MAX ? (LONG)stat.cbSize.QuadPart : INT32_MAX;
        out->grfMode = (LONG)stat.grfMode;
        out->grfLocksSupported = (LONG)stat.grfLocksSupported;
        out->grfStateBits = (LONG)stat.grfStateBits;
        return S_OK;
}

static HRESULT STDMETHODCALLTYPE bytebuffer_Stat(IByteBuffer *iface, LPSTATSTRUCT stat, LONG flags)
{
        if (stat == NULL)
                return REPORT("Stat", E_POINTER);
        memset(stat, 0, sizeof(*stat));
        return REPORT("Stat", get_stat(impl_from_IByteBuffer(iface), stat, flags));
}

static HRESULT write_bytes(struct bytebuffer_object *buffer, const BYTE *data, LONG len, LONG *written)
{
        ULONG put = 0;
        IStream *stream;
        HRESULT hr;

        if (data == NULL)
                return E_POINTER;
        if (len < 0 || (ULONG)len > BYTES_MAX)
                return E_INVALIDARG;
        stream = get_stream(buffer);
        if (stream == NULL)
                return E_UNEXPECTED;
        hr = stream_hresult(stream, IStream_Write(stream, data, (ULONG)len, &put));
        IStream_Release(stream);
        if (SUCCEEDED(hr) && written != NULL)
                *written = put > (ULONG)len ? len : (LONG)put;
        return hr;
}

static HRESULT STDMETHODCALLTYPE bytebuffer_Write(IByteBuffer *iface, BYTE *data, LONG len, LONG *written)
{
        if (written != NULL)
                *written = 0;
        return REPORT("Write", write_bytes(impl_from_IByteBuffer(iface), data, len, written));
}

static const IByteBufferVtbl bytebuffer_vtbl = {
    OBJECT_SLOTS(bytebuffer),
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

static struct bytebuffer_object *bytebuffer_new(void)
{
        struct bytebuffer_object *buffer = calloc(1, sizeof(*buffer));

        if (buffer == NULL)
                return NULL;
        buffer->IByteBuffer_iface.lpVtbl = &bytebuffer_vtbl;
        buffer->ISupportErrorInfo_iface.lpVtbl = &bytebuffer_errors_vtbl;
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
        (void)bytebuffer_unref(buffer); /* the caller's reference stays, where there is one */
        return hr;
}

bool bytebuffer_content(IByteBuffer *iface, uint8_t *bytes, size_t room, size_t *len)
{
        struct bytebuffer_object *buffer;
        bool ours = true;

        *len = 0;
        if (iface->lpVtbl != &bytebuffer_vtbl)
                return false;
        buffer = impl_from_IByteBuffer(iface);
        /* A stream of the library calls nobody, so it is read with the mutex held: no reference to count. */
        pthread_mutex_lock(&buffer->mutex);
        if (buffer->stream != NULL)
                ours = stream_content(buffer->stream, bytes, room, len);
        pthread_mutex_unlock(&buffer->mutex);
        return ours;
}
