/*
 * SCardControl over scripted readers: src/core/control.c, and exchange_secure of exchange.c.
 */
#include "tests/support/asleep.h"
#include "tests/support/engine.h"

#define VERIFY_HEAD 19

static struct fake_reader *const reader = &fake_readers[0];
static SCARDCONTEXT context;

static int set_up(void **state)
{
        (void)state;
        unsetenv("ISCARD_ESCAPE");
        fake_reset();
        reader->info.pin_support = 3;
        reader->info.lcd_layout = 0x0210;
        context = engine_context();
        return 0;
}

static int tear_down(void **state)
{
        (void)state;
        SCardReleaseContext(context);
        unsetenv("ISCARD_ESCAPE");
        return fake_stops == fake_starts ? 0 : -1;
}

/* VERIFY of a code in a block of eight. */
static const BYTE verify_request[] = {0,    0,    0x82, 0x08, 0x00, 0x08, 0x04, 0x02, 0x00, 0x09, 0x04,
                                      0x00, 0x00, 0x00, 0x00, 13,   0,    0,    0,    0x00, 0x20, 0x00,
                                      0x81, 0x08, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF};
static const BYTE modify_request[] = {0,    0,    0x82, 0x04, 0x00, 0x00, 0x04, 0x04, 0x04, 0x03,
                                      0x02, 0x00, 0x09, 0x04, 0x00, 0x01, 0x02, 0x00, 0x00, 0x00,
                                      13,   0,    0,    0,    0x00, 0x24, 0x00, 0x81, 0x08, 0xFF,
                                      0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF};

/* The control code of a feature; 0: the reader does not have it. */
static DWORD feature(SCARDHANDLE card, BYTE tag)
{
        BYTE out[64];
        DWORD len = 0;

        assert_status(SCardControl(card, CM_IOCTL_GET_FEATURE_REQUEST, NULL, 0, out, sizeof(out), &len),
                      SCARD_S_SUCCESS);
        assert_int_equal(len % 6, 0);
        for (DWORD at = 0; at < len; at += 6) {
                assert_int_equal(out[at + 1], 4);
                if (out[at] == tag)
                        return (DWORD)out[at + 2] << 24 | (DWORD)out[at + 3] << 16 | (DWORD)out[at + 4] << 8 |
                               out[at + 5];
        }
        return 0;
}

/* The status word of an entry; 0 with *status a failure. */
static unsigned enter(SCARDHANDLE card, DWORD code, const BYTE *request, DWORD len, LONG *status)
{
        BYTE out[16];
        DWORD got = 99;

        *status = SCardControl(card, code, request, len, out, sizeof(out), &got);
        if (*status != SCARD_S_SUCCESS) {
                assert_int_equal(got, 0);
                return 0;
        }
        assert_int_equal(got, 2);
        return (unsigned)out[0] << 8 | out[1];
}

static unsigned verify(SCARDHANDLE card, LONG *status)
{
        return enter(card, feature(card, FEATURE_VERIFY_PIN_DIRECT), verify_request, sizeof(verify_request),
                     status);
}

/* ---- features and arguments */

static void features_are_those_of_the_reader(void **state)
{
        (void)state;
        SCARDHANDLE card = engine_connect(context, SCARD_SHARE_SHARED);
        unsigned before = fake_messages(reader);

        assert_true(feature(card, FEATURE_VERIFY_PIN_DIRECT) != 0);
        assert_true(feature(card, FEATURE_MODIFY_PIN_DIRECT) != 0);
        assert_true(feature(card, FEATURE_IFD_PIN_PROPERTIES) != 0);
        assert_true(feature(card, FEATURE_GET_TLV_PROPERTIES) != 0);
        assert_int_equal(feature(card, FEATURE_CCID_ESC_COMMAND), 0);
        setenv("ISCARD_ESCAPE", "1", 1);
        assert_int_equal(feature(card, FEATURE_CCID_ESC_COMMAND), IOCTL_CCID_ESCAPE);
        setenv("ISCARD_ESCAPE", "yes", 1);
        assert_int_equal(feature(card, FEATURE_CCID_ESC_COMMAND), 0);
        assert_int_equal(fake_messages(reader), before);
}

