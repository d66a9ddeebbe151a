/* iscard descriptor: the CCID class descriptors of a reader, or of a raw configuration descriptor */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include "ccid/descriptor.h"

#include "core/status.h"

#include "tools/iscard/hex.h"
#include "tools/iscard/reader.h"
#include "tools/iscard/show.h"

#define CONFIG_MAX 65535u /* bytes: wTotalLength has 16 bits. USB 2.0 table 9-10 */

enum field_kind { FIELD_NUMBER, FIELD_BITS, FIELD_KHZ, FIELD_BPS, FIELD_BYTES };

/* The fields of CCID 1.1 table 5.1-1, in its order. */
static const struct field {
        const char *name;
        size_t offset, size;
        enum field_kind kind;
} fields[] = {
#define FIELD(member, kind)                                                                                  \
        {                                                                                                    \
#member, offsetof(struct ccid_descriptor, member),                                           \
                    sizeof(((struct ccid_descriptor *)0)->member), kind                                      \
        }
    FIELD(bcdCCID, FIELD_BITS),
    FIELD(bMaxSlotIndex, FIELD_NUMBER),
    FIELD(bVoltageSupport, FIELD_BITS),
    FIELD(dwProtocols, FIELD_BITS),
    FIELD(dwDefaultClock, FIELD_KHZ),
    FIELD(dwMaximumClock, FIELD_KHZ),
    FIELD(bNumClockSupported, FIELD_NUMBER),
    FIELD(dwDataRate, FIELD_BPS),
    FIELD(dwMaxDataRate, FIELD_BPS),
    FIELD(bNumDataRatesSupported, FIELD_NUMBER),
    FIELD(dwMaxIFSD, FIELD_BYTES),
    FIELD(dwSynchProtocols, FIELD_BITS),
    FIELD(dwMechanical, FIELD_BITS),
    FIELD(dwFeatures, FIELD_BITS),
    FIELD(dwMaxCCIDMessageLength, FIELD_BYTES),
    FIELD(bClassGetResponse, FIELD_BITS),
    FIELD(bClassEnvelope, FIELD_BITS),
    FIELD(wLcdLayout, FIELD_BITS),
    FIELD(bPINSupport, FIELD_BITS),
    FIELD(bMaxCCIDBusySlots, FIELD_NUMBER),
};

static uint32_t field_value(const struct field *field, const struct ccid_descriptor *descriptor)
{
        const uint8_t *at = (const uint8_t *)descriptor + field->offset;

        switch (field->size) {
        case 1:
                return *at;
        case 2:
                return *(const uint16_t *)(const void *)at;
        default:
                return *(const uint32_t *)(const void *)at;
        }
}

static void print_field(const struct field *field, uint32_t value)
{
        static const char *const units[] = {
            [FIELD_KHZ] = " kHz", [FIELD_BPS] = " bit/s", [FIELD_BYTES] = " bytes"};

        printf("  %-24s ", field->name);
        if (field->kind == FIELD_BITS)
                printf("0x%0*X\n", (int)field->size * 2, (unsigned)value);
        else
                printf("%u%s\n", (unsigned)value, units[field->kind] != NULL ? units[field->kind] : "");
}

static const char *protocol_text(uint8_t protocol)
{
        static const char *const texts[] = {[CCID_PROTOCOL_BULK] = "CCID",
                                            [CCID_PROTOCOL_ICCD_A] = "ICCD-A",
                                            [CCID_PROTOCOL_ICCD_B] = "ICCD-B"};

        return protocol < sizeof(texts) / sizeof(texts[0]) ? texts[protocol] : "unknown";
}

static void print_interface(const struct ccid_descriptor *d)
{
        printf("interface %u, alternate setting %u: class 0x%02X, protocol %u (%s), %u endpoints, %s\n",
               d->bInterfaceNumber, d->bAlternateSetting, d->bInterfaceClass, d->bInterfaceProtocol,
               protocol_text(d->bInterfaceProtocol), d->bNumEndpoints,
               reader_exchange_text(descriptor_exchange(d)));
        for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
                print_field(&fields[i], field_value(&fields[i], d));
}

