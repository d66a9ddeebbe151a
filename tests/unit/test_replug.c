/*
 * Readers that are unplugged and come back: a handle works again after Reconnect, and whoever was in a call
 * when it happened gets a code that says so, soon.
 */
#include <stdatomic.h>
#include <stdio.h>

#include "core/registry.h"
#include "sim/control.h"
#include "tests/support/engine.h"

static struct fake_reader *const reader = &fake_readers[0];
/* What comes back: a driver makes another device of it, of the same name. */
static struct fake_reader *const again = &fake_readers[1];
static SCARDCONTEXT context;

static int set_up(void **state)
{
        (void)state;
        fake_reset();
        context = engine_context();
        return 0;
}

static int tear_down(void **state)
{
        (void)state;
        SCardReleaseContext(context);
        registry_use_drivers(NULL);
        return fake_stops == fake_starts ? 0 : -1;
}

/* The engine looks for readers. */
static void look(void)
{
        DWORD len = 0;

        (void)SCardListReadersA(context, NULL, NULL, &len);
}

static void replug(void)
{
        fake_unplug(reader);
        look();
        fake_plug(again);
        look();
}

static LONG reconnect(SCARDHANDLE card, DWORD mode)
{
        return SCardReconnect(card, mode, BOTH, SCARD_LEAVE_CARD, NULL);
}

static void a_handle_works_again_after_reconnect(void **state)
{
        (void)state;
        SCARDHANDLE card = engine_connect(context, SCARD_SHARE_SHARED);
        SCARDHANDLE other = engine_connect(context, SCARD_SHARE_SHARED);

        assert_status(SCardBeginTransaction(card), SCARD_S_SUCCESS);
        fake_unplug(reader);
        look();
        assert_status(engine_transmit(card), SCARD_E_READER_UNAVAILABLE);
        assert_status(reconnect(card, SCARD_SHARE_SHARED), SCARD_E_READER_UNAVAILABLE);
        fake_plug(again);
        assert_status(engine_transmit(card), SCARD_E_READER_UNAVAILABLE);
        assert_status(reconnect(card, SCARD_SHARE_SHARED), SCARD_S_SUCCESS);
        assert_status(engine_transmit(card), SCARD_S_SUCCESS);
        assert_int_equal(engine_state(card), SCARD_SPECIFIC);
        assert_status(SCardEndTransaction(card, SCARD_LEAVE_CARD), SCARD_E_NOT_TRANSACTED);
        assert_status(engine_transmit(other), SCARD_E_READER_UNAVAILABLE);
        assert_status(reconnect(other, SCARD_SHARE_SHARED), SCARD_S_SUCCESS);
        assert_status(engine_transmit(other), SCARD_S_SUCCESS);
        assert_int_equal(fake_count(reader, FAKE_CLOSE), 1);
        assert_int_equal(fake_count(reader, FAKE_DESTROY), 1);
        assert_status(SCardDisconnect(card, SCARD_LEAVE_CARD), SCARD_S_SUCCESS);
        assert_status(SCardDisconnect(other, SCARD_LEAVE_CARD), SCARD_S_SUCCESS);
        assert_int_equal(fake_count(again, FAKE_CLOSE), 1);
}

/* A program that knows of nothing but its handle. */
static void reconnect_itself_looks_for_the_reader(void **state)
{
        (void)state;
        SCARDHANDLE card = engine_connect(context, SCARD_SHARE_SHARED);

        fake_unplug(reader);
        assert_status(engine_transmit(card), SCARD_E_READER_UNAVAILABLE);
        assert_status(reconnect(card, SCARD_SHARE_SHARED), SCARD_E_READER_UNAVAILABLE);
        fake_plug(again);
        assert_status(reconnect(card, SCARD_SHARE_SHARED), SCARD_S_SUCCESS);
        assert_status(engine_transmit(card), SCARD_S_SUCCESS);
}

/* What was learnt of the card before holds for none that came since. */
static void a_card_in_the_reader_that_came_back_has_an_epoch_of_its_own(void **state)
{
        (void)state;
        SCARDHANDLE card = engine_connect(context, SCARD_SHARE_SHARED);
        DWORD epoch = engine_attribute(card, ISCARD_ATTR_CARD_EPOCH);

        replug();
        assert_status(reconnect(card, SCARD_SHARE_SHARED), SCARD_S_SUCCESS);
        assert_true(engine_attribute(card, ISCARD_ATTR_CARD_EPOCH) > epoch);
}

