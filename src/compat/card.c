/*
 * card.c - the functions of pcsc-lite about a connection: made, changed, ended; transactions; commands.
 */
#include <stdlib.h>
#include <string.h>

#include "compat/card.h"
#include "compat/code.h"
#include "compat/events.h"
#include "compat/names.h"
#include "compat/output.h"

#define PROTOCOLS_KNOWN (SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1 | LITE_PROTOCOL_RAW | LITE_PROTOCOL_ANY_OLD)
#define NAME_MAX_BYTES  1024u /* the engine's names are shorter */

const lite_io_request lite_t0_pci = {SCARD_PROTOCOL_T0, sizeof(lite_io_request)};
const lite_io_request lite_t1_pci = {SCARD_PROTOCOL_T1, sizeof(lite_io_request)};
const lite_io_request lite_raw_pci = {LITE_PROTOCOL_RAW, sizeof(lite_io_request)};

LONG card_condition(SCARDHANDLE card)
{
        BYTE features[FEATURES_ROOM];
        DWORD len;
        /* It sends nothing and waits for nobody, but says what is pending. */
        LONG status =
            SCardControl(card, CM_IOCTL_GET_FEATURE_REQUEST, NULL, 0, features, sizeof(features), &len);

        return status == SCARD_E_INSUFFICIENT_BUFFER ? SCARD_S_SUCCESS : status;
}

LONG card_refuse(SCARDHANDLE card, LONG status)
{
        LONG live = card_condition(card);

        return live == SCARD_E_INVALID_HANDLE || live == SCARD_E_NO_SERVICE ? live : status;
}

/* The protocol that the card runs with, as SCardConnect does not tell a DIRECT handle; 0: none. */
static DWORD protocol_running(SCARDHANDLE card)
{
        DWORD protocol = 0, len = sizeof(protocol);

        if (SCardGetAttrib(card, SCARD_ATTR_CURRENT_PROTOCOL_TYPE, (LPBYTE)&protocol, &len) !=
                SCARD_S_SUCCESS ||
            len != sizeof(protocol))
                return 0;
        return protocol;
}

/* What is told of a new or renewed connection: RAW to one who asked for it, else what the card runs with. */
static lite_dword protocol_told(SCARDHANDLE card, lite_dword wanted, DWORD active)
{
        if ((wanted & LITE_PROTOCOL_RAW) != 0)
                return LITE_PROTOCOL_RAW;
        return protocol_lite(active != SCARD_PROTOCOL_UNDEFINED ? active : protocol_running(card));
}

static LONG mode_check(DWORD mode)
{
        bool known =
            mode == SCARD_SHARE_EXCLUSIVE || mode == SCARD_SHARE_SHARED || mode == SCARD_SHARE_DIRECT;

        return known ? SCARD_S_SUCCESS : SCARD_E_INVALID_VALUE;
}

static LONG protocols_check(DWORD mode, lite_dword protocols)
{
        return mode != SCARD_SHARE_DIRECT && (protocols & PROTOCOLS_KNOWN) == 0 ? SCARD_E_PROTO_MISMATCH
                                                                                : SCARD_S_SUCCESS;
}

static LONG connect_checked(SCARDCONTEXT context, const char *reader, DWORD mode, lite_dword protocols,
                            SCARDHANDLE *card, DWORD *active)
{
        char *held;
        LONG status = SCardIsValidContext(context);

        if (status == SCARD_S_SUCCESS)
                status = protocols_check(mode, protocols); /* before the mode, as pcsc-lite does */
        if (status == SCARD_S_SUCCESS)
                status = mode_check(mode);
        if (status != SCARD_S_SUCCESS)
                return status;
        status = SCardConnectA(context, name_engine(reader, &held), mode, protocols_engine(protocols), card,
                               active);
        free(held);
        return status;
}

