/*
 * events.c - SCardGetStatusChange as pcsc-lite knows it. What counts as a change differs from Windows: there
 * every difference to dwCurrentState does; here only what contradicts it. So the engine is asked what is, and
 * the comparison with what the application believes is made here.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "compat/code.h"
#include "compat/events.h"
#include "compat/names.h"

#define NOTIFICATION "\\\\?PnP?\\Notification"
#define READERS_MAX  4096u
#define EVENTS_SHIFT 16

#define USE (SCARD_STATE_INUSE | SCARD_STATE_EXCLUSIVE)

/* One call: what the application gave, beside what the engine is asked and answers. */
struct watch {
        SCARDCONTEXT context;
        lite_readerstate *readers;
        size_t count;
        SCARD_READERSTATEA *states;
        char **held; /* names that the engine knows by longer ones */
};

static bool is_notification(const char *name)
{
        return strcasecmp(name, NOTIFICATION) == 0;
}

/* ---- what of the engine's answer is a change to one who believed current; pure */

static bool changed_presence(DWORD now, lite_dword current)
{
        if ((now & SCARD_STATE_EMPTY) != 0)
                return (current & SCARD_STATE_PRESENT) != 0;
        if ((now & SCARD_STATE_PRESENT) == 0)
                return false;
        return (current & SCARD_STATE_EMPTY) != 0 || (now & SCARD_STATE_MUTE) != (current & SCARD_STATE_MUTE);
}

/* That a card has come into use, or is used exclusively now, is no change to one who did not speak of it. */
static bool changed_use(DWORD now, lite_dword current)
{
        if ((now & SCARD_STATE_EXCLUSIVE) != 0)
                return (current & SCARD_STATE_INUSE) != 0;
        if ((now & SCARD_STATE_INUSE) != 0)
                return (current & SCARD_STATE_EXCLUSIVE) != 0;
        return (current & USE) != 0;
}

static bool changed_events(DWORD now, lite_dword current)
{
        DWORD believed = dword_engine(current) >> EVENTS_SHIFT;

        return believed != 0 && believed != now >> EVENTS_SHIFT;
}

/* dwEventState as pcsc-lite gives it. */
static lite_dword reader_event(DWORD now, lite_dword current)
{
        lite_dword event =
            now & (0xFFFF0000u | SCARD_STATE_EMPTY | SCARD_STATE_PRESENT | SCARD_STATE_MUTE | USE);
        bool changed;

        if ((now & SCARD_STATE_UNKNOWN) != 0) { /* unplugged */
                event = SCARD_STATE_UNKNOWN | SCARD_STATE_UNAVAILABLE;
                changed = (current & SCARD_STATE_UNKNOWN) == 0;
        } else if ((now & SCARD_STATE_UNAVAILABLE) != 0) {
                event = SCARD_STATE_UNAVAILABLE;
                changed =
                    (current & (SCARD_STATE_UNAVAILABLE | SCARD_STATE_UNKNOWN)) != SCARD_STATE_UNAVAILABLE;
        } else {
                changed = current == SCARD_STATE_UNAWARE ||
                          (current & (SCARD_STATE_UNKNOWN | SCARD_STATE_UNAVAILABLE)) != 0 ||
                          changed_events(now, current) || changed_presence(now, current) ||
                          changed_use(now, current);
        }
        return changed ? event | SCARD_STATE_CHANGED : event;
}

/* ---- the call */

static void reader_report(lite_readerstate *reader, const SCARD_READERSTATEA *state)
{
        size_t len = state->cbAtr < sizeof(reader->rgbAtr) ? state->cbAtr : sizeof(reader->rgbAtr);

        reader->dwEventState = reader_event(state->dwEventState, reader->dwCurrentState);
        reader->cbAtr = 0;
        if ((reader->dwEventState & SCARD_STATE_PRESENT) != 0) {
                reader->cbAtr = len;
                memcpy(reader->rgbAtr, state->rgbAtr, len);
        }
}

/* Tells the application what the engine said; whether anything of it is a change. */
static bool watch_report(struct watch *watch)
{
        bool changed = false;

        for (size_t i = 0; i < watch->count; i++) {
                lite_readerstate *reader = &watch->readers[i];
                const SCARD_READERSTATEA *state = &watch->states[i];

                reader->dwEventState = 0;
                if ((reader->dwCurrentState & SCARD_STATE_IGNORE) != 0)
                        continue;
                if (is_notification(reader->szReader))
                        reader->dwEventState = state->dwEventState & SCARD_STATE_CHANGED;
                else
                        reader_report(reader, state);
                changed = changed || (reader->dwEventState & SCARD_STATE_CHANGED) != 0;
        }
        return changed;
}

