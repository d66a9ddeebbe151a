/*
 * comdef.h - what C++ sources of the platform SDK's style use on top of COM: _bstr_t, _variant_t, _com_ptr_t,
 * _com_error, __uuidof. Everything is in headers: this one and those that it includes; C++11 and later.
 *
 * What differs from Windows: __uuidof takes a type (an interface or a class of these headers, or one that a
 * program declares with __CRT_UUID_DECL), not an expression; char texts are UTF-8; texts of 16 bits are OLESTR("...");
 * long has the width that the compiler gives it, so that _variant_t of one is VT_I8 where that is 64 bits. Failures
 * of the constructors and operators throw _com_error.
 * Source: MSDN, Compiler COM Support Classes
 */
#ifndef ISCARD_COMDEF_H
#define ISCARD_COMDEF_H

#ifndef __cplusplus
#error comdef.h is for C++
#endif

#include <cstdio>
#include <cstring>
#include <new>
#include <string>
#include <type_traits>
#include <utility>

#include "ole2.h"

__CRT_UUID_DECL(IUnknown, 0x00000000, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0x46)
__CRT_UUID_DECL(IClassFactory, 0x00000001, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0x46)
__CRT_UUID_DECL(IDispatch, 0x00020400, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0x46)
__CRT_UUID_DECL(IStream, 0x0000000c, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0x46)
__CRT_UUID_DECL(ISequentialStream, 0x0c733a30, 0x2a1c, 0x11ce, 0xad, 0xe5, 0x00, 0xaa, 0x00, 0x44, 0x77, 0x3d)
__CRT_UUID_DECL(IErrorInfo, 0x1cf2b120, 0x547d, 0x101b, 0x8e, 0x65, 0x08, 0x00, 0x2b, 0x2b, 0xd1, 0x19)
__CRT_UUID_DECL(ICreateErrorInfo, 0x22f03340, 0x547d, 0x101b, 0x8e, 0x65, 0x08, 0x00, 0x2b, 0x2b, 0xd1, 0x19)
__CRT_UUID_DECL(ISupportErrorInfo, 0xdf0b3d60, 0x548f, 0x101b, 0x8e, 0x65, 0x08, 0x00, 0x2b, 0x2b, 0xd1, 0x19)

/* The identifier of a type; a constant object, so that its address may be a template argument. */
#define __uuidof(type) iscard_uuid<type>::value

/* ---- _com_error: a HRESULT and the error object that came with it */

class _com_error
{
      public:
        explicit _com_error(HRESULT hr, IErrorInfo *info = nullptr, bool add_ref = false)
            : hr_(hr), info_(info)
        {
                if (info_ != nullptr && add_ref)
                        info_->AddRef();
        }
        _com_error(const _com_error &other) : hr_(other.hr_), info_(other.info_)
        {
                if (info_ != nullptr)
                        info_->AddRef();
        }
        _com_error &operator=(const _com_error &other)
        {
                if (other.info_ != nullptr)
                        other.info_->AddRef();
                if (info_ != nullptr)
                        info_->Release();
                hr_ = other.hr_;
                info_ = other.info_;
                return *this;
        }
        virtual ~_com_error()
        {
                if (info_ != nullptr)
                        info_->Release();
        }

