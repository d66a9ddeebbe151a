/*
 * guiddef.h - GUID and its aliases, and DEFINE_GUID.
 *
 * A GUID is 16 bytes, laid out {32, 16, 16, 8 x 8 bits}. DEFINE_GUID declares a constant that a library
 * holds; after <initguid.h> it defines the constant in the including file instead, as on Windows.
 */
#ifndef ISCARD_GUIDDEF_H
#define ISCARD_GUIDDEF_H

#include <string.h>

#include "windef.h"

typedef struct _GUID {
        uint32_t Data1;
        uint16_t Data2;
        uint16_t Data3;
        uint8_t Data4[8];
} GUID;

typedef GUID IID;
typedef GUID CLSID;
typedef GUID *LPGUID;
typedef const GUID *LPCGUID;
typedef IID *LPIID;
typedef CLSID *LPCLSID;

#ifndef EXTERN_C
#ifdef __cplusplus
#define EXTERN_C extern "C"
#else
#define EXTERN_C extern
#endif
#endif

#ifdef __cplusplus
#define REFGUID  const GUID &
#define REFIID   const IID &
#define REFCLSID const CLSID &
static inline bool IsEqualGUID(REFGUID a, REFGUID b)
{
        return memcmp(&a, &b, sizeof(GUID)) == 0;
}
static inline bool operator==(REFGUID a, REFGUID b)
{
        return IsEqualGUID(a, b);
}
static inline bool operator!=(REFGUID a, REFGUID b)
{
        return !IsEqualGUID(a, b);
}

/*
 * __CRT_UUID_DECL ties an identifier to a type, for __uuidof of <comdef.h>; the generated headers use it. The value
 * is a member of a template, so that any number of files may see it.
 */
extern "C++" {
template <typename Type> struct iscard_uuid;
template <typename Type> struct iscard_uuid<Type *> : iscard_uuid<Type> {
};
template <typename Type, uint32_t l, uint16_t w1, uint16_t w2, uint8_t b1, uint8_t b2, uint8_t b3, uint8_t b4,
          uint8_t b5, uint8_t b6, uint8_t b7, uint8_t b8>
struct iscard_uuid_value {
        static const GUID value;
};
template <typename Type, uint32_t l, uint16_t w1, uint16_t w2, uint8_t b1, uint8_t b2, uint8_t b3, uint8_t b4,
          uint8_t b5, uint8_t b6, uint8_t b7, uint8_t b8>
const GUID iscard_uuid_value<Type, l, w1, w2, b1, b2, b3, b4, b5, b6, b7, b8>::value = {
    l, w1, w2, {b1, b2, b3, b4, b5, b6, b7, b8}};
}
#define __CRT_UUID_DECL(type, l, w1, w2, b1, b2, b3, b4, b5, b6, b7, b8)                                     \
        extern "C++" {                                                                                       \
        template <>                                                                                          \
        struct iscard_uuid<type> : iscard_uuid_value<type, l, w1, w2, b1, b2, b3, b4, b5, b6, b7, b8> {      \
        };                                                                                                   \
        }
#else
#define REFGUID  const GUID *
#define REFIID   const IID *
#define REFCLSID const CLSID *
static inline int IsEqualGUID(REFGUID a, REFGUID b)
{
        return memcmp(a, b, sizeof(GUID)) == 0;
}
#endif
#define IsEqualIID(a, b)   IsEqualGUID(a, b)
#define IsEqualCLSID(a, b) IsEqualGUID(a, b)

#endif

/* Outside the guard: <initguid.h> includes this header once more to change what DEFINE_GUID does. */
#undef DEFINE_GUID
#ifdef INITGUID
/* Weak: several files of a program may define the same constant, and the library has it too. */
#ifdef __cplusplus
#define ISCARD_GUID_STORAGE extern "C" const __attribute__((weak, visibility("default")))
#else
#define ISCARD_GUID_STORAGE const __attribute__((weak, visibility("default")))
#endif
#define DEFINE_GUID(name, l, w1, w2, b1, b2, b3, b4, b5, b6, b7, b8)                                         \
        EXTERN_C ISCARD_API const GUID name;                                                                 \
        ISCARD_GUID_STORAGE GUID name = {l, w1, w2, {b1, b2, b3, b4, b5, b6, b7, b8}}
#else
#define DEFINE_GUID(name, l, w1, w2, b1, b2, b3, b4, b5, b6, b7, b8) EXTERN_C ISCARD_API const GUID name
#endif
