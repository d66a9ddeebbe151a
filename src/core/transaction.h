/*
 * transaction.h - who may talk to the card: turns, given in the order of arrival, and transactions, in which
 * one connection keeps the others from theirs.
 */
#ifndef ISCARD_CORE_TRANSACTION_H
#define ISCARD_CORE_TRANSACTION_H

#include <stdbool.h>
#include <stdint.h>

struct connection;
struct slot;

#define TRANSACTION_FOREVER 0u /* wait_ms: no limit */

/*
 * Waits for the turn of conn on its slot: until nobody has it, nobody else owns a transaction and those who
 * came before have had theirs. checked: a condition pending on the connection (slot_condition) is returned at
 * once and instead.
 * SCARD_E_TIMEOUT, SCARD_E_CANCELLED (SCardCancel, SCardReleaseContext), SCARD_E_READER_UNAVAILABLE,
 * SCARD_E_INVALID_HANDLE (the connection was ended meanwhile)
 */
int32_t transaction_enter(struct connection *conn, unsigned wait_ms, bool checked);
/* The same for the one who ends the connection, after the release of its context: without limit, unchecked, and only
 * as long as it has a transaction. SCARD_E_NOT_TRANSACTED */
int32_t transaction_enter_last(struct connection *conn);
/* The turn, whoever owns a transaction, if nobody has it: for a question that does not touch the card. */
bool transaction_try(struct connection *conn);
/* A turn without a connection, for a question, or to touch a card that is nobody's: only where nobody has it,
 * and to touch only where nobody owns a transaction. */
bool transaction_borrow(struct slot *slot, bool touch);
void transaction_return(struct slot *slot, int32_t io);
/* Gives the turn on. io: what the last operation returned; that the reader is gone ends those who wait. */
void transaction_leave(struct connection *conn, int32_t io);

/* SCardBeginTransaction, SCardEndTransaction; disposition is a valid one. */
int32_t transaction_begin(struct connection *conn);
int32_t transaction_end(struct connection *conn, uint32_t disposition);
/* All levels at once, leaving the card. SCARD_E_NOT_TRANSACTED */
int32_t transaction_abandon(struct connection *conn);
/* Drops what conn owns, without touching the card. The slot's lock is held. */
void transaction_drop(struct connection *conn);
/* The same for a connection that has ended, whose waits end with SCARD_E_INVALID_HANDLE. */
void transaction_forget(struct connection *conn);

/* Ends the waits of conn with SCARD_E_CANCELLED. The slot's lock is not held, here and in the next. */
void transaction_cancel(struct connection *conn);
/*
 * Aborts what it does with the reader at the moment, until its turn is over: an abort may come just before the reader
 * is spoken to, and hit nothing. Gives up after a while. The connection is pinned, and its context has been released,
 * so that no turn of it begins any more but by transaction_enter_last. Blocks; the context's lock is not held.
 */
void transaction_interrupt(struct connection *conn);
/* Ends every wait on the slot with status. The slot's lock is held. */
void transaction_cancel_all(struct slot *slot, int32_t status);

#endif
