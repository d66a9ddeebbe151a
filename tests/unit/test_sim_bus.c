/*
 * test_sim_bus.c - src/sim/transport.c and control.c: the in-process bus, as a driver above it sees it.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "ccid/transport.h"
#include "scarderr.h"
#include "sim/control.h"
#include "sim/faults.h"
#include "tests/support/asleep.h"
#include "tests/support/hand_clock.h"

#define DEVICES_MAX 8

/* What the listener was told. */
static struct {
        const struct ccid_transport_ops *ops;
        void *devs[DEVICES_MAX];
        struct ccid_device infos[DEVICES_MAX];
        size_t found, lost;
        void *last_lost;
        int32_t answer;
} told;

static int32_t found(void *arg, const struct ccid_transport_ops *ops, void *dev,
                     const struct ccid_device *info)
{
        assert_ptr_equal(arg, &told);
        assert_true(info->config_len > 9);
        assert_int_equal(info->config[1], 0x02);
        told.ops = ops;
        if (told.answer == SCARD_S_SUCCESS)
                told.devs[told.found] = dev;
        told.infos[told.found] = *info;
        told.found++;
        return told.answer;
}

static void lost(void *arg, void *dev)
{
        (void)arg;
        told.lost++;
        told.last_lost = dev;
}

static const struct ccid_bus_listener listener = {.found = found, .lost = lost, .arg = &told};

static const struct ccid_pipes pipes = {.bulk_out = 0x01,
                                        .bulk_in = 0x82,
                                        .interrupt_in = 0x83,
                                        .bulk_out_packet = 64,
                                        .bulk_in_packet = 64,
                                        .interrupt_packet = 8,
                                        .max_message = 271};

static void start(const char *text)
{
        memset(&told, 0, sizeof told);
        assert_int_equal(setenv("ISCARD_SIM", text, 1), 0);
        assert_int_equal(ccid_sim_bus.start(), SCARD_S_SUCCESS);
        assert_int_equal(ccid_sim_bus.scan(&listener), SCARD_S_SUCCESS);
}

static void stop(void)
{
        for (size_t i = 0; i < told.found; i++) {
                if (told.devs[i] != NULL)
                        told.ops->forget(told.devs[i]);
        }
        ccid_sim_bus.stop();
}

static int teardown(void **state)
{
        (void)state;
        hand_clock_go();
        sim_control_reset();
        return 0;
}

static void *opened(void)
{
        void *pipe;
        assert_int_equal(told.ops->open(told.devs[0], &pipes, &pipe), SCARD_S_SUCCESS);
        return pipe;
}

static const uint8_t power_on[] = {0x62, 0, 0, 0, 0, 0, 1, 0, 0, 0};
static const uint8_t slot_status[] = {0x65, 0, 0, 0, 0, 0, 2, 0, 0, 0};
static const uint8_t wrong_code[] = {0x6F, 6, 0, 0, 0, 0, 3, 0, 0, 0, 0x00, 0x20, 0x00, 0x01, 0x01, 0x00};

static int32_t exchange(void *pipe, const uint8_t *out, size_t len, uint8_t in[271], size_t *in_len)
{
        return told.ops->exchange(pipe, out, len, false, in, 271, in_len, 5000);
}

static void readers_are_told_of_once(void **state)
{
        (void)state;
        start("serial=A;name=Second");
        assert_int_equal(told.found, 2);
        assert_string_equal(told.infos[0].manufacturer, "libiscard");
        assert_string_equal(told.infos[0].product, "Virtual CCID Reader");
        assert_string_equal(told.infos[0].serial, "A");
        assert_string_equal(told.infos[1].product, "Second");
        assert_int_equal(told.infos[0].vendor_id, 0x1209);
        assert_int_not_equal(told.infos[0].address, told.infos[1].address);
        ccid_sim_bus.scan(&listener);
        assert_int_equal(told.found, 2);
        stop();
}

