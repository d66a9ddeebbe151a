#include <stdint.h>
#include <stdio.h>

#include "core/status.h"

#include "compat/code.h"

static lite_long as_lite(uint32_t bits)
{
        return (lite_long)(lite_dword)bits;
}

lite_long code_lite(LONG status)
{
        switch (status) {
        case SCARD_E_UNSUPPORTED_FEATURE:
                return as_lite(LITE_E_UNSUPPORTED_FEATURE);
        case SCARD_E_UNEXPECTED: /* its value means something else there */
                return as_lite((uint32_t)SCARD_F_UNKNOWN_ERROR);
        case SCARD_W_UNPOWERED_CARD:
                return as_lite((uint32_t)SCARD_W_RESET_CARD);
        default:
                return as_lite((uint32_t)status);
        }
}

lite_long code_lite_exchange(LONG status)
{
        switch (status) {
        case SCARD_F_COMM_ERROR:
        case SCARD_F_INTERNAL_ERROR:
        case SCARD_E_TIMEOUT:
        case SCARD_E_NOT_READY:
        case SCARD_E_COMM_DATA_LOST:
        case SCARD_E_INVALID_PARAMETER:
        case SCARD_W_UNRESPONSIVE_CARD:
        case SCARD_W_UNSUPPORTED_CARD:
                return as_lite((uint32_t)SCARD_E_NOT_TRANSACTED);
        default:
                return code_lite(status);
        }
}

LONG code_engine(lite_long code)
{
        if ((uint32_t)code == LITE_E_UNSUPPORTED_FEATURE)
                return SCARD_E_UNSUPPORTED_FEATURE;
        return (LONG)(uint32_t)code;
}

DWORD dword_engine(lite_dword value)
{
        return (DWORD)(value & UINT32_MAX);
}

DWORD protocols_engine(lite_dword protocols)
{
        DWORD wanted = (DWORD)(protocols & (SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1));

        /* "Raw" is whatever the driver finds best. */
        if ((protocols & (LITE_PROTOCOL_RAW | LITE_PROTOCOL_ANY_OLD)) != 0)
                wanted = SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1;
        return wanted;
}

lite_dword protocol_lite(DWORD protocol)
{
        return protocol == SCARD_PROTOCOL_RAW ? LITE_PROTOCOL_RAW : protocol;
}

const char *lite_stringify_error(lite_long code)
{
        static _Thread_local char text[64];
        const char *known = status_text(code_engine(code));

        /* Which says more here than elsewhere: code_lite_exchange. */
        if (code_engine(code) == SCARD_E_NOT_TRANSACTED)
                return "the exchange with the card or the reader failed, or no transaction is held";
        if (known != NULL)
                return known;
        (void)snprintf(text, sizeof(text), "unknown code 0x%08lX", (lite_dword)code);
        return text;
}
