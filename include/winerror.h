/*
 * winerror.h - HRESULT, its macros, and the codes that COM methods of this library return. The SCARD_ codes
 * come with <scarderr.h>.
 *
 * Bit 31 says failure, bits 16 to 26 the facility, bits 0 to 15 the code. The constants are typed: comparing
 * one with a HRESULT warns nowhere. Source: MS-ERREF 2.1
 */
#ifndef ISCARD_WINERROR_H
#define ISCARD_WINERROR_H

#include "scarderr.h"
#include "windef.h"

typedef LONG HRESULT;
typedef LONG SCODE;

#define SEVERITY_SUCCESS 0
#define SEVERITY_ERROR   1

#define FACILITY_NULL     0
#define FACILITY_RPC      1
#define FACILITY_DISPATCH 2
#define FACILITY_STORAGE  3
#define FACILITY_ITF      4
#define FACILITY_WIN32    7
#define FACILITY_WINDOWS  8

#define SUCCEEDED(hr)        (((HRESULT)(hr)) >= 0)
#define FAILED(hr)           (((HRESULT)(hr)) < 0)
#define IS_ERROR(status)     ((((ULONG)(status)) >> 31) == SEVERITY_ERROR)
#define HRESULT_CODE(hr)     ((LONG)((hr)&0xFFFF))
#define SCODE_CODE(sc)       HRESULT_CODE(sc)
#define HRESULT_FACILITY(hr) ((LONG)((((ULONG)(hr)) >> 16) & 0x1FFF))
#define SCODE_FACILITY(sc)   HRESULT_FACILITY(sc)
#define HRESULT_SEVERITY(hr) ((LONG)(((ULONG)(hr)) >> 31))
#define SCODE_SEVERITY(sc)   HRESULT_SEVERITY(sc)
#define MAKE_HRESULT(severity, facility, code)                                                               \
        ((HRESULT)((((ULONG)(severity)) << 31) | (((ULONG)(facility)) << 16) | ((ULONG)(code))))
#define MAKE_SCODE(severity, facility, code) MAKE_HRESULT(severity, facility, code)
/* A Win32 error as HRESULT; what is a HRESULT already, or 0, stays as it is. */
#define HRESULT_FROM_WIN32(error)                                                                            \
        ((HRESULT)(error) <= 0 ? (HRESULT)(error)                                                            \
                               : MAKE_HRESULT(SEVERITY_ERROR, FACILITY_WIN32, (ULONG)(error)&0xFFFF))

#define NOERROR ((HRESULT)0x00000000L)
#define S_OK    ((HRESULT)0x00000000L) /* success */
#define S_FALSE ((HRESULT)0x00000001L) /* success, and the answer is no, or nothing was left to do */

#define E_NOTIMPL      ((HRESULT)0x80004001L) /* the method exists for its slot only */
#define E_NOINTERFACE  ((HRESULT)0x80004002L) /* the object does not have that interface */
#define E_POINTER      ((HRESULT)0x80004003L) /* NULL where an output or an object is needed */
#define E_ABORT        ((HRESULT)0x80004004L) /* the operation was ended */
#define E_FAIL         ((HRESULT)0x80004005L) /* a failure without a code of its own */
#define E_UNEXPECTED   ((HRESULT)0x8000FFFFL) /* the object is in the wrong state for this */
#define E_ACCESSDENIED ((HRESULT)0x80070005L) /* access is denied */
#define E_HANDLE       ((HRESULT)0x80070006L) /* the handle is not valid */
#define E_OUTOFMEMORY  ((HRESULT)0x8007000EL) /* out of memory; the object remains usable */
#define E_INVALIDARG   ((HRESULT)0x80070057L) /* an argument is not valid */
#define E_BOUNDS       ((HRESULT)0x8000000BL) /* outside the valid range */

#define RPC_E_CHANGED_MODE ((HRESULT)0x80010106L) /* the thread has another threading model already */
#define RPC_E_WRONG_THREAD ((HRESULT)0x8001010EL) /* called on a thread it does not belong to */

#define CO_E_NOTINITIALIZED     ((HRESULT)0x800401F0L) /* CoInitialize was not called */
#define CO_E_ALREADYINITIALIZED ((HRESULT)0x800401F1L) /* CoInitialize was called already */
#define CO_E_CLASSSTRING        ((HRESULT)0x800401F3L) /* no class is named like that */
#define CO_E_IIDSTRING          ((HRESULT)0x800401F4L) /* no interface identifier is written like that */
#define CO_E_OBJNOTREG          ((HRESULT)0x800401FBL) /* the object is not registered */

