#include <ctype.h>

#include <lauxlib.h>

#include <ole2.h>
#include <scardcom.h>
#include <scardcom_xp.h>
#include <windows.h>
#include <winscard.h>
#include <winsmcrd.h>

#include "tools/iscard/lua_constants.h"

/* Made from include/ by tools/iscard/constants, in the build folder. */
static const struct {
        const char *name;
        lua_Integer value;
} numbers[] = {
#define NUMBER(name) {#name, (lua_Integer)(name)},
#define TEXT(name)
#define IDENTIFIER(name)
#include "constants.inc"
#undef NUMBER
#undef TEXT
#undef IDENTIFIER
};

static const struct {
        const char *name;
        const GUID *value;
} identifiers[] = {
#define NUMBER(name)
#define TEXT(name)
#define IDENTIFIER(name) {#name, &(name)},
#include "constants.inc"
#undef NUMBER
#undef TEXT
#undef IDENTIFIER
};

static const struct {
        const char *name;
        const char *value;
} texts[] = {
#define NUMBER(name)
#define TEXT(name) {#name, name},
#define IDENTIFIER(name)
#include "constants.inc"
#undef NUMBER
#undef TEXT
#undef IDENTIFIER
    {NULL, NULL},
};

/* "{D7208667-...}", as CreateInterface and create take it. */
static void push_identifier(lua_State *lua, const GUID *guid)
{
        OLECHAR wide[40];
        char text[40];
        int len = StringFromGUID2(guid, wide, 40);

        for (int i = 0; i < len; i++)
                text[i] = (char)wide[i];
        lua_pushlstring(lua, text, len > 0 ? (size_t)len - 1 : 0);
}

/* WORDS_LIKE_THIS: a slip of the pen in a code would else be nil and be compared with, or left out of a call. */
static int looks_like_constant(const char *name)
{
        int underscore = 0;

        for (; *name != '\0'; name++) {
                if (!isupper((unsigned char)*name) && !isdigit((unsigned char)*name) && *name != '_')
                        return 0;
                underscore |= *name == '_';
        }
        return underscore;
}

/* __index of the globals; upvalue 1: the table of constants */
static int find(lua_State *lua)
{
        const char *name = lua_type(lua, 2) == LUA_TSTRING ? lua_tostring(lua, 2) : NULL;

        lua_pushvalue(lua, 2);
        lua_rawget(lua, lua_upvalueindex(1));
        if (lua_isnil(lua, -1) && name != NULL && looks_like_constant(name))
                return luaL_error(lua, "no constant is called %s", name);
        return 1;
}

void constants_open(lua_State *lua)
{
        const int count =
            (int)(sizeof(numbers) / sizeof(numbers[0]) + sizeof(identifiers) / sizeof(identifiers[0]));

        lua_pushglobaltable(lua);
        lua_createtable(lua, 0, 1);
        lua_createtable(lua, 0, count);
        for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
                lua_pushinteger(lua, numbers[i].value);
                lua_setfield(lua, -2, numbers[i].name);
        }
        for (size_t i = 0; i < sizeof(identifiers) / sizeof(identifiers[0]); i++) {
                push_identifier(lua, identifiers[i].value);
                lua_setfield(lua, -2, identifiers[i].name);
        }
        for (size_t i = 0; texts[i].name != NULL; i++) {
                lua_pushstring(lua, texts[i].value);
                lua_setfield(lua, -2, texts[i].name);
        }
        lua_pushcclosure(lua, find, 1);
        lua_setfield(lua, -2, "__index");
        lua_setmetatable(lua, -2);
        lua_pop(lua, 1);
}
