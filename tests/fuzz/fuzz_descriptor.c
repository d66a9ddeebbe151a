/*
 * fuzz_descriptor.c - a raw configuration descriptor from a hostile device.
 */
#include <stdlib.h>

#include "ccid/descriptor.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct ccid_descriptor d;
        size_t cursor = 0, before = 0;
        bool vendor_class = size != 0 && (data[0] & 1) != 0;

        while (descriptor_next(data, size, vendor_class, &cursor, &d)) {
                unsigned slots = descriptor_slots(&d);
                size_t max = descriptor_message_max(&d);

                if (cursor <= before || cursor > size || slots < 1 || slots > IFD_SLOTS_MAX ||
                    max < CCID_MESSAGE_MIN || max > CCID_MESSAGE_MAX ||
                    descriptor_exchange(&d) > IFD_EXCHANGE_EXTENDED_APDU)
                        abort();
                before = cursor;
        }
        return 0;
}
