#include <string.h>

#define COBJMACROS
#include <oleauto.h>

#include "core/wipe.h"
#include "com/bytes.h"
#include "com/elements.h"
#include "com/guid.h"
#include "com/secret.h"
#include "com/variant.h"
#include "com/marshal.h"

/* Distances. Text is read as a number only where nothing nearer fits. */
enum { EXACT = 0, NEAR = 1, OTHER_WAY = 2, FAR = 10 };

#define BYTE_ARRAY    (VT_ARRAY | VT_UI1)
#define VARIANT_ARRAY (VT_ARRAY | VT_VARIANT)
#define STAT_LONGS    5

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

bool marshal_is_missing(const struct dispatch_param *param, const VARIANT *argument)
{
        /* A variable that an output can go to is there, whatever it holds. */
        if (argument->vt == (VT_BYREF | VT_VARIANT) && argument->pvarVal != NULL && !param->out)
                argument = argument->pvarVal;
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
        case DISPATCH_BYTES:
        case DISPATCH_TABLE:
                return nothing || vt == VARIANT_ARRAY ? NEAR : MARSHAL_MISMATCH;
        case DISPATCH_GUID:
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
        case DISPATCH_BYTES:
        case DISPATCH_TABLE:
        case DISPATCH_TEXTS:
        case DISPATCH_STAT:
                return vt == VARIANT_ARRAY ? NEAR : MARSHAL_MISMATCH;
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
        /*
         * An [in] pointer to a number may be told from a number by this alone. A reference to a VARIANT says nothing:
         * a script passes every variable like that, and means the same as with the value itself.
         */
        reference = reference && argument->vt != (VT_BYREF | VT_VARIANT);
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

static void set_bytes(struct dispatch_value *value, void *data, size_t len)
{
        value->given = true;
        value->bytes = data;
        value->bytes_len = len;
        value->table.byData = data;
        value->table.cbSize = (LONG)len;
        value->tables = &value->table;
}

/*
 * From an array of bytes, which stays locked until marshal_free; from an array of VARIANTs, which may hold a code,
 * into memory for codes.
 */
static HRESULT load_bytes(const VARIANT *view, struct dispatch_value *value)
{
        SAFEARRAY *array = view->parray;
        bool variants = view->vt == VARIANT_ARRAY;
        uint8_t *copy;
        void *data = NULL;
        size_t len;
        HRESULT hr;

        value->given = false;
        if ((!variants && view->vt != BYTE_ARRAY) || array == NULL)
                return S_OK;
        len = array->rgsabound[0].cElements;
        if (SafeArrayGetDim(array) != 1 || SafeArrayGetElemsize(array) != (variants ? sizeof(VARIANT) : 1) ||
            len > BYTES_MAX)
                return DISP_E_TYPEMISMATCH;
        hr = SafeArrayAccessData(array, &data);
        if (FAILED(hr))
                return hr;
        if (!variants || len == 0) {
                value->locked = array;
                set_bytes(value, data, len);
                return S_OK;
        }
        copy = secret_alloc(len);
        hr = copy != NULL ? elements_to_bytes(data, copy, len) : E_OUTOFMEMORY;
        (void)SafeArrayUnaccessData(array);
        if (FAILED(hr))
                secret_free(copy, len);
        else
                set_bytes(value, copy, len);
        return hr;
}

bool marshal_is_locked(const VARIANT *argument)
{
        return (argument->vt & (VT_ARRAY | VT_BYREF)) == (VT_ARRAY | VT_BYREF) && argument->pparray != NULL &&
               *argument->pparray != NULL && (*argument->pparray)->cLocks != 0;
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
        value->array = SafeArrayCreateVector(VT_UI1, 0, (ULONG)size);
        if (value->array == NULL)
                return E_OUTOFMEMORY;
        value->bytes = value->array->pvData;
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
                if (bytes >= 0 && (size_t)bytes < value->bytes_len)
                        value->array->rgsabound[0].cElements = (ULONG)bytes;
                made->vt = BYTE_ARRAY;
                made->parray = value->array;
                value->array = NULL; /* transferred, with the bytes */
                value->bytes = NULL;
                return S_OK;
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

/*
 * Into a variable of a type of its own. What it held is freed, whatever the method was to do with it: "The callee
 * frees a BSTR passed in as a by-reference parameter before assigning the parameter a new value", and likewise an
 * array and an interface. Microsoft, Rules for Freeing BSTRs in OLE Automation (Q108934)
 */
static void write_variable(VARIANT *made, const VARIANT *variable)
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
        variant_release(&old);
        VariantInit(made); /* transferred */
}

/* Turns what made owns into the type of the variable. */
static HRESULT convert_output(VARIANT *made, VARTYPE wanted)
{
        VARIANT converted;
        HRESULT hr;

        if (wanted == made->vt)
                return S_OK;
        if (wanted == VARIANT_ARRAY)
                return elements_to_variants(made);
        hr = variant_convert(made, 0, wanted, &converted);
        if (FAILED(hr))
                return hr == E_NOINTERFACE ? DISP_E_TYPEMISMATCH : hr;
        variant_release(made);
        *made = converted;
        return S_OK;
}

HRESULT marshal_store(VARIANT *made, const VARIANT *argument)
{
        VARTYPE wanted = argument->vt & (VARTYPE)~VT_BYREF;
        HRESULT hr;

        if (wanted == VT_VARIANT) {
                hr = VariantClear(argument->pvarVal);
                if (SUCCEEDED(hr))
                        *argument->pvarVal = *made;
        } else {
                hr = convert_output(made, wanted);
                if (SUCCEEDED(hr))
                        write_variable(made, argument);
        }
        if (FAILED(hr))
                variant_release(made);
        return hr;
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
        if (value->array != NULL && value->bytes != NULL) { /* of a method that failed half way */
                wipe(value->bytes, value->bytes_len);
                value->bytes = NULL;
        }
        if (value->array != NULL)
                (void)SafeArrayDestroy(value->array);
        if (value->locked != NULL)
                (void)SafeArrayUnaccessData(value->locked);
        else
                secret_free(value->bytes, value->bytes_len);
        memset(value, 0, sizeof(*value));
}
