/*
 * fuzz_message.c - a bulk or interrupt message from a hostile reader.
 */
#include <stdlib.h>

#include "ccid/message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct message_answer answer;
        struct ifd_parameters parameters;
        uint8_t back[MESSAGE_PARAMETERS_MAX];
        bool present, changed;
        unsigned slot;

        if (message_read(data, size, &answer)) {
                if (answer.data != data + MESSAGE_HEADER_LEN || answer.data_len != size - MESSAGE_HEADER_LEN)
                        abort();
                if (message_get_parameters(&answer, &parameters) &&
                    message_put_parameters(&parameters, back) > answer.data_len)
                        abort();
        }
        for (slot = 0; slot < IFD_SLOTS_MAX; slot++)
                if (message_slot_change(data, size, slot, &present, &changed) && size < 2 + slot / 4)
                        abort();
        return 0;
}
