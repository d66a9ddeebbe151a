/*
 * test_slots.c - src/ccid/link.c and device.c with several slots that work at once, over a transport that is a
 * reader in small: what is sent lies there until the test lets it be answered, in any order.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include "ccid/message.h"
#include "ccid/reader.h"
#include "core/status.h"
#include "tests/support/hand_clock.h"

#define SHORT_APDU 0x00020000u
#define SLOTS      8u
#define HELD_MAX   64u

struct held {
        uint8_t bytes[300];
        size_t len;
};

/* Everything under lock. */
static struct {
        pthread_mutex_t lock;
        pthread_cond_t change;
        struct held commands[HELD_MAX]; /* sent and not answered */
        size_t count;
        struct held answers[HELD_MAX];
        size_t ready;
        bool receiving, sending, cancelled, gone, echo;
        bool stall_in, stall_out;
        bool time_over; /* of whoever receives */
        bool extend;    /* the next command is answered with a wish for five times its time */
        unsigned sent, receives, aborts, controls, in_halts, out_halts, exchanges;
} hub;

static _Thread_local atomic_uint *waits; /* how often the thread that runs began one; NULL: nobody counts */

int pthread_cond_timedwait(pthread_cond_t *cond, pthread_mutex_t *mutex, const struct timespec *until)
{
        if (waits != NULL)
                atomic_fetch_add(waits, 1);
        return hand_clock_wait(cond, mutex, until);
}

static struct timespec after(unsigned ms)
{
        struct timespec at;

        clock_gettime(CLOCK_MONOTONIC, &at);
        at.tv_nsec += (long)ms * 1000000L;
        at.tv_sec += at.tv_nsec / 1000000000L;
        at.tv_nsec %= 1000000000L;
        return at;
}

/* Puts an answer to a command ready. Lock held. */
static void answer_now(const struct held *command, uint8_t bStatus, uint8_t bError, const void *data,
                       size_t data_len)
{
        struct held *answer = &hub.answers[hub.ready++];

        assert_true(hub.ready <= HELD_MAX);
        message_header(answer->bytes, message_answer_type(command->bytes[0]), command->bytes[5],
                       command->bytes[6], data_len, (const uint8_t[3]){bStatus, bError, 0});
        if (data_len != 0)
                memcpy(answer->bytes + MESSAGE_HEADER_LEN, data, data_len);
        answer->len = MESSAGE_HEADER_LEN + data_len;
        pthread_cond_broadcast(&hub.change);
}

/* Echoes the data of a command with 90 00 behind them. Lock held. */
static void answer_echo(const struct held *command)
{
        uint8_t data[300];
        size_t len = command->len - MESSAGE_HEADER_LEN;

        memcpy(data, command->bytes + MESSAGE_HEADER_LEN, len);
        memcpy(data + len, "\x90\x00", 2);
        answer_now(command, 0, 0, data, len + 2);
}

/* The oldest command of a slot leaves the row. Lock held. */
static bool take_command(unsigned slot, struct held *command)
{
        size_t i;

        for (i = 0; i < hub.count; i++) {
                if (hub.commands[i].bytes[5] != slot)
                        continue;
                *command = hub.commands[i];
                memmove(&hub.commands[i], &hub.commands[i + 1], (hub.count - i - 1) * sizeof *command);
                hub.count--;
                return true;
        }
        return false;
}

static int32_t hub_open(void *dev, const struct ccid_pipes *pipes, void **pipe)
{
        (void)pipes;
        *pipe = dev;
        return SCARD_S_SUCCESS;
}

static void hub_close(void *pipe)
{
        (void)pipe;
}

static int32_t hub_exchange(void *pipe, const uint8_t *out, size_t out_len, bool zlp, uint8_t *in,
                            size_t in_cap, size_t *in_len, unsigned timeout_ms)
{
        (void)pipe;
        (void)out;
        (void)out_len;
        (void)zlp;
        (void)in;
        (void)in_cap;
        (void)timeout_ms;
        *in_len = 0;
        pthread_mutex_lock(&hub.lock);
        hub.exchanges++; /* not of several slots */
        pthread_mutex_unlock(&hub.lock);
        return SCARD_F_COMM_ERROR;
}

