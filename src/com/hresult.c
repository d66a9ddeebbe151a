#include <stddef.h>
#include <stdint.h>

#include "core/log.h"
#include "core/status.h"
#include "com/hresult.h"

static const struct {
        HRESULT value;
        const char *name, *text;
} names[] = {
    {S_OK, "S_OK", "success"},
    {S_FALSE, "S_FALSE", "success, with nothing done"},
    {E_NOTIMPL, "E_NOTIMPL", "not implemented"},
    {E_NOINTERFACE, "E_NOINTERFACE", "the object does not have this interface"},
    {E_POINTER, "E_POINTER", "a NULL pointer where one is needed"},
    {E_FAIL, "E_FAIL", "failed"},
    {E_UNEXPECTED, "E_UNEXPECTED", "the object is not in a state for this call"},
    {E_OUTOFMEMORY, "E_OUTOFMEMORY", "out of memory"},
    {E_INVALIDARG, "E_INVALIDARG", "an argument is not valid"},
    {DISP_E_UNKNOWNINTERFACE, "DISP_E_UNKNOWNINTERFACE", "the interface identifier has to be IID_NULL"},
    {DISP_E_MEMBERNOTFOUND, "DISP_E_MEMBERNOTFOUND", "no method has this dispatch identifier"},
    {DISP_E_PARAMNOTFOUND, "DISP_E_PARAMNOTFOUND", "no parameter has this name"},
    {DISP_E_TYPEMISMATCH, "DISP_E_TYPEMISMATCH", "an argument has the wrong type"},
    {DISP_E_UNKNOWNNAME, "DISP_E_UNKNOWNNAME", "no method has this name"},
    {DISP_E_EXCEPTION, "DISP_E_EXCEPTION", "the method failed"},
    {DISP_E_OVERFLOW, "DISP_E_OVERFLOW", "a value is too large for its type"},
    {DISP_E_BADINDEX, "DISP_E_BADINDEX", "no element has this index"},
    {DISP_E_BADPARAMCOUNT, "DISP_E_BADPARAMCOUNT", "wrong number of arguments"},
    {DISP_E_PARAMNOTOPTIONAL, "DISP_E_PARAMNOTOPTIONAL", "an argument is missing"},
    {STG_E_INVALIDFUNCTION, "STG_E_INVALIDFUNCTION", "the stream does not do this"},
    {CLASS_E_NOAGGREGATION, "CLASS_E_NOAGGREGATION", "the class cannot be aggregated"},
    {CLASS_E_CLASSNOTAVAILABLE, "CLASS_E_CLASSNOTAVAILABLE", "the library does not have this class"},
    {REGDB_E_CLASSNOTREG, "REGDB_E_CLASSNOTREG", "the class is not known"},
    {CO_E_NOTINITIALIZED, "CO_E_NOTINITIALIZED", "CoInitialize has not been called"},
    {CO_E_CLASSSTRING, "CO_E_CLASSSTRING", "the text names no class"},
    {RPC_E_CHANGED_MODE, "RPC_E_CHANGED_MODE", "the threading model was set to another before"},
};

HRESULT hresult_from_scard(LONG code)
{
        switch (code) {
        case SCARD_S_SUCCESS:
                return S_OK;
        case SCARD_E_NO_MEMORY:
                return E_OUTOFMEMORY;
        case SCARD_E_INVALID_PARAMETER:
                return E_INVALIDARG;
        default:
                break;
        }
        if (status_name(code) != NULL)
                return (HRESULT)code;
        log_line(LOG_WARN, "com", "the card functions returned 0x%08X, which is no SCARD_ code",
                 (unsigned)code);
        /* Windows' functions may return a plain system error: facility 7, as HRESULT_FROM_WIN32 does. */
        if (code > 0)
                return (HRESULT)(INT32_MIN | (7 << 16) | (code & 0xFFFF));
        return (HRESULT)code;
}

const char *hresult_name(HRESULT hr)
{
        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
                if (names[i].value == hr)
                        return names[i].name;
        }
        return status_name(hr);
}

const char *hresult_text(HRESULT hr)
{
        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
                if (names[i].value == hr)
                        return names[i].text;
        }
        return status_text(hr);
}
