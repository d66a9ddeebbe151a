#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define COBJMACROS
#include <oleauto.h>
#include <scardcom.h>
#include <winscard.h>

#include "core/ifd.h"
#include "core/registry.h"

#include "cost.h"
#include "measure.h"
#include "table.h"

#define BATCHES   1000
#define BATCH     100 /* calls, one after the other; the ways to make them take turns */
#define WARM_UP   10  /* batches */
#define NAMES_MAX 512

#define LIMIT_ENGINE_NS 300
#define LIMIT_VTABLE_NS 200
#define LIMIT_INVOKE_NS 2000

static const uint8_t challenge_apdu[] = {0x00, 0x84, 0x00, 0x00, 0x08};
static const uint8_t verify_apdu[] = {0x00, 0x20, 0x00, 0x01, 0x04, '1', '2', '3', '4'};

/* ---- batches */

/* One way to do it: a single call. */
typedef void (*call_fn)(void);

struct way {
        call_fn call;
        uint32_t batch_ns[BATCHES];
};

static uint32_t batch(call_fn call)
{
        const uint64_t start = measure_now_ns();
        for (unsigned i = 0; i < BATCH; i++)
                call();
        const uint64_t ns = measure_now_ns() - start;
        return ns > UINT32_MAX ? UINT32_MAX : (uint32_t)ns;
}

/* In turns, so that whatever slows the machine down slows all of them down. */
static void take_turns(struct way *ways, unsigned count)
{
        for (unsigned round = 0; round < WARM_UP + BATCHES; round++) {
                for (unsigned i = 0; i < count; i++) {
                        const uint32_t ns = batch(ways[i].call);
                        if (round >= WARM_UP)
                                ways[i].batch_ns[round - WARM_UP] = ns;
                }
        }
}

static double call_ns(struct way *way)
{
        return measure_median(way->batch_ns, BATCHES) / BATCH;
}

/* ---- a card, as the engine has it */

static SCARDCONTEXT context;
static SCARDHANDLE card;

static void connect_first(void)
{
        char names[NAMES_MAX];
        DWORD len = sizeof(names);
        DWORD protocol;
        measure_must("SCardEstablishContext", SCardEstablishContext(SCARD_SCOPE_USER, NULL, NULL, &context));
        measure_must("SCardListReaders", SCardListReadersA(context, NULL, names, &len));
        measure_must("SCardConnect",
                     SCardConnectA(context, names, SCARD_SHARE_SHARED, SCARD_PROTOCOL_Tx, &card, &protocol));
}

static void disconnect(void)
{
        measure_must("SCardDisconnect", SCardDisconnect(card, SCARD_UNPOWER_CARD));
        measure_must("SCardReleaseContext", SCardReleaseContext(context));
}

static void engine_call(const uint8_t *apdu, DWORD apdu_len)
{
        uint8_t answer[258];
        DWORD len = sizeof(answer);
        measure_must("SCardTransmit", SCardTransmit(card, NULL, apdu, apdu_len, NULL, answer, &len));
        if (len != 2 || answer[0] != 0x90)
                measure_die("answer", (long)len);
}

/* ---- a driver that does nothing: one reader at short APDU level, everything automatic, any command 90 00 */

static int32_t idle_done(void *ctx)
{
        (void)ctx;
        return SCARD_S_SUCCESS;
}

static void idle_nothing(void *ctx)
{
        (void)ctx;
}

static int32_t idle_power_on(void *ctx, unsigned slot, uint8_t *atr, size_t *atr_len)
{
        static const uint8_t t1_alone[] = {0x3B, 0x80, 0x01, 0x81}; /* the last byte is TCK */
        (void)ctx;
        (void)slot;
        memcpy(atr, t1_alone, sizeof(t1_alone));
        *atr_len = sizeof(t1_alone);
        return SCARD_S_SUCCESS;
}

static int32_t idle_power_off(void *ctx, unsigned slot)
{
        (void)ctx;
        (void)slot;
        return SCARD_S_SUCCESS;
}

static int32_t idle_get_status(void *ctx, unsigned slot, bool ask, struct ifd_slot_state *state)
{
        (void)ctx;
        (void)slot;
        (void)ask;
        *state = (struct ifd_slot_state){.card = IFD_CARD_POWERED};
        return SCARD_S_SUCCESS;
}

static int32_t idle_set_parameters(void *ctx, unsigned slot, const struct ifd_parameters *parameters)
{
        (void)ctx;
        (void)slot;
        (void)parameters;
        return SCARD_S_SUCCESS;
}

