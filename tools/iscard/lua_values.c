#include <stdint.h>
#include <string.h>

#define COBJMACROS
#include <lauxlib.h>
#include <oleauto.h>
#include <scardcom.h>

#include "core/text.h"

#include "tools/iscard/lua_objects.h"
#include "tools/iscard/lua_values.h"

static bool takes_buffer(const struct dispatch_param *param)
{
        return param != NULL && param->kind == DISPATCH_OBJECT && IsEqualIID(param->iid, &IID_IByteBuffer);
}

static bool takes_bytes(const struct dispatch_param *param)
{
        return param != NULL && (param->kind == DISPATCH_BYTES || param->kind == DISPATCH_TABLE);
}

bool value_fits(lua_State *lua, int index, const struct dispatch_param *param)
{
        switch (lua_type(lua, index)) {
        case LUA_TNIL:
                return true;
        case LUA_TNUMBER:
        case LUA_TBOOLEAN:
                return param->kind == DISPATCH_NUMBER || param->kind == DISPATCH_HANDLE;
        case LUA_TSTRING:
                return takes_buffer(param) || takes_bytes(param) || param->kind == DISPATCH_TEXT ||
                       param->kind == DISPATCH_GUID;
        case LUA_TUSERDATA:
                return param->kind == DISPATCH_OBJECT;
        default:
                return false;
        }
}

/* ---- in */

BSTR value_text(const char *utf8, size_t len)
{
        size_t units = text_to_utf16(NULL, 0, utf8, len);
        BSTR text = units <= UINT32_MAX / 4 ? SysAllocStringLen(NULL, (UINT)units) : NULL;

        if (text != NULL)
                (void)text_to_utf16(text, units, utf8, len);
        return text;
}

static HRESULT load_buffer(const char *bytes, size_t len, VARIANT *made)
{
        IByteBuffer *buffer = NULL;
        HRESULT hr;

        if (len > INT32_MAX)
                return E_OUTOFMEMORY;
        hr = CoCreateInstance(&CLSID_ByteBuffer, NULL, CLSCTX_INPROC_SERVER, &IID_IByteBuffer,
                              (void **)&buffer);
        if (FAILED(hr))
                return hr;
        /* Initialize reads its bytes only; the published type is not const. */
        hr = IByteBuffer_Initialize(buffer, (LONG)len, (BYTE *)(uintptr_t)bytes);
        if (FAILED(hr)) {
                (void)IByteBuffer_Release(buffer);
                return hr;
        }
        made->vt = VT_DISPATCH;
        made->pdispVal = (IDispatch *)(void *)buffer;
        return S_OK;
}

static HRESULT load_bytes(const char *bytes, size_t len, VARIANT *made)
{
        SAFEARRAY *array = len <= INT32_MAX ? SafeArrayCreateVector(VT_UI1, 0, (ULONG)len) : NULL;

        if (array == NULL)
                return E_OUTOFMEMORY;
        if (len != 0)
                memcpy(array->pvData, bytes, len);
        made->vt = VT_ARRAY | VT_UI1;
        made->parray = array;
        return S_OK;
}

static HRESULT load_string(lua_State *lua, int index, const struct dispatch_param *param, VARIANT *made)
{
        size_t len;
        const char *text = lua_tolstring(lua, index, &len);
        BSTR bstr;

        if (takes_buffer(param))
                return load_buffer(text, len, made);
        if (takes_bytes(param))
                return load_bytes(text, len, made);
        bstr = value_text(text, len);
        if (bstr == NULL)
                return E_OUTOFMEMORY;
        made->vt = VT_BSTR;
        made->bstrVal = bstr;
        return S_OK;
}

static void load_number(lua_State *lua, int index, VARIANT *made)
{
        int is_integer;
        lua_Integer integer = lua_tointegerx(lua, index, &is_integer);

        if (!is_integer) {
                made->vt = VT_R8;
                made->dblVal = lua_tonumber(lua, index);
        } else if (integer >= INT32_MIN && integer <= INT32_MAX) {
                made->vt = VT_I4;
                made->lVal = (LONG)integer;
        } else {
                made->vt = VT_I8;
                made->llVal = integer;
        }
}

HRESULT value_load(lua_State *lua, int index, const struct dispatch_param *param, VARIANT *made)
{
        VariantInit(made);
        switch (lua_type(lua, index)) {
        case LUA_TNIL:
                made->vt = VT_ERROR;
                made->scode = DISP_E_PARAMNOTFOUND;
                return S_OK;
        case LUA_TBOOLEAN:
                made->vt = VT_BOOL;
                made->boolVal = lua_toboolean(lua, index) != 0 ? VARIANT_TRUE : VARIANT_FALSE;
                return S_OK;
        case LUA_TNUMBER:
                load_number(lua, index, made);
                return S_OK;
        case LUA_TSTRING:
                return load_string(lua, index, param, made);
        default:
                made->pdispVal = object_dispatch(lua, index);
                made->vt = VT_DISPATCH;
                (void)IDispatch_AddRef(made->pdispVal);
                return S_OK;
        }
}

