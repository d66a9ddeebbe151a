#include <lauxlib.h>
#include <lualib.h>

#include "tools/iscard/lua_call.h"
#include "tools/iscard/lua_constants.h"
#include "tools/iscard/lua_expect.h"
#include "tools/iscard/lua_objects.h"
#include "tools/iscard/lua_sandbox.h"
#include "tools/iscard/lua_world.h"
#include "tools/iscard/script.h"

#define INSTRUCTIONS 10000 /* between two looks at the clock */

static const luaL_Reg harmless[] = {
    {LUA_GNAME, luaopen_base},        {LUA_COLIBNAME, luaopen_coroutine}, {LUA_TABLIBNAME, luaopen_table},
    {LUA_STRLIBNAME, luaopen_string}, {LUA_MATHLIBNAME, luaopen_math},    {LUA_UTF8LIBNAME, luaopen_utf8},
    {LUA_OSLIBNAME, luaopen_os},
};

/* What of them goes beyond the process. */
static const char *const removed_globals[] = {"dofile", "loadfile"};
static const char *const kept_os[] = {"clock", "date", "difftime", "time"};

static void keep_of_os(lua_State *lua)
{
        lua_getglobal(lua, LUA_OSLIBNAME);
        lua_createtable(lua, 0, 4);
        for (size_t i = 0; i < sizeof(kept_os) / sizeof(kept_os[0]); i++) {
                lua_getfield(lua, -2, kept_os[i]);
                lua_setfield(lua, -2, kept_os[i]);
        }
        lua_pushvalue(lua, -1);
        lua_setglobal(lua, LUA_OSLIBNAME);
        luaL_getsubtable(lua, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
        lua_insert(lua, -2);
        lua_setfield(lua, -2, LUA_OSLIBNAME);
        lua_pop(lua, 2);
}

/* load, of text only: bytecode can break out of the interpreter. Lua 5.4 manual, 6.1 (load) */
static int load_text(lua_State *lua)
{
        int count = lua_gettop(lua);

        if (count < 3) {
                lua_settop(lua, 3);
                count = 3;
        }
        lua_pushliteral(lua, "t");
        lua_replace(lua, 3);
        lua_pushvalue(lua, lua_upvalueindex(1));
        lua_insert(lua, 1);
        lua_call(lua, count, LUA_MULTRET);
        return lua_gettop(lua);
}

static void open_harmless(lua_State *lua)
{
        for (size_t i = 0; i < sizeof(harmless) / sizeof(harmless[0]); i++) {
                luaL_requiref(lua, harmless[i].name, harmless[i].func, 1);
                lua_pop(lua, 1);
        }
        keep_of_os(lua);
        for (size_t i = 0; i < sizeof(removed_globals) / sizeof(removed_globals[0]); i++) {
                lua_pushnil(lua);
                lua_setglobal(lua, removed_globals[i]);
        }
        lua_getglobal(lua, "load");
        lua_pushcclosure(lua, load_text, 1);
        lua_setglobal(lua, "load");
        lua_getglobal(lua, LUA_STRLIBNAME);
        lua_pushnil(lua);
        lua_setfield(lua, -2, "dump");
        lua_pop(lua, 1);
}

static void look_at_clock(lua_State *lua, lua_Debug *debug)
{
        const struct script *script = script_of(lua);

        (void)debug;
        script_mark(lua);
        if (script_expired(script))
                luaL_error(lua, "%s: the time limit of %d s is over", script_place(lua),
                           script->options->limit);
}

/* print, as comments: everything else on the standard output is TAP. */
static int print(lua_State *lua)
{
        int count = lua_gettop(lua);
        luaL_Buffer text;

        luaL_buffinit(lua, &text);
        for (int i = 1; i <= count; i++) {
                if (i > 1)
                        luaL_addchar(&text, '\t');
                (void)luaL_tolstring(lua, i, NULL);
                luaL_addvalue(&text);
        }
        luaL_pushresult(&text);
        tap_comment("%s", lua_tostring(lua, -1));
        return 0;
}

void sandbox_open(lua_State *lua, bool trust)
{
        if (trust)
                luaL_openlibs(lua);
        else
                open_harmless(lua);
        lua_register(lua, "print", print);
        constants_open(lua);
        expect_open(lua);
        objects_open(lua);
        calls_open(lua);
        world_open(lua);
        if (script_of(lua)->limited)
                lua_sethook(lua, look_at_clock, LUA_MASKCOUNT, INSTRUCTIONS);
}