static void a_reader_without_keys_has_no_pin_features(void **state)
{
        (void)state;
        SCARDHANDLE card = engine_connect(context, SCARD_SHARE_SHARED);
        DWORD codes[] = {feature(card, FEATURE_VERIFY_PIN_DIRECT), feature(card, FEATURE_MODIFY_PIN_DIRECT),
                         feature(card, FEATURE_IFD_PIN_PROPERTIES)};

        SCardReleaseContext(context);
        fake_reset();
        context = engine_context();
        card = engine_connect(context, SCARD_SHARE_SHARED);
        assert_int_equal(feature(card, FEATURE_VERIFY_PIN_DIRECT), 0);
        assert_int_equal(feature(card, FEATURE_IFD_PIN_PROPERTIES), 0);
        for (size_t i = 0; i < 3; i++) {
                BYTE out[16];
                DWORD len = 7;

                assert_status(SCardControl(card, codes[i], verify_request, sizeof(verify_request), out,
                                           sizeof(out), &len),
                              SCARD_E_UNSUPPORTED_FEATURE);
                assert_int_equal(len, 0);
        }
        assert_int_equal(fake_count(reader, FAKE_SECURE), 0);
}

static void answers_follow_the_habit_of_buffers(void **state)
{
        (void)state;
        SCARDHANDLE card = engine_connect(context, SCARD_SHARE_SHARED);
        DWORD code = feature(card, FEATURE_IFD_PIN_PROPERTIES), len = 99;
        PIN_PROPERTIES_STRUCTURE properties;
        BYTE tlvs[64];

        assert_status(SCardControl(card, code, NULL, 0, &properties, sizeof(properties), &len),
                      SCARD_S_SUCCESS);
        assert_int_equal(len, 4);
        assert_int_equal(properties.wLcdLayout, 0x0210);
        assert_int_equal(properties.bEntryValidationCondition, 7);
        assert_status(SCardControl(card, code, NULL, 0, &properties, 3, &len), SCARD_E_INSUFFICIENT_BUFFER);
        assert_int_equal(len, 4);
        assert_status(SCardControl(card, code, NULL, 0, NULL, 0, &len), SCARD_E_INSUFFICIENT_BUFFER);
        assert_int_equal(len, 4);
        code = feature(card, FEATURE_GET_TLV_PROPERTIES);
        assert_status(SCardControl(card, code, NULL, 0, tlvs, sizeof(tlvs), &len), SCARD_S_SUCCESS);
        assert_true(len > 0 && len <= sizeof(tlvs) && tlvs[0] == PCSCv2_PART10_PROPERTY_wLcdLayout);
}

static void wrong_arguments_send_nothing(void **state)
{
        (void)state;
        SCARDHANDLE card = engine_connect(context, SCARD_SHARE_SHARED);
        DWORD code = feature(card, FEATURE_VERIFY_PIN_DIRECT), len = 99;
        BYTE out[16], cut[sizeof(verify_request)];

        assert_status(
            SCardControl(card, code, verify_request, sizeof(verify_request), out, sizeof(out), NULL),
            SCARD_E_INVALID_PARAMETER);
        assert_status(SCardControl(card + 1, code, NULL, 0, out, sizeof(out), &len), SCARD_E_INVALID_HANDLE);
        assert_int_equal(len, 0);
        assert_status(SCardControl(card, code, NULL, 5, out, sizeof(out), &len), SCARD_E_INVALID_PARAMETER);
        assert_status(SCardControl(card, code, verify_request, sizeof(verify_request), NULL, 5, &len),
                      SCARD_E_INVALID_PARAMETER);
        assert_status(SCardControl(card, code, NULL, 0, out, sizeof(out), &len), SCARD_E_INVALID_PARAMETER);
        assert_status(SCardControl(card, SCARD_CTL_CODE(1), NULL, 0, out, sizeof(out), &len),
                      SCARD_E_UNSUPPORTED_FEATURE);
        assert_status(SCardControl(card, 0, NULL, 0, out, sizeof(out), &len), SCARD_E_UNSUPPORTED_FEATURE);
        memcpy(cut, verify_request, sizeof(cut));
        cut[15]++;
        assert_status(SCardControl(card, code, cut, sizeof(cut), out, sizeof(out), &len),
                      SCARD_E_INVALID_PARAMETER);
        /* No room for the status word: the card holder is not asked in vain. */
        assert_status(SCardControl(card, code, verify_request, sizeof(verify_request), out, 1, &len),
                      SCARD_E_INSUFFICIENT_BUFFER);
        assert_int_equal(len, 2);
        assert_int_equal(fake_count(reader, FAKE_SECURE), 0);
        assert_int_equal(fake_count(reader, FAKE_ESCAPE), 0);
}

