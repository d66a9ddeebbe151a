/*
 * bench.c - the figures of the library on the usb tier, against the least libusb program that does the same
 * on the same emulated reader: asynchronous transfers, the IN one first (tests/usb/raw.c). Both take turns on
 * it, round by round; medians of all samples. Exit status 0: within every limit.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define COBJMACROS
#include <oleauto.h>
#include <scardcom.h>
#include <winscard.h>

#include "heap.h"
#include "raw.h"
#include "testbed.h"

#define ROUNDS    40
#define PER_ROUND 500
#define WARM_UP   50
#define COUNTED   100 /* commands of a round whose heap allocations are counted */
#define SAMPLES   (ROUNDS * PER_ROUND)

#define LIMIT_RATIO    1.5
#define LIMIT_MESSAGES 3

enum figure { CHALLENGE_ENGINE, CHALLENGE_RAW, VERIFY_OBJECT, VERIFY_RAW, FIGURES };

static const uint8_t challenge_apdu[] = {0x00, 0x84, 0x00, 0x00, 0x08};
static const uint8_t verify_apdu[] = {0x00, 0x20, 0x00, 0x01, 0x04, '1', '2', '3', '4'};

static uint32_t samples[FIGURES][SAMPLES]; /* ns */
static unsigned counts[FIGURES];
static struct raw raw;
static struct heap_counts heap;
static unsigned long heap_commands;
static uint32_t messages_to_first_answer;

static _Noreturn void die(const char *what, long code)
{
        (void)fprintf(stderr, "bench: %s: 0x%08lX\n", what, (unsigned long)code & 0xFFFFFFFFu);
        exit(EXIT_FAILURE);
}

static void must(const char *what, long code)
{
        if (code != 0)
                die(what, code);
}

