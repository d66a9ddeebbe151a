/*
 * apdu.h - one exchange with the card by XfrBlock, chained where one message is too short for it.
 */
#ifndef ISCARD_CCID_APDU_H
#define ISCARD_CCID_APDU_H

#include "ccid/device.h"

/* The longest command and answer at a level of exchange with messages of max_message bytes. */
size_t apdu_command_max(enum ifd_exchange exchange, size_t max_message);
size_t apdu_response_max(enum ifd_exchange exchange, size_t max_message);

/* As ifd_ops.transmit, within a turn of slot. */
int32_t apdu_transmit(struct ccid_reader *reader, unsigned slot, struct ifd_message *message);

#endif
