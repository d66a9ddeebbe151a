/*
 * fake_winscard.h - a winscard whose every answer a test chooses and whose every call it sees. For the tests
 * of src/com.
 */
#ifndef ISCARD_TESTS_FAKE_WINSCARD_H
#define ISCARD_TESTS_FAKE_WINSCARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <scardcom.h>

#include "core/card/winscard_api.h"

#define FAKE_CONTEXT ((SCARDCONTEXT)0xC0)
#define FAKE_OWN     ((SCARDHANDLE)0x0A) /* what Connect gives */
#define FAKE_CALLERS ((SCARDHANDLE)0x0B) /* a handle of the caller's */
#define FAKE_APDUS   8

struct fake_winscard {
        /* What the functions return. 0: success. */
        LONG establish, connect, reconnect, disconnect, begin, end, status, transmit, get_attrib;
        DWORD state, protocol;
        uint16_t sw;            /* of each command, and of each entry on the PIN pad */
        unsigned pinpad;        /* bits: 1 verify, 2 modify */
        bool display;           /* of the PIN pad */
        LONG control;           /* what Control returns for an entry. 0: success */
        DWORD share_mode;       /* of FAKE_CALLERS; 0: the attribute is not known */
        void (*on_begin)(void); /* called inside; the test blocks there */
        void (*on_transmit)(void);
        /* The whole answer to a command, at most room bytes; 0: sw alone. NULL: always sw. */
        size_t (*answer)(const uint8_t *command, size_t len, uint8_t *response, size_t room);
        DWORD max_input;    /* SCARD_ATTR_MAXINPUT; 0: the attribute is not known */
        const uint8_t *atr; /* NULL: 3B 00 */
        size_t atr_len;
        bool counts_commands; /* ISCARD_ATTR_CARD_EPOCH, _COMMANDS are known */
        DWORD epoch, others;  /* commands of other handles */
        DWORD sent;           /* of this one, never cleared by a test as apdus is */

        /* What was called, and how the last time. */
        unsigned contexts, contexts_released, connects, reconnects, disconnects, begins, ends, statuses;
        char reader[256];
        SCARDHANDLE handle;
        DWORD connect_mode, connect_protocols;
        DWORD reconnect_mode, reconnect_protocols, initialization;
        DWORD disposition;
        unsigned entries; /* on the PIN pad; the last one's feature and structure */
        uint8_t entry_feature, entry[300];
        size_t entry_len;
        unsigned apdus;
        struct {
                uint8_t bytes[600];
                size_t len;
        } apdu[FAKE_APDUS];
};

extern struct fake_winscard fake;
extern const struct winscard_api fake_api;

/* Success everywhere, 9000, a card in state SPECIFIC with T=1. */
void fake_winscard_reset(void);
/* Calls that may reach a card: connects, reconnects, transactions, commands. */
unsigned fake_winscard_touches(void);

/* An IByteBuffer of the library with this content; NULL text: initialised and empty. */
IByteBuffer *buffer_of(const char *text);
IByteBuffer *buffer_of_bytes(const void *data, size_t len);

/* Every SCARD_ code of scarderr.h but success; *count of them. */
const LONG *every_scard_code(size_t *count);
/* What hresult.md says of one. */
HRESULT hresult_of_table(LONG code);

#endif
