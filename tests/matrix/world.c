/* world.c - see world.h */
#include "sim/control.h"
#include "sim/device_state.h"
#include "tests/matrix/card.h"
#include "tests/matrix/world.h"

#define DESCRIPTOR_INTERFACE 0x04u
#define DESCRIPTOR_CCID      0x21u
#define CCID_FEATURES        40u /* offset of dwFeatures. CCID 1.1 table 5.1-1 */
#define CCID_LEN             54u

bool world_read(struct world_reader *reader)
{
        const struct sim_device *device = sim_control_device(0);
        uint8_t bytes[512];
        bool found = false;

        *reader = (struct world_reader){0};
        if (device == NULL)
                return false;
        const size_t len = sim_device_configuration(device, bytes, sizeof(bytes));

        for (size_t at = 0; len <= sizeof(bytes) && at + 2 <= len && bytes[at] >= 2; at += bytes[at]) {
                const uint8_t *one = bytes + at;

                if (at + one[0] > len)
                        return false;
                if (one[1] == DESCRIPTOR_INTERFACE && one[0] >= 9) {
                        reader->endpoints = one[4];
                        reader->protocol = one[7];
                }
                if (one[1] == DESCRIPTOR_CCID && one[0] == CCID_LEN) {
                        const uint8_t *features = one + CCID_FEATURES;

                        reader->features = (uint32_t)features[0] | (uint32_t)features[1] << 8 |
                                           (uint32_t)features[2] << 16 | (uint32_t)features[3] << 24;
                        found = true;
                }
        }
        return found;
}

bool world_code_read(struct world_code *code)
{
        const struct sim_device *device = sim_control_device(0);

        *code = (struct world_code){0};
        return device != NULL && card_code_read(device->reader, code);
}

uint32_t world_messages(void)
{
        const struct sim_device *device = sim_control_device(0);

        return device != NULL ? sim_device_messages(device) : 0;
}

bool world_plugged(void)
{
        const struct sim_device *device = sim_control_device(0);

        return device == NULL || sim_device_plugged(device);
}

void world_mend(void)
{
        struct sim_device *device = sim_control_device(0);

        if (device == NULL)
                return;
        (void)sim_device_fault(device, NULL);
        sim_device_plug(device);
        sim_device_card_insert(device, 0);
}
