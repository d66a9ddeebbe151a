/*
 * comutil.h - _bstr_t and _variant_t, which own a BSTR and a VARIANT; <comdef.h> says what differs from Windows.
 * Source: MSDN, Compiler COM Support Classes
 */
#include "comdef.h" /* first, whichever is asked for: it needs what is here for its own */

#ifndef ISCARD_COMUTIL_H
#define ISCARD_COMUTIL_H

/* ---- _bstr_t: a BSTR that frees itself */

/* type: Result, where Char is a kind of text; nothing else, and no NULL, fits. */
template <typename Char, typename Result>
struct iscard_only_text
    : std::enable_if<std::is_same<typename std::remove_const<Char>::type, char>::value ||
                         std::is_same<typename std::remove_const<Char>::type, OLECHAR>::value,
                     Result> {
};

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
        /* A copy of text, which may be this object's own. */
        void Assign(BSTR text)
        {
                *this = _bstr_t(text, true);
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
        operator char *() const
        {
                return const_cast<char *>(static_cast<const char *>(*this));
        }
        bool operator!() const noexcept
        {
                return text_ == nullptr;
        }
        /* Unit by unit; NULL is the empty text. */
        bool operator==(const _bstr_t &other) const noexcept
        {
                return compare(other) == 0;
        }
        bool operator!=(const _bstr_t &other) const noexcept
        {
                return compare(other) != 0;
        }
        bool operator<(const _bstr_t &other) const noexcept
        {
                return compare(other) < 0;
        }
        bool operator>(const _bstr_t &other) const noexcept
        {
                return compare(other) > 0;
        }
        bool operator<=(const _bstr_t &other) const noexcept
        {
                return compare(other) <= 0;
        }
        bool operator>=(const _bstr_t &other) const noexcept
        {
                return compare(other) >= 0;
        }
        /* With a text of either width: a template, so that it fits better than comparing pointers. */
        template <typename Char> typename iscard_only_text<Char, bool>::type operator==(Char *other) const
        {
                return compare(other) == 0;
        }
        template <typename Char> typename iscard_only_text<Char, bool>::type operator!=(Char *other) const
        {
                return compare(other) != 0;
        }
        unsigned length() const noexcept
        {
                return SysStringLen(text_);
        }
        /* The caller's to free; with false the object's own. */
        BSTR copy(bool copied = true) const
        {
                return copied ? copy_of(text_) : text_;
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
        int compare(const _bstr_t &other) const noexcept
        {
                const UINT mine = length(), theirs = other.length();

                for (UINT i = 0; i < mine && i < theirs; i++) {
                        if (text_[i] != other.text_[i])
                                return text_[i] < other.text_[i] ? -1 : 1;
                }
                return mine < theirs ? -1 : mine > theirs;
        }
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
        /* How many units; text NULL: only counts. */
        static UINT to_units(const char *utf8, OLECHAR *text)
        {
                UINT len = 0;

                while (*utf8 != '\0') {
                        unsigned long value = character(utf8);

                        if (value >= 0x10000) {
                                if (text != nullptr)
                                        text[len] = static_cast<OLECHAR>(0xD800 + ((value - 0x10000) >> 10));
                                len++;
                                value = 0xDC00 + (value & 0x3FF);
                        }
                        if (text != nullptr)
                                text[len] = static_cast<OLECHAR>(value);
                        len++;
                }
                return len;
        }
        static _bstr_t from_utf8(const char *utf8)
        {
                if (utf8 == nullptr)
                        return _bstr_t();
                BSTR text = SysAllocStringLen(nullptr, to_units(utf8, nullptr));
                if (text == nullptr)
                        _com_issue_error(E_OUTOFMEMORY);
                to_units(utf8, text);
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
                        else if (value >= 0xD800 && value < 0xE000)
                                value = 0xFFFD; /* half of a pair is no character */
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

inline _bstr_t operator+(const char *text, const _bstr_t &other)
{
        return _bstr_t(text) + other;
}
inline _bstr_t operator+(const OLECHAR *text, const _bstr_t &other)
{
        return _bstr_t(text) + other;
}

namespace _com_util
{
/* To be freed with SysFreeString. */
inline BSTR ConvertStringToBSTR(const char *utf8)
{
        return _bstr_t(utf8).Detach();
}
/* To be freed with delete[]; NULL of NULL. */
inline char *ConvertBSTRToString(BSTR text)
{
        const _bstr_t copy(text, true);
        const char *utf8 = copy;
        char *made = utf8 != nullptr ? new char[std::strlen(utf8) + 1] : nullptr;

        if (made != nullptr)
                std::strcpy(made, utf8);
        return made;
}
} // namespace _com_util

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
        _variant_t(const VARIANT *other) : _variant_t(*other)
        {
        }
        /* A number: VT_I4 for LONG, and so on by its width and sign; VT_BOOL for bool. */
        template <typename Number,
                  typename = typename std::enable_if<std::is_arithmetic<Number>::value>::type>
        _variant_t(Number value)
        {
                VariantInit(this);
                vt = type_of<Number>();
                put(value);
        }
        /* The same value as VT_I2, VT_BOOL, VT_ERROR, VT_DATE...: of the width of the number. */
        _variant_t(SHORT value, VARTYPE type)
        {
                VariantInit(this);
                vt = type;
                iVal = type == VT_BOOL && value != 0 ? VARIANT_TRUE : value;
        }
        _variant_t(LONG value, VARTYPE type)
        {
                VariantInit(this);
                vt = type;
                lVal = value;
                if (type == VT_BOOL)
                        boolVal = value != 0 ? VARIANT_TRUE : VARIANT_FALSE;
        }
        _variant_t(double value, VARTYPE type)
        {
                VariantInit(this);
                vt = type;
                dblVal = value;
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
        template <typename Number>
        typename std::enable_if<std::is_arithmetic<Number>::value, _variant_t &>::type operator=(Number value)
        {
                return *this = _variant_t(value);
        }
        _variant_t &operator=(IDispatch *value)
        {
                return *this = _variant_t(value);
        }
        _variant_t &operator=(IUnknown *value)
        {
                return *this = _variant_t(value);
        }

        bool operator==(const VARIANT &other) const;
        bool operator!=(const VARIANT &other) const
        {
                return !(*this == other);
        }
        bool operator==(const _variant_t &other) const
        {
                return *this == static_cast<const VARIANT &>(other);
        }
        bool operator!=(const _variant_t &other) const
        {
                return !(*this == other);
        }

        template <typename Number,
                  typename = typename std::enable_if<std::is_arithmetic<Number>::value>::type>
        operator Number() const
        {
                return get<Number>(as(type_of<Number>()));
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
        void SetString(const char *utf8)
        {
                *this = _variant_t(utf8);
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
        template <typename Number> static VARTYPE type_of()
        {
                const bool sign = std::is_signed<Number>::value;

                if (std::is_same<Number, bool>::value)
                        return VT_BOOL;
                if (std::is_floating_point<Number>::value)
                        return sizeof(Number) == sizeof(FLOAT) ? VT_R4 : VT_R8;
                return sizeof(Number) == 1   ? sign ? VT_I1 : VT_UI1
                       : sizeof(Number) == 2 ? sign ? VT_I2 : VT_UI2
                       : sizeof(Number) == 4 ? sign ? VT_I4 : VT_UI4
                       : sign                ? VT_I8
                                             : VT_UI8;
        }
        /* Every member of the VARIANT's union begins where the others do. */
        template <typename Number> void put(Number value)
        {
                std::memcpy(&llVal, &value, sizeof value);
        }
        void put(bool value)
        {
                boolVal = value ? VARIANT_TRUE : VARIANT_FALSE;
        }
        void put(long double value)
        {
                dblVal = static_cast<double>(value);
        }
        template <typename Number> static Number get(const VARIANT &value)
        {
                if (std::is_same<Number, bool>::value)
                        return static_cast<Number>(value.boolVal != VARIANT_FALSE);
                if (std::is_same<Number, long double>::value)
                        return static_cast<Number>(value.dblVal);
                Number number;
                std::memcpy(&number, &value.llVal, sizeof number < sizeof value.llVal ? sizeof number : 8);
                return number;
        }
        _variant_t as(VARTYPE type) const
        {
                _variant_t made;

                made.ChangeType(type, this);
                return made;
        }
};

/* The same type and the same value: texts by their units, objects by their identity; arrays are never the same. */
inline bool _variant_t::operator==(const VARIANT &other) const
{
        if (vt != other.vt || (vt & VT_ARRAY) != 0)
                return false;
        switch (vt) {
        case VT_EMPTY:
        case VT_NULL:
                return true;
        case VT_BSTR:
                return _bstr_t(bstrVal, true) == _bstr_t(other.bstrVal, true);
        case VT_R4:
                return !(fltVal < other.fltVal) && !(fltVal > other.fltVal);
        case VT_R8:
                return !(dblVal < other.dblVal) && !(dblVal > other.dblVal);
        case VT_I1:
        case VT_UI1:
                return bVal == other.bVal;
        case VT_I2:
        case VT_UI2:
        case VT_BOOL:
                return iVal == other.iVal;
        case VT_I4:
        case VT_UI4:
        case VT_INT:
        case VT_UINT:
        case VT_ERROR:
                return lVal == other.lVal;
        default:
                return llVal == other.llVal; /* pointers among them */
        }
}

/* What stands for an optional argument that is left out. */
static _variant_t vtMissing(DISP_E_PARAMNOTFOUND, VT_ERROR);

#endif
