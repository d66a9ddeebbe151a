/*
 * comdef.h - what C++ sources of the platform SDK's style use on top of COM: _bstr_t, _variant_t, _com_ptr_t,
 * _com_error, __uuidof. Everything is in this header; C++11 and later.
 *
 * What differs from Windows: __uuidof takes a type (an interface or a class of these headers, or one that a
 * program declares with __CRT_UUID_DECL), not an expression; char texts are UTF-8; wchar_t has 32 bits, so texts
 * are OLESTR("..."). Failures of the constructors and operators throw _com_error.
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
        inline ::GUID GUID() const
        {
                ::GUID guid = GUID_NULL;

                if (info_ != nullptr)
                        info_->GetGUID(&guid);
                return guid;
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

/* ---- _bstr_t: a BSTR that frees itself */

class _bstr_t
{
      public:
        _bstr_t() noexcept : text_(nullptr)
        {
        }
        _bstr_t(const _bstr_t &other) : text_(copy_of(other.text_))
        {
        }
        _bstr_t(_bstr_t &&other) noexcept : text_(other.text_)
        {
                other.text_ = nullptr;
        }
        _bstr_t(const OLECHAR *text) : text_(SysAllocString(text))
        {
                if (text != nullptr && text_ == nullptr)
                        _com_issue_error(E_OUTOFMEMORY);
        }
        _bstr_t(const char *utf8) : text_(nullptr)
        {
                *this = from_utf8(utf8);
        }
        /* copy false: the BSTR is taken over. */
        _bstr_t(BSTR text, bool copy) : text_(copy ? copy_of(text) : text)
        {
        }
        ~_bstr_t()
        {
                SysFreeString(text_);
        }
        _bstr_t &operator=(_bstr_t other) noexcept
        {
                std::swap(text_, other.text_);
                return *this;
        }
        _bstr_t &operator+=(const _bstr_t &other)
        {
                *this = *this + other;
                return *this;
        }
        _bstr_t operator+(const _bstr_t &other) const
        {
                BSTR joined = SysAllocStringLen(nullptr, length() + other.length());

                if (joined == nullptr)
                        _com_issue_error(E_OUTOFMEMORY);
                if (length() != 0)
                        std::memcpy(joined, text_, length() * sizeof(OLECHAR));
                if (other.length() != 0)
                        std::memcpy(joined + length(), other.text_, other.length() * sizeof(OLECHAR));
                return _bstr_t(joined, false);
        }

        operator OLECHAR *() const noexcept
        {
                return text_;
        }
        operator const OLECHAR *() const noexcept
        {
                return text_;
        }
        /* UTF-8; good until the text changes. */
        operator const char *() const
        {
                utf8_ = to_utf8(text_);
                return text_ != nullptr ? utf8_.c_str() : nullptr;
        }
        bool operator!() const noexcept
        {
                return text_ == nullptr;
        }
        bool operator==(const _bstr_t &other) const noexcept
        {
                return length() == other.length() &&
                       (length() == 0 || std::memcmp(text_, other.text_, length() * sizeof(OLECHAR)) == 0);
        }
        bool operator!=(const _bstr_t &other) const noexcept
        {
                return !(*this == other);
        }
        unsigned length() const noexcept
        {
                return SysStringLen(text_);
        }
        BSTR copy() const
        {
                return copy_of(text_);
        }
        BSTR Detach() noexcept
        {
                BSTR text = text_;

                text_ = nullptr;
                return text;
        }
        void Attach(BSTR text) noexcept
        {
                SysFreeString(text_);
                text_ = text;
        }
        BSTR &GetBSTR() noexcept
        {
                return text_;
        }
        /* For a method that puts a BSTR out. */
        BSTR *GetAddress() noexcept
        {
                Attach(nullptr);
                return &text_;
        }

