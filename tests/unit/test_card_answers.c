/* src/core/card/card.c: what a card leaves for another command, where T=0 does
 * not run in the host: 6Cxx and 61xx. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/card/card.h"
#include "tests/support/fake_winscard.h"

static struct card card;
static uint8_t rsp[CARD_RESPONSE_MAX];
static size_t rsp_len;
static uint16_t sw;

static const uint8_t read_16[] = {0x00, 0xB0, 0x00, 0x00, 0x10};
static const uint8_t internal[] = {0x00, 0x88, 0x00, 0x01, 0x02, 0xAA, 0xBB, 0x08};
static const uint8_t update[] = {0x00, 0xD6, 0x00, 0x00, 0x01, 0x55};

static unsigned pieces; /* of GET RESPONSE, still to come */

static size_t put(uint8_t *response, size_t n, unsigned word)
{
        memset(response, 0x5A, n);
        response[n] = (uint8_t)(word >> 8);
        response[n + 1] = (uint8_t)word;
        return n + 2;
}

/* READ BINARY has 4 bytes and wants to be asked for 4; INTERNAL AUTHENTICATE
 * brings 3 and has 5 more. */
static size_t answer(const uint8_t *command, size_t len, uint8_t *response, size_t room)
{
        (void)room;
        switch (command[1]) {
        case 0xB0:
                return command[len - 1] == 4 ? put(response, 4, 0x9000) : put(response, 0, 0x6C04);
        case 0x88:
                return put(response, 3, 0x6105);
        case 0xCA:
                return put(response, 200, 0x61FF);
        case 0xC0:
                assert_int_equal(len, 5);
                if (pieces == 0)
                        return put(response, command[4], 0x9000);
                pieces--;
                return put(response, 1, 0x6101);
        default:
                return put(response, 0, 0x6C00);
        }
}

static LONG send(const uint8_t *command, size_t len)
{
        bool transaction;
        LONG status = card_learn(&card);

        assert_int_equal(status, SCARD_S_SUCCESS);
        assert_int_equal(card_begin(&card, &transaction), SCARD_S_SUCCESS);
        rsp_len = sizeof(rsp);
        status = card_transmit(&card, "TEST", command, len, rsp, &rsp_len, &sw);
        card_end(&card, transaction);
        return status;
}

static int set_up(void **state)
{
        (void)state;
        fake_winscard_reset();
        fake.answer = answer;
        pieces = 0;
        memset(&card, 0, sizeof(card));
        card_open(&card, &fake_api, FAKE_CALLERS);
        return 0;
}

static void a_wrong_le_is_put_right(void **state)
{
        (void)state;
        assert_int_equal(send(read_16, sizeof(read_16)), SCARD_S_SUCCESS);
        assert_int_equal(sw, 0x9000);
        assert_int_equal(rsp_len, 4);
        assert_int_equal(fake.apdus, 2);
        assert_int_equal(fake.apdu[1].bytes[4], 4);
        assert_int_equal(card.sent, 2);
        assert_int_equal(card.last.sw, 0x9000);
}

static void the_rest_is_asked_for(void **state)
{
        (void)state;
        assert_int_equal(send(internal, sizeof(internal)), SCARD_S_SUCCESS);
        assert_int_equal(sw, 0x9000);
        assert_int_equal(rsp_len, 8);
        assert_int_equal(fake.apdus, 2);
        assert_memory_equal(fake.apdu[1].bytes, ((uint8_t[]){0x00, 0xC0, 0x00, 0x00, 0x05}), 5);
}

static void the_rest_ends_where_enough_has_come(void **state)
{
        (void)state;
        pieces = 1000000;
        assert_int_equal(send(internal, sizeof(internal)), SCARD_S_SUCCESS);
        assert_int_equal(rsp_len, 8);
        assert_int_equal(fake.apdus, 1 + 5);
}

/* It promises more than was asked for, and there is room for no more. */
static void no_more_is_asked_for_than_at_first(void **state)
{
        static const uint8_t all[] = {0x00, 0xCA, 0x00, 0xC4, 0x00};

        (void)state;
        assert_int_equal(send(all, sizeof(all)), SCARD_S_SUCCESS);
        assert_int_equal(sw, 0x9000);
        assert_int_equal(rsp_len, 256);
        assert_memory_equal(fake.apdu[1].bytes, ((uint8_t[]){0x00, 0xC0, 0x00, 0x00, 0x38}), 5);
}

static void a_command_without_le_is_not_repeated(void **state)
{
        (void)state;
        assert_int_equal(send(update, sizeof(update)), SCARD_S_SUCCESS);
        assert_int_equal(sw, 0x6C00);
        assert_int_equal(fake.apdus, 1);
}

static void a_failure_on_the_way_leaves_nothing(void **state)
{
        (void)state;
        assert_int_equal(send(read_16, sizeof(read_16)), SCARD_S_SUCCESS);
        fake.transmit = SCARD_W_RESET_CARD;
        assert_int_equal(send(internal, sizeof(internal)), SCARD_W_RESET_CARD);
        assert_int_equal(rsp_len, 0);
        assert_int_equal(sw, 0);
        assert_int_equal(card.last.sw, 0);
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

int main(void)
{
        const struct CMUnitTest tests[] = {
            TEST(a_wrong_le_is_put_right),
            TEST(the_rest_is_asked_for),
            TEST(the_rest_ends_where_enough_has_come),
            TEST(no_more_is_asked_for_than_at_first),
            TEST(a_command_without_le_is_not_repeated),
            TEST(a_failure_on_the_way_leaves_nothing),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