static void json_interface(struct json *json, const struct ccid_descriptor *d)
{
        json_object(json, NULL);
        json_number(json, "interface", d->bInterfaceNumber);
        json_number(json, "alternate", d->bAlternateSetting);
        json_number(json, "class", d->bInterfaceClass);
        json_number(json, "protocol", d->bInterfaceProtocol);
        json_number(json, "endpoints", d->bNumEndpoints);
        json_string(json, "exchange", reader_exchange_text(descriptor_exchange(d)));
        for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
                json_number(json, fields[i].name, field_value(&fields[i], d));
        json_bool(json, "valid", true);
        json_null(json, "problem");
        json_end_object(json);
}

/* What is wrong is a result too: an array with one object that says so. */
static void problem_json(const struct options *options, const char *problem)
{
        struct json json = {.out = stdout};

        if (!options->json)
                return;
        json_array(&json, NULL);
        json_object(&json, NULL);
        json_bool(&json, "valid", false);
        json_string(&json, "problem", problem);
        json_end_object(&json);
        json_end_array(&json);
}

static int refuse(const struct options *options, const char *problem)
{
        problem_json(options, problem);
        return tool_error(TOOL_USAGE, "the configuration descriptor: %s", problem);
}

/* Vendor classes are shown too: here nothing is driven by what they say. */
static int show(const struct options *options, const uint8_t *config, size_t len)
{
        struct json json = {.out = stdout};
        struct ccid_descriptor descriptor;
        size_t cursor = 0;

        if (!descriptor_next(config, len, true, &cursor, &descriptor))
                return refuse(options, "no interface of it has a whole CCID class descriptor");
        if (options->json)
                json_array(&json, NULL);
        do {
                if (options->json)
                        json_interface(&json, &descriptor);
                else
                        print_interface(&descriptor);
        } while (descriptor_next(config, len, true, &cursor, &descriptor));
        if (options->json)
                json_end_array(&json);
        return TOOL_OK;
}

static int from_hex(const struct options *options)
{
        uint8_t *config = malloc(CONFIG_MAX);
        size_t len = 0;
        int result;

        if (config == NULL)
                return tool_error(TOOL_FAILURE, "out of memory");
        if (hex_parse(options->hex, config, CONFIG_MAX, &len))
                result = show(options, config, len);
        else
                result = refuse(options, "not hexadecimal, half a byte at the end, or too long");
        free(config);
        return result;
}

static int of_reader(const struct options *options, const char *name)
{
        uint8_t *config;
        size_t len;
        LONG status = reader_config(name, &config, &len);

        if (status != SCARD_S_SUCCESS) {
                problem_json(options, status_text(status));
                return tool_error(TOOL_HRESULT, "%s: 0x%08X %s", name, (unsigned)status, show_name(status));
        }
        int result = show(options, config, len);

        free(config);
        return result;
}

static int from_reader(const struct options *options)
{
        const struct reader *reader;
        struct reader_list list;
        LONG status = reader_list_open(&list);
        int result = TOOL_OK;

        if (status != SCARD_S_SUCCESS)
                return tool_error(TOOL_HRESULT, "the list of readers: 0x%08X %s", (unsigned)status,
                                  show_name(status));
        if (options->reader == NULL && list.count == 1)
                reader = list.readers; /* whether a card is in does not matter here */
        else
                result = reader_choose(&list, options->reader, &reader);
        if (result == TOOL_OK)
                result = of_reader(options, reader->name);
        else if (result == TOOL_HRESULT)
                problem_json(options, status_text(reader_none(&list)));
        reader_list_close(&list);
        return result;
}

static int run_descriptor(const struct options *options)
{
        if (options->hex == NULL)
                return from_reader(options);
        if (options->reader != NULL)
                return tool_error(TOOL_USAGE, "--hex and --reader exclude each other");
        return from_hex(options);
}

const struct verb verb_descriptor = {
    .name = "descriptor",
    .synopsis = "[-r READER | --hex HEX] [--json]",
    .summary = "the CCID class descriptors of a reader",
    .help = "--hex takes a raw USB configuration descriptor, with the interfaces and endpoints behind it.\n"
            "A reader need not be opened: one without rights, or held by another program, is shown too.\n",
    .options = OPTION_JSON | OPTION_READER | OPTION_HEX,
    .run = run_descriptor,
};
