/*
 * power.h - PowerOn: which voltages, in which order.
 */
#ifndef ISCARD_CCID_POWER_H
#define ISCARD_CCID_POWER_H

#include "ccid/device.h"

/* bPowerSelect. CCID 1.1 6.1.1 */
#define POWER_AUTOMATIC 0
#define POWER_5V        1
#define POWER_3V        2
#define POWER_1V8       3

#define POWER_CHOICES_MAX 3

/* The value of ISCARD_VOLTAGE: "5", "3" or "1.8"; POWER_AUTOMATIC for NULL and for anything else. */
uint8_t power_voltage_from_text(const char *text);

/*
 * bPowerSelect values to try, in order; returns how many. first: the one asked for (POWER_AUTOMATIC: none);
 * it counts only where the reader offers it.
 */
unsigned power_choices(uint32_t features, uint8_t bVoltageSupport, uint8_t first,
                       uint8_t choices[POWER_CHOICES_MAX]);

/* As ifd_ops.power_on, within a turn of slot. */
int32_t power_on(struct ccid_reader *reader, unsigned slot, uint8_t *atr, size_t *atr_len);
int32_t power_off(struct ccid_reader *reader, unsigned slot);

#endif
