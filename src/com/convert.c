/*
 * convert.c - the value of a VARIANT as another type. Numbers and text do not depend on the language of the
 * process.
 *
 * A value is read into struct number, whatever its type, and written from there: an integer by sign and
 * magnitude, so that the whole of VT_I8 and VT_UI8 fits, or a real.
 */

#include <locale.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define COBJMACROS
#include <oleauto.h>

#include "com/variant.h"

struct number {
        bool is_real;
        bool negative;      /* of the integer; never with magnitude 0 */
        uint64_t magnitude; /* of the integer */
        double real;
};

#define NUMBER_TEXT_MAX 255 /* units; a longer text is no number */

/* The decimal point is a dot. "C" is built into the C library: nothing is allocated, nothing to free. */
static locale_t neutral_locale(void)
{
        return newlocale(LC_ALL_MASK, "C", (locale_t)0);
}

static struct number signed_number(int64_t value)
{
        struct number number = {.negative = value < 0};

        number.magnitude = value < 0 ? (uint64_t) - (value + 1) + 1 : (uint64_t)value;
        return number;
}

static struct number unsigned_number(uint64_t value)
{
        struct number number = {.magnitude = value};

        return number;
}

static struct number real_number(double value)
{
        struct number number = {.is_real = true, .real = value};

        return number;
}

/* ---- text */

/* A NUL-terminated ASCII text without the space around it. false: another character, or too long. */
static bool ascii_text(BSTR bstr, char text[NUMBER_TEXT_MAX + 1])
{
        size_t len = SysStringLen(bstr), start = 0;

        while (start < len && bstr[start] == u' ')
                start++;
        while (len > start && bstr[len - 1] == u' ')
                len--;
        if (len - start > NUMBER_TEXT_MAX)
                return false;
        for (size_t i = start; i < len; i++) {
                if (bstr[i] < 0x20 || bstr[i] > 0x7E)
                        return false;
                text[i - start] = (char)bstr[i];
        }
        text[len - start] = '\0';
        return true;
}

/* A number and nothing after it: strtod and strtoull know forms that are none here (inf, nan, 0x1p3). */
static bool all_of(const char *text, const char *characters)
{
        return *text != '\0' && text[strspn(text, characters)] == '\0';
}

static HRESULT read_hex(const char *digits, struct number *number)
{
        if (!all_of(digits, "0123456789abcdefABCDEF"))
                return DISP_E_TYPEMISMATCH;
        digits += strspn(digits, "0");
        if (strlen(digits) > 16)
                return DISP_E_OVERFLOW;
        *number = unsigned_number(*digits != '\0' ? strtoull(digits, NULL, 16) : 0);
        return S_OK;
}

/* true: digits fit into 64 bits. */
static bool read_digits(const char *digits, uint64_t *magnitude)
{
        *magnitude = 0;
        for (; *digits != '\0'; digits++) {
                unsigned digit = (unsigned)(*digits - '0');

                if (*magnitude > (UINT64_MAX - digit) / 10)
                        return false;
                *magnitude = *magnitude * 10 + digit;
        }
        return true;
}

static HRESULT read_text(BSTR bstr, struct number *number)
{
        char text[NUMBER_TEXT_MAX + 1];
        const char *digits = text;
        char *end = NULL;
        bool negative = false;

        if (!ascii_text(bstr, text))
                return DISP_E_TYPEMISMATCH;
        if (text[0] == '&' && (text[1] == 'H' || text[1] == 'h'))
                return read_hex(text + 2, number);
        if (*digits == '+' || *digits == '-')
                negative = *digits++ == '-';
        if (all_of(digits, "0123456789") && read_digits(digits, &number->magnitude)) {
                number->is_real = false;
                number->negative = negative && number->magnitude != 0;
                return S_OK;
        }
        if (!all_of(digits, "0123456789.eE+-") || *digits == '+' || *digits == '-')
                return DISP_E_TYPEMISMATCH;
        *number = real_number(strtod_l(text, &end, neutral_locale()));
        if (*end != '\0')
                return DISP_E_TYPEMISMATCH;
        return isfinite(number->real) ? S_OK : DISP_E_OVERFLOW;
}

/* ---- reading */

