#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "core/wipe.h"
#include "com/object.h"
#include "com/secret.h"
#include "com/bytes.h"

/* Invariant: len <= cap <= BYTES_MAX; the bytes from len to cap are zero. */
struct bytes {
        atomic_uint refs;
        pthread_mutex_t mutex; /* the rest */
        uint8_t *data;         /* secret_alloc(cap); NULL where cap is 0 */
        size_t len, cap;
};

/* Room for len bytes; the mutex is held, or nobody else knows the object yet. */
static bool reserve(struct bytes *bytes, size_t len)
{
        size_t cap = bytes->cap * 2;
        uint8_t *data;

        if (len <= bytes->cap)
                return true;
        if (cap < len)
                cap = len;
        if (cap > BYTES_MAX)
                cap = BYTES_MAX;
        data = secret_alloc(cap);
        if (data == NULL)
                return false;
        if (bytes->len != 0)
                memcpy(data, bytes->data, bytes->len);
        secret_free(bytes->data, bytes->cap);
        bytes->data = data;
        bytes->cap = cap;
        return true;
}

struct bytes *bytes_create(const uint8_t *data, size_t len)
{
        struct bytes *bytes = calloc(1, sizeof(*bytes));

        if (bytes == NULL)
                return NULL;
        if (!reserve(bytes, len)) {
                free(bytes);
                return NULL;
        }
        atomic_init(&bytes->refs, 1);
        pthread_mutex_init(&bytes->mutex, NULL);
        if (data != NULL && len != 0)
                memcpy(bytes->data, data, len);
        bytes->len = len;
        return bytes;
}

struct bytes *bytes_ref(struct bytes *bytes)
{
        (void)object_refs_add(&bytes->refs);
        return bytes;
}

void bytes_unref(struct bytes *bytes)
{
        if (bytes == NULL || object_refs_sub(&bytes->refs) != 0)
                return;
        secret_free(bytes->data, bytes->cap);
        pthread_mutex_destroy(&bytes->mutex);
        free(bytes);
}

size_t bytes_len(struct bytes *bytes)
{
        pthread_mutex_lock(&bytes->mutex);
        size_t len = bytes->len;
        pthread_mutex_unlock(&bytes->mutex);
        return len;
}

bool bytes_set_len(struct bytes *bytes, size_t len)
{
        pthread_mutex_lock(&bytes->mutex);
        bool fits = reserve(bytes, len);
        if (fits) {
                if (len < bytes->len)
                        wipe(bytes->data + len, bytes->len - len);
                bytes->len = len;
        }
        pthread_mutex_unlock(&bytes->mutex);
        return fits;
}

size_t bytes_read(struct bytes *bytes, size_t offset, uint8_t *data, size_t len)
{
        pthread_mutex_lock(&bytes->mutex);
        size_t left = offset < bytes->len ? bytes->len - offset : 0;
        if (len > left)
                len = left;
        if (len != 0)
                memcpy(data, bytes->data + offset, len);
        pthread_mutex_unlock(&bytes->mutex);
        return len;
}

bool bytes_write(struct bytes *bytes, size_t offset, const uint8_t *data, size_t len)
{
        if (len == 0)
                return true; /* also behind the end: nothing is written, so nothing grows */
        pthread_mutex_lock(&bytes->mutex);
        bool fits = reserve(bytes, offset + len);
        if (fits) {
                memcpy(bytes->data + offset, data, len);
                if (offset + len > bytes->len)
                        bytes->len = offset + len;
        }
        pthread_mutex_unlock(&bytes->mutex);
        return fits;
}
