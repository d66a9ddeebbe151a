/*
 * events.c - SCardGetStatusChange as pcsc-lite knows it. What counts as a change differs from Windows: there
 * every difference to dwCurrentState does; here only what contradicts it. The engine knows that of a context with
 * ISCARD_SCOPE_PCSCLITE, so that the whole wait is one of its calls, which SCardCancel ends at any moment.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "compat/code.h"
#include "compat/events.h"
#include "compat/names.h"

#define NOTIFICATION "\\\\?PnP?\\Notification"
#define READERS_MAX  4096u

/* What there is of the engine's states in pcsc-lite; and UNKNOWN and UNAVAILABLE, which come alone. */
#define STATES_KNOWN                                                                                         \
        (0xFFFF0000u | SCARD_STATE_CHANGED | SCARD_STATE_EMPTY | SCARD_STATE_PRESENT | SCARD_STATE_MUTE |    \
         SCARD_STATE_INUSE | SCARD_STATE_EXCLUSIVE)

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

/* dwEventState as pcsc-lite gives it. */
static lite_dword reader_event(DWORD event)
{
        if ((event & SCARD_STATE_UNKNOWN) != 0) /* unplugged */
                return SCARD_STATE_UNKNOWN | SCARD_STATE_UNAVAILABLE | (event & SCARD_STATE_CHANGED);
        if ((event & SCARD_STATE_UNAVAILABLE) != 0)
                return event & (SCARD_STATE_UNAVAILABLE | SCARD_STATE_CHANGED);
        return event & STATES_KNOWN;
}

/* ---- the call */

static void reader_report(lite_readerstate *reader, const SCARD_READERSTATEA *state)
{
        size_t len = state->cbAtr < sizeof(reader->rgbAtr) ? state->cbAtr : sizeof(reader->rgbAtr);

        reader->dwEventState = reader_event(state->dwEventState);
        reader->cbAtr = 0;
        if ((reader->dwEventState & SCARD_STATE_PRESENT) != 0) {
                reader->cbAtr = len;
                memcpy(reader->rgbAtr, state->rgbAtr, len);
        }
}

/* Tells the application what the engine said. */
static void watch_report(struct watch *watch)
{
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
        }
}

static LONG watch_run(struct watch *watch, DWORD timeout_ms)
{
        LONG status = SCardGetStatusChangeA(watch->context, timeout_ms, watch->states, (DWORD)watch->count);

        if (status == SCARD_S_SUCCESS || status == SCARD_E_TIMEOUT || status == SCARD_E_CANCELLED)
                watch_report(watch);
        return status;
}

/* The number of readers, which Windows has in the notification reader's state, is no state here. */
static DWORD state_believed(const lite_readerstate *reader)
{
        DWORD current = dword_engine(reader->dwCurrentState);

        return is_notification(reader->szReader) ? current & SCARD_STATE_IGNORE : current;
}

static void watch_begin(struct watch *watch)
{
        for (size_t i = 0; i < watch->count; i++) {
                const char *name = watch->readers[i].szReader;
                watch->states[i].szReader =
                    is_notification(name) ? NOTIFICATION : name_engine(name, &watch->held[i]);
                watch->states[i].dwCurrentState = state_believed(&watch->readers[i]);
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
