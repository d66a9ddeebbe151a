/*
 * control.h - SCardControl: the features of PC/SC part 10 and a vendor's own commands.
 */
#ifndef ISCARD_CORE_CONTROL_H
#define ISCARD_CORE_CONTROL_H

#include <stddef.h>
#include <stdint.h>

struct connection;

/*
 * SCardControl for a connection; winscard.h says what the codes do. in may be NULL when in_len is 0, out when
 * *out_len is. out_len in: room; out: bytes written, 0 on failure, with SCARD_E_INSUFFICIENT_BUFFER the bytes
 * needed (0: not known). Allocates nothing.
 */
int32_t control_run(struct connection *conn, uint32_t code, const uint8_t *in, size_t in_len, uint8_t *out,
                    size_t *out_len);

#endif
