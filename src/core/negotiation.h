/*
 * negotiation.h - which protocol and speed a card and its reader go on with after a reset, and what of that the host
 * has to bring about. ISO/IEC 7816-3 6.3 and 9, CCID 1.1 table 5.1-1
 */
#ifndef ISCARD_CORE_NEGOTIATION_H
#define ISCARD_CORE_NEGOTIATION_H

#include <stdint.h>

struct slot;

/* Protocols of the card that its ATR offers and the reader can; the ones in specific mode: one. The turn is held. */
uint32_t negotiation_protocols(const struct slot *slot);
/* Those of them that a reset can lead to: not every reader can switch the card to another than its first. */
uint32_t negotiation_reachable(const struct slot *slot);
/*
 * Right after slot_power_on: settles on one of the protocols in preferred, as SCARD_PROTOCOL_, and on the speed; may reset
 * the card once more. slot->protocol, parameters and clock_khz are what runs then. As the functions of slot.h that
 * take a turn. SCARD_E_PROTO_MISMATCH (neither reader nor host can bring it about), SCARD_W_UNSUPPORTED_CARD
 */
int32_t negotiation_run(struct slot *slot, uint32_t preferred);

#endif
