/* methods.c - one call of a method, through the vtable or late-bound. See methods.h */
#undef NDEBUG
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <oleauto.h>

#include "com/secret.h"
#include "tests/support/attached.h"
#include "tests/support/methods.h"

const struct dispatch_method *methods_find(const struct methods_row *row)
{
        WORD kind = row->kind != 0 ? row->kind : DISPATCH_METHOD;

        for (unsigned i = 0; i < row->interface->methods_len; i++) {
                const struct dispatch_method *method = &row->interface->methods[i];

                if (method->kind == kind && strcmp(method->name, row->method) == 0)
                        return method;
        }
        return NULL;
}

const char *methods_name(const struct methods_row *row)
{
        static char name[128];

        (void)snprintf(name, sizeof(name), "%s::%s%s%s", row->interface->name, row->method,
                       row->variant[0] != '\0' ? ", " : "", row->variant);
        return name;
}

void methods_check_complete(void)
{
        for (const struct methods_interface *at = methods_interfaces; at->interface != NULL; at++) {
                const struct dispatch_interface *interface = at->interface;

                if (at->base + interface->methods_len != at->slots) {
                        fprintf(stderr, "%s: a slot without a method\n", interface->name);
                        abort();
                }
                for (unsigned m = 0; m < interface->methods_len; m++) {
                        bool found = false;

                        for (size_t i = 0; i < methods_rows_len; i++)
                                found |= methods_rows[i].interface == interface &&
                                         methods_find(&methods_rows[i]) == &interface->methods[m];
                        if (!found) {
                                fprintf(stderr, "%s::%s: no row\n", interface->name,
                                        interface->methods[m].name);
                                abort();
                        }
                }
        }
        for (size_t i = 0; i < methods_rows_len; i++)
                assert(methods_find(&methods_rows[i]) != NULL);
}

/* ---- arguments */

static void *target(struct methods_bench *bench, const struct dispatch_interface *interface)
{
        IUnknown *const objects[] = {(IUnknown *)(void *)bench->manage, (IUnknown *)(void *)bench->verify,
                                     (IUnknown *)(void *)bench->files, (IUnknown *)(void *)bench->auth,
                                     (IUnknown *)(void *)bench->buffer};
        void *found = NULL;

        for (size_t i = 0; i < sizeof(objects) / sizeof(objects[0]); i++)
                if (SUCCEEDED(objects[i]->lpVtbl->QueryInterface(objects[i], interface->iid, &found)))
                        return found;
        abort();
}

static LONG number_of(const struct methods_bench *bench, const struct methods_arg *arg)
{
        return arg->give == METHODS_UNBLOCK ? bench->data : arg->number;
}

static ULONG_PTR handle_of(const struct methods_bench *bench, const struct methods_arg *arg)
{
        return arg->give == METHODS_HANDLE ? bench->handle : bench->file[arg->number];
}

static void *object_of(const struct methods_bench *bench, const struct methods_arg *arg)
{
        return arg->give == METHODS_STREAM   ? (void *)bench->stream
               : arg->give == METHODS_BUFFER ? (void *)bench->buffers[arg->number]
                                             : NULL;
}

/* A value for the vtable. */
static void make_value(struct methods_call *call, unsigned i)
{
        const struct dispatch_param *param = &call->method->params[i];
        const struct methods_arg *arg = &call->row->args[i];
        struct dispatch_value *value = &call->values[i];

        memset(value, 0, sizeof(*value));
        value->given = arg->give != METHODS_NONE;
        value->number = number_of(call->bench, arg);
        switch (arg->give) {
        case METHODS_TEXT:
                value->text = value->own_text = SysAllocString(arg->text);
                assert(value->text != NULL);
                break;
        case METHODS_HEX:
                value->bytes = call->bytes;
                value->bytes_len = bytes_of(arg->hex, call->bytes, sizeof(call->bytes));
                value->table = (TLV_TABLE){.cbSize = (LONG)value->bytes_len, .byData = call->bytes};
                value->tables = &value->table;
                break;
        case METHODS_GUID:
                assert(CLSIDFromString(arg->text, &value->guid) == S_OK);
                break;
        case METHODS_BUFFER:
        case METHODS_STREAM:
                value->object = value->own_object = object_of(call->bench, arg);
                break;
        case METHODS_FILE:
        case METHODS_HANDLE:
                value->handle = handle_of(call->bench, arg);
                break;
        case METHODS_OUT:
                if (param->kind == DISPATCH_BYTES)
                        value->bytes = call->bytes;
                break;
        default:
                break;
        }
}

static SAFEARRAY *array_of(const char *hex)
{
        uint8_t bytes[64];
        size_t len = bytes_of(hex, bytes, sizeof(bytes));
        SAFEARRAY *array = SafeArrayCreateVector(VT_UI1, 0, (ULONG)len);

        assert(array != NULL);
        memcpy(array->pvData, bytes, len);
        return array;
}

