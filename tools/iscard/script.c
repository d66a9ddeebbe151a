#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lauxlib.h>
#include <lua.h>

#include <objbase.h>

#include "com/hresult.h"
#include "core/card/profile.h"
#include "sim/config.h"
#include "sim/control.h"

#include "tools/iscard/lua_sandbox.h"
#include "tools/iscard/options.h"
#include "tools/iscard/script.h"
#include "tools/iscard/show.h"
#include "tools/iscard/tool.h"

#define SIM_COMMENT     "-- sim:"
#define TIMEOUT_COMMENT "-- timeout:"
#define TIMEOUT_MAX_MS  600000
#define LINE_MAX_       1024

/* ---- points */

static void script_fail(struct script *script, const char *label, const char *message)
{
        const struct tap_detail details[] = {{"message", message}};

        tap_point(script->tap, false, label, details, sizeof(details) / sizeof(details[0]));
}

static void fail_whole(struct script *script, const char *message)
{
        char label[512];

        snprintf(label, sizeof(label), "%s: %s", script->path, message);
        script_fail(script, label, message);
}

bool script_expired(const struct script *script)
{
        struct timespec now;

        if (!script->limited)
                return false;
        clock_gettime(CLOCK_MONOTONIC, &now);
        return now.tv_sec > script->deadline.tv_sec ||
               (now.tv_sec == script->deadline.tv_sec && now.tv_nsec >= script->deadline.tv_nsec);
}

/* ---- what came back from the interfaces */

void script_note_code(struct script *script, const char *interface, int32_t code)
{
        for (size_t i = 0; i < SCRIPT_INTERFACES; i++) {
                struct script_returned *row = &script->returned[i];

                if (row->interface == NULL)
                        row->interface = interface;
                if (strcmp(row->interface, interface) != 0)
                        continue;
                for (size_t k = 0; k < row->count; k++)
                        if (row->codes[k] == code)
                                return;
                if (row->count < SCRIPT_RETURNED_MAX)
                        row->codes[row->count++] = code;
                return;
        }
}

void script_note_returned(struct script *script, const char *interface, const char *method, int32_t code)
{
        snprintf(script->method, sizeof(script->method), "%s::%s", interface, method);
        script->method_code = code;
        script_note_code(script, interface, code);
}

/* "# ISCardVerify returned S_OK, SCARD_W_WRONG_CHV": what a bench has covered. */
static void print_returned(const struct script_returned *row)
{
        char text[SCRIPT_RETURNED_MAX * 40];
        size_t len = 0;

        for (size_t i = 0; i < row->count; i++) {
                const char *name = hresult_name(row->codes[i]);
                char number[16];

                snprintf(number, sizeof(number), "0x%08" PRIX32, (uint32_t)row->codes[i]);
                len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%s", i == 0 ? "" : ", ",
                                        name != NULL ? name : number);
                if (len >= sizeof(text))
                        break;
        }
        if (row->count > 0)
                tap_comment("%s returned %s", row->interface, text);
}

/* ---- which readers */

/* The value behind key among the comments that the file begins with. false: none. */
static bool comment(const char *path, const char *key, char *value, size_t cap)
{
        FILE *file = fopen(path, "re");
        char line[LINE_MAX_];
        bool found = false, first = true;

        if (file == NULL)
                return false; /* loading says why */
        for (; !found && fgets(line, sizeof(line), file) != NULL; first = false) {
                if (first && line[0] == '#')
                        continue; /* which program is to run it; Lua leaves it out, too */
                const char *at = line + strlen(key);
                size_t len;

                if (strncmp(line, "--", 2) != 0)
                        break;

                if (strncmp(line, key, strlen(key)) != 0 || strchr(line, '\n') == NULL)
                        continue;
                at += strspn(at, " \t");
                len = strlen(at); /* names of readers have blanks */
                while (len > 0 && strchr(" \t\r\n", at[len - 1]) != NULL)
                        len--;
                snprintf(value, cap, "%.*s", (int)len, at);
                found = true;
        }
        fclose(file);
        return found;
}

/* false: it has been told as a failed point. */
static bool set_variable(struct script *script, const char *name, const char *value)
{
        if (setenv(name, value, 1) == 0)
                return true;
        fail_whole(script, "out of memory");
        return false;
}

