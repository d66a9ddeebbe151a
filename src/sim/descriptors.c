/* descriptors.c - see descriptors.h */
#include <string.h>

#include "sim/reader.h"

#include "sim/descriptors.h"

#define VENDOR_ID  0x1209u /* pid.codes; products 0001 to 0010 are for tests */
#define PRODUCT_ID 0x0001u
#define RELEASE    0x0100u

/* Bytes, one after the other. */
struct writer {
        uint8_t *out;
        size_t len;
};

static void put(struct writer *writer, uint32_t value, unsigned bytes)
{
        for (unsigned i = 0; i < bytes; i++)
                writer->out[writer->len++] = (uint8_t)(value >> (8 * i));
}

size_t sim_descriptor_device(const struct sim_config *config, uint8_t *out)
{
        struct writer writer = {out, 0};
        put(&writer, 18, 1);
        put(&writer, 0x01, 1);
        put(&writer, 0x0200, 2); /* bcdUSB */
        put(&writer, 0, 3);      /* class: see the interface */
        put(&writer, 64, 1);     /* bMaxPacketSize0 */
        put(&writer, VENDOR_ID, 2);
        put(&writer, PRODUCT_ID, 2);
        put(&writer, RELEASE, 2);
        put(&writer, 1, 1);
        put(&writer, 2, 1);
        put(&writer, config->serial[0] != '\0' ? 3 : 0, 1);
        put(&writer, 1, 1); /* bNumConfigurations */
        return writer.len;
}

static uint32_t features(const struct sim_config *config)
{
        static const uint32_t levels[] = {[SIM_LEVEL_SHORT_APDU] = 0x20000,
                                          [SIM_LEVEL_EXTENDED_APDU] = 0x40000,
                                          [SIM_LEVEL_TPDU] = 0x10000,
                                          [SIM_LEVEL_CHARACTER] = 0};
        /* An ICCD device has negotiated everything with itself (40h) and says that it is one (800h). */
        return levels[config->level] | (config->iccd != SIM_ICCD_NO ? 0x840 : config->automatic);
}

/* CCID 1.1 table 5.1-1 */
static void put_class(struct writer *writer, const struct sim_config *config)
{
        const uint32_t clock = sim_reader_clocks[0];
        const uint32_t get_response =
            config->level == SIM_LEVEL_TPDU || config->level == SIM_LEVEL_CHARACTER ? 0 : 0xFF;

        put(writer, 0x36, 1);
        put(writer, 0x21, 1);
        put(writer, 0x0110, 2);            /* bcdCCID */
        put(writer, config->slots - 1, 1); /* bMaxSlotIndex */
        put(writer, 0x07, 1);              /* bVoltageSupport: 5, 3, 1.8 V */
        put(writer, config->protocols, 4);
        put(writer, clock, 4);
        put(writer, sim_reader_clocks[sim_reader_clock_count - 1], 4);
        put(writer, sim_reader_clock_count, 1);
        put(writer, SIM_DEFAULT_RATE, 4);
        put(writer, sim_reader_rates[sim_reader_rate_count - 1], 4);
        put(writer, sim_reader_rate_count, 1);
        put(writer, sim_reader_ifsd(config->max_message), 4);
        put(writer, 0, 4); /* dwSynchProtocols */
        put(writer, 0, 4); /* dwMechanical */
        put(writer, features(config), 4);
        put(writer, config->max_message, 4);
        put(writer, get_response, 1);                /* bClassGetResponse: FF echoes the command's */
        put(writer, get_response, 1);                /* bClassEnvelope */
        put(writer, config->pinpad ? 0x0210 : 0, 2); /* wLcdLayout: 2 lines of 16 characters */
        put(writer, config->pinpad ? 3 : 0, 1);      /* bPINSupport: verify and modify */
        put(writer, config->busy, 1);
}

static void put_endpoint(struct writer *writer, uint8_t address, uint8_t attributes, uint16_t packet,
                         uint8_t interval)
{
        put(writer, 7, 1);
        put(writer, 0x05, 1);
        put(writer, address, 1);
        put(writer, attributes, 1);
        put(writer, packet, 2);
        put(writer, interval, 1);
}

size_t sim_descriptor_configuration(const struct sim_config *config, uint8_t *out)
{
        struct writer writer = {out, 0};

        put(&writer, 9, 1);
        put(&writer, 0x02, 1);
        put(&writer, 0, 2);    /* wTotalLength, below */
        put(&writer, 1, 1);    /* bNumInterfaces */
        put(&writer, 1, 1);    /* bConfigurationValue */
        put(&writer, 0, 1);    /* iConfiguration */
        put(&writer, 0x80, 1); /* bus powered */
        put(&writer, 50, 1);   /* 100 mA */

        put(&writer, 9, 1);
        put(&writer, 0x04, 1);
        put(&writer, 0, 2); /* interface 0, alternate setting 0 */
        put(&writer, (config->iccd != SIM_ICCD_NO ? 0u : 2u) + (config->interrupt ? 1u : 0u), 1);
        put(&writer, 0x0B, 1); /* smart card device class */
        put(&writer, 0, 1);
        put(&writer, config->iccd, 1); /* protocol 0: CCID on bulk pipes; 1, 2: ICCD version A, B */
        put(&writer, 0, 1);

        put_class(&writer, config);
        if (config->iccd == SIM_ICCD_NO) {
                put_endpoint(&writer, SIM_BULK_OUT, 0x02, SIM_PACKET, 0);
                put_endpoint(&writer, SIM_BULK_IN, 0x02, SIM_PACKET, 0);
        }
        if (config->interrupt)
                put_endpoint(&writer, SIM_INTERRUPT_IN, 0x03, 8, 16);
        out[2] = (uint8_t)writer.len;
        out[3] = (uint8_t)(writer.len >> 8);
        return writer.len;
}

/* One code point off text; U+FFFD where it is not UTF-8. */
static uint32_t next_point(const uint8_t **text)
{
        const uint8_t *at = *text;
        const unsigned more = at[0] >= 0xF0 ? 3 : at[0] >= 0xE0 ? 2 : at[0] >= 0xC0 ? 1 : 0;
        uint32_t point = at[0];

        *text = at + 1;
        if (point < 0x80)
                return point;
        if (more == 0 || point >= 0xF8)
                return 0xFFFD;
        point &= 0x3Fu >> more;
        for (unsigned i = 1; i <= more; i++) {
                if ((at[i] & 0xC0) != 0x80)
                        return 0xFFFD;
                point = point << 6 | (at[i] & 0x3Fu);
        }
        *text = at + 1 + more;
        return point > 0x10FFFF || (point >= 0xD800 && point < 0xE000) ? 0xFFFD : point;
}

size_t sim_descriptor_string(const char *utf8, uint8_t *out)
{
        const uint8_t *text = (const uint8_t *)utf8;
        struct writer writer = {out, 2};

        while (*text != 0 && writer.len <= 250) {
                const uint32_t point = next_point(&text);
                if (point >= 0x10000) {
                        put(&writer, 0xD800 + ((point - 0x10000) >> 10), 2);
                        put(&writer, 0xDC00 + ((point - 0x10000) & 0x3FF), 2);
                } else {
                        put(&writer, point, 2);
                }
        }
        out[0] = (uint8_t)writer.len;
        out[1] = 0x03;
        return writer.len;
}