/* ---- out */

void value_push_text(lua_State *lua, BSTR text)
{
        UINT len = SysStringLen(text);
        luaL_Buffer utf8;

        if (text == NULL) {
                lua_pushnil(lua);
                return;
        }
        luaL_buffinit(lua, &utf8);
        for (UINT i = 0; i < len; i++) {
                long unit = text[i];

                if (unit >= 0xD800 && unit < 0xDC00 && i + 1 < len && text[i + 1] >= 0xDC00 &&
                    text[i + 1] < 0xE000)
                        unit = 0x10000 + ((unit - 0xD800) << 10) + (text[++i] - 0xDC00);
                else if (unit >= 0xD800 && unit < 0xE000)
                        unit = 0xFFFD;
                lua_pushfstring(lua, "%U", unit);
                luaL_addvalue(&utf8);
        }
        luaL_pushresult(&utf8);
}

/* From its beginning, with the seek pointer left where it was. */
static void push_buffer(lua_State *lua, IByteBuffer *buffer)
{
        STATSTRUCT stat = {0};
        LONG at = 0, got = 0;
        luaL_Buffer text;
        char *room;

        if (FAILED(IByteBuffer_Stat(buffer, &stat, STATFLAG_NONAME)) || stat.cbSize < 0 ||
            FAILED(IByteBuffer_Seek(buffer, 0, STREAM_SEEK_CUR, &at))) {
                lua_pushnil(lua);
                return;
        }
        room = luaL_buffinitsize(lua, &text, (size_t)stat.cbSize + 1);
        if (FAILED(IByteBuffer_Seek(buffer, 0, STREAM_SEEK_SET, NULL)) ||
            FAILED(IByteBuffer_Read(buffer, (BYTE *)room, stat.cbSize, &got)) || got < 0 || got > stat.cbSize)
                got = 0;
        (void)IByteBuffer_Seek(buffer, at, STREAM_SEEK_SET, NULL);
        luaL_pushresultsize(&text, (size_t)got);
}

static void push_object(lua_State *lua, IUnknown *object)
{
        IByteBuffer *buffer = NULL;
        IDispatch *dispatch = NULL;

        if (object == NULL) {
                lua_pushnil(lua);
                return;
        }
        if (SUCCEEDED(IUnknown_QueryInterface(object, &IID_IByteBuffer, (void **)&buffer))) {
                (void)IByteBuffer_Release(buffer); /* the VARIANT keeps the object, also past a Lua error */
                push_buffer(lua, buffer);
                return;
        }
        if (FAILED(IUnknown_QueryInterface(object, &IID_IDispatch, (void **)&dispatch))) {
                lua_pushboolean(lua, 1); /* something that no script can call */
                return;
        }
        (void)IDispatch_Release(dispatch);
        object_push(lua, dispatch);
}

static void push_array(lua_State *lua, SAFEARRAY *array, VARTYPE vt)
{
        ULONG count = array != NULL ? array->rgsabound[0].cElements : 0;

        if (array == NULL || SafeArrayGetDim(array) != 1) {
                lua_pushnil(lua);
                return;
        }
        if (vt == VT_UI1) {
                lua_pushlstring(lua, array->pvData, count);
                return;
        }
        lua_createtable(lua, (int)count, 0);
        for (ULONG i = 0; i < count; i++) {
                if (vt == VT_BSTR)
                        value_push_text(lua, ((BSTR *)array->pvData)[i]);
                else if (vt == VT_I4)
                        lua_pushinteger(lua, ((LONG *)array->pvData)[i]);
                else
                        lua_pushnil(lua);
                lua_seti(lua, -2, (lua_Integer)i + 1);
        }
}

void value_push(lua_State *lua, const VARIANT *value)
{
        if ((value->vt & VT_ARRAY) != 0) {
                push_array(lua, value->parray, value->vt & (VARTYPE)~VT_ARRAY);
                return;
        }
        switch (value->vt) {
        case VT_I4:
                lua_pushinteger(lua, value->lVal);
                break;
        case VT_I8:
                lua_pushinteger(lua, value->llVal);
                break;
        case VT_BOOL:
                lua_pushboolean(lua, value->boolVal != VARIANT_FALSE);
                break;
        case VT_R8:
                lua_pushnumber(lua, value->dblVal);
                break;
        case VT_BSTR:
                value_push_text(lua, value->bstrVal);
                break;
        case VT_DISPATCH:
        case VT_UNKNOWN:
                push_object(lua, value->punkVal);
                break;
        default:
                lua_pushnil(lua);
                break;
        }
}
