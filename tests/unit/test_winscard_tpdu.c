/*
 * Readers at TPDU level that leave T=1, PPS and parameters to the host: src/core/exchange.c and slot.c over
 * t1.c and pps.c, on a fake reader that gives one and the same answer to every block.
 */
#include "tests/support/engine.h"

static struct fake_reader *const reader = &fake_readers[0];
static SCARDCONTEXT context;

/* T=1, and at 512/32; T=0 first, then T=1; T=1 in specific mode at 512/32 */
static const uint8_t atr_slow[] = {0x3B, 0x80, 0x01, 0x81};
static const uint8_t atr_fast[] = {0x3B, 0x90, 0x96, 0x01, 0x07};
static const uint8_t atr_both[] = {0x3B, 0x80, 0x80, 0x01, 0x01};
static const uint8_t atr_specific[] = {0x3B, 0x90, 0x96, 0x11, 0x81, 0x96};

static const uint8_t block_0[] = {0x00, 0x00, 0x02, 0x90, 0x00, 0x92}; /* I(0,0) with 9000 */
static const uint8_t pps_96[] = {0xFF, 0x11, 0x96, 0x78};
static const uint8_t pps_default[] = {0xFF, 0x01, 0xFE};

static void answer_with(const uint8_t *bytes, size_t len)
{
        memcpy(reader->answer, bytes, len);
        reader->answer_len = len;
}

static void begin(const uint8_t *atr, size_t atr_len, uint32_t features)
{
        fake_reset();
        reader->info.exchange = IFD_EXCHANGE_TPDU;
        reader->info.features = features;
        fake_atr(reader, atr, atr_len);
        context = engine_context();
}

static int tear_down(void **state)
{
        (void)state;
        SCardReleaseContext(context);
        return fake_stops == fake_starts ? 0 : -1;
}

static LONG connect_with(DWORD protocols, SCARDHANDLE *card)
{
        *card = 0;
        return SCardConnectA(context, FAKE_NAME, SCARD_SHARE_SHARED, protocols, card, NULL);
}

#define ALL_FEATURES (IFD_AUTO_PARAMETERS | IFD_AUTO_BAUD | IFD_AUTO_CLOCK | IFD_AUTO_PPS | IFD_AUTO_IFSD)

static void t1_commands_go_out_as_blocks(void **state)
{
        static const uint8_t sent[] = {0x00, 0x00, 0x05, 0x00, 0x84, 0x00, 0x00, 0x08, 0x89};
        SCARDHANDLE card;

        (void)state;
        begin(atr_slow, sizeof(atr_slow), ALL_FEATURES);
        assert_status(connect_with(BOTH, &card), SCARD_S_SUCCESS);
        answer_with(block_0, sizeof(block_0));
        assert_status(engine_transmit(card), SCARD_S_SUCCESS);
        assert_int_equal(fake_count(reader, FAKE_TRANSMIT), 1);
        assert_int_equal(reader->last_len, sizeof(sent));
        assert_memory_equal(reader->last, sent, sizeof(sent));
}

/* READ BINARY of 256 bytes: the first IFSD would not do */
static LONG transmit_long(SCARDHANDLE card)
{
        static const BYTE read_binary[] = {0x00, 0xB0, 0x00, 0x00, 0x00};
        BYTE response[258];
        DWORD len = sizeof(response);

        return SCardTransmit(card, NULL, read_binary, sizeof(read_binary), NULL, response, &len);
}

static void t1_without_automatic_ifsd_begins_with_ifs(void **state)
{
        static const uint8_t asked[] = {0x00, 0xC1, 0x01, 0xFE, 0x3E};
        SCARDHANDLE card;

        (void)state;
        begin(atr_slow, sizeof(atr_slow), ALL_FEATURES & ~IFD_AUTO_IFSD);
        SCardReleaseContext(context);
        reader->info.max_ifsd = 1024;
        context = engine_context();
        assert_status(connect_with(BOTH, &card), SCARD_S_SUCCESS);
        reader->fail[FAKE_TRANSMIT] = SCARD_W_UNRESPONSIVE_CARD;
        assert_status(transmit_long(card), SCARD_F_COMM_ERROR);
        assert_int_equal(fake_count(reader, FAKE_TRANSMIT), 4);
        reader->fail[FAKE_TRANSMIT] = SCARD_S_SUCCESS;
        assert_status(SCardReconnect(card, SCARD_SHARE_SHARED, BOTH, SCARD_LEAVE_CARD, NULL),
                      SCARD_S_SUCCESS);
        /* No response to S(IFS request), but a good block: the card does not know it, and the command goes
         * out in the size that needs no agreement. */
        answer_with(block_0, sizeof(block_0));
        assert_status(transmit_long(card), SCARD_S_SUCCESS);
        assert_int_equal(fake_count(reader, FAKE_TRANSMIT), 4 + 4 + 1);
        assert_int_equal(reader->last[1], 0x00);
        /* the request itself: an answer that is no block, so that it is the last thing sent */
        assert_status(SCardReconnect(card, SCARD_SHARE_SHARED, BOTH, SCARD_RESET_CARD, NULL),
                      SCARD_S_SUCCESS);
        answer_with(pps_default, sizeof(pps_default));
        assert_status(transmit_long(card), SCARD_E_COMM_DATA_LOST);
        assert_int_equal(reader->last_len, sizeof(asked));
        assert_memory_equal(reader->last, asked, sizeof(asked));
}

