/* Made from idl/scardtypes.idl by `make headers`: change that file, not this one. */
/* clang-format off */
#include <objbase.h>

#ifndef __scardtypes_h__
#define __scardtypes_h__

/* Forward declarations */

#ifndef __IByteBuffer_FWD_DEFINED__
#define __IByteBuffer_FWD_DEFINED__
typedef struct IByteBuffer IByteBuffer;
#ifdef __cplusplus
struct IByteBuffer;
#endif /* __cplusplus */
#endif

#ifndef __SCardManage_FWD_DEFINED__
#define __SCardManage_FWD_DEFINED__
#ifdef __cplusplus
typedef class SCardManage SCardManage;
#else
typedef struct SCardManage SCardManage;
#endif /* defined __cplusplus */
#endif /* defined __SCardManage_FWD_DEFINED__ */

#ifndef __ByteBuffer_FWD_DEFINED__
#define __ByteBuffer_FWD_DEFINED__
#ifdef __cplusplus
typedef class ByteBuffer ByteBuffer;
#else
typedef struct ByteBuffer ByteBuffer;
#endif /* defined __cplusplus */
#endif /* defined __ByteBuffer_FWD_DEFINED__ */

/* Headers for imported files */

#include <oaidl.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * scardtypes.h - types that both published forms of the interfaces share; <scardcom.h> includes it.
 *
 * Values are those of the type library that shipped with Windows XP (SccCom 1.0). The classes here are
 * made with CoCreateInstance, CLSCTX_INPROC_SERVER; both hand out IDispatch and IUnknown too.
 *   CLSID_SCardManage    ISCardManage; by name SCardCOM.SCardManage.1 or SCardCOM.SCardManage
 *   CLSID_ByteBuffer     IByteBuffer; CLSID_CByteBuffer is the same class under its other published name
 * Interface pointers returned by a method carry a reference that the caller releases. Any thread may call.
 */

/* A card handle that SCardConnect of this library returned; a file opened by ISCardFileAccess::Open. */
typedef ULONG_PTR HSCARD;
typedef ULONG_PTR HSCARDCONTEXT;
typedef ULONG_PTR HSCARD_FILE;

/* How a card is shared with others. */
typedef enum SCARD_SHARE_MODES {
    EXCLUSIVE = 1,
    SHARED = 2
} SCARD_SHARE_MODES;

/* The protocol between reader and card. RAW: none is negotiated. */
typedef enum SCARD_PROTOCOLS {
    T0 = 1,
    T1 = 2,
    RAW = 0xff
} SCARD_PROTOCOLS;

/* What becomes of the card when a lock is given back. */
typedef enum SCARD_DISPOSITIONS {
    LEAVE = 0,
    RESET = 1,
    UNPOWER = 2,
    EJECT = 3
} SCARD_DISPOSITIONS;

/* What ISCardManage::Status reports. */
typedef enum SCARD_STATES {
    ABSENT = 1,
    PRESENT = 2,
    SWALLOWED = 3,
    POWERED = 4,
    NEGOTIABLEMODE = 5,
    SPECIFICMODE = 6
} SCARD_STATES;

/* How a string refers to a file or directory on the card. SC_TYPE_BY_SHORT: a published synonym. */
typedef enum REFTYPE {
    SC_TYPE_BY_NAME = 0,
    SC_TYPE_BY_ID = 1,
    SC_TYPE_BY_SHORT_ID = 2,
    SC_TYPE_BY_SHORT = 2,
    SC_TYPE_BY_ANY = 3
} REFTYPE;

/* Kinds of files. */
typedef enum FILETYPE {
    SC_TYPE_DIRECTORIES = 0,
    SC_TYPE_FILES = 1,
    SC_TYPE_ALL_FILES = 2,
    SC_TYPE_DIRECTORY_FILE = 3,
    SC_TYPE_TRANSPARENT_EF = 4,
    SC_TYPE_FIXED_EF = 5,
    SC_TYPE_CYCLIC_EF = 6,
    SC_TYPE_VARIABLE_EF = 7
} FILETYPE;