static HRESULT read_number(const VARIANT *view, struct number *number)
{
        switch (view->vt) {
        case VT_EMPTY:
                *number = unsigned_number(0);
                return S_OK;
        case VT_I1:
                *number = signed_number((int8_t)view->cVal);
                return S_OK;
        case VT_I2:
                *number = signed_number(view->iVal);
                return S_OK;
        case VT_I4:
        case VT_INT:
                *number = signed_number(view->lVal);
                return S_OK;
        case VT_I8:
                *number = signed_number(view->llVal);
                return S_OK;
        case VT_UI1:
                *number = unsigned_number(view->bVal);
                return S_OK;
        case VT_UI2:
                *number = unsigned_number(view->uiVal);
                return S_OK;
        case VT_UI4:
        case VT_UINT:
                *number = unsigned_number(view->ulVal);
                return S_OK;
        case VT_UI8:
                *number = unsigned_number(view->ullVal);
                return S_OK;
        case VT_BOOL:
                *number = signed_number(view->boolVal != VARIANT_FALSE ? -1 : 0);
                return S_OK;
        case VT_R4:
                *number = real_number((double)view->fltVal);
                return S_OK;
        case VT_R8:
                *number = real_number(view->dblVal);
                return S_OK;
        case VT_BSTR:
                return read_text(view->bstrVal, number);
        default:
                return DISP_E_TYPEMISMATCH;
        }
}

/* ---- writing */

/* To the nearest integer, half to even. */
static HRESULT round_number(struct number *number)
{
        double magnitude = number->real < 0 ? -number->real : number->real;
        double rest;

        if (!number->is_real)
                return S_OK;
        if (!(magnitude < 18446744073709551616.0)) /* 2 to the 64th; also what is not a number */
                return DISP_E_OVERFLOW;
        number->magnitude = (uint64_t)magnitude;
        rest = magnitude - (double)number->magnitude;
        if (rest > 0.5 || (rest == 0.5 && number->magnitude % 2 == 1))
                number->magnitude++;
        number->negative = number->real < 0 && number->magnitude != 0;
        number->is_real = false;
        return S_OK;
}

/* What an integer type can hold: magnitudes above and below 0. */
static const struct range {
        uint64_t above, below;
} ranges[] = {
    [VT_I1] = {INT8_MAX, (uint64_t)INT8_MAX + 1},    [VT_UI1] = {UINT8_MAX, 0},
    [VT_I2] = {INT16_MAX, (uint64_t)INT16_MAX + 1},  [VT_UI2] = {UINT16_MAX, 0},
    [VT_I4] = {INT32_MAX, (uint64_t)INT32_MAX + 1},  [VT_UI4] = {UINT32_MAX, 0},
    [VT_INT] = {INT32_MAX, (uint64_t)INT32_MAX + 1}, [VT_UINT] = {UINT32_MAX, 0},
    [VT_I8] = {INT64_MAX, (uint64_t)INT64_MAX + 1},  [VT_UI8] = {UINT64_MAX, 0},
};

static bool is_integer(VARTYPE vt)
{
        return vt < sizeof(ranges) / sizeof(ranges[0]) && ranges[vt].above != 0;
}

static HRESULT write_integer(struct number number, VARTYPE vt, VARIANT *made)
{
        HRESULT hr = round_number(&number);
        uint64_t bits;

        if (FAILED(hr))
                return hr;
        if (number.magnitude > (number.negative ? ranges[vt].below : ranges[vt].above))
                return DISP_E_OVERFLOW;
        bits = number.negative ? 0 - number.magnitude : number.magnitude;
        switch (vt) {
        case VT_I1:
        case VT_UI1:
                made->bVal = (BYTE)(bits & UINT8_MAX);
                break;
        case VT_I2:
        case VT_UI2:
                made->uiVal = (USHORT)(bits & UINT16_MAX);
                break;
        case VT_I8:
        case VT_UI8:
                made->ullVal = bits;
                break;
        default:
                made->ulVal = (ULONG)(bits & UINT32_MAX);
                break;
        }
        made->vt = vt;
        return S_OK;
}

static double number_as_real(const struct number *number)
{
        if (number->is_real)
                return number->real;
        return number->negative ? -(double)number->magnitude : (double)number->magnitude;
}

static HRESULT write_real(const struct number *number, VARTYPE vt, VARIANT *made)
{
        double value = number_as_real(number);

        if (vt == VT_R8) {
                made->dblVal = value;
        } else {
                made->fltVal = (FLOAT)value;
                if (isfinite(value) && !isfinite(made->fltVal))
                        return DISP_E_OVERFLOW;
        }
        made->vt = vt;
        return S_OK;
}

