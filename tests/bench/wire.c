#include <string.h>
#include <time.h>

#include <winscard.h>

#include "measure.h"
#include "wire.h"

#define FILE_LEN  32768u
#define LIMIT_NS  5000000000ull
#define NAMES_MAX 1024

/* CCID 1.1 6.1, 6.2: bytes of a message before its data; data of the parameters for T=1, of the data rate */
#define HEADER     10u
#define PARAMETERS 7u
#define CLOCK_RATE 8u
/* ISO/IEC 7816-3 11.3: NAD, PCB, LEN, and the LRC; bytes of information in the longest block */
#define FRAME       4u
#define IFS         254u
#define PPS         4u /* PPSS PPS0 PPS1 PCK. 9.2 */
#define STATUS_WORD 2u

static const uint8_t challenge[] = {0x00, 0x84, 0x00, 0x00, 0x08};
static const uint8_t select_file[] = {0x00, 0xA4, 0x00, 0x0C, 0x02, 0x2F, 0x20};

struct session {
        SCARDCONTEXT context;
        SCARDHANDLE card;
        size_t atr_len;
};

/* ---- the card, through the library */

static void transmit(const struct session *session, const uint8_t *apdu, size_t apdu_len, uint8_t *answer,
                     size_t expected)
{
        DWORD len = (DWORD)(expected + STATUS_WORD);
        measure_must("SCardTransmit",
                     SCardTransmit(session->card, NULL, apdu, (DWORD)apdu_len, NULL, answer, &len));
        if (len != expected + STATUS_WORD || answer[expected] != 0x90)
                measure_die("answer", (long)len);
}

static void open_session(struct testbed *testbed, unsigned reader, struct session *session)
{
        char names[NAMES_MAX];
        BYTE atr[33];
        DWORD protocol;
        DWORD atr_len = sizeof(atr);
        LONG status = SCARD_E_NO_READERS_AVAILABLE;
        const uint64_t until = measure_now_ns() + LIMIT_NS;
        measure_must("SCardEstablishContext",
                     SCardEstablishContext(SCARD_SCOPE_USER, NULL, NULL, &session->context));
        testbed_plug(testbed, reader);
        while (status != SCARD_S_SUCCESS) {
                const struct timespec pause = {.tv_nsec = 1000000};
                DWORD len = sizeof(names);
                if (measure_now_ns() > until)
                        measure_die("the reader does not show", status);
                status = SCardListReadersA(session->context, NULL, names, &len);
                if (status != SCARD_S_SUCCESS)
                        (void)nanosleep(&pause, NULL);
        }
        measure_must("SCardConnect", SCardConnectA(session->context, names, SCARD_SHARE_SHARED,
                                                   SCARD_PROTOCOL_Tx, &session->card, &protocol));
        measure_must("SCardStatus", SCardStatusA(session->card, NULL, NULL, NULL, NULL, atr, &atr_len));
        session->atr_len = atr_len;
}

static void close_session(struct testbed *testbed, unsigned reader, const struct session *session)
{
        measure_must("SCardDisconnect", SCardDisconnect(session->card, SCARD_UNPOWER_CARD));
        measure_must("SCardReleaseContext", SCardReleaseContext(session->context));
        testbed_unplug(testbed, reader);
}

static void look(unsigned reader, struct wire *now)
{
        struct usbtier_counts c;
        if (!testbed_node()->counts(reader, &c))
                measure_die("counts", 0);
        *now = (struct wire){.messages = (uint64_t)c.bulk_out + c.bulk_in,
                             .usb_bytes = c.bulk_out_bytes + c.bulk_in_bytes,
                             .card_bytes = c.card_bytes,
                             .card_us = c.card_us};
}

/* What was used since before; the card's line is counted on over the plug. */
static void subtract(struct wire *now, const struct wire *before)
{
        now->card_bytes -= before->card_bytes;
        now->card_us -= before->card_us;
}

void wire_first_answer(struct testbed *testbed, unsigned reader, struct wire *used)
{
        struct session session;
        struct wire before;
        uint8_t answer[8 + STATUS_WORD];
        look(reader, &before);
        open_session(testbed, reader, &session);
        transmit(&session, challenge, sizeof(challenge), answer, 8);
        look(reader, used);
        subtract(used, &before);
        close_session(testbed, reader, &session);
}

/* ---- 32 KB */

/* READ BINARY. Case 2: Le 00 is 256; extended: 00, then two bytes. ISO/IEC 7816-3 12.1.3 */
static size_t read_binary(uint8_t apdu[7], unsigned offset, unsigned le)
{
        const uint8_t header[] = {0x00, 0xB0, (uint8_t)(offset >> 8), (uint8_t)offset};
        memcpy(apdu, header, sizeof(header));
        if (le <= 256) {
                apdu[4] = (uint8_t)le;
                return 5;
        }
        apdu[4] = 0;
        apdu[5] = (uint8_t)(le >> 8);
        apdu[6] = (uint8_t)le;
        return 7;
}

