/*
 * lua_call.h - a script's call of a method: by its name, through GetIDsOfNames and Invoke; and what it left behind.
 */
#ifndef ISCARD_TOOL_LUA_CALL_H
#define ISCARD_TOOL_LUA_CALL_H

#include <lua.h>
#include <oleauto.h>

/* Adds the globals put, error_text, tries, sw, invoke_result, starve and starved; raises Lua errors. */
void calls_open(lua_State *lua);
/* object:Method(...) as a function of Lua; upvalue 1: the name. The HRESULT, then the outputs. */
int call_method(lua_State *lua);
/* The name of the interface that tells most of the object. */
const char *call_interface_name(IDispatch *dispatch);

#endif
