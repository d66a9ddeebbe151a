/* Nothing runs: that it compiles, with libpcsclite-dev's headers and not ours, is the test. */
#include <stddef.h>

#include <winscard.h>

#include <reader.h>

#define ABI_THEIRS
#include "abi.h"