static void what_is_not_wanted_is_offered_again(void **state)
{
        (void)state;
        memset(&told, 0, sizeof told);
        setenv("ISCARD_SIM", "", 1);
        told.answer = SCARD_E_NO_MEMORY;
        ccid_sim_bus.start();
        ccid_sim_bus.scan(&listener);
        assert_int_equal(told.found, 1);
        told.answer = SCARD_S_SUCCESS;
        ccid_sim_bus.scan(&listener);
        assert_int_equal(told.found, 2);
        stop();
}

static void a_text_not_understood_gives_no_reader(void **state)
{
        (void)state;
        memset(&told, 0, sizeof told);
        setenv("ISCARD_SIM", "1;colour=red", 1);
        setenv("ISCARD_LOG", "error", 1);
        assert_int_equal(ccid_sim_bus.start(), SCARD_S_SUCCESS);
        ccid_sim_bus.scan(&listener);
        assert_int_equal(told.found, 0);
        assert_null(sim_control_device(0));
        ccid_sim_bus.stop();
}

static void cards_outlive_a_stop_until_reset_or_another_text(void **state)
{
        uint8_t in[271];
        size_t len;

        (void)state;
        for (unsigned round = 0; round < 4; round++) {
                start(round == 3 ? "slots=2" : "");
                void *pipe = opened();
                exchange(pipe, power_on, sizeof power_on, in, &len);
                assert_int_equal(exchange(pipe, wrong_code, sizeof wrong_code, in, &len), SCARD_S_SUCCESS);
                assert_int_equal(in[11], round == 1 ? 0xC1 : 0xC2);
                told.ops->close(pipe);
                sim_control_reset(); /* not while it runs */
                assert_non_null(sim_control_device(0));
                stop();
                if (round == 1) {
                        sim_control_reset();
                        assert_null(sim_control_device(0));
                }
        }
}

static void one_claim_at_a_time(void **state)
{
        struct ccid_pipes wrong = pipes;
        void *second;

        (void)state;
        start("");
        void *pipe = opened();
        assert_int_equal(told.ops->open(told.devs[0], &pipes, &second), SCARD_E_SHARING_VIOLATION);
        assert_null(second);
        told.ops->close(pipe);
        wrong.bulk_in = 0x81;
        assert_int_equal(told.ops->open(told.devs[0], &wrong, &second), SCARD_F_COMM_ERROR);
        told.ops->close(opened());
        stop();
}

static void access_is_asked_for_when_a_reader_is_opened(void **state)
{
        uint8_t in[271];
        size_t len;
        void *second = &second;

        (void)state;
        start("access=denied");
        struct sim_device *device = sim_control_device(0);
        assert_int_equal(told.ops->open(told.devs[0], &pipes, &second), SCARD_E_NO_ACCESS);
        assert_null(second);
        assert_true(sim_device_set_access(device, "claimed"));
        assert_int_equal(told.ops->open(told.devs[0], &pipes, &second), SCARD_E_SHARING_VIOLATION);
        assert_false(sim_device_set_access(device, "nobody's"));
        assert_true(sim_device_set_access(device, "free"));
        void *pipe = opened();
        assert_true(sim_device_set_access(device, "denied"));
        assert_int_equal(exchange(pipe, power_on, sizeof power_on, in, &len), SCARD_S_SUCCESS);
        told.ops->close(pipe);
        assert_int_equal(told.ops->open(told.devs[0], &pipes, &second), SCARD_E_NO_ACCESS);
        stop();
}

