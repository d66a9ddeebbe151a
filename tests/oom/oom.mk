# test_oom and its kin fail the allocations of the library one after the other: they pass through tests/support/heap.c.
# What the virtual card allocates is not the library's.
OOM_WRAP := malloc calloc realloc free strdup strndup posix_memalign aligned_alloc pthread_create \
    sim_card_apdu sim_card_command
OOM_TESTS := test_oom test_oom_change test_oom_methods test_oom_interfaces test_oom_functions test_oom_dispatch
$(OOM_TESTS:%=$(BUILD)/tests/unit/%): EXTRA_LIBS = $(OOM_WRAP:%=-Wl,--wrap=%)

# Each code and key has a page of its own that is kept out of dumps: of millions of calls that is half of the time.
$(BUILD)/tests/unit/test_status_words $(BUILD)/tests/unit/test_auth: EXTRA_LIBS = -Wl,--wrap=madvise

# What the virtual card is asked there is answered by the test.
$(BUILD)/tests/unit/test_status_words_engine: \
    EXTRA_LIBS = -Wl,--wrap=sim_card_apdu -Wl,--wrap=sim_card_command -Wl,--wrap=madvise

# Every function of the COM headers is in test_oom_functions.
.PHONY: check-oom-functions
CHECKS += check-oom-functions
check-oom-functions:
	tests/oom/functions
