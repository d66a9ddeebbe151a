#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <lauxlib.h>

#include "com/hresult.h"

#include "tools/iscard/lua_expect.h"
#include "tools/iscard/script.h"

#define TEXT_MAX 256

/* Codes are signed in the headers; 0x8010006B, as people write it, is the same one. */
static bool as_code(lua_State *lua, int index, int32_t *code)
{
        int is_integer = 0;
        lua_Integer number = lua_isnumber(lua, index) ? lua_tointegerx(lua, index, &is_integer) : 0;

        if (lua_type(lua, index) != LUA_TNUMBER || !is_integer || number < INT32_MIN ||
            number > (lua_Integer)UINT32_MAX)
                return false;
        *code = (int32_t)(uint32_t)number;
        return true;
}

static bool same(lua_State *lua, int left, int right)
{
        int32_t code_left, code_right;

        if (lua_compare(lua, left, right, LUA_OPEQ) != 0)
                return true;
        return as_code(lua, left, &code_left) && as_code(lua, right, &code_right) && code_left == code_right;
}

static void code_text(int32_t code, char *text, size_t cap)
{
        const char *name = hresult_name(code);

        snprintf(text, cap, "%s%s0x%08" PRIX32 "%s", name != NULL ? name : "", name != NULL ? " (" : "",
                 (uint32_t)code, name != NULL ? ")" : "");
}

/* Leaves the text on the stack. as_hresult: small numbers are codes too. */
static const char *describe(lua_State *lua, int index, bool as_hresult)
{
        char text[TEXT_MAX];
        int32_t code;

        if (lua_type(lua, index) == LUA_TSTRING) {
                lua_pushliteral(lua, "\"");
                lua_pushvalue(lua, index);
                lua_pushliteral(lua, "\"");
                lua_concat(lua, 3);
                return lua_tostring(lua, -1);
        }
        if (as_code(lua, index, &code) && (code < 0 || as_hresult)) {
                code_text(code, text, sizeof(text));
                lua_pushstring(lua, text);
                return lua_tostring(lua, -1);
        }
        if (lua_isinteger(lua, index) && lua_tointeger(lua, index) > 9) {
                snprintf(text, sizeof(text), "%lld (0x%llX)", (long long)lua_tointeger(lua, index),
                         (unsigned long long)lua_tointeger(lua, index));
                lua_pushstring(lua, text);
                return lua_tostring(lua, -1);
        }
        return luaL_tolstring(lua, index, NULL);
}

/* Whether value may be the code of the method that was called last, which only one test point is about. */
static bool take_method(struct script *script, bool is_code, int32_t code, char method[SCRIPT_METHOD_MAX])
{
        bool taken = is_code && script->method[0] != '\0' && script->method_code == code;

        snprintf(method, SCRIPT_METHOD_MAX, "%s", taken ? script->method : "");
        script->method[0] = '\0';
        return taken;
}

/* expect(value, wanted [, label]): one test point; whether it passed */
static int expect(lua_State *lua)
{
        struct script *script = script_of(lua);
        const char *label, *at, *got, *wanted;
        char method[SCRIPT_METHOD_MAX];
        int32_t code = 0;
        bool ok, codes;

        luaL_checkany(lua, 1);
        luaL_argcheck(lua, lua_gettop(lua) >= 2, 2, "what is wanted is missing");
        lua_settop(lua, 3);
        label = luaL_optstring(lua, 3, NULL);
        ok = same(lua, 1, 2);
        codes = as_code(lua, 1, &code);
        codes = take_method(script, codes, code, method) || (codes && code < 0) ||
                (as_code(lua, 2, &code) && code < 0);
        at = script_place(lua);
        wanted = describe(lua, 2, codes);
        got = describe(lua, 1, codes);
        if (label == NULL)
                label = lua_pushfstring(lua, "%s: %s%s%s", at, method, method[0] != '\0' ? " returns " : "",
                                        wanted);
        const struct tap_detail details[] = {
            {"expected", wanted}, {"got", got}, {"method", method[0] != '\0' ? method : NULL}, {"at", at}};

        tap_point(script->tap, ok, label, details, sizeof(details) / sizeof(details[0]));
        lua_pushboolean(lua, ok);
        return 1;
}

static int32_t check_code(lua_State *lua, int index)
{
        int32_t code = 0;

        luaL_argcheck(lua, as_code(lua, index, &code), index, "no HRESULT");
        return code;
}

/* hresult(hr): its name, or 0x and eight digits */
static int hresult(lua_State *lua)
{
        int32_t code = check_code(lua, 1);
        const char *name = hresult_name(code);
        char text[16];

        snprintf(text, sizeof(text), "0x%08" PRIX32, (uint32_t)code);
        lua_pushstring(lua, name != NULL ? name : text);
        return 1;
}

static int succeeded(lua_State *lua)
{
        lua_pushboolean(lua, check_code(lua, 1) >= 0);
        return 1;
}

static int failed(lua_State *lua)
{
        lua_pushboolean(lua, check_code(lua, 1) < 0);
        return 1;
}

void expect_open(lua_State *lua)
{
        lua_register(lua, "expect", expect);
        lua_register(lua, "hresult", hresult);
        lua_register(lua, "SUCCEEDED", succeeded);
        lua_register(lua, "FAILED", failed);
}
