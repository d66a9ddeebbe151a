#include <string.h>

#define COBJMACROS
#include <oleauto.h>

#include "com/bytes.h"
#include "com/guid.h"
#include "com/secret.h"
#include "com/variant.h"
#include "com/marshal.h"

/* Distances. Text is read as a number only where nothing nearer fits. */
enum { EXACT = 0, NEAR = 1, OTHER_WAY = 2, FAR = 10 };

#define BYTE_ARRAY (VT_ARRAY | VT_UI1)
#define STAT_LONGS 5

/* The type that a parameter of this kind is declared as. */
static VARTYPE natural_type(enum dispatch_kind kind)
{
        static const VARTYPE types[] = {
            [DISPATCH_NUMBER] = VT_I4,          [DISPATCH_HANDLE] = VT_I8,
            [DISPATCH_TEXT] = VT_BSTR,          [DISPATCH_OBJECT] = VT_DISPATCH,
            [DISPATCH_GUID] = VT_BSTR,          [DISPATCH_BYTES] = BYTE_ARRAY,
            [DISPATCH_TABLE] = BYTE_ARRAY,      [DISPATCH_TEXTS] = VT_ARRAY | VT_BSTR,
            [DISPATCH_STAT] = VT_ARRAY | VT_I4,
        };

        return types[kind];
}

bool marshal_is_missing(const VARIANT *argument)
{
        return argument->vt == VT_ERROR && argument->scode == DISP_E_PARAMNOTFOUND;
}

static bool is_number(VARTYPE vt)
{
        switch (vt) {
        case VT_I1:
        case VT_I2:
        case VT_I4:
        case VT_I8:
        case VT_INT:
        case VT_UI1:
        case VT_UI2:
        case VT_UI4:
        case VT_UI8:
        case VT_UINT:
        case VT_R4:
        case VT_R8:
        case VT_BOOL:
                return true;
        default:
                return false;
        }
}

/* Of a value that is no reference, read for this kind of parameter. */
static int value_distance(enum dispatch_kind kind, VARTYPE vt)
{
        bool nothing = vt == VT_EMPTY || vt == VT_NULL;

        if (vt == natural_type(kind))
                return EXACT;
        switch (kind) {
        case DISPATCH_NUMBER:
        case DISPATCH_HANDLE:
                if (is_number(vt))
                        return NEAR;
                return vt == VT_BSTR || vt == VT_EMPTY ? FAR : MARSHAL_MISMATCH;
        case DISPATCH_TEXT:
                return is_number(vt) || vt == VT_EMPTY ? FAR : MARSHAL_MISMATCH;
        case DISPATCH_OBJECT:
                return vt == VT_UNKNOWN ? EXACT : nothing ? NEAR : MARSHAL_MISMATCH;
        case DISPATCH_GUID:
        case DISPATCH_BYTES:
        case DISPATCH_TABLE:
                return nothing ? NEAR : MARSHAL_MISMATCH;
        default:
                return MARSHAL_MISMATCH;
        }
}

/* Of a variable of type vt that takes an output. */
static int variable_distance(enum dispatch_kind kind, VARTYPE vt)
{
        if (vt == natural_type(kind) || vt == VT_VARIANT)
                return EXACT;
        switch (kind) {
        case DISPATCH_NUMBER:
        case DISPATCH_HANDLE:
                return is_number(vt) ? NEAR : vt == VT_BSTR ? FAR : MARSHAL_MISMATCH;
        case DISPATCH_OBJECT:
                return vt == VT_UNKNOWN ? EXACT : MARSHAL_MISMATCH;
        default:
                return MARSHAL_MISMATCH;
        }
}

int marshal_distance(const struct dispatch_param *param, const VARIANT *argument)
{
        bool reference = (argument->vt & VT_BYREF) != 0;
        VARIANT view;
        int distance;

        if (reference && argument->byref == NULL)
                return MARSHAL_MISMATCH;
        if (param->out && reference) {
                distance = variable_distance(param->kind, argument->vt & (VARTYPE)~VT_BYREF);
                if (!param->in || distance == MARSHAL_MISMATCH)
                        return distance;
        }
        if (!param->in || FAILED(variant_look_through(argument, &view)))
                return MARSHAL_MISMATCH;
        distance = value_distance(param->kind, view.vt);
        if (distance == MARSHAL_MISMATCH)
                return distance;
        if (param->out)
                return reference ? distance : distance + OTHER_WAY;
        /* An [in] pointer to a number may be told from a number by this alone. */
        return param->kind == DISPATCH_NUMBER && param->pointer != reference ? distance + NEAR : distance;
}

/* ---- in */

static HRESULT load_number(const VARIANT *view, LONG *number)
{
        VARIANT made;
        HRESULT hr;

        if (view->vt == VT_I4) {
                *number = view->lVal;
                return S_OK;
        }
        hr = variant_convert(view, 0, VT_I4, &made);
        if (SUCCEEDED(hr))
                *number = made.lVal;
        return hr;
}

