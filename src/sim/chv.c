/* chv.c - see chv.h */
#include <string.h>

#include "core/wipe.h"
#include "sim/card.h"

#include "sim/chv.h"

void sim_code_set(struct sim_code *code, const char *value, uint8_t tries)
{
        const size_t len = strlen(value);
        code->len = (uint8_t)(len < SIM_CODE_MAX ? len : SIM_CODE_MAX);
        memcpy(code->value, value, code->len);
        code->tries = code->tries_max = tries;
}

bool sim_chv_open(const struct sim_chv *chv)
{
        return chv->verified || chv->disabled;
}

static void code_replace(struct sim_code *code, const uint8_t *value, size_t len)
{
        wipe(code->value, sizeof code->value);
        memcpy(code->value, value, len);
        code->len = (uint8_t)len;
}

/* One attempt. The counter goes down before the comparison, as on a card that may lose power in between. */
static uint16_t code_present(struct sim_code *code, const uint8_t *value, size_t len)
{
        if (code->tries == 0)
                return SIM_SW_BLOCKED;
        code->tries--;
        if (len != code->len || memcmp(value, code->value, len) != 0)
                return (uint16_t)(SIM_SW_WRONG_CODE | code->tries);
        code->tries = code->tries_max;
        return SIM_SW_OK;
}

uint16_t sim_chv_verify(struct sim_chv *chv, const uint8_t *data, size_t len)
{
        if (len == 0) {
                if (sim_chv_open(chv))
                        return SIM_SW_OK;
                return chv->code->tries == 0 ? SIM_SW_BLOCKED
                                             : (uint16_t)(SIM_SW_WRONG_CODE | chv->code->tries);
        }
        uint16_t sw = chv->format(data, len);
        if (sw != SIM_SW_OK)
                return sw;
        sw = code_present(chv->code, data, len);
        chv->verified = sw == SIM_SW_OK;
        return sw;
}

uint16_t sim_chv_change(struct sim_chv *chv, uint8_t p1, const uint8_t *data, size_t len)
{
        size_t old_len = chv->code->len;
        uint16_t sw;

        if (p1 == 0x01)
                old_len = 0;
        else if (p1 != 0x00)
                return SIM_SW_BAD_P1P2;
        if (chv->code->tries == 0)
                return SIM_SW_BLOCKED;
        if (len <= old_len || len - old_len > SIM_CODE_MAX)
                return SIM_SW_WRONG_LENGTH;
        sw = chv->format_new(data + old_len, len - old_len);
        if (sw != SIM_SW_OK)
                return sw;
        if (p1 == 0x01 && !chv->verified)
                return SIM_SW_SECURITY;
        if (p1 == 0x00) {
                sw = code_present(chv->code, data, old_len);
                if (sw != SIM_SW_OK) {
                        chv->verified = false;
                        return sw;
                }
        }
        code_replace(chv->code, data + old_len, len - old_len);
        return SIM_SW_OK;
}

uint16_t sim_chv_require(struct sim_chv *chv, bool required, uint8_t p1, const uint8_t *data, size_t len)
{
        uint16_t sw;

        if (p1 > 0x01)
                return SIM_SW_BAD_P1P2;
        if (!chv->can_disable)
                return SIM_SW_CONDITIONS;
        if ((p1 == 0x00) != (len > 0))
                return SIM_SW_WRONG_LENGTH;
        if (p1 == 0x01) {
                sw = chv->code->tries == 0 ? SIM_SW_BLOCKED : chv->verified ? SIM_SW_OK : SIM_SW_SECURITY;
        } else {
                sw = chv->format(data, len);
                if (sw == SIM_SW_OK) {
                        sw = code_present(chv->code, data, len);
                        chv->verified = sw == SIM_SW_OK;
                }
        }
        if (sw != SIM_SW_OK)
                return sw;
        if (chv->disabled == !required)
                return SIM_SW_CONDITIONS;
        chv->disabled = !required;
        return SIM_SW_OK;
}

/* Takes the unblocking code off the front of the data. whole: it is all there is. */
static uint16_t present_unblocking(struct sim_chv *chv, bool whole, const uint8_t *data, size_t len,
                                   size_t *used)
{
        if (chv->unblock == NULL)
                return SIM_SW_CONDITIONS;
        if (chv->unblock->tries == 0)
                return SIM_SW_BLOCKED;
        *used = whole ? len : chv->unblock->len;
        if (len == 0 || *used > SIM_CODE_MAX || (!whole && len <= *used))
                return SIM_SW_WRONG_LENGTH;
        if (!whole) { /* a new code that cannot be one does not cost a try */
                const uint16_t sw = len - *used > SIM_CODE_MAX ? SIM_SW_WRONG_LENGTH
                                                               : chv->format_new(data + *used, len - *used);
                if (sw != SIM_SW_OK)
                        return sw;
        }
        return code_present(chv->unblock, data, *used);
}

uint16_t sim_chv_reset_counter(struct sim_chv *chv, uint8_t p1, const uint8_t *data, size_t len)
{
        size_t used = 0;
        uint16_t sw = SIM_SW_OK;

        if (p1 > 0x03)
                return SIM_SW_BAD_P1P2;
        if (p1 == 0x03 && len != 0)
                return SIM_SW_WRONG_LENGTH;
        if (p1 <= 0x01) {
                sw = present_unblocking(chv, p1 == 0x01, data, len, &used);
        } else if (!chv->verified) {
                sw = SIM_SW_SECURITY;
        } else if (p1 == 0x02) {
                sw = len == 0 || len > SIM_CODE_MAX ? SIM_SW_WRONG_LENGTH : chv->format_new(data, len);
        }
        if (sw != SIM_SW_OK)
                return sw;
        if (p1 == 0x00 || p1 == 0x02)
                code_replace(chv->code, data + used, len - used);
        chv->code->tries = chv->code->tries_max;
        return SIM_SW_OK;
}
