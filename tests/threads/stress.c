/*
 * stress.c - 32 threads on virtual readers in the process, for ISCARD_STRESS_SECONDS: connect, transact, reset,
 * wait for changes, cancel, release, while cards and plugs move. Every call ends with a code that it may end
 * with, none takes too long, and in the end everything works. Meant for the thread sanitizer.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "sim/control.h"
#include "winscard.h"

#define THREADS  32
#define READERS  4
#define CONTEXTS 6
#define CARDS    16
#define NAMES    8192
#define SLOW_MS  20000 /* a call that takes longer hangs */
#define SIM                                                                                                  \
        "level=short-apdu;level=tpdu,protocol=t0;level=extended-apdu,slots=2,busy=2;level=short-apdu,"       \
        "interrupt=0"
#define BOTH (SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1)

static _Atomic SCARDCONTEXT contexts[CONTEXTS];
static _Atomic SCARDHANDLE cards[CARDS];
static atomic_int_least64_t began[THREADS]; /* ms; when the call under way began, 0: none */
static atomic_bool over;
static atomic_ulong calls, successes, strange;

static int64_t now_ms(void)
{
        struct timespec now;

        clock_gettime(CLOCK_MONOTONIC, &now);
        return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void check(const char *what, LONG status)
{
        static const LONG expected[] = {
            SCARD_S_SUCCESS,        SCARD_E_INVALID_HANDLE,      SCARD_E_CANCELLED,
            SCARD_E_TIMEOUT,        SCARD_E_READER_UNAVAILABLE,  SCARD_E_SHARING_VIOLATION,
            SCARD_E_UNKNOWN_READER, SCARD_E_NO_SMARTCARD,        SCARD_E_NOT_TRANSACTED,
            SCARD_E_PROTO_MISMATCH, SCARD_W_RESET_CARD,          SCARD_W_REMOVED_CARD,
            SCARD_W_UNPOWERED_CARD, SCARD_E_NO_READERS_AVAILABLE};

        atomic_fetch_add(&calls, 1);
        for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
                if (status == expected[i]) {
                        if (i == 0)
                                atomic_fetch_add(&successes, 1);
                        return;
                }
        }
        atomic_fetch_add(&strange, 1);
        fprintf(stderr, "%s: %08X\n", what, (unsigned)status);
}

static void pause_ms(long ms)
{
        struct timespec time = {ms / 1000, ms % 1000 * 1000000L};

        nanosleep(&time, NULL);
}

/* ---- what a thread does */

static SCARDCONTEXT a_context(unsigned *seed)
{
        return atomic_load(&contexts[(unsigned)rand_r(seed) % CONTEXTS]);
}

static SCARDHANDLE a_card(unsigned *seed)
{
        return atomic_load(&cards[(unsigned)rand_r(seed) % CARDS]);
}

/* One of the readers there are; false: none. */
static bool a_reader(SCARDCONTEXT context, unsigned *seed, char names[NAMES], const char **name)
{
        DWORD len = NAMES;
        unsigned count = 0;
        LONG status = SCardListReadersA(context, NULL, names, &len);

        check("list", status);
        if (status != SCARD_S_SUCCESS)
                return false;
        for (const char *at = names; *at != '\0'; at += strlen(at) + 1)
                count++;
        *name = names;
        for (unsigned i = (unsigned)rand_r(seed) % count; i > 0; i--)
                *name += strlen(*name) + 1;
        return true;
}

/* Mostly one that lets others in. */
static DWORD a_mode(unsigned *seed)
{
        switch (rand_r(seed) % 16) {
        case 0:
                return SCARD_SHARE_EXCLUSIVE;
        case 1:
                return SCARD_SHARE_DIRECT;
        default:
                return SCARD_SHARE_SHARED;
        }
}

static void connect_one(unsigned *seed)
{
        char names[NAMES];
        const char *name;
        SCARDCONTEXT context = a_context(seed);
        SCARDHANDLE card = 0;
        DWORD mode = a_mode(seed);

        if (!a_reader(context, seed, names, &name))
                return;
        LONG status = SCardConnectA(context, name, mode, BOTH, &card, NULL);

        check("connect", status);
        if (status == SCARD_S_SUCCESS)
                check("disconnect",
                      SCardDisconnect(atomic_exchange(&cards[(unsigned)rand_r(seed) % CARDS], card),
                                      (unsigned)rand_r(seed) % 4));
}