static void t1_resynchronises_after_a_failure_of_the_reader(void **state)
{
        static const uint8_t resynch[] = {0x00, 0xC0, 0x00, 0xC0};
        SCARDHANDLE card;

        (void)state;
        begin(atr_slow, sizeof(atr_slow), ALL_FEATURES);
        assert_status(connect_with(BOTH, &card), SCARD_S_SUCCESS);
        reader->fail[FAKE_TRANSMIT] = SCARD_F_COMM_ERROR;
        assert_status(engine_transmit(card), SCARD_F_COMM_ERROR);
        assert_int_equal(fake_count(reader, FAKE_TRANSMIT), 1);
        reader->fail[FAKE_TRANSMIT] = SCARD_S_SUCCESS;
        answer_with(block_0, sizeof(block_0)); /* no response to S(RESYNCH request): three, and a reset */
        assert_status(engine_transmit(card), SCARD_E_COMM_DATA_LOST);
        assert_int_equal(fake_count(reader, FAKE_TRANSMIT), 1 + 3);
        assert_memory_equal(reader->last, resynch, sizeof(resynch));
        assert_int_equal(reader->slots[0].resets, 2);
        assert_status(engine_transmit(card), SCARD_W_RESET_CARD);
}

static void t1_that_is_lost_resets_the_card_and_everybody_sees_it(void **state)
{
        SCARDHANDLE card, other;

        (void)state;
        begin(atr_slow, sizeof(atr_slow), ALL_FEATURES);
        assert_status(connect_with(BOTH, &card), SCARD_S_SUCCESS);
        assert_status(connect_with(BOTH, &other), SCARD_S_SUCCESS);
        answer_with(block_0, sizeof(block_0));
        assert_status(engine_transmit(card), SCARD_S_SUCCESS);
        assert_int_equal(reader->slots[0].resets, 1);
        /* I(0,0) again: out of sequence for ever. I, R, R, R, S(RESYNCH), S(RESYNCH), S(RESYNCH) */
        assert_status(engine_transmit(card), SCARD_E_COMM_DATA_LOST);
        assert_int_equal(fake_count(reader, FAKE_TRANSMIT), 1 + 7);
        assert_int_equal(reader->slots[0].resets, 2);
        assert_status(engine_transmit(card), SCARD_W_RESET_CARD);
        assert_status(engine_transmit(other), SCARD_W_RESET_CARD);
        assert_status(SCardReconnect(card, SCARD_SHARE_SHARED, BOTH, SCARD_LEAVE_CARD, NULL),
                      SCARD_S_SUCCESS);
        assert_int_equal(reader->slots[0].resets, 2);
        assert_status(engine_transmit(card), SCARD_S_SUCCESS);
}

static void t1_a_mute_card_is_reset_too(void **state)
{
        SCARDHANDLE card;

        (void)state;
        begin(atr_slow, sizeof(atr_slow), ALL_FEATURES);
        assert_status(connect_with(BOTH, &card), SCARD_S_SUCCESS);
        reader->fail[FAKE_TRANSMIT] = SCARD_W_UNRESPONSIVE_CARD;
        assert_status(engine_transmit(card), SCARD_F_COMM_ERROR);
        assert_int_equal(fake_count(reader, FAKE_TRANSMIT), 4); /* no good block yet: 7.4.2 */
        assert_int_equal(reader->slots[0].resets, 2);
        assert_status(engine_transmit(card), SCARD_W_RESET_CARD);
}