/* What the offset of ISCardFileAccess::Seek counts from. */
typedef enum SEEKTYPE {
    SC_SEEK_FROM_BEGINNING = 0,
    SC_SEEK_FROM_END = 1,
    SC_SEEK_RELATIVE = 2
} SEEKTYPE;

/* Flags, to be joined with |. SC_FL_PREALLOCATED: a published synonym. */
typedef enum SCARD_FLAGS {
    SC_FL_NO_FLAGS = 0x0,
    SC_FL_SECURE_MESSAGING = 0x1,
    SC_FL_REPLACE = 0x2,
    SC_FL_ERASE = 0x4,
    SC_FL_OR = 0x8,
    SC_FL_AND = 0x10,
    SC_FL_RECURSIVE = 0x20,
    SC_FL_NON_RECURSIVE = 0x40,
    SC_FL_IHV_GLOBAL = 0x80,
    SC_FL_IHV_LOCAL = 0x100,
    SC_FL_IHV_ENABLE = 0x200,
    SC_FL_IHV_DISABLE = 0x400,
    SC_FL_IHV_CHANGE = 0x800,
    SC_FL_PREALLOCATE = 0x1000,
    SC_FL_PREALLOCATED = 0x1000,
    SC_FL_GET_ALL_PROPERTIES = 0x2000,
    SC_FL_STAT_DEFAULT = 0x4000,
    SC_FL_IHV_CHECKONLY = 0x8000
} SCARD_FLAGS;

/* In C++ the result of | between two enumerators would be an int, which no parameter of type SCARD_FLAGS takes. */
#ifdef __cplusplus
extern "C++" inline SCARD_FLAGS operator|(SCARD_FLAGS a, SCARD_FLAGS b)
{
    return static_cast<SCARD_FLAGS>(static_cast<unsigned>(a) | static_cast<unsigned>(b));
}
#endif

/* Concatenated BER-TLV objects: cbSize bytes at byData. A returned table is the caller's: CoTaskMemFree both. */
typedef struct TLV_TABLE {
    LONG cbSize;
    BYTE *byData;
} TLV_TABLE;
typedef TLV_TABLE *LPTLV_TABLE;

/* What IByteBuffer::Stat reports: type is STGTY_STREAM, cbSize the bytes held, grfMode STGM_READWRITE, the rest 0. */
typedef struct STATSTRUCT {
    LONG type;
    LONG cbSize;
    LONG grfMode;
    LONG grfLocksSupported;
    LONG grfStateBits;
} STATSTRUCT;
typedef STATSTRUCT *LPSTATSTRUCT;
#ifndef __IByteBuffer_FWD_DEFINED__
#define __IByteBuffer_FWD_DEFINED__
typedef struct IByteBuffer IByteBuffer;
#ifdef __cplusplus
struct IByteBuffer;
#endif /* __cplusplus */
#endif

typedef IByteBuffer *LPBYTEBUFFER;