/* ---- entry */

static void an_entry_reaches_the_reader_as_it_was_asked_for(void **state)
{
        (void)state;
        SCARDHANDLE card = engine_connect(context, SCARD_SHARE_SHARED);
        DWORD commands = engine_attribute(card, ISCARD_ATTR_CARD_COMMANDS);
        LONG status;

        assert_int_equal(verify(card, &status), 0x9000);
        assert_false(reader->last_secure.modify);
        assert_int_equal(reader->last_secure.max_extra_digit, 0x0408);
        assert_int_equal(reader->last_len, 13);
        assert_memory_equal(reader->last, verify_request + VERIFY_HEAD, 13);
        assert_int_equal(reader->last_secure.teo_prologue[2], 0); /* APDU level: no prologue */
        assert_int_equal(engine_attribute(card, ISCARD_ATTR_CARD_COMMANDS), commands + 1);
        assert_int_equal(enter(card, feature(card, FEATURE_MODIFY_PIN_DIRECT), modify_request,
                               sizeof(modify_request), &status),
                         0x9000);
        assert_true(reader->last_secure.modify);
        assert_int_equal(reader->last_secure.insertion_offset[1], 4);
        memcpy(reader->secure_answer, "\x63\xC2", 2);
        reader->secure_answer_len = 2;
        assert_int_equal(verify(card, &status), 0x63C2);
        assert_int_equal(fake_count(reader, FAKE_TRANSMIT), 0);
}

static void what_the_card_holder_did_is_a_status_word(void **state)
{
        (void)state;
        SCARDHANDLE card = engine_connect(context, SCARD_SHARE_SHARED);
        LONG status;

        reader->fail[FAKE_SECURE] = SCARD_E_TIMEOUT;
        assert_int_equal(verify(card, &status), 0x6400);
        reader->fail[FAKE_SECURE] = SCARD_W_CANCELLED_BY_USER;
        assert_int_equal(verify(card, &status), 0x6401);
        reader->fail[FAKE_SECURE] = SCARD_F_COMM_ERROR;
        assert_int_equal(verify(card, &status), 0);
        assert_status(status, SCARD_F_COMM_ERROR);
        reader->fail[FAKE_SECURE] = 0;
        reader->secure_answer_len = 1;
        assert_int_equal(verify(card, &status), 0);
        assert_status(status, SCARD_F_COMM_ERROR);
}

static void a_pending_condition_comes_first(void **state)
{
        (void)state;
        SCARDHANDLE card = engine_connect(context, SCARD_SHARE_SHARED);
        SCARDHANDLE other = engine_connect(context, SCARD_SHARE_SHARED);
        DWORD code = feature(card, FEATURE_VERIFY_PIN_DIRECT), len;
        BYTE out[64];
        LONG status;

        assert_status(SCardReconnect(other, SCARD_SHARE_SHARED, BOTH, SCARD_RESET_CARD, NULL),
                      SCARD_S_SUCCESS);
        assert_int_equal(enter(card, code, verify_request, sizeof(verify_request), &status), 0);
        assert_status(status, SCARD_W_RESET_CARD);
        assert_status(SCardControl(card, CM_IOCTL_GET_FEATURE_REQUEST, NULL, 0, out, sizeof(out), &len),
                      SCARD_W_RESET_CARD);
        assert_int_equal(len, 0);
        assert_int_equal(fake_count(reader, FAKE_SECURE), 0);
        assert_int_equal(enter(other, code, verify_request, sizeof(verify_request), &status), 0x9000);
        fake_remove(reader, 0);
        assert_int_equal(enter(other, code, verify_request, sizeof(verify_request), &status), 0);
        assert_status(status, SCARD_W_REMOVED_CARD);
        fake_insert(reader, 0);
        assert_status(SCardReconnect(other, SCARD_SHARE_SHARED, BOTH, SCARD_LEAVE_CARD, NULL),
                      SCARD_S_SUCCESS);
        fake_unplug(reader);
        assert_int_equal(enter(other, code, verify_request, sizeof(verify_request), &status), 0);
        assert_status(status, SCARD_E_READER_UNAVAILABLE);
}

