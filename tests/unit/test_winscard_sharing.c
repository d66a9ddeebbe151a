/*
 * Who shares a card with whom while a Reconnect is under way: the engine on a scripted reader whose power_on
 * takes as long as the test wants.
 */
#include <stdatomic.h>

#include "core/registry.h"
#include "tests/support/engine.h"

static struct fake_reader *const reader = &fake_readers[0];
static SCARDCONTEXT context;
static atomic_bool gate_shut, at_gate;
static const struct ifd_host *engine_host;
static struct ifd_ops ops;
static int32_t (*fake_power_on)(void *ctx, unsigned slot, uint8_t *atr, size_t *atr_len);

static int32_t gated_power_on(void *ctx, unsigned slot, uint8_t *atr, size_t *atr_len)
{
        while (atomic_load(&gate_shut)) {
                atomic_store(&at_gate, true);
                engine_sleep_ms(1);
        }
        return fake_power_on(ctx, slot, atr, atr_len);
}

static int32_t gated_arrived(const struct ifd_ops *fake, void *ctx, const struct ifd_info *info)
{
        ops = *fake;
        fake_power_on = fake->power_on;
        ops.power_on = gated_power_on;
        return engine_host->arrived(&ops, ctx, info);
}

static int32_t gated_start(void)
{
        return fake_drivers[0]->start();
}

static int32_t gated_scan(const struct ifd_host *host)
{
        const struct ifd_host gated = {.arrived = gated_arrived, .departed = host->departed};

        engine_host = host;
        return fake_drivers[0]->scan(&gated);
}

static void gated_stop(void)
{
        fake_drivers[0]->stop();
}

static const struct ifd_driver gated_driver = {
    .name = "gated", .start = gated_start, .scan = gated_scan, .stop = gated_stop};
static const struct ifd_driver *const gated_drivers[] = {&gated_driver, NULL};

static int set_up(void **state)
{
        (void)state;
        fake_reset();
        registry_use_drivers(gated_drivers);
        gate_shut = at_gate = false;
        context = engine_context();
        return 0;
}

static int tear_down(void **state)
{
        (void)state;
        SCardReleaseContext(context);
        return fake_stops == fake_starts ? 0 : -1;
}

/* A Reconnect with RESET, in a thread of its own. */
struct changer {
        pthread_t thread;
        SCARDHANDLE card;
        DWORD mode;
        LONG status;
};

static void *changer_run(void *arg)
{
        struct changer *changer = arg;

        changer->status = SCardReconnect(changer->card, changer->mode, BOTH, SCARD_RESET_CARD, NULL);
        return NULL;
}

/* Comes back when the reset is under way. */
static void changer_start(struct changer *changer, DWORD from, DWORD to)
{
        changer->card = engine_connect(context, from);
        changer->mode = to;
        atomic_store(&gate_shut, true);
        assert_int_equal(pthread_create(&changer->thread, NULL, changer_run, changer), 0);
        while (!atomic_load(&at_gate))
                engine_sleep_ms(1);
}

static void changer_end(struct changer *changer)
{
        atomic_store(&gate_shut, false);
        pthread_join(changer->thread, NULL);
}

static LONG try_connect(DWORD mode, SCARDHANDLE *card)
{
        return SCardConnectA(context, FAKE_NAME, mode, BOTH, card, NULL);
}

static void reconnect_to_shared_lets_nobody_in_before_it_succeeds(void **state)
{
        (void)state;
        struct changer changer;
        SCARDHANDLE other = 0;

        changer_start(&changer, SCARD_SHARE_EXCLUSIVE, SCARD_SHARE_SHARED);
        reader->slots[0].mute = true;
        LONG meanwhile = try_connect(SCARD_SHARE_SHARED, &other);

        changer_end(&changer);
        assert_status(changer.status, SCARD_W_UNRESPONSIVE_CARD);
        assert_int_equal(engine_attribute(changer.card, ISCARD_ATTR_SHARE_MODE), SCARD_SHARE_EXCLUSIVE);
        assert_status(meanwhile, SCARD_E_SHARING_VIOLATION);
        reader->slots[0].mute = false;
        assert_status(SCardReconnect(changer.card, SCARD_SHARE_SHARED, BOTH, SCARD_RESET_CARD, NULL),
                      SCARD_S_SUCCESS);
        assert_status(try_connect(SCARD_SHARE_SHARED, &other), SCARD_S_SUCCESS);
}

static void reconnect_to_exclusive_keeps_others_out_from_the_start(void **state)
{
        (void)state;
        struct changer changer;
        SCARDHANDLE other = 0;

        changer_start(&changer, SCARD_SHARE_SHARED, SCARD_SHARE_EXCLUSIVE);
        reader->slots[0].mute = true;
        assert_status(try_connect(SCARD_SHARE_SHARED, &other), SCARD_E_SHARING_VIOLATION);
        changer_end(&changer);
        assert_status(changer.status, SCARD_W_UNRESPONSIVE_CARD);
        assert_int_equal(engine_attribute(changer.card, ISCARD_ATTR_SHARE_MODE), SCARD_SHARE_SHARED);
        reader->slots[0].mute = false;
        assert_status(try_connect(SCARD_SHARE_SHARED, &other), SCARD_S_SUCCESS);
}

static void connect_while_another_resets_learns_of_the_reset(void **state)
{
        (void)state;
        struct changer changer;
        SCARDHANDLE other = 0;

        changer_start(&changer, SCARD_SHARE_SHARED, SCARD_SHARE_SHARED);
        assert_status(try_connect(SCARD_SHARE_SHARED, &other), SCARD_S_SUCCESS);
        changer_end(&changer);
        assert_status(changer.status, SCARD_S_SUCCESS);
        assert_status(engine_transmit(other), SCARD_W_RESET_CARD);
        assert_status(engine_transmit(changer.card), SCARD_S_SUCCESS);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
        const struct CMUnitTest tests[] = {
            TEST(reconnect_to_shared_lets_nobody_in_before_it_succeeds),
            TEST(reconnect_to_exclusive_keeps_others_out_from_the_start),
            TEST(connect_while_another_resets_learns_of_the_reset),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
