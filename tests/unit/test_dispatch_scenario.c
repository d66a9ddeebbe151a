/*
 * A client that has GetIDsOfNames and Invoke and nothing else: it passes the scenario of the demo, with the
 * arguments of the documented form and with those of the deployed one; and what does not fit a method, in either
 * form, gives the documented DISP_E_ codes and calls nothing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <oleauto.h>

#include "com/object.h"
#include "sim/control.h"
#include "tests/support/fake_winscard.h"
#include "tests/support/methods.h"
#include "tests/support/scenario.h"

/* ---- a late-bound call */

/* The arguments first one first, with their parameters' names where names is not NULL. */
static HRESULT late(IDispatch *object, const OLECHAR *method, unsigned count, const VARIANT *args,
                    const OLECHAR *const *names, VARIANT *result)
{
        LPOLESTR asked[8] = {(LPOLESTR)(uintptr_t)method};
        DISPID ids[8];
        VARIANTARG reversed[8];
        DISPPARAMS params = {.rgvarg = reversed, .cArgs = count};
        EXCEPINFO exception;
        HRESULT hr;

        for (unsigned i = 0; i < count; i++) {
                reversed[count - 1 - i] = args[i];
                if (names != NULL)
                        asked[count - i] = (LPOLESTR)(uintptr_t)names[i];
        }
        hr = object->lpVtbl->GetIDsOfNames(object, &IID_NULL, asked, names != NULL ? 1 + count : 1, 0, ids);
        if (FAILED(hr))
                return hr;
        if (names != NULL) {
                params.cNamedArgs = count;
                params.rgdispidNamedArgs = ids + 1;
        }
        hr = object->lpVtbl->Invoke(object, ids[0], &IID_NULL, 0, DISPATCH_METHOD, &params, result,
                                    &exception, NULL);
        if (hr == DISP_E_EXCEPTION) {
                assert_true(SysStringLen(exception.bstrDescription) > 0);
                hr = exception.scode;
        }
        SysFreeString(exception.bstrSource);
        SysFreeString(exception.bstrDescription);
        return hr;
}

static VARIANT number(LONG value)
{
        return (VARIANT){.vt = VT_I4, .lVal = value};
}

static VARIANT variable(LONG *value)
{
        return (VARIANT){.vt = VT_BYREF | VT_I4, .plVal = value};
}

/* NULL: missing */
static VARIANT buffer_argument(IByteBuffer *buffer)
{
        if (buffer == NULL)
                return (VARIANT){.vt = VT_ERROR, .scode = DISP_E_PARAMNOTFOUND};
        return (VARIANT){.vt = VT_DISPATCH, .pdispVal = (IDispatch *)(void *)buffer};
}

/* ---- the objects of the scenario, as such a client calls them */

static struct client {
        ISCardManage ISCardManage_iface;
        ISCardVerify ISCardVerify_iface;
        ISCardUnblockData ISCardUnblockData_iface;
        IDispatch *manage, *verify;
        bool deployed; /* the form whose arguments it passes */
} client;

static HRESULT manage_call(const OLECHAR *method)
{
        VARIANT result;

        return late(client.manage, method, 0, NULL, NULL, &result);
}

static HRESULT manage_AttachByIFD(ISCardManage *iface, BSTR reader)
{
        const VARIANT args[] = {{.vt = VT_BSTR, .bstrVal = reader}, number(SHARED)};
        VARIANT result;

        (void)iface;
        return late(client.manage, u"AttachByIFD", client.deployed ? 2 : 1, args, NULL, &result);
}

/* One result in the variable, the other as what the call comes to. */
static HRESULT manage_Status(ISCardManage *iface, SCARD_STATES *state, SCARD_PROTOCOLS *protocol)
{
        LONG states = 0, protocols = 0;
        const VARIANT args[] = {variable(&states), variable(&protocols)};
        VARIANT result;
        HRESULT hr;

        (void)iface;
        hr = late(client.manage, u"STATUS", 2, args, NULL, &result);
        *state = (SCARD_STATES)states;
        *protocol = (SCARD_PROTOCOLS)protocols;
        return hr;
}

static HRESULT manage_CreateCHVerification(ISCardManage *iface, ISCardVerify **verify)
{
        VARIANT result;
        HRESULT hr;

        (void)iface;
        hr = late(client.manage, u"CreateCHVerification", 0, NULL, NULL, &result);
        if (FAILED(hr))
                return hr;
        assert_int_equal(result.vt, VT_DISPATCH);
        client.verify = result.pdispVal;
        *verify = &client.ISCardVerify_iface;
        return hr;
}

