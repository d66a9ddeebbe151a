#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <lauxlib.h>

#include "core/wipe.h"
#include "sim/device.h"
#include "winscard.h"

#include "tools/iscard/hex.h"
#include "tools/iscard/lua_world.h"
#include "tools/iscard/script.h"

#define COMMAND_MAX  65544u /* CLA INS P1 P2, extended Lc, 65,535 bytes, extended Le, rounded up */
#define RESPONSE_MAX 65538u
#define CHOSEN       "iscard reader"
#define SLEEP_STEP   50 /* milliseconds between two looks at the clock */

/* ---- readers */

/* What is given at index (a name, a unique part of one, an index), else what the command line says, else the only reader,
 * else the only one with a card. */
static const struct reader *choose(lua_State *lua, int index)
{
        struct script *script = script_of(lua);
        const char *wanted = luaL_optstring(lua, index, script->options->reader);
        const struct reader *reader = NULL;

        if (wanted == NULL && lua_getfield(lua, LUA_REGISTRYINDEX, CHOSEN) == LUA_TLIGHTUSERDATA)
                return lua_touserdata(lua, -1);
        if (wanted == NULL && script->list.count == 1)
                reader = &script->list.readers[0];
        else if (reader_choose(&script->list, wanted, &reader) != TOOL_OK)
                (void)luaL_error(lua, "no reader was chosen, as the standard error says");
        if (wanted == NULL) {
                /* The same one for the whole script, wherever cards go. The list lives as long as the state. */
                lua_pushlightuserdata(lua, (void *)(uintptr_t)reader);
                lua_setfield(lua, LUA_REGISTRYINDEX, CHOSEN);
        }
        return reader;
}

/* reader([which]): its name */
static int reader_name(lua_State *lua)
{
        lua_pushstring(lua, choose(lua, 1)->name);
        return 1;
}

static const struct script_place *virtual_place(lua_State *lua, int index)
{
        const struct script *script = script_of(lua);
        const struct reader *reader = choose(lua, index);
        const struct script_place *place = &script->places[reader - script->list.readers];

        if (place->device == NULL)
                (void)luaL_error(lua, "%s is no virtual reader", reader->name);
        return place;
}

static int card_insert(lua_State *lua)
{
        const struct script_place *place = virtual_place(lua, 1);

        sim_device_card_insert(place->device, place->slot);
        return 0;
}

static int card_remove(lua_State *lua)
{
        const struct script_place *place = virtual_place(lua, 1);

        sim_device_card_remove(place->device, place->slot);
        return 0;
}

/* card.mute([whether [, which]]) */
static int card_mute(lua_State *lua)
{
        const struct script_place *place = virtual_place(lua, 2);

        sim_device_card_mute(place->device, place->slot,
                             lua_isnoneornil(lua, 1) || lua_toboolean(lua, 1) != 0);
        return 0;
}

static int usb_unplug(lua_State *lua)
{
        sim_device_unplug(virtual_place(lua, 1)->device);
        return 0;
}

static int usb_plug(lua_State *lua)
{
        sim_device_plug(virtual_place(lua, 1)->device);
        return 0;
}

/* usb.access(text [, which]): "free", "denied", "claimed" */
static int usb_access(lua_State *lua)
{
        const char *text = luaL_checkstring(lua, 1);
        const struct script_place *place = virtual_place(lua, 2);

        luaL_argcheck(lua, sim_device_set_access(place->device, text), 1,
                      "it is \"free\", \"denied\" or \"claimed\"");
        return 0;
}

/* fault(text [, which]): the fault KIND for the next message, KIND@N for the N-th one, KIND@* for every one; "": none any more */
static int fault(lua_State *lua)
{
        const char *text = luaL_optstring(lua, 1, "");
        const struct script_place *place = virtual_place(lua, 2);
        luaL_Buffer full;

        luaL_buffinit(lua, &full);
        while (*text != '\0') {
                size_t len = strcspn(text, "+");

                luaL_addlstring(&full, text, len);
                if (memchr(text, '@', len) == NULL) {
                        lua_pushfstring(lua, "@%I", (lua_Integer)sim_device_messages(place->device) + 1);
                        luaL_addvalue(&full);
                }
                text += len;
                if (*text == '+') {
                        luaL_addchar(&full, '+');
                        text++;
                }
        }
        luaL_pushresult(&full);
        if (!sim_device_fault(place->device, lua_tostring(lua, -1)))
                return luaL_error(lua, "no fault is called \"%s\"", lua_tostring(lua, 1));
        return 0;
}