/*
 * IByteBuffer: bytes with a position, as automation clients pass them. CoCreateInstance(CLSID_ByteBuffer)
 * makes one, Initialize comes first: every other method of an object that was not initialised answers
 * E_UNEXPECTED. No method blocks. All sizes and offsets are in bytes; a negative size, or one over 16 MiB,
 * is E_INVALIDARG, a NULL output E_POINTER where nothing else is said, lack of memory E_OUTOFMEMORY, and
 * then the buffer is as it was.
 *
 * get_Stream(ppStream)     the stream under the buffer, with a reference for the caller; both have one position.
 *                          E_POINTER
 * put_Stream(pStream)      from now on the buffer reads and writes this stream and holds a reference, until
 *                          Initialize; what a foreign stream answers comes through. E_POINTER
 * Clone(ppByteBuffer)      another buffer over the same bytes with a position of its own. E_POINTER
 * Commit(grfCommitFlags)   S_OK: writes take effect at once; passed to a stream of put_Stream, like Revert and the
 *                          regions
 * CopyTo(ppByteBuffer, cb, pcbRead, pcbWritten)
 *                          copies cb bytes, or what is left, from here to the position of *ppByteBuffer;
 *                          both positions move. *ppByteBuffer NULL: a new buffer is made, positioned at
 *                          its start. The two counts may be NULL. E_POINTER, E_INVALIDARG
 * Initialize(lSize, pData) forgets what the buffer held (and wipes it), sets its size to lSize and copies
 *                          lSize bytes from pData; pData NULL: zeros. The position is 0. May be called
 *                          again. E_INVALIDARG
 * LockRegion, UnlockRegion(libOffset, cb, dwLockType)
 *                          STG_E_INVALIDFUNCTION: regions of memory are not locked
 * Read(pByte, cb, pcbRead) up to cb bytes from the position to pByte; the position moves. Fewer than asked
 *                          for, at the end: S_OK with *pcbRead smaller, 0 at the end itself. pcbRead may
 *                          be NULL. E_POINTER, E_INVALIDARG
 * Revert()                 S_OK: there is nothing to take back
 * Seek(dLibMove, dwOrigin, pLibnewPosition)
 *                          dwOrigin is STREAM_SEEK_SET, _CUR or _END; the position may lie behind the end.
 *                          pLibnewPosition may be NULL. A position before the start, another origin:
 *                          STG_E_INVALIDFUNCTION
 * SetSize(libNewSize)      cuts (and wipes what is cut) or adds zeros; the position stays. E_INVALIDARG
 * Stat(pstatstg, grfStatFlag)
 *                          see STATSTRUCT; grfStatFlag is one of STATFLAG_ and changes nothing. E_POINTER,
 *                          E_INVALIDARG
 * Write(pByte, cb, pcbWritten) cb bytes from pByte at the position, which moves; the buffer grows as
 *                          needed. pcbWritten may be NULL. E_POINTER, E_INVALIDARG
 *
 * What the object held is wiped before its memory is given back.
 * Source: MSDN, IByteBuffer Interface (Smart Cards)
 */
/*****************************************************************************
 * IByteBuffer interface
 */
#ifndef __IByteBuffer_INTERFACE_DEFINED__
#define __IByteBuffer_INTERFACE_DEFINED__

