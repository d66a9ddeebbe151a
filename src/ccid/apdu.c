/*
 * apdu.c - XfrBlock. At the short APDU and the TPDU level one message carries the whole command and one the
 * whole answer; at the extended APDU level both may be chained, by wLevelParameter and bChainParameter.
 * Source: CCID 1.1 6.1.4, 6.2.1 and the examples of 6.1.4.
 */
#include <string.h>

#include "core/log.h"
#include "core/status.h"
#include "core/wipe.h"
#include "ccid/apdu.h"
#include "ccid/command.h"

#define SHORT_COMMAND     261u   /* 4 + Lc + 255 + Le. ISO/IEC 7816-3 12.1.3 */
#define SHORT_RESPONSE    258u   /* 256 + SW1 SW2 */
#define EXTENDED_COMMAND  65544u /* 4 + 3 + 65,535 + 2 */
#define EXTENDED_RESPONSE 65538u /* 65,536 + SW1 SW2 */

size_t apdu_command_max(enum ifd_exchange exchange, size_t max_message)
{
        size_t room = max_message - MESSAGE_HEADER_LEN;

        if (exchange == IFD_EXCHANGE_EXTENDED_APDU)
                return EXTENDED_COMMAND;
        if (exchange == IFD_EXCHANGE_SHORT_APDU && room > SHORT_COMMAND)
                return SHORT_COMMAND;
        return room;
}

size_t apdu_response_max(enum ifd_exchange exchange, size_t max_message)
{
        size_t room = max_message - MESSAGE_HEADER_LEN;

        if (exchange == IFD_EXCHANGE_EXTENDED_APDU)
                return EXTENDED_RESPONSE;
        if (exchange == IFD_EXCHANGE_SHORT_APDU)
                return SHORT_RESPONSE;
        return room;
}

/* One XfrBlock; the data stand in tx already. Each has wait_ms for its answer, within the limit of them all.
 */
static int32_t xfr_block(struct ccid_reader *reader, struct command *command, size_t len,
                         enum message_chain level, unsigned wait_ms)
{
        command->specific[1] = (uint8_t)level;
        command->data_len = len;
        command->wait_until = device_now() + wait_ms;
        if (command->wait_until > command->limit_until)
                command->wait_until = command->limit_until;
        return command_run(reader, command);
}

/* A chain that goes on against the rules: what the slot is doing is ended, so that the next command works. */
static int32_t broken_chain(struct ccid_reader *reader, unsigned slot)
{
        log_line(LOG_WARN, "ccid", "slot %u: bChainParameter 0x%02X breaks the chain", slot,
                 reader->slots[slot].lane->rx[9]);
        command_abort(reader, slot);
        return SCARD_F_COMM_ERROR;
}

static int32_t send_command(struct ccid_reader *reader, struct command *command,
                            const struct ifd_message *message)
{
        size_t chunk = reader->max_message - MESSAGE_HEADER_LEN, sent = 0;

        for (;;) {
                enum message_chain level;
                bool first = sent == 0, last;
                int32_t status;
                size_t n;

                n = message->cmd_len - sent < chunk ? message->cmd_len - sent : chunk;
                last = sent + n == message->cmd_len;
                level = first ? (last ? MESSAGE_CHAIN_WHOLE : MESSAGE_CHAIN_BEGIN)
                              : (last ? MESSAGE_CHAIN_END : MESSAGE_CHAIN_MIDDLE);
                memcpy(device_data(reader, command->slot), message->cmd + sent, n);
                status = xfr_block(reader, command, n, level, message->wait_ms);
                if (status != SCARD_S_SUCCESS || last)
                        return status;
                if (command->answer.data_len != 0 || command->answer.byte9 != MESSAGE_CHAIN_GO_ON)
                        return broken_chain(reader, command->slot);
                sent += n;
        }
}

/* Half an answer does not stay with the caller. */
static int32_t give_up(struct ifd_message *message, size_t total, int32_t status)
{
        wipe(message->rsp, total < message->rsp_cap ? total : message->rsp_cap);
        return status;
}

/* Takes the answer, and asks for the rest of it while the reader says that there is more. */
static int32_t receive_answer(struct ccid_reader *reader, struct command *command,
                              struct ifd_message *message)
{
        bool chained = reader->info.exchange == IFD_EXCHANGE_EXTENDED_APDU, first = true;
        size_t total = 0;

        for (;;) {
                const struct message_answer *answer = &command->answer;
                uint8_t chain = chained ? answer->byte9 : MESSAGE_CHAIN_WHOLE;
                bool more = chain == MESSAGE_CHAIN_BEGIN || chain == MESSAGE_CHAIN_MIDDLE;
                int32_t status;

                if (answer->data_len <= message->rsp_cap && total <= message->rsp_cap - answer->data_len)
                        memcpy(message->rsp + total, answer->data, answer->data_len);
                total += answer->data_len;
                if (chain == MESSAGE_CHAIN_WHOLE || chain == MESSAGE_CHAIN_END)
                        break;
                /* Each block must bring something, and the whole must end. */
                if (!more || (chain == MESSAGE_CHAIN_BEGIN) != first || answer->data_len == 0 ||
                    total > EXTENDED_RESPONSE)
                        return give_up(message, total, broken_chain(reader, command->slot));
                first = false;
                status = xfr_block(reader, command, 0, MESSAGE_CHAIN_GO_ON, message->wait_ms);
                if (status != SCARD_S_SUCCESS)
                        return give_up(message, total, status);
        }
        if (total > message->rsp_cap)
                return give_up(message, total, SCARD_E_INSUFFICIENT_BUFFER);
        message->rsp_len = total;
        return SCARD_S_SUCCESS;
}

int32_t apdu_transmit(struct ccid_reader *reader, unsigned slot, struct ifd_message *message)
{
        struct command command = {.type = MESSAGE_XFR_BLOCK, .slot = slot, .op = STATUS_SLOT_EXCHANGE};
        int32_t status;

        command.specific[0] = message->bwt_factor;
        command.extension_ms = message->extension_ms;
        command.limit_until =
            device_now() + (message->limit_ms != 0 ? message->limit_ms : (uint64_t)message->wait_ms * 60u);
        status = send_command(reader, &command, message);
        if (status == SCARD_S_SUCCESS)
                status = receive_answer(reader, &command, message);
        return status;
}
