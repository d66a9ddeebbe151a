/*
 * objidl.h - ISequentialStream and IStream, the stream under an IByteBuffer.
 *
 * Source: MSDN, ISequentialStream; IStream; STATSTG
 */
#ifndef ISCARD_OBJIDL_H
#define ISCARD_OBJIDL_H

#include "unknwn.h"

ISCARD_EXTERN_C_BEGIN

typedef struct ISequentialStream ISequentialStream;
typedef struct IStream IStream;
typedef IStream *LPSTREAM;

/* What IStream::Stat reports. pwcsName: CoTaskMemFree it; NULL after STATFLAG_NONAME. */
typedef struct tagSTATSTG {
        LPOLESTR pwcsName;
        DWORD type; /* STGTY_ */
        ULARGE_INTEGER cbSize;
        FILETIME mtime;
        FILETIME ctime;
        FILETIME atime;
        DWORD grfMode;
        DWORD grfLocksSupported;
        CLSID clsid;
        DWORD grfStateBits;
        DWORD reserved;
} STATSTG;

typedef enum tagSTGTY { STGTY_STORAGE = 1, STGTY_STREAM = 2, STGTY_LOCKBYTES = 3, STGTY_PROPERTY = 4 } STGTY;
typedef enum tagSTREAM_SEEK { STREAM_SEEK_SET = 0, STREAM_SEEK_CUR = 1, STREAM_SEEK_END = 2 } STREAM_SEEK;
typedef enum tagSTATFLAG { STATFLAG_DEFAULT = 0, STATFLAG_NONAME = 1, STATFLAG_NOOPEN = 2 } STATFLAG;
typedef enum tagSTGC {
        STGC_DEFAULT = 0,
        STGC_OVERWRITE = 1,
        STGC_ONLYIFCURRENT = 2,
        STGC_DANGEROUSLYCOMMITMERELYTODISKCACHE = 4
} STGC;
/* <fcntl.h> has a macro LOCK_WRITE of its own under _GNU_SOURCE; it wins, and LockRegion here refuses every
 * lock anyway. */
typedef enum tagLOCKTYPE {
#ifndef LOCK_WRITE
        LOCK_WRITE = 1,
#endif
        LOCK_EXCLUSIVE = 2,
        LOCK_ONLYONCE = 4
} LOCKTYPE;

#define STGM_READ      0x00000000u
#define STGM_WRITE     0x00000001u
#define STGM_READWRITE 0x00000002u

DEFINE_GUID(IID_ISequentialStream, 0x0c733a30, 0x2a1c, 0x11ce, 0xad, 0xe5, 0x00, 0xaa, 0x00, 0x44, 0x77,
            0x3d);
DEFINE_GUID(IID_IStream, 0x0000000c, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0x46);

