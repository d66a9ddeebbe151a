/*
 * power.c - giving a card its power, at the voltage that suits it.
 */
#include <string.h>

#include "core/log.h"
#include "core/status.h"
#include "ccid/command.h"
#include "ccid/power.h"
#include "ccid/slots.h"

/* bVoltageSupport: bit 0 is 5 V, bit 1 3 V, bit 2 1.8 V. CCID 1.1 table 5.1-1 */
static bool is_offered(uint8_t bVoltageSupport, uint8_t voltage)
{
        return voltage >= POWER_5V && voltage <= POWER_1V8 && (bVoltageSupport & 1u << (voltage - 1u)) != 0;
}

uint8_t power_voltage_from_text(const char *text)
{
        if (text == NULL || *text == '\0')
                return POWER_AUTOMATIC;
        if (strcmp(text, "5") == 0)
                return POWER_5V;
        if (strcmp(text, "3") == 0)
                return POWER_3V;
        if (strcmp(text, "1.8") == 0)
                return POWER_1V8;
        log_line(LOG_WARN, "ccid", "ISCARD_VOLTAGE is none of 5, 3 and 1.8: ignored");
        return POWER_AUTOMATIC;
}

unsigned power_choices(uint32_t features, uint8_t bVoltageSupport, uint8_t first,
                       uint8_t choices[POWER_CHOICES_MAX])
{
        unsigned n = 0;
        uint8_t v;

        /* A reader that offers no voltage at all cannot be asked for one. */
        if ((features & (IFD_AUTO_VOLTAGE | IFD_AUTO_ACTIVATION)) != 0 || (bVoltageSupport & 7u) == 0) {
                choices[0] = POWER_AUTOMATIC;
                return 1;
        }
        if (is_offered(bVoltageSupport, first))
                choices[n++] = first;
        for (v = POWER_5V; v <= POWER_1V8; v++)
                if (is_offered(bVoltageSupport, v) && v != first)
                        choices[n++] = v;
        return n;
}

int32_t power_off(struct ccid_reader *reader, unsigned slot)
{
        struct command command = {.type = MESSAGE_POWER_OFF, .slot = slot, .op = STATUS_SLOT_OTHER};
        int32_t status;

        command_limits(&command, reader->limits.command_ms);
        status = command_run(reader, &command);
        reader->slots[slot].voltage = POWER_AUTOMATIC;
        return status;
}

static int32_t take_atr(struct ccid_reader *reader, const struct command *command, uint8_t *atr,
                        size_t *atr_len)
{
        const struct message_answer *answer = &command->answer;

        if (answer->data_len == 0)
                return SCARD_W_UNRESPONSIVE_CARD;
        /* ISO/IEC 7816-3 8.2.1: at most 32 characters behind TS */
        if (answer->data_len > IFD_ATR_MAX) {
                log_line(LOG_WARN, "ccid", "slot %u: ATR of %zu bytes refused", command->slot,
                         answer->data_len);
                return SCARD_W_UNSUPPORTED_CARD;
        }
        memcpy(atr, answer->data, answer->data_len);
        *atr_len = answer->data_len;
        /* The ATR proves the power, whatever bmICCStatus says. */
        slots_note(reader, command->slot, MESSAGE_ICC_ACTIVE, true);
        return SCARD_S_SUCCESS;
}

/* Whether another voltage might do better: the reader answered that this one did not work on the card. */
static bool is_worth_another(const struct command *command, int32_t status)
{
        if (!command->answered || command->answer.icc == MESSAGE_ICC_ABSENT)
                return false;
        return status == SCARD_W_UNRESPONSIVE_CARD || status == SCARD_W_UNSUPPORTED_CARD ||
               status == SCARD_F_COMM_ERROR || status == SCARD_E_COMM_DATA_LOST;
}

int32_t power_on(struct ccid_reader *reader, unsigned slot, uint8_t *atr, size_t *atr_len)
{
        struct device_slot *place = &reader->slots[slot];
        uint8_t choices[POWER_CHOICES_MAX];
        /* A card that is powered is warm-reset at the voltage it has. */
        uint8_t first = place->voltage != POWER_AUTOMATIC ? place->voltage : reader->voltage_first;
        unsigned i, n = power_choices(reader->descriptor.dwFeatures, reader->descriptor.bVoltageSupport,
                                      first, choices);
        struct command command = {.type = MESSAGE_POWER_ON, .slot = slot, .op = STATUS_SLOT_POWER_ON};
        int32_t result = SCARD_W_UNSUPPORTED_CARD;

        *atr_len = 0;
        if ((reader->quirk->flags & QUIRK_POWER_OFF_FIRST) != 0)
                (void)power_off(reader, slot);
        command_limits(&command, reader->limits.power_on_ms);
        command.limit_until = command.wait_until;
        for (i = 0; i < n; i++) {
                int32_t status;

                command.specific[0] = choices[i];
                status = command_run(reader, &command);
                if (status == SCARD_S_SUCCESS)
                        status = take_atr(reader, &command, atr, atr_len);
                if (status == SCARD_S_SUCCESS) {
                        place->voltage = choices[i];
                        return SCARD_S_SUCCESS;
                }
                /* Error 7: the reader refuses the voltage, which says nothing of the card. */
                if (!command.answered || command.answer.outcome == MESSAGE_DONE || command.answer.bError != 7)
                        result = status;
                if (!is_worth_another(&command, status))
                        break;
                /* ISO/IEC 7816-3 6.2.3: deactivated before the next class is applied */
                if (i + 1 < n && command.answer.icc == MESSAGE_ICC_ACTIVE)
                        (void)power_off(reader, slot);
        }
        place->voltage = POWER_AUTOMATIC;
        return result;
}
