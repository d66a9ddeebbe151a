/*
 * link.h - messages to the reader and from it. With one lane that is the transport's exchange. With several,
 * one of the threads that wait receives for all of them, and hands over what is not its own.
 */
#ifndef ISCARD_CCID_LINK_H
#define ISCARD_CCID_LINK_H

#include "ccid/device.h"

/*
 * Within a turn of slot: sends a message, and receives one into the rx of its lane. A stall of bulk OUT is
 * cleared and the message sent again, once, as nothing was accepted. What transport.h says, but
 * SCARD_F_COMM_ERROR for a stall, which has been cleared.
 */
int32_t link_exchange(struct ccid_reader *reader, unsigned slot, const uint8_t *out, size_t out_len, bool zlp,
                      size_t *len, unsigned wait_ms);
/* One message more. With several lanes: one for the slot, or for none that has the turn. */
int32_t link_receive(struct ccid_reader *reader, unsigned slot, size_t *len, unsigned wait_ms);

#endif
