/*
 * oleauto.h - BSTR, VARIANT, SAFEARRAY and the error object of a thread. No function blocks.
 */
#ifndef ISCARD_OLEAUTO_H
#define ISCARD_OLEAUTO_H

#include "oaidl.h"

ISCARD_EXTERN_C_BEGIN

/*
 * A new BSTR, to be freed with SysFreeString. NULL when there is no memory.
 *   SysAllocString          a copy of a NUL-terminated text; NULL gives NULL
 *   SysAllocStringLen       ui units from strIn, which may contain NULs; strIn NULL: zeros
 *   SysAllocStringByteLen   len bytes from psz as they are; psz NULL: zeros
 * Source: MSDN, SysAllocString; SysAllocStringLen; SysAllocStringByteLen
 */
ISCARD_API BSTR WINAPI SysAllocString(const OLECHAR *psz) ISCARD_SYMBOL(SysAllocString);
ISCARD_API BSTR WINAPI SysAllocStringLen(const OLECHAR *strIn, UINT ui) ISCARD_SYMBOL(SysAllocStringLen);
ISCARD_API BSTR WINAPI SysAllocStringByteLen(LPCSTR psz, UINT len) ISCARD_SYMBOL(SysAllocStringByteLen);

/*
 * Replaces *pbstr by a copy of psz (which may lie inside the old string) and frees the old one.
 * SysReAllocStringLen copies len units; psz NULL: the old text cut, or continued with zeros, to len units;
 * SysReAllocString of NULL makes *pbstr NULL. TRUE; FALSE: no memory, or pbstr NULL, and *pbstr is as it was.
 * Source: MSDN, SysReAllocString; SysReAllocStringLen
 */
ISCARD_API INT WINAPI SysReAllocString(BSTR *pbstr, const OLECHAR *psz) ISCARD_SYMBOL(SysReAllocString);
ISCARD_API INT WINAPI SysReAllocStringLen(BSTR *pbstr, const OLECHAR *psz, UINT len)
    ISCARD_SYMBOL(SysReAllocStringLen);

/* Frees a BSTR; NULL does nothing. Source: MSDN, SysFreeString */
ISCARD_API void WINAPI SysFreeString(BSTR bstrString) ISCARD_SYMBOL(SysFreeString);

/* Length without the NUL, in units and in bytes; 0 for NULL. Source: MSDN, SysStringLen; SysStringByteLen */
ISCARD_API UINT WINAPI SysStringLen(BSTR bstr) ISCARD_SYMBOL(SysStringLen);
ISCARD_API UINT WINAPI SysStringByteLen(BSTR bstr) ISCARD_SYMBOL(SysStringByteLen);

/*
 * Makes *pvarg VT_EMPTY without looking at what it held. For memory that holds nothing yet. Source: MSDN,
 * VariantInit
 */
ISCARD_API void WINAPI VariantInit(VARIANTARG *pvarg) ISCARD_SYMBOL(VariantInit);

/*
 * Frees what *pvarg owns (a BSTR, an interface reference, an array; nothing where VT_BYREF) and makes it
 * VT_EMPTY. E_INVALIDARG: NULL; DISP_E_BADVARTYPE: a type that no VARIANT has, or a record, which this library
 * does not hold; DISP_E_ARRAYISLOCKED: *pvarg is as it was. Source: MSDN, VariantClear
 */
ISCARD_API HRESULT WINAPI VariantClear(VARIANTARG *pvarg) ISCARD_SYMBOL(VariantClear);

/*
 * Frees what *pvargDest owns and copies *pvargSrc to it: a BSTR or an array anew, an interface with a
 * reference of its own. VT_BYREF: VariantCopy copies the reference, VariantCopyInd what it points at, and where that is a
 * VARIANT with VT_BYREF, what that one points at. Both arguments may be the same VARIANT.
 *   E_INVALIDARG         an argument or a reference is NULL, or a VARIANT is reached through two others
 *   DISP_E_BADVARTYPE    as VariantClear
 *   E_OUTOFMEMORY
 * After a failure *pvargDest is as it was. Source: MSDN, VariantCopy; VariantCopyInd
 */