/* By its bits: what a handle's number means is the engine's affair. */
static HRESULT load_handle(const VARIANT *view, ULONG_PTR *handle)
{
        VARIANT made;
        HRESULT hr;

        if (view->vt == VT_UI8) {
                *handle = (ULONG_PTR)view->ullVal;
                return S_OK;
        }
        hr = variant_convert(view, 0, VT_I8, &made);
        if (SUCCEEDED(hr))
                *handle = (ULONG_PTR)made.llVal;
        return hr;
}

static HRESULT load_text(const VARIANT *view, struct dispatch_value *value)
{
        VARIANT made;
        HRESULT hr;

        if (view->vt == VT_BSTR) {
                value->text = view->bstrVal;
                return S_OK;
        }
        hr = variant_convert(view, 0, VT_BSTR, &made);
        if (SUCCEEDED(hr))
                value->text = value->own_text = made.bstrVal;
        return hr;
}

static HRESULT load_object(const struct dispatch_param *param, const VARIANT *view,
                           struct dispatch_value *value)
{
        IUnknown *from = view->vt == VT_DISPATCH ? (IUnknown *)(void *)view->pdispVal : view->punkVal;

        if (view->vt == VT_EMPTY || view->vt == VT_NULL || from == NULL)
                return S_OK;
        if (FAILED(IUnknown_QueryInterface(from, param->iid, &value->own_object)))
                return DISP_E_TYPEMISMATCH;
        value->object = value->own_object;
        return S_OK;
}

static HRESULT load_guid(const VARIANT *view, struct dispatch_value *value)
{
        OLECHAR text[GUID_TEXT_LEN + 1];

        value->given = view->vt == VT_BSTR;
        if (!value->given)
                return S_OK;
        if (SysStringLen(view->bstrVal) != GUID_TEXT_LEN)
                return DISP_E_TYPEMISMATCH;
        memcpy(text, view->bstrVal, sizeof(text));
        return guid_parse(text, &value->guid) ? S_OK : DISP_E_TYPEMISMATCH;
}

/* The array stays locked until marshal_free. */
static HRESULT load_bytes(const VARIANT *view, struct dispatch_value *value)
{
        void *data = NULL;
        HRESULT hr;

        value->given = false;
        if (view->vt != BYTE_ARRAY || view->parray == NULL)
                return S_OK;
        if (SafeArrayGetDim(view->parray) != 1 || SafeArrayGetElemsize(view->parray) != 1 ||
            view->parray->rgsabound[0].cElements > BYTES_MAX)
                return DISP_E_TYPEMISMATCH;
        hr = SafeArrayAccessData(view->parray, &data);
        if (FAILED(hr))
                return hr;
        value->locked = view->parray;
        value->given = true;
        value->bytes = data;
        value->bytes_len = view->parray->rgsabound[0].cElements;
        value->table.byData = data;
        value->table.cbSize = (LONG)value->bytes_len;
        value->tables = &value->table;
        return S_OK;
}

HRESULT marshal_load(const struct dispatch_param *param, const VARIANT *argument,
                     struct dispatch_value *value)
{
        VARIANT view;
        HRESULT hr = variant_look_through(argument, &view);

        if (FAILED(hr))
                return hr;
        value->given = true;
        switch (param->kind) {
        case DISPATCH_NUMBER:
                return load_number(&view, &value->number);
        case DISPATCH_HANDLE:
                return load_handle(&view, &value->handle);
        case DISPATCH_TEXT:
                return load_text(&view, value);
        case DISPATCH_OBJECT:
                return load_object(param, &view, value);
        case DISPATCH_GUID:
                return load_guid(&view, value);
        case DISPATCH_BYTES:
        case DISPATCH_TABLE:
                return load_bytes(&view, value);
        default:
                return DISP_E_TYPEMISMATCH; /* outputs only */
        }
}

HRESULT marshal_room(struct dispatch_value *value, LONG size)
{
        if (size <= 0)
                size = 1; /* the method says what it thinks of a negative size */
        if ((ULONG)size > BYTES_MAX)
                return DISP_E_OVERFLOW;
        value->bytes = secret_alloc((size_t)size);
        if (value->bytes == NULL)
                return E_OUTOFMEMORY;
        value->bytes_len = (size_t)size;
        return S_OK;
}

/* ---- out */

/* A VARIANT that owns a new array with a copy of len bytes. */
static HRESULT output_array(VARTYPE vt, const void *data, size_t count, size_t size, VARIANT *made)
{
        SAFEARRAY *array = SafeArrayCreateVector(vt, 0, (ULONG)count);

        if (array == NULL)
                return E_OUTOFMEMORY;
        if (count != 0)
                memcpy(array->pvData, data, count * size);
        made->vt = VT_ARRAY | vt;
        made->parray = array;
        return S_OK;
}

/* As IDispatch where it has one: an object's identity is the same whatever form a method handed out. */
static HRESULT output_object(struct dispatch_value *value, VARIANT *made)
{
        IUnknown *object = value->object;
        void *dispatch = NULL;

        made->vt = VT_DISPATCH;
        made->pdispVal = NULL;
        if (object == NULL)
                return S_OK;
        if (SUCCEEDED(IUnknown_QueryInterface(object, &IID_IDispatch, &dispatch))) {
                made->pdispVal = dispatch;
                return S_OK;
        }
        IUnknown_AddRef(object);
        made->vt = VT_UNKNOWN;
        made->punkVal = object;
        return S_OK;
}

