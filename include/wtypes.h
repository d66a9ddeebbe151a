/*
 * wtypes.h - the data types of automation: OLECHAR, BSTR, VARTYPE, CY, DECIMAL, DATE, VARIANT_BOOL.
 */
#ifndef ISCARD_WTYPES_H
#define ISCARD_WTYPES_H

#include "basetyps.h"
#include "guiddef.h"
#include "windef.h"
#include "winerror.h"

/*
 * One UTF-16 unit. Literals are OLESTR("..."), which gives u"..."; an L"..." literal has another type unless
 * the source is compiled with -fshort-wchar, in C and in C++.
 */
typedef WCHAR OLECHAR;
typedef OLECHAR *LPOLESTR;
typedef const OLECHAR *LPCOLESTR;
#if defined(__cplusplus) && __SIZEOF_WCHAR_T__ == 2
#define OLESTR(string) L##string
#else
#define OLESTR(string) u##string
#endif

/*
 * A string made by SysAllocString and its kin: points at the first unit; 32 bits before it hold the length in
 * bytes, a NUL unit follows that the length does not count. NULL is the empty string everywhere.
 */
typedef OLECHAR *BSTR;
typedef BSTR *LPBSTR;

typedef DWORD LCID;
#define LOCALE_NEUTRAL        ((LCID)0x0000)
#define LOCALE_USER_DEFAULT   ((LCID)0x0400)
#define LOCALE_SYSTEM_DEFAULT ((LCID)0x0800)
#define LOCALE_INVARIANT      ((LCID)0x007F)

typedef SHORT VARIANT_BOOL;
typedef VARIANT_BOOL _VARIANT_BOOL;
#define VARIANT_TRUE  ((VARIANT_BOOL)-1)
#define VARIANT_FALSE ((VARIANT_BOOL)0)

typedef double DATE; /* days since 30 December 1899 */

/* Members without a name of their own, as in the published layouts. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpedantic"
#ifdef __clang__
#pragma clang diagnostic ignored "-Wnested-anon-types"
#pragma clang diagnostic ignored "-Wgnu-anonymous-struct"
#endif

/* A fixed-point number, int64 in units of 1/10000. */
typedef union tagCY {
        struct {
                ULONG Lo;
                LONG Hi;
        };
        LONGLONG int64;
} CY;
typedef CY *LPCY;

/* A 96-bit integer over a power of ten; wReserved overlays the type of the VARIANT that holds it. */
typedef struct tagDEC {
        USHORT wReserved;
        union {
                struct {
                        BYTE scale; /* 0 to 28 */
                        BYTE sign;  /* 0 or DECIMAL_NEG */
                };
                USHORT signscale;
        };
        ULONG Hi32;
        union {
                struct {
                        ULONG Lo32;
                        ULONG Mid32;
                };
                ULONGLONG Lo64;
        };
} DECIMAL;
typedef DECIMAL *LPDECIMAL;
#define DECIMAL_NEG ((BYTE)0x80)

/* A position or a size of an IStream; whole, or as two halves. */
typedef union _LARGE_INTEGER {
        struct {
                DWORD LowPart;
                LONG HighPart;
        };
        struct {
                DWORD LowPart;
                LONG HighPart;
        } u;
        LONGLONG QuadPart;
} LARGE_INTEGER, *PLARGE_INTEGER;
typedef union _ULARGE_INTEGER {
        struct {
                DWORD LowPart;
                DWORD HighPart;
        };
        struct {
                DWORD LowPart;
                DWORD HighPart;
        } u;
        ULONGLONG QuadPart;
} ULARGE_INTEGER, *PULARGE_INTEGER;

#pragma GCC diagnostic pop

typedef struct tagBLOB {
        ULONG cbSize;
        BYTE *pBlobData;
} BLOB, *LPBLOB;

typedef struct _FILETIME {
        DWORD dwLowDateTime;
        DWORD dwHighDateTime;
} FILETIME, *PFILETIME, *LPFILETIME;

/* What a VARIANT holds. */
typedef USHORT VARTYPE;
enum VARENUM {
        VT_EMPTY = 0,
        VT_NULL = 1,
        VT_I2 = 2,
        VT_I4 = 3,
        VT_R4 = 4,
        VT_R8 = 5,
        VT_CY = 6,
        VT_DATE = 7,
        VT_BSTR = 8,
        VT_DISPATCH = 9,
        VT_ERROR = 10,
        VT_BOOL = 11,
        VT_VARIANT = 12,
        VT_UNKNOWN = 13,
        VT_DECIMAL = 14,
        VT_I1 = 16,
        VT_UI1 = 17,
        VT_UI2 = 18,
        VT_UI4 = 19,
        VT_I8 = 20,
        VT_UI8 = 21,
        VT_INT = 22,
        VT_UINT = 23,
        VT_VOID = 24,
        VT_HRESULT = 25,
        VT_PTR = 26,
        VT_SAFEARRAY = 27,
        VT_CARRAY = 28,
        VT_USERDEFINED = 29,
        VT_LPSTR = 30,
        VT_LPWSTR = 31,
        VT_RECORD = 36,
        VT_INT_PTR = 37,
        VT_UINT_PTR = 38,
        VT_FILETIME = 64,
        VT_BLOB = 65,
        VT_STREAM = 66,
        VT_CLSID = 72,
        VT_VECTOR = 0x1000,
        VT_ARRAY = 0x2000,
        VT_BYREF = 0x4000,
        VT_RESERVED = 0x8000,
        VT_ILLEGAL = 0xFFFF,
        VT_TYPEMASK = 0x0FFF
};

/* Where an object may run. This library's run in the process of the caller. */
typedef enum tagCLSCTX {
        CLSCTX_INPROC_SERVER = 0x1,
        CLSCTX_INPROC_HANDLER = 0x2,
        CLSCTX_LOCAL_SERVER = 0x4,
        CLSCTX_REMOTE_SERVER = 0x10
} CLSCTX;
#define CLSCTX_INPROC (CLSCTX_INPROC_SERVER | CLSCTX_INPROC_HANDLER)
#define CLSCTX_SERVER (CLSCTX_INPROC_SERVER | CLSCTX_LOCAL_SERVER | CLSCTX_REMOTE_SERVER)
#define CLSCTX_ALL    (CLSCTX_INPROC_HANDLER | CLSCTX_SERVER)

#endif
