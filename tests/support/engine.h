/*
 * engine.h - what tests of the engine begin with: includes, a context, a connection to a fake reader.
 */
#ifndef ISCARD_TESTS_ENGINE_H
#define ISCARD_TESTS_ENGINE_H

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "winscard.h"

#include "tests/support/fake_ifd.h"

#define assert_status(actual, expected) assert_int_equal((uint32_t)(actual), (uint32_t)(expected))
#define BOTH                            (SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1)

static const BYTE engine_get_challenge[] = {0x00, 0x84, 0x00, 0x00, 0x08};

static inline SCARDCONTEXT engine_context(void)
{
        SCARDCONTEXT context = 0;

        assert_status(SCardEstablishContext(SCARD_SCOPE_USER, NULL, NULL, &context), SCARD_S_SUCCESS);
        assert_true(context != 0);
        return context;
}

static inline SCARDHANDLE engine_connect(SCARDCONTEXT context, DWORD mode)
{
        SCARDHANDLE card = 0;

        assert_status(SCardConnectA(context, FAKE_NAME, mode, BOTH, &card, NULL), SCARD_S_SUCCESS);
        assert_true(card != 0);
        return card;
}

static inline LONG engine_transmit(SCARDHANDLE card)
{
        BYTE response[300];
        DWORD len = sizeof(response);
        LONG status = SCardTransmit(card, NULL, engine_get_challenge, sizeof(engine_get_challenge), NULL,
                                    response, &len);

        assert_true(status == SCARD_S_SUCCESS ? len >= 2 : len == 0);
        return status;
}

static inline DWORD engine_attribute(SCARDHANDLE card, DWORD id)
{
        DWORD value = 0, len = sizeof(value);

        assert_status(SCardGetAttrib(card, id, (LPBYTE)&value, &len), SCARD_S_SUCCESS);
        assert_int_equal(len, sizeof(value));
        return value;
}

static inline DWORD engine_state(SCARDHANDLE card)
{
        DWORD state = 99;

        assert_status(SCardStatusA(card, NULL, NULL, &state, NULL, NULL, NULL), SCARD_S_SUCCESS);
        return state;
}

static inline void engine_sleep_ms(long ms)
{
        struct timespec time = {ms / 1000, ms % 1000 * 1000000L};

        nanosleep(&time, NULL);
}

#endif
