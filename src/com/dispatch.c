#include <stddef.h>
#include <string.h>

#include "com/errorinfo.h"
#include "com/guid.h"
#include "com/hresult.h"
#include "com/marshal.h"
#include "com/variant.h"
#include <scarderr.h>

#include "com/dispatch.h"

/* Parameters are numbered by the first form that has the method; those that only a later one has, from here
 * times its place on. */
#define PARAM_IDS 0x1000

#define NO_ARGUMENT UINT32_MAX

HRESULT dispatch_type_info_count(UINT *count)
{
        if (count == NULL)
                return E_POINTER;
        *count = 0;
        return S_OK;
}

HRESULT dispatch_type_info(ITypeInfo **info)
{
        if (info == NULL)
                return E_POINTER;
        *info = NULL;
        return DISP_E_BADINDEX;
}

/* ---- names */

static char lower(char c)
{
        return (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

static bool is_name(const OLECHAR *text, const char *name)
{
        while (*name != '\0' && *text < 0x80 && lower((char)*text) == lower(*name)) {
                text++;
                name++;
        }
        return *text == 0 && *name == '\0';
}

static const struct dispatch_method *method_named(const struct dispatch_interface *interface,
                                                  const OLECHAR *name)
{
        for (unsigned i = 0; interface != NULL && i < interface->methods_len; i++) {
                if (is_name(name, interface->methods[i].name))
                        return &interface->methods[i];
        }
        return NULL;
}

static const struct dispatch_method *method_numbered(const struct dispatch_interface *interface, DISPID id,
                                                     WORD flags)
{
        for (unsigned i = 0; interface != NULL && i < interface->methods_len; i++) {
                if (interface->methods[i].id == id && (interface->methods[i].kind & flags) != 0)
                        return &interface->methods[i];
        }
        return NULL;
}

static DISPID param_id(const struct dispatch_forms *forms, DISPID member, const OLECHAR *name)
{
        DISPID base = 0;

        for (size_t f = 0; f < DISPATCH_FORMS_MAX; f++) {
                const struct dispatch_method *method =
                    method_numbered(forms->form[f].interface, member, UINT16_MAX);

                if (method == NULL)
                        continue;
                for (unsigned i = 0; i < method->params_len; i++) {
                        if (is_name(name, method->params[i].name))
                                return base + (DISPID)i;
                }
                base += PARAM_IDS;
        }
        return DISPID_UNKNOWN;
}

static HRESULT find_ids(const struct dispatch_forms *forms, REFIID riid, LPOLESTR *names, UINT names_len,
                        DISPID *ids)
{
        const struct dispatch_method *method = NULL;
        HRESULT hr = S_OK;

        for (UINT i = 0; ids != NULL && i < names_len; i++)
                ids[i] = DISPID_UNKNOWN;
        if (names == NULL || ids == NULL)
                return E_POINTER;
        if (riid == NULL || !IsEqualIID(riid, &IID_NULL))
                return DISP_E_UNKNOWNINTERFACE;
        if (names_len == 0)
                return E_INVALIDARG;
        for (UINT i = 0; i < names_len; i++) {
                if (names[i] == NULL)
                        return E_POINTER;
        }
        for (size_t f = 0; method == NULL && f < DISPATCH_FORMS_MAX; f++)
                method = method_named(forms->form[f].interface, names[0]);
        if (method == NULL)
                return DISP_E_UNKNOWNNAME;
        ids[0] = method->id;
        for (UINT i = 1; i < names_len; i++) {
                ids[i] = param_id(forms, method->id, names[i]);
                if (ids[i] == DISPID_UNKNOWN)
                        hr = DISP_E_UNKNOWNNAME;
        }
        return hr;
}

HRESULT dispatch_ids_of_names(const struct dispatch_forms *forms, REFIID riid, LPOLESTR *names,
                              UINT names_len, DISPID *ids)
{
        HRESULT hr = find_ids(forms, riid, names, names_len, ids);

        return FAILED(hr) ? error_from(&IID_IDispatch, "IDispatch::GetIDsOfNames", hr) : hr;
}

/* ---- which argument is for which parameter */

/* One method with the arguments of a call. */
struct binding {
        const struct dispatch_form *form;
        const struct dispatch_method *method;
        const VARIANT *argument[DISPATCH_PARAMS_MAX]; /* of each parameter; NULL: missing */
        bool left_out[DISPATCH_PARAMS_MAX];           /* by VT_ERROR, or among named ones */
        unsigned result;                              /* the parameter that is; params_len: none */
        int distance;
};

/* How the methods of one call stand: the number of forms that have it before a form decides its PARAM_IDS. */
struct call {
        const struct dispatch_forms *forms;
        DISPID member;
        WORD flags;
        const DISPPARAMS *params;
};

/* The name behind a parameter's number, in whichever form it was taken from; NULL: none has it. */
static const char *param_name(const struct call *call, DISPID id)
{
        DISPID place = id / PARAM_IDS;
        unsigned index = (unsigned)(id % PARAM_IDS);

        if (id < 0)
                return NULL;
        for (size_t f = 0; f < DISPATCH_FORMS_MAX; f++) {
                const struct dispatch_method *method =
                    method_numbered(call->forms->form[f].interface, call->member, UINT16_MAX);

                if (method == NULL || place-- != 0)
                        continue;
                return index < method->params_len ? method->params[index].name : NULL;
        }
        return NULL;
}

/* params_len: the method has no such parameter. */
static unsigned named_param(const struct call *call, const struct dispatch_method *method, DISPID id)
{
        const char *name;

        if (id == DISPID_PROPERTYPUT && method->kind == DISPATCH_PROPERTYPUT)
                return method->params_len - 1;
        name = param_name(call, id);
        for (unsigned i = 0; name != NULL && i < method->params_len; i++) {
                if (strcmp(method->params[i].name, name) == 0)
                        return i;
        }
        return method->params_len;
}

/* The arguments to their parameters. *bad: the argument that has none. */
static HRESULT bind_arguments(const struct call *call, struct binding *binding, UINT *bad)
{
        const DISPPARAMS *given = call->params;
        const struct dispatch_method *method = binding->method;
        UINT positional = given->cArgs - given->cNamedArgs;

        if (positional > method->params_len)
                return DISP_E_BADPARAMCOUNT;
        for (UINT i = 0; i < positional; i++)
                binding->argument[i] = &given->rgvarg[given->cArgs - 1 - i];
        for (UINT i = 0; i < given->cNamedArgs; i++) {
                unsigned index = named_param(call, method, given->rgdispidNamedArgs[i]);

                *bad = i;
                if (index == method->params_len)
                        return DISP_E_PARAMNOTFOUND;
                if (binding->argument[index] != NULL)
                        return DISP_E_BADPARAMCOUNT;
                binding->argument[index] = &given->rgvarg[i];
        }
        *bad = NO_ARGUMENT;
        for (unsigned i = 0; i < method->params_len; i++) {
                binding->left_out[i] = binding->argument[i] == NULL && given->cNamedArgs != 0;
                if (binding->argument[i] != NULL &&
                    marshal_is_missing(&method->params[i], binding->argument[i])) {
                        binding->argument[i] = NULL;
                        binding->left_out[i] = true;
                }
        }
        return S_OK;
}

/* What a missing output comes to: the lowest rank that exactly one has becomes the result. */
enum rank { RANK_OUT, RANK_IN_OUT, RANK_COUNT, RANK_NONE };

static enum rank missing_rank(const struct dispatch_param *param)
{
        if (!param->out)
                return RANK_NONE;
        if (!param->in)
                return RANK_OUT;
        if (param->optional)
                return RANK_COUNT;
        /* A number that the method reads cannot be made up. */
        return param->kind == DISPATCH_NUMBER ? RANK_NONE : RANK_IN_OUT;
}

static void find_result(struct binding *binding)
{
        const struct dispatch_method *method = binding->method;

        binding->result = method->params_len;
        for (enum rank rank = RANK_OUT; rank < RANK_NONE; rank++) {
                unsigned found = 0;

                for (unsigned i = 0; i < method->params_len; i++) {
                        if (binding->argument[i] != NULL || missing_rank(&method->params[i]) != rank)
                                continue;
                        found++;
                        binding->result = i;
                }
                if (found == 1)
                        return;
                binding->result = method->params_len;
                if (found > 1)
                        return;
        }
}

/* Whether everything is there. Before the types: of a call that is too short for a form those say nothing. */
static HRESULT check_missing(const struct binding *binding)
{
        const struct dispatch_method *method = binding->method;

        for (unsigned i = 0; i < method->params_len; i++) {
                if (binding->argument[i] != NULL || method->params[i].optional || i == binding->result)
                        continue;
                return binding->left_out[i] ? DISP_E_PARAMNOTOPTIONAL : DISP_E_BADPARAMCOUNT;
        }
        return S_OK;
}

/* How well everything fits. *bad: the argument that does not. */
static HRESULT check_types(const struct call *call, struct binding *binding, UINT *bad)
{
        const struct dispatch_method *method = binding->method;

        for (unsigned i = 0; i < method->params_len; i++) {
                int distance;

                if (binding->argument[i] == NULL)
                        continue;
                distance = marshal_distance(&method->params[i], binding->argument[i]);
                if (distance == MARSHAL_MISMATCH) {
                        *bad = (UINT)(binding->argument[i] - call->params->rgvarg);
                        return DISP_E_TYPEMISMATCH;
                }
                binding->distance += distance;
        }
        return S_OK;
}

static HRESULT bind_method(const struct call *call, struct binding *binding, UINT *bad)
{
        HRESULT hr;

        *bad = NO_ARGUMENT;
        hr = bind_arguments(call, binding, bad);
        if (FAILED(hr))
                return hr;
        find_result(binding);
        hr = check_missing(binding);
        return SUCCEEDED(hr) ? check_types(call, binding, bad) : hr;
}

/* Which of two failures says more: that of the form that came further. */
static int failure_rank(HRESULT hr)
{
        return hr == DISP_E_TYPEMISMATCH       ? 3
               : hr == DISP_E_PARAMNOTOPTIONAL ? 2
               : hr == DISP_E_MEMBERNOTFOUND   ? 0
                                               : 1;
}

/* The form that the arguments fit best. */
static HRESULT choose(const struct call *call, struct binding *best, UINT *bad)
{
        HRESULT result = DISP_E_MEMBERNOTFOUND;

        *bad = NO_ARGUMENT;
        for (size_t f = 0; f < DISPATCH_FORMS_MAX; f++) {
                struct binding binding = {.form = &call->forms->form[f]};
                UINT argument;
                HRESULT hr;

                binding.method = method_numbered(binding.form->interface, call->member, call->flags);
                if (binding.method == NULL)
                        continue;
                hr = bind_method(call, &binding, &argument);
                if (SUCCEEDED(hr) && (FAILED(result) || binding.distance < best->distance)) {
                        *best = binding;
                        result = S_OK;
                } else if (FAILED(hr) && FAILED(result) && failure_rank(hr) > failure_rank(result)) {
                        result = hr;
                        *bad = argument;
                }
        }
        return result;
}

/* ---- the call */

static void load_missing(const struct binding *binding, unsigned index, struct dispatch_value *value)
{
        const struct dispatch_param *param = &binding->method->params[index];

        value->number = param->number;
        value->given = index == binding->result || (param->out && !param->optional);
}

/* Bytes and the number that says how many of them: the number may not go over the array. */
static HRESULT check_bytes(const struct binding *binding, unsigned index, struct dispatch_value *values)
{
        const struct dispatch_param *param = &binding->method->params[index];
        struct dispatch_value *value = &values[index];
        LONG size = param->size_is >= 0 ? values[param->size_is].number : 0;

        if (param->length_is >= 0)
                values[param->length_is].given = true; /* how many were put out is asked for in any case */
        if (!param->in)
                return marshal_room(value, size);
        if (value->bytes != NULL && size > 0 && (size_t)size > value->bytes_len)
                return DISP_E_OVERFLOW;
        return S_OK;
}

static HRESULT load(const struct call *call, const struct binding *binding, struct dispatch_value *values,
                    UINT *bad)
{
        const struct dispatch_method *method = binding->method;
        HRESULT hr = S_OK;

        for (unsigned i = 0; i < method->params_len; i++) {
                const VARIANT *argument = binding->argument[i];

                *bad = argument != NULL ? (UINT)(argument - call->params->rgvarg) : NO_ARGUMENT;
                values[i].given = argument != NULL;
                if (argument == NULL)
                        load_missing(binding, i, &values[i]);
                else if (method->params[i].out && marshal_is_locked(argument))
                        hr = DISP_E_ARRAYISLOCKED;
                else if (method->params[i].in)
                        hr = marshal_load(&method->params[i], argument, &values[i]);
                if (FAILED(hr))
                        return hr;
        }
        for (unsigned i = 0; i < method->params_len; i++) {
                const VARIANT *argument = binding->argument[i];

                if (method->params[i].kind != DISPATCH_BYTES)
                        continue;
                *bad = argument != NULL ? (UINT)(argument - call->params->rgvarg) : NO_ARGUMENT;
                hr = check_bytes(binding, i, values);
                if (FAILED(hr))
                        return hr;
        }
        *bad = NO_ARGUMENT;
        return S_OK;
}

static HRESULT store(const struct call *call, const struct binding *binding, struct dispatch_value *values,
                     VARIANT *result, UINT *bad)
{
        const struct dispatch_method *method = binding->method;

        for (unsigned i = 0; i < method->params_len; i++) {
                const struct dispatch_param *param = &method->params[i];
                const VARIANT *argument = binding->argument[i];
                bool variable = argument != NULL && (argument->vt & VT_BYREF) != 0;
                LONG bytes = param->length_is >= 0 ? values[param->length_is].number : -1;
                VARIANT made;
                HRESULT hr;

                if (!param->out || (!variable && (i != binding->result || result == NULL)))
                        continue;
                hr = marshal_output(param, &values[i], bytes, &made);
                if (SUCCEEDED(hr) && variable)
                        hr = marshal_store(&made, argument);
                else if (SUCCEEDED(hr))
                        *result = made;
                if (FAILED(hr)) {
                        *bad = variable ? (UINT)(argument - call->params->rgvarg) : NO_ARGUMENT;
                        return hr;
                }
        }
        return S_OK;
}

/* The method's failure, in the words of its error object where it left one. */
static HRESULT fill_exception(HRESULT hr, EXCEPINFO *exception)
{
        if (exception != NULL)
                error_to_exception(hr, exception);
        return DISP_E_EXCEPTION;
}

static HRESULT run(const struct call *call, const struct binding *binding, VARIANT *result,
                   EXCEPINFO *exception, UINT *bad)
{
        struct dispatch_value values[DISPATCH_PARAMS_MAX];
        const struct dispatch_method *method = binding->method;
        HRESULT hr;

        memset(values, 0, sizeof(values[0]) * method->params_len);
        hr = load(call, binding, values, bad);
        if (SUCCEEDED(hr)) {
                hr = method->call(binding->form->iface, values);
                if (SUCCEEDED(hr)) {
                        hr = store(call, binding, values, result, bad);
                } else {
                        /* The end of a file comes with the data before it; there is no result, though. */
                        HRESULT stored = hr == SCARD_W_EOF ? store(call, binding, values, NULL, bad) : S_OK;

                        hr = FAILED(stored) ? stored : fill_exception(hr, exception);
                }
        }
        for (unsigned i = 0; i < method->params_len; i++)
                marshal_free(&method->params[i], &values[i]);
        return hr;
}

/* Whether the structure can be read at all. */
static HRESULT check_call(REFIID riid, WORD flags, const DISPPARAMS *params)
{
        const WORD known =
            DISPATCH_METHOD | DISPATCH_PROPERTYGET | DISPATCH_PROPERTYPUT | DISPATCH_PROPERTYPUTREF;

        if (riid == NULL || !IsEqualIID(riid, &IID_NULL))
                return DISP_E_UNKNOWNINTERFACE;
        if (params == NULL)
                return E_POINTER;
        if (flags == 0 || (flags & ~known) != 0 || params->cNamedArgs > params->cArgs ||
            (params->cArgs != 0 && params->rgvarg == NULL) ||
            (params->cNamedArgs != 0 && params->rgdispidNamedArgs == NULL))
                return E_INVALIDARG;
        return S_OK;
}

/* *bad: the argument that a failure is about. */
static HRESULT invoke(const struct dispatch_forms *forms, DISPID member, REFIID riid, WORD flags,
                      const DISPPARAMS *params, VARIANT *result, EXCEPINFO *exception, UINT *bad)
{
        struct call call = {.forms = forms, .member = member, .flags = flags, .params = params};
        struct binding binding = {.form = NULL};
        HRESULT hr = check_call(riid, flags, params);

        if (FAILED(hr))
                return hr;
        if ((flags & DISPATCH_PROPERTYPUTREF) != 0)
                call.flags |= DISPATCH_PROPERTYPUT; /* the properties here are objects */
        hr = choose(&call, &binding, bad);
        return SUCCEEDED(hr) ? run(&call, &binding, result, exception, bad) : hr;
}

HRESULT dispatch_invoke(const struct dispatch_forms *forms, DISPID member, REFIID riid, WORD flags,
                        DISPPARAMS *params, VARIANT *result, EXCEPINFO *exception, UINT *argument)
{
        UINT bad = NO_ARGUMENT;
        HRESULT hr;

        VariantInit(result);
        if (exception != NULL)
                memset(exception, 0, sizeof(*exception));
        hr = invoke(forms, member, riid, flags, params, result, exception, &bad);
        if (SUCCEEDED(hr))
                return hr;
        if (bad != NO_ARGUMENT && argument != NULL)
                *argument = bad;
        /* A method that failed has left its error, in exception or in the thread. */
        return hr == DISP_E_EXCEPTION ? hr : error_from(&IID_IDispatch, "IDispatch::Invoke", hr);
}
