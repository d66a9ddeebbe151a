/* descriptors.h - what a configured reader says of itself: USB 2.0 chapter 9, CCID 1.1 clause 5. */
#ifndef ISCARD_SIM_DESCRIPTORS_H
#define ISCARD_SIM_DESCRIPTORS_H

#include <stddef.h>
#include <stdint.h>

#include "sim/config.h"

#define SIM_BULK_OUT     0x01
#define SIM_BULK_IN      0x82
#define SIM_INTERRUPT_IN 0x83
#define SIM_PACKET       64u

#define SIM_DESCRIPTORS_MAX 128u

/* Each writes whole, returns the length, at most SIM_DESCRIPTORS_MAX. */
size_t sim_descriptor_device(const struct sim_config *config, uint8_t *out);
size_t sim_descriptor_configuration(const struct sim_config *config, uint8_t *out);
/* A string descriptor from UTF-8, at most 255 bytes; room for so many. */
size_t sim_descriptor_string(const char *utf8, uint8_t *out);

#endif
