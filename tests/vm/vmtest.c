/*
 * vmtest - the driver on a real kernel, against a reader and a card that are not ours (QEMU's usb-ccid: TPDU
 * level, T=0). Runs in the guest; asks for a hand (card out, reader out) on the serial port in argv[1].
 * Prints TAP.
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define COBJMACROS
#include <initguid.h>
#include <objbase.h>
#include <oleauto.h>
#include <scardcom.h>
#include <winscard.h>

static int port = -1;
static unsigned points, failures;
static unsigned lost; /* commands that were repeated: see transmit */
static char reader_name[256];

static void point(int good, const char *where, const char *what, LONG code)
{
        points++;
        if (!good)
                failures++;
        printf("%sok %u - %s: %s (0x%08X)\n", good ? "" : "not ", points, where, what, (unsigned)code);
        fflush(stdout);
}

static unsigned now_ms(void)
{
        struct timespec now;
        clock_gettime(CLOCK_MONOTONIC, &now);
        return (unsigned)((unsigned long)now.tv_sec * 1000u + (unsigned long)now.tv_nsec / 1000000u);
}

static void nap(unsigned ms)
{
        struct timespec wait = {.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000};
        nanosleep(&wait, NULL);
}

/* Asks the host and waits for its "ok". */
static int ask(const char *words)
{
        char line[128], answer[16] = "";
        size_t len = 0;
        int n = snprintf(line, sizeof line, "%s\n", words);
        if (write(port, line, (size_t)n) != n)
                return 0;
        while (len < sizeof answer - 1 && (len == 0 || answer[len - 1] != '\n')) {
                if (read(port, answer + len, 1) != 1)
                        return 0;
                len++;
        }
        return strncmp(answer, "ok", 2) == 0;
}

/* The name of QEMU's reader, within limit_ms; 0: it is not listed. */
static int find_reader(SCARDCONTEXT context, unsigned limit_ms)
{
        unsigned start = now_ms();
        do {
                char names[2048];
                DWORD len = sizeof names;
                if (SCardListReadersA(context, NULL, names, &len) == SCARD_S_SUCCESS) {
                        for (const char *name = names; *name != '\0'; name += strlen(name) + 1)
                                if (strstr(name, "QEMU") != NULL) {
                                        snprintf(reader_name, sizeof reader_name, "%s", name);
                                        return 1;
                                }
                }
                nap(50);
        } while (now_ms() - start < limit_ms);
        return 0;
}

/*
 * QEMU's emulated card waits for a command without looking whether one has come already (hw/usb/ccid-card-emulated.c): on a busy
 * host it sleeps on, and answers together with the next command. Over UHCI, which asks once a frame, it has not been seen.
 * So a command that timed out is repeated; after the abort the late answer is nobody's.
 */
static LONG transmit(SCARDHANDLE card, const BYTE *command, DWORD command_len, BYTE *rsp, DWORD *len)
{
        enum { ATTEMPTS = 5 };
        LONG code = SCARD_E_TIMEOUT;
        for (int i = 0; i < ATTEMPTS && code == SCARD_E_TIMEOUT; i++) {
                lost += i > 0;
                *len = 258;
                code = SCardTransmit(card, SCARD_PCI_T0, command, command_len, NULL, rsp, len);
        }
        return code;
}

/* SELECT of the card capability container, the one applet every card of this kind has. GSC-IS 2.1; answer in
 * rsp. */
static LONG select_container(SCARDHANDLE card, BYTE *rsp, DWORD *len)
{
        static const BYTE command[] = {0x00, 0xA4, 0x04, 0x00, 0x07, 0xA0, 0x00,
                                       0x00, 0x01, 0x16, 0xDB, 0x00, 0x00};
        return transmit(card, command, sizeof command, rsp, len);
}

static int sw_good(const BYTE *rsp, DWORD len)
{
        return len >= 2 && (rsp[len - 2] == 0x90 || rsp[len - 2] == 0x61);
}

