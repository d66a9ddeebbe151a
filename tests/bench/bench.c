/*
 * bench.c - the figures of the library on the usb tier. Against the least libusb program that does the same on the
 * same emulated reader: asynchronous transfers, the IN one first (tests/usb/raw.c). Against pcscd with libccid
 * on a reader like it (pcscd.c). All take turns, round by round; medians of all samples. And against the least
 * that the protocols allow (wire.c). Exit status 0: within every limit.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COBJMACROS
#include <oleauto.h>
#include <scardcom.h>
#include <winscard.h>

#include "heap.h"
#include "measure.h"
#include "peer.h"
#include "raw.h"
#include "table.h"
#include "testbed.h"
#include "wire.h"

#define ROUNDS    40
#define PER_ROUND 500
#define WARM_UP   50
#define COUNTED   100 /* commands of a round whose heap allocations are counted */
#define SAMPLES   (ROUNDS * PER_ROUND)

#define LIMIT_RATIO         1.5
#define LIMIT_MESSAGES      3
#define LIMIT_PEER_TIME     0.25
#define LIMIT_PEER_MESSAGES 0.5
#define LIMIT_WIRE          1.05

/* Only the first is plugged in while the time of commands is taken. */
#define READER_SHORT    "level=short-apdu"
#define READER_EXTENDED "level=extended-apdu"
#define READER_TPDU     "level=tpdu,protocol=t1"
#define READER_COMMON   "level=tpdu,protocol=t1,auto=clock+baud"
#define READER_BARE     "level=tpdu,protocol=t1,auto=none"
#define REAL            ",timing=real"
#define READERS                                                                                              \
        READER_SHORT ";" READER_EXTENDED ";" READER_TPDU ";" READER_COMMON ";" READER_BARE                   \
                     ";" READER_BARE REAL ";" READER_EXTENDED REAL ";" READER_EXTENDED ",maxmsg=271" REAL

enum reader {
        AT_SHORT,
        AT_EXTENDED,
        AT_TPDU,
        AT_COMMON,
        AT_BARE,
        AT_BARE_REAL,
        AT_EXTENDED_REAL,
        AT_CHAINED_REAL,
        AT_COUNT
};

enum figure { CHALLENGE_ENGINE, CHALLENGE_RAW, VERIFY_OBJECT, VERIFY_RAW, CHALLENGE_PCSCD, FIGURES };

static const uint8_t challenge_apdu[] = {0x00, 0x84, 0x00, 0x00, 0x08};
static const uint8_t verify_apdu[] = {0x00, 0x20, 0x00, 0x01, 0x04, '1', '2', '3', '4'};

static uint32_t samples[FIGURES][SAMPLES]; /* ns */
static unsigned counts[FIGURES];
static struct raw raw;
static struct heap_counts heap;
static unsigned long heap_commands;
static uint32_t messages_to_first_answer;
static struct peer peer;

static void keep(enum figure figure, uint64_t ns)
{
        samples[figure][counts[figure]++] = ns > UINT32_MAX ? UINT32_MAX : (uint32_t)ns;
}

static uint32_t bulk_out_count(void)
{
        struct usbtier_counts c;
        if (!testbed_node()->counts(0, &c))
                measure_die("counts", 0);
        return c.bulk_out;
}

/* ---- the raw program */

static void raw_command(const uint8_t *apdu, size_t apdu_len, size_t answer_len)
{
        const uint8_t *answer;
        size_t len;
        measure_must("raw", raw_transmit(&raw, apdu, apdu_len, &answer, &len));
        if (len != answer_len || answer[len - 2] != 0x90)
                measure_die("raw answer", (long)len);
}

static void raw_measure(enum figure figure, const uint8_t *apdu, size_t apdu_len, size_t answer_len)
{
        for (unsigned i = 0; i < WARM_UP; i++)
                raw_command(apdu, apdu_len, answer_len);
        for (unsigned i = 0; i < PER_ROUND; i++) {
                uint64_t start = measure_now_ns();
                raw_command(apdu, apdu_len, answer_len);
                keep(figure, measure_now_ns() - start);
        }
}

static void raw_round(void)
{
        struct usbtier_reader reader;
        const uint8_t *atr;
        size_t len;
        if (!testbed_node()->describe(0, &reader))
                measure_die("reader", 0);
        measure_must("raw open", raw_open(&raw, reader.bus, reader.address));
        measure_must("raw power on", raw_power_on(&raw, &atr, &len));
        raw_measure(CHALLENGE_RAW, challenge_apdu, sizeof(challenge_apdu), 10);
        raw_measure(VERIFY_RAW, verify_apdu, sizeof(verify_apdu), 2);
        raw_close(&raw);
}

/* ---- the library */

/* A counter that sees nothing would be content with anything. */
static void check_heap_counter(void)
{
        heap_count_start();
        void *volatile block = malloc(16);
        struct heap_counts used = heap_count_stop();
        free(block);
        if (used.ours != 1)
                measure_die("the heap counter does not count", (long)used.ours);
}