lite_long lite_connect(lite_long context, const char *reader, lite_dword mode, lite_dword protocols,
                       lite_long *card, lite_dword *protocol)
{
        SCARDHANDLE made = 0;
        DWORD active = 0;

        if (card == NULL || protocol == NULL)
                return code_lite(SCARD_E_INVALID_PARAMETER);
        *card = 0;
        if (reader == NULL)
                return code_lite(SCARD_E_UNKNOWN_READER);
        if (strlen(reader) > LITE_READERNAME)
                return code_lite(SCARD_E_INVALID_VALUE);
        *protocol = SCARD_PROTOCOL_UNDEFINED;
        LONG status =
            connect_checked((SCARDCONTEXT)context, reader, dword_engine(mode), protocols, &made, &active);

        if (status == SCARD_S_SUCCESS) {
                *card = (lite_long)made;
                *protocol = protocol_told(made, protocols, active);
        }
        return code_lite(status);
}

lite_long lite_reconnect(lite_long card, lite_dword mode, lite_dword protocols, lite_dword initialization,
                         lite_dword *protocol)
{
        DWORD active = 0, engine_mode = dword_engine(mode), reset = dword_engine(initialization);

        if (protocol == NULL)
                return code_lite(SCARD_E_INVALID_PARAMETER);
        *protocol = SCARD_PROTOCOL_UNDEFINED;
        LONG status = reset > SCARD_UNPOWER_CARD ? SCARD_E_INVALID_VALUE : mode_check(engine_mode);

        if (status == SCARD_S_SUCCESS)
                status = protocols_check(engine_mode, protocols);
        if (status != SCARD_S_SUCCESS)
                return code_lite(card_refuse((SCARDHANDLE)card, status));
        status = SCardReconnect((SCARDHANDLE)card, engine_mode, protocols_engine(protocols), reset, &active);
        if (status == SCARD_S_SUCCESS)
                *protocol = protocol_told((SCARDHANDLE)card, protocols, active);
        return code_lite(status);
}

lite_long lite_disconnect(lite_long card, lite_dword disposition)
{
        return code_lite(SCardDisconnect((SCARDHANDLE)card, dword_engine(disposition)));
}

lite_long lite_begin_transaction(lite_long card)
{
        return code_lite(SCardBeginTransaction((SCARDHANDLE)card));
}

lite_long lite_end_transaction(lite_long card, lite_dword disposition)
{
        DWORD engine_disposition = dword_engine(disposition);

        if (engine_disposition > SCARD_EJECT_CARD)
                return code_lite(card_refuse((SCARDHANDLE)card, SCARD_E_INVALID_VALUE));
        /* What is pending comes first, and the transaction goes on: Reconnect does not end it either. */
        LONG status = card_condition((SCARDHANDLE)card);

        if (status == SCARD_S_SUCCESS)
                status = SCardEndTransaction((SCARDHANDLE)card, engine_disposition);
        return code_lite(status);
}

/* ---- SCardStatus */

/* now: the reader's state as SCardGetStatusChange gives it, with its count of events. */
static lite_dword state_lite(DWORD state, DWORD now)
{
        lite_dword events = now & 0xFFFF0000u;

        switch (state) {
        case SCARD_ABSENT:
                return LITE_ABSENT | events;
        case SCARD_PRESENT:
        case SCARD_SWALLOWED:
                return LITE_PRESENT | ((now & SCARD_STATE_MUTE) != 0 ? LITE_SWALLOWED : 0) | events;
        case SCARD_POWERED:
        case SCARD_NEGOTIABLE:
        case SCARD_SPECIFIC: /* pcsc-lite never tells that a protocol is set */
                return LITE_PRESENT | LITE_POWERED | LITE_NEGOTIABLE | events;
        default:
                return LITE_UNKNOWN | events;
        }
}

struct card_report {
        char name[LITE_READERNAME];
        size_t name_len; /* without the NUL */
        lite_dword state, protocol;
        BYTE atr[SCARD_ATR_LENGTH];
        DWORD atr_len;
};