static void the_removal_stays_until_a_reconnect_succeeds(void **state)
{
        (void)state;
        SCARDHANDLE card = engine_connect(context, SCARD_SHARE_SHARED);

        fake_remove(again, 0);
        replug();
        assert_status(reconnect(card, SCARD_SHARE_SHARED), SCARD_E_NO_SMARTCARD);
        assert_status(engine_transmit(card), SCARD_W_REMOVED_CARD);
        fake_insert(again, 0);
        assert_status(engine_transmit(card), SCARD_W_REMOVED_CARD);
        assert_status(reconnect(card, SCARD_SHARE_SHARED), SCARD_S_SUCCESS);
        assert_status(engine_transmit(card), SCARD_S_SUCCESS);
}

static void who_came_first_keeps_others_out(void **state)
{
        (void)state;
        SCARDHANDLE card = engine_connect(context, SCARD_SHARE_EXCLUSIVE);

        replug();
        SCARDHANDLE first = engine_connect(context, SCARD_SHARE_EXCLUSIVE);

        assert_status(reconnect(card, SCARD_SHARE_EXCLUSIVE), SCARD_E_SHARING_VIOLATION);
        assert_status(engine_transmit(first), SCARD_S_SUCCESS);
        assert_status(SCardDisconnect(first, SCARD_LEAVE_CARD), SCARD_S_SUCCESS);
        assert_status(reconnect(card, SCARD_SHARE_DIRECT), SCARD_S_SUCCESS);
        assert_status(reconnect(card, SCARD_SHARE_EXCLUSIVE), SCARD_S_SUCCESS);
        assert_status(engine_transmit(card), SCARD_S_SUCCESS);
}

static void what_fails_after_the_move_leaves_the_mode_as_it_was(void **state)
{
        (void)state;
        SCARDHANDLE card = engine_connect(context, SCARD_SHARE_SHARED), other = 0;

        fake_remove(again, 0);
        replug();
        assert_status(reconnect(card, SCARD_SHARE_EXCLUSIVE), SCARD_E_NO_SMARTCARD);
        assert_int_equal(engine_attribute(card, ISCARD_ATTR_SHARE_MODE), SCARD_SHARE_SHARED);
        assert_status(engine_transmit(card), SCARD_W_REMOVED_CARD);
        fake_insert(again, 0);
        assert_status(SCardConnectA(context, FAKE_NAME, SCARD_SHARE_SHARED, BOTH, &other, NULL),
                      SCARD_S_SUCCESS);
        assert_status(reconnect(card, SCARD_SHARE_EXCLUSIVE), SCARD_E_SHARING_VIOLATION);
        assert_status(reconnect(card, SCARD_SHARE_SHARED), SCARD_S_SUCCESS);
}

static void who_was_alone_may_come_back_to_share(void **state)
{
        (void)state;
        SCARDHANDLE card = engine_connect(context, SCARD_SHARE_EXCLUSIVE);

        replug();
        SCARDHANDLE other = engine_connect(context, SCARD_SHARE_SHARED);

        assert_status(reconnect(card, SCARD_SHARE_DIRECT), SCARD_E_SHARING_VIOLATION);
        assert_status(engine_transmit(card), SCARD_E_READER_UNAVAILABLE);
        assert_status(reconnect(card, SCARD_SHARE_SHARED), SCARD_S_SUCCESS);
        assert_status(engine_transmit(card), SCARD_S_SUCCESS);
        assert_status(engine_transmit(other), SCARD_S_SUCCESS);
}

static void a_reader_held_elsewhere_is_said_so_and_tried_again(void **state)
{
        (void)state;
        SCARDHANDLE card = engine_connect(context, SCARD_SHARE_SHARED);

        again->fail[FAKE_OPEN] = SCARD_E_SHARING_VIOLATION;
        replug();
        assert_status(reconnect(card, SCARD_SHARE_SHARED), SCARD_E_SHARING_VIOLATION);
        again->fail[FAKE_OPEN] = SCARD_S_SUCCESS;
        assert_status(reconnect(card, SCARD_SHARE_SHARED), SCARD_S_SUCCESS);
}

static void a_handle_that_never_comes_back_can_be_ended(void **state)
{
        (void)state;
        SCARDHANDLE card = engine_connect(context, SCARD_SHARE_SHARED);

        replug();
        assert_status(SCardDisconnect(card, SCARD_RESET_CARD), SCARD_S_SUCCESS);
        assert_int_equal(fake_count(reader, FAKE_DESTROY), 1);
}

