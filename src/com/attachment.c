#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/log.h"
#include "core/card/profile.h"
#include "com/errorinfo.h"
#include "com/hresult.h"
#include "com/object.h"
#include "com/unblockdata.h"
#include "com/attachment.h"

#define READER_MAX 256 /* bytes of UTF-8 with the NUL, for error texts */

/*
 * Invariants: ended and locks are written under the attachment's mutex (ended is read without it too); card is
 * guarded by card_mutex; the rest never changes after attach. Calls on the handle are made with a reference
 * and no mutex, except by the holder of card_mutex.
 */
struct session {
        atomic_uint refs;
        char reader[READER_MAX];
        struct attachment *attachment; /* borrowed: who uses a session holds a reference to the attachment */
        SCARDHANDLE handle;
        unsigned number;     /* of the connection, from 1 */
        bool own;            /* connected by AttachByIFD: Detach disconnects */
        DWORD share_mode;    /* where own */
        atomic_bool ended;   /* detached: a call that was waiting meanwhile gives back what it got */
        unsigned locks;      /* SCardLock calls not yet undone */
        atomic_bool changed; /* reconnected: card_changed is due before the card is used next */
        pthread_mutex_t card_mutex;
        struct card card;
};

/* Invariant: session is not NULL while attached; attaching keeps two AttachByIFD apart. */
struct attachment {
        atomic_uint refs;
        const struct winscard_api *api;
        pthread_mutex_t mutex; /* session, attaching, and the session's ended and locks */
        struct session *session;
        bool attaching;
        unsigned sessions; /* how many there were; counted by the one attaching call */
        bool has_context;
        SCARDCONTEXT context; /* of the first AttachByIFD, until the end; used by one attaching call */
        struct unblock_store unblock;
};

static struct session *session_create(struct attachment *attachment)
{
        struct session *session = calloc(1, sizeof(*session));

        if (session == NULL)
                return NULL;
        atomic_init(&session->refs, 1);
        atomic_init(&session->changed, false);
        atomic_init(&session->ended, false);
        session->attachment = attachment;
        session->number = ++attachment->sessions;
        pthread_mutex_init(&session->card_mutex, NULL);
        return session;
}

static void session_unref(struct session *session)
{
        if (session == NULL || object_refs_sub(&session->refs) != 0)
                return;
        pthread_mutex_destroy(&session->card_mutex);
        free(session);
}

/* The present session with a reference; NULL: not attached. */
static struct session *session_get(struct attachment *attachment)
{
        pthread_mutex_lock(&attachment->mutex);
        struct session *session = attachment->session;
        if (session != NULL)
                (void)object_refs_add(&session->refs);
        pthread_mutex_unlock(&attachment->mutex);
        return session;
}

HRESULT attachment_create(const struct winscard_api *api, struct attachment **out)
{
        struct attachment *attachment = calloc(1, sizeof(*attachment));

        *out = attachment;
        if (attachment == NULL)
                return E_OUTOFMEMORY;
        atomic_init(&attachment->refs, 1);
        attachment->api = api;
        pthread_mutex_init(&attachment->mutex, NULL);
        unblock_store_init(&attachment->unblock);
        return S_OK;
}

struct attachment *attachment_ref(struct attachment *attachment)
{
        (void)object_refs_add(&attachment->refs);
        return attachment;
}

void attachment_unref(struct attachment *attachment)
{
        if (attachment == NULL || object_refs_sub(&attachment->refs) != 0)
                return;
        (void)attachment_detach(attachment); /* S_OK, or there was nothing to detach */
        if (attachment->has_context)
                (void)attachment->api->ReleaseContext(attachment->context);
        unblock_store_destroy(&attachment->unblock);
        pthread_mutex_destroy(&attachment->mutex);
        free(attachment);
}

struct unblock_store *attachment_unblock_store(struct attachment *attachment)
{
        return &attachment->unblock;
}

/*
 * Whether the handle is live, and the name of its reader ("": not told), without touching the card: what a live
 * one reports does not matter.
 */
static LONG check_handle(const struct winscard_api *api, SCARDHANDLE handle, char reader[READER_MAX])
{
        DWORD reader_len = READER_MAX - 1, atr_len = 0, state = 0, protocol = 0;
        LONG status;

        memset(reader, 0, READER_MAX);
        status = api->Status(handle, reader, &reader_len, &state, &protocol, NULL, &atr_len);

        switch (status) {
        case SCARD_E_INVALID_HANDLE:
                return SCARD_E_INVALID_PARAMETER;
        case SCARD_E_INSUFFICIENT_BUFFER:
        case SCARD_E_READER_UNAVAILABLE:
        case SCARD_E_NO_SMARTCARD:
        case SCARD_W_REMOVED_CARD:
        case SCARD_W_RESET_CARD:
        case SCARD_W_UNPOWERED_CARD:
        case SCARD_W_UNRESPONSIVE_CARD:
                return SCARD_S_SUCCESS;
        default:
                return status;
        }
}