static LONG card_report(SCARDHANDLE card, struct card_report *report)
{
        char name[NAME_MAX_BYTES];
        DWORD name_len = sizeof(name), state = SCARD_UNKNOWN, protocol = SCARD_PROTOCOL_UNDEFINED, now = 0;
        LONG status = card_condition(card);

        if (status == SCARD_S_SUCCESS)
                status = SCardGetAttrib(card, SCARD_ATTR_DEVICE_FRIENDLY_NAME_A, (LPBYTE)name, &name_len);
        if (status == SCARD_S_SUCCESS) {
                now = events_state(name); /* which powers the card for a DIRECT handle, as pcscd would have */
                report->atr_len = sizeof(report->atr);
                status = SCardStatusA(card, NULL, NULL, &state, &protocol, report->atr, &report->atr_len);
        }
        if (status != SCARD_S_SUCCESS)
                return status;
        report->name_len = name_lite(name, report->name);
        report->protocol = protocol_lite(protocol);
        report->state = state_lite(state, now);
        return SCARD_S_SUCCESS;
}

lite_long lite_status(lite_long card, char *reader, lite_dword *reader_len, lite_dword *state,
                      lite_dword *protocol, unsigned char *atr, lite_dword *atr_len)
{
        struct card_report report;
        lite_dword none[2] = {0, 0};

        if (reader_len == NULL)
                reader_len = &none[0];
        if (atr_len == NULL)
                atr_len = &none[1];
        lite_dword reader_room = *reader_len, atr_room = *atr_len;

        *reader_len = *atr_len = 0;
        if (state != NULL)
                *state = 0;
        if (protocol != NULL)
                *protocol = 0;
        LONG status = card_report((SCARDHANDLE)card, &report);

        if (status != SCARD_S_SUCCESS)
                return code_lite(status);
        if (state != NULL)
                *state = report.state;
        if (protocol != NULL)
                *protocol = report.protocol;
        status = output_lite(reader, reader_room, reader_len, report.name, report.name_len + 1);
        LONG atr_status = output_lite(atr, atr_room, atr_len, report.atr, report.atr_len);

        if (atr_status == SCARD_S_SUCCESS || atr_status == SCARD_E_INSUFFICIENT_BUFFER)
                return code_lite(status != SCARD_S_SUCCESS ? status : atr_status);
        if (status == SCARD_S_SUCCESS && reader_room == LITE_AUTOALLOCATE)
                output_lite_undo(reader);
        return code_lite(atr_status);
}

/* ---- SCardTransmit */

lite_long lite_transmit(lite_long card, const lite_io_request *send_pci, const unsigned char *command,
                        lite_dword command_len, lite_io_request *recv_pci, unsigned char *answer,
                        lite_dword *answer_len)
{
        if (command == NULL || answer == NULL || answer_len == NULL || send_pci == NULL)
                return code_lite(SCARD_E_INVALID_PARAMETER);
        lite_dword room = *answer_len;

        *answer_len = 0;
        if (command_len > LITE_MESSAGE_MAX)
                return code_lite(card_refuse((SCARDHANDLE)card, SCARD_E_INSUFFICIENT_BUFFER));
        /* The engine looks at these two before the handle. */
        if (command_len < 4 || room < 2) {
                LONG pending = card_condition((SCARDHANDLE)card);

                if (pending != SCARD_S_SUCCESS)
                        return code_lite(pending);
        }
        SCARD_IO_REQUEST send = {dword_engine(send_pci->dwProtocol), sizeof(send)};
        SCARD_IO_REQUEST recv = {0, sizeof(recv)};
        bool any = send_pci->dwProtocol == LITE_PROTOCOL_RAW || send_pci->dwProtocol == LITE_PROTOCOL_ANY_OLD;
        DWORD len = (DWORD)(room > LITE_MESSAGE_MAX ? LITE_MESSAGE_MAX : room);
        LONG status = SCardTransmit((SCARDHANDLE)card, any ? NULL : &send, command, (DWORD)command_len, &recv,
                                    answer, &len);

        *answer_len = len;
        if (status == SCARD_S_SUCCESS && recv_pci != NULL) {
                recv_pci->dwProtocol = protocol_lite(recv.dwProtocol);
                recv_pci->cbPciLength = sizeof(*recv_pci);
        }
        return code_lite_exchange(status);
}
