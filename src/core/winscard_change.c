/*
 * The functions of winscard.h about what happens to readers: both forms of SCARD_READERSTATE are turned into
 * the engine's own, and change.c does the work.
 */
#include <stdlib.h>
#include <string.h>

#include "winscard.h"

#include "core/change.h"
#include "core/context.h"
#include "core/handles.h"
#include "core/output.h"
#include "core/slot.h"
#include "core/text.h"

#define GROUPS "SCard$DefaultReaders\0" /* and the NUL of the literal: a multi-string */

#define READERS_MAX 65536u /* entries of one call: beyond, the count is taken for a mistake */

static struct context *context_of(SCARDCONTEXT handle, LONG *status)
{
        return handle_acquire(handle, HANDLE_CONTEXT, status);
}

/* ---- what both forms have in common */

/* The engine's view of the entries, and room for names in UTF-8 where the application's are not. */
struct view {
        struct change_reader *readers;
        char (*names)[SLOT_NAME_MAX + 4];
        size_t count;
};

static void view_free(struct view *view)
{
        free(view->readers);
        free(view->names);
}

static LONG view_make(struct view *view, size_t count, bool names)
{
        *view = (struct view){.count = count};
        view->readers = calloc(count, sizeof(*view->readers));
        if (names)
                view->names = calloc(count, sizeof(*view->names));
        if (view->readers == NULL || (names && view->names == NULL)) {
                view_free(view);
                return SCARD_E_NO_MEMORY;
        }
        return SCARD_S_SUCCESS;
}

static LONG view_make_a(struct view *view, LPSCARD_READERSTATEA states, DWORD count)
{
        if (count > READERS_MAX) /* before any of them is looked at: they are not there */
                return SCARD_E_INVALID_VALUE;
        for (DWORD i = 0; i < count; i++) {
                states[i].dwEventState = SCARD_STATE_UNAWARE;
                states[i].cbAtr = 0;
                if (states[i].szReader == NULL)
                        return SCARD_E_INVALID_PARAMETER;
        }
        LONG status = view_make(view, count, false);

        for (DWORD i = 0; status == SCARD_S_SUCCESS && i < count; i++) {
                view->readers[i].name = states[i].szReader;
                view->readers[i].current = states[i].dwCurrentState;
        }
        return status;
}

/* A name that is too long or no UTF-16 is no reader's: it comes back empty. */
static LONG view_make_w(struct view *view, LPSCARD_READERSTATEW states, DWORD count)
{
        if (count > READERS_MAX) /* before any of them is looked at: they are not there */
                return SCARD_E_INVALID_VALUE;
        for (DWORD i = 0; i < count; i++) {
                states[i].dwEventState = SCARD_STATE_UNAWARE;
                states[i].cbAtr = 0;
                if (states[i].szReader == NULL)
                        return SCARD_E_INVALID_PARAMETER;
        }
        LONG status = view_make(view, count, true);

        for (DWORD i = 0; status == SCARD_S_SUCCESS && i < count; i++) {
                if (!text_from_utf16(view->names[i], sizeof(view->names[i]), states[i].szReader))
                        view->names[i][0] = '\0';
                view->readers[i].name = view->names[i];
                view->readers[i].current = states[i].dwCurrentState;
        }
        return status;
}

static void view_give_a(const struct view *view, LPSCARD_READERSTATEA states)
{
        for (size_t i = 0; i < view->count; i++) {
                states[i].dwEventState = view->readers[i].event;
                states[i].cbAtr = (DWORD)view->readers[i].atr_len;
                memcpy(states[i].rgbAtr, view->readers[i].atr, view->readers[i].atr_len);
        }
}

static void view_give_w(const struct view *view, LPSCARD_READERSTATEW states)
{
        for (size_t i = 0; i < view->count; i++) {
                states[i].dwEventState = view->readers[i].event;
                states[i].cbAtr = (DWORD)view->readers[i].atr_len;
                memcpy(states[i].rgbAtr, view->readers[i].atr, view->readers[i].atr_len);
        }
}

/* ---- SCardGetStatusChange */

LONG WINAPI SCardGetStatusChangeA(SCARDCONTEXT hContext, DWORD dwTimeout, LPSCARD_READERSTATEA rgReaderStates,
                                  DWORD cReaders)
{
        LONG status;
        struct view view = {NULL, NULL, 0};
        struct context *context = context_of(hContext, &status);

        if (context == NULL)
                return status;
        if (rgReaderStates == NULL && cReaders > 0)
                status = SCARD_E_INVALID_PARAMETER;
        if (status == SCARD_S_SUCCESS && cReaders > 0)
                status = view_make_a(&view, rgReaderStates, cReaders);
        if (status == SCARD_S_SUCCESS && cReaders > 0) {
                status = change_wait(context, view.readers, view.count, dwTimeout);
                view_give_a(&view, rgReaderStates);
                view_free(&view);
        }
        handle_release(hContext);
        return status;
}

