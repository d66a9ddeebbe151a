/*
 * change.h - SCardGetStatusChange: what a reader's state is, and waiting until it is another.
 */
#ifndef ISCARD_CORE_CHANGE_H
#define ISCARD_CORE_CHANGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/ifd.h"

struct context;
struct watch;

/* One SCARD_READERSTATE. The caller fills in name and current and zeroes the rest. */
struct change_reader {
        const char *name; /* UTF-8, borrowed */
        uint32_t current; /* dwCurrentState */
        uint32_t event;   /* out: dwEventState */
        uint8_t atr[IFD_ATR_MAX];
        size_t atr_len;      /* out: bytes */
        struct watch *watch; /* change.c's own, as the next */
        bool replaced;       /* the reader is another of the same name than it was when the call began */
};

/*
 * Waits until a state differs from current, at most timeout_ms (INFINITE: for ever); the outputs are right
 * also where the time is over. A context of pcsc-lite is told what contradicts current (news.h), and gets
 * SCARD_E_UNKNOWN_READER for a name that is no reader's when the call begins. SCARD_E_TIMEOUT, SCARD_E_CANCELLED,
 * SCARD_E_NO_MEMORY
 */
int32_t change_wait(struct context *context, struct change_reader *readers, size_t count,
                    uint32_t timeout_ms);
/* The states as they are now, whatever current says. SCARD_E_CANCELLED, SCARD_E_NO_MEMORY */
int32_t change_report(struct context *context, struct change_reader *readers, size_t count);

/* The application was told of the readers that there are: from now on the pseudo-reader tells of others. */
void change_readers_seen(struct context *context, uint64_t generation);

/* Ends the context's waits with SCARD_E_CANCELLED, and what one of them is busy with, a question to a reader or a
 * card's power-up. The context's lock is held. */
void change_cancel(struct context *context);

#endif