      private:
        static BSTR copy_of(BSTR text)
        {
                BSTR copy = text != nullptr ? SysAllocStringLen(text, SysStringLen(text)) : nullptr;

                if (text != nullptr && copy == nullptr)
                        _com_issue_error(E_OUTOFMEMORY);
                return copy;
        }
        /* One character of UTF-8; what is none is U+FFFD. RFC 3629 */
        static unsigned long character(const char *&at)
        {
                const unsigned first = static_cast<unsigned char>(*at++);
                const int more = first < 0x80   ? 0
                                 : first < 0xC2 ? -1
                                 : first < 0xE0 ? 1
                                 : first < 0xF0 ? 2
                                                : 3;
                unsigned long value = more > 0 ? first & (0x3Fu >> more) : first;

                if (more < 0 || first > 0xF4)
                        return 0xFFFD;
                for (int i = 0; i < more; i++) {
                        const unsigned next = static_cast<unsigned char>(at[i]);

                        if ((next & 0xC0) != 0x80)
                                return 0xFFFD;
                        value = value << 6 | (next & 0x3F);
                }
                at += more;
                return value;
        }
        static _bstr_t from_utf8(const char *utf8)
        {
                std::u16string units;

                if (utf8 == nullptr)
                        return _bstr_t();
                while (*utf8 != '\0') {
                        unsigned long value = character(utf8);

                        if (value >= 0x10000) {
                                units += static_cast<OLECHAR>(0xD800 + ((value - 0x10000) >> 10));
                                value = 0xDC00 + (value & 0x3FF);
                        }
                        units += static_cast<OLECHAR>(value);
                }
                BSTR text = SysAllocStringLen(units.data(), static_cast<UINT>(units.size()));
                if (text == nullptr)
                        _com_issue_error(E_OUTOFMEMORY);
                return _bstr_t(text, false);
        }
        static std::string to_utf8(BSTR text)
        {
                static const unsigned char lead[] = {0, 0, 0xC0, 0xE0, 0xF0};
                const UINT len = SysStringLen(text);
                std::string utf8;

                for (UINT i = 0; i < len; i++) {
                        unsigned long value = text[i];

                        if (value >= 0xD800 && value < 0xDC00 && i + 1 < len &&
                            (text[i + 1] & 0xFC00) == 0xDC00)
                                value = 0x10000 + ((value - 0xD800) << 10) + (text[++i] - 0xDC00UL);
                        const int bytes = value < 0x80 ? 1 : value < 0x800 ? 2 : value < 0x10000 ? 3 : 4;
                        utf8 += static_cast<char>(lead[bytes] | value >> (6 * (bytes - 1)));
                        for (int left = bytes - 2; left >= 0; left--)
                                utf8 += static_cast<char>(0x80 | (value >> (6 * left) & 0x3F));
                }
                return utf8;
        }

        BSTR text_;
        mutable std::string utf8_;
};

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

/* ---- _variant_t: a VARIANT that clears itself */

class _variant_t : public ::tagVARIANT
{
      public:
        _variant_t() noexcept
        {
                VariantInit(this);
        }
        _variant_t(const VARIANT &other)
        {
                VariantInit(this);
                _com_util::CheckError(VariantCopy(this, &other));
        }
        _variant_t(const _variant_t &other) : _variant_t(static_cast<const VARIANT &>(other))
        {
        }
        /* copy false: what it owns is taken over. */
        _variant_t(VARIANT &other, bool copy)
        {
                VariantInit(this);
                if (copy) {
                        _com_util::CheckError(VariantCopy(this, &other));
                } else {
                        static_cast<VARIANT &>(*this) = other;
                        VariantInit(&other);
                }
        }
        _variant_t(LONG value, VARTYPE type = VT_I4)
        {
                VariantInit(this);
                vt = type;
                lVal = value;
        }
        _variant_t(SHORT value)
        {
                VariantInit(this);
                vt = VT_I2;
                iVal = value;
        }
        _variant_t(LONGLONG value)
        {
                VariantInit(this);
                vt = VT_I8;
                llVal = value;
        }
        _variant_t(double value)
        {
                VariantInit(this);
                vt = VT_R8;
                dblVal = value;
        }
        _variant_t(bool value)
        {
                VariantInit(this);
                vt = VT_BOOL;
                boolVal = value ? VARIANT_TRUE : VARIANT_FALSE;
        }
        _variant_t(const _bstr_t &value)
        {
                VariantInit(this);
                bstrVal = value.copy();
                vt = VT_BSTR;
        }
        _variant_t(const OLECHAR *value) : _variant_t(_bstr_t(value))
        {
        }
        _variant_t(const char *value) : _variant_t(_bstr_t(value))
        {
        }
        _variant_t(IDispatch *value, bool add_ref = true)
        {
                VariantInit(this);
                vt = VT_DISPATCH;
                pdispVal = value;
                if (value != nullptr && add_ref)
                        value->AddRef();
        }
        _variant_t(IUnknown *value, bool add_ref = true)
        {
                VariantInit(this);
                vt = VT_UNKNOWN;
                punkVal = value;
                if (value != nullptr && add_ref)
                        value->AddRef();
        }
        ~_variant_t()
        {
                VariantClear(this);
        }
        _variant_t &operator=(const _variant_t &other)
        {
                _com_util::CheckError(VariantCopy(this, &other));
                return *this;
        }
        _variant_t &operator=(const VARIANT &other)
        {
                _com_util::CheckError(VariantCopy(this, &other));
                return *this;
        }

