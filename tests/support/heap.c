/* heap.c - see heap.h. The linker leads the calls of the whole program here. */
#undef NDEBUG
#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include "sim/card.h"
#include "tests/support/heap.h"

static struct {
        atomic_long seen;    /* allocations since the start of the run */
        atomic_long fail_at; /* the one that fails; 0: none */
        atomic_int running;  /* 0: paused */
        atomic_bool failed;  /* it has happened, and was not looked at yet */
        atomic_bool crypto;  /* ...in libcrypto */
        atomic_long live;
} heap;

void (*heap_on_free)(const void *block);

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void __real_free(void *block);
int __real_posix_memalign(void **block, size_t alignment, size_t size);
void *__real_aligned_alloc(size_t alignment, size_t size);
int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *),
                          void *arg);
size_t __real_sim_card_apdu(struct sim_card *card, const uint8_t *command, size_t len, uint8_t *response,
                            size_t room);
uint16_t __real_sim_card_command(struct sim_card *card, const struct sim_apdu *apdu,
                                 struct sim_answer *answer);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);
void __wrap_free(void *block);
char *__wrap_strdup(const char *text);
char *__wrap_strndup(const char *text, size_t len);
int __wrap_posix_memalign(void **block, size_t alignment, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *),
                          void *arg);
size_t __wrap_sim_card_apdu(struct sim_card *card, const uint8_t *command, size_t len, uint8_t *response,
                            size_t room);
uint16_t __wrap_sim_card_command(struct sim_card *card, const struct sim_apdu *apdu,
                                 struct sim_answer *answer);

void heap_start(long n)
{
        assert(atomic_load(&heap.running) == 0);
        atomic_store(&heap.failed, false);
        atomic_store(&heap.crypto, false);
        atomic_store(&heap.seen, 0);
        atomic_store(&heap.fail_at, n);
}

void heap_resume(void)
{
        atomic_store(&heap.running, 1);
}

void heap_pause(void)
{
        atomic_store(&heap.running, 0);
}

bool heap_failed(void)
{
        return atomic_exchange(&heap.failed, false);
}

bool heap_failed_in_libcrypto(void)
{
        return atomic_load(&heap.crypto);
}

long heap_seen(void)
{
        return atomic_load(&heap.seen);
}

long heap_live(void)
{
        return atomic_load(&heap.live);
}

/* Whether this allocation is the one that fails. */
static bool fails(void)
{
        if (atomic_load(&heap.running) <= 0 ||
            atomic_fetch_add(&heap.seen, 1) + 1 != atomic_load(&heap.fail_at))
                return false;
        atomic_store(&heap.failed, true);
        return true;
}

static void *counted(void *block)
{
        if (block != NULL)
                atomic_fetch_add(&heap.live, 1);
        return block;
}

void *__wrap_malloc(size_t size)
{
        return fails() ? NULL : counted(__real_malloc(size));
}

void *__wrap_calloc(size_t count, size_t size)
{
        return fails() ? NULL : counted(__real_calloc(count, size));
}

void *__wrap_realloc(void *old, size_t size)
{
        void *block;

        if (fails())
                return NULL;
        block = __real_realloc(old, size);
        return old == NULL ? counted(block) : block;
}

char *__wrap_strndup(const char *text, size_t len)
{
        size_t held = strnlen(text, len);
        char *copy = fails() ? NULL : counted(__real_malloc(held + 1));

        if (copy == NULL)
                return NULL;
        memcpy(copy, text, held);
        copy[held] = '\0';
        return copy;
}

char *__wrap_strdup(const char *text)
{
        return __wrap_strndup(text, strlen(text));
}

int __wrap_posix_memalign(void **block, size_t alignment, size_t size)
{
        int error = fails() ? ENOMEM : __real_posix_memalign(block, alignment, size);

        if (error == 0)
                counted(*block);
        return error;
}

void *__wrap_aligned_alloc(size_t alignment, size_t size)
{
        return fails() ? NULL : counted(__real_aligned_alloc(alignment, size));
}

int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *),
                          void *arg)
{
        return fails() ? EAGAIN : __real_pthread_create(thread, attributes, start, arg);
}

void __wrap_free(void *block)
{
        if (block != NULL) {
                atomic_fetch_sub(&heap.live, 1);
                if (heap_on_free != NULL && atomic_load(&heap.running) > 0)
                        heap_on_free(block);
        }
        __real_free(block);
}

/* ---- the virtual card's own memory is a card's, not the library's */

size_t __wrap_sim_card_apdu(struct sim_card *card, const uint8_t *command, size_t len, uint8_t *response,
                            size_t room)
{
        size_t got;

        atomic_fetch_sub(&heap.running, 1);
        got = __real_sim_card_apdu(card, command, len, response, room);
        atomic_fetch_add(&heap.running, 1);
        return got;
}

uint16_t __wrap_sim_card_command(struct sim_card *card, const struct sim_apdu *apdu,
                                 struct sim_answer *answer)
{
        uint16_t sw;

        atomic_fetch_sub(&heap.running, 1);
        sw = __real_sim_card_command(card, apdu, answer);
        atomic_fetch_add(&heap.running, 1);
        return sw;
}

/* ---- libcrypto */

static bool crypto_fails(void)
{
        bool now = fails();

        if (now)
                atomic_store(&heap.crypto, true);
        return now;
}

static void *crypto_malloc(size_t size, const char *file, int line)
{
        (void)file, (void)line;
        return size == 0 || crypto_fails() ? NULL : __real_malloc(size);
}

static void *crypto_realloc(void *old, size_t size, const char *file, int line)
{
        (void)file, (void)line;
        if (size == 0) {
                __real_free(old);
                return NULL;
        }
        return crypto_fails() ? NULL : __real_realloc(old, size);
}

static void crypto_free(void *block, const char *file, int line)
{
        (void)file, (void)line;
        __real_free(block);
}

void heap_take_libcrypto(void)
{
        assert(CRYPTO_set_mem_functions(crypto_malloc, crypto_realloc, crypto_free) == 1);
}
