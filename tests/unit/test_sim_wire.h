/*
 * test_sim_wire.h - for the tests of the virtual reader: bytes from hex, bulk messages out and in, the last
 * answer.
 */
#ifndef ISCARD_TEST_SIM_WIRE_H
#define ISCARD_TEST_SIM_WIRE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "sim/config.h"
#include "sim/device.h"

static struct {
        uint8_t bytes[65554 + 64];
        size_t len;
} in;
static uint8_t seq;

static inline struct sim_device *plug_in(const char *text)
{
        struct sim_config_list list;
        char error[200];

        if (!sim_config_parse(text, &list, error, sizeof error))
                fail_msg("%s", error);
        struct sim_device *device = sim_device_create(sim_config_at(&list, 0));
        assert_non_null(device);
        sim_config_free(&list);
        seq = 0;
        return device;
}

static inline size_t from_hex(const char *hex, uint8_t *out)
{
        size_t len = 0;
        unsigned byte;
        int used;

        while (sscanf(hex, " %2x%n", &byte, &used) == 1) {
                out[len++] = (uint8_t)byte;
                hex += used;
        }
        return len;
}

/* fields: type, slot, the three specific bytes. dwLength and bSeq are added. */
static inline enum sim_result out_bytes(struct sim_device *device, const char *type_slot_specific,
                                        const uint8_t *data, size_t len)
{
        static uint8_t message[66000];
        uint8_t fields[5];

        assert_int_equal(from_hex(type_slot_specific, fields), 5);
        memset(message, 0, 10);
        if (len != 0)
                memcpy(message + 10, data, len);
        message[0] = fields[0];
        for (unsigned i = 0; i < 4; i++)
                message[1 + i] = (uint8_t)(len >> (8 * i));
        message[5] = fields[1];
        message[6] = seq++;
        memcpy(message + 7, fields + 2, 3);
        return sim_device_bulk_out(device, message, 10 + len);
}

/* Sends, receives; returns bStatus and bError as 0xSSEE. */
static inline unsigned ask_bytes(struct sim_device *device, const char *type_slot_specific,
                                 const uint8_t *data, size_t len)
{
        assert_int_equal(out_bytes(device, type_slot_specific, data, len), SIM_OK);
        assert_int_equal(sim_device_bulk_in(device, in.bytes, sizeof in.bytes, &in.len), SIM_OK);
        assert_true(in.len >= 10);
        assert_int_equal(in.bytes[1] | in.bytes[2] << 8 | in.bytes[3] << 16, in.len - 10);
        assert_int_equal(in.bytes[6], (uint8_t)(seq - 1));
        return (unsigned)(in.bytes[7] << 8 | in.bytes[8]);
}

static inline unsigned ask(struct sim_device *device, const char *type_slot_specific, const char *data)
{
        uint8_t bytes[700];
        const size_t len = from_hex(data, bytes);
        return ask_bytes(device, type_slot_specific, bytes, len);
}

static inline void bytes_are(const uint8_t *bytes, size_t len, const char *hex)
{
        uint8_t wanted[600];
        const size_t wanted_len = from_hex(hex, wanted);

        if (len != wanted_len || memcmp(bytes, wanted, len) != 0) {
                char text[1300] = "";
                for (size_t i = 0; i < len && i < 600; i++)
                        (void)snprintf(text + 2 * i, 3, "%02X", bytes[i]);
                fail_msg("%s, expected %s", text, hex);
        }
}

static inline void data_is(const char *hex)
{
        bytes_are(in.bytes + 10, in.len - 10, hex);
}

#define POWER_ON   "62 00 00 0000"
#define XFR        "6F 00 00 0000"
#define SECURE     "69 00 00 0000"
#define GET_PARAMS "6C 00 00 0000"
#define SET_T0     "61 00 00 0000"
#define SET_T1     "61 00 01 0000"

#endif
