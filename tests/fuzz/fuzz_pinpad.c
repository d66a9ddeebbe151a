/*
 * Any bytes as a request for PIN entry: src/core/pinpad.c. The first byte says which structure it is. What is
 * accepted lies within the input and has a code inside its command.
 */
#include <stdlib.h>

#include "core/pinpad.h"
#include "scarderr.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
        if (!holds)
                abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct ifd_secure secure;

        if (size == 0)
                return 0;
        bool modify = (data[0] & 1u) != 0;
        size_t head = modify ? 24 : 19;

        if (pinpad_parse(data + 1, size - 1, modify, &secure) != SCARD_S_SUCCESS) {
                check(secure.apdu == NULL && secure.apdu_len == 0);
                return 0;
        }
        check(secure.modify == modify && secure.rsp == NULL);
        check(secure.apdu == data + 1 + head && secure.apdu_len == size - 1 - head);
        check(secure.apdu_len >= 4 && secure.apdu_len <= PINPAD_APDU_MAX);
        if (secure.apdu_len > 5)
                check((size_t)(secure.pin_block_string & 0x0Fu) + (modify ? secure.insertion_offset[1] : 0) <=
                      secure.apdu[4]);
        return 0;
}