        HRESULT Error() const
        {
                return hr_;
        }
        IErrorInfo *ErrorInfo() const
        {
                if (info_ != nullptr)
                        info_->AddRef();
                return info_;
        }
        /* What the error object says, else the number. UTF-8; good as long as this object. */
        const char *ErrorMessage() const;
        inline class _bstr_t Description() const;
        inline class _bstr_t Source() const;
        inline class _bstr_t HelpFile() const;
        DWORD HelpContext() const
        {
                DWORD context = 0;

                if (info_ != nullptr)
                        info_->GetHelpContext(&context);
                return context;
        }
        inline ::GUID GUID() const
        {
                ::GUID guid = GUID_NULL;

                if (info_ != nullptr)
                        info_->GetGUID(&guid);
                return guid;
        }
        /* The 16-bit error codes of automation: HRESULTs 0x80040200 to 0x8004FFFF; 0: not one of them. */
        WORD WCode() const
        {
                return HRESULTToWCode(hr_);
        }
        static WORD HRESULTToWCode(HRESULT hr)
        {
                const unsigned code = static_cast<unsigned>(hr);

                return code >= 0x80040200u && code <= 0x8004FFFFu ? static_cast<WORD>(code - 0x80040200u)
                                                                  : WORD(0);
        }
        static HRESULT WCodeToHRESULT(WORD code)
        {
                return code < 0xFE00 ? static_cast<HRESULT>(0x80040200u + code) : HRESULT(0x8004FFFF);
        }

      private:
        HRESULT hr_;
        IErrorInfo *info_;
        mutable std::string message_;
};

inline void _com_raise_error(HRESULT hr, IErrorInfo *info = nullptr)
{
        throw _com_error(hr, info);
}
inline void _com_issue_error(HRESULT hr)
{
        _com_raise_error(hr);
}
/* With the error object of this thread, where the object says that the interface leaves one. */
inline void _com_issue_errorex(HRESULT hr, IUnknown *object, REFIID iid)
{
        IErrorInfo *info = nullptr;
        void *support = nullptr;

        if (object != nullptr && SUCCEEDED(object->QueryInterface(IID_ISupportErrorInfo, &support))) {
                ISupportErrorInfo *supporting = static_cast<ISupportErrorInfo *>(support);

                if (supporting->InterfaceSupportsErrorInfo(iid) == S_OK && GetErrorInfo(0, &info) != S_OK)
                        info = nullptr;
                supporting->Release();
        }
        _com_raise_error(hr, info);
}
namespace _com_util
{
inline void CheckError(HRESULT hr)
{
        if (FAILED(hr))
                _com_issue_error(hr);
}
} // namespace _com_util

#include "comutil.h"

inline _bstr_t _com_error::Description() const
{
        BSTR text = nullptr;

        if (info_ != nullptr)
                info_->GetDescription(&text);
        return _bstr_t(text, false);
}
inline _bstr_t _com_error::Source() const
{
        BSTR text = nullptr;

        if (info_ != nullptr)
                info_->GetSource(&text);
        return _bstr_t(text, false);
}
inline _bstr_t _com_error::HelpFile() const
{
        BSTR text = nullptr;

        if (info_ != nullptr)
                info_->GetHelpFile(&text);
        return _bstr_t(text, false);
}
inline const char *_com_error::ErrorMessage() const
{
        if (message_.empty()) {
                const _bstr_t description = Description();
                char number[32];

                std::snprintf(number, sizeof number, "error 0x%08X", static_cast<unsigned>(hr_));
                message_ = description.length() != 0 ? static_cast<const char *>(description) : number;
        }
        return message_.c_str();
}

#include "comip.h"

_COM_SMARTPTR_TYPEDEF(IUnknown, __uuidof(IUnknown));
_COM_SMARTPTR_TYPEDEF(IClassFactory, __uuidof(IClassFactory));
_COM_SMARTPTR_TYPEDEF(IDispatch, __uuidof(IDispatch));
_COM_SMARTPTR_TYPEDEF(ISequentialStream, __uuidof(ISequentialStream));
_COM_SMARTPTR_TYPEDEF(IStream, __uuidof(IStream));
_COM_SMARTPTR_TYPEDEF(IErrorInfo, __uuidof(IErrorInfo));
_COM_SMARTPTR_TYPEDEF(ICreateErrorInfo, __uuidof(ICreateErrorInfo));
_COM_SMARTPTR_TYPEDEF(ISupportErrorInfo, __uuidof(ISupportErrorInfo));

#endif