/* An empty variable of the parameter's own type where the method reads it too, else a VARIANT. */
static VARIANT variable(struct methods_call *call, unsigned i)
{
        const struct dispatch_param *param = &call->method->params[i];

        if (param->in && param->kind == DISPATCH_NUMBER)
                return (VARIANT){.vt = VT_BYREF | VT_I4, .plVal = &call->numbers[i]};
        if (param->in && param->kind == DISPATCH_OBJECT)
                return (VARIANT){.vt = VT_BYREF | VT_DISPATCH, .ppdispVal = &call->objects[i]};
        if (param->in && param->kind == DISPATCH_TABLE)
                return (VARIANT){.vt = VT_BYREF | VT_ARRAY | VT_UI1, .pparray = &call->arrays[i]};
        return (VARIANT){.vt = VT_BYREF | VT_VARIANT, .pvarVal = &call->out[i]};
}

/* The variables of the call as they are before it. */
static void fill_variables(struct methods_call *call)
{
        for (unsigned i = 0; i < call->method->params_len; i++) {
                const struct methods_arg *arg = &call->row->args[i];

                VariantInit(&call->out[i]);
                call->numbers[i] = number_of(call->bench, arg);
                call->objects[i] = arg->give == METHODS_BUFFER ? object_of(call->bench, arg) : NULL;
                if (call->objects[i] != NULL)
                        call->objects[i]->lpVtbl->AddRef(call->objects[i]);
                call->arrays[i] = arg->give == METHODS_HEX ? array_of(arg->hex) : NULL;
        }
        VariantInit(&call->result);
}

static void empty_variables(struct methods_call *call)
{
        for (unsigned i = 0; i < call->method->params_len; i++) {
                assert(VariantClear(&call->out[i]) == S_OK);
                if (call->objects[i] != NULL)
                        call->objects[i]->lpVtbl->Release(call->objects[i]);
                if (call->arrays[i] != NULL)
                        assert(SafeArrayDestroy(call->arrays[i]) == S_OK);
        }
        assert(VariantClear(&call->result) == S_OK);
}

static VARIANT make_variant(struct methods_call *call, unsigned i)
{
        const struct dispatch_param *param = &call->method->params[i];
        const struct methods_arg *arg = &call->row->args[i];
        VARIANT made = {.vt = VT_EMPTY};

        switch (arg->give) {
        case METHODS_NONE:
                return (VARIANT){.vt = VT_ERROR, .scode = DISP_E_PARAMNOTFOUND};
        case METHODS_OUT:
                return variable(call, i);
        case METHODS_UNBLOCK:
        case METHODS_NUMBER:
                if (param->pointer)
                        return (VARIANT){.vt = VT_BYREF | VT_I4, .plVal = &call->numbers[i]};
                return (VARIANT){.vt = VT_I4, .lVal = number_of(call->bench, arg)};
        case METHODS_TEXT:
        case METHODS_GUID:
                made.vt = VT_BSTR;
                made.bstrVal = SysAllocString(arg->text);
                assert(made.bstrVal != NULL);
                return made;
        case METHODS_HEX:
                if (param->pointer && param->kind == DISPATCH_TABLE)
                        return (VARIANT){.vt = VT_BYREF | VT_ARRAY | VT_UI1, .pparray = &call->arrays[i]};
                return (VARIANT){.vt = VT_ARRAY | VT_UI1, .parray = array_of(arg->hex)};
        case METHODS_BUFFER:
                if (param->out)
                        return variable(call, i);
                return (VARIANT){.vt = VT_DISPATCH, .pdispVal = object_of(call->bench, arg)};
        case METHODS_STREAM:
                return (VARIANT){.vt = VT_UNKNOWN, .punkVal = object_of(call->bench, arg)};
        case METHODS_FILE:
        case METHODS_HANDLE:
                return (VARIANT){.vt = VT_I8, .llVal = (LONGLONG)handle_of(call->bench, arg)};
        default:
                abort();
        }
}

/* The one output that can be the result: exactly one of those that are no input too. */
static bool leave_result_out(struct methods_call *call)
{
        unsigned found = 0, which = 0, len = call->method->params_len;

        for (unsigned i = 0; i < len; i++) {
                if (!call->method->params[i].out || call->method->params[i].in)
                        continue;
                found++;
                which = i;
        }
        if (found != 1)
                return false;
        call->args[len - 1 - which] = (VARIANT){.vt = VT_ERROR, .scode = DISP_E_PARAMNOTFOUND};
        return true;
}

/* ---- the call */

bool methods_call_make(struct methods_call *call, struct methods_bench *bench, const struct methods_row *row,
                       enum methods_way way)
{
        memset(call, 0, sizeof(*call));
        call->bench = bench;
        call->row = row;
        call->way = way;
        call->method = methods_find(row);
        call->iface = target(bench, row->interface);
        for (unsigned i = 0; i < call->method->params_len; i++) {
                if (way == METHODS_VTABLE)
                        make_value(call, i);
                else
                        call->args[call->method->params_len - 1 - i] = make_variant(call, i);
        }
        if (way != METHODS_VTABLE)
                fill_variables(call);
        return way != METHODS_INVOKE_RESULT || leave_result_out(call);
}