struct waiter {
        SCARDHANDLE card;
        LONG status;
        unsigned sw;
        atomic_bool asleep;
};

static void *wait_to_verify(void *arg)
{
        struct waiter *waiter = arg;

        asleep_keep(&waiter->asleep);
        waiter->sw = verify(waiter->card, &waiter->status);
        return NULL;
}

static void another_transaction_is_waited_for(void **state)
{
        (void)state;
        SCARDHANDLE card = engine_connect(context, SCARD_SHARE_SHARED);
        SCARDHANDLE other = engine_connect(context, SCARD_SHARE_SHARED);
        struct waiter waiter = {.card = card};
        pthread_t thread;
        LONG status;

        assert_status(SCardBeginTransaction(other), SCARD_S_SUCCESS);
        /* A question is answered all the same, and the owner's entry goes ahead; the other entry waits. */
        assert_true(feature(card, FEATURE_VERIFY_PIN_DIRECT) != 0);
        assert_int_equal(verify(other, &status), 0x9000);
        assert_int_equal(pthread_create(&thread, NULL, wait_to_verify, &waiter), 0);
        assert_true(asleep_await(&waiter.asleep));
        assert_int_equal(fake_count(reader, FAKE_SECURE), 1);
        assert_status(SCardEndTransaction(other, SCARD_LEAVE_CARD), SCARD_S_SUCCESS);
        assert_int_equal(pthread_join(thread, NULL), 0);
        assert_int_equal(waiter.sw, 0x9000);
        assert_int_equal(fake_count(reader, FAKE_SECURE), 2);
}

static void a_direct_handle_may_use_the_reader(void **state)
{
        (void)state;
        SCARDHANDLE card = engine_connect(context, SCARD_SHARE_DIRECT);
        BYTE out[16];
        DWORD len;
        LONG status;

        assert_true(feature(card, FEATURE_VERIFY_PIN_DIRECT) != 0);
        /* No card has power: there is nothing to verify against. */
        assert_int_equal(verify(card, &status), 0);
        assert_status(status, SCARD_W_UNPOWERED_CARD);
        fake_remove(reader, 0);
        setenv("ISCARD_ESCAPE", "1", 1);
        reader->escape_answer_len = 3;
        assert_status(SCardControl(card, IOCTL_CCID_ESCAPE, "\x01", 1, out, sizeof(out), &len),
                      SCARD_S_SUCCESS);
        assert_int_equal(len, 3);
}

/* ---- escape */

