/*
 * pinpad.h - the structures of PC/SC part 10 for PIN entry on a reader's own keys: requests taken apart,
 * answers built. Pure functions: no state, no allocation, no I/O.
 */
#ifndef ISCARD_CORE_PINPAD_H
#define ISCARD_CORE_PINPAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/ifd.h"

/* Bits of bPINSupport. CCID 1.1 table 5.1-1 */
#define PINPAD_VERIFY 0x01u
#define PINPAD_MODIFY 0x02u

#define PINPAD_APDU_MAX       260u /* bytes: a header, Lc and 255 of data */
#define PINPAD_FEATURES_MAX   (5u * 6u)
#define PINPAD_PROPERTIES_LEN 4u
#define PINPAD_TLV_MAX        64u /* bytes of all properties */

/*
 * A request as an application wrote it; any bytes may be given. *secure borrows bytes: its apdu lies in them.
 * What the engine owns of it (rsp, teo_prologue) is zeroed.
 *   modify   PIN_MODIFY_STRUCTURE, else PIN_VERIFY_STRUCTURE
 * SCARD_E_INVALID_PARAMETER: too short, ulDataLength is not what follows, the command in it is no short APDU
 * without Le, or an insertion lies outside it. PC/SC part 10 2.5.2, 2.5.3
 */
int32_t pinpad_parse(const uint8_t *bytes, size_t len, bool modify, struct ifd_secure *secure);

/* The tags of features that a reader has, in ascending order; escape: the user allows it. Returns how many;
 * room for 5. */
size_t pinpad_features(const struct ifd_info *info, bool escape, uint8_t *tags);
/* The TLVs that tell of one feature: 6 bytes at out. PC/SC part 10 2.2 */
void pinpad_feature_tlv(uint8_t tag, uint32_t control_code, uint8_t *out);
/* PIN_PROPERTIES_STRUCTURE: PINPAD_PROPERTIES_LEN bytes at out. */
void pinpad_properties(const struct ifd_info *info, uint8_t *out);
/* The properties of FEATURE_GET_TLV_PROPERTIES; returns their bytes, at most PINPAD_TLV_MAX. */
size_t pinpad_tlv_properties(const struct ifd_info *info, uint8_t *out);

#endif