/* Becomes the one that attaches; false: attached, or another thread is at it. */
static bool attaching_begin(struct attachment *attachment)
{
        pthread_mutex_lock(&attachment->mutex);
        bool mine = attachment->session == NULL && !attachment->attaching;
        if (mine)
                attachment->attaching = true;
        pthread_mutex_unlock(&attachment->mutex);
        return mine;
}

/* session: the new one, taken over; NULL: attaching failed. */
static void attaching_end(struct attachment *attachment, struct session *session)
{
        pthread_mutex_lock(&attachment->mutex);
        attachment->session = session;
        attachment->attaching = false;
        pthread_mutex_unlock(&attachment->mutex);
}

HRESULT attachment_attach_handle(struct attachment *attachment, SCARDHANDLE handle)
{
        struct session *session;
        char reader[READER_MAX];
        LONG status = check_handle(attachment->api, handle, reader);

        if (status != SCARD_S_SUCCESS)
                return hresult_from_scard(status);
        if (!attaching_begin(attachment))
                return E_UNEXPECTED;
        session = session_create(attachment);
        if (session != NULL) {
                session->handle = handle;
                memcpy(session->reader, reader, sizeof(reader));
                card_open(&session->card, attachment->api, handle);
        }
        attaching_end(attachment, session);
        return session != NULL ? S_OK : E_OUTOFMEMORY;
}

/* By the one attaching call: the context, established at the first. */
static LONG need_context(struct attachment *attachment)
{
        LONG status;

        if (attachment->has_context)
                return SCARD_S_SUCCESS;
        status = attachment->api->EstablishContext(SCARD_SCOPE_USER, NULL, NULL, &attachment->context);
        attachment->has_context = status == SCARD_S_SUCCESS;
        return status;
}

HRESULT attachment_attach_reader(struct attachment *attachment, const char *reader, DWORD share_mode)
{
        struct session *session;
        DWORD protocol = 0;
        LONG status;

        if (!attaching_begin(attachment))
                return E_UNEXPECTED;
        session = session_create(attachment);
        status = session == NULL ? SCARD_E_NO_MEMORY : need_context(attachment);
        if (status == SCARD_S_SUCCESS)
                status = attachment->api->Connect(attachment->context, reader, share_mode, SCARD_PROTOCOL_Tx,
                                                  &session->handle, &protocol);
        if (status == SCARD_S_SUCCESS) {
                session->own = true;
                session->share_mode = share_mode;
                (void)snprintf(session->reader, sizeof(session->reader), "%s", reader);
                card_open(&session->card, attachment->api, session->handle);
                session->card.own = true;
        } else {
                session_unref(session);
                session = NULL;
        }
        attaching_end(attachment, session);
        error_note(hresult_from_scard(status), NULL, reader);
        return hresult_from_scard(status);
}

void attachment_reader(struct attachment *attachment, char *name, size_t room)
{
        struct session *session = session_get(attachment);

        (void)snprintf(name, room, "%s", session != NULL ? session->reader : "");
        session_unref(session);
}

bool attachment_attached(struct attachment *attachment)
{
        pthread_mutex_lock(&attachment->mutex);
        bool attached = attachment->session != NULL;
        pthread_mutex_unlock(&attachment->mutex);
        return attached;
}

/*
 * The attachment is over whatever the engine says, so what it says is logged and not returned: a caller that
 * got a failure would detach again, from nothing.
 */
HRESULT attachment_detach(struct attachment *attachment)
{
        const struct winscard_api *api = attachment->api;
        struct session *session;
        unsigned locks = 0;

        pthread_mutex_lock(&attachment->mutex);
        session = attachment->session;
        attachment->session = NULL;
        if (session != NULL) {
                session->ended = true;
                locks = session->locks;
                session->locks = 0;
        }
        pthread_mutex_unlock(&attachment->mutex);
        if (session == NULL)
                return hresult_from_scard(SCARD_E_INVALID_HANDLE);

        /* No more than this object took: the handle may be the caller's, and hold locks of its own. */
        while (locks-- > 0)
                (void)api->EndTransaction(session->handle, SCARD_LEAVE_CARD);
        if (session->own) {
                LONG status = api->Disconnect(session->handle, SCARD_LEAVE_CARD);

                if (status != SCARD_S_SUCCESS)
                        log_line(LOG_WARN, "com", "detaching: the card could not be disconnected (0x%08X)",
                                 (unsigned)status);
        }
        unblock_store_clear(&attachment->unblock, NULL);
        session_unref(session);
        return S_OK;
}