static void unplugging_ends_a_port_for_good(void **state)
{
        uint8_t in[271];
        size_t len;
        void *again;

        (void)state;
        start("");
        void *pipe = opened();
        sim_device_unplug(sim_control_device(0));
        assert_int_equal(exchange(pipe, power_on, sizeof power_on, in, &len), SCARD_E_READER_UNAVAILABLE);
        assert_int_equal(told.ops->event(pipe, in, 8, &len), SCARD_E_READER_UNAVAILABLE);
        sim_device_plug(sim_control_device(0));
        assert_int_equal(exchange(pipe, power_on, sizeof power_on, in, &len), SCARD_E_READER_UNAVAILABLE);
        assert_int_equal(told.ops->receive(pipe, in, 271, &len, 100), SCARD_E_READER_UNAVAILABLE);
        assert_int_equal(told.ops->control(pipe, 0x80, 0, 0, in, &len, 100), SCARD_E_READER_UNAVAILABLE);
        assert_int_equal(told.ops->event(pipe, in, 8, &len), SCARD_E_READER_UNAVAILABLE);
        told.ops->close(pipe);
        assert_int_equal(told.ops->open(told.devs[0], &pipes, &again), SCARD_E_READER_UNAVAILABLE);
        ccid_sim_bus.scan(&listener); /* gone and back since the last one: both are told */
        assert_int_equal(told.lost, 1);
        assert_ptr_equal(told.last_lost, told.devs[0]);
        assert_int_equal(told.found, 2);
        assert_int_not_equal(told.infos[0].address, told.infos[1].address);
        stop();
}

static void a_lost_answer_is_a_time_out_at_once(void **state)
{
        uint8_t in[271];
        size_t len = 1;

        (void)state;
        start("fault=lose@1");
        void *pipe = opened();
        assert_int_equal(exchange(pipe, power_on, sizeof power_on, in, &len), SCARD_E_TIMEOUT);
        assert_int_equal(len, 0);
        assert_int_equal(exchange(pipe, slot_status, sizeof slot_status, in, &len), SCARD_S_SUCCESS);
        assert_int_equal(len, 10);
        told.ops->close(pipe);
        stop();
}

static void stalls_differ_by_direction_and_clear(void **state)
{
        uint8_t in[271];
        size_t len;

        (void)state;
        start("fault=stall-out@1+stall-in@2");
        void *pipe = opened();
        assert_int_equal(exchange(pipe, slot_status, sizeof slot_status, in, &len), SCARD_E_NOT_READY);
        assert_int_equal(told.ops->clear_halt(pipe, 0x01), SCARD_S_SUCCESS);
        assert_int_equal(exchange(pipe, slot_status, sizeof slot_status, in, &len), SCARD_E_COMM_DATA_LOST);
        assert_int_equal(told.ops->clear_halt(pipe, 0x82), SCARD_S_SUCCESS);
        assert_int_equal(exchange(pipe, slot_status, sizeof slot_status, in, &len), SCARD_S_SUCCESS);
        assert_int_equal(told.ops->clear_halt(pipe, 0x05), SCARD_E_NOT_READY);
        len = 0;
        assert_int_equal(told.ops->control(pipe, 0x21, 0x7F, 0, NULL, &len, 100), SCARD_E_NOT_READY);
        told.ops->close(pipe);
        stop();
}

static void a_slow_answer_is_waited_for(void **state)
{
        uint8_t in[271];
        size_t len;

        (void)state;
        start("fault=slow@1+slow@2");
        void *pipe = opened();
        assert_int_equal(exchange(pipe, slot_status, sizeof slot_status, in, &len), SCARD_S_SUCCESS);
        assert_int_equal(len, 10);
        hand_clock_stop();
        assert_int_equal(told.ops->exchange(pipe, slot_status, sizeof slot_status, false, in, 271, &len, 5),
                         SCARD_E_TIMEOUT);
        hand_clock_forward(SIM_SLOW_MS);
        assert_int_equal(told.ops->receive(pipe, in, 271, &len, 5000), SCARD_S_SUCCESS);
        told.ops->close(pipe);
        stop();
}

/* Of this thread, in an exchange whose time does not pass; what another does then. */
static atomic_bool asleep;

static int32_t exchange_while(void *(*run)(void *arg), void *pipe, uint8_t *in, size_t *len)
{
        pthread_t thread;

        asleep_keep(&asleep);
        atomic_store(&asleep_for_good, true);
        hand_clock_stop();
        assert_int_equal(pthread_create(&thread, NULL, run, pipe), 0);
        int32_t status = exchange(pipe, slot_status, sizeof slot_status, in, len);

        pthread_join(thread, NULL);
        atomic_store(&asleep_for_good, false);
        return status;
}

