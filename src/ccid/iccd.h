/*
 * iccd.h - USB-ICC devices, cards with a USB plug, that are driven by control transfers: ICCD 1.0 versions A
 * (T=0 characters) and B (APDUs). Their power, state and exchanges, as ifd_ops has them; within a turn.
 */
#ifndef ISCARD_CCID_ICCD_H
#define ISCARD_CCID_ICCD_H

#include "ccid/device.h"

/* Whether an interface is driven by control transfers: bInterfaceProtocol 1 or 2. */
bool iccd_is(const struct ccid_descriptor *descriptor);
/*
 * Puts what an ICCD descriptor says into the words of CCID, for the engine: version A exchanges T=0 TPDUs in
 * effect; version B chains APDUs of any length; the device has no line whose speed could be set.
 */
void iccd_describe(struct ccid_descriptor *descriptor);

int32_t iccd_power_on(struct ccid_reader *reader, unsigned slot, uint8_t *atr, size_t *atr_len);
int32_t iccd_power_off(struct ccid_reader *reader, unsigned slot);
int32_t iccd_ask_status(struct ccid_reader *reader, unsigned slot);
int32_t iccd_transmit(struct ccid_reader *reader, unsigned slot, struct ifd_message *message);
/* What a reader would say of it: there is nothing that could be negotiated. Sends nothing. */
void iccd_get_parameters(const struct ccid_reader *reader, struct ifd_parameters *parameters);

#endif