static void escape_needs_permission(void **state)
{
        (void)state;
        SCARDHANDLE card = engine_connect(context, SCARD_SHARE_SHARED);
        BYTE out[16];
        DWORD len = 9;

        reader->escape_answer_len = 2;
        assert_status(SCardControl(card, IOCTL_CCID_ESCAPE, "\x01", 1, out, sizeof(out), &len),
                      SCARD_E_UNSUPPORTED_FEATURE);
        assert_int_equal(fake_count(reader, FAKE_ESCAPE), 0);
        setenv("ISCARD_ESCAPE", "0", 1);
        assert_status(SCardControl(card, IOCTL_CCID_ESCAPE, "\x01", 1, out, sizeof(out), &len),
                      SCARD_E_UNSUPPORTED_FEATURE);
        assert_int_equal(fake_count(reader, FAKE_ESCAPE), 0);
        setenv("ISCARD_ESCAPE", "1", 1);
        memcpy(reader->escape_answer, "\xAB\xCD", 2);
        assert_status(SCardControl(card, IOCTL_CCID_ESCAPE, "\x01\x02", 2, out, sizeof(out), &len),
                      SCARD_S_SUCCESS);
        assert_int_equal(len, 2);
        assert_memory_equal(out, "\xAB\xCD", 2);
        assert_int_equal(reader->last_len, 2);
        assert_status(SCardControl(card, IOCTL_CCID_ESCAPE, "\x01", 1, out, 1, &len),
                      SCARD_E_INSUFFICIENT_BUFFER);
        assert_int_equal(len, 0);
        assert_status(SCardControl(card, IOCTL_CCID_ESCAPE, out, 65545, out, sizeof(out), &len),
                      SCARD_E_INVALID_PARAMETER);
        reader->escape_answer_len = 0;
        assert_status(SCardControl(card, IOCTL_CCID_ESCAPE, NULL, 0, NULL, 0, &len), SCARD_S_SUCCESS);
}

/* ---- a system that sleeps meanwhile */

/* The reader has no power, and the command fails. */
static void sleeps(struct fake_reader *which, enum fake_op op)
{
        if (op == FAKE_ESCAPE || op == FAKE_SECURE) {
                fake_restart(which);
                which->hook = NULL;
        }
}

static LONG escape(SCARDHANDLE card)
{
        BYTE out[16];
        DWORD len = 9;
        LONG status = SCardControl(card, IOCTL_CCID_ESCAPE, "\x01", 1, out, sizeof(out), &len);

        if (status != SCARD_S_SUCCESS)
                assert_int_equal(len, 0);
        return status;
}

static void a_sleep_in_the_middle_is_a_reset_of_the_card(void **state)
{
        (void)state;
        SCARDHANDLE card = engine_connect(context, SCARD_SHARE_SHARED);
        LONG status;

        setenv("ISCARD_ESCAPE", "1", 1);
        fake_fail(reader, FAKE_ESCAPE, SCARD_F_COMM_ERROR);
        assert_status(escape(card), SCARD_F_COMM_ERROR);
        reader->hook = sleeps;
        assert_status(escape(card), SCARD_W_RESET_CARD);
        assert_status(engine_transmit(card), SCARD_W_RESET_CARD);
        assert_status(SCardReconnect(card, SCARD_SHARE_SHARED, BOTH, SCARD_LEAVE_CARD, NULL),
                      SCARD_S_SUCCESS);
        reader->hook = sleeps;
        assert_int_equal(verify(card, &status), 0);
        assert_status(status, SCARD_W_RESET_CARD);
        assert_status(SCardReconnect(card, SCARD_SHARE_SHARED, BOTH, SCARD_LEAVE_CARD, NULL),
                      SCARD_S_SUCCESS);
        assert_int_equal(verify(card, &status), 0x9000);
}

/* Conditions of the card are not of its concern. */
static void a_direct_handle_gets_the_readers_word_even_then(void **state)
{
        (void)state;
        SCARDHANDLE card = engine_connect(context, SCARD_SHARE_SHARED);

        setenv("ISCARD_ESCAPE", "1", 1);
        assert_status(SCardReconnect(card, SCARD_SHARE_DIRECT, 0, SCARD_LEAVE_CARD, NULL), SCARD_S_SUCCESS);
        fake_fail(reader, FAKE_ESCAPE, SCARD_F_COMM_ERROR);
        reader->hook = sleeps;
        assert_status(escape(card), SCARD_F_COMM_ERROR);
        fake_fail(reader, FAKE_ESCAPE, SCARD_S_SUCCESS);
        assert_status(escape(card), SCARD_S_SUCCESS);
}

/* ---- TPDU level */

static SCARDHANDLE connect_tpdu(const uint8_t *atr, size_t len)
{
        SCardReleaseContext(context);
        reader->info.exchange = IFD_EXCHANGE_TPDU;
        fake_unplug(reader);
        fake_plug(reader);
        if (atr != NULL)
                fake_atr(reader, atr, len);
        context = engine_context();
        return engine_connect(context, SCARD_SHARE_SHARED);
}

