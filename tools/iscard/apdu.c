/* iscard apdu: command APDUs, answers with status words in words */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/status.h"
#include "core/wipe.h"

#include "tools/iscard/hex.h"
#include "tools/iscard/reader.h"
#include "tools/iscard/show.h"
#include "tools/iscard/wait.h"

#define APDU_COMMAND_MAX  65544u /* CLA INS P1 P2, extended Lc, 65,535 bytes, extended Le, rounded up */
#define APDU_RESPONSE_MAX 65538u

struct exchange {
        uint8_t *command, *response;
        size_t command_len;
        DWORD response_len;
};

/* "00 A4 00 00" given as four operands is one command: a command has four bytes at least, so nothing else can
 * be meant. */
static bool one_command(const struct options *options)
{
        for (size_t i = 0; i < options->operand_count; i++)
                if (strlen(options->operands[i]) != 2)
                        return false;
        return true;
}

static void print_lines(const struct exchange *exchange, LONG status, const char *sw, const char *meaning)
{
        show_colour(stdout, SHOW_DIM);
        fputs("> ", stdout);
        hex_print(stdout, exchange->command, exchange->command_len);
        show_plain(stdout);
        fputs("\n< ", stdout);
        if (status == SCARD_S_SUCCESS) {
                hex_print(stdout, exchange->response, exchange->response_len - 2);
                printf("%s%s  %s\n", exchange->response_len > 2 ? " " : "", sw, meaning);
        } else {
                show_colour(stdout, SHOW_BAD);
                printf("0x%08X %s  %s", (unsigned)status, show_name(status), meaning);
                show_plain(stdout);
                putchar('\n');
        }
}

static void print_json(struct json *json, const struct exchange *exchange, LONG status, const char *sw,
                       const char *meaning)
{
        json_object(json, NULL);
        json_hex(json, "command", exchange->command, exchange->command_len);
        if (status == SCARD_S_SUCCESS) {
                json_hex(json, "response", exchange->response, exchange->response_len - 2);
                json_string(json, "sw", sw);
        } else {
                json_null(json, "response");
                json_null(json, "sw");
        }
        json_string(json, "meaning", meaning);
        json_end_object(json);
}

static LONG send_one(SCARDHANDLE handle, struct exchange *exchange, struct json *json)
{
        char sw[8] = "", meaning[128] = "";
        struct wait wait;
        LONG status;

        exchange->response_len = APDU_RESPONSE_MAX;
        wait_begin(&wait, WAIT_CARD);
        status = SCardTransmit(handle, NULL, exchange->command, (DWORD)exchange->command_len, NULL,
                               exchange->response, &exchange->response_len);
        wait_end(&wait);
        if (status == SCARD_S_SUCCESS && exchange->response_len < 2)
                status = SCARD_F_COMM_ERROR;
        if (status == SCARD_S_SUCCESS) {
                const uint8_t *trailer = exchange->response + exchange->response_len - 2;
                uint16_t value = (uint16_t)((unsigned)trailer[0] << 8 | trailer[1]);

                snprintf(sw, sizeof(sw), "%04X", value);
                status_sw_text(value, meaning, sizeof(meaning));
        } else {
                const char *text = status_text(status);

                snprintf(meaning, sizeof(meaning), "%s", text != NULL ? text : "not known here");
        }
        if (json != NULL)
                print_json(json, exchange, status, sw, meaning);
        else
                print_lines(exchange, status, sw, meaning);
        return status;
}

/* All in one transaction, so that nobody selects another file in between. */
static LONG send_all(SCARDHANDLE handle, const struct options *options, struct exchange *exchange,
                     struct json *json)
{
        bool joined = one_command(options);
        LONG status = SCardBeginTransaction(handle);