LONG WINAPI SCardGetStatusChangeW(SCARDCONTEXT hContext, DWORD dwTimeout, LPSCARD_READERSTATEW rgReaderStates,
                                  DWORD cReaders)
{
        LONG status;
        struct view view = {NULL, NULL, 0};
        struct context *context = context_of(hContext, &status);

        if (context == NULL)
                return status;
        if (rgReaderStates == NULL && cReaders > 0)
                status = SCARD_E_INVALID_PARAMETER;
        if (status == SCARD_S_SUCCESS && cReaders > 0)
                status = view_make_w(&view, rgReaderStates, cReaders);
        if (status == SCARD_S_SUCCESS && cReaders > 0) {
                status = change_wait(context, view.readers, view.count, dwTimeout);
                view_give_w(&view, rgReaderStates);
                view_free(&view);
        }
        handle_release(hContext);
        return status;
}

/* ---- SCardLocateCardsByATR */

static LONG masks_check(const SCARD_ATRMASK *masks, DWORD count)
{
        if (masks == NULL && count > 0)
                return SCARD_E_INVALID_PARAMETER;
        for (DWORD i = 0; i < count; i++) {
                if (masks[i].cbAtr > sizeof(masks[i].rgbAtr))
                        return SCARD_E_INVALID_VALUE;
        }
        return SCARD_S_SUCCESS;
}

static bool mask_fits(const SCARD_ATRMASK *mask, const struct change_reader *reader)
{
        if (reader->atr_len == 0 || mask->cbAtr != reader->atr_len)
                return false;
        for (size_t i = 0; i < reader->atr_len; i++) {
                if (((reader->atr[i] ^ mask->rgbAtr[i]) & mask->rgbMask[i]) != 0)
                        return false;
        }
        return true;
}

static LONG locate(struct context *context, struct view *view, const SCARD_ATRMASK *masks, DWORD count)
{
        LONG status = change_report(context, view->readers, view->count);

        for (size_t i = 0; status == SCARD_S_SUCCESS && i < view->count; i++) {
                struct change_reader *reader = &view->readers[i];

                for (DWORD k = 0; k < count; k++) {
                        if (mask_fits(&masks[k], reader))
                                reader->event |= SCARD_STATE_ATRMATCH;
                }
        }
        return status;
}

LONG WINAPI SCardLocateCardsByATRA(SCARDCONTEXT hContext, LPSCARD_ATRMASK rgAtrMasks, DWORD cAtrs,
                                   LPSCARD_READERSTATEA rgReaderStates, DWORD cReaders)
{
        LONG status;
        struct view view = {NULL, NULL, 0};
        struct context *context = context_of(hContext, &status);

        if (context == NULL)
                return status;
        status = masks_check(rgAtrMasks, cAtrs);
        if (status == SCARD_S_SUCCESS && rgReaderStates == NULL && cReaders > 0)
                status = SCARD_E_INVALID_PARAMETER;
        if (status == SCARD_S_SUCCESS && cReaders > 0)
                status = view_make_a(&view, rgReaderStates, cReaders);
        if (status == SCARD_S_SUCCESS && cReaders > 0) {
                status = locate(context, &view, rgAtrMasks, cAtrs);
                view_give_a(&view, rgReaderStates);
                view_free(&view);
        }
        handle_release(hContext);
        return status;
}

LONG WINAPI SCardLocateCardsByATRW(SCARDCONTEXT hContext, LPSCARD_ATRMASK rgAtrMasks, DWORD cAtrs,
                                   LPSCARD_READERSTATEW rgReaderStates, DWORD cReaders)
{
        LONG status;
        struct view view = {NULL, NULL, 0};
        struct context *context = context_of(hContext, &status);

        if (context == NULL)
                return status;
        status = masks_check(rgAtrMasks, cAtrs);
        if (status == SCARD_S_SUCCESS && rgReaderStates == NULL && cReaders > 0)
                status = SCARD_E_INVALID_PARAMETER;
        if (status == SCARD_S_SUCCESS && cReaders > 0)
                status = view_make_w(&view, rgReaderStates, cReaders);
        if (status == SCARD_S_SUCCESS && cReaders > 0) {
                status = locate(context, &view, rgAtrMasks, cAtrs);
                view_give_w(&view, rgReaderStates);
                view_free(&view);
        }
        handle_release(hContext);
        return status;
}

/* ---- groups, and the event of a service that is no service */

LONG WINAPI SCardListReaderGroupsA(SCARDCONTEXT hContext, LPSTR mszGroups, LPDWORD pcchGroups)
{
        LONG status;

        if (pcchGroups == NULL)
                return SCARD_E_INVALID_PARAMETER;
        DWORD room = output_clear(mszGroups, pcchGroups);
        struct context *context = context_of(hContext, &status);

        if (context == NULL)
                return status;
        status = output_give(context, mszGroups, pcchGroups, room, GROUPS, sizeof(GROUPS), 1);
        handle_release(hContext);
        return status;
}

LONG WINAPI SCardListReaderGroupsW(SCARDCONTEXT hContext, LPWSTR mszGroups, LPDWORD pcchGroups)
{
        LONG status;

        if (pcchGroups == NULL)
                return SCARD_E_INVALID_PARAMETER;
        DWORD room = output_clear(mszGroups, pcchGroups);
        struct context *context = context_of(hContext, &status);

        if (context == NULL)
                return status;
        status = output_give_utf16(context, mszGroups, pcchGroups, room, GROUPS, sizeof(GROUPS));
        handle_release(hContext);
        return status;
}

HANDLE WINAPI SCardAccessStartedEvent(void)
{
        static char started;

        return &started;
}

void WINAPI SCardReleaseStartedEvent(void)
{
}
