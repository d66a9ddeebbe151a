/*
 * lua_world.h - what a script does beside calling objects: reader, apdu, sleep, and on virtual readers card, usb, fault.
 */
#ifndef ISCARD_TOOL_LUA_WORLD_H
#define ISCARD_TOOL_LUA_WORLD_H

#include <lua.h>

/* Adds the globals; raises Lua errors. */
void world_open(lua_State *lua);

#endif