static void secure_answers(const char *bytes, size_t len)
{
        memcpy(reader->secure_answer, bytes, len);
        reader->secure_answer_len = len;
}

static void t0_entries_go_as_they_are(void **state)
{
        static const uint8_t t0[] = {0x3B, 0x00};
        LONG status;

        (void)state;
        SCARDHANDLE card = connect_tpdu(t0, sizeof(t0));

        assert_int_equal(verify(card, &status), 0x9000);
        assert_int_equal(reader->last_len, 13);
        assert_int_equal(reader->last_secure.teo_prologue[2], 0);
}

static void t1_entries_carry_the_prologue_of_their_block(void **state)
{
        LONG status;

        (void)state;
        SCARDHANDLE card = connect_tpdu(NULL, 0);

        secure_answers("\x00\x00\x02\x90\x00\x92", 6);
        assert_int_equal(verify(card, &status), 0x9000);
        assert_memory_equal(reader->last_secure.teo_prologue, ((const uint8_t[]){0x00, 0x00, 13}), 3);
        assert_int_equal(reader->last_len, 13);
        /* The next block has the next number, and so has its answer. */
        secure_answers("\x00\x40\x02\x63\xC1\xE0", 6);
        assert_int_equal(verify(card, &status), 0x63C1);
        assert_memory_equal(reader->last_secure.teo_prologue, ((const uint8_t[]){0x00, 0x40, 13}), 3);
        assert_int_equal(fake_count(reader, FAKE_TRANSMIT), 0);
}

static void t1_never_repeats_a_template_without_its_code(void **state)
{
        static const char *const answers[] = {"\x00\x81\x00\x81", /* R-block: the card saw a parity error */
                                              "\x00\x00\x02\x90\x00\x00" /* an answer that is garbled */};
        LONG status;

        (void)state;
        SCARDHANDLE card = connect_tpdu(NULL, 0);

        for (size_t i = 0; i < 2; i++) {
                secure_answers(answers[i], i == 0 ? 4 : 6);
                /* To the host's R-block: once more, please. Not with our block: the code is not in it. */
                memcpy(reader->answer, "\x00\x81\x00\x81", 4);
                reader->answer_len = 4;
                unsigned entries = fake_count(reader, FAKE_SECURE);
                unsigned blocks = fake_count(reader, FAKE_TRANSMIT);

                assert_int_equal(verify(card, &status), 0);
                assert_status(status, SCARD_E_COMM_DATA_LOST);
                assert_int_equal(fake_count(reader, FAKE_SECURE), entries + 1);
                assert_int_equal(fake_count(reader, FAKE_TRANSMIT),
                                 blocks + i); /* for the second, an R-block */
                if (i == 1)
                        assert_int_equal(reader->last[1] & 0xC0, 0x80);
                /* Card and host agree again: S(RESYNCH) leads the next entry. */
                memcpy(reader->answer, "\x00\xE0\x00\xE0", 4);
                secure_answers("\x00\x00\x02\x90\x00\x92", 6);
                assert_int_equal(verify(card, &status), 0x9000);
                SCardDisconnect(card, SCARD_LEAVE_CARD);
                card = connect_tpdu(NULL, 0);
        }
}

static void t1_gives_the_card_the_time_it_asks_for(void **state)
{
        LONG status;

        (void)state;
        SCARDHANDLE card = connect_tpdu(NULL, 0);

        secure_answers("\x00\xC3\x01\x02\xC0", 5); /* S(WTX request), twice BWT */
        memcpy(reader->answer, "\x00\x00\x02\x90\x00\x92", 6);
        reader->answer_len = 6;
        assert_int_equal(verify(card, &status), 0x9000);
        assert_int_equal(fake_count(reader, FAKE_TRANSMIT), 1);
        assert_memory_equal(reader->last, "\x00\xE3\x01\x02\xE0", 5);
        assert_int_equal(fake_count(reader, FAKE_SECURE), 1);
}

