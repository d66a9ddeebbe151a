/*
 * names.h - reader names. pcsc-lite's are at most 127 bytes long, and programs have buffers of that size;
 * the engine's may be longer: of those a mark stands for the end of what stands before the two numbers, so that they
 * stay unique.
 */
#ifndef ISCARD_COMPAT_NAMES_H
#define ISCARD_COMPAT_NAMES_H

#include <stddef.h>

#include "compat/pcsclite.h"

/* A name as pcsc-lite would have it, into buf of LITE_READERNAME bytes; returns its length without the NUL. */
size_t name_lite(const char *name, char *buf);

/* The readers as a multi-string, malloc'ed; *len: bytes. SCARD_E_NO_READERS_AVAILABLE, SCARD_E_NO_MEMORY */
LONG names_list(SCARDCONTEXT context, char **names, size_t *len);

/*
 * The engine's name of the reader that applications know as name: name itself, or a longer one in *held,
 * which the caller frees. A name that is no reader's is returned as it is.
 */
const char *name_engine(const char *name, char **held);

#endif