static LONG connect_wait(SCARDCONTEXT context, SCARDHANDLE *card, DWORD *protocol)
{
        LONG code = SCARD_E_NO_SMARTCARD;
        for (unsigned start = now_ms(); now_ms() - start < 5000; nap(50)) {
                code = SCardConnectA(context, reader_name, SCARD_SHARE_SHARED, SCARD_PROTOCOL_Tx, card,
                                     protocol);
                if (code != SCARD_E_NO_SMARTCARD)
                        break;
        }
        return code;
}

/* Until call gives wanted, or 5 s have passed: movement of the card is reported by the reader in its own
 * time. */
static LONG reconnect_wait(SCARDHANDLE card, LONG wanted)
{
        LONG code = wanted - 1;
        DWORD protocol;
        for (unsigned start = now_ms(); now_ms() - start < 5000; nap(50)) {
                code =
                    SCardReconnect(card, SCARD_SHARE_SHARED, SCARD_PROTOCOL_Tx, SCARD_LEAVE_CARD, &protocol);
                if (code == wanted)
                        break;
        }
        return code;
}

static void exchange(const char *where, SCARDHANDLE card)
{
        BYTE first[258], rsp[258];
        DWORD first_len, len, atr_len = 33, state = 0, protocol = 0, chars = 0;
        BYTE atr[33];

        LONG code = SCardStatusA(card, NULL, &chars, &state, &protocol, atr, &atr_len);
        point(code == SCARD_S_SUCCESS && atr_len > 2 && atr[0] == 0x3B && state == SCARD_SPECIFIC &&
                  protocol == SCARD_PROTOCOL_T0,
              where, "status: specific mode, T=0, an ATR", code);
        code = select_container(card, first, &first_len);
        point(code == SCARD_S_SUCCESS && sw_good(first, first_len), where, "SELECT is answered with success",
              code);
        printf("# ATR of %u bytes, SELECT answered %u bytes\n", (unsigned)atr_len, (unsigned)first_len);
        enum { LOST_MAX = 100 };
        unsigned equal = 0, lost_before = lost;
        for (unsigned i = 0; i < 200; i++) {
                code = select_container(card, rsp, &len);
                if (code == SCARD_S_SUCCESS && len == first_len && memcmp(rsp, first, len) == 0)
                        equal++;
                else
                        printf("# command %u: 0x%08X, %u bytes, %02X %02X ...\n", i, (unsigned)code,
                               (unsigned)len, rsp[0], rsp[1]);
        }
        if (lost != lost_before)
                printf("# QEMU's card slept through %u of the commands\n", lost - lost_before);
        point(equal == 200 && lost - lost_before <= LOST_MAX, where,
              "200 commands in a row are answered alike", code);
        static const BYTE unknown[] = {0x00, 0xFE, 0x00, 0x00, 0x00};
        code = transmit(card, unknown, sizeof unknown, rsp, &len);
        point(code == SCARD_S_SUCCESS && len == 2 && rsp[0] != 0x90, where,
              "an unknown instruction gives its status word", code);
        DWORD active = 0;
        code = SCardReconnect(card, SCARD_SHARE_SHARED, SCARD_PROTOCOL_Tx, SCARD_RESET_CARD, &active);
        point(code == SCARD_S_SUCCESS && active == SCARD_PROTOCOL_T0, where, "Reconnect with a warm reset",
              code);
        code = SCardReconnect(card, SCARD_SHARE_SHARED, SCARD_PROTOCOL_Tx, SCARD_UNPOWER_CARD, &active);
        point(code == SCARD_S_SUCCESS, where, "Reconnect with a cold reset", code);
        code = select_container(card, rsp, &len);
        point(code == SCARD_S_SUCCESS && len == first_len, where, "the card answers as before", code);
}

