/*
 * unblockdata.h - the codes that ISCardUnblockData::SetUnblockData keeps for one later Unblock.
 *
 * One store belongs to an attachment, so that Detach can wipe what every object made from it keeps; each
 * entry belongs to the object it was given to (its owner, only compared). Thread-safe.
 */
#ifndef ISCARD_COM_UNBLOCKDATA_H
#define ISCARD_COM_UNBLOCKDATA_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <objbase.h>

#include "core/card/chv.h"

#define UNBLOCK_ENTRIES_MAX 64 /* in one store: a program that never uses its numbers runs into it */

/* A code of length 0 was not given; neither: both come from the PIN pad. On secret_alloc memory. */
struct unblock_entry {
        struct unblock_entry *next;
        const void *owner;
        LONG number; /* random, 1 to 0x7FFFFFFF */
        size_t reset_len, new_len;
        uint8_t reset_code[CHV_CODE_MAX], new_code[CHV_CODE_MAX];
};

struct unblock_store {
        pthread_mutex_t mutex;
        struct unblock_entry *first;
        unsigned count;
};

void unblock_store_init(struct unblock_store *store);
void unblock_store_destroy(struct unblock_store *store); /* wipes everything */

/*
 * Keeps a copy of both codes (each 0 to CHV_CODE_MAX bytes) and gives it a number that no entry of the store
 * has. E_OUTOFMEMORY: no memory, or the store is full; SCARD_F_INTERNAL_ERROR: no random numbers. *number is
 * 0 on failure.
 */
HRESULT unblock_store_add(struct unblock_store *store, const void *owner, const uint8_t *reset_code,
                          size_t reset_len, const uint8_t *new_code, size_t new_len, LONG *number);
bool unblock_store_has(struct unblock_store *store, const void *owner, LONG number);
/* The entry leaves the store and is the caller's to free with unblock_entry_free; NULL: there is none. */
struct unblock_entry *unblock_store_take(struct unblock_store *store, const void *owner, LONG number);
void unblock_entry_free(struct unblock_entry *entry); /* wipes; NULL: nothing */
/* Wipes the entries of one owner; NULL: all. */
void unblock_store_clear(struct unblock_store *store, const void *owner);

#endif