        if (status != SCARD_S_SUCCESS)
                return status;
        for (size_t i = 0; status == SCARD_S_SUCCESS && i < options->operand_count; i++) {
                if (!joined || i == 0)
                        exchange->command_len = 0;
                (void)hex_parse(options->operands[i], exchange->command, APDU_COMMAND_MAX,
                                &exchange->command_len);
                if (!joined || i + 1 == options->operand_count)
                        status = send_one(handle, exchange, json);
        }
        (void)SCardEndTransaction(handle, SCARD_LEAVE_CARD);
        return status;
}

/* Before a card is touched: a script's third line should not fail after two commands have changed something.
 */
static int check_operands(const struct options *options, struct exchange *exchange)
{
        bool joined = one_command(options);

        exchange->command_len = 0;
        for (size_t i = 0; i < options->operand_count; i++) {
                if (!joined)
                        exchange->command_len = 0;
                if (!hex_parse(options->operands[i], exchange->command, APDU_COMMAND_MAX,
                               &exchange->command_len))
                        return tool_error(TOOL_USAGE, "operand %zu is not a command in hexadecimal", i + 1);
                if (!joined && exchange->command_len < 4)
                        return tool_error(TOOL_USAGE, "operand %zu: a command has 4 bytes at least", i + 1);
        }
        if (exchange->command_len < 4)
                return tool_error(TOOL_USAGE, "a command has 4 bytes at least");
        return TOOL_OK;
}

static int run(const struct options *options, struct exchange *exchange)
{
        struct json json = {.out = stdout};
        const struct reader *reader;
        struct reader_list list;
        SCARDHANDLE handle = 0;
        DWORD protocol;
        LONG status = reader_list_open(&list);
        int result;

        if (status != SCARD_S_SUCCESS)
                return tool_error(TOOL_HRESULT, "the list of readers: 0x%08X %s", (unsigned)status,
                                  show_name(status));
        result = reader_choose(&list, options->reader, &reader);
        if (options->json && result != TOOL_USAGE) /* of what was sent, be it nothing */
                json_array(&json, NULL);
        if (result == TOOL_OK)
                status = SCardConnectA(list.context, reader->name, SCARD_SHARE_SHARED, SCARD_PROTOCOL_Tx,
                                       &handle, &protocol);
        if (handle != 0) {
                status = send_all(handle, options, exchange, options->json ? &json : NULL);
                (void)SCardDisconnect(handle, SCARD_LEAVE_CARD);
        }
        if (options->json && result != TOOL_USAGE)
                json_end_array(&json);
        if (status != SCARD_S_SUCCESS)
                result = tool_error(TOOL_HRESULT, "%s: 0x%08X %s", reader->name, (unsigned)status,
                                    show_name(status));
        reader_list_close(&list);
        return result;
}

static int apdu(const struct options *options)
{
        struct exchange exchange = {.command = malloc(APDU_COMMAND_MAX),
                                    .response = malloc(APDU_RESPONSE_MAX)};
        int result = TOOL_FAILURE;

        if (exchange.command == NULL || exchange.response == NULL) {
                (void)tool_error(TOOL_FAILURE, "out of memory");
                goto out;
        }
        result = check_operands(options, &exchange);
        if (result == TOOL_OK)
                result = run(options, &exchange);
out:
        if (exchange.command != NULL)
                wipe(exchange.command, APDU_COMMAND_MAX);
        if (exchange.response != NULL)
                wipe(exchange.response, APDU_RESPONSE_MAX);
        free(exchange.command);
        free(exchange.response);
        return result;
}

const struct verb verb_apdu = {
    .name = "apdu",
    .synopsis = "[-r READER] HEX... [--json]",
    .summary = "send command APDUs, in one transaction",
    .help = "Each operand is one command; blanks and colons may stand between its bytes. Operands of one "
            "byte each\n"
            "(00 A4 00 0C) are one command together.\n"
            "A command with a code in it stays in the shell's history: iscard verify asks for the code "
            "instead.\n",
    .options = OPTION_JSON | OPTION_READER,
    .operands_min = 1,
    .operands_max = TOOL_OPERANDS_ANY,
    .run = apdu,
};
