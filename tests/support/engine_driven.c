#include <sched.h>

#include "tests/support/engine.h"

#include "tests/support/engine_driven.h"

#define PATIENCE 100000u /* moments: some ten seconds, which only a failure takes */

static struct fake_reader *const before = &fake_readers[0];
static struct fake_reader *const again = &fake_readers[1]; /* what comes back, of the same name */
static struct fake_reader *reader;
static const struct model_kind *kind;
static SCARDCONTEXT contexts[CONNECTIONS];
static SCARDHANDLE handles[CONNECTIONS];
static bool telling, counting;

/* ---- the reader */

/* A card with both, T=0 first; and one with T=1 alone */
static const uint8_t atr_both[] = {0x3B, 0x80, 0x80, 0x01, 0x01};
static const uint8_t atr_t1[] = {0x3B, 0x80, 0x01, 0x81};

static void reader_insert(DWORD card)
{
        if (card == MODEL_BOTH)
                fake_atr(reader, atr_both, sizeof(atr_both));
        else
                fake_atr(reader, atr_t1, sizeof(atr_t1));
}

/* A reset brings card and reader back to the protocol they begin with. */
static void reader_forgets(struct fake_reader *which, enum fake_op op)
{
        struct fake_slot *slot = &which->slots[0];

        if (op == FAKE_POWER_ON)
                slot->running.protocol =
                    slot->atr_len == sizeof(atr_t1) || kind->begins == SCARD_PROTOCOL_T1 ? 1 : 0;
}

static void reader_prepare(struct fake_reader *which)
{
        which->hook = reader_forgets;
        which->info.reports_movement = telling;
        which->info.pin_support = 1;
        which->escape_answer_len = 1;
        which->info.can_eject = kind->ejects;
        if (kind->fixed)
                which->info.features &= ~(uint32_t)(IFD_AUTO_PPS | IFD_AUTO_NEGOTIATE);
}

void driven_prepare(void)
{
        fake_reset();
        fake_unplug(before);
        setenv("ISCARD_ESCAPE", "1", 1);
}

void driven_begin(const struct model_kind *of, bool tells)
{
        kind = of;
        telling = tells;
        reader_prepare(fake_prepare(1));
        reader_prepare(fake_prepare(0));
        reader = again;
        reader_insert(kind->card);
        reader = before;
        reader_insert(kind->card);
        fake_plug(reader);
        counting = true;
        for (enum who who = A; who < CONNECTIONS; who++) {
                handles[who] = 0;
                contexts[who] = engine_context();
        }
}

void driven_end(void)
{
        for (enum who who = A; who < CONNECTIONS; who++)
                assert_status(SCardReleaseContext(contexts[who]), SCARD_S_SUCCESS);
        assert_int_equal(fake_starts, fake_stops);
}

bool driven_counts(void)
{
        return counting && telling;
}

void driven_count_no_more(void)
{
        counting = false;
}

/* ---- the calls */

static void call_status(SCARDHANDLE card, struct outcome *outcome)
{
        DWORD len = sizeof(outcome->mode);

        outcome->code = SCardStatusA(card, NULL, NULL, &outcome->state, &outcome->protocol, NULL, NULL);
        if (outcome->code == SCARD_S_SUCCESS)
                outcome->code = SCardGetAttrib(card, ISCARD_ATTR_SHARE_MODE, (LPBYTE)&outcome->mode, &len);
        counting = true;
}

static void call_transmit(SCARDHANDLE card, DWORD named, struct outcome *outcome)
{
        const SCARD_IO_REQUEST pci = {named, sizeof(pci)};
        SCARD_IO_REQUEST told = {0, sizeof(told)};
        BYTE response[300];
        DWORD len = sizeof(response);

        outcome->code = SCardTransmit(card, model_names_one(named) ? &pci : NULL, engine_get_challenge,
                                      sizeof(engine_get_challenge), &told, response, &len);
        assert_int_equal(len, outcome->code == SCARD_S_SUCCESS ? 2 : 0);
        outcome->protocol = told.dwProtocol;
        if (outcome->code == SCARD_S_SUCCESS)
                outcome->spoken =
                    reader->slots[0].running.protocol == 1 ? SCARD_PROTOCOL_T1 : SCARD_PROTOCOL_T0;
}

/* VERIFY of a code in a block of eight */
static const BYTE entry_request[] = {0,    0,    0x82, 0x08, 0x00, 0x08, 0x04, 0x02, 0x00, 0x09, 0x04,
                                     0x00, 0x00, 0x00, 0x00, 13,   0,    0,    0,    0x00, 0x20, 0x00,
                                     0x81, 0x08, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF};

/* With an answer exactly where it succeeds. */
static LONG call_control(SCARDHANDLE card, enum action action)
{
        static const BYTE command[] = {1};
        const BYTE *in = action == ENTRY ? entry_request : action == ESCAPE ? command : NULL;
        DWORD in_len = action == ENTRY ? sizeof(entry_request) : action == ESCAPE ? sizeof(command) : 0;
        /* what CM_IOCTL_GET_FEATURE_REQUEST gives out for the entry */
        DWORD code = action == ENTRY    ? SCARD_CTL_CODE(3600 + FEATURE_VERIFY_PIN_DIRECT)
                     : action == ESCAPE ? IOCTL_CCID_ESCAPE
                                        : CM_IOCTL_GET_FEATURE_REQUEST;
        BYTE out[64];
        DWORD len = 99;
        LONG status = SCardControl(card, code, in, in_len, out, sizeof(out), &len);

        assert_true((len > 0) == (status == SCARD_S_SUCCESS));
        return status;
}

