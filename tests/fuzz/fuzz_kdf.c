/* Data object F9 of an OpenPGP card: whatever stands there is read or refused, and what is read can be used. */
#include <assert.h>
#include <string.h>

#include "core/card/kdf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static const struct kdf none;
        uint8_t out[KDF_DERIVED_MAX];
        struct kdf kdf;
        size_t len;

        if (kdf_parse(&kdf, data, size) != SCARD_S_SUCCESS) {
                assert(memcmp(&kdf, &none, sizeof(kdf)) == 0);
                return 0;
        }
        if (!kdf.active)
                return 0;
        assert(kdf.count <= 65011712);
        kdf.count %= 5000; /* the work is not what is looked at */
        assert(kdf_derive(&kdf, KDF_PW3, (const uint8_t *)"12345678", 8, out, &len) == SCARD_S_SUCCESS);
        assert(len == 32 || len == 64);
        return 0;
}
