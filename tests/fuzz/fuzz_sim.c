/*
 * fuzz_sim.c - bytes from a hostile host to the virtual reader. The first byte chooses one of the readers
 * below; then records: a kind (one byte), a length (two bytes, little-endian), so many bytes.
 */
#include <stdlib.h>
#include <string.h>

#include "sim/config.h"
#include "sim/device.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const readers[] = {
    "",
    "level=tpdu,protocol=t0,auto=none",
    "level=extended-apdu,maxmsg=100,card=piv",
    "protocol=t0,slots=3,busy=2,maxmsg=64",
    "level=extended-apdu,protocol=both,maxmsg=1000,interrupt=0",
    "fault=time-extension@*+stale@*+zero-packet@*+overlong@*,maxmsg=64",
    "protocol=t0,fault=endless-61@2+null-bytes@*",
    "level=tpdu,pinpad=1",
    "level=tpdu,protocol=both,edc=crc,auto=none,pinpad=1",
    "fault=error-00@2+sw-6985@3",
    "level=tpdu,fault=wtx@3+ifs@4+abort@5+resynch@6+endless-chain@8",
    "pinpad=1,pin=1234567890123456,newpin=,level=extended-apdu",
    "iccd=a",
    "iccd=b",
    "iccd=b,level=extended-apdu,maxmsg=100,fault=overlong@*+stale@*+zero-packet@9",
};

/* Everything that waits; an answer is never longer than the room it was promised to fit in. */
static void drain(struct sim_device *device, size_t longest)
{
        static uint8_t in[65554 + 64];
        size_t len;

        while (sim_device_bulk_in(device, in, sizeof in, &len) == SIM_OK) {
                if (len > longest)
                        abort();
        }
        while (sim_device_interrupt_in(device, in, 5, &len) == SIM_OK) {
                if (len < 2 || len > 5)
                        abort();
        }
}

/* bmRequestType, bRequest, wValue, wIndex; then the room for an answer, or that and the data to send. */
static void control(struct sim_device *device, const uint8_t *bytes, size_t len)
{
        uint8_t data[300] = {0};
        size_t data_len = len > 6 ? bytes[6] : 0;

        if (len < 6)
                return;
        if ((bytes[0] & 0x80) == 0 && len > 7) {
                data_len = len - 7 < sizeof data ? len - 7 : sizeof data;
                memcpy(data, bytes + 7, data_len);
        }
        (void)sim_device_control(device, bytes[0], bytes[1], (uint16_t)(bytes[2] | bytes[3] << 8),
                                 (uint16_t)(bytes[4] | bytes[5] << 8), data, &data_len);
        if (data_len > sizeof data)
                abort();
}

static void record(struct sim_device *device, uint8_t kind, const uint8_t *bytes, size_t len, size_t longest)
{
        switch (kind % 8) {
        case 0:
                control(device, bytes, len);
                break;
        case 1:
                drain(device, longest);
                break;
        case 2:
                sim_device_card_remove(device, (unsigned)len);
                break;
        case 3:
                sim_device_card_insert(device, (unsigned)len);
                break;
        case 4:
                sim_device_clear_halt(device, len > 0 ? bytes[0] : 0x01);
                break;
        case 5:
                sim_device_unplug(device);
                sim_device_plug(device);
                break;
        default:
                (void)sim_device_bulk_out(device, bytes, len);
                break;
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static const size_t count = sizeof readers / sizeof readers[0];
        struct sim_config_list list;
        char error[100];

        if (size < 1 || !sim_config_parse(readers[data[0] % count], &list, error, sizeof error))
                return 0;
        const size_t longest = sim_config_at(&list, 0)->max_message + SIM_FAULT_ROOM;
        struct sim_device *device = sim_device_create(sim_config_at(&list, 0));
        sim_config_free(&list);
        if (device == NULL)
                return 0;
        for (size_t at = 1; size - at >= 3;) {
                const size_t said = (size_t)data[at + 1] | (size_t)data[at + 2] << 8;
                const size_t left = size - at - 3, len = said < left ? said : left;
                record(device, data[at], data + at + 3, len, longest);
                at += 3 + len;
        }
        drain(device, longest);
        sim_device_destroy(device);
        return 0;
}
