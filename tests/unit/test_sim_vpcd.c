/*
 * test_sim_vpcd.c - src/sim/vpcd.c: a card that is another program, played here by a thread at the other end of the socket.
 */
#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/unit/test_sim_wire.h"

#define ATR "3B 02 14 50"

/* What the card program says to each message with an answer, in their order; NULL: it hangs up instead. */
struct program {
        uint16_t port;
        const char *const *answers;
        int fd;
        char heard[400]; /* in hexadecimal, a blank behind each message */
};

static bool receive(int fd, uint8_t *bytes, size_t len)
{
        return len == 0 || recv(fd, bytes, len, MSG_WAITALL) == (ssize_t)len;
}

static void answer(int fd, const char *hex)
{
        uint8_t bytes[700];
        const size_t len = from_hex(hex, bytes + 2);

        bytes[0] = (uint8_t)(len >> 8);
        bytes[1] = (uint8_t)len;
        (void)send(fd, bytes, len + 2, MSG_NOSIGNAL);
}

static void *run_program(void *arg)
{
        struct program *program = arg;
        uint8_t head[2], bytes[300];
        size_t used = 0, next = 0;

        while (receive(program->fd, head, 2) && receive(program->fd, bytes, (size_t)head[0] << 8 | head[1])) {
                const size_t len = (size_t)head[0] << 8 | head[1];
                for (size_t i = 0; i < len; i++)
                        used += (size_t)snprintf(program->heard + used, sizeof program->heard - used, "%02X",
                                                 bytes[i]);
                used += (size_t)snprintf(program->heard + used, sizeof program->heard - used, " ");
                if (len == 1 && bytes[0] != 4)
                        continue;
                if (program->answers[next] == NULL)
                        break;
                answer(program->fd, program->answers[next++]);
        }
        (void)shutdown(program->fd, SHUT_RDWR);
        return NULL;
}

/* A port that nobody has at this moment. */
static uint16_t free_port(void)
{
        struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        socklen_t len = sizeof address;
        const int fd = socket(AF_INET, SOCK_STREAM, 0);

        assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
        assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
        close(fd);
        return ntohs(address.sin_port);
}

static struct sim_device *reader_at(uint16_t port, const char *more)
{
        char text[80];

        (void)snprintf(text, sizeof text, "card=vpcd:%u%s", port, more);
        return plug_in(text);
}

/* Two bits of the first slot: a card is in, a card has moved. Waits for a movement. */
static unsigned moved(struct sim_device *device)
{
        uint8_t report[8] = {0};
        size_t len = 0;

        for (unsigned i = 0;
             i < 2000 && sim_device_interrupt_in(device, report, sizeof report, &len) != SIM_OK; i++)
                (void)poll(NULL, 0, 1);
        assert_int_equal(len, 2);
        return report[1];
}