static int32_t hub_send(void *pipe, const uint8_t *out, size_t out_len, bool zlp, unsigned timeout_ms)
{
        struct held command = {.len = out_len};
        int32_t status = SCARD_S_SUCCESS;

        (void)pipe;
        (void)zlp;
        assert_true(timeout_ms > 0 && out_len <= sizeof command.bytes);
        memcpy(command.bytes, out, out_len);
        pthread_mutex_lock(&hub.lock);
        assert_false(hub.sending);
        hub.sending = true;
        pthread_mutex_unlock(&hub.lock);
        pthread_mutex_lock(&hub.lock);
        hub.sending = false;
        if (hub.gone) {
                status = SCARD_E_READER_UNAVAILABLE;
        } else if (hub.stall_out) {
                hub.stall_out = false;
                status = SCARD_E_NOT_READY;
        } else if (out[0] == MESSAGE_ABORT) {
                struct held ended;

                hub.aborts++;
                while (take_command(out[5], &ended))
                        ;
                answer_now(&command, 0, 0, NULL, 0);
        } else {
                hub.sent++;
                hub.commands[hub.count++] = command;
                assert_true(hub.count < HELD_MAX);
                if (hub.echo && take_command(out[5], &command))
                        answer_echo(&command);
                if (hub.extend)
                        answer_now(&command, 0x80, 5, NULL, 0);
                hub.extend = false;
        }
        pthread_cond_broadcast(&hub.change);
        pthread_mutex_unlock(&hub.lock);
        return status;
}

static int32_t hub_receive(void *pipe, uint8_t *in, size_t in_cap, size_t *in_len, unsigned timeout_ms)
{
        struct timespec until = after(timeout_ms);
        int32_t status = SCARD_S_SUCCESS;
        int ended = 0;

        (void)pipe;
        *in_len = 0;
        pthread_mutex_lock(&hub.lock);
        assert_false(hub.receiving); /* one thread at a time */
        hub.receiving = true;
        hub.receives++;
        hub.cancelled = false;
        pthread_cond_broadcast(&hub.change);
        while (hub.ready == 0 && !hub.cancelled && !hub.gone && !hub.stall_in && !hub.time_over && ended == 0)
                ended = pthread_cond_timedwait(&hub.change, &hub.lock, &until);
        if (hub.gone) {
                status = SCARD_E_READER_UNAVAILABLE;
        } else if (hub.stall_in) {
                hub.stall_in = false;
                status = SCARD_E_COMM_DATA_LOST;
        } else if (hub.ready != 0) {
                /* not always the oldest one: slots are independent */
                size_t which = hub.echo ? hub.sent % hub.ready : 0;

                assert_true(hub.answers[which].len <= in_cap);
                memcpy(in, hub.answers[which].bytes, hub.answers[which].len);
                *in_len = hub.answers[which].len;
                hub.ready--;
                memmove(&hub.answers[which], &hub.answers[which + 1],
                        (hub.ready - which) * sizeof hub.answers[0]);
        } else {
                status = hub.cancelled ? SCARD_E_CANCELLED : SCARD_E_TIMEOUT;
        }
        hub.time_over = false;
        hub.receiving = false;
        pthread_cond_broadcast(&hub.change);
        pthread_mutex_unlock(&hub.lock);
        return status;
}

static int32_t hub_control(void *pipe, uint8_t bmRequestType, uint8_t bRequest, uint16_t wValue,
                           uint8_t *data, size_t *data_len, unsigned timeout_ms)
{
        (void)pipe;
        (void)bmRequestType;
        (void)bRequest;
        (void)wValue;
        (void)data;
        (void)timeout_ms;
        *data_len = 0;
        pthread_mutex_lock(&hub.lock);
        hub.controls++;
        pthread_mutex_unlock(&hub.lock);
        return SCARD_S_SUCCESS;
}