static void t1_cancelled_entries_leave_the_card_usable(void **state)
{
        LONG status;

        (void)state;
        SCARDHANDLE card = connect_tpdu(NULL, 0);

        reader->fail[FAKE_SECURE] = SCARD_W_CANCELLED_BY_USER;
        assert_int_equal(verify(card, &status), 0x6401);
        reader->fail[FAKE_SECURE] = 0;
        memcpy(reader->answer, "\x00\xE0\x00\xE0", 4);
        reader->answer_len = 4;
        secure_answers("\x00\x00\x02\x90\x00\x92", 6);
        assert_int_equal(verify(card, &status), 0x9000);
}

static void t1_takes_a_status_word_of_the_readers_own(void **state)
{
        LONG status;

        (void)state;
        SCARDHANDLE card = connect_tpdu(NULL, 0);

        secure_answers("\x64\x03", 2);
        assert_int_equal(verify(card, &status), 0x6403);
        assert_int_equal(fake_count(reader, FAKE_TRANSMIT), 0);
        memcpy(reader->answer, "\x00\xE0\x00\xE0", 4);
        reader->answer_len = 4;
        secure_answers("\x00\x00\x02\x90\x00\x92", 6);
        assert_int_equal(verify(card, &status), 0x9000);
}

static void t1_refuses_what_is_longer_than_one_block(void **state)
{
        BYTE request[VERIFY_HEAD + 45];
        LONG status;

        (void)state;
        SCARDHANDLE card = connect_tpdu(NULL, 0); /* IFSC 32 */

        memset(request, 0, sizeof(request));
        memcpy(request, verify_request, VERIFY_HEAD + 5);
        request[15] = 45;
        request[VERIFY_HEAD + 4] = 40;
        assert_int_equal(
            enter(card, feature(card, FEATURE_VERIFY_PIN_DIRECT), request, sizeof(request), &status), 0);
        assert_status(status, SCARD_E_INVALID_PARAMETER);
        assert_int_equal(fake_count(reader, FAKE_SECURE), 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test_setup_teardown(features_are_those_of_the_reader, set_up, tear_down),
            cmocka_unit_test_setup_teardown(a_reader_without_keys_has_no_pin_features, set_up, tear_down),
            cmocka_unit_test_setup_teardown(answers_follow_the_habit_of_buffers, set_up, tear_down),
            cmocka_unit_test_setup_teardown(wrong_arguments_send_nothing, set_up, tear_down),
            cmocka_unit_test_setup_teardown(an_entry_reaches_the_reader_as_it_was_asked_for, set_up,
                                            tear_down),
            cmocka_unit_test_setup_teardown(what_the_card_holder_did_is_a_status_word, set_up, tear_down),
            cmocka_unit_test_setup_teardown(a_pending_condition_comes_first, set_up, tear_down),
            cmocka_unit_test_setup_teardown(another_transaction_is_waited_for, set_up, tear_down),
            cmocka_unit_test_setup_teardown(a_direct_handle_may_use_the_reader, set_up, tear_down),
            cmocka_unit_test_setup_teardown(escape_needs_permission, set_up, tear_down),
            cmocka_unit_test_setup_teardown(a_sleep_in_the_middle_is_a_reset_of_the_card, set_up, tear_down),
            cmocka_unit_test_setup_teardown(a_direct_handle_gets_the_readers_word_even_then, set_up,
                                            tear_down),
            cmocka_unit_test_setup_teardown(t0_entries_go_as_they_are, set_up, tear_down),
            cmocka_unit_test_setup_teardown(t1_entries_carry_the_prologue_of_their_block, set_up, tear_down),
            cmocka_unit_test_setup_teardown(t1_never_repeats_a_template_without_its_code, set_up, tear_down),
            cmocka_unit_test_setup_teardown(t1_gives_the_card_the_time_it_asks_for, set_up, tear_down),
            cmocka_unit_test_setup_teardown(t1_cancelled_entries_leave_the_card_usable, set_up, tear_down),
            cmocka_unit_test_setup_teardown(t1_takes_a_status_word_of_the_readers_own, set_up, tear_down),
            cmocka_unit_test_setup_teardown(t1_refuses_what_is_longer_than_one_block, set_up, tear_down),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