        operator LONG() const
        {
                return as(VT_I4).lVal;
        }
        operator LONGLONG() const
        {
                return as(VT_I8).llVal;
        }
        operator double() const
        {
                return as(VT_R8).dblVal;
        }
        operator bool() const
        {
                return as(VT_BOOL).boolVal != VARIANT_FALSE;
        }
        operator _bstr_t() const
        {
                return _bstr_t(as(VT_BSTR).bstrVal, true);
        }
        /* With a reference for the caller. */
        operator IDispatch *() const
        {
                IDispatch *object = as(VT_DISPATCH).pdispVal;

                if (object != nullptr)
                        object->AddRef();
                return object;
        }
        operator IUnknown *() const
        {
                IUnknown *object = as(VT_UNKNOWN).punkVal;

                if (object != nullptr)
                        object->AddRef();
                return object;
        }
        void ChangeType(VARTYPE type, const _variant_t *from = nullptr)
        {
                _com_util::CheckError(VariantChangeType(this, from != nullptr ? from : this, 0, type));
        }
        void Clear()
        {
                _com_util::CheckError(VariantClear(this));
        }
        void Attach(VARIANT &other)
        {
                Clear();
                static_cast<VARIANT &>(*this) = other;
                VariantInit(&other);
        }
        VARIANT Detach() noexcept
        {
                VARIANT value = *this;

                VariantInit(this);
                return value;
        }
        VARIANT &GetVARIANT() noexcept
        {
                return *this;
        }
        VARIANT *GetAddress()
        {
                Clear();
                return this;
        }

      private:
        _variant_t as(VARTYPE type) const
        {
                _variant_t made;

                made.ChangeType(type, this);
                return made;
        }
};

/* ---- _com_ptr_t: an interface pointer that counts */

template <typename Iface, const IID *Iid> class _com_IIID
{
      public:
        typedef Iface Interface;
        static Iface *GetInterfacePtr() noexcept
        {
                return nullptr;
        }
        static const IID &GetIID() noexcept
        {
                return *Iid;
        }
};