static HRESULT manage_SCardLock(ISCardManage *iface)
{
        (void)iface;
        return manage_call(u"SCardLock");
}

static HRESULT manage_SCardUnlock(ISCardManage *iface, SCARD_DISPOSITIONS disposition)
{
        const VARIANT args[] = {number((LONG)disposition)};
        VARIANT result;

        (void)iface;
        if (disposition == LEAVE) /* which is what is meant where it is missing */
                return manage_call(u"SCardUnlock");
        return late(client.manage, u"SCardUnlock", 1, args, NULL, &result);
}

static HRESULT manage_Reconnect(ISCardManage *iface)
{
        (void)iface;
        return manage_call(u"Reconnect");
}

static HRESULT manage_Detach(ISCardManage *iface)
{
        (void)iface;
        return manage_call(u"Detach");
}

static ULONG manage_Release(ISCardManage *iface)
{
        (void)iface;
        return client.manage->lpVtbl->Release(client.manage);
}

static HRESULT verify_Verify(ISCardVerify *iface, LPBYTEBUFFER code, SCARD_FLAGS flags, LONG reference)
{
        static const OLECHAR *const names[] = {u"pCode", u"flags", u"lRef"};
        const VARIANT args[] = {buffer_argument(code), number((LONG)flags),
                                client.deployed ? variable(&reference) : number(reference)};
        LONG before = reference;
        VARIANT result;
        HRESULT hr;

        (void)iface;
        hr = late(client.verify, u"Verify", 3, args, client.deployed || code == NULL ? NULL : names, &result);
        assert_int_equal(reference, before);
        return hr;
}

static HRESULT verify_ChangeCode(ISCardVerify *iface, LPBYTEBUFFER old_code, LPBYTEBUFFER new_code,
                                 SCARD_FLAGS flags, LONG reference)
{
        const VARIANT args[] = {buffer_argument(old_code), buffer_argument(new_code), number((LONG)flags),
                                number(reference)};
        VARIANT result;

        (void)iface;
        return late(client.verify, u"changecode", 4, args, NULL, &result);
}

static HRESULT verify_Unblock(ISCardVerify *iface, LONG data, SCARD_FLAGS flags, LONG reference)
{
        const VARIANT args[] = {number(data), number((LONG)flags), number(reference)};
        VARIANT result;

        (void)iface;
        return late(client.verify, u"Unblock", 3, args, NULL, &result);
}

static HRESULT verify_ResetSecurityState(ISCardVerify *iface)
{
        const VARIANT args[] = {number(SC_FL_NO_FLAGS)};
        VARIANT result;

        (void)iface;
        return late(client.verify, u"ResetSecurityState", client.deployed ? 1 : 0, args, NULL, &result);
}

/* Late-bound, the verifier has the methods of ISCardUnblockData too. */
static HRESULT verify_QueryInterface(ISCardVerify *iface, REFIID riid, void **out)
{
        (void)iface;
        assert_true(IsEqualIID(riid, &IID_ISCardUnblockData));
        client.verify->lpVtbl->AddRef(client.verify);
        *out = &client.ISCardUnblockData_iface;
        return S_OK;
}

static ULONG verify_Release(ISCardVerify *iface)
{
        (void)iface;
        return client.verify->lpVtbl->Release(client.verify);
}

/* The number is the result, or goes into a variable. */
static HRESULT unblock_SetUnblockData(ISCardUnblockData *iface, LPBYTEBUFFER reset_code,
                                      LPBYTEBUFFER new_code, LONG *data)
{
        VARIANT args[] = {buffer_argument(reset_code), buffer_argument(new_code), variable(data)}, result;
        HRESULT hr;

        (void)iface;
        hr = late(client.verify, u"SetUnblockData", client.deployed ? 3 : 2, args, NULL, &result);
        if (SUCCEEDED(hr) && !client.deployed) {
                assert_int_equal(result.vt, VT_I4);
                *data = result.lVal;
        }
        return hr;
}

static ULONG unblock_Release(ISCardUnblockData *iface)
{
        (void)iface;
        return client.verify->lpVtbl->Release(client.verify);
}

static const ISCardManageVtbl manage_vtbl = {
    .Release = manage_Release,
    .AttachByIFD = manage_AttachByIFD,
    .CreateCHVerification = manage_CreateCHVerification,
    .Detach = manage_Detach,
    .SCardLock = manage_SCardLock,
    .Reconnect = manage_Reconnect,
    .Status = manage_Status,
    .SCardUnlock = manage_SCardUnlock,
};