static LONG call_release(enum who who)
{
        LONG status = SCardReleaseContext(contexts[who]);

        contexts[who] = engine_context();
        handles[who] = 0;
        return status;
}

/* What a reader does not tell is learnt by whoever asks. */
static void ask_reader(void)
{
        struct outcome ignored;

        for (enum who who = A; who < CONNECTIONS && !telling; who++) {
                if (handles[who] != 0)
                        call_status(handles[who], &ignored);
        }
}

static void world_moves(enum action action)
{
        DWORD len = 0;

        counting = false;
        switch (action) {
        case SWAP:
                fake_remove(reader, 0);
                fake_insert(reader, 0);
                break;
        case INSERT:
        case INSERT_OTHER:
                reader_insert(action == INSERT ? kind->card : SCARD_PROTOCOL_T1);
                fake_insert(reader, 0);
                break;
        case REMOVE:
                fake_remove(reader, 0);
                break;
        case MUTE:
        case UNMUTE:
                reader->slots[0].mute = action == MUTE;
                break;
        case REFUSE:
        case GRANT:
                fake_fail(reader, FAKE_SET_PARAMETERS,
                          action == REFUSE ? SCARD_F_COMM_ERROR : SCARD_S_SUCCESS);
                break;
        case UNPLUG:
                fake_unplug(reader);
                (void)SCardListReadersA(contexts[A], NULL, NULL, &len); /* so that it is known at once */
                break;
        default:
                reader = again;
                fake_plug(reader);
                break;
        }
        ask_reader();
}

static struct outcome make_call(const struct call *call)
{
        SCARDHANDLE *card = &handles[call->who];
        struct outcome outcome = {0};

        switch (call->action) {
        case CONNECT:
                outcome.code = SCardConnectA(contexts[call->who], FAKE_NAME, call->mode, call->protocols,
                                             card, &outcome.protocol);
                ask_reader();
                break;
        case RECONNECT:
                outcome.code =
                    SCardReconnect(*card, call->mode, call->protocols, call->disposition, &outcome.protocol);
                break;
        case DISCONNECT:
                outcome.code = SCardDisconnect(*card, call->disposition);
                if (outcome.code == SCARD_S_SUCCESS)
                        *card = 0;
                break;
        case BEGIN:
                outcome.code = SCardBeginTransaction(*card);
                break;
        case END:
                outcome.code = SCardEndTransaction(*card, call->disposition);
                break;
        case ABANDON:
                outcome.code = SCardCancelTransaction(*card);
                break;
        case TRANSMIT:
                call_transmit(*card, call->protocols, &outcome);
                break;
        case QUESTION:
        case ENTRY:
        case ESCAPE:
                outcome.code = call_control(*card, call->action);
                break;
        case STATUS:
                call_status(*card, &outcome);
                break;
        case RELEASE:
                outcome.code = call_release(call->who);
                break;
        default:
                world_moves(call->action);
                break;
        }
        return outcome;
}

/* What the reader was sent so far. */
static struct outcome sent_so_far(unsigned *settings)
{
        struct outcome sent = {.power_ons = fake_count(reader, FAKE_POWER_ON),
                               .power_offs = fake_count(reader, FAKE_POWER_OFF),
                               .ejects = fake_count(reader, FAKE_EJECT),
                               .commands = fake_count(reader, FAKE_TRANSMIT),
                               .entries = fake_count(reader, FAKE_SECURE),
                               .escapes = fake_count(reader, FAKE_ESCAPE)};

        *settings = fake_count(reader, FAKE_SET_PARAMETERS) + fake_count(reader, FAKE_GET_PARAMETERS);
        /* nothing else is: one that is counts as many commands */
        sent.commands += 1000 * (fake_messages(reader) - sent.power_ons - sent.power_offs - sent.ejects -
                                 sent.commands - sent.entries - sent.escapes - *settings);
        return sent;
}

struct outcome driven_call(const struct call *call)
{
        unsigned settings_before, settings;
        const struct outcome sent = sent_so_far(&settings_before);
        struct outcome outcome = make_call(call);

        if (call->action >= INSERT)
                return outcome;
        const struct outcome now = sent_so_far(&settings);

        outcome.power_ons = now.power_ons - sent.power_ons;
        outcome.power_offs = now.power_offs - sent.power_offs;
        outcome.ejects = now.ejects - sent.ejects;
        outcome.commands = now.commands - sent.commands;
        outcome.entries = now.entries - sent.entries;
        outcome.escapes = now.escapes - sent.escapes;
        outcome.settled = settings != settings_before;
        return outcome;
}

/* ---- calls in threads */

static void *patient_run(void *arg)
{
        struct patient *patient = arg;

        atomic_store(&patient->begun, true);
        patient->outcome = make_call(patient->call);
        atomic_store(&patient->done, true);
        return NULL;
}

void a_moment(void)
{
        const struct timespec moment = {0, 100000L};

        nanosleep(&moment, NULL);
}

void patient_start(struct patient *patient, const struct call *call)
{
        *patient = (struct patient){.call = call};
        assert_int_equal(pthread_create(&patient->thread, NULL, patient_run, patient), 0);
        while (!atomic_load(&patient->begun))
                sched_yield();
}

struct outcome patient_cancel(struct patient *patient)
{
        while (!atomic_load(&patient->done)) {
                SCardCancel(contexts[patient->call->who]);
                sched_yield();
        }
        pthread_join(patient->thread, NULL);
        return patient->outcome;
}

struct outcome patient_end(struct patient *patient)
{
        for (unsigned i = 0; i < PATIENCE && !atomic_load(&patient->done); i++)
                a_moment();
        return patient_cancel(patient);
}