static void add_heap(struct heap_counts used, unsigned commands)
{
        heap.ours += used.ours;
        heap.libusb += used.libusb;
        heap.reader += used.reader;
        heap_commands += commands;
}

static void engine_command(SCARDHANDLE card)
{
        uint8_t answer[258];
        DWORD len = sizeof(answer);
        measure_must("SCardTransmit",
                     SCardTransmit(card, NULL, challenge_apdu, sizeof(challenge_apdu), NULL, answer, &len));
        if (len != 10 || answer[8] != 0x90)
                measure_die("answer", (long)len);
}

static void engine_measure(SCARDHANDLE card)
{
        for (unsigned i = 0; i < WARM_UP; i++)
                engine_command(card);
        for (unsigned i = 0; i < PER_ROUND; i++) {
                uint64_t start = measure_now_ns();
                engine_command(card);
                keep(CHALLENGE_ENGINE, measure_now_ns() - start);
        }
        heap_count_start(); /* apart from the timing: counting costs time */
        for (unsigned i = 0; i < COUNTED; i++)
                engine_command(card);
        add_heap(heap_count_stop(), COUNTED);
}

static void object_measure(ISCardVerify *verify, IByteBuffer *code)
{
        for (unsigned i = 0; i < WARM_UP; i++)
                measure_must("Verify", ISCardVerify_Verify(verify, code, SC_FL_IHV_GLOBAL, 1));
        for (unsigned i = 0; i < PER_ROUND; i++) {
                uint64_t start = measure_now_ns();
                measure_must("Verify", ISCardVerify_Verify(verify, code, SC_FL_IHV_GLOBAL, 1));
                keep(VERIFY_OBJECT, measure_now_ns() - start);
        }
        heap_count_start();
        for (unsigned i = 0; i < COUNTED; i++)
                measure_must("Verify", ISCardVerify_Verify(verify, code, SC_FL_IHV_GLOBAL, 1));
        add_heap(heap_count_stop(), COUNTED);
}

static void object_round(SCARDHANDLE card)
{
        ISCardManage *manage;
        ISCardVerify *verify;
        IByteBuffer *code;
        BYTE bytes[] = {'1', '2', '3', '4'};
        measure_must("manager", CoCreateInstance(&CLSID_SCardManage, NULL, CLSCTX_INPROC_SERVER,
                                                 &IID_ISCardManage, (void **)&manage));
        measure_must("buffer", CoCreateInstance(&CLSID_ByteBuffer, NULL, CLSCTX_INPROC_SERVER,
                                                &IID_IByteBuffer, (void **)&code));
        measure_must("Initialize", IByteBuffer_Initialize(code, sizeof(bytes), bytes));
        measure_must("AttachByHandle", ISCardManage_AttachByHandle(manage, card));
        measure_must("CreateCHVerification", ISCardManage_CreateCHVerification(manage, &verify));
        object_measure(verify, code);
        (void)ISCardVerify_Release(verify);
        measure_must("Detach", ISCardManage_Detach(manage));
        (void)ISCardManage_Release(manage);
        (void)IByteBuffer_Release(code);
}

static void library_round(void)
{
        SCARDCONTEXT context;
        SCARDHANDLE card;
        DWORD protocol;
        char names[512];
        DWORD len = sizeof(names);
        measure_must("SCardEstablishContext", SCardEstablishContext(SCARD_SCOPE_USER, NULL, NULL, &context));
        measure_must("SCardListReaders", SCardListReadersA(context, NULL, names, &len));
        uint32_t before = bulk_out_count();
        measure_must("SCardConnect",
                     SCardConnectA(context, names, SCARD_SHARE_SHARED, SCARD_PROTOCOL_Tx, &card, &protocol));
        engine_command(card);
        uint32_t messages = bulk_out_count() - before;
        if (messages > messages_to_first_answer)
                messages_to_first_answer = messages;
        engine_measure(card);
        object_round(card);
        measure_must("SCardDisconnect", SCardDisconnect(card, SCARD_UNPOWER_CARD));
        measure_must("SCardReleaseContext", SCardReleaseContext(context));
}

/* ---- pcscd beside us */

static void peer_round(void)
{
        peer_measure(&peer, samples[CHALLENGE_PCSCD] + counts[CHALLENGE_PCSCD]);
        counts[CHALLENGE_PCSCD] += PCSCD_ROUND;
}

/* ---- the report */

static double median_us(enum figure figure)
{
        return measure_median(samples[figure], counts[figure]) / 1000;
}

