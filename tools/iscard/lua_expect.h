/*
 * lua_expect.h - the test points of a script: expect, hresult, SUCCEEDED, FAILED.
 */
#ifndef ISCARD_TOOL_LUA_EXPECT_H
#define ISCARD_TOOL_LUA_EXPECT_H

#include <lua.h>

/* Adds the globals; raises Lua errors. */
void expect_open(lua_State *lua);

#endif