static const ISCardVerifyVtbl verify_vtbl = {
    .QueryInterface = verify_QueryInterface,
    .Release = verify_Release,
    .ChangeCode = verify_ChangeCode,
    .Unblock = verify_Unblock,
    .ResetSecurityState = verify_ResetSecurityState,
    .Verify = verify_Verify,
};

static const ISCardUnblockDataVtbl unblock_vtbl = {
    .Release = unblock_Release,
    .SetUnblockData = unblock_SetUnblockData,
};

/* ---- the steps that make the objects, by their names and as IDispatch */

static HRESULT create_manager(struct scenario *s)
{
        CLSID clsid;
        HRESULT hr =
            CLSIDFromProgID(client.deployed ? u"SCardCOM.SCardManage.1" : u"SCardCOM.SCardManage", &clsid);

        if (SUCCEEDED(hr))
                hr = CoCreateInstance(&clsid, NULL, CLSCTX_INPROC_SERVER, &IID_IDispatch,
                                      (void **)&client.manage);
        s->manage = &client.ISCardManage_iface;
        return hr;
}

/* The pointer is handed on as an argument and released, nothing else: the scenario calls no method of it. */
static HRESULT fill(IByteBuffer **buffer, const char *code)
{
        SAFEARRAY *array = SafeArrayCreateVector(VT_UI1, 0, (ULONG)strlen(code));
        const VARIANT args[] = {number((LONG)strlen(code)), {.vt = VT_ARRAY | VT_UI1, .parray = array}};
        IDispatch *made = NULL;
        VARIANT result;
        HRESULT hr =
            CoCreateInstance(&CLSID_ByteBuffer, NULL, CLSCTX_INPROC_SERVER, &IID_IDispatch, (void **)&made);

        assert_non_null(array);
        memcpy(array->pvData, code, strlen(code));
        if (SUCCEEDED(hr))
                hr = late(made, u"Initialize", 2, args, NULL, &result);
        assert_int_equal(SafeArrayDestroy(array), S_OK);
        *buffer = (IByteBuffer *)(void *)made;
        return hr;
}

static HRESULT fill_right(struct scenario *s)
{
        return fill(&s->right, "1234");
}

static HRESULT fill_wrong(struct scenario *s)
{
        return fill(&s->wrong, "9999");
}

static HRESULT fill_puk(struct scenario *s)
{
        return fill(&s->puk, "12345678");
}

static const struct {
        const char *name;
        HRESULT (*run)(struct scenario *s);
} own_steps[] = {
    {"create the manager", create_manager},
    {"a buffer with the code", fill_right},
    {"a buffer with a wrong code", fill_wrong},
    {"a buffer with the unblocking code", fill_puk},
};
#define OWN_STEPS (sizeof(own_steps) / sizeof(own_steps[0]))

static HRESULT run_step(const struct scenario_step *step, struct scenario *s)
{
        for (size_t i = 0; i < OWN_STEPS; i++)
                if (strcmp(own_steps[i].name, step->name) == 0)
                        return own_steps[i].run(s);
        return step->run(s);
}

static void run_scenario(bool deployed)
{
        struct scenario s;
        unsigned own = 0;

        client = (struct client){.deployed = deployed};
        client.ISCardManage_iface.lpVtbl = &manage_vtbl;
        client.ISCardVerify_iface.lpVtbl = &verify_vtbl;
        client.ISCardUnblockData_iface.lpVtbl = &unblock_vtbl;
        scenario_begin(&s, "1", T1);
        for (size_t i = 0; i < scenario_steps_count; i++) {
                HRESULT hr = run_step(&scenario_steps[i], &s);

                if (hr != scenario_steps[i].wanted)
                        fail_msg("%s: %08X, not %08X", scenario_steps[i].name, (unsigned)hr,
                                 (unsigned)scenario_steps[i].wanted);
                for (size_t k = 0; k < OWN_STEPS; k++)
                        own += strcmp(own_steps[k].name, scenario_steps[i].name) == 0;
        }
        assert_int_equal(own, OWN_STEPS); /* none has another name now */
        scenario_end(&s);
        sim_control_reset();
        assert_int_equal(object_count(), 0);
        print_message("%zu steps of the scenario, late-bound, %s form\n", scenario_steps_count,
                      deployed ? "deployed" : "documented");
}

static void a_late_bound_client_passes_the_scenario_in_the_documented_form(void **state)
{
        (void)state;
        run_scenario(false);
}

static void a_late_bound_client_passes_the_scenario_in_the_deployed_form(void **state)
{
        (void)state;
        run_scenario(true);
}

/* ---- what does not fit. Every method of the table, each argument in turn */

