/*
 * lua_sandbox.h - what a harness script finds: the parts of Lua that reach no file and no program, and the functions of
 * the harness.
 */
#ifndef ISCARD_TOOL_LUA_SANDBOX_H
#define ISCARD_TOOL_LUA_SANDBOX_H

#include <stdbool.h>

#include <lua.h>

/* Fills a new state; raises Lua errors. trust: all of Lua's libraries. */
void sandbox_open(lua_State *lua, bool trust);

#endif
