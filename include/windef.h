/*
 * windef.h - the integer types that the Windows headers spell, at Windows widths on every platform.
 *
 * LONG, BOOL: 32 bits signed. DWORD, ULONG, UINT: 32 bits unsigned. WORD: 16. BYTE: 8. *_PTR: the width of a
 * pointer. WCHAR: one UTF-16 unit (char16_t), not wchar_t: literals are u"..." or OLESTR("..."). With -fshort-wchar
 * wchar_t is 16 bits wide too, and L"..." is a literal of WCHAR.
 * This header stands alone and pulls in no other of ours.
 */
#ifndef ISCARD_WINDEF_H
#define ISCARD_WINDEF_H

#include <stddef.h>
#include <stdint.h>
#ifndef __cplusplus
#include <uchar.h>
#endif

/*
 * The names that Windows publishes are spelled in these headers and resolve to symbols with the prefix
 * iscard_, so that a process may hold another library with the same function names (libpcsclite, whose DWORD
 * has another width) without one catching the other's calls. ISCARD_SYMBOL(f) stands behind a declaration of
 * f.
 */
#define ISCARD_API          __attribute__((visibility("default")))
#define ISCARD_SYMBOL(name) __asm__("iscard_" #name)

#ifdef __cplusplus
#define ISCARD_EXTERN_C_BEGIN extern "C" {
#define ISCARD_EXTERN_C_END   }
#else
#define ISCARD_EXTERN_C_BEGIN
#define ISCARD_EXTERN_C_END
#endif

#define WINAPI
#define CALLBACK
#define APIENTRY
#ifndef VOID
#define VOID void
#endif
#ifndef CONST
#define CONST const
#endif
#ifndef TRUE
#define TRUE 1
#endif
#ifndef FALSE
#define FALSE 0
#endif

typedef uint8_t BYTE;
typedef uint8_t UCHAR;
typedef char CHAR;
typedef int16_t SHORT;
typedef uint16_t USHORT;
typedef uint16_t WORD;
typedef int32_t INT;
typedef int32_t LONG;
typedef int32_t BOOL;
typedef uint32_t UINT;
typedef uint32_t ULONG;
typedef uint32_t DWORD;
typedef int64_t LONGLONG;
typedef uint64_t ULONGLONG;
typedef uint64_t DWORDLONG;
typedef intptr_t INT_PTR;
typedef uintptr_t UINT_PTR;
typedef intptr_t LONG_PTR;
typedef uintptr_t ULONG_PTR;
typedef uintptr_t DWORD_PTR;
typedef size_t SIZE_T;
typedef float FLOAT;
typedef double DOUBLE;
/* In C wchar_t and char16_t of one width are one type; in C++ they are not, and sources have L"...". */
#if defined(__cplusplus) && __SIZEOF_WCHAR_T__ == 2
typedef wchar_t WCHAR;
#else
typedef char16_t WCHAR;
#endif

typedef void *PVOID;
typedef void *LPVOID;
typedef const void *LPCVOID;
typedef void *HANDLE;
typedef BYTE *PBYTE;
typedef BYTE *LPBYTE;
typedef const BYTE *LPCBYTE;
typedef WORD *LPWORD;
typedef INT *LPINT;
typedef LONG *PLONG;
typedef LONG *LPLONG;
typedef BOOL *LPBOOL;
typedef UINT *PUINT;
typedef ULONG *PULONG;
typedef DWORD *PDWORD;
typedef DWORD *LPDWORD;
typedef CHAR *PSTR;
typedef CHAR *LPSTR;
typedef const CHAR *PCSTR;
typedef const CHAR *LPCSTR;
typedef WCHAR *PWSTR;
typedef WCHAR *LPWSTR;
typedef const WCHAR *PCWSTR;
typedef const WCHAR *LPCWSTR;

#ifdef UNICODE
typedef WCHAR TCHAR;
typedef LPWSTR LPTSTR;
typedef LPCWSTR LPCTSTR;
#else
typedef CHAR TCHAR;
typedef LPSTR LPTSTR;
typedef LPCSTR LPCTSTR;
#endif

#endif
