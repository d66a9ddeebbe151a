/*
 * code.h - a code (PIN) on its way from an IByteBuffer to a card command.
 */
#ifndef ISCARD_COM_CODE_H
#define ISCARD_COM_CODE_H

#include <stddef.h>
#include <stdint.h>

#include <scardcom.h>

#include "core/card/chv.h"

/* Empty from code_init on, and wiped by who declares it, on every path. */
struct code {
        size_t len;
        uint8_t bytes[CHV_CODE_MAX + 1]; /* one more shows that a buffer holds too many */
};

/* The bytes are left as they are: clearing them here and wiping them later would be done twice per command. */
static inline void code_init(struct code *code)
{
        code->len = 0;
}

/*
 * The whole content of a buffer, wherever its position is, and with the position left there. The buffer may
 * be another implementation's: what it says is checked, and no more than CHV_CODE_MAX + 1 bytes are taken.
 * It is called with no lock held.
 * E_INVALIDARG: empty, longer than CHV_CODE_MAX, or not what Stat says; the buffer's own failure otherwise.
 * On failure the code is wiped and its length 0.
 */
HRESULT code_read(IByteBuffer *buffer, struct code *code);
void code_wipe(struct code *code);

#endif