static int32_t idle_get_parameters(void *ctx, unsigned slot, struct ifd_parameters *parameters)
{
        (void)ctx;
        (void)slot;
        *parameters = (struct ifd_parameters){.protocol = 1, .fidi = 0x11, .ifsc = 254};
        return SCARD_S_SUCCESS;
}

static int32_t idle_transmit(void *ctx, unsigned slot, struct ifd_message *message)
{
        (void)ctx;
        (void)slot;
        message->rsp[0] = 0x90;
        message->rsp[1] = 0x00;
        message->rsp_len = 2;
        return SCARD_S_SUCCESS;
}

static int32_t idle_secure(void *ctx, unsigned slot, struct ifd_secure *secure)
{
        (void)ctx;
        (void)slot;
        secure->rsp_len = 0;
        return SCARD_E_UNSUPPORTED_FEATURE;
}

static int32_t idle_escape(void *ctx, unsigned slot, const uint8_t *in, size_t in_len, uint8_t *out,
                           size_t out_cap, size_t *out_len)
{
        (void)ctx;
        (void)slot;
        (void)in;
        (void)in_len;
        (void)out;
        (void)out_cap;
        *out_len = 0;
        return SCARD_E_UNSUPPORTED_FEATURE;
}

static int32_t idle_set_rate(void *ctx, unsigned slot, uint32_t *clock_khz, uint32_t *rate_bps)
{
        (void)ctx;
        (void)slot;
        (void)clock_khz;
        (void)rate_bps;
        return SCARD_E_UNSUPPORTED_FEATURE;
}

static int32_t idle_list_rates(void *ctx, bool clocks, uint32_t *list, size_t cap, size_t *count)
{
        (void)ctx;
        (void)clocks;
        (void)list;
        (void)cap;
        *count = 0;
        return SCARD_S_SUCCESS;
}

static int32_t idle_eject(void *ctx, unsigned slot)
{
        (void)ctx;
        (void)slot;
        return SCARD_E_UNSUPPORTED_FEATURE;
}

static void idle_abort(void *ctx, unsigned slot)
{
        (void)ctx;
        (void)slot;
}

static const struct ifd_ops idle_ops = {.open = idle_done,
                                        .close = idle_nothing,
                                        .power_on = idle_power_on,
                                        .power_off = idle_power_off,
                                        .get_status = idle_get_status,
                                        .set_parameters = idle_set_parameters,
                                        .get_parameters = idle_get_parameters,
                                        .transmit = idle_transmit,
                                        .secure = idle_secure,
                                        .escape = idle_escape,
                                        .set_rate = idle_set_rate,
                                        .list_rates = idle_list_rates,
                                        .eject = idle_eject,
                                        .abort = idle_abort,
                                        .destroy = idle_nothing};

static int idle_reader;
static bool idle_told;

static int32_t idle_start(void)
{
        idle_told = false;
        return SCARD_S_SUCCESS;
}

static int32_t idle_scan(const struct ifd_host *host)
{
        static const struct ifd_info info = {.manufacturer = "Idle",
                                             .product = "Reader",
                                             .slots = 1,
                                             .exchange = IFD_EXCHANGE_SHORT_APDU,
                                             .features = IFD_AUTO_PARAMETERS | IFD_AUTO_VOLTAGE |
                                                         IFD_AUTO_CLOCK | IFD_AUTO_BAUD | IFD_AUTO_PPS |
                                                         IFD_AUTO_IFSD,
                                             .protocols = 3,
                                             .clock_khz = 4000,
                                             .max_clock_khz = 8000,
                                             .max_command = 261,
                                             .max_response = 258,
                                             .busy_slots = 1,
                                             .reports_movement = true};
        if (idle_told)
                return SCARD_S_SUCCESS;
        const int32_t status = host->arrived(&idle_ops, &idle_reader, &info);
        idle_told = status == SCARD_S_SUCCESS;
        return status;
}

static void idle_stop(void)
{
}

static int32_t idle_watch(const struct ifd_watcher *watcher)
{
        (void)watcher;
        return SCARD_S_SUCCESS;
}

static void idle_pump(struct ifd_pump *pump)
{
        (void)pump;
}

static const struct ifd_driver idle_driver = {.name = "idle",
                                              .start = idle_start,
                                              .scan = idle_scan,
                                              .stop = idle_stop,
                                              .watch = idle_watch,
                                              .pump = idle_pump};

/* ---- the engine over its driver */

static void call_transmit(void)
{
        engine_call(challenge_apdu, sizeof(challenge_apdu));
}