/* false: it has been told as a failed point. */
static bool set_sim(struct script *script, const char *value)
{
        struct sim_config_list list;
        char error[256], message[320];

        if (!sim_config_parse(value, &list, error, sizeof(error))) {
                snprintf(message, sizeof(message), "the virtual readers: %s",
                         error[0] != '\0' ? error : "out of memory");
                fail_whole(script, message);
                return false;
        }
        sim_config_free(&list);
        return set_variable(script, "ISCARD_SIM", value);
}

static bool set_timeout(struct script *script, const char *value)
{
        int ms;

        if (options_number(value, 1, TIMEOUT_MAX_MS, &ms))
                return set_variable(script, "ISCARD_TIMEOUT", value);
        fail_whole(script, "the comment \"" TIMEOUT_COMMENT "\" takes milliseconds, 1 to 600000");
        return false;
}

/* What the environment and the command line say comes before what the script says. */
static bool set_environment(struct script *script)
{
        const struct options *options = script->options;
        char value[LINE_MAX_];

        if (options->profile != NULL && !set_variable(script, "ISCARD_PROFILE", options->profile))
                return false;
        if (getenv("ISCARD_TIMEOUT") == NULL &&
            comment(script->path, TIMEOUT_COMMENT, value, sizeof(value)) && !set_timeout(script, value))
                return false;
        if (options->sim != NULL)
                return set_sim(script, options->sim);
        if (getenv("ISCARD_SIM") == NULL && comment(script->path, SIM_COMMENT, value, sizeof(value)))
                return set_sim(script, value);
        return true;
}

/* The next virtual reader from *number on whose strings a name begins with; readers are listed in their order. */
static struct sim_device *device_of(const char *name, unsigned *number)
{
        struct sim_device *device;

        for (; (device = sim_control_device(*number)) != NULL; ++*number) {
                const char *maker = sim_device_string(device, 1), *product = sim_device_string(device, 2);
                char text[READER_NAME_MAX];
                int len = snprintf(text, sizeof(text), "%s %s", maker != NULL ? maker : "",
                                   product != NULL ? product : "");

                if (len > 0 && strncmp(name, text, strnlen(text, sizeof(text))) == 0) {
                        ++*number;
                        return device;
                }
        }
        return NULL;
}

static bool find_places(struct script *script)
{
        struct sim_device *device = NULL;
        unsigned number = 0;

        script->places = calloc(script->list.count + 1, sizeof(*script->places));
        if (script->places == NULL)
                return false;
        for (size_t i = 0; i < script->list.count; i++) {
                struct reader_facts facts;

                reader_facts(script->list.readers[i].name, &facts);
                if (facts.slot == 0) {
                        unsigned from = number;

                        device = device_of(script->list.readers[i].name, &number);
                        if (device == NULL)
                                number = from; /* a real reader stands among them */
                }
                script->places[i] = (struct script_place){.device = device, .slot = facts.slot};
        }
        return true;
}

static bool open_readers(struct script *script)
{
        LONG status = reader_list_open(&script->list);
        char message[96];

        if (status == SCARD_S_SUCCESS && !find_places(script))
                status = SCARD_E_NO_MEMORY;
        if (status == SCARD_S_SUCCESS)
                return true;
        snprintf(message, sizeof(message), "the list of readers: 0x%08X %s", (unsigned)status,
                 show_name(status));
        fail_whole(script, message);
        return false;
}

/* ---- the script */

/* Where the script is: when Lua is told that there is no memory its stack is still as it was, and afterwards not. */
static void remember_place(struct script *script)
{
        lua_Debug frame;

        for (int level = 0; script->lua != NULL && lua_getstack(script->lua, level, &frame) != 0; level++) {
                if (lua_getinfo(script->lua, "Sl", &frame) == 0 || frame.currentline <= 0)
                        continue;
                snprintf(script->tap->at, sizeof(script->tap->at), "%s:%d", frame.short_src,
                         frame.currentline);
                return;
        }
}

static void *allocate(void *user, void *old, size_t old_size, size_t size)
{
        struct script *script = user;
        size_t *used = &script->memory;
        size_t had = old != NULL ? old_size : 0;
        void *made;

        if (size == 0) {
                free(old);
                *used -= had;
                return NULL;
        }
        made = size > had && size - had > SCRIPT_MEMORY_MAX - *used ? NULL : realloc(old, size);
        if (made != NULL)
                *used += size - had;
        else
                remember_place(script);
        return made;
}