ISCARD_API HRESULT WINAPI VariantCopy(VARIANTARG *pvargDest, const VARIANTARG *pvargSrc)
    ISCARD_SYMBOL(VariantCopy);
ISCARD_API HRESULT WINAPI VariantCopyInd(VARIANT *pvarDest, const VARIANTARG *pvargSrc)
    ISCARD_SYMBOL(VariantCopyInd);

#define VARIANT_NOVALUEPROP    ((USHORT)0x01)
#define VARIANT_ALPHABOOL      ((USHORT)0x02)
#define VARIANT_NOUSEROVERRIDE ((USHORT)0x04)
#define VARIANT_LOCALBOOL      ((USHORT)0x10)

/*
 * Converts *pvarSrc, through VT_BYREF, to the type vt and puts the result into *pvargDest, which may be the
 * same VARIANT. What converts into what:
 *   any type of VARIANT        itself
 *   VT_EMPTY                   0, false, the empty string
 *   VT_I1, I2, I4, I8, INT, UI1, UI2, UI4, UI8, UINT, R4, R8, BOOL, BSTR
 *                              each other
 *   VT_DISPATCH, VT_UNKNOWN    each other, by QueryInterface
 * A fraction is rounded to the nearest integer, half to even. True is -1 as a number, and the largest number of a type
 * without sign; as text it is -1, or with VARIANT_ALPHABOOL in wFlags True and False; those words, in any case, are
 * read into VT_BOOL. Text is read as -12, 3.5, 1e3 or &H1F (not negative), with spaces around it, whatever the language.
 *   E_INVALIDARG           a NULL argument, or a reference that VariantCopyInd refuses
 *   DISP_E_TYPEMISMATCH    no conversion, or the text is no number
 *   DISP_E_OVERFLOW        outside the range of vt
 *   DISP_E_BADVARTYPE      vt is none of these types
 *   E_OUTOFMEMORY, and what QueryInterface answers
 * After a failure *pvargDest is as it was. Source: MSDN, VariantChangeType
 */
ISCARD_API HRESULT WINAPI VariantChangeType(VARIANTARG *pvargDest, const VARIANTARG *pvarSrc, USHORT wFlags,
                                            VARTYPE vt) ISCARD_SYMBOL(VariantChangeType);

/* What a SAFEARRAY is; the functions set these. */
#define FADF_AUTO        ((USHORT)0x0001)
#define FADF_STATIC      ((USHORT)0x0002)
#define FADF_EMBEDDED    ((USHORT)0x0004)
#define FADF_FIXEDSIZE   ((USHORT)0x0010)
#define FADF_HAVEVARTYPE ((USHORT)0x0080)
#define FADF_BSTR        ((USHORT)0x0100)
#define FADF_UNKNOWN     ((USHORT)0x0200)
#define FADF_DISPATCH    ((USHORT)0x0400)
#define FADF_VARIANT     ((USHORT)0x0800)

/*
 * A new array of vt, all zeros, to be freed with SafeArrayDestroy. vt: a type of VARIANT with a size of its own,
 * or VT_VARIANT. rgsabound[0] is the first dimension, 1 to 65535 of them; a dimension may have no elements. NULL:
 * another type, no dimension, a size over 2 GiB, or no memory.
 * Source: MSDN, SafeArrayCreate; SafeArrayCreateVector
 */
ISCARD_API SAFEARRAY *WINAPI SafeArrayCreate(VARTYPE vt, UINT cDims, SAFEARRAYBOUND *rgsabound)
    ISCARD_SYMBOL(SafeArrayCreate);
ISCARD_API SAFEARRAY *WINAPI SafeArrayCreateVector(VARTYPE vt, LONG lLbound, ULONG cElements)
    ISCARD_SYMBOL(SafeArrayCreateVector);

/*
 * Frees the array with the strings, references and VARIANTs in it; NULL: S_OK. DISP_E_ARRAYISLOCKED: it is
 * locked, and as it was. Source: MSDN, SafeArrayDestroy
 */
ISCARD_API HRESULT WINAPI SafeArrayDestroy(SAFEARRAY *psa) ISCARD_SYMBOL(SafeArrayDestroy);

