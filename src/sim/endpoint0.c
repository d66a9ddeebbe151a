/*
 * endpoint0.c - control requests: the standard ones (USB 2.0 9.4) and those of the class (CCID 1.1 5.3); the
 * descriptors.
 */
#include <string.h>

#include "sim/descriptors.h"

#include "sim/device_state.h"

static size_t cut(const uint8_t *from, size_t len, uint8_t *buf, size_t cap)
{
        if (cap != 0)
                memcpy(buf, from, len < cap ? len : cap);
        return len;
}

size_t sim_device_descriptor(const struct sim_device *device, uint8_t *buf, size_t cap)
{
        uint8_t out[SIM_DESCRIPTORS_MAX];
        const size_t len = sim_descriptor_device(&device->config, out);
        return cut(out, len, buf, cap);
}

size_t sim_device_configuration(const struct sim_device *device, uint8_t *buf, size_t cap)
{
        uint8_t out[SIM_DESCRIPTORS_MAX];
        const size_t len = sim_descriptor_configuration(&device->config, out);
        return cut(out, len, buf, cap);
}

const char *sim_device_string(const struct sim_device *device, unsigned index)
{
        switch (index) {
        case 1:
                return "libiscard";
        case 2:
                return device->config.name;
        case 3:
                return device->config.serial[0] != '\0' ? device->config.serial : NULL;
        default:
                return NULL;
        }
}

/* A control transfer's data stage. */
struct stage {
        uint8_t *data;
        size_t *len; /* in: wLength; out: bytes moved */
};

static enum sim_result give(const struct stage *stage, const uint8_t *bytes, size_t len)
{
        const size_t wanted = *stage->len;
        *stage->len = len < wanted ? len : wanted;
        (void)cut(bytes, len, stage->data, wanted);
        return SIM_OK;
}

static enum sim_result give_nothing(const struct stage *stage)
{
        *stage->len = 0;
        return SIM_OK;
}

static enum sim_result stall(const struct stage *stage)
{
        *stage->len = 0;
        return SIM_STALL;
}

static enum sim_result get_descriptor(const struct sim_device *device, uint16_t value,
                                      const struct stage *stage)
{
        static const uint8_t languages[] = {4, 0x03, 0x09, 0x04}; /* English (United States) */
        const unsigned index = value & 0xFF;
        uint8_t out[255] = {0};

        switch (value >> 8) {
        case 0x01:
                return index == 0 ? give(stage, out, sim_descriptor_device(&device->config, out))
                                  : stall(stage);
        case 0x02:
                return index == 0 ? give(stage, out, sim_descriptor_configuration(&device->config, out))
                                  : stall(stage);
        case 0x03:
                if (index == 0)
                        return give(stage, languages, sizeof languages);
                if (sim_device_string(device, index) == NULL)
                        return stall(stage);
                return give(stage, out, sim_descriptor_string(sim_device_string(device, index), out));
        default:
                return stall(stage); /* a full-speed device has no qualifier */
        }
}

unsigned sim_endpoint_bit(const struct sim_device *device, unsigned endpoint)
{
        switch (endpoint) {
        case SIM_BULK_OUT:
                return sim_device_has_bulk(device) ? SIM_HALT_OUT : 0;
        case SIM_BULK_IN:
                return sim_device_has_bulk(device) ? SIM_HALT_IN : 0;
        case SIM_INTERRUPT_IN:
                return device->config.interrupt ? SIM_HALT_INTR : 0;
        default:
                return 0;
        }
}

static enum sim_result set_halt(struct sim_device *device, uint16_t value, uint16_t index, bool halt,
                                const struct stage *stage)
{
        const unsigned bit = sim_endpoint_bit(device, index & 0xFF);

        if (value != 0 || bit == 0) /* feature selector ENDPOINT_HALT */
                return stall(stage);
        device->halted = halt ? device->halted | bit : device->halted & ~bit;
        return give_nothing(stage);
}

static enum sim_result get_status(const struct sim_device *device, uint8_t recipient, uint16_t index,
                                  const struct stage *stage)
{
        uint8_t status[2] = {0, 0};

        if (recipient == 1 && index != 0)
                return stall(stage);
        if (recipient == 2 && (index & 0x7F) != 0) {
                const unsigned bit = sim_endpoint_bit(device, index & 0xFF);
                if (bit == 0)
                        return stall(stage);
                status[0] = (device->halted & bit) != 0;
        }
        return give(stage, status, sizeof status);
}

/* SET_CONFIGURATION; each starts the pipes anew and tells of the cards that are in. USB 2.0 9.4.7 */
static enum sim_result set_configuration(struct sim_device *device, uint16_t value, const struct stage *stage)
{
        if (value > 1)
                return stall(stage);
        sim_device_restart(device);
        device->configured = value == 1;
        return give_nothing(stage);
}

/* USB 2.0 9.4 */
static enum sim_result standard_request(struct sim_device *device, uint8_t type, uint8_t request,
                                        uint16_t value, uint16_t index, const struct stage *stage)
{
        const uint8_t setting = 0, configuration = device->configured ? 1 : 0;

        switch (type << 8 | request) {
        case 0x8000:
        case 0x8100:
        case 0x8200:
                return get_status(device, type & 0x1F, index, stage);
        case 0x0201:
        case 0x0203:
                return set_halt(device, value, index, request == 0x03, stage);
        case 0x8006:
                return get_descriptor(device, value, stage);
        case 0x8008:
                return give(stage, &configuration, 1);
        case 0x0009:
                return set_configuration(device, value, stage);
        case 0x810A:
                return index == 0 ? give(stage, &setting, 1) : stall(stage);
        case 0x010B:
                return index == 0 && value == 0 ? give_nothing(stage) : stall(stage);
        default:
                return stall(stage);
        }
}

static enum sim_result give_list(const uint32_t *list, unsigned count, const struct stage *stage)
{
        uint8_t out[16 * 4];
        for (unsigned i = 0; i < count; i++) {
                for (unsigned byte = 0; byte < 4; byte++)
                        out[4 * i + byte] = (uint8_t)(list[i] >> (8 * byte));
        }
        return give(stage, out, 4 * (size_t)count);
}

/* CCID 1.1 5.3 */
static enum sim_result class_request(struct sim_device *device, uint8_t type, uint8_t request, uint16_t value,
                                     uint16_t index, const struct stage *stage)
{
        if (index != 0 || !device->configured)
                return stall(stage);
        if (!sim_device_has_bulk(device))
                return sim_iccd_request(device, type, request, value, stage->data, stage->len);
        switch (type << 8 | request) {
        case 0x2101: /* ABORT; its answer, where due, goes over bulk IN */
                return sim_device_abort(device, (uint8_t)value, (uint8_t)(value >> 8)) ? give_nothing(stage)
                                                                                       : stall(stage);
        case 0xA102:
                return give_list(sim_reader_clocks, sim_reader_clock_count, stage);
        case 0xA103:
                return give_list(sim_reader_rates, sim_reader_rate_count, stage);
        default:
                return stall(stage);
        }
}

enum sim_result sim_endpoint0(struct sim_device *device, uint8_t bmRequestType, uint8_t bRequest,
                              uint16_t wValue, uint16_t wIndex, uint8_t *data, size_t *len)
{
        const struct stage stage = {data, len};

        if ((bmRequestType & 0x60) == 0x20)
                return class_request(device, bmRequestType, bRequest, wValue, wIndex, &stage);
        return standard_request(device, bmRequestType, bRequest, wValue, wIndex, &stage);
}