static HRESULT invoke(struct methods_call *call)
{
        DISPID put = DISPID_PROPERTYPUT;
        DISPPARAMS params = {.rgvarg = call->args, .cArgs = call->method->params_len};
        IUnknown *unknown = call->iface;
        IDispatch *dispatch = NULL;
        EXCEPINFO exception;
        HRESULT hr;

        if (call->method->kind == DISPATCH_PROPERTYPUT) {
                params.rgdispidNamedArgs = &put;
                params.cNamedArgs = 1;
        }
        assert(unknown->lpVtbl->QueryInterface(unknown, &IID_IDispatch, (void **)&dispatch) == S_OK);
        call->bad = UINT32_MAX;
        hr = dispatch->lpVtbl->Invoke(dispatch, call->method->id, &IID_NULL, 0, call->method->kind, &params,
                                      &call->result, &exception, &call->bad);
        dispatch->lpVtbl->Release(dispatch);
        SysFreeString(exception.bstrSource);
        SysFreeString(exception.bstrDescription);
        return hr == DISP_E_EXCEPTION ? exception.scode : hr;
}

HRESULT methods_call_run(struct methods_call *call)
{
        if (call->way != METHODS_VTABLE)
                return invoke(call);
        return call->method->call(call->iface, call->values);
}

bool methods_call_empty(const struct methods_call *call)
{
        if (call->way != METHODS_VTABLE && call->result.vt != VT_EMPTY)
                return false;
        for (unsigned i = 0; i < call->method->params_len; i++) {
                const struct dispatch_param *param = &call->method->params[i];
                const struct dispatch_value *value = &call->values[i];

                if (!param->out)
                        continue;
                if (call->way != METHODS_VTABLE) {
                        if (call->out[i].vt != VT_EMPTY)
                                return false;
                        continue;
                }
                if (value->object != value->own_object || value->text != NULL || value->array != NULL ||
                    (value->tables != NULL && value->tables != &value->table) ||
                    (!param->in && (value->number != 0 || value->handle != 0)))
                        return false;
        }
        return true;
}

/* A file that the call opened. */
static void close_file(struct methods_call *call, unsigned i)
{
        const struct dispatch_param *param = &call->method->params[i];
        HSCARD_FILE file =
            call->out[i].vt == VT_I8 ? (HSCARD_FILE)call->out[i].llVal : call->values[i].handle;

        if (param->kind == DISPATCH_HANDLE && !param->in && file == 0 && call->result.vt == VT_I8)
                file = (HSCARD_FILE)call->result.llVal;
        if (param->kind == DISPATCH_HANDLE && !param->in && file != 0)
                assert(call->bench->files->lpVtbl->Close(call->bench->files, file) == S_OK);
        call->values[i].handle = param->out ? 0 : call->values[i].handle;
}

static void clear_value(const struct dispatch_param *param, struct dispatch_value *value)
{
        IUnknown *object = value->object;

        if (!param->out)
                return;
        if (object != NULL && value->object != value->own_object)
                object->lpVtbl->Release(object);
        value->object = value->own_object;
        SysFreeString(value->text);
        value->text = NULL;
        if (value->array != NULL)
                assert(SafeArrayDestroy(value->array) == S_OK);
        value->array = NULL;
        if (value->tables != NULL && value->tables != &value->table) {
                CoTaskMemFree(value->tables->byData);
                CoTaskMemFree(value->tables);
        }
        value->tables = value->bytes_len != 0 ? &value->table : NULL;
}

void methods_call_clear(struct methods_call *call)
{
        for (unsigned i = 0; i < call->method->params_len; i++)
                close_file(call, i);
        if (call->way != METHODS_VTABLE) {
                empty_variables(call);
                fill_variables(call);
                return;
        }
        for (unsigned i = 0; i < call->method->params_len; i++) {
                clear_value(&call->method->params[i], &call->values[i]);
                call->values[i].number = number_of(call->bench, &call->row->args[i]);
        }
}

void methods_call_free(struct methods_call *call)
{
        IUnknown *object = call->iface;

        for (unsigned i = 0; i < call->method->params_len; i++) {
                VARIANT *arg = &call->args[call->method->params_len - 1 - i];

                close_file(call, i);
                clear_value(&call->method->params[i], &call->values[i]);
                SysFreeString(call->values[i].own_text);
                if (arg->vt == VT_BSTR || arg->vt == (VT_ARRAY | VT_UI1))
                        assert(VariantClear(arg) == S_OK);
        }
        if (call->way != METHODS_VTABLE)
                empty_variables(call);
        object->lpVtbl->Release(object);
}
