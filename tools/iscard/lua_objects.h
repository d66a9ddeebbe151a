/*
 * lua_objects.h - COM objects in a script: made, compared, let go of. lua_call.h calls their methods.
 */
#ifndef ISCARD_TOOL_LUA_OBJECTS_H
#define ISCARD_TOOL_LUA_OBJECTS_H

#include <lua.h>
#include <oleauto.h>

/* Adds the global create; raises Lua errors. */
void objects_open(lua_State *lua);
/* Pushes an object of the script with a reference of its own. Raises Lua errors; the caller's reference is as it was. */
void object_push(lua_State *lua, IDispatch *dispatch);
/* The interface of the object at index, without a reference; raises a Lua error where there is none. */
IDispatch *object_dispatch(lua_State *lua, int index);

#endif