template <typename Kind> class _com_ptr_t
{
      public:
        typedef Kind ThisIIID;
        typedef typename Kind::Interface Interface;
        static const IID &GetIID() noexcept
        {
                return Kind::GetIID();
        }

        _com_ptr_t() noexcept : object_(nullptr)
        {
        }
        _com_ptr_t(std::nullptr_t) noexcept : object_(nullptr)
        {
        }
        _com_ptr_t(Interface *object) noexcept : object_(object)
        {
                add_ref();
        }
        /* add_ref false: the reference is taken over. */
        _com_ptr_t(Interface *object, bool add) noexcept : object_(object)
        {
                if (add)
                        add_ref();
        }
        _com_ptr_t(const _com_ptr_t &other) noexcept : object_(other.object_)
        {
                add_ref();
        }
        _com_ptr_t(_com_ptr_t &&other) noexcept : object_(other.object_)
        {
                other.object_ = nullptr;
        }
        /* Another interface of the same object; E_NOINTERFACE makes this NULL. */
        template <typename Other> _com_ptr_t(const _com_ptr_t<Other> &other) : object_(nullptr)
        {
                query(other.GetInterfacePtr());
        }
        /* Made from a class: an identifier, or its name. */
        explicit _com_ptr_t(const CLSID &clsid, IUnknown *outer = nullptr, DWORD context = CLSCTX_ALL)
            : object_(nullptr)
        {
                _com_util::CheckError(CreateInstance(clsid, outer, context));
        }
        explicit _com_ptr_t(const OLECHAR *name, IUnknown *outer = nullptr, DWORD context = CLSCTX_ALL)
            : object_(nullptr)
        {
                _com_util::CheckError(CreateInstance(name, outer, context));
        }
        ~_com_ptr_t()
        {
                if (object_ != nullptr)
                        object_->Release();
        }
        _com_ptr_t &operator=(_com_ptr_t other) noexcept
        {
                std::swap(object_, other.object_);
                return *this;
        }

        HRESULT CreateInstance(const CLSID &clsid, IUnknown *outer = nullptr,
                               DWORD context = CLSCTX_ALL) noexcept
        {
                void *made = nullptr;
                const HRESULT hr = CoCreateInstance(clsid, outer, context, GetIID(), &made);

                Attach(static_cast<Interface *>(made));
                return hr;
        }
        HRESULT CreateInstance(const OLECHAR *name, IUnknown *outer = nullptr,
                               DWORD context = CLSCTX_ALL) noexcept
        {
                CLSID clsid;
                const HRESULT hr = name != nullptr ? CLSIDFromString(name, &clsid) : E_INVALIDARG;

                return SUCCEEDED(hr) ? CreateInstance(clsid, outer, context) : hr;
        }
        template <typename Wanted> HRESULT QueryInterface(const IID &iid, Wanted *&out) const noexcept
        {
                void *found = nullptr;
                const HRESULT hr = object_ != nullptr ? object_->QueryInterface(iid, &found) : E_POINTER;

                out = static_cast<Wanted *>(found);
                return hr;
        }
        template <typename Wanted> HRESULT QueryInterface(const IID &iid, Wanted **out) const noexcept
        {
                return out != nullptr ? QueryInterface(iid, *out) : E_POINTER;
        }

        Interface *GetInterfacePtr() const noexcept
        {
                return object_;
        }
        Interface *&GetInterfacePtr() noexcept
        {
                return object_;
        }
        operator Interface *() const noexcept
        {
                return object_;
        }
        Interface *operator->() const
        {
                if (object_ == nullptr)
                        _com_issue_error(E_POINTER);
                return object_;
        }
        Interface &operator*() const
        {
                return *operator->();
        }
        /* For a method that puts an interface out. */
        Interface **operator&() noexcept
        {
                Attach(nullptr);
                return &object_;
        }
        void Attach(Interface *object, bool add = false) noexcept
        {
                if (object_ != nullptr)
                        object_->Release();
                object_ = object;
                if (add)
                        add_ref();
        }
        Interface *Detach() noexcept
        {
                Interface *object = object_;

                object_ = nullptr;
                return object;
        }
        void Release()
        {
                if (object_ == nullptr)
                        _com_issue_error(E_POINTER);
                Attach(nullptr);
        }
        void AddRef()
        {
                if (object_ == nullptr)
                        _com_issue_error(E_POINTER);
                object_->AddRef();
        }

      private:
        void add_ref() noexcept
        {
                if (object_ != nullptr)
                        object_->AddRef();
        }
        void query(IUnknown *from)
        {
                void *found = nullptr;
                const HRESULT hr = from != nullptr ? from->QueryInterface(GetIID(), &found) : E_NOINTERFACE;

                if (FAILED(hr) && hr != E_NOINTERFACE)
                        _com_issue_error(hr);
                object_ = static_cast<Interface *>(found);
        }

        Interface *object_;
};

#define _COM_SMARTPTR                         _com_ptr_t
#define _COM_SMARTPTR_LEVEL2                  _com_IIID
#define _COM_SMARTPTR_TYPEDEF(Interface, Iid) typedef _com_ptr_t<_com_IIID<Interface, &Iid>> Interface##Ptr

_COM_SMARTPTR_TYPEDEF(IUnknown, __uuidof(IUnknown));
_COM_SMARTPTR_TYPEDEF(IDispatch, __uuidof(IDispatch));
_COM_SMARTPTR_TYPEDEF(IStream, __uuidof(IStream));
_COM_SMARTPTR_TYPEDEF(IErrorInfo, __uuidof(IErrorInfo));
_COM_SMARTPTR_TYPEDEF(ISupportErrorInfo, __uuidof(ISupportErrorInfo));

#endif