static LONG transmit(SCARDHANDLE card)
{
        static const BYTE challenge[] = {0x00, 0x84, 0x00, 0x00, 0x08};
        BYTE answer[258];
        DWORD len = sizeof(answer);

        return SCardTransmit(card, NULL, challenge, sizeof(challenge), NULL, answer, &len);
}

static void transact(unsigned *seed)
{
        SCARDHANDLE card = a_card(seed);
        LONG status = SCardBeginTransaction(card);

        check("begin", status);
        if (status != SCARD_S_SUCCESS)
                return;
        check("transmit", transmit(card));
        if (rand_r(seed) % 8 == 0) {
                check("begin", SCardBeginTransaction(card));
                check("cancel transaction", SCardCancelTransaction(card));
        }
        check("end", SCardEndTransaction(card, (unsigned)rand_r(seed) % 8 == 0 ? (unsigned)rand_r(seed) % 4
                                                                               : SCARD_LEAVE_CARD));
}

static void ask_the_reader(unsigned *seed)
{
        BYTE answer[258];
        DWORD value, len = sizeof(value);

        check("attribute", SCardGetAttrib(a_card(seed), ISCARD_ATTR_CARD_EPOCH, (LPBYTE)&value, &len));
        check("control", SCardControl(a_card(seed), CM_IOCTL_GET_FEATURE_REQUEST, NULL, 0, answer,
                                      sizeof(answer), &len));
}

static void release_one(unsigned *seed)
{
        SCARDCONTEXT made = 0;
        LONG status = SCardEstablishContext(SCARD_SCOPE_USER, NULL, NULL, &made);

        check("establish", status);
        if (status == SCARD_S_SUCCESS)
                check("release", SCardReleaseContext(
                                     atomic_exchange(&contexts[(unsigned)rand_r(seed) % CONTEXTS], made)));
}

static void wait_for_change(unsigned *seed)
{
        char names[NAMES];
        const char *name;
        SCARDCONTEXT context = a_context(seed);
        SCARD_READERSTATEA s[2] = {{.szReader = "\\\\?PnP?\\Notification"}};

        if (!a_reader(context, seed, names, &name))
                return;
        s[1].szReader = name;
        for (int i = 0; i < 3; i++) {
                check("wait", SCardGetStatusChangeA(context, (unsigned)rand_r(seed) % 30, s, 2));
                s[0].dwCurrentState = s[0].dwEventState;
                s[1].dwCurrentState = s[1].dwEventState;
        }
}

static void move_something(unsigned *seed)
{
        struct sim_device *device = sim_control_device((unsigned)rand_r(seed) % READERS);

        switch (rand_r(seed) % 4) {
        case 0:
                sim_device_unplug(device);
                pause_ms(rand_r(seed) % 5);
                sim_device_plug(device);
                break;
        default:
                sim_device_card_remove(device, 0);
                pause_ms(rand_r(seed) % 3);
                sim_device_card_insert(device, 0);
                break;
        }
}

static void call_one(unsigned *seed)
{
        DWORD value;

        switch (rand_r(seed) % 16) {
        case 0:
        case 1:
                connect_one(seed);
                break;
        case 2:
        case 3:
        case 4:
                transact(seed);
                break;
        case 5:
        case 6:
                check("reconnect",
                      SCardReconnect(a_card(seed), a_mode(seed), BOTH, (unsigned)rand_r(seed) % 3, NULL));
                break;
        case 7:
                wait_for_change(seed);
                break;
        case 8:
                check("status", SCardStatusA(a_card(seed), NULL, NULL, &value, NULL, NULL, NULL));
                break;
        case 9:
                ask_the_reader(seed);
                break;
        case 10:
                if (rand_r(seed) % 4 == 0)
                        release_one(seed);
                break;
        case 11:
                if (rand_r(seed) % 4 == 0)
                        move_something(seed);
                break;
        case 12:
                if (rand_r(seed) % 4 == 0)
                        check("cancel", SCardCancel(a_context(seed)));
                break;
        default:
                check("transmit", transmit(a_card(seed)));
                break;
        }
}

