/* lua_call.c - see lua_call.h */
#include <string.h>
#include <strings.h>

#define COBJMACROS
#include <lauxlib.h>
#include <oleauto.h>
#include <scardcom.h>
#include <scarderr.h>

#include "com/cardauth.h"
#include "com/dispatch.h"
#include "com/fileaccess.h"
#include "com/verify.h"

#include "tools/iscard/lua_objects.h"
#include "tools/iscard/lua_values.h"
#include "tools/iscard/memory.h"
#include "tools/iscard/script.h"
#include "tools/iscard/lua_call.h"

#define CALL_META     "iscard call"
#define ERROR_TEXT    "iscard error text"
#define NAME_MAX_     128
#define ARGUMENTS_MAX 16

/*
 * The descriptions of the interfaces, which stand in for a type library: what is an output, which string is a byte buffer. The
 * documented form of each comes first. What a call comes to is Invoke's affair alone.
 */
static const struct dispatch_interface *const known[] = {
    &dispatch_ISCardManage,       &dispatch_ISCardManageXP,    &dispatch_ISCardVerify,
    &dispatch_ISCardVerifyXP,     &dispatch_ISCardUnblockData, &dispatch_ISCardFileAccess,
    &dispatch_ISCardFileAccessXP, &dispatch_ISCardAuth,        &dispatch_ISCardAuthXP,
    &dispatch_IByteBuffer,
};
#define KNOWN (sizeof(known) / sizeof(known[0]))

/* ---- one call; a userdata, so that a Lua error in the middle of it loses nothing */

struct call {
        VARIANT arguments[ARGUMENTS_MAX]; /* in the order of DISPPARAMS from the end */
        VARIANT variables[ARGUMENTS_MAX]; /* what outputs go to, by argument */
        bool is_output[ARGUMENTS_MAX];
        unsigned count;
        EXCEPINFO exception;
};

static int call_free(lua_State *lua)
{
        struct call *call = luaL_checkudata(lua, 1, CALL_META);

        for (unsigned i = 0; i < ARGUMENTS_MAX; i++) {
                (void)VariantClear(&call->arguments[i]);
                (void)VariantClear(&call->variables[i]);
        }
        SysFreeString(call->exception.bstrSource);
        SysFreeString(call->exception.bstrDescription);
        SysFreeString(call->exception.bstrHelpFile);
        memset(&call->exception, 0, sizeof(call->exception));
        return 0;
}

static struct call *call_new(lua_State *lua)
{
        struct call *call = lua_newuserdatauv(lua, sizeof(*call), 0);

        memset(call, 0, sizeof(*call)); /* VT_EMPTY */
        luaL_setmetatable(lua, CALL_META);
        return call;
}

/* ---- which description a call is for */

static bool has_interface(IDispatch *dispatch, const IID *iid)
{
        IUnknown *found = NULL;

        if (FAILED(IDispatch_QueryInterface(dispatch, iid, (void **)&found)))
                return false;
        (void)IUnknown_Release(found);
        return true;
}

const char *call_interface_name(IDispatch *dispatch)
{
        for (size_t i = 0; i < KNOWN; i++)
                if (has_interface(dispatch, known[i]->iid))
                        return known[i]->name;
        return "IDispatch";
}

static const struct dispatch_method *method_named(const struct dispatch_interface *interface,
                                                  const char *name)
{
        for (unsigned i = 0; i < interface->methods_len; i++)
                if (strcasecmp(interface->methods[i].name, name) == 0 &&
                    interface->methods[i].kind != DISPATCH_PROPERTYPUT)
                        return &interface->methods[i];
        return NULL;
}

/* An output that the method does not read a number from: it can be left out of a call. */
static bool is_plain_output(const struct dispatch_param *param)
{
        return param->out &&
               (!param->in || (param->kind != DISPATCH_NUMBER && param->kind != DISPATCH_HANDLE));
}