static uint64_t now_ns(void)
{
        struct timespec now;
        (void)clock_gettime(CLOCK_MONOTONIC, &now);
        return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void keep(enum figure figure, uint64_t ns)
{
        samples[figure][counts[figure]++] = ns > UINT32_MAX ? UINT32_MAX : (uint32_t)ns;
}

static uint32_t bulk_out_count(void)
{
        struct usbtier_counts c;
        if (!testbed_node()->counts(0, &c))
                die("counts", 0);
        return c.bulk_out;
}

/* ---- the raw program */

static void raw_command(const uint8_t *apdu, size_t apdu_len, size_t answer_len)
{
        const uint8_t *answer;
        size_t len;
        must("raw", raw_transmit(&raw, apdu, apdu_len, &answer, &len));
        if (len != answer_len || answer[len - 2] != 0x90)
                die("raw answer", (long)len);
}

static void raw_measure(enum figure figure, const uint8_t *apdu, size_t apdu_len, size_t answer_len)
{
        for (unsigned i = 0; i < WARM_UP; i++)
                raw_command(apdu, apdu_len, answer_len);
        for (unsigned i = 0; i < PER_ROUND; i++) {
                uint64_t start = now_ns();
                raw_command(apdu, apdu_len, answer_len);
                keep(figure, now_ns() - start);
        }
}

static void raw_round(void)
{
        struct usbtier_reader reader;
        const uint8_t *atr;
        size_t len;
        if (!testbed_node()->describe(0, &reader))
                die("reader", 0);
        must("raw open", raw_open(&raw, reader.bus, reader.address));
        must("raw power on", raw_power_on(&raw, &atr, &len));
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
                die("the heap counter does not count", (long)used.ours);
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
        must("SCardTransmit",
             SCardTransmit(card, NULL, challenge_apdu, sizeof(challenge_apdu), NULL, answer, &len));
        if (len != 10 || answer[8] != 0x90)
                die("answer", (long)len);
}

static void engine_measure(SCARDHANDLE card)
{
        for (unsigned i = 0; i < WARM_UP; i++)
                engine_command(card);
        for (unsigned i = 0; i < PER_ROUND; i++) {
                uint64_t start = now_ns();
                engine_command(card);
                keep(CHALLENGE_ENGINE, now_ns() - start);
        }
        heap_count_start(); /* apart from the timing: counting costs time */
        for (unsigned i = 0; i < COUNTED; i++)
                engine_command(card);
        add_heap(heap_count_stop(), COUNTED);
}

static void object_measure(ISCardVerify *verify, IByteBuffer *code)
{
        for (unsigned i = 0; i < WARM_UP; i++)
                must("Verify", ISCardVerify_Verify(verify, code, SC_FL_IHV_GLOBAL, 1));
        for (unsigned i = 0; i < PER_ROUND; i++) {
                uint64_t start = now_ns();
                must("Verify", ISCardVerify_Verify(verify, code, SC_FL_IHV_GLOBAL, 1));
                keep(VERIFY_OBJECT, now_ns() - start);
        }
        heap_count_start();
        for (unsigned i = 0; i < COUNTED; i++)
                must("Verify", ISCardVerify_Verify(verify, code, SC_FL_IHV_GLOBAL, 1));
        add_heap(heap_count_stop(), COUNTED);
}

static void object_round(SCARDHANDLE card)
{
        ISCardManage *manage;
        ISCardVerify *verify;
        IByteBuffer *code;
        BYTE bytes[] = {'1', '2', '3', '4'};
        must("manager", CoCreateInstance(&CLSID_SCardManage, NULL, CLSCTX_INPROC_SERVER, &IID_ISCardManage,
                                         (void **)&manage));
        must("buffer", CoCreateInstance(&CLSID_ByteBuffer, NULL, CLSCTX_INPROC_SERVER, &IID_IByteBuffer,
                                        (void **)&code));
        must("Initialize", IByteBuffer_Initialize(code, sizeof(bytes), bytes));
        must("AttachByHandle", ISCardManage_AttachByHandle(manage, card));
        must("CreateCHVerification", ISCardManage_CreateCHVerification(manage, &verify));
        object_measure(verify, code);
        (void)ISCardVerify_Release(verify);
        must("Detach", ISCardManage_Detach(manage));
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
        must("SCardEstablishContext", SCardEstablishContext(SCARD_SCOPE_USER, NULL, NULL, &context));
        must("SCardListReaders", SCardListReadersA(context, NULL, names, &len));
        uint32_t before = bulk_out_count();
        must("SCardConnect",
             SCardConnectA(context, names, SCARD_SHARE_SHARED, SCARD_PROTOCOL_Tx, &card, &protocol));
        engine_command(card);
        uint32_t messages = bulk_out_count() - before;
        if (messages > messages_to_first_answer)
                messages_to_first_answer = messages;
        engine_measure(card);
        object_round(card);
        must("SCardDisconnect", SCardDisconnect(card, SCARD_UNPOWER_CARD));
        must("SCardReleaseContext", SCardReleaseContext(context));
}

/* ---- the report */

static int compare(const void *a, const void *b)
{
        uint32_t left = *(const uint32_t *)a;
        uint32_t right = *(const uint32_t *)b;
        return left < right ? -1 : left > right;
}

static double median_us(enum figure figure)
{
        qsort(samples[figure], counts[figure], sizeof(samples[figure][0]), compare);
        const uint32_t middle = counts[figure] / 2;
        return samples[figure][middle] / 1000.0;
}

static const char *verdict(bool within, int *over)
{
        if (!within)
                ++*over;
        return within ? "ok" : "OVER";
}

static void report_ratio(const char *what, enum figure ours, enum figure reference, int *over)
{
        double ours_us = median_us(ours);
        double reference_us = median_us(reference);
        double ratio = reference_us > 0 ? ours_us / reference_us : 0;
        (void)printf("%-46s %7.2f %9.2f  %-4s  %.2f us against %.2f us\n", what, LIMIT_RATIO, ratio,
                     verdict(ratio > 0 && ratio <= LIMIT_RATIO, over), ours_us, reference_us);
}

static int report(void)
{
        int over = 0;
        (void)printf("%-46s %7s %9s\n", "usb tier, short APDU, medians", "limit", "measured");
        report_ratio("GET CHALLENGE: SCardTransmit / raw libusb", CHALLENGE_ENGINE, CHALLENGE_RAW, &over);
        report_ratio("VERIFY: ISCardVerify::Verify / raw libusb", VERIFY_OBJECT, VERIFY_RAW, &over);
        (void)printf("%-46s %7d %9.2f  %-4s  %lu in %lu commands\n", "heap allocations per command", 0,
                     (double)heap.ours / (double)heap_commands, verdict(heap.ours == 0, &over), heap.ours,
                     heap_commands);
        (void)printf("%-46s %7s %9.2f        in libusb_submit_transfer; the raw program has the same\n",
                     "  libusb's own", "", (double)heap.libusb / (double)heap_commands);
        (void)printf("%-46s %7s %9.2f\n", "  the virtual reader's own", "",
                     (double)heap.reader / (double)heap_commands);
        (void)printf("%-46s %7d %9u  %s\n", "messages out, open to first APDU answer", LIMIT_MESSAGES,
                     (unsigned)messages_to_first_answer,
                     verdict(messages_to_first_answer <= LIMIT_MESSAGES, &over));
        (void)printf("%d rounds each, %d commands a round\n", ROUNDS, PER_ROUND);
        return over == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(int argc, char **argv)
{
        (void)argc;
        testbed_enter(argv, "level=short-apdu");
        struct testbed *testbed = testbed_create();
        check_heap_counter();
        must("CoInitialize", CoInitialize(NULL));
        for (unsigned round = 0; round < ROUNDS; round++) {
                raw_round();
                library_round();
        }
        CoUninitialize();
        testbed_destroy(testbed);
        return report();
}