static void *run(void *arg)
{
        size_t number = (size_t)(uintptr_t)arg;
        unsigned seed = (unsigned)number + 1;

        while (!atomic_load(&over)) {
                atomic_store(&began[number], now_ms());
                call_one(&seed);
        }
        atomic_store(&began[number], 0);
        return NULL;
}

/* ---- the watch over them */

/* A transaction whose owner's end was cancelled goes on until somebody ends its handle: those who wait are sent
 * home now and then. */
static bool keep_going(void)
{
        for (size_t i = 0; i < CONTEXTS; i++)
                (void)SCardCancel(atomic_load(&contexts[i]));
        for (size_t i = 0; i < THREADS; i++) {
                int64_t since = atomic_load(&began[i]);

                if (since != 0 && now_ms() - since > SLOW_MS) {
                        fprintf(stderr, "a call hangs\n");
                        return false;
                }
        }
        return true;
}

static bool all_ended(void)
{
        for (size_t i = 0; i < THREADS; i++) {
                if (atomic_load(&began[i]) != 0)
                        return false;
        }
        return true;
}

/* Every reader works when it is over. */
static bool works(void)
{
        static char names[NAMES];
        SCARDCONTEXT context = 0;
        DWORD len = sizeof(names);
        unsigned count = 0;

        for (unsigned i = 0; i < READERS; i++) {
                sim_device_plug(sim_control_device(i));
                sim_device_card_insert(sim_control_device(i), 0);
        }
        check("establish", SCardEstablishContext(SCARD_SCOPE_USER, NULL, NULL, &context));
        check("list", SCardListReadersA(context, NULL, names, &len));
        for (const char *name = names; *name != '\0'; name += strlen(name) + 1) {
                SCARDHANDLE card = 0;

                if (SCardConnectA(context, name, SCARD_SHARE_SHARED, BOTH, &card, NULL) == SCARD_S_SUCCESS &&
                    transmit(card) == SCARD_S_SUCCESS)
                        count++;
        }
        check("release", SCardReleaseContext(context));
        return count == READERS + 1; /* one has two slots */
}

int main(void)
{
        pthread_t threads[THREADS];
        const char *seconds = getenv("ISCARD_STRESS_SECONDS");
        int64_t end = now_ms() + 1000 * (seconds != NULL ? atoll(seconds) : 10);
        bool fine = true;

        setenv("ISCARD_SIM", SIM, 1);
        alarm((unsigned)((end - now_ms()) / 1000) + 60); /* whatever hangs, this program ends */
        for (size_t i = 0; i < CONTEXTS; i++) {
                SCARDCONTEXT context = 0;

                check("establish", SCardEstablishContext(SCARD_SCOPE_USER, NULL, NULL, &context));
                atomic_store(&contexts[i], context);
        }
        for (size_t i = 0; i < THREADS; i++) {
                atomic_store(&began[i], now_ms());
                if (pthread_create(&threads[i], NULL, run, (void *)(uintptr_t)i) != 0)
                        return EXIT_FAILURE;
        }
        while (fine && now_ms() < end) {
                pause_ms(100);
                fine = keep_going();
        }
        atomic_store(&over, true);
        while (fine && !all_ended()) {
                pause_ms(10);
                fine = keep_going();
        }
        if (!fine)
                return EXIT_FAILURE;
        for (size_t i = 0; i < THREADS; i++)
                pthread_join(threads[i], NULL);
        for (size_t i = 0; i < CONTEXTS; i++)
                check("release", SCardReleaseContext(atomic_load(&contexts[i])));
        fine = works();
        printf(
            "stress: %d threads, %lu calls, %lu of them successful, %lu with a code they may not have; %s\n",
            THREADS, atomic_load(&calls), atomic_load(&successes), atomic_load(&strange),
            fine ? "every reader works" : "a reader does not work");
        sim_control_reset();
        return fine && atomic_load(&strange) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