/* The share mode to reconnect with: a caller's handle keeps the one it has, which our engine tells. */
static DWORD own_share_mode(const struct session *session)
{
        DWORD mode = 0, len = sizeof(mode);
        LONG status;

        if (session->own)
                return session->share_mode;
        status =
            session->attachment->api->GetAttrib(session->handle, ISCARD_ATTR_SHARE_MODE, (LPBYTE)&mode, &len);
        if (status != SCARD_S_SUCCESS || len != sizeof(mode))
                return SCARD_SHARE_SHARED;
        return mode;
}

/*
 * SCardReconnect, and what follows from it here: the card may be another, and the transaction of the handle
 * has ended. *locks_lost: how many of the object's locks ended with it.
 */
static LONG session_reconnect(struct session *session, DWORD initialization, unsigned *locks_lost)
{
        struct attachment *attachment = session->attachment;
        DWORD protocol = 0;
        unsigned before;
        LONG status;

        pthread_mutex_lock(&attachment->mutex);
        before = session->locks;
        pthread_mutex_unlock(&attachment->mutex);
        status = attachment->api->Reconnect(session->handle, own_share_mode(session), SCARD_PROTOCOL_Tx,
                                            initialization, &protocol);
        atomic_store(&session->changed, true);
        *locks_lost = 0;
        if (status != SCARD_S_SUCCESS)
                return status;
        /* Only those held before: a lock that another thread took meanwhile is a new one. */
        pthread_mutex_lock(&attachment->mutex);
        *locks_lost = before < session->locks ? before : session->locks;
        session->locks -= *locks_lost;
        pthread_mutex_unlock(&attachment->mutex);
        return status;
}

HRESULT attachment_reconnect(struct attachment *attachment)
{
        struct session *session = session_get(attachment);
        unsigned locks_lost;
        LONG status;

        if (session == NULL)
                return hresult_from_scard(SCARD_E_INVALID_HANDLE);
        /* Not in the middle of another thread's use of the card: Reconnect ends the transaction that it is in. */
        pthread_mutex_lock(&session->card_mutex);
        status = session->ended ? SCARD_E_INVALID_HANDLE
                                : session_reconnect(session, SCARD_LEAVE_CARD, &locks_lost);
        pthread_mutex_unlock(&session->card_mutex);
        session_unref(session);
        return hresult_from_scard(status);
}

HRESULT attachment_status(struct attachment *attachment, DWORD *state, DWORD *protocol)
{
        struct session *session = session_get(attachment);
        DWORD reader_len = 0, atr_len = 0;
        LONG status;

        *state = 0;
        *protocol = 0;
        if (session == NULL)
                return hresult_from_scard(SCARD_E_INVALID_HANDLE);
        status = attachment->api->Status(session->handle, NULL, &reader_len, state, protocol, NULL, &atr_len);
        session_unref(session);
        /* Our engine reports the state as it is; another may answer with the condition of the handle. */
        if (status == SCARD_W_REMOVED_CARD || status == SCARD_E_NO_SMARTCARD) {
                *state = SCARD_ABSENT;
                *protocol = SCARD_PROTOCOL_UNDEFINED;
                status = SCARD_S_SUCCESS;
        }
        if (status != SCARD_S_SUCCESS)
                *state = *protocol = 0;
        return hresult_from_scard(status);
}

/* SCardBeginTransaction, counted; given back where the attachment ended while it waited. */
static LONG session_lock(struct session *session)
{
        struct attachment *attachment = session->attachment;
        LONG status = attachment->api->BeginTransaction(session->handle);
        bool ended;

        if (status != SCARD_S_SUCCESS)
                return status;
        pthread_mutex_lock(&attachment->mutex);
        ended = session->ended;
        if (!ended)
                session->locks++;
        pthread_mutex_unlock(&attachment->mutex);
        if (!ended)
                return SCARD_S_SUCCESS;
        (void)attachment->api->EndTransaction(session->handle, SCARD_LEAVE_CARD);
        return SCARD_E_INVALID_HANDLE;
}

HRESULT attachment_lock(struct attachment *attachment)
{
        struct session *session = session_get(attachment);
        LONG status;

        if (session == NULL)
                return hresult_from_scard(SCARD_E_INVALID_HANDLE);
        status = session_lock(session);
        session_unref(session);
        return hresult_from_scard(status);
}