static void *cancel_it(void *pipe)
{
        (void)asleep_await(&asleep);
        told.ops->cancel(pipe);
        return NULL;
}

static void cancel_ends_a_wait_and_nothing_else(void **state)
{
        uint8_t in[271];
        size_t len;

        (void)state;
        start("fault=slow@1");
        void *pipe = opened();
        told.ops->cancel(pipe);
        assert_int_equal(exchange_while(cancel_it, pipe, in, &len), SCARD_E_CANCELLED);
        hand_clock_forward(SIM_SLOW_MS);
        assert_int_equal(told.ops->receive(pipe, in, 271, &len, 5000), SCARD_S_SUCCESS);
        told.ops->close(pipe);
        stop();
}

static void *unplug_it(void *unused)
{
        (void)unused;
        (void)asleep_await(&asleep);
        sim_device_unplug(sim_control_device(0));
        return NULL;
}

static void unplugging_ends_a_wait(void **state)
{
        uint8_t in[271];
        size_t len;

        (void)state;
        start("fault=slow@1");
        void *pipe = opened();
        assert_int_equal(exchange_while(unplug_it, pipe, in, &len), SCARD_E_READER_UNAVAILABLE);
        told.ops->close(pipe);
        stop();
}

static void movement_is_an_event(void **state)
{
        uint8_t report[8];
        size_t len;

        (void)state;
        start("");
        void *pipe = opened();
        assert_int_equal(told.ops->event(pipe, report, sizeof report, &len), SCARD_S_SUCCESS);
        assert_int_equal(len, 2);
        assert_int_equal(told.ops->event(pipe, report, sizeof report, &len), SCARD_S_SUCCESS);
        assert_int_equal(len, 0);
        sim_device_card_remove(sim_control_device(0), 0);
        assert_int_equal(told.ops->event(pipe, report, sizeof report, &len), SCARD_S_SUCCESS);
        assert_int_equal(report[0] << 8 | report[1], 0x5002);
        told.ops->close(pipe);
        stop();
}

static void zero_length_packets_do_no_harm(void **state)
{
        static uint8_t message[64] = {0x6F, 54, 0, 0, 0, 0, 7, 0, 0, 0, 0x00, 0x20, 0x00, 0x01, 49};
        uint8_t in[271];
        size_t len;

        (void)state;
        start("");
        void *pipe = opened();
        exchange(pipe, power_on, sizeof power_on, in, &len);
        assert_int_equal(told.ops->exchange(pipe, message, sizeof message, true, in, 271, &len, 1000),
                         SCARD_S_SUCCESS);
        assert_int_equal(len, 12);
        assert_int_equal(in[10], 0x67); /* 49 bytes cannot be a code */
        assert_int_equal(sim_device_messages(sim_control_device(0)), 2);
        told.ops->close(pipe);
        stop();
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test_teardown(readers_are_told_of_once, teardown),
            cmocka_unit_test_teardown(what_is_not_wanted_is_offered_again, teardown),
            cmocka_unit_test_teardown(a_text_not_understood_gives_no_reader, teardown),
            cmocka_unit_test_teardown(cards_outlive_a_stop_until_reset_or_another_text, teardown),
            cmocka_unit_test_teardown(one_claim_at_a_time, teardown),
            cmocka_unit_test_teardown(access_is_asked_for_when_a_reader_is_opened, teardown),
            cmocka_unit_test_teardown(unplugging_ends_a_port_for_good, teardown),
            cmocka_unit_test_teardown(a_lost_answer_is_a_time_out_at_once, teardown),
            cmocka_unit_test_teardown(stalls_differ_by_direction_and_clear, teardown),
            cmocka_unit_test_teardown(a_slow_answer_is_waited_for, teardown),
            cmocka_unit_test_teardown(cancel_ends_a_wait_and_nothing_else, teardown),
            cmocka_unit_test_teardown(unplugging_ends_a_wait, teardown),
            cmocka_unit_test_teardown(movement_is_an_event, teardown),
            cmocka_unit_test_teardown(zero_length_packets_do_no_harm, teardown),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
