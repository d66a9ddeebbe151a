/*
 * reader.h - a CCID interface as an interface device of the engine: struct ifd_ops over the pipes of a
 * transport.
 */
#ifndef ISCARD_CCID_READER_H
#define ISCARD_CCID_READER_H

#include "ccid/descriptor.h"
#include "ccid/quirks.h"
#include "ccid/transport.h"
#include "core/ifd.h"

struct ccid_reader;

/* The operations; their ctx is a struct ccid_reader. */
extern const struct ifd_ops reader_ops;

/*
 * A reader for one interface of dev. Opens nothing. The strings and numbers of device are copied.
 *   released   called by destroy, when the reader and what it borrowed of dev are no longer used
 * SCARD_E_READER_UNSUPPORTED (neither the bulk pipes of CCID nor ICCD by control transfers), SCARD_E_NO_MEMORY; *reader is NULL then
 */
int32_t reader_create(const struct ccid_transport_ops *transport, void *dev, const struct ccid_device *device,
                      const struct ccid_descriptor *descriptor, const struct quirk *quirk,
                      void (*released)(void *arg), void *arg, struct ccid_reader **reader);
const struct ifd_info *reader_info(const struct ccid_reader *reader);
/* It is unplugged: from now on every operation answers SCARD_E_READER_UNAVAILABLE. From any thread. */
void reader_lost(struct ccid_reader *reader);

#endif