const char *script_place(lua_State *lua)
{
        lua_Debug frame;

        for (int level = 0; lua_getstack(lua, level, &frame) != 0; level++) {
                if (lua_getinfo(lua, "Sl", &frame) != 0 && frame.currentline > 0)
                        return lua_pushfstring(lua, "%s:%d", frame.short_src, frame.currentline);
        }
        return lua_pushstring(lua, script_of(lua)->path);
}

void script_mark(lua_State *lua)
{
        struct tap *tap = script_of(lua)->tap;

        snprintf(tap->at, sizeof(tap->at), "%s", script_place(lua));
        lua_pop(lua, 1);
}

/* The error with its place and how it came to be called. */
static int explain(lua_State *lua)
{
        const char *message = luaL_tolstring(lua, 1, NULL), *at = script_place(lua);
        size_t file = strcspn(at, ":");

        /* error() of something that is no text, or at another level, says no place. */
        if (strncmp(message, at, file + 1) != 0)
                message = lua_pushfstring(lua, "%s: %s", at, message);
        luaL_traceback(lua, lua, message, 1);
        return 1;
}

/* A message about the syntax says file and line already, in Lua's form of the path. */
static int load_failed(lua_State *lua, const char *path)
{
        const char *message = lua_tostring(lua, -1);

        if (strncmp(message, path, strlen(path)) != 0 && strncmp(message, "...", 3) != 0)
                lua_pushfstring(lua, "%s: %s", path, message);
        return lua_error(lua);
}

static int protected_run(lua_State *lua)
{
        const struct script *script = script_of(lua);

        sandbox_open(lua, script->options->trust);
        lua_pushcfunction(lua, explain);
        if (luaL_loadfilex(lua, script->path, "t") != LUA_OK)
                return load_failed(lua, script->path);
        if (lua_pcall(lua, 0, 0, -2) != LUA_OK)
                return lua_error(lua);
        return 0;
}

/* The first line of the message says file and line. */
static void fail_with_error(struct script *script, const char *message)
{
        char label[512];
        size_t len = strcspn(message, "\n");
        const char *at = script->tap->at[0] != '\0' ? script->tap->at : script->path;

        /* Lua has no memory to say where it ran out of it: see remember_place. */
        if (strcmp(message, "not enough memory") == 0)
                snprintf(label, sizeof(label), "%s: %s", at, message);
        else
                snprintf(label, sizeof(label), "%.*s", (int)(len < sizeof(label) ? len : sizeof(label) - 1),
                         message);
        script_fail(script, label, message);
}

static void run_lua(struct script *script)
{
        lua_State *lua = lua_newstate(allocate, script);

        if (lua == NULL) {
                fail_whole(script, "out of memory");
                return;
        }
        *(struct script **)lua_getextraspace(lua) = script;
        script->lua = lua;
        lua_pushcfunction(lua, protected_run);
        if (lua_pcall(lua, 0, 0, 0) != LUA_OK)
                fail_with_error(script,
                                lua_type(lua, -1) == LUA_TSTRING ? lua_tostring(lua, -1) : "a script error");
        else if (script->tap->points == script->points_before)
                fail_whole(script, "the script checked nothing");
        script->lua = NULL;
        lua_close(lua);
}

void script_run(const char *path, const struct options *options, struct tap *tap)
{
        struct script script = {.path = path,
                                .options = options,
                                .tap = tap,
                                .points_before = tap->points,
                                .limited = options->limit != 0,
                                .last = {.tries = -1}};
        HRESULT hr;

        clock_gettime(CLOCK_MONOTONIC, &script.deadline);
        script.deadline.tv_sec += options->limit;
        if (!set_environment(&script) || !open_readers(&script))
                return;
        hr = CoInitialize(NULL);
        if (FAILED(hr)) {
                fail_whole(&script, "COM is not initialised");
        } else {
                run_lua(&script);
                for (size_t i = 0; i < SCRIPT_INTERFACES; i++)
                        print_returned(&script.returned[i]);
                CoUninitialize();
        }
        free(script.places);
        reader_list_close(&script.list);
}