/* What an EndTransaction that was counted already came to. */
static void unlock_settle(struct session *session, LONG status)
{
        pthread_mutex_lock(&session->attachment->mutex);
        if (status == SCARD_E_NOT_TRANSACTED)
                session->locks = 0; /* the caller's own use of the handle ended the transaction before */
        else if ((status == SCARD_E_CANCELLED || status == SCARD_E_NO_MEMORY) && !session->ended)
                session->locks++; /* it goes on; after every other failure it is over */
        pthread_mutex_unlock(&session->attachment->mutex);
}

HRESULT attachment_unlock(struct attachment *attachment, DWORD disposition)
{
        struct session *session = session_get(attachment);
        LONG status = SCARD_E_NOT_TRANSACTED;
        bool held;

        if (session == NULL)
                return hresult_from_scard(SCARD_E_INVALID_HANDLE);
        /* Counted down first, so that of two threads with one lock only one ends a transaction. */
        pthread_mutex_lock(&attachment->mutex);
        held = session->locks > 0;
        if (held)
                session->locks--;
        pthread_mutex_unlock(&attachment->mutex);
        if (held) {
                status = attachment->api->EndTransaction(session->handle, disposition);
                unlock_settle(session, status);
        }
        session_unref(session);
        return hresult_from_scard(status);
}

/* The profile that this use asks for by name; one that another object asked for is forgotten. */
static void use_profile(struct card *card, const char *profile)
{
        const char *forced = card->forced != NULL ? card->forced->name : NULL;

        if (profile == NULL && forced == NULL)
                return;
        if (profile == NULL || forced == NULL || strcasecmp(profile, forced) != 0)
                (void)card_force_profile(card, profile);
}

HRESULT attachment_card_begin(struct attachment *attachment, const char *profile, struct attachment_use *use)
{
        struct session *session = session_get(attachment);

        *use = (struct attachment_use){.card = NULL};
        if (session == NULL)
                return hresult_from_scard(SCARD_E_INVALID_HANDLE);
        pthread_mutex_lock(&session->card_mutex);
        if (session->ended) { /* while this call waited for the one before */
                pthread_mutex_unlock(&session->card_mutex);
                session_unref(session);
                return hresult_from_scard(SCARD_E_INVALID_HANDLE);
        }
        if (atomic_load(&session->changed) && atomic_exchange(&session->changed, false))
                card_changed(&session->card);
        use_profile(&session->card, profile);
        use->card = &session->card;
        use->session = session;
        use->number = session->number;
        return S_OK;
}

void attachment_card_end(struct attachment_use *use)
{
        pthread_mutex_unlock(&use->session->card_mutex);
        session_unref(use->session);
        *use = (struct attachment_use){.card = NULL};
}

HRESULT attachment_card_done(struct attachment_use *use, LONG status)
{
        HRESULT hr = hresult_from_scard(status);

        error_note(hr, &use->card->last, use->session->reader);
        attachment_card_end(use);
        return hr;
}

void attachment_last(struct attachment *attachment, struct card_last *last)
{
        struct session *session = session_get(attachment);

        *last = (struct card_last){.tries = -1};
        if (session == NULL)
                return;
        pthread_mutex_lock(&session->card_mutex);
        *last = session->card.last;
        pthread_mutex_unlock(&session->card_mutex);
        session_unref(session);
}

/*
 * The warm reset of attachment_card_log_out, inside its transaction, which a reset that works ends together
 * with every lock of the handle.
 */
static LONG reset_and_lock_again(struct session *session)
{
        unsigned locks_lost;
        LONG status = session_reconnect(session, SCARD_RESET_CARD, &locks_lost);

        if (status != SCARD_S_SUCCESS) {
                (void)session->attachment->api->EndTransaction(session->handle, SCARD_LEAVE_CARD);
                /* Reconnect looks for a card to connect to; here the card in use was pulled. */
                return status == SCARD_E_NO_SMARTCARD ? SCARD_W_REMOVED_CARD : status;
        }
        while (status == SCARD_S_SUCCESS && locks_lost-- > 0)
                status = session_lock(session);
        return status;
}

LONG attachment_card_log_out(struct attachment_use *use)
{
        const struct winscard_api *api = use->card->api;
        SCARDHANDLE handle = use->card->handle;
        /*
         * In a transaction: another connection gets no command in between; and a condition that is pending
         * on the handle (the card was pulled, another put in) is reported here, where the Reconnect after it
         * would acknowledge it unseen.
         */
        LONG status = api->BeginTransaction(handle);

        if (status != SCARD_S_SUCCESS)
                return status;
        status = chv_log_out(use->card);
        if (status == SCARD_E_UNSUPPORTED_FEATURE)
                return reset_and_lock_again(use->session);
        (void)api->EndTransaction(handle, SCARD_LEAVE_CARD);
        return status;
}