DEFINE_GUID(IID_IByteBuffer, 0xe126f8fe, 0xa7af, 0x11d0, 0xb8,0x8a, 0x00,0xc0,0x4f,0xd4,0x24,0xb9);
#if defined(__cplusplus) && !defined(CINTERFACE)
MIDL_INTERFACE("e126f8fe-a7af-11d0-b88a-00c04fd424b9")
IByteBuffer : public IDispatch
{
    virtual HRESULT STDMETHODCALLTYPE get_Stream(
        LPSTREAM *ppStream) = 0;

    virtual HRESULT STDMETHODCALLTYPE put_Stream(
        LPSTREAM pStream) = 0;

    virtual HRESULT STDMETHODCALLTYPE Clone(
        LPBYTEBUFFER *ppByteBuffer) = 0;

    virtual HRESULT STDMETHODCALLTYPE Commit(
        LONG grfCommitFlags) = 0;

    virtual HRESULT STDMETHODCALLTYPE CopyTo(
        LPBYTEBUFFER *ppByteBuffer,
        LONG cb,
        LONG *pcbRead,
        LONG *pcbWritten) = 0;

    virtual HRESULT STDMETHODCALLTYPE Initialize(
        LONG lSize = 1,
        BYTE *pData = 0) = 0;

    virtual HRESULT STDMETHODCALLTYPE LockRegion(
        LONG libOffset,
        LONG cb,
        LONG dwLockType) = 0;

    virtual HRESULT STDMETHODCALLTYPE Read(
        BYTE *pByte,
        LONG cb,
        LONG *pcbRead) = 0;

    virtual HRESULT STDMETHODCALLTYPE Revert(
        ) = 0;

    virtual HRESULT STDMETHODCALLTYPE Seek(
        LONG dLibMove,
        LONG dwOrigin,
        LONG *pLibnewPosition) = 0;

    virtual HRESULT STDMETHODCALLTYPE SetSize(
        LONG libNewSize) = 0;

    virtual HRESULT STDMETHODCALLTYPE Stat(
        LPSTATSTRUCT pstatstg,
        LONG grfStatFlag) = 0;

    virtual HRESULT STDMETHODCALLTYPE UnlockRegion(
        LONG libOffset,
        LONG cb,
        LONG dwLockType) = 0;

    virtual HRESULT STDMETHODCALLTYPE Write(
        BYTE *pByte,
        LONG cb,
        LONG *pcbWritten) = 0;

};
#ifdef __CRT_UUID_DECL
__CRT_UUID_DECL(IByteBuffer, 0xe126f8fe, 0xa7af, 0x11d0, 0xb8,0x8a, 0x00,0xc0,0x4f,0xd4,0x24,0xb9)
#endif
#else
typedef struct IByteBufferVtbl {
    BEGIN_INTERFACE

    /*** IUnknown methods ***/
    HRESULT (STDMETHODCALLTYPE *QueryInterface)(
        IByteBuffer *This,
        REFIID riid,
        void **ppvObject);

    ULONG (STDMETHODCALLTYPE *AddRef)(
        IByteBuffer *This);

    ULONG (STDMETHODCALLTYPE *Release)(
        IByteBuffer *This);

    /*** IDispatch methods ***/
    HRESULT (STDMETHODCALLTYPE *GetTypeInfoCount)(
        IByteBuffer *This,
        UINT *pctinfo);

    HRESULT (STDMETHODCALLTYPE *GetTypeInfo)(
        IByteBuffer *This,
        UINT iTInfo,
        LCID lcid,
        ITypeInfo **ppTInfo);

    HRESULT (STDMETHODCALLTYPE *GetIDsOfNames)(
        IByteBuffer *This,
        REFIID riid,
        LPOLESTR *rgszNames,
        UINT cNames,
        LCID lcid,
        DISPID *rgDispId);

    HRESULT (STDMETHODCALLTYPE *Invoke)(
        IByteBuffer *This,
        DISPID dispIdMember,
        REFIID riid,
        LCID lcid,
        WORD wFlags,
        DISPPARAMS *pDispParams,
        VARIANT *pVarResult,
        EXCEPINFO *pExcepInfo,
        UINT *puArgErr);

    /*** IByteBuffer methods ***/
    HRESULT (STDMETHODCALLTYPE *get_Stream)(
        IByteBuffer *This,
        LPSTREAM *ppStream);

    HRESULT (STDMETHODCALLTYPE *put_Stream)(
        IByteBuffer *This,
        LPSTREAM pStream);

    HRESULT (STDMETHODCALLTYPE *Clone)(
        IByteBuffer *This,
        LPBYTEBUFFER *ppByteBuffer);

    HRESULT (STDMETHODCALLTYPE *Commit)(
        IByteBuffer *This,
        LONG grfCommitFlags);

    HRESULT (STDMETHODCALLTYPE *CopyTo)(
        IByteBuffer *This,
        LPBYTEBUFFER *ppByteBuffer,
        LONG cb,
        LONG *pcbRead,
        LONG *pcbWritten);

    HRESULT (STDMETHODCALLTYPE *Initialize)(
        IByteBuffer *This,
        LONG lSize,
        BYTE *pData);

    HRESULT (STDMETHODCALLTYPE *LockRegion)(
        IByteBuffer *This,
        LONG libOffset,
        LONG cb,
        LONG dwLockType);

    HRESULT (STDMETHODCALLTYPE *Read)(
        IByteBuffer *This,
        BYTE *pByte,
        LONG cb,
        LONG *pcbRead);

    HRESULT (STDMETHODCALLTYPE *Revert)(
        IByteBuffer *This);

    HRESULT (STDMETHODCALLTYPE *Seek)(
        IByteBuffer *This,
        LONG dLibMove,
        LONG dwOrigin,
        LONG *pLibnewPosition);

    HRESULT (STDMETHODCALLTYPE *SetSize)(
        IByteBuffer *This,
        LONG libNewSize);

    HRESULT (STDMETHODCALLTYPE *Stat)(
        IByteBuffer *This,
        LPSTATSTRUCT pstatstg,
        LONG grfStatFlag);

    HRESULT (STDMETHODCALLTYPE *UnlockRegion)(
        IByteBuffer *This,
        LONG libOffset,
        LONG cb,
        LONG dwLockType);

    HRESULT (STDMETHODCALLTYPE *Write)(
        IByteBuffer *This,
        BYTE *pByte,
        LONG cb,
        LONG *pcbWritten);

    END_INTERFACE
} IByteBufferVtbl;

