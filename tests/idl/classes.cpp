/*
 * classes.cpp - what C++ makes of the interfaces: abstract classes with the vtable of the C structs, no
 * virtual destructor in a slot. The checks are at compile time, apart from calls through objects that C made.
 */
#include <cstdio>
#include <type_traits>

#include <ole2.h>
#include <scardcom.h>

static_assert(sizeof(VARIANT) == 8 + 2 * sizeof(void *), "VARIANT as on Windows");
static_assert(sizeof(DECIMAL) == 16 && sizeof(CY) == 8, "DECIMAL and CY as on Windows");
static_assert(sizeof(GUID) == 16 && sizeof(OLECHAR) == 2, "GUID and OLECHAR as on Windows");
static_assert(sizeof(ISCardManage) == sizeof(void *), "an interface is its vtable pointer");
static_assert(std::is_abstract<ISCardManage>::value, "an interface is abstract");
static_assert(std::is_base_of<IDispatch, ISCardManage>::value, "ISCardManage is an IDispatch");
static_assert(std::is_base_of<IDispatch, ISCardVerify>::value, "ISCardVerify is an IDispatch");
static_assert(std::is_base_of<IDispatch, ISCardFileAccess>::value, "ISCardFileAccess is an IDispatch");
static_assert(std::is_base_of<IDispatch, ISCardAuth>::value, "ISCardAuth is an IDispatch");
static_assert(std::is_base_of<IDispatch, IByteBuffer>::value, "IByteBuffer is an IDispatch");
static_assert(!std::is_base_of<IDispatch, ISCardUnblockData>::value, "ISCardUnblockData is an IUnknown only");
static_assert(!std::has_virtual_destructor<ISCardManage>::value, "a destructor would take slots");
static_assert(std::is_same<decltype(SC_FL_IHV_GLOBAL | SC_FL_IHV_CHECKONLY), SCARD_FLAGS>::value,
              "flags join to flags");
static_assert(std::is_same<decltype(*OLESTR("x")), const OLECHAR &>::value, "OLESTR makes OLECHAR");

static int failures;

static void check(bool good, const char *what)
{
        if (!good) {
                std::printf("FAILED  C++: %s\n", what);
                failures++;
        }
}

static void count_references_through_classes()
{
        IClassFactory *factory = nullptr;
        IUnknown *unknown = nullptr;
        void *none = &failures;

        check(DllGetClassObject(CLSID_SCardManage, IID_IClassFactory, reinterpret_cast<void **>(&factory)) ==
                  S_OK,
              "the class object");
        if (factory == nullptr)
                return;
        check(DllCanUnloadNow() == S_FALSE, "a live class object keeps the library");
        check(factory->QueryInterface(IID_IUnknown, reinterpret_cast<void **>(&unknown)) == S_OK, "IUnknown");
        check(factory->AddRef() == 3 && factory->Release() == 2, "two references");
        check(factory->QueryInterface(IID_IDispatch, &none) == E_NOINTERFACE && none == nullptr,
              "no IDispatch");
        unknown->Release();
        check(factory->LockServer(TRUE) == S_OK, "lock");
        check(factory->Release() == 0, "the last Release");
        check(DllCanUnloadNow() == S_FALSE, "the lock keeps the library");
}

static void call_methods_of_a_buffer()
{
        IByteBuffer *buffer = nullptr;
        BYTE bytes[4] = {1, 2, 3, 4}, back[4] = {0, 0, 0, 0};
        LONG position = -1, count = -1;

        check(CoInitialize(nullptr) == S_OK, "CoInitialize");
        check(CoCreateInstance(CLSID_ByteBuffer, nullptr, CLSCTX_INPROC_SERVER, IID_IByteBuffer,
                               reinterpret_cast<void **>(&buffer)) == S_OK,
              "a buffer");
        if (buffer == nullptr)
                return;
        check(buffer->Initialize(4, bytes) == S_OK, "Initialize");
        check(buffer->Seek(1, STREAM_SEEK_SET, &position) == S_OK && position == 1, "Seek");
        check(buffer->Read(back, 4, &count) == S_OK && count == 3 && back[0] == 2 && back[2] == 4, "Read");
        check(buffer->Release() == 0, "the last Release of the buffer");
        CoUninitialize();
}

static void see_a_variant_as_c_does()
{
        VARIANT value;

        VariantInit(&value);
        value.vt = VT_I4;
        value.lVal = 42;
        check(VariantChangeType(&value, &value, 0, VT_BSTR) == S_OK, "a number becomes a text");
        check(value.vt == VT_BSTR && SysStringLen(value.bstrVal) == 2 && value.bstrVal[0] == u'4', "42");
        check(VariantClear(&value) == S_OK && value.vt == VT_EMPTY, "VariantClear");
        check(CLSID_CByteBuffer == CLSID_ByteBuffer && IID_IUnknown != IID_IDispatch, "GUIDs compare");
}

int main()
{
        count_references_through_classes();
        call_methods_of_a_buffer();
        see_a_variant_as_c_does();
        std::printf("%s\n", failures == 0 ? "ok      C++ sees the interfaces as C does" : "C++ failed");
        return failures == 0 ? 0 : 1;
}