/* ---- time */

/* sleep(milliseconds) */
static int sleep_ms(lua_State *lua)
{
        lua_Number left = luaL_checknumber(lua, 1);

        luaL_argcheck(lua, left >= 0, 1, "a time in the past");
        while (left > 0) {
                long step = left < SLEEP_STEP ? (long)left : SLEEP_STEP;
                struct timespec time = {.tv_nsec = step * 1000000};

                while (nanosleep(&time, &time) != 0 && errno == EINTR)
                        continue;
                left -= step > 0 ? (lua_Number)step : left;
                if (script_expired(script_of(lua)))
                        return luaL_error(lua, "the time limit of %d s is over",
                                          script_of(lua)->options->limit);
        }
        return 0;
}

/* ---- commands */

struct exchange {
        uint8_t command[COMMAND_MAX], response[RESPONSE_MAX];
        size_t command_len;
        DWORD response_len;
};

static LONG transmit(const struct script *script, const char *reader, struct exchange *exchange)
{
        SCARDHANDLE handle = 0;
        DWORD protocol;
        LONG status = SCardConnectA(script->list.context, reader, SCARD_SHARE_SHARED, SCARD_PROTOCOL_Tx,
                                    &handle, &protocol);

        if (status != SCARD_S_SUCCESS)
                return status;
        exchange->response_len = RESPONSE_MAX;
        status = SCardTransmit(handle, NULL, exchange->command, (DWORD)exchange->command_len, NULL,
                               exchange->response, &exchange->response_len);
        if (status == SCARD_S_SUCCESS && exchange->response_len < 2)
                status = SCARD_F_COMM_ERROR;
        (void)SCardDisconnect(handle, SCARD_LEAVE_CARD);
        return status;
}

static void push_hex(lua_State *lua, const uint8_t *bytes, size_t len)
{
        luaL_Buffer text;

        luaL_buffinit(lua, &text);
        for (size_t i = 0; i < len; i++) {
                luaL_addchar(&text, "0123456789ABCDEF"[bytes[i] >> 4]);
                luaL_addchar(&text, "0123456789ABCDEF"[bytes[i] & 15]);
        }
        luaL_pushresult(&text);
}

/* apdu(hex [, which]): one command over a connection of its own; the code, the data in hexadecimal, the status word */
static int apdu(lua_State *lua)
{
        struct script *script = script_of(lua);
        const char *hex = luaL_checkstring(lua, 1);
        const struct reader *reader = choose(lua, 2);
        struct exchange *exchange = lua_newuserdatauv(lua, sizeof(*exchange), 0);
        LONG status;

        exchange->command_len = 0;
        luaL_argcheck(lua, hex_parse(hex, exchange->command, COMMAND_MAX, &exchange->command_len), 1,
                      "no command in hexadecimal");
        luaL_argcheck(lua, exchange->command_len >= 4, 1, "a command has 4 bytes at least");
        script_mark(lua);
        script->last = (struct card_last){.command = "APDU", .tries = -1};
        status = transmit(script, reader->name, exchange);
        wipe(exchange->command, COMMAND_MAX);
        lua_pushinteger(lua, status);
        if (status != SCARD_S_SUCCESS)
                return 1;
        const uint8_t *trailer = exchange->response + exchange->response_len - 2;

        script->last.sw = (uint16_t)((unsigned)trailer[0] << 8 | trailer[1]);
        push_hex(lua, exchange->response, exchange->response_len - 2);
        wipe(exchange->response, exchange->response_len);
        lua_pushinteger(lua, script->last.sw);
        return 3;
}

void world_open(lua_State *lua)
{
        static const luaL_Reg card[] = {
            {"insert", card_insert}, {"remove", card_remove}, {"mute", card_mute}, {NULL, NULL}};
        static const luaL_Reg usb[] = {
            {"unplug", usb_unplug}, {"plug", usb_plug}, {"access", usb_access}, {NULL, NULL}};

        luaL_newlib(lua, card);
        lua_setglobal(lua, "card");
        luaL_newlib(lua, usb);
        lua_setglobal(lua, "usb");
        lua_register(lua, "fault", fault);
        lua_register(lua, "reader", reader_name);
        lua_register(lua, "sleep", sleep_ms);
        lua_register(lua, "apdu", apdu);
}