static HRESULT write_text(const char *text, VARIANT *made)
{
        OLECHAR units[64];
        size_t len = strlen(text);

        for (size_t i = 0; i < len; i++)
                units[i] = (OLECHAR)(unsigned char)text[i];
        made->bstrVal = SysAllocStringLen(units, (UINT)len);
        if (made->bstrVal == NULL)
                return E_OUTOFMEMORY;
        made->vt = VT_BSTR;
        return S_OK;
}

static HRESULT convert_to_text(const VARIANT *view, USHORT flags, VARIANT *made)
{
        struct number number;
        char text[64];
        locale_t before;
        HRESULT hr;

        if (view->vt == VT_EMPTY)
                return write_text("", made);
        if (view->vt == VT_BOOL && (flags & VARIANT_ALPHABOOL) != 0)
                return write_text(view->boolVal != VARIANT_FALSE ? "True" : "False", made);
        hr = read_number(view, &number);
        if (FAILED(hr))
                return hr;
        if (number.is_real) {
                before = uselocale(neutral_locale());
                snprintf(text, sizeof(text), "%.*G", view->vt == VT_R4 ? 7 : 15, number.real);
                uselocale(before);
        } else {
                snprintf(text, sizeof(text), "%s%llu", number.negative ? "-" : "",
                         (unsigned long long)number.magnitude);
        }
        return write_text(text, made);
}

static HRESULT convert_to_bool(const VARIANT *view, VARIANT *made)
{
        struct number number;
        char text[NUMBER_TEXT_MAX + 1];
        bool value;
        HRESULT hr;

        if (view->vt == VT_BSTR && ascii_text(view->bstrVal, text) && strcasecmp(text, "true") == 0) {
                value = true;
        } else if (view->vt == VT_BSTR && ascii_text(view->bstrVal, text) && strcasecmp(text, "false") == 0) {
                value = false;
        } else {
                hr = read_number(view, &number);
                if (FAILED(hr))
                        return hr;
                value = number.is_real ? number.real != 0 : number.magnitude != 0;
        }
        made->boolVal = value ? VARIANT_TRUE : VARIANT_FALSE;
        made->vt = VT_BOOL;
        return S_OK;
}

static HRESULT convert_to_interface(const VARIANT *view, VARTYPE vt, VARIANT *made)
{
        IUnknown *from = view->punkVal;
        void *to = NULL;
        HRESULT hr;

        if (view->vt == VT_DISPATCH)
                from = (IUnknown *)(void *)view->pdispVal;
        else if (view->vt != VT_UNKNOWN)
                return DISP_E_TYPEMISMATCH;
        if (from != NULL) {
                hr = IUnknown_QueryInterface(from, vt == VT_DISPATCH ? &IID_IDispatch : &IID_IUnknown, &to);
                if (FAILED(hr))
                        return hr;
        }
        made->byref = to;
        made->vt = vt;
        return S_OK;
}

static HRESULT convert_number(const VARIANT *view, VARTYPE vt, VARIANT *made)
{
        struct number number;
        HRESULT hr = read_number(view, &number);

        if (FAILED(hr))
                return hr;
        if (!is_integer(vt))
                return write_real(&number, vt, made);
        /* True has every bit set, also where there is no sign, as on Windows: VarUI1FromBool gives 255. */
        if (view->vt == VT_BOOL && number.negative && ranges[vt].below == 0)
                number = unsigned_number(ranges[vt].above);
        return write_integer(number, vt, made);
}

static HRESULT convert(const VARIANT *view, USHORT flags, VARTYPE vt, VARIANT *made)
{
        if (vt == view->vt) {
                *made = *view;
                return variant_own(made);
        }
        if (is_integer(vt) || vt == VT_R4 || vt == VT_R8)
                return convert_number(view, vt, made);
        switch (vt) {
        case VT_BSTR:
                return convert_to_text(view, flags, made);
        case VT_BOOL:
                return convert_to_bool(view, made);
        case VT_UNKNOWN:
        case VT_DISPATCH:
                return convert_to_interface(view, vt, made);
        case VT_EMPTY:
        case VT_NULL:
        case VT_ERROR:
                return DISP_E_TYPEMISMATCH;
        default:
                return DISP_E_BADVARTYPE;
        }
}

HRESULT variant_convert(const VARIANT *view, USHORT flags, VARTYPE vt, VARIANT *made)
{
        HRESULT hr;

        VariantInit(made);
        hr = convert(view, flags, vt, made);
        if (FAILED(hr))
                VariantInit(made);
        return hr;
}