static int32_t hub_event(void *pipe, uint8_t *data, size_t cap, size_t *len)
{
        (void)pipe;
        (void)data;
        (void)cap;
        *len = 0;
        return SCARD_S_SUCCESS;
}

static int32_t hub_clear_halt(void *pipe, uint8_t endpoint)
{
        (void)pipe;
        pthread_mutex_lock(&hub.lock);
        if (endpoint == 0x82)
                hub.in_halts++;
        else
                hub.out_halts++;
        pthread_mutex_unlock(&hub.lock);
        return SCARD_S_SUCCESS;
}

static void hub_cancel(void *pipe)
{
        (void)pipe;
        pthread_mutex_lock(&hub.lock);
        if (hub.receiving)
                hub.cancelled = true;
        pthread_cond_broadcast(&hub.change);
        pthread_mutex_unlock(&hub.lock);
}

static void hub_forget(void *dev)
{
        (void)dev;
}

static const struct ccid_transport_ops hub_ops = {
    .open = hub_open,
    .close = hub_close,
    .exchange = hub_exchange,
    .receive = hub_receive,
    .send = hub_send,
    .control = hub_control,
    .event = hub_event,
    .clear_halt = hub_clear_halt,
    .cancel = hub_cancel,
    .forget = hub_forget,
};

/* ---- a reader over it, and a thread for each slot */

static struct ccid_reader *reader;

static void make(unsigned slots, unsigned busy)
{
        static const struct ccid_device device = {.vendor_id = 1, .product_id = 2};
        static const struct quirk none = {.reason = "none"};
        struct ccid_descriptor d = {.bMaxSlotIndex = (uint8_t)(slots - 1),
                                    .bVoltageSupport = 7,
                                    .dwProtocols = 3,
                                    .dwFeatures = SHORT_APDU,
                                    .dwMaxCCIDMessageLength = 271,
                                    .bMaxCCIDBusySlots = (uint8_t)busy};
        pthread_condattr_t attributes;

        d.pipes =
            (struct ccid_pipes){.bulk_out = 1, .bulk_in = 0x82, .bulk_out_packet = 64, .bulk_in_packet = 64};
        memset(&hub, 0, sizeof hub);
        pthread_mutex_init(&hub.lock, NULL);
        pthread_condattr_init(&attributes);
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
        pthread_cond_init(&hub.change, &attributes);
        pthread_condattr_destroy(&attributes);
        assert_int_equal(reader_create(&hub_ops, &hub, &device, &d, &none, NULL, NULL, &reader),
                         SCARD_S_SUCCESS);
        assert_int_equal(reader_ops.open(reader), SCARD_S_SUCCESS);
}

static int teardown(void **state)
{
        (void)state;
        hand_clock_go();
        assert_int_equal(hub.exchanges, 0);
        reader_ops.close(reader);
        reader_ops.destroy(reader);
        pthread_cond_destroy(&hub.change);
        pthread_mutex_destroy(&hub.lock);
        return 0;
}

struct user {
        pthread_t thread;
        unsigned slot, wait_ms, rounds;
        int32_t status;
        uint8_t rsp[300];
        size_t rsp_len;
        unsigned wrong; /* answers that were not its own */
        atomic_uint waits;
};

static int32_t transmit(struct user *user, uint8_t mark)
{
        const uint8_t cmd[] = {0x00, 0xCA, (uint8_t)user->slot, mark, 0x00};
        struct ifd_message message = {.cmd = cmd,
                                      .cmd_len = sizeof cmd,
                                      .rsp = user->rsp,
                                      .rsp_cap = sizeof user->rsp,
                                      .wait_ms = user->wait_ms,
                                      .extension_ms = 1000,
                                      .limit_ms = 20000};
        int32_t status = reader_ops.transmit(reader, user->slot, &message);

        user->rsp_len = message.rsp_len;
        if (status == SCARD_S_SUCCESS && (message.rsp_len != 7 || memcmp(user->rsp, cmd, 5) != 0 ||
                                          memcmp(user->rsp + 5, "\x90\x00", 2) != 0))
                user->wrong++;
        return status;
}