/* Through a pointer that the compiler cannot see through, as the engine calls it; looked at as above. */
static void call_driver(void)
{
        static const struct ifd_ops *volatile ops = &idle_ops;
        uint8_t answer[258];
        struct ifd_message message = {.cmd = challenge_apdu,
                                      .cmd_len = sizeof(challenge_apdu),
                                      .rsp = answer,
                                      .rsp_cap = sizeof(answer),
                                      .wait_ms = 1000,
                                      .extension_ms = 1000};
        measure_must("the driver", ops->transmit(&idle_reader, 0, &message));
        if (message.rsp_len != 2 || answer[0] != 0x90)
                measure_die("the driver's answer", (long)message.rsp_len);
}

void cost_engine(void)
{
        static const struct ifd_driver *const drivers[] = {&idle_driver, NULL};
        static struct way ways[] = {{.call = call_transmit}, {.call = call_driver}};
        registry_use_drivers(drivers);
        connect_first();
        take_turns(ways, 2);
        disconnect();
        registry_use_drivers(NULL);
        const double engine = call_ns(&ways[0]);
        const double driver = call_ns(&ways[1]);
        table_section("The engine over a driver that does nothing, ns", "driver");
        table_ratio("SCardTransmit, one thread", engine, driver, TABLE_NO_LIMIT);
        table_value("  more than the driver's transmit", engine - driver, LIMIT_ENGINE_NS);
}

/* ---- the objects over the engine */

static ISCardVerify *verify;
static IByteBuffer *code;
static DISPID verify_id;

static void call_engine(void)
{
        engine_call(verify_apdu, sizeof(verify_apdu));
}

static void call_vtable(void)
{
        measure_must("Verify", ISCardVerify_Verify(verify, code, SC_FL_IHV_GLOBAL, 1));
}

/* As a script engine has it: pCode, flags, lRef, the last one first. */
static void call_invoke(void)
{
        VARIANTARG arguments[3] = {{.vt = VT_I4, .lVal = 1},
                                   {.vt = VT_I4, .lVal = SC_FL_IHV_GLOBAL},
                                   {.vt = VT_DISPATCH, .pdispVal = (IDispatch *)(void *)code}};
        DISPPARAMS parameters = {.rgvarg = arguments, .cArgs = 3};
        VARIANT result;
        EXCEPINFO exception;
        UINT bad = 0;
        VariantInit(&result);
        measure_must("Invoke", ISCardVerify_Invoke(verify, verify_id, &IID_NULL, 0, DISPATCH_METHOD,
                                                   &parameters, &result, &exception, &bad));
}

static void make_objects(void)
{
        static OLECHAR name[] = u"Verify";
        LPOLESTR names[] = {name};
        ISCardManage *manage;
        BYTE bytes[] = {'1', '2', '3', '4'};
        measure_must("manager", CoCreateInstance(&CLSID_SCardManage, NULL, CLSCTX_INPROC_SERVER,
                                                 &IID_ISCardManage, (void **)&manage));
        measure_must("buffer", CoCreateInstance(&CLSID_ByteBuffer, NULL, CLSCTX_INPROC_SERVER,
                                                &IID_IByteBuffer, (void **)&code));
        measure_must("Initialize", IByteBuffer_Initialize(code, sizeof(bytes), bytes));
        measure_must("AttachByHandle", ISCardManage_AttachByHandle(manage, card));
        measure_must("CreateCHVerification", ISCardManage_CreateCHVerification(manage, &verify));
        measure_must("GetIDsOfNames", ISCardVerify_GetIDsOfNames(verify, &IID_NULL, names, 1, 0, &verify_id));
        (void)ISCardManage_Release(manage); /* the attachment lives on in what was made of it */
}

void cost_objects(void)
{
        static struct way ways[] = {{.call = call_vtable}, {.call = call_invoke}, {.call = call_engine}};
        connect_first();
        measure_must("CoInitialize", CoInitialize(NULL));
        make_objects();
        take_turns(ways, 3);
        (void)ISCardVerify_Release(verify);
        (void)IByteBuffer_Release(code);
        CoUninitialize();
        disconnect();
        const double vtable = call_ns(&ways[0]);
        const double invoke = call_ns(&ways[1]);
        const double engine = call_ns(&ways[2]);
        table_section("VERIFY on the in-process virtual reader, ns", "SCardTransmit");
        table_ratio("ISCardVerify::Verify through the vtable", vtable, engine, TABLE_NO_LIMIT);
        table_value("  more than the engine's call", vtable - engine, LIMIT_VTABLE_NS);
        table_ratio("through IDispatch::Invoke", invoke, engine, TABLE_NO_LIMIT);
        table_value("  more than the engine's call", invoke - engine, LIMIT_INVOKE_NS);
}
