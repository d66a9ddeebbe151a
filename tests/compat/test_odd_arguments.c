/*
 * Every function of pcsc-lite with arguments that no careful program would give, from several threads that share
 * contexts and connections: each call returns, none writes beyond the room it was told of (the sanitized run
 * sees that: each buffer is an allocation of its own), and the library works as ever afterwards.
 */
#include "tests/support/engine.h"

#include <stdatomic.h>

#include "compat/pcsclite.h"

#define THREADS  4u
#define STEPS    10000u
#define CONTEXTS 4u
#define CARDS    8u

static _Atomic(lite_long) contexts[CONTEXTS], cards[CARDS];
static _Thread_local uint64_t seed;

/* xorshift64: the same numbers in every run. */
static uint64_t any(void)
{
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        return seed;
}

static size_t below(size_t n)
{
        return (size_t)(any() % n);
}

static lite_dword odd(void)
{
        static const lite_dword values[] = {0,
                                            1,
                                            2,
                                            3,
                                            4,
                                            33,
                                            128,
                                            264,
                                            65548,
                                            65549,
                                            0x7FFFFFFF,
                                            0x80000000,
                                            0xFFFFFFFF,
                                            LITE_AUTOALLOCATE,
                                            LITE_AUTOALLOCATE - 1,
                                            LITE_CTL_CODE_BASE + 1,
                                            LITE_CTL_CODE_BASE + 3400,
                                            LITE_CTL_CODE_BASE + 0x330006,
                                            LITE_CTL_CODE_BASE + 0x330012,
                                            CM_IOCTL_GET_FEATURE_REQUEST,
                                            SCARD_ATTR_ATR_STRING,
                                            SCARD_ATTR_DEVICE_FRIENDLY_NAME_A};

        return below(4) == 0 ? (lite_dword)any() : values[below(sizeof(values) / sizeof(values[0]))];
}

static lite_dword often(lite_dword value)
{
        return below(8) == 0 ? odd() : value;
}

static lite_long context_any(void)
{
        return below(12) == 0 ? (lite_long)odd() : atomic_load(&contexts[below(CONTEXTS)]);
}

static lite_long card_any(void)
{
        return below(12) == 0 ? (lite_long)odd() : atomic_load(&cards[below(CARDS)]);
}

static const char *name_any(void)
{
        static const char *const names[] = {"", "nobody", "\\\\?PnP?\\Notification", NULL};

        if (below(4) != 0)
                return FAKE_NAME;
        return names[below(sizeof(names) / sizeof(names[0]))];
}

static void *bytes(size_t count)
{
        unsigned char *made = malloc(count > 0 ? count : 1);

        assert_non_null(made);
        for (size_t i = 0; i < count; i++)
                made[i] = (unsigned char)any();
        return made;
}

/* A buffer with its length: as it should be, to be allocated, or NULL. */
struct output {
        void *buf;
        lite_dword room, *len;
};

static struct output *output_any(struct output *output)
{
        output->room = below(300);
        output->buf = bytes(output->room);
        output->len = below(20) == 0 ? NULL : &output->room;
        if (below(4) == 0) {
                free(output->buf);
                output->buf = below(2) == 0 ? NULL : calloc(1, sizeof(void *));
                output->room = output->buf == NULL ? odd() : LITE_AUTOALLOCATE;
                output->len = &output->room;
        }
        return output;
}

static void output_end(struct output *output, bool allocated)
{
        void *given;

        if (allocated && output->buf != NULL) {
                memcpy(&given, output->buf, sizeof(given));
                free(given); /* NULL after a failure */
        }
        free(output->buf);
}

static bool output_allocates(const struct output *output)
{
        return output->len != NULL && *output->len == LITE_AUTOALLOCATE;
}

static void call_with_output(size_t which)
{
        struct output first, second;

        (void)output_any(&first);
        (void)output_any(&second);
        bool allocated[] = {output_allocates(&first), which == 3 && output_allocates(&second)};

        if (which == 0)
                (void)lite_list_readers(context_any(), NULL, first.buf, first.len);
        else if (which == 1)
                (void)lite_list_reader_groups(context_any(), first.buf, first.len);
        else if (which == 2)
                (void)lite_get_attrib(card_any(), odd(), first.buf, first.len);
        else
                (void)lite_status(card_any(), first.buf, first.len, NULL, NULL, second.buf, second.len);
        output_end(&first, allocated[0]);
        output_end(&second, allocated[1]);
}

static void call_transmit(void)
{
        size_t len = below(16), room = below(40);
        unsigned char *command = bytes(len), *answer = bytes(room);
        lite_dword answer_len = room;
        lite_io_request send = {often(SCARD_PROTOCOL_T1), odd()}, received = {odd(), odd()};

        (void)lite_transmit(card_any(), below(16) == 0 ? NULL : &send, command,
                            below(20) == 0 ? LITE_MESSAGE_MAX + 1 + below(9) : len,
                            below(2) == 0 ? NULL : &received, answer, below(20) == 0 ? NULL : &answer_len);
        free(command);
        free(answer);
}