struct IByteBuffer {
    CONST_VTBL IByteBufferVtbl* lpVtbl;
};

#ifdef COBJMACROS
#ifndef WIDL_C_INLINE_WRAPPERS
/*** IUnknown methods ***/
#define IByteBuffer_QueryInterface(This,riid,ppvObject) (This)->lpVtbl->QueryInterface(This,riid,ppvObject)
#define IByteBuffer_AddRef(This) (This)->lpVtbl->AddRef(This)
#define IByteBuffer_Release(This) (This)->lpVtbl->Release(This)
/*** IDispatch methods ***/
#define IByteBuffer_GetTypeInfoCount(This,pctinfo) (This)->lpVtbl->GetTypeInfoCount(This,pctinfo)
#define IByteBuffer_GetTypeInfo(This,iTInfo,lcid,ppTInfo) (This)->lpVtbl->GetTypeInfo(This,iTInfo,lcid,ppTInfo)
#define IByteBuffer_GetIDsOfNames(This,riid,rgszNames,cNames,lcid,rgDispId) (This)->lpVtbl->GetIDsOfNames(This,riid,rgszNames,cNames,lcid,rgDispId)
#define IByteBuffer_Invoke(This,dispIdMember,riid,lcid,wFlags,pDispParams,pVarResult,pExcepInfo,puArgErr) (This)->lpVtbl->Invoke(This,dispIdMember,riid,lcid,wFlags,pDispParams,pVarResult,pExcepInfo,puArgErr)
/*** IByteBuffer methods ***/
#define IByteBuffer_get_Stream(This,ppStream) (This)->lpVtbl->get_Stream(This,ppStream)
#define IByteBuffer_put_Stream(This,pStream) (This)->lpVtbl->put_Stream(This,pStream)
#define IByteBuffer_Clone(This,ppByteBuffer) (This)->lpVtbl->Clone(This,ppByteBuffer)
#define IByteBuffer_Commit(This,grfCommitFlags) (This)->lpVtbl->Commit(This,grfCommitFlags)
#define IByteBuffer_CopyTo(This,ppByteBuffer,cb,pcbRead,pcbWritten) (This)->lpVtbl->CopyTo(This,ppByteBuffer,cb,pcbRead,pcbWritten)
#define IByteBuffer_Initialize(This,lSize,pData) (This)->lpVtbl->Initialize(This,lSize,pData)
#define IByteBuffer_LockRegion(This,libOffset,cb,dwLockType) (This)->lpVtbl->LockRegion(This,libOffset,cb,dwLockType)
#define IByteBuffer_Read(This,pByte,cb,pcbRead) (This)->lpVtbl->Read(This,pByte,cb,pcbRead)
#define IByteBuffer_Revert(This) (This)->lpVtbl->Revert(This)
#define IByteBuffer_Seek(This,dLibMove,dwOrigin,pLibnewPosition) (This)->lpVtbl->Seek(This,dLibMove,dwOrigin,pLibnewPosition)
#define IByteBuffer_SetSize(This,libNewSize) (This)->lpVtbl->SetSize(This,libNewSize)
#define IByteBuffer_Stat(This,pstatstg,grfStatFlag) (This)->lpVtbl->Stat(This,pstatstg,grfStatFlag)
#define IByteBuffer_UnlockRegion(This,libOffset,cb,dwLockType) (This)->lpVtbl->UnlockRegion(This,libOffset,cb,dwLockType)
#define IByteBuffer_Write(This,pByte,cb,pcbWritten) (This)->lpVtbl->Write(This,pByte,cb,pcbWritten)
#else
/*** IUnknown methods ***/
static FORCEINLINE HRESULT IByteBuffer_QueryInterface(IByteBuffer* This,REFIID riid,void **ppvObject) {
    return This->lpVtbl->QueryInterface(This,riid,ppvObject);
}
static FORCEINLINE ULONG IByteBuffer_AddRef(IByteBuffer* This) {
    return This->lpVtbl->AddRef(This);
}
static FORCEINLINE ULONG IByteBuffer_Release(IByteBuffer* This) {
    return This->lpVtbl->Release(This);
}
/*** IDispatch methods ***/
static FORCEINLINE HRESULT IByteBuffer_GetTypeInfoCount(IByteBuffer* This,UINT *pctinfo) {
    return This->lpVtbl->GetTypeInfoCount(This,pctinfo);
}
static FORCEINLINE HRESULT IByteBuffer_GetTypeInfo(IByteBuffer* This,UINT iTInfo,LCID lcid,ITypeInfo **ppTInfo) {
    return This->lpVtbl->GetTypeInfo(This,iTInfo,lcid,ppTInfo);
}
static FORCEINLINE HRESULT IByteBuffer_GetIDsOfNames(IByteBuffer* This,REFIID riid,LPOLESTR *rgszNames,UINT cNames,LCID lcid,DISPID *rgDispId) {
    return This->lpVtbl->GetIDsOfNames(This,riid,rgszNames,cNames,lcid,rgDispId);
}
static FORCEINLINE HRESULT IByteBuffer_Invoke(IByteBuffer* This,DISPID dispIdMember,REFIID riid,LCID lcid,WORD wFlags,DISPPARAMS *pDispParams,VARIANT *pVarResult,EXCEPINFO *pExcepInfo,UINT *puArgErr) {
    return This->lpVtbl->Invoke(This,dispIdMember,riid,lcid,wFlags,pDispParams,pVarResult,pExcepInfo,puArgErr);
}
/*** IByteBuffer methods ***/
static FORCEINLINE HRESULT IByteBuffer_get_Stream(IByteBuffer* This,LPSTREAM *ppStream) {
    return This->lpVtbl->get_Stream(This,ppStream);
}
static FORCEINLINE HRESULT IByteBuffer_put_Stream(IByteBuffer* This,LPSTREAM pStream) {
    return This->lpVtbl->put_Stream(This,pStream);
}
static FORCEINLINE HRESULT IByteBuffer_Clone(IByteBuffer* This,LPBYTEBUFFER *ppByteBuffer) {
    return This->lpVtbl->Clone(This,ppByteBuffer);
}
static FORCEINLINE HRESULT IByteBuffer_Commit(IByteBuffer* This,LONG grfCommitFlags) {
    return This->lpVtbl->Commit(This,grfCommitFlags);
}
static FORCEINLINE HRESULT IByteBuffer_CopyTo(IByteBuffer* This,LPBYTEBUFFER *ppByteBuffer,LONG cb,LONG *pcbRead,LONG *pcbWritten) {
    return This->lpVtbl->CopyTo(This,ppByteBuffer,cb,pcbRead,pcbWritten);
}
static FORCEINLINE HRESULT IByteBuffer_Initialize(IByteBuffer* This,LONG lSize,BYTE *pData) {
    return This->lpVtbl->Initialize(This,lSize,pData);
}
static FORCEINLINE HRESULT IByteBuffer_LockRegion(IByteBuffer* This,LONG libOffset,LONG cb,LONG dwLockType) {
    return This->lpVtbl->LockRegion(This,libOffset,cb,dwLockType);
}
static FORCEINLINE HRESULT IByteBuffer_Read(IByteBuffer* This,BYTE *pByte,LONG cb,LONG *pcbRead) {
    return This->lpVtbl->Read(This,pByte,cb,pcbRead);
}
static FORCEINLINE HRESULT IByteBuffer_Revert(IByteBuffer* This) {
    return This->lpVtbl->Revert(This);
}
static FORCEINLINE HRESULT IByteBuffer_Seek(IByteBuffer* This,LONG dLibMove,LONG dwOrigin,LONG *pLibnewPosition) {
    return This->lpVtbl->Seek(This,dLibMove,dwOrigin,pLibnewPosition);
}
static FORCEINLINE HRESULT IByteBuffer_SetSize(IByteBuffer* This,LONG libNewSize) {
    return This->lpVtbl->SetSize(This,libNewSize);
}
static FORCEINLINE HRESULT IByteBuffer_Stat(IByteBuffer* This,LPSTATSTRUCT pstatstg,LONG grfStatFlag) {
    return This->lpVtbl->Stat(This,pstatstg,grfStatFlag);
}
static FORCEINLINE HRESULT IByteBuffer_UnlockRegion(IByteBuffer* This,LONG libOffset,LONG cb,LONG dwLockType) {
    return This->lpVtbl->UnlockRegion(This,libOffset,cb,dwLockType);
}
static FORCEINLINE HRESULT IByteBuffer_Write(IByteBuffer* This,BYTE *pByte,LONG cb,LONG *pcbWritten) {
    return This->lpVtbl->Write(This,pByte,cb,pcbWritten);
}
#endif
#endif