static pthread_t come(struct program *program)
{
        const struct sockaddr_in address = {.sin_family = AF_INET,
                                            .sin_port = htons(program->port),
                                            .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        pthread_t thread;

        program->fd = socket(AF_INET, SOCK_STREAM, 0);
        assert_int_equal(connect(program->fd, (const struct sockaddr *)&address, sizeof address), 0);
        assert_int_equal(pthread_create(&thread, NULL, run_program, program), 0);
        return thread;
}

static void leave(struct program *program, pthread_t thread)
{
        (void)shutdown(program->fd, SHUT_RDWR);
        assert_int_equal(pthread_join(thread, NULL), 0);
        close(program->fd);
}

static void a_card_comes_answers_and_goes(void **state)
{
        static const char *const answers[] = {ATR, "6A 82", ATR, "01 02 90 00"};
        struct program program = {.port = free_port(), .answers = answers};

        (void)state;
        struct sim_device *device = reader_at(program.port, "");
        assert_int_equal(ask(device, POWER_ON, ""), 0x42FE);
        pthread_t thread = come(&program);
        assert_int_equal(moved(device), 3);
        assert_int_equal(ask(device, POWER_ON, ""), 0);
        data_is(ATR);
        assert_int_equal(ask(device, XFR, "00 A4 00 0C 02 3F 00"), 0);
        data_is("6A 82");
        assert_int_equal(ask(device, POWER_ON, ""), 0); /* warm */
        assert_int_equal(ask(device, XFR, "00 B0 00 00 02"), 0);
        data_is("01 02 90 00");
        assert_int_equal(ask(device, "63 00 00 0000", ""), 0x0100);
        leave(&program, thread);
        assert_string_equal(program.heard, "01 04 00A4000C023F00 02 04 00B0000002 00 ");
        assert_int_equal(moved(device), 2);
        assert_int_equal(ask(device, POWER_ON, ""), 0x42FE);

        memset(program.heard, 0, sizeof program.heard);
        thread = come(&program); /* another one, at the same port */
        assert_int_equal(moved(device), 3);
        assert_int_equal(ask(device, POWER_ON, ""), 0);
        sim_device_destroy(device); /* with the card still in */
        leave(&program, thread);
}

static void a_card_that_breaks_the_rules_is_mute_and_cut_off(void **state)
{
        static const char *const cases[][3] = {
            {"", NULL, NULL},   /* an empty ATR */
            {NULL, NULL, NULL}, /* it hangs up */
            {ATR "00000000000000000000000000000000000000000000000000000000000000", NULL, NULL}, /* 35 bytes */
            {ATR, NULL, NULL}, /* no answer to the command */
            {ATR, "90", NULL}, /* half a status word */
            {ATR, "", NULL},
        };

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
                struct program program = {.port = free_port(), .answers = cases[i]};
                struct sim_device *device = reader_at(program.port, "");
                pthread_t thread = come(&program);

                assert_int_equal(moved(device), 3);
                const unsigned status = ask(device, POWER_ON, "");
                if (i < 3) {
                        assert_int_equal(status & 0xFF, 0xFE);
                } else {
                        assert_int_equal(status, 0);
                        assert_int_equal(ask(device, XFR, "00 84 00 00 08") & 0xFF, 0xFE);
                }
                assert_int_equal(moved(device), 2);
                sim_device_destroy(device);
                leave(&program, thread);
        }
}

static void an_answer_longer_than_any_apdu_is_refused(void **state)
{
        static char answer_text[3 * 300 + 1];
        const char *const answers[] = {ATR, answer_text, NULL};
        struct program program = {.port = free_port(), .answers = answers};

        (void)state;
        for (size_t i = 0; i < 300; i++)
                memcpy(answer_text + 3 * i, "90 ", 4);
        struct sim_device *device = reader_at(program.port, "");
        pthread_t thread = come(&program);
        assert_int_equal(moved(device), 3);
        assert_int_equal(ask(device, POWER_ON, ""), 0);
        assert_int_equal(ask(device, XFR, "00 84 00 00 08") & 0xFF, 0xFE);
        assert_int_equal(moved(device), 2);
        sim_device_destroy(device);
        leave(&program, thread);
}

static void faults_come_before_the_program(void **state)
{
        static const char *const answers[] = {ATR, "90 00", NULL};
        struct program program = {.port = free_port(), .answers = answers};

        (void)state;
        struct sim_device *device = reader_at(program.port, ",level=extended-apdu,fault=sw-6985@2+mute@3");
        pthread_t thread = come(&program);
        assert_int_equal(moved(device), 3);
        assert_int_equal(ask(device, POWER_ON, ""), 0);
        assert_int_equal(ask(device, XFR, "00 84 00 00 08"), 0);
        data_is("69 85");
        assert_int_equal(ask(device, XFR, "00 84 00 00 08"), 0x40FE);
        assert_int_equal(ask(device, XFR, "00 84 00 00 08"), 0);
        data_is("90 00");
        sim_device_destroy(device);
        leave(&program, thread);
        assert_string_equal(program.heard, "01 04 0084000008 ");
}

static void a_port_that_is_taken_leaves_the_slot_empty(void **state)
{
        (void)state;
        const uint16_t port = free_port();
        struct sim_device *first = reader_at(port, ""), *second = reader_at(port, "");

        assert_int_equal(ask(second, POWER_ON, ""), 0x42FE);
        sim_device_destroy(second);
        sim_device_destroy(first);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(a_card_comes_answers_and_goes),
            cmocka_unit_test(a_card_that_breaks_the_rules_is_mute_and_cut_off),
            cmocka_unit_test(an_answer_longer_than_any_apdu_is_refused),
            cmocka_unit_test(faults_come_before_the_program),
            cmocka_unit_test(a_port_that_is_taken_leaves_the_slot_empty),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
