/*
 * rates.h - the clock and the data rate of the card: what the reader offers, and setting them.
 */
#ifndef ISCARD_CCID_RATES_H
#define ISCARD_CCID_RATES_H

#include "ccid/device.h"

/* As ifd_ops.set_rate, within a turn of slot. */
int32_t rates_set(struct ccid_reader *reader, unsigned slot, uint32_t *clock_khz, uint32_t *rate_bps);
/* As ifd_ops.list_rates. From any thread, without a turn: it uses endpoint 0 alone. */
int32_t rates_list(struct ccid_reader *reader, bool clocks, uint32_t *list, size_t cap, size_t *count);

#endif