static void t1_a_card_that_is_pulled_is_gone_at_once(void **state)
{
        SCARDHANDLE card;

        (void)state;
        begin(atr_slow, sizeof(atr_slow), ALL_FEATURES);
        assert_status(connect_with(BOTH, &card), SCARD_S_SUCCESS);
        reader->fail[FAKE_TRANSMIT] = SCARD_W_REMOVED_CARD;
        assert_status(engine_transmit(card), SCARD_W_REMOVED_CARD);
        assert_int_equal(fake_count(reader, FAKE_TRANSMIT), 1);
        assert_int_equal(reader->slots[0].resets, 1);
}

static void pps_raises_the_speed_and_parameters_follow(void **state)
{
        SCARDHANDLE card;

        (void)state;
        begin(atr_fast, sizeof(atr_fast), IFD_AUTO_PARAMETERS | IFD_AUTO_BAUD);
        answer_with(pps_96, sizeof(pps_96));
        assert_status(connect_with(BOTH, &card), SCARD_S_SUCCESS);
        assert_int_equal(fake_count(reader, FAKE_TRANSMIT), 1);
        assert_int_equal(reader->last_len, sizeof(pps_96));
        assert_memory_equal(reader->last, pps_96, sizeof(pps_96));
        assert_int_equal(fake_count(reader, FAKE_SET_PARAMETERS), 1);
        assert_int_equal(reader->slots[0].set.fidi, 0x96);
        assert_int_equal(reader->slots[0].set.protocol, 1);
        assert_int_equal(fake_count(reader, FAKE_SET_RATE), 0);
        assert_int_equal(reader->slots[0].resets, 1);
        answer_with(block_0, sizeof(block_0));
        assert_status(engine_transmit(card), SCARD_S_SUCCESS);
}

static void pps_is_followed_by_the_rate_where_the_reader_does_not_follow(void **state)
{
        SCARDHANDLE card;

        (void)state;
        begin(atr_fast, sizeof(atr_fast), 0);
        answer_with(pps_96, sizeof(pps_96));
        assert_status(connect_with(BOTH, &card), SCARD_S_SUCCESS);
        assert_int_equal(reader->slots[0].set.fidi, 0x96);
        assert_int_equal(fake_count(reader, FAKE_SET_RATE), 1);
        assert_int_equal(reader->clock_khz, 4000);
        assert_int_equal(reader->rate_bps, 250000);
}

static void pps_that_leaves_pps1_out_means_the_default_speed(void **state)
{
        SCARDHANDLE card;

        (void)state;
        begin(atr_fast, sizeof(atr_fast), 0);
        answer_with(pps_default, sizeof(pps_default));
        assert_status(connect_with(BOTH, &card), SCARD_S_SUCCESS);
        assert_int_equal(reader->slots[0].set.fidi, 0x11);
        assert_int_equal(fake_count(reader, FAKE_SET_RATE), 0);
        assert_int_equal(reader->slots[0].resets, 1);
}

static void pps_that_fails_is_followed_by_a_reset_and_the_default_speed(void **state)
{
        static const int32_t failures[] = {0, SCARD_W_UNRESPONSIVE_CARD, SCARD_E_COMM_DATA_LOST,
                                           SCARD_F_COMM_ERROR};

        (void)state;
        for (size_t i = 0; i < sizeof(failures) / sizeof(failures[0]); i++) {
                SCARDHANDLE card;

                begin(atr_fast, sizeof(atr_fast), IFD_AUTO_BAUD);
                reader->fail[FAKE_TRANSMIT] = failures[i];
                assert_status(connect_with(BOTH, &card), SCARD_S_SUCCESS);
                assert_int_equal(fake_count(reader, FAKE_TRANSMIT), 1);
                assert_int_equal(reader->slots[0].resets, 2);
                assert_int_equal(reader->slots[0].set.fidi, 0x11);
                SCardReleaseContext(context);
        }
        context = 0;
}

static void pps_switches_the_protocol(void **state)
{
        static const uint8_t wanted[] = {0xFF, 0x11, 0x11, 0xFF};
        SCARDHANDLE card;

        (void)state;
        begin(atr_both, sizeof(atr_both), IFD_AUTO_BAUD);
        answer_with(wanted, sizeof(wanted));
        assert_status(connect_with(SCARD_PROTOCOL_T1, &card), SCARD_S_SUCCESS);
        assert_memory_equal(reader->last, wanted, sizeof(wanted));
        assert_int_equal(reader->slots[0].set.protocol, 1);
        SCardReleaseContext(context);
        begin(atr_both, sizeof(atr_both), IFD_AUTO_BAUD); /* which a card may refuse, twice */
        assert_status(connect_with(SCARD_PROTOCOL_T1, &card), SCARD_E_PROTO_MISMATCH);
        assert_int_equal(fake_count(reader, FAKE_TRANSMIT), 2);
        assert_status(connect_with(SCARD_PROTOCOL_T0, &card), SCARD_S_SUCCESS); /* and no harm is done */
        assert_int_equal(fake_count(reader, FAKE_TRANSMIT), 2);
        assert_int_equal(reader->slots[0].set.protocol, 0);
}

