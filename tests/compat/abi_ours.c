/* Nothing runs: that it compiles is the test. */
#include <stddef.h>
#include <stdint.h>

#include "compat/pcsclite.h"

#include "tests/compat/abi.h"