/* ---- under load, on the virtual reader */

#define USERS 8

static struct {
        char name[256];
        SCARDHANDLE cards[USERS];
        LONG codes[USERS];
        atomic_uint rounds[USERS];
} load;

static LONG use(SCARDHANDLE card)
{
        BYTE answer[258];
        DWORD len = sizeof(answer);
        LONG status = SCardBeginTransaction(card);

        if (status != SCARD_S_SUCCESS)
                return status;
        status =
            SCardTransmit(card, NULL, engine_get_challenge, sizeof(engine_get_challenge), NULL, answer, &len);
        LONG ended = SCardEndTransaction(card, SCARD_LEAVE_CARD);

        return status != SCARD_S_SUCCESS ? status : ended;
}

static void *user_run(void *arg)
{
        size_t i = (size_t)(uintptr_t)arg;
        LONG status = SCARD_S_SUCCESS;

        for (; status == SCARD_S_SUCCESS; atomic_fetch_add(&load.rounds[i], 1))
                status = use(load.cards[i]);
        load.codes[i] = status;
        return NULL;
}

static void wait_rounds(size_t i, unsigned rounds)
{
        for (unsigned ms = 0; ms < 10000 && atomic_load(&load.rounds[i]) < rounds; ms++)
                engine_sleep_ms(1);
        assert_true(atomic_load(&load.rounds[i]) >= rounds);
}

static void unplugging_under_load_is_told_to_all_and_survived(void **state)
{
        pthread_t threads[USERS];
        DWORD len = sizeof(load.name);
        struct timespec before, after;

        (void)state;
        SCardReleaseContext(context);
        registry_use_drivers(NULL);
        setenv("ISCARD_SIM", "level=short-apdu", 1);
        context = engine_context();
        assert_status(SCardListReadersA(context, NULL, load.name, &len), SCARD_S_SUCCESS);
        for (size_t i = 0; i < USERS; i++)
                assert_status(
                    SCardConnectA(context, load.name, SCARD_SHARE_SHARED, BOTH, &load.cards[i], NULL),
                    SCARD_S_SUCCESS);
        for (unsigned round = 0; round < 3; round++) {
                unsigned seen[USERS];

                for (size_t i = 0; i < USERS; i++) {
                        seen[i] = atomic_load(&load.rounds[i]);
                        assert_int_equal(pthread_create(&threads[i], NULL, user_run, (void *)(uintptr_t)i),
                                         0);
                }
                for (size_t i = 0; i < USERS; i++)
                        wait_rounds(i, seen[i] + 2);
                clock_gettime(CLOCK_MONOTONIC, &before);
                sim_device_unplug(sim_control_device(0));
                for (size_t i = 0; i < USERS; i++)
                        pthread_join(threads[i], NULL);
                clock_gettime(CLOCK_MONOTONIC, &after);
                assert_in_range((after.tv_sec - before.tv_sec) * 1000 +
                                    (after.tv_nsec - before.tv_nsec) / 1000000,
                                0, 2000);
                for (size_t i = 0; i < USERS; i++)
                        assert_status(load.codes[i], SCARD_E_READER_UNAVAILABLE);
                sim_device_plug(sim_control_device(0));
                for (size_t i = 0; i < USERS; i++) {
                        look();
                        assert_status(
                            SCardReconnect(load.cards[i], SCARD_SHARE_SHARED, BOTH, SCARD_LEAVE_CARD, NULL),
                            SCARD_S_SUCCESS);
                }
                for (size_t i = 0; i < USERS; i++)
                        assert_status(use(load.cards[i]), SCARD_S_SUCCESS);
        }
        assert_status(SCardReleaseContext(context), SCARD_S_SUCCESS);
        context = 0;
        unsetenv("ISCARD_SIM");
        sim_control_reset();
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
        const struct CMUnitTest tests[] = {
            TEST(a_handle_works_again_after_reconnect),
            TEST(reconnect_itself_looks_for_the_reader),
            TEST(a_card_in_the_reader_that_came_back_has_an_epoch_of_its_own),
            TEST(the_removal_stays_until_a_reconnect_succeeds),
            TEST(who_came_first_keeps_others_out),
            TEST(what_fails_after_the_move_leaves_the_mode_as_it_was),
            TEST(who_was_alone_may_come_back_to_share),
            TEST(a_reader_held_elsewhere_is_said_so_and_tried_again),
            TEST(a_handle_that_never_comes_back_can_be_ended),
            TEST(unplugging_under_load_is_told_to_all_and_survived),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