static void card_out_and_in(const char *where, SCARDHANDLE card)
{
        BYTE rsp[258];
        DWORD len;
        LONG code = SCARD_S_SUCCESS;

        point(ask("card-out"), where, "the card is pulled", 0);
        for (unsigned start = now_ms(); code == SCARD_S_SUCCESS && now_ms() - start < 5000; nap(20))
                code = select_container(card, rsp, &len);
        point(code == SCARD_W_REMOVED_CARD, where, "Transmit: the card was removed", code);
        code = reconnect_wait(card, SCARD_E_NO_SMARTCARD);
        point(code == SCARD_E_NO_SMARTCARD, where, "Reconnect: no card is in", code);
        point(ask("card-in"), where, "the card is put back", 0);
        nap(200);
        code = select_container(card, rsp, &len);
        point(code == SCARD_W_REMOVED_CARD, where, "Transmit: still to be acknowledged", code);
        code = reconnect_wait(card, SCARD_S_SUCCESS);
        point(code == SCARD_S_SUCCESS, where, "Reconnect picks the card up", code);
        code = select_container(card, rsp, &len);
        point(code == SCARD_S_SUCCESS && sw_good(rsp, len), where, "the card that came back answers", code);
}

static int put(const char *path, const char *text)
{
        int file = open(path, O_WRONLY | O_CLOEXEC);
        ssize_t n = file < 0 ? -1 : write(file, text, strlen(text));
        if (file >= 0)
                close(file);
        return n == (ssize_t)strlen(text);
}

/* Milliseconds slept since the machine started. */
static long asleep_ms(void)
{
        struct timespec boot, awake;
        clock_gettime(CLOCK_BOOTTIME, &boot);
        clock_gettime(CLOCK_MONOTONIC, &awake);
        return (long)(boot.tv_sec - awake.tv_sec) * 1000 + (boot.tv_nsec - awake.tv_nsec) / 1000000;
}

struct sleeper {
        SCARDCONTEXT context;
        SCARD_READERSTATEA s;
        LONG code;
        pthread_t thread;
};

static void *sleeper_run(void *arg)
{
        struct sleeper *sleeper = arg;
        sleeper->code = SCardGetStatusChangeA(sleeper->context, INFINITE, &sleeper->s, 1);
        return NULL;
}

/*
 * The system sleeps (S3) until the host wakes it, and the reader is reset. One thread is in a wait for a change, on a context
 * of its own. A sleep that is broken off before it lasts any time may leave the reader its power: it is tried again.
 */
static void system_sleeps(const char *where, SCARDHANDLE card)
{
        BYTE rsp[258];
        DWORD len, protocol;
        struct sleeper sleeper = {.s.szReader = reader_name};
        LONG code = SCardEstablishContext(SCARD_SCOPE_USER, NULL, NULL, &sleeper.context);

        if (code == SCARD_S_SUCCESS)
                code = SCardGetStatusChangeA(sleeper.context, 0, &sleeper.s, 1);
        sleeper.s.dwCurrentState = sleeper.s.dwEventState;
        if (code != SCARD_S_SUCCESS || pthread_create(&sleeper.thread, NULL, sleeper_run, &sleeper) != 0) {
                point(0, where, "a wait for a change", code);
                return;
        }
        nap(200);
        long before = asleep_ms();
        int slept = 1;
        for (unsigned tries = 0; slept && tries < 5 && asleep_ms() - before < 100; tries++)
                slept = put("/sys/power/state", "mem");
        point(slept, where, "the system slept", 0);
        printf("# for %ld ms as the clocks tell\n", asleep_ms() - before);
        code = select_container(card, rsp, &len);
        point(code == SCARD_W_RESET_CARD, where, "Transmit: the card was reset", code);
        code = SCardReconnect(card, SCARD_SHARE_SHARED, SCARD_PROTOCOL_Tx, SCARD_LEAVE_CARD, &protocol);
        point(code == SCARD_S_SUCCESS && protocol == SCARD_PROTOCOL_T0, where, "Reconnect acknowledges",
              code);
        code = select_container(card, rsp, &len);
        point(code == SCARD_S_SUCCESS && sw_good(rsp, len), where, "the card answers as before", code);
        nap(500);
        code = SCardCancel(sleeper.context);
        pthread_join(sleeper.thread, NULL);
        point(sleeper.code == SCARD_E_CANCELLED, where, "the wait went on until it was cancelled",
              sleeper.code);
        SCardReleaseContext(sleeper.context);
}

