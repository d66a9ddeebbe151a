/*
 * codes.h - which HRESULTs the documentation of each method allows when the exchange with card or reader goes
 * wrong.
 */
#ifndef ISCARD_TESTS_MATRIX_CODES_H
#define ISCARD_TESTS_MATRIX_CODES_H

#include <stdbool.h>

#include <scardcom.h>

enum method {
        METHOD_NONE, /* of the COM runtime, of IByteBuffer, or the hand of the test: no fault reaches it */
        METHOD_ATTACH,
        METHOD_DETACH,
        METHOD_STATUS,
        METHOD_RECONNECT,
        METHOD_LOCK,
        METHOD_UNLOCK,
        METHOD_VERIFY,
        METHOD_CHECK, /* Verify with SC_FL_IHV_CHECKONLY */
        METHOD_CHANGE,
        METHOD_UNBLOCK,
        METHOD_RESET,
        METHOD_SET_UNBLOCK,
        METHOD_CONNECT,        /* SCardConnect */
        METHOD_CARD_RECONNECT, /* SCardReconnect */
        METHOD_DISCONNECT,     /* SCardDisconnect */
};

/* Of a step of the scenario, by its name; false: there is no such step. */
bool codes_method(const char *step, enum method *method);
bool codes_allowed(enum method method, HRESULT hr);

#endif
