/*
 * Any bytes as a command APDU: src/core/apdu.c. What was understood, put together again, is the same bytes.
 */
#include <stdlib.h>
#include <string.h>

#include "core/apdu.h"
#include "scarderr.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
        if (!holds)
                abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static uint8_t built[APDU_COMMAND_MAX];
        struct apdu apdu;
        size_t len;

        if (apdu_parse(&apdu, data, size) != SCARD_S_SUCCESS) {
                check(apdu.nc == 0 && apdu.ne == 0 && apdu.data == NULL);
                return 0;
        }
        check(size >= 4 && size <= APDU_COMMAND_MAX);
        check(apdu.nc <= APDU_NC_MAX && apdu.ne <= APDU_NE_MAX && (apdu.ne > 0) == apdu.le_present);
        check(apdu.nc == 0 || (apdu.data >= data && apdu.data + apdu.nc <= data + size));
        check(apdu_build(built, size, &len, &apdu) == SCARD_S_SUCCESS);
        check(len == size && memcmp(built, data, size) == 0);
        check(apdu_build(built, size - 1, &len, &apdu) == SCARD_E_INSUFFICIENT_BUFFER && len == 0);
        return 0;
}