static void objects(const char *where)
{
        ISCardManage *manage = NULL;
        SCARD_STATES state = ABSENT;
        SCARD_PROTOCOLS protocol = RAW;
        OLECHAR wide[256];
        size_t n = 0;

        for (; reader_name[n] != '\0' && n < 255; n++)
                wide[n] = (OLECHAR)(unsigned char)reader_name[n];
        wide[n] = 0;
        BSTR name = SysAllocString(wide);
        HRESULT hr = CoCreateInstance(&CLSID_SCardManage, NULL, CLSCTX_INPROC_SERVER, &IID_ISCardManage,
                                      (void **)&manage);
        if (SUCCEEDED(hr))
                hr = ISCardManage_AttachByIFD(manage, name);
        if (SUCCEEDED(hr))
                hr = ISCardManage_Reconnect(manage);
        if (SUCCEEDED(hr))
                hr = ISCardManage_Status(manage, &state, &protocol);
        if (SUCCEEDED(hr))
                hr = ISCardManage_Detach(manage);
        point(hr == S_OK && protocol == T0, where, "ISCardManage: attach, reconnect, status, detach", hr);
        if (manage != NULL)
                ISCardManage_Release(manage);
        SysFreeString(name);
}

static void controller(const char *where, SCARDCONTEXT context)
{
        char words[64];
        SCARDHANDLE card = 0;
        DWORD protocol = 0, len;
        BYTE rsp[258];

        snprintf(words, sizeof words, "reader-in %s", where);
        point(ask(words), where, "the reader is plugged in", 0);
        int found = find_reader(context, 10000);
        point(found, where, found ? reader_name : "the reader is listed", 0);
        LONG code = found ? connect_wait(context, &card, &protocol) : SCARD_E_UNKNOWN_READER;
        point(code == SCARD_S_SUCCESS && protocol == SCARD_PROTOCOL_T0, where, "Connect: T=0", code);
        if (code != SCARD_S_SUCCESS) {
                ask("reader-out");
                return;
        }
        exchange(where, card);
        objects(where);
        system_sleeps(where, card);
        card_out_and_in(where, card);

        point(ask("reader-out"), where, "the reader is unplugged", 0);
        unsigned start = now_ms();
        for (code = SCARD_S_SUCCESS; code == SCARD_S_SUCCESS && now_ms() - start < 5000; nap(20))
                code = select_container(card, rsp, &len);
        printf("# after %u ms\n", now_ms() - start);
        point(code == SCARD_E_READER_UNAVAILABLE && now_ms() - start < 2000, where,
              "Transmit: the reader is gone", code);
        for (start = now_ms(); find_reader(context, 0) && now_ms() - start < 5000;)
                nap(20);
        point(!find_reader(context, 0), where, "it is listed no more", 0);
        code = SCardDisconnect(card, SCARD_LEAVE_CARD);
        point(code == SCARD_S_SUCCESS, where, "Disconnect succeeds all the same", code);

        point(ask(words), where, "the reader is plugged in again", 0);
        found = find_reader(context, 10000);
        code = found ? connect_wait(context, &card, &protocol) : SCARD_E_UNKNOWN_READER;
        point(code == SCARD_S_SUCCESS, where, "it is listed and connects", code);
        if (code == SCARD_S_SUCCESS) {
                code = select_container(card, rsp, &len);
                point(code == SCARD_S_SUCCESS && sw_good(rsp, len), where, "its card answers", code);
                SCardDisconnect(card, SCARD_LEAVE_CARD);
        }
        ask("reader-out");
        for (start = now_ms(); find_reader(context, 0) && now_ms() - start < 5000;)
                nap(20);
}

int main(int argc, char **argv)
{
        SCARDCONTEXT context;
        if (argc != 2 || (port = open(argv[1], O_RDWR | O_NOCTTY)) < 0) {
                fprintf(stderr, "usage: vmtest PORT\n");
                return 2;
        }
        printf("TAP version 13\n");
        CoInitialize(NULL);
        LONG code = SCardEstablishContext(SCARD_SCOPE_USER, NULL, NULL, &context);
        point(code == SCARD_S_SUCCESS, "engine", "a context", code);
        controller("uhci", context);
        controller("xhci", context);
        SCardReleaseContext(context);
        CoUninitialize();
        printf("1..%u\n", points);
        close(port);
        return failures == 0 ? 0 : 1;
}