/*
 * A copy that owns its elements; *ppsaOut is NULL after a failure, and where psa is NULL. psa may be one that the
 * program made itself. E_INVALIDARG: ppsaOut is NULL, or psa has no dimension, no data, or elements of no size or of
 * another than what its features say; E_OUTOFMEMORY. Source: MSDN, SafeArrayCopy
 */
ISCARD_API HRESULT WINAPI SafeArrayCopy(SAFEARRAY *psa, SAFEARRAY **ppsaOut) ISCARD_SYMBOL(SafeArrayCopy);

/*
 * SafeArrayAccessData locks the array and gives its memory, the first dimension varying fastest; Unaccess and
 * Unlock take one lock back. E_INVALIDARG: a NULL argument; E_UNEXPECTED: 65535 locks, or none to take back.
 * Source: MSDN, SafeArrayAccessData; SafeArrayUnaccessData; SafeArrayLock; SafeArrayUnlock
 */
ISCARD_API HRESULT WINAPI SafeArrayAccessData(SAFEARRAY *psa, void **ppvData)
    ISCARD_SYMBOL(SafeArrayAccessData);
ISCARD_API HRESULT WINAPI SafeArrayUnaccessData(SAFEARRAY *psa) ISCARD_SYMBOL(SafeArrayUnaccessData);
ISCARD_API HRESULT WINAPI SafeArrayLock(SAFEARRAY *psa) ISCARD_SYMBOL(SafeArrayLock);
ISCARD_API HRESULT WINAPI SafeArrayUnlock(SAFEARRAY *psa) ISCARD_SYMBOL(SafeArrayUnlock);

/*
 * What the array is: dimensions and bytes of an element (0 for NULL); the bounds of dimension nDim, from 1, the
 * upper one being the last index; the type. E_INVALIDARG: a NULL argument, or a type that is not known;
 * DISP_E_BADINDEX: no such dimension.
 * Source: MSDN, SafeArrayGetDim; SafeArrayGetElemsize; SafeArrayGetLBound; SafeArrayGetUBound; SafeArrayGetVartype
 */
ISCARD_API UINT WINAPI SafeArrayGetDim(SAFEARRAY *psa) ISCARD_SYMBOL(SafeArrayGetDim);
ISCARD_API UINT WINAPI SafeArrayGetElemsize(SAFEARRAY *psa) ISCARD_SYMBOL(SafeArrayGetElemsize);
ISCARD_API HRESULT WINAPI SafeArrayGetLBound(SAFEARRAY *psa, UINT nDim, LONG *plLbound)
    ISCARD_SYMBOL(SafeArrayGetLBound);
ISCARD_API HRESULT WINAPI SafeArrayGetUBound(SAFEARRAY *psa, UINT nDim, LONG *plUbound)
    ISCARD_SYMBOL(SafeArrayGetUBound);
ISCARD_API HRESULT WINAPI SafeArrayGetVartype(SAFEARRAY *psa, VARTYPE *pvt)
    ISCARD_SYMBOL(SafeArrayGetVartype);

/*
 * One element; rgIndices[0] is that of the first dimension. GetElement copies it to pv: a string, an interface
 * with a reference, a VARIANT are the caller's then. PutElement copies *pv into the array, where what stood there
 * is freed; for strings and interfaces pv is the BSTR or the pointer itself. PtrOfIndex: where it stands; lock the
 * array first. E_INVALIDARG: a NULL argument; DISP_E_BADINDEX; E_OUTOFMEMORY: nothing changed.
 * Source: MSDN, SafeArrayGetElement; SafeArrayPutElement; SafeArrayPtrOfIndex
 */
ISCARD_API HRESULT WINAPI SafeArrayGetElement(SAFEARRAY *psa, LONG *rgIndices, void *pv)
    ISCARD_SYMBOL(SafeArrayGetElement);
ISCARD_API HRESULT WINAPI SafeArrayPutElement(SAFEARRAY *psa, LONG *rgIndices, void *pv)
    ISCARD_SYMBOL(SafeArrayPutElement);
ISCARD_API HRESULT WINAPI SafeArrayPtrOfIndex(SAFEARRAY *psa, LONG *rgIndices, void **ppvData)
    ISCARD_SYMBOL(SafeArrayPtrOfIndex);

