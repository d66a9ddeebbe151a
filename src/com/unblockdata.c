#include <errno.h>
#include <string.h>
#include <sys/random.h>

#include "com/hresult.h"
#include "com/secret.h"
#include "com/unblockdata.h"

void unblock_store_init(struct unblock_store *store)
{
        pthread_mutex_init(&store->mutex, NULL);
        store->first = NULL;
        store->count = 0;
}

void unblock_store_destroy(struct unblock_store *store)
{
        unblock_store_clear(store, NULL);
        pthread_mutex_destroy(&store->mutex);
}

/* Where the pointer to the entry stands, or NULL; owner NULL: of any. The mutex is held. */
static struct unblock_entry **find(struct unblock_store *store, const void *owner, LONG number)
{
        for (struct unblock_entry **at = &store->first; *at != NULL; at = &(*at)->next) {
                if ((*at)->number == number && (owner == NULL || (*at)->owner == owner))
                        return at;
        }
        return NULL;
}

/* A positive number that is not in use; 0: no random numbers. The mutex is held. */
static LONG new_number(struct unblock_store *store)
{
        for (;;) {
                uint32_t random = 0;
                ssize_t got = getrandom(&random, sizeof(random), 0);

                if (got < 0 && errno == EINTR)
                        continue;
                if (got != (ssize_t)sizeof(random))
                        return 0;
                LONG number = (LONG)(random & 0x7FFFFFFFu);
                if (number != 0 && find(store, NULL, number) == NULL)
                        return number;
        }
}

HRESULT unblock_store_add(struct unblock_store *store, const void *owner, const uint8_t *reset_code,
                          size_t reset_len, const uint8_t *new_code, size_t new_len, LONG *number)
{
        struct unblock_entry *entry;
        HRESULT hr = S_OK;

        *number = 0;
        if (reset_len > CHV_CODE_MAX || new_len > CHV_CODE_MAX)
                return E_INVALIDARG;
        entry = secret_alloc(sizeof(*entry));
        if (entry == NULL)
                return E_OUTOFMEMORY;
        entry->owner = owner;
        entry->reset_len = reset_len;
        entry->new_len = new_len;
        if (reset_len != 0)
                memcpy(entry->reset_code, reset_code, reset_len);
        if (new_len != 0)
                memcpy(entry->new_code, new_code, new_len);

        pthread_mutex_lock(&store->mutex);
        if (store->count >= UNBLOCK_ENTRIES_MAX)
                hr = E_OUTOFMEMORY;
        else if ((entry->number = new_number(store)) == 0)
                hr = hresult_from_scard(SCARD_F_INTERNAL_ERROR);
        else {
                *number = entry->number;
                entry->next = store->first;
                store->first = entry;
                store->count++;
                entry = NULL; /* transferred */
        }
        pthread_mutex_unlock(&store->mutex);
        unblock_entry_free(entry);
        return hr;
}

bool unblock_store_has(struct unblock_store *store, const void *owner, LONG number)
{
        pthread_mutex_lock(&store->mutex);
        bool has = find(store, owner, number) != NULL;
        pthread_mutex_unlock(&store->mutex);
        return has;
}

struct unblock_entry *unblock_store_take(struct unblock_store *store, const void *owner, LONG number)
{
        struct unblock_entry *entry = NULL;

        pthread_mutex_lock(&store->mutex);
        struct unblock_entry **at = find(store, owner, number);
        if (at != NULL) {
                entry = *at;
                *at = entry->next;
                entry->next = NULL;
                store->count--;
        }
        pthread_mutex_unlock(&store->mutex);
        return entry;
}

void unblock_entry_free(struct unblock_entry *entry)
{
        secret_free(entry, sizeof(*entry));
}

void unblock_store_clear(struct unblock_store *store, const void *owner)
{
        pthread_mutex_lock(&store->mutex);
        for (struct unblock_entry **at = &store->first; *at != NULL;) {
                struct unblock_entry *entry = *at;

                if (owner != NULL && entry->owner != owner) {
                        at = &entry->next;
                        continue;
                }
                *at = entry->next;
                store->count--;
                unblock_entry_free(entry);
        }
        pthread_mutex_unlock(&store->mutex);
}
