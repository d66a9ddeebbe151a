/* codes.c - see codes.h */
#include <stddef.h>
#include <string.h>

#include "tests/matrix/codes.h"

#define CODES_MAX 10

/*
 * What every method that reaches the card may return: idl/scardcom.idl, at the head. Left out are the codes
 * that nothing in these runs gives cause for: lack of memory, another's exclusive use.
 */
static const HRESULT reaching[] = {
    S_OK,
    SCARD_E_INVALID_HANDLE,
    SCARD_W_RESET_CARD,
    SCARD_W_REMOVED_CARD,
    SCARD_W_UNPOWERED_CARD,
    SCARD_E_READER_UNAVAILABLE,
    SCARD_E_COMM_DATA_LOST,
    SCARD_F_COMM_ERROR,
    SCARD_E_TIMEOUT,
    SCARD_E_NOT_READY,
    SCARD_E_UNEXPECTED,
};

/* What a method returns besides: its own text in idl/scardcom.idl, and spec/hresult.md. */
static const struct {
        bool reaches;
        HRESULT own[CODES_MAX]; /* S_OK ends the list */
} methods[] = {
    [METHOD_NONE] = {false, {S_OK}},
    [METHOD_ATTACH] = {true,
                       {E_UNEXPECTED, SCARD_E_UNKNOWN_READER, SCARD_E_NO_SMARTCARD, SCARD_W_UNRESPONSIVE_CARD,
                        SCARD_W_UNSUPPORTED_CARD}},
    [METHOD_DETACH] = {false, {SCARD_E_INVALID_HANDLE}},
    [METHOD_STATUS] = {false, {SCARD_E_INVALID_HANDLE, SCARD_E_READER_UNAVAILABLE}},
    [METHOD_RECONNECT] = {true, {SCARD_E_NO_SMARTCARD, SCARD_W_UNRESPONSIVE_CARD, SCARD_W_UNSUPPORTED_CARD}},
    [METHOD_LOCK] = {true, {S_OK}},
    [METHOD_UNLOCK] = {true, {SCARD_E_NOT_TRANSACTED}},
    [METHOD_VERIFY] = {true,
                       {SCARD_W_WRONG_CHV, SCARD_W_CHV_BLOCKED, SCARD_E_INVALID_CHV,
                        SCARD_W_SECURITY_VIOLATION}},
    [METHOD_CHECK] = {true, {SCARD_W_CARD_NOT_AUTHENTICATED, SCARD_W_CHV_BLOCKED}},
    [METHOD_CHANGE] = {true,
                       {SCARD_W_WRONG_CHV, SCARD_W_CHV_BLOCKED, SCARD_E_INVALID_CHV,
                        SCARD_W_SECURITY_VIOLATION}},
    /* E_INVALIDARG: the number of the unblock data is used up, or was never given out */
    [METHOD_UNBLOCK] = {true,
                        {E_INVALIDARG, SCARD_W_WRONG_CHV, SCARD_W_CHV_BLOCKED, SCARD_E_INVALID_CHV,
                         SCARD_W_SECURITY_VIOLATION}},
    [METHOD_RESET] = {true, {SCARD_W_UNRESPONSIVE_CARD, SCARD_W_UNSUPPORTED_CARD}},
    [METHOD_SET_UNBLOCK] = {false, {S_OK}},
    [METHOD_CONNECT] = {true,
                        {SCARD_E_UNKNOWN_READER, SCARD_E_NO_SMARTCARD, SCARD_W_UNRESPONSIVE_CARD,
                         SCARD_W_UNSUPPORTED_CARD}},
    [METHOD_CARD_RECONNECT] = {true,
                               {SCARD_E_NO_SMARTCARD, SCARD_W_UNRESPONSIVE_CARD, SCARD_W_UNSUPPORTED_CARD}},
    [METHOD_DISCONNECT] = {true, {S_OK}},
};

/* The first row that begins the name of the step. */
static const struct {
        const char *begin;
        enum method method;
} rows[] = {
    {"initialize", METHOD_NONE},
    {"create ", METHOD_NONE},
    {"a buffer ", METHOD_NONE},
    {"a second context", METHOD_NONE},
    {"ask for the unblock data", METHOD_NONE},
    {"pull the card", METHOD_NONE},
    {"insert the card", METHOD_NONE},
    {"unplug the reader", METHOD_NONE},
    {"plug the reader in", METHOD_NONE},
    {"attach", METHOD_ATTACH},
    {"detach", METHOD_DETACH},
    {"status", METHOD_STATUS},
    {"reconnect", METHOD_RECONNECT},
    {"lock", METHOD_LOCK},
    {"unlock", METHOD_UNLOCK},
    {"check", METHOD_CHECK},
    {"verify", METHOD_VERIFY},
    {"wrong code", METHOD_VERIFY},
    {"the code, blocked", METHOD_VERIFY},
    {"change ", METHOD_CHANGE},
    {"unblock", METHOD_UNBLOCK},
    {"reset the security state", METHOD_RESET},
    {"set unblock data", METHOD_SET_UNBLOCK},
    {"keep unblock data", METHOD_SET_UNBLOCK},
    {"a second handle", METHOD_CONNECT},
    {"it resets the card", METHOD_CARD_RECONNECT},
    {"the second handle goes", METHOD_DISCONNECT},
};

bool codes_method(const char *step, enum method *method)
{
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                if (strncmp(step, rows[i].begin, strlen(rows[i].begin)) != 0)
                        continue;
                *method = rows[i].method;
                return true;
        }
        return false;
}

bool codes_allowed(enum method method, HRESULT hr)
{
        const HRESULT *own = methods[method].own;

        if (hr == S_OK)
                return true;
        for (size_t i = 0; methods[method].reaches && i < sizeof(reaching) / sizeof(reaching[0]); i++) {
                if (reaching[i] == hr)
                        return true;
        }
        for (size_t i = 0; i < CODES_MAX && own[i] != S_OK; i++) {
                if (own[i] == hr)
                        return true;
        }
        return false;
}