static void read_file(const struct session *session, unsigned le)
{
        static uint8_t answer[FILE_LEN + STATUS_WORD];
        uint8_t apdu[7];
        transmit(session, select_file, sizeof(select_file), answer, 0);
        for (unsigned offset = 0; offset < FILE_LEN; offset += le) {
                transmit(session, apdu, read_binary(apdu, offset, le), answer, le);
                for (unsigned i = 0; i < le; i++) {
                        const unsigned at = offset + i;
                        if (answer[i] != (uint8_t)(at ^ at >> 8)) /* the file's content */
                                measure_die("a byte of the file", (long)at);
                }
        }
}

/* ---- the least */

/* One message each way. */
static void add_messages(struct wire *least, size_t out, size_t in)
{
        least->messages += 2;
        least->usb_bytes += HEADER + out + HEADER + in;
}

/* The same with data that the reader hands on as they are. */
static void add_blocks(struct wire *least, size_t out, size_t in)
{
        add_messages(least, out, in);
        least->card_bytes += out + in;
}

/*
 * T=1 at TPDU level, one XfrBlock for each block and the card's behind it. A command of at most IFSC bytes is one
 * I-block. An answer of n bytes is ceil(n / IFSD) I-blocks: the first answers the command's, and each of the
 * others an R-block, as a block of a chain is acknowledged before the next one comes. ISO/IEC 7816-3 11.6.2.2
 * (rule 2.2), 11.6.2.3
 */
static void add_t1(struct wire *least, size_t command_len, size_t answer_len)
{
        size_t sent = FRAME + command_len;
        for (size_t left = answer_len; left > 0;) {
                const size_t n = left < IFS ? left : IFS;
                add_blocks(least, sent, FRAME + n);
                left -= n;
                sent = FRAME;
        }
}

/*
 * Extended APDU level, CCID 1.1 6.1.4: the command in one message where it fits, which all of these do; the answer
 * in pieces of dwMaxCCIDMessageLength, each but the first asked for by an empty XfrBlock. The reader and the
 * card talk T=1 as above, out of our reach.
 */
static void add_apdu(struct wire *least, size_t maximum, size_t command_len, size_t answer_len)
{
        size_t sent = command_len;
        for (size_t left = answer_len; left > 0;) {
                const size_t n = left < maximum - HEADER ? left : maximum - HEADER;
                add_messages(least, sent, n);
                left -= n;
                sent = 0;
        }
}

/*
 * What every reader needs: IccPowerOn, with the ATR. Where nothing is automatic (dwFeatures, table 5.1-1) the host
 * has to have the rest done before T=1 can run at the card's speed and with IFSD 254: PPS (no 0x40, 0x80),
 * SetParameters (no 0x02), SetDataRateAndClockFrequency (no 0x10, 0x20) and S(IFS) (no 0x400).
 */
static void add_activation(struct wire *least, bool tpdu, size_t atr_len)
{
        add_messages(least, 0, atr_len);
        least->card_bytes += atr_len;
        if (!tpdu)
                return;
        add_blocks(least, PPS, PPS);
        add_messages(least, PARAMETERS, PARAMETERS);
        add_messages(least, CLOCK_RATE, CLOCK_RATE);
        add_blocks(least, FRAME + 1, FRAME + 1);
}

static void add_command(struct wire *least, const struct wire_reading *reading, size_t command_len,
                        size_t answer_len)
{
        if (reading->tpdu)
                add_t1(least, command_len, answer_len);
        else
                add_apdu(least, reading->maximum, command_len, answer_len);
}

static void add_all(struct wire *least, const struct wire_reading *reading, size_t atr_len)
{
        uint8_t apdu[7];
        memset(least, 0, sizeof(*least));
        add_activation(least, reading->tpdu, atr_len);
        add_command(least, reading, sizeof(select_file), STATUS_WORD);
        for (unsigned offset = 0; offset < FILE_LEN; offset += reading->le)
                add_command(least, reading, read_binary(apdu, offset, reading->le),
                            reading->le + STATUS_WORD);
}

void wire_read(struct testbed *testbed, const struct wire_reading *reading, struct wire *used,
               struct wire *least)
{
        struct session session;
        struct wire before;
        struct wire connected;
        look(reading->reader, &before);
        open_session(testbed, reading->reader, &session);
        look(reading->reader, &connected);
        const uint64_t from = measure_now_ns();
        read_file(&session, reading->le);
        const uint64_t until = measure_now_ns();
        look(reading->reader, used);
        add_all(least, reading, session.atr_len);
        least->us = used->card_us - connected.card_us;
        subtract(used, &before);
        used->us = (until - from) / 1000;
        close_session(testbed, reading->reader, &session);
}