#if defined(__cplusplus) && !defined(CINTERFACE)
struct ISequentialStream : public IUnknown {
        virtual HRESULT STDMETHODCALLTYPE Read(void *pv, ULONG cb, ULONG *pcbRead) = 0;
        virtual HRESULT STDMETHODCALLTYPE Write(const void *pv, ULONG cb, ULONG *pcbWritten) = 0;
};
struct IStream : public ISequentialStream {
        virtual HRESULT STDMETHODCALLTYPE Seek(LARGE_INTEGER dlibMove, DWORD dwOrigin,
                                               ULARGE_INTEGER *plibNewPosition) = 0;
        virtual HRESULT STDMETHODCALLTYPE SetSize(ULARGE_INTEGER libNewSize) = 0;
        virtual HRESULT STDMETHODCALLTYPE CopyTo(IStream *pstm, ULARGE_INTEGER cb, ULARGE_INTEGER *pcbRead,
                                                 ULARGE_INTEGER *pcbWritten) = 0;
        virtual HRESULT STDMETHODCALLTYPE Commit(DWORD grfCommitFlags) = 0;
        virtual HRESULT STDMETHODCALLTYPE Revert() = 0;
        virtual HRESULT STDMETHODCALLTYPE LockRegion(ULARGE_INTEGER libOffset, ULARGE_INTEGER cb,
                                                     DWORD dwLockType) = 0;
        virtual HRESULT STDMETHODCALLTYPE UnlockRegion(ULARGE_INTEGER libOffset, ULARGE_INTEGER cb,
                                                       DWORD dwLockType) = 0;
        virtual HRESULT STDMETHODCALLTYPE Stat(STATSTG *pstatstg, DWORD grfStatFlag) = 0;
        virtual HRESULT STDMETHODCALLTYPE Clone(IStream **ppstm) = 0;
};
#else
typedef struct ISequentialStreamVtbl {
        HRESULT(STDMETHODCALLTYPE *QueryInterface)(ISequentialStream *This, REFIID riid, void **ppvObject);
        ULONG(STDMETHODCALLTYPE *AddRef)(ISequentialStream *This);
        ULONG(STDMETHODCALLTYPE *Release)(ISequentialStream *This);
        HRESULT(STDMETHODCALLTYPE *Read)(ISequentialStream *This, void *pv, ULONG cb, ULONG *pcbRead);
        HRESULT(STDMETHODCALLTYPE *Write)
        (ISequentialStream *This, const void *pv, ULONG cb, ULONG *pcbWritten);
} ISequentialStreamVtbl;
struct ISequentialStream {
        CONST_VTBL ISequentialStreamVtbl *lpVtbl;
};
typedef struct IStreamVtbl {
        HRESULT(STDMETHODCALLTYPE *QueryInterface)(IStream *This, REFIID riid, void **ppvObject);
        ULONG(STDMETHODCALLTYPE *AddRef)(IStream *This);
        ULONG(STDMETHODCALLTYPE *Release)(IStream *This);
        HRESULT(STDMETHODCALLTYPE *Read)(IStream *This, void *pv, ULONG cb, ULONG *pcbRead);
        HRESULT(STDMETHODCALLTYPE *Write)(IStream *This, const void *pv, ULONG cb, ULONG *pcbWritten);
        HRESULT(STDMETHODCALLTYPE *Seek)
        (IStream *This, LARGE_INTEGER dlibMove, DWORD dwOrigin, ULARGE_INTEGER *plibNewPosition);
        HRESULT(STDMETHODCALLTYPE *SetSize)(IStream *This, ULARGE_INTEGER libNewSize);
        HRESULT(STDMETHODCALLTYPE *CopyTo)
        (IStream *This, IStream *pstm, ULARGE_INTEGER cb, ULARGE_INTEGER *pcbRead,
         ULARGE_INTEGER *pcbWritten);
        HRESULT(STDMETHODCALLTYPE *Commit)(IStream *This, DWORD grfCommitFlags);
        HRESULT(STDMETHODCALLTYPE *Revert)(IStream *This);
        HRESULT(STDMETHODCALLTYPE *LockRegion)
        (IStream *This, ULARGE_INTEGER libOffset, ULARGE_INTEGER cb, DWORD dwLockType);
        HRESULT(STDMETHODCALLTYPE *UnlockRegion)
        (IStream *This, ULARGE_INTEGER libOffset, ULARGE_INTEGER cb, DWORD dwLockType);
        HRESULT(STDMETHODCALLTYPE *Stat)(IStream *This, STATSTG *pstatstg, DWORD grfStatFlag);
        HRESULT(STDMETHODCALLTYPE *Clone)(IStream *This, IStream **ppstm);
} IStreamVtbl;
struct IStream {
        CONST_VTBL IStreamVtbl *lpVtbl;
};
#ifdef COBJMACROS
#define ISequentialStream_QueryInterface(This, riid, ppvObject)                                              \
        (This)->lpVtbl->QueryInterface(This, riid, ppvObject)
#define ISequentialStream_AddRef(This)                    (This)->lpVtbl->AddRef(This)
#define ISequentialStream_Release(This)                   (This)->lpVtbl->Release(This)
#define ISequentialStream_Read(This, pv, cb, pcbRead)     (This)->lpVtbl->Read(This, pv, cb, pcbRead)
#define ISequentialStream_Write(This, pv, cb, pcbWritten) (This)->lpVtbl->Write(This, pv, cb, pcbWritten)

#define IStream_QueryInterface(This, riid, ppvObject) (This)->lpVtbl->QueryInterface(This, riid, ppvObject)
#define IStream_AddRef(This)                          (This)->lpVtbl->AddRef(This)
#define IStream_Release(This)                         (This)->lpVtbl->Release(This)
#define IStream_Read(This, pv, cb, pcbRead)           (This)->lpVtbl->Read(This, pv, cb, pcbRead)
#define IStream_Write(This, pv, cb, pcbWritten)       (This)->lpVtbl->Write(This, pv, cb, pcbWritten)
#define IStream_Seek(This, dlibMove, dwOrigin, plibNewPosition)                                              \
        (This)->lpVtbl->Seek(This, dlibMove, dwOrigin, plibNewPosition)
#define IStream_SetSize(This, libNewSize) (This)->lpVtbl->SetSize(This, libNewSize)
#define IStream_CopyTo(This, pstm, cb, pcbRead, pcbWritten)                                                  \
        (This)->lpVtbl->CopyTo(This, pstm, cb, pcbRead, pcbWritten)
#define IStream_Commit(This, grfCommitFlags) (This)->lpVtbl->Commit(This, grfCommitFlags)
#define IStream_Revert(This)                 (This)->lpVtbl->Revert(This)
#define IStream_LockRegion(This, libOffset, cb, dwLockType)                                                  \
        (This)->lpVtbl->LockRegion(This, libOffset, cb, dwLockType)
#define IStream_UnlockRegion(This, libOffset, cb, dwLockType)                                                \
        (This)->lpVtbl->UnlockRegion(This, libOffset, cb, dwLockType)
#define IStream_Stat(This, pstatstg, grfStatFlag) (This)->lpVtbl->Stat(This, pstatstg, grfStatFlag)
#define IStream_Clone(This, ppstm)                (This)->lpVtbl->Clone(This, ppstm)
#endif
#endif

ISCARD_EXTERN_C_END

#endif
