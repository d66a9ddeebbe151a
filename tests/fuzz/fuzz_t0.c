/*
 * Any card behind T=0: src/core/t0.c.
 *
 * Input: the length of the APDU (1 byte), the room for the answer (2 bytes, big-endian), the APDU, then the
 * answers of the card: a length (2 bytes, big-endian) and its bytes, over and over again once they are used
 * up, so that a card that never comes to an end is one of them.
 */
#include <stdlib.h>
#include <string.h>

#include "core/apdu.h"
#include "core/t0.h"
#include "scarderr.h"

#define TPDUS_MAX 20000u /* well over what any procedure may take */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct answers {
        const uint8_t *bytes;
        size_t len, pos;
};

static void check(bool holds)
{
        if (!holds)
                abort();
}

/* The next answer, in a block of exactly its size; NULL where there is none. The caller frees it. */
static uint8_t *next_answer(struct answers *answers, size_t *len)
{
        uint8_t *copy;

        if (answers->len < 2)
                return NULL;
        if (answers->len - answers->pos < 2)
                answers->pos = 0;
        *len = (size_t)answers->bytes[answers->pos] << 8 | answers->bytes[answers->pos + 1];
        answers->pos += 2;
        if (*len > answers->len - answers->pos)
                *len = answers->len - answers->pos;
        copy = malloc(*len + 1);
        if (copy != NULL)
                memcpy(copy, answers->bytes + answers->pos, *len);
        answers->pos += *len;
        return copy;
}

/* One command; returns how it ended. */
static int32_t exchange(struct t0 *t0, struct answers *answers)
{
        int32_t status = SCARD_S_SUCCESS;
        struct t0_tpdu tpdu;
        unsigned count = 0;

        while (status == SCARD_S_SUCCESS && t0_next(t0, &tpdu)) {
                size_t len;
                uint8_t *answer = next_answer(answers, &len);

                check(++count < TPDUS_MAX);
                check(tpdu.cmd_len >= 5 && tpdu.cmd_len <= T0_TPDU_MAX);
                check(tpdu.rsp_max >= 2 && tpdu.rsp_max <= T0_ANSWER_MAX);
                if (answer == NULL)
                        return SCARD_E_TIMEOUT;
                status = t0_answer(t0, answer, len);
                free(answer);
        }
        return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct answers answers = {0};
        size_t apdu_len, cap;
        uint8_t *rsp;
        struct t0 t0;

        if (size < 3)
                return 0;
        cap = (size_t)data[1] << 8 | data[2];
        apdu_len = data[0] < size - 3 ? data[0] : size - 3;
        answers.bytes = data + 3 + apdu_len;
        answers.len = size - 3 - apdu_len;
        rsp = malloc(cap + 1);
        if (rsp == NULL)
                return 0;
        /* At its end, so that a write behind the room is a write behind the block. */
        if (t0_start(&t0, data + 3, apdu_len, rsp + 1, cap) == SCARD_S_SUCCESS) {
                int32_t status = exchange(&t0, &answers);

                t0_end(&t0);
                check(t0.rsp_len <= cap);
                check(status == SCARD_S_SUCCESS ? t0.rsp_len >= 2 : t0.rsp_len == 0);
        }
        free(rsp);
        return 0;
}