/* The array that went in is let go: it may be the variable that the output replaces. */
static HRESULT output_table(struct dispatch_value *value, VARIANT *made)
{
        const TLV_TABLE *table = value->tables;
        bool some = table != NULL && table->byData != NULL && table->cbSize > 0;
        HRESULT hr =
            output_array(VT_UI1, some ? table->byData : NULL, some ? (size_t)table->cbSize : 0, 1, made);

        if (value->locked != NULL) {
                (void)SafeArrayUnaccessData(value->locked);
                value->locked = NULL;
                value->bytes = NULL;
                if (value->tables == &value->table)
                        value->tables = NULL;
        }
        return hr;
}

HRESULT marshal_output(const struct dispatch_param *param, struct dispatch_value *value, LONG bytes,
                       VARIANT *made)
{
        VariantInit(made);
        switch (param->kind) {
        case DISPATCH_NUMBER:
                made->vt = VT_I4;
                made->lVal = value->number;
                return S_OK;
        case DISPATCH_HANDLE:
                made->vt = VT_I8;
                made->llVal = (LONGLONG)value->handle;
                return S_OK;
        case DISPATCH_TEXT:
                made->vt = VT_BSTR;
                made->bstrVal = value->text;
                value->text = NULL; /* transferred */
                return S_OK;
        case DISPATCH_OBJECT:
                return output_object(value, made);
        case DISPATCH_BYTES:
                if (bytes < 0 || (size_t)bytes > value->bytes_len)
                        bytes = (LONG)value->bytes_len;
                return output_array(VT_UI1, value->bytes, (size_t)bytes, 1, made);
        case DISPATCH_TABLE:
                return output_table(value, made);
        case DISPATCH_TEXTS:
                made->vt = VT_ARRAY | VT_BSTR;
                made->parray = value->array;
                value->array = NULL; /* transferred */
                return S_OK;
        case DISPATCH_STAT:
                return output_array(VT_I4, &value->stat, STAT_LONGS, sizeof(LONG), made);
        default:
                return S_OK;
        }
}

/* Into a variable of a type of its own. What it held is freed only where the method was to look at it: an
 * [out] variable need not hold anything. */
static void write_variable(VARIANT *made, const VARIANT *variable, bool held)
{
        VARTYPE vt = made->vt;
        VARIANT old;

        VariantInit(&old);
        old.vt = vt;
        if ((vt & VT_ARRAY) != 0) {
                old.parray = *variable->pparray;
                *variable->pparray = made->parray;
        } else if (vt == VT_BSTR) {
                old.bstrVal = *variable->pbstrVal;
                *variable->pbstrVal = made->bstrVal;
        } else if (vt == VT_DISPATCH) {
                old.pdispVal = *variable->ppdispVal;
                *variable->ppdispVal = made->pdispVal;
        } else if (vt == VT_UNKNOWN) {
                old.punkVal = *variable->ppunkVal;
                *variable->ppunkVal = made->punkVal;
        } else {
                old.vt = VT_EMPTY;
                memcpy(variable->byref, &made->llVal, variant_size(vt));
        }
        if (held)
                variant_release(&old);
        VariantInit(made); /* transferred */
}

HRESULT marshal_store(const struct dispatch_param *param, VARIANT *made, const VARIANT *argument)
{
        VARTYPE wanted = argument->vt & (VARTYPE)~VT_BYREF;
        VARIANT converted;
        HRESULT hr;

        if (wanted == VT_VARIANT) {
                hr = VariantClear(argument->pvarVal);
                if (FAILED(hr)) {
                        variant_release(made);
                        return hr;
                }
                *argument->pvarVal = *made;
                return S_OK;
        }
        if (wanted != made->vt) {
                hr = variant_convert(made, 0, wanted, &converted);
                variant_release(made);
                if (FAILED(hr))
                        return hr;
                *made = converted;
        }
        write_variable(made, argument, param->in || param->kind == DISPATCH_BYTES);
        return S_OK;
}

static void free_table(struct dispatch_value *value)
{
        if (value->tables != NULL && value->tables != &value->table) {
                CoTaskMemFree(value->tables->byData);
                CoTaskMemFree(value->tables);
        }
}

void marshal_free(const struct dispatch_param *param, struct dispatch_value *value)
{
        IUnknown *object = value->object, *own = value->own_object;

        if (param->out && object != NULL && object != own)
                IUnknown_Release(object);
        if (own != NULL)
                IUnknown_Release(own);
        if (param->kind == DISPATCH_TEXT && param->out)
                SysFreeString(value->text);
        SysFreeString(value->own_text);
        if (param->kind == DISPATCH_TABLE)
                free_table(value);
        if (value->array != NULL)
                (void)SafeArrayDestroy(value->array);
        if (value->locked != NULL)
                (void)SafeArrayUnaccessData(value->locked);
        else
                secret_free(value->bytes, value->bytes_len);
        memset(value, 0, sizeof(*value));
}