static struct methods_bench bench;

/* The method of the other form with the same number, whose parameters may fit as well; NULL: there is none. */
static const struct dispatch_method *other_form(const struct methods_row *row,
                                                const struct dispatch_method *method)
{
        static const struct dispatch_interface *const pairs[][2] = {
            {&dispatch_ISCardManage, &dispatch_ISCardManageXP},
            {&dispatch_ISCardVerify, &dispatch_ISCardVerifyXP},
            {&dispatch_ISCardFileAccess, &dispatch_ISCardFileAccessXP},
            {&dispatch_ISCardAuth, &dispatch_ISCardAuthXP},
        };

        for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
                for (unsigned form = 0; form < 2; form++) {
                        const struct dispatch_interface *other = pairs[i][1 - form];

                        if (row->interface != pairs[i][form])
                                continue;
                        for (unsigned m = 0; m < other->methods_len; m++)
                                if (other->methods[m].id == method->id)
                                        return &other->methods[m];
                }
        }
        return NULL;
}

static unsigned checked;

static HRESULT invoke(struct methods_call *call, unsigned count, VARIANTARG *args, UINT *bad)
{
        DISPPARAMS params = {.rgvarg = args, .cArgs = count};
        IUnknown *unknown = call->iface;
        IDispatch *dispatch = NULL;
        EXCEPINFO exception;
        unsigned sent = fake.sent, begins = fake.begins, connects = fake.connects;
        VARIANT result = {.vt = VT_I4};
        HRESULT hr;

        assert_int_equal(unknown->lpVtbl->QueryInterface(unknown, &IID_IDispatch, (void **)&dispatch), S_OK);
        *bad = UINT32_MAX;
        hr = dispatch->lpVtbl->Invoke(dispatch, call->method->id, &IID_NULL, 0, DISPATCH_METHOD, &params,
                                      &result, &exception, bad);
        dispatch->lpVtbl->Release(dispatch);
        if (result.vt != VT_EMPTY || exception.bstrDescription != NULL)
                fail_msg("%s: something came back (%08X)", methods_name(call->row), (unsigned)hr);
        if (fake.sent != sent || fake.begins != begins || fake.connects != connects)
                fail_msg("%s: was called", methods_name(call->row));
        checked++;
        return hr;
}

static void expect(const struct methods_call *call, const char *what, HRESULT hr, HRESULT wanted)
{
        if (hr != wanted)
                fail_msg("%s: %s gives %08X, not %08X", methods_name(call->row), what, (unsigned)hr,
                         (unsigned)wanted);
}

/* More arguments than either form takes. */
static void too_many(struct methods_call *call)
{
        const struct dispatch_method *other = other_form(call->row, call->method);
        unsigned most = call->method->params_len;
        VARIANTARG args[DISPATCH_PARAMS_MAX + 1];
        UINT bad;

        if (other != NULL && other->params_len > most)
                most = other->params_len;
        for (unsigned i = 0; i <= most; i++)
                args[i] = number(1);
        expect(call, "an argument too many", invoke(call, most + 1, args, &bad), DISP_E_BADPARAMCOUNT);
}

/* Whether so many arguments will do: what is missing is optional, but for one output, which is the result. */
static bool fits(const struct dispatch_method *method, unsigned count)
{
        unsigned outs = 0, both = 0, others = 0;

        if (method == NULL || count > method->params_len)
                return false;
        for (unsigned i = count; i < method->params_len; i++) {
                const struct dispatch_param *param = &method->params[i];

                if (param->optional)
                        continue;
                outs += param->out && !param->in;
                both += param->out && param->in && param->kind != DISPATCH_NUMBER;
                others += !param->out || (param->in && param->kind == DISPATCH_NUMBER);
        }
        return others == 0 && outs + both <= 1;
}

/* Every number of arguments that does for neither form. */
static void too_few(struct methods_call *call)
{
        const struct dispatch_method *other = other_form(call->row, call->method);
        unsigned len = call->method->params_len;
        UINT bad;

        for (unsigned count = 0; count < len; count++) {
                if (count > 0 && call->args[len - count].vt == VT_ERROR)
                        return; /* in the other form that may be one that has to be there */
                if (!fits(call->method, count) && !fits(other, count))
                        expect(call, "an argument too few",
                               invoke(call, count, call->args + len - count, &bad), DISP_E_BADPARAMCOUNT);
        }
}