static void *use(void *arg)
{
        struct user *user = arg;
        unsigned i;

        waits = &user->waits;
        for (i = 0; i < user->rounds; i++) {
                user->status = transmit(user, (uint8_t)(i * 7 + user->slot));
                if (user->status != SCARD_S_SUCCESS)
                        break;
        }
        return NULL;
}

static void begin_for(struct user *user, unsigned slot, unsigned wait_ms)
{
        *user = (struct user){.slot = slot, .wait_ms = wait_ms, .rounds = 1, .status = -1};
        assert_int_equal(pthread_create(&user->thread, NULL, use, user), 0);
}

static void begin(struct user *user, unsigned slot)
{
        begin_for(user, slot, 10000);
}

static int32_t end(struct user *user)
{
        pthread_join(user->thread, NULL);
        assert_int_equal(user->wrong, 0);
        return user->status;
}

/* Until so many commands have been sent in all, and somebody is receiving. */
static void wait_sent(unsigned count)
{
        pthread_mutex_lock(&hub.lock);
        while (hub.sent < count || !hub.receiving)
                pthread_cond_wait(&hub.change, &hub.lock);
        pthread_mutex_unlock(&hub.lock);
}

/* Until so many calls have been made to receive, the last of which waits: what came to those before is where it belongs. */
static void wait_receives(unsigned count)
{
        pthread_mutex_lock(&hub.lock);
        while (hub.receives < count || !hub.receiving)
                pthread_cond_wait(&hub.change, &hub.lock);
        pthread_mutex_unlock(&hub.lock);
}

static void moment(void)
{
        nanosleep(&(struct timespec){0, 5000000}, NULL);
}

/* Time passes, which the user sees; it waits on, or has been aborted. */
static void let_pass(struct user *user, unsigned ms)
{
        unsigned aborts = hub.aborts;

        hand_clock_forward(ms);
        for (unsigned seen = atomic_load(&user->waits);
             atomic_load(&user->waits) < seen + 3 && hub.aborts == aborts;)
                moment();
}

static void release(unsigned slot)
{
        struct held command;

        pthread_mutex_lock(&hub.lock);
        assert_true(take_command(slot, &command));
        answer_echo(&command);
        pthread_mutex_unlock(&hub.lock);
}

/* ---- the claims */

static void slots_wait_at_once_and_answers_find_theirs(void **state)
{
        struct user a, b, c;

        (void)state;
        make(3, 3);
        assert_int_equal(reader_info(reader)->busy_slots, 3);
        begin(&a, 0);
        wait_sent(1);
        begin(&b, 1);
        wait_sent(2);
        begin(&c, 2);
        wait_sent(3);
        assert_int_equal(hub.count, 3);
        release(2); /* the first that began receives for the others */
        assert_int_equal(end(&c), SCARD_S_SUCCESS);
        release(0); /* and hands that over, too */
        assert_int_equal(end(&a), SCARD_S_SUCCESS);
        release(1);
        assert_int_equal(end(&b), SCARD_S_SUCCESS);
        assert_int_equal(hub.aborts, 0);
}

static void no_more_slots_are_busy_than_the_reader_can(void **state)
{
        struct user a, b, c;

        (void)state;
        make(3, 2);
        begin(&a, 0);
        begin(&b, 1);
        wait_sent(2);
        begin(&c, 2);
        moment();
        assert_int_equal(hub.sent, 2);
        release(1);
        assert_int_equal(end(&b), SCARD_S_SUCCESS);
        wait_sent(3);
        release(2);
        assert_int_equal(end(&c), SCARD_S_SUCCESS);
        release(0);
        assert_int_equal(end(&a), SCARD_S_SUCCESS);
}

