/*
 * comip.h - _com_ptr_t, an interface pointer that counts; <comdef.h> says what differs from Windows.
 * Source: MSDN, Compiler COM Support Classes
 */
#include "comdef.h" /* first, whichever is asked for */

#ifndef ISCARD_COMIP_H
#define ISCARD_COMIP_H

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
        template <typename Other,
                  typename = typename std::enable_if<std::is_base_of<IUnknown, Other>::value &&
                                                     !std::is_same<Other, Interface>::value>::type>
        _com_ptr_t(Other *other) : object_(nullptr)
        {
                query(other);
        }
        _com_ptr_t(const _variant_t &value) : object_(nullptr)
        {
                query(_com_ptr_t<_com_IIID<IUnknown, &iscard_uuid<IUnknown>::value>>(
                          static_cast<IUnknown *>(value), false)
                          .GetInterfacePtr());
        }
        /* Made from a class: an identifier, or its name as OLECHAR or char. */
        explicit _com_ptr_t(const CLSID &clsid, IUnknown *outer = nullptr, DWORD context = CLSCTX_ALL)
            : object_(nullptr)
        {
                _com_util::CheckError(CreateInstance(clsid, outer, context));
        }
        template <typename Char, typename = typename iscard_only_text<Char, void>::type>
        explicit _com_ptr_t(const Char *name, IUnknown *outer = nullptr, DWORD context = CLSCTX_ALL)
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
        HRESULT CreateInstance(const char *name, IUnknown *outer = nullptr,
                               DWORD context = CLSCTX_ALL) noexcept
        {
                try {
                        return CreateInstance(static_cast<const OLECHAR *>(_bstr_t(name)), outer, context);
                } catch (const _com_error &error) {
                        return error.Error();
                }
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
        /* Whether it is the same object, whichever of its interfaces is asked; NULL is no object. */
        template <typename Other> bool operator==(const _com_ptr_t<Other> &other) const
        {
                return is_same(other.GetInterfacePtr());
        }
        template <typename Other> bool operator!=(const _com_ptr_t<Other> &other) const
        {
                return !is_same(other.GetInterfacePtr());
        }
        template <typename Other>
        typename std::enable_if<std::is_base_of<IUnknown, Other>::value, bool>::type operator==(
            Other *other) const
        {
                return is_same(other);
        }
        template <typename Other>
        typename std::enable_if<std::is_base_of<IUnknown, Other>::value, bool>::type operator!=(
            Other *other) const
        {
                return !is_same(other);
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
        static const void *identity(IUnknown *object) noexcept
        {
                void *found = nullptr;

                if (object != nullptr &&
                    SUCCEEDED(object->QueryInterface(iscard_uuid<IUnknown>::value, &found)))
                        static_cast<IUnknown *>(found)->Release();
                return found;
        }
        bool is_same(IUnknown *other) const noexcept
        {
                return object_ == other || identity(object_) == identity(other);
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

#endif