static void report_speed(void)
{
        char note[128];
        const double commands = (double)heap_commands;
        table_section("Short APDU, medians in us", "raw libusb");
        table_ratio("GET CHALLENGE: SCardTransmit", median_us(CHALLENGE_ENGINE), median_us(CHALLENGE_RAW),
                    LIMIT_RATIO);
        table_ratio("VERIFY: ISCardVerify::Verify", median_us(VERIFY_OBJECT), median_us(VERIFY_RAW),
                    LIMIT_RATIO);
        table_value("heap allocations per command", (double)heap.ours / commands, 0);
        (void)snprintf(note, sizeof(note),
                       "in %lu commands; libusb itself %.2f (the raw program too), the virtual reader %.2f",
                       heap_commands, (double)heap.libusb / commands, (double)heap.reader / commands);
        table_note(note);
        table_value("messages out, SCardConnect to first APDU answer", messages_to_first_answer,
                    LIMIT_MESSAGES);
}

/* From plug-in to the first APDU's answer, both ways. A new pcscd for each, as for it to plug in is to start. */
static void report_messages(struct testbed *testbed)
{
        static const struct {
                enum reader reader;
                const char *readers, *what;
                double limit;
        } rows[] = {
            {AT_SHORT, READER_SHORT, "messages to first answer, short APDU", LIMIT_PEER_MESSAGES},
            {AT_EXTENDED, READER_EXTENDED, "  extended APDU", LIMIT_PEER_MESSAGES},
            {AT_TPDU, READER_TPDU, "  TPDU T=1, all automatic", LIMIT_PEER_MESSAGES},
            {AT_COMMON, READER_COMMON, "  TPDU T=1, clock and baud rate automatic", LIMIT_PEER_MESSAGES},
            {AT_BARE, READER_BARE, "  TPDU T=1, nothing automatic", LIMIT_PEER_MESSAGES},
        };
        for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                struct wire ours;
                struct peer other;
                wire_first_answer(testbed, rows[i].reader, &ours);
                if (peer_start(&other, rows[i].readers))
                        table_ratio(rows[i].what, (double)ours.messages,
                                    (double)other.start.bulk_out + other.start.bulk_in, rows[i].limit);
                peer_stop(&other);
        }
}

static void report_peer(struct testbed *testbed)
{
        table_section("Beside pcscd", "pcscd+libccid");
        if (peer.start.can_run == 0) {
                table_skipped("pcscd with libccid", peer.start.problem);
                return;
        }
        table_ratio("GET CHALLENGE, us: SCardTransmit", median_us(CHALLENGE_ENGINE),
                    median_us(CHALLENGE_PCSCD), LIMIT_PEER_TIME);
        report_messages(testbed);
}

static void report_wire(struct testbed *testbed, const char *title, const struct wire_reading *reading)
{
        struct wire used;
        struct wire least;
        wire_read(testbed, reading, &used, &least);
        table_section(title, "minimum");
        table_ratio("bulk messages, both ways", (double)used.messages, (double)least.messages, LIMIT_WIRE);
        table_ratio("bytes in them", (double)used.usb_bytes, (double)least.usb_bytes, LIMIT_WIRE);
        if (reading->tpdu)
                table_ratio("bytes on the card's line", (double)used.card_bytes, (double)least.card_bytes,
                            LIMIT_WIRE);
        table_ratio("time in ms, against the card's line alone", (double)used.us / 1000,
                    (double)least.us / 1000, TABLE_NO_LIMIT);
}

static void report_reading(struct testbed *testbed)
{
        static const struct wire_reading tpdu = {AT_BARE_REAL, true, 271, 256};
        static const struct wire_reading chain = {AT_BARE_REAL, true, 271, 32768};
        static const struct wire_reading extended = {AT_EXTENDED_REAL, false, 65554, 32768};
        static const struct wire_reading chained = {AT_CHAINED_REAL, false, 271, 32768};
        report_wire(testbed, "32 KB, TPDU T=1, nothing automatic, Le 256", &tpdu);
        report_wire(testbed, "32 KB, the same, one extended command", &chain);
        report_wire(testbed, "32 KB, extended APDU, messages of 65,554", &extended);
        report_wire(testbed, "32 KB, extended APDU, messages of 271", &chained);
}

int main(int argc, char **argv)
{
        (void)argc;
        testbed_enter(argv, READERS);
        struct testbed *testbed = testbed_create();
        for (unsigned reader = AT_SHORT + 1; reader < AT_COUNT; reader++)
                testbed_unplug(testbed, reader);
        check_heap_counter();
        const bool beside = peer_start(&peer, READER_SHORT);
        measure_must("CoInitialize", CoInitialize(NULL));
        for (unsigned round = 0; round < ROUNDS; round++) {
                raw_round();
                library_round();
                if (beside)
                        peer_round();
        }
        CoUninitialize();
        testbed_unplug(testbed, AT_SHORT);
        report_speed();
        report_peer(testbed);
        peer_stop(&peer);
        report_reading(testbed);
        testbed_destroy(testbed);
        (void)printf("\n%d rounds of %d commands each for the medians; %d over their limit\n", ROUNDS,
                     PER_ROUND, table_over());
        return table_exit();
}
