/*
 * vpcd.h - a card that is another program: it connects over TCP and talks the protocol that vsmartcard's vpcd (the reader)
 * and vpicc (the card) have between them, so that its cards, and others that know it, can be put into a virtual reader.
 * Each message is two bytes of length, the higher first, and so many bytes. One byte to the card is a command of the
 * reader: 0 power off, 1 power on, 2 reset, 4 tell the ATR; more are a command APDU. The card answers the fourth and APDUs.
 * Source: vsmartcard 3.3, virtualsmartcard/src/vpcd/vpcd.h and vpcd.c
 */
#ifndef ISCARD_SIM_VPCD_H
#define ISCARD_SIM_VPCD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sim_vpcd;

/*
 * Listens on the loopback address, one card at a time. moved is called, with no lock held, on a thread of this object: a
 * card has come (in), or has gone. NULL: the port cannot be had (the log says why) or out of memory.
 */
struct sim_vpcd *sim_vpcd_create(uint16_t port, void (*moved)(void *arg, bool in), void *arg);
void sim_vpcd_destroy(
    struct sim_vpcd *vpcd); /* NULL: nothing. moved is not called any more when it returns */
/* Power on, or a warm reset; the ATR and its length, at most cap bytes; 0: no answer. */
size_t sim_vpcd_reset(struct sim_vpcd *vpcd, bool warm, uint8_t *atr, size_t cap);
void sim_vpcd_power_off(struct sim_vpcd *vpcd);
/*
 * A command APDU in, a response APDU out, at most room bytes; 0: no answer, or none that fits. A card that breaks the rules
 * is cut off, and has gone.
 */
size_t sim_vpcd_apdu(struct sim_vpcd *vpcd, const uint8_t *command, size_t len, uint8_t *response,
                     size_t room);

#endif
