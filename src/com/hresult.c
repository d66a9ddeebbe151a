#include <stddef.h>
#include <stdint.h>
#include <strings.h>

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
    {E_ABORT, "E_ABORT", "the operation was ended"},
    {E_FAIL, "E_FAIL", "failed"},
    {E_UNEXPECTED, "E_UNEXPECTED", "the object is not in a state for this call"},
    {E_ACCESSDENIED, "E_ACCESSDENIED", "access is denied"},
    {E_HANDLE, "E_HANDLE", "the handle is not valid"},
    {E_BOUNDS, "E_BOUNDS", "outside the valid range"},
    {E_OUTOFMEMORY, "E_OUTOFMEMORY", "out of memory"},
    {E_INVALIDARG, "E_INVALIDARG", "an argument is not valid"},
    {DISP_E_UNKNOWNINTERFACE, "DISP_E_UNKNOWNINTERFACE", "the interface identifier has to be IID_NULL"},
    {DISP_E_MEMBERNOTFOUND, "DISP_E_MEMBERNOTFOUND", "no method has this dispatch identifier"},
    {DISP_E_PARAMNOTFOUND, "DISP_E_PARAMNOTFOUND", "no parameter has this name"},
    {DISP_E_TYPEMISMATCH, "DISP_E_TYPEMISMATCH", "an argument has the wrong type"},
    {DISP_E_UNKNOWNNAME, "DISP_E_UNKNOWNNAME", "no method has this name"},
    {DISP_E_NONAMEDARGS, "DISP_E_NONAMEDARGS", "arguments cannot be named here"},
    {DISP_E_BADVARTYPE, "DISP_E_BADVARTYPE", "not a type of VARIANT"},
    {DISP_E_EXCEPTION, "DISP_E_EXCEPTION", "the method failed"},
    {DISP_E_OVERFLOW, "DISP_E_OVERFLOW", "a value is too large for its type"},
    {DISP_E_BADINDEX, "DISP_E_BADINDEX", "no element has this index"},
    {DISP_E_UNKNOWNLCID, "DISP_E_UNKNOWNLCID", "the language is not known"},
    {DISP_E_ARRAYISLOCKED, "DISP_E_ARRAYISLOCKED", "the array is locked"},
    {DISP_E_BADPARAMCOUNT, "DISP_E_BADPARAMCOUNT", "wrong number of arguments"},
    {DISP_E_PARAMNOTOPTIONAL, "DISP_E_PARAMNOTOPTIONAL", "an argument is missing"},
    {DISP_E_BADCALLEE, "DISP_E_BADCALLEE", "the called object is not valid"},
    {DISP_E_NOTACOLLECTION, "DISP_E_NOTACOLLECTION", "not a collection"},
    {DISP_E_DIVBYZERO, "DISP_E_DIVBYZERO", "division by zero"},
    {DISP_E_BUFFERTOOSMALL, "DISP_E_BUFFERTOOSMALL", "the buffer is too small"},
    {TYPE_E_ELEMENTNOTFOUND, "TYPE_E_ELEMENTNOTFOUND", "the type library does not have this element"},
    {TYPE_E_CANTLOADLIBRARY, "TYPE_E_CANTLOADLIBRARY", "the type library cannot be loaded"},
    {STG_E_INVALIDFUNCTION, "STG_E_INVALIDFUNCTION", "the stream does not do this"},
    {STG_E_ACCESSDENIED, "STG_E_ACCESSDENIED", "the stream does not allow this"},
    {STG_E_INVALIDHANDLE, "STG_E_INVALIDHANDLE", "the handle of the stream is not valid"},
    {STG_E_INSUFFICIENTMEMORY, "STG_E_INSUFFICIENTMEMORY", "the stream has no memory left"},
    {STG_E_INVALIDPOINTER, "STG_E_INVALIDPOINTER", "a pointer given to the stream is not valid"},
    {STG_E_SEEKERROR, "STG_E_SEEKERROR", "the stream cannot go there"},
    {STG_E_WRITEFAULT, "STG_E_WRITEFAULT", "writing to the stream failed"},
    {STG_E_READFAULT, "STG_E_READFAULT", "reading from the stream failed"},
    {STG_E_LOCKVIOLATION, "STG_E_LOCKVIOLATION", "this part of the stream is locked"},
    {STG_E_INVALIDPARAMETER, "STG_E_INVALIDPARAMETER", "an argument given to the stream is not valid"},
    {STG_E_MEDIUMFULL, "STG_E_MEDIUMFULL", "the medium of the stream is full"},
    {STG_E_INVALIDFLAG, "STG_E_INVALIDFLAG", "a flag given to the stream is not valid"},
    {STG_E_REVERTED, "STG_E_REVERTED", "the stream was reverted"},
    {CLASS_E_NOAGGREGATION, "CLASS_E_NOAGGREGATION", "the class cannot be aggregated"},
    {CLASS_E_CLASSNOTAVAILABLE, "CLASS_E_CLASSNOTAVAILABLE", "the library does not have this class"},
    {REGDB_E_CLASSNOTREG, "REGDB_E_CLASSNOTREG", "the class is not known"},
    {REGDB_E_IIDNOTREG, "REGDB_E_IIDNOTREG", "the interface is not known"},
    {CO_E_NOTINITIALIZED, "CO_E_NOTINITIALIZED", "CoInitialize has not been called"},
    {CO_E_ALREADYINITIALIZED, "CO_E_ALREADYINITIALIZED", "CoInitialize has been called before"},
    {CO_E_CLASSSTRING, "CO_E_CLASSSTRING", "the text names no class"},
    {CO_E_IIDSTRING, "CO_E_IIDSTRING", "the text is no interface identifier"},
    {CO_E_OBJNOTREG, "CO_E_OBJNOTREG", "the object is not registered"},
    {RPC_E_CHANGED_MODE, "RPC_E_CHANGED_MODE", "the threading model was set to another before"},
    {RPC_E_WRONG_THREAD, "RPC_E_WRONG_THREAD", "called on a thread that it does not belong to"},
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

bool hresult_from_name(const char *name, HRESULT *hr)
{
        int32_t code = 0;

        *hr = S_OK;
        for (size_t i = 0; name != NULL && i < sizeof(names) / sizeof(names[0]); i++) {
                if (strcasecmp(names[i].name, name) != 0)
                        continue;
                *hr = names[i].value;
                return true;
        }
        if (!status_from_name(name, &code))
                return false;
        *hr = code; /* as it is, also where the edge would make another of it */
        return true;
}

const char *hresult_text(HRESULT hr)
{
        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
                if (names[i].value == hr)
                        return names[i].text;
        }
        return status_text(hr);
}