static void numbers_that_lie_are_put_right(void **state)
{
        (void)state;
        make(2, 5);
        assert_int_equal(reader_info(reader)->busy_slots, 2);
        teardown(NULL);
        make(2, 0);
        assert_int_equal(reader_info(reader)->busy_slots, 1);
}

/* The one that receives, then the one that waits for what another receives. */
static void abort_ends_one_slot_and_leaves_the_other(void **state)
{
        struct user a, b;
        unsigned aborted;

        (void)state;
        for (aborted = 0; aborted < 2; aborted++) {
                make(2, 2);
                begin(&a, 0);
                wait_sent(1);
                begin(&b, 1);
                wait_sent(2);
                reader_ops.abort(reader, aborted);
                assert_int_equal(end(aborted == 0 ? &a : &b), SCARD_E_CANCELLED);
                assert_int_equal(hub.aborts, 1);
                assert_int_equal(hub.controls, 1);
                moment();
                release(1 - aborted);
                assert_int_equal(end(aborted == 0 ? &b : &a), SCARD_S_SUCCESS);
                if (aborted == 0)
                        teardown(NULL);
        }
}

static void time_out_of_one_slot_leaves_the_other_and_its_late_answer_is_dropped(void **state)
{
        struct user a, b;
        struct held late;

        (void)state;
        make(2, 2);
        begin(&a, 0);
        wait_sent(1);
        begin(&b, 1);
        wait_sent(2);
        pthread_mutex_lock(&hub.lock);
        late = hub.commands[0];
        hub.time_over = true;
        pthread_cond_broadcast(&hub.change);
        pthread_mutex_unlock(&hub.lock);
        assert_int_equal(late.bytes[5], 0);
        assert_int_equal(end(&a), SCARD_E_TIMEOUT);
        assert_int_equal(hub.aborts, 1);
        pthread_mutex_lock(&hub.lock);
        answer_echo(&late); /* nobody has the turn of slot 0: the other one reads it */
        pthread_mutex_unlock(&hub.lock);
        moment();
        begin(&a, 0);
        wait_sent(3);
        release(0);
        assert_int_equal(end(&a), SCARD_S_SUCCESS);
        release(1);
        assert_int_equal(end(&b), SCARD_S_SUCCESS);
}

static void time_extension_of_one_slot_is_its_own(void **state)
{
        struct user a, b;

        (void)state;
        make(2, 2);
        hand_clock_stop();
        begin(&a, 0);
        wait_sent(1);
        hub.extend = true; /* five seconds */
        begin_for(&b, 1, 100);
        wait_receives(2);
        let_pass(&b, 4999);
        release(1);
        assert_int_equal(end(&b), SCARD_S_SUCCESS);
        release(0);
        assert_int_equal(end(&a), SCARD_S_SUCCESS);
        assert_int_equal(hub.aborts, 0);
}

static void unplugging_ends_all(void **state)
{
        struct user a, b;

        (void)state;
        make(2, 2);
        begin(&a, 0);
        begin(&b, 1);
        wait_sent(2);
        pthread_mutex_lock(&hub.lock);
        hub.gone = true;
        pthread_cond_broadcast(&hub.change);
        pthread_mutex_unlock(&hub.lock);
        assert_int_equal(end(&a), SCARD_E_READER_UNAVAILABLE);
        assert_int_equal(end(&b), SCARD_E_READER_UNAVAILABLE);
}

static void stalls_are_cleared_by_whoever_meets_them(void **state)
{
        struct user a, b;

        (void)state;
        make(2, 2);
        hub.stall_out = true;
        begin(&a, 0);
        wait_sent(1);
        assert_int_equal(hub.out_halts, 1);
        begin(&b, 1);
        wait_sent(2);
        pthread_mutex_lock(&hub.lock);
        hub.stall_in = true;
        pthread_cond_broadcast(&hub.change);
        pthread_mutex_unlock(&hub.lock);
        assert_int_equal(end(&a), SCARD_F_COMM_ERROR); /* it was receiving */
        assert_int_equal(hub.in_halts, 1);
        release(1);
        assert_int_equal(end(&b), SCARD_S_SUCCESS);
}

