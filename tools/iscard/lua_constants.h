/*
 * lua_constants.h - the constants of the headers as globals: S_OK, SCARD_W_WRONG_CHV, SC_FL_IHV_GLOBAL, IID_ISCardVerify...
 */
#ifndef ISCARD_TOOL_LUA_CONSTANTS_H
#define ISCARD_TOOL_LUA_CONSTANTS_H

#include <lua.h>

/* Adds the globals; raises Lua errors. */
void constants_open(lua_State *lua);

#endif