static void pps_stays_within_the_rates_that_the_reader_lists(void **state)
{
        static const uint8_t slower[] = {0xFF, 0x11, 0x14, 0xFA};
        SCARDHANDLE card;

        (void)state;
        begin(atr_fast, sizeof(atr_fast), IFD_AUTO_BAUD);
        reader->rates_bps[0] = 10752;
        reader->rates_bps[1] = 86021;
        reader->rate_count = 2;
        answer_with(slower, sizeof(slower));
        assert_status(connect_with(BOTH, &card), SCARD_S_SUCCESS);
        assert_memory_equal(reader->last, slower, sizeof(slower));
        assert_int_equal(reader->slots[0].set.fidi, 0x14);
}

static void a_faster_clock_of_the_readers_list_is_set(void **state)
{
        SCARDHANDLE card;

        (void)state;
        begin(atr_fast, sizeof(atr_fast), 0);
        reader->clocks_khz[0] = 4000;
        reader->clocks_khz[1] = 5000; /* what Fi = 512 allows. 7816-3 table 7 */
        reader->clocks_khz[2] = 8000;
        reader->clock_count = 3;
        answer_with(pps_96, sizeof(pps_96));
        assert_status(connect_with(BOTH, &card), SCARD_S_SUCCESS);
        assert_int_equal(reader->clock_khz, 5000);
        assert_int_equal(reader->rate_bps, 5000000 * 32 / 512);
        assert_int_equal(engine_attribute(card, SCARD_ATTR_CURRENT_CLK), 5000);
}

static void specific_mode_is_never_sent_a_pps(void **state)
{
        SCARDHANDLE card;

        (void)state;
        begin(atr_specific, sizeof(atr_specific), 0);
        assert_status(connect_with(BOTH, &card), SCARD_S_SUCCESS);
        assert_int_equal(fake_count(reader, FAKE_TRANSMIT), 0);
        assert_int_equal(reader->slots[0].set.fidi, 0x96);
        assert_int_equal(reader->rate_bps, 250000);
}

static void automatic_readers_are_sent_no_pps(void **state)
{
        static const uint32_t features[] = {IFD_AUTO_PPS | IFD_AUTO_PARAMETERS,
                                            IFD_AUTO_NEGOTIATE | IFD_AUTO_PARAMETERS};

        (void)state;
        for (size_t i = 0; i < sizeof(features) / sizeof(features[0]); i++) {
                SCARDHANDLE card;

                begin(atr_fast, sizeof(atr_fast), features[i]);
                assert_status(connect_with(BOTH, &card), SCARD_S_SUCCESS);
                assert_int_equal(fake_count(reader, FAKE_TRANSMIT), 0);
                SCardReleaseContext(context);
        }
        context = 0;
}

#define TEST(name) cmocka_unit_test_teardown(name, tear_down)

int main(void)
{
        const struct CMUnitTest tests[] = {
            TEST(t1_commands_go_out_as_blocks),
            TEST(t1_without_automatic_ifsd_begins_with_ifs),
            TEST(t1_resynchronises_after_a_failure_of_the_reader),
            TEST(t1_that_is_lost_resets_the_card_and_everybody_sees_it),
            TEST(t1_a_mute_card_is_reset_too),
            TEST(t1_a_card_that_is_pulled_is_gone_at_once),
            TEST(pps_raises_the_speed_and_parameters_follow),
            TEST(pps_is_followed_by_the_rate_where_the_reader_does_not_follow),
            TEST(pps_that_leaves_pps1_out_means_the_default_speed),
            TEST(pps_that_fails_is_followed_by_a_reset_and_the_default_speed),
            TEST(pps_switches_the_protocol),
            TEST(pps_stays_within_the_rates_that_the_reader_lists),
            TEST(a_faster_clock_of_the_readers_list_is_set),
            TEST(specific_mode_is_never_sent_a_pps),
            TEST(automatic_readers_are_sent_no_pps),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