/* How well the values from index 2 on fit: the right number of them, then the right kinds. */
static int rank(lua_State *lua, const struct dispatch_method *method, int given)
{
        int taken = 0, fitting = 1, missing = 0;

        for (unsigned i = 0; i < method->params_len; i++) {
                const struct dispatch_param *param = &method->params[i];

                if (!param->in)
                        continue;
                if (taken < given)
                        fitting &= value_fits(lua, 2 + taken, param);
                else if (!param->optional && !is_plain_output(param))
                        missing = 1;
                taken++;
        }
        if (given > taken || missing != 0)
                return 0;
        return (given == taken ? 4 : 2) + fitting;
}

/* NULL: no interface of the object has it. */
static const struct dispatch_method *describe(lua_State *lua, IDispatch *dispatch, const char *name,
                                              int given, const char **interface)
{
        const struct dispatch_method *best = NULL;
        int best_rank = -1;

        for (size_t i = 0; i < KNOWN; i++) {
                const struct dispatch_method *method = method_named(known[i], name);
                int its_rank = method != NULL ? rank(lua, method, given) : -1;

                if (its_rank <= best_rank || !has_interface(dispatch, known[i]->iid))
                        continue;
                if (best == NULL)
                        *interface = known[i]->name;
                best = method;
                best_rank = its_rank;
        }
        return best;
}

/* ---- arguments */

static VARIANT *argument_at(struct call *call, unsigned place)
{
        return &call->arguments[call->count - 1 - place];
}

/* index 0: none is given */
static HRESULT put_argument(lua_State *lua, struct call *call, unsigned place,
                            const struct dispatch_param *param, int index)
{
        VARIANT *argument = argument_at(call, place);
        bool given = index != 0 && !lua_isnil(lua, index);

        if (param != NULL && param->out && (given || is_plain_output(param))) {
                argument->vt = VT_BYREF | VT_VARIANT;
                argument->pvarVal = &call->variables[place];
                call->is_output[place] = true;
                return given ? value_load(lua, index, param, &call->variables[place]) : S_OK;
        }
        if (given)
                return value_load(lua, index, param, argument);
        argument->vt = VT_ERROR;
        argument->scode = DISP_E_PARAMNOTFOUND;
        return S_OK;
}

/* How many of the parameters a call names: up to the last one that is given or takes an output. */
static unsigned params_used(const struct dispatch_method *method, int given)
{
        unsigned used = 0;
        int taken = 0;

        for (unsigned i = 0; i < method->params_len; i++) {
                bool has_value = method->params[i].in && taken++ < given;

                if (has_value || is_plain_output(&method->params[i]))
                        used = i + 1;
        }
        return used;
}

/* Values of the script, from index 2 to top, as arguments; what is too much stands behind, for Invoke to refuse. */
static HRESULT put_arguments(lua_State *lua, struct call *call, const struct dispatch_method *method, int top)
{
        int index = 2, inputs = 0;
        unsigned used = method != NULL ? params_used(method, top - 1) : 0;
        HRESULT hr = S_OK;

        for (unsigned i = 0; method != NULL && i < method->params_len; i++)
                inputs += method->params[i].in;
        call->count = used + (unsigned)(top - 1 > inputs ? top - 1 - inputs : 0);
        if (call->count > ARGUMENTS_MAX)
                return luaL_error(lua, "more than %d arguments", ARGUMENTS_MAX);
        for (unsigned i = 0; i < used && SUCCEEDED(hr); i++) {
                const struct dispatch_param *param = &method->params[i];

                hr = put_argument(lua, call, i, param, param->in && index <= top ? index++ : 0);
        }
        for (unsigned i = used; i < call->count && SUCCEEDED(hr); i++)
                hr = put_argument(lua, call, i, NULL, index++);
        return hr;
}

/* ---- the call */

/* false: longer than any name */
static bool wide_name(const char *name, OLECHAR wide[NAME_MAX_])
{
        size_t len = strlen(name);

        if (len >= NAME_MAX_)
                return false;
        for (size_t i = 0; i <= len; i++)
                wide[i] = (OLECHAR)(unsigned char)name[i];
        return true;
}