/*
 * The error object of the calling thread: what the last method that failed on it left, with the interface, a
 * source like "libiscard.ISCardVerify" and a description like "VERIFY: wrong code, 2 tries left (SW 63C2), reader
 * "...""; never a code. A method that succeeds leaves it as it is.
 *   GetErrorInfo      takes it, with a reference for the caller; S_FALSE and NULL: there is none; E_OUTOFMEMORY: it
 *                     is still there
 *   SetErrorInfo      puts another in its place; NULL: none
 *   CreateErrorInfo   a new object, empty, that also has IErrorInfo
 * E_INVALIDARG: dwReserved is not 0, or an output NULL. CoUninitialize and the end of the thread forget it.
 * Source: MSDN, GetErrorInfo; SetErrorInfo; CreateErrorInfo
 */
ISCARD_API HRESULT WINAPI GetErrorInfo(ULONG dwReserved, IErrorInfo **pperrinfo) ISCARD_SYMBOL(GetErrorInfo);
ISCARD_API HRESULT WINAPI SetErrorInfo(ULONG dwReserved, IErrorInfo *perrinfo) ISCARD_SYMBOL(SetErrorInfo);
ISCARD_API HRESULT WINAPI CreateErrorInfo(ICreateErrorInfo **pperrinfo) ISCARD_SYMBOL(CreateErrorInfo);

/* How IDispatch::Invoke is meant. Source: MSDN, IDispatch::Invoke */
#define DISPATCH_METHOD         ((WORD)0x1)
#define DISPATCH_PROPERTYGET    ((WORD)0x2)
#define DISPATCH_PROPERTYPUT    ((WORD)0x4)
#define DISPATCH_PROPERTYPUTREF ((WORD)0x8)

/* Members of a VARIANT by the names that C sources use. */
#define V_UNION(x, member) ((x)->member)
#define V_VT(x)            ((x)->vt)
#define V_ISBYREF(x)       (V_VT(x) & VT_BYREF)
#define V_ISARRAY(x)       (V_VT(x) & VT_ARRAY)
#define V_I1(x)            V_UNION(x, cVal)
#define V_UI1(x)           V_UNION(x, bVal)
#define V_I2(x)            V_UNION(x, iVal)
#define V_UI2(x)           V_UNION(x, uiVal)
#define V_I4(x)            V_UNION(x, lVal)
#define V_UI4(x)           V_UNION(x, ulVal)
#define V_I8(x)            V_UNION(x, llVal)
#define V_UI8(x)           V_UNION(x, ullVal)
#define V_INT(x)           V_UNION(x, intVal)
#define V_UINT(x)          V_UNION(x, uintVal)
#define V_R4(x)            V_UNION(x, fltVal)
#define V_R8(x)            V_UNION(x, dblVal)
#define V_CY(x)            V_UNION(x, cyVal)
#define V_DATE(x)          V_UNION(x, date)
#define V_BSTR(x)          V_UNION(x, bstrVal)
#define V_BOOL(x)          V_UNION(x, boolVal)
#define V_ERROR(x)         V_UNION(x, scode)
#define V_UNKNOWN(x)       V_UNION(x, punkVal)
#define V_DISPATCH(x)      V_UNION(x, pdispVal)
#define V_ARRAY(x)         V_UNION(x, parray)
#define V_DECIMAL(x)       V_UNION(x, decVal)
#define V_BYREF(x)         V_UNION(x, byref)
#define V_UI1REF(x)        V_UNION(x, pbVal)
#define V_I2REF(x)         V_UNION(x, piVal)
#define V_I4REF(x)         V_UNION(x, plVal)
#define V_I8REF(x)         V_UNION(x, pllVal)
#define V_BSTRREF(x)       V_UNION(x, pbstrVal)
#define V_BOOLREF(x)       V_UNION(x, pboolVal)
#define V_UNKNOWNREF(x)    V_UNION(x, ppunkVal)
#define V_DISPATCHREF(x)   V_UNION(x, ppdispVal)
#define V_ARRAYREF(x)      V_UNION(x, pparray)
#define V_VARIANTREF(x)    V_UNION(x, pvarVal)

ISCARD_EXTERN_C_END

#endif
