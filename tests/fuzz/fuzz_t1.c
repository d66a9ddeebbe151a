/*
 * Any card behind T=1: src/core/t1.c.
 *
 * Input: flags (bit 0: CRC, bit 1: S(IFS) is ours to send, bit 2: a block's own code is put right, so that
 * what comes behind the check is reached), IFSC, IFSD, the length of the APDU (1 byte each), the room for the
 * answer (2 bytes, big-endian), the APDU, then what the card says: a length (2 bytes, big-endian; FFFF:
 * silence, FFFE: garble) and its bytes, over and over again once they are used up.
 */
#include <stdlib.h>
#include <string.h>

#include "core/edc.h"
#include "core/t1.h"
#include "scarderr.h"

#define BLOCKS_MAX 100000u /* well over what any exchange of this size may take */
#define HEADER     6u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct answers {
        const uint8_t *bytes;
        size_t len, pos;
        bool mend, crc;
};

static void check(bool holds)
{
        if (!holds)
                abort();
}

/* The next answer, in a block of exactly its size; NULL where there is none. The caller frees it. */
static uint8_t *next_answer(struct answers *answers, enum t1_event *event, size_t *len)
{
        uint8_t *copy;

        *event = T1_BLOCK;
        if (answers->len < 2)
                return NULL;
        if (answers->len - answers->pos < 2)
                answers->pos = 0;
        *len = (size_t)answers->bytes[answers->pos] << 8 | answers->bytes[answers->pos + 1];
        answers->pos += 2;
        if (*len >= 0xFFFE) {
                *event = *len == 0xFFFF ? T1_SILENCE : T1_GARBLED;
                *len = 0;
        }
        if (*len > answers->len - answers->pos)
                *len = answers->len - answers->pos;
        copy = malloc(*len + 1);
        if (copy != NULL) {
                memcpy(copy, answers->bytes + answers->pos, *len);
                if (answers->mend && *len >= edc_len(answers->crc))
                        (void)edc_append(copy, *len - edc_len(answers->crc), answers->crc);
        }
        answers->pos += *len;
        return copy;
}

/* One command; returns how it ended. */
static int32_t exchange(struct t1 *t1, struct answers *answers)
{
        int32_t status = SCARD_S_SUCCESS;
        struct t1_block block;

        while (status == SCARD_S_SUCCESS && t1_next(t1, &block)) {
                enum t1_event event;
                size_t len = 0;
                uint8_t *answer = next_answer(answers, &event, &len);

                check(t1->blocks < BLOCKS_MAX);
                check(block.cmd_len >= 4 && block.cmd_len <= T1_BLOCK_MAX);
                check(block.rsp_max >= 5 && block.rsp_max <= T1_BLOCK_MAX);
                check(edc_check(block.cmd, block.cmd_len, answers->crc));
                if (answer == NULL)
                        return SCARD_E_TIMEOUT;
                status = t1_answer(t1, event, answer, len);
                free(answer);
        }
        return status;
}

static void two_commands(struct t1_link *link, struct answers *answers, const uint8_t *apdu, size_t apdu_len,
                         uint8_t *rsp, size_t cap)
{
        for (int i = 0; i < 2; i++) {
                struct t1 t1;

                if (t1_start(&t1, link, apdu, apdu_len, rsp, cap) != SCARD_S_SUCCESS)
                        return;
                int32_t status = exchange(&t1, answers);

                t1_end(&t1);
                check(t1.rsp_len <= cap);
                check(status == SCARD_S_SUCCESS ? t1.rsp_len >= 2 : t1.rsp_len == 0);
                check(!t1.reset_needed || status != SCARD_S_SUCCESS);
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct answers answers = {0};
        struct t1_link link;
        size_t apdu_len, cap;
        uint8_t *rsp;

        if (size < HEADER)
                return 0;
        cap = (size_t)data[4] << 8 | data[5];
        apdu_len = data[3] < size - HEADER ? data[3] : size - HEADER;
        answers.bytes = data + HEADER + apdu_len;
        answers.len = size - HEADER - apdu_len;
        answers.crc = (data[0] & 1) != 0;
        answers.mend = (data[0] & 4) != 0;
        rsp = malloc(cap + 1);
        if (rsp == NULL)
                return 0;
        t1_link_reset(&link, data[1], data[2], answers.crc, (data[0] & 2) != 0, 0);
        /* At its end, so that a write behind the room is a write behind the block. */
        two_commands(&link, &answers, data + HEADER, apdu_len, rsp + 1, cap);
        free(rsp);
        return 0;
}