/* What the call comes to for a script: the method's own code, or the one of IDispatch. */
static HRESULT invoke(struct script *script, IDispatch *dispatch, const char *name, WORD flags,
                      struct call *call)
{
        DISPID property = DISPID_PROPERTYPUT, id;
        DISPPARAMS params = {.rgvarg = call->arguments, .cArgs = call->count};
        OLECHAR wide[NAME_MAX_];
        OLECHAR *names = wide;
        VARIANT result;
        HRESULT hr;

        script->invoked = false;
        if (!wide_name(name, wide))
                return DISP_E_UNKNOWNNAME;
        hr = IDispatch_GetIDsOfNames(dispatch, &IID_NULL, &names, 1, LOCALE_USER_DEFAULT, &id);
        if (FAILED(hr))
                return hr;
        if (flags == DISPATCH_PROPERTYPUT) {
                params.rgdispidNamedArgs = &property;
                params.cNamedArgs = 1;
        }
        VariantInit(&result);
        memory_begin();
        hr = IDispatch_Invoke(dispatch, id, &IID_NULL, LOCALE_USER_DEFAULT, flags, &params, &result,
                              &call->exception, NULL);
        memory_end();
        (void)VariantClear(&result);
        script->invoked = true;
        script->invoke_result = hr;
        return hr == DISP_E_EXCEPTION ? call->exception.scode : hr;
}

/* For the list of what came back: the method's code, and the one that carried it. */
static void note_returned(struct script *script, const char *interface, const char *method, HRESULT hr)
{
        script_note_returned(script, interface, method, hr);
        if (script->invoked && script->invoke_result != hr)
                script_note_code(script, interface, script->invoke_result);
}

/* What tries() and sw() tell, after a method of an object that speaks to the card. */
static void note_last(struct script *script, IDispatch *dispatch)
{
        void *found = NULL;

        if (SUCCEEDED(IDispatch_QueryInterface(dispatch, &IID_ISCardVerify, &found)))
                verify_last(found, &script->last);
        else if (SUCCEEDED(IDispatch_QueryInterface(dispatch, &IID_ISCardFileAccess, &found)))
                fileaccess_last(found, &script->last);
        else if (SUCCEEDED(IDispatch_QueryInterface(dispatch, &IID_ISCardAuth, &found)))
                cardauth_last(found, &script->last);
        if (found != NULL)
                (void)IUnknown_Release((IUnknown *)found);
}

/* What a method said is in the EXCEPINFO; what the call itself came to, in the error object of the thread. */
static void note_error(lua_State *lua, struct call *call, HRESULT hr)
{
        BSTR *text = &call->exception.bstrDescription; /* freed with the call, also past a Lua error */
        IErrorInfo *info = NULL;

        if (FAILED(hr) && *text == NULL && GetErrorInfo(0, &info) == S_OK) {
                (void)info->lpVtbl->GetDescription(info, text);
                (void)info->lpVtbl->Release(info);
        }
        value_push_text(lua, *text);
        lua_setfield(lua, LUA_REGISTRYINDEX, ERROR_TEXT);
}

/* The outputs in order, nil where the call failed; the end of a file comes with the data before it. Returns how many. */
static int push_outputs(lua_State *lua, const struct call *call, HRESULT hr)
{
        const bool some = SUCCEEDED(hr) || hr == SCARD_W_EOF;
        int count = 0;

        for (unsigned i = 0; i < call->count; i++) {
                if (!call->is_output[i])
                        continue;
                if (some)
                        value_push(lua, &call->variables[i]);
                else
                        lua_pushnil(lua);
                count++;
        }
        return count;
}

