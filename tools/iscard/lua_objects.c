/* lua_objects.c - see lua_objects.h */
#define COBJMACROS
#include <lauxlib.h>
#include <oleauto.h>

#include "tools/iscard/lua_call.h"
#include "tools/iscard/lua_values.h"
#include "tools/iscard/memory.h"
#include "tools/iscard/lua_objects.h"

#define OBJECT_META "iscard object"

struct object {
        IDispatch *dispatch; /* NULL: not made, or closed */
};

IDispatch *object_dispatch(lua_State *lua, int index)
{
        const struct object *object = luaL_testudata(lua, index, OBJECT_META);
        const char *problem = "the object is closed";

        if (object != NULL && object->dispatch != NULL)
                return object->dispatch;
        if (object == NULL)
                problem = lua_pushfstring(lua, "no call takes a %s", luaL_typename(lua, index));
        (void)luaL_argerror(lua, index, problem);
        return NULL; /* not reached */
}

void object_push(lua_State *lua, IDispatch *dispatch)
{
        struct object *object = lua_newuserdatauv(lua, sizeof(*object), 0);

        object->dispatch = NULL;
        luaL_setmetatable(lua, OBJECT_META);
        (void)IDispatch_AddRef(dispatch);
        object->dispatch = dispatch;
}

static int object_close(lua_State *lua)
{
        struct object *object = luaL_checkudata(lua, 1, OBJECT_META);
        IDispatch *dispatch = object->dispatch;

        object->dispatch = NULL;
        if (dispatch != NULL)
                (void)IDispatch_Release(dispatch);
        return 0;
}

/* A method for any name: whether there is one is found out when it is called. */
static int object_index(lua_State *lua)
{
        (void)luaL_checkudata(lua, 1, OBJECT_META);
        (void)luaL_checkstring(lua, 2);
        lua_settop(lua, 2);
        lua_pushcclosure(lua, call_method, 1);
        return 1;
}

static int object_newindex(lua_State *lua)
{
        return luaL_error(lua, "put(object, name, value) sets a property of an object");
}

static int object_tostring(lua_State *lua)
{
        const struct object *object = luaL_checkudata(lua, 1, OBJECT_META);

        lua_pushfstring(lua, "%s object",
                        object->dispatch != NULL ? call_interface_name(object->dispatch) : "closed");
        return 1;
}

/* Whether both are the same COM object. */
static int object_equal(lua_State *lua)
{
        const struct object *objects[2] = {luaL_testudata(lua, 1, OBJECT_META),
                                           luaL_testudata(lua, 2, OBJECT_META)};
        IUnknown *identity[2] = {NULL, NULL};

        for (int i = 0; i < 2; i++) {
                if (objects[i] == NULL || objects[i]->dispatch == NULL ||
                    FAILED(
                        IDispatch_QueryInterface(objects[i]->dispatch, &IID_IUnknown, (void **)&identity[i])))
                        continue;
                (void)IUnknown_Release(identity[i]);
        }
        lua_pushboolean(lua, identity[0] != NULL && identity[0] == identity[1]);
        return 1;
}

/* create(program identifier or "{class identifier}"): the object; nil and the HRESULT where there is none */
static int create(lua_State *lua)
{
        size_t len;
        const char *name = luaL_checklstring(lua, 1, &len);
        struct object *object = lua_newuserdatauv(lua, sizeof(*object), 0);
        IDispatch *dispatch = NULL;
        BSTR wide;
        CLSID class;
        HRESULT hr;

        object->dispatch = NULL;
        luaL_setmetatable(lua, OBJECT_META);
        wide = value_text(name, len);
        hr = wide != NULL ? CLSIDFromString(wide, &class) : E_OUTOFMEMORY;
        SysFreeString(wide);
        memory_begin();
        if (SUCCEEDED(hr))
                hr = CoCreateInstance(&class, NULL, CLSCTX_INPROC_SERVER, &IID_IDispatch, (void **)&dispatch);
        memory_end();
        if (FAILED(hr)) {
                lua_pushnil(lua);
                lua_pushinteger(lua, hr);
                return 2;
        }
        object->dispatch = dispatch;
        return 1;
}

void objects_open(lua_State *lua)
{
        static const luaL_Reg object_meta[] = {
            {"__index", object_index}, {"__newindex", object_newindex},
            {"__gc", object_close},    {"__close", object_close},
            {"__eq", object_equal},    {"__tostring", object_tostring},
            {"__metatable", NULL},     {NULL, NULL},
        };

        luaL_newmetatable(lua, OBJECT_META);
        luaL_setfuncs(lua, object_meta, 0);
        lua_pushliteral(lua, "COM object");
        lua_setfield(lua, -2, "__metatable");
        lua_pop(lua, 1);
        lua_register(lua, "create", create);
}
