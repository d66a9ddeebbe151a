/*
 * script.h - one harness script while it runs: the test points it has made, the readers it sees, what its last call
 * left behind. The functions that a script calls find it from the Lua state.
 */
#ifndef ISCARD_TOOL_SCRIPT_H
#define ISCARD_TOOL_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <lua.h>

#include "core/card/chv.h"
#include "tools/iscard/reader.h"
#include "tools/iscard/tap.h"

#define SCRIPT_MEMORY_MAX   ((size_t)256 << 20) /* bytes that one script may hold */
#define SCRIPT_INTERFACES   16
#define SCRIPT_RETURNED_MAX 64
#define SCRIPT_METHOD_MAX   160

struct sim_device;

/* Which virtual reader a reader slot is. */
struct script_place {
        struct sim_device *device; /* NULL: a real reader */
        unsigned slot;
};

/* The codes that the methods of one interface have returned. */
struct script_returned {
        const char *interface; /* NULL: a free row */
        int32_t codes[SCRIPT_RETURNED_MAX];
        size_t count;
};

struct script {
        const char *path;
        const struct options *options;
        struct tap *tap;
        unsigned points_before; /* of the stream, when this script began */
        bool limited;
        struct timespec deadline;    /* CLOCK_MONOTONIC */
        lua_State *lua;              /* while it may be looked at; else NULL */
        size_t memory;               /* bytes that it holds */
        struct reader_list list;     /* as it was at the beginning */
        struct script_place *places; /* of list.readers */
        struct card_last last;       /* of the last card command, of an object or of apdu() */
        struct script_returned returned[SCRIPT_INTERFACES];
        /* The last method called, until a test point names it. */
        char method[SCRIPT_METHOD_MAX]; /* "ISCardVerify::Verify"; "": none */
        int32_t method_code;
        bool invoked; /* the last call came as far as Invoke, which returned: */
        int32_t invoke_result;
};

static inline struct script *script_of(lua_State *lua)
{
        return *(struct script **)lua_getextraspace(lua);
}

/*
 * Runs the script in this process, which is for it alone: sets the environment, initialises COM, and writes the points
 * to the stream. Whatever goes wrong is a failed point.
 */
void script_run(const char *path, const struct options *options, struct tap *tap);

/* "file:line" of the script's line that runs; left on the stack. */
const char *script_place(lua_State *lua);
/* Tells the process that watches where the script is, before something that may take long. */
void script_mark(lua_State *lua);
/* Whether its time is over. */
bool script_expired(const struct script *script);
/* A code for the list of what the interface has returned. */
void script_note_code(struct script *script, const char *interface, int32_t code);
/* A method that has returned: its code is on the list, and the next test point may be about it. */
void script_note_returned(struct script *script, const char *interface, const char *method, int32_t code);

#endif