/* object:Method(...); upvalue 1: the name */
int call_method(lua_State *lua)
{
        const char *name = lua_tostring(lua, lua_upvalueindex(1)), *interface = NULL;
        IDispatch *dispatch = object_dispatch(lua, 1);
        const struct dispatch_method *method;
        int top = lua_gettop(lua), outputs;
        struct call *call;
        HRESULT hr;

        luaL_checkstack(lua, ARGUMENTS_MAX + 8, NULL);
        script_mark(lua);
        method = describe(lua, dispatch, name, top - 1, &interface);
        call = call_new(lua);
        hr = put_arguments(lua, call, method, top);
        if (SUCCEEDED(hr)) {
                hr = invoke(script_of(lua), dispatch, name, DISPATCH_METHOD | DISPATCH_PROPERTYGET, call);
                note_returned(script_of(lua), interface != NULL ? interface : call_interface_name(dispatch),
                              name, hr);
                note_last(script_of(lua), dispatch);
                note_error(lua, call, hr);
        }
        lua_pushinteger(lua, hr);
        outputs = push_outputs(lua, call, hr);
        /* What the call held goes now, not at the next collection: codes are wiped with it. */
        lua_pushcfunction(lua, call_free);
        lua_pushvalue(lua, top + 1);
        lua_call(lua, 1, 0);
        return 1 + outputs;
}

/* put(object, name, value): sets a property; the HRESULT */
static int put(lua_State *lua)
{
        IDispatch *dispatch = object_dispatch(lua, 1);
        const char *name = luaL_checkstring(lua, 2);
        struct call *call;
        HRESULT hr;

        luaL_checkany(lua, 3);
        lua_settop(lua, 3);
        call = call_new(lua);
        call->count = 1;
        hr = value_load(lua, 3, NULL, &call->arguments[0]);
        if (SUCCEEDED(hr)) {
                hr = invoke(script_of(lua), dispatch, name, DISPATCH_PROPERTYPUT, call);
                note_returned(script_of(lua), call_interface_name(dispatch), name, hr);
                note_error(lua, call, hr);
        }
        lua_pushinteger(lua, hr);
        return 1;
}

/* ---- what the last call left behind */

/* error_text(): what the error object of the last call says; nil where it succeeded */
static int error_text(lua_State *lua)
{
        lua_getfield(lua, LUA_REGISTRYINDEX, ERROR_TEXT);
        return 1;
}

static int tries(lua_State *lua)
{
        const struct card_last *last = &script_of(lua)->last;

        if (last->command != NULL && last->tries >= 0)
                lua_pushinteger(lua, last->tries);
        else
                lua_pushnil(lua);
        return 1;
}

static int status_word(lua_State *lua)
{
        const struct card_last *last = &script_of(lua)->last;

        if (last->command != NULL && last->sw != 0)
                lua_pushinteger(lua, last->sw);
        else
                lua_pushnil(lua);
        return 1;
}

/* invoke_result(): what Invoke itself returned; nil where the call did not come as far as that */
static int invoke_result(lua_State *lua)
{
        const struct script *script = script_of(lua);

        if (script->invoked)
                lua_pushinteger(lua, script->invoke_result);
        else
                lua_pushnil(lua);
        return 1;
}

/* starve(n): the n-th allocation of the library in the next call fails */
static int starve(lua_State *lua)
{
        lua_Integer nth = luaL_checkinteger(lua, 1);

        luaL_argcheck(lua, nth > 0, 1, "they are counted from 1");
        memory_starve((uint64_t)nth);
        return 0;
}

/* starved(): whether the last call met it */
static int starved(lua_State *lua)
{
        lua_pushboolean(lua, memory_starved());
        return 1;
}

void calls_open(lua_State *lua)
{
        luaL_newmetatable(lua, CALL_META);
        lua_pushcfunction(lua, call_free);
        lua_setfield(lua, -2, "__gc");
        lua_pop(lua, 1);
        lua_register(lua, "put", put);
        lua_register(lua, "error_text", error_text);
        lua_register(lua, "tries", tries);
        lua_register(lua, "sw", status_word);
        lua_register(lua, "invoke_result", invoke_result);
        lua_register(lua, "starve", starve);
        lua_register(lua, "starved", starved);
}