/* Messages for slots that nobody uses, that do not exist, that are too short: no slot suffers but for a while */
static void messages_of_nobody_are_dropped(void **state)
{
        struct user a, b;
        struct held stray = {.bytes = {MESSAGE_XFR_BLOCK}, .len = MESSAGE_HEADER_LEN};

        (void)state;
        make(3, 3);
        begin(&a, 0);
        wait_sent(1);
        begin(&b, 1);
        wait_sent(2);
        pthread_mutex_lock(&hub.lock);
        stray.bytes[5] = 2;
        answer_now(&stray, 0, 0, NULL, 0);
        stray.bytes[5] = 200;
        answer_now(&stray, 0, 0, NULL, 0);
        stray.bytes[5] = 1;
        stray.bytes[6] = 99;
        answer_now(&stray, 0, 0, NULL, 0);
        hub.answers[hub.ready++].len = 0;
        hub.answers[hub.ready++].len = 4;
        pthread_cond_broadcast(&hub.change);
        pthread_mutex_unlock(&hub.lock);
        moment();
        release(1);
        release(0);
        assert_int_equal(end(&a), SCARD_S_SUCCESS);
        assert_int_equal(end(&b), SCARD_S_SUCCESS);
}

/* What a reader says for a slot without a command must not cut the time of the one that happens to receive. */
static void a_stray_of_another_slot_costs_the_receiver_no_time(void **state)
{
        struct user a;
        struct held stray = {.bytes = {MESSAGE_XFR_BLOCK}, .len = MESSAGE_HEADER_LEN};

        (void)state;
        make(3, 3);
        hand_clock_stop();
        begin(&a, 0);
        wait_sent(1);
        pthread_mutex_lock(&hub.lock);
        stray.bytes[5] = 2;
        answer_now(&stray, 0, 0, NULL, 0);
        pthread_mutex_unlock(&hub.lock);
        wait_receives(2);
        let_pass(&a, 9999);
        release(0);
        assert_int_equal(end(&a), SCARD_S_SUCCESS);
        assert_int_equal(hub.aborts, 0);
}

static void many_exchanges_at_once_keep_apart(void **state)
{
        struct user users[SLOTS];
        unsigned i;

        (void)state;
        make(SLOTS, SLOTS - 2);
        hub.echo = true;
        for (i = 0; i < SLOTS; i++) {
                users[i] = (struct user){.slot = i, .wait_ms = 10000, .rounds = 150, .status = -1};
                assert_int_equal(pthread_create(&users[i].thread, NULL, use, &users[i]), 0);
        }
        for (i = 0; i < SLOTS; i++)
                assert_int_equal(end(&users[i]), SCARD_S_SUCCESS);
        assert_int_equal(hub.sent, SLOTS * 150);
        assert_int_equal(hub.aborts, 0);
}

#define CASE(test) cmocka_unit_test_teardown(test, teardown)
int main(void)
{
        const struct CMUnitTest tests[] = {
            CASE(slots_wait_at_once_and_answers_find_theirs),
            CASE(no_more_slots_are_busy_than_the_reader_can),
            CASE(numbers_that_lie_are_put_right),
            CASE(abort_ends_one_slot_and_leaves_the_other),
            CASE(time_out_of_one_slot_leaves_the_other_and_its_late_answer_is_dropped),
            CASE(time_extension_of_one_slot_is_its_own),
            CASE(unplugging_ends_all),
            CASE(stalls_are_cleared_by_whoever_meets_them),
            CASE(messages_of_nobody_are_dropped),
            CASE(a_stray_of_another_slot_costs_the_receiver_no_time),
            CASE(many_exchanges_at_once_keep_apart),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