#define CLASS_E_NOAGGREGATION     ((HRESULT)0x80040110L) /* the class cannot be part of another object */
#define CLASS_E_CLASSNOTAVAILABLE ((HRESULT)0x80040111L) /* the library does not have that class */
#define REGDB_E_CLASSNOTREG       ((HRESULT)0x80040154L) /* no class is registered with that identifier */
#define REGDB_E_IIDNOTREG         ((HRESULT)0x80040155L) /* no interface is registered with that identifier */

#define DISP_E_UNKNOWNINTERFACE ((HRESULT)0x80020001L) /* the riid argument is not IID_NULL */
#define DISP_E_MEMBERNOTFOUND   ((HRESULT)0x80020003L) /* no member has that dispatch identifier */
#define DISP_E_PARAMNOTFOUND    ((HRESULT)0x80020004L) /* no parameter has that name */
#define DISP_E_TYPEMISMATCH     ((HRESULT)0x80020005L) /* the value cannot become that type */
#define DISP_E_UNKNOWNNAME      ((HRESULT)0x80020006L) /* no member has that name */
#define DISP_E_NONAMEDARGS      ((HRESULT)0x80020007L) /* named arguments are not taken */
#define DISP_E_BADVARTYPE       ((HRESULT)0x80020008L) /* not a type of VARIANT */
#define DISP_E_EXCEPTION        ((HRESULT)0x80020009L) /* the member failed; EXCEPINFO says how */
#define DISP_E_OVERFLOW         ((HRESULT)0x8002000AL) /* the value is outside the range of that type */
#define DISP_E_BADINDEX         ((HRESULT)0x8002000BL) /* no such index */
#define DISP_E_UNKNOWNLCID      ((HRESULT)0x8002000CL) /* the language is not known */
#define DISP_E_ARRAYISLOCKED    ((HRESULT)0x8002000DL) /* the array is locked */
#define DISP_E_BADPARAMCOUNT    ((HRESULT)0x8002000EL) /* too many or too few arguments */
#define DISP_E_PARAMNOTOPTIONAL ((HRESULT)0x8002000FL) /* an argument is missing */
#define DISP_E_BADCALLEE        ((HRESULT)0x80020010L) /* the callee is not valid */
#define DISP_E_NOTACOLLECTION   ((HRESULT)0x80020011L) /* not a collection */
#define DISP_E_DIVBYZERO        ((HRESULT)0x80020012L) /* division by zero */
#define DISP_E_BUFFERTOOSMALL   ((HRESULT)0x80020013L) /* the buffer is too small */

#define TYPE_E_ELEMENTNOTFOUND ((HRESULT)0x8002802BL) /* no such element */
#define TYPE_E_CANTLOADLIBRARY ((HRESULT)0x80029C4AL) /* the type library cannot be loaded */

#define STG_E_INVALIDFUNCTION    ((HRESULT)0x80030001L) /* the stream cannot do this, or not from there */
#define STG_E_ACCESSDENIED       ((HRESULT)0x80030005L) /* access is denied */
#define STG_E_INVALIDHANDLE      ((HRESULT)0x80030006L) /* the handle is not valid */
#define STG_E_INSUFFICIENTMEMORY ((HRESULT)0x80030008L) /* out of memory */
#define STG_E_INVALIDPOINTER     ((HRESULT)0x80030009L) /* a pointer is not valid */
#define STG_E_SEEKERROR          ((HRESULT)0x80030019L) /* no such position */
#define STG_E_WRITEFAULT         ((HRESULT)0x8003001DL) /* writing failed */
#define STG_E_READFAULT          ((HRESULT)0x8003001EL) /* reading failed */
#define STG_E_LOCKVIOLATION      ((HRESULT)0x80030021L) /* another has locked the region */
#define STG_E_INVALIDPARAMETER   ((HRESULT)0x80030057L) /* an argument is not valid */
#define STG_E_MEDIUMFULL         ((HRESULT)0x80030070L) /* there is no room */
#define STG_E_INVALIDFLAG        ((HRESULT)0x800300FFL) /* a flag is not valid */
#define STG_E_REVERTED           ((HRESULT)0x80030102L) /* the object was reverted */

#endif