/* What cannot be read as an argument of any kind: a date as a number, a picture as a text. */
static void wrong_type(struct methods_call *call, unsigned index)
{
        VARIANTARG args[DISPATCH_PARAMS_MAX];
        unsigned len = call->method->params_len, at = len - 1 - index;
        VARIANT nothing = {.vt = VT_UNKNOWN};
        UINT bad;

        memcpy(args, call->args, sizeof(args));
        args[at] = (VARIANT){.vt = VT_ARRAY | VT_R8};
        expect(call, "an array of numbers", invoke(call, len, args, &bad), DISP_E_TYPEMISMATCH);
        assert_int_equal(bad, at);
        args[at] = (VARIANT){.vt = VT_CY};
        expect(call, "a currency", invoke(call, len, args, &bad), DISP_E_TYPEMISMATCH);
        assert_int_equal(bad, at);
        args[at] = (VARIANT){.vt = VT_BYREF | VT_I4};
        expect(call, "a reference to nowhere", invoke(call, len, args, &bad), DISP_E_TYPEMISMATCH);
        assert_int_equal(bad, at);
        if (call->method->params[index].kind == DISPATCH_OBJECT)
                return;
        args[at] = nothing;
        expect(call, "an object", invoke(call, len, args, &bad), DISP_E_TYPEMISMATCH);
        assert_int_equal(bad, at);
}

/* It is optional, or becomes the result. */
static bool may_be_missing(const struct dispatch_param *param)
{
        return param->optional || (param->out && (!param->in || param->kind != DISPATCH_NUMBER));
}

static void missing(struct methods_call *call, unsigned index)
{
        const struct dispatch_method *other = other_form(call->row, call->method);
        VARIANTARG args[DISPATCH_PARAMS_MAX];
        unsigned len = call->method->params_len;
        UINT bad;

        if (may_be_missing(&call->method->params[index]) ||
            (other != NULL && other->params_len >= len && may_be_missing(&other->params[index])))
                return;
        memcpy(args, call->args, sizeof(args));
        args[len - 1 - index] = (VARIANT){.vt = VT_ERROR, .scode = DISP_E_PARAMNOTFOUND};
        expect(call, "one that is missing", invoke(call, len, args, &bad), DISP_E_PARAMNOTOPTIONAL);
}

/* With a name that is no parameter's, and with one twice. */
static void wrong_names(struct methods_call *call)
{
        DISPID ids[] = {0x7FFF};
        DISPPARAMS params = {.rgvarg = call->args, .rgdispidNamedArgs = ids, .cArgs = 1, .cNamedArgs = 1};
        IDispatch *object = (IDispatch *)(void *)bench.manage;
        LPOLESTR names[] = {(LPOLESTR)(uintptr_t)u"AttachByIFD", (LPOLESTR)(uintptr_t)u"nobody"};
        DISPID found[2];

        expect(call, "an unknown parameter's number",
               object->lpVtbl->Invoke(object, 2, &IID_NULL, 0, DISPATCH_METHOD, &params, NULL, NULL, NULL),
               DISP_E_PARAMNOTFOUND);
        expect(call, "an unknown parameter",
               object->lpVtbl->GetIDsOfNames(object, &IID_NULL, names, 2, 0, found), DISP_E_UNKNOWNNAME);
        assert_int_equal(found[0], 2);
        assert_int_equal(found[1], DISPID_UNKNOWN);
}

static void what_does_not_fit_a_method_is_said_and_calls_nothing(void **state)
{
        (void)state;
        fake_winscard_reset();
        fake.answer = methods_answer;
        fake.counts_commands = true;
        methods_begin(&bench, &fake_api, FAKE_CALLERS);
        checked = 0;
        for (size_t i = 0; i < methods_rows_len; i++) {
                struct methods_call call;

                if (methods_rows[i].kind != 0 || methods_rows[i].played_only)
                        continue;
                assert_true(methods_call_make(&call, &bench, &methods_rows[i], METHODS_INVOKE));
                too_many(&call);
                too_few(&call);
                for (unsigned p = 0; p < call.method->params_len; p++) {
                        wrong_type(&call, p);
                        missing(&call, p);
                }
                if (i == 0)
                        wrong_names(&call);
                methods_call_free(&call);
        }
        methods_end(&bench);
        assert_int_equal(object_count(), 0);
        print_message("%u late-bound calls with wrong counts or types\n", checked);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(a_late_bound_client_passes_the_scenario_in_the_documented_form),
            cmocka_unit_test(a_late_bound_client_passes_the_scenario_in_the_deployed_form),
            cmocka_unit_test(what_does_not_fit_a_method_is_said_and_calls_nothing),
        };

        unsetenv("ISCARD_PROFILE");
        return cmocka_run_group_tests(tests, NULL, NULL);
}