static void call_control(void)
{
        size_t len = below(40), room = below(40);
        unsigned char *in = bytes(len), *out = bytes(room);
        lite_dword returned;

        (void)lite_control(card_any(), odd(), in, below(20) == 0 ? LITE_MESSAGE_MAX + 1 + below(9) : len, out,
                           room, below(8) == 0 ? NULL : &returned);
        free(in);
        free(out);
}

static void call_change(void)
{
        size_t count = below(4);
        lite_readerstate *states = bytes(count * sizeof(*states));

        for (size_t i = 0; i < count; i++) {
                states[i].szReader = name_any();
                if (below(2) == 0)
                        states[i].dwCurrentState &= 0x7FF;
        }
        (void)lite_get_status_change(context_any(), below(3), states, count);
        free(states);
}

static void call_connect(void)
{
        lite_dword active;
        lite_long card = 0;

        if (lite_connect(context_any(), name_any(), often(SCARD_SHARE_SHARED), often(BOTH), &card,
                         below(20) == 0 ? NULL : &active) == SCARD_S_SUCCESS)
                (void)lite_disconnect(atomic_exchange(&cards[below(CARDS)], card), often(SCARD_LEAVE_CARD));
}

static void call_establish(void)
{
        lite_long context = 0;

        if (lite_establish_context(often(SCARD_SCOPE_SYSTEM), NULL, NULL, &context) == SCARD_S_SUCCESS)
                (void)lite_release_context(atomic_exchange(&contexts[below(CONTEXTS)], context));
        (void)lite_free_memory(context_any(), NULL);
        (void)lite_is_valid_context(context_any());
}

/* Nobody keeps a transaction for long: the others would wait for it. */
static void call_transaction(void)
{
        lite_long card = card_any();

        if (lite_begin_transaction(card) == SCARD_S_SUCCESS)
                (void)lite_end_transaction(card, SCARD_LEAVE_CARD);
        (void)lite_end_transaction(card_any(), often(SCARD_LEAVE_CARD));
}

static void step(void)
{
        lite_dword active;

        switch (below(11)) {
        case 0:
                if (below(16) == 0) /* seldom: what the old context holds goes with it */
                        call_establish();
                break;
        case 1:
                call_connect();
                break;
        case 2:
                (void)lite_reconnect(card_any(), often(SCARD_SHARE_SHARED), often(BOTH),
                                     often(SCARD_LEAVE_CARD), below(20) == 0 ? NULL : &active);
                break;
        case 3:
                call_transaction();
                break;
        case 4:
                call_transmit();
                break;
        case 5:
                call_control();
                break;
        case 6:
                call_change();
                break;
        case 7:
                (void)lite_set_attrib(card_any(), odd(), (const unsigned char *)"1234", below(5));
                assert_non_null(lite_stringify_error((lite_long)odd()));
                break;
        default:
                call_with_output(below(4));
                break;
        }
}

static void *thread_run(void *number)
{
        seed = 0x9E3779B97F4A7C15u * (1 + (uintptr_t)number);
        for (unsigned i = 0; i < STEPS; i++)
                step();
        return NULL;
}

static atomic_bool over;

/* A thread that waits for a transaction that another left to itself is woken. */
static void *canceller_run(void *unused)
{
        while (!atomic_load(&over)) {
                for (size_t i = 0; i < CONTEXTS; i++)
                        (void)lite_cancel(atomic_load(&contexts[i]));
                engine_sleep_ms(3);
        }
        return unused;
}

static void odd_arguments_do_no_harm(void **state)
{
        (void)state;
        pthread_t threads[THREADS], canceller;
        unsigned char answer[2];
        lite_dword len = sizeof(answer), active;
        lite_long context, card;

        fake_reset();
        for (size_t i = 0; i < CONTEXTS; i++) {
                assert_int_equal(lite_establish_context(2, NULL, NULL, &context), SCARD_S_SUCCESS);
                atomic_store(&contexts[i], context);
        }
        assert_int_equal(pthread_create(&canceller, NULL, canceller_run, NULL), 0);
        for (uintptr_t i = 0; i < THREADS; i++)
                assert_int_equal(pthread_create(&threads[i], NULL, thread_run, (void *)i), 0);
        for (size_t i = 0; i < THREADS; i++)
                pthread_join(threads[i], NULL);
        atomic_store(&over, true);
        pthread_join(canceller, NULL);
        for (size_t i = 0; i < CONTEXTS; i++)
                (void)lite_release_context(atomic_load(&contexts[i]));
        assert_int_equal(fake_starts, fake_stops);
        assert_true(fake_count(&fake_readers[0], FAKE_TRANSMIT) >
                    STEPS / 100); /* many calls were good ones */

        assert_int_equal(lite_establish_context(2, NULL, NULL, &context), SCARD_S_SUCCESS);
        assert_int_equal(lite_connect(context, FAKE_NAME, SCARD_SHARE_EXCLUSIVE, BOTH, &card, &active),
                         SCARD_S_SUCCESS);
        assert_int_equal(lite_transmit(card, &lite_t1_pci, engine_get_challenge, 5, NULL, answer, &len),
                         SCARD_S_SUCCESS);
        assert_int_equal(lite_release_context(context), SCARD_S_SUCCESS);
}

int main(void)
{
        const struct CMUnitTest tests[] = {cmocka_unit_test(odd_arguments_do_no_harm)};

        return cmocka_run_group_tests(tests, NULL, NULL);
}
