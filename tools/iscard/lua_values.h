/*
 * lua_values.h - values of a script as VARIANTs, and back.
 */
#ifndef ISCARD_TOOL_LUA_VALUES_H
#define ISCARD_TOOL_LUA_VALUES_H

#include <stdbool.h>

#include <lua.h>
#include <oleauto.h>

#include "com/dispatch.h"

/* Whether a value of the script is of the kind that the parameter takes, without a conversion. */
bool value_fits(lua_State *lua, int index, const struct dispatch_param *param);

/*
 * The value at index into made, which owns it; param NULL: not known what is wanted. nil is a missing argument; a string is a
 * byte buffer, an array of bytes or a text, as is wanted. E_OUTOFMEMORY, and what creating a buffer answers; raises a Lua error
 * for what no call takes (a table, a function), with made VT_EMPTY.
 */
HRESULT value_load(lua_State *lua, int index, const struct dispatch_param *param, VARIANT *made);

/* A text as a BSTR; NULL: out of memory. */
BSTR value_text(const char *utf8, size_t len);

/*
 * Pushes what value, which is kept, holds: integers, booleans, strings (also of a byte buffer and of an array of bytes), tables of
 * arrays, objects; nil of nothing. Raises Lua errors.
 */
void value_push(lua_State *lua, const VARIANT *value);
/* Pushes a BSTR as UTF-8; nil of NULL. */
void value_push_text(lua_State *lua, BSTR text);

#endif