#endif

#endif  /* __IByteBuffer_INTERFACE_DEFINED__ */

/*****************************************************************************
 * SCardManage coclass
 */

DEFINE_GUID(CLSID_SCardManage, 0xf7ec42c5, 0x8335, 0x4aab, 0xbd,0xf0, 0x1b,0x36,0x1c,0x9e,0x35,0xc3);

#ifdef __cplusplus
class DECLSPEC_UUID("f7ec42c5-8335-4aab-bdf0-1b361c9e35c3") SCardManage;
#ifdef __CRT_UUID_DECL
__CRT_UUID_DECL(SCardManage, 0xf7ec42c5, 0x8335, 0x4aab, 0xbd,0xf0, 0x1b,0x36,0x1c,0x9e,0x35,0xc3)
#endif
#endif

/*****************************************************************************
 * ByteBuffer coclass
 */

DEFINE_GUID(CLSID_ByteBuffer, 0xe126f8ff, 0xa7af, 0x11d0, 0xb8,0x8a, 0x00,0xc0,0x4f,0xd4,0x24,0xb9);

#ifdef __cplusplus
class DECLSPEC_UUID("e126f8ff-a7af-11d0-b88a-00c04fd424b9") ByteBuffer;
#ifdef __CRT_UUID_DECL
__CRT_UUID_DECL(ByteBuffer, 0xe126f8ff, 0xa7af, 0x11d0, 0xb8,0x8a, 0x00,0xc0,0x4f,0xd4,0x24,0xb9)
#endif
#endif

DEFINE_GUID(CLSID_CByteBuffer, 0xe126f8ff, 0xa7af, 0x11d0, 0xb8,0x8a, 0x00,0xc0,0x4f,0xd4,0x24,0xb9);

#ifdef __cplusplus
}
#endif

#endif /* __scardtypes_h__ */