/* A name that is no reader's when the call begins is an error; one whose reader goes meanwhile is not. */
static bool watch_knows_all(const struct watch *watch)
{
        for (size_t i = 0; i < watch->count; i++) {
                if (!is_notification(watch->readers[i].szReader) &&
                    (watch->states[i].dwEventState & SCARD_STATE_UNKNOWN) != 0)
                        return false;
        }
        return true;
}

static LONG watch_ask(struct watch *watch, DWORD timeout_ms)
{
        return SCardGetStatusChangeA(watch->context, timeout_ms, watch->states, (DWORD)watch->count);
}

/* From now on, what the engine said is what it is to compare with. */
static void watch_accept(struct watch *watch)
{
        for (size_t i = 0; i < watch->count; i++) {
                if ((watch->readers[i].dwCurrentState & SCARD_STATE_IGNORE) == 0)
                        watch->states[i].dwCurrentState =
                            watch->states[i].dwEventState & ~(DWORD)SCARD_STATE_CHANGED;
        }
}

static int64_t now_ms(void)
{
        struct timespec now;

        clock_gettime(CLOCK_MONOTONIC, &now);
        return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static DWORD left_ms(int64_t end_ms)
{
        int64_t left = end_ms - now_ms();

        return left > 0 ? (DWORD)left : 0;
}

static LONG watch_run(struct watch *watch, DWORD timeout_ms)
{
        int64_t end_ms = now_ms() + timeout_ms;
        LONG status = watch_ask(watch, 0);

        if ((status == SCARD_S_SUCCESS || status == SCARD_E_TIMEOUT) && !watch_knows_all(watch))
                return SCARD_E_UNKNOWN_READER;
        while (status == SCARD_S_SUCCESS || status == SCARD_E_TIMEOUT) {
                if (watch_report(watch))
                        return SCARD_S_SUCCESS;
                DWORD left = timeout_ms == INFINITE ? INFINITE : left_ms(end_ms);

                if (left == 0)
                        return SCARD_E_TIMEOUT;
                watch_accept(watch);
                status = watch_ask(watch, left);
        }
        return status;
}

static void watch_begin(struct watch *watch)
{
        for (size_t i = 0; i < watch->count; i++) {
                const char *name = watch->readers[i].szReader;
                bool ignored = (watch->readers[i].dwCurrentState & SCARD_STATE_IGNORE) != 0;

                watch->states[i].szReader =
                    is_notification(name) ? NOTIFICATION : name_engine(watch->context, name, &watch->held[i]);
                watch->states[i].dwCurrentState = ignored ? SCARD_STATE_IGNORE : SCARD_STATE_UNAWARE;
        }
}

static LONG watch_readers(SCARDCONTEXT context, DWORD timeout_ms, lite_readerstate *readers, size_t count)
{
        struct watch watch = {.context = context, .readers = readers, .count = count};
        LONG status = SCARD_E_NO_MEMORY;

        watch.states = calloc(count, sizeof(*watch.states));
        watch.held = calloc(count, sizeof(*watch.held));
        if (watch.states != NULL && watch.held != NULL) {
                watch_begin(&watch);
                status = watch_run(&watch, timeout_ms);
        }
        for (size_t i = 0; watch.held != NULL && i < count; i++)
                free(watch.held[i]);
        free(watch.held);
        free(watch.states);
        return status;
}

lite_long lite_get_status_change(lite_long context, lite_dword timeout_ms, lite_readerstate *readers,
                                 lite_dword count)
{
        size_t ignored = 0;

        if ((readers == NULL && count > 0) || count > READERS_MAX)
                return code_lite(SCARD_E_INVALID_PARAMETER);
        for (size_t i = 0; i < count; i++) {
                if (readers[i].szReader == NULL)
                        return code_lite(SCARD_E_INVALID_VALUE);
                ignored += (readers[i].dwCurrentState & SCARD_STATE_IGNORE) != 0;
        }
        if (ignored == count)
                return SCARD_S_SUCCESS;
        LONG status = SCardIsValidContext((SCARDCONTEXT)context);
        DWORD limit_ms = timeout_ms > INFINITE ? INFINITE : (DWORD)timeout_ms;

        if (status == SCARD_S_SUCCESS)
                status = watch_readers((SCARDCONTEXT)context, limit_ms, readers, count);
        return code_lite(status);
}

DWORD events_state(const char *name)
{
        SCARDCONTEXT context;
        SCARD_READERSTATEA state = {.szReader = name};

        if (SCardEstablishContext(ISCARD_SCOPE_PCSCLITE, NULL, NULL, &context) != SCARD_S_SUCCESS)
                return 0;
        LONG status = SCardGetStatusChangeA(context, 0, &state, 1);

        (void)SCardReleaseContext(context);
        return status == SCARD_S_SUCCESS ? state.dwEventState : 0;
}
